//! Syntax: what of a file is not TOML: each cause once, named as what it is, and the rest of the file as if it were sound.
//!
//! # Decision
//! A file that does not parse is cut into statements; each is parsed alone. A broken one is told and blanked; under a
//! broken `[table]` everything up to the next one is blanked too. What remains is checked like any file.
//! # Because
//! a parser that goes on after a mistake tells what follows from it as more mistakes, and keys that it dropped as absent.
//! Most mistakes are one character of a Japanese keyboard: it is named, and the line is shown as it should be.
//! # Instead of
//! the parser's own recovery, or telling the first mistake only.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::DeTable;
use unicode_normalization::UnicodeNormalization as _;

use super::phrases::shorten;
use super::toml_fault::in_toml;
use crate::domain::saying::{Saying, SayingValue, said};

/// How many mistakes of one file are told: enough for a person, and an end for a file that is something else.
const MOST: usize = 20;

/// A file's text: what can be parsed of it, and what could not.
pub(super) struct Source<'t> {
    /// The text as it was written, by which lines and characters are counted.
    pub written: &'t str,
    /// The text, broken statements blanked; every byte at its place.
    pub text: Cow<'t, str>,
    /// What could not be parsed, in the order of the file.
    pub flaws: Vec<SyntaxFlaw>,
}

/// Something that is not TOML.
pub(super) struct SyntaxFlaw {
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// What is wrong, in both languages.
    pub message: Saying,
    /// How to mend it.
    pub help: Saying,
}

/// Reads a file's text.
pub(super) fn read(text: &str) -> Source<'_> {
    if DeTable::parse_recoverable(text).1.is_empty() {
        return Source { written: text, text: Cow::Borrowed(text), flaws: Vec::new() };
    }
    let (mut flaws, mut blank, mut lost) = (Vec::new(), Vec::new(), false);
    for span in statements(text) {
        let statement = text.get(span.clone()).unwrap_or_default();
        let header = statement.trim_start().starts_with(['[', '［']);
        let errors = DeTable::parse_recoverable(statement).1;
        lost = if header { !errors.is_empty() } else { lost };
        if let Some(error) = errors.first() {
            let at = error.span().unwrap_or(0..0);
            flaws.push(flaw(statement, error.message(), at, span.start));
        }
        if lost || !errors.is_empty() {
            blank.push(span);
        }
    }
    let rest = blanked(text, &blank);
    // What each statement cannot know: keys that are written twice.
    for error in DeTable::parse_recoverable(&rest).1 {
        let span = error.span().unwrap_or(0..0);
        flaws.push(whole(text, error.message(), span));
    }
    flaws.sort_by_key(|flaw| flaw.span.start);
    flaws.dedup_by_key(|flaw| line_start(text, flaw.span.start));
    flaws.truncate(MOST);
    Source { written: text, text: Cow::Owned(rest), flaws }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..text.floor_char_boundary(at)).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1)
}

fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| from + at)
}

/// The statements of a text: a line with whatever it opens and does not close.
fn statements(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let line =
            text.get(at..line_end(text, at)).unwrap_or_default().trim_start_matches('\u{feff}').trim_start();
        let end =
            if line.is_empty() || line.starts_with('#') { line_end(text, at) } else { extent(text, at) };
        if !line.is_empty() && !line.starts_with('#') {
            found.push(at..end);
        }
        at = end + 1;
    }
    found
}

/// The end of the statement that begins at `from`: where its brackets are closed, or before the next statement.
fn extent(text: &str, from: usize) -> usize {
    let first = line_end(text, from);
    let (mut depth, mut at, mut before) = (0_i32, from, first);
    // The quotes of a text of several lines that is open.
    let mut long: Option<&str> = None;
    while at < text.len() {
        let end = line_end(text, at);
        let line = text.get(at..end).unwrap_or_default();
        if at > from && long.is_none() && begins_statement(line) {
            return before;
        }
        let mut rest = line;
        if let Some(quotes) = long {
            let Some((_, behind)) = rest.split_once(quotes) else {
                at = end + 1;
                continue;
            };
            (rest, long) = (behind, None);
        }
        for piece in pieces(rest) {
            match piece {
                LinePart::Open => depth += 1,
                LinePart::Close => depth -= 1,
                LinePart::Long(quotes) => long = Some(quotes),
                LinePart::Other(..) => {}
            }
        }
        if long.is_none() && depth <= 0 {
            return end;
        }
        (before, at) = (end, end + 1);
    }
    if long.is_none() {
        return before;
    }
    // Quotes that are never closed make everything behind them text: only what cannot be a statement is taken as such.
    let mut end = first;
    while end < text.len() {
        let next = line_end(text, end + 1);
        if begins_statement(text.get(end + 1..next).unwrap_or_default()) {
            break;
        }
        end = next;
    }
    end
}

