//! Signing in: the password, its ladder, and the same words and work for everybody (D3, D13, B1–B7).

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Deed, Fault, Field, Portal, Stop,
    attempt::{attempt_ends, factors, just_shown, standing},
};
use crate::{
    domain::{
        audit::Event,
        letter::Letter,
        lockout::{Counter, Gate, Ladder, tries_left},
        login_id::LoginId,
        member::{AttemptId, Member, SessionId},
        password::Password,
        proof::Credential,
        refusal::Refusal,
        session::FACTORLESS_DAYS,
        signin::{self, Goal, Next, Step},
        tenant::Tenant,
        totp,
    },
    store::{self, Read, attempt::NewAttempt, lockout::Kind, password::FirstKind},
    vault::{Place, Token, Weight},
    world::draw,
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
pub struct Started {
    /// The cookie's value.
    pub token: Token,
    /// The one thing to ask now.
    pub step: Step,
}

/// What a look at a typed user ID found.
struct Looked {
    member: Option<Member>,
    weight: Weight,
    credential: Credential,
    derived: bool,
    /// Why nothing can be right, for the trail.
    dead: Option<Event>,
}

impl Portal {
    /// Weighs a user ID and password. Right ones open an attempt; everything else is E-01 or a pause, in the same
    /// words and at the same cost whether or not the ID exists.
    pub async fn offer_password(&self, tenant: &Tenant, offer: PasswordOffer) -> Deed<Started> {
        let now = self.clock.now();
        // A field left empty is no guess: it is told, whoever's ID stands there, and not counted.
        let empty = [(Field::Login, offer.login.as_str()), (Field::Password, offer.password.expose_secret())];
        let empty: Vec<_> = empty.into_iter().filter(|(_, text)| text.is_empty()).collect();
        if !empty.is_empty() {
            return Err(Stop::Refused(empty.into_iter().map(|(field, _)| (field, Refusal::Empty)).collect()));
        }
        let looked = self.look_up(tenant, &offer.login, now).await?;
        let who = looked.member.as_ref().map(|m| m.id);
        let subject = who.map_or_else(
            || self.vault.guard_subject_login(&offer.login),
            |id| self.vault.guard_subject_member(id),
        );
        let typed = Password::typed(&offer.password);

        let ladder = Ladder::password(&tenant.policy.lockout);
        let gate = self.store.tenant(&tenant.slug).reserve(&subject, Kind::Password, ladder, now).await?;
        let counter = match gate {
            Gate::Open(counter) => counter,
            Gate::Paused(until) => {
                self.vault.weigh(&Weight::Nothing, typed.as_ref()).await?;
                self.note_alone(tenant, who, Event::PasswordPaused, now).await?;
                return Err(Stop::refuse(Field::Login, Refusal::Paused { until }));
            }
            Gate::Off => {
                self.vault.weigh(&Weight::Nothing, typed.as_ref()).await?;
                self.note_alone(tenant, who, Event::PasswordOff, now).await?;
                return Err(Stop::refuse(Field::Login, Refusal::WrongCredentials { left: None }));
            }
        };

        let right = self.vault.weigh(&looked.weight, typed.as_ref()).await?;
        if let (Some(member), true) = (&looked.member, right) {
            return self.start(tenant, &offer, member, &looked, &subject, typed.as_ref(), now).await;
        }
        let event = match (&looked.member, looked.dead) {
            (None, _) => Event::NoSuchLogin { typed: self.vault.mark(&offer.login) },
            (Some(_), Some(dead)) => dead,
            (Some(_), None) => Event::PasswordDiffered,
        };
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        self.note(&mut tx, who, event, now).await?;
        // The last one: whoever it was, the member is told that the password is off (D13).
        if let Some(member) = looked.member.as_ref().filter(|_| counter.total >= ladder.hard_limit) {
            self.send(&mut tx, tenant, member, &Letter::PasswordOff, now).await?;
        }
        tx.commit().await?;
        Err(Stop::refuse(Field::Login, wrong(&counter, ladder, now)))
    }

    async fn look_up(&self, tenant: &Tenant, login: &LoginId, now: Timestamp) -> Deed<Looked> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let nothing = |member, dead| Looked {
            member,
            weight: Weight::Nothing,
            credential: Credential::Own,
            derived: false,
            dead,
        };
        let Some(member) = store::member::by_login(&mut tx, login).await? else {
            return Ok(nothing(None, None));
        };
        if member.locked_at.is_some() {
            return Ok(nothing(Some(member), Some(Event::MemberLocked)));
        }
        if let Some(own) = store::password::own(&mut tx, member.id).await? {
            let weight = if self.is_too_old(&mut tx, &member, own.set_at, now).await? {
                return Ok(nothing(Some(member), Some(Event::CredentialDead)));
            } else {
                Weight::Own(own.hash)
            };
            return Ok(Looked {
                member: Some(member),
                weight,
                credential: Credential::Own,
                derived: false,
                dead: None,
            });
        }
        let first = store::password::first(&mut tx, member.id).await?.filter(|first| now < first.expires_at);
        let Some(first) = first else { return Ok(nothing(Some(member), Some(Event::CredentialDead))) };
        let weight = match (first.kind, first.digest) {
            (FirstKind::Printed, Some(digest)) => Weight::Printed(member.id, digest),
            (FirstKind::Generated, Some(digest)) => Weight::Generated(member.id, digest),
            (FirstKind::Derived, _) => Weight::Derived(member.number.derived_passwords(member.birth_date)),
            _ => return Err(Fault::Inconsistent("a stored first credential without its digest").into()),
        };
        let derived = first.kind == FirstKind::Derived;
        Ok(Looked { member: Some(member), weight, credential: Credential::First, derived, dead: None })
    }

    /// A password of the member's own that never got its factor opens nothing after a while (D2).
    async fn is_too_old(
        &self,
        tx: &mut Read,
        member: &Member,
        set_at: Timestamp,
        now: Timestamp,
    ) -> Deed<bool> {
        let age = now.duration_since(set_at);
        if age < SignedDuration::from_hours(24 * FACTORLESS_DAYS) {
            return Ok(false);
        }
        Ok(factors(tx, member).await?.is_empty())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the one caller hands on what it has looked up and weighed"
    )]
    async fn start(
        &self,
        tenant: &Tenant,
        offer: &PasswordOffer,
        member: &Member,
        looked: &Looked,
        subject: &[u8],
        typed: Option<&Password>,
        now: Timestamp,
    ) -> Deed<Started> {
        let rehashed = match (&looked.weight, typed) {
            (Weight::Own(old), Some(typed)) if self.vault.is_outdated(old) => {
                Some((old, self.vault.hash(typed).await?))
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
        let Some(standing) = standing(&mut tx, tenant, member).await? else {
            return Err(Stop::refuse(Field::Login, Refusal::WrongCredentials { left: None }));
        };
        // The password that was weighed may have been replaced a moment ago.
        let in_force = store::password::own(&mut tx, member.id).await?.map(|own| own.hash);
        let replaced = matches!(&looked.weight, Weight::Own(weighed) if in_force.as_ref() != Some(weighed));
        if standing.credential != looked.credential || replaced {
            return Err(Stop::refuse(Field::Login, Refusal::WrongCredentials { left: None }));
        }
        store::lockout::forget(&mut tx, subject, Kind::Password).await?;
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
            goal,
            back_to: offer.back_to.as_deref(),
            proofs: just_shown(looked.credential),
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

        match signin::next(goal, &tenant.policy, &standing, &just_shown(looked.credential), now) {
            Next::Ask(step) => {
                self.mail_what_is_waited_for(tenant, &token, step).await?;
                Ok(Started { token, step })
            }
            Next::Enter(_) => Err(Fault::Inconsistent("a password alone opened a session").into()),
        }
    }
}

impl Portal {
    /// What an authenticator app would be set up with in this attempt, sealed (D2).
    pub(super) fn setup_secret(&self, tenant: &Tenant, attempt: AttemptId) -> Result<Vec<u8>, Fault> {
        self.fresh_secret(Place {
            tenant: tenant.slug.as_str(),
            column: "attempt.setup_secret",
            row: attempt.uuid(),
        })
    }

    /// What an authenticator app would be added with in this session, sealed.
    pub(super) fn secret_of_session(&self, tenant: &Tenant, session: SessionId) -> Result<Vec<u8>, Fault> {
        self.fresh_secret(session_secret_place(tenant, session))
    }

    fn fresh_secret(&self, place: Place<'_>) -> Result<Vec<u8>, Fault> {
        let secret: [u8; totp::SECRET_BYTES] = draw(self.dice.as_ref())?;
        Ok(self.vault.seal(place, &secret)?)
    }
}

/// Where a session's secret is sealed to.
pub(super) fn session_secret_place(tenant: &Tenant, session: SessionId) -> Place<'_> {
    Place { tenant: tenant.slug.as_str(), column: "session.setup_secret", row: session.uuid() }
}

/// What a wrong try is told.
fn wrong(counter: &Counter, ladder: Ladder, now: Timestamp) -> Refusal {
    if counter.not_before > now && counter.total < ladder.hard_limit {
        Refusal::Paused { until: counter.not_before }
    } else {
        Refusal::WrongCredentials { left: tries_left(counter, ladder) }
    }
}
