//! Gate: the one outer layer. It finds the union, refuses foreign hosts and foreign forms, draws every problem, sets
//! the headers of every answer and writes one log line for each request.

use askama::Template as _;
use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{Html, IntoResponse as _, Response},
};
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    App, assets, host,
    page::problem::{Problem as ProblemPage, ProblemKind, UnknownHost},
    problem::{ToDraw, status},
    visitor::{self, Here},
    well_known,
};
use crate::{
    domain::{
        origin::Public,
        tenant::{Status, Tenant},
    },
    tenants::Found,
    world::draw,
};

/// Puts the gate around the pages.
pub fn around(pages: Router, app: &App) -> Router {
    pages
        // Inside the router, where the matched route is known.
        .layer(middleware::from_fn(note_route))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), pass))
}

/// The route of an answer, for the log: the pattern, never the address with what stands in it.
#[derive(Debug, Clone)]
struct Route(String);

async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| Route(path.as_str().to_owned()));
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the box over")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    tracing::error!(said, "A handler panicked; one request was lost");
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(ToDraw(ProblemKind::Fault));
    response
}

async fn pass(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = app.portal().now();
    let receipt = receipt(&app);
    let method = request.method().clone();
    let host = host::asked_for(request.uri(), request.headers());
    let span = tracing::info_span!("request", receipt = %receipt);
    let _entered = span.clone();

    let answered = match host.as_deref() {
        Some("localhost" | "127.0.0.1") if app.own_page().is_some() => own_page(&app, request).await,
        Some(name) => match app.tenants().by_host(name) {
            Some(Found::Alias(tenant)) if !well_known::is_asked(request.uri().path()) => Answered {
                response: to_primary(app.public(), &tenant, request.uri()),
                tenant: Some(tenant.slug.to_string()),
            },
            Some(Found::Primary(tenant) | Found::Alias(tenant)) => {
                let language = visitor::language(request.headers(), &tenant);
                let path = path_and_query(request.uri());
                let is_form = method == Method::POST;
                let here = Here { tenant, language, receipt: receipt.clone(), path, is_form };
                let future = serve(&app, here.clone(), request, next);
                let response = tracing::Instrument::instrument(future, span).await;
                Answered {
                    tenant: Some(here.tenant.slug.to_string()),
                    response: drawn(&app, &here, response),
                }
            }
            None => unknown(&receipt, request.uri()),
        },
        None => unknown(&receipt, request.uri()),
    };
    let Answered { tenant, mut response } = answered;
    let route = response.extensions().get::<Route>().map_or_else(|| "-".to_owned(), |route| route.0.clone());
    set_headers(app.public(), response.headers_mut());
    tracing::info!(
        tenant = tenant.as_deref().unwrap_or("-"),
        method = %method,
        route,
        status = response.status().as_u16(),
        micros = app.portal().now().duration_since(began).as_micros(),
        receipt,
        "Answered a request"
    );
    response
}

struct Answered {
    tenant: Option<String>,
    response: Response,
}

async fn own_page(app: &App, request: Request) -> Answered {
    let response = match app.own_page() {
        Some(own) => own.clone().oneshot(request).await.unwrap_or_else(|never| match never {}),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    Answered { tenant: None, response }
}

/// 421, without any union's name, colour or cookie (A2).
fn unknown(receipt: &str, uri: &Uri) -> Answered {
    // The page's own style and icon, which are no union's either.
    if let Some(response) = assets::shared(uri.path()) {
        return Answered { tenant: None, response };
    }
    let page = UnknownHost { receipt: receipt.to_owned() }.render().unwrap_or_default();
    Answered { tenant: None, response: (StatusCode::MISDIRECTED_REQUEST, Html(page)).into_response() }
}

fn to_primary(public: &Public, tenant: &Tenant, uri: &Uri) -> Response {
    let origin = public.origin(tenant);
    // An address with bytes that no header may hold leads to the front page.
    let place = HeaderValue::from_str(&format!("{origin}{}", path_and_query(uri)))
        .or_else(|_| HeaderValue::from_str(&format!("{origin}/")));
    match place {
        Ok(place) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, place)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn path_and_query(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

async fn serve(app: &App, here: Here, mut request: Request<Body>, next: Next) -> Response {
    let draw = |kind: ProblemKind| {
        let mut response = status(kind).into_response();
        response.extensions_mut().insert(ToDraw(kind));
        response
    };
    let is_asset = request.uri().path().starts_with("/assets/");
    match here.tenant.status {
        Status::Maintenance if !is_asset => return draw(ProblemKind::Maintenance),
        Status::Closed if !is_asset => return draw(ProblemKind::Closed),
        _ => {}
    }
    match *request.method() {
        Method::GET | Method::HEAD => {}
        Method::POST if is_same_origin(request.headers(), &app.public().origin(&here.tenant)) => {}
        Method::POST => return draw(ProblemKind::Forbidden),
        _ => {
            let mut response = draw(ProblemKind::MethodNotAllowed);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            return response;
        }
    }
    request.extensions_mut().insert(here);
    next.run(request).await
}

/// D19: whatever the browser tells must fit, and it must tell something.
fn is_same_origin(headers: &HeaderMap, origin: &str) -> bool {
    let all = |name: &str| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>();
    let (site, from) = (all("sec-fetch-site"), all("origin"));
    let fits =
        site.iter().all(|value| *value == b"same-origin") && from.iter().all(|v| *v == origin.as_bytes());
    fits && site.len() <= 1 && from.len() <= 1 && (!site.is_empty() || !from.is_empty())
}

/// A problem's page, in the union's frame.
fn drawn(app: &App, here: &Here, mut response: Response) -> Response {
    let Some(ToDraw(kind)) = response.extensions().get::<ToDraw>().copied() else { return response };
    let page = ProblemPage { frame: here.frame(app), kind }.render().unwrap_or_default();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    *response.body_mut() = Body::from(page);
    response
}

const HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // `no-referrer` would turn the Origin of our own forms into null (D19).
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), \
         publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
    (header::VARY, "Cookie, Accept-Language"),
];

fn set_headers(public: &Public, headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if public.scheme == "https" {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
}

/// Eight symbols that can be read out on the phone.
fn receipt(app: &App) -> String {
    const SYMBOLS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let bytes: [u8; 8] = draw(app.portal().dice()).unwrap_or_default();
    bytes
        .iter()
        .filter_map(|byte| SYMBOLS.get(usize::from(byte % 32)))
        .map(|symbol| char::from(*symbol))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_form_must_come_from_our_own_page() {
        let origin = "https://www.kenpo.example";
        let passes = |pairs: &[_]| is_same_origin(&headers(pairs), origin);
        assert!(passes(&[("sec-fetch-site", "same-origin"), ("origin", "https://www.kenpo.example")]));
        assert!(passes(&[("origin", "https://www.kenpo.example")]));
        assert!(passes(&[("sec-fetch-site", "same-origin")]));
        for pairs in [
            &[][..],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://www.kenpo.example")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://other.kenpo.example")],
            &[("origin", "null")],
            &[("origin", "http://www.kenpo.example")],
            &[("origin", "https://www.kenpo.example:8443")],
            &[("origin", "https://www.kenpo.example"), ("origin", "https://www.kenpo.example")],
        ] {
            assert!(!passes(pairs), "{pairs:?}");
        }
    }
}
