//! Recent: who comes with a cookie, for pages that only show. The database is asked at most once a second for each session.
//!
//! # Decision
//! What was read of a session and its member is kept for [`KEPT`] by this node's memory, and shown again while nothing
//! that this node wrote since can have changed it ([`crate::store::changes`]). It is a type of its own, [`Recent`],
//! which gives no [`Visit`]: no deed takes it. Whoever is not signed in is never kept.
//! # Because
//! A signed-in page is asked for often, and a session changes rarely. What ends a session here is seen by the next request;
//! on another node at most [`KEPT`] later, and only on pages that change nothing and reveal no secret.

use jiff::{SignedDuration, Timestamp};
use moka::sync::{Cache, CacheBuilder};

use super::{
    Deed, Portal,
    session::{Admission, Visit},
};
use crate::{
    domain::{
        member::Member,
        session::{self, FormerSignIn, NOTE_EVERY, Session, TimeLeft},
        tenant::{Tenant, TenantSlug},
    },
    store::changes::Moment,
    vault::Token,
};

/// How long what was read is shown again.
const KEPT: SignedDuration = SignedDuration::from_secs(1);
/// Bytes of all that is kept, about: room for some five thousand sessions. Beyond it, whoever was not seen lately is
/// forgotten, and read again.
const BYTES: u64 = 4 << 20;
/// After this long on the machine's own clock the memory is given back, by whoever comes next or by the next sweep
/// ([`Portal::forget_visits`]). Whether something may be shown is not for it to say.
const GIVEN_BACK: std::time::Duration = std::time::Duration::from_secs(10);
/// What one kept visit takes beside its texts, in bytes: what was read, its key, and the cache's own records.
const OVERHEAD: usize = size_of::<ReadVisit>() + size_of::<RecentKey>() + 64 + 256;

/// A member who is signed in, as of at most a second ago. It is for showing: deeds take a
/// [`Visit`].
#[derive(Debug, Clone)]
pub struct Recent(std::sync::Arc<ReadVisit>);

impl Recent {
    /// The member who is signed in.
    pub fn member(&self) -> &Member {
        &self.0.visit.member
    }

    /// When the member signed in before.
    pub fn former(&self) -> Option<FormerSignIn> {
        self.0.visit.former
    }

    /// How many factors the member holds, of whatever kind.
    pub fn factors(&self) -> u32 {
        self.0.visit.factors
    }

    fn session(&self) -> &Session {
        &self.0.visit.session
    }
}

/// What was read, and when.
#[derive(Debug)]
struct ReadVisit {
    visit: Visit,
    at: Timestamp,
    moment: Moment,
}

type RecentKey = (TenantSlug, Vec<u8>);

/// What this node keeps of visits.
#[derive(Debug)]
pub(super) struct RecentVisits(Cache<RecentKey, Recent>);

impl Default for RecentVisits {
    fn default() -> Self {
        Self(bounded().time_to_live(GIVEN_BACK).build())
    }
}

/// The memory's bound by size, apart from its bound by time: how much is kept must not depend on how fast a machine is.
fn bounded() -> CacheBuilder<RecentKey, Recent, Cache<RecentKey, Recent>> {
    let size = |_: &RecentKey, recent: &Recent| u32::try_from(weight(&recent.0)).unwrap_or(u32::MAX);
    Cache::builder().max_capacity(BYTES).weigher(size)
}

fn weight(read: &ReadVisit) -> usize {
    let Member { number, name, name_kana, login, email, email_pending, .. } = &read.visit.member;
    let address = |address: &Option<crate::domain::member::EmailAddress>| {
        address.as_ref().map_or(0, |address| address.as_str().len())
    };
    OVERHEAD
        + name.len()
        + name_kana.len()
        + login.as_str().len()
        + number.key().len()
        + address(email)
        + address(email_pending)
}

