//! Lockout: how many wrong tries, and until when. Pure; knows only time and policy ([D13], [D28]).
//!
//! A try is **counted** and committed before anything is verified, so that parallel guesses and rolled-back transactions
//! cannot try for free. Until its outcome is known it counts as wrong *and* as one that is being verified; then it is
//!
//! - *wrong*: it stays counted, and may bring a pause;
//! - *right*: the count begins anew, but for the tries that are being verified beside it;
//! - *not verified* (the queue was full, the request was dropped, the database failed in between): it is given back.
//!
//! Two things follow. A pause begins with a failure that is certain, never with a try that may be right; and while tries
//! are being verified that may bring a pause, the next one waits for their outcome instead of being refused. A try whose
//! outcome never comes (the program was killed) counts as wrong after [`LEASE`].
//!
//! What a success clears depends on who sees it ([D27]). In browsers that have signed the member in, a success clears pauses
//! and count. In all others it clears the count to the hard limit, which nobody sees, and leaves the pauses as if the try
//! had never been: a stranger who waits out one pause after the other must not read off them when the member signs in.
//!
//! What a clock wrote that ran ahead is read as far as a right one could have written it ([R24]): a pause that ends later than
//! it could is none, and nothing failed in the future.
//!
//! [D13]: crate::rules::decisions#d13
//! [D27]: crate::rules::decisions#d27
//! [D28]: crate::rules::decisions#d28
//! [R24]: crate::rules::reliability#r24

use jiff::{SignedDuration, Timestamp};

use super::{clock::MOST_APART, one_time, tenant::LockoutPolicy};

pub mod kind;

pub use kind::{Bucket, CounterKind};

/// The state of one counter: failures, tries that are being verified, and the pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// Consecutive failures, and tries that are being verified; forgotten after 24 quiet hours. Drives the pauses.
    pub fails: u32,
    /// The same, forgotten only by success, reset or desk where the ladder says so. Drives the hard limit.
    pub total: u32,
    /// How many of both are being verified.
    pub verifying: u32,
    /// From when on those that are being verified count as wrong.
    pub verifying_until: Option<Timestamp>,
    /// The end of the pause that was given with the last failure.
    pub paused_until: Option<Timestamp>,
    /// The last failure: a quiet day is counted from here.
    pub last_at: Timestamp,
    /// How many of `total` were certain when a failure was last written: letters of warning about so many were written
    /// with it. A try whose outcome never came is beyond it until the next one.
    pub warned: u32,
}

/// Whether a try may be verified, as the counter and its ladder decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryVerdict {
    /// Verify it, after the counter has become this.
    Open(Counter),
    /// Others are being verified, and what comes of them decides about this one: ask again in a moment.
    Wait,
    /// A pause was given. Do not verify it; try again then.
    Paused(Timestamp),
    /// Off until success by another way, reset or desk: it cannot be right. Where there are pauses it is counted like any
    /// other, so that strangers see no difference; the counter becomes this.
    Off(Counter),
}

/// The limits for failures of one kind: from how many on pauses begin, and from how many on it is off. Which kind has which:
/// [`CounterKind::ladder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ladder {
    /// The number of failures from which pauses begin; 0 for no pauses.
    pub pause_after: u32,
    /// The number of failures at which it is off.
    pub hard_limit: u32,
    /// Failures without 24 quiet hours between them at which it is off, whatever was granted meanwhile; 0 for no such
    /// limit.
    pub without_quiet: u32,
    /// Whether the count to the hard limit outlives 24 quiet hours.
    pub lasting: bool,
    /// Whether pauses outlive a success: strangers see them.
    pub pauses_outlive_success: bool,
}

impl Ladder {
    /// The password's ladder in unknown browsers, from the union's file.
    fn password(policy: &LockoutPolicy) -> Self {
        Self {
            pause_after: policy.pause_after,
            pauses_outlive_success: true,
            ..Self::until_success(policy.hard_limit)
        }
    }

    /// The same in known browsers, all together: the count to the hard limit alone.
    fn password_in_known_browsers(policy: &LockoutPolicy) -> Self {
        Self::until_success(policy.hard_limit)
    }

    /// The same in one known browser: its pauses alone.
    fn password_in_one_browser(policy: &LockoutPolicy) -> Self {
        Self { pause_after: policy.pause_after, ..Self::of_a_key(u32::MAX) }
    }

    /// The password's ladder for a user ID that no member has. There is no password that could be switched off, so
    /// nothing of it need outlive the pauses; the answers are the same, because being off is seen nowhere (see
    /// [`TryVerdict::Off`]).
    pub fn nobodys_password(policy: &LockoutPolicy) -> Self {
        Self { lasting: false, ..Self::password(policy) }
    }

    /// App codes: no pauses (the attempt ends after five), off at 30 consecutive (D13).
    const APP_CODE: Self = Self::until_success(30);

