//! A union that leaves (D34): the last day, what its members and those of another union meet then, the data written out,
//! the data erased; through the commands, as whoever runs the portal would.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use axum::http::Method;
use jiff::Timestamp;
use kenpo_portal::{
    cli::tenant::closing::{CloseArgs, ExportArgs, LeavingArgs, LeavingCommand, PurgeArgs, UnionFiles, act},
    domain::{
        closing::Farewell,
        member::japanese_day,
        route::Route,
        tenant::{Language, RosterEncoding, Tenant, TenantSlug},
    },
    portal::{
        closing::{Leaving, LeavingRefusal, LeavingStop, erase::Erased, export, farewell},
        roster::{Import, ImportRefusal, ImportRequest, ImportStop},
        trail::{check::check_trail, invariants::check_store},
    },
    store::{erase, import},
    tenants::Tenants,
    world::{Clock, RandomError, RandomSource},
};
use sha2::{Digest as _, Sha256};

use crate::{
    holder::{Held, Holder, JRP},
    membership::gets_in,
    recovery::with_hanako,
    town::{Browser, JSW, MGC, Town, TownClock, at_the_desk, hours, minutes},
    trail_chain::{Exhausted, note},
    walk::{NEW_PASSWORD, sign_in},
};

fn slug(town: &Town, tenant: &str) -> TenantSlug {
    town.tenant(tenant).slug.clone()
}

fn args(tenant: &str, json: bool) -> LeavingArgs {
    LeavingArgs { tenant: tenant.into(), reason: Some("解散".into()), json }
}

fn close(on: &str) -> LeavingCommand {
    let of = args(JSW, false);
    LeavingCommand::Close(CloseArgs { of, on: Some(on.into()), undo: false, dry_run: false })
}

fn undo() -> LeavingCommand {
    LeavingCommand::Close(CloseArgs { of: args(JSW, false), on: None, undo: true, dry_run: false })
}

fn export_to(folder: &Path) -> LeavingCommand {
    LeavingCommand::Export(ExportArgs { of: args(JSW, false), folder: folder.to_owned() })
}

fn purge() -> PurgeArgs {
    let of = args(JSW, false);
    PurgeArgs { of, without_export: false, yes: true, again: Some(JSW.into()), dry_run: false }
}

/// A command about [`JSW`], as it is typed: its exit, and what it says. `tenants`: the files that are there.
async fn typed(town: &Town, tenants: &Tenants, command: LeavingCommand) -> (String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let seen: Vec<String> = tenants.iter().map(|tenant| tenant.slug.to_string()).collect();
    let files = UnionFiles { tenants, seen: &seen };
    let dry_run = matches!(
        command,
        LeavingCommand::Close(CloseArgs { dry_run: true, .. })
            | LeavingCommand::Purge(PurgeArgs { dry_run: true, .. })
    );
    let tenant = slug(town, JSW);
    let leaving = Leaving { dry_run, ..town.leaving(&tenant) };
    let exit = act(&leaving, &command, files, Language::Ja, (&mut out, &mut err)).await.unwrap();
    out.extend(err);
    (format!("{exit:?}"), String::from_utf8(out).unwrap())
}

async fn is_inside(browser: &mut Browser) -> bool {
    browser.visit("/").await.has(".tiles")
}

/// The trail of the union, event by event, as far as it is about its end.
async fn about_its_end(town: &Town) -> Vec<String> {
    let rows = town.whole_trail(JSW).await;
    rows.into_iter().map(|row| row.event).filter(|event| event.starts_with("union-")).collect()
}

