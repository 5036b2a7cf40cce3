//! `config show`: the settings in force, and where each comes from.

use std::io::Write;

use serde_json::{Value, json};

use super::{CommandFault, Exit, fault, tell, tenant::write_table, voice};
use crate::{
    domain::{saying::said, tenant::Language},
    settings::{
        Origin, Settings, SettingsProblem,
        shown::{SettingValue, ShownSetting},
    },
};

/// `config show [--json]`. Names that nobody knows are told beside it, as every command does.
pub fn show(
    settings: &Settings,
    json: bool,
    language: Language,
    out: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let shown = settings.shown();
    if json {
        let rows: Vec<Value> = shown.iter().map(as_json).collect();
        let unknown: Vec<Value> = settings.unknown.iter().filter_map(unknown).collect();
        writeln!(out, "{:#}", json!({ "settings": rows, "unknown": unknown }))?;
        return Ok(Exit::Fine);
    }
    let words = voice(language);
    let head =
        [words.msg("config-head-setting"), words.msg("config-head-value"), words.msg("config-head-origin")];
    let row = |setting: &ShownSetting<'_>| {
        let origin =
            tell(language, &said!("config-origin", origin = fault::settings::origin(setting.origin)));
        [setting.key.to_owned(), written(&setting.value), origin]
    };
    let rows: Vec<[String; 3]> = std::iter::once(head).chain(shown.iter().map(row)).collect();
    write_table(&rows, out)?;
    Ok(Exit::Fine)
}

fn written(value: &SettingValue) -> String {
    match value {
        SettingValue::Text(text) => text.clone(),
        SettingValue::Number(number) => number.to_string(),
        SettingValue::List(texts) if texts.is_empty() => "-".to_owned(),
        SettingValue::List(texts) => texts.join(","),
        SettingValue::Nothing => "-".to_owned(),
    }
}

fn as_json(setting: &ShownSetting<'_>) -> Value {
    let value = match &setting.value {
        SettingValue::Text(text) => json!(text),
        SettingValue::Number(number) => json!(number),
        SettingValue::List(texts) => json!(texts),
        SettingValue::Nothing => Value::Null,
    };
    json!({ "key": setting.key, "value": value, "origin": origin(setting.origin) })
}

fn unknown(problem: &SettingsProblem) -> Option<Value> {
    match problem {
        SettingsProblem::Unknown { name, origin: from } => {
            Some(json!({ "name": name, "origin": origin(from) }))
        }
        SettingsProblem::Wrong { .. } | SettingsProblem::Nearly { .. } => None,
    }
}

fn origin(origin: &Origin) -> Value {
    match origin {
        Origin::Default => json!({ "kind": "default" }),
        Origin::File { path, line } => json!({ "kind": "file", "path": path, "line": line }),
        Origin::Variable(name) => json!({ "kind": "variable", "variable": name }),
        Origin::NamedFile { variable, path } => {
            json!({ "kind": "value-file", "variable": variable, "path": path })
        }
    }
}
