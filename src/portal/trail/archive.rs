//! Archive: old rows of a trail go into a file, and the chain begins behind them ([D35]).
//!
//! # Decision
//! Whole seals are archived, oldest first. The file is written and synced before anything is removed; then a few seals at a
//! time go in transactions of their own, each of which lifts the triggers, moves the anchor, says so in the trail and puts
//! the triggers back.
//! # Because
//! What is in no file must not be gone, and whoever signs in meanwhile waits no longer than for one short transaction. An
//! archive that is killed anywhere is run again with the same file: it goes on where it stopped.
//! # Instead of
//! One transaction over years of rows.
//!
//! [D35]: crate::rules::decisions#d35

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::check::{TrailFlaw, TrailReport, check_trail};
use crate::{
    domain::{
        audit::{
            Event,
            chain::{Head, Seal, TrailRow},
            doing::Doing,
        },
        member::EventId,
        tenant::TenantSlug,
    },
    store::{Read, Store, StoreError, StoreResult, audit, chain},
    world::{Clock, RandomError, RandomSource, random_bytes},
};

/// Seals that are removed in one transaction: at most 10,000 rows.
const AT_ONCE: usize = 10;
/// Rows that are read at once.
const ROWS: u32 = 1000;

/// The deed of archiving.
#[derive(Debug)]
pub struct Archive<'a> {
    /// The store, opened as the tables' owner.
    pub store: &'a Store,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The random source.
    pub rng: &'a dyn RandomSource,
    /// Whose trail it is.
    pub tenant: &'a TenantSlug,
    /// Who does it, and why.
    pub doing: &'a Doing,
}

/// An archive that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archived {
    /// How many rows the file holds.
    pub rows: u64,
    /// Where the chain begins now.
    pub head: Head,
    /// Whether the file was there from a run that was stopped.
    pub resumed: bool,
}

/// Why nothing, or not everything, was archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveStop {
    /// The chain is not as it was sealed. Nothing is removed of it.
    #[error("the trail is not as it was sealed")]
    Broken(Box<TrailReport>),
    /// No seal holds older rows only.
    #[error("nothing is as old")]
    Nothing,
    /// The file is there, and is not this archive.
    #[error("the file {} is another one", .0.display())]
    OtherFile(PathBuf),
    /// The file cannot be written or read.
    #[error("the file {}: {source}", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database's account does not own the tables.
    #[error("not the owner")]
    NotOwner,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] RandomError),
}

/// What a file says of itself: how many rows, up to which seal, and its SHA-256.
struct Written {
    rows: u64,
    through: Head,
    sha256: String,
}

