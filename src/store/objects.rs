//! Objects: the tables, indexes, triggers and views of a SQLite file, held against what its migrations make; on PostgreSQL
//! what guards the tables whose rows have triggers, above all the trail ([`mod@trail_triggers`]).
//!
//! # Decision
//! The migrations that a SQLite file says it has are applied to an empty database in memory; every row of `sqlite_schema` has
//! to be the same in both. What SQLite makes itself (`sqlite_sequence`, statistics, indexes of keys) may be there or not.
//! # Because
//! A trigger acts on whatever the service writes, a view stands where a table is read, and a lost trigger lets rows of the
//! trail be removed: a file from elsewhere carries them into the service, and numbers of rows do not tell.
//! # Instead of
//! Refusing triggers and views by their kind: the migrations make some, and a changed table would pass.

use std::collections::BTreeMap;

use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, Row as _, SqliteConnection,
    sqlite::SqliteConnectOptions,
};

use super::{Database, Store, StoreError, StoreResult, schema};

mod trail_triggers;

/// What is the matter with an object of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectFlaw {
    /// No migration makes it.
    Foreign,
    /// A migration makes it otherwise.
    Altered,
    /// A migration makes it, and it is not there.
    Missing,
}

impl ObjectFlaw {
    /// The flaw in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::Altered => "altered",
            Self::Missing => "missing",
        }
    }
}

/// An object that is not as the migrations make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrangeObject {
    /// What is the matter.
    pub flaw: ObjectFlaw,
    /// Kind and name, as SQL has them: `trigger member_insert`.
    pub object: String,
}

/// The text that made each object, by kind and name.
type Objects = BTreeMap<(String, String), String>;

impl Store {
    /// The objects of this database that are not as the migrations make them that it says it has. On PostgreSQL only the
    /// triggers of the trail are looked at: what its own tools bring in besides is the operator's.
    ///
    /// Of a database with migrations that this program does not know nothing can be said: then there are none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn strange_objects(&self) -> StoreResult<Vec<StrangeObject>> {
        let schema = self.schema().await?;
        if !schema.newer.is_empty() {
            return Ok(Vec::new());
        }
        let Database::Sqlite { options, .. } = &self.database else {
            return self.strange_trail_triggers(&schema.applied).await;
        };
        let mut made = SqliteConnectOptions::new().in_memory(true).connect().await?;
        schema::apply(&mut made, &schema.applied).await?;
        let expected = objects(&mut made).await?;
        made.close().await?;
        let mut file = options.connect().await.map_err(StoreError::Unreachable)?;
        let found = objects(&mut file).await;
        file.close().await?;
        Ok(compared(&expected, &found?))
    }
}

fn compared(expected: &Objects, found: &Objects) -> Vec<StrangeObject> {
    let strange =
        |(kind, name): &(String, String), flaw| StrangeObject { flaw, object: format!("{kind} {name}") };
    let there = found.iter().filter_map(|(key, text)| match expected.get(key) {
        None => Some(strange(key, ObjectFlaw::Foreign)),
        Some(expected) if expected != text => Some(strange(key, ObjectFlaw::Altered)),
        Some(_) => None,
    });
    let missing = expected.keys().filter(|key| !found.contains_key(*key));
    there.chain(missing.map(|key| strange(key, ObjectFlaw::Missing))).collect()
}

/// What SQLite makes for itself: tables with these names and no others, and indexes that have no text.
const OWN_TABLES: [&str; 3] = ["sqlite_sequence", "sqlite_stat1", "sqlite_stat4"];

async fn objects(connection: &mut SqliteConnection) -> StoreResult<Objects> {
    let text = "SELECT type, name, tbl_name, sql FROM sqlite_schema";
    let mut objects = Objects::new();
    for row in connection.fetch_all(text).await? {
        let (kind, name, table): (String, String, String) =
            (row.try_get("type")?, row.try_get("name")?, row.try_get("tbl_name")?);
        let made_by: Option<String> = row.try_get("sql")?;
        let is_own = match kind.as_str() {
            "table" => OWN_TABLES.contains(&name.as_str()),
            "index" => made_by.is_none() && name.starts_with("sqlite_autoindex_"),
            _ => false,
        };
        if !is_own {
            let words: Vec<&str> = made_by.as_deref().unwrap_or_default().split_whitespace().collect();
            objects.insert((kind, name), format!("{table}: {}", words.join(" ")));
        }
    }
    Ok(objects)
}
