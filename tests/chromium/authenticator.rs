//! The authenticator app on the member's phone: typed key in, codes out.

use std::cell::Cell;
use std::time::SystemTime;

use totp_rs::{Algorithm, Builder, Secret, Totp};

const STEP_SECONDS: u64 = 30;

pub struct Authenticator {
    totp: Totp,
    /// The last step whose code was handed out; the portal takes each step once.
    used: Cell<u64>,
}

impl Authenticator {
    /// Takes the key as it stands on the page: in groups, in either case.
    pub fn with_key(shown: &str) -> Self {
        let key: String = shown.split_whitespace().collect::<String>().to_uppercase();
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP_SECONDS)
            .with_secret(Secret::try_from_base32(&key).expect("the key on the page is base32"))
            .with_account_name("member")
            .build()
            .expect("the key on the page is long enough for an authenticator app");
        Self { totp, used: Cell::new(0) }
    }

    /// A code that was not handed out before. Asked twice within one step it runs ahead to the next one, which the portal
    /// accepts (one step either side); a person would wait for the number to change.
    pub fn code(&self) -> String {
        let now = step_now();
        let step = now.max(self.used.get() + 1);
        assert!(step <= now + 1, "three codes within one step: no app could show the third");
        self.used.set(step);
        self.totp.generate(step * STEP_SECONDS).to_string()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a phone has a clock of its own, and the program runs on the real one"
)]
fn step_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970").as_secs()
        / STEP_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_groups_and_small_letters_gives_six_digits_and_never_the_same_step_twice() {
        let phone = Authenticator::with_key("gezd gnbv gy3t qojq gezd gnbv gy3t qojq");
        let first = phone.code();
        assert!(first.len() == 6 && first.bytes().all(|byte| byte.is_ascii_digit()), "{first}");
        assert_ne!(first, phone.code());
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let phone = Authenticator::with_key("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(phone.totp.generate(1_111_111_109).to_string(), "081804");
    }
}
