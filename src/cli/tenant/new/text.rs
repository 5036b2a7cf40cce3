//! What stands in a new union's files.

use jiff::civil::Date;
use toml::Value;

use super::hosts::NewHosts;
use crate::{
    cli::{tenant::keys::explained, voice},
    domain::tenant::{Language, TenantSlug},
    tenants::keys::places,
};

/// The union's files, with `{id}` for its id.
pub(super) const FILES: [&str; 3] = ["{id}.toml", "{id}/terms.md", "{id}/logo.svg"];

const HEAD: &str = include_str!("../../../../templates/tenant/head.toml");
const FOOT: &str = include_str!("../../../../templates/tenant/foot.toml");
const TERMS: &str = include_str!("../../../../templates/tenant/terms.md");
const LOGO: &str = include_str!("../../../../templates/tenant/logo.svg");

/// The placeholder's colour: 8.5:1 against white.
const COLOUR: &str = "#1f4e79";

/// What names of unions end with, and what it is short for.
const ENDING: (&str, &str) = ("健康保険組合", "健保");
/// The longest short name, in characters.
const SHORT: usize = 20;

/// What is recommended where it differs from the printed manuals (D1): nothing of it brings advice.
const RECOMMENDED: [(&str, &str); 5] = [
    ("login.methods", r#"["passkey", "app-otp"]"#),
    ("login.passkey", r#""alone""#),
    ("email.verification", r#""link""#),
    ("first_login.mfa_setup", r#""continue""#),
    ("recovery.lost_factor", r#""desk-code""#),
];

/// The tables that are rules: another union may have the same.
const RULES: [&str; 14] = [
    "login",
    "user_id",
    "password",
    "email",
    "app_otp",
    "email_otp",
    "first_login",
    "initial_password",
    "session",
    "lockout",
    "recovery",
    "retention",
    "import",
    "i18n",
];
/// The keys in them that are the union's own all the same, and what is told of its rules.
const NOT_A_RULE: [&str; 2] = ["password.examples", "app_otp.issuer"];
const TOLD_OF_RULES: &str = "check.accept";

/// Whether a key is a rule, which another union may have as well.
pub(super) fn is_rule(key: &str) -> bool {
    let table = key.split('.').next().unwrap_or(key);
    let own = NOT_A_RULE.iter().any(|own| key.starts_with(own));
    (RULES.contains(&table) && !own) || key == TOLD_OF_RULES
}

/// A file: its name below the tenants folder, and its text.
#[derive(Debug)]
pub(super) struct NewText {
    pub name: String,
    pub text: String,
}

/// What is known of a new union.
#[derive(Debug)]
pub(super) struct NewUnion<'a> {
    pub slug: &'a TenantSlug,
    pub name: Option<&'a str>,
    pub hosts: Option<&'a NewHosts>,
    /// Another union's rules: key, and value as TOML. `None`: what is recommended.
    pub rules: Option<&'a [(String, String)]>,
    /// Keys that the shared values give.
    pub given: &'a [String],
    pub today: Date,
}

impl NewUnion<'_> {
    /// Its files, in the order of [`FILES`].
    pub fn files(&self) -> Vec<NewText> {
        let texts = [self.toml(), self.terms(), self.logo()];
        let named = FILES.iter().zip(texts);
        named.map(|(name, text)| NewText { name: name.replace("{id}", self.slug.as_str()), text }).collect()
    }

    /// The values, by key.
    fn values(&self) -> Vec<(String, String)> {
        let words = voice(Language::Ja);
        let todo = |key: &str| text(&words.msg(key));
        let mut values = vec![
            ("id", text(self.slug.as_str())),
            ("name", self.name.map_or_else(|| todo("new-todo-name"), text)),
            ("status", text("draft")),
            ("mail.from_address", todo("new-todo-address")),
            ("contact.phone", todo("new-todo-phone")),
            ("contact.hours", todo("new-todo-hours")),
            ("brand.primary", text(COLOUR)),
            ("brand.logo", text(&format!("{}/logo.svg", self.slug))),
            ("terms.file", text(&format!("{}/terms.md", self.slug))),
            ("terms.version", text(&self.today.to_string())),
        ];
        values.extend(self.short_name().map(|short| ("short_name", text(&short))));
        match self.hosts {
            Some(hosts) => {
                let aliases = hosts.alias.iter().cloned().map(Value::String).collect();
                values.extend([
                    ("hosts.primary", text(&hosts.primary)),
                    ("hosts.aliases", Value::Array(aliases).to_string()),
                    ("passkey.rp_id", text(&hosts.rp_id)),
                ]);
            }
            None => values.push(("hosts.primary", todo("new-todo-host"))),
        }
        // What is shared is not written again; the files are this union's in any case.
        let file = |key: &str| ["brand.logo", "terms.file", "terms.version"].contains(&key);
        values.retain(|(key, _)| file(key) || is_own(key) || !self.given.iter().any(|given| given == key));
        let mut values: Vec<(String, String)> =
            values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        match self.rules {
            Some(rules) => values.extend_from_slice(rules),
            None => values.extend(RECOMMENDED.map(|(key, value)| (key.to_owned(), value.to_owned()))),
        }
        values
    }

    /// The file: each key in the order of the list of keys, with what it is for above it.
    fn toml(&self) -> String {
        let values = self.values();
        // A comment has one line.
        let name = self.name.unwrap_or_else(|| self.slug.as_str()).replace(char::is_control, " ");
        let mut file = filled(HEAD, &[("name", &name)]);
        file.push('\n');
        let mut open = String::new();
        for place in places() {
            let Some((_, value)) = values.iter().find(|(key, _)| *key == place.path) else { continue };
            let (table, name) = place.path.rsplit_once('.').unwrap_or(("", place.path.as_str()));
            if table != open {
                file.extend(["\n# ", &explained(table, Language::Ja), "\n[", table, "]\n"]);
                table.clone_into(&mut open);
            }
            file.extend(["# ", &explained(&place.path, Language::Ja), "\n", name, " = ", value, "\n"]);
        }
        file + FOOT
    }

    fn terms(&self) -> String {
        let name = self.name.map_or_else(|| voice(Language::Ja).msg("new-some-union"), str::to_owned);
        filled(TERMS, &[("name", &escaped(&name))])
    }

    fn logo(&self) -> String {
        let short = self.short_name().or_else(|| self.name.map(str::to_owned));
        let short = short.unwrap_or_else(|| self.slug.to_string());
        let name = self.name.map_or_else(|| short.clone(), str::to_owned);
        // As large as 216 of 240 units have room for.
        let size = (216 / short.chars().count().max(1)).clamp(8, 36);
        let (name, short, size) = (escaped(&name), escaped(&short), size.to_string());
        filled(LOGO, &[("name", &name), ("short_name", &short), ("colour", COLOUR), ("size", &size)])
    }

    /// The usual short form of the name, where there is one.
    fn short_name(&self) -> Option<String> {
        let stem = self.name?.strip_suffix(ENDING.0).filter(|stem| !stem.is_empty())?;
        let short = format!("{stem}{}", ENDING.1);
        (short.chars().count() <= SHORT).then_some(short)
    }
}

/// Whether a key is never shared.
fn is_own(key: &str) -> bool {
    places().iter().any(|place| place.path == key && place.own)
}

/// A text as TOML.
fn text(value: &str) -> String {
    Value::String(value.to_owned()).to_string()
}

/// A template with its places `{name}` filled, once: what a value holds is no place.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut parts = template.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let place = part.split_once('}');
        let value = place.and_then(|(name, rest)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, rest))
        });
        match value {
            Some((value, rest)) => text.extend([value, rest]),
            None => text.extend(["{", part]),
        }
    }
    text
}

