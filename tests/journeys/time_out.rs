//! Taking longer than a session lasts: what was typed comes along, and the sign-in page says why it is there (D15; J11
//! of the threats).

use kenpo_portal::domain::tenant::Language;

use crate::{
    holder::{Held, Holder, JRP},
    town::{Browser, Town, hours, minutes},
    walk::first_login,
};

const TIMED_OUT: &str = "時間がたったため、もう一度ログインしてください。続きから始められます。";

/// Signs in on the page that is shown, where the user ID stands already.
async fn sign_in_again(holder: &mut Holder, town: &Town, browser: &mut Browser) {
    browser.is_at("/signin", "ログイン");
    assert!(browser.text().contains(TIMED_OUT), "{}", browser.text());
    assert_eq!(browser.value_of("ユーザID"), holder.who.login);
    let password = holder.password.clone();
    browser.fill("パスワード", &password).press("ログイン").await;
    holder.show(town, browser).await;
}

/// A member who is signed in and has typed a new user ID, not sent yet.
async fn half_typed() -> (Town, Holder, Browser) {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026");
    (town, holder, browser)
}

#[tokio::test]
async fn a_form_that_took_half_an_hour_is_there_after_signing_in_again() {
    for held in [Held::App, Held::Passkey, Held::MailCode] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, held).await;
        let mut browser = holder.sign_in(&town).await;
        browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026").choose("言語", "en");
        town.clock.advance(minutes(31));
        browser.press("変更").await;
        sign_in_again(&mut holder, &town, &mut browser).await;
        browser.is_at("/account/profile", "プロフィール");
        assert_eq!(browser.value_of("ユーザID"), "hanako-2026");
        assert_eq!(browser.chosen("言語"), "en");
        assert!(browser.text().contains("変更は、まだ終わっていません"), "{}", browser.text());
        let old = town.member(JRP, &holder.who.login).await;
        assert_eq!(old.language, Some(Language::Ja), "nothing was changed behind her back");
        browser.press("変更").await;
        assert_eq!(town.member(JRP, "hanako-2026").await.id, old.id);
        town.close().await;
    }
}

#[tokio::test]
async fn an_address_typed_too_late_is_there_too() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/email").await.fill("メールアドレス", "taro.new@example.com");
    town.clock.advance(minutes(31));
    browser.press("実行").await;
    sign_in_again(&mut holder, &town, &mut browser).await;
    browser.is_at("/account/email", "メールアドレスの更新");
    assert_eq!(browser.value_of("メールアドレス"), "taro.new@example.com");
    assert_eq!(town.mailbox().count("taro.new@example.com").await, 0);
    town.close().await;
}

#[tokio::test]
async fn an_app_that_was_scanned_before_the_time_ran_out_is_the_one_that_is_added() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let mut tablet = town.phone();
    tablet.scan(browser.visit("/account/methods/totp?manual=1").await);
    let code = tablet.code();
    browser.fill("ワンタイムパスワード", &code).fill("デバイス名", "タブレット");
    town.clock.advance(minutes(31));
    browser.press("実行").await;
    sign_in_again(&mut holder, &town, &mut browser).await;
    browser.is_at("/account/methods/totp", "ワンタイムパスワードの設定");
    assert_eq!(browser.value_of("デバイス名"), "タブレット");
    assert_eq!(browser.value_of("ワンタイムパスワード"), "", "a code is typed anew");
    browser.fill("ワンタイムパスワード", &tablet.code()).press("実行").await;
    browser.is_at("/account/methods", "ログイン方法変更");
    assert!(browser.text().contains("タブレット"), "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn a_password_is_never_kept() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/password").await;
    browser.fill("パスワード", "Tsu8!ki-no-Yoru").fill("パスワード確認用", "Tsu8!ki-no-Yoru");
    town.clock.advance(minutes(31));
    browser.press("実行").await;
    sign_in_again(&mut holder, &town, &mut browser).await;
    browser.is_at("/account/password", "パスワードの更新");
    assert!(!browser.page().contains("Tsu8"), "{}", browser.page());
    town.close().await;
}

