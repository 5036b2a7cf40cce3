//! Read: the layered values as a [`Tenant`]. Values that are absent take the built-in ones; values
//! that are wrong were told in pass 1, and the union is left out for them.

use jiff::civil::Date;

use super::colour::Rgb;
use super::layers::TenantFiles;
use super::steps;
use super::words;
use crate::domain::tenant::{
    AppOtpPolicy, AuthApp, Brand, Contact, CredentialLetter, EmailOtpPolicy, EmailPolicy, FirstLogin,
    FirstSecret, Forbidden, Hosts, Icon, ImportFormat, InitialPassword, Language, ListedStep, LockoutPolicy,
    LostFactor, MailIdentity, Method, MfaSetup, NoticeLevel, NoticePlace, PageNotice, PasskeyRole,
    PasswordPolicy, Policy, RecoveryPolicy, RetentionPolicy, RosterColumns, RosterEncoding, Service,
    SessionPolicy, Status, Tenant, TenantSlug, Terms, UserIdPolicy, Verification,
};
use crate::domain::typed;

/// Symbols of passwords unless the files say otherwise (D6).
const PASSWORD_SYMBOLS: &str = "!\"#$%&'()=~^`{|+*}<>?_-\\@[;:],./";

/// The whole union but for its files (`files` adds logo, favicon and terms).
pub(super) fn tenant(files: &TenantFiles<'_, '_>, slug: TenantSlug) -> Tenant {
    let name = owned(files.own_text("name"));
    let short_name = files.own_text("short_name").map_or_else(|| name.clone(), str::to_owned);
    let heading = files.text("heading").map_or_else(|| format!("{name}加入者ページ"), str::to_owned);
    let primary = owned(files.own_text("hosts.primary"));
    let bare = primary.strip_prefix("www.").unwrap_or(&primary).to_owned();
    let terms_version = owned(files.text("terms.version"));
    Tenant {
        slug,
        status: files.word("status", words::STATUS).unwrap_or(Status::Draft),
        rp_id: files.own_text("passkey.rp_id").map_or(bare, str::to_owned),
        hosts: Hosts { primary, aliases: texts(files, "hosts.aliases") },
        policy: policy(files, &heading, terms_version.clone()),
        mail: MailIdentity {
            from_name: files.text("mail.from_name").map_or_else(|| name.clone(), str::to_owned),
            from_address: owned(files.text("mail.from_address")),
            reply_to: files.text("mail.reply_to").map(str::to_owned),
            subject_prefix: files
                .text("mail.subject_prefix")
                .map_or_else(|| format!("【{short_name}】"), str::to_owned),
        },
        contact: Contact {
            department: files.text("contact.department").map(str::to_owned),
            phone: typed::shown_phone(files.text("contact.phone").unwrap_or_default()),
            hours: owned(files.text("contact.hours")),
            url: files.text("contact.url").map(str::to_owned),
        },
        brand: brand(files, &name),
        terms: Terms { version: terms_version, hash: String::new(), html: String::new(), changes: None },
        notices: files.rows("notices").iter().map(|row| notice(files, row)).collect(),
        services: files.rows("services").iter().map(|row| service(files, row)).collect(),
        texts_ja: files.sentences("texts.ja"),
        import: import(files),
        default_language: files.word("i18n.default", words::LANGUAGE).unwrap_or(Language::Ja),
        languages: files
            .words("i18n.locales", words::LANGUAGE)
            .unwrap_or_else(|| vec![Language::Ja, Language::En]),
        name,
        short_name,
        heading,
    }
}

