//! Every sentence exists in Japanese and English with the same values; every one asked for exists;
//! none lies idle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use kenpo_portal::{
    domain::{
        desk::DeskDeed,
        factor::{Messages, Method},
    },
    portal::closing::export,
    wording::FILES,
};

use crate::source::Source;

/// Messages whose names are put together in code, by their beginnings.
const PUT_TOGETHER: [&str; 7] =
    ["problem-", "character-", "passkey-provider-", "activity-desk-", "usage-", "key-", "portal-finished-"];
/// Messages spoken by rooms that are not pages.
const SPOKEN_ELSEWHERE: [&str; 3] = ["letter-", "calendar-", "passkey-name-"];

/// Message names with the values they want.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        if line.starts_with(|c: char| c.is_ascii_lowercase())
            && let Some((name, _)) = line.split_once(" =")
        {
            name.clone_into(&mut current);
            assert!(found.insert(current.clone(), BTreeSet::new()).is_none(), "{name} stands twice");
        }
        for piece in line.split('$').skip(1) {
            let value = piece.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            found.get_mut(&current).unwrap().insert(value);
        }
    }
    found
}

fn all(language: usize) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for (word, ja, en) in FILES {
        for (name, values) in messages(if language == 0 { ja } else { en }) {
            assert!(found.insert(name.clone(), values).is_none(), "{name} stands twice (once in {word})");
        }
    }
    found
}

/// Sources and templates.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs" || e == "html") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    walk(&root.join("templates"), &mut found);
    found
}

#[test]
fn both_languages_say_the_same_things_with_the_same_values() {
    let (ja, en) = (all(0), all(1));
    for (name, values) in &ja {
        assert_eq!(Some(values), en.get(name), "{name} in English");
    }
    for name in en.keys() {
        assert!(ja.contains_key(name), "{name} in Japanese");
    }
}

#[test]
fn every_sentence_asked_for_exists() {
    let ja = all(0);
    for (path, text) in sources() {
        for call in [".msg(", ".msg1(", ".msg2(", ".with("] {
            for piece in text.split(call).skip(1) {
                let Some(rest) = piece.trim_start().strip_prefix('"') else { continue };
                let Some((name, _)) = rest.split_once('"') else { continue };
                let known = ja.contains_key(name) || name == "no-such-message";
                assert!(known, "{}: no message {name}", path.display());
            }
        }
    }
}

/// The length of what stands in brackets, both included; `code` begins with the opening one.
fn closing(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 1 => return at + 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    panic!("a bracket without an end")
}

/// The arguments of a call between its brackets, as code.
fn arguments(code: &str) -> Vec<String> {
    let (mut depth, mut found) = (0, vec![String::new()]);
    for c in code.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        found.last_mut().unwrap().push(c);
    }
    let found = found.into_iter().map(|argument| argument.trim().to_owned());
    found.filter(|argument| !argument.is_empty()).collect()
}

/// Where `call` is followed by brackets: the code in them and the strings in them.
fn calls<'s>(source: &'s Source, call: &str) -> Vec<(usize, &'s str, Vec<&'s str>)> {
    let mut found = Vec::new();
    for (at, _) in source.code.match_indices(call) {
        let open = at + call.len() - 1;
        let end = open + closing(&source.code[open..]);
        let inside = source.strings.iter().filter(|(place, _)| (open..end).contains(place));
        found.push((at, &source.code[open + 1..end - 1], inside.map(|(_, text)| text.as_str()).collect()));
    }
    found
}

#[test]
fn every_saying_gives_its_message_the_values_it_wants() {
    let (messages, mut said) = (all(0), 0);
    for source in crate::source::sources("src") {
        for (at, code, strings) in calls(&source, "said!(") {
            // The macro itself.
            let Some(name) = strings.first().filter(|_| code.trim_start().starts_with('"')) else { continue };
            let wanted =
                messages.get(*name).unwrap_or_else(|| panic!("{}: no message {name}", source.place(at)));
            let given = arguments(code).into_iter().skip(1);
            let given: BTreeSet<String> =
                given.map(|value| value.split(" = ").next().unwrap().trim().to_owned()).collect();
            assert_eq!(&given, wanted, "{}: the values of {name}", source.place(at));
            said += 1;
        }
        // What stands between several values.
        for (at, _, strings) in calls(&source, "::several(") {
            let Some(between) = strings.last() else { continue };
            assert!(messages.contains_key(*between), "{}: no message {between}", source.place(at));
        }
    }
    assert!(said > 300, "this test has lost sight of them: {said}");
}

#[test]
fn every_sentence_asked_for_is_given_the_values_it_wants() {
    let messages = all(0);
    for source in crate::source::sources("src") {
        for (call, values) in [(".msg(", 0), (".msg1(", 1), (".msg2(", 2)] {
            for (at, code, strings) in calls(&source, call) {
                let literal = code.trim_start().starts_with('"');
                let Some(wanted) = strings.first().filter(|_| literal).and_then(|name| messages.get(*name))
                else {
                    continue;
                };
                let given: Vec<_> = arguments(code).into_iter().skip(1).step_by(2).collect();
                assert_eq!(given.len(), values, "{}", source.place(at));
                if given.iter().all(|name| name.starts_with('"')) {
                    assert!(wanted.len() <= values, "{}: {wanted:?}", source.place(at));
                    for name in wanted {
                        assert!(strings.contains(&name.as_str()), "{}: {name}", source.place(at));
                    }
                }
            }
        }
    }
}