#[tokio::test]
async fn the_union_that_closes() {
    let town = Town::open().await;
    let mut neighbour = Holder::of(&town, Held::App).await;
    let (town, hanako, phone, mut session) = with_hanako(town).await;
    let tenants = town.app.tenants().clone();
    let gone = town.node_without(JSW);
    let today = japanese_day(town.clock.now());

    // The board has decided: the last day is written down. Nothing else changes.
    let (exit, said) = typed(&town, &tenants, close(&today.to_string())).await;
    assert!(exit == "Fine" && said.contains(&today.to_string()), "{exit} {said}");
    town.follow_closings().await;
    assert!(is_inside(&mut session).await && gets_in(&town, &hanako, &phone).await);
    town.hanako(JSW).await;
    let later = today.checked_add(jiff::Span::new().days(30)).unwrap().to_string();
    let (exit, said) = typed(&town, &tenants, close(&later)).await;
    assert!(exit == "Problems" && said.contains("することになっています"), "{exit} {said}");

    // The day is over. She is out, at a node that knows of nothing too; and a form that she had open as well.
    let mut late = town.browser(JSW);
    late.visit("/signin").await;
    town.clock.advance(hours(24));
    let mut unaware = town.browser_at(town.new_node()(), JSW);
    sign_in(&mut unaware, &hanako.login, NEW_PASSWORD).await;
    assert_eq!((unaware.path(), unaware.status.as_u16()), ("/signin", 422), "as for a wrong password");
    assert!(!is_inside(&mut session).await, "by the calendar alone");
    town.follow_closings().await;
    let tomorrow = today.tomorrow().unwrap();
    let tomorrow = &format!("{}年{}月{}日から", tomorrow.year(), tomorrow.month(), tomorrow.day());
    late.fill("ユーザID", &hanako.login).fill("パスワード", "x").press("ログイン").await;
    for browser in [&mut session, &mut late] {
        assert_eq!(browser.status, 410);
        assert_eq!(browser.h1(), "このサイトは終了しました");
        assert!(browser.text().contains(tomorrow), "{}", browser.text());
        assert!(browser.page().contains(&town.tenant(JSW).contact.phone), "{}", browser.page());
    }
    assert!(is_inside(&mut neighbour.sign_in(&town).await).await, "another union's members go on");

    // The desk and the roster hear that it has closed.
    let tenant = town.tenant(JSW);
    let refused = town.desk(&tenant).unlock(&hanako.login).await.unwrap_err();
    assert!(format!("{refused:?}").contains("UnionClosed"), "{refused:?}");
    let mut utf8 = Tenant::clone(&tenant);
    utf8.import.encoding = RosterEncoding::Utf8;
    let row = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n15,99,,1990-01-01,見本,ミホン,new,,\n";
    let roster = Import {
        store: town.store(),
        clock: town.clock.as_ref(),
        rng: town.rng.as_ref(),
        vault: town.vault(),
        tenant: &utf8,
        wording: town.app.portal().wording(),
        public: town.app.portal().public(),
        doing: at_the_desk(),
    };
    let stopped = roster.run(&ImportRequest::new(row.as_bytes())).await;
    assert!(matches!(stopped, Err(ImportStop::Refused(ImportRefusal::UnionClosed(_)))), "{stopped:?}");

    // Its file goes: whoever comes still reads whom to call.
    let mut visitor = town.browser_at(gone.router(), JSW);
    visitor.visit("/signin").await;
    assert_eq!(visitor.status, 410);
    assert!(visitor.text().contains(&tenant.name) && visitor.text().contains(tomorrow), "{}", visitor.text());

    // Everything is handed over, then erased.
    let (exit, said) = typed(&town, &gone.tenants(), LeavingCommand::Purge(purge())).await;
    assert!(exit == "Problems" && said.contains("書き出していません"), "{exit} {said}");
    let folder = town.path("for-the-union");
    let (exit, said) = typed(&town, &gone.tenants(), export_to(&folder)).await;
    assert!(exit == "Fine" && said.contains("個人情報です"), "{exit} {said}");
    let (exit, said) = typed(&town, &tenants, LeavingCommand::Purge(purge())).await;
    assert!(exit == "Problems" && said.contains("まだあります"), "{exit} {said}");
    let mut told = about_its_end(&town).await;
    told.sort_unstable();
    assert_eq!(told, ["union-closed", "union-closing", "union-exported"]);
    let (exit, said) = typed(&town, &gone.tenants(), LeavingCommand::Purge(purge())).await;
    assert!(
        exit == "Fine" && said.contains("加入者 1人") && said.contains("残っているもの"),
        "{exit} {said}"
    );
    let mut told = about_its_end(&town).await;
    told.sort_unstable();
    assert_eq!(told, ["union-erased", "union-erasing"], "and where the chain begins");
    visitor.visit("/").await;
    assert!(visitor.status == 410 && visitor.text().contains(&tenant.name));
    assert!(is_inside(&mut neighbour.sign_in(&town).await).await);

    // Years later the id is used again, on purpose.
    let (exit, said) = typed(&town, &tenants, undo()).await;
    assert!(exit == "Fine" && said.contains("新しく始まります"), "{exit} {said}");
    town.follow_closings().await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, "x").await;
    assert_eq!((browser.path(), browser.status.as_u16()), ("/signin", 422), "nobody is there");
    town.hanako(JSW).await;
    assert!(check_trail(town.store(), &tenant.slug, None).await.unwrap().is_sound());
    town.close().await;
}

