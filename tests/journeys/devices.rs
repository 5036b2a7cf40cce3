//! 「ログイン中の端末」 (N-28, D12; I9, I11 of the threats).

use crate::{
    holder::{Held, Holder, JRP},
    town::{Browser, Town, minutes},
};

const PAGE: &str = "/account/devices";
const HEADING: &str = "ログイン中の端末";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1";
const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/150 Safari/537.36 Edg/150";

/// A browser of that kind, signed in.
async fn signed_in(town: &Town, holder: &mut Holder, agent: &'static str) -> Browser {
    let mut browser = town.browser(JRP);
    browser.agent = Some(agent);
    crate::walk::sign_in(&mut browser, &holder.who.login, &holder.password).await;
    holder.show(town, &mut browser).await;
    browser.is_at("/", "サービス");
    browser
}

#[tokio::test]
async fn she_sees_her_devices_and_ends_the_one_she_does_not_know() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut strange = signed_in(&town, &mut holder, WINDOWS).await;
    let mut other = holder.sign_in(&town).await;
    let mut browser = signed_in(&town, &mut holder, IPHONE).await;
    browser.visit(PAGE).await.is_at(PAGE, HEADING);
    let text = browser.text();
    assert!(text.contains("iPhoneのSafari この端末"), "this one is marked, and first: {text}");
    assert!(text.contains("WindowsのEdge") && text.contains("端末の種類はわかりません"), "{text}");
    assert!(text.contains("ログイン 2026年11月22日"), "{text}");
    let button = browser.buttons().into_iter().find(|words| words.contains("WindowsのEdge")).unwrap();
    assert!(button.starts_with("ログアウトさせる"), "{button}");
    browser.press(&button).await.is_at(PAGE, HEADING);
    assert!(!browser.text().contains("WindowsのEdge"), "{}", browser.text());
    assert!(!strange.visit("/").await.has(".tiles"), "at its next request");
    other.visit("/").await.is_at("/", "サービス");
    town.clock.advance(minutes(1));
    browser.press("ほかの端末をすべてログアウトさせる").await.is_at(PAGE, HEADING);
    assert!(browser.text().contains("ほかにログインしている端末は、ありません"), "{}", browser.text());
    assert!(!other.visit("/").await.has(".tiles"));
    browser.visit("/account/activity").await;
    let told = browser.text();
    for line in ["ほかの端末を1台、ログアウトさせました", "ほかの端末をすべてログアウトさせました"]
    {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains(" ログアウトしました"), "nobody logged out there: {told}");
    town.close().await;
}

#[tokio::test]
async fn nobody_ends_anothers_session_nor_by_this_page_her_own() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let mut phone = town.phone();
    let mut hers = town.browser(JRP);
    crate::walk::first_login(&mut hers, &hanako, &mut phone).await;
    let mut browser = holder.sign_in(&town).await;
    let ids = town.sessions(JRP).await;
    assert!(ids.len() >= 2, "{ids:?}");
    for id in ids {
        browser.post(PAGE, &format!("session={id}")).await.is_at(PAGE, HEADING);
    }
    for nonsense in ["session=", "session=x", ""] {
        browser.post(PAGE, nonsense).await.is_at(PAGE, HEADING);
    }
    hers.visit("/").await.is_at("/", "サービス");
    browser.visit("/").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn what_ran_out_is_not_listed() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    signed_in(&town, &mut holder, WINDOWS).await;
    town.clock.advance(minutes(31));
    let mut browser = signed_in(&town, &mut holder, IPHONE).await;
    browser.visit(PAGE).await;
    assert!(!browser.text().contains("Windows"), "{}", browser.text());
    town.close().await;
}
