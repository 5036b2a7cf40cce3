//! A person gets another 記号・番号・枝番 from the desk (D34): what was made of the new number, what is in flight, who else
//! has it, and what a file says of it afterwards.

use std::sync::Mutex;

use jiff::Timestamp;
use kenpo_portal::{
    cli::member::{self, DeskOptions},
    domain::{
        lockout::{Counter, CounterKind, kind::CounterSubject},
        member::FormerKind,
        tenant::Language,
    },
    portal::{
        desk::{Desk, DeskRefusal, DeskStop},
        roster::ImportError,
    },
    store::{self, invariants as found, lockout::CounterKey},
    world::Clock,
};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::{runtime::Handle, task::block_in_place};

use crate::{
    on_postgres,
    recovery::{ask, open_link, with_hanako},
    town::{Browser, JSW, Newcomer, Phone, Town},
    walk::{NEW_PASSWORD, first_login, sign_in, up_to},
};

/// The second member whom a roster made of her new number.
const SECOND: &str = "15,77,01,1980-12-01,見本 花子,ミホン ハナコ,second01,Vp6r-Hn3t-Ky8t,second@example.jp";

/// Signing in with what worked before; whether it did.
async fn gets_in(town: &Town, login: &str, phone: &Phone) -> bool {
    let mut browser = town.browser(JSW);
    town.clock.advance(jiff::SignedDuration::from_secs(30));
    if sign_in(&mut browser, login, NEW_PASSWORD).await.path() != "/signin/totp" {
        return false;
    }
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.path() == "/"
}

async fn is_inside(browser: &mut Browser) -> bool {
    browser.visit("/").await.has(".tiles")
}

/// `member move`: its exit code, and what it says.
async fn moves(town: &Town, old: &str, new: &str, same_person: bool, dry_run: bool) -> (u8, String) {
    let tenant = town.tenant(JSW);
    let desk = Desk { dry_run, ..town.desk(&tenant) };
    let options = DeskOptions { member: old, language: Language::Ja, json: false };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = member::move_number(&desk, options, new, same_person, &mut out, &mut err).await.unwrap();
    out.extend(err);
    (code, String::from_utf8(out).unwrap())
}

/// Whom `member find` finds, as programs read it.
async fn listed(town: &Town, word: &str) -> Vec<Value> {
    let tenant = town.tenant(JSW);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let options = DeskOptions { member: word, language: Language::Ja, json: true };
    member::find(&town.desk(&tenant), options, &mut out, &mut err).await.unwrap();
    let value: Value = serde_json::from_slice(&out).unwrap();
    value["members"].as_array().unwrap().clone()
}

