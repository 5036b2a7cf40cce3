//! How it **looks** over HTTP: hosts to unions, cookies to members, forms to deeds, answers to pages.
//!
//! One outer layer ([`gate`]) knows the union, refuses foreign hosts and foreign forms, draws every problem and sets
//! the headers of every answer. Handlers say what they need by their arguments ([`visitor`], [`posted`]).

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{domain::origin::PublicAddress, portal::Portal, tenants::Tenants};

pub mod account;
pub mod assets;
pub mod cookie;
pub mod factor;
pub mod first_login;
pub mod fresh;
pub mod gate;
pub mod health;
pub mod help;
pub mod home;
pub mod host;
pub mod language;
pub mod link;
pub mod page;
pub mod passkey;
pub mod place;
pub mod posted;
pub mod problem;
pub mod reauth;
pub mod receipt;
pub mod recovery;
pub mod server;
pub mod session;
pub mod signin;
pub mod step;
pub mod visitor;
pub mod well_known;

/// Everything a handler needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<AppInner>,
}

#[derive(Clone)]
struct AppInner {
    portal: Portal,
    tenants: Tenants,
    demo: Option<Router>,
    base_domains: Vec<String>,
    notes: Vec<String>,
}

impl App {
    /// The portal over its unions.
    pub fn new(portal: Portal, tenants: Tenants) -> Self {
        let (base_domains, notes) = (Vec::new(), Vec::new());
        Self { inner: Arc::new(AppInner { portal, tenants, demo: None, base_domains, notes }) }
    }

    /// With lines that readiness says beside "ready": what is wrong and keeps nobody else out.
    #[must_use]
    pub fn noting(self, notes: Vec<String>) -> Self {
        Self { inner: Arc::new(AppInner { notes, ..AppInner::clone(&self.inner) }) }
    }

    /// Lines that readiness says beside "ready".
    pub fn notes(&self) -> &[String] {
        &self.inner.notes
    }

    /// With a page of its own at `http://localhost/`: only the demo command asks for this.
    #[must_use]
    pub fn with_own_page(self, own: Router) -> Self {
        Self { inner: Arc::new(AppInner { demo: Some(own), ..AppInner::clone(&self.inner) }) }
    }

    /// With the domains that are the operator's own (the setting `hosts.base_domains`): browsers are told to speak TLS to
    /// everything below a union's host there.
    #[must_use]
    pub fn below(self, base_domains: &[String]) -> Self {
        let base_domains = base_domains.to_vec();
        Self { inner: Arc::new(AppInner { base_domains, ..AppInner::clone(&self.inner) }) }
    }

    fn base_domains(&self) -> &[String] {
        &self.inner.base_domains
    }

    /// The deeds.
    pub fn portal(&self) -> &Portal {
        &self.inner.portal
    }

    /// The unions.
    pub fn tenants(&self) -> &Tenants {
        &self.inner.tenants
    }

    /// Where they are reached.
    pub fn public(&self) -> &PublicAddress {
        self.inner.portal.public()
    }

    fn own_page(&self) -> Option<&Router> {
        self.inner.demo.as_ref()
    }

    /// Every page of a union, behind the gate.
    pub fn router(&self) -> Router {
        let pages = Router::new()
            .route("/", get(home::show))
            .route("/signin", get(signin::show).post(signin::offer))
            .route(
                "/signin/birthdate",
                get(first_login::birth_date::show).post(first_login::birth_date::offer),
            )
            .route("/signin/terms", get(first_login::terms::show).post(first_login::terms::answer))
            .route("/signin/method", get(first_login::method::show).post(first_login::method::choose))
            .route("/signin/password", get(first_login::password::show).post(first_login::password::set))
            .route("/signin/email", get(first_login::email::show).post(first_login::email::offer))
            .route(
                "/signin/email/confirm",
                get(first_login::confirm_email::show).post(first_login::confirm_email::offer),
            )
            .route(
                "/signin/email/confirm/{*token}",
                get(first_login::confirm_email::link).post(first_login::confirm_email::confirm),
            )
            .route("/signin/done", get(first_login::done::show).post(first_login::done::leave))
            .route("/signin/setup/totp", get(factor::set_up::show).post(factor::set_up::finish))
            .route("/signin/totp", get(factor::prove::show).post(factor::prove::offer))
            .route("/signin/setup/passkey", get(passkey::set_up::show).post(passkey::set_up::finish))
            .route("/signin/setup/passkey/options", post(passkey::set_up::options))
            .route("/signin/passkey", get(passkey::prove::show).post(passkey::prove::finish))
            .route("/signin/passkey/options", post(passkey::prove::options))
            .route("/signin/passkey/alone", get(passkey::alone::show).post(passkey::alone::finish))
            .route("/signin/passkey/alone/options", post(passkey::alone::options))
            .route("/reauth", get(reauth::show).post(reauth::offer))
            .route("/reauth/passkey", get(reauth::lead_back).post(reauth::by_passkey))
            .route("/reauth/passkey/options", post(reauth::options))
            .route("/signin/mail-code", get(factor::mail_code::show).post(factor::mail_code::offer))
            .route("/recovery/password", get(recovery::password).post(recovery::ask))
            .route("/recovery/password/sent", get(recovery::sent))
            .route("/recovery/password/link/{*token}", get(recovery::link).post(recovery::by_link))
            .route("/recovery/password/code", get(recovery::code).post(recovery::by_code))
            .route(
                "/recovery/password/way",
                get(recovery::lost_factor::way).post(recovery::lost_factor::choose),
            )
            .route("/recovery/password/wait", get(recovery::lost_factor::wait))
            .route(
                "/recovery/password/desk-code",
                get(recovery::lost_factor::desk_code).post(recovery::lost_factor::offer_desk_code),
            )
            .route(
                "/recovery/call-off/{*token}",
                get(recovery::lost_factor::ask_to_call_off).post(recovery::lost_factor::call_off),
            )
            .route("/recovery/user-id", get(recovery::user_id::show).post(recovery::user_id::ask))
            .merge(account::router())
            .route("/help", get(help::show))
            .route("/logout", get(session::ask).post(session::log_out))
            .route("/session", get(session::rest).post(session::go_on))
            .route("/language", get(language::elsewhere).post(language::choose))
            .route("/.well-known/passkey-endpoints", get(well_known::passkey_endpoints))
            .route("/.well-known/change-password", get(well_known::change_password))
            .route("/favicon.ico", get(assets_of_union))
            .route("/assets/{*path}", get(assets_of_union))
            .fallback(problem::not_found)
            .method_not_allowed_fallback(problem::method_not_allowed)
            .with_state(self.clone());
        gate::around(pages, self)
    }
}

/// Style, script, icon; the union's colours and pictures, under this union's host only.
async fn assets_of_union(
    visitor::At(here): visitor::At,
    uri: axum::http::Uri,
) -> Result<axum::response::Response, problem::Problem> {
    assets::answer(&here.tenant, uri.path()).ok_or(problem::Problem::NotFound)
}