    /// Mailed codes: no pauses (the attempt ends after five), off at 30 consecutive (D13).
    const MAIL_CODE: Self = Self::until_success(30);

    /// Codes of a forgotten password, of one member in all browsers: off at 30, because nobody may guess on from browser to
    /// browser. A letter that was asked for since brings its own five tries, to 60 without a quiet day between them (two
    /// letters short of what twelve letters a day would bring; a guess is one in a million); a quiet day ends it. The link
    /// of the letter works all the while.
    const RECOVERY_CODE: Self = Self { without_quiet: 60, ..Self::of_a_key(30) };

    /// Codes of a forgotten password in one browser: as many tries as a code has, whether or not there is one (D4).
    const RECOVERY_CODE_HERE: Self = Self::of_a_key(one_time::TRIES);

    /// Codes mailed to one member for one end: five an hour, counted by the key (E7).
    const CODES_MAILED: Self = Self::of_a_key(5);

    /// Forgotten passwords of one member: three mails an hour, counted by the key (G4).
    const RECOVERIES: Self = Self::of_a_key(3);

    /// Forgotten passwords of one member, asked for by unknown browsers: twelve mails a day, counted by the key (D27).
    const RECOVERIES_IN_A_DAY: Self = Self::of_a_key(12);

    /// Forgotten user IDs of one address: three a day, counted by the key (H3).
    const USER_IDS: Self = Self::of_a_key(3);

    /// "Is this address, or this user ID, taken?": ten tries, counted per day by the key (D8, F8).
    const TAKEN: Self = Self::of_a_key(10);

    /// Ends by success, reset or desk only.
    const fn until_success(hard_limit: u32) -> Self {
        Self { lasting: true, ..Self::of_a_key(hard_limit) }
    }

    /// Ends with the hour, day or browser that is part of the counter's key.
    const fn of_a_key(hard_limit: u32) -> Self {
        Self { pause_after: 0, hard_limit, without_quiet: 0, lasting: false, pauses_outlive_success: false }
    }

    /// The pause that comes with so many certain failures.
    fn pause(&self, fails: u32) -> Option<SignedDuration> {
        let over = fails.checked_sub(self.pause_after).filter(|_| self.pause_after > 0)?;
        let minutes = 1_i64.checked_shl(over.min(10)).unwrap_or(LONGEST_PAUSE_MINUTES);
        Some(SignedDuration::from_mins(minutes.min(LONGEST_PAUSE_MINUTES)))
    }

    /// Whether so many certain failures switch it off.
    fn is_off(&self, counter: &Counter) -> bool {
        let certain = |count: u32| count.saturating_sub(counter.verifying);
        certain(counter.total) >= self.hard_limit
            || self.without_quiet > 0 && certain(counter.fails) >= self.without_quiet
    }
}

/// Wrong codes behind a right password, of unknown browsers, from which on somebody else is taken to know the password: the
/// member is told, and sets another at the next sign-in (TD6).
pub const CODES_BEHIND_A_PASSWORD: u32 = 10;
/// Wrong codes that end an attempt (D13).
pub const CODES_PER_ATTEMPT: u32 = 5;
/// Wrong birth dates that end an attempt (D3).
pub const BIRTH_DATES_PER_ATTEMPT: u32 = 3;
/// Wrong birth dates since the last right one that close the step until the union helps (D3).
pub const BIRTH_DATES_IN_ALL: u32 = 5;
/// How long the outcome of a try is waited for. Longer than a request can take from counting to its outcome (a second in
/// the queue, the hash, a statement of five seconds), and than the clocks of two nodes differ.
pub const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Quiet hours after which the count that brings pauses is forgotten.
const QUIET: SignedDuration = SignedDuration::from_hours(24);
/// The longest pause, in minutes.
const LONGEST_PAUSE_MINUTES: i64 = 30;

impl Counter {
    /// A counter that was never touched.
    pub fn untouched(now: Timestamp) -> Self {
        Self {
            fails: 0,
            total: 0,
            verifying: 0,
            verifying_until: None,
            paused_until: None,
            last_at: now,
            warned: 0,
        }
    }

    /// The counter without what only a clock that ran ahead can have written. The clocks of two nodes that agree may lie a
    /// little apart.
    fn written_by(mut self, ladder: Ladder, now: Timestamp) -> Self {
        let no_later = |than: SignedDuration| {
            let latest = now.checked_add(than.saturating_add(MOST_APART)).unwrap_or(now);
            move |at: &Timestamp| *at <= latest
        };
        self.verifying_until = self.verifying_until.filter(no_later(LEASE));
        let pause = ladder.pause(self.certain_fails()).unwrap_or_default();
        self.paused_until = self.paused_until.filter(no_later(pause));
        self.last_at = Some(self.last_at).filter(no_later(SignedDuration::ZERO)).unwrap_or(now);
        self
    }

