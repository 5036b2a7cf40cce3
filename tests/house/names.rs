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
    let pages = ["html", "css", "js", "ftl"].into_iter().flat_map(|ending| files("templates", ending));
    for (path, text) in pages.chain(files("src", "md")) {
        look(&path, &text, None);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Questions that say nothing of what they stand at.
const QUESTIONS: [&str; 9] = ["which", "whose", "who", "whom", "what", "when", "where", "why", "how"];

/// Rooms whose public functions that can fail say when: decisions, deeds and what stands below them. A statement of the
/// store fails as [`kenpo_portal::store::StoreError`] says, a page as `web::problem::Problem` does.
const SAY_WHEN_THEY_FAIL: [&str; 7] =
    ["src/domain", "src/jobs", "src/mail", "src/portal", "src/settings", "src/vault", "src/world"];

/// The files of a room: `src/mail.rs` and everything below `src/mail`.
fn of_room(room: &str) -> Vec<Source> {
    let is_here =
        |source: &Source| source.path.strip_prefix(room).is_some_and(|rest| rest.starts_with(['/', '.']));
    sources("src").into_iter().filter(is_here).collect()
}

/// Doc comments with what they stand at: the line of the code, its text, and the comment's lines joined.
fn documented(source: &Source) -> Vec<(usize, String, String)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let begins = |at: &usize| {
        lines[*at].contains("#[cfg(test)]") && lines.get(at + 1).is_some_and(|next| next.starts_with("mod "))
    };
    let tests = (0..lines.len()).find(begins).unwrap_or(lines.len());
    let mut found = Vec::new();
    let mut doc: Vec<&str> = Vec::new();
    for (at, line) in lines.iter().enumerate().take(tests) {
        let line = line.trim();
        if let Some(said) = line.strip_prefix("///") {
            doc.push(said.trim());
        } else if !line.is_empty() && !line.starts_with("#[") && !doc.is_empty() {
            let code: Vec<_> = lines[at..].iter().copied().take(12).collect();
            found.push((at + 1, code.join("\n"), doc.join("\n")));
            doc.clear();
        }
    }
    found
}

/// Words that say nothing beside a name.
const EMPTY: [&str; 8] = ["a", "an", "the", "of", "its", "this", "that", "it"];

/// What stands before the name of an item.
const BEFORE_A_NAME: [&str; 15] = [
    "pub",
    "crate",
    "super",
    "in",
    "async",
    "const",
    "unsafe",
    "static",
    "fn",
    "struct",
    "enum",
    "trait",
    "type",
    "mod",
    "macro_rules",
];

/// The name that a piece of code declares. None of an enum's variants: what one is called may be all there is to say, as of a
/// brand.
fn declares(code: &str) -> Option<&str> {
    let code = code.trim_start();
    if !code.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut words =
        code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let first = words.clone().next()?;
    let name = words.find(|word| !BEFORE_A_NAME.contains(word))?;
    (name != first || !name.starts_with(|c: char| c.is_ascii_uppercase())).then_some(name)
}

/// Whether a comment says nothing that the name does not. What has Japanese in it, or code, says more.
fn repeats(doc: &str, name: &str) -> bool {
    let singular = |word: String| match word.strip_suffix('s') {
        Some(stem) if stem.len() > 1 => stem.to_owned(),
        _ => word,
    };
    let of_name: Vec<_> = words(name).into_iter().map(|(_, word)| singular(word)).collect();
    let mut said = words(doc).into_iter().filter(|(_, word)| !EMPTY.contains(&word.as_str())).peekable();
    doc.is_ascii()
        && !doc.contains('`')
        && said.peek().is_some()
        && said.all(|(_, word)| of_name.contains(&singular(word)))
}

#[test]
fn a_comment_that_repeats_a_name_is_known() {
    let fields = "pub clock: &'a dyn Clock,";
    assert!(repeats("The clock.", declares(fields).unwrap()));
    assert!(!repeats("The clock that deeds go by.", declares(fields).unwrap()));
    assert!(repeats("The value of a label.", declares("pub(super) enum LabelValue<'v> {").unwrap()));
    assert!(repeats("Its ids.", declares("pub const fn id(self) -> Id {").unwrap()));
    assert!(!repeats("`backup`.", declares("pub struct BackupArgs {").unwrap()));
    assert!(!repeats("番号.", declares("pub bango: String,").unwrap()));
    assert_eq!(declares("Bitwarden,"), None);
    assert_eq!(declares("$name,"), None);
}

#[test]
fn comments_say_what_a_thing_is() {
    let mut found = Vec::new();
    for source in sources("src") {
        for (line, code, doc) in documented(&source) {
            if let Some(name) = declares(&code)
                && repeats(&doc, name)
            {
                found.push(format!("{}:{line}: \"{doc}\" says no more than `{name}`", source.path));
            }
            let words: Vec<_> = doc.split_whitespace().collect();
            let first = words.first().map(|word| word.trim_end_matches('.').to_lowercase());
            if words.len() < 4 && first.is_some_and(|word| QUESTIONS.contains(&word.as_str())) {
                found.push(format!("{}:{line}: \"{doc}\" says nothing of what it is", source.path));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_can_fail_says_when() {
    let mut found = Vec::new();
    let mut seen = 0;
    for source in SAY_WHEN_THEY_FAIL.into_iter().flat_map(of_room) {
        for (line, code, doc) in documented(&source) {
            let head = code.split([';', '{']).next().unwrap();
            let is_public = ["pub fn ", "pub async fn ", "pub const fn "]
                .iter()
                .any(|start| head.trim_start().starts_with(start));
            let Some((_, gives)) = head.rsplit_once("->").filter(|_| is_public) else { continue };
            let name = gives.trim_start().split('<').next().unwrap();
            let can_fail = !gives.contains("fmt::Result") && (name.ends_with("Result") || name == "Deed");
            seen += usize::from(can_fail);
            if can_fail && !doc.contains("# Errors") {
                found.push(format!("{}:{line}: {}", source.path, head.trim().lines().next().unwrap()));
            }
        }
    }
    assert!(seen > 100, "only {seen} functions seen");
    assert!(found.is_empty(), "say under `# Errors` what they refuse:\n{}", found.join("\n"));
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
