//! Server: the accept loop, with the deadlines and limits that `axum::serve` does not offer, and a way out that lets
//! requests finish (R28, R30).

use std::{
    future::Future as _,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{Sleep, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a browser may take to send its headers, and to say nothing between requests.
const HEADERS: Duration = Duration::from_secs(10);
/// Largest headers.
const HEADER_BYTES: usize = 32 * 1024;
/// Connections at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 10_000;
/// How long running requests may take once the service leaves.
const DRAIN: Duration = Duration::from_secs(25);

/// Serves until `leaving` is cancelled and the last request is answered.
pub async fn serve(listener: TcpListener, router: Router, leaving: CancellationToken) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEADER_BYTES)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(HEADERS)
        .max_concurrent_streams(100)
        .max_header_list_size(32 * 1024)
        .max_pending_accept_reset_streams(20);
    let builder = Arc::new(builder);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let tracker = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = leaving.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let (builder, leaving) = (builder.clone(), leaving.clone());
        tracker.spawn(async move {
            let connection = builder.serve_connection(TokioIo::new(Greeted::new(stream)), service);
            tokio::pin!(connection);
            tokio::select! {
                _ = connection.as_mut() => {}
                () = leaving.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = tokio::time::timeout(DRAIN, connection).await;
                }
            }
            drop(place);
        });
    }
    tracker.close();
    let _ = tokio::time::timeout(DRAIN, tracker.wait()).await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(fault) => {
            // Out of file descriptors, mostly: give the running requests a moment instead of spinning.
            tracing::warn!(%fault, "A connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// What a browser says first when it speaks HTTP/2.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection that must say by its first bytes which HTTP it speaks, within [`HEADERS`].
///
/// # Because
/// hyper-util decides between HTTP/1 and HTTP/2 before either protocol's own deadlines run: a connection that says
/// nothing, or half of the preface, would keep its place for ever.
struct Greeted {
    stream: TcpStream,
    /// How much of the preface was said; and until when the rest has to come. Gone once the protocol is clear.
    greeting: Option<(usize, Pin<Box<Sleep>>)>,
}

impl Greeted {
    fn new(stream: TcpStream) -> Self {
        Self { stream, greeting: Some((0, Box::pin(sleep(HEADERS)))) }
    }
}

impl AsyncRead for Greeted {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(context, into);
        let Some((said, deadline)) = &mut this.greeting else { return polled };
        if polled.is_pending() {
            ready!(deadline.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let new = into.filled().get(before..).unwrap_or_default();
        let awaited = PREFACE.get(*said..).unwrap_or_default();
        *said += new.len();
        if *said >= PREFACE.len() || !awaited.starts_with(new) {
            this.greeting = None;
        }
        polled
    }
}

impl AsyncWrite for Greeted {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
