//! Card: what the desk sees of one member.

use jiff::Timestamp;

use super::{Desk, DeskRefusal, DeskStop};
use crate::{
    domain::{
        activity::ActivityEntry,
        audit::Event,
        lockout::{self, BIRTH_DATES_IN_ALL, CounterKind, TryVerdict},
        member::{FormerName, Member},
        one_time::OneTimePurpose,
        tenant::Method,
    },
    portal::recorded,
    store::{
        self, desk, former, member,
        one_time::OneTime,
        passkey,
        password::{self, FirstCredential, MemberCredentials},
        terms, totp,
    },
};

/// Everything the desk may see about a member. No secret is in it.
#[derive(Debug)]
pub struct MemberCard {
    /// The member the card is about.
    pub member: Member,
    /// What the member was known by before.
    pub former: Vec<FormerName>,
    /// The first credential, while it has not been replaced.
    pub first: Option<FirstCredential>,
    /// When the member's own password was set.
    pub password_set_at: Option<Timestamp>,
    /// Whether the key that it was made with was removed: it opens nothing any more.
    pub password_key_removed: bool,
    /// Whether the terms in force were accepted.
    pub terms_accepted: bool,
    /// When each authenticator app was set up.
    pub apps: Vec<Timestamp>,
    /// When each passkey was registered.
    pub passkeys: Vec<Timestamp>,
    /// How many sessions are alive.
    pub sessions: u32,
    /// Whether a try would be verified, for everything that is counted about the member.
    pub verdicts: Vec<(CounterKind, TryVerdict)>,
    /// The code for a lost factor that the desk gave out last, used up or not, while its day is not over.
    pub desk_code: Option<OneTime>,
    /// What happened lately, newest first.
    pub lately: Vec<ActivityEntry>,
    /// The moment all this is true for.
    pub now: Timestamp,
}

impl MemberCard {
    /// Whether the birth date is closed until the desk helps.
    pub fn birth_date_closed(&self) -> bool {
        self.member.birth_date_misses >= BIRTH_DATES_IN_ALL
    }

    /// Since when the member holds factors of that kind, each of them; none where mailed codes have no address to go to.
    pub fn held_since(&self, method: Method) -> Vec<Timestamp> {
        match method {
            Method::Passkey => self.passkeys.clone(),
            Method::AppOtp => self.apps.clone(),
            Method::EmailOtp => {
                self.member.mail_code_at.filter(|_| self.member.holds_mail_code()).into_iter().collect()
            }
        }
    }

    /// Whether the member holds any factor.
    pub fn holds_factor(&self) -> bool {
        Method::STRONGEST_FIRST.into_iter().any(|method| !self.held_since(method).is_empty())
    }

    /// The verdict on a try of one kind.
    pub fn verdict(&self, kind: CounterKind) -> Option<TryVerdict> {
        self.verdicts.iter().find(|(of, _)| *of == kind).map(|(_, verdict)| *verdict)
    }
}

impl Desk<'_> {
    /// Shows a member, by any word that the desk may type for one. The trail says that it was done: nobody looks without a trace (M6).
    ///
    /// # Errors
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub async fn show(&self, who: &str) -> Result<MemberCard, DeskStop> {
        let now = self.clock.now();
        let id = self.one(who).await?;
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        let member = member::by_id(&mut tx, id).await?.ok_or(DeskRefusal::NoSuchMember)?;
        let mut verdicts = Vec::new();
        for kind in CounterKind::ALL {
            let Some(subject) = self.vault.guard_subject_about(kind.about(), &member, now) else { continue };
            let ladder = kind.ladder(&self.tenant.policy.lockout);
            let counters = store::lockout::counters_about(&mut tx, &subject, *kind, now).await?;
            // Of several browsers or networks, the one that is worst off.
            let verdicts_of =
                counters.into_iter().map(|counter| lockout::seen_by_the_desk(counter, ladder, now));
            let worst = verdicts_of.max_by_key(|verdict| match verdict {
                TryVerdict::Open(_) => (0, None),
                TryVerdict::Wait => (1, None),
                TryVerdict::Paused(until) => (2, Some(*until)),
                TryVerdict::Off(_) => (3, None),
            });
            verdicts.extend(worst.map(|verdict| (*kind, verdict)));
        }
        let desk_code = store::one_time::newest(&mut tx, id, OneTimePurpose::DeskCode, None).await?;
        let MemberCredentials { own, first } = password::of_member(&mut tx, id).await?;
        self.note(&mut tx, &member, &Event::MemberShown, now)?;
        let card = MemberCard {
            former: former::of_member(&mut tx, id).await?,
            first,
            password_key_removed: own.as_ref().is_some_and(|own| !self.vault.has_key_of(&own.hash)),
            password_set_at: own.map(|own| own.set_at),
            terms_accepted: terms::is_accepted(&mut tx, id, &self.tenant.terms.version).await?,
            apps: totp::of_member(&mut tx, id).await?.iter().map(|device| device.created_at).collect(),
            passkeys: passkey::of_member(&mut tx, id).await?.iter().map(|kept| kept.created_at).collect(),
            sessions: desk::sessions(&mut tx, id, now).await?,
            verdicts,
            desk_code: desk_code.filter(|code| now < code.expires_at),
            lately: recorded::of_member(&mut tx, id).await?,
            member,
            now,
        };
        tx.commit().await?;
        Ok(card)
    }
}
