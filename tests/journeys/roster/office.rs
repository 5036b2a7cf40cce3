//! A union's office: a database of its own, a clock that stands still, real keys.

use std::sync::{Arc, Mutex};

use kenpo_portal::{
    domain::{origin::PublicAddress, tenant::TenantSlug},
    portal::keys::{HashingSettings, KeyedStore},
    vault::{Cost, KeyRing},
    wording::Wording,
    world::{Clock, SystemClock},
};
use tempfile::TempDir;

use super::*;
use crate::town::{self, Database};

#[derive(Debug)]
pub struct StandingClock(Mutex<Timestamp>);

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl StandingClock {
    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

pub struct Office {
    pub database: Arc<Database>,
    pub store: Store,
    pub vault: Vault,
    pub keyed: KeyedStore,
    pub clock: Arc<StandingClock>,
    pub tenant: Tenant,
    pub folder: Arc<TempDir>,
    pub wording: Arc<Wording>,
    pub public: PublicAddress,
}

impl Office {
    /// How many rows a table has, seen or not.
    pub async fn count(&self, table: &str) -> i64 {
        let text = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        if let Some(mut connection) = self.database.postgres().await {
            sqlx::query_scalar(text).fetch_one(&mut *connection).await.unwrap()
        } else {
            let mut connection = self.database.sqlite().await;
            sqlx::query_scalar(text).fetch_one(&mut connection).await.unwrap()
        }
    }

    /// Another union on the same database.
    pub fn sibling(&self, slug: &str) -> Self {
        Self {
            database: Arc::clone(&self.database),
            store: self.store.clone(),
            vault: self.vault.clone(),
            keyed: self.keyed.clone(),
            clock: Arc::clone(&self.clock),
            tenant: tenant(slug),
            folder: Arc::clone(&self.folder),
            wording: Arc::clone(&self.wording),
            public: self.public.clone(),
        }
    }
}

fn tenant(slug: &str) -> Tenant {
    Tenant::clone(&town::unions().by_slug(&TenantSlug::parse(slug).unwrap()).unwrap())
}

/// Opens the office of a union of `tenants/`, with `change`d rules.
pub async fn open(slug: &str, change: fn(&mut Tenant)) -> Office {
    let mut tenant = tenant(slug);
    change(&mut tenant);
    let folder = TempDir::new().unwrap();
    let database = Arc::new(Database::fresh(folder.path()).await);
    let store = Store::open(database.url()).await.unwrap();
    let cost = Cost { memory_kib: 64, iterations: 1, lanes: 1 };
    let ring = KeyRing::fresh(&SystemRandom).unwrap();
    let hashing = HashingSettings { cost, permits: 1 };
    let rng = Arc::new(SystemRandom);
    let keyed = KeyedStore::open(store, &ring, hashing, rng, &SystemClock).await.unwrap();
    let start: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
    Office {
        database,
        store: keyed.store().clone(),
        vault: keyed.vault().clone(),
        keyed,
        clock: Arc::new(StandingClock(Mutex::new(start))),
        tenant,
        folder: Arc::new(folder),
        wording: town::wording(),
        public: PublicAddress { scheme: "https".into(), port: None },
    }
}
