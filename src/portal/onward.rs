//! Onward: what follows a deed on the way in, still inside its write — the next page and the mail it waits for, or the
//! session. So a deed is done whole or not at all.
//!
//! Deeds that begin an attempt have none to go on in: a password, a passkey by itself and the mail of a recovery ask
//! [`signin::next`] themselves, in the write that opens the attempt.

use jiff::Timestamp;

use super::{
    Deed, Portal, Stop,
    attempt::Seen,
    request,
    session::{Arriving, Entered},
};
use crate::{
    domain::{
        audit::doing::Gate,
        signin::{self, Entry, Goal, Next, Step},
        tenant::Tenant,
    },
    store::{self, Write},
    vault::Token,
};

/// What came of a step.
#[derive(Debug)]
pub enum AttemptOutcome {
    /// The attempt goes on.
    Ask {
        /// With this step.
        step: Step,
        /// The value of the cookie by which this browser is known from now on, where the deed has made it known (D27).
        browser_cookie: Option<Token>,
    },
    /// A forgotten password was replaced, and the attempt is over: sign in with the new one (D4).
    SignInAnew {
        /// As of [`AttemptOutcome::Ask`].
        browser_cookie: Option<Token>,
    },
    /// The member is in; the session's cookie.
    Entered(Entered),
}

impl Portal {
    /// What is next after a deed that was shown something, and has noted it in `seen`. Keeps that, opens the session when
    /// nothing is left to ask, and commits.
    pub(super) async fn go_on(
        &self,
        mut tx: Write,
        tenant: &Tenant,
        mut seen: Seen,
        device: &str,
        now: Timestamp,
    ) -> Deed<AttemptOutcome> {
        let known = seen.browser_cookie.take();
        let outcome = match signin::next(
            seen.attempt.goal,
            &tenant.policy,
            &seen.standing,
            &seen.attempt.proofs,
            now,
        ) {
            // A recovery without a factor ends where every sign-in begins. Its row stays, run out, for the user ID in it.
            Next::Ask(Step::Password) if seen.attempt.goal == Goal::Recover => {
                self.keep_proofs(&mut tx, &seen, now).await?;
                store::attempt::run_out(&mut tx, seen.attempt.id, now).await?;
                AttemptOutcome::SignInAnew { browser_cookie: known }
            }
            Next::Ask(step) => {
                self.keep_proofs(&mut tx, &seen, now).await?;
                let to = (&seen.member, seen.bucket);
                self.mail_what_is_waited_for(&mut tx, tenant, to, seen.attempt.id, step, now).await?;
                AttemptOutcome::Ask { step, browser_cookie: known }
            }
            Next::Enter(entry) => {
                let browser = (device, known);
                AttemptOutcome::Entered(self.enter(&mut tx, tenant, &seen, entry, browser, now).await?)
            }
        };
        tx.commit().await?;
        Ok(outcome)
    }

    /// The same after a deed that has changed our records: they are looked at once more.
    pub(super) async fn go_on_after(
        &self,
        mut tx: Write,
        tenant: &Tenant,
        seen: Seen,
        device: &str,
        now: Timestamp,
    ) -> Deed<AttemptOutcome> {
        let seen = self.look_after(&mut tx, tenant, seen, now).await?;
        self.go_on(tx, tenant, seen, device, now).await
    }

    async fn keep_proofs(&self, tx: &mut Write, seen: &Seen, now: Timestamp) -> Deed<()> {
        if let Some(proofs) = seen.unkept_proofs() {
            store::attempt::keep_proofs(tx, seen.attempt.id, proofs, now).await?;
        }
        Ok(())
    }

    async fn enter(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        seen: &Seen,
        entry: Entry,
        (device, known): (&str, Option<Token>),
        now: Timestamp,
    ) -> Deed<Entered> {
        let attempt = &seen.attempt;
        request::passed(seen.member.id, Gate::of_proofs(&attempt.proofs));
        // Of two requests at once one closes the attempt and goes on.
        if !store::attempt::close(tx, attempt.id).await? {
            return Err(Stop::StartAgain);
        }
        let mut entered = match entry.goal() {
            Goal::SignIn | Goal::Recover => {
                let page = attempt.back_to.as_deref();
                let left = match attempt.left {
                    Some(left) => store::session::by_id(tx, left).await?,
                    None => None,
                };
                let browser = Arriving { remember: attempt.remember, device, left, page, known };
                self.open_session(tx, tenant, entry, &seen.member, &browser, now).await?
            }
            Goal::Reauthenticate(session) => self.renew_session(tx, tenant, &entry, session, now).await?,
        };
        entered.back_to.clone_from(&attempt.back_to);
        Ok(entered)
    }
}
