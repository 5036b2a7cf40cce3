//! 「ログイン方法変更」: adding, naming and taking away what one signs in with (S-06, S-07, S-12, T-12, D10; I7, I9, I10
//! of the threats).

use kenpo_portal::{
    domain::tenant::Method,
    store::held::{self, HolderCount},
};

use crate::{
    holder::{Held, Holder, JRP, add_app, way_to},
    rivals::together,
    town::{Authenticator, Browser, JSW, Phone, Town, minutes},
    walk::{ByMail, NEW_PASSWORD, first_login, set_another_password, sign_in},
};

const PAGE: &str = "/account/methods";
const HEADING: &str = "ログイン方法変更";

/// The path to take a device of that name away.
async fn deletion(browser: &mut Browser, name: &str) -> String {
    way_to(browser.visit(PAGE).await, name, "削除")
}

#[tokio::test]
async fn the_list_says_what_the_manual_says() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut browser = holder.fresh(&town).await;
    browser.visit(PAGE).await.is_at(PAGE, HEADING);
    for word in [
        "基本認証",
        "パスワードを使用したログイン",
        "作成日 2026年11月21日",
        "更新",
        "二要素認証",
        "認証アプリ",
        "Authenticatorを設定",
        "生体認証",
        "設定",
        "削除",
        "ポータルに戻る",
    ] {
        assert!(browser.text().contains(word), "{word}: {}", browser.text());
    }
    for entry in ["プロフィール変更", "ログイン方法変更", "ポータルに戻る"] {
        assert!(browser.text_of("header nav.wide").contains(entry), "{entry}");
        assert!(browser.text_of("header details.menu").contains(entry), "{entry}");
    }
    town.close().await;
}

#[tokio::test]
async fn whoever_holds_what_is_counted_once() {
    let town = Town::open().await;
    let tenant = town.tenant(JRP);
    let counted = async || {
        let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
        held::holders(&mut tx).await.unwrap()
    };
    assert_eq!(counted().await, []);
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut browser = holder.fresh(&town).await;
    let mut tablet = town.phone();
    add_app(&mut browser, &mut tablet, "タブレット").await;
    town.import(JRP, "16,1,,S60.1.2,見本 花,ミホン ハナ,hana0001,Vp6r-Hn3t-Ky8t,hana@example.jp").await;
    let both = HolderCount { methods: vec![Method::Passkey, Method::AppOtp], members: 1 };
    assert_eq!(counted().await, [both], "two apps are one member, and who has nothing is not counted");
    town.close().await;
}

#[tokio::test]
async fn a_second_phone_is_added_and_either_opens_the_door() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.fresh(&town).await;
    let mut other = holder.fresh(&town).await;
    let mut tablet = town.phone();
    let page = "/account/methods/totp?manual=1";
    browser.visit(page).await.is_at("/account/methods/totp", "ワンタイムパスワードの設定");
    assert!(!browser.text().contains("アカウントを有効にするには"), "it is in force long since");
    tablet.scan(&browser);
    let key = tablet.key();
    tablet.scan(browser.visit(page).await);
    assert_eq!(tablet.key(), key, "the same on reload");
    assert!(browser.visit("/account/methods/totp").await.has("img[src^='data:image/png']"));
    browser.visit(page).await;
    let wrong = tablet.wrong_code();
    browser.fill("ワンタイムパスワード", &wrong).fill("デバイス名", "タブレット").press("実行").await;
    assert!(browser.errors()[0].starts_with("認証コードが異なります"), "{:?}", browser.errors());
    assert_eq!(browser.value_of("デバイス名"), "タブレット");
    let code = tablet.code();
    browser.fill("ワンタイムパスワード", &code).press("実行").await.is_at(PAGE, HEADING);
    assert!(browser.text().contains("タブレット"), "{}", browser.text());
    assert!(!other.visit("/").await.has(".tiles"), "the tick stood there: others are signed out");
    let letter = town.mailbox().all().await.remove(0);
    assert!(letter.subject.contains("認証アプリが登録されました") && letter.text.contains("タブレット"));
    // Both apps sign in, and the page asks which (T-10).
    town.clock.advance(minutes(1));
    for phone in [&tablet, &holder.phone] {
        let mut again = town.browser(JRP);
        sign_in(&mut again, &holder.who.login, NEW_PASSWORD).await;
        assert!(again.text().contains("どの端末のアプリを使いますか") && again.text().contains("タブレット"));
        again
            .fill("ワンタイムパスワード", &phone.code())
            .press("トップページへ")
            .await
            .is_at("/", "サービス");
    }
    // One more has another key.
    let mut third = town.phone();
    third.scan(browser.visit(page).await);
    assert_ne!(third.key(), key);
    town.close().await;
}

