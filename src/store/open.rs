//! Open: a connection in use, and what may stand on it when it is given back: nothing.
//!
//! # Decision
//! A guard of our own around a pooled connection; `BEGIN`, `COMMIT` and `ROLLBACK` are statements like others. Reads run
//! without a transaction. On SQLite a transaction's first statement brings its `BEGIN` along, and what is written last, its
//! `COMMIT`.
//! # Because
//! A request can be dropped at every `.await`, and a database can end a transaction without being asked (SQLite does when
//! the disk is full). Only a guard that counts what it sent and what was answered knows whether a connection may be used
//! again. A read outside a transaction leaves nothing behind, costs one round trip, and can be asked again when its
//! connection turns out to have died. What is said to SQLite goes to a thread and back, which takes longer than most
//! statements; one transaction at a time writes, and all others wait for it: what has no answer goes with what comes next.
//! (PostgreSQL takes one statement at a time where there are arguments.)
//! # Instead of
//! `sqlx::Transaction`, which believes in its own count.

use std::{borrow::Cow, sync::Arc, time::Duration};

use sqlx::{
    Arguments as _, AssertSqlSafe, Executor as _, PgConnection, SqliteConnection, postgres::PgArguments,
    sqlite::SqliteArguments,
};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    Limits, StoreError, StoreResult,
    changes::{Changes, Marks},
    fault::{is_damage, is_dead, is_not_committed, is_read_only, is_refusal},
    file::DatabaseFile,
    pool::{Backend, HeldConnection},
    row::{Arguments, Row},
    tally,
};
use crate::domain::tenant::TenantSlug;

/// A connection of either database, for one read or one transaction.
#[derive(Debug)]
pub(super) struct OpenConnection {
    /// Absent once the guard gave it away.
    link: Option<Link>,
    limits: Limits,
    stage: TransactionState,
    /// What the transaction may have changed; absent where nothing is written.
    marks: Option<Marks>,
    /// Where a commit has to be found again before it is acknowledged; absent on PostgreSQL and where nothing is written.
    file: Option<Arc<DatabaseFile>>,
    /// What is sent with the next statement, or with the commit; only SQLite takes several statements with arguments at once.
    unsent: Option<Unsent>,
}

/// Statements of a transaction that nobody waits for the answer of.
#[derive(Debug)]
struct Unsent {
    text: String,
    /// Theirs, one after another; the next statement's come behind them.
    arguments: SqliteArguments,
}

#[derive(Debug)]
pub(super) enum Link {
    Sqlite(HeldConnection<SqliteConnection>),
    Postgres(HeldConnection<PgConnection>),
}

/// Where the connection stands.
#[derive(Debug, Clone, Copy)]
enum TransactionState {
    /// No transaction: each statement is its own.
    Alone,
    /// A transaction that writes, begun by this text before its first statement. Nothing was sent yet.
    Announced(&'static str),
    /// In a transaction that reads, for the sake of its longer limits or of one view over many statements.
    Reading,
    /// In a transaction that writes.
    Writing,
    /// In a transaction one of whose statements failed: nothing more is said in it.
    Spoiled { passing: bool },
    /// The transaction is over.
    Over,
}

/// How many rows are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fetch {
    /// The first row; the others are not read.
    First,
    /// Every row.
    All,
}

/// Which transaction is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransactionKind {
    Read,
    Write,
}

impl OpenConnection {
    /// Reads without a transaction.
    pub(super) fn alone(link: Link, limits: Limits) -> Self {
        Self {
            link: Some(link),
            limits,
            stage: TransactionState::Alone,
            marks: None,
            file: None,
            unsent: None,
        }
    }

    /// Begins a transaction. When the connection died while it waited, it is begun on another one: nothing was said yet.
    ///
    /// Whatever goes wrong here is passing: no statement of ours was looked at.
    pub(super) async fn begin(
        link: Link,
        limits: Limits,
        purpose: TransactionKind,
        text: Cow<'static, str>,
    ) -> StoreResult<Self> {
        let mut open = Self::alone(link, limits);
        open.say_begin(text).await?;
        open.stage = match purpose {
            TransactionKind::Read => TransactionState::Reading,
            TransactionKind::Write => TransactionState::Writing,
        };
        Ok(open)
    }

