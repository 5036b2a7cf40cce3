//! Networks: what is left of a network's budgets, how many forms of one are being answered, and the alarm about one that
//! tries many user IDs (D27, B10 of the threats).
//!
//! # Decision
//! Kept in this node's memory, bounded; what is not used longest is forgotten first. A browser that has signed a member of
//! the union in is charged to a budget of its own. Whether it has is asked of the database only where something is to be charged.
//! # Because
//! A budget bounds what one source may cost; how often anybody may guess at one member is counted durably and on all nodes
//! (D13). Whoever could push others out of this memory has more networks than it has room for, and no need to.
//! # Instead of
//! A table that strangers fill.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use moka::{ops::compute::Op, policy::EvictionPolicy, sync::Cache};
use sha2::{Digest as _, Sha256};

use super::{Deed, Portal, request};
use crate::{
    domain::{
        audit::Event,
        budget::{Budget, BudgetLevel, FORMS_AT_ONCE, TriedUserIds, USER_IDS_AN_HOUR},
        login_id::LoginId,
        network::Network,
        tenant::{Tenant, TenantSlug},
    },
    store::known_browser::{self, AskingBrowser},
};

/// Bytes of all levels, about: room for some thirty thousand.
const LEVEL_BYTES: u64 = 8 << 20;
/// What one takes, in bytes, with the cache's own records.
const LEVEL: u32 = 256;
/// Bytes of all lists of tried user IDs, about: room for four thousand networks.
const LIST_BYTES: u64 = 8 << 20;
/// What a full one takes, in bytes.
const LIST: u32 = 2048;
/// A level that nobody took from for so long is full again, and a list says nothing any more.
const FORGOTTEN: Duration = Duration::from_mins(61);
/// Between two lines about the same budget.
const BETWEEN_LINES: SignedDuration = SignedDuration::from_hours(1);

/// The one that a form or a claim is charged to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum BudgetOwner {
    /// The browsers of a network that have signed nobody in.
    Network(Network),
    /// A browser that has signed a member in, by the digest of its cookie.
    Browser(Vec<u8>),
    /// Whoever claims to be a service of a union from a network: the first bytes of a digest of both names.
    Service(Network, [u8; 16]),
}

#[derive(Debug, Clone, Copy)]
struct KeptLevel {
    level: BudgetLevel,
    told_at: Option<Timestamp>,
}

type LevelKey = (Budget, BudgetOwner);
/// At which union, and from which network.
type ListKey = (TenantSlug, Network);

/// What this node keeps of networks.
#[derive(Debug)]
pub(super) struct NetworkLimits {
    levels: Cache<LevelKey, KeptLevel>,
    user_ids: Cache<ListKey, Arc<Mutex<TriedUserIds>>>,
    forms: Mutex<HashMap<BudgetOwner, usize>>,
    silent_proxy_told_at: Mutex<Option<Timestamp>>,
}

impl Default for NetworkLimits {
    fn default() -> Self {
        let levels = Cache::builder().max_capacity(LEVEL_BYTES).weigher(|_: &LevelKey, _: &KeptLevel| LEVEL);
        let lists = Cache::builder().max_capacity(LIST_BYTES).weigher(|_: &ListKey, _: &Arc<_>| LIST);
        Self {
            levels: levels.eviction_policy(EvictionPolicy::lru()).time_to_idle(FORGOTTEN).build(),
            user_ids: lists.eviction_policy(EvictionPolicy::lru()).time_to_idle(FORGOTTEN).build(),
            forms: Mutex::default(),
            silent_proxy_told_at: Mutex::default(),
        }
    }
}

impl NetworkLimits {
    /// Takes one. `false` where nothing is left, which is told once an hour.
    fn take(&self, key: &LevelKey, now: Timestamp) -> bool {
        let (mut is_taken, mut is_told) = (false, false);
        self.levels.entry_by_ref(key).and_compute_with(|kept| {
            let kept = kept.map_or(KeptLevel { level: BudgetLevel::full(now), told_at: None }, |entry| {
                entry.into_value()
            });
            if let Some(level) = kept.level.take(key.0, now) {
                is_taken = true;
                Op::Put(KeptLevel { level, ..kept })
            } else if is_due(kept.told_at, now) {
                is_told = true;
                Op::Put(KeptLevel { told_at: Some(now), ..kept })
            } else {
                Op::Nop
            }
        });
        if is_told {
            tell_used_up(key);
        }
        is_taken
    }

    /// Whether one could be taken.
    fn has(&self, key: &LevelKey, now: Timestamp) -> bool {
        self.levels.get(key).is_none_or(|kept| kept.level.take(key.0, now).is_some())
    }

    fn give_back(&self, key: &LevelKey, now: Timestamp) {
        self.levels.entry_by_ref(key).and_compute_with(|kept| match kept {
            Some(entry) => {
                let kept = entry.into_value();
                Op::Put(KeptLevel { level: kept.level.give_back(key.0, now), ..kept })
            }
            None => Op::Nop,
        });
    }

