//! Visitor: who asks, as arguments of handlers. A handler that takes [`SignedIn`] cannot be written to forget it.

use std::{borrow::Cow, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};

use jiff::Timestamp;

use super::{
    app::App,
    cookie,
    page::{Ending, Frame, MenuEntry, SignedInName, links::UnionLinks},
    place::ReturnPage,
    problem::Problem,
    receipt::ReceiptNumber,
    weight::thousandths,
};
use crate::{
    domain::{
        member::Member,
        route::Route,
        session::{FormerSignIn, TimeLeft},
        tenant::{Language, NoticePlace, Tenant},
    },
    portal::{
        recent::Recent,
        request,
        session::{Admission, Visit},
    },
    vault::Token,
    world::today_in_japan,
};

/// What the gate found out about a request.
#[derive(Debug, Clone)]
pub struct Here {
    /// The union of the host, as its files stood when the request began: nothing else tells a handler of it (R34).
    pub tenant: Arc<Tenant>,
    /// The addresses that stand on its pages.
    pub links: Arc<UnionLinks>,
    /// The language of the answer.
    pub language: Language,
    /// 「お問い合わせ番号」: stands in the log, in the trail, and on the page if it tells of a failure.
    pub number: ReceiptNumber,
    /// Path and query, for the language switch.
    pub path: String,
    /// Whether a form was sent here.
    pub is_form: bool,
    /// When what the answer shows in its form was sent, by whoever sat at the screen then (D29).
    pub kept_at: Option<Timestamp>,
}

impl Here {
    /// The frame of a page.
    pub fn frame<'a>(&'a self, app: &'a App) -> Frame<'a> {
        self.frame_in(app, self.language)
    }

    /// The frame of a page in that language.
    fn frame_in<'a>(&'a self, app: &'a App, language: Language) -> Frame<'a> {
        let words = app.portal().wording().words(&self.tenant, language);
        let (links, origin) = (Cow::Borrowed(&*self.links), app.public().origin(&self.tenant));
        let mut frame = Frame::at(&self.tenant, words, links, origin, self.path.clone(), self.number.clone());
        frame.answers_form = self.is_form;
        frame.kept_at = self.kept_at;
        frame.drawn_at = Some(app.portal().now());
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
    /// The session's cookie, as the browser sent it.
    pub token: Option<Token>,
}

impl FromRequestParts<App> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let At(here) = At::from_request_parts(parts, app).await?;
        let mut first = None;
        // Usually one. Of several the one that is worth something counts: no other signs a member out (D31).
        for token in cookie::tokens(&parts.headers, cookie::SESSION) {
            let admission = app.portal().visit(&here.tenant, &token).await?;
            if matches!(admission, Admission::In(_)) {
                return Ok(Self { admission, token: Some(token) });
            }
            first = first.or(Some(Self { admission, token: Some(token) }));
        }
        Ok(first.unwrap_or(Self { admission: Admission::Out, token: None }))
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
    /// The session and its member.
    pub visit: Box<Visit>,
    /// The session's cookie, as the browser sent it.
    pub token: Token,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let anybody = Anybody::from_request_parts(parts, app).await.map_err(Problem::into_response)?;
        let signed_in = anybody.signed_in().ok_or_else(|| sign_in_for(parts.uri.path()))?;
        request::is_about(signed_in.visit.member.id);
        Ok(signed_in)
    }
}

/// To the sign-in page, and from there to the page of that path.
pub fn sign_in_for(path: &str) -> Response {
    Redirect::to(&way_back(path, &[])).into_response()
}

/// The same, where the page says why.
pub fn sign_in_after(path: &str, why: &'static str) -> Response {
    Redirect::to(&way_back(path, &[("after", why)])).into_response()
}

/// The sign-in page, leading back to the page of that path where that is a place.
fn way_back(path: &str, query: &[(&str, &str)]) -> String {
    let back = ReturnPage::of_path(path).map(ReturnPage::word);
    let back = back.as_deref().map(|word| ("back", word));
    Route::SignIn.with(&back.into_iter().chain(query.iter().copied()).collect::<Vec<_>>())
}

