//! Pages about the member's own account.

use askama::Template;

use super::{Frame, first_login::MethodOption, passkey, spaced, sso::OnToService};
use crate::{
    domain::{
        passkey::PasskeyFlaw,
        route::Route,
        tenant::{Language, Method, TenantText},
    },
    portal::{devices::KnownBrowsers, profile::Profile, sso::granted::GrantedService},
};

/// `/logout` (P-10): 「ログアウトしてもよろしいですか？」, posting to `/logout`.
#[derive(Template)]
#[template(path = "account/log_out.html")]
pub struct LogOutPage<'a> {
    /// The frame, with `signed_in` and `menu`.
    pub frame: Frame<'a>,
}

/// `/account/profile` (S-01). Fields: `language`, `user_id`, `method`, and beside each the value it was shown with:
/// `shown_language`, `shown_user_id`, `shown_method`.
#[derive(Template)]
#[template(path = "account/profile.html")]
pub struct ProfilePage<'a> {
    /// The frame, with `signed_in` and `menu`. Errors stand at `user_id`, `method`, `language`.
    pub frame: Frame<'a>,
    /// The user ID in the field: as typed, else the one in force.
    pub login: String,
    /// The method that is chosen in the list; `None` leaves it as it is.
    pub method: Option<Method>,
    /// The language that is chosen in the list.
    pub language: Language,
    /// What is so while the page is shown.
    pub shown: Profile,
    /// Whether the method in force is still to be set up.
    pub is_to_set_up: bool,
    /// 「ユーザー名」 of the roster: shown, not asked (S-04).
    pub name: String,
    /// The address in force.
    pub email: Option<String>,
    /// An address that waits for its code.
    pub pending_email: Option<String>,
    /// What was done just now.
    pub done: Vec<ProfileDone>,
    /// Whether the member typed this before they had to show again who they are.
    pub is_kept: bool,
    /// What the browser is told of the member's passkeys (Signal API), as JSON.
    pub accepted: Option<String>,
}

/// What was done on the profile page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileDone {
    /// Something of the profile was changed.
    Changed,
    /// Nothing was, because everything is so already.
    Nothing,
    /// A method was chosen that is set up at the next sign-in (S-05).
    SetUpAtSignIn,
    /// A new address was confirmed.
    Email,
    /// The user ID was changed.
    UserId,
    /// A new address was called off before it was confirmed.
    EmailKept,
    /// No address waits for a code.
    NoCode,
}

impl ProfileDone {
    /// What a word behind the `?` says.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "changed" => Self::Changed,
            "nothing" => Self::Nothing,
            "set-up" => Self::SetUpAtSignIn,
            "email" => Self::Email,
            "user-id" => Self::UserId,
            "email-kept" => Self::EmailKept,
            "no-code" => Self::NoCode,
            _ => return None,
        })
    }

    fn key(self) -> &'static str {
        match self {
            Self::Changed => "account-saved",
            Self::Nothing => "account-nothing-changed",
            Self::SetUpAtSignIn => "account-set-up-at-sign-in",
            Self::Email => "account-email-confirmed",
            Self::UserId => "account-user-id-changed",
            Self::EmailKept => "account-email-kept",
            Self::NoCode => "account-no-code",
        }
    }
}

impl ProfilePage<'_> {
    /// What was done, in words.
    fn told(&self) -> Vec<String> {
        let told = |done: &ProfileDone| self.frame.msg1(done.key(), "login", self.shown.login.as_str());
        self.done.iter().map(told).collect()
    }

    fn is_set_up_at_sign_in(&self) -> bool {
        self.done.contains(&ProfileDone::SetUpAtSignIn)
    }

    /// The languages on offer, each named in itself.
    fn languages(&self) -> Vec<(&'static str, String, bool)> {
        let named =
            |language: &Language| (language.as_str(), self.name_of(*language), *language == self.language);
        self.frame.tenant.languages.iter().map(named).collect()
    }

    fn name_of(&self, language: Language) -> String {
        self.frame.words.msg_in(language, "account-language-name")
    }

    /// The methods on offer. Where the one in force is none of them, none is chosen.
    fn methods(&self) -> Vec<MethodOption> {
        MethodOption::list(&self.frame, self.method)
    }

    /// Whether the list needs an entry that leaves the method as it is.
    fn keeps_method(&self) -> bool {
        !self.methods().iter().any(|option| option.selected)
    }

    fn shown_method(&self) -> &'static str {
        self.shown.method.map_or("", Method::as_str)
    }

    /// Sign and name of each character of F-05, without those the union allows.
    fn forbidden(&self) -> Vec<(&'static str, String)> {
        super::first_login::forbidden(&self.frame)
    }

    /// The union's symbols, one by one.
    fn symbols(&self) -> String {
        spaced(&self.frame.tenant.policy.user_id.symbols)
    }
}

