//! Single sign-on: what services and strangers send to be answered, what a service signs and says to be known, and where a
//! browser goes that was signed out.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequest as _, Request},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use data_encoding::BASE64;
use http_body_util::BodyExt as _;
use jiff::civil::date;
use kenpo_portal::{
    domain::{
        sso::{
            ClientKey, SigningAlgorithm, assertion,
            end_session::WayBack,
            request::{Parameters, answer_at, client_of, read},
        },
        tenant::Tenant,
    },
    portal::sso::client::ClientProof,
    tenants::{LoadOptions, load},
    vault::signing::{SigningKey, claimed, verified_by},
    web::sso::{
        asked::{parameters, query_of},
        service::FromService,
    },
};
use serde_json::{Value, json};

use crate::engine::{Target, fuzz};

const WORDS: &[&str] = &[
    "client_id=mieru",
    "redirect_uri=https%3A%2F%2Fmieru.example.jp%2Fcallback",
    "response_type=code",
    "scope=openid",
    "&",
    "=",
    "%00",
    "%ff",
    "+",
    "#",
    "prompt=none",
    "prompt=login+none",
    "max_age=0",
    "acr_values=phr",
    "code_challenge_method=S256",
    "code_challenge_method=plain",
    "request_uri=urn:ietf:params:oauth:request_uri:",
    "state=",
    "nonce=",
];

const GOOD: &str = "client_id=mieru&redirect_uri=https%3A%2F%2Fmieru.example.jp%2Fcallback&response_type=code\
                    &scope=openid+profile&state=s&nonce=n&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
                    &code_challenge_method=S256&prompt=login&max_age=5&acr_values=phr";

/// A union with one service, as its file was edited.
fn union(edit: impl Fn(String) -> String) -> Arc<Tenant> {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("_defaults.toml", include_str!("../../tenants/_defaults.toml"));
    write("midorikenpo.toml", &edit(include_str!("../tenants/midorikenpo.toml").to_owned()));
    write("midorikenpo/logo.svg", include_str!("../tenants/midorikenpo/logo.svg"));
    write("midorikenpo/terms.md", include_str!("../tenants/midorikenpo/terms.md"));
    let options = LoadOptions { today: date(2026, 4, 1), ..LoadOptions::default() };
    let loaded = load(dir.path(), &options).unwrap();
    loaded.tenants.iter().next().expect("the union's file is right").clone()
}

/// What is answered is what was registered; and whatever is sent along comes back as it came, and nothing else.
#[test]
fn sso_request() {
    let tenant = union(|text| text);
    let target = Target {
        name: "sso_request",
        seeds: vec![GOOD.into(), GOOD.replace("prompt=login", "prompt=none&id_token_hint=a.b.c").into()],
        words: WORDS,
        longest: 8 * 1024,
        own: None,
        inputs: 2000,
    };
    fuzz(&target, |input| {
        let Some(asked) = std::str::from_utf8(input).ok().and_then(Parameters::of_form) else { return };
        // Another reading of the same text.
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(input).map(|(name, value)| (name.into(), value.into())).collect();
        let all = |name: &str| -> Vec<&str> {
            pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
        };
        let Ok((_, client)) = client_of(&tenant, &asked) else { return };
        assert_eq!(all("client_id"), ["mieru"]);
        assert_eq!(all("redirect_uri"), ["https://mieru.example.jp/callback"]);
        let Ok(read) = read(client, &asked) else { return };
        for (name, _) in &pairs {
            assert_eq!(all(name).len(), 1, "{name} twice");
        }
        assert_eq!(all("response_type"), ["code"]);
        let scope = all("scope").concat();
        assert!(scope.split(' ').any(|word| word == "openid"));
        assert!(read.scopes.iter().all(|given| {
            client.scopes.contains(given) && scope.split(' ').any(|word| word == given.as_str())
        }));
        let challenge = read.challenge.as_deref().expect("the file demands one");
        assert_eq!((all("code_challenge"), all("code_challenge_method")), (vec![challenge], vec!["S256"]));
        assert!(!(read.prompt.none && (read.prompt.login || read.prompt.consent)));
        let state = read.state.as_deref().unwrap_or_default();
        assert_eq!(all("state").concat(), state);
        assert_eq!(all("nonce").concat(), read.nonce.as_deref().unwrap_or_default());
        // The way back is the registered one, with the state as it came.
        let address = answer_at(&read.redirect_uri, &[("code", "c"), ("state", state)]);
        let address = url::Url::parse(&address).unwrap();
        assert_eq!((address.host_str(), address.path()), (Some("mieru.example.jp"), "/callback"));
        assert!(address.fragment().is_none());
        let back: Vec<(String, String)> =
            address.query_pairs().map(|(name, value)| (name.into(), value.into())).collect();
        assert_eq!(back, [("code".to_owned(), "c".to_owned()), ("state".to_owned(), state.to_owned())]);
        // What is left beforehand is the same request.
        let pushed = Parameters::of_form(&asked.pushed("mieru").as_form()).unwrap();
        assert_eq!(kenpo_portal::domain::sso::request::read(client, &pushed).ok(), Some(read));
    });
}

