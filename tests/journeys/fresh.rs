//! Fresh: what may not be done from a forgotten screen, by whom, and what is asked (D11, S-08, S-09; I1, I3 of the
//! threats). And that nobody loses what was typed.

use crate::{
    holder::{EVERY_KIND, Held, Holder, JRP, way_to},
    town::{Browser, Town, hours, minutes},
};

const REAUTH: &str = "/reauth";

/// Everything a member may do behind the login: where, by which form, and whether it wants fresh proofs. `{app}`,
/// `{passkey}` and `{login}` are filled in.
const DEEDS: [(&str, Option<&str>, bool); 24] = [
    ("/account/profile", None, false),
    ("/account/profile", Some("user_id={login}&shown_user_id={login}&method=&shown_method="), false),
    ("/account/profile", Some("user_id=another-id-1&shown_user_id={login}&method=&shown_method="), true),
    (
        "/account/profile",
        Some("user_id={login}&shown_user_id={login}&method={other}&shown_method={method}"),
        true,
    ),
    ("/account/email", None, true),
    ("/account/email", Some("email=evil%40example.com"), true),
    ("/account/password", None, true),
    (
        "/account/password",
        Some("shown_to={login}&password=Tsu8!ki-no-Yoru&password_confirm=Tsu8!ki-no-Yoru"),
        true,
    ),
    ("/account/methods", None, false),
    ("/account/methods/totp", None, true),
    ("/account/methods/totp", Some("code=123456&device_name=x"), true),
    ("/account/methods/passkey", None, true),
    ("/account/methods/mail-code", None, true),
    ("/account/methods/mail-code", Some("resend=1"), true),
    ("/account/methods/mail-code/delete", Some(""), true),
    ("/account/apps/{app}/delete", Some(""), true),
    ("/account/passkeys/{passkey}/delete", None, true),
    ("/account/devices", None, false),
    ("/account/devices", Some("others=1"), true),
    ("/account/devices", Some("session=0192f000-0000-7000-8000-000000000000"), true),
    ("/account/activity", None, false),
    ("/account/services", None, false),
    ("/account/services", Some("client=yoyaku"), false),
    (
        "/account/profile",
        Some("user_id={login}&shown_user_id={login}&method=&shown_method=&language=en&shown_language=ja"),
        false,
    ),
];

/// What a change would be seen in.
async fn facts(town: &Town) -> Vec<Vec<String>> {
    let mut facts = Vec::new();
    for table in ["password", "totp", "passkey", "retired_login", "one_time", "outbox"] {
        facts.push(town.rows(table).await);
    }
    facts
}

fn filled(text: &str, who: &str, method: &str) -> String {
    let other = if method == "passkey" { "app-otp" } else { "passkey" };
    text.replace("{login}", who)
        .replace("{other}", other)
        .replace("{method}", method)
        .replace("{app}", "0192f000-0000-7000-8000-000000000001")
        .replace("{passkey}", "0192f000-0000-7000-8000-000000000002")
}

#[tokio::test]
async fn every_deed_of_every_kind_of_member_asks_for_what_it_should() {
    for held in EVERY_KIND {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, held).await;
        let method = town.member(JRP, &holder.who.login).await.method.unwrap().as_str();
        for (path, form, wants) in DEEDS {
            // Five mails an hour are enough for everybody but this test.
            town.clock.advance(hours(1));
            let mut browser = holder.signed_in_a_while_ago(&town).await;
            let path = filled(path, &holder.who.login, method);
            let before = facts(&town).await;
            match form {
                Some(form) => browser.post(&path, &filled(form, &holder.who.login, method)).await,
                None => browser.visit(&path).await,
            };
            let deed = format!("{held:?}: {path} {form:?}");
            assert_eq!(browser.path() == REAUTH, wants, "{deed}: {} {}", browser.path(), browser.text());
            if !wants {
                assert_eq!(browser.path(), path, "{deed}");
                continue;
            }
            assert_eq!(facts(&town).await, before, "{deed}: something was written");
            let password = holder.password.clone();
            browser.fill("パスワード", &password).press("ログイン").await;
            assert_eq!(browser.path(), held.strongest(), "{deed}");
            assert!(!browser.text().contains("ほかの方法で確認する"), "{deed}: a weaker way is offered");
            // And one who proved it is led to where they were going.
            holder.show(&town, &mut browser).await;
            let gone = path.contains("0192f000") || (path.contains("mail-code") && browser.path() != path);
            assert!(gone || browser.path() == path, "{deed}: led to {}", browser.path());
        }
        town.close().await;
    }
}