/// `/account/email` (S-11). Field: `email`.
#[derive(Template)]
#[template(path = "account/email.html")]
pub struct ChangeEmailPage<'a> {
    /// The frame, with `signed_in` and `menu`. Errors stand at `email`.
    pub frame: Frame<'a>,
    /// The address in the field.
    pub value: String,
    /// The address that was probably meant, where that in the field looks like a slip.
    pub meant: Option<String>,
    /// Whether there is an address already.
    pub replaces: bool,
    /// Whether the member typed this before they had to show again who they are.
    pub is_kept: bool,
}

/// `/account/methods` (S-06): 「基本認証」 and 「二要素認証」.
#[derive(Template)]
#[template(path = "account/methods.html")]
pub struct MethodsPage<'a> {
    /// The frame, with `signed_in` and `menu`.
    pub frame: Frame<'a>,
    /// 「作成日」 of the password, in words.
    pub password_set: String,
    /// What the member has of each kind that the union offers or the member has.
    pub lists: Vec<MethodList>,
    /// Whether any may be taken away: the last one can only be replaced (N-14).
    pub may_remove: bool,
    /// The kind that is asked for first, as in [`ProfilePage::method`].
    pub usual: Option<Method>,
    /// What the browser is told of the member's passkeys (Signal API), as JSON.
    pub accepted: Option<String>,
    /// What was done just now.
    pub done: Option<MethodsDone>,
    /// The service that waits for what was added just now.
    pub on_to: Option<OnToService>,
}

impl MethodsPage<'_> {
    /// How many kinds are held: which is asked for first is a question only of several.
    fn kinds(&self) -> usize {
        self.lists.iter().filter(|list| !list.lines.is_empty()).count()
    }

    /// Whether that kind is asked for first at a sign-in, where there is more than one.
    fn is_usual(&self, list: &MethodList) -> bool {
        self.kinds() > 1 && self.usual == Some(list.method) && !list.lines.is_empty()
    }

    /// What was done, in words.
    fn told(&self) -> String {
        let usual =
            self.usual.map(|method| self.frame.words.msg(&format!("letter-method-{}", method.as_str())));
        match (self.done, usual) {
            (None, _) => String::new(),
            (Some(MethodsDone::Added), _) if self.kinds() == 1 => {
                self.frame.words.msg("account-method-added-more")
            }
            (Some(MethodsDone::RemovedUsual), None) => self.frame.words.msg(MethodsDone::Removed.key()),
            (Some(done), usual) => self.frame.msg1(done.key(), "method", usual.unwrap_or_default()),
        }
    }
}

/// What a member has of one kind.
#[derive(Debug, Clone)]
pub struct MethodList {
    /// The factor's kind.
    pub method: Method,
    /// The factors of that kind, a line each.
    pub lines: Vec<MethodLine>,
    /// Whether one more may be set up.
    pub may_add: bool,
    /// Why not, where the member can do something about it.
    pub why_not: Option<String>,
}

impl MethodList {
    /// The drawing of the kind: the inside of a 24 × 24 SVG, drawn with lines.
    fn drawing(&self) -> &'static str {
        match self.method {
            Method::Passkey => {
                r#"<path d="M4 8V6a2 2 0 0 1 2-2h2M16 4h2a2 2 0 0 1 2 2v2M20 16v2a2 2 0 0 1-2 2h-2M8 20H6a2 2 0 0 1-2-2v-2M9 9.500v1M15 9.500v1M12 9.500v3.500h-1M9 15.500c1.800 1.500 4.200 1.500 6 0"/>"#
            }
            Method::AppOtp => {
                r#"<rect x="6.500" y="2.500" width="11" height="19" rx="2"/><path d="M9.500 9.500h5M9.500 13h5M11 18.500h2"/>"#
            }
            Method::EmailOtp => {
                r#"<rect x="3" y="5.500" width="18" height="13.500" rx="2"/><path d="m3.500 7.500 8.500 6 8.500-6"/>"#
            }
        }
    }
}

