//! The main road at jswkenpo: a member of the old system signs in for the first time, sets up an authenticator app, and
//! comes back another day.

use crate::authenticator::Authenticator;
use crate::browser::{Browser, Window, walk};
use crate::portal::Portal;

/// A member of `tenants/jswkenpo/sample.csv`.
struct Member {
    login: &'static str,
    first_password: &'static str,
    birth_date: &'static str,
}

/// 記号 12, 番号 3456789, born 1980-12-01; known from the old system, so the first password follows from these.
const HANAKO: Member =
    Member { login: "testuser", first_password: "12345678919801201", birth_date: "19801201" };

const NEW_PASSWORD: &str = "Kenpo-Sakura7";

#[test]
fn hanako_signs_in_for_the_first_time_on_her_phone_and_comes_back() {
    walk("first_login_and_return/phone", Window::phone(), first_login_and_return);
}

#[test]
fn hanako_signs_in_for_the_first_time_on_her_pc_and_comes_back() {
    walk("first_login_and_return/desktop", Window::desktop(), first_login_and_return);
}

#[test]
fn nothing_scrolls_sideways_on_a_screen_of_320_pixels() {
    walk("first_login_and_return/narrow", Window::narrow(), first_login_and_return);
}

#[test]
fn hanako_gets_in_with_javascript_switched_off() {
    walk(
        "first_login_and_return/without_javascript",
        Window::phone().without_javascript(),
        first_login_and_return,
    );
}

#[test]
fn hanako_gets_in_reading_english() {
    walk("first_login_and_return/english", Window::phone().in_english(), first_login_and_return_in_english);
}

#[test]
fn a_wrong_password_and_a_wrong_code_are_answered_on_the_same_page() {
    walk("first_login_and_return/wrong", Window::phone(), async |browser| {
        let portal = Portal::open().await;
        let jsw = portal.at("jswkenpo");

        browser.go(&format!("{jsw}/signin")).await;
        browser.fill("ユーザID", HANAKO.login).await;
        browser.fill("パスワード", "Chigau-Word1").await;
        browser.press("ログイン").await;
        browser.text_at("[role=alert]").await;
        browser.arrive("/signin", "ログイン").await;
        assert_eq!(browser.standing_in("ユーザID").await, HANAKO.login);
        assert_eq!(browser.standing_in("パスワード").await, "");
        browser.look("wrong_password").await;

        browser.fill("パスワード", HANAKO.first_password).await;
        browser.press("ログイン").await;
        browser.arrive("/signin/birthdate", "生年月日の入力").await;
        browser.fill("生年月日", "19801202").await;
        browser.press("実行").await;
        browser.text_at("[role=alert]").await;
        browser.look("wrong_birth_date").await;
        browser.fill("生年月日", "昭和55年12月1日").await;
        browser.press("実行").await;
        browser.arrive("/signin/terms", "利用規約").await;
    });
}

/// The browser never warns of a form that would be sent twice: a page that answered one is fetched again (D15).
#[test]
fn back_and_reload_are_safe_after_a_refused_form() {
    walk("first_login_and_return/back", Window::phone(), async |browser| {
        let portal = Portal::open().await;
        browser.go(&format!("{}/signin", portal.at("jswkenpo"))).await;
        for _ in 0..2 {
            browser.fill("ユーザID", HANAKO.login).await;
            browser.fill("パスワード", "Chigau-Word1").await;
            // Both rounds are answered by the same page.
            browser.to_another_page(async || browser.press("ログイン").await).await;
            browser.text_at("[role=alert]").await;
            assert_eq!(browser.run(FOCUSED, vec![]).await, "errors");
        }
        browser.reload().await;
        browser.arrive("/signin", "ログイン").await;
        assert!(!browser.has("[role=alert]").await, "sent again");

        browser.fill("ユーザID", HANAKO.login).await;
        browser.fill("パスワード", "Chigau-Word2").await;
        browser.press("ログイン").await;
        browser.text_at("[role=alert]").await;
        browser.fill("パスワード", HANAKO.first_password).await;
        browser.press("ログイン").await;
        browser.arrive("/signin/birthdate", "生年月日の入力").await;
        browser.fill("生年月日", "19801202").await;
        browser.press("実行").await;
        browser.text_at("[role=alert]").await;
        browser.fill("生年月日", HANAKO.birth_date).await;
        browser.press("実行").await;
        browser.arrive("/signin/terms", "利用規約").await;
        // The pages of the birth date lead on to the step whose turn it is; before them lie those of the sign-in.
        for page in 0..6 {
            browser.back().await;
            assert!(browser.has("footer .phone").await, "page {page} is the browser's own");
            assert!(!browser.has("[role=alert]").await, "sent again");
            if browser.path().await == "/signin" {
                break;
            }
        }
        browser.arrive("/signin", "ログイン").await;
        assert_eq!(browser.standing_in("ユーザID").await, HANAKO.login);
        browser.look("sign_in_by_back").await;
    });
}

