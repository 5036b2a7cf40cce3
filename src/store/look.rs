//! Look: everything that is asked about a member, in one statement: who it is, what is settled, what is held. That a
//! thing is there, never the thing itself, with two exceptions: the hash of the password at sign-in, which is verified
//! next; and with an attempt the sealed secret of an app that is being set up (`attempt_columns!`).

use jiff::Timestamp;

use super::{
    Read, StoreResult,
    attempt::{Attempt, attempt_columns},
    known_browser::{AskingBrowser, is_known},
    member::{member_columns, published},
    password::{MemberCredentials, credential_columns},
    row::{FromRow, Row},
    session::session_columns,
    sql::sql,
};
use crate::domain::{
    lockout::Bucket,
    login_id::LoginId,
    member::{Member, MemberId, SessionId},
    session::Session,
    signin::LostFactorWait,
};

/// What our records say about a member, as one statement saw it.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself; together they are no state")]
pub struct MemberFacts {
    /// The member, as the row has it.
    pub member: Member,
    /// Whether there is a password of the member's own.
    pub has_own_password: bool,
    /// Whether somebody else knows that password.
    pub password_exposed: bool,
    /// Whether there is a first credential, dead or alive.
    pub has_first_credential: bool,
    /// Whether there is a passkey.
    pub has_passkey: bool,
    /// Whether there is an authenticator app.
    pub has_app: bool,
    /// Whether the terms that were asked about are accepted.
    pub terms_accepted: bool,
    /// The wait before a lost factor may be replaced, if it runs, or ran.
    pub lost_factor: Option<LostFactorWait>,
    /// Whose tries those of the browser that asks are counted with.
    pub bucket: Bucket,
}

/// The columns of [`MemberFacts`] beside [`is_known`], of a member `m` whose wait is `l`; `$5` is the version of the terms.
macro_rules! facts_columns {
    () => {
        concat!(
            "EXISTS (SELECT 1 FROM password AS p WHERE p.tenant = $1 AND p.member = m.id AND p.exposed_at >= p.set_at)
                 AS password_exposed,
             EXISTS (SELECT 1 FROM password AS p WHERE p.tenant = $1 AND p.member = m.id) AS has_own_password,
             EXISTS (SELECT 1 FROM first_credential AS f WHERE f.tenant = $1 AND f.member = m.id)
                 AS has_first_credential, ",
            $crate::store::held::holds_passkey!(),
            " AS has_passkey, ",
            $crate::store::held::holds_app!(),
            " AS has_app,
             EXISTS (SELECT 1 FROM acceptance AS c WHERE c.tenant = $1 AND c.member = m.id AND c.version = $5)
                 AS terms_accepted,
             l.opens_at, l.closes_at"
        )
    };
}

/// Joins what [`facts_columns`] needs.
macro_rules! facts_join {
    () => {
        " LEFT JOIN lost_factor AS l ON l.tenant = m.tenant AND l.member = m.id AND l.epoch = m.epoch"
    };
}

impl FromRow for MemberFacts {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let lost_factor = match (row.get("opens_at")?, row.get("closes_at")?) {
            (Some(opens_at), Some(closes_at)) => Some(LostFactorWait { opens_at, closes_at }),
            _ => None,
        };
        Ok(Self {
            member: Member::from_row(row)?,
            has_own_password: row.get("has_own_password")?,
            password_exposed: row.get("password_exposed")?,
            has_first_credential: row.get("has_first_credential")?,
            has_passkey: row.get("has_passkey")?,
            has_app: row.get("has_app")?,
            terms_accepted: row.get("terms_accepted")?,
            lost_factor,
            bucket: Bucket::of(row.get("is_known")?),
        })
    }
}

/// A browser on its way in.
#[derive(Debug, Clone)]
pub struct AttemptFacts {
    /// The attempt of the browser.
    pub attempt: Attempt,
    /// The member whose attempt it is, with what is known of them.
    pub facts: MemberFacts,
    /// The session for which a member shows again who they are, run out or not.
    pub session: Option<Session>,
}

impl FromRow for AttemptFacts {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let session: Option<uuid::Uuid> = row.get("session_id")?;
        Ok(Self {
            attempt: Attempt::from_row(row)?,
            facts: MemberFacts::from_row(row)?,
            session: session.map(|_| Session::from_row(row)).transpose()?,
        })
    }
}

/// The attempt of that cookie, run out or not, unless a change has ended it; its member, and the session it is for.
pub async fn at_attempt(
    tx: &mut Read,
    token: &[u8],
    terms: &str,
    browser: &AskingBrowser,
) -> StoreResult<Option<AttemptFacts>> {
    tx.sql(sql!(
        "SELECT ",
        attempt_columns!(),
        ", ",
        member_columns!(),
        ", ",
        facts_columns!(),
        ", ",
        is_known!(),
        ", ",
        session_columns!(),
        " FROM attempt AS a JOIN member AS m ON m.tenant = a.tenant AND m.id = a.member AND m.epoch = a.epoch",
        facts_join!(),
        " LEFT JOIN session AS s ON s.tenant = a.tenant AND s.id = a.session AND s.epoch = m.epoch
          WHERE a.tenant = $1 AND a.token = $4 AND ",
        published!(),
    ))
    .bind(browser.cookie_digest.clone())
    .bind(browser.now)
    .bind(token)
    .bind(terms)
    .maybe()
    .await
}

