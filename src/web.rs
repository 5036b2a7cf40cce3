//! How it **looks** over HTTP: hosts to unions, cookies to members, forms to deeds, answers to pages.
//!
//! One outer layer ([`gate`]) knows the union, refuses foreign hosts and foreign forms, draws every problem and sets
//! the headers of every answer. Handlers say what they need by their arguments ([`visitor`], [`posted`]).

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{domain::tenant::Tenant, portal::Portal, tenants::Tenants};

pub mod assets;
pub mod cookie;
pub mod factor;
pub mod first_login;
pub mod gate;
pub mod health;
pub mod home;
pub mod host;
pub mod language;
pub mod page;
pub mod posted;
pub mod problem;
pub mod recovery;
pub mod server;
pub mod session;
pub mod signin;
pub mod step;
pub mod visitor;
pub mod well_known;

/// Where the unions' hosts are reached: with a union's host this makes its origin (D17, D19).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    /// `https`, or `http` for the demo.
    pub scheme: String,
    /// The port members type, if it is not the scheme's own.
    pub port: Option<u16>,
}

impl Public {
    /// The union's origin, as browsers write it.
    pub fn origin(&self, tenant: &Tenant) -> String {
        let host = &tenant.hosts.primary;
        match self.port {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        }
    }
}

/// Everything a handler needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    portal: Portal,
    tenants: Tenants,
    public: Public,
    doorman: Option<Router>,
}

impl App {
    /// The portal over its unions.
    pub fn new(portal: Portal, tenants: Tenants, public: Public) -> Self {
        Self { inner: Arc::new(Inner { portal, tenants, public, doorman: None }) }
    }

    /// With a page of its own at `http://localhost/`: only the demo command asks for this.
    #[must_use]
    pub fn with_own_page(self, own: Router) -> Self {
        let Inner { portal, tenants, public, .. } = &*self.inner;
        let (portal, tenants, public) = (portal.clone(), tenants.clone(), public.clone());
        Self { inner: Arc::new(Inner { portal, tenants, public, doorman: Some(own) }) }
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
    pub fn public(&self) -> &Public {
        &self.inner.public
    }

    fn own_page(&self) -> Option<&Router> {
        self.inner.doorman.as_ref()
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
            .route("/signin/done", get(first_login::done::show).post(first_login::done::leave))
            .route("/signin/setup/totp", get(factor::set_up::show).post(factor::set_up::finish))
            .route("/signin/totp", get(factor::prove::show).post(factor::prove::offer))
            .route("/recovery/password", get(recovery::password))
            .route("/recovery/user-id", get(recovery::user_id))
            .route("/logout", get(session::ask).post(session::log_out))
            .route("/language", post(language::choose))
            .route("/.well-known/passkey-endpoints", get(well_known::passkey_endpoints))
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
