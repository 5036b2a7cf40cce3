//! Sessions: being signed in, and logging out (D12).

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice};

use super::{Deed, Fault, Portal, Stop, methods::PAGE_OF_APPS, signin::session_secret_place};
use crate::{
    domain::{
        audit::Event,
        member::{Member, MemberId, SessionId},
        session::{self, NOTE_EVERY, Session, TimeLeft},
        tenant::Tenant,
    },
    store::{self, Read, Write},
    vault::{SealContext, Token},
};

/// Longest form that waits while its member shows again who they are, in bytes.
const LONGEST_DRAFT: usize = 4096;

/// What stands before a kept form, with the moment it was kept, in microseconds.
const KEPT_AT: &str = "kept_at=";

/// A form that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptForm {
    /// Names and values, as a form sends them.
    pub form: String,
    /// When it was sent.
    pub kept_at: Timestamp,
}

impl KeptForm {
    fn seal_text(&self) -> String {
        format!("{KEPT_AT}{}&{}", self.kept_at.as_microsecond(), self.form)
    }

    /// One without its moment was kept by a program that asked for no mark: nobody knows whose it is.
    fn parse(text: &str) -> Option<Self> {
        let (at, form) = text.strip_prefix(KEPT_AT)?.split_once('&')?;
        let kept_at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some(Self { form: form.to_owned(), kept_at })
    }
}

/// A member who is signed in.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The session.
    pub session: Session,
    /// The member.
    pub member: Member,
}

/// What a session's cookie is worth.
#[derive(Debug, Clone)]
pub enum Admission {
    /// Signed in.
    In(Box<Visit>),
    /// Was signed in, and time ran out; the user ID, to be filled in again (D15).
    RunOut {
        /// The user ID in force.
        login: String,
        /// Whose it was.
        member: MemberId,
        /// Which it was.
        session: SessionId,
    },
    /// Not signed in.
    Out,
}

/// A visit of a member who showed a moment ago who they are (D11). Only [`Portal::fresh`] makes one, and every deed
/// that a forgotten screen must not do takes one: a handler cannot leave the question out.
#[derive(Debug, Clone)]
pub struct FreshVisit {
    visit: Visit,
}

impl FreshVisit {
    /// The visit.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }
}

impl Portal {
    /// The visit as a fresh one, while its proofs are.
    pub fn fresh(&self, visit: &Visit) -> Option<FreshVisit> {
        session::is_fresh(&visit.session, self.clock.now()).then(|| FreshVisit { visit: visit.clone() })
    }

    /// Who comes with this cookie. Notes the visit at most once a minute.
    pub async fn visit(&self, tenant: &Tenant, token: &Token) -> Deed<Admission> {
        let now = self.clock.now();
        let mut admission = self.admit(tenant, token, now).await?;
        if let Admission::In(visit) = &mut admission
            && now.duration_since(visit.session.seen_at) >= NOTE_EVERY
        {
            let mut tx = self.store.tenant(&tenant.slug).write().await?;
            store::session::note_visit(&mut tx, visit.session.id, now).await?;
            tx.commit().await?;
            visit.session.seen_at = now;
        }
        Ok(admission)
    }

    /// What ran out before this moment is forgotten (D15).
    pub fn remembered_since(&self) -> Timestamp {
        let now = self.clock.now();
        now.checked_sub(session::REMEMBERED).unwrap_or(now)
    }

    /// 「続ける」: the end moves away, however short ago the last visit was noted.
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

    /// What is left of the session of this cookie; `None` where nobody knows it (any more). Notes no visit: a page that only waits keeps nobody
    /// signed in.
    pub async fn rest_of(&self, tenant: &Tenant, token: &Token) -> Deed<Option<TimeLeft>> {
        let now = self.clock.now();
        Ok(match self.admit(tenant, token, now).await? {
            Admission::In(visit) => Some(session::rest(&visit.session, &tenant.policy.session, now)),
            Admission::RunOut { .. } => Some(TimeLeft::OVER),
            Admission::Out => None,
        })
    }

