//! Passkeys: making one, showing one, and what is refused (D1, D10, D11; group C of the threats).
//!
//! Every ceremony has two halves, and the browser's sheet between them. The question is remembered under its
//! challenge, sealed, for five minutes, for one purpose and one browser; the answer ends it whether it is right or
//! wrong, in a transaction of its own, and only then is it looked at. So no answer is verified twice.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Deed, Fault, Field, Portal, Stop, finish::NewFactor};
use crate::{
    domain::{
        audit::Event,
        device_name,
        epoch::Epoch,
        letter::Letter,
        member::{DeviceId, Member, MemberId},
        passkey::{self, CEREMONY, CeremonyPurpose, PasskeyFlaw, Provider, backup_fits, counter_follows},
        refusal::Refusal,
        tenant::{Language, Method, Tenant},
    },
    store::{self, epoch::EpochChange, passkey::NewCeremony},
    vault::{SealContext, SealedColumn},
    wording::Words,
    world::random_bytes,
};

pub mod alone;
pub mod on_the_way;
pub mod relying_party;
pub mod signed_in;

pub use crate::store::passkey::PasskeyRow;

use relying_party::{
    CeremonyRequest, FailedCheck, Hints, Made, MadeAnswer, RelyingParty, ShownAnswer, VerifiedAssertion,
};

/// What a page offers after a passkey was made.
#[derive(Debug)]
pub struct NewPasskey {
    /// The browser's answer, as its script wrote it.
    pub credential: String,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub everywhere: bool,
    /// Coarse device of the browser: for the session list, and for proposing a name.
    pub browser: String,
    /// The language the name is proposed in.
    pub language: Language,
}

/// Which passkeys the portal knows of a member, and by what name: a browser stops offering the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedPasskeys {
    /// The relying-party ID.
    pub rp_id: String,
    /// The user handle, base64url.
    pub user_id: String,
    /// The user ID, as authenticators show it.
    pub name: String,
    /// The credential ids, base64url.
    pub credential_ids: Vec<String>,
}

impl AcceptedPasskeys {
    pub(super) fn of<'i>(
        tenant: &Tenant,
        member: &Member,
        handle: Uuid,
        credential_ids: impl Iterator<Item = &'i [u8]>,
    ) -> Self {
        Self {
            rp_id: tenant.rp_id.clone(),
            user_id: BASE64URL_NOPAD.encode(handle.as_bytes()),
            name: member.login.as_str().to_owned(),
            credential_ids: credential_ids.map(|id| BASE64URL_NOPAD.encode(id)).collect(),
        }
    }
}

/// No to a passkey, and which one it was, where that is known.
struct PasskeyRefused {
    why: FailedCheck,
    of: Option<Box<PasskeyRow>>,
}

impl PasskeyRefused {
    fn because(why: FailedCheck) -> Self {
        Self { why, of: None }
    }

    fn about(mut self, kept: PasskeyRow) -> Self {
        self.of = Some(Box::new(kept));
        self
    }
}

/// A refusal of a passkey, as every page shows it.
fn refused(flaw: PasskeyFlaw) -> Stop {
    Stop::refuse(Field::Passkey, Refusal::Passkey(flaw))
}