    async fn say_begin(&mut self, text: Cow<'static, str>) -> StoreResult<()> {
        let limits = self.limits;
        loop {
            let reused = self.link()?.is_reused();
            match self.say(text.clone(), limits.statement).await {
                Ok(()) => return Ok(()),
                Err(Failure::Told(fault)) if reused && is_dead(&fault) => {
                    self.link()?.replace(limits.acquire).await?;
                }
                Err(Failure::Told(fault)) => return Err(StoreError::Unreachable(fault)),
                Err(Failure::Silent(limit)) => return Err(StoreError::Silent(limit)),
                Err(Failure::Ours(fault)) => return Err(fault),
            }
        }
    }

    /// A transaction that writes: `begin` is sent with its first statement, as only SQLite takes it.
    pub(super) fn announced(link: Link, limits: Limits, begin: &'static str) -> Self {
        let mut open = Self::alone(link, limits);
        open.stage = TransactionState::Announced(begin);
        open
    }

    /// Whatever this transaction writes is marked there when it ends.
    pub(super) fn marking(mut self, changes: &Arc<Changes>) -> Self {
        self.marks = Some(Marks::new(Arc::clone(changes)));
        self
    }

    /// What it commits is acknowledged once it is in the file that the database's path leads to.
    pub(super) fn into_file(mut self, file: Option<Arc<DatabaseFile>>) -> Self {
        self.file = file;
        self
    }

    /// Notes what a statement may write, and about whom.
    pub(super) fn note(&mut self, text: &str, tenant: Option<&TenantSlug>, about: &[Uuid]) {
        if let Some(marks) = &mut self.marks {
            marks.note(text, tenant, about);
        }
    }

    /// A whole transaction in one text. When anything of it fails, the connection is not used again.
    pub(super) async fn write_at_once(
        link: Link,
        limits: Limits,
        text: Cow<'static, str>,
    ) -> StoreResult<()> {
        let mut open = Self::alone(link, limits);
        match open.say(text, limits.statement).await {
            Ok(()) => Ok(()),
            Err(failure) => {
                open.link()?.doubt();
                Err(match failure {
                    Failure::Told(fault) => StoreError::Database(fault),
                    Failure::Silent(limit) => StoreError::Silent(limit),
                    Failure::Ours(fault) => fault,
                })
            }
        }
    }

    /// The arguments that the next statement's come behind: those of what is not sent yet.
    pub(super) fn arguments(&self) -> Arguments {
        match (&self.link, &self.unsent) {
            (Some(Link::Postgres(_)), _) => Arguments::Postgres(PgArguments::default()),
            (_, None) => Arguments::Sqlite(SqliteArguments::default()),
            (_, Some(unsent)) => Arguments::Sqlite(unsent.arguments.clone()),
        }
    }

    /// How many of these are there.
    pub(super) fn arguments_unsent(&self) -> usize {
        self.unsent.as_ref().map_or(0, |unsent| unsent.arguments.len())
    }

