//! Pages that say how things stand: the terms, accessibility, what the sign-in page is headed, and the set-up of an app as
//! it fits the device that shows it.

use crate::{
    passkey_alone::alone,
    town::{Browser, JSW, Town},
    walk::up_to,
};

/// What a browser says of itself: an iPhone, an Android phone, a computer.
const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36",
];

/// Where that stands in the page; a panic where it does not.
fn place(browser: &Browser, text: &str) -> usize {
    browser.page().find(text).unwrap_or_else(|| panic!("{text}: {}", browser.text()))
}

#[tokio::test]
async fn an_app_is_set_up_as_it_fits_the_device() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "ワンタイムパスワードの設定").await;
    for (agent, store) in AGENTS.into_iter().zip(["apps.apple.com", "play.google.com", ""]) {
        browser.agent = Some(agent);
        browser.visit("/signin/setup/totp").await.is_at("/signin/setup/totp", "ワンタイムパスワードの設定");
        let stores = ["apps.apple.com", "play.google.com"].map(|other| browser.page().contains(other));
        let (open, scan) = (place(&browser, "href=\"otpauth://"), place(&browser, "data:image/png"));
        if store.is_empty() {
            assert_eq!(stores, [true, true], "a computer does not know which phone is meant");
            // A phone that calls itself a computer finds the button by the width of its screen.
            assert!(browser.has(".phone-only a[href^='otpauth://']") && !browser.has("#key"), "{agent}");
        } else {
            assert_eq!(stores, ["apps.apple.com", "play.google.com"].map(|other| other == store), "{agent}");
            assert!(open < place(&browser, "id=\"key\"") && place(&browser, "id=\"key\"") < scan, "{agent}");
            assert!(browser.has(&format!(".apps a.button[href*='{store}']")), "{agent}");
            phone.scan(&browser);
        }
    }
    // Whichever it was, the same key.
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("実行").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn where_a_passkey_stands_alone_each_way_in_says_whose_it_is() {
    let town = Town::edited(JSW, alone).await;
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await;
    assert_eq!(browser.texts_of("main h2"), ["登録がすんでいる方", "はじめての方・パスワードを使う方"]);
    assert!(place(&browser, "登録がすんでいる方") < place(&browser, "顔・指紋・画面ロックでログイン"));
    assert!(place(&browser, "はじめての方") < place(&browser, "id=\"username\""));
    browser.speaks("en").visit("/signin").await;
    assert_eq!(
        browser.texts_of("main h2"),
        ["If you have registered", "First time here, or with your password"]
    );
    town.close().await;
    let town = Town::open().await;
    let mut browser = town.browser(JSW);
    assert!(!browser.visit("/signin").await.has("main h2"), "where there is one way, it needs no heading");
    town.close().await;
}

#[tokio::test]
async fn anybody_reads_the_terms_in_force() {
    let mut town = Town::open().await;
    let mut browser = town.browser(JSW);
    browser.visit("/").await;
    assert!(browser.has("footer a[href='/terms']"));
    browser.visit("/terms").await.is_at("/terms", "利用規約");
    assert!(browser.text_of(".terms").contains("第1条"), "{}", browser.text());
    assert!(browser.text_of(".parameters").contains("2025年9月18日"));
    assert!(!browser.has("main form"), "nothing is agreed to here");
    town.new_terms(
        JSW,
        "2026-12-01",
        "# 規約\n\n## 変わったところ\n\n- ここ\n\n## 第1条\n\n新しい本文です。\n",
    );
    let mut later = town.browser(JSW);
    later.visit("/terms").await.is_at("/terms", "利用規約");
    assert!(
        later.text_of(".terms").contains("新しい本文です。")
            && later.text_of(".parameters").contains("2026年12月1日")
    );
    town.close().await;
}

#[tokio::test]
async fn what_was_done_for_everybody_is_told_with_its_limits() {
    let town = Town::open().await;
    let mut browser = town.browser(JSW);
    for (language, title, standard) in [
        ("ja", "アクセシビリティ", "JIS X 8341-3:2016 の適合レベルAA"),
        ("en", "Accessibility", "JIS X 8341-3:2016"),
    ] {
        browser.speaks(language).visit("/").await;
        assert!(browser.has("footer a[href='/help/accessibility']"));
        browser.visit("/help/accessibility").await.is_at("/help/accessibility", title);
        assert!(browser.text().contains(standard), "{}", browser.text());
        assert_eq!(browser.texts_of("main h2").len(), 4, "aim, tests, limits, whom to tell");
        assert!(browser.has("footer .phone a[href^='tel:']"), "whom to tell");
    }
    town.close().await;
}
