//! A passkey by itself, where the union signs in so (`login.passkey = "alone"`): no user ID, no password, and every rule
//! as before.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    passkey::{PROVE, SET_UP, with_passkey},
    rivals::together,
    town::{Authenticator, Browser, JSW, Lies, MGC, Newcomer, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_by_passkey, sign_in},
};

pub const ALONE: &str = "/signin/passkey/alone";

/// The union's file, edited so that a passkey stands alone.
#[expect(clippy::needless_pass_by_value, reason = "stands for an edit of a file")]
pub fn alone(text: String) -> String {
    assert!(!text.contains("passkey = "), "the file says it already");
    let after = "[login]\n";
    assert!(text.contains(after));
    text.replace(after, "[login]\npasskey = \"alone\"\n")
}

/// A town whose union signs in by a passkey alone, with a member who has one since yesterday.
async fn with_hanako() -> (Town, Newcomer, Authenticator) {
    let town = Town::edited(JSW, alone).await;
    let hanako = town.hanako(JSW).await;
    let mut device = Authenticator::new(1);
    first_login(&mut town.browser(JSW), &hanako, &mut device).await;
    town.clock.advance(hours(24));
    (town, hanako, device)
}

/// The button on the sign-in page.
const BUTTON: &str = "顔・指紋・画面ロックでログイン";

