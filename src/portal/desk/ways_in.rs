//! Ways in: what the desk replaces and ends of how a member gets in, and the member who never needed one.

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;

use super::{
    Desk, DeskDone, DeskRefusal, DeskStop, credentials::notice_of, held_member, no_undo_runs, raise,
    union_is_open,
};
use crate::{
    domain::{
        audit::Event,
        desk::DeskDeed,
        epoch::CredentialChange,
        first_credential,
        member::{EmailAddress, Member},
        roster,
    },
    portal::{
        erasure,
        issue::{ImportError, ImportRefusal, Notices, draw_password, first_credentials_end},
        notices::NoticesTo,
    },
    store::{
        Write, desk, held, member,
        password::{self, FirstKind},
        session::{self, ListedSession},
    },
    world::today_in_japan,
};

/// Within this time after factors were taken away there is nothing gained by giving the password 14 days anew.
const WAITS_ANEW: SignedDuration = SignedDuration::from_hours(24);

/// Most members of a file whose passwords are issued anew at once: one transaction.
const AT_ONCE: usize = 1_000;

/// A first password that was issued anew.
#[derive(Debug, Clone, Copy)]
pub struct Reissued {
    /// Until when it opens first login.
    pub expires_at: Timestamp,
}

/// What became of the members of a file.
#[derive(Debug)]
pub struct ReissuedFile {
    /// How many got a new first password.
    pub reissued: u64,
    /// How many have a password of their own and keep it.
    pub signed_in: u64,
    /// The lines of the file whose numbers are nobody's now, in its order.
    pub unknown: Vec<u32>,
    /// What became of the notices file.
    pub notices: Notices,
    /// Whether nothing was changed.
    pub dry_run: bool,
}

