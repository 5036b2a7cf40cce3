//! The roster in bulk: many members in few statements, the same on both databases.
//!
//! Writes are conditional on what was looked at. Fewer rows than asked for means that somebody was quicker, and the
//! whole import looks again.
//!
//! Updates join with their rows by `member.tenant = new.tenant`, not by the constant: so both planners start from the
//! few new rows, and never from every member of the tenant.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    Fault, Read, Result, Write,
    password::FirstKind,
    sql::{FromRow, Row, sql},
};
use crate::domain::{
    birth_date::BirthDate,
    login_id::LoginId,
    member::{EmailAddress, MemberId, MemberNumber},
    roster::{Known, search_key},
};

impl FromRow for Known {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            number: MemberNumber::kept(row.get(2)?, row.get(3)?, row.get(4)?),
            name: row.get(5)?,
            name_kana: row.get(6)?,
            birth_date: BirthDate::kept(row.get::<Date>(7)?),
            login: LoginId::kept(row.get(8)?),
            login_reviewed: row.get::<Option<Timestamp>>(9)?.is_some(),
            email: row.get::<Option<String>>(10)?.map(EmailAddress::kept),
            email_reviewed: row.get::<Option<Timestamp>>(11)?.is_some(),
            changed_at: row.get(12)?,
            activated: row.get::<Option<Timestamp>>(13)?.is_some(),
        })
    }
}

/// The next members after `after`, in the order of their ids, at most `limit`.
pub async fn page(tx: &mut Read, after: MemberId, limit: u32) -> Result<Vec<Known>> {
    tx.sql(sql!(
        "SELECT m.id, m.number_key, m.kigo, m.bango, m.branch, m.name, m.name_kana, m.birth_date, m.login,
                m.login_reviewed_at, m.email, m.email_reviewed_at, m.changed_at, p.set_at
           FROM member AS m LEFT JOIN password AS p ON p.tenant = m.tenant AND p.member = m.id
          WHERE m.tenant = $1 AND m.id > $2 ORDER BY m.id LIMIT $3"
    ))
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// The id before every other, to begin [`page`] with.
pub fn before_all() -> MemberId {
    MemberId::kept(Uuid::nil())
}

/// User IDs that rest at `now`, with the member who had each (D7).
pub async fn resting_logins(tx: &mut Read, now: Timestamp) -> Result<Vec<(String, MemberId)>> {
    tx.sql(sql!("SELECT login, member FROM retired_login WHERE tenant = $1 AND until > $2"))
        .bind(now)
        .all()
        .await
}

/// A member to be added.
#[derive(Debug)]
pub struct NewMember<'a> {
    /// Who.
    pub id: MemberId,
    /// 記号・番号・枝番.
    pub number: &'a MemberNumber,
    /// Name.
    pub name: &'a str,
    /// Name in katakana.
    pub name_kana: &'a str,
    /// Birth date.
    pub birth_date: BirthDate,
    /// User ID.
    pub login: LoginId,
    /// The address.
    pub email: Option<&'a EmailAddress>,
    /// Whether no other member may have the address.
    pub unique_email: bool,
    /// How the first credential came about.
    pub kind: FirstKind,
    /// Keyed digest of the first password; absent for derived ones.
    pub digest: Option<Vec<u8>>,
}

/// Adds members with their first credentials. `false` when somebody took a number, a user ID or an address
/// meanwhile: nothing may be committed then.
pub async fn add(
    tx: &mut Write,
    members: &[NewMember<'_>],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool> {
    let added = tx
        .insert_many(
            sql!(
                "INSERT INTO member (tenant, id, kigo, bango, branch, number_key, name, name_kana, search_key,
                                     birth_date, birth_date_misses, login, email, email_unique_key, imported_at,
                                     changed_at) VALUES"
            ),
            "ON CONFLICT DO NOTHING",
            15,
            members,
            |statement, member| {
                statement
                    .bind(member.id)
                    .bind(member.number.kigo())
                    .bind(member.number.bango())
                    .bind(member.number.branch())
                    .bind(member.number.key())
                    .bind(member.name)
                    .bind(member.name_kana)
                    .bind(search_key(member.name, member.name_kana))
                    .bind(member.birth_date.date())
                    .bind(0_u32)
                    .bind(member.login.as_str())
                    .bind(member.email.map(EmailAddress::as_str))
                    .bind(member.email.filter(|_| member.unique_email).map(EmailAddress::key))
                    .bind(now)
                    .bind(now)
            },
        )
        .await?;
    if added != members.len() as u64 {
        return Ok(false);
    }
    let issued = tx
        .insert_many(
            sql!("INSERT INTO first_credential (tenant, member, kind, digest, issued_at, expires_at) VALUES"),
            "",
            5,
            members,
            |statement, member| {
                statement
                    .bind(member.id)
                    .bind(member.kind.as_str())
                    .bind(member.digest.clone())
                    .bind(now)
                    .bind(expires_at)
            },
        )
        .await?;
    Ok(issued == members.len() as u64)
}

