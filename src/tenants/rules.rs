//! Rules: pass 3 within one union: what its values must mean together.

use jiff::civil::Date;

use super::colour::{ENOUGH, Rgb};
use super::examples;
use super::finding::FindingCode;
use super::keys::english_places;
use super::layers::TenantFiles;
use super::phrases::shorten;
use super::sso;
use super::steps::word;
use crate::domain::saying::said;
use crate::domain::tenant::{
    CharClass, FirstSecret, Language, ListedStep, Method, PasswordPolicy, Policy, Tenant, TenantSlug,
    UserIdPolicy, Verification,
};

/// Every rule over one union.
pub(super) fn check(files: &mut TenantFiles<'_, '_>, tenant: &Tenant, today: Date) {
    let policy = &tenant.policy;
    slug(files);
    user_id(files, &policy.user_id);
    password(files, &policy.password);
    first_password(files, policy);
    methods(files, policy);
    brand(files, tenant);
    notices(files, tenant, today);
    services(files, tenant);
    sso::check(files, tenant);
    sentences(files, tenant);
    columns(files, tenant);
    issuer(files, policy);
    languages(files, tenant);
    english(files, tenant);
}

fn slug(files: &mut TenantFiles<'_, '_>) {
    let stem = files.stem().to_owned();
    if TenantSlug::parse(&stem).is_none() {
        files.tell(
            FindingCode::Slug,
            &["id"],
            said!("finding-slug", stem = shorten(&stem)),
            said!("finding-slug-help"),
        );
    } else if let Some(id) = files.own_text("id").filter(|id| *id != stem) {
        let id = shorten(id);
        files.tell(
            FindingCode::Slug,
            &["id"],
            said!("finding-id-differs", id, stem = &stem),
            said!("finding-id-differs-help", stem),
        );
    }
}

fn user_id(files: &mut TenantFiles<'_, '_>, rules: &UserIdPolicy) {
    let UserIdPolicy { min_length: min, max_length: max, .. } = rules;
    if min > max {
        files.tell(
            FindingCode::UserIdLength,
            &["user_id.min_length", "user_id.max_length"],
            said!("finding-user-id-length"),
            said!("finding-length-help", max, min),
        );
    }
    if let Some(found) = rules.symbols.chars().find(|c| !c.is_ascii_punctuation()) {
        files.tell(
            FindingCode::Symbols,
            &["user_id.symbols"],
            said!("finding-user-id-symbol", found),
            said!("finding-symbol-help"),
        );
    }
}

fn password(files: &mut TenantFiles<'_, '_>, rules: &PasswordPolicy) {
    let PasswordPolicy { min_length: min, max_length: max, .. } = rules;
    if min > max {
        files.tell(
            FindingCode::PasswordLength,
            &["password.min_length", "password.max_length"],
            said!("finding-password-length"),
            said!("finding-length-help", max, min),
        );
    } else if *max < 64 {
        files.tell(
            FindingCode::ShortLimit,
            &["password.max_length"],
            said!("finding-short-limit", max),
            said!("finding-short-limit-help"),
        );
    }
    if let Some(found) = rules.symbols.chars().find(|c| !c.is_ascii_punctuation()) {
        files.tell(
            FindingCode::Symbols,
            &["password.symbols"],
            said!("finding-password-symbol", found),
            said!("finding-symbol-help"),
        );
    }
    let requires = |class| rules.require.contains(&class);
    if requires(CharClass::Symbol) && rules.symbols.is_empty() {
        files.tell(
            FindingCode::Symbols,
            &["password.symbols", "password.require"],
            said!("finding-no-symbols"),
            said!("finding-no-symbols-help"),
        );
    }
    if requires(CharClass::Letter) && (requires(CharClass::Upper) || requires(CharClass::Lower)) {
        files.tell(
            FindingCode::Redundant,
            &["password.require"],
            said!("finding-redundant"),
            said!("finding-redundant-help"),
        );
    }
    password_examples(files, rules);
}

