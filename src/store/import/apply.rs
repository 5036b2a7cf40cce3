//! Apply: the changes of a published import, or of an undo, made to the members they are about, some at a time.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    domain::{
        member::{LastDay, MemberId, japanese_day},
        roster::Column,
    },
    store::{
        StoreResult, Write,
        row::{FromRow, Row},
        sql::sql,
    },
};

/// What of a member is to be changed, as a row of `import_change` says it.
#[derive(Debug, PartialEq, Eq)]
pub struct ChangedMember {
    /// Whose row it is.
    pub member: MemberId,
    /// The fields that become other ones, in the order of the columns; [`Column::Bango`] stands for the whole number, and
    /// the last day is not among them.
    pub columns: Vec<Column>,
    /// The last day of the membership, where it becomes another one: `Some(None)` where it is taken back.
    pub lost_on: Option<Option<LastDay>>,
}

impl FromRow for ChangedMember {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let mut columns = Vec::new();
        for (name, column) in [
            ("bango", Column::Bango),
            ("birth_date", Column::BirthDate),
            ("name", Column::Name),
            ("name_kana", Column::NameKana),
            ("login", Column::UserId),
            ("email", Column::Email),
        ] {
            if row.get::<u32>(name)? > 0 {
                columns.push(column);
            }
        }
        let lost_on = row.get::<Option<String>>("lost_on")?;
        let lost_on = lost_on.map(|day| day.parse().ok().map(LastDay::kept));
        Ok(Self { member: MemberId::kept(row.get("member")?), columns, lost_on })
    }
}

/// What was made of the changes of a published import.
#[derive(Debug, Default)]
pub struct AppliedChanges {
    /// How many user IDs, addresses and numbers stayed as they were, because they are the member's own by now, or another
    /// member's.
    pub kept: u64,
    /// Whom the others were made of, for the trail.
    pub changed: Vec<ChangedMember>,
}

/// Whether a change `c` corrects what a member is asked for (D24).
macro_rules! corrects {
    () => {
        "(c.birth_date <> member.birth_date OR c.kigo <> member.kigo OR c.bango <> member.bango
          OR c.branch <> member.branch)"
    };
}

/// Whether a change `c` puts another last day, or none, in place of one that was over before the day `$4`: what ended with
/// it stays ended, whether or not a job has looked since (D34).
macro_rules! replaces_an_end {
    () => {
        "(c.lost_on IS NOT NULL AND member.lost_on IS NOT NULL AND member.lost_on < $4)"
    };
}

