//! Services are told that a session has ended, and whoever tells them is killed (SIGKILL): before the first try, and in the
//! middle of one. Each of them is told at least once, by a token of its own at each try, and nothing stays.
//!
//! A try that died is another's half a minute later: hence the polls.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::Value;

use crate::{
    cluster::Cluster,
    program::{Program, sqlite},
    visitor::{HOST, LOGIN, UNION, Visitor, with_services},
};

/// Services of the union that the member opens.
const SERVICES: [&str; 3] = ["one", "two", "three"];
/// Longer than a lease lasts.
const PATIENCE: Duration = Duration::from_secs(90);

/// All the services: they greet whoever comes, and are told at `/out/NAME`.
struct Services {
    port: u16,
    /// Every token that came.
    told: Arc<Mutex<Vec<String>>>,
    /// Whether they answer whoever tells them something.
    answer: Arc<AtomicBool>,
}

impl Services {
    fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (told, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let services = Self { port, told: Arc::clone(&told), answer: Arc::clone(&answer) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (told, answer) = (Arc::clone(&told), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &told, &answer));
            }
        });
        services
    }

    fn file(&self, name: &str) -> String {
        let at = format!("http://{name}.localhost:{}", self.port);
        format!(
            r#"
[[services]]
id = "{name}"
label = "{name}"
url = "{at}/"

[services.sso]
client_id = "{name}"
operator = "{name}"
relation = "entrusted"
purpose = "other"
pkce = "optional"
redirect_uris = ["{at}/callback"]
backchannel_logout_uri = "{at}/out/{name}"
internal = true
"#
        )
    }

    fn tokens(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    /// Waits until whatever was sent before this is among what came. Connections are taken in their order, so all of those
    /// are taken when one of its own is answered; and whoever still reads one holds `told`, beside this and the listener.
    fn have_read_all(&self, program: &Program) {
        let mut own = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        own.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        own.read_to_end(&mut Vec::new()).unwrap();
        until("a request is still read", program, || Arc::strong_count(&self.told) == 2);
    }

    /// The claims of every token that came.
    fn told(&self) -> Vec<Value> {
        self.tokens().iter().map(|token| claims(token)).collect()
    }
}

fn claims(token: &str) -> Value {
    let claims = BASE64URL_NOPAD.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

/// One request: a browser gets a page; whoever tells something gets an answer, or none and an open line.
fn serve(mut stream: TcpStream, told: &Mutex<Vec<String>>, answer: &AtomicBool) {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    let (head, body) = loop {
        let Ok(read @ 1..) = stream.read(&mut part) else { return };
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break (head.to_owned(), body.to_owned());
        }
    };
    if head.starts_with("POST /out/") {
        let token = body.strip_prefix("logout_token=").unwrap();
        told.lock().unwrap().push(token.to_owned());
        if !answer.load(Ordering::Relaxed) {
            // Until the other side is gone.
            let _ = stream.read(&mut part);
            return;
        }
    }
    let page = "<h1>予約のページ</h1>";
    let length = page.len();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
    );
}

/// Waits until it is so.
fn until(what: &str, program: &Program, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}\n{}", program.tail());
        thread::sleep(Duration::from_millis(100));
    }
}

/// What `sso logouts list` says, with what is done.
fn listed(program: &Program) -> Vec<Value> {
    let arguments = ["sso", "logouts", "list", "--tenant", UNION, "--done", "--json"];
    let done = program.command(&arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// A member who has opened all of them.
fn opened(services: &Services, program: &Program) -> Visitor {
    let mut member = Visitor::default();
    for name in SERVICES {
        let callback = format!("http%3A%2F%2F{name}.localhost%3A{}%2Fcallback", services.port);
        let query =
            format!("client_id={name}&response_type=code&scope=openid&redirect_uri={callback}&state=s");
        member.go(&format!("http://{HOST}:{}/oidc/authorize?{query}", program.port()), None);
        member.walk(LOGIN);
        assert!(member.is_at(&format!("{name}.localhost")), "{name}: {}", member.address);
    }
    member
}

fn killed_while_it_tells(url: &str) {
    let services = Services::open();
    let files: String = SERVICES.iter().map(|name| services.file(name)).collect();
    let (_tenants, program) = with_services(url, &files, &[]);
    let mut member = opened(&services, &program);
    member.go(&format!("http://{HOST}:{}/logout", program.port()), None);
    member.send(&[]);
    assert!(member.page.contains("ログアウトしました"), "{}", member.page);
    // Acknowledged, and killed at once: whatever was told by now is told again.
    program.kill();
    assert_eq!(listed(&program).len(), 3, "what was acknowledged is kept");
    services.have_read_all(&program);
    let before = services.told().len();
    program.start_again();
    until("not told after the first kill", &program, || {
        let told = services.told();
        SERVICES.iter().all(|name| told[before..].iter().any(|claims| claims["aud"] == *name))
    });
    // In the middle of a try that nobody answers.
    program.kill();
    services.have_read_all(&program);
    services.answer.store(true, Ordering::Relaxed);
    let told_before = services.told();
    program.start_again();
    until("not told after the second kill", &program, || {
        listed(&program).iter().all(|row| row["state"] == "told")
    });
    let told = services.told();
    let (early, late) = told.split_at(told_before.len());
    for name in SERVICES {
        let of = |told: &[Value], what: &str| -> Vec<Value> {
            told.iter().filter(|claims| claims["aud"] == name).map(|claims| claims[what].clone()).collect()
        };
        assert!(!of(early, "jti").is_empty(), "{name}: a try was cut off");
        assert_eq!(of(late, "jti").len(), 1, "{name}: told once, and not again once it has answered");
        assert_eq!(of(&told, "sid").first(), of(&told, "sid").last(), "{name}: of one session");
        let (first, last) = (of(early, "exp")[0].as_i64(), of(late, "exp")[0].as_i64());
        assert!(first < last, "{name}: a token of its own at each try");
    }
    let mut names: Vec<_> = told.iter().map(|claims| claims["jti"].to_string()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), told.len(), "no token came twice");
    let rows = listed(&program);
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["last_result"] == "200"), "{rows:?}");
    let trail = program.command(&["audit", "export", "--tenant", UNION]).output().unwrap();
    let trail = String::from_utf8(trail.stdout).unwrap();
    assert_eq!(trail.matches("sso-logout-sent").count(), 3, "{trail}");
}

