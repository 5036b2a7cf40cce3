//! Import: the rows of a roster before anybody sees them, and the one row that makes them visible.
//!
//! # Decision
//! Members come in some thousand at a time, each batch in a short transaction of its own, and carry the id of their
//! import. While the union's row in `import` has that id and no `published_at`, they are **hidden**. Setting it publishes
//! them all. What changes about members who were there before waits in `import_change`, and letters wait in the outbox
//! without a next try: both are worked off after the publication, some thousand at a time.
//! # Because
//! SQLite has one writer. 300,000 rows in one transaction kept every sign-in of every union waiting for 26 s; even one
//! `INSERT … SELECT` of rows that are there already takes 2.8 s.
//! # Instead of
//! One transaction around everything, or a table of staged members that is copied at the end.
//!
//! # What a hidden row does
//! - **To uniqueness**: it counts. Number, user ID and address of a hidden member are taken: a member who asks for that
//!   user ID or address meanwhile hears that it is (D7, D8), and whoever was quicker than the batch makes the import take
//!   its rows away and look again. A user ID that a change will bring rests for its member until then.
//! - **To readers**: nothing. Every statement that finds members leaves hidden ones out
//!   (`NOT EXISTS (SELECT 1 FROM import …)`); `tests/house/statements.rs` finds one that forgets. Rows that hang on a
//!   member (first credential, letter) are reached through the member only.
//! - **To the postman**: a letter without a next try is not there.
//!
//! # What ends it
//! The holder says with every batch that it lives. Dead before the publication, its rows are removed; dead after it, its
//! work is finished: by the next import of the union or by the sweep of a running service, whichever comes first. So an
//! import is done whole or not at all, wherever it stops. Two at once: the second is refused.
//!
//! After the publication changes cannot fail any more: a member who took the user ID or address meanwhile, was activated
//! or settled it (D3), keeps what they have, and only that cell of the file stays out.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    roster::Person,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    login_id::LoginId,
    member::{EmailAddress, LastDay, MemberId},
    roster::search_key,
};

/// The import of a union, as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningImport {
    /// The import's id.
    pub id: Uuid,
    /// The moment at which it began.
    pub begun_at: Timestamp,
    /// Dead from then on, unless its holder says that it lives.
    pub alive_until: Timestamp,
    /// Since when its members are visible.
    pub published_at: Option<Timestamp>,
}

impl FromRow for RunningImport {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            begun_at: row.get("begun_at")?,
            alive_until: row.get("alive_until")?,
            published_at: row.get("published_at")?,
        })
    }
}

/// The union's import that is not finished, alive or dead.
pub async fn running(tx: &mut Read) -> StoreResult<Option<RunningImport>> {
    tx.sql(sql!("SELECT id, begun_at, alive_until, published_at FROM import WHERE tenant = $1")).maybe().await
}

/// Begins an import that its holder keeps alive. `false` when there is one already.
pub async fn begin(tx: &mut Write, id: Uuid, now: Timestamp, alive_until: Timestamp) -> StoreResult<bool> {
    let begun = tx
        .sql(sql!(
            "INSERT INTO import (tenant, id, holder, begun_at, alive_until) VALUES ($1, $2, $2, $3, $4)
             ON CONFLICT (tenant) DO NOTHING"
        ))
        .bind(id)
        .bind(now)
        .bind(alive_until)
        .run()
        .await?;
    Ok(begun == 1)
}

/// Takes over an import whose holder is dead. `false` when it lives again, or somebody else took it.
pub async fn take_over(
    tx: &mut Write,
    id: Uuid,
    holder: Uuid,
    now: Timestamp,
    alive_until: Timestamp,
) -> StoreResult<bool> {
    let taken = tx
        .sql(sql!(
            "UPDATE import SET holder = $3, alive_until = $5 WHERE tenant = $1 AND id = $2 AND alive_until <= $4"
        ))
        .bind(id)
        .bind(holder)
        .bind(now)
        .bind(alive_until)
        .run()
        .await?;
    Ok(taken == 1)
}

