//! Turns: which union's letter is next, and how many conversations a union may hold at once.

use crate::store::everywhere::LetterQueue;

/// How many of the postman's conversations one union may use.
const SHARE: usize = 3;
/// How many of these conversations one union may use for letters that nobody waits for.
const SHARE_OF_NOTICES: usize = 2;
/// The highest priority number of letters that somebody waits for: codes and links.
pub(super) const URGENT: u32 = 1;

/// Queues in the order of their turns: by priority, and within one beginning behind the union that was last.
pub(super) fn in_turn(mut queues: Vec<LetterQueue>, last: &str) -> Vec<LetterQueue> {
    queues.sort_by(|a, b| {
        let turn = |queue: &LetterQueue| (queue.priority, queue.tenant.as_str() <= last);
        turn(a).cmp(&turn(b)).then_with(|| a.tenant.cmp(&b.tenant))
    });
    queues
}

/// Whether a union has conversations left for a letter of that priority, besides those that carry letters of these.
pub(super) fn has_share_left(priority: u32, carried: impl Iterator<Item = u32>) -> bool {
    let (mut all, mut notices) = (0, 0);
    for other in carried {
        all += 1;
        notices += usize::from(other > URGENT);
    }
    all < SHARE && (priority <= URGENT || notices < SHARE_OF_NOTICES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unions_take_turns_within_a_priority() {
        let queue = |priority, tenant: &str| LetterQueue { priority, tenant: tenant.to_owned() };
        let queues = vec![queue(5, "a"), queue(9, "a"), queue(5, "b"), queue(1, "c"), queue(5, "d")];
        let order = |last| {
            in_turn(queues.clone(), last)
                .iter()
                .map(|q| format!("{}{}", q.priority, q.tenant))
                .collect::<Vec<_>>()
        };
        assert_eq!(order(""), ["1c", "5a", "5b", "5d", "9a"]);
        assert_eq!(order("a"), ["1c", "5b", "5d", "5a", "9a"]);
        assert_eq!(order("b"), ["1c", "5d", "5a", "5b", "9a"]);
        assert_eq!(order("z"), ["1c", "5a", "5b", "5d", "9a"]);
    }
}
