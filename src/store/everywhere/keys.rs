//! Keys across unions (D36): which were used here, which nodes hold them, what is still under each, and how values are
//! sealed anew.

use jiff::Timestamp;
use uuid::Uuid;

use super::Everywhere;
use crate::{
    domain::sealed::SealedColumn,
    store::{
        StoreResult,
        row::{FromRow, Row},
        sql::{Reading, Statement, Writing},
    },
};

/// A key that was used with this database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// Its number in the ring.
    pub id: u32,
    /// What only that key gives.
    pub check: Vec<u8>,
    /// Since when it is used for new data, or was.
    pub since: Timestamp,
    /// When every node had gone over to another one.
    pub retired_at: Option<Timestamp>,
    /// When it was removed: nothing opens with it any more.
    pub removed_at: Option<Timestamp>,
}

impl FromRow for KnownKey {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            check: row.get("check_value")?,
            since: row.get("since")?,
            retired_at: row.get("retired_at")?,
            removed_at: row.get("removed_at")?,
        })
    }
}

/// A sealed value and its place.
#[derive(Debug, Clone)]
pub struct SealedValue {
    /// The slug of the union it belongs to.
    pub tenant: String,
    /// Table and column of the value.
    pub column: SealedColumn,
    /// The id of the row.
    pub row: Uuid,
    /// Whose it is; nobody's where it is the union's or the installation's.
    pub member: Option<Uuid>,
    /// The sealed value.
    pub sealed: Vec<u8>,
}

/// A node that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeKeys {
    /// Its number, new at each start.
    pub id: Uuid,
    /// The key it uses for new data.
    pub active: u32,
    /// The keys it holds.
    pub held: Vec<u32>,
    /// When it last said so.
    pub seen_at: Timestamp,
}

impl FromRow for NodeKeys {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let held: String = row.get("held")?;
        Ok(Self {
            id: row.get("id")?,
            active: row.get("active")?,
            held: held.split(',').filter_map(|id| id.parse().ok()).collect(),
            seen_at: row.get("seen_at")?,
        })
    }
}

/// Where the rows of a column are that another key sealed, and how one of them is replaced.
struct Resealing {
    next: &'static str,
    replace: &'static str,
}

/// How a column is sealed anew; `None` for what runs out before that is worth it, and for the installation's own key,
/// which is one row.
fn resealing(column: SealedColumn) -> Option<Resealing> {
    let (next, replace) = match column {
        SealedColumn::AppSecret => (
            "SELECT tenant, id, member, secret AS sealed FROM totp
              WHERE (tenant, id) > ($1, $2) AND substr(secret, 2, 4) <> $3 ORDER BY tenant, id LIMIT $4",
            "UPDATE totp SET secret = $4 WHERE tenant = $1 AND id = $2 AND secret = $3",
        ),
        SealedColumn::PasskeyCredential => (
            "SELECT tenant, id, member, credential AS sealed FROM passkey
              WHERE (tenant, id) > ($1, $2) AND substr(credential, 2, 4) <> $3 ORDER BY tenant, id LIMIT $4",
            "UPDATE passkey SET credential = $4 WHERE tenant = $1 AND id = $2 AND credential = $3",
        ),
        SealedColumn::LetterRecipient => (
            "SELECT tenant, id, member, recipient AS sealed FROM outbox
              WHERE (tenant, id) > ($1, $2) AND substr(recipient, 2, 4) <> $3 AND outcome IS NULL
              ORDER BY tenant, id LIMIT $4",
            "UPDATE outbox SET recipient = $4 WHERE tenant = $1 AND id = $2 AND recipient = $3",
        ),
        SealedColumn::LetterContent => (
            "SELECT tenant, id, member, content AS sealed FROM outbox
              WHERE (tenant, id) > ($1, $2) AND substr(content, 2, 4) <> $3 AND outcome IS NULL
              ORDER BY tenant, id LIMIT $4",
            "UPDATE outbox SET content = $4 WHERE tenant = $1 AND id = $2 AND content = $3",
        ),
        SealedColumn::AttemptSecret => (
            "SELECT tenant, id, member, setup_secret AS sealed FROM attempt
              WHERE (tenant, id) > ($1, $2) AND substr(setup_secret, 2, 4) <> $3 ORDER BY tenant, id LIMIT $4",
            "UPDATE attempt SET setup_secret = $4 WHERE tenant = $1 AND id = $2 AND setup_secret = $3",
        ),
        SealedColumn::SessionSecret => (
            "SELECT tenant, id, member, setup_secret AS sealed FROM session
              WHERE (tenant, id) > ($1, $2) AND substr(setup_secret, 2, 4) <> $3 ORDER BY tenant, id LIMIT $4",
            "UPDATE session SET setup_secret = $4 WHERE tenant = $1 AND id = $2 AND setup_secret = $3",
        ),
        SealedColumn::SessionForm => (
            "SELECT tenant, id, member, draft AS sealed FROM session
              WHERE (tenant, id) > ($1, $2) AND substr(draft, 2, 4) <> $3 ORDER BY tenant, id LIMIT $4",
            "UPDATE session SET draft = $4 WHERE tenant = $1 AND id = $2 AND draft = $3",
        ),
        SealedColumn::KeptChange => (
            "SELECT tenant, id, member, sealed FROM import_kept
              WHERE (tenant, id) > ($1, $2) AND substr(sealed, 2, 4) <> $3 ORDER BY tenant, id LIMIT $4",
            "UPDATE import_kept SET sealed = $4 WHERE tenant = $1 AND id = $2 AND sealed = $3",
        ),
        SealedColumn::SsoPrivateKey => (
            // A union's, and nobody's in particular.
            "SELECT tenant, id, NULLIF(id, id) AS member, private_key AS sealed FROM sso_key
              WHERE (tenant, id) > ($1, $2) AND substr(private_key, 2, 4) <> $3 ORDER BY tenant, id LIMIT $4",
            "UPDATE sso_key SET private_key = $4 WHERE tenant = $1 AND id = $2 AND private_key = $3",
        ),
        SealedColumn::CeremonyState | SealedColumn::GuardKey => return None,
    };
    Some(Resealing { next, replace })
}

