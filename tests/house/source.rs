//! The sources as text: every file of a folder, its code without comments and what stands in strings, its strings.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One Rust file.
pub struct Source {
    /// Below the repository: `src/store/member.rs`.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// The text with comments and the insides of strings blanked: positions are those of `text`.
    pub code: String,
    /// Position of the opening quote and value of each string.
    pub strings: Vec<(usize, String)>,
    /// Position and text of each line comment, with its slashes.
    pub comments: Vec<(usize, String)>,
}

impl Source {
    /// Reads one text.
    pub fn read(path: &str, text: &str) -> Self {
        let (code, strings, comments) = split(text);
        Self { path: path.to_owned(), text: text.to_owned(), code, strings, comments }
    }

    /// The line of a position, for messages: `src/store/member.rs:57`.
    pub fn place(&self, at: usize) -> String {
        format!("{}:{}", self.path, self.text[..at].matches('\n').count() + 1)
    }

    /// Every position of a word in the code, where it stands alone.
    pub fn positions(&self, word: &str) -> Vec<usize> {
        let is_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let (begins, ends) = (is_name(word.chars().next()), is_name(word.chars().last()));
        self.code
            .match_indices(word)
            .filter(|(at, _)| !begins || !is_name(self.code[..*at].chars().next_back()))
            .filter(|(at, _)| !ends || !is_name(self.code[at + word.len()..].chars().next()))
            .map(|(at, _)| at)
            .collect()
    }
}

/// Every Rust file below a folder of the repository, sorted.
pub fn sources(folder: &str) -> Vec<Source> {
    files(folder, "rs").into_iter().map(|(path, text)| Source::read(&path, &text)).collect()
}

/// Path below the repository and text of every file with that ending, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned(), text)
        })
        .collect()
}

/// Texts with the position each begins at.
type Placed = Vec<(usize, String)>;

/// Code without comments and strings, the strings, the line comments.
fn split(text: &str) -> (String, Placed, Placed) {
    let mut code = text.as_bytes().to_vec();
    let (mut strings, mut comments) = (Vec::new(), Vec::new());
    let mut blank = |from: usize, to: usize| {
        for byte in &mut code[from..to] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    };
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let in_name = text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        if rest.starts_with("//") {
            let end = at + rest.find('\n').unwrap_or(rest.len());
            comments.push((at, text[at..end].to_owned()));
            blank(at, end);
            at = end;
        } else if rest.starts_with("/*") {
            let end = at + block_comment(rest);
            blank(at, end);
            at = end;
        } else if let Some(hashes) = raw_string(rest).filter(|_| !in_name) {
            let quote = at + rest.find('"').unwrap();
            let close = format!("\"{}", "#".repeat(hashes));
            let end = quote + 1 + text[quote + 1..].find(&close).unwrap();
            strings.push((quote, text[quote + 1..end].to_owned()));
            blank(quote + 1, end);
            at = end + close.len();
        } else if c == '"' {
            let (value, length) = string(&rest[1..]);
            strings.push((at, value));
            blank(at + 1, at + 1 + length);
            at += length + 2;
        } else if c == '\'' {
            let length = character(rest);
            blank(at + 1, (at + length).saturating_sub(1).max(at + 1));
            at += length.max(1);
        } else {
            at += c.len_utf8();
        }
    }
    (String::from_utf8(code).unwrap(), strings, comments)
}

/// The length of a comment that may hold others.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().unwrap().len_utf8();
        }
    }
}

/// Whether a raw string begins here, and with how many `#`.
fn raw_string(rest: &str) -> Option<usize> {
    let rest = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('r')?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// Value and length of a string behind its opening quote.
fn string(rest: &str) -> (String, usize) {
    let mut value = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, at),
            '\\' => match chars.next().unwrap().1 {
                'n' => value.push('\n'),
                '\n' => {
                    let left = chars.as_str();
                    for _ in 0..left.len() - left.trim_start().len() {
                        chars.next();
                    }
                }
                other => value.push(other),
            },
            c => value.push(c),
        }
    }
    panic!("a string without an end")
}

/// The length of a character in quotes; 0 for a lifetime.
fn character(rest: &str) -> usize {
    let inside = &rest[1..];
    match inside.strip_prefix('\\') {
        // The character behind the backslash may be a quote itself.
        Some(escaped) => 3 + escaped[1..].find('\'').map_or(0, |at| at + 1),
        None => match inside.char_indices().nth(1) {
            Some((at, '\'')) => at + 2,
            _ => 0,
        },
    }
}

#[test]
fn comments_and_strings_are_told_from_code() {
    let text = "let a = \"x // \\\"y\"; // \"not\"\nlet b = r#\"z\"q\"#; /* /* */ \" */ let c: &'static str = '\"'; end";
    let source = Source::read("", text);
    let values: Vec<_> = source.strings.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["x // \"y", "z\"q"]);
    assert_eq!(source.comments, [(20, "// \"not\"".to_owned())]);
    assert_eq!(source.code.len(), text.len());
    assert!(source.code.ends_with("let c: &'static str = ' '; end"), "{}", source.code);
    assert!(!source.code.contains("not") && !source.code.contains('y'));
}