    /// A place for one form more; `None` where the network, or the known browser, has as many as it may.
    fn place(self: &Arc<Self>, owner: BudgetOwner) -> Option<FormPlace> {
        let mut forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        let count = forms.entry(owner.clone()).or_default();
        if *count >= FORMS_AT_ONCE {
            return None;
        }
        *count += 1;
        Some(FormPlace { limits: self.clone(), owner })
    }
}

/// What a claim to be a service is charged to. Names may be anything that a stranger likes, so they are not kept.
fn of_claim(tenant: &Tenant, client: &str, network: Network) -> LevelKey {
    let names =
        Sha256::new().chain_update(tenant.slug.as_str()).chain_update(b"\0").chain_update(client).finalize();
    let mut mark = [0; 16];
    mark.copy_from_slice(names.first_chunk::<16>().map_or(&[0; 16], |first| first));
    (Budget::Claims, BudgetOwner::Service(network, mark))
}

/// Whether something is to be told again that was last told then.
fn is_due(told_at: Option<Timestamp>, now: Timestamp) -> bool {
    told_at.is_none_or(|at| now.duration_since(at).abs() >= BETWEEN_LINES)
}

fn tell_used_up((budget, owner): &LevelKey) {
    let network = match owner {
        BudgetOwner::Network(network) | BudgetOwner::Service(network, _) => {
            Some(tracing::field::display(*network))
        }
        BudgetOwner::Browser(_) => None,
    };
    tracing::warn!(
        budget = budget.word(),
        network,
        "A budget is used up: browsers of that network which have signed nobody in are told to come back. If it is a \
         proxy's, add the proxy to proxy.trusted and let it send X-Forwarded-For"
    );
}

/// A form that is being received or answered.
#[derive(Debug)]
struct FormPlace {
    limits: Arc<NetworkLimits>,
    owner: BudgetOwner,
}

impl Drop for FormPlace {
    fn drop(&mut self) {
        let mut forms = self.limits.forms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = forms.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                forms.remove(&self.owner);
            }
        }
    }
}

/// Whether a form is answered.
#[derive(Debug)]
pub enum FormAdmission {
    /// It is. What came of it is said with [`Portal::settle_form`]; until then it counts as refused.
    Admitted(AdmittedForm),
    /// The network's budget is used up.
    UsedUp,
    /// Too many forms of the network are being answered at this moment.
    TooManyAtOnce,
}

/// A form that is being answered.
#[derive(Debug)]
pub struct AdmittedForm {
    charged: Option<LevelKey>,
    _place: Option<FormPlace>,
}

