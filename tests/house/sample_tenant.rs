//! A complete tenant made by hand, for tests that draw pages.

use jiff::civil::date;
use kenpo_portal::domain::tenant::*;

/// The logo of the made-up union.
pub const LOGO: &[u8] = br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><circle cx="20" cy="20" r="17" fill="#00529b"/><path d="M20 30 11 21a6 6 0 0 1 9-8 6 6 0 0 1 9 8z" fill="#fff"/><text x="44" y="27" font-family="sans-serif" font-size="20" font-weight="700" fill="#00529b">MIDORI</text></svg>"##;

/// みどり健康保険組合: strict in what it asks, with every kind of notice and service.
#[expect(clippy::too_many_lines, reason = "one value after the other")]
pub fn midori() -> Tenant {
    let notice = |place, level, text: &str| PageNotice {
        place,
        level,
        title: None,
        title_en: None,
        text: text.into(),
        text_en: None,
        url: None,
        from: None,
        until: None,
    };
    let news = |title: &str, day, url: Option<&str>, text| PageNotice {
        title: Some(title.into()),
        url: url.map(Into::into),
        from: Some(day),
        ..notice(NoticePlace::Home, NoticeLevel::Info, text)
    };
    // As far as a union has come to write its English.
    let english = std::collections::HashMap::from([
        ("iryohi", ("Medical expenses", Some("What your treatment cost, month by month"))),
        ("dock", ("Health check-ups", None)),
        ("travel", ("Travel Service", None)),
    ]);
    let service = |id: &str, label: &str, icon, badge: Option<&str>, note: Option<&str>| Service {
        id: id.into(),
        label: label.into(),
        label_en: english.get(id).map(|(label, _)| (*label).into()),
        note: note.map(Into::into),
        note_en: english.get(id).and_then(|(_, note)| *note).map(Into::into),
        url: format!("https://{id}.example.jp/"),
        icon,
        badge: badge.map(Into::into),
        badge_en: None,
        sso: None,
    };
    Tenant {
        slug: TenantSlug::parse("midori").unwrap(),
        name: "みどり健康保険組合".into(),
        short_name: "みどり健保".into(),
        heading: "みどり健康保険組合加入者ページ".into(),
        status: Status::Open,
        hosts: Hosts { primary: "midori.localhost".into(), aliases: vec![] },
        rp_id: "midori.localhost".into(),
        policy: policy(),
        mail: MailIdentity {
            from_name: "みどり健康保険組合".into(),
            from_address: "no-reply@midori.example.jp".into(),
            reply_to: None,
            subject_prefix: "【みどり健保】".into(),
        },
        contact: Contact {
            department: Some("適用課".into()),
            phone: "03-0000-0000".into(),
            hours: "平日 9:00〜17:00(12:00〜13:00を除く)".into(),
            url: Some("https://www.midori.example.jp/".into()),
            privacy_url: Some("https://www.midori.example.jp/privacy/".into()),
        },
        brand: Brand {
            primary: "#00529b".into(),
            primary_dark: "#6fa8dc".into(),
            logo: Some(Picture { media_type: "image/svg+xml", size: Some((1200, 400)), bytes: LOGO.to_vec(), hash: "0123456789abcdef".into() }),
            logo_alt: "みどり健康保険組合".into(),
            favicon: None,
            touch_icon: None,
            hero: None,
        },
        terms: Terms {
            version: "2025-04-01".into(),
            hash: "0".repeat(64),
            html: "<h2>第1条 本サービスについて</h2><p>このサービスは、健康保険組合の加入者のための加入者ページです。ご本人だけがお使いいただけます。</p><h2>第2条 利用資格及び資格停止について</h2><p>加入者の資格をお持ちのあいだ、お使いいただけます。資格を失ったときは、利用を止めることがあります。</p><ol><li>ユーザIDとパスワードは、ご本人が管理してください。</li><li>ほかの人に使わせないでください。</li></ol>".repeat(3),
            changes: Some("<p>次の二つが変わりました。</p>\n<ul>\n<li>第6条 ご自分のタブレットからも、お使いいただけるようになりました。</li>\n<li>第8条 ログインの記録を保存する期間を、1年と書きました。</li>\n</ul>\n<h3>お願い</h3>\n<p>そのほかの条文は、これまでと同じです。</p>\n".into()),
        },
        notices: vec![
            notice(NoticePlace::Portal, NoticeLevel::Info, "加入者ページが新しくなりました。はじめてログインするときは、ご案内のハガキをご用意ください。"),
            notice(NoticePlace::Login, NoticeLevel::Warning, "会社のパソコンからは、ご利用いただけません。"),
            notice(NoticePlace::Login, NoticeLevel::Info, "仮パスワードは、ご案内のハガキに書かれています。"),
            notice(NoticePlace::Method, NoticeLevel::Info, "スマートフォンをお持ちの方には、認証アプリをおすすめします。"),
            news("年末年始の窓口のお休み", date(2026, 11, 18), None, "12月29日から1月3日まで、窓口はお休みです。"),
            news("インフルエンザ予防接種の補助が始まりました", date(2026, 10, 1), Some("https://www.midori.example.jp/flu/"), "1人1回、2,000円まで補助します。"),
            notice(NoticePlace::Home, NoticeLevel::Warning, "健康保険組合をかたる電話に、ご注意ください。"),
        ],
        services: vec![
            service("iryohi", "医療費情報", Icon::Yen, None, Some("かかった医療費を、月ごとに見られます")),
            service("dock", "人間ドック等予約", Icon::Hospital, Some("NEW"), Some("人間ドックと健診を予約します")),
            service("shinsei", "電子申請", Icon::Form, None, Some("届け出や給付金の申請ができます")),
            service("shomei", "証明書発行申請", Icon::Certificate, None, None),
            service("kenshin", "健康診断予約", Icon::Calendar, None, Some("予約の確認と変更もできます")),
            service("travel", "Travel Service", Icon::Travel, None, None),
            service("shikaku", "資格情報の取得", Icon::Card, None, Some("保険証のかわりになる画面です")),
            service("kenko", "健康づくり", Icon::Heart, None, Some("歩いた歩数を記録して、ポイントをためます")),
            service("home", "組合ホームページ", Icon::Link, None, None),
        ],
        sso: kenpo_portal::domain::sso::SsoPolicy::default(),
        texts_ja: vec![],
        english: EnglishTexts {
            name: Some("Midori Health Insurance Society".into()),
            short_name: Some("Midori Kenpo".into()),
            heading: Some("Midori Health Insurance Society Members’ Site".into()),
            from_name: Some("Midori Health Insurance Society".into()),
            subject_prefix: Some("[Midori Kenpo] ".into()),
            logo_alt: Some("Midori Health Insurance Society".into()),
            ..EnglishTexts::default()
        },
        import: ImportFormat {
            encoding: RosterEncoding::Utf8,
            columns: RosterColumns {
                kigo: "記号".into(),
                bango: "番号".into(),
                branch: "枝番".into(),
                birthdate: "生年月日".into(),
                name: "氏名".into(),
                name_kana: "カナ氏名".into(),
                user_id: "ユーザID".into(),
                temp_password: "仮パスワード".into(),
                email: "メールアドレス".into(),
                lost_on: "資格喪失日".into(),
                former_kigo: "旧記号".into(),
                former_bango: "旧番号".into(),
                former_branch: "旧枝番".into(),
            },
        },
        default_language: Language::Ja,
        languages: vec![Language::Ja, Language::En],
    }
}

