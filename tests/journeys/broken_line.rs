//! A database that fails at any statement of any request (D39, R12, INV2 to INV6). Members walk over every route. Before each
//! request of theirs is answered, the same request is sent again and again to the same rows, and each time another exchange
//! with the database breaks: it is refused, never looked at, or done without an answer. What has to follow each time stands
//! in [`Matrix::judge`]. A route without a row does not compile, and one that no walk comes to fails.
//!
//! Of many exchanges a few are broken, the same in every run. Each of them, and the figures:
//! `PORTAL_TEST_EVERY_STATEMENT=1 cargo test --test journeys -- broken_line --nocapture`.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher as _},
    net::IpAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{Method, header, request::Parts},
    response::Response,
};
use http_body_util::BodyExt as _;
use kenpo_portal::{
    domain::{route::Route, tenant::TenantSlug},
    portal::trail::invariants::check_store,
    store::Store,
    web::client::Peer,
    world::Clock as _,
};
use tower::ServiceExt as _;

use crate::{
    holder::JRP,
    town::{EVERY_FAULT, Fault, Line, Town, TownClock, everything_has_ended, side_by_side},
};

mod kept;
mod walks;

use kept::Kept;
use walks::Walk;

/// What a route asks of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// There is no such method, or it never goes on.
    Nothing,
    /// It is answered without the database.
    Answers,
    /// It needs the database.
    Asks,
}

/// What a look at a route asks, and a form that it takes.
fn row(route: Route) -> (Work, Work) {
    use Work::{Answers, Asks, Nothing};
    match route {
        Route::Favicon | Route::Assets | Route::PasskeyEndpoints | Route::ChangePasswordWellKnown => {
            (Answers, Nothing)
        }
        Route::RecoverySent => (Answers, Nothing),
        Route::Accessibility
        | Route::ReadTerms
        | Route::Help
        | Route::HelpChapter
        | Route::Activity
        | Route::Methods
        | Route::RecoveryWait
        | Route::Top
        | Route::OpenIdConfiguration
        | Route::AuthorizationServer
        | Route::Service
        | Route::Jwks => (Asks, Nothing),
        Route::SetUpPasskeyOptions
        | Route::ProvePasskeyOptions
        | Route::PasskeyAlone
        | Route::PasskeyAloneOptions
        | Route::ReauthPasskey
        | Route::ReauthPasskeyOptions
        | Route::AddPasskeyOptions
        | Route::Token
        | Route::Par => (Nothing, Asks),
        Route::Language | Route::ForgotPassword | Route::ForgotUserId | Route::RecoveryCode => {
            (Answers, Asks)
        }
        // A form only leads to the page.
        Route::Authorize | Route::EndSession => (Asks, Answers),
        Route::SignIn
        | Route::SsoGo(_)
        | Route::UserInfo
        | Route::BirthDate
        | Route::Terms
        | Route::ChooseMethod
        | Route::NewPassword
        | Route::Email
        | Route::ConfirmEmail
        | Route::ConfirmEmailLink
        | Route::Limited
        | Route::SetUpApp
        | Route::ProveApp
        | Route::SetUpPasskey
        | Route::ProvePasskey
        | Route::ProveMailCode
        | Route::Reauth
        | Route::RecoveryLink
        | Route::RecoveryWay
        | Route::RecoveryDeskCode
        | Route::CallOff
        | Route::Profile
        | Route::AccountServices
        | Route::ChangeEmail
        | Route::ConfirmNewEmail
        | Route::ChangePassword
        | Route::AddApp
        | Route::AddPasskey
        | Route::AddMailCode
        | Route::RemoveMailCode
        | Route::RemoveApp(_)
        | Route::RemovePasskey(_)
        | Route::NameApp(_)
        | Route::NamePasskey(_)
        | Route::Devices
        | Route::LogOut
        | Route::Session => (Asks, Asks),
    }
}

/// An answer, as far as it matters here.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    /// The route it leads to.
    place: &'static str,
    cookies: usize,
    retry_after: bool,
    page: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let place = head.headers.get(header::LOCATION).map_or("", |place| place.to_str().unwrap());
        let is_page =
            head.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/html; charset=utf-8");
        let page = body.collect().await.unwrap().to_bytes();
        Self {
            status: head.status.as_u16(),
            place: pattern_of(place.split('?').next().unwrap()).unwrap_or_default(),
            cookies: head.headers.get_all(header::SET_COOKIE).iter().count(),
            retry_after: head.headers.contains_key(header::RETRY_AFTER),
            page: if is_page { String::from_utf8_lossy(&page).into_owned() } else { String::new() },
        }
    }

    /// Where it leads.
    fn way(&self) -> (u16, &'static str) {
        (self.status, self.place)
    }

    fn is_refusal(&self) -> bool {
        self.status >= 400
    }
}

