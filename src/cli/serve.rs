//! `serve` and `healthcheck`: the service, by settings.

use std::os::unix::fs::OpenOptionsExt as _;
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
    CommandFault, Exit, fault,
    signals::{self, Told},
};
use crate::{
    domain::{origin::Public, tenant::Language},
    jobs,
    mail::postman::{Pace, Postman, Satchel, Senders, Server},
    portal::Portal,
    settings::{Settings, network::Networks},
    store::{
        Store,
        everywhere::{Acceptances, Passkeys},
    },
    tenants::{self, Accepted, Kept, LoadOptions, Loaded, Severity},
    vault::{Cost, KeyRing, Vault},
    web::{
        App, health,
        health::Leaving,
        server::{self, Stages},
    },
    wording::Wording,
    world::{Clock as _, SystemClock, SystemDice, today_in_japan},
};

/// How long readiness is red before connections are closed, so that a proxy looks elsewhere first.
const NOTICE: Duration = Duration::from_secs(5);

/// Opens store, keys and unions, and serves until told to stop.
pub async fn serve(settings: Settings) -> Result<Exit, CommandFault> {
    signals::ignore_others()?;
    for trouble in &settings.unknown {
        let trouble = fault::settings::trouble_words(trouble, Language::En);
        tracing::warn!(trouble, "A name looks like a setting and is none");
    }
    tracing::info!(database = %shown_database(&settings), from = %settings.origin("database.url"), "The database");
    let server = mail_server(&settings)?;
    let store = open_migrated(&settings.database.url).await?;
    let kept = kept(&store).await?;
    let loaded = load_tenants(&settings.tenants.dir, &settings.hosts.base_domains, &kept)?;
    log_findings(&loaded);
    log_terms(&loaded, accepted(&store).await);
    if loaded.tenants.is_empty() {
        return Err(CommandFault::NoUnion { compared: true });
    }
    let ring = KeyRing::read(&settings.keys.ring)?;
    let portal = portal(store, &ring, &settings, public(&settings))?;
    let app = App::new(portal, loaded.tenants).below(&settings.hosts.base_domains);
    let listener = bind(settings.listen, "listen (PORTAL_LISTEN)").await?;
    let internal = bind(settings.internal.listen, "internal.listen (PORTAL_INTERNAL__LISTEN)").await?;
    tracing::info!(
        unions = app.tenants().len(),
        listen = %listener.local_addr()?,
        internal = %internal.local_addr()?,
        "Serving"
    );
    let post = post(server, &app);
    run(app, listener, Some(internal), post, settings.proxy.networks()).await;
    tracing::info!("Stopped");
    Ok(Exit::Fine)
}

/// What becomes of letters while the service runs.
#[derive(Debug)]
pub enum Post {
    /// They stay in the outbox for as long as it is there: the demo's mailbox.
    Stays,
    /// They wait, and are given up when they run out: no mail server is set.
    Waits,
    /// They are sent.
    Leaves(Postman),
}

/// Where letters are handed in, by settings.
pub fn mail_server(settings: &Settings) -> Result<Option<Server>, CommandFault> {
    let url = settings.mail.smtp_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    let (hello, domains) = (settings.mail.hello.as_deref(), &settings.hosts.base_domains);
    let server = url.map(|url| Server::parse(url).and_then(|server| server.named(hello, domains)));
    server.transpose().map_err(CommandFault::MailServer)
}

/// What becomes of letters, said once.
fn post(server: Option<Server>, app: &App) -> Post {
    let Some(server) = server else {
        tracing::warn!("mail.smtp_url is not set: letters wait in the outbox until they run out");
        return Post::Waits;
    };
    let encryption = server.encryption();
    tracing::info!(host = server.host(), port = server.port(), ?encryption, "Letters are sent");
    Post::Leaves(Postman::new(Satchel {
        store: app.portal().store().clone(),
        vault: app.portal().vault().clone(),
        clock: Arc::new(SystemClock),
        dice: Arc::new(SystemDice),
        senders: Senders::of(app.tenants().iter().map(|tenant| &**tenant)),
        server,
        pace: Pace::default(),
    }))
}

