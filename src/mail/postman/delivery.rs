//! Delivery: one leased letter is opened, made a message, handed in, and what became of it is written down.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use super::{
    MailMessage, MessageError, PostmanContext, SmtpConversation, SmtpFailure, SmtpReason, SmtpStep, message,
    retry::RetryDelays, turns::URGENT,
};
use crate::{
    domain::tenant::Tenant,
    mail::letter::Composed,
    metrics::label::LetterFate,
    store::{
        self, Store,
        outbox::{self, Lease, LeasedLetter, LetterOutcome},
    },
    vault::{self, SealContext, SealedColumn},
};

/// How often writing down what became of a letter is tried, a second apart.
const MARKS: u32 = 20;

/// A letter that is being delivered, with its lease.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    /// The union whose letter it is, as its files stood when the letter was taken.
    pub(super) tenant: Arc<Tenant>,
    pub(super) letter: Arc<LeasedLetter>,
    pub(super) lease: Lease,
}

impl Delivery {
    pub(super) fn is_urgent(&self) -> bool {
        self.letter.priority <= URGENT
    }
}

/// How a delivery ended.
#[derive(Debug)]
pub(super) struct FinishedDelivery {
    pub(super) what: DeliveryOutcome,
    pub(super) conversation: Option<SmtpConversation>,
}

/// What became of one letter.
#[derive(Debug)]
pub(super) enum DeliveryOutcome {
    Sent,
    /// The server refused it for good.
    Refused(SmtpFailure),
    /// It ran out before it could be sent, or a change of the member's credentials made what it carries worthless.
    Expired,
    /// It ran out by a clock that is in doubt: it waits for one that is not.
    Untimely,
    /// It cannot be made a message.
    Unwritable(MessageError),
    /// To be tried again.
    Later(SmtpFailure),
    /// It does not open with the keys at hand.
    Closed(vault::VaultError),
}

impl DeliveryOutcome {
    /// As what it is counted.
    pub(super) fn fate(&self) -> LetterFate {
        match self {
            Self::Sent => LetterFate::Sent,
            Self::Refused(_) | Self::Unwritable(_) => LetterFate::GivenUp,
            Self::Expired => LetterFate::Expired,
            Self::Later(_) | Self::Closed(_) | Self::Untimely => LetterFate::PutBack,
        }
    }

    /// Tells the log.
    pub(super) fn log(&self, carried: &Delivery) {
        let (letter, tenant) = (&carried.letter, carried.tenant.slug.as_str());
        match self {
            Self::Sent => {
                tracing::info!(tenant, letter.id = %letter.id, letter.kind, tries = letter.tries, "Sent a letter");
            }
            Self::Expired => {
                tracing::warn!(
                    tenant, letter.id = %letter.id, letter.kind, member.id = %letter.member, tries = letter.tries,
                    "A letter ran out before it could be sent, and is given up"
                );
            }
            Self::Refused(trouble) => {
                tracing::error!(
                    tenant, letter.id = %letter.id, letter.kind, member.id = %letter.member,
                    step = ?trouble.step, reason = ?trouble.reason,
                    "The mail server refuses a letter for good; it is given up"
                );
            }
            Self::Unwritable(reason) => {
                tracing::error!(
                    tenant, letter.id = %letter.id, letter.kind, member.id = %letter.member, %reason,
                    "A letter cannot be written; it is given up"
                );
            }
            Self::Untimely => {
                tracing::warn!(
                    tenant, letter.id = %letter.id, letter.kind,
                    "A letter ran out by a clock that is in doubt; it waits"
                );
            }
            Self::Closed(fault) => {
                tracing::error!(tenant, letter.id = %letter.id, letter.kind, %fault, "A letter cannot be opened");
            }
            Self::Later(trouble) if matches!(trouble.reason, SmtpReason::Never(_)) => {
                tracing::error!(
                    tenant, letter.id = %letter.id, letter.kind, tries = letter.tries,
                    step = ?trouble.step, reason = ?trouble.reason, about = ?trouble.about,
                    "The mail server refuses for good, and not for this letter's sake: see mail.hello, mail.smtp_url and \
                     the union's mail.from_address, or run `kenpo-portal mail test`; the letter is tried again"
                );
            }
            Self::Later(trouble) => {
                tracing::warn!(
                    tenant, letter.id = %letter.id, letter.kind, tries = letter.tries,
                    step = ?trouble.step, reason = ?trouble.reason,
                    "A letter could not be sent; it is tried again"
                );
            }
        }
    }
}

