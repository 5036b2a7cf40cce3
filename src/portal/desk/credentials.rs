//! Credentials: what the desk undoes and gives out.

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{Desk, DeskDone, DeskRefusal, DeskStop, DueNotices, raise};
use crate::{
    domain::{
        audit::Event,
        desk::DeskDeed,
        epoch::CredentialChange,
        first_credential,
        member::{Member, OneTimeId},
        one_time::{self, OneTimePurpose},
        roster::CredentialNotice,
        tenant::{LostFactor, RosterEncoding},
    },
    portal::{
        erasure,
        issue::{ImportError, ImportRefusal, check_printable, draw_password, first_credentials_end},
        notices::{NoticesBatch, NoticesForm, NoticesPlace, NoticesTo},
    },
    store::{
        self, Write, desk, held,
        one_time::NewOneTime,
        password::{self, FirstKind},
    },
    world::random_bytes,
};

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
#[derive(Debug, Clone, Copy)]
pub struct Reverted {
    /// What became of the address.
    pub address: Address,
    /// Until when the new first credential opens first login.
    pub expires_at: Timestamp,
}

/// A code for a member who has lost the factor (D4). Shown once; the store keeps a keyed digest.
#[derive(Debug)]
pub struct DeskCode {
    /// The code, as it is read out.
    pub code: SecretString,
    /// Until when it works.
    pub expires_at: Timestamp,
}

impl Desk<'_> {
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
        notices: Option<NoticesTo<'_>>,
        address: Address,
    ) -> Result<DeskDone<Reverted>, DeskStop> {
        let expires_at = first_credentials_end(self.clock.now(), self.tenant).ok_or(ImportError::Time)?;
        let to = self.notices_place(notices)?;
        self.deed_with_notices(who, DeskDeed::Revert, async |tx, member, now| {
            let drawn = draw_password(self.rng)?;
            let digest =
                self.vault.first_digest(member.id, &first_credential::generated(drawn.expose_secret()));
            // Counters before attempts, as whoever counts a try.
            self.forget_counters(tx, member, now).await?;
            // Nothing goes on: whoever is in, or on the way in, may be the reason for it.
            let mut raised = raise(tx, member, CredentialChange::Revert).await?;
            password::issue_first(&mut raised, FirstKind::Generated, Some(&digest), now, expires_at, true)
                .await?;
            held::remove_all(&mut raised).await?;
            desk::undo_first_login(&mut raised, address == Address::Kept, now).await?;
            self.note(tx, member, &Event::CredentialReissued, now)?;
            let due = self.due(to, &[notice_of(member, drawn)], &[], expires_at)?;
            Ok((Reverted { address, expires_at }, Some(due)))
        })
        .await
    }

    /// Draws a code for a member who has lost the factor; an older one is dead with it. Who asks for it on the phone, and
    /// how the desk knows that it is the member, is the union's to settle. A change by the member at this moment comes
    /// first, and does not end the code that is read out next.
    ///
    /// # Errors
    /// [`DeskRefusal::NoDeskCodes`]; [`DeskRefusal::NotSignedIn`] where there is no factor to have lost yet;
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub async fn desk_code(&self, who: &str) -> Result<DeskDone<DeskCode>, DeskStop> {
        if self.tenant.policy.recovery.lost_factor != LostFactor::DeskCode {
            return Err(DeskRefusal::NoDeskCodes.into());
        }
        self.deed(who, DeskDeed::DeskCode, async |tx, member, now| {
            password::of_member(tx, member.id).await?.own.ok_or(DeskRefusal::NotSignedIn)?;
            let code = draw_password(self.rng)?;
            let expires_at = now.checked_add(one_time::DESK_CODE).map_err(|_| ImportError::Time)?;
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
            store::one_time::put(tx, &new, now).await?;
            Ok(DeskCode { code, expires_at })
        })
        .await
    }

    /// Forgets whatever is counted about the member: how many counters had counted something.
    pub(super) async fn forget_counters(
        &self,
        tx: &mut Write,
        member: &Member,
        now: Timestamp,
    ) -> Result<u64, ImportError> {
        Ok(erasure::forget_counters(self.vault, tx, member, now).await?)
    }

    /// Where notices are written. A dry run writes none, and need not be told where.
    pub(super) fn notices_place<'n>(
        &self,
        notices: Option<NoticesTo<'n>>,
    ) -> Result<NoticesTo<'n>, DeskRefusal> {
        let to = match notices {
            Some(to) => to,
            None if self.dry_run => {
                NoticesTo { place: NoticesPlace::Output(&|_| Ok(())), form: NoticesForm::Csv(None) }
            }
            None => return Err(DeskRefusal::NoticesNeeded),
        };
        to.check().map_err(|taken| DeskRefusal::Notices(ImportRefusal::NoticesTaken(taken)))?;
        Ok(to)
    }

    /// The notices of these credentials, to be written with the commit. `lines` are those of their rows, where a file was
    /// read. Of one member, whose name may be more than the union's CP932 can say, the table is UTF-8, unless an encoding
    /// was asked for; a whole file goes to a print house, and is never in another encoding than expected.
    pub(super) fn due<'n>(
        &self,
        to: NoticesTo<'n>,
        notices: &[CredentialNotice<'_>],
        lines: &[u32],
        expires_at: Timestamp,
    ) -> Result<DueNotices<'n>, DeskStop> {
        let (tenant, wording) = (self.tenant, self.wording);
        let batch =
            NoticesBatch { notices, last_day: first_credential::last_day(expires_at), tenant, wording };
        let is_one = lines.is_empty() && matches!(to.form, NoticesForm::Csv(None));
        let to = match check_printable(&batch, to.form, lines) {
            Err(_) if is_one => NoticesTo { form: NoticesForm::Csv(Some(RosterEncoding::Utf8)), ..to },
            checked => checked.map(|()| to).map_err(DeskRefusal::Notices)?,
        };
        let mut file = Zeroizing::new(Vec::new());
        batch.write(to.form, &mut *file).map_err(|_| ImportError::Letter)?;
        Ok(DueNotices { to, file, count: notices.len() as u64 })
    }
}

pub(super) fn notice_of(member: &Member, password: SecretString) -> CredentialNotice<'_> {
    CredentialNotice {
        number: &member.number,
        name: &member.name,
        login: first_credential::printed_login(member.login.as_str()),
        password,
    }
}
