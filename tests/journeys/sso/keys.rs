//! The keys by which a union signs, and the secrets of its services.

use axum::http::{Method, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use kenpo_portal::{
    domain::{
        sso::{SigningAlgorithm, key::SigningState},
        tenant::TenantSlug,
    },
    vault::signing::{PublicKey, SigningKey, verified},
};
use serde_json::Value;
use sha2::Digest as _;

use super::{Relying, UNION, ask, with_own_service, with_service};
use crate::{
    holder::{Held, Holder, JRP},
    town::{MGC, Town, at_the_desk, hours},
};

async fn jwks(town: &Town, slug: &str) -> Vec<Value> {
    let host = town.tenant(slug).hosts.primary.clone();
    let answer = ask(town, &host, Method::GET, "/oidc/jwks", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()["keys"].as_array().unwrap().clone()
}

fn slug(text: &str) -> TenantSlug {
    TenantSlug::parse(text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_union_has_a_key_of_its_own_and_only_its_public_part_is_told() {
    let town = Town::open().await;
    assert!(jwks(&town, UNION).await.is_empty(), "before the job has come by");
    // All nodes at once: one key.
    let portal = town.app.portal();
    let mut running = Vec::new();
    for _ in 0..16 {
        let portal = portal.clone();
        running.push(tokio::spawn(async move { portal.make_first_sso_key(&slug(UNION)).await.unwrap() }));
    }
    let mut made = 0;
    for one in running {
        made += u32::from(one.await.unwrap());
    }
    assert_eq!(made, 1);
    assert!(portal.make_first_sso_key(&slug(MGC)).await.unwrap());
    let everywhere = town.store().everywhere();
    assert_eq!(everywhere.with_sso_key("ES256").await.unwrap(), [UNION, MGC]);
    let (ours, theirs) = (jwks(&town, UNION).await, jwks(&town, MGC).await);
    assert_eq!((ours.len(), theirs.len()), (1, 1));
    assert_ne!(ours[0]["x"], theirs[0]["x"]);
    for key in [&ours[0], &theirs[0]] {
        let mut names: Vec<&String> = key.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"], "nothing private: {key}");
        assert_eq!(
            (&key["alg"], &key["use"], &key["crv"]),
            (&"ES256".into(), &"sig".into(), &"P-256".into())
        );
    }
    town.close().await;
}

#[tokio::test]
async fn a_new_key_is_published_a_day_before_it_signs_and_the_old_one_a_day_after_its_last_token() {
    let town = Town::open().await;
    let portal = town.app.portal();
    let tenant = town.tenant(UNION);
    portal.make_first_sso_key(&tenant.slug).await.unwrap();
    let states = async || -> Vec<SigningState> {
        portal.sso_keys(&tenant.slug).await.unwrap().into_iter().map(|listed| listed.state).collect()
    };
    assert_eq!(states().await, [SigningState::Signs]);
    let next = portal.bring_sso_key(&tenant, None, false, at_the_desk()).await.unwrap().unwrap();
    let published = async || -> Vec<String> {
        jwks(&town, UNION).await.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states().await, [SigningState::Signs, SigningState::Next]);
    assert!(published().await.contains(&next.kid), "published at once");
    town.clock.advance(hours(23));
    assert_eq!(states().await, [SigningState::Signs, SigningState::Next]);
    town.clock.advance(hours(1));
    assert_eq!(states().await, [SigningState::Retired, SigningState::Signs]);
    assert_eq!(published().await.len(), 2);
    town.clock.advance(hours(25));
    assert_eq!(states().await, [SigningState::Gone, SigningState::Signs]);
    assert_eq!(published().await, std::slice::from_ref(&next.kid));
    // One that has leaked is replaced at once.
    let emergency = portal.bring_sso_key(&tenant, None, true, at_the_desk()).await.unwrap().unwrap();
    assert_eq!(published().await, [emergency.kid]);
    assert_eq!(town.count(UNION, "sso-key-made").await, 2);
    town.close().await;
}

#[tokio::test]
async fn a_service_that_knows_only_rs256_gets_it_once_there_is_a_key() {
    let with_rsa = |text: String| {
        let text = with_own_service(text);
        text.replacen(
            "operator = \"株式会社よやく\"",
            "operator = \"株式会社よやく\"\nsigning = \"RS256\"",
            1,
        )
    };
    let town = Town::edited(JRP, with_rsa).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let code = service.code(&town, &browser, &[]).await;
    let none = service.exchange(&town, &code, &[]).await;
    assert_eq!(none.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(none.json()["error"], "temporarily_unavailable");
    let (portal, tenant) = (town.app.portal(), town.tenant(JRP));
    let rsa = SigningKey::of_pem(include_str!("rsa.pem")).unwrap();
    portal.bring_sso_key(&tenant, Some(rsa), false, at_the_desk()).await.unwrap().unwrap();
    let code = service.code(&town, &browser, &[]).await;
    let given = service.exchange(&town, &code, &[]).await;
    assert_eq!(given.status, StatusCode::OK, "{:?}", given.body);
    let given = given.json();
    let token = given["id_token"].as_str().unwrap();
    let head = token.split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(head.as_bytes()).unwrap()).unwrap();
    let published = jwks(&town, JRP).await;
    assert_eq!(published.len(), 2, "the other services keep theirs");
    let key = published.iter().find(|key| key["kid"] == header["kid"]).unwrap();
    assert_eq!((&key["kty"], &key["alg"], &header["alg"]), (&"RSA".into(), &"RS256".into(), &"RS256".into()));
    let (n, e) = (key["n"].as_str().unwrap(), key["e"].as_str().unwrap());
    let public = PublicKey::kept(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
    let claims =
        verified(token, |_| Some((SigningAlgorithm::Rs256, public))).expect("a signature that verifies");
    assert_eq!((&claims["aud"], &claims["nonce"]), (&"yoyaku".into(), &"the nonce".into()));
    // The access token beside it is the one that it speaks of (OpenID Connect Core, 3.1.3.6).
    let hash = sha2::Sha256::digest(given["access_token"].as_str().unwrap().as_bytes());
    assert_eq!(claims["at_hash"], BASE64URL_NOPAD.encode(&hash[..16]));
    // It is a hint as well.
    let hinted = service.request(&[("prompt", "none"), ("id_token_hint", token)]);
    assert!(!service.code_of(&service.look(&town, &browser, &hinted).await).is_empty());
    town.close().await;
}

#[tokio::test]
async fn a_key_that_was_withdrawn_on_another_node_signs_for_a_second_more_at_most() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let kid = async || {
        let code = service.code(&town, &browser, &[]).await;
        let given = service.exchange(&town, &code, &[]).await.json();
        let head = given["id_token"].as_str().unwrap().split('.').next().unwrap().to_owned();
        let header: Value =
            serde_json::from_slice(&BASE64URL_NOPAD.decode(head.as_bytes()).unwrap()).unwrap();
        header["kid"].as_str().unwrap().to_owned()
    };
    let leaked = kid().await;
    let tenant = town.tenant(JRP);
    let elsewhere = town.node_with(town.clock.clone());
    let other = elsewhere.app().portal();
    let new = other.bring_sso_key(&tenant, None, true, at_the_desk()).await.unwrap().unwrap();
    assert_ne!(new.kid, leaked);
    town.clock.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(kid().await, new.kid);
    let published: Vec<Value> = jwks(&town, JRP).await.iter().map(|key| key["kid"].clone()).collect();
    assert_eq!(published, [new.kid.as_str()]);
    // A secret that was dropped there is none here either.
    let code = service.code(&town, &browser, &[]).await;
    assert!(other.drop_sso_secret(&tenant, "yoyaku", 1, at_the_desk()).await.unwrap());
    town.clock.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(service.exchange(&town, &code, &[]).await.json()["error"], "invalid_client");
    town.close().await;
}

#[tokio::test]
async fn the_keys_are_read_by_every_site_kept_a_quarter_of_an_hour_and_told_during_maintenance() {
    let town = Town::edited(UNION, |text| text.replacen("status", "status = \"maintenance\" # ", 1)).await;
    let tenant = town.tenant(UNION);
    town.app.portal().make_first_sso_key(&tenant.slug).await.unwrap();
    let host = &tenant.hosts.primary;
    let answer = ask(&town, host, Method::GET, "/oidc/jwks", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    for (name, value) in [
        ("content-type", "application/jwk-set+json"),
        ("cache-control", "public, max-age=900"),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert_eq!(answer.header("set-cookie"), "");
    let tag = answer.header("etag").to_owned();
    let again = ask(&town, host, Method::GET, "/oidc/jwks", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    // Everything else is closed meanwhile.
    assert_eq!(ask(&town, host, Method::GET, "/", &[]).await.status, StatusCode::SERVICE_UNAVAILABLE);
    town.close().await;
}

#[tokio::test]
async fn a_service_has_two_secrets_at_most_and_what_they_are_is_kept_nowhere() {
    let town = Town::edited(UNION, with_service).await;
    let (portal, tenant) = (town.app.portal(), town.tenant(UNION));
    let why = || at_the_desk();
    let first = portal.make_sso_secret(&tenant, "yoyaku", why()).await.unwrap().unwrap();
    let second = portal.make_sso_secret(&tenant, "yoyaku", why()).await.unwrap().unwrap();
    assert!(portal.make_sso_secret(&tenant, "yoyaku", why()).await.unwrap().is_none(), "two are enough");
    assert_ne!(first.expose(), second.expose());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    assert!(first.expose().len() == 43 && first.expose().chars().all(is_plain), "no character to be escaped");
    assert!(portal.drop_sso_secret(&tenant, "yoyaku", 1, why()).await.unwrap());
    assert!(!portal.drop_sso_secret(&tenant, "yoyaku", 1, why()).await.unwrap());
    let third = portal.make_sso_secret(&tenant, "yoyaku", why()).await.unwrap().unwrap();
    let kept = portal.sso_secrets(&tenant).await.unwrap();
    assert_eq!(kept.iter().map(|row| row.place).collect::<Vec<_>>(), [1, 2]);
    let dump = format!("{:?} {kept:?} {first:?}", town.dump().await);
    for secret in [&first, &second, &third] {
        assert!(!dump.contains(secret.expose()));
    }
    assert_eq!(town.count(UNION, "sso-secret-made").await, 3);
    assert_eq!(town.count(UNION, "sso-secret-dropped").await, 1);
    town.close().await;
}
