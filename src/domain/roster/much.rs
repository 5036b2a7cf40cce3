//! Much: when a file changes or ends so much of a roster that it is more likely another one (D34).

/// So many people are read one by one, whatever part of a roster they are.
const FEW: u64 = 5;
/// More changed members than this part of the roster are asked about, in percent (D34).
const MOST_CHANGED: u64 = 20;
/// The same of members whose membership is ended.
const MOST_ENDED: u64 = 5;

/// Whether a file that changes so many of so many members is more likely another union's or another month's.
pub fn is_much_changed(changed: u64, members: u64) -> bool {
    is_much(changed, members, MOST_CHANGED)
}

/// The same of a roster, or an undo, that ends the membership of so many.
pub fn is_much_ended(ended: u64, members: u64) -> bool {
    is_much(ended, members, MOST_ENDED)
}

fn is_much(some: u64, of: u64, percent: u64) -> bool {
    some > FEW && some.saturating_mul(100) > of.saturating_mul(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_is_more_than_a_fifth_and_more_than_a_handful() {
        let much = [(5, 5), (6, 6), (20, 100), (21, 100), (60_000, 300_000), (60_001, 300_000)];
        assert_eq!(much.map(|(some, of)| is_much_changed(some, of)), [false, true, false, true, false, true]);
        let much = [(5, 10), (6, 120), (6, 119), (15_000, 300_000), (15_001, 300_000)];
        assert_eq!(much.map(|(some, of)| is_much_ended(some, of)), [false, false, true, false, true]);
    }
}
