//! Mailed codes as a second factor (M-01–M-03, D9, D13; group E of the threats).

use axum::http::{Method, header};
use jiff::SignedDuration;
use tower::ServiceExt as _;

use crate::{
    town::{Browser, MGC, Newcomer, Town, minutes},
    walk::{ByMail, NEW_PASSWORD, first_login, return_with, set_another_password, sign_in, up_to},
};

const JRP: &str = "jrpluskenpo";
const PAGE: &str = "/signin/mail-code";
const HEADING: &str = "ワンタイムパスワード (OTP) メール認証";

/// A member who chose mailed codes, a while ago.
pub async fn member(town: &Town) -> (Newcomer, ByMail) {
    let taro = town.taro(JRP).await;
    let mut mail = ByMail(taro.email.clone());
    let mut browser = town.browser(JRP);
    let headings = first_login(&mut browser, &taro, &mut mail).await;
    assert_eq!(headings.last().unwrap(), HEADING, "{headings:?}");
    town.clock.advance(minutes(90));
    (taro, mail)
}

/// A browser that has shown the password and is asked for the code.
pub async fn at_door(town: &Town, who: &Newcomer) -> Browser {
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &who.login, NEW_PASSWORD).await.is_at(PAGE, HEADING);
    browser
}

fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn a_code_comes_by_mail_and_opens_the_portal() {
    let town = Town::open().await;
    let (taro, mail) = member(&town).await;
    let sent = town.mailbox().count(&taro.email).await;
    let mut browser = at_door(&town, &taro).await;
    assert_eq!(town.mailbox().count(&taro.email).await, sent + 1, "one mail, before anything was pressed");
    assert!(browser.text().contains("t***@example.jp"), "not the whole address before the member is in");
    mail.show(&mut browser).await;
    browser.is_at("/", "サービス");

    let letter = &town.mailbox().all().await[0];
    assert!(
        letter.text.starts_with(
            "健康保険組合加入者ページにログインするためのワンタイムパスワードをお知らせします。"
        ),
        "{letter:?}"
    );
    assert!(!letter.text.contains("http"), "carriers filter links, and phishers love them: {letter:?}");
    let digits = letter.subject.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    assert!(digits < Some(6), "the code never stands in the subject: {}", letter.subject);
    town.close().await;
}

/// Five wrong codes of a forgotten password.
async fn guess_at(town: &Town, login: &str) {
    let mut stranger = town.browser(JRP);
    stranger.post("/recovery/password", &format!("user_id={login}")).await;
    for guess in 0..5 {
        stranger.post("/recovery/password/code", &format!("code=00000{guess}")).await;
    }
}

#[tokio::test]
async fn guesses_behind_no_code_make_no_code_longer() {
    let town = Town::open().await;
    let (taro, _) = member(&town).await;
    for n in 0..41 {
        // For nobody; and with a cookie that was made up, for which nobody asked.
        guess_at(&town, &format!("nobody-{n:02}")).await;
        let mut made_up = town.browser(JRP);
        made_up.cookies.insert("__Host-recovery".into(), town.vault().token().unwrap().expose().to_owned());
        for guess in 0..5 {
            made_up.post("/recovery/password/code", &format!("code=00000{guess}")).await;
        }
        assert!(made_up.errors()[0].contains("あと") || made_up.status == 422, "{:?}", made_up.errors());
    }
    at_door(&town, &taro).await;
    assert_eq!(town.mailbox().code_for(&taro.email).await.len(), 6);
    town.close().await;
}

