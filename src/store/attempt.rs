//! Attempts: browsers on their way in, found by the digest of their cookie.

use jiff::Timestamp;

use super::{
    StoreError, StoreResult, Write,
    row::{Arguments, FromRow, Row, ToColumn},
    sql::sql,
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
    /// The attempt's id.
    pub id: AttemptId,
    /// What the attempt is for.
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
    /// Whether it was ended before its time, by the member or by too many mistakes.
    pub fn is_ended_early(&self) -> bool {
        self.ended_at.is_some_and(|ended| ended <= self.expires_at)
    }

    /// Whether it has run out: its row only tells the user ID any more (D15).
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ended_at.is_some() || self.expires_at <= now
    }
}

/// The columns an [`Attempt`] is made of, of a table that the statement calls `a`. They are read together with those of
/// its member, hence their names.
macro_rules! attempt_columns {
    () => {
        "a.id AS attempt, a.session AS attempt_session, a.back_to AS attempt_back_to, a.credential AS shown_credential,
         COALESCE(a.credential_at, a.created_at) AS shown_credential_at, a.birth_date_at AS shown_birth_date_at,
         a.factor AS shown_factor, a.factor_at AS shown_factor_at, a.mail_proof AS recovery_mail,
         a.lost AS recovery_lost, a.method AS recovery_method, a.desk_code_at AS recovery_desk_code_at,
         a.password_at AS recovery_password_at, a.remember AS attempt_remember, a.expires_at AS attempt_expires_at,
         a.ended_at AS attempt_ended_at, a.setup_secret AS attempt_setup_secret, a.left_session AS attempt_left"
    };
}
pub(super) use attempt_columns;

impl FromRow for Attempt {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let word = |name: &str| row.get::<Option<String>>(name);
        let method = |name: &str| -> StoreResult<Option<Method>> {
            word(name)?.map(|word| Method::parse(&word).ok_or_else(|| row.broken(name))).transpose()
        };
        let has = |name: &str| Ok::<_, StoreError>(row.get::<Option<Timestamp>>(name)?.is_some());
        let credential = word("shown_credential")?
            .map(|word| Credential::parse(&word).ok_or_else(|| row.broken("shown_credential")))
            .transpose()?;
        let credential_at: Timestamp = row.get("shown_credential_at")?;
        let mail = word("recovery_mail")?
            .map(|word| MailProof::parse(&word).ok_or_else(|| row.broken("recovery_mail")))
            .transpose()?;
        let recovery = match mail {
            None => None,
            Some(mail) => Some(Recovery {
                mail,
                lost: row.get("recovery_lost")?,
                method: method("recovery_method")?,
                desk_code: has("recovery_desk_code_at")?,
                password: has("recovery_password_at")?,
            }),
        };
        let session: Option<uuid::Uuid> = row.get("attempt_session")?;
        let goal = match (session, recovery) {
            (Some(session), _) => Goal::Reauthenticate(SessionId::kept(session)),
            (None, Some(_)) => Goal::Recover,
            (None, None) => Goal::SignIn,
        };
        let proofs = Proofs {
            credential: credential.map(|credential| (credential, credential_at)),
            birth_date: row.get("shown_birth_date_at")?,
            factor: method("shown_factor")?.zip(row.get("shown_factor_at")?),
            recovery,
        };
        Ok(Self {
            id: AttemptId::kept(row.get("attempt")?),
            goal,
            back_to: row.get("attempt_back_to")?,
            proofs,
            remember: row.get("attempt_remember")?,
            expires_at: row.get("attempt_expires_at")?,
            ended_at: row.get("attempt_ended_at")?,
            setup_secret: row.get("attempt_setup_secret")?,
            left: row.get::<Option<uuid::Uuid>>("attempt_left")?.map(SessionId::kept),
        })
    }
}