/// The card of a member, as programs read it.
async fn card(town: &Town, who: &str) -> Value {
    let tenant = town.tenant(JSW);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let options = DeskOptions { member: who, language: Language::Ja, json: true };
    member::show(&town.desk(&tenant), options, &mut out, &mut err).await.unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn refused<T: std::fmt::Debug>(done: Result<T, DeskStop>) -> DeskRefusal {
    match done.unwrap_err() {
        DeskStop::Refused(refusal) => refusal,
        DeskStop::Broken(fault) => panic!("{fault}"),
    }
}

/// How many members the union has.
async fn members(town: &Town) -> usize {
    town.rows("member").await.len()
}

#[tokio::test]
async fn whose_number_changed_keeps_everything_and_is_found_by_both_numbers() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let before = town.member(JSW, &hanako.login).await;
    let mut recovery = town.browser(JSW);
    ask(&mut recovery, &hanako.login).await;
    open_link(&town, &mut recovery).await;

    let (code, said) = moves(&town, "12-3456789", "１５－７７－０１", false, true).await;
    assert!(
        code == 0 && said.contains("確かめただけです") && said.contains("15-77-01 に変わります"),
        "{said}"
    );
    assert_eq!(town.member(JSW, &hanako.login).await.number, before.number);
    let (code, said) = moves(&town, "12-3456789", "15-77-01", false, false).await;
    assert!(code == 0 && said.contains("15-77-01 に変わりました"), "{said}");
    let told = town.mail_of("desk").await.pop().unwrap();
    assert!(told.to == hanako.email && told.text.contains("記号・番号を変えました"), "{}", told.text);

    let after = town.member(JSW, &hanako.login).await;
    assert_eq!((after.id, after.number.key().as_str()), (before.id, "15-77-1"));
    assert!(is_inside(&mut session).await, "what stands on password and factor goes on");
    assert_ne!(recovery.visit("/signin/birthdate").await.path(), "/signin/birthdate", "what was begun ends");
    assert!(gets_in(&town, &hanako.login, &phone).await);
    assert!(session.visit("/account/activity").await.text().contains("記号・番号を変えました"));

    // By either number; a word of before counts where it is nobody's now.
    for (word, former) in [("15-77-1", false), ("12-3456789", true)] {
        let found = listed(&town, word).await;
        assert_eq!(found.len(), 1, "{word}");
        assert_eq!(
            (&found[0]["number"], &found[0]["former"]),
            (&"15-77-01".into(), &former.into()),
            "{word}"
        );
    }
    assert_eq!(card(&town, "12-3456789").await["former_numbers"], serde_json::json!(["12-3456789-00"]));
    let (code, said) = moves(&town, "12-3456789", "15-77-1", false, false).await;
    assert!(code == 1 && said.contains("もう 15-77-01 です"), "{said}");
    town.import(JSW, "12,3456789,,1990-01-02,別 人,ベツ ジン,another1,Vp6r-Hn3t-Ky8u,").await;
    assert_eq!(card(&town, "12-3456789").await["member"]["user_id"], "another1");
    assert_eq!(listed(&town, "12-3456789").await.len(), 2, "a list has both");

    let trail = town.trail(JSW, &after).await;
    assert_eq!(trail.iter().filter(|word| *word == "member-moved").count(), 1, "{trail:?}");
    let rows = town.whole_trail(JSW).await;
    assert!(rows.iter().all(|row| !row.detail.contains("15-77")), "no number in the trail");
    town.close().await;
}

