//! Passkeys, as the manuals tell it: 「セキュリティの設定」, the device, its name; and back with password and passkey.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::{
    passkey_more::answer_form,
    town::{Authenticator, Browser, JSW, MGC, Newcomer, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_by_passkey, sign_in, up_to},
};

pub const SET_UP: &str = "/signin/setup/passkey";
pub const PROVE: &str = "/signin/passkey";

/// A town with a member who has finished the first login with a passkey a day ago.
pub async fn with_passkey() -> (Town, Newcomer, Authenticator) {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut device = Authenticator::new(1);
    first_login(&mut town.browser(JSW), &hanako, &mut device).await;
    town.clock.advance(hours(24));
    (town, hanako, device)
}

/// A member at the page where the first passkey is made.
pub async fn at_set_up(town: &Town, who: &Newcomer) -> Browser {
    let mut browser = town.browser(JSW);
    up_to(&mut browser, who, &mut Authenticator::new(0), "セキュリティの設定").await;
    browser
}

/// A member at the page where a passkey is shown.
pub async fn at_door(town: &Town, who: &Newcomer) -> Browser {
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &who.login, NEW_PASSWORD).await.is_at(PROVE, "生体認証の設定");
    browser
}

#[tokio::test]
async fn hanako_sets_up_her_phone_names_it_and_comes_back_with_it() {
    let town = Town::open().await;
    let mut hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), Authenticator::new(1));
    up_to(&mut browser, &hanako, &mut phone, "初回ログインが完了しました").await;
    browser.press("ログアウトして認証方法を設定する").await.is_at("/signin", "ログイン");
    hanako.password = NEW_PASSWORD.into();
    up_to(&mut browser, &hanako, &mut phone, "セキュリティの設定").await;
    browser.press_with("次へ", &mut phone).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください");
    assert!(
        browser.cookies.contains_key("__Host-session") && !browser.cookies.contains_key("__Host-attempt")
    );
    browser.fill("デバイス名", "はなこの携帯").press("OK").await.is_at("/", "サービス");

    town.clock.advance(hours(24));
    let mut again = at_door(&town, &hanako).await;
    assert!(again.text().contains("はなこの携帯"), "{}", again.text());
    assert!(again.text().contains("2026年11月21日"), "when it was made: {}", again.text());
    again.press_with("次へ", &mut phone).await.is_at("/", "サービス");
    let trail = town.trail(JSW, &town.member(JSW, &hanako.login).await).await;
    let last: Vec<&str> = trail.iter().rev().take(8).rev().map(String::as_str).collect();
    assert_eq!(
        last,
        [
            "password-accepted",
            "factor-added",
            "signed-out-everywhere",
            "session-opened",
            "factor-named",
            "password-accepted",
            "factor-proven",
            "session-opened",
        ]
    );
    town.close().await;
}

