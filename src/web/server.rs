//! Server: the accept loop, with the deadlines and limits that `axum::serve` does not offer, and a way out on which no
//! request is lost ([R28], [R30], [D40]).
//!
//! [D40]: crate::rules::decisions#d40
//! [R28]: crate::rules::reliability#r28
//! [R30]: crate::rules::reliability#r30

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    http::{HeaderValue, Request, Response, Version, header},
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use super::client::Peer;
use crate::{metrics::ConnectionCounts, settings::network::Networks};

mod connection;
mod turned_away;
pub mod waiting;
mod wire;

use connection::Connection;
use turned_away::{TurnedAway, answer_and_close};
use waiting::WaitingConnections;
use wire::{HEADERS, IDLE, STUCK, Wire};

/// Between two tries to accept a connection while that fails.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// The largest head of a request, in bytes.
const HEADER_BYTES: usize = 32 * 1024;
/// Connections at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 10_000;
/// How long running requests may take once the service closes.
const DRAIN: Duration = Duration::from_secs(25);
/// Seconds between two lines about connections that were turned away.
const BETWEEN_LINES: Duration = Duration::from_mins(1);

/// How far a service is on its way out (D40).
///
/// # Decision
/// Two stages, and the supervisor's signal begins the first. With `last_answers` every answer says that its connection
/// ends with it (`Connection: close`; GOAWAY), so that whoever keeps connections opens the next one elsewhere; new ones
/// are still taken. With `closed` no more are, and those without a request end.
/// # Because
/// A connection that is closed while it looks free loses the request that is on its way.
#[derive(Debug, Clone, Default)]
pub struct Stages {
    /// Every answer is the last one of its connection.
    pub last_answers: CancellationToken,
    /// Nobody comes in any more.
    pub closed: CancellationToken,
}

impl Stages {
    /// Begins the first stage.
    pub fn announce(&self) {
        self.last_answers.cancel();
    }

    /// Begins the second stage.
    pub fn close(&self) {
        self.last_answers.cancel();
        self.closed.cancel();
    }
}

/// Serves until `stages` is closed and the last request is answered. `trusted`: the proxies in front, whose connections
/// are not counted by address. `counts`: what is counted of connections.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stages: Stages,
    trusted: Networks,
    counts: ConnectionCounts,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).max_buf_size(HEADER_BYTES).half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(HEADERS)
        .max_concurrent_streams(100)
        .max_header_list_size(32 * 1024)
        .max_pending_accept_reset_streams(20);
    let service = Serving {
        builder,
        router,
        stages: stages.clone(),
        places: Arc::new(Semaphore::new(CONNECTIONS)),
        waiting: Arc::new(WaitingConnections::new(trusted)),
        tracker: TaskTracker::new(),
        told: Mutex::default(),
        counts,
    };
    let mut turned_away = TurnedAway::default();
    loop {
        let accepted = tokio::select! {
            () = stages.closed.cancelled() => break,
            accepted = service.accept(&listener) => accepted,
        };
        service.receive(accepted, &mut turned_away);
    }
    // Whoever is connected already, and was not seen yet, is served as well.
    loop {
        let accepted = tokio::select! {
            biased;
            accepted = service.accept(&listener) => accepted,
            () = std::future::ready(()) => break,
        };
        service.receive(accepted, &mut turned_away);
    }
    drop(listener);
    service.tracker.close();
    let _ = tokio::time::timeout(DRAIN, service.tracker.wait()).await;
}

type AcceptedConnection = Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)>;

struct Serving {
    builder: auto::Builder<TokioExecutor>,
    router: Router,
    stages: Stages,
    places: Arc<Semaphore>,
    waiting: Arc<WaitingConnections>,
    tracker: TaskTracker,
    /// When it was last told that connections have to wait.
    told: Mutex<Option<Instant>>,
    counts: ConnectionCounts,
}