#[tokio::test]
async fn the_second_member_whom_a_roster_made_of_a_new_number_becomes_the_person() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    town.import(JSW, SECOND).await;
    let (person, second) = (town.member(JSW, &hanako.login).await, town.member(JSW, "second01").await);
    // Somebody has begun with the notice, and a code of the desk is out.
    let mut begun = town.browser(JSW);
    sign_in(&mut begun, "second01", "Vp6r-Hn3t-Ky8t").await.is_at("/signin/birthdate", "生年月日の入力");

    let (code, said) = moves(&town, "12-3456789", "15-77-1", false, true).await;
    assert!(code == 0 && said.contains("1人にまとめます") && said.contains("取り消しはできません"), "{said}");
    assert_eq!(members(&town).await, 2);
    let (code, said) = moves(&town, "12-3456789", "15-77-1", false, false).await;
    assert!(code == 0 && said.contains("1人にまとめました") && said.contains("second01"), "{said}");

    assert_eq!(members(&town).await, 1);
    let after = town.member(JSW, &hanako.login).await;
    assert_eq!((after.id, after.number.key().as_str()), (person.id, "15-77-1"));
    assert_eq!((after.name.as_str(), after.name_kana.as_str()), ("見本 花子", "ミホン\u{3000}ハナコ"));
    assert_eq!(after.email, person.email, "the address is the person's own by now");
    assert!(is_inside(&mut session).await && gets_in(&town, &hanako.login, &phone).await);
    assert_eq!(begun.visit("/signin/birthdate").await.path(), "/signin", "the notice is worth nothing");
    let mut late = town.browser(JSW);
    sign_in(&mut late, "second01", "Vp6r-Hn3t-Ky8t").await.is_at("/signin", "ログイン");
    let told = town.mail_of("desk").await.pop().unwrap();
    assert!(told.to == hanako.email && told.text.contains("通知書は捨ててください"), "{}", told.text);

    // By the name of now, and by everything the second one was known by.
    let id = second.id.to_string();
    for word in ["見本", "second01", "12-3456789", id.as_str()] {
        let found = listed(&town, word).await;
        assert!(found.len() == 1 && found[0]["id"] == person.id.to_string(), "{word}: {found:?}");
    }
    let card = card(&town, &hanako.login).await;
    assert_eq!(card["merged_ids"], serde_json::json!([id]));
    assert_eq!(card["former_user_ids"], serde_json::json!(["second01"]));
    // Nobody else is given that user ID for a year (D7), and the trail says of either id what became of it.
    let rows = town.whole_trail(JSW).await;
    let of = |word: &str| rows.iter().find(|row| row.event == word).unwrap();
    assert_eq!(of("member-merged-into").member, Some(second.id.uuid()));
    assert!(of("member-merged-into").detail.contains(&person.id.to_string()));
    assert!(of("member-merged").detail.contains(&id) && of("member-merged").member == Some(person.id.uuid()));
    let dump = town.dump().await;
    for (table, rows) in dump.into_iter().filter(|(table, _)| !["audit", "former_name"].contains(table)) {
        let hex = second.id.uuid().simple().to_string();
        assert!(rows.iter().all(|row| !row.contains(&hex) && !row.contains(&id)), "{table}: {rows:?}");
    }
    assert!(store_is_sound(&town).await);

    // The same file once more, and one of before the change: nobody becomes two again.
    town.import(JSW, SECOND).await;
    town.import(JSW, "12,3456789,,1980-12-01,健保 花子,ケンポ ハナコ,,,").await;
    assert_eq!(members(&town).await, 1);
    assert_eq!(town.member(JSW, &hanako.login).await.number.key(), "15-77-1");
    town.close().await;
}

/// Whether `verify-store` finds nothing.
async fn store_is_sound(town: &Town) -> bool {
    let now = town.app.portal().now();
    let slug = town.tenant(JSW).slug.clone();
    let mut tx = town.store().tenant(&slug).read().await.unwrap();
    let begins = found::trail_begins(&mut tx).await.unwrap();
    let broken = [
        found::used_and_alive(&mut tx, 9).await.unwrap(),
        found::opened_twice(&mut tx, 9).await.unwrap(),
        found::password_untold(&mut tx, begins, 9).await.unwrap(),
        found::factor_untold(&mut tx, begins, 9).await.unwrap(),
        found::session_untold(&mut tx, begins, 9).await.unwrap(),
        found::acceptance_untold(&mut tx, begins, 9).await.unwrap(),
        found::letter_untold(&mut tx, begins, 9).await.unwrap(),
        found::session_without_factor(&mut tx, now, 9).await.unwrap(),
        found::two_passwords(&mut tx, now, 9).await.unwrap(),
    ];
    broken.iter().all(Vec::is_empty)
}

#[tokio::test]
async fn whoever_has_begun_is_merged_away_by_nobody_and_what_the_refusal_advises_works() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    town.import(JSW, SECOND).await;
    let second = Newcomer {
        login: "second01".into(),
        password: "Vp6r-Hn3t-Ky8t".into(),
        born: "19801201",
        email: "second@example.jp".into(),
    };
    // Half of first login is enough: what was settled is somebody's.
    up_to(&mut town.browser(JSW), &second, &mut town.phone(), "ワンタイムパスワードの設定").await;
    let before = town.rows("member").await;
    let (code, said) = moves(&town, "12-3456789", "15-77-1", false, false).await;
    assert!(code == 1 && said.contains("見本 花子") && said.contains("member revert"), "{said}");
    assert_eq!(town.rows("member").await, before);
    let shown = town.trail(JSW, &town.member(JSW, "second01").await).await;
    assert_eq!(shown.last().unwrap(), "member-shown", "whose number it is was told");

    let second = town.revert(JSW, &second).await;
    let (code, said) = moves(&town, "12-3456789", "15-77-1", false, false).await;
    assert!(code == 0 && said.contains("1人にまとめました"), "{said}");
    assert!(gets_in(&town, &hanako.login, &phone).await);
    sign_in(&mut town.browser(JSW), &second.login, &second.password).await.is_at("/signin", "ログイン");
    town.close().await;
}

