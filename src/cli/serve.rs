//! `serve` and `healthcheck`: the service, by settings.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use super::{
    CommandFault, Exit, fault, finding,
    signals::{self, StopSignals},
    tell,
};
use crate::{
    domain::{origin::PublicAddress, tenant::Language},
    jobs::{self, endings},
    mail::postman::{PostmanContext, Senders, SmtpServer, SmtpTimeouts},
    metrics::{
        ConnectionCounts,
        label::{Job, LeftOut},
    },
    portal::{
        Portal,
        keys::{HashingSettings, KeyedStore, rotation::UnopenedValues},
    },
    settings::{Settings, network::Networks},
    store::{
        Store,
        everywhere::{Acceptances, MemberCount, PasskeyGroup, ServedHost},
    },
    tenants::{
        self, AcceptedTerms, DefaultsSource, Finding, FindingCode, LoadOptions, Loaded, PasskeyCount,
        ServedHostFact, Severity,
    },
    vault::{Cost, KeyRing, RingFault},
    web::{
        Website, health,
        health::ShutdownFlag,
        server::{self, Stages},
    },
    wording::Wording,
    world::{Clock as _, SystemClock, SystemRandom, random_bytes, today_in_japan},
};

mod database;
mod over;

pub use database::{make_store, open_migrated, open_store, open_to_read, shown_database};

/// How long the start waits for the database's time, before it goes on without.
const COMPARED_AT_START: Duration = Duration::from_secs(1);

/// How long readiness is red before connections are closed, so that a proxy looks elsewhere first.
const NOTICE: Duration = Duration::from_secs(5);

/// Opens store, keys and unions, and serves until told to stop.
pub async fn serve(settings: Settings) -> Result<Exit, CommandFault> {
    signals::ignore_others()?;
    for trouble in &settings.unknown {
        let trouble = tell(Language::En, &fault::settings::trouble(trouble));
        tracing::warn!(trouble, "A name looks like a setting and is none");
    }
    tracing::info!(database = %shown_database(&settings), from = %settings.origin("database.url"), "The database");
    let server = mail_server(&settings)?;
    let store = open_migrated(&settings.database.url).await?;
    let known = known(&store).await?;
    let loaded = load_tenants(&settings, &known)?;
    log_findings(&loaded);
    log_terms(&loaded, accepted(&store).await);
    if loaded.tenants.is_empty() {
        return Err(CommandFault::NoUnion { compared: true });
    }
    let portal = portal(store, &settings.keys.ring, &settings, public(&settings)).await?;
    keep(portal.store(), &loaded, &known).await;
    let notes = notes(&loaded);
    let kept = loaded.shared == DefaultsSource::Kept;
    portal.metrics().loaded(left_out(&loaded), kept, portal.now());
    let website = Website::new(portal, loaded.tenants).below(&settings.hosts.base_domains).noting(notes);
    let listener = bind(settings.listen, "listen (PORTAL_LISTEN)").await?;
    let internal = bind(settings.internal.listen, "internal.listen (PORTAL_INTERNAL__LISTEN)").await?;
    tracing::info!(
        unions = website.tenants().len(),
        listen = %listener.local_addr()?,
        internal = %internal.local_addr()?,
        "Serving"
    );
    let post = post(server, &website);
    let ring = settings.keys.ring.clone();
    run(website, ring, listener, Some(internal), post, settings.proxy.networks()).await;
    tracing::info!("Stopped");
    Ok(Exit::Fine)
}

/// What becomes of letters while the service runs.
#[derive(Debug)]
pub enum MailMode {
    /// They stay in the outbox for as long as it is there: the demo's mailbox.
    Stays,
    /// They wait, and are given up when they run out: no mail server is set.
    Waits,
    /// Letters are sent.
    Leaves(Box<PostmanContext>),
}

