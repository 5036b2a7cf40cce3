//! Samples: every letter there is, with made-up codes, links and names in it.

use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::{
    domain::{
        desk::{DeskDeed, PasswordAfter},
        factor::DeviceKind,
        letter::Letter,
        lockout::Bucket,
        origin::PublicAddress,
        route::{MailedLink, Route},
        tenant::{CredentialLetter, LostFactor, Method, Tenant, Verification},
    },
    wording::Words,
    world::today_in_japan,
};

/// The code in every letter that carries one.
pub const CODE: &str = "995867";
/// A user ID as it is drawn for somebody who has none.
pub const LOGIN: &str = "kmt4nqe72xwh";
/// A first password as it is drawn.
pub const PASSWORD: &str = "R8WD3HKQ5ZNY";
/// The minute at which every letter was written: five past nine in the morning of 21 November 2026 in Japan.
pub const WRITTEN_AT: Timestamp = Timestamp::constant(1_795_219_500, 0);

/// When somebody asked for the replacement of a lost device: five past twelve on that day.
const ASKED_AT: Timestamp = Timestamp::constant(1_795_230_300, 0);

/// Every letter of a union, with its own times and addresses. [`is_met`] asks for a new one.
pub fn letters(tenant: &Tenant, words: &Words<'_>, public: &PublicAddress) -> Vec<Letter> {
    let origin = public.origin(tenant);
    let policy = &tenant.policy;
    let browser = || words.msg("sample-browser");
    let (device, app) = (|| words.msg("sample-keychain"), || words.msg("sample-phone"));
    let link = |link: MailedLink| {
        format!("{origin}{}", link.path("Zm9yIHRoZSBzYW1wbGUgb25seSwgbm90IGEga2V5")).into()
    };
    let code_minutes = policy.email_otp.ttl_minutes;
    let first_day = today_in_japan(WRITTEN_AT);
    let hours = |hours: u32| SignedDuration::from_hours(hours.into());
    let opens_at = ASKED_AT + hours(policy.recovery.lost_factor_wait_hours.max(24));
    let held = |method: Method| {
        method.traits().devices.map(|kind| match kind {
            DeviceKind::App => app(),
            DeviceKind::Passkey => device(),
        })
    };
    let done = |method| Letter::FirstLoginDone { method, device: held(method), browser: browser() };
    let more = |method| Letter::OneMoreFactor { method, device: held(method), browser: browser() };
    let letters = vec![
        Letter::FirstCredentials {
            login: LOGIN.into(),
            password: PASSWORD.into(),
            place: format!("{origin}{}", Route::Top),
            until: first_day.saturating_add(i64::from(policy.initial_password.valid_days).days()),
        },
        Letter::MailCode { code: CODE.into(), minutes: code_minutes },
        Letter::ConfirmEmailByCode { code: CODE.into(), minutes: code_minutes },
        Letter::NewEmailCode { code: CODE.into(), minutes: code_minutes },
        Letter::ConfirmEmailByLink {
            link: link(MailedLink::ConfirmEmail),
            code: CODE.into(),
            minutes: 60,
            code_minutes,
        },
        Letter::Recovery {
            link: link(MailedLink::Recovery),
            code: CODE.into(),
            minutes: policy.recovery.reset_link_minutes,
        },
        Letter::UserIds { logins: vec!["hanako.1980".into(), "taro0001".into()] },
        Letter::FirstCredentialUsed,
        Letter::PasskeyCopied { device: device() },
        Letter::FactorRemoved { device: device(), usual: None, browser: String::new() },
        Letter::FactorRemoved { device: device(), usual: Some(Method::AppOtp), browser: browser() },
        Letter::LoginChanged { browser: browser() },
        Letter::MethodChosen { method: Method::Passkey, browser: browser() },
        Letter::PasswordChanged { browser: browser() },
        Letter::Recovered { factor_replaced: false, browser: browser() },
        Letter::Recovered { factor_replaced: true, browser: browser() },
        Letter::LostFactorAsked {
            opens_at,
            closes_at: opens_at + hours(72),
            link: link(MailedLink::CallOff),
        },
        Letter::EmailChanged { new: "h***@example.jp".into(), browser: browser() },
        Letter::PasswordOff { bucket: Bucket::Unknown },
        Letter::PasswordOff { bucket: Bucket::Known },
        Letter::FactorOff { method: Method::AppOtp, bucket: Bucket::Unknown, times: 30 },
        Letter::FactorOff { method: Method::EmailOtp, bucket: Bucket::Known, times: 30 },
        Letter::PasswordExposed { times: 10 },
    ];
    let desk = DeskDeed::ALL.map(|deed| Letter::Desk(deed, PasswordAfter::AsTheDeedSays));
    let renumbered = DeskDeed::ALL.into_iter().filter(|deed| deed.changes_number());
    let renumbered = renumbered.map(|deed| Letter::Desk(deed, PasswordAfter::OfTheNewNumber));
    let of_each = Method::STRONGEST_FIRST.into_iter().flat_map(|method| [done(method), more(method)]);
    letters.into_iter().chain(of_each).chain(desk).chain(renumbered).collect()
}

/// Whether members of that union can get the letter. A new one does not compile until it is said here.
pub fn is_met(tenant: &Tenant, letter: &Letter) -> bool {
    let policy = &tenant.policy;
    match letter {
        Letter::FirstCredentials { .. } => policy.initial_password.letter == CredentialLetter::Mail,
        Letter::MailCode { .. } => policy.offers(Method::EmailOtp),
        Letter::ConfirmEmailByCode { .. } => policy.email.verification == Verification::Code,
        Letter::ConfirmEmailByLink { .. } => policy.email.verification == Verification::Link,
        Letter::OneMoreFactor { method, .. }
        | Letter::MethodChosen { method, .. }
        | Letter::FactorOff { method, .. } => policy.offers(*method),
        Letter::FactorRemoved { usual, .. } => usual.is_none_or(|method| policy.offers(method)),
        Letter::PasskeyCopied { .. } => policy.offers(Method::Passkey),
        Letter::LostFactorAsked { .. } => {
            policy.recovery.lost_factor == LostFactor::MailAndBirthDate
                && policy.recovery.lost_factor_wait_hours > 0
        }
        Letter::NewEmailCode { .. }
        | Letter::Recovery { .. }
        | Letter::UserIds { .. }
        | Letter::FirstCredentialUsed
        | Letter::FirstLoginDone { .. }
        | Letter::LoginChanged { .. }
        | Letter::PasswordChanged { .. }
        | Letter::Recovered { .. }
        | Letter::EmailChanged { .. }
        | Letter::PasswordOff { .. }
        | Letter::PasswordExposed { .. }
        | Letter::Desk(..) => true,
    }
}
