//! Reload: the unions' files are read again while members are served.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use axum::http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use kenpo_portal::{
    cli::serve::{
        self, DatabaseFacts,
        reload::{FolderNews, LiveUnions, UnionChange},
    },
    domain::tenant::TenantSlug,
    settings::{Settings, TenantSettings},
    tenants::{LoadOptions, Loaded, Tenants, TenantsFolder},
    web::identity::tenant_css_href,
    world::Clock as _,
};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::{
    holder::JRP,
    town::{JSW, MGC, Newcomer, Town, copy, minutes, real_tenants},
    walk::sign_in,
};

/// How often the version in force is replaced.
const REPLACED: usize = 10_000;
/// How many pages are read meanwhile at least.
const PAGES: usize = 100;

/// Two values of one version, which stand in a page at two places that nothing else connects.
fn values(unions: &Tenants) -> [String; 2] {
    let union = unions.iter().find(|union| union.slug.as_str() == JRP).unwrap();
    [union.heading.clone(), tenant_css_href(union)]
}

#[tokio::test]
async fn no_request_sees_two_versions_however_often_they_are_replaced() {
    let town = Town::open().await;
    let version = |heading: &str, colour: &str| {
        let (heading, colour) = (format!("= \"{heading}\""), format!("primary = \"{colour}\""));
        Town::unions_with(JRP, |text| {
            text.replace("= \"健康保険組合加入者ページ\"", &heading).replace("primary = \"#1b6b2f\"", &colour)
        })
    };
    let versions = [version("はじめの見出し", "#1b6b2f"), version("つぎの見出し", "#00529b")];
    let seen = versions.each_ref().map(values);
    assert!(seen[0].iter().all(|value| !seen[1].contains(value)), "{seen:?}");
    town.app.replace(versions[0].clone(), Vec::new());
    let website = town.app.clone();
    let replacing = std::thread::spawn(move || {
        for round in 0..REPLACED {
            website.replace(versions[round % 2].clone(), Vec::new());
        }
    });
    let (browser, mut counts) = (town.browser(JRP), [0, 0]);
    while !replacing.is_finished() || counts.iter().sum::<usize>() < PAGES {
        let request = browser.request(&Method::GET, "/signin", None);
        let response = town.router.clone().oneshot(request).await.unwrap();
        let page = response.into_body().collect().await.unwrap().to_bytes();
        let page = std::str::from_utf8(&page).unwrap();
        let holds = |values: &[String; 2]| values.each_ref().map(|value| page.contains(value.as_str()));
        match seen.each_ref().map(holds) {
            [[true, true], [false, false]] => counts[0] += 1,
            [[false, false], [true, true]] => counts[1] += 1,
            mixed => panic!("{mixed:?}: {page}"),
        }
    }
    replacing.join().unwrap();
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    town.close().await;
}

/// The unions of a town, read from a folder that can be changed.
struct Files {
    folder: TempDir,
    live: LiveUnions,
}

impl Files {
    fn of(town: &Town) -> Self {
        let folder = TempDir::new().unwrap();
        copy(&real_tenants(), folder.path());
        let mut reader = TenantsFolder::new(folder.path());
        let loaded = reader.read(&LoadOptions::default()).unwrap();
        town.app.replace(loaded.tenants.clone(), Vec::new());
        let tenants = TenantSettings { dir: folder.path().to_owned() };
        let settings = Settings { tenants, ..Settings::default() };
        let live = LiveUnions::new(town.app.clone(), settings, reader, &loaded, &DatabaseFacts::default());
        Self { folder, live }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, slug: &str) -> String {
        fs::read_to_string(self.path(&format!("{slug}.toml"))).unwrap()
    }

    fn write(&self, slug: &str, text: &str) {
        fs::write(self.path(&format!("{slug}.toml")), text).unwrap();
    }

    /// A node that starts over this folder.
    async fn start(town: &Town, folder: TempDir) -> Self {
        let tenants = TenantSettings { dir: folder.path().to_owned() };
        let settings = Settings { tenants, ..Settings::default() };
        let known = serve::known(town.store()).await.unwrap();
        let (loaded, reader) = serve::load_or_recall(town.store(), &settings, &known).await.unwrap();
        let live = LiveUnions::new(town.app.clone(), settings, reader, &loaded, &known);
        Self { folder, live }
    }

