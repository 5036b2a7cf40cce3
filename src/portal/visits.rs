//! Visits: whether one is fresh, what is left of it, going on and logging out, and what was typed before (D12, D29).

use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use super::{
    Deed, Fault, Portal,
    left_services::LeftService,
    session::{Admission, FreshVisit, KeptForm, Visit, kept_form_place},
};
use crate::{
    domain::{
        member::SessionId,
        session::{self, TimeLeft},
        tenant::Tenant,
    },
    store::{self, look::SessionFacts},
    vault::Token,
};

/// Longest form that waits while its member shows again who they are, in bytes.
const LONGEST_KEPT_FORM: usize = 4096;

impl Portal {
    /// The visit as a fresh one, while its proofs are.
    pub fn fresh(&self, visit: &Visit) -> Option<FreshVisit> {
        FreshVisit::of(visit, self.clock.now())
    }

    /// What ran out before this moment is forgotten (D15).
    pub fn remembered_since(&self) -> Timestamp {
        let now = self.clock.now();
        now.checked_sub(session::REMEMBERED).unwrap_or(now)
    }

    /// 「続ける」: the end moves away, however short ago the last visit was noted.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn stay(&self, tenant: &Tenant, visit: &Visit) -> Deed<TimeLeft> {
        let now = self.clock.now();
        let mut session = visit.session.clone();
        if session.seen_at < now {
            let mut tx = self.store.tenant(&tenant.slug).write().await?;
            store::session::note_visit(&mut tx, session.id, now).await?;
            tx.commit().await?;
            session.seen_at = now;
        }
        Ok(session::rest(&session, &tenant.policy.session, now))
    }

    /// What is left of the session of a visit.
    pub fn rest(&self, tenant: &Tenant, visit: &Visit) -> TimeLeft {
        session::rest(&visit.session, &tenant.policy.session, self.clock.now())
    }

    /// What is left of the session of this cookie; `None` where nobody knows it (any more). Notes no visit: a page that
    /// only waits keeps nobody signed in.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn rest_of(&self, tenant: &Tenant, token: &Token) -> Deed<Option<TimeLeft>> {
        let now = self.clock.now();
        Ok(match self.admit(tenant, token, now).await? {
            Admission::In(visit) => Some(session::rest(&visit.session, &tenant.policy.session, now)),
            Admission::RunOut { .. } => Some(TimeLeft::OVER),
            Admission::Out => None,
        })
    }

    /// Ends the session of this cookie, here and on every node. The services that it was at; for ten seconds also to whoever
    /// asks once more.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`. A session that is over already is no error.
    pub async fn log_out(&self, tenant: &Tenant, token: &Token) -> Deed<Vec<LeftService>> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let Some(SessionFacts { session, .. }) = store::look::at_session(&mut tx, &token.digest()).await?
        else {
            return Ok(self.lately_left.told(&tenant.slug, token));
        };
        let left = self.end_and_list(&mut tx, tenant, &session).await?;
        // Before the session is over: whoever presses once more finds it.
        self.lately_left.keep(&tenant.slug, token, &left);
        tx.commit().await?;
        Ok(left)
    }

    /// Keeps the form of a page, sealed with its moment, while its member shows again who they are (S-08), or signs in
    /// anew after the time ran out (J11). One that is too long is not kept: no form of ours is.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn keep_form(&self, tenant: &Tenant, session: SessionId, page: &str, form: &str) -> Deed<()> {
        if form.len() > LONGEST_KEPT_FORM {
            return Ok(());
        }
        let kept = KeptForm { form: form.to_owned(), kept_at: self.clock.now() };
        let sealed = self.vault.seal(kept_form_place(tenant, session), kept.seal_text().as_bytes())?;
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::session::keep_form(&mut tx, session, page, &sealed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The page a form is kept for.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn kept_form_page(&self, tenant: &Tenant, session: SessionId) -> Deed<Option<String>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::session::kept_form_page(&mut tx, session).await?)
    }

    /// The form kept for that page.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn kept_form(&self, tenant: &Tenant, visit: &Visit, page: &str) -> Deed<Option<KeptForm>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let Some(sealed) = store::session::kept_form(&mut tx, visit.session.id, page).await? else {
            return Ok(None);
        };
        let Some(form) = self.open_left(kept_form_place(tenant, visit.session.id), &sealed) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(form.expose_secret());
        Ok(KeptForm::parse(text.map_err(|_| Fault::Inconsistent("a kept form that is no text"))?))
    }
}
