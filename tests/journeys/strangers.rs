//! Strangers: other unions, other states, many at once.

use axum::http::Method;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::{
    town::{JSW, MGC, Town, hours},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in, up_to},
};

#[tokio::test]
async fn a_cookie_of_one_union_is_worth_nothing_at_another() {
    let town = Town::open().await;
    let here = town.hanako(JSW).await;
    let there = town.hanako(MGC).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &here, &mut phone, "利用規約").await;
    let mut other = town.browser(MGC);
    other.cookies.clone_from(&browser.cookies);
    other.visit("/signin/terms").await.is_at("/signin", "ログイン");
    other.post("/signin/terms", "answer=agree").await.is_at("/signin", "ログイン");

    let mut browser = town.browser(JSW);
    first_login(&mut browser, &here, &mut phone).await;
    other.cookies.clone_from(&browser.cookies);
    other.visit("/").await;
    assert!(!other.page().contains("健保 花子") && !other.has(".tiles"));
    other.visit("/logout").await.is_at("/signin", "ログイン");
    // Logging out there does not log out here.
    other.post("/logout", "").await;
    browser.visit("/").await.is_at("/", "サービス");
    // The same user ID is another member there, with a password of its own.
    sign_in(&mut other, &there.login, NEW_PASSWORD).await.is_at("/signin", "ログイン");
    town.close().await;
}

#[tokio::test]
async fn a_cookie_in_the_wrong_place_opens_nothing() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    let session = browser.cookies["__Host-session"].clone();
    let mut swapped = town.browser(JSW);
    swapped.cookies.insert("__Host-attempt".into(), session.clone());
    swapped.visit("/signin/setup/totp").await.is_at("/signin", "ログイン");
    town.clock.advance(hours(1));
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    let attempt = browser.cookies["__Host-attempt"].clone();
    assert_ne!(attempt, session);
    for value in [attempt.as_str(), "short", "é", &"A".repeat(43), ""] {
        let mut forged = town.browser(JSW);
        forged.cookies.insert("__Host-session".into(), value.to_owned());
        forged.visit("/").await;
        assert!(!forged.has(".tiles"), "{value}");
    }
    town.close().await;
}

const PAGES: [&str; 16] = [
    "/signin/birthdate",
    "/signin/terms",
    "/signin/method",
    "/signin/password",
    "/signin/email",
    "/signin/done",
    "/signin/setup/totp",
    "/signin/totp",
    "/signin/setup/passkey",
    "/signin/passkey",
    "/account/methods",
    "/account/methods/passkey",
    "/account/passkeys/0192f000-0000-7000-8000-000000000000/name",
    "/reauth",
    "/logout",
    "/session",
];

