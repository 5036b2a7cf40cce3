//! Who uses whom: the table of rooms in `src/lib.rs` against the code.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, files, sources};

/// A path below the crate: `["vault", "Token"]`.
type Path = Vec<String>;

/// Room to what it may use, as `src/lib.rs` says.
fn table() -> BTreeMap<String, Vec<Path>> {
    let map = sources("src").into_iter().find(|source| source.path == "src/lib.rs").unwrap().text;
    let rows = map.split("# Rooms").nth(1).expect("lib.rs has a section `# Rooms`");
    let in_backticks = |cell: &str| -> Vec<Path> {
        let named = cell.split('`').skip(1).step_by(2);
        named.map(|path| path.split("::").map(str::to_owned).collect()).collect()
    };
    rows.lines()
        .filter_map(|line| line.strip_prefix("//! | `"))
        .map(|row| {
            let cells: Vec<_> = row.trim_end_matches(" |").split(" | ").collect();
            assert_eq!(cells.len(), 3, "{row}");
            (cells[0].trim_matches('`').to_owned(), in_backticks(cells[2]))
        })
        .collect()
}

/// The room a file belongs to.
fn room(path: &str) -> &str {
    path.split('/').nth(1).unwrap().trim_end_matches(".rs")
}

/// The paths of a use tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
pub fn use_tree(code: &str) -> Vec<Path> {
    fn tree(code: &str, before: &Path, found: &mut Vec<Path>) -> usize {
        let mut path = before.clone();
        let mut at = 0;
        loop {
            at += code[at..].len() - code[at..].trim_start().len();
            let rest = &code[at..];
            if let Some(inside) = rest.strip_prefix('{') {
                at += 1;
                let mut left = inside;
                loop {
                    let length = tree(left, &path, found);
                    at += length;
                    left = &left[length..];
                    let next = left.trim_start();
                    at += left.len() - next.len() + 1;
                    match next.chars().next() {
                        Some(',') if !next[1..].trim_start().starts_with('}') => left = &next[1..],
                        Some(',') => return at + next[1..].find('}').unwrap() + 1,
                        Some('}') => return at,
                        other => panic!("a use tree this test cannot read: {other:?} in {code}"),
                    }
                }
            }
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            at += name.len() + usize::from(rest.starts_with('*'));
            path.push(name);
            match code[at..].strip_prefix("::") {
                Some(next) if next.starts_with(|c: char| c.is_alphabetic() || "_{*".contains(c)) => at += 2,
                _ => break,
            }
        }
        // `as other`: the name used here does not matter.
        let rest = code[at..].trim_start();
        if let Some(other) = rest.strip_prefix("as ") {
            let name = other.trim_start();
            let length = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            at = code.len() - name.len() + length;
        }
        found.push(path);
        at
    }
    let mut found = Vec::new();
    tree(code, &Vec::new(), &mut found);
    found
}

/// Every path below `root::` in a file, with its place.
fn used(source: &Source, root: &str) -> Vec<(String, Path)> {
    let below = format!("{root}::");
    source
        .positions(&below)
        .into_iter()
        .flat_map(|at| {
            let place = source.place(at);
            use_tree(&source.code[at + below.len()..]).into_iter().map(move |path| (place.clone(), path))
        })
        .collect()
}

#[test]
fn a_use_tree_is_read_whole() {
    let read = |text: &str| -> Vec<String> { use_tree(text).iter().map(|path| path.join("::")).collect() };
    assert_eq!(read("vault::Token;"), ["vault::Token"]);
    assert_eq!(read("store::Fault> for"), ["store::Fault"]);
    assert_eq!(read("web::parse::<u8>()"), ["web::parse"]);
    assert_eq!(
        read("{\n a::{b, c as d, e::{f, g,},},\n h::*, i}; k::l"),
        ["a::b", "a::c", "a::e::f", "a::e::g", "h::", "i"]
    );
}

#[test]
fn rooms_use_only_what_the_map_says() {
    let table = table();
    let mut wrong = Vec::new();
    for source in sources("src") {
        let room = room(&source.path);
        let below = if room == "main" { "kenpo_portal" } else { "crate" };
        if room == "lib" {
            assert!(used(&source, "crate").is_empty(), "lib.rs is a map and nothing else");
            continue;
        }
        let may = table.get(room).unwrap_or_else(|| panic!("{}: this room is not on the map", source.path));
        for (place, path) in used(&source, below) {
            if path[0] != room && !may.iter().any(|allowed| path.starts_with(allowed)) {
                wrong.push(format!("{place}: {room} uses {}", path.join("::")));
            }
        }
        // Past the table, through the back door.
        for at in source.positions("super::super") {
            wrong.push(format!("{}: say `crate::` for what lies outside this room", source.place(at)));
        }
    }
    // Templates are pages' code.
    for (path, text) in files("templates", "html") {
        let code = Source { path, text: text.clone(), code: text, strings: Vec::new(), comments: Vec::new() };
        for (place, used) in used(&code, "crate") {
            if used[0] != "web" {
                wrong.push(format!("{place}: a template uses {}", used.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "against the map in src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn the_map_names_every_room_once_and_has_no_circle() {
    let table = table();
    let lib = sources("src").into_iter().find(|source| source.path == "src/lib.rs").unwrap();
    let modules: BTreeSet<_> = lib.code.lines().filter_map(|line| line.strip_prefix("pub mod ")).collect();
    let mut named: BTreeSet<_> = table.keys().map(|room| format!("{room};")).collect();
    assert!(named.remove("main;"));
    assert_eq!(modules, named.iter().map(String::as_str).collect());

    let mut settled: BTreeSet<&str> = BTreeSet::new();
    while settled.len() < table.len() {
        let next = table.iter().find(|(room, may)| {
            !settled.contains(room.as_str()) && may.iter().all(|path| settled.contains(path[0].as_str()))
        });
        let (room, _) = next.expect("the rooms form a circle, or one uses a room that is not on the map");
        settled.insert(room);
    }
}

#[test]
fn the_domain_is_pure() {
    let impure = ["async", ".await", "sqlx", "axum", "tokio", "askama", "std::fs", "std::env", "std::net"];
    for source in sources("src").iter().filter(|source| room(&source.path) == "domain") {
        for word in impure {
            let found = source.positions(word);
            assert!(found.is_empty(), "{}: `{word}` in the domain", source.place(found[0]));
        }
    }
}
