//! Import: the rows of a roster before anybody sees them, and the one row that makes them visible.
//!
//! # Decision
//! Members come in some thousand at a time, each batch in a short transaction of its own, and carry the id of their
//! import. While the union's row in `import` has that id and no `published_at`, they are **hidden**. Setting it publishes
//! them all. What changes about members who were there before waits in `import_change`, and letters wait in the outbox
//! without a next try: both are worked off after the publication, some thousand at a time.
//! # Because
//! SQLite has one writer. 300,000 rows in one transaction kept every sign-in of every union waiting for 26 s; even one
//! `INSERT … SELECT` of rows that are there already takes 2.8 s.
//! # Instead of
//! One transaction around everything, or a table of staged members that is copied at the end.
//!
//! # What a hidden row does
//! - **To uniqueness**: it counts. Number, user ID and address of a hidden member are taken: a member who asks for that
//!   user ID or address meanwhile hears that it is (D7, D8), and whoever was quicker than the batch makes the import take
//!   its rows away and look again. A user ID that a change will bring rests for its member until then.
//! - **To readers**: nothing. Every statement that finds members leaves hidden ones out
//!   (`NOT EXISTS (SELECT 1 FROM import …)`); `tests/house/statements.rs` finds one that forgets. Rows that hang on a
//!   member (first credential, letter) are reached through the member only.
//! - **To the postman**: a letter without a next try is not there.
//!
//! # What ends it
//! The holder says with every batch that it lives. Dead before the publication, its rows are removed; dead after it, its
//! work is finished: by the next import of the union or by the sweep of a running service, whichever comes first. So an
//! import is done whole or not at all, wherever it stops. Two at once: the second is refused.
//!
//! After the publication changes cannot fail any more: a member who took the user ID or address meanwhile, was activated
//! or settled it (D3), keeps what they have, and only that cell of the file stays out.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    roster::Person,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    audit::doing::{Actor, Doing, Reason},
    login_id::LoginId,
    member::{EmailAddress, LastDay, MemberId},
};

mod apply;

pub use apply::{AppliedChanges, ChangedMember, apply_changes};

/// The import of a union, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningImport {
    /// The import's id.
    pub id: Uuid,
    /// The moment at which it began.
    pub begun_at: Timestamp,
    /// Dead from then on, unless its holder says that it lives.
    pub alive_until: Timestamp,
    /// Since when its members are visible.
    pub published_at: Option<Timestamp>,
    /// Whether it takes an import back ([`super::undo`]).
    pub undo: bool,
    /// Who does it, and why; unknown where an older program began it.
    pub doing: Option<Doing>,
}

impl FromRow for RunningImport {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let undo_alive_until: Option<Timestamp> = row.get("undo_alive_until")?;
        Ok(Self {
            id: row.get("id")?,
            begun_at: row.get("begun_at")?,
            alive_until: undo_alive_until.unwrap_or(row.get("alive_until")?),
            published_at: row.get("published_at")?,
            undo: undo_alive_until.is_some(),
            doing: doing(row)?,
        })
    }
}

/// Who imports, as kept.
fn doing(row: &Row) -> StoreResult<Option<Doing>> {
    let (kind, name): (Option<String>, Option<String>) = (row.get("actor_kind")?, row.get("actor")?);
    let (purpose, reason): (Option<String>, Option<String>) = (row.get("purpose")?, row.get("reason")?);
    let actor = kind.and_then(|kind| Actor::of_command(&kind, name?));
    let (Some(actor), Some(purpose)) = (actor, purpose) else { return Ok(None) };
    Ok(Some(Doing::by_command(actor, &purpose, reason.as_deref().and_then(Reason::parse))))
}

/// The union's import that is not finished, alive or dead.
pub async fn running(tx: &mut Read) -> StoreResult<Option<RunningImport>> {
    tx.sql(sql!(
        "SELECT id, begun_at, alive_until, undo_alive_until, published_at, actor_kind, actor, purpose, reason
           FROM import WHERE tenant = $1"
    ))
    .maybe()
    .await
}

/// Begins an import that its holder keeps alive. `false` when there is one already.
pub async fn begin(
    tx: &mut Write,
    id: Uuid,
    doing: &Doing,
    now: Timestamp,
    alive_until: Timestamp,
) -> StoreResult<bool> {
    let begun = tx
        .sql(sql!(
            "INSERT INTO import (tenant, id, holder, begun_at, alive_until, actor_kind, actor, purpose, reason)
             VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant) DO NOTHING"
        ))
        .bind(id)
        .bind(now)
        .bind(alive_until)
        .bind(doing.actor.kind())
        .bind(doing.actor.name())
        .bind(doing.purpose.as_str())
        .bind(doing.reason.as_ref().map(Reason::as_str))
        .count()
        .await?;
    Ok(begun == 1)
}