#[tokio::test]
async fn what_was_typed_into_the_profile_waits_while_she_shows_who_she_is() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.signed_in_a_while_ago(&town).await;
    browser.visit("/account/profile").await;
    browser.fill("ユーザID", "hanako-2026").choose("言語", "en").press("変更").await;
    holder.show_again(&town, &mut browser).await;
    browser.is_at("/account/profile", "プロフィール");
    assert!(browser.text().contains("変更は、まだ終わっていません"), "{}", browser.text());
    assert_eq!(browser.value_of("ユーザID"), "hanako-2026");
    assert_eq!(town.count(JRP, "login-changed").await, 0, "nothing happens without her pressing the button");
    browser.press("変更").await;
    assert_eq!(browser.h1(), "Profile", "the language was kept too");
    assert_eq!(town.count(JRP, "login-changed").await, 1);
    assert_eq!(town.member(JRP, "hanako-2026").await.login.as_str(), "hanako-2026");
    // It is not shown to whoever comes by later.
    browser.visit("/account/profile?kept=1").await;
    assert!(!browser.text().contains("not saved yet"), "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn a_new_address_waits_sealed_and_for_its_own_page_only() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::Passkey).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/email").await.is_at("/account/email", "メールアドレスの更新");
    // The proofs grow old while she types.
    town.clock.advance(minutes(6));
    browser.fill("メールアドレス", "wakaba@example.net").press("実行").await;
    browser.is_at(REAUTH, "続行するには再度認証してください");
    let kept = town.dump().await;
    assert!(!format!("{kept:?}").contains("wakaba"), "an address lies open in the database");
    browser.visit("/account/profile?kept=1").await;
    assert!(!browser.page().contains("wakaba"), "the page of another form");
    browser.visit("/account/email").await;
    holder.show_again(&town, &mut browser).await;
    browser.is_at("/account/email", "メールアドレスの更新");
    assert_eq!(browser.value_of("メールアドレス"), "wakaba@example.net");
    browser.press("実行").await.is_at("/account/email/confirm", "新しいメールアドレスの確認");
    town.close().await;
}

#[tokio::test]
async fn a_password_is_typed_again_and_the_tick_is_kept() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/password").await.is_at("/account/password", "パスワードの更新");
    town.clock.advance(minutes(6));
    browser.fill("パスワード", "Tsu8!ki-no-Yoru").fill("パスワード確認用", "Tsu8!ki-no-Yoru");
    browser.untick("全てのデバイスからサインアウトする").press("実行").await;
    holder.show_again(&town, &mut browser).await;
    browser.is_at("/account/password", "パスワードの更新");
    assert!(browser.text().contains("もう一度入力してください"), "{}", browser.text());
    assert!(!browser.has("input[type=checkbox][checked]"), "the tick she took away stays away");
    assert_eq!(town.count(JRP, "password-changed").await, 0);
    town.close().await;
}

