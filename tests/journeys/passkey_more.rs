//! More passkeys, from 「ログイン方法変更」: another device, its name, how many, and who hears of it.

use serde_json::{Value, json};

use crate::{
    passkey::{PROVE, at_door, with_passkey},
    rivals::together,
    town::{Authenticator, Browser, JSW},
    walk::{first_login, return_by_passkey},
};

/// Makes one more passkey from the settings page; where that leads.
pub async fn one_more(browser: &mut Browser, device: &mut Authenticator) {
    browser.visit("/account/methods/passkey").await.is_at("/account/methods/passkey", "セキュリティの設定");
    browser.press_with("次へ", device).await;
}

/// Asks for the options, and has the device answer: path and form of the answer.
pub async fn answer_form(browser: &mut Browser, path: &str, device: &mut Authenticator) -> String {
    let options = browser.options(path).await;
    let answer = device.answer(&options, &browser.origin()).unwrap();
    serde_urlencoded::to_string([("credential", answer.to_string())]).unwrap()
}

#[tokio::test]
async fn a_name_may_be_kana_and_is_hers_only_once() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut phone).await.is_at("/", "サービス");
    let mut tablet = Authenticator::new(2);
    one_more(&mut browser, &mut tablet).await;
    let proposed = browser.value_of("デバイス名");
    assert!(!proposed.is_empty());
    browser.fill("デバイス名", "ハナコのタブレットa1").press("OK").await;
    browser.is_at("/account/methods", "ログイン方法変更");
    assert!(browser.text().contains("ハナコのタブレットa1"), "{}", browser.text());

    let mut key = Authenticator::security_key(3);
    one_more(&mut browser, &mut key).await;
    for spelled in ["ハナコのタブレットa1", "ﾊﾅｺのﾀﾌﾞﾚｯﾄA1", " ハナコのタブレットＡ１　"]
    {
        browser.fill("デバイス名", spelled).press("OK").await;
        assert_eq!(browser.status, 422);
        assert_eq!(browser.errors().len(), 1, "{spelled}: {:?}", browser.errors());
        assert_eq!(browser.h1(), "このデバイスに名前を付けてください");
    }
    browser.fill("デバイス名", &"あ".repeat(41)).press("OK").await;
    assert!(browser.errors()[0].contains("40"), "{:?}", browser.errors());
    browser
        .fill("デバイス名", &"あ".repeat(40))
        .press("OK")
        .await
        .is_at("/account/methods", "ログイン方法変更");
    // All three open the door.
    for device in [&mut phone, &mut tablet, &mut key] {
        return_by_passkey(&mut town.browser(JSW), &hanako, device).await.is_at("/", "サービス");
    }
    town.close().await;
}

#[tokio::test]
async fn a_name_that_is_not_given_is_proposed_and_never_twice_the_same() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut phone).await;
    let mut names = Vec::new();
    for seed in 2..5 {
        let mut device = Authenticator::new(seed);
        device.aaguid = *b"\xfb\xfc\x30\x07\x15\x4e\x4e\xcc\x8c\x0b\x6e\x02\x05\x57\xd7\xbd";
        one_more(&mut browser, &mut device).await;
        names.push(browser.value_of("デバイス名"));
        // 「キャンセル」 keeps the passkey, under the name that was proposed.
        assert_eq!(browser.text_of("main form a[href='/account/methods']"), "キャンセル");
        browser.visit("/account/methods").await;
        assert!(browser.text().contains(names.last().unwrap()), "{names:?}");
    }
    assert!(names.iter().all(|name| name.contains("iCloud")), "{names:?}");
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3, "{names:?}");
    town.close().await;
}

#[tokio::test]
async fn nobody_names_what_is_not_theirs() {
    let (town, hanako, mut phone) = with_passkey().await;
    let (mut hers, mut his) = (town.browser(JSW), town.browser(JSW));
    return_by_passkey(&mut hers, &hanako, &mut phone).await;
    one_more(&mut hers, &mut Authenticator::new(2)).await;
    let page = hers.path().to_owned();
    let taro = town.taro(JSW).await;
    first_login(&mut his, &taro, &mut Authenticator::new(3)).await;
    his.visit(&format!("{page}?from=methods")).await;
    assert_eq!(his.status, 404, "{}", his.text());
    assert_eq!(his.post(&page, "device_name=stolen").await.status, 404);
    let mut stranger = town.browser(JSW);
    stranger.post(&page, "device_name=stolen").await.is_at("/signin", "ログイン");
    hers.visit("/account/methods").await;
    assert!(!hers.text().contains("stolen"));
    assert_eq!(town.count(JSW, "factor-named").await, 0, "the proposed names were good enough");
    // The page speaks of the registration while it is news.
    assert!(hers.visit(&format!("{page}?from=methods")).await.text().contains("生体認証を登録しました"));
    hers.post(&page, &format!("from=methods&device_name={}", "x".repeat(200))).await;
    assert!(hers.status == 422 && !hers.text().contains("生体認証を登録しました"));
    assert!(!hers.visit(&page).await.text().contains("生体認証を登録しました"));
    town.clock.advance(crate::town::minutes(5));
    assert!(!hers.visit(&format!("{page}?from=methods")).await.text().contains("生体認証を登録しました"));
    town.close().await;
}

