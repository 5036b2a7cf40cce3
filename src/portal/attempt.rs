//! Attempts: where a browser on its way in stands, and what is next for it.

use jiff::{SignedDuration, Timestamp};

use super::{Deed, Fault, Portal, Stop, methods::PAGE_OF_APPS};
use crate::{
    domain::{
        audit::Event,
        member::{Member, SessionId},
        proof::{Credential, Proofs},
        session,
        signin::{self, Entry, Goal, Next, Standing, Step},
        tenant::{Language, Method, Tenant, Verification},
    },
    store::{self, Read, Write, attempt::Attempt, session::NewSession},
    vault::Token,
};

/// What a deed saw when it looked.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The attempt.
    pub attempt: Attempt,
    /// Whose.
    pub member: Member,
    /// What our records say.
    pub standing: Standing,
    /// The one thing to ask now.
    pub step: Step,
}

impl Seen {
    /// The ways the member may choose from where one is set up: in a recovery without the mailed code (D4).
    pub fn choices(&self, tenant: &Tenant) -> Vec<Method> {
        match self.attempt.goal {
            Goal::Recover => signin::replacements(&tenant.policy).collect(),
            _ => tenant.policy.offered().collect(),
        }
    }

    /// Whether the member may answer the step with this factor.
    pub fn may_prove(&self, method: Method) -> bool {
        signin::may_prove(self.attempt.goal, &self.standing, self.step, method)
    }
}

/// What a browser that may be on its way in finds.
#[derive(Debug, Clone)]
pub enum Way {
    /// It is on its way.
    On(Box<Seen>),
    /// It was, and took too long; its user ID, to be filled in again (D15).
    RunOut {
        /// The user ID in force.
        login: String,
        /// Whether it was the way out of a forgotten password, and not at its end.
        recovers: bool,
    },
    /// It never was, or its attempt is over.
    Off,
}

/// What came of a step.
#[derive(Debug)]
pub enum AttemptOutcome {
    /// Ask this next.
    Ask(Step),
    /// A forgotten password was replaced, and the attempt is over: sign in with the new one (D4).
    SignInAnew,
    /// The member is in; the session's cookie.
    Entered(Entered),
}

/// An opened session, or one that is fresh again.
#[derive(Debug)]
pub struct Entered {
    /// The cookie's value.
    pub token: Token,
    /// Seconds the cookie is kept when 「ログイン状態の保存」 was ticked; else it ends with the browser.
    pub keep_seconds: Option<i64>,
    /// The word of the page that was wanted, or that asked for fresh proofs.
    pub back_to: Option<String>,
    /// The language the member chose.
    pub language: Option<Language>,
    /// Whether a member who showed again who they are took longer than proofs are fresh (D29): the session goes on, and
    /// they are asked once more.
    pub too_slow: bool,
}

/// A browser that gets a session.
#[derive(Debug)]
pub(super) struct Arriving<'a> {
    /// Whether 「ログイン状態の保存」 was ticked.
    pub remember: bool,
    /// What it is, in coarse words.
    pub device: &'a str,
    /// The session it had before, whoever's: it ends (D29).
    pub left: Option<SessionId>,
    /// The word of the page that was wanted: what was typed there before comes along.
    pub page: Option<&'a str>,
}

