//! Statements: each prepares on SQLite (`house_postgres` does the same on PostgreSQL), is used where it may be, and
//! gets as many values as it asks for.

use std::collections::{BTreeMap, BTreeSet};

use kenpo_portal::{domain::factor::Method, store::Store};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _, SqliteConnection};

use crate::{
    source::sources,
    texts::{EVERYWHERE, Text, checked_places, everywhere, is_statement, pinned},
};

#[tokio::test]
async fn every_statement_prepares_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portal.db").display());
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let texts: Vec<Text> = pinned().into_iter().chain(everywhere()).collect();
    assert!(texts.len() > 40, "only {} statements were found", texts.len());
    for text in texts {
        let prepared = database.prepare(AssertSqlSafe(text.sql.clone()).into_sql_str()).await;
        assert!(prepared.is_ok(), "{}: {:?}\n{}", text.place, prepared.err(), text.sql);
    }
}

#[test]
fn no_statement_is_written_twice() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for text in pinned().into_iter().chain(everywhere()) {
        let sql = text.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        places.entry(sql).or_default().push(text.place);
    }
    let twice: Vec<_> = places.into_iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(twice.is_empty(), "one function says each statement:\n{twice:#?}");
}

#[test]
fn rows_are_read_by_the_names_of_their_columns() {
    for source in sources("src/store") {
        for word in ["try_get(", "row.get("] {
            for at in source.positions(word) {
                let argument = source.code[at + word.len()..].trim_start();
                let is_number = argument.starts_with(|c: char| c.is_ascii_digit());
                assert!(!is_number, "{}: a column is read by its place", source.place(at));
            }
        }
    }
}

#[test]
fn what_writes_is_said_to_a_write() {
    for text in pinned().iter().filter(|text| text.writes()) {
        assert!(text.on_write, "{}: this statement writes and its function takes a Read", text.place);
    }
}

