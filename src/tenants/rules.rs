//! Rules: pass 3 within one union: what its values must mean together.

use jiff::civil::Date;

use super::colour::{ENOUGH, Rgb};
use super::examples;
use super::finding::{Bilingual, FindingCode};
use super::layers::TenantFiles;
use super::phrases::shorten;
use super::steps::word;
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
            Bilingual::new(
                format!("「{}.toml」は組合のファイル名として使えません", shorten(&stem)),
                format!("`{}.toml` cannot be the name of a union's file", shorten(&stem)),
            ),
            Bilingual::new(
                "英小文字で始まる、英小文字と数字だけの3〜31文字にしてください(admin、api、www、static、internal は使えません)",
                "Use 3 to 31 lower-case letters and digits, beginning with a letter; not admin, api, www, static or internal",
            ),
        );
    } else if let Some(id) = desk.own_text("id").filter(|id| *id != stem) {
        let id = shorten(id);
        desk.tell(
            FindingCode::Slug,
            &["id"],
            Bilingual::new(
                format!("id「{id}」がファイル名「{stem}.toml」と違います"),
                format!("The id `{id}` differs from the file name `{stem}.toml`"),
            ),
            Bilingual::new(
                format!("id = \"{stem}\" とするか、ファイル名を変えてください"),
                format!("Write id = \"{stem}\", or rename the file"),
            ),
        );
    }
}

fn user_id(desk: &mut TenantFiles<'_, '_>, rules: &UserIdPolicy) {
    let UserIdPolicy { min_length: min, max_length: max, .. } = rules;
    if min > max {
        desk.tell(
            FindingCode::UserIdLength,
            &["user_id.min_length", "user_id.max_length"],
            Bilingual::new(
                "ユーザIDの最小文字数が最大文字数より大きくなっています",
                "The shortest user ID is longer than the longest",
            ),
            Bilingual::new(
                format!("min_length を {max} 以下にするか、max_length を {min} 以上にしてください"),
                format!("Use min_length = {max} or less, or max_length = {min} or more"),
            ),
        );
    }
    if let Some(found) = rules.symbols.chars().find(|c| !c.is_ascii_punctuation()) {
        desk.tell(
            FindingCode::Symbols,
            &["user_id.symbols"],
            Bilingual::new(
                format!("ユーザIDの記号に使えない文字「{found}」があります"),
                format!("`{found}` cannot be a symbol of user IDs"),
            ),
            Bilingual::new("半角の記号だけを並べてください", "List half-width symbols only"),
        );
    }
}

fn password(desk: &mut TenantFiles<'_, '_>, rules: &PasswordPolicy) {
    let PasswordPolicy { min_length: min, max_length: max, .. } = rules;
    if min > max {
        desk.tell(
            FindingCode::PasswordLength,
            &["password.min_length", "password.max_length"],
            Bilingual::new(
                "パスワードの最小文字数が最大文字数より大きくなっています",
                "The shortest password is longer than the longest",
            ),
            Bilingual::new(
                format!("min_length を {max} 以下にするか、max_length を {min} 以上にしてください"),
                format!("Use min_length = {max} or less, or max_length = {min} or more"),
            ),
        );
    } else if *max < 64 {
        desk.tell(
            FindingCode::ShortLimit,
            &["password.max_length"],
            Bilingual::new(
                format!("パスワードは {max} 文字までです。長いパスフレーズが使えません"),
                format!("Passwords end at {max} characters; long passphrases are not possible"),
            ),
            Bilingual::new(
                "NIST SP 800-63B は 64 文字以上を受けつけるよう勧めています",
                "NIST SP 800-63B advises to accept at least 64",
            ),
        );
    }
    if let Some(found) = rules.symbols.chars().find(|c| !c.is_ascii_punctuation()) {
        desk.tell(
            FindingCode::Symbols,
            &["password.symbols"],
            Bilingual::new(
                format!("パスワードの記号に使えない文字「{found}」があります"),
                format!("`{found}` cannot be a symbol of passwords"),
            ),
            Bilingual::new("半角の記号だけを並べてください", "List half-width symbols only"),
        );
    }
    let requires = |class| rules.require.contains(&class);
    if requires(CharClass::Symbol) && rules.symbols.is_empty() {
        desk.tell(
            FindingCode::Symbols,
            &["password.symbols", "password.require"],
            Bilingual::new(
                "記号が必要なのに、使える記号がひとつもありません",
                "A symbol is required, but none is listed",
            ),
            Bilingual::new(
                "symbols に記号を並べるか、require から symbol を消してください",
                "List symbols, or drop `symbol` from require",
            ),
        );
    }
    if requires(CharClass::Letter) && (requires(CharClass::Upper) || requires(CharClass::Lower)) {
        desk.tell(
            FindingCode::Redundant,
            &["password.require"],
            Bilingual::new(
                "upper か lower があるので letter は要りません",
                "`letter` adds nothing to `upper` or `lower`",
            ),
            Bilingual::new("require から letter を消してください", "Drop `letter` from require"),
        );
    }
    password_examples(desk, rules);
}

