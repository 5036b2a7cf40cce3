//! Usage: the help of every command in one language, with examples below it.

use clap::{Arg, ArgAction, Command};

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
    let command = command.mut_args(|argument: Arg| explained_argument(argument, language, words));
    let command = headed(command, path.is_empty(), words);
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

/// What clap itself says in every help, in English: the headings, `--help` and `--version`.
fn headed(command: Command, is_top: bool, words: &Words<'_>) -> Command {
    let usage = words.msg("usage-heading");
    let template =
        format!("{{before-help}}{{about-with-newline}}\n{usage} {{usage}}\n\n{{all-args}}{{after-help}}");
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
    let help = help.help(words.msg("usage-help")).help_heading(words.msg("usage-options"));
    let command = command.help_template(template).subcommand_help_heading(words.msg("usage-commands"));
    let command = command.disable_help_flag(true).disable_help_subcommand(true).arg(help);
    if !is_top {
        return command;
    }
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    let version = version.help(words.msg("usage-version")).help_heading(words.msg("usage-options"));
    command.disable_version_flag(true).arg(version)
}

fn explained_argument(argument: Arg, language: Language, words: &Words<'_>) -> Arg {
    let heading = if argument.is_positional() { "usage-arguments" } else { "usage-options" };
    let argument = argument.help_heading(words.msg(heading));
    let Some(mut help) = argument.get_help().map(|text| one(text, language)) else { return argument };
    if !argument.get_action().takes_values() {
        return argument.help(help);
    }
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() {
        help.push(' ');
        help.push_str(&words.msg1("usage-default", "value", defaults.join(" ")));
    }
    let values = argument.get_possible_values();
    // What each value means is said in the help of the argument, in one language.
    if !values.is_empty() && values.iter().all(|value| value.get_help().is_none()) {
        let names: Vec<_> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
        help.push(' ');
        help.push_str(&words.msg1("usage-values", "values", names.join(", ")));
    }
    argument.help(help).hide_possible_values(true).hide_default_value(true)
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
