//! Signing in: the password, its ladder, and the same words and work for everybody (D3, D13, B1–B7).

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Deed, Fault, Field, Portal, Stop,
    attempt::{AttemptStart, FormerTokens, StartedAttempt, attempt_ends, factors, just_shown, standing},
    known_browser::asking,
    lockout::{Counted, CountedBy, CounterTarget, OffTry, Try, TryAdmission},
    new_password::expected_first,
    request,
};
use crate::{
    domain::{
        audit::{Event, doing::Gate},
        letter::Letter,
        lockout::{Bucket, CounterKind, Ladder, tries_left},
        login_id::LoginId,
        member::{Member, SessionId},
        password::Password,
        proof::Credential,
        refusal::Refusal,
        session::FACTORLESS,
        signin::{self, Goal, Next},
        tenant::Tenant,
    },
    store::{
        self, Read,
        look::{LoginFacts, MemberFacts},
        password::OwnPassword,
    },
    vault::{self, ExpectedPassword},
};

/// What the sign-in form offers.
#[derive(Debug)]
pub struct PasswordOffer {
    /// The user ID as typed.
    pub login: LoginId,
    /// The password as typed.
    pub password: SecretString,
    /// Whether 「ログイン状態の保存」 is ticked.
    pub remember: bool,
    /// What this browser brings along.
    pub former: FormerTokens,
    /// For a member who is signed in and shows again who they are: which session.
    pub again: Option<SessionId>,
    /// The word of the page that was wanted, or that asks for fresh proofs.
    pub back_to: Option<String>,
}

/// What a look at a typed user ID found.
struct Lookup {
    facts: Option<MemberFacts>,
    expected: Arc<ExpectedPassword>,
    credential: Credential,
    derived: bool,
    /// Why nothing can be right, for the trail.
    dead: Option<Event>,
}

impl Lookup {
    /// Nothing can be right.
    fn nothing(facts: Option<MemberFacts>, dead: Option<Event>) -> Self {
        let expected = Arc::new(ExpectedPassword::Nothing);
        Self { facts, expected, credential: Credential::Own, derived: false, dead }
    }
}

impl Lookup {
    /// Whose the user ID is.
    fn member(&self) -> Option<&Member> {
        self.facts.as_ref().map(|facts| &facts.member)
    }
}

/// A password of the member's own that never got its factor opens nothing after a while (D2).
fn is_too_old(own: &OwnPassword, now: Timestamp) -> bool {
    own.is_ended || now.duration_since(own.factorless_from) >= FACTORLESS
}