#[tokio::test]
async fn ten_passkeys_are_enough() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut phone).await;
    for seed in 2..=10 {
        one_more(&mut browser, &mut Authenticator::new(seed)).await;
        assert_eq!(browser.h1(), "このデバイスに名前を付けてください", "{seed}");
    }
    let (status, options) = browser.fetch("/account/methods/passkey/options").await;
    assert!(status != 200 && options.get("publicKey").is_none(), "{status} {options}");
    assert_eq!(browser.visit("/account/methods/passkey").await.h1(), "これ以上は登録できません");
    assert!(browser.text().contains("10個まで"), "{}", browser.text());
    assert!(!browser.visit("/account/methods").await.has("a[href='/account/methods/passkey']"));
    assert_eq!(town.count(JSW, "factor-added").await, 10);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_four_passkeys_at_once_one_is_added_the_tenth_is_the_last_and_no_two_have_one_name() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut phone).await;
    for seed in 2..=7 {
        one_more(&mut browser, &mut Authenticator::new(seed)).await;
    }
    let path = "/account/methods/passkey";
    let mut pages = Vec::new();
    for round in 0..3 {
        let mut forms = Vec::new();
        for seed in 0..4 {
            let mut device = Authenticator::new(8 + 4 * round + seed);
            forms.push(answer_form(&mut browser, path, &mut device).await);
        }
        let presses: Vec<_> = forms.into_iter().map(|form| (&browser, path, form)).collect();
        let answers = together(&town, &presses).await;
        let mut codes: Vec<u16> = answers.iter().map(|(status, _, _)| *status).collect();
        codes.sort_unstable();
        // Each of them was begun before one was added (D24).
        assert_eq!(codes, [303, 422, 422, 422]);
        pages.extend(answers.into_iter().filter(|(status, _, _)| *status == 303).map(|answer| answer.1));
    }
    assert_eq!(town.count(JSW, "factor-added").await, 10);
    let (status, _) = browser.fetch(&format!("{path}/options")).await;
    assert_ne!(status, 200, "the tenth is the last");
    // And of two new names that are the same, one is given.
    let path = |at: usize| pages[at].split('?').next().unwrap();
    let form = || "device_name=%E3%81%8A%E3%81%AA%E3%81%98&from=methods".to_owned();
    let answers = together(&town, &[(&browser, path(0), form()), (&browser, path(1), form())]).await;
    let mut codes: Vec<u16> = answers.iter().map(|(status, _, _)| *status).collect();
    codes.sort_unstable();
    assert_eq!(codes, [303, 422]);
    town.close().await;
}

#[tokio::test]
async fn where_the_union_offers_no_passkeys_any_more_nobody_is_locked_out() {
    let (mut town, hanako, mut phone) = with_passkey().await;
    town.restart(JSW, |text| text.replace("[\"passkey\", \"app-otp\"]", "[\"app-otp\"]"));
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut phone).await.is_at("/", "サービス");
    assert!(!browser.visit("/account/methods").await.has("a[href='/account/methods/passkey']"));
    assert_ne!(browser.visit("/account/methods/passkey").await.h1(), "セキュリティの設定");
    let (status, _) = browser.fetch("/account/methods/passkey/options").await;
    assert_eq!(status, 409, "nobody is asked for what is not offered");
    town.close().await;
}

