//! Attempts: browsers on their way in, found by the digest of their cookie.

use jiff::Timestamp;

use super::{
    Read, StoreError, StoreResult, Write,
    column::ToColumn,
    sql::{Arguments, FromRow, Row, sql},
};
use crate::domain::{
    epoch::Epoch,
    member::{AttemptId, MemberId, SessionId},
    proof::{Credential, MailProof, Proofs, Recovery},
    signin::Goal,
    tenant::Method,
};

impl ToColumn for AttemptId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }
}

/// An attempt as kept.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Which.
    pub id: AttemptId,
    /// Who is on the way.
    pub member: MemberId,
    /// Where to.
    pub goal: Goal,
    /// The word of the page that asked for fresh proofs, to come back to.
    pub back_to: Option<String>,
    /// What this browser has shown.
    pub proofs: Proofs,
    /// Whether 「ログイン状態の保存」 was ticked.
    pub remember: bool,
    /// Asks for the password again from then on.
    pub expires_at: Timestamp,
    /// When it was found over: final, whatever the clock says later (R25).
    pub ended_at: Option<Timestamp>,
    /// The sealed secret an authenticator app would be set up with.
    pub setup_secret: Vec<u8>,
    /// The session this browser had before, alive or not.
    pub left: Option<SessionId>,
}

impl Attempt {
    /// Whether it has run out: its row only tells the user ID any more (D15).
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ended_at.is_some() || self.expires_at <= now
    }
}

impl FromRow for Attempt {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let credential: Option<String> = row.get(2)?;
        let credential = credential
            .map(|word| Credential::parse(&word).ok_or_else(|| StoreError::Kept { column: row.column(2) }))
            .transpose()?;
        let credential_at: Timestamp = row.get(17)?;
        let credential = credential.map(|credential| (credential, credential_at));
        let factor: Option<String> = row.get(4)?;
        let factor_at: Option<Timestamp> = row.get(5)?;
        let factor = match (factor.as_deref().and_then(Method::parse), factor_at) {
            (Some(method), Some(at)) => Some((method, at)),
            _ => None,
        };
        let method = |index: usize| -> StoreResult<Option<Method>> {
            let word: Option<String> = row.get(index)?;
            word.map(|word| {
                Method::parse(&word).ok_or_else(|| StoreError::Kept { column: row.column(index) })
            })
            .transpose()
        };
        let session: Option<uuid::Uuid> = row.get(9)?;
        let mail: Option<String> = row.get(11)?;
        let recovery = match mail.as_deref().map(MailProof::parse) {
            None => None,
            Some(None) => return Err(StoreError::Kept { column: row.column(11) }),
            Some(Some(mail)) => Some(Recovery {
                mail,
                lost: row.get(12)?,
                desk_code: row.get::<Option<Timestamp>>(13)?.is_some(),
                password: row.get::<Option<Timestamp>>(14)?.is_some(),
                method: method(16)?,
            }),
        };
        let goal = match (session, recovery) {
            (Some(session), _) => Goal::Reauthenticate(SessionId::kept(session)),
            (None, Some(_)) => Goal::Recover,
            (None, None) => Goal::SignIn,
        };
        Ok(Self {
            id: AttemptId::kept(row.get(0)?),
            member: row.get(1)?,
            goal,
            back_to: row.get(10)?,
            proofs: Proofs { credential, birth_date: row.get(3)?, factor, recovery },
            remember: row.get(6)?,
            expires_at: row.get(7)?,
            ended_at: row.get(18)?,
            setup_secret: row.get(8)?,
            left: row.get::<Option<uuid::Uuid>>(15)?.map(SessionId::kept),
        })
    }
}

/// A new attempt: a password, or a passkey that stands alone, was just shown.
#[derive(Debug)]
pub struct NewAttempt<'a> {
    /// Which.
    pub id: AttemptId,
    /// Digest of the cookie.
    pub token: &'a [u8],
    /// Whose.
    pub member: MemberId,
    /// The member's epoch when the proofs were verified.
    pub epoch: Epoch,
    /// Where to.
    pub goal: Goal,
    /// The word of the page that asked for fresh proofs.
    pub back_to: Option<&'a str>,
    /// What was shown.
    pub proofs: Proofs,
    /// Whether 「ログイン状態の保存」 was ticked.
    pub remember: bool,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The sealed secret an authenticator app would be set up with.
    pub setup_secret: &'a [u8],
    /// The session this browser had before, alive or not.
    pub left: Option<SessionId>,
}

/// Opens an attempt.
pub async fn open(tx: &mut Write, new: &NewAttempt<'_>, now: Timestamp) -> StoreResult<()> {
    let session = match new.goal {
        Goal::SignIn | Goal::Recover => None,
        Goal::Reauthenticate(session) => Some(session.uuid()),
    };
    tx.sql(sql!(
        "INSERT INTO attempt (tenant, id, token, member, credential, remember, created_at, expires_at, birth_date_misses,
                              code_misses, factor, factor_at, setup_secret, session, back_to, mail_proof,
                              left_session, epoch, credential_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
    ))
    .bind(new.id)
    .bind(new.token)
    .bind(new.member)
    .bind(new.proofs.credential.map(|(credential, _)| credential.as_str()))
    .bind(new.remember)
    .bind(now)
    .bind(new.expires_at)
    .bind(new.proofs.factor.map(|(method, _)| method.as_str()))
    .bind(new.proofs.factor.map(|(_, at)| at))
    .bind(new.setup_secret)
    .bind(session)
    .bind(new.back_to)
    .bind(new.proofs.recovery.map(|recovery| recovery.mail.as_str()))
    .bind(new.left.map(SessionId::uuid))
    .bind(new.epoch)
    .bind(new.proofs.credential.map(|(_, at)| at))
    .run()
    .await?;
    Ok(())
}

