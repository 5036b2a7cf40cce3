//! Visitor: who asks, as arguments of handlers. A handler that takes [`SignedIn`] cannot be written to forget it.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};

use super::{
    App, cookie,
    page::{Ending, Frame, MenuEntry, SignedInName},
    place::Place,
    problem::Problem,
};
use crate::{
    domain::tenant::{Language, NoticePlace, Tenant},
    portal::session::{Admission, Visit},
    vault::Token,
    world::today_in_japan,
};

/// What the gate found out about a request.
#[derive(Debug, Clone)]
pub struct Here {
    /// The union of the host.
    pub tenant: Arc<Tenant>,
    /// The language of the answer.
    pub language: Language,
    /// 「お問い合わせ番号」: stands on the page and in the log.
    pub receipt: String,
    /// Path and query, for the language switch.
    pub path: String,
    /// Whether a form was sent here.
    pub is_form: bool,
}

impl Here {
    /// The frame of a page.
    pub fn frame<'a>(&'a self, app: &'a App) -> Frame<'a> {
        let words = app.portal().wording().words(&self.tenant, self.language);
        let mut frame = Frame::new(&self.tenant, words, self.path.clone(), self.receipt.clone());
        frame.origin = app.public().origin(&self.tenant);
        frame.answers_form = self.is_form;
        frame
    }

    /// The frame of a page that shows the union's notices.
    pub fn frame_with_notices<'a>(&'a self, app: &'a App, place: NoticePlace) -> Frame<'a> {
        self.frame(app).with_notices(place, today_in_japan(app.portal().now()))
    }
}

/// The union of the request's host.
#[derive(Debug, Clone)]
pub struct At(pub Here);

impl<S: Sync> FromRequestParts<S> for At {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Here>().cloned().map(Self).ok_or(Problem::NotFound)
    }
}

/// The cookie of a browser that may be on its way in.
#[derive(Debug, Clone)]
pub struct OnTheWay(pub Option<Token>);

impl<S: Sync> FromRequestParts<S> for OnTheWay {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(cookie::token(&parts.headers, cookie::ATTEMPT)))
    }
}

/// The cookie of the session that a browser has, or had.
#[derive(Debug, Clone)]
pub struct SessionCookie(pub Option<Token>);

impl<S: Sync> FromRequestParts<S> for SessionCookie {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(cookie::token(&parts.headers, cookie::SESSION)))
    }
}

/// Whoever asks, signed in or not.
#[derive(Debug, Clone)]
pub struct Anybody {
    /// What the session's cookie is worth.
    pub admission: Admission,
    /// The cookie.
    pub token: Option<Token>,
}

impl FromRequestParts<App> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let At(here) = At::from_request_parts(parts, app).await?;
        let Ok(SessionCookie(token)) = SessionCookie::from_request_parts(parts, app).await;
        let admission = match &token {
            Some(token) => app.portal().visit(&here.tenant, token).await?,
            None => Admission::Out,
        };
        Ok(Self { admission, token })
    }
}

impl Anybody {
    /// The member, if one is signed in.
    pub fn signed_in(self) -> Option<SignedIn> {
        match (self.admission, self.token) {
            (Admission::In(visit), Some(token)) => Some(SignedIn { visit, token }),
            _ => None,
        }
    }
}

/// A member who is signed in. Everybody else is led to the sign-in page.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Session and member.
    pub visit: Box<Visit>,
    /// The cookie.
    pub token: Token,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let anybody = Anybody::from_request_parts(parts, app).await.map_err(Problem::into_response)?;
        anybody.signed_in().ok_or_else(|| sign_in_for(parts.uri.path()))
    }
}

/// To the sign-in page, and from there to the page of that path.
pub fn sign_in_for(path: &str) -> Response {
    Redirect::to(&way_back(path)).into_response()
}

/// The same, where the page says why.
pub fn sign_in_after(path: &str, why: &'static str) -> Response {
    let way = way_back(path);
    let and = if way.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{way}{and}after={why}")).into_response()
}

