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
    pub kind: String,
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

/// Union, row, kind, sealed address, sealed content.
type Sealed = (String, Uuid, String, Vec<u8>, Vec<u8>);

const WAITING: &str = "SELECT tenant, id, kind, recipient, content FROM outbox ORDER BY written_at, id";

impl Town {
    /// Every letter that waits, oldest first; those of one instant in any order.
    pub async fn mail(&self) -> Vec<Letter> {
        let mut found: Vec<Sealed> = Vec::new();
        let text = AssertSqlSafe(WAITING.to_owned());
        if let Some(mut connection) = self.database.postgres().await {
            for row in connection.fetch_all(sqlx::query(text)).await.unwrap() {
                found.push((row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)));
            }
        } else {
            let mut connection = self.database.sqlite().await;
            for row in connection.fetch_all(sqlx::query(text)).await.unwrap() {
                found.push((row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)));
            }
        }
        let open = |tenant: &str, column, row, bytes: &[u8]| {
            let value = self.vault.open(SealContext { tenant, column, row }, bytes).unwrap();
            String::from_utf8(value.expose_secret().to_vec()).unwrap()
        };
        let letter = |(tenant, id, kind, recipient, content): Sealed| {
            let content = open(&tenant, SealedColumn::LetterContent, id, &content);
            let composed: Composed = serde_json::from_str(&content).unwrap();
            let to = open(&tenant, SealedColumn::LetterRecipient, id, &recipient);
            Letter { kind, to, subject: composed.subject, text: composed.text }
        };
        found.into_iter().map(letter).collect()
    }

    /// The letters of that kind, oldest first.
    pub async fn mail_of(&self, kind: &str) -> Vec<Letter> {
        self.mail().await.into_iter().filter(|letter| letter.kind == kind).collect()
    }

    /// The newest letter of that kind.
    pub async fn newest_mail(&self, kind: &str) -> Letter {
        self.mail_of(kind).await.pop().unwrap_or_else(|| panic!("no letter of kind {kind}"))
    }
}
