//! Coming back: password, code, portal page; and everybody who should not get in.

use jiff::SignedDuration;

use crate::{
    town::{Browser, JSW, Newcomer, Phone, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_with, set_another_password, sign_in},
};

const WRONG: &str = "無効なユーザIDまたはパスワードです。もう一度入力してください。";

/// A town with a member who has finished the first login a day ago.
async fn with_hanako() -> (Town, Browser, Newcomer, Phone) {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    town.clock.advance(hours(24));
    let browser = town.browser(JSW);
    (town, browser, hanako, phone)
}

#[tokio::test]
async fn hanako_comes_back_with_password_and_code_and_logs_out() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    assert!(browser.has("a[href='https://mieru.example.jp/jswkenpo/']"));
    browser.visit("/signin").await.is_at("/", "サービス");
    let kept = browser.cookies["__Host-session"].clone();
    browser.visit("/logout").await.is_at("/logout", "ログアウトしてもよろしいですか？");
    browser.press("ログアウトする").await;
    assert_eq!(
        browser.cookies.keys().collect::<Vec<_>>(),
        ["__Host-device", "__Host-lang"],
        "neither lets in"
    );
    assert!(!browser.has(".tiles"));
    assert_eq!(browser.text_of("[role=status]"), "ログアウトしました。");
    browser.cookies.insert("__Host-session".into(), kept);
    browser.visit("/").await;
    assert!(!browser.page().contains("健保 花子"), "the cookie is dead on replay");
    town.close().await;
}

#[tokio::test]
async fn a_code_may_be_typed_as_the_app_shows_it_and_counts_once() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    let code = phone.code();
    let wide: String = code.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0xFF10).unwrap()).collect();
    let typed = format!("{}　{} ", &wide[..9], &wide[9..]);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    browser.fill("ワンタイムパスワード", &typed).press("トップページへ").await.is_at("/", "サービス");
    let mut another = town.browser(JSW);
    sign_in(&mut another, &hanako.login, NEW_PASSWORD).await;
    another.fill("ワンタイムパスワード", &code).press("トップページへ").await;
    assert!(another.errors()[0].contains("この数字は、もう使いました。"), "{:?}", another.errors());
    town.close().await;
}

#[tokio::test]
async fn a_phone_may_be_half_a_minute_off_and_no_more() {
    for (seconds, accepted) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
        let (town, mut browser, hanako, mut phone) = with_hanako().await;
        phone.ahead = SignedDuration::from_secs(seconds);
        return_with(&mut browser, &hanako, &phone).await;
        assert_eq!(browser.path() == "/", accepted, "{seconds}");
        town.close().await;
    }
}

#[tokio::test]
async fn five_wrong_codes_end_the_attempt_and_thirty_switch_the_factor_off() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    for round in 0..6 {
        sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
        for left in [4, 3, 2, 1] {
            let wrong = phone.wrong_code();
            browser.fill("ワンタイムパスワード", &wrong).press("トップページへ").await;
            assert!(
                browser.errors()[0].contains(&format!("あと{left}回")),
                "{round}: {:?}",
                browser.errors()
            );
        }
        browser.fill("ワンタイムパスワード", &phone.wrong_code()).press("トップページへ").await;
        browser.is_at("/signin", "ログイン");
        assert!(browser.text().contains("ワンタイムパスワードが5回ちがったため"), "{}", browser.text());
        assert_eq!(browser.value_of("ユーザID"), hanako.login, "only the password is typed again");
        browser.visit("/signin/totp").await.is_at("/signin", "ログイン");
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-attempt"], "it lets nobody in");
    }
    // Off: the right code is refused, and no set-up page opens for whoever has the password.
    return_with(&mut browser, &hanako, &phone).await;
    assert!(browser.errors()[0].contains("この認証方法を止めています"), "{:?}", browser.errors());
    browser.visit("/signin/setup/totp").await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    assert_eq!(town.count(JSW, "code-differed").await, 30);
    town.unlock(JSW, &hanako.login).await;
    return_with(&mut browser, &hanako, &phone).await;
    // So many wrong codes came behind the right password that somebody else knows it.
    set_another_password(&mut browser).await;
    browser.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_device_that_is_not_hers_is_answered_like_a_wrong_code() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    let code = phone.code();
    browser.post("/signin/totp", &format!("code={code}&device=0192f000-0000-7000-8000-000000000000")).await;
    assert!(browser.errors()[0].contains("あと4回"), "{:?}", browser.errors());
    town.close().await;
}

