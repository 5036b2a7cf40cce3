//! `tenant preview`: every page and letter of a union, made of its file alone, in a folder or on this machine.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use scraper::{Html, Selector};

use super::program::{Place, Running};
use crate::tenants::{MIDORI, sibling};

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// What a page leads to and is made of, of what lies in the folder.
fn named(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let mut named = Vec::new();
    for (css, attribute) in [("[href]", "href"), ("[src]", "src")] {
        let css = Selector::parse(css).unwrap();
        named.extend(page.select(&css).map(|element| element.attr(attribute).unwrap().to_owned()));
    }
    let elsewhere = ["https://", "tel:", "data:", "#"];
    named.retain(|name| !elsewhere.iter().any(|beginning| name.starts_with(beginning)));
    named
}

#[test]
fn a_union_is_shown_whole_in_a_folder_that_opens_from_the_disk() {
    let place = Place::new();
    let folder = place.path("preview");
    let shown = folder.to_str().unwrap();
    let made = place.run(&["tenant", "preview", "midorikenpo", "--static", shown, "--lang", "ja"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert_eq!(made.out.trim(), folder.join("index.html").to_str().unwrap());
    assert!(!place.path("portal.db").exists(), "it asks no database");
    let all = files(&folder);
    assert!(made.err.contains(&format!("{} 個のファイル", all.len())), "{}", made.err);
    let mut reached = BTreeSet::new();
    for path in &all {
        let Some("html") = path.extension().and_then(|ending| ending.to_str()) else { continue };
        let (text, name) = (fs::read_to_string(path).unwrap(), path.display());
        let leads = ["<script", "method=\"post\"", "http-equiv=\"refresh\""];
        assert!(!leads.iter().any(|leading| text.contains(leading)), "{name}");
        for beside in named(&text) {
            let file = path.parent().unwrap().join(beside.split('#').next().unwrap());
            let file = file.canonicalize().unwrap_or_else(|_| panic!("{name} names {beside}"));
            assert!(file.starts_with(folder.canonicalize().unwrap()), "{name} names {beside}");
            reached.insert(file);
        }
    }
    // Whatever is there is led to from the index, except what style sheets of other pages ask for.
    for path in all.iter().filter(|path| path.extension().is_some_and(|ending| ending == "html")) {
        let is_index = path.ends_with("index.html");
        assert!(is_index || reached.contains(&path.canonicalize().unwrap()), "{}", path.display());
    }
    for scheme in ["light", "dark"] {
        let sheets = files(&folder.join(scheme).join("assets"));
        let css: String = sheets.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
        assert!(css.contains(&format!("color-scheme:{scheme}")) && css.contains("#1b6b2f"), "{scheme}");
        for asked in ["prefers-color-scheme", "color-scheme:light dark", "scripting"] {
            assert!(!css.contains(asked), "{scheme}: {asked} is answered");
        }
        for (language, told) in [("ja", "<html lang=\"ja\">"), ("en", "<html lang=\"en\">")] {
            let page =
                fs::read_to_string(folder.join(format!("{scheme}/set-up-totp.{language}.html"))).unwrap();
            assert!(page.contains(told) && page.contains("みどり健康保険組合"), "{scheme} {language}");
        }
    }
    // What this union does not offer is not there, and what it does is in its own words.
    for name in ["signin", "set-up-totp-wrong", "confirm-email-code", "recovery-desk-code"] {
        assert!(folder.join(format!("screens/{name}.html")).exists(), "{name}");
    }
    for name in
        ["set-up-passkey", "mail-code", "portal-limited", "confirm-email-link", "help-of-mail", "demo"]
    {
        assert!(!folder.join(format!("screens/{name}.html")).exists(), "{name}");
    }
    let letters = fs::read_to_string(folder.join("letters.en.html")).unwrap();
    assert!(letters.contains("【みどり健保】") && letters.matches("<article").count() > 25);
    assert!(fs::read_to_string(folder.join("guide.ja.html")).unwrap().contains("counter(page)"));
    assert!(fs::read_to_string(folder.join("printed.html")).unwrap().contains("健保 花子"));
    let notice = fs::read_to_string(folder.join("light/signin.ja.html")).unwrap();
    assert!(notice.contains("春のお知らせです。"), "a notice that is still to come is shown too");
}

#[test]
fn nothing_is_written_over_and_a_file_with_an_error_is_shown_to_nobody() {
    let place = Place::new();
    let folder = place.path("preview");
    let shown = folder.to_str().unwrap();
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("mine.txt"), "mine").unwrap();
    let full = place.run(&["tenant", "preview", "midorikenpo", "--static", shown]);
    assert_eq!((full.code, full.out.as_str()), (1, ""), "{}", full.err);
    assert!(full.err.contains(shown), "{}", full.err);
    assert_eq!(files(&folder).len(), 1);
    let (link, target) = (place.path("link"), place.path("target"));
    fs::create_dir(&target).unwrap();
    symlink(&target, &link).unwrap();
    let linked = place.run(&["tenant", "preview", "midorikenpo", "--static", link.to_str().unwrap()]);
    assert_eq!((linked.code, files(&target).len()), (1, 0), "{}", linked.err);
    let file = place.run(&[
        "tenant",
        "preview",
        "midorikenpo",
        "--static",
        folder.join("mine.txt").to_str().unwrap(),
    ]);
    assert_eq!((file.code, file.err.contains("mine.txt")), (2, true), "{}", file.err);

    let others = place.run(&["tenant", "preview", "midorikenpo", "--listen", "0.0.0.0:0"]);
    assert_eq!((others.code, others.out.as_str()), (2, ""), "{}", others.err);
    assert!(others.err.contains("--static"), "{}", others.err);

    fs::write(place.path("midorikenpo.toml"), MIDORI.replace("\"open\"", "\"opened\"")).unwrap();
    let new = place.path("new");
    let broken = place.run(&["tenant", "preview", "midorikenpo", "--static", new.to_str().unwrap()]);
    assert_eq!((broken.code, new.exists()), (1, false), "{}", broken.err);
    assert!(broken.err.contains("midorikenpo.toml:4"), "{}", broken.err);
}

#[test]
fn on_this_machine_the_index_is_drawn_anew_from_the_file_whenever_it_is_opened() {
    let place = Place::new();
    let (preview, url) = place.spawn(&["tenant", "preview", "midorikenpo", "--listen", "127.0.0.1:0"]);
    let address = url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    let get = |path: &str| {
        Running::ask(address, &format!("GET {path} HTTP/1.1\r\nHost: preview\r\nConnection: close\r\n\r\n"))
    };
    let (status, index) = get("/");
    assert_eq!((status, index.contains("みどり健康保険組合")), (200, true));
    let (status, page) = get("/dark/signin.ja.html");
    assert_eq!((status, page.contains("content-security-policy")), (200, true));
    assert_eq!(get("/nothing").0, 404);
    let changed = MIDORI.replace("春のお知らせです。", "夏のお知らせです。");
    fs::write(place.path("midorikenpo.toml"), changed.replace("\"open\"", "\"opened\"")).unwrap();
    let (status, told) = get("/");
    assert_eq!((status, told.contains("midorikenpo.toml:4")), (500, true), "{told}");
    fs::write(place.path("midorikenpo.toml"), changed).unwrap();
    assert_eq!(get("/").0, 200);
    assert!(get("/light/signin.ja.html").1.contains("夏のお知らせです。"));
    assert_eq!(preview.interrupt(), Some(0));
}

#[test]
fn a_link_is_made_of_a_draft_alone_and_ended_with_a_reason() {
    let place = Place::ready();
    fs::write(place.path("aokenpo.toml"), sibling("aokenpo").replace("\"open\"", "\"draft\"")).unwrap();
    let link =
        |id: &str, more: &[&str]| place.run(&[&["tenant", "preview", id, "--lang", "en"], more].concat());
    let unsaid = link("aokenpo", &["--link"]);
    assert_eq!((unsaid.code, unsaid.out.as_str()), (2, ""));
    assert!(unsaid.err.contains("--reason"), "{}", unsaid.err);
    for days in ["0", "31"] {
        let refused = link("aokenpo", &["--link", "--days", days, "--reason", "a look"]);
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{}", refused.err);
        assert!(refused.err.contains("1 to 30 days"), "{}", refused.err);
    }
    let open = link("midorikenpo", &["--link", "--reason", "a look"]);
    assert_eq!((open.code, open.out.as_str()), (1, ""), "{}", open.err);
    assert!(
        open.err.contains("everybody sees it at https://www.midorikenpo.portal.example.jp"),
        "{}",
        open.err
    );
    let none = link("aokenpo", &["--end-link", "--reason", "a look"]);
    assert!(none.code == 0 && none.err.contains("no link"), "{}", none.err);
    let made = link("aokenpo", &["--link", "--days", "3", "--reason", "a look"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let token = made.out.trim().strip_prefix("https://www.aokenpo.portal.example.jp/preview/").unwrap();
    assert_eq!((token.len(), made.out.lines().count()), (43, 1), "{}", made.out);
    assert!(made.err.contains("--end-link") && !made.err.contains(token), "{}", made.err);
    assert!(link("aokenpo", &["--end-link", "--reason", "a look"]).err.contains("shows nothing any more"));
    let trail = place.run(&["audit", "export", "--tenant", "aokenpo"]);
    assert!(
        trail.out.contains("preview-link-made") && trail.out.contains("preview-link-ended"),
        "{}",
        trail.out
    );
    assert!(!trail.out.contains(token), "the trail holds no link");
}