#[tokio::test]
async fn each_new_passkey_is_told_by_letter() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut phone).await;
    one_more(&mut browser, &mut Authenticator::new(2)).await;
    let name = browser.value_of("デバイス名");
    let letters = town.letters().await;
    let told: Vec<_> = letters.iter().filter(|l| l.content.contains("登録した名前")).collect();
    assert_eq!(told.len(), 2, "one for each: {letters:?}");
    for letter in &told {
        assert_eq!(letter.to, "hanako@example.jp");
        assert!(letter.content.contains("03-0000-0000"), "whom to call: {letter:?}");
        assert!(!letter.content.contains("http"), "no link that does something: {letter:?}");
    }
    assert!(told.iter().any(|letter| letter.content.contains(&name)), "{told:?}");
    town.close().await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_the_other_browsers_and_not_this_one() {
    let (town, hanako, mut phone) = with_passkey().await;
    let (mut here, mut there) = (town.browser(JSW), town.browser(JSW));
    for browser in [&mut here, &mut there] {
        return_by_passkey(browser, &hanako, &mut phone).await.is_at("/", "サービス");
    }
    let waiting = at_door(&town, &hanako).await;
    one_more(&mut here, &mut Authenticator::new(2)).await;
    here.visit("/").await.is_at("/", "サービス");
    assert!(!there.visit("/").await.has(".tiles"), "shown ticked, and so done");
    let mut waiting = waiting;
    waiting.visit(PROVE).await.is_at("/signin", "ログイン");

    return_by_passkey(&mut there, &hanako, &mut phone).await.is_at("/", "サービス");
    here.visit("/account/methods/passkey").await.untick("全てのデバイスからサインアウトする");
    here.press_with("次へ", &mut Authenticator::new(3)).await;
    there.visit("/").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn the_proposed_name_says_which_device_and_who_keeps_it() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut phone).await;
    let icloud = *b"\xfb\xfc\x30\x07\x15\x4e\x4e\xcc\x8c\x0b\x6e\x02\x05\x57\xd7\xbd";
    let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                  (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
    let kept = |seed, aaguid| {
        let mut device = Authenticator::new(seed);
        device.aaguid = aaguid;
        device
    };
    for (mut device, agent, name) in [
        (kept(2, icloud), Some(iphone), "iPhone(iCloudキーチェーン)"),
        (kept(3, icloud), Some(iphone), "iPhone(iCloudキーチェーン) 2"),
        (kept(4, icloud), None, "iCloudキーチェーン"),
        (kept(5, [7; 16]), Some(iphone), "iPhone"),
        (Authenticator::security_key(6), Some(iphone), "セキュリティキー"),
    ] {
        browser.agent = agent;
        one_more(&mut browser, &mut device).await;
        assert_eq!(browser.value_of("デバイス名"), name);
    }
    // Left empty it stays; what makes lines and markup of it does not.
    browser.fill("デバイス名", " 　").press("OK").await.is_at("/account/methods", "ログイン方法変更");
    assert!(browser.text().contains("セキュリティキー"));
    one_more(&mut browser, &mut Authenticator::new(7)).await;
    browser.fill("デバイス名", "<b>わたし</b>\r\nの\u{200b}鍵").press("OK").await;
    browser.is_at("/account/methods", "ログイン方法変更");
    assert!(browser.text().contains("<b>わたし</b> の鍵") && !browser.page().contains("<b>わたし"));
    town.close().await;
}

/// Something that stands otherwise in an answer.
type Change = Box<dyn FnOnce(&mut Value)>;

#[tokio::test]
async fn what_devices_and_browsers_say_beyond_what_was_asked_does_no_harm() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut phone).await;
    let path = "/account/methods/passkey";
    let set = |place: &str, value: Value| {
        let place = place.to_owned();
        move |answer: &mut Value| *answer.pointer_mut(&place).unwrap() = value
    };
    let changes: [Change; 8] = [
        Box::new(set("/response/transports", json!(["smart-card", "a-way-of-the-future"]))),
        Box::new(set("/response/transports", json!([]))),
        Box::new(set("/authenticatorAttachment", json!(null))),
        Box::new(set("/clientExtensionResults", json!({"credProps": {}, "prf": {"enabled": true}}))),
        Box::new(set(
            "/clientExtensionResults",
            json!({"uvm": [[2, 4, 2]], "largeBlob": {"supported": true}}),
        )),
        Box::new(|answer| {
            answer.as_object_mut().unwrap().remove("authenticatorAttachment");
        }),
        // As older browsers and password managers write it.
        Box::new(|answer| {
            let response = answer["response"].as_object_mut().unwrap();
            response.retain(|name, _| matches!(name.as_str(), "clientDataJSON" | "attestationObject"));
        }),
        Box::new(|answer| answer["response"]["more"] = json!({"to": ["come"]})),
    ];
    for (seed, change) in (2..).zip(changes) {
        let mut device = Authenticator::new(seed);
        device.protects = seed % 2 == 0;
        let options = browser.options(path).await;
        let mut answer = device.create(&options, &browser.origin()).unwrap();
        change(&mut answer);
        browser.hand_in(path, &answer).await;
        assert_eq!(browser.h1(), "このデバイスに名前を付けてください", "{answer}");
        let mut door = at_door(&town, &hanako).await;
        let options = door.options(PROVE).await;
        let mut answer = device.get(&options, &door.origin()).unwrap();
        answer["response"]["userHandle"] = json!(null);
        answer["clientExtensionResults"] =
            json!({"appid": false, "uvm": [[2, 4, 2]], "prf": {"results": {}}});
        door.hand_in(PROVE, &answer).await.is_at("/", "サービス");
    }
    town.close().await;
}
