//! Members, their user IDs and addresses.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    epoch::EpochChange,
    known_browser::{AskingBrowser, is_known},
    row::{Arguments, FromColumn, FromRow, Row, ToColumn},
    sql::sql,
};
use crate::domain::{
    birth_date::BirthDate,
    lockout::Bucket,
    login_id::LoginId,
    member::{EmailAddress, LastDay, Member, MemberId, MemberNumber, Membership, UnionEnd},
    tenant::{Language, Method},
};

/// The columns a [`Member`] is made of, of a table that the statement calls `m`.
macro_rules! member_columns {
    () => {
        "m.id, m.kigo, m.bango, m.branch, m.name, m.name_kana, m.birth_date, m.birth_date_misses, m.login,
         m.login_reviewed_at, m.email, m.email_pending, m.email_reviewed_at, m.method, m.language, m.locked_at,
         m.lost_on, m.ended_at AS membership_ended_at, m.email_confirmed_at, m.mail_code_at, m.epoch, m.finish_due_at,
         EXISTS (SELECT 1 FROM first_credential AS f WHERE f.tenant = $1 AND f.member = m.id AND f.by_revert) AS reverted,
         (SELECT e.last_day FROM closing AS e WHERE e.tenant = $1) AS union_last_day,
         (SELECT e.closed_at FROM closing AS e WHERE e.tenant = $1) AS union_closed_at"
    };
}
/// That a member `m` is not one of an import that is not published yet.
macro_rules! published {
    () => {
        "NOT EXISTS (SELECT 1 FROM import AS i WHERE i.tenant = $1 AND i.id = m.import AND i.published_at IS NULL)"
    };
}
pub(super) use {member_columns, published};

impl ToColumn for MemberId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }

    fn about(&self) -> Option<Uuid> {
        Some(self.uuid())
    }
}

impl FromColumn for MemberId {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        Uuid::take(row, name).map(Self::kept)
    }
}

impl FromRow for Member {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let word = |name: &str| row.get::<Option<String>>(name);
        let broken = |name: &str| row.broken(name);
        let method =
            word("method")?.map(|w| Method::parse(&w).ok_or_else(|| broken("method"))).transpose()?;
        let language =
            word("language")?.map(|w| Language::parse(&w).ok_or_else(|| broken("language"))).transpose()?;
        Ok(Self {
            id: row.get("id")?,
            number: MemberNumber::kept(row.get("kigo")?, row.get("bango")?, row.get("branch")?),
            name: row.get("name")?,
            name_kana: row.get("name_kana")?,
            birth_date: BirthDate::kept(row.get::<Date>("birth_date")?),
            birth_date_misses: row.get("birth_date_misses")?,
            login: LoginId::kept(row.get("login")?),
            login_reviewed_at: row.get("login_reviewed_at")?,
            email: word("email")?.map(EmailAddress::kept),
            email_pending: word("email_pending")?.map(EmailAddress::kept),
            email_reviewed_at: row.get("email_reviewed_at")?,
            method,
            language,
            membership: Membership::kept(
                row.get("locked_at")?,
                row.get::<Option<Date>>("lost_on")?.map(LastDay::kept),
                row.get("membership_ended_at")?,
            )
            .at_union(UnionEnd {
                last_day: row.get::<Option<Date>>("union_last_day")?.map(LastDay::kept),
                closed_at: row.get("union_closed_at")?,
            }),
            email_confirmed_at: row.get("email_confirmed_at")?,
            mail_code_at: row.get("mail_code_at")?,
            epoch: row.get("epoch")?,
            reverted: row.get("reverted")?,
            finish_due: row.get::<Option<Timestamp>>("finish_due_at")?.is_some(),
        })
    }
}

/// The member with that user ID.
pub async fn by_login(tx: &mut Read, login: &LoginId) -> StoreResult<Option<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.login = $2 AND ",
        published!()
    ))
    .bind(login.as_str())
    .maybe()
    .await
}

/// The member with that id.
pub async fn by_id(tx: &mut Read, id: MemberId) -> StoreResult<Option<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.id = $2 AND ",
        published!()
    ))
    .bind(id)
    .maybe()
    .await
}