#[tokio::test]
async fn a_key_becomes_one_app_however_often_the_form_is_sent() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.fresh(&town).await;
    let mut tablet = town.phone();
    tablet.scan(browser.visit("/account/methods/totp?manual=1").await);
    let code = tablet.code();
    browser.fill("ワンタイムパスワード", &code).fill("デバイス名", "タブレット");
    let (path, form) = browser.form_of("実行");
    let presses: Vec<_> = (0..6).map(|_| (&browser, path.as_str(), form.clone())).collect();
    let answers = together(&town, &presses).await;
    assert!(answers.iter().all(|(status, ..)| *status == 303), "nobody is told off: {answers:?}");
    browser.post(&path, &form).await.is_at(PAGE, HEADING);
    assert_eq!(town.rows("totp").await.len(), 2);
    assert_eq!(town.count(JRP, "factor-added").await, 2);
    town.close().await;
}

#[tokio::test]
async fn five_apps_are_enough_and_their_names_differ() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.fresh(&town).await;
    let mut phones: Vec<Phone> = Vec::new();
    for name in ["二", "三", "四", "五"] {
        town.clock.advance(jiff::SignedDuration::from_secs(30));
        let mut phone = town.phone();
        add_app(&mut browser, &mut phone, name).await;
        phones.push(phone);
    }
    assert!(browser.text().contains("5台まで登録できます"), "{}", browser.text());
    browser.visit("/account/methods/totp").await.is_at(PAGE, HEADING);
    // With one of them gone there is room again, and the name of another is taken.
    let path = deletion(&mut browser, "五").await;
    browser.visit(&path).await.press("削除する").await.is_at(PAGE, HEADING);
    let mut phone = town.phone();
    phone.scan(browser.visit("/account/methods/totp?manual=1").await);
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).fill("デバイス名", " 二 ").press("実行").await;
    assert_eq!(browser.errors(), ["同じデバイス名が登録されています。別の名前にしてください。"]);
    town.close().await;
}

#[tokio::test]
async fn a_device_is_renamed_and_the_door_calls_it_so() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.fresh(&town).await;
    let mut tablet = town.phone();
    add_app(&mut browser, &mut tablet, "タブレット").await;
    let path = way_to(&browser, "タブレット", "名前の変更");
    browser.visit(&path).await;
    assert_eq!(browser.value_of("デバイス名"), "タブレット");
    browser.fill("デバイス名", "認証アプリ").press("OK").await;
    assert_eq!(browser.status, 422, "the first one has that name");
    browser.fill("デバイス名", "").press("OK").await.is_at(PAGE, HEADING);
    assert!(browser.text().contains("タブレット"), "an empty name leaves it as it is");
    assert!(browser.text().contains("名前は、前と同じままです。"), "{}", browser.text());
    browser.visit(&path).await;
    assert!(!browser.text().contains("登録は取り消されません"), "it is none: {}", browser.text());
    browser.press("OK").await.is_at(PAGE, HEADING);
    assert!(browser.text().contains("名前は、前と同じままです。"), "{}", browser.text());
    browser.visit(&path).await.fill("デバイス名", "はなこの板").press("OK").await.is_at(PAGE, HEADING);
    assert!(browser.text().contains("はなこの板") && !browser.text().contains("タブレット"));
    assert_eq!(town.count(JRP, "factor-named").await, 1);
    let mut again = town.browser(JRP);
    sign_in(&mut again, &holder.who.login, NEW_PASSWORD).await;
    assert!(again.text().contains("はなこの板"), "{}", again.text());
    town.close().await;
}

