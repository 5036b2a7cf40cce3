//! 「機種変更や紛失などで使えない」: replacing a lost factor, under each of the three rules a union may have.

use crate::{
    recovery::{NEWER_PASSWORD, WAY, ask, open_link, replace_password, show_app, up_to_way, with_hanako},
    rivals::together,
    town::{Authenticator, Browser, JSW, Newcomer, Phone, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in},
};

const WAIT: &str = "/recovery/password/wait";
const DESK: &str = "/recovery/password/desk-code";
const SET_UP: &str = "/signin/setup/totp";
const LOST: &str = "機種変更や紛失などで使えない";

pub async fn waiting() -> Town {
    Town::edited(JSW, |text| text + "\n[recovery]\nlost_factor_wait_hours = 24\n").await
}

async fn by_desk() -> Town {
    Town::edited(JSW, |text| text + "\n[recovery]\nlost_factor = \"desk-code\"\n").await
}

/// Sets up a new app on the page that asks for it.
async fn set_up(browser: &mut Browser, phone: &mut Phone) {
    browser.visit("/signin/setup/totp?manual=1").await.is_at(SET_UP, "ワンタイムパスワードの設定");
    phone.scan(browser);
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("実行").await;
}

/// A browser with the link and the birth date, that says the factor is lost.
pub async fn lost(town: &Town, who: &Newcomer) -> Browser {
    let mut browser = town.browser(JSW);
    up_to_way(town, &mut browser, who).await;
    browser.is_at(WAY, "ご本人の確認");
    browser.press(LOST).await;
    browser
}

