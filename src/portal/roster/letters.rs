//! Letters: first credentials by mail (ML-1, manual 003 §2-1 ③), written before the import's transaction and put into
//! the outbox within it.

use jiff::{Timestamp, civil::Date};

use super::{Import, ImportError, draw::MailedCredential};
use crate::{
    domain::{
        epoch::Epoch,
        letter::Letter,
        member::{LetterId, MemberId},
        route::Route,
    },
    mail::letter::compose,
    store::outbox::NewLetter,
    vault::{SealContext, SealedColumn},
    world::random_bytes,
};

/// A sealed letter that is not in the outbox yet.
pub struct UnsentLetter {
    id: LetterId,
    member: MemberId,
    kind: &'static str,
    priority: u32,
    recipient: Vec<u8>,
    content: Vec<u8>,
    deliver_before: Timestamp,
}

impl UnsentLetter {
    /// As the outbox takes it: to members who are added just now.
    pub fn as_new(&self) -> NewLetter<'_> {
        NewLetter {
            id: self.id,
            member: self.member,
            kind: self.kind,
            priority: self.priority,
            recipient: &self.recipient,
            content: &self.content,
            deliver_before: self.deliver_before,
            epoch: Some(Epoch::FIRST),
        }
    }
}

/// Writes and seals letters to members who are added just now. A few at a time: sealed, 300,000 would take half a gigabyte.
pub type LetterSealer<'s> =
    dyn Fn(&[MailedCredential<'_>]) -> Result<Vec<UnsentLetter>, ImportError> + Sync + 's;

/// Writes and seals a letter for each, in the union's language: nobody has chosen another yet.
///
/// # Errors
/// `ImportError` when a letter cannot be written down or sealed.
pub fn seal(
    import: &Import<'_>,
    mailed: &[MailedCredential<'_>],
    until: Date,
    now: Timestamp,
) -> Result<Vec<UnsentLetter>, ImportError> {
    let tenant = import.tenant;
    let words = import.wording.words(tenant, tenant.default_language);
    let place = format!("{}{}", import.public.origin(tenant), Route::Top);
    let mut sealed = Vec::with_capacity(mailed.len());
    // In the order of their ids, as the members are.
    let ids = mailed.iter().map(|_| Ok(LetterId::new(now, random_bytes(import.rng)?)));
    let mut ids = ids.collect::<Result<Vec<_>, ImportError>>()?;
    ids.sort_unstable_by_key(|id| id.uuid());
    for (MailedCredential { member, address, login, password }, id) in mailed.iter().zip(ids) {
        let (login, password) = (login.clone(), password.clone());
        let letter = Letter::FirstCredentials { login, password, place: place.clone(), until };
        let composed = compose(&letter, tenant, &words, now);
        let at = |column| SealContext { tenant: tenant.slug.as_str(), column, row: id.uuid() };
        let content = serde_json::to_vec(&composed).map_err(|_| ImportError::Letter)?;
        sealed.push(UnsentLetter {
            id,
            member: *member,
            kind: letter.word(),
            priority: letter.priority(),
            recipient: import.vault.seal(at(SealedColumn::LetterRecipient), address.as_str().as_bytes())?,
            content: import.vault.seal(at(SealedColumn::LetterContent), &content)?,
            deliver_before: now.checked_add(letter.delivery_window()).map_err(|_| ImportError::Time)?,
        });
    }
    Ok(sealed)
}