/// Whether a line can only be the beginning of a statement, even where a list is open.
fn begins_statement(line: &str) -> bool {
    let line = line.trim_start();
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name: String = line.trim_start_matches('[').chars().take_while(|c| bare(*c)).collect();
    let behind = line.trim_start_matches('[').get(name.len()..).unwrap_or_default().trim_start();
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if line.starts_with('[') {
        named && behind.starts_with(']')
    } else {
        named && behind.starts_with(['=', '＝'])
    }
}

enum LinePart {
    /// An opening bracket.
    Open,
    /// A closing one.
    Close,
    /// Quotes of a text that goes on in the next line.
    Long(&'static str),
    /// Any other character, with its place.
    Other(usize, char),
}

/// The parts of a line up to its comment. Quotes and brackets that only look like them count as such.
fn pieces(line: &str) -> Vec<LinePart> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(rest) = line.get(at..) {
        let Some(c) = rest.chars().next() else { break };
        match c {
            '#' | '＃' => {
                if c == '＃' {
                    found.push(LinePart::Other(at, c));
                }
                break;
            }
            '"' | '\'' if rest.starts_with("\"\"\"") || rest.starts_with("'''") => {
                let quotes = if c == '"' { "\"\"\"" } else { "'''" };
                let behind = rest.get(3..).unwrap_or_default();
                let Some(end) = behind.find(quotes) else {
                    found.push(LinePart::Long(quotes));
                    break;
                };
                at += end + 6;
                continue;
            }
            _ if is_quote(c) => {
                let behind = rest.get(c.len_utf8()..).unwrap_or_default();
                let own = |(place, end): &(usize, char)| {
                    *end == c && !(c == '"' && behind.get(..*place).unwrap_or_default().ends_with('\\'))
                };
                let alike = |(_, end): &(usize, char)| is_quote(*end) && *end != '\'';
                let closing = behind
                    .char_indices()
                    .find(own)
                    .filter(|_| matches!(c, '"' | '\''))
                    .or_else(|| behind.char_indices().find(alike));
                found.push(LinePart::Other(at, c));
                if let Some((place, end)) = closing {
                    let from = at + c.len_utf8();
                    found.push(LinePart::Other(from + place, end));
                    at = from + place + end.len_utf8();
                    continue;
                }
            }
            '[' | '{' | '［' | '｛' => found.extend([LinePart::Open, LinePart::Other(at, c)]),
            ']' | '}' | '］' | '｝' => found.extend([LinePart::Close, LinePart::Other(at, c)]),
            _ => found.push(LinePart::Other(at, c)),
        }
        at += c.len_utf8();
    }
    found
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'') || alike(c).is_some_and(|(_, meant)| meant == "\"" || meant == "'")
}

/// What a character only looks like: its name in both languages, and what is meant.
fn alike(c: char) -> Option<(Saying, &'static str)> {
    Some(match c {
        '“' | '”' | '„' | '‟' | '″' | '〝' | '〞' | '〟' | '‘' | '’' | '‚' | '‛' | '′' => {
            (said!("finding-odd-curly-quotes"), "\"")
        }
        '「' | '」' | '『' | '』' => (said!("finding-odd-corner-brackets"), "\""),
        '＂' => (said!("finding-odd-wide-quotes"), "\""),
        '＇' => (said!("finding-odd-wide-quotes"), "'"),
        '＝' => (said!("finding-odd-wide-equals"), "="),
        '［' => (said!("finding-odd-wide-brackets"), "["),
        '］' => (said!("finding-odd-wide-brackets"), "]"),
        '｛' => (said!("finding-odd-wide-brackets"), "{"),
        '｝' => (said!("finding-odd-wide-brackets"), "}"),
        '，' | '、' => (said!("finding-odd-wide-comma"), ","),
        '．' | '。' => (said!("finding-odd-wide-dot"), "."),
        '＃' => (said!("finding-odd-wide-hash"), "#"),
        '＿' => (said!("finding-odd-wide-underscore"), "_"),
        '－' | '−' | '–' | '—' | '―' | '‐' => (said!("finding-odd-dash"), "-"),
        '\u{3000}' => (said!("finding-odd-wide-space"), " "),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' => (said!("finding-odd-special-space"), " "),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => (said!("finding-odd-invisible"), ""),
        _ => return None,
    })
}

