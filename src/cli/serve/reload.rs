//! Reload: the unions' files while the service runs (R32, R34, D37, D40).
//!
//! # Decision
//! The whole folder is read and judged beside what is in force, by the rules of the start, and takes its place as one. A
//! union whose file is bad stays with the version that is served; the others go on to their new ones. Nothing changes
//! where the folder cannot be read, has no union's file at all, or cannot be held against the database. A union that has
//! members goes on when its file is gone, until it is closed ([D34]); one without shows for ten minutes that it has closed,
//! and is unknown then.
//!
//! Files are read again on SIGHUP, when `tenant reload` asks, and when names, sizes or times in the folder changed since
//! the last reading: two looks in a row have to agree, so that a file that is being written is left alone.
//!
//! Each node compares what it serves with what the database keeps, which is what a node began last to serve. What still
//! differs a minute later is told: nodes read folders of their own, which are filled one after the other.
//! # Because
//! an editor, a copy or a mount shows every state in between, and a folder without a file is far more often one that was
//! not mounted than the end of every union.
//! # Instead of
//! being told of changes by the system (inotify): it does not see network and overlay file systems, so that the looks
//! would be needed all the same; one costs a few milliseconds for a thousand unions.
//!
//! [D34]: crate::rules::decisions#d34

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::{Mutex, Notify, mpsc},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::{
    told,
    unions::{self, DatabaseFacts},
};
use crate::{
    cli::{CommandFault, fault::machine::tenants_folder, finding, tell},
    domain::{
        saying::said,
        tenant::{Language, Status, Tenant, TenantSlug},
    },
    metrics::label::Job,
    settings::Settings,
    store::StoreError,
    tenants::{
        DEFAULTS, DefaultsSource, Finding, FolderLook, LoadOptions, Loaded, Severity, Tenants, TenantsFolder,
        UnionVersions,
    },
    web::{Website, reload::FilesQuestion},
    world::{Clock as _, SystemClock},
};

pub mod answer;
mod kept;
mod nodes;

use kept::KeptVersions;
use nodes::NodeComparison;

/// How often the folder is looked at.
const LOOKS: Duration = Duration::from_secs(15);
/// How soon it is looked at again after it changed: it is read when two looks agree.
const SETTLES: Duration = Duration::from_millis(500);
/// How often in a row a reading is repeated, because the folder changed meanwhile.
const READINGS: usize = 3;
/// How long a union whose file is gone shows that it has closed.
const DEPARTED_FOR: SignedDuration = SignedDuration::from_mins(10);

/// What became of a union.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnionChange {
    /// It is served from now on.
    Added,
    /// It is served by its new version.
    Changed,
    /// Its file is bad, or gives way to another union's: the version that was served goes on.
    Kept,
    /// Its file is gone though it has members: the version that was served goes on.
    Missing,
    /// It is not served, because of its file.
    LeftOut,
    /// Its file is gone.
    Removed,
}

impl UnionChange {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Kept => "kept",
            Self::Missing => "missing",
            Self::LeftOut => "left-out",
            Self::Removed => "removed",
        }
    }
}

/// What a reading came to.
#[derive(Debug)]
pub struct ReloadOutcome {
    /// What became of unions that are not served as they were, and of those whose file is bad; by id.
    pub changes: Vec<(String, UnionChange)>,
    /// What there is to say: every error, and the warnings of unions that changed.
    pub findings: Vec<Finding>,
    /// How many unions there are.
    pub unions: usize,
    /// How long it took.
    pub took: SignedDuration,
}

/// Why nothing was changed.
#[derive(Debug)]
pub enum ReloadFault {
    /// The folder cannot be read.
    Folder(PathBuf, io::Error),
    /// The folder has no union's file at all.
    Empty,
    /// The files could not be held against the database.
    Database(CommandFault),
    /// Reading ended in a panic.
    Panicked,
}

/// What a look at the folder says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderNews {
    /// Nothing that was not read.
    Nothing,
    /// Something changed since the last look: look again soon.
    Changing,
    /// Something changed, and is settled: it is to be read.
    Changed,
}

