//! Archives that meet what they are not made for: another chain, a damaged file, one that had ended, and others at work
//! (D35).

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use kenpo_portal::{
    domain::audit::doing::{Actor, Doing, Reason},
    portal::trail::{
        archive::{Archive, ArchiveStop, Archived},
        check::check_trail,
    },
    store::chain,
    world::{Clock as _, RandomSource},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    holder::JRP,
    town::{Town, hours},
    trail_chain::{Exhausted, checked, note, sealed},
};

/// A town with 26 seals, of which 25 are old.
struct Old {
    town: Town,
    folder: TempDir,
}

impl Old {
    async fn open() -> Self {
        let town = sealed().await;
        for _ in 0..22 {
            town.clock.advance(hours(1));
            note(&town, 1, town.clock.now()).await;
            town.seal(JRP).await.unwrap();
        }
        town.clock.advance(hours(24 * 400));
        note(&town, 1, town.clock.now()).await;
        town.seal(JRP).await.unwrap();
        Self { town, folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn archive(&self, rng: &dyn RandomSource, path: &Path) -> Result<Archived, ArchiveStop> {
        let doing = Doing::by_command(Actor::Agency("root".into()), "audit archive", Reason::parse("old"));
        let tenant = &self.town.tenant(JRP).slug;
        let clock = self.town.clock.as_ref();
        let archive = Archive { store: self.town.store(), clock, rng, tenant, doing: &doing };
        archive.run(self.town.clock.now() - hours(24), path).await
    }

    /// The file of an archive that was stopped before it removed anything.
    async fn written(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        let stopped = self.archive(&enough(0), &path).await;
        assert!(matches!(stopped, Err(ArchiveStop::NoRandomness(_))), "{stopped:?}");
        path
    }

    /// What there is, and that all of it is as it was sealed.
    async fn there(&self) -> (u64, u64) {
        let report = checked(&self.town, None).await;
        assert!(report.is_sound(), "{report:?}");
        (report.seals, report.rows)
    }
}

fn enough(count: u64) -> Exhausted {
    Exhausted(AtomicU64::new(count))
}

#[tokio::test]
async fn a_file_that_does_not_hold_what_was_sealed_removes_nothing() {
    let old = Old::open().await;
    let there = old.there().await;
    let path = old.written("whole.jsonl").await;
    let whole = fs::read(&path).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let seals: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].contains("\"sealed_at\"")).collect();
    let without = |at: usize| {
        let left = lines.iter().enumerate().filter(|(here, _)| *here != at);
        left.map(|(_, line)| *line).collect::<Vec<_>>().join("\n").into_bytes()
    };
    let mut no_text = whole.clone();
    let middle = text.find(lines[seals[12] - 1]).unwrap() + 20;
    no_text[middle] = 0xff;
    let damaged: [(&str, Vec<u8>); 6] = [
        ("a row in the middle is gone", without(seals[12] - 1)),
        ("a seal in the middle is gone", without(seals[12])),
        ("the end is cut off", lines[..=seals[20]].join("\n").into_bytes()),
        ("a byte that is no text", no_text),
        ("a row behind the last seal", [&whole[..], lines[1].as_bytes()].concat()),
        ("another number of rows", text.replace("{\"rows\":", "{\"rows\":1").into_bytes()),
    ];
    for (what, bytes) in damaged {
        fs::write(&path, bytes).unwrap();
        let stopped = old.archive(&enough(100), &path).await;
        assert!(matches!(stopped, Err(ArchiveStop::Damaged { .. })), "{what}: {stopped:?}");
        assert_eq!(old.there().await, there, "{what}");
    }
    old.town.close().await;
}

