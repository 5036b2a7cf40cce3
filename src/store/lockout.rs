//! Counters of wrong tries. The rule is `domain::lockout`'s; here it is made safe against parallel tries: the row is held
//! before it is judged, by all who want to change it, until what came of it is committed.
//!
//! Counting a try is the same two statements, whatever the counter says; keeping what came of it is one, as long as nobody
//! else counted meanwhile. Who is told what must not show in what the database does (D30). A try of a known browser is
//! counted by two counters (D27): they are held by one statement and written by one, always in the same order.

use jiff::Timestamp;

use super::{
    Read, StoreResult, TenantStore, Write,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    lockout::{self, Counter, CounterKind, CounterPair, Ladder, PairVerdict, TryVerdict},
    tenant::LockoutPolicy,
};

/// The columns a [`Counter`] is made of, by the words of the code: a column keeps its name while nodes of two versions run.
macro_rules! counter_columns {
    () => {
        "fails, total, weighing AS verifying, weighing_until AS verifying_until, not_before AS paused_until,
         last_at, warned"
    };
}

impl FromRow for Counter {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let (until, last_at): (Timestamp, Timestamp) = (row.get("paused_until")?, row.get("last_at")?);
        let counter = Self {
            fails: row.get("fails")?,
            total: row.get("total")?,
            verifying: row.get("verifying")?,
            verifying_until: row.get("verifying_until")?,
            // Rows of older programs, too, hold a pause here only where it ends after the try that brought it.
            paused_until: Some(until).filter(|until| *until > last_at),
            last_at,
            warned: row.get("warned")?,
        };
        // Whatever forgets a count need not know of warnings.
        Ok(Self { warned: counter.warned_of(), ..counter })
    }
}

impl TenantStore<'_> {
    /// Counts one try as being verified, and commits, before anything is verified. The answer is the judge's. Whoever gets
    /// [`TryVerdict::Open`], or [`TryVerdict::Off`] where there are pauses, says afterwards what came of it: with
    /// [`Counter::wrong`], [`Counter::right`] or [`Counter::not_verified`] in [`change`].
    pub async fn reserve(
        &self,
        subject: &[u8],
        kind: CounterKind,
        ladder: Ladder,
        now: Timestamp,
    ) -> StoreResult<TryVerdict> {
        let mut tx = self.write().await?;
        let (verdict, _) = reserve(&mut tx, subject, kind, ladder, now).await?;
        tx.commit().await?;
        Ok(verdict)
    }
}

/// A counter: whom it is about, as a keyed digest, what it counts, and how failures are punished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterKey {
    /// Whom it is about.
    pub subject: Vec<u8>,
    /// The kind of what is counted.
    pub kind: CounterKind,
    /// How failures are punished.
    pub ladder: Ladder,
}

impl CounterKey {
    /// What counts that of whom, with the ladder of its kind.
    pub fn of(kind: CounterKind, subject: Vec<u8>, policy: &LockoutPolicy) -> Self {
        Self { subject, kind, ladder: kind.ladder(policy) }
    }
}

/// The same within a transaction, which is to be committed before anything is verified; with the counter as it stands
/// then.
pub async fn reserve(
    tx: &mut Write,
    subject: &[u8],
    kind: CounterKind,
    ladder: Ladder,
    now: Timestamp,
) -> StoreResult<(TryVerdict, Counter)> {
    let seen = hold(tx, subject, kind, now).await?;
    let verdict = lockout::judge(seen, ladder, now);
    let counter = match verdict {
        TryVerdict::Open(counter) | TryVerdict::Off(counter) => counter,
        TryVerdict::Wait | TryVerdict::Paused(_) => seen,
    };
    write(tx, subject, kind, ladder, counter).await?;
    Ok((verdict, counter))
}

/// The same by two counters.
pub async fn reserve_pair(
    tx: &mut Write,
    pair: &CounterPair<CounterKey>,
    now: Timestamp,
) -> StoreResult<(PairVerdict, CounterPair<Counter>)> {
    let seen = hold_pair(tx, pair, now).await?;
    let ladders = CounterPair { here: pair.here.ladder, in_all: pair.in_all.ladder };
    let verdict = lockout::judge_pair(seen, ladders, now);
    let counters = match verdict {
        PairVerdict::Open(counters) | PairVerdict::Off(counters) => counters,
        PairVerdict::Wait | PairVerdict::Paused(_) | PairVerdict::OffHere => seen,
    };
    write_pair(tx, pair, counters).await?;
    Ok((verdict, counters))
}