#[tokio::test]
async fn another_person_is_never_merged_and_what_cannot_be_done_is_told() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    town.import(
        JSW,
        "15,77,01,1980-12-02,見本 花子,ミホン ハナコ,second01,Vp6r-Hn3t-Ky8t,\n\
         15,78,,1980-12-01,健保 桜子,ケンポ サクラコ,twin0001,Vp6r-Hn3t-Ky8u,\n\
         15,79,,1980-12-01,健保 花子,ケンポ ハナコ,ended001,Vp6r-Hn3t-Ky8v,",
    )
    .await;
    let tenant = town.tenant(JSW);
    town.desk(&tenant).end_membership("15-79", "2026-11-01").await.unwrap();
    for (new, told) in [
        ("15-77-1", "生年月日のちがう 見本 花子"),
        ("15-78", "--same-person"),
        ("15-79", "member end --undo"),
        ("12-3456789-0", "もう 12-3456789-00 です"),
        ("15", "新しい番号として読めません"),
        ("15-7a", "番号: "),
        ("15-1-100", "枝番: "),
    ] {
        let (code, said) = moves(&town, &hanako.login, new, false, false).await;
        assert!(code > 0 && said.contains(told), "{new}: {said}");
    }
    assert_eq!(town.count(JSW, "member-merged").await + town.count(JSW, "member-moved").await, 0);
    // The desk knows better than the roster's spelling of a name, but never than its birth date.
    let (code, _) = moves(&town, &hanako.login, "15-77-1", true, false).await;
    assert_eq!(code, 1);
    let (code, said) = moves(&town, &hanako.login, "15-78", true, false).await;
    assert!(code == 0 && said.contains("健保 桜子"), "{said}");
    town.close().await;
}

#[tokio::test]
async fn numbers_that_move_up_or_are_swapped_are_moved_one_after_the_other() {
    let town = Town::open().await;
    let row =
        |n: u32, name: &str, login: &str| format!("12,{n},,1980-12-0{n},{name},,{login},Vp6r-Hn3t-Ky8s,");
    let rows = [row(1, "一 子", "ichiko01"), row(2, "二 子", "niko0002"), row(3, "三 子", "sanko003")];
    town.import(JSW, &rows.join("\n")).await;
    let number = async |login: &str| town.member(JSW, login).await.number.key();
    // 1 → 2 → 3 → 4, in the wrong order and in the right one.
    assert_eq!(moves(&town, "12-1", "12-2", false, false).await.0, 1);
    for (old, new) in [("12-3", "12-4"), ("12-2", "12-3"), ("12-1", "12-2")] {
        assert_eq!(moves(&town, old, new, false, false).await.0, 0, "{old}");
    }
    assert_eq!((number("ichiko01").await, number("niko0002").await), ("12-2-0".into(), "12-3-0".into()));
    // Swapped, by a number that nobody has.
    for (old, new) in [("12-2", "12-99"), ("12-3", "12-2"), ("12-99", "12-3")] {
        assert_eq!(moves(&town, old, new, false, false).await.0, 0, "{old}");
    }
    assert_eq!((number("ichiko01").await, number("niko0002").await), ("12-3-0".into(), "12-2-0".into()));
    // Each is meant by the number of now, whoever had it before.
    for (word, login) in
        [("12-3", "ichiko01"), ("12-2", "niko0002"), ("12-4", "sanko003"), ("12-99", "ichiko01")]
    {
        assert_eq!(card(&town, word).await["member"]["user_id"], login, "{word}");
    }
    // Back to where one was: that number is no former one.
    moves(&town, "12-2", "12-5", false, false).await;
    moves(&town, "12-5", "12-2", false, false).await;
    let former = card(&town, "niko0002").await["former_numbers"].clone();
    assert!(!former.as_array().unwrap().contains(&"12-2-00".into()), "{former}");
    assert_eq!(members(&town).await, 3);
    town.close().await;
}