/// A registered way in.
#[derive(Debug, Clone)]
pub struct MethodLine {
    /// The name the member gave it; of mailed codes the address.
    pub name: String,
    /// The day it was set up (「作成日」), in words.
    pub created: String,
    /// When it was shown last, in words.
    pub used: Option<String>,
    /// Whether its provider copies it to the member's other devices.
    pub synced: bool,
    /// The page of its name, if it has one.
    pub rename: Option<Route>,
    /// The page that takes it away.
    pub remove: Route,
}

/// What was done on the way to the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodsDone {
    /// The password was changed.
    Password,
    /// A way in was added.
    Added,
    /// One got another name.
    Named,
    /// One was to keep its name.
    NotNamed,
    /// One was taken away.
    Removed,
    /// So was the last of the kind that was asked for first: now it is another.
    RemovedUsual,
    /// One was asked for that is not there.
    Gone,
}

impl MethodsDone {
    /// What a word behind the `?` says.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "password" => Self::Password,
            "added" => Self::Added,
            "named" => Self::Named,
            "not-named" => Self::NotNamed,
            "removed" => Self::Removed,
            "removed-usual" => Self::RemovedUsual,
            _ => return None,
        })
    }

    fn key(self) -> &'static str {
        match self {
            Self::Password => "account-password-changed",
            Self::Added => "account-method-added",
            Self::Named => "account-method-named",
            Self::NotNamed => "account-method-not-named",
            Self::Removed => "account-method-removed",
            Self::RemovedUsual => "account-method-removed-usual",
            Self::Gone => "account-method-gone",
        }
    }

    fn is_good(self) -> bool {
        self != Self::Gone
    }
}

/// `/account/apps/{id}/name`, `/account/passkeys/{id}/name` (T-17, W-03, W-04). Posts to `action`. Fields: `device_name`,
/// `from`, and the name it was shown with, `shown_name`.
#[derive(Template)]
#[template(path = "account/name.html")]
pub struct NameDevicePage<'a> {
    /// The frame. Errors stand at `device_name`.
    pub frame: Frame<'a>,
    /// The page's own path.
    pub action: Route,
    /// The name in the field: as typed, else the one it has.
    pub device_name: String,
    /// The name it has while the page is shown.
    pub shown_name: String,
    /// Whether it is named for the first time: closing the page does not undo the registration.
    pub is_first: bool,
    /// Where the member came from, a word for the hidden field `from`.
    pub from: &'static str,
    /// Path of 「キャンセル」: the name stays.
    pub back: Route,
    /// Whether the passkey was registered just now.
    pub done: bool,
}

/// `…/delete` (S-12): the confirmation names the device. Field: `sign_out_everywhere` (value `on`).
#[derive(Template)]
#[template(path = "account/remove.html")]
pub struct RemoveFactorPage<'a> {
    /// The frame. What is wrong is wrong with the page as a whole.
    pub frame: Frame<'a>,
    /// The page's own path.
    pub action: Route,
    /// The name of the device; mailed codes have none.
    pub name: Option<String>,
    /// The factor's kind.
    pub method: Method,
    /// The day it was set up (「作成日」), in words.
    pub created: String,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub sign_out_everywhere: bool,
    /// Whether it is the last one, which can only be replaced.
    pub is_last: bool,
}

impl RemoveFactorPage<'_> {
    /// What it is called.
    fn kind(&self) -> String {
        self.frame.words.msg(&format!("letter-method-{}", self.method.as_str()))
    }
}