#[tokio::test]
async fn where_the_union_goes_on_at_once_the_passkey_is_the_last_page_of_first_login() {
    let town = Town::edited(JSW, |text| text + "\n[first_login]\nmfa_setup = \"continue\"\n").await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), Authenticator::new(1));
    let headings = first_login(&mut browser, &hanako, &mut phone).await;
    assert_eq!(headings[headings.len() - 2..], ["セキュリティの設定", "このデバイスに名前を付けてください"]);
    assert_eq!(headings.iter().filter(|heading| *heading == "ログイン").count(), 1);
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn another_browser_takes_up_where_the_first_one_stopped() {
    let town = Town::open().await;
    let mut hanako = town.hanako(JSW).await;
    let mut phone = Authenticator::new(1);
    up_to(&mut town.browser(JSW), &hanako, &mut phone, "初回ログインが完了しました").await;
    hanako.password = NEW_PASSWORD.into();
    let mut other = town.browser(JSW);
    sign_in(&mut other, &hanako.login, NEW_PASSWORD).await.is_at(SET_UP, "セキュリティの設定");
    other.press_with("次へ", &mut phone).await;
    assert_eq!(other.h1(), "このデバイスに名前を付けてください");
    other.visit("/").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn the_portal_asks_for_a_passkey_that_every_phone_can_make() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = at_set_up(&town, &hanako).await;
    // The page may ask, and no page inside another.
    let policy = browser.headers["permissions-policy"].to_str().unwrap().to_owned();
    for word in ["publickey-credentials-create=(self)", "publickey-credentials-get=(self)"] {
        assert!(policy.contains(word), "{policy}");
    }
    let options = browser.options(SET_UP).await;
    let asked = &options["publicKey"];
    assert_eq!(asked["rp"], json!({"id": "jswkenpo.portal.kosmo-web.jp", "name": "日本製鋼所健康保険組合"}));
    let selection = &asked["authenticatorSelection"];
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(selection["residentKey"], "preferred");
    assert_eq!(selection["requireResidentKey"], false);
    assert!(selection.get("authenticatorAttachment").is_none_or(Value::is_null), "every kind is welcome");
    assert_eq!(asked["timeout"], 300_000);
    assert!(asked.get("attestation").is_none_or(|wish| wish == "none"), "no attestation is asked for");
    let params = asked["pubKeyCredParams"].as_array().unwrap();
    assert!(params.iter().all(|param| param["type"] == "public-key"));
    let algorithms: Vec<i64> = params.iter().map(|param| param["alg"].as_i64().unwrap()).collect();
    assert!(algorithms.contains(&-7) && algorithms.contains(&-257), "{algorithms:?}");
    assert!(asked["excludeCredentials"].as_array().is_none_or(Vec::is_empty));
    // Nothing about the member but the user ID; the handle says nothing.
    assert_eq!(asked["user"]["name"], "testuser");
    let handle = BASE64URL_NOPAD.decode(asked["user"]["id"].as_str().unwrap().as_bytes()).unwrap();
    assert!((16..=64).contains(&handle.len()), "{handle:?}");
    let member = town.member(JSW, &hanako.login).await;
    assert_ne!(handle, member.id.uuid().as_bytes(), "no id of ours");
    let text = options.to_string();
    for personal in ["花子", "ハナコ", "1980", "3456789", "hanako"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    town.close().await;
}

fn challenge(options: &Value) -> Vec<u8> {
    BASE64URL_NOPAD.decode(options["publicKey"]["challenge"].as_str().unwrap().as_bytes()).unwrap()
}

#[tokio::test]
async fn every_question_is_a_new_one_and_every_member_keeps_one_handle() {
    let (town, hanako, mut phone) = with_passkey().await;
    let taro = town.taro(JSW).await;
    let mut door = at_door(&town, &hanako).await;
    let mut his = at_set_up(&town, &taro).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(challenge(&door.options(PROVE).await));
        seen.push(challenge(&his.options(SET_UP).await));
    }
    assert!(seen.iter().all(|challenge| challenge.len() >= 16));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6, "a challenge came twice");

    door.press_with("次へ", &mut phone).await.is_at("/", "サービス");
    let (one, two) = (his.options(SET_UP).await, his.options(SET_UP).await);
    assert_eq!(one["publicKey"]["user"]["id"], two["publicKey"]["user"]["id"]);
    let hers = door.options("/account/methods/passkey").await;
    let handle = BASE64URL_NOPAD.encode(&phone.user_handles()[0]);
    assert_eq!(hers["publicKey"]["user"]["id"], json!(handle), "the same as when she began");
    assert_ne!(one["publicKey"]["user"]["id"], hers["publicKey"]["user"]["id"]);
    let excluded: Vec<_> = hers["publicKey"]["excludeCredentials"].as_array().unwrap().iter().collect();
    assert_eq!(excluded.len(), 1);
    assert_eq!(excluded[0]["id"], json!(BASE64URL_NOPAD.encode(&phone.ids()[0])));
    assert_eq!(phone.answer(&hers, &door.origin()).unwrap_err(), "InvalidStateError");
    town.close().await;
}

