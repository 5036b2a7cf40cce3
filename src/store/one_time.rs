//! One-time links and codes. Counters are raised and committed before a code is compared; a link or code is used up by
//! one statement, in the transaction of what it opens. What says that it was made later than now is of a clock that ran
//! ahead, and would live that much too long: it is not accepted (R25).

use jiff::Timestamp;

use super::{
    Read, StoreResult, Write,
    row::{Arguments, FromRow, Row, ToColumn},
    sql::sql,
};
use crate::domain::{
    clock::TrustedTime,
    epoch::Epoch,
    member::{MemberId, OneTimeId, japanese_day},
    one_time::{OneTimePurpose, made_by},
};

impl ToColumn for OneTimeId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }
}

/// A link or code as kept.
#[derive(Debug, Clone)]
pub struct OneTime {
    /// The row's id.
    pub id: OneTimeId,
    /// The member it is for.
    pub member: MemberId,
    /// Keyed digest of the code, if there is one.
    pub code: Option<Vec<u8>>,
    /// The address it speaks for, if any.
    pub address: Option<String>,
    /// Wrong codes so far; 0 where they are counted elsewhere (see [`TRIES`](crate::domain::one_time::TRIES)).
    pub misses: u32,
    /// When it was made: 再送信 counts from here.
    pub made_at: Timestamp,
    /// Worthless from then on.
    pub expires_at: Timestamp,
    /// The attempt, session or browser in which its code works.
    pub bound_to: Option<Vec<u8>>,
}

impl FromRow for OneTime {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: OneTimeId::kept(row.get("id")?),
            member: row.get("member")?,
            code: row.get("code")?,
            address: row.get("address")?,
            misses: row.get("misses")?,
            made_at: row.get("made_at")?,
            expires_at: row.get("expires_at")?,
            bound_to: row.get("bound_to")?,
        })
    }
}

/// A new link, code, or both.
#[derive(Debug)]
pub struct NewOneTime<'a> {
    /// The row's id.
    pub id: OneTimeId,
    /// What it is for.
    pub purpose: OneTimePurpose,
    /// The member it is for.
    pub member: MemberId,
    /// The attempt, session or browser in which its **code** works; `None` for codes that go with the member.
    pub bound_to: Option<&'a [u8]>,
    /// Digest of the link's token. Links work in any browser.
    pub link: Option<&'a [u8]>,
    /// Keyed digest of the code.
    pub code: Option<&'a [u8]>,
    /// The address it speaks for.
    pub address: Option<&'a str>,
    /// Worthless from then on.
    pub expires_at: Timestamp,
    /// The epoch of the member as seen when the address and everything else about it was looked up: a change meanwhile
    /// makes it worthless before it is read.
    pub epoch: Epoch,
}

/// Puts a new one in the place of the member's others of that purpose; where it belongs to a sign-in, of that sign-in's
/// only, so that a stranger at another browser cannot spoil it.
pub async fn put(tx: &mut Write, new: &NewOneTime<'_>, now: Timestamp) -> StoreResult<()> {
    match new.purpose {
        OneTimePurpose::MailCode => end_in(tx, new.member, new.purpose, new.bound_to).await?,
        _ => end_all(tx, new.member, new.purpose).await?,
    }
    tx.sql(sql!(
        "INSERT INTO one_time (tenant, id, purpose, member, bound_to, link, code, address, misses, made_at, expires_at,
                               epoch)
         SELECT $1, $2, $3, id, $5, $6, $7, $8, 0, $9, $10, $11 FROM member WHERE tenant = $1 AND id = $4"
    ))
    .bind(new.id)
    .bind(new.purpose.as_str())
    .bind(new.member)
    .bind(new.bound_to.map(<[u8]>::to_vec))
    .bind(new.link.map(<[u8]>::to_vec))
    .bind(new.code.map(<[u8]>::to_vec))
    .bind(new.address)
    .bind(now)
    .bind(new.expires_at)
    .bind(new.epoch)
    .run()
    .await?;
    Ok(())
}

/// The member's newest of that purpose in that browser, run out or not: for the countdown and the tries left.
pub async fn newest(
    tx: &mut Read,
    member: MemberId,
    purpose: OneTimePurpose,
    bound_to: Option<&[u8]>,
) -> StoreResult<Option<OneTime>> {
    tx.sql(sql!(
        "SELECT id, member, code, address, misses, made_at, expires_at, bound_to FROM one_time
          WHERE tenant = $1 AND member = $2 AND purpose = $3 AND (bound_to = $4 OR ($4 IS NULL AND bound_to IS NULL))
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = one_time.member)
          ORDER BY made_at DESC LIMIT 1"
    ))
    .bind(member)
    .bind(purpose.as_str())
    .bind(bound_to.map(<[u8]>::to_vec))
    .maybe()
    .await
}

