//! Gate: the one outer layer. It finds the union, refuses foreign hosts and foreign forms, draws every problem, sets
//! the headers of every answer, and counts each request and writes one log line for it.

use std::{sync::Arc, time::Duration};

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
    app::App,
    assets, client, cookie,
    encoding::{self, ForEverybody},
    host,
    page::problem::{ClosedHostPage, ProblemKind, ProblemPage, UnknownHostPage},
    preview::{self, AtHost},
    problem::{Problem, ToDraw, Unserved, status},
    receipt::{ReceiptNumber, TARGET},
    visitor::{self, Here},
    website::Website,
    well_known,
};
use crate::{
    domain::{
        closing::Closing,
        origin::PublicAddress,
        outcome::RefusalCause,
        receipt::Receipt,
        route::Route,
        tenant::{Status, Tenant},
    },
    metrics::{AnsweredRequest, UnionCounts},
    portal::{Portal, request::RequestContext},
    tenants::HostMatch,
    world::random_bytes,
};

/// The target of the lines of requests, so that they can be asked for and left out by themselves: `info,access=off`.
pub const ACCESS: &str = "access";

/// Puts the gate around the pages.
pub fn around(pages: Router, website: &Website) -> Router {
    pages
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(website.clone(), pass))
        .layer(encoding::of_pages())
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the box over")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    tracing::error!(target: TARGET, said, "A handler panicked; one request was lost");
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(ToDraw(ProblemKind::Fault));
    response.extensions_mut().insert(Unserved(RefusalCause::Fault));
    response
}

async fn pass(State(website): State<Website>, request: Request, next: Next) -> Response {
    let app = website.app();
    let began = app.portal().steady();
    let number = ReceiptNumber::new(Receipt::new(random_bytes(app.portal().rng()).unwrap_or_default()));
    // For the log: the pattern, never the address with what stands in it.
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map(MatchedPath::as_str);
    let client = client::client(&request, app.trusted());
    if let Some(proxy) = client.and_then(|client| client.silent_proxy) {
        app.portal().note_silent_proxy(proxy);
    }
    let network = client.map(|client| client.network);
    let browser_cookie = cookie::token(request.headers(), cookie::KNOWN_BROWSER);
    let served = RequestContext::new(number.receipt().clone(), network, route.unwrap_or("-"), browser_cookie);
    let method = request.method().clone();
    let asked = host::asked_for(request.uri(), request.headers());
    let answered = match asked.as_ref().map(|asked| asked.name.as_str()) {
        Some("localhost" | "127.0.0.1") if website.own_page().is_some() => own_page(&website, request).await,
        // The one question for the unions: what it finds is this request's to its end (R34).
        Some(name) => match shown_at(&website, name, &request).await {
            AtHost::Union(found, _, counts) if leads_on(&request, &found, asked.as_ref()) => {
                let (HostMatch::Primary(tenant) | HostMatch::Alias(tenant)) = found;
                let response = to_primary(app.public(), &tenant, &method, request.uri());
                Answered { response, union: Some((tenant, counts)) }
            }
            AtHost::Union(HostMatch::Primary(tenant) | HostMatch::Alias(tenant), links, counts) => {
                let language = visitor::language(request.headers(), &tenant);
                let path = path_and_query(request.uri());
                let is_form = method == Method::POST;
                let span = span_of(&number, &tenant, route);
                let number = number.clone();
                let here = Here { tenant, links, language, number, path, is_form, kept_at: None };
                let future = served.serve(serve(app, here.clone(), request, next));
                let response = tracing::Instrument::instrument(future, span).await;
                Answered { response: drawn(app, &here, response), union: Some((here.tenant, counts)) }
            }
            AtHost::Opening(response) => Answered { union: None, response },
            AtHost::Nobody => match app.portal().closed_at_host(name) {
                Some(closing) => closed(app.portal(), &closing, &request),
                None => unknown(&number, &request),
            },
        },
        None => unknown(&number, &request),
    };
    let Answered { union, mut response } = answered;
    // What is no union's answers nothing by a route.
    let route = route.filter(|_| union.is_some());
    let of_union = asked.as_ref().map(|asked| asked.name.as_str()).filter(|_| union.is_some());
    set_headers(&website, of_union, &mut response);
    let took = app.portal().steady().saturating_sub(began);
    let (tenant, counts) = union.unzip();
    let answer =
        Answer { number: &number, served: &served, tenant: tenant.as_deref(), method: &method, route, took };
    answer.count(app, counts.as_deref(), &response);
    answer.log(&response);
    response
}