/// Where letters are handed in, by settings.
pub fn mail_server(settings: &Settings) -> Result<Option<SmtpServer>, CommandFault> {
    let url = settings.mail.smtp_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    let (hello, domains) = (settings.mail.hello.as_deref(), &settings.hosts.base_domains);
    let server = url.map(|url| SmtpServer::parse(url).and_then(|server| server.named(hello, domains)));
    server.transpose().map_err(CommandFault::MailServer)
}

/// What becomes of letters, said once.
fn post(server: Option<SmtpServer>, website: &Website) -> MailMode {
    let Some(server) = server else {
        tracing::warn!("mail.smtp_url is not set: letters wait in the outbox until they run out");
        return MailMode::Waits;
    };
    let encryption = server.encryption();
    tracing::info!(host = server.host(), port = server.port(), ?encryption, "Letters are sent");
    MailMode::Leaves(Box::new(PostmanContext {
        store: website.portal().store().clone(),
        vault: website.portal().vault().clone(),
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemRandom),
        senders: {
            let website = website.clone();
            Senders::new(move |slug| website.tenants().by_slug(slug))
        },
        server,
        pace: SmtpTimeouts::default(),
        metrics: website.portal().metrics().clone(),
    }))
}

/// What the database knows of the unions, for their files to be held against.
#[derive(Debug, Clone, Default)]
pub struct DatabaseFacts {
    /// The passkeys that exist (D18).
    pub kept: Vec<PasskeyCount>,
    /// How many members each union has (D37).
    pub members: Vec<(String, u32)>,
    /// Which hosts were served first by whom (D37).
    pub served: Vec<ServedHostFact>,
    /// The unions whose data was erased, or is being erased (D34).
    pub erased: Vec<String>,
    /// The last good text of the shared values (D37).
    pub defaults: Option<String>,
}

/// What the database knows of the unions.
pub async fn known(store: &Store) -> Result<DatabaseFacts, CommandFault> {
    let everywhere = store.everywhere();
    let kept = everywhere.passkeys().await?.into_iter();
    let members = everywhere.members().await?.into_iter();
    let served = everywhere.hosts().await?.into_iter();
    let closings = everywhere.closings().await?;
    let erased = closings.iter().filter(|(_, closing)| closing.erasing_since.is_some());
    // Whoever closes has been told that nobody signs in: their file may go.
    let open = |tenant: &String| !closings.iter().any(|(closing, _)| closing == tenant);
    Ok(DatabaseFacts {
        erased: erased.map(|(tenant, _)| tenant.clone()).collect(),
        kept: kept
            .map(|PasskeyGroup { tenant, rp_id, count }| PasskeyCount { tenant, rp_id, passkeys: count })
            .collect(),
        members: members
            .map(|MemberCount { tenant, count }| (tenant, count))
            .filter(|(tenant, _)| open(tenant))
            .collect(),
        served: served
            .map(|ServedHost { tenant, host, since }| ServedHostFact { tenant, host, since })
            .collect(),
        defaults: everywhere.kept_file(tenants::DEFAULTS).await?,
    })
}

impl DatabaseFacts {
    /// For a command at which no passkey is asked for: a union is worked for though its RP ID would be refused.
    #[must_use]
    pub fn without_passkeys(self) -> Self {
        Self { kept: Vec::new(), ..self }
    }

    /// What the configured database knows, for a command that does without one: nothing where it cannot be read.
    pub async fn if_there(settings: &Settings) -> Self {
        let Ok(store) = open_to_read(&settings.database.url).await else { return Self::default() };
        let known = known(&store).await;
        store.close().await;
        known.unwrap_or_default().without_passkeys()
    }
}

