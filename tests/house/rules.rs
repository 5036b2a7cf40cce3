//! The rules of `src/rules`: what code cites is a heading there, and what must be so names the test that shows it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use kenpo_portal::tenants::FindingCode;

use crate::source::{files, root, sources};

/// What a code is cited from, beside Rust: the ending of the file, and what begins a comment there (all of it is read
/// where nothing does).
const CITING: [(&str, &str, &str); 8] = [
    ("templates", "html", "{#"),
    ("templates", "ftl", "#"),
    ("templates", "css", "/*"),
    ("templates", "js", "//"),
    ("migrations", "sql", "--"),
    ("tenants", "toml", "#"),
    ("src/rules", "md", ""),
    ("tests", "toml", "#"),
];

/// Pages whose rules have to be shown.
const SHOWN: [&str; 4] =
    ["src/rules/decisions", "src/rules/threats", "src/rules/reliability", "src/rules/sso.md"];

/// Every page of the rules, its path and text.
fn pages() -> Vec<(String, String)> {
    let pages = files("src/rules", "md");
    assert!(!pages.is_empty());
    pages
}

/// Every heading of the rules that is a code or a key, with where it stands.
fn headings() -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in pages() {
        for (line, heading) in (1..).zip(text.lines()) {
            let Some(heading) = heading.strip_prefix("## ") else { continue };
            for name in heading.split(", ") {
                found.entry(name.to_owned()).or_default().push(format!("{path}:{line}"));
            }
        }
    }
    found
}

/// The codes in a text: `D24`, `TD3`, `F-06`, `A0-02`, `T041`, and `003` of `003:278` or `003 §3-1`.
fn codes(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).unwrap_or(rest.len());
        if word == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let behind = &rest[word..];
        let of_a_manual = behind.starts_with(" §")
            || behind.strip_prefix(':').is_some_and(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        // What stands behind another sign is a part of something longer: `--code-A1`, `.T1`, `%E3`.
        let before = text[..at].chars().next_back();
        let begins = !before.is_some_and(|c| "%.#&\\\"'$@/".contains(c));
        if begins && is_code(&rest[..word], of_a_manual) {
            found.push((at, &rest[..word]));
        }
        at += word;
    }
    found
}

/// Whether a word has the shape of a code of these rules.
fn is_code(word: &str, of_a_manual: bool) -> bool {
    const DIGITS: &[char] = &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
    let number = |digits: &str, most: usize| {
        (1..=most).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let plain = |digits: &str, length: usize| {
        digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if word.len() == 3 && ("000"..="004").contains(&word) && plain(word, 3) {
        return of_a_manual;
    }
    if let Some((family, rest)) = word.split_once('-') {
        return match family {
            "E" | "F" | "G" | "K" | "M" | "N" | "P" | "R" | "S" | "T" | "U" | "W" | "X" | "A0" => {
                plain(rest, 2)
            }
            "A1" => matches!(rest, "a" | "b" | "c"),
            "ML" => plain(rest, 1),
            _ => false,
        };
    }
    let Some(digits) = word.find(DIGITS) else { return false };
    match &word[..digits] {
        "T" => plain(&word[digits..], 3),
        "A" | "B" | "C" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K" | "L" | "M" | "N" | "R" | "TD"
        | "DD" => number(&word[digits..], 2),
        "INV" => number(&word[digits..], 1),
        _ => false,
    }
}

/// Everything that cites: place and text.
fn citing() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for source in sources("src").iter().chain(&sources("tests")) {
        // Examples of codes that are none stand here.
        if source.path == file!() {
            continue;
        }
        found.extend(source.comments.iter().map(|(at, comment)| (source.place(*at), comment.clone())));
        let findings = source.strings.iter().filter(|(_, text)| text.len() == 4 && text.starts_with('T'));
        found.extend(findings.map(|(at, text)| (source.place(*at), text.clone())));
    }
    for (folder, ending, mark) in CITING {
        for (path, text) in files(folder, ending) {
            for (number, line) in (1..).zip(text.lines()) {
                if let Some(at) = line.find(mark) {
                    found.push((format!("{path}:{number}"), line[at..].to_owned()));
                }
            }
        }
    }
    for path in ["README.md", "CHANGELOG.md", "Cargo.toml", ".clippy.toml", "docker-compose.yml"] {
        let text = fs::read_to_string(root().join(path)).unwrap();
        found.extend(
            (1..).zip(text.lines()).map(|(number, line)| (format!("{path}:{number}"), line.to_owned())),
        );
    }
    found
}

/// Every test of the tree, as rules name it: test binary or module, then the test.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources("src").iter().chain(&sources("tests")) {
        let path = source.path.trim_end_matches(".rs");
        let module: Vec<&str> = match path.strip_prefix("src/") {
            Some(module) => module.split('/').filter(|part| *part != "tests").collect(),
            None if path == "tests/house/postgres" => vec!["house_postgres"],
            None => path.split('/').skip(1).filter(|part| !matches!(*part, "tests" | "main")).collect(),
        };
        let mut is_test = false;
        for line in source.code.lines().map(str::trim) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some((_, name)) = line.split_once("fn ").filter(|_| is_test) {
                let name = name.split(['(', '<']).next().unwrap();
                found.insert(format!("{}::{name}", module.join("::")));
                is_test = false;
            }
        }
    }
    found
}

/// The paragraphs and items of a page, with their lines: what lies between blank lines, and between dashes.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.is_empty() || line.starts_with('#') {
            open = false;
        } else if open && !line.starts_with("- ") {
            let (_, block) = found.last_mut().unwrap();
            block.push(' ');
            block.push_str(line.trim());
        } else {
            found.push((number, line.to_owned()));
            open = true;
        }
    }
    found
}

