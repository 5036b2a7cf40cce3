//! TOTP: codes of authenticator apps (RFC 6238): SHA-1, six digits, 30 seconds, because apps silently ignore any
//! other parameters.

use jiff::Timestamp;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::{clock::TrustedTime, code::SixDigits};

/// Bytes of a shared secret: 160 bits (RFC 4226 §4).
pub const SECRET_BYTES: usize = 20;

/// Seconds of one time step.
pub const STEP_SECONDS: u64 = 30;

/// A time step: seconds since 1970 divided by 30.
pub type TimeStep = u64;

fn app(secret: &[u8], skew: u8) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(STEP_SECONDS)
        .with_skew(u16::from(skew))
        .with_secret(Secret::from(secret.to_vec()))
}

/// The time step whose code this is, if it lies within `skew` steps of `now` and after `last_step`: each step
/// counts once (N-12, TD1). A last step more than two ahead of now comes from a clock that was wrong; it counts as
/// none, so that nobody is locked out until time has caught up with it (R24).
pub fn verify(
    secret: &[u8],
    code: &SixDigits,
    now: TrustedTime,
    last_step: TimeStep,
    skew: u8,
) -> Option<TimeStep> {
    let seconds = u64::try_from(now.at().as_second()).ok()?;
    let current = seconds / STEP_SECONDS;
    let last_step = if last_step > current + 2 { 0 } else { last_step };
    let step = app(secret, skew).build_noncompliant().check(code.expose(), seconds)?;
    // The library answers with the earliest match; a later step with the same digits is as rare as a lucky guess.
    (step > last_step).then_some(step)
}

/// Whether the code is one of this moment that was used already: worth another word than "wrong".
pub fn was_used(secret: &[u8], code: &SixDigits, now: TrustedTime, last_step: TimeStep, skew: u8) -> bool {
    verify(secret, code, now, 0, skew).is_some_and(|step| step <= last_step)
}

/// The code an app shows at `now`: for the demo's own authenticator.
pub fn code_at(secret: &[u8], now: Timestamp) -> String {
    app(secret, 0).build_noncompliant().generate(u64::try_from(now.as_second()).unwrap_or(0)).to_string()
}

/// The address an app reads from the QR code. The issuer must not contain `:` (`tenant check` sees to it); the
/// account is percent-encoded, so nothing a member chose changes a parameter (TD13).
pub fn otpauth_url(secret: &[u8], issuer: &str, account: &str) -> Option<String> {
    let account = account.replace(':', "_");
    let totp: Totp =
        app(secret, 1).with_issuer(Some(issuer.to_owned())).with_account_name(account).build().ok()?;
    totp.to_url().ok()
}

/// The secret as members type it: base32, in groups of four.
pub fn grouped_key(secret: &[u8]) -> String {
    let plain = data_encoding::BASE32_NOPAD.encode(secret).to_lowercase();
    let mut out = String::with_capacity(plain.len() + plain.len() / 4);
    for (index, c) in plain.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::clock::ClockWatch;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> TrustedTime {
        let wall = Timestamp::from_second(second).unwrap();
        ClockWatch::alone().trust(wall, Duration::ZERO).unwrap()
    }

    fn code(second: u64) -> SixDigits {
        let token = app(SECRET, 0).build_noncompliant().generate(second);
        SixDigits::parse(&token.to_string()).unwrap()
    }

    #[test]
    fn the_rfcs_own_vector() {
        // RFC 6238 appendix B, T = 1111111109: 07081804, of which the app shows the last six digits.
        assert!(verify(SECRET, &SixDigits::parse("081804").unwrap(), at(1_111_111_109), 0, 1).is_some());
    }

    #[test]
    fn one_step_either_side_is_accepted_and_no_more() {
        let now = 1_700_000_010;
        for (offset, accepted) in
            [(-90, false), (-60, false), (-30, true), (0, true), (30, true), (60, false), (90, false)]
        {
            let code = code(u64::try_from(now + offset).unwrap());
            assert_eq!(verify(SECRET, &code, at(now), 0, 1).is_some(), accepted, "{offset}");
        }
    }

    #[test]
    fn a_step_counts_once_and_never_backwards() {
        let now = 1_700_000_010;
        let step = verify(SECRET, &code(1_700_000_010), at(now), 0, 1).unwrap();
        assert_eq!(verify(SECRET, &code(1_700_000_010), at(now), step, 1), None);
        assert_eq!(verify(SECRET, &code(1_700_000_010 - 30), at(now), step, 1), None);
        assert_eq!(verify(SECRET, &code(1_700_000_010 + 30), at(now), step, 1), Some(step + 1));
    }

    #[test]
    fn a_clock_that_once_ran_ahead_does_not_lock_anybody_out() {
        let now = 1_700_000_010;
        let poisoned = (1_700_000_010 + 3600) / 30;
        let step = verify(SECRET, &code(1_700_000_010), at(now), poisoned, 1).unwrap();
        assert_eq!(verify(SECRET, &code(1_700_000_010), at(now), step, 1), None, "and still counts once");
        // A clock that was a moment ahead is no reason to forget.
        let ahead = 1_700_000_010 / 30 + 2;
        assert_eq!(verify(SECRET, &code(1_700_000_010 + 30), at(now), ahead, 1), None);
    }

    #[test]
    fn a_name_never_changes_the_parameters_of_the_qr_code() {
        let url = otpauth_url(SECRET, "健康保険組合加入者ページ", "x?secret=AAAA&issuer=evil").unwrap();
        assert_eq!(url.matches("secret=").count(), 1, "{url}");
        assert_eq!(url.matches("issuer=").count(), 1, "{url}");
        assert!(url.starts_with("otpauth://totp/"));
    }

    #[test]
    fn keys_come_in_fours() {
        assert_eq!(grouped_key(b"12345678901234567890"), "gezd gnbv gy3t qojq gezd gnbv gy3t qojq");
    }
}
