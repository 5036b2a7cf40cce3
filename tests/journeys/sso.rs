//! Single sign-on: services that open without a second login. What each union signs with in [`keys`], a member's way to a
//! service in [`codes`], where they may be sent in [`returns`], how strongly they have to be
//! signed in in [`strength`].

use std::path::Path;

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use kenpo_portal::web::client::Peer;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{
    holder::{Holder, JRP},
    town::{Browser, Town, at_the_desk},
};

mod by_service;
mod clients;
mod codes;
mod endings;
mod keys;
mod returns;
mod strength;
mod subjects;
mod told;

/// The union of the stories about keys.
pub const UNION: &str = crate::town::JSW;

/// Where the service wants to be answered.
pub const CALLBACK: &str = "https://yoyaku.example.jp/callback";
/// What it shows with a code, and its digest (RFC 7636, appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Two services that members are signed in to: one that works for the union, and another company's.
const SERVICES: &str = r#"
[[services]]
id = "yoyaku"
label = "健診予約"
url = "https://yoyaku.example.jp/"

[services.sso]
client_id = "yoyaku"
operator = "株式会社よやく"
relation = "entrusted"
purpose = "health-insurance"
redirect_uris = ["https://yoyaku.example.jp/callback"]
scopes = ["openid", "profile", "email", "kenpo_insured", "birthdate", "kenpo_union"]

[[services]]
id = "another"
label = "べつの会社"
url = "https://betsu.example.jp/"

[services.sso]
client_id = "another"
operator = "株式会社べつ"
relation = "third-party"
purpose = "other"
redirect_uris = ["https://betsu.example.jp/callback"]
pkce = "nonce"
scopes = ["openid", "profile"]
"#;

/// A union's file with a service that members are signed in to.
pub fn with_service(text: String) -> String {
    with_own_service(text)
}

/// A union's file with two services that members are signed in to.
pub fn with_own_service(text: String) -> String {
    text + SERVICES
}

/// The same, in a folder.
pub fn with_service_at(folder: &Path, slug: &str) {
    let path = folder.join(format!("{slug}.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, with_own_service(text)).unwrap();
}

/// What was answered.
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answered {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| panic!("{fault}: {:?}", self.body))
    }
}

