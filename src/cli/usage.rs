//! Usage: the help of every command in one language, with examples below it.

use clap::{Arg, Command};

use super::voice;
use crate::{domain::tenant::Language, wording::Words};

/// The command line with its help in one language. What is explained stands in both where the compiler reads it, parted by
/// ` / `; the examples stand in `templates/text/{ja,en}/usage.ftl`, as `usage-` and the words of the command.
pub fn in_one_language(command: Command, language: Language) -> Command {
    let words = voice(language);
    let more = [examples(&words, "top"), words.msg("usage-exit")].join("\n");
    explained(command, "", language, &words).after_help(more)
}

fn explained(command: Command, path: &str, language: Language, words: &Words<'_>) -> Command {
    let about = command.get_about().map(|text| one(text, language));
    let command = match about {
        Some(about) => command.about(about),
        None => command,
    };
    let command =
        command.mut_args(|argument: Arg| match argument.get_help().map(|text| one(text, language)) {
            // What each value means is said in the help of the argument, in one language.
            Some(help) if argument.get_possible_values().iter().any(|value| value.get_help().is_some()) => {
                argument.help(help).hide_possible_values(true)
            }
            Some(help) => argument.help(help),
            None => argument,
        });
    // A group of commands has those as its examples.
    let command = if command.has_subcommands() || path.is_empty() {
        command
    } else {
        let examples = examples(words, path);
        command.after_help(examples)
    };
    command.mut_subcommands(|inner| {
        let name = inner.get_name().to_owned();
        let path = if path.is_empty() { name } else { format!("{path}-{name}") };
        explained(inner, &path, language, words)
    })
}

fn one(text: &clap::builder::StyledStr, language: Language) -> String {
    let text = text.to_string();
    match (text.split_once(" / "), language) {
        (Some((japanese, _)), Language::Ja) => japanese.to_owned(),
        (Some((_, english)), Language::En) => english.to_owned(),
        (None, _) => text,
    }
}

/// The examples of a command: each a line to type, and below it what it does.
fn examples(words: &Words<'_>, path: &str) -> String {
    let mut shown = words.msg("usage-examples");
    for line in words.msg(&format!("usage-{path}")).lines() {
        let indent = if line.contains("kenpo-portal ") { "  " } else { "      " };
        shown.extend(["\n", indent, line]);
    }
    shown
}
