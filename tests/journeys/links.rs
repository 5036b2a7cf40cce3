//! Links: what mail programs make of a mailed address. The link works all the same, for every kind of mail.

use axum::http::StatusCode;

use crate::{
    holder::JRP,
    recovery::{ask, with_hanako},
    recovery_lost::{lost, waiting},
    town::{Browser, JSW, Town},
    walk::up_to,
};

/// What comes along behind an address, or is left inside it.
fn damaged(link: &str) -> Vec<String> {
    let behind = [
        ".",
        ",",
        ")",
        "&gt;",
        "/",
        "//",
        "=",
        "=20",
        "=3D",
        "%3E",
        "%20",
        "%0D%0A",
        "%E3%80%82",
        "%E3%80%8D",
        "%E3%80%81",
        "%E2%80%8B",
        "%EF%BB%BF",
        "%FF",
        "%3D%0D%0A",
        "*",
        "?utm_source=mail",
        "%22",
        "'",
        "%E3%81%A7%E3%81%99",
    ];
    let at = link.len() - 20;
    let inside = ["=%0D%0A", "%0A", "%20", "%E2%80%8B", "="];
    let behind = behind.iter().map(|junk| format!("{link}{junk}"));
    behind.chain(inside.iter().map(|junk| format!("{}{junk}{}", &link[..at], &link[at..]))).collect()
}

/// Every damaged spelling shows the page, whose form goes to the link itself; and nothing shorter does.
async fn works(town: &Town, slug: &str, link: &str, heading: &str, button: &str) -> Browser {
    let mut browser = town.browser(slug);
    for link_as_copied in damaged(link) {
        browser.visit(&link_as_copied).await;
        assert_eq!((browser.status, browser.h1().as_str()), (StatusCode::OK, heading), "{link_as_copied}");
        assert_eq!(browser.form_of(button).0, link, "{link_as_copied}");
    }
    for dead in
        [&link[..link.len() - 1], &format!("{}.{}", &link[..link.len() - 20], &link[link.len() - 20..])]
    {
        browser.visit(dead).await;
        assert_eq!(browser.status, StatusCode::GONE, "{dead}");
    }
    browser.visit(&format!("{link}%E3%80%82")).await;
    browser
}

#[tokio::test]
async fn a_recovery_link_works_with_whatever_came_along() {
    let (town, hanako, ..) = with_hanako(Town::open().await).await;
    ask(&mut town.browser(JSW), &hanako.login).await;
    let link = town.newest_mail("recovery").await.link();
    let mut browser = works(&town, JSW, &link, "パスワードをリセット", "パスワードをリセット").await;
    browser.press("パスワードをリセット").await.is_at("/signin/birthdate", "生年月日の入力");
    town.close().await;
}

#[tokio::test]
async fn a_link_that_confirms_an_address_works_with_whatever_came_along() {
    let town = Town::open().await;
    let taro = town.taro(JRP).await;
    up_to(&mut town.browser(JRP), &taro, &mut town.phone(), "メールアドレスの確認").await;
    let link = town.mailbox().link_for(&taro.email).await;
    let button = "このメールアドレスを確認する";
    let mut browser = works(&town, JRP, &link, "メールアドレスの確認", button).await;
    browser.press(button).await;
    assert_eq!(browser.status, StatusCode::OK);
    town.close().await;
}

#[tokio::test]
async fn a_link_that_calls_off_works_with_whatever_came_along() {
    let (town, hanako, ..) = with_hanako(waiting().await).await;
    lost(&town, &hanako).await;
    let link = town.newest_mail("lost-factor-asked").await.link();
    let mut browser = works(&town, JSW, &link, "認証方法の変更を取りやめる", "取りやめる").await;
    browser.press("取りやめる").await;
    assert_eq!(browser.status, StatusCode::OK);
    town.close().await;
}
