//! Every command: examples that are right, in both languages; `--json` where it tells something, `--dry-run` where it writes.
//!
//! A new command is asked for its examples (`templates/text/{ja,en}/usage.ftl`, as `usage-` and its words), and for the two
//! switches or its line in a list below, with the reason.

use clap::Command;
use kenpo_portal::{cli::command_line, domain::tenant::Language};

use super::program::Place;
use crate::source::{files, root};

/// Commands without `--json`, and why.
const NOT_FOR_MACHINES: [(&str, &str); 8] = [
    ("demo", "runs until it is stopped"),
    ("serve", "runs until it is stopped; its log is JSON"),
    ("healthcheck", "its exit code is the answer"),
    ("completions", "a script for a shell"),
    ("tenant schema", "is JSON"),
    ("tenant guide", "a page for people"),
    ("tenant preview", "pages for people, and the address of one"),
    ("sso vendor", "a page for people"),
];

/// Commands that write nothing, and those that write and cannot be tried, and why.
const NOT_TRIED: [(&str, &str); 37] = [
    ("clock", "without --confirm it only looks"),
    ("demo", "has a database of its own"),
    ("serve", "is the service"),
    ("healthcheck", "reads"),
    ("migrate status", "reads"),
    ("keys new", "makes one file, and never over another"),
    ("keys adopt", "says that the database believes a ring; asked for only where it does not"),
    ("keys rotate", "keys status says what it would find"),
    ("keys status", "reads"),
    ("keys remove", "keys status says what needs the key; it refuses where something does"),
    ("tenant check", "reads"),
    ("tenant list", "reads"),
    ("tenant diff", "reads"),
    ("tenant reload", "has files read; tenant check says what would come of it"),
    ("tenant preview", "makes one new folder, or a link that --end-link ends"),
    ("tenant export", "makes one new folder, and changes nothing else"),
    ("member find", "reads"),
    ("member show", "reads"),
    ("terms export", "reads"),
    ("mail status", "reads"),
    ("mail test", "is a trial itself"),
    ("audit export", "reads"),
    ("audit members", "reads"),
    ("audit verify", "reads"),
    ("audit archive", "audit verify says whether it may; what it moves stands in the file"),
    ("backup", "makes one new file, and changes nothing else"),
    ("verify-store", "reads"),
    ("completions", "reads"),
    ("sso keys show", "reads"),
    ("sso keys rotate", "publishes a key, and changes nothing for a day"),
    ("sso keys import", "publishes a key that was made elsewhere"),
    ("sso secret new", "sso secret list says whether it may; sso secret drop takes it back"),
    ("sso secret list", "reads"),
    ("sso logouts list", "reads"),
    ("sso logouts again", "sso logouts list says what there is; services that are told twice lose nothing"),
    ("sso secret drop", "sso secret list says what there is; another one can be made"),
    ("sso check", "reads"),
];
/// The same: these only read, or make new files and never write over others.
const READS_TOO: [&str; 10] = [
    "receipt",
    "member imports",
    "tenant show",
    "tenant keys",
    "tenant schema",
    "tenant new",
    "tenant guide",
    "sso vendor",
    "config show",
    "doctor",
];

/// The commands that do something, each with its words.
fn leaves(command: &Command, words: &str, found: &mut Vec<(String, Command)>) {
    for inner in command.get_subcommands() {
        let words = format!("{words} {}", inner.get_name()).trim().to_owned();
        if inner.has_subcommands() {
            leaves(inner, &words, found);
        } else {
            found.push((words, inner.clone()));
        }
    }
}

fn commands(language: Language) -> Vec<(String, Command)> {
    let mut found = Vec::new();
    leaves(&command_line(language), "", &mut found);
    assert!(found.len() > 30, "{}", found.len());
    found
}

