//! Languages: the profile's, else the browser's, else the union's (D22); pages and letters.

use crate::{
    holder::{Held, Holder, JRP},
    town::Town,
    walk::{first_login, sign_in, up_to},
};

#[tokio::test]
async fn the_profile_chooses_for_every_browser_and_for_letters() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/profile").await.choose("言語", "en").press("変更").await;
    assert_eq!(browser.h1(), "Profile");
    assert_eq!(browser.cookies["__Host-lang"], "en");
    // A browser that asks for Japanese: before signing in as it asks, inside as she chose.
    let mut other = town.browser(JRP);
    other.speaks("ja-JP,ja;q=0.9");
    sign_in(&mut other, &holder.who.login, &holder.password)
        .await
        .is_at("/signin/totp", "ワンタイムパスワードの入力");
    holder.show(&town, &mut other).await;
    assert_eq!(other.h1(), "Services");
    assert_eq!(other.cookies["__Host-lang"], "en", "and its pages without a session follow");
    for page in [
        "/account/profile",
        "/account/methods",
        "/account/devices",
        "/account/activity",
        "/account/services",
        "/logout",
    ] {
        assert!(other.visit(page).await.page().contains("<html lang=\"en\">"), "{page}");
    }
    // Letters.
    other.visit("/account/password").await;
    other
        .fill("Password", "Tsu8!ki-no-Yoru")
        .fill("Password again", "Tsu8!ki-no-Yoru")
        .press("Continue")
        .await;
    assert!(town.mailbox().all().await[0].subject.contains("password was changed"));
    town.close().await;
}

#[tokio::test]
async fn the_switch_in_the_footer_is_kept_with_the_member_and_before_that_in_one_cookie() {
    let town = Town::open().await;
    let mut browser = town.browser(JRP);
    browser.speaks("en-GB,en;q=0.9");
    browser.visit("/signin").await.is_at("/signin", "Log in");
    browser.post("/language", "lang=ja&back=%2Fsignin").await.is_at("/signin", "ログイン");
    assert_eq!(browser.cookies.len(), 1);
    browser.visit("/").await;
    assert!(browser.page().contains("<html lang=\"ja\">"));

    // On the way in it is the member's already: the first letters speak it.
    let taro = town.taro(JRP).await;
    let mut phone = town.phone();
    up_to(&mut browser, &taro, &mut phone, "利用規約").await;
    browser.post("/language", "lang=en&back=%2Fsignin%2Fterms").await.is_at("/signin/terms", "Terms of use");
    assert_eq!(town.member(JRP, &taro.login).await.language.unwrap().as_str(), "en");
    browser.press("I agree").await.press("Continue").await;
    assert!(town.mailbox().all().await[0].text.contains("Confirm e-mail address"));
    town.close().await;
}

#[tokio::test]
async fn a_union_that_speaks_japanese_only_does_so_whatever_is_wished() {
    let town = Town::edited(JRP, |text| text + "\n[i18n]\nlocales = [\"ja\"]\n").await;
    let taro = town.taro(JRP).await;
    let (mut browser, mut phone) = (town.browser(JRP), town.phone());
    browser.speaks("en");
    first_login(&mut browser, &taro, &mut phone).await;
    town.sql("UPDATE member SET language = 'en'").await;
    browser.visit("/account/profile").await.is_at("/account/profile", "プロフィール");
    assert!(!browser.has("select#language"), "there is nothing to choose");
    let form = format!("user_id={0}&shown_user_id={0}&language=en&shown_language=ja", taro.login);
    browser.post("/account/profile", &form).await.is_at("/account/profile", "プロフィール");
    town.close().await;
}

#[tokio::test]
async fn with_the_password_alone_nobody_changes_the_language_of_her_letters() {
    let town = Town::open().await;
    let holder = Holder::of(&town, Held::App).await;
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, &holder.password).await;
    browser.post("/language", "lang=en&back=%2Fsignin%2Ftotp").await;
    assert_eq!(browser.h1(), "Enter the one-time password", "this browser reads English");
    assert_eq!(town.member(JRP, &holder.who.login).await.language, None);
    town.close().await;
}
