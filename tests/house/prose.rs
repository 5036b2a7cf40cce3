//! Words for people stand in `templates/text/{ja,en}/*.ftl`: none in the code of the rooms that find something out.

use crate::source::{Source, sources};

/// Japanese in the code of a file that is no sentence, and why it stands there.
const JAPANESE: [(&str, &str, &[&str]); 10] = [
    (
        "src/domain/birth_date.rs",
        "names of eras as people write them",
        &["令和", "令", "平成", "平", "昭和", "昭", "大正", "大", "明治", "明"],
    ),
    (
        "src/cli/tenant/new/text.rs",
        "what names of unions end with, and its short form",
        &["健康保険組合", "健保"],
    ),
    ("src/domain/receipt.rs", "dashes that people type", &["-‐‑–—―−ー"]),
    (
        "src/domain/roster/notice.rs",
        "headers and dates of a file that printers read",
        &["記号", "番号", "枝番", "氏名", "仮ID", "仮パスワード", "有効期限", "{}年{}月{}日"],
    ),
    ("src/tenants/phrases.rs", "how people write no", &["いいえ", "なし"]),
    (
        "src/tenants/keys.rs",
        "values of a union that its file does not give",
        &[
            "{name}加入者ページ",
            "\"記号\"",
            "\"番号\"",
            "\"枝番\"",
            "\"生年月日\"",
            "\"氏名\"",
            "\"カナ氏名\"",
            "\"ユーザID\"",
            "\"仮パスワード\"",
            "\"メールアドレス\"",
            "\"資格喪失日\"",
            "\"旧記号\"",
            "\"旧番号\"",
            "\"旧枝番\"",
        ],
    ),
    ("src/tenants/terms.rs", "the heading that unions' terms use", &["変わったところ"]),
    ("src/web/page.rs", "where a name may be broken", &["健康保険組合", "健保", "加入者ページ"]),
    ("src/web/page/first_login.rs", "a mark before an item, as in a list", &["・{one}\n・{other}"]),
    (
        "src/wording/calendar.rs",
        "a date in both calendars",
        &["元", "{in_year}年({era}{year}年){month}月{day}日"],
    ),
];

/// Rooms that hold no prose; the others' words for people are pages' and letters', which have none either.
const ROOMS: [&str; 5] = ["domain", "tenants", "settings", "vault", "cli"];

/// How literals begin that look like English sentences, and why they stand there.
const ENGLISH: [(&str, &str); 7] = [
    ("lookup address information", "what the system's resolver says"),
    ("GET /readyz", "a request"),
    ("sso keys ", "a command"),
    ("sso secret ", "a command"),
    ("sso subjects ", "a command"),
    ("sso logouts ", "a command"),
    ("# Key ring of kenpo-portal.", "the head of a file that is written once, for whoever opens it"),
];

/// Calls whose texts are for logs, developers and compilers.
const NOT_FOR_PEOPLE: [&str; 14] = [
    "error",
    "trace!",
    "debug!",
    "info!",
    "warn!",
    "error!",
    "expect",
    "allow",
    "panic!",
    "assert!",
    "assert_eq!",
    "assert_ne!",
    "debug_assert!",
    "unreachable!",
];

fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff66}'..='\u{ff9f}')
}

/// The strings of a file outside its tests.
fn spoken(source: &Source) -> Vec<(usize, &str)> {
    let end = source.code.find("#[cfg(test)]").unwrap_or(source.code.len());
    let before = source.strings.iter().filter(|(at, _)| *at < end);
    before.map(|(at, value)| (*at, value.as_str())).collect()
}

fn is_a_test(source: &Source) -> bool {
    source.path.ends_with("/tests.rs")
}

/// The name of the call that a position is an argument of: `said!`, `expect`; also of attributes.
fn call_around(code: &str, at: usize) -> &str {
    let mut depth = 0;
    for (place, c) in code[..at].char_indices().rev() {
        match c {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' if depth > 0 => depth -= 1,
            '(' => {
                let name = |c: char| c.is_alphanumeric() || c == '_' || c == '!';
                let start = code[..place].rfind(|c| !name(c)).map_or(0, |before| before + 1);
                return &code[start..place];
            }
            '[' | '{' => return "",
            _ => {}
        }
    }
    ""
}

/// Three plain words in a row.
fn is_english_prose(text: &str) -> bool {
    let plain = |word: &str| {
        let word = word.trim_matches(|c: char| matches!(c, ',' | '.' | ';' | ':' | '(' | ')' | '"' | '`'));
        word.len() > 1 && word.chars().all(|c| c.is_ascii_alphabetic() || c == '\'')
    };
    let words: Vec<_> = text.split_whitespace().map(plain).collect();
    words.windows(3).any(|words| words.iter().all(|plain| *plain))
}

#[test]
fn no_japanese_sentence_stands_in_the_code() {
    let (mut wrong, mut used) = (Vec::new(), Vec::new());
    let all = sources("src");
    for source in all.iter().filter(|source| !is_a_test(source)) {
        let listed = JAPANESE.iter().find(|(path, _, _)| *path == source.path);
        for (at, text) in spoken(source).into_iter().filter(|(_, text)| text.contains(is_japanese)) {
            match listed {
                Some((path, _, texts)) if texts.contains(&text) => used.push((*path, text)),
                _ => wrong.push(format!("{}: {text:?}", source.place(at))),
            }
        }
    }
    assert!(wrong.is_empty(), "in templates/text instead, please:\n{}", wrong.join("\n"));
    for (path, why, texts) in JAPANESE {
        for text in texts {
            assert!(used.contains(&(path, text)), "{path} no longer holds {text:?} ({why})");
        }
    }
}

#[test]
fn no_english_sentence_stands_in_the_rooms_that_find_something_out() {
    let mut wrong = Vec::new();
    let all = sources("src");
    for source in all.iter().filter(|source| !is_a_test(source)) {
        let room = source.path.split('/').nth(1).unwrap().trim_end_matches(".rs");
        if !ROOMS.contains(&room) {
            continue;
        }
        for (at, text) in spoken(source) {
            let known = ENGLISH.iter().any(|(beginning, _)| text.starts_with(beginning));
            let reason = source.code[..at].trim_end().ends_with("reason =")
                || source.code[..at].trim_end().ends_with("must_use =");
            let call = call_around(&source.code, at);
            if is_english_prose(text) && !known && !reason && !NOT_FOR_PEOPLE.contains(&call) {
                wrong.push(format!("{}: {text:?} in {call}", source.place(at)));
            }
        }
    }
    assert!(wrong.is_empty(), "in templates/text instead, please:\n{}", wrong.join("\n"));
}

#[test]
fn prose_is_told_from_what_only_has_words_in_it() {
    for prose in ["The file is empty.", "a `key` is written, twice", "it holds {shown} as it is"] {
        assert!(is_english_prose(prose), "{prose}");
    }
    for other in ["kenpo-portal member show --tenant {}", "a-b c_d e", "ID", "SELECT"] {
        assert!(!is_english_prose(other), "{other}");
    }
    let code = "f(said!(x, y), g[1], z)";
    assert_eq!(call_around(code, code.find('x').unwrap()), "said!");
    assert_eq!(call_around(code, code.find('z').unwrap()), "f");
}
