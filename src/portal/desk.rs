//! Desk: what the union's staff look up and undo for one member.

use std::path::Path;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use tracing::info;

use super::{
    issue::{ImportError, ImportRefusal, Notices, draw_password, first_credentials_end, last_day},
    notices::{Partial, check as check_notices},
    recorded,
};
use crate::{
    domain::{
        activity::ActivityEntry,
        audit::{Event, doing::Doing},
        first_credential,
        lockout::{self, BIRTH_DATES_IN_ALL, CounterKind, TryVerdict},
        login_id::LoginId,
        member::{EventId, Member, MemberId, MemberNumber, OneTimeId},
        one_time::{self, OneTimePurpose},
        roster::{CredentialNotice, notice},
        tenant::{LostFactor, RosterEncoding, Tenant, TenantSlug},
        typed,
    },
    store::{
        self, Read, Store, Write, audit, desk,
        epoch::{self, CarriedOver},
        held, member,
        one_time::{NewOneTime, OneTime},
        passkey,
        password::{self, FirstCredential, FirstKind, MemberCredentials},
        terms, totp,
    },
    vault::Vault,
    world::{Clock, RandomSource, random_bytes},
};

/// What the union's desk can do about one member.
#[derive(Debug)]
pub struct Desk<'a> {
    /// Where members are remembered.
    pub store: &'a Store,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The random source.
    pub rng: &'a dyn RandomSource,
    /// The vault with the server's keys.
    pub vault: &'a Vault,
    /// The union whose desk it is.
    pub tenant: &'a Tenant,
    /// Who is at the desk, and why: the trail says it with every deed (D35).
    pub doing: &'a Doing,
}

/// An expected "no" of the desk's commands.
#[derive(Debug)]
pub enum DeskRefusal {
    /// Nobody has that user ID or number.
    NoSuchMember,
    /// It is one member's user ID and another one's number.
    Ambiguous,
    /// The union's file does not ask for codes of the desk.
    NoDeskCodes,
    /// A password is drawn, and nobody said where to write it.
    NoticesNeeded,
    /// The notices file cannot be written.
    Notices(ImportRefusal),
}

/// Why a deed stopped.
#[derive(Debug)]
pub enum DeskStop {
    /// An expected "no".
    Refused(DeskRefusal),
    /// An unexpected failure.
    Broken(ImportError),
}

impl<F: Into<ImportError>> From<F> for DeskStop {
    fn from(fault: F) -> Self {
        Self::Broken(fault.into())
    }
}