/// From when to when something without the number of its key may have been made under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeBetween {
    /// From this moment on.
    pub from: Timestamp,
    /// Up to this moment.
    pub to: Timestamp,
}

impl Everywhere<'_> {
    /// Runs one statement in a transaction of its own. How many rows it wrote.
    async fn write_alone(
        &self,
        text: &'static str,
        bind: impl for<'t> FnOnce(Statement<'t, Writing>) -> Statement<'t, Writing>,
    ) -> StoreResult<u64> {
        let mut open = self.store.begin_write().await?;
        let rows = bind(Statement::new(&mut open, text, None)).count().await?;
        open.commit().await?;
        Ok(rows)
    }

    /// Asks for one number.
    async fn count(
        &self,
        text: &'static str,
        bind: impl for<'t> FnOnce(Statement<'t, Reading>) -> Statement<'t, Reading>,
    ) -> StoreResult<u32> {
        let mut open = self.store.begin_read().await?;
        let (count,) = bind(Statement::new(&mut open, text, None)).one().await?;
        Ok(count)
    }

    /// The keys that sealed or digested anything here, in the order in which they came.
    pub async fn known_keys(&self) -> StoreResult<Vec<KnownKey>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT id, check_value, since, retired_at, removed_at FROM known_key ORDER BY place",
            None,
        )
        .all()
        .await
    }

    /// The same of a database that may have no tables yet: it knows no key.
    pub async fn known_keys_if_any(&self) -> StoreResult<Vec<KnownKey>> {
        if self.store.has_table("known_key").await? { self.known_keys().await } else { Ok(Vec::new()) }
    }

    /// Notes a key at its place in the order. Whether nobody else had noted one there, or this one, before.
    pub async fn know_key(&self, id: u32, check: &[u8], place: u32, now: Timestamp) -> StoreResult<bool> {
        let text = "INSERT INTO known_key (id, place, check_value, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        Ok(self.write_alone(text, |statement| statement.bind(id).bind(place).bind(check).bind(now)).await?
            == 1)
    }

    /// Notes that every node uses `active` for new data: whatever came before it is not used for that any more.
    pub async fn retire_keys_but(&self, active: u32, now: Timestamp) -> StoreResult<()> {
        let text = "UPDATE known_key SET retired_at = $2 WHERE id <> $1 AND retired_at IS NULL";
        self.write_alone(text, |statement| statement.bind(active).bind(now)).await.map(drop)
    }

    /// Notes that a key was removed.
    pub async fn remove_key(&self, id: u32, now: Timestamp) -> StoreResult<()> {
        let text = "UPDATE known_key SET removed_at = $2 WHERE id = $1 AND retired_at IS NOT NULL AND removed_at IS NULL";
        self.write_alone(text, |statement| statement.bind(id).bind(now)).await.map(drop)
    }

    /// The unions that have a key of that algorithm by which they sign for their services.
    pub async fn with_sso_key(&self, algorithm: &str) -> StoreResult<Vec<String>> {
        let mut open = self.store.begin_read().await?;
        let text = "SELECT DISTINCT tenant FROM sso_key WHERE algorithm = $1 ORDER BY tenant";
        Statement::<Reading>::new(&mut open, text, None).bind(algorithm).map(|row| row.get("tenant")).await
    }

    /// A key of the installation, sealed.
    pub async fn sealed_key(&self, name: &str) -> StoreResult<Option<Vec<u8>>> {
        let mut open = self.store.begin_read().await?;
        let row: Option<(Vec<u8>,)> =
            Statement::<Reading>::new(&mut open, "SELECT sealed FROM sealed_key WHERE name = $1", None)
                .bind(name)
                .maybe()
                .await?;
        Ok(row.map(|(sealed,)| sealed))
    }

    /// Keeps a key of the installation where there is none of that name yet.
    pub async fn keep_sealed_key(&self, name: &str, sealed: &[u8]) -> StoreResult<()> {
        let text = "INSERT INTO sealed_key (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        self.write_alone(text, |statement| statement.bind(name).bind(sealed)).await.map(drop)
    }

    /// Puts a key of the installation, sealed anew, in the place of the one that was seen.
    pub async fn replace_sealed_key(&self, name: &str, old: &[u8], new: &[u8]) -> StoreResult<()> {
        let text = "UPDATE sealed_key SET sealed = $3 WHERE name = $1 AND sealed = $2";
        self.write_alone(text, |statement| statement.bind(name).bind(old).bind(new)).await.map(drop)
    }

    /// Says that a node runs, with the keys it uses and holds; forgets nodes that said nothing since `forgotten`.
    pub async fn announce_node(&self, node: &NodeKeys, forgotten: Timestamp) -> StoreResult<()> {
        let held: Vec<String> = node.held.iter().map(ToString::to_string).collect();
        let mut open = self.store.begin_write().await?;
        Statement::<Writing>::new(
            &mut open,
            "INSERT INTO node (id, active, held, seen_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET active = excluded.active, held = excluded.held, seen_at = excluded.seen_at",
            None,
        )
        .bind(node.id)
        .bind(node.active)
        .bind(held.join(","))
        .bind(node.seen_at)
        .run()
        .await?;
        Statement::<Writing>::new(&mut open, "DELETE FROM node WHERE seen_at < $1", None)
            .bind(forgotten)
            .run()
            .await?;
        open.commit().await
    }

    /// Forgets a node that has ended.
    pub async fn forget_node(&self, id: Uuid) -> StoreResult<()> {
        self.write_alone("DELETE FROM node WHERE id = $1", |statement| statement.bind(id)).await.map(drop)
    }

    /// The nodes that said since then that they run.
    pub async fn nodes(&self, since: Timestamp) -> StoreResult<Vec<NodeKeys>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT id, active, held, seen_at FROM node WHERE seen_at >= $1 ORDER BY id",
            None,
        )
        .bind(since)
        .all()
        .await
    }

    /// How many imports are under way: they use the keys they began with.
    pub async fn imports_alive(&self, now: Timestamp) -> StoreResult<u32> {
        let text = "SELECT COUNT(*) AS alive FROM import WHERE alive_until > $1";
        self.count(text, |statement| statement.bind(now)).await
    }

    /// The next rows of a column, behind that union and row, which another key than `but` sealed; whichever key did where
    /// none is named.
    pub async fn sealed_otherwise(
        &self,
        column: SealedColumn,
        (tenant, row): (&str, Uuid),
        but: Option<u32>,
        limit: u32,
    ) -> StoreResult<Vec<SealedValue>> {
        let Some(Resealing { next, .. }) = resealing(column) else { return Ok(Vec::new()) };
        let mut open = self.store.begin_read().await?;
        let statement = Statement::<Reading>::new(&mut open, next, None);
        let but = but.map_or_else(Vec::new, |id| id.to_be_bytes().to_vec());
        let bound = statement.bind(tenant).bind(row).bind(&but[..]).bind(limit);
        bound
            .map(|row| {
                Ok(SealedValue {
                    tenant: row.get("tenant")?,
                    column,
                    row: row.get("id")?,
                    member: row.get("member")?,
                    sealed: row.get("sealed")?,
                })
            })
            .await
    }

    /// Puts values that were sealed anew in the place of what was seen; a row that was changed meanwhile stays as it is.
    /// How many were replaced.
    pub async fn reseal(&self, values: &[(SealedValue, Vec<u8>)]) -> StoreResult<u64> {
        let mut open = self.store.begin_write().await?;
        let mut replaced = 0;
        for (seen, new) in values {
            let Some(Resealing { replace, .. }) = resealing(seen.column) else { continue };
            replaced += Statement::<Writing>::new(&mut open, replace, None)
                .bind(seen.tenant.as_str())
                .bind(seen.row)
                .bind(seen.sealed.as_slice())
                .bind(new.as_slice())
                .count()
                .await?;
        }
        open.commit().await?;
        Ok(replaced)
    }

    /// How many values of each column each key sealed: word of the column, the key's number as it stands in the value,
    /// how many.
    pub async fn sealed_by_key(&self, now: Timestamp) -> StoreResult<Vec<(String, Vec<u8>, u32)>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT place, number, COUNT(*) AS held FROM (
               SELECT 'totp.secret' AS place, substr(secret, 2, 4) AS number FROM totp
               UNION ALL SELECT 'passkey.credential', substr(credential, 2, 4) FROM passkey
               UNION ALL SELECT 'outbox.recipient', substr(recipient, 2, 4) FROM outbox WHERE outcome IS NULL
               UNION ALL SELECT 'outbox.content', substr(content, 2, 4) FROM outbox WHERE outcome IS NULL
               UNION ALL SELECT 'attempt.setup_secret', substr(setup_secret, 2, 4) FROM attempt
                          WHERE setup_secret IS NOT NULL
               UNION ALL SELECT 'session.setup_secret', substr(setup_secret, 2, 4) FROM session
                          WHERE setup_secret IS NOT NULL
               UNION ALL SELECT 'session.draft', substr(draft, 2, 4) FROM session WHERE draft IS NOT NULL
               UNION ALL SELECT 'ceremony.state', substr(state, 2, 4) FROM ceremony WHERE expires_at > $1
               UNION ALL SELECT 'import_kept.sealed', substr(sealed, 2, 4) FROM import_kept
               UNION ALL SELECT 'sso_key.private_key', substr(private_key, 2, 4) FROM sso_key
               UNION ALL SELECT 'sealed_key.sealed', substr(sealed, 2, 4) FROM sealed_key) AS sealed
              GROUP BY place, number ORDER BY place, number",
            None,
        )
        .bind(now)
        .map(|row| Ok((row.get("place")?, row.get("number")?, row.get("held")?)))
        .await
    }

    /// How many members have a password whose hash holds this mark: the number of its key.
    pub async fn passwords_with(&self, mark: &str) -> StoreResult<u32> {
        let text = "SELECT COUNT(*) AS held FROM password WHERE replace(hash, $1, '') <> hash";
        self.count(text, |statement| statement.bind(mark)).await
    }

    /// How many first passwords that still live were digested in that time.
    pub async fn first_passwords_made(&self, made: MadeBetween, now: Timestamp) -> StoreResult<u32> {
        let text = "SELECT COUNT(*) AS held FROM first_credential
              WHERE digest IS NOT NULL AND expires_at > $1 AND (ended_at IS NULL OR ended_at < issued_at)
                AND issued_at >= $2 AND issued_at <= $3";
        self.count(text, |statement| statement.bind(now).bind(made.from).bind(made.to)).await
    }

    /// How many codes that still live were digested in that time.
    pub async fn codes_made(&self, made: MadeBetween, now: Timestamp) -> StoreResult<u32> {
        let text = "SELECT COUNT(*) AS held FROM one_time
              WHERE code IS NOT NULL AND expires_at > $1 AND made_at >= $2 AND made_at <= $3";
        self.count(text, |statement| statement.bind(now).bind(made.from).bind(made.to)).await
    }

    /// A few sealed values of every kind that lasts, the newest first: whether a key opens them proves it.
    pub async fn sealed_samples(&self) -> StoreResult<Vec<SealedValue>> {
        let mut open = self.store.begin_read().await?;
        let mut all = Vec::new();
        for (column, text) in [
            (
                SealedColumn::AppSecret,
                "SELECT tenant, id, secret AS sealed FROM totp ORDER BY id DESC LIMIT 20",
            ),
            (
                SealedColumn::PasskeyCredential,
                "SELECT tenant, id, credential AS sealed FROM passkey ORDER BY id DESC LIMIT 20",
            ),
            (
                SealedColumn::LetterRecipient,
                "SELECT tenant, id, recipient AS sealed FROM outbox WHERE outcome IS NULL ORDER BY id DESC LIMIT 20",
            ),
        ] {
            let rows = Statement::<Reading>::new(&mut open, text, None).map(|row| {
                Ok(SealedValue {
                    tenant: row.get("tenant")?,
                    column,
                    row: row.get("id")?,
                    member: None,
                    sealed: row.get("sealed")?,
                })
            });
            all.extend(rows.await?);
        }
        Ok(all)
    }

    /// Whether anything is kept that was digested with a key and is not sealed: passwords, first or own.
    pub async fn has_digests(&self) -> StoreResult<bool> {
        let text = "SELECT CAST(COUNT(*) AS BIGINT) FROM (
               SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM password)
               UNION ALL
               SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM first_credential WHERE digest IS NOT NULL)) AS kinds";
        Ok(self.count(text, |statement| statement).await? > 0)
    }
}