impl Serving {
    async fn accept(&self, listener: &TcpListener) -> AcceptedConnection {
        let place = if let Ok(place) = self.places.clone().try_acquire_owned() {
            place
        } else {
            self.tell(|| {
                tracing::warn!(most = CONNECTIONS, "As many connections are open as may be; more wait");
            });
            self.places.clone().acquire_owned().await.ok()?
        };
        match listener.accept().await {
            Ok((stream, address)) => Some((stream, address, place)),
            Err(fault) => {
                // No file handle is free, mostly. The listener stays ready, so asking again at once would only spin;
                // whoever comes waits in the kernel's queue.
                self.tell(|| tracing::warn!(%fault, "Connections cannot be accepted; they wait"));
                tokio::time::sleep(ACCEPT_AGAIN).await;
                None
            }
        }
    }

    /// Tells that connections have to wait, once a minute.
    fn tell(&self, line: impl FnOnce()) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= BETWEEN_LINES) {
            line();
            *told = Some(Instant::now());
        }
    }

    fn receive(&self, accepted: AcceptedConnection, turned_away: &mut TurnedAway) {
        let Some((stream, address, place)) = accepted else { return };
        let Some(of_address) = self.waiting.admit(address.ip()) else {
            self.counts.turned_away();
            if let Some((answer, permit)) = turned_away.count() {
                self.tracker.spawn(async move {
                    answer_and_close(stream, answer).await;
                    drop((permit, place));
                });
            }
            return;
        };
        let _ = stream.set_nodelay(true);
        let connection = Arc::new(Connection::new(of_address, self.stages.clone()));
        let (builder, router) = (self.builder.clone(), self.router.clone());
        let counted = self.counts.opened();
        self.tracker.spawn(async move {
            attend(&builder, router, stream, Peer(address.ip()), &connection).await;
            drop((counted, place));
        });
    }
}

/// One connection from its first byte to its last.
async fn attend(
    builder: &auto::Builder<TokioExecutor>,
    router: Router,
    stream: TcpStream,
    peer: Peer,
    connection: &Arc<Connection>,
) {
    let answers = connection.clone();
    let service = service_fn(move |request| answer(router.clone(), answers.clone(), peer, request));
    let served = builder.serve_connection(TokioIo::new(Wire::new(stream, connection.clone())), service);
    tokio::pin!(served);
    let mut was_told = false;
    loop {
        tokio::select! {
            _ = served.as_mut() => return,
            () = connection.is_to_go(IDLE), if !was_told => {
                served.as_mut().graceful_shutdown();
                was_told = true;
            }
            () = connection.is_stuck(STUCK) => return,
            () = connection.is_flooded() => return,
            () = connection.is_worthless(was_told, STUCK, DRAIN) => return,
        }
    }
}

/// One request and its answer.
async fn answer(
    router: Router,
    connection: Arc<Connection>,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Infallible> {
    let running = RunningRequest::begin(&connection);
    let version = request.version();
    if request.body().is_end_stream() {
        connection.is_whole();
    }
    let heard = connection.clone();
    let mut request = request.map(|body| Body::new(RequestBody { body, connection: heard }));
    request.extensions_mut().insert(peer);
    let mut response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
    connection.is_whole();
    if connection.stages.last_answers.is_cancelled() && version < Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let response = response.map(|body| AnswerBody::offer(body, connection));
    running.answered();
    Ok(response)
}

/// A request while its answer is made.
struct RunningRequest {
    connection: Arc<Connection>,
    is_answered: bool,
}

impl RunningRequest {
    fn begin(connection: &Arc<Connection>) -> Self {
        connection.begin();
        Self { connection: connection.clone(), is_answered: false }
    }

    /// Its answer is made.
    fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        self.connection.end(self.is_answered);
    }
}

/// A request's body: when it was read to its end, the request is whole.
struct RequestBody {
    body: Incoming,
    connection: Arc<Connection>,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || this.body.is_end_stream() {
            this.connection.is_whole();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body on its way out.
struct AnswerBody {
    body: Body,
    connection: Arc<Connection>,
}

impl AnswerBody {
    fn offer(body: Body, connection: Arc<Connection>) -> Self {
        connection.offer();
        Self { body, connection }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.connection.is_taken();
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        this.connection.goes_on();
        Pin::new(&mut this.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
