//! Answer times: how long answers wait whose time must tell nothing (DD6).

use std::time::Duration;

/// How long answers wait that must not tell by their time what they took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerTimes {
    /// Answers of an [even form](super::budget::Answers::in_even_time) leave when a multiple of this is over since their form
    /// was there.
    pub(super) multiple: Duration,
    /// By chance, such answers and those of [spread forms](super::budget::Answers::spread) leave up to so much later.
    pub(super) spread: Duration,
}

impl AnswerTimes {
    /// Multiples of far more than the work takes, and too little to be noticed. Still a letter that is sent meanwhile moves
    /// answers by some 0.05 ms, and a row that is there by some 0.2 ms: ten milliseconds of chance hide that.
    pub const USUAL: Self = Self { multiple: Duration::from_millis(50), spread: Duration::from_millis(10) };
    /// No wait at all.
    pub const AT_ONCE: Self = Self { multiple: Duration::ZERO, spread: Duration::ZERO };

    /// The times of one answer: its spread is drawn from these random bytes, from none of it to all.
    pub(super) fn by(self, chance: [u8; 10]) -> Self {
        let [high, low, ..] = chance;
        let part = f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX);
        Self { spread: self.spread.mul_f64(part), ..self }
    }
}
