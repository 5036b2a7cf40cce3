//! Forged passkeys: every lie an authenticator or a browser can tell (group C of the threats). Each is refused on the page
//! of W-12, nothing changes but the trail, and the truth is accepted in the same attempt afterwards.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::{
    passkey::{PROVE, SET_UP, at_door, at_set_up, with_passkey},
    passkey_more::one_more,
    town::{Authenticator, Browser, JSW, Lies, MGC, Town, statement_of},
    walk::{first_login, return_by_passkey},
};

/// The page of a passkey that was refused.
const ERROR: &str = "セキュリティーキー・エラー";

/// What must not change when something is refused.
async fn treasures(town: &Town) -> Vec<(&'static str, Vec<String>)> {
    let kept = ["member", "passkey", "totp", "session", "outbox"];
    town.dump().await.into_iter().filter(|(table, _)| kept.contains(table)).collect()
}

/// Hands in an answer that is refused, for that reason in the trail.
pub async fn is_refused(
    town: &Town,
    browser: &mut Browser,
    path: &str,
    answer: &Value,
    why: &str,
    what: &str,
) {
    let before = (treasures(town).await, town.refusals(JSW).await.len());
    browser.hand_in(path, answer).await;
    assert_eq!(browser.status, 422, "{what}: {}", browser.text());
    let title = match why {
        "unknown" => "このパスキーは使えません",
        "taken" => "この端末は登録ずみです",
        _ => ERROR,
    };
    browser.is_at(path, title);
    assert!(!browser.cookies.contains_key("__Host-session"), "{what}");
    assert_eq!(treasures(town).await, before.0, "{what} changed something");
    let refusals = town.refusals(JSW).await;
    assert_eq!(refusals.len(), before.1 + 1, "{what}");
    let purpose = if path == SET_UP { "set-up" } else { "prove" };
    assert_eq!(refusals.last().unwrap(), &(purpose.to_owned(), why.to_owned()), "{what}");
}

/// Lies that are lies whether a passkey is made or shown, with the word of the trail.
fn lies(host: &str, sibling: &str) -> Vec<(&'static str, Lies)> {
    let mut all = Vec::new();
    let origins = [
        format!("http://{host}"),
        format!("https://{host}:8443"),
        format!("https://{host}."),
        format!("https://{host}/"),
        format!("https://{host}:443"),
        format!("https://{host}/help"),
        format!("HTTPS://{}", host.to_uppercase()),
        format!("https://{sibling}"),
        "https://jswkenpo.portal.kosmo-web.jp".to_owned(),
        "https://portal.kosmo-web.jp".to_owned(),
        "https://kosmo-web.jp".to_owned(),
        format!("https://evil.{host}"),
        format!("https://{host}.evil.example"),
        format!("https://{host}@evil.example"),
        "https://evil.example".to_owned(),
        format!("android:apk-key-hash:{}", "A".repeat(43)),
    ];
    for origin in origins {
        all.push(("origin", Lies::told(|lies| lies.origin = Some(origin))));
    }
    for origin in ["null", ""] {
        all.push(("malformed", Lies::told(|lies| lies.origin = Some(origin.to_owned()))));
    }
    for rp_id in
        [host, sibling, "portal.kosmo-web.jp", "kosmo-web.jp", "", "https://jswkenpo.portal.kosmo-web.jp"]
    {
        all.push(("relying-party", Lies::told(|lies| lies.rp_id = Some(rp_id.to_owned()))));
    }
    for type_ in ["", "public-key", "payment.get"] {
        all.push(("type", Lies::told(|lies| lies.type_ = Some(type_))));
    }
    for challenge in [Vec::new(), vec![0; 32], vec![7; 8]] {
        all.push(("ceremony", Lies::told(|lies| lies.challenge = Some(challenge))));
    }
    let own = format!("https://{host}");
    all.push(("framed", Lies::told(|lies| lies.cross_origin = true)));
    all.push(("framed", Lies::told(|lies| lies.top_origin = Some("https://evil.example".into()))));
    all.push(("framed", Lies::told(|lies| lies.top_origin = Some(own))));
    all.push(("not-verified", Lies::told(|lies| lies.no_user_verification = true)));
    all.push(("not-present", Lies::told(|lies| lies.no_user_presence = true)));
    all.push(("backup", Lies::told(|lies| lies.backup = Some((false, true)))));
    all
}