/// The members born on that day, and whether the browser that asks has signed them in. Whether the mailed address fits is
/// for the caller to decide: looking for it here would tell by time whether anybody has it.
pub async fn by_birth_date(
    tx: &mut Read,
    day: BirthDate,
    browser: &AskingBrowser,
) -> StoreResult<Vec<(Member, Bucket)>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        ", ",
        is_known!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.birth_date = $4 AND ",
        published!(),
        " ORDER BY m.login"
    ))
    .bind(browser.cookie_digest.clone())
    .bind(browser.now)
    .bind(day.date())
    .map(|row| Ok((Member::from_row(row)?, Bucket::of(row.get("is_known")?))))
    .await
}

/// Mailed codes are no factor of the member any more. `false` when they were none.
pub async fn drop_mail_code(tx: &mut EpochChange<'_>) -> StoreResult<bool> {
    let id = tx.member();
    tx.sql(sql!(
        "UPDATE member SET mail_code_at = NULL
          WHERE tenant = $1 AND id = $2 AND mail_code_at IS NOT NULL RETURNING id"
    ))
    .bind(id)
    .done()
    .await
}

/// The member with that 記号・番号・枝番.
pub async fn by_number(tx: &mut Read, number: &MemberNumber) -> StoreResult<Option<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.number_key = $2 AND ",
        published!()
    ))
    .bind(number.key())
    .maybe()
    .await
}

/// Keeps other deeds of this member waiting until this transaction ends: two at once would both act on what neither has
/// written yet. What is read after it is what the one before has committed. (SQLite has one writer anyway; `FOR UPDATE`
/// is unknown to it.) A transaction about more than one member uses [`hold_all`].
pub async fn hold(tx: &mut Write, id: MemberId) -> StoreResult<()> {
    tx.sql(sql!("UPDATE member SET changed_at = changed_at WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .run()
        .await?;
    Ok(())
}

/// The same for several members of one transaction, the lowest id first, whatever order they are worked through in: of two
/// transactions that hold some of the same members, neither waits for the other for ever.
pub async fn hold_all(tx: &mut Write, ids: impl IntoIterator<Item = MemberId>) -> StoreResult<()> {
    let in_order: BTreeSet<MemberId> = ids.into_iter().collect();
    for id in in_order {
        hold(tx, id).await?;
    }
    Ok(())
}

/// Counts a try at the birth date, in the transaction that compares it. The number of misses so far including this one; `None`
/// when the step is closed.
pub async fn reserve_birth_date(tx: &mut Write, id: MemberId, limit: u32) -> StoreResult<Option<u32>> {
    let row: Option<(u32,)> = tx
        .sql(sql!(
            "UPDATE member SET birth_date_misses = birth_date_misses + 1
              WHERE tenant = $1 AND id = $2 AND birth_date_misses < $3
          RETURNING birth_date_misses"
        ))
        .bind(id)
        .bind(limit)
        .maybe()
        .await?;
    Ok(row.map(|(misses,)| misses))
}

/// Counts at least so many misses at the birth date of the member.
pub async fn raise_birth_date_misses(tx: &mut Write, id: MemberId, misses: u32) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE member SET birth_date_misses = $3 WHERE tenant = $1 AND id = $2 AND birth_date_misses < $3"
    ))
    .bind(id)
    .bind(misses)
    .run()
    .await?;
    Ok(())
}

/// Forgets the misses at the birth date. Whether there were any.
pub async fn forget_birth_date_misses(tx: &mut Write, id: MemberId) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE member SET birth_date_misses = 0 WHERE tenant = $1 AND id = $2 AND birth_date_misses > 0 RETURNING id"
    ))
    .bind(id)
    .done()
    .await
}