#[tokio::test]
async fn a_file_of_another_archive_removes_nothing() {
    let old = Old::open().await;
    let there = old.there().await;
    let path = old.written("whole.jsonl").await;
    let text = fs::read_to_string(&path).unwrap();
    // A later archive's file, with a database that was restored from before the earlier one.
    let lines: Vec<&str> = text.lines().collect();
    let tenth = lines.iter().position(|line| line.contains("\"seal\":10,")).unwrap();
    let hash = serde_json::from_str::<Value>(lines[tenth]).unwrap()["hash"].clone();
    let first = json!({ "archive": 1, "tenant": JRP, "behind": 10, "before": hash }).to_string();
    let (rows, end) = (&lines[tenth + 1..lines.len() - 1], lines[lines.len() - 1]);
    let count = rows.iter().filter(|line| line.contains("\"in_seal\"")).count();
    let end: Value = serde_json::from_str(end).unwrap();
    let last = json!({ "rows": count, "through": end["through"], "hash": end["hash"] }).to_string();
    let later = old.path("later.jsonl");
    fs::write(&later, [&[first.as_str()], rows, &[last.as_str()]].concat().join("\n")).unwrap();
    let stopped = old.archive(&enough(100), &later).await;
    assert!(matches!(stopped, Err(ArchiveStop::OtherFile(_))), "{stopped:?}");
    assert_eq!(old.there().await, there);

    // A chain that went on differently behind seal 14, after a restore.
    let cut = "DELETE FROM audit WHERE at > (SELECT sealed_at FROM audit_seal WHERE number = 14);
               DELETE FROM audit_seal WHERE number > 14";
    old.town.tamper(cut, cut).await;
    for number in 15..=27 {
        old.town.clock.advance(hours(1));
        note(&old.town, 1, old.town.clock.now()).await;
        assert_eq!(old.town.seal(JRP).await.unwrap().number, number);
    }
    let there = old.there().await;
    let stopped = old.archive(&enough(100), &path).await;
    assert!(matches!(stopped, Err(ArchiveStop::OtherFile(_))), "{stopped:?}");
    assert_eq!(old.there().await, there);
    old.town.close().await;
}

#[tokio::test]
async fn a_file_of_an_archive_that_had_ended_and_a_folder_in_use_are_told() {
    let old = Old::open().await;
    let path = old.path("trail.jsonl");
    let held = File::open(old.folder.path()).unwrap();
    held.lock().unwrap();
    assert!(matches!(old.archive(&enough(100), &path).await, Err(ArchiveStop::Busy(_))));
    assert!(!path.exists());
    drop(held);
    // A clock that was wrong once stops no archive.
    let late = old.town.clock.now() - hours(24 * 300);
    note(&old.town, 2, late).await;
    old.town.seal(JRP).await.unwrap();
    assert_eq!(checked(&old.town, None).await.late.len(), 2);
    let Archived { resumed, .. } = old.archive(&enough(100), &path).await.unwrap();
    assert!(!resumed);
    let (written, there) = (fs::read(&path).unwrap(), old.there().await);
    // The same name a month later: what is old by then stays where it is, and is said to.
    old.town.clock.advance(hours(24 * 31));
    note(&old.town, 1, old.town.clock.now()).await;
    old.town.seal(JRP).await.unwrap();
    let again = old.archive(&enough(100), &path).await;
    assert!(matches!(again, Err(ArchiveStop::Ended(_))), "{again:?}");
    assert_eq!(fs::read(&path).unwrap(), written);
    assert!(old.there().await.0 > there.0);
    old.town.close().await;
}

#[tokio::test]
async fn an_archive_made_since_the_heads_were_kept_is_told_and_is_no_flaw() {
    let old = Old::open().await;
    let before = checked(&old.town, None).await.head;
    assert_eq!(checked(&old.town, Some(before)).await.archived_since, None);
    let Archived { head, .. } = old.archive(&enough(100), &old.path("trail.jsonl")).await.unwrap();
    for _ in 0..2 {
        let report = checked(&old.town, Some(before)).await;
        assert_eq!((report.archived_since, report.is_sound()), (Some(head.number), true), "{report:?}");
        // The second time the row that says so has its seal.
        old.town.seal(JRP).await;
    }
    let after = checked(&old.town, None).await.head;
    assert_eq!(checked(&old.town, Some(after)).await.archived_since, None);
    old.town.close().await;
}

#[tokio::test]
async fn verifying_beside_an_archive_finds_nothing() {
    let old = Old::open().await;
    let slug = old.town.tenant(JRP).slug.clone();
    // What is read of one moment stays so, whatever is sealed and archived meanwhile.
    let mut tx = old.town.store().tenant(&slug).snapshot().await.unwrap();
    let before = chain::seals(&mut tx, 0, 100).await.unwrap();
    let path = old.path("trail.jsonl");
    let (archived, rounds) = (AtomicU64::new(0), AtomicU64::new(0));
    let verify = async {
        while archived.load(Ordering::Relaxed) == 0 {
            let report = check_trail(old.town.store(), &slug, None).await.unwrap();
            assert!(report.is_sound(), "{report:?}");
            rounds.fetch_add(1, Ordering::Relaxed);
        }
    };
    let archive = async {
        old.archive(&enough(100), &path).await.unwrap();
        archived.store(1, Ordering::Relaxed);
    };
    tokio::join!(verify, archive);
    assert!(rounds.into_inner() > 0);
    assert_eq!(chain::seals(&mut tx, 0, 100).await.unwrap(), before);
    drop(tx);
    assert_eq!(old.there().await.0, 1);
    old.town.close().await;
}