impl Portal {
    /// Verifies a user ID and password. Right ones open an attempt; everything else is E-01 or a pause, in the same
    /// words and at the same cost whether or not the ID exists: the same statements and one hash (D30).
    ///
    /// # Errors
    /// - At `Field::Login` and `Field::Password`: `Empty`.
    /// - At `Field::Login`: `WrongCredentials` for an unknown user ID as for a wrong password, and `Paused`.
    /// - `Stop::StartAgain` when the user ID of the session that is to be fresh again is another member's now.
    pub async fn offer_password(&self, tenant: &Tenant, offer: PasswordOffer) -> Deed<StartedAttempt> {
        let now = self.clock.now();
        // A field left empty is no guess: it is told, whoever's ID stands there, and not counted.
        let empty = [(Field::Login, offer.login.as_str()), (Field::Password, offer.password.expose_secret())];
        let empty: Vec<_> = empty.into_iter().filter(|(_, text)| text.is_empty()).collect();
        if !empty.is_empty() {
            return Err(Stop::Refused(empty.into_iter().map(|(field, _)| (field, Refusal::Empty)).collect()));
        }
        // Whether the browser is the member's is seen with the look; one that shows no cookie is not.
        self.vault
            .has_room(request::hash_asker(offer.again.is_some() || request::browser_cookie().is_some()))?;
        let looked = self.look_up(tenant, &offer.login, now).await?;
        let is_known = looked.facts.as_ref().is_some_and(|facts| facts.bucket == Bucket::Known);
        let asker = request::hash_asker(offer.again.is_some() || is_known);
        self.vault.has_room(asker)?;
        let target = self.password_of(tenant, &offer.login, looked.facts.as_ref(), now);
        let typed = Password::typed(&offer.password);

        match self.take_turn(tenant, target.clone()).await? {
            TryAdmission::Verify(counted) => {
                let expected = looked.expected.clone();
                let (counted, right) = self.verify_password(counted, asker, expected, typed.clone()).await?;
                if let (Some(member), true) = (looked.member(), right) {
                    return self.start(tenant, &offer, member, &looked, counted, typed.as_ref(), now).await;
                }
                let event = match (looked.member(), &looked.dead) {
                    (None, _) => Event::NoSuchLogin { typed: self.vault.mark(&offer.login) },
                    (Some(_), Some(dead)) => dead.clone(),
                    (Some(_), None) => Event::PasswordDiffered,
                };
                self.refuse_password(tenant, looked.facts.as_ref(), counted, &target.counted_by, event).await
            }
            // Nobody sees that it is off; the member was told by letter.
            TryAdmission::Off(OffTry::Paced(counted)) => {
                let nothing = Arc::new(ExpectedPassword::Nothing);
                let (counted, _) = self.verify_password(counted, asker, nothing, typed).await?;
                let event = Event::PasswordOff;
                self.refuse_password(tenant, looked.facts.as_ref(), counted, &target.counted_by, event).await
            }
            TryAdmission::Off(OffTry::Uncounted(_)) | TryAdmission::OffHere | TryAdmission::AttemptOver => {
                Err(Fault::Inconsistent("a password without pauses").into())
            }
            TryAdmission::Paused(until, seen) => {
                self.vault.verify(asker, &ExpectedPassword::Nothing, typed.as_ref()).await?;
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                self.leave_counted(&mut tx, &target.counted_by, seen, now).await?;
                let who = looked.member().map(|member| member.id);
                self.note(&mut tx, who, Event::PasswordPaused, now)?;
                tx.commit().await?;
                Err(Stop::refuse(Field::Login, Refusal::Paused { until }))
            }
        }
    }

    /// What tries at a password are counted by.
    fn password_of(
        &self,
        tenant: &Tenant,
        login: &LoginId,
        facts: Option<&MemberFacts>,
        now: Timestamp,
    ) -> CounterTarget {
        let Some(MemberFacts { member, bucket, .. }) = facts else {
            let ladder = Ladder::nobodys_password(&tenant.policy.lockout);
            let subject = self.vault.guard_subject_login(login);
            return CounterTarget::one(CounterKind::Password(Bucket::Unknown), subject, ladder, None);
        };
        let cookie_digest = asking(now).cookie_digest;
        let counted_by = self.password_counters(tenant, member.id, *bucket, cookie_digest.as_deref());
        CounterTarget { counted_by, attempt: None }
    }

    /// Writes what came of a wrong password, and says it.
    async fn refuse_password(
        &self,
        tenant: &Tenant,
        facts: Option<&MemberFacts>,
        counted: Try,
        counted_by: &CountedBy,
        event: Event,
    ) -> Deed<StartedAttempt> {
        let now = self.clock.now();
        let (member, bucket) = match facts {
            Some(facts) => (Some(&facts.member), facts.bucket),
            None => (None, Bucket::Unknown),
        };
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let after = counted.settle(&mut tx, now).await?;
        self.note(&mut tx, member.map(|member| member.id), event, now)?;
        // Whoever's the last one was, the member is told that the password is off (D13).
        if after.reaches(counted_by.limit().hard_limit) {
            self.send_or_not(&mut tx, tenant, member, &Letter::PasswordOff { bucket }, now).await?;
        }
        tx.commit().await?;
        counted.done();
        Err(Stop::refuse(Field::Login, wrong(&after, counted_by.pauses(), now)))
    }