#[tokio::test]
async fn two_at_once_and_an_import_beside_it_leave_one_number_with_one_person() {
    let town = Town::open().await;
    let row = |n: u32, name: &str, login: &str| format!("12,{n},,1980-12-01,{name},,{login},Vp6r-Hn3t-Ky8s,");
    let rows = [
        row(1, "見本 花子", "ichiko01"),
        row(2, "健保 花子", "niko0002"),
        row(3, "見本 桜子", "sanko003"),
        row(4, "見本 一郎", "ichiro04"),
        row(5, "見本 二郎", "jiro0005"),
    ];
    town.import(JSW, &rows.join("\n")).await;
    let tenant = town.tenant(JSW);
    let desk = town.desk(&tenant);
    // Two people to one number: whoever is second finds somebody else there, before or while the number is written.
    let (one, other) =
        tokio::join!(desk.move_number("12-4", "12-9", false), desk.move_number("12-5", "12-9", false));
    let moved = [one.is_ok(), other.is_ok()];
    let second = if moved[0] { other } else { one };
    let is_told = match &second {
        Err(DeskStop::Refused(refusal)) => {
            matches!(refusal, DeskRefusal::OtherPerson(..) | DeskRefusal::NumberBusy)
        }
        Err(DeskStop::Broken(fault)) => matches!(fault, ImportError::Busy),
        Ok(_) => false,
    };
    assert!(is_told, "{second:?}");
    let number = async |login: &str| town.member(JSW, login).await.number.key();
    let numbers = [number("ichiro04").await, number("jiro0005").await];
    assert_eq!(numbers, if moved[0] { ["12-9-0", "12-5-0"] } else { ["12-4-0", "12-9-0"] });

    // One person to two numbers: the second operator hears of the first, at once or a moment later.
    for (from, to) in [("12-3", ["12-31", "12-32"]), ("12-3", ["12-33", "12-34"])] {
        let deeds = to.map(|to| desk.move_number(from, to, false));
        let [one, other] = deeds;
        let (one, other) = tokio::join!(one, other);
        let stopped = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        for stop in &stopped {
            let is_told = match stop {
                DeskStop::Refused(DeskRefusal::MovedBefore(now)) => now.number.key().starts_with("12-3"),
                DeskStop::Broken(fault) => matches!(fault, ImportError::Busy),
                DeskStop::Refused(_) => false,
            };
            assert!(is_told, "{stop:?}");
        }
        let number = town.member(JSW, "sanko003").await.number.key();
        assert!(["12-31-0", "12-32-0"].contains(&number.as_str()), "moved once: {number}");
        assert!(!stopped.is_empty());
    }

    // Into one another: neither waits for the other for ever, they are merged once, and nobody is lost.
    let ids = [town.member(JSW, "ichiko01").await.id, town.member(JSW, "niko0002").await.id];
    let (one, other) =
        tokio::join!(desk.move_number("12-1", "12-2", false), desk.move_number("12-2", "12-1", false));
    let merged = [&one, &other].map(|done| done.as_ref().is_ok_and(|done| done.done.merged.is_some()));
    let (left, own, others, second) = match merged {
        [true, false] => (ids[0], "12-1-0", "12-2-0", other),
        [false, true] => (ids[1], "12-2-0", "12-1-0", one),
        _ => panic!("{one:?} {other:?}"),
    };
    let number = match second {
        // It began when the first one was done: its word meant the person who is left, who got the number of before back.
        Ok(back) => {
            assert_eq!(back.member.id, left);
            own
        }
        // Its word meant the one who was merged away before it could hold them.
        Err(stop) => {
            assert!(matches!(stop, DeskStop::Refused(DeskRefusal::NoSuchMember)), "{stop:?}");
            others
        }
    };
    assert_eq!(members(&town).await, 4);
    for word in ["ichiko01", "niko0002", "12-1", "12-2"] {
        let found = listed(&town, word).await;
        assert!(found.len() == 1 && found[0]["id"] == left.to_string(), "{word}: {found:?}");
        assert_eq!(found[0]["number"], format!("{number}0"), "{word}");
    }

    // While a roster comes in, or has stopped half-way, nothing says what it will make of the two numbers.
    let begun = if on_postgres() { "now()" } else { "1" };
    let id = if on_postgres() {
        "'00112233-4455-6677-8899-aabbccddeeff'"
    } else {
        "x'00112233445566778899aabbccddeeff'"
    };
    town.sql(&format!(
        "INSERT INTO import (tenant, id, holder, begun_at, alive_until) VALUES ('{JSW}', {id}, {id}, {begun}, {begun})"
    ))
    .await;
    let refusal = refused(desk.move_number("sanko003", "12-8", false).await);
    assert!(matches!(refusal, DeskRefusal::ImportRuns { undo: false }), "{refusal:?}");
    town.sql("DELETE FROM import").await;
    town.close().await;
}

