//! Receipt: 「お問い合わせ番号」, one for each request. A member reads it to the union on the phone, and it leads to what
//! happened ([D35]).
//!
//! [D35]: crate::rules::decisions#d35

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

/// Symbols that are told apart on paper and on the phone: no I, O, 0, 1.
const SYMBOLS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How many: 40 bits, so that nobody finds another one's by trying.
pub const LENGTH: usize = 8;

/// The receipt number of one request: [`LENGTH`] symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt(String);

impl Receipt {
    /// Makes a number of random bytes, one symbol of each.
    pub fn new(random: [u8; LENGTH]) -> Self {
        let symbol = |byte: u8| SYMBOLS.get(usize::from(byte % 32)).copied().map_or('A', char::from);
        Self(random.into_iter().map(symbol).collect())
    }

    /// As it was heard or copied: in any case and width, with spaces or hyphens between.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text
            .nfkc()
            .filter(|c| !c.is_whitespace() && !"-‐‑–—―−ー".contains(*c))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let all_known = plain.bytes().all(|byte| SYMBOLS.contains(&byte));
        (plain.len() == LENGTH && all_known).then_some(Self(plain))
    }

    /// The number, without spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_heard() {
        let receipt = Receipt::new([0, 1, 2, 3, 31, 30, 255, 7]);
        assert_eq!(receipt.as_str().len(), LENGTH);
        for heard in [receipt.as_str().to_lowercase(), format!(" {receipt} "), "ABCD-9898".into()] {
            assert!(Receipt::parse(&heard).is_some(), "{heard}");
        }
        assert_eq!(Receipt::parse("abcd 9a9h").unwrap().as_str(), "ABCD9A9H");
        assert_eq!(Receipt::parse("ＡＢＣＤ－９Ａ９Ｈ").unwrap().as_str(), "ABCD9A9H");
        for wrong in ["", "ABCD", "ABCD9A9HH", "ABCD9A90", "ABCDIA9H", "健保健保健保健保"] {
            assert_eq!(Receipt::parse(wrong), None, "{wrong}");
        }
    }
}