impl Portal {
    /// Who comes with this cookie, for a page that only shows; `None` where nobody is signed in. Notes the visit as
    /// [`Portal::visit`] does.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn recent(&self, tenant: &Tenant, token: &Token) -> Deed<Option<Recent>> {
        let now = self.clock.now();
        let key = (tenant.slug.clone(), token.digest());
        if let Some(kept) = self.recent.0.get(&key)
            && self.holds(tenant, &kept, now)
        {
            return Ok(Some(kept));
        }
        let moment = self.store.changes().moment();
        let Admission::In(visit) = self.visit(tenant, token).await? else { return Ok(None) };
        let recent = Recent(std::sync::Arc::new(ReadVisit { visit: *visit, at: now, moment }));
        self.recent.0.insert(key, recent.clone());
        Ok(Some(recent))
    }

    /// Whether what was read may be shown now: it is new enough, nothing of ours changed it, the session goes on by the
    /// union's rules of this moment, and no visit has to be noted.
    fn holds(&self, tenant: &Tenant, kept: &Recent, now: Timestamp) -> bool {
        let (read, session) = (&kept.0, kept.session());
        // A clock that was set back makes nothing new.
        let age = now.duration_since(read.at);
        !age.is_negative()
            && age < KEPT
            && now.duration_since(session.seen_at) < NOTE_EVERY
            && session::is_alive(session, &tenant.policy.session, now)
            && read.visit.member.membership.bar(now).is_none()
            && self.store.changes().none_since(read.moment, &tenant.slug, session.member, session.id)
    }

    /// Gives back the memory of visits that are shown no more. The cache does so only when it is used.
    pub fn forget_visits(&self) {
        self.recent.0.run_pending_tasks();
    }

    /// What is left of the session of a recent visit.
    pub fn rest_of_recent(&self, tenant: &Tenant, recent: &Recent) -> TimeLeft {
        session::rest(recent.session(), &tenant.policy.session, self.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        domain::{
            birth_date::BirthDate,
            epoch::Epoch,
            login_id::LoginId,
            member::{MemberId, MemberNumber, Membership, SessionId},
            tenant::Method,
        },
        store::changes::Changes,
    };

    fn read(n: u128) -> Recent {
        let at = Timestamp::UNIX_EPOCH;
        let id = MemberId::kept(Uuid::from_u128(n));
        let member = Member {
            id,
            number: MemberNumber::kept("12".into(), "3456789".into(), String::new()),
            name: "健保 花子".repeat(8),
            name_kana: "ケンポ ハナコ".repeat(8),
            birth_date: BirthDate::kept(jiff::civil::date(1980, 12, 1)),
            birth_date_misses: 0,
            login: LoginId::kept("testuser".into()),
            login_reviewed_at: None,
            email: None,
            email_pending: None,
            email_reviewed_at: None,
            email_confirmed_at: None,
            mail_code_at: None,
            method: None,
            language: None,
            membership: Membership::default(),
            epoch: Epoch::FIRST,
            reverted: false,
            finish_due: false,
        };
        let session = Session {
            id: SessionId::kept(Uuid::from_u128(n + 1)),
            member: id,
            factor: Method::AppOtp,
            remember: false,
            created_at: at,
            proven_at: None,
            seen_at: at,
            expires_at: at,
            ended_at: None,
            auth_at: None,
        };
        let moment = Changes::default().moment();
        Recent(std::sync::Arc::new(ReadVisit {
            visit: Visit { session, member, former: None, factors: 1 },
            at,
            moment,
        }))
    }

    #[test]
    fn however_many_come_the_memory_is_bounded() {
        let slug = TenantSlug::parse("midorikenpo").unwrap();
        let visits = RecentVisits(bounded().build());
        for n in 0..20_000_u128 {
            visits.0.insert((slug.clone(), n.to_be_bytes().repeat(2)), read(n));
        }
        visits.0.run_pending_tasks();
        assert!(visits.0.weighted_size() <= BYTES);
        let each = weight(&read(0).0);
        assert!((500..2000).contains(&each), "{each} bytes");
        assert!(visits.0.entry_count() >= BYTES / each as u64 - 1, "and it is used");
    }
}
