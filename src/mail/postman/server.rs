//! Server: where letters are handed in, read from `mail.smtp_url`, and one conversation with it.
//!
//! # Decision
//! Conversations are lettre's `AsyncSmtpConnection`, one for each letter that is on its way, kept for the next letter
//! while there is one.
//! # Because
//! A deadline ends a conversation at any word, and then it must never be used again. lettre's own pool takes back what a
//! dropped future leaves behind: the next letter would read the answers meant for the last one, and could be counted as
//! sent when it was not.
//! # Instead of
//! `AsyncSmtpTransport` and its pool (0.11.23, `transport/smtp/pool/async_impl.rs`: `Drop for PooledConnection`).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    time::Duration,
};

use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    commands::{Data, Mail, Rcpt, Rset},
    extension::ClientId,
    response::Severity,
};
use percent_encoding::percent_decode_str;
use url::Url;

use super::{
    message::MailMessage,
    reply::{ReplyScope, SmtpStep, about},
};
use crate::world::plain_file;

/// How a conversation is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte (`smtps://`).
    Wrapped,
    /// By STARTTLS, or nothing is said (`?tls=required`).
    Required,
    /// By STARTTLS where the server offers it (`?tls=opportunistic`).
    Opportunistic,
    /// Not at all (`?tls=none`): for a server on the same machine or in the same closed network.
    None,
}

/// Where letters are handed in.
#[derive(Clone)]
pub struct SmtpServer {
    host: String,
    port: u16,
    encryption: Encryption,
    trusted: Option<Certificate>,
    credentials: Option<Credentials>,
    /// `None`: the address at which the conversation is held.
    hello: Option<ClientId>,
}

/// Never prints user and password.
impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .finish_non_exhaustive()
    }
}

/// Why `mail.smtp_url` cannot be used. Holds nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmtpUrlError {
    /// It is no address, or has no host.
    NotAnAddress,
    /// It begins with neither `smtp://` nor `smtps://`.
    Scheme(String),
    /// `tls=` is none of the words, or contradicts `smtps://`.
    Tls(String),
    /// A parameter nobody knows, or a path.
    Unknown(String),
    /// A user without a password, or the other way round.
    HalfCredentials,
    /// User and password would go over the network in clear.
    ClearPassword,
    /// The certificate named by `ca=` cannot be read.
    Certificate(PathBuf),
    /// A character in user or password that must be written in another way.
    Raw {
        /// The character that was found.
        found: char,
        /// How it is written in an address.
        encoded: String,
    },
    /// `mail.hello` is no name with a dot in it.
    Hello(String),
}

