//! Recent: a page that only names its member asks the database at most once a second, and never shows what this node has
//! ended.

use axum::{Router, http::Method};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use kenpo_portal::{portal::desk::Address, store::tally::tally};
use tower::ServiceExt as _;

use crate::{
    holder::{EVERY_KIND, Held, Holder, JRP},
    town::{Browser, Town, minutes, side_by_side},
    what_ends::{CHANGES, make},
};

/// Asks for a page at that node, with the browser's cookies: whether its member is signed in there, and how many
/// statements that took.
pub async fn page_at(node: &Router, browser: &Browser, path: &str) -> (bool, usize) {
    let request = browser.request(&Method::GET, path, None);
    let (page, ran) = tally(async {
        let response = node.clone().oneshot(request).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    })
    .await;
    let page = String::from_utf8(page.to_vec()).unwrap();
    (page.contains("href=\"/logout\""), ran.len())
}

/// Reads the page, so that this second's next one needs no statement.
async fn warmed(town: &Town, browser: &Browser) {
    for _ in 0..2 {
        // The first one may note the visit, and what notes it is read again.
        page_at(&town.router, browser, "/").await;
    }
    assert_eq!(page_at(&town.router, browser, "/").await, (true, 0), "it was read in this second");
}

#[tokio::test]
async fn one_second_of_pages_is_one_look_at_the_database() {
    let town = Town::open().await;
    let browser = Holder::of(&town, Held::App).await.sign_in(&town).await;
    let millis = SignedDuration::from_millis;
    town.clock.advance(millis(1000));
    for second in 0..3 {
        let (is_in, statements) = page_at(&town.router, &browser, "/").await;
        assert!(is_in && (1..=2).contains(&statements), "second {second}: {statements} statements");
        for path in ["/", "/help", "/logout", "/"] {
            assert_eq!(page_at(&town.router, &browser, path).await, (true, 0), "second {second}: {path}");
        }
        town.clock.advance(millis(999));
        assert_eq!(page_at(&town.router, &browser, "/").await, (true, 0), "second {second}");
        town.clock.advance(millis(1));
    }
    town.close().await;
}

#[tokio::test]
async fn a_visit_is_noted_once_a_minute_however_often_the_page_is_read() {
    let town = Town::open().await;
    let browser = Holder::of(&town, Held::App).await.sign_in(&town).await;
    let mut before = town.rows("session").await;
    for seconds in 1..=121 {
        town.clock.advance(SignedDuration::from_secs(1));
        page_at(&town.router, &browser, "/").await;
        page_at(&town.router, &browser, "/").await;
        let now = town.rows("session").await;
        assert_eq!(now != before, seconds % 60 == 0, "after {seconds} s");
        before = now;
    }
    town.close().await;
}

#[test]
fn a_page_just_read_never_outlives_what_a_change_ends() {
    let ended_some = side_by_side(EVERY_KIND, async |held| {
        let mut ended_some = 0;
        for (change, _) in CHANGES {
            let town = Town::open().await;
            let mut holder = Holder::of(&town, held).await;
            let other = holder.sign_in(&town).await;
            let mut browser = holder.fresh(&town).await;
            let at = town.app.portal().now();
            warmed(&town, &other).await;
            warmed(&town, &browser).await;
            let was_made = make(&town, &mut browser, change).await;
            assert_eq!(town.app.portal().now(), at, "{held:?}, {change:?}: it is still the same second");
            // What a node says that has kept nothing is so.
            let truth = page_at(&town.other_node().await, &other, "/").await.0;
            let shown = page_at(&town.router, &other, "/").await.0;
            assert_eq!(shown, truth, "{held:?}, {change:?}");
            assert!(page_at(&town.router, &browser, "/").await.0, "{held:?}, {change:?}: its own session");
            ended_some += usize::from(was_made && !truth);
            town.close().await;
        }
        ended_some
    });
    let ended_some: usize = ended_some.into_iter().sum();
    assert!(ended_some >= 20, "{ended_some} changes ended another session");
}

