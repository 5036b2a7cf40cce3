//! The demo's service: a small site beside the portal, as another company runs one, that members are signed in to. It does all
//! that a real one does: code flow with PKCE, `state`, `nonce` and `iss`, the ID token verified by the keys that the union
//! publishes, and logging out both ways. It lives on this machine and in the demo only; `serve` builds nothing of this.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use askama::Template as _;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse as _, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;

use super::{
    asking::{Asked, PortalAddress},
    relying::{Departure, Remembered, SignedInHere, answers, challenge, ended_session, is_for_us, signed},
};
use crate::{
    cli::{CommandFault, voice},
    domain::{
        audit::doing::Doing,
        sso::{
            ClientAuth, ClientLogout, Pkce, Purpose, Relation, RequiredAcr, Scope, SigningAlgorithm,
            SsoClient, TileStart, request::answer_at,
        },
        tenant::{Icon, Language, Service, Tenant},
    },
    portal::Portal,
    tenants::Tenants,
    vault::Token,
    web::{
        assets, cookie,
        page::demo::{DemoServicePage, ServiceTold},
        posted::{LenientQuery, Posted},
    },
};

/// What the service is called in the unions' files, and in the protocol.
const CLIENT: &str = "trial";
/// Its cookie: a browser, signed in or on its way.
const COOKIE: &str = "trial";

/// Where the service stands, before anybody knows what stands there.
#[derive(Debug)]
pub struct ServicePlace {
    listener: TcpListener,
    origin: String,
}

impl ServicePlace {
    /// Any free port, of this machine only.
    pub async fn find() -> Result<Self, CommandFault> {
        let listener = crate::cli::serve::bind(SocketAddr::from(([127, 0, 0, 1], 0)), "--listen").await?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        Ok(Self { listener, origin })
    }

    /// Its page for members of a union.
    pub fn page(&self, tenant: &Tenant) -> String {
        format!("{}/{}/", self.origin, tenant.slug)
    }

    /// The tile on the union's portal page.
    pub fn tile(&self, tenant: &Tenant) -> Service {
        let (words, english) = (voice(Language::Ja), voice(Language::En));
        let page = self.page(tenant);
        Service {
            id: CLIENT.to_owned(),
            label: words.msg("demo-service-title"),
            label_en: Some(english.msg("demo-service-title")),
            note: Some(words.msg("demo-service-note")),
            note_en: Some(english.msg("demo-service-note")),
            url: page.clone(),
            icon: Icon::Link,
            badge: None,
            badge_en: None,
            sso: Some(SsoClient {
                id: CLIENT.to_owned(),
                operator: words.msg("demo-service-operator"),
                operator_en: Some(english.msg("demo-service-operator")),
                relation: Relation::Entrusted,
                purpose: Purpose::HealthInsurance,
                privacy_url: None,
                redirect_uris: vec![format!("{page}callback")],
                auth: ClientAuth::Secret,
                pkce: Pkce::Required,
                signing: SigningAlgorithm::Es256,
                scopes: Scope::WORDS.map(|(scope, _)| scope).to_vec(),
                sector: CLIENT.to_owned(),
                start: TileStart::Initiate,
                require_acr: RequiredAcr::Any,
                fresh_minutes: 0,
                keys: Vec::new(),
                require_par: false,
                logout: ClientLogout {
                    told_at: Some(format!("{page}out")),
                    on_idle: false,
                    // It stands on this machine.
                    internal: true,
                    return_uris: vec![page],
                },
            }),
        }
    }