#[tokio::test]
async fn what_one_member_typed_is_not_shown_to_another() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let (mut hers, mut phone) = (town.browser(JRP), town.phone());
    first_login(&mut hers, &hanako, &mut phone).await;
    town.clock.advance(minutes(31));

    // Her page, his session; and his page, after which she signs in.
    let mut his = holder.sign_in(&town).await;
    his.visit("/account/profile").await.fill("ユーザID", "taros-new-id");
    let (path, form) = his.form_of("変更");
    town.clock.advance(minutes(31));
    let is_kept = async || format!("{:?}", town.rows("session").await).contains("profile");
    hers.post(&path, &form).await.is_at("/signin", "ログイン");
    assert!(!is_kept().await, "kept with her session");
    his.post(&path, &form).await.is_at("/signin", "ログイン");
    assert!(is_kept().await);
    his.fill("ユーザID", &hanako.login).fill("パスワード", crate::walk::NEW_PASSWORD).press("ログイン").await;
    let code = phone.code();
    his.fill("ワンタイムパスワード", &code).press("トップページへ").await;
    his.is_at("/account/profile", "プロフィール");
    assert_eq!(his.value_of("ユーザID"), hanako.login);
    town.close().await;
}

#[tokio::test]
async fn a_form_stays_in_the_browser_it_was_typed_into() {
    let (town, mut holder, mut browser) = half_typed().await;
    town.clock.advance(minutes(31));
    browser.press("変更").await;
    let mut other = town.browser(JRP);
    other.visit("/signin?back=profile").await.is_at("/signin", "ログイン");
    let password = holder.password.clone();
    other.fill("ユーザID", &holder.who.login).fill("パスワード", &password).press("ログイン").await;
    holder.show(&town, &mut other).await;
    other.is_at("/account/profile", "プロフィール");
    assert_eq!(other.value_of("ユーザID"), holder.who.login);
    town.close().await;
}

#[tokio::test]
async fn whose_session_was_ended_elsewhere_is_told_why_the_sign_in_page_is_there() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let mut other = holder.sign_in(&town).await;
    other.visit("/account/devices").await;
    other.press("ほかの端末をすべてログアウトさせる").await;
    browser.visit("/account/profile").await.is_at("/signin", "ログイン");
    assert!(browser.text().contains("ログアウトしています。時間がたったか"), "{}", browser.text());
    let mut stranger = town.browser(JRP);
    assert!(!stranger.visit("/signin").await.text().contains("ログアウトしています。時間がたったか"));
    // Whoever logs out is told of that, and of nothing else.
    other.visit("/logout").await.press("ログアウトする").await;
    assert_eq!(other.text_of("[role=status]"), "ログアウトしました。");
    town.close().await;
}

#[tokio::test]
async fn what_is_sent_after_a_log_out_is_not_kept_and_the_page_says_so() {
    let (town, mut holder, mut browser) = half_typed().await;
    let (path, form) = browser.form_of("変更");
    browser.visit("/logout").await.press("ログアウトする").await;
    browser.post(&path, &form).await.is_at("/signin", "ログイン");
    assert!(browser.text().contains("入力したものは残っていません"), "{}", browser.text());
    let password = holder.password.clone();
    browser.fill("ユーザID", &holder.who.login).fill("パスワード", &password).press("ログイン").await;
    holder.show(&town, &mut browser).await;
    browser.is_at("/account/profile", "プロフィール");
    assert_eq!(browser.value_of("ユーザID"), holder.who.login);
    assert!(!browser.text().contains("まだ終わっていません"), "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn at_the_absolute_end_of_a_session_nothing_is_lost_either() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    for _ in 0..35 {
        town.clock.advance(minutes(20));
        browser.visit("/").await;
    }
    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026");
    town.clock.advance(minutes(25));
    town.purge().await;
    browser.press("変更").await;
    sign_in_again(&mut holder, &town, &mut browser).await;
    assert_eq!(browser.value_of("ユーザID"), "hanako-2026");
    town.close().await;
}