/// Whose link this is, if it still works. Uses nothing up: what scanners and curious mail programs may do (G6).
pub async fn by_link(
    tx: &mut Read,
    purpose: OneTimePurpose,
    link: &[u8],
    now: TrustedTime,
) -> StoreResult<Option<OneTime>> {
    tx.sql(sql!(
        "SELECT id, member, code, address, misses, made_at, expires_at, bound_to FROM one_time
          WHERE tenant = $1 AND purpose = $2 AND link = $3 AND expires_at > $4
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = one_time.member
                           AND (m.lost_on IS NULL OR m.lost_on >= $5)
                           AND NOT EXISTS (SELECT 1 FROM closing AS e
                                            WHERE e.tenant = $1 AND (e.closed_at IS NOT NULL OR e.last_day < $5)))
            AND made_at <= $6"
    ))
    .bind(purpose.as_str())
    .bind(link)
    .bind(now.at())
    .bind(japanese_day(now.at()))
    .bind(made_by(now.at()))
    .maybe()
    .await
}

/// The one whose code works in that browser, whoever's it is.
pub async fn by_browser(
    tx: &mut Read,
    purpose: OneTimePurpose,
    bound_to: &[u8],
    now: TrustedTime,
) -> StoreResult<Option<OneTime>> {
    tx.sql(sql!(
        "SELECT id, member, code, address, misses, made_at, expires_at, bound_to FROM one_time
          WHERE tenant = $1 AND purpose = $2 AND bound_to = $3 AND expires_at > $4
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = one_time.member
                           AND (m.lost_on IS NULL OR m.lost_on >= $5)
                           AND NOT EXISTS (SELECT 1 FROM closing AS e
                                            WHERE e.tenant = $1 AND (e.closed_at IS NOT NULL OR e.last_day < $5)))
            AND made_at <= $6
          ORDER BY made_at DESC LIMIT 1"
    ))
    .bind(purpose.as_str())
    .bind(bound_to)
    .bind(now.at())
    .bind(japanese_day(now.at()))
    .bind(made_by(now.at()))
    .maybe()
    .await
}

/// Counts a try at the code before it is compared. The misses including this one; `None` when it has none left, has run
/// out or is gone.
pub async fn reserve(
    tx: &mut Write,
    id: OneTimeId,
    limit: u32,
    now: TrustedTime,
) -> StoreResult<Option<u32>> {
    let row: Option<(u32,)> = tx
        .sql(sql!(
            "UPDATE one_time SET misses = misses + 1
              WHERE tenant = $1 AND id = $2 AND misses < $3 AND expires_at > $4
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = one_time.member
                           AND (m.lost_on IS NULL OR m.lost_on >= $5)
                           AND NOT EXISTS (SELECT 1 FROM closing AS e
                                            WHERE e.tenant = $1 AND (e.closed_at IS NOT NULL OR e.last_day < $5)))
                AND made_at <= $6
          RETURNING misses"
        ))
        .bind(id)
        .bind(limit)
        .bind(now.at())
        .bind(japanese_day(now.at()))
        .bind(made_by(now.at()))
        .maybe()
        .await?;
    Ok(row.map(|(misses,)| misses))
}

/// Uses one up. `false` when it was used, replaced or ran out meanwhile: of many at once one wins.
pub async fn take(tx: &mut Write, id: OneTimeId, now: TrustedTime) -> StoreResult<bool> {
    tx.sql(sql!(
        "DELETE FROM one_time
              WHERE tenant = $1 AND id = $2 AND expires_at > $3
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = one_time.member
                           AND (m.lost_on IS NULL OR m.lost_on >= $4)
                           AND NOT EXISTS (SELECT 1 FROM closing AS e
                                            WHERE e.tenant = $1 AND (e.closed_at IS NOT NULL OR e.last_day < $4)))
                AND made_at <= $5
          RETURNING id"
    ))
    .bind(id)
    .bind(now.at())
    .bind(japanese_day(now.at()))
    .bind(made_by(now.at()))
    .done()
    .await
}

/// Ends the member's open ones of that purpose in that browser.
async fn end_in(
    tx: &mut Write,
    member: MemberId,
    purpose: OneTimePurpose,
    bound_to: Option<&[u8]>,
) -> StoreResult<()> {
    tx.sql(sql!("DELETE FROM one_time WHERE tenant = $1 AND member = $2 AND purpose = $3 AND bound_to = $4"))
        .bind(member)
        .bind(purpose.as_str())
        .bind(bound_to.map(<[u8]>::to_vec))
        .run()
        .await?;
    Ok(())
}

/// Ends the member's open ones of that purpose.
pub async fn end_all(tx: &mut Write, member: MemberId, purpose: OneTimePurpose) -> StoreResult<()> {
    tx.sql(sql!("DELETE FROM one_time WHERE tenant = $1 AND member = $2 AND purpose = $3"))
        .bind(member)
        .bind(purpose.as_str())
        .run()
        .await?;
    Ok(())
}

/// Gives the member's codes of that purpose their tries back: what the desk does for whoever has mistyped. How many codes
/// had lost some.
pub async fn forget_misses(tx: &mut Write, member: MemberId, purpose: OneTimePurpose) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE one_time SET misses = 0 WHERE tenant = $1 AND member = $2 AND purpose = $3 AND misses > 0"
    ))
    .bind(member)
    .bind(purpose.as_str())
    .count()
    .await
}