impl Archive<'_> {
    /// Archives every seal whose rows are all older than `before` into `path`. The newest seal stays.
    ///
    /// # Errors
    /// [`ArchiveStop`]. Run again with the same file, it goes on where it stopped.
    pub async fn run(&self, before: Timestamp, path: &Path) -> Result<Archived, ArchiveStop> {
        let at = |source| ArchiveStop::File { path: path.to_owned(), source };
        let report = check_trail(self.store, self.tenant, None).await?;
        if !report.is_sound() {
            return Err(ArchiveStop::Broken(Box::new(report)));
        }
        let resumed = path.exists();
        let written = if resumed {
            self.read(path).map_err(at)?.ok_or_else(|| ArchiveStop::OtherFile(path.to_owned()))?
        } else {
            let through = self.last_older(before).await?.ok_or(ArchiveStop::Nothing)?;
            self.write(path, through).await?
        };
        self.remove(path, &written).await?;
        Ok(Archived { rows: written.rows, head: written.through, resumed })
    }

    /// The last seal of those at the beginning whose rows are all older.
    async fn last_older(&self, before: Timestamp) -> StoreResult<Option<Head>> {
        let mut tx = self.store.tenant(self.tenant).read().await?;
        let newest = chain::head(&mut tx).await?.number;
        let mut after = chain::anchor(&mut tx).await?.map_or(0, |(head, _)| head.number);
        let mut last = None;
        while let Some(seal) = chain::seals(&mut tx, after, 1).await?.pop() {
            let rows = Self::rows_of(&mut tx, &seal).await?;
            if seal.number == newest || rows.iter().any(|row| row.at >= before) {
                break;
            }
            (after, last) = (seal.number, seal.head());
        }
        Ok(last)
    }

    /// The rows that a seal names.
    async fn rows_of(tx: &mut Read, seal: &Seal) -> StoreResult<Vec<TrailRow>> {
        let ids: Vec<_> = seal.rows().map(|(id, _)| id).collect();
        let (Some(mut from), Some(to)) = (ids.first().copied(), ids.last().copied()) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::with_capacity(ids.len());
        loop {
            let page = chain::rows(tx, from, to, ROWS).await?;
            let next = page.last().map(|row| row.id).filter(|_| page.len() == ROWS as usize);
            found.extend(page.into_iter().filter(|row| ids.binary_search(&row.id).is_ok()));
            let Some(last) = next else { return Ok(found) };
            from = uuid::Uuid::from_u128(last.as_u128().saturating_add(1));
        }
    }

    /// Writes the file beside its name, and gives it the name once it is on the disk.
    async fn write(&self, path: &Path, through: Head) -> Result<Written, ArchiveStop> {
        let at = |source| ArchiveStop::File { path: path.to_owned(), source };
        let partial = PathBuf::from(format!("{}.partial", path.display()));
        let mut options = File::options();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = HashedFile::new(options.open(&partial).map_err(at)?);
        let mut tx = self.store.tenant(self.tenant).read().await?;
        let mut after = chain::anchor(&mut tx).await?.map_or(Head::NONE, |(head, _)| head);
        file.line(&json!({
            "archive": 1, "tenant": self.tenant.as_str(), "behind": after.number, "before": after.hex(),
        }))
        .map_err(at)?;
        let mut count = 0;
        while after.number < through.number
            && let Some(seal) = chain::seals(&mut tx, after.number, 1).await?.pop()
        {
            for row in Self::rows_of(&mut tx, &seal).await? {
                file.line(&row_line(&row, seal.number)).map_err(at)?;
                count += 1;
            }
            file.line(&json!({
                "seal": seal.number, "sealed_at": seal.sealed_at.to_string(),
                "before": HEXLOWER.encode(&seal.before), "hash": HEXLOWER.encode(&seal.hash),
                "entries": HEXLOWER.encode(&seal.entries),
            }))
            .map_err(at)?;
            after = seal.head().unwrap_or(after);
        }
        file.line(&json!({ "rows": count, "through": through.number, "hash": through.hex() })).map_err(at)?;
        let sha256 = file.end().map_err(at)?;
        fs::rename(&partial, path).map_err(at)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).map_err(at)?;
        Ok(Written { rows: count, through, sha256 })
    }

    /// What a file of an earlier run says; `None` where it is none of this union's archives.
    fn read(&self, path: &Path) -> io::Result<Option<Written>> {
        let mut file = File::open(path)?;
        let mut first = String::new();
        BufReader::new(&file).take(4096).read_line(&mut first)?;
        let first: Value = serde_json::from_str(&first).unwrap_or_default();
        if begins(&first).is_none_or(|(union, _)| union != self.tenant.as_str()) {
            return Ok(None);
        }
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(4096)))?;
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        let last = end.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let last: Value = serde_json::from_slice(last).unwrap_or_default();
        let Some((through, rows)) = end_of(&last) else { return Ok(None) };
        file.seek(SeekFrom::Start(0))?;
        let mut sha256 = Sha256::new();
        let mut reader = BufReader::new(file);
        loop {
            let read = reader.fill_buf()?;
            if read.is_empty() {
                break;
            }
            sha256.update(read);
            let length = read.len();
            reader.consume(length);
        }
        Ok(Some(Written { rows, through, sha256: HEXLOWER.encode(&sha256.finalize()) }))
    }

    /// Removes what the file holds, a few seals at a time.
    async fn remove(&self, path: &Path, written: &Written) -> Result<(), ArchiveStop> {
        loop {
            let mut tx = self.store.tenant(self.tenant).write().await?;
            let begins = chain::anchor(&mut tx).await?.map_or(0, |(head, _)| head.number);
            let mut seals = chain::seals(&mut tx, begins, u32::try_from(AT_ONCE).unwrap_or(1)).await?;
            seals.retain(|seal| seal.number <= written.through.number);
            let Some((newest, last)) = seals.last().and_then(|seal| Some((seal.clone(), seal.head()?)))
            else {
                return Ok(());
            };
            // Another chain's file, or this one's before a backup was restored.
            if last.number == written.through.number && last.hash != written.through.hash {
                return Err(ArchiveStop::OtherFile(path.to_owned()));
            }
            let triggers =
                self.store.lift(&mut tx).await.map_err(|fault| {
                    if fault.is_forbidden() { ArchiveStop::NotOwner } else { fault.into() }
                })?;
            let mut rows = 0;
            for seal in &seals {
                rows += chain::remove(&mut tx, seal).await?;
            }
            self.store.put_back(&mut tx, triggers).await?;
            let now = self.clock.now();
            let id = EventId::new(now, random_bytes(self.rng)?);
            let event = Event::TrailArchived {
                seal: last.number,
                hash: last.hex(),
                rows,
                file: written.sha256.clone(),
            };
            audit::note(&mut tx, id, None, &event, self.doing.clone(), now);
            chain::put_anchor(&mut tx, &newest, id, now).await?;
            tx.commit().await?;
            self.store.let_others_write().await;
        }
    }
}

