//! Structure: no circle of files anywhere, and no deed of the portal calls another one.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    direction::use_tree,
    source::{Source, sources},
};

/// From what file to what files, and where that is said.
type Arrows = BTreeMap<String, BTreeMap<String, String>>;

/// The module of a file: `src/store/member.rs` is `["store", "member"]`.
fn module(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    inner.split('/').map(str::to_owned).collect()
}

/// Where the module of the file's own tests begins.
fn tested_apart(source: &Source) -> usize {
    let is_module =
        |at: &usize| source.code[*at..].trim_start_matches("cfg(test)]").trim_start().starts_with("mod ");
    source.positions("cfg(test)").into_iter().find(is_module).unwrap_or(source.code.len())
}

/// What files say of each other by `crate::…` and `super::…`. A file and the module it lies in are one thing seen from
/// two sides, and no arrow.
fn arrows(sources: &[Source]) -> Arrows {
    let files: BTreeMap<Vec<String>, &str> =
        sources.iter().map(|source| (module(&source.path), source.path.as_str())).collect();
    let mut arrows = Arrows::new();
    for source in sources {
        let here = module(&source.path);
        let end = tested_apart(source);
        for (root, above) in [("crate", None), ("super", Some(1))] {
            let below = format!("{root}::");
            let base = above.map_or(Vec::new(), |above| here[..here.len() - above].to_vec());
            for at in source.positions(&below).into_iter().filter(|at| *at < end) {
                for path in use_tree(&source.code[at + below.len()..]) {
                    let path: Vec<String> = base.iter().chain(&path).cloned().collect();
                    let file = (1..=path.len()).rev().find_map(|length| files.get(&path[..length]));
                    let Some(file) = file else { continue };
                    let there = module(file);
                    if !here.starts_with(&there) && !there.starts_with(&here) {
                        let to = arrows.entry(source.path.clone()).or_default();
                        to.entry((*file).to_owned()).or_insert_with(|| source.place(at));
                    }
                }
            }
        }
    }
    arrows
}

/// Everything that can be reached from a file.
fn reached<'a>(arrows: &'a Arrows, from: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut left = vec![from];
    while let Some(file) = left.pop() {
        for next in arrows.get(file).into_iter().flatten().map(|(next, _)| next.as_str()) {
            if found.insert(next) {
                left.push(next);
            }
        }
    }
    found
}

#[test]
fn no_files_form_a_circle() {
    let arrows = arrows(&sources("src"));
    assert!(arrows.len() > 150, "only {} files use others", arrows.len());
    let round: Vec<_> = arrows.keys().filter(|file| reached(&arrows, file).contains(file.as_str())).collect();
    let said: Vec<String> = round
        .iter()
        .flat_map(|file| &arrows[*file])
        .filter(|(to, _)| round.contains(to))
        .map(|(to, place)| format!("{place} -> {to}"))
        .collect();
    assert!(said.is_empty(), "these arrows run in a circle:\n{}", said.join("\n"));
}

#[test]
fn pages_take_nothing_from_the_file_that_puts_them_together() {
    for source in sources("src/web") {
        let of_the_room = source.positions("crate::web::").into_iter().chain(source.positions("super::"));
        let is_child = module(&source.path).len() == 2;
        for at in of_the_room.filter(|at| *at < tested_apart(&source)) {
            let rest = &source.code[at..];
            let (below, from_room) = match rest.strip_prefix("crate::web::") {
                Some(below) => (below, true),
                None => (&rest["super::".len()..], is_child),
            };
            let taken = use_tree(below).into_iter().filter(|path| {
                path.first().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
            });
            let taken: Vec<_> = taken.filter(|_| from_room).collect();
            assert!(taken.is_empty(), "{}: {taken:?} of web.rs", source.place(at));
        }
    }
}

/// The layers of the portal, lowest first, as `src/portal.rs` lists them; what it does not list is a deed.
fn layers() -> Vec<Vec<String>> {
    let portal = sources("src").into_iter().find(|source| source.path == "src/portal.rs").unwrap().text;
    let table = portal.split("# Layers").nth(1).expect("portal.rs has a section `# Layers`");
    let rows = table.lines().filter_map(|line| line.strip_prefix("//! | "));
    let files = rows.map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    files.filter(|files| !files.is_empty()).collect()
}

/// Where a file of the portal stands; deeds stand above every layer.
fn layer(layers: &[Vec<String>], module: &[String]) -> usize {
    let name = module[1..].join("::");
    layers.iter().position(|files| files.contains(&name)).unwrap_or(layers.len())
}

/// The bodies of `impl Portal`, by position.
fn of_the_portal(source: &Source) -> Vec<(usize, &str)> {
    bodies_of(source, "impl Portal")
}

