//! Known browsers (table `known_device`): those that have signed a member in, by the digest of their cookie (D27).
//! A row lets nobody in; it only chooses whose tries are counted together.

use jiff::Timestamp;

use super::{Read, StoreResult, Write, sql::sql};
use crate::domain::{
    known_browser::{KEPT, MOST_BROWSERS, MOST_MEMBERS},
    member::MemberId,
};

/// The browser that asks, as a look compares it with those that have signed the member in.
#[derive(Debug, Clone)]
pub struct AskingBrowser {
    /// Digest of its cookie, if it has one.
    pub cookie_digest: Option<Vec<u8>>,
    /// The moment of the look: what ran out is not known any more.
    pub now: Timestamp,
}

impl AskingBrowser {
    /// Where no browser asks, or none is asked about.
    pub const NONE: Self = Self { cookie_digest: None, now: Timestamp::UNIX_EPOCH };
}

/// Whether the browser `$2` has signed the member `m` in, at `$3`; the column `is_known`.
macro_rules! is_known {
    () => {
        "EXISTS (SELECT 1 FROM known_device AS d
                  WHERE d.tenant = $1 AND d.member = m.id AND d.device = $2 AND d.expires_at > $3) AS is_known"
    };
}
pub(super) use is_known;

/// A browser that a member is signed in with.
#[derive(Debug)]
pub struct NewKnownBrowser<'a> {
    /// Who has just signed in with it.
    pub member: MemberId,
    /// Digest of the cookie it has. It keeps that where we gave it one, and it has signed somebody in that we still know of.
    pub had: Option<&'a [u8]>,
    /// Digest of the cookie it gets else.
    pub fresh: &'a [u8],
}

/// Remembers a browser, and forgets the member's oldest ones beyond [`MOST_BROWSERS`], and the browser's oldest members
/// beyond [`MOST_MEMBERS`]. The digest of the cookie that is its from now on.
pub async fn remember(tx: &mut Write, new: &NewKnownBrowser<'_>, now: Timestamp) -> StoreResult<Vec<u8>> {
    let (cookie_digest,): (Vec<u8>,) = tx
        .sql(sql!(
            "INSERT INTO known_device (tenant, device, member, seen_at, expires_at)
             VALUES ($1, COALESCE((SELECT d.device FROM known_device AS d
                                    WHERE d.tenant = $1 AND d.device = $2 AND d.expires_at > $3 LIMIT 1), $4),
                     $5, $3, $6)
             ON CONFLICT (tenant, device, member) DO UPDATE
                SET seen_at = excluded.seen_at, expires_at = excluded.expires_at
          RETURNING device"
        ))
        .bind(new.had.map(<[u8]>::to_vec))
        .bind(now)
        .bind(new.fresh)
        .bind(new.member)
        .bind(now.checked_add(KEPT).unwrap_or(now))
        .one()
        .await?;
    tx.sql(sql!(
        "DELETE FROM known_device
          WHERE tenant = $1
            AND ((member = $2 AND (SELECT COUNT(*) FROM known_device AS newer
                                    WHERE newer.tenant = $1 AND newer.member = $2
                                      AND newer.seen_at > known_device.seen_at) >= $4)
              OR (device = $3 AND (SELECT COUNT(*) FROM known_device AS newer
                                    WHERE newer.tenant = $1 AND newer.device = $3
                                      AND newer.seen_at > known_device.seen_at) >= $5))"
    ))
    .bind(new.member)
    .bind(cookie_digest.as_slice())
    .bind(MOST_BROWSERS)
    .bind(MOST_MEMBERS)
    .run()
    .await?;
    Ok(cookie_digest)
}

/// Gives a browser another cookie: whoever else has signed in with it goes on being known. Whoever has a copy of the old
/// cookie has nothing.
pub async fn replace(tx: &mut Write, old: &[u8], new: &[u8]) -> StoreResult<()> {
    tx.sql(sql!("UPDATE known_device SET device = $3 WHERE tenant = $1 AND device = $2"))
        .bind(old)
        .bind(new)
        .run()
        .await?;
    Ok(())
}

/// How many browsers have signed the member in, and whether that one has.
pub async fn of_member(tx: &mut Read, member: MemberId, asking: &AskingBrowser) -> StoreResult<(u32, bool)> {
    let digests: Vec<(Vec<u8>,)> = tx
        .sql(sql!("SELECT device FROM known_device WHERE tenant = $1 AND member = $2 AND expires_at > $3"))
        .bind(member)
        .bind(asking.now)
        .all()
        .await?;
    let is_here =
        asking.cookie_digest.as_ref().is_some_and(|here| digests.iter().any(|(digest,)| digest == here));
    Ok((u32::try_from(digests.len()).unwrap_or(u32::MAX), is_here))
}

/// Whether the browser has signed anybody of the union in.
pub async fn is_anybodys(tx: &mut Read, asking: &AskingBrowser) -> StoreResult<bool> {
    let Some(cookie_digest) = &asking.cookie_digest else { return Ok(false) };
    tx.sql(sql!(
        "SELECT member FROM known_device WHERE tenant = $1 AND device = $2 AND expires_at > $3 LIMIT 1"
    ))
    .bind(cookie_digest.as_slice())
    .bind(asking.now)
    .exists()
    .await
}

/// Forgets that the browser has signed the member in. `false` when that was not known.
pub async fn forget(tx: &mut Write, member: MemberId, cookie_digest: &[u8]) -> StoreResult<bool> {
    tx.sql(sql!(
        "DELETE FROM known_device WHERE tenant = $1 AND member = $2 AND device = $3 RETURNING device"
    ))
    .bind(member)
    .bind(cookie_digest)
    .done()
    .await
}

/// Forgets every browser that has signed the member in. How many.
pub async fn forget_all(tx: &mut Write, member: MemberId) -> StoreResult<u64> {
    tx.sql(sql!("DELETE FROM known_device WHERE tenant = $1 AND member = $2")).bind(member).count().await
}