#[tokio::test]
async fn an_app_that_was_scanned_stays_good_while_she_shows_who_she_is() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let mut tablet = town.phone();
    browser.visit("/account/methods/totp?manual=1").await;
    tablet.scan(&browser);
    let key = tablet.key();
    town.clock.advance(minutes(6));
    let code = tablet.code();
    browser.fill("ワンタイムパスワード", &code).fill("デバイス名", "タブレット").press("実行").await;
    holder.show_again(&town, &mut browser).await;
    browser.is_at("/account/methods/totp", "ワンタイムパスワードの設定");
    tablet.scan(&browser);
    assert_eq!(tablet.key(), key, "another key: what she scanned is worth nothing");
    assert_eq!(browser.value_of("デバイス名"), "タブレット");
    let code = tablet.code();
    browser
        .fill("ワンタイムパスワード", &code)
        .press("実行")
        .await
        .is_at("/account/methods", "ログイン方法変更");
    way_to(&browser, "タブレット", "削除");
    town.close().await;
}

#[tokio::test]
async fn who_is_not_signed_in_is_asked_to_and_comes_to_the_page_that_was_wanted() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    for page in ["/account/password", "/account/profile", "/account/methods/totp", "/account/activity"] {
        let mut browser = town.browser(JRP);
        browser.visit(page).await.is_at("/signin", "ログイン");
        let password = holder.password.clone();
        browser
            .fill("ユーザID", &holder.who.login)
            .fill("パスワード", "Wrong-Password-1")
            .press("ログイン")
            .await;
        browser.fill("ユーザID", &holder.who.login).fill("パスワード", &password).press("ログイン").await;
        holder.show(&town, &mut browser).await;
        assert_eq!(browser.path(), page);
    }
    for evil in
        ["https://evil.example/", "//evil.example", "../logout", "profile%0d%0aX:y", "methods/../../x"]
    {
        let mut browser: Browser = town.browser(JRP);
        browser.visit(&format!("/signin?back={evil}")).await.is_at("/signin", "ログイン");
        assert!(!browser.has("form[action='/signin'] input[name=back]"), "{evil}");
        let form = format!("username={}&password={}&back={evil}", holder.who.login, holder.password);
        browser.post("/signin", &form).await;
        holder.show(&town, &mut browser).await;
        browser.is_at("/", "サービス");
    }
    town.close().await;
}

#[tokio::test]
async fn a_password_manager_finds_the_page_where_the_password_is_changed() {
    let town = Town::open().await;
    let browser = town.browser("jswkenpo");
    let request = browser.request(&axum::http::Method::GET, "/.well-known/change-password", None);
    let answer = tower::ServiceExt::oneshot(town.router.clone(), request).await.unwrap();
    assert_eq!(answer.status(), 302);
    let place = answer.headers()["location"].to_str().unwrap();
    assert_eq!(place, "https://www.jswkenpo.portal.kosmo-web.jp/account/password");
    town.close().await;
}

#[tokio::test]
async fn a_sign_in_by_a_weaker_way_makes_nothing_fresh() {
    let town = Town::open().await;
    for held in [Held::MailCodeAndPasskey, Held::MailCodeAndApp, Held::AppAndPasskey] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, held).await;
        // The default way of all three is the weaker one.
        let mut browser = holder.sign_in(&town).await;
        browser.visit("/account/password").await.is_at(REAUTH, "続行するには再度認証してください");
        holder.show_again(&town, &mut browser).await;
        browser.is_at("/account/password", "パスワードの更新");
        town.close().await;
    }
    // And who shows the stronger one at the door need not show it twice.
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut browser = town.browser(JRP);
    crate::walk::sign_in(&mut browser, &holder.who.login, &holder.password).await;
    browser.visit("/signin/passkey").await;
    holder.show(&town, &mut browser).await;
    browser.visit("/account/password").await.is_at("/account/password", "パスワードの更新");
    town.close().await;
}