/// The bodies of `impl …`, by position.
fn bodies_of<'s>(source: &'s Source, head: &str) -> Vec<(usize, &'s str)> {
    let mut bodies = Vec::new();
    for at in source.positions(head) {
        let Some(open) = source.code[at..].find('{') else { continue };
        let body = &source.code[at + open..];
        let mut depth = 0;
        let end = body.char_indices().find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        });
        bodies.push((at + open, &body[..end.unwrap()]));
    }
    bodies
}

/// The names behind a word; behind `self.` also where the line ends before the dot.
fn names_after<'c>(code: &'c str, word: &str) -> Vec<(usize, &'c str)> {
    let (word, dot) = word.strip_suffix('.').map_or((word, ""), |word| (word, "."));
    let found = code.match_indices(word).filter_map(|(at, _)| {
        let behind = &code[at + word.len()..];
        let rest = if dot.is_empty() { behind } else { behind.trim_start().strip_prefix(dot)? };
        Some(code.len() - rest.len())
    });
    let name = |at: usize| {
        let rest = &code[at..];
        &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())]
    };
    found.map(|at| (at, name(at))).collect()
}

#[test]
fn deeds_stand_on_the_ground_and_not_on_each_other() {
    let layers = layers();
    assert!(layers.len() >= 3, "{layers:?}");
    let sources: Vec<_> = sources("src/portal");
    // Whose method that is.
    let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
    for source in &sources {
        for (_, body) in of_the_portal(source) {
            for (_, name) in names_after(body, "fn ") {
                owner.insert(name, &source.path);
            }
        }
    }
    let mut wrong = Vec::new();
    let mut check = |source: &Source, at: usize, to: &str, what: &str| {
        let (here, there) = (module(&source.path), module(to));
        let (from, onto) = (layer(&layers, &here), layer(&layers, &there));
        // The files below a deed's own are that deed.
        let is_one = here.len() == 3
            && there.len() == 3
            && here[1] == there[1]
            && layer(&layers, &here[..2]) == layers.len();
        if to != source.path && from <= onto && !is_one && !there.starts_with(&here) {
            wrong.push(format!("{}: {what} of {to}", source.place(at)));
        }
    };
    for source in &sources {
        for (start, body) in of_the_portal(source) {
            for word in ["self.", "Self::", "portal."] {
                for (at, name) in names_after(body, word) {
                    let is_call = body[at + name.len()..].starts_with('(');
                    if let Some(to) = owner.get(name).filter(|_| is_call) {
                        check(source, start + at, to, name);
                    }
                }
            }
        }
    }
    for (from, to) in arrows(&sources) {
        let source = sources.iter().find(|source| source.path == from).unwrap();
        for (to, place) in to {
            let line: usize = place.rsplit(':').next().unwrap().parse().unwrap();
            let at = source.text.match_indices('\n').nth(line.saturating_sub(2)).map_or(0, |(at, _)| at + 1);
            check(source, at, &to, "something");
        }
    }
    assert!(owner.len() > 100, "only {} methods of the portal were found", owner.len());
    assert!(wrong.is_empty(), "a deed calls a deed, or a layer one above it:\n{}", wrong.join("\n"));
}

/// What commands and pages work by: their public functions that wait for something are deeds.
const WORKED_BY: [&str; 6] =
    ["Portal", "Desk<'_>", "Import<'_>", "Leaving<'_>", "Restore<'_>", "Archive<'_>"];

/// Also within a file and between the files of one deed: what two share is a private function.
#[test]
fn no_deed_calls_a_deed_of_its_own_file_either() {
    let layers = layers();
    let mut wrong = Vec::new();
    let mut counted = 0;
    for worked_by in WORKED_BY {
        let head = format!("impl {worked_by} {{");
        let sources: Vec<_> = sources("src/portal")
            .into_iter()
            .filter(|source| layer(&layers, &module(&source.path)) == layers.len())
            .collect();
        let mut deeds = BTreeSet::new();
        for source in &sources {
            for (_, body) in bodies_of(source, &head) {
                deeds.extend(names_after(body, "    pub async fn ").into_iter().map(|(_, name)| name));
            }
        }
        counted += deeds.len();
        assert!(!deeds.is_empty(), "{head} stands nowhere");
        for source in &sources {
            for (start, body) in bodies_of(source, &head) {
                let calls = ["self.", "Self::"].into_iter().flat_map(|word| names_after(body, word));
                for (at, name) in calls {
                    if deeds.contains(name) && body[at + name.len()..].starts_with('(') {
                        wrong.push(format!("{}: {name}", source.place(start + at)));
                    }
                }
            }
        }
    }
    assert!(counted > 100, "only {counted} deeds were found");
    assert!(wrong.is_empty(), "these calls are of deeds:\n{}", wrong.join("\n"));
}