/// A line as a shell takes it apart: blanks, and quotation marks around words with blanks in them.
fn words_of(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate().flat_map(|(at, part)| {
        if at % 2 == 1 { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
    });
    // Variables before the command are the shell's.
    parts.skip_while(|word| word != "kenpo-portal").collect()
}

#[test]
fn every_command_has_examples_that_are_right_in_both_languages() {
    for language in [Language::Ja, Language::En] {
        let line = command_line(language);
        let mut everything = commands(language);
        everything.push((String::new(), line.clone()));
        for (words, command) in everything {
            let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = below.lines().skip(1).collect();
            let examples: Vec<&&str> = lines.iter().filter(|line| line.contains("kenpo-portal ")).collect();
            assert!(!examples.is_empty(), "`{words}`: no examples; see the head of this file");
            assert!(lines.len() >= 2 * examples.len(), "`{words}`: each example says what it does");
            for example in examples {
                let typed = words_of(example);
                let read = line.clone().try_get_matches_from(&typed);
                let read = read.unwrap_or_else(|fault| panic!("{example}: {fault}"));
                let mut named = Vec::new();
                let mut at = &read;
                while let Some((name, inner)) = at.subcommand() {
                    named.push(name.to_owned());
                    at = inner;
                }
                assert!(words.is_empty() || named.join(" ") == words, "{example} is an example of `{words}`");
            }
        }
    }
}

#[test]
fn a_help_in_japanese_says_nothing_of_its_own_in_english() {
    let line = command_line(Language::Ja);
    let mut all = commands(Language::Ja);
    all.push((String::new(), line.clone()));
    all.extend(line.get_subcommands().map(|group| (group.get_name().to_owned(), group.clone())));
    for (words, mut command) in all {
        let help = command.render_long_help().to_string();
        assert!(help.contains("使い方: ") && help.contains("オプション:"), "`{words}`: {help}");
        for english in
            ["Usage", "Options", "Arguments", "Commands", "[default", "[alias", "Print ", "possible values"]
        {
            assert!(!help.contains(english), "`{words}` says {english}:\n{help}");
        }
    }
}

/// Pages that name commands.
fn pages() -> Vec<(String, String)> {
    let mut pages = files("src/rules/running", "md");
    for name in ["README.md", "src/rules/running.md"] {
        pages.push((name.to_owned(), std::fs::read_to_string(root().join(name)).unwrap()));
    }
    pages
}

/// How a shell without the README's alias runs the program.
const AS_ITS_USER: &str = "/usr/sbin/runuser -u kenpo-portal -- /usr/local/bin/kenpo-portal ";

/// The commands in a text: lines of code blocks, and code spans; with what the shell makes of the rest cut off.
fn typed_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, block) in text.split("```").enumerate() {
        let code: Vec<&str> = match at % 2 {
            1 => block.lines().skip(1).collect(),
            _ => block.split('`').skip(1).step_by(2).collect(),
        };
        for line in code {
            // What the README's alias stands for, and the alias.
            let line = line.replace(AS_ITS_USER, "kenpo-portal ");
            let line = match line.strip_prefix("portal ") {
                // Not an account in the trail.
                Some(rest) if !rest.starts_with('(') => format!("kenpo-portal {rest}"),
                _ => line,
            };
            let Some(begin) = line.find("kenpo-portal ") else { continue };
            // Only where a command begins, behind variables, another command or a time of cron.
            let before = &line[..begin];
            let behind = [" && ", " | ", "* "].iter().any(|end| before.ends_with(end));
            let is_set = before.split_whitespace().next_back().is_some_and(|word| word.contains('='));
            if !(begin == 0 || behind || is_set) {
                continue;
            }
            let mut typed = line[begin..].replace('\n', " ");
            for end in [" #", " >", " <", " &&", " |", " \\|", "…"] {
                typed.truncate(typed.find(end).unwrap_or(typed.len()));
            }
            found.push(typed);
        }
    }
    found
}