    /// What a start would read.
    async fn after_a_restart(&self, town: &Town) -> Loaded {
        let tenants = TenantSettings { dir: self.folder.path().to_owned() };
        let settings = Settings { tenants, ..Settings::default() };
        let known = serve::known(town.store()).await.unwrap();
        serve::load_or_recall(town.store(), &settings, &known).await.unwrap().0
    }

    async fn changes(&mut self) -> Vec<(String, UnionChange)> {
        self.live.reload().await.unwrap().changes
    }
}

/// What became of one union.
fn became(union: &str, change: UnionChange) -> (String, UnionChange) {
    (union.to_owned(), change)
}

#[tokio::test]
async fn a_file_that_is_being_written_is_left_alone_until_two_looks_agree() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    assert_eq!(files.live.look(), FolderNews::Nothing);
    let text = files.text(JSW);
    files.write(JSW, &text[..600]);
    assert_eq!(files.live.look(), FolderNews::Changing);
    files.write(JSW, &text.replace("JSW健保", "日鋼健保"));
    assert_eq!(files.live.look(), FolderNews::Changing, "it is still another one");
    assert_eq!(files.live.look(), FolderNews::Changed);
    assert_eq!(files.changes().await, [became(JSW, UnionChange::Changed)]);
    assert_eq!(files.live.look(), FolderNews::Nothing);
    // What a union's file names is looked at too, and what is no union's is not.
    fs::write(files.path("README"), "").unwrap();
    assert_eq!(files.live.look(), FolderNews::Nothing);
    fs::remove_file(files.path("jswkenpo/logo.svg")).unwrap();
    assert_eq!([files.live.look(), files.live.look()], [FolderNews::Changing, FolderNews::Changed]);
    assert_eq!(files.changes().await, [became(JSW, UnionChange::Kept)]);
    fs::copy(real_tenants().join("jswkenpo/logo.svg"), files.path("jswkenpo/logo.svg")).unwrap();
    assert_eq!([files.live.look(), files.live.look()], [FolderNews::Changing, FolderNews::Changed]);
    assert_eq!(files.changes().await, []);
    town.close().await;
}

#[tokio::test]
async fn a_union_whose_file_is_gone_is_closed_for_ten_minutes_and_unknown_then() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    let mut browser = town.browser(MGC);
    let text = files.text(MGC);
    fs::remove_file(files.path("mgckenpo.toml")).unwrap();
    assert_eq!(files.changes().await, [became(MGC, UnionChange::Removed)]);
    browser.visit("/signin").await;
    assert_eq!(browser.h1(), "このサイトは終了しました");
    town.clock.advance(minutes(10) - SignedDuration::from_secs(1));
    files.live.end_departed();
    assert_eq!(browser.visit("/").await.h1(), "このサイトは終了しました");
    town.clock.advance(SignedDuration::from_secs(1));
    files.live.end_departed();
    let request = browser.request(&Method::GET, "/", None);
    let response = town.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST);
    // It comes back as if nothing had been; and a new union may have the hosts of one that left.
    files.write(MGC, &text);
    assert_eq!(files.changes().await, [became(MGC, UnionChange::Added)]);
    assert_eq!(browser.visit("/signin").await.h1(), "ログイン");
    fs::remove_file(files.path("mgckenpo.toml")).unwrap();
    files.write("mgcnext", &text.replace("id         = \"mgckenpo\"", "id         = \"mgcnext\""));
    files.changes().await;
    assert_eq!(browser.visit("/signin").await.h1(), "ログイン");
    town.close().await;
}

#[tokio::test]
async fn a_change_that_would_cost_passkeys_is_refused_and_says_how_many() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    crate::holder::Holder::of(&town, crate::holder::Held::Passkey).await;
    let text = files.text(JRP);
    let moved = text.replace("jrpluskenpo.portal.kosmo-web.jp", "jrpluskenpo.portal.example.jp");
    files.write(JRP, &moved);
    let outcome = files.live.reload().await.unwrap();
    assert_eq!(outcome.changes, [became(JRP, UnionChange::Kept)]);
    let found = outcome.findings.iter().find(|found| found.code.as_str() == "T045").unwrap();
    let shown = kenpo_portal::cli::finding::shown(found, kenpo_portal::domain::tenant::Language::Ja);
    assert!(shown.contains("パスキー 1件"), "{shown}");
    assert_eq!(town.browser(JRP).visit("/signin").await.h1(), "ログイン");
    files.write(JRP, &text);
    assert_eq!(files.changes().await, []);
    town.close().await;
}