/// The passkeys that exist, for the unions' files to be held against (D18).
pub async fn kept(store: &Store) -> Result<Vec<Kept>, CommandFault> {
    let found = store.everywhere().passkeys().await?;
    Ok(found
        .into_iter()
        .map(|Passkeys { tenant, rp_id, count }| Kept { tenant, rp_id, passkeys: count })
        .collect())
}

/// What the members accepted, for the unions' terms to be held against (D14).
pub async fn accepted(store: &Store) -> Result<Vec<Accepted>, CommandFault> {
    let found = store.everywhere().acceptances().await?;
    Ok(found
        .into_iter()
        .map(|Acceptances { tenant, version, hash, count }| Accepted {
            tenant,
            version,
            hash,
            members: count,
        })
        .collect())
}

/// The union files. `kept` may be empty where no passkey depends on what becomes of them.
pub fn load_tenants(dir: &Path, base_domains: &[String], kept: &[Kept]) -> Result<Loaded, CommandFault> {
    let today = today_in_japan(SystemClock.now());
    let loaded = tenants::load(dir, &LoadOptions { base_domains, today, kept })
        .map_err(|fault| CommandFault::TenantsFolder { path: dir.to_owned(), fault })?;
    Ok(loaded)
}

/// A loud line for each union that is left out.
pub fn log_findings(loaded: &Loaded) {
    for finding in &loaded.findings {
        let text = finding.display(Language::En).to_string();
        match finding.severity {
            Severity::Error => {
                let union = finding.tenant.as_deref().unwrap_or("all");
                tracing::error!(union, finding = text, "A union is left out because of its file");
            }
            Severity::Warning => tracing::debug!(finding = text, "A union's file could be better"),
            Severity::Note => {}
        }
    }
}

/// A line for each union whose terms do not fit what its members accepted. It is served all the same: nothing that was
/// accepted is lost by it.
fn log_terms(loaded: &Loaded, accepted: Result<Vec<Accepted>, CommandFault>) {
    match accepted {
        Ok(accepted) => {
            for finding in loaded.terms_against(&accepted) {
                let union = finding.tenant.as_deref().unwrap_or_default();
                let text = finding.display(Language::En).to_string();
                tracing::warn!(union, finding = text, "A union's terms do not fit what its members accepted");
            }
        }
        Err(fault) => {
            let fault = fault.sentence(Language::En);
            tracing::warn!(fault, "The unions' terms were not held against what members accepted");
        }
    }
}

/// Opens the database; makes a SQLite file and its folder.
pub async fn make_store(url: &str) -> Result<Store, CommandFault> {
    if let Some(folder) = sqlite_file(url).and_then(|file| file.parent().map(Path::to_owned)) {
        std::fs::create_dir_all(&folder).map_err(|fault| CommandFault::File(folder, fault))?;
    }
    if let Some(file) = sqlite_file(url) {
        // Names and birth dates are nobody else's to read; SQLite gives its side files the same mode.
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true).mode(0o600);
        options.open(&file).map_err(|fault| CommandFault::File(file, fault))?;
    }
    Ok(Store::open(url).await?)
}

/// Opens a database that is there.
pub async fn open_store(url: &str) -> Result<Store, CommandFault> {
    match sqlite_file(url) {
        Some(file) if !file.exists() => Err(CommandFault::NoDatabase(file)),
        _ => Ok(Store::open(url).await?),
    }
}

/// Opens a database that has this program's schema.
pub async fn open_migrated(url: &str) -> Result<Store, CommandFault> {
    migrated(open_store(url).await?).await
}