impl SmtpServer {
    /// Reads `smtp[s]://[user:password@]host[:port][?tls=required|opportunistic|none][&ca=FILE]`. Without `tls=`, STARTTLS
    /// is required, unless the host is this machine. `ca=` names a PEM file with the certificate of an authority that is
    /// trusted beside the public ones. Ports: 587; 465 for `smtps://`; 25 for `tls=none`.
    ///
    /// User and password hold the characters of RFC 3986 §3.2.1; any other is refused by name, because it would end them
    /// early or change them, and the address would be told as something it is not.
    ///
    /// # Errors
    /// [`SmtpUrlError`] with the part of the address that is wrong; it never holds user or password.
    pub fn parse(text: &str) -> Result<Self, SmtpUrlError> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if let Some(found) = raw_character(text) {
            return Err(SmtpUrlError::Raw { found, encoded: encoded(found) });
        }
        let url = Url::parse(text).map_err(|_| SmtpUrlError::NotAnAddress)?;
        let wrapped = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            other => return Err(SmtpUrlError::Scheme(other.to_owned())),
        };
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(SmtpUrlError::NotAnAddress);
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpUrlError::Unknown(url.path().to_owned()));
        }
        let (mut tls, mut trusted) = (None, None);
        for (name, value) in url.query_pairs() {
            match name.as_ref() {
                "tls" => tls = Some(value.into_owned()),
                "ca" => trusted = Some(certificate(Path::new(value.as_ref()))?),
                other => return Err(SmtpUrlError::Unknown(other.to_owned())),
            }
        }
        let here = is_this_machine(&host);
        let encryption = match (wrapped, tls.as_deref()) {
            (true, None | Some("required")) => Encryption::Wrapped,
            (false, Some("opportunistic")) => Encryption::Opportunistic,
            (false, Some("none")) => Encryption::None,
            (false, None) if here => Encryption::None,
            (false, None | Some("required")) => Encryption::Required,
            (_, Some(other)) => return Err(SmtpUrlError::Tls(other.to_owned())),
        };
        let decoded = |part: &str| {
            percent_decode_str(part).decode_utf8().map(String::from).map_err(|_| SmtpUrlError::NotAnAddress)
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(SmtpUrlError::HalfCredentials),
            _ if !here && matches!(encryption, Encryption::Opportunistic | Encryption::None) => {
                return Err(SmtpUrlError::ClearPassword);
            }
            (user, Some(password)) => Some(Credentials::new(decoded(user)?, decoded(password)?)),
        };
        let usual = match encryption {
            Encryption::Wrapped => 465,
            Encryption::Required | Encryption::Opportunistic => 587,
            Encryption::None => 25,
        };
        let port = url.port().unwrap_or(usual);
        Ok(Self { host, port, encryption, trusted, credentials, hello: machine_name() })
    }

    /// Gives the name with which conversations begin (`EHLO`, RFC 5321 §4.1.1.1): the setting; else the name of this
    /// machine, if it is a whole one; else the first of the service's domains; else the address the server is spoken to
    /// from. Relays refuse a bare host name, which is what a container has.
    ///
    /// # Errors
    /// [`SmtpUrlError::Hello`] when the setting is no domain name.
    pub fn named(mut self, setting: Option<&str>, domains: &[String]) -> Result<Self, SmtpUrlError> {
        let setting = setting.map(str::trim).filter(|name| !name.is_empty());
        if let Some(name) = setting {
            let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
            if !is_whole_name(&name) {
                return Err(SmtpUrlError::Hello(name));
            }
            self.hello = Some(ClientId::Domain(name));
        } else if self.hello.is_none() {
            let domain = domains.iter().find(|domain| is_whole_name(domain));
            self.hello = domain.map(|domain| ClientId::Domain(domain.clone()));
        }
        Ok(self)
    }

    /// How the conversation begins: a name, or the address of this end.
    async fn hello(&self) -> ClientId {
        let Some(hello) = &self.hello else { return self.address().await.unwrap_or_default() };
        hello.clone()
    }

    /// The address of this end, as the system would choose it. Nothing is sent.
    async fn address(&self) -> Option<ClientId> {
        let far = tokio::net::lookup_host((self.host.as_str(), self.port)).await.ok()?.next()?;
        let near: IpAddr =
            if far.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = tokio::net::UdpSocket::bind((near, 0)).await.ok()?;
        socket.connect(far).await.ok()?;
        Some(match socket.local_addr().ok()?.ip() {
            IpAddr::V4(address) => ClientId::Ipv4(address),
            IpAddr::V6(address) => ClientId::Ipv6(address),
        })
    }

    /// The host, for log lines.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, for log lines.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How conversations are encrypted, for log lines.
    pub fn encryption(&self) -> Encryption {
        self.encryption
    }

    /// Begins a conversation; `connect` bounds reaching the host. The caller bounds the whole: a server that says nothing
    /// is waited for without end (lettre#1027).
    ///
    /// # Errors
    /// [`SmtpFailure`] when the server was not reached in time, offers no encryption where it is required, or refuses
    /// the greeting or the password.
    pub async fn connect(&self, connect: Duration) -> Result<SmtpConversation, SmtpFailure> {
        let at = (self.host.as_str(), self.port);
        let hello = self.hello().await;
        let wrapped =
            if self.encryption == Encryption::Wrapped { Some(self.tls(SmtpStep::Reach)?) } else { None };
        let reached = AsyncSmtpConnection::connect_tokio1(at, Some(connect), &hello, wrapped, None).await;
        let mut connection = reached.map_err(|fault| SmtpFailure::of(SmtpStep::Reach, &fault))?;
        let offered = connection.can_starttls();
        match self.encryption {
            Encryption::Required if !offered => {
                return Err(SmtpFailure::new(SmtpStep::Encrypt, SmtpReason::NotOffered));
            }
            Encryption::Required | Encryption::Opportunistic if offered => {
                let tls = self.tls(SmtpStep::Encrypt)?;
                let encrypted = connection.starttls(tls, &hello).await;
                encrypted.map_err(|fault| SmtpFailure::of(SmtpStep::Encrypt, &fault))?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let signed_in = connection.auth(&mechanisms, credentials).await;
            signed_in.map_err(|fault| SmtpFailure::of(SmtpStep::SignIn, &fault))?;
        }
        Ok(SmtpConversation { connection, hello: hello.to_string(), usable: true })
    }

    fn tls(&self, step: SmtpStep) -> Result<TlsParameters, SmtpFailure> {
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(certificate) = &self.trusted {
            builder = builder.add_root_certificate(certificate.clone());
        }
        builder.build_rustls().map_err(|fault| SmtpFailure::of(step, &fault))
    }
}

