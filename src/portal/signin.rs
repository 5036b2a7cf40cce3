//! Signing in: the password, its ladder, and the same words and work for everybody (D3, D13, B1–B7).

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Deed, Fault, Field, Portal, Stop,
    attempt::{attempt_ends, just_shown, standing},
    lockout::{CounterTarget, Try, TryAdmission},
};
use crate::{
    domain::{
        audit::Event,
        letter::Letter,
        lockout::{Counter, CounterKind, Ladder, tries_left},
        login_id::LoginId,
        member::{AttemptId, Member, MemberId, SessionId},
        password::Password,
        proof::Credential,
        refusal::Refusal,
        session::FACTORLESS,
        signin::{self, Goal, Next, Step},
        tenant::Tenant,
        totp,
    },
    store::{
        self, Read,
        attempt::NewAttempt,
        password::{FirstKind, OwnPassword},
    },
    vault::{self, ExpectedPassword, SealContext, Token},
    world::random_bytes,
};

/// What the sign-in form offers.
#[derive(Debug)]
pub struct PasswordOffer {
    /// The user ID as typed.
    pub login: LoginId,
    /// The password as typed.
    pub password: SecretString,
    /// 「ログイン状態の保存」
    pub remember: bool,
    /// The attempt this browser was on before, which ends now (A8).
    pub former: Option<Token>,
    /// The session this browser has, or had.
    pub left: Option<Token>,
    /// For a member who is signed in and shows again who they are: which session.
    pub again: Option<SessionId>,
    /// The word of the page that was wanted, or that asks for fresh proofs.
    pub back_to: Option<String>,
}

/// A new attempt.
#[derive(Debug)]
pub struct StartedAttempt {
    /// The cookie's value.
    pub token: Token,
    /// The one thing to ask now.
    pub step: Step,
}

/// What a look at a typed user ID found.
struct Lookup {
    member: Option<Member>,
    expected: Arc<ExpectedPassword>,
    credential: Credential,
    derived: bool,
    /// Why nothing can be right, for the trail.
    dead: Option<Event>,
}

impl Lookup {
    /// Nothing can be right.
    fn nothing(member: Option<Member>, dead: Option<Event>) -> Self {
        let expected = Arc::new(ExpectedPassword::Nothing);
        Self { member, expected, credential: Credential::Own, derived: false, dead }
    }
}

/// A password of the member's own that never got its factor opens nothing after a while (D2).
fn is_too_old(own: &OwnPassword, now: Timestamp) -> bool {
    own.is_ended || now.duration_since(own.set_at) >= FACTORLESS
}

impl Portal {
    /// Verifies a user ID and password. Right ones open an attempt; everything else is E-01 or a pause, in the same
    /// words and at the same cost whether or not the ID exists: the same statements and one hash (D30).
    pub async fn offer_password(&self, tenant: &Tenant, offer: PasswordOffer) -> Deed<StartedAttempt> {
        let now = self.clock.now();
        // A field left empty is no guess: it is told, whoever's ID stands there, and not counted.
        let empty = [(Field::Login, offer.login.as_str()), (Field::Password, offer.password.expose_secret())];
        let empty: Vec<_> = empty.into_iter().filter(|(_, text)| text.is_empty()).collect();
        if !empty.is_empty() {
            return Err(Stop::Refused(empty.into_iter().map(|(field, _)| (field, Refusal::Empty)).collect()));
        }
        self.vault.has_room()?;
        let looked = self.look_up(tenant, &offer.login, now).await?;
        let target = self.password_of(tenant, &offer.login, looked.member.as_ref());
        let typed = Password::typed(&offer.password);

        match self.take_turn(tenant, target.clone()).await? {
            TryAdmission::Verify(counted) => {
                let expected = looked.expected.clone();
                let (counted, right) = self.verify_password(counted, expected, typed.clone()).await?;
                if let (Some(member), true) = (&looked.member, right) {
                    return self.start(tenant, &offer, member, &looked, counted, typed.as_ref(), now).await;
                }
                let event = match (&looked.member, &looked.dead) {
                    (None, _) => Event::NoSuchLogin { typed: self.vault.mark(&offer.login) },
                    (Some(_), Some(dead)) => dead.clone(),
                    (Some(_), None) => Event::PasswordDiffered,
                };
                self.refuse_password(tenant, looked.member.as_ref(), counted, target.ladder, event).await
            }
            // Nobody sees that it is off; the member was told by letter.
            TryAdmission::Off(Some(counted)) => {
                let nothing = Arc::new(ExpectedPassword::Nothing);
                let (counted, _) = self.verify_password(counted, nothing, typed).await?;
                let event = Event::PasswordOff;
                self.refuse_password(tenant, looked.member.as_ref(), counted, target.ladder, event).await
            }
            TryAdmission::Off(None) | TryAdmission::AttemptOver => {
                Err(Fault::Inconsistent("a password without pauses").into())
            }
            TryAdmission::Paused(until) => {
                self.vault.verify(&ExpectedPassword::Nothing, typed.as_ref()).await?;
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                let CounterTarget { kind, subject, ladder, .. } = &target;
                store::lockout::change(&mut tx, subject, *kind, *ladder, now, |same| same).await?;
                let who = looked.member.as_ref().map(|member| member.id);
                self.note(&mut tx, who, Event::PasswordPaused, now).await?;
                tx.commit().await?;
                Err(Stop::refuse(Field::Login, Refusal::Paused { until }))
            }
        }
    }

