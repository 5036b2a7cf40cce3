//! Device name: what a member calls an authenticator app or a passkey, to tell old devices apart (T-17, W-03, W-04).

use super::typed;

/// The greatest length of a device's name, in characters.
pub const LONGEST: usize = 40;

/// The name as it is kept: what a member typed, in the spelling of this portal.
pub fn typed(text: &str) -> String {
    typed::fold(text)
}

/// A name in its one spelling: names are unique per member (N-13).
pub fn key(name: &str) -> String {
    typed::fold(name).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first of `wish`, `wish 2`, `wish 3` … that is none of the names taken (N-13).
pub fn free<'n>(wish: &str, taken: impl IntoIterator<Item = &'n str>) -> String {
    let taken: Vec<_> = taken.into_iter().map(key).collect();
    let mut name = wish.to_owned();
    let mut number = 1_u32;
    while taken.contains(&key(&name)) {
        number += 1;
        name = format!("{wish} {number}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let taken = ["ＩＰＨＯＮＥ", "iphone 2"];
        assert_eq!(free("iPhone", taken), "iPhone 3");
        assert_eq!(free("iPad", taken), "iPad");
    }

    #[test]
    fn names_have_one_spelling() {
        assert_eq!(key(" 花子の  ＩＰＨＯＮＥ "), "花子の iphone");
    }
}