#[tokio::test]
async fn every_page_and_form_of_a_closed_union_says_since_when_and_whom_to_call() {
    let town = Town::open().await;
    let tenant = town.tenant(JSW);
    let shown = farewell(&tenant);
    town.leaving(&tenant.slug).close("2026-11-21", &shown).await.unwrap();
    town.clock.advance(hours(24));
    town.follow_closings().await;
    let nodes = [("with its file", town.router.clone()), ("without", town.node_without(JSW).router())];
    let mut asked = 0;
    for (what, router) in nodes {
        for (language, since) in [("ja", "2026年11月22日"), ("en", "22 November 2026")] {
            let mut browser = town.browser_at(router.clone(), JSW);
            browser.speaks(language);
            for route in Route::every().filter(|route| !matches!(route, Route::Assets | Route::Favicon)) {
                for form in [None, Some("x=1")] {
                    let method = if form.is_some() { Method::POST } else { Method::GET };
                    let request = browser.request(&method, &route.to_string(), form);
                    browser.send(request).await;
                    asked += 1;
                    assert_eq!(browser.status, 410, "{what}: {method} {route}");
                    let text = browser.page();
                    assert!(text.contains(since), "{what}: {method} {route} in {language}: {text}");
                    assert!(text.contains(&tenant.name) || text.contains(&tenant.heading), "{text}");
                    assert!(text.contains(&tenant.contact.phone), "{what}: {text}");
                }
            }
        }
    }
    assert!(asked > 200, "{asked}");
    town.close().await;
}

