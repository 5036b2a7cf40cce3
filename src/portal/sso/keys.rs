//! Keys by which a union signs, and the secrets of its services.

use jiff::Timestamp;
use secrecy::SecretSlice;
use serde_json::{Value, json};

use crate::{
    domain::{
        audit::{Event, SsoEvent, doing::Doing},
        member::{EventId, SsoKeyId, SsoSecretId},
        sso::{
            SigningAlgorithm,
            key::{self, KeyTimes, SigningState},
        },
        tenant::{Tenant, TenantSlug},
    },
    portal::{Fault, Portal},
    store::{
        self, Write,
        sso::{SecretRow, SsoKeyRow},
    },
    vault::{
        SealContext, SealedColumn, Token,
        signing::{PublicKey, SigningKey},
    },
};

/// How many secrets of a service are good at a time: the old one until the service has the new one.
pub const SECRETS: u32 = 2;

/// A key, and what it does now.
#[derive(Debug)]
pub struct ListedKey {
    /// As it is kept, its private half sealed.
    pub key: SsoKeyRow,
    /// What the key does now.
    pub state: SigningState,
}

/// Where a private key is sealed to.
pub(super) fn place(tenant: &TenantSlug, id: SsoKeyId) -> SealContext<'_> {
    SealContext { tenant: tenant.as_str(), column: SealedColumn::SsoPrivateKey, row: id.uuid() }
}

fn listed(keys: Vec<SsoKeyRow>, now: Timestamp) -> Vec<ListedKey> {
    let times: Vec<KeyTimes> = keys.iter().map(|key| key.times).collect();
    keys.into_iter().map(|key| ListedKey { state: key::state(&key.times, &times, now), key }).collect()
}

impl Portal {
    /// Makes the union's first key of ES256, where it has none. Whether it made one.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn make_first_sso_key(&self, tenant: &TenantSlug) -> Result<bool, Fault> {
        let now = self.clock.now();
        let (private, public) = SigningKey::make()?;
        let key = self.sealed_key(tenant, SigningAlgorithm::Es256, (&private, &public), (1, now), now)?;
        let mut tx = self.store.tenant(tenant).write().await?;
        let added = store::sso::add_key(&mut tx, &key).await?;
        tx.commit().await?;
        Ok(added)
    }

    fn sealed_key(
        &self,
        tenant: &TenantSlug,
        algorithm: SigningAlgorithm,
        (private, public): (&SecretSlice<u8>, &PublicKey),
        (number, signs_from): (u32, Timestamp),
        now: Timestamp,
    ) -> Result<SsoKeyRow, Fault> {
        use secrecy::ExposeSecret as _;
        let id = SsoKeyId::new(now, self.chance()?);
        Ok(SsoKeyRow {
            id,
            kid: public.kid(),
            times: KeyTimes { algorithm, place: number, signs_from, gone_at: None },
            public: public.as_str().to_owned(),
            private: self.vault.seal(place(tenant, id), private.expose_secret())?,
            created_at: now,
        })
    }

    /// The union's keys, each with what it does now.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn sso_keys(&self, tenant: &TenantSlug) -> Result<Vec<ListedKey>, Fault> {
        let mut tx = self.store.tenant(tenant).read().await?;
        Ok(listed(store::sso::keys(&mut tx).await?, self.clock.now()))
    }

    /// The keys that services are told of (RFC 7517, 5).
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn jwks(&self, tenant: &Tenant) -> Result<Value, Fault> {
        let (union, now) = (self.sso_union(&tenant.slug).await?, self.clock.now());
        let keys: Vec<Value> = union.published(now).map(|(algorithm, key)| key.jwk(algorithm)).collect();
        Ok(json!({ "keys": keys }))
    }

    /// Brings a new key of ES256, or the RSA key that is given, behind those that are there: published now, it signs in a day;
    /// `at_once`, and the ones before are published no more. The new key, or `None` where another was brought meanwhile.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn bring_sso_key(
        &self,
        tenant: &Tenant,
        rsa: Option<(SecretSlice<u8>, PublicKey)>,
        at_once: bool,
        doing: &Doing,
    ) -> Result<Option<SsoKeyRow>, Fault> {
        let now = self.clock.now();
        let algorithm = if rsa.is_some() { SigningAlgorithm::Rs256 } else { SigningAlgorithm::Es256 };
        let (private, public) = match rsa {
            Some(given) => given,
            None => SigningKey::make()?,
        };
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let keys = store::sso::keys(&mut tx).await?;
        let times: Vec<KeyTimes> = keys.iter().map(|key| key.times).collect();
        let last = times.iter().filter(|key| key.algorithm == algorithm).map(|key| key.place).max();
        let number = last.unwrap_or(0).saturating_add(1);
        let signs_from = key::signs_from(algorithm, &times, at_once, now);
        let key = self.sealed_key(&tenant.slug, algorithm, (&private, &public), (number, signs_from), now)?;
        if !store::sso::add_key(&mut tx, &key).await? {
            return Ok(None);
        }
        if at_once {
            store::sso::give_up_keys(&mut tx, algorithm, number, now).await?;
        }
        let event = Event::Sso(SsoEvent::KeyMade { kid: key.kid.clone(), algorithm: algorithm.as_str() });
        self.note_of_command(&mut tx, &event, doing, now)?;
        tx.commit().await?;
        Ok(Some(key))
    }

    /// Makes a secret for a service of the union. `None` where it has as many as may be good at a time.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn make_sso_secret(
        &self,
        tenant: &Tenant,
        client: &str,
        doing: &Doing,
    ) -> Result<Option<Token>, Fault> {
        let now = self.clock.now();
        let secret = self.vault.token()?;
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        for number in 1..=SECRETS {
            let row = SecretRow {
                id: SsoSecretId::new(now, self.chance()?),
                client: client.to_owned(),
                place: number,
                digest: secret.digest(),
                created_at: now,
            };
            if store::sso::add_secret(&mut tx, &row).await? {
                let event = Event::Sso(SsoEvent::SecretMade { client: client.to_owned(), number });
                self.note_of_command(&mut tx, &event, doing, now)?;
                tx.commit().await?;
                return Ok(Some(secret));
            }
        }
        Ok(None)
    }

    /// The secrets of the union's services: never what they are.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn sso_secrets(&self, tenant: &Tenant) -> Result<Vec<SecretRow>, Fault> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::sso::secrets(&mut tx).await?)
    }

    /// Drops a secret: from now on nobody is the service by it. `false` where there is none of that number.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn drop_sso_secret(
        &self,
        tenant: &Tenant,
        client: &str,
        number: u32,
        doing: &Doing,
    ) -> Result<bool, Fault> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        if !store::sso::drop_secret(&mut tx, client, number).await? {
            return Ok(false);
        }
        let event = Event::Sso(SsoEvent::SecretDropped { client: client.to_owned(), number });
        self.note_of_command(&mut tx, &event, doing, now)?;
        tx.commit().await?;
        Ok(true)
    }

    pub(super) fn note_of_command(
        &self,
        tx: &mut Write,
        event: &Event,
        doing: &Doing,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let id = EventId::new(now, self.chance_in_order()?);
        store::audit::note(tx, id, None, event, doing.clone(), now);
        Ok(())
    }
}