/// The two halves of every ceremony.
impl Portal {
    /// The member's passkeys, the last used one first.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn passkeys_of(&self, tenant: &Tenant, member: MemberId) -> Deed<Vec<PasskeyRow>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::passkey::of_member(&mut tx, member).await?)
    }

    async fn ask_to_make(
        &self,
        tenant: &Tenant,
        member: &Member,
        purpose: CeremonyPurpose,
        bound_to: &[u8],
        now: Timestamp,
    ) -> Deed<Value> {
        if !tenant.policy.offers(Method::Passkey) {
            return Err(Stop::NotNow);
        }
        let fresh = uuid::Builder::from_random_bytes(random_bytes(self.rng.as_ref())?).into_uuid();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let owner = store::passkey::give_user_handle(&mut tx, member.id, fresh).await?;
        let held = store::passkey::of_member(&mut tx, member.id).await?;
        tx.commit().await?;
        // A first one takes the place of all others, if there are any: those of a member who lost them (D4).
        if purpose != CeremonyPurpose::SetUp && held.len() >= passkey::MOST {
            return Err(refused(PasskeyFlaw::TooMany));
        }
        let owner = owner.ok_or(Stop::StartAgain)?;
        let held = held.into_iter().map(|kept| kept.credential_id).collect();
        let asked =
            RelyingParty::of(tenant, &self.public)?.ask_to_make(owner, member.login.as_str(), held)?;
        let of = Some((member.id, member.epoch));
        self.begin(tenant, purpose, bound_to, of, asked, now).await
    }

    async fn ask_to_show(
        &self,
        tenant: &Tenant,
        member: &Member,
        purpose: CeremonyPurpose,
        bound_to: &[u8],
        now: Timestamp,
    ) -> Deed<Value> {
        let held = self.passkeys_of(tenant, member.id).await?;
        if held.is_empty() {
            return Err(Stop::NotNow);
        }
        let held: Vec<_> = held.iter().map(|kept| self.open_kept(tenant, kept)).collect::<Result<_, _>>()?;
        let asked = RelyingParty::of(tenant, &self.public)?.ask_to_show(&held)?;
        let of = Some((member.id, member.epoch));
        self.begin(tenant, purpose, bound_to, of, asked, now).await
    }

    /// Remembers a question, to a member as they were seen or to nobody yet.
    async fn begin(
        &self,
        tenant: &Tenant,
        purpose: CeremonyPurpose,
        bound_to: &[u8],
        of: Option<(MemberId, Epoch)>,
        asked: CeremonyRequest,
        now: Timestamp,
    ) -> Deed<Value> {
        let challenge = digest(&asked.challenge);
        let state = self.vault.seal(state_place(tenant, &challenge), &asked.state)?;
        let expires_at = now.checked_add(CEREMONY).unwrap_or(now);
        let new = NewCeremony { challenge: &challenge, purpose, bound_to, state: &state, expires_at, of };
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::passkey::begin(&mut tx, &new).await?;
        tx.commit().await?;
        Ok(asked.options)
    }

    /// Ends the ceremony an answer belongs to, for good, and hands over what the library wants back.
    async fn end(
        &self,
        tenant: &Tenant,
        purpose: CeremonyPurpose,
        bound_to: &[u8],
        challenge: &[u8],
        now: Timestamp,
    ) -> Deed<Result<Vec<u8>, PasskeyRefused>> {
        use secrecy::ExposeSecret as _;
        let challenge = digest(challenge);
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let state = store::passkey::end(&mut tx, &challenge, purpose, bound_to, now).await?;
        tx.commit().await?;
        let Some(state) = state else { return Ok(Err(PasskeyRefused::because(FailedCheck::Ceremony))) };
        Ok(Ok(self.vault.open(state_place(tenant, &challenge), &state)?.expose_secret().to_vec()))
    }

    async fn take_made(
        &self,
        tenant: &Tenant,
        member: MemberId,
        purpose: CeremonyPurpose,
        bound_to: &[u8],
        offer: &NewPasskey,
        now: Timestamp,
    ) -> Deed<(Made, Hints)> {
        if offer.credential.is_empty() {
            return Err(refused(PasskeyFlaw::Unsupported));
        }
        let judged = match MadeAnswer::parse(&offer.credential) {
            Err(why) => Err(PasskeyRefused::because(why)),
            Ok(answer) => match self.end(tenant, purpose, bound_to, &answer.client.challenge, now).await? {
                // A second press on the button, say: the first one was taken.
                Err(_) if self.is_held(tenant, member, answer.credential_id()).await? => {
                    Err(PasskeyRefused::because(FailedCheck::Taken))
                }
                Err(no) => Err(no),
                Ok(state) => match RelyingParty::of(tenant, &self.public)?.judge_made(&answer, &state) {
                    Ok(made) => Ok((made, answer.hints)),
                    // The library says the same of an algorithm nobody asked for and of a passkey that was excluded.
                    Err(FailedCheck::Algorithm)
                        if self.is_held(tenant, member, answer.credential_id()).await? =>
                    {
                        Err(PasskeyRefused::because(FailedCheck::Taken))
                    }
                    Err(why) => Err(PasskeyRefused::because(why)),
                },
            },
        };
        match judged {
            Ok(made) => Ok(made),
            Err(no) => Err(self.say_no(tenant, Some(member), purpose, no, now).await),
        }
    }

    async fn is_held(&self, tenant: &Tenant, member: MemberId, credential_id: &[u8]) -> Deed<bool> {
        let held = self.passkeys_of(tenant, member).await?;
        Ok(held.iter().any(|kept| kept.credential_id == credential_id))
    }

    /// Takes a passkey that was shown: one of the owner's, or anybody's where nobody has said yet who they are.
    async fn take_shown(
        &self,
        tenant: &Tenant,
        owner: Option<MemberId>,
        purpose: CeremonyPurpose,
        bound_to: &[u8],
        credential: &str,
        now: Timestamp,
    ) -> Deed<(PasskeyRow, VerifiedAssertion)> {
        if credential.is_empty() {
            return Err(refused(PasskeyFlaw::Unsupported));
        }
        match self.judge_shown(tenant, owner, purpose, bound_to, credential, now).await? {
            Ok(shown) => Ok(shown),
            Err(no) => {
                let member = owner.or(no.of.as_ref().map(|kept| kept.member));
                Err(self.stop_at(tenant, member, purpose, no, now).await)
            }
        }
    }

    async fn judge_shown(
        &self,
        tenant: &Tenant,
        owner: Option<MemberId>,
        purpose: CeremonyPurpose,
        bound_to: &[u8],
        credential: &str,
        now: Timestamp,
    ) -> Deed<Result<(PasskeyRow, VerifiedAssertion), PasskeyRefused>> {
        let answer = match ShownAnswer::parse(credential) {
            Ok(answer) => answer,
            Err(why) => return Ok(Err(PasskeyRefused::because(why))),
        };
        let state = match self.end(tenant, purpose, bound_to, &answer.client.challenge, now).await? {
            Ok(state) => state,
            Err(no) => return Ok(Err(no)),
        };
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let kept = store::passkey::by_credential_id(&mut tx, answer.credential_id()).await?;
        drop(tx);
        let Some((kept, handle)) = kept else {
            return Ok(Err(PasskeyRefused::because(FailedCheck::Unknown)));
        };
        // Another member's passkey, or one that says it is another's (WA §7.2, step 6; C6).
        if owner.is_some_and(|owner| owner != kept.member) {
            return Ok(Err(PasskeyRefused::because(FailedCheck::Owner)));
        }
        if !owner_fits(&answer, handle, owner.is_none()) {
            return Ok(Err(PasskeyRefused::because(FailedCheck::Owner).about(kept)));
        }
        let party = RelyingParty::of(tenant, &self.public)?;
        let judged = match owner {
            Some(_) => party.judge_shown(&answer, &state),
            None => party.judge_any(&answer, &state, &self.open_kept(tenant, &kept)?),
        };
        Ok(sound(kept, judged))
    }

    /// Writes a refusal into the trail; for a counter that went backwards the member is told by letter as well (C8).
    async fn stop_at(
        &self,
        tenant: &Tenant,
        member: Option<MemberId>,
        purpose: CeremonyPurpose,
        no: PasskeyRefused,
        now: Timestamp,
    ) -> Stop {
        // Where nobody has said who they are, anybody can hand in any number of these, and none of them tells anything
        // about a member: they are answered, but do not fill the trail. (How many an address may hand in is a matter
        // of the doors for everybody, not of passkeys.)
        if member.is_none() && matches!(no.why, FailedCheck::Malformed | FailedCheck::Ceremony) {
            return refused(no.why.flaw());
        }
        match (no.why, &no.of) {
            (FailedCheck::Counter, Some(kept)) => {
                let kept = PasskeyRow::clone(kept);
                let member = async {
                    let mut tx = self.store.tenant(&tenant.slug).read().await?;
                    store::member::by_id(&mut tx, kept.member).await
                };
                match member.await {
                    Ok(Some(member)) => self.say_copied(tenant, &member, purpose, kept, now).await,
                    Ok(None) => Stop::StartAgain,
                    Err(fault) => fault.into(),
                }
            }
            _ => self.say_no(tenant, member, purpose, no, now).await,
        }
    }

    async fn say_no(
        &self,
        tenant: &Tenant,
        member: Option<MemberId>,
        purpose: CeremonyPurpose,
        no: PasskeyRefused,
        now: Timestamp,
    ) -> Stop {
        let device = no.of.map(|kept| kept.id);
        let event = Event::PasskeyRefused { purpose, why: no.why.word(), device };
        match self.note_alone(tenant, member, event, now).await {
            Ok(()) => refused(no.why.flaw()),
            Err(fault) => Stop::Broken(fault),
        }
    }

    async fn say_copied(
        &self,
        tenant: &Tenant,
        member: &Member,
        purpose: CeremonyPurpose,
        kept: PasskeyRow,
        now: Timestamp,
    ) -> Stop {
        let told = async {
            let mut tx = self.store.tenant(&tenant.slug).write().await?;
            let event =
                Event::PasskeyRefused { purpose, why: FailedCheck::Counter.word(), device: Some(kept.id) };
            self.note(&mut tx, Some(member.id), event, now)?;
            let letter = Letter::PasskeyCopied { device: kept.name };
            self.send(&mut tx, tenant, member, &letter, now).await?;
            tx.commit().await?;
            Ok::<_, Fault>(())
        };
        match told.await {
            Ok(()) => refused(PasskeyFlaw::Copied),
            Err(fault) => Stop::Broken(fault),
        }
    }

    /// Adds a sound passkey under its proposed name, with its event and letter. `None` when the union knows its
    /// credential id already.
    #[expect(clippy::too_many_arguments, reason = "what was looked up and verified before the write")]
    async fn add(
        &self,
        tx: &mut EpochChange<'_>,
        tenant: &Tenant,
        (member, is_first): (&Member, bool),
        made: Made,
        hints: &Hints,
        offer: &NewPasskey,
        now: Timestamp,
    ) -> Deed<Option<DeviceId>> {
        let held = store::passkey::of_member(tx, member.id).await?;
        if held.len() >= passkey::MOST {
            return Err(refused(PasskeyFlaw::TooMany));
        }
        let mut taken: Vec<_> = held.into_iter().map(|kept| kept.name).collect();
        let wish = proposed_name(&self.wording.words(tenant, offer.language), hints, &offer.browser);
        let id = DeviceId::new(now, self.chance()?);
        let mut new = PasskeyRow {
            id,
            member: member.id,
            credential_id: made.credential_id,
            name: device_name::free(&wish, taken.iter().map(String::as_str)),
            credential: self.vault.seal(kept_place(tenant, id), &made.kept)?,
            sign_count: made.count,
            backup_eligible: made.backup_eligible,
            backed_up: made.backed_up,
            created_at: now,
        };
        while !store::passkey::add(tx, &new, &tenant.rp_id).await? {
            if store::passkey::by_credential_id(tx, &new.credential_id).await?.is_some() {
                return Ok(None);
            }
            // In this very moment the member gave the name to another one: the next name is free, or the one after it.
            taken.push(new.name);
            new.name = device_name::free(&wish, taken.iter().map(String::as_str));
        }
        let event = Event::FactorAdded { method: Method::Passkey, device: Some(id) };
        self.note(tx, Some(member.id), event, now)?;
        let factor =
            NewFactor { method: Method::Passkey, device: Some(new.name), browser: &offer.browser, is_first };
        self.tell_of_factor(tx, tenant, member, factor, now).await?;
        Ok(Some(id))
    }

    fn open_kept(&self, tenant: &Tenant, kept: &PasskeyRow) -> Result<Vec<u8>, Fault> {
        use secrecy::ExposeSecret as _;
        Ok(self.vault.open(kept_place(tenant, kept.id), &kept.credential)?.expose_secret().to_vec())
    }
}