#[tokio::test]
async fn what_cannot_be_meant_is_told_and_nothing_is_done() {
    let (town, _, _, _) = with_hanako(Town::open().await).await;
    let tenants = town.app.tenants().clone();
    let gone = town.node_without(JSW);
    for (day, told) in [
        ("2026-11-20", "過ぎた日"),
        ("1926-11-20", "過ぎた日"),
        ("2062-01-01", "2年よりも離れた日"),
        ("2026-11-31", "暦にない日"),
        ("soon", "日付として読めません"),
    ] {
        let (exit, said) = typed(&town, &tenants, close(day)).await;
        assert!(exit == "Problems" && said.contains(told), "{day}: {exit} {said}");
    }
    for (command, told) in
        [(undo(), "登録されていません"), (LeavingCommand::Purge(purge()), "登録されていません")]
    {
        let (exit, said) = typed(&town, &gone.tenants(), command).await;
        assert!(exit == "Problems" && said.contains(told), "{exit} {said}");
    }
    let dry = CloseArgs { of: args(JSW, true), on: Some("2026-12-31".into()), undo: false, dry_run: true };
    let (exit, said) = typed(&town, &tenants, LeavingCommand::Close(dry)).await;
    assert!(
        exit == "Fine" && said.contains("\"last_day\": \"2026-12-31\"") && said.contains("確かめただけ"),
        "{said}"
    );
    assert!(about_its_end(&town).await.is_empty());

    typed(&town, &tenants, close("2026-11-21")).await;
    let (exit, said) = typed(&town, &gone.tenants(), LeavingCommand::Purge(purge())).await;
    assert!(exit == "Problems" && said.contains("開いています"), "{exit} {said}");
    town.clock.advance(hours(24));
    for (again, yes) in [(None, false), (Some("jsw"), true), (Some(MGC), true)] {
        let purge = PurgeArgs { again: again.map(Into::into), yes, without_export: true, ..purge() };
        let (exit, said) = typed(&town, &gone.tenants(), LeavingCommand::Purge(purge)).await;
        assert!(exit == "Problems" && said.contains("何も消していません"), "{again:?}: {exit} {said}");
    }
    // An import that is at work, and one that died.
    let tenant = slug(&town, JSW);
    let (now, holder) = (town.clock.now(), uuid::Uuid::from_u128(7));
    let mut tx = town.store().tenant(&tenant).write().await.unwrap();
    assert!(import::begin(&mut tx, holder, at_the_desk(), now, now + minutes(1)).await.unwrap());
    tx.commit().await.unwrap();
    let without = || PurgeArgs { without_export: true, ..purge() };
    let (exit, said) = typed(&town, &gone.tenants(), LeavingCommand::Purge(without())).await;
    assert!(exit == "Problems" && said.contains("別の取り込み"), "{exit} {said}");
    town.clock.advance(minutes(2));
    let dry = PurgeArgs { dry_run: true, ..without() };
    let (exit, said) = typed(&town, &gone.tenants(), LeavingCommand::Purge(dry)).await;
    assert!(exit == "Fine" && said.contains("加入者 1人"), "{exit} {said}");
    assert_eq!(town.rows("member").await.len(), 1);
    let (exit, _) = typed(&town, &gone.tenants(), LeavingCommand::Purge(without())).await;
    assert_eq!(exit, "Fine");
    for command in [LeavingCommand::Purge(without()), export_to(&town.path("late"))] {
        let (exit, said) = typed(&town, &gone.tenants(), command).await;
        assert!(exit == "Problems" && said.contains("消えています"), "{exit} {said}");
    }
    town.close().await;
}

#[tokio::test]
async fn a_union_that_is_opened_again_has_the_same_members_and_nothing_that_was_in_flight() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let tenants = town.app.tenants().clone();
    typed(&town, &tenants, close("2026-11-21")).await;
    let (exit, said) = typed(&town, &tenants, undo()).await;
    assert!(exit == "Fine" && said.contains("取り消しました"), "{said}");
    town.clock.advance(hours(20));
    town.follow_closings().await;
    assert!(gets_in(&town, &hanako, &phone).await, "nothing had happened");

    typed(&town, &tenants, close("2026-11-22")).await;
    let mut session_of_the_day = town.browser(JSW);
    town.clock.advance(minutes(1));
    sign_in(&mut session_of_the_day, &hanako.login, NEW_PASSWORD).await;
    let code = phone.code();
    session_of_the_day.fill("ワンタイムパスワード", &code).press("トップページへ").await;
    assert!(is_inside(&mut session_of_the_day).await);
    town.clock.advance(hours(24));
    let (exit, _) = typed(&town, &tenants, undo()).await;
    assert_eq!(exit, "Fine");
    town.follow_closings().await;
    assert!(gets_in(&town, &hanako, &phone).await, "with everything of theirs");
    assert!(!is_inside(&mut session_of_the_day).await && !is_inside(&mut session).await);
    let mut told = about_its_end(&town).await;
    told.sort_unstable();
    let expected =
        ["union-closed", "union-closing", "union-closing", "union-closing-lifted", "union-closing-lifted"];
    assert_eq!(told, expected);
    town.close().await;
}