#[test]
fn every_kind_of_factor_has_its_words() {
    let ja = all(0);
    for method in Method::STRONGEST_FIRST {
        let Messages { label, about, set_up, list, list_hint, removal, help, .. } = method.traits().messages;
        let called = format!("letter-method-{}", method.as_str());
        let (by_letter, at_home) = ("letter-first-login-done-", "portal-finished-");
        let done = [by_letter, at_home].map(|start| format!("{start}{}", method.as_str()));
        let names = [label, about, set_up, list, list_hint, help.1, &called, &done[0], &done[1]];
        for name in names.into_iter().chain(removal) {
            assert!(ja.contains_key(name), "{method:?}: no message {name}");
        }
    }
}

#[test]
fn what_a_union_is_handed_explains_every_kind_of_factor() {
    let query = include_str!("../../src/store/export.rs");
    let kinds = query.lines().filter_map(|line| {
        let (_, kind) = line.split_once("SELECT ")?.1.split_once(", '")?;
        Some(kind.split_once('\'')?.0)
    });
    let kinds: BTreeSet<_> = kinds.collect();
    assert_eq!(kinds.len(), Method::STRONGEST_FIRST.len() + 2, "and two of passwords: {kinds:?}");
    // In Japanese, and in English.
    for (title, words) in
        [("  method ", Method::STRONGEST_FIRST.map(Method::as_str).into_iter().collect()), ("  kind ", kinds)]
    {
        let lines: Vec<_> = export::README.lines().filter(|line| line.starts_with(title)).collect();
        assert_eq!(lines.len(), 2, "{title}");
        for (line, word) in lines.iter().flat_map(|line| words.iter().map(move |word| (line, word))) {
            assert!(line.contains(word), "«{word}» is not explained: {line}");
        }
    }
}

#[test]
fn every_deed_of_the_desk_has_its_words() {
    let ja = all(0);
    for deed in DeskDeed::ALL {
        let word = deed.word();
        for name in [
            format!("activity-desk-{word}"),
            format!("letter-desk-{word}"),
            format!("letter-desk-{word}-next"),
        ] {
            assert!(ja.contains_key(&*name), "{deed:?}: no message {name}");
        }
        let of_the_number = format!("letter-desk-{word}-next-first-password");
        assert_eq!(ja.contains_key(&*of_the_number), deed.changes_number(), "{deed:?}");
    }
}

#[test]
fn no_sentence_lies_idle() {
    let everything: String = sources().into_iter().map(|(_, text)| text).collect();
    // What stands between two quotation marks, whichever these are.
    let said: BTreeSet<_> = everything.split('"').collect();
    for name in all(0).into_keys() {
        let elsewhere = PUT_TOGETHER.iter().chain(&SPOKEN_ELSEWHERE).any(|start| name.starts_with(start));
        assert!(elsewhere || said.contains(name.as_str()), "{name} is never said");
    }
}

/// D41: a word that can be written in several ways is written in one, that of the labels in the manuals.
#[test]
fn a_word_has_one_spelling() {
    const NOT_SO: [(&str, &str); 15] = [
        ("もういち", "もう一"),
        ("もどる", "戻る"),
        ("もどっ", "戻っ"),
        ("もどり", "戻り"),
        ("もどし", "戻し"),
        ("やりなお", "やり直"),
        ("こえる", "超える"),
        ("こえて", "超えて"),
        ("こえま", "超えま"),
        ("越え", "超え"),
        ("ブラウザー", "ブラウザ"),
        ("取りこ", "取り込"),
        ("作りなお", "作り直"),
        ("しなお", "し直"),
        ("開きなお", "開き直"),
    ];
    for (word, ja, _) in FILES {
        for (line, text) in ja.lines().enumerate() {
            for (written, right) in NOT_SO {
                assert!(!text.contains(written), "{word}.ftl:{}: {written}, here {right}", line + 1);
            }
        }
    }
}

#[test]
fn nobody_is_told_not_to_save_a_password() {
    for (word, ja, _) in FILES {
        assert!(!ja.contains("今はしない") && !ja.contains("保存しないで"), "{word}");
    }
}

/// Project Fluent takes the common indentation off the lines of a message, that of a single further line altogether.
#[test]
fn no_line_is_indented_by_blanks_that_fluent_takes_away() {
    for (word, ja, en) in FILES {
        for text in [ja, en] {
            let indented = text.lines().filter(|line| line.starts_with("     ") && !line.trim().is_empty());
            let lost: Vec<_> =
                indented.filter(|line| !line.trim_start().starts_with(['[', '*', '}'])).collect();
            assert!(lost.is_empty(), "{word}: write {{ \"  \" }} for blanks that are to be seen:\n{lost:#?}");
        }
    }
}