#[tokio::test]
async fn whoever_stays_with_an_earlier_version_keeps_its_hosts() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    let (jsw, mgc) = (files.text(JSW), files.text(MGC));
    let swap =
        |text: &str, from: &str, to: &str| text.replace(&format!("{from}.portal"), &format!("{to}.portal"));
    // Two unions change hosts with each other, and one of the files is bad: both stay where they are.
    files.write(JSW, &swap(&jsw, JSW, MGC));
    files.write(MGC, &format!("{}\n[contact", swap(&mgc, MGC, JSW)));
    let kept = [became(JSW, UnionChange::Kept), became(MGC, UnionChange::Kept)];
    assert_eq!(files.changes().await, kept);
    for slug in [JSW, MGC] {
        let hosts = &town.tenant(slug).hosts;
        assert!(hosts.primary.contains(slug), "{slug}: {hosts:?}");
    }
    files.write(JSW, &jsw);
    files.write(MGC, &mgc);
    assert_eq!(files.changes().await, []);
    town.close().await;
}

#[tokio::test]
async fn a_bad_file_is_answered_with_the_last_good_version_after_a_restart_and_on_every_node() {
    let town = Town::open().await;
    town.taro(JSW).await;
    let mut files = Files::of(&town);
    assert_eq!(files.live.keep().await.unwrap(), 5);
    assert_eq!(files.live.keep().await.unwrap(), 0, "what is kept is not written again");
    // Another node, or this one after a restart: files are broken, a logo and the shared values are gone.
    let other = Files::of(&town);
    let broken = |slug: &str| other.write(slug, "id = ");
    broken(JSW);
    fs::remove_file(other.path("mgckenpo/logo.svg")).unwrap();
    let read = async || {
        let tenants = TenantSettings { dir: other.folder.path().to_owned() };
        let settings = Settings { tenants, ..Settings::default() };
        let known = serve::known(town.store()).await.unwrap();
        serve::load_or_recall(town.store(), &settings, &known).await.unwrap().0
    };
    let kept = |loaded: &Loaded| loaded.kept.iter().map(ToString::to_string).collect::<Vec<_>>();
    let loaded = read().await;
    assert_eq!((loaded.in_force.len(), kept(&loaded)), (5, vec![JSW.to_owned(), MGC.to_owned()]));
    for union in [JSW, MGC] {
        assert!(
            loaded.findings.iter().any(|found| found.is_error() && found.tenant.as_deref() == Some(union))
        );
    }
    let jsw = TenantSlug::parse(JSW).unwrap();
    assert_eq!(*loaded.in_force[&jsw].file, *files.text(JSW));
    assert!(loaded.in_force[&jsw].tenant.brand.logo.is_some());
    // The version that some node began to serve last.
    files.write(JSW, &files.text(JSW).replace("JSW健保", "日鋼健保"));
    files.changes().await;
    assert_eq!(files.live.keep().await.unwrap(), 1);
    assert_eq!(read().await.in_force[&jsw].tenant.short_name, "日鋼健保");
    // A union that has members keeps its hosts with it, before a file that claims them.
    let copy = files.text(JSW).replace("id         = \"jswkenpo\"", "id         = \"jswcopy\"");
    other.write("jswcopy", &copy);
    let loaded = read().await;
    assert!(loaded.in_force.contains_key(&jsw) && loaded.in_force.len() == 5, "{:?}", loaded.in_force.keys());
    // And with broken shared values nobody is left out.
    fs::write(other.path("_defaults.toml"), "[lockuot]\n").unwrap();
    assert_eq!(read().await.in_force.len(), 5);
    town.close().await;
}

