//! Problems: pages without a form, each with what happened, what to do, the way on, the contact.

use askama::Template;
use jiff::civil::Date;

use super::Frame;
use crate::{
    domain::{
        closing::{Closing, ContactAfterClosing},
        route::Route,
        tenant::Language,
        typed,
    },
    wording::Wording,
};

/// A page that says no, in the union's frame.
#[derive(Template)]
#[template(path = "problem/problem.html")]
pub struct ProblemPage<'a> {
    /// The frame; it shows the receipt number.
    pub frame: Frame<'a>,
    /// What is the matter.
    pub kind: ProblemKind,
    /// The first day on which the union is closed, where the database says so.
    pub closed_since: Option<Date>,
}

/// What is the matter. The status code is the handler's; the usual one is named here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// 404 Not Found.
    NotFound,
    /// 403: a form that did not come from our own page (D19).
    Forbidden,
    /// 400: a service sent the member here in a way that is not known good. Nobody is sent anywhere.
    BadService,
    /// 413 Content Too Large.
    TooLarge,
    /// 400: a form that cannot be read, fields sent twice, broken UTF-8.
    BadForm,
    /// 405 Method Not Allowed.
    MethodNotAllowed,
    /// 503 with `Retry-After`: too much at once.
    Busy,
    /// 503 with `Retry-After`: something that is needed is away.
    Away,
    /// 503 with `Retry-After`: nobody knows whether it was done (D39).
    Unsure,
    /// 503 with `Retry-After`: codes and links wait until the time is believed (R24).
    Clock,
    /// 500, with a receipt number.
    Fault,
    /// 503: `status = "maintenance"`.
    Maintenance,
    /// 410: `status = "closed"`.
    Closed,
    /// 410: a link or page that is no more.
    Gone,
    /// 410: the link of a recovery mail that is no more.
    DeadLink,
    /// 429 Too Many Requests, with `Retry-After`: the budget of the network is used up (D27).
    TooMany,
}

impl ProblemKind {
    /// Every kind, for tests that look at each.
    pub const ALL: [Self; 16] = [
        Self::NotFound,
        Self::Forbidden,
        Self::BadService,
        Self::TooLarge,
        Self::BadForm,
        Self::MethodNotAllowed,
        Self::Busy,
        Self::Away,
        Self::Unsure,
        Self::Clock,
        Self::Fault,
        Self::Maintenance,
        Self::Closed,
        Self::Gone,
        Self::DeadLink,
        Self::TooMany,
    ];

    /// The middle of its message names: `problem-<word>-title`, `-what`, `-do`.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Forbidden => "forbidden",
            Self::BadService => "bad-service",
            Self::TooLarge => "too-large",
            Self::BadForm => "bad-form",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::Unsure => "unsure",
            Self::Clock => "clock",
            Self::Fault => "fault",
            Self::Maintenance => "maintenance",
            Self::Closed => "closed",
            Self::Gone => "gone",
            Self::DeadLink => "dead-link",
            Self::TooMany => "too-many",
        }
    }

    /// Message name and address of the way on; none while the union is not served.
    fn way_on(self) -> Option<(&'static str, Route)> {
        match self {
            Self::Gone => Some(("problem-way-signin", Route::SignIn)),
            Self::DeadLink => Some(("problem-way-recovery", Route::ForgotPassword)),
            Self::NotFound
            | Self::Forbidden
            | Self::BadService
            | Self::TooLarge
            | Self::BadForm
            | Self::MethodNotAllowed
            | Self::Busy
            | Self::Away
            | Self::Unsure
            | Self::Clock
            | Self::Fault
            | Self::TooMany => Some(("problem-way-top", Route::Top)),
            Self::Maintenance | Self::Closed => None,
        }
    }

    /// Whether what was asked for may be asked for again.
    fn passes(self) -> bool {
        match self {
            Self::Busy | Self::Away | Self::Unsure | Self::Clock | Self::Fault | Self::TooMany => true,
            Self::NotFound
            | Self::Forbidden
            | Self::BadService
            | Self::TooLarge
            | Self::BadForm
            | Self::MethodNotAllowed
            | Self::Maintenance
            | Self::Closed
            | Self::Gone
            | Self::DeadLink => false,
        }
    }
}

impl<'a> ProblemPage<'a> {
    /// That page, with its receipt number.
    pub fn new(frame: Frame<'a>, kind: ProblemKind) -> Self {
        Self { frame: Frame { is_problem: true, ..frame }, kind, closed_since: None }
    }

    /// The ways on, the first one first: message name and address.
    fn ways_on(&self) -> Vec<(&'static str, String)> {
        let again = self.again().filter(|_| self.kind.passes());
        let usual = self.kind.way_on().map(|(name, route)| (name, route.to_string()));
        let is_another = |way: &(&str, String)| again.as_ref().is_none_or(|(_, address)| *address != way.1);
        let usual = usual.filter(is_another);
        again.into_iter().chain(usual).collect()
    }

    /// To what was asked for once more: the page itself, or the page of the form.
    fn again(&self) -> Option<(&'static str, String)> {
        let (path, query) = self.frame.path.split_once('?').unwrap_or((&self.frame.path, ""));
        let page = match Route::of_path(path) {
            Some(route) => route.page().to_string(),
            None if Route::every().any(|route| route.holds(path)) => path.to_owned(),
            None => return None,
        };
        if self.frame.answers_form {
            return Some(("problem-way-form", page));
        }
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        Some(("problem-way-again", format!("{page}{query}")))
    }

    fn what(&self) -> String {
        match self.closed_since {
            Some(day) => {
                let day = self.frame.words.day(day);
                self.frame.words.msg1("problem-closed-since", "day", day)
            }
            None => self.text("what"),
        }
    }

    fn text(&self, part: &str) -> String {
        self.frame.words.msg(&format!("problem-{}-{part}", self.kind.word()))
    }
}

/// 421: no union lives at this host, and none is named. In both languages at once.
#[derive(Template)]
#[template(path = "problem/unknown_host.html")]
pub struct UnknownHostPage {
    /// 「お問い合わせ番号」.
    pub receipt: String,
}

/// 410: the host of a union that has closed and has no file any more. In both languages at once.
#[derive(Template)]
#[template(path = "problem/closed_host.html")]
pub struct ClosedHostPage<'a> {
    /// The union, and whom to call.
    pub union: &'a ContactAfterClosing,
    /// The address of the phone.
    pub tel: String,
    /// The first day on which it is closed, in Japanese.
    pub since_ja: String,
    /// The same in English.
    pub since_en: String,
}

impl<'a> ClosedHostPage<'a> {
    /// The page of that union.
    pub fn new(closing: &'a Closing, wording: &Wording) -> Self {
        let since = |language| wording.plain(language).day(closing.since());
        Self {
            union: &closing.contact,
            tel: format!("tel:{}", typed::phone(&closing.contact.phone).unwrap_or_default()),
            since_ja: since(Language::Ja),
            since_en: since(Language::En),
        }
    }
}

/// 503, before anything was read: an address has too many connections. In both languages at once.
#[derive(Template)]
#[template(path = "problem/turned_away.html")]
pub struct TurnedAwayPage {
    /// 「お問い合わせ番号」.
    pub receipt: String,
}
