//! Preview: a union that is a draft is looked at by its link, at its own host, and is unknown to everybody else (A2).

use std::{fs, path::Path};

use axum::{
    body::Body,
    http::{Method, Request},
};
use kenpo_portal::{
    domain::preview::PreviewDays,
    web::{
        health::{self, ShutdownFlag},
        preview,
    },
    world::Clock as _,
};
use tower::ServiceExt as _;

use crate::{
    town::{Browser, JSW, MGC, Town, at_the_desk, hours},
    walk::{first_login, return_with},
};

const COOKIE: &str = "__Host-preview";

/// A file of a union that is open becomes that of a draft.
pub fn draft(text: &str) -> String {
    let made = text.replacen("= \"open\"", "= \"draft\"", 1);
    assert_ne!(made, text);
    made
}

/// Edits a union's file.
pub fn edit(folder: &Path, slug: &str, change: impl FnOnce(&str) -> String) {
    let file = folder.join(format!("{slug}.toml"));
    fs::write(&file, change(&fs::read_to_string(&file).unwrap())).unwrap();
}

/// Makes the link of a draft: its path.
pub async fn preview_link(town: &Town, slug: &str) -> String {
    let (tenant, days) = (town.tenant(slug), PreviewDays::new(PreviewDays::USUAL).unwrap());
    let portal = town.app.portal();
    let (token, ends_at) = portal.make_preview_link(&tenant.slug, days, at_the_desk()).await.unwrap();
    assert_eq!(ends_at, days.after(town.clock.now()));
    let address = preview::address(portal.public(), &tenant, &token);
    let path = address.strip_prefix(&format!("https://{}", tenant.hosts.primary)).unwrap();
    assert!(path.starts_with("/preview/"), "{address}");
    path.to_owned()
}

/// Everything that an answer tells, without its receipt number.
async fn told(browser: &mut Browser, method: &Method, path: &str) -> (u16, Vec<(String, String)>, String) {
    let form = (*method == Method::POST).then_some("username=a&password=b");
    let request = browser.request(method, path, form);
    browser.send(request).await;
    let receipt = browser.text_of(".hint b");
    assert_eq!(receipt.len(), 8, "{}", browser.page());
    let page = browser.page().replace(&receipt, "");
    let headers =
        browser.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (browser.status.as_u16(), headers.collect(), page)
}

/// To this browser nobody lives there, whatever it asks for.
async fn is_nobodys(town: &Town, browser: &mut Browser, link: &str) {
    let cookies = browser.cookies.clone();
    let mut nowhere = Browser::new(town.router.clone(), "www.nowhere.example.jp".into(), town.mailbox());
    let made_up = format!("/preview/{}", town.vault().token().unwrap().expose());
    for path in ["/", "/signin", "/help", "/preview/", "/preview/x", &made_up, link] {
        for method in [Method::GET, Method::POST] {
            browser.cookies.clone_from(&cookies);
            let unknown = told(&mut nowhere, &method, path).await;
            assert_eq!(unknown.0, 421);
            assert_eq!(told(browser, &method, path).await, unknown, "{method} {path}");
        }
    }
    browser.cookies.clone_from(&cookies);
}

/// What the proxy is told when it asks whether it may fetch a certificate for the host.
async fn certificate(town: &Town, host: &str) -> u16 {
    let asked = format!("/internal/tls-allowed?domain={host}");
    let request = Request::get(asked).body(Body::empty()).unwrap();
    let internal = health::router(town.app.clone(), ShutdownFlag::default());
    internal.oneshot(request).await.unwrap().status().as_u16()
}

async fn two_drafts() -> Town {
    Town::in_folder(|dir| {
        edit(dir, JSW, draft);
        edit(dir, MGC, draft);
    })
    .await
}

#[tokio::test]
async fn a_draft_is_shown_by_its_link_alone_until_it_ends_on_every_node() {
    let town = two_drafts().await;
    let hanako = town.hanako(JSW).await;
    let hosts = &town.tenant(JSW).hosts;
    let mut stranger = town.browser(JSW);
    is_nobodys(&town, &mut stranger, "/preview").await;
    assert_eq!(certificate(&town, &hosts.primary).await, 404);

    let link = preview_link(&town, JSW).await;
    assert_eq!(certificate(&town, &hosts.primary).await, 200);
    assert_eq!(certificate(&town, &hosts.aliases[0]).await, 404, "the link is of its own host");
    let mut browser = town.browser(JSW);
    browser.visit(&link).await;
    assert_eq!((browser.status.as_u16(), browser.path()), (200, "/"), "{}", browser.text());
    assert!(browser.page().contains(&town.tenant(JSW).name) && browser.cookies.contains_key(COOKIE));
    assert_eq!(browser.text_of(".draft"), "公開前の確認用の画面です。加入者には、まだ見えません。");
    // The real thing: first login to its end, and another way in on another day.
    let mut phone = town.phone();
    first_login(&mut browser, &hanako, &mut phone).await;
    town.clock.advance(hours(1));
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    let preview = browser.cookies[COOKIE].clone();
    // A session opens nothing without it.
    browser.cookies.remove(COOKIE);
    is_nobodys(&town, &mut browser, "/preview").await;
    // Nor does it open the other draft, nor without having been asked for.
    let mut elsewhere = town.browser(MGC);
    elsewhere.cookies.insert(COOKIE.into(), preview.clone());
    is_nobodys(&town, &mut elsewhere, &link).await;
    let other_link = preview_link(&town, MGC).await;
    is_nobodys(&town, &mut elsewhere, &link).await;
    is_nobodys(&town, &mut stranger, &other_link).await;
    assert_eq!(elsewhere.visit(&other_link).await.status.as_u16(), 200);

    // A node that was just started knows it; one day after its last it shows nothing, and its row goes.
    let node = town.new_node();
    let mut there = town.browser_at(node(), JSW);
    there.cookies.insert(COOKIE.into(), preview.clone());
    assert_eq!(there.visit("/signin").await.status.as_u16(), 200);
    town.clock.advance(hours(24 * i64::from(PreviewDays::USUAL)));
    is_nobodys(&town, &mut there, &link).await;
    assert_eq!(certificate(&town, &hosts.primary).await, 404);
    town.purge().await;
    assert_eq!(town.rows("preview_link").await, Vec::<String>::new());
    // Also where the clock is set back.
    town.clock.jump(hours(-24 * 3));
    is_nobodys(&town, &mut there, &link).await;
    town.close().await;
}

#[tokio::test]
async fn a_link_ends_with_a_new_one_by_the_operators_word_and_with_a_restore() {
    let town = two_drafts().await;
    let (tenant, portal) = (town.tenant(JSW), town.app.portal());
    let shows = async |link: &str| town.browser(JSW).visit(link).await.status.as_u16() == 200;
    let first = preview_link(&town, JSW).await;
    assert!(shows(&first).await);
    let second = preview_link(&town, JSW).await;
    assert!(shows(&second).await && !shows(&first).await);
    // What mail programs take along with an address is no part of it.
    assert!(shows(&format!("{second}.")).await);
    assert!(portal.end_preview_link(&tenant.slug, at_the_desk()).await.unwrap());
    assert!(!shows(&second).await);
    assert!(!portal.end_preview_link(&tenant.slug, at_the_desk()).await.unwrap(), "nothing is left to end");
    let third = preview_link(&town, JSW).await;
    town.restored().await;
    assert!(!shows(&third).await);
    assert_eq!(town.count(JSW, "preview-link-made").await, 3);
    assert_eq!(town.count(JSW, "preview-link-ended").await, 1);
    town.close().await;
}