/// Makes the changes of a published import whose place is below `before`, and raises the epoch of whoever gets another
/// user ID, address, birth date or number, or another last day in place of one that was over (D24, D34). What is the
/// member's own by now, or another member's, stays. A freed user ID rests until `rests_until` (D7).
pub async fn apply_changes(
    tx: &mut Write,
    id: Uuid,
    before: u32,
    now: Timestamp,
    rests_until: Timestamp,
) -> StoreResult<AppliedChanges> {
    hold_changed(tx, id, before).await?;
    let kept = leave_what_is_taken(tx, id, before).await?;
    free_logins(tx, id, before, rests_until).await?;
    let changed = changed_members(tx, id, before).await?;
    let today = japanese_day(now);
    // A change of birth date or number ends what was begun with the old one (D24). Sessions go on: they stand on password
    // and factor.
    tx.sql(sql!(
        "UPDATE session SET epoch = session.epoch + 1
          WHERE tenant = $1
            AND (member, epoch) IN (SELECT member.id, member.epoch
                                      FROM import_change AS c
                                      JOIN member ON member.tenant = c.tenant AND member.id = c.member
                                     WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3
                                       AND c.login IS NULL AND c.email IS NULL AND NOT ",
        replaces_an_end!(),
        " AND ",
        corrects!(),
        ")"
    ))
    .bind(id)
    .bind(before)
    .bind(today)
    .run()
    .await?;
    tx.sql(sql!(
        "UPDATE member
            SET kigo = COALESCE(c.kigo, member.kigo), bango = COALESCE(c.bango, member.bango),
                branch = COALESCE(c.branch, member.branch), number_key = COALESCE(c.number_key, member.number_key),
                lost_on = NULLIF(COALESCE(c.lost_on, member.lost_on), ''),
                ended_at = CASE WHEN c.lost_on IS NULL THEN member.ended_at END, name = COALESCE(c.name, member.name),
                name_kana = COALESCE(c.name_kana, member.name_kana),
                birth_date = COALESCE(c.birth_date, member.birth_date),
                login = COALESCE(c.login, member.login), email = NULLIF(COALESCE(c.email, member.email), ''),
                email_unique_key = CASE WHEN c.email IS NULL THEN member.email_unique_key
                                        ELSE c.email_unique_key END,
                epoch = member.epoch + CASE WHEN c.login IS NOT NULL OR c.email IS NOT NULL OR ",
        corrects!(),
        " OR ",
        replaces_an_end!(),
        " THEN 1 ELSE 0 END, email_pending = CASE WHEN c.login IS NOT NULL OR c.email IS NOT NULL OR ",
        corrects!(),
        " OR ",
        replaces_an_end!(),
        " THEN NULL ELSE member.email_pending END, changed_at = $5
           FROM import_change AS c
          WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3
            AND member.tenant = c.tenant AND member.id = c.member"
    ))
    .bind(id)
    .bind(before)
    .bind(today)
    .bind(now)
    .run()
    .await?;
    forget_names(tx, id, before).await?;
    tx.sql(sql!("DELETE FROM import_change WHERE tenant = $1 AND import = $2 AND place < $3"))
        .bind(id)
        .bind(before)
        .run()
        .await?;
    Ok(AppliedChanges { kept, changed })
}

/// Removes from the former names what the members had by an import alone that is taken back: nobody was known by it, and the
/// right file may give it to them, or to others (D34).
async fn forget_names(tx: &mut Write, id: Uuid, before: u32) -> StoreResult<()> {
    for text in [
        sql!(
            "DELETE FROM former_name
              WHERE tenant = $1 AND kind = 'number'
                AND (member, key) IN (SELECT c.member, c.forgets_number FROM import_change AS c
                                       WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3)"
        ),
        sql!(
            "DELETE FROM former_name
              WHERE tenant = $1 AND kind = 'login'
                AND (member, key) IN (SELECT c.member, c.forgets_login FROM import_change AS c
                                       WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3)"
        ),
    ] {
        tx.sql(text).bind(id).bind(before).run().await?;
    }
    Ok(())
}

/// Waits for whatever the members of the changes, or the desk, are doing about them at this moment: what is looked at next
/// stays so until it is changed.
async fn hold_changed(tx: &mut Write, id: Uuid, before: u32) -> StoreResult<()> {
    let _held: Vec<(Uuid,)> = tx
        .hold(sql!(
            "SELECT m.id FROM member AS m
              WHERE m.tenant = $1
                AND m.id IN (SELECT c.member FROM import_change AS c
                              WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3)
              ORDER BY m.id"
        ))
        .bind(id)
        .bind(before)
        .all()
        .await?;
    Ok(())
}

/// Leaves out of the changes what became the member's own meanwhile, or another member's. How many cells.
async fn leave_what_is_taken(tx: &mut Write, id: Uuid, before: u32) -> StoreResult<u64> {
    let mut kept = 0;
    kept += tx
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
        .count()
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
        .count()
        .await?;
    kept += tx
        .sql(sql!(
            "UPDATE import_change SET number_key = NULL, kigo = NULL, bango = NULL, branch = NULL
              WHERE tenant = $1 AND import = $2 AND place < $3
                AND (EXISTS (SELECT 1 FROM member AS o
                              WHERE o.tenant = $1 AND o.number_key = import_change.number_key
                                AND o.id <> import_change.member)
                     OR (kigo IS NOT NULL
                         AND EXISTS (SELECT 1 FROM member AS m
                                      WHERE m.tenant = $1 AND m.id = import_change.member
                                        AND m.number_key <> import_change.number_seen
                                        AND m.number_key <> COALESCE(import_change.number_key, ''))))"
        ))
        .bind(id)
        .bind(before)
        .count()
        .await?;
    Ok(kept)
}

/// Has the user IDs rest that the changes free, and no longer those that they bring.
async fn free_logins(tx: &mut Write, id: Uuid, before: u32, rests_until: Timestamp) -> StoreResult<()> {
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
    Ok(())
}

/// Whom the changes are about that are about to be made.
async fn changed_members(tx: &mut Write, id: Uuid, before: u32) -> StoreResult<Vec<ChangedMember>> {
    tx.sql(sql!(
        "SELECT c.member, c.lost_on,
                CAST(CASE WHEN c.number_key <> m.number_key THEN 1 ELSE 0 END AS BIGINT) AS bango,
                CAST(CASE WHEN c.birth_date <> m.birth_date THEN 1 ELSE 0 END AS BIGINT) AS birth_date,
                CAST(CASE WHEN c.name <> m.name THEN 1 ELSE 0 END AS BIGINT) AS name,
                CAST(CASE WHEN c.name_kana <> m.name_kana THEN 1 ELSE 0 END AS BIGINT) AS name_kana,
                CAST(CASE WHEN c.login <> m.login THEN 1 ELSE 0 END AS BIGINT) AS login,
                CAST(CASE WHEN c.email <> COALESCE(m.email, '') THEN 1 ELSE 0 END AS BIGINT) AS email
           FROM import_change AS c JOIN member AS m ON m.tenant = c.tenant AND m.id = c.member
          WHERE c.tenant = $1 AND c.import = $2 AND c.place < $3 ORDER BY c.place"
    ))
    .bind(id)
    .bind(before)
    .all()
    .await
}
