//! Export: everything a union needs for its own files, in a folder that can be read without this program ([D34]).
//!
//! # Decision
//! Tables in UTF-8 with a first line of headings, each column explained in `README.txt`; `manifest.json` with rows, bytes
//! and SHA-256 of each file is written last. A row of the trail says who exports and why before the first file is made.
//! # Because
//! The union's own staff, years later, have a spreadsheet and nothing of ours. A folder without a manifest is not whole,
//! and says so in its `README.txt`; nobody can take half an export for all of it.
//! # Instead of
//! A dump of the database: it holds secrets, and only this program understands it.
//!
//! [D34]: crate::rules::decisions#d34

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Leaving, LeavingRefusal, LeavingStop};
use crate::{
    domain::{audit::Event, member::LastDay, spreadsheet::without_formula},
    portal::Fault,
    store::{
        Limits, Read, audit,
        audit::TrailFilter,
        closing,
        export::{self, ExportedMember},
        kept::{KeptId, KeptTrailRow},
        roster::before_all,
        terms,
    },
};

/// Members, consents or rows of the trail that are read at once.
const PAGE: u32 = 1000;

/// What is explained in the folder itself, in Japanese and English.
pub const README: &str = include_str!("../../../templates/closing/README.txt");

/// What stands before it while the union's last day is not over.
pub const PROVISIONAL: &str = include_str!("../../../templates/closing/provisional.txt");

/// The tables: name, headings. Both are an interface, and each heading is explained in [`README`].
pub const TABLES: [(&str, &[&str]); 4] = [
    (
        "members.csv",
        &[
            "member_id",
            "kigo",
            "bango",
            "branch",
            "name",
            "name_kana",
            "birth_date",
            "user_id",
            "email",
            "email_confirmed_at",
            "method",
            "language",
            "imported_at",
            "changed_at",
            "locked_at",
            "last_day",
        ],
    ),
    ("credentials.csv", &["member_id", "kind", "name", "since", "last_used_at"]),
    ("consents.csv", &["member_id", "version", "sha256", "accepted_at", "host"]),
    (
        "trail.csv",
        &[
            "event_id",
            "at",
            "event",
            "member_id",
            "actor_kind",
            "actor",
            "reason",
            "purpose",
            "gate",
            "net",
            "receipt",
            "detail",
        ],
    ),
];

/// An export that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Where its tables lie, as it was named.
    pub folder: PathBuf,
    /// Each table and how many rows it has.
    pub rows: Vec<(&'static str, u64)>,
    /// SHA-256 of the manifest, in hexadecimal: whoever keeps it can tell that nothing was changed.
    pub manifest: String,
    /// Whether the union's last day was not over when it began: what happens until then is not in it, and it counts for no
    /// purge. The manifest and the `README.txt` say so.
    pub is_provisional: bool,
    /// That day, where there is one.
    pub last_day: Option<LastDay>,
}

