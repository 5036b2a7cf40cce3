//! Unions: the unions' files held against the database, and what is said, logged and kept of them.

use std::collections::BTreeMap;

use super::database::open_to_read;
use crate::{
    cli::{CommandFault, finding},
    domain::tenant::{Language, TenantSlug},
    metrics::label::LeftOut,
    portal::Portal,
    settings::Settings,
    store::{
        Store,
        everywhere::{Acceptances, MemberCount, PasskeyGroup, ServedHost},
    },
    tenants::{
        self, AcceptedTerms, DefaultsSource, Finding, FindingCode, LoadOptions, Loaded, PasskeyCount,
        ServedHostFact, Severity, TenantsFolder, UnionVersions, VersionContent,
    },
    world::{Clock as _, SystemClock, today_in_japan},
};

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

    /// What reading the files depends on beside them.
    pub fn options<'a>(&'a self, settings: &'a Settings) -> LoadOptions<'a> {
        LoadOptions {
            base_domains: &settings.hosts.base_domains,
            today: today_in_japan(SystemClock.now()),
            kept: &self.kept,
            members: &self.members,
            served: &self.served,
            erased: &self.erased,
            defaults: self.defaults.as_deref(),
            ..LoadOptions::default()
        }
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
pub(super) async fn keep(store: &Store, loaded: &Loaded, known: &DatabaseFacts) {
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
pub(super) fn notes(loaded: &Loaded) -> Vec<String> {
    let place = |finding: &Finding| {
        let (code, file) = (finding.code.as_str(), finding.file.file_name().unwrap_or_default());
        format!("{code} {}:{}:{}", file.to_string_lossy(), finding.line, finding.column)
    };
    let mut left: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let told = |finding: &&Finding| finding.is_error() || finding.code == FindingCode::NoFile;
    for finding in loaded.findings.iter().filter(told) {
        left.entry(finding.tenant.as_deref().unwrap_or(tenants::DEFAULTS)).or_default().push(place(finding));
    }
    left.into_iter()
        .map(|(union, places)| match (union, &loaded.shared) {
            (tenants::DEFAULTS, DefaultsSource::Kept) => {
                format!("last good {union} in force: {}", places.join(", "))
            }
            (tenants::DEFAULTS, DefaultsSource::Broken) if !loaded.in_force.is_empty() => {
                format!("broken {union}: {}", places.join(", "))
            }
            _ if is_kept(loaded, union) => {
                format!("last good {union}.toml in force: {}", places.join(", "))
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

/// Counts what was read: who is left out, and whether the shared values are not their file's.
pub(super) fn count(portal: &Portal, loaded: &Loaded) {
    let kept = loaded.shared == DefaultsSource::Kept;
    portal.metrics().loaded(left_out(loaded), kept, portal.now());
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
    read(&mut TenantsFolder::new(&settings.tenants.dir), settings, &known.options(settings))
}

fn read(
    folder: &mut TenantsFolder,
    settings: &Settings,
    options: &LoadOptions<'_>,
) -> Result<Loaded, CommandFault> {
    let path = || settings.tenants.dir.clone();
    folder.read(options).map_err(|fault| CommandFault::TenantsFolder { path: path(), fault })
}

/// The same; where a union's file is bad, its last good version, as the database keeps it (R32). With the folder, for whoever
/// reads it again.
pub async fn load_or_recall(
    store: &Store,
    settings: &Settings,
    known: &DatabaseFacts,
) -> Result<(Loaded, TenantsFolder), CommandFault> {
    let mut folder = TenantsFolder::new(&settings.tenants.dir);
    let options = known.options(settings);
    let mut loaded = read(&mut folder, settings, &options)?;
    let stored = recall(store, settings, known, &loaded).await;
    if !stored.is_empty() {
        loaded = read(&mut folder, settings, &LoadOptions { stored: Some(&stored), ..options })?;
    }
    Ok((loaded, folder))
}

/// The last good versions that the database keeps of unions whose file is bad, if they are good by the rules of today.
pub(super) async fn recall(
    store: &Store,
    settings: &Settings,
    known: &DatabaseFacts,
    loaded: &Loaded,
) -> UnionVersions {
    let options = known.options(settings);
    let lost = loaded.seen.iter().filter_map(|union| TenantSlug::parse(union));
    let mut found = UnionVersions::new();
    for slug in lost.filter(|slug| !loaded.in_force.contains_key(slug)) {
        match store.everywhere().good_version(slug.as_str()).await {
            Ok(Some(kept)) => {
                let content =
                    VersionContent { file: kept.file, defaults: kept.defaults, beside: kept.beside };
                if let Some(version) = content.judged(&settings.tenants.dir, &slug, &options) {
                    found.insert(slug, version);
                } else {
                    let (union, since) = (slug.as_str(), kept.served_since);
                    tracing::warn!(union, %since, "The last good version of a union is not good any more");
                }
            }
            Ok(None) => {}
            Err(fault) => {
                tracing::warn!(%fault, "The last good versions of unions could not be read");
                break;
            }
        }
    }
    found
}

/// A loud line for each union that is left out, or served by an earlier version; a quiet one for what could be better.
pub fn log_findings(loaded: &Loaded) {
    log_errors(loaded, loaded.findings.iter().filter(|finding| finding.is_error()));
    for finding in &loaded.findings {
        let text = || finding::shown(finding, Language::En);
        match finding.severity {
            _ if finding.code == FindingCode::NoFile => {
                let union = finding.tenant.as_deref().unwrap_or_default();
                tracing::error!(union, finding = text(), "Members have no union: its file is gone");
            }
            Severity::Warning if matches!(finding.code, FindingCode::Stray | FindingCode::FolderOnly) => {
                tracing::warn!(finding = text(), "Something among the unions' files is not read");
            }
            Severity::Warning => tracing::debug!(finding = text(), "A union's file could be better"),
            Severity::Error | Severity::Note => {}
        }
    }
}

/// A loud line for each of these errors.
pub(super) fn log_errors<'f>(loaded: &Loaded, errors: impl Iterator<Item = &'f Finding>) {
    for finding in errors {
        let text = finding::shown(finding, Language::En);
        let union = finding.tenant.as_deref();
        match union {
            None if loaded.shared == DefaultsSource::Kept => {
                tracing::error!(
                    finding = text,
                    "The unions' shared values are broken; their last good text stays in force"
                );
            }
            Some(union) if is_kept(loaded, union) => {
                tracing::error!(
                    union,
                    finding = text,
                    "A union's file is bad; its last good version stays in force"
                );
            }
            _ => {
                let union = union.unwrap_or("all");
                tracing::error!(union, finding = text, "A union is left out because of its file");
            }
        }
    }
}

/// Whether a union is served by a version from before.
fn is_kept(loaded: &Loaded, union: &str) -> bool {
    loaded.kept.iter().any(|kept| kept.as_str() == union)
}

/// What there is to say of the unions' terms and of what their members accepted. Where the database does not tell, nothing;
/// a line of the log says so.
pub(super) async fn terms_against(store: &Store, loaded: &Loaded) -> Vec<Finding> {
    match accepted(store).await {
        Ok(accepted) => loaded.terms_against(&accepted),
        Err(fault) => {
            let fault = fault.sentence(Language::En);
            tracing::warn!(fault, "The unions' terms were not held against what members accepted");
            Vec::new()
        }
    }
}

/// A line for each union whose terms do not fit what its members accepted. It is served all the same: nothing that was
/// accepted is lost by it.
pub(super) fn log_terms(found: &[Finding]) {
    for finding in found {
        let union = finding.tenant.as_deref().unwrap_or_default();
        let text = finding::shown(finding, Language::En);
        tracing::warn!(union, finding = text, "A union's terms do not fit what its members accepted");
    }
}