#[tokio::test]
async fn a_page_of_one_member_does_nothing_to_another_who_signed_in_since() {
    let town = Town::open().await;
    let mut taro = Holder::of(&town, Held::AppAndPasskey).await;
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let (mut browser, mut phone) = (town.browser(JRP), town.phone());
    crate::walk::first_login(&mut browser, &hanako, &mut phone).await;
    let mut forms = Vec::new();
    browser.visit("/account/email").await.fill("メールアドレス", "hanako.new@example.com");
    forms.push(browser.form_of("実行"));
    browser.visit("/account/profile").await.choose("認証方法", "passkey").choose("言語", "en");
    forms.push(browser.form_of("変更"));
    browser.visit("/account/password").await;
    browser.fill("パスワード", "Tsu8!ki-no-Yoru").fill("パスワード確認用", "Tsu8!ki-no-Yoru");
    forms.push(browser.form_of("実行"));
    browser.visit("/account/methods/totp").await.fill("ワンタイムパスワード", "123456");
    forms.push(browser.form_of("実行"));

    // The same computer, an hour later; fresh, and not fresh any more.
    let his = taro.sign_in(&town).await;
    browser.cookies.clone_from(&his.cookies);
    for fresh in [true, false] {
        let before = facts(&town).await;
        let member = town.member(JRP, &taro.who.login).await;
        for (path, form) in &forms {
            browser.post(path, form).await;
            let after = town.member(JRP, &taro.who.login).await;
            assert!(after.email_pending.is_none(), "{path}: her address became his");
            assert_eq!((after.method, after.language), (member.method, member.language), "{path}");
            assert!(!browser.page().contains("hanako.new"), "{path}: what she typed is shown to him");
        }
        assert_eq!(facts(&town).await, before, "fresh: {fresh}");
        town.clock.advance(minutes(6));
    }
    assert!(!format!("{:?}", town.rows("session").await).contains("'email'"), "and nothing was kept for him");
    town.close().await;
}

#[tokio::test]
async fn a_key_that_was_read_long_ago_becomes_nobodys_app() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let (mut thief, mut tablet) = (town.phone(), town.phone());
    thief.scan(browser.visit("/account/methods/totp?manual=1").await);
    town.clock.advance(minutes(20));
    browser.visit("/account/methods/totp").await;
    holder.show_again(&town, &mut browser).await;
    tablet.scan(browser.visit("/account/methods/totp?manual=1").await);
    assert_ne!(tablet.key(), thief.key());
    town.close().await;
}

#[tokio::test]
async fn begun_again_after_five_wrong_codes_it_still_leads_to_what_was_typed() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.signed_in_a_while_ago(&town).await;
    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026").press("変更").await;
    let password = holder.password.clone();
    browser.fill("パスワード", &password).press("ログイン").await;
    for _ in 0..5 {
        let wrong = holder.phone.wrong_code();
        browser.fill("ワンタイムパスワード", &wrong).press("トップページへ").await;
    }
    assert!(browser.errors()[0].contains("下にパスワードを入力するところから"), "{:?}", browser.errors());
    // Another language and another deed in another tab do not lose it either.
    browser.post("/language", "lang=en&back=%2Freauth").await;
    browser.post("/language", "lang=ja&back=%2Freauth").await;
    holder.show_again(&town, &mut browser).await;
    browser.is_at("/account/profile", "プロフィール");
    assert_eq!(browser.value_of("ユーザID"), "hanako-2026");
    town.close().await;
}

#[tokio::test]
async fn an_attempt_ends_with_the_session_it_was_made_for() {
    let short = |text: String| text + "\n[session]\nidle_minutes = 5\n";
    let town = Town::edited(JRP, short).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    town.clock.advance(minutes(4));
    browser.visit("/").await;
    town.clock.advance(minutes(2));
    browser.visit("/account/password").await;
    let password = holder.password.clone();
    browser.fill("パスワード", &password).press("ログイン").await;
    browser.is_at("/signin/totp", "ワンタイムパスワードの入力");
    town.clock.advance(minutes(5));
    let code = holder.phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.is_at("/signin", "ログイン");
    assert!(browser.text().contains("時間がたったため"), "{}", browser.text());
    town.close().await;
}
