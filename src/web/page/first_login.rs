//! The pages of first login (F-01–F-08), in whatever order the union lists them.

use askama::Template;
use jiff::civil::Date;

use super::{Frame, spaced, with_refusals};
use crate::{
    domain::refusal::{PasswordFlaw, Refusal},
    domain::route::Route,
    domain::tenant::{CharClass, Forbidden, Method, PasswordPolicy, Tenant, TenantText, Verification},
    portal::Field,
    wording::Words,
};

/// `/signin/birthdate` (F-01). Field: `birthdate`.
#[derive(Template)]
#[template(path = "first_login/birth_date.html")]
pub struct BirthDatePage<'a> {
    /// The frame, with progress.
    pub frame: Frame<'a>,
    /// The text as typed.
    pub value: String,
}

/// `/signin/terms` (F-02, D14). Field: `answer`, `agree` or `decline`. Also for changed terms (G-01).
#[derive(Template)]
#[template(path = "first_login/terms.html")]
pub struct TermsPage<'a> {
    /// The frame, with progress in first login.
    pub frame: Frame<'a>,
    /// What a member who agreed to another version is told first.
    pub renewed: Option<Renewed<'a>>,
}

/// That the terms are not those the member agreed to (G-01).
#[derive(Debug)]
pub struct Renewed<'a> {
    /// What changed, as HTML; `None` where the union does not say.
    pub changes: Option<TenantText<'a>>,
    /// The version in force, as members read it.
    pub version: String,
    /// The version the member agreed to last.
    pub before: String,
    /// The day on which.
    pub agreed: String,
}

impl<'a> Renewed<'a> {
    /// `before` is the version agreed to last, `on` the day in Japan.
    pub fn new(tenant: &'a Tenant, words: &Words<'_>, before: &str, on: Date) -> Self {
        let changes = tenant.terms_changes_in(words.language());
        let (version, before) = (version_told(words, &tenant.terms.version), version_told(words, before));
        Self { changes, version, before, agreed: words.date(on) }
    }
}

/// A version of the terms as members read it. Most unions name a version by its day; any other name stands as it is.
pub(super) fn version_told(words: &Words<'_>, version: &str) -> String {
    match version.parse::<Date>() {
        Ok(day) if version.len() == "2025-09-18".len() => words.date(day),
        _ => version.to_owned(),
    }
}

/// The answer to 「同意しない」 (N-06): nothing was stored, the member may come back.
#[derive(Template)]
#[template(path = "first_login/declined.html")]
pub struct DeclinedPage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
}

/// `/signin/method` (F-03–F-05): user ID, method, or both. Fields: `user_id`, `method`.
#[derive(Template)]
#[template(path = "first_login/method.html")]
pub struct MethodPage<'a> {
    /// The frame, with progress and notices of place `method`.
    pub frame: Frame<'a>,
    /// The user ID in the field; `None` when this page does not ask for it.
    pub user_id: Option<String>,
    /// The methods on offer, in order; empty when this page does not ask for one. The only one is chosen.
    pub methods: Vec<MethodOption>,
}

/// One entry of 「認証方法」.
#[derive(Debug, Clone)]
pub struct MethodOption {
    /// Which; the form sends its word.
    pub method: Method,
    /// 「生体認証」 …
    pub label: String,
    /// Whether the union recommends it (the first of several).
    pub recommended: bool,
    /// Whether it is chosen: by the member, on this page or before; nobody else chooses.
    pub selected: bool,
}

impl MethodOption {
    /// The union's offer in its order, `chosen` selected (interfaces: 「OTP認証」 says (アプリ) or (メール)
    /// only where both are offered).
    pub fn list(frame: &Frame<'_>, chosen: Option<Method>) -> Vec<Self> {
        let offered: Vec<Method> = frame.tenant.policy.offered().collect();
        let several = offered.len() > 1;
        let is_otp = |method: &Method| method.traits().messages.is_otp;
        let only_one = offered.iter().filter(|method| is_otp(method)).count() == 1;
        let label = |method: Method| {
            let short = is_otp(&method) && only_one;
            frame.words.msg(if short { "first-login-method-otp" } else { method.traits().messages.label })
        };
        let option = |(place, method): (usize, Method)| Self {
            method,
            label: label(method),
            recommended: several && place == 0,
            selected: chosen == Some(method),
        };
        offered.into_iter().enumerate().map(option).collect()
    }

    /// Whether it needs something that not every device has.
    fn is_of_this_device(&self) -> bool {
        self.method == Method::Passkey
    }
}