/// A text as words; brackets are words of their own, `|`, and commas too.
fn words(sql: &str) -> Vec<String> {
    let spaced = sql.replace(['(', ')'], " | ").replace(',', " , ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// The names under which a text reads or writes tables, one for each time: the alias, or the table's own.
fn names_of_tables(words: &[String]) -> Vec<&str> {
    let at = |at: usize| words.get(at).map_or("", String::as_str);
    // What the text names itself, `name AS (…)` and `WITH RECURSIVE name (…) AS (…)`, is no table.
    let is_own = |name: &str| {
        (0..words.len()).any(|i| {
            at(i) == name && at(i + 1) == "AS" && at(i + 2) == "|"
                || at(i) == "RECURSIVE" && at(i + 1) == name
        })
    };
    let is_table = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (0..words.len())
        .filter(|i| matches!(at(*i), "FROM" | "JOIN" | "UPDATE" | "INTO"))
        .filter(|i| is_table(at(i + 1)) && !is_own(at(i + 1)))
        .map(|i| if at(i + 2) == "AS" { at(i + 3) } else { at(i + 1) })
        .collect()
}

/// What is wrong with how a text pins its tables: each of them, each time, to `$1` or to another that is.
fn unpinned(sql: &str) -> Vec<String> {
    let words = words(sql);
    let at = |at: usize| words.get(at).map_or("", String::as_str);
    let names = names_of_tables(&words);
    let mut pins: Vec<(&str, &str)> = Vec::new();
    let mut bare = 0;
    for i in 0..words.len() {
        let inserts = at(i) == "INTO" && at(i + 2) == "|" && at(i + 3) == "tenant";
        if inserts || at(i) == "tenant" && at(i + 1) == "=" && at(i + 2) == "$1" {
            bare += 1;
        } else if let (Some(left), "=") = (at(i).strip_suffix(".tenant"), at(i + 1)) {
            pins.push((left, at(i + 2).strip_suffix(".tenant").unwrap_or(at(i + 2))));
        }
    }
    let mut reached = vec!["$1"];
    while let Some((one, other)) =
        pins.iter().find(|(one, other)| reached.contains(one) != reached.contains(other))
    {
        reached.push(if reached.contains(one) { other } else { one });
    }
    let mut wrong = Vec::new();
    let mut unqualified = 0;
    for name in names.iter().copied().collect::<BTreeSet<_>>() {
        let uses = names.iter().filter(|known| **known == name).count();
        let pinned = pins.iter().filter(|(left, right)| *left == name || *right == name).count();
        if pinned == 0 {
            unqualified += uses;
        } else if pinned < uses || !reached.contains(&name) {
            wrong.push(format!("{name}: {uses} times, {pinned} pins"));
        }
    }
    if bare < unqualified {
        wrong.push(format!("{unqualified} tables without a name, {bare} pins"));
    }
    wrong
}

#[test]
fn every_table_of_a_statement_is_pinned_to_the_tenant() {
    let mut wrong = Vec::new();
    let mut unnoticed = Vec::new();
    let mut counted = 0;
    for text in pinned() {
        let sql = text.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        wrong.extend(unpinned(&sql).into_iter().map(|what| format!("{}: {what}", text.place)));
        // Without any one of its pins the text is found.
        for (at, pin) in sql.match_indices("tenant = ") {
            let without = format!("{}id = {}", &sql[..at], &sql[at + pin.len()..]);
            counted += 1;
            if unpinned(&without).is_empty() {
                unnoticed.push(format!("{}: …{}", text.place, &sql[at..]));
            }
        }
    }
    assert!(wrong.is_empty(), "these statements can reach another tenant's rows:\n{wrong:#?}");
    assert!(counted > 300, "only {counted} pins were found");
    assert!(unnoticed.len() <= 1, "these pins could be lost unnoticed:\n{unnoticed:#?}");
}

/// Whether a text reads what a kind of factor is kept in.
fn reads(sql: &str, kind: Method) -> bool {
    let words = words(sql);
    let table = |name: &str| {
        words.windows(2).any(|two| matches!(two[0].as_str(), "FROM" | "JOIN" | ",") && two[1] == name)
    };
    match kind {
        Method::Passkey => table("passkey"),
        Method::AppOtp => table("totp"),
        Method::EmailOtp => sql.contains("mail_code_at"),
    }
}

/// Whether a text asks who holds a kind of factor. Many read the member's columns, `mail_code_at` among them, and ask nothing.
fn asks_for(sql: &str, kind: Method) -> bool {
    reads(sql, kind) && (kind != Method::EmailOtp || sql.contains("mail_code_at IS "))
}

/// Texts about devices only, by their place: mailed codes are none, stand with the member and hold nothing that is sealed.
const OF_DEVICES: [&str; 2] = ["src/store/held.rs", "src/store/everywhere/keys.rs"];

/// A new kind of factor is found in no text that names two others and not it: there its holders would be left out, and a
/// password that has its factor would be ended as one that has none.
#[test]
fn whoever_asks_for_two_kinds_of_factor_asks_for_every_kind() {
    let (mut checked, mut wrong) = (0, Vec::new());
    for text in pinned().into_iter().chain(everywhere()) {
        let sql = text.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let asked: Vec<_> =
            Method::STRONGEST_FIRST.into_iter().filter(|kind| asks_for(&sql, *kind)).collect();
        if asked.len() < 2 {
            continue;
        }
        checked += 1;
        let left: Vec<_> = Method::STRONGEST_FIRST.into_iter().filter(|kind| !reads(&sql, *kind)).collect();
        let of_devices =
            OF_DEVICES.iter().any(|place| text.place.starts_with(place)) && !sql.contains("mail_code_at");
        let left: Vec<_> =
            left.into_iter().filter(|kind| !of_devices || kind.traits().devices.is_some()).collect();
        if !left.is_empty() {
            wrong.push(format!("{}: it asks for {asked:?} and not for {left:?}", text.place));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 8, "only {checked} statements ask for several kinds");
}

#[test]
fn every_argument_is_asked_for_and_bound() {
    let mut counted = 0;
    for text in pinned() {
        let asked = text.arguments();
        let in_order: Vec<_> = (1..=asked.len()).collect();
        assert_eq!(asked, in_order, "{}: no number is left out; $1 is the tenant", text.place);
        if let Some(bound) = text.bound {
            counted += 1;
            assert_eq!(bound + 1, asked.len(), "{}: values bound, with the tenant", text.place);
        }
    }
    assert!(counted > 20, "only {counted} statements are bound in one chain");
}

#[test]
fn no_statement_stands_outside_the_store_s_macro() {
    // What one of the databases is asked about itself.
    let opening = [
        "src/store.rs",
        "src/store/schema.rs",
        "src/store/objects.rs",
        "src/store/objects/trail_triggers.rs",
        "src/store/origin.rs",
        "src/store/backup.rs",
    ];
    let agreed = |path: &str| opening.contains(&path) || path.starts_with(EVERYWHERE);
    for source in sources("src").iter().filter(|source| !agreed(&source.path)) {
        let checked = checked_places(source);
        // Unit tests speak to databases as they like.
        let tests = source.positions("cfg(test)").first().copied().unwrap_or(source.text.len());
        for (at, value) in source.strings.iter().filter(|(at, _)| *at < tests) {
            let stray = is_statement(value) && !checked.iter().any(|place| place.contains(at));
            assert!(!stray, "{}: SQL that no test prepares", source.place(*at));
        }
    }
}

/// Statements that count hidden members too, because what a hidden member has is taken.
const COUNTS_HIDDEN: [&str; 11] = [
    // Whether a user ID or an address is free.
    "SELECT id FROM member WHERE tenant = $1 AND login = $2 AND id <> $3",
    "SELECT id FROM member WHERE tenant = $1 AND email_unique_key = $2",
    "UPDATE member SET login = $3",
    // By the id of a member who was found.
    "SELECT user_handle FROM member WHERE tenant = $1 AND id = $2",
    "DELETE FROM member WHERE tenant = $1 AND id = $2 RETURNING id",
    // By what is kept of them for an undo.
    "SELECT m.id FROM member AS m WHERE m.tenant = $1 AND m.id IN (SELECT k.member FROM import_kept",
    // A union's data is erased, hidden members' too.
    "DELETE FROM member WHERE tenant = $1 AND (id) IN (SELECT id FROM member",
    "SELECT (SELECT COUNT(*) FROM member WHERE tenant = $1) AS members",
    // The same, or of nobody who stands in for whom there is not.
    "INSERT INTO one_time (",
    "INSERT INTO outbox (",
    // How many rows an import has brought in while it runs: a number, across unions.
    "SELECT (SELECT COUNT(*) FROM outbox WHERE outcome IS NULL) AS letters",
];

#[test]
fn whoever_looks_for_members_leaves_out_those_of_an_import_that_is_not_published() {
    let mut checked = 0;
    for text in pinned().into_iter().chain(everywhere()) {
        // The epoch of a member who is known by what is in flight for them.
        let sql = text.sql.replace("SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = ", "");
        let looks = ["FROM member ", "JOIN member "].iter().any(|word| sql.contains(word));
        let agreed = COUNTS_HIDDEN.iter().any(|agreed| text.sql.trim_start().starts_with(agreed));
        if looks && !agreed && !text.place.contains("store/import") {
            checked += 1;
            assert!(text.sql.contains("published_at IS NULL"), "{}: it finds hidden members", text.place);
        }
    }
    assert!(checked > 5, "only {checked} statements look for members");
}

#[test]
fn statements_across_unions_are_used_by_few_files() {
    let mut users = Vec::new();
    for source in sources("src") {
        let inside = source.path.starts_with("src/store");
        if !inside && !source.positions(".everywhere(").is_empty() {
            users.push(source.path);
        }
    }
    let agreed = [
        "src/jobs.rs",
        // Which unions close.
        "src/jobs/endings.rs",
        // Logouts of all unions that are due (one queue, as letters have one).
        "src/jobs/logouts.rs",
        "src/cli/audit.rs",
        "src/cli/verify.rs",
        "src/cli/demo.rs",
        "src/cli/mail.rs",
        "src/cli/receipt.rs",
        "src/cli/serve.rs",
        "src/cli/serve/reload.rs",
        "src/cli/serve/reload/kept.rs",
        "src/cli/serve/unions.rs",
        "src/mail/postman.rs",
        // What is known of the time.
        "src/portal/clock.rs",
        "src/cli/keys.rs",
        "src/portal/keys.rs",
        "src/portal/keys/node.rs",
        "src/portal/keys/report.rs",
        "src/portal/keys/rotation.rs",
        // Figures of all unions together, for `/metrics` (R39).
        "src/portal/observed.rs",
        // Rows of the trail under a name that no union can have.
        "src/portal/trail/check.rs",
        // What ends with a restore ends at every union at once (M11).
        "src/portal/restore.rs",
        // Readiness writes one row that is no union's (D39).
        "src/web/health.rs",
    ];
    assert!(users.iter().all(|user| agreed.contains(&user.as_str())), "{users:?}");
}
