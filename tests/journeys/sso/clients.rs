//! How services show that they are themselves, and what they leave here before they send a browser.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use data_encoding::BASE64URL_NOPAD;
use kenpo_portal::{
    domain::sso::SigningAlgorithm,
    vault::signing::{PublicKey, SigningKey},
    world::Clock as _,
};
use secrecy::SecretSlice;
use serde_json::{Value, json};

use super::{Answered, CALLBACK, Relying, ask, parameter, send, sent, with_own_service, with_service_at};
use crate::{
    holder::{Held, Holder, JRP},
    town::{JSW, Town},
};

/// Names of assertions.
static NAMES: AtomicU64 = AtomicU64::new(1);

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The key of a service's company.
pub struct Company {
    algorithm: SigningAlgorithm,
    pkcs8: SecretSlice<u8>,
    public: PublicKey,
}

impl Company {
    fn new() -> Self {
        let (pkcs8, public) = SigningKey::make().unwrap();
        Self { algorithm: SigningAlgorithm::Es256, pkcs8, public }
    }

    /// One that has an RSA key.
    fn with_rsa() -> Self {
        let (pkcs8, public) = SigningKey::of_pem(include_str!("rsa.pem")).unwrap();
        Self { algorithm: SigningAlgorithm::Rs256, pkcs8, public }
    }

    /// What is in its file.
    fn file(&self) -> String {
        json!({ "keys": [self.public.jwk(self.algorithm)] }).to_string()
    }

    fn key(&self) -> SigningKey {
        SigningKey::opened(self.algorithm, &self.pkcs8).unwrap()
    }

    /// An assertion with these claims.
    fn signed(&self, claims: &Value) -> String {
        self.key().token("JWT", claims).unwrap()
    }

    /// The claims of an assertion that is good, with another name each time.
    fn claims(town: &Town, service: &Relying, changes: &[(&str, Value)]) -> Value {
        let now = town.clock.now().as_second();
        let mut claims = json!({
            "iss": "yoyaku", "sub": "yoyaku", "aud": service.issuer, "iat": now, "exp": now + 60,
            "jti": NAMES.fetch_add(1, Ordering::Relaxed).to_string(),
        });
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        claims
    }

    /// A good assertion.
    fn assertion(&self, town: &Town, service: &Relying) -> String {
        self.signed(&Self::claims(town, service, &[]))
    }
}

