//! Sessions: who comes with the cookie of one, opening one, making one fresh again, and writing in the name of who is
//! signed in (D12).

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice};

use super::{Deed, Portal, Stop, app_key, request};
use crate::{
    domain::{
        activity::Activity,
        audit::{Event, doing::Gate},
        member::{Member, MemberId, SessionId},
        route::Route,
        session::{self, FormerSignIn, NOTE_EVERY, Session},
        signin::Entry,
        tenant::{Language, Tenant},
    },
    store::{
        self, Write,
        look::{SessionFacts, VisitFacts},
        session::NewSession,
    },
    vault::{SealContext, SealedColumn, Token},
};

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
    pub(super) fn seal_text(&self) -> String {
        format!("{KEPT_AT}{}&{}", self.kept_at.as_microsecond(), self.form)
    }

    /// One without its moment was kept by a program that asked for no mark: nobody knows whose it is.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (at, form) = text.strip_prefix(KEPT_AT)?.split_once('&')?;
        let kept_at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some(Self { form: form.to_owned(), kept_at })
    }
}

/// A member who is signed in.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The session, as the row has it.
    pub session: Session,
    /// The member who is signed in.
    pub member: Member,
    /// When the member signed in before.
    pub former: Option<FormerSignIn>,
    /// How many factors the member holds, of whatever kind.
    pub factors: u32,
}

/// What a session's cookie is worth.
#[derive(Debug, Clone)]
pub enum Admission {
    /// The cookie is that of a session that is alive.
    In(Box<Visit>),
    /// Was signed in, and time ran out; the user ID, to be filled in again (D15).
    RunOut {
        /// The user ID in force.
        login: String,
        /// The member it was of.
        member: MemberId,
        /// The id it had.
        session: SessionId,
    },
    /// The cookie is that of no session.
    Out,
}

/// A visit of a member who showed a moment ago who they are (D11). Only [`Portal::fresh`] makes one, and every deed
/// that a forgotten screen must not do takes one: a handler cannot leave the question out.
#[derive(Debug, Clone)]
pub struct FreshVisit {
    visit: Visit,
}

impl FreshVisit {
    /// The visit as a fresh one, while its proofs are.
    pub(super) fn of(visit: &Visit, now: Timestamp) -> Option<Self> {
        session::is_fresh(&visit.session, now).then(|| Self { visit: visit.clone() })
    }

    /// The visit, without the promise that it is fresh.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }
}

/// An opened session, or one that is fresh again.
#[derive(Debug)]
pub struct Entered {
    /// The value of the cookie.
    pub token: Token,
    /// The value of the cookie by which this browser is known from now on (D27), where a session was opened.
    pub browser_cookie: Option<Token>,
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
    pub left: Option<Session>,
    /// The word of the page that was wanted: what was typed there before comes along.
    pub page: Option<&'a str>,
    /// The value of the cookie by which it is known already, where this request has made it known.
    pub known: Option<Token>,
}

impl Portal {
    /// Who comes with this cookie. Notes the visit at most once a minute.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`. Who is not signed in is [`Admission::Out`] or [`Admission::RunOut`].
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

