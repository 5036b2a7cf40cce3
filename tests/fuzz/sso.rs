//! Single sign-on: what services and strangers send to be answered, and what a service signs to be known.

use jiff::civil::date;
use kenpo_portal::{
    domain::sso::{
        ClientKey, SigningAlgorithm, assertion,
        request::{Parameters, answer_at, client_of, read},
    },
    tenants::{LoadOptions, load},
    vault::signing::{SigningKey, claimed, verified_by},
};
use serde_json::json;

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

/// What is answered is what was registered; and whatever is sent along comes back as it came, and nothing else.
#[test]
fn sso_request() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("_defaults.toml", include_str!("../../tenants/_defaults.toml"));
    write("midorikenpo.toml", include_str!("../tenants/midorikenpo.toml"));
    write("midorikenpo/logo.svg", include_str!("../tenants/midorikenpo/logo.svg"));
    write("midorikenpo/terms.md", include_str!("../tenants/midorikenpo/terms.md"));
    let options = LoadOptions { today: date(2026, 4, 1), ..LoadOptions::default() };
    let loaded = load(dir.path(), &options).unwrap();
    let tenant = loaded.tenants.iter().next().unwrap().clone();
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
