//! Attempts: where a browser on its way in stands. One statement brings its attempt, its member and what our records say;
//! a deed uses what it saw, and looks once more inside its write.

use jiff::{SignedDuration, Timestamp};

use super::{Deed, Fault, Portal, Stop, app_key, known_browser::asking, request};
use crate::{
    domain::{
        audit::doing::Gate,
        lockout::Bucket,
        member::{AttemptId, Member, MemberId},
        proof::{Credential, Proofs},
        session,
        signin::{self, Goal, Next, Standing, Step},
        tenant::{Method, Tenant, Verification},
    },
    store::{
        self, Read, Write,
        attempt::{Attempt, NewAttempt},
        known_browser::AskingBrowser,
        look::{AttemptFacts, MemberFacts},
    },
    vault::Token,
};

/// What a deed saw when it looked.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The attempt. A deed that is shown something notes it in its proofs; they are kept when the deed ends.
    pub attempt: Attempt,
    /// The member the attempt is of.
    pub member: Member,
    /// What our records say.
    pub standing: Standing,
    /// The one thing to ask now.
    pub step: Step,
    /// Whose tries this browser's are counted with.
    pub bucket: Bucket,
    /// The value of the cookie by which this browser is known from now on, where this deed has made it known (D27).
    pub(super) browser_cookie: Option<Token>,
    /// The proofs as they are kept.
    kept: Proofs,
    /// Digest of the browser's cookie.
    token: Vec<u8>,
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

    /// Whether a mailed code answers the step, as a factor held or as the first of its kind.
    pub fn may_show_mail_code(&self) -> bool {
        self.step == Step::SetUp(Method::EmailOtp) || self.may_prove(Method::EmailOtp)
    }

    /// Whether somebody has shown the member's own password in a browser that has not signed the member in, and is asked for
    /// the factor.
    pub(super) fn is_strangers_behind_password(&self) -> bool {
        let shown = self.attempt.proofs.credential.map(|(shown, _)| shown);
        self.bucket == Bucket::Unknown
            && self.attempt.goal == Goal::SignIn
            && matches!(self.step, Step::Prove(_))
            && shown == Some(Credential::Own)
    }

    /// Notes that the member has set up a factor: making one is showing it, by the rule of [`signin::shown_with`].
    pub(super) fn note_made(&mut self, made: Method, now: Timestamp) {
        let shown = signin::shown_with(&self.standing, self.attempt.proofs.factor, made, now);
        self.attempt.proofs.factor = Some(shown);
    }

    /// What the browser has shown by now, where that is not kept yet.
    pub(super) fn unkept_proofs(&self) -> Option<&Proofs> {
        Some(&self.attempt.proofs).filter(|proofs| **proofs != self.kept)
    }
}

/// What a browser brings along from before, by its cookies.
#[derive(Debug, Default)]
pub struct FormerTokens {
    /// The attempt it was on, which ends now (A8).
    pub attempt: Option<Token>,
    /// The session it has, or had.
    pub session: Option<Token>,
}

/// How an attempt begins.
#[derive(Debug)]
pub(super) struct AttemptStart<'a> {
    /// What the attempt is for.
    pub goal: Goal,
    /// The word of the page that was wanted, or that asks for fresh proofs.
    pub back_to: Option<&'a str>,
    /// What was just shown.
    pub proofs: Proofs,
    /// Whether 「ログイン状態の保存」 was ticked.
    pub remember: bool,
    /// When it runs out.
    pub expires_at: Timestamp,
    /// What this browser brings along.
    pub former: &'a FormerTokens,
}

/// An attempt that was opened just now.
#[derive(Debug)]
pub struct StartedAttempt {
    /// The value of the attempt's cookie.
    pub token: Token,
    /// The one thing to ask now.
    pub step: Step,
}

/// What a browser that may be on its way in finds.
#[derive(Debug, Clone)]
pub enum Way {
    /// It is on its way.
    On(Box<Seen>),
    /// It was, and is over; its user ID, to be filled in again (D15).
    RunOut {
        /// The user ID in force.
        login: String,
        /// Whether it was the way out of a forgotten password, and not at its end.
        recovers: bool,
        /// Whether it was ended before its time: by the member, or by too many mistakes.
        early: bool,
    },
    /// It never was, or its attempt is over.
    Off,
}

