//! Letter: what a mail says, from its data and its union. Plain text; no personal data beyond need.

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        desk::{DeskDeed, PasswordAfter},
        letter::Letter,
        tenant::{Language, Method, Tenant},
    },
    wording::{Argument, Words},
};

/// A letter in words, as it waits in the outbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    /// The subject with the union's prefix.
    pub subject: String,
    /// The body of the letter, as plain text.
    pub text: String,
    /// The language of the text; absent in letters that an older program left in the outbox, like what follows.
    #[serde(default)]
    pub language: Option<Language>,
    /// The code in the text, on a line of its own.
    #[serde(default)]
    pub code: Option<String>,
    /// The link in the text, on a line of its own, where the letter is about it.
    #[serde(default)]
    pub button: Option<LetterButton>,
}

/// A link that a letter shows as a button. Letters with a code have none: the code is what they are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterButton {
    /// The words on the button.
    pub label: String,
    /// The address that it opens.
    pub link: String,
}

/// Puts a letter into the member's language and the union's name.
pub fn compose(letter: &Letter, tenant: &Tenant, words: &Words<'_>, now: Timestamp) -> Composed {
    let clock = words.clock_at(now);
    let known = |browser: &str| words.device(browser).unwrap_or_else(|| words.msg("letter-browser-unknown"));
    let mut values = of_every_letter(tenant, words, now);
    match letter {
        Letter::FirstCredentials { login, password, place, until } => values.extend([
            ("login", login.clone()),
            ("password", password.expose_secret().to_owned()),
            ("place", place.clone()),
            ("until", words.day(*until)),
        ]),
        Letter::MailCode { code, minutes }
        | Letter::ConfirmEmailByCode { code, minutes }
        | Letter::NewEmailCode { code, minutes } => {
            values.extend(with_length(code));
            values.push(("minutes", minutes.to_string()));
        }
        Letter::ConfirmEmailByLink { link, code, minutes, code_minutes } => {
            values.extend(with_length(code));
            values.extend([
                ("link", link.expose_secret().to_owned()),
                ("minutes", minutes.to_string()),
                ("code_minutes", code_minutes.to_string()),
            ]);
        }
        Letter::Recovery { link, code, minutes } => {
            values.extend(with_length(code));
            values.extend([("link", link.expose_secret().to_owned()), ("minutes", minutes.to_string())]);
        }
        Letter::UserIds { logins } => values.push(("logins", logins.join("\n"))),
        Letter::FirstLoginDone { method, device, browser } => values.extend([
            ("method", method_name(*method, words)),
            ("next", next_time(*method, tenant, words)),
            ("registered", device.as_deref().map(|device| registered_as(device, words)).unwrap_or_default()),
            ("browser", known(browser)),
        ]),
        Letter::PasskeyCopied { device } => values.push(("device", device.clone())),
        Letter::OneMoreFactor { device, browser, .. } => {
            values.extend([("device", device.clone().unwrap_or_default()), ("browser", known(browser))]);
        }
        Letter::FactorRemoved { device, usual, browser } => {
            let usual = usual.map(|method| method_name(method, words));
            let usual = usual.map(|method| words.msg1("letter-factor-removed-usual", "method", method));
            values.extend([
                ("device", device.clone()),
                ("usual", usual.unwrap_or_default()),
                ("browser", known(browser)),
            ]);
        }
        Letter::MethodChosen { method, browser } => {
            values.extend([("method", method_name(*method, words)), ("browser", known(browser))]);
        }
        Letter::LoginChanged { browser }
        | Letter::PasswordChanged { browser }
        | Letter::Recovered { browser, .. } => values.push(("browser", known(browser))),
        Letter::EmailChanged { new, browser } => {
            values.extend([("new", new.clone()), ("browser", known(browser))]);
        }
        Letter::LostFactorAsked { opens_at, closes_at, link } => values.extend([
            ("opens", words.moment(*opens_at)),
            ("closes", words.moment(*closes_at)),
            ("link", link.expose_secret().to_owned()),
        ]),
        Letter::FactorOff { method, times, .. } => {
            values.extend([("method", method_name(*method, words)), ("times", times.to_string())]);
        }
        Letter::PasswordExposed { times } => values.push(("times", times.to_string())),
        Letter::Desk(deed, password) => {
            let word = deed.word();
            let next = match password {
                PasswordAfter::OfTheNewNumber if deed.changes_number() => "next-first-password",
                _ => "next",
            };
            values.extend([
                ("deed", desk_deed(*deed, word, words)),
                ("next", words.msg(&format!("letter-desk-{word}-{next}"))),
            ]);
        }
        Letter::FirstCredentialUsed | Letter::PasswordOff { .. } => {}
    }
    let name = name(letter);
    let values: Vec<(&str, &dyn Argument)> =
        values.iter().map(|(name, value)| (*name, value as &dyn Argument)).collect();
    // Time in the subject, so that mail programs do not fold letters into one thread; the code never (E11).
    let subject = words.with(&format!("letter-{name}-subject"), &[("clock", &clock)]);
    let text = words.with(&format!("letter-{name}-text"), &values);
    let (code, link) = match what_it_is_about(letter) {
        LetterMatter::Code(code) => (Some(code.expose_secret().to_owned()), None),
        LetterMatter::Link(link) => (None, Some(link.to_owned())),
        LetterMatter::Text => (None, None),
    };
    let button = link.map(|link| LetterButton { label: words.msg(&format!("letter-{name}-button")), link });
    Composed {
        subject: format!("{}{subject}", tenant.subject_prefix_in(words.language()).text),
        text,
        language: Some(words.language()),
        code,
        button,
    }
}