    /// Gives each union its key and the service its secrets, and serves.
    pub async fn open(
        self,
        portal: &Portal,
        tenants: &Tenants,
        portal_at: SocketAddr,
    ) -> Result<(), CommandFault> {
        let doing = Doing::by_program("demo");
        let mut unions = BTreeMap::new();
        for tenant in tenants.iter() {
            portal.make_first_sso_key(&tenant.slug).await?;
            // Nobody has kept those of the run before.
            for old in portal.sso_secrets(tenant).await?.iter().filter(|old| old.client == CLIENT) {
                portal.drop_sso_secret(tenant, CLIENT, old.place, &doing).await?;
            }
            let Some(secret) = portal.make_sso_secret(tenant, CLIENT, &doing).await? else { continue };
            let at = portal.public().origin(tenant);
            let place = format!("{}/{}/", self.origin, tenant.slug);
            unions.insert(tenant.slug.to_string(), KnownUnion { tenant: tenant.clone(), at, place, secret });
        }
        let service = ServiceAtWork {
            unions,
            portal: portal.clone(),
            portal_at: PortalAddress(portal_at),
            remembered: Remembered::default(),
        };
        let router = Router::new()
            .route("/{union}/", get(show))
            .route("/{union}/login", get(begin))
            .route("/{union}/callback", get(come_back))
            .route("/{union}/logout", post(log_out))
            .route("/{union}/out", post(hear))
            .fallback(asset)
            .with_state(Arc::new(service));
        tokio::spawn(async move {
            if let Err(fault) = axum::serve(self.listener, router).await {
                tracing::error!(%fault, "The demo's service has ended");
            }
        });
        Ok(())
    }
}

/// A union as the service knows it.
struct KnownUnion {
    tenant: Arc<Tenant>,
    /// Where its portal is.
    at: String,
    /// Where the service's pages for it are.
    place: String,
    secret: Token,
}

/// おためしサービス, of all unions of the demo: what its handlers share.
struct ServiceAtWork {
    unions: BTreeMap<String, KnownUnion>,
    portal: Portal,
    portal_at: PortalAddress,
    remembered: Remembered,
}

/// A policy as strict as a real service's could be. Its only form leads to the portal in the end.
const POLICY: HeaderName = header::CONTENT_SECURITY_POLICY;
const POLICY_TEXT: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                           frame-ancestors 'none'; base-uri 'none'";

/// What comes along in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CameWith {
    iss: Option<String>,
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// What a member meets at the service.
enum Met {
    SignedIn(Box<SignedInHere>),
    Nobody,
    /// They pressed "back" on the notice.
    Declined,
    /// Something did not fit; which word of the protocol says so, where there is one.
    Failed(&'static str),
}

impl ServiceAtWork {
    async fn read(&self, union: &KnownUnion, name: &str) -> Option<(Value, String)> {
        let known = format!("{}/.well-known/openid-configuration", union.at);
        let document = self.portal_at.json(&known, &Asked::default()).await?;
        let address = document.get(name)?.as_str()?.to_owned();
        Some((document, address))
    }

    /// The address at the portal to which a browser is sent, and the browser's cookie.
    async fn request(&self, slug: &str, union: &KnownUnion) -> Option<(String, Token)> {
        let (_, authorize) = self.read(union, "authorization_endpoint").await?;
        let vault = self.portal.vault();
        let token = || vault.token().ok();
        let begun = Departure {
            browser: token()?,
            union: slug.to_owned(),
            state: token()?,
            nonce: token()?,
            verifier: token()?,
        };
        let scopes = Scope::WORDS.map(|(_, word)| word).join(" ");
        let address = answer_at(
            &authorize,
            &[
                ("client_id", CLIENT),
                ("response_type", "code"),
                ("redirect_uri", &format!("{}callback", union.place)),
                ("scope", &scopes),
                ("state", begun.state.expose()),
                ("nonce", begun.nonce.expose()),
                ("code_challenge", &challenge(&begun.verifier)),
                ("code_challenge_method", "S256"),
            ],
        );
        let browser = Token::parse(begun.browser.expose())?;
        self.remembered.begin(begun);
        Some((address, browser))
    }