#[tokio::test]
async fn a_union_that_was_taken_away_is_brought_back_by_its_file_and_by_no_bad_one() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    assert_eq!(files.live.keep().await.unwrap(), 5);
    let (jsw, mgc) = (files.text(JSW), files.text(MGC));
    let after_a_restart = async |files: &Files| {
        let tenants = TenantSettings { dir: files.folder.path().to_owned() };
        let settings = Settings { tenants, ..Settings::default() };
        let known = serve::known(town.store()).await.unwrap();
        serve::load_or_recall(town.store(), &settings, &known).await.unwrap().0
    };
    let slug = |text: &str| TenantSlug::parse(text).unwrap();
    let kept_of = async |union: &str| town.store().everywhere().good_version(union).await.unwrap().is_some();

    // While the service runs: at once, before the row has ended.
    fs::remove_file(files.path("jswkenpo.toml")).unwrap();
    assert_eq!(files.changes().await, [became(JSW, UnionChange::Removed)]);
    files.write(JSW, "id = ");
    assert_eq!(files.changes().await, [became(JSW, UnionChange::LeftOut)]);
    assert!(kept_of(JSW).await);
    assert_eq!(files.live.keep().await.unwrap(), 0);
    assert!(!kept_of(JSW).await, "the row ends with the union");
    assert!(!after_a_restart(&files).await.in_force.contains_key(&slug(JSW)));
    // A sound file brings it back, and from then on a bad one keeps it.
    files.write(JSW, &jsw);
    assert_eq!(files.changes().await, [became(JSW, UnionChange::Added)]);
    assert_eq!(files.live.keep().await.unwrap(), 1);
    files.write(JSW, "id = ");
    assert!(after_a_restart(&files).await.in_force.contains_key(&slug(JSW)));
    files.write(JSW, &jsw);

    // While no service runs: the next start ends the row.
    fs::remove_file(files.path("mgckenpo.toml")).unwrap();
    let mut reader = TenantsFolder::new(files.folder.path());
    let loaded = reader.read(&LoadOptions::default()).unwrap();
    town.app.replace(loaded.tenants.clone(), Vec::new());
    let settings =
        Settings { tenants: TenantSettings { dir: files.folder.path().to_owned() }, ..Settings::default() };
    files.live = LiveUnions::new(town.app.clone(), settings, reader, &loaded, &DatabaseFacts::default());
    files.live.keep().await.unwrap();
    assert!(!kept_of(MGC).await && kept_of(JSW).await);
    files.write(MGC, "id = ");
    assert_eq!(files.changes().await, [became(MGC, UnionChange::LeftOut)]);
    files.write(MGC, &mgc);
    assert_eq!(files.changes().await, [became(MGC, UnionChange::Added)]);
    town.close().await;
}

/// Whether the database keeps a version of a union.
async fn is_kept(town: &Town, union: &str) -> bool {
    town.store().everywhere().good_version(union).await.unwrap().is_some()
}

#[tokio::test]
async fn a_union_with_members_goes_on_without_its_file_until_it_is_closed() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    town.taro(JSW).await;
    files.live.keep().await.unwrap();
    let (jsw, slug) = (files.text(JSW), TenantSlug::parse(JSW).unwrap());
    let mut elsewhere = town.browser(MGC);
    // Half a folder: a union with members among those that are gone, and one without.
    for union in [JSW, MGC] {
        fs::remove_file(files.path(&format!("{union}.toml"))).unwrap();
    }
    for _ in 0..2 {
        let outcome = files.live.reload().await.unwrap();
        assert!(outcome.changes.contains(&became(JSW, UnionChange::Missing)), "{:?}", outcome.changes);
        let found = outcome.findings.iter().find(|found| found.code.as_str() == "T019").unwrap();
        assert!(found.is_error() && found.tenant.as_deref() == Some(JSW), "{found:?}");
        files.live.keep().await.unwrap();
    }
    assert_eq!(town.browser(JSW).visit("/signin").await.h1(), "ログイン");
    assert_eq!(elsewhere.visit("/signin").await.h1(), "このサイトは終了しました");
    assert!(is_kept(&town, JSW).await && !is_kept(&town, MGC).await);
    // After a restart, and when it is put back with a slip.
    let restarted = files.after_a_restart(&town).await;
    assert!(restarted.missing.contains(JSW) && restarted.kept.contains(&slug), "{:?}", restarted.missing);
    files.write(JSW, "id = ");
    assert_eq!(files.changes().await, [became(JSW, UnionChange::Kept)]);
    assert!(files.after_a_restart(&town).await.in_force.contains_key(&slug));
    files.write(JSW, &jsw);
    assert_eq!(files.changes().await, []);
    // A last day that is still to come changes nothing; when it is over, the union ends without a word about its file.
    fs::remove_file(files.path("jswkenpo.toml")).unwrap();
    files.changes().await;
    let today = kenpo_portal::domain::member::japanese_day(town.clock.now());
    let contact = kenpo_portal::portal::closing::contact_after_closing(&town.tenant(JSW));
    town.leaving(&slug).close(&today.to_string(), &contact).await.unwrap();
    assert_eq!(files.changes().await, [became(JSW, UnionChange::Missing)]);
    assert_eq!(files.live.look(), FolderNews::Nothing);
    town.clock.advance(crate::town::hours(24));
    assert_eq!(files.live.look(), FolderNews::Changed, "whether it has been closed is asked each minute");
    assert_eq!(files.changes().await, [became(JSW, UnionChange::Removed)]);
    assert_eq!(files.live.look(), FolderNews::Nothing);
    town.close().await;
}