/// Keeps which hosts are served from now on, and the shared values if they are sound.
async fn keep(store: &Store, loaded: &Loaded, known: &DatabaseFacts) {
    let now = SystemClock.now();
    let there = |tenant: &str, host: &str| {
        known.served.iter().any(|served| served.tenant == tenant && served.host == host)
    };
    let hosts: Vec<_> = loaded.tenants.served_hosts().filter(|(tenant, host)| !there(tenant, host)).collect();
    let text = match &loaded.shared {
        DefaultsSource::Read(text) if known.defaults.as_ref() != Some(text) => Some(text),
        _ => None,
    };
    let kept = async {
        if !hosts.is_empty() {
            store.everywhere().keep_hosts(&hosts, now).await?;
        }
        if let Some(text) = text {
            store.everywhere().keep_file(tenants::DEFAULTS, text, now).await?;
        }
        Ok::<(), crate::store::StoreError>(())
    };
    if let Err(fault) = kept.await {
        tracing::warn!(%fault, "Which hosts are served could not be kept; it is tried again at the next start");
    }
}

/// What readiness says beside "ready": unions that are left out, and the file that is not in force.
fn notes(loaded: &Loaded) -> Vec<String> {
    let place = |finding: &Finding| {
        let (code, file) = (finding.code.as_str(), finding.file.file_name().unwrap_or_default());
        format!("{code} {}:{}:{}", file.to_string_lossy(), finding.line, finding.column)
    };
    let mut left: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    let told = |finding: &&Finding| finding.is_error() || finding.code == FindingCode::NoFile;
    for finding in loaded.findings.iter().filter(told) {
        left.entry(finding.tenant.as_deref().unwrap_or(tenants::DEFAULTS)).or_default().push(place(finding));
    }
    left.into_iter()
        .map(|(union, places)| match (union, &loaded.shared) {
            (tenants::DEFAULTS, DefaultsSource::Kept) => {
                format!("last good {union} in force: {}", places.join(", "))
            }
            _ => format!("left out: {union}: {}", places.join(", ")),
        })
        .collect()
}

/// The unions that are left out, with the codes of what is wrong with their files, each once.
fn left_out(loaded: &Loaded) -> Vec<LeftOut> {
    // The shared values leave nobody out while their last good text is in force.
    let kept = |finding: &&Finding| finding.tenant.is_none() && loaded.shared == DefaultsSource::Kept;
    let told =
        |finding: &&Finding| (finding.is_error() && !kept(finding)) || finding.code == FindingCode::NoFile;
    let mut left: Vec<LeftOut> = Vec::new();
    for finding in loaded.findings.iter().filter(told) {
        let union = finding.tenant.as_deref().unwrap_or(tenants::DEFAULTS).to_owned();
        let one = LeftOut { union, code: finding.code.as_str() };
        if !left.contains(&one) {
            left.push(one);
        }
    }
    left
}

/// What the members accepted, for the unions' terms to be held against (D14).
pub async fn accepted(store: &Store) -> Result<Vec<AcceptedTerms>, CommandFault> {
    let found = store.everywhere().acceptances().await?;
    Ok(found
        .into_iter()
        .map(|Acceptances { tenant, version, hash, count }| AcceptedTerms {
            tenant,
            version,
            hash,
            members: count,
        })
        .collect())
}

/// The union files, held against what the database knows.
pub fn load_tenants(settings: &Settings, known: &DatabaseFacts) -> Result<Loaded, CommandFault> {
    let dir = &settings.tenants.dir;
    let options = LoadOptions {
        base_domains: &settings.hosts.base_domains,
        today: today_in_japan(SystemClock.now()),
        kept: &known.kept,
        members: &known.members,
        served: &known.served,
        erased: &known.erased,
        defaults: known.defaults.as_deref(),
    };
    let loaded = tenants::load(dir, &options)
        .map_err(|fault| CommandFault::TenantsFolder { path: dir.clone(), fault })?;
    Ok(loaded)
}

