//! Keys: the town's ring as a file, and what an operator does with it.

use std::{path::PathBuf, time::Duration};

use axum::Router;
use kenpo_portal::{
    portal::{
        Portal,
        keys::{
            HashingSettings, KeyedStore,
            report::{self, KeyReport},
            rotation::{self, KeyRemoval, KeyWork, Rotated},
        },
    },
    store::Store,
    vault::{KeyId, KeyRing},
    world::Clock as _,
};

use super::{HASHING, PATIENT, Town, unions, website};

impl Town {
    /// The ring's file, as it stands.
    pub fn ring_file(&self) -> PathBuf {
        let path = self.folder.path().join("keys.toml");
        if !path.exists() {
            self.ring.write_new(&path).unwrap();
        }
        path
    }

    /// Another process of the same town, which reads the ring's file and hashes as it is told.
    pub async fn process(&self, hashing: HashingSettings) -> (Portal, Router) {
        let store = Store::open_with(self.database.url(), PATIENT).await.unwrap();
        let ring = KeyRing::read(&self.ring_file()).unwrap();
        let (clock, rng) = (self.clock.clone(), self.rng.clone());
        let keyed = KeyedStore::open(store, &ring, hashing, rng.clone(), clock.as_ref()).await.unwrap();
        let (wording, public) = (self.app.portal().wording().clone(), self.app.portal().public().clone());
        let portal = Portal::new(keyed, clock, rng, wording, public);
        (portal.clone(), website(portal, unions()).router())
    }

    /// `keys rotate`, in a process of its own.
    pub async fn rotate(&self) -> Rotated {
        let (portal, _) = self.process(HASHING).await;
        let (keyed, path) = (portal.keyed(), self.ring_file());
        let mut ring = KeyRing::read(&path).unwrap();
        let clock = self.clock.as_ref();
        let patience = Duration::ZERO;
        let work = KeyWork { keyed: &keyed, path: &path, clock, rng: self.rng.as_ref(), patience };
        rotation::rotate(&work, &mut ring, true, &|_| {}).await.unwrap()
    }

    /// `keys remove ID`, in a process of its own.
    pub async fn remove_key(&self, id: KeyId, force: bool) -> KeyRemoval {
        let (portal, _) = self.process(HASHING).await;
        let (keyed, path) = (portal.keyed(), self.ring_file());
        let mut ring = KeyRing::read(&path).unwrap();
        let clock = self.clock.as_ref();
        let patience = Duration::ZERO;
        let work = KeyWork { keyed: &keyed, path: &path, clock, rng: self.rng.as_ref(), patience };
        rotation::remove(&work, &mut ring, Some(id), force, &|_| {}).await.unwrap()
    }

    /// `keys status`.
    pub async fn keys(&self) -> KeyReport {
        let ring = KeyRing::read(&self.ring_file()).unwrap();
        report::report(self.store(), &ring, self.clock.now()).await.unwrap()
    }

    /// What the town's own process does every few seconds.
    pub async fn follow_keys(&self) {
        self.app.portal().refresh_keys(&self.ring_file()).await.unwrap();
    }
}