    /// What tries at a password are counted by.
    fn password_of(&self, tenant: &Tenant, login: &LoginId, member: Option<&Member>) -> CounterTarget {
        let policy = &tenant.policy.lockout;
        let (subject, ladder) = match member {
            Some(member) => (self.vault.guard_subject_member(member.id), Ladder::password(policy)),
            None => (self.vault.guard_subject_login(login), Ladder::nobodys_password(policy)),
        };
        CounterTarget { kind: CounterKind::Password, subject, ladder, attempt: None }
    }

    /// Writes what came of a wrong password, and says it.
    async fn refuse_password(
        &self,
        tenant: &Tenant,
        member: Option<&Member>,
        counted: Try,
        ladder: Ladder,
        event: Event,
    ) -> Deed<StartedAttempt> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let after = counted.settle(&mut tx, now).await?;
        self.note(&mut tx, member.map(|member| member.id), event, now).await?;
        // The last one: whoever it was, the member is told that the password is off (D13).
        if after.certain_total() == ladder.hard_limit {
            self.send_or_not(&mut tx, tenant, member, &Letter::PasswordOff, now).await?;
        }
        tx.commit().await?;
        counted.done();
        Err(Stop::refuse(Field::Login, wrong(&after, ladder, now)))
    }

    /// Looks a typed user ID up. What is asked of the database is the same whatever it finds; who is nobody is looked up
    /// under an id of nobody.
    async fn look_up(&self, tenant: &Tenant, login: &LoginId, now: Timestamp) -> Deed<Lookup> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        self.look_up_in(&mut tx, login, now).await
    }

    async fn look_up_in(&self, tx: &mut Read, login: &LoginId, now: Timestamp) -> Deed<Lookup> {
        let member = store::member::by_login(tx, login).await?;
        let id = member.as_ref().map_or(MemberId::new(now, self.chance()?), |member| member.id);
        let own = store::password::own(tx, id).await?;
        let first = store::password::first(tx, id).await?;
        let passkeys = store::passkey::of_member(tx, id).await?;
        let apps = store::totp::of_member(tx, id).await?;
        let Some(member) = member else {
            return Ok(Lookup::nothing(None, None));
        };
        if member.locked_at.is_some() {
            return Ok(Lookup::nothing(Some(member), Some(Event::MemberLocked)));
        }
        let first = first.filter(|first| first.is_alive(now));
        let (expected, credential) = match (own, first) {
            (Some(own), _) => {
                let by_mail = member.mail_code_at.is_some() && member.email.is_some();
                let has_factor = by_mail || !passkeys.is_empty() || !apps.is_empty();
                if !has_factor && is_too_old(&own, now) {
                    return Ok(Lookup::nothing(Some(member), Some(Event::CredentialDead)));
                }
                (ExpectedPassword::Own(own.hash), Credential::Own)
            }
            (None, None) => return Ok(Lookup::nothing(Some(member), Some(Event::CredentialDead))),
            (None, Some(first)) => {
                let expected = match (first.kind, first.digest) {
                    (FirstKind::Printed, Some(digest)) => ExpectedPassword::Printed(member.id, digest),
                    (FirstKind::Generated, Some(digest)) => ExpectedPassword::Generated(member.id, digest),
                    (FirstKind::Derived, _) => {
                        ExpectedPassword::Derived(member.number.derived_passwords(member.birth_date))
                    }
                    _ => {
                        return Err(
                            Fault::Inconsistent("a stored first credential without its digest").into()
                        );
                    }
                };
                (expected, Credential::First)
            }
        };
        let derived = matches!(expected, ExpectedPassword::Derived(_));
        Ok(Lookup { member: Some(member), expected: Arc::new(expected), credential, derived, dead: None })
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
                match self.vault.hash(typed).await {
                    Ok(new) => Some((old, new)),
                    // It can be done at the next sign-in; this one is right.
                    Err(vault::VaultError::Busy) => None,
                    Err(fault) => return Err(fault.into()),
                }
            }
            _ => None,
        };
        let goal = offer.again.map_or(Goal::SignIn, Goal::Reauthenticate);
        let token = self.vault.token()?;
        let digest = token.digest();
        let id = AttemptId::new(now, self.chance()?);
        let setup_secret = self.setup_secret(tenant, id)?;

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::member::hold_member(&mut tx, member.id).await?;
        // User ID or password may have been replaced a moment ago: what was verified is what is in force now, or nothing.
        let again = self.look_up_in(&mut tx, &offer.login, now).await?;
        let member = again.member.filter(|now| now.id == member.id && again.expected == looked.expected);
        let standing = match &member {
            Some(member) => standing(&mut tx, tenant, member).await?,
            None => None,
        };
        let (Some(member), Some(standing)) = (&member, standing) else {
            return Err(Stop::refuse(Field::Login, Refusal::WrongCredentials { left: None }));
        };
        counted.settle(&mut tx, now).await?;
        if let Some((old, new)) = &rehashed {
            store::password::rehash(&mut tx, member.id, old, new).await?;
        }
        // The user ID of a session is its member's; unless it changed hands a moment ago.
        if let Some(session) = offer.again
            && store::session::by_id(&mut tx, session).await?.is_none_or(|found| found.member != member.id)
        {
            return Err(Stop::StartAgain);
        }
        if let Some(former) = &offer.former
            && let Some(former) = store::attempt::by_token(&mut tx, &former.digest()).await?
        {
            store::attempt::close(&mut tx, former.id).await?;
        }
        let new = NewAttempt {
            id,
            token: &digest,
            member: member.id,
            epoch: member.epoch,
            goal,
            back_to: offer.back_to.as_deref(),
            proofs: just_shown(looked.credential, now),
            remember: offer.remember && tenant.policy.session.remember_hours > 0,
            expires_at: attempt_ends(&standing, now),
            setup_secret: &setup_secret,
            left: self.left(&mut tx, offer.left.as_ref()).await?,
        };
        store::attempt::open(&mut tx, &new, now).await?;
        let event = Event::PasswordAccepted { credential: looked.credential.as_str() };
        self.note(&mut tx, Some(member.id), event, now).await?;
        if looked.derived {
            self.send(&mut tx, tenant, member, &Letter::FirstCredentialUsed, now).await?;
        }
        tx.commit().await?;
        counted.done();

        match signin::next(goal, &tenant.policy, &standing, &just_shown(looked.credential, now), now) {
            Next::Ask(step) => {
                self.mail_what_is_waited_for(tenant, &token, step).await?;
                Ok(StartedAttempt { token, step })
            }
            Next::Enter(_) => Err(Fault::Inconsistent("a password alone opened a session").into()),
        }
    }
}