    /// What of it still counts at `now`.
    fn at(self, ladder: Ladder, now: Timestamp) -> Self {
        let mut counter = self.written_by(ladder, now);
        if counter.verifying_until.is_none_or(|until| until <= now) {
            // What was not heard of in time failed then.
            counter.last_at = counter.last_at.max(counter.verifying_until.unwrap_or(counter.last_at));
            counter.verifying = 0;
        }
        if counter.verifying == 0 {
            counter.verifying_until = None;
        }
        counter.paused_until = counter.paused_until.filter(|until| now < *until);
        if counter.verifying == 0 && now.duration_since(counter.last_at) >= QUIET {
            (counter.fails, counter.last_at) = (0, now);
            if !ladder.lasting {
                counter.total = 0;
            }
        }
        counter
    }

    /// With one more try that is being verified.
    fn with_try(self, now: Timestamp) -> Self {
        Self {
            fails: self.fails.saturating_add(1),
            total: self.total.saturating_add(1),
            verifying: self.verifying.saturating_add(1),
            verifying_until: now.checked_add(LEASE).ok(),
            ..self
        }
    }

    /// With one try less that is being verified, or `None` when its lease is over and it counts as wrong already.
    fn without_try(self) -> Option<Self> {
        let verifying = self.verifying.checked_sub(1)?;
        Some(Self { verifying, verifying_until: self.verifying_until.filter(|_| verifying > 0), ..self })
    }

    /// The counter once a try that was being verified turned out wrong at `now`: from the ladder's step on with a pause.
    #[must_use]
    pub fn wrong(self, ladder: Ladder, now: Timestamp) -> Self {
        let mut counter = self.without_try().unwrap_or(self);
        counter.last_at = counter.last_at.max(now);
        if let Some(pause) = ladder.pause(counter.certain_fails()) {
            counter.paused_until = counter.paused_until.max(now.checked_add(pause).ok());
        }
        counter
    }

    /// The counter once a try turned out right: what is being verified beside it stays counted. Where strangers see the
    /// pauses, those stay as if there had been no try.
    #[must_use]
    pub fn right(self, ladder: Ladder) -> Self {
        if !ladder.pauses_outlive_success {
            return self.without_try().unwrap_or(self).forgiven();
        }
        let without = self.not_verified();
        Self { total: without.verifying, ..without }
    }

    /// The counter once success by another way, a reset or the desk forgave everything that is certain.
    #[must_use]
    pub fn forgiven(self) -> Self {
        Self { fails: self.verifying, total: self.verifying, paused_until: None, ..self }
    }

    /// The counter as if the try had never been: nothing was verified.
    #[must_use]
    pub fn not_verified(self) -> Self {
        self.without_try().map_or(self, |counter| Self {
            fails: counter.fails.saturating_sub(1),
            total: counter.total.saturating_sub(1),
            ..counter
        })
    }

    /// The counter once two members are one: what either has used up stays so. What is still being verified of the other
    /// one counts as wrong.
    #[must_use]
    pub fn joined(self, other: Self, ladder: Ladder, now: Timestamp) -> Self {
        let (own, other) = (self.at(ladder, now), other.at(ladder, now));
        Self {
            fails: own.certain_fails().max(other.fails).saturating_add(own.verifying),
            total: own.certain_total().max(other.total).saturating_add(own.verifying),
            paused_until: own.paused_until.max(other.paused_until),
            last_at: own.last_at.max(other.last_at),
            warned: own.warned.max(other.warned),
            ..own
        }
    }

    /// The counter of codes once another code was mailed: it has its own tries, and so has whoever got the letter.
    #[must_use]
    pub fn with_another_code(self, ladder: Ladder) -> Self {
        let room = ladder.hard_limit.saturating_sub(one_time::TRIES).max(self.verifying);
        Self { total: self.total.min(room), ..self }
    }

    /// The counter once the warnings about everything that is certain are written, in the same commit.
    #[must_use]
    pub fn with_warnings(self) -> Self {
        Self { warned: self.certain_total(), ..self }
    }

    /// How many failures warnings were written about. A count that began anew since has warned of nothing.
    pub fn warned_of(&self) -> u32 {
        self.warned.min(self.certain_total())
    }

    /// Consecutive failures that are certain.
    pub fn certain_fails(&self) -> u32 {
        self.fails.saturating_sub(self.verifying)
    }

    /// Failures on the way to the hard limit that are certain.
    pub fn certain_total(&self) -> u32 {
        self.total.saturating_sub(self.verifying)
    }

