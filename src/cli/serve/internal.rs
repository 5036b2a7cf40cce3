//! Internal: a command asks the service that runs on this machine, at its internal listener.

use std::{io::Write, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    cli::{CommandFault, Exit},
    settings::Settings,
};

/// How long `healthcheck` waits.
const SOON: Duration = Duration::from_secs(3);

/// Asks the internal listener whether the service is ready.
pub async fn healthcheck(settings: &Settings, err: &mut dyn Write) -> Result<Exit, CommandFault> {
    let answer = ask(settings, "GET", "/readyz", SOON).await?;
    if answer.status == 200 {
        return Ok(Exit::Fine);
    }
    let _ = writeln!(err, "{}", answer.body.lines().last().unwrap_or_default());
    Ok(Exit::Problems)
}

/// What the service answered.
#[derive(Debug)]
pub struct InternalAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// The text of the answer.
    pub body: String,
}

/// Asks the service at its internal address, and waits for the answer for at most `patience`.
///
/// # Errors
/// [`CommandFault::NoAnswer`].
pub async fn ask(
    settings: &Settings,
    method: &str,
    path: &str,
    patience: Duration,
) -> Result<InternalAnswer, CommandFault> {
    let mut address = settings.internal.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let heard = tokio::time::timeout(patience, heard(address, method, path)).await;
    let heard = heard.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
    let heard = heard.map_err(|fault| CommandFault::NoAnswer(address, fault))?;
    let (head, body) = heard.split_once("\r\n\r\n").unwrap_or((&heard, ""));
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let cut = || CommandFault::NoAnswer(address, std::io::ErrorKind::InvalidData.into());
    Ok(InternalAnswer { status: status.ok_or_else(cut)?, body: body.to_owned() })
}

async fn heard(address: SocketAddr, method: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let asked = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(asked.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