#[tokio::test]
async fn a_node_without_a_file_does_not_take_the_version_from_the_one_that_serves_it() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    town.taro(JSW).await;
    files.live.keep().await.unwrap();
    let slug = TenantSlug::parse(JSW).unwrap();
    // The other node starts without it, and another time loses it while it serves.
    let folder = TempDir::new().unwrap();
    copy(&real_tenants(), folder.path());
    fs::remove_file(folder.path().join("jswkenpo.toml")).unwrap();
    let mut other = Files::start(&town, folder).await;
    other.live.keep().await.unwrap();
    assert!(other.live.in_force().contains_key(&slug) && is_kept(&town, JSW).await);
    other.write(JSW, &files.text(JSW));
    other.changes().await;
    fs::remove_file(other.path("jswkenpo.toml")).unwrap();
    assert_eq!(other.changes().await, [became(JSW, UnionChange::Missing)]);
    other.live.keep().await.unwrap();
    assert!(is_kept(&town, JSW).await);
    // So a slip here, and a restart of both, leaves the union served.
    files.write(JSW, "id = ");
    assert!(files.after_a_restart(&town).await.in_force.contains_key(&slug));
    assert!(other.after_a_restart(&town).await.in_force.contains_key(&slug));
    town.close().await;
}

#[tokio::test]
async fn nodes_whose_folders_differ_for_longer_than_a_minute_say_so() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    files.live.keep().await.unwrap();
    let folder = TempDir::new().unwrap();
    copy(&real_tenants(), folder.path());
    let mut other = Files::start(&town, folder).await;
    let text = files.text(JSW).replace("JSW健保", "日鋼健保");
    other.write(JSW, &text);
    other.write("aokenpo", &files.text(MGC).replace(MGC, "aokenpo").replace("aokenpo/", "mgckenpo/"));
    assert_eq!(other.changes().await.len(), 2);
    other.live.keep().await.unwrap();
    let told = |files: &Files| files.live.differing().iter().map(ToString::to_string).collect::<Vec<_>>();
    let counted = || {
        let portal = town.app.portal();
        let page = kenpo_portal::metrics::page::text(portal.metrics(), portal.observed(None));
        page.lines().filter(|line| line.starts_with("portal_union_differs{")).count()
    };
    files.live.compare().await.unwrap();
    town.clock.advance(SignedDuration::from_secs(59));
    files.live.compare().await.unwrap();
    assert_eq!((told(&files), counted()), (Vec::new(), 0), "files are copied to one node after the other");
    town.clock.advance(SignedDuration::from_secs(1));
    files.live.compare().await.unwrap();
    assert_eq!((told(&files), counted()), (vec!["aokenpo".to_owned(), JSW.to_owned()], 2));
    let notes = || town.app.snapshot().notes.join("\n");
    assert!(notes().contains("nodes differ: aokenpo, jswkenpo"), "{}", notes());
    other.live.compare().await.unwrap();
    assert_eq!(told(&other), Vec::<String>::new(), "what a node began last to serve is what it should be");
    files.write(JSW, &text);
    files.write("aokenpo", &other.text("aokenpo"));
    files.changes().await;
    files.live.keep().await.unwrap();
    files.live.compare().await.unwrap();
    assert_eq!((told(&files), counted()), (Vec::new(), 0));
    assert!(!notes().contains("differ"), "{}", notes());
    town.close().await;
}