/// How often a route was asked: with how many exchanges at most.
type Seen = BTreeMap<(String, &'static str), usize>;

/// Stands before the portal of a town, and breaks every request of its browsers before it is answered.
struct Matrix {
    real: Router,
    node: Box<dyn Fn() -> Router + Send + Sync>,
    line: Line,
    kept: tokio::sync::Mutex<Kept>,
    store: Store,
    slug: TenantSlug,
    clock: Arc<TownClock>,
    found: Mutex<Found>,
}

/// What came of it.
#[derive(Debug, Default)]
struct Found {
    seen: Seen,
    done: BTreeSet<(String, &'static str, u16, &'static str, usize)>,
    senders: u32,
    broken: BTreeMap<Fault, [usize; 2]>,
    wrong: Vec<String>,
}

impl Matrix {
    /// Makes every browser of the town meet every fault from now on.
    async fn before(town: &mut Town, line: Line) -> Arc<Self> {
        let matrix = Arc::new(Self {
            real: town.router.clone(),
            node: Box::new(town.new_node()),
            line,
            kept: tokio::sync::Mutex::new(Kept::of(&town.database()).await),
            store: town.store().clone(),
            slug: town.tenant(JRP).slug.clone(),
            clock: town.clock.clone(),
            found: Mutex::default(),
        });
        let shared = Arc::clone(&matrix);
        town.router = Router::new().fallback(move |request: Request| {
            let matrix = Arc::clone(&shared);
            async move { matrix.answer(request).await }
        });
        matrix
    }

    async fn answer(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.break_everywhere(&head, &body).await;
        self.real.clone().oneshot(Request::from_parts(head, Body::from(body))).await.unwrap()
    }

    /// Sends it to a node that was just started, from an address that has sent nothing yet.
    async fn send(&self, head: &Parts, body: &Bytes) -> Answer {
        let mut request = Request::from_parts(head.clone(), Body::from(body.clone()));
        let sender = {
            let mut found = self.found.lock().unwrap();
            found.senders += 1;
            found.senders
        };
        request.extensions_mut().insert(Peer(IpAddr::from((0x0A00_0000 + 256 * sender).to_be_bytes())));
        Answer::of((self.node)().oneshot(request).await.unwrap()).await
    }

    /// The same, and waits for what the request leaves to be done after its answer: those exchanges are counted, and break, too.
    async fn send_and_wait(&self, head: &Parts, body: &Bytes) -> Answer {
        let answer = self.send(head, body).await;
        everything_has_ended().await;
        answer
    }

    /// The same once more; the answer of a passkey is good once (E8), so that another question has to be asked.
    async fn send_again(&self, head: &Parts, body: &Bytes, first: &Answer) -> Answer {
        let again = self.send(head, body).await;
        if again.status != 422 || !body.starts_with(b"credential=%7B") {
            return again;
        }
        let mut question = head.clone();
        question.uri = format!("{}/options", head.uri.path()).parse().unwrap();
        let asked = self.send(&question, &Bytes::new()).await;
        if asked.status == 200 { first.clone() } else { asked }
    }

    async fn break_everywhere(&self, head: &Parts, body: &Bytes) {
        let Some(pattern) = pattern_of(head.uri.path()) else { return };
        let mut kept = self.kept.lock().await;
        everything_has_ended().await;
        kept.keep().await;
        // As it should be, and as it is when it is pressed twice.
        let (first, exchanges) = self.line.count(self.send_and_wait(head, body)).await;
        let second = self.send_and_wait(head, body).await;
        kept.restore().await;
        let case = (head.method.to_string(), pattern, first.status, first.place, exchanges.count);
        {
            let mut found = self.found.lock().unwrap();
            if !first.is_refusal() {
                let seen = found.seen.entry((head.method.to_string(), pattern)).or_default();
                *seen = (*seen).max(exchanges.count);
            }
            if !found.done.insert(case.clone()) {
                return;
            }
        }
        for fault in EVERY_FAULT {
            for nth in exchanges.to_break(fault, |count| some_of(count, &(&case, fault))) {
                let before = kept.counters().await;
                let (got, broke) = self.line.breaking(nth, fault, self.send_and_wait(head, body)).await;
                let after = kept.counters().await;
                let again = self.send_again(head, body, &first).await;
                let what = format!("{} {pattern}: {fault:?} at {nth} of {}", head.method, exchanges.count);
                self.judge(&what, broke, &[&first, &second], (&got, &again));
                let way =
                    if head.method == Method::POST { "前の画面に戻る" } else { "もう一度開く" };
                if got.status == 503 && !got.page.is_empty() && !got.page.contains(way) {
                    self.is_wrong(format!("{what}: the page leads nowhere back"));
                }
                let told = after.trail > before.trail;
                if told && got.page.contains("何も変わっていません") {
                    self.is_wrong(format!("{what}: done, and told as nothing"));
                }
                for (counter, fails) in &before.fails {
                    if !told && after.fails.get(counter).is_none_or(|now| now < fails) {
                        self.is_wrong(format!(
                            "{what}: {counter} went down from {fails} to {:?}",
                            after.fails.get(counter)
                        ));
                    }
                }
                let report = check_store(&self.store, &self.slug, self.clock.now()).await.unwrap();
                if !report.is_sound() {
                    self.is_wrong(format!("{what}: {report:?}"));
                }
                let is_answered = usize::from(got.status != 503);
                self.found.lock().unwrap().broken.entry(fault).or_default()[is_answered] += 1;
                everything_has_ended().await;
                kept.restore().await;
            }
        }
    }

    /// What has to follow a fault: 503, with a page that says when to come back and whom to call, and nothing that lets
    /// anybody in (that it tells no lie about what was done, and leads back to the form, is looked at beside); or, where nothing was lost, what is answered without it. Sent again, the form does what it does, or
    /// says that it was done.
    fn judge(&self, what: &str, broke: bool, usual: &[&Answer; 2], (got, again): (&Answer, &Answer)) {
        let is_told_off = got.status == 503
            && got.retry_after
            && got.cookies == 0
            && (got.page.is_empty() || got.page.contains("tel:"));
        if !broke {
            self.is_wrong(format!("{what}: nothing broke"));
        }
        if got.way() != usual[0].way() && !is_told_off {
            self.is_wrong(format!(
                "{what}: {:?}, {} cookies, not {:?}",
                got.way(),
                got.cookies,
                usual[0].way()
            ));
        }
        if usual.iter().all(|usual| usual.way() != again.way()) {
            let usual: Vec<_> = usual.iter().map(|usual| usual.way()).collect();
            self.is_wrong(format!("{what}: sent again {:?}, not {usual:?}", again.way()));
        }
    }

    fn is_wrong(&self, what: String) {
        self.found.lock().unwrap().wrong.push(what);
    }
}

/// The route of a path, by its pattern; also where it is a folder's.
fn pattern_of(path: &str) -> Option<&'static str> {
    Route::of_path(path).or_else(|| Route::every().find(|route| route.holds(path))).map(Route::pattern)
}

