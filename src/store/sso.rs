//! Single sign-on: what is kept of keys, services and members.

use jiff::Timestamp;

pub mod codes;
pub mod logouts;
pub mod pushed;
pub mod requests;
pub mod service_sessions;

use super::{
    Read, StoreResult, Write,
    row::{Arguments, FromColumn, FromRow, Row, ToColumn},
    sql::sql,
};
use crate::domain::{
    member::{SsoKeyId, SsoRequestId, SsoSecretId},
    sso::{SigningAlgorithm, key::KeyTimes},
};

impl ToColumn for SsoKeyId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }
}

impl ToColumn for SsoRequestId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }
}

impl FromColumn for SsoRequestId {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        uuid::Uuid::take(row, name).map(Self::kept)
    }
}

impl ToColumn for SsoSecretId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }
}

impl FromColumn for SsoKeyId {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        uuid::Uuid::take(row, name).map(Self::kept)
    }
}

impl FromColumn for SsoSecretId {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        uuid::Uuid::take(row, name).map(Self::kept)
    }
}

/// A key of a union.
#[derive(Clone)]
pub struct SsoKeyRow {
    /// The row's id, to which the private part is sealed.
    pub id: SsoKeyId,
    /// Its name in tokens.
    pub kid: String,
    /// When the key signs.
    pub times: KeyTimes,
    /// What everybody may know of it, as JSON.
    pub public: String,
    /// The private part, sealed.
    pub private: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for SsoKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SsoKeyRow({})", self.kid)
    }
}

impl FromRow for SsoKeyRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let algorithm: String = row.get("algorithm")?;
        Ok(Self {
            id: row.get("id")?,
            kid: row.get("kid")?,
            times: KeyTimes {
                algorithm: SigningAlgorithm::parse(&algorithm).ok_or_else(|| row.broken("algorithm"))?,
                place: row.get("place")?,
                signs_from: row.get("signs_from")?,
                gone_at: row.get("gone_at")?,
            },
            public: row.get("public_key")?,
            private: row.get("private_key")?,
            created_at: row.get("created_at")?,
        })
    }
}

/// Every key of the union, by algorithm and in the order in which they came.
pub async fn keys(tx: &mut Read) -> StoreResult<Vec<SsoKeyRow>> {
    tx.sql(sql!(
        "SELECT id, kid, algorithm, place, public_key, private_key, created_at, signs_from, gone_at
           FROM sso_key WHERE tenant = $1 ORDER BY algorithm, place"
    ))
    .all()
    .await
}

/// Keeps a new key at its place. `false` where another one came there first.
pub async fn add_key(tx: &mut Write, key: &SsoKeyRow) -> StoreResult<bool> {
    tx.sql(sql!(
        "INSERT INTO sso_key (tenant, id, kid, algorithm, place, public_key, private_key, created_at, signs_from)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant, algorithm, place) DO NOTHING RETURNING id"
    ))
    .bind(key.id)
    .bind(key.kid.as_str())
    .bind(key.times.algorithm.as_str())
    .bind(key.times.place)
    .bind(key.public.as_str())
    .bind(key.private.as_slice())
    .bind(key.created_at)
    .bind(key.times.signs_from)
    .done()
    .await
}

/// Takes every key of that algorithm but the last one out of use, at once.
pub async fn give_up_keys(
    tx: &mut Write,
    algorithm: SigningAlgorithm,
    before: u32,
    now: Timestamp,
) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE sso_key SET gone_at = $4
          WHERE tenant = $1 AND algorithm = $2 AND place < $3 AND (gone_at IS NULL OR gone_at > $4)"
    ))
    .bind(algorithm.as_str())
    .bind(before)
    .bind(now)
    .count()
    .await
}

/// A secret of a service.
#[derive(Clone)]
pub struct SecretRow {
    /// The row's id.
    pub id: SsoSecretId,
    /// The service whose secret it is.
    pub client: String,
    /// 1 or 2: so many are good at a time.
    pub place: u32,
    /// What is kept of it.
    pub digest: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for SecretRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretRow({} {})", self.client, self.place)
    }
}

impl FromRow for SecretRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            client: row.get("client")?,
            place: row.get("place")?,
            digest: row.get("digest")?,
            created_at: row.get("created_at")?,
        })
    }
}

/// Every secret of the union's services.
pub async fn secrets(tx: &mut Read) -> StoreResult<Vec<SecretRow>> {
    tx.sql(sql!(
        "SELECT id, client, place, digest, created_at FROM sso_secret WHERE tenant = $1 ORDER BY client, place"
    ))
    .all()
    .await
}

/// Keeps a secret at its place. `false` where there is one already.
pub async fn add_secret(tx: &mut Write, secret: &SecretRow) -> StoreResult<bool> {
    tx.sql(sql!(
        "INSERT INTO sso_secret (tenant, id, client, place, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, client, place) DO NOTHING RETURNING id"
    ))
    .bind(secret.id)
    .bind(secret.client.as_str())
    .bind(secret.place)
    .bind(secret.digest.as_slice())
    .bind(secret.created_at)
    .done()
    .await
}

/// Drops a secret. `false` where there is none at that place.
pub async fn drop_secret(tx: &mut Write, client: &str, place: u32) -> StoreResult<bool> {
    tx.sql(sql!("DELETE FROM sso_secret WHERE tenant = $1 AND client = $2 AND place = $3 RETURNING id"))
        .bind(client)
        .bind(place)
        .done()
        .await
}