/// Takes over an import whose holder is dead. `false` when it lives again, or somebody else took it.
pub async fn take_over(
    tx: &mut Write,
    id: Uuid,
    holder: Uuid,
    now: Timestamp,
    alive_until: Timestamp,
) -> StoreResult<bool> {
    let taken = tx
        .sql(sql!(
            "UPDATE import
                SET holder = $3, alive_until = CASE WHEN undo_alive_until IS NULL THEN $5 ELSE alive_until END,
                    undo_alive_until = CASE WHEN undo_alive_until IS NOT NULL THEN $5 END
              WHERE tenant = $1 AND id = $2 AND COALESCE(undo_alive_until, alive_until) <= $4"
        ))
        .bind(id)
        .bind(holder)
        .bind(now)
        .bind(alive_until)
        .count()
        .await?;
    Ok(taken == 1)
}

/// Says that the holder lives, as the first statement of each of its transactions: nobody takes the import over before
/// that one ends. `false` when somebody did.
pub async fn keep_alive(tx: &mut Write, holder: Uuid, alive_until: Timestamp) -> StoreResult<bool> {
    let alive = tx
        .sql(sql!(
            "UPDATE import
                SET alive_until = CASE WHEN undo_alive_until IS NULL THEN $3 ELSE alive_until END,
                    undo_alive_until = CASE WHEN undo_alive_until IS NOT NULL THEN $3 END
              WHERE tenant = $1 AND holder = $2"
        ))
        .bind(holder)
        .bind(alive_until)
        .count()
        .await?;
    Ok(alive == 1)
}

/// Makes every hidden member of the import visible. `false` when it was visible before, or is somebody else's, or the union
/// has closed meanwhile: `today` in Japan.
pub async fn publish(tx: &mut Write, holder: Uuid, now: Timestamp, today: Date) -> StoreResult<bool> {
    let published = tx
        .sql(sql!(
            "UPDATE import SET published_at = $3
              WHERE tenant = $1 AND holder = $2 AND published_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM closing AS e
                                 WHERE e.tenant = $1 AND (e.closed_at IS NOT NULL OR e.last_day < $4))"
        ))
        .bind(holder)
        .bind(now)
        .bind(today)
        .count()
        .await?;
    Ok(published == 1)
}

/// Forgets the import: it is finished, or nothing of it is left.
pub async fn end(tx: &mut Write, holder: Uuid) -> StoreResult<()> {
    tx.sql(sql!("DELETE FROM import WHERE tenant = $1 AND holder = $2")).bind(holder).run().await?;
    Ok(())
}

/// Removes at most `limit` hidden members with everything that hangs on them. How many; none of a published import.
pub async fn remove_members(tx: &mut Write, id: Uuid, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "DELETE FROM member
          WHERE tenant = $1
            AND id IN (SELECT m.id FROM member AS m
                        WHERE m.tenant = $1 AND m.import = $2
                          AND EXISTS (SELECT 1 FROM import AS i
                                       WHERE i.tenant = $1 AND i.id = $2 AND i.published_at IS NULL)
                        LIMIT $3)"
    ))
    .bind(id)
    .bind(limit)
    .count()
    .await
}

/// Removes at most `limit` changes that will not be made. How many.
pub async fn remove_changes(tx: &mut Write, id: Uuid, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "DELETE FROM import_change
          WHERE tenant = $1 AND import = $2
            AND place IN (SELECT c.place FROM import_change AS c WHERE c.tenant = $1 AND c.import = $2 LIMIT $3)"
    ))
    .bind(id)
    .bind(limit)
    .count()
    .await
}

