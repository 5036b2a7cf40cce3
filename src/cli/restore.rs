//! `restore`: a backup into an empty place, and the end of what must not live on in a database that was put back
//! (M11, R18).
//!
//! On SQLite everything is done in a copy beside the place; the database appears there finished, or not at all. On
//! PostgreSQL its own tools bring the rows back, and `restore --finish` ends what has to end; until then nothing but that
//! starts on it.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use rustix::fs::Access;
use serde_json::{Value, json};

use super::{
    CommandFault, Exit, STANDARD,
    backup::{
        copied, digest,
        sum::{ComparedWith, ExpectedSum},
    },
    member::moment,
    operator,
    serve::{compare_keys, open_unfinished, shown_database, sqlite_file},
    tell,
};
use crate::{
    domain::{
        audit::doing::Doing,
        restore::{InFlight, InFlightCounts, StoreOrigin},
        saying::{Saying, said},
        tenant::Language,
    },
    portal::restore::{Restore, Restored},
    settings::Settings,
    store::{
        Limits, Store,
        backup::{BackupFacts, TargetPlace, place},
    },
    world::{SystemClock, SystemRandom, new_file::NewFile, plain_file},
};

/// `restore`.
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[derive(Debug, Args)]
#[group(id = "what", required = true, args = ["file", "finish", "moved"])]
pub struct RestoreArgs {
    /// backup が書いたファイル(SQLite) / a file that `backup` wrote (SQLite)
    pub file: Option<PathBuf>,
    /// 戻したデータベースの仕上げ / end what must not live on in a database that was put back
    #[arg(long)]
    pub finish: bool,
    /// 戻した目印がなくても: ファイルの写し、スナップショット、ある時点 / although the database carries no mark of a restore: files, a snapshot, a point in time
    #[arg(long, requires = "finish")]
    pub unmarked: bool,
    /// 引っ越し(戻したのではない) / it was moved here on purpose, and nothing ran since the copy was made: nothing ends
    #[arg(long)]
    pub moved: bool,
    /// 控えてある SHA-256 / the SHA-256 that `backup` printed: refused where the file has another one
    #[arg(long, value_name = "HEX", requires = "file", conflicts_with_all = ["finish", "moved"])]
    pub sha256: Option<String>,
    /// 理由(必ず) / why, always asked for: it stands in the trail of every union
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// 書かずに確かめる / check everything and say what would end, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// 機械向け / for machines
    #[arg(long)]
    pub json: bool,
}

/// Where words and data go.
struct RestoreVoice<'w> {
    dry_run: bool,
    json: bool,
    language: Language,
    out: &'w mut dyn Write,
    err: &'w mut dyn Write,
}

/// `restore FILE`, `restore --finish`, `restore --moved`: what ended to `out`, words to `err`.
pub async fn run(
    settings: &Settings,
    args: &RestoreArgs,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let doing = operator::of_the_agency("restore", Some(operator::reason(args.reason.as_deref())?));
    let voice = RestoreVoice { dry_run: args.dry_run, json: args.json, language, out, err };
    match &args.file {
        Some(file) => from_file(settings, (file, args.sha256.as_deref()), &doing, voice).await,
        None => in_place(settings, args, &doing, voice).await,
    }
}

/// Puts a backup into the place of the settings' database.
async fn from_file(
    settings: &Settings,
    (file, typed): (&Path, Option<&str>),
    doing: &Doing,
    voice: RestoreVoice<'_>,
) -> Result<Exit, CommandFault> {
    let url = &settings.database.url;
    let Some(target) = sqlite_file(url) else {
        let (file, url) = (file.to_owned(), shown_database(settings));
        return Err(CommandFault::RestoreByPostgres { file, url });
    };
    if file.as_os_str() == STANDARD {
        return Err(CommandFault::RestoreFromInput);
    }
    let found = free(&target).await?;
    let failed = |fault| CommandFault::File(file.to_owned(), fault);
    drop(plain_file::open(file).map_err(failed)?);
    let expected = ExpectedSum::of(file, typed)?;
    let (bytes, sha256) = digest(file).map_err(failed)?;
    let compared = expected.compare(file, &sha256)?;
    let summed = Summed { sha256: &sha256, compared };
    has_room(&target, bytes)?;
    let source = Store::open_file_to_read(file, Limits::BATCH).await?;
    let looked = look(&source, file, settings, doing).await;
    source.close().await;
    let (facts, before) = looked?;
    if voice.dry_run {
        return voice.restored(&before, Some((&facts, summed)));
    }
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|fault| CommandFault::File(folder.to_owned(), fault))?;
    }
    let at_target = |fault| CommandFault::File(target.clone(), fault);
    let new =
        if found == TargetPlace::Empty { NewFile::in_place_of(&target) } else { NewFile::begin(&target) };
    let new = new.map_err(at_target)?;
    let (_, now) =
        copied(&mut plain_file::open(file).map_err(failed)?, &mut new.content()).map_err(at_target)?;
    if now != sha256 {
        // What was looked at is not what was copied.
        let (path, expected) = (file.to_owned(), sha256.clone());
        return Err(CommandFault::SumDiffers { path, found: now, expected, beside: None });
    }
    new.give_to_owner_of_folder().map_err(at_target)?;
    let restored = if facts.missing.is_empty() {
        let store = Store::open_file(new.part(), Limits::BATCH).await?;
        let restored = restore(&store, doing).finish().await;
        store.close().await;
        restored?
    } else {
        before
    };
    // What came to the place meanwhile stays.
    free(&target).await?;
    new.finish().map_err(at_target)?;
    voice.restored(&restored, Some((&facts, summed)))
}

