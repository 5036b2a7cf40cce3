//! Advice: values weaker than recommended (D1). The five first unions' files keep what their printed manuals promise, so
//! weak values are allowed; each is told with its reason. A file that means them says so by `check.accept = ["T103"]`: they
//! become notes, for the values of that very file.

use super::finding::{Bilingual, FindingCode};
use super::layers::TenantFiles;
use crate::domain::tenant::{FirstSecret, LostFactor, Method, MfaSetup, PasskeyRole, Tenant, Verification};

/// Warnings about one union.
pub(super) fn check(desk: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    let policy = &tenant.policy;
    if policy.methods.contains(&Method::Passkey) && policy.passkey == PasskeyRole::SecondFactor {
        desk.tell(
            FindingCode::PasskeySecond,
            &["login.passkey"],
            Bilingual::new(
                "パスキーの前にユーザIDとパスワードも必要な設定です。パスワードが盗まれる入口が残ります",
                "User ID and password come before the passkey, so passwords remain to be phished",
            ),
            Bilingual::new("passkey = \"alone\" を勧めます", "passkey = \"alone\" is recommended"),
        );
    }
    if policy.first_login.mfa_setup == MfaSetup::Relogin {
        desk.tell(
            FindingCode::Relogin,
            &["first_login.mfa_setup"],
            Bilingual::new(
                "認証方法を設定する前に一度ログアウトさせる設定です。設定しないまま終える人が出ます",
                "Members are logged out before they set up their factor; some will stop there",
            ),
            Bilingual::new("mfa_setup = \"continue\" を勧めます", "mfa_setup = \"continue\" is recommended"),
        );
    }
    if policy.initial_password.existing == FirstSecret::KigoBangoBirthDate {
        desk.tell(
            FindingCode::DerivedPassword,
            &["initial_password.existing"],
            Bilingual::new(
                "最初のパスワードが記号・番号・生年月日です。資格確認書を見た人に分かり、生年月日の確認も助けになりません",
                "First passwords are made of 記号, 番号 and birth date: whoever saw the card knows them, and the birth-date step adds nothing",
            ),
            Bilingual::new("existing = \"random\" を勧めます", "existing = \"random\" is recommended"),
        );
    }
    if policy.recovery.lost_factor == LostFactor::MailAndBirthDate
        && policy.recovery.lost_factor_wait_hours < 24
    {
        desk.tell(
            FindingCode::LostFactorByMail,
            &["recovery.lost_factor", "recovery.lost_factor_wait_hours"],
            Bilingual::new(
                "メールと生年月日だけで、すぐに認証方法を付けかえられます。メールを盗まれると守れません",
                "Mail and birth date replace a lost factor at once; a stolen mailbox is enough",
            ),
            Bilingual::new(
                "lost_factor = \"desk-code\"、または lost_factor_wait_hours = 24 を勧めます",
                "lost_factor = \"desk-code\" or lost_factor_wait_hours = 24 is recommended",
            ),
        );
    }
    if !policy.password.require.is_empty() {
        desk.tell(
            FindingCode::Composition,
            &["password.require"],
            Bilingual::new(
                "文字の種類を強いると、末尾に 1! を足すような、推測されやすいパスワードが増えます",
                "Required character classes lead to passwords such as a word with 1! at the end",
            ),
            Bilingual::new(
                "require = [] とし、長さと「よくあるパスワード」の一覧で守ることを勧めます",
                "require = [] is recommended: length and the blocklist protect better",
            ),
        );
    }
    if policy.email.verification == Verification::None {
        desk.tell(
            FindingCode::UnconfirmedMail,
            &["email.verification"],
            Bilingual::new(
                "初回ログインでメールアドレスを確かめない設定です。打ちまちがいに後で気づきます",
                "Mail addresses are not confirmed at first login; slips are found too late",
            ),
            Bilingual::new("verification = \"code\" を勧めます", "verification = \"code\" is recommended"),
        );
    }
    for (key, code) in desk.stale() {
        desk.tell(
            FindingCode::StaleAccept,
            &[&key],
            Bilingual::new(
                format!("check.accept の {code} は、このファイルの値にはもう当てはまりません"),
                format!("check.accept names {code}, which no value of this file brings about any more"),
            ),
            Bilingual::new(
                format!("accept から \"{code}\" を消してください"),
                format!("Remove \"{code}\" from accept"),
            ),
        );
    }
}