#[tokio::test]
async fn no_lie_makes_a_passkey() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = at_set_up(&town, &hanako).await;
    let sibling = town.tenant(MGC).hosts.primary.clone();
    let host = town.tenant(JSW).hosts.primary.clone();
    let mut lies = lies(&host, &sibling);
    lies.push(("type", Lies::told(|lies| lies.type_ = Some("webauthn.get"))));
    lies.push(("algorithm", Lies::told(|lies| lies.algorithm = Some(-36))));
    lies.push(("algorithm", Lies::told(|lies| lies.algorithm = Some(-8))));
    lies.push(("malformed", Lies::told(|lies| lies.credential_id = Some(vec![7; 1024]))));
    lies.push(("malformed", Lies::told(|lies| lies.credential_id = Some(Vec::new()))));
    for (why, lie) in lies {
        let mut device = Authenticator::new(1);
        device.lies = lie.clone();
        let options = browser.options(SET_UP).await;
        let answer = device.create(&options, &browser.origin()).unwrap();
        is_refused(&town, &mut browser, SET_UP, &answer, why, &format!("{lie:?}")).await;
        // And its challenge is used up by that.
        let mut honest = Authenticator::new(1);
        let answer = honest.create(&options, &browser.origin()).unwrap();
        if why != "ceremony" {
            is_refused(&town, &mut browser, SET_UP, &answer, "ceremony", &format!("after {lie:?}")).await;
        }
    }
    assert!(browser.text().contains("セキュリティーキーの登録結果が無効です。"), "{}", browser.text());
    let mut device = Authenticator::new(1);
    device.lies.credential_id = Some(vec![7; 1023]);
    browser.press_with("再試行してください", &mut device).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください", "the longest id there may be");
    town.close().await;
}

