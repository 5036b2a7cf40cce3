//! A union that leaves (D34): the last day, what its members and those of another union meet then, the data written out,
//! the data erased; through the commands, as whoever runs the portal would.

mod endings;
mod erase;
mod export;

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use axum::http::Method;
use jiff::{SignedDuration, Timestamp};
use kenpo_portal::{
    cli::tenant::closing::{CloseArgs, ExportArgs, LeavingArgs, LeavingCommand, PurgeArgs, UnionFiles, act},
    domain::{
        closing::ContactAfterClosing,
        member::japanese_day,
        route::Route,
        tenant::{Language, RosterEncoding, Tenant, TenantSlug},
    },
    portal::{
        closing::{Leaving, contact_after_closing},
        roster::{Import, ImportRefusal, ImportRequest, ImportStop},
        trail::check::check_trail,
    },
    store::import,
    tenants::Tenants,
    world::{Clock, RandomError, RandomSource},
};

use crate::{
    holder::{Held, Holder},
    membership::gets_in,
    recovery::with_hanako,
    town::{Browser, JSW, MGC, Town, TownClock, at_the_desk, hours, minutes},
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

    // What is handed over before that is no more than a copy, and says so.
    let early = town.path("early");
    let (exit, said) = typed(&town, &tenants, export_to(&early)).await;
    assert!(
        exit == "Fine" && said.contains("途中の控え") && said.contains(&today.to_string()),
        "{exit} {said}"
    );
    let file = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert!(file(&early, "README.txt").starts_with("【途中の控えです】"));
    assert!(file(&early, "manifest.json").contains("\"provisional\": true"));

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
    assert!(exit == "Fine" && said.contains("個人情報です") && !said.contains("途中"), "{exit} {said}");
    assert!(file(&folder, "manifest.json").contains("\"provisional\": false"));
    assert!(!file(&folder, "README.txt").contains("途中の控え"));
    let (exit, said) = typed(&town, &tenants, LeavingCommand::Purge(purge())).await;
    assert!(exit == "Problems" && said.contains("まだあります"), "{exit} {said}");
    let mut told = about_its_end(&town).await;
    told.sort_unstable();
    assert_eq!(told, ["union-closed", "union-closing", "union-exported", "union-exported"]);
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
    let shown = contact_after_closing(&tenant);
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
                    let name = tenant.name_in(Language::parse(language).unwrap()).text;
                    let names = [name, &tenant.name, &tenant.heading];
                    assert!(names.iter().any(|name| text.contains(*name)), "{text}");
                    assert!(text.contains(&tenant.contact.phone), "{what}: {text}");
                    let english = [tenant.name_in(Language::En).text, tenant.hours_in(Language::En).text];
                    let is_told = english.iter().all(|english| text.contains(*english));
                    assert!(is_told || what != "without", "both languages at once: {text}");
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

/// Takes the last day back once, in the middle of a command that asks it for the time or for random bytes, as soon as a file
/// is there; and names another day then, where there is one.
#[derive(Debug)]
struct TakenBack<'t> {
    leaving: Leaving<'t>,
    clock: &'t TownClock,
    again: Option<(&'static str, ContactAfterClosing)>,
    /// How long whoever was asked then sleeps.
    sleeps: SignedDuration,
    file: Option<PathBuf>,
    is_done: AtomicBool,
}

impl<'t> TakenBack<'t> {
    fn of(town: &'t Town, tenant: &'t Tenant, again: Option<&'static str>, file: Option<PathBuf>) -> Self {
        let (leaving, again) =
            (town.leaving(&tenant.slug), again.map(|day| (day, contact_after_closing(tenant))));
        let sleeps = SignedDuration::ZERO;
        Self { leaving, clock: &town.clock, again, sleeps, file, is_done: AtomicBool::new(false) }
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
                self.clock.advance(self.sleeps);
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