/// The unions' files of a running service, and what is in force of them.
pub struct LiveUnions {
    website: Website,
    settings: Settings,
    folder: TenantsFolder,
    in_force: UnionVersions,
    defaults: Option<String>,
    departed: BTreeMap<TenantSlug, (Arc<Tenant>, Timestamp)>,
    /// What was told of bad files, so that each finding is told once.
    told: BTreeSet<String>,
    notes: Vec<String>,
    /// The last look, where it was not what was read.
    looked: Option<FolderLook>,
    /// Why the last reading changed nothing.
    fault: Option<String>,
    kept: KeptVersions,
    nodes: NodeComparison,
    /// The files that something was wrong with at the last reading, by their union's id.
    bad: BTreeSet<String>,
    /// Whether a union goes on without its file, and when that was read: it may have been closed since.
    is_any_missing: bool,
    read_at: Timestamp,
}

impl LiveUnions {
    /// What the start has read.
    pub fn new(
        website: Website,
        settings: Settings,
        folder: TenantsFolder,
        loaded: &Loaded,
        known: &DatabaseFacts,
    ) -> Self {
        let defaults = match &loaded.shared {
            DefaultsSource::Read(text) => Some(text.clone()),
            DefaultsSource::Kept => known.defaults.clone(),
            DefaultsSource::BuiltIn | DefaultsSource::Broken => None,
        };
        let (in_force, notes) = (loaded.in_force.clone(), told::notes(loaded));
        let told = loaded.findings.iter().filter(|finding| finding.is_error()).map(shown).collect();
        let (departed, looked, fault) = (BTreeMap::new(), None, None);
        let read_at = website.portal().now();
        Self {
            kept: KeptVersions::after_start(loaded),
            nodes: NodeComparison::after_start(loaded),
            bad: bad_unions(loaded),
            is_any_missing: !loaded.missing.is_empty(),
            read_at,
            website,
            settings,
            folder,
            in_force,
            defaults,
            departed,
            told,
            notes,
            looked,
            fault,
        }
    }

    /// The version of each union that is in force.
    pub fn in_force(&self) -> &UnionVersions {
        &self.in_force
    }

    /// Looks at the folder: whether it changed since it was read. Where a union goes on without its file, it is read again
    /// each minute: whether it has been closed is known to the database alone.
    pub fn look(&mut self) -> FolderNews {
        if self.is_any_missing && self.website.portal().now().duration_since(self.read_at) >= nodes::COMPARED
        {
            return FolderNews::Changed;
        }
        let Ok(look) = self.folder.look() else {
            // Reading says why, once.
            return if self.fault.is_some() { FolderNews::Nothing } else { FolderNews::Changed };
        };
        if look == self.folder.as_read() && self.fault.is_none() {
            self.looked = None;
            return FolderNews::Nothing;
        }
        let is_settled = self.looked.as_ref() == Some(&look);
        self.looked = Some(look);
        if is_settled { FolderNews::Changed } else { FolderNews::Changing }
    }

    /// Ends the pages of unions that have shown for long enough that they have closed: their hosts are nobody's.
    pub fn end_departed(&mut self) {
        let (now, before) = (self.website.portal().now(), self.departed.len());
        self.departed.retain(|_, (_, until)| *until > now);
        if self.departed.len() != before {
            self.publish();
        }
    }

    fn publish(&self) {
        let departed = self.departed.values().map(|(tenant, _)| Arc::clone(tenant));
        let tenants = Tenants::of_versions(&self.in_force).with_departed(departed);
        let fault = self.fault.iter().map(|fault| format!("not read: {fault}"));
        let notes = fault.chain(self.notes.iter().cloned()).chain(told::differing(self.nodes.differing()));
        self.website.replace(tenants, notes.collect());
    }

    /// The unions of which another node serves another version.
    pub fn differing(&self) -> &[TenantSlug] {
        self.nodes.differing()
    }

    /// The folder that is read.
    pub fn folder(&self) -> &Path {
        &self.settings.tenants.dir
    }

    /// The unions whose version in force is not kept in the database yet.
    pub fn unkept(&self) -> usize {
        self.kept.unkept()
    }