#[tokio::test]
async fn hanako_is_let_in_again_after_a_pause_that_doubles() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    let mut said = Vec::new();
    for _ in 1..=4 {
        sign_in(&mut browser, "testuser", "wrong-password").await;
        said.push(browser.errors()[0].clone());
    }
    assert_eq!(said[..2], [WRONG, WRONG]);
    assert!(said[2].contains("あと2回") && said[3].contains("あと1回"), "{said:?}");
    for pause in [1, 2, 4, 8, 16, 30, 30] {
        // Spellings of one ID share one counter.
        sign_in(&mut browser, " ＴｅｓｔＵｓｅｒ", "wrong-password").await;
        assert!(browser.is_paused(), "{:?}", browser.errors());
        let verified = town.count(JSW, "password-differed").await;
        town.clock.advance(minutes(pause) - SignedDuration::from_secs(1));
        // The right password changes nothing during the pause, and costs no try.
        sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at("/signin", "ログイン");
        assert!(browser.is_paused(), "{:?}", browser.errors());
        assert_eq!(town.count(JSW, "password-differed").await, verified);
        town.clock.advance(SignedDuration::from_secs(1));
    }
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    // Her success ends no pause of others, and theirs none of hers: this browser has signed her in.
    let mut other = town.browser(JSW);
    sign_in(&mut other, "testuser", "wrong-password").await.is_at("/signin", "ログイン");
    assert!(other.is_paused(), "{:?}", other.errors());
    browser.visit("/logout").await.press("ログアウトする").await;
    sign_in(&mut browser, "testuser", "wrong-password").await;
    assert_eq!(browser.errors(), [WRONG]);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD)
        .await
        .is_at("/signin/totp", "ワンタイムパスワードの入力");
    town.close().await;
}

#[tokio::test]
async fn a_quiet_day_ends_the_pauses() {
    let (town, mut browser, _, _) = with_hanako().await;
    for _ in 0..8 {
        sign_in(&mut browser, "nobody-here", "wrong-password").await;
        town.clock.advance(minutes(30));
    }
    town.clock.advance(hours(24));
    sign_in(&mut browser, "nobody-here", "wrong-password").await;
    assert_eq!(browser.errors(), [WRONG]);
    town.close().await;
}

#[tokio::test]
async fn with_two_devices_she_is_asked_which_and_either_code_is_good() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    let member = town.member(JSW, &hanako.login).await;
    let tablet = town.second_device(JSW, &member, "タブレット").await;
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    assert!(browser.text().contains("認証アプリ") && browser.text().contains("タブレット"));
    // The last used one is chosen; the other one's code is good all the same.
    assert_eq!(browser.text_of("label:has(input[checked])"), "認証アプリ");
    let code = tablet.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.is_at("/", "サービス");
    town.clock.advance(minutes(5));
    let mut again = town.browser(JSW);
    sign_in(&mut again, &hanako.login, NEW_PASSWORD).await;
    assert_eq!(again.text_of("label:has(input[checked])"), "タブレット");
    again.fill("ワンタイムパスワード", &phone.code()).press("トップページへ").await.is_at("/", "サービス");
    town.close_with_rows_of_its_own().await;
}

/// The answer without what differs in every answer: receipt number, the typed ID.
fn bare(browser: &Browser, login: &str) -> String {
    let receipt = browser.receipt().unwrap_or_default();
    browser.page().replace(&receipt, "").replace(login, "")
}

#[tokio::test]
async fn nobody_learns_whether_an_id_exists() {
    let town = Town::open().await;
    town.hanako(JSW).await;
    town.taro(JSW).await;
    town.import(JSW, "15,104,,19951130,見本 三郎,ミホン サブロウ,saburo-104,,").await;
    let mut seen: Vec<Vec<(u16, String, String)>> = Vec::new();
    for (login, password) in [
        ("testuser", "wrong-password"),
        ("nobody-here", "wrong-password"),
        ("k7m2xq9w4d", "wrong"),
        ("saburo-104", &"x".repeat(1025)),
    ] {
        let mut answers = Vec::new();
        for _ in 0..8 {
            let mut browser = town.browser(JSW);
            sign_in(&mut browser, login, password).await;
            let names: Vec<String> = browser.headers.keys().map(ToString::to_string).collect();
            assert!(browser.cookies.is_empty());
            let page = if login.is_empty() { bare(&browser, "\u{0}") } else { bare(&browser, login) };
            answers.push((browser.status.as_u16(), names.join(","), page));
        }
        seen.push(answers);
    }
    for other in &seen[1..] {
        assert_eq!(other, &seen[0]);
    }
    town.close().await;
}

