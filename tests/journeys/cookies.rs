//! Cookies: what neighbours of the same site put beside ours, and browsers that keep none (D19, D31).

use crate::{
    passkey_alone::{ALONE, alone},
    town::{Authenticator, JSW, Town},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in},
};

#[tokio::test]
async fn a_neighbours_cookie_signs_nobody_out() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    let good = browser.cookies["__Host-session"].clone();
    let other = format!("{}{}", if good.starts_with('A') { "B" } else { "A" }, &good[1..]);
    for beside in [
        "utm_campaign=春の健診; ".as_bytes().to_vec(),
        b"a=\xFF\xFE; ".to_vec(),
        b"a=\"; b=\"; ".to_vec(),
        b"nameless; =; ; ".to_vec(),
        b"a=\tb\t; ".to_vec(),
        // One of ours that is worth nothing, and one that has not even the shape.
        b"__Host-session=x; ".to_vec(),
        format!("__Host-session={other}; ").into_bytes(),
        "\u{2000}__Host-session=x; ".into(),
        [b"a=".as_slice(), &[b'x'; 8_000], b"; "].concat(),
    ] {
        browser.beside.clone_from(&beside);
        assert!(browser.visit("/").await.has(".tiles"), "{}", beside.escape_ascii());
        // And the way in is as open as without it.
        town.clock.advance(crate::town::minutes(1));
        let mut device = town.browser(JSW);
        device.beside = beside;
        return_with(&mut device, &hanako, &phone).await.is_at("/", "サービス");
    }
    // Logging out ends every one of them.
    browser.beside = format!("__Host-session={other}; ").into_bytes();
    browser.visit("/logout").await.press("ログアウトする").await;
    browser.cookies.insert("__Host-session".into(), good);
    assert!(!browser.visit("/").await.has(".tiles"));
    town.close().await;
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_is_told_so_where_it_is_led_back() {
    let town = Town::edited(JSW, alone).await;
    let hanako = town.hanako(JSW).await;
    let (mut first, mut device) = (town.browser(JSW), Authenticator::new(1));
    first_login(&mut first, &hanako, &mut device).await;
    let mut browser = town.browser(JSW);
    browser.refuses_cookies = true;
    for speaks in [("ja", "Cookie(クッキー)を受け取らない設定"), ("en", "set to refuse cookies")]
    {
        browser.speaks(speaks.0);
        let form = format!("username={}&password={NEW_PASSWORD}", hanako.login);
        browser.post("/signin", &form).await;
        assert_eq!(browser.path(), "/signin");
        assert!(browser.text().contains(speaks.1), "{}", browser.text());
        // A passkey by itself.
        let options = browser.options(ALONE).await;
        let answer = device.get(&options, &browser.origin()).unwrap();
        browser.hand_in(ALONE, &answer).await;
        assert_eq!(browser.status, 422);
        assert!(browser.text().contains(speaks.1), "{}", browser.text());
        // The code of a forgotten password.
        browser.visit("/recovery/password/code").await;
        assert_eq!(browser.path(), "/recovery/password");
        assert!(browser.text().contains(speaks.1), "{}", browser.text());
    }
    // Whoever has cookies is told nothing of the kind, whatever stands in the address.
    browser.refuses_cookies = false;
    browser.speaks("ja");
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at("/signin/passkey", "生体認証の設定");
    browser.visit("/signin?after=no-cookie").await;
    assert!(!browser.text().contains("Cookie"), "{}", browser.text());
    town.close().await;
}
