//! Trail triggers: what keeps rows of the trail from being changed or removed on PostgreSQL, held against what the
//! migrations make: triggers and their functions, and whatever else stands between a statement and its table.
//!
//! # Decision
//! What is expected is read from the texts of the migrations, what is there from `pg_catalog`. Looked at are the tables that
//! have a trigger by the migrations, and `audit_waiting`.
//! # Because
//! Everybody may read the catalog, the application's own role too; making an empty database to compare with, as for SQLite, is
//! for roles that may.
//! # Instead of
//! A list of triggers beside the migrations, which the next migration would leave behind.

use std::collections::{BTreeMap, BTreeSet};

use super::{ObjectFlaw, StrangeObject};
use crate::store::{
    Store, StoreResult,
    row::{FromRow, Row},
    schema,
};

/// The tables of the trail: nobody but their owner may empty them or put triggers on them.
const TRAIL: [&str; 4] = ["audit", "audit_anchor", "audit_seal", "audit_waiting"];

/// A trigger of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trigger {
    /// When it fires, as `pg_trigger.tgtype` has it.
    kind: i64,
    /// How many columns it is for; 0 where it is for all.
    columns: i64,
    /// Whether it fires on a condition only.
    has_condition: bool,
    /// The function that it calls.
    function: String,
    /// The body of that function.
    body: String,
}

/// Triggers by table and name.
type Triggers = BTreeMap<(String, String), Trigger>;

/// A trigger as the catalog has it: table, name, whether it fires as it should, and the rest.
struct CatalogTrigger {
    table: String,
    name: String,
    enabled: bool,
    trigger: Trigger,
}

impl FromRow for CatalogTrigger {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            table: row.get("on_table")?,
            name: row.get("name")?,
            enabled: row.get("enabled")?,
            trigger: Trigger {
                kind: row.get("kind")?,
                columns: row.get("columns")?,
                has_condition: row.get("has_condition")?,
                function: row.get("function")?,
                body: row.get("body")?,
            },
        })
    }
}

/// Something that stands on a table, or is missing there, by kind and name.
struct CatalogAddition {
    table: String,
    what: String,
}

impl FromRow for CatalogAddition {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { table: row.get("on_table")?, what: row.get("what")? })
    }
}

/// The triggers of every table in the schema where the trail is. One whose function is of another schema has that name too.
const TRIGGERS: &str = "SELECT CAST(c.relname AS TEXT) AS on_table, CAST(t.tgname AS TEXT) AS name,
            CAST(t.tgenabled AS TEXT) = 'O' AS enabled, CAST(t.tgtype AS BIGINT) AS kind,
            CAST(COALESCE(array_length(CAST(t.tgattr AS INT2[]), 1), 0) AS BIGINT) AS columns,
            t.tgqual IS NOT NULL AS has_condition,
            CASE WHEN p.pronamespace = c.relnamespace AND l.lanname = 'plpgsql' THEN CAST(p.proname AS TEXT)
                 ELSE CAST(p.oid AS TEXT) END AS function,
            p.prosrc AS body
       FROM pg_catalog.pg_trigger AS t
       JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
       JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
       JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
      WHERE NOT t.tgisinternal
        AND c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass('audit'))
      ORDER BY c.relname, t.tgname";

