//! Export: a union's members and what they hold, for its own files (D34). That a credential is there, never the credential.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    Read, StoreResult,
    member::published,
    row::{FromRow, Row},
    sql::sql,
};

/// A member as exported.
#[derive(Debug, Clone)]
pub struct ExportedMember {
    /// The member's id.
    pub id: Uuid,
    /// 記号.
    pub kigo: String,
    /// 番号.
    pub bango: String,
    /// 枝番.
    pub branch: String,
    /// Name in kanji.
    pub name: String,
    /// Name in kana.
    pub name_kana: String,
    /// The day in Japan, as the roster gave it.
    pub birth_date: Date,
    /// The user ID.
    pub login: String,
    /// The mail address.
    pub email: Option<String>,
    /// When its owner confirmed it.
    pub email_confirmed_at: Option<Timestamp>,
    /// The method the member has chosen.
    pub method: Option<String>,
    /// The language of the member's letters.
    pub language: Option<String>,
    /// When the roster brought the member.
    pub imported_at: Timestamp,
    /// When the member was last changed.
    pub changed_at: Timestamp,
    /// Since when the desk keeps the member out.
    pub locked_at: Option<Timestamp>,
    /// The last day of the membership.
    pub lost_on: Option<Date>,
}

impl FromRow for ExportedMember {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            kigo: row.get("kigo")?,
            bango: row.get("bango")?,
            branch: row.get("branch")?,
            name: row.get("name")?,
            name_kana: row.get("name_kana")?,
            birth_date: row.get("birth_date")?,
            login: row.get("login")?,
            email: row.get("email")?,
            email_confirmed_at: row.get("email_confirmed_at")?,
            method: row.get("method")?,
            language: row.get("language")?,
            imported_at: row.get("imported_at")?,
            changed_at: row.get("changed_at")?,
            locked_at: row.get("locked_at")?,
            lost_on: row.get("lost_on")?,
        })
    }
}

/// The members behind that id, at most `limit`.
pub async fn members(tx: &mut Read, after: Uuid, limit: u32) -> StoreResult<Vec<ExportedMember>> {
    tx.sql(sql!(
        "SELECT m.id, m.kigo, m.bango, m.branch, m.name, m.name_kana, m.birth_date, m.login, m.email,
                m.email_confirmed_at, m.method, m.language, m.imported_at, m.changed_at, m.locked_at, m.lost_on
           FROM member AS m
          WHERE m.tenant = $1 AND m.id > $2 AND ",
        published!(),
        " ORDER BY m.id LIMIT $3"
    ))
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// That a member holds a credential.
#[derive(Debug, Clone)]
pub struct ExportedCredential {
    /// The member who holds it.
    pub member: Uuid,
    /// `password`, `first-password`, `authenticator-app`, `passkey` or `mailed-codes`.
    pub kind: String,
    /// The name that the member gave it.
    pub name: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When it was last used, where that is known.
    pub used_at: Option<Timestamp>,
}

impl FromRow for ExportedCredential {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            member: row.get("member")?,
            kind: row.get("kind")?,
            name: row.get("name")?,
            since: row.get("since")?,
            used_at: row.get("used_at")?,
        })
    }
}

/// What the members behind one id up to another hold, by member and kind.
pub async fn credentials(tx: &mut Read, after: Uuid, to: Uuid) -> StoreResult<Vec<ExportedCredential>> {
    tx.sql(sql!(
        "SELECT c.member, c.kind, c.name, c.since, c.used_at
           FROM (SELECT member, 'password' AS kind, CAST(NULL AS TEXT) AS name, set_at AS since,
                        CAST($4 AS TIMESTAMPTZ) AS used_at
                   FROM password WHERE tenant = $1 AND member > $2 AND member <= $3
                  UNION ALL
                 SELECT member, 'first-password', NULL, issued_at, NULL
                   FROM first_credential WHERE tenant = $1 AND member > $2 AND member <= $3
                  UNION ALL
                 SELECT member, 'authenticator-app', name, created_at, used_at
                   FROM totp WHERE tenant = $1 AND member > $2 AND member <= $3
                  UNION ALL
                 SELECT member, 'passkey', name, created_at, used_at
                   FROM passkey WHERE tenant = $1 AND member > $2 AND member <= $3
                  UNION ALL
                 SELECT id, 'mailed-codes', NULL, mail_code_at, NULL
                   FROM member WHERE tenant = $1 AND id > $2 AND id <= $3
                    AND mail_code_at IS NOT NULL AND email IS NOT NULL) AS c
           JOIN member AS m ON m.tenant = $1 AND m.id = c.member
          WHERE ",
        published!(),
        " ORDER BY c.member, c.kind, c.since"
    ))
    .bind(after)
    .bind(to)
    .bind(None::<Timestamp>)
    .all()
    .await
}
