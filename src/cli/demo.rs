//! `demo`: the five unions with sample members, on this machine, within a minute of the build.
//!
//! It migrates a SQLite file in its own folder, makes its own keys, imports `tenants/<id>/sample.csv` and serves every
//! union at `http://<id>.localhost:PORT`. `http://localhost:PORT/` is the demo's own page: unions, sample members with
//! their first credentials, an authenticator app to try with, and the letters written so far. A small site beside the
//! portal is a service of every union ([`service`]). `serve` builds nothing of this.

mod asking;
mod relying;
mod service;

use std::{
    collections::HashMap,
    fs,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use askama::Template as _;
use axum::{
    Router,
    extract::{Path as InPath, State},
    http::{HeaderMap, HeaderName, StatusCode, Uri, header},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use data_encoding::BASE32_NOPAD;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use service::ServicePlace;

use super::{CommandFault, Exit, serve, tell};
use crate::{
    domain::{
        audit::doing::Doing,
        birth_date::BirthDate,
        member::MemberNumber,
        origin::PublicAddress,
        roster::{self, FirstCredentialSource},
        route::Route,
        saying::said,
        tenant::{CredentialLetter, FirstSecret, Language, Tenant},
        totp,
    },
    mail::{framed::FramedLetter, letter::Composed},
    portal::{
        Portal,
        roster::{Import, ImportRequest, ImportStop, NoticesTo},
    },
    settings::{HostSettings, Settings, network::Networks},
    store::{self, everywhere::SealedLetterRow},
    tenants::file_beside,
    vault::{KeyRing, SealContext, SealedColumn},
    web::{Website, assets, page::demo, posted::LenientQuery},
    world::{Clock as _, SystemClock, SystemRandom, plain_file, today_in_japan},
};

/// What the command line asks for.
#[derive(Debug)]
pub struct Options {
    /// Listen address; loopback only.
    pub listen: SocketAddr,
    /// The folder of the demo's data.
    pub data: PathBuf,
    /// Whether the data is removed first.
    pub fresh: bool,
}

/// The sample rosters' file beside each union's logo and terms.
const SAMPLE: &str = "sample.csv";
/// More than a handful of sample members needs, in bytes.
const LARGEST_SAMPLE: u64 = 1024 * 1024;

/// Prepares the folder and serves until told to stop.
pub async fn run(
    options: Options,
    settings: Settings,
    language: Language,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    if !options.listen.ip().is_loopback() {
        return Err(CommandFault::NotLoopback(options.listen));
    }
    if settings.database.url != Settings::default().database.url {
        return Err(CommandFault::DatabaseConfigured);
    }
    let listener = serve::bind(options.listen, "--listen").await?;
    let own_address = listener.local_addr()?;
    let port = own_address.port();
    let place = ServicePlace::find().await?;
    // No passkeys to compare: here an RP ID is made of the file's name (D17) and cannot change.
    let loaded = serve::load_tenants(
        &Settings { hosts: HostSettings { base_domains: Vec::new() }, ..settings.clone() },
        &serve::DatabaseFacts::default(),
    )?;
    serve::log_findings(&loaded);
    if loaded.tenants.is_empty() {
        return Err(CommandFault::NoUnion { compared: false });
    }
    // Nothing is made or removed before it is known that the demo has something to show, and that no other runs on it.
    fs::create_dir_all(&options.data).map_err(|fault| CommandFault::File(options.data.clone(), fault))?;
    let _held = serve::alone::alone(&options.data.join(DATABASE)).await?;
    if options.fresh {
        clear(&options.data)?;
    }
    let tenants = loaded.tenants.for_demo().with_service(|tenant| place.tile(tenant));
    let ring = options.data.join(RING);
    let store = serve::make_store(&format!("sqlite:{}", options.data.join(DATABASE).display())).await?;
    store.migrate().await?;
    let public = PublicAddress { scheme: "http".to_owned(), port: Some(port) };
    if !ring.exists() && store.everywhere().known_keys().await?.is_empty() {
        KeyRing::fresh(&SystemRandom)?.write_new(&ring)?;
    }
    let portal = serve::portal(store, &ring, &settings, public).await.map_err(|fault| match fault {
        fault @ (CommandFault::RingLost { .. } | CommandFault::Keys { .. }) => {
            CommandFault::DemoKeys(Box::new(fault))
        }
        fault => fault,
    })?;
    let mut unions = Vec::new();
    for tenant in tenants.iter() {
        let folder = settings.tenants.dir.join(tenant.slug.as_str());
        let samples = samples(&portal, tenant, &folder.join(SAMPLE), &options.data, language, err).await?;
        unions.push(DemoUnion { tenant: tenant.clone(), samples, service: place.page(tenant) });
    }
    place.open(&portal, &tenants, own_address).await?;
    let own = Own { portal: portal.clone(), unions: Arc::new(unions), port };
    let website = Website::new(portal, tenants).with_own_page(own.router());
    let url = format!("http://localhost:{port}/");
    let (page, stop) = (said!("demo-page", url), said!("demo-stop"));
    writeln!(err, "\n  {}\n  {}\n", tell(language, &page), tell(language, &stop))?;
    let going = serve::Going { post: serve::MailMode::Stays, services: serve::services(&settings)? };
    serve::run(website, ring, listener, None, going, Networks::default()).await?;
    Ok(Exit::Fine)
}

const DATABASE: &str = "portal.db";
const RING: &str = "keys.toml";

/// Removes what a demo wrote into its folder, and nothing else; the file by which this one holds the place stays.
fn clear(folder: &Path) -> Result<(), CommandFault> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name == RING
            || name.strip_prefix(DATABASE).is_some_and(|end| end != serve::alone::END)
            || name.strip_prefix("notices-").is_some_and(|rest| rest.strip_suffix(".csv").is_some())
        {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// A sample member with what is needed to sign in for the first time.
#[derive(Debug, Clone)]
struct Sample {
    number: MemberNumber,
    name: String,
    login: String,
    password: String,
    birth_date: BirthDate,
}

/// Imports a union's sample roster, unless it was imported before, and says who is on it.
async fn samples(
    portal: &Portal,
    tenant: &Tenant,
    file: &Path,
    data: &Path,
    language: Language,
    err: &mut dyn Write,
) -> Result<Vec<Sample>, CommandFault> {
    let Some(bytes) = file_beside(file, LARGEST_SAMPLE) else { return Ok(Vec::new()) };
    let notices = data.join(format!("notices-{}.csv", tenant.slug));
    let today = today_in_japan(SystemClock.now());
    let roster = roster::read(&bytes, &tenant.import, today, |_, _| {})
        .map_err(|flaw| CommandFault::Sample(file.to_owned(), flaw))?;
    let mut tx = portal.store().tenant(&tenant.slug).read().await?;
    let known = match roster.rows.first() {
        Some(row) => store::member::by_number(&mut tx, &row.number).await?.is_some(),
        None => true,
    };
    drop(tx);
    if !known {
        // The demo's page shows every first password. By mail it would be in the mailbox only, without its member.
        let mut printing = tenant.clone();
        printing.policy.initial_password.letter = CredentialLetter::None;
        let import = Import {
            store: portal.store(),
            clock: &SystemClock,
            rng: &SystemRandom,
            vault: portal.vault(),
            tenant: &printing,
            wording: portal.wording(),
            public: portal.public(),
            doing: &Doing::by_program("demo"),
        };
        // A notices file without members is left over from a run that was stopped half-way.
        let _ = fs::remove_file(&notices);
        let request = ImportRequest {
            notices: Some(NoticesTo::file(&notices)),
            many: true,
            ..ImportRequest::new(&bytes)
        };
        match import.run(&request).await {
            Ok(report) => {
                let told = said!("demo-samples", union = tenant.slug.as_str(), count = report.added());
                writeln!(err, "{}", tell(language, &told))?;
            }
            Err(ImportStop::Refused(_)) => return Err(CommandFault::SampleRefused(file.to_owned())),
            Err(ImportStop::Broken(fault)) => return Err(fault.into()),
        }
    }
    let drawn = drawn(&notices);
    let sample = |row: &roster::RosterRow| {
        let told = drawn.get(&row.number.key()).cloned();
        let (login, password) = match &row.kind {
            FirstCredentialSource::Printed(login, password) => {
                (login.as_str().to_owned(), password.expose_secret().to_owned())
            }
            FirstCredentialSource::Existing(login)
                if tenant.policy.initial_password.existing == FirstSecret::KigoBangoBirthDate =>
            {
                let [derived, _] = row.number.derived_passwords(row.birth_date);
                (login.as_str().to_owned(), derived)
            }
            FirstCredentialSource::Existing(_) | FirstCredentialSource::Generated => told.unwrap_or_default(),
        };
        Sample {
            number: row.number.clone(),
            name: row.name.to_string(),
            login,
            password,
            birth_date: row.birth_date,
        }
    };
    Ok(roster.rows.iter().map(sample).collect())
}

/// Bytes of the largest file of notices that is read.
const LARGEST_NOTICES: u64 = 16 << 20;

/// User ID and password of each notice, by the member's number.
fn drawn(notices: &Path) -> HashMap<String, (String, String)> {
    let Ok(bytes) = plain_file::read(notices, LARGEST_NOTICES) else { return HashMap::new() };
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.trim_start_matches('\u{FEFF}').to_owned(),
        Err(_) => encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned(),
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut all = HashMap::new();
    for record in reader.records().flatten() {
        let cell = |at: usize| record.get(at).unwrap_or_default();
        if let Some(number) = MemberNumber::parse(cell(0), cell(1), cell(2)) {
            all.insert(number.key(), (cell(4).to_owned(), cell(5).to_owned()));
        }
    }
    all
}

/// A union of the demo, and what stands beside it.
#[derive(Debug)]
struct DemoUnion {
    tenant: Arc<Tenant>,
    samples: Vec<Sample>,
    /// The service's page for its members.
    service: String,
}

/// The demo's own page.
#[derive(Clone)]
struct Own {
    portal: Portal,
    unions: Arc<Vec<DemoUnion>>,
    port: u16,
}

/// Letters shown, newest first.
const LETTERS: u32 = 50;
/// Where one of them is shown by itself.
const LETTER: &str = "/letters";
/// A letter is shown within the demo's page, as a mail program shows it: nothing is loaded, nothing runs.
const LETTER_POLICY: [(HeaderName, &str); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'self'; frame-ancestors 'self'",
    ),
    (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
];
/// The same as every page's, and its letters in frames.
const PAGE_POLICY: [(HeaderName, &str); 1] = [(
    header::CONTENT_SECURITY_POLICY,
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
)];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DemoKeyQuery {
    key: String,
    lang: String,
}

impl Own {
    fn router(self) -> Router {
        Router::new()
            .route(Route::Top.pattern(), get(show))
            .route(&format!("{LETTER}/{{id}}"), get(letter))
            .fallback(asset)
            .with_state(self)
    }

    async fn member(&self, tenant: &Tenant, sample: &Sample) -> Result<demo::DemoMember, CommandFault> {
        let mut tx = self.portal.store().tenant(&tenant.slug).read().await?;
        let known = store::member::by_number(&mut tx, &sample.number).await?;
        let mut shown = demo::DemoMember {
            name: sample.name.clone(),
            user_id: sample.login.clone(),
            first_password: sample.password.clone(),
            birth_date: sample.birth_date.eight_digits(),
            code: None,
            activated: false,
        };
        if let Some(member) = known {
            shown.activated = store::password::of_member(&mut tx, member.id).await?.own.is_some();
            drop(tx);
            if shown.activated {
                member.login.as_str().clone_into(&mut shown.user_id);
            }
            shown.code = self.portal.codes_now(tenant, member.id).await?.into_iter().next();
        }
        Ok(shown)
    }

    async fn union(&self, union: &DemoUnion, language: Language) -> Result<demo::Union, CommandFault> {
        let DemoUnion { tenant, samples, service } = union;
        let mut members = Vec::new();
        for sample in samples {
            members.push(self.member(tenant, sample).await?);
        }
        Ok(demo::Union {
            name: tenant.name_in(language).text.to_owned(),
            slug: tenant.slug.to_string(),
            url: format!("http://{}:{}/", tenant.hosts.primary, self.port),
            service: service.clone(),
            members,
        })
    }

    /// The recipient of a letter, and what it says.
    fn open(&self, sealed: &SealedLetterRow) -> Result<(String, Composed), CommandFault> {
        let place = |column| SealContext { tenant: &sealed.tenant, column, row: sealed.id };
        let to = self.portal.vault().open(place(SealedColumn::LetterRecipient), &sealed.recipient)?;
        let content = self.portal.vault().open(place(SealedColumn::LetterContent), &sealed.content)?;
        let to = String::from_utf8_lossy(to.expose_secret()).into_owned();
        Ok((to, serde_json::from_slice(content.expose_secret())?))
    }

    /// A letter as HTML, whose links open in the whole window; `None` where it is not among the newest.
    async fn letter(&self, id: &str) -> Result<Option<String>, CommandFault> {
        let newest = self.portal.store().everywhere().newest_letters(LETTERS).await?;
        let Some(sealed) = newest.into_iter().find(|sealed| sealed.id.to_string() == id) else {
            return Ok(None);
        };
        let of_letter = |union: &&DemoUnion| union.tenant.slug.as_str() == sealed.tenant;
        let Some(DemoUnion { tenant, .. }) = self.unions.iter().find(of_letter) else { return Ok(None) };
        let (_, content) = self.open(&sealed)?;
        let page = FramedLetter::new(&content, tenant).render()?;
        Ok(Some(page.replacen("<head>", "<head>\n<base target=\"_top\">", 1)))
    }

    async fn letters(&self, language: Language) -> Result<Vec<demo::DemoLetter>, CommandFault> {
        let words = self.portal.wording().plain(language);
        let mut letters = Vec::new();
        for sealed in self.portal.store().everywhere().newest_letters(LETTERS).await? {
            let (to, content) = self.open(&sealed)?;
            letters.push(demo::DemoLetter {
                page: format!("{LETTER}/{}", sealed.id),
                union: sealed.tenant.clone(),
                to,
                subject: content.subject,
                time: words.moment(sealed.written_at),
                text: content.text,
            });
        }
        Ok(letters)
    }

    async fn page(&self, language: Language, key: &str) -> Result<String, CommandFault> {
        let mut unions = Vec::new();
        for union in self.unions.iter() {
            unions.push(self.union(union, language).await?);
        }
        let words = self.portal.wording().plain(language);
        let letters = self.letters(language).await?;
        let code = code(key);
        let other = if language == Language::Ja { Language::En } else { Language::Ja };
        let other = other.as_str();
        let page = demo::DemoPage { words, other, unions, letters, key: key.to_owned(), code };
        Ok(page.render()?)
    }
}

/// The code an authenticator app would show now for that key; `None` for a text that is no key.
fn code(key: &str) -> Option<String> {
    let plain: String = key.chars().filter(|c| !c.is_whitespace()).collect();
    let secret = BASE32_NOPAD.decode(plain.to_uppercase().as_bytes()).ok().filter(|s| s.len() >= 10)?;
    Some(totp::code_at(&secret, SystemClock.now()))
}

async fn show(
    State(own): State<Own>,
    headers: HeaderMap,
    LenientQuery(asked): LenientQuery<DemoKeyQuery>,
) -> Response {
    let wish = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("ja");
    let wish = if asked.lang.is_empty() { wish } else { &asked.lang };
    let language = if wish.starts_with("en") { Language::En } else { Language::Ja };
    match own.page(language, &asked.key).await {
        Ok(page) => (PAGE_POLICY, Html(page)).into_response(),
        Err(fault) => (StatusCode::INTERNAL_SERVER_ERROR, fault.sentence(language)).into_response(),
    }
}

async fn letter(State(own): State<Own>, InPath(id): InPath<String>) -> Response {
    match own.letter(&id).await {
        Ok(Some(page)) => (LETTER_POLICY, Html(page)).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(fault) => (StatusCode::INTERNAL_SERVER_ERROR, fault.sentence(Language::En)).into_response(),
    }
}

async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    assets::shared(uri.path(), &headers).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_app_reads_keys_as_people_copy_them() {
        assert!(code("gezd gnbv gy3t qojq gezd gnbv gy3t qojq").is_some_and(|code| code.len() == 6));
        assert!(code("").is_none() && code("0189").is_none());
    }
}
