//! `/account/methods`: 「ログイン方法変更」 (S-06, S-07).

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};

use super::AccountQuery;
use crate::{
    domain::{
        factor::Method,
        member::{EmailAddress, Member},
        route::Route,
    },
    portal::methods::{HeldFactor, Ways},
    web::{
        app::App,
        page::{
            Frame,
            account::{MethodLine, MethodList, MethodsDone, MethodsPage},
        },
        posted::LenientQuery,
        problem::Problem,
        sso::authorize::waiting_service,
        step::show_page,
        visitor::{At, Here, SignedIn},
    },
};

/// What the member has of one kind, and whether one more may be set up; `None` where the union does not offer the kind and
/// the member has none.
fn list(frame: &Frame<'_>, member: &Member, ways: &Ways, method: Method) -> Option<MethodList> {
    let policy = &frame.tenant.policy;
    let address = member.email.as_ref().map(EmailAddress::as_str);
    let line = |held: &HeldFactor| MethodLine {
        name: held.name.as_deref().or(address).unwrap_or_default().to_owned(),
        created: frame.words.moment(held.created_at),
        used: held.used_at.map(|at| frame.words.moment(at)),
        synced: held.is_synced,
        rename: held.factor.naming(),
        remove: held.factor.removal(),
    };
    let lines: Vec<_> = ways.of(method).map(line).collect();
    // In words where the member can do something about it.
    let (is_full, why_not) = match method.traits().devices {
        Some(kind) => {
            let most = kind.most(policy);
            let is_full = lines.len() >= most;
            (is_full, is_full.then(|| frame.msg1(kind.full(), "max", most)))
        }
        None if address.is_none() => (true, Some(frame.words.msg("account-mail-code-no-address"))),
        None => (!lines.is_empty(), None),
    };
    let is_offered = policy.offers(method);
    let (may_add, why_not) = (is_offered && !is_full, why_not.filter(|_| is_offered));
    (is_offered || !lines.is_empty()).then_some(MethodList { method, lines, may_add, why_not })
}

async fn page<'a>(app: &'a App, here: &'a Here, me: &SignedIn) -> Result<MethodsPage<'a>, Problem> {
    let member = &me.visit.member;
    let ways = app.portal().ways_of(&here.tenant, member).await?;
    let frame = me.frame(here, app);
    let lists = Method::as_listed().filter_map(|method| list(&frame, member, &ways, method)).collect();
    Ok(MethodsPage {
        password_set: ways.password_set_at.map(|at| frame.words.moment(at)).unwrap_or_default(),
        lists,
        usual: member.method,
        may_remove: ways.factors().iter().any(|factor| ways.may_remove(*factor)),
        accepted: ways
            .accepted(&here.tenant, member)
            .map(|accepted| serde_json::to_string(&accepted).unwrap_or_default()),
        done: None,
        on_to: None,
        frame,
    })
}

/// Lists the ways in.
pub async fn show(
    At(here): At,
    me: SignedIn,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    headers: HeaderMap,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let mut page = page(&app, &here, &me).await?;
    page.done = MethodsDone::parse(&arrival.done);
    if page.done == Some(MethodsDone::Added) {
        let language = page.frame.language();
        page.on_to = waiting_service(&app, &here, &headers, language).await?;
    }
    show_page(&page)
}

/// The list, for whoever asks for a device that is not, or not any more, the member's: 404 whoever's it is (I9).
pub async fn gone(app: &App, here: &Here, me: &SignedIn) -> Result<Response, Problem> {
    let mut page = page(app, here, me).await?;
    page.done = Some(MethodsDone::Gone);
    page.frame.path = Route::Methods.to_string();
    Ok((StatusCode::NOT_FOUND, show_page(&page)?).into_response())
}
