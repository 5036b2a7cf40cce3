//! Outbox: the letters that wait, by kind, opened with the town's keys.

use kenpo_portal::{
    mail::letter::Composed,
    vault::{SealContext, SealedColumn},
};
use secrecy::ExposeSecret as _;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use uuid::Uuid;

use super::Town;

/// A letter.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Letter {
    /// The path of the one link in it.
    pub fn link(&self) -> String {
        let at = self.text.find("https://").unwrap_or_else(|| panic!("no link: {}", self.text));
        let address: String = self.text[at..].chars().take_while(|c| !c.is_whitespace()).collect();
        assert_eq!(self.text.matches("https://").count(), 1, "{}", self.text);
        let (_, path) = address.strip_prefix("https://").unwrap().split_once('/').unwrap();
        format!("/{path}")
    }

    /// The six digits in it.
    pub fn code(&self) -> String {
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|c| c.is_ascii_digit());
        self.text.lines().map(str::trim).find(is_code).unwrap().to_owned()
    }
}

/// Union, row, sealed address, sealed content.
type Sealed = (String, Uuid, Vec<u8>, Vec<u8>);

impl Town {
    /// Every letter that waits, oldest first; those of one instant in any order.
    pub async fn mail(&self) -> Vec<Letter> {
        self.letters_where("ORDER BY written_at, id").await
    }

    /// The letters of that kind, oldest first.
    pub async fn mail_of(&self, kind: &str) -> Vec<Letter> {
        self.letters_where(&format!("WHERE kind = '{kind}' ORDER BY written_at, id")).await
    }

    /// The newest letter of that kind.
    pub async fn newest_mail(&self, kind: &str) -> Letter {
        let newest = format!("WHERE kind = '{kind}' ORDER BY written_at DESC, id DESC LIMIT 1");
        self.letters_where(&newest).await.pop().unwrap_or_else(|| panic!("no letter of kind {kind}"))
    }

    async fn letters_where(&self, which: &str) -> Vec<Letter> {
        let mut found: Vec<Sealed> = Vec::new();
        let text = AssertSqlSafe(format!("SELECT tenant, id, recipient, content FROM outbox {which}"));
        if let Some(mut connection) = self.database.postgres().await {
            for row in connection.fetch_all(sqlx::query(text)).await.unwrap() {
                found.push((row.get(0), row.get(1), row.get(2), row.get(3)));
            }
        } else {
            let mut connection = self.database.sqlite().await;
            for row in connection.fetch_all(sqlx::query(text)).await.unwrap() {
                found.push((row.get(0), row.get(1), row.get(2), row.get(3)));
            }
        }
        let open = |tenant: &str, column, row, bytes: &[u8]| {
            let value = self.vault.open(SealContext { tenant, column, row }, bytes).unwrap();
            String::from_utf8(value.expose_secret().to_vec()).unwrap()
        };
        let letter = |(tenant, id, recipient, content): Sealed| {
            let content = open(&tenant, SealedColumn::LetterContent, id, &content);
            let composed: Composed = serde_json::from_str(&content).unwrap();
            let to = open(&tenant, SealedColumn::LetterRecipient, id, &recipient);
            Letter { to, subject: composed.subject, text: composed.text }
        };
        found.into_iter().map(letter).collect()
    }
}
