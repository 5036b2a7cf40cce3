//! Pages as they are read: the visible words of the way in at one union, so that a change of wording is seen in Japanese.

use crate::{
    passkey::at_set_up,
    passkey_alone::alone,
    town::{Authenticator, Browser, JSW, Town, hours, minutes},
    walk::{NEW_PASSWORD, answer, first_login, sign_in, up_to},
};

/// Compares what is read with what was read before; one file for both databases.
fn as_before(name: &str, browser: &Browser) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, browser.reading()));
}

#[tokio::test]
async fn what_a_member_reads_on_the_way_in() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    as_before("page_top", browser.visit("/").await);
    as_before("page_signin", browser.visit("/signin").await);
    for (name, heading) in [
        ("page_birth_date", "生年月日の入力"),
        ("page_terms", "利用規約"),
        ("page_method", "ユーザIDの変更・認証方法の設定"),
        ("page_password", "パスワードの更新"),
        ("page_email", "メールアドレスの更新"),
        ("page_limited", "初回ログインが完了しました"),
    ] {
        if browser.h1() == "ログイン" {
            up_to(&mut browser, &hanako, &mut phone, heading).await;
        }
        assert_eq!(browser.h1(), heading);
        as_before(name, &browser);
        answer(&mut browser, &hanako, &mut phone).await;
    }
    as_before("page_signin_to_set_up", &browser);
    let mut hanako = hanako;
    hanako.password = NEW_PASSWORD.into();
    up_to(&mut browser, &hanako, &mut phone, "ワンタイムパスワードの設定").await;
    as_before("page_set_up", &browser);
    first_login(&mut browser, &hanako, &mut phone).await;
    as_before("page_home", &browser);
    as_before("page_log_out", browser.visit("/logout").await);
    as_before("page_not_found", browser.visit("/nowhere").await);
    town.close().await;
}

#[tokio::test]
async fn what_a_member_reads_about_passkeys() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut device = Authenticator::new(1);
    let mut browser = at_set_up(&town, &hanako).await;
    as_before("page_passkey_set_up", &browser);
    for failed in ["cancelled", "already-here", "unsupported"] {
        browser.visit(&format!("/signin/setup/passkey?failed={failed}")).await;
        as_before(&format!("page_passkey_set_up_{}", failed.replace('-', "_")), &browser);
    }
    browser
        .press_with("再試行してください", &mut device.lying(|lies| lies.no_user_verification = true))
        .await;
    as_before("page_passkey_set_up_refused", &browser);
    browser.press_with("再試行してください", &mut device).await;
    as_before("page_passkey_name", &browser);
    browser.press("OK").await;
    town.clock.advance(hours(24));
    browser.cookies.clear();
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    as_before("page_passkey_prove", &browser);
    for failed in ["cancelled", "unsupported"] {
        browser.visit(&format!("/signin/passkey?failed={failed}")).await;
        as_before(&format!("page_passkey_prove_{failed}"), &browser);
    }
    browser.press_with("再試行してください", &mut device).await;
    as_before("page_methods", browser.visit("/account/methods").await);
    town.clock.advance(minutes(6));
    as_before("page_reauth", browser.visit("/account/methods/passkey").await);
    town.close().await;
}

#[tokio::test]
async fn what_is_read_at_the_door_where_a_passkey_stands_alone() {
    let town = Town::edited(JSW, alone).await;
    let mut browser = town.browser(JSW);
    as_before("page_signin_alone", browser.visit("/signin").await);
    as_before("page_signin_alone_cancelled", browser.visit("/signin?failed=cancelled").await);
    browser.options("/signin/passkey/alone").await;
    let unknown = serde_json::json!({});
    as_before("page_signin_alone_refused", browser.hand_in("/signin/passkey/alone", &unknown).await);
    // Back and reload fetch the page of the form, not the address that takes passkeys (D15).
    assert!(browser.has("body[data-address='/signin']"));
    assert!(!browser.visit("/signin").await.has("body[data-address]"));
    town.close().await;
}
