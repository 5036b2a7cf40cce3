//! Mailbox: what a member reads when a mail has come. Letters are taken from the outbox as the postman would take them.

use kenpo_portal::{
    store::Store,
    vault::{SealContext, SealedColumn, Vault},
};
use secrecy::ExposeSecret as _;

/// Everybody's mailbox.
#[derive(Clone)]
pub struct Mailbox {
    store: Store,
    vault: Vault,
}

/// A letter as its reader sees it.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Mail {
    /// The six or eight digits that stand on a line of their own.
    pub fn code(&self) -> Option<String> {
        let is_code =
            |line: &&str| [6, 8].contains(&line.len()) && line.bytes().all(|byte| byte.is_ascii_digit());
        self.text.lines().map(str::trim).find(is_code).map(str::to_owned)
    }

    /// The path of the link in it.
    pub fn link(&self) -> Option<String> {
        let url = self.text.split_whitespace().find(|word| word.starts_with("https://"))?;
        let (_, path) = url.strip_prefix("https://")?.split_once('/')?;
        Some(format!("/{path}"))
    }
}

impl Mailbox {
    pub fn new(store: Store, vault: Vault) -> Self {
        Self { store, vault }
    }

    /// Every letter, newest first.
    pub async fn all(&self) -> Vec<Mail> {
        let sealed = self.store.everywhere().newest_letters(1000).await.unwrap();
        let open = |tenant: &str, column, row, bytes: &[u8]| {
            let value = self.vault.open(SealContext { tenant, column, row }, bytes).unwrap();
            String::from_utf8(value.expose_secret().to_vec()).unwrap()
        };
        let mail = |letter: &kenpo_portal::store::everywhere::SealedLetterRow| {
            let content = open(&letter.tenant, SealedColumn::LetterContent, letter.id, &letter.content);
            let content: serde_json::Value = serde_json::from_str(&content).unwrap();
            let word = |name: &str| content[name].as_str().unwrap().to_owned();
            Mail {
                to: open(&letter.tenant, SealedColumn::LetterRecipient, letter.id, &letter.recipient),
                subject: word("subject"),
                text: word("text"),
            }
        };
        sealed.iter().map(mail).collect()
    }

    /// The newest letter to this address that carries a code.
    pub async fn code_for(&self, address: &str) -> String {
        let letters = self.all().await;
        let code = letters.iter().filter(|mail| mail.to == address).find_map(Mail::code);
        code.unwrap_or_else(|| panic!("no code for {address} among {letters:#?}"))
    }

    /// The newest letter to this address that carries a link.
    pub async fn link_for(&self, address: &str) -> String {
        let letters = self.all().await;
        let link = letters.iter().filter(|mail| mail.to == address).find_map(Mail::link);
        link.unwrap_or_else(|| panic!("no link for {address} among {letters:#?}"))
    }

    /// How many letters went to this address.
    pub async fn count(&self, address: &str) -> usize {
        self.all().await.iter().filter(|mail| mail.to == address).count()
    }
}