/// Full-width digits and letters.
fn is_wide(c: char) -> bool {
    matches!(c, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ')
}

/// A run of full-width digits and letters, or one character that only looks like another.
struct LookAlike {
    at: usize,
    written: String,
    name: Saying,
    meant: String,
}

/// What in a statement only looks like TOML.
fn odd(statement: &str) -> Vec<LookAlike> {
    let mut found: Vec<LookAlike> = Vec::new();
    let mut start = 0;
    for line in statement.split('\n') {
        for piece in pieces(line) {
            let LinePart::Other(at, c) = piece else { continue };
            let at = start + at;
            match (alike(c), found.last_mut()) {
                (Some((name, meant)), _) if !(c == '\u{feff}' && at == 0) => {
                    found.push(LookAlike { at, written: c.to_string(), name, meant: meant.to_owned() });
                }
                (_, Some(last))
                    if is_wide(c)
                        && last.at + last.written.len() == at
                        && last.written.chars().all(is_wide) =>
                {
                    last.written.push(c);
                    last.meant = last.written.nfkc().collect();
                }
                _ if is_wide(c) => {
                    let name = if c.nfkc().all(|c| c.is_ascii_digit()) {
                        said!("finding-odd-wide-digits")
                    } else {
                        said!("finding-odd-wide-letters")
                    };
                    found.push(LookAlike { at, written: c.to_string(), name, meant: c.nfkc().collect() });
                }
                _ => {}
            }
        }
        start += line.len() + 1;
    }
    found
}

/// The statement with what was meant.
fn mended(statement: &str, odd: &[LookAlike]) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for odd in odd {
        out.push_str(statement.get(at..odd.at).unwrap_or_default());
        out.push_str(&odd.meant);
        at = odd.at + odd.written.len();
    }
    out + statement.get(at..).unwrap_or_default()
}

/// A line to be shown as it should be, where it is one and is TOML.
fn shown(line: &str) -> Option<Saying> {
    let line = line.trim();
    let fits = !line.contains('\n') && line.chars().count() <= 100 && !line.chars().any(char::is_control);
    let sound = fits && DeTable::parse_recoverable(line).1.is_empty();
    sound.then(|| said!("finding-write-it-so", line))
}

/// The first thing wrong with one statement.
fn flaw(statement: &str, said: &str, at: Range<usize>, from: usize) -> SyntaxFlaw {
    let odd = odd(statement);
    if let Some(first) = odd.first() {
        let mut seen = Vec::new();
        let mut named = Vec::new();
        for odd in odd.iter().filter(|odd| odd.written.trim() != odd.meant) {
            if seen.contains(&&odd.written) {
                continue;
            }
            seen.push(&odd.written);
            let (what, written) = (odd.name.clone(), &odd.written);
            named.push(match odd.meant.as_str() {
                "" => said!("finding-odd-instead-of-nothing", what),
                " " => said!("finding-odd-instead-of-space", what),
                meant if written.chars().all(|c| !c.is_whitespace()) => {
                    said!("finding-odd-instead-of", what, written, meant)
                }
                meant => said!("finding-odd-unseen-instead-of", what, meant),
            });
        }
        let span = from + first.at..from + first.at + first.written.len();
        let whole = mended(statement, &odd);
        let help = shown(&whole).unwrap_or_else(|| said!("finding-odd-help"));
        return SyntaxFlaw {
            span,
            message: said!("finding-odd", named = SayingValue::several(named, "finding-and")),
            help,
        };
    }
    // Where something is never closed, the parser complains at its end; it begins on the first line.
    let open = said.contains("multi-line").then(|| statement.find(['"', '\'']).unwrap_or(0));
    let span = open.map_or(from + at.start..from + at.end, |at| from + at..from + at + 3);
    let (message, line) = plain(statement, said);
    let help = line.as_deref().and_then(shown).unwrap_or_else(|| said!("finding-syntax-help"));
    SyntaxFlaw { span, message, help }
}

/// The parser's complaint in words, and the line as it was probably meant.
fn plain(statement: &str, said: &str) -> (Saying, Option<String>) {
    let line = statement.lines().next().unwrap_or_default().trim();
    if line.starts_with('[') {
        let name: String = line.chars().filter(|c| !matches!(c, '[' | ']')).collect();
        let name = name.split('#').next().unwrap_or_default().trim().to_owned();
        let brackets = if line.starts_with("[[") { ("[[", "]]") } else { ("[", "]") };
        let meant = format!("{}{name}{}", brackets.0, brackets.1);
        return (said!("finding-table-open", written = shorten(line)), Some(meant));
    }
    let Some((key, value)) = line.split_once('=') else {
        return (said!("finding-no-equals", written = shorten(line)), None);
    };
    let (key, value) = (key.trim(), value.trim());
    if value.is_empty() || value.starts_with('#') {
        return (said!("finding-no-value", written = shorten(key)), None);
    }
    if said.contains("multi-line") {
        return (said!("finding-triple-quotes-open", written = shorten(key)), None);
    }
    if let Some(text) = value.strip_prefix('"')
        && !text.contains('"')
    {
        let text = text.split('#').next().unwrap_or_default().trim_end();
        return (said!("finding-quotes-open", written = shorten(key)), Some(format!("{key} = \"{text}\"")));
    }
    if value.starts_with('[') && value.matches('[').count() > value.matches(']').count() {
        let meant = (!statement.trim().contains('\n')).then(|| {
            format!(
                "{key} = {}]",
                value.split(" #").next().unwrap_or_default().trim_end().trim_end_matches(',')
            )
        });
        return (said!("finding-list-open", written = shorten(key)), meant);
    }
    if !value.starts_with(['"', '\'', '[', '{']) {
        let text = value.split('#').next().unwrap_or_default().trim_end();
        return (said!("finding-no-quotes", written = shorten(key)), Some(format!("{key} = \"{text}\"")));
    }
    (said!("finding-not-toml", why = in_toml(said)), None)
}

