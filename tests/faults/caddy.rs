//! Caddy with the file that is shipped, `.docker/Caddyfile`, before the nodes of a test; and a browser that speaks TLS
//! with it. Only ports differ from production, and Caddy signs its certificates itself.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use socket2::{Domain, Socket, Type};
use tempfile::TempDir;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

use crate::program::{Answer, Program, exchange, exchange_over, free_port, sqlite};

/// Caddy; it ends when this is dropped.
pub struct Caddy {
    process: Child,
    folder: TempDir,
    /// For TLS.
    port: u16,
    /// Without.
    plain: u16,
}

impl Caddy {
    /// Started; it listens, and its authority is there.
    pub fn before(nodes: &[&Program]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        let (port, plain) = (free_port(), free_port());
        let joined = |which: usize| {
            nodes.iter().map(|node| node.addresses()[which].clone()).collect::<Vec<_>>().join(" ")
        };
        let (listeners, internal) = (joined(0), joined(1));
        let internal_port = internal.rsplit(':').next().unwrap().to_owned();
        let log = File::create(folder.path().join("log")).unwrap();
        let process = Command::new("caddy")
            .args(["run", "--config", ".docker/Caddyfile", "--adapter", "caddyfile"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .envs([("HOME", &home), ("XDG_DATA_HOME", &home), ("XDG_CONFIG_HOME", &home)])
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("PORTAL_NODES", listeners)
            .env("PORTAL_INTERNAL", internal)
            .env("PORTAL_INTERNAL_PORT", internal_port)
            .env("PORTAL_CERTIFICATES", "internal")
            .env("PORTAL_HTTP_PORT", plain.to_string())
            .env("PORTAL_HTTPS_PORT", port.to_string())
            .env("PORTAL_ASK_PORT", free_port().to_string())
            .env("CADDY_ADMIN", format!("127.0.0.1:{}", free_port()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("caddy; tests/run installs it");
        let mut caddy = Self { process, folder, port, plain };
        let began = Instant::now();
        while !(caddy.authority().exists() && TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            let has_ended = caddy.process.try_wait().unwrap().is_some();
            assert!(!has_ended && began.elapsed() < Duration::from_mins(1), "no Caddy\n{}", caddy.log());
            thread::sleep(Duration::from_millis(10));
        }
        caddy
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("caddy/pki/authorities/local/root.crt")
    }

    /// What it wrote into its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The way to it for browsers that ask for that host, and trust its authority and no other.
    pub fn door(&self, host: &str) -> Door {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.authority()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        Door::Tls { port: self.port, name, config: Arc::new(config), from: Ipv4Addr::LOCALHOST }
    }
}

impl Drop for Caddy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The way a browser's requests go.
#[derive(Debug, Clone)]
pub enum Door {
    /// Without TLS, to this port.
    Plain(u16),
    /// To Caddy.
    Tls { port: u16, name: ServerName<'static>, config: Arc<ClientConfig>, from: Ipv4Addr },
}

impl Door {
    /// The same from a network of that person's own.
    pub fn from(&self, who: u32) -> Self {
        let mut door = self.clone();
        if let Self::Tls { from, .. } = &mut door {
            let [.., high, low] = who.to_be_bytes();
            *from = Ipv4Addr::new(127, 1 + high, low, 1);
        }
        door
    }

    /// Sends a request, with `Connection: close` in it, and reads its whole answer.
    pub fn exchange(&self, words: &str) -> Option<Answer> {
        match self {
            Self::Plain(port) => exchange(*port, words),
            Self::Tls { .. } => exchange_over(self.connect()?, words),
        }
    }

    /// A connection to Caddy whose certificate is that host's; `None` where there is no connection. Certificates are
    /// drawn at this moment, for hosts of unions only: where there is none, the first exchange over it fails.
    fn connect(&self) -> Option<StreamOwned<ClientConnection, TcpStream>> {
        let Self::Tls { port, name, config, from } = self else { return None };
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((*from, 0)).into()).unwrap();
        socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, *port)).into()).ok()?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let connection = ClientConnection::new(Arc::clone(config), name.clone()).unwrap();
        Some(StreamOwned::new(connection, stream))
    }

    /// Why the handshake fails; `None` where it does not.
    pub fn refusal(&self) -> Option<String> {
        let mut stream = self.connect().expect("Caddy listens");
        stream.conn.complete_io(&mut stream.sock).err().map(|fault| fault.to_string())
    }
}

const HOST: &str = "www.jswkenpo.portal.kosmo-web.jp";
/// What a client writes of itself: documentation addresses (RFC 5737), and words that no log may hold.
const FORGED: &str = "203.0.113.7";
const SECRET: &str = "geheim-im-link";

fn asks(method: &str, path: &str, forged: &str, form: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\nConnection: close\r\nX-Forwarded-For: {forged}\r\n\
         X-Forwarded-Host: www.example.com\r\nCookie: __Host-known={SECRET}\r\nUser-Agent: {SECRET}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

/// From which networks the trail has that member's wrong passwords.
fn networks(folder: &Path) -> Vec<String> {
    use sqlx::Connection as _;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::SqliteConnection::connect(&sqlite(folder)).await.unwrap();
        let found = sqlx::query_scalar(
            "SELECT DISTINCT net FROM audit WHERE event = 'password-differed' ORDER BY net",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
        found
    })
}

/// What a line of Caddy's log may say of a request.
const TOLD: [&str; 5] = ["remote_ip", "client_ip", "proto", "method", "host"];

fn holds_nobody(log: &str, lines: usize) {
    let mut told = 0;
    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no object: {line}"));
        if let Some(request) = line["request"].as_object() {
            told += 1;
            for (name, value) in request {
                assert!(TOLD.contains(&name.as_str()), "{name}: {line}");
                assert!(!name.ends_with("_ip") || value.as_str().unwrap().ends_with(".0"), "{line}");
            }
        }
    }
    assert!(told >= lines, "{told} of {lines} requests");
    for word in [FORGED, SECRET, "testuser", "signin"] {
        assert!(!log.contains(word), "{word}: {log}");
    }
}