/// Some of so many: the last, and a few before it; which ones follows from what they are of.
fn some_of(count: usize, of: &impl Hash) -> Vec<usize> {
    const A_FEW: usize = 3;
    if std::env::var_os("PORTAL_TEST_EVERY_STATEMENT").is_some() || count <= A_FEW {
        return (1..=count).collect();
    }
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    let step = count.div_ceil(A_FEW);
    let from = usize::try_from(hasher.finish() % step as u64).unwrap();
    let mut some: Vec<_> = (1..=count).skip(from).step_by(step).collect();
    some.push(count);
    some.dedup();
    some
}

#[test]
fn whatever_breaks_at_any_statement_of_any_route_is_503_and_heals() {
    let mut seen = Seen::new();
    let mut wrong = Vec::new();
    let mut broken = BTreeMap::<Fault, [usize; 2]>::new();
    for found in side_by_side(walks::EVERY, Walk::goes) {
        wrong.extend(found.wrong);
        for (route, exchanges) in found.seen {
            let most = seen.entry(route).or_default();
            *most = (*most).max(exchanges);
        }
        for (fault, times) in found.broken {
            let sum = broken.entry(fault).or_default();
            *sum = [sum[0] + times[0], sum[1] + times[1]];
        }
    }
    for route in Route::every() {
        let (look, form) = row(route);
        for (method, work) in [(Method::GET, look), (Method::POST, form)] {
            let exchanges = seen.get(&(method.to_string(), route.pattern()));
            let is_so = match work {
                Work::Nothing => true,
                Work::Answers => exchanges == Some(&0),
                Work::Asks => exchanges.is_some_and(|most| *most > 0),
            };
            if !is_so {
                wrong.push(format!("{method} {route:?} is not {work:?}: {exchanges:?}"));
            }
        }
    }
    println!("broken; of them 503, and answered all the same: {broken:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
