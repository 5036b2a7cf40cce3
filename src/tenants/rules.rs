//! Rules: pass 3 within one union: what its values must mean together.

use jiff::civil::Date;

use super::colour::{ENOUGH, Rgb};
use super::examples;
use super::finding::FindingCode;
use super::layers::TenantFiles;
use super::phrases::shorten;
use super::steps::word;
use crate::domain::saying::said;
use crate::domain::tenant::{
    CharClass, FirstSecret, ListedStep, Method, PasswordPolicy, Policy, Tenant, TenantSlug, UserIdPolicy,
    Verification,
};

/// Every rule over one union.
pub(super) fn check(desk: &mut TenantFiles<'_, '_>, tenant: &Tenant, today: Date) {
    let policy = &tenant.policy;
    slug(desk);
    user_id(desk, &policy.user_id);
    password(desk, &policy.password);
    first_password(desk, policy);
    methods(desk, policy);
    brand(desk, tenant);
    notices(desk, tenant, today);
    services(desk, tenant);
    sentences(desk, tenant);
    columns(desk, tenant);
    issuer(desk, policy);
    languages(desk, tenant);
}

fn slug(desk: &mut TenantFiles<'_, '_>) {
    let stem = desk.stem().to_owned();
    if TenantSlug::parse(&stem).is_none() {
        desk.tell(
            FindingCode::Slug,
            &["id"],
            said!("finding-slug", stem = shorten(&stem)),
            said!("finding-slug-help"),
        );
    } else if let Some(id) = desk.own_text("id").filter(|id| *id != stem) {
        let id = shorten(id);
        desk.tell(
            FindingCode::Slug,
            &["id"],
            said!("finding-id-differs", id, stem = &stem),
            said!("finding-id-differs-help", stem),
        );
    }
}

fn user_id(desk: &mut TenantFiles<'_, '_>, rules: &UserIdPolicy) {
    let UserIdPolicy { min_length: min, max_length: max, .. } = rules;
    if min > max {
        desk.tell(
            FindingCode::UserIdLength,
            &["user_id.min_length", "user_id.max_length"],
            said!("finding-user-id-length"),
            said!("finding-length-help", max, min),
        );
    }
    if let Some(found) = rules.symbols.chars().find(|c| !c.is_ascii_punctuation()) {
        desk.tell(
            FindingCode::Symbols,
            &["user_id.symbols"],
            said!("finding-user-id-symbol", found),
            said!("finding-symbol-help"),
        );
    }
}

fn password(desk: &mut TenantFiles<'_, '_>, rules: &PasswordPolicy) {
    let PasswordPolicy { min_length: min, max_length: max, .. } = rules;
    if min > max {
        desk.tell(
            FindingCode::PasswordLength,
            &["password.min_length", "password.max_length"],
            said!("finding-password-length"),
            said!("finding-length-help", max, min),
        );
    } else if *max < 64 {
        desk.tell(
            FindingCode::ShortLimit,
            &["password.max_length"],
            said!("finding-short-limit", max),
            said!("finding-short-limit-help"),
        );
    }
    if let Some(found) = rules.symbols.chars().find(|c| !c.is_ascii_punctuation()) {
        desk.tell(
            FindingCode::Symbols,
            &["password.symbols"],
            said!("finding-password-symbol", found),
            said!("finding-symbol-help"),
        );
    }
    let requires = |class| rules.require.contains(&class);
    if requires(CharClass::Symbol) && rules.symbols.is_empty() {
        desk.tell(
            FindingCode::Symbols,
            &["password.symbols", "password.require"],
            said!("finding-no-symbols"),
            said!("finding-no-symbols-help"),
        );
    }
    if requires(CharClass::Letter) && (requires(CharClass::Upper) || requires(CharClass::Lower)) {
        desk.tell(
            FindingCode::Redundant,
            &["password.require"],
            said!("finding-redundant"),
            said!("finding-redundant-help"),
        );
    }
    password_examples(desk, rules);
}

fn password_examples(desk: &mut TenantFiles<'_, '_>, rules: &PasswordPolicy) {
    let login = desk.text("password.examples.ng_user_id");
    let about = |list: &str, at: usize| format!("password.examples.{list}.{at}");
    for (at, example) in rules.examples_ok.iter().enumerate() {
        if let Err(flaw) = examples::passes(rules, login, example) {
            desk.tell(
                FindingCode::GoodExample,
                &[&about("ok", at), "password.min_length", "password.max_length", "password.require"],
                said!("finding-good-example", example = shorten(example), why = examples::clause(&flaw)),
                said!("finding-good-example-help"),
            );
        }
    }
    for (at, example) in rules.examples_ng.iter().enumerate() {
        if examples::passes(rules, login, example).is_ok() {
            desk.tell(
                FindingCode::BadExample,
                &[&about("ng", at), "password.min_length", "password.max_length", "password.require"],
                said!("finding-bad-example", example = shorten(example)),
                said!("finding-bad-example-help"),
            );
        }
    }
}

fn first_password(desk: &mut TenantFiles<'_, '_>, policy: &Policy) {
    let first = &policy.initial_password;
    if first.existing == FirstSecret::KigoBangoBirthDate && first.valid_days > 90 {
        desk.tell(
            FindingCode::DerivedTooLong,
            &["initial_password.valid_days", "initial_password.existing"],
            said!("finding-derived-too-long", days = first.valid_days),
            said!("finding-derived-too-long-help"),
        );
    }
}

