//! Keys: every key a tenant file may hold, with its kind, its built-in value and when a change of it counts. The one list
//! behind checking, "did you mean", required keys, the values that no file gives, the editors' schema and the reference.

use super::finding::FindingCode;
use super::words::{self, list};
use crate::domain::audit::chain::YOUNGEST_ARCHIVED;
use crate::domain::sso::{
    ClientAuth, Pkce, Purpose, Relation, RequiredAcr, Scope, SigningAlgorithm, TileStart,
};
use crate::domain::tenant::{Icon, ListedStep};

/// One key of a union's file.
#[derive(Debug)]
pub struct KeySpec {
    /// Its name in its table.
    pub name: &'static str,
    /// The kind of value it holds.
    pub kind: KeyKind,
    /// Whether a union must have it, in its own file or by `_defaults.toml`.
    pub required: bool,
    /// Whether only a union's own file may hold it.
    pub own: bool,
    /// What is in force where no file gives it.
    pub built_in: BuiltIn,
    /// When a change counts; of a key in a table, the table's.
    pub change: ChangeClass,
}

/// What is in force where no file gives a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// Nothing: the key may be left out.
    Nothing,
    /// This value, as TOML.
    Value(&'static str),
    /// A text made of other keys' texts: `{name}` stands for the union's name.
    Made(&'static str),
    /// That host without `www.`.
    Bare(&'static str),
}

impl BuiltIn {
    /// The keys that it is made of.
    pub fn made_of(self) -> Vec<&'static str> {
        match self {
            Self::Made(pattern) => pattern.split(['{', '}']).skip(1).step_by(2).collect(),
            Self::Bare(host) => vec![host],
            Self::Nothing | Self::Value(_) => Vec::new(),
        }
    }
}

/// When a change of a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeClass {
    /// At the next request.
    Live,
    /// At the next sign-in, or the next change of what it rules.
    Login,
    /// At the next import of a roster, or the next notice that is written.
    Import,
    /// Not any more, once somebody depends on it.
    Frozen,
}

impl ChangeClass {
    /// Its word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Login => "login",
            Self::Import => "import",
            Self::Frozen => "frozen",
        }
    }
}

