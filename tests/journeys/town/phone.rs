//! Phone: an authenticator app with a clock of its own.

use std::sync::Arc;

use data_encoding::BASE32_NOPAD;
use jiff::SignedDuration;
use kenpo_portal::{domain::totp, world::Clock as _};

use super::{Browser, TownClock};

pub struct Phone {
    clock: Arc<TownClock>,
    secret: Vec<u8>,
    /// How far the phone's clock is off.
    pub ahead: SignedDuration,
}

impl Phone {
    pub fn new(clock: Arc<TownClock>) -> Self {
        Self { clock, secret: Vec::new(), ahead: SignedDuration::ZERO }
    }

    /// Reads the key off the set-up page, as a person types it from 「スキャンできませんか？」.
    pub fn scan(&mut self, page: &Browser) {
        let key: String = page.text_of("#key").chars().filter(|c| !c.is_whitespace()).collect();
        self.secret = BASE32_NOPAD.decode(key.to_uppercase().as_bytes()).unwrap();
    }

    /// The six digits of this moment.
    pub fn code(&self) -> String {
        totp::code_at(&self.secret, self.clock.now() + self.ahead)
    }

    /// Six digits that are right in no step near this one.
    pub fn wrong_code(&self) -> String {
        let near: Vec<String> = (-3..=3)
            .map(|step| totp::code_at(&self.secret, self.clock.now() + SignedDuration::from_secs(30 * step)))
            .collect();
        (0..10).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
    }

    /// The key as it must never stand anywhere but on the page.
    pub fn key(&self) -> String {
        BASE32_NOPAD.encode(&self.secret)
    }
}