fn methods(desk: &mut TenantFiles<'_, '_>, policy: &Policy) {
    if policy.methods.is_empty() {
        let known = super::words::METHOD.iter().map(|(_, word)| format!("\"{word}\""));
        let known = known.collect::<Vec<_>>().join(", ");
        desk.tell(
            FindingCode::NoMethod,
            &["login.methods"],
            said!("finding-no-method"),
            said!("finding-no-method-help", known),
        );
    }
    let mailed = policy.offered().any(Method::is_mailed);
    let link = policy.email.verification == Verification::Link;
    if (mailed || link) && !policy.email.required {
        desk.tell(
            FindingCode::MailCodeNeedsMail,
            &["email.required", "login.methods", "email.verification"],
            said!("finding-mail-not-required"),
            said!("finding-mail-not-required-help"),
        );
    }
    if mailed && policy.email.verification == Verification::None {
        desk.tell(
            FindingCode::MailCodeNeedsMail,
            &["login.methods", "email.verification"],
            said!("finding-mail-not-confirmed"),
            said!("finding-mail-not-confirmed-help"),
        );
    }
    if mailed && !policy.methods.contains(&Method::AppOtp) {
        let steps: Vec<ListedStep> = policy.first_login.steps.iter().flatten().copied().collect();
        let at = |step| steps.iter().position(|there| *there == step);
        let late = match (at(ListedStep::Email), at(ListedStep::Method)) {
            (Some(email), Some(method)) => email > method,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if late {
            let email = word(ListedStep::Email);
            desk.tell(
                FindingCode::StepOrder,
                &["first_login.steps", "login.methods"],
                said!("finding-mail-too-late"),
                said!("finding-mail-too-late-help", email),
            );
        }
    }
}

fn brand(desk: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    let Some(rgb) = Rgb::parse(&tenant.brand.primary) else { return };
    let contrast = rgb.on_white();
    if contrast < ENOUGH {
        // Rounded down, so that 4.49 is not told as 4.5.
        let contrast = (contrast * 100.0).floor() / 100.0;
        desk.tell(
            FindingCode::Contrast,
            &["brand.primary"],
            said!("finding-contrast", contrast = contrast.to_string()),
            said!("finding-contrast-help"),
        );
    }
}

fn notices(desk: &mut TenantFiles<'_, '_>, tenant: &Tenant, today: Date) {
    for (at, notice) in tenant.notices.iter().enumerate() {
        let (from, until) = (format!("notices.{at}.from"), format!("notices.{at}.until"));
        if let (Some(first), Some(last)) = (notice.from, notice.until)
            && first > last
        {
            desk.tell(
                FindingCode::NoticeDates,
                &[&until, &from],
                said!("finding-notice-dates", last = last.to_string(), first = first.to_string()),
                said!("finding-notice-dates-help"),
            );
        } else if let Some(last) = notice.until.filter(|last| *last < today) {
            desk.tell(
                FindingCode::NoticeOver,
                &[&until],
                said!("finding-notice-over", last = last.to_string()),
                said!("finding-notice-over-help"),
            );
        }
    }
}

fn services(desk: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    for (at, service) in tenant.services.iter().enumerate() {
        let before = tenant.services.iter().take(at);
        if !service.id.is_empty() && before.clone().any(|other| other.id == service.id) {
            let id = shorten(&service.id);
            desk.tell(
                FindingCode::Repeated,
                &[&format!("services.{at}.id")],
                said!("finding-service-twice", id),
                said!("finding-service-twice-help"),
            );
        }
    }
}

fn sentences(desk: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    for (name, text) in &tenant.texts_ja {
        if text.contains(['<', '>']) {
            desk.tell(
                FindingCode::Html,
                &[&format!("texts.ja.{name}")],
                said!("finding-html", name = shorten(name)),
                said!("finding-html-help"),
            );
        }
    }
}

fn columns(desk: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    let c = &tenant.import.columns;
    let headers = [
        ("kigo", &c.kigo),
        ("bango", &c.bango),
        ("branch", &c.branch),
        ("birthdate", &c.birthdate),
        ("name", &c.name),
        ("name_kana", &c.name_kana),
        ("user_id", &c.user_id),
        ("temp_password", &c.temp_password),
        ("email", &c.email),
    ];
    for (at, (key, header)) in headers.iter().enumerate() {
        if let Some((other, _)) = headers.iter().take(at).find(|(_, before)| before == header) {
            let header = shorten(header);
            desk.tell(
                FindingCode::ColumnTwice,
                &[&format!("import.columns.{key}"), &format!("import.columns.{other}")],
                said!("finding-column-twice", header, other, key),
                said!("finding-column-twice-help"),
            );
        }
    }
}

fn issuer(desk: &mut TenantFiles<'_, '_>, policy: &Policy) {
    if policy.app_otp.issuer.contains(':') {
        desk.tell(
            FindingCode::Issuer,
            &["app_otp.issuer", "heading", "name"],
            said!("finding-issuer"),
            said!("finding-issuer-help"),
        );
    }
}

fn languages(desk: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    if !tenant.languages.contains(&tenant.default_language) {
        let word = tenant.default_language.as_str();
        desk.tell(
            FindingCode::DefaultLanguage,
            &["i18n.default", "i18n.locales"],
            said!("finding-default-language", word),
            said!("finding-default-language-help", word),
        );
    }
}
