//! `keys rotate`, `keys status`, `keys remove`: keys come and go while the service runs (D36).

use std::{cell::RefCell, fs::File, io::Write, path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{
    cli::{
        CommandFault, Exit,
        member::moment,
        serve::{hashing, open_migrated, open_to_read, read_ring},
        tell,
        tenant::write_table,
        voice,
    },
    domain::{
        saying::{Saying, said},
        tenant::Language,
    },
    portal::keys::{
        KeyedStore,
        report::{self, KeyNeeds, KeyReport, KeyStage, KeyState, UnopenedValue},
        rotation::{self, KeyRemoval, KeyWork, Rotated, RotationStep},
    },
    settings::Settings,
    store::Limits,
    vault::{KeyRing, SealedColumn},
    world::{Clock as _, SystemClock, SystemRandom},
};

/// How long the nodes are waited for. A node that ended without a word is taken to be gone after half of it.
const PATIENCE: Duration = Duration::from_mins(1);
/// How many values are sealed anew between two lines that say so.
const TOLD_EVERY: u64 = 10_000;

/// The ring's folder, held against other commands of this machine; the ring; and the database it was compared with.
struct HeldRing {
    ring: KeyRing,
    keyed: KeyedStore,
    _folder: File,
}

async fn hold(settings: &Settings) -> Result<HeldRing, CommandFault> {
    let path = &settings.keys.ring;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let store = open_migrated(&settings.database.url).await?.with_limits(Limits::BATCH);
    // Before anything else is asked of the file: one that is not there is told as that.
    read_ring(&store, path).await?;
    let folder_file = File::open(folder).map_err(|fault| CommandFault::File(folder.to_owned(), fault))?;
    match folder_file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => return Err(CommandFault::RingBusy(path.clone())),
        Err(std::fs::TryLockError::Error(fault)) => {
            return Err(CommandFault::File(folder.to_owned(), fault));
        }
    }
    let ring = read_ring(&store, path).await?;
    let random = Arc::new(SystemRandom);
    let keyed = KeyedStore::open(store, &ring, hashing(settings), random, &SystemClock).await;
    let keyed = keyed.map_err(|fault| CommandFault::of_keys(path, fault))?;
    Ok(HeldRing { ring, keyed, _folder: folder_file })
}

/// `keys rotate`: brings a new key into use, or ends a rotation that was begun.
pub async fn rotate(
    settings: &Settings,
    again: bool,
    language: Language,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let path = &settings.keys.ring;
    let HeldRing { mut ring, keyed, _folder } = hold(settings).await?;
    let told = RefCell::new(Progress { err, told: 0 });
    let rotated = {
        let say = |step: RotationStep| {
            told.borrow_mut().say(step, path, language);
        };
        let work = work(&keyed, path);
        rotation::rotate(&work, &mut ring, again, &say).await
    };
    keyed.store().close().await;
    let rotated = rotated.map_err(|fault| CommandFault::of_keys(path, fault))?;
    let (exit, saying) = match rotated {
        Rotated::Done { active, resealed, unopened: 0 } => {
            (Exit::Fine, said!("keys-rotated", id = active.to_string(), resealed))
        }
        Rotated::Done { active, resealed, unopened } => {
            (Exit::Problems, said!("keys-rotated-but", id = active.to_string(), resealed, unopened))
        }
        Rotated::NodesLack { id, nodes } => {
            (Exit::Problems, said!("keys-nodes-lack", id = id.to_string(), nodes, path))
        }
        Rotated::NodesBehind { id, nodes } => {
            (Exit::Problems, said!("keys-nodes-behind", id = id.to_string(), nodes))
        }
        Rotated::JustDone { active, at } => {
            (Exit::Fine, said!("keys-just-rotated", id = active.to_string(), at = moment(at)))
        }
        Rotated::ImportRuns => (Exit::Problems, said!("keys-import-runs")),
    };
    let progress = told.into_inner();
    writeln!(progress.err, "{}", tell(language, &saying))?;
    Ok(exit)
}

fn work<'w>(keyed: &'w KeyedStore, path: &'w Path) -> KeyWork<'w> {
    KeyWork { keyed, path, clock: &SystemClock, rng: &SystemRandom, patience: PATIENCE }
}

/// What is said while it goes on.
struct Progress<'e> {
    err: &'e mut dyn Write,
    told: u64,
}

impl Progress<'_> {
    fn say(&mut self, step: RotationStep, path: &Path, language: Language) {
        let saying = match step {
            RotationStep::Added(id) => said!("keys-added", id = id.to_string(), path),
            RotationStep::Activated(id) => said!("keys-activated", id = id.to_string()),
            RotationStep::Resealed(count) if count >= self.told + TOLD_EVERY => {
                self.told = count;
                said!("keys-resealing", count)
            }
            RotationStep::Resealed(_) => return,
            RotationStep::Unopened(value) => unopened(&value),
        };
        // That nobody reads it stops no work.
        let _ = writeln!(self.err, "{}", tell(language, &saying));
    }
}