/// Only what the service signed is believed, and only for as long as it says.
#[test]
fn sso_assertion() {
    let (pkcs8, public) = SigningKey::make().unwrap();
    let key = SigningKey::opened(SigningAlgorithm::Es256, &pkcs8).unwrap();
    let now = jiff::Timestamp::from_second(1_800_000_000).unwrap();
    let claims = |exp: i64| json!({ "iss": "mieru", "sub": "mieru", "aud": "https://union.example.jp", "exp": exp, "jti": "1" });
    let seeds: Vec<String> =
        [1_800_000_060, 1_700_000_000].map(|exp| key.token("JWT", &claims(exp)).unwrap()).into();
    let signed: Vec<String> = seeds.iter().map(|seed| seed.rsplit_once('.').unwrap().0.to_owned()).collect();
    let kid = Some(public.kid());
    let keys = [ClientKey { kid, algorithm: SigningAlgorithm::Es256, public: public.as_str().to_owned() }];
    let audiences = ["https://union.example.jp".to_owned()];
    let target = Target {
        name: "sso_assertion",
        seeds: seeds.iter().map(|seed| seed.clone().into_bytes()).collect(),
        words: &["eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9", ".", "..", "=", "e30"],
        longest: 9 * 1024,
        own: None,
        inputs: 2000,
    };
    fuzz(&target, |input| {
        let Ok(token) = std::str::from_utf8(input) else { return };
        let said = claimed(token, "iss");
        let Some(found) = verified_by(token, &keys) else { return };
        let (head, _) = token.rsplit_once('.').unwrap();
        assert!(signed.iter().any(|known| known == head), "nobody signed {head}");
        assert_eq!(said.as_deref(), Some("mieru"));
        let good = assertion::checked(&found, "mieru", &audiences, now);
        assert_eq!(good.is_some(), found["exp"] == 1_800_000_060, "{found}");
        assert!(assertion::checked(&found, "another", &audiences, now).is_none());
    });
}

/// What a service was told instead: the one error for each status, as JSON. `length`: of the form that it sent, in bytes.
async fn refusal(refused: Response, length: usize) -> &'static str {
    let status = refused.status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        assert!(length > 64 * 1024);
        return "too large";
    }
    let body = refused.into_body().collect().await.unwrap().to_bytes();
    let told: Value = serde_json::from_slice(&body).expect("services read JSON");
    let error = match status {
        StatusCode::BAD_REQUEST => "invalid_request",
        StatusCode::UNAUTHORIZED => "invalid_client",
        _ => panic!("{status}"),
    };
    assert_eq!(told, json!({ "error": error }));
    error
}

