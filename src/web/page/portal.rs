//! The portal page: signed out, signed in, and in its limited form after a first login.

use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Frame, help::HelpPage};
use crate::domain::{
    route::Route,
    tenant::{Icon, MfaSetup, NoticeLevel, PageNotice, Service},
};

/// `/` before sign-in: 「ログイン」 at the upper right (P-01), what several factors are (P-05), the
/// notices of place `portal`, the ten-minute promise (K-12), the contact.
#[derive(Template)]
#[template(path = "portal/top.html")]
pub struct TopPage<'a> {
    /// The frame, with notices of [`NoticePlace::Portal`](crate::domain::tenant::NoticePlace).
    pub frame: Frame<'a>,
    /// Whether the member logged out just now.
    pub logged_out: bool,
}

impl TopPage<'_> {
    /// What this union's members have at hand for first login.
    fn needs(&self) -> Vec<String> {
        HelpPage::of_top(self.frame.clone()).needs()
    }

    /// What several factors are, at this union.
    fn about_factors(&self) -> String {
        let offered = self.frame.tenant.policy.offered();
        self.frame.msg1("portal-mfa-text", "ways", self.frame.ways(offered))
    }

    /// Whether the method is set up at a second sign-in (D2).
    fn signs_in_again(&self) -> bool {
        self.frame.tenant.policy.first_login.mfa_setup == MfaSetup::Relogin
    }
}

/// `/` with a session: 「サービス」 (P-06, P-07), お知らせ, menu (P-08), name (P-09).
#[derive(Template)]
#[template(path = "portal/home.html")]
pub struct HomePage<'a> {
    /// The frame, with notices of place `home`, `signed_in` and `menu`.
    pub frame: Frame<'a>,
    /// When the member signed in before, and how, in words; leads to 「最近の記録」.
    pub former: Option<String>,
    /// How the member gets in from now on, where first login has become whole and nothing has said so yet.
    pub finished: Option<String>,
    /// Whether a letter says the same.
    pub is_mailed: bool,
    /// An address that is not confirmed yet (D8): a way to `/account/email/confirm`.
    pub pending_email: Option<String>,
    /// Whether the member holds one factor only, and may have more.
    pub is_alone: bool,
}

impl HomePage<'_> {
    /// Whose page it is.
    fn name(&self) -> Option<&str> {
        self.frame.signed_in.as_ref().map(|me| me.name.as_str())
    }

    /// The notices: warnings first, then by their day, the newest first, and without one last. Each with its day: as
    /// machines and as people write it.
    fn news(&self) -> Vec<(&PageNotice, Option<(String, String)>)> {
        let mut notices = self.frame.notices.clone();
        notices.sort_by_key(|notice| (notice.level == NoticeLevel::Info, std::cmp::Reverse(notice.from)));
        let day = |notice: &PageNotice| notice.from.map(|day| (day.to_string(), self.frame.words.day(day)));
        notices.into_iter().map(|notice| (notice, day(notice))).collect()
    }
}

/// Whether a service stands under another host than the portal.
fn is_elsewhere(frame: &Frame<'_>, service: &Service) -> bool {
    let host = service.url.split("//").nth(1).and_then(|rest| rest.split(['/', ':', '?', '#']).next());
    let own = &frame.tenant.hosts;
    !host.is_some_and(|host| host == own.primary || own.aliases.iter().any(|alias| alias == host))
}

/// `/signin/done`, D2: the portal page in limited form. Belongs to the attempt, not to a session.
/// Its form posts to `/signin/done` and ends the attempt.
#[derive(Template)]
#[template(path = "portal/limited.html")]
pub struct LimitedPage<'a> {
    /// The frame; `signed_in` with `logout_href: None`, so that the name opens the same form.
    pub frame: Frame<'a>,
    /// The user ID from now on: it may have been changed a moment ago.
    pub login: String,
    /// Whether the member chose mailed codes: then nothing is left to set up.
    pub mail_code: bool,
}

/// The union's services, each with the drawing of its icon.
fn tiles<'a>(frame: &Frame<'a>) -> Vec<(&'a Service, &'static str)> {
    frame.tenant.services.iter().map(|service| (service, drawing(service.icon))).collect()
}

/// Where a tile leads: to the service; by way of a page of ours where members are signed in to it.
fn href(service: &Service) -> String {
    match service.sso {
        Some(_) => format!("{}{}", Route::Service, utf8_percent_encode(&service.id, NON_ALPHANUMERIC)),
        None => service.url.clone(),
    }
}

/// The drawing of a service's icon: the inside of a 24 × 24 SVG, drawn with lines.
fn drawing(icon: Icon) -> &'static str {
    match icon {
        Icon::Yen => {
            r#"<circle cx="12" cy="12" r="9"/><path d="m8.5 7 3.5 5 3.5-5M12 12v5.5M9 12.5h6M9 15h6"/>"#
        }
        Icon::Calendar => {
            r#"<rect x="3.5" y="5" width="17" height="15.5" rx="2"/><path d="M3.5 10h17M8 3v4M16 3v4M8 14h2M14 14h2M8 17h2"/>"#
        }
        Icon::Card => {
            r#"<rect x="2.5" y="5" width="19" height="14" rx="2"/><circle cx="8" cy="11" r="2"/><path d="M5 16c.4-1.6 1.5-2.3 3-2.3s2.6.7 3 2.3M14 10h4.5M14 13.5h4.5"/>"#
        }
        Icon::Hospital => {
            r#"<path d="M5 21V5.5A1.5 1.5 0 0 1 6.5 4h11A1.5 1.5 0 0 1 19 5.5V21M3 21h18M12 7.5v5M9.5 10h5M10 21v-4.5h4V21"/>"#
        }
        Icon::Form => {
            r#"<path d="M14 3H6.5A1.5 1.5 0 0 0 5 4.5v15A1.5 1.5 0 0 0 6.5 21h11a1.5 1.5 0 0 0 1.5-1.5V8zM14 3v5h5M8.5 12.5h7M8.5 16.5h4.5"/>"#
        }
        Icon::Certificate => {
            r#"<path d="M12.5 18H4.5A1.5 1.5 0 0 1 3 16.5v-11A1.5 1.5 0 0 1 4.5 4h15A1.5 1.5 0 0 1 21 5.5v6M7 8.5h10M7 12.5h5"/><circle cx="17" cy="15" r="3"/><path d="m15.5 17.5-.5 4 2-1 2 1-.5-4"/>"#
        }
        Icon::Travel => {
            r#"<rect x="3" y="8" width="18" height="12" rx="2"/><path d="M8.5 8V5.5A1.5 1.5 0 0 1 10 4h4a1.5 1.5 0 0 1 1.5 1.5V8M8 8v12M16 8v12"/>"#
        }
        Icon::Heart => {
            r#"<path d="M12 20.5 4.2 12.6a5 5 0 0 1 7-7.1l.8.8.8-.8a5 5 0 0 1 7 7.1z"/><path d="M4 12h4l1.5-3 3 6 1.5-3h6"/>"#
        }
        Icon::Link => {
            r#"<path d="M10 14a4 4 0 0 0 5.7 0l3.5-3.5a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.5 3.5a4 4 0 0 0 5.7 5.7L12 17.7"/>"#
        }
    }
}