/// Bytes of the largest file of certificates that is read.
const LARGEST_CERTIFICATE: u64 = 1 << 20;

fn certificate(path: &Path) -> Result<Certificate, SmtpUrlError> {
    let fault = || SmtpUrlError::Certificate(path.to_owned());
    let pem = plain_file::read(path, LARGEST_CERTIFICATE).map_err(|_| fault())?;
    Certificate::from_pem(&pem).map_err(|_| fault())
}

/// The name of this machine where it is a whole one.
fn machine_name() -> Option<ClientId> {
    match ClientId::default() {
        ClientId::Domain(name) if is_whole_name(&name.to_ascii_lowercase()) => {
            Some(ClientId::Domain(name.to_ascii_lowercase()))
        }
        _ => None,
    }
}

/// Whether others can make something of the name: labels with a dot between them, and no ending that holds in one
/// network only.
fn is_whole_name(name: &str) -> bool {
    const PRIVATE: [&str; 6] = ["local", "localdomain", "localhost", "internal", "lan", "test"];
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(label)
        && last.bytes().any(|b| b.is_ascii_alphabetic())
        && !PRIVATE.contains(&last)
}

/// The first character of user and password that may not stand there as it is. What stands before the last `@` is user
/// and password, whatever it holds: that is how somebody means it who did not know better.
fn raw_character(text: &str) -> Option<char> {
    let (_, rest) = text.split_once("://")?;
    // A file named by `ca=` may have an `@` in its name.
    let query = ["?tls=required", "?tls=opportunistic", "?tls=none", "?ca="]
        .iter()
        .filter_map(|query| rest.rfind(query))
        .min();
    let (who, _) = rest.get(..query.unwrap_or(rest.len()))?.rsplit_once('@')?;
    let hex = |at: usize| who.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    who.char_indices().find_map(|(at, c)| {
        let may = match c {
            '%' => hex(at + 1) && hex(at + 2),
            _ => c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:".contains(c),
        };
        (!may).then_some(c)
    })
}

/// A character as it is written in an address.
fn encoded(c: char) -> String {
    let mut bytes = [0; 4];
    c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What a conversation ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpReason {
    /// The server said no for now (4xx).
    NotNow(u16),
    /// The server said no for good (5xx).
    Never(u16),
    /// Encryption is required and the server does not offer it.
    NotOffered,
    /// No word within the deadline.
    Late,
    /// The connection failed, or what came over it was no SMTP.
    Broken,
}

/// Why a letter was not handed in.
#[derive(Clone)]
pub struct SmtpFailure {
    /// The step of the conversation at which it happened.
    pub step: SmtpStep,
    /// What the server did, or did not do.
    pub reason: SmtpReason,
    /// What the refusal concerns: the session, the sender or the letter.
    pub about: ReplyScope,
    /// What the server or the system said. May hold the recipient's address: for the operator who typed it, never for
    /// a log.
    pub said: String,
}

/// Without what was said: it stays out of logs.
impl fmt::Debug for SmtpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpFailure({:?}, {:?}, {:?})", self.step, self.reason, self.about)
    }
}

impl SmtpFailure {
    /// A failure without the server's own text.
    pub fn new(step: SmtpStep, reason: SmtpReason) -> Self {
        let about = if step < SmtpStep::Sender { ReplyScope::Session } else { ReplyScope::Unclear };
        Self { step, reason, about, said: String::new() }
    }

    fn of(step: SmtpStep, fault: &Error) -> Self {
        let reason = match fault.status() {
            Some(code) if fault.is_permanent() => SmtpReason::Never(code.into()),
            Some(code) => SmtpReason::NotNow(code.into()),
            None if fault.is_timeout() => SmtpReason::Late,
            None => SmtpReason::Broken,
        };
        let text = std::error::Error::source(fault).map(ToString::to_string).unwrap_or_default();
        let about = match reason {
            SmtpReason::NotNow(code) | SmtpReason::Never(code) => about(step, code, &text),
            _ => Self::new(step, reason).about,
        };
        Self { step, reason, about, said: fault.to_string() }
    }

