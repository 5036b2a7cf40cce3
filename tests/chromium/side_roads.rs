//! The pages beside the main road: help, problems, the terms declined, the demo's own page; in both languages.

use crate::browser::{Browser, Window, walk};
use crate::portal::Portal;

#[test]
fn the_pages_beside_the_road_are_sound_in_japanese_on_a_phone() {
    walk("side_roads/japanese", Window::phone(), side_roads);
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
    ] {
        browser.go(&format!("{jsw}{path}")).await;
        browser.look(name).await;
    }
    browser.go(&format!("{jsw}/nowhere")).await;
    browser.look("not_found").await;
    browser.go(&portal.own_page()).await;
    browser.look("demo").await;
}
