//! Mail in a real browser: an address confirmed on another device, codes by mail, a lost phone, a code from the desk.

use crate::authenticator::Authenticator;
use crate::browser::{Browser, Window, walk, walk_with_two};
use crate::newcomer::{Member, NEW_PASSWORD, code_in, go_to_set_up, link_in, log_out, newest_letter};
use crate::portal::Portal;

#[test]
fn an_address_is_confirmed_on_another_device_and_the_page_that_waits_goes_on_by_itself() {
    let windows = [Window::desktop(), Window::phone()];
    walk_with_two("mail/first_login_by_link", windows, async |pc, phone| {
        let portal = Portal::open().await;
        let union = portal.at("jrpluskenpo");
        let member = Member::first_of(pc, &portal, "jrpluskenpo").await;
        pc.go(&format!("{union}/signin")).await;
        pc.fill("ユーザID", &member.login).await;
        pc.fill("パスワード", &member.password).await;
        pc.press("ログイン").await;
        pc.arrive("/signin/birthdate", "生年月日の入力").await;
        pc.fill("生年月日", &member.born).await;
        pc.press("実行").await;
        pc.arrive("/signin/terms", "利用規約").await;
        pc.press("同意する").await;
        pc.arrive("/signin/email", "メールアドレスの更新").await;
        pc.look("email").await;
        pc.press("実行").await;
        pc.arrive("/signin/email/confirm", "メールアドレスの確認").await;
        pc.look("waiting").await;

        let link = link_in(&newest_letter(phone, &portal).await);
        phone.go(&link).await;
        phone.arrive_under("/signin/email/confirm/", "メールアドレスの確認").await;
        phone.look("link").await;
        phone.press("このメールアドレスを確認する").await;
        phone.text_at(".banner.good, [role=status]").await;
        phone.look("confirmed").await;

        // Nobody touches the PC.
        pc.arrive("/signin/method", "認証方法の設定").await;
        pc.pick("認証方法", "OTP認証(メール)").await;
        pc.look("method").await;
        pc.press("実行").await;
        pc.arrive("/signin/password", "パスワードの更新").await;
        pc.fill("パスワード", NEW_PASSWORD).await;
        pc.fill("パスワード確認用", NEW_PASSWORD).await;
        pc.press("実行").await;
        pc.arrive("/signin/done", "初回ログインが完了しました").await;
        pc.look("done").await;
        pc.press("ログアウトして、もう一度ログインする").await;
        pc.leave("/signin/done").await;
        if pc.path().await == "/" {
            pc.press_at("#login").await;
        }
        pc.arrive("/signin", "ログイン").await;
        pc.fill("ユーザID", &member.login).await;
        pc.fill("パスワード", NEW_PASSWORD).await;
        pc.press("ログイン").await;
        pc.arrive("/signin/mail-code", "ワンタイムパスワード (OTP) メール認証").await;
        pc.look("mail_code").await;
        let code = code_in(&newest_letter(phone, &portal).await);
        pc.fill("ワンタイムパスワード", &code).await;
        pc.press("実行").await;
        pc.arrive("/", "サービス").await;
    });
}

async fn set_up(browser: &Browser) -> Authenticator {
    browser.arrive("/signin/setup/totp", "ワンタイムパスワードの設定").await;
    browser.press("スキャンできませんか？").await;
    let phone = Authenticator::with_key(&browser.text_at("#key").await);
    browser.fill("ワンタイムパスワード", &phone.code()).await;
    browser.press("実行").await;
    browser.leave("/signin/setup/totp").await;
    phone
}

/// Asks for a new password, reads the mail, and opens its link.
async fn ask_and_open(browser: &Browser, portal: &Portal, union: &str, login: &str) {
    browser.go(&format!("{union}/signin")).await;
    browser.arrive("/signin", "ログイン").await;
    browser.press("パスワードを忘れた方はこちら").await;
    browser.arrive("/recovery/password", "パスワードを忘れた方はこちら").await;
    browser.look("forgot").await;
    browser.fill("ユーザID", login).await;
    browser.press("実行").await;
    browser.arrive_at("/recovery/password/sent").await;
    browser.look("sent").await;
    let link = link_in(&newest_letter(browser, portal).await);
    browser.go(&link).await;
    browser.arrive_under("/recovery/password/link/", "パスワードをリセット").await;
    browser.look("link").await;
    browser.press("パスワードをリセット").await;
    browser.arrive("/signin/birthdate", "生年月日の入力").await;
}

