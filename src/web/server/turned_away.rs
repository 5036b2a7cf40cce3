//! Turned away: connections beyond what one address may have without asking for anything ([R28]). Each is answered at once
//! and unread, which costs neither a request nor a look at a union.
//!
//! [R28]: crate::rules::reliability#r28

use std::{sync::Arc, time::Duration};

use axum::{body::Bytes, http::HeaderName};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use super::{BETWEEN_LINES, waiting};
use crate::{
    domain::receipt::Receipt,
    web::{gate, page::problem::TurnedAwayPage, receipt::TARGET},
    world::{SystemRandom, random_bytes},
};

/// How long the other end may take to read the answer.
const LINGER: Duration = Duration::from_secs(1);
/// Answers that are on their way at once; beyond them a connection is only closed.
const ANSWERS: usize = 100;
/// Bytes of a request that are taken off the wire, unread, so that closing does not tear the answer away.
const UNREAD: usize = 64 * 1024;

/// Connections that were turned away: told in one line a minute, however many they are. The line has a receipt number,
/// which the pages of that minute tell.
#[derive(Debug)]
pub struct TurnedAway {
    untold: u64,
    told: Option<Instant>,
    answer: Bytes,
    answers: Arc<Semaphore>,
}

impl Default for TurnedAway {
    fn default() -> Self {
        Self { untold: 0, told: None, answer: Bytes::new(), answers: Arc::new(Semaphore::new(ANSWERS)) }
    }
}

impl TurnedAway {
    /// Counts one. What it is answered, if there is room for an answer.
    pub fn count(&mut self) -> Option<(Bytes, OwnedSemaphorePermit)> {
        self.untold += 1;
        if self.told.is_none_or(|told| told.elapsed() >= BETWEEN_LINES) {
            let receipt = Receipt::new(random_bytes(&SystemRandom).unwrap_or_default());
            tracing::warn!(
                target: TARGET, connections = self.untold, most_waiting = waiting::MOST,
                most_in_all = waiting::MOST_IN_ALL, %receipt,
                "An address has too many connections, or too many that ask for nothing; more of them are turned away. If it \
                 is a proxy, add it to proxy.trusted"
            );
            (self.untold, self.told) = (0, Some(Instant::now()));
            self.answer = answer(&receipt);
        }
        let permit = self.answers.clone().try_acquire_owned().ok()?;
        Some((self.answer.clone(), permit))
    }
}

/// 503, in both languages at once: which union is meant was not read.
fn answer(receipt: &Receipt) -> Bytes {
    let page = gate::rendered(&TurnedAwayPage { receipt: receipt.as_str().to_owned() });
    let line = |(name, value): (HeaderName, &str)| format!("{name}: {value}\r\n");
    let headers: String = gate::headers_of_every_answer().map(line).collect();
    let text = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\nconnection: close\r\n\
         content-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n{headers}\r\n{page}",
        page.len()
    );
    text.into()
}

/// Gives the answer, and closes.
pub async fn answer_and_close(mut stream: TcpStream, answer: Bytes) {
    let said = timeout(LINGER, async {
        stream.write_all(&answer).await?;
        stream.shutdown().await?;
        let mut unread = stream.take(UNREAD as u64);
        let mut piece = [0; 1024];
        while unread.read(&mut piece).await? > 0 {}
        Ok::<_, std::io::Error>(())
    });
    // Whoever is gone, or slow, has had the chance.
    let _ = said.await;
}