/// The attempt of that cookie, run out or not, unless a change has ended it.
pub async fn by_token(tx: &mut Read, token: &[u8]) -> StoreResult<Option<Attempt>> {
    tx.sql(sql!(
        "SELECT id, member, credential, birth_date_at, factor, factor_at, remember, expires_at, setup_secret,
                session, back_to, mail_proof, lost, desk_code_at, password_at, left_session, method,
                COALESCE(credential_at, created_at), ended_at
           FROM attempt
          WHERE tenant = $1 AND token = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)"
    ))
    .bind(token)
    .maybe()
    .await
}

/// Notes that the birth date was right.
pub async fn prove_birth_date(tx: &mut Write, id: AttemptId, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE attempt SET birth_date_at = $3
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)"
    ))
    .bind(id)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Notes a proven factor, and when it was shown.
pub async fn prove_factor(tx: &mut Write, id: AttemptId, method: Method, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE attempt SET factor = $3, factor_at = $4
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)"
    ))
    .bind(id)
    .bind(method.as_str())
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Notes that the member's own password was shown by setting it.
pub async fn prove_own_password(tx: &mut Write, id: AttemptId, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE attempt SET credential = 'own', credential_at = $3
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)"
    ))
    .bind(id)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Notes which way a recovery goes: whether the factor is lost (D4).
pub async fn choose_way(tx: &mut Write, id: AttemptId, lost: bool) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE attempt SET lost = $3
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)"
    ))
    .bind(id)
    .bind(lost)
    .run()
    .await?;
    Ok(())
}

/// Notes which method a recovery wants to set up in place of the lost one. The member's own stays until the new one works.
pub async fn choose_method(tx: &mut Write, id: AttemptId, method: Method) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE attempt SET method = $3
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)"
    ))
    .bind(id)
    .bind(method.as_str())
    .run()
    .await?;
    Ok(())
}

/// Notes that the desk's code was right.
pub async fn prove_desk_code(tx: &mut Write, id: AttemptId, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE attempt SET desk_code_at = $3
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)"
    ))
    .bind(id)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Notes that a recovery's new password was set.
pub async fn recover_password(tx: &mut Write, id: AttemptId, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE attempt SET password_at = $3
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)"
    ))
    .bind(id)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Counts a try at the birth date before it is verified; `None` when the attempt has none left.
pub async fn reserve_birth_date(tx: &mut Write, id: AttemptId, limit: u32) -> StoreResult<Option<u32>> {
    let row: Option<(u32,)> = tx
        .sql(sql!(
            "UPDATE attempt SET birth_date_misses = birth_date_misses + 1
              WHERE tenant = $1 AND id = $2 AND birth_date_misses < $3
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)
          RETURNING birth_date_misses"
        ))
        .bind(id)
        .bind(limit)
        .maybe()
        .await?;
    Ok(row.map(|(misses,)| misses))
}

/// Counts a try at a code before it is verified; `None` when the attempt has none left.
pub async fn reserve_code(tx: &mut Write, id: AttemptId, limit: u32) -> StoreResult<Option<u32>> {
    let row: Option<(u32,)> = tx
        .sql(sql!(
            "UPDATE attempt SET code_misses = code_misses + 1
              WHERE tenant = $1 AND id = $2 AND code_misses < $3
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)
          RETURNING code_misses"
        ))
        .bind(id)
        .bind(limit)
        .maybe()
        .await?;
    Ok(row.map(|(misses,)| misses))
}

/// Gives a try at a code back that was not verified.
pub async fn give_back_code(tx: &mut Write, id: AttemptId) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE attempt SET code_misses = code_misses - 1 WHERE tenant = $1 AND id = $2 AND code_misses > 0"
    ))
    .bind(id)
    .run()
    .await?;
    Ok(())
}

/// Ends an attempt. `false` when it was over already: of two deeds at once only one goes on.
pub async fn close(tx: &mut Write, id: AttemptId) -> StoreResult<bool> {
    let row: Option<(uuid::Uuid,)> = tx
        .sql(sql!("DELETE FROM attempt WHERE tenant = $1 AND id = $2 RETURNING id"))
        .bind(id)
        .maybe()
        .await?;
    Ok(row.is_some())
}

/// Lets an attempt run out `now`, for good: nothing is done with it any more, and its browser finds the user ID filled in.
pub async fn run_out(tx: &mut Write, id: AttemptId, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!("UPDATE attempt SET expires_at = $3, ended_at = $3 WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Ends every recovery of the member that is on its way.
pub async fn close_recoveries(tx: &mut Write, member: MemberId) -> StoreResult<()> {
    tx.sql(sql!("DELETE FROM attempt WHERE tenant = $1 AND member = $2 AND mail_proof IS NOT NULL"))
        .bind(member)
        .run()
        .await?;
    Ok(())
}

/// Ends every attempt of the member but one.
pub async fn close_others(tx: &mut Write, member: MemberId, keep: Option<AttemptId>) -> StoreResult<()> {
    tx.sql(sql!("DELETE FROM attempt WHERE tenant = $1 AND member = $2 AND id <> $3"))
        .bind(member)
        .bind(keep.map_or(uuid::Uuid::nil(), AttemptId::uuid))
        .run()
        .await?;
    Ok(())
}
