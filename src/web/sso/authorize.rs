//! `/oidc/authorize`, `/oidc/go/…` and `/services/…`: a member's way to a service.
//!
//! # Decision
//! Behind a form the last step is a page of our own that leads on by itself, never a redirect to the service.
//! # Because
//! `form-action 'self'` holds for every redirect behind a form, and Chromium stops there without a word.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::asked::{OpenedAddress, parameters, query_of};
use crate::web::{
    app::App,
    cookie,
    page::sso::{GoPage, NoticePage, OnToService, StrongerPage},
    place::ReturnPage,
    posted::{Posted, read_whole},
    problem::Problem,
    step::{add, go_to, show_page},
    visitor::{Anybody, At, Here, SignedIn},
};
use crate::{
    domain::{
        budget::Budget,
        member::SsoRequestId,
        outcome::RefusalCause,
        route::Route,
        sso::{TileStart, request::answer_at},
        tenant::Language,
    },
    portal::{
        Stop,
        networks::FormAdmission,
        sso::authorize::{ServiceAddress, SsoAnswer},
    },
    vault::Token,
};

/// GET: answers the service, or leads the member to what has to come first.
pub async fn authorize(
    At(here): At,
    anybody: Anybody,
    OpenedAddress { uri, headers }: OpenedAddress,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let asked = parameters(uri.query().unwrap_or_default()).ok_or(Problem::BadService)?;
    let me = anybody.signed_in();
    if me.is_none() {
        // What a stranger asks for is kept until they have signed in: a network is charged for it.
        match app.portal().admit_form(&here.tenant, Some(Budget::Ceremonies)).await? {
            FormAdmission::Admitted(form) => app.portal().settle_form(&here.tenant, form, false).await?,
            FormAdmission::UsedUp => return Err(Problem::UsedUp),
            FormAdmission::TooManyAtOnce => return Err(Problem::Busy(RefusalCause::FormsAtOnce)),
        }
    }
    let browser = match cookie::token(&headers, cookie::SSO) {
        Some(browser) => browser,
        None => app.portal().new_sso_browser()?,
    };
    let visit = me.as_ref().map(|me| &*me.visit);
    let answer = app.portal().authorize(&here.tenant, visit, &browser, &asked).await?;
    let mut response = match answer {
        SsoAnswer::Return(address) => return returned(&address),
        SsoAnswer::Notice(id) | SsoAnswer::Stronger(id) => go_to(&Route::SsoGo(id).to_string()),
        SsoAnswer::SignIn(id) => first(Route::SignIn, id),
        SsoAnswer::ShowAgain(id) => first(Route::Reauth, id),
        SsoAnswer::Bad(_) => return Err(Problem::BadService),
        SsoAnswer::Gone => return Err(Problem::Gone),
    };
    add(response.headers_mut(), cookie::set(cookie::SSO, &browser, None));
    Ok(response)
}

/// POST: the same with GET, which brings the session's cookie along: no browser sends it with a form of another site.
pub async fn authorize_by_form(
    At(here): At,
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    as_query(&here, &app, request, Route::Authorize).await
}

/// 303 to the same with GET, at the union's own host.
pub(super) async fn as_query(
    here: &Here,
    app: &App,
    request: Request,
    route: Route,
) -> Result<Response, Problem> {
    let body = read_whole(request.into_body()).await?;
    let query = query_of(&body).ok_or(Problem::BadService)?;
    Ok(go_to(&format!("{}{route}?{query}", app.public().origin(&here.tenant))))
}