    /// From when on it says no more than an untouched one would; `None`: it stays.
    pub fn worthless_at(&self, ladder: Ladder) -> Option<Timestamp> {
        let stays = ladder.lasting && self.total > 0;
        let last = self.paused_until.map_or(self.last_at, |until| until.max(self.last_at));
        last.checked_add(QUIET).ok().filter(|_| !stays)
    }

    /// The same of one that is forgotten at `now`, whatever its ladder: pauses that are left, and tries that are being
    /// verified, are over a quiet day later.
    pub fn forgotten_is_worthless_at(now: Timestamp) -> Option<Timestamp> {
        now.checked_add(QUIET).ok()
    }
}

/// Judges one try at `now`, given the counter so far.
pub fn judge(counter: Counter, ladder: Ladder, now: Timestamp) -> TryVerdict {
    let counter = counter.at(ladder, now);
    if let Some(until) = counter.paused_until {
        return TryVerdict::Paused(until);
    }
    let off = ladder.is_off(&counter);
    if off && ladder.pause_after == 0 {
        return TryVerdict::Off(counter);
    }
    let alone = counter.verifying == 0;
    let brings_no_pause = ladder.pause_after == 0 || counter.fails < ladder.pause_after;
    let within = counter.total < ladder.hard_limit
        && (ladder.without_quiet == 0 || counter.fails < ladder.without_quiet);
    match (off, within, brings_no_pause || alone) {
        (_, _, false) | (false, false, _) => TryVerdict::Wait,
        (true, _, true) => TryVerdict::Off(counter.with_try(now)),
        (false, true, true) => TryVerdict::Open(counter.with_try(now)),
    }
}

/// What is told of a counter to whoever can mend it: being off comes before a pause, which ends by itself.
pub fn seen_by_the_desk(counter: Counter, ladder: Ladder, now: Timestamp) -> TryVerdict {
    let seen = counter.at(ladder, now);
    if ladder.is_off(&seen) { TryVerdict::Off(seen) } else { judge(counter, ladder, now) }
}

/// What belongs to the two counters of one try ([D27]): counters, ladders or keys.
///
/// [D27]: crate::rules::decisions#d27
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterPair<T> {
    /// Of the counter that gives the pauses.
    pub here: T,
    /// Of the counter with the hard limit.
    pub in_all: T,
}

/// What the two counters of one try say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairVerdict {
    /// Verify it, after the counters have become these.
    Open(CounterPair<Counter>),
    /// Others are being verified, and what comes of them decides about this one: ask again in a moment.
    Wait,
    /// A pause was given. Do not verify it; try again then.
    Paused(Timestamp),
    /// Off in all: a try that cannot be right, counted by its pauses alone, where there are any. The counters become these.
    Off(CounterPair<Counter>),
    /// The first counter is full: nothing is counted.
    OffHere,
}

/// Judges one try at `now` by two counters, each with its ladder: the first has pauses and no limit, or a limit and no
/// pauses; the second has a limit and no pauses. Either both count the try or, where it is refused, neither limit does.
pub fn judge_pair(
    counters: CounterPair<Counter>,
    ladders: CounterPair<Ladder>,
    now: Timestamp,
) -> PairVerdict {
    let here = match judge(counters.here, ladders.here, now) {
        TryVerdict::Off(_) if ladders.here.pause_after == 0 => return PairVerdict::OffHere,
        TryVerdict::Open(here) | TryVerdict::Off(here) => here,
        TryVerdict::Wait => return PairVerdict::Wait,
        TryVerdict::Paused(until) => return PairVerdict::Paused(until),
    };
    match judge(counters.in_all, ladders.in_all, now) {
        TryVerdict::Open(in_all) => PairVerdict::Open(CounterPair { here, in_all }),
        TryVerdict::Off(_) if ladders.here.pause_after == 0 => PairVerdict::Off(counters),
        TryVerdict::Off(in_all) => PairVerdict::Off(CounterPair { here, in_all }),
        TryVerdict::Wait => PairVerdict::Wait,
        TryVerdict::Paused(until) => PairVerdict::Paused(until),
    }
}

/// Counts something that is not verified but only done so many times: a letter, a question. The counter with it, or `None`
/// when it was done so often already.
pub fn count(counter: Counter, ladder: Ladder, now: Timestamp) -> Option<Counter> {
    match judge(counter, ladder, now) {
        TryVerdict::Open(counter) => {
            counter.without_try().map(|counted| Counter { last_at: counted.last_at.max(now), ..counted })
        }
        TryVerdict::Wait | TryVerdict::Paused(_) | TryVerdict::Off(_) => None,
    }
}

/// How many tries are left before a pause, told from the third failure on. The same whether or not it is off.
pub fn tries_left(counter: &Counter, ladder: Ladder) -> Option<u32> {
    let fails = counter.certain_fails();
    (fails >= 3).then(|| ladder.pause_after.saturating_sub(fails)).filter(|left| *left > 0)
}

#[cfg(test)]
mod tests;