    /// Looks a typed user ID up, in one statement: what is asked of the database is the same whatever it finds.
    async fn look_up(&self, tenant: &Tenant, login: &LoginId, now: Timestamp) -> Deed<Lookup> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        self.look_up_in(&mut tx, tenant, login, now).await
    }

    async fn look_up_in(
        &self,
        tx: &mut Read,
        tenant: &Tenant,
        login: &LoginId,
        now: Timestamp,
    ) -> Deed<Lookup> {
        let Some(claimed) = store::look::at_login(tx, login, &tenant.terms.version, &asking(now)).await?
        else {
            return Ok(Lookup::nothing(None, None));
        };
        let LoginFacts { facts, credentials } = claimed;
        let member = &facts.member;
        if let Some(bar) = member.membership.bar(now) {
            return Ok(Lookup::nothing(Some(facts), Some(Event::of_bar(bar))));
        }
        let first = credentials.first.filter(|first| first.is_alive(now));
        let (expected, credential) = match (credentials.own, first) {
            (Some(own), _) => {
                if factors(&facts).is_empty() && is_too_old(&own, now) {
                    return Ok(Lookup::nothing(Some(facts), Some(Event::CredentialDead)));
                }
                (ExpectedPassword::Own(own.hash), Credential::Own)
            }
            (None, None) => return Ok(Lookup::nothing(Some(facts), Some(Event::CredentialDead))),
            (None, Some(first)) => (expected_first(member, first)?, Credential::First),
        };
        let derived = matches!(expected, ExpectedPassword::Derived(_));
        Ok(Lookup { facts: Some(facts), expected: Arc::new(expected), credential, derived, dead: None })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the one caller hands on what it has looked up and verified"
    )]
    async fn start(
        &self,
        tenant: &Tenant,
        offer: &PasswordOffer,
        member: &Member,
        looked: &Lookup,
        counted: Try,
        typed: Option<&Password>,
        now: Timestamp,
    ) -> Deed<StartedAttempt> {
        let rehashed = match (looked.expected.as_ref(), typed) {
            (ExpectedPassword::Own(old), Some(typed)) if self.vault.is_outdated(old) => {
                match self.vault.hash(request::hash_asker(true), typed).await {
                    Ok(new) => Some((old, new)),
                    // It can be done at the next sign-in; this one is right.
                    Err(vault::VaultError::Busy) => None,
                    Err(fault) => return Err(fault.into()),
                }
            }
            _ => None,
        };
        let goal = offer.again.map_or(Goal::SignIn, Goal::Reauthenticate);

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::member::hold(&mut tx, member.id).await?;
        // User ID or password may have been replaced a moment ago: what was verified is what is in force now, or nothing.
        let again = self.look_up_in(&mut tx, tenant, &offer.login, now).await?;
        let facts =
            again.facts.filter(|facts| facts.member.id == member.id && again.expected == looked.expected);
        let standing = facts.as_ref().and_then(|facts| standing(tenant, facts, now));
        let (Some(MemberFacts { member, bucket, .. }), Some(standing)) = (facts, standing) else {
            return Err(Stop::refuse(Field::Login, Refusal::WrongCredentials { left: None }));
        };
        counted.settle(&mut tx, now).await?;
        request::passed(member.id, Gate::of_password(looked.credential));
        if let Some((old, new)) = &rehashed {
            store::password::rehash(&mut tx, member.id, old, new).await?;
        }
        // The user ID of a session is its member's; unless it changed hands a moment ago.
        if let Some(session) = offer.again
            && store::session::by_id(&mut tx, session).await?.is_none_or(|found| found.member != member.id)
        {
            return Err(Stop::StartAgain);
        }
        let proofs = just_shown(looked.credential, now);
        let begun = AttemptStart {
            goal,
            back_to: offer.back_to.as_deref(),
            proofs,
            remember: offer.remember,
            expires_at: attempt_ends(&standing, now),
            former: &offer.former,
        };
        let (id, token) = self.open_attempt(&mut tx, tenant, &member, &begun, now).await?;
        let event = Event::PasswordAccepted { credential: looked.credential.as_str() };
        self.note(&mut tx, Some(member.id), event, now)?;
        if looked.derived {
            self.send(&mut tx, tenant, &member, &Letter::FirstCredentialUsed, now).await?;
        }
        let Next::Ask(step) = signin::next(goal, &tenant.policy, &standing, &proofs, now) else {
            return Err(Fault::Inconsistent("a password alone opened a session").into());
        };
        self.mail_what_is_waited_for(&mut tx, tenant, (&member, bucket), id, step, now).await?;
        tx.commit().await?;
        counted.done();
        Ok(StartedAttempt { token, step })
    }
}

/// What a wrong try is told. The same whether or not the password is off.
fn wrong(after: &Counted, ladder: Ladder, now: Timestamp) -> Refusal {
    match after.pauses.paused_until {
        Some(until) if now < until => Refusal::Paused { until },
        _ => Refusal::WrongCredentials { left: tries_left(&after.pauses, ladder) },
    }
}
