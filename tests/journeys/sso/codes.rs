//! A member's way to a service, and what the service gets.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use kenpo_portal::domain::sso::{Scope, claims::of_scope};
use kenpo_portal::vault::signing::{PublicKey, verified};
use serde_json::{Value, json};

use super::{Answered, CALLBACK, Relying, VERIFIER, ask, parameter, send, with_own_service, with_service_at};
use crate::{
    holder::{Held, Holder, JRP},
    town::{JSW, Town, hours, minutes},
    walk::answer,
};

/// The claims of an ID token, verified by the keys that services read.
pub async fn claims(town: &Town, slug: &str, token: &str) -> Value {
    let host = town.tenant(slug).hosts.primary.clone();
    let keys = ask(town, &host, Method::GET, "/oidc/jwks", &[]).await.json();
    let read = verified(token, |kid| {
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid)?;
        let (x, y) = (key["x"].as_str()?, key["y"].as_str()?);
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Some((kenpo_portal::domain::sso::SigningAlgorithm::Es256, PublicKey::kept(text)))
    });
    read.expect("a token that the published keys verify")
}

#[tokio::test]
async fn the_first_time_a_member_is_told_and_from_then_on_no_page_is_between() {
    let with_number = |text: String| {
        with_own_service(text.replacen("[hosts]", "[sso]\ninsurer_number = \"06132013\"\n[hosts]", 1))
    };
    let town = Town::edited(JRP, with_number).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    // The tile leads to the service, which begins.
    let tile = service.look(&town, &browser, "/services/yoyaku").await;
    assert_eq!(tile.status, StatusCode::SEE_OTHER);
    let start = tile.header("location").to_owned();
    assert!(start.starts_with("https://yoyaku.example.jp/?iss=https%3A%2F%2F"), "{start}");
    assert!(browser.visit("/").await.page().contains("href=\"/services/yoyaku\""));

    browser.visit(&service.request(&[])).await;
    assert!(browser.path().starts_with("/oidc/go/"), "{}", browser.path());
    assert_eq!(browser.h1(), "「健診予約」を開きます");
    for told in ["株式会社よやく", "お名前", "メールアドレス", "記号・番号", "生年月日"]
    {
        assert!(browser.text().contains(told), "{told}: {}", browser.text());
    }
    browser.press("開く").await;
    let address = service.led_to(&browser);
    assert_eq!(parameter(&address, "state").as_deref(), Some("the state"));
    assert_eq!(parameter(&address, "iss"), Some(service.issuer.clone()));
    // Loading the page again gives no second code.
    let path = browser.path().to_owned();
    assert_eq!(browser.visit(&path).await.status, StatusCode::GONE);
    let code = parameter(&address, "code").unwrap();
    let given = service.exchange(&town, &code, &[]).await;
    assert_eq!(given.status, StatusCode::OK, "{:?}", given.body);
    assert_eq!(given.header("cache-control"), "no-store, no-transform");
    let given = given.json();
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(600)));
    let claims_first = claims(&town, JRP, given["id_token"].as_str().unwrap()).await;
    assert_eq!(claims_first["iss"], json!(service.issuer));
    assert_eq!((&claims_first["aud"], &claims_first["nonce"]), (&json!("yoyaku"), &json!("the nonce")));
    assert_eq!(claims_first["acr"], "https://refeds.org/profile/mfa");
    assert_eq!(claims_first["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(claims_first["exp"].as_i64().unwrap() - claims_first["iat"].as_i64().unwrap(), 600);
    let told = service.user_info(&town, given["access_token"].as_str().unwrap()).await;
    assert_eq!(told.status, StatusCode::OK);
    let told = told.json();
    assert_eq!(told["sub"], claims_first["sub"]);
    for (name, value) in [
        ("name", "見本 太郎"),
        ("name#ja-Kana-JP", "ミホン\u{3000}タロウ"),
        ("email", "taro@example.jp"),
        ("kenpo_insurer_number", "06132013"),
        ("kenpo_kigo", "15"),
        ("kenpo_bango", "102"),
        ("birthdate", "1979-08-22"),
        ("kenpo_union_id", JRP),
    ] {
        assert_eq!(told[name], value, "{name}: {told}");
    }

    // Exactly what is said to be given (the document that services read, and the page for their companies).
    let told: BTreeSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
    let said = Scope::WORDS.into_iter().flat_map(|(scope, _)| of_scope(scope)).copied();
    assert_eq!(told, said.chain(["sub"]).collect());

    // The second time, with fewer scopes: straight back, and told no more than asked for.
    let answer =
        service.look(&town, &browser, &service.request(&[("scope", "openid"), ("prompt", "none")])).await;
    let code = service.code_of(&answer);
    let given = service.exchange(&town, &code, &[]).await.json();
    let claims_again = claims(&town, JRP, given["id_token"].as_str().unwrap()).await;
    assert_eq!(claims_again["sub"], claims_first["sub"], "the same person");
    assert_eq!(claims_again["sid"], claims_first["sid"], "the same session");
    let told = service.user_info(&town, given["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told, json!({ "sub": claims_first["sub"] }));
    // Another service knows them by another name, and asks for itself.
    browser.visit(&service.request_of("another", &[])).await;
    assert_eq!(browser.h1(), "「べつの会社」を開きます");
    browser.press("同意して開く").await;
    let code = parameter(&service.led_to(&browser), "code").unwrap();
    let other = service.as_other(&town, &code, &[]).await.json();
    let other = claims(&town, JRP, other["id_token"].as_str().unwrap()).await;
    assert_ne!((&other["sub"], &other["sid"]), (&claims_first["sub"], &claims_first["sid"]));

    // Nothing of it stands in clear where it is kept.
    let dump = format!("{:?}", town.dump().await);
    for secret in [&code, &service.secret, given["access_token"].as_str().unwrap()] {
        assert!(!dump.contains(secret));
    }
    let words = town.trail(JRP, &town.member(JRP, &holder.who.login).await).await;
    assert_eq!(words.iter().filter(|word| *word == "sso-opened").count(), 3);
    assert_eq!(words.iter().filter(|word| *word == "sso-granted").count(), 2);
    town.close().await;
}

#[tokio::test]
async fn a_code_is_good_once_for_a_minute_and_for_whom_it_was_made() {
    let mut town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let wrong = VERIFIER.replace('d', "e");
    for (what, changes) in [
        ("another address", vec![("redirect_uri", Some("https://yoyaku.example.jp/other"))]),
        ("another verifier", vec![("code_verifier", Some(wrong.as_str()))]),
        ("no verifier", vec![("code_verifier", None)]),
        ("the challenge as verifier", vec![("code_verifier", Some(super::CHALLENGE))]),
    ] {
        let code = service.code(&town, &browser, &[]).await;
        let refused = service.exchange(&town, &code, &changes).await;
        assert_eq!(
            (refused.status, refused.json()),
            (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" })),
            "{what}"
        );
        // It was used up by that.
        let refused = service.exchange(&town, &code, &[]).await;
        assert_eq!(refused.json()["error"], "invalid_grant", "{what}");
    }
    // A verifier where there was no challenge: somebody took it out.
    let bare = [("client_id", "another"), ("code_challenge", ""), ("code_challenge_method", "")];
    let code = service.code_for_other(&town, &browser, &bare).await;
    assert_eq!(service.as_other(&town, &code, &[]).await.json()["error"], "invalid_grant");
    // Another service of the union, with its own secret.
    let code = service.code(&town, &browser, &[]).await;
    assert_eq!(service.as_other(&town, &code, &[]).await.json()["error"], "invalid_grant");
    assert_eq!(service.exchange(&town, &code, &[]).await.status, StatusCode::OK, "still good for its own");
    // Too late.
    let code = service.code(&town, &browser, &[]).await;
    town.clock.advance(jiff::SignedDuration::from_secs(61));
    assert_eq!(service.exchange(&town, &code, &[]).await.json()["error"], "invalid_grant");
    // Used: what was given ends.
    let code = service.code(&town, &browser, &[]).await;
    let given = service.exchange(&town, &code, &[]).await.json();
    let token = given["access_token"].as_str().unwrap();
    assert_eq!(service.user_info(&town, token).await.status, StatusCode::OK);
    assert_eq!(service.exchange(&town, &code, &[]).await.json()["error"], "invalid_grant");
    assert_eq!(service.user_info(&town, token).await.status, StatusCode::UNAUTHORIZED);
    assert!(town.count(JRP, "sso-code-replayed").await >= 1);
    // Ten minutes, and not longer.
    let code = service.code(&town, &browser, &[]).await;
    let given = service.exchange(&town, &code, &[]).await.json();
    let token = given["access_token"].as_str().unwrap().to_owned();
    town.clock.advance(minutes(10));
    assert_eq!(service.user_info(&town, &token).await.status, StatusCode::UNAUTHORIZED);
    // A service that is gone from the file gets nothing more.
    let code = service.code(&town, &browser, &[]).await;
    town.restart(JRP, |text| text);
    assert_eq!(service.exchange(&town, &code, &[]).await.status, StatusCode::UNAUTHORIZED);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_tries_of_one_code_one_wins_and_its_token_ends() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let code = service.code(&town, &browser, &[]).await;
    let mut running = Vec::new();
    for _ in 0..16 {
        let request = service.exchange_request(&code, &[]);
        let router = town.router.clone();
        running.push(tokio::spawn(async move { super::sent(&router, request).await }));
    }
    let mut won = Vec::new();
    for one in running {
        let answer: Answered = one.await.unwrap();
        match answer.status {
            StatusCode::OK => won.push(answer.json()["access_token"].as_str().unwrap().to_owned()),
            _ => assert_eq!(answer.json()["error"], "invalid_grant"),
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(service.user_info(&town, &won[0]).await.status, StatusCode::UNAUTHORIZED);
    town.close().await;
}

#[tokio::test]
async fn what_ends_a_session_ends_what_services_read() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = service.known(&town, &mut holder).await;
    let given = async |browser: &crate::town::Browser| {
        let code = service.code(&town, browser, &[]).await;
        let given = service.exchange(&town, &code, &[]).await.json();
        given["access_token"].as_str().unwrap().to_owned()
    };
    let token = given(&browser).await;
    let waiting = service.code(&town, &browser, &[]).await;
    browser.visit("/logout").await.press("ログアウトする").await;
    assert_eq!(service.user_info(&town, &token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(service.exchange(&town, &waiting, &[]).await.json()["error"], "invalid_grant");
    // The desk keeps the member out.
    let browser = holder.sign_in(&town).await;
    let token = given(&browser).await;
    let waiting = service.code(&town, &browser, &[]).await;
    let tenant = town.tenant(JRP);
    town.desk(&tenant).lock(&holder.who.login).await.unwrap();
    assert_eq!(service.user_info(&town, &token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(service.exchange(&town, &waiting, &[]).await.json()["error"], "invalid_grant");
    town.close().await;
}

#[tokio::test]
async fn a_service_is_told_what_it_may_know_before_anything_is_asked_of_the_member() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let silent = [("prompt", "none")];
    let error = |answer: &Answered| {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{:?}", answer.body);
        let place = answer.header("location");
        assert!(place.starts_with(CALLBACK), "{place}");
        assert_eq!(parameter(place, "state").as_deref(), Some("the state"));
        assert_eq!(parameter(place, "iss"), Some(service.issuer.clone()));
        parameter(place, "error").unwrap_or_default()
    };
    let stranger = town.browser(JRP);
    assert_eq!(error(&service.look(&town, &stranger, &service.request(&silent)).await), "login_required");
    let mut browser = holder.sign_in(&town).await;
    let look =
        async |changes: &[(&str, &str)]| service.look(&town, &browser, &service.request(changes)).await;
    assert_eq!(error(&look(&silent).await), "interaction_required");
    let answer = service.look(&town, &browser, &service.request_of("another", &silent)).await;
    assert_eq!(parameter(answer.header("location"), "error").as_deref(), Some("consent_required"));
    for (changes, expected) in [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("scope", "profile")], "invalid_scope"),
        (vec![("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("request", "x")], "request_not_supported"),
        (vec![("request_uri", "https://x.example/")], "request_uri_not_supported"),
        (vec![("prompt", "none login")], "invalid_request"),
        (vec![("max_age", "-1")], "invalid_request"),
        (vec![("response_mode", "form_post")], "invalid_request"),
    ] {
        assert_eq!(error(&look(&changes).await), expected, "{changes:?}");
    }
    // A member who does not want to go on.
    browser.visit(&service.request(&[])).await.press("やめる").await;
    assert_eq!(parameter(&service.led_to(&browser), "error").as_deref(), Some("access_denied"));
    service.accept(&mut browser).await;
    // Once told, silently.
    let answer = service.look(&town, &browser, &service.request(&silent)).await;
    let first = service.exchange(&town, &service.code_of(&answer), &[]).await.json();
    // A hint about the same person, another one's, one that nobody signed.
    let hint = first["id_token"].as_str().unwrap();
    let with_hint = |hint: &str| service.request(&[("prompt", "none"), ("id_token_hint", hint)]);
    assert!(!service.code_of(&service.look(&town, &browser, &with_hint(hint)).await).is_empty());
    let forged = format!("{hint}x");
    assert_eq!(error(&service.look(&town, &browser, &with_hint(&forged)).await), "login_required");
    // Told again where it is asked for.
    town.clock.advance(minutes(1));
    browser.visit(&service.request(&[("prompt", "consent")])).await;
    assert_eq!(browser.h1(), "「健診予約」を開きます");
    town.close().await;
}

#[tokio::test]
async fn whoever_has_to_sign_in_first_comes_to_the_service_afterwards() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    // From nothing: a whole first login, with every page of the union.
    let mut holder = Holder::new(&town).await;
    let mut browser = town.browser(JRP);
    browser.visit(&service.request(&[])).await.is_at("/signin", "ログイン");
    let mut answers = 0;
    while !browser.path().starts_with("/oidc/go/") {
        if answer(&mut browser, &holder.who, &mut holder.phone).await == "パスワードの更新" {
            holder.who.password = crate::walk::NEW_PASSWORD.into();
        }
        answers += 1;
        assert!(answers < 20, "{}: {}", browser.path(), browser.text());
    }
    assert_eq!(browser.h1(), "「健診予約」を開きます");
    browser.press("開く").await;
    let code = parameter(&service.led_to(&browser), "code").unwrap();
    let first = service.exchange(&town, &code, &[]).await;
    assert_eq!(first.status, StatusCode::OK);
    // Signed out in between: password and code, and on.
    browser.visit("/logout").await.press("ログアウトする").await;
    town.clock.advance(hours(1));
    holder.password = holder.who.password.clone();
    browser.visit(&service.request(&[])).await.is_at("/signin", "ログイン");
    browser.fill("ユーザID", &holder.who.login).fill("パスワード", &holder.password).press("ログイン").await;
    holder.show(&town, &mut browser).await;
    assert!(parameter(&service.led_to(&browser), "code").is_some());
    // The address of a request that waits is worth nothing in another browser.
    let mut victim = town.browser(JRP);
    browser.visit("/logout").await.press("ログアウトする").await;
    let redirect = service.look(&town, &victim, &service.request(&[])).await;
    let waiting = parameter(redirect.header("location"), "back").unwrap();
    assert_eq!(victim.visit(&format!("/oidc/{waiting}")).await.status, StatusCode::GONE);
    town.close().await;
}

#[tokio::test]
async fn a_service_may_ask_for_proofs_of_its_own_and_gets_them_once() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = service.known(&town, &mut holder).await;
    let before = service.exchange(&town, &service.code(&town, &browser, &[]).await, &[]).await.json();
    let before =
        claims(&town, JRP, before["id_token"].as_str().unwrap()).await["auth_time"].as_i64().unwrap();
    for wish in [("prompt", "login"), ("max_age", "0")] {
        // Even a moment after the last proofs.
        town.clock.advance(jiff::SignedDuration::from_secs(5));
        browser.visit(&service.request(&[wish])).await;
        holder.show_again(&town, &mut browser).await;
        let code = parameter(&service.led_to(&browser), "code").expect("once is enough");
        let given = service.exchange(&town, &code, &[]).await.json();
        let after =
            claims(&town, JRP, given["id_token"].as_str().unwrap()).await["auth_time"].as_i64().unwrap();
        assert!(after > before, "{wish:?}: {after} after {before}");
    }
    let age = service.look(&town, &browser, &service.request(&[("max_age", "10000")])).await;
    assert!(!service.code_of(&age).is_empty());
    town.clock.advance(minutes(4));
    let silent = service.request(&[("max_age", "100"), ("prompt", "none")]);
    let refused = service.look(&town, &browser, &silent).await;
    assert_eq!(parameter(refused.header("location"), "error").as_deref(), Some("login_required"));
    town.close().await;
}

#[tokio::test]
async fn nothing_of_one_union_is_worth_anything_at_another() {
    let town = Town::in_folder(|folder| {
        with_service_at(folder, JRP);
        with_service_at(folder, JSW);
    })
    .await;
    let (ours, theirs) = (Relying::at(&town, JRP).await, Relying::at(&town, JSW).await);
    assert_ne!(ours.issuer, theirs.issuer);
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = ours.known(&town, &mut holder).await;
    // A code of ours with their secret at their host, with ours there, and with theirs here.
    for (host, secret, expected) in [
        (&theirs.host, &theirs.secret, "invalid_grant"),
        (&theirs.host, &ours.secret, "invalid_client"),
        (&ours.host, &theirs.secret, "invalid_client"),
    ] {
        let code = ours.code(&town, &browser, &[]).await;
        let crossed = Relying { host: host.clone(), secret: secret.clone(), ..ours.clone() };
        assert_eq!(crossed.exchange(&town, &code, &[]).await.json()["error"], expected);
    }
    let code = ours.code(&town, &browser, &[]).await;
    let given = ours.exchange(&town, &code, &[]).await.json();
    let token = given["access_token"].as_str().unwrap();
    assert_eq!(theirs.user_info(&town, token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ours.user_info(&town, token).await.status, StatusCode::OK);
    // Their session and our hint.
    let hint = given["id_token"].as_str().unwrap();
    let answer = theirs
        .look(&town, &town.browser(JSW), &theirs.request(&[("id_token_hint", hint), ("prompt", "none")]))
        .await;
    assert_eq!(parameter(answer.header("location"), "error").as_deref(), Some("login_required"));
    town.close().await;
}

#[tokio::test]
async fn who_asks_for_tokens_has_to_be_a_service_and_is_told_no_as_services_read_it() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let good = service.code(&town, &browser, &[]).await;
    let basic = |id: &str, secret: &str| {
        format!("Basic {}", data_encoding::BASE64.encode(format!("{id}:{secret}").as_bytes()))
    };
    let form = |code: &str, more: &str| {
        let uri = CALLBACK.replace(':', "%3A").replace('/', "%2F");
        format!("grant_type=authorization_code&code={code}&redirect_uri={uri}&code_verifier={VERIFIER}{more}")
    };
    let at = async |authorization: Option<String>, body: String| {
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        if let Some(value) = &authorization {
            headers.push(("authorization", value.as_str()));
        }
        send(&town, &service.host, Method::POST, "/oidc/token", &headers, Body::from(body)).await
    };
    for (authorization, more, status, error) in [
        (None, String::new(), 401, "invalid_client"),
        (Some(basic("yoyaku", "wrong")), String::new(), 401, "invalid_client"),
        (Some(basic("nobody", &service.secret)), String::new(), 401, "invalid_client"),
        (Some(basic("another", &service.secret)), String::new(), 401, "invalid_client"),
        (Some("Bearer x".to_owned()), String::new(), 401, "invalid_client"),
        (Some("Basic %%%".to_owned()), String::new(), 401, "invalid_client"),
        (Some(basic("yoyaku", &service.secret)), "&client_secret=x".to_owned(), 400, "invalid_request"),
        (Some(basic("yoyaku", &service.secret)), "&client_id=another".to_owned(), 401, "invalid_client"),
        (Some(basic("yoyaku", &service.secret)), "&code=x".to_owned(), 400, "invalid_request"),
        (None, "&client_id=yoyaku&client_secret=wrong".to_owned(), 401, "invalid_client"),
    ] {
        let answer = at(authorization.clone(), form(&good, &more)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["error"].as_str()),
            (status, Some(error)),
            "{authorization:?} {more}"
        );
        assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401, "{authorization:?}");
    }
    let none =
        at(Some(basic("yoyaku", &service.secret)), "grant_type=password&username=a&password=b".to_owned())
            .await;
    assert_eq!(none.json()["error"], "unsupported_grant_type");
    // None of that has cost the code; both ways work.
    assert_eq!(at(Some(basic("yoyaku", &service.secret)), form(&good, "")).await.status, StatusCode::OK);
    let code = service.code(&town, &browser, &[]).await;
    let post = format!("&client_id=yoyaku&client_secret={}", service.secret);
    assert_eq!(at(None, form(&code, &post)).await.status, StatusCode::OK);
    for header in [None, Some("Bearer x"), Some("Basic x"), Some("Bearer")] {
        let headers: Vec<(&str, &str)> = header.map(|value| ("authorization", value)).into_iter().collect();
        let answer = ask(&town, &service.host, Method::GET, "/oidc/userinfo", &headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{header:?}");
    }
    town.close().await;
}
