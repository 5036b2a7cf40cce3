//! Single sign-on under load: codes for members who are signed in, and tokens for these codes.
//!
//! Each round asks for codes for some seconds and takes tokens for them at once. Beside codes stands a bare axum page, beside
//! tokens the raw signature of the same crate on one thread. What one processor does a second is what the service's own
//! processor time says.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kenpo_portal::{domain::sso::SigningAlgorithm, vault::signing::SigningKey};
use serde_json::{Value, json};

use crate::{
    READERS, ROUNDS,
    client::{self, Connection},
    members::Member,
    now, per_second, report,
    service::Service,
};

/// A verifier and its digest (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The services that are signed in to: a name for each algorithm.
pub const SERVICES: [(&str, SigningAlgorithm); 2] =
    [("codes-es256", SigningAlgorithm::Es256), ("codes-rs256", SigningAlgorithm::Rs256)];

/// Their part of the union's file.
pub fn file() -> String {
    let service = |(name, algorithm): (&str, SigningAlgorithm)| {
        format!(
            "\n[[services]]\nid = \"{name}\"\nlabel = \"{name}\"\nurl = \"https://{name}.example.jp/\"\n\n[services.sso]\n\
             client_id = \"{name}\"\noperator = \"{name}\"\nrelation = \"entrusted\"\npurpose = \"health-insurance\"\n\
             signing = \"{}\"\nscopes = [\"openid\", \"profile\"]\nredirect_uris = [\"https://{name}.example.jp/callback\"]\n",
            algorithm.as_str()
        )
    };
    SERVICES.map(service).concat()
}

/// A service that members are signed in to.
pub struct Relying {
    name: &'static str,
    algorithm: SigningAlgorithm,
    secret: String,
}

impl Relying {
    /// Both, with their keys and secrets; the members who ask for codes have been told of them.
    pub async fn all(service: &Service, members: &[Member]) -> Vec<Self> {
        let members = askers(members);
        let run = |arguments: &[&str]| {
            let done = service.program(arguments).output().unwrap();
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
            String::from_utf8(done.stdout).unwrap().trim().to_owned()
        };
        let of = ["--tenant", "hinatakenpo", "--reason", "load"];
        // The first one signs at once; the running service may have made it already.
        run(&[&["sso", "keys", "rotate"][..], &of].concat());
        let rsa = service.at("rsa.pem");
        let made = std::process::Command::new("openssl")
            .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
            .arg(&rsa)
            .output()
            .unwrap();
        assert!(made.status.success(), "openssl");
        run(&[&["sso", "keys", "import"][..], &of, &[rsa.to_str().unwrap()]].concat());
        let mut all = Vec::new();
        for (name, algorithm) in SERVICES {
            let secret = run(&[&["sso", "secret", "new"][..], &of, &["--client", name]].concat());
            let relying = Self { name, algorithm, secret };
            for member in members {
                relying.tell(service, member).await;
            }
            all.push(relying);
        }
        all
    }

    fn request(&self, member: &Member) -> Vec<u8> {
        let name = self.name;
        let path = format!(
            "/oidc/authorize?client_id={name}&response_type=code&scope=openid+profile&state=s&nonce=n&code_challenge={CHALLENGE}\
             &code_challenge_method=S256&redirect_uri=https%3A%2F%2F{name}.example.jp%2Fcallback"
        );
        client::get(&path, &member.session)
    }

    /// The notice is answered once.
    async fn tell(&self, service: &Service, member: &Member) {
        let mut connection = Connection::open(service.address).await;
        let answer = connection.exchange(&self.request(member)).await;
        let path = answer.location().to_owned();
        assert!(path.starts_with("/oidc/go/"), "{path}");
        let cookies = format!("{}; __Host-sso={}", member.session, answer.cookie("__Host-sso").unwrap());
        let page = connection.exchange(&client::get(&path, &cookies)).await;
        let page = String::from_utf8(page.body).unwrap();
        let whose =
            page.split("name=\"whose\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let answer = connection
            .exchange(&client::post(&path, &cookies, &[("answer", "open"), ("whose", whose)]))
            .await;
        assert_eq!(answer.status, 303, "{}", answer.head);
    }

    fn exchange(&self, code: &str) -> Vec<u8> {
        let redirect = format!("https://{}.example.jp/callback", self.name);
        client::post(
            "/oidc/token",
            "",
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", &redirect),
                ("code_verifier", VERIFIER),
                ("client_id", self.name),
                ("client_secret", &self.secret),
            ],
        )
    }
}

/// What a round was like.
#[derive(Default)]
struct Round {
    each_second: f64,
    /// In order.
    took: Vec<Duration>,
    codes: Vec<String>,
}

impl Round {
    fn p95(&self) -> Duration {
        self.took.get(self.took.len() * 95 / 100).copied().unwrap_or_default()
    }
}

/// Codes over [`READERS`] connections, each for a member of its own, until the time or the flag says so.
async fn codes(service: &Service, relying: &Relying, members: &[Member], seconds: Duration) -> Round {
    let until = now() + seconds;
    let began = now();
    let mut readers = tokio::task::JoinSet::new();
    for member in members {
        let (address, request) = (service.address, relying.request(member));
        readers.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut mine = Vec::new();
            while now() < until {
                let sent = now();
                let answer = connection.exchange(&request).await;
                let took = sent.elapsed();
                assert_eq!(answer.status, 303, "{}", answer.head);
                let query = answer.location().split_once('?').map_or("", |(_, query)| query);
                let mut said = url::form_urlencoded::parse(query.as_bytes());
                let code = said.find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
                mine.push((took, code.unwrap_or_else(|| panic!("no code: {}", answer.head))));
            }
            mine
        });
    }
    gathered(readers.join_all().await, began.elapsed())
}

