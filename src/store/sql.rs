//! Statement: one SQL text for SQLite and PostgreSQL, pinned to one tenant.
//!
//! # Decision
//! A small statement type over the two native pools.
//! # Because
//! `sqlx::Any` cannot carry ids, instants and booleans on both, generics over the database climb
//! into every handler, and two implementations drift apart. Arguments go straight into the native
//! argument buffers and rows decode natively, so nothing is lost on the way.
//! # Instead of
//! `sqlx::Any`, `impl<DB: Database>`, or a trait with two implementations.
//!
//! The slug of the transaction's tenant is bound as `$1` of every statement, and [`sql!`] refuses
//! to compile a text that does not use it.
//!
//! # To write a statement
//! Say `sql!` in a function of this room that takes a [`Read`], or a [`Write`] where it writes; bind `$2`, `$3`, … in their
//! order, and read columns by name. Both databases take `ON CONFLICT`, `RETURNING`, `EXISTS`, window functions and
//! recursive `WITH`; instants, ids and truth values are bound and read as types ([`ToColumn`]), never written into the
//! text. What only one of them takes is found by `every_statement_prepares_on_sqlite`
//! (`cargo test --test house -- statements`) and by `cargo test --test house_postgres`.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    StoreError, StoreResult,
    open::{Fetch, OpenConnection},
    row::{Arguments, FromRow, Row, ToColumn},
};
use crate::domain::{
    audit::doing::{Doing, Reason},
    member::{EventId, MemberId},
    receipt::Receipt,
    tenant::TenantSlug,
};

/// Arguments of one statement that inserts many rows. More make it no faster; SQLite and PostgreSQL take 32,766 and 65,535.
const ARGUMENTS: usize = 2_000;

/// A statement's text that pins the tenant. Only [`sql!`] makes one.
#[derive(Debug, Clone, Copy)]
pub struct Sql(&'static str);

impl Sql {
    /// Checks at compile time that the text names the tenant: one that forgets it altogether does not build. That each table
    /// in it is pinned, `tests/house/statements.rs` reads off the text.
    ///
    /// # Panics
    /// In a `const`, that is: the build fails.
    pub const fn pinned(text: &'static str) -> Self {
        assert!(
            contains(text, "tenant = $1") || contains(text, "(tenant, "),
            "this statement does not pin its tenant: say `tenant = $1`, or insert `(tenant, …) VALUES ($1, …`"
        );
        Self(text)
    }

    /// The text itself, for the test that prepares every statement.
    pub const fn text(self) -> &'static str {
        self.0
    }
}

const fn contains(text: &str, needle: &str) -> bool {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let mut at = 0;
    while at + needle.len() <= text.len() {
        let mut same = 0;
        #[expect(
            clippy::indexing_slicing,
            reason = "const code; both indices are below the lengths by the loop conditions"
        )]
        while same < needle.len() && text[at + same] == needle[same] {
            same += 1;
        }
        if same == needle.len() {
            return true;
        }
        at += 1;
    }
    false
}

/// A statement's text, checked while compiling to be pinned to the tenant bound as `$1`. Given in pieces it is put
/// together: a list of columns that several statements share is a macro beside its `FromRow`.
macro_rules! sql {
    ($($piece:expr),+ $(,)?) => {{
        const PINNED: $crate::store::sql::Sql = $crate::store::sql::Sql::pinned(concat!($($piece),+));
        PINNED
    }};
}
pub(crate) use sql;

/// Reads one tenant's rows. It cannot write: SQLite's reading connections are `query_only`, PostgreSQL's are read-only
/// outside a [`Write`].
///
/// Each statement sees what was committed when it began. What has to fit together stands in one statement, or is asked
/// again in the [`Write`] that depends on it. (PostgreSQL's READ COMMITTED never promised more.)
#[derive(Debug)]
pub struct Read {
    pub(super) open: OpenConnection,
    pub(super) tenant: TenantSlug,
}

/// A transaction that may write one tenant's rows. It can do all that [`Read`] can.
///
/// SQLite: begun with `BEGIN IMMEDIATE`, so that reading and then writing never fails half-way.
/// The events of the trail that its deeds note are written when it commits.
#[derive(Debug)]
pub struct Write {
    read: Read,
    events: Vec<NotedEvent>,
}

/// An event of the trail, to be written when its transaction commits.
#[derive(Debug)]
pub(super) struct NotedEvent {
    pub id: EventId,
    pub member: Option<MemberId>,
    pub word: &'static str,
    /// The details of the event, as JSON.
    pub detail: String,
    pub doing: Doing,
    pub at: Timestamp,
}