/// The sign-in page, leading back to the page of that path where that is a place.
fn way_back(path: &str) -> String {
    match Place::of_path(path) {
        Some(place) => format!("/signin?back={}", place.word()),
        None => "/signin".to_owned(),
    }
}

impl SignedIn {
    /// The language of the member: the profile's, else that of the answer (D22).
    pub fn language(&self, here: &Here) -> Language {
        let chosen = self.visit.member.language.filter(|language| here.tenant.languages.contains(language));
        chosen.unwrap_or(here.language)
    }

    /// The member, for the hidden field `whose` of forms.
    pub fn whose(&self) -> String {
        self.visit.member.id.to_string()
    }

    /// The frame of a page behind the login: name, way out, and the menu (P-08, P-09).
    pub fn frame<'a>(&self, here: &'a Here, app: &'a App) -> Frame<'a> {
        let words = app.portal().wording().words(&here.tenant, self.language(here));
        let mut frame = Frame { words, ..here.frame(app) };
        frame.signed_in =
            Some(SignedInName { name: self.visit.member.name.clone(), logout_href: Some("/logout") });
        frame.menu = MenuEntry::all();
        frame.whose = self.whose();
        let path = here.path.split('?').next().unwrap_or_default();
        frame.ending =
            Some(Ending { rest: app.portal().rest(&here.tenant, &self.visit), sign_in: way_back(path) });
        frame
    }
}

/// The browser in coarse words, for the member's own list of devices: `iPhone / Safari`.
#[derive(Debug, Clone)]
pub struct Browser(pub String);

impl<S: Sync> FromRequestParts<S> for Browser {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(coarse(&parts.headers)))
    }
}

fn coarse(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = |list: &[(&'static str, &'static str)]| {
        list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let device = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ]);
    let browser = first(&[
        ("Line/", "LINE"),
        ("Edg", "Edge"),
        ("CriOS", "Chrome"),
        ("FxiOS", "Firefox"),
        ("Firefox", "Firefox"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    [device, browser].into_iter().flatten().collect::<Vec<_>>().join(" / ")
}

/// The language of the answer: chosen before, else the browser's wish, else the union's own.
pub fn language(headers: &HeaderMap, tenant: &Tenant) -> Language {
    let offered = |language: &Language| tenant.languages.contains(language);
    let chosen = cookie::value(headers, cookie::LANGUAGE).and_then(Language::parse).filter(offered);
    chosen.or_else(|| wished(headers).filter(offered)).unwrap_or(tenant.default_language)
}

/// The language a browser asks for. Whoever reads any Japanese is spoken to in Japanese.
fn wished(headers: &HeaderMap) -> Option<Language> {
    let accepts = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut tags = accepts.split(',').take(16).filter_map(|part| {
        let mut pieces = part.trim().split(';');
        let tag = pieces.next()?.trim().split('-').next()?.to_ascii_lowercase();
        let refused = pieces.any(|piece| piece.trim() == "q=0");
        (!refused).then_some(tag)
    });
    let known: Vec<Language> = tags.by_ref().filter_map(|tag| Language::parse(&tag)).collect();
    known.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn the_browsers_first_known_language_counts() {
        let wish = |text| wished(&with(header::ACCEPT_LANGUAGE, text));
        assert_eq!(wish("ja-JP,ja;q=0.9,en;q=0.8"), Some(Language::Ja));
        assert_eq!(wish("en-US,en;q=0.9,ja;q=0.1"), Some(Language::En));
        assert_eq!(wish("fr,de;q=0.5"), None);
        assert_eq!(wish("en;q=0, ja"), Some(Language::Ja));
    }

    #[test]
    fn a_browser_is_named_in_words_a_member_knows() {
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1";
        assert_eq!(coarse(&with(header::USER_AGENT, phone)), "iPhone / Safari");
        assert_eq!(coarse(&HeaderMap::new()), "");
    }
}