/// Says that the holder lives, as the first statement of each of its transactions: nobody takes the import over before
/// that one ends. `false` when somebody did.
pub async fn keep_alive(tx: &mut Write, holder: Uuid, alive_until: Timestamp) -> StoreResult<bool> {
    let alive = tx
        .sql(sql!("UPDATE import SET alive_until = $3 WHERE tenant = $1 AND holder = $2"))
        .bind(holder)
        .bind(alive_until)
        .run()
        .await?;
    Ok(alive == 1)
}

/// Makes every hidden member of the import visible. `false` when it was visible before, or is somebody else's.
pub async fn publish(tx: &mut Write, holder: Uuid, now: Timestamp) -> StoreResult<bool> {
    let published = tx
        .sql(sql!(
            "UPDATE import SET published_at = $3 WHERE tenant = $1 AND holder = $2 AND published_at IS NULL"
        ))
        .bind(holder)
        .bind(now)
        .run()
        .await?;
    Ok(published == 1)
}

/// Forgets the import: it is finished, or nothing of it is left.
pub async fn end(tx: &mut Write, holder: Uuid) -> StoreResult<()> {
    tx.sql(sql!("DELETE FROM import WHERE tenant = $1 AND holder = $2")).bind(holder).run().await?;
    Ok(())
}

/// Removes at most `limit` hidden members with everything that hangs on them. How many; none of a published import.
pub async fn remove_members(tx: &mut Write, id: Uuid, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "DELETE FROM member
          WHERE tenant = $1
            AND id IN (SELECT m.id FROM member AS m
                        WHERE m.tenant = $1 AND m.import = $2
                          AND EXISTS (SELECT 1 FROM import AS i
                                       WHERE i.tenant = $1 AND i.id = $2 AND i.published_at IS NULL)
                        LIMIT $3)"
    ))
    .bind(id)
    .bind(limit)
    .run()
    .await
}

/// Removes at most `limit` changes that will not be made. How many.
pub async fn remove_changes(tx: &mut Write, id: Uuid, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "DELETE FROM import_change
          WHERE tenant = $1 AND import = $2
            AND place IN (SELECT c.place FROM import_change AS c WHERE c.tenant = $1 AND c.import = $2 LIMIT $3)"
    ))
    .bind(id)
    .bind(limit)
    .run()
    .await
}

/// What an import changes about a member who was there before.
#[derive(Debug)]
pub struct ImportedChange<'a> {
    /// Its place among the changes of the import, counted from 0.
    pub place: u32,
    /// The member to be changed.
    pub member: MemberId,
    /// What the union corrects about the person, with the number in the file's spelling.
    pub person: Option<Person<'a>>,
    /// The one spelling of the new number, where the person has another one by now (D34).
    pub number_key: Option<&'a str>,
    /// The last day of the membership, where the file changes it (D34).
    pub lost_on: Option<LastDay>,
    /// The new user ID, where the file changes it.
    pub login: Option<&'a LoginId>,
    /// The new mail address, where the file changes it.
    pub email: Option<&'a EmailAddress>,
    /// Whether no other member may have the address.
    pub unique_email: bool,
}