/// Sends a request and takes the answer as it is.
pub async fn sent(router: &Router, request: Request<Body>) -> Answered {
    let response = router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    Answered { status: head.status, headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
}

/// A request of a program, which has no cookies.
pub async fn ask(town: &Town, host: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> Answered {
    send(town, host, method, path, headers, Body::empty()).await
}

/// The same with a body.
pub async fn send(
    town: &Town,
    host: &str,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Body,
) -> Answered {
    sent(&town.router, of_program(host, method, path, headers, body)).await
}

fn of_program(host: &str, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let peer = Peer(std::net::IpAddr::from([198, 51, 100, 7]));
    request.extension(peer).body(body).unwrap()
}

/// The value of a parameter in an address.
pub fn parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
    pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// A service, as its company runs it.
#[derive(Clone)]
pub struct Relying {
    pub host: String,
    pub issuer: String,
    pub secret: String,
    /// The secret of the other service.
    pub others: String,
}

#[expect(clippy::unused_self, reason = "read as what the service does")]
impl Relying {
    /// The services of [`JRP`].
    pub async fn new(town: &Town) -> Self {
        Self::at(town, JRP).await
    }

    /// Those of that union.
    pub async fn at(town: &Town, slug: &str) -> Self {
        let (portal, tenant) = (town.app.portal(), town.tenant(slug));
        portal.make_first_sso_key(&tenant.slug).await.unwrap();
        let mut secrets = Vec::new();
        for client in ["yoyaku", "another"] {
            let secret = portal.make_sso_secret(&tenant, client, at_the_desk()).await.unwrap().unwrap();
            secrets.push(secret.expose().to_owned());
        }
        let host = tenant.hosts.primary.clone();
        let issuer = format!("https://{host}");
        Self { host, issuer, secret: secrets[0].clone(), others: secrets[1].clone() }
    }

    /// The address to which it sends a browser; with other values, and without those that are empty.
    pub fn request(&self, changes: &[(&str, &str)]) -> String {
        let usual = [
            ("client_id", "yoyaku"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile email kenpo_insured birthdate kenpo_union"),
            ("state", "the state"),
            ("nonce", "the nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut all: Vec<(&str, &str)> = usual.into();
        for (name, value) in changes {
            all.retain(|(known, _)| known != name);
            all.push((name, value));
        }
        all.retain(|(_, value)| !value.is_empty());
        format!("/oidc/authorize?{}", serde_urlencoded::to_string(all).unwrap())
    }

    /// The same of the other service.
    pub fn request_of(&self, client: &str, changes: &[(&str, &str)]) -> String {
        let own = [("client_id", client), ("redirect_uri", "https://betsu.example.jp/callback")];
        let mut all: Vec<(&str, &str)> =
            own.into_iter().filter(|(name, _)| !changes.iter().any(|(c, _)| c == name)).collect();
        all.extend(changes);
        self.request(&all)
    }

    /// What a browser is answered, as it is.
    pub async fn look(&self, town: &Town, browser: &Browser, path: &str) -> Answered {
        let mut request = browser.request(&Method::GET, path, None);
        request.headers_mut().insert(header::HOST, self.host.parse().unwrap());
        sent(&town.router, request).await
    }

    /// The code that a browser was sent back with.
    pub fn code_of(&self, answer: &Answered) -> String {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{:?}", answer.body);
        let place = answer.header("location");
        parameter(place, "code").unwrap_or_else(|| panic!("no code: {place}"))
    }

    /// Where the page leads on to that the browser shows.
    pub fn led_to(&self, browser: &Browser) -> String {
        assert_eq!(browser.h1(), "サービスへ移動しています", "{}", browser.text());
        let page = browser.page();
        let address = page.split("content=\"0;url=").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let address = address.replace("&amp;", "&").replace("&#38;", "&");
        assert!(address.starts_with("https://"), "{address}");
        // The same stands in the link, for whoever stays.
        assert_eq!(page.matches("https://yoyaku.example.jp/callback?").count() % 2, 0);
        address
    }

    /// Says yes to the notice.
    pub async fn accept(&self, browser: &mut Browser) {
        browser.visit(&self.request(&[])).await.press("開く").await;
        self.led_to(browser);
    }

    /// A member who is signed in and was told of the service.
    pub async fn known(&self, town: &Town, holder: &mut Holder) -> Browser {
        let mut browser = holder.sign_in(town).await;
        self.accept(&mut browser).await;
        browser
    }

    /// A code for whoever is signed in.
    pub async fn code(&self, town: &Town, browser: &Browser, changes: &[(&str, &str)]) -> String {
        self.code_of(&self.look(town, browser, &self.request(changes)).await)
    }

    /// A code of the other service, whose consent is given here.
    pub async fn code_for_other(&self, town: &Town, browser: &Browser, changes: &[(&str, &str)]) -> String {
        let mut own = Browser::new(town.router.clone(), self.host.clone(), town.mailbox());
        own.cookies.clone_from(&browser.cookies);
        own.visit(&self.request_of("another", changes)).await.press("同意して開く").await;
        parameter(&self.led_to(&own), "code").unwrap()
    }

    /// The request that takes tokens for a code; with other values, and without those that are `None`.
    pub fn exchange_request(&self, code: &str, changes: &[(&str, Option<&str>)]) -> Request<Body> {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("client_id", "yoyaku"),
            ("client_secret", self.secret.as_str()),
        ];
        let mut all: Vec<(&str, Option<&str>)> =
            usual.iter().map(|(name, value)| (*name, Some(*value))).collect();
        for (name, value) in changes {
            all.retain(|(known, _)| known != name);
            all.push((name, *value));
        }
        let pairs: Vec<(&str, &str)> =
            all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let form = serde_urlencoded::to_string(pairs).unwrap();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        of_program(&self.host, Method::POST, "/oidc/token", &headers, Body::from(form))
    }

    /// The request that leaves its request here before it sends a browser; with other values, and without those that are
    /// empty.
    pub fn push_request(&self, changes: &[(&str, &str)]) -> Request<Body> {
        let mut all = vec![("client_secret", self.secret.as_str())];
        all.extend(changes);
        let path = self.request(&all);
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let form = path.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        of_program(&self.host, Method::POST, "/oidc/par", &headers, Body::from(form))
    }

    /// What it is answered there.
    pub async fn push(&self, town: &Town, changes: &[(&str, &str)]) -> Answered {
        sent(&town.router, self.push_request(changes)).await
    }

    /// The address to which it sends a browser for a request that it left here.
    pub fn pushed(&self, name: &str) -> String {
        let query = [("client_id", "yoyaku"), ("request_uri", name)];
        format!("/oidc/authorize?{}", serde_urlencoded::to_string(query).unwrap())
    }

    /// What it gets for a code.
    pub async fn exchange(&self, town: &Town, code: &str, changes: &[(&str, Option<&str>)]) -> Answered {
        sent(&town.router, self.exchange_request(code, changes)).await
    }

    /// The same, as the other service.
    pub async fn as_other(&self, town: &Town, code: &str, changes: &[(&str, Option<&str>)]) -> Answered {
        let mut own = vec![
            ("client_id", Some("another")),
            ("client_secret", Some(self.others.as_str())),
            ("redirect_uri", Some("https://betsu.example.jp/callback")),
        ];
        own.extend(changes);
        self.exchange(town, code, &own).await
    }

    /// What it reads of the member.
    pub async fn user_info(&self, town: &Town, token: &str) -> Answered {
        let bearer = format!("Bearer {token}");
        ask(town, &self.host, Method::GET, "/oidc/userinfo", &[("authorization", &bearer)]).await
    }
}
