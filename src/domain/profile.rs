//! Profile: what a form says of facts that may have changed since it was shown ([I13]).
//!
//! # Decision
//! A form carries what it was shown with, and each of its fields is compared with that: what the member did not touch
//! is left alone, what only the member changed is changed, and only what both changed is a conflict.
//! # Because
//! Two tabs that change two things are no mistake; the later one must not undo the earlier.
//! # Instead of
//! A version number of the whole row, which refuses both.
//!
//! [I13]: crate::rules::threats#i13

/// What is to be done about one field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit<T> {
    /// Nothing is to be done.
    Leave,
    /// Change it to this.
    Change(T),
    /// It was changed elsewhere meanwhile, to something else.
    Conflict,
}

/// Compares what was shown, what the form says, and what is so now.
pub fn edit<T: PartialEq>(shown: &T, typed: T, now: &T) -> Edit<T> {
    if typed == *shown || typed == *now {
        Edit::Leave
    } else if shown == now {
        Edit::Change(typed)
    } else {
        Edit::Conflict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_both_changed_differently_is_a_conflict() {
        assert_eq!(edit(&"a", "a", &"a"), Edit::Leave);
        assert_eq!(edit(&"a", "b", &"a"), Edit::Change("b"));
        assert_eq!(edit(&"a", "a", &"b"), Edit::Leave, "an old page does not undo a newer change");
        assert_eq!(edit(&"a", "b", &"b"), Edit::Leave, "a double click");
        assert_eq!(edit(&"a", "c", &"b"), Edit::Conflict);
    }
}
