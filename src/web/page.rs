//! Pages: one struct and one template file of the same name for each.
//!
//! A page is filled by its handler and rendered with askama. What all pages share — the union, the
//! words, notices, contact, receipt number, errors — stands in the [`Frame`], the field `frame` of
//! every page. Titles and headings belong to the templates. Forms post to the page's own path.

pub mod account;
pub mod code;
pub mod demo;
pub mod factor;
pub mod first_login;
pub mod help;
pub mod links;
pub mod passkey;
pub mod personal;
pub mod portal;
pub mod problem;
pub mod recovery;
mod refused;
pub mod signin;
pub mod sso;

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use links::UnionLinks;
pub use refused::{FieldError, NO_FIELD, with_refusals};

use crate::{
    domain::{
        route::Route,
        session::TimeLeft,
        tenant::{
            FirstSecret, Language, ListedStep, Method, NoticeLevel, NoticePlace, PageNotice, Status, Tenant,
            TenantText,
        },
    },
    web::receipt::ReceiptNumber,
    wording::{Argument, Marked, Words},
};

/// What every page of a union carries.
#[derive(Clone)]
pub struct Frame<'a> {
    /// The union whose page it is.
    pub tenant: &'a Tenant,
    /// Its voice, in the visitor's language.
    pub words: Words<'a>,
    /// Addresses that stand on every page of the union.
    pub links: Cow<'a, UnionLinks>,
    /// Where the union is reached: scheme, host and port.
    pub origin: String,
    /// Path and query of this page: where the language switch comes back to.
    pub path: String,
    /// Whether this page answers a form: then the browser is told `path` as the address to come back to, so that
    /// back and reload fetch the page and send nothing twice (D15).
    pub answers_form: bool,
    /// 「お問い合わせ番号」, which [`Frame::failure_number`] tells on failure pages only.
    pub number: ReceiptNumber,
    /// Whether this is a problem's page.
    pub is_problem: bool,
    /// The notices of this page's place that are shown today; see [`Frame::with_notices`].
    pub notices: Vec<&'a PageNotice>,
    /// The member's own name at the upper right (P-09); `None` before a session (and on the limited
    /// page of D2 the name as well, with its way out).
    pub signed_in: Option<SignedInName>,
    /// The end of the session, which the page warns of.
    pub ending: Option<Ending>,
    /// P-08, in order; no menu while empty.
    pub menu: Vec<MenuEntry>,
    /// Whose page it is, behind the login: the hidden field `whose` of its forms.
    pub whose: String,
    /// Where in the first login this page stands.
    pub progress: Option<StepProgress>,
    /// Whether a member who is signed in shows again who they are: the page says what comes afterwards.
    pub proves_again: bool,
    /// When what stands in the form was sent, where it was kept while its member showed again who they are (D29).
    pub kept_at: Option<Timestamp>,
    /// What is wrong with the form, in field order: summary, title and fields show it.
    pub errors: Vec<FieldError>,
    /// When the page is drawn: from here a pause counts down. `None` where nobody looks at the clock.
    pub drawn_at: Option<Timestamp>,
    /// The pause in which nothing that is typed is taken: a panel of its own (D13).
    pub pause: Option<Pause>,
}

/// A pause after wrong passwords, as the page tells it: alike for every user ID and whatever was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Until when, as a clock shows it.
    pub clock: String,
    /// Seconds that are left; `None` where nobody looks at the clock.
    pub seconds: Option<i64>,
    /// Why, and until when nothing is taken.
    pub sentence: String,
}

/// The member's name at the upper right and the way out behind it (P-09).
#[derive(Debug, Clone)]
pub struct SignedInName {
    /// 「ユーザー名」 of the roster.
    pub name: String,
    /// Where logging out is asked: `/logout`; on the limited page its own form (`None`).
    pub logout_href: Option<Route>,
}

/// What a page knows of the end of its session, to warn before it and to lead back in after it (WCAG 2.2.1).
#[derive(Debug, Clone)]
pub struct Ending {
    /// How much time is left.
    pub rest: TimeLeft,
    /// Path of the sign-in page that comes back to this one.
    pub sign_in: String,
}

/// One link of the menu (P-08).
#[derive(Debug, Clone)]
pub struct MenuEntry {
    /// Message name of the label.
    pub label_key: &'static str,
    /// Path of the page.
    pub href: Route,
    /// Whether it stands in the bar of a wide screen; the others open from the member's name there. A phone's menu has all.
    pub is_wide: bool,
}

