//! Tally: which statements ran for one future, for tests that hold answers to the same work (D30) and count round trips.

use std::sync::{Arc, Mutex, PoisonError};

type Ran = Arc<Mutex<Vec<String>>>;

tokio::task_local! {
    static RAN: Ran;
}

/// Runs `future` and says which statements it sent, in order, with `BEGIN` and `COMMIT`: one round trip each. What it
/// spawned is not in it, but for what was [`carried`].
pub async fn tally<F: Future>(future: F) -> (F::Output, Vec<String>) {
    let ran = Ran::default();
    let output = RAN.scope(ran.clone(), future).await;
    let ran = std::mem::take(&mut *ran.lock().unwrap_or_else(PoisonError::into_inner));
    (output, ran)
}

/// A future that is to be spawned and waited for: its statements count with those of whoever waits.
pub fn carried<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let ran = RAN.try_with(Arc::clone).ok();
    async move {
        match ran {
            Some(ran) => RAN.scope(ran, future).await,
            None => future.await,
        }
    }
}

/// Notes a statement, where somebody counts.
pub(super) fn ran(text: &str) {
    // Nobody counts but in tests.
    let _ = RAN.try_with(|ran| ran.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned()));
}
