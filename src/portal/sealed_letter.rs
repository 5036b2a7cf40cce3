//! Sealed letter: a letter in words, as nobody but the postman reads it.

use jiff::Timestamp;

use super::Fault;
use crate::{
    domain::{
        epoch::Epoch,
        letter::Letter,
        member::{EmailAddress, LetterId, MemberId},
        tenant::Tenant,
    },
    mail::letter::compose,
    store::outbox::NewLetter,
    vault::{SealContext, SealedColumn, Vault},
    wording::Words,
};

/// A letter in words, as nobody but the postman reads it.
pub(super) struct SealedLetter {
    id: LetterId,
    recipient: Vec<u8>,
    content: Vec<u8>,
}

impl SealedLetter {
    /// Puts a letter into words and seals it.
    pub(super) fn write(
        (vault, words): (&Vault, &Words<'_>),
        tenant: &Tenant,
        id: LetterId,
        address: &EmailAddress,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let composed = compose(letter, tenant, words, now);
        let place = |column| SealContext { tenant: tenant.slug.as_str(), column, row: id.uuid() };
        let content = serde_json::to_vec(&composed).map_err(|_| Fault::Inconsistent("letter"))?;
        let recipient = vault.seal(place(SealedColumn::LetterRecipient), address.as_str().as_bytes())?;
        let content = vault.seal(place(SealedColumn::LetterContent), &content)?;
        Ok(Self { id, recipient, content })
    }

    /// As the outbox takes it. `epoch`: of a letter that lets in.
    pub(super) fn to<'a>(
        &'a self,
        member: MemberId,
        epoch: Option<Epoch>,
        letter: &Letter,
        now: Timestamp,
    ) -> NewLetter<'a> {
        NewLetter {
            id: self.id,
            member,
            kind: letter.word(),
            priority: letter.priority(),
            recipient: &self.recipient,
            content: &self.content,
            deliver_before: now.checked_add(letter.delivery_window()).unwrap_or(now),
            epoch,
        }
    }
}