/// What an import changes about a member who was there before.
#[derive(Debug)]
pub struct ImportedChange<'a> {
    /// Its place among the changes of the import, counted from 0.
    pub place: u32,
    /// The member to be changed.
    pub member: MemberId,
    /// What the union corrects about the person, with the number in the file's spelling.
    pub person: Option<Person<'a>>,
    /// The one spelling of the new number, where the person has another one by now (D34).
    pub number_key: Option<&'a str>,
    /// The one spelling of the number the member was known by: whoever has another one by then keeps that (D34).
    pub number_seen: Cow<'a, str>,
    /// The last day of the membership, where it is another one (D34): `Some(None)` takes it back.
    pub lost_on: Option<Option<LastDay>>,
    /// The new user ID, where the file changes it.
    pub login: Option<&'a LoginId>,
    /// The new mail address, where it is another one: `Some(None)` takes it off.
    pub email: Option<Option<&'a EmailAddress>>,
    /// Whether no other member may have the address.
    pub unique_email: bool,
    /// The one spelling of a number that is none of the member's former ones afterwards: an undo says so of the number that
    /// its import gave.
    pub forgets_number: Option<&'a str>,
    /// The same of a user ID.
    pub forgets_login: Option<&'a LoginId>,
}

/// What stands for "none any more" among the changes, where nothing means that it stays as it is.
const NONE: &str = "";

/// Writes down changes to be made. A user ID they bring rests for its member until `rests_until`, so that nobody
/// chooses it meanwhile. `false` when somebody has done so already.
pub async fn put_changes(
    tx: &mut Write,
    id: Uuid,
    changes: &[ImportedChange<'_>],
    rests_until: Timestamp,
) -> StoreResult<bool> {
    tx.insert_many(
        sql!(
            "INSERT INTO import_change (tenant, import, place, member, kigo, bango, branch, name, name_kana, birth_date,
                                        login, email, email_unique_key, number_key, number_seen, lost_on,
                                        forgets_number, forgets_login) VALUES"
        ),
        "",
        17,
        changes,
        |statement, change| {
            let person = change.person.as_ref();
            statement
                .bind(id)
                .bind(change.place)
                .bind(change.member)
                .bind(person.map(|person| person.number.kigo()))
                .bind(person.map(|person| person.number.bango()))
                .bind(person.map(|person| person.number.branch()))
                .bind(person.map(|person| person.name))
                .bind(person.map(|person| person.name_kana))
                .bind(person.map(|person| person.birth_date.date().to_string()))
                .bind(change.login.map(LoginId::as_str))
                .bind(change.email.map(|email| email.map_or(NONE, EmailAddress::as_str)))
                .bind(change.email.flatten().filter(|_| change.unique_email).map(EmailAddress::key))
                .bind(change.number_key)
                .bind(&*change.number_seen)
                .bind(change.lost_on.map(|day| day.map_or(NONE.to_owned(), |day| day.date().to_string())))
                .bind(change.forgets_number)
                .bind(change.forgets_login.map(LoginId::as_str))
        },
    )
    .await?;
    let logins: Vec<(MemberId, &LoginId)> =
        changes.iter().filter_map(|change| Some((change.member, change.login?))).collect();
    tx.insert_many(
        sql!("INSERT INTO retired_login (tenant, login, member, until) VALUES"),
        "ON CONFLICT (tenant, login) DO UPDATE SET until = excluded.until
          WHERE retired_login.member = excluded.member AND retired_login.until < excluded.until",
        3,
        &logins,
        |statement, (member, login)| statement.bind(login.as_str()).bind(*member).bind(rests_until),
    )
    .await?;
    let taken: Option<(u32,)> = tx
        .sql(sql!(
            "SELECT c.place FROM import_change AS c JOIN member AS m ON m.tenant = c.tenant AND m.login = c.login
              WHERE c.tenant = $1 AND c.import = $2 AND c.place >= $3 AND m.id <> c.member LIMIT 1"
        ))
        .bind(id)
        .bind(changes.first().map_or(0, |change| change.place))
        .maybe()
        .await?;
    Ok(taken.is_none())
}

/// The first place of a change that is not made yet.
pub async fn next_change(tx: &mut Read, id: Uuid) -> StoreResult<Option<u32>> {
    let row: Option<(u32,)> = tx
        .sql(sql!("SELECT place FROM import_change WHERE tenant = $1 AND import = $2 ORDER BY place LIMIT 1"))
        .bind(id)
        .maybe()
        .await?;
    Ok(row.map(|(place,)| place))
}

/// Lets at most `limit` letters of that priority go that waited for the publication. How many.
pub async fn release_letters(tx: &mut Write, priority: u32, now: Timestamp, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE outbox SET next_try_at = $3
          WHERE tenant = $1
            AND id IN (SELECT o.id FROM outbox AS o
                        WHERE o.tenant = $1 AND o.priority = $2 AND o.outcome IS NULL AND o.next_try_at IS NULL
                        LIMIT $4)"
    ))
    .bind(priority)
    .bind(now)
    .bind(limit)
    .count()
    .await
}