/// A loud line for each union that is left out.
pub fn log_findings(loaded: &Loaded) {
    for finding in &loaded.findings {
        let text = finding::shown(finding, Language::En);
        match finding.severity {
            Severity::Error if finding.tenant.is_none() && loaded.shared == DefaultsSource::Kept => {
                tracing::error!(
                    finding = text,
                    "The unions' shared values are broken; their last good text, from the database, stays in force"
                );
            }
            _ if finding.code == FindingCode::NoFile => {
                let union = finding.tenant.as_deref().unwrap_or_default();
                tracing::error!(union, finding = text, "Members have no union: its file is gone");
            }
            Severity::Error => {
                let union = finding.tenant.as_deref().unwrap_or("all");
                tracing::error!(union, finding = text, "A union is left out because of its file");
            }
            Severity::Warning if matches!(finding.code, FindingCode::Stray | FindingCode::FolderOnly) => {
                tracing::warn!(finding = text, "Something among the unions' files is not read");
            }
            Severity::Warning => tracing::debug!(finding = text, "A union's file could be better"),
            Severity::Note => {}
        }
    }
}

/// A line for each union whose terms do not fit what its members accepted. It is served all the same: nothing that was
/// accepted is lost by it.
fn log_terms(loaded: &Loaded, accepted: Result<Vec<AcceptedTerms>, CommandFault>) {
    match accepted {
        Ok(accepted) => {
            for finding in loaded.terms_against(&accepted) {
                let union = finding.tenant.as_deref().unwrap_or_default();
                let text = finding::shown(&finding, Language::En);
                tracing::warn!(union, finding = text, "A union's terms do not fit what its members accepted");
            }
        }
        Err(fault) => {
            let fault = fault.sentence(Language::En);
            tracing::warn!(fault, "The unions' terms were not held against what members accepted");
        }
    }
}

/// Where the unions are reached, by settings.
pub fn public(settings: &Settings) -> PublicAddress {
    let port = match (settings.public.scheme.as_str(), settings.public.port) {
        ("https", 443) | ("http", 80) => None,
        (_, port) => Some(port),
    };
    PublicAddress { scheme: settings.public.scheme.clone(), port }
}

/// The portal over a store and the ring in that file, with the machine's clock and random source. The ring's keys are
/// compared with the database first (D36).
pub async fn portal(
    store: Store,
    ring: &Path,
    settings: &Settings,
    public: PublicAddress,
) -> Result<Portal, CommandFault> {
    let random = Arc::new(SystemRandom);
    let keys = read_ring(&store, ring).await?;
    let keyed = KeyedStore::open(store, &keys, hashing(settings), random.clone(), &SystemClock).await;
    let keyed = keyed.map_err(|fault| CommandFault::of_keys(ring, fault))?;
    Ok(Portal::new(keyed, Arc::new(SystemClock), random, Arc::new(Wording::new()), public))
}

/// The ring. One that is not there is lost where the database was used with it; else it was not made yet.
pub async fn read_ring(store: &Store, path: &Path) -> Result<KeyRing, CommandFault> {
    match KeyRing::read(path) {
        Err(RingFault::Missing { path }) => match store.everywhere().known_keys().await?.first() {
            Some(key) => Err(CommandFault::RingLost { path, key: key.id }),
            None => Err(RingFault::Missing { path }.into()),
        },
        read => Ok(read?),
    }
}

/// Compares the ring of the settings with a database that may only be read. Where no key was used with it yet and there
/// is no ring, there is nothing to compare.
pub async fn compare_keys(store: &Store, settings: &Settings) -> Result<(), CommandFault> {
    let path = &settings.keys.ring;
    let ring = match read_ring(store, path).await {
        Err(CommandFault::Ring(RingFault::Missing { .. })) => return Ok(()),
        read => read?,
    };
    let compared = KeyedStore::compare(store, &ring, hashing(settings), Arc::new(SystemRandom)).await;
    compared.map_err(|fault| CommandFault::of_keys(path, fault))
}

/// The same, and opens what is sealed there, of one union or of all: what does not open.
pub async fn unopened(
    store: &Store,
    settings: &Settings,
    only: Option<&str>,
) -> Result<UnopenedValues, CommandFault> {
    let path = &settings.keys.ring;
    let ring = match read_ring(store, path).await {
        Err(CommandFault::Ring(RingFault::Missing { .. })) => return Ok(UnopenedValues::default()),
        read => read?,
    };
    let found = KeyedStore::unopened(store, &ring, hashing(settings), Arc::new(SystemRandom), only).await;
    found.map_err(|fault| CommandFault::of_keys(path, fault))
}