/// The tests that a paragraph names behind "Shown by".
fn named(block: &str) -> Vec<&str> {
    let Some((_, behind)) = block.split_once("Shown by ") else { return Vec::new() };
    behind.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect()
}

#[test]
fn codes_are_found_and_nothing_else_is() {
    let found = |text| codes(text).into_iter().map(|(_, code)| code).collect::<Vec<_>>();
    assert_eq!(
        found("(D24; DD4, G7 and F-06), N-28–N-30, T041's, A0-02"),
        ["D24", "DD4", "G7", "F-06", "N-28", "N-30", "T041", "A0-02"]
    );
    assert_eq!(found("manual 003 §4, 003:278; 003 alone, 1,003 rows"), ["003", "003"]);
    assert!(
        found("SHA-1, UTF-8, P-256, X-Forwarded-For, S54.8.22, %E3%80%82, E000, IPv4, v0, H264").is_empty()
    );
}

#[test]
fn the_map_names_files_that_exist() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let (_, lists) =
        map.split_once("//! # What an addition changes").expect("the lists of what an addition changes");
    let mut seen = 0;
    let names = lists.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    for name in names.filter(|name| name.contains('/') && !name.contains('<')) {
        let each = match name.split_once('{').zip(name.split_once('}')) {
            Some(((before, _), (_, after))) => {
                let inside = &name[before.len() + 1..name.len() - after.len() - 1];
                inside.split(',').map(|one| format!("{before}{one}{after}")).collect()
            }
            None => vec![name.to_owned()],
        };
        for path in each {
            seen += 1;
            let exists = ["src", ""].iter().any(|folder| root().join(folder).join(&path).exists());
            assert!(exists, "src/lib.rs names {path}");
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn every_rule_stands_once() {
    let twice: Vec<_> = headings().into_iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(twice.is_empty(), "headings that stand more than once: {twice:#?}");
}

#[test]
fn every_code_that_is_cited_is_a_rule() {
    let headings = headings();
    let mut seen = 0;
    let mut unknown = Vec::new();
    for (place, text) in citing() {
        for (_, code) in codes(&text) {
            seen += 1;
            if !headings.contains_key(code) {
                unknown.push(format!("{place}: {code}"));
            }
        }
    }
    assert!(seen > 500, "{seen}");
    assert!(unknown.is_empty(), "no heading of src/rules:\n{}", unknown.join("\n"));
}

#[test]
fn every_finding_is_explained_with_its_weight() {
    let pages = pages();
    for code in FindingCode::ALL {
        let heading = format!("## {}\n\n{}.", code.as_str(), severity(*code));
        assert!(
            pages.iter().any(|(_, text)| text.contains(&heading)),
            "src/rules/tenant_file has no {heading:?}"
        );
    }
}

fn severity(code: FindingCode) -> String {
    let word = code.severity().as_str();
    word[..1].to_uppercase() + &word[1..]
}

#[test]
fn what_must_be_so_names_the_test_that_shows_it() {
    let tests = tests();
    assert!(tests.contains("house::rules::what_must_be_so_names_the_test_that_shows_it"), "{tests:?}");
    let mut wrong = Vec::new();
    let mut shown = 0;
    for (path, text) in pages() {
        for (line, block) in blocks(&text) {
            let place = format!("{path}:{line}");
            let named = named(&block);
            shown += named.len();
            for test in &named {
                if !tests.contains(*test) {
                    let name = test.rsplit("::").next().unwrap();
                    let now: Vec<_> =
                        tests.iter().filter(|test| test.ends_with(&format!("::{name}"))).collect();
                    wrong.push(format!("{place}: {test} is no test; by its name: {now:?}"));
                }
            }
            let must = block.split(|c: char| !c.is_alphanumeric()).any(|word| word == "must");
            // The heads of the pages say what the word is for.
            let explains = block.contains("*must*");
            let has_to = must && !explains && SHOWN.iter().any(|page| path.starts_with(page));
            if has_to && named.is_empty() && !block.contains("Not yet") {
                wrong.push(format!("{place}: names no test and does not say \"Not yet\""));
            }
        }
    }
    assert!(shown > 200, "{shown}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_promise_of_the_readme_names_a_test_that_exists() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, behind) = readme.split_once("\n## Security\n").expect("the promises");
    let promises: Vec<_> = behind.lines().take_while(|line| !line.starts_with("## ")).collect();
    let rows: Vec<_> = promises.iter().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 10, "{rows:#?}");
    let tests = tests();
    for row in rows {
        let named: Vec<_> = row.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test: {row}");
        for name in named {
            assert!(tests.contains(name), "no such test: {name}");
        }
    }
}

#[test]
fn rules_name_no_union_and_no_vendor() {
    // The host of the original product, and the names of the unions, stand in their files only.
    let mut names = Vec::new();
    for (path, text) in files("tenants", "toml") {
        let values = |key: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.split('=').next().is_some_and(|k| k.trim() == key));
            lines.filter_map(|line| line.split('"').nth(1)).map(str::to_lowercase).collect()
        };
        // The first one is the union's; services have theirs below.
        let Some(id) = values("id").into_iter().next() else { continue };
        names.push(id);
        names.extend(values("name").into_iter().chain(values("short_name")));
        let sender = values("from_address").pop().unwrap_or_else(|| panic!("{path}: no from_address"));
        let product = sender.rsplit('@').next().unwrap().split(['-', '.']).next().unwrap();
        names.push(product.to_owned());
    }
    assert!(names.len() > 15, "{names:?}");
    for (path, text) in pages() {
        let text = text.to_lowercase();
        for name in &names {
            assert!(!text.contains(name.as_str()), "{path}: {name}");
        }
    }
}