impl From<DeskRefusal> for DeskStop {
    fn from(refusal: DeskRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Everything the desk may see about a member. No secret is in it.
#[derive(Debug)]
pub struct MemberCard {
    /// The member the card is about.
    pub member: Member,
    /// The first credential, while it has not been replaced.
    pub first: Option<FirstCredential>,
    /// When the member's own password was set.
    pub password_set_at: Option<Timestamp>,
    /// Whether the terms in force were accepted.
    pub terms_accepted: bool,
    /// When each authenticator app was set up.
    pub apps: Vec<Timestamp>,
    /// When each passkey was registered.
    pub passkeys: Vec<Timestamp>,
    /// How many sessions are alive.
    pub sessions: u32,
    /// Whether a try would be verified, for everything that is counted about the member.
    pub verdicts: Vec<(CounterKind, TryVerdict)>,
    /// The code for a lost factor that the desk gave out last, used up or not, while its day is not over.
    pub desk_code: Option<OneTime>,
    /// What happened lately, newest first.
    pub lately: Vec<ActivityEntry>,
    /// The moment all this is true for.
    pub now: Timestamp,
}

impl MemberCard {
    /// Whether the birth date is closed until the desk helps.
    pub fn birth_date_closed(&self) -> bool {
        self.member.birth_date_misses >= BIRTH_DATES_IN_ALL
    }

    /// The verdict on a try of one kind.
    pub fn verdict(&self, kind: CounterKind) -> Option<TryVerdict> {
        self.verdicts.iter().find(|(of, _)| *of == kind).map(|(_, verdict)| *verdict)
    }
}

/// What becomes of the mail address of a member whose activation is undone (D25). One that waits for its confirmation
/// goes in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// It goes: it may be another's. The roster may bring one back before activation.
    Dropped,
    /// It stays: the desk knows that it is the member's.
    Kept,
}

/// A member whose activation was undone.
#[derive(Debug)]
pub struct Reverted {
    /// The member, as before.
    pub member: Member,
    /// What became of the address.
    pub address: Address,
    /// Until when the new first credential opens first login.
    pub expires_at: Timestamp,
    /// What became of the notices file.
    pub notices: Notices,
}

/// A code for a member who has lost the factor (D4). Shown once; the store keeps a keyed digest.
#[derive(Debug)]
pub struct DeskCode {
    /// The member the code is for.
    pub member: Member,
    /// The code, as it is read out.
    pub code: SecretString,
    /// Until when it works.
    pub expires_at: Timestamp,
}

impl Desk<'_> {
    /// Shows a member, by user ID or 記号-番号[-枝番]. The trail says that it was done: nobody looks without a trace (M6).
    ///
    /// # Errors
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub async fn show(&self, who: &str) -> Result<MemberCard, DeskStop> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        let member = find(&mut tx, who).await?;
        let id = member.id;
        let mut verdicts = Vec::new();
        for kind in CounterKind::ALL {
            let Some(subject) = self.vault.guard_subject_about(kind.about(), &member, now) else { continue };
            let ladder = kind.ladder(&self.tenant.policy.lockout);
            let counters = store::lockout::counters_about(&mut tx, &subject, *kind, now).await?;
            // Of several browsers or networks, the one that is worst off.
            let verdicts_of = counters.into_iter().map(|counter| lockout::judge(counter, ladder, now));
            let worst = verdicts_of.max_by_key(|verdict| match verdict {
                TryVerdict::Open(_) => (0, None),
                TryVerdict::Wait => (1, None),
                TryVerdict::Paused(until) => (2, Some(*until)),
                TryVerdict::Off(_) => (3, None),
            });
            verdicts.extend(worst.map(|verdict| (*kind, verdict)));
        }
        let desk_code = store::one_time::newest(&mut tx, id, OneTimePurpose::DeskCode, None).await?;
        let MemberCredentials { own, first } = password::of_member(&mut tx, id).await?;
        self.note(&mut tx, &member, &Event::MemberShown, now)?;
        let card = MemberCard {
            first,
            password_set_at: own.map(|own| own.set_at),
            terms_accepted: terms::is_accepted(&mut tx, id, &self.tenant.terms.version).await?,
            apps: totp::of_member(&mut tx, id).await?.iter().map(|device| device.created_at).collect(),
            passkeys: passkey::of_member(&mut tx, id).await?.iter().map(|kept| kept.created_at).collect(),
            sessions: desk::sessions(&mut tx, id, now).await?,
            verdicts,
            desk_code: desk_code.filter(|code| now < code.expires_at),
            lately: recorded::of_member(&mut tx, id).await?,
            member,
            now,
        };
        tx.commit().await?;
        Ok(card)
    }

    /// Forgets whatever is counted about the member: wrong passwords, codes and birth dates, letters of the hour, and the
    /// tries at a code of the desk.
    ///
    /// # Errors
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub async fn unlock(&self, who: &str) -> Result<Member, DeskStop> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        let id = find(&mut tx, who).await?.id;
        // In the order of every deed: the member, then the counters.
        member::hold(&mut tx, id).await?;
        let member = find(&mut tx, who).await?;
        self.forget_counters(&mut tx, &member, now).await?;
        member::forget_birth_date_misses(&mut tx, member.id).await?;
        store::one_time::forget_misses(&mut tx, member.id, OneTimePurpose::DeskCode).await?;
        self.note(&mut tx, &member, &Event::MemberUnlocked, now)?;
        tx.commit().await?;
        info!(tenant = %self.tenant.slug, member.id = %member.id, "The desk unlocked a member");
        Ok(member)
    }

    /// Undoes an activation (D3, D25): password, factors, sessions, attempts and counters go, and with them the address,
    /// unless `address` says that it is the member's; a new drawn first credential — never a derived one — is printed
    /// to `notices`, and is the only way in until it is replaced.
    ///
    /// # Errors
    /// - [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`], [`DeskRefusal::NoticesNeeded`],
    ///   [`DeskRefusal::Notices`].
    /// - [`ImportError::Busy`] when the member was changing something at this moment, [`ImportError::Unsure`] when
    ///   the database did not say whether it happened.
    pub async fn revert(
        &self,
        who: &str,
        notices: Option<&Path>,
        address: Address,
    ) -> Result<Reverted, DeskStop> {
        let now = self.clock.now();
        let expires_at = first_credentials_end(now, self.tenant).ok_or(ImportError::Time)?;
        let path = notices.ok_or(DeskRefusal::NoticesNeeded)?;
        check_notices(path).map_err(|taken| DeskRefusal::Notices(ImportRefusal::NoticesTaken(taken)))?;
        let drawn = draw_password(self.rng)?;

        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        let id = find(&mut tx, who).await?.id;
        // What the member is doing at this moment is done first, or finds everything gone.
        store::member::hold(&mut tx, id).await?;
        let member = find(&mut tx, who).await?;
        let digest = self.vault.first_digest(id, &first_credential::generated(drawn.expose_secret()));
        // Counters before attempts, as whoever counts a try.
        self.forget_counters(&mut tx, &member, now).await?;
        // Nothing goes on: whoever is in, or on the way in, may be the reason for it.
        let raised = epoch::raise(&mut tx, &member, &CarriedOver::default()).await?;
        let mut raised = raised.ok_or(ImportError::Busy)?;
        password::issue_first(&mut raised, FirstKind::Generated, Some(&digest), now, expires_at).await?;
        held::remove_all(&mut raised).await?;
        desk::undo_first_login(&mut raised, address == Address::Kept, now).await?;
        self.note(&mut tx, &member, &Event::MemberReverted, now)?;
        self.note(&mut tx, &member, &Event::CredentialReissued, now)?;

        let notice = CredentialNotice {
            number: &member.number,
            name: &member.name,
            login: member.login.as_str().to_owned(),
            password: drawn,
        };
        // A name kept from a roster in UTF-8 may be more than CP932 can say: then the notice is UTF-8, too.
        let notice = [notice];
        let file = notice::file(&notice, last_day(expires_at), self.tenant.import.encoding)
            .or_else(|_| notice::file(&notice, last_day(expires_at), RosterEncoding::Utf8))
            .map_err(|_| DeskRefusal::Notices(ImportRefusal::Unprintable { line: 1 }))?;
        let partial = Partial::write(path, &file)
            .map_err(|source| ImportError::Notices { path: path.to_owned(), source })?;
        match tx.commit().await {
            Ok(()) => {}
            Err(store::StoreError::Unsure(_)) => {
                return Err(ImportError::Unsure { notices: Some(partial.keep()) }.into());
            }
            // Nothing happened: the notice goes with it.
            Err(fault) => return Err(fault.into()),
        }
        let notices = match partial.name() {
            Ok(path) => Notices::Written(1, path),
            Err(path) => Notices::Unnamed(1, path),
        };
        info!(tenant = %self.tenant.slug, member.id = %member.id, "The desk undid an activation");
        Ok(Reverted { member, address, expires_at, notices })
    }

    /// Draws a code for a member who has lost the factor; an older one is dead with it. Who asks for it on the phone, and
    /// how the desk knows that it is the member, is the union's to settle.
    ///
    /// # Errors
    /// [`DeskRefusal::NoDeskCodes`], [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub async fn desk_code(&self, who: &str) -> Result<DeskCode, DeskStop> {
        let now = self.clock.now();
        if self.tenant.policy.recovery.lost_factor != LostFactor::DeskCode {
            return Err(DeskRefusal::NoDeskCodes.into());
        }
        let code = draw_password(self.rng)?;
        let expires_at = now.checked_add(one_time::DESK_CODE).map_err(|_| ImportError::Time)?;
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        let member = find(&mut tx, who).await?;
        // A change by the member at this moment comes first, and does not end the code that is read out next.
        member::hold(&mut tx, member.id).await?;
        let member = find(&mut tx, who).await?;
        let id = OneTimeId::new(now, random_bytes(self.rng)?);
        let digest = self.vault.code_digest(OneTimePurpose::DeskCode, id, code.expose_secret());
        let new = NewOneTime {
            id,
            purpose: OneTimePurpose::DeskCode,
            member: member.id,
            bound_to: None,
            link: None,
            code: Some(&digest),
            address: None,
            expires_at,
            epoch: member.epoch,
        };
        store::one_time::put(&mut tx, &new, now).await?;
        self.note(&mut tx, &member, &Event::DeskCodeIssued, now)?;
        tx.commit().await?;
        info!(tenant = %self.tenant.slug, member.id = %member.id, "The desk gave out a code for a lost factor");
        Ok(DeskCode { member, code, expires_at })
    }

    /// Every kind there is: a counter that the desk cannot end would be one nobody can.
    async fn forget_counters(
        &self,
        tx: &mut Write,
        member: &Member,
        now: Timestamp,
    ) -> Result<(), ImportError> {
        for kind in CounterKind::ALL {
            if let Some(subject) = self.vault.guard_subject_about(kind.about(), member, now) {
                store::lockout::forget(tx, &subject, *kind, now).await?;
            }
        }
        Ok(())
    }

    fn note(
        &self,
        tx: &mut Write,
        member: &Member,
        event: &Event,
        now: Timestamp,
    ) -> Result<(), ImportError> {
        let id = EventId::new(now, random_bytes(self.rng)?);
        audit::note(tx, id, Some(member.id), event, self.doing.clone(), now);
        Ok(())
    }
}