fn policy() -> Policy {
    Policy {
        methods: vec![Method::Passkey, Method::AppOtp, Method::EmailOtp],
        passkey: PasskeyRole::SecondFactor,
        user_id: UserIdPolicy {
            min_length: 8,
            max_length: 13,
            symbols: "-_.@".into(),
            change: true,
            letter_and_digit: true,
        },
        password: PasswordPolicy {
            min_length: 8,
            max_length: 20,
            require: vec![CharClass::Upper, CharClass::Lower, CharClass::Digit, CharClass::Symbol],
            symbols: "!\"#$%&'()=^~|{+*}<>?_-\\@[;:],./".into(),
            forbid: vec![
                Forbidden::ContainsUserId,
                Forbidden::Current,
                Forbidden::BirthDate,
                Forbidden::KigoBango,
                Forbidden::Blocklist,
            ],
            examples_ok: vec!["Midori-2025".into()],
            examples_ng: vec!["midori".into()],
        },
        email: EmailPolicy { required: true, unique: true, verification: Verification::None },
        app_otp: AppOtpPolicy {
            issuer: "みどり健康保険組合加入者ページ".into(),
            apps: vec![
                AuthApp::Google,
                AuthApp::Microsoft,
                AuthApp::FreeOtp,
                AuthApp::ChromeAuthenticator,
                AuthApp::EdgeOpenTwoFactor,
            ],
            max_devices: 5,
            skew_steps: 1,
        },
        email_otp: EmailOtpPolicy { ttl_minutes: 10, resend_seconds: 60 },
        first_login: FirstLogin {
            steps: vec![
                vec![ListedStep::BirthDate],
                vec![ListedStep::Terms],
                vec![ListedStep::UserId, ListedStep::Method],
                vec![ListedStep::Password],
                vec![ListedStep::Email],
            ],
            mfa_setup: MfaSetup::Relogin,
        },
        initial_password: InitialPassword {
            existing: FirstSecret::KigoBangoBirthDate,
            valid_days: 90,
            letter: CredentialLetter::Postcard,
        },
        session: SessionPolicy { idle_minutes: 30, absolute_hours: 12, remember_hours: 12 },
        lockout: LockoutPolicy { pause_after: 5, hard_limit: 50 },
        retention: RetentionPolicy { ended_days: 400, trail_days: 400 },
        recovery: RecoveryPolicy {
            reset_link_minutes: 5,
            lost_factor: LostFactor::MailAndBirthDate,
            lost_factor_wait_hours: 0,
        },
        terms_version: "2025-04-01".into(),
    }
}

/// A day on which every notice of the sample is shown.
pub fn today() -> jiff::civil::Date {
    date(2026, 11, 21)
}
