//! Paths: they are written out in `src/domain/route.rs` and nowhere else, but in tests, which see the service from
//! outside.

use std::collections::BTreeSet;

use kenpo_portal::domain::route::Route;

use crate::source::{files, sources};

const LIST: &str = "src/domain/route.rs";

/// What the paths of pages begin with: `signin`, `account`, …
fn beginnings() -> BTreeSet<&'static str> {
    Route::every()
        .filter_map(|route| route.pattern().split('/').nth(1))
        .filter(|first| !first.is_empty())
        .collect()
}

/// Where a text holds the path of a page: a `/` that no folder or host stands before, and a known beginning.
fn paths_in(text: &str) -> Vec<String> {
    let beginnings = beginnings();
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '}' | ')');
    text.match_indices('/')
        .filter(|(at, _)| !text[..*at].ends_with(in_name))
        .map(|(at, _)| {
            text[at..].chars().take_while(|c| in_name(*c) && !matches!(c, '}' | ')')).collect::<String>()
        })
        .filter(|path| path.split('/').nth(1).is_some_and(|first| beginnings.contains(first)))
        .collect()
}

#[test]
fn a_path_is_known_by_its_beginning() {
    assert_eq!(paths_in("see /signin?after=x and \"/account/methods\""), ["/signin", "/account/methods"]);
    for none in ["../templates/assets/portal.css", "https://x.example/help", "/", "/etc/help", "a/help"] {
        assert!(paths_in(none).is_empty(), "{none}");
    }
}

#[test]
fn paths_stand_in_the_list_of_routes_only() {
    let mut wrong = Vec::new();
    for source in
        sources("src").iter().filter(|source| source.path != LIST && !source.path.ends_with("tests.rs"))
    {
        let end = source.code.find("#[cfg(test)]").unwrap_or(source.code.len());
        for (at, value) in source.strings.iter().filter(|(at, _)| *at < end) {
            wrong.extend(paths_in(value).into_iter().map(|path| format!("{}: {path}", source.place(*at))));
        }
    }
    for ending in ["html", "js"] {
        for (file, text) in files("templates", ending) {
            wrong.extend(paths_in(&text).into_iter().map(|path| format!("{file}: {path}")));
            // The front page has no beginning to be known by.
            for attribute in ["href", "action"] {
                let literal = text.contains(&format!("{attribute}=\"/"));
                wrong.extend(literal.then(|| format!("{file}: {attribute}=\"/…\"")));
            }
        }
    }
    for (file, text) in files("templates", "ftl") {
        wrong.extend(paths_in(&text).into_iter().map(|path| format!("{file}: {path}")));
    }
    assert!(wrong.is_empty(), "write the route instead, as `{LIST}` says:\n{}", wrong.join("\n"));
}

/// The files of `src` in which each of these words stands, once for each time.
fn files_with(words: &[&str]) -> Vec<String> {
    let found = |word: &&str| {
        let all = sources("src").into_iter().map(|source| (source.positions(word).len(), source.path));
        all.flat_map(|(times, path)| vec![path; times]).collect::<Vec<_>>()
    };
    words.iter().flat_map(found).collect()
}

#[test]
fn no_command_serves_pages_whose_time_tells_something() {
    let website = "src/web/website.rs";
    // Declared there, and called by tests only.
    assert_eq!(files_with(&["answering_at_once"]), [website]);
    // The one way to other times than the usual ones, in it.
    assert_eq!(files_with(&["AnswerTimes::AT_ONCE", ".answering("]), [website, website]);
    // What pages begin with; the file beside measures itself by it.
    let mut usual = files_with(&["AnswerTimes::USUAL"]);
    usual.dedup();
    assert_eq!(usual, ["src/web/budget.rs", website]);
    assert_eq!(files_with(&["App::new("]), [website]);
}