/// What else acts on a statement before its table does: rules, security of rows, tables whose rows show up in another,
/// settings and rights that a trigger's function runs with, and rights that let others than the owner pass by the
/// triggers. Last, by an empty name of the table, whoever has their triggers off from the beginning of a session.
const BESIDES: &str =
    "SELECT CAST(c.relname AS TEXT) AS on_table, 'rule ' || CAST(r.rulename AS TEXT) AS what
       FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
      WHERE c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass('audit'))
     UNION ALL
     SELECT CAST(c.relname AS TEXT), 'row security'
       FROM pg_catalog.pg_class AS c
      WHERE c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass('audit'))
        AND c.relrowsecurity
     UNION ALL
     SELECT CAST(c.relname AS TEXT), 'table ' || CAST(child.relname AS TEXT)
       FROM pg_catalog.pg_inherits AS i
       JOIN pg_catalog.pg_class AS c ON c.oid = i.inhparent
       JOIN pg_catalog.pg_class AS child ON child.oid = i.inhrelid
      WHERE c.relkind = 'r'
        AND c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass('audit'))
     UNION ALL
     SELECT CAST(c.relname AS TEXT), 'setting ' || split_part(one, '=', 1) || ' of function ' || CAST(p.proname AS TEXT)
       FROM pg_catalog.pg_trigger AS t
       JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
       JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
      CROSS JOIN LATERAL unnest(p.proconfig || CASE WHEN p.prosecdef THEN 'security_definer' END) AS one
      WHERE NOT t.tgisinternal AND one IS NOT NULL
        AND c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass('audit'))
     UNION ALL
     SELECT CAST(c.relname AS TEXT),
            'privilege ' || a.privilege_type || ' of ' || COALESCE(CAST(r.rolname AS TEXT), 'PUBLIC')
       FROM pg_catalog.pg_class AS c
      CROSS JOIN LATERAL aclexplode(c.relacl) AS a
       LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
      WHERE c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass('audit'))
        AND c.relname IN ('audit', 'audit_anchor', 'audit_seal', 'audit_waiting')
        AND a.grantee <> c.relowner AND a.privilege_type IN ('TRUNCATE', 'TRIGGER')
     UNION ALL
     SELECT '', 'setting session_replication_role of ' || COALESCE(CAST(r.rolname AS TEXT), 'the database')
       FROM pg_catalog.pg_db_role_setting AS s
       LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
       LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
      WHERE (d.datname IS NULL OR d.datname = current_database())
        AND EXISTS (SELECT 1 FROM unnest(s.setconfig) AS one
                     WHERE one LIKE 'session_replication_role=%' AND one <> 'session_replication_role=origin')
     ORDER BY 1, 2";

/// The tables whose rows have no primary key any more, or not the one that begins with the union and holds at once: one row may
/// be there twice.
const WITHOUT_KEY: &str = "SELECT CAST(c.relname AS TEXT) AS on_table, 'primary key' AS what
       FROM pg_catalog.pg_class AS c
      WHERE c.relkind = 'r'
        AND c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass('audit'))
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index AS i
                         WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid AND i.indimmediate
                           AND i.indnkeyatts >= 2
                           AND EXISTS (SELECT 1 FROM pg_catalog.pg_attribute AS first
                                        WHERE first.attrelid = c.oid AND first.attnum = i.indkey[0]
                                          AND first.attname = 'tenant'))
      ORDER BY c.relname";

/// Whether this account owns a table of the trail, by itself or as a member of a role that does: also one that has to say
/// `SET ROLE` first.
const OWNS_TRAIL: &str =
    "SELECT COALESCE(bool_or(pg_has_role(current_user, c.relowner, 'MEMBER')), FALSE) AS owns
       FROM pg_catalog.pg_class AS c
      WHERE c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass('audit'))
        AND c.relname IN ('audit', 'audit_anchor', 'audit_seal', 'audit_waiting')";

impl Store {
    /// Whether the account that is used here may take the triggers of the trail away, and rows out of it, because the tables are
    /// its own (D35). Never on SQLite, which has no accounts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn owns_trail(&self) -> StoreResult<bool> {
        if !self.has_clock() {
            return Ok(false);
        }
        let owns = self.ask::<(bool,)>(OWNS_TRAIL, None).await?;
        Ok(owns.first().is_some_and(|(owns,)| *owns))
    }

    /// What is the matter with the triggers of this PostgreSQL database, which has these migrations.
    pub(super) async fn strange_trail_triggers(&self, applied: &[i64]) -> StoreResult<Vec<StrangeObject>> {
        let mut expected = expected(schema::postgres_texts(applied));
        if expected.is_empty() {
            return Ok(Vec::new());
        }
        let guarded: BTreeSet<String> =
            expected.keys().map(|(table, _)| table.clone()).chain(TRAIL.map(str::to_owned)).collect();
        let mut strange = Vec::new();
        for CatalogTrigger { table, name, enabled, trigger } in
            self.ask::<CatalogTrigger>(TRIGGERS, None).await?
        {
            let object = format!("trigger {name} on {table}");
            match expected.remove(&(table.clone(), name)) {
                None if guarded.contains(&table) => {
                    strange.push(StrangeObject { flaw: ObjectFlaw::Foreign, object });
                }
                None => {}
                Some(made) if enabled && made == trigger => {}
                Some(made) => {
                    let is_trigger = enabled && Trigger { body: made.body.clone(), ..trigger } == made;
                    let object = if is_trigger { format!("function {}", made.function) } else { object };
                    strange.push(StrangeObject { flaw: ObjectFlaw::Altered, object });
                }
            }
        }
        let missing = expected.into_keys().map(|(table, name)| StrangeObject {
            flaw: ObjectFlaw::Missing,
            object: format!("trigger {name} on {table}"),
        });
        strange.extend(missing);
        for (flaw, text) in [(ObjectFlaw::Foreign, BESIDES), (ObjectFlaw::Missing, WITHOUT_KEY)] {
            for CatalogAddition { table, what } in self.ask::<CatalogAddition>(text, None).await? {
                let object = if table.is_empty() { what } else { format!("{what} on {table}") };
                if table.is_empty() || guarded.contains(&table) {
                    strange.push(StrangeObject { flaw, object });
                }
            }
        }
        // Several triggers may call one function.
        let mut told = BTreeSet::new();
        strange.retain(|one| told.insert(one.object.clone()));
        Ok(strange)
    }
}

