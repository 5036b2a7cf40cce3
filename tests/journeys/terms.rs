//! New terms: asked once of every kind of member, after the factor, with what changed; and who accepted which (D14, G-01,
//! N-07).

use kenpo_portal::world::Clock as _;
use serde_json::Value;

use crate::{
    passkey::with_passkey,
    recovery::{replace_password, show_app, up_to_way},
    rivals::together,
    town::{Browser, JSW, MGC, Newcomer, Phone, Town, hours, minutes},
    walk::{ByMail, NEW_PASSWORD, first_login, return_by_passkey, return_with, sign_in, up_to},
};

const JRP: &str = "jrpluskenpo";
const PAGE: &str = "/signin/terms";
const HEADING: &str = "利用規約";
const NEW: &str = "2026-12-01";
const TERMS: &str = "# 加入者ページ利用規約\n\n## 変わったところ\n\n- タブレットからもお使いいただけます。\n\n\
                     ## 第1条\n\n新しい本文です。\n";
/// The same without a word on what changed.
const UNTOLD: &str = "# 加入者ページ利用規約\n\n## 第1条\n\n新しい本文です。\n";

/// A town with a member who agreed to the union's terms in first login, a day ago.
async fn with_hanako() -> (Town, Newcomer, Phone) {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    first_login(&mut town.browser(JSW), &hanako, &mut phone).await;
    town.clock.advance(hours(24));
    (town, hanako, phone)
}

/// The browser's next visit finds the service restarted.
fn carried_over(town: &Town, browser: &Browser) -> Browser {
    let mut after = town.browser(JSW);
    after.cookies.clone_from(&browser.cookies);
    after
}

/// She is shown what changed, and when she agreed to what; nothing is open yet.
fn is_asked(browser: &Browser, before: &str) {
    browser.is_at(PAGE, HEADING);
    assert!(!browser.cookies.contains_key("__Host-session"));
    assert_eq!(browser.text_of(".changes"), "変わったところ タブレットからもお使いいただけます。");
    assert_eq!(
        browser.text_of(".parameters"),
        format!("新しい規約の版2026年12月1日 前に同意した版{before} 同意した日2026年11月21日")
    );
    let terms = browser.text_of(".terms");
    assert!(terms.contains("新しい本文です。") && !terms.contains("タブレット"), "{terms}");
}

#[tokio::test]
async fn a_member_with_an_app_is_asked_once_after_the_code() {
    let (mut town, hanako, phone) = with_hanako().await;
    town.new_terms(JSW, NEW, TERMS);
    let mut browser = town.browser(JSW);
    is_asked(return_with(&mut browser, &hanako, &phone).await, "2025年9月18日");
    browser.press("同意する").await.is_at("/", "サービス");
    town.clock.advance(minutes(1));
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_member_with_a_passkey_is_asked_once_after_showing_it() {
    let (mut town, hanako, mut device) = with_passkey().await;
    town.new_terms(JSW, NEW, TERMS);
    let mut browser = town.browser(JSW);
    is_asked(return_by_passkey(&mut browser, &hanako, &mut device).await, "2025年9月18日");
    browser.press("同意する").await.is_at("/", "サービス");
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut device).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_member_with_mailed_codes_is_asked_once_after_the_code() {
    let mut town = Town::open().await;
    let taro = town.taro(JRP).await;
    let mut mail = ByMail(taro.email.clone());
    first_login(&mut town.browser(JRP), &taro, &mut mail).await;
    town.clock.advance(minutes(90));
    town.new_terms(JRP, NEW, TERMS);
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &taro.login, NEW_PASSWORD).await;
    mail.show(&mut browser).await;
    is_asked(&browser, "2025年10月1日");
    browser.press("同意する").await.is_at("/", "サービス");
    town.clock.advance(minutes(5));
    let mut again = town.browser(JRP);
    sign_in(&mut again, &taro.login, NEW_PASSWORD).await;
    mail.show(&mut again).await;
    again.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn where_the_union_says_nothing_of_changes_none_are_made_up() {
    let (mut town, hanako, phone) = with_hanako().await;
    town.new_terms(JSW, "第3版", UNTOLD);
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at(PAGE, HEADING);
    assert!(!browser.has(".changes") && !browser.text().contains("変わったところ"));
    assert!(browser.text().contains("利用規約が変わりました。"), "{}", browser.text());
    assert_eq!(
        browser.text_of(".parameters"),
        "新しい規約の版第3版 前に同意した版2025年9月18日 同意した日2026年11月21日"
    );
    town.close().await;
}

#[tokio::test]
async fn declining_stores_nothing_and_she_may_come_back() {
    let (mut town, hanako, phone) = with_hanako().await;
    town.new_terms(JSW, NEW, TERMS);
    let before = town.rows("acceptance").await;
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at(PAGE, HEADING);
    browser.press("同意しない").await;
    assert_eq!(browser.h1(), "利用規約に同意されませんでした");
    assert!(browser.cookies.is_empty());
    assert_eq!(town.rows("acceptance").await, before);
    assert!(!browser.visit("/").await.has(".tiles"));
    town.clock.advance(minutes(1));
    is_asked(return_with(&mut browser, &hanako, &phone).await, "2025年9月18日");
    browser.press("同意する").await.is_at("/", "サービス");
    assert_eq!(town.rows("acceptance").await.len(), before.len() + 1);
    town.close().await;
}

#[tokio::test]
async fn a_newcomer_reads_the_terms_and_not_what_they_once_were() {
    let mut town = Town::open().await;
    town.new_terms(JSW, NEW, TERMS);
    let taro = town.taro(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &taro, &mut phone, HEADING).await;
    assert!(!browser.has(".changes") && !browser.has(".parameters"));
    for word in ["変わ", "タブレット", "前に同意"] {
        assert!(!browser.text().contains(word), "{word}: {}", browser.text());
    }
    assert!(browser.text().contains("新しい本文です。"));
    browser.press("同意する").await;
    let (lines, _) = town.export_terms(JSW, None).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["version"], NEW);
    town.close().await;
}

