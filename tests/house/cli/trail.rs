//! The trail at the command line: reasons and accounts, the running service's seals, whom somebody saw (D35, M4, M6).

use std::{fs, thread};

use kenpo_portal::{
    domain::audit::chain::latest_archived,
    world::{Clock as _, SystemClock, today_in_japan},
};
use serde_json::Value;
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::program::{Ended, Place};
use crate::tenants::MIDORI;

/// A union with two members.
fn with_members() -> Place {
    let place = Place::ready();
    let union = format!("{MIDORI}\n[import]\nencoding = \"utf-8\"\n");
    fs::write(place.path("midorikenpo.toml"), union).unwrap();
    let roster = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n\
                  12,3456789,00,19801201,健保 花子,ケンポ ハナコ,hanako01,Karihana-2026,\n\
                  12,3456790,00,19801202,健保 太郎,ケンポ タロウ,taro0001,Karitaro-2026,\n";
    fs::write(place.path("roster.csv"), roster).unwrap();
    let imported = place.run(&["member", "import", "--tenant", "midorikenpo", "roster.csv"]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    place
}

fn exported(place: &Place) -> Vec<Value> {
    let trail = place.run(&["audit", "export", "--tenant", "midorikenpo"]);
    assert_eq!(trail.code, 0, "{}", trail.err);
    trail.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn whatever_is_done_about_a_member_asks_for_a_reason_and_names_the_account() {
    let place = with_members();
    for command in ["show", "unlock", "desk-code", "revert"] {
        let asked = ["member", command, "--tenant", "midorikenpo", "hanako01"];
        for (language, word) in [("en", "Say why with --reason"), ("ja", "理由を書いてください")] {
            let refused = place.run(&[&["--lang", language], &asked[..]].concat());
            assert_eq!(refused.code, 2, "{command}");
            assert!(refused.err.contains(word), "{command}: {}", refused.err);
        }
        let unfit = place.run(&[&asked[..], &["--reason", "two\nlines"]].concat());
        assert_eq!(unfit.code, 2, "{command}: {}", unfit.err);
    }
    for command in [
        ["audit", "export", "--tenant", "midorikenpo", "--members"],
        ["audit", "members", "--tenant", "midorikenpo", "--doer=root"],
    ] {
        assert_eq!(place.run(&command).code, 2, "{command:?}");
    }
    assert_eq!(exported(&place).len(), 1, "nothing was done, nothing was looked at");

    let reason = ["--reason", "電話、ご本人と確認"];
    for command in ["show", "lock"] {
        let done =
            place.run(&[&["member", command, "--tenant", "midorikenpo", "hanako01"], &reason[..]].concat());
        assert_eq!(done.code, 0, "{}", done.err);
    }
    let trail = exported(&place);
    let events: Vec<_> = trail.iter().map(|row| row["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["roster-imported", "member-shown", "desk-locked"]);
    for row in &trail[1..] {
        assert_eq!(row["actor_kind"], "desk");
        assert!(row["actor"].as_str().is_some_and(|account| !account.is_empty()), "{row}");
        assert_eq!(row["reason"], reason[1]);
        assert_eq!(row["gate"], "command");
    }
    assert_eq!(trail[1]["purpose"], "member show");
}

#[test]
fn a_roster_comes_from_standard_input_and_a_member_is_found_and_helped_by_commands() {
    let place = with_members();
    let piped = place.shell("\"$PROGRAM\" member import --tenant midorikenpo - < roster.csv");
    assert_eq!(piped.code, 0, "{}", piped.err);
    let deed = |words: &[&str]| -> Ended {
        let (command, more) = words.split_first().unwrap();
        let asked = ["member", command, "--tenant", "midorikenpo", "--reason", "phone", "--json"];
        place.run(&[&asked[..], more].concat())
    };
    let found = deed(&["find", "けんぽ　はなこ"]);
    let value: Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!((found.code, value["members"][0]["user_id"].as_str()), (0, Some("hanako01")), "{}", found.err);
    assert_eq!(deed(&["find", "nobody"]).code, 1);
    // A reason of one blank is none, and a word that means two is told with both.
    assert_eq!(place.run(&["member", "find", "--tenant", "midorikenpo", "x", "--reason", " "]).code, 2);
    let tried = deed(&["set-email", "健保 花子", "hanako@example.jp", "--dry-run"]);
    let value: Value = serde_json::from_str(&tried.out).unwrap();
    assert_eq!((tried.code, &value["dry_run"], &value["letter"]), (0, &true.into(), &true.into()));
    assert_eq!(deed(&["sessions", "hanako01"]).code, 0);
    assert_eq!(deed(&["sessions", "hanako01", "--end"]).code, 0);
    assert_eq!(deed(&["reset-factor", "hanako01"]).code, 1, "there is no password of her own yet");
    let again = place.shell(
        "\"$PROGRAM\" member reissue --tenant midorikenpo --file - --notices new.csv --reason lost < roster.csv",
    );
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(fs::read_to_string(place.path("new.csv")).unwrap().lines().count(), 3);
    assert_eq!(deed(&["reissue", "hanako01", "--notices", "new.csv"]).code, 2, "the file exists");
    assert_eq!(deed(&["move", "taro0001", "99-1", "--dry-run"]).code, 0);
    assert_eq!(deed(&["move", "taro0001", "99-1"]).code, 0);
    assert_eq!(deed(&["move", "taro0001", "99-1"]).code, 1, "the number is that already");
    assert_eq!(deed(&["move", "taro0001", "99"]).code, 2, "no number");
    assert_eq!(deed(&["delete", "taro0001"]).code, 0);
    assert_eq!(deed(&["show", "taro0001"]).code, 1);
    let purposes: Vec<String> =
        exported(&place).iter().map(|row| row["purpose"].as_str().unwrap().to_owned()).collect();
    for purpose in [
        "member find",
        "member set-email --dry-run",
        "member sessions --end",
        "member reissue",
        "member move --dry-run",
        "member move",
        "member delete",
    ] {
        assert!(purposes.iter().any(|known| known == purpose), "{purpose}: {purposes:?}");
    }
}

#[test]
fn whose_data_somebody_saw_is_listed_with_each_member_once() {
    let place = with_members();
    for login in ["hanako01", "taro0001", "hanako01"] {
        let shown = place.run(&["member", "show", "--tenant", "midorikenpo", login, "--reason", "phone"]);
        assert_eq!(shown.code, 0, "{}", shown.err);
    }
    let account = exported(&place)[1]["actor"].as_str().unwrap().to_owned();
    let members = |more: &[&str]| -> Ended {
        let asked =
            ["audit", "members", "--tenant", "midorikenpo", "--doer", &account, "--reason", "inquiry"];
        place.run(&[&asked[..], more].concat())
    };
    let all = members(&[]);
    assert_eq!(all.code, 0, "{}", all.err);
    assert_eq!(all.out.lines().count(), 2, "{}", all.out);
    assert!(
        all.out.contains("12-3456789-00 hanako01") && all.out.contains("12-3456790-00 taro0001"),
        "{}",
        all.out
    );
    let json: Vec<Value> =
        members(&["--json"]).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let hanako = json.iter().find(|line| line["user_id"] == "hanako01").unwrap();
    assert_eq!((&hanako["times"], &hanako["events"][0]), (&2.into(), &"member-shown".into()));
    assert_eq!(members(&["--until", "2020-01-01"]).out, "");
    assert_eq!(members(&["--since", "2020-01-01", "--member", "12-3456790"]).out.lines().count(), 1);

    // Reading numbers out of the trail is in the trail.
    let last = exported(&place).pop().unwrap();
    assert_eq!((&last["event"], &last["reason"]), (&"trail-exported".into(), &"inquiry".into()));
    let asked = ["audit", "export", "--tenant", "midorikenpo", "--members", "--reason", "board"];
    for (format, cell) in
        [("csv", ",12-3456789-00,hanako01,phone,member show,"), ("text", "→ 12-3456789-00 hanako01")]
    {
        let table = place.run(&[&asked[..], &["--format", format]].concat());
        assert_eq!(table.code, 0, "{}", table.err);
        assert!(table.out.contains(cell), "{}", table.out);
    }
    assert_eq!(place.run(&["terms", "export", "--tenant", "midorikenpo"]).code, 0);
    let last = exported(&place).pop().unwrap();
    assert_eq!((&last["event"], &last["actor"]), (&"terms-exported".into(), &account.as_str().into()));
    let nobody = place.run(&["audit", "export", "--tenant", "midorikenpo", "--member", "nobody99"]);
    assert_eq!(nobody.code, 2, "{}", nobody.err);
}

#[test]
fn whoever_reads_numbers_leaves_a_row_even_where_nothing_of_it_arrives() {
    let place = with_members();
    let shown = place.run(&["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let commands = [
        ("audit export --members --reason board", "trail-exported"),
        ("audit export --members --format csv --reason board", "trail-exported"),
        ("audit export --members --format text --reason board", "trail-exported"),
        ("audit export --members --member hanako01 --reason board", "trail-exported"),
        ("audit members --doer root --reason board", "trail-exported"),
        ("audit members --json --reason board", "trail-exported"),
        ("terms export", "terms-exported"),
        ("member show hanako01 --reason board", "member-shown"),
        ("member lock hanako01 --reason board", "desk-locked"),
    ];
    for (command, event) in commands {
        let before = exported(&place).len();
        // Every write fails: from the first byte on.
        place.shell(&format!("\"$PROGRAM\" {command} --tenant midorikenpo > /dev/full"));
        let trail = exported(&place);
        assert_eq!(trail.len(), before + 1, "{command}");
        assert_eq!(trail[before]["event"], event, "{command}");
    }
    // Where one member is asked for, the row is about that member.
    let about = ["audit", "export", "--tenant", "midorikenpo", "--member", "hanako01"];
    let trail = place.run(&about).out;
    assert_eq!(trail.matches("\"event\":\"trail-exported\"").count(), 1, "{trail}");
}

#[test]
fn a_doer_is_found_by_either_name_and_nobody_is_told_as_nobody() {
    let place = with_members();
    let shown = place.run(&["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let account = exported(&place)[1]["actor"].as_str().unwrap().to_owned();
    let by =
        |who: &str| place.run(&["--lang", "en", "audit", "export", "--tenant", "midorikenpo", "--doer", who]);
    let behind = account.split_once(" (").and_then(|(_, rest)| rest.trim_end_matches(')').split_once(' '));
    let names = [Some(account.as_str()), account.split(" (").next(), behind.map(|(_, name)| name)];
    for name in names.into_iter().flatten() {
        let found = by(name);
        assert_eq!((found.code, found.out.lines().count()), (0, 2), "{name}: {}", found.err);
        assert_eq!(found.err.lines().count(), 1, "{name}: nothing but which database it was: {}", found.err);
    }
    let nobody = by("yamadaa");
    assert_eq!((nobody.code, nobody.out.as_str()), (0, ""));
    assert!(nobody.err.contains("Nobody called yamadaa") && nobody.err.contains(&account), "{}", nobody.err);
    let idle = by("taro0001");
    assert!(idle.out.is_empty() && idle.err.ends_with("No row of the trail fits.\n"), "{}", idle.err);
}

#[tokio::test]
async fn the_running_service_seals_and_verifying_finds_what_is_changed() {
    let place = with_members();
    let verify = |more: &[&str]| place.run(&[&["--lang", "en", "audit", "verify"], more].concat());
    let waiting = verify(&[]);
    assert_eq!(waiting.code, 0, "{}", waiting.err);
    assert!(waiting.out.contains("midorikenpo 0 ") && waiting.out.contains("waiting=1"), "{}", waiting.out);
    assert!(waiting.err.contains("Rows that wait for their seal: 1"), "{}", waiting.err);
    let service = place.serve();
    let mut rounds = 0;
    let heads = loop {
        let checked = verify(&[]);
        assert_eq!(checked.code, 0, "{}", checked.err);
        if checked.out.contains("rows=1 waiting=0") {
            break checked.out;
        }
        rounds += 1;
        assert!(rounds < 1000, "{}", checked.out);
        thread::yield_now();
    };
    fs::write(place.path("heads.txt"), &heads).unwrap();
    let heads = place.path("heads.txt");
    let heads = heads.to_str().unwrap();
    assert_eq!(verify(&["--heads", heads]).code, 0);
    for command in [
        ["audit", "verify", "--tenant", "midorikenp"].as_slice(),
        &["verify-store", "--tenant", "midorikenp"],
    ] {
        assert_eq!(place.run(command).code, 2, "a mistyped union has no sound trail");
    }
    let store = place.run(&["--lang", "en", "verify-store"]);
    assert_eq!((store.code, store.out.as_str()), (0, ""), "{}", store.err);
    assert!(
        store.err.contains("everything is as it must be (1 rows of the trail under 1 seals)"),
        "{}",
        store.err
    );
    drop(service);

    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for change in ["DROP TRIGGER audit_is_append_only_update", "UPDATE audit SET detail = '{}'"] {
        connection.execute(change).await.unwrap();
    }
    connection.close().await.unwrap();
    for (language, word) in
        [("en", "was changed after seal 1 was made"), ("ja", "封 1 のあとで書きかえられました")]
    {
        let found = place.run(&["--lang", language, "audit", "verify", "--heads", heads]);
        assert_eq!(found.code, 1, "{}", found.err);
        assert!(found.err.contains(word), "{}", found.err);
    }
    let json: Value = serde_json::from_str(&verify(&["--json"]).out).unwrap();
    assert_eq!(json["sound"], false);
    assert_eq!(json["trails"][0]["flaws"][0]["flaw"], "row-changed");
    assert_eq!(place.run(&["verify-store"]).code, 1);
    let doctor = place.run(&["--lang", "en", "doctor"]);
    assert!(doctor.out.contains("trigger audit_is_append_only_update is missing"), "{}", doctor.out);
    for command in ["audit verify", "audit verify --json", "verify-store", "verify-store --json"] {
        assert_eq!(place.unread(command).code, 1, "{command}: what was found is told, whoever reads");
    }
    let archive = [
        "audit",
        "archive",
        "--tenant",
        "midorikenpo",
        "--before",
        "2020-01-01",
        "old.jsonl",
        "--reason",
        "old",
    ];
    let broken = place.run(&archive);
    assert_eq!(broken.code, 1, "{}", broken.err);
    assert!(!place.path("old.jsonl").exists());
}

#[test]
fn heads_and_archives_that_are_compared_with_nothing_are_no_proof() {
    let place = with_members();
    let verify =
        |language: &str, more: &[&str]| place.run(&[&["--lang", language, "audit", "verify"], more].concat());
    fs::write(place.path("empty"), "\n").unwrap();
    let none = "0".repeat(64);
    fs::write(place.path("other"), format!("aoikenpo 0 {none}\n")).unwrap();
    for (language, empty, no_head) in [
        ("en", "holds no head of a chain", "midorikenpo: the file of --heads has no head of this union"),
        ("ja", "鎖の先がありません", "midorikenpo: --heads のファイルに、この組合の鎖の先がありません"),
    ] {
        let refused = verify(language, &["--heads", "empty"]);
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{}", refused.err);
        assert!(refused.err.contains(empty), "{}", refused.err);
        let told = verify(language, &["--heads", "other"]);
        assert_eq!(told.code, 0, "the other union's head was compared: {}", told.err);
        assert!(told.err.contains(no_head), "{}", told.err);
        let alone = verify(language, &["--heads", "other", "--tenant", "midorikenpo"]);
        assert_eq!(alone.code, 1, "{}", alone.err);
        assert!(alone.err.contains(no_head), "{}", alone.err);
    }
    let json: Value = serde_json::from_str(&verify("en", &["--heads", "other", "--json"]).out).unwrap();
    let given: Vec<_> = json["trails"].as_array().unwrap().iter().map(|trail| &trail["head_given"]).collect();
    assert_eq!(given, [true, false]);

    // A file that holds together, as anybody may write one.
    let lines = format!(
        "{{\"archive\":1,\"tenant\":\"midorikenpo\",\"behind\":7,\"before\":\"{none}\"}}\n\
         {{\"rows\":0,\"through\":7,\"hash\":\"{none}\"}}\n"
    );
    fs::write(place.path("old.jsonl"), lines).unwrap();
    fs::write(place.path("later"), format!("midorikenpo 9 {none}\n")).unwrap();
    for (language, unknown, beyond) in [
        ("en", "this database knows no seal 7", "is of seal 9 and says nothing of this file"),
        ("ja", "最後の封 7 を、このデータベースは知りません", "封 9 のもので、封 7 で終わるこのファイル"),
    ] {
        let alone = verify(language, &["--archive", "old.jsonl"]);
        assert_eq!(alone.code, 1, "{}", alone.err);
        assert!(alone.err.contains(unknown), "{}", alone.err);
        let later = verify(language, &["--archive", "old.jsonl", "--heads", "later"]);
        assert_eq!(later.code, 1, "{}", later.err);
        assert!(later.err.contains(beyond) && later.err.contains(unknown), "{}", later.err);
    }
    place.shell("mv portal.db portal.away");
    let nowhere = verify("en", &["--archive", "old.jsonl"]);
    assert_eq!(nowhere.code, 1, "{}", nowhere.err);
    assert!(nowhere.err.contains("Run this beside the database"), "{}", nowhere.err);
}

#[tokio::test]
async fn rows_that_the_program_cannot_have_written_are_named_by_every_command_and_stop_none() {
    let place = with_members();
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for (name, id, at) in [
        ("midorikenpo", "ffffffffffffffffffffffffffffffff", "9223372036854775807"),
        ("../No Union", "00", "1"),
    ] {
        let text = format!(
            "INSERT INTO audit (tenant, id, at, event, detail) VALUES ('{name}', x'{id}', {at}, 'password-set', '{{}}')"
        );
        connection.execute(sqlx::AssertSqlSafe(text)).await.unwrap();
    }
    connection.close().await.unwrap();
    let unread = "midorikenpo: row ffffffff-ffff-ffff-ffff-ffffffffffff of the table audit cannot be read";
    let no_union = "\"../No Union\": no union has this name";
    let run =
        |line: &str| place.run(&[&["--lang", "en"], line.split(' ').collect::<Vec<_>>().as_slice()].concat());
    for (command, also) in [("audit verify", no_union), ("verify-store", no_union)] {
        let found = run(command);
        let said = format!("{}{}", found.out, found.err);
        assert_eq!(found.code, 1, "{command}: {said}");
        assert!(said.contains(unread) && said.contains(also) && said.contains("x'00'"), "{command}: {said}");
        let json: Value = serde_json::from_str(&run(&format!("{command} --json")).out).unwrap();
        assert_eq!(json["sound"], false, "{command}");
    }
    let lines = run("audit verify").out;
    assert_eq!(lines.lines().count(), 1, "a name that is none begins no line of heads: {lines}");
    for command in
        ["audit export --tenant midorikenpo", "audit members --tenant midorikenpo --reason board --doer root"]
    {
        let written = run(command);
        assert_eq!(written.code, i32::from(command.contains("export")), "{command}: {}", written.err);
    }
    let written = run("audit export --tenant midorikenpo");
    assert!(written.out.contains("roster-imported") && written.err.contains(unread), "{}", written.err);
}

#[test]
fn what_a_command_is_to_read_is_an_ordinary_file() {
    let place = Place::ready();
    place.shell("mkfifo pipe");
    for file in ["/dev/full", "/dev/zero", "pipe"] {
        for command in [
            format!("audit archive --tenant midorikenpo --before 2020-01-01 {file} --reason old"),
            format!("audit verify --archive {file}"),
            format!("audit verify --heads {file}"),
            format!("receipt ABCD9A9H --log {file}"),
            format!("member import --tenant midorikenpo {file}"),
            format!("member reissue --tenant midorikenpo --file {file} --notices n.csv --reason lost"),
            format!("tenant list --config {file}"),
        ] {
            let ended = place.run(&command.split(' ').chain(["--lang", "en"]).collect::<Vec<_>>());
            assert_eq!(ended.code, 2, "{command}: {}", ended.err);
            assert!(ended.err.contains("no ordinary file"), "{command}: {}", ended.err);
        }
    }
}

#[test]
fn days_that_cannot_be_meant_are_told() {
    let place = Place::ready();
    let run =
        |line: &str| place.run(&[&["--lang", "en"], line.split(' ').collect::<Vec<_>>().as_slice()].concat());
    for command in ["audit export", "audit members --reason board"] {
        let days = format!("{command} --tenant midorikenpo --since 2026-12-30 --until 2026-12-01");
        let ended = run(&days);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{command}");
        assert!(ended.err.contains("--since 2026-12-30 is later than --until 2026-12-01"), "{}", ended.err);
    }
    let one_day = "audit export --tenant midorikenpo --since 2026-12-01 --until 2026-12-01";
    assert_eq!(run(one_day).code, 0);
    for before in ["9999-12-31", "2222-01-01"] {
        let ended =
            run(&format!("audit archive --tenant midorikenpo --before {before} old.jsonl --reason old"));
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(ended.err.contains("too late a day"), "{}", ended.err);
        assert!(!place.path("old.jsonl").exists());
    }
}

#[test]
fn a_union_says_how_long_its_trail_stays() {
    let place = Place::ready();
    let archive = |before: &str| {
        let line = format!("--lang en audit archive --tenant midorikenpo{before} old.jsonl --reason old");
        place.run(&line.split(' ').collect::<Vec<_>>())
    };
    let days_ago = |days: u32| latest_archived(today_in_japan(SystemClock.now()), days).to_string();
    for (rule, days) in [("", 400), ("\n[retention]\ntrail_days = 90\n", 90)] {
        std::fs::write(place.path("midorikenpo.toml"), format!("{MIDORI}{rule}")).unwrap();
        let allowed = archive("");
        assert_eq!(allowed.code, 1, "{}", allowed.err);
        assert!(allowed.err.contains(&days_ago(days)), "{days}: {}", allowed.err);
        let late = archive(&format!(" --before {}", days_ago(89)));
        assert_eq!(late.code == 2, days > 90, "{days}: {}", late.err);
        let late = archive(&format!(" --before {}", today_in_japan(SystemClock.now())));
        let told = late.err.contains(&format!("for {days} days")) && late.err.contains(&days_ago(days));
        assert!(late.code == 2 && told, "{days}: {}", late.err);
    }
    assert!(!place.path("old.jsonl").exists());
}