fn password_examples(files: &mut TenantFiles<'_, '_>, rules: &PasswordPolicy) {
    let login = files.text("password.examples.ng_user_id");
    let about = |list: &str, at: usize| format!("password.examples.{list}.{at}");
    for (at, example) in rules.examples_ok.iter().enumerate() {
        if let Err(flaw) = examples::passes(rules, login, example) {
            files.tell(
                FindingCode::GoodExample,
                &[&about("ok", at), "password.min_length", "password.max_length", "password.require"],
                said!("finding-good-example", example = shorten(example), why = examples::clause(&flaw)),
                said!("finding-good-example-help"),
            );
        }
    }
    for (at, example) in rules.examples_ng.iter().enumerate() {
        if examples::passes(rules, login, example).is_ok() {
            files.tell(
                FindingCode::BadExample,
                &[&about("ng", at), "password.min_length", "password.max_length", "password.require"],
                said!("finding-bad-example", example = shorten(example)),
                said!("finding-bad-example-help"),
            );
        }
    }
}

fn first_password(files: &mut TenantFiles<'_, '_>, policy: &Policy) {
    let first = &policy.initial_password;
    if first.existing == FirstSecret::KigoBangoBirthDate && first.valid_days > 90 {
        files.tell(
            FindingCode::DerivedTooLong,
            &["initial_password.valid_days", "initial_password.existing"],
            said!("finding-derived-too-long", days = first.valid_days),
            said!("finding-derived-too-long-help"),
        );
    }
}

fn methods(files: &mut TenantFiles<'_, '_>, policy: &Policy) {
    if policy.methods.is_empty() {
        let known = super::words::METHOD.iter().map(|(_, word)| format!("\"{word}\""));
        let known = known.collect::<Vec<_>>().join(", ");
        files.tell(
            FindingCode::NoMethod,
            &["login.methods"],
            said!("finding-no-method"),
            said!("finding-no-method-help", known),
        );
    }
    let mailed = policy.offered().any(Method::is_mailed);
    let link = policy.email.verification == Verification::Link;
    if (mailed || link) && !policy.email.required {
        files.tell(
            FindingCode::MailCodeNeedsMail,
            &["email.required", "login.methods", "email.verification"],
            said!("finding-mail-not-required"),
            said!("finding-mail-not-required-help"),
        );
    }
    if mailed && policy.email.verification == Verification::None {
        files.tell(
            FindingCode::MailCodeNeedsMail,
            &["login.methods", "email.verification"],
            said!("finding-mail-not-confirmed"),
            said!("finding-mail-not-confirmed-help"),
        );
    }
    if mailed && !policy.offers(Method::AppOtp) {
        let steps: Vec<ListedStep> = policy.first_login.steps.iter().flatten().copied().collect();
        let at = |step| steps.iter().position(|there| *there == step);
        let late = match (at(ListedStep::Email), at(ListedStep::Method)) {
            (Some(email), Some(method)) => email > method,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if late {
            let email = word(ListedStep::Email);
            files.tell(
                FindingCode::StepOrder,
                &["first_login.steps", "login.methods"],
                said!("finding-mail-too-late"),
                said!("finding-mail-too-late-help", email),
            );
        }
    }
}

fn brand(files: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    let Some(rgb) = Rgb::parse(&tenant.brand.primary) else { return };
    let contrast = rgb.on_white();
    if contrast < ENOUGH {
        // Rounded down, so that 4.49 is not told as 4.5.
        let contrast = (contrast * 100.0).floor() / 100.0;
        files.tell(
            FindingCode::Contrast,
            &["brand.primary"],
            said!("finding-contrast", contrast = contrast.to_string()),
            said!("finding-contrast-help"),
        );
    }
}

fn notices(files: &mut TenantFiles<'_, '_>, tenant: &Tenant, today: Date) {
    for (at, notice) in tenant.notices.iter().enumerate() {
        let (from, until) = (format!("notices.{at}.from"), format!("notices.{at}.until"));
        if let (Some(first), Some(last)) = (notice.from, notice.until)
            && first > last
        {
            files.tell(
                FindingCode::NoticeDates,
                &[&until, &from],
                said!("finding-notice-dates", last = last.to_string(), first = first.to_string()),
                said!("finding-notice-dates-help"),
            );
        } else if let Some(last) = notice.until.filter(|last| *last < today) {
            files.tell(
                FindingCode::NoticeOver,
                &[&until],
                said!("finding-notice-over", last = last.to_string()),
                said!("finding-notice-over-help"),
            );
        }
    }
}

fn services(files: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    for (at, service) in tenant.services.iter().enumerate() {
        let before = tenant.services.iter().take(at);
        if !service.id.is_empty() && before.clone().any(|other| other.id == service.id) {
            let id = shorten(&service.id);
            files.tell(
                FindingCode::Repeated,
                &[&format!("services.{at}.id")],
                said!("finding-service-twice", id),
                said!("finding-service-twice-help"),
            );
        }
    }
}

fn sentences(files: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    let (japanese, english) = (tenant.texts_ja.iter(), tenant.english.texts.iter());
    for (language, (name, text)) in japanese.map(|own| ("ja", own)).chain(english.map(|own| ("en", own))) {
        if text.contains(['<', '>']) {
            files.tell(
                FindingCode::Html,
                &[&format!("texts.{language}.{name}")],
                said!("finding-html", name = shorten(name)),
                said!("finding-html-help"),
            );
        }
    }
}

fn columns(files: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
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
        ("lost_on", &c.lost_on),
        ("former_kigo", &c.former_kigo),
        ("former_bango", &c.former_bango),
        ("former_branch", &c.former_branch),
    ];
    for (at, (key, header)) in headers.iter().enumerate() {
        if let Some((other, _)) = headers.iter().take(at).find(|(_, before)| before == header) {
            let header = shorten(header);
            files.tell(
                FindingCode::ColumnTwice,
                &[&format!("import.columns.{key}"), &format!("import.columns.{other}")],
                said!("finding-column-twice", header, other, key),
                said!("finding-column-twice-help"),
            );
        }
    }
}