const FOCUSED: &str = "arguments[0](document.activeElement.id);";

async fn first_login_and_return(browser: &Browser) {
    let portal = Portal::open().await;
    let jsw = portal.at("jswkenpo");

    first_login(browser, &jsw).await;
    let phone = set_up_the_app(browser).await;
    log_out(browser).await;

    // Another day.
    sign_in(browser, HANAKO.login, NEW_PASSWORD).await;
    browser.arrive("/signin/totp", "ワンタイムパスワードの入力").await;
    browser.look("code").await;
    browser.fill("ワンタイムパスワード", &phone.code()).await;
    browser.press("トップページへ").await;
    browser.arrive("/", "サービス").await;
    browser.look("home_again").await;
}

/// From the union's front page to 「初回ログインが完了しました」.
async fn first_login(browser: &Browser, union: &str) {
    browser.go(union).await;
    browser.arrive_at("/").await;
    browser.look("top").await;
    browser.press("ログイン").await;

    browser.arrive("/signin", "ログイン").await;
    browser.look("sign_in").await;
    sign_in(browser, HANAKO.login, HANAKO.first_password).await;

    browser.arrive("/signin/birthdate", "生年月日の入力").await;
    browser.look("birth_date").await;
    browser.fill("生年月日", HANAKO.birth_date).await;
    browser.press("実行").await;

    browser.arrive("/signin/terms", "利用規約").await;
    browser.look("terms").await;
    browser.press("同意する").await;

    browser.arrive("/signin/method", "ユーザIDの変更・認証方法の設定").await;
    assert_eq!(browser.standing_in("ユーザID").await, HANAKO.login);
    browser.pick("認証方法", "OTP認証").await;
    browser.look("method").await;
    browser.press("実行").await;

    browser.arrive("/signin/password", "パスワードの更新").await;
    browser.look("password").await;
    browser.fill("パスワード", NEW_PASSWORD).await;
    browser.fill("パスワード確認用", NEW_PASSWORD).await;
    browser.look("password_typed").await;
    browser.press("実行").await;

    browser.arrive("/signin/email", "メールアドレスの更新").await;
    browser.look("email").await;
    browser.press("実行").await;

    browser.arrive("/signin/done", "初回ログインが完了しました").await;
    browser.look("done").await;
    browser.press("ログアウトして認証方法を設定する").await;
    browser.leave("/signin/done").await;
}

/// The second sign-in: the new password, then the app.
async fn set_up_the_app(browser: &Browser) -> Authenticator {
    sign_in(browser, HANAKO.login, NEW_PASSWORD).await;
    browser.arrive("/signin/setup/totp", "ワンタイムパスワードの設定").await;
    browser.look("set_up_qr").await;
    browser.press("スキャンできませんか？").await;
    let phone = Authenticator::with_key(&browser.text_at("#key").await);
    browser.look("set_up_key").await;
    browser.fill("ワンタイムパスワード", &phone.code()).await;
    browser.fill("デバイス名", "花子のスマートフォン").await;
    browser.press("実行").await;
    browser.arrive("/", "サービス").await;
    browser.look("home").await;
    phone
}

