//! A union's office: a database of its own, a clock that stands still, real keys.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use jiff::civil::date;
use kenpo_portal::{
    domain::{origin::PublicAddress, tenant::TenantSlug},
    portal::keys::{HashingSettings, KeyedStore},
    tenants::{self, LoadOptions},
    vault::{Cost, KeyRing},
    wording::Wording,
    world::{Clock, SystemClock},
};
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;

use super::*;

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
    /// Of the database.
    pub url: String,
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
        if crate::on_postgres() {
            let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(text).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(text).fetch_one(&mut connection).await.unwrap()
        }
    }

    /// Another union on the same database.
    pub fn sibling(&self, slug: &str) -> Self {
        Self {
            url: self.url.clone(),
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
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    let options = LoadOptions { base_domains: &[], today: date(2026, 11, 21), ..LoadOptions::default() };
    let loaded = tenants::load(&folder, &options).unwrap();
    Tenant::clone(&loaded.tenants.by_slug(&TenantSlug::parse(slug).unwrap()).unwrap())
}

/// Opens the office of a union of `tenants/`, with `change`d rules.
pub async fn open(slug: &str, change: fn(&mut Tenant)) -> Office {
    let mut tenant = tenant(slug);
    change(&mut tenant);
    let folder = TempDir::new().unwrap();
    let url = if crate::on_postgres() {
        schema_of_its_own().await
    } else {
        format!("sqlite:{}", folder.path().join("portal.sqlite").display())
    };
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let cost = Cost { memory_kib: 64, iterations: 1, lanes: 1 };
    let ring = KeyRing::fresh(&SystemRandom).unwrap();
    let hashing = HashingSettings { cost, permits: 1 };
    let rng = Arc::new(SystemRandom);
    let keyed = KeyedStore::open(store, &ring, hashing, rng, &SystemClock).await.unwrap();
    let start: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
    Office {
        url,
        store: keyed.store().clone(),
        vault: keyed.vault().clone(),
        keyed,
        clock: Arc::new(StandingClock(Mutex::new(start))),
        tenant,
        folder: Arc::new(folder),
        wording: Arc::new(Wording::new()),
        public: PublicAddress { scheme: "https".into(), port: None },
    }
}

async fn schema_of_its_own() -> String {
    let url = std::env::var("PORTAL_TEST_POSTGRES").expect("PORTAL_TEST_POSTGRES names a server");
    let name = format!("roster_{}", TempDir::new().unwrap().path().display())
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase()
        + std::process::id().to_string().as_str();
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {name}"));
    connection.execute(sqlx::query(create)).await.unwrap();
    format!("{url}?options=-c%20search_path%3D{name}")
}
