//! Tally: which statements ran for one future, for tests that hold answers to the same work (D30), count round trips, and
//! break one of them (D39).

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
};

/// What is sent in place of a statement: of its text, and whether a transaction is open.
pub type Replacement = fn(&str, bool) -> String;

/// What ran, and which of it is replaced: its number, from 1.
#[derive(Debug, Default)]
struct Ran {
    texts: Mutex<Vec<String>>,
    replaced: Option<(usize, Replacement)>,
}

tokio::task_local! {
    static RAN: Arc<Ran>;
}

/// Runs `future` and says which statements it sent, in order, with `BEGIN` and `COMMIT`: one round trip each. What it
/// spawned is not in it, but for what was [`carried`].
pub async fn tally<F: Future>(future: F) -> (F::Output, Vec<String>) {
    watch(None, future).await
}

/// The same, with something else in place of the `nth` statement, from 1: how a SQLite that fails at that point is made.
pub async fn replacing<F: Future>(
    nth: usize,
    replacement: Replacement,
    future: F,
) -> (F::Output, Vec<String>) {
    watch(Some((nth, replacement)), future).await
}

async fn watch<F: Future>(replaced: Option<(usize, Replacement)>, future: F) -> (F::Output, Vec<String>) {
    let ran = Arc::new(Ran { texts: Mutex::default(), replaced });
    let output = RAN.scope(Arc::clone(&ran), future).await;
    let texts = std::mem::take(&mut *ran.texts.lock().unwrap_or_else(PoisonError::into_inner));
    (output, texts)
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

/// Notes a statement, where somebody counts; what is to be sent. Nobody counts but in tests.
pub(super) fn noted(text: Cow<'static, str>, in_transaction: bool) -> Cow<'static, str> {
    let replaced = RAN.try_with(|ran| {
        let mut texts = ran.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.push(text.clone().into_owned());
        let (nth, replacement) = ran.replaced?;
        (texts.len() == nth).then(|| replacement(&text, in_transaction))
    });
    match replaced {
        Ok(Some(replaced)) => replaced.into(),
        _ => text,
    }
}
