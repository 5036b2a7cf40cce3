//! Pages on the way to a service.

use askama::Template;

use super::Frame;
use crate::{
    domain::{
        member::SsoRequestId,
        route::Route,
        sso::{Relation, Scope, SsoClient},
        tenant::{Method, Service, Tenant},
    },
    portal::left_services::{LeftService, Reached},
};

/// `/oidc/go/…`: 「○○へ移動しています」. It leads on by itself at once, so that the way back leads past it, and shows a link
/// to whoever stays.
#[derive(Template)]
#[template(path = "sso/go.html")]
pub struct GoPage<'a> {
    /// What stands around it: the union's name and colours, its language, its contact.
    pub frame: Frame<'a>,
    /// Where it leads, with what the service is told.
    pub address: String,
    /// The host there, as the member reads it.
    pub host: String,
}

/// `/oidc/go/…`, the first time: what the service gets, and from whom.
#[derive(Template)]
#[template(path = "sso/notice.html")]
pub struct NoticePage<'a> {
    /// What stands around it: the union's name and colours, its language, its contact.
    pub frame: Frame<'a>,
    /// The name of the service.
    pub label: String,
    /// Who runs the service.
    pub operator: String,
    /// Where the operator says how data are handled.
    pub privacy_url: Option<String>,
    /// Message name of in which capacity.
    pub relation_key: &'static str,
    /// Whether the member is asked, and not only told.
    pub asks: bool,
    /// Message names of what is given.
    pub given: Vec<&'static str>,
    /// The address that the form goes to.
    pub action: Route,
}

impl<'a> NoticePage<'a> {
    /// The notice of that service.
    pub fn new(
        frame: Frame<'a>,
        label: &str,
        client: &SsoClient,
        scopes: &[Scope],
        id: SsoRequestId,
    ) -> Self {
        Self {
            label: label.to_owned(),
            operator: client.operator_in(frame.language()).text.to_owned(),
            privacy_url: client.privacy_url.clone(),
            relation_key: match client.relation {
                Relation::Entrusted => "sso-relation-entrusted",
                Relation::Joint => "sso-relation-joint",
                Relation::ThirdParty => "sso-relation-third-party",
            },
            asks: client.relation.asks(),
            given: scopes.iter().filter_map(|scope| given(*scope)).collect(),
            action: Route::SsoGo(id),
            frame,
        }
    }
}

/// `/oidc/go/…`: 「このサービスには認証アプリまたはパスキーが必要です」, with the way to set one up.
#[derive(Template)]
#[template(path = "sso/stronger.html")]
pub struct StrongerPage<'a> {
    /// What stands around it: the union's name and colours, its language, its contact.
    pub frame: Frame<'a>,
    /// The name of the service.
    pub label: String,
    /// What the union offers that is strong enough, the strongest first.
    pub ways: Vec<Method>,
    /// The address that the form goes to.
    pub action: Route,
}

impl<'a> StrongerPage<'a> {
    /// What that service demands of the member.
    pub fn new(frame: Frame<'a>, label: &str, client: &SsoClient, id: SsoRequestId) -> Self {
        let ways = client.require_acr.ways(&frame.tenant.policy);
        Self { frame, label: label.to_owned(), ways, action: Route::SsoGo(id) }
    }

    /// Whether it has to be said what a passkey is.
    fn leads_to_passkeys(&self) -> bool {
        self.ways.contains(&Method::Passkey)
    }

    /// Word of what will do.
    fn needs(&self) -> &'static str {
        match self.ways[..] {
            [Method::Passkey] => "passkey",
            [Method::AppOtp] => "app",
            // Mailed codes are enough for no service that demands more.
            [Method::EmailOtp] | [] | [_, _, ..] => "either",
        }
    }
}

/// A service that waits for a member who is on another page meanwhile.
#[derive(Debug, Clone)]
pub struct OnToService {
    /// The name of the service.
    pub label: String,
    /// Where its request goes on.
    pub place: Route,
}

/// That nobody is signed in any more, and which services know it: after logging out here, or by way of a service.
#[derive(Template)]
#[template(path = "sso/over.html")]
pub struct LoggedOutPage<'a> {
    /// The frame, without `signed_in`.
    pub frame: Frame<'a>,
    /// The services that were told.
    pub told: Vec<&'a Service>,
    /// Those that are about to be told.
    pub on_their_way: Vec<&'a Service>,
    /// Those that are not told: the member logs out there.
    pub not_told: Vec<&'a Service>,
}

impl<'a> LoggedOutPage<'a> {
    /// The page about the services that the session was at.
    pub fn new(frame: Frame<'a>, tenant: &'a Tenant, left: &[LeftService]) -> Self {
        let those = |reached: Reached| {
            let left = left.iter().filter(|service| service.reached == reached);
            left.filter_map(|left| Some(tenant.client(&left.client)?.0)).collect()
        };
        Self {
            told: those(Reached::Told),
            on_their_way: those(Reached::OnItsWay),
            not_told: those(Reached::NotTold),
            frame,
        }
    }
}

/// What a scope gives, in a word for members; nothing for the subject, which says nothing of them.
pub(super) fn given(scope: Scope) -> Option<&'static str> {
    match scope {
        Scope::OpenId => None,
        Scope::Profile => Some("sso-given-name"),
        Scope::Email => Some("sso-given-email"),
        Scope::Insured => Some("sso-given-insured"),
        Scope::BirthDate => Some("sso-given-birth-date"),
        Scope::Union => Some("sso-given-union"),
    }
}