#[tokio::test]
async fn who_agreed_and_then_stopped_in_the_middle_is_told_too() {
    let mut town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    up_to(&mut town.browser(JSW), &hanako, &mut phone, "パスワードの更新").await;
    town.new_terms(JSW, NEW, TERMS);
    let mut browser = town.browser(JSW);
    up_to(&mut browser, &hanako, &mut phone, HEADING).await;
    is_asked(&browser, "2025年9月18日");
    assert!(browser.has(".progress"), "still in first login");
    browser.press("同意する").await.is_at("/signin/password", "パスワードの更新");
    town.close().await;
}

#[tokio::test]
async fn a_session_that_is_open_goes_on_and_the_next_sign_in_asks() {
    let (mut town, hanako, phone) = with_hanako().await;
    let mut inside = town.browser(JSW);
    return_with(&mut inside, &hanako, &phone).await.is_at("/", "サービス");
    town.clock.advance(minutes(6));
    town.new_terms(JSW, NEW, TERMS);
    let mut inside = carried_over(&town, &inside);
    inside.visit("/").await.is_at("/", "サービス");
    // Showing again who she is makes her fresh, and asks for no terms (D11).
    inside.visit("/account/methods/passkey").await.is_at("/reauth", "続行するには再度認証してください");
    inside.fill("パスワード", NEW_PASSWORD).press("ログイン").await;
    show_app(&mut inside, &phone).await;
    inside.is_at("/account/methods/passkey", "セキュリティの設定");
    inside.visit("/").await.is_at("/", "サービス");
    assert_eq!(town.count(JSW, "terms-accepted").await, 1);

    town.clock.advance(minutes(1));
    is_asked(return_with(&mut town.browser(JSW), &hanako, &phone).await, "2025年9月18日");
    // At the end of the session she is asked as well.
    town.clock.advance(minutes(31));
    inside.visit("/").await;
    assert!(!inside.has(".tiles"));
    return_with(&mut inside, &hanako, &phone).await.is_at(PAGE, HEADING);
    town.close().await;
}