    /// Whether the database is PostgreSQL, where every argument has a number.
    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.link, Some(Link::Postgres(_)))
    }

    /// Runs a statement and returns rows.
    pub(super) async fn rows(
        &mut self,
        text: Cow<'static, str>,
        arguments: Arguments,
        wanted: Fetch,
    ) -> StoreResult<Vec<Row>> {
        let mut asked = Some((self.behind_unsent(text), arguments));
        loop {
            let (text, arguments, again) = self.turn(&mut asked)?;
            let limit = self.limits.statement;
            let answer = match (self.link()?, arguments) {
                (Link::Sqlite(held), Arguments::Sqlite(arguments)) => {
                    let query = sqlx::query_with(AssertSqlSafe(text), arguments);
                    let connection = held.begin()?;
                    let answer = match wanted {
                        Fetch::First => {
                            let row = timeout(limit, connection.fetch_optional(query)).await;
                            row.map(|row| row.map(|row| row.into_iter().collect::<Vec<_>>()))
                        }
                        Fetch::All => timeout(limit, connection.fetch_all(query)).await,
                    };
                    settled(held, answer, limit).map(|rows| rows.into_iter().map(Row::Sqlite).collect())
                }
                (Link::Postgres(held), Arguments::Postgres(arguments)) => {
                    // To the end also where one row is wanted: an answer that is not read stays in the connection.
                    let query = sqlx::query_with(AssertSqlSafe(text), arguments);
                    let answer = timeout(limit, held.begin()?.fetch_all(query)).await;
                    settled(held, answer, limit)
                        .map(|rows| rows.into_iter().map(Row::Postgres).collect::<Vec<_>>())
                }
                _ => return Err(StoreError::Mixed),
            };
            if let Some(answer) = self.judge(answer, again).await? {
                return Ok(answer);
            }
        }
    }

    /// Runs a statement whose answer nobody waits for: in a transaction on SQLite, with whatever is sent next.
    pub(super) async fn run(&mut self, text: Cow<'static, str>, arguments: Arguments) -> StoreResult<()> {
        match (self.stage, arguments) {
            (TransactionState::Announced(_) | TransactionState::Writing, Arguments::Sqlite(arguments)) => {
                let text = self.behind_unsent(text).into_owned();
                self.unsent = Some(Unsent { text, arguments });
                Ok(())
            }
            (_, arguments) => self.count(text, arguments).await.map(drop),
        }
    }

    /// Runs a statement; how many rows it wrote. What begins a transaction, and what was not sent yet, is sent before it and
    /// not with it: SQLite counts the rows of all of them, and for a `BEGIN` those of the last statement that wrote any.
    pub(super) async fn count(&mut self, text: Cow<'static, str>, arguments: Arguments) -> StoreResult<u64> {
        if let TransactionState::Announced(begin) = self.stage {
            self.say_begin(begin.into()).await?;
            self.stage = TransactionState::Writing;
        }
        self.send().await?;
        self.execute(text, arguments).await
    }

    /// Sends what is not sent yet.
    pub(super) async fn send(&mut self) -> StoreResult<()> {
        let Some(Unsent { text, arguments }) = self.unsent.take() else { return Ok(()) };
        self.execute(text.into(), Arguments::Sqlite(arguments)).await.map(drop)
    }

    async fn execute(&mut self, text: Cow<'static, str>, arguments: Arguments) -> StoreResult<u64> {
        let mut asked = Some((text, arguments));
        loop {
            let (text, arguments, again) = self.turn(&mut asked)?;
            let limit = self.limits.statement;
            let answer = match (self.link()?, arguments) {
                (Link::Sqlite(held), Arguments::Sqlite(arguments)) => {
                    let query = sqlx::query_with(AssertSqlSafe(text), arguments);
                    let answer = timeout(limit, held.begin()?.execute(query)).await;
                    settled(held, answer, limit).map(|done| done.rows_affected())
                }
                (Link::Postgres(held), Arguments::Postgres(arguments)) => {
                    let query = sqlx::query_with(AssertSqlSafe(text), arguments);
                    let answer = timeout(limit, held.begin()?.execute(query)).await;
                    settled(held, answer, limit).map(|done| done.rows_affected())
                }
                _ => return Err(StoreError::Mixed),
            };
            if let Some(answer) = self.judge(answer, again).await? {
                return Ok(answer);
            }
        }
    }

    /// The text behind what is not sent yet. The arguments that go with it are [`OpenConnection::arguments`] and its own.
    fn behind_unsent(&mut self, text: Cow<'static, str>) -> Cow<'static, str> {
        match self.unsent.take() {
            None => text,
            Some(Unsent { text: before, .. }) => format!("{before}; {text}").into(),
        }
    }

    /// Commits the transaction.
    pub(super) async fn commit(mut self) -> StoreResult<()> {
        if let Some(Unsent { text, arguments }) = self.unsent.take() {
            return self.commit_behind(text.into(), arguments).await;
        }
        match self.stage {
            TransactionState::Writing | TransactionState::Reading => {}
            TransactionState::Spoiled { passing } => return Err(StoreError::Spoiled { passing }),
            TransactionState::Alone | TransactionState::Announced(_) | TransactionState::Over => {
                return Ok(());
            }
        }
        let limit = self.limits.statement;
        let said = self.say("COMMIT".into(), limit).await;
        self.committed(said).await
    }

    /// Runs a statement and commits the transaction.
    pub(super) async fn commit_with(
        mut self,
        text: Cow<'static, str>,
        arguments: Arguments,
    ) -> StoreResult<()> {
        match arguments {
            Arguments::Sqlite(arguments) => {
                let text = self.behind_unsent(text);
                self.commit_behind(text, arguments).await
            }
            Arguments::Postgres(_) => {
                self.run(text, arguments).await?;
                self.commit().await
            }
        }
    }

    /// Sends these statements and the commit at once, to SQLite.
    async fn commit_behind(mut self, text: Cow<'static, str>, arguments: SqliteArguments) -> StoreResult<()> {
        let mut asked = Some((format!("{text}; COMMIT").into(), Arguments::Sqlite(arguments)));
        let (text, arguments, _) = self.turn(&mut asked)?;
        // Also where nothing was sent before: dropped from here on, it may happen all the same.
        self.stage = TransactionState::Writing;
        let limit = self.limits.statement;
        let said = match (self.link()?, arguments) {
            (Link::Sqlite(held), Arguments::Sqlite(arguments)) => {
                let query = sqlx::query_with(AssertSqlSafe(text), arguments);
                let answer = timeout(limit, held.begin()?.execute(query)).await;
                settled(held, answer, limit).map(drop)
            }
            _ => return Err(StoreError::Mixed),
        };
        self.committed(said).await
    }

    /// What the answer to a commit means, or to statements that were sent with it.
    async fn committed(&mut self, said: StoreResult<(), Failure>) -> StoreResult<()> {
        match said {
            Ok(()) => {
                self.stage = TransactionState::Over;
                self.file.as_ref().map_or(Ok(()), |file| file.keeps_what_was_committed())
            }
            Err(Failure::Told(fault)) if is_not_committed(&fault) || self.is_still_open().await => {
                tell_damage(&fault);
                Err(StoreError::Database(fault))
            }
            Err(Failure::Told(fault)) => {
                tell_damage(&fault);
                Err(StoreError::Unsure(fault.to_string()))
            }
            Err(Failure::Silent(limit)) => Err(StoreError::Unsure(StoreError::Silent(limit).to_string())),
            Err(Failure::Ours(fault)) => Err(fault),
        }
    }

    /// Whether the transaction had not ended, on SQLite, which refuses to roll back what is none: it is rolled back then.
    async fn is_still_open(&mut self) -> bool {
        let is_sqlite = matches!(self.link, Some(Link::Sqlite(_)));
        let is_open = is_sqlite && self.say("ROLLBACK".into(), self.limits.acquire).await.is_ok();
        if is_open {
            self.stage = TransactionState::Over;
        }
        is_open
    }

    /// Says something that has no arguments and no answer but that it is done.
    async fn say(&mut self, text: Cow<'static, str>, limit: Duration) -> StoreResult<(), Failure> {
        let text = tally::noted(text, self.is_in_transaction());
        match self.link.as_mut() {
            Some(Link::Sqlite(held)) => {
                let answer = timeout(limit, held.begin()?.execute(AssertSqlSafe(text))).await;
                settled(held, answer, limit).map(drop)
            }
            Some(Link::Postgres(held)) => {
                let answer = timeout(limit, held.begin()?.execute(AssertSqlSafe(text))).await;
                settled(held, answer, limit).map(drop)
            }
            None => Err(StoreError::Mixed.into()),
        }
    }

    fn is_in_transaction(&self) -> bool {
        matches!(self.stage, TransactionState::Writing | TransactionState::Reading)
    }

    fn link(&mut self) -> StoreResult<&mut Link> {
        self.link.as_mut().ok_or(StoreError::Mixed)
    }

    /// What to send this time, and whether it may be sent again: outside a transaction nothing can be written, and the
    /// first statement of one is undone with its connection, so that a statement whose connection had died may be repeated.
    fn turn(
        &mut self,
        asked: &mut Option<(Cow<'static, str>, Arguments)>,
    ) -> StoreResult<(Cow<'static, str>, Arguments, bool)> {
        if let TransactionState::Spoiled { passing } = self.stage {
            return Err(StoreError::Spoiled { passing });
        }
        let is_first = matches!(self.stage, TransactionState::Alone | TransactionState::Announced(_));
        let again = is_first && self.link()?.is_reused();
        let turn = if again { asked.clone() } else { asked.take() };
        let (mut text, arguments) = turn.ok_or(StoreError::Mixed)?;
        if let TransactionState::Announced(begin) = self.stage {
            text = format!("{begin}; {text}").into();
        }
        let text = tally::noted(text, self.is_in_transaction());
        Ok((text, arguments, again))
    }

    /// The answer, or `None` when it should be asked for again.
    async fn judge<T>(&mut self, answer: StoreResult<T, Failure>, again: bool) -> StoreResult<Option<T>> {
        let is_announced = matches!(self.stage, TransactionState::Announced(_));
        let fault = match answer {
            Ok(answer) => {
                if is_announced {
                    self.stage = TransactionState::Writing;
                }
                return Ok(Some(answer));
            }
            Err(Failure::Told(fault)) if again && (is_dead(&fault) || is_damage(&fault) && !is_announced) => {
                let limit = self.limits.acquire;
                self.link()?.replace(limit).await?;
                return Ok(None);
            }
            Err(Failure::Told(fault))
                if !is_announced
                    && !matches!(self.stage, TransactionState::Writing)
                    && is_read_only(&fault) =>
            {
                StoreError::WritesInRead
            }
            Err(Failure::Told(fault)) => {
                tell_damage(&fault);
                StoreError::Database(fault)
            }
            Err(Failure::Silent(limit)) => StoreError::Silent(limit),
            Err(Failure::Ours(fault)) => fault,
        };
        if is_announced || self.is_in_transaction() {
            self.stage = TransactionState::Spoiled { passing: fault.is_passing() };
        }
        Err(fault)
    }
}

impl Link {
    fn is_reused(&self) -> bool {
        match self {
            Self::Sqlite(held) => held.is_reused(),
            Self::Postgres(held) => held.is_reused(),
        }
    }

    fn is_sound(&self) -> bool {
        match self {
            Self::Sqlite(held) => held.is_sound(),
            Self::Postgres(held) => held.is_sound(),
        }
    }

    async fn replace(&mut self, limit: Duration) -> StoreResult<()> {
        match self {
            Self::Sqlite(held) => held.replace(limit).await,
            Self::Postgres(held) => held.replace(limit).await,
        }
    }

    /// Ends the transaction; a connection on which that fails, or is late, is closed.
    async fn roll_back(mut self, limit: Duration) {
        match &mut self {
            Self::Sqlite(held) => {
                let Ok(connection) = held.begin() else { return };
                let answer = timeout(limit, connection.execute("ROLLBACK")).await;
                let _ = settled(held, answer, limit);
            }
            Self::Postgres(held) => {
                let Ok(connection) = held.begin() else { return };
                let answer = timeout(limit, connection.execute("ROLLBACK")).await;
                let _ = settled(held, answer, limit);
            }
        }
    }

    fn mark_when_closed(&mut self, marks: Marks) {
        match self {
            Self::Sqlite(held) => held.mark_when_closed(marks),
            Self::Postgres(held) => held.mark_when_closed(marks),
        }
    }

    /// From now on it is closed when it is dropped.
    fn doubt(&mut self) {
        match self {
            Self::Sqlite(held) => drop(held.begin()),
            Self::Postgres(held) => drop(held.begin()),
        }
    }
}

fn tell_damage(fault: &sqlx::Error) {
    if is_damage(fault) {
        tracing::error!(%fault, "The database says that it is damaged: look at the disk, and at the last backup");
    }
}

/// How an exchange failed.
enum Failure {
    /// The database, or the connection to it, said so.
    Told(sqlx::Error),
    /// No answer came within this time.
    Silent(Duration),
    /// It was not sent.
    Ours(StoreError),
}

impl From<StoreError> for Failure {
    fn from(fault: StoreError) -> Self {
        Self::Ours(fault)
    }
}

/// What came of an exchange. The connection stays usable after an answer, and after a refusal for what was said.
fn settled<C: Backend, T>(
    held: &mut HeldConnection<C>,
    answer: StoreResult<sqlx::Result<T>, tokio::time::error::Elapsed>,
    limit: Duration,
) -> StoreResult<T, Failure> {
    match answer {
        Ok(Ok(answer)) => {
            held.settle();
            Ok(answer)
        }
        Ok(Err(fault)) => {
            if is_refusal(&fault) {
                held.settle();
            }
            Err(Failure::Told(fault))
        }
        Err(_) => Err(Failure::Silent(limit)),
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        // Where the first statement of a transaction was sent and not answered, the connection is closed.
        if matches!(
            self.stage,
            TransactionState::Alone | TransactionState::Announced(_) | TransactionState::Over
        ) {
            return;
        }
        let Some(mut link) = self.link.take() else { return };
        if !link.is_sound() {
            // What was sent, a commit perhaps, may be done only after the marks of this transaction.
            if let Some(marks) = &self.marks {
                link.mark_when_closed(marks.clone());
            }
            return;
        }
        link.doubt();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(link.roll_back(self.limits.acquire));
        }
    }
}