#[tokio::test]
async fn a_name_given_in_another_tab_is_not_written_over_unseen() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut one = holder.fresh(&town).await;
    let mut two = holder.fresh(&town).await;
    let path = way_to(one.visit(PAGE).await, "認証アプリ", "名前の変更");
    two.visit(&path).await;
    one.visit(&path).await.fill("デバイス名", "青い電話");
    let (to, form) = one.form_of("OK");
    one.press("OK").await.is_at(PAGE, HEADING);
    assert!(one.text().contains("名前を変更しました。"), "{}", one.text());
    // A double click finds it done.
    one.post(&to, &form).await.is_at(PAGE, HEADING);
    assert!(one.text().contains("名前を変更しました。"), "{}", one.text());
    assert_eq!(town.count(JRP, "factor-named").await, 1);
    two.fill("デバイス名", "赤い電話").press("OK").await;
    assert_eq!(two.status, 409);
    assert!(two.errors()[0].contains("名前が「青い電話」に変更されました"), "{:?}", two.errors());
    assert_eq!(two.value_of("デバイス名"), "赤い電話");
    assert_eq!(town.count(JRP, "factor-named").await, 1);
    // Now that it was read, once more is meant.
    two.press("OK").await.is_at(PAGE, HEADING);
    assert!(two.text().contains("赤い電話") && !two.text().contains("青い電話"), "{}", two.text());
    // An old page on which nothing is changed undoes nothing.
    one.post(
        &to,
        &form
            .replace("%E9%9D%92%E3%81%84%E9%9B%BB%E8%A9%B1", "%E8%AA%8D%E8%A8%BC%E3%82%A2%E3%83%97%E3%83%AA"),
    )
    .await
    .is_at(PAGE, HEADING);
    assert!(one.text().contains("赤い電話") && one.text().contains("名前は、前と同じままです。"));
    town.close().await;
}

#[tokio::test]
async fn an_old_phone_is_taken_away_after_its_name_was_read() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut browser = holder.fresh(&town).await;
    let mut other = holder.fresh(&town).await;
    let mut on_the_way = town.browser(JRP);
    sign_in(&mut on_the_way, &holder.who.login, NEW_PASSWORD).await;
    let path = deletion(&mut browser, "認証アプリ").await;
    browser.visit(&path).await;
    assert_eq!(browser.h1(), "認証方法の削除");
    assert!(browser.text().contains("認証アプリ") && browser.text().contains("2026年11月21日"));
    assert_eq!(browser.text_of("main form a[href='/account/methods']"), "戻る");
    assert_eq!(town.rows("totp").await.len(), 1, "looking at it changes nothing");
    browser.press("削除する").await.is_at(PAGE, HEADING);
    // It was the default way, and what is asked for instead is told.
    assert!(
        browser.text().contains("認証方法を削除しました。これからは、ログインのとき、生体認証で確認します。"),
        "{}",
        browser.text()
    );
    assert!(!browser.links().iter().any(|(words, _)| words.contains("認証アプリ) 削除")));
    assert!(town.rows("totp").await.is_empty());
    let letter = town.mailbox().all().await.remove(0);
    assert!(
        letter.subject.contains("認証方法が削除されました") && letter.text.contains("認証アプリ"),
        "{letter:?}"
    );
    assert!(letter.text.contains("これからは、ログインのとき、生体認証で確認します。"), "{letter:?}");
    // Others are signed out, whoever was on the way begins again, and the app opens nothing.
    assert!(!other.visit("/").await.has(".tiles"));
    let code = holder.phone.code();
    on_the_way.post("/signin/totp", &format!("code={code}")).await.is_at("/signin", "ログイン");
    // It was the default way: what is left is asked for now, and nobody is made to set up what was deleted.
    sign_in(&mut on_the_way, &holder.who.login, NEW_PASSWORD)
        .await
        .is_at("/signin/passkey", "生体認証の設定");
    holder.show(&town, &mut on_the_way).await;
    on_the_way.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn she_may_leave_the_others_signed_in() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut browser = holder.fresh(&town).await;
    let mut other = holder.fresh(&town).await;
    let path = deletion(&mut browser, "認証アプリ").await;
    browser.visit(&path).await.untick("全てのデバイスからサインアウトする").press("削除する").await;
    other.visit("/").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn the_last_one_can_only_be_replaced() {
    let town = Town::open().await;
    for held in [Held::App, Held::Passkey, Held::MailCode] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, held).await;
        let mut browser = holder.fresh(&town).await;
        browser.visit(PAGE).await;
        assert!(!browser.links().iter().any(|(words, _)| words.starts_with("削除")), "{held:?}");
        assert!(browser.text().contains("1つだけのときは、削除できません"), "{held:?}: {}", browser.text());
        // Nor by hand.
        let path = match held {
            Held::MailCode => "/account/methods/mail-code/delete".to_owned(),
            _ => way_to(
                &browser,
                if held == Held::App { "認証アプリ" } else { "スマートフォン" },
                "名前の変更",
            )
            .replace("/name", "/delete"),
        };
        browser.visit(&path).await;
        assert!(
            browser.text().contains("先に、新しいものを設定してください"),
            "{held:?}: {}",
            browser.text()
        );
        browser.post(&path, "").await;
        assert_eq!(browser.status, 422, "{held:?}");
        assert_eq!(town.count(JRP, "factor-removed").await, 0);
        town.close().await;
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_taken_away_at_once_one_is_left() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut browser = holder.fresh(&town).await;
    let other = holder.fresh(&town).await;
    let app = deletion(&mut browser, "認証アプリ").await;
    let passkey = deletion(&mut browser, "スマートフォン").await;
    let presses = [(&browser, app.as_str(), String::new()), (&other, passkey.as_str(), String::new())];
    let mut answers = together(&town, &presses).await;
    answers.sort();
    assert_eq!((answers[0].0, answers[1].0), (303, 422), "{answers:?}");
    assert_eq!(town.rows("totp").await.len() + town.rows("passkey").await.len(), 1);
    assert_eq!(town.count(JRP, "factor-removed").await, 1);
    town.close().await;
}