#[tokio::test]
async fn the_host_of_members_whose_file_is_gone_is_nobody_elses_until_the_operator_says_so() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    crate::holder::Holder::of(&town, crate::holder::Held::Passkey).await;
    files.live.reload().await.unwrap();
    files.live.keep().await.unwrap();
    let (jrp, mgc) = (files.text(JRP), files.text(MGC));
    let host = &town.tenant(JRP).hosts.primary;
    let mut browser = town.browser(JRP);
    browser.visit("/signin").await;
    fs::remove_file(files.path("jrpluskenpo.toml")).unwrap();
    let taking = mgc.replace("aliases = [", &format!("aliases = [\"{host}\", "));
    assert_ne!(taking, mgc);
    files.write(MGC, &taking);
    let outcome = files.live.reload().await.unwrap();
    assert_eq!(outcome.changes, [became(JRP, UnionChange::Missing), became(MGC, UnionChange::Kept)]);
    assert!(outcome.findings.iter().any(|found| found.code.as_str() == "T041"), "{:?}", outcome.findings);
    assert_eq!(browser.visit("/signin").await.h1(), "ログイン");
    // After a restart as well, though the database keeps the taker's members too.
    town.taro(MGC).await;
    let hosts = |loaded: &Loaded, slug: &str| {
        let slug = TenantSlug::parse(slug).unwrap();
        loaded.in_force.get(&slug).map(|version| version.tenant.hosts.primary.clone())
    };
    let restarted = files.after_a_restart(&town).await;
    assert_eq!(hosts(&restarted, JRP).as_ref(), Some(host));
    // Put back, it is as it was.
    files.write(JRP, &jrp);
    assert_eq!(files.changes().await, [became(MGC, UnionChange::Kept)]);
    assert_eq!(browser.visit("/signin").await.h1(), "ログイン");
    // A merger: the operator names the union.
    fs::remove_file(files.path("jrpluskenpo.toml")).unwrap();
    files.write(MGC, &taking.replace("[hosts]", &format!("[hosts]\ntakes_over = [\"{JRP}\"]")));
    let merged = [became(JRP, UnionChange::Removed), became(MGC, UnionChange::Changed)];
    assert_eq!(files.changes().await, merged);
    let request = browser.request(&Method::GET, "/signin", None);
    let response = town.router.clone().oneshot(request).await.unwrap();
    assert!(response.status().is_redirection(), "it leads to the other union's own host");
    town.close().await;
}

/// How many folders are handed in.
const FOLDERS: u64 = 500;

/// Numbers that look like chance and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Colours that fit the rules.
const COLOURS: [&str; 3] = ["#00529b", "#1b6b2f", "#a3173f"];