/// The member of that user ID or number, for what is asked about one without a desk. [`find`] says how.
///
/// # Errors
/// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
pub async fn member_of(store: &Store, tenant: &TenantSlug, who: &str) -> Result<MemberId, DeskStop> {
    let mut tx = store.tenant(tenant).read().await?;
    Ok(find(&mut tx, who).await?.id)
}

/// The member of that user ID or number. A text that is both, of two members, finds nobody: the desk must not undo
/// the wrong one's activation.
async fn find(tx: &mut Read, who: &str) -> Result<Member, DeskStop> {
    let by_login = member::by_login(tx, &LoginId::typed(who)).await?;
    let by_number = match number(who) {
        Some(number) => member::by_number(tx, &number).await?,
        None => None,
    };
    match (by_login, by_number) {
        (Some(one), Some(other)) if one.id != other.id => Err(DeskRefusal::Ambiguous.into()),
        (Some(member), _) | (None, Some(member)) => Ok(member),
        (None, None) => Err(DeskRefusal::NoSuchMember.into()),
    }
}

/// 記号-番号 or 記号-番号-枝番, in any width. A 記号 may have hyphens itself: then the branch has to be there.
fn number(text: &str) -> Option<MemberNumber> {
    let folded: String = typed::fold(text).chars().map(typed::dash).collect();
    let parts: Vec<&str> = folded.split('-').collect();
    match parts.as_slice() {
        [kigo, bango] => MemberNumber::parse(kigo, bango, ""),
        [kigo @ .., bango, branch] if !kigo.is_empty() => MemberNumber::parse(&kigo.concat(), bango, branch),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_two_or_three_parts() {
        assert_eq!(number("12-3456789").unwrap().key(), "12-3456789-0");
        assert_eq!(number("１２－３４５６７８９－０１").unwrap().key(), "12-3456789-1");
        assert_eq!(number("-3456789").unwrap().key(), "-3456789-0");
        assert_eq!(number("健-12-3456789-00").unwrap().key(), "健12-3456789-0");
        for bad in ["hanako01", "12-"] {
            assert!(number(bad).is_none(), "{bad}");
        }
    }
}