#[tokio::test]
async fn a_remembered_session_keeps_its_form_too() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = town.browser(JRP);
    browser.visit("/signin").await.tick("ログイン状態の保存");
    let password = holder.password.clone();
    browser.fill("ユーザID", &holder.who.login).fill("パスワード", &password).press("ログイン").await;
    holder.show(&town, &mut browser).await;
    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026");
    town.clock.advance(hours(25));
    town.purge().await;
    browser.press("変更").await;
    sign_in_again(&mut holder, &town, &mut browser).await;
    assert_eq!(browser.value_of("ユーザID"), "hanako-2026");
    town.close().await;
}

#[tokio::test]
async fn no_detour_on_the_way_back_in_loses_the_form() {
    let (town, mut holder, mut browser) = half_typed().await;
    town.clock.advance(minutes(31));
    browser.press("変更").await;
    // A wrong password, and the page loaded again.
    browser.fill("パスワード", "Chigau-Word1").press("ログイン").await;
    assert_eq!(browser.errors().len(), 1);
    browser.visit("/signin").await;
    // The password is right, and then the code takes too long.
    let password = holder.password.clone();
    browser.fill("パスワード", &password).press("ログイン").await;
    browser.is_at("/signin/totp", "ワンタイムパスワードの入力");
    town.clock.advance(hours(2));
    browser.visit("/signin/totp").await;
    sign_in_again(&mut holder, &town, &mut browser).await;
    browser.is_at("/account/profile", "プロフィール");
    assert_eq!(browser.value_of("ユーザID"), "hanako-2026");
    town.close().await;
}

#[tokio::test]
async fn the_key_of_a_screen_that_stood_open_for_hours_is_nobodys() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let mut strangers = town.phone();
    strangers.scan(browser.visit("/account/methods/totp?manual=1").await);
    browser.fill("デバイス名", "よその電話");
    town.clock.advance(hours(2));
    browser.press("実行").await;
    sign_in_again(&mut holder, &town, &mut browser).await;
    browser.is_at("/account/methods/totp", "ワンタイムパスワードの設定");
    assert_eq!(browser.value_of("デバイス名"), "よその電話");
    browser.fill("ワンタイムパスワード", &strangers.code()).press("実行").await;
    assert_eq!((browser.status.as_u16(), browser.path()), (422, "/account/methods/totp"));
    town.close().await;
}

#[tokio::test]
async fn a_password_typed_as_user_id_is_not_kept_in_sight() {
    for late in [minutes(6), minutes(31)] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, Held::App).await;
        let mut browser = holder.fresh(&town).await;
        let password = "Umi-no-Oto9";
        holder.take_password(&mut browser, password).await;
        browser.visit("/account/profile").await.fill("ユーザID", password).choose("言語", "en");
        town.clock.advance(late);
        browser.press("変更").await;
        if late == minutes(6) {
            holder.show_again(&town, &mut browser).await;
        } else {
            sign_in_again(&mut holder, &town, &mut browser).await;
        }
        browser.is_at("/account/profile", "プロフィール");
        assert_eq!(browser.value_of("ユーザID"), holder.who.login);
        assert_eq!(browser.chosen("言語"), "en", "the rest is there");
        town.close().await;
    }
}

#[tokio::test]
async fn a_form_that_cannot_be_opened_keeps_nobody_out() {
    let (town, mut holder, mut browser) = half_typed().await;
    town.clock.advance(minutes(31));
    browser.press("変更").await;
    town.sql("UPDATE session SET draft = token WHERE draft IS NOT NULL").await;
    sign_in_again(&mut holder, &town, &mut browser).await;
    browser.is_at("/account/profile", "プロフィール");
    assert_eq!(browser.value_of("ユーザID"), holder.who.login);
    town.close().await;
}

#[tokio::test]
async fn a_page_is_told_whether_its_session_ran_out_or_was_ended() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let mut other = holder.sign_in(&town).await;
    browser.visit("/account/devices").await;
    browser.press("ほかの端末をすべてログアウトさせる").await;
    other.visit("/session").await.is_at("/signin", "ログイン");
    town.clock.advance(minutes(31));
    assert_eq!(browser.visit("/session").await.page(), r#"{"seconds":0,"may_go_on":false}"#);
    town.close().await;
}
