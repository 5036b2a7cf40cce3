//! Keys: which of a union's keys signs, and which are published (OpenID Connect Core, 10.1.1).
//!
//! # Decision
//! When a key begins to sign stands in its row, and everything else follows from the rows: nodes that read the same rows
//! agree at every instant, whenever they started.
//! # Because
//! Services keep what they read of keys for hours; a key that signs before they have read it locks members out.

use jiff::{SignedDuration, Timestamp};

use super::client::SigningAlgorithm;

/// How long a new key is published before it signs. A union's first key of an algorithm signs at once: no service has
/// read any before.
pub const PUBLISHED_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// How long an ID token is good. It is read once, right behind the code.
pub const ID_TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// How long a key is published after the last token that it signed has run out: hints in later requests are made of such
/// tokens.
pub const PUBLISHED_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// When a key signs and is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTimes {
    /// By which tokens are signed with it: a service names the one it takes.
    pub algorithm: SigningAlgorithm,
    /// Its number among the union's keys of that algorithm, from 1.
    pub place: u32,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// Since when it is published no more, whatever else would hold: it was replaced in an emergency.
    pub gone_at: Option<Timestamp>,
}

/// What a key does at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningState {
    /// It is published, and will sign.
    Next,
    /// It signs.
    Signs,
    /// It is published for what it signed.
    Retired,
    /// It is published no more.
    Gone,
}

impl SigningState {
    /// Its word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signs => "signs",
            Self::Retired => "retired",
            Self::Gone => "gone",
        }
    }

    /// Whether services are told of it.
    pub fn is_published(self) -> bool {
        self != Self::Gone
    }
}

/// What a key does at `now`, among all keys of the union.
pub fn state(key: &KeyTimes, all: &[KeyTimes], now: Timestamp) -> SigningState {
    if key.gone_at.is_some_and(|gone_at| gone_at <= now) {
        return SigningState::Gone;
    }
    if now < key.signs_from {
        return SigningState::Next;
    }
    let later = all.iter().filter(|other| other.algorithm == key.algorithm && other.place > key.place);
    // A later key that was given up before it signed replaces nothing.
    let takes_over = |other: &&KeyTimes| other.gone_at.is_none_or(|gone_at| gone_at > other.signs_from);
    match later.filter(takes_over).map(|other| other.signs_from).min() {
        Some(replaced) if replaced <= now => {
            let published = replaced.checked_add(ID_TOKEN_LIFE + PUBLISHED_AFTER).unwrap_or(Timestamp::MAX);
            if now < published { SigningState::Retired } else { SigningState::Gone }
        }
        _ => SigningState::Signs,
    }
}

/// From when on a new key signs, among the keys that are there: one of a new algorithm, and one that replaces others in an
/// emergency, at once.
pub fn signs_from(algorithm: SigningAlgorithm, all: &[KeyTimes], at_once: bool, now: Timestamp) -> Timestamp {
    let is_first =
        !all.iter().any(|key| key.algorithm == algorithm && state(key, all, now) != SigningState::Gone);
    if is_first || at_once { now } else { now.checked_add(PUBLISHED_BEFORE).unwrap_or(now) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    fn key(place: u32, signs_from: i64) -> KeyTimes {
        KeyTimes { algorithm: SigningAlgorithm::Es256, place, signs_from: at(signs_from), gone_at: None }
    }

    #[test]
    fn at_every_moment_exactly_one_key_signs_and_those_before_and_after_are_published() {
        use SigningState::{Gone, Next, Retired, Signs};
        let all = [key(1, 0), key(2, 124), key(3, 300)];
        let states = |hour| all.map(|key| state(&key, &all, at(hour)));
        assert_eq!(states(0), [Signs, Next, Next]);
        assert_eq!(states(123), [Signs, Next, Next]);
        assert_eq!(states(124), [Retired, Signs, Next]);
        assert_eq!(states(148), [Retired, Signs, Next]);
        assert_eq!(states(149), [Gone, Signs, Next]);
        assert_eq!(states(300), [Gone, Retired, Signs]);
        for hour in 0..400 {
            assert_eq!(states(hour).into_iter().filter(|state| *state == Signs).count(), 1, "{hour}");
        }
    }

    #[test]
    fn a_key_that_replaces_others_at_once_takes_them_out_of_sight() {
        let mut all = [key(1, 0), key(2, 124), key(3, 50)];
        all[0].gone_at = Some(at(50));
        all[1].gone_at = Some(at(50));
        let states = |hour| all.map(|key| state(&key, &all, at(hour)));
        assert_eq!(states(51), [SigningState::Gone, SigningState::Gone, SigningState::Signs]);
        assert_eq!(states(200), [SigningState::Gone, SigningState::Gone, SigningState::Signs]);
    }

    #[test]
    fn algorithms_do_not_touch_one_another_and_the_first_key_signs_at_once() {
        let all = [key(1, 0)];
        assert_eq!(signs_from(SigningAlgorithm::Es256, &[], false, at(7)), at(7));
        assert_eq!(signs_from(SigningAlgorithm::Rs256, &all, false, at(7)), at(7));
        assert_eq!(signs_from(SigningAlgorithm::Es256, &all, false, at(7)), at(31));
        assert_eq!(signs_from(SigningAlgorithm::Es256, &all, true, at(7)), at(7));
    }
}