/// The member of that id.
pub async fn at_member(
    tx: &mut Read,
    id: MemberId,
    terms: &str,
    browser: &AskingBrowser,
) -> StoreResult<Option<MemberFacts>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        ", ",
        facts_columns!(),
        ", ",
        is_known!(),
        " FROM member AS m",
        facts_join!(),
        " WHERE m.tenant = $1 AND m.id = $4 AND ",
        published!(),
    ))
    .bind(browser.cookie_digest.clone())
    .bind(browser.now)
    .bind(id)
    .bind(terms)
    .maybe()
    .await
}

/// A member who says who they are.
#[derive(Debug, Clone)]
pub struct LoginFacts {
    /// Who that would be.
    pub facts: MemberFacts,
    /// What would show it.
    pub credentials: MemberCredentials,
}

impl FromRow for LoginFacts {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { facts: MemberFacts::from_row(row)?, credentials: MemberCredentials::from_row(row)? })
    }
}

/// The member of that user ID, with what opens a sign-in.
pub async fn at_login(
    tx: &mut Read,
    login: &LoginId,
    terms: &str,
    browser: &AskingBrowser,
) -> StoreResult<Option<LoginFacts>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        ", ",
        facts_columns!(),
        ", ",
        is_known!(),
        ", ",
        credential_columns!(),
        " FROM member AS m",
        facts_join!(),
        " LEFT JOIN password AS own ON own.tenant = m.tenant AND own.member = m.id
          LEFT JOIN first_credential AS issued ON issued.tenant = m.tenant AND issued.member = m.id
          WHERE m.tenant = $1 AND m.login = $4 AND ",
        published!(),
    ))
    .bind(browser.cookie_digest.clone())
    .bind(browser.now)
    .bind(login.as_str())
    .bind(terms)
    .maybe()
    .await
}

/// A browser that is, or was, signed in.
#[derive(Debug, Clone)]
pub struct SessionFacts {
    /// The session, run out or not.
    pub session: Session,
    /// The member, as the row has it.
    pub member: Member,
}

impl FromRow for SessionFacts {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { session: Session::from_row(row)?, member: Member::from_row(row)? })
    }
}

/// A browser that is, or was, signed in, with what the portal page tells its member.
#[derive(Debug, Clone)]
pub struct VisitFacts {
    /// The session and its member.
    pub facts: SessionFacts,
    /// When the member signed in before this session, and the detail of that row of the trail.
    pub former: Option<(Timestamp, String)>,
    /// How many passkeys and authenticator apps the member has.
    pub devices: u32,
}

impl FromRow for VisitFacts {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let former = row.get::<Option<Timestamp>>("former_at")?;
        let detail = row.get::<Option<String>>("former_detail")?;
        Ok(Self {
            facts: SessionFacts::from_row(row)?,
            former: former.zip(detail),
            devices: row.get("devices")?,
        })
    }
}

/// The session of that cookie as [`at_session`] finds it.
pub async fn at_visit(tx: &mut Read, token: &[u8]) -> StoreResult<Option<VisitFacts>> {
    tx.sql(sql!(
        "SELECT ",
        session_columns!(),
        ", ",
        member_columns!(),
        ", f.at AS former_at, f.detail AS former_detail,
         (SELECT COUNT(*) FROM passkey AS k WHERE k.tenant = $1 AND k.member = m.id)
           + (SELECT COUNT(*) FROM totp AS t WHERE t.tenant = $1 AND t.member = m.id) AS devices
          FROM session AS s JOIN member AS m ON m.tenant = s.tenant AND m.id = s.member AND m.epoch = s.epoch
          LEFT JOIN audit AS f ON f.tenant = s.tenant AND f.id = (
            SELECT a.id FROM audit AS a
             WHERE a.tenant = $1 AND a.member = s.member AND a.event = 'session-opened' AND a.at < s.created_at
             ORDER BY a.id DESC LIMIT 1)
          WHERE s.tenant = $1 AND s.token = $2 AND ",
        published!(),
    ))
    .bind(token)
    .maybe()
    .await
}

/// The session of that cookie, run out or not, unless a change has ended it; and its member.
pub async fn at_session(tx: &mut Read, token: &[u8]) -> StoreResult<Option<SessionFacts>> {
    tx.sql(sql!(
        "SELECT ",
        session_columns!(),
        ", ",
        member_columns!(),
        " FROM session AS s JOIN member AS m ON m.tenant = s.tenant AND m.id = s.member AND m.epoch = s.epoch
          WHERE s.tenant = $1 AND s.token = $2 AND ",
        published!(),
    ))
    .bind(token)
    .maybe()
    .await
}

/// The same by the session's id: asked again in a write, once the member is held.
pub async fn at_session_id(tx: &mut Read, id: SessionId) -> StoreResult<Option<SessionFacts>> {
    tx.sql(sql!(
        "SELECT ",
        session_columns!(),
        ", ",
        member_columns!(),
        " FROM session AS s JOIN member AS m ON m.tenant = s.tenant AND m.id = s.member AND m.epoch = s.epoch
          WHERE s.tenant = $1 AND s.id = $2 AND ",
        published!(),
    ))
    .bind(id)
    .maybe()
    .await
}
