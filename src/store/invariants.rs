//! Invariants: rows that contradict what must be so after every fault ([INV2], [INV3], [INV5]). Each statement finds what
//! is wrong, not what is right; they read a union's tables whole, and change nothing.
//!
//! A row that is older than the end of the last archive may have its part of the trail there; it is not asked for.
//!
//! [INV2]: crate::rules::reliability#inv2
//! [INV3]: crate::rules::reliability#inv3
//! [INV5]: crate::rules::reliability#inv5

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreResult,
    held::{factor_words, holds_app, holds_mail_code, holds_passkey},
    member::published,
    row::{FromRow, Row},
    sql::{Sql, sql},
};

/// A row that contradicts an invariant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenRow {
    /// The row's id; the member's own where the table has one row for each member.
    pub id: Uuid,
    /// The member whose row it is.
    pub member: Uuid,
    /// When it was made.
    pub at: Timestamp,
}

impl FromRow for BrokenRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        // A row of the trail that cannot be read is told with the trail.
        let (id, member) = (row.get("id").unwrap_or_default(), row.get("member").unwrap_or_default());
        Ok(Self { id, member, at: row.get("at").unwrap_or_default() })
    }
}

/// Since when the trail is in the database: what happened at or before this moment may be archived.
pub async fn trail_begins(tx: &mut Read) -> StoreResult<Timestamp> {
    let found: Option<(Timestamp,)> = tx
        .sql(sql!("SELECT sealed_at FROM audit_anchor WHERE tenant = $1 ORDER BY number DESC LIMIT 1"))
        .maybe()
        .await?;
    Ok(found.map_or(Timestamp::UNIX_EPOCH, |(at,)| at))
}

/// Links and codes that were used, and still work (INV2).
pub async fn used_and_alive(tx: &mut Read, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    tx.sql(sql!(
        "SELECT o.id, o.member, o.made_at AS at FROM one_time AS o JOIN member AS m ON m.tenant = $1 AND m.id = o.member
          WHERE o.tenant = $1 AND o.epoch = m.epoch AND (o.link IS NOT NULL OR o.code IS NOT NULL) AND ",
        published!(),
        "   AND EXISTS (SELECT 1 FROM audit AS a
                         WHERE a.tenant = $1 AND a.member = o.member AND a.at > o.made_at
                           AND ((o.purpose = 'recovery' AND a.event = 'recovery-begun')
                             OR (o.purpose = 'confirm-email' AND a.event = 'email-confirmed')
                             OR (o.purpose = 'pending-email' AND a.event = 'email-confirmed')
                             OR (o.purpose = 'desk-code' AND a.event = 'desk-code-accepted')))
          ORDER BY o.id LIMIT $2"
    ))
    .bind(limit)
    .all()
    .await
}

/// Sessions that were opened twice (INV2).
pub async fn opened_twice(tx: &mut Read, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    tx.sql(sql!(
        "SELECT a.id, a.member, a.at FROM audit AS a
          WHERE a.tenant = $1 AND a.event = 'session-opened' AND a.member IS NOT NULL
            AND EXISTS (SELECT 1 FROM audit AS b
                         WHERE b.tenant = $1 AND b.member = a.member AND b.event = a.event AND b.detail = a.detail
                           AND b.id < a.id)
          ORDER BY a.id LIMIT $2"
    ))
    .bind(limit)
    .all()
    .await
}