/// The triggers that these migrations make, one after the other.
fn expected<'t>(texts: impl Iterator<Item = &'t str>) -> Triggers {
    let (mut triggers, mut bodies) = (Triggers::new(), BTreeMap::new());
    for text in texts {
        // Every second part is the body of a function.
        let mut parts = text.split("$$");
        let mut statements = without_comments(parts.next().unwrap_or_default());
        let mut written = Vec::new();
        while let (Some(body), Some(rest)) = (parts.next(), parts.next()) {
            written.push(body);
            statements.push_str(" $$ ");
            statements.push_str(&without_comments(rest));
        }
        let mut written = written.into_iter();
        for statement in statements.split(';') {
            let words: Vec<&str> = statement.split_whitespace().collect();
            let body = if words.contains(&"$$") { written.next() } else { None };
            match *words.as_slice() {
                ["CREATE", "FUNCTION", name, ..] => {
                    bodies.insert(called(name).to_owned(), body.unwrap_or_default().to_owned());
                }
                ["DROP", "TRIGGER", name, "ON", table] => {
                    triggers.remove(&(table.to_owned(), name.to_owned()));
                }
                ["CREATE", "TRIGGER", name, ref rest @ ..] => {
                    if let Some((table, trigger)) = trigger(rest) {
                        triggers.insert((table, name.to_owned()), trigger);
                    }
                }
                _ => {}
            }
        }
    }
    for trigger in triggers.values_mut() {
        trigger.body = bodies.get(&trigger.function).cloned().unwrap_or_default();
    }
    triggers
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_once("--").map_or(line, |(before, _)| before));
    lines.collect::<Vec<_>>().join("\n")
}

/// The name before the brackets of a function.
fn called(word: &str) -> &str {
    word.split_once('(').map_or(word, |(name, _)| name)
}

/// The table and the trigger, of what follows its name.
fn trigger(words: &[&str]) -> Option<(String, Trigger)> {
    let on = words.iter().position(|word| *word == "ON")?;
    let (when, rest) = (words.get(..on)?, words.get(on + 1..)?);
    let has = |word: &str| when.contains(&word);
    let bits = [("BEFORE", 2), ("INSERT", 4), ("DELETE", 8), ("UPDATE", 16), ("TRUNCATE", 32)];
    let kind = bits.iter().filter(|(word, _)| has(word)).map(|(_, bit)| bit).sum::<i64>();
    let columns = when.iter().skip_while(|word| **word != "OF").skip(1).take_while(|word| **word != "OR");
    let (table, last) = (rest.first()?, rest.last()?);
    let trigger = Trigger {
        kind: kind + i64::from(rest.contains(&"ROW")),
        columns: i64::try_from(columns.count()).ok()?,
        has_condition: rest.contains(&"WHEN"),
        function: called(last).to_owned(),
        body: String::new(),
    };
    Some(((*table).to_owned(), trigger))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_guard_each_table_of_the_trail() {
        let all: Vec<i64> = (1..1000).collect();
        let made = expected(schema::postgres_texts(&all));
        let of = |table: &str, name: &str| made.get(&(table.to_owned(), name.to_owned())).unwrap();
        for table in ["audit", "audit_seal", "audit_anchor"] {
            let append_only = of(table, &format!("{table}_is_append_only"));
            assert_eq!((append_only.kind, append_only.has_condition), (1 + 2 + 8 + 16, false), "{table}");
            assert!(append_only.body.contains("RAISE EXCEPTION"), "{}", append_only.body);
            assert_eq!(of(table, &format!("{table}_is_not_emptied")).kind, 2 + 32, "{table}");
        }
        let keys = of("member", "member_keys_go");
        assert_eq!((keys.kind, keys.columns, keys.has_condition), (1 + 2 + 16, 4, true));
        assert!(!made.keys().any(|(_, name)| name == "audit_counts_by_day"), "a later migration drops it");
    }
}