fn gathered(all: Vec<Vec<(Duration, String)>>, time: Duration) -> Round {
    let (mut took, codes): (Vec<Duration>, Vec<String>) = all.into_iter().flatten().unzip();
    took.sort();
    Round { each_second: took.len() as f64 / time.as_secs_f64(), took, codes }
}

/// Tokens for these codes, for so long at most.
async fn tokens(service: &Service, relying: &Relying, codes: Vec<String>, seconds: Duration) -> Round {
    let until = now() + seconds;
    let began = now();
    let waiting = Arc::new(Mutex::new(codes));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..READERS {
        let (waiting, address) = (waiting.clone(), service.address);
        let request = |code: &str| relying.exchange(code);
        let mut own = Vec::new();
        // Made before the time begins to count for nobody: a request each.
        let share = waiting.lock().unwrap().len().div_ceil(READERS);
        for _ in 0..share {
            let Some(code) = waiting.lock().unwrap().pop() else { break };
            own.push(request(&code));
        }
        asking.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut mine = Vec::new();
            while let Some(request) = own.pop().filter(|_| now() < until) {
                let sent = now();
                let answer = connection.exchange(&request).await;
                mine.push((sent.elapsed(), String::new()));
                assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            }
            mine
        });
    }
    gathered(asking.join_all().await, began.elapsed())
}

/// The members who ask for codes: one for each connection.
fn askers(members: &[Member]) -> &[Member] {
    &members[..READERS.min(members.len())]
}

/// Codes and tokens of each algorithm, beside a bare page and the raw signature.
pub async fn measure(
    database: &str,
    service: &Service,
    all: &[Relying],
    members: &[Member],
    seconds: Duration,
) {
    let members = askers(members);
    for relying in all {
        let algorithm = relying.algorithm.as_str();
        let page = client::get("/signin", "");
        let example = Connection::open(service.address).await.exchange(&page).await;
        let floor = service.floor(&example);
        let (mut asked, mut bare, mut given, mut raw) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut slow, mut slow_tokens) = (Vec::new(), Vec::new());
        let (mut work, mut work_tokens, mut count, mut count_tokens) = (Duration::ZERO, Duration::ZERO, 0, 0);
        for _ in 0..ROUNDS {
            let before = service.processor();
            let mut round = codes(service, relying, members, seconds).await;
            work += service.processor().saturating_sub(before);
            count += round.took.len();
            asked.push(round.each_second);
            slow.push(round.p95());
            let before = service.processor();
            let taken = tokens(service, relying, std::mem::take(&mut round.codes), seconds).await;
            work_tokens += service.processor().saturating_sub(before);
            count_tokens += taken.took.len();
            given.push(taken.each_second);
            slow_tokens.push(taken.p95());
            bare.push(per_second(floor.address, &page, seconds).await);
            let algorithm = relying.algorithm;
            let pem = std::fs::read_to_string(service.at("rsa.pem")).unwrap();
            raw.push(
                tokio::task::spawn_blocking(move || signatures(algorithm, &pem, seconds)).await.unwrap(),
            );
        }
        floor.stop().await;
        let what = format!("code {algorithm}");
        report(database, &what, &asked, "bare axum page", &bare);
        told(database, &what, &slow, work, count);
        let what = format!("token {algorithm}");
        report(database, &what, &given, "raw signatures, 1 thread", &raw);
        told(database, &what, &slow_tokens, work_tokens, count_tokens);
    }
}

fn told(database: &str, what: &str, p95: &[Duration], work: Duration, count: usize) {
    let mut p95 = p95.to_vec();
    p95.sort();
    let each = work.as_secs_f64() / count as f64;
    println!(
        "{database:<11} {what:<16} p95 {:.1} ms over {READERS} connections; {:.0} µs of processor each: {:.0} a second on one",
        p95[p95.len() / 2].as_secs_f64() * 1e3,
        each * 1e6,
        1.0 / each
    );
}

/// Signatures of tokens per second on one thread.
fn signatures(algorithm: SigningAlgorithm, pem: &str, seconds: Duration) -> f64 {
    let (pkcs8, _) = match algorithm {
        SigningAlgorithm::Es256 => SigningKey::make().unwrap(),
        SigningAlgorithm::Rs256 => SigningKey::of_pem(pem).unwrap(),
    };
    let key = SigningKey::opened(algorithm, &pkcs8).unwrap();
    let claims: Value =
        json!({ "iss": "https://www.example.jp", "sub": "s", "aud": "a", "exp": 1, "iat": 1, "nonce": "n" });
    let (until, mut done) = (now() + seconds, 0_u32);
    while now() < until {
        key.token("JWT", &claims).unwrap();
        done += 1;
    }
    f64::from(done) / seconds.as_secs_f64()
}

/// How long codes take that are asked for one after another, until the flag is set: beside whatever else the service does.
pub async fn codes_meanwhile(
    service: &Service,
    relying: &Relying,
    member: &Member,
    over: Arc<AtomicBool>,
) -> (usize, Duration) {
    let request = relying.request(member);
    let mut connection = Connection::open(service.address).await;
    let mut took = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let sent = now();
        assert_eq!(connection.exchange(&request).await.status, 303);
        took.push(sent.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    took.sort();
    (took.len(), took[took.len() * 95 / 100])
}
