//! File: an archive as lines of JSON. What stands in it is read back and checked with the rules of the chain itself, before
//! anything is removed for its sake and whenever somebody asks (`audit verify --archive`).

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _},
    path::Path,
};

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::SEAL_ROWS;
use super::check::{TrailFlaw, TrailReport};
use crate::{
    domain::{
        audit::chain::{Head, Seal, TrailRow},
        tenant::TenantSlug,
    },
    store::{Store, StoreResult, chain},
    world::plain_file,
};

/// Bytes of the longest line that is read in one piece. The longest line that is written, a seal's, has a tenth of it.
const LONGEST: u64 = 1 << 20;
/// Rows that are kept until their seal comes. A seal names [`SEAL_ROWS`] at most.
const MOST_UNSEALED: usize = 2 * SEAL_ROWS as usize;

/// An archive as it was read.
#[derive(Debug)]
pub(super) struct ArchiveFile {
    /// The union it is of.
    pub union: String,
    /// What is wrong with it; its head is the file's last seal.
    pub report: TrailReport,
    /// The seal before the file's first.
    pub behind: u32,
    /// How many rows stand in it.
    pub rows: u64,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// The hash of each seal, by its number.
    seals: BTreeMap<u32, Vec<u8>>,
}

impl ArchiveFile {
    /// Reads a whole file. `None` where it is no archive. `kept` gives a head that was kept elsewhere.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path, kept: impl FnOnce(&str) -> Option<Head>) -> io::Result<Option<Self>> {
        let mut lines = HashedLines::of(path)?;
        let first = lines.next()?.unwrap_or_default();
        let Some((union, begins)) = begins(&first) else { return Ok(None) };
        let kept = kept(&union);
        let mut report = TrailReport::of(begins);
        let (mut seals, mut count, mut rows) = (BTreeMap::new(), 0, BTreeMap::new());
        let mut ends = None;
        while let Some(line) = lines.next()? {
            if let Some(row) = row_of(&line) {
                count += 1;
                rows.insert(row.id, row);
                if rows.len() > MOST_UNSEALED {
                    for (id, row) in std::mem::take(&mut rows) {
                        report.wrong(TrailFlaw::RowAdded { id, at: row.at, event: row.event });
                    }
                }
            } else if let Some(seal) = seal_of(&line) {
                report.check_seal(&union, &seal, kept);
                for (id, hash) in seal.rows() {
                    report.check_row(&union, seal.number, (id, hash), rows.remove(&id));
                }
                for (id, row) in std::mem::take(&mut rows) {
                    report.wrong(TrailFlaw::RowAdded { id, at: row.at, event: row.event });
                }
                report.goes_on(&seal);
                seals.insert(seal.number, seal.hash);
            } else if let Some(end) = end_of(&line) {
                ends = Some(end);
            }
        }
        for (id, row) in rows {
            report.wrong(TrailFlaw::RowAdded { id, at: row.at, event: row.event });
        }
        let is_whole =
            ends.is_some_and(|(head, said)| head == report.head && (said == count || !report.is_sound()));
        if !is_whole {
            let seal = ends.map_or(report.head.number + 1, |(head, _)| head.number);
            report.wrong(TrailFlaw::HeadGone { seal });
        }
        Ok(Some(Self { union, report, behind: begins.number, rows: count, sha256: lines.sha256(), seals }))
    }

    /// Whether the file holds exactly this seal, and with it each row that the seal names.
    pub fn holds(&self, seal: &Seal) -> bool {
        self.seals.get(&seal.number) == Some(&seal.hash) && seal.computed(&self.union).as_slice() == seal.hash
    }
}

/// An archive that was checked by itself: its rows, its seals, and that it is whole.
#[derive(Debug)]
pub struct CheckedArchive {
    /// The union that it says it is of.
    pub union: String,
    /// What was found; its head is the file's last seal.
    pub report: TrailReport,
    /// The seal before the file's first.
    pub behind: u32,
    /// The SHA-256 of its bytes.
    sha256: String,
}

/// Checks an archive by itself. `None` where the file is none. `kept` gives a head that was kept elsewhere. A file that holds
/// together proves nothing: whoever can write it can compute its hashes anew.
///
/// # Errors
/// The file cannot be read.
pub fn check_archive(
    path: &Path,
    kept: impl FnOnce(&str) -> Option<Head>,
) -> io::Result<Option<CheckedArchive>> {
    let read = ArchiveFile::read(path, kept)?;
    Ok(read.map(|ArchiveFile { union, report, behind, sha256, .. }| CheckedArchive {
        union,
        report,
        behind,
        sha256,
    }))
}