/// The union's folder, where the first service signs that it is itself.
fn with_key_at(folder: &Path, slug: &str, company: &Company, line: &str) {
    with_service_at(folder, slug);
    let path = folder.join(format!("{slug}.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    let operator = "operator = \"株式会社よやく\"\n";
    assert_eq!(text.matches(operator).count(), 1);
    let keys = format!("{operator}auth = \"private-key\"\njwks = \"{slug}/yoyaku.json\"\n{line}\n");
    std::fs::write(&path, text.replace(operator, &keys)).unwrap();
    std::fs::write(folder.join(slug).join("yoyaku.json"), company.file()).unwrap();
}

/// Takes tokens for a code by an assertion.
async fn exchange_by(town: &Town, service: &Relying, code: &str, assertion: &str) -> Answered {
    service.exchange(town, code, &by_assertion(assertion)).await
}

/// What is said with an assertion, in the place of a secret.
fn by_assertion(assertion: &str) -> [(&'static str, Option<&str>); 4] {
    [
        ("client_secret", None),
        ("client_id", None),
        ("client_assertion_type", Some(KIND)),
        ("client_assertion", Some(assertion)),
    ]
}

#[tokio::test]
async fn a_service_is_known_by_what_it_signs_and_by_nothing_else() {
    let company = Company::new();
    let town = Town::in_folder(|folder| with_key_at(folder, JRP, &company, "")).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let code = service.code(&town, &browser, &[]).await;
    let good = Company::claims(&town, &service, &[]);
    let changed =
        |name: &str, value: Value| company.signed(&Company::claims(&town, &service, &[(name, value)]));
    let now = town.clock.now().as_second();
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let kid = company.public.kid();
    // Signed by the right key, but for what the header says beside.
    let with_header = |name: &str, value: Value| {
        let header = {
            let mut header = json!({ "alg": "ES256", "kid": kid });
            header[name] = value;
            header
        };
        let signed = format!("{}.{}", part(&header), part(&good));
        let algorithm = &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let rng = ring::rand::SystemRandom::new();
        let pkcs8 = secrecy::ExposeSecret::expose_secret(&company.pkcs8);
        let key = ring::signature::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &rng).unwrap();
        let signature = key.sign(&rng, signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    };
    let stranger = Company::new();
    let bad = [
        ("another's key", stranger.signed(&good)),
        ("no name of a key, another's key", {
            let header = part(&json!({ "alg": "ES256" }));
            let signed = stranger.signed(&good);
            format!("{header}.{}", signed.split_once('.').unwrap().1)
        }),
        ("none", format!("{}.{}.", part(&json!({ "alg": "none", "kid": kid })), part(&good))),
        ("an HMAC", with_header("alg", json!("HS256"))),
        ("another algorithm", with_header("alg", json!("RS256"))),
        ("jku", with_header("jku", json!("https://evil.example/keys"))),
        ("jwk", with_header("jwk", stranger.public.jwk(SigningAlgorithm::Es256))),
        ("x5u", with_header("x5u", json!("https://evil.example/x5u"))),
        ("crit", with_header("crit", json!(["exp"]))),
        ("another name of a key", with_header("kid", json!("nobody"))),
        ("another audience", changed("aud", json!("https://evil.example"))),
        ("another union's", changed("aud", json!("https://jswkenpo.portal.kosmo-web.jp"))),
        ("another service", changed("sub", json!("another"))),
        ("too long", changed("exp", json!(now + 400))),
        ("over", changed("exp", json!(now - 31))),
        ("without end", changed("exp", Value::Null)),
        ("without name", changed("jti", Value::Null)),
        ("too large", changed("x", json!("x".repeat(9000)))),
        ("nothing", String::new()),
        ("no token", "a.b.c".to_owned()),
    ];
    assert!(with_header("typ", json!("JWT")).len() > 100);
    for (what, assertion) in bad {
        let answer = exchange_by(&town, &service, &code, &assertion).await;
        if what == "too large" {
            // More than a service may send at all.
            assert_eq!(answer.json()["error"], "invalid_request", "{what}");
            continue;
        }
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}: {:?}", answer.body);
        assert_eq!(answer.json(), json!({ "error": "invalid_client" }), "{what}");
    }
    // Its secret is none any more, and both at once are no way.
    assert_eq!(service.exchange(&town, &code, &[]).await.json()["error"], "invalid_client");
    let assertion = company.assertion(&town, &service);
    let both = [("client_assertion_type", Some(KIND)), ("client_assertion", Some(assertion.as_str()))];
    assert_eq!(service.exchange(&town, &code, &both).await.json()["error"], "invalid_request");
    let odd = [
        ("client_secret", None),
        ("client_assertion_type", Some("urn:odd")),
        ("client_assertion", Some(assertion.as_str())),
    ];
    assert_eq!(service.exchange(&town, &code, &odd).await.json()["error"], "invalid_client");
    // None of that has used the code up, or the assertion.
    let given = exchange_by(&town, &service, &code, &assertion).await;
    assert_eq!(given.status, StatusCode::OK, "{:?}", given.body);
    // Once.
    let code = service.code(&town, &browser, &[]).await;
    assert_eq!(exchange_by(&town, &service, &code, &assertion).await.json()["error"], "invalid_client");
    for audience in ["/oidc/token", "/oidc/par"] {
        let audience = json!(["https://other.example", format!("{}{audience}", service.issuer)]);
        let assertion = company.signed(&Company::claims(&town, &service, &[("aud", audience)]));
        let code = service.code(&town, &browser, &[]).await;
        assert_eq!(exchange_by(&town, &service, &code, &assertion).await.status, StatusCode::OK);
    }
    // The other service goes by its secret, and not by another's signature.
    let code = service.code_for_other(&town, &browser, &[]).await;
    let as_other = company.signed(&Company::claims(
        &town,
        &service,
        &[("iss", json!("another")), ("sub", json!("another"))],
    ));
    assert_eq!(exchange_by(&town, &service, &code, &as_other).await.json()["error"], "invalid_client");
    assert_eq!(service.as_other(&town, &code, &[]).await.status, StatusCode::OK);
    town.close().await;
}

#[tokio::test]
async fn a_service_may_sign_by_an_rsa_key_by_rs256_and_by_nothing_else() {
    use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
    let company = Company::with_rsa();
    let town = Town::in_folder(|folder| with_key_at(folder, JRP, &company, "")).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let code = service.code(&town, &browser, &[]).await;
    let rng = ring::rand::SystemRandom::new();
    let key = RsaKeyPair::from_pkcs8(secrecy::ExposeSecret::expose_secret(&company.pkcs8)).unwrap();
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let unsigned = |alg: &str| {
        let header = json!({ "alg": alg, "kid": company.public.kid() });
        format!("{}.{}", part(&header), part(&Company::claims(&town, &service, &[])))
    };
    let signed = |alg: &str, by: &'static dyn RsaEncoding| {
        let (text, mut signature) = (unsigned(alg), vec![0; key.public().modulus_len()]);
        key.sign(by, &rng, text.as_bytes(), &mut signature).unwrap();
        format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
    };
    let by_public_key = {
        let text = unsigned("HS256");
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, company.public.as_str().as_bytes());
        format!("{text}.{}", BASE64URL_NOPAD.encode(ring::hmac::sign(&key, text.as_bytes()).as_ref()))
    };
    for (what, assertion) in [
        ("PS256", signed("PS256", &RSA_PSS_SHA256)),
        ("RS512", signed("RS512", &RSA_PKCS1_SHA512)),
        ("said to be RS256, and PS256", signed("RS256", &RSA_PSS_SHA256)),
        ("said to be RS256, and RS512", signed("RS256", &RSA_PKCS1_SHA512)),
        ("said to be ES256", signed("ES256", &RSA_PKCS1_SHA256)),
        ("the public key as a secret", by_public_key),
        ("no signature", format!("{}.", unsigned("RS256"))),
        ("a company's EC key", Company::new().assertion(&town, &service)),
    ] {
        let answer = exchange_by(&town, &service, &code, &assertion).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}: {:?}", answer.body);
        assert_eq!(answer.json(), json!({ "error": "invalid_client" }), "{what}");
    }
    // By its own hand, and by what the program signs with.
    let own = signed("RS256", &RSA_PKCS1_SHA256);
    let given = exchange_by(&town, &service, &code, &own).await;
    assert_eq!(given.status, StatusCode::OK, "{:?}", given.body);
    let assertion = company.assertion(&town, &service);
    let by_key =
        [("client_secret", ""), ("client_assertion_type", KIND), ("client_assertion", assertion.as_str())];
    let left = service.push(&town, &by_key).await;
    assert_eq!(left.status, StatusCode::CREATED, "{:?}", left.body);
    let pushed = service.pushed(left.json()["request_uri"].as_str().unwrap());
    let code = service.code_of(&service.look(&town, &browser, &pushed).await);
    assert_eq!(exchange_by(&town, &service, &code, &own).await.json()["error"], "invalid_client", "once");
    let next = company.assertion(&town, &service);
    assert_eq!(exchange_by(&town, &service, &code, &next).await.status, StatusCode::OK);
    town.close().await;
}