impl Portal {
    /// Whether a form is answered that is charged to that budget, or to none. Where no network is known (a command, a test
    /// without connections) nothing is counted.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn admit_form(&self, tenant: &Tenant, budget: Option<Budget>) -> Deed<FormAdmission> {
        let Some(network) = request::network() else {
            return Ok(FormAdmission::Admitted(AdmittedForm { charged: None, _place: None }));
        };
        let place = match self.networks.place(BudgetOwner::Network(network)) {
            None => self
                .known_browser(tenant)
                .await?
                .and_then(|own| self.networks.place(BudgetOwner::Browser(own))),
            place => place,
        };
        if place.is_none() {
            return Ok(FormAdmission::TooManyAtOnce);
        }
        let charged = match budget {
            None => None,
            Some(budget) => match self.charge(tenant, budget, network).await? {
                None => return Ok(FormAdmission::UsedUp),
                charged => charged,
            },
        };
        Ok(FormAdmission::Admitted(AdmittedForm { charged, _place: place }))
    }

    async fn charge(&self, tenant: &Tenant, budget: Budget, network: Network) -> Deed<Option<LevelKey>> {
        let now = self.clock.now();
        let of_network = (budget, BudgetOwner::Network(network));
        if self.networks.take(&of_network, now) {
            return Ok(Some(of_network));
        }
        let of_browser =
            self.known_browser(tenant).await?.map(|browser| (budget, BudgetOwner::Browser(browser)));
        Ok(of_browser.filter(|key| self.networks.take(key, now)))
    }

    /// Says what came of a form. What was charged for one that was not refused is given back; what a known browser has
    /// cost is charged to itself, as long as it can be.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`. What was charged stays so.
    pub async fn settle_form(&self, tenant: &Tenant, form: AdmittedForm, was_refused: bool) -> Deed<()> {
        let Some(charged) = form.charged else { return Ok(()) };
        let now = self.clock.now();
        let stays_charged = was_refused || charged.0 != Budget::Failures;
        if !stays_charged {
            self.networks.give_back(&charged, now);
        } else if matches!(charged.1, BudgetOwner::Network(_))
            && let Some(browser) = self.known_browser(tenant).await?
            && self.networks.take(&(charged.0, BudgetOwner::Browser(browser)), now)
        {
            self.networks.give_back(&charged, now);
        }
        Ok(())
    }

    /// The digest of the cookie of the browser that asks, if it has signed a member of the union in.
    async fn known_browser(&self, tenant: &Tenant) -> Deed<Option<Vec<u8>>> {
        let Some(digest) = request::browser_cookie().map(|token| token.digest()) else { return Ok(None) };
        let asking = AskingBrowser { cookie_digest: Some(digest.clone()), now: self.clock.now() };
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(known_browser::is_anybodys(&mut tx, &asking).await?.then_some(digest))
    }

    /// Whether somebody of this network may say to be that service of the union.
    pub(super) fn may_claim(&self, tenant: &Tenant, client: &str) -> bool {
        let claim = request::network().map(|network| of_claim(tenant, client, network));
        claim.is_none_or(|claim| self.networks.has(&claim, self.clock.now()))
    }

    /// Notes that somebody of this network said so and was not.
    pub(super) fn note_wrong_claim(&self, tenant: &Tenant, client: &str) {
        if let Some(network) = request::network() {
            self.networks.take(&of_claim(tenant, client, network), self.clock.now());
        }
    }

    /// Notes that a user ID was tried, and nobody signed in by it. More than fifty different ones of one union from one
    /// network in an hour are told to the operator, once an hour; nothing is refused for it, and what was answered stays so
    /// where it cannot be noted.
    pub async fn note_tried_user_id(&self, tenant: &Tenant, login: &LoginId) {
        let Some(network) = request::network().filter(|_| !login.as_str().is_empty()) else { return };
        let now = self.clock.now();
        let mark = u64::from_str_radix(&self.vault.mark(login), 16).unwrap_or_default();
        let tried = self.networks.user_ids.get_with((tenant.slug.clone(), network), Arc::default);
        let is_new = tried.lock().unwrap_or_else(PoisonError::into_inner).note(mark, now);
        if is_new {
            tracing::warn!(
                %network, most = USER_IDS_AN_HOUR,
                "Many different user IDs were tried from one network within an hour"
            );
            let event = Event::ManyUserIdsTried { most: USER_IDS_AN_HOUR };
            if let Err(stop) = self.note_alone(tenant, None, event, now).await {
                tracing::warn!(?stop, "That many user IDs were tried could not be noted in the trail");
            }
        }
    }

    /// Notes that a trusted proxy did not say for whom it asks, which is told once an hour: all its clients are one network.
    pub fn note_silent_proxy(&self, proxy: IpAddr) {
        let now = self.clock.now();
        let mut told_at = self.networks.silent_proxy_told_at.lock().unwrap_or_else(PoisonError::into_inner);
        if is_due(*told_at, now) {
            *told_at = Some(now);
            tracing::warn!(
                %proxy,
                "A proxy of proxy.trusted sends no X-Forwarded-For that ends with an address: all who come through it share \
                 one network's budgets. Let it add the client's address to that header"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn network(n: u32) -> Network {
        Network::of(std::net::Ipv4Addr::from_bits(n << 8).into())
    }

    #[test]
    fn however_many_networks_come_the_memory_is_bounded_and_the_newest_are_kept() {
        let limits = NetworkLimits::default();
        let slug = TenantSlug::parse("midorikenpo").unwrap();
        let newest = 200_000_u32;
        for n in 0..=newest {
            assert!(limits.take(&(Budget::Failures, BudgetOwner::Network(network(n))), NOW));
            limits.user_ids.insert((slug.clone(), network(n)), Arc::default());
        }
        limits.levels.run_pending_tasks();
        limits.user_ids.run_pending_tasks();
        assert!(limits.levels.weighted_size() <= LEVEL_BYTES);
        assert!(limits.user_ids.weighted_size() <= LIST_BYTES);
        assert!(limits.levels.contains_key(&(Budget::Failures, BudgetOwner::Network(network(newest)))));
        let entry = size_of::<(LevelKey, KeptLevel)>() + 32 + 96;
        assert!(entry <= LEVEL as usize, "{entry} bytes");
        let list = size_of::<TriedUserIds>() + (USER_IDS_AN_HOUR + 14) * size_of::<(u64, Timestamp)>() + 160;
        assert!(list <= LIST as usize, "{list} bytes");
    }

    #[test]
    fn places_for_forms_are_given_back() {
        let limits = Arc::new(NetworkLimits::default());
        for owner in [BudgetOwner::Network(network(1)), BudgetOwner::Browser(vec![1; 32])] {
            let mut places: Vec<_> =
                (0..FORMS_AT_ONCE).map(|_| limits.place(owner.clone()).unwrap()).collect();
            assert!(limits.place(owner.clone()).is_none());
            assert!(limits.place(BudgetOwner::Network(network(2))).is_some());
            places.pop();
            assert!(limits.place(owner).is_some());
            drop(places);
            assert!(limits.forms.lock().unwrap().is_empty(), "nothing is kept of those that are gone");
        }
    }

    #[test]
    fn a_budget_that_is_used_up_is_told_once_an_hour_and_stays_used_up() {
        let (limits, key) = (NetworkLimits::default(), (Budget::Failures, BudgetOwner::Network(network(1))));
        while limits.take(&key, NOW) {}
        let told_at = || limits.levels.get(&key).and_then(|kept| kept.told_at);
        assert_eq!(told_at(), Some(NOW));
        limits.give_back(&key, NOW);
        assert!(limits.take(&key, NOW) && !limits.take(&key, NOW));
        assert_eq!(told_at(), Some(NOW));
    }
}