/// Rows that are few enough for each of their arguments to have a number on SQLite.
const FEW_ROWS: usize = 8;

/// How many columns of the trail stand behind the tenant.
const EVENT_COLUMNS: usize = 12;

/// The statement that writes these events.
fn events_written<'t>(tx: &'t mut Write, events: &[NotedEvent]) -> Statement<'t, Writing> {
    let head = sql!(
        "INSERT INTO audit (tenant, id, at, event, member, detail, actor_kind, actor, reason, purpose, gate, net,
                            receipt) VALUES"
    );
    tx.inserting(head, "", EVENT_COLUMNS, events, |row, event| {
        let doing = &event.doing;
        row.bind(event.id)
            .bind(event.at)
            .bind(event.word)
            .bind(event.member.map(MemberId::uuid))
            .bind(event.detail.as_str())
            .bind(doing.actor.kind())
            .bind(doing.actor.name())
            .bind(doing.reason.as_ref().map(Reason::as_str))
            .bind(doing.purpose.as_str())
            .bind(doing.gate.as_str())
            .bind(doing.net.map(|net| net.to_string()))
            .bind(doing.receipt.as_ref().map(Receipt::as_str))
    })
}

/// Writes these events, whatever comes behind them in their transaction.
async fn write_events(tx: &mut Write, events: &[NotedEvent]) -> StoreResult<()> {
    for events in events.chunks(rows_at_once(EVENT_COLUMNS)) {
        tx.before_many(events.len()).await?;
        events_written(tx, events).run().await?;
    }
    Ok(())
}

impl Deref for Write {
    type Target = Read;
    fn deref(&self) -> &Read {
        &self.read
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Read {
        &mut self.read
    }
}

impl Read {
    /// The tenant whose rows this sees.
    pub fn tenant(&self) -> &TenantSlug {
        &self.tenant
    }

    /// A statement that reads.
    pub fn sql(&mut self, text: Sql) -> Statement<'_, Reading> {
        Statement::new(&mut self.open, text.0, Some(&self.tenant))
    }
}

impl Write {
    pub(super) fn over(read: Read) -> Self {
        Self { read, events: Vec::new() }
    }

    /// Has an event written when this transaction commits: all of them in one statement, or none.
    pub(super) fn at_commit(&mut self, event: NotedEvent) {
        self.events.push(event);
    }

    /// A statement that may write.
    pub fn sql(&mut self, text: Sql) -> Statement<'_, Writing> {
        Statement::new(&mut self.read.open, text.0, Some(&self.read.tenant))
    }

    /// A statement that reads ids of members `m`, and keeps other deeds of these members waiting until this transaction ends,
    /// the lowest id first, as [`hold_all`](super::member::hold_all) does: of two transactions that hold some of the same
    /// members, neither waits for the other for ever. The text ends with that order, or with a limit behind it.
    ///
    /// SQLite has one writer anyway. PostgreSQL takes the rows of an `UPDATE` in an order of its own.
    pub fn hold(&mut self, text: Sql) -> Statement<'_, Writing> {
        debug_assert!(text.0.contains(" ORDER BY m.id"), "in which order? {}", text.0);
        let text: std::borrow::Cow<'static, str> = if self.read.open.is_postgres() {
            format!("{} FOR NO KEY UPDATE OF m", text.0).into()
        } else {
            text.0.into()
        };
        Statement::new(&mut self.read.open, text, Some(&self.read.tenant))
    }

    /// A statement about the database itself, for `schema` only: no tenant is bound.
    pub(super) fn plain(
        &mut self,
        text: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Statement<'_, Writing> {
        Statement::new(&mut self.read.open, text, None)
    }

    /// Inserts many rows with few statements. `head` is `INSERT INTO t (tenant, a, b) VALUES`, `tail` what
    /// follows the rows (or nothing), `width` the number of columns **after** the tenant; `bind` adds the
    /// values of one row in order.
    pub async fn insert_many<T>(
        &mut self,
        head: Sql,
        tail: &'static str,
        width: usize,
        rows: &[T],
        bind: impl for<'s> Fn(Statement<'s, Writing>, &T) -> Statement<'s, Writing>,
    ) -> StoreResult<u64> {
        let mut written = 0;
        for chunk in rows.chunks(rows_at_once(width)) {
            self.before_many(chunk.len()).await?;
            written += self.inserting(head, tail, width, chunk, &bind).count().await?;
        }
        Ok(written)
    }

    /// Before one statement that inserts so many rows: behind what is not sent yet their arguments need numbers, which only
    /// few should ([`Write::inserting`]).
    async fn before_many(&mut self, rows: usize) -> StoreResult<()> {
        if rows > FEW_ROWS { self.read.open.send().await } else { Ok(()) }
    }

    /// One statement that inserts these rows.
    ///
    /// SQLite looks a numbered argument up among all names of its statement each time one is bound: their number squared.
    /// Arguments without a name it takes in order, so each row brings its tenant along. Texts of two lengths keep the
    /// statement cache small.
    fn inserting<'t, T>(
        &'t mut self,
        head: Sql,
        tail: &'static str,
        width: usize,
        rows: &[T],
        bind: impl for<'s> Fn(Statement<'s, Writing>, &T) -> Statement<'s, Writing>,
    ) -> Statement<'t, Writing> {
        let named = self.read.open.is_postgres() || self.read.open.arguments_unsent() > 0;
        let text = values(head.0, rows.len(), width, tail, named);
        let tenant = &self.read.tenant;
        let mut statement = if named {
            Statement::new(&mut self.read.open, text, Some(tenant))
        } else {
            Statement::unbound(&mut self.read.open, text, Some(tenant))
        };
        for row in rows {
            if !named {
                statement = statement.bind(tenant.as_str());
            }
            statement = bind(statement, row);
        }
        statement
    }

    /// Writes the events of this union, and hands the transaction on: to another union, or to be committed.
    pub(super) async fn handed_on(mut self) -> StoreResult<OpenConnection> {
        let events = std::mem::take(&mut self.events);
        write_events(&mut self, &events).await?;
        Ok(self.read.open)
    }

    /// Makes the writes of this transaction lasting. Dropped without it, they never happened.
    ///
    /// # Errors
    /// Whether it happened all the same after a fault, says [`StoreError::is_unsure`].
    pub async fn commit(mut self) -> StoreResult<()> {
        let events = std::mem::take(&mut self.events);
        let (before, last) = events.split_at(events.len().saturating_sub(rows_at_once(EVENT_COLUMNS)));
        write_events(&mut self, before).await?;
        if last.is_empty() {
            return self.read.open.commit().await;
        }
        self.before_many(last.len()).await?;
        let (_, text, arguments) = events_written(&mut self, last).finished()?;
        self.read.open.commit_with(text, arguments).await
    }
}

