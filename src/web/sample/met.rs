//! Met: which of the pages that are drawn a union's members can come to. What a union does not offer is drawn for the
//! tests of the house, and is none of its previews' business.

use crate::domain::tenant::{ListedStep, LostFactor, Method, MfaSetup, Tenant, Verification};

/// What the name of a page begins with, and who meets it.
pub type MetRule = (&'static str, fn(&Tenant) -> bool);

/// The rules: of those that a name begins with, the first one holds; what none is about is met everywhere.
pub const RULES: [MetRule; 48] = [
    ("demo", never),
    ("unknown-host-closed", always),
    ("unknown-host", never),
    ("portal-limited-mail", |t| relogin(t) && mailed(t)),
    ("portal-limited", |t| relogin(t) && (passkeys(t) || apps(t))),
    ("signin-to-set-up", relogin),
    ("signin-to-sign-in", |t| relogin(t) && mailed(t)),
    ("signin-codes-used-up", |t| apps(t) || mailed(t)),
    ("signin-passkey", alone),
    ("reauth-passkey", alone),
    ("terms-changed-untold", |t| t.terms.changes.is_none()),
    ("terms-changed", |t| t.terms.changes.is_some()),
    ("method-alone", |t| asks(t, ListedStep::Method) && !grouped(t)),
    ("method-user-id", |t| asks(t, ListedStep::UserId) && !grouped(t)),
    ("method", grouped),
    // The union's own page says what is required there.
    ("email-optional", never),
    ("email-mailed", |t| asks(t, ListedStep::Email) && t.policy.email.verification != Verification::None),
    ("email", |t| asks(t, ListedStep::Email)),
    ("confirm-email-link", |t| t.policy.email.verification == Verification::Link),
    ("confirm-link", |t| t.policy.email.verification == Verification::Link),
    ("confirm-email", |t| t.policy.email.verification == Verification::Code),
    ("set-up-totp", apps),
    ("prove-totp", apps),
    ("add-app", apps),
    ("remove-app", apps),
    ("set-up-passkey", passkeys),
    ("prove-passkey", passkeys),
    ("name-passkey", passkeys),
    ("remove-last", passkeys),
    ("mail-code", mailed),
    ("choose-mail-code", mailed),
    ("remove-mail-code", mailed),
    ("methods-mail-code", mailed),
    ("recovery-way-code-only", mailed),
    // The page of the union's own way is drawn without such an ending.
    ("recovery-way-wait", never),
    ("recovery-way-desk", never),
    ("recovery-way", |t| passkeys(t) || apps(t)),
    ("recovery-wait", waits),
    ("call-off", waits),
    ("called-off", waits),
    ("recovery-desk-code", |t| t.policy.recovery.lost_factor == LostFactor::DeskCode),
    ("sso-stronger-passkey", passkeys),
    ("sso-stronger", |t| passkeys(t) || apps(t)),
    ("profile-user-id", |t| t.policy.user_id.change),
    ("profile-fixed", |t| !t.policy.user_id.change),
    ("help-on-the-way", always),
    ("help-signed-in", always),
    ("help-of", never),
];

/// Whether members of that union can come to the page of that name.
pub fn is_met(tenant: &Tenant, name: &str) -> bool {
    rule(name).is_none_or(|(_, met)| met(tenant))
}

/// The rule that is about that name.
pub fn rule(name: &str) -> Option<&'static MetRule> {
    RULES.iter().find(|(beginning, _)| {
        name.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

fn always(_: &Tenant) -> bool {
    true
}

fn never(_: &Tenant) -> bool {
    false
}

fn passkeys(tenant: &Tenant) -> bool {
    tenant.policy.offers(Method::Passkey)
}

fn apps(tenant: &Tenant) -> bool {
    tenant.policy.offers(Method::AppOtp)
}

fn mailed(tenant: &Tenant) -> bool {
    tenant.policy.offers(Method::EmailOtp)
}

/// Whether a passkey is a full sign-in there.
fn alone(tenant: &Tenant) -> bool {
    tenant.policy.stands_alone(Method::Passkey)
}

fn relogin(tenant: &Tenant) -> bool {
    tenant.policy.first_login.mfa_setup == MfaSetup::Relogin
}

fn waits(tenant: &Tenant) -> bool {
    let recovery = &tenant.policy.recovery;
    recovery.lost_factor == LostFactor::MailAndBirthDate && recovery.lost_factor_wait_hours > 0
}

fn asks(tenant: &Tenant, step: ListedStep) -> bool {
    tenant.policy.first_login.steps.iter().flatten().any(|listed| *listed == step)
}

/// Whether user ID and method are asked for on one page.
fn grouped(tenant: &Tenant) -> bool {
    let both = [ListedStep::UserId, ListedStep::Method];
    tenant.policy.first_login.steps.iter().any(|group| both.iter().all(|step| group.contains(step)))
}
