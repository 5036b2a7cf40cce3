//! Text: the bytes of a roster file become characters, strictly. A byte that means nothing is an error with its
//! line, never a silent 「�」 in somebody's name.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, EUC_JP, ISO_2022_JP, SHIFT_JIS, UTF_16BE, UTF_16LE};

use super::{
    flaw::{FileFlaw, UTF_16},
    table::line_ends,
};
use crate::domain::tenant::RosterEncoding;

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Self-made characters of CP932 (外字, bytes F040 to F9FC), as Unicode's private use keeps them.
const SELF_MADE: std::ops::RangeInclusive<char> = '\u{E000}'..='\u{E757}';
/// Such characters in a row of CP932's table: 94 + 94.
const ROW: u32 = 188;

/// Whether somebody made this character for machines of their own.
pub fn is_self_made(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..)
}

/// Writes text in CP932; self-made characters become the bytes they came as. `false` when there is a character it
/// does not have.
pub fn encode_cp932(text: &str, out: &mut Vec<u8>) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let (plain, behind) = rest.split_at(rest.find(|c| SELF_MADE.contains(&c)).unwrap_or(rest.len()));
        let (bytes, _, unmappable) = SHIFT_JIS.encode(plain);
        if unmappable {
            return false;
        }
        out.extend_from_slice(&bytes);
        let mut behind = behind.chars();
        if let Some(c) = behind.next() {
            // The Encoding Standard's index of Shift_JIS, where U+E000 stands at the first trail byte of lead byte F0.
            let at = u32::from(c) - u32::from(*SELF_MADE.start());
            let (lead, trail) = (at / ROW + 0xF0, at % ROW);
            let trail = trail + if trail < 0x3F { 0x40 } else { 0x41 };
            out.extend([lead, trail].map(|byte| u8::try_from(byte).unwrap_or(b'?')));
        }
        rest = behind.as_str();
    }
    true
}

/// The characters that CP932 does not have, each once, in their order.
pub fn not_in_cp932(text: &str) -> String {
    let mut found = String::new();
    for c in text.chars().filter(|c| !c.is_ascii()) {
        let mut bytes = Vec::with_capacity(2);
        if !encode_cp932(c.encode_utf8(&mut [0; 4]), &mut bytes) && !found.contains(c) {
            found.push(c);
        }
    }
    found
}

/// The file without its end mark: 0x1A of old systems, NULs of a filled last block (D33). Elsewhere they stay, and
/// make their row a bad one.
fn without_end_mark(bytes: &[u8]) -> &[u8] {
    let is_mark = |byte: u8| matches!(byte, 0 | 0x1A);
    let end = bytes.iter().rposition(|byte| !is_mark(*byte) && !matches!(byte, b'\r' | b'\n'));
    let (whole, tail) = bytes.split_at(end.map_or(0, |last| last + 1));
    if tail.iter().copied().any(is_mark) { whole } else { bytes }
}

/// Another encoding in which the beginning of the file makes sense to `reads`.
pub fn other_encoding(bytes: &[u8], reads: impl Fn(&str) -> bool) -> Option<&'static str> {
    let beginning = bytes.get(..4_096).unwrap_or(bytes);
    [(UTF_16LE, UTF_16), (UTF_16BE, UTF_16), (ISO_2022_JP, "JIS (ISO-2022-JP)"), (EUC_JP, "EUC-JP")]
        .into_iter()
        .find(|(encoding, _)| reads(&encoding.decode_without_bom_handling(beginning).0))
        .map(|(_, name)| name)
}

/// Reads `bytes` in the union's encoding. A file in the other one is recognised and said so.
///
/// # Errors
/// [`FileFlaw`] when the bytes are not in that encoding, with the line from which on they are not, or with the
/// encoding they are in.
pub fn decode(bytes: &[u8], encoding: RosterEncoding) -> Result<Cow<'_, str>, FileFlaw> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(FileFlaw::OtherEncoding { found: UTF_16, wanted: encoding });
    }
    let bytes = without_end_mark(bytes);
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
        assert_eq!(
            decode(b"\xFF\xFE\x18\x8A", RosterEncoding::Utf8),
            Err(FileFlaw::OtherEncoding { found: UTF_16, wanted: RosterEncoding::Utf8 })
        );
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

    #[test]
    fn self_made_characters_go_out_as_the_bytes_they_were() {
        for lead in 0xF0..=0xF9_u8 {
            for trail in (0x40..=0x7E_u8).chain(0x80..=0xFC) {
                let bytes = [0x8A, 0xBF, lead, trail, b'a'];
                let text = decode(&bytes, RosterEncoding::Cp932).unwrap();
                assert_eq!(text.chars().filter(|c| is_self_made(*c)).count(), 1, "{bytes:x?}");
                let mut out = Vec::new();
                assert!(encode_cp932(&text, &mut out));
                assert_eq!(out, bytes);
            }
        }
    }

    #[test]
    fn whatever_cp932_can_say_it_can_say_again() {
        for lead in (0x81..=0x9F_u8).chain(0xE0..=0xFC) {
            for trail in (0x40..=0x7E_u8).chain(0x80..=0xFC) {
                if let Ok(text) = decode_cp932(&[lead, trail]) {
                    let mut out = Vec::new();
                    assert!(encode_cp932(&text, &mut out), "{lead:x} {trail:x}");
                    assert_eq!(decode_cp932(&out).unwrap(), text);
                }
            }
        }
    }

    #[test]
    fn an_end_mark_is_the_end_of_the_file() {
        for mark in ["\u{1A}", "\0\0\0", "\u{1A}\r\n", "\r\n\u{1A}\0\0"] {
            let file = format!("記号\r\n花子\r\n{mark}");
            let text = decode(file.as_bytes(), RosterEncoding::Utf8).unwrap();
            assert_eq!(text.trim_end(), "記号\r\n花子", "{mark:?}");
        }
        assert_eq!(decode(b"a\r\n", RosterEncoding::Utf8).unwrap(), "a\r\n");
        assert_eq!(decode(b"a\x1Ab", RosterEncoding::Utf8).unwrap(), "a\u{1A}b");
        assert_eq!(decode(b"\x1A", RosterEncoding::Cp932).unwrap(), "");
    }
}