#[tokio::test]
async fn deleting_twice_and_deleting_another_members_device_read_alike() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let mut device = Authenticator::new(7);
    let mut hers = town.browser(JRP);
    first_login(&mut hers, &hanako, &mut device).await;
    let foreign = way_to(hers.visit(PAGE).await, "スマートフォン", "名前の変更").replace("/name", "/delete");

    let mut browser = holder.fresh(&town).await;
    let mine = deletion(&mut browser, "認証アプリ").await;
    browser.visit(&mine).await;
    let (path, form) = browser.form_of("削除する");
    browser.press("削除する").await.is_at(PAGE, HEADING);
    let before = town.rows("passkey").await;
    let nonsense = "/account/apps/not-an-id/delete".to_owned();
    let as_an_app = foreign.replace("passkeys", "apps");
    let names = foreign.replace("/delete", "/name");
    let mut read = Vec::new();
    for path in [&path, &foreign, &nonsense, &as_an_app] {
        for asked in [true, false] {
            if asked {
                browser.visit(path).await
            } else {
                browser.post(path, &form).await
            };
            assert_eq!(browser.status, 404, "{path}");
            assert_eq!(browser.h1(), HEADING, "a page with the way on, not a dead end");
            read.push(browser.text());
        }
    }
    read.dedup();
    assert_eq!(read.len(), 1, "the answers differ: {read:#?}");
    assert!(read[0].contains("その認証方法は、登録されていません"), "{read:?}");
    assert_eq!(browser.visit(&names).await.status, 404);
    assert_eq!(browser.post(&names, "device_name=mine-now").await.status, 404);
    assert_eq!(town.rows("passkey").await, before);
    town.close().await;
}

#[tokio::test]
async fn mailed_codes_are_added_by_the_first_right_one_and_taken_away_again() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.fresh(&town).await;
    let page = "/account/methods/mail-code";
    browser.visit(page).await.is_at(page, "OTP認証(メール)の設定");
    assert!(browser.text().contains("taro@example.jp"), "{}", browser.text());
    let sent = town.mailbox().count("taro@example.jp").await;
    browser.press("ワンタイムパスワードを送る").await.is_at(page, "OTP認証(メール)の設定");
    assert_eq!(town.mailbox().count("taro@example.jp").await, sent + 1);
    let code = browser.mailbox.code_for("taro@example.jp").await;
    let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
    browser.fill("ワンタイムパスワード", &wrong).press("実行").await;
    assert_eq!(browser.status, 422);
    // A code for this opens no other door, and no other session's form takes it.
    let mut other = holder.fresh(&town).await;
    other.post(page, &format!("code={code}")).await;
    assert_eq!(other.status, 422);
    // The mail was slow.
    town.clock.advance(minutes(6));
    browser.fill("ワンタイムパスワード", &code).press("実行").await.is_at(PAGE, HEADING);
    assert!(town.mailbox().all().await[0].subject.contains("メールで届く数字が、認証方法に加わりました"));
    let mut again = town.browser(JRP);
    sign_in(&mut again, &holder.who.login, NEW_PASSWORD)
        .await
        .is_at("/signin/totp", "ワンタイムパスワードの入力");
    again.visit("/signin/mail-code").await.press("再送信").await;
    ByMail("taro@example.jp".into()).show(&mut again).await;
    again.is_at("/", "サービス");
    let path = deletion(&mut browser, "taro@example.jp").await;
    browser.visit(&path).await;
    holder.show_again(&town, &mut browser).await;
    browser.press("削除する").await.is_at(PAGE, HEADING);
    assert!(browser.text().contains("認証方法を削除しました。"), "{}", browser.text());
    assert!(!browser.text().contains("これからは"), "the app is asked for first as before");
    let letter = town.mailbox().all().await.remove(0);
    assert!(letter.text.contains("OTP認証(メール)") && !letter.text.contains("これからは"), "{letter:?}");
    let mut last = town.browser(JRP);
    sign_in(&mut last, &holder.who.login, NEW_PASSWORD).await;
    last.visit("/signin/mail-code").await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    town.close().await;
}