/// The word of a letter in the names of its sentences.
fn name(letter: &Letter) -> &'static str {
    match letter {
        Letter::Recovered { factor_replaced: true, .. } => "recovered-with-factor",
        other => other.word(),
    }
}

/// What is shown apart from the text of a letter.
enum LetterMatter<'a> {
    /// A code. Where there is a link as well, the code is what the letter is about.
    Code(&'a SecretString),
    /// A link, as a button.
    Link(&'a str),
    /// Nothing: the text says it all.
    Text,
}

/// The code or the link that a letter is about.
fn what_it_is_about(letter: &Letter) -> LetterMatter<'_> {
    match letter {
        Letter::MailCode { code, .. }
        | Letter::ConfirmEmailByCode { code, .. }
        | Letter::NewEmailCode { code, .. }
        | Letter::ConfirmEmailByLink { code, .. }
        | Letter::Recovery { code, .. } => LetterMatter::Code(code),
        Letter::FirstCredentials { place, .. } => LetterMatter::Link(place),
        Letter::LostFactorAsked { link, .. } => LetterMatter::Link(link.expose_secret()),
        Letter::UserIds { .. }
        | Letter::FirstCredentialUsed
        | Letter::FirstLoginDone { .. }
        | Letter::OneMoreFactor { .. }
        | Letter::PasskeyCopied { .. }
        | Letter::FactorRemoved { .. }
        | Letter::LoginChanged { .. }
        | Letter::MethodChosen { .. }
        | Letter::PasswordChanged { .. }
        | Letter::Recovered { .. }
        | Letter::EmailChanged { .. }
        | Letter::PasswordOff { .. }
        | Letter::FactorOff { .. }
        | Letter::PasswordExposed { .. }
        | Letter::Desk(..) => LetterMatter::Text,
    }
}

/// The values that every letter may use.
fn of_every_letter(tenant: &Tenant, words: &Words<'_>, now: Timestamp) -> Vec<(&'static str, String)> {
    vec![
        ("heading", tenant.heading_in(words.language()).text.to_owned()),
        ("union", tenant.name_in(words.language()).text.to_owned()),
        ("time", words.moment(now)),
        ("contact", contact(tenant, words.language())),
    ]
}

/// What letters call a kind of factor.
fn method_name(method: Method, words: &Words<'_>) -> String {
    words.msg(&format!("letter-method-{}", method.as_str()))
}

/// How the member gets in from now on.
fn next_time(method: Method, tenant: &Tenant, words: &Words<'_>) -> String {
    if tenant.policy.stands_alone(method) {
        return words.msg1("letter-first-login-done-alone", "button", words.said("signin-passkey-button"));
    }
    words.msg(&format!("letter-first-login-done-{}", method.as_str()))
}

/// The line that tells the name of what was registered. Digits by e-mail have none.
fn registered_as(device: &str, words: &Words<'_>) -> String {
    format!("\n{}", words.msg1("letter-first-login-done-device", "device", device))
}

/// What the desk did.
fn desk_deed(deed: DeskDeed, word: &str, words: &Words<'_>) -> String {
    match deed {
        DeskDeed::SetLastDay(day) => words.msg1("letter-desk-end", "day", words.day(day)),
        _ => words.msg(&format!("letter-desk-{word}")),
    }
}

/// A code, and the number of its digits.
fn with_length(code: &SecretString) -> [(&'static str, String); 2] {
    [("code", code.expose_secret().to_owned()), ("digits", code.expose_secret().len().to_string())]
}

/// The union's contact, which ends each letter.
fn contact(tenant: &Tenant, language: Language) -> String {
    let department = tenant.department_in(language).map(|it| format!(" {}", it.text)).unwrap_or_default();
    let (name, phone, hours) =
        (tenant.name_in(language).text, &tenant.contact.phone, tenant.hours_in(language).text);
    match language {
        Language::Ja => format!("{name}{department}\n{phone}({hours})"),
        Language::En => format!("{name}{department}\n{phone} ({hours})"),
    }
}
