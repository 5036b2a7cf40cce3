//! What the union's desk looks up and undoes about one member.

use jiff::Timestamp;

use super::{Read, StoreResult, epoch::EpochChange, member::published, sql::sql};
use crate::domain::member::{EmailAddress, LastDay, Member, MemberId, MemberNumber};

/// How many sessions of the member live at `now`.
pub async fn sessions(tx: &mut Read, member: MemberId, now: Timestamp) -> StoreResult<u32> {
    let (count,) = tx
        .sql(sql!(
            "SELECT COUNT(*) FROM session WHERE tenant = $1 AND member = $2 AND expires_at > $3 AND ended_at IS NULL
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = $2)"
        ))
        .bind(member)
        .bind(now)
        .one()
        .await?;
    Ok(count)
}

/// Forgets what the member settled in first login, so that it is asked again. The user ID stays; the address goes, and
/// the language of letters to it, for both may be another's, unless the desk has `keep_address` said (D25).
pub async fn undo_first_login(
    tx: &mut EpochChange<'_>,
    keep_address: bool,
    now: Timestamp,
) -> StoreResult<()> {
    let member = tx.member();
    tx.sql(sql!(
        "UPDATE member
            SET login_reviewed_at = NULL, email_pending = NULL, email_reviewed_at = NULL, email_confirmed_at = NULL,
                email = CASE WHEN $4 THEN email END,
                email_unique_key = CASE WHEN $4 THEN email_unique_key END,
                language = CASE WHEN $4 THEN language END,
                mail_code_at = NULL, method = NULL, finish_due_at = NULL, birth_date_misses = 0, changed_at = $3
          WHERE tenant = $1 AND id = $2"
    ))
    .bind(member)
    .bind(now)
    .bind(keep_address)
    .run()
    .await?;
    Ok(())
}

/// Replaces the member's address by one that the desk was told; the member has confirmed none. `false` when another member
/// of a union that wants them unique has it.
pub async fn set_email(
    tx: &mut EpochChange<'_>,
    email: &EmailAddress,
    unique: bool,
    now: Timestamp,
) -> StoreResult<bool> {
    let member = tx.member();
    let set = tx
        .sql(sql!(
            "UPDATE member
                SET email = $3, email_unique_key = $4, email_pending = NULL, email_confirmed_at = NULL, changed_at = $5
              WHERE tenant = $1 AND id = $2 RETURNING id"
        ))
        .bind(member)
        .bind(email.as_str())
        .bind(unique.then(|| email.key()))
        .bind(now)
        .done()
        .await;
    match set {
        Err(fault) if fault.is_taken() => Ok(false),
        other => other,
    }
}

/// That something of the member's own is there, of a member `m`: a password, a factor, or a step of first login that was
/// done.
macro_rules! under_way {
    () => {
        concat!(
            "(m.login_reviewed_at IS NOT NULL OR m.email_reviewed_at IS NOT NULL OR m.method IS NOT NULL
              OR m.mail_code_at IS NOT NULL
              OR EXISTS (SELECT 1 FROM password AS p WHERE p.tenant = $1 AND p.member = m.id) OR ",
            $crate::store::held::holds_app!(),
            " OR ",
            $crate::store::held::holds_passkey!(),
            ")"
        )
    };
}
/// That terms were accepted by a member `m`, of whatever version.
macro_rules! agreed {
    () => {
        "EXISTS (SELECT 1 FROM acceptance AS c WHERE c.tenant = $1 AND c.member = m.id)"
    };
}
pub(super) use {agreed, under_way};

/// How far a member has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Something of the member's own is there: a password, a factor, or a step of first login that was done.
    pub is_under_way: bool,
    /// Terms were accepted, of whatever version.
    pub has_agreed: bool,
}

/// How far the member has come; `None` when there is no such member.
pub async fn begun(tx: &mut Read, member: MemberId) -> StoreResult<Option<Begun>> {
    let found = tx
        .sql(sql!(
            "SELECT ",
            under_way!(),
            " AS is_under_way, ",
            agreed!(),
            " AS has_agreed FROM member AS m WHERE m.tenant = $1 AND m.id = $2 AND ",
            published!()
        ))
        .bind(member)
        .map(|row| Ok(Begun { is_under_way: row.get("is_under_way")?, has_agreed: row.get("has_agreed")? }))
        .await?;
    Ok(found.into_iter().next())
}

/// Gives the member another number. `false` when somebody else has it: a member, or a row of an import that nobody sees
/// yet. Nothing may be committed then.
pub async fn set_number(
    tx: &mut EpochChange<'_>,
    number: &MemberNumber,
    now: Timestamp,
) -> StoreResult<bool> {
    let member = tx.member();
    let set = tx
        .sql(sql!(
            "UPDATE member SET kigo = $3, bango = $4, branch = $5, number_key = $6, changed_at = $7
              WHERE tenant = $1 AND id = $2 RETURNING id"
        ))
        .bind(member)
        .bind(number.kigo())
        .bind(number.bango())
        .bind(number.branch())
        .bind(number.key())
        .bind(now)
        .done()
        .await;
    match set {
        Err(fault) if fault.is_taken() => Ok(false),
        other => other,
    }
}

/// Gives the member what the roster said of the one who was merged into them: the names, the last day, and `address`, where
/// that is still the roster's to say. `false` when another member has the address.
pub async fn take_roster_data(
    tx: &mut EpochChange<'_>,
    from: &Member,
    address: Option<&EmailAddress>,
    unique: bool,
) -> StoreResult<bool> {
    let member = tx.member();
    let taken = tx
        .sql(sql!(
            "UPDATE member
                SET name = $3, name_kana = CASE WHEN $4 = '' THEN name_kana ELSE $4 END, lost_on = $5, ended_at = NULL,
                    email = CASE WHEN $6 THEN $7 ELSE email END,
                    email_unique_key = CASE WHEN $6 THEN $8 ELSE email_unique_key END
              WHERE tenant = $1 AND id = $2 RETURNING id"
        ))
        .bind(member)
        .bind(from.name.as_str())
        .bind(from.name_kana.as_str())
        .bind(from.membership.lost_on().map(LastDay::date))
        .bind(address.is_some())
        .bind(address.map(EmailAddress::as_str))
        .bind(address.filter(|_| unique).map(EmailAddress::key))
        .done()
        .await;
    match taken {
        Err(fault) if fault.is_taken() => Ok(false),
        other => other,
    }
}