#[tokio::test]
async fn an_export_is_read_without_us_holds_no_secret_and_is_whole_or_says_so() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    town.import(JSW, "15,77,01,1980-12-01,\"見本, 花子\",ミホン ハナコ,miho77,Vp6r-Hn3t-Ky8s,").await;
    let tenant = slug(&town, JSW);
    let folder = town.path("export");
    let exported = town.leaving(&tenant).export(&folder, Some("見本組合")).await.unwrap();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!((manifest["tenant"].as_str(), manifest["name"].as_str()), (Some(JSW), Some("見本組合")));
    let readme = fs::read_to_string(folder.join("README.txt")).unwrap();
    let mut everything = String::new();
    for ((name, headings), told) in export::TABLES.iter().zip(manifest["files"].as_array().unwrap()) {
        let path = folder.join(name);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let bytes = fs::read(&path).unwrap();
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(told["sha256"], hash, "{name}");
        assert_eq!(told["bytes"], bytes.len(), "{name}");
        let text = String::from_utf8(bytes).unwrap();
        let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
        assert_eq!(rows.headers().unwrap().iter().collect::<Vec<_>>(), *headings);
        assert_eq!(told["rows"], rows.records().map(Result::unwrap).count(), "{name}");
        for heading in *headings {
            let explained =
                readme.lines().filter(|line| line.trim_start().starts_with(&format!("{heading} "))).count();
            assert!(explained >= 2, "{name}: {heading} is explained in Japanese and in English");
        }
        everything.push_str(&text);
    }
    let rows: Vec<u64> = exported.rows.iter().map(|(_, rows)| *rows).collect();
    assert_eq!(rows[..3], [2, 3, 1], "two members; a password, an app and a first password; one consent");
    assert!(everything.contains("見本, 花子") && everything.contains(&hanako.email));
    for table in ["password", "totp", "first_credential", "session"] {
        for row in town.rows(table).await {
            for secret in row.split([',', '\'', '(', ')', '"', '\\']).filter(|cell| cell.len() >= 60) {
                assert!(!everything.to_lowercase().contains(secret), "{table}: {secret}");
            }
        }
    }
    let told = town.whole_trail(JSW).await.into_iter().find(|row| row.event == "union-exported").unwrap();
    assert_eq!(told.reason.as_deref(), Some("電話で本人確認"));

    // A folder that is used, one that cannot be made, a disk that is full.
    let again = town.leaving(&tenant).export(&folder, None).await;
    assert!(matches!(again, Err(LeavingStop::NotEmpty(_))), "{again:?}");
    let nowhere = town.leaving(&tenant).export(&town.path("a/b/c"), None).await;
    assert!(matches!(nowhere, Err(LeavingStop::File { .. })), "{nowhere:?}");
    assert_eq!(town.count(JSW, "union-exported").await, 1, "nothing was read for these");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_counts_for_the_closing_under_which_it_began_and_lists_nobody_who_is_hidden() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    town.import(JSW, "15,77,01,1980-12-01,見本 花子,ミホン ハナコ,miho77,Vp6r-Hn3t-Ky8s,").await;
    let tenant = town.tenant(JSW);
    let shown = farewell(&tenant);
    // An import that died before its publication left a member with a first password.
    let (now, holder) = (town.clock.now(), uuid::Uuid::from_u128(7));
    let mut tx = town.store().tenant(&tenant.slug).write().await.unwrap();
    assert!(import::begin(&mut tx, holder, at_the_desk(), now, now + minutes(1)).await.unwrap());
    tx.commit().await.unwrap();
    town.sql("UPDATE member SET import = (SELECT id FROM import) WHERE login = 'miho77'").await;
    town.leaving(&tenant.slug).close("2026-11-21", &shown).await.unwrap();
    town.clock.advance(hours(24));

    // While the files are written, the last day is taken back and another one named.
    let folder = town.path("export");
    let again = TakenBack::of(&town, &tenant, Some("2026-11-22"), Some(folder.join("README.txt")));
    let exported =
        Leaving { clock: &again, ..town.leaving(&tenant.slug) }.export(&folder, None).await.unwrap();
    assert!(again.is_done.load(Ordering::Relaxed));
    drop(again);
    let rows: Vec<u64> = exported.rows.iter().map(|(_, rows)| *rows).collect();
    assert_eq!(rows[..2], [1, 2], "{}: with a password and an app", hanako.login);
    let known = async || {
        let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
        kenpo_portal::store::closing::of_union(&mut tx).await.unwrap().unwrap()
    };
    assert_eq!(known().await.exported_at, None, "nobody has exported what this closing leaves");
    town.clock.advance(hours(24));
    town.leaving(&tenant.slug).export(&town.path("again"), None).await.unwrap();
    assert_eq!(known().await.exported_at, Some(town.clock.now()));
    town.close().await;
}