/// What each row of `t` needs in the trail, up to the events: at its moment, about its member. What is older may be in an
/// archive.
macro_rules! untold {
    () => {
        " WHERE t.at > $2
            AND NOT EXISTS (SELECT 1 FROM audit AS a
                             WHERE a.tenant = $1 AND a.member = t.member AND a.at = t.at AND a.event IN "
    };
}

/// The first rows since a moment that a statement finds.
async fn since(tx: &mut Read, text: Sql, moment: Timestamp, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    tx.sql(text).bind(moment).bind(limit).all().await
}

/// Passwords that the trail does not know (INV3).
pub async fn password_untold(tx: &mut Read, begins: Timestamp, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    let text = sql!(
        "SELECT t.id, t.member, t.at
           FROM (SELECT member AS id, member, set_at AS at FROM password WHERE tenant = $1) AS t",
        untold!(),
        "('password-set', 'password-changed', 'password-recovered')) ORDER BY t.id LIMIT $3"
    );
    since(tx, text, begins, limit).await
}

/// Factors of every kind that the trail does not know (INV3). Mailed codes are named by their member's id.
pub async fn factor_untold(tx: &mut Read, begins: Timestamp, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    let text = sql!(
        "SELECT t.id, t.member, t.at
           FROM (SELECT id, member, created_at AS at FROM totp WHERE tenant = $1
                 UNION ALL SELECT id, member, created_at AS at FROM passkey WHERE tenant = $1
                 UNION ALL SELECT m.id, m.id AS member, m.mail_code_at AS at FROM member AS m
                            WHERE m.tenant = $1 AND m.mail_code_at IS NOT NULL AND ",
        published!(),
        ") AS t",
        untold!(),
        "('factor-added')) ORDER BY t.id LIMIT $3"
    );
    since(tx, text, begins, limit).await
}

/// Sessions that the trail does not know (INV3).
pub async fn session_untold(tx: &mut Read, begins: Timestamp, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    let text = sql!(
        "SELECT t.id, t.member, t.at
           FROM (SELECT id, member, created_at AS at FROM session WHERE tenant = $1) AS t",
        untold!(),
        "('session-opened')) ORDER BY t.id LIMIT $3"
    );
    since(tx, text, begins, limit).await
}

/// Accepted terms that the trail does not know (INV3).
pub async fn acceptance_untold(tx: &mut Read, begins: Timestamp, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    let text = sql!(
        "SELECT t.id, t.member, t.at
           FROM (SELECT member AS id, member, at FROM acceptance WHERE tenant = $1) AS t",
        untold!(),
        "('terms-accepted')) ORDER BY t.id LIMIT $3"
    );
    since(tx, text, begins, limit).await
}

/// The letters, and the events of the trail that each tells of. `o` is a row of the outbox, `a` one of the trail. Where a
/// lost factor is replaced, the letter about it stands for the new one as well, until the one about the new password.
macro_rules! tells_of {
    () => {
        "(o.kind, a.event) IN (('password-changed', 'password-changed'), ('password-changed', 'password-set'),
                               ('recovered', 'password-recovered'),
                               ('first-login-done', 'factor-added'), ('app-added', 'factor-added'),
                               ('passkey-added', 'factor-added'), ('mail-code-chosen', 'factor-added'),
                               ('factor-removed', 'factor-removed'), ('factor-removed', 'factor-added'),
                               ('method-chosen', 'method-chosen'),
                               ('login-changed', 'login-changed'), ('email-changed', 'email-confirmed'))"
    };
}

/// Letters about a change that the trail does not know (INV3).
pub async fn letter_untold(tx: &mut Read, begins: Timestamp, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    let text = sql!(
        "SELECT o.id, o.member, o.written_at AS at FROM outbox AS o
          WHERE o.tenant = $1 AND o.written_at > $2
            AND o.kind IN ('password-changed', 'recovered', 'first-login-done', 'app-added', 'passkey-added',
                           'mail-code-chosen', 'factor-removed', 'method-chosen', 'login-changed', 'email-changed')
            AND NOT EXISTS (SELECT 1 FROM audit AS a
                             WHERE a.tenant = $1 AND a.member = o.member AND a.at = o.written_at AND ",
        tells_of!(),
        ") ORDER BY o.id LIMIT $3"
    );
    since(tx, text, begins, limit).await
}

/// Changes of a password, a factor or a user ID of which no letter tells the member, where there was an address (INV3).
/// Letters that are done stay for a week: `moment` is later than that. A user ID is told of where it was changed behind
/// the login: the one of a first login is chosen before there is an address. Not asked for are a password that was set
/// by whoever had to, which the trail tells as it tells a first one, and a new address: the trail does not say whether
/// there was one before, whose reader is told.
pub async fn change_unlettered(tx: &mut Read, moment: Timestamp, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    let text = sql!(
        "SELECT a.id, m.id AS member, a.at FROM audit AS a JOIN member AS m ON m.tenant = $1 AND m.id = a.member
          WHERE a.tenant = $1 AND a.at > $2
            AND (a.event IN ('password-changed', 'password-recovered', 'factor-added', 'factor-removed')
                 OR (a.event = 'login-changed' AND a.gate IN ('session', 'fresh-session')))
            AND m.email IS NOT NULL AND m.changed_at <= a.at AND m.imported_at <= a.at
            AND (m.email_confirmed_at IS NULL OR m.email_confirmed_at <= a.at) AND ",
        published!(),
        "   AND NOT EXISTS (SELECT 1 FROM outbox AS o
                             WHERE o.tenant = $1 AND o.member = a.member AND o.written_at = a.at AND ",
        tells_of!(),
        ") ORDER BY a.id LIMIT $3"
    );
    since(tx, text, moment, limit).await
}

/// Sessions that live, of members who hold no factor or have no password (INV5).
pub async fn session_without_factor(
    tx: &mut Read,
    now: Timestamp,
    limit: u32,
) -> StoreResult<Vec<BrokenRow>> {
    let text = sql!(
        "SELECT s.id, s.member, s.created_at AS at FROM session AS s JOIN member AS m ON m.tenant = $1 AND m.id = s.member
          WHERE s.tenant = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.epoch = m.epoch AND ",
        published!(),
        "   AND (s.factor NOT IN ",
        factor_words!(),
        "   OR NOT EXISTS (SELECT 1 FROM password AS p WHERE p.tenant = $1 AND p.member = m.id AND p.ended_at IS NULL)
              OR NOT (",
        holds_passkey!(),
        " OR ",
        holds_app!(),
        " OR ",
        holds_mail_code!(),
        ")) ORDER BY s.id LIMIT $3"
    );
    since(tx, text, now, limit).await
}

/// The next sessions that have not ended, by id behind `after`, each with its end (INV5).
pub async fn session_ends(
    tx: &mut Read,
    now: Timestamp,
    after: Uuid,
    limit: u32,
) -> StoreResult<Vec<(BrokenRow, Timestamp)>> {
    tx.sql(sql!(
        "SELECT s.id, s.member, s.created_at AS at, s.expires_at
           FROM session AS s JOIN member AS m ON m.tenant = $1 AND m.id = s.member
          WHERE s.tenant = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.epoch = m.epoch AND s.id > $3 AND ",
        published!(),
        " ORDER BY s.id LIMIT $4"
    ))
    .bind(now)
    .bind(after)
    .bind(limit)
    .map(|row| Ok((BrokenRow::from_row(row)?, row.get("expires_at")?)))
    .await
}

/// Members with two passwords in force: the one the union issued beside one of their own (INV5).
pub async fn two_passwords(tx: &mut Read, now: Timestamp, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    let text = sql!(
        "SELECT m.id, m.id AS member, p.set_at AS at FROM member AS m
           JOIN password AS p ON p.tenant = $1 AND p.member = m.id
           JOIN first_credential AS f ON f.tenant = $1 AND f.member = m.id
          WHERE m.tenant = $1 AND p.ended_at IS NULL AND f.ended_at IS NULL AND f.expires_at > $2 AND ",
        published!(),
        " ORDER BY m.id LIMIT $3"
    );
    since(tx, text, now, limit).await
}

/// Passwords whose hash is not of this form, a pattern of LIKE (INV5): the member can only set a new one.
pub async fn password_damaged(tx: &mut Read, form: &str, limit: u32) -> StoreResult<Vec<BrokenRow>> {
    tx.sql(sql!(
        "SELECT p.member AS id, p.member, p.set_at AS at FROM password AS p
          WHERE p.tenant = $1 AND p.ended_at IS NULL
            AND p.hash NOT LIKE $2
          ORDER BY p.member LIMIT $3"
    ))
    .bind(form)
    .bind(limit)
    .all()
    .await
}

/// How many members no page lets in: no credential in force, and no address to which a recovery could be mailed. The desk
/// issues a new first password (`member revert`).
pub async fn desk_only(tx: &mut Read, now: Timestamp) -> StoreResult<u32> {
    let (count,) = tx
        .sql(sql!(
            "SELECT COUNT(*) FROM member AS m
              WHERE m.tenant = $1 AND m.email IS NULL AND ",
            published!(),
            "   AND NOT EXISTS (SELECT 1 FROM password AS p
                                 WHERE p.tenant = $1 AND p.member = m.id AND p.ended_at IS NULL)
                AND NOT EXISTS (SELECT 1 FROM first_credential AS f
                                 WHERE f.tenant = $1 AND f.member = m.id AND f.ended_at IS NULL AND f.expires_at > $2)"
        ))
        .bind(now)
        .one()
        .await?;
    Ok(count)
}
