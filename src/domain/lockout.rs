//! Lockout: how many wrong tries, and until when. Pure; knows only time and policy (D13).
//!
//! A try is **reserved** — counted and committed — before anything is verified, so parallel guesses and rolled-back
//! transactions cannot try for free. A success gives the count back.

use jiff::{SignedDuration, Timestamp};

use super::{one_time, tenant::LockoutPolicy};

/// What one counter knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// Consecutive failures; forgotten after 24 quiet hours. Drives the pauses.
    pub fails: u32,
    /// Consecutive failures that only success, reset or desk forget. Drives the hard limit.
    pub total: u32,
    /// No try is weighed before this.
    pub not_before: Timestamp,
    /// The last try.
    pub last_at: Timestamp,
}

/// What the ladder says to a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Weigh it, after the counter has become this.
    Open(Counter),
    /// Do not weigh it; try again then.
    Paused(Timestamp),
    /// Do not weigh it; off until success by another way, reset or desk.
    Off,
}

/// How failures of one kind are punished.
#[derive(Debug, Clone, Copy)]
pub struct Ladder {
    /// Failures from which pauses begin; 0 for no pauses.
    pub pause_after: u32,
    /// Failures at which it is off.
    pub hard_limit: u32,
}

impl Ladder {
    /// The password's ladder, from the union's file.
    pub fn password(policy: &LockoutPolicy) -> Self {
        Self { pause_after: policy.pause_after, hard_limit: policy.hard_limit }
    }

    /// App codes: no pauses (the attempt ends after five), off at 30 consecutive (D13).
    pub const APP_CODE: Self = Self { pause_after: 0, hard_limit: 30 };

    /// Mailed codes: no pauses (the attempt ends after five), off at 30 consecutive (D13).
    pub const MAIL_CODE: Self = Self { pause_after: 0, hard_limit: 30 };

    /// Codes mailed to one member for one end: five an hour, counted by the key (E7).
    pub const CODES_MAILED: Self = Self { pause_after: 0, hard_limit: 5 };

    /// Forgotten passwords of one member: three mails an hour, counted by the key (G4).
    pub const RECOVERIES: Self = Self { pause_after: 0, hard_limit: 3 };

    /// Codes of a forgotten password in one browser: as many tries as a code has, whether or not there is one (D4).
    pub const RECOVERY_CODES: Self = Self { pause_after: 0, hard_limit: one_time::TRIES };

    /// Forgotten user IDs of one address: three a day, counted by the key (H3).
    pub const USER_IDS: Self = Self { pause_after: 0, hard_limit: 3 };

    /// Codes of the desk: ten tries a day, counted by the key (G17).
    pub const DESK_CODES: Self = Self { pause_after: 0, hard_limit: 10 };

    /// "Is this address, or this user ID, taken?": ten tries, counted per day by the key (D8, F8).
    pub const TAKEN: Self = Self { pause_after: 0, hard_limit: 10 };
}

/// Wrong codes that end an attempt (D13).
pub const CODES_PER_ATTEMPT: u32 = 5;
/// Wrong birth dates that end an attempt (D3).
pub const BIRTH_DATES_PER_ATTEMPT: u32 = 3;
/// Wrong birth dates since the last right one that close the step until the union helps (D3).
pub const BIRTH_DATES_IN_ALL: u32 = 5;
/// Quiet hours after which pauses decay.
const QUIET_HOURS: i64 = 24;
/// Longest pause.
const LONGEST_PAUSE_MINUTES: i64 = 30;

/// Judges one try at `now`, given the counter so far.
pub fn judge(counter: Option<Counter>, ladder: Ladder, now: Timestamp) -> Gate {
    let Some(counter) = counter else {
        return Gate::Open(after_failure(0, 0, ladder, now));
    };
    if counter.total >= ladder.hard_limit {
        return Gate::Off;
    }
    if now < counter.not_before {
        return Gate::Paused(counter.not_before);
    }
    let quiet = now.duration_since(counter.last_at) >= SignedDuration::from_hours(QUIET_HOURS);
    Gate::Open(after_failure(if quiet { 0 } else { counter.fails }, counter.total, ladder, now))
}

/// The counter as it stands if the try fails.
fn after_failure(fails: u32, total: u32, ladder: Ladder, now: Timestamp) -> Counter {
    let fails = fails.saturating_add(1);
    let pause = match ladder.pause_after {
        0 => None,
        start => fails.checked_sub(start).map(|over| {
            let minutes = 1_i64.checked_shl(over.min(10)).unwrap_or(LONGEST_PAUSE_MINUTES);
            SignedDuration::from_mins(minutes.min(LONGEST_PAUSE_MINUTES))
        }),
    };
    let not_before = pause.and_then(|pause| now.checked_add(pause).ok()).unwrap_or(now);
    Counter { fails, total: total.saturating_add(1), not_before, last_at: now }
}

/// How many tries are left before a pause, told from the third failure on.
pub fn tries_left(counter: &Counter, ladder: Ladder) -> Option<u32> {
    (counter.fails >= 3 && counter.total < ladder.hard_limit)
        .then(|| ladder.pause_after.saturating_sub(counter.fails))
        .filter(|left| *left > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LADDER: Ladder = Ladder { pause_after: 5, hard_limit: 50 };

    fn start() -> Timestamp {
        "2026-11-21T00:00:00Z".parse().unwrap()
    }

    fn minutes(n: i64) -> SignedDuration {
        SignedDuration::from_mins(n)
    }

    #[test]
    fn pauses_double_from_one_minute_to_thirty() {
        let mut now = start();
        let mut counter = None;
        let mut pauses = Vec::new();
        for _ in 0..12 {
            let Gate::Open(next) = judge(counter, LADDER, now) else { panic!("{counter:?}") };
            pauses.push(next.not_before.duration_since(now).as_mins());
            now = next.not_before;
            counter = Some(next);
        }
        assert_eq!(pauses, [0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_try_during_a_pause_is_not_weighed_and_not_counted() {
        let counter = Counter { fails: 5, total: 5, not_before: start() + minutes(1), last_at: start() };
        assert_eq!(judge(Some(counter), LADDER, start()), Gate::Paused(start() + minutes(1)));
        assert!(matches!(judge(Some(counter), LADDER, start() + minutes(1)), Gate::Open(c) if c.fails == 6));
    }

    #[test]
    fn a_quiet_day_forgets_the_pauses_but_not_the_count_to_fifty() {
        let counter = Counter { fails: 9, total: 40, not_before: start(), last_at: start() };
        let Gate::Open(next) = judge(Some(counter), LADDER, start() + minutes(24 * 60)) else { panic!() };
        assert_eq!((next.fails, next.total), (1, 41));
    }

    #[test]
    fn the_fiftieth_failure_is_the_last_one_weighed() {
        let at = |total| Counter { fails: 1, total, not_before: start(), last_at: start() };
        assert!(matches!(judge(Some(at(49)), LADDER, start()), Gate::Open(_)));
        assert_eq!(judge(Some(at(50)), LADDER, start() + minutes(999_999)), Gate::Off);
    }

    #[test]
    fn tries_left_are_told_from_the_third_failure_on() {
        let left = |fails| {
            tries_left(&Counter { fails, total: fails, not_before: start(), last_at: start() }, LADDER)
        };
        assert_eq!([left(1), left(2), left(3), left(4), left(5)], [None, None, Some(2), Some(1), None]);
    }
}