impl Portal {
    /// Where this browser stands. Changes nothing.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`. A browser that is not on its way is [`Way::Off`].
    pub async fn way(&self, tenant: &Tenant, token: &Token) -> Deed<Way> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        way(&mut tx, tenant, &token.digest(), now).await
    }

    /// What a deed on the way in looks at first.
    async fn look(&self, tenant: &Tenant, token: &Token) -> Deed<Seen> {
        on_the_way(self.way(tenant, token).await?)
    }

    /// A look that insists on the step.
    pub(super) async fn look_for(
        &self,
        tenant: &Tenant,
        token: &Token,
        wanted: impl Fn(Step) -> bool,
    ) -> Deed<Seen> {
        let seen = self.look(tenant, token).await?;
        if wanted(seen.step) { Ok(seen) } else { Err(Stop::NotNow) }
    }

    /// A look that insists on a factor being asked which this one may answer (D10, D11).
    pub(super) async fn look_to_prove(&self, tenant: &Tenant, token: &Token, method: Method) -> Deed<Seen> {
        let seen = self.look(tenant, token).await?;
        if seen.may_prove(method) { Ok(seen) } else { Err(Stop::NotNow) }
    }

    /// The write of a deed on the way in: it waits for other deeds of the member, and looks again.
    ///
    /// # Errors
    /// [`Stop::StartAgain`] when the attempt has ended meanwhile, or has run out.
    pub(super) async fn write_on(&self, tenant: &Tenant, seen: &Seen, now: Timestamp) -> Deed<(Write, Seen)> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        // Deeds of one member wait for each other here, so that what is seen still is so when it is written.
        store::member::hold(&mut tx, seen.member.id).await?;
        let seen = on_the_way(way(&mut tx, tenant, &seen.token, now).await?)?;
        Ok((tx, seen))
    }

    /// The same, insisting on the step.
    pub(super) async fn write_for(
        &self,
        tenant: &Tenant,
        seen: &Seen,
        now: Timestamp,
        wanted: impl Fn(Step) -> bool,
    ) -> Deed<(Write, Seen)> {
        let (tx, seen) = self.write_on(tenant, seen, now).await?;
        if wanted(seen.step) { Ok((tx, seen)) } else { Err(Stop::NotNow) }
    }

    /// What is so once a deed has changed our records, still in its write.
    pub(super) async fn look_after(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        seen: Seen,
        now: Timestamp,
    ) -> Deed<Seen> {
        if let Some(proofs) = seen.unkept_proofs() {
            store::attempt::keep_proofs(tx, seen.attempt.id, proofs, now).await?;
        }
        let terms = &tenant.terms.version;
        let browser = asking(now);
        let found =
            store::look::at_attempt(tx, &seen.token, terms, &browser).await?.ok_or(Stop::StartAgain)?;
        let standing = standing(tenant, &found.facts, now).ok_or(Stop::StartAgain)?;
        let kept = found.attempt.proofs;
        // Whether anything is left to ask is the next question.
        Ok(Seen { attempt: found.attempt, member: found.facts.member, standing, kept, ..seen })
    }

    /// Opens an attempt. The one this browser was on before ends with it (A8).
    pub(super) async fn open_attempt(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        member: &Member,
        begun: &AttemptStart<'_>,
        now: Timestamp,
    ) -> Deed<(AttemptId, Token)> {
        let (id, token) = (AttemptId::new(now, self.chance()?), self.vault.token()?);
        let setup_secret = self.fresh_app_key(app_key::of_attempt(tenant, id))?;
        if let Some(former) = &begun.former.attempt {
            store::attempt::close_by_token(tx, &former.digest()).await?;
        }
        let left = begun.former.session.as_ref().map(Token::digest);
        let new = NewAttempt {
            id,
            token: &token.digest(),
            member: member.id,
            epoch: member.epoch,
            goal: begun.goal,
            back_to: begun.back_to,
            proofs: begun.proofs,
            remember: begun.remember && tenant.policy.session.remember_hours > 0,
            expires_at: begun.expires_at,
            setup_secret: &setup_secret,
            left: left.as_deref(),
        };
        store::attempt::open(tx, &new, now).await?;
        Ok((id, token))
    }

    /// Ends the attempt: the limited page's button (D2), or a member who goes another way. Its browser finds the user ID
    /// filled in.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`. An attempt that is over already is no error.
    pub async fn leave(&self, tenant: &Tenant, token: &Token) -> Deed<()> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::attempt::run_out_by_token(&mut tx, &token.digest(), now).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn on_the_way(way: Way) -> Deed<Seen> {
    match way {
        Way::On(seen) => Ok(*seen),
        Way::RunOut { .. } | Way::Off => Err(Stop::StartAgain),
    }
}

