//! Recovery: whom a browser asked for, and the wait before a lost factor may be replaced (D4).

use jiff::Timestamp;

use super::{
    Read, StoreResult, Write,
    known_browser::{AskingBrowser, is_known},
    member::{member_columns, published},
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    epoch::Epoch,
    lockout::Bucket,
    member::{Member, MemberId},
    one_time::{OneTimePurpose, made_by},
    signin::LostFactorWait,
};

impl FromRow for LostFactorWait {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { opens_at: row.get("opens_at")?, closes_at: row.get("closes_at")? })
    }
}

/// A browser that asks for a recovery.
#[derive(Debug)]
pub struct NewRecoveryAsk<'a> {
    /// Digest of the cookie it has, where it may keep that: it does while what it asked before lives, of the same subject.
    pub had: Option<&'a [u8]>,
    /// Digest of the cookie it gets else.
    pub fresh: &'a [u8],
    /// Whose counter its codes belong to: somebody's, or that of a user ID which is nobody's.
    pub subject: &'a [u8],
    /// Whose tries that counts.
    pub bucket: Bucket,
    /// Whether a letter is mailed now: what the browser asked lives as long as that.
    pub is_mailed: bool,
    /// The end of what is asked now.
    pub expires_at: Timestamp,
}

/// Keeps what a browser asks. The digest of the cookie that is its from now on.
pub async fn ask(tx: &mut Write, new: &NewRecoveryAsk<'_>, now: Timestamp) -> StoreResult<Vec<u8>> {
    let (browser,): (Vec<u8>,) = tx
        .sql(sql!(
            "INSERT INTO recovery_ask (tenant, browser, subject, bucket, expires_at)
             VALUES ($1, COALESCE((SELECT a.browser FROM recovery_ask AS a
                                    WHERE a.tenant = $1 AND a.browser = $2 AND a.subject = $4 AND a.bucket = $5
                                      AND a.expires_at > $6), $3),
                     $4, $5, $7)
             ON CONFLICT (tenant, browser) DO UPDATE
                SET expires_at = CASE WHEN $8 THEN excluded.expires_at ELSE recovery_ask.expires_at END
          RETURNING browser"
        ))
        .bind(new.had.map(<[u8]>::to_vec))
        .bind(new.fresh)
        .bind(new.subject)
        .bind(new.bucket.as_str())
        .bind(now)
        .bind(new.expires_at)
        .bind(new.is_mailed)
        .one()
        .await?;
    Ok(browser)
}

/// Whose counter the codes of a browser belong to, and whose tries it counts.
#[derive(Debug)]
pub struct RecoveryAsk {
    /// Whom the counter is about.
    pub subject: Vec<u8>,
    /// Whose tries it counts.
    pub bucket: Bucket,
}

impl FromRow for RecoveryAsk {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let word: String = row.get("bucket")?;
        let bucket = Bucket::parse(&word).ok_or_else(|| row.broken("bucket"))?;
        Ok(Self { subject: row.get("subject")?, bucket })
    }
}

/// What that browser has asked.
pub async fn asked(tx: &mut Read, browser: &[u8], now: Timestamp) -> StoreResult<Option<RecoveryAsk>> {
    tx.sql(sql!(
        "SELECT subject, bucket FROM recovery_ask WHERE tenant = $1 AND browser = $2 AND expires_at > $3"
    ))
    .bind(browser)
    .bind(now)
    .maybe()
    .await
}

/// A member for whom somebody asks a recovery.
#[derive(Debug)]
pub struct AskedFor {
    /// The member, as the row has it.
    pub member: Member,
    /// Whose tries those of the browser that asks are counted with.
    pub bucket: Bucket,
    /// Whether the link of a letter still works.
    pub link_lives: bool,
}

impl FromRow for AskedFor {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            member: Member::from_row(row)?,
            bucket: Bucket::of(row.get("is_known")?),
            link_lives: row.get("link_lives")?,
        })
    }
}

/// The member of that id, with the browser that asks a recovery for them.
pub async fn asked_for(
    tx: &mut Read,
    id: MemberId,
    browser: &AskingBrowser,
) -> StoreResult<Option<AskedFor>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        ", EXISTS (SELECT 1 FROM one_time AS o
                    WHERE o.tenant = $1 AND o.member = m.id AND o.epoch = m.epoch AND o.purpose = $5
                      AND o.link IS NOT NULL AND o.expires_at > $3 AND o.made_at <= $6) AS link_lives, ",
        is_known!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.id = $4 AND ",
        published!(),
    ))
    .bind(browser.cookie_digest.clone())
    .bind(browser.now)
    .bind(id)
    .bind(OneTimePurpose::Recovery.as_str())
    .bind(made_by(browser.now))
    .maybe()
    .await
}

/// The wait that runs, or ran, for this member.
pub async fn wait(tx: &mut Read, member: MemberId) -> StoreResult<Option<LostFactorWait>> {
    tx.sql(sql!(
        "SELECT opens_at, closes_at FROM lost_factor
          WHERE tenant = $1 AND member = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = lost_factor.member)"
    ))
    .bind(member)
    .maybe()
    .await
}

/// Begins a wait under that epoch, in the place of one that is over. `false` when one runs already: asking again makes
/// it no shorter and no longer.
pub async fn begin_wait(
    tx: &mut Write,
    (member, epoch): (MemberId, Epoch),
    wait: LostFactorWait,
    now: Timestamp,
) -> StoreResult<bool> {
    tx.sql(sql!(
        "INSERT INTO lost_factor (tenant, member, asked_at, opens_at, closes_at, epoch)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, member) DO UPDATE
            SET asked_at = excluded.asked_at, opens_at = excluded.opens_at, closes_at = excluded.closes_at,
                epoch = excluded.epoch
          WHERE lost_factor.closes_at <= excluded.asked_at OR lost_factor.epoch <> excluded.epoch
      RETURNING member"
    ))
    .bind(member)
    .bind(now)
    .bind(wait.opens_at)
    .bind(wait.closes_at)
    .bind(epoch)
    .done()
    .await
}

/// Calls a wait off: by the mailed link, by a sign-in with the old factor, or because it has served. `false` when none
/// ran.
pub async fn end_wait(tx: &mut Write, member: MemberId) -> StoreResult<bool> {
    tx.sql(sql!(
        "DELETE FROM lost_factor
          WHERE tenant = $1 AND member = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = lost_factor.member)
      RETURNING member"
    ))
    .bind(member)
    .done()
    .await
}