#[tokio::test]
async fn no_page_and_no_form_skips_a_step_in_any_state() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let states = [
        ("生年月日の入力", "/signin/birthdate"),
        ("利用規約", "/signin/terms"),
        ("ユーザIDの変更・認証方法の設定", "/signin/method"),
        ("パスワードの更新", "/signin/password"),
        ("メールアドレスの更新", "/signin/email"),
        ("初回ログインが完了しました", "/signin/done"),
        ("ワンタイムパスワードの設定", "/signin/setup/totp"),
    ];
    let forms = [
        ("/signin/terms", "answer=agree"),
        ("/signin/method", "user_id=testuser&method=app-otp"),
        ("/signin/password", "password=Ku7!mori-no-Asa&password_confirm=Ku7!mori-no-Asa"),
        ("/signin/email", "email=hanako%40example.jp"),
        ("/signin/setup/totp", "code=123456&device_name=x"),
        ("/signin/totp", "code=123456"),
        ("/signin/setup/passkey", "credential=%7B%7D"),
        ("/signin/passkey", "credential=%7B%7D"),
        // A page left over from before: it ends nothing.
        ("/signin/done", ""),
    ];
    let mut phone = town.phone();
    for page in PAGES {
        town.browser(JSW).visit(page).await.is_at("/signin", "ログイン");
    }
    for (path, form) in forms {
        town.browser(JSW).post(path, form).await.is_at("/signin", "ログイン");
    }
    let mut who = hanako.clone();
    for (heading, at) in states {
        let mut browser = town.browser(JSW);
        up_to(&mut browser, &who, &mut phone, heading).await;
        let before = town.whole_trail(JSW).await.len();
        for page in PAGES.into_iter().filter(|page| *page != at) {
            // The method page opens again while no factor works (D2).
            let expected = match page {
                "/logout" | "/session" => "/signin",
                page if page.starts_with("/account") || page == "/reauth" => "/signin",
                "/signin/method" if at == "/signin/setup/totp" => "/signin/method",
                _ => at,
            };
            browser.visit(page).await;
            assert_eq!(browser.path(), expected, "{page} in {heading}");
        }
        for (path, form) in forms.into_iter().filter(|(path, _)| *path != at) {
            if at == "/signin/setup/totp" && path == "/signin/method" {
                continue;
            }
            browser.post(path, form).await;
            assert_eq!(browser.path(), at, "{path} posted in {heading}");
        }
        assert_eq!(town.whole_trail(JSW).await.len(), before, "something was written in {heading}");
        if heading == "パスワードの更新" {
            // From here on the new password is in force, once it is set.
            up_to(&mut town.browser(JSW), &who, &mut phone, "メールアドレスの更新").await;
            who.password = NEW_PASSWORD.into();
        }
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_tries_with_one_right_code_one_gets_in() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    first_login(&mut town.browser(JSW), &hanako, &mut phone).await;
    town.clock.advance(hours(1));
    let code = phone.code();
    let mut tries = Vec::new();
    for _ in 0..5 {
        // Five attempts of five tries: each attempt alone would stop after five.
        let mut browser = town.browser(JSW);
        sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
        for _ in 0..5 {
            let request = browser.request(&Method::POST, "/signin/totp", Some(&format!("code={code}")));
            let router = town.router.clone();
            tries.push(tokio::spawn(async move {
                let response = router.oneshot(request).await.unwrap();
                let cookies = response.headers().get_all("set-cookie").iter();
                let entered = cookies.filter(|c| c.to_str().unwrap().starts_with("__Host-session=")).count();
                response.into_body().collect().await.unwrap();
                entered
            }));
        }
    }
    let mut entered = 0;
    for one in tries {
        entered += one.await.unwrap();
    }
    assert_eq!(entered, 1);
    assert_eq!(town.count(JSW, "session-opened").await, 2, "the first login's, and one more");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_wrong_passwords_at_once_five_are_verified() {
    let town = Town::open().await;
    town.hanako(JSW).await;
    for login in ["testuser", "nobody-here"] {
        let browser = town.browser(JSW);
        let mut tries = Vec::new();
        for spelled in 0..64 {
            let typed = if spelled % 2 == 0 { login.to_owned() } else { login.to_uppercase() };
            let form = format!("username={typed}&password=wrong-{spelled}");
            let request = browser.request(&Method::POST, "/signin", Some(&form));
            let router = town.router.clone();
            tries.push(tokio::spawn(async move { router.oneshot(request).await.unwrap().status().as_u16() }));
        }
        for one in tries {
            assert_eq!(one.await.unwrap(), 422);
        }
    }
    assert_eq!(town.count(JSW, "password-differed").await, 5);
    assert_eq!(town.count(JSW, "no-such-login").await, 5);
    assert_eq!(town.count(JSW, "password-paused").await, 118);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_click_does_each_deed_once() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "ワンタイムパスワードの設定").await;
    phone.scan(browser.visit("/signin/setup/totp?manual=1").await);
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code);
    let (path, form) = browser.form_of("実行");
    let clicks: Vec<_> = (0..2)
        .map(|_| {
            let request = browser.request(&Method::POST, &path, Some(&form));
            let router = town.router.clone();
            tokio::spawn(async move { router.oneshot(request).await.unwrap().status().as_u16() })
        })
        .collect();
    for click in clicks {
        assert_eq!(click.await.unwrap(), 303);
    }
    assert_eq!(town.count(JSW, "factor-added").await, 1);
    assert_eq!(town.count(JSW, "session-opened").await, 1);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_who_want_one_user_id_do_not_both_get_it() {
    let town = Town::open().await;
    let (hanako, taro) = (town.hanako(JSW).await, town.taro(JSW).await);
    let (mut a, mut b) = (town.browser(JSW), town.browser(JSW));
    let mut phone = town.phone();
    up_to(&mut a, &hanako, &mut phone, "ユーザIDの変更・認証方法の設定").await;
    up_to(&mut b, &taro, &mut phone, "ユーザIDの変更・認証方法の設定").await;
    let form = "user_id=wanted-by-2&method=app-otp";
    let both: Vec<_> = [&a, &b]
        .map(|browser| {
            let request = browser.request(&Method::POST, "/signin/method", Some(form));
            let router = town.router.clone();
            tokio::spawn(async move { router.oneshot(request).await.unwrap().status().as_u16() })
        })
        .into_iter()
        .collect();
    let mut answers = Vec::new();
    for one in both {
        answers.push(one.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, [303, 422]);
    town.close().await;
}

#[tokio::test]
async fn nothing_personal_and_nothing_secret_lies_about_in_the_trail() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    town.clock.advance(hours(1));
    sign_in(&mut browser, "nobody-here", "wrong-password").await;
    browser.cookies.clear();
    return_with(&mut browser, &hanako, &phone).await;
    let trail = format!("{:?}", town.whole_trail(JSW).await);
    for canary in ["testuser", "nobody", "花子", "1980", "hanako", "3456789", NEW_PASSWORD, "wrong-password"]
    {
        assert!(!trail.contains(canary), "{canary} in {trail}");
    }
    assert!(!trail.contains(&phone.key()));
    town.close().await;
}
