//! `serve` and `healthcheck`: the service, by settings.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use reload::{LiveUnions, UnionReading};
use running::RunningJobs;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    CommandFault, Exit, fault,
    signals::{self, StopSignals},
    supervisor, tell, wording,
};
use crate::{
    domain::{origin::PublicAddress, tenant::Language},
    jobs::{self, endings},
    mail::postman::{GivesUp, PostmanContext, Senders, SmtpServer, SmtpTimeouts},
    metrics::{ConnectionCounts, label::Job},
    outbound::{Outbound, Trust},
    portal::{
        Portal,
        keys::{HashingSettings, KeyedStore, report::UnopenedValues},
    },
    settings::{Settings, network::Networks},
    store::Store,
    vault::{Cost, KeyRing, RingFault},
    web::{
        self, Website,
        health::ShutdownFlag,
        reload::FilesQuestions,
        server::{self, Stages},
    },
    world::{SystemClock, SystemRandom, plain_file},
};

pub(in crate::cli) mod alone;
mod database;
pub mod internal;
pub mod reload;
mod running;
mod told;
mod unions;

pub use database::{
    make_store, open_migrated, open_store, open_to_read, open_unfinished, open_unmigrated_to_read,
    shown_database, sqlite_file,
};
pub use internal::healthcheck;
pub use told::log_findings;
pub use unions::{DatabaseFacts, accepted, before, known, load_or_recall, load_tenants, recall_one};

/// Bytes of the largest file of certificates that is read.
const LARGEST_CA_FILE: u64 = 1024 * 1024;

/// How long the start waits for the database's time, before it goes on without.
const COMPARED_AT_START: Duration = Duration::from_secs(1);

/// How long readiness is red before connections are closed, so that a proxy looks elsewhere first.
const NOTICE: Duration = Duration::from_secs(5);