    /// Takes tokens for a code, and reads the member.
    async fn exchange(
        &self,
        union: &KnownUnion,
        begun: &Departure,
        came: &CameWith,
    ) -> Result<SignedInHere, &'static str> {
        let (document, token_endpoint) = self.read(union, "token_endpoint").await.ok_or("discovery")?;
        let of_document = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        let issuer = of_document("issuer");
        // Whose answer it is (RFC 9207).
        if came.iss.as_deref() != Some(issuer) {
            return Err("iss");
        }
        let form = [
            ("grant_type", "authorization_code"),
            ("code", came.code.as_deref().unwrap_or_default()),
            ("redirect_uri", &format!("{}callback", union.place)),
            ("code_verifier", begun.verifier.expose()),
            ("client_id", CLIENT),
            ("client_secret", union.secret.expose()),
        ];
        let asked = Asked { form: Some(&form), ..Asked::default() };
        let given = self.portal_at.json(&token_endpoint, &asked).await.ok_or("token")?;
        let id_token = given.get("id_token").and_then(Value::as_str).ok_or("id_token")?;
        let keys = self.portal_at.json(of_document("jwks_uri"), &Asked::default()).await.ok_or("jwks_uri")?;
        let claims = signed(id_token, &keys).ok_or("signature")?;
        if !is_for_us(&claims, issuer, CLIENT, self.portal.now()) || !answers(&claims, begun) {
            return Err("id_token");
        }
        let access = given.get("access_token").and_then(Value::as_str).ok_or("access_token")?;
        let asked = Asked { bearer: Some(access), ..Asked::default() };
        let told =
            self.portal_at.json(of_document("userinfo_endpoint"), &asked).await.ok_or("userinfo_endpoint")?;
        // Another's data must not be taken for this member's (OpenID Connect Core, 5.3.2).
        if told.get("sub") != claims.get("sub") {
            return Err("sub");
        }
        Ok(SignedInHere {
            browser: begun.browser.expose().to_owned(),
            union: begun.union.clone(),
            id_token: id_token.to_owned(),
            claims,
            told,
        })
    }

    /// Which session of the union's a logout token says is over; `None` for a token that says nothing to us.
    async fn ended(&self, union: &KnownUnion, token: &str) -> Option<String> {
        let (document, jwks) = self.read(union, "jwks_uri").await?;
        let keys = self.portal_at.json(&jwks, &Asked::default()).await?;
        let claims = signed(token, &keys)?;
        let issuer = document.get("issuer")?.as_str()?;
        let is_good = is_for_us(&claims, issuer, CLIENT, self.portal.now());
        ended_session(&claims).filter(|_| is_good).map(str::to_owned)
    }