/// Writes down changes to be made. A user ID they bring rests for its member until `rests_until`, so that nobody
/// chooses it meanwhile. `false` when somebody has done so already.
pub async fn put_changes(
    tx: &mut Write,
    id: Uuid,
    changes: &[ImportedChange<'_>],
    rests_until: Timestamp,
) -> StoreResult<bool> {
    tx.insert_many(
        sql!(
            "INSERT INTO import_change (tenant, import, place, member, kigo, bango, branch, name, name_kana, search_key,
                                        birth_date, login, email, email_unique_key, number_key, lost_on) VALUES"
        ),
        "",
        15,
        changes,
        |statement, change| {
            let person = change.person.as_ref();
            statement
                .bind(id)
                .bind(change.place)
                .bind(change.member)
                .bind(person.map(|person| person.number.kigo()))
                .bind(person.map(|person| person.number.bango()))
                .bind(person.map(|person| person.number.branch()))
                .bind(person.map(|person| person.name))
                .bind(person.map(|person| person.name_kana))
                .bind(person.map(|person| search_key(person.name, person.name_kana)))
                .bind(person.map(|person| person.birth_date.date().to_string()))
                .bind(change.login.map(LoginId::as_str))
                .bind(change.email.map(EmailAddress::as_str))
                .bind(change.email.filter(|_| change.unique_email).map(EmailAddress::key))
                .bind(change.number_key)
                .bind(change.lost_on.map(|day| day.date().to_string()))
        },
    )
    .await?;
    let logins: Vec<(MemberId, &LoginId)> =
        changes.iter().filter_map(|change| Some((change.member, change.login?))).collect();
    tx.insert_many(
        sql!("INSERT INTO retired_login (tenant, login, member, until) VALUES"),
        "ON CONFLICT (tenant, login) DO UPDATE SET until = excluded.until
          WHERE retired_login.member = excluded.member AND retired_login.until < excluded.until",
        3,
        &logins,
        |statement, (member, login)| statement.bind(login.as_str()).bind(*member).bind(rests_until),
    )
    .await?;
    let taken: Option<(u32,)> = tx
        .sql(sql!(
            "SELECT c.place FROM import_change AS c JOIN member AS m ON m.tenant = c.tenant AND m.login = c.login
              WHERE c.tenant = $1 AND c.import = $2 AND c.place >= $3 AND m.id <> c.member LIMIT 1"
        ))
        .bind(id)
        .bind(changes.first().map_or(0, |change| change.place))
        .maybe()
        .await?;
    Ok(taken.is_none())
}

/// Leaves out the new numbers that another member has taken meanwhile. How many.
async fn leave_taken_numbers(tx: &mut Write, id: Uuid, before: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE import_change SET number_key = NULL, kigo = NULL, bango = NULL, branch = NULL
          WHERE tenant = $1 AND import = $2 AND place < $3 AND number_key IS NOT NULL
            AND EXISTS (SELECT 1 FROM member AS o
                         WHERE o.tenant = $1 AND o.number_key = import_change.number_key
                           AND o.id <> import_change.member)"
    ))
    .bind(id)
    .bind(before)
    .run()
    .await
}

