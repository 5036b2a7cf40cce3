//! Reload: how a command on this machine asks the running service to read the unions' files again, and what it runs. On the
//! internal listener only.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use tokio::sync::{mpsc, oneshot};

/// Where the running service is asked to read the files again.
pub const RELOAD: &str = "/internal/tenants/reload";
/// Where the running service tells which versions are in force.
pub const IN_FORCE: &str = "/internal/tenants";

/// How many may wait for an answer; whoever comes then is told to come back.
const WAITING: usize = 16;

/// What is asked of whoever reads the unions' files.
#[derive(Debug)]
pub enum FilesQuestion {
    /// To read them again, and to say what came of it.
    Reload(oneshot::Sender<String>),
    /// Which versions are in force.
    InForce(oneshot::Sender<String>),
}

/// Where questions go in.
pub type FilesQuestions = mpsc::Sender<FilesQuestion>;

/// A line for questions.
pub fn line() -> (FilesQuestions, mpsc::Receiver<FilesQuestion>) {
    mpsc::channel(WAITING)
}

/// The two addresses. Whoever answers writes JSON.
pub fn router(questions: FilesQuestions) -> Router {
    Router::new().route(RELOAD, post(reload)).route(IN_FORCE, get(in_force)).with_state(questions)
}

async fn reload(State(questions): State<FilesQuestions>) -> Response {
    ask(&questions, FilesQuestion::Reload).await
}

async fn in_force(State(questions): State<FilesQuestions>) -> Response {
    ask(&questions, FilesQuestion::InForce).await
}

async fn ask(
    questions: &FilesQuestions,
    question: impl FnOnce(oneshot::Sender<String>) -> FilesQuestion,
) -> Response {
    let (answer, answered) = oneshot::channel();
    if questions.try_send(question(answer)).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match answered.await {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
