//! Erasure: a member goes, with everything that hangs on them and everything that is counted about them. The trail keeps
//! the id.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    domain::{
        lockout::{Counter, CounterKind},
        member::Member,
        tenant::LockoutPolicy,
    },
    store::{self, StoreResult, Write, lockout::CounterKey},
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

/// Counts of a member whatever was counted of another one who is merged into them: being off stays so, and so does a pause.
/// Both rows are held.
pub(super) async fn take_over_counters(
    vault: &Vault,
    tx: &mut Write,
    (into, from): (&Member, &Member),
    policy: &LockoutPolicy,
    now: Timestamp,
) -> StoreResult<()> {
    let counted = store::lockout::counters(tx, &vault.guard_subject_member(from.id)).await?;
    let subject = vault.guard_subject_member(into.id);
    for kind in CounterKind::ALL {
        let Some((_, other)) = counted.iter().find(|(word, _)| word == kind.as_str()) else { continue };
        let counter = CounterKey::of(*kind, subject.clone(), policy);
        let join = |own: Counter| own.joined(*other, counter.ladder, now);
        store::lockout::change(tx, &counter, now, join).await?;
    }
    Ok(())
}

/// Forgets whatever is counted about a member, and says how many counters had counted something. Every kind there is: a
/// counter that this cannot end would be one nobody can.
pub(super) async fn forget_counters(
    vault: &Vault,
    tx: &mut Write,
    member: &Member,
    now: Timestamp,
) -> StoreResult<u64> {
    let mut counted = 0;
    let subjects =
        CounterKind::ALL.iter().filter_map(|kind| vault.guard_subject_about(kind.about(), member, now));
    for subject in subjects.collect::<BTreeSet<_>>() {
        counted += store::lockout::forget_all(tx, &subject, now).await?;
    }
    Ok(counted)
}