/// What a service sends by itself, at `/oidc/token` and `/oidc/par`: the first line is the header that says who it is.
#[test]
fn sso_service() {
    let pair = |text: &str| format!("Basic {}", BASE64.encode(text.as_bytes()));
    let form =
        "grant_type=authorization_code&code=abc&redirect_uri=https%3A%2F%2Fmieru.example.jp%2Fcallback";
    let secret = "fD9h2kQ0Zr8yXvPq1LmN3sTuWb5cE6gH7iJ4oKlAaBc";
    let assertion = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let seeds = [
        format!("{}\n{form}", pair(&format!("mieru:{secret}"))),
        format!("{}\n{form}&client_id=mi+eru", pair(&format!("mi%20eru:{secret}"))),
        format!("\n{form}&client_id=mieru&client_secret={secret}"),
        format!("\n{form}&client_assertion_type={assertion}&client_assertion=a.b.c"),
        format!("\n{GOOD}&client_secret={secret}"),
    ];
    let target = Target {
        name: "sso_service",
        seeds: seeds.map(String::into_bytes).into(),
        words: &[
            "client_id=mieru",
            "client_secret=",
            "client_assertion=",
            "client_assertion_type=",
            "code_verifier=",
            "Basic ",
            "basic ",
            "bWllcnU6eA==",
            "&",
            "=",
            "%00",
            "%ff",
            "+",
            ":",
            "\n",
        ],
        longest: 70 * 1024,
        own: None,
        inputs: 2000,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    fuzz(&target, |input| {
        let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        let (head, body) = (&input[..at], input.get(at + 1..).unwrap_or_default());
        let Ok(said) = HeaderValue::from_bytes(head) else { return "no header" };
        let mut request = Request::post("/oidc/token").body(Body::from(body.to_vec())).unwrap();
        if !head.is_empty() {
            request.headers_mut().insert(header::AUTHORIZATION, said.clone());
        }
        // Another reading of the same form.
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        let all = |name: &str| -> Vec<&str> {
            pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
        };
        let FromService { form, claim } = match runtime.block_on(FromService::from_request(request, &())) {
            Ok(read) => read,
            Err(refused) => return runtime.block_on(refusal(refused, body.len())),
        };
        for (name, value) in &pairs {
            assert_eq!(all(name).len(), 1, "{name} twice");
            assert_eq!(form.get(name).unwrap_or_default(), value);
        }
        // Who it is was said in one way.
        let header_says = !head.is_empty();
        let ways = [
            header_says,
            all("client_secret").iter().any(|secret| !secret.is_empty()),
            all("client_assertion_type").iter().any(|kind| !kind.is_empty()),
        ];
        assert!(ways.into_iter().filter(|way| *way).count() <= 1, "{ways:?}");
        if let Some(id) = form.get("client_id") {
            assert_eq!(claim.id.as_deref(), Some(id), "one service and no other");
        }
        let told = format!("{:?}{form:?}", claim.proof);
        assert!(!told.contains(secret) && !told.contains("a.b.c"), "{told}");
        match claim.proof {
            ClientProof::Assertion(assertion) => {
                assert_eq!(all("client_assertion"), [assertion.as_str()]);
                "an assertion"
            }
            ClientProof::Secret(Some(shown)) if header_says => {
                let text = said.to_str().unwrap();
                let pair = BASE64.decode(text.split_once(' ').unwrap().1.trim().as_bytes()).unwrap();
                assert!(String::from_utf8(pair).unwrap().contains(':') && !shown.expose().is_empty());
                "a secret in the header"
            }
            ClientProof::Secret(Some(shown)) => {
                assert_eq!(all("client_secret"), [shown.expose()]);
                "a secret in the form"
            }
            ClientProof::Secret(None) => "nothing",
        }
    });
}

/// Where a browser goes that was signed out: to what was registered to the character, with the state as it came, or nowhere.
#[test]
fn sso_logout() {
    const BACK: &str = "https://mieru.example.jp/bye?from=portal";
    let tenant = union(|text| format!("{text}post_logout_redirect_uris = [\"{BACK}\"]\n"));
    let (_, client) = tenant.client("mieru").unwrap();
    let good = "id_token_hint=a.b.c&post_logout_redirect_uri=https%3A%2F%2Fmieru.example.jp%2Fbye%3Ffrom%3Dportal&state=s+%26t";
    let target = Target {
        name: "sso_logout",
        seeds: vec![good.into(), format!("{good}&client_id=mieru&ui_locales=ja&logout_hint=x").into()],
        words: &[
            "post_logout_redirect_uri=",
            "https%3A%2F%2Fmieru.example.jp%2Fbye%3Ffrom%3Dportal",
            "https%3A%2F%2Fevil.example%2F",
            "state=",
            "&",
            "=",
            "%0D%0A",
            "%00",
            "%ff",
            "+",
            "#",
        ],
        longest: 9 * 1024,
        own: None,
        inputs: 2000,
    };
    fuzz(&target, |input| {
        // A form becomes the same query, in which nothing ends the line.
        let query = query_of(input);
        if let Some(query) = &query {
            assert!(query.bytes().all(|byte| byte.is_ascii_graphic()), "{query}");
            let as_pairs = |text: &[u8]| -> Vec<(String, String)> {
                url::form_urlencoded::parse(text).into_owned().collect()
            };
            assert_eq!(as_pairs(query.as_bytes()), as_pairs(input));
        }
        let asked = query.as_deref().and_then(parameters).unwrap_or_default();
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(input).into_owned().collect();
        let uris: Vec<&str> = pairs
            .iter()
            .filter(|(name, value)| name == "post_logout_redirect_uri" && !value.is_empty())
            .map(|(_, value)| value.as_str())
            .collect();
        let back = WayBack::of(&asked, Some(client));
        assert_ne!(WayBack::of(&asked, None), WayBack::Registered);
        if back == WayBack::Registered {
            assert_eq!(uris, [BACK]);
            let state: Vec<_> = asked.get("state").map(|state| ("state", state)).into_iter().collect();
            let address = url::Url::parse(&answer_at(BACK, &state)).unwrap();
            assert_eq!((address.host_str(), address.path()), (Some("mieru.example.jp"), "/bye"));
            let told =
                address.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
            assert_eq!(told.as_deref(), asked.get("state"));
        }
        (query.is_some(), matches!(back, WayBack::Registered), uris.len().min(3))
    });
}
