//! Preview: a link by which a union that is a draft is looked at, at its own host, before anybody else may. It opens pages
//! and nobody's session.

use jiff::{SignedDuration, Timestamp};

/// For how many days a link is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviewDays(u32);

impl PreviewDays {
    /// What a link is good for where nobody says otherwise.
    pub const USUAL: u32 = 14;
    /// The longest: whoever needs a link for longer makes a new one.
    pub const MOST: u32 = 30;

    /// That many days; `None` for none and for more than [`Self::MOST`].
    pub fn new(days: u32) -> Option<Self> {
        (1..=Self::MOST).contains(&days).then_some(Self(days))
    }

    /// The number of days.
    pub fn get(self) -> u32 {
        self.0
    }

    /// When a link ends that is made at that moment.
    pub fn after(self, now: Timestamp) -> Timestamp {
        now.checked_add(SignedDuration::from_hours(24 * i64::from(self.0))).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_a_day_to_a_month() {
        assert_eq!([0, 31, u32::MAX].map(PreviewDays::new), [None; 3]);
        let now: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
        for days in [1, PreviewDays::USUAL, PreviewDays::MOST] {
            let ends = PreviewDays::new(days).unwrap().after(now);
            assert_eq!(ends.duration_since(now).as_hours(), 24 * i64::from(days));
        }
    }
}
