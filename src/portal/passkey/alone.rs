//! Passkeys by themselves, before anybody has said who they are (`login.passkey = "alone"`, D1).

use serde_json::Value;

use super::{FailedCheck, PasskeyRefused, RelyingParty, refused};
use crate::{
    domain::{
        audit::{Event, doing::Gate},
        passkey::{CeremonyPurpose, PasskeyFlaw},
        proof::Proofs,
        signin::{self, Goal, Next},
        tenant::{Method, Tenant},
    },
    portal::request,
    portal::{
        Deed, Portal, Stop,
        attempt::{AttemptStart, FormerTokens, StartedAttempt, attempt_ends, standing},
        known_browser::asking,
        session::{Arriving, Entered},
    },
    store,
    vault::Token,
};

/// What the sign-in page offers when a passkey is shown by itself.
#[derive(Debug)]
pub struct LonePasskey {
    /// The browser's answer, as its script wrote it.
    pub credential: String,
    /// The cookie of the ceremony.
    pub ceremony: Token,
    /// Whether 「ログイン状態の保存」 is ticked.
    pub remember: bool,
    /// Coarse device of the browser.
    pub browser: String,
    /// What this browser brings along.
    pub former: FormerTokens,
    /// The word of the page that was wanted.
    pub back_to: Option<String>,
}

/// What came of a passkey shown by itself.
#[derive(Debug)]
pub enum LoneOutcome {
    /// The member is in.
    Entered(Entered),
    /// Something is left to ask: new terms, say.
    OnTheWay(StartedAttempt),
}

impl Portal {
    /// Asks for any passkey of this union. The same question for everybody: nothing about anybody is in it (C11).
    /// A browser that was asked before keeps its cookie, so that no tab of it ends another one's question.
    ///
    /// # Errors
    /// `Stop::NotNow` when a passkey alone opens nothing at this union.
    pub async fn ask_for_any_passkey(
        &self,
        tenant: &Tenant,
        ceremony: Option<Token>,
    ) -> Deed<(Token, Value)> {
        let now = self.clock.now();
        if !tenant.policy.stands_alone(Method::Passkey) {
            return Err(Stop::NotNow);
        }
        let ceremony = ceremony.map_or_else(|| self.vault.token(), Ok)?;
        let asked = RelyingParty::of(tenant, &self.public)?.ask_for_any()?;
        let options =
            self.begin(tenant, CeremonyPurpose::Alone, &ceremony.digest(), None, asked, now).await?;
        Ok((ceremony, options))
    }

    /// Verifies a passkey that was shown by itself: with its user verification, a full sign-in (D1).
    ///
    /// # Errors
    /// - `Stop::NotNow` when a passkey alone opens nothing at this union.
    /// - `Stop::StartAgain` when the member is gone.
    /// - At `Field::Passkey`: `Passkey` with what is wrong.
    pub async fn sign_in_by_passkey(&self, tenant: &Tenant, offer: LonePasskey) -> Deed<LoneOutcome> {
        let now = self.clock.now();
        if !tenant.policy.stands_alone(Method::Passkey) {
            return Err(Stop::NotNow);
        }
        let bound_to = offer.ceremony.digest();
        let (kept, shown) =
            self.take_shown(tenant, None, CeremonyPurpose::Alone, &bound_to, &offer.credential, now).await?;

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::member::hold(&mut tx, kept.member).await?;
        let terms = &tenant.terms.version;
        let facts = store::look::at_member(&mut tx, kept.member, terms, &asking(now)).await?;
        let facts = facts.ok_or(Stop::StartAgain)?;
        let member = &facts.member;
        // It may have been taken away while it was verified.
        if store::passkey::by_credential_id(&mut tx, &kept.credential_id).await?.is_none() {
            drop(tx);
            return Err(self
                .say_no(
                    tenant,
                    None,
                    CeremonyPurpose::Alone,
                    PasskeyRefused::because(FailedCheck::Unknown),
                    now,
                )
                .await);
        }
        if !store::passkey::show(&mut tx, kept.id, shown.count, shown.backed_up, now).await? {
            drop(tx);
            return Err(self.say_copied(tenant, member, CeremonyPurpose::Alone, kept, now).await);
        }
        // Whoever staff keep out is kept out by every door (B8), and is told no more than by a wrong passkey.
        let Some(standing) = standing(tenant, &facts, now) else {
            drop(tx);
            let event = member.membership.bar(now).map_or(Event::CredentialDead, Event::of_bar);
            self.note_alone(tenant, Some(member.id), event, now).await?;
            return Err(refused(PasskeyFlaw::NotAccepted));
        };
        request::passed(member.id, Gate::Passkey);
        let event = Event::FactorProven { method: Method::Passkey, device: Some(kept.id) };
        self.note(&mut tx, Some(member.id), event, now)?;
        if standing.lost_factor.is_some() {
            self.end_wait(&mut tx, member.id, "factor", now).await?;
        }
        let proofs = Proofs { factor: Some((Method::Passkey, now)), ..Proofs::default() };
        let remember = offer.remember && tenant.policy.session.remember_hours > 0;
        let page = offer.back_to.as_deref();
        let come = match signin::next(Goal::SignIn, &tenant.policy, &standing, &proofs, now) {
            Next::Enter(entry) => {
                if let Some(former) = &offer.former.attempt {
                    store::attempt::close_by_token(&mut tx, &former.digest()).await?;
                }
                let left = match &offer.former.session {
                    Some(left) => store::look::at_session(&mut tx, &left.digest()).await?,
                    None => None,
                };
                let left = left.map(|left| left.session);
                let browser = Arriving { remember, device: &offer.browser, left, page, known: None };
                LoneOutcome::Entered(self.open_session(&mut tx, tenant, entry, member, &browser, now).await?)
            }
            Next::Ask(step) => {
                let begun = AttemptStart {
                    goal: Goal::SignIn,
                    back_to: page,
                    proofs,
                    remember,
                    expires_at: attempt_ends(&standing, now),
                    former: &offer.former,
                };
                let (id, token) = self.open_attempt(&mut tx, tenant, member, &begun, now).await?;
                let to = (member, facts.bucket);
                self.mail_what_is_waited_for(&mut tx, tenant, to, id, step, now).await?;
                LoneOutcome::OnTheWay(StartedAttempt { token, step })
            }
        };
        tx.commit().await?;
        Ok(come)
    }
}
