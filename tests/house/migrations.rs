//! Migrations: both databases have the same ones, and each names the oldest program that may go on beside it (D43).

use kenpo_portal::store::schema::{OLDEST, Version};

use crate::source::files;

/// Programs before this one compare strictly: no migration can let them go on.
const FIRST_TO_ASK: &str = "0.2.0";
/// The last migration of programs that compare strictly.
const LAST_STRICT: &str = "0004";

#[test]
fn every_migration_names_the_oldest_program_that_may_go_on_beside_it() {
    let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let (sqlite, postgres) = (files("migrations/sqlite", "sql"), files("migrations/postgres", "sql"));
    let names = |files: &[(String, String)]| files.iter().map(|(path, _)| name(path)).collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres));
    let first = Version::parse(FIRST_TO_ASK).unwrap();
    for ((path, text), (_, other)) in sqlite.iter().zip(&postgres) {
        if name(path).as_str() <= LAST_STRICT || name(path).starts_with(LAST_STRICT) {
            continue;
        }
        let said =
            |text: &str| text.lines().take(5).find_map(|line| Version::parse(line.strip_prefix(OLDEST)?));
        let oldest = said(text).unwrap_or_else(|| {
            panic!(
                "{path}: its first lines need `{OLDEST}{}` (or an older one that may go on)",
                Version::own()
            )
        });
        assert_eq!(said(other), Some(oldest), "{path}: the same in both folders");
        assert!(oldest >= first, "{path}: programs before {first} go on beside nothing");
        assert!(oldest <= Version::own(), "{path}: newer than this program");
    }
}