/// Whether the authenticator's word about its owner fits. Without a user ID it has to say something.
fn owner_fits(answer: &ShownAnswer, owner: Option<Uuid>, needed: bool) -> bool {
    match (answer.owner(), owner) {
        (Some(said), Some(owner)) => said == owner.as_bytes(),
        (Some(_), None) => false,
        (None, _) => !needed,
    }
}

/// What the library does not insist on: counters and backup flags.
fn sound(
    kept: PasskeyRow,
    judged: Result<VerifiedAssertion, FailedCheck>,
) -> Result<(PasskeyRow, VerifiedAssertion), PasskeyRefused> {
    match judged {
        Ok(shown) if !backup_fits(kept.backup_eligible, shown.backup_eligible, shown.backed_up) => {
            Err(PasskeyRefused::because(FailedCheck::Backup).about(kept))
        }
        Ok(shown) if !counter_follows(kept.sign_count, shown.count) => {
            Err(PasskeyRefused::because(FailedCheck::Counter).about(kept))
        }
        Ok(shown) => Ok((kept, shown)),
        Err(why) => Err(PasskeyRefused::because(why).about(kept)),
    }
}

/// 「iPhone(iCloudキーチェーン)」: from what the authenticator and the browser say about themselves.
fn proposed_name(words: &Words<'_>, hints: &Hints, browser: &str) -> String {
    let provider = hints.aaguid.and_then(Provider::of);
    let provider = provider.map(|provider| words.msg(&format!("passkey-provider-{}", provider.word())));
    let device = browser.split(" / ").next().filter(|word| !word.is_empty() && hints.is_built_in);
    match (device, provider) {
        (Some(device), Some(provider)) => {
            words.msg2("passkey-name-on", "device", device, "provider", provider)
        }
        // A phone is called by its kind, as its owner does; nobody calls a computer «Linux».
        (Some(device @ ("iPhone" | "iPad" | "Android")), None) => device.to_owned(),
        (Some(device), None) => words.msg1("passkey-name-computer", "device", device),
        (None, Some(provider)) => provider,
        (None, None) if hints.is_phone => words.msg("passkey-name-phone"),
        (None, None) if hints.is_key => words.msg("passkey-name-key"),
        (None, None) => words.msg("passkey-name-default"),
    }
}

fn digest(challenge: &[u8]) -> Vec<u8> {
    Sha256::digest(challenge).to_vec()
}

/// Sealed to its challenge: a row's half of the digest stands for the row.
fn state_place<'a>(tenant: &'a Tenant, challenge: &[u8]) -> SealContext<'a> {
    let row = challenge.get(..16).and_then(|half| Uuid::from_slice(half).ok()).unwrap_or_default();
    SealContext { tenant: tenant.slug.as_str(), column: SealedColumn::CeremonyState, row }
}

fn kept_place(tenant: &Tenant, passkey: DeviceId) -> SealContext<'_> {
    SealContext { tenant: tenant.slug.as_str(), column: SealedColumn::PasskeyCredential, row: passkey.uuid() }
}