    /// Compares what is served here with what the database keeps, once a minute at most.
    ///
    /// # Errors
    /// The database failed: it is tried again with the next look.
    pub async fn compare(&mut self) -> Result<(), StoreError> {
        let now = self.website.portal().now();
        if !self.nodes.are_due(now) {
            return Ok(());
        }
        let database = self.website.portal().store().everywhere().good_hashes().await?;
        self.kept.add_lost(&self.in_force, &database);
        if self.nodes.compare(&self.in_force, &self.kept, &database, now) {
            let differing = self.nodes.differing();
            told::log_differing(differing);
            self.website.portal().metrics().differ(differing.iter().take(told::COUNTED).cloned().collect());
            self.publish();
        }
        Ok(())
    }

    /// Keeps what is served, and says in the log what came of it: how many versions are kept now that were not.
    ///
    /// # Errors
    /// The database failed: it is tried again with the next look.
    pub async fn keep(&mut self) -> Result<usize, StoreError> {
        let portal = self.website.portal();
        self.kept.keep(portal.store(), &self.in_force, &self.folder, portal.now()).await
    }

    /// Reads the files again and puts what they say in force.
    ///
    /// # Errors
    /// [`ReloadFault`]; everything stays as it was.
    pub async fn reload(&mut self) -> Result<ReloadOutcome, ReloadFault> {
        let outcome = self.read_again().await;
        let fault = outcome.as_ref().err().map(|fault| fault.sentence(Language::En));
        if fault != self.fault {
            if let Some(fault) = &fault {
                tracing::error!(
                    fault,
                    "The unions' files could not be read again; all unions stay as they are"
                );
            }
            self.fault = fault;
            self.publish();
        }
        outcome
    }

    async fn read_again(&mut self) -> Result<ReloadOutcome, ReloadFault> {
        let began = SystemClock.now();
        let store = self.website.portal().store().clone();
        let now = self.website.portal().now();
        let known = unions::known_at(&store, now).await.map_err(ReloadFault::Database)?;
        let mut loaded = self.read_folder(&known, UnionVersions::new()).await?;
        let stored = unions::recall(&store, &self.settings, &known, &loaded, self.kept.gone()).await;
        if !stored.is_empty() {
            loaded = self.read_folder(&known, stored).await?;
        }
        if loaded.seen.is_empty() && !self.in_force.is_empty() {
            return Err(ReloadFault::Empty);
        }
        let changes = self.changes(&loaded);
        self.depart(&loaded, &changes);
        match &loaded.shared {
            DefaultsSource::Read(text) => self.defaults = Some(text.clone()),
            DefaultsSource::BuiltIn => self.defaults = None,
            DefaultsSource::Kept | DefaultsSource::Broken => {}
        }
        self.in_force.clone_from(&loaded.in_force);
        self.kept.follow(&loaded, &changes);
        self.nodes.follow(&loaded);
        (self.notes, self.looked) = (told::notes(&loaded), None);
        (self.is_any_missing, self.read_at) = (!loaded.missing.is_empty(), now);
        self.publish();
        unions::count(self.website.portal(), &loaded);
        unions::keep(&store, &loaded, &known).await;
        let terms = self.terms(&loaded, &changes).await;
        let took = SystemClock.now().duration_since(began);
        self.tell(&loaded, &changes, took);
        loaded.add(terms);
        let has_changed = |union: Option<&String>| {
            union.is_none_or(|union| changes.iter().any(|(changed, _)| changed == union))
        };
        let findings = loaded.findings.into_iter().filter(|finding| match finding.severity {
            Severity::Error => true,
            Severity::Warning => has_changed(finding.tenant.as_ref()),
            Severity::Note => false,
        });
        Ok(ReloadOutcome { findings: findings.collect(), unions: self.in_force.len(), took, changes })
    }

    /// What there is to say of the terms of unions that changed and of what their members accepted (D14).
    async fn terms(&self, loaded: &Loaded, changes: &[(String, UnionChange)]) -> Vec<Finding> {
        let is_new = |union: &str| {
            let of_union = changes.iter().filter(|(changed, _)| changed == union);
            of_union
                .into_iter()
                .any(|(_, change)| matches!(change, UnionChange::Added | UnionChange::Changed))
        };
        if !changes.iter().any(|(union, _)| is_new(union)) {
            return Vec::new();
        }
        let mut found = unions::terms_against(self.website.portal().store(), loaded).await;
        found.retain(|finding| finding.tenant.as_deref().is_some_and(is_new));
        told::log_terms(&found);
        found
    }

