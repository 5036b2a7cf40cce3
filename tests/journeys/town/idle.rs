//! Waits for what requests leave to tasks that nobody waits for: a connection that is closed, a try that is given back.

use std::{cell::RefCell, task::Poll, task::Waker};

use tokio::runtime::{Builder, Handle, Runtime};

thread_local! {
    /// Who waits on this thread, which has a runtime of its own.
    static WAITING: RefCell<Option<Waker>> = const { RefCell::new(None) };
}

/// A runtime on this thread, on which [`everything_has_ended`] can be waited for.
pub fn runtime() -> Runtime {
    // A thread that sleeps until a task goes on costs nothing; one that asks again and again keeps a processor busy.
    Builder::new_current_thread()
        .enable_all()
        .on_thread_park(|| {
            if alive() == 0 {
                wake();
            }
        })
        .on_thread_unpark(wake)
        .build()
        .unwrap()
}

/// Waits until no task of this thread's runtime is left. In another runtime than [`runtime`] it may wait for ever.
pub async fn everything_has_ended() {
    std::future::poll_fn(|context| {
        if alive() == 0 {
            return Poll::Ready(());
        }
        WAITING.set(Some(context.waker().clone()));
        Poll::Pending
    })
    .await;
}

fn alive() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

fn wake() {
    if let Some(waiting) = WAITING.take() {
        waiting.wake();
    }
}
