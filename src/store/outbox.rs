//! The outbox: letters that wait, sealed, written in the transaction of their deed; and what becomes of them.
//!
//! # Decision
//! `next_try_at` is the one answer to "may this letter be tried?". A lease moves it to the lease's end, a failure to the
//! next try, and an index over what waits begins with it.
//! # Because
//! A lease that its holder lost runs out by itself: there is no "processing" that sticks after a crash. And a letter
//! that cannot be sent now costs nothing while others are looked for.
//! # Instead of
//! A state with a worker's name in it, or `SKIP LOCKED`, which SQLite has not.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    StoreResult, Write,
    row::{Arguments, FromRow, Row, ToColumn},
    sql::sql,
};
use crate::domain::{
    epoch::Epoch,
    member::{LetterId, MemberId, japanese_day},
};

impl ToColumn for LetterId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }
}

/// A letter ready to wait.
#[derive(Debug)]
pub struct NewLetter<'a> {
    /// The letter's id.
    pub id: LetterId,
    /// The member it is for.
    pub member: MemberId,
    /// The word of the letter's kind, for the log.
    pub kind: &'a str,
    /// The priority: letters with a lower number go first.
    pub priority: u32,
    /// The recipient's address, sealed.
    pub recipient: &'a [u8],
    /// The sealed subject and text.
    pub content: &'a [u8],
    /// Worthless from then on.
    pub deliver_before: Timestamp,
    /// Worthless in any other epoch of the member, where it carries something to get in by; `None` for notices.
    pub epoch: Option<Epoch>,
}

/// Puts a letter into the outbox.
pub async fn put(tx: &mut Write, letter: &NewLetter<'_>, now: Timestamp) -> StoreResult<()> {
    put_many(tx, std::slice::from_ref(letter), now).await
}

/// Puts a letter into the outbox if its member is there; else does the same work for nothing.
pub async fn put_for(tx: &mut Write, letter: &NewLetter<'_>, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO outbox (tenant, id, member, kind, priority, recipient, content, written_at, next_try_at,
                             deliver_before, epoch)
         SELECT $1, $2, id, $4, $5, $6, $7, $8, $8, $9, $10 FROM member WHERE tenant = $1 AND id = $3"
    ))
    .bind(letter.id)
    .bind(letter.member)
    .bind(letter.kind)
    .bind(letter.priority)
    .bind(letter.recipient)
    .bind(letter.content)
    .bind(now)
    .bind(letter.deliver_before)
    .bind(letter.epoch)
    .run()
    .await?;
    Ok(())
}

/// Puts many letters into the outbox with few statements.
pub async fn put_many(tx: &mut Write, letters: &[NewLetter<'_>], now: Timestamp) -> StoreResult<()> {
    put_with(tx, letters, now, Some(now)).await
}

/// Puts letters into the outbox that nobody sends before [`super::import::release_letters`].
pub async fn put_hidden(tx: &mut Write, letters: &[NewLetter<'_>], now: Timestamp) -> StoreResult<()> {
    put_with(tx, letters, now, None).await
}

async fn put_with(
    tx: &mut Write,
    letters: &[NewLetter<'_>],
    now: Timestamp,
    next_try: Option<Timestamp>,
) -> StoreResult<()> {
    tx.insert_many(
        sql!(
            "INSERT INTO outbox (tenant, id, member, kind, priority, recipient, content, written_at, next_try_at,
                                 deliver_before, epoch) VALUES"
        ),
        "",
        10,
        letters,
        |statement, letter| {
            statement
                .bind(letter.id)
                .bind(letter.member)
                .bind(letter.kind)
                .bind(letter.priority)
                .bind(letter.recipient)
                .bind(letter.content)
                .bind(now)
                .bind(next_try)
                .bind(letter.deliver_before)
                .bind(letter.epoch)
        },
    )
    .await?;
    Ok(())
}

/// A letter taken out to be sent, still sealed.
#[derive(Debug, Clone)]
pub struct LeasedLetter {
    /// The letter's id.
    pub id: LetterId,
    /// The member it is for.
    pub member: MemberId,
    /// The word of the letter's kind, for the log.
    pub kind: String,
    /// The priority: letters with a lower number go first.
    pub priority: u32,
    /// The recipient's address, sealed.
    pub recipient: Vec<u8>,
    /// The sealed subject and text.
    pub content: Vec<u8>,
    /// Worthless from then on.
    pub deliver_before: Timestamp,
    /// Tries so far, this one included.
    pub tries: u32,
    /// Whether it is still to be sent: a change of the member's ways in may have ended what it carries, and whose
    /// membership has ended gets no letters (D34).
    pub is_of_use: bool,
}

impl FromRow for LeasedLetter {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: LetterId::kept(row.get("id")?),
            member: MemberId::kept(row.get("member")?),
            kind: row.get("kind")?,
            priority: row.get("priority")?,
            recipient: row.get("recipient")?,
            content: row.get("content")?,
            deliver_before: row.get("deliver_before")?,
            tries: row.get("tries")?,
            is_of_use: row.get("is_of_use")?,
        })
    }
}

