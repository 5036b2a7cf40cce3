//! Read: the layered values as a [`Tenant`]. Values that are absent take the built-in ones (`keys`), and so do values
//! that are wrong: they were told in pass 1, and the union is left out for them.

use jiff::civil::Date;

use super::colour::Rgb;
use super::layers::TenantFiles;
use super::steps;
use super::words;
use crate::domain::sso::{
    ClientAuth, ClientLogout, Pkce, Purpose, Relation, RequiredAcr, Scope, SigningAlgorithm, SsoClient,
    SsoPolicy, TileStart,
};
use crate::domain::tenant::{
    AppOtpPolicy, Brand, Contact, EmailOtpPolicy, EmailPolicy, EnglishTexts, FirstLogin, Hosts, Icon,
    ImportFormat, InitialPassword, LockoutPolicy, MailIdentity, NoticePlace, PageNotice, PasswordPolicy,
    Policy, RecoveryPolicy, RetentionPolicy, RosterColumns, Service, SessionPolicy, Tenant, TenantSlug,
    Terms, UserIdPolicy,
};
use crate::domain::typed;

/// The whole union but for its files (`files` adds logo, favicon and terms). `None` never comes about: it would mean that a
/// value which every union needs is neither required nor built in.
pub(super) fn tenant(files: &TenantFiles<'_, '_>, slug: TenantSlug) -> Option<Tenant> {
    let heading = files.text_in_force("heading");
    let terms_version = owned(files.text("terms.version"));
    Some(Tenant {
        slug,
        status: files.word("status", words::STATUS)?,
        rp_id: files.text_in_force("passkey.rp_id"),
        hosts: Hosts {
            primary: files.text_in_force("hosts.primary"),
            aliases: texts(files, "hosts.aliases")?,
        },
        policy: policy(files, terms_version.clone())?,
        mail: MailIdentity {
            from_name: files.text_in_force("mail.from_name"),
            from_address: owned(files.text("mail.from_address")),
            reply_to: files.text("mail.reply_to").map(str::to_owned),
            subject_prefix: files.text_in_force("mail.subject_prefix"),
        },
        contact: Contact {
            department: files
                .text("contact.department")
                .map(|text| without_union(text, &files.text_in_force("name")).to_owned()),
            phone: typed::shown_phone(files.text("contact.phone").unwrap_or_default()),
            hours: owned(files.text("contact.hours")),
            url: files.text("contact.url").map(str::to_owned),
            privacy_url: files.text("contact.privacy_url").map(str::to_owned),
        },
        brand: brand(files),
        terms: Terms { version: terms_version, hash: String::new(), html: String::new(), changes: None },
        notices: exactly(files.rows("notices").iter().map(|row| notice(files, row)))?,
        services: exactly(files.rows("services").iter().map(|row| service(files, row)))?,
        sso: SsoPolicy {
            issuer: files.own_text("sso.issuer").map(str::to_owned),
            test: files.flag("sso.test")?,
            insurer_number: files.text("sso.insurer_number").map(str::to_owned),
        },
        texts_ja: files.sentences("texts.ja"),
        english: english(files),
        import: import(files)?,
        default_language: files.word("i18n.default", words::LANGUAGE)?,
        languages: files.words("i18n.locales", words::LANGUAGE)?,
        name: files.text_in_force("name"),
        short_name: files.text_in_force("short_name"),
        heading,
    })
}

/// All of them, without room for more: they are kept as long as the union is served.
fn exactly<T>(all: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let mut all = all.collect::<Option<Vec<T>>>()?;
    all.shrink_to_fit();
    Some(all)
}

/// The texts in English; `files` adds the terms.
fn english(files: &TenantFiles<'_, '_>) -> EnglishTexts {
    let own = |key| files.own_text(key).map(str::to_owned);
    let text = |key| files.text(key).map(str::to_owned);
    let name = own("name_en");
    // As in Japanese, the short name is the name where the file has no other.
    let is_made = own("short_name").is_none();
    let short_name = own("short_name_en").or_else(|| name.clone().filter(|_| is_made));
    EnglishTexts {
        heading: text("heading_en").or_else(|| name.as_ref().map(|name| format!("{name} Members’ Site"))),
        from_name: text("mail.from_name_en").or_else(|| name.clone()),
        subject_prefix: text("mail.subject_prefix_en")
            .or_else(|| short_name.as_ref().map(|name| format!("[{name}] "))),
        department: text("contact.department_en"),
        hours: text("contact.hours_en"),
        logo_alt: text("brand.logo_alt_en").or_else(|| name.clone()),
        terms_html: None,
        terms_changes: None,
        texts: files.sentences("texts.en"),
        name,
        short_name,
    }
}

