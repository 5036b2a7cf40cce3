//! Server: the preview on this machine, drawn anew from the union's file whenever its index is opened.

use std::{
    io::Write,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};

use super::{
    files::{INDEX, PreviewFiles},
    made,
};
use crate::{
    cli::{
        CommandFault, Exit, serve,
        signals::StopSignals,
        tell,
        tenant::{Context, context_of},
    },
    domain::{saying::said, tenant::Language},
    settings::Settings,
};

/// The preview, and what it is drawn from.
#[derive(Clone)]
struct PreviewSite {
    settings: Arc<Settings>,
    id: Arc<str>,
    language: Language,
    files: Arc<RwLock<Arc<PreviewFiles>>>,
}

/// Serves the preview until told to stop.
pub async fn serve(
    settings: &Settings,
    id: &str,
    address: SocketAddr,
    context: Context<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    if !address.ip().is_loopback() {
        return Err(CommandFault::PreviewNotLoopback(address));
    }
    let files = match made(settings, id, context, err)? {
        Ok(files) => files,
        Err(code) => return Ok(Exit::Code(code)),
    };
    let listener = serve::bind(address, "--listen").await?;
    let mut stop = StopSignals::listen()?;
    writeln!(out, "http://{}/", listener.local_addr()?)?;
    out.flush()?;
    let (screens, letters) = (files.screens, files.letters);
    writeln!(err, "{}", tell(context.language, &said!("preview-served", screens, letters)))?;
    let site = PreviewSite {
        settings: Arc::new(settings.clone()),
        id: id.into(),
        language: context.language,
        files: Arc::new(RwLock::new(Arc::new(files))),
    };
    let router = Router::new().fallback(answer).with_state(site);
    tokio::select! {
        served = axum::serve(listener, router) => served?,
        _ = stop.stop() => {}
    }
    Ok(Exit::Fine)
}

async fn answer(State(site): State<PreviewSite>, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { INDEX } else { path };
    if path == INDEX
        && let Err(told) = site.draw_anew()
    {
        let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        return (StatusCode::INTERNAL_SERVER_ERROR, kind, told).into_response();
    }
    let files = Arc::clone(&site.files.read().unwrap_or_else(PoisonError::into_inner));
    let Some(bytes) = files.content.get(path) else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "image/png",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-src 'self'",
        ),
    ];
    (headers, bytes.clone()).into_response()
}

impl PreviewSite {
    /// Draws it of the file as it stands now; else what is wrong with it.
    fn draw_anew(&self) -> Result<(), String> {
        let mut told = Vec::new();
        let context = context_of(&self.settings, false, self.language);
        match made(&self.settings, &self.id, context, &mut told) {
            Ok(Ok(files)) => {
                *self.files.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(files);
                Ok(())
            }
            Ok(Err(_)) => Err(String::from_utf8_lossy(&told).into_owned()),
            Err(fault) => Err(fault.sentence(self.language)),
        }
    }
}
