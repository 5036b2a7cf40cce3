//! The pages beside the main road: help, problems, the terms declined, the demo's own page; in both languages.

use crate::browser::{Browser, Window, walk};
use crate::portal::Portal;

#[test]
fn the_pages_beside_the_road_are_sound_in_japanese_on_a_phone() {
    walk("side_roads/japanese", Window::phone(), side_roads);
}

#[test]
fn the_qr_code_of_a_letter_fills_in_the_user_id_and_nothing_else() {
    walk("side_roads/qr_code", Window::phone(), async |browser| {
        let portal = Portal::open().await;
        let signin = format!("{}/signin", portal.at("jswkenpo"));
        browser.go(&format!("{signin}#username=ABCDEFGH2345")).await;
        browser.arrive("/signin", "ログイン").await;
        assert_eq!(browser.standing_in("ユーザID").await, "ABCDEFGH2345");
        assert_eq!(browser.address().await, signin, "it is taken off the address");
        assert_eq!(browser.standing_in("パスワード").await, "");
        // The page is open already when the next letter is read; whatever stands in a code stays text.
        let script = "location.hash = '#username=' + encodeURIComponent('a\"><b>&c'); arguments[arguments.length - 1]()";
        browser.run(script, vec![]).await;
        browser
            .until("the other user ID".to_owned(), async || {
                Ok((browser.standing_in("ユーザID").await == "a\"><b>&c").then_some(()))
            })
            .await;
        assert_eq!(browser.address().await, signin);
        // Another page has no field for it, and keeps it out of its address too.
        browser.go(&format!("{}/help#username=ABCDEFGH2345", portal.at("jswkenpo"))).await;
        assert_eq!(browser.address().await, format!("{}/help", portal.at("jswkenpo")));
        browser.go(&format!("{signin}#other=1")).await;
        assert_eq!(browser.standing_in("ユーザID").await, "");
        browser.look("sign_in_by_qr_code").await;
    });
}

#[test]
fn without_scripts_the_address_of_a_letter_is_a_plain_sign_in() {
    walk("side_roads/qr_code_without_scripts", Window::phone().without_javascript(), async |browser| {
        let portal = Portal::open().await;
        browser.go(&format!("{}/signin#username=ABCDEFGH2345", portal.at("jswkenpo"))).await;
        browser.arrive("/signin", "ログイン").await;
        assert!(browser.has("#username").await && browser.has("#password").await);
    });
}

#[test]
fn the_pages_beside_the_road_are_sound_in_english_on_a_pc() {
    walk("side_roads/english", Window::desktop().in_english(), side_roads);
}

async fn side_roads(browser: &Browser) {
    let portal = Portal::open().await;
    for union in ["jrpluskenpo", "jawakayama", "daiwakenpo", "mgckenpo"] {
        browser.go(&portal.at(union)).await;
        browser.look(&format!("top_{union}")).await;
    }
    let jsw = portal.at("jswkenpo");
    for (path, name) in [
        ("/recovery/password", "forgotten_password"),
        ("/recovery/user-id", "forgotten_user_id"),
        ("/help", "help"),
        ("/help/first-login", "help_first_login"),
        ("/help/questions", "help_questions"),
        ("/help/accessibility", "accessibility"),
        ("/terms", "terms"),
    ] {
        browser.go(&format!("{jsw}{path}")).await;
        browser.look(name).await;
    }
    browser.go(&format!("{jsw}/nowhere")).await;
    browser.look("not_found").await;
    browser.go(&portal.own_page()).await;
    browser.look("demo").await;
}