/// What a change made of a counter, or of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterChange<T> {
    /// As it was found.
    pub before: T,
    /// As it is from now on.
    pub after: T,
}

/// Changes two counters to what `change` makes of them.
pub async fn change_pair(
    tx: &mut Write,
    pair: &CounterPair<CounterKey>,
    now: Timestamp,
    change: impl FnOnce(CounterPair<Counter>) -> CounterPair<Counter>,
) -> StoreResult<CounterChange<CounterPair<Counter>>> {
    let before = hold_pair(tx, pair, now).await?;
    let after = change(before);
    write_pair(tx, pair, after).await?;
    Ok(CounterChange { before, after })
}

/// Counts something that is done only so often by either of two counters, as [`count`] does. Where `wanted` is not, both
/// are written as they are, and nothing is counted: the same work.
pub async fn count_pair(
    tx: &mut Write,
    pair: &CounterPair<CounterKey>,
    wanted: bool,
    now: Timestamp,
) -> StoreResult<bool> {
    let seen = hold_pair(tx, pair, now).await?;
    let here = lockout::count(seen.here, pair.here.ladder, now);
    let in_all = lockout::count(seen.in_all, pair.in_all.ladder, now);
    let counted = here.zip(in_all).filter(|_| wanted).map(|(here, in_all)| CounterPair { here, in_all });
    write_pair(tx, pair, counted.unwrap_or(seen)).await?;
    Ok(counted.is_some())
}

/// Changes a counter that was last seen so, in one statement; where somebody else has changed it meanwhile, as [`change`]
/// does.
pub async fn change_seen(
    tx: &mut Write,
    subject: &[u8],
    kind: CounterKind,
    ladder: Ladder,
    seen: Counter,
    now: Timestamp,
    change: impl Fn(Counter) -> Counter,
) -> StoreResult<CounterChange<Counter>> {
    let after = change(seen);
    if write_if_same(tx, subject, kind, ladder, seen, after).await? {
        return Ok(CounterChange { before: seen, after });
    }
    let before = hold(tx, subject, kind, now).await?;
    let after = change(before);
    write(tx, subject, kind, ladder, after).await?;
    Ok(CounterChange { before, after })
}

/// Counts something that is done only so often, in the transaction that does it: `false` when it was done so often
/// already. What is not committed was not done, and counts for nothing.
pub async fn count(tx: &mut Write, key: &CounterKey, now: Timestamp) -> StoreResult<bool> {
    let seen = hold(tx, &key.subject, key.kind, now).await?;
    let counted = lockout::count(seen, key.ladder, now);
    write(tx, &key.subject, key.kind, key.ladder, counted.unwrap_or(seen)).await?;
    Ok(counted.is_some())
}

/// Changes a counter to what `change` makes of it. The counter afterwards.
pub async fn change(
    tx: &mut Write,
    key: &CounterKey,
    now: Timestamp,
    change: impl FnOnce(Counter) -> Counter,
) -> StoreResult<Counter> {
    let changed = change(hold(tx, &key.subject, key.kind, now).await?);
    write(tx, &key.subject, key.kind, key.ladder, changed).await?;
    Ok(changed)
}

/// A counter as it stands, untouched where there is no row.
pub async fn counter(
    tx: &mut Read,
    subject: &[u8],
    kind: CounterKind,
    now: Timestamp,
) -> StoreResult<Counter> {
    let row = tx
        .sql(sql!(
            "SELECT ",
            counter_columns!(),
            " FROM guard WHERE tenant = $1 AND subject = $2 AND kind = $3"
        ))
        .bind(subject)
        .bind(kind.as_str())
        .maybe()
        .await?;
    Ok(row.unwrap_or_else(|| Counter::untouched(now)))
}

/// What every counter of a kind says that is about that subject, or about it and one browser or network besides; untouched
/// where there is none.
pub async fn counters_about(
    tx: &mut Read,
    subject: &[u8],
    kind: CounterKind,
    now: Timestamp,
) -> StoreResult<Vec<Counter>> {
    let found: Vec<Counter> = tx
        .sql(sql!(
            "SELECT ",
            counter_columns!(),
            " FROM guard WHERE tenant = $1 AND subject >= $2 AND subject <= $3 AND kind = $4"
        ))
        .bind(subject)
        .bind(last_about(subject))
        .bind(kind.as_str())
        .all()
        .await?;
    Ok(if found.is_empty() { vec![Counter::untouched(now)] } else { found })
}