    /// Whether every letter would have met it.
    pub fn is_the_servers(&self) -> bool {
        self.about == ReplyScope::Session
    }

    /// Whether this letter will never be taken, whatever anybody mends.
    pub fn is_final(&self) -> bool {
        self.about == ReplyScope::Letter && matches!(self.reason, SmtpReason::Never(_))
    }
}

/// One conversation: letters one after the other.
pub struct SmtpConversation {
    connection: AsyncSmtpConnection,
    /// The name or address that was said in `EHLO`.
    hello: String,
    /// Whether the server waits for the next letter.
    usable: bool,
}

impl fmt::Debug for SmtpConversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpConversation(usable: {})", self.usable)
    }
}

impl SmtpConversation {
    /// Whether another letter may follow. Not after a deadline, a broken line or a server that is closing.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// The name or address that was said in `EHLO`.
    pub fn hello(&self) -> &str {
        &self.hello
    }

    /// Hands in one letter. Dropped half-way, the conversation stays unusable.
    ///
    /// # Errors
    /// [`SmtpFailure`] with the step at which the server refused, fell silent or closed the connection.
    pub async fn hand_in(&mut self, letter: &MailMessage) -> Result<(), SmtpFailure> {
        self.usable = false;
        let outcome = self.say(letter).await;
        self.usable = match &outcome {
            Ok(()) => true,
            Err(SmtpFailure { reason: SmtpReason::NotNow(421), .. }) => false,
            // After a refused word the server still has what it took before.
            Err(SmtpFailure { reason: SmtpReason::NotNow(_) | SmtpReason::Never(_), .. }) => {
                self.connection.command(Rset).await.is_ok()
            }
            Err(_) => false,
        };
        outcome
    }

    async fn say(&mut self, letter: &MailMessage) -> Result<(), SmtpFailure> {
        let at = |step| move |fault: Error| SmtpFailure::of(step, &fault);
        let talk = &mut self.connection;
        talk.command(Mail::new(Some(letter.from.clone()), vec![])).await.map_err(at(SmtpStep::Sender))?;
        talk.command(Rcpt::new(letter.to.clone(), vec![])).await.map_err(at(SmtpStep::Recipient))?;
        talk.command(Data).await.map_err(at(SmtpStep::Content))?;
        let answer = talk.message(&letter.bytes).await.map_err(at(SmtpStep::Content))?;
        if answer.code().severity == Severity::PositiveCompletion {
            Ok(())
        } else {
            Err(SmtpFailure::new(SmtpStep::Content, SmtpReason::Broken))
        }
    }

    /// Ends the conversation with `QUIT`.
    pub async fn leave(mut self) {
        let _ = self.connection.quit().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, u16, Encryption, bool) {
        let server = SmtpServer::parse(text).unwrap();
        (server.host.clone(), server.port, server.encryption, server.credentials.is_some())
    }