async fn sign_in(browser: &Browser, login: &str, password: &str) {
    // Where logging out led to the front page, its button leads on.
    if browser.path().await != "/signin" {
        browser.press("ログイン").await;
    }
    browser.arrive("/signin", "ログイン").await;
    browser.fill("ユーザID", login).await;
    browser.fill("パスワード", password).await;
    browser.press("ログイン").await;
}

async fn log_out(browser: &Browser) {
    // Her own name, at the upper right.
    browser.press_at("header .me summary").await;
    browser.look("menu").await;
    browser.press_at("header .me .button").await;
    browser.arrive("/logout", "ログアウトしてもよろしいですか？").await;
    browser.look("log_out").await;
    browser.press("ログアウトする").await;
    browser.arrive_at("/").await;
    browser.look("logged_out").await;
}

/// The same road without reading: fields by their purpose, the main button of each page.
async fn first_login_and_return_in_english(browser: &Browser) {
    let portal = Portal::open().await;
    browser.go(&portal.at("jswkenpo")).await;
    browser.arrive_at("/").await;
    english_page(browser, "top").await;
    browser.press_at("#login").await;

    let sign_in = async |name: &str, password: &str| {
        browser.arrive_at("/signin").await;
        english_page(browser, name).await;
        browser.fill_as("username", HANAKO.login).await;
        browser.fill_as("current-password", password).await;
        browser.press_at(GO_ON).await;
    };
    sign_in("sign_in", HANAKO.first_password).await;

    browser.arrive_at("/signin/birthdate").await;
    english_page(browser, "birth_date").await;
    browser.fill_as("bday", HANAKO.birth_date).await;
    browser.press_at(GO_ON).await;

    browser.arrive_at("/signin/terms").await;
    english_page(browser, "terms").await;
    browser.press_at(GO_ON).await;

    browser.arrive_at("/signin/method").await;
    english_page(browser, "method").await;
    browser.press_at("main label[for=method-app-otp]").await;
    browser.press_at(GO_ON).await;

    browser.arrive_at("/signin/password").await;
    english_page(browser, "password").await;
    browser.fill_as("new-password", NEW_PASSWORD).await;
    browser.press_at(GO_ON).await;

    browser.arrive_at("/signin/email").await;
    english_page(browser, "email").await;
    browser.press_at(GO_ON).await;

    browser.arrive_at("/signin/done").await;
    english_page(browser, "done").await;
    browser.press_at(GO_ON).await;
    browser.leave("/signin/done").await;

    if browser.path().await == "/" {
        browser.press_at("#login").await;
    }
    sign_in("sign_in_again", NEW_PASSWORD).await;
    browser.arrive_at("/signin/setup/totp").await;
    english_page(browser, "set_up_qr").await;
    browser.press_at("main a[href$='manual=1']").await;
    let phone = Authenticator::with_key(&browser.text_at("#key").await);
    english_page(browser, "set_up_key").await;
    browser.fill_as("one-time-code", &phone.code()).await;
    browser.press_at(GO_ON).await;

    browser.arrive_at("/").await;
    browser.text_at("header .me summary").await;
    english_page(browser, "home").await;
    browser.press_at("header .me summary").await;
    browser.press_at("header .me .button").await;
    browser.arrive_at("/logout").await;
    english_page(browser, "log_out").await;
    browser.press_at(GO_ON).await;

    browser.arrive_at("/").await;
    assert_eq!(browser.text_at("[role=status]").await, "You are logged out.");
    english_page(browser, "logged_out").await;
    browser.press_at("#login").await;
    sign_in("sign_in_another_day", NEW_PASSWORD).await;
    browser.arrive_at("/signin/totp").await;
    english_page(browser, "code").await;
    browser.fill_as("one-time-code", &phone.code()).await;
    browser.press_at(GO_ON).await;
    browser.arrive_at("/").await;
    browser.text_at("header .me summary").await;
}

/// The first button of the page's form that sends it; 「同意する」 stands before 「同意しない」.
const GO_ON: &str = "main form button:not([type=button])";

async fn english_page(browser: &Browser, name: &str) {
    assert_eq!(browser.language().await, "en", "{name}");
    browser.look(name).await;
}