/// Delivers one letter and writes down what became of it.
pub(super) async fn deliver(
    context: Arc<PostmanContext>,
    carried: Delivery,
    idle: Option<SmtpConversation>,
    waits: RetryDelays,
) -> FinishedDelivery {
    let (what, conversation) = hand_over(&context, &carried, idle).await;
    for mark in 1..=MARKS {
        match settle(&context, &carried, &what, waits).await {
            Ok(true) => break,
            Ok(false) => {
                tracing::warn!(
                    tenant = carried.tenant.slug.as_str(), letter.id = %carried.letter.id,
                    "A letter took longer than its lease; another postman has it"
                );
                break;
            }
            Err(fault) if mark == MARKS => {
                tracing::error!(%fault, "What became of a letter could not be written down; it may be sent twice");
            }
            // The letter is out: a mark that fails would send it once more, so it is worth waiting for.
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
    FinishedDelivery { what, conversation }
}

/// Opens a letter, makes it a message and hands it in, all within the deadline.
async fn hand_over(
    context: &PostmanContext,
    carried: &Delivery,
    idle: Option<SmtpConversation>,
) -> (DeliveryOutcome, Option<SmtpConversation>) {
    let now = context.clock.now();
    if !carried.letter.is_of_use {
        return (DeliveryOutcome::Expired, idle);
    }
    if carried.letter.deliver_before <= now {
        // The time may have come into doubt since the letter was taken.
        let gives_up = context.gives_up.now();
        return (if gives_up { DeliveryOutcome::Expired } else { DeliveryOutcome::Untimely }, idle);
    }
    let ready = match open(context, carried, now) {
        Ok(ready) => ready,
        Err(what) => return (what, idle),
    };
    let deadline = tokio::time::Instant::now() + context.pace.send;
    let mut idle = idle;
    loop {
        let reused = idle.is_some();
        let mut conversation = match idle.take() {
            Some(conversation) => conversation,
            None => {
                match tokio::time::timeout_at(deadline, context.server.connect(context.pace.connect)).await {
                    Ok(Ok(conversation)) => conversation,
                    Ok(Err(trouble)) => return (DeliveryOutcome::Later(trouble), None),
                    Err(_) => {
                        return (
                            DeliveryOutcome::Later(SmtpFailure::new(SmtpStep::Reach, SmtpReason::Late)),
                            None,
                        );
                    }
                }
            }
        };
        let handed_in = tokio::time::timeout_at(deadline, conversation.hand_in(&ready)).await;
        let what = match handed_in {
            Ok(Ok(())) => DeliveryOutcome::Sent,
            // The server closed the line since the last letter; nothing about this one was said.
            Ok(Err(trouble)) if reused && trouble.step == SmtpStep::Sender && !conversation.is_usable() => {
                continue;
            }
            // A refused sender or session is the union's or the relay's mistake, and mended there: the letter waits.
            Ok(Err(trouble)) if trouble.is_final() => DeliveryOutcome::Refused(trouble),
            Ok(Err(trouble)) => DeliveryOutcome::Later(trouble),
            Err(_) => DeliveryOutcome::Later(SmtpFailure::new(SmtpStep::Content, SmtpReason::Late)),
        };
        return (what, Some(conversation));
    }
}

/// The sealed letter as a message.
fn open(
    context: &PostmanContext,
    carried: &Delivery,
    now: Timestamp,
) -> Result<MailMessage, DeliveryOutcome> {
    let letter = &carried.letter;
    let tenant = carried.tenant.slug.as_str();
    let place = |column| SealContext { tenant, column, row: letter.id.uuid() };
    let to = context
        .vault
        .open(place(SealedColumn::LetterRecipient), &letter.recipient)
        .map_err(DeliveryOutcome::Closed)?;
    let sealed = &letter.content;
    let opened =
        context.vault.open(place(SealedColumn::LetterContent), sealed).map_err(DeliveryOutcome::Closed)?;
    let to = std::str::from_utf8(to.expose_secret())
        .map_err(|_| DeliveryOutcome::Unwritable(MessageError::Recipient))?;
    let composed: Composed = serde_json::from_slice(opened.expose_secret())
        .map_err(|_| DeliveryOutcome::Unwritable(MessageError::Message))?;
    message(letter.id, &carried.tenant, to, &composed, now).map_err(DeliveryOutcome::Unwritable)
}

/// Writes down what became of a letter. `false` when the lease was lost.
async fn settle(
    context: &PostmanContext,
    carried: &Delivery,
    what: &DeliveryOutcome,
    waits: RetryDelays,
) -> Result<bool, store::StoreError> {
    let now = context.clock.now();
    let pause = match what {
        DeliveryOutcome::Sent => return close(context, carried, LetterOutcome::Sent, now).await,
        DeliveryOutcome::Refused(_) | DeliveryOutcome::Expired | DeliveryOutcome::Unwritable(_) => {
            return close(context, carried, LetterOutcome::GivenUp, now).await;
        }
        // Said before any letter was spoken of. Later, a letter waits longer each time, so that one the server takes
        // amiss is not the one that asks for all others.
        DeliveryOutcome::Later(trouble) if trouble.step < SmtpStep::Sender => waits.servers,
        DeliveryOutcome::Later(_) | DeliveryOutcome::Closed(_) | DeliveryOutcome::Untimely => waits.own,
    };
    // Not later than its end, so that it is given up in time.
    let next = now.checked_add(pause).unwrap_or(now).min(carried.letter.deliver_before);
    put_back(&context.store, carried, next).await
}

async fn close(
    context: &PostmanContext,
    carried: &Delivery,
    outcome: LetterOutcome,
    now: Timestamp,
) -> Result<bool, store::StoreError> {
    let mut tx = context.store.tenant(&carried.tenant.slug).write().await?;
    let ours = outbox::close(&mut tx, carried.letter.id, carried.lease, outcome, now).await?;
    tx.commit().await?;
    Ok(ours)
}

pub(super) async fn put_back(
    store: &Store,
    carried: &Delivery,
    next: Timestamp,
) -> Result<bool, store::StoreError> {
    let mut tx = store.tenant(&carried.tenant.slug).write().await?;
    let ours = outbox::put_back(&mut tx, carried.letter.id, carried.lease, next).await?;
    tx.commit().await?;
    Ok(ours)
}
