//! Log: lines to standard error, for machines or for a person.

use std::{
    fs::File,
    io::{self},
    os::fd::AsFd as _,
};

use tracing_subscriber::fmt::MakeWriter;

use super::colour;
use crate::web::receipt;

/// The level, and the lines that a receipt number leads to, whatever the level (D35).
fn filter(level: &str) -> tracing_subscriber::EnvFilter {
    let lines = tracing_subscriber::EnvFilter::try_new(level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    match format!("{}=info", receipt::TARGET).parse() {
        Ok(directive) => lines.add_directive(directive),
        Err(_) => lines,
    }
}

/// JSON lines to stderr, for the service. `sqlx` says nothing below a warning: its texts hold arguments' places only,
/// but a log is no place for statements.
///
/// Each line is one write to a handle of its own. The standard library's stderr is behind a lock, for which every request
/// waited while another one's line was written.
///
/// A pipe takes up to 4096 bytes whole (`PIPE_BUF`, pipe(7)): no line of a request holds anything whose length a stranger
/// chooses.
pub(super) fn as_json(level: &str) {
    match io::stderr().as_fd().try_clone_to_owned() {
        Ok(handle) => as_json_to(File::from(handle), level),
        Err(_) => as_json_to(io::stderr, level),
    }
}

fn as_json_to<W>(writer: W, level: &str)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // Every line of a request says which: receipt number, union and route stand in its span.
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer)
        .with_env_filter(filter(level))
        .try_init();
}

/// Plain lines to stderr, for a person who tries it.
pub(super) fn plainly(level: &str) {
    let _ = tracing_subscriber::fmt()
        .compact()
        .with_ansi(colour::Colour::of(&io::stderr()).is_on())
        .with_writer(io::stderr)
        .with_env_filter(filter(level))
        .try_init();
}