#[test]
fn whoever_tells_services_is_killed_and_each_is_told_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    killed_while_it_tells(&sqlite(folder.path()));
}

#[test]
fn whoever_tells_services_is_killed_and_each_is_told_on_postgresql() {
    let cluster = Cluster::start();
    killed_while_it_tells(&Cluster::url(cluster.port));
}

/// A form of a service, without a browser; the answer's JSON.
fn asked(program: &Program, path: &str, head: &str, form: &[(&str, &str)]) -> Value {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let words = format!(
        "POST {path} HTTP/1.1\r\nHost: {HOST}:{}\r\nConnection: close\r\n{head}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        program.port(),
        body.len()
    );
    let answer = program.say(&words).unwrap();
    serde_json::from_str(&answer.body)
        .unwrap_or_else(|fault| panic!("{fault}: {}{}", answer.head, answer.body))
}

/// Whatever an operator writes as the setting `log`, other crates' lines included.
#[test]
fn with_every_line_that_can_be_written_the_log_holds_nothing_that_opens_anything() {
    let folder = tempfile::tempdir().unwrap();
    let services = Services::open();
    services.answer.store(true, Ordering::Relaxed);
    let files: String = SERVICES.iter().map(|name| services.file(name)).collect();
    let more = [("PORTAL_LOG", "trace".to_owned())];
    let (_tenants, program) = with_services(&sqlite(folder.path()), &files, &more);
    let command = |arguments: &[&str]| {
        let done = program.command(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    let secret =
        command(&["sso", "secret", "new", "--tenant", UNION, "--client", "three", "--reason", "test"]);
    let mut member = opened(&services, &program);
    let callback = format!("http://three.localhost:{}/callback", services.port);
    let code = member.secrets.last().unwrap().clone();
    // A code that becomes tokens, twice; a request that is left here; wrong proofs; the way out by the service.
    let by_form = [("client_id", "three"), ("client_secret", secret.as_str())];
    let exchange =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", callback.as_str())];
    let given = asked(&program, "/oidc/token", "", &[&exchange[..], &by_form].concat());
    assert_eq!(
        asked(&program, "/oidc/token", "", &[&exchange[..], &by_form].concat())["error"],
        "invalid_grant"
    );
    let basic = BASE64.encode(format!("three:{secret}").as_bytes());
    let request = [
        ("response_type", "code"),
        ("redirect_uri", callback.as_str()),
        ("scope", "openid"),
        ("client_id", "three"),
    ];
    let head = format!("Authorization: Basic {basic}\r\n");
    let left = asked(&program, "/oidc/par", &head, &request);
    let left = left["request_uri"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let assertion = [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "Assertion-Canary.771.x"),
        ("client_id", "three"),
    ];
    asked(&program, "/oidc/token", "", &[&exchange[..], &assertion].concat());
    let [access, id_token] =
        ["access_token", "id_token"].map(|name| given[name].as_str().unwrap().to_owned());
    asked(&program, "/oidc/userinfo", &format!("Authorization: Bearer {access}\r\n"), &[]);
    member.go(&format!("http://{HOST}:{}/oidc/logout?id_token_hint={id_token}", program.port()), None);
    assert!(member.page.contains("ログアウトしました"), "{}", member.page);
    until("not told", &program, || services.told().len() == 3);
    until("not written down", &program, || listed(&program).iter().all(|row| row["state"] == "told"));

    let mut secrets = vec![secret, basic, left, access, id_token, "Assertion-Canary".to_owned()];
    secrets.extend(member.secrets);
    secrets.extend(services.tokens());
    let log = program.log();
    assert!(log.contains("\"target\":\"sqlx::query\""), "the log is talkative");
    assert!(secrets.len() > 12, "{secrets:?}");
    for secret in secrets {
        // Of a token, the part that makes it good.
        let part = secret.rsplit('.').next().unwrap();
        let line = log.lines().find(|line| line.contains(part));
        assert!(line.is_none(), "{secret} is in the log: {line:?}");
    }
}