/// `keys remove [ID] [--force]`: removes a key that nothing needs any more.
pub async fn remove(
    settings: &Settings,
    id: Option<u32>,
    force: bool,
    language: Language,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let path = &settings.keys.ring;
    let HeldRing { mut ring, keyed, _folder } = hold(settings).await?;
    let lines = RefCell::new(err);
    let removal = {
        let say = |needs: &KeyNeeds| {
            let mut err = lines.borrow_mut();
            for line in needed(needs, language) {
                let _ = writeln!(err, "{line}");
            }
            let forced = said!("keys-remove-forced", members = needs.members());
            let _ = writeln!(err, "{}", tell(language, &forced));
        };
        rotation::remove(&work(&keyed, path), &mut ring, id, force, &say).await
    };
    keyed.store().close().await;
    let err = lines.into_inner();
    let (exit, saying) = match removal.map_err(|fault| CommandFault::of_keys(path, fault))? {
        KeyRemoval::Removed { id, members: 0 } => {
            (Exit::Fine, said!("keys-removed", id = id.to_string(), path))
        }
        KeyRemoval::Removed { id, members } => {
            (Exit::Fine, said!("keys-removed-from-members", id = id.to_string(), path, members))
        }
        KeyRemoval::Needed { id, needs } => {
            for line in needed(&needs, language) {
                writeln!(err, "{line}")?;
            }
            (Exit::Problems, said!("keys-needed", id = id.to_string(), members = needs.members()))
        }
        KeyRemoval::Active(id) => (Exit::Problems, said!("keys-remove-active", id = id.to_string())),
        KeyRemoval::InRotation(id) => (Exit::Problems, said!("keys-remove-in-rotation", id = id.to_string())),
        KeyRemoval::NoSuchKey(id) => (Exit::Problems, said!("keys-no-such", id = id.to_string())),
        KeyRemoval::Nothing => (Exit::Problems, said!("keys-remove-nothing")),
        KeyRemoval::Which(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            (Exit::Problems, said!("keys-remove-which", ids = ids.join(", ")))
        }
    };
    writeln!(err, "{}", tell(language, &saying))?;
    Ok(exit)
}

/// Which value does not open, and why.
pub fn unopened(value: &UnopenedValue) -> Saying {
    let UnopenedValue { tenant, column, row, unknown } = value;
    let (tenant, column, row) = (tenant.as_str(), column.word(), row.to_string());
    match unknown {
        Some(id) => said!("keys-unopened-key", tenant, column, row, id = id.to_string()),
        None => said!("keys-unopened", tenant, column, row),
    }
}

/// What needs a key, a line each.
fn needed(needs: &KeyNeeds, language: Language) -> Vec<String> {
    let counts = counts(needs);
    let lines = [
        (said!("keys-need-passwords", count = needs.passwords), u64::from(needs.passwords)),
        (said!("keys-need-first-passwords", count = needs.first_passwords), needs.first_passwords.into()),
        (said!("keys-need-codes", count = needs.codes), needs.codes.into()),
        (said!("keys-need-apps", count = counts.apps), counts.apps.into()),
        (said!("keys-need-passkeys", count = counts.passkeys), counts.passkeys.into()),
        (said!("keys-need-letters", count = counts.letters), counts.letters.into()),
        (said!("keys-need-others", count = counts.others), counts.others.into()),
        (said!("keys-need-unopened", count = needs.unopened.count), needs.unopened.count),
    ];
    let counted = lines.into_iter().filter(|(_, count)| *count > 0).map(|(saying, _)| saying);
    let all = counted.chain(needs.unopened.first.iter().map(unopened));
    all.map(|saying| format!("  {}", tell(language, &saying))).collect()
}

/// Sealed values as a person counts them.
#[derive(Default)]
struct SealedCounts {
    apps: u32,
    passkeys: u32,
    letters: u32,
    others: u32,
}

fn counts(needs: &KeyNeeds) -> SealedCounts {
    let mut counts = SealedCounts::default();
    for (column, count) in &needs.sealed {
        match column {
            SealedColumn::AppSecret => counts.apps += count,
            SealedColumn::PasskeyCredential => counts.passkeys += count,
            // A letter has two sealed columns.
            SealedColumn::LetterContent | SealedColumn::LetterRecipient => {
                counts.letters = counts.letters.max(*count);
            }
            SealedColumn::AttemptSecret
            | SealedColumn::SessionSecret
            | SealedColumn::SessionForm
            | SealedColumn::CeremonyState
            | SealedColumn::KeptChange
            | SealedColumn::SsoPrivateKey
            | SealedColumn::GuardKey => counts.others += count,
        }
    }
    counts
}

