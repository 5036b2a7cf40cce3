//! HTTP/1.1 over one connection that is kept: as little work as possible, because it shares the processors with what is
//! measured.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// The union's host.
pub const HOST: &str = "www.hinatakenpo.portal.example.jp";

/// One answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Status line and headers, as they came.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of the cookie that this answer sets.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let mark = format!("set-cookie: {name}=");
        let line = self
            .head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&mark.to_ascii_lowercase()))?;
        Some(line[mark.len()..].split(';').next().unwrap_or_default().to_owned())
    }

    /// Where this answer leads.
    pub fn location(&self) -> &str {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with("location: "));
        line.map_or("", |line| &line["location: ".len()..])
    }
}

/// A connection to a server.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens one.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Sends a request and reads its answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Answer {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        let head_end = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0, "the server hung up");
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |text| text.trim().parse().unwrap());
        while self.buffer.len() < head_end + length {
            assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0, "the server hung up");
        }
        let status = head[9..12].parse().unwrap();
        Answer { status, head, body: self.buffer[head_end..].to_vec() }
    }
}

/// A GET.
pub fn get(path: &str, cookies: &str) -> Vec<u8> {
    let cookie = if cookies.is_empty() { String::new() } else { format!("Cookie: {cookies}\r\n") };
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{cookie}\r\n").into_bytes()
}

/// A form, as a browser on the union's own page sends it.
pub fn post(path: &str, cookies: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let cookie = if cookies.is_empty() { String::new() } else { format!("Cookie: {cookies}\r\n") };
    format!(
        "POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{cookie}Sec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