/// `/account/devices` (N-28). Each line has a form of its own that sends `session`; one more sends `others` (value `1`).
#[derive(Template)]
#[template(path = "account/devices.html")]
pub struct DevicesPage<'a> {
    /// The frame, with `signed_in` and `menu`.
    pub frame: Frame<'a>,
    /// The devices; this one first.
    pub lines: Vec<DeviceLine>,
    /// The browsers that have signed the member in. Two more forms send `forget`: `here` and `all`.
    pub known: KnownBrowsers,
    /// Message: what was done just now, or has still to be done.
    pub note: Option<&'static str>,
    /// Whether that is good news.
    pub is_good: bool,
}

/// A line of the list of signed-in devices.
#[derive(Debug, Clone)]
pub struct DeviceLine {
    /// What the form sends.
    pub id: String,
    /// Whether it is the one that shows the page.
    pub is_this: bool,
    /// Its name in words, or that it is unknown.
    pub device: String,
    /// When it signed in, in words.
    pub since: String,
    /// When it was used last, in words.
    pub seen: String,
}

/// `/account/services`. Each line has a form of its own that sends `client`.
#[derive(Template)]
#[template(path = "account/services.html")]
pub struct ServicesPage<'a> {
    /// The frame, with `signed_in` and `menu`.
    pub frame: Frame<'a>,
    /// The services that the member has opened.
    pub lines: Vec<ServiceLine<'a>>,
    /// Whether one was taken back just now.
    pub is_withdrawn: bool,
}

/// A line of the list of services.
#[derive(Debug, Clone)]
pub struct ServiceLine<'a> {
    /// What the form sends.
    pub client: String,
    /// The name of the service.
    pub label: TenantText<'a>,
    /// Who runs the service.
    pub operator: TenantText<'a>,
    /// When the member was told, or agreed, in words.
    pub since: String,
    /// Whether the member agreed.
    pub agreed: bool,
    /// What is given, in words; empty where that is nothing.
    pub given: String,
}

impl<'a> ServiceLine<'a> {
    /// The line of a service.
    pub fn new(frame: &Frame<'_>, granted: &GrantedService<'a>) -> Self {
        let given = granted.scopes.iter().filter_map(|scope| super::sso::given(*scope));
        Self {
            client: granted.client.id.clone(),
            label: granted.service.label_in(frame.language()),
            operator: granted.client.operator_in(frame.language()),
            since: frame.words.moment(granted.at),
            agreed: granted.agreed,
            given: given
                .map(|key| frame.msg(key))
                .collect::<Vec<_>>()
                .join(&frame.msg("activity-roster-between")),
        }
    }
}

/// `/account/activity` (N-28).
#[derive(Template)]
#[template(path = "account/activity.html")]
pub struct ActivitiesPage<'a> {
    /// The frame, with `signed_in` and `menu`.
    pub frame: Frame<'a>,
    /// What to look at first: what was refused, the newest first, with its day.
    pub attention: Vec<ActivityLine>,
    /// Whether that may be more than a slip of the member's own.
    pub is_alarming: bool,
    /// Everything else by its day, the newest first.
    pub days: Vec<(String, Vec<ActivityLine>)>,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct ActivityLine {
    /// When it happened, in words: the clock alone where the day stands above.
    pub at: String,
    /// What happened, in words.
    pub what: String,
    /// By which device and method; may be empty.
    pub how: String,
}

/// `/reauth` (S-08, D11). Fields: `password`, `back`; with a passkey instead: `credential`, `back`, posted to
/// `/reauth/passkey`.
#[derive(Template)]
#[template(path = "account/reauth.html")]
pub struct ReauthPage<'a> {
    /// The frame. Errors stand at `password`.
    pub frame: Frame<'a>,
    /// The user ID: shown, not asked.
    pub login: String,
    /// Where to go on afterwards, a word for the hidden field `back`.
    pub back: String,
    /// Path of 「戻る」.
    pub cancel: Route,
    /// Whether a passkey by itself is enough.
    pub passkey_alone: bool,
    /// Why a passkey was not accepted.
    pub failed: Option<PasskeyFlaw>,
}

impl ReauthPage<'_> {
    fn failure(&self) -> Option<String> {
        self.failed.map(|flaw| passkey::sentence(&self.frame, flaw))
    }

    fn is_unknown(&self) -> bool {
        self.failed == Some(PasskeyFlaw::Unknown)
    }
}