/// The file of a union in its `version`: the colour follows from the number in the heading.
fn versioned(text: &str, version: usize) -> String {
    let colour = COLOURS[version % COLOURS.len()];
    let lines = text.lines().filter(|line| !line.starts_with("heading"));
    let lines = lines.map(|line| {
        if line.starts_with("primary = \"#") { format!("primary = \"{colour}\"") } else { line.to_owned() }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let (head, rest) = text.split_once("\nshort_name").unwrap();
    format!("{head}\nheading = \"見出し{version}番\"\nshort_name{rest}\n")
}

/// One way to spoil a folder: a file of a union that is sound becomes one that is not.
fn spoil(folder: &Path, slug: &str, other: &str, numbers: &mut Numbers) {
    let path = folder.join(format!("{slug}.toml"));
    // It may have been spoilt before.
    let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let cut = text.floor_char_boundary(numbers.below((text.len() / 2).max(1)));
    match numbers.below(9) {
        0 => fs::write(path, text.replacen('"', "", 1)).unwrap(),
        1 => fs::write(path, &text[..cut]).unwrap(),
        2 => fs::write(path, text.replace("status     = \"open\"", "status = \"opne\"")).unwrap(),
        3 => fs::write(path, format!("{text}\n[password]\nmin_length = 99\n")).unwrap(),
        4 => fs::write(path, [text.as_bytes(), &[0xff, 0xfe]].concat()).unwrap(),
        5 => fs::write(path, text.replace(&format!("{slug}.portal"), &format!("{other}.portal"))).unwrap(),
        6 => fs::write(path, text.replace(".svg", ".gone.svg").replace(".md", ".gone.md")).unwrap(),
        7 => {
            let twice = lines.get(numbers.below(lines.len().max(1))).unwrap_or(&"");
            fs::write(path, format!("{text}\nid = \"{slug}\"\n{twice}\n= = 1\n")).unwrap();
        }
        _ => {
            let defaults = folder.join("_defaults.toml");
            let text = fs::read_to_string(&defaults).unwrap();
            fs::write(defaults, text.replace("[lockout]", "[lockuot")).unwrap();
            fs::write(path, "").unwrap();
        }
    }
}

/// Members who sign in while files change, at each union by turns; every page is of one version. `hrefs` are the addresses
/// of the colours. How many signed in.
async fn sign_in_again_and_again(
    town: &Town,
    members: &BTreeMap<&str, Newcomer>,
    hrefs: &[String],
    is_over: &Cell<bool>,
) -> usize {
    let mut signed_in = 0;
    while !is_over.get() {
        for (slug, who) in members {
            let mut browser = town.browser(slug);
            sign_in(&mut browser, &who.login, &who.password).await;
            assert_eq!((browser.path(), browser.status), ("/signin/birthdate", StatusCode::OK), "{slug}");
            let page = browser.page();
            let number = page.split("見出し").nth(1).and_then(|rest| rest.split('番').next());
            let version: usize = number.unwrap_or_else(|| panic!("{slug}: {page}")).parse().unwrap();
            let found = hrefs.iter().position(|href| page.contains(href.as_str()));
            assert_eq!(
                found,
                Some(version % COLOURS.len()),
                "{slug}: heading and colours are of two versions"
            );
            signed_in += 1;
        }
    }
    signed_in
}

#[tokio::test]
async fn nobody_is_lost_over_500_spoilt_folders() {
    let town = Town::open().await;
    let mut files = Files::of(&town);
    let unions: Vec<String> = town.app.tenants().iter().map(|tenant| tenant.slug.to_string()).collect();
    let mut members = BTreeMap::new();
    for slug in &unions {
        members.insert(slug.as_str(), town.taro(slug).await);
    }
    let originals: BTreeMap<&str, String> =
        unions.iter().map(|slug| (slug.as_str(), files.text(slug))).collect();
    let mut hrefs = Vec::new();
    for version in 0..COLOURS.len() {
        for (slug, text) in &originals {
            files.write(slug, &versioned(text, version));
        }
        assert_eq!(files.changes().await.len(), unions.len());
        hrefs.push(tenant_css_href(&town.tenant(JSW)));
    }
    let is_over = Cell::new(false);
    let change = async {
        let (mut numbers, mut kept, mut changed) = (Numbers(20_261_121), 0, 0);
        for round in 0..FOLDERS {
            let version = usize::try_from(round).unwrap() + COLOURS.len();
            // Sound again, and some unions with a new version; then up to three are spoilt.
            fs::copy(real_tenants().join("_defaults.toml"), files.path("_defaults.toml")).unwrap();
            for (slug, text) in &originals {
                let version = if numbers.below(3) == 0 { version } else { numbers.below(version) };
                files.write(slug, &versioned(text, version));
            }
            for _ in 0..numbers.below(4) {
                let (one, other) = (numbers.below(unions.len()), numbers.below(unions.len()));
                spoil(files.folder.path(), &unions[one], &unions[other], &mut numbers);
            }
            let outcome = files.live.reload().await.unwrap();
            assert_eq!(outcome.unions, unions.len(), "{round}: {:?}", outcome.changes);
            for (union, change) in &outcome.changes {
                match change {
                    UnionChange::Kept => kept += 1,
                    UnionChange::Changed => changed += 1,
                    other => panic!("{round}: {union} {other:?}"),
                }
            }
            let is_told = |union: &str| {
                let about = outcome.findings.iter().filter(|found| found.is_error());
                about.into_iter().any(|found| found.tenant.as_deref() == Some(union))
            };
            let mut untold = outcome.changes.iter().filter(|(_, change)| *change == UnionChange::Kept);
            assert!(untold.all(|(union, _)| is_told(union)), "{round}: {:?}", outcome.changes);
            assert!(
                outcome
                    .findings
                    .iter()
                    .all(|found| found.line > 0 && found.file.starts_with(files.folder.path()))
            );
        }
        is_over.set(true);
        (kept, changed)
    };
    let load = sign_in_again_and_again(&town, &members, &hrefs, &is_over);
    let ((kept, changed), signed_in) = tokio::join!(change, load);
    println!("{FOLDERS} folders: {changed} unions changed, {kept} kept; {signed_in} signed in meanwhile");
    assert!(kept > 200 && changed > 500 && signed_in > 100, "{kept} {changed} {signed_in}");
    for (slug, text) in &originals {
        files.write(slug, text);
    }
    fs::copy(real_tenants().join("_defaults.toml"), files.path("_defaults.toml")).unwrap();
    files.changes().await;
    assert!(
        files.live.in_force().values().all(|version| originals.values().any(|text| **text == *version.file))
    );
    town.close().await;
}