/// Notes that the user ID was looked at and kept.
pub async fn keep_login(tx: &mut Write, id: MemberId, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!("UPDATE member SET login_reviewed_at = $3 WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Whether the ID is free for `member`: nobody else has it, nor had it within its quarantine.
pub async fn login_is_free(
    tx: &mut Read,
    login: &LoginId,
    member: MemberId,
    now: Timestamp,
) -> StoreResult<bool> {
    let taken: Option<(MemberId,)> = tx
        .sql(sql!(
            "SELECT id FROM member WHERE tenant = $1 AND login = $2 AND id <> $3
              UNION ALL
             SELECT member FROM retired_login WHERE tenant = $1 AND login = $2 AND member <> $3 AND until > $4"
        ))
        .bind(login.as_str())
        .bind(member)
        .bind(now)
        .maybe()
        .await?;
    Ok(taken.is_none())
}

/// Gives the member a new user ID and puts the former one into quarantine until `until` (D7). `false` when another
/// member took it meanwhile; nothing is written then.
pub async fn change_login(
    tx: &mut EpochChange<'_>,
    former: &LoginId,
    login: &LoginId,
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<bool> {
    let id = tx.member();
    let changed = tx
        .sql(sql!(
            "UPDATE member SET login = $3, login_reviewed_at = $4, changed_at = $4
              WHERE tenant = $1 AND id = $2
                AND NOT EXISTS (SELECT 1 FROM member AS other WHERE other.tenant = $1 AND other.login = $3)
          RETURNING id"
        ))
        .bind(id)
        .bind(login.as_str())
        .bind(now)
        .maybe()
        .await;
    // PostgreSQL sees a rival's ID only when that is committed, and then by the unique key: taken all the same.
    let changed: Option<(MemberId,)> = match changed {
        Err(fault) if fault.is_taken() => return Ok(false),
        other => other?,
    };
    if changed.is_none() {
        return Ok(false);
    }
    tx.sql(sql!("DELETE FROM retired_login WHERE tenant = $1 AND login = $2"))
        .bind(login.as_str())
        .run()
        .await?;
    tx.sql(sql!(
        "INSERT INTO retired_login (tenant, login, member, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, login) DO NOTHING"
    ))
    .bind(former.as_str())
    .bind(id)
    .bind(until)
    .run()
    .await?;
    Ok(true)
}

/// Keeps the chosen method.
pub async fn choose_method(tx: &mut EpochChange<'_>, method: Method, now: Timestamp) -> StoreResult<()> {
    let id = tx.member();
    tx.sql(sql!("UPDATE member SET method = $3, changed_at = $4 WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .bind(method.as_str())
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Keeps the chosen language.
pub async fn choose_language(tx: &mut Write, id: MemberId, language: Language) -> StoreResult<()> {
    tx.sql(sql!("UPDATE member SET language = $3 WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .bind(language.as_str())
        .run()
        .await?;
    Ok(())
}

/// Whether another member of the union has that address as a verified one.
pub async fn email_is_taken(tx: &mut Read, email: &EmailAddress, member: MemberId) -> StoreResult<bool> {
    tx.sql(sql!("SELECT id FROM member WHERE tenant = $1 AND email_unique_key = $2 AND id <> $3"))
        .bind(email.key())
        .bind(member)
        .exists()
        .await
}

/// Notes that the address was looked at; `pending` is a new one that waits for its confirmation (D8).
pub async fn review_email(
    tx: &mut Write,
    id: MemberId,
    pending: Option<&EmailAddress>,
    now: Timestamp,
) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE member SET email_pending = $3, email_reviewed_at = $4, changed_at = $4 WHERE tenant = $1 AND id = $2"
    ))
    .bind(id)
    .bind(pending.map(EmailAddress::as_str))
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Makes an address the member's verified one. `false` when another member of a union that wants them unique has it
/// already: the first confirmed wins (D8).
pub async fn confirm_email(
    tx: &mut EpochChange<'_>,
    email: &EmailAddress,
    unique: bool,
    now: Timestamp,
) -> StoreResult<bool> {
    let id = tx.member();
    let confirmed = tx
        .sql(sql!(
            "UPDATE member
                SET email = $3, email_unique_key = $4, email_pending = NULL, email_confirmed_at = $5,
                    email_reviewed_at = COALESCE(email_reviewed_at, $5), changed_at = $5
              WHERE tenant = $1 AND id = $2 RETURNING id"
        ))
        .bind(id)
        .bind(email.as_str())
        .bind(unique.then(|| email.key()))
        .bind(now)
        .done()
        .await;
    match confirmed {
        Err(fault) if fault.is_taken() => Ok(false),
        other => other,
    }
}

/// Notes that mailed codes are a factor of the member from now on.
pub async fn begin_mail_codes(tx: &mut EpochChange<'_>, now: Timestamp) -> StoreResult<()> {
    let id = tx.member();
    tx.sql(sql!("UPDATE member SET mail_code_at = $3, changed_at = $3 WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Notes that first login is whole: the portal page will say so.
pub async fn finish(tx: &mut EpochChange<'_>, now: Timestamp) -> StoreResult<()> {
    let id = tx.member();
    tx.sql(sql!("UPDATE member SET finish_due_at = $3 WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Takes the word that first login is whole: of several who ask, one gets it. `false` when it was said, or is not due.
pub async fn take_finish(tx: &mut Write, id: MemberId) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE member SET finish_due_at = NULL
          WHERE tenant = $1 AND id = $2 AND finish_due_at IS NOT NULL RETURNING id"
    ))
    .bind(id)
    .done()
    .await
}