/// A clock at the desk that lets another deed be done once the desk has read whom its words mean.
#[derive(Debug)]
struct WhileItWaits<'t> {
    desk: Desk<'t>,
    words: Mutex<Option<[&'static str; 2]>>,
}

impl Clock for WhileItWaits<'_> {
    fn now(&self) -> Timestamp {
        let words = self.words.lock().unwrap().take();
        if let Some([who, number]) = words {
            let deed = self.desk.move_number(who, number, true);
            block_in_place(|| Handle::current().block_on(deed)).unwrap();
        }
        self.desk.clock.now()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deed_is_done_on_whom_it_meant_or_on_nobody() {
    let town = Town::open().await;
    let row = |n: u32, name: &str, login: &str| format!("12,{n},,1980-12-01,{name},,{login},Vp6r-Hn3t-Ky8s,");
    town.import(JSW, &[row(1, "見本 花子", "ichiko01"), row(2, "健保 花子", "niko0002")].join("\n")).await;
    let tenant = town.tenant(JSW);
    let left = town.member(JSW, "ichiko01").await.id;
    // They are merged before the deed can hold anybody.
    let first = WhileItWaits { desk: town.desk(&tenant), words: Mutex::new(Some(["12-1", "12-2"])) };
    let desk = Desk { clock: &first, ..town.desk(&tenant) };
    let refusal = refused(desk.move_number("12-2", "12-1", true).await);
    assert!(matches!(refusal, DeskRefusal::NoSuchMember), "{refusal:?}");
    assert_eq!(members(&town).await, 1);
    let found = listed(&town, "12-1").await;
    assert!(found[0]["id"] == left.to_string() && found[0]["number"] == "12-2-00", "{found:?}");
    // Begun once that was done, the same words mean the person who is left.
    let back = town.desk(&tenant).move_number("12-2", "12-1", true).await.unwrap();
    assert!(back.member.id == left && back.done.merged.is_none(), "{back:?}");
    town.close().await;
}

#[tokio::test]
async fn whoever_is_merged_before_first_login_is_told_which_first_password_works() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    town.import(JSW, SECOND).await;
    let (code, said) = moves(&town, &hanako.login, "15-77-1", false, false).await;
    assert!(code == 0 && said.contains("新しい記号+番号+生年月日"), "{said}");
    let told = town.mail_of("desk").await.pop().unwrap();
    assert!(told.text.contains("新しい記号と番号のあとに生年月日"), "{}", told.text);
    assert!(
        told.text.contains("捨ててください") && !told.text.contains("認証方法は、今まで"),
        "{}",
        told.text
    );
    let merged = Newcomer { password: "157719801201".into(), email: told.to, ..hanako };
    first_login(&mut town.browser(JSW), &merged, &mut town.phone()).await;
    town.close().await;
}