impl Portal {
    /// What an authenticator app would be set up with in this attempt, sealed (D2).
    pub(super) fn setup_secret(&self, tenant: &Tenant, attempt: AttemptId) -> Result<Vec<u8>, Fault> {
        self.fresh_secret(SealContext {
            tenant: tenant.slug.as_str(),
            column: "attempt.setup_secret",
            row: attempt.uuid(),
        })
    }

    /// What an authenticator app would be added with in this session, sealed.
    pub(super) fn secret_of_session(&self, tenant: &Tenant, session: SessionId) -> Result<Vec<u8>, Fault> {
        self.fresh_secret(session_secret_place(tenant, session))
    }

    fn fresh_secret(&self, place: SealContext<'_>) -> Result<Vec<u8>, Fault> {
        let secret: [u8; totp::SECRET_BYTES] = random_bytes(self.rng.as_ref())?;
        Ok(self.vault.seal(place, &secret)?)
    }
}

/// Where a session's secret is sealed to.
pub(super) fn session_secret_place(tenant: &Tenant, session: SessionId) -> SealContext<'_> {
    SealContext { tenant: tenant.slug.as_str(), column: "session.setup_secret", row: session.uuid() }
}

/// What a wrong try is told. The same whether or not the password is off.
fn wrong(counter: &Counter, ladder: Ladder, now: Timestamp) -> Refusal {
    match counter.paused_until {
        Some(until) if now < until => Refusal::Paused { until },
        _ => Refusal::WrongCredentials { left: tries_left(counter, ladder) },
    }
}