/// How many rows of so many columns behind the tenant one statement inserts.
fn rows_at_once(width: usize) -> usize {
    (ARGUMENTS / (width + 1)).clamp(1, 500)
}

/// The text that inserts so many rows of `width` columns after the tenant, with the tenant as `$1` of each row; or with
/// arguments in order, the tenant first in each row.
fn values(head: &str, rows: usize, width: usize, tail: &str, named: bool) -> String {
    let mut text = String::with_capacity(head.len() + tail.len() + rows * (width + 1) * 7);
    text.push_str(head);
    let mut next = 2;
    for row in 0..rows {
        text.push_str(if row == 0 { " (" } else { ", (" });
        text.push_str(if named { "$1" } else { "?" });
        for _ in 0..width {
            if named {
                text.push_str(", $");
                text.push_str(&next.to_string());
                next += 1;
            } else {
                text.push_str(", ?");
            }
        }
        text.push(')');
    }
    text.push(' ');
    text.push_str(tail);
    text
}

/// Marks statements of a [`Read`].
#[derive(Debug)]
pub struct Reading;
/// Marks statements of a [`Write`].
#[derive(Debug)]
pub struct Writing;

/// One statement with its arguments so far.
#[derive(Debug)]
pub struct Statement<'t, Mode> {
    open: &'t mut OpenConnection,
    text: std::borrow::Cow<'static, str>,
    arguments: StoreResult<Arguments>,
    /// How many of the arguments belong to statements that are not sent yet.
    before: usize,
    tenant: Option<&'t TenantSlug>,
    /// The members and sessions whose ids are bound.
    about: Vec<Uuid>,
    mode: PhantomData<Mode>,
}

impl<'t, Mode> Statement<'t, Mode> {
    pub(super) fn new(
        open: &'t mut OpenConnection,
        text: impl Into<std::borrow::Cow<'static, str>>,
        tenant: Option<&'t TenantSlug>,
    ) -> Self {
        let statement = Self::unbound(open, text, tenant);
        match tenant {
            Some(slug) => statement.bind(slug.as_str()),
            None => statement,
        }
    }

    /// A statement without arguments so far, the tenant not among them.
    fn unbound(
        open: &'t mut OpenConnection,
        text: impl Into<std::borrow::Cow<'static, str>>,
        tenant: Option<&'t TenantSlug>,
    ) -> Self {
        let (arguments, before) = (open.arguments(), open.arguments_unsent());
        Self {
            open,
            text: text.into(),
            arguments: Ok(arguments),
            before,
            tenant,
            about: Vec::new(),
            mode: PhantomData,
        }
    }

