//! Unions: the unions' files held against the database, and what is kept of them.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{database::open_to_read, told};
use crate::{
    cli::CommandFault,
    domain::tenant::{Language, TenantSlug},
    portal::Portal,
    settings::Settings,
    store::{
        Store, StoreError,
        everywhere::{Acceptances, FrozenIssuer, MemberCount, PasskeyGroup, ServedHost},
    },
    tenants::{
        self, AcceptedTerms, DefaultsSource, Finding, FindingCode, LoadOptions, Loaded, PasskeyCount,
        ServedHostFact, TenantsFolder, UnionVersion, UnionVersions, VersionBefore, VersionContent,
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
    /// By which issuer each union's services know it.
    pub issuers: Vec<(String, String)>,
    /// The last good text of the shared values (D37).
    pub defaults: Option<String>,
}

/// What the database knows of the unions.
pub async fn known(store: &Store) -> Result<DatabaseFacts, CommandFault> {
    known_at(store, SystemClock.now()).await
}

/// The same, by that clock.
pub(super) async fn known_at(store: &Store, now: Timestamp) -> Result<DatabaseFacts, CommandFault> {
    let everywhere = store.everywhere();
    let kept = everywhere.passkeys().await?.into_iter();
    let members = everywhere.members().await?;
    let served = everywhere.hosts().await?.into_iter();
    let issuers = everywhere.issuers().await?.into_iter();
    let closings = everywhere.closings().await?;
    let erased = closings.iter().filter(|(_, closing)| closing.erasing_since.is_some());
    let has_data = |tenant: &String| {
        let leaves = closings.iter().any(|(closing, facts)| closing == tenant && facts.erased_at.is_none());
        leaves || members.iter().any(|counted| counted.tenant == *tenant && counted.count > 0)
    };
    // Nobody signs in any more where the last day is over: that file may go.
    let open =
        |tenant: &String| !closings.iter().any(|(closing, facts)| closing == tenant && facts.is_over(now));
    Ok(DatabaseFacts {
        erased: erased.map(|(tenant, _)| tenant.clone()).collect(),
        kept: kept
            .map(|PasskeyGroup { tenant, rp_id, count, holders }| PasskeyCount {
                tenant,
                rp_id,
                passkeys: count,
                holders,
            })
            .collect(),
        members: members
            .iter()
            .filter(|counted| open(&counted.tenant))
            .map(|MemberCount { tenant, count }| (tenant.clone(), *count))
            .collect(),
        served: served
            .map(|ServedHost { tenant, host, since }| {
                let has_data = has_data(&tenant);
                ServedHostFact { tenant, host, since, has_data }
            })
            .collect(),
        issuers: issuers.map(|FrozenIssuer { tenant, issuer }| (tenant, issuer)).collect(),
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
            issuers: &self.issuers,
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
    let there: HashSet<(&str, &str)> =
        known.served.iter().map(|served| (served.tenant.as_str(), served.host.as_str())).collect();
    let is_new = |(tenant, host): &(String, String)| !there.contains(&(tenant.as_str(), host.as_str()));
    let hosts: Vec<_> = loaded.tenants.served_hosts().filter(is_new).collect();
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
        Ok::<(), StoreError>(())
    };
    if let Err(fault) = kept.await {
        tracing::warn!(%fault, "Which hosts are served could not be kept; it is tried again at the next start");
    }
}

/// Counts what was read: who is left out, and whether the shared values are not their file's.
pub(super) fn count(portal: &Portal, loaded: &Loaded) {
    let kept = loaded.shared == DefaultsSource::Kept;
    portal.metrics().loaded(told::left_out(loaded), kept, portal.now());
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

/// The versions that were served last, for the unions' files to be held against.
pub async fn before(store: &Store) -> Result<Vec<VersionBefore>, CommandFault> {
    let texts = store.everywhere().good_texts().await?.into_iter();
    Ok(texts.map(|(tenant, file, defaults)| VersionBefore { tenant, file, defaults }).collect())
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
    let stored = recall(store, settings, known, &loaded, &BTreeSet::new()).await;
    if !stored.is_empty() {
        loaded = read(&mut folder, settings, &LoadOptions { stored: Some(&stored), ..options })?;
    }
    Ok((loaded, folder))
}

/// The last good versions that the database keeps of unions whose file is bad, or missing though they have members, if they
/// are good by the rules of today. None of those that are `gone`: a bad file alone brings no union back.
pub(super) async fn recall(
    store: &Store,
    settings: &Settings,
    known: &DatabaseFacts,
    loaded: &Loaded,
    gone: &BTreeSet<String>,
) -> UnionVersions {
    let options = known.options(settings);
    let missing = loaded.findings.iter().filter(|finding| finding.code == FindingCode::NoFile);
    let missing = missing.filter_map(|finding| finding.tenant.as_ref());
    // Of a union that is missing, its last version says whether it was open to its members.
    let lost: BTreeSet<&String> = loaded.seen.iter().chain(missing).collect();
    let lost = lost.into_iter().filter(|union| !gone.contains(*union));
    let lost = lost.filter_map(|union| TenantSlug::parse(union));
    let lost: Vec<_> = lost.filter(|slug| !loaded.in_force.contains_key(slug)).collect();
    let mut found = UnionVersions::new();
    if lost.is_empty() {
        return found;
    }
    let kept = match store.everywhere().good_hashes().await {
        Ok(kept) => kept,
        Err(fault) => {
            tracing::warn!(%fault, "The last good versions of unions could not be read");
            return found;
        }
    };
    for slug in lost.into_iter().filter(|slug| kept.contains_key(slug.as_str())) {
        match kept_version(store, settings, &options, &slug).await {
            Ok(version) => found.extend(version.map(|version| (slug, version))),
            Err(fault) => {
                tracing::warn!(%fault, "The last good versions of unions could not be read");
                break;
            }
        }
    }
    found
}

/// The last good version that the database keeps of a union, if it is good by the rules of today.
async fn kept_version(
    store: &Store,
    settings: &Settings,
    options: &LoadOptions<'_>,
    slug: &TenantSlug,
) -> Result<Option<Arc<UnionVersion>>, StoreError> {
    let Some(kept) = store.everywhere().good_version(slug.as_str()).await? else { return Ok(None) };
    let content = VersionContent { file: kept.file, defaults: kept.defaults, beside: kept.beside };
    let version = content.judged(&settings.tenants.dir, slug, options);
    if version.is_none() {
        let (union, since) = (slug.as_str(), kept.served_since);
        tracing::warn!(union, %since, "The last good version of a union is not good any more");
    }
    Ok(version)
}

/// The union of that id by its last good version, for a command about one whose file is gone.
pub async fn recall_one(
    store: &Store,
    settings: &Settings,
    slug: &TenantSlug,
) -> Result<Option<Arc<UnionVersion>>, StoreError> {
    let known = DatabaseFacts::default();
    kept_version(store, settings, &known.options(settings), slug).await
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
