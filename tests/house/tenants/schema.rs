//! The schema that editors read: it knows the keys that `tenant check` knows, takes the values that it takes, and is the one
//! that is checked in.

use std::{collections::BTreeSet, fs, path::Path};

use kenpo_portal::{
    cli::tenant::{
        keys::reference,
        schema::{SchemaOf, schema},
    },
    domain::tenant::Language,
    tenants::{FindingCode, Loaded, keys},
    wording::Wording,
};
use regex::Regex;
use serde_json::{Value, json};

use super::{MIDORI, folder, read, write};

/// What a schema says of a value; the keywords that ours uses, and no other.
fn accepts(schema: &Value, value: &Value) -> bool {
    let number = |value: &Value| value.as_i64().unwrap();
    let size = |value: &Value| usize::try_from(number(value)).unwrap();
    let length = || value.as_str().map(|text| text.chars().count());
    schema.as_object().unwrap().iter().all(|(keyword, says)| match keyword.as_str() {
        "type" => match says.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            other => panic!("{other}"),
        },
        "enum" => says.as_array().unwrap().contains(value),
        "minimum" => value.as_i64().is_none_or(|value| value >= number(says)),
        "maximum" => value.as_i64().is_none_or(|value| value <= number(says)),
        "minLength" => length().is_none_or(|length| length >= size(says)),
        "maxLength" => length().is_none_or(|length| length <= size(says)),
        "pattern" => {
            let pattern = Regex::new(says.as_str().unwrap()).unwrap();
            value.as_str().is_none_or(|text| pattern.is_match(text))
        }
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| accepts(says, item))),
        "minItems" => value.as_array().is_none_or(|items| items.len() >= size(says)),
        "maxItems" => value.as_array().is_none_or(|items| items.len() <= size(says)),
        "uniqueItems" => value
            .as_array()
            .is_none_or(|items| items.iter().enumerate().all(|(at, item)| !items[..at].contains(item))),
        "anyOf" => says.as_array().unwrap().iter().any(|schema| accepts(schema, value)),
        "properties" => value.as_object().is_none_or(|table| {
            says.as_object()
                .unwrap()
                .iter()
                .all(|(name, inner)| table.get(name).is_none_or(|v| accepts(inner, v)))
        }),
        "additionalProperties" => value.as_object().is_none_or(|table| {
            let known = schema["properties"].as_object();
            let mut others =
                table.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
            others
                .all(|(_, value)| if says.is_object() { accepts(says, value) } else { says == &json!(true) })
        }),
        "required" => value.as_object().is_none_or(|table| {
            says.as_array().unwrap().iter().all(|name| table.contains_key(name.as_str().unwrap()))
        }),
        "$schema" | "title" | "description" | "default" | "examples" | "x-taplo" => true,
        other => panic!("{other} is a keyword that this test does not know"),
    })
}

/// Every key of a schema that holds a value or a list of tables, with what the schema says of it. Keys of listed tables
/// stand in the first one: `services.0.id`.
fn leaves(schema: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    for (name, inner) in schema["properties"].as_object().unwrap() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if inner.get("properties").is_some() {
            leaves(inner, &path, found);
        } else if inner["items"].get("properties").is_some() {
            found.push((path.clone(), inner.clone()));
            leaves(&inner["items"], &format!("{path}.0"), found);
        } else {
            found.push((path, inner.clone()));
        }
    }
}

fn union_leaves() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    leaves(&schema(SchemaOf::Union), "", &mut found);
    found
}

fn bare(path: &str) -> String {
    path.replace(".0.", ".")
}

/// Puts a value into a file, below the tables of its path; `None` takes it out.
fn put(table: &mut toml::Table, path: &str, value: Option<&Value>) {
    match path.split_once('.') {
        Some((name, rest)) => match table.entry(name).or_insert_with(|| toml::Table::new().into()) {
            toml::Value::Array(rows) => {
                put(rows[0].as_table_mut().unwrap(), rest.trim_start_matches("0."), value);
            }
            inner => put(inner.as_table_mut().unwrap(), rest, value),
        },
        None => match value {
            Some(value) => drop(table.insert(path.to_owned(), toml::Value::try_from(value).unwrap())),
            None => drop(table.remove(path)),
        },
    }
}