impl Desk<'_> {
    /// Takes every factor of the member away: after the next password another one is set up. The password may wait for it
    /// as long as a new one may (D2).
    ///
    /// # Errors
    /// [`DeskRefusal::NotSignedIn`], [`DeskRefusal::NothingLeft`], [`DeskRefusal::NoSuchMember`],
    /// [`DeskRefusal::Ambiguous`].
    pub async fn reset_factor(&self, who: &str) -> Result<DeskDone<()>, DeskStop> {
        self.deed(who, DeskDeed::ResetFactor, async |tx, member, now| {
            let own = password::of_member(tx, member.id).await?.own.ok_or(DeskRefusal::NotSignedIn)?;
            let waits_anew = !own.is_ended && now.duration_since(own.factorless_from) < WAITS_ANEW;
            let counted = self.forget_counters(tx, member, now).await? > 0;
            let mut raised = raise(tx, member, CredentialChange::ResetFactor).await?;
            let removed = held::remove_all(&mut raised).await? > 0;
            let was_mailed = member::drop_mail_code(&mut raised).await?;
            if waits_anew && !(counted || removed || was_mailed) {
                return Err(DeskRefusal::NothingLeft(DeskDeed::ResetFactor).into());
            }
            if !password::wait_for_factor(&mut raised, now).await? {
                return Err(DeskRefusal::NotSignedIn.into());
            }
            Ok(())
        })
        .await
    }

    /// Replaces the member's mail address; both addresses are told. The address as it was read.
    ///
    /// # Errors
    /// [`DeskRefusal::NoAddress`], [`DeskRefusal::AddressTaken`], [`DeskRefusal::NothingLeft`],
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub async fn set_email(&self, who: &str, typed: &str) -> Result<DeskDone<EmailAddress>, DeskStop> {
        let email = EmailAddress::read(typed).map_err(|_| DeskRefusal::NoAddress)?;
        let unique = self.tenant.policy.email.unique;
        let done = self.deed(who, DeskDeed::SetEmail, async |tx, member, now| {
            if member.email.as_ref() == Some(&email) && member.email_pending.is_none() {
                return Err(DeskRefusal::NothingLeft(DeskDeed::SetEmail).into());
            }
            if unique && member::email_is_taken(tx, &email, member.id).await? {
                return Err(DeskRefusal::AddressTaken.into());
            }
            let mut raised = raise(tx, member, CredentialChange::SetEmail).await?;
            if !desk::set_email(&mut raised, &email, unique, now).await? {
                return Err(DeskRefusal::AddressTaken.into());
            }
            if member.email.as_ref().is_none_or(|former| former.key() != email.key()) {
                self.tell(tx, member, &email, DeskDeed::SetEmail, now).await?;
            }
            Ok(email)
        });
        let mut done = done.await?;
        done.told = true;
        Ok(done)
    }

    /// Lists the member's sessions. The trail says that it was done (M6).
    ///
    /// # Errors
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub async fn sessions(&self, who: &str) -> Result<(Member, Vec<ListedSession>), DeskStop> {
        let now = self.clock.now();
        let id = self.one(who).await?;
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        let member = member::by_id(&mut tx, id).await?.ok_or(DeskRefusal::NoSuchMember)?;
        let sessions = session::of_member(&mut tx, id).await?;
        self.note(&mut tx, &member, &Event::MemberShown, now)?;
        tx.commit().await?;
        Ok((member, sessions))
    }

    /// Signs the member out everywhere, and ends whatever else is in flight. How many sessions there were.
    ///
    /// # Errors
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub async fn end_sessions(&self, who: &str) -> Result<DeskDone<usize>, DeskStop> {
        self.deed(who, DeskDeed::EndSessions, async |tx, member, _| {
            let sessions = session::of_member(tx, member.id).await?.len();
            raise(tx, member, CredentialChange::EndSessions).await?;
            Ok(sessions)
        })
        .await
    }

    /// Issues a new first password to a member who has none of their own yet, in place of the one that was lost.
    ///
    /// # Errors
    /// - [`DeskRefusal::HasSignedIn`], [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`],
    ///   [`DeskRefusal::NoticesNeeded`], [`DeskRefusal::Notices`].
    /// - [`ImportError::Unsure`] when the database did not say whether it happened.
    pub async fn reissue(
        &self,
        who: &str,
        notices: Option<NoticesTo<'_>>,
    ) -> Result<DeskDone<Reissued>, DeskStop> {
        let to = self.notices_place(notices)?;
        let expires_at = first_credentials_end(self.clock.now(), self.tenant).ok_or(ImportError::Time)?;
        self.deed_with_notices(who, DeskDeed::Reissue, async |tx, member, now| {
            let drawn = draw_password(self.rng)?;
            if !self.issue_anew(tx, member, drawn.expose_secret(), now, expires_at).await? {
                return Err(DeskRefusal::HasSignedIn.into());
            }
            let due = self.due(to, &[notice_of(member, drawn)], &[], expires_at)?;
            Ok((Reissued { expires_at }, Some(due)))
        })
        .await
    }

    /// The same for every member of a roster file who has no password of their own yet: all of them or nobody.
    ///
    /// # Errors
    /// - [`DeskRefusal::TooMany`], [`DeskRefusal::NoticesNeeded`], [`DeskRefusal::Notices`] for a file that cannot be
    ///   read as well.
    /// - [`ImportError::Unsure`] when the database did not say whether it happened.
    pub async fn reissue_file(
        &self,
        roster: &[u8],
        notices: Option<NoticesTo<'_>>,
    ) -> Result<ReissuedFile, DeskStop> {
        let to = self.notices_place(notices)?;
        let now = self.clock.now();
        let expires_at = first_credentials_end(now, self.tenant).ok_or(ImportError::Time)?;
        let refused = DeskRefusal::Notices;
        let read = roster::read(roster, &self.tenant.import, today_in_japan(now), |_, _| {})
            .map_err(|flaw| refused(ImportRefusal::File(flaw)))?;
        if !read.bad.is_empty() {
            return Err(refused(ImportRefusal::Rows(read.bad)).into());
        }
        if read.rows.len() > AT_ONCE {
            return Err(DeskRefusal::TooMany(AT_ONCE).into());
        }
        let (mut signed_in, mut unknown) = (0, Vec::new());
        let (mut issued, mut passwords, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        let mut found = Vec::new();
        for row in &read.rows {
            match member::by_number(&mut tx, &row.number).await? {
                Some(member) => found.push((row, member.id)),
                None => unknown.push(row.line),
            }
        }
        member::hold_all(&mut tx, found.iter().map(|(_, id)| *id)).await?;
        no_undo_runs(&mut tx).await?;
        for (row, id) in found {
            // Another deed may have come first: moved, merged or erased the member.
            let held = member::by_id(&mut tx, id).await?;
            let member =
                held.filter(|held| held.number.key() == row.number.key()).ok_or(ImportError::Busy)?;
            let drawn = draw_password(self.rng)?;
            if self.issue_anew(&mut tx, &member, drawn.expose_secret(), now, expires_at).await? {
                self.settle(&mut tx, &member, DeskDeed::Reissue, now).await?;
                issued.push(member);
                passwords.push(drawn);
                lines.push(row.line);
            } else {
                signed_in += 1;
            }
        }
        let reissued = issued.len() as u64;
        let about: Vec<&Member> = issued.iter().collect();
        let printed: Vec<_> =
            issued.iter().zip(passwords).map(|(member, drawn)| notice_of(member, drawn)).collect();
        let due = match reissued {
            0 => None,
            _ => Some(self.due(to, &printed, &lines, expires_at)?),
        };
        let notices = self.finish(tx, &about, due, now).await?;
        tracing::info!(
            tenant = %self.tenant.slug,
            reissued,
            signed_in,
            unknown = unknown.len(),
            "First passwords were issued anew"
        );
        Ok(ReissuedFile { reissued, signed_in, unknown, notices, dry_run: self.dry_run })
    }

    /// Erases a member who never signed in: somebody who should not stand on the roster. The trail keeps the id.
    ///
    /// # Errors
    /// [`DeskRefusal::HasSignedIn`], [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub async fn delete(&self, who: &str) -> Result<Member, DeskStop> {
        let now = self.clock.now();
        let id = self.one(who).await?;
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        member::hold(&mut tx, id).await?;
        let member = held_member(&mut tx, id, now).await?;
        let begun = desk::begun(&mut tx, id).await?.ok_or(DeskRefusal::NoSuchMember)?;
        if begun.is_under_way || begun.has_agreed {
            drop(tx);
            return Err(self.refused(&member, DeskRefusal::HasSignedIn).await);
        }
        erasure::erase(self.vault, &mut tx, &member, now).await?;
        self.note(&mut tx, &member, &Event::MemberDeleted, now)?;
        self.finish(tx, &[&member], None, now).await?;
        Ok(member)
    }

    /// Issues a first password to a member who has no password of their own. `false` to one who has.
    async fn issue_anew(
        &self,
        tx: &mut Write,
        member: &Member,
        drawn: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, DeskStop> {
        union_is_open(member, now)?;
        if password::of_member(tx, member.id).await?.own.is_some() {
            return Ok(false);
        }
        let digest = self.vault.first_digest(member.id, &first_credential::generated(drawn));
        self.forget_counters(tx, member, now).await?;
        let mut raised = raise(tx, member, CredentialChange::Reissue).await?;
        password::issue_first(&mut raised, FirstKind::Generated, Some(&digest), now, expires_at, false)
            .await?;
        Ok(true)
    }
}