#[tokio::test]
async fn at_the_door_only_her_own_passkeys_are_asked_for() {
    let (town, hanako, phone) = with_passkey().await;
    let taro = town.taro(JSW).await;
    first_login(&mut town.browser(JSW), &taro, &mut Authenticator::new(2)).await;
    let options = at_door(&town, &hanako).await.options(PROVE).await;
    let asked = &options["publicKey"];
    assert_eq!(asked["rpId"], "jswkenpo.portal.kosmo-web.jp");
    assert_eq!(asked["userVerification"], "required");
    assert_eq!(asked["timeout"], 300_000);
    let allowed = asked["allowCredentials"].as_array().unwrap();
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0]["id"], json!(BASE64URL_NOPAD.encode(&phone.ids()[0])));
    town.close().await;
}

#[tokio::test]
async fn the_question_of_one_node_is_answered_to_another() {
    let (mut town, hanako, mut phone) = with_passkey().await;
    let mut door = at_door(&town, &hanako).await;
    let form = answer_form(&mut door, PROVE, &mut phone).await;
    town.restart(JSW, |text| text);
    let mut other = town.browser(JSW);
    other.cookies = door.cookies;
    other.post(PROVE, &form).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn who_cannot_use_a_passkey_chooses_another_way_and_comes_back_to_it() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = at_set_up(&town, &hanako).await;
    let links: Vec<String> = vec![browser.text_of("a[href^='/signin/method']")];
    assert_eq!(links, ["ほかの認証方法を選ぶ"]);
    browser.visit("/signin/method?change=1").await.is_at("/signin/method", "認証方法の設定");
    browser.choose("認証方法", "app-otp").press("実行").await;
    browser.is_at("/signin/setup/totp", "ワンタイムパスワードの設定");
    // The page left behind in another tab does nothing more.
    let (status, _) = browser.fetch("/signin/setup/passkey/options").await;
    assert_ne!(status, 200);
    browser.visit("/signin/method?change=1").await;
    browser.choose("認証方法", "passkey").press("実行").await.is_at(SET_UP, "セキュリティの設定");
    browser.press_with("次へ", &mut Authenticator::new(1)).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください");
    town.close().await;
}

#[tokio::test]
async fn whoever_has_a_passkey_proves_it_and_never_sees_a_set_up_page() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut browser = at_door(&town, &hanako).await;
    let before = town.dump().await;
    for page in [SET_UP, "/signin/setup/totp", "/signin/method?change=1", "/signin/totp", "/signin/terms"] {
        browser.visit(page).await.is_at(PROVE, "生体認証の設定");
    }
    for path in [SET_UP, "/signin/totp"] {
        let (status, answer) = browser.fetch(&format!("{path}/options")).await;
        assert!(status != 200 && answer.get("publicKey").is_none(), "{path}: {status} {answer}");
    }
    for (path, form) in [
        (SET_UP, "credential=%7B%7D"),
        ("/signin/setup/totp", "code=123456&device_name=x"),
        ("/signin/totp", "code=123456"),
        ("/signin/method", "user_id=another-id-1&method=app-otp"),
    ] {
        browser.post(path, form).await.is_at(PROVE, "生体認証の設定");
    }
    assert_eq!(town.dump().await, before, "something was written");
    for page in ["/account/methods", "/account/methods/passkey"] {
        browser.visit(page).await;
        assert!(matches!(browser.path(), "/signin" | PROVE), "{page} led to {}", browser.path());
    }
    let mut again = at_door(&town, &hanako).await;
    again.press_with("次へ", &mut phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn two_tabs_at_the_door_do_not_disturb_each_other() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut door = at_door(&town, &hanako).await;
    let one = door.options(PROVE).await;
    let two = door.options(PROVE).await;
    let kept = door.cookies.clone();
    let origin = door.origin();
    let first = phone.answer(&one, &origin).unwrap();
    let second = phone.answer(&two, &origin).unwrap();
    door.hand_in(PROVE, &first).await.is_at("/", "サービス");
    // The other tab shares the cookies, and finds her in.
    door.hand_in(PROVE, &second).await.is_at("/", "サービス");
    assert_eq!(town.count(JSW, "session-opened").await, 2, "first login, and once");
    // A tab that still has the old cookie finds its attempt over.
    door.cookies = kept;
    door.hand_in(PROVE, &second).await.is_at("/signin", "ログイン");
    town.close().await;
}