/// Reads Midori with these values in place of its own.
fn with(values: &[(&str, Option<&Value>)]) -> Loaded {
    let mut table: toml::Table = toml::from_str(MIDORI).unwrap();
    for (path, value) in values {
        put(&mut table, path, *value);
    }
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", toml::to_string(&table).unwrap());
    read(dir.path())
}

/// Whether the reader refuses the form of a value; what it says of values together does not count.
fn refuses(loaded: &Loaded, path: &str) -> bool {
    use FindingCode::*;
    let forms = [
        UnknownKey,
        WrongType,
        UnknownWord,
        OutOfRange,
        Unprintable,
        BareDate,
        Malformed,
        Repeated,
        StepShape,
        StepRepeated,
        StepMissing,
        StepOrder,
        StepGroup,
        HostForm,
        FileElsewhere,
        Unfilled,
        Slug,
    ];
    let about =
        |key: &str| key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    loaded.findings.iter().any(|finding| forms.contains(&finding.code) && about(&finding.key))
}

/// Values at the edges of what a schema says, each with whether it may stand there.
fn edges(says: &Value) -> Vec<(Value, bool)> {
    let at = |keyword: &str| says.get(keyword).and_then(Value::as_i64);
    if let Some(words) = says.get("enum").and_then(Value::as_array) {
        let mut found: Vec<_> = words.iter().map(|word| (word.clone(), true)).collect();
        found.extend([(json!("no-such-word"), false), (json!(3), false), (json!(""), false)]);
        return found;
    }
    match says["type"].as_str() {
        Some("integer") => {
            let (from, to) = (at("minimum").unwrap(), at("maximum").unwrap());
            vec![
                (json!(from), true),
                (json!(to), true),
                (json!(from - 1), false),
                (json!(to + 1), false),
                (json!(from.to_string()), false),
                (json!(true), false),
            ]
        }
        Some("boolean") => {
            vec![(json!(true), true), (json!(false), true), (json!("true"), false), (json!(1), false)]
        }
        Some("array") if says["items"].get("anyOf").is_some() => {
            let steps = says["default"].clone();
            let twice = json!(["birthdate", "terms", "method", "password", "password"]);
            vec![
                (steps, true),
                (twice, false),
                (json!(["birthdate", "nosuch"]), false),
                (json!("birthdate"), false),
            ]
        }
        Some("array") if says["items"].get("properties").is_some() => {
            vec![(json!([]), true), (json!("x"), false)]
        }
        Some("array") => {
            let inner = edges(&says["items"]);
            let good = &inner.iter().find(|(_, good)| *good).unwrap().0;
            let mut found: Vec<_> = inner.iter().map(|(value, good)| (json!([value]), *good)).collect();
            found.extend([(json!([]), true), (json!([good, good]), false), (good.clone(), false)]);
            found
        }
        Some("object") => vec![
            (json!({}), true),
            (json!({ "x": "y" }), true),
            (json!({ "x": 3 }), false),
            (json!("x"), false),
        ],
        _ if says.get("examples").is_some() => {
            vec![(says["examples"][0].clone(), true), (json!(""), false), (json!(3), false)]
        }
        _ => {
            let (least, most) =
                (at("minLength").unwrap(), usize::try_from(at("maxLength").unwrap()).unwrap());
            // A telephone number, where there is room for one.
            let text = |length: usize| {
                let head = if length > 20 { "03-1234-5678" } else { "" };
                json!(format!("{head}{}", "健".repeat(length - head.len())))
            };
            vec![
                (text(most), true),
                (text(most + 1), false),
                (json!(""), least == 0),
                (json!("  "), least == 0),
                (json!(3), false),
            ]
        }
    }
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let schema_keys: BTreeSet<String> = union_leaves().iter().map(|(path, _)| bare(path)).collect();
    let known: BTreeSet<String> = keys::places().into_iter().map(|place| place.path).collect();
    assert_eq!(schema_keys, known);
    // Each is a key to the reader, and its neighbour with another name is none.
    for (path, says) in union_leaves() {
        let value = edges(&says).into_iter().find(|(_, good)| *good).unwrap().0;
        let unknown = |loaded: &Loaded, path: &str| {
            loaded.findings.iter().any(|f| f.code == FindingCode::UnknownKey && f.key == path)
        };
        let other = format!("{path}_zz");
        let loaded = with(&[(&path, Some(&value)), (&other, Some(&value))]);
        assert!(!unknown(&loaded, &path), "{path}");
        assert!(unknown(&loaded, &other), "{other}: {:?}", loaded.findings);
    }
    // The shared values: the same keys without those of one union.
    let mut shared = Vec::new();
    leaves(&schema(SchemaOf::Defaults), "", &mut shared);
    let shared: BTreeSet<String> = shared.iter().map(|(path, _)| bare(path)).collect();
    let known = keys::places().into_iter().filter(|place| !place.own).map(|place| place.path);
    assert_eq!(shared, known.collect());
}