/// Counts and hashes what goes through.
struct HashedFile {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// One table that is being written.
struct ExportTable {
    name: &'static str,
    path: PathBuf,
    rows: u64,
    writer: csv::Writer<HashedFile>,
}

/// A table that is on the disk.
struct WrittenTable {
    name: &'static str,
    rows: u64,
    bytes: u64,
    sha256: String,
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> LeavingStop {
    let path = path.to_owned();
    move |source| LeavingStop::File { path, source }
}

fn create(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

impl ExportTable {
    fn create(folder: &Path, place: usize) -> Result<Self, LeavingStop> {
        let (name, headings) = *TABLES.get(place).ok_or(Fault::Inconsistent("a table that is none"))?;
        let path = folder.join(name);
        let file = BufWriter::new(create(&path).map_err(at(&path))?);
        let mut file = HashedFile { file, hash: Sha256::new(), bytes: 0 };
        // Spreadsheets know by this mark that it is UTF-8.
        file.write_all("\u{FEFF}".as_bytes()).map_err(at(&path))?;
        let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
        let mut table = Self { name, path, rows: 0, writer };
        table.record(headings.iter().map(|heading| (*heading).to_owned()))?;
        Ok(table)
    }

    fn record(&mut self, cells: impl IntoIterator<Item = String>) -> Result<(), LeavingStop> {
        let safe = cells.into_iter().map(|cell| without_formula(&cell));
        self.writer.write_record(safe).map_err(|fault| at(&self.path)(fault.into()))
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) -> Result<(), LeavingStop> {
        self.rows += 1;
        self.record(cells)
    }

    /// On the disk, with its length and hash.
    fn end(self) -> Result<WrittenTable, LeavingStop> {
        let Self { name, path, rows, writer } = self;
        let mut file = writer.into_inner().map_err(|fault| at(&path)(fault.into_error()))?;
        file.flush().and_then(|()| file.file.get_ref().sync_all()).map_err(at(&path))?;
        Ok(WrittenTable { name, rows, bytes: file.bytes, sha256: hex(&file.hash.finalize()) })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn moment(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

impl Leaving<'_> {
    /// Writes the union's data into a folder that is new or empty, as it all was at one moment.
    ///
    /// # Errors
    /// - [`LeavingRefusal::Erased`], [`LeavingRefusal::ClocksApart`], [`LeavingStop::NotEmpty`],
    ///   [`LeavingStop::NoFolder`]: nothing was written.
    /// - [`LeavingStop::File`]: the folder is not whole, and has no manifest.
    pub async fn export(&self, folder: &Path, name: Option<&str>) -> Result<Exported, LeavingStop> {
        let now = self.now().await?.at();
        let mut tx = self.store.tenant(self.tenant).write().await?;
        let known = closing::of_union(&mut tx).await?;
        if let Some(erased) = known.as_ref().and_then(|known| known.erased_at.or(known.erasing_since)) {
            return Err(LeavingRefusal::Erased(erased).into());
        }
        let is_provisional = !known.as_ref().is_some_and(|known| known.is_over(now));
        prepare(folder)?;
        self.note(&mut tx, &Event::UnionExported, now)?;
        tx.commit().await?;

        let readme = folder.join("README.txt");
        let mut file = create(&readme).map_err(at(&readme))?;
        let begins = if is_provisional { PROVISIONAL } else { "" };
        let text = [begins, README].concat();
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(at(&readme))?;
        let store = self.store.with_limits(Limits::BATCH);
        let mut tx = store.tenant(self.tenant).snapshot().await?;
        let mut written = members(&mut tx, folder).await?;
        written.push(consents(&mut tx, folder).await?);
        written.push(trail(&mut tx, folder).await?);
        drop(tx);

        let name = name.or(known.as_ref().map(|known| known.contact.name.as_str()));
        let manifest = manifest(self.tenant.as_str(), name, now, is_provisional, &written);
        let partial = folder.join("manifest.json.partial");
        let whole = folder.join("manifest.json");
        let mut file = create(&partial).map_err(at(&partial))?;
        file.write_all(manifest.as_bytes()).and_then(|()| file.sync_all()).map_err(at(&partial))?;
        fs::rename(&partial, &whole).map_err(at(&whole))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;

        let last_day = known.as_ref().map(|known| known.last_day);
        if let Some(known) = known.filter(|_| !is_provisional) {
            // Where that last day was taken back meanwhile, the folder is whole, and the next closing needs its own.
            let ended = self.clock.now();
            let mut tx = self.store.tenant(self.tenant).write().await?;
            closing::note_exported(&mut tx, known.asked_at, ended).await?;
            tx.commit().await?;
        }
        Ok(Exported {
            folder: folder.to_owned(),
            rows: written.iter().map(|table| (table.name, table.rows)).collect(),
            manifest: hex(&Sha256::digest(manifest.as_bytes())),
            is_provisional,
            last_day,
        })
    }
}

/// Makes the folder, readable by its owner only; one that is there has to be empty.
fn prepare(folder: &Path) -> Result<(), LeavingStop> {
    let not_made = |source| LeavingStop::NoFolder { path: folder.to_owned(), source };
    // A slash at its end would follow a link.
    match fs::symlink_metadata(folder.components().as_path()) {
        Ok(about) if about.is_dir() => {
            if fs::read_dir(folder).map_err(not_made)?.next().is_some() {
                return Err(LeavingStop::NotEmpty(folder.to_owned()));
            }
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(not_made)
        }
        Ok(_) => Err(LeavingStop::NotEmpty(folder.to_owned())),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
            fs::DirBuilder::new().mode(0o700).create(folder).map_err(not_made)
        }
        Err(fault) => Err(not_made(fault)),
    }
}

/// Members, and beside each page of them what they hold.
async fn members(tx: &mut Read, folder: &Path) -> Result<Vec<WrittenTable>, LeavingStop> {
    let (mut people, mut held) = (ExportTable::create(folder, 0)?, ExportTable::create(folder, 1)?);
    let mut after = Uuid::nil();
    loop {
        let page = export::members(tx, after, PAGE).await?;
        let Some(last) = page.last().map(|member| member.id) else { break };
        for credential in export::credentials(tx, after, last).await? {
            held.row([
                credential.member.to_string(),
                credential.kind,
                credential.name.unwrap_or_default(),
                moment(credential.since),
                moment(credential.used_at),
            ])?;
        }
        for member in page {
            people.row(member_cells(member))?;
        }
        after = last;
    }
    Ok(vec![people.end()?, held.end()?])
}

fn member_cells(member: ExportedMember) -> [String; 16] {
    [
        member.id.to_string(),
        member.kigo,
        member.bango,
        member.branch,
        member.name,
        member.name_kana,
        member.birth_date.to_string(),
        member.login,
        member.email.unwrap_or_default(),
        moment(member.email_confirmed_at),
        member.method.unwrap_or_default(),
        member.language.unwrap_or_default(),
        member.imported_at.to_string(),
        member.changed_at.to_string(),
        moment(member.locked_at),
        member.lost_on.map(|day| day.to_string()).unwrap_or_default(),
    ]
}

async fn consents(tx: &mut Read, folder: &Path) -> Result<WrittenTable, LeavingStop> {
    let mut table = ExportTable::create(folder, 2)?;
    let mut after = (before_all(), String::new());
    loop {
        let page = terms::page(tx, (after.0, &after.1), None, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = (last.member, last.version.clone());
        for kept in page {
            table.row([kept.member.to_string(), kept.version, kept.hash, kept.at.to_string(), kept.host])?;
        }
    }
    table.end()
}

async fn trail(tx: &mut Read, folder: &Path) -> Result<WrittenTable, LeavingStop> {
    let mut table = ExportTable::create(folder, 3)?;
    let mut after: Option<KeptId> = None;
    loop {
        let page = audit::page(tx, &TrailFilter::default(), after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        for KeptTrailRow { id, row } in page {
            let Some(row) = row else {
                // Its id alone says that it is there.
                let mut cells: [String; 12] = Default::default();
                cells[0] = id.to_string();
                table.row(cells)?;
                continue;
            };
            table.row([
                row.id.to_string(),
                row.at.to_string(),
                row.event.clone(),
                row.member.map(|member| member.to_string()).unwrap_or_default(),
                text(row.actor_kind.as_deref()),
                text(row.actor.as_deref()),
                text(row.reason.as_deref()),
                text(row.purpose.as_deref()),
                text(row.gate.as_deref()),
                text(row.net.as_deref()),
                text(row.receipt.as_deref()),
                row.detail,
            ])?;
        }
    }
    table.end()
}

fn manifest(
    tenant: &str,
    name: Option<&str>,
    now: Timestamp,
    is_provisional: bool,
    written: &[WrittenTable],
) -> String {
    let files = written.iter().map(|table| {
        json!({ "name": table.name, "rows": table.rows, "bytes": table.bytes, "sha256": table.sha256 })
    });
    let manifest = json!({
        "format": "kenpo-portal union export",
        "version": 1,
        "tenant": tenant,
        "name": name,
        "exported_at": now.to_string(),
        "provisional": is_provisional,
        "files": files.collect::<Vec<_>>(),
    });
    format!("{manifest:#}\n")
}
