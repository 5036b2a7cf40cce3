//! Epochs: raising a member's, and with it the only right to change password, address, user ID, method and factors
//! ([D24], [DD4]).
//!
//! # Decision
//! The functions that write those take a [`EpochChange`], which only [`raise`] makes. Every statement that reads or uses up
//! something in flight compares its epoch with the member's.
//! # Because
//! A deed cannot change a member's ways in and forget to end what began before. The comparison, not a deletion, is what
//! makes things worthless: a row that another transaction writes a moment later was begun under the old epoch all the
//! same. [`raise`] deletes what it ends besides, so that nothing about it is kept.
//! # Instead of
//! Deletions in each deed.
//!
//! [D24]: crate::rules::decisions#d24
//! [DD4]: crate::rules::threats#dd4

use std::ops::{Deref, DerefMut};

use super::{
    StoreResult, Write,
    row::{Arguments, FromColumn, Row, ToColumn},
    sql::sql,
};
use crate::domain::{
    epoch::Epoch,
    member::{AttemptId, Member, MemberId, SessionId},
};

impl ToColumn for Epoch {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.number().put(arguments)
    }
}

impl ToColumn for Option<Epoch> {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.map(Epoch::number).put(arguments)
    }
}

impl FromColumn for Epoch {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        i64::take(row, name).map(Self::kept)
    }
}

/// What goes on in the new epoch, by name.
#[derive(Debug, Default)]
pub struct CarriedOver {
    /// The attempt that makes the change.
    pub attempt: Option<AttemptId>,
    /// Sessions that go on, each with the sealed secret its next authenticator app would be set up with: the one that
    /// stood on its screen before the change is worthless. What was kept of a form is forgotten, too.
    pub sessions: Vec<(SessionId, Vec<u8>)>,
    /// Whether every session goes on as it is: what changes is nothing that a session stands on.
    pub every_session: bool,
    /// Whether the address goes on waiting for its confirmation.
    pub pending: bool,
    /// Whether browsers that have signed the member in go on being known.
    pub browsers: bool,
}

/// The transaction of a change: the member's epoch is raised in it, and the member's row is held until it ends.
#[derive(Debug)]
pub struct EpochChange<'t> {
    tx: &'t mut Write,
    member: MemberId,
    epoch: Epoch,
}

impl EpochChange<'_> {
    /// Whose ways in may be changed.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// The epoch from now on.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }
}

impl Deref for EpochChange<'_> {
    type Target = Write;
    fn deref(&self) -> &Write {
        self.tx
    }
}

impl DerefMut for EpochChange<'_> {
    fn deref_mut(&mut self) -> &mut Write {
        self.tx
    }
}

/// Raises the epoch of the member as they were seen, and carries over what is named. `None` when another change was
/// quicker: nothing may be committed then.
pub async fn raise<'t>(
    tx: &'t mut Write,
    seen: &Member,
    carried: &CarriedOver,
) -> StoreResult<Option<EpochChange<'t>>> {
    let raised: Option<(Epoch,)> = tx
        .sql(sql!(
            "UPDATE member SET epoch = epoch + 1, email_pending = CASE WHEN $4 THEN email_pending END
              WHERE tenant = $1 AND id = $2 AND epoch = $3 RETURNING epoch"
        ))
        .bind(seen.id)
        .bind(seen.epoch)
        .bind(carried.pending)
        .maybe()
        .await?;
    let Some((epoch,)) = raised else { return Ok(None) };
    if let Some(id) = carried.attempt {
        tx.sql(sql!(
            "UPDATE attempt SET epoch = $5 WHERE tenant = $1 AND id = $2 AND member = $3 AND epoch = $4"
        ))
        .bind(id)
        .bind(seen.id)
        .bind(seen.epoch)
        .bind(epoch)
        .run()
        .await?;
    }
    if carried.every_session {
        tx.sql(sql!("UPDATE session SET epoch = $4 WHERE tenant = $1 AND member = $2 AND epoch = $3"))
            .bind(seen.id)
            .bind(seen.epoch)
            .bind(epoch)
            .run()
            .await?;
    }
    for (id, secret) in &carried.sessions {
        tx.sql(sql!(
            "UPDATE session SET epoch = $5, setup_secret = $6, draft_page = NULL, draft = NULL
              WHERE tenant = $1 AND id = $2 AND member = $3 AND epoch = $4"
        ))
        .bind(*id)
        .bind(seen.id)
        .bind(seen.epoch)
        .bind(epoch)
        .bind(secret.as_slice())
        .run()
        .await?;
    }
    forget(tx, seen.id, epoch).await?;
    if !carried.browsers {
        super::known_browser::forget_all(tx, seen.id).await?;
    }
    Ok(Some(EpochChange { tx, member: seen.id, epoch }))
}

/// Deletes what belongs to another epoch than this one. What it misses, because it is being written just now, is
/// worthless all the same.
async fn forget(tx: &mut Write, member: MemberId, epoch: Epoch) -> StoreResult<()> {
    for text in [
        sql!("DELETE FROM attempt WHERE tenant = $1 AND member = $2 AND epoch <> $3"),
        sql!("DELETE FROM session WHERE tenant = $1 AND member = $2 AND epoch <> $3"),
        sql!("DELETE FROM one_time WHERE tenant = $1 AND member = $2 AND epoch <> $3"),
        sql!("DELETE FROM lost_factor WHERE tenant = $1 AND member = $2 AND epoch <> $3"),
        sql!("DELETE FROM ceremony WHERE tenant = $1 AND member = $2 AND epoch <> $3"),
    ] {
        tx.sql(text).bind(member).bind(epoch).run().await?;
    }
    Ok(())
}