#[tokio::test]
async fn a_pause_is_a_panel_that_says_nothing_of_what_was_typed() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let nobody = Newcomer { login: "nobody-here".into(), ..town.taro(JSW).await };
    let mut seen = Vec::new();
    for who in [&hanako, &nobody] {
        // The fifth was verified, and is answered like those that are not: the right one, a wrong one, one too long.
        let right = who.password.clone();
        let tries = ["wrong"; 5].map(str::to_owned).into_iter().chain([right, "x".into(), "x".repeat(1025)]);
        for (number, password) in tries.enumerate() {
            let mut browser = town.browser(JSW);
            sign_in(&mut browser, &who.login, &password).await;
            if number < 4 {
                assert!(!browser.is_paused());
                continue;
            }
            assert!(browser.is_paused() && browser.errors().is_empty(), "{:?}", browser.errors());
            assert!(!browser.has("[aria-invalid]"), "no field is wrong");
            assert!(browser.has("[data-pause='60']"), "it counts down");
            let panel = browser.text_of(".pause");
            assert!(panel.contains("まで、お待ちください"), "{panel}");
            for way in ["パスワードを忘れた方はこちら", "ほかのスマートフォンやパソコン", "お問い合わせ"]
            {
                assert!(panel.contains(way), "{panel}");
            }
            assert!(!panel.contains("まちがい") && !panel.contains("ちがいます"), "{panel}");
            assert_eq!(browser.value_of("ユーザID"), who.login);
            assert!(browser.receipt().is_some(), "the desk finds it by its number");
            seen.push((browser.status.as_u16(), bare(&browser, &who.login)));
        }
    }
    assert_eq!(seen.len(), 8);
    assert!(seen.iter().all(|page| *page == seen[0]), "one page for all of them");
    town.close().await;
}

#[tokio::test]
async fn a_field_left_empty_is_told_at_the_field_and_is_no_guess() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    for login in ["testuser", "nobody-here"] {
        for _ in 0..6 {
            sign_in(&mut browser, login, "").await;
            assert_eq!(browser.summary(), ["パスワード"], "the summary names the field");
            assert_eq!(browser.text_of("#password-error"), "入力してください。", "the field says why");
            assert!(browser.has("#password[aria-invalid]") && !browser.has("#username[aria-invalid]"));
        }
    }
    sign_in(&mut browser, "", "").await;
    assert_eq!(browser.errors().len(), 2);
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn fifty_wrong_passwords_switch_it_off_in_the_same_words() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    for _ in 0..50 {
        sign_in(&mut browser, "testuser", "wrong-password").await;
        town.clock.advance(hours(25));
    }
    assert_eq!(town.count(JSW, "password-differed").await, 50);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    assert_eq!(browser.errors(), [WRONG]);
    town.unlock(JSW, &hanako.login).await;
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn half_an_hour_of_silence_ends_a_session_and_twelve_hours_end_any() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    return_with(&mut browser, &hanako, &phone).await;
    for _ in 0..24 {
        town.clock.advance(minutes(29));
        browser.visit("/").await.is_at("/", "サービス");
    }
    town.clock.advance(minutes(25));
    browser.visit("/").await;
    assert!(!browser.has(".tiles"), "twelve hours are over");
    town.clock.advance(minutes(5));
    return_with(&mut browser, &hanako, &phone).await;
    town.clock.advance(minutes(30));
    browser.visit("/signin").await.is_at("/signin", "ログイン");
    assert_eq!(browser.value_of("ユーザID"), "testuser");
    town.close().await;
}

#[tokio::test]
async fn a_remembered_sign_in_lasts_a_day_and_still_asks_the_code_next_time() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    browser.visit("/signin").await;
    browser.fill("ユーザID", &hanako.login).fill("パスワード", NEW_PASSWORD).tick("ログイン状態の保存");
    browser.press("ログイン").await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.is_at("/", "サービス");
    town.clock.advance(hours(24) - SignedDuration::from_secs(1));
    browser.visit("/").await.is_at("/", "サービス");
    town.clock.advance(SignedDuration::from_secs(1));
    browser.visit("/").await;
    assert!(!browser.has(".tiles"));
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn new_terms_are_asked_after_password_and_code() {
    let (town, mut browser, hanako, phone) = with_hanako().await;
    let mut tenant = kenpo_portal::domain::tenant::Tenant::clone(&town.tenant(JSW));
    tenant.terms.version = "2027-01-01".into();
    tenant.policy.terms_version = "2027-01-01".into();
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    let token = kenpo_portal::vault::Token::parse(&browser.cookies["__Host-attempt"]).unwrap();
    let portal = town.app.portal();
    let code = phone.code();
    let kenpo_portal::portal::attempt::Way::On(seen) = portal.way(&tenant, &token).await.unwrap() else {
        panic!("on the way")
    };
    let outcome = portal.prove_app(&tenant, &seen, &code, None, "").await.unwrap();
    assert!(matches!(
        outcome,
        kenpo_portal::portal::onward::AttemptOutcome::Ask {
            step: kenpo_portal::domain::signin::Step::Terms,
            ..
        }
    ));
    let outcome = portal.accept_terms(&tenant, &token, "").await.unwrap();
    assert!(matches!(outcome, kenpo_portal::portal::onward::AttemptOutcome::Entered(_)));
    town.close().await;
}
