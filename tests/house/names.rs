//! Names: one meaning for each type name, and the field's own terms instead of private ones.

use std::collections::BTreeMap;

use crate::source::{Source, files, sources};

/// Type names that may be declared more than once, with the reason.
const TWICE: [(&str, &str); 0] = [];

/// Words that were used here once in a meaning of our own, and the term to use instead.
const RETIRED: [(&[&str], &str); 7] = [
    (&["weigh", "weighs", "weighed", "weighing"], "verify, check"),
    (&["satchel", "satchels"], "context"),
    (&["flights", "landings"], "deliveries"),
    (&["doorman", "doormen"], "demo page"),
    (&["clockwork"], "scheduled jobs"),
    (&["dice"], "random source, rng"),
    (&["crowd", "crowds", "crowded", "pulse", "pulses"], "waiting connections, connection"),
];

/// The columns of table `guard` that bear a retired word: a name in a database stays.
const COLUMNS: [&str; 2] = ["weighing", "weighing_until"];

/// Name and position of each type a file declares. Associated types of traits and of their implementations are not
/// declarations of names.
fn declared(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for keyword in ["struct", "enum", "union", "trait", "type"] {
        for at in source.positions(keyword) {
            let name = source.code[at + keyword.len()..].trim_start();
            let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let is_type = name.starts_with(|c: char| c.is_ascii_uppercase());
            if is_type && !(keyword == "type" && is_associated(&source.code[..at])) {
                found.push((at, name));
            }
        }
    }
    found
}

/// Whether the innermost block that is open at the end of `before` belongs to a trait or to an implementation.
fn is_associated(before: &str) -> bool {
    let mut depth = 0_u32;
    for (at, c) in before.char_indices().rev() {
        match c {
            '}' => depth += 1,
            '{' if depth > 0 => depth -= 1,
            '{' => {
                let head = before[..at].rsplit(['{', '}', ';']).next().unwrap();
                return head.split_whitespace().any(|word| word == "trait" || word.starts_with("impl"))
                    && !head.split_whitespace().any(|word| word == "fn");
            }
            _ => {}
        }
    }
    false
}

/// The words of a text in lower case, with their positions: `WeighedTry`, `weighed_try` and `weighed try` have two each.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c.is_ascii_alphabetic() {
            let begins =
                !before.is_ascii_alphabetic() || (c.is_ascii_uppercase() && before.is_ascii_lowercase());
            match found.last_mut() {
                Some((_, word)) if !begins => word.push(c.to_ascii_lowercase()),
                _ => found.push((at, c.to_ascii_lowercase().to_string())),
            }
        }
        before = c;
    }
    found
}

/// Whether a column's name stands at `at`, in a statement.
fn is_column(source: &Source, at: usize) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = source.text[at..].find(|c| !is_name(c)).unwrap_or(source.text.len() - at);
    let is_blank = |text: &str| text.chars().all(|c| c == ' ');
    let line = source.text[..at].lines().last().unwrap_or_default();
    COLUMNS.contains(&&source.text[at..at + length])
        && is_blank(&source.code[at..at + length])
        && !line.contains("//")
}

#[test]
fn every_type_name_is_declared_once() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources("src") {
        for (at, name) in declared(&source) {
            places.entry(name).or_default().push(source.place(at));
        }
    }
    assert!(places.len() > 300, "only {} types seen", places.len());
    let twice: Vec<_> = places
        .iter()
        .filter(|(name, places)| places.len() > 1 && !TWICE.iter().any(|(known, _)| known == name))
        .map(|(name, places)| format!("{name}: {}", places.join(", ")))
        .collect();
    assert!(twice.is_empty(), "one name, one meaning:\n{}", twice.join("\n"));
}

#[test]
fn retired_words_stay_away() {
    let mut found = Vec::new();
    let mut look = |path: &str, text: &str, source: Option<&Source>| {
        for (at, word) in words(text) {
            let Some((_, instead)) = RETIRED.iter().find(|(forms, _)| forms.contains(&word.as_str())) else {
                continue;
            };
            if !source.is_some_and(|source| is_column(source, at)) {
                let line = text[..at].matches('\n').count() + 1;
                found.push(format!("{path}:{line}: {word} (say: {instead})"));
            }
        }
    };
    for source in sources("src").iter().chain(&sources("tests")) {
        if source.path != "tests/house/names.rs" {
            look(&source.path, &source.text, Some(source));
        }
    }
    for ending in ["html", "css", "js", "ftl"] {
        for (path, text) in files("templates", ending) {
            look(&path, &text, None);
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn associated_types_and_parts_of_names_are_told_apart() {
    let source = Source::read(
        "",
        "impl A for B {\n type Out = u8;\n}\nfn f(a: impl A) { type C = u8; }\nstruct D { e: u8 }\n",
    );
    let names: Vec<_> = declared(&source).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["D", "C"]);
    let parts: Vec<_> = words("WeighedTry not_weighed").into_iter().map(|(_, word)| word).collect();
    assert_eq!(parts, ["weighed", "try", "not", "weighed"]);
}