/// What a key holds.
#[derive(Debug)]
pub enum KeyKind {
    /// The union's id: the file's name.
    Id,
    /// A text of at least and at most so many characters.
    Text(usize, usize),
    /// A text printed on pages in several lines.
    Lines(usize),
    /// `true` or `false`.
    Flag,
    /// A whole number from … to ….
    Number(i64, i64),
    /// One word of a list.
    Word(fn() -> Vec<&'static str>),
    /// Words of a list, each once.
    Words(fn() -> Vec<&'static str>),
    /// A list of texts.
    Texts,
    /// The steps of first login; read by `steps`.
    Steps,
    /// A date: `"2025-09-18"`.
    Date,
    /// A host name.
    Host,
    /// A list of host names.
    Hosts,
    /// An address: `https://…`.
    Https,
    /// The same, or in a union for trying out one of this machine (`sso.test`).
    HttpsOrHere,
    /// A mail address.
    Address,
    /// A telephone number, with words around it perhaps.
    Phone,
    /// A colour: `#rrggbb`.
    Colour,
    /// A path below the tenants folder.
    File,
    /// A table with these keys.
    Table(&'static [KeySpec]),
    /// A list of tables.
    Tables(&'static [KeySpec]),
    /// Sentences by message name.
    Sentences,
}

const fn may(name: &'static str, kind: KeyKind) -> KeySpec {
    KeySpec { name, kind, required: false, own: false, built_in: BuiltIn::Nothing, change: ChangeClass::Live }
}

const fn must(name: &'static str, kind: KeyKind) -> KeySpec {
    KeySpec { required: true, ..may(name, kind) }
}

impl KeySpec {
    /// With that value, as TOML, where no file gives one.
    const fn or(self, value: &'static str) -> Self {
        Self { built_in: BuiltIn::Value(value), ..self }
    }

    /// With a text made of others where no file gives one.
    const fn made(self, pattern: &'static str) -> Self {
        Self { built_in: BuiltIn::Made(pattern), ..self }
    }

    const fn counts(self, change: ChangeClass) -> Self {
        Self { change, ..self }
    }
}

/// Belongs to one union: in `_defaults.toml` it would make unions collide.
const fn own(key: KeySpec) -> KeySpec {
    KeySpec { own: true, ..key }
}

/// Symbols of passwords (D6).
const PASSWORD_SYMBOLS: &str = r##""!\"#$%&'()=~^`{|+*}<>?_-\\@[;:],./""##;

/// The order of the generic manual.
const USUAL_STEPS: &str = r#"["birthdate", "terms", ["user-id", "method"], "password", "email"]"#;

/// The greatest length of a short text, in characters.
const TEXT: usize = 60;
/// The same of an English one, in characters: it says the same in more letters.
const ENGLISH: usize = 100;
/// The greatest length of a long text, in characters.
const LONG: usize = 200;

/// The top of a tenant file.
pub static KEYS: &[KeySpec] = &[
    own(must("id", KeyKind::Id)).counts(ChangeClass::Frozen),
    own(must("name", KeyKind::Text(1, TEXT))),
    own(may("name_en", KeyKind::Text(1, ENGLISH))),
    own(may("short_name", KeyKind::Text(1, 20)).made("{name}")),
    own(may("short_name_en", KeyKind::Text(1, 30))),
    may("heading", KeyKind::Text(1, TEXT)).made("{name}加入者ページ"),
    may("heading_en", KeyKind::Text(1, ENGLISH)),
    // Nobody opens a union by a shared value.
    own(may("status", KeyKind::Word(|| list(words::STATUS))).or(r#""draft""#)),
    own(may("hosts", KeyKind::Table(HOSTS))),
    own(may("passkey", KeyKind::Table(PASSKEY))).counts(ChangeClass::Frozen),
    may("login", KeyKind::Table(LOGIN)).counts(ChangeClass::Login),
    may("user_id", KeyKind::Table(USER_ID)).counts(ChangeClass::Login),
    may("password", KeyKind::Table(PASSWORD)).counts(ChangeClass::Login),
    may("email", KeyKind::Table(EMAIL)).counts(ChangeClass::Login),
    may("app_otp", KeyKind::Table(APP_OTP)).counts(ChangeClass::Login),
    may("email_otp", KeyKind::Table(EMAIL_OTP)),
    may("first_login", KeyKind::Table(FIRST_LOGIN)).counts(ChangeClass::Login),
    may("initial_password", KeyKind::Table(INITIAL_PASSWORD)).counts(ChangeClass::Import),
    may("session", KeyKind::Table(SESSION)).counts(ChangeClass::Login),
    may("lockout", KeyKind::Table(LOCKOUT)),
    may("recovery", KeyKind::Table(RECOVERY)),
    may("retention", KeyKind::Table(RETENTION)),
    may("mail", KeyKind::Table(MAIL)),
    may("contact", KeyKind::Table(CONTACT)),
    may("brand", KeyKind::Table(BRAND)),
    may("terms", KeyKind::Table(TERMS)).counts(ChangeClass::Login),
    may("notices", KeyKind::Tables(NOTICE)).or("[]"),
    own(may("sso", KeyKind::Table(SSO))),
    may("services", KeyKind::Tables(SERVICE)).or("[]"),
    may("texts", KeyKind::Table(&[may("ja", KeyKind::Sentences), may("en", KeyKind::Sentences)])),
    may("import", KeyKind::Table(IMPORT)).counts(ChangeClass::Import),
    may("i18n", KeyKind::Table(I18N)),
    may("check", KeyKind::Table(&[may("accept", KeyKind::Words(advice)).or("[]")])),
];

/// The words of the steps of first login.
pub fn step_words() -> Vec<&'static str> {
    list(&ListedStep::WORDS)
}

/// The words of the steps that may share a page.
pub fn shared_step_words() -> Vec<&'static str> {
    let shared = ListedStep::WORDS.iter().filter(|(step, _)| words::SHARED_STEPS.contains(step));
    shared.map(|(_, word)| *word).collect()
}

/// Advice that may be set aside.
fn advice() -> Vec<&'static str> {
    FindingCode::ALL.iter().filter(|code| code.is_advice()).map(|code| code.as_str()).collect()
}

const HOSTS: &[KeySpec] = &[
    must("primary", KeyKind::Host),
    may("aliases", KeyKind::Hosts).or("[]"),
    may("takes_over", KeyKind::Texts).or("[]"),
];

const PASSKEY: &[KeySpec] =
    &[KeySpec { built_in: BuiltIn::Bare("hosts.primary"), ..may("rp_id", KeyKind::Host) }];

const LOGIN: &[KeySpec] = &[
    may("methods", KeyKind::Words(|| list(words::METHOD))).or(r#"["passkey", "app-otp"]"#),
    may("passkey", KeyKind::Word(|| list(words::PASSKEY))).or(r#""second-factor""#),
];

const USER_ID: &[KeySpec] = &[
    may("min_length", KeyKind::Number(4, 64)).or("8"),
    may("max_length", KeyKind::Number(4, 64)).or("13"),
    may("symbols", KeyKind::Text(0, 32)).or(r#""-_.@""#),
    may("change", KeyKind::Word(|| list(words::CHANGE))).or(r#""allowed""#),
    may("letter_and_digit", KeyKind::Flag).or("false"),
];

const PASSWORD: &[KeySpec] = &[
    may("min_length", KeyKind::Number(8, 64)).or("8"),
    may("max_length", KeyKind::Number(8, 128)).or("64"),
    may("require", KeyKind::Words(|| list(words::CLASS))).or("[]"),
    may("symbols", KeyKind::Text(0, 64)).or(PASSWORD_SYMBOLS),
    may("forbid", KeyKind::Words(|| list(words::FORBID)))
        .or(r#"["user-id", "current", "birthdate", "kigo-bango", "blocklist"]"#),
    may("examples", KeyKind::Table(EXAMPLES)),
];

const EXAMPLES: &[KeySpec] = &[
    may("ok", KeyKind::Texts).or("[]"),
    may("ng", KeyKind::Texts).or("[]"),
    may("ng_user_id", KeyKind::Text(1, 64)),
];

const EMAIL: &[KeySpec] = &[
    may("required", KeyKind::Flag).or("true"),
    may("unique", KeyKind::Flag).or("true"),
    may("verification", KeyKind::Word(|| list(words::VERIFICATION))).or(r#""none""#),
];

const APP_OTP: &[KeySpec] = &[
    may("issuer", KeyKind::Text(1, TEXT)).made("{heading}"),
    may("apps", KeyKind::Words(|| list(words::APP)))
        .or(r#"["google-authenticator", "microsoft-authenticator"]"#),
    may("max_devices", KeyKind::Number(1, 10)).or("5"),
    may("skew_steps", KeyKind::Number(0, 2)).or("1"),
];

const EMAIL_OTP: &[KeySpec] = &[
    may("ttl_minutes", KeyKind::Number(1, 30)).or("10"),
    may("resend_seconds", KeyKind::Number(30, 600)).or("60"),
];

const FIRST_LOGIN: &[KeySpec] = &[
    may("steps", KeyKind::Steps).or(USUAL_STEPS),
    may("mfa_setup", KeyKind::Word(|| list(words::MFA_SETUP))).or(r#""relogin""#),
];

const INITIAL_PASSWORD: &[KeySpec] = &[
    may("existing", KeyKind::Word(|| list(words::FIRST_SECRET))).or(r#""random""#),
    may("new", KeyKind::Word(|| list(words::NEW_SECRET))).or(r#""random""#),
    may("valid_days", KeyKind::Number(1, 365)).or("90"),
    may("letter", KeyKind::Word(|| list(words::LETTER))).or(r#""none""#),
];

const SESSION: &[KeySpec] = &[
    may("idle_minutes", KeyKind::Number(1, 60)).or("30"),
    may("absolute_hours", KeyKind::Number(1, 24)).or("12"),
    may("remember_hours", KeyKind::Number(0, 24)).or("24"),
];

const LOCKOUT: &[KeySpec] = &[
    may("pause_after", KeyKind::Number(3, 10)).or("5"),
    may("hard_limit", KeyKind::Number(20, 100)).or("50"),
];

const RECOVERY: &[KeySpec] = &[
    may("reset_link_minutes", KeyKind::Number(5, 30)).or("5"),
    may("lost_factor", KeyKind::Word(|| list(words::LOST_FACTOR))).or(r#""mail-and-birthdate""#),
    may("lost_factor_wait_hours", KeyKind::Number(0, 72)).or("0"),
];

const RETENTION: &[KeySpec] = &[
    may("ended_days", KeyKind::Number(1, 3_650)).or("400"),
    may("trail_days", KeyKind::Number(YOUNGEST_ARCHIVED as i64, 3_650)).or("400"),
];

const MAIL: &[KeySpec] = &[
    may("from_name", KeyKind::Text(1, TEXT)).made("{name}"),
    may("from_name_en", KeyKind::Text(1, ENGLISH)),
    must("from_address", KeyKind::Address),
    may("reply_to", KeyKind::Address),
    may("subject_prefix", KeyKind::Text(0, 30)).made("【{short_name}】"),
    may("subject_prefix_en", KeyKind::Text(0, 40)),
];

const CONTACT: &[KeySpec] = &[
    may("department", KeyKind::Text(1, TEXT)),
    may("department_en", KeyKind::Text(1, ENGLISH)),
    must("phone", KeyKind::Phone),
    must("hours", KeyKind::Text(1, LONG)),
    may("hours_en", KeyKind::Text(1, LONG)),
    may("url", KeyKind::Https),
    may("privacy_url", KeyKind::Https),
];

const BRAND: &[KeySpec] = &[
    must("primary", KeyKind::Colour),
    may("logo", KeyKind::File),
    may("logo_alt", KeyKind::Text(1, TEXT)).made("{name}"),
    may("logo_alt_en", KeyKind::Text(1, ENGLISH)),
    may("favicon", KeyKind::File),
    may("touch_icon", KeyKind::File),
    may("hero", KeyKind::File),
];

const TERMS: &[KeySpec] = &[
    must("file", KeyKind::File),
    must("version", KeyKind::Text(1, 40)),
    may("file_en", KeyKind::File),
    may("version_en", KeyKind::Text(1, 40)),
];

const NOTICE: &[KeySpec] = &[
    must("place", KeyKind::Word(|| list(words::PLACE))),
    may("level", KeyKind::Word(|| list(words::LEVEL))).or(r#""info""#),
    may("title", KeyKind::Text(1, TEXT)),
    may("title_en", KeyKind::Text(1, ENGLISH)),
    must("text", KeyKind::Lines(1000)),
    may("text_en", KeyKind::Lines(2000)),
    may("url", KeyKind::Https),
    may("from", KeyKind::Date),
    may("until", KeyKind::Date),
];

const SERVICE: &[KeySpec] = &[
    must("id", KeyKind::Text(1, 40)),
    must("label", KeyKind::Text(1, 40)),
    may("label_en", KeyKind::Text(1, TEXT)),
    may("note", KeyKind::Text(1, 40)),
    may("note_en", KeyKind::Text(1, 80)),
    must("url", KeyKind::HttpsOrHere),
    may("icon", KeyKind::Word(|| list(&Icon::WORDS))).or(r#""link""#),
    may("badge", KeyKind::Text(1, 10)),
    may("badge_en", KeyKind::Text(1, 12)),
    may("sso", KeyKind::Table(CLIENT)),
];

const SSO: &[KeySpec] = &[
    may("issuer", KeyKind::Text(1, LONG)).counts(ChangeClass::Frozen),
    may("test", KeyKind::Flag).or("false"),
    may("insurer_number", KeyKind::Text(8, 8)),
];

const CLIENT: &[KeySpec] = &[
    must("client_id", KeyKind::Text(1, TEXT)),
    must("operator", KeyKind::Text(1, TEXT)),
    may("operator_en", KeyKind::Text(1, ENGLISH)),
    must("relation", KeyKind::Word(|| list(&Relation::WORDS))),
    must("purpose", KeyKind::Word(|| list(&Purpose::WORDS))),
    may("privacy_url", KeyKind::Https),
    must("redirect_uris", KeyKind::Texts),
    may("auth", KeyKind::Word(|| list(&ClientAuth::WORDS))).or(r#""secret""#),
    may("pkce", KeyKind::Word(|| list(&Pkce::WORDS))).or(r#""required""#),
    may("signing", KeyKind::Word(|| list(&SigningAlgorithm::WORDS))).or(r#""ES256""#),
    may("scopes", KeyKind::Words(|| list(&Scope::WORDS))).or(r#"["openid"]"#),
    may("sector", KeyKind::Text(1, TEXT)),
    may("start", KeyKind::Word(|| list(&TileStart::WORDS))).or(r#""initiate""#),
    may("require_acr", KeyKind::Word(|| list(&RequiredAcr::WORDS))).or(r#""any""#),
    may("fresh_minutes", KeyKind::Number(0, 1_440)).or("0"),
    may("jwks", KeyKind::File),
    may("require_par", KeyKind::Flag).or("false"),
    may("backchannel_logout_uri", KeyKind::Text(1, LONG)),
    may("logout_on_idle", KeyKind::Flag).or("false"),
    may("internal", KeyKind::Flag).or("false"),
    may("post_logout_redirect_uris", KeyKind::Texts).or("[]"),
];

const IMPORT: &[KeySpec] = &[
    may("encoding", KeyKind::Word(|| list(words::ENCODING))).or(r#""utf-8""#),
    may("columns", KeyKind::Table(COLUMNS)),
];

const COLUMNS: &[KeySpec] = &[
    may("kigo", KeyKind::Text(1, TEXT)).or(r#""記号""#),
    may("bango", KeyKind::Text(1, TEXT)).or(r#""番号""#),
    may("branch", KeyKind::Text(1, TEXT)).or(r#""枝番""#),
    may("birthdate", KeyKind::Text(1, TEXT)).or(r#""生年月日""#),
    may("name", KeyKind::Text(1, TEXT)).or(r#""氏名""#),
    may("name_kana", KeyKind::Text(1, TEXT)).or(r#""カナ氏名""#),
    may("user_id", KeyKind::Text(1, TEXT)).or(r#""ユーザID""#),
    may("temp_password", KeyKind::Text(1, TEXT)).or(r#""仮パスワード""#),
    may("email", KeyKind::Text(1, TEXT)).or(r#""メールアドレス""#),
    may("lost_on", KeyKind::Text(1, TEXT)).or(r#""資格喪失日""#),
    may("former_kigo", KeyKind::Text(1, TEXT)).or(r#""旧記号""#),
    may("former_bango", KeyKind::Text(1, TEXT)).or(r#""旧番号""#),
    may("former_branch", KeyKind::Text(1, TEXT)).or(r#""旧枝番""#),
];

const I18N: &[KeySpec] = &[
    may("default", KeyKind::Word(|| list(words::LANGUAGE))).or(r#""ja""#),
    may("locales", KeyKind::Words(|| list(words::LANGUAGE))).or(r#"["ja", "en"]"#),
];

/// A key that holds a value, or a list of tables; with the tables around it.
#[derive(Debug, Clone)]
pub struct KeyPlace {
    /// Its name with those of the tables around it: `password.min_length`.
    pub path: String,
    /// The key.
    pub spec: &'static KeySpec,
    /// Whether only a union's own file may hold it.
    pub own: bool,
    /// When a change counts.
    pub change: ChangeClass,
    /// Whether it stands in each table of a list: `services.id`.
    pub listed: bool,
}

impl KeyPlace {
    /// The place of a key below another one, or at the top.
    pub fn of(spec: &'static KeySpec, above: Option<&Self>) -> Self {
        let below = |above: &Self| format!("{}.{}", above.path, spec.name);
        let is_list = |above: &Self| above.listed || matches!(above.spec.kind, KeyKind::Tables(_));
        Self {
            path: above.map_or_else(|| spec.name.to_owned(), below),
            spec,
            own: above.map_or(spec.own, |above| above.own),
            change: above.map_or(spec.change, |above| above.change),
            listed: above.is_some_and(is_list),
        }
    }
}

/// Every key that holds a value, in the order of the list; a list of tables stands before the keys of its tables.
pub fn places() -> Vec<KeyPlace> {
    fn walk(keys: &'static [KeySpec], above: Option<&KeyPlace>, found: &mut Vec<KeyPlace>) {
        for place in keys.iter().map(|spec| KeyPlace::of(spec, above)) {
            match place.spec.kind {
                KeyKind::Table(keys) => walk(keys, Some(&place), found),
                KeyKind::Tables(keys) => {
                    found.push(place.clone());
                    walk(keys, Some(&place), found);
                }
                _ => found.push(place),
            }
        }
    }
    let mut found = Vec::new();
    walk(KEYS, None, &mut found);
    found
}

/// The paths of all texts that may have one in English beside them; of lists, as many entries as `rows` says.
pub(super) fn english_places(rows: impl Fn(&str) -> usize) -> Vec<String> {
    let places = places();
    let is_text = |path: &str| places.iter().any(|place| place.path == path);
    let mut found = Vec::new();
    for text in places.iter().filter_map(|place| place.path.strip_suffix("_en")).filter(|path| is_text(path))
    {
        let list = places.iter().find(|place| {
            matches!(place.spec.kind, KeyKind::Tables(_)) && text.starts_with(&format!("{}.", place.path))
        });
        match list {
            Some(list) => {
                let key = text.trim_start_matches(&format!("{}.", list.path));
                found.extend((0..rows(&list.path)).map(|at| format!("{}.{at}.{key}", list.path)));
            }
            None => found.push(text.to_owned()),
        }
    }
    found
}

/// The key at a path; numbers of entries in lists are passed over: `services.0.icon`.
pub(super) fn at(path: &str) -> Option<&'static KeySpec> {
    let mut keys = KEYS;
    let mut found = None;
    for name in path.split('.').filter(|name| name.parse::<usize>().is_err()) {
        let key = keys.iter().find(|key| key.name == name)?;
        keys = match key.kind {
            KeyKind::Table(inner) | KeyKind::Tables(inner) => inner,
            _ => &[],
        };
        found = Some(key);
    }
    found
}

/// The tables in which a key of that name stands, as they are written: `[password]`.
pub(super) fn homes_of(name: &str) -> Vec<String> {
    fn walk(keys: &'static [KeySpec], path: &str, name: &str, homes: &mut Vec<String>) {
        for key in keys {
            let inner = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
            if key.name == name && !matches!(key.kind, KeyKind::Table(_) | KeyKind::Tables(_)) {
                homes.push(path.to_owned());
            }
            match key.kind {
                KeyKind::Table(keys) | KeyKind::Tables(keys) => walk(keys, &inner, name, homes),
                _ => {}
            }
        }
    }
    let mut homes = Vec::new();
    walk(KEYS, "", name, &mut homes);
    homes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key of a file, as the page of the rules names it: `password.require`.
    fn paths(keys: &'static [KeySpec], above: &str, found: &mut Vec<String>) {
        for key in keys {
            let path = if above.is_empty() { key.name.to_owned() } else { format!("{above}.{}", key.name) };
            match key.kind {
                KeyKind::Table(keys) | KeyKind::Tables(keys) => paths(keys, &path, found),
                _ => found.push(path),
            }
        }
    }

    #[test]
    fn the_rules_explain_every_key_and_no_other() {
        let page = include_str!("../rules/tenant_file/keys.md");
        let explained = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .flat_map(|heading| heading.split(", ").map(|key| key.trim_matches('`').to_owned()));
        let (mut explained, mut known) = (explained.collect::<Vec<_>>(), Vec::new());
        paths(KEYS, "", &mut known);
        explained.sort_unstable();
        known.sort_unstable();
        assert_eq!(explained, known, "headings of src/rules/tenant_file/keys.md, and the keys above");
    }

    #[test]
    fn a_key_knows_the_tables_it_belongs_to() {
        assert_eq!(homes_of("status"), [""]);
        assert_eq!(homes_of("min_length"), ["user_id", "password"]);
        assert!(homes_of("colour").is_empty());
    }
}