/// Every row of other unions, table by table.
async fn of_others(town: &Town) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for table in town.tables_of_unions().await {
        let rows = town.rows_of(&table, JRP, false).await;
        all.push((table, rows));
    }
    all
}

async fn erased(town: &Town, rng: &dyn RandomSource) -> Result<Erased, LeavingStop> {
    let tenant = slug(town, JRP);
    Leaving { rng, ..town.leaving(&tenant) }.erase(true, &mut |_| {}).await
}

#[tokio::test]
async fn every_table_with_a_tenant_is_erased_or_kept_for_a_reason() {
    let town = Town::open().await;
    let mut known: Vec<String> =
        erase::TABLES.iter().chain(&erase::KEPT).map(|table| (*table).to_owned()).collect();
    known.sort_unstable();
    assert_eq!(town.tables_of_unions().await, known);
    town.close().await;
}

#[tokio::test]
async fn an_erasure_that_is_stopped_anywhere_goes_on_and_touches_nobody_else() {
    let town = Town::edited(JRP, |text| text + "\n[recovery]\nlost_factor_wait_hours = 24\n").await;
    // Something in flight of every kind, at two unions.
    let begun = crate::epoch::begin_all(&town).await;
    drop(begun);
    let hanako = town.hanako(JSW).await;
    sign_in(&mut town.browser(JSW), &hanako.login, &hanako.password).await;
    sign_in(&mut town.browser(JSW), "nobody", "x").await;
    for union in [JRP, JSW] {
        town.sql(&format!("INSERT INTO kept_file (tenant, name, text, kept_at) SELECT '{union}', 'x', 'y', MAX(imported_at) FROM member")).await;
        town.sql(&format!("INSERT INTO host (tenant, host, since) SELECT '{union}', '{union}.jp', MAX(imported_at) FROM member")).await;
        town.seal(union).await;
    }
    let tenant = town.tenant(JRP);
    town.leaving(&tenant.slug).close("2026-12-01", &farewell(&tenant)).await.unwrap();
    let early = erased(&town, town.rng.as_ref()).await;
    assert!(
        matches!(&early, Err(LeavingStop::Refused(refusal)) if matches!(**refusal, LeavingRefusal::NotOver(_))),
        "{early:?}"
    );
    town.clock.advance(hours(24 * 11));
    town.follow_closings().await;
    town.seal(JSW).await;
    // More seals than go in one transaction.
    for _ in 0..12 {
        town.clock.advance(minutes(1));
        note(&town, 1, town.clock.now()).await;
        town.seal(JRP).await;
    }
    let others = of_others(&town).await;
    for enough_for in 0..4 {
        let stopped = erased(&town, &Exhausted(AtomicU64::new(enough_for))).await;
        assert!(matches!(stopped, Err(LeavingStop::Broken(_))), "{enough_for}: {stopped:?}");
        let sound = check_trail(town.store(), &tenant.slug, None).await.unwrap();
        assert!(sound.is_sound(), "{enough_for}: {sound:?}");
        if enough_for == 3 {
            // Whoever takes over waits for the lease of whoever died.
            let busy = erased(&town, town.rng.as_ref()).await;
            let elsewhere = |refusal: &LeavingRefusal| matches!(refusal, LeavingRefusal::ErasedElsewhere);
            assert!(matches!(&busy, Err(LeavingStop::Refused(refusal)) if elsewhere(refusal)), "{busy:?}");
        }
        town.clock.advance(minutes(1));
    }
    let undone = town.leaving(&tenant.slug).undo().await;
    let half = |refusal: &LeavingRefusal| matches!(refusal, LeavingRefusal::BeingErased);
    assert!(matches!(&undone, Err(LeavingStop::Refused(refusal)) if half(refusal)), "{undone:?}");
    let done = erased(&town, town.rng.as_ref()).await.unwrap();
    assert!(done.resumed && done.anchor.number > 0, "{done:?}");
    for table in erase::TABLES {
        assert_eq!(town.rows_of(table, JRP, true).await, Vec::<String>::new(), "{table}");
    }
    assert_eq!(of_others(&town).await, others, "another union's rows, byte by byte");
    let left: Vec<String> = town.whole_trail(JRP).await.into_iter().map(|row| row.event).collect();
    assert!(
        left.iter().all(|event| ["union-erasing", "trail-erased", "union-erased"].contains(&event.as_str())),
        "{left:?}"
    );
    town.seal(JRP).await;
    for union in [JRP, JSW] {
        let report = check_trail(town.store(), &slug(&town, union), None).await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        let store = check_store(town.store(), &slug(&town, union), town.clock.now()).await.unwrap();
        assert!(store.is_sound(), "{union}: {store:?}");
    }
    town.close().await;
}

