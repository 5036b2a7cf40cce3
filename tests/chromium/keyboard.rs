//! Without a mouse: what Tab reaches, in which order, and whether it can be seen where one is.

use thirtyfour::Key;

use crate::browser::{Window, walk};
use crate::portal::Portal;

#[test]
fn the_sign_in_form_is_filled_and_sent_by_keyboard_alone() {
    walk("keyboard/sign_in", Window::desktop(), async |browser| {
        let portal = Portal::open().await;
        browser.go(&format!("{}/signin", portal.at("jswkenpo"))).await;
        browser.arrive("/signin", "ログイン").await;

        // The first stop skips the header; Enter on it goes to the form's part of the page.
        let mut stops = vec![browser.tab().await];
        while !stops.iter().any(|stop| stop == "username") {
            assert!(stops.len() < 12, "Tab does not reach the user ID: {stops:?}");
            stops.push(browser.tab().await);
        }
        browser.type_keys("TESTUSER").await;

        let mut stops = vec![browser.tab().await];
        assert_eq!(stops, ["password"], "the password follows the user ID");
        browser.type_keys("12345678919801201").await;

        // Everything below the password is reached too: 表示, ログイン状態の保存, ログイン.
        while !stops.iter().any(|stop| stop == "ログイン") {
            assert!(stops.len() < 6, "Tab does not reach the button: {stops:?}");
            stops.push(browser.tab().await);
        }
        assert!(stops.iter().any(|stop| stop == "remember"), "{stops:?}");
        browser.type_keys(Key::Enter + "").await;
        browser.arrive("/signin/birthdate", "生年月日の入力").await;
    });
}

#[test]
fn enter_in_the_password_field_signs_in() {
    walk("keyboard/enter", Window::desktop(), async |browser| {
        let portal = Portal::open().await;
        browser.go(&format!("{}/signin", portal.at("jswkenpo"))).await;
        browser.fill("ユーザID", "testuser").await;
        browser.fill("パスワード", "12345678919801201").await;
        browser.type_keys(Key::Enter + "").await;
        browser.arrive("/signin/birthdate", "生年月日の入力").await;
    });
}
