//! First credential: how one is drawn, and the one spelling of each kind of first password ([D3]).
//!
//! [D3]: crate::rules::decisions#d3

use jiff::{Timestamp, civil::Date};

use super::{member::japanese_day, spreadsheet, typed};

/// A–Z without I and O, 2–9: 32 symbols that nobody mistakes for each other on a postcard.
pub const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Symbols of a drawn user ID or password.
pub const LENGTH: usize = 12;

/// Twelve unmistakable symbols, five bits of each byte: 60 random bits. `None` for a text that a spreadsheet, in
/// which notices are prepared for the printer, would take for a number or a date (one in a million): draw again.
pub fn draw(bytes: [u8; LENGTH]) -> Option<String> {
    let symbol = |byte: u8| ALPHABET.get(usize::from(byte & 31)).copied().map_or('A', char::from);
    let drawn: String = bytes.into_iter().map(symbol).collect();
    spreadsheet::leaves_alone(&drawn).then_some(drawn)
}

/// As it is printed: `XXXX-XXXX-XXXX`.
pub fn grouped(drawn: &str) -> String {
    let mut out = String::with_capacity(drawn.len() + drawn.len() / 4);
    for (at, c) in drawn.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            out.push('-');
        }
        out.push(c);
    }
    out
}

/// The last day, in Japan, on which a credential works from morning to night: the one that is printed, and that the desk
/// reads.
pub fn last_day(expires_at: Timestamp) -> Date {
    let last = japanese_day(expires_at);
    last.yesterday().unwrap_or(last)
}

/// A kept user ID as it is printed: one of ours in capitals, for which its symbols were chosen (`l` is taken for `1`). IDs
/// are the same in both.
pub fn printed_login(login: &str) -> String {
    let capitals = login.to_ascii_uppercase();
    let is_ours = capitals.len() == LENGTH && capitals.bytes().all(|byte| ALPHABET.contains(&byte));
    if is_ours { capitals } else { login.to_owned() }
}

/// A printed password: as given, but for the keyboard's own variants and spaces around it.
pub fn printed(typed: &str) -> String {
    typed::password(typed).trim().to_owned()
}

/// A generated password: groups, capitals and width do not matter.
pub fn generated(typed: &str) -> String {
    typed::digits(typed).to_uppercase()
}

/// A derived password: 記号+番号+YYYYMMDD without anything between.
pub fn derived(typed: &str) -> String {
    typed::digits(typed).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_symbol_is_mistaken_for_another() {
        let mut seen = ALPHABET.to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 32);
        assert!(!ALPHABET.iter().any(|c| b"IO01".contains(c)));
    }

    #[test]
    fn five_bits_of_each_byte_choose_a_symbol() {
        let drawn = draw([0, 1, 31, 32, 255, 24, 7, 8, 23, 13, 14, 5]);
        assert_eq!(drawn.as_deref(), Some("AB9A92HJZPQF"));
        assert_eq!(grouped("ABCDEFGHJKLM"), "ABCD-EFGH-JKLM");
    }

    #[test]
    fn what_a_spreadsheet_takes_for_a_number_is_never_drawn() {
        let bytes = |text: &str| -> [u8; LENGTH] {
            let place = |c: u8| ALPHABET.iter().position(|symbol| *symbol == c).unwrap();
            std::array::from_fn(|at| u8::try_from(place(text.as_bytes()[at])).unwrap())
        };
        for text in ["234567892345", "2E2345678923", "23456789E234", "DECEMBER2222", "22FEBRUARY22"] {
            assert_eq!(draw(bytes(text)), None, "{text}");
        }
        assert_eq!(draw(bytes("ABCDEFGH2345")).as_deref(), Some("ABCDEFGH2345"));
    }

    #[test]
    fn a_generated_password_is_itself_however_it_is_typed() {
        for typed in ["ABCD-EFGH-JKLM", "abcdefghjklm", "ＡＢＣＤ　ＥＦＧＨ　ＪＫＬＭ", " abcd−efgh ーjklm "]
        {
            assert_eq!(generated(typed), "ABCDEFGHJKLM", "{typed}");
        }
    }

    #[test]
    fn a_drawn_user_id_is_printed_in_capitals_and_no_other_one() {
        assert_eq!(printed_login("nqh2uxhkl8f5"), "NQH2UXHKL8F5");
        for other in ["hanako01", "nqh2uxhkl8f", "nqh2uxhkl8f1", "a.b@example"] {
            assert_eq!(printed_login(other), other);
        }
    }

    #[test]
    fn a_printed_password_keeps_its_capitals_and_inner_signs() {
        assert_eq!(printed(" Ab-1￥x\u{3000}"), "Ab-1\\x");
    }
}
