//! `backup`: a copy of the SQLite database while the service runs, whole, checked and in a new file with its sum beside it, or
//! none (R18).

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    CommandFault, Exit, STANDARD,
    member::moment,
    serve::{open_to_read, shown_database},
    tell,
};
use crate::{
    domain::{saying::said, tenant::Language},
    settings::Settings,
    store::{Limits, Store, backup::BackupFacts},
    world::{Clock as _, SystemClock, new_file::NewFile, plain_file},
};

pub mod rests;
pub mod sum;

/// `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// 新しいファイル / a file that is not there yet
    pub file: PathBuf,
    /// 機械向け / for machines
    #[arg(long)]
    pub json: bool,
}

/// A backup that was made.
struct MadeBackup {
    facts: BackupFacts,
    bytes: u64,
    sha256: String,
    seconds: f64,
    /// What earlier backups left that were killed, and that was removed.
    cleared: Vec<PathBuf>,
}

/// `backup FILE`: the digest and the name to `out`, as `sha256sum` writes them; words to `err`.
pub async fn run(
    settings: &Settings,
    BackupArgs { file, json }: &BackupArgs,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    if file.as_os_str() == STANDARD {
        return Err(CommandFault::BackupToOutput);
    }
    if !settings.database.url.starts_with("sqlite:") {
        return Err(CommandFault::BackupByPostgres { file: file.clone(), url: shown_database(settings) });
    }
    let store = open_to_read(&settings.database.url).await?;
    let made = make(&store, file).await;
    store.close().await;
    let MadeBackup { facts, bytes, sha256, seconds, cleared } = made?;
    let (ring, tenants) = (&settings.keys.ring, &settings.tenants.dir);
    for path in &cleared {
        writeln!(err, "{}", tell(language, &said!("backup-cleared", path)))?;
    }
    let sum = sum::beside(file);
    let rows = |table: &str| facts.rows.get(table).copied().unwrap_or(0);
    if *json {
        let made = json!({
            "file": file.display().to_string(), "sum_file": sum.display().to_string(), "bytes": bytes, "sha256": sha256, "seconds": seconds,
            "made_at": facts.made_at.to_string(), "rows": facts.rows,
            "not_in_it": { "key_ring": ring.display().to_string(), "unions_files": tenants.display().to_string() },
        });
        writeln!(out, "{made:#}")?;
    } else {
        writeln!(out, "{sha256}  {}", file.display())?;
    }
    let (members, trail, at) = (rows("member"), rows("audit"), moment(facts.made_at));
    let seconds = format!("{seconds:.1}");
    writeln!(
        err,
        "{}",
        tell(language, &said!("backup-done", path = file, at, members, trail, bytes, seconds, sum = &sum))
    )?;
    writeln!(err, "{}", tell(language, &said!("backup-not-in-it", ring, tenants)))?;
    Ok(Exit::Fine)
}

async fn make(store: &Store, file: &Path) -> Result<MadeBackup, CommandFault> {
    let begun = SystemClock.steady();
    let failed = |fault| CommandFault::File(file.to_owned(), fault);
    let new = NewFile::begin(file).map_err(failed)?;
    let cleared = rests::clear(file);
    let part = new.part().to_str().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
    let flawed = |flaw| CommandFault::Backup { path: file.to_owned(), flaw };
    store.copy_into(part, SystemClock.now()).await.map_err(flawed)?;
    let copy = Store::open_file_to_read(new.part(), Limits::BATCH).await?;
    let looked = copy.as_backup().await;
    copy.close().await;
    let facts = looked.map_err(flawed)?;
    let (bytes, sha256) = digest(new.part()).map_err(failed)?;
    sum::write(file, &sha256).map_err(|fault| CommandFault::File(sum::beside(file), fault))?;
    new.finish().map_err(|fault| {
        // Of a file that is not there, or somebody else's.
        let _ = fs::remove_file(sum::beside(file));
        failed(fault)
    })?;
    let seconds = SystemClock.steady().saturating_sub(begun).as_secs_f64();
    Ok(MadeBackup { facts, bytes, sha256, seconds, cleared })
}

/// How many bytes a file has, and their SHA-256 in hexadecimal.
pub(super) fn digest(path: &Path) -> io::Result<(u64, String)> {
    copied(&mut plain_file::open(path)?, &mut io::sink())
}

/// Copies from one to the other: how many bytes, and their SHA-256 in hexadecimal.
pub(super) fn copied(from: &mut dyn io::Read, to: &mut dyn Write) -> io::Result<(u64, String)> {
    let (mut digest, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        let read = from.read(&mut buffer)?;
        let Some(block) = buffer.get(..read).filter(|block| !block.is_empty()) else { break };
        digest.update(block);
        to.write_all(block)?;
        bytes += block.len() as u64;
    }
    Ok((bytes, HEXLOWER.encode(&digest.finalize())))
}
