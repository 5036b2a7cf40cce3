//! Built in: the lowest layer: what is in force where neither the union's file nor `_defaults.toml` gives a value. It is
//! written as a TOML file from the list of `keys` and read like one.

use std::path::PathBuf;
use std::sync::LazyLock;

use super::keys::{BuiltIn, places};
use super::syntax::{self, Source};
use super::toml_file::{TomlFile, TomlValue};

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = String::new();
    for place in places() {
        if let BuiltIn::Value(value) = place.spec.built_in {
            // Keys of listed tables have their values too; here they stand in one table.
            let list = if place.listed { LISTED } else { "" };
            text.extend([list, &place.path, " = ", value, "\n"]);
        }
    }
    text
});
static SOURCE: LazyLock<Source<'static>> = LazyLock::new(|| syntax::read(&TEXT));
static FILE: LazyLock<TomlFile<'static>> = LazyLock::new(|| TomlFile::parse(PathBuf::new(), None, &SOURCE));

/// Before the keys of listed tables: `services` itself is an empty list.
const LISTED: &str = "listed.";

/// The built-in value at a path; of a key in a listed table, that of every table: `services.0.icon`.
pub(super) fn value(path: &str) -> Option<&'static TomlValue<'static>> {
    let file: &'static TomlFile<'static> = &FILE;
    let is_number = |name: &&str| name.parse::<usize>().is_ok();
    if path.split('.').any(|name| is_number(&name)) {
        let names: Vec<&str> = path.split('.').filter(|name| !is_number(name)).collect();
        return file.get(&format!("{LISTED}{}", names.join(".")));
    }
    file.get(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenants::shape;

    #[test]
    fn every_built_in_value_is_one_that_a_file_may_hold() {
        assert!(SOURCE.flaws.is_empty(), "{:?}", SOURCE.flaws.first().map(|flaw| &flaw.message));
        for place in places().into_iter().filter(|place| matches!(place.spec.built_in, BuiltIn::Value(_))) {
            let path = if place.listed { place.path.replacen('.', ".0.", 1) } else { place.path.clone() };
            assert!(value(&path).is_some(), "{path}");
            assert!(!place.spec.required, "{path} has a value, and is asked for");
        }
        // As a union's own file, so that keys of one union may stand in it.
        let text: String =
            TEXT.lines().filter(|line| !line.starts_with(LISTED)).map(|line| format!("{line}\n")).collect();
        let source = syntax::read(&text);
        let file = TomlFile::parse(PathBuf::new(), Some("x".to_owned()), &source);
        let told: Vec<_> = shape::check(&file).into_iter().map(|finding| finding.key).collect();
        assert_eq!(told, Vec::<String>::new());
    }
}