    /// Reads the folder until it did not change meanwhile.
    async fn read_folder(
        &mut self,
        known: &DatabaseFacts,
        stored: UnionVersions,
    ) -> Result<Loaded, ReloadFault> {
        let dir = self.settings.tenants.dir.clone();
        let dir_of_fault = dir.clone();
        let mut folder = std::mem::replace(&mut self.folder, TenantsFolder::new(&dir));
        let (settings, in_force) = (self.settings.clone(), self.in_force.clone());
        let defaults = self.defaults.clone().or_else(|| known.defaults.clone());
        let known = DatabaseFacts { defaults, ..known.clone() };
        let reading = tokio::task::spawn_blocking(move || {
            let options =
                LoadOptions { in_force: Some(&in_force), stored: Some(&stored), ..known.options(&settings) };
            let read = read_settled(&mut folder, &options);
            (folder, read)
        });
        let (folder, read) = reading.await.map_err(|_| ReloadFault::Panicked)?;
        self.folder = folder;
        read.map_err(|fault| ReloadFault::Folder(dir_of_fault, fault))
    }

    /// What became of each union that is not served as it was, or whose file is bad.
    fn changes(&self, loaded: &Loaded) -> Vec<(String, UnionChange)> {
        let mut changes = BTreeMap::new();
        for (slug, version) in &loaded.in_force {
            let change = match self.in_force.get(slug) {
                None => UnionChange::Added,
                Some(before) if before.hash != version.hash => UnionChange::Changed,
                Some(_) if loaded.missing.contains(slug.as_str()) => UnionChange::Missing,
                Some(_) if loaded.kept.contains(slug) => UnionChange::Kept,
                Some(_) => continue,
            };
            changes.insert(slug.to_string(), change);
        }
        let is_served =
            |union: &str| TenantSlug::parse(union).is_some_and(|slug| loaded.in_force.contains_key(&slug));
        for union in loaded.seen.iter().filter(|union| !is_served(union)) {
            changes.insert(union.clone(), UnionChange::LeftOut);
        }
        for slug in self.in_force.keys().filter(|slug| !loaded.in_force.contains_key(slug)) {
            changes.entry(slug.to_string()).or_insert(UnionChange::Removed);
        }
        changes.into_iter().collect()
    }

    /// Unions whose file is gone show for a while that they have closed.
    fn depart(&mut self, loaded: &Loaded, changes: &[(String, UnionChange)]) {
        self.departed.retain(|slug, _| !loaded.in_force.contains_key(slug));
        let now = self.website.portal().now();
        let until = now.checked_add(DEPARTED_FOR).unwrap_or(now);
        for (slug, version) in &self.in_force {
            let is_gone = changes
                .iter()
                .any(|(union, change)| union == slug.as_str() && *change == UnionChange::Removed);
            if is_gone && version.tenant.status != Status::Draft {
                self.departed.insert(slug.clone(), (Arc::clone(&version.tenant), until));
            }
        }
    }

    /// A line for what changed, and one for each bad file when it is new.
    fn tell(&mut self, loaded: &Loaded, changes: &[(String, UnionChange)], took: SignedDuration) {
        let errors = loaded.findings.iter().filter(|finding| finding.is_error());
        let errors: Vec<_> = errors.map(|finding| (shown(finding), finding)).collect();
        let new = errors.iter().filter(|(shown, _)| !self.told.contains(shown)).map(|(_, finding)| *finding);
        told::log_errors(loaded, new);
        self.told = errors.into_iter().map(|(shown, _)| shown).collect();
        let bad = bad_unions(loaded);
        let is_read = |union: &&String| match TenantSlug::parse(union) {
            Some(slug) => loaded.in_force.contains_key(&slug) && !loaded.kept.contains(&slug),
            None => *union == DEFAULTS && matches!(loaded.shared, DefaultsSource::Read(_)),
        };
        told::log_mended(self.bad.difference(&bad).filter(is_read).map(String::as_str));
        self.bad = bad;
        let of = |wanted: UnionChange| {
            let unions = changes.iter().filter(|(_, change)| *change == wanted);
            unions.map(|(union, _)| union.as_str()).collect::<Vec<_>>().join(" ")
        };
        let (added, changed, removed) =
            (of(UnionChange::Added), of(UnionChange::Changed), of(UnionChange::Removed));
        if !(added.is_empty() && changed.is_empty() && removed.is_empty()) {
            let (unions, millis) = (self.in_force.len(), took.as_millis());
            tracing::info!(added, changed, removed, unions, millis, "The unions' files were read again");
        }
    }
}