#[tokio::test]
async fn whatever_an_authenticator_states_about_itself_is_not_judged() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut phone).await.is_at("/", "サービス");
    let formats =
        ["packed", "packed-self", "android-key", "android-safetynet", "fido-u2f", "apple", "made-up", "tpm"];
    let mut last = phone;
    for (seed, format) in (10..).zip(formats) {
        let mut device = Authenticator::new(seed);
        device.lies.format = Some(format.trim_end_matches("-self"));
        device.lies.statement = Some(statement_of(format));
        // What counts is judged all the same.
        let mut careless = device.clone();
        careless.lies.no_user_verification = true;
        one_more(&mut browser, &mut careless).await;
        assert_eq!((browser.status.as_u16(), browser.h1().as_str()), (422, ERROR), "{format}");
        assert_eq!(town.refusals(JSW).await.last().unwrap().1, "not-verified", "{format}");
        // Windows Hello: RSA, and a statement of its TPM.
        if format == "tpm" {
            device.lies.algorithm = Some(-257);
        }
        one_more(&mut browser, &mut device).await;
        assert_eq!(browser.h1(), "このデバイスに名前を付けてください", "{format}: {}", browser.text());
        if format != "tpm" {
            device.lies = Lies::default();
            last = device;
        }
    }
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut last).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn an_empty_user_handle_and_unknown_hints_are_none() {
    let (town, hanako, mut phone) = with_passkey().await;
    for (place, said) in [
        ("userHandle", json!("")),
        ("userHandle", json!(null)),
        ("userHandle", json!(7)),
        ("userHandle", json!("健")),
        ("transports", json!(["smart-card", "cable", "carrier-pigeon"])),
        ("transports", json!("usb")),
    ] {
        let mut door = at_door(&town, &hanako).await;
        let options = door.options(PROVE).await;
        let mut answer = phone.get(&options, &door.origin()).unwrap();
        answer["response"][place] = said.clone();
        answer["authenticatorAttachment"] = json!({"x": 1});
        answer["clientExtensionResults"] = json!([said]);
        answer["type"] = json!(null);
        door.hand_in(PROVE, &answer).await.is_at("/", "サービス");
    }
    let taro = town.taro(JSW).await;
    let mut browser = at_set_up(&town, &taro).await;
    let options = browser.options(SET_UP).await;
    let mut answer = Authenticator::new(2).create(&options, &browser.origin()).unwrap();
    answer["response"]["transports"] = json!(["carrier-pigeon", 7]);
    answer["response"]["authenticatorData"] = json!("%");
    answer["clientExtensionResults"] = json!("none");
    answer["id"] = json!(null);
    browser.hand_in(SET_UP, &answer).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください", "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn no_lie_opens_the_door() {
    let (town, hanako, phone) = with_passkey().await;
    let taro = town.taro(JSW).await;
    let mut his = Authenticator::new(2);
    first_login(&mut town.browser(JSW), &taro, &mut his).await;
    let mut door = at_door(&town, &hanako).await;
    let sibling = town.tenant(MGC).hosts.primary.clone();
    let host = town.tenant(JSW).hosts.primary.clone();
    let mut lies = lies(&host, &sibling);
    lies.push(("type", Lies::told(|lies| lies.type_ = Some("webauthn.create"))));
    lies.push(("signature", Lies::told(|lies| lies.signature_by_another_key = true)));
    lies.push(("unknown", Lies::told(|lies| lies.credential_id = Some(vec![7; 32]))));
    lies.push(("unknown", Lies::told(|lies| lies.credential_id = Some(Vec::new()))));
    lies.push(("unknown", Lies::told(|lies| lies.credential_id = Some(vec![7; 4096]))));
    lies.push(("owner", Lies::told(|lies| lies.credential_id = Some(his.ids()[0].clone()))));
    lies.push(("owner", Lies::told(|lies| lies.user_handle = Some(his.user_handles()[0].clone()))));
    lies.push(("owner", Lies::told(|lies| lies.user_handle = Some(vec![1; 16]))));
    lies.push(("owner", Lies::told(|lies| lies.user_handle = Some(b"testuser".to_vec()))));
    lies.push(("backup", Lies::told(|lies| lies.backup = Some((false, false)))));
    for (why, lie) in lies {
        let mut device = phone.clone();
        device.lies = lie.clone();
        let options = door.options(PROVE).await;
        let answer = device.get(&options, &door.origin()).unwrap();
        is_refused(&town, &mut door, PROVE, &answer, why, &format!("{lie:?}")).await;
        let honest = phone.clone().get(&options, &door.origin()).unwrap();
        if why != "ceremony" {
            is_refused(&town, &mut door, PROVE, &honest, "ceremony", &format!("after {lie:?}")).await;
        }
    }
    // Another member's passkey, honestly shown in her ceremony.
    let options = door.options(PROVE).await;
    let mut his_own = his.lying(|lies| lies.credential_id = Some(his.ids()[0].clone()));
    let answer = his_own.get(&options, &door.origin()).unwrap();
    is_refused(&town, &mut door, PROVE, &answer, "owner", "his passkey").await;
    // What may differ: whether it is backed up, and a device that does not say whose it is.
    door.press_with("再試行してください", &mut phone.lying(|lies| lies.backup = Some((true, false)))).await;
    door.is_at("/", "サービス");
    let mut silent = phone.lying(|lies| lies.user_handle = Some(Vec::new()));
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut silent).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_key_that_counts_is_noticed_when_it_is_copied() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut key = Authenticator::security_key(1);
    first_login(&mut town.browser(JSW), &hanako, &mut key).await;
    for _ in 0..3 {
        return_by_passkey(&mut town.browser(JSW), &hanako, &mut key).await.is_at("/", "サービス");
    }
    let sessions = town.count(JSW, "session-opened").await;
    let told = async || {
        let letters = town.letters().await;
        letters.iter().filter(|letter| letter.content.contains("生体認証を受け付けませんでした")).count()
    };
    assert_eq!(told().await, 0);
    for (round, counter) in [3, 2, 1, 0].into_iter().enumerate() {
        let mut copy = key.lying(|lies| lies.counter = Some(counter));
        let mut door = town.browser(JSW);
        return_by_passkey(&mut door, &hanako, &mut copy).await;
        assert_eq!((door.status.as_u16(), door.h1().as_str()), (422, ERROR), "{counter}");
        assert!(door.text().contains("同じものが、ほかにもあるおそれがあります"), "{}", door.text());
        assert_eq!(town.refusals(JSW).await.len(), round + 1);
        assert_eq!(told().await, round + 1, "one letter each");
    }
    assert!(town.refusals(JSW).await.iter().all(|(purpose, why)| purpose == "prove" && why == "counter"));
    assert_eq!(town.count(JSW, "session-opened").await, sessions);
    // The one that is ahead goes on; and far ahead, up to the end of the counter.
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut key).await.is_at("/", "サービス");
    let mut far = key.lying(|lies| lies.counter = Some(u32::MAX));
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut far).await.is_at("/", "サービス");
    // A key that is not synced does not become so.
    for backup in [(true, true), (true, false), (false, true)] {
        let mut changed = key.lying(|lies| lies.backup = Some(backup));
        let mut door = town.browser(JSW);
        return_by_passkey(&mut door, &hanako, &mut changed).await;
        assert_eq!((door.status.as_u16(), door.h1().as_str()), (422, ERROR), "{backup:?}");
        assert_eq!(town.refusals(JSW).await.last().unwrap().1, "backup", "{backup:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn a_synced_passkey_that_never_counts_is_welcome_and_one_that_begins_to_count_too() {
    let (town, hanako, mut phone) = with_passkey().await;
    for _ in 0..3 {
        return_by_passkey(&mut town.browser(JSW), &hanako, &mut phone).await.is_at("/", "サービス");
    }
    let mut counting = phone.lying(|lies| lies.counter = Some(1));
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut counting).await.is_at("/", "サービス");
    let mut door = town.browser(JSW);
    return_by_passkey(&mut door, &hanako, &mut phone).await;
    assert_eq!(door.h1(), ERROR, "and from then on it has to");
    town.close().await;
}