impl CheckedArchive {
    /// Compares the file with what the database keeps of it: the hash of its last seal, which stands for every row before it,
    /// and the hash of the file in the row that says that it was archived. `false` where the database knows no such seal.
    ///
    /// # Errors
    /// The database failed.
    pub async fn compare(&mut self, store: &Store) -> StoreResult<bool> {
        let Some(union) = TenantSlug::parse(&self.union) else { return Ok(false) };
        let mut tx = store.tenant(&union).snapshot().await?;
        let last = self.report.head;
        let Some(hash) = chain::link(&mut tx, last.number).await? else { return Ok(false) };
        let anchors = chain::anchors(&mut tx).await?;
        let of_this = anchors.iter().find(|(number, _)| *number == i64::from(last.number));
        // An archive that was stopped before its end has none yet; one of long ago is in a later archive.
        let told = match of_this.and_then(|(_, anchor)| *anchor) {
            Some((_, event)) => chain::row(&mut tx, event).await?,
            None => None,
        };
        let detail = told.filter(|row| row.event == "trail-archived").map(|row| row.detail);
        let detail: Value = detail.and_then(|detail| serde_json::from_str(&detail).ok()).unwrap_or_default();
        let of_other_bytes =
            detail.get("file").and_then(Value::as_str).is_some_and(|sha256| sha256 != self.sha256);
        if hash != last.hash || of_other_bytes {
            self.report.wrong(TrailFlaw::FileDiffers { seal: last.number });
        }
        Ok(true)
    }
}

/// The first line: the union, and the head before the file's first seal.
pub(super) fn first_line(union: &str, behind: Head) -> Value {
    json!({ "archive": 1, "tenant": union, "behind": behind.number, "before": behind.hex() })
}

/// The last line: how many rows, and the last seal.
pub(super) fn last_line(rows: u64, through: Head) -> Value {
    json!({ "rows": rows, "through": through.number, "hash": through.hex() })
}

/// A seal as a line of the file.
pub(super) fn seal_line(seal: &Seal) -> Value {
    json!({
        "seal": seal.number, "sealed_at": seal.sealed_at.to_string(), "before": HEXLOWER.encode(&seal.before),
        "hash": HEXLOWER.encode(&seal.hash), "entries": HEXLOWER.encode(&seal.entries),
    })
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
pub(super) fn row_line(row: &TrailRow, seal: u32) -> Value {
    json!({
        "id": row.id.to_string(), "at": row.at.to_string(), "event": row.event,
        "member": row.member.map(|id| id.to_string()), "detail": row.detail, "actor_kind": row.actor_kind,
        "actor": row.actor, "reason": row.reason, "purpose": row.purpose, "gate": row.gate, "net": row.net,
        "receipt": row.receipt, "in_seal": seal,
    })
}

/// A file that is written line by line.
pub(super) struct ArchiveWriter(BufWriter<File>);

impl ArchiveWriter {
    /// Over a file that is empty.
    pub fn new(file: File) -> Self {
        Self(BufWriter::new(file))
    }

    /// Writes a line.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn line(&mut self, value: &Value) -> io::Result<()> {
        writeln!(self.0, "{value}")
    }

    /// Brings it onto the disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn end(self) -> io::Result<()> {
        self.0.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// The lines of a file, whose bytes are hashed as they are read.
struct HashedLines {
    file: BufReader<File>,
    sha256: Sha256,
    line: Vec<u8>,
}

impl HashedLines {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufReader::new(plain_file::open(path)?), sha256: Sha256::new(), line: Vec::new() })
    }

    /// The next line. What cannot be read as JSON is nothing: it is missed where it belongs.
    fn next(&mut self) -> io::Result<Option<Value>> {
        self.line.clear();
        if self.file.by_ref().take(LONGEST).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        self.sha256.update(&self.line);
        Ok(Some(serde_json::from_slice(&self.line).unwrap_or_default()))
    }

    fn sha256(self) -> String {
        HEXLOWER.encode(&self.sha256.finalize())
    }
}