#[tokio::test]
async fn of_many_at_once_with_one_assertion_one_is_the_service() {
    let company = Company::new();
    let town = Town::in_folder(|folder| with_key_at(folder, JRP, &company, "")).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let assertion = company.assertion(&town, &service);
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(service.code(&town, &browser, &[]).await);
    }
    let running: Vec<_> = codes
        .iter()
        .map(|code| {
            let shown = by_assertion(&assertion);
            let (request, router) = (service.exchange_request(code, &shown), town.router.clone());
            tokio::spawn(async move { sent(&router, request).await })
        })
        .collect();
    let mut good = 0;
    for one in running {
        let answer = one.await.unwrap();
        match answer.status {
            StatusCode::OK => good += 1,
            _ => assert_eq!(answer.json()["error"], "invalid_client"),
        }
    }
    assert_eq!(good, 1);
    town.close().await;
}

#[tokio::test]
async fn a_request_that_was_left_here_is_answered_once_and_as_it_was_left() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let left = service.push(&town, &[]).await;
    assert_eq!(left.status, StatusCode::CREATED, "{:?}", left.body);
    assert_eq!(left.header("cache-control"), "no-store, no-transform");
    assert_eq!(left.json()["expires_in"], 90);
    let name = left.json()["request_uri"].as_str().unwrap().to_owned();
    assert!(name.starts_with("urn:ietf:params:oauth:request_uri:"), "{name}");
    // What is fetched ahead uses nothing up; and what stands beside the name changes nothing.
    let path = service.pushed(&name);
    let head = super::sent(&town.router, browser.request(&Method::HEAD, &path, None)).await;
    assert_eq!(head.status, StatusCode::OK);
    let tampered = format!("{path}&redirect_uri=https%3A%2F%2Fevil.example&scope=openid&state=x");
    let answer = service.look(&town, &browser, &tampered).await;
    assert!(answer.header("location").starts_with(CALLBACK), "{}", answer.header("location"));
    assert_eq!(parameter(answer.header("location"), "state").as_deref(), Some("the state"));
    let given = service.exchange(&town, &service.code_of(&answer), &[]).await;
    assert_eq!(given.status, StatusCode::OK);
    let bad = |answer: &Answered, what: &str| {
        assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_REQUEST, ""), "{what}");
    };
    bad(&service.look(&town, &browser, &path).await, "used");
    // Another service's, cut short, too old.
    let other = service.push(&town, &[]).await.json()["request_uri"].as_str().unwrap().to_owned();
    let path = service.pushed(&other).replace("client_id=yoyaku", "client_id=another");
    bad(&service.look(&town, &browser, &path).await, "another's");
    bad(&service.look(&town, &browser, &service.pushed(&other[..other.len() - 1])).await, "cut");
    bad(
        &service.look(&town, &browser, &format!("{}&client_id=yoyaku", service.pushed(&other))).await,
        "twice",
    );
    town.clock.advance(jiff::SignedDuration::from_secs(91));
    bad(&service.look(&town, &browser, &service.pushed(&other)).await, "too old");
    // Any other address is no request.
    let foreign = service.request(&[("request_uri", "https://yoyaku.example.jp/request")]);
    let answer = service.look(&town, &browser, &foreign).await;
    assert_eq!(parameter(answer.header("location"), "error").as_deref(), Some("request_uri_not_supported"));
    // Whoever is not signed in goes on after the sign-in.
    let name = service.push(&town, &[]).await.json()["request_uri"].as_str().unwrap().to_owned();
    let mut stranger = town.browser(JRP);
    stranger.visit(&service.pushed(&name)).await.is_at("/signin", "ログイン");
    stranger.fill("ユーザID", &holder.who.login).fill("パスワード", &holder.password).press("ログイン").await;
    holder.show(&town, &mut stranger).await;
    assert!(parameter(&service.led_to(&stranger), "code").is_some());
    town.close().await;
}