/// How passwords are hashed, by settings.
pub fn hashing(settings: &Settings) -> HashingSettings {
    let cost = Cost {
        memory_kib: settings.argon2.memory_kib,
        iterations: settings.argon2.iterations,
        lanes: settings.argon2.lanes,
    };
    HashingSettings { cost, permits: std::thread::available_parallelism().map_or(1, usize::from) }
}

/// A bound listener, or which address is taken, and the setting or flag that names it.
pub async fn bind(address: SocketAddr, setting: &'static str) -> Result<TcpListener, CommandFault> {
    TcpListener::bind(address).await.map_err(|fault| CommandFault::Listen { address, setting, fault })
}

/// Serves until told to stop; lets running requests finish. From the first word on every answer is the last one of its
/// connection; a second word ends the wait for proxies, a third one the wait for requests.
pub async fn run(
    website: Website,
    ring: PathBuf,
    listener: TcpListener,
    internal: Option<TcpListener>,
    post: MailMode,
    trusted: Networks,
) {
    let Ok(mut told) = StopSignals::listen() else {
        tracing::error!("The system gives no signals: the service could not be stopped");
        return;
    };
    let website = website.behind(trusted.clone());
    let (stages, leaving, closing) = (Stages::default(), CancellationToken::new(), CancellationToken::new());
    // The internal listener is asked by few, and to its end.
    let internal_stages = Stages { closed: closing.clone(), ..Stages::default() };
    let red = ShutdownFlag::default();
    let patient = internal.is_some();
    let portal = website.portal().clone();
    let metrics = portal.metrics().clone();
    // Compared before anybody is let in; where the database does not answer at once, the watch goes on asking (R24).
    let _ = tokio::time::timeout(COMPARED_AT_START, portal.watch_clock()).await;
    // Which unions have closed is known before the first page; where the database does not answer, the job goes on asking.
    let _ = tokio::time::timeout(COMPARED_AT_START, endings::read_closings(&portal)).await;
    // One that is no other node's; where there is no chance, the moment is all there is.
    let holder = random_bytes::<16>(portal.rng())
        .map_or_else(|_| portal.now().as_nanosecond().to_be_bytes().to_vec(), |holder| holder.to_vec());
    let mut working: Vec<_> = keep_house(&website, &closing).into();
    working.extend(watch(&portal, &closing));
    working.extend(over::end(&website, &holder, &closing));
    match node_number() {
        Ok(node) => {
            let (portal, leaving) = (portal.clone(), closing.clone());
            let follow = move || jobs::follow_keys(portal.clone(), ring.clone(), node, leaving.clone());
            working.push(tokio::spawn(jobs::keep_going(
                Job::FollowKeys,
                metrics.clone(),
                closing.clone(),
                follow,
            )));
        }
        Err(fault) => tracing::error!(%fault, "This node does not follow the key ring"),
    }
    let seal = {
        let (portal, closing) = (portal.clone(), closing.clone());
        move || jobs::seal(portal.clone(), holder.clone(), closing.clone())
    };
    working.push(tokio::spawn(jobs::keep_going(Job::Seal, metrics.clone(), closing.clone(), seal)));
    if !matches!(post, MailMode::Stays) {
        let clear = {
            let closing = closing.clone();
            move || jobs::clear_outbox(portal.clone(), closing.clone())
        };
        working.push(tokio::spawn(jobs::keep_going(
            Job::ClearOutbox,
            metrics.clone(),
            closing.clone(),
            clear,
        )));
    }
    if let MailMode::Leaves(context) = post {
        // Beside the last requests: what they write is sent by another node, or after the restart.
        let post = {
            let leaving = leaving.clone();
            move || jobs::post(PostmanContext::clone(&context), leaving.clone())
        };
        working.push(tokio::spawn(jobs::keep_going(Job::Post, metrics.clone(), leaving.clone(), post)));
    }
    let health = internal.map(|internal| {
        let router = health::router(website.clone(), red.clone());
        let few = ConnectionCounts::default();
        tokio::spawn(server::serve(internal, router, internal_stages, Networks::default(), few))
    });
    let store = website.portal().store().clone();
    let mut public = tokio::spawn(server::serve(
        listener,
        website.router(),
        stages.clone(),
        trusted,
        metrics.connections(),
    ));
    let by_supervisor = told.stop().await;
    stages.announce();
    if by_supervisor && patient {
        red.begin();
        tracing::info!("Leaving: not ready any more, still answering");
        tokio::select! {
            () = tokio::time::sleep(NOTICE) => {}
            _ = told.stop() => {}
        }
    }
    leaving.cancel();
    stages.close();
    tokio::select! {
        _ = &mut public => {}
        _ = told.stop() => {
            tracing::warn!("Told to stop again: requests that were running are lost");
            public.abort();
        }
    }
    closing.cancel();
    for work in working {
        let _ = work.await;
    }
    if let Some(health) = health {
        let _ = health.await;
    }
    store.close().await;
}

