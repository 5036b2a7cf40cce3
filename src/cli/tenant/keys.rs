//! `tenant keys`: the reference of every key that a union's file may hold, made of the list that the reader itself uses.

use std::io::{self, Write};

use serde::Serialize;

use super::{COULD_NOT_RUN, FINE, show::is_below};
use crate::cli::{tell, voice};
use crate::domain::{
    saying::{Saying, SayingValue, said},
    tenant::Language,
};
use crate::tenants::keys::{BuiltIn, ChangeClass, KeyKind, KeyPlace, KeySpec, places, step_words};

/// What a key is for, in words.
pub(super) fn explained(path: &str, language: Language) -> String {
    voice(language).msg(&format!("key-{}", path.replace('.', "-")))
}

/// `tenant keys [KEY…] [--json]`: what each key is for, what it may hold, what is in force without it, when a change counts.
pub fn reference(
    wanted: &[String],
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let everything = places();
    for key in wanted {
        if !everything.iter().any(|place| is_below(&place.path, key)) {
            writeln!(err, "{}", tell(language, &said!("reference-no-such-key", key)))?;
            return Ok(COULD_NOT_RUN);
        }
    }
    let asked =
        |place: &&KeyPlace| wanted.is_empty() || wanted.iter().any(|wanted| is_below(&place.path, wanted));
    let shown = everything.iter().filter(asked);
    if json {
        let rows: Vec<KeyRow> = shown.map(KeyRow::of).collect();
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
        return Ok(FINE);
    }
    for place in shown {
        writeln!(out, "{}\n  {}", place.path, explained(&place.path, language))?;
        for fact in facts(place) {
            writeln!(out, "  {}", tell(language, &fact))?;
        }
        writeln!(out)?;
    }
    Ok(FINE)
}

/// What a key may hold, what is in force without it, who may hold it, when a change counts.
pub(super) fn facts(place: &KeyPlace) -> Vec<Saying> {
    let spec = place.spec;
    let without = match spec.built_in {
        _ if spec.required => Some(said!("reference-required")),
        BuiltIn::Nothing => None,
        BuiltIn::Value(value) => Some(said!("reference-default", value)),
        BuiltIn::Made(pattern) => Some(said!("reference-made", pattern)),
        BuiltIn::Bare(host) => Some(said!("reference-bare", host)),
    };
    let own = place.own.then(|| said!("reference-own"));
    std::iter::once(said!("reference-holds", kind = holds(spec)))
        .chain(without)
        .chain(own)
        .chain([when(place.change)])
        .collect()
}

fn when(change: ChangeClass) -> Saying {
    match change {
        ChangeClass::Live => said!("reference-live"),
        ChangeClass::Login => said!("reference-login"),
        ChangeClass::Import => said!("reference-import"),
        ChangeClass::Frozen => said!("reference-frozen"),
    }
}

/// What it may hold.
fn holds(spec: &KeySpec) -> Saying {
    let words = |words: Vec<&'static str>| SayingValue::several(words, "list-and");
    match spec.kind {
        KeyKind::Id => said!("reference-kind-id"),
        KeyKind::Text(0, most) => said!("reference-kind-text-or-none", most),
        KeyKind::Text(_, most) => said!("reference-kind-text", most),
        KeyKind::Lines(most) => said!("reference-kind-lines", most),
        KeyKind::Flag => said!("reference-kind-flag"),
        KeyKind::Number(from, to) => said!("reference-kind-number", from, to),
        KeyKind::Word(list) => said!("reference-kind-word", words = words(list())),
        KeyKind::Words(list) => said!("reference-kind-words", words = words(list())),
        KeyKind::Texts => said!("reference-kind-texts"),
        KeyKind::Steps => said!("reference-kind-steps", words = words(step_words())),
        KeyKind::Date => said!("reference-kind-date"),
        KeyKind::Host => said!("reference-kind-host"),
        KeyKind::Hosts => said!("reference-kind-hosts"),
        KeyKind::Https => said!("reference-kind-https", scheme = "https://"),
        KeyKind::HttpsOrHere => said!("reference-kind-https-or-here", scheme = "https://", test = "sso.test"),
        KeyKind::Address => said!("reference-kind-address"),
        KeyKind::Phone => said!("reference-kind-phone"),
        KeyKind::Colour => said!("reference-kind-colour"),
        KeyKind::File => said!("reference-kind-file"),
        KeyKind::Table(_) => said!("reference-kind-table"),
        KeyKind::Tables(_) => said!("reference-kind-tables"),
        KeyKind::Sentences => said!("reference-kind-sentences"),
    }
}

/// A key for programs.
#[derive(Serialize)]
struct KeyRow {
    key: String,
    about: String,
    holds: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<&'static str>>,
    required: bool,
    /// As TOML.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    made_of: Vec<&'static str>,
    /// Whether only a union's own file may hold it.
    own: bool,
    change: &'static str,
}

impl KeyRow {
    fn of(place: &KeyPlace) -> Self {
        let spec = place.spec;
        let (minimum, maximum) = match spec.kind {
            KeyKind::Number(from, to) => (Some(from), Some(to)),
            _ => (None, None),
        };
        let words = match spec.kind {
            KeyKind::Word(words) | KeyKind::Words(words) => Some(words()),
            KeyKind::Steps => Some(step_words()),
            _ => None,
        };
        let default = match spec.built_in {
            BuiltIn::Value(value) => Some(value),
            _ => None,
        };
        Self {
            key: place.path.clone(),
            about: explained(&place.path, Language::En),
            holds: tell(Language::En, &holds(spec)),
            minimum,
            maximum,
            words,
            required: spec.required,
            default,
            made_of: spec.built_in.made_of(),
            own: place.own,
            change: place.change.as_str(),
        }
    }
}