    /// The same, at a moment that is given, and nothing is noted.
    pub(super) async fn admit(&self, tenant: &Tenant, token: &Token, now: Timestamp) -> Deed<Admission> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let Some(found) = store::look::at_visit(&mut tx, &token.digest()).await? else {
            return Ok(Admission::Out);
        };
        let VisitFacts { facts: SessionFacts { session, member }, former, devices } = found;
        if member.membership.bar(now).is_some() {
            return Ok(Admission::Out);
        }
        if !session::is_alive(&session, &tenant.policy.session, now) {
            let login = member.login.as_str().to_owned();
            return Ok(Admission::RunOut { login, member: member.id, session: session.id });
        }
        let is_fresh = session::is_fresh(&session, now);
        request::passed(member.id, if is_fresh { Gate::FreshSession } else { Gate::Session });
        let former = former.and_then(|(at, detail)| former_sign_in(at, &detail));
        let factors = devices + u32::from(member.holds_mail_code());
        Ok(Admission::In(Box::new(Visit { session, member, former, factors })))
    }

    /// Opens a session. What was typed before on the page that was wanted comes along, and the session that this browser
    /// had before ends (D29).
    pub(super) async fn open_session(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        entry: Entry,
        member: &Member,
        browser: &Arriving<'_>,
        now: Timestamp,
    ) -> Deed<Entered> {
        let Arriving { remember, device, left, page, known } = browser;
        let expires_at = session::expires_at(&tenant.policy.session, *remember, now);
        let id = SessionId::new(now, self.chance()?);
        let token = self.vault.token()?;
        let method = entry.factor();
        let digest = token.digest();
        let setup_secret = self.fresh_app_key(app_key::of_session(tenant, id))?;
        let new = NewSession {
            id,
            token: &digest,
            device,
            remember: *remember,
            expires_at,
            setup_secret: &setup_secret,
        };
        store::session::open(tx, entry, &new).await?;
        if let Some(left) = left {
            if let Some(page) = page {
                self.bring_form(tx, tenant, page, left, (id, member.id), now).await?;
            }
            if left.member == member.id && session::is_only_idle(left, &tenant.policy.session, now) {
                store::sso::service_sessions::carry_service_sessions(tx, left.id, id, expires_at).await?;
            }
            self.end_left(tx, tenant, left, now).await?;
        }
        let known = match known {
            Some(known) => known.clone(),
            None => self.remember_browser(tx, member.id, now).await?,
        };
        let event = Event::SessionOpened { session: id, method, device: (*device).to_owned() };
        self.note(tx, Some(member.id), event, now)?;
        let keep_seconds = session::cookie_seconds(*remember, expires_at, now);
        Ok(Entered {
            token,
            browser_cookie: Some(known),
            keep_seconds,
            back_to: None,
            language: member.language,
            too_slow: false,
        })
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
        if store::session::kept_form_page(tx, id).await?.as_deref().and_then(Route::of_back_word)
            != Some(app_key::PAGE)
        {
            let secret = self.fresh_app_key(app_key::of_session(tenant, id))?;
            store::session::renew_setup_secret(tx, id, &secret).await?;
        }
        if entry.proven_at().is_some() {
            self.note(tx, Some(entry.member()), Event::SessionFresh { session: id }, now)?;
        }
        let keep_seconds = session::cookie_seconds(session.remember, session.expires_at, now);
        let too_slow = entry.proven_at().is_none();
        Ok(Entered { token, browser_cookie: None, keep_seconds, back_to: None, language: None, too_slow })
    }

    /// Ends the session that a browser leaves behind by signing in anew, whoever's it was: its cookie is gone, and whoever
    /// has a copy of it finds nothing any more (D29).
    async fn end_left(&self, tx: &mut Write, tenant: &Tenant, left: &Session, now: Timestamp) -> Deed<()> {
        let was_alive = session::is_alive(left, &tenant.policy.session, now);
        if store::session::close(tx, left.id).await? && was_alive {
            // Whoever has the cookie of a session is in it.
            request::passed(left.member, Gate::Session);
            self.note(tx, Some(left.member), Event::SessionReplaced { session: left.id }, now)?;
        }
        Ok(())
    }

    /// Takes the form of a page along from the session that ran out in this browser, if it was the same member's. With the
    /// page of an authenticator app goes its key: it may be in the app already.
    async fn bring_form(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        page: &str,
        left: &Session,
        (new, member): (SessionId, MemberId),
        now: Timestamp,
    ) -> Deed<()> {
        if left.member != member || session::is_alive(left, &tenant.policy.session, now) {
            return Ok(());
        }
        let is_just_now = session::ended_just_now(left, &tenant.policy.session, now);
        let left = left.id;
        let Some(sealed) = store::session::kept_form(tx, left, page).await? else { return Ok(()) };
        let Some(form) = self.open_left(kept_form_place(tenant, left), &sealed) else { return Ok(()) };
        let sealed = self.vault.seal(kept_form_place(tenant, new), form.expose_secret())?;
        store::session::keep_form(tx, new, page, &sealed).await?;
        store::session::drop_kept_form(tx, left, page).await?;
        // A key that stood on a forgotten screen for hours is everybody's.
        if Route::of_back_word(page) == Some(app_key::PAGE)
            && is_just_now
            && let Some(sealed) = store::session::setup_secret(tx, left).await?
            && let Some(secret) = self.open_left(app_key::of_session(tenant, left), &sealed)
        {
            let sealed = self.vault.seal(app_key::of_session(tenant, new), secret.expose_secret())?;
            store::session::renew_setup_secret(tx, new, &sealed).await?;
        }
        Ok(())
    }

    /// A write in the name of a member who is signed in, and the member as they are now. Deeds of one member wait for
    /// each other here; a session that ended meanwhile changes nothing.
    pub(super) async fn write_as(&self, tenant: &Tenant, visit: &Visit) -> Deed<(Write, Member)> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::member::hold(&mut tx, visit.member.id).await?;
        match store::look::at_session_id(&mut tx, visit.session.id).await? {
            Some(SessionFacts { session, member })
                if session.ended_at.is_none() && member.membership.bar(self.clock.now()).is_none() =>
            {
                Ok((tx, member))
            }
            _ => Err(Stop::StartAgain),
        }
    }

    /// The same for the form of a page: what was kept of it is done with.
    pub(super) async fn write_from(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        page: Route,
    ) -> Deed<(Write, Member)> {
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        store::session::drop_kept_form(&mut tx, visit.session.id, &page.back_word().unwrap_or_default())
            .await?;
        Ok((tx, member))
    }

    /// Ends every session of the member but this one, and every attempt.
    pub(super) async fn end_all_but_session(
        &self,
        tx: &mut Write,
        visit: &Visit,
        now: Timestamp,
    ) -> Deed<()> {
        let member = visit.member.id;
        store::session::close_others(tx, member, visit.session.id).await?;
        store::attempt::close_others(tx, member, None).await?;
        self.note(tx, Some(member), Event::SignedOutEverywhere, now)?;
        Ok(())
    }

    /// What was kept, or nothing where it cannot be opened: nobody is kept out for the sake of what was typed.
    pub(super) fn open_left(&self, place: SealContext<'_>, sealed: &[u8]) -> Option<SecretSlice<u8>> {
        let opened = self.vault.open(place, sealed);
        if let Err(fault) = &opened {
            tracing::warn!(%fault, "What was kept of a form cannot be opened");
        }
        opened.ok()
    }
}

/// A sign-in of which the trail tells.
fn former_sign_in(at: Timestamp, detail: &str) -> Option<FormerSignIn> {
    let detail = serde_json::from_str(detail).unwrap_or_default();
    match Activity::of("session-opened", &detail)? {
        Activity::SignedIn { method, .. } => Some(FormerSignIn { at, method }),
        _ => None,
    }
}

/// Where the form of a session is sealed to.
pub(super) fn kept_form_place(tenant: &Tenant, session: SessionId) -> SealContext<'_> {
    SealContext { tenant: tenant.slug.as_str(), column: SealedColumn::SessionForm, row: session.uuid() }
}