/// Who is shown at the host. Only what of the request may be held while the database is asked goes along.
fn shown_at<'r>(
    website: &'r Website,
    name: &'r str,
    request: &'r Request,
) -> impl Future<Output = AtHost> + Send + 'r {
    let asked = (request.method(), request.uri().path(), request.headers());
    preview::at_host(website.snapshot(), website.app().portal(), name, asked)
}

/// What every line of a request carries. Its fields are given at once: one that is recorded later costs writing all of
/// them anew.
fn span_of(number: &ReceiptNumber, tenant: &Tenant, route: Option<&str>) -> tracing::Span {
    let (receipt, tenant) = (number.receipt(), tenant.slug.as_str());
    // A field without a value is left out.
    tracing::error_span!("request", %receipt, tenant, route)
}

/// One request that was answered: a line of the log, and what is counted.
struct Answer<'a> {
    number: &'a ReceiptNumber,
    served: &'a RequestContext,
    tenant: Option<&'a Tenant>,
    method: &'a Method,
    route: Option<&'a str>,
    took: Duration,
}

impl Answer<'_> {
    /// Counts it. What a request has noted counts where it is so: whoever was told 5xx has not signed in, and not failed to.
    fn count(&self, app: &App, union: Option<&UnionCounts>, response: &Response) {
        if let Some(Unserved(cause)) = response.extensions().get() {
            self.served.was_refused(*cause);
        }
        let status = response.status();
        let sign_ins = if status.is_server_error() { 0 } else { self.served.sign_ins() };
        let request = AnsweredRequest {
            route: self.route,
            status: status.as_u16(),
            took: self.took,
            sign_ins,
            refusals: self.served.refusals(),
        };
        app.portal().metrics().answered(request, union);
    }

    /// Where a page told the receipt number, the line goes to the target that no log level leaves out (D35); else to
    /// [`ACCESS`].
    fn log(&self, response: &Response) {
        let (told, access) =
            (self.number.was_told(), tracing::enabled!(target: ACCESS, tracing::Level::INFO));
        if !told && !access {
            return;
        }
        let outcome = match response.extensions().get::<ToDraw>() {
            Some(ToDraw(kind)) => kind.word(),
            None if response.status() == StatusCode::MISDIRECTED_REQUEST => "unknown-host",
            None if response.status() == StatusCode::GONE => "closed",
            None if response.status() == StatusCode::UNPROCESSABLE_ENTITY => "refused",
            None => "answered",
        };
        let tenant = self.tenant.map_or("-", |tenant| tenant.slug.as_str());
        let (method, route) = (method_word(self.method), self.route.unwrap_or("-"));
        let status = response.status().as_u16();
        let micros = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX);
        let receipt = self.number.receipt();
        // The last thing that the trail knows of it, and why it was not served: words of fixed lists.
        let event = self.served.event();
        let refusals = self.served.refusals();
        let cause = RefusalCause::ALL.iter().find(|cause| refusals & (1 << cause.place()) != 0);
        let cause = cause.map(|cause| cause.word());
        // An id says nothing to whoever has the log only; the trail and the roster know whose it is.
        let member = self.served.member().map(|member| member.to_string());
        let member = member.as_deref().unwrap_or("-");
        // A field without a value is left out.
        if told {
            tracing::info!(
                target: TARGET, tenant, method, route, status, outcome, event, cause, micros, member, %receipt,
                "Answered a request"
            );
        } else {
            tracing::info!(
                target: ACCESS, tenant, method, route, status, outcome, event, cause, micros, member, %receipt,
                "Answered a request"
            );
        }
    }
}

/// A method for the log: one of the standard's (RFC 9110, 9.3; RFC 5789). Any other word is a stranger's, and as long as
/// the stranger likes.
fn method_word(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::DELETE
        | Method::CONNECT
        | Method::OPTIONS
        | Method::TRACE
        | Method::PATCH => method.as_str(),
        _ => "other",
    }
}

struct Answered {
    /// The union it reached, and what is counted there.
    union: Option<(Arc<Tenant>, Arc<UnionCounts>)>,
    response: Response,
}

