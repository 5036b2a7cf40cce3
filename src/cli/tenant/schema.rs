//! `tenant schema`: JSON Schema of the unions' files, so that editors complete, check and explain them. Made of the list of
//! keys that the reader itself uses.
//!
//! # Decision
//! Draft 7, with `x-taplo` beside the descriptions, explained in Japanese whatever the language of the command.
//! # Because
//! taplo and Even Better TOML read nothing newer by default; and the same program has to write the same file everywhere, for
//! the people who fill unions' files in.
//! # Instead of
//! a schema of derived types: the reader has none, so that it can name the place of a mistake.

use serde_json::{Map, Value, json};

use super::keys::{explained, facts};
use crate::{
    cli::{tell, voice},
    domain::tenant::Language,
    tenants::keys::{BuiltIn, KEYS, KeyKind, KeyPlace, KeySpec, shared_step_words, step_words},
};

/// Which file a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaOf {
    /// A union's own file.
    Union,
    /// `_defaults.toml`, without the keys of one union.
    Defaults,
}

/// The schema of a file.
pub fn schema(of: SchemaOf) -> Value {
    let title = match of {
        SchemaOf::Union => "schema-union",
        SchemaOf::Defaults => "schema-defaults",
    };
    let mut schema = table(KEYS, None, of);
    let head = [
        ("$schema", json!("http://json-schema.org/draft-07/schema#")),
        ("title", json!(voice(Language::Ja).msg(title))),
    ];
    schema.extend(head.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(schema)
}

/// A table with these keys.
fn table(keys: &'static [KeySpec], above: Option<&KeyPlace>, of: SchemaOf) -> Map<String, Value> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for place in keys.iter().map(|spec| KeyPlace::of(spec, above)) {
        if of == SchemaOf::Defaults && place.own {
            continue;
        }
        // What `_defaults.toml` may give need not stand in the union's file.
        let is_optional = place.listed && !place.spec.required;
        if (place.own || place.listed) && !is_optional && is_required(place.spec) {
            required.push(json!(place.spec.name));
        }
        properties.insert(place.spec.name.to_owned(), Value::Object(property(&place, of)));
    }
    let mut table = object(&[("type", json!("object")), ("additionalProperties", json!(false))]);
    if !required.is_empty() {
        table.insert("x-taplo".to_owned(), json!({ "initKeys": required }));
        table.insert("required".to_owned(), Value::Array(required));
    }
    table.insert("properties".to_owned(), Value::Object(properties));
    table
}

/// Whether it must stand there, or something in it.
fn is_required(spec: &KeySpec) -> bool {
    match spec.kind {
        KeyKind::Table(keys) => keys.iter().any(is_required),
        _ => spec.required,
    }
}

fn property(place: &KeyPlace, of: SchemaOf) -> Map<String, Value> {
    let about = explained(&place.path, Language::Ja);
    let mut property = match place.spec.kind {
        KeyKind::Table(keys) => table(keys, Some(place), of),
        KeyKind::Tables(keys) => {
            object(&[("type", json!("array")), ("items", Value::Object(table(keys, Some(place), of)))])
        }
        _ => value(&place.spec.kind),
    };
    let mut docs = about.clone();
    if !matches!(place.spec.kind, KeyKind::Table(_)) {
        docs.extend(facts(place).iter().map(|fact| format!("\n\n{}", tell(Language::Ja, fact))));
    }
    let taplo = property.entry("x-taplo").or_insert_with(|| json!({}));
    if let Some(taplo) = taplo.as_object_mut() {
        taplo.insert("docs".to_owned(), json!({ "main": docs }));
    }
    property.insert("description".to_owned(), json!(about));
    if let BuiltIn::Value(toml) = place.spec.built_in
        && let Some(value) = default(toml)
    {
        property.insert("default".to_owned(), value);
    }
    property
}

/// A built-in value.
fn default(value: &str) -> Option<Value> {
    let table: toml::Table = toml::from_str(&format!("value = {value}")).ok()?;
    serde_json::to_value(table.get("value")?).ok()
}

/// What a key may hold. Each pattern says less than `tenant check` does, never more: an editor refuses nothing that is
/// right.
fn value(kind: &KeyKind) -> Map<String, Value> {
    let text = |least: usize, most: usize| {
        let mut text =
            object(&[("type", json!("string")), ("minLength", json!(least)), ("maxLength", json!(most))]);
        if least > 0 {
            text.insert("pattern".to_owned(), json!(r"\S"));
        }
        text
    };
    let form = |pattern: &str, example: &str| {
        object(&[("type", json!("string")), ("pattern", json!(pattern)), ("examples", json!([example]))])
    };
    let host = || form(r"^([a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}$", "portal.example.jp");
    let list = |items: Map<String, Value>| {
        object(&[("type", json!("array")), ("items", Value::Object(items)), ("uniqueItems", json!(true))])
    };
    let word = |words: Vec<&str>| object(&[("type", json!("string")), ("enum", json!(words))]);
    match *kind {
        KeyKind::Id => form("^[a-z][a-z0-9]{2,30}$", "midorikenpo"),
        KeyKind::Text(least, most) => text(least, most),
        KeyKind::Lines(most) => text(1, most),
        KeyKind::Flag => object(&[("type", json!("boolean"))]),
        KeyKind::Number(from, to) => {
            object(&[("type", json!("integer")), ("minimum", json!(from)), ("maximum", json!(to))])
        }
        KeyKind::Word(words) => word(words()),
        KeyKind::Words(words) => list(word(words())),
        KeyKind::Texts => list(text(1, 128)),
        KeyKind::Steps => {
            let group = object(&[
                ("type", json!("array")),
                ("items", Value::Object(word(shared_step_words()))),
                ("minItems", json!(2)),
                ("maxItems", json!(2)),
                ("uniqueItems", json!(true)),
            ]);
            list(object(&[("anyOf", json!([word(step_words()), group]))]))
        }
        KeyKind::Date => form(r"^\d{4}-?\d{2}-?\d{2}", "2027-03-31"),
        KeyKind::Host => host(),
        KeyKind::Hosts => list(host()),
        KeyKind::Https => form("^https://[^/]", "https://www.example.jp/"),
        KeyKind::HttpsOrHere => form(
            r"^(https://[^/]|https?://(([a-z0-9-]+\.)*localhost|127\.0\.0\.1)([:/?]|$))",
            "https://www.example.jp/",
        ),
        KeyKind::Address => form(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "kenpo@example.jp"),
        KeyKind::Phone => text(1, 60),
        KeyKind::Colour => form("^#[0-9A-Fa-f]{6}$", "#00529b"),
        KeyKind::File => form(r"^[^/\\]", "midorikenpo/terms.md"),
        KeyKind::Table(_) | KeyKind::Tables(_) => Map::new(),
        KeyKind::Sentences => {
            object(&[("type", json!("object")), ("additionalProperties", Value::Object(text(1, 1000)))])
        }
    }
}

fn object(entries: &[(&str, Value)]) -> Map<String, Value> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