/// Every counter about that subject, by the word of its kind.
pub async fn counters(tx: &mut Read, subject: &[u8]) -> StoreResult<Vec<(String, Counter)>> {
    tx.sql(sql!("SELECT kind, ", counter_columns!(), " FROM guard WHERE tenant = $1 AND subject = $2"))
        .bind(subject)
        .map(|row| Ok((row.get("kind")?, Counter::from_row(row)?)))
        .await
}

/// Whether a kind is switched off for that subject: refused, whatever is shown (D13). Counts nothing.
pub async fn is_off(tx: &mut Read, key: &CounterKey, now: Timestamp) -> StoreResult<bool> {
    let seen = counter(tx, &key.subject, key.kind, now).await?;
    Ok(matches!(lockout::judge(seen, key.ladder, now), TryVerdict::Off(_)))
}

/// Forgets what a counter holds, and every counter of its kind that is about the same and one browser or network besides:
/// success by another way, reset or desk. Tries that are being verified stay counted. Rows that hold nothing are swept in
/// time.
pub async fn forget(tx: &mut Write, subject: &[u8], kind: CounterKind, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE guard SET fails = weighing, total = weighing, not_before = last_at, worthless_at = $5
          WHERE tenant = $1 AND subject >= $2 AND subject <= $3 AND kind = $4"
    ))
    .bind(subject)
    .bind(last_about(subject))
    .bind(kind.as_str())
    .bind(Counter::forgotten_is_worthless_at(now))
    .run()
    .await?;
    Ok(())
}

/// The same of every counter that is about the subject, whatever it counts. How many of them had counted something.
pub async fn forget_all(tx: &mut Write, subject: &[u8], now: Timestamp) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE guard SET fails = weighing, total = weighing, not_before = last_at, worthless_at = $4
          WHERE tenant = $1 AND subject >= $2 AND subject <= $3
            AND (fails <> weighing OR total <> weighing OR not_before > last_at)"
    ))
    .bind(subject)
    .bind(last_about(subject))
    .bind(Counter::forgotten_is_worthless_at(now))
    .count()
    .await
}

/// Forgets the count to the hard limit and leaves the pauses, which strangers see (D27).
pub async fn forget_count(
    tx: &mut Write,
    subject: &[u8],
    kind: CounterKind,
    now: Timestamp,
) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE guard SET total = weighing, worthless_at = $4 WHERE tenant = $1 AND subject = $2 AND kind = $3"
    ))
        .bind(subject)
        .bind(kind.as_str())
        .bind(Counter::forgotten_is_worthless_at(now))
        .run()
        .await?;
    Ok(())
}

/// The last subject that begins with this one: one browser's or network's are as long as the digest that is put behind.
fn last_about(subject: &[u8]) -> Vec<u8> {
    [subject, &[0xFF; 33]].concat()
}

/// Two counters, and their rows until the transaction ends, in this order.
async fn hold_pair(
    tx: &mut Write,
    pair: &CounterPair<CounterKey>,
    now: Timestamp,
) -> StoreResult<CounterPair<Counter>> {
    let CounterPair { here, in_all } = pair;
    let held: Vec<(String, Counter)> = tx
        .sql(sql!(
            "INSERT INTO guard (tenant, subject, kind, fails, total, weighing, not_before, last_at)
             VALUES ($1, $2, $3, 0, 0, 0, $4, $4), ($1, $5, $6, 0, 0, 0, $4, $4)
             ON CONFLICT (tenant, subject, kind) DO UPDATE SET last_at = guard.last_at
          RETURNING kind, ",
            counter_columns!(),
        ))
        .bind(here.subject.as_slice())
        .bind(here.kind.as_str())
        .bind(now)
        .bind(in_all.subject.as_slice())
        .bind(in_all.kind.as_str())
        .map(|row| Ok((row.get("kind")?, Counter::from_row(row)?)))
        .await?;
    let of = |key: &CounterKey| {
        let found = held.iter().find(|(kind, _)| kind == key.kind.as_str());
        found.map_or_else(|| Counter::untouched(now), |(_, counter)| *counter)
    };
    Ok(CounterPair { here: of(here), in_all: of(in_all) })
}

