//! Reading: the whole folder as one, and again after something changed. What is still as it was is not read twice.
//!
//! # Decision
//! Every reading judges the whole folder by the same rules, at the start, for `tenant check` and while the service runs.
//! What one file gave is kept with the size and the times of every file it depends on, and with what else its judgement
//! depends on; as long as all of that is the same, it is taken over. Rules between unions are asked anew each time.
//! # Because
//! of a thousand unions one changes at a time, and their members wait for it.
//! # Instead of
//! a second way to read, for changes only.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::civil::Date;

use super::{
    DEFAULTS, DefaultsSource, LARGEST, LoadOptions, Loaded, PasskeyCount, Tenants, UnionVersion,
    choosing::{ChosenVersions, choose},
    files::{self, FileBeside, FilesBeside},
    finding::{Finding, FindingCode, Severity},
    folder::{self, Folder},
    hosts::{self, ClaimSource},
    judging::{OneFile, is_erased, judge, own_issuer, own_passkeys},
    open, read_text, shape, sort,
    stamp::FileStamp,
    syntax,
    toml_file::TomlFile,
};
use crate::domain::{saying::said, tenant::TenantSlug};

/// From so many files on they are read by several threads.
const MANY: usize = 64;

/// A folder of unions' files, which may be read more than once.
#[derive(Debug)]
pub struct TenantsFolder {
    dir: PathBuf,
    kept: BTreeMap<String, KeptReading>,
    context: Option<SharedContext>,
    /// What the folder looked like when it was read.
    read: FolderLook,
}

/// What the folder looks like from outside: a digest of names, sizes and times, which of a thousand unions are a megabyte.
/// Two looks that differ mean that something changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FolderLook(u64);

impl FolderLook {
    fn of(files: &BTreeMap<&Path, Option<FileStamp>>, folders: &[String]) -> Self {
        let mut digest = DefaultHasher::new();
        (files, folders).hash(&mut digest);
        Self(digest.finish())
    }
}

/// What every union's reading depends on beside its own files.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SharedContext {
    defaults: Arc<str>,
    known: bool,
    base_domains: Vec<String>,
}

/// What one file gave, and what that depended on.
#[derive(Debug)]
struct KeptReading {
    own: PathBuf,
    stamp: Option<FileStamp>,
    beside: Box<[FileBeside]>,
    today: Date,
    passkeys: Vec<PasskeyCount>,
    issuer: Option<String>,
    erased: bool,
    read: Arc<OneFile>,
}

impl KeptReading {
    /// Whether reading the union again would give the same.
    fn holds(&self, stem: &str, known: &KnownByUnion<'_>, today: Date) -> bool {
        let mut last_days = self.read.last_days.iter();
        let passkeys = known.passkeys.get(stem).map(Vec::as_slice).unwrap_or_default();
        // Of a sound file nothing is said of its passkeys, however many are made meanwhile under the same id.
        let are_same = match &self.read.version {
            Some(version) => {
                let rp_id = &version.tenant.rp_id;
                let now = hosts::bound(stem, rp_id, passkeys.iter().copied());
                let then = hosts::bound(stem, rp_id, &self.passkeys);
                now.map(|bound| &bound.rp_id) == then.map(|bound| &bound.rp_id)
            }
            None => passkeys.iter().copied().eq(self.passkeys.iter()),
        };
        are_same
            && self.issuer.as_deref() == known.issuers.get(stem).copied()
            && self.erased == known.erased.contains(stem)
            && last_days.all(|day| (*day < self.today) == (*day < today))
            && self.files().all(|(path, stamp)| {
                stamp.is_none_or(FileStamp::is_settled) && FileStamp::of(path).as_ref() == stamp
            })
    }

    /// Every file it depends on, and what lay there.
    fn files(&self) -> impl Iterator<Item = (&Path, Option<&FileStamp>)> {
        let beside = self.beside.iter().map(|file| (file.path.as_path(), file.stamp.as_ref()));
        std::iter::once((self.own.as_path(), self.stamp.as_ref())).chain(beside)
    }
}

/// What the database knows, by union: of a thousand kept readings each asks for its own.
struct KnownByUnion<'o> {
    passkeys: HashMap<&'o str, Vec<&'o PasskeyCount>>,
    issuers: HashMap<&'o str, &'o str>,
    erased: HashSet<&'o str>,
}

impl<'o> KnownByUnion<'o> {
    fn of(options: &LoadOptions<'o>) -> Self {
        let mut passkeys: HashMap<&str, Vec<&PasskeyCount>> = HashMap::new();
        for count in options.kept {
            passkeys.entry(&count.tenant).or_default().push(count);
        }
        let issuers = options.issuers.iter().map(|(tenant, issuer)| (tenant.as_str(), issuer.as_str()));
        let erased = options.erased.iter().map(String::as_str);
        Self { passkeys, issuers: issuers.collect(), erased: erased.collect() }
    }
}

