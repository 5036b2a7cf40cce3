//! The database as it is at the end, held against what was acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use sqlx::{Connection as _, FromRow as _};

use super::{IN_A_ROSTER, Roster, Run, UNION, journal::Times, person::Person};

/// Two words and a number a row, on either database.
fn rows(url: &str, statement: &str) -> Vec<(String, String, i64)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    runtime.block_on(async {
        if url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
            let rows = sqlx::query(statement).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            rows.iter().map(|row| <(String, String, i64)>::from_row(row).unwrap()).collect()
        } else {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            let rows = sqlx::query(statement).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            rows.iter().map(|row| <(String, String, i64)>::from_row(row).unwrap()).collect()
        }
    })
}

/// Does that to a SQLite file whose service has ended; not even the trail is safe from it.
pub fn damage(url: &str, statement: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let statement =
        sqlx::AssertSqlSafe(format!("DROP TRIGGER IF EXISTS audit_is_append_only_update; {statement}"));
    runtime.block_on(async {
        let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// What the database says of a member's sessions and of what happened to them, for whoever reads why a run failed.
pub fn sessions(run: &Run, number: u32) -> String {
    let (token, id) = if run.url.starts_with("sqlite:") {
        ("hex(s.token)", "hex(s.id)")
    } else {
        ("upper(encode(s.token, 'hex'))", "CAST(s.id AS TEXT)")
    };
    let member = format!("m.tenant = '{UNION}' AND m.bango = '{number}' AND m.kigo = '1'");
    let sessions = format!(
        "SELECT {token}, {id} || ' created ' || s.created_at || ' seen ' || s.seen_at || ' ended '
                || COALESCE(CAST(s.ended_at AS TEXT), '-') || ' epoch ' || s.epoch || ' of ' || m.epoch, CAST(0 AS BIGINT)
           FROM session AS s JOIN member AS m ON m.tenant = s.tenant AND m.id = s.member WHERE {member}"
    );
    let trail = format!(
        "SELECT CAST(s.at AS TEXT), s.event || ' ' || s.detail || ' ' || COALESCE(s.receipt, ''), CAST(0 AS BIGINT)
           FROM audit AS s JOIN member AS m ON m.tenant = s.tenant AND m.id = s.member WHERE {member}
          ORDER BY s.id DESC LIMIT 25"
    );
    let attempts = format!(
        "SELECT {token}, {id} || ' created ' || s.created_at || ' epoch ' || s.epoch || ' of ' || m.epoch, CAST(0 AS BIGINT)
           FROM attempt AS s JOIN member AS m ON m.tenant = s.tenant AND m.id = s.member WHERE {member}"
    );
    let all = [("session", sessions), ("attempt", attempts), ("trail", trail)];
    let lines = all.iter().flat_map(|(what, statement)| {
        rows(&run.url, statement).into_iter().map(move |(one, two, _)| format!("  {what} {one} {two}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// How often that is there for each member, by 番号 and word.
fn counted(url: &str, word: &str, table: &str) -> BTreeMap<(u32, String), i64> {
    let statement = format!(
        "SELECT m.bango, x.{word}, COUNT(*) FROM {table} AS x
           JOIN member AS m ON m.tenant = x.tenant AND m.id = x.member
          WHERE x.tenant = '{UNION}' GROUP BY m.bango, x.{word}"
    );
    rows(url, &statement)
        .into_iter()
        .map(|(number, word, times)| ((number.parse().unwrap(), word), times))
        .collect()
}

/// Words of the trail, and the words of the journal that bring such a row each.
const EVENTS: [(&str, &[&str]); 14] = [
    ("terms-accepted", &["terms-accepted"]),
    ("method-chosen", &["method-chosen"]),
    ("password-set", &["password-set", "password-recovered"]),
    ("password-changed", &["password-changed"]),
    ("password-recovered", &["password-recovered"]),
    ("password-accepted", &["password-accepted"]),
    ("birth-date-accepted", &["birth-date-accepted"]),
    ("login-changed", &["login-changed"]),
    ("email-confirmed", &["email-confirmed"]),
    ("factor-named", &["factor-named"]),
    ("recovery-begun", &["recovery-begun"]),
    ("recovery-way", &["recovery-way"]),
    ("session-ended", &["session-ended"]),
    // The first mailed code is the set-up; later ones are proofs.
    ("factor-added", &["factor-added", "mailed-code-proven"]),
];

/// A change and the letters that tell it, by their words.
const LETTERS: [(&str, &[&str]); 3] = [
    ("password-changed", &["password-changed"]),
    ("login-changed", &["login-changed"]),
    ("password-recovered", &["recovered"]),
];

pub fn people(run: &Run, url: &str, people: &[Person]) {
    let trail = counted(url, "event", "audit");
    let outbox = counted(url, "kind", "outbox");
    let of = |found: &BTreeMap<(u32, String), i64>, number: u32, word: &str| {
        found.get(&(number, word.to_owned())).copied().unwrap_or_default()
    };
    let members: BTreeMap<u32, (String, String)> = rows(
        url,
        &format!(
            "SELECT bango, login || ' ' || COALESCE(email, ''), CAST(0 AS BIGINT) FROM member
              WHERE tenant = '{UNION}'"
        ),
    )
    .into_iter()
    .filter_map(|(number, both, _)| {
        let (login, email) = both.split_once(' ')?;
        Some((number.parse().ok()?, (login.to_owned(), email.to_owned())))
    })
    .collect();
    let proven = rows(
        url,
        &format!(
            "SELECT m.bango, x.event, COUNT(*) FROM audit AS x
               JOIN member AS m ON m.tenant = x.tenant AND m.id = x.member
              WHERE x.tenant = '{UNION}' AND x.event = 'factor-proven' AND x.detail LIKE '%email-otp%'
              GROUP BY m.bango, x.event"
        ),
    );
    let apps = counted(url, "tenant", "totp");
    let passkeys = counted(url, "tenant", "passkey");
    let mail_codes = rows(
        url,
        &format!(
            "SELECT bango, tenant, COUNT(mail_code_at) FROM member WHERE tenant = '{UNION}' GROUP BY bango, tenant"
        ),
    );
    for person in people {
        let number = person.number;
        let (login, email) = &members[&number];
        if !person.login.candidates().contains(login) {
            run.journal.violated(number, &format!("user ID {login}, acknowledged {:?}", person.login));
        }
        if person.arrived && !person.email.candidates().contains(email) {
            run.journal.violated(number, &format!("address {email}, acknowledged {:?}", person.email));
        }
        for (event, words) in EVENTS {
            let mut times = Times::default();
            for word in words {
                let some = run.journal.times(number, word);
                times.acknowledged += some.acknowledged;
                times.unsure += some.unsure;
            }
            let mut there = of(&trail, number, event);
            if words.contains(&"mailed-code-proven") {
                there += of_mailed_codes(&proven, number);
            }
            // Whoever takes the last device of the first kind away chooses another one by that.
            let by_removal = if event == "method-chosen" {
                run.journal.times(number, "factor-removed")
            } else {
                Times::default()
            };
            let most = times.acknowledged + times.unsure + by_removal.acknowledged + by_removal.unsure;
            if there < times.acknowledged || there > most {
                run.journal.violated(number, &format!("{event}: {there} rows of the trail for {times:?}"));
            }
        }
        for (event, letters) in LETTERS {
            let (changes, told): (i64, i64) =
                (of(&trail, number, event), letters.iter().map(|letter| of(&outbox, number, letter)).sum());
            if changes != told {
                run.journal.violated(number, &format!("{event}: {changes} changes and {told} letters"));
            }
        }
        let tenant = UNION.to_owned();
        let held = of(&apps, number, &tenant)
            + of(&passkeys, number, &tenant)
            + mail_codes
                .iter()
                .find(|(bango, ..)| *bango == number.to_string())
                .map_or(0, |(.., times)| *times);
        let (added, removed) = (of(&trail, number, "factor-added"), of(&trail, number, "factor-removed"));
        if held != added - removed {
            run.journal.violated(
                number,
                &format!("{held} factors, {added} added and {removed} removed in the trail"),
            );
        }
    }
}

fn of_mailed_codes(proven: &[(String, String, i64)], number: u32) -> i64 {
    proven.iter().find(|(bango, ..)| *bango == number.to_string()).map_or(0, |(.., times)| *times)
}

/// No death of the service took a count back.
pub fn guesses(run: &Run, url: &str, who: Range<u32>) {
    let counted = rows(
        url,
        &format!(
            "SELECT tenant, kind, CAST(SUM(total) AS BIGINT) FROM guard WHERE tenant = '{UNION}' GROUP BY tenant, kind"
        ),
    );
    let total = counted.iter().find(|(_, kind, _)| kind == "password").map_or(0, |(.., total)| *total);
    let acknowledged: i64 =
        who.map(|number| run.journal.times(number, "password-differed").acknowledged).sum();
    if total < acknowledged {
        run.journal.violated(0, &format!("{total} wrong passwords counted of {acknowledged} acknowledged"));
    }
}

/// A letter is sent once, or twice after a crash, with the same Message-ID: never with another.
pub fn letters(run: &Run) {
    let mut texts: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for mail in run.post.all() {
        // Only codes and links say that two letters are one.
        if let Some(what) =
            mail.link().or_else(|| mail.code().map(|code| format!("{code} {}", mail.text.len())))
        {
            texts.entry((mail.to, what)).or_default().insert(mail.id);
        }
    }
    for ((to, _), ids) in texts.into_iter().filter(|((_, what), ids)| what.starts_with('/') && ids.len() > 1)
    {
        run.journal.violated(0, &format!("one letter to {to} under several Message-IDs: {ids:?}"));
    }
}

/// Each roster is there as a whole.
pub fn rosters(run: &Run, url: &str, rosters: &[Roster]) {
    let there = rows(
        url,
        &format!(
            "SELECT m.kigo, m.tenant, COUNT(*) FROM member AS m
              WHERE m.tenant = '{UNION}' AND NOT EXISTS (SELECT 1 FROM import AS i
                    WHERE i.tenant = m.tenant AND i.id = m.import AND i.published_at IS NULL)
              GROUP BY m.kigo, m.tenant"
        ),
    );
    for roster in rosters {
        let count = there.iter().find(|(kigo, ..)| *kigo == roster.kigo).map_or(0, |(.., count)| *count);
        if count != i64::from(IN_A_ROSTER) {
            run.journal.violated(0, &format!("roster {}: {count} of {IN_A_ROSTER}", roster.kigo));
        }
    }
}
