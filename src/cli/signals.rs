//! Signals: which of them end the service, and what becomes of the others.
//!
//! SIGTERM and SIGQUIT are a supervisor's word and leave in peace; SIGINT (Ctrl-C) leaves at once. SIGPIPE is ignored by
//! Rust's runtime: a peer that is gone is an error of its connection.

use std::{io, sync::Arc};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
};

/// The signals that ask the program to stop.
#[derive(Debug)]
pub struct StopSignals {
    term: Signal,
    quit: Signal,
    int: Signal,
}

impl StopSignals {
    /// Listens from now on; none that comes between two waits is lost.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            quit: signal(SignalKind::quit())?,
            int: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one; whether it came from a supervisor.
    pub async fn stop(&mut self) -> bool {
        tokio::select! {
            _ = self.term.recv() => true,
            _ = self.quit.recv() => true,
            _ = self.int.recv() => false,
        }
    }
}

/// Signals that would end the process where nobody listens. SIGHUP has the unions' files read again (D40): whoever waits
/// at what this gives is told of it, also of one that came before. The others mean something else to other services: a
/// line says that they do nothing here.
pub fn listen_to_others() -> io::Result<Arc<Notify>> {
    let hang_up = Arc::new(Notify::new());
    let told = Arc::clone(&hang_up);
    let (mut hup, mut usr1, mut usr2) = (
        signal(SignalKind::hangup())?,
        signal(SignalKind::user_defined1())?,
        signal(SignalKind::user_defined2())?,
    );
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                _ = hup.recv() => {
                    told.notify_one();
                    continue;
                }
                _ = usr1.recv() => "SIGUSR1",
                _ = usr2.recv() => "SIGUSR2",
            };
            tracing::warn!(name, "A signal was ignored: it means nothing here");
        }
    });
    Ok(hang_up)
}
