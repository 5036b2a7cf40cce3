//! Erasure: a member goes, with everything that hangs on them and everything that is counted about them. The trail keeps
//! the id.

use jiff::Timestamp;

use crate::{
    domain::{lockout::CounterKind, member::Member},
    store::{self, StoreResult, Write},
    vault::Vault,
};

/// Erases a member, whose row is held. `false` when there is none any more.
pub(super) async fn erase(
    vault: &Vault,
    tx: &mut Write,
    member: &Member,
    now: Timestamp,
) -> StoreResult<bool> {
    // Counters before attempts, as whoever counts a try.
    forget_counters(vault, tx, member, now).await?;
    store::erase_member::erase_member(tx, member.id).await
}

/// Forgets whatever is counted about a member. Every kind there is: a counter that this cannot end would be one nobody can.
pub(super) async fn forget_counters(
    vault: &Vault,
    tx: &mut Write,
    member: &Member,
    now: Timestamp,
) -> StoreResult<()> {
    for kind in CounterKind::ALL {
        if let Some(subject) = vault.guard_subject_about(kind.about(), member, now) {
            store::lockout::forget(tx, &subject, *kind, now).await?;
        }
    }
    Ok(())
}