#[tokio::test]
async fn nobody_registers_a_credential_that_somebody_has() {
    let (town, hanako, mut phone) = with_passkey().await;
    let taro = town.taro(JSW).await;
    // Another member's: an authenticator can claim any id.
    let mut browser = at_set_up(&town, &taro).await;
    let mut thief = Authenticator::new(2);
    thief.lies.credential_id = Some(phone.ids()[0].clone());
    let options = browser.options(SET_UP).await;
    let answer = thief.create(&options, &browser.origin()).unwrap();
    is_refused(&town, &mut browser, SET_UP, &answer, "taken", "hers").await;
    // Her own, by a device that does not keep to the list of what she has.
    let mut hers = town.browser(JSW);
    return_by_passkey(&mut hers, &hanako, &mut phone).await.is_at("/", "サービス");
    let mut careless = Authenticator::new(3);
    careless.lies.credential_id = Some(phone.ids()[0].clone());
    one_more(&mut hers, &mut careless).await;
    assert_eq!(hers.status, 422);
    assert_eq!(hers.h1(), "この端末は登録ずみです");
    let (purpose, why) = town.refusals(JSW).await.pop().unwrap();
    assert_eq!((purpose.as_str(), why.as_str()), ("add", "taken"));
    assert_eq!(town.count(JSW, "factor-added").await, 1);
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut phone).await.is_at("/", "サービス");
    // At another union nobody has it.
    let there = town.hanako(MGC).await;
    let mut twin = Authenticator::new(4);
    twin.lies.credential_id = Some(phone.ids()[0].clone());
    first_login(&mut town.browser(MGC), &there, &mut twin).await;
    town.close().await;
}

pub fn form(answer: &Value) -> String {
    serde_urlencoded::to_string([("credential", answer.to_string())]).unwrap()
}

/// Answers that no browser sends, made from one that a browser did.
fn broken(answer: &Value) -> Vec<String> {
    let mut all: Vec<String> =
        ["{}", "null", "[]", "0", "\"\"", "{", " ", "credential"].map(str::to_owned).into();
    let text = answer.to_string();
    all.push(text[..text.len() / 2].to_owned());
    all.push(format!("{text}{text}"));
    all.push("[".repeat(10_000));
    all.push("{\"a\":".repeat(5_000));
    let mut put = |path: &str, value: Value| {
        let mut other = answer.clone();
        if let Some(place) = other.pointer_mut(path) {
            *place = value;
            all.push(other.to_string());
        }
    };
    for path in ["/rawId", "/response", "/response/clientDataJSON", "/response/attestationObject"] {
        for value in [json!(null), json!([1, 2]), json!("%"), json!("\u{0}"), json!({})] {
            put(path, value);
        }
    }
    if answer.pointer("/response/signature").is_some() {
        put("/response/authenticatorData", json!([]));
        put("/response/signature", json!("\u{3000}"));
    }
    for bytes in [
        b"".to_vec(),
        b"{}".to_vec(),
        b"\xff\xff".to_vec(),
        vec![0; 36],
        vec![0x81; 8_000],
        vec![0xbf; 8_000],
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        [b"\xa3cfmtdnonegattStmt\xa0hauthDataX%".as_slice(), &[0; 37]].concat(),
    ] {
        let text = json!(BASE64URL_NOPAD.encode(&bytes));
        put("/response/clientDataJSON", text.clone());
        put("/response/attestationObject", text.clone());
    }
    all
}