/// The look itself.
async fn way(tx: &mut Read, tenant: &Tenant, token: &[u8], now: Timestamp) -> Deed<Way> {
    let Some(found) = store::look::at_attempt(tx, token, &tenant.terms.version, &asking(now)).await? else {
        return Ok(Way::Off);
    };
    let AttemptFacts { attempt, facts, session } = found;
    if attempt.is_over(now) {
        let recovers = attempt.proofs.recovery.is_some_and(|recovery| !recovery.password);
        let login = facts.member.login.as_str().to_owned();
        return Ok(Way::RunOut { login, recovers, early: attempt.is_ended_early() });
    }
    let Some(standing) = standing(tenant, &facts, now) else { return Ok(Way::Off) };
    // Whoever shows again who they are does so for a session; with it goes the attempt.
    if matches!(attempt.goal, Goal::Reauthenticate(_))
        && !session.is_some_and(|found| session::is_alive(&found, &tenant.policy.session, now))
    {
        return Ok(Way::Off);
    }
    Ok(match signin::next(attempt.goal, &tenant.policy, &standing, &attempt.proofs, now) {
        Next::Ask(step) => {
            request::passed(facts.member.id, Gate::of_proofs(&attempt.proofs));
            let (kept, token, bucket) = (attempt.proofs, token.to_vec(), facts.bucket);
            Way::On(Box::new(Seen {
                attempt,
                member: facts.member,
                standing,
                step,
                bucket,
                browser_cookie: None,
                kept,
                token,
            }))
        }
        // Everything is settled, and yet no session was opened: a policy that asks less than it did. The password
        // page leads on.
        Next::Enter(_) => Way::Off,
    })
}

/// What is settled, of the facts of our records. `None` for a person who may not come in at all: kept out by the desk, a
/// member no more, or without any credential in force.
pub(super) fn standing(tenant: &Tenant, facts: &MemberFacts, now: Timestamp) -> Option<Standing> {
    let member = &facts.member;
    if member.membership.bar(now).is_some() {
        return None;
    }
    let credential = match (facts.has_own_password, facts.has_first_credential) {
        (true, _) => Credential::Own,
        (false, true) => Credential::First,
        (false, false) => return None,
    };
    // Where mail is waited for, an address that is not there was not settled.
    let has_address = member.email.is_some() || member.email_pending.is_some();
    let address_needed = tenant.policy.email.verification != Verification::None;
    Some(Standing {
        member: member.id,
        credential,
        password_exposed: facts.password_exposed,
        login_reviewed: member.login_reviewed_at.is_some(),
        email_reviewed: member.email_reviewed_at.is_some() && (has_address || !address_needed),
        email_confirmed: member.email_confirmed_at.is_some(),
        terms_accepted: facts.terms_accepted,
        method: member.method,
        factors: factors(facts),
        lost_factor: facts.lost_factor,
    })
}

/// The kinds of factor a member holds, switched off or not.
pub(super) fn factors(facts: &MemberFacts) -> Vec<Method> {
    let holds = |method: &Method| match method {
        Method::Passkey => facts.has_passkey,
        Method::AppOtp => facts.has_app,
        Method::EmailOtp => facts.member.holds_mail_code(),
    };
    Method::STRONGEST_FIRST.into_iter().filter(holds).collect()
}

/// The same of a member who is asked about for this alone.
pub(super) async fn factors_of(
    tx: &mut Read,
    tenant: &Tenant,
    member: MemberId,
) -> Result<Vec<Method>, Fault> {
    // Whoever asks: what is held is the same.
    let facts = store::look::at_member(tx, member, &tenant.terms.version, &AskingBrowser::NONE).await?;
    Ok(facts.map_or_else(Vec::new, |facts| factors(&facts)))
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