#[test]
fn every_command_of_the_pages_can_be_typed_as_it_stands_and_every_command_stands_there() {
    let line = command_line(Language::En);
    let (mut typed, mut wrong) = (0, Vec::new());
    for (path, text) in pages() {
        for example in typed_in(&text) {
            typed += 1;
            // What stands in capitals is a day or a number here, a text everywhere else.
            let filled = example
                .replace("--since DAY", "--since 2026-11-01")
                .replace("--before DAY", "--before 2026-11-01")
                .replace("keys remove ID", "keys remove 7");
            let words = words_of(&filled);
            // A group is named by its first words.
            let names_a_group = words.len() < 3 && line.find_subcommand(words.last().unwrap()).is_some();
            if let (Err(fault), false) = (line.clone().try_get_matches_from(&words), names_a_group) {
                wrong.push(format!("{path}: {example}: {fault}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(typed > 60, "{typed}");
    let list = std::fs::read_to_string(root().join("src/rules/running/commands.md")).unwrap();
    for (words, _) in commands(Language::En) {
        let last = words.split(' ').next_back().unwrap();
        let stands = [words.as_str(), last].iter().any(|name| list.contains(&format!("`{name}")));
        assert!(stands, "src/rules/running/commands.md does not name `{words}`");
    }
}

#[test]
fn every_command_answers_machines_and_can_be_tried_or_says_why_not() {
    for (words, command) in commands(Language::En) {
        let has = |name: &str| command.get_arguments().any(|argument| argument.get_id() == name);
        let spoken = NOT_FOR_MACHINES.iter().any(|(named, _)| *named == words);
        assert_ne!(has("json"), spoken, "`{words}`: --json, or a reason in NOT_FOR_MACHINES");
        let untried = NOT_TRIED.iter().any(|(named, _)| *named == words) || READS_TOO.contains(&&*words);
        assert_ne!(has("dry_run"), untried, "`{words}`: --dry-run, or a reason in NOT_TRIED");
    }
    let known: Vec<String> = commands(Language::En).into_iter().map(|(words, _)| words).collect();
    let listed = NOT_FOR_MACHINES.iter().chain(&NOT_TRIED).map(|(words, _)| *words).chain(READS_TOO);
    for words in listed {
        assert!(known.iter().any(|command| command == words), "`{words}` is no command any more");
    }
}

#[test]
fn commands_that_have_only_words_tell_machines_how_they_ended() {
    let place = Place::new();
    let json = |arguments: &[&str]| {
        let ended = place.run(&[arguments, &["--json", "--lang", "ja"]].concat());
        (ended.code, serde_json::from_str::<serde_json::Value>(&ended.out).unwrap())
    };
    std::fs::write(place.path("portal.db"), "").unwrap();
    let (code, status) = json(&["migrate", "up", "--dry-run"]);
    assert_eq!((code, &status["fits"]), (1, &false.into()), "nothing is changed");
    assert_eq!(status["known"][0]["applied"], false);
    let (code, done) = json(&["migrate", "up"]);
    assert_eq!((code, &done["exit"]), (0, &0.into()));
    assert!(done["said"][0].as_str().unwrap().contains("kenpo-portal serve"), "{done}");
    let (code, status) = json(&["migrate", "status"]);
    assert_eq!((code, &status["fits"], &status["known"][0]["applied"]), (0, &true.into(), &true.into()));
    let (code, made) = json(&["keys", "new"]);
    assert!(code == 0 && made["said"][0].as_str().unwrap().contains("keys.toml"), "{made}");
    let (code, removed) = json(&["keys", "remove"]);
    assert_eq!((code, &removed["exit"]), (1, &1.into()), "there is only the one in use");
}

#[test]
fn an_export_whose_reader_leaves_says_that_it_is_not_whole() {
    let place = Place::ready();
    for (command, code) in [
        (&["audit", "export", "--tenant", "midorikenpo", "--format", "csv"][..], 2),
        // Whoever takes the first lines of a list has what they wanted.
        (&["tenant", "list"], 0),
    ] {
        let ended = place.run_unread(command);
        assert_eq!((ended.code, ended.err.contains("export it again")), (code, code == 2), "{}", ended.err);
    }
}

#[test]
fn colour_is_for_terminals_and_for_whoever_forces_it() {
    let mut place = Place::new();
    std::fs::write(place.path("midorikenpo.toml"), "name = 1").unwrap();
    let escapes = |place: &Place| {
        let check = place.run(&["tenant", "check"]);
        let help = place.run(&["--help"]);
        let fault = place.run(&["terms", "export", "--tenant", "nosuch"]);
        [check.out.contains("\u{1b}["), help.out.contains("\u{1b}["), fault.err.contains("\u{1b}[")]
    };
    assert_eq!(escapes(&place), [false; 3], "a pipe is no terminal");
    place.set("CLICOLOR_FORCE", "1");
    assert_eq!(escapes(&place), [true; 3]);
    let plain = place.run(&["tenant", "check", "--json"]).out;
    assert!(!plain.contains("\u{1b}["), "data is never coloured");
    place.unset("CLICOLOR_FORCE");
    place.set("NO_COLOR", "1");
    assert_eq!(escapes(&place), [false; 3]);
}
