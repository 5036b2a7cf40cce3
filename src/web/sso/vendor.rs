//! The page for a service's company: how it connects its service to the union. A document of its own that any browser prints
//! on A4; nothing is loaded and nothing runs.
//!
//! # Decision
//! Addresses, scopes, claims and algorithms are read from what the program itself tells services, and from the union's file.
//! # Because
//! A text beside the code would name an endpoint that is gone, sooner or later, and the reader has nothing else to go by.

use askama::Template;
use jiff::{SignedDuration, civil::Date};
use serde_json::Value;

use crate::{
    domain::{
        sso::{
            Pkce, Scope, SsoClient, TileStart,
            acr::Acr,
            claims,
            key::{ID_TOKEN_LIFE, PUBLISHED_BEFORE},
            logout::{TOKEN_LIFE, TOKEN_TYPE, TRIED_FOR, WAITS},
        },
        tenant::{Method, Service, Tenant, TenantText},
    },
    portal::sso::{authorize::CODE_LIFE, token::ACCESS_LIFE},
    wording::Words,
};

/// An address of the reader's own machine, as a union for trying out takes it.
const HERE: &str = "http://localhost";

/// Where a service of nobody has browsers back.
const EXAMPLE_BACK: &str = "https://service.example.jp/";

/// The page for companies, of one union.
#[derive(Template)]
#[template(path = "printed/vendor.html")]
pub struct VendorPage<'a> {
    /// The voice.
    pub words: Words<'a>,
    /// The union.
    pub tenant: &'a Tenant,
    /// What the union tells services of itself (OpenID Connect Discovery, 3).
    pub document: Value,
    /// The services that the page is about.
    pub services: Vec<(&'a Service, &'a SsoClient)>,
    /// The day on which it was made.
    pub day: Date,
    /// How long a service may take to say that it was told of a logout.
    pub answer_within: std::time::Duration,
}

impl VendorPage<'_> {
    fn msg(&self, key: &str) -> String {
        self.words.msg(key)
    }

    /// The `lang` attribute of a text of the union that is not in the language of the page.
    fn mark(&self, text: &TenantText<'_>) -> &'static str {
        text.mark_in(self.words.language())
    }

    fn issuer(&self) -> &str {
        self.document.get("issuer").and_then(Value::as_str).unwrap_or_default()
    }

    fn discovery(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer())
    }

    /// Each address at which the union is asked, by its name in the document.
    fn addresses(&self) -> Vec<(&str, &str)> {
        let rows = self.document.as_object().into_iter().flatten();
        rows.filter(|(name, _)| name.ends_with("_endpoint") || name.as_str() == "jwks_uri")
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect()
    }

    /// A list of the document, in one line.
    fn list(&self, name: &str) -> String {
        let list = self.document.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Whether the document says that of itself.
    fn says(&self, name: &str) -> bool {
        self.document.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Each scope, the sentence that says what it is, and its claims.
    fn scopes() -> Vec<(&'static str, &'static str, String)> {
        let told = |scope| match scope {
            Scope::OpenId => "vendor-scope-openid",
            Scope::Profile => "sso-given-name",
            Scope::Email => "sso-given-email",
            Scope::Insured => "sso-given-insured",
            Scope::BirthDate => "sso-given-birth-date",
            Scope::Union => "sso-given-union",
        };
        let claims = |scope| [&["sub"], claims::of_scope(scope)].concat().join(", ");
        Scope::WORDS.map(|(scope, word)| (word, told(scope), claims(scope))).to_vec()
    }

    /// How members of this union show who they are: the sentence, `acr` and `amr`.
    fn proofs() -> Vec<(&'static str, &'static str, String)> {
        let told = |method| match method {
            Method::Passkey => "vendor-by-passkey",
            Method::AppOtp => "vendor-by-app",
            Method::EmailOtp => "vendor-by-mail",
        };
        Method::STRONGEST_FIRST
            .into_iter()
            .map(|method| {
                let acr = Acr::of(method);
                (told(method), acr.as_str(), acr.amr().join(", "))
            })
            .collect()
    }

    fn scopes_of(client: &SsoClient) -> String {
        client.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn pkce_of(client: &SsoClient) -> &'static str {
        match client.pkce {
            Pkce::Required => "vendor-pkce-required",
            Pkce::Nonce => "vendor-pkce-nonce",
            Pkce::Optional => "vendor-pkce-optional",
        }
    }

    /// Where the tile leads.
    fn start_of(&self, service: &Service, client: &SsoClient) -> String {
        match client.start {
            TileStart::Plain => service.url.clone(),
            TileStart::Initiate => crate::domain::sso::request::answer_at(
                &service.url,
                &[("iss", self.issuer()), ("target_link_uri", &service.url)],
            ),
        }
    }

    /// The service that the examples are written for; one of no company where none is registered yet.
    fn example(&self) -> VendorExample {
        let of = |(_, client): &(&Service, &SsoClient)| VendorExample {
            client: client.id.clone(),
            redirect: client.redirect_uris.first().cloned().unwrap_or_default(),
            scopes: Self::scopes_of(client),
            algorithm: client.signing.as_str(),
            back: client.logout.return_uris.first().cloned().unwrap_or_else(|| EXAMPLE_BACK.to_owned()),
        };
        self.services.first().map_or_else(
            || VendorExample {
                client: "CLIENT_ID".to_owned(),
                redirect: "https://service.example.jp/callback".to_owned(),
                scopes: "openid profile".to_owned(),
                algorithm: crate::domain::sso::SigningAlgorithm::Es256.as_str(),
                back: EXAMPLE_BACK.to_owned(),
            },
            of,
        )
    }

    /// How long codes and tokens are good.
    fn lives(&self) -> String {
        let (code, access, id) = (CODE_LIFE.as_secs(), ACCESS_LIFE.as_mins(), ID_TOKEN_LIFE.as_mins());
        self.words.with("vendor-lives", &[("code", &code), ("access", &access), ("id", &id)])
    }

    /// A length of time in the largest unit that fits.
    fn length(&self, time: SignedDuration) -> String {
        let (key, count) = match time.as_secs() {
            seconds if seconds % 3600 == 0 => ("vendor-hours", seconds / 3600),
            seconds if seconds % 60 == 0 => ("vendor-minutes", seconds / 60),
            seconds => ("vendor-seconds", seconds),
        };
        self.words.msg1(key, "count", count)
    }

    /// When a service is told again that could not be told.
    fn tries(&self) -> String {
        let waits: Vec<String> = WAITS.iter().map(|wait| self.length(*wait)).collect();
        self.words.msg2("vendor-logout-tries", "waits", waits.join(" / "), "end", self.length(TRIED_FOR))
    }

    /// What a service has to make sure of before it believes that somebody has logged out.
    fn verification(&self) -> String {
        self.words.msg2("vendor-logout-verify", "kind", TOKEN_TYPE, "life", self.length(TOKEN_LIFE))
    }

    /// How soon a service has to answer.
    fn answer(&self) -> String {
        let time = SignedDuration::try_from(self.answer_within).unwrap_or_default();
        self.words.msg1("vendor-logout-answer", "time", self.length(time))
    }

    fn published_hours() -> i64 {
        PUBLISHED_BEFORE.as_hours()
    }
}

/// The values that stand in the examples.
struct VendorExample {
    client: String,
    redirect: String,
    scopes: String,
    algorithm: &'static str,
    /// Where a browser comes back to that was signed out.
    back: String,
}