/// Writes two counters whose rows are held.
async fn write_pair(
    tx: &mut Write,
    pair: &CounterPair<CounterKey>,
    counters: CounterPair<Counter>,
) -> StoreResult<()> {
    let CounterPair { here, in_all } = pair;
    let CounterPair { here: first, in_all: second } = counters;
    tx.sql(sql!(
        "INSERT INTO guard (tenant, subject, kind, fails, total, weighing, weighing_until, not_before, last_at,
                            worthless_at, warned)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11),
                ($1, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         ON CONFLICT (tenant, subject, kind) DO UPDATE
            SET fails = excluded.fails, total = excluded.total, weighing = excluded.weighing,
                weighing_until = excluded.weighing_until, not_before = excluded.not_before,
                last_at = excluded.last_at, worthless_at = excluded.worthless_at, warned = excluded.warned"
    ))
    .bind(here.subject.as_slice())
    .bind(here.kind.as_str())
    .bind(first.fails)
    .bind(first.total)
    .bind(first.verifying)
    .bind(first.verifying_until)
    .bind(first.paused_until.unwrap_or(first.last_at))
    .bind(first.last_at)
    .bind(first.worthless_at(here.ladder))
    .bind(first.warned_of())
    .bind(in_all.subject.as_slice())
    .bind(in_all.kind.as_str())
    .bind(second.fails)
    .bind(second.total)
    .bind(second.verifying)
    .bind(second.verifying_until)
    .bind(second.paused_until.unwrap_or(second.last_at))
    .bind(second.last_at)
    .bind(second.worthless_at(in_all.ladder))
    .bind(second.warned_of())
    .run()
    .await?;
    Ok(())
}

/// The counter, and its row until the transaction ends. A row that is not there is made, so that there is one to hold.
async fn hold(tx: &mut Write, subject: &[u8], kind: CounterKind, now: Timestamp) -> StoreResult<Counter> {
    tx.sql(sql!(
        "INSERT INTO guard (tenant, subject, kind, fails, total, weighing, not_before, last_at)
         VALUES ($1, $2, $3, 0, 0, 0, $4, $4)
         ON CONFLICT (tenant, subject, kind) DO UPDATE SET last_at = guard.last_at
      RETURNING ",
        counter_columns!(),
    ))
    .bind(subject)
    .bind(kind.as_str())
    .bind(now)
    .one()
    .await
}

/// Writes a counter whose row is held.
async fn write(
    tx: &mut Write,
    subject: &[u8],
    kind: CounterKind,
    ladder: Ladder,
    counter: Counter,
) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE guard SET fails = $4, total = $5, weighing = $6, weighing_until = $7, not_before = $8, last_at = $9,
                          worthless_at = $10, warned = $11
          WHERE tenant = $1 AND subject = $2 AND kind = $3"
    ))
    .bind(subject)
    .bind(kind.as_str())
    .bind(counter.fails)
    .bind(counter.total)
    .bind(counter.verifying)
    .bind(counter.verifying_until)
    .bind(counter.paused_until.unwrap_or(counter.last_at))
    .bind(counter.last_at)
    .bind(counter.worthless_at(ladder))
    .bind(counter.warned_of())
    .run()
    .await?;
    Ok(())
}

/// Writes a counter in the place of the one that was seen. `false` when it is another by now.
async fn write_if_same(
    tx: &mut Write,
    subject: &[u8],
    kind: CounterKind,
    ladder: Ladder,
    seen: Counter,
    counter: Counter,
) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE guard SET fails = $4, total = $5, weighing = $6, weighing_until = $7, not_before = $8, last_at = $9,
                          worthless_at = $10, warned = $11
          WHERE tenant = $1 AND subject = $2 AND kind = $3 AND fails = $12 AND total = $13 AND weighing = $14
            AND weighing_until IS NOT DISTINCT FROM $15 AND not_before = $16 AND last_at = $17
      RETURNING kind"
    ))
    .bind(subject)
    .bind(kind.as_str())
    .bind(counter.fails)
    .bind(counter.total)
    .bind(counter.verifying)
    .bind(counter.verifying_until)
    .bind(counter.paused_until.unwrap_or(counter.last_at))
    .bind(counter.last_at)
    .bind(counter.worthless_at(ladder))
    .bind(counter.warned_of())
    .bind(seen.fails)
    .bind(seen.total)
    .bind(seen.verifying)
    .bind(seen.verifying_until)
    .bind(seen.paused_until.unwrap_or(seen.last_at))
    .bind(seen.last_at)
    .done()
    .await
}