/// A new attempt: a password, or a passkey that stands alone, was just shown.
#[derive(Debug)]
pub struct NewAttempt<'a> {
    /// The attempt's id.
    pub id: AttemptId,
    /// Digest of the cookie.
    pub token: &'a [u8],
    /// The member it is of.
    pub member: MemberId,
    /// The member's epoch when the proofs were verified.
    pub epoch: Epoch,
    /// What the attempt is for.
    pub goal: Goal,
    /// The word of the page that asked for fresh proofs.
    pub back_to: Option<&'a str>,
    /// What this browser has shown.
    pub proofs: Proofs,
    /// Whether 「ログイン状態の保存」 was ticked.
    pub remember: bool,
    /// When it runs out.
    pub expires_at: Timestamp,
    /// The sealed secret an authenticator app would be set up with.
    pub setup_secret: &'a [u8],
    /// Digest of the cookie of the session this browser had before, alive or not.
    pub left: Option<&'a [u8]>,
}

/// Writes a new attempt.
pub async fn open(tx: &mut Write, new: &NewAttempt<'_>, now: Timestamp) -> StoreResult<()> {
    let session = match new.goal {
        Goal::SignIn | Goal::Recover => None,
        Goal::Reauthenticate(session) => Some(session.uuid()),
    };
    tx.sql(sql!(
        "INSERT INTO attempt (tenant, id, token, member, credential, remember, created_at, expires_at, birth_date_misses,
                              code_misses, factor, factor_at, setup_secret, session, back_to, mail_proof,
                              left_session, epoch, credential_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10, $11, $12, $13, $14,
                 (SELECT s.id FROM session AS s WHERE s.tenant = $1 AND s.token = $15
                     AND s.epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = s.member)),
                 $16, $17)"
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
    .bind(new.left.map(<[u8]>::to_vec))
    .bind(new.epoch)
    .bind(new.proofs.credential.map(|(_, at)| at))
    .run()
    .await?;
    Ok(())
}

/// Keeps what the browser has shown and chosen by now. The member is held, and the attempt was read after that.
pub async fn keep_proofs(tx: &mut Write, id: AttemptId, proofs: &Proofs, now: Timestamp) -> StoreResult<()> {
    let recovery = proofs.recovery;
    tx.sql(sql!(
        "UPDATE attempt
            SET credential = $3, credential_at = $4, birth_date_at = $5, factor = $6, factor_at = $7, lost = $8,
                method = $9, desk_code_at = CASE WHEN $10 THEN COALESCE(desk_code_at, $12) END,
                password_at = CASE WHEN $11 THEN COALESCE(password_at, $12) END
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = attempt.member)"
    ))
    .bind(id)
    .bind(proofs.credential.map(|(credential, _)| credential.as_str()))
    .bind(proofs.credential.map(|(_, at)| at))
    .bind(proofs.birth_date)
    .bind(proofs.factor.map(|(method, _)| method.as_str()))
    .bind(proofs.factor.map(|(_, at)| at))
    .bind(recovery.and_then(|recovery| recovery.lost))
    .bind(recovery.and_then(|recovery| recovery.method).map(Method::as_str))
    .bind(recovery.is_some_and(|recovery| recovery.desk_code))
    .bind(recovery.is_some_and(|recovery| recovery.password))
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Counts a try at the birth date, in the transaction that compares it; `None` when the attempt has none left.
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
    tx.sql(sql!("DELETE FROM attempt WHERE tenant = $1 AND id = $2 RETURNING id")).bind(id).done().await
}

/// Ends the attempt of that cookie, if there is one.
pub async fn close_by_token(tx: &mut Write, token: &[u8]) -> StoreResult<()> {
    tx.sql(sql!("DELETE FROM attempt WHERE tenant = $1 AND token = $2")).bind(token).run().await?;
    Ok(())
}

/// Lets an attempt run out `now`, for good: nothing is done with it any more, and its browser finds the user ID filled in.
/// `false` when it was over already: of two deeds at once only one goes on.
pub async fn run_out(tx: &mut Write, id: AttemptId, now: Timestamp) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE attempt SET expires_at = $3, ended_at = $3
         WHERE tenant = $1 AND id = $2 AND ended_at IS NULL RETURNING id"
    ))
    .bind(id)
    .bind(now)
    .done()
    .await
}

/// The same for the attempt of that cookie, if there is one.
pub async fn run_out_by_token(tx: &mut Write, token: &[u8], now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE attempt SET expires_at = $3, ended_at = $3
         WHERE tenant = $1 AND token = $2 AND ended_at IS NULL"
    ))
    .bind(token)
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
