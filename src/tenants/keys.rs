//! Keys: every key a tenant file may hold, with its kind. The one list behind checking, "did you
//! mean" and required keys.

use super::finding::FindingCode;
use super::words::{self, list};
use crate::domain::tenant::Icon;

/// One key of a union's file.
pub(super) struct KeySpec {
    /// Its name in its table.
    pub name: &'static str,
    /// The kind of value it holds.
    pub kind: KeyKind,
    /// Whether a union must have it, in its own file or by `_defaults.toml`.
    pub required: bool,
    /// Whether only a union's own file may hold it.
    pub own: bool,
}

/// What a key holds.
pub(super) enum KeyKind {
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
    KeySpec { name, kind, required: false, own: false }
}

const fn must(name: &'static str, kind: KeyKind) -> KeySpec {
    KeySpec { name, kind, required: true, own: false }
}

/// Belongs to one union: in `_defaults.toml` it would make unions collide.
const fn own(key: KeySpec) -> KeySpec {
    KeySpec { own: true, ..key }
}

const TEXT: usize = 60;
const LONG: usize = 200;

/// The top of a tenant file.
pub(super) static KEYS: &[KeySpec] = &[
    own(must("id", KeyKind::Text(1, 31))),
    own(must("name", KeyKind::Text(1, TEXT))),
    own(may("short_name", KeyKind::Text(1, 20))),
    may("heading", KeyKind::Text(1, TEXT)),
    // Nobody opens a union by a shared value.
    own(may("status", KeyKind::Word(|| list(words::STATUS)))),
    own(may("hosts", KeyKind::Table(HOSTS))),
    own(may("passkey", KeyKind::Table(&[may("rp_id", KeyKind::Host)]))),
    may("login", KeyKind::Table(LOGIN)),
    may("user_id", KeyKind::Table(USER_ID)),
    may("password", KeyKind::Table(PASSWORD)),
    may("email", KeyKind::Table(EMAIL)),
    may("app_otp", KeyKind::Table(APP_OTP)),
    may("email_otp", KeyKind::Table(EMAIL_OTP)),
    may("first_login", KeyKind::Table(FIRST_LOGIN)),
    may("initial_password", KeyKind::Table(INITIAL_PASSWORD)),
    may("session", KeyKind::Table(SESSION)),
    may("lockout", KeyKind::Table(LOCKOUT)),
    may("recovery", KeyKind::Table(RECOVERY)),
    may("retention", KeyKind::Table(RETENTION)),
    may("mail", KeyKind::Table(MAIL)),
    may("contact", KeyKind::Table(CONTACT)),
    may("brand", KeyKind::Table(BRAND)),
    may("terms", KeyKind::Table(&[must("file", KeyKind::File), must("version", KeyKind::Text(1, 40))])),
    may("notices", KeyKind::Tables(NOTICE)),
    may("services", KeyKind::Tables(SERVICE)),
    may("texts", KeyKind::Table(&[may("ja", KeyKind::Sentences)])),
    may("import", KeyKind::Table(IMPORT)),
    may("i18n", KeyKind::Table(I18N)),
    may("check", KeyKind::Table(&[may("accept", KeyKind::Words(advice))])),
];

/// Advice that may be set aside.
fn advice() -> Vec<&'static str> {
    FindingCode::ALL.iter().filter(|code| code.is_advice()).map(|code| code.as_str()).collect()
}

const HOSTS: &[KeySpec] = &[must("primary", KeyKind::Host), may("aliases", KeyKind::Hosts)];

const LOGIN: &[KeySpec] = &[
    may("methods", KeyKind::Words(|| list(words::METHOD))),
    may("passkey", KeyKind::Word(|| list(words::PASSKEY))),
];

const USER_ID: &[KeySpec] = &[
    may("min_length", KeyKind::Number(4, 64)),
    may("max_length", KeyKind::Number(4, 64)),
    may("symbols", KeyKind::Text(0, 32)),
    may("change", KeyKind::Word(|| list(words::CHANGE))),
    may("letter_and_digit", KeyKind::Flag),
];

const PASSWORD: &[KeySpec] = &[
    may("min_length", KeyKind::Number(8, 64)),
    may("max_length", KeyKind::Number(8, 128)),
    may("require", KeyKind::Words(|| list(words::CLASS))),
    may("symbols", KeyKind::Text(0, 64)),
    may("forbid", KeyKind::Words(|| list(words::FORBID))),
    may("examples", KeyKind::Table(EXAMPLES)),
];

const EXAMPLES: &[KeySpec] =
    &[may("ok", KeyKind::Texts), may("ng", KeyKind::Texts), may("ng_user_id", KeyKind::Text(1, 64))];