/// Straight to the service: no form of ours is in the chain.
pub(super) fn returned(address: &ServiceAddress) -> Result<Response, Problem> {
    let place = HeaderValue::from_str(address.expose()).map_err(|_| Problem::BadService)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

/// To a page of ours that comes back to the request.
fn first(route: Route, id: SsoRequestId) -> Response {
    let back = Route::SsoGo(id).back_word().unwrap_or_default();
    go_to(&route.with(&[("back", &back)]))
}

/// The request in the address and the cookie that it is bound to.
fn request_of(uri: &Uri, headers: &HeaderMap) -> Result<(SsoRequestId, Token), Problem> {
    match (Route::of_path(uri.path()), cookie::token(headers, cookie::SSO)) {
        (Some(Route::SsoGo(id)), Some(browser)) => Ok((id, browser)),
        _ => Err(Problem::Gone),
    }
}

/// GET: goes on with a request that waits.
pub async fn go_on(
    At(here): At,
    anybody: Anybody,
    OpenedAddress { uri, headers }: OpenedAddress,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let (id, browser) = request_of(&uri, &headers)?;
    let me = anybody.signed_in();
    let visit = me.as_ref().map(|me| &*me.visit);
    match app.portal().go_on_to_service(&here.tenant, visit, &browser, id).await? {
        SsoAnswer::Return(address) => leads_on(&here, &app, &address),
        SsoAnswer::SignIn(id) => Ok(first(Route::SignIn, id)),
        SsoAnswer::ShowAgain(id) => Ok(first(Route::Reauth, id)),
        SsoAnswer::Notice(id) => {
            let Some(me) = me else { return Ok(first(Route::SignIn, id)) };
            let asking = app.portal().asking_service(&here.tenant, &browser, id).await?;
            let (asking, asked) = asking.ok_or(Problem::Gone)?;
            let frame = me.frame(&here, &app);
            let label = asking.service.label_in(frame.language()).text;
            show_page(&NoticePage::new(frame, label, asking.client, &asked.scopes, id))
        }
        SsoAnswer::Stronger(id) => {
            let Some(me) = me else { return Ok(first(Route::SignIn, id)) };
            let asking = app.portal().asking_service(&here.tenant, &browser, id).await?;
            let (asking, _) = asking.ok_or(Problem::Gone)?;
            let frame = me.frame(&here, &app);
            let label = asking.service.label_in(frame.language()).text;
            show_page(&StrongerPage::new(frame, label, asking.client, id))
        }
        SsoAnswer::Bad(_) | SsoAnswer::Gone => Err(Problem::Gone),
    }
}

/// The page that leads on to the service by itself.
fn leads_on(here: &Here, app: &App, address: &ServiceAddress) -> Result<Response, Problem> {
    let host = address.expose().split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    let host = host.unwrap_or_default().to_owned();
    show_page(&GoPage { frame: here.frame(app), address: address.expose().to_owned(), host })
}

/// The buttons of the notice.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct GoForm {
    answer: String,
    whose: String,
}

/// POST: the member goes on, or does not want to.
pub async fn answer(
    At(here): At,
    anybody: Anybody,
    headers: HeaderMap,
    uri: Uri,
    State(app): State<App>,
    Posted(form): Posted<GoForm>,
) -> Result<Response, Problem> {
    let (id, browser) = request_of(&uri, &headers)?;
    let again = || Ok(go_to(&Route::SsoGo(id).to_string()));
    // Whoever is signed in by now finds the page as it is for them.
    let Some(me) = anybody.signed_in().filter(|me| form.whose == me.whose()) else { return again() };
    match form.answer.as_str() {
        "open" => match app.portal().accept_service(&here.tenant, &me.visit, &browser, id).await {
            Ok(true) | Err(Stop::StartAgain) => again(),
            Ok(false) => Err(Problem::Gone),
            Err(stop) => Err(stop.into()),
        },
        "leave" => match app.portal().decline_service(&here.tenant, &browser, id).await? {
            SsoAnswer::Return(address) => leads_on(&here, &app, &address),
            _ => Err(Problem::Gone),
        },
        _ => again(),
    }
}

/// `/services/…`: a tile of the portal page. It leads to the service, which begins the sign-in.
pub async fn tile(
    At(here): At,
    _: SignedIn,
    OpenedAddress { uri, .. }: OpenedAddress,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let id = uri.path().strip_prefix(&Route::Service.to_string()).unwrap_or_default();
    let id = percent_decode_str(id).decode_utf8().map_err(|_| Problem::NotFound)?;
    let service = here.tenant.service(&id).ok_or(Problem::NotFound)?;
    let start = service.sso.as_ref().map(|client| client.start);
    let place = match start {
        Some(TileStart::Initiate) => {
            let issuer = app.portal().issuer(&here.tenant).await?;
            answer_at(&service.url, &[("iss", &issuer), ("target_link_uri", &service.url)])
        }
        Some(TileStart::Plain) | None => service.url.clone(),
    };
    let place = HeaderValue::from_str(&place).map_err(|_| Problem::NotFound)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

/// The service behind the newest request that waits in this browser: where a member goes on who has set a stronger way up.
pub async fn waiting_service(
    app: &App,
    here: &Here,
    headers: &HeaderMap,
    language: Language,
) -> Result<Option<OnToService>, Problem> {
    let Some(browser) = cookie::token(headers, cookie::SSO) else { return Ok(None) };
    let Some(id) = app.portal().newest_request(&here.tenant, &browser).await? else { return Ok(None) };
    let asking = app.portal().asking_service(&here.tenant, &browser, id).await?;
    Ok(asking.map(|(asking, _)| {
        let label = asking.service.label_in(language).text.to_owned();
        OnToService { label, place: Route::SsoGo(id) }
    }))
}

/// Where a member goes on who had to leave the way in, and begins again in the same browser.
pub async fn newest(app: &App, here: &Here, headers: &HeaderMap) -> Result<Option<ReturnPage>, Problem> {
    let Some(browser) = cookie::token(headers, cookie::SSO) else { return Ok(None) };
    let newest = app.portal().newest_request(&here.tenant, &browser).await?;
    Ok(newest.map(Route::SsoGo).and_then(ReturnPage::of))
}
