//! The tree: what lies at the top of the repository, how every file opens, what templates never hold.

use std::{collections::BTreeSet, fs};

use crate::source::{files, root, sources};

/// What the top level holds; everything else has a room below.
const TOP: [&str; 20] = [
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".docker",
    ".env",
    ".gitattributes",
    ".gitignore",
    ".rustfmt.toml",
    ".systemd",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "docker-compose.yml",
    "migrations",
    "src",
    "templates",
    "tenants",
    "tests",
];

/// What templates may lead to outside the unions' own pages: where the authenticator apps are fetched.
const STORES: [&str; 2] = ["https://apps.apple.com/", "https://play.google.com/"];

#[test]
fn nothing_but_the_agreed_names_lies_at_the_top() {
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap();
    let ignored: BTreeSet<_> = ignored.lines().map(|line| line.trim_matches('/')).chain([".git"]).collect();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let agreed = TOP.contains(&name.as_str()) || ignored.contains(name.as_str());
        assert!(agreed, "{name}: not agreed at the top level; see TOP in tests/house/tree.rs");
    }
}

#[test]
fn every_file_opens_with_its_purpose() {
    for source in sources("src").iter().chain(&sources("tests")) {
        let purpose = source.text.strip_prefix("//! ").and_then(|rest| rest.lines().next()).unwrap_or("");
        assert!(purpose.chars().count() >= 12, "{}: the first line says what it is for", source.path);
    }
}

#[test]
fn templates_hold_no_style_no_script_and_no_handlers() {
    for (path, text) in files("templates", "html") {
        for tag in text.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let name = tag.split_whitespace().next().unwrap_or("");
            // Letters for print are a file that no host serves: it stands by itself, and names its own policy.
            let served = !path.starts_with("templates/printed/");
            assert!(!served || name != "style", "{path}: styles stand in templates/assets/portal.css");
            let inline = name == "script" && !tag.contains(" src=\"");
            assert!(!inline, "{path}: scripts stand in templates/assets/portal.js");
            // Attributes, without what stands in their values.
            for attribute in tag.split('"').step_by(2).flat_map(str::split_whitespace) {
                let attribute = attribute.to_ascii_lowercase();
                let handler = attribute.starts_with("on") && attribute.ends_with('=');
                let style = attribute.starts_with("style=");
                // Mail programs throw style sheets away; a letter is served by no host.
                let is_letter = path.starts_with("templates/letter/");
                assert!(!handler && (!style || is_letter), "{path}: {attribute} in <{name}>");
            }
        }
        assert!(!text.to_ascii_lowercase().contains("javascript:"), "{path}");
    }
}

#[test]
fn pages_fetch_nothing_from_elsewhere() {
    // The name of a vocabulary, not an address.
    const SVG: &str = "http://www.w3.org/2000/svg";
    for ending in ["html", "css", "js", "svg", "ftl"] {
        for (path, text) in files("templates", ending) {
            let text = text.replace(SVG, "");
            assert!(!text.contains("http://"), "{path}: an address without TLS");
            for (at, _) in text.match_indices("https://") {
                let known = STORES.iter().any(|store| text[at..].starts_with(store));
                assert!(known && ending != "css" && ending != "js", "{path}: {:.60}", &text[at..]);
            }
            for fetch in ["src=\"//", "href=\"//", "url(//", "url(\"//", "@import"] {
                assert!(!text.contains(fetch), "{path}: {fetch}");
            }
        }
    }
}

/// M15: what the compiler and the test command are told, so that nobody takes it away in passing.
#[test]
fn unsafe_code_is_forbidden_and_dependencies_are_checked() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    assert!(read("Cargo.toml").contains("\nunsafe_code = \"forbid\"\n"));
    let test_command = read("tests/run");
    assert!(test_command.contains("\npart 'Dependencies' dependencies\n"));
    assert!(test_command.contains("check --hide-inclusion-graph bans licenses sources &&"));
    let allowed = read(".cargo/deny.toml");
    for line in ["unknown-registry = \"deny\"", "unknown-git = \"deny\"", "wildcards = \"deny\""] {
        assert!(allowed.contains(&format!("\n{line}\n")), "{line}");
    }
}

/// What opens a file for reading.
const OPENERS: [&str; 6] = [
    "File::open(",
    "fs::read(",
    "fs::read_to_string(",
    "OpenOptions::new(",
    "File::options(",
    "File::create(",
];

/// Files of the program that open something else than what a person named, or only write: why.
const OPEN_THEMSELVES: [(&str, &str); 10] = [
    ("src/cli/serve/alone.rs", "holds a lock on a file of its own, and reads nothing"),
    ("src/world/plain_file.rs", "the one place"),
    ("src/world/new_file.rs", "writes a new file"),
    ("src/cli/operator.rs", "the kernel's own files"),
    ("src/cli/tenant/new/placing.rs", "writes new files"),
    ("src/cli/serve/database.rs", "writes a new database"),
    ("src/portal/closing/export.rs", "writes a new file"),
    ("src/portal/notices.rs", "writes a new file"),
    ("src/portal/trail/archive.rs", "writes a new file"),
    ("src/vault/ring.rs", "writes a new file"),
];

#[test]
fn files_that_somebody_named_are_opened_in_one_place() {
    for source in sources("src") {
        if OPEN_THEMSELVES.iter().any(|(path, _)| *path == source.path) {
            continue;
        }
        let code = source.code.split("#[cfg(test)]").next().unwrap();
        for opener in OPENERS {
            for (at, _) in code.match_indices(opener) {
                // A folder, to hold or to sync it; or a path that stands there.
                let what = &code[at + opener.len()..];
                let fine = what.starts_with("folder") || what.starts_with('"');
                assert!(fine, "{}: {opener}…) — use world::plain_file", source.place(at));
            }
        }
    }
}