    fn page(&self, slug: &str, union: &KnownUnion, headers: &HeaderMap, met: &Met) -> Response {
        let wish = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("ja");
        let language = if wish.starts_with("en") { Language::En } else { Language::Ja };
        let words = self.portal.wording().plain(language);
        let mut page = DemoServicePage {
            words,
            union: union.tenant.name_in(language),
            portal: format!("{}/", union.at),
            place: format!("/{slug}/"),
            name: None,
            told: Vec::new(),
            proof: Vec::new(),
            declined: matches!(met, Met::Declined),
            failed: None,
        };
        match met {
            Met::SignedIn(member) => {
                let name = member.told.get("name").and_then(Value::as_str);
                page.name = Some(name.unwrap_or_default().to_owned());
                page.told = ServiceTold::all(&member.told);
                page.proof = ServiceTold::all(&member.claims);
            }
            Met::Failed(word) => page.failed = Some(word),
            Met::Nobody | Met::Declined => {}
        }
        match page.render() {
            Ok(html) => {
                ([(POLICY, POLICY_TEXT), (header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
            }
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

fn lead(address: &str, kept: Option<(&str, &Token)>) -> Response {
    let Ok(place) = HeaderValue::from_str(address) else { return StatusCode::BAD_REQUEST.into_response() };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response();
    if let Some((slug, browser)) = kept {
        let line = format!("{COOKIE}={}; Path=/{slug}/; HttpOnly; SameSite=Lax", browser.expose());
        if let Ok(line) = HeaderValue::from_str(&line) {
            response.headers_mut().insert(header::SET_COOKIE, line);
        }
    }
    response
}

/// The service's page: whom it knows this browser as. The portal's tile comes with `iss`: whoever it is signs in anew.
async fn show(
    State(at): State<Arc<ServiceAtWork>>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    LenientQuery(came): LenientQuery<CameWith>,
) -> Response {
    let Some(union) = at.unions.get(&slug) else { return StatusCode::NOT_FOUND.into_response() };
    if came.iss.is_some() {
        return start(&at, &slug, union, &headers).await;
    }
    let member = cookie::token(&headers, COOKIE).and_then(|browser| at.remembered.member(&browser, &slug));
    let met = member.map_or(Met::Nobody, |member| Met::SignedIn(Box::new(member)));
    at.page(&slug, union, &headers, &met)
}

/// The service's own button.
async fn begin(
    State(at): State<Arc<ServiceAtWork>>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    match at.unions.get(&slug) {
        Some(union) => start(&at, &slug, union, &headers).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn start(at: &ServiceAtWork, slug: &str, union: &KnownUnion, headers: &HeaderMap) -> Response {
    match at.request(slug, union).await {
        Some((address, browser)) => lead(&address, Some((slug, &browser))),
        None => at.page(slug, union, headers, &Met::Failed("discovery")),
    }
}

/// The portal's answer.
async fn come_back(
    State(at): State<Arc<ServiceAtWork>>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    LenientQuery(came): LenientQuery<CameWith>,
) -> Response {
    let Some(union) = at.unions.get(&slug) else { return StatusCode::NOT_FOUND.into_response() };
    let begun = cookie::token(&headers, COOKIE)
        .and_then(|browser| at.remembered.take(&browser, &slug, came.state.as_deref()?));
    let Some(begun) = begun else { return at.page(&slug, union, &headers, &Met::Failed("state")) };
    if let Some(error) = &came.error {
        let met = if error == "access_denied" { Met::Declined } else { Met::Failed("error") };
        return at.page(&slug, union, &headers, &met);
    }
    match at.exchange(union, &begun, &came).await {
        Ok(member) => {
            at.remembered.sign_in(member);
            lead(&union.place, None)
        }
        Err(word) => at.page(&slug, union, &headers, &Met::Failed(word)),
    }
}

/// Ends the member's session here; and at the portal, where it lets services ask for that.
async fn log_out(
    State(at): State<Arc<ServiceAtWork>>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(union) = at.unions.get(&slug) else { return StatusCode::NOT_FOUND.into_response() };
    let member = cookie::token(&headers, COOKIE).and_then(|browser| at.remembered.member(&browser, &slug));
    let Some(member) = member else { return lead(&union.place, None) };
    at.remembered.end(|one| one.browser == member.browser && one.union == slug);
    match at.read(union, "end_session_endpoint").await {
        Some((_, address)) => {
            let and =
                [("id_token_hint", member.id_token.as_str()), ("post_logout_redirect_uri", &union.place)];
            lead(&answer_at(&address, &and), None)
        }
        None => lead(&union.place, None),
    }
}

/// What the portal says when a member's session has ended.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LogoutForm {
    logout_token: String,
}

/// The portal says that a member's session has ended (OpenID Connect Back-Channel Logout 1.0, 2.5).
async fn hear(
    State(at): State<Arc<ServiceAtWork>>,
    Path(slug): Path<String>,
    Posted(form): Posted<LogoutForm>,
) -> Response {
    let Some(union) = at.unions.get(&slug) else { return StatusCode::NOT_FOUND.into_response() };
    let Some(sid) = at.ended(union, &form.logout_token).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    at.remembered.end(|one| one.union == slug && one.claims.get("sid").and_then(Value::as_str) == Some(&sid));
    StatusCode::OK.into_response()
}

async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    assets::shared(uri.path(), &headers).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}
