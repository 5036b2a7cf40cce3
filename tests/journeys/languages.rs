//! Languages: the profile's, else the browser's, else the union's (D22); pages and letters.

use kenpo_portal::{domain::tenant::Language, portal::desk::Address};

use crate::{
    holder::{Held, Holder, JRP},
    town::{Browser, JSW, Newcomer, Town},
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
async fn the_switch_in_the_header_is_kept_with_the_member_and_before_that_in_one_cookie() {
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
    let kept = town.member(JRP, &holder.who.login).await.language;
    assert_eq!(kept, Some(Language::Ja), "as her first login asked");
    browser.post("/language", "lang=en&back=%2Fsignin%2Ftotp").await;
    assert_eq!(browser.h1(), "Enter the one-time password", "this browser reads English");
    assert_eq!(town.member(JRP, &holder.who.login).await.language, kept);
    // Nor by what a browser asks for by itself.
    let mut english = town.browser(JRP);
    english.speaks("en");
    english.visit("/signin").await;
    english.fill("User ID", &holder.who.login).fill("Password", &holder.password).press("Log in").await;
    english.is_at("/signin/totp", "Enter the one-time password");
    assert_eq!(town.member(JRP, &holder.who.login).await.language, kept);
    town.close().await;
}

/// Signs in with the first password and shows the birth date, on English pages.
async fn begin_in_english(browser: &mut Browser, who: &Newcomer) {
    browser.speaks("en-GB,en;q=0.9");
    browser.visit("/signin").await.is_at("/signin", "Log in");
    browser.fill("User ID", &who.login).fill("Password", &who.password).press("Log in").await;
    browser.fill("Date of birth", who.born).press("Continue").await.is_at("/signin/terms", "Terms of use");
}

#[tokio::test]
async fn an_english_first_login_reads_the_union_s_english_from_the_first_letter_on() {
    let town = Town::open().await;
    let taro = town.taro(JRP).await;
    let mut browser = town.browser(JRP);
    begin_in_english(&mut browser, &taro).await;
    assert_eq!(browser.text_of(".name.long"), "JR Plus Health Insurance Society");
    assert!(browser.text_of("div.terms").contains("Article 1 Purpose"), "{}", browser.text());
    assert!(browser.text_of("details div[lang=ja]").contains("第1条 目的"), "what is agreed to is at hand");
    browser.press("I agree").await.press("Continue").await;
    let letter = &town.mailbox().all().await[0];
    assert!(letter.subject.starts_with("[JR Plus Kenpo] Confirm"), "{}", letter.subject);
    let contact = "JR Plus Health Insurance Society\n03-0000-0000 (Weekdays 9:00–17:00)";
    assert!(letter.text.trim_end().ends_with(contact), "{}", letter.text);
    assert_eq!(town.member(JRP, &taro.login).await.language, Some(Language::En));
    // The next browser of the same first login is the one that counts: no factor says yet whose it is.
    let mut other = town.browser(JRP);
    sign_in(&mut other, &taro.login, &taro.password).await;
    other.fill("生年月日", taro.born).press("実行").await;
    assert_eq!(town.member(JRP, &taro.login).await.language, Some(Language::Ja));
    town.close().await;
}

#[tokio::test]
async fn whoever_works_out_a_first_password_does_not_choose_the_language_of_the_warning() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut stranger = town.browser(JSW);
    begin_in_english(&mut stranger, &hanako).await;
    let letters = town.mailbox().all().await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].subject.starts_with("【JSW健保】"), "{}", letters[0].subject);
    // And what they chose goes with their first login.
    assert_eq!(town.member(JSW, &hanako.login).await.language, Some(Language::En));
    town.revert_with(JSW, &hanako, Address::Dropped).await;
    assert_eq!(town.member(JSW, &hanako.login).await.language, None);
    town.close().await;
}

#[tokio::test]
async fn what_a_union_has_not_written_in_english_is_marked_as_japanese() {
    let without = |text: String| text.replace("hours_en   = \"Weekdays 9:00–17:00\"\n", "");
    let town = Town::edited(JRP, without).await;
    let mut browser = town.browser(JRP);
    browser.speaks("en");
    browser.visit("/").await;
    assert_eq!(browser.text_of(".hours[lang=ja]"), "平日 9:00〜17:00");
    assert!(browser.has(".name.long:not([lang])") && browser.has("h1:not([lang])"));
    browser.speaks("ja").visit("/").await;
    assert_eq!(browser.text_of(".hours:not([lang])"), "平日 9:00〜17:00");
    assert!(browser.text_of("h1").contains("加入者ページ"));
    town.close().await;
}

#[tokio::test]
async fn a_translation_of_other_terms_than_those_in_force_is_not_shown() {
    let town =
        Town::edited(JRP, |text| text.replace("version = \"2025-10-01\"", "version = \"2026-01-01\"")).await;
    let mut browser = town.browser(JRP);
    browser.speaks("en");
    browser.visit("/terms").await.is_at("/terms", "Terms of use");
    assert!(browser.text_of("div.terms[lang=ja]").contains("第1条"), "{}", browser.text());
    assert!(browser.text_of(".banner").contains("Japanese only") && !browser.has("details div.terms"));
    town.close().await;
}