/// A text as XML, and in Markdown.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenants::keys::KEYS;

    /// What is a union's own: each union has another one, or none.
    const OF_THE_UNION: [&str; 19] = [
        "id",
        "name",
        "name_en",
        "short_name",
        "short_name_en",
        "heading",
        "heading_en",
        "status",
        "hosts",
        "passkey",
        "mail",
        "contact",
        "brand",
        "terms",
        "notices",
        "services",
        "sso",
        "texts",
        "check",
    ];

    #[test]
    fn braces_in_a_name_are_letters_of_the_name() {
        let slug = TenantSlug::parse("aokenpo").unwrap();
        for name in
            ["{size}", "{colour}{short_name}", "{{name}}", "あ{name}健康保険組合", "{", "}{", "{unknown}"]
        {
            let union = NewUnion {
                slug: &slug,
                name: Some(name),
                hosts: None,
                rules: None,
                given: &[],
                today: jiff::civil::date(2026, 4, 1),
            };
            for file in union.files() {
                assert!(file.text.contains(name), "{name} in {}: {}", file.name, file.text);
            }
            let short = union.short_name().unwrap_or_else(|| name.to_owned());
            assert!(union.logo().contains(&format!(">{short}</text>")), "{name}");
        }
    }

    #[test]
    fn every_key_is_a_rule_or_the_union_s_own() {
        for key in KEYS {
            let (rule, own) = (RULES.contains(&key.name), OF_THE_UNION.contains(&key.name));
            assert!(rule != own, "{}: say in RULES or OF_THE_UNION what it is", key.name);
        }
        assert_eq!(RULES.len() + OF_THE_UNION.len(), KEYS.len());
        assert!(is_rule("password.min_length") && is_rule("check.accept") && is_rule("import.columns.kigo"));
        assert!(
            !is_rule("password.examples.ok") && !is_rule("mail.from_address") && !is_rule("services.0.url")
        );
        for (key, _) in RECOMMENDED {
            assert!(is_rule(key), "{key}");
        }
    }
}