/// Makes the changes of a published import whose place is below `before`, and raises the epoch of whoever gets another
/// user ID, address, birth date or number (D24). How many user IDs and addresses stayed as
/// they were, because they are the member's own by now, or another member's. A freed user ID rests until `rests_until`
/// (D7).
#[expect(clippy::too_many_lines, reason = "the statements of one transaction, in their order")]
pub async fn apply_changes(
    tx: &mut Write,
    id: Uuid,
    before: u32,
    now: Timestamp,
    rests_until: Timestamp,
) -> StoreResult<u64> {
    let mut kept = tx
        .sql(sql!(
            "UPDATE import_change SET login = NULL
              WHERE tenant = $1 AND import = $2 AND place < $3 AND login IS NOT NULL
                AND (EXISTS (SELECT 1 FROM member AS o WHERE o.tenant = $1 AND o.login = import_change.login)
                     OR NOT EXISTS (SELECT 1 FROM member AS m
                                     WHERE m.tenant = $1 AND m.id = import_change.member
                                       AND m.login_reviewed_at IS NULL
                                       AND NOT EXISTS (SELECT 1 FROM password AS p
                                                        WHERE p.tenant = $1 AND p.member = m.id)))"
        ))
        .bind(id)
        .bind(before)
        .run()
        .await?;
    kept += tx
        .sql(sql!(
            "UPDATE import_change SET email = NULL
              WHERE tenant = $1 AND import = $2 AND place < $3 AND email IS NOT NULL
                AND (EXISTS (SELECT 1 FROM member AS o
                              WHERE o.tenant = $1 AND o.email_unique_key = import_change.email_unique_key
                                AND o.id <> import_change.member)
                     OR NOT EXISTS (SELECT 1 FROM member AS m
                                     WHERE m.tenant = $1 AND m.id = import_change.member
                                       AND m.email_reviewed_at IS NULL
                                       AND NOT EXISTS (SELECT 1 FROM password AS p
                                                        WHERE p.tenant = $1 AND p.member = m.id)))"
        ))
        .bind(id)
        .bind(before)
        .run()
        .await?;
    kept += leave_taken_numbers(tx, id, before).await?;
    tx.sql(sql!(
        "DELETE FROM retired_login
          WHERE tenant = $1
            AND login IN (SELECT c.login FROM import_change AS c
                           WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3 AND c.login IS NOT NULL)"
    ))
    .bind(id)
    .bind(before)
    .run()
    .await?;
    tx.sql(sql!(
        "INSERT INTO retired_login (tenant, login, member, until)
         SELECT m.tenant, m.login, m.id, $4
           FROM import_change AS c JOIN member AS m ON m.tenant = c.tenant AND m.id = c.member
          WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3 AND c.login IS NOT NULL
             ON CONFLICT (tenant, login) DO NOTHING"
    ))
    .bind(id)
    .bind(before)
    .bind(rests_until)
    .run()
    .await?;
    // A change of birth date or number ends what was begun with the old one (D24). Sessions go on: they stand on password
    // and factor.
    tx.sql(sql!(
        "UPDATE session SET epoch = session.epoch + 1
          WHERE tenant = $1
            AND EXISTS (SELECT 1 FROM import_change AS c JOIN member AS m ON m.tenant = c.tenant AND m.id = c.member
                         WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3 AND m.id = session.member
                           AND m.epoch = session.epoch AND c.login IS NULL AND c.email IS NULL
                           AND (c.birth_date <> m.birth_date OR c.kigo <> m.kigo OR c.bango <> m.bango
                                OR c.branch <> m.branch))"
    ))
    .bind(id)
    .bind(before)
    .run()
    .await?;
    tx.sql(sql!(
        "UPDATE member
            SET kigo = COALESCE(c.kigo, member.kigo), bango = COALESCE(c.bango, member.bango),
                branch = COALESCE(c.branch, member.branch), number_key = COALESCE(c.number_key, member.number_key),
                lost_on = COALESCE(c.lost_on, member.lost_on),
                ended_at = CASE WHEN c.lost_on IS NULL THEN member.ended_at END, name = COALESCE(c.name, member.name),
                name_kana = COALESCE(c.name_kana, member.name_kana),
                search_key = COALESCE(c.search_key, member.search_key),
                birth_date = COALESCE(c.birth_date, member.birth_date),
                login = COALESCE(c.login, member.login), email = COALESCE(c.email, member.email),
                email_unique_key = CASE WHEN c.email IS NULL THEN member.email_unique_key
                                        ELSE c.email_unique_key END,
                epoch = member.epoch + CASE WHEN c.login IS NOT NULL OR c.email IS NOT NULL OR c.birth_date <> member.birth_date
                           OR c.kigo <> member.kigo OR c.bango <> member.bango OR c.branch <> member.branch THEN 1 ELSE 0 END,
                email_pending = CASE WHEN c.login IS NOT NULL OR c.email IS NOT NULL OR c.birth_date <> member.birth_date
                           OR c.kigo <> member.kigo OR c.bango <> member.bango OR c.branch <> member.branch THEN NULL ELSE member.email_pending END,
                changed_at = $4
           FROM import_change AS c
          WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3
            AND member.tenant = c.tenant AND member.id = c.member"
    ))
    .bind(id)
    .bind(before)
    .bind(now)
    .run()
    .await?;
    tx.sql(sql!("DELETE FROM import_change WHERE tenant = $1 AND import = $2 AND place < $3"))
        .bind(id)
        .bind(before)
        .run()
        .await?;
    Ok(kept)
}

/// The first place of a change that is not made yet.
pub async fn next_change(tx: &mut Read, id: Uuid) -> StoreResult<Option<u32>> {
    let row: Option<(u32,)> = tx
        .sql(sql!("SELECT place FROM import_change WHERE tenant = $1 AND import = $2 ORDER BY place LIMIT 1"))
        .bind(id)
        .maybe()
        .await?;
    Ok(row.map(|(place,)| place))
}

/// Lets at most `limit` letters of that priority go that waited for the publication. How many.
pub async fn release_letters(tx: &mut Write, priority: u32, now: Timestamp, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE outbox SET next_try_at = $3
          WHERE tenant = $1
            AND id IN (SELECT o.id FROM outbox AS o
                        WHERE o.tenant = $1 AND o.priority = $2 AND o.outcome IS NULL AND o.next_try_at IS NULL
                        LIMIT $4)"
    ))
    .bind(priority)
    .bind(now)
    .bind(limit)
    .run()
    .await
}