/// What is wrong with sound statements together.
fn whole(text: &str, said: &str, span: Range<usize>) -> SyntaxFlaw {
    let written = shorten(text.get(span.clone()).unwrap_or_default());
    if said.contains("duplicate key") {
        return SyntaxFlaw {
            span,
            message: said!("finding-key-twice", written),
            help: said!("finding-key-twice-help"),
        };
    }
    SyntaxFlaw {
        span,
        message: said!("finding-not-toml", why = in_toml(said)),
        help: said!("finding-syntax-help"),
    }
}

/// The text with spans turned into blanks, byte for byte.
fn blanked(text: &str, spans: &[Range<usize>]) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for span in spans {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        for c in text.get(span.clone()).unwrap_or_default().chars() {
            if c == '\n' { out.push('\n') } else { out.extend(std::iter::repeat_n(' ', c.len_utf8())) }
        }
        at = span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(usize, Saying)> {
        let line = |at| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        read(text).flaws.iter().map(|flaw| (line(flaw.span.start), flaw.help.clone())).collect()
    }

    /// The line that is shown as it should be, without its spaces.
    fn mended_line(help: &Saying) -> Option<String> {
        match help.values() {
            [("line", SayingValue::Text(line))] if help.name() == "finding-write-it-so" => {
                Some(line.replace(' ', ""))
            }
            _ => None,
        }
    }

    #[test]
    fn characters_of_a_japanese_keyboard_are_named_and_the_line_is_shown_mended() {
        for (wrong, right) in [
            ("name = “みどり　健保”", "name = \"みどり　健保\""),
            ("name = \"みどり”", "name = \"みどり\""),
            ("name = 「みどり」", "name = \"みどり\""),
            ("min_length ＝ 8", "min_length = 8"),
            ("min_length = １０", "min_length = 10"),
            ("min_length　= 8", "min_length = 8"),
            ("flag = ｔｒｕｅ", "flag = true"),
            ("methods = ［\"app-otp\"］", "methods = [\"app-otp\"]"),
            ("methods = [\"passkey\"、\"app-otp\"]", "methods = [\"passkey\", \"app-otp\"]"),
            ("a = 1 ＃ 注", "a = 1 # 注"),
            ("［hosts］", "[hosts]"),
            ("a\u{200b} = 1", "a = 1"),
        ] {
            let told = told(&format!("x = 1\n{wrong}\ny = 2\n"));
            assert_eq!(told.len(), 1, "{wrong}: {told:?}");
            assert_eq!(told[0].0, 2, "{wrong}");
            assert_eq!(mended_line(&told[0].1), Some(right.replace(' ', "")), "{wrong}");
        }
    }

    #[test]
    fn one_cause_is_told_once() {
        for (text, lines) in [
            ("status = open\nname = \"x\"\n", vec![1]),
            ("status = \"open\nname = \"x\"\n", vec![1]),
            ("[hosts\nprimary = \"a.jp\"\naliases = []\n\n[mail]\nfrom = \"x\"\n", vec![1]),
            ("methods = [\"app-otp\"\n\n[email]\nverification = \"code\"\n", vec![1]),
            ("methods = [\n  “passkey”,\n  \"app-otp\",\n]\n[email]\nx = 1\n", vec![2]),
            ("text = \"\"\"\nあ\n\n[email]\nx = 1\n", vec![1]),
            ("a = 1\na = 2\n[b]\nc = = 3\n", vec![2, 4]),
            ("text = \"\"\"\nx = y\n[z\n\"\"\"\nb = c\n", vec![5]),
            ("just words\nb = 1\n", vec![1]),
        ] {
            let found: Vec<_> = told(text).into_iter().map(|(line, ..)| line).collect();
            assert_eq!(found, lines, "{text}\n{:?}", told(text));
        }
    }

    #[test]
    fn what_is_sound_keeps_its_place() {
        let text = "あ = = 1\nb = 2\n";
        let source = read(text);
        assert_eq!((source.text.len(), source.text.find('b')), (text.len(), text.find('b')));
        assert!(DeTable::parse_recoverable(&source.text).1.is_empty());
    }
}