/// The characters a user ID cannot have, and what they are called (F-05), in the manual's order.
/// Blanks have no sign of their own.
const FORBIDDEN: [(&str, &str); 31] = [
    ("<", "less-than"),
    (">", "greater-than"),
    ("&", "ampersand"),
    ("\"", "double-quote"),
    ("'", "single-quote"),
    ("", "blank"),
    ("\\v", "vertical-tab"),
    ("\\h", "horizontal-tab"),
    ("$", "dollar"),
    ("%", "percent"),
    ("!", "exclamation"),
    ("#", "hash"),
    ("?", "question"),
    ("§", "section"),
    (",", "comma"),
    (";", "semicolon"),
    (":", "colon"),
    ("*", "asterisk"),
    ("~", "tilde"),
    ("/", "slash"),
    ("\\", "backslash"),
    ("|", "pipe"),
    ("^", "caret"),
    ("=", "equals"),
    ("[", "left-bracket"),
    ("]", "right-bracket"),
    ("{", "left-brace"),
    ("}", "right-brace"),
    ("(", "left-parenthesis"),
    (")", "right-parenthesis"),
    ("`", "backquote"),
];

impl MethodPage<'_> {
    /// Which heading: both, method alone, user ID alone.
    fn title(&self) -> String {
        match (&self.user_id, self.methods.is_empty()) {
            (Some(_), false) => self.frame.words.msg("first-login-user-id-and-method-title"),
            (Some(_), true) => self.frame.words.msg("first-login-user-id-title"),
            (None, _) => self.frame.words.msg("first-login-method-title"),
        }
    }

    /// The ⚠ text of F-03, naming only what this page asks and the union offers, a line for each.
    fn caution(&self) -> String {
        let user_id = self.user_id.as_ref().map(|_| self.frame.words.msg("first-login-user-id-caution"));
        let method = (!self.methods.is_empty()).then(|| self.method_caution());
        match (user_id, method) {
            (Some(one), Some(other)) => format!("・{one}\n・{other}"),
            (one, other) => one.or(other).unwrap_or_default(),
        }
    }

    fn method_caution(&self) -> String {
        let offered: Vec<Method> = self.frame.tenant.policy.offered().collect();
        let otp = offered.iter().any(|method| method.traits().messages.is_otp);
        match (offered.contains(&Method::Passkey), otp) {
            (true, true) => self.frame.words.msg("first-login-method-caution-both"),
            (true, false) => self.frame.words.msg("first-login-method-caution-passkey"),
            (false, _) => self.frame.words.msg("first-login-method-caution-otp"),
        }
    }

    /// The methods on offer, each with its HTML id. The first one has the name of the field, so that the summary of errors
    /// leads to it.
    fn options(&self) -> Vec<(String, &MethodOption)> {
        let id = |(place, option): (usize, &MethodOption)| match place {
            0 => "method".to_owned(),
            _ => format!("method-{}", option.method.as_str()),
        };
        self.methods.iter().enumerate().map(|(place, option)| (id((place, option)), option)).collect()
    }

    /// `aria-describedby` of the methods as a group.
    fn described(&self) -> String {
        let is_wrong = !self.frame.errors_of("method").is_empty();
        let ids = [(self.names_otp(), "method-hint"), (is_wrong, "method-error")];
        let ids: Vec<&str> = ids.into_iter().filter(|(is_there, _)| *is_there).map(|(_, id)| id).collect();
        if ids.is_empty() { String::new() } else { format!(" aria-describedby=\"{}\"", ids.join(" ")) }
    }

    /// Whether one of the methods on offer is called OTP.
    fn names_otp(&self) -> bool {
        self.methods.iter().any(|option| option.method.traits().messages.is_otp)
    }

    /// Sign and name of each character of F-05, without those the union allows.
    fn forbidden(&self) -> Vec<(&'static str, String)> {
        forbidden(&self.frame)
    }

    /// The union's symbols, one by one.
    fn symbols(&self) -> String {
        spaced(&self.frame.tenant.policy.user_id.symbols)
    }
}

/// Sign and name of each character of F-05, without those the union allows.
pub(super) fn forbidden(frame: &Frame<'_>) -> Vec<(&'static str, String)> {
    let allowed = &frame.tenant.policy.user_id.symbols;
    let kept = FORBIDDEN.into_iter().filter(|(sign, _)| sign.is_empty() || !allowed.contains(*sign));
    kept.map(|(sign, name)| (sign, frame.words.msg(&format!("character-{name}")))).collect()
}