#[test]
fn only_hosts_of_unions_get_a_certificate_no_client_names_its_address_and_no_log_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("PORTAL_PUBLIC__SCHEME", "https".to_owned()),
        ("PORTAL_PUBLIC__PORT", "443".to_owned()),
        ("PORTAL_PROXY__TRUSTED", "127.0.0.1/32".to_owned()),
    ];
    let program = Program::prepare(&[], &sqlite(folder.path()), &settings);
    program.is_ready_again();
    let imports =
        ["member", "import", "--tenant", "jswkenpo", "tenants/jswkenpo/sample.csv", "--notices", "-"];
    assert!(program.command(&imports).output().unwrap().status.success());
    let caddy = Caddy::before(&[&program]);

    for host in [HOST, "jswkenpo.portal.kosmo-web.jp"] {
        assert_eq!(caddy.door(host).refusal(), None, "{host}");
    }
    for host in ["www.example.com", "portal.kosmo-web.jp", "nobody.portal.kosmo-web.jp", "localhost"] {
        assert!(caddy.door(host).refusal().is_some(), "{host} has a certificate");
    }
    let plainly = exchange(caddy.plain, &asks("GET", "/", FORGED, "")).unwrap();
    assert_eq!(plainly.status, 308, "{}", plainly.head);

    // The trail and the budgets have the address that Caddy saw.
    let door = caddy.door(HOST);
    let wrong = |who: u32, forged: &str, user: &str| {
        let form = format!("username={user}&password=wrong-password&back=");
        door.from(who).exchange(&asks("POST", "/signin", forged, &form)).unwrap().status
    };
    assert_eq!(wrong(0x0305, FORGED, "testuser"), 422);
    assert_eq!(networks(folder.path()), ["127.4.5.0/24"]);
    let each = 150_u32;
    thread::scope(|scope| {
        for turn in 0..4_u32 {
            let wrong = &wrong;
            scope.spawn(move || {
                for at in 0..each {
                    let forged = format!("198.51.{turn}.{at}");
                    assert_eq!(wrong(0x0406, &forged, &format!("nobody{turn}x{at}")), 422);
                }
            });
        }
    });
    // Some came back meanwhile: one in six seconds.
    let is_spent = (0..50).any(|_| wrong(0x0406, FORGED, "nobody") == 429);
    assert!(is_spent, "one network has one budget, whatever its clients write");
    assert_eq!(wrong(0x0407, FORGED, "nobody"), 422, "another network has its own");
    let found = door.exchange(&asks("GET", &format!("/help?token={SECRET}"), FORGED, "")).unwrap();
    assert_eq!(found.status, 200);
    holds_nobody(&caddy.log(), 600);

    // Nobody there to ask: a page in words, and as little in the log.
    program.kill();
    let page = door.exchange(&asks("GET", &format!("/help?token={SECRET}"), FORGED, "")).unwrap();
    assert!((502..=504).contains(&page.status), "{}", page.head);
    assert!(page.head.to_ascii_lowercase().contains("retry-after: 10"), "{}", page.head);
    assert!(
        page.body.contains("届いていることも、届いていないこともあります")
            && page.body.contains("lang=\"en\"")
    );
    holds_nobody(&caddy.log(), 601);
}