    #[test]
    fn encryption_is_required_unless_the_server_is_this_machine() {
        use Encryption::{None, Opportunistic, Required, Wrapped};
        for (text, host, port, encryption, signed_in) in [
            ("smtp://relay.example.jp", "relay.example.jp", 587, Required, false),
            ("smtp://relay.example.jp:25", "relay.example.jp", 25, Required, false),
            ("smtp://relay.example.jp?tls=opportunistic", "relay.example.jp", 587, Opportunistic, false),
            ("smtp://mailpit:1025?tls=none", "mailpit", 1025, None, false),
            ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, None, false),
            ("smtp://[::1]:1025/", "::1", 1025, None, false),
            ("smtp://localhost", "localhost", 25, None, false),
            ("smtp://localhost?tls=required", "localhost", 587, Required, false),
            ("smtps://relay.example.jp", "relay.example.jp", 465, Wrapped, false),
            ("smtps://u%40x:p%3A%2F@relay.example.jp", "relay.example.jp", 465, Wrapped, true),
            ("smtp://u:p@relay.example.jp", "relay.example.jp", 587, Required, true),
        ] {
            assert_eq!(read(text), (host.to_owned(), port, encryption, signed_in), "{text}");
        }
    }

    #[test]
    fn a_wrong_address_says_what_is_wrong_and_no_secret() {
        let unknown = |what: &str| SmtpUrlError::Unknown(what.to_owned());
        let raw = |found, encoded: &str| SmtpUrlError::Raw { found, encoded: encoded.to_owned() };
        for (text, fault) in [
            ("", SmtpUrlError::NotAnAddress),
            ("relay.example.jp:25", SmtpUrlError::Scheme("relay.example.jp".to_owned())),
            ("smtp://", SmtpUrlError::NotAnAddress),
            ("smtp://:25", SmtpUrlError::NotAnAddress),
            ("smtp://relay.example.jp:x", SmtpUrlError::NotAnAddress),
            ("https://relay.example.jp", SmtpUrlError::Scheme("https".to_owned())),
            ("smtp://relay.example.jp?tls=yes", SmtpUrlError::Tls("yes".to_owned())),
            ("smtps://relay.example.jp?tls=none", SmtpUrlError::Tls("none".to_owned())),
            ("smtp://relay.example.jp?timeout=5", unknown("timeout")),
            ("smtp://relay.example.jp/inbox", unknown("/inbox")),
            ("smtp://user@relay.example.jp", SmtpUrlError::HalfCredentials),
            ("smtp://u:secret@relay.example.jp?tls=none", SmtpUrlError::ClearPassword),
            ("smtp://u:secret@relay.example.jp?tls=opportunistic", SmtpUrlError::ClearPassword),
            ("smtp://u:a@b/x@relay.example.jp", raw('@', "%40")),
            ("smtp://u:pa/ss@relay.example.jp:587", raw('/', "%2F")),
            ("smtp://u:pa#ss@relay.example.jp", raw('#', "%23")),
            ("smtp://u:pa?ss@relay.example.jp?tls=required", raw('?', "%3F")),
            ("smtp://u:pa?tls=ss@relay.example.jp", raw('?', "%3F")),
            ("smtp://u:100%@relay.example.jp", raw('%', "%25")),
            ("smtp://u:pa ss@relay.example.jp", raw(' ', "%20")),
            ("smtps://u:健@relay.example.jp", raw('健', "%E5%81%A5")),
            ("smtps://u:pa[ss@relay.example.jp", raw('[', "%5B")),
            ("smtps://u:pa\\ss@relay.example.jp", raw('\\', "%5C")),
            (
                "smtps://relay.example.jp?ca=/no/such.pem",
                SmtpUrlError::Certificate(PathBuf::from("/no/such.pem")),
            ),
        ] {
            assert_eq!(SmtpServer::parse(text).unwrap_err(), fault, "{text}");
        }
        assert!(!format!("{:?}", SmtpServer::parse("smtps://u:secret@relay.example.jp")).contains("secret"));
    }

    #[test]
    fn every_character_of_a_password_is_kept_when_it_is_encoded() {
        for c in (' '..='~').chain(['¥', '健', '\u{3000}']) {
            let server = SmtpServer::parse(&format!("smtps://u:x{}y@relay.example.jp", encoded(c))).unwrap();
            let said = Mechanism::Plain.response(&server.credentials.unwrap(), None).unwrap();
            assert_eq!(said, format!("\0u\0x{c}y"));
            let plain = SmtpServer::parse(&format!("smtps://u:x{c}y@relay.example.jp"));
            let kept = c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:".contains(c);
            let fault = SmtpUrlError::Raw { found: c, encoded: encoded(c) };
            assert_eq!(plain.err(), (!kept).then_some(fault), "{c}");
        }
    }

    #[test]
    fn the_greeting_is_a_whole_name_or_an_address() {
        let greets = |setting: Option<&str>, domains: &[&str]| {
            let server = SmtpServer { hello: None, ..SmtpServer::parse("smtp://relay.example.jp").unwrap() };
            let domains: Vec<_> = domains.iter().map(|domain| (*domain).to_owned()).collect();
            server.named(setting, &domains).map(|server| server.hello.map(|hello| hello.to_string()))
        };
        let name = |name: &str| Ok(Some(name.to_owned()));
        assert_eq!(greets(Some("Mail.Example.jp."), &["portal.example.jp"]), name("mail.example.jp"));
        assert_eq!(greets(None, &["portal.example.jp"]), name("portal.example.jp"));
        assert_eq!(greets(Some(" "), &["localhost", "portal.example.jp"]), name("portal.example.jp"));
        assert_eq!(greets(None, &[]), Ok(None));
        for bad in
            ["portal-7f9", "mail_.example.jp", "a..jp", "10.0.0.1", "x.localdomain", "健保.jp", "a b.jp"]
        {
            assert_eq!(greets(Some(bad), &[]), Err(SmtpUrlError::Hello(bad.to_owned())), "{bad}");
        }
    }
}