#[tokio::test]
async fn the_old_phone_goes_only_after_the_new_one_works() {
    let (town, hanako, old, mut session) = with_hanako(Town::open().await).await;
    let mut browser = lost(&town, &hanako).await;
    let mut new = town.phone();
    browser.visit("/signin/setup/totp?manual=1").await.is_at(SET_UP, "ワンタイムパスワードの設定");
    new.scan(&browser);
    let wrong = new.wrong_code();
    browser
        .fill("ワンタイムパスワード", &wrong)
        .press("実行")
        .await
        .is_at(SET_UP, "ワンタイムパスワードの設定");
    assert_eq!(town.count(JSW, "factor-removed").await, 0);
    // The browser dies here: the old phone still works, and so does the session.
    return_with(&mut town.browser(JSW), &hanako, &old).await.is_at("/", "サービス");
    session.visit("/").await.is_at("/", "サービス");

    let mut browser = lost(&town, &hanako).await;
    // Under the same name as the old one.
    set_up(&mut browser, &mut new).await;
    browser.is_at("/signin/password", "パスワードの更新");
    assert_eq!(town.count(JSW, "factor-removed").await, 1);
    assert_eq!(town.newest_mail("factor-removed").await.to, "hanako@example.jp");
    session.visit("/").await;
    assert!(!session.page().contains("健保 花子"), "sessions end with the old phone");
    // The browser dies again, before the new password: the new phone works beside the old password.
    town.clock.advance(minutes(1));
    let mut back = town.browser(JSW);
    sign_in(&mut back, &hanako.login, NEW_PASSWORD).await;
    back.fill("ワンタイムパスワード", &old.code()).press("トップページへ").await;
    assert!(back.errors()[0].contains("あと4回"), "{:?}", back.errors());
    show_app(&mut back, &new).await;
    back.is_at("/", "サービス");

    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    let told = town.newest_mail("recovered").await;
    assert!(told.text.contains("認証方法"), "{}", told.text);
    town.clock.advance(minutes(1));
    back.visit("/").await;
    sign_in(&mut back, &hanako.login, NEWER_PASSWORD).await;
    show_app(&mut back, &new).await;
    back.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_lost_passkey_is_replaced_by_another_one() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut old, mut new) = (Authenticator::new(1), Authenticator::new(2));
    first_login(&mut town.browser(JSW), &hanako, &mut old).await;
    let mut browser = lost(&town, &hanako).await;
    browser.is_at("/signin/setup/passkey", "セキュリティの設定");
    browser.press_with("次へ", &mut new).await;
    browser.visit("/signin/password").await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    let mut back = town.browser(JSW);
    sign_in(&mut back, &hanako.login, NEWER_PASSWORD).await.is_at("/signin/passkey", "生体認証の設定");
    let options = back.options("/signin/passkey").await;
    assert_eq!(options["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
    assert!(old.answer(&options, &back.origin()).is_err(), "the old one is not asked for");
    back.press_with("次へ", &mut new).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn every_factor_goes_with_the_lost_one() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let member = town.member(JSW, &hanako.login).await;
    town.second_device(JSW, &member, "仕事用").await;
    town.sql("UPDATE member SET mail_code_at = imported_at").await;
    let mut browser = lost(&town, &hanako).await;
    set_up(&mut browser, &mut town.phone()).await;
    assert_eq!(town.count(JSW, "factor-removed").await, 3);
    assert!(town.member(JSW, &hanako.login).await.mail_code_at.is_none());
    let told = town.newest_mail("factor-removed").await;
    assert!(told.text.contains("仕事用"), "{}", told.text);
    town.close().await;
}

#[tokio::test]
async fn a_factor_that_is_off_is_replaced_and_never_switched_on_by_a_password() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    for _ in 0..6 {
        let mut browser = town.browser(JSW);
        sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
        for _ in 0..5 {
            browser.post("/signin/totp", &format!("code={}", phone.wrong_code())).await;
        }
    }
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    assert!(browser.errors()[0].contains("この認証方法を止めています"), "{:?}", browser.errors());
    // The choice is open until a factor was shown.
    browser.visit(WAY).await.is_at(WAY, "ご本人の確認");
    browser.press(LOST).await;
    let mut new = town.phone();
    set_up(&mut browser, &mut new).await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    town.clock.advance(minutes(1));
    let mut back = town.browser(JSW);
    sign_in(&mut back, &hanako.login, NEWER_PASSWORD).await;
    show_app(&mut back, &new).await;
    back.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn the_wait_opens_after_its_hours_and_closes_after_three_days() {
    for (later, opens) in [
        (hours(24) - minutes(1), false),
        (hours(24), true),
        (hours(96) - minutes(1), true),
        (hours(96), false),
    ] {
        let (town, hanako, old, _) = with_hanako(waiting().await).await;
        let mut browser = lost(&town, &hanako).await;
        browser.is_at(WAIT, "しばらくお待ちください");
        let told = town.newest_mail("lost-factor-asked").await;
        assert_eq!(told.to, "hanako@example.jp");
        for path in [SET_UP, "/signin/setup/passkey", "/signin/password"] {
            browser.visit(path).await.is_at(WAIT, "しばらくお待ちください");
        }
        assert!(
            browser.text().contains("11月22日") && browser.text().contains("11月25日"),
            "{}",
            browser.text()
        );
        // Asking again makes it neither shorter nor longer, and is not told again.
        town.clock.advance(minutes(1));
        lost(&town, &hanako).await.is_at(WAIT, "しばらくお待ちください");
        assert_eq!(town.mail_of("lost-factor-asked").await.len(), 1);
        town.clock.advance(later - minutes(1));

        let mut browser = lost(&town, &hanako).await;
        assert_eq!(browser.path() == SET_UP, opens, "{later}");
        assert_eq!(
            town.mail_of("lost-factor-asked").await.len(),
            if opens || later < hours(24) { 1 } else { 2 }
        );
        if opens {
            let mut new = town.phone();
            set_up(&mut browser, &mut new).await;
            replace_password(&mut browser).await;
            browser.is_at("/", "サービス");
            let mut again = lost_with(&town, &hanako).await;
            again.visit(WAIT).await.is_at(WAIT, "しばらくお待ちください");
        } else {
            browser.is_at(WAIT, "しばらくお待ちください");
            return_with(&mut town.browser(JSW), &hanako, &old).await.is_at("/", "サービス");
        }
        town.close().await;
    }
}

/// The same again with the new password: a wait that has served is over.
async fn lost_with(town: &Town, who: &Newcomer) -> Browser {
    town.clock.advance(hours(1));
    lost(town, who).await
}

#[tokio::test]
async fn the_wait_is_called_off_by_the_mailed_link() {
    let (town, hanako, _, _) = with_hanako(waiting().await).await;
    town.sql("UPDATE member SET email_pending = 'new@example.jp'").await;
    let mut thief = lost(&town, &hanako).await;
    thief.is_at(WAIT, "しばらくお待ちください");
    let mut told: Vec<_> =
        town.mail_of("lost-factor-asked").await.into_iter().map(|letter| letter.to).collect();
    told.sort();
    assert_eq!(told, ["hanako@example.jp", "new@example.jp"], "every known address is told");

    let link = town.newest_mail("lost-factor-asked").await.link();
    let mut hers = town.browser(JSW);
    for _ in 0..5 {
        hers.visit(&link).await.is_at(&link, "認証方法の変更を取りやめる");
    }
    thief.visit(WAIT).await.is_at(WAIT, "しばらくお待ちください");
    hers.press("取りやめる").await.is_at(&link, "取りやめました");
    hers.post(&link, "").await.is_at(&link, "取りやめました");
    assert_eq!(town.count(JSW, "lost-factor-wait-ended").await, 1);
    thief.visit(WAIT).await.is_at("/signin", "ログイン");
    town.clock.advance(hours(25));
    let again = lost(&town, &hanako).await;
    again.is_at(WAIT, "しばらくお待ちください");
    hers.visit(&link).await;
    assert_eq!(hers.status, 410, "the link of another wait is another one");
    hers.post(&link, "").await;
    assert_eq!(town.count(JSW, "lost-factor-wait-ended").await, 1);
    town.close().await;
}

#[tokio::test]
async fn whoever_signs_in_with_the_old_factor_calls_the_wait_off() {
    let (town, hanako, phone, _) = with_hanako(waiting().await).await;
    let mut thief = lost(&town, &hanako).await;
    town.clock.advance(minutes(5));
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    assert_eq!(town.count(JSW, "lost-factor-wait-ended").await, 1);
    thief.visit(WAIT).await.is_at("/signin", "ログイン");
    town.clock.advance(hours(24));
    lost(&town, &hanako).await.is_at(WAIT, "しばらくお待ちください");
    town.close().await;
}

#[tokio::test]
async fn the_desks_code_is_typed_as_it_was_heard() {
    let (town, hanako, old, _) = with_hanako(by_desk().await).await;
    let mut browser = lost(&town, &hanako).await;
    browser.is_at(DESK, "健康保険組合からの確認コード");
    for path in [SET_UP, "/signin/setup/passkey", "/signin/password", WAIT] {
        browser.visit(path).await.is_at(DESK, "健康保険組合からの確認コード");
    }
    let type_in = async |browser: &mut Browser, code: &str| {
        browser.fill("確認コード", code).press("実行").await;
    };
    type_in(&mut browser, "ABCD-EFGH-JKLM").await;
    assert!(
        browser.errors()[0].contains("この確認コードは使えません"),
        "none was given: {:?}",
        browser.errors()
    );
    type_in(&mut browser, "ABCD").await;
    assert!(browser.errors()[0].contains("12文字"), "{:?}", browser.errors());

    let first = town.desk_code(JSW, &hanako.login).await;
    let code = town.desk_code(JSW, &hanako.login).await;
    assert_eq!(code.len(), 14);
    type_in(&mut browser, &first).await;
    assert!(browser.errors()[0].contains("あと4回"), "an older code is dead: {:?}", browser.errors());
    let typed = format!("　{} ", code.to_lowercase().replace('-', " "));
    type_in(&mut browser, &typed).await;
    browser.is_at(SET_UP, "ワンタイムパスワードの設定");
    // Single use: another browser gets nothing by it.
    let mut other = lost(&town, &hanako).await;
    type_in(&mut other, &code).await;
    assert!(other.errors()[0].contains("この確認コードは使えません"), "{:?}", other.errors());
    return_with(&mut town.browser(JSW), &hanako, &old).await.is_at("/", "サービス");
    let mut new = town.phone();
    set_up(&mut browser, &mut new).await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    let trail = town.trail(JSW, &town.member(JSW, &hanako.login).await).await;
    for word in ["desk-code-issued", "desk-code-differed", "desk-code-dead", "desk-code-accepted"] {
        assert!(trail.contains(&word.to_owned()), "{word}: {trail:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn the_desks_code_lives_a_day_and_five_tries() {
    for (later, right) in [(hours(24) - minutes(1), true), (hours(24), false)] {
        let (town, hanako, _, _) = with_hanako(by_desk().await).await;
        let code = town.desk_code(JSW, &hanako.login).await;
        town.clock.advance(later);
        let mut browser = lost(&town, &hanako).await;
        browser.fill("確認コード", &code).press("実行").await;
        assert_eq!(browser.path() == SET_UP, right, "{later}");
        town.close().await;
    }
    let (town, hanako, _, _) = with_hanako(by_desk().await).await;
    let code = town.desk_code(JSW, &hanako.login).await;
    let mut browser = lost(&town, &hanako).await;
    for left in [4, 3, 2, 1] {
        browser.post(DESK, "code=ABCDEFGHJKLM").await;
        assert!(browser.errors()[0].contains(&format!("あと{left}回")), "{:?}", browser.errors());
    }
    for code in ["ABCDEFGHJKLM", &code] {
        browser.post(DESK, &format!("code={code}")).await;
        assert!(browser.errors()[0].contains("この確認コードは使えません"), "{:?}", browser.errors());
    }
    // A member's code is the member's: it opens nothing for another.
    let taro = town.taro(JSW).await;
    let mut his = Authenticator::new(3);
    first_login(&mut town.browser(JSW), &taro, &mut his).await;
    let code = town.desk_code(JSW, &hanako.login).await;
    let mut browser = lost(&town, &taro).await;
    browser.post(DESK, &format!("code={code}")).await;
    assert!(browser.errors()[0].contains("この確認コードは使えません"), "{:?}", browser.errors());
    town.close().await;
}

#[tokio::test]
async fn dead_desk_codes_take_nothing_from_the_next_one_and_unlock_gives_its_tries_back() {
    let (town, hanako, _, _) = with_hanako(by_desk().await).await;
    let tenant = town.tenant(JSW);
    let mut browser = lost(&town, &hanako).await;
    for _ in 0..12 {
        browser.post(DESK, "code=ABCDEFGHJKLM").await;
        assert!(browser.errors()[0].contains("この確認コードは使えません"), "{:?}", browser.errors());
    }
    // Five codes of five tries in one day, and tries at each when it is dead.
    for _ in 0..5 {
        town.desk_code(JSW, &hanako.login).await;
        for left in [4, 3, 2, 1] {
            browser.post(DESK, "code=ABCDEFGHJKLM").await;
            assert!(browser.errors()[0].contains(&format!("あと{left}回")), "{:?}", browser.errors());
        }
        for _ in 0..2 {
            browser.post(DESK, "code=ABCDEFGHJKLM").await;
            assert!(browser.errors()[0].contains("この確認コードは使えません"), "{:?}", browser.errors());
        }
    }
    let code = town.desk_code(JSW, &hanako.login).await;
    for _ in 0..6 {
        browser.post(DESK, "code=ABCDEFGHJKLM").await;
    }
    browser.post(DESK, &format!("code={code}")).await;
    assert!(browser.errors()[0].contains("この確認コードは使えません"), "{:?}", browser.errors());
    let card = town.desk(&tenant).show(&hanako.login).await.unwrap();
    assert_eq!(card.desk_code.unwrap().misses, 5);
    town.unlock(JSW, &hanako.login).await;
    browser.post(DESK, &format!("code={code}")).await.is_at(SET_UP, "ワンタイムパスワードの設定");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_desk_codes_at_once_five_are_verified_and_one_opens() {
    let (town, hanako, _, _) = with_hanako(by_desk().await).await;
    let code = town.desk_code(JSW, &hanako.login).await;
    let browser = lost(&town, &hanako).await;
    let presses: Vec<_> = (0..4).map(|_| (&browser, DESK, format!("code={code}"))).collect();
    let answers = together(&town, &presses).await;
    assert!(
        answers.iter().any(|(status, place, _)| (*status, place.as_str()) == (303, SET_UP)),
        "{answers:?}"
    );
    assert_eq!(town.count(JSW, "desk-code-accepted").await, 1);

    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press(LOST).await;
    town.desk_code(JSW, &hanako.login).await;
    let presses: Vec<_> = (0..32).map(|_| (&browser, DESK, "code=ABCDEFGHJKLM".to_owned())).collect();
    together(&town, &presses).await;
    assert_eq!(town.count(JSW, "desk-code-differed").await, 5);
    town.close().await;
}

#[tokio::test]
async fn a_union_without_desk_codes_gives_none_out() {
    use kenpo_portal::{
        cli::member::{self, DeskOptions},
        domain::tenant::Language,
    };
    let town = Town::open().await;
    town.hanako(JSW).await;
    for (language, word) in [(Language::Ja, "確認コードを使いません"), (Language::En, "does not use codes")]
    {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let options = DeskOptions { member: "testuser", language, json: false };
        let tenant = town.tenant(JSW);
        let desk = town.desk(&tenant);
        assert_eq!(member::desk_code(&desk, options, &mut out, &mut err).await.unwrap(), 2);
        assert!(out.is_empty() && String::from_utf8(err).unwrap().contains(word));
    }
    town.close().await;
}

#[tokio::test]
async fn a_code_and_then_the_link_after_all() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    town.clock.advance(minutes(1));
    ask(&mut browser, &hanako.login).await;
    open_link(&town, &mut browser).await;
    browser.fill("生年月日", hanako.born).press("実行").await.is_at(WAY, "ご本人の確認");
    browser.press("登録した認証方法で確認する").await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    browser.visit(WAY).await.press(LOST).await.is_at(SET_UP, "ワンタイムパスワードの設定");
    town.close().await;
}