#[test]
fn at_every_edge_the_schema_and_the_reader_say_the_same() {
    let matrix: Vec<_> = union_leaves().into_iter().map(|(path, says)| (path, edges(&says), says)).collect();
    // A list of tables holds the keys that are looked at.
    let matrix: Vec<_> =
        matrix.into_iter().filter(|(_, _, says)| says["items"].get("properties").is_none()).collect();
    let mut looked_at = 0;
    for round in 0..matrix.iter().map(|(_, edges, _)| edges.len()).max().unwrap() {
        let here: Vec<_> =
            matrix.iter().filter_map(|(path, edges, says)| Some((path, edges.get(round)?, says))).collect();
        let values: Vec<_> = here.iter().map(|(path, (value, _), _)| (path.as_str(), Some(value))).collect();
        let loaded = with(&values);
        for (path, (value, good), says) in here {
            assert_eq!(accepts(says, value), *good, "the schema of {path} and {value}");
            // Which id the file must have is not a question of form.
            if path != "id" || !good {
                assert_eq!(!refuses(&loaded, path), *good, "tenant check of {path} and {value}");
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 400, "{looked_at}");
    for (path, edges, _) in matrix.iter().filter(|(path, ..)| path.ends_with("_length")) {
        assert!(edges.len() > 5, "{path}");
    }
}

#[test]
fn an_editor_refuses_nothing_that_the_reader_takes() {
    const ODD: [&str; 34] = [
        "",
        " ",
        "　",
        "x",
        "a.b",
        "A.b.jp",
        "a.jp.",
        "-a.jp",
        "127.0.0.1",
        "健保.jp",
        "a..jp",
        "https://",
        "https:///x",
        "http://a.jp/",
        "https://a.jp",
        "https://user@a.jp/",
        "#12345",
        "#1234567",
        "#00529B",
        "2027-02-31",
        "2027-1-1",
        "20270331",
        "2027-03-31T00:00:00",
        "/etc/passwd",
        "../x",
        "a/b.svg",
        "c:\\x",
        "a@b",
        "a@b.jp",
        "a b@c.jp",
        "03-1234-5678",
        "midori",
        "admin",
        "\u{1}",
    ];
    let texts: Vec<_> = union_leaves().into_iter().filter(|(_, says)| says["type"] == "string").collect();
    assert!(texts.len() > 40, "{}", texts.len());
    let mut refused = 0;
    for odd in ODD {
        let odd = json!(odd);
        let values: Vec<_> = texts.iter().map(|(path, _)| (path.as_str(), Some(&odd))).collect();
        let loaded = with(&values);
        for (path, says) in &texts {
            if !accepts(says, &odd) {
                refused += 1;
                assert!(refuses(&loaded, path) || path == "id", "{path} = {odd} is right to the reader");
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

#[test]
fn what_the_schema_asks_for_the_reader_asks_for() {
    let whole = schema(SchemaOf::Union);
    let mut asked = vec!["id".to_owned(), "name".to_owned(), "hosts.primary".to_owned()];
    assert_eq!(whole["required"], json!(["id", "name", "hosts"]));
    assert_eq!(whole["properties"]["hosts"]["required"], json!(["primary"]));
    for list in ["notices", "services"] {
        let names = whole["properties"][list]["items"]["required"].as_array().unwrap();
        asked.extend(names.iter().map(|name| format!("{list}.0.{}", name.as_str().unwrap())));
    }
    for path in asked {
        let loaded = with(&[(&path, None)]);
        assert!(loaded.findings.iter().any(|f| f.code == FindingCode::Missing && f.key == path), "{path}");
    }
    assert!(schema(SchemaOf::Defaults).get("required").is_none());
}

#[test]
fn every_file_of_this_repository_fits_the_schema_that_is_checked_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut unions, mut shared) = (0, 0);
    for folder in ["tenants", "tests/tenants"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "toml") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let values = serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap();
            let is_shared = path.ends_with("_defaults.toml");
            let of = if is_shared { SchemaOf::Defaults } else { SchemaOf::Union };
            assert!(accepts(&schema(of), &values), "{}", path.display());
            unions += usize::from(!is_shared);
            shared += usize::from(is_shared);
            if folder == "tenants" {
                let name = if is_shared { "defaults" } else { "tenant" };
                let first = format!("#:schema ./{name}.schema.json");
                assert_eq!(text.lines().next(), Some(first.as_str()), "{}", path.display());
            }
        }
    }
    assert!(unions >= 6 && shared == 1, "{unions} and {shared}");
    for (name, of) in [("tenant", SchemaOf::Union), ("defaults", SchemaOf::Defaults)] {
        let kept = fs::read_to_string(root.join(format!("tenants/{name}.schema.json"))).unwrap();
        let now = format!("{:#}\n", schema(of));
        assert!(
            kept == now,
            "tenants/{name}.schema.json: write it anew, see `kenpo-portal tenant schema --help`"
        );
    }
}

#[test]
fn every_key_and_table_is_explained_in_both_languages() {
    fn walk(table: &Value, path: &str) {
        for (name, inner) in table["properties"].as_object().unwrap() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let about = inner["description"].as_str().unwrap();
            assert!(
                about.chars().any(|c| ('ぁ'..='ん').contains(&c)
                    || ('一'..='龠').contains(&c)
                    || ('ァ'..='ン').contains(&c)),
                "{path}: {about}"
            );
            assert!(inner["x-taplo"]["docs"]["main"].as_str().unwrap().starts_with(about), "{path}");
            for inner in [inner, &inner["items"]] {
                if inner.get("properties").is_some() {
                    walk(inner, &path);
                }
            }
        }
    }
    walk(&schema(SchemaOf::Union), "");
    // And nothing else is: each explanation is that of a key or a table.
    let wording = Wording::new();
    let mut explained = BTreeSet::new();
    for place in keys::places() {
        let names: Vec<&str> = place.path.split('.').collect();
        for length in 1..=names.len() {
            explained.insert(format!("key-{}", names[..length].join("-")));
        }
    }
    for (language, at) in [(Language::Ja, 1), (Language::En, 2)] {
        let file = kenpo_portal::wording::FILES.iter().find(|(word, ..)| *word == "key").unwrap();
        let text = if at == 1 { file.1 } else { file.2 };
        let written: BTreeSet<String> = text
            .lines()
            .filter_map(|line| Some(line.strip_prefix("key-")?.split_once(" =")?.0))
            .map(|name| format!("key-{name}"))
            .collect();
        assert_eq!(written, explained, "{language:?}");
        assert!(explained.iter().all(|name| wording.has(language, name)), "{language:?}");
    }
}

#[test]
fn the_reference_tells_every_key_its_range_and_its_default() {
    let told = |wanted: &[&str], json: bool, language: Language| {
        let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = reference(&wanted, json, language, &mut out, &mut err).unwrap();
        (exit, String::from_utf8(out).unwrap() + &String::from_utf8(err).unwrap())
    };
    let (_, japanese) = told(&["password.min_length"], false, Language::Ja);
    assert_eq!(
        japanese,
        "password.min_length\n  パスワードの最小文字数\n  書けるもの: 8 から 64 までの数\n  書かないとき: 8\n  変えると: 次のログイン、または次に決めるときから\n\n"
    );
    let (_, english) = told(&["mail", "hosts.primary"], false, Language::En);
    assert!(english.contains("\"【{short_name}】\"") && english.contains("it must be written"), "{english}");
    let (exit, refused) = told(&["pasword"], false, Language::En);
    assert!(exit == 2 && refused.contains("`pasword`"), "{refused}");
    let (_, all) = told(&[], false, Language::Ja);
    let rows: Value = serde_json::from_str(&told(&[], true, Language::Ja).1).unwrap();
    for place in keys::places() {
        assert!(all.contains(&format!("{}\n", place.path)), "{}", place.path);
        let row = rows.as_array().unwrap().iter().find(|row| row["key"] == place.path.as_str()).unwrap();
        assert_eq!(row["required"], place.spec.required);
    }
    let row = |key: &str| rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap();
    assert_eq!(row("session.idle_minutes")["maximum"], 60);
    assert_eq!(row("status")["words"], json!(["draft", "open", "maintenance", "closed"]));
    assert_eq!(row("heading")["made_of"], json!(["name"]));
}
