//! Retry: how long a letter waits after a failure, and the postman before a server that does not answer.

use jiff::SignedDuration;

/// The first wait after a failure; each further one is twice as long, up to the next two.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(5);
/// The longest wait of a letter somebody waits for, and of the postman before a server that does not answer.
pub(super) const LONGEST_URGENT_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// The longest wait of any other letter.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// How long a letter waits after a failure.
#[derive(Debug, Clone, Copy)]
pub(super) struct RetryDelays {
    /// After a failure of this letter alone.
    pub(super) own: SignedDuration,
    /// After a failure of the server, which every letter would meet.
    pub(super) servers: SignedDuration,
}

/// The wait after the `times`-th failure in a row, counted from 1.
pub(super) fn wait(times: u32, longest: SignedDuration) -> SignedDuration {
    let doubled =
        FIRST_WAIT.checked_mul(1_i32.checked_shl(times.saturating_sub(1)).unwrap_or(i32::MAX).max(1));
    doubled.unwrap_or(longest).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_or_a_quarter_of_an_hour() {
        let seconds = |longest| (1..=9).map(|times| wait(times, longest).as_secs()).collect::<Vec<_>>();
        assert_eq!(seconds(LONGEST_URGENT_WAIT), [5, 10, 20, 40, 60, 60, 60, 60, 60]);
        assert_eq!(seconds(LONGEST_WAIT), [5, 10, 20, 40, 80, 160, 320, 640, 900]);
        assert_eq!(wait(u32::MAX, LONGEST_WAIT), LONGEST_WAIT);
        assert_eq!(wait(0, LONGEST_WAIT), FIRST_WAIT);
    }
}
