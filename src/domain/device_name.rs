//! Device name: what a member calls an authenticator app or a passkey, to tell old devices apart (T-17, W-03, W-04).

use super::typed;

/// Most characters.
pub const LONGEST: usize = 40;

/// The name as it is kept: what a member typed, in the spelling of this portal.
pub fn typed(text: &str) -> String {
    typed::fold(text)
}

/// A name in its one spelling: names are unique per member (N-13).
pub fn key(name: &str) -> String {
    typed::fold(name).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        assert_eq!(key(" 花子の  ＩＰＨＯＮＥ "), "花子の iphone");
    }
}