impl MenuEntry {
    /// The menu of every page behind the login. What services are given stands there where the union has such services.
    pub fn of(tenant: &Tenant) -> Vec<Self> {
        [
            ("account-menu-profile", Route::Profile, true),
            ("account-menu-methods", Route::Methods, true),
            ("devices-title", Route::Devices, false),
            ("activity-title", Route::Activity, false),
            ("services-title", Route::AccountServices, false),
            ("help-title", Route::Help, false),
            ("account-menu-portal", Route::Top, true),
        ]
        .into_iter()
        .filter(|(_, href, _)| *href != Route::AccountServices || tenant.clients().next().is_some())
        .map(|(label_key, href, is_wide)| Self { label_key, href, is_wide })
        .collect()
    }
}

/// How far first login is: 「手順 3/6 メールアドレスの確認」.
#[derive(Debug, Clone)]
pub struct StepProgress {
    /// The names of all steps, grouped ones once.
    pub steps: Vec<String>,
    /// The one being done, from 0.
    pub current: usize,
}

impl StepProgress {
    /// The union's steps by name, in its order and groups, then the set-up of the method: by the name of its page
    /// where the union offers one method only.
    /// `current` is the place in that list, from 0.
    pub fn in_first_login(frame: &Frame<'_>, current: usize) -> Self {
        let groups = frame.tenant.policy.first_login.steps.iter();
        let mut steps: Vec<String> = groups.map(|group| step_name(frame, group)).collect();
        let mut offered = frame.tenant.policy.offered();
        steps.push(match (offered.next(), offered.next()) {
            (Some(method), None) if !method.is_mailed() => frame.words.msg(method.traits().messages.set_up),
            _ => frame.words.msg("first-login-method-set-up"),
        });
        Self { steps, current }
    }

    /// The number of the current step, from 1.
    pub fn number(&self) -> usize {
        self.current + 1
    }

    /// The name of the current step.
    pub fn name(&self) -> &str {
        self.steps.get(self.current).map_or("", String::as_str)
    }
}

/// What a group of steps is called: like its page.
fn step_name(frame: &Frame<'_>, group: &[ListedStep]) -> String {
    if group.contains(&ListedStep::UserId) && group.contains(&ListedStep::Method) {
        return frame.words.msg("first-login-user-id-and-method-title");
    }
    group.first().map_or_else(String::new, |step| match step {
        ListedStep::BirthDate => frame.words.msg("first-login-birth-date-title"),
        ListedStep::Terms => frame.words.msg("first-login-terms-title"),
        ListedStep::UserId => frame.words.msg("first-login-user-id-title"),
        ListedStep::Method => frame.words.msg("first-login-method-title"),
        ListedStep::Password => frame.words.msg("password-title"),
        ListedStep::Email => frame.words.msg("first-login-email-title"),
    })
}