/// Takes the last day back once, in the middle of a command that asks it for the time or for random bytes, as soon as a file
/// is there; and names another day then, where there is one.
#[derive(Debug)]
struct TakenBack<'t> {
    leaving: Leaving<'t>,
    clock: &'t TownClock,
    again: Option<(&'static str, Farewell)>,
    file: Option<PathBuf>,
    is_done: AtomicBool,
}

impl<'t> TakenBack<'t> {
    fn of(town: &'t Town, tenant: &'t Tenant, again: Option<&'static str>, file: Option<PathBuf>) -> Self {
        let (leaving, again) = (town.leaving(&tenant.slug), again.map(|day| (day, farewell(tenant))));
        Self { leaving, clock: &town.clock, again, file, is_done: AtomicBool::new(false) }
    }

    fn asked(&self) {
        let is_time = self.file.as_ref().is_none_or(|file| file.exists());
        if !is_time || self.is_done.swap(true, Ordering::Relaxed) {
            return;
        }
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                self.leaving.undo().await.unwrap();
                self.clock.advance(minutes(1));
                if let Some((day, shown)) = &self.again {
                    self.leaving.close(day, shown).await.unwrap();
                }
            });
        });
    }
}

impl RandomSource for TakenBack<'_> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        self.asked();
        self.leaving.rng.fill(bytes)
    }
}

impl Clock for TakenBack<'_> {
    fn now(&self) -> Timestamp {
        self.asked();
        self.leaving.clock.now()
    }

    fn steady(&self) -> Duration {
        self.leaving.clock.steady()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_day_that_is_taken_back_while_a_purge_looks_is_erased_by_nothing() {
    for again in [None, Some("2026-12-31")] {
        let (town, _, _, _) = with_hanako(Town::open().await).await;
        let tenant = town.tenant(JSW);
        let shown = farewell(&tenant);
        town.leaving(&tenant.slug).close("2026-11-21", &shown).await.unwrap();
        town.clock.advance(hours(24));
        town.follow_closings().await;
        town.seal(JSW).await;
        let mut before = Vec::new();
        for table in erase::TABLES {
            before.push((table, town.rows(table).await));
        }
        assert_eq!(town.rows("member").await.len(), 1);
        let refusal = if again.is_some() { "NotOver" } else { "NotClosing" };
        // Random bytes are asked for before the first row is erased, and after everything was looked at.
        let rng = TakenBack::of(&town, &tenant, again, None);
        let purge = Leaving { rng: &rng, ..town.leaving(&tenant.slug) };
        let stopped = purge.erase(true, &mut |_| {}).await;
        assert!(
            matches!(&stopped, Err(LeavingStop::Refused(why)) if format!("{why:?}").starts_with(refusal)),
            "{refusal}: {stopped:?}"
        );
        assert!(rng.is_done.load(Ordering::Relaxed));
        drop(rng);
        for (table, rows) in before {
            assert_eq!(town.rows(table).await, rows, "{refusal}: {table}");
        }
        assert_eq!(town.count(JSW, "union-erasing").await, 0);
        town.close().await;
    }
}