/// Where a new password is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordAskedAt {
    /// In first login, in place of the first password.
    FirstLogin,
    /// In place of a forgotten one (E-08).
    Recovery,
    /// In place of one that somebody else knows (TD6).
    Exposed,
    /// On the page of a member who is signed in (S-10).
    Change {
        /// When the password was set that is in force: the hidden field `shown_set_at`.
        shown: String,
        /// Whether the member had typed one before they had to show again who they are: it is to be typed once more.
        is_kept: bool,
    },
}

/// `/signin/password`, `/account/password` (F-06, S-10). Fields: `password`, `password_confirm`, `sign_out_everywhere`
/// (`on`).
#[derive(Template)]
#[template(path = "first_login/password.html")]
pub struct PasswordPage<'a> {
    /// The frame, with progress in first login. Errors stand at `password` and `password_confirm`.
    pub frame: Frame<'a>,
    /// The user ID, for the hidden field by which password managers file the new password.
    pub login: String,
    /// The rules, shown before typing and ticked off while typing; see [`Rule::list`].
    pub rules: Vec<Rule>,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub sign_out_everywhere: bool,
    /// Which of the pages it is.
    pub page: PasswordAskedAt,
}

impl PasswordPage<'_> {
    /// The page again, with what is wrong: ticks and crosses at the rules, and at the field one sentence; two where
    /// several rules are broken and one of them does not say enough.
    #[must_use]
    pub fn with_refusals(mut self, refused: &[(Field, Refusal)]) -> Self {
        let flaw_of = |refusal: &Refusal| match refusal {
            Refusal::Password(flaw) => Some(flaw.clone()),
            _ => None,
        };
        let flaws: Vec<PasswordFlaw> = refused.iter().filter_map(|(_, refusal)| flaw_of(refusal)).collect();
        for rule in self.rules.iter_mut().filter(|_| !flaws.is_empty()) {
            rule.state = match flaws.iter().any(|flaw| Rule::of_flaw(flaw) == rule.name) {
                true => RuleState::Broken,
                false if rule.is_checked_here() => RuleState::Met,
                false => RuleState::Open,
            };
        }
        let broken = self.rules.iter().filter(|rule| rule.state == RuleState::Broken).count();
        if broken > 1 {
            self.frame = self.frame.with_sentence("password", "password-broken");
        }
        let told = flaws.iter().filter(|flaw| broken <= 1 || !is_said_by_its_rule(flaw));
        let told = told.min_by_key(|flaw| !matches!(flaw, PasswordFlaw::IsExample | PasswordFlaw::IsCurrent));
        let told = told.cloned();
        let is_told = |refusal: &Refusal| flaw_of(refusal).is_none_or(|flaw| Some(flaw) == told);
        let rest: Vec<_> = refused.iter().filter(|(_, refusal)| is_told(refusal)).cloned().collect();
        self.frame = with_refusals(self.frame, &rest);
        self
    }

    /// The `passwordrules` attribute, for managers that make passwords.
    fn manager_rules(&self) -> String {
        let policy = &self.frame.tenant.policy.password;
        let mut rules = format!("minlength: {}; maxlength: {};", policy.min_length, policy.max_length);
        for class in &policy.require {
            rules.push_str(match class {
                CharClass::Upper => " required: upper;",
                CharClass::Lower => " required: lower;",
                CharClass::Letter => " required: upper, lower;",
                CharClass::Digit => " required: digit;",
                CharClass::Symbol => " required: [-_.@!#$%&*+=?];",
            });
        }
        rules
    }

    /// The union's symbols, one by one.
    fn symbols(&self) -> String {
        spaced(&self.frame.tenant.policy.password.symbols)
    }
}

/// One line of the password's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which: `length`, `upper`, `lower`, `letter`, `digit`, `symbol`, `ascii`, `not-login`, `without-login`, which the
    /// script checks while one types, and `personal` and `common`, which only the server can check.
    pub name: &'static str,
    /// Shortest and longest, of `length`.
    pub value: Option<String>,
    /// The line as it is shown.
    pub text: String,
    /// What is known of it.
    pub state: RuleState,
}

/// What is known of a rule and the password that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleState {
    /// Nothing yet.
    Open,
    /// The password keeps it: a tick.
    Met,
    /// The password breaks it: a cross.
    Broken,
}