#[tokio::test]
async fn hanako_touches_her_phone_and_is_in() {
    let (town, hanako, mut device) = with_hanako().await;
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await.is_at("/signin", "ログイン");
    browser.press_with(BUTTON, &mut device).await.is_at("/", "サービス");
    assert!(browser.page().contains("健保 花子"));
    assert!(
        !browser.cookies.contains_key("__Host-ceremony") && !browser.cookies.contains_key("__Host-attempt")
    );
    let trail = town.trail(JSW, &town.member(JSW, &hanako.login).await).await;
    assert_eq!(trail[trail.len() - 2..], ["factor-proven", "session-opened"]);
    // Password and passkey lead in as well.
    let mut other = town.browser(JSW);
    return_by_passkey(&mut other, &hanako, &mut device).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn the_question_is_the_same_for_everybody_and_asks_for_a_key_that_can_be_found() {
    let (town, _, _) = with_hanako().await;
    let taro = town.taro(JSW).await;
    let mut browser = town.browser(JSW);
    let first = browser.options(ALONE).await;
    assert!(browser.cookies.contains_key("__Host-ceremony"));
    let mut second = town.browser(JSW).options(ALONE).await;
    assert_ne!(first["publicKey"]["challenge"], second["publicKey"]["challenge"]);
    second["publicKey"]["challenge"] = first["publicKey"]["challenge"].clone();
    assert_eq!(first, second);
    let asked = &first["publicKey"];
    assert_eq!(asked["userVerification"], "required");
    assert_eq!(asked["rpId"], "jswkenpo.portal.kosmo-web.jp");
    assert_eq!(asked["timeout"], 300_000);
    assert!(asked["allowCredentials"].as_array().is_none_or(Vec::is_empty), "{asked}");

    let mut his = town.browser(JSW);
    crate::walk::up_to(&mut his, &taro, &mut Authenticator::new(2), "セキュリティの設定").await;
    let options = his.options(SET_UP).await;
    let selection = &options["publicKey"]["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["requireResidentKey"], true);
    town.close().await;
}

#[tokio::test]
async fn where_a_passkey_is_the_second_factor_it_does_not_stand_alone() {
    let (town, _, mut device) = with_passkey().await;
    let mut browser = town.browser(JSW);
    assert!(!browser.visit("/signin").await.page().contains(ALONE));
    let (status, options) = browser.fetch(&format!("{ALONE}/options")).await;
    assert_eq!(status, 404);
    assert!(options.get("publicKey").is_none() && browser.cookies.is_empty());
    assert_eq!(browser.hand_in(ALONE, &json!({})).await.status, 404);
    browser.visit(ALONE).await.is_at("/signin", "ログイン");
    // Nor where the union asked for it alone a moment ago.
    let mut town = town;
    town.restart(JSW, alone);
    let mut browser = town.browser(JSW);
    let options = browser.options(ALONE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    let cookies = browser.cookies.clone();
    town.restart(JSW, |text| text);
    let mut browser = town.browser(JSW);
    browser.cookies = cookies;
    assert_eq!(browser.hand_in(ALONE, &answer).await.status, 404);
    assert!(!browser.visit("/").await.has(".tiles"));
    town.close().await;
}

/// Hands in an answer that is refused at the sign-in page, for that reason in the trail.
async fn is_refused(town: &Town, browser: &mut Browser, answer: &Value, why: &str, what: &str) {
    let (sessions, refusals) = (town.count(JSW, "session-opened").await, town.refusals(JSW).await.len());
    browser.hand_in(ALONE, answer).await;
    assert_eq!((browser.status.as_u16(), browser.h1().as_str()), (422, "ログイン"), "{what}");
    assert!(browser.has("[role='alert']"), "{what}: {}", browser.text());
    assert!(
        !browser.cookies.contains_key("__Host-session") && !browser.cookies.contains_key("__Host-attempt")
    );
    assert_eq!(town.count(JSW, "session-opened").await, sessions, "{what}");
    let told = town.refusals(JSW).await;
    if ["malformed", "ceremony"].contains(&why) {
        assert_eq!(told.len(), refusals, "{what}: it belongs to no member, and fills no trail");
        return;
    }
    assert_eq!(told.len(), refusals + 1, "{what}");
    assert_eq!(told.last().unwrap(), &("alone".to_owned(), why.to_owned()), "{what}");
}

#[tokio::test]
async fn no_lie_opens_this_door_either() {
    let (town, _, device) = with_hanako().await;
    let taro = town.taro(JSW).await;
    let mut his = Authenticator::new(2);
    first_login(&mut town.browser(JSW), &taro, &mut his).await;
    let host = town.tenant(JSW).hosts.primary.clone();
    let sibling = format!("https://{}", town.tenant(MGC).hosts.primary);
    let lies = [
        ("origin", Lies::told(|lies| lies.origin = Some(sibling))),
        ("origin", Lies::told(|lies| lies.origin = Some(format!("http://{host}")))),
        ("relying-party", Lies::told(|lies| lies.rp_id = Some(host.clone()))),
        ("type", Lies::told(|lies| lies.type_ = Some("webauthn.create"))),
        ("ceremony", Lies::told(|lies| lies.challenge = Some(vec![0; 32]))),
        ("framed", Lies::told(|lies| lies.cross_origin = true)),
        ("framed", Lies::told(|lies| lies.top_origin = Some("https://evil.example".into()))),
        ("not-verified", Lies::told(|lies| lies.no_user_verification = true)),
        ("not-present", Lies::told(|lies| lies.no_user_presence = true)),
        ("signature", Lies::told(|lies| lies.signature_by_another_key = true)),
        ("backup", Lies::told(|lies| lies.backup = Some((false, false)))),
        ("backup", Lies::told(|lies| lies.backup = Some((false, true)))),
        ("unknown", Lies::told(|lies| lies.credential_id = Some(vec![7; 32]))),
        // Her key under his name, and his name with her key.
        ("owner", Lies::told(|lies| lies.user_handle = Some(his.user_handles()[0].clone()))),
        ("owner", Lies::told(|lies| lies.credential_id = Some(his.ids()[0].clone()))),
        ("owner", Lies::told(|lies| lies.user_handle = Some(vec![1; 16]))),
        ("owner", Lies::told(|lies| lies.user_handle = Some(Vec::new()))),
    ];
    let mut browser = town.browser(JSW);
    for (why, lie) in lies {
        let mut liar = device.clone();
        liar.lies = lie.clone();
        let options = browser.options(ALONE).await;
        let cookies = browser.cookies.clone();
        let answer = liar.get(&options, &browser.origin()).unwrap();
        is_refused(&town, &mut browser, &answer, why, &format!("{lie:?}")).await;
        if why != "ceremony" {
            browser.cookies = cookies;
            let honest = device.clone().get(&options, &browser.origin()).unwrap();
            is_refused(&town, &mut browser, &honest, "ceremony", &format!("after {lie:?}")).await;
        }
    }
    // Her handle and his key: his signature is not hers.
    let options = browser.options(ALONE).await;
    let mut both = his.clone();
    both.lies.user_handle = Some(device.user_handles()[0].clone());
    both.lies.credential_id = Some(device.ids()[0].clone());
    let answer = both.get(&options, &browser.origin()).unwrap();
    is_refused(&town, &mut browser, &answer, "signature", "his key under her id").await;
    for text in [json!(null), json!({}), json!({"id": "x", "rawId": "x", "response": {}})] {
        browser.options(ALONE).await;
        is_refused(&town, &mut browser, &text, "malformed", &text.to_string()).await;
    }
    browser.visit("/signin").await;
    browser.press_with(BUTTON, &mut device.clone()).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn an_answer_belongs_to_the_browser_that_was_asked_once_and_for_five_minutes() {
    let (town, hanako, mut device) = with_hanako().await;
    let (mut one, mut other) = (town.browser(JSW), town.browser(JSW));
    let options = one.options(ALONE).await;
    let answer = device.get(&options, &one.origin()).unwrap();
    // A browser that was not asked at all, and one that was asked something else.
    other.hand_in(ALONE, &answer).await;
    assert_eq!((other.status.as_u16(), other.h1().as_str()), (422, "ログイン"));
    assert!(!other.cookies.contains_key("__Host-session"));
    other.options(ALONE).await;
    is_refused(&town, &mut other, &answer, "ceremony", "another browser").await;
    let cookies = one.cookies.clone();
    one.hand_in(ALONE, &answer).await.is_at("/", "サービス");
    let mut again = town.browser(JSW);
    again.cookies = cookies;
    is_refused(&town, &mut again, &answer, "ceremony", "a second time").await;

    let mut late = town.browser(JSW);
    let options = late.options(ALONE).await;
    let answer = device.get(&options, &late.origin()).unwrap();
    town.clock.advance(minutes(5) + SignedDuration::from_secs(1));
    is_refused(&town, &mut late, &answer, "ceremony", "five minutes and a second").await;
    assert!(late.text().contains("もう使えません。時間がたったか"), "{}", late.text());

    // For another purpose: this door's answer at the second factor's, and the other way round.
    let mut door = town.browser(JSW);
    sign_in(&mut door, &hanako.login, NEW_PASSWORD).await.is_at(PROVE, "生体認証の設定");
    let options = door.options(ALONE).await;
    let answer = device.get(&options, &door.origin()).unwrap();
    door.hand_in(PROVE, &answer).await;
    assert_eq!(door.status, 422);
    assert_eq!(town.refusals(JSW).await.last().unwrap(), &("prove".to_owned(), "ceremony".to_owned()));
    let options = door.options(PROVE).await;
    let answer = device.get(&options, &door.origin()).unwrap();
    door.hand_in(ALONE, &answer).await;
    assert_eq!((door.status.as_u16(), door.h1().as_str()), (422, "ログイン"));
    assert_eq!(town.refusals(JSW).await.last().unwrap().0, "prove", "no member's, and not noted");
    door.hand_in(PROVE, &answer).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn two_tabs_of_a_browser_do_not_disturb_each_other() {
    let (town, _, mut device) = with_hanako().await;
    let mut browser = town.browser(JSW);
    // The list under the user ID, then the button before the list is answered, then a second tab.
    let list = browser.options(ALONE).await;
    let cookie = browser.cookies["__Host-ceremony"].clone();
    let button = browser.options(ALONE).await;
    let tab = browser.options(ALONE).await;
    assert_eq!(browser.cookies["__Host-ceremony"], cookie);
    let origin = browser.origin();
    let mut answer = |options: &Value| device.get(options, &origin).unwrap();
    // What one of them is refused is no reason to refuse the others.
    let button = answer(&button);
    browser.hand_in(ALONE, &json!({})).await;
    assert_eq!(browser.status, 422);
    browser.hand_in(ALONE, &button).await.is_at("/", "サービス");
    assert!(!browser.cookies.contains_key("__Host-ceremony"));
    for (question, what) in [(list, "the first question"), (tab, "the other tab")] {
        let mut again = town.browser(JSW);
        again.cookies.insert("__Host-ceremony".into(), cookie.clone());
        again.hand_in(ALONE, &answer(&question)).await;
        assert_eq!((again.path(), again.status.as_u16()), ("/", 200), "{what}");
    }
    town.close().await;
}

#[tokio::test]
async fn the_other_unions_answer_is_worth_nothing_here() {
    let town = Town::edited(JSW, alone).await;
    let (here, there) = (town.hanako(JSW).await, town.hanako(MGC).await);
    let mut device = Authenticator::new(1);
    first_login(&mut town.browser(JSW), &here, &mut device).await;
    first_login(&mut town.browser(MGC), &there, &mut device).await;
    let mut browser = town.browser(JSW);
    let options = browser.options(ALONE).await;
    let mut mixed = device.lying(|lies| lies.credential_id = Some(device.ids()[1].clone()));
    let answer = mixed.get(&options, &browser.origin()).unwrap();
    is_refused(&town, &mut browser, &answer, "unknown", "the other union's passkey").await;
    assert!(browser.has("[data-passkey-unknown]"), "the browser is told to forget it");
    // Her handle there is not her handle here.
    let options = browser.options(ALONE).await;
    let mut mixed = device.lying(|lies| lies.user_handle = Some(device.user_handles()[1].clone()));
    let answer = mixed.get(&options, &browser.origin()).unwrap();
    is_refused(&town, &mut browser, &answer, "owner", "the other union's handle").await;
    let mut away = town.browser(MGC);
    let options = browser.options(ALONE).await;
    away.cookies.clone_from(&browser.cookies);
    let answer = device.get(&options, &browser.origin()).unwrap();
    assert_eq!(away.hand_in(ALONE, &answer).await.status, 404);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_times_the_same_answer_one_opens_a_session() {
    let (town, _, mut device) = with_hanako().await;
    let mut browser = town.browser(JSW);
    let options = browser.options(ALONE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    let form = serde_urlencoded::to_string([("credential", answer.to_string())]).unwrap();
    let presses: Vec<_> = (0..16).map(|_| (&browser, ALONE, form.clone())).collect();
    let answers = together(&town, &presses).await;
    assert_eq!(answers.iter().filter(|(_, _, entered)| *entered).count(), 1, "{answers:?}");
    assert_eq!(town.count(JSW, "session-opened").await, 2, "the first login's, and one more");
    town.close().await;
}

#[tokio::test]
async fn a_copied_key_is_refused_and_told_here_too() {
    let town = Town::edited(JSW, alone).await;
    let hanako = town.hanako(JSW).await;
    let mut key = Authenticator::security_key(1);
    first_login(&mut town.browser(JSW), &hanako, &mut key).await;
    for _ in 0..2 {
        let mut browser = town.browser(JSW);
        browser.visit("/signin").await.press_with(BUTTON, &mut key).await.is_at("/", "サービス");
    }
    for counter in [2, 1, 0] {
        let mut browser = town.browser(JSW);
        let options = browser.options(ALONE).await;
        let answer = key.lying(|lies| lies.counter = Some(counter)).get(&options, &browser.origin()).unwrap();
        is_refused(&town, &mut browser, &answer, "counter", "a copy").await;
    }
    let letters = town.letters().await;
    let told = letters.iter().filter(|letter| letter.content.contains("生体認証を受け付けませんでした"));
    assert_eq!(told.count(), 3, "{letters:?}");
    town.close().await;
}

#[tokio::test]
async fn staff_keep_a_member_out_and_the_desk_begins_anew_at_this_door_too() {
    let (town, hanako, mut device) = with_hanako().await;
    let mut browser = town.browser(JSW);
    let options = browser.options(ALONE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    town.sql("UPDATE member SET locked_at = imported_at").await;
    browser.hand_in(ALONE, &answer).await;
    assert_eq!((browser.status.as_u16(), browser.h1().as_str()), (422, "ログイン"));
    assert!(!browser.cookies.contains_key("__Host-session"));
    assert_eq!(town.count(JSW, "member-locked").await, 1);
    town.sql("UPDATE member SET locked_at = NULL").await;
    browser.visit("/signin").await.press_with(BUTTON, &mut device).await.is_at("/", "サービス");

    town.revert(JSW, &hanako).await;
    let mut browser = town.browser(JSW);
    let options = browser.options(ALONE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    is_refused(&town, &mut browser, &answer, "unknown", "after the desk began anew").await;
    town.close().await;
}

#[tokio::test]
async fn new_terms_are_asked_at_this_door_too() {
    let (mut town, _, mut device) = with_hanako().await;
    town.restart(JSW, |text| {
        alone(text).replace("\"2025-09-18\"                 # 変", "\"2026-12-01\" # 変")
    });
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await.press_with(BUTTON, &mut device).await.is_at("/signin/terms", "利用規約");
    assert!(!browser.cookies.contains_key("__Host-session"));
    for page in [PROVE, SET_UP, "/signin/totp", "/signin/password"] {
        browser.visit(page).await.is_at("/signin/terms", "利用規約");
    }
    browser.press("同意する").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_remembered_sign_in_lasts_a_day_and_the_attempt_before_it_ends() {
    let (town, hanako, mut device) = with_hanako().await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    let attempt = browser.cookies["__Host-attempt"].clone();
    let options = browser.options(ALONE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    let form = serde_urlencoded::to_string([("credential", answer.to_string()), ("remember", "on".into())]);
    browser.post(ALONE, &form.unwrap()).await.is_at("/", "サービス");
    let mut former = town.browser(JSW);
    former.cookies.insert("__Host-attempt".into(), attempt);
    former.visit(PROVE).await.is_at("/signin", "ログイン");
    town.clock.advance(hours(24) - SignedDuration::from_secs(1));
    browser.visit("/").await.is_at("/", "サービス");
    town.clock.advance(SignedDuration::from_secs(1));
    assert!(!browser.visit("/").await.has(".tiles"));
    town.close().await;
}

#[tokio::test]
async fn here_a_passkey_alone_makes_a_session_fresh() {
    let (town, _, mut device) = with_hanako().await;
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await.press_with(BUTTON, &mut device).await;
    town.clock.advance(minutes(6));
    browser.visit("/account/methods/passkey").await.is_at("/reauth", "続行するには再度認証してください");
    let (old, again) = (browser.cookies["__Host-session"].clone(), "/reauth/passkey");
    let options = browser.options(again).await;
    let ids: BTreeSet<&str> = options["publicKey"]["allowCredentials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 1, "her own, now that it is known who she is");
    let lie = device.lying(|lies| lies.no_user_verification = true).get(&options, &browser.origin()).unwrap();
    browser.hand_in(again, &lie).await;
    assert_eq!((browser.status.as_u16(), browser.h1().as_str()), (422, "続行するには再度認証してください"));
    assert_eq!(town.refusals(JSW).await, [("reauthenticate".to_owned(), "not-verified".to_owned())]);
    // The address stays in the browser, and may be loaded again.
    browser.visit(again).await.is_at("/reauth", "続行するには再度認証してください");
    // The sign-in door's answer does not do.
    let options = town.browser(JSW).options(ALONE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    assert_eq!(browser.hand_in(again, &answer).await.status, 422);
    browser.visit("/account/methods/passkey").await;
    browser.press_with("顔・指紋・画面ロックで確認する", &mut device).await;
    browser.is_at("/account/methods/passkey", "セキュリティの設定");
    assert_ne!(browser.cookies["__Host-session"], old);
    let mut thief = town.browser(JSW);
    thief.cookies.insert("__Host-session".into(), old);
    assert!(!thief.visit("/").await.has(".tiles"));
    town.close().await;
}

#[tokio::test]
async fn a_question_for_one_more_passkey_is_not_answered_by_showing_one() {
    let (town, _, mut device) = with_hanako().await;
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await.press_with(BUTTON, &mut device).await;
    let (add, again) = ("/account/methods/passkey", "/reauth/passkey");
    let (one_more, who) = (browser.options(add).await, browser.options(again).await);
    let challenge = |options: &Value| {
        data_encoding::BASE64URL_NOPAD
            .decode(options["publicKey"]["challenge"].as_str().unwrap().as_bytes())
            .unwrap()
    };
    let origin = browser.origin();
    let shown = device.lying(|lies| lies.challenge = Some(challenge(&one_more))).get(&who, &origin).unwrap();
    browser.hand_in(again, &shown).await;
    assert_eq!(browser.status, 422);
    let mut new = Authenticator::new(2);
    let made = new.lying(|lies| lies.challenge = Some(challenge(&who))).create(&one_more, &origin).unwrap();
    browser.hand_in(add, &made).await;
    assert_eq!(browser.status, 422);
    let told = |purpose: &str| (purpose.to_owned(), "ceremony".to_owned());
    assert_eq!(town.refusals(JSW).await, [told("reauthenticate"), told("add")]);
    // Neither question is used up by that.
    let shown = device.get(&who, &origin).unwrap();
    browser.hand_in(again, &shown).await.is_at("/account/methods", "ログイン方法変更");
    let made = new.create(&one_more, &origin).unwrap();
    browser.hand_in(add, &made).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください");
    town.close().await;
}