#[tokio::test]
async fn what_no_browser_sends_is_refused_on_the_same_page() {
    let (town, hanako, mut phone) = with_passkey().await;
    let taro = town.taro(JSW).await;
    let mut new = Authenticator::new(2);
    let mut places = [(at_set_up(&town, &taro).await, SET_UP), (at_door(&town, &hanako).await, PROVE)];
    for (browser, path) in &mut places {
        let options = browser.options(path).await;
        let device = if *path == SET_UP { &mut new } else { &mut phone };
        let answer = device.answer(&options, &browser.origin()).unwrap();
        let treasures_before = treasures(&town).await;
        let mut count = town.refusals(JSW).await.len();
        for text in broken(&answer) {
            let form = serde_urlencoded::to_string([("credential", &text)]).unwrap();
            let start: String = text.chars().take(60).collect();
            browser.post(path, &form).await;
            // A NUL is no text, whatever the field.
            if !matches!(browser.status.as_u16(), 400) {
                assert_eq!((browser.status.as_u16(), browser.h1().as_str()), (422, ERROR), "{start}");
                count += 1;
                assert_eq!(town.refusals(JSW).await.len(), count, "{start}");
            }
        }
        // Without the field, and with nothing in it: a browser without script or without passkeys.
        for form in ["", "credential=", "sign_out_everywhere=on"] {
            browser.post(path, form).await;
            assert_eq!((browser.status.as_u16(), browser.h1().as_str()), (422, "このブラウザでは使えません"));
        }
        let twice = format!("{}&credential=%7B%7D", form(&answer));
        assert_eq!(browser.post(path, &twice).await.status, 400);
        let large = format!("credential={}", "A".repeat(64 * 1024));
        assert_eq!(browser.post(path, &large).await.status, 413);
        assert_eq!(treasures(&town).await, treasures_before);
        browser.visit(path).await;
    }
    let words: std::collections::BTreeSet<String> =
        town.refusals(JSW).await.into_iter().map(|(_, why)| why).collect();
    assert!(words.is_subset(&["malformed".to_owned(), "ceremony".to_owned()].into()), "{words:?}");
    town.close().await;
}

#[tokio::test]
async fn only_a_browser_on_its_way_is_asked_and_only_by_the_unions_own_page() {
    let (town, hanako, _) = with_passkey().await;
    let before = town.dump().await;
    let paths = [SET_UP, PROVE, "/account/methods/passkey", "/reauth/passkey"];
    for path in paths {
        let mut stranger = town.browser(JSW);
        let (status, options) = stranger.fetch(&format!("{path}/options")).await;
        assert!(status != 200 && options.get("publicKey").is_none(), "{path}: {status} {options}");
        assert!(stranger.cookies.is_empty());
        stranger.hand_in(path, &json!({"id": "x"})).await.is_at("/signin", "ログイン");
        let mut door = town.browser(JSW);
        assert_eq!(door.visit(&format!("{path}/options")).await.status, 405, "{path}");
    }
    assert_eq!(town.dump().await, before, "something was written");
    let door = at_door(&town, &hanako).await;
    let before = town.dump().await;
    for (name, value) in
        [("origin", "https://www.mgckenpo.portal.kosmo-web.jp"), ("sec-fetch-site", "same-site")]
    {
        for path in [format!("{PROVE}/options"), PROVE.to_owned()] {
            let mut request = door.request(&axum::http::Method::POST, &path, Some("credential=%7B%7D"));
            request.headers_mut().insert(name, value.parse().unwrap());
            let mut victim = town.browser(JSW);
            assert_eq!(victim.send(request).await.status, 403, "{path} {value}");
        }
    }
    assert_eq!(town.dump().await, before, "something was written");
    town.close().await;
}