/// As [`open_migrated`], for a command that must not change anything.
pub async fn open_to_read(url: &str) -> Result<Store, CommandFault> {
    match sqlite_file(url) {
        Some(file) if !file.exists() => Err(CommandFault::NoDatabase(file)),
        _ => migrated(Store::open_to_read(url).await?).await,
    }
}

async fn migrated(store: Store) -> Result<Store, CommandFault> {
    let schema = store.schema().await?;
    match schema.misfit() {
        None => Ok(store),
        Some(misfit) => Err(CommandFault::Schema(misfit)),
    }
}

/// The database as it may be shown: without a password.
pub fn shown_database(settings: &Settings) -> String {
    let url = &settings.database.url;
    if url.starts_with("sqlite:") {
        return url.clone();
    }
    let Ok(mut url) = url::Url::parse(url) else { return "postgres:…".to_owned() };
    // A parameter may hold a password, too.
    url.set_query(None);
    let _ = url.set_password(None);
    url.to_string()
}

/// The file of a SQLite address.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//").split('?').next()?;
    Some(PathBuf::from(path)).filter(|path| !path.as_os_str().is_empty())
}

/// Where the unions are reached, by settings.
pub fn public(settings: &Settings) -> Public {
    let port = match (settings.public.scheme.as_str(), settings.public.port) {
        ("https", 443) | ("http", 80) => None,
        (_, port) => Some(port),
    };
    Public { scheme: settings.public.scheme.clone(), port }
}

/// The portal over a store and a ring, with the machine's clock and dice.
pub fn portal(
    store: Store,
    ring: &KeyRing,
    settings: &Settings,
    public: Public,
) -> Result<Portal, CommandFault> {
    let dice = Arc::new(SystemDice);
    let cost = Cost {
        memory_kib: settings.argon2.memory_kib,
        iterations: settings.argon2.iterations,
        lanes: settings.argon2.lanes,
    };
    let permits = std::thread::available_parallelism().map_or(1, usize::from);
    let vault = Vault::new(ring, cost, permits, dice.clone())?;
    Ok(Portal::new(store, vault, Arc::new(SystemClock), dice, Arc::new(Wording::new()), public))
}

/// A bound listener, or which address is taken, and the setting or flag that names it.
pub async fn bind(address: SocketAddr, setting: &'static str) -> Result<TcpListener, CommandFault> {
    TcpListener::bind(address).await.map_err(|fault| CommandFault::Listen { address, setting, fault })
}

/// Serves until told to stop; lets running requests finish. From the first word on every answer is the last one of its
/// connection; a second word ends the wait for proxies, a third one the wait for requests.
pub async fn run(
    app: App,
    listener: TcpListener,
    internal: Option<TcpListener>,
    post: Post,
    trusted: Networks,
) {
    let Ok(mut told) = Told::listen() else {
        tracing::error!("The system gives no signals: the service could not be stopped");
        return;
    };
    let (stages, leaving, closing) = (Stages::default(), CancellationToken::new(), CancellationToken::new());
    // The internal listener is asked by few, and to its end.
    let internal_stages = Stages { closed: closing.clone(), ..Stages::default() };
    let red = Leaving::default();
    let patient = internal.is_some();
    let mut working = vec![tokio::spawn(jobs::sweep(app.portal().clone(), closing.clone()))];
    if !matches!(post, Post::Stays) {
        working.push(tokio::spawn(jobs::clear_outbox(app.portal().clone(), closing.clone())));
    }
    if let Post::Leaves(postman) = post {
        // Beside the last requests: what they write is sent by another node, or after the restart.
        working.push(tokio::spawn(jobs::post(postman, leaving.clone())));
    }
    let health = internal.map(|internal| {
        let router = health::router(app.clone(), red.clone());
        tokio::spawn(server::serve(internal, router, internal_stages, Networks::default()))
    });
    let store = app.portal().store().clone();
    let mut public = tokio::spawn(server::serve(listener, app.router(), stages.clone(), trusted));
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