#[tokio::test]
async fn a_page_just_read_never_outlives_its_session() {
    for end in ["log out", "by another device", "sign in anew", "renewed", "revert", "all of them"] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, Held::App).await;
        let mut browser = holder.signed_in_a_while_ago(&town).await;
        let mut other = holder.fresh(&town).await;
        // As a copy of its cookie would see it.
        let mut thief = town.browser(JRP);
        thief.cookies.clone_from(&browser.cookies);
        let mut before = town.app.portal().now();
        if end == "renewed" || end == "sign in anew" {
            // Showing a code takes half a minute: the page is read while the code is typed.
            let password = holder.password.clone();
            if end == "renewed" {
                browser.visit("/account/password").await;
                browser.fill("パスワード", &password).press("ログイン").await;
            } else {
                let form = [("username", holder.who.login.as_str()), ("password", &password)];
                browser.post("/signin", &serde_urlencoded::to_string(form).unwrap()).await;
            }
            browser.is_at("/signin/totp", "ワンタイムパスワードの入力");
            town.clock.advance(minutes(1));
            before = town.app.portal().now();
        }
        warmed(&town, &thief).await;
        match end {
            "log out" => {
                browser.visit("/logout").await.press("ログアウトする").await;
            }
            "by another device" => {
                other.visit("/account/devices").await.press("ほかの端末をすべてログアウトさせる").await;
            }
            "sign in anew" | "renewed" => {
                let code = holder.phone.code();
                browser.fill("ワンタイムパスワード", &code).press("トップページへ").await;
                assert!(page_at(&town.router, &browser, "/").await.0, "{end}: {}", browser.text());
            }
            "revert" => {
                town.revert_with(JRP, &holder.who, Address::Kept).await;
            }
            _ => {
                let slug = town.tenant(JRP).slug.clone();
                let member = town.member(JRP, &holder.who.login).await.id;
                let mut tx = town.store().tenant(&slug).write().await.unwrap();
                kenpo_portal::store::session::close_all(&mut tx, member).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
        assert_eq!(town.app.portal().now(), before, "{end}: it is still the same second");
        assert!(!page_at(&town.router, &thief, "/").await.0, "{end}");
        town.close().await;
    }
}

#[tokio::test]
async fn a_name_the_union_corrects_is_shown_at_once() {
    let town = Town::open().await;
    let mut browser = Holder::of(&town, Held::App).await.sign_in(&town).await;
    warmed(&town, &browser).await;
    town.import(JRP, "15,102,,S54.8.22,見本 次郎,ミホン ジロウ,k7m2xq9w4d,,taro@example.jp").await;
    assert!(browser.visit("/").await.page().contains("見本 次郎"), "{}", browser.page());
    town.close().await;
}

#[tokio::test]
async fn another_node_shows_what_was_ended_here_for_less_than_a_second_and_does_nothing_for_it() {
    let town = Town::open().await;
    let mut browser = Holder::of(&town, Held::App).await.sign_in(&town).await;
    let elsewhere = town.other_node().await;
    let mut thief = town.browser_at(elsewhere.clone(), JRP);
    thief.cookies.clone_from(&browser.cookies);
    page_at(&elsewhere, &thief, "/").await;
    assert_eq!(page_at(&elsewhere, &thief, "/").await, (true, 0));
    browser.visit("/logout").await.press("ログアウトする").await;
    assert!(!page_at(&town.router, &thief, "/").await.0, "over at once where it was ended");
    town.clock.advance(SignedDuration::from_millis(999));
    assert_eq!(page_at(&elsewhere, &thief, "/").await, (true, 0), "a page that only shows");
    // Whatever does something, or shows more than the name, asks the database.
    let before = town.dump().await;
    for path in ["/account/methods", "/account/profile", "/account/devices", "/account/activity"] {
        assert!(!page_at(&elsewhere, &thief, path).await.0, "{path}");
    }
    for (path, form) in [("/session", ""), ("/account/profile", "language=en"), ("/language", "lang=en")] {
        thief.post(path, form).await;
    }
    assert_eq!(town.dump().await, before, "nothing was changed in its name");
    assert!(thief.visit("/account/password").await.path().starts_with("/signin"));
    town.clock.advance(SignedDuration::from_millis(1));
    thief.cookies.clone_from(&browser.cookies);
    assert!(!page_at(&elsewhere, &thief, "/").await.0, "over everywhere within a second");
    town.close().await;
}
