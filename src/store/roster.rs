//! The roster in bulk: many members in few statements, the same on both databases.
//!
//! Writes are conditional on what was looked at. Fewer rows than asked for means that somebody was quicker, and the
//! whole import looks again.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    member::published,
    password::FirstKind,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    birth_date::BirthDate,
    login_id::LoginId,
    member::{EmailAddress, LastDay, MemberId, MemberNumber},
    roster::KnownMember,
    typed,
};

impl FromRow for KnownMember {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            key: row.get("number_key")?,
            number: MemberNumber::kept(row.get("kigo")?, row.get("bango")?, row.get("branch")?),
            name: row.get("name")?,
            name_kana: row.get("name_kana")?,
            birth_date: BirthDate::kept(row.get::<Date>("birth_date")?),
            login: LoginId::kept(row.get("login")?),
            login_reviewed: row.get::<Option<Timestamp>>("login_reviewed_at")?.is_some(),
            email: row.get::<Option<String>>("email")?.map(EmailAddress::kept),
            email_reviewed: row.get::<Option<Timestamp>>("email_reviewed_at")?.is_some(),
            changed_at: row.get("changed_at")?,
            activated: row.get::<Option<Timestamp>>("set_at")?.is_some(),
            lost_on: row.get::<Option<Date>>("lost_on")?.map(LastDay::kept),
            formers: Vec::new(),
        })
    }
}

/// The next members after `after`, in the order of their ids, at most `limit`.
pub async fn page(tx: &mut Read, after: MemberId, limit: u32) -> StoreResult<Vec<KnownMember>> {
    tx.sql(sql!(
        "SELECT m.id, m.number_key, m.kigo, m.bango, m.branch, m.name, m.name_kana, m.birth_date, m.login,
                m.login_reviewed_at, m.email, m.email_reviewed_at, m.changed_at, m.lost_on, p.set_at
           FROM member AS m LEFT JOIN password AS p ON p.tenant = m.tenant AND p.member = m.id
          WHERE m.tenant = $1 AND m.id > $2 AND ",
        published!(),
        " ORDER BY m.id LIMIT $3"
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
pub async fn resting_logins(tx: &mut Read, now: Timestamp) -> StoreResult<Vec<(String, MemberId)>> {
    tx.sql(sql!("SELECT login, member FROM retired_login WHERE tenant = $1 AND until > $2"))
        .bind(now)
        .map(|row| Ok((row.get("login")?, row.get("member")?)))
        .await
}

/// A member to be added.
#[derive(Debug)]
pub struct NewMember<'a> {
    /// The member's id.
    pub id: MemberId,
    /// The member's 記号・番号・枝番.
    pub number: &'a MemberNumber,
    /// The member's name.
    pub name: &'a str,
    /// The name in katakana; may be empty.
    pub name_kana: &'a str,
    /// The day in Japan that first login may ask for.
    pub birth_date: BirthDate,
    /// The first user ID.
    pub login: LoginId,
    /// The mail address, if there is one.
    pub email: Option<&'a EmailAddress>,
    /// Whether no other member may have the address.
    pub unique_email: bool,
    /// The last day of the membership, where one is known (D34).
    pub lost_on: Option<LastDay>,
    /// How the first credential came about.
    pub kind: FirstKind,
    /// Keyed digest of the first password; absent for derived ones.
    pub digest: Option<Vec<u8>>,
}

/// Adds members with their first credentials, hidden until `import` is published. `false` when somebody took a number,
/// a user ID or an address meanwhile: nothing may be committed then.
pub async fn add(
    tx: &mut Write,
    import: Uuid,
    members: &[NewMember<'_>],
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<bool> {
    let added = tx
        .insert_many(
            sql!(
                "INSERT INTO member (tenant, id, kigo, bango, branch, number_key, name, name_kana, search_key,
                                     birth_date, birth_date_misses, login, email, email_unique_key, imported_at,
                                     changed_at, lost_on, import, name_key, kana_key, email_key) VALUES"
            ),
            "ON CONFLICT DO NOTHING",
            20,
            members,
            |statement, member| {
                let (name, kana) = (typed::search_key(member.name), typed::search_key(member.name_kana));
                statement
                    .bind(member.id)
                    .bind(member.number.kigo())
                    .bind(member.number.bango())
                    .bind(member.number.branch())
                    .bind(member.number.key())
                    .bind(member.name)
                    .bind(member.name_kana)
                    // `search_key`, which nothing reads since there are keys of name and kana (0019). The column stays: it
                    // has no default, and an older program beside this one fills it.
                    .bind("")
                    .bind(member.birth_date.date())
                    .bind(0_u32)
                    .bind(member.login.as_str())
                    .bind(member.email.map(EmailAddress::as_str))
                    .bind(member.email.filter(|_| member.unique_email).map(EmailAddress::key))
                    .bind(now)
                    .bind(now)
                    .bind(member.lost_on.map(LastDay::date))
                    .bind(import)
                    .bind(name)
                    .bind(kana)
                    .bind(member.email.map(EmailAddress::key))
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
    /// 記号・番号・枝番, in the file's spelling.
    pub number: &'a MemberNumber,
    /// The member's name.
    pub name: &'a str,
    /// The name in katakana; may be empty.
    pub name_kana: &'a str,
    /// The day in Japan that first login may ask for.
    pub birth_date: BirthDate,
}
