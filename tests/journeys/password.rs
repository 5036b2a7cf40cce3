//! 「パスワードの更新」 from inside (S-10, K-07; I6, I10 of the threats).

use crate::{
    holder::{Held, Holder, JRP},
    rivals::together,
    town::{Browser, Town, hours, minutes},
    walk::{NEW_PASSWORD, sign_in},
};

const PAGE: &str = "/account/password";
const METHODS: &str = "/account/methods";
const OTHER: &str = "Tsu8!ki-no-Yoru";

fn type_twice<'b>(browser: &'b mut Browser, password: &str) -> &'b mut Browser {
    browser.fill("パスワード", password).fill("パスワード確認用", password)
}

#[tokio::test]
async fn she_changes_her_password_and_everybody_else_is_out() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let mut other = holder.sign_in(&town).await;
    let mut on_the_way = town.browser(JRP);
    sign_in(&mut on_the_way, &holder.who.login, NEW_PASSWORD).await;
    let mut forgetful = town.browser(JRP);
    forgetful.visit("/recovery/password").await.fill("ユーザID", &holder.who.login).press("実行").await;
    let link = town.mailbox().link_for("taro@example.jp").await;

    browser.visit(METHODS).await;
    assert!(browser.text().contains("作成日 2026年11月21日"), "{}", browser.text());
    browser.visit(PAGE).await.is_at(PAGE, "パスワードの更新");
    assert!(browser.text().contains("全てのデバイスからサインアウトする") && browser.has("input[checked]"));
    type_twice(&mut browser, OTHER).press("実行").await.is_at(METHODS, "ログイン方法変更");
    assert!(browser.text().contains("作成日 2026年11月22日"), "the date changes: {}", browser.text());
    let letter = town.mailbox().all().await.remove(0);
    assert!(letter.subject.contains("パスワードが変更されました"), "{letter:?}");

    assert!(!other.visit("/").await.has(".tiles"));
    let code = holder.phone.code();
    on_the_way.post("/signin/totp", &format!("code={code}")).await.is_at("/signin", "ログイン");
    assert_eq!(forgetful.visit(&link).await.status, 410, "what was mailed before is dead");
    sign_in(&mut other, &holder.who.login, NEW_PASSWORD).await.is_at("/signin", "ログイン");
    holder.password = OTHER.into();
    holder.sign_in(&town).await;
    town.close().await;
}

#[tokio::test]
async fn she_may_leave_the_others_signed_in() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::Passkey).await;
    let mut browser = holder.sign_in(&town).await;
    let mut other = holder.sign_in(&town).await;
    let mut on_the_way = town.browser(JRP);
    sign_in(&mut on_the_way, &holder.who.login, NEW_PASSWORD).await;
    browser.visit(PAGE).await.untick("全てのデバイスからサインアウトする");
    type_twice(&mut browser, OTHER).press("実行").await;
    other.visit("/").await.is_at("/", "サービス");
    on_the_way.visit("/signin/passkey").await.is_at("/signin", "ログイン");
    town.close().await;
}

#[tokio::test]
async fn not_the_current_one_and_none_that_breaks_the_rules() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let before = town.rows("password").await;
    for (typed, again, told) in [
        (NEW_PASSWORD, NEW_PASSWORD, "今のパスワードと同じです"),
        ("short", "short", "短すぎます"),
        ("", "", "入力してください"),
        (OTHER, "Tsu8!ki-no-Asa!", "2つのパスワードがちがいます"),
        ("password1234", "password1234", "だれでも思いつく"),
        ("19790822", "19790822", "生年月日"),
    ] {
        browser
            .visit(PAGE)
            .await
            .fill("パスワード", typed)
            .fill("パスワード確認用", again)
            .press("実行")
            .await;
        assert_eq!(browser.status, 422, "{typed}");
        assert!(browser.errors().iter().any(|error| error.contains(told)), "{typed}: {:?}", browser.errors());
    }
    assert_eq!(town.rows("password").await, before);
    town.close().await;
}

#[tokio::test]
async fn where_the_union_lets_the_current_one_stay_it_still_is_no_change() {
    let forbid = "\n[password]\nforbid = [\"user-id\", \"birthdate\", \"kigo-bango\", \"blocklist\"]\n";
    let town = Town::edited(JRP, |text| text + forbid).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    type_twice(browser.visit(PAGE).await, NEW_PASSWORD).press("実行").await;
    assert!(browser.errors()[0].contains("今のパスワードと同じです"), "{:?}", browser.errors());
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_press_finds_it_done_and_an_old_page_is_refused() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit(PAGE).await;
    let (_, form) = type_twice(&mut browser, OTHER).form_of("実行");
    let presses: Vec<_> = (0..4).map(|_| (&browser, PAGE, form.clone())).collect();
    let answers = together(&town, &presses).await;
    assert!(answers.iter().any(|(status, ..)| *status == 303), "{answers:?}");
    browser.post(PAGE, &form).await.is_at(METHODS, "ログイン方法変更");
    assert!(browser.text().contains("パスワードを変更しました"), "{}", browser.text());
    assert_eq!(town.count(JRP, "password-changed").await, 1);
    // Another tab, opened before, with another password in it.
    let old = form.replace(OTHER.replace('!', "%21").as_str(), "Hoshi9%23no-Yoru");
    assert_ne!(old, form);
    browser.post(PAGE, &old).await;
    assert_eq!(browser.status, 409);
    assert!(
        browser.errors()[0].contains("この画面を開いたあとに、パスワードが変更されました"),
        "{:?}",
        browser.errors()
    );
    assert_eq!(town.count(JRP, "password-changed").await, 1);
    holder.password = OTHER.into();
    holder.sign_in(&town).await;
    town.close().await;
}

#[tokio::test]
async fn a_family_at_one_computer_changes_only_its_own() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit(PAGE).await;
    let (_, form) = type_twice(&mut browser, OTHER).form_of("実行");
    let strange = form.replace(&holder.who.login, "somebody-else");
    let before = town.rows("password").await;
    browser.post(PAGE, &strange).await.is_at(METHODS, "ログイン方法変更");
    assert_eq!(town.rows("password").await, before);
    town.close().await;
}

#[tokio::test]
async fn a_session_that_was_ended_meanwhile_changes_nothing() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit(PAGE).await;
    let (_, form) = type_twice(&mut browser, OTHER).form_of("実行");
    let before = town.rows("password").await;
    town.sql("DELETE FROM session").await;
    browser.post(PAGE, &form).await.is_at("/signin", "ログイン");
    assert_eq!(town.rows("password").await, before);
    // And after twelve hours it is over by itself (D12).
    let mut browser = holder.sign_in(&town).await;
    browser.visit(PAGE).await;
    for _ in 0..25 {
        town.clock.advance(minutes(29));
        browser.visit("/").await;
    }
    browser.post(PAGE, &form).await.is_at("/signin", "ログイン");
    assert_eq!(town.rows("password").await, before);
    town.clock.advance(hours(1));
    town.close().await;
}