fn password_examples(desk: &mut TenantFiles<'_, '_>, rules: &PasswordPolicy) {
    let login = desk.text("password.examples.ng_user_id");
    let about = |list: &str, at: usize| format!("password.examples.{list}.{at}");
    for (at, example) in rules.examples_ok.iter().enumerate() {
        if let Err(flaw) = examples::passes(rules, login, example) {
            let why = examples::clause(&flaw);
            let (ja, en) = (why.ja(), why.en());
            desk.tell(
                FindingCode::GoodExample,
                &[&about("ok", at), "password.min_length", "password.max_length", "password.require"],
                Bilingual::new(
                    format!("正しい例「{}」が規則に合いません({ja})", shorten(example)),
                    format!("The `ok` example `{}` breaks the rules: {en}", shorten(example)),
                ),
                Bilingual::new("例か規則を直してください", "Change the example or the rules"),
            );
        }
    }
    for (at, example) in rules.examples_ng.iter().enumerate() {
        if examples::passes(rules, login, example).is_ok() {
            desk.tell(
                FindingCode::BadExample,
                &[&about("ng", at), "password.min_length", "password.max_length", "password.require"],
                Bilingual::new(
                    format!("誤りの例「{}」が規則に合ってしまいます", shorten(example)),
                    format!("The `ng` example `{}` keeps the rules", shorten(example)),
                ),
                Bilingual::new(
                    "例か規則を直してください。ユーザIDを含む例には ng_user_id も書きます",
                    "Change the example or the rules; an example made of a user ID needs ng_user_id",
                ),
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
            Bilingual::new(
                format!("記号・番号・生年月日から作る仮パスワードの期限が {} 日です", first.valid_days),
                format!("First passwords made of 記号, 番号 and birth date live {} days", first.valid_days),
            ),
            Bilingual::new(
                "推測されやすいので、valid_days は 90 までにしてください",
                "They can be guessed: use valid_days of at most 90",
            ),
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
            Bilingual::new("認証方法がひとつもありません", "There is no method"),
            Bilingual::new(
                format!("methods に {known} のどれかを書いてください"),
                format!("Write one or more of {known} in methods"),
            ),
        );
    }
    let mailed = policy.offered().any(Method::is_mailed);
    let link = policy.email.verification == Verification::Link;
    if (mailed || link) && !policy.email.required {
        desk.tell(
            FindingCode::MailCodeNeedsMail,
            &["email.required", "login.methods", "email.verification"],
            Bilingual::new(
                "メールの確認コードやリンクを使うのに、メールアドレスが必須になっていません",
                "Mailed codes or links are used, but the mail address is not required",
            ),
            Bilingual::new("[email] に required = true と書いてください", "Write required = true in [email]"),
        );
    }
    if mailed && policy.email.verification == Verification::None {
        desk.tell(
            FindingCode::MailCodeNeedsMail,
            &["login.methods", "email.verification"],
            Bilingual::new(
                "email-otp を使うのに、メールアドレスを確認しない設定です",
                "email-otp is offered, but mail addresses are not confirmed",
            ),
            Bilingual::new(
                "[email] に verification = \"code\" か \"link\" と書いてください",
                "Write verification = \"code\" or \"link\" in [email]",
            ),
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
                Bilingual::new(
                    "メールの確認コードのほかに頼れる方法がないのに、メールアドレスが認証方法より後です",
                    "Mailed codes are the only fallback, but the address comes after the method",
                ),
                Bilingual::new(
                    format!("steps で \"{email}\" を \"method\" より前に書いてください"),
                    format!("Put \"{email}\" before \"method\" in steps"),
                ),
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
            Bilingual::new(
                format!("白い文字との明暗差が {contrast}:1 で、読みにくい色です"),
                format!("White text on this colour has a contrast of {contrast}:1 and is hard to read"),
            ),
            Bilingual::new(
                "4.5:1 以上になるよう、濃い色にしてください",
                "Choose a darker shade with at least 4.5:1",
            ),
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
                Bilingual::new(
                    format!("お知らせの終わり {last} が、始まり {first} より前です"),
                    format!("The notice ends on {last}, before it begins on {first}"),
                ),
                Bilingual::new("from か until を直してください", "Change from or until"),
            );
        } else if let Some(last) = notice.until.filter(|last| *last < today) {
            desk.tell(
                FindingCode::NoticeOver,
                &[&until],
                Bilingual::new(
                    format!("お知らせの期間が {last} で終わっています"),
                    format!("The notice was over on {last}"),
                ),
                Bilingual::new("要らなければ消してください", "Remove it if it is no longer needed"),
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
                Bilingual::new(
                    format!("サービスの id「{id}」が2回使われています"),
                    format!("Two services have the id `{id}`"),
                ),
                Bilingual::new("別の id にしてください", "Give one of them another id"),
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
                Bilingual::new(
                    format!("文言「{}」に < か > があります", shorten(name)),
                    format!("The sentence `{}` holds < or >", shorten(name)),
                ),
                Bilingual::new(
                    "HTMLは使えません。ふつうの文にしてください",
                    "HTML is not possible; write plain text",
                ),
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
                Bilingual::new(
                    format!("CSVの見出し「{header}」が {other} と {key} の両方に使われています"),
                    format!("The CSV header `{header}` stands for both {other} and {key}"),
                ),
                Bilingual::new("項目ごとに別の見出しにしてください", "Give each column its own header"),
            );
        }
    }
}

fn issuer(desk: &mut TenantFiles<'_, '_>, policy: &Policy) {
    if policy.app_otp.issuer.contains(':') {
        desk.tell(
            FindingCode::Issuer,
            &["app_otp.issuer", "heading", "name"],
            Bilingual::new(
                "認証アプリに出る名前に「:」は使えません",
                "The name shown in the authenticator app cannot hold a colon",
            ),
            Bilingual::new(
                "[app_otp] の issuer に「:」のない名前を書いてください",
                "Write an issuer without colon in [app_otp]",
            ),
        );
    }
}

fn languages(desk: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    if !tenant.languages.contains(&tenant.default_language) {
        let word = tenant.default_language.as_str();
        desk.tell(
            FindingCode::DefaultLanguage,
            &["i18n.default", "i18n.locales"],
            Bilingual::new(
                format!("はじめの言語 {word} が locales にありません"),
                format!("The default language {word} is not in locales"),
            ),
            Bilingual::new(
                format!("locales に \"{word}\" を加えてください"),
                format!("Add \"{word}\" to locales"),
            ),
        );
    }
}