/// `keys status [--json]`: each key, and what still needs it. Problems while a rotation has not ended.
pub async fn status(
    settings: &Settings,
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let path = &settings.keys.ring;
    let store = open_to_read(&settings.database.url).await?;
    let ring = read_ring(&store, path).await;
    let report = match &ring {
        Ok(ring) => Some(report::report(&store, ring, SystemClock.now()).await),
        Err(_) => None,
    };
    store.close().await;
    ring?;
    let Some(report) = report else { return Ok(Exit::Problems) };
    let report = report.map_err(|fault| CommandFault::of_keys(path, fault))?;
    if json {
        serde_json::to_writer_pretty(&mut *out, &as_json(&report))?;
        writeln!(out)?;
    } else {
        write_table(&table(&report, language), out)?;
    }
    if let Some(note) = counted_twice(&report).filter(|_| !json) {
        writeln!(err, "{}", tell(language, &note))?;
    }
    let problems = problems(&report);
    for problem in &problems {
        writeln!(err, "{}", tell(language, problem))?;
    }
    Ok(if problems.is_empty() { Exit::Fine } else { Exit::Problems })
}

/// What is said where first passwords or codes may have been made with more than one key, and are counted with each.
fn counted_twice(report: &KeyReport) -> Option<Saying> {
    let needed = report.keys.iter().filter(|key| key.needs.first_passwords + key.needs.codes > 0);
    (needed.count() > 1).then(|| said!("keys-status-counted-twice"))
}

/// What an operator has to do something about.
fn problems(report: &KeyReport) -> Vec<Saying> {
    let mut problems = Vec::new();
    for key in &report.keys {
        let id = key.id.to_string();
        match key.stage {
            KeyStage::Waiting => problems.push(said!("keys-status-waiting", id)),
            KeyStage::InRotation => problems.push(said!("keys-status-in-rotation", id)),
            KeyStage::Active | KeyStage::Retired(_) if !key.in_file => {
                problems.push(said!("keys-status-not-in-file", id));
            }
            KeyStage::Active | KeyStage::Retired(_) | KeyStage::Removed(_) => {}
        }
    }
    let active = report.keys.iter().find(|key| key.stage == KeyStage::Active);
    let behind = report.nodes.iter().filter(|node| active.is_some_and(|active| node.active != active.id));
    match behind.count() {
        0 => {}
        nodes => problems.push(said!("keys-status-nodes-behind", nodes)),
    }
    problems
}

fn as_json(report: &KeyReport) -> Value {
    let key = |key: &KeyState| {
        let sealed: serde_json::Map<String, Value> =
            key.needs.sealed.iter().map(|(column, count)| (column.word().to_owned(), json!(count))).collect();
        let (stage, at) = match key.stage {
            KeyStage::Waiting => ("waiting", None),
            KeyStage::Active => ("active", None),
            KeyStage::InRotation => ("in-rotation", None),
            KeyStage::Retired(at) => ("retired", Some(at)),
            KeyStage::Removed(at) => ("removed", Some(at)),
        };
        json!({
            "id": key.id,
            "in_file": key.in_file,
            "stage": stage,
            "since": key.since.map(|since| since.to_string()),
            "stage_since": at.map(|at| at.to_string()),
            "needed_by": {
                "passwords": key.needs.passwords,
                "first_passwords": key.needs.first_passwords,
                "codes": key.needs.codes,
                "sealed": sealed,
            },
        })
    };
    let nodes = report.nodes.iter().map(|node| {
        json!({
            "id": node.id.to_string(),
            "active": node.active,
            "held": node.held,
            "seen_at": node.seen_at.to_string(),
        })
    });
    json!({
        "keys": report.keys.iter().map(key).collect::<Vec<_>>(),
        "nodes": nodes.collect::<Vec<_>>(),
    })
}

fn table(report: &KeyReport, language: Language) -> Vec<[String; 9]> {
    let words = voice(language);
    let head = [
        words.msg("keys-head-id"),
        words.msg("keys-head-stage"),
        words.msg("keys-head-since"),
        words.msg("keys-head-passwords"),
        words.msg("keys-head-first-passwords"),
        words.msg("keys-head-apps"),
        words.msg("keys-head-passkeys"),
        words.msg("keys-head-letters"),
        words.msg("keys-head-others"),
    ];
    let row = |key: &KeyState| {
        let stage = match key.stage {
            KeyStage::Waiting => words.msg("keys-stage-waiting"),
            KeyStage::Active => words.msg("keys-stage-active"),
            KeyStage::InRotation => words.msg("keys-stage-in-rotation"),
            KeyStage::Retired(_) => words.msg("keys-stage-retired"),
            KeyStage::Removed(_) => words.msg("keys-stage-removed"),
        };
        let counts = counts(&key.needs);
        let since = key.since.map_or("-".to_owned(), |since| words.moment(since));
        [
            key.id.to_string(),
            stage,
            since,
            key.needs.passwords.to_string(),
            key.needs.first_passwords.to_string(),
            counts.apps.to_string(),
            counts.passkeys.to_string(),
            counts.letters.to_string(),
            (counts.others + key.needs.codes).to_string(),
        ]
    };
    std::iter::once(head).chain(report.keys.iter().map(row)).collect()
}
