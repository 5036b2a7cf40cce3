//! The bare server that pages are held against: one recorded body under its recorded headers, by axum, without a log.

use std::{io::Write as _, path::Path};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue},
    routing::get,
};

/// Serves the answer recorded in `folder` (`head`, `body`) at every path and prints the port.
pub async fn serve(folder: &Path) {
    let head = std::fs::read_to_string(folder.join("head")).unwrap();
    let body = Bytes::from(std::fs::read(folder.join("body")).unwrap());
    let mut headers = HeaderMap::new();
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
        if !["content-length", "date", "connection"].contains(&name.to_ascii_lowercase().as_str()) {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
    }
    let page = move || std::future::ready((headers.clone(), body.clone()));
    let router = Router::new().route("/", get(page.clone())).route("/signin", get(page));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    std::io::stdout().flush().unwrap();
    axum::serve(listener, router).await.unwrap();
}