async fn own_page(website: &Website, request: Request) -> Answered {
    let response = match website.own_page() {
        Some(own) => own.clone().oneshot(request).await.unwrap_or_else(|never| match never {}),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    Answered { union: None, response }
}

/// 421, without any union's name, colour or cookie (A2).
fn unknown(number: &ReceiptNumber, request: &Request) -> Answered {
    // The page's own style and icon, which are no union's either.
    if let Some(response) = assets::shared(request.uri().path(), request.headers()) {
        return Answered { union: None, response };
    }
    let page = rendered(&UnknownHostPage { receipt: number.tell().to_owned() });
    Answered { union: None, response: (StatusCode::MISDIRECTED_REQUEST, Html(page)).into_response() }
}

/// 410 at the host of a union that has closed and whose file is gone, whatever is asked for: in both languages at once,
/// without a cookie.
fn closed(portal: &Portal, closing: &Closing, request: &Request) -> Answered {
    if let Some(response) = assets::shared(request.uri().path(), request.headers()) {
        return Answered { union: None, response };
    }
    let page = rendered(&ClosedHostPage::new(closing, portal.wording()));
    Answered { union: None, response: (StatusCode::GONE, Html(page)).into_response() }
}

/// Whether the answer is the same address at the union's own host: at an alias, and at any of its hosts that is written
/// with a trailing dot (D17, D31). Methods that ask for no page are answered where they are.
fn leads_on(request: &Request, found: &HostMatch, asked: Option<&host::RequestHost>) -> bool {
    let is_elsewhere = matches!(found, HostMatch::Alias(_)) || asked.is_some_and(|asked| asked.is_dotted);
    if !is_elsewhere {
        return false;
    }
    let is_for_pages = matches!(*request.method(), Method::GET | Method::HEAD | Method::POST);
    let path = request.uri().path();
    // What a service sends, a secret perhaps, is answered where it was sent.
    let is_a_services = Route::of_path(path).is_some_and(|route| {
        route.is_for_services() || (route.takes_foreign_forms() && *request.method() == Method::POST)
    });
    is_for_pages && !is_a_services && !well_known::is_asked(path)
}

/// By 308. For a form by 303, and nothing is done: sent on it would come from another origin, which is refused (D19);
/// so the member finds the page that holds it.
fn to_primary(public: &PublicAddress, tenant: &Tenant, method: &Method, uri: &Uri) -> Response {
    let origin = public.origin(tenant);
    // An address with bytes that no header may hold leads to the front page.
    let place = HeaderValue::from_str(&format!("{origin}{}", path_and_query(uri)))
        .or_else(|_| HeaderValue::from_str(&format!("{origin}{}", Route::Top)));
    match place {
        Ok(place) => {
            let status =
                if *method == Method::POST { StatusCode::SEE_OTHER } else { StatusCode::PERMANENT_REDIRECT };
            (status, [(header::LOCATION, place)]).into_response()
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// What is asked for at the host. Of `*` and of a tunnel (RFC 9112, 3.2.3 and 3.2.4), which are no path: the front page.
fn path_and_query(uri: &Uri) -> String {
    let asked = uri.path_and_query().map(ToString::to_string);
    asked.filter(|asked| asked.starts_with('/')).unwrap_or_else(|| Route::Top.to_string())
}

async fn serve(app: &App, here: Here, mut request: Request<Body>, next: Next) -> Response {
    let draw = |kind: ProblemKind| {
        let mut response = status(kind).into_response();
        response.extensions_mut().insert(ToDraw(kind));
        response
    };
    let is_asset = request.uri().path().starts_with(&Route::Assets.to_string());
    // Services go on verifying what was signed before.
    let route = Route::of_path(request.uri().path());
    let is_for_services = route.is_some_and(Route::goes_on_in_maintenance);
    match here.tenant.status {
        Status::Maintenance if !is_asset && !is_for_services => return draw(ProblemKind::Maintenance),
        Status::Closed if !is_asset => return draw(ProblemKind::Closed),
        _ if !is_asset && app.portal().closed(&here.tenant.slug).is_some() => {
            return draw(ProblemKind::Closed);
        }
        _ => {}
    }
    match *request.method() {
        Method::GET | Method::HEAD => {}
        // A closed list (D19).
        Method::POST if route.is_some_and(Route::takes_foreign_forms) => {}
        Method::POST if is_same_origin(request.headers(), &app.public().origin(&here.tenant)) => {}
        Method::POST => return draw(ProblemKind::Forbidden),
        _ => {
            let mut response = draw(ProblemKind::MethodNotAllowed);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            return response;
        }
    }
    request.extensions_mut().insert(here);
    // Whatever the deed waits for, the database or a place to hash at: dropped here, it leaves nothing half-done (D39). Only
    // where it waits for its commit it may have been done all the same.
    let limit = app.portal().store().limits().request;
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_| {
        tracing::warn!(target: TARGET, ?limit, "A request took too long and was told to come back");
        Problem::Unsure(RefusalCause::RequestTime).into_response()
    })
}

/// D19: whatever the browser tells must fit, and it must tell something.
fn is_same_origin(headers: &HeaderMap, origin: &str) -> bool {
    let all = |name: &str| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>();
    let (site, from) = (all("sec-fetch-site"), all("origin"));
    let fits =
        site.iter().all(|value| *value == b"same-origin") && from.iter().all(|v| *v == origin.as_bytes());
    fits && site.len() <= 1 && from.len() <= 1 && (!site.is_empty() || !from.is_empty())
}

/// A problem as services read it (RFC 6749, 5.2).
fn told_to_service(mut response: Response) -> Response {
    let error = match response.status() {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "temporarily_unavailable",
        StatusCode::INTERNAL_SERVER_ERROR => "server_error",
        _ => "invalid_request",
    };
    let is_passing = error == "temporarily_unavailable";
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if is_passing && !headers.contains_key(header::RETRY_AFTER) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    *response.body_mut() = Body::from(format!("{{\"error\":\"{error}\"}}"));
    response
}

/// The text of a page that is the last to be shown: where it cannot be drawn, the log says so, and the status is all there is.
pub(super) fn rendered(page: &impl askama::Template) -> String {
    page.render().unwrap_or_else(|fault| {
        tracing::error!(target: TARGET, %fault, "A page could not be drawn");
        String::new()
    })
}

/// A problem's page, in the union's frame.
fn drawn(app: &App, here: &Here, mut response: Response) -> Response {
    let Some(ToDraw(kind)) = response.extensions().get::<ToDraw>().copied() else { return response };
    let route = Route::of_path(here.path.split('?').next().unwrap_or_default());
    if kind != ProblemKind::Closed && route.is_some_and(Route::is_for_services) {
        return told_to_service(response);
    }
    let may_have_acted = here.is_form || route.is_some_and(Route::acts_on_get);
    // Whoever only opened a page has changed nothing.
    let kind = if kind == ProblemKind::Unsure && !may_have_acted { ProblemKind::Away } else { kind };
    let closing = app.portal().closed(&here.tenant.slug).filter(|_| kind == ProblemKind::Closed);
    let page = ProblemPage {
        closed_since: closing.map(|closing| closing.since()),
        ..ProblemPage::new(here.frame(app), kind)
    };
    let page = rendered(&page);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    *response.body_mut() = Body::from(page);
    response
}

const HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; \
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

/// `of_union`: the host that was asked for, where it is a union's.
fn set_headers(website: &Website, of_union: Option<&str>, response: &mut Response) {
    let is_for_everybody = response.extensions().get::<ForEverybody>().is_some();
    let headers = response.headers_mut();
    // One step for all that follow: a map that grows is made anew each time. Two more are named below.
    headers.reserve(HEADERS.len() + 2);
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Nobody on the way packs what shows a person (BREACH).
    let keep = if is_for_everybody { "no-store" } else { "no-store, no-transform" };
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(keep));
    // Of hosts that are nobody's here nothing is promised. What lies below a union's host is ours to speak for only where
    // the operator says so: a union's own domain has other sites (D31).
    if let Some(host) = of_union.filter(|_| website.public().scheme == "https") {
        let is_ours = website.base_domains().iter().any(|base| is_below(host, base));
        let promise = if is_ours { "max-age=63072000; includeSubDomains" } else { "max-age=63072000" };
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(promise));
    }
}

fn is_below(host: &str, base: &str) -> bool {
    let base = base.to_ascii_lowercase();
    host.strip_suffix(base.as_str())
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(|rest| !rest.is_empty())
}

/// What every answer carries that this program gives without a page, before it is known whose host is asked for: to what
/// cannot be read as a request.
pub fn headers_of_every_answer() -> impl Iterator<Item = (HeaderName, &'static str)> {
    HEADERS.into_iter().chain([(header::CACHE_CONTROL, "no-store, no-transform")])
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