fn issuer(files: &mut TenantFiles<'_, '_>, policy: &Policy) {
    if policy.app_otp.issuer.contains(':') {
        files.tell(
            FindingCode::Issuer,
            &["app_otp.issuer", "heading", "name"],
            said!("finding-issuer"),
            said!("finding-issuer-help"),
        );
    }
}

fn languages(files: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    if !tenant.languages.contains(&tenant.default_language) {
        let word = tenant.default_language.as_str();
        files.tell(
            FindingCode::DefaultLanguage,
            &["i18n.default", "i18n.locales"],
            said!("finding-default-language", word),
            said!("finding-default-language-help", word),
        );
    }
}

/// English that nobody sees, and what is missing beside it. A union that has none yet is told nothing.
fn english(files: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    let given = |path: &str, ending: &str| files.text(&format!("{path}{ending}")).is_some();
    let pairs = english_places(|list| files.rows(list).len());
    // These are made of others, or stand beside their file.
    let is_made = |path: &str| match path {
        "heading" | "mail.from_name" | "brand.logo_alt" => given("name", "_en"),
        "mail.subject_prefix" => {
            given("short_name", "_en") || (!given("short_name", "") && given("name", "_en"))
        }
        "terms.version" => true,
        _ => false,
    };
    let written: Vec<&String> = pairs.iter().filter(|path| given(path, "_en")).collect();
    let Some(first) = written.first() else { return };
    let key = format!("{first}_en");
    if !tenant.languages.contains(&Language::En) {
        return files.tell(
            FindingCode::EnglishUnseen,
            &[&key, "i18n.locales"],
            said!("finding-english-unseen", key = key.as_str()),
            said!("finding-english-unseen-help"),
        );
    }
    let is_missing = |path: &&String| given(path, "") && !given(path, "_en") && !is_made(path);
    let missing: Vec<String> = pairs.iter().filter(is_missing).map(|path| format!("{path}_en")).collect();
    if !missing.is_empty() {
        files.tell(
            FindingCode::EnglishPartly,
            &[&key],
            said!("finding-english-partly", count = missing.len()),
            said!("finding-english-partly-help", missing = missing.join(", ")),
        );
    }
}