impl SignedIn {
    /// The language of the member: the profile's, else that of the answer (D22).
    pub fn language(&self, here: &Here) -> Language {
        language_of(&self.visit.member, here)
    }

    /// The member, for the hidden field `whose` of forms.
    pub fn whose(&self) -> String {
        self.visit.member.id.to_string()
    }

    /// The frame of a page behind the login: name, way out, and the menu (P-08, P-09).
    pub fn frame<'a>(&self, here: &'a Here, app: &'a App) -> Frame<'a> {
        frame_of(&self.visit.member, app.portal().rest(&here.tenant, &self.visit), here, app)
    }
}

/// Whoever asks for a page that only shows: the member, if one was signed in at most a second ago. What changes anything,
/// or reveals a secret, takes [`Anybody`] or [`SignedIn`].
#[derive(Debug, Clone)]
pub struct Reader(pub Option<ReadingMember>);

/// A member who reads a page that only shows.
#[derive(Debug, Clone)]
pub struct ReadingMember {
    recent: Recent,
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let At(here) = At::from_request_parts(parts, app).await?;
        // As with `Anybody`.
        for token in cookie::tokens(&parts.headers, cookie::SESSION) {
            if let Some(recent) = app.portal().recent(&here.tenant, &token).await? {
                return Ok(Self(Some(ReadingMember { recent })));
            }
        }
        Ok(Self(None))
    }
}

impl FromRequestParts<App> for ReadingMember {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Reader(member) = Reader::from_request_parts(parts, app).await.map_err(Problem::into_response)?;
        let member = member.ok_or_else(|| sign_in_for(parts.uri.path()))?;
        request::is_about(member.member().id);
        Ok(member)
    }
}

impl ReadingMember {
    /// The member who is signed in.
    pub fn member(&self) -> &Member {
        self.recent.member()
    }

    /// When the member signed in before.
    pub fn former(&self) -> Option<FormerSignIn> {
        self.recent.former()
    }

    /// How many factors the member holds, of whatever kind.
    pub fn factors(&self) -> u32 {
        self.recent.factors()
    }

    /// The frame of a page behind the login, as [`SignedIn::frame`].
    pub fn frame<'a>(&self, here: &'a Here, app: &'a App) -> Frame<'a> {
        frame_of(self.member(), app.portal().rest_of_recent(&here.tenant, &self.recent), here, app)
    }
}

fn language_of(member: &Member, here: &Here) -> Language {
    member.language.filter(|language| here.tenant.languages.contains(language)).unwrap_or(here.language)
}

fn frame_of<'a>(member: &Member, rest: TimeLeft, here: &'a Here, app: &'a App) -> Frame<'a> {
    let mut frame = here.frame_in(app, language_of(member, here));
    frame.signed_in = Some(SignedInName { name: member.name.clone(), logout_href: Some(Route::LogOut) });
    frame.menu = MenuEntry::of(&here.tenant);
    frame.whose = member.id.to_string();
    let path = here.path.split('?').next().unwrap_or_default();
    frame.ending = Some(Ending { rest, sign_in: way_back(path, &[]) });
    frame
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
    chosen.unwrap_or_else(|| wished(headers, &tenant.languages, tenant.default_language))
}