#[tokio::test]
async fn agreeing_in_two_tabs_is_agreeing_once() {
    let (mut town, hanako, phone) = with_hanako().await;
    town.new_terms(JSW, NEW, TERMS);
    let mut one = town.browser(JSW);
    return_with(&mut one, &hanako, &phone).await.is_at(PAGE, HEADING);
    let (path, form) = one.form_of("同意する");
    one.press("同意する").await.is_at("/", "サービス");
    let kept = town.rows("acceptance").await;
    // The other tab has the same cookies, and a page that is late.
    town.clock.advance(minutes(1));
    one.post(&path, &form).await.is_at("/", "サービス");
    one.post(&path, &form.replace("agree", "decline")).await.is_at("/", "サービス");
    assert_eq!(town.rows("acceptance").await, kept);
    assert_eq!(town.count(JSW, "terms-accepted").await, 2, "first login, and this");
    assert_eq!(town.count(JSW, "terms-declined").await, 0);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_browsers_that_agree_at_once_each_gets_in_and_one_acceptance_is_kept() {
    let (mut town, hanako, phone) = with_hanako().await;
    town.new_terms(JSW, NEW, TERMS);
    let (mut one, mut two) = (town.browser(JSW), town.browser(JSW));
    return_with(&mut one, &hanako, &phone).await.is_at(PAGE, HEADING);
    town.clock.advance(minutes(1));
    return_with(&mut two, &hanako, &phone).await.is_at(PAGE, HEADING);
    let (path, form) = one.form_of("同意する");
    let answers = together(&town, &[(&one, &path, form.clone()), (&two, &path, form)]).await;
    assert!(answers.iter().any(|(_, _, entered)| *entered), "{answers:?}");
    let (lines, _) = town.export_terms(JSW, Some(NEW)).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(town.count(JSW, "terms-accepted").await, 2);
    town.close().await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_before_the_new_terms_are_asked() {
    let (mut town, hanako, phone) = with_hanako().await;
    town.new_terms(JSW, NEW, TERMS);
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    replace_password(&mut browser).await;
    is_asked(&browser, "2025年9月18日");
    browser.press("同意する").await.is_at("/", "サービス");
    assert_eq!(town.count(JSW, "terms-accepted").await, 2);
    town.close().await;
}

/// User ID and version of each line.
fn rows(lines: &[Value]) -> Vec<(&str, &str)> {
    lines.iter().map(|line| (line["user_id"].as_str().unwrap(), line["version"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn the_union_reads_who_accepted_which_version_and_nobody_elses() {
    let (mut town, hanako, phone) = with_hanako().await;
    let old = town.tenant(JSW).terms.clone();
    let there = town.hanako(MGC).await;
    up_to(&mut town.browser(MGC), &there, &mut town.phone(), "ユーザIDの変更・認証方法の設定").await;
    town.new_terms(JSW, NEW, TERMS);
    let new = town.tenant(JSW).terms.clone();
    let agreed_at = town.clock.now();
    return_with(&mut town.browser(JSW), &hanako, &phone).await.press("同意する").await;
    let taro = town.taro(JSW).await;
    up_to(&mut town.browser(JSW), &taro, &mut town.phone(), "ユーザIDの変更・認証方法の設定").await;

    let (lines, words) = town.export_terms(JSW, None).await;
    assert_eq!(rows(&lines), [("testuser", "2025-09-18"), ("testuser", NEW), ("k7m2xq9w4d", NEW)]);
    assert!(words.contains("3件"), "{words}");
    let member = town.member(JSW, &hanako.login).await;
    assert_eq!(lines[0]["hash"], old.hash.as_str());
    let wanted = serde_json::json!({
        "tenant": JSW,
        "member": member.id.to_string(),
        "kigo": "12",
        "bango": "3456789",
        "branch": "00",
        "user_id": "testuser",
        "version": NEW,
        "hash": new.hash,
        "accepted_at": agreed_at.to_string(),
        "host": town.tenant(JSW).hosts.primary,
    });
    assert_eq!(lines[1], wanted);

    let (lines, _) = town.export_terms(JSW, Some("2025-09-18")).await;
    assert_eq!(rows(&lines), [("testuser", "2025-09-18")]);
    let (lines, words) = town.export_terms(JSW, Some("2025-07-01")).await;
    assert!(lines.is_empty(), "another union's version");
    assert!(words.contains("2025-09-18, 2026-12-01"), "{words}");
    let (lines, _) = town.export_terms(MGC, None).await;
    assert_eq!(rows(&lines), [("testuser", "2025-07-01")]);
    assert_ne!(lines[0]["member"], member.id.to_string());
    town.close().await;
}

#[tokio::test]
async fn a_long_list_comes_in_pages_and_leaves_nobody_out() {
    const MEMBERS: usize = 2300;
    let town = Town::open().await;
    let list: Vec<String> =
        (0..MEMBERS).map(|n| format!("20,{n},,1980-12-01,健保 花子,ケンポ ハナコ,hanako-{n:06},,")).collect();
    town.import(JSW, &list.join("\n")).await;
    for version in ["1", "2"] {
        town.sql(&format!(
            "INSERT INTO acceptance (tenant, member, version, hash, host, at)
             SELECT tenant, id, '{version}', 'x', 'h', imported_at FROM member"
        ))
        .await;
    }
    let (lines, words) = town.export_terms(JSW, None).await;
    let mut found: Vec<_> = rows(&lines).into_iter().map(|(id, version)| format!("{id} {version}")).collect();
    found.sort();
    found.dedup();
    assert_eq!((lines.len(), found.len()), (2 * MEMBERS, 2 * MEMBERS));
    assert!(words.contains("4600件"), "{words}");
    let (lines, _) = town.export_terms(JSW, Some("2")).await;
    assert_eq!(lines.len(), MEMBERS);
    town.close_with_rows_of_its_own().await;
}