/// The sum of the file that is restored.
#[derive(Debug, Clone, Copy)]
struct Summed<'a> {
    sha256: &'a str,
    /// With what it was compared, if with anything.
    compared: Option<ComparedWith>,
}

/// Whether a file of that size can be made there, as far as can be told without making one: the folder, or the one in which
/// it would be made, can be written and has room.
fn has_room(target: &Path, bytes: u64) -> Result<(), CommandFault> {
    let whole = std::path::absolute(target).map_err(|fault| CommandFault::File(target.to_owned(), fault))?;
    let folder = whole.parent().unwrap_or(Path::new("/"));
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    let failed = |fault: io::Error| CommandFault::File(there.to_owned(), fault);
    if !there.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    let writable = Access::WRITE_OK | Access::EXEC_OK;
    rustix::fs::access(there, writable).map_err(|fault| failed(fault.into()))?;
    match rustix::fs::statvfs(there) {
        Ok(found) if found.f_bavail.saturating_mul(found.f_frsize) < bytes => {
            Err(failed(io::ErrorKind::StorageFull.into()))
        }
        // Where nothing is known of the disk, the copying says it.
        _ => Ok(()),
    }
}

/// A place that nobody uses and where nothing is.
async fn free(target: &Path) -> Result<TargetPlace, CommandFault> {
    let path = target.to_owned();
    match place(target).await? {
        found @ (TargetPlace::Free | TargetPlace::Empty) => Ok(found),
        TargetPlace::InUse => Err(CommandFault::StoreInUse),
        TargetPlace::Taken => Err(CommandFault::RestoreTaken(path)),
        TargetPlace::Leftover => Err(CommandFault::RestoreLeftover(path)),
    }
}

/// Looks at a backup: whether it is whole and fits this program and the ring, and what a restore would end.
async fn look(
    source: &Store,
    file: &Path,
    settings: &Settings,
    doing: &Doing,
) -> Result<(BackupFacts, Restored), CommandFault> {
    let facts = source.as_backup().await;
    let facts = facts.map_err(|flaw| CommandFault::Backup { path: file.to_owned(), flaw })?;
    compare_keys(source, settings).await?;
    // A database of an older program may lack tables that are looked into.
    let before =
        if facts.missing.is_empty() { restore(source, doing).preview().await? } else { Restored::default() };
    Ok((facts, before))
}

fn restore<'a>(store: &'a Store, doing: &'a Doing) -> Restore<'a> {
    Restore { store, clock: &SystemClock, rng: &SystemRandom, doing }
}

/// Finishes a database that was put back by other means.
async fn in_place(
    settings: &Settings,
    args: &RestoreArgs,
    doing: &Doing,
    voice: RestoreVoice<'_>,
) -> Result<Exit, CommandFault> {
    let url = &settings.database.url;
    if let Some(file) = sqlite_file(url)
        && place(&file).await? == TargetPlace::InUse
    {
        return Err(CommandFault::StoreInUse);
    }
    let store = open_unfinished(url).await?.with_limits(Limits::BATCH);
    if let Some(path) = sqlite_file(url) {
        let own = store.own_objects().await;
        own.map_err(|flaw| CommandFault::Backup { path, flaw })?;
    }
    let done = finish(&store, settings, args, doing, voice).await;
    store.close().await;
    done
}

/// How often it is asked, in the space of two seconds, whether somebody else is connected.
const ASKED: u32 = 20;
/// Between two such questions.
const BETWEEN: Duration = Duration::from_millis(100);

/// Whether nobody else is connected. PostgreSQL lists a connection for a moment after its program has ended.
async fn is_alone(store: &Store) -> Result<bool, CommandFault> {
    for _ in 1..ASKED {
        if store.other_connections().await? == 0 {
            return Ok(true);
        }
        tokio::time::sleep(BETWEEN).await;
    }
    Ok(store.other_connections().await? == 0)
}

