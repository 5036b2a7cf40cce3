//! Mail in a real browser: an address confirmed on another device, codes by mail, a lost phone, a code from the desk.

use crate::authenticator::Authenticator;
use crate::browser::{Browser, Window, walk, walk_with_two};
use crate::passkey::{Member, NEW_PASSWORD, log_out};
use crate::portal::Portal;

/// The newest letter on the demo's own page.
async fn newest_letter(browser: &Browser, portal: &Portal) -> String {
    browser.go(&format!("{}#letters", portal.own_page())).await;
    let script = "arguments[0](document.querySelector('.letter pre').textContent);";
    browser.run(script, vec![]).await.as_str().expect("a letter").to_owned()
}

fn link_in(letter: &str) -> String {
    let link = letter.split_whitespace().find(|word| word.starts_with("http"));
    link.unwrap_or_else(|| panic!("no link in {letter}")).to_owned()
}

fn code_in(letter: &str) -> String {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    let code = letter.lines().map(str::trim).find(is_code);
    code.unwrap_or_else(|| panic!("no code in {letter}")).to_owned()
}

/// Reads the code and types it on the page that waits.
pub async fn confirm_by_code(browser: &Browser, portal: &Portal, union: &str) {
    let code = code_in(&newest_letter(browser, portal).await);
    browser.go(&format!("{union}/signin/email/confirm")).await;
    browser.fill("確認コード", &code).await;
    browser.press("実行").await;
}

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
        pc.choose("認証方法", "OTP認証(メール)").await;
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

/// First login with an authenticator app, in the order of jswkenpo; the app.
async fn first_login_with_an_app(browser: &Browser, union: &str, member: &Member) -> Authenticator {
    let mut password = member.password.clone();
    browser.go(&format!("{union}/signin")).await;
    for _ in 0..20 {
        let path = browser.path().await;
        match path.as_str() {
            "/" => browser.press_at("#login").await,
            "/signin" => {
                browser.fill("ユーザID", &member.login).await;
                browser.fill("パスワード", &password).await;
                browser.press("ログイン").await;
            }
            "/signin/birthdate" => {
                browser.fill("生年月日", &member.born).await;
                browser.press("実行").await;
            }
            "/signin/terms" => browser.press("同意する").await,
            "/signin/method" => {
                browser.choose("認証方法", "OTP認証").await;
                browser.press("実行").await;
            }
            "/signin/password" => {
                NEW_PASSWORD.clone_into(&mut password);
                browser.fill("パスワード", NEW_PASSWORD).await;
                browser.fill("パスワード確認用", NEW_PASSWORD).await;
                browser.press("実行").await;
            }
            "/signin/email" => browser.press("実行").await,
            "/signin/done" => browser.press("ログアウトして認証方法を設定する").await,
            "/signin/setup/totp" => return set_up(browser).await,
            other => panic!("a page nobody wrote down: {other}"),
        }
        browser.leave(&path).await;
    }
    panic!("never came to the set-up");
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
        let old = first_login_with_an_app(browser, &union, &member).await;
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
        // This union confirms addresses by code.
        let mut password = member.password.clone();
        browser.go(&format!("{union}/signin")).await;
        loop {
            let path = browser.path().await;
            match path.as_str() {
                "/signin" => {
                    browser.fill("ユーザID", &member.login).await;
                    browser.fill("パスワード", &password).await;
                    browser.press("ログイン").await;
                }
                "/signin/birthdate" => {
                    browser.fill("生年月日", &member.born).await;
                    browser.press("実行").await;
                }
                "/signin/terms" => browser.press("同意する").await,
                "/signin/method" => {
                    browser.choose("認証方法", "OTP認証").await;
                    browser.press("実行").await;
                }
                "/signin/password" => {
                    NEW_PASSWORD.clone_into(&mut password);
                    browser.fill("パスワード", NEW_PASSWORD).await;
                    browser.fill("パスワード確認用", NEW_PASSWORD).await;
                    browser.press("実行").await;
                }
                "/signin/email" => browser.press("実行").await,
                "/signin/email/confirm" => confirm_by_code(browser, &portal, &union).await,
                _ => break,
            }
            browser.leave(&path).await;
        }
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
        let said = portal.desk(&["member", "desk-code", "--tenant", "hinatakenpo", &member.login]);
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