impl TenantsFolder {
    /// A folder that has not been read yet.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), kept: BTreeMap::new(), context: None, read: FolderLook::default() }
    }

    /// What the folder looks like now, with every file that the last reading asked for.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn look(&self) -> io::Result<FolderLook> {
        let folder = folder::look(&self.dir)?;
        let defaults = self.dir.join(DEFAULTS);
        let files: BTreeSet<&Path> = folder
            .paths()
            .map(PathBuf::as_path)
            .chain([defaults.as_path()])
            .chain(self.files_read())
            .collect();
        let files = files.into_iter().map(|path| (path, FileStamp::of(path)));
        Ok(FolderLook::of(&files.collect(), folder.folders()))
    }

    /// Every file that the last reading asked for on behalf of a union.
    fn files_read(&self) -> impl Iterator<Item = &Path> {
        self.kept.values().flat_map(KeptReading::files).map(|(path, _)| path)
    }

    /// The files of the last reading, and the folders they lie in, that belong to the superuser and that nobody else may read.
    pub fn for_owners_only(&self) -> Vec<Finding> {
        let Ok(folder) = folder::look(&self.dir) else { return Vec::new() };
        let defaults = self.dir.join(DEFAULTS);
        let there = || folder.paths().map(PathBuf::as_path);
        let files = || self.files_read().chain(there()).chain([defaults.as_path()]);
        let folders = files().filter_map(Path::parent).filter(|folder| *folder != self.dir);
        let paths: BTreeSet<&Path> = files().chain(folders).collect();
        paths.into_iter().filter_map(|path| folder::for_owner_only(&self.dir, path)).collect()
    }

    /// What it looked like when it was read.
    pub fn as_read(&self) -> FolderLook {
        self.read
    }

    /// Reads every union's file. Fails only when the folder itself cannot be read.
    pub fn read(&mut self, options: &LoadOptions<'_>) -> io::Result<Loaded> {
        let folder = folder::look(&self.dir)?;
        let path = self.dir.join(DEFAULTS);
        // Before their content: what changes meanwhile is noticed at the next look.
        let paths = folder.paths().map(PathBuf::as_path).chain([path.as_path()]);
        let mut files: BTreeMap<&Path, _> = paths.map(|path| (path, FileStamp::of(path))).collect();
        let loaded = self.read_all(&folder, &path, options);
        let read = self.kept.values().flat_map(KeptReading::files);
        files.extend(read.map(|(path, stamp)| (path, stamp.cloned())));
        self.read = FolderLook::of(&files, folder.folders());
        Ok(loaded)
    }

    fn read_all(&mut self, folder: &Folder, path: &Path, options: &LoadOptions<'_>) -> Loaded {
        let (text, absent) = match read_text(path, DEFAULTS, None) {
            Ok(text) => (Ok(text), false),
            Err(None) => (Ok(String::new()), true),
            Err(Some(finding)) => (Err(finding), false),
        };
        let mut told = match text {
            // A full disk, or an editor that is at it, leaves a file that is there and holds nothing.
            Ok(text)
                if text.trim().is_empty() && options.defaults.is_some_and(|kept| !kept.trim().is_empty()) =>
            {
                vec![gone(path)]
            }
            // Over values that are not going to be in force nothing is read.
            Ok(text)
                if options.defaults.is_some_and(|kept| kept != text)
                    && !shared_errors(path, &text).is_empty() =>
            {
                shared_errors(path, &text)
            }
            Ok(text) => {
                let shared =
                    if absent { DefaultsSource::BuiltIn } else { DefaultsSource::Read(text.clone()) };
                let loaded = self.read_over(folder, &text, shared, options);
                // Also a value that breaks a rule only together with a union's own.
                if !loaded.findings.iter().any(is_shared_error) {
                    return loaded;
                }
                let Some(_) = options.defaults.filter(|kept| *kept != text) else {
                    return Loaded { shared: DefaultsSource::Broken, ..loaded };
                };
                loaded.findings.into_iter().filter(is_shared_error).collect()
            }
            Err(finding) => vec![*finding],
        };
        let mut loaded = match options.defaults {
            Some(kept) => self.read_over(folder, kept, DefaultsSource::Kept, options),
            None => self.read_over(folder, "", DefaultsSource::Broken, options),
        };
        // The kept text was judged when it was kept.
        loaded.findings.retain(|finding| finding.tenant.is_some() || finding.code == FindingCode::Stray);
        loaded.findings.append(&mut told);
        sort(&mut loaded.findings);
        loaded
    }

    /// Everything that a version was made of, for whoever keeps it. `None` where the folder holds another one by now.
    pub fn content(&self, version: &UnionVersion) -> Option<VersionContent> {
        let kept = self.kept.get(version.tenant.slug.as_str())?;
        let bytes = |file: &FileBeside| Some((file.key.clone(), open::bytes(&file.path, LARGEST).ok()?));
        let beside: BTreeMap<_, _> = kept.beside.iter().map(bytes).collect::<Option<_>>()?;
        let is_same = files::hash_of_kept(&[&version.file, &version.defaults], &beside) == version.hash;
        is_same.then(|| VersionContent {
            file: version.file.to_string(),
            defaults: version.defaults.to_string(),
            beside,
        })
    }

    /// Reads the unions over one text of shared values.
    fn read_over(
        &mut self,
        folder: &Folder,
        text: &str,
        shared: DefaultsSource,
        options: &LoadOptions<'_>,
    ) -> Loaded {
        let source = syntax::read(text);
        let values = TomlFile::parse(self.dir.join(DEFAULTS), None, &source);
        let mut findings = shape::check(&values);
        let broken = shared == DefaultsSource::Broken || findings.iter().any(Finding::is_error);
        self.read_files(folder, &values, &Arc::from(text), !broken, options);
        let files = folder.files.iter().filter_map(|(stem, _)| self.kept.get(stem).map(|kept| (stem, kept)));
        let mut files: Vec<_> = files.map(|(stem, kept)| (stem.as_str(), Some(&kept.read))).collect();
        findings.extend(self.kept.values().flat_map(|kept| kept.read.findings.iter().cloned()));
        let folders: BTreeSet<&str> =
            self.kept.values().flat_map(|kept| kept.read.folders.iter().map(String::as_str)).collect();
        let of_folder = folder.findings(&self.dir, &folders);
        // Whose file was meant and is not read is a union with a bad file.
        let lost =
            of_folder.iter().filter(|finding| finding.code == FindingCode::Stray && finding.is_error());
        let lost = lost.filter_map(|finding| finding.tenant.as_deref());
        files.extend(lost.filter(|stem| TenantSlug::parse(stem).is_some()).map(|stem| (stem, None)));
        files.sort_by_key(|(stem, file)| (*stem, file.is_none()));
        files.dedup_by_key(|(stem, _)| *stem);
        let seen: Vec<String> = files.iter().map(|(stem, _)| (*stem).to_owned()).collect();
        // A file that went between the look and the reading is gone as well.
        let without: Vec<_> = options
            .members
            .iter()
            .filter(|(tenant, members)| *members > 0 && !self.kept.contains_key(tenant))
            .collect();
        let is_seen = |tenant: &str| seen.binary_search_by(|seen| seen.as_str().cmp(tenant)).is_ok();
        let gone = without.iter().map(|(tenant, _)| tenant.as_str()).filter(|tenant| !is_seen(tenant));
        let gone: BTreeSet<&str> = gone.filter(|tenant| TenantSlug::parse(tenant).is_some()).collect();
        let ChosenVersions { versions: chosen, told, ended } = choose(&files, &gone, broken, options);
        findings.extend(told);
        let named = files.iter().filter_map(|(_, file)| file.and_then(|file| file.named.clone())).collect();
        findings.extend(of_folder);
        for (tenant, members) in &without {
            let severity = if ended.contains(tenant) { Severity::Warning } else { Severity::Error };
            findings.push(folder::members_without_file(&self.dir, tenant, *members, severity));
        }
        let missing = gone.iter().map(|tenant| (*tenant).to_owned()).filter(|tenant| !ended.contains(tenant));
        let missing = missing.collect();
        sort(&mut findings);
        let shared = if broken { DefaultsSource::Broken } else { shared };
        let kept = chosen.iter().filter(|chosen| chosen.source != ClaimSource::File);
        let kept = kept.map(|chosen| chosen.version.tenant.slug.clone()).collect();
        let in_force: BTreeMap<_, _> =
            chosen.into_iter().map(|chosen| (chosen.version.tenant.slug.clone(), chosen.version)).collect();
        let tenants = Tenants::of_versions(&in_force);
        Loaded { tenants, findings, seen, missing, named, shared, in_force, kept }
    }

    /// Reads the files that are not still as they were.
    fn read_files(
        &mut self,
        folder: &Folder,
        values: &TomlFile<'_>,
        text: &Arc<str>,
        known: bool,
        options: &LoadOptions<'_>,
    ) {
        let base_domains = options.base_domains.to_vec();
        let context = SharedContext { defaults: Arc::clone(text), known, base_domains };
        if self.context.as_ref() != Some(&context) {
            self.kept.clear();
        }
        self.context = Some(context);
        let mut before = std::mem::take(&mut self.kept);
        let (mut kept, mut changed) = (BTreeMap::new(), Vec::new());
        let known_by_union = KnownByUnion::of(options);
        for (stem, path) in &folder.files {
            let holds = |reading: &KeptReading| reading.holds(stem, &known_by_union, options.today);
            match before.remove(stem).filter(holds) {
                Some(reading) => drop(kept.insert(stem.clone(), reading)),
                None => changed.push((stem, path)),
            }
        }
        let dir = &self.dir;
        let read = |part: &[(&String, &PathBuf)]| -> Vec<(String, KeptReading)> {
            let read = part.iter().filter_map(|(stem, path)| {
                Some(((*stem).clone(), read_one(stem, path, (values, text), known, dir, options)?))
            });
            read.collect()
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        if changed.len() < MANY || threads == 1 {
            kept.extend(read(&changed));
        } else {
            let parts = changed.chunks(changed.len().div_ceil(threads));
            std::thread::scope(|scope| {
                let running: Vec<_> = parts.map(|part| scope.spawn(|| read(part))).collect();
                for part in running {
                    match part.join() {
                        Ok(read) => kept.extend(read),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
            });
        }
        self.kept = kept;
    }
}

/// Everything that one version of a union was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionContent {
    /// The text of the union's file.
    pub file: String,
    /// The text of the shared values.
    pub defaults: String,
    /// The files that the union names, by the key that names each.
    pub beside: BTreeMap<String, Vec<u8>>,
}

impl VersionContent {
    /// The version that this is, by the rules of today. `None` where it breaks one of them, or is no union's.
    ///
    /// `dir` and `slug` say where its file would lie.
    pub fn judged(
        &self,
        dir: &Path,
        slug: &TenantSlug,
        options: &LoadOptions<'_>,
    ) -> Option<Arc<UnionVersion>> {
        let (shared, source) = (syntax::read(&self.defaults), syntax::read(&self.file));
        let values = TomlFile::parse(dir.join(DEFAULTS), None, &shared);
        if shape::check(&values).iter().any(Finding::is_error) {
            return None;
        }
        let own = TomlFile::parse(dir.join(format!("{slug}.toml")), Some(slug.to_string()), &source);
        let beside = FilesBeside::kept(&self.beside);
        judge(&own, (&values, &Arc::from(self.defaults.as_str())), true, &beside, options).version
    }
}

/// Reads one union over the shared values and their text. `None` where its file is gone.
fn read_one(
    stem: &str,
    path: &Path,
    (values, shared): (&TomlFile<'_>, &Arc<str>),
    known: bool,
    dir: &Path,
    options: &LoadOptions<'_>,
) -> Option<KeptReading> {
    // Before its content: what changes meanwhile is noticed at the next look.
    let stamp = FileStamp::of(path);
    let beside = FilesBeside::of_folder(dir);
    let read = match read_text(path, &format!("{stem}.toml"), Some(stem)) {
        Ok(text) => {
            let source = syntax::read(&text);
            let own = TomlFile::parse(path.to_owned(), Some(stem.to_owned()), &source);
            judge(&own, (values, shared), known, &beside, options)
        }
        Err(None) => return None,
        Err(Some(finding)) => OneFile::unread(vec![*finding]),
    };
    Some(KeptReading {
        own: path.to_owned(),
        stamp,
        beside: beside.looked_at(),
        today: options.today,
        passkeys: own_passkeys(stem, options).cloned().collect(),
        issuer: own_issuer(stem, options).map(str::to_owned),
        erased: is_erased(stem, options),
        read: Arc::new(read),
    })
}

/// What is wrong with the shared values alone.
fn shared_errors(path: &Path, text: &str) -> Vec<Finding> {
    let source = syntax::read(text);
    let values = TomlFile::parse(path.to_owned(), None, &source);
    shape::check(&values).into_iter().filter(is_shared_error).collect()
}

/// An error in the shared values: every union's.
fn is_shared_error(finding: &Finding) -> bool {
    finding.is_error() && finding.tenant.is_none() && finding.code != FindingCode::Stray
}

/// The shared values were there once; their file is not, or is empty.
fn gone(path: &Path) -> Finding {
    folder::about(
        path.to_owned(),
        None,
        FindingCode::Unreadable,
        Severity::Error,
        said!("finding-defaults-gone", file = DEFAULTS),
        said!("finding-defaults-gone-help"),
    )
}