/// Opens store, keys and unions, and serves until told to stop.
pub async fn serve(settings: Settings) -> Result<Exit, CommandFault> {
    let hang_up = signals::listen_to_others()?;
    for trouble in &settings.unknown {
        let trouble = tell(Language::En, &fault::settings::trouble(trouble));
        tracing::warn!(trouble, "A name looks like a setting and is none");
    }
    tracing::info!(database = %shown_database(&settings), from = %settings.origin("database.url"), "The database");
    let server = mail_server(&settings)?;
    let store = open_migrated(&settings.database.url).await?;
    let _held = match sqlite_file(&settings.database.url) {
        Some(file) => alone::alone(&file).await?,
        None => None,
    };
    let known = known(&store).await?;
    let (loaded, folder) = load_or_recall(&store, &settings, &known).await?;
    log_findings(&loaded);
    told::log_terms(&unions::terms_against(&store, &loaded).await);
    if loaded.tenants.is_empty() {
        return Err(CommandFault::NoUnion { compared: true });
    }
    let portal = portal(store, &settings.keys.ring, &settings, public(&settings)).await?;
    unions::keep(portal.store(), &loaded, &known).await;
    unions::count(&portal, &loaded);
    let website = Website::new(portal, loaded.tenants.clone());
    let website = website.below(&settings.hosts.base_domains).noting(told::notes(&loaded));
    let listener = bind(settings.listen, "listen (PORTAL_LISTEN)").await?;
    let internal = bind(settings.internal.listen, "internal.listen (PORTAL_INTERNAL__LISTEN)").await?;
    tracing::info!(
        unions = website.tenants().len(),
        listen = %listener.local_addr()?,
        internal = %internal.local_addr()?,
        "Serving"
    );
    let (post, outbound) = (post(server, &website), services(&settings)?);
    let (ring, trusted) = (settings.keys.ring.clone(), settings.proxy.networks());
    let files = LiveUnions::new(website.clone(), settings, folder, &loaded, &known);
    let (questions, asked) = web::reload::line();
    let internal =
        InternalSide { listener: internal, questions, reading: UnionReading::new(files, asked, hang_up) };
    run(website, ring, listener, Some(internal), Going { post, services: outbound }, trusted).await?;
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

/// What leaves the service while it runs.
#[derive(Debug)]
pub struct Going {
    /// Letters.
    pub post: MailMode,
    /// What services are told.
    pub services: Outbound,
}

/// Who tells services that sessions have ended, by settings.
pub fn services(settings: &Settings) -> Result<Outbound, CommandFault> {
    let mut trust = Trust::default();
    if let Some(path) = &settings.sso.authorities {
        let text = plain_file::read_text(path, LARGEST_CA_FILE);
        let text = text.map_err(|fault| CommandFault::File(path.clone(), fault))?;
        trust = trust.with(&text).map_err(|_| CommandFault::NoCertificate(path.clone()))?;
        tracing::info!(authorities = %path.display(), "Services may have certificates of these authorities");
    }
    Outbound::new(&trust).map_err(CommandFault::NoTls)
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
        gives_up: {
            let portal = website.portal().clone();
            GivesUp::when(move || portal.may_end_for_good())
        },
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
    Ok(Portal::new(keyed, Arc::new(SystemClock), random, wording(), public))
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

/// What runs beside the pages of a service that is not a demo.
pub struct InternalSide {
    /// The internal listener.
    pub listener: TcpListener,
    /// Where commands ask about the unions' files.
    pub questions: FilesQuestions,
    /// The job that answers them, and reads the files again.
    pub reading: UnionReading,
}

impl InternalSide {
    /// Reads the unions' files again from now on, and answers at the internal listener: both jobs.
    fn open(
        self,
        website: &Website,
        red: &ShutdownFlag,
        stages: Stages,
        closing: &CancellationToken,
    ) -> [JoinHandle<()>; 2] {
        let (reading, leaving) = (self.reading, closing.clone());
        let follow = move || reading.clone().follow(leaving.clone());
        let metrics = website.portal().metrics().clone();
        let router = web::internal::router(website.clone(), red.clone(), self.questions);
        let few = ConnectionCounts::default();
        [
            tokio::spawn(jobs::keep_going(Job::ReadUnions, metrics, closing.clone(), follow)),
            tokio::spawn(server::serve(self.listener, router, stages, Networks::default(), few)),
        ]
    }
}

/// Serves until told to stop; lets running requests finish. From the first word on every answer is the last one of its
/// connection; a second word ends the wait for proxies, a third one the wait for requests.
///
/// # Errors
/// The system gives no signals: the service could not be stopped.
pub async fn run(
    website: Website,
    ring: PathBuf,
    listener: TcpListener,
    internal: Option<InternalSide>,
    going: Going,
    trusted: Networks,
) -> std::io::Result<()> {
    let mut told = StopSignals::listen()?;
    let website = website.behind(trusted.clone());
    let (stages, leaving, closing) = (Stages::default(), CancellationToken::new(), CancellationToken::new());
    // The internal listener is asked by few, and to its end.
    let internal_stages = Stages { closed: closing.clone(), ..Stages::default() };
    let red = ShutdownFlag::default();
    let patient = internal.is_some();
    let (portal, metrics) = (website.portal().clone(), website.portal().metrics().clone());
    // Compared before anybody is let in; where the database does not answer at once, the watch goes on asking (R24).
    let _ = tokio::time::timeout(COMPARED_AT_START, portal.watch_clock()).await;
    // Which unions have closed is known before the first page; where the database does not answer, the job goes on asking.
    let _ = tokio::time::timeout(COMPARED_AT_START, endings::read_closings(&portal)).await;
    let mut jobs = RunningJobs::new(&website, &leaving, &closing);
    jobs.start_all(ring, going);
    let health = internal.map(|internal| {
        let [reading, health] = internal.open(&website, &red, internal_stages, &closing);
        jobs.add(reading);
        health
    });
    let store = website.portal().store().clone();
    let mut public = tokio::spawn(server::serve(
        listener,
        website.router(),
        stages.clone(),
        trusted,
        metrics.connections(),
    ));
    supervisor::serving();
    let by_supervisor = told.stop().await;
    supervisor::leaving();
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
    jobs.end().await;
    if let Some(health) = health {
        let _ = health.await;
    }
    store.close().await;
    Ok(())
}