const OTHER_PASSWORD: &str = "Hoshi-2-no-Kaze!";

#[test]
fn a_lost_phone_is_replaced_by_mail_and_birth_date() {
    walk("mail/lost_phone", Window::phone(), async |browser| {
        let portal = Portal::open().await;
        let union = portal.at("jswkenpo");
        let member = Member::first_of(browser, &portal, "jswkenpo").await;
        go_to_set_up(browser, Some(&portal), &union, &member, "OTP認証").await;
        let old = set_up(browser).await;
        browser.arrive("/", "サービス").await;
        log_out(browser).await;

        ask_and_open(browser, &portal, &union, &member.login).await;
        browser.look("birth_date").await;
        browser.fill("生年月日", &member.born).await;
        browser.press("実行").await;
        browser.arrive("/recovery/password/way", "ご本人の確認").await;
        browser.look("way").await;
        browser.press_at("main button[name=lost][value='1']").await;
        browser.arrive_at("/signin/setup/totp").await;
        browser.look("set_up").await;
        let new = set_up(browser).await;
        browser.arrive("/signin/password", "パスワードの更新").await;
        browser.look("password").await;
        browser.fill("パスワード", OTHER_PASSWORD).await;
        browser.fill("パスワード確認用", OTHER_PASSWORD).await;
        browser.press("実行").await;
        browser.arrive("/", "サービス").await;
        browser.look("home").await;
        log_out(browser).await;

        // The new password and the new app let her in; the old app is nothing any more.
        browser.press_at("#login").await;
        browser.arrive("/signin", "ログイン").await;
        browser.fill("ユーザID", &member.login).await;
        browser.fill("パスワード", OTHER_PASSWORD).await;
        browser.press("ログイン").await;
        browser.arrive("/signin/totp", "ワンタイムパスワードの入力").await;
        browser.fill("ワンタイムパスワード", &old.code()).await;
        browser.press("トップページへ").await;
        browser.text_at("[role=alert]").await;
        browser.fill("ワンタイムパスワード", &new.code()).await;
        browser.press("トップページへ").await;
        browser.arrive("/", "サービス").await;
    });
}

#[test]
fn a_lost_phone_is_replaced_with_a_code_from_the_desk() {
    walk("mail/desk_code", Window::desktop(), async |browser| {
        let portal = Portal::open_with("tests/tenants").await;
        let union = portal.at("hinatakenpo");
        let member = Member::first_of(browser, &portal, "hinatakenpo").await;
        go_to_set_up(browser, Some(&portal), &union, &member, "OTP認証").await;
        set_up(browser).await;
        browser.arrive("/", "サービス").await;
        log_out(browser).await;

        ask_and_open(browser, &portal, &union, &member.login).await;
        browser.fill("生年月日", &member.born).await;
        browser.press("実行").await;
        browser.arrive("/recovery/password/way", "ご本人の確認").await;
        browser.press_at("main button[name=lost][value='1']").await;
        browser.arrive_at("/recovery/password/desk-code").await;
        browser.look("desk_code").await;
        let said = portal.desk(&[
            "member",
            "desk-code",
            "--tenant",
            "hinatakenpo",
            &member.login,
            "--reason",
            "phone",
        ]);
        let code = said.split_whitespace().last().expect("a code");
        browser.fill("確認コード", &code.to_lowercase()).await;
        browser.press("実行").await;
        browser.arrive_at("/signin/setup/totp").await;
        set_up(browser).await;
        browser.arrive("/signin/password", "パスワードの更新").await;
        browser.fill("パスワード", OTHER_PASSWORD).await;
        browser.fill("パスワード確認用", OTHER_PASSWORD).await;
        browser.press("実行").await;
        browser.arrive("/", "サービス").await;
    });
}

#[test]
fn a_forgotten_user_id_comes_by_mail() {
    walk("mail/user_id", Window::phone(), async |browser| {
        let portal = Portal::open().await;
        let union = portal.at("jswkenpo");
        let member = Member::first_of(browser, &portal, "jswkenpo").await;
        browser.go(&format!("{union}/recovery/user-id")).await;
        browser.arrive("/recovery/user-id", "ユーザIDを忘れた方はこちら").await;
        browser.look("forgot").await;
        browser.fill("生年月日", &member.born).await;
        browser.fill("ご登録いただいたメールアドレス", "hanako.kenpo@example.jp").await;
        browser.press("実行").await;
        browser.text_at("main .banner.good").await;
        browser.look("sent").await;
        assert!(newest_letter(browser, &portal).await.contains(&member.login));
    });
}