    /// Binds the next argument: the first call binds `$2`.
    #[must_use]
    pub fn bind<T: ToColumn>(mut self, value: T) -> Self {
        self.about.extend(value.about());
        if let Ok(arguments) = &mut self.arguments
            && let Err(fault) = value.put(arguments)
        {
            self.arguments = Err(fault);
        }
        self
    }

    /// The first row, if there is one.
    pub async fn maybe<T: FromRow>(self) -> StoreResult<Option<T>> {
        let row = self.rows(Fetch::First).await?.into_iter().next();
        row.as_ref().map(T::from_row).transpose()
    }

    /// The first row; a [`StoreError`] when there is none.
    pub async fn one<T: FromRow>(self) -> StoreResult<T> {
        self.maybe().await?.ok_or(StoreError::NoRow)
    }

    /// Whether a row comes back.
    pub async fn exists(self) -> StoreResult<bool> {
        Ok(!self.rows(Fetch::First).await?.is_empty())
    }

    /// Every row, in the statement's order.
    pub async fn all<T: FromRow>(self) -> StoreResult<Vec<T>> {
        self.map(T::from_row).await
    }

    /// The same, where a row is no type of its own: `read` makes something of its columns, by their names.
    pub async fn map<T>(self, read: impl Fn(&Row) -> StoreResult<T>) -> StoreResult<Vec<T>> {
        self.rows(Fetch::All).await?.iter().map(read).collect()
    }

    async fn rows(self, wanted: Fetch) -> StoreResult<Vec<Row>> {
        let (open, text, arguments) = self.finished()?;
        open.rows(text, arguments, wanted).await
    }

    /// What is sent. That it is written is noted.
    fn finished(self) -> StoreResult<(&'t mut OpenConnection, std::borrow::Cow<'static, str>, Arguments)> {
        self.open.note(&self.text, self.tenant, &self.about);
        let text = if self.before == 0 { self.text } else { renumbered(&self.text, self.before).into() };
        Ok((self.open, text, self.arguments?))
    }
}

/// The text, its arguments behind so many others.
fn renumbered(text: &str, before: usize) -> String {
    let mut pieces = text.split('$');
    let mut renumbered = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        renumbered.push('$');
        let end = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
        let (number, rest) = piece.split_at(end);
        match number.parse::<usize>() {
            Ok(number) => renumbered.push_str(&(number + before).to_string()),
            Err(_) => renumbered.push_str(number),
        }
        renumbered.push_str(rest);
    }
    renumbered
}

impl Statement<'_, Writing> {
    /// Runs the statement and says whether it wrote its row: `false` where there was none to write, or it was written
    /// already. The text ends in `RETURNING`, for the row itself is the answer.
    pub async fn done(self) -> StoreResult<bool> {
        debug_assert!(self.text.contains("RETURNING"), "nothing comes back from: {}", self.text);
        self.exists().await
    }

    /// Runs the statement. On SQLite it goes with what this transaction sends next, or with its commit, and what is wrong
    /// with it is told there.
    pub async fn run(self) -> StoreResult<()> {
        debug_assert!(!self.text.contains("RETURNING"), "nobody reads what comes back from: {}", self.text);
        let (open, text, arguments) = self.finished()?;
        open.run(text, arguments).await
    }

    /// Runs the statement and says how many rows it wrote. Where the answer decides something, ask for the row
    /// itself: [`Statement::done`].
    pub async fn count(self) -> StoreResult<u64> {
        let (open, text, arguments) = self.finished()?;
        open.count(text, arguments).await
    }
}

#[cfg(test)]
mod tests {
    use super::{contains, renumbered};

    #[test]
    fn arguments_are_numbered_behind_others() {
        let text = "UPDATE t SET a = $2, b = '$.x' WHERE tenant = $1 AND c = $12";
        assert_eq!(renumbered(text, 9), "UPDATE t SET a = $11, b = '$.x' WHERE tenant = $10 AND c = $21");
    }

    #[test]
    fn the_compile_time_search_finds_what_is_there_and_only_that() {
        assert!(contains("SELECT a FROM t WHERE tenant = $1", "tenant = $1"));
        assert!(contains("INSERT INTO t (tenant, a)", "(tenant, "));
        assert!(!contains("SELECT a FROM t WHERE tenant = $2", "tenant = $1"));
        assert!(!contains("short", "much longer than the text"));
    }
}