/// Who holds a letter, and until when it is nobody else's.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// Drawn for one try.
    pub id: Uuid,
    /// From then on any postman may take the letter.
    pub until: Timestamp,
}

/// Which letters may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedLetters {
    /// Those that ran out as well, to be given up.
    All,
    /// Only those that can be of use.
    InTime,
}

impl WantedLetters {
    /// What a letter's end has to be later than. The end of one that ran out for good is the beginning of the epoch.
    pub(super) fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::All => Timestamp::UNIX_EPOCH - SignedDuration::from_secs(1),
            Self::InTime => now,
        }
    }
}

/// Takes the letter of that priority that has waited longest. `None` when there is none, or when another postman took
/// it first: ask again.
pub async fn take(
    tx: &mut Write,
    priority: u32,
    lease: Lease,
    wanted: WantedLetters,
    now: Timestamp,
) -> StoreResult<Option<LeasedLetter>> {
    // The outer condition stops the second of two postmen on PostgreSQL, whose inner question saw the row still free.
    tx.sql(sql!(
        "UPDATE outbox SET lease = $2, leased_until = $3, next_try_at = $3, tries = tries + 1
          WHERE tenant = $1 AND outcome IS NULL AND next_try_at <= $4
            AND id = (SELECT o.id FROM outbox AS o
                       WHERE o.tenant = $1 AND o.priority = $5 AND o.outcome IS NULL AND o.next_try_at <= $4
                         AND o.deliver_before > $7
                       ORDER BY o.next_try_at, o.id LIMIT 1)
         RETURNING id, member, kind, priority, recipient, content, deliver_before, tries,
                   (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = outbox.member
                       AND (outbox.epoch IS NULL OR outbox.epoch = m.epoch)
                       AND m.ended_at IS NULL AND (m.lost_on IS NULL OR m.lost_on >= $6)
                       AND NOT EXISTS (SELECT 1 FROM closing AS e
                                        WHERE e.tenant = $1 AND (e.closed_at IS NOT NULL OR e.last_day < $6)))
                     IS NOT NULL AS is_of_use"
    ))
    .bind(lease.id.as_bytes().as_slice())
    .bind(lease.until)
    .bind(now)
    .bind(priority)
    .bind(japanese_day(now))
    .bind(wanted.end(now))
    .maybe()
    .await
}

/// What became of a letter for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterOutcome {
    /// The server took it.
    Sent,
    /// It was refused for good, or ran out.
    GivenUp,
}

impl LetterOutcome {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::GivenUp => "given-up",
        }
    }
}

/// Closes a letter and erases whom it was for and what it said. `false` when the lease is no longer ours.
pub async fn close(
    tx: &mut Write,
    id: LetterId,
    lease: Lease,
    outcome: LetterOutcome,
    now: Timestamp,
) -> StoreResult<bool> {
    let rows = tx
        .sql(sql!(
            "UPDATE outbox SET outcome = $4, done_at = $5, recipient = $6, content = $6, lease = NULL,
                               leased_until = NULL
              WHERE tenant = $1 AND id = $2 AND lease = $3 AND outcome IS NULL"
        ))
        .bind(id)
        .bind(lease.id.as_bytes().as_slice())
        .bind(outcome.as_str())
        .bind(now)
        .bind(&[] as &[u8])
        .count()
        .await?;
    Ok(rows == 1)
}

/// Puts a letter back, to be tried again at `next`. `false` when the lease is no longer ours.
pub async fn put_back(tx: &mut Write, id: LetterId, lease: Lease, next: Timestamp) -> StoreResult<bool> {
    let rows = tx
        .sql(sql!(
            "UPDATE outbox SET lease = NULL, leased_until = NULL, next_try_at = $4
              WHERE tenant = $1 AND id = $2 AND lease = $3 AND outcome IS NULL"
        ))
        .bind(id)
        .bind(lease.id.as_bytes().as_slice())
        .bind(next)
        .count()
        .await?;
    Ok(rows == 1)
}