impl Portal {
    /// Where this browser stands. Changes nothing.
    pub async fn way(&self, tenant: &Tenant, token: &Token) -> Deed<Way> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let Some(attempt) = store::attempt::by_token(&mut tx, &token.digest()).await? else {
            return Ok(Way::Off);
        };
        let Some(member) = store::member::by_id(&mut tx, attempt.member).await? else { return Ok(Way::Off) };
        if attempt.is_over(now) {
            let recovers = attempt.proofs.recovery.is_some_and(|recovery| !recovery.password);
            return Ok(Way::RunOut { login: member.login.as_str().to_owned(), recovers });
        }
        Ok(match seen(&mut tx, tenant, attempt, member, now).await? {
            Some(seen) => Way::On(Box::new(seen)),
            None => Way::Off,
        })
    }

    /// What a deed on the way in looks at first.
    pub(super) async fn look(&self, tenant: &Tenant, token: &Token) -> Deed<Seen> {
        match self.way(tenant, token).await? {
            Way::On(seen) => Ok(*seen),
            Way::RunOut { .. } | Way::Off => Err(Stop::StartAgain),
        }
    }

    /// The same look, taken again inside the deed's write.
    pub(super) async fn look_again(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        token: &Token,
        now: Timestamp,
    ) -> Deed<Seen> {
        // Deeds of one member wait for each other here, so that what is seen still is so when it is written.
        if !store::member::hold(tx, &token.digest()).await? {
            return Err(Stop::StartAgain);
        }
        let attempt = store::attempt::by_token(tx, &token.digest()).await?.ok_or(Stop::StartAgain)?;
        let member = store::member::by_id(tx, attempt.member).await?.ok_or(Stop::StartAgain)?;
        if attempt.is_over(now) {
            return Err(Stop::StartAgain);
        }
        seen(tx, tenant, attempt, member, now).await?.ok_or(Stop::StartAgain)
    }

    /// What is next after a deed's change, still inside its write; opens the session when nothing is left to ask,
    /// and commits.
    pub(super) async fn go_on(
        &self,
        mut tx: Write,
        tenant: &Tenant,
        token: &Token,
        device: &str,
        now: Timestamp,
    ) -> Deed<AttemptOutcome> {
        let attempt = store::attempt::by_token(&mut tx, &token.digest()).await?.ok_or(Stop::StartAgain)?;
        let member = store::member::by_id(&mut tx, attempt.member).await?.ok_or(Stop::StartAgain)?;
        let standing = standing(&mut tx, tenant, &member).await?.ok_or(Stop::StartAgain)?;
        match signin::next(attempt.goal, &tenant.policy, &standing, &attempt.proofs, now) {
            // A recovery without a factor ends where every sign-in begins. Its row stays, run out, for the user ID in it.
            Next::Ask(Step::Password) if attempt.goal == Goal::Recover => {
                store::attempt::run_out(&mut tx, attempt.id, now).await?;
                tx.commit().await?;
                Ok(AttemptOutcome::SignInAnew)
            }
            Next::Ask(step) => {
                tx.commit().await?;
                self.mail_what_is_waited_for(tenant, token, step).await?;
                Ok(AttemptOutcome::Ask(step))
            }
            Next::Enter(entry) => {
                let entered = self.enter(&mut tx, tenant, &attempt, entry, device, now).await?;
                tx.commit().await?;
                Ok(AttemptOutcome::Entered(entered))
            }
        }
    }

    /// Some pages wait for a mail. It is written when they come next, not when they are looked at: GET changes nothing.
    pub(super) async fn mail_what_is_waited_for(
        &self,
        tenant: &Tenant,
        token: &Token,
        step: Step,
    ) -> Deed<()> {
        match step {
            Step::ConfirmEmail => self.first_confirmation(tenant, token).await,
            Step::Prove(Method::EmailOtp) | Step::SetUp(Method::EmailOtp) => {
                self.first_mail_code(tenant, token).await
            }
            _ => Ok(()),
        }
    }

    /// Notes that a member has set up a factor on the way in.
    pub(super) async fn count_as_shown(
        &self,
        tx: &mut Write,
        seen: &Seen,
        made: Method,
        now: Timestamp,
    ) -> Deed<()> {
        let (method, at) = signin::shown_with(&seen.standing, seen.attempt.proofs.factor, made, now);
        Ok(store::attempt::prove_factor(tx, seen.attempt.id, method, at).await?)
    }

    async fn enter(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        attempt: &Attempt,
        entry: Entry,
        device: &str,
        now: Timestamp,
    ) -> Deed<Entered> {
        // Of two requests at once one closes the attempt and goes on.
        if !store::attempt::close(tx, attempt.id).await? {
            return Err(Stop::StartAgain);
        }
        let mut entered = match entry.goal() {
            Goal::SignIn | Goal::Recover => {
                let page = attempt.back_to.as_deref();
                let browser = Arriving { remember: attempt.remember, device, left: attempt.left, page };
                self.open_session(tx, tenant, entry, &browser, now).await?
            }
            Goal::Reauthenticate(session) => self.renew_session(tx, tenant, &entry, session, now).await?,
        };
        entered.back_to.clone_from(&attempt.back_to);
        Ok(entered)
    }

    pub(super) async fn open_session(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        entry: Entry,
        browser: &Arriving<'_>,
        now: Timestamp,
    ) -> Deed<Entered> {
        let Arriving { remember, device, left, page } = *browser;
        let policy = &tenant.policy.session;
        let expires_at = session::expires_at(policy, remember, now);
        let id = SessionId::new(now, self.chance()?);
        let token = self.vault.token()?;
        let (member, method) = (entry.member(), entry.factor());
        let digest = token.digest();
        let setup_secret = self.secret_of_session(tenant, id)?;
        let new =
            NewSession { id, token: &digest, device, remember, expires_at, setup_secret: &setup_secret };
        store::session::open(tx, entry, &new).await?;
        if let (Some(left), Some(page)) = (left, page)
            && let Some(opened) = store::session::by_id(tx, id).await?
        {
            self.bring_form(tx, tenant, page, left, &opened).await?;
        }
        if let Some(left) = left {
            self.end_left(tx, tenant, left, now).await?;
        }
        let event = Event::SessionOpened { session: id, method, device: device.to_owned() };
        self.note(tx, Some(member), event, now).await?;
        let keep_seconds = session::cookie_seconds(remember, expires_at, now);
        let language = store::member::by_id(tx, member).await?.and_then(|member| member.language);
        Ok(Entered { token, keep_seconds, back_to: None, language, too_slow: false })
    }

    /// Makes a session fresh under a new cookie, while it still is alive.
    pub(super) async fn renew_session(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        entry: &Entry,
        id: SessionId,
        now: Timestamp,
    ) -> Deed<Entered> {
        let session = store::session::by_id(tx, id).await?;
        let session = session.filter(|found| session::is_alive(found, &tenant.policy.session, now));
        let session = session.ok_or(Stop::StartAgain)?;
        let token = self.vault.token()?;
        if !store::session::renew(tx, entry, id, &token.digest()).await? {
            return Err(Stop::StartAgain);
        }
        // Somebody who sat here for a minute may have read the key of the next app. Only what a member was in the middle
        // of scanning stays good (D2).
        if store::session::draft_page(tx, id).await?.as_deref() != Some(PAGE_OF_APPS) {
            let secret = self.secret_of_session(tenant, id)?;
            store::session::renew_setup_secret(tx, id, &secret).await?;
        }
        if entry.proven_at().is_some() {
            self.note(tx, Some(entry.member()), Event::SessionFresh { session: id }, now).await?;
        }
        let keep_seconds = session::cookie_seconds(session.remember, session.expires_at, now);
        let too_slow = entry.proven_at().is_none();
        Ok(Entered { token, keep_seconds, back_to: None, language: None, too_slow })
    }

    /// Ends the attempt: the limited page's button (D2), or a member who goes another way.
    pub async fn leave(&self, tenant: &Tenant, token: &Token) -> Deed<()> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        if let Some(attempt) = store::attempt::by_token(&mut tx, &token.digest()).await? {
            store::attempt::close(&mut tx, attempt.id).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

async fn seen(
    tx: &mut Read,
    tenant: &Tenant,
    attempt: Attempt,
    member: Member,
    now: Timestamp,
) -> Result<Option<Seen>, Fault> {
    let Some(standing) = standing(tx, tenant, &member).await? else { return Ok(None) };
    // Whoever shows again who they are does so for a session; with it goes the attempt.
    if let Goal::Reauthenticate(id) = attempt.goal {
        let session = store::session::by_id(tx, id).await?;
        if !session.is_some_and(|found| session::is_alive(&found, &tenant.policy.session, now)) {
            return Ok(None);
        }
    }
    Ok(match signin::next(attempt.goal, &tenant.policy, &standing, &attempt.proofs, now) {
        Next::Ask(step) => Some(Seen { attempt, member, standing, step }),
        // Everything is settled, and yet no session was opened: a policy that asks less than it did. The password
        // page leads on.
        Next::Enter(_) => None,
    })
}

/// The facts of our records. `None` for a member who may not come in at all: kept out by staff, or without any
/// credential in force.
pub(super) async fn standing(
    tx: &mut Read,
    tenant: &Tenant,
    member: &Member,
) -> Result<Option<Standing>, Fault> {
    if member.locked_at.is_some() {
        return Ok(None);
    }
    let credential = if store::password::own(tx, member.id).await?.is_some() {
        Credential::Own
    } else if store::password::first(tx, member.id).await?.is_some() {
        Credential::First
    } else {
        return Ok(None);
    };
    let factors = factors(tx, member).await?;
    // Where mail is waited for, an address that is not there was not settled.
    let has_address = member.email.is_some() || member.email_pending.is_some();
    let address_needed = tenant.policy.email.verification != Verification::None;
    let terms_accepted = store::terms::is_accepted(tx, member.id, &tenant.policy.terms_version).await?;
    Ok(Some(Standing {
        member: member.id,
        credential,
        login_reviewed: member.login_reviewed_at.is_some(),
        email_reviewed: member.email_reviewed_at.is_some() && (has_address || !address_needed),
        email_confirmed: member.email_confirmed_at.is_some(),
        terms_accepted,
        method: member.method,
        factors,
        lost_factor: store::recovery::wait(tx, member.id).await?,
    }))
}

/// The kinds of factor a member holds, switched off or not.
pub(super) async fn factors(tx: &mut Read, member: &Member) -> Result<Vec<Method>, Fault> {
    let mut held = Vec::new();
    if !store::passkey::of_member(tx, member.id).await?.is_empty() {
        held.push(Method::Passkey);
    }
    if !store::totp::of_member(tx, member.id).await?.is_empty() {
        held.push(Method::AppOtp);
    }
    if member.mail_code_at.is_some() && member.email.is_some() {
        held.push(Method::EmailOtp);
    }
    Ok(held)
}

/// When an attempt that begins `now` runs out (D12).
pub(super) fn attempt_ends(standing: &Standing, now: Timestamp) -> Timestamp {
    let minutes =
        if standing.factors.is_empty() { session::FIRST_LOGIN_MINUTES } else { session::SIGN_IN_MINUTES };
    now.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(now)
}

/// The proofs of an attempt that has just shown a password.
pub(super) fn just_shown(credential: Credential, now: Timestamp) -> Proofs {
    Proofs { credential: Some((credential, now)), ..Proofs::default() }
}
