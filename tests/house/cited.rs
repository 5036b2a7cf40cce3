//! What comments and documents cite is there: files by their paths, modules, types and functions by their names.

use std::collections::BTreeSet;

use crate::source::{Source, files, root, sources};

/// Folders whose files are cited.
const FOLDERS: [&str; 6] = ["src", "tests", "templates", "tenants", "migrations", ".cargo"];
/// What makes a word the name of a file.
const ENDINGS: [&str; 10] = ["rs", "toml", "md", "ftl", "html", "css", "js", "sql", "snap", "json"];
/// Files that are not the repository's.
const ELSEWHERE: [&str; 9] = [
    // Operators write these.
    "portal.toml",
    "keys.toml",
    "portal-data/keys.toml",
    "/etc/kenpo-portal/keys.toml",
    "/etc/kenpo-portal/portal.toml",
    "/var/lib/kenpo-portal/keys.toml",
    ".demo/keys.toml",
    // An export of a union writes this.
    "manifest.json",
    // A source file of the lettre crate.
    "transport/smtp/pool/async_impl.rs",
];
/// Names that this crate never writes in its code: of other crates, and of the test binaries.
const OTHERS: [&str; 3] = ["journeys", "faults", "Transaction"];

/// Every path below the repository that may be cited.
fn paths() -> BTreeSet<String> {
    let mut paths: BTreeSet<String> =
        ["README.md", "CHANGELOG.md", "Cargo.toml", "docker-compose.yml"].map(str::to_owned).into();
    for folder in FOLDERS {
        for ending in ENDINGS {
            paths.extend(files(folder, ending).into_iter().map(|(path, _)| path));
        }
    }
    paths
}

/// Place and text of every comment of the sources and unions' files, and every line of the README.
fn said() -> Vec<(String, String)> {
    let mut said = Vec::new();
    for source in all_sources() {
        said.extend(source.comments.iter().map(|(at, text)| (source.place(*at), text.clone())));
    }
    let marked = [("migrations", "sql", "--"), ("tenants", "toml", "#"), ("templates", "ftl", "#")];
    for (folder, ending, mark) in marked {
        for (path, text) in files(folder, ending) {
            let lines = text.lines().zip(1..).filter_map(|(line, number)| {
                Some((format!("{path}:{number}"), line.get(line.find(mark)?..)?.to_owned()))
            });
            said.extend(lines);
        }
    }
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    said.extend(
        readme.lines().zip(1..).map(|(line, number)| (format!("README.md:{number}"), line.to_owned())),
    );
    said
}

fn all_sources() -> Vec<Source> {
    sources("src").into_iter().chain(sources("tests")).collect()
}

/// Words that look like the path of a file.
fn cited_files(text: &str) -> impl Iterator<Item = &str> {
    let in_path = |c: char| c.is_ascii_alphanumeric() || "_./-*<>{}:".contains(c);
    text.split(move |c| !in_path(c)).map(|word| word.trim_end_matches(['.', ':'])).filter(|word| {
        let (stem, ending) = word.rsplit_once('.').unwrap_or_default();
        // A pattern, an address or an ending alone cites no single file.
        !stem.is_empty() && ENDINGS.contains(&ending) && !word.contains(['*', '<', '{', '}', ':'])
    })
}

/// Paths of Rust items in a code span, `a::b` or `a()`: the names in each.
fn cited_items(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.split('`').skip(1).step_by(2).filter_map(|span| {
        let called = span.strip_suffix("()");
        let names: Vec<_> = called.unwrap_or(span).split("::").collect();
        let is_name =
            |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (names.iter().all(is_name) && (called.is_some() || names.len() > 1)).then_some(names)
    })
}

#[test]
fn every_file_that_is_cited_exists() {
    let paths = paths();
    let (mut cited, mut missing) = (0, Vec::new());
    for (place, text) in said() {
        for word in cited_files(&text).filter(|word| !ELSEWHERE.contains(word)) {
            cited += 1;
            let end = format!("/{}", word.trim_start_matches("./"));
            if !paths.iter().any(|path| format!("/{path}").ends_with(&end)) {
                missing.push(format!("{place}: {word}"));
            }
        }
    }
    assert!(missing.is_empty(), "cited, and not there:\n{}", missing.join("\n"));
    assert!(cited > 30, "only {cited} files are cited");
}

#[test]
fn every_item_that_is_cited_exists() {
    let mut names: BTreeSet<String> = OTHERS.map(str::to_owned).into();
    for source in all_sources() {
        let words = source.code.split(|c: char| !c.is_alphanumeric() && c != '_');
        names.extend(words.map(str::to_owned));
    }
    let (mut cited, mut missing) = (0, Vec::new());
    for (place, text) in said() {
        for item in cited_items(&text) {
            cited += 1;
            if !item.iter().all(|name| names.contains(*name)) {
                missing.push(format!("{place}: {}", item.join("::")));
            }
        }
    }
    assert!(missing.is_empty(), "cited, and not there:\n{}", missing.join("\n"));
    assert!(cited > 30, "only {cited} items are cited");
}

#[test]
fn files_and_items_are_told_from_other_words() {
    let text = "See `src/store.rs`, metrics.rs. Not e.g. *.rs, .ftl, {ja,en}/letter.ftl, https://a.example/b.html or <id>.toml.";
    assert_eq!(cited_files(text).collect::<Vec<_>>(), ["src/store.rs", "metrics.rs"]);
    let items: Vec<_> =
        cited_items("`Store::open` and `sweep()`, not `a.b::c`, `x` or `Vec<u8>::new`").collect();
    assert_eq!(items, [vec!["Store", "open"], vec!["sweep"]]);
}