fn owned(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn texts(files: &TenantFiles<'_, '_>, path: &str) -> Vec<String> {
    files.texts(path).unwrap_or_default().into_iter().map(str::to_owned).collect()
}

fn policy(files: &TenantFiles<'_, '_>, heading: &str, terms_version: String) -> Policy {
    Policy {
        methods: files
            .words("login.methods", words::METHOD)
            .unwrap_or_else(|| vec![Method::Passkey, Method::AppOtp]),
        passkey: files.word("login.passkey", words::PASSKEY).unwrap_or(PasskeyRole::SecondFactor),
        user_id: UserIdPolicy {
            min_length: files.number("user_id.min_length").unwrap_or(8),
            max_length: files.number("user_id.max_length").unwrap_or(13),
            symbols: files.text("user_id.symbols").unwrap_or("-_.@").to_owned(),
            change: files.word("user_id.change", words::CHANGE).unwrap_or(true),
            letter_and_digit: files.flag("user_id.letter_and_digit").unwrap_or(false),
        },
        password: password(files),
        email: EmailPolicy {
            required: files.flag("email.required").unwrap_or(true),
            unique: files.flag("email.unique").unwrap_or(true),
            verification: files.word("email.verification", words::VERIFICATION).unwrap_or(Verification::None),
        },
        app_otp: AppOtpPolicy {
            issuer: files.text("app_otp.issuer").unwrap_or(heading).to_owned(),
            apps: files
                .words("app_otp.apps", words::APP)
                .unwrap_or_else(|| vec![AuthApp::Google, AuthApp::Microsoft]),
            max_devices: files.number("app_otp.max_devices").unwrap_or(5),
            skew_steps: files.number("app_otp.skew_steps").unwrap_or(1),
        },
        email_otp: EmailOtpPolicy {
            ttl_minutes: files.number("email_otp.ttl_minutes").unwrap_or(10),
            resend_seconds: files.number("email_otp.resend_seconds").unwrap_or(60),
        },
        first_login: FirstLogin {
            steps: files.list("first_login.steps").map_or_else(usual_steps, steps::read),
            mfa_setup: files.word("first_login.mfa_setup", words::MFA_SETUP).unwrap_or(MfaSetup::Relogin),
        },
        initial_password: InitialPassword {
            existing: files
                .word("initial_password.existing", words::FIRST_SECRET)
                .unwrap_or(FirstSecret::Random),
            valid_days: files.number("initial_password.valid_days").unwrap_or(90),
            letter: files.word("initial_password.letter", words::LETTER).unwrap_or(CredentialLetter::None),
        },
        session: SessionPolicy {
            idle_minutes: files.number("session.idle_minutes").unwrap_or(30),
            absolute_hours: files.number("session.absolute_hours").unwrap_or(12),
            remember_hours: files.number("session.remember_hours").unwrap_or(24),
        },
        lockout: LockoutPolicy {
            pause_after: files.number("lockout.pause_after").unwrap_or(5),
            hard_limit: files.number("lockout.hard_limit").unwrap_or(50),
        },
        retention: RetentionPolicy { ended_days: files.number("retention.ended_days").unwrap_or(400) },
        recovery: RecoveryPolicy {
            reset_link_minutes: files.number("recovery.reset_link_minutes").unwrap_or(5),
            lost_factor: files
                .word("recovery.lost_factor", words::LOST_FACTOR)
                .unwrap_or(LostFactor::MailAndBirthDate),
            lost_factor_wait_hours: files.number("recovery.lost_factor_wait_hours").unwrap_or(0),
        },
        terms_version,
    }
}

/// The order of the generic manual.
fn usual_steps() -> Vec<Vec<ListedStep>> {
    vec![
        vec![ListedStep::BirthDate],
        vec![ListedStep::Terms],
        vec![ListedStep::UserId, ListedStep::Method],
        vec![ListedStep::Password],
        vec![ListedStep::Email],
    ]
}

fn password(files: &TenantFiles<'_, '_>) -> PasswordPolicy {
    PasswordPolicy {
        min_length: files.number("password.min_length").unwrap_or(8),
        max_length: files.number("password.max_length").unwrap_or(64),
        require: files.words("password.require", words::CLASS).unwrap_or_default(),
        symbols: files.text("password.symbols").unwrap_or(PASSWORD_SYMBOLS).replace('¥', "\\"),
        forbid: files.words("password.forbid", words::FORBID).unwrap_or_else(|| {
            vec![
                Forbidden::UserId,
                Forbidden::Current,
                Forbidden::BirthDate,
                Forbidden::KigoBango,
                Forbidden::Blocklist,
            ]
        }),
        examples_ok: texts(files, "password.examples.ok"),
        examples_ng: texts(files, "password.examples.ng"),
    }
}

fn brand(files: &TenantFiles<'_, '_>, name: &str) -> Brand {
    let primary = owned(files.text("brand.primary")).to_lowercase();
    Brand {
        primary_dark: Rgb::parse(&primary).map(|rgb| rgb.for_dark().to_string()).unwrap_or_default(),
        primary,
        logo: None,
        logo_alt: files.text("brand.logo_alt").unwrap_or(name).to_owned(),
        favicon: None,
    }
}

fn notice(files: &TenantFiles<'_, '_>, row: &str) -> PageNotice {
    let date = |key| files.text(&format!("{row}.{key}")).and_then(|text| text.parse::<Date>().ok());
    PageNotice {
        place: files.word(&format!("{row}.place"), words::PLACE).unwrap_or(NoticePlace::Portal),
        level: files.word(&format!("{row}.level"), words::LEVEL).unwrap_or(NoticeLevel::Info),
        text: owned(files.text(&format!("{row}.text"))),
        from: date("from"),
        until: date("until"),
    }
}

fn service(files: &TenantFiles<'_, '_>, row: &str) -> Service {
    let text = |key| files.text(&format!("{row}.{key}"));
    Service {
        id: owned(text("id")),
        label: owned(text("label")),
        url: owned(text("url")),
        icon: files.word(&format!("{row}.icon"), &Icon::WORDS).unwrap_or(Icon::Link),
        badge: text("badge").map(str::to_owned),
    }
}

fn import(files: &TenantFiles<'_, '_>) -> ImportFormat {
    let header = |key, usual: &str| files.text(&format!("import.columns.{key}")).unwrap_or(usual).to_owned();
    ImportFormat {
        encoding: files.word("import.encoding", words::ENCODING).unwrap_or(RosterEncoding::Utf8),
        columns: RosterColumns {
            kigo: header("kigo", "記号"),
            bango: header("bango", "番号"),
            branch: header("branch", "枝番"),
            birthdate: header("birthdate", "生年月日"),
            name: header("name", "氏名"),
            name_kana: header("name_kana", "カナ氏名"),
            user_id: header("user_id", "ユーザID"),
            temp_password: header("temp_password", "仮パスワード"),
            email: header("email", "メールアドレス"),
            lost_on: header("lost_on", "資格喪失日"),
            former_kigo: header("former_kigo", "旧記号"),
            former_bango: header("former_bango", "旧番号"),
            former_branch: header("former_branch", "旧枝番"),
        },
    }
}
