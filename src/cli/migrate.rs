//! `migrate status|up`: the database's schema, and which programs may go on beside it (D43).

use std::io::Write;

use serde_json::{Value, json};

use super::{
    CommandFault, Exit,
    serve::{make_store, open_unmigrated_to_read},
    tell,
};
use crate::{
    domain::{saying::said, tenant::Language},
    settings::Settings,
    store::schema::{self, KnownMigration, Schema, Version},
};

/// Where a database stands. Nothing is there where no program has made one yet.
struct DatabaseSchema {
    known: Vec<KnownMigration>,
    schema: Option<Schema>,
}

impl DatabaseSchema {
    /// Reads it.
    ///
    /// # Errors
    /// [`CommandFault`] when the database is there and cannot be asked.
    async fn of(settings: &Settings) -> Result<Self, CommandFault> {
        let url = &settings.database.url;
        let known = schema::known(url);
        let store = match open_unmigrated_to_read(url).await {
            Ok(store) => store,
            Err(CommandFault::NoDatabase(_)) => return Ok(Self { known, schema: None }),
            Err(fault) => return Err(fault),
        };
        let schema = store.schema().await;
        store.close().await;
        Ok(Self { known, schema: Some(schema?) })
    }

    fn is_applied(&self, version: i64) -> bool {
        self.schema.as_ref().is_some_and(|schema| schema.applied.contains(&version))
    }

    fn missing(&self) -> impl Iterator<Item = &KnownMigration> {
        self.known.iter().filter(|migration| !self.is_applied(migration.version))
    }

    /// The oldest program that may go on beside all that is missing. None where nothing is.
    fn beside(&self) -> Option<Version> {
        self.missing().map(|migration| migration.oldest).max()
    }

    fn fits(&self) -> bool {
        self.schema.as_ref().is_some_and(Schema::matches)
    }

    fn exit(&self) -> Exit {
        if self.fits() { Exit::Fine } else { Exit::Problems }
    }

    fn as_json(&self) -> Value {
        let known: Vec<Value> = self
            .known
            .iter()
            .map(|migration| {
                json!({
                    "version": migration.version,
                    "name": migration.name,
                    "applied": self.is_applied(migration.version),
                    "oldest_program": migration.oldest.to_string(),
                })
            })
            .collect();
        let newer = self.schema.iter().flat_map(|schema| &schema.newer).map(|newer| {
            json!({ "version": newer.version, "oldest_program": newer.oldest.map(|oldest| oldest.to_string()) })
        });
        json!({
            "database": if self.schema.is_some() { "there" } else { "missing" },
            "fits": self.fits(),
            "known": known,
            "newer": newer.collect::<Vec<Value>>(),
            "to_run": self.missing().map(|migration| migration.version).collect::<Vec<_>>(),
            "oldest_program_beside": self.beside().map(|oldest| oldest.to_string()),
        })
    }

    /// Whether anything is in a database that is there: nodes may run on it.
    fn is_used(&self) -> bool {
        self.schema.as_ref().is_some_and(|schema| !schema.applied.is_empty())
    }
}

/// `migrate status [--json]`: what is there and what is missing.
pub async fn status(
    settings: &Settings,
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let found = DatabaseSchema::of(settings).await?;
    if json {
        writeln!(out, "{:#}", found.as_json())?;
        return Ok(found.exit());
    }
    let Some(schema) = &found.schema else {
        let file = super::serve::sqlite_file(&settings.database.url).unwrap_or_default();
        writeln!(err, "{}", CommandFault::NoDatabase(file).sentence(language))?;
        return Ok(Exit::Problems);
    };
    for KnownMigration { version, name, .. } in &found.known {
        let state = if found.is_applied(*version) { "applied" } else { "missing" };
        writeln!(out, "{version:04} {name} {state}")?;
    }
    for newer in &schema.newer {
        let goes_on = match newer.oldest {
            Some(oldest) => said!("migrate-goes-on", oldest = oldest.to_string()),
            None => said!("migrate-unknown"),
        };
        writeln!(out, "{:04} ? {}", newer.version, tell(language, &goes_on))?;
    }
    if let Some(mismatch) = schema.mismatch() {
        writeln!(err, "{}", CommandFault::Schema(mismatch).sentence(language))?;
    }
    Ok(found.exit())
}

/// `migrate up --dry-run [--json]`: what would be run, and which nodes may go on meanwhile.
pub async fn dry_run(
    settings: &Settings,
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let found = DatabaseSchema::of(settings).await?;
    if json {
        writeln!(out, "{:#}", found.as_json())?;
        return Ok(found.exit());
    }
    for KnownMigration { version, name, oldest } in found.missing() {
        // Beside an empty database no node runs.
        let beside = found.is_used().then(|| said!("migrate-to-run", oldest = oldest.to_string()));
        let beside = beside.map_or_else(String::new, |beside| format!("  {}", tell(language, &beside)));
        writeln!(out, "{version:04} {name}{beside}")?;
    }
    match found.beside() {
        None => match found.schema.as_ref().and_then(Schema::mismatch) {
            Some(mismatch) => writeln!(err, "{}", CommandFault::Schema(mismatch).sentence(language))?,
            None => writeln!(err, "{}", tell(language, &said!("migrate-nothing")))?,
        },
        Some(oldest) if found.is_used() => {
            let oldest = oldest.to_string();
            writeln!(err, "{}", tell(language, &said!("migrate-beside", oldest)))?;
        }
        Some(_) => writeln!(err, "{}", tell(language, &said!("migrate-fresh")))?,
    }
    Ok(found.exit())
}

/// `migrate up`: brings the database to this program's schema.
pub async fn up(settings: &Settings, language: Language, err: &mut dyn Write) -> Result<Exit, CommandFault> {
    let store = make_store(&settings.database.url).await?;
    let before = store.schema().await?;
    let missing = before.missing();
    let done = store.migrate().await;
    store.close().await;
    done?;
    if !before.newer.is_empty() {
        let newer: Vec<i64> = before.newer.iter().map(|newer| newer.version).collect();
        writeln!(err, "{}", tell(language, &said!("migrate-newer", newer = format!("{newer:?}"))))?;
    }
    let told = if missing.is_empty() {
        said!("migrate-nothing")
    } else {
        said!("migrate-done", missing = format!("{missing:?}"))
    };
    writeln!(err, "{}", tell(language, &told))?;
    Ok(Exit::Fine)
}
