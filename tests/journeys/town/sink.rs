//! Sink: a mail server that does as told. It speaks real SMTP on a port of this machine, answers each recipient by its
//! script, and keeps envelopes and the bytes that came over the wire.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use data_encoding::BASE64;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufStream},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// What a recipient is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The letter is taken.
    Accept,
    /// `RCPT TO` is answered with this code.
    Recipient(u16),
    /// The letter's content is answered with this code.
    Content(u16),
    /// The content is taken, and the line drops before the answer.
    DropAfterData,
    /// `RCPT TO` is never answered.
    Silence,
    /// `RCPT TO` is answered once [`Sink::release`] is called.
    Hold,
}

/// How the sink greets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Without encryption.
    Plain,
    /// STARTTLS is offered.
    StartTls,
    /// STARTTLS is required before anything else, and user and password too.
    Strict,
    /// It takes the connection and says nothing.
    Mute,
    /// It refuses every sender.
    NoSender,
}

/// A letter as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// `MAIL FROM`, between the angle brackets.
    pub from: String,
    /// `RCPT TO`, between the angle brackets.
    pub to: Vec<String>,
    /// Headers and body, dots undone.
    pub wire: String,
    /// Whether it came encrypted.
    pub encrypted: bool,
}

#[derive(Default)]
struct Desk {
    letters: Mutex<Vec<Received>>,
    script: Mutex<HashMap<String, VecDeque<Answer>>>,
    /// The words that are refused, whoever says them: `220` (the greeting), a verb, or `.` (the end of a letter).
    refused: Mutex<Option<(&'static str, String)>>,
    /// Words after which the sink is waiting, or has let the sender wait.
    stuck: watch::Sender<usize>,
    /// Letters that came.
    arrived: watch::Sender<usize>,
    release: Notify,
    /// The last greeting.
    hello: Mutex<String>,
    conversations: AtomicUsize,
}

/// The server.
pub struct Sink {
    address: SocketAddr,
    manner: Manner,
    desk: Arc<Desk>,
    acceptor: TlsAcceptor,
    /// The certificate, as a file that can be trusted by `ca=`.
    certificate: tempfile::NamedTempFile,
    running: Option<JoinHandle<()>>,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Sink {
    pub async fn open(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate = tempfile::NamedTempFile::new().unwrap();
        let base64 = BASE64.encode(signed.cert.der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
        std::fs::write(certificate.path(), pem).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.cert.der().clone()], key)
            .unwrap();
        let mut sink = Self {
            address: listener.local_addr().unwrap(),
            manner,
            desk: Arc::default(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
            certificate,
            running: None,
        };
        sink.serve(listener);
        sink
    }

    /// `host:port` with a name the certificate holds.
    pub fn place(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// `mail.smtp_url` for it: in clear, as to a server on the same machine.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The file that makes its certificate trusted.
    pub fn authority(&self) -> String {
        self.certificate.path().display().to_string()
    }

    fn serve(&mut self, listener: TcpListener) {
        let (desk, manner, acceptor) = (Arc::clone(&self.desk), self.manner, self.acceptor.clone());
        self.running = Some(tokio::spawn(async move {
            // Conversations end with the sink.
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                desk.conversations.fetch_add(1, Ordering::Relaxed);
                talks.spawn(welcome(Arc::clone(&desk), stream, manner, acceptor.clone()));
            }
        }));
    }

    /// Goes down: connections are refused.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }

    /// Waits until its port is free.
    pub async fn settled(&self) {
        while TcpListener::bind(self.address).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    /// Comes up again, at the same place.
    pub async fn start(&mut self) {
        // The port is free once the task that held it is gone.
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        self.serve(listener);
    }

    /// The next answers to a recipient; afterwards it is accepted.
    pub fn answer(&self, to: &str, answers: &[Answer]) {
        self.desk.script.lock().unwrap().insert(to.to_owned(), answers.iter().copied().collect());
    }

    /// Refuses one word of every conversation from now on: `220` (the greeting), a verb, or `.` (the end of a letter).
    pub fn refuse(&self, word: &'static str, reply: &str) {
        *self.desk.refused.lock().unwrap() = Some((word, reply.to_owned()));
    }

    /// Refuses nothing any more.
    pub fn relent(&self) {
        *self.desk.refused.lock().unwrap() = None;
    }

    /// Lets one held recipient go on.
    pub fn release(&self) {
        self.desk.release.notify_one();
    }

    /// Waits until that many words were left without an answer.
    pub async fn stuck(&self, times: usize) {
        self.desk.stuck.subscribe().wait_for(|stuck| *stuck >= times).await.unwrap();
    }

    /// Waits until that many letters came.
    pub async fn arrived(&self, letters: usize) {
        self.desk.arrived.subscribe().wait_for(|arrived| *arrived >= letters).await.unwrap();
    }

    /// How many words were left without an answer so far.
    pub fn unanswered(&self) -> usize {
        *self.desk.stuck.borrow()
    }

    /// What came, in order.
    pub fn letters(&self) -> Vec<Received> {
        self.desk.letters.lock().unwrap().clone()
    }

    /// Recipients of what came, in order.
    pub fn recipients(&self) -> Vec<String> {
        self.letters().into_iter().flat_map(|letter| letter.to).collect()
    }

    /// The last `EHLO`.
    pub fn greeted(&self) -> String {
        self.desk.hello.lock().unwrap().clone()
    }

    /// How often somebody connected.
    pub fn conversations(&self) -> usize {
        self.desk.conversations.load(Ordering::Relaxed)
    }
}

async fn welcome(desk: Arc<Desk>, stream: TcpStream, manner: Manner, acceptor: TlsAcceptor) {
    if manner == Manner::Mute {
        let mut stream = BufStream::new(stream);
        desk.stuck.send_modify(|stuck| *stuck += 1);
        let _ = stream.read_line(&mut String::new()).await;
        return;
    }
    let mut talk = Talk { desk: Arc::clone(&desk), manner, encrypted: false, signed_in: false };
    if let Some(stream) = talk.hold(stream, true).await {
        let Ok(stream) = acceptor.accept(stream).await else { return };
        talk.encrypted = true;
        talk.hold(stream, false).await;
    }
}

struct Talk {
    desk: Arc<Desk>,
    manner: Manner,
    encrypted: bool,
    signed_in: bool,
}

impl Talk {
    /// The lines that answer `EHLO`.
    fn offers(&self) -> Vec<String> {
        let mut offers = vec!["250-sink.example.jp"];
        if matches!(self.manner, Manner::StartTls | Manner::Strict) && !self.encrypted {
            offers.push("250-STARTTLS");
        }
        if self.manner == Manner::Strict && self.encrypted {
            offers.push("250-AUTH PLAIN LOGIN");
        }
        offers.push("250 8BITMIME");
        offers.into_iter().map(str::to_owned).collect()
    }

    fn greeting(&self) -> String {
        self.refusal("220").unwrap_or_else(|| "220 sink.example.jp ESMTP".to_owned())
    }

    fn sign_in(&mut self, line: &str) -> &'static str {
        self.signed_in = line.ends_with(&format!(" {}", BASE64.encode(b"\0portal\0secret")));
        if self.signed_in { "235 welcome" } else { "535 wrong password" }
    }

    /// What a word is refused with, if it is.
    fn refusal(&self, word: &str) -> Option<String> {
        let refused = self.desk.refused.lock().unwrap();
        refused.as_ref().filter(|(which, _)| *which == word).map(|(_, reply)| reply.clone())
    }

    /// Talks until the end; gives the stream back where it is to be encrypted.
    async fn hold<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: S, greet: bool) -> Option<S> {
        let mut stream = BufStream::new(stream);
        if greet {
            say(&mut stream, &self.greeting()).await?;
        }
        let (mut from, mut to, mut answer) = (String::new(), Vec::new(), Answer::Accept);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            assert!(line.ends_with("\r\n"), "a line of SMTP ends in CRLF: {line:?}");
            let line = line.trim_end();
            let closed = self.manner == Manner::Strict && !(self.encrypted && self.signed_in);
            let word = line.split([' ', ':']).next().unwrap().to_uppercase();
            if let Some(reply) = self.refusal(&word) {
                say(&mut stream, &reply).await?;
                continue;
            }
            match word.as_str() {
                "EHLO" => {
                    line.clone_into(&mut self.desk.hello.lock().unwrap());
                    say(&mut stream, &self.offers().join("\r\n")).await?;
                }
                "STARTTLS" => {
                    say(&mut stream, "220 go ahead").await?;
                    return Some(stream.into_inner());
                }
                "AUTH" => {
                    assert!(self.encrypted, "a password in clear");
                    say(&mut stream, self.sign_in(line)).await?;
                }
                "MAIL" if closed => say(&mut stream, "530 first encrypt and sign in").await?,
                "MAIL" if self.manner == Manner::NoSender => say(&mut stream, "550 not our sender").await?,
                "MAIL" => {
                    from = bracketed(line);
                    say(&mut stream, "250 ok").await?;
                }
                "RCPT" => {
                    let address = bracketed(line);
                    let next =
                        self.desk.script.lock().unwrap().get_mut(&address).and_then(VecDeque::pop_front);
                    answer = next.unwrap_or(Answer::Accept);
                    match answer {
                        Answer::Recipient(code) => {
                            // As real servers do: with the address in it.
                            say(&mut stream, &format!("{code} <{address}> says no")).await?;
                            continue;
                        }
                        Answer::Silence => {
                            self.desk.stuck.send_modify(|stuck| *stuck += 1);
                            let _ = stream.read_line(&mut String::new()).await;
                            return None;
                        }
                        Answer::Hold => {
                            self.desk.stuck.send_modify(|stuck| *stuck += 1);
                            self.desk.release.notified().await;
                        }
                        Answer::Accept | Answer::Content(_) | Answer::DropAfterData => {}
                    }
                    to.push(address);
                    say(&mut stream, "250 ok").await?;
                }
                "DATA" => {
                    say(&mut stream, "354 go on").await?;
                    let wire = content(&mut stream).await?;
                    let scripted = match answer {
                        Answer::Content(code) => Some(format!("{code} not this")),
                        _ => None,
                    };
                    if let Some(reply) = self.refusal(".").or(scripted) {
                        say(&mut stream, &reply).await?;
                        continue;
                    }
                    let letter = Received {
                        from: std::mem::take(&mut from),
                        to: std::mem::take(&mut to),
                        wire,
                        encrypted: self.encrypted,
                    };
                    self.desk.letters.lock().unwrap().push(letter);
                    self.desk.arrived.send_modify(|arrived| *arrived += 1);
                    if answer == Answer::DropAfterData {
                        return None;
                    }
                    say(&mut stream, "250 taken").await?;
                }
                "RSET" => {
                    (from, to) = (String::new(), Vec::new());
                    say(&mut stream, "250 ok").await?;
                }
                "NOOP" => say(&mut stream, "250 ok").await?,
                "QUIT" => {
                    say(&mut stream, "221 bye").await?;
                    return None;
                }
                other => panic!("the sink does not know {other:?}"),
            }
        }
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>, line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

/// A letter up to its lonely dot, dots undone.
async fn content<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> Option<String> {
    let mut wire = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        assert!(line.ends_with("\r\n") && line.is_ascii() && line.len() <= 1000, "{line:?}");
        match line.strip_prefix('.') {
            Some("\r\n") => return Some(wire),
            Some(rest) => wire.push_str(rest),
            None => wire.push_str(&line),
        }
    }
}

fn bracketed(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap();
    rest.rsplit_once('>').unwrap().0.to_owned()
}

impl Received {
    /// The headers, unfolded, in order.
    pub fn headers(&self) -> Vec<(String, String)> {
        let head = self.wire.split("\r\n\r\n").next().unwrap();
        head.replace("\r\n ", " ")
            .replace("\r\n\t", " ")
            .lines()
            .map(|line| line.split_once(": ").unwrap_or_else(|| panic!("no header: {line:?}")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// A header that stands once, as on the wire.
    pub fn raw(&self, name: &str) -> String {
        let all = self.headers();
        let found: Vec<_> = all.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).collect();
        assert_eq!(found.len(), 1, "{name} in {all:?}");
        found[0].1.clone()
    }

    /// A header as a person reads it.
    pub fn header(&self, name: &str) -> String {
        let raw = self.raw(name);
        let (mut out, mut rest) = (String::new(), raw.as_str());
        while let Some((before, word)) = rest.split_once("=?utf-8?b?") {
            let (word, after) = word.split_once("?=").unwrap();
            // White space between two encoded words is none.
            if out.is_empty() || !before.trim().is_empty() {
                out.push_str(before);
            }
            out.push_str(&String::from_utf8(BASE64.decode(word.as_bytes()).unwrap()).unwrap());
            rest = after;
        }
        out + rest
    }

    /// The alternatives: media type and text.
    pub fn parts(&self) -> Vec<(String, String)> {
        let kind = self.raw("Content-Type");
        assert!(kind.starts_with("multipart/alternative;"), "{kind}");
        let boundary = kind.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
        let body = self.wire.split_once("\r\n\r\n").unwrap().1;
        let (body, end) = body.rsplit_once(&format!("--{boundary}--")).unwrap();
        assert_eq!(end.trim(), "");
        body.split(&format!("--{boundary}\r\n"))
            .skip(1)
            .map(|part| {
                let (head, text) = part.split_once("\r\n\r\n").unwrap();
                let value = |name: &str| {
                    let line = head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
                    line.trim().to_owned()
                };
                (value("Content-Type:"), undone(&value("Content-Transfer-Encoding:"), text))
            })
            .collect()
    }
}

fn undone(encoding: &str, text: &str) -> String {
    let bytes = match encoding {
        "base64" => BASE64.decode(text.replace("\r\n", "").as_bytes()).unwrap(),
        "quoted-printable" => {
            let joined = text.replace("=\r\n", "");
            let mut bytes = Vec::new();
            let mut rest = joined.as_str();
            while let Some((before, after)) = rest.split_once('=') {
                bytes.extend_from_slice(before.as_bytes());
                bytes.push(u8::from_str_radix(&after[..2], 16).unwrap());
                rest = &after[2..];
            }
            bytes.extend_from_slice(rest.as_bytes());
            bytes
        }
        _ => text.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}
