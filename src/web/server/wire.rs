//! Wire: the bytes of one connection, and how long each side may let the other wait ([R28]).
//!
//! [R28]: crate::rules::reliability#r28

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

use super::connection::{Connection, Phase};
use crate::web::gate;

/// How long a browser may take to send its headers; and to say by its first bytes which HTTP it speaks.
pub const HEADERS: Duration = Duration::from_secs(10);
/// How long a connection may be idle between requests.
pub const IDLE: Duration = Duration::from_mins(1);
/// How long a browser may leave an answer lying without taking any more of it.
pub const STUCK: Duration = Duration::from_secs(10);

/// How long an idle connection is listened to once the service closes: a request may be on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(250);

/// What a browser says first when it speaks HTTP/2.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection under its deadlines.
///
/// # Because
/// hyper has a deadline for headers, which is also that for being idle, and none for an answer nobody takes; hyper-util
/// decides between HTTP/1 and HTTP/2 before either protocol's deadlines run; and a graceful end by hyper drops what has
/// arrived and was not read yet.
pub struct Wire {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// How much of HTTP/2's preface was said; gone once the protocol is clear.
    greeting: Option<usize>,
    /// What is waited for, and until when.
    patience: (Phase, Pin<Box<Sleep>>),
    /// Since the other side takes nothing: until when it has to.
    stuck: Option<Pin<Box<Sleep>>>,
    /// What was taken over from the library and is not sent yet.
    unsent: Vec<u8>,
    /// Until the service closes, and what was on its way by then has arrived.
    closed: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Wire {
    /// The stream of an accepted connection.
    pub fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        let closing = connection.stages.closed.clone().cancelled_owned();
        let closed = Box::pin(async move {
            closing.await;
            sleep(ON_ITS_WAY).await;
        });
        let patience = (Phase::Idle, Box::pin(sleep(HEADERS)));
        Self { stream, connection, greeting: Some(0), patience, stuck: None, unsent: Vec::new(), closed }
    }

    /// What a silent connection gets: the end of its input when it is idle and the service closes or nothing was asked
    /// for long; an error when it is late.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let phase = self.connection.phase();
        if phase != self.patience.0 {
            let long = if phase == Phase::Idle { IDLE } else { HEADERS };
            self.patience.1.as_mut().reset(Instant::now() + long);
            self.patience.0 = phase;
        }
        let nothing_asked = phase == Phase::Idle && self.stuck.is_none() && self.unsent.is_empty();
        if nothing_asked && self.closed.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let is_timed = self.greeting.is_some() || (phase != Phase::Running && !self.connection.is_http2());
        if !is_timed {
            return Poll::Pending;
        }
        ready!(self.patience.1.as_mut().poll(context));
        let is_late = self.greeting.is_some() || phase == Phase::Headers;
        Poll::Ready(if is_late { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) })
    }

    /// Which protocol the first bytes are of.
    fn greet(&mut self, new: &[u8]) {
        let Some(said) = &mut self.greeting else { return };
        let awaited = PREFACE.get(*said..).unwrap_or_default();
        let fits = awaited.starts_with(new) || new.starts_with(awaited);
        *said += new.len();
        if fits && *said >= PREFACE.len() {
            self.connection.speaks_http2();
        }
        if !fits || *said >= PREFACE.len() {
            self.greeting = None;
        }
    }

    /// Whoever takes nothing for too long is cut off.
    fn poll_stuck<T>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stuck = None;
            // Over HTTP/2 it may be an answer to PING.
            if !self.connection.is_http2() {
                self.connection.goes_on();
            }
            return polled;
        }
        let deadline = self.stuck.get_or_insert_with(|| Box::pin(sleep(STUCK)));
        ready!(deadline.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Sends what was taken over.
    fn poll_unsent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let polled = Pin::new(&mut self.stream).poll_write(context, &self.unsent);
            match ready!(self.poll_stuck(context, polled))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => drop(self.unsent.drain(..sent)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(context, into);
        if polled.is_pending() {
            return this.poll_patience(context);
        }
        let new = into.filled().get(before..).unwrap_or_default();
        if !new.is_empty() {
            this.greet(new);
            this.connection.hear(new.len());
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_unsent(context))?;
        if !this.connection.is_http2()
            && let Some(guarded) = guarded(bytes)
        {
            this.unsent = guarded;
            return Poll::Ready(Ok(bytes.len()));
        }
        let polled = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.poll_stuck(context, polled)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_unsent(context))?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_unsent(context))?;
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}

/// hyper's own answer to what it cannot read as a request (400, 414, 431) at the end of `bytes`, with the headers of
/// every answer of ours.
///
/// # Decision
/// Known by what it is: headers of a 4xx without a body, as the last thing written, without our policy for content.
/// # Because
/// hyper offers no way to say more in these answers.
fn guarded(bytes: &[u8]) -> Option<Vec<u8>> {
    const BEGINNING: &[u8] = b"HTTP/1.1 4";
    static ALSO: OnceLock<Vec<u8>> = OnceLock::new();
    let head = bytes.strip_suffix(b"\r\n\r\n")?;
    let at = head.windows(BEGINNING.len()).rposition(|window| window == BEGINNING)?;
    let own = std::str::from_utf8(head.get(at..)?).ok()?.to_ascii_lowercase();
    let is_bare = own.contains("\r\ncontent-length: 0") && !own.contains("\r\n\r\n");
    if !is_bare || own.contains("\r\ncontent-security-policy:") {
        return None;
    }
    let also = ALSO.get_or_init(|| {
        let line = |(name, value): (axum::http::HeaderName, &str)| format!("\r\n{name}: {value}");
        gate::headers_of_every_answer().map(line).collect::<String>().into_bytes()
    });
    Some([head, also.as_slice(), b"\r\n\r\n"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_librarys_own_answers_are_added_to() {
        let own = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        let page = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-security-policy: x\r\n\r\nok".as_slice();
        let said = String::from_utf8(guarded(own).unwrap()).unwrap();
        assert!(said.starts_with("HTTP/1.1 400 Bad Request\r\n") && said.ends_with("\r\n\r\n"), "{said}");
        assert!(said.contains("\r\ndate: x\r\ncontent-security-policy: default-src 'none'"), "{said}");
        let after = guarded(&[page, own].concat()).unwrap();
        assert!(after.starts_with(page) && after.ends_with(said.as_bytes()));
        for ours in [
            page,
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\ncontent-security-policy: x\r\n\r\n",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\nHTTP/1.1 ",
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 400 Bad",
            b"",
        ] {
            assert_eq!(guarded(ours), None, "{}", ours.escape_ascii());
        }
    }
}
