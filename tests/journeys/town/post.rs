//! Post: letters for stories, the town's postmen, and what the outbox holds.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use kenpo_portal::{
    domain::{
        letter::Letter,
        member::{LetterId, MemberId},
    },
    mail::{
        letter::{Composed, compose},
        postman::{GivesUp, Postman, PostmanContext, Senders, SmtpServer, SmtpTimeouts},
    },
    store::outbox::{self, NewLetter},
    vault::{SealContext, SealedColumn},
    web::Website,
    world::{Clock, random_bytes},
};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use super::{Sink, Town};

/// Longer than a mail server of a story takes, on whatever machine.
const PATIENT: Duration = Duration::from_mins(1);

/// A row of the outbox without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub kind: String,
    pub outcome: Option<String>,
    pub tries: i64,
    pub leased: bool,
    /// Bytes of recipient and content.
    pub sizes: (i64, i64),
}

impl Town {
    /// A postman of this town for that server, with deadlines that no story meets.
    pub fn postman(&self, url: &str) -> Postman {
        self.hasty_postman(url, PATIENT)
    }

    /// A postman with a deadline of its own for one letter; it does not wait for letters when it is told to stop.
    pub fn hasty_postman(&self, url: &str, send: Duration) -> Postman {
        let website = self.app.clone();
        let senders = Senders::new(move |slug| website.tenants().by_slug(slug));
        self.postman_with(url, senders, send)
    }

    /// A postman who knows these unions only.
    pub fn postman_for(&self, url: &str, senders: Senders) -> Postman {
        self.postman_with(url, senders, PATIENT)
    }

    /// The postman of a node whose clock is another one.
    pub fn postman_at(&self, url: &str, node: &Website, clock: Arc<dyn Clock>) -> Postman {
        let (website, portal) = (node.clone(), node.portal().clone());
        let senders = Senders::new(move |slug| website.tenants().by_slug(slug));
        Postman::new(PostmanContext {
            clock,
            gives_up: GivesUp::when(move || portal.may_end_for_good()),
            ..self.context(url, senders, PATIENT)
        })
    }

    fn postman_with(&self, url: &str, senders: Senders, send: Duration) -> Postman {
        Postman::new(self.context(url, senders, send))
    }

    fn context(&self, url: &str, senders: Senders, send: Duration) -> PostmanContext {
        let pace = SmtpTimeouts { connect: PATIENT, send, shutdown: Duration::from_millis(500) };
        PostmanContext {
            store: self.store().clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            gives_up: GivesUp::when(|| true),
            rng: self.rng.clone(),
            senders,
            server: SmtpServer::parse(url).unwrap(),
            pace,
            metrics: self.app.portal().metrics().clone(),
        }
    }

    /// Writes a letter as a deed would, to an address.
    pub async fn write(&self, slug: &str, member: MemberId, to: &str, letter: &Letter) -> LetterId {
        let tenant = self.tenant(slug);
        let words = self.app.portal().wording().words(&tenant, tenant.default_language);
        let composed = compose(letter, &tenant, &words, self.clock.now());
        self.put(slug, member, &[to.to_owned()], letter, &composed).await
    }

    /// Writes one letter in these words to each address, in one transaction; the id of the last.
    pub async fn put(
        &self,
        slug: &str,
        member: MemberId,
        to: &[String],
        letter: &Letter,
        composed: &Composed,
    ) -> LetterId {
        let tenant = self.tenant(slug);
        let now = self.clock.now();
        let content = serde_json::to_vec(composed).unwrap();
        let sealed: Vec<_> = to
            .iter()
            .map(|to| {
                let id = LetterId::new(now, random_bytes(self.rng.as_ref()).unwrap());
                let place = |column| SealContext { tenant: slug, column, row: id.uuid() };
                let recipient = self.vault.seal(place(SealedColumn::LetterRecipient), to.as_bytes()).unwrap();
                (id, recipient, self.vault.seal(place(SealedColumn::LetterContent), &content).unwrap())
            })
            .collect();
        let letters: Vec<_> = sealed
            .iter()
            .map(|(id, recipient, content)| NewLetter {
                id: *id,
                member,
                kind: letter.word(),
                priority: letter.priority(),
                recipient,
                content,
                deliver_before: now + letter.delivery_window(),
                epoch: None,
            })
            .collect();
        let mut tx = self.store().tenant(&tenant.slug).write().await.unwrap();
        outbox::put_many(&mut tx, &letters, now).await.unwrap();
        tx.commit().await.unwrap();
        sealed.last().unwrap().0
    }

    /// `database.url` of this town.
    pub fn database(&self) -> String {
        self.database.url().to_owned()
    }

    /// Every row of the outbox, oldest first, past every rule of the store.
    pub async fn outbox(&self) -> Vec<Row> {
        let text = "SELECT kind, outcome, tries, CASE WHEN lease IS NULL THEN 0 ELSE 1 END,
                           length(recipient), length(content) FROM outbox ORDER BY written_at, id";
        macro_rules! rows {
            ($connection:expr, $int:ty) => {{
                let mut connection = $connection;
                let rows = connection.fetch_all(sqlx::query(AssertSqlSafe(text))).await.unwrap();
                rows.iter()
                    .map(|row| Row {
                        kind: row.get(0),
                        outcome: row.get(1),
                        tries: row.get(2),
                        leased: row.get::<$int, _>(3) == 1,
                        sizes: (row.get::<$int, _>(4).into(), row.get::<$int, _>(5).into()),
                    })
                    .collect()
            }};
        }
        if let Some(connection) = self.database.postgres().await {
            rows!(connection, i32)
        } else {
            rows!(self.database.sqlite().await, i64)
        }
    }

    pub fn later(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

impl Sink {
    /// `mail.smtp_url` with encryption required.
    pub fn encrypted(&self) -> String {
        format!("smtp://{}?tls=required&ca={}", self.place(), self.authority())
    }
}