#[tokio::test]
async fn while_codes_of_many_members_are_guessed_new_ones_have_eight_digits() {
    let town = Town::open().await;
    let (taro, mail) = member(&town).await;
    // Five guesses at each of forty members: no counter of one member notices.
    for n in 0..40 {
        let login = format!("stranger-{n:02}");
        town.import(
            JRP,
            &format!("15,{},,19951130,見本,ミホン,{login},Qe4w-Jd7m-Xa2c,{login}@example.jp", 200 + n),
        )
        .await;
        guess_at(&town, &login).await;
    }
    let length = async |town: &Town| town.mailbox().code_for(&taro.email).await.len();
    let mut browser = at_door(&town, &taro).await;
    assert_eq!(length(&town).await, 8);
    let letter = &town.mailbox().all().await[0];
    assert!(letter.text.contains("この8けたを入力"), "{letter:?}");
    browser.fill("ワンタイムパスワード", "12345").press("実行").await;
    assert!(browser.errors()[0].contains("メールに書かれた数字を、すべて入力"), "{:?}", browser.errors());
    browser.fill("ワンタイムパスワード", "123456").press("実行").await;
    assert!(
        browser.errors()[0].contains("正しくありません"),
        "six of eight are wrong: {:?}",
        browser.errors()
    );
    mail.show(&mut browser).await;
    browser.is_at("/", "サービス");
    // An hour that is quiet ends it.
    town.clock.advance(minutes(121));
    let mut browser = at_door(&town, &taro).await;
    assert_eq!(length(&town).await, 6);
    mail.show(&mut browser).await;
    browser.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_sign_in_whose_code_cannot_be_mailed_leaves_nothing_behind() {
    let town = Town::open().await;
    let (taro, mail) = member(&town).await;
    let before = (town.rows("attempt").await, town.rows("one_time").await, town.whole_trail(JRP).await.len());
    town.sql("ALTER TABLE outbox RENAME TO outbox_elsewhere").await;
    let form = [("username", taro.login.as_str()), ("password", NEW_PASSWORD)];
    let form = serde_urlencoded::to_string(form).unwrap();
    let request = town.browser(JRP).request(&Method::POST, "/signin", Some(&form));
    let answer = town.router.clone().oneshot(request).await.unwrap();
    assert!(answer.status().is_server_error(), "{}", answer.status());
    assert!(answer.headers().get(header::SET_COOKIE).is_none());
    town.sql("ALTER TABLE outbox_elsewhere RENAME TO outbox").await;
    let after = (town.rows("attempt").await, town.rows("one_time").await, town.whole_trail(JRP).await.len());
    assert_eq!(before, after, "neither an attempt without its code, nor a code without its letter");
    let mut browser = at_door(&town, &taro).await;
    mail.show(&mut browser).await;
    browser.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn there_is_nothing_to_set_up_and_the_limited_page_says_so() {
    let town = Town::open().await;
    let taro = town.taro(JRP).await;
    let mut mail = ByMail(taro.email.clone());
    let headings = first_login(&mut town.browser(JRP), &taro, &mut mail).await;
    let tail: Vec<&str> = headings.iter().rev().take(3).rev().map(String::as_str).collect();
    assert_eq!(tail, ["初回ログインが完了しました", "ログイン", HEADING]);
    let member = town.member(JRP, &taro.login).await;
    assert!(member.mail_code_at.is_some() && member.email_confirmed_at.is_some());
    assert_eq!(town.count(JRP, "factor-added").await, 1);
    assert!(town.mailbox().all().await[0].subject.contains("初回ログインが完了しました"), "told by letter");
    town.close().await;
}

#[tokio::test]
async fn whoever_has_nothing_left_to_set_up_is_not_told_to() {
    let town = Town::open().await;
    let taro = town.taro(JRP).await;
    let mut mail = ByMail(taro.email.clone());
    let mut browser = town.browser(JRP);
    up_to(&mut browser, &taro, &mut mail, "初回ログインが完了しました").await;
    assert!(
        browser.text().contains("もう一度ログインすると、次のサービスをご利用いただけます。"),
        "{}",
        browser.text()
    );
    assert!(!browser.text().contains("設定が終わると"), "{}", browser.text());
    browser.press("ログアウトして、もう一度ログインする").await.is_at("/signin", "ログイン");
    assert!(
        browser.text().contains("新しいパスワードでログインして、メールで届く数字を入力すると"),
        "{}",
        browser.text()
    );
    assert!(!browser.text().contains("認証方法を設定してください"), "{}", browser.text());
    // Whoever chose an app is.
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let (mut hers, mut phone) = (town.browser(JRP), town.phone());
    up_to(&mut hers, &hanako, &mut phone, "初回ログインが完了しました").await;
    assert!(hers.text().contains("設定が終わると"), "{}", hers.text());
    hers.press("ログアウトして認証方法を設定する").await.is_at("/signin", "ログイン");
    assert!(hers.text().contains("認証方法を設定してください"), "{}", hers.text());
    town.close().await;
}

#[tokio::test]
async fn a_code_works_once_for_ten_minutes_and_in_its_own_browser() {
    let town = Town::open().await;
    let (taro, mail) = member(&town).await;
    let (mut one, mut two) = (at_door(&town, &taro).await, at_door(&town, &taro).await);
    let code = town.mailbox().code_for(&taro.email).await;
    // Two browsers, two codes: the newest went to the second.
    one.fill("ワンタイムパスワード", &code).press("実行").await;
    assert_eq!(one.status, 422);
    two.fill("ワンタイムパスワード", &code).press("実行").await.is_at("/", "サービス");
    let mut three = at_door(&town, &taro).await;
    three.fill("ワンタイムパスワード", &code).press("実行").await;
    assert_eq!(three.status, 422, "used");

    town.clock.advance(minutes(61));
    let mut late = at_door(&town, &taro).await;
    let code = town.mailbox().code_for(&taro.email).await;
    town.clock.advance(minutes(10));
    late.fill("ワンタイムパスワード", &code).press("実行").await;
    assert!(late.errors()[0].contains("再送信"), "{:?}", late.errors());
    late.visit(PAGE).await.press("再送信").await.is_at(PAGE, HEADING);
    mail.show(&mut late).await;
    late.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_code_may_be_typed_as_anybody_types_it() {
    let town = Town::open().await;
    let (taro, _) = member(&town).await;
    let mut browser = at_door(&town, &taro).await;
    let code = town.mailbox().code_for(&taro.email).await;
    let wide: String = code
        .chars()
        .map(|c| char::from_u32(u32::from(c) - u32::from('0') + u32::from('０')).unwrap())
        .collect();
    let (head, tail) = wide.split_at(wide.len() / 2);
    browser
        .fill("ワンタイムパスワード", &format!("{head}　{tail}"))
        .press("実行")
        .await
        .is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn another_code_is_sent_after_a_minute_and_ends_the_one_before() {
    let town = Town::open().await;
    let (taro, mail) = member(&town).await;
    let mut browser = at_door(&town, &taro).await;
    let first = town.mailbox().code_for(&taro.email).await;
    let sent = town.mailbox().count(&taro.email).await;
    browser.press("再送信").await;
    assert_eq!(browser.status, 422);
    assert!(browser.errors()[0].contains("60秒"), "{:?}", browser.errors());
    assert_eq!(town.mailbox().count(&taro.email).await, sent);

    town.clock.advance(SignedDuration::from_secs(60));
    browser.visit(PAGE).await.press("再送信").await.is_at(PAGE, HEADING);
    assert_eq!(town.mailbox().count(&taro.email).await, sent + 1);
    browser.fill("ワンタイムパスワード", &first).press("実行").await;
    assert_eq!(browser.status, 422, "the old one is dead");
    mail.show(&mut browser).await;
    browser.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn five_mails_an_hour_and_no_more() {
    let town = Town::open().await;
    let (taro, mail) = member(&town).await;
    let sent = town.mailbox().count(&taro.email).await;
    let mut browser = at_door(&town, &taro).await;
    for _ in 0..8 {
        town.clock.advance(SignedDuration::from_secs(61));
        browser.visit(PAGE).await.press("再送信").await;
    }
    assert_eq!(town.mailbox().count(&taro.email).await, sent + 5);
    assert!(browser.errors()[0].contains("1時間"), "{:?}", browser.errors());
    // What came last still works.
    mail.show(&mut browser).await;
    browser.is_at("/", "サービス");
    assert!(town.count(JRP, "code-not-mailed").await >= 3);
    town.close().await;
}

#[tokio::test]
async fn what_is_no_code_costs_no_try_and_a_page_without_a_code_says_so() {
    let town = Town::open().await;
    let (taro, mail) = member(&town).await;
    let mut browser = at_door(&town, &taro).await;
    for typed in ["", "", "12", "abcdef", "", "1234567"] {
        browser.fill("ワンタイムパスワード", typed).press("実行").await;
        assert_eq!(browser.status, 422);
        assert!(!browser.errors()[0].contains("アプリ"), "{:?}", browser.errors());
    }
    town.clock.advance(minutes(10));
    browser.visit(PAGE).await;
    assert!(!browser.text().contains("お送りしました"), "nothing is in force: {}", browser.text());
    for _ in 0..6 {
        browser.fill("ワンタイムパスワード", "123456").press("実行").await;
        assert!(browser.errors()[0].contains("再送信"), "{:?}", browser.errors());
    }
    browser.press("再送信").await.is_at(PAGE, HEADING);
    mail.show(&mut browser).await;
    browser.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_password_that_is_switched_off_is_told_by_letter() {
    let town = Town::open().await;
    let (taro, _) = member(&town).await;
    let before = town.mailbox().count(&taro.email).await;
    for _ in 0..55 {
        town.clock.advance(minutes(31));
        let mut browser = town.browser(JRP);
        sign_in(&mut browser, &taro.login, "Chigau-Word1").await;
        assert_eq!(browser.status, 422);
    }
    assert_eq!(town.mailbox().count(&taro.email).await, before + 1, "one letter, not one for each try");
    town.close().await;
}

#[tokio::test]
async fn asking_for_another_code_is_no_way_to_guess_on() {
    let town = Town::open().await;
    let (taro, _) = member(&town).await;
    let mut browser = at_door(&town, &taro).await;
    let code = town.mailbox().code_for(&taro.email).await;
    for left in [4, 3, 2, 1] {
        browser.fill("ワンタイムパスワード", &another(&code)).press("実行").await;
        assert!(browser.errors()[0].contains(&format!("あと{left}回")), "{:?}", browser.errors());
    }
    town.clock.advance(SignedDuration::from_secs(61));
    browser.visit(PAGE).await.press("再送信").await.is_at(PAGE, HEADING);
    let code = town.mailbox().code_for(&taro.email).await;
    browser.fill("ワンタイムパスワード", &another(&code)).press("実行").await.is_at("/signin", "ログイン");
    browser.visit(PAGE).await.is_at("/signin", "ログイン");
    assert_eq!(town.count(JRP, "attempt-over").await, 1);
    // A new sign-in gets a code of its own.
    let mut again = at_door(&town, &taro).await;
    ByMail(taro.email.clone()).show(&mut again).await;
    again.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn thirty_wrong_codes_in_a_row_switch_the_factor_off() {
    let town = Town::open().await;
    let (taro, mail) = member(&town).await;
    for _ in 0..6 {
        town.clock.advance(minutes(61));
        let mut browser = at_door(&town, &taro).await;
        let wrong = another(&town.mailbox().code_for(&taro.email).await);
        for _ in 0..5 {
            browser.fill("ワンタイムパスワード", &wrong).press("実行").await;
        }
    }
    town.clock.advance(minutes(61));
    let mut browser = at_door(&town, &taro).await;
    mail.show(&mut browser).await;
    assert_eq!(browser.status, 422, "the right one as well");
    assert_eq!(town.count(JRP, "factor-off").await, 1);
    // Off is not gone: no set-up page opens.
    browser.visit("/signin/setup/totp").await.is_at(PAGE, HEADING);
    town.unlock(JRP, &taro.login).await;
    let mut browser = at_door(&town, &taro).await;
    mail.show(&mut browser).await;
    // So many wrong codes came behind the right password that somebody else knows it.
    set_another_password(&mut browser).await;
    browser.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_second_tab_does_not_skip_the_code() {
    let town = Town::open().await;
    let (taro, _) = member(&town).await;
    let mut browser = at_door(&town, &taro).await;
    for path in [
        "/",
        "/account/methods",
        "/signin/setup/passkey",
        "/signin/totp",
        "/signin/method?change=1",
        "/account/email/confirm",
    ] {
        browser.visit(path).await;
        assert!(!browser.has(".tiles") || browser.path() == "/signin/done", "{path}");
        assert!(!browser.text().contains("二要素認証"), "{path}");
    }
    browser.visit(PAGE).await.is_at(PAGE, HEADING);
    town.close().await;
}

#[tokio::test]
async fn a_code_of_one_union_is_nothing_at_another() {
    let town = Town::edited(MGC, |text| {
        text + "\n[login]\nmethods = [\"email-otp\"]\n[email]\nverification = \"code\"\n\
                [first_login]\nsteps = [\"birthdate\", \"terms\", \"email\", \"method\", \"password\"]\n"
    })
    .await;
    let (taro, _) = member(&town).await;
    let twin = town.taro(MGC).await;
    let mut mail = ByMail(twin.email.clone());
    first_login(&mut town.browser(MGC), &twin, &mut mail).await;
    town.clock.advance(minutes(90));

    let mut here = at_door(&town, &taro).await;
    let mut there = town.browser(MGC);
    sign_in(&mut there, &twin.login, NEW_PASSWORD).await.is_at(PAGE, HEADING);
    // The newest letter is the other union's.
    let theirs = town.mailbox().code_for(&taro.email).await;
    here.fill("ワンタイムパスワード", &theirs).press("実行").await;
    assert_eq!(here.status, 422);
    there.fill("ワンタイムパスワード", &theirs).press("実行").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn whoever_has_an_app_and_chose_it_is_asked_for_the_app() {
    let town = Town::open().await;
    let taro = town.taro(JRP).await;
    let mut phone = town.phone();
    first_login(&mut town.browser(JRP), &taro, &mut phone).await;
    town.clock.advance(minutes(5));
    let mut browser = town.browser(JRP);
    return_with(&mut browser, &taro, &phone).await.is_at("/", "サービス");
    // Mailed codes are a factor of those only who chose them (D10).
    let mut other = town.browser(JRP);
    sign_in(&mut other, &taro.login, NEW_PASSWORD).await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    other.visit(PAGE).await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    town.close().await;
}

#[tokio::test]
async fn codes_are_kept_so_that_trying_all_of_them_finds_none() {
    use sha2::{Digest as _, Sha256};
    let town = Town::open().await;
    let (taro, _) = member(&town).await;
    at_door(&town, &taro).await;
    let code = town.mailbox().code_for(&taro.email).await;
    let rows = town.rows("one_time").await;
    let plain = data_encoding::HEXLOWER.encode(&Sha256::digest(code.as_bytes()));
    assert!(!rows.is_empty());
    for row in rows {
        assert!(!row.contains(&plain), "a plain digest of six digits");
        assert!(!row.contains(&format!("'{code}'")), "in clear");
    }
    town.close().await;
}