/// Checks an archive by itself: its rows, its seals, and that it is whole. The union, and what was found; `None` where the
/// file is no archive. `kept` gives a head that was kept elsewhere.
///
/// # Errors
/// The file cannot be read.
pub fn check_archive(
    path: &Path,
    kept: impl FnOnce(&str) -> Option<Head>,
) -> io::Result<Option<(String, TrailReport)>> {
    let mut lines = BufReader::new(File::open(path)?).lines();
    let first: Value =
        serde_json::from_str(&lines.next().transpose()?.unwrap_or_default()).unwrap_or_default();
    let Some((union, begins)) = begins(&first) else { return Ok(None) };
    let kept = kept(&union);
    let mut report = TrailReport::of(begins);
    let mut rows = BTreeMap::new();
    let mut ends = None;
    for line in lines {
        // What cannot be read any more is missed where it belongs.
        let line: Value = serde_json::from_str(&line?).unwrap_or_default();
        if let Some(row) = row_of(&line) {
            rows.insert(row.id, row);
        } else if let Some(seal) = seal_of(&line) {
            report.check_seal(&union, &seal, kept);
            for (id, hash) in seal.rows() {
                report.check_row(&union, seal.number, (id, hash), rows.remove(&id));
            }
            for (id, row) in std::mem::take(&mut rows) {
                report.wrong(TrailFlaw::RowAdded { id, at: row.at, event: row.event });
            }
            report.goes_on(&seal);
        } else if let Some(end) = end_of(&line) {
            ends = Some(end);
        }
    }
    if ends.map(|(head, _)| head) != Some(report.head) {
        let seal = ends.map_or(report.head.number + 1, |(head, _)| head.number);
        report.wrong(TrailFlaw::HeadGone { seal });
    }
    Ok(Some((union, report)))
}

/// The union and the head before the file's first seal, of its first line.
fn begins(line: &Value) -> Option<(String, Head)> {
    let union = line.get("tenant")?.as_str().filter(|_| line.get("archive") == Some(&json!(1)))?;
    let head = Head::parse(&line.get("behind")?.to_string(), line.get("before")?.as_str()?)?;
    Some((union.to_owned(), head))
}

/// The last seal and the number of rows, of the file's last line.
fn end_of(line: &Value) -> Option<(Head, u64)> {
    let head = Head::parse(&line.get("through")?.to_string(), line.get("hash")?.as_str()?)?;
    Some((head, line.get("rows")?.as_u64()?))
}

/// The seal of its line.
fn seal_of(line: &Value) -> Option<Seal> {
    let bytes = |name: &str| HEXLOWER.decode(line.get(name)?.as_str()?.as_bytes()).ok();
    Some(Seal {
        number: u32::try_from(line.get("seal")?.as_u64()?).ok()?,
        sealed_at: line.get("sealed_at")?.as_str()?.parse().ok()?,
        entries: bytes("entries")?,
        before: bytes("before")?,
        hash: bytes("hash")?,
    })
}

/// The row of its line.
fn row_of(line: &Value) -> Option<TrailRow> {
    let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(TrailRow {
        id: text("id")?.parse().ok()?,
        at: text("at")?.parse().ok()?,
        event: text("event")?,
        member: text("member").and_then(|id| id.parse().ok()),
        detail: text("detail")?,
        actor_kind: text("actor_kind"),
        actor: text("actor"),
        reason: text("reason"),
        purpose: text("purpose"),
        gate: text("gate"),
        net: text("net"),
        receipt: text("receipt"),
    })
}

/// A row as a line of the file: every field as it was hashed.
fn row_line(row: &TrailRow, seal: u32) -> Value {
    json!({
        "id": row.id.to_string(), "at": row.at.to_string(), "event": row.event,
        "member": row.member.map(|id| id.to_string()), "detail": row.detail, "actor_kind": row.actor_kind,
        "actor": row.actor, "reason": row.reason, "purpose": row.purpose, "gate": row.gate, "net": row.net,
        "receipt": row.receipt, "in_seal": seal,
    })
}

/// A file whose bytes are hashed as they are written.
struct HashedFile {
    file: BufWriter<File>,
    sha256: Sha256,
}

impl HashedFile {
    fn new(file: File) -> Self {
        Self { file: BufWriter::new(file), sha256: Sha256::new() }
    }

    fn line(&mut self, value: &Value) -> io::Result<()> {
        let line = format!("{value}\n");
        self.sha256.update(line.as_bytes());
        self.file.write_all(line.as_bytes())
    }

    /// Brings it onto the disk. Its SHA-256.
    fn end(self) -> io::Result<String> {
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(HEXLOWER.encode(&self.sha256.finalize()))
    }
}