/// The jobs over every union that is served: ending what ran out, and writing search keys.
fn keep_house(website: &Website, closing: &CancellationToken) -> [tokio::task::JoinHandle<()>; 2] {
    let unions = |website: &Website| {
        let served = website.clone();
        move || served.tenants().iter().cloned().collect()
    };
    let (portal, metrics) = (website.portal(), website.portal().metrics());
    let sweep = {
        let (website, portal, closing) = (website.clone(), portal.clone(), closing.clone());
        move || jobs::sweep(portal.clone(), unions(&website), closing.clone())
    };
    let keys = {
        let (website, portal, closing) = (website.clone(), portal.clone(), closing.clone());
        move || jobs::key_members(portal.clone(), unions(&website), closing.clone())
    };
    [
        tokio::spawn(jobs::keep_going(Job::Sweep, metrics.clone(), closing.clone(), sweep)),
        tokio::spawn(jobs::keep_going(Job::KeyMembers, metrics.clone(), closing.clone(), keys)),
    ]
}

/// The jobs that only look: at the clock, and at which unions close.
fn watch(portal: &Portal, closing: &CancellationToken) -> [tokio::task::JoinHandle<()>; 2] {
    let (clock, closings) = (portal.clone(), portal.clone());
    let (first, second) = (closing.clone(), closing.clone());
    let clock = move || jobs::watch_clock(clock.clone(), first.clone());
    let closings = move || endings::follow_closings(closings.clone(), second.clone());
    [
        tokio::spawn(jobs::keep_going(Job::WatchClock, portal.metrics().clone(), closing.clone(), clock)),
        tokio::spawn(jobs::keep_going(
            Job::FollowClosings,
            portal.metrics().clone(),
            closing.clone(),
            closings,
        )),
    ]
}

/// The number of this node, for as long as it runs.
fn node_number() -> Result<uuid::Uuid, crate::world::RandomError> {
    Ok(uuid::Builder::from_random_bytes(crate::world::random_bytes(&SystemRandom)?).into_uuid())
}

/// Asks the internal listener whether the service is ready.
pub async fn healthcheck(settings: &Settings, err: &mut dyn Write) -> Result<Exit, CommandFault> {
    let mut address = settings.internal.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let answer = tokio::time::timeout(Duration::from_secs(3), ask(address)).await;
    match answer {
        Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200") => Ok(Exit::Fine),
        Ok(Ok(answer)) => {
            let _ = writeln!(err, "{}", answer.lines().last().unwrap_or_default());
            Ok(Exit::Problems)
        }
        Ok(Err(fault)) => Err(CommandFault::NoAnswer(address, fault)),
        Err(_) => Err(CommandFault::NoAnswer(address, std::io::ErrorKind::TimedOut.into())),
    }
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
