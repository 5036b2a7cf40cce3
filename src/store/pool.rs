//! Pool: connections that wait to be used again.
//!
//! # Decision
//! A small pool of our own over sqlx's connections.
//! # Because
//! What goes back into a pool must be clean, and every wait must end ([D39]). sqlx's pool pings each connection that is
//! given back, without a limit: while a database is silent, connections stay in that ping until TCP gives up. And it
//! takes back whatever its owner drops, in a transaction or not. Here only the owner says that a connection is sound;
//! without that word it is closed.
//! # Instead of
//! `sqlx::Pool`, or another crate's pool, whose owner has to say the opposite.
//!
//! [D39]: crate::rules::decisions#d39

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{StoreError, StoreResult, changes::Marks, fault::is_dead};
use crate::metrics::{PoolCounts, page::PoolState};

/// A connection that waited longer is asked whether it lives before it is used.
const TRUSTED: Duration = Duration::from_secs(1);
/// A connection that waited longer is closed.
const IDLE: Duration = Duration::from_mins(10);
/// A connection that is older is not used again: a database that moved is found anew, memory is given back.
const AGE: Duration = Duration::from_mins(30);
/// Between two tries to reach a database that is just starting.
const AGAIN: Duration = Duration::from_millis(100);

/// What differs between the databases.
pub(super) trait Backend: Connection<Options: Sync> + 'static {
    /// How long closing may take. `None`: for as long as it takes, because the work goes on in a thread of this process,
    /// and a new connection beside it would only add to the work.
    const CLOSING: Option<Duration>;
}

impl Backend for SqliteConnection {
    const CLOSING: Option<Duration> = None;
}

impl Backend for PgConnection {
    const CLOSING: Option<Duration> = Some(Duration::from_secs(1));
}

/// Connections to one database. Cheap to clone.
#[derive(Debug)]
pub(super) struct Pool<C: Backend> {
    inner: Arc<PoolInner<C>>,
}

impl<C: Backend> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

#[derive(Debug)]
struct PoolInner<C: Backend> {
    options: C::Options,
    size: u32,
    /// One for each connection there may be, whether in use, waiting or being closed.
    places: Arc<Semaphore>,
    /// The last one that was used is used first.
    idle: Mutex<Vec<IdleConnection<C>>>,
    counts: Arc<PoolCounts>,
}

#[derive(Debug)]
struct IdleConnection<C> {
    connection: C,
    born: Instant,
    since: Instant,
}

impl<C: Backend> Pool<C> {
    /// At most `size` connections; none is made yet.
    pub(super) fn new(options: C::Options, size: u32) -> Self {
        let places = Arc::new(Semaphore::new(size as usize));
        Self {
            inner: Arc::new(PoolInner {
                options,
                size,
                places,
                idle: Mutex::default(),
                counts: Arc::default(),
            }),
        }
    }

    /// A connection that was used a moment ago, or that has just answered, or a new one.
    pub(super) async fn acquire(&self, limit: Duration) -> StoreResult<HeldConnection<C>> {
        let asked = Instant::now();
        let counts = &self.inner.counts;
        let got = self.acquire_until(asked + limit, limit).await;
        counts.waits.took(asked.elapsed());
        if matches!(got, Err(StoreError::NoConnectionFree(_) | StoreError::Silent(_))) {
            counts.timeouts.add();
        }
        got
    }

    async fn acquire_until(&self, until: Instant, limit: Duration) -> StoreResult<HeldConnection<C>> {
        let place = timeout_at(until, Arc::clone(&self.inner.places).acquire_owned());
        let place = place.await.map_err(|_| StoreError::NoConnectionFree(limit))?;
        let place = place.map_err(|_| StoreError::Unreachable(sqlx::Error::PoolClosed))?;
        let mut held = HeldConnection {
            connection: None,
            born: Instant::now(),
            sound: false,
            reused: false,
            marks: None,
            place: Some(place),
            pool: self.clone(),
        };
        while let Some(idle) = self.pop() {
            let trusted = idle.since.elapsed() < TRUSTED;
            (held.connection, held.born) = (Some(idle.connection), idle.born);
            held.reused = true;
            if trusted || held.answers(limit / 4).await {
                held.sound = true;
                return Ok(held);
            }
            // Whatever waited longer has not fared better.
            held.give_up();
        }
        held.connect(until).await?;
        Ok(held)
    }

    /// How many connections are in use, and what was counted.
    pub(super) fn state(&self, name: &'static str) -> PoolState {
        let size = self.inner.size;
        // A place is taken by a connection in use only: one that waits has given its place back.
        let in_use = (size as usize).saturating_sub(self.inner.places.available_permits());
        PoolState { name, size, in_use, counts: Arc::clone(&self.inner.counts) }
    }