impl Rule {
    /// The union's rules in words (D6), those the browser can tick off first.
    pub fn list(policy: &PasswordPolicy, words: &Words<'_>) -> Vec<Self> {
        let (min, max) = (policy.min_length, policy.max_length);
        let mut rules = vec![Self {
            name: "length",
            value: Some(format!("{min} {max}")),
            text: words.msg2("password-rule-length", "min", min, "max", max),
            state: RuleState::Open,
        }];
        let mut add = |name, key: &str| {
            rules.push(Self { name, value: None, text: words.msg(key), state: RuleState::Open });
        };
        for class in &policy.require {
            match class {
                CharClass::Upper => add("upper", "password-rule-upper"),
                CharClass::Lower => add("lower", "password-rule-lower"),
                CharClass::Letter => add("letter", "password-rule-letter"),
                CharClass::Digit => add("digit", "password-rule-digit"),
                CharClass::Symbol => add("symbol", "password-rule-symbol"),
            }
        }
        add("ascii", "password-rule-ascii");
        for forbidden in &policy.forbid {
            match forbidden {
                Forbidden::UserId => add("not-login", "password-rule-user-id"),
                Forbidden::ContainsUserId => add("without-login", "password-rule-contains-user-id"),
                Forbidden::Current | Forbidden::BirthDate | Forbidden::KigoBango | Forbidden::Blocklist => {}
            }
        }
        add("personal", "password-rule-personal");
        add("common", "password-rule-common");
        rules
    }

    /// Whether the script can check it.
    fn is_checked_here(&self) -> bool {
        !matches!(self.name, "personal" | "common")
    }

    /// The name of the rule that a flaw breaks.
    fn of_flaw(flaw: &PasswordFlaw) -> &'static str {
        match flaw {
            PasswordFlaw::TooShort { .. } | PasswordFlaw::TooLong { .. } => "length",
            PasswordFlaw::Character { .. } => "ascii",
            PasswordFlaw::Missing(CharClass::Upper) => "upper",
            PasswordFlaw::Missing(CharClass::Lower) => "lower",
            PasswordFlaw::Missing(CharClass::Letter) => "letter",
            PasswordFlaw::Missing(CharClass::Digit) => "digit",
            PasswordFlaw::Missing(CharClass::Symbol) => "symbol",
            PasswordFlaw::IsUserId => "not-login",
            PasswordFlaw::ContainsUserId => "without-login",
            PasswordFlaw::IsCurrent | PasswordFlaw::IsBirthDate | PasswordFlaw::IsKigoBango => "personal",
            PasswordFlaw::Common | PasswordFlaw::IsExample => "common",
        }
    }
}

/// Whether the cross at its rule says everything about a flaw.
fn is_said_by_its_rule(flaw: &PasswordFlaw) -> bool {
    matches!(
        flaw,
        PasswordFlaw::TooShort { .. }
            | PasswordFlaw::TooLong { .. }
            | PasswordFlaw::Missing(_)
            | PasswordFlaw::IsUserId
            | PasswordFlaw::ContainsUserId
    )
}

/// `/signin/email` (F-07, D8). Fields: `email`, `sign_out_everywhere` (`on`).
#[derive(Template)]
#[template(path = "first_login/email.html")]
pub struct EmailPage<'a> {
    /// The frame, with progress.
    pub frame: Frame<'a>,
    /// The address in the field: as typed, else the roster's.
    pub value: String,
    /// The address that was probably meant, where that in the field looks like a slip.
    pub meant: Option<String>,
    /// Whether the field must be filled (`email.required`).
    pub required: bool,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub sign_out_everywhere: bool,
}

impl EmailPage<'_> {
    /// Whether a mail goes out and is waited for (D8).
    fn is_mailed(&self) -> bool {
        self.frame.tenant.policy.email.verification != Verification::None
    }
}

/// `/signin/email/confirm` (F-08, D8): waiting for the mail. Field: `code`; a second form sends `resend` (value `1`).
#[derive(Template)]
#[template(path = "first_login/confirm_email.html")]
pub struct ConfirmEmailPage<'a> {
    /// The frame, with progress. Errors stand at `code`.
    pub frame: Frame<'a>,
    /// The address to confirm, in full: a slip of the finger is seen here.
    pub address: String,
    /// Whether the mail carries a link: then this page moves on by itself once that is pressed anywhere.
    pub by_link: bool,
    /// Seconds until 「再送信」 is served; 0 for now.
    pub wait_seconds: i64,
    /// Minutes link and code live.
    pub minutes: u32,
    /// Whether they have run out.
    pub expired: bool,
}

/// `/signin/email/confirm/{token}` (F-08): what the mailed link opens, on any device. GET never consumes.
#[derive(Template)]
#[template(path = "first_login/confirm_link.html")]
pub struct ConfirmLinkPage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
    /// Where the form posts: the link's own path.
    pub action: String,
    /// The address to confirm.
    pub address: String,
    /// Whether it was confirmed just now.
    pub done: bool,
}