/// The language a browser wishes for most, of those on offer, by the weights of its `Accept-Language` (RFC 9110,
/// 12.5.4). A weight of 0 means "not this one". Where nothing is wished for, the usual one.
fn wished(headers: &HeaderMap, offered: &[Language], usual: Language) -> Language {
    let ranges: Vec<(String, u16)> = headers
        .get_all(header::ACCEPT_LANGUAGE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .take(MOST_RANGES)
        .filter_map(|range| range_with_weight(std::str::from_utf8(range).ok()?))
        .collect();
    // Several ranges may be about one language: en-US and en. The heaviest counts; among equals the first one said.
    let weight = |language: Language| {
        let named = |(tag, _): &&(String, u16)| Language::parse(tag) == Some(language);
        let any = |(tag, _): &&(String, u16)| tag == "*";
        let heaviest = ranges.iter().filter(named).map(|(_, weight)| *weight).max();
        heaviest.or_else(|| ranges.iter().find(any).map(|(_, weight)| *weight))
    };
    let place = |language: Language| {
        let place = ranges.iter().position(|(tag, _)| Language::parse(tag) == Some(language));
        (place.is_none(), place, language != usual)
    };
    let mut wishes: Vec<(u16, Language)> = offered
        .iter()
        .filter_map(|language| Some((weight(*language)?, *language)))
        .filter(|(weight, _)| *weight > 0)
        .collect();
    wishes.sort_by_key(|(weight, language)| (std::cmp::Reverse(*weight), place(*language)));
    let wish = wishes.first().map(|(_, language)| *language);
    let bearable = || offered.iter().copied().find(|language| weight(*language) != Some(0));
    let is_refused = weight(usual) == Some(0);
    wish.unwrap_or_else(|| if is_refused { bearable().unwrap_or(usual) } else { usual })
}

/// Most ranges that are read.
const MOST_RANGES: usize = 32;

/// A range's first subtag, in lower case, and its weight in thousandths. `None` where the weight is none.
fn range_with_weight(range: &str) -> Option<(String, u16)> {
    let mut pieces = range.split(';').map(str::trim);
    let tag = pieces.next()?.split('-').next()?.to_ascii_lowercase();
    let mut weight = 1000;
    for piece in pieces {
        let Some((name, value)) = piece.split_once('=') else { continue };
        if name.trim().eq_ignore_ascii_case("q") {
            weight = thousandths(value.trim())?;
        }
    }
    (!tag.is_empty()).then_some((tag, weight))
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
    fn languages_go_by_their_weight_and_nought_means_not() {
        use Language::{En, Ja};
        for (text, wish) in [
            ("ja-JP,ja;q=0.9,en;q=0.8", Ja),
            ("en-US,en;q=0.9,ja;q=0.1", En),
            ("en;q=0.3,ja;q=0.9", Ja),
            ("en;q=0.3 , JA ; Q=0.31", Ja),
            ("fr,en;q=0.2,ja;q=0.1", En),
            ("fr,de;q=0.5", Ja),
            ("en;q=0, ja", Ja),
            ("en;q=0.0,*", Ja),
            ("en;q=0.000", Ja),
            ("ja;q=0", En),
            ("ja;q=0.0,en;q=0.1", En),
            ("ja;q=0,en;q=0", Ja),
            ("*;q=0", Ja),
            ("*", Ja),
            ("*;q=0.5,en;q=0.4", Ja),
            ("*;q=0.4,en;q=0.5", En),
            ("en-US;q=0,en-GB", En),
            ("en,ja", En),
            ("ja,en", Ja),
            ("en;q=1.000,ja;q=1", En),
            ("en;q=1.5,ja;q=0.1", Ja),
            ("en;q=nan,ja;q=0.1", Ja),
            ("en;q=-1,ja;q=0.1", Ja),
            ("en;q=,ja;q=0.1", Ja),
            ("en;q=0.0001", Ja),
            ("en;level=1;q=0.5,ja;q=0.4", En),
            (";q=1,,;,en", En),
            ("", Ja),
        ] {
            let headers = with(header::ACCEPT_LANGUAGE, text);
            assert_eq!(wished(&headers, &[Ja, En], Ja), wish, "{text}");
        }
        let mut two = with(header::ACCEPT_LANGUAGE, "ja;q=0.1");
        two.append(header::ACCEPT_LANGUAGE, "en".parse().unwrap());
        assert_eq!(wished(&two, &[Ja, En], Ja), En, "two lines are one list");
        assert_eq!(wished(&with(header::ACCEPT_LANGUAGE, "en"), &[Ja], Ja), Ja, "only what is offered");
    }

    #[test]
    fn a_browser_is_named_in_words_a_member_knows() {
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1";
        assert_eq!(coarse(&with(header::USER_AGENT, phone)), "iPhone / Safari");
        assert_eq!(coarse(&HeaderMap::new()), "");
    }
}
