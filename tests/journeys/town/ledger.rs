//! Ledger: what lies in the database, past every rule of the store.

use kenpo_portal::{
    domain::member::SessionId,
    store::{self, erase},
    vault::{SealContext, SealedColumn},
};
use secrecy::ExposeSecret as _;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use super::Town;

/// A letter that waits, opened.
#[derive(Debug, PartialEq, Eq)]
pub struct Waiting {
    pub to: String,
    pub content: String,
}

impl Town {
    /// Runs a statement behind the portal's back.
    pub async fn sql(&self, text: &str) {
        let text = AssertSqlSafe(text.to_owned());
        if let Some(mut connection) = self.database.postgres().await {
            connection.execute(sqlx::query(text)).await.unwrap();
        } else {
            let mut connection = self.database.sqlite().await;
            connection.execute(sqlx::query(text)).await.unwrap();
        }
    }

    /// What a statement answers that asks for texts.
    pub async fn texts(&self, text: &str) -> Vec<Vec<Option<String>>> {
        let text = AssertSqlSafe(text.to_owned());
        if let Some(mut connection) = self.database.postgres().await {
            let rows = sqlx::query(text).fetch_all(&mut *connection).await.unwrap();
            rows.iter().map(|row| (0..row.len()).map(|at| row.get(at)).collect()).collect()
        } else {
            let mut connection = self.database.sqlite().await;
            let rows = sqlx::query(text).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| (0..row.len()).map(|at| row.get(at)).collect()).collect()
        }
    }

    /// Every row of every table of unions as a thief would have them: texts as they are, bytes in hex.
    pub async fn dump(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut all: Vec<(&str, Vec<String>)> =
            erase::TABLES.into_iter().chain(erase::KEPT).map(|table| (table, Vec::new())).collect();
        let whole =
            |table: &str, row: &str| format!("SELECT '{table}' AS place, {row} AS whole FROM {table} AS t");
        let rows: Vec<(String, String)> = if let Some(mut connection) = self.database.postgres().await {
            let texts: Vec<_> = all.iter().map(|(table, _)| whole(table, "t::text")).collect();
            let text = AssertSqlSafe(texts.join(" UNION ALL "));
            sqlx::query_as(text).fetch_all(&mut *connection).await.unwrap()
        } else {
            let mut connection = self.database.sqlite().await;
            let text = "SELECT m.name, group_concat('quote(t.' || c.name || ')', ' || '','' || ')
                          FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
                         WHERE m.type = 'table' GROUP BY m.name";
            let columns: Vec<(String, String)> =
                sqlx::query_as(text).fetch_all(&mut connection).await.unwrap();
            let of_unions = columns.iter().filter(|(table, _)| all.iter().any(|(known, _)| known == table));
            let texts: Vec<_> = of_unions.map(|(table, columns)| whole(table, columns)).collect();
            assert_eq!(texts.len(), all.len());
            let text = AssertSqlSafe(texts.join(" UNION ALL "));
            sqlx::query_as(text).fetch_all(&mut connection).await.unwrap()
        };
        for (place, row) in rows {
            let (_, known) = all.iter_mut().find(|(table, _)| *table == place).unwrap();
            known.push(row.to_lowercase());
        }
        for (_, rows) in &mut all {
            rows.sort_unstable();
        }
        all
    }

    pub async fn rows(&self, table: &str) -> Vec<String> {
        if let Some(mut connection) = self.database.postgres().await {
            let text = AssertSqlSafe(format!("SELECT whole::text FROM {table} AS whole ORDER BY 1"));
            let rows = connection.fetch_all(sqlx::query(text)).await.unwrap();
            return rows.iter().map(|row| row.get::<String, _>(0).to_lowercase()).collect();
        }
        let mut connection = self.database.sqlite().await;
        let text = AssertSqlSafe(format!(
            "SELECT group_concat('quote(' || name || ')', ' || '','' || ') FROM pragma_table_info('{table}')"
        ));
        let columns: String = connection.fetch_one(sqlx::query(text)).await.unwrap().get(0);
        let text = AssertSqlSafe(format!("SELECT {columns} FROM {table} ORDER BY 1"));
        let rows = connection.fetch_all(sqlx::query(text)).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0).to_lowercase()).collect()
    }

    /// The tables that have rows of unions, as the live schema says.
    pub async fn tables_of_unions(&self) -> Vec<String> {
        let mut tables: Vec<String> = if let Some(mut connection) = self.database.postgres().await {
            let text = "SELECT table_name::text FROM information_schema.columns
                         WHERE table_schema = 'public' AND column_name = 'tenant'";
            connection.fetch_all(sqlx::query(text)).await.unwrap().iter().map(|row| row.get(0)).collect()
        } else {
            let text = "SELECT m.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
                         WHERE m.type = 'table' AND c.name = 'tenant'";
            let mut connection = self.database.sqlite().await;
            connection.fetch_all(sqlx::query(text)).await.unwrap().iter().map(|row| row.get(0)).collect()
        };
        tables.sort_unstable();
        tables
    }

    /// The rows of a table that belong to a union, or to all others.
    pub async fn rows_of(&self, table: &str, slug: &str, is: bool) -> Vec<String> {
        let rows = self.rows(table).await;
        let tenant =
            |row: &str| row.starts_with(&format!("'{slug}'")) || row.starts_with(&format!("({slug},"));
        rows.into_iter().filter(|row| tenant(row) == is).collect()
    }

    /// Seals every kept form of the union anew, as a program did that wrote no moment into it.
    pub async fn forget_when_forms_were_kept(&self, slug: &str) {
        let tenant = self.tenant(slug);
        for id in self.sessions(slug).await {
            let session = SessionId::parse(&id).unwrap();
            let place = SealContext { tenant: slug, column: SealedColumn::SessionForm, row: session.uuid() };
            let mut tx = self.store().tenant(&tenant.slug).write().await.unwrap();
            let Some(page) = store::session::kept_form_page(&mut tx, session).await.unwrap() else {
                continue;
            };
            let sealed = store::session::kept_form(&mut tx, session, &page).await.unwrap().unwrap();
            let opened = self.vault.open(place, &sealed).unwrap();
            let text = std::str::from_utf8(opened.expose_secret()).unwrap();
            let (moment, form) = text.split_once('&').unwrap();
            assert!(moment.starts_with("kept_at="), "{text}");
            let sealed = self.vault.seal(place, form.as_bytes()).unwrap();
            store::session::keep_form(&mut tx, session, &page, &sealed).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// The letters that wait, newest first, opened with the town's keys.
    pub async fn letters(&self) -> Vec<Waiting> {
        let sealed = self.store().everywhere().newest_letters(100).await.unwrap();
        let open = |tenant: &str, column, row, bytes: &[u8]| {
            let value = self.vault.open(SealContext { tenant, column, row }, bytes).unwrap();
            String::from_utf8(value.expose_secret().to_vec()).unwrap()
        };
        sealed
            .iter()
            .map(|letter| Waiting {
                to: open(&letter.tenant, SealedColumn::LetterRecipient, letter.id, &letter.recipient),
                content: open(&letter.tenant, SealedColumn::LetterContent, letter.id, &letter.content),
            })
            .collect()
    }
}