#[tokio::test]
async fn whoever_is_kept_out_under_either_number_is_kept_out_as_one() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    town.import(JSW, SECOND).await;
    let tenant = town.tenant(JSW);
    town.desk(&tenant).lock("second01").await.unwrap();
    let (person, second) = (town.member(JSW, &hanako.login).await, town.member(JSW, "second01").await);
    // Of whatever is counted about a member, the second one has used up everything, and the birth dates besides.
    let kinds = || CounterKind::ALL.iter().filter(|kind| kind.about() == CounterSubject::Member);
    let now = town.app.portal().now();
    let policy = &tenant.policy.lockout;
    let mut tx = town.store().tenant(&tenant.slug).write().await.unwrap();
    for kind in kinds() {
        let key = CounterKey::of(*kind, town.desk(&tenant).vault.guard_subject_member(second.id), policy);
        let limit = key.ladder.hard_limit;
        let used_up = |own| Counter { fails: limit, total: limit, ..own };
        store::lockout::change(&mut tx, &key, now, used_up).await.unwrap();
    }
    store::member::raise_birth_date_misses(&mut tx, second.id, 5).await.unwrap();
    tx.commit().await.unwrap();

    let (code, said) = moves(&town, &hanako.login, "15-77-1", false, false).await;
    assert!(code == 0 && said.contains("職員による停止は続いています"), "{said}");
    let after = town.member(JSW, &hanako.login).await;
    assert_eq!(after.membership.locked_at(), second.membership.locked_at());
    assert_eq!((after.id, after.birth_date_misses), (person.id, 5));
    assert!(!is_inside(&mut session).await, "whoever is in goes with the lock");
    let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
    for kind in kinds() {
        let key = CounterKey::of(*kind, town.desk(&tenant).vault.guard_subject_member(person.id), policy);
        let is_off = store::lockout::is_off(&mut tx, &key, now).await.unwrap();
        assert!(is_off, "{kind:?}");
    }
    drop(tx);
    assert!(!gets_in(&town, &hanako.login, &phone).await);
    // One deed of the desk ends all of it.
    town.desk(&tenant).unlock("15-77-1").await.unwrap();
    assert!(gets_in(&town, &hanako.login, &phone).await);
    town.close().await;
}

#[tokio::test]
async fn of_a_first_password_that_does_not_work_nobody_is_told_that_it_does() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    // The membership is over: the number is put right, and nobody is let in by it.
    let tenant = town.tenant(JSW);
    town.desk(&tenant).end_membership(&hanako.login, "2026-11-01").await.unwrap();
    let letters = town.mail_of("desk").await.len();
    let (code, said) = moves(&town, &hanako.login, "15-77", false, false).await;
    assert!(code == 0 && said.contains("資格がないため、ログインはできません"), "{said}");
    assert!(!said.contains("はじめのパスワード") && !said.contains("仮パスワード"), "{said}");
    assert_eq!(town.mail_of("desk").await.len(), letters);
    // It is a member's again, and the time of the first password is over.
    town.desk(&tenant).lift_last_day(&hanako.login).await.unwrap();
    town.sql("UPDATE first_credential SET expires_at = issued_at").await;
    let (code, said) = moves(&town, &hanako.login, "15-78", false, false).await;
    assert!(code == 0 && said.contains("member reissue"), "{said}");
    let told = town.mail_of("desk").await.pop().unwrap();
    assert!(!told.text.contains("生年月日"), "{}", told.text);
    town.close().await;
}