#[tokio::test]
async fn only_a_request_that_could_be_answered_is_kept_and_only_of_whom_it_is() {
    let town = Town::in_folder(|folder| {
        with_service_at(folder, JRP);
        with_service_at(folder, JSW);
    })
    .await;
    let (service, theirs) = (Relying::at(&town, JRP).await, Relying::at(&town, JSW).await);
    for (changes, status, error) in [
        (vec![("client_secret", "wrong")], 401, "invalid_client"),
        (vec![("client_secret", "")], 401, "invalid_client"),
        (vec![("client_secret", theirs.secret.as_str())], 401, "invalid_client"),
        (vec![("client_id", "another")], 401, "invalid_client"),
        (vec![("redirect_uri", "https://evil.example/")], 400, "invalid_request"),
        (vec![("redirect_uri", "")], 400, "invalid_request"),
        (vec![("request_uri", "urn:ietf:params:oauth:request_uri:x")], 400, "invalid_request"),
        (vec![("request", "x")], 400, "request_not_supported"),
        (vec![("response_type", "token")], 400, "unsupported_response_type"),
        (vec![("scope", "profile")], 400, "invalid_scope"),
        (vec![("code_challenge", "")], 400, "invalid_request"),
        (vec![("prompt", "none login")], 400, "invalid_request"),
        (vec![("state", "s"), ("x", "y")], 201, ""),
    ] {
        let answer = service.push(&town, &changes).await;
        assert_eq!(answer.status.as_u16(), status, "{changes:?}: {:?}", answer.body);
        assert_eq!(answer.json()["error"].as_str().unwrap_or_default(), error, "{changes:?}");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for body in
        ["client_id=yoyaku&client_id=yoyaku".to_owned(), format!("x={}", "y".repeat(9000)), "%ff".into()]
    {
        let answer =
            send(&town, &service.host, Method::POST, "/oidc/par", &form, Body::from(body.clone())).await;
        assert_eq!(answer.json()["error"], "invalid_request", "{body}");
    }
    assert_eq!(
        ask(&town, &service.host, Method::GET, "/oidc/par", &[]).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    // Neither the secret nor a name is kept.
    let name = service.push(&town, &[]).await.json()["request_uri"].as_str().unwrap().to_owned();
    let rows = town.rows("sso_pushed").await;
    let rows = format!("{rows:?}");
    assert!(
        !rows.contains(&service.secret.to_lowercase())
            && !rows.contains(&name.rsplit(':').next().unwrap().to_lowercase()),
        "{rows}"
    );
    // A service fills no more than its part.
    let seconds = town.clock.now().as_second() + 60;
    let until = seconds * 1_000_000;
    town.plainly(
        &format!(
            "INSERT INTO sso_pushed (tenant, digest, client, parameters, expires_at)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             SELECT '{JRP}', CAST('x' || i AS BLOB), 'yoyaku', '', {until} FROM n"
        ),
        &format!(
            "INSERT INTO sso_pushed (tenant, digest, client, parameters, expires_at)
             SELECT '{JRP}', convert_to('x' || i, 'UTF8'), 'yoyaku', '', to_timestamp({seconds}) FROM generate_series(1, 5000) AS i"
        ),
    )
    .await;
    let full = service.push(&town, &[]).await;
    assert_eq!(full.status, StatusCode::TOO_MANY_REQUESTS, "{:?}", full.body);
    assert_eq!(
        (full.header("retry-after"), &full.json()["error"]),
        ("60", &json!("temporarily_unavailable"))
    );
    assert_eq!(theirs.push(&town, &[]).await.status, StatusCode::CREATED);
    town.clock.advance(jiff::SignedDuration::from_secs(91));
    assert_eq!(service.push(&town, &[]).await.status, StatusCode::CREATED);
    town.purge().await;
    assert_eq!(town.rows("sso_pushed").await.len(), 1);
    town.close().await;
}

#[tokio::test]
async fn where_the_file_says_so_only_what_was_left_here_is_answered() {
    let company = Company::new();
    let town = Town::in_folder(|folder| with_key_at(folder, JRP, &company, "require_par = true")).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let answer = service.look(&town, &browser, &service.request(&[])).await;
    assert_eq!(parameter(answer.header("location"), "error").as_deref(), Some("invalid_request"));
    let assertion = company.assertion(&town, &service);
    let by_key =
        [("client_secret", ""), ("client_assertion_type", KIND), ("client_assertion", assertion.as_str())];
    let left = service.push(&town, &by_key).await;
    assert_eq!(left.status, StatusCode::CREATED, "{:?}", left.body);
    assert_eq!(service.push(&town, &by_key).await.json()["error"], "invalid_client", "once");
    browser.visit(&service.pushed(left.json()["request_uri"].as_str().unwrap())).await.press("開く").await;
    let code = parameter(&service.led_to(&browser), "code").unwrap();
    let assertion = company.assertion(&town, &service);
    assert_eq!(exchange_by(&town, &service, &code, &assertion).await.status, StatusCode::OK);
    town.close().await;
}

#[tokio::test]
async fn one_wrong_server_does_not_keep_the_right_one_out() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let code = service.code(&town, &browser, &[]).await;
    let wrong = [("client_secret", Some("wrong"))];
    for n in 0..30 {
        assert_eq!(service.exchange(&town, &code, &wrong).await.status, StatusCode::UNAUTHORIZED, "{n}");
    }
    for answer in [service.exchange(&town, &code, &wrong).await, service.exchange(&town, &code, &[]).await] {
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(
            (answer.header("retry-after"), answer.json()),
            ("60", json!({ "error": "invalid_client" }))
        );
    }
    assert_eq!(service.push(&town, &[]).await.status, StatusCode::TOO_MANY_REQUESTS, "the same at both");
    // From elsewhere the service is itself, and so is another service from there.
    let mut request = service.exchange_request(&code, &[]);
    let elsewhere = std::net::IpAddr::from([203, 0, 113, 9]);
    request.extensions_mut().insert(kenpo_portal::web::client::Peer(elsewhere));
    assert_eq!(sent(&town.router, request).await.status, StatusCode::OK);
    let code = service.code_for_other(&town, &browser, &[]).await;
    assert_eq!(service.as_other(&town, &code, &[]).await.status, StatusCode::OK);
    // A minute later they are let try again.
    town.clock.advance(jiff::SignedDuration::from_secs(61));
    let code = service.code(&town, &browser, &[("prompt", "none")]).await;
    assert_eq!(service.exchange(&town, &code, &[]).await.status, StatusCode::OK);
    town.close().await;
}