const EMAIL: &[KeySpec] = &[
    may("required", KeyKind::Flag),
    may("unique", KeyKind::Flag),
    may("verification", KeyKind::Word(|| list(words::VERIFICATION))),
];

const APP_OTP: &[KeySpec] = &[
    may("issuer", KeyKind::Text(1, TEXT)),
    may("apps", KeyKind::Words(|| list(words::APP))),
    may("max_devices", KeyKind::Number(1, 10)),
    may("skew_steps", KeyKind::Number(0, 2)),
];

const EMAIL_OTP: &[KeySpec] =
    &[may("ttl_minutes", KeyKind::Number(1, 30)), may("resend_seconds", KeyKind::Number(30, 600))];

const FIRST_LOGIN: &[KeySpec] =
    &[may("steps", KeyKind::Steps), may("mfa_setup", KeyKind::Word(|| list(words::MFA_SETUP)))];

const INITIAL_PASSWORD: &[KeySpec] = &[
    may("existing", KeyKind::Word(|| list(words::FIRST_SECRET))),
    may("new", KeyKind::Word(|| list(words::NEW_SECRET))),
    may("valid_days", KeyKind::Number(1, 365)),
    may("letter", KeyKind::Word(|| list(words::LETTER))),
];

const SESSION: &[KeySpec] = &[
    may("idle_minutes", KeyKind::Number(1, 60)),
    may("absolute_hours", KeyKind::Number(1, 24)),
    may("remember_hours", KeyKind::Number(0, 24)),
];

const LOCKOUT: &[KeySpec] =
    &[may("pause_after", KeyKind::Number(3, 10)), may("hard_limit", KeyKind::Number(20, 100))];

const RECOVERY: &[KeySpec] = &[
    may("reset_link_minutes", KeyKind::Number(5, 30)),
    may("lost_factor", KeyKind::Word(|| list(words::LOST_FACTOR))),
    may("lost_factor_wait_hours", KeyKind::Number(0, 72)),
];

const RETENTION: &[KeySpec] = &[may("ended_days", KeyKind::Number(1, 3_650))];

const MAIL: &[KeySpec] = &[
    may("from_name", KeyKind::Text(1, TEXT)),
    must("from_address", KeyKind::Address),
    may("reply_to", KeyKind::Address),
    may("subject_prefix", KeyKind::Text(0, 30)),
];

const CONTACT: &[KeySpec] = &[
    may("department", KeyKind::Text(1, TEXT)),
    must("phone", KeyKind::Phone),
    must("hours", KeyKind::Text(1, LONG)),
    may("url", KeyKind::Https),
];

const BRAND: &[KeySpec] = &[
    must("primary", KeyKind::Colour),
    may("logo", KeyKind::File),
    may("logo_alt", KeyKind::Text(1, TEXT)),
    may("favicon", KeyKind::File),
];

const NOTICE: &[KeySpec] = &[
    must("place", KeyKind::Word(|| list(words::PLACE))),
    may("level", KeyKind::Word(|| list(words::LEVEL))),
    must("text", KeyKind::Lines(1000)),
    may("from", KeyKind::Date),
    may("until", KeyKind::Date),
];

const SERVICE: &[KeySpec] = &[
    must("id", KeyKind::Text(1, 40)),
    must("label", KeyKind::Text(1, 40)),
    must("url", KeyKind::Https),
    may("icon", KeyKind::Word(|| list(&Icon::WORDS))),
    may("badge", KeyKind::Text(1, 10)),
];

const IMPORT: &[KeySpec] =
    &[may("encoding", KeyKind::Word(|| list(words::ENCODING))), may("columns", KeyKind::Table(COLUMNS))];

const COLUMNS: &[KeySpec] = &[
    may("kigo", KeyKind::Text(1, TEXT)),
    may("bango", KeyKind::Text(1, TEXT)),
    may("branch", KeyKind::Text(1, TEXT)),
    may("birthdate", KeyKind::Text(1, TEXT)),
    may("name", KeyKind::Text(1, TEXT)),
    may("name_kana", KeyKind::Text(1, TEXT)),
    may("user_id", KeyKind::Text(1, TEXT)),
    may("temp_password", KeyKind::Text(1, TEXT)),
    may("email", KeyKind::Text(1, TEXT)),
    may("lost_on", KeyKind::Text(1, TEXT)),
    may("former_kigo", KeyKind::Text(1, TEXT)),
    may("former_bango", KeyKind::Text(1, TEXT)),
    may("former_branch", KeyKind::Text(1, TEXT)),
];

const I18N: &[KeySpec] = &[
    may("default", KeyKind::Word(|| list(words::LANGUAGE))),
    may("locales", KeyKind::Words(|| list(words::LANGUAGE))),
];

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