    /// Who comes with this cookie.
    async fn admit(&self, tenant: &Tenant, token: &Token, now: Timestamp) -> Deed<Admission> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let Some(found) = store::session::by_token(&mut tx, &token.digest()).await? else {
            return Ok(Admission::Out);
        };
        let Some(member) = store::member::by_id(&mut tx, found.member).await? else {
            return Ok(Admission::Out);
        };
        drop(tx);
        if member.locked_at.is_some() {
            return Ok(Admission::Out);
        }
        if !session::is_alive(&found, &tenant.policy.session, now) {
            let login = member.login.as_str().to_owned();
            return Ok(Admission::RunOut { login, member: member.id, session: found.id });
        }
        Ok(Admission::In(Box::new(Visit { session: found, member })))
    }

    /// Ends the session of this cookie, here and on every node.
    pub async fn log_out(&self, tenant: &Tenant, token: &Token) -> Deed<()> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        if let Some(found) = store::session::by_token(&mut tx, &token.digest()).await?
            && store::session::close(&mut tx, found.id).await?
        {
            let event = Event::SessionEnded { session: found.id };
            self.note(&mut tx, Some(found.member), event, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A write in the name of a member who is signed in, and the member as they are now. Deeds of one member wait for
    /// each other here; a session that ended meanwhile changes nothing.
    pub(super) async fn write_as(&self, tenant: &Tenant, visit: &Visit) -> Deed<(Write, Member)> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::member::hold_member(&mut tx, visit.member.id).await?;
        let session = store::session::by_id(&mut tx, visit.session.id).await?;
        if session.is_none_or(|found| found.ended_at.is_some()) {
            return Err(Stop::StartAgain);
        }
        let member = store::member::by_id(&mut tx, visit.member.id).await?.ok_or(Stop::StartAgain)?;
        Ok((tx, member))
    }

    /// The same for the form of a page: what was kept of it is done with.
    pub(super) async fn write_from(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        page: &str,
    ) -> Deed<(Write, Member)> {
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        store::session::drop_draft(&mut tx, visit.session.id, page).await?;
        Ok((tx, member))
    }

    /// Ends the member's other sessions, and every browser that is on its way in.
    pub(super) async fn log_out_elsewhere(&self, tx: &mut Write, visit: &Visit, now: Timestamp) -> Deed<()> {
        let member = visit.member.id;
        store::session::close_others(tx, member, visit.session.id).await?;
        store::attempt::close_others(tx, member, None).await?;
        self.note(tx, Some(member), Event::SignedOutEverywhere, now).await?;
        Ok(())
    }

    /// Keeps the form of a page, sealed with its moment, while its member shows again who they are (S-08), or signs in anew after the time
    /// ran out (J11). One that is too long is not kept: no form of ours is.
    pub async fn keep_draft(&self, tenant: &Tenant, session: SessionId, page: &str, form: &str) -> Deed<()> {
        if form.len() > LONGEST_DRAFT {
            return Ok(());
        }
        let draft = KeptForm { form: form.to_owned(), kept_at: self.clock.now() };
        let sealed = self.vault.seal(draft_place(tenant, session), draft.seal_text().as_bytes())?;
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::session::keep_draft(&mut tx, session, page, &sealed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The session of a browser's cookie, alive or not.
    pub(super) async fn left(&self, tx: &mut Read, cookie: Option<&Token>) -> Deed<Option<SessionId>> {
        let Some(cookie) = cookie else { return Ok(None) };
        Ok(store::session::by_token(tx, &cookie.digest()).await?.map(|found| found.id))
    }

    /// Ends the session that a browser leaves behind by signing in anew, whoever's it was: its cookie is gone, and whoever
    /// has a copy of it finds nothing any more (D29).
    pub(super) async fn end_left(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        left: SessionId,
        now: Timestamp,
    ) -> Deed<()> {
        let Some(found) = store::session::by_id(tx, left).await? else { return Ok(()) };
        let was_alive = session::is_alive(&found, &tenant.policy.session, now);
        if store::session::close(tx, left).await? && was_alive {
            self.note(tx, Some(found.member), Event::SessionReplaced { session: left }, now).await?;
        }
        Ok(())
    }

    /// Takes the form of a page along from the session that ran out in this browser, if it was the same member's. With the
    /// page of an authenticator app goes its key: it may be in the app already.
    pub(super) async fn bring_form(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        page: &str,
        left: SessionId,
        new: &Session,
    ) -> Deed<()> {
        let now = new.created_at;
        let ran_out = |found: &Session| {
            found.member == new.member && !session::is_alive(found, &tenant.policy.session, now)
        };
        let Some(left) = store::session::by_id(tx, left).await?.filter(ran_out) else { return Ok(()) };
        let is_just_now = session::ended_just_now(&left, &tenant.policy.session, now);
        let (left, new) = (left.id, new.id);
        let Some(sealed) = store::session::draft(tx, left, page).await? else { return Ok(()) };
        let Some(form) = self.open_left(draft_place(tenant, left), &sealed) else { return Ok(()) };
        let sealed = self.vault.seal(draft_place(tenant, new), form.expose_secret())?;
        store::session::keep_draft(tx, new, page, &sealed).await?;
        store::session::drop_draft(tx, left, page).await?;
        // A key that stood on a forgotten screen for hours is everybody's.
        if page == PAGE_OF_APPS
            && is_just_now
            && let Some(sealed) = store::session::setup_secret(tx, left).await?
            && let Some(secret) = self.open_left(session_secret_place(tenant, left), &sealed)
        {
            let sealed = self.vault.seal(session_secret_place(tenant, new), secret.expose_secret())?;
            store::session::renew_setup_secret(tx, new, &sealed).await?;
        }
        Ok(())
    }

    /// What was kept, or nothing where it cannot be opened: nobody is kept out for the sake of what was typed.
    fn open_left(&self, place: SealContext<'_>, sealed: &[u8]) -> Option<SecretSlice<u8>> {
        let opened = self.vault.open(place, sealed);
        if let Err(fault) = &opened {
            tracing::warn!(%fault, "What was kept of a form cannot be opened");
        }
        opened.ok()
    }

    /// The page a form is kept for.
    pub async fn draft_page(&self, tenant: &Tenant, session: SessionId) -> Deed<Option<String>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::session::draft_page(&mut tx, session).await?)
    }

    /// The form kept for that page.
    pub async fn draft(&self, tenant: &Tenant, visit: &Visit, page: &str) -> Deed<Option<KeptForm>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let Some(sealed) = store::session::draft(&mut tx, visit.session.id, page).await? else {
            return Ok(None);
        };
        let Some(form) = self.open_left(draft_place(tenant, visit.session.id), &sealed) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(form.expose_secret());
        Ok(KeptForm::parse(text.map_err(|_| Fault::Inconsistent("a kept form that is no text"))?))
    }
}

fn draft_place(tenant: &Tenant, session: SessionId) -> SealContext<'_> {
    SealContext { tenant: tenant.slug.as_str(), column: "session.draft", row: session.uuid() }
}
