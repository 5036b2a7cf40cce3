//! Text: the bytes of a roster file become characters, strictly. A byte that means nothing is an error with its
//! line, never a silent 「�」 in somebody's name.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, SHIFT_JIS};

use super::{flaw::FileFlaw, table::line_ends};
use crate::domain::tenant::RosterEncoding;

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads `bytes` in the union's encoding. A file in the other one is recognised and said so.
pub fn decode(bytes: &[u8], encoding: RosterEncoding) -> Result<Cow<'_, str>, FileFlaw> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(FileFlaw::Utf16);
    }
    match encoding {
        RosterEncoding::Utf8 => utf8(bytes),
        RosterEncoding::Cp932 => cp932(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, FileFlaw> {
    let bytes = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    str::from_utf8(bytes).map(Cow::Borrowed).map_err(|fault| {
        // Wrong from the first Japanese character on, and right as CP932: the other encoding.
        let first = bytes.iter().position(|byte| !byte.is_ascii());
        if first == Some(fault.valid_up_to()) && decode_cp932(bytes).is_ok() {
            FileFlaw::Cp932InsteadOfUtf8
        } else {
            FileFlaw::NotUtf8 { line: line_at(bytes, fault.valid_up_to()) }
        }
    })
}

fn cp932(bytes: &[u8]) -> Result<Cow<'_, str>, FileFlaw> {
    if bytes.is_ascii() {
        return utf8(bytes);
    }
    if bytes.starts_with(UTF8_MARK) || str::from_utf8(bytes).is_ok() {
        return Err(FileFlaw::Utf8InsteadOfCp932);
    }
    decode_cp932(bytes).map(Cow::Owned).map_err(|at| FileFlaw::NotCp932 { line: line_at(bytes, at) })
}

/// The text, or where it ends to be one.
fn decode_cp932(bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).ok_or(0_usize)?;
    let mut text = String::with_capacity(room);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => {
            text.shrink_to_fit();
            Ok(text)
        }
        (DecoderResult::Malformed(..) | DecoderResult::OutputFull, read) => Err(read.saturating_sub(1)),
    }
}

fn line_at(bytes: &[u8], at: usize) -> u32 {
    // Neither encoding uses the bytes of line ends inside a character.
    let before = bytes.get(..at).unwrap_or(bytes);
    let ascii: String =
        before.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { ' ' }).collect();
    line_ends(&ascii).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_characters_arrive_whole() {
        // 髙 﨑 ① ～ in CP932.
        let bytes = b"\xFB\xFC\xFA\xB1\x87\x40\x81\x60";
        assert_eq!(decode(bytes, RosterEncoding::Cp932).unwrap(), "髙﨑①～");
    }

    #[test]
    fn a_mark_at_the_start_is_not_part_of_the_first_header() {
        assert_eq!(decode("\u{FEFF}記号".as_bytes(), RosterEncoding::Utf8).unwrap(), "記号");
        assert_eq!(decode("記号".as_bytes(), RosterEncoding::Utf8).unwrap(), "記号");
    }

    #[test]
    fn the_other_encoding_is_recognised() {
        let (cp932, _, _) = SHIFT_JIS.encode("記号,番号\r\n1,髙橋");
        assert_eq!(decode(&cp932, RosterEncoding::Utf8), Err(FileFlaw::Cp932InsteadOfUtf8));
        for text in ["記号,番号", "\u{FEFF}記号"] {
            assert_eq!(decode(text.as_bytes(), RosterEncoding::Cp932), Err(FileFlaw::Utf8InsteadOfCp932));
        }
        assert_eq!(decode(b"\xFF\xFE\x18\x8A", RosterEncoding::Utf8), Err(FileFlaw::Utf16));
    }

    #[test]
    fn a_broken_byte_is_told_by_its_line() {
        let mut utf8 = "記号\r\n花子\r\n".as_bytes().to_vec();
        utf8.extend(b"\xE3\x81");
        assert_eq!(decode(&utf8, RosterEncoding::Utf8), Err(FileFlaw::NotUtf8 { line: 3 }));
        let (cp932, _, _) = SHIFT_JIS.encode("記号\r\n花子\r\n");
        let mut cp932 = cp932.into_owned();
        cp932.extend(b"a\xFF\x20");
        assert_eq!(decode(&cp932, RosterEncoding::Cp932), Err(FileFlaw::NotCp932 { line: 3 }));
    }
}