#[tokio::test]
async fn whoever_has_not_begun_is_told_what_the_first_password_is_now() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (code, said) = moves(&town, &hanako.login, "15-77", false, false).await;
    assert!(code == 0 && said.contains("新しい記号+番号+生年月日"), "{said}");
    let told = town.mail_of("desk").await.pop().unwrap();
    assert!(
        told.to == hanako.email && told.text.contains("新しい記号と番号のあとに生年月日"),
        "{}",
        told.text
    );
    assert!(!told.text.contains("パスワード、認証方法は、今まで"), "{}", told.text);
    sign_in(&mut town.browser(JSW), &hanako.login, &hanako.password).await.is_at("/signin", "ログイン");
    let moved = Newcomer { password: "157719801201".into(), ..hanako };
    first_login(&mut town.browser(JSW), &moved, &mut town.phone()).await;

    let taro = town.taro(JSW).await;
    town.import(JSW, "16,5,,S54.8.22,見本 太郎,ミホン タロウ,second01,Vp6r-Hn3t-Ky8t,").await;
    let (code, said) = moves(&town, "15-102", "16-5", false, false).await;
    assert!(code == 0 && said.contains("そのまま"), "{said}");
    first_login(&mut town.browser(JSW), &taro, &mut town.phone()).await;
    let former = {
        let mut tx = town.store().tenant(&town.tenant(JSW).slug).read().await.unwrap();
        store::former::of_member(&mut tx, town.member(JSW, &taro.login).await.id).await.unwrap()
    };
    assert!(
        former.iter().any(|name| name.kind == FormerKind::Number && name.shown == "15-102-00"),
        "{former:?}"
    );
    town.close().await;
}

#[tokio::test]
async fn an_import_takes_members_in_the_order_in_which_the_desk_takes_them() {
    let town = Town::open().await;
    // On SQLite one transaction writes at a time.
    let (Some(mut desk), Some(mut watcher)) = (town.beside().await, town.beside().await) else {
        return town.close().await;
    };
    let row = |n: usize, name: &str| format!("12,{n},,1980-12-01,{name},,member0{n},Vp6r-Hn3t-Ky8s,");
    let roster = |order: [usize; 2], name: &str| order.map(|n| row(n, name)).join("\n");
    town.import(JSW, &roster([1, 2], "見本 花子")).await;
    let ids = [town.member(JSW, "member01").await.id, town.member(JSW, "member02").await.id];
    let [low, high] = [ids[0].min(ids[1]), ids[0].max(ids[1])].map(|id| format!("'{}'", id.uuid()));
    let hold = |id: &str| AssertSqlSafe(format!("UPDATE member SET changed_at = changed_at WHERE id = {id}"));
    // Whichever row comes first in the table, and in the file.
    for (round, (last_in_table, order)) in
        [(&low, [1, 2]), (&low, [2, 1]), (&high, [1, 2]), (&high, [2, 1])].into_iter().enumerate()
    {
        watcher.execute(hold(last_in_table)).await.unwrap();
        desk.execute("BEGIN").await.unwrap();
        desk.execute(hold(&low)).await.unwrap();
        let rows = roster(order, &format!("見本 {round}"));
        let beside = async {
            let waits = "SELECT COUNT(*) FROM pg_stat_activity
                          WHERE datname = current_database() AND wait_event_type = 'Lock'";
            while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut watcher).await.unwrap() == 0 {
                tokio::task::yield_now().await;
            }
            // The import waits for the first of the two, and holds nothing behind it.
            desk.execute("SET LOCAL lock_timeout = '200ms'").await.unwrap();
            desk.execute(hold(&high)).await.unwrap();
            desk.execute("COMMIT").await.unwrap();
        };
        tokio::join!(town.import(JSW, &rows), beside);
        for login in ["member01", "member02"] {
            assert_eq!(town.member(JSW, login).await.name, format!("見本 {round}"));
        }
    }
    drop((desk, watcher));
    town.close().await;
}