/// What the union corrects about a person.
#[derive(Debug)]
pub struct Person<'a> {
    /// Who.
    pub id: MemberId,
    /// 記号・番号・枝番, in the file's spelling.
    pub number: &'a MemberNumber,
    /// Name.
    pub name: &'a str,
    /// Name in katakana.
    pub name_kana: &'a str,
    /// Birth date.
    pub birth_date: BirthDate,
}

/// Corrects persons. `false` when one is gone.
pub async fn correct(tx: &mut Write, persons: &[Person<'_>], now: Timestamp) -> Result<bool> {
    let corrected = tx
        .insert_many(
            sql!(
                "WITH new (tenant, id, kigo, bango, branch, name, name_kana, search_key, birth_date, at) AS (VALUES"
            ),
            ") UPDATE member
                  SET kigo = new.kigo, bango = new.bango, branch = new.branch, name = new.name,
                      name_kana = new.name_kana, search_key = new.search_key, birth_date = new.birth_date,
                      changed_at = new.at
                 FROM new WHERE member.tenant = new.tenant AND member.id = new.id",
            9,
            persons,
            |statement, person| {
                statement
                    .bind(person.id)
                    .bind(person.number.kigo())
                    .bind(person.number.bango())
                    .bind(person.number.branch())
                    .bind(person.name)
                    .bind(person.name_kana)
                    .bind(search_key(person.name, person.name_kana))
                    .bind(person.birth_date.date())
                    .bind(now)
            },
        )
        .await?;
    Ok(corrected == persons.len() as u64)
}

/// User ID and address of a member who is not activated.
#[derive(Debug)]
pub struct Access<'a> {
    /// Who.
    pub id: MemberId,
    /// The user ID until now.
    pub old_login: &'a LoginId,
    /// The user ID from now on.
    pub login: &'a LoginId,
    /// The address from now on.
    pub email: Option<&'a EmailAddress>,
    /// Whether no other member may have the address.
    pub unique_email: bool,
    /// When the row had last changed when it was looked at.
    pub seen: Timestamp,
}

impl Access<'_> {
    fn frees_a_login(&self) -> bool {
        self.old_login != self.login
    }
}

/// Changes user IDs and addresses; a freed ID rests until `rests_until` (D7). `false` when a member was activated or
/// changed since the look: nothing may be committed then. Must come before [`correct`], which renews `changed_at`.
pub async fn change_access(
    tx: &mut Write,
    changes: &[Access<'_>],
    now: Timestamp,
    rests_until: Timestamp,
) -> Result<bool> {
    let written = tx
        .insert_many(
            sql!("WITH new (tenant, id, login, email, email_unique_key, seen, at) AS (VALUES"),
            ") UPDATE member
                  SET login = new.login, email = new.email, email_unique_key = new.email_unique_key,
                      changed_at = new.at
                 FROM new WHERE member.tenant = new.tenant AND member.id = new.id AND member.changed_at = new.seen
                  AND NOT EXISTS (SELECT 1 FROM password AS p WHERE p.tenant = $1 AND p.member = new.id)",
            6,
            changes,
            |statement, change| {
                statement
                    .bind(change.id)
                    .bind(change.login.as_str())
                    .bind(change.email.map(EmailAddress::as_str))
                    .bind(change.email.filter(|_| change.unique_email).map(EmailAddress::key))
                    .bind(change.seen)
                    .bind(now)
            },
        )
        .await?;
    if written != changes.len() as u64 {
        return Ok(false);
    }
    let freeing: Vec<&Access<'_>> = changes.iter().filter(|change| change.frees_a_login()).collect();
    tx.insert_many(
        sql!("WITH new (tenant, login) AS (VALUES"),
        ") DELETE FROM retired_login WHERE (tenant, login) IN (SELECT new.tenant, new.login FROM new)",
        1,
        &freeing,
        |statement, change| statement.bind(change.login.as_str()),
    )
    .await?;
    tx.insert_many(
        sql!("INSERT INTO retired_login (tenant, login, member, until) VALUES"),
        "ON CONFLICT (tenant, login) DO NOTHING",
        3,
        &freeing,
        |statement, change| statement.bind(change.old_login.as_str()).bind(change.id).bind(rests_until),
    )
    .await?;
    Ok(true)
}

/// Whether a fault says that somebody else was writing at the same time, so that looking again may help: a wait that
/// took too long, a value taken in the last moment, two writers in each other's way.
pub fn is_contention(fault: &Fault) -> bool {
    /// Canceled by `statement_timeout`, lock not available, deadlock, serialization failure.
    const POSTGRES: [&str; 4] = ["57014", "55P03", "40P01", "40001"];
    /// `SQLITE_BUSY` and its snapshot variant.
    const SQLITE: [&str; 2] = ["5", "517"];
    match fault {
        Fault::Database(sqlx::Error::PoolTimedOut) | Fault::Contended => true,
        Fault::Database(sqlx::Error::Database(told)) => {
            let code = told.code();
            let code = code.as_deref().unwrap_or_default();
            told.is_unique_violation() || POSTGRES.contains(&code) || SQLITE.contains(&code)
        }
        _ => false,
    }
}