#[tokio::test]
async fn the_second_set_up_in_the_other_tab_is_led_on() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = at_set_up(&town, &hanako).await;
    let mut other = town.browser(JSW);
    sign_in(&mut other, &hanako.login, NEW_PASSWORD).await.is_at(SET_UP, "セキュリティの設定");
    let (one, two) = (browser.options(SET_UP).await, other.options(SET_UP).await);
    let origin = browser.origin();
    let first = Authenticator::new(1).answer(&one, &origin).unwrap();
    let second = Authenticator::new(2).answer(&two, &origin).unwrap();
    browser.hand_in(SET_UP, &first).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください");
    browser.hand_in(SET_UP, &first).await.is_at("/", "サービス");
    // What was begun before there was a passkey is over (D24); at the door it is asked for first.
    other.hand_in(SET_UP, &second).await.is_at("/signin", "ログイン");
    sign_in(&mut other, &hanako.login, NEW_PASSWORD).await.is_at(PROVE, "生体認証の設定");
    assert_eq!(town.count(JSW, "factor-added").await, 1);
    town.close().await;
}

#[tokio::test]
async fn staff_keep_a_member_out_whatever_passkey_is_shown() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut door = at_door(&town, &hanako).await;
    let options = door.options(PROVE).await;
    let answer = phone.answer(&options, &door.origin()).unwrap();
    town.sql("UPDATE member SET locked_at = imported_at").await;
    door.hand_in(PROVE, &answer).await.is_at("/signin", "ログイン");
    assert!(!door.cookies.contains_key("__Host-session"));
    let (status, options) = door.fetch("/signin/passkey/options").await;
    assert!(status != 200 && options.get("publicKey").is_none(), "{status} {options}");
    town.close().await;
}

#[tokio::test]
async fn after_the_desk_began_anew_with_her_the_old_passkey_is_gone() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut door = at_door(&town, &hanako).await;
    let options = door.options(PROVE).await;
    let answer = phone.answer(&options, &door.origin()).unwrap();
    let again = town.revert(JSW, &hanako).await;
    door.hand_in(PROVE, &answer).await.is_at("/signin", "ログイン");
    let handle = phone.user_handles()[0].clone();
    let mut new = Authenticator::new(9);
    first_login(&mut town.browser(JSW), &again, &mut new).await;
    assert_eq!(new.user_handles()[0], handle, "a handle is given once");
    let mut door = at_door(&town, &again).await;
    let options = door.options(PROVE).await;
    assert_eq!(phone.answer(&options, &door.origin()).unwrap_err(), "NotAllowedError");
    let mut old = phone.lying(|lies| lies.credential_id = Some(phone.ids()[0].clone()));
    let answer = old.answer(&options, &door.origin()).unwrap();
    door.hand_in(PROVE, &answer).await;
    assert_eq!((door.status.as_u16(), door.h1().as_str()), (422, "このパスキーは使えません"));
    assert_eq!(town.refusals(JSW).await, [("prove".to_owned(), "unknown".to_owned())]);
    town.close().await;
}

#[tokio::test]
async fn the_same_phone_serves_her_at_two_unions() {
    let (town, hanako, mut phone) = with_passkey().await;
    let there = town.hanako(MGC).await;
    first_login(&mut town.browser(MGC), &there, &mut phone).await;
    assert_eq!(phone.ids().len(), 2);
    let handles = phone.user_handles();
    assert_ne!(handles[0], handles[1], "nobody can tell that both are hers");
    town.clock.advance(minutes(5));
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut phone).await.is_at("/", "サービス");
    return_by_passkey(&mut town.browser(MGC), &there, &mut phone).await.is_at("/", "サービス");
    town.close().await;
}
