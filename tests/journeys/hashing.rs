//! A password is hashed outside every transaction (DD15): whoever waits for a permit keeps no writer waiting. Each form is
//! sent once while others hold all permits; what hashes gives up after its second, and must have no transaction open.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::Response,
};
use http_body_util::BodyExt as _;
use kenpo_portal::{
    store::tally::tally,
    vault::{HashAsker, Vault},
};

use crate::{
    recovery::{replace_password, show_app, up_to_way},
    town::{HASHING, JSW, Town, hours, minutes},
    walk::{first_login, return_with},
};

const NEWEST_PASSWORD: &str = "Ha4!na-no-Hiru";

/// Who holds all permits, and how many forms were refused for that.
#[derive(Clone)]
struct Busy {
    vault: Vault,
    refused: Arc<AtomicUsize>,
}

impl Busy {
    async fn ask(self, request: Request, next: Next) -> Response {
        if request.method() != Method::POST {
            return next.run(request).await;
        }
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let mut held = Vec::new();
        for _ in 0..HASHING.permits {
            held.push(self.vault.permit(HashAsker::Member(None)).await.unwrap());
        }
        let (answer, ran) =
            tally(next.clone().run(Request::from_parts(head.clone(), Body::from(body.clone())))).await;
        drop(held);
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
            // It hashes nothing, and is done.
            return answer;
        }
        let begun = ran.iter().filter(|said| said.starts_with("BEGIN") || said.contains("; BEGIN")).count();
        let ended = ran.iter().filter(|said| said.ends_with("COMMIT")).count();
        assert_eq!(begun, ended, "{} waited with a transaction open: {ran:#?}", head.uri);
        self.refused.fetch_add(1, Ordering::Relaxed);
        next.run(Request::from_parts(head, Body::from(body))).await
    }
}

#[tokio::test]
async fn whoever_waits_for_a_permit_holds_no_transaction() {
    let mut town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let busy = Busy { vault: town.vault().clone(), refused: Arc::default() };
    let refused = busy.refused.clone();
    town.router =
        town.router.clone().layer(middleware::from_fn(move |request, next| busy.clone().ask(request, next)));
    let so_far = || refused.swap(0, Ordering::Relaxed);
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    assert_eq!(so_far(), 3, "the first password, the new one, signing in anew");
    town.clock.advance(hours(1));
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    assert_eq!(so_far(), 1, "the password");
    browser.visit("/account/password").await;
    browser.fill("パスワード", NEWEST_PASSWORD).fill("パスワード確認用", NEWEST_PASSWORD).press("実行").await;
    assert!(browser.errors().is_empty(), "{:?}", browser.errors());
    assert_eq!(so_far(), 1, "another password");
    town.clock.advance(minutes(10));
    browser.visit("/account/password").await.is_at("/reauth", "続行するには再度認証してください");
    browser.fill("パスワード", NEWEST_PASSWORD).press("ログイン").await;
    assert_eq!(so_far(), 1, "the password once more");
    let mut forgetful = town.browser(JSW);
    up_to_way(&town, &mut forgetful, &hanako).await;
    forgetful.press("登録した認証方法で確認する").await;
    show_app(&mut forgetful, &phone).await;
    assert_eq!(so_far(), 0, "nothing is hashed before the new password");
    replace_password(&mut forgetful).await;
    assert_eq!(so_far(), 1, "the new password");
    town.close().await;
}
