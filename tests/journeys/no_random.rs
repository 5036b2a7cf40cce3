//! The machine gives no random bytes: nothing is guessed in their place (M16). Each form is sent once while there are
//! none, which has to be refused by a page that asks to come back, and then as usual, which has to find that nothing
//! happened.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use http_body_util::BodyExt as _;

use crate::{
    recovery::{replace_password, show_app, up_to_way, with_hanako},
    town::{JSW, Town, TownRandom, hours},
    walk::{first_login, return_with},
};

/// The form that only ends an attempt.
const NEEDS_NONE: [&str; 1] = ["/signin/done"];

/// What asks twice: the random bytes it takes away, and how many forms were refused for that.
#[derive(Clone)]
struct Twice {
    rng: Arc<TownRandom>,
    refused: Arc<AtomicUsize>,
}

impl Twice {
    async fn ask(self, request: Request, next: Next) -> Response {
        if request.method() != Method::POST || NEEDS_NONE.contains(&request.uri().path()) {
            return next.run(request).await;
        }
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.rng.is_gone(true);
        let without = next.clone().run(Request::from_parts(head.clone(), Body::from(body.clone()))).await;
        self.rng.is_gone(false);
        assert_eq!(without.status(), StatusCode::SERVICE_UNAVAILABLE, "{}", head.uri);
        assert!(without.headers().contains_key(header::RETRY_AFTER), "{}", head.uri);
        assert_eq!(without.headers().get(header::SET_COOKIE), None, "{}", head.uri);
        self.refused.fetch_add(1, Ordering::Relaxed);
        next.run(Request::from_parts(head, Body::from(body))).await
    }
}

/// Makes every browser of the town ask twice from now on.
fn asks_twice(town: &mut Town) -> Arc<AtomicUsize> {
    let refused = Arc::new(AtomicUsize::new(0));
    let twice = Twice { rng: town.rng.clone(), refused: refused.clone() };
    town.router =
        town.router.clone().layer(middleware::from_fn(move |request, next| twice.clone().ask(request, next)));
    refused
}

#[tokio::test]
async fn without_random_bytes_every_form_is_refused_and_nothing_has_happened() {
    let mut town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let refused = asks_twice(&mut town);
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    town.clock.advance(hours(1));
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    assert!(refused.load(Ordering::Relaxed) >= 8, "{refused:?}");
    town.close().await;
}

#[tokio::test]
async fn without_random_bytes_a_forgotten_password_stays_the_password() {
    let (mut town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let refused = asks_twice(&mut town);
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    replace_password(&mut browser).await;
    assert!(refused.load(Ordering::Relaxed) >= 5, "{refused:?}");
    town.close().await;
}
