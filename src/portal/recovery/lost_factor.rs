//! A lost factor, as its owner meets it: the mailed link that calls the wait off, and the code of the desk (D4).

use crate::{
    domain::{
        audit::{Event, doing::Gate},
        first_credential::{self, ALPHABET},
        one_time::{self, OneTimePurpose},
        refusal::Refusal,
        signin::Step,
        tenant::Tenant,
    },
    portal::request,
    portal::{Deed, Field, Portal, Stop, onward::AttemptOutcome},
    store::{self},
    vault::Token,
};

/// What a link for calling off finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOff {
    /// The wait runs, and may be called off.
    Open,
    /// There is none any more.
    Done,
    /// The link is none of ours, or too old.
    Dead,
}

impl Portal {
    /// What the link of the letter leads to. Changes nothing.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn call_off_link(&self, tenant: &Tenant, link: &Token) -> Deed<CallOff> {
        let trusted = self.trusted_now()?;
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let Some(found) =
            store::one_time::by_link(&mut tx, OneTimePurpose::CallOff, &link.digest(), trusted).await?
        else {
            return Ok(CallOff::Dead);
        };
        let runs = store::recovery::wait(&mut tx, found.member).await?.is_some();
        Ok(if runs { CallOff::Open } else { CallOff::Done })
    }

    /// Calls the wait off, and every recovery that is on its way with it. Pressed twice it has the same end; the link of
    /// another wait is another one.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn call_off(&self, tenant: &Tenant, link: &Token) -> Deed<CallOff> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let Some(found) =
            store::one_time::by_link(&mut tx, OneTimePurpose::CallOff, &link.digest(), trusted).await?
        else {
            return Ok(CallOff::Dead);
        };
        request::passed(found.member, Gate::MailLink);
        self.end_wait(&mut tx, found.member, "link", now).await?;
        tx.commit().await?;
        Ok(CallOff::Done)
    }

    /// Verifies a code of the union's desk. Each has its own five tries, of some 10^18 codes; a try at one that is dead is
    /// verified against nothing and counted nowhere, so that it takes nothing from the next one.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    /// - At `Field::Code`: `Empty`, `MalformedDeskCode`, `WrongDeskCode`, `DeskCodeDead`.
    pub async fn offer_desk_code(&self, tenant: &Tenant, token: &Token, text: &str) -> Deed<AttemptOutcome> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        let refuse = |refusal| Stop::refuse(Field::Code, refusal);
        let wanted = |step| step == Step::DeskCode;
        let seen = self.look_for(tenant, token, wanted).await?;
        let member = seen.member.id;
        let typed = first_credential::generated(text);
        if typed.is_empty() {
            return Err(refuse(Refusal::Empty));
        }
        let fits = typed.len() == first_credential::LENGTH && typed.bytes().all(|c| ALPHABET.contains(&c));
        if !fits {
            return Err(refuse(Refusal::MalformedDeskCode));
        }

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let found = store::one_time::newest(&mut tx, member, OneTimePurpose::DeskCode, None).await?;
        let misses = match &found {
            Some(found) => store::one_time::reserve(&mut tx, found.id, one_time::TRIES, trusted).await?,
            None => None,
        };
        tx.commit().await?;
        let (Some(found), Some(misses)) = (found, misses) else {
            self.note_alone(tenant, Some(member), Event::DeskCodeDead, now).await?;
            return Err(refuse(Refusal::DeskCodeDead));
        };
        let digest = found.code.as_deref().unwrap_or_default();
        if !self.vault.is_code(OneTimePurpose::DeskCode, found.id, &typed, digest) {
            self.note_alone(tenant, Some(member), Event::DeskCodeDiffered, now).await?;
            return Err(refuse(match one_time::TRIES.saturating_sub(misses) {
                0 => Refusal::DeskCodeDead,
                left => Refusal::WrongDeskCode { left },
            }));
        }
        let (mut tx, mut seen) = self.write_for(tenant, &seen, now, wanted).await?;
        // Used by another browser, or replaced by the desk, a moment ago.
        if !store::one_time::take(&mut tx, found.id, trusted).await? {
            return Err(refuse(Refusal::DeskCodeDead));
        }
        if let Some(recovery) = &mut seen.attempt.proofs.recovery {
            recovery.desk_code = true;
        }
        self.note(&mut tx, Some(member), Event::DeskCodeAccepted, now)?;
        self.go_on(tx, tenant, seen, "", now).await
    }
}