async fn finish(
    store: &Store,
    settings: &Settings,
    args: &RestoreArgs,
    doing: &Doing,
    voice: RestoreVoice<'_>,
) -> Result<Exit, CommandFault> {
    if !is_alone(store).await? {
        return Err(CommandFault::StoreInUse);
    }
    let restore = restore(store, doing);
    let origin = store.origin().await?;
    compare_keys(store, settings).await?;
    if args.moved {
        if !origin.is_unfinished() {
            return voice.said("not-marked", Exit::Fine, &said!("restore-not-marked"));
        }
        if !args.dry_run {
            restore.moved().await?;
        }
        return voice.said("moved", Exit::Fine, &said!("restore-moved", dry = u8::from(args.dry_run)));
    }
    // What a copy says of nodes is of the time when it was made, and none can have started on it since.
    let nodes = if origin.is_unfinished() { 0 } else { restore.nodes().await? };
    if nodes > 0 {
        return Err(CommandFault::NodesRun(nodes));
    }
    if !origin.is_unfinished() && !args.unmarked {
        return match (origin, restore.preview().await?.is_nothing()) {
            (StoreOrigin { finished_at: Some(at), .. }, true) => {
                voice.said("finished", Exit::Fine, &said!("restore-finished-already", at = moment(at)))
            }
            _ => voice.said("unmarked", Exit::Problems, &said!("restore-unmarked")),
        };
    }
    let restored = if args.dry_run { restore.preview().await? } else { restore.finish().await? };
    voice.restored(&restored, None)
}

impl RestoreVoice<'_> {
    /// Nothing but words.
    fn said(self, word: &str, exit: Exit, saying: &Saying) -> Result<Exit, CommandFault> {
        if self.json {
            writeln!(self.out, "{:#}", json!({ "answer": word, "dry_run": self.dry_run }))?;
        }
        writeln!(self.err, "{}", tell(self.language, saying))?;
        Ok(exit)
    }

    /// What ended, and what is to be done next.
    fn restored(
        self,
        restored: &Restored,
        from: Option<(&BackupFacts, Summed<'_>)>,
    ) -> Result<Exit, CommandFault> {
        let (facts, summed) = from.unzip();
        let missing = facts.map(|facts| facts.missing.as_slice()).unwrap_or_default();
        let answer = match (missing.is_empty(), self.dry_run) {
            (false, _) => "older",
            (true, true) => "would-restore",
            (true, false) => "restored",
        };
        if self.json {
            let unions: BTreeMap<_, _> =
                restored.unions.iter().map(|(union, ended)| (union, by_word(ended))).collect();
            let all: InFlightCounts =
                InFlight::ALL.into_iter().map(|kind| (kind, restored.all(kind))).collect();
            let told = json!({
                "answer": answer, "dry_run": self.dry_run, "ended": by_word(&all), "unions": unions,
                "first_passwords_given_up": restored.first_passwords, "missing_migrations": missing,
                "backup_at": restored.backup_at.or(facts.map(|facts| facts.made_at)).map(|at| at.to_string()),
                "rows": facts.map(|facts| &facts.rows), "sha256": summed.map(|summed| summed.sha256),
                "compared_with": summed.and_then(|summed| summed.compared).map(|with| match with {
                    ComparedWith::File => "file",
                    ComparedWith::Typed => "argument",
                }),
            });
            writeln!(self.out, "{told:#}")?;
        }
        let dry = u8::from(self.dry_run);
        if let Some(Summed { sha256, compared: None }) = summed {
            writeln!(self.err, "{}", tell(self.language, &said!("restore-not-compared", sha256)))?;
        }
        if !missing.is_empty() {
            let missing = format!("{missing:?}");
            writeln!(self.err, "{}", tell(self.language, &said!("restore-older", missing, dry)))?;
            return Ok(Exit::Problems);
        }
        let is_compared = summed.is_some_and(|summed| summed.compared.is_some());
        for saying in sentences(restored, facts.map(|facts| (facts, is_compared)), dry) {
            writeln!(self.err, "{}", tell(self.language, &saying))?;
        }
        Ok(Exit::Fine)
    }
}

fn sentences(restored: &Restored, from: Option<(&BackupFacts, bool)>, dry: u8) -> Vec<Saying> {
    let mut told = Vec::new();
    if let Some((facts, is_compared)) = from {
        let rows = |table: &str| facts.rows.get(table).copied().unwrap_or(0);
        let (members, trail) = (rows("member"), rows("audit"));
        let at = moment(facts.made_at);
        told.push(if is_compared {
            said!("restore-whole", at, members, trail)
        } else {
            said!("restore-readable", at, members, trail)
        });
    }
    let all = |kind| restored.all(kind);
    told.push(said!(
        "restore-ended",
        dry,
        sessions = all(InFlight::Session),
        attempts = all(InFlight::Attempt) + all(InFlight::Ceremony) + all(InFlight::RecoveryAsk),
        codes = all(InFlight::LinkOrCode) + all(InFlight::Wait),
        browsers = all(InFlight::KnownBrowser),
        addresses = all(InFlight::PendingAddress),
        letters = all(InFlight::Letter),
        unions = restored.unions.len()
    ));
    for (union, count) in &restored.first_passwords {
        told.push(said!("restore-first-passwords", union, count = *count));
    }
    if dry == 0 {
        told.push(said!("restore-next"));
    }
    told
}

fn by_word(counts: &InFlightCounts) -> Value {
    counts.iter().map(|(kind, count)| (kind.word().to_owned(), json!(count))).collect()
}