impl ReloadFault {
    /// The fault in words.
    pub fn sentence(&self, language: Language) -> String {
        let told = match self {
            Self::Folder(path, fault) => tenants_folder(path, fault),
            Self::Empty => said!("reload-fault-empty"),
            Self::Database(fault) => said!("reload-fault-database", why = fault.sentence(language)),
            Self::Panicked => said!("reload-fault-panicked"),
        };
        tell(language, &told)
    }
}

/// The files that something is wrong with, by their union's id.
fn bad_unions(loaded: &Loaded) -> BTreeSet<String> {
    let errors = loaded.findings.iter().filter(|finding| finding.is_error());
    errors.map(|finding| finding.tenant.clone().unwrap_or_else(|| DEFAULTS.to_owned())).collect()
}

fn shown(finding: &Finding) -> String {
    finding::shown(finding, Language::En)
}

/// Reads the folder until it did not change meanwhile; not for ever: the next look goes on.
fn read_settled(folder: &mut TenantsFolder, options: &LoadOptions<'_>) -> io::Result<Loaded> {
    let mut loaded = folder.read(options)?;
    for _ in 1..READINGS {
        if folder.look()? == folder.as_read() {
            break;
        }
        loaded = folder.read(options)?;
    }
    Ok(loaded)
}

/// The job that reads the files again. Cheap to clone; clones share the files.
#[derive(Clone)]
pub struct UnionReading {
    unions: Arc<Mutex<LiveUnions>>,
    asked: Arc<Mutex<mpsc::Receiver<FilesQuestion>>>,
    hang_up: Arc<Notify>,
}

impl UnionReading {
    /// Over these files; questions come by `asked`, and `hang_up` is told of SIGHUP.
    pub fn new(unions: LiveUnions, asked: mpsc::Receiver<FilesQuestion>, hang_up: Arc<Notify>) -> Self {
        Self { unions: Arc::new(Mutex::new(unions)), asked: Arc::new(Mutex::new(asked)), hang_up }
    }

    /// Reads the files again whenever somebody asks and whenever they changed, until `leaving` is cancelled.
    pub async fn follow(self, leaving: CancellationToken) {
        let mut next = LOOKS;
        let mut asked = self.asked.lock().await;
        loop {
            {
                let mut unions = self.unions.lock().await;
                let _ = unions.keep().await;
                let _ = unions.compare().await;
            }
            tokio::select! {
                () = leaving.cancelled() => return,
                () = self.hang_up.notified() => {
                    tracing::info!("SIGHUP: the unions' files are read again");
                    let _ = self.unions.lock().await.reload().await;
                }
                Some(question) = asked.recv() => self.answer(question).await,
                () = sleep(next) => next = self.look_again().await,
            }
        }
    }

    async fn answer(&self, question: FilesQuestion) {
        let mut unions = self.unions.lock().await;
        // Whoever asked may have left.
        let _ = match question {
            FilesQuestion::Reload(answer) => {
                let outcome = unions.reload().await;
                // Whoever is told that it is in force may rely on it, also over a restart.
                let kept = unions.keep().await;
                answer.send(answer::of_reload(&outcome, kept.err(), &unions))
            }
            FilesQuestion::InForce(answer) => answer.send(answer::in_force(&unions)),
        };
    }

    /// Looks at the folder and reads it where it changed: when to look again.
    async fn look_again(&self) -> Duration {
        let mut unions = self.unions.lock().await;
        unions.end_departed();
        match unions.look() {
            FolderNews::Changing => return SETTLES,
            FolderNews::Nothing => {}
            FolderNews::Changed => drop(unions.reload().await),
        }
        if unions.fault.is_none() {
            let portal = unions.website.portal();
            portal.metrics().job_done(Job::ReadUnions, portal.now());
        }
        LOOKS
    }
}