#[tokio::test]
async fn the_browser_is_told_which_passkeys_there_are() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut browser = holder.fresh(&town).await;
    let told = |browser: &Browser| {
        let html = scraper::Html::parse_document(browser.page());
        let place = scraper::Selector::parse("[data-passkey-accepted]").unwrap();
        let text = html.select(&place).next().unwrap().attr("data-passkey-accepted").unwrap().to_owned();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let all = told(browser.visit(PAGE).await);
    assert_eq!(all["rpId"], "jrpluskenpo.portal.kosmo-web.jp");
    assert_eq!(all["credentialIds"].as_array().unwrap().len(), 1);
    assert_eq!(all["name"], holder.who.login.as_str());
    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026").press("変更").await;
    let renamed = told(&browser);
    assert_eq!((&renamed["name"], &renamed["userId"]), (&"hanako-2026".into(), &all["userId"]));
    let path = deletion(&mut browser, "スマートフォン").await;
    browser.visit(&path).await.press("削除する").await;
    let none = told(&browser);
    assert_eq!(none["credentialIds"], serde_json::json!([]), "all are deleted, and so it says");
    // Whoever never made one is told nothing.
    let hanako = town.hanako(JSW).await;
    let (mut hers, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut hers, &hanako, &mut phone).await;
    assert!(!hers.visit(PAGE).await.has("[data-passkey-accepted]"));
    town.close().await;
}

#[tokio::test]
async fn what_one_union_knows_is_no_business_of_another() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut browser = holder.fresh(&town).await;
    let path = deletion(&mut browser, "認証アプリ").await;
    let hanako = town.hanako(JSW).await;
    let (mut hers, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut hers, &hanako, &mut phone).await;
    assert_eq!(hers.post(&path, "").await.status, 404);
    let session = browser.cookies["__Host-session"].clone();
    hers.cookies.insert("__Host-session".into(), session);
    hers.post(&path, "").await.is_at("/signin", "ログイン");
    assert_eq!(town.count(JRP, "factor-removed").await, 0);
    town.close().await;
}

#[tokio::test]
async fn what_is_switched_off_is_no_way_in_to_be_left_with() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::MailCodeAndApp).await;
    // Thirty wrong codes in a row: the app is refused from now on (D13).
    for _ in 0..6 {
        let mut browser = town.browser(JRP);
        sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await;
        browser.visit("/signin/totp").await;
        for _ in 0..5 {
            let wrong = holder.phone.wrong_code();
            browser.fill("ワンタイムパスワード", &wrong).press("トップページへ").await;
        }
        town.clock.advance(minutes(61));
    }
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await;
    holder.show(&town, &mut browser).await;
    set_another_password(&mut browser).await;
    browser.is_at("/", "サービス");
    browser.post("/account/methods/mail-code/delete", "").await;
    // The strongest factor is the one that is off: nobody goes around it (D11).
    browser.is_at("/reauth", "続行するには再度認証してください");
    assert_eq!(town.count(JRP, "factor-removed").await, 0);
    town.close().await;
}

#[tokio::test]
async fn the_name_that_is_offered_is_a_free_one() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.fresh(&town).await;
    for (offered, typed) in [("認証アプリ 2", None), ("認証アプリ 3", Some("")), ("認証アプリ 4", None)]
    {
        town.clock.advance(jiff::SignedDuration::from_secs(30));
        let mut phone = town.phone();
        phone.scan(browser.visit("/account/methods/totp?manual=1").await);
        assert_eq!(browser.value_of("デバイス名"), offered);
        if let Some(typed) = typed {
            browser.fill("デバイス名", typed);
        }
        browser.fill("ワンタイムパスワード", &phone.code()).press("実行").await.is_at(PAGE, HEADING);
        assert!(browser.text().contains(offered), "{}", browser.text());
        let told = browser.text_of("[role=status]");
        assert!(told.contains("そのまま使えます") && !told.contains("先に出る"), "there is one kind: {told}");
    }
    town.close().await;
}
