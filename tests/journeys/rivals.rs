//! Rivals: two browsers at the door of one member. What one has shown never serves the other, and of two deeds at once
//! each happens once.

use axum::http::Method;
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use tower::ServiceExt as _;

use crate::{
    town::{Browser, JSW, MGC, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in, up_to},
};

const EVERYWHERE: &str = "全てのデバイスからサインアウトする";

/// Presses a button in several browsers at the same moment; where each is led, or its status, and its session if any.
pub async fn together(town: &Town, presses: &[(&Browser, &str, String)]) -> Vec<(u16, String, bool)> {
    let mut running = Vec::new();
    for (browser, path, form) in presses {
        let request = browser.request(&Method::POST, path, Some(form));
        let router = town.router.clone();
        running.push(tokio::spawn(async move {
            let response = router.oneshot(request).await.unwrap();
            let (head, body) = response.into_parts();
            body.collect().await.unwrap();
            let all = |name| head.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
            let entered = all("set-cookie").any(|cookie| cookie.starts_with("__Host-session="));
            (head.status.as_u16(), all("location").collect::<String>(), entered)
        }));
    }
    let mut answers = Vec::new();
    for one in running {
        answers.push(one.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn who_knew_the_first_password_is_out_once_she_has_set_her_own() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut hers, mut phone) = (town.browser(JSW), town.phone());
    // The first password can be worked out from the roster: somebody was quicker, and waits.
    let (mut early, mut earlier) = (town.browser(JSW), town.browser(JSW));
    sign_in(&mut early, &hanako.login, &hanako.password).await;
    sign_in(&mut earlier, &hanako.login, &hanako.password).await;
    earlier.fill("生年月日", hanako.born).press("実行").await.is_at("/signin/terms", "利用規約");

    up_to(&mut hers, &hanako, &mut phone, "パスワードの更新").await;
    hers.fill("パスワード", NEW_PASSWORD).fill("パスワード確認用", NEW_PASSWORD).untick(EVERYWHERE);
    hers.press("実行").await.is_at("/signin/email", "メールアドレスの更新");
    for thief in [&mut early, &mut earlier] {
        thief.visit("/signin/email").await.is_at("/signin", "ログイン");
        thief.post("/signin/birthdate", "birthdate=19801201").await.is_at("/signin", "ログイン");
    }
    hers.untick(EVERYWHERE).press("実行").await.is_at("/signin/done", "初回ログインが完了しました");
    for thief in [&mut early, &mut earlier] {
        thief.visit("/signin/setup/totp").await.is_at("/signin", "ログイン");
        thief.post("/signin/setup/totp", "code=123456").await.is_at("/signin", "ログイン");
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_set_ups_at_once_one_becomes_the_factor() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phones = [town.phone(), town.phone()];
    let mut browsers = [town.browser(JSW), town.browser(JSW)];
    up_to(&mut browsers[0], &hanako, &mut phones[0], "ワンタイムパスワードの設定").await;
    sign_in(&mut browsers[1], &hanako.login, NEW_PASSWORD).await;
    for (browser, phone) in browsers.iter_mut().zip(&mut phones) {
        phone.scan(browser.visit("/signin/setup/totp?manual=1").await);
    }
    let form = |n: usize| format!("code={}&device_name=phone-{n}", phones[n].code());
    let presses =
        [(&browsers[0], "/signin/setup/totp", form(0)), (&browsers[1], "/signin/setup/totp", form(1))];
    let mut answers = together(&town, &presses).await;
    answers.sort();
    assert_eq!(answers[0], (303, "/".into(), true));
    // It was begun before there was a factor (D24): the next sign-in asks for it.
    assert_eq!(answers[1], (303, "/signin?after=time-out".into(), false));
    assert_eq!(town.count(JSW, "factor-added").await, 1);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_new_passwords_at_once_one_is_set() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    let (mut one, mut other) = (town.browser(JSW), town.browser(JSW));
    up_to(&mut one, &hanako, &mut phone, "パスワードの更新").await;
    up_to(&mut other, &hanako, &mut phone, "パスワードの更新").await;
    let form = |word: &str| format!("shown_to=testuser&password={word}&password_confirm={word}");
    let presses = [
        (&one, "/signin/password", form("Ku7!mori-no-Asa")),
        (&other, "/signin/password", form("Tsu8!ki-no-Yoru")),
    ];
    let mut answers = together(&town, &presses).await;
    answers.sort();
    assert_eq!(answers[0].1, "/signin/email");
    assert_eq!(answers[1].1, "/signin?after=time-out", "it was begun with the first password");
    assert_eq!(town.count(JSW, "password-set").await, 1);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_birth_dates_at_once_three_are_verified() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, &hanako.password).await;
    let presses: Vec<_> =
        (1..=16).map(|day| (&browser, "/signin/birthdate", format!("birthdate=199001{day:02}"))).collect();
    together(&town, &presses).await;
    assert_eq!(town.count(JSW, "birth-date-differed").await, 3);
    assert_eq!(
        town.member(JSW, "testuser").await.birth_date_misses,
        3,
        "what is not verified is not counted"
    );
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_birth_date_pressed_twice_goes_on_where_it_is_right() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    // The last one of this attempt, and the last one until the union helps.
    for (here, in_all) in [(2, 2), (1, 4)] {
        let mut browser = town.browser(JSW);
        sign_in(&mut browser, &hanako.login, &hanako.password).await;
        town.sql(&format!("UPDATE attempt SET birth_date_misses = {here}")).await;
        town.sql(&format!("UPDATE member SET birth_date_misses = {in_all}")).await;
        let press = || (&browser, "/signin/birthdate", "birthdate=19801201".to_owned());
        for answer in together(&town, &[press(), press(), press()]).await {
            assert_eq!(answer, (303, "/signin/terms".into(), false), "{here} {in_all}");
        }
        assert_eq!(town.member(JSW, "testuser").await.birth_date_misses, 0);
    }
    assert_eq!(town.count(JSW, "birth-date-accepted").await, 2);
    assert_eq!(town.count(JSW, "attempt-over").await + town.count(JSW, "birth-date-closed").await, 0);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_pressed_twice_at_once_goes_on_as_if_pressed_once() {
    let town = Town::open().await;
    let hanako = town.hanako(MGC).await;
    let mut phone = town.phone();
    let mut who = hanako.clone();
    let forms = [
        ("生年月日の入力", "/signin/birthdate", "birthdate=19801201", "birth-date-accepted"),
        ("利用規約", "/signin/terms", "answer=agree&version=2025-07-01", "terms-accepted"),
        (
            "ユーザIDの変更・認証方法の設定",
            "/signin/method",
            "user_id=testuser-2&method=app-otp",
            "login-changed",
        ),
        (
            "パスワードの更新",
            "/signin/password",
            "shown_to=testuser-2&password=Ku7!mori-no-Asa&password_confirm=Ku7!mori-no-Asa",
            "password-set",
        ),
        ("メールアドレスの更新", "/signin/email", "email=new%40example.jp", "email-pending"),
    ];
    let mut past = 0;
    for (heading, path, form, word) in forms {
        let mut browser = town.browser(MGC);
        up_to(&mut browser, &who, &mut phone, heading).await;
        let before = town.count(MGC, word).await;
        let answers =
            together(&town, &[(&browser, path, form.to_owned()), (&browser, path, form.to_owned())]).await;
        let next = answers[0].1.clone();
        for (status, leads, entered) in answers {
            assert_eq!((status, leads, entered), (303, next.clone(), false), "{heading}");
        }
        assert_eq!(town.count(MGC, word).await, before + 1, "{heading}");
        match path {
            "/signin/method" => who.login = "testuser-2".into(),
            "/signin/password" => who.password = NEW_PASSWORD.into(),
            _ => {}
        }
        past += 1;
    }
    assert_eq!(past, forms.len());
    town.close().await;
}

#[tokio::test]
async fn the_code_of_the_set_up_does_not_open_the_next_sign_in() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    return_with(&mut town.browser(JSW), &hanako, &phone)
        .await
        .is_at("/signin/totp", "ワンタイムパスワードの入力");
    // An older step, after a newer one was used.
    town.clock.advance(minutes(2));
    let older = phone.code();
    town.clock.advance(SignedDuration::from_secs(30));
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    let mut late = town.browser(JSW);
    sign_in(&mut late, &hanako.login, NEW_PASSWORD).await;
    late.fill("ワンタイムパスワード", &older).press("トップページへ").await;
    assert!(late.errors()[0].contains("あと4回"), "{:?}", late.errors());
    town.close().await;
}

#[tokio::test]
async fn a_clock_that_ran_an_hour_ahead_for_a_while_keeps_nobody_out() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    town.clock.advance(hours(1));
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    town.clock.advance(-(minutes(58)));
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    let code = phone.code();
    let mut again = town.browser(JSW);
    sign_in(&mut again, &hanako.login, NEW_PASSWORD).await;
    again.fill("ワンタイムパスワード", &code).press("トップページへ").await;
    assert!(again.errors()[0].contains("あと4回"), "and still each code counts once: {:?}", again.errors());
    town.close().await;
}

#[tokio::test]
async fn a_family_at_one_computer_does_not_set_each_others_passwords() {
    let town = Town::open().await;
    let (hanako, taro) = (town.hanako(JSW).await, town.taro(JSW).await);
    let (mut his, mut hers, mut phone) = (town.browser(JSW), town.browser(JSW), town.phone());
    up_to(&mut his, &taro, &mut phone, "パスワードの更新").await;
    up_to(&mut hers, &hanako, &mut phone, "パスワードの更新").await;
    // Two tabs share their cookies, and hers is the newer sign-in.
    his.cookies.clone_from(&hers.cookies);
    his.fill("パスワード", "Taro's-own-77").fill("パスワード確認用", "Taro's-own-77").press("実行").await;
    his.is_at("/signin/password", "パスワードの更新");
    assert_eq!(town.count(JSW, "password-set").await, 0);
    hers.fill("パスワード", NEW_PASSWORD).fill("パスワード確認用", NEW_PASSWORD).press("実行").await;
    hers.is_at("/signin/email", "メールアドレスの更新");
    town.close().await;
}
