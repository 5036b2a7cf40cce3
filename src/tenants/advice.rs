//! Advice: values weaker than recommended (D1). The five first unions' files keep what their printed manuals promise, so
//! weak values are allowed; each is told with its reason. A file that means them says so by `check.accept = ["T103"]`: they
//! become notes, for the values of that very file.

use super::finding::FindingCode;
use super::layers::TenantFiles;
use crate::domain::saying::said;
use crate::domain::tenant::{FirstSecret, LostFactor, Method, MfaSetup, PasskeyRole, Tenant, Verification};

/// Within so many days an end of a membership that was a mistake is noticed and taken back.
const ENOUGH_DAYS: u32 = 30;

/// Warnings about one union.
pub(super) fn check(files: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    let policy = &tenant.policy;
    if policy.offers(Method::Passkey) && policy.passkey == PasskeyRole::SecondFactor {
        files.tell(
            FindingCode::PasskeySecond,
            &["login.passkey"],
            said!("finding-passkey-second"),
            said!("finding-passkey-second-help"),
        );
    }
    if policy.first_login.mfa_setup == MfaSetup::Relogin {
        files.tell(
            FindingCode::Relogin,
            &["first_login.mfa_setup"],
            said!("finding-relogin"),
            said!("finding-relogin-help"),
        );
    }
    if policy.initial_password.existing == FirstSecret::KigoBangoBirthDate {
        files.tell(
            FindingCode::DerivedPassword,
            &["initial_password.existing"],
            said!("finding-derived-password"),
            said!("finding-derived-password-help"),
        );
    }
    if policy.recovery.lost_factor == LostFactor::MailAndBirthDate
        && policy.recovery.lost_factor_wait_hours < 24
    {
        files.tell(
            FindingCode::LostFactorByMail,
            &["recovery.lost_factor", "recovery.lost_factor_wait_hours"],
            said!("finding-lost-factor-by-mail"),
            said!("finding-lost-factor-by-mail-help"),
        );
    }
    if !policy.password.require.is_empty() {
        files.tell(
            FindingCode::Composition,
            &["password.require"],
            said!("finding-composition"),
            said!("finding-composition-help"),
        );
    }
    if policy.email.verification == Verification::None {
        files.tell(
            FindingCode::UnconfirmedMail,
            &["email.verification"],
            said!("finding-unconfirmed-mail"),
            said!("finding-unconfirmed-mail-help"),
        );
    }
    if policy.retention.ended_days < ENOUGH_DAYS {
        files.tell(
            FindingCode::ShortRetention,
            &["retention.ended_days"],
            said!("finding-short-retention", days = policy.retention.ended_days),
            said!("finding-short-retention-help"),
        );
    }
    for (key, code) in files.stale() {
        files.tell(
            FindingCode::StaleAccept,
            &[&key],
            said!("finding-stale-accept", code = &code),
            said!("finding-stale-accept-help", code),
        );
    }
}