/// Symbols with blanks between, to be read one by one.
fn spaced(symbols: &str) -> String {
    symbols.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

/// A union's name or heading in parts, between which a line may break: whose, 「健康保険組合」 or 「健保」, 「加入者ページ」.
fn parts_of_name(name: &str) -> Vec<&str> {
    let starts =
        ["健康保険組合", "健保", "加入者ページ"].into_iter().flat_map(|part| name.match_indices(part));
    let mut starts: Vec<usize> = starts.map(|(at, _)| at).chain([0, name.len()]).collect();
    starts.sort_unstable();
    starts.dedup();
    starts.windows(2).filter_map(|part| name.get(*part.first()?..*part.last()?)).collect()
}

impl<'a> Frame<'a> {
    /// A frame with nothing but the union, its voice, the path and the receipt number; at the address the union has in
    /// production, unless somebody who knows better writes another into `origin`.
    pub fn new(tenant: &'a Tenant, words: Words<'a>, path: impl Into<String>, number: ReceiptNumber) -> Self {
        let origin = format!("https://{}", tenant.hosts.primary);
        Self::at(tenant, words, Cow::Owned(UnionLinks::of(tenant)), origin, path, number)
    }

    /// The same, where the union is reached at `origin`, with links that were made before.
    pub fn at(
        tenant: &'a Tenant,
        words: Words<'a>,
        links: Cow<'a, UnionLinks>,
        origin: String,
        path: impl Into<String>,
        number: ReceiptNumber,
    ) -> Self {
        Self {
            tenant,
            words,
            links,
            origin,
            path: path.into(),
            answers_form: false,
            number,
            is_problem: false,
            notices: Vec::new(),
            signed_in: None,
            ending: None,
            menu: Vec::new(),
            whose: String::new(),
            progress: None,
            proves_again: false,
            kept_at: None,
            errors: Vec::new(),
            drawn_at: None,
            pause: None,
        }
    }

    /// When what stands in the form was sent, in words.
    fn kept_told(&self) -> Option<String> {
        self.kept_at.map(|at| self.msg1("account-kept-at", "time", self.words.moment(at)))
    }

    /// With the union's notices for that place and day (civil date in Japan).
    #[must_use]
    pub fn with_notices(mut self, place: NoticePlace, today: Date) -> Self {
        self.notices = self.tenant.notices.iter().filter(|n| n.place == place && n.is_shown(today)).collect();
        self
    }

    /// 「お問い合わせ番号」 of a failure page: a problem, a pause, or a form that comes back with something wrong (D16, D35).
    pub fn failure_number(&self) -> Option<&str> {
        let is_failure = self.is_problem || self.pause.is_some() || !self.errors.is_empty();
        is_failure.then(|| self.number.tell())
    }

    /// Whether a passkey alone opens the door here, pause or not (D1).
    fn is_passkey_alone(&self) -> bool {
        self.tenant.policy.stands_alone(Method::Passkey)
    }

    /// The sentence of that name.
    pub fn msg(&self, key: &str) -> Cow<'_, str> {
        self.words.said(key)
    }

    /// The sentence of that name with one value in it.
    pub fn msg1(&self, key: &str, name: &str, value: impl Argument) -> String {
        self.words.msg1(key, name, value)
    }

    /// The sentence of that name with two values in it.
    pub fn msg2(
        &self,
        key: &str,
        one: &str,
        first: impl Argument,
        two: &str,
        second: impl Argument,
    ) -> String {
        self.words.msg2(key, one, first, two, second)
    }

    /// Whether the page is that of the entry.
    fn is_here(&self, entry: &MenuEntry) -> bool {
        self.path.split('?').next() == Some(entry.href.pattern())
    }

    /// A text between tags, with what is not in the language of the page marked.
    pub fn marked<T: AsRef<str>>(&self, text: T) -> Marked<T> {
        Marked::new(text, self.language()).whole()
    }

    /// The sentence of that name, between tags, likewise.
    pub fn say(&self, key: &str) -> Marked<Cow<'_, str>> {
        self.marked(self.words.said(key))
    }

    /// The `lang` attribute of the page.
    pub fn lang(&self) -> &'static str {
        self.words.language().as_str()
    }

    /// The language of the page.
    pub fn language(&self) -> Language {
        self.words.language()
    }

    /// The `lang` attribute of a text of the union that is not in the language of the page.
    pub fn mark(&self, text: &TenantText<'_>) -> &'static str {
        text.mark_in(self.language())
    }

    /// Whether the union is not published: whoever looks has the link of its preview.
    pub fn is_draft(&self) -> bool {
        self.tenant.status == Status::Draft
    }

    /// The union's full name, in the language of the page as far as there is one.
    pub fn union_name(&self) -> TenantText<'_> {
        self.tenant.name_in(self.language())
    }

    /// The union's short name, likewise.
    pub fn short_name(&self) -> TenantText<'_> {
        self.tenant.short_name_in(self.language())
    }

    /// The site heading, likewise.
    pub fn heading(&self) -> TenantText<'_> {
        self.tenant.heading_in(self.language())
    }

    /// The department to ask for, likewise.
    pub fn department(&self) -> Option<TenantText<'_>> {
        self.tenant.department_in(self.language())
    }

    /// When the phone is answered, likewise.
    pub fn hours(&self) -> TenantText<'_> {
        self.tenant.hours_in(self.language())
    }

    /// What members confirm themselves with by these methods, in words.
    pub fn ways(&self, methods: impl Iterator<Item = Method>) -> String {
        let named = methods.map(|method| {
            self.words.msg(match method {
                Method::Passkey => "way-passkey",
                Method::AppOtp => "way-app-otp",
                Method::EmailOtp => "way-email-otp",
            })
        });
        named.collect::<Vec<_>>().join(&self.words.msg("way-or"))
    }

    /// Whether the terms are shown in a translation.
    pub fn is_translated(&self) -> bool {
        self.tenant.terms_in(self.language()).language != Language::Ja
    }

    /// Whether the terms are shown in a language that the reader has not chosen.
    pub fn reads_foreign_terms(&self) -> bool {
        self.tenant.terms_in(self.language()).language != self.language()
    }

    /// Tag and invitation of the other languages the union offers, each in itself, for the switch.
    pub fn other_languages(&self) -> Vec<(&'static str, String)> {
        let others = self.tenant.languages.iter().filter(|l| **l != self.words.language());
        others.map(|l| (l.as_str(), self.words.msg_in(*l, "common-read-in-this-language"))).collect()
    }

    /// The sentences about that field.
    pub fn errors_of(&self, field: &str) -> Vec<&str> {
        self.errors.iter().filter(|e| e.field == field).map(|e| e.sentence.as_str()).collect()
    }

    /// The headline of the summary: whoever typed nothing wrong is not asked to check what was typed.
    pub fn errors_title(&self) -> String {
        let is_of_fields = self.errors.iter().any(|e| e.field != NO_FIELD);
        self.words.msg(if is_of_fields { "common-errors" } else { "common-refused" })
    }

    /// `aria-invalid` and `aria-describedby` of a field whose hint has the id `hint` (or none).
    pub fn aria(&self, field: &str, hint: &str) -> String {
        let wrong = self.errors.iter().any(|e| e.field == field);
        let error_id = if wrong { format!("{field}-error") } else { String::new() };
        let described =
            [hint, &error_id].into_iter().filter(|id| !id.is_empty()).collect::<Vec<_>>().join(" ");
        let invalid = if wrong { " aria-invalid=\"true\"" } else { "" };
        if described.is_empty() {
            return invalid.to_owned();
        }
        format!("{invalid} aria-describedby=\"{described}\"")
    }

    /// Whether a notice is shown with a mark (❗). Red is for what went wrong.
    pub fn is_warning(&self, notice: &PageNotice) -> bool {
        notice.level == NoticeLevel::Warning
    }

    /// The union's short name in parts, between which a line may break.
    fn short_name_parts(&self) -> Vec<&str> {
        parts_of_name(self.short_name().text)
    }

    /// The site heading in parts, between which a line may break.
    pub fn heading_parts(&self) -> Vec<&str> {
        parts_of_name(self.heading().text)
    }

    /// Whether members from before log in with a first password that is printed nowhere (A0-04).
    pub fn has_former_members(&self) -> bool {
        self.tenant.policy.initial_password.existing == FirstSecret::KigoBangoBirthDate
    }

    /// The address of one of the union's pages in full, to be opened in another browser.
    pub fn address(&self, page: &Route) -> String {
        format!("{}{page}", self.origin)
    }

    /// The telephone link of the union.
    pub fn phone_href(&self) -> &str {
        &self.links.phone
    }

    /// The domain the union's mails come from: what a member lets through.
    pub fn mail_domain(&self) -> &str {
        let address = self.tenant.mail.from_address.as_str();
        address.rsplit_once('@').map_or(address, |(_, domain)| domain)
    }

    /// Address of the union's colours.
    pub fn tenant_css_href(&self) -> &str {
        &self.links.colours
    }

    /// Address of the union's logo.
    pub fn logo_href(&self) -> Option<&str> {
        self.links.logo.as_deref()
    }

    /// Alternative text of the logo: empty where the name beside it says the same.
    pub fn logo_alt(&self) -> &str {
        let alt = self.tenant.logo_alt_in(self.language()).text;
        if alt == self.union_name().text { "" } else { alt }
    }

    /// Address of the icon of home screens.
    pub fn touch_icon_href(&self) -> &str {
        &self.links.touch_icon
    }

    /// Address of what browsers keep with a page on a home screen.
    pub fn manifest_href(&self) -> &str {
        let [japanese, english] = &self.links.manifests;
        match self.language() {
            Language::Ja => japanese,
            Language::En => english,
        }
    }

    /// Address of the tab's icon.
    pub fn favicon_href(&self) -> &str {
        &self.links.favicon
    }
}