    fn pop(&self) -> Option<IdleConnection<C>> {
        self.lock().pop()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<IdleConnection<C>>> {
        self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes every connection, those in use once they are given back; waits for that, but not for ever.
    pub(super) async fn close(&self) {
        let all = timeout(Duration::from_secs(10), self.inner.places.acquire_many(self.inner.size)).await;
        self.inner.places.close();
        drop(all);
        let idle = std::mem::take(&mut *self.lock());
        for idle in idle {
            finish(idle.connection).await;
        }
    }
}

/// A connection in use. Dropped while it is sound, it goes back into the pool; otherwise it is closed.
#[derive(Debug)]
pub(super) struct HeldConnection<C: Backend> {
    /// Absent only while one is being replaced by another.
    connection: Option<C>,
    born: Instant,
    /// Whether nothing is under way on it, and nothing it has not answered for.
    sound: bool,
    /// Whether somebody used it before.
    reused: bool,
    /// What is marked once it is closed.
    marks: Option<Marks>,
    place: Option<OwnedSemaphorePermit>,
    pool: Pool<C>,
}

impl<C: Backend> HeldConnection<C> {
    /// Whether it may have died while it waited.
    pub(super) fn is_reused(&self) -> bool {
        self.reused
    }

    /// Whether it would go back into the pool.
    pub(super) fn is_sound(&self) -> bool {
        self.sound
    }

    /// The connection, for one exchange with the database. Until [`HeldConnection::settle`] is told how that ended, the
    /// connection counts as broken: a future that is dropped half-way never comes back to say so.
    pub(super) fn begin(&mut self) -> StoreResult<&mut C> {
        self.sound = false;
        self.connection.as_mut().ok_or(StoreError::Unreachable(sqlx::Error::WorkerCrashed))
    }

    /// The exchange ended, and the connection is as good as before.
    pub(super) fn settle(&mut self) {
        self.sound = true;
    }

    /// Something is under way on it that nobody waits for: these are set when it is closed.
    pub(super) fn mark_when_closed(&mut self, marks: Marks) {
        self.marks = Some(marks);
    }

    /// Another connection instead, because this one, and with it every one that waits, died.
    pub(super) async fn replace(&mut self, limit: Duration) -> StoreResult<()> {
        self.give_up();
        self.connect(Instant::now() + limit).await
    }

    async fn answers(&mut self, limit: Duration) -> bool {
        let Some(connection) = &mut self.connection else { return false };
        self.born.elapsed() < AGE && matches!(timeout(limit, connection.ping()).await, Ok(Ok(())))
    }

    /// A new connection. It is made by a task of its own: when whoever waits for it goes away, it is not made in vain.
    async fn connect(&mut self, until: Instant) -> StoreResult<()> {
        let (told, made) = oneshot::channel();
        let place = self.place.take();
        let pool = self.pool.clone();
        let limit = until.saturating_duration_since(Instant::now());
        tokio::spawn(async move {
            let made = timeout_at(until, connect_patiently::<C>(&pool.inner.options, until)).await;
            let made = match made {
                Ok(Ok(connection)) => Ok(connection),
                Ok(Err(fault)) => Err(StoreError::Unreachable(fault)),
                Err(_) => Err(StoreError::Silent(limit)),
            };
            let sound = made.is_ok();
            let (connection, fault) = match made {
                Ok(connection) => (Some(connection), None),
                Err(fault) => (None, Some(fault)),
            };
            let held = HeldConnection {
                connection,
                born: Instant::now(),
                sound,
                reused: false,
                marks: None,
                place,
                pool,
            };
            let _ = told.send((held, fault));
        });
        let (held, fault) = made.await.map_err(|_| StoreError::Unreachable(sqlx::Error::WorkerCrashed))?;
        *self = held;
        fault.map_or(Ok(()), Err)
    }

    /// Closes this connection and all that wait, and keeps the place.
    fn give_up(&mut self) {
        let waiting = std::mem::take(&mut *self.pool.lock());
        let dead = self.connection.take().into_iter().chain(waiting.into_iter().map(|idle| idle.connection));
        dead.for_each(|connection| close_later(connection, ()));
    }
}

/// A connection; a server that is not there yet, or just starting, is asked again for as long as there is time.
async fn connect_patiently<C: Backend>(options: &C::Options, until: Instant) -> sqlx::Result<C> {
    loop {
        let fault = match options.connect().await {
            Ok(connection) => return Ok(connection),
            Err(fault) => fault,
        };
        let starting = match &fault {
            sqlx::Error::Io(fault) => fault.kind() == std::io::ErrorKind::ConnectionRefused,
            sqlx::Error::Database(_) => is_dead(&fault),
            _ => false,
        };
        if !starting || Instant::now() + 2 * AGAIN >= until {
            return Err(fault);
        }
        sleep(AGAIN).await;
    }
}

/// Closes in good manners, within the database's limit.
async fn finish<C: Backend>(connection: C) {
    match C::CLOSING {
        Some(limit) => drop(timeout(limit, connection.close()).await),
        None => drop(connection.close().await),
    }
}

impl<C: Backend> Drop for HeldConnection<C> {
    fn drop(&mut self) {
        let (Some(connection), Some(place)) = (self.connection.take(), self.place.take()) else { return };
        if self.sound && self.born.elapsed() < AGE && !self.pool.inner.places.is_closed() {
            let mut idle = self.pool.lock();
            idle.push(IdleConnection { connection, born: self.born, since: Instant::now() });
            let forgotten = idle.first().is_some_and(|first| first.since.elapsed() > IDLE);
            let forgotten = forgotten.then(|| idle.remove(0));
            drop(idle);
            drop(place);
            if let Some(forgotten) = forgotten {
                close_later(forgotten.connection, ());
            }
        } else {
            close_later(connection, (self.marks.take(), place));
        }
    }
}

/// Closes beside everything else, and drops after that what goes with it: its marks, then its place.
fn close_later<C: Backend>(connection: C, with_it: impl Send + 'static) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            finish(connection).await;
            drop(with_it);
        });
    }
}