/// The department without the words with which the union's name ends: beside it they would stand twice.
fn without_union<'t>(department: &'t str, name: &str) -> &'t str {
    match department.split_once([' ', '\u{3000}']) {
        Some((first, rest)) if name.ends_with(first) && !rest.trim().is_empty() => rest.trim(),
        _ => department,
    }
}

fn owned(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

pub(super) fn texts(files: &TenantFiles<'_, '_>, path: &str) -> Option<Vec<String>> {
    Some(files.texts(path)?.into_iter().map(str::to_owned).collect())
}

fn policy(files: &TenantFiles<'_, '_>, terms_version: String) -> Option<Policy> {
    Some(Policy {
        methods: files.words("login.methods", words::METHOD)?,
        passkey: files.word("login.passkey", words::PASSKEY)?,
        user_id: UserIdPolicy {
            min_length: files.number("user_id.min_length")?,
            max_length: files.number("user_id.max_length")?,
            symbols: files.text_in_force("user_id.symbols"),
            change: files.word("user_id.change", words::CHANGE)?,
            letter_and_digit: files.flag("user_id.letter_and_digit")?,
        },
        password: password(files)?,
        email: EmailPolicy {
            required: files.flag("email.required")?,
            unique: files.flag("email.unique")?,
            verification: files.word("email.verification", words::VERIFICATION)?,
        },
        app_otp: AppOtpPolicy {
            issuer: files.text_in_force("app_otp.issuer"),
            apps: files.words("app_otp.apps", words::APP)?,
            max_devices: files.number("app_otp.max_devices")?,
            skew_steps: files.number("app_otp.skew_steps")?,
        },
        email_otp: EmailOtpPolicy {
            ttl_minutes: files.number("email_otp.ttl_minutes")?,
            resend_seconds: files.number("email_otp.resend_seconds")?,
        },
        first_login: FirstLogin {
            steps: steps::read(files.list("first_login.steps")?),
            mfa_setup: files.word("first_login.mfa_setup", words::MFA_SETUP)?,
        },
        initial_password: InitialPassword {
            existing: files.word("initial_password.existing", words::FIRST_SECRET)?,
            valid_days: files.number("initial_password.valid_days")?,
            letter: files.word("initial_password.letter", words::LETTER)?,
        },
        session: SessionPolicy {
            idle_minutes: files.number("session.idle_minutes")?,
            absolute_hours: files.number("session.absolute_hours")?,
            remember_hours: files.number("session.remember_hours")?,
        },
        lockout: LockoutPolicy {
            pause_after: files.number("lockout.pause_after")?,
            hard_limit: files.number("lockout.hard_limit")?,
        },
        retention: RetentionPolicy {
            ended_days: files.number("retention.ended_days")?,
            trail_days: files.number("retention.trail_days")?,
        },
        recovery: RecoveryPolicy {
            reset_link_minutes: files.number("recovery.reset_link_minutes")?,
            lost_factor: files.word("recovery.lost_factor", words::LOST_FACTOR)?,
            lost_factor_wait_hours: files.number("recovery.lost_factor_wait_hours")?,
        },
        terms_version,
    })
}

fn password(files: &TenantFiles<'_, '_>) -> Option<PasswordPolicy> {
    Some(PasswordPolicy {
        min_length: files.number("password.min_length")?,
        max_length: files.number("password.max_length")?,
        require: files.words("password.require", words::CLASS)?,
        symbols: files.text_in_force("password.symbols").replace('¥', "\\"),
        forbid: files.words("password.forbid", words::FORBID)?,
        examples_ok: texts(files, "password.examples.ok")?,
        examples_ng: texts(files, "password.examples.ng")?,
    })
}

fn brand(files: &TenantFiles<'_, '_>) -> Brand {
    let primary = owned(files.text("brand.primary")).to_lowercase();
    Brand {
        primary_dark: Rgb::parse(&primary).map(|rgb| rgb.for_dark().to_string()).unwrap_or_default(),
        primary,
        logo: None,
        logo_alt: files.text_in_force("brand.logo_alt"),
        favicon: None,
        touch_icon: None,
        hero: None,
    }
}

fn notice(files: &TenantFiles<'_, '_>, row: &str) -> Option<PageNotice> {
    let date = |key| files.text(&format!("{row}.{key}")).and_then(|text| text.parse::<Date>().ok());
    Some(PageNotice {
        place: files.word(&format!("{row}.place"), words::PLACE).unwrap_or(NoticePlace::Portal),
        level: files.word(&format!("{row}.level"), words::LEVEL)?,
        title: files.text(&format!("{row}.title")).map(str::to_owned),
        title_en: files.text(&format!("{row}.title_en")).map(str::to_owned),
        text: owned(files.text(&format!("{row}.text"))),
        text_en: files.text(&format!("{row}.text_en")).map(str::to_owned),
        url: files.text(&format!("{row}.url")).map(str::to_owned),
        from: date("from"),
        until: date("until"),
    })
}

fn service(files: &TenantFiles<'_, '_>, row: &str) -> Option<Service> {
    let text = |key| files.text(&format!("{row}.{key}"));
    Some(Service {
        id: owned(text("id")),
        label: owned(text("label")),
        label_en: text("label_en").map(str::to_owned),
        note: text("note").map(str::to_owned),
        note_en: text("note_en").map(str::to_owned),
        url: owned(text("url")),
        icon: files.word(&format!("{row}.icon"), &Icon::WORDS)?,
        badge: text("badge").map(str::to_owned),
        badge_en: text("badge_en").map(str::to_owned),
        sso: match files.value(&format!("{row}.sso")) {
            Some(_) => Some(client(files, row)?),
            None => None,
        },
    })
}

/// A service's part in single sign-on. What a file has to say and does not is told, and stands here as its strictest value.
fn client(files: &TenantFiles<'_, '_>, row: &str) -> Option<SsoClient> {
    let at = |key| format!("{row}.sso.{key}");
    let text = |key| files.text(&at(key)).map(str::to_owned);
    let id = owned(files.text(&format!("{row}.id")));
    Some(SsoClient {
        id: text("client_id").unwrap_or_default(),
        operator: text("operator").unwrap_or_default(),
        operator_en: text("operator_en"),
        relation: files.word(&at("relation"), &Relation::WORDS).unwrap_or(Relation::ThirdParty),
        purpose: files.word(&at("purpose"), &Purpose::WORDS).unwrap_or(Purpose::Other),
        privacy_url: text("privacy_url"),
        redirect_uris: texts(files, &at("redirect_uris")).unwrap_or_default(),
        auth: files.word(&at("auth"), &ClientAuth::WORDS)?,
        pkce: files.word(&at("pkce"), &Pkce::WORDS)?,
        signing: files.word(&at("signing"), &SigningAlgorithm::WORDS)?,
        scopes: files.words(&at("scopes"), &Scope::WORDS)?,
        sector: text("sector").unwrap_or(id),
        start: files.word(&at("start"), &TileStart::WORDS)?,
        require_acr: files.word(&at("require_acr"), &RequiredAcr::WORDS)?,
        fresh_minutes: files.number(&at("fresh_minutes"))?,
        keys: Vec::new(),
        require_par: files.flag(&at("require_par"))?,
        logout: ClientLogout {
            told_at: text("backchannel_logout_uri"),
            on_idle: files.flag(&at("logout_on_idle"))?,
            internal: files.flag(&at("internal"))?,
            return_uris: texts(files, &at("post_logout_redirect_uris"))?,
        },
    })
}

fn import(files: &TenantFiles<'_, '_>) -> Option<ImportFormat> {
    let header = |key| files.text_in_force(&format!("import.columns.{key}"));
    Some(ImportFormat {
        encoding: files.word("import.encoding", words::ENCODING)?,
        columns: RosterColumns {
            kigo: header("kigo"),
            bango: header("bango"),
            branch: header("branch"),
            birthdate: header("birthdate"),
            name: header("name"),
            name_kana: header("name_kana"),
            user_id: header("user_id"),
            temp_password: header("temp_password"),
            email: header("email"),
            lost_on: header("lost_on"),
            former_kigo: header("former_kigo"),
            former_bango: header("former_bango"),
            former_branch: header("former_branch"),
        },
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::tenants::{syntax, toml_file::TomlFile};

    #[test]
    fn a_department_does_not_say_the_union_s_name_again() {
        let name = "みどり健康保険組合";
        assert_eq!(without_union("健康保険組合 給付係", name), "給付係");
        assert_eq!(without_union("みどり健康保険組合\u{3000}適用課", name), "適用課");
        for department in ["適用課", "健康保険組合", "総務部 適用課", "健康保険組合 "] {
            assert_eq!(without_union(department, name), department);
        }
    }

    #[test]
    fn a_file_that_says_nothing_or_nothing_right_has_every_value_that_rules_need() {
        for text in [
            "",
            "status = 3\n[login]\nmethods = 3\n[session]\nidle_minutes = \"x\"\n[[services]]\nicon = 3\n",
        ] {
            let source = syntax::read(text);
            let file = TomlFile::parse(PathBuf::new(), Some("x".to_owned()), &source);
            let files = TenantFiles::open(&file, &file, true);
            let tenant = tenant(&files, TenantSlug::parse("midorikenpo").unwrap()).unwrap();
            assert_eq!(tenant.policy.session.idle_minutes, 30);
            assert_eq!(tenant.policy.methods.len(), 2);
            assert_eq!(tenant.import.columns.former_branch, "旧枝番");
        }
    }
}
