//! Keys: every key a tenant file may hold, with its kind. The one list behind checking, "did you
//! mean" and required keys.

use super::finding::Code;
use super::words::{self, list};
use crate::domain::tenant::Icon;

/// One key.
pub(super) struct Key {
    /// Its name in its table.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a union must have it, in its own file or by `_defaults.toml`.
    pub required: bool,
    /// Whether only a union's own file may hold it.
    pub own: bool,
}

/// What a key holds.
pub(super) enum Kind {
    /// A text of at least and at most so many characters.
    Text(usize, usize),
    /// A text printed on pages in several lines.
    Lines(usize),
    /// true or false.
    Flag,
    /// A whole number from … to ….
    Number(i64, i64),
    /// One word of a list.
    Word(fn() -> Vec<&'static str>),
    /// Words of a list, each once.
    Words(fn() -> Vec<&'static str>),
    /// Texts.
    Texts,
    /// The steps of first login; read by `steps`.
    Steps,
    /// `"2025-09-18"`
    Date,
    /// A host name.
    Host,
    /// Host names.
    Hosts,
    /// `https://…`
    Https,
    /// A mail address.
    Address,
    /// A telephone number, with words around it perhaps.
    Phone,
    /// `#rrggbb`
    Colour,
    /// A path below the tenants folder.
    File,
    /// A table.
    Table(&'static [Key]),
    /// A list of tables.
    Tables(&'static [Key]),
    /// Sentences by message name.
    Sentences,
}

const fn may(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, required: false, own: false }
}

const fn must(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, required: true, own: false }
}

/// Belongs to one union: in `_defaults.toml` it would make unions collide.
const fn own(key: Key) -> Key {
    Key { own: true, ..key }
}

const TEXT: usize = 60;
const LONG: usize = 200;

/// The top of a tenant file.
pub(super) static KEYS: &[Key] = &[
    own(must("id", Kind::Text(1, 31))),
    own(must("name", Kind::Text(1, TEXT))),
    own(may("short_name", Kind::Text(1, 20))),
    may("heading", Kind::Text(1, TEXT)),
    // Nobody opens a union by a shared value.
    own(may("status", Kind::Word(|| list(words::STATUS)))),
    own(may("hosts", Kind::Table(HOSTS))),
    own(may("passkey", Kind::Table(&[may("rp_id", Kind::Host)]))),
    may("login", Kind::Table(LOGIN)),
    may("user_id", Kind::Table(USER_ID)),
    may("password", Kind::Table(PASSWORD)),
    may("email", Kind::Table(EMAIL)),
    may("app_otp", Kind::Table(APP_OTP)),
    may("email_otp", Kind::Table(EMAIL_OTP)),
    may("first_login", Kind::Table(FIRST_LOGIN)),
    may("initial_password", Kind::Table(INITIAL_PASSWORD)),
    may("session", Kind::Table(SESSION)),
    may("lockout", Kind::Table(LOCKOUT)),
    may("recovery", Kind::Table(RECOVERY)),
    may("mail", Kind::Table(MAIL)),
    may("contact", Kind::Table(CONTACT)),
    may("brand", Kind::Table(BRAND)),
    may("terms", Kind::Table(&[must("file", Kind::File), must("version", Kind::Text(1, 40))])),
    may("notices", Kind::Tables(NOTICE)),
    may("services", Kind::Tables(SERVICE)),
    may("texts", Kind::Table(&[may("ja", Kind::Sentences)])),
    may("import", Kind::Table(IMPORT)),
    may("i18n", Kind::Table(I18N)),
    may("check", Kind::Table(&[may("accept", Kind::Words(advice))])),
];

/// Advice that may be set aside.
fn advice() -> Vec<&'static str> {
    Code::ALL.iter().filter(|code| code.is_advice()).map(|code| code.as_str()).collect()
}

const HOSTS: &[Key] = &[must("primary", Kind::Host), may("aliases", Kind::Hosts)];

const LOGIN: &[Key] = &[
    may("methods", Kind::Words(|| list(words::METHOD))),
    may("passkey", Kind::Word(|| list(words::PASSKEY))),
];

const USER_ID: &[Key] = &[
    may("min_length", Kind::Number(4, 64)),
    may("max_length", Kind::Number(4, 64)),
    may("symbols", Kind::Text(0, 32)),
    may("change", Kind::Word(|| list(words::CHANGE))),
    may("letter_and_digit", Kind::Flag),
];

const PASSWORD: &[Key] = &[
    may("min_length", Kind::Number(8, 64)),
    may("max_length", Kind::Number(8, 128)),
    may("require", Kind::Words(|| list(words::CLASS))),
    may("symbols", Kind::Text(0, 64)),
    may("forbid", Kind::Words(|| list(words::FORBID))),
    may("examples", Kind::Table(EXAMPLES)),
];

const EXAMPLES: &[Key] =
    &[may("ok", Kind::Texts), may("ng", Kind::Texts), may("ng_user_id", Kind::Text(1, 64))];

const EMAIL: &[Key] = &[
    may("required", Kind::Flag),
    may("unique", Kind::Flag),
    may("verification", Kind::Word(|| list(words::VERIFICATION))),
];

const APP_OTP: &[Key] = &[
    may("issuer", Kind::Text(1, TEXT)),
    may("apps", Kind::Words(|| list(words::APP))),
    may("max_devices", Kind::Number(1, 10)),
    may("skew_steps", Kind::Number(0, 2)),
];

const EMAIL_OTP: &[Key] =
    &[may("ttl_minutes", Kind::Number(1, 30)), may("resend_seconds", Kind::Number(30, 600))];

const FIRST_LOGIN: &[Key] =
    &[may("steps", Kind::Steps), may("mfa_setup", Kind::Word(|| list(words::MFA_SETUP)))];

const INITIAL_PASSWORD: &[Key] = &[
    may("existing", Kind::Word(|| list(words::FIRST_SECRET))),
    may("new", Kind::Word(|| list(words::NEW_SECRET))),
    may("valid_days", Kind::Number(1, 365)),
    may("letter", Kind::Word(|| list(words::LETTER))),
];

const SESSION: &[Key] = &[
    may("idle_minutes", Kind::Number(1, 60)),
    may("absolute_hours", Kind::Number(1, 24)),
    may("remember_hours", Kind::Number(0, 24)),
];

const LOCKOUT: &[Key] = &[may("pause_after", Kind::Number(3, 10)), may("hard_limit", Kind::Number(20, 100))];

const RECOVERY: &[Key] = &[
    may("reset_link_minutes", Kind::Number(5, 30)),
    may("lost_factor", Kind::Word(|| list(words::LOST_FACTOR))),
    may("lost_factor_wait_hours", Kind::Number(0, 72)),
];

const MAIL: &[Key] = &[
    may("from_name", Kind::Text(1, TEXT)),
    must("from_address", Kind::Address),
    may("reply_to", Kind::Address),
    may("subject_prefix", Kind::Text(0, 30)),
];

const CONTACT: &[Key] = &[
    may("department", Kind::Text(1, TEXT)),
    must("phone", Kind::Phone),
    must("hours", Kind::Text(1, LONG)),
    may("url", Kind::Https),
];

const BRAND: &[Key] = &[
    must("primary", Kind::Colour),
    may("logo", Kind::File),
    may("logo_alt", Kind::Text(1, TEXT)),
    may("favicon", Kind::File),
];

const NOTICE: &[Key] = &[
    must("place", Kind::Word(|| list(words::PLACE))),
    may("level", Kind::Word(|| list(words::LEVEL))),
    must("text", Kind::Lines(1000)),
    may("from", Kind::Date),
    may("until", Kind::Date),
];

const SERVICE: &[Key] = &[
    must("id", Kind::Text(1, 40)),
    must("label", Kind::Text(1, 40)),
    must("url", Kind::Https),
    may("icon", Kind::Word(|| list(&Icon::WORDS))),
    may("badge", Kind::Text(1, 10)),
];

const IMPORT: &[Key] =
    &[may("encoding", Kind::Word(|| list(words::ENCODING))), may("columns", Kind::Table(COLUMNS))];

const COLUMNS: &[Key] = &[
    may("kigo", Kind::Text(1, TEXT)),
    may("bango", Kind::Text(1, TEXT)),
    may("branch", Kind::Text(1, TEXT)),
    may("birthdate", Kind::Text(1, TEXT)),
    may("name", Kind::Text(1, TEXT)),
    may("name_kana", Kind::Text(1, TEXT)),
    may("user_id", Kind::Text(1, TEXT)),
    may("temp_password", Kind::Text(1, TEXT)),
    may("email", Kind::Text(1, TEXT)),
];

const I18N: &[Key] = &[
    may("default", Kind::Word(|| list(words::LANGUAGE))),
    may("locales", Kind::Words(|| list(words::LANGUAGE))),
];

/// The tables in which a key of that name stands, as they are written: `[password]`.
pub(super) fn homes_of(name: &str) -> Vec<String> {
    fn walk(keys: &'static [Key], path: &str, name: &str, homes: &mut Vec<String>) {
        for key in keys {
            let inner = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
            if key.name == name && !matches!(key.kind, Kind::Table(_) | Kind::Tables(_)) {
                homes.push(path.to_owned());
            }
            match key.kind {
                Kind::Table(keys) | Kind::Tables(keys) => walk(keys, &inner, name, homes),
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
    fn paths(keys: &'static [Key], above: &str, found: &mut Vec<String>) {
        for key in keys {
            let path = if above.is_empty() { key.name.to_owned() } else { format!("{above}.{}", key.name) };
            match key.kind {
                Kind::Table(keys) | Kind::Tables(keys) => paths(keys, &path, found),
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
