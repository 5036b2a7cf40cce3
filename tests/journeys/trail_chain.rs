//! The chain over the trail: what is sealed, and what verifying finds (D35, M4).

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use kenpo_portal::{
    domain::{
        audit::{
            Event,
            chain::{Head, Seal},
            doing::{Actor, Doing, Reason},
        },
        member::EventId,
    },
    jobs::{seal, tell_waiting},
    portal::trail::{
        SEAL_ROWS, Sealed,
        archive::{Archive, ArchiveStop, Archived},
        check::{TrailFlaw, TrailReport, check_no_union, check_trail},
        file::check_archive,
        invariants::check_store,
    },
    store,
    world::{Clock as _, RandomError, RandomSource},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    holder::{Held, Holder, JRP},
    town::{JSW, Town, hours, side_by_side},
};

/// A town with three seals: a first login, and two more sign-ins.
pub async fn sealed() -> Town {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    assert!(town.seal(JRP).await.is_some());
    for number in 2..=3 {
        town.clock.advance(hours(1));
        holder.sign_in(&town).await;
        assert_eq!(town.seal(JRP).await.unwrap().number, number);
    }
    town
}

pub async fn checked(town: &Town, kept: Option<Head>) -> TrailReport {
    check_trail(town.store(), &town.tenant(JRP).slug, kept).await.unwrap()
}

/// Writes events that happened at this moment, in a transaction of its own.
pub async fn note(town: &Town, count: u8, at: Timestamp) {
    let mut tx = town.store().tenant(&town.tenant(JRP).slug).write().await.unwrap();
    for n in 0..count {
        let id = EventId::new(at, [n; 10]);
        store::audit::note(
            &mut tx,
            id,
            None,
            &Event::RosterImported { added: 0, changed: 0, missing: None, unchanged: 0 },
            Doing::by_program("test"),
            at,
        );
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn every_row_is_sealed_and_the_chain_verifies_from_its_first() {
    let town = sealed().await;
    let rows = town.whole_trail(JRP).await.len() as u64;
    let report = checked(&town, None).await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.rows, report.seals, report.waiting), (rows, 3, 0));
    assert_eq!(town.seal(JRP).await, None, "nothing waits");
    // What happens later waits, and is no flaw; the head of before is still in the chain.
    let kept = report.head;
    note(&town, 2, town.clock.now()).await;
    let report = checked(&town, Some(kept)).await;
    assert!(report.is_sound() && report.waiting == 2 && report.oldest.is_some(), "{report:?}");
    town.seal(JRP).await.unwrap();
    let report = checked(&town, Some(kept)).await;
    assert_eq!((report.is_sound(), report.rows, report.seals), (true, rows + 2, 4));
    town.close().await;
}

#[tokio::test]
async fn a_row_that_is_committed_late_with_an_earlier_id_is_sealed_like_any_other() {
    let town = sealed().await;
    let slug = town.tenant(JRP).slug.clone();
    let before = town.clock.now();
    // Begun before the seal, on another node or in a longer transaction, and committed after it.
    town.clock.advance(hours(1));
    note(&town, 3, town.clock.now()).await;
    town.seal(JRP).await.unwrap();
    note(&town, 2, before).await;
    let report = checked(&town, None).await;
    assert!(report.is_sound() && report.waiting == 2, "{report:?}");
    assert!(matches!(
        town.app.portal().seal_trail(&slug, b"node").await.unwrap(),
        Sealed::One { full: false, .. }
    ));
    let report = checked(&town, None).await;
    assert!(report.is_sound() && report.waiting == 0, "{report:?}");
    town.close().await;
}

#[tokio::test]
async fn one_node_seals_and_another_takes_over_when_it_dies() {
    let town = sealed().await;
    let slug = town.tenant(JRP).slug.clone();
    let portal = town.app.portal();
    let seal = async |node: &[u8]| portal.seal_trail(&slug, node).await.unwrap();
    // The one who sealed last has the lease.
    note(&town, 1, town.clock.now()).await;
    assert_eq!(seal(b"other").await, Sealed::Elsewhere, "while the lease lasts");
    assert!(matches!(seal(b"node").await, Sealed::One { .. }), "its holder goes on");
    town.clock.advance(jiff::SignedDuration::from_secs(4));
    note(&town, 1, town.clock.now()).await;
    assert!(matches!(seal(b"other").await, Sealed::One { .. }), "the holder died");
    note(&town, 2, town.clock.now() + hours(1)).await;
    assert_eq!(seal(b"node").await, Sealed::Elsewhere);
    assert!(matches!(seal(b"other").await, Sealed::One { .. }));
    assert!(checked(&town, None).await.is_sound());
    town.close().await;
}

#[tokio::test]
async fn two_nodes_at_once_make_one_chain() {
    let town = sealed().await;
    let slug = town.tenant(JRP).slug.clone();
    let portal = town.app.portal();
    for round in 0..10_i64 {
        note(&town, 5, town.clock.now() + hours(round + 1)).await;
        let _ = tokio::join!(portal.seal_trail(&slug, b"one"), portal.seal_trail(&slug, b"two"));
        town.clock.advance(jiff::SignedDuration::from_secs(4));
    }
    town.seal(JRP).await;
    let report = checked(&town, None).await;
    assert!(report.is_sound() && report.waiting == 0, "{report:?}");
    town.close().await;
}

#[tokio::test]
async fn rows_of_an_older_program_are_sealed_when_the_first_seal_is_made() {
    let town = Town::open().await;
    // As 0.2.0 writes them: without the new columns, more than one seal holds.
    let count = SEAL_ROWS as usize + 200;
    let values = |postgres: bool| {
        let row = |n: usize| {
            let (id, at) = if postgres {
                (format!("'{n:032x}'"), format!("to_timestamp({n})"))
            } else {
                (format!("x'{n:032x}'"), format!("{n}000000"))
            };
            format!("('{JRP}', {id}, {at}, 'password-set', '{{}}')")
        };
        let rows: Vec<_> = (1..=count).map(row).collect();
        format!("INSERT INTO audit (tenant, id, at, event, detail) VALUES {}", rows.join(", "))
    };
    town.plainly(&values(false), &values(true)).await;
    town.seal(JRP).await.unwrap();
    let report = checked(&town, None).await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.rows, report.seals, report.waiting), (count as u64, 2, 0));
    town.close().await;
}

/// What is done to a trail behind the program's back, and the words of what verifying finds.
struct Tampering {
    name: &'static str,
    sqlite: String,
    postgres: String,
    found: &'static [&'static str],
    /// Whether it is found only against a head that was kept.
    against_head: bool,
}

fn word(flaw: &TrailFlaw) -> &'static str {
    match flaw {
        TrailFlaw::RowChanged { .. } => "row-changed",
        TrailFlaw::RowMissing { .. } => "row-missing",
        TrailFlaw::RowAdded { .. } => "row-added",
        TrailFlaw::RowUnreadable { .. } => "row-unreadable",
        TrailFlaw::RowSealedTwice { .. } => "row-sealed-twice",
        TrailFlaw::RowWaitsSealed { .. } => "row-waits-sealed",
        TrailFlaw::RowArchived { .. } => "row-archived",
        TrailFlaw::NoUnion { .. } => "no-union",
        TrailFlaw::SealArchived { .. } => "seal-archived",
        TrailFlaw::SealUnreadable { .. } => "seal-unreadable",
        TrailFlaw::AnchorUnreadable { .. } => "anchor-unreadable",
        TrailFlaw::FileDiffers { .. } => "file-differs",
        TrailFlaw::SealMissing { .. } => "seal-missing",
        TrailFlaw::SealChanged { .. } => "seal-changed",
        TrailFlaw::SealMoved { .. } => "seal-moved",
        TrailFlaw::AnchorUnknown { .. } => "anchor-unknown",
        TrailFlaw::HeadGone { .. } => "head-gone",
        TrailFlaw::HeadDiffers { .. } => "head-differs",
    }
}

/// An id as a literal of the database.
fn literal(id: Uuid) -> (String, String) {
    (format!("x'{}'", id.simple()), format!("'{id}'"))
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn tamperings(ids: &[Uuid]) -> Vec<Tampering> {
    let (sqlite, postgres) = literal(ids[3]);
    let (other_sqlite, other_postgres) = literal(ids[5]);
    let same = |name, text: &str, found| Tampering {
        name,
        sqlite: text.replace("ID1", &sqlite).replace("ID2", &other_sqlite),
        postgres: text.replace("ID1", &postgres).replace("ID2", &other_postgres),
        found,
        against_head: false,
    };
    let columns = "event, detail, member, actor_kind, actor, reason, purpose, gate, net, receipt";
    let mut all = vec![
        same("a row is gone", "DELETE FROM audit WHERE id = ID1", &["row-missing"]),
        same(
            "two rows are swapped",
            &format!(
                "CREATE TABLE other AS SELECT * FROM audit WHERE id IN (ID1, ID2);
                 UPDATE audit SET ({columns}) = (SELECT {columns} FROM other WHERE other.id = ID2) WHERE id = ID1;
                 UPDATE audit SET ({columns}) = (SELECT {columns} FROM other WHERE other.id = ID1) WHERE id = ID2;
                 DROP TABLE other"
            ),
            &["row-changed"],
        ),
        same("a seal is gone", "DELETE FROM audit_seal WHERE number = 2", &["row-added", "seal-missing"]),
        same(
            "the first seal is gone",
            "DELETE FROM audit_seal WHERE number = 1",
            &["row-added", "seal-missing"],
        ),
        same(
            "a seal is renumbered",
            "UPDATE audit_seal SET number = 9 WHERE number = 3",
            &["seal-changed", "seal-missing"],
        ),
        same(
            "two seals are swapped",
            "UPDATE audit_seal SET number = 9 WHERE number = 2;
             UPDATE audit_seal SET number = 2 WHERE number = 3;
             UPDATE audit_seal SET number = 3 WHERE number = 9",
            &["seal-changed"],
        ),
        same(
            "a row is taken off the queue before it is sealed, with its seal",
            "DELETE FROM audit_seal WHERE number = 3",
            &["row-added"],
        ),
    ];
    for column in ["event", "detail", "actor", "reason", "purpose", "gate", "net", "receipt", "actor_kind"] {
        let text = format!("UPDATE audit SET {column} = 'other' WHERE id = ID1");
        all.push(same("a field is changed", &text, &["row-changed"]));
    }
    all.push(Tampering {
        name: "a time is changed",
        sqlite: format!("UPDATE audit SET at = at + 1 WHERE id = {sqlite}"),
        postgres: format!("UPDATE audit SET at = at + INTERVAL '1 microsecond' WHERE id = {postgres}"),
        found: &["row-changed"],
        against_head: false,
    });
    let added = Uuid::from_u128(ids[3].as_u128() + 1);
    let (sqlite_added, postgres_added) = literal(added);
    let add = |id: &str, from: &str| {
        format!(
            "INSERT INTO audit (tenant, id, at, event, detail)
             SELECT tenant, {id}, at, event, detail FROM audit WHERE id = {from}"
        )
    };
    all.push(Tampering {
        name: "a row is added",
        sqlite: add(&sqlite_added, &sqlite),
        postgres: add(&postgres_added, &postgres),
        found: &["row-added"],
        against_head: false,
    });
    let first = Uuid::nil();
    let (sqlite_first, postgres_first) = literal(first);
    all.push(Tampering {
        name: "a row is added with the first of all ids, from before all time",
        sqlite: add(&sqlite_first, &sqlite).replace(", at, event, detail FROM", ", -1, event, detail FROM"),
        postgres: add(&postgres_first, &postgres)
            .replace(", at, event, detail FROM", ", '-infinity', event, detail FROM"),
        found: if crate::on_postgres() { &["row-unreadable"] } else { &["row-added"] },
        against_head: false,
    });
    // As many rows as the seals name and as wait.
    let instead = "INSERT INTO audit_waiting (tenant, id) SELECT tenant, id FROM audit WHERE id =";
    all.push(Tampering {
        name: "a row is added, and one that is sealed waits in its place",
        sqlite: format!("{}; {instead} {sqlite}", add(&sqlite_added, &sqlite)),
        postgres: format!("{}; {instead} {postgres}", add(&postgres_added, &postgres)),
        found: &["row-added", "row-waits-sealed"],
        against_head: false,
    });
    let archived = |id: &str, hex: &str| {
        format!(
            "INSERT INTO audit (tenant, id, at, event, detail)
             SELECT tenant, {id}, sealed_at, 'trail-archived',
                    '{{\"seal\":2,\"hash\":\"' || {hex} || '\"}}' FROM audit_seal WHERE number = 2;
             INSERT INTO audit_waiting (tenant, id) SELECT tenant, id FROM audit WHERE id = {id};
             INSERT INTO audit_anchor (tenant, number, hash, sealed_at, event, archived_at)
             SELECT tenant, number, hash, sealed_at, {id}, sealed_at FROM audit_seal WHERE number = 2"
        )
    };
    all.push(Tampering {
        name: "the chain begins behind seals that were archived by nobody",
        sqlite: archived(&sqlite_added, "lower(hex(hash))"),
        postgres: archived(&postgres_added, "encode(hash, 'hex')"),
        found: &["row-archived", "seal-archived"],
        against_head: false,
    });
    all.push(Tampering {
        name: "a time that is none",
        sqlite: format!("UPDATE audit SET at = 9223372036854775807 WHERE id = {sqlite}"),
        postgres: format!("UPDATE audit SET at = 'infinity' WHERE id = {postgres}"),
        found: &["row-unreadable"],
        against_head: false,
    });
    all.push(same(
        "a seal with a number that none can have",
        "UPDATE audit_seal SET number = 9223372036854775807 WHERE number = 3",
        &["row-added", "seal-unreadable"],
    ));
    for (name, set) in [("hash", "hash = before"), ("link", "before = hash"), ("entries", "entries = hash")] {
        let text = format!("UPDATE audit_seal SET {set} WHERE number = 2");
        let found: &[&str] = match name {
            "hash" => &["seal-changed", "seal-moved"],
            "entries" => &["row-added", "seal-changed"],
            _ => &["seal-changed"],
        };
        all.push(same(name, &text, found));
    }
    all.push(Tampering {
        against_head: true,
        ..same(
            "the end is cut off, rows and seal",
            "DELETE FROM audit WHERE at > (SELECT sealed_at FROM audit_seal WHERE number = 2);
             DELETE FROM audit_seal WHERE number = 3",
            &["head-gone"],
        )
    });
    all
}

#[tokio::test]
async fn whatever_is_done_to_the_trail_behind_the_programs_back_is_found_and_named() {
    // How many there are does not depend on the ids.
    let count = tamperings(&[Uuid::nil(); 8]).len();
    assert!(count > 15);
    side_by_side(0..count, async |at| {
        let town = sealed().await;
        let head = checked(&town, None).await.head;
        let ids: Vec<Uuid> = town.whole_trail(JRP).await.iter().map(|row| row.id).collect();
        let tampering = tamperings(&ids).remove(at);
        town.tamper(&tampering.sqlite, &tampering.postgres).await;
        let name = tampering.name;
        let report = checked(&town, Some(head)).await;
        let mut found: BTreeSet<&str> = report.flaws.iter().map(word).collect();
        if tampering.against_head {
            assert!(checked(&town, None).await.is_sound(), "{name}: only the head that was kept can tell");
        } else {
            assert!(!checked(&town, None).await.is_sound(), "{name}: found without a head, too");
            found.remove("head-gone");
            found.remove("head-differs");
        }
        let expected: BTreeSet<&str> = tampering.found.iter().copied().collect();
        assert_eq!(found, expected, "{name}: {report:?}");
        if found.contains("row-changed") {
            let named = |flaw: &TrailFlaw| matches!(flaw, TrailFlaw::RowChanged { id, .. } if *id == ids[3]);
            assert!(report.flaws.iter().any(named), "{name}: {report:?}");
        }
        town.close_with_rows_of_its_own().await;
    });
}

/// Puts the newest sealed row among those that wait, as the program's own account may.
async fn waits_again(town: &Town) -> Uuid {
    let id = town.whole_trail(JRP).await.last().unwrap().id;
    let (sqlite, postgres) = literal(id);
    let text = |id: &str| format!("INSERT INTO audit_waiting (tenant, id) VALUES ('{JRP}', {id})");
    town.plainly(&text(&sqlite), &text(&postgres)).await;
    id
}

#[tokio::test]
async fn a_row_that_is_sealed_is_sealed_no_second_time() {
    let town = sealed().await;
    let again = waits_again(&town).await;
    note(&town, 1, town.clock.now()).await;
    assert_eq!(town.seal(JRP).await.unwrap().number, 4, "what waits beside it is sealed");
    assert_eq!(town.seal(JRP).await, None);
    let report = checked(&town, None).await;
    assert_eq!(report.flaws, [TrailFlaw::RowWaitsSealed { id: again, seal: 3 }], "{report:?}");

    // A program that looks at nothing seals it.
    let slug = town.tenant(JRP).slug.clone();
    let mut tx = town.store().tenant(&slug).write().await.unwrap();
    let head = store::chain::head(&mut tx).await.unwrap();
    assert_eq!(store::chain::mark(&mut tx, 5, None, 10).await.unwrap(), 1);
    let rows = store::chain::marked(&mut tx, 5).await.unwrap();
    let rows: Vec<_> = rows.into_iter().filter_map(|kept| kept.row).collect();
    assert!(store::chain::put(&mut tx, &Seal::over(JRP, head, &rows, town.clock.now())).await.unwrap());
    tx.commit().await.unwrap();
    let report = checked(&town, None).await;
    assert_eq!(report.flaws, [TrailFlaw::RowSealedTwice { id: again, first: 3, seal: 5 }], "{report:?}");
    town.close().await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_keeps_nothing_else_from_its_seal() {
    let town = sealed().await;
    town.hanako(JSW).await;
    let ff = "ff".repeat(16);
    let insert = |name: &str, id: &str, at: &str| {
        format!(
            "INSERT INTO audit (tenant, id, at, event, detail) VALUES ('{name}', {id}, {at}, 'password-set', '{{}}')"
        )
    };
    let of_her = |id: &str, at: &str| {
        format!(
            "INSERT INTO audit (tenant, id, at, event, member, detail)
             SELECT tenant, {id}, {at}, 'password-set', id, '{{}}' FROM member WHERE tenant = '{JRP}'"
        )
    };
    let (max, zero) = (format!("x'{ff}'"), format!("x'{}'", "00".repeat(16)));
    let fe = "fe".repeat(16);
    let sqlite = [
        of_her(&format!("x'{fe}'"), "9223372036854775807"),
        insert(JRP, &max, "9223372036854775807"),
        insert(JRP, &zero, "-9223372036854775807"),
        insert(JRP, "x'00'", "1"),
        insert(JRP, "x''", "1"),
        insert("../No Union", "x'00'", "1"),
    ];
    let (max, zero) = (format!("'{ff}'"), format!("'{}'", Uuid::nil()));
    let postgres = [
        of_her(&format!("'{fe}'"), "'infinity'"),
        insert(JRP, &max, "'infinity'"),
        insert(JRP, &zero, "'-infinity'"),
        insert("../No Union", &zero, "now()"),
    ];
    let whose = town.whole_trail(JRP).await.iter().find_map(|row| row.member).unwrap();
    let unread = if crate::on_postgres() { 3 } else { 5 };
    town.plainly(&sqlite.join("; "), &postgres.join("; ")).await;
    note(&town, 3, town.clock.now()).await;
    tell_waiting(town.app.portal(), &|| true).await.unwrap();
    assert_eq!(town.seal(JRP).await.unwrap().number, 4);
    assert!(town.seal(JSW).await.is_some());
    let report = checked(&town, None).await;
    assert_eq!(
        (report.seals, report.waiting, report.flaws.len()),
        (4, unread, unread as usize),
        "{report:?}"
    );
    assert!(report.flaws.iter().all(|flaw| word(flaw) == "row-unreadable"), "{report:?}");
    let slug = |union: &str| town.tenant(union).slug.clone();
    assert!(check_trail(town.store(), &slug(JSW), None).await.unwrap().is_sound());
    let store = check_store(town.store(), &slug(JRP), town.clock.now()).await.unwrap();
    assert!(store.broken.is_empty() && !store.trail.is_sound(), "{store:?}");
    let mut tx = town.store().tenant(&slug(JRP)).read().await.unwrap();
    let shown = store::audit::of_member(&mut tx, kenpo_portal::domain::member::MemberId::kept(whose), 100)
        .await
        .unwrap();
    assert!(!shown.is_empty(), "what can be read of a member is shown");
    let all = store::audit::TrailFilter::default();
    let (mut after, mut rows, mut flawed) = (None, 0, 0);
    loop {
        let page = store::audit::page(&mut tx, &all, after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        rows += page.iter().filter(|kept| kept.row.is_some()).count() as u64;
        flawed += page.iter().filter(|kept| kept.row.is_none()).count();
    }
    drop(tx);
    assert_eq!((rows, flawed), (report.rows, unread as usize), "a page holds two rows, and none is left out");
    let unions = town.store().everywhere().trails().await.unwrap();
    assert!(unions.iter().any(|union| union == "../No Union"), "{unions:?}");
    let report = check_no_union(town.store(), "../No Union").await.unwrap();
    assert!(matches!(report.flaws[..], [TrailFlaw::NoUnion { id: Some(_) }]), "{report:?}");
    town.close().await;
}

#[tokio::test]
async fn a_file_that_holds_together_is_no_archive_unless_the_database_knows_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut towns = Vec::new();
    for (rows, name) in [(1, "one.jsonl"), (2, "other.jsonl")] {
        let town = Town::open().await;
        for _ in 0..3 {
            note(&town, rows, town.clock.now()).await;
            town.seal(JRP).await.unwrap();
            town.clock.advance(hours(1));
        }
        let old = town.clock.now() + hours(1);
        town.clock.advance(hours(24 * 400));
        note(&town, 1, town.clock.now()).await;
        town.seal(JRP).await.unwrap();
        let (slug, doing) = (town.tenant(JRP).slug.clone(), Doing::by_program("test"));
        let (clock, random) = (town.clock.as_ref(), Exhausted(AtomicU64::new(100)));
        let rng = &random;
        let archive = Archive { store: town.store(), clock, rng, tenant: &slug, doing: &doing };
        let path = folder.path().join(name);
        archive.run(old, &path).await.unwrap();
        towns.push((town, path));
    }
    let [(one, path), (other, other_path)] = &towns[..] else { panic!() };
    let mut file = check_archive(path, |_| None).unwrap().unwrap();
    assert!(file.report.is_sound());
    assert!(file.compare(one.store()).await.unwrap() && file.report.is_sound(), "{:?}", file.report);
    // Rows of another time, sealed as they should be: such a file can be computed.
    let mut forged = check_archive(other_path, |_| None).unwrap().unwrap();
    assert!(forged.report.is_sound());
    assert!(forged.compare(one.store()).await.unwrap());
    assert_eq!(forged.report.flaws, [TrailFlaw::FileDiffers { seal: 3 }]);
    // The same rows and seals in other bytes.
    let text = std::fs::read_to_string(path).unwrap();
    std::fs::write(path, text + "\n").unwrap();
    let mut longer = check_archive(path, |_| None).unwrap().unwrap();
    assert!(longer.report.is_sound() && longer.compare(one.store()).await.unwrap());
    assert_eq!(longer.report.flaws, [TrailFlaw::FileDiffers { seal: 3 }]);
    // A database that has archived nothing of the kind.
    let fresh = Town::open().await;
    let mut file = check_archive(other_path, |_| None).unwrap().unwrap();
    assert!(!file.compare(fresh.store()).await.unwrap());
    assert!(file.compare(other.store()).await.unwrap() && file.report.is_sound());
    fresh.close().await;
    for (town, _) in towns {
        town.close().await;
    }
}

#[tokio::test]
async fn a_row_of_yesterday_that_was_not_there_yesterday_is_found() {
    let town = sealed().await;
    town.clock.advance(hours(72));
    note(&town, 1, town.clock.now()).await;
    let kept = town.seal(JRP).await.unwrap();
    // Written by the program's own means, and dated back.
    note(&town, 2, town.clock.now() - hours(48)).await;
    town.seal(JRP).await.unwrap();
    let report = checked(&town, Some(kept)).await;
    assert_eq!((report.late.len(), report.new_late, report.flaws.len()), (2, 2, 0), "{report:?}");
    assert!(!report.is_sound(), "they came since the head that was kept");
    // Whoever has looked into it keeps the head of this run: it is told, and no alarm, from then on.
    for kept in [None, Some(report.head)] {
        let report = checked(&town, kept).await;
        assert_eq!((report.late.len(), report.new_late), (2, 0), "{report:?}");
        assert!(report.is_sound());
    }
    town.close().await;
}

#[tokio::test]
async fn a_lease_that_was_taken_by_a_wrong_clock_holds_nobody_off() {
    let town = sealed().await;
    let slug = town.tenant(JRP).slug.clone();
    let portal = town.app.portal();
    // An hour ahead, and nobody has noticed yet.
    town.clock.advance(hours(1));
    note(&town, 1, town.clock.now()).await;
    assert!(matches!(portal.seal_trail(&slug, b"ahead").await.unwrap(), Sealed::One { .. }));
    // Mended and restarted: the node goes by another name.
    town.clock.jump(-hours(1));
    assert_eq!(
        portal.seal_trail(&slug, b"restarted").await.unwrap(),
        Sealed::Resting,
        "the time is in doubt"
    );
    town.clock.advance(jiff::SignedDuration::from_secs(61));
    note(&town, 2, town.clock.now()).await;
    assert!(matches!(portal.seal_trail(&slug, b"restarted").await.unwrap(), Sealed::One { .. }));
    assert!(checked(&town, None).await.is_sound());
    town.close().await;
}

#[tokio::test]
async fn a_clock_that_is_ahead_seals_nothing_and_makes_no_row_late() {
    let town = sealed().await;
    let slug = town.tenant(JRP).slug.clone();
    let portal = town.app.portal();
    portal.clock_doubt();
    town.clock.jump(hours(48));
    note(&town, 1, town.clock.now()).await;
    assert_eq!(portal.seal_trail(&slug, b"node").await.unwrap(), Sealed::Resting);
    town.clock.jump(-hours(48));
    assert!(portal.clock_doubt().is_some(), "for a minute more");
    town.clock.advance(jiff::SignedDuration::from_secs(61));
    note(&town, 2, town.clock.now()).await;
    let since = portal.unsealed_since(&slug).await.unwrap();
    assert!(since.is_some_and(|since| since <= town.clock.now()), "the oldest by its id: {since:?}");
    assert!(town.seal(JRP).await.is_some());
    let kept = checked(&town, None).await.head;
    town.clock.advance(hours(1));
    note(&town, 3, town.clock.now()).await;
    town.seal(JRP).await.unwrap();
    let report = checked(&town, Some(kept)).await;
    assert!(report.is_sound() && report.late.is_empty(), "{report:?}");
    town.close().await;
}

#[tokio::test]
async fn rows_that_wait_for_a_minute_are_a_line_of_the_log_until_they_are_sealed() {
    let town = sealed().await;
    let log = tempfile::NamedTempFile::new().unwrap();
    let writer = Arc::new(log.reopen().unwrap());
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let portal = town.app.portal();
    let lines = async || {
        let before = std::fs::read_to_string(log.path()).unwrap().len();
        tell_waiting(portal, &|| true).await.unwrap();
        let said = std::fs::read_to_string(log.path()).unwrap().split_off(before);
        let told = |line: &&str| line.contains("have waited for their seal for more than a minute");
        said.lines().filter(told).map(str::to_owned).collect::<Vec<_>>()
    };
    note(&town, 1, town.clock.now()).await;
    let since = town.clock.now();
    assert!(lines().await.is_empty());
    town.clock.advance(jiff::SignedDuration::from_secs(59));
    assert!(lines().await.is_empty(), "a minute is not over");
    town.clock.advance(jiff::SignedDuration::from_secs(1));
    for _ in 0..2 {
        let told = lines().await;
        assert_eq!(told.len(), 1, "{told:?}");
        let second = since.to_string()[..19].to_owned();
        assert!(told[0].contains("WARN") && told[0].contains(JRP) && told[0].contains(&second), "{told:?}");
    }
    // A clock that was set back is late as well: nobody knows which of the two is right.
    town.clock.advance(-hours(1));
    assert_eq!(lines().await.len(), 1);
    town.clock.advance(hours(1));
    town.seal(JRP).await.unwrap();
    assert!(lines().await.is_empty());
    town.close().await;
}

#[tokio::test]
async fn a_union_whose_seal_fails_or_whose_row_is_gone_keeps_no_other_from_its_seal() {
    let town = sealed().await;
    town.hanako(JSW).await;
    note(&town, 1, town.clock.now()).await;
    let cut = format!("UPDATE audit_seal SET hash = substr(hash, 2) WHERE tenant = '{JRP}'");
    town.tamper(&cut, &cut).await;
    let unsealed = async || town.store().everywhere().unsealed().await.unwrap();
    assert_eq!(unsealed().await, [JRP, JSW]);
    let leaving = CancellationToken::new();
    let job = seal(town.app.portal().clone(), b"node".to_vec(), leaving.clone());
    let watch = async {
        for _ in 0..20_000 {
            if unsealed().await == [JRP] {
                break;
            }
            tokio::task::yield_now().await;
        }
        leaving.cancel();
    };
    tokio::join!(job, watch);
    assert_eq!(unsealed().await, [JRP], "the one behind it in the alphabet is sealed");
    // A row that was removed before its seal waits for none: nobody begins a transaction for it.
    let gone = format!(
        "DELETE FROM audit WHERE tenant = '{JRP}' AND id IN (SELECT id FROM audit_waiting WHERE tenant = '{JRP}')"
    );
    town.tamper(&gone, &gone).await;
    assert!(unsealed().await.is_empty());
    town.close().await;
}

/// Random bytes until they run out.
pub struct Exhausted(pub AtomicU64);

impl std::fmt::Debug for Exhausted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exhausted")
    }
}

impl RandomSource for Exhausted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) {
            Ok(left) => {
                bytes.fill(u8::try_from(left).unwrap());
                Ok(())
            }
            Err(_) => Err(RandomError),
        }
    }
}

#[tokio::test]
async fn what_is_archived_is_in_the_file_and_the_chain_goes_on_behind_it() {
    let town = sealed().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.jsonl");
    let slug = town.tenant(JRP).slug.clone();
    for _ in 0..22 {
        town.clock.advance(hours(1));
        note(&town, 1, town.clock.now()).await;
        town.seal(JRP).await.unwrap();
    }
    let before = checked(&town, None).await;
    let old = town.clock.now();
    town.clock.advance(hours(24 * 400));
    note(&town, 1, town.clock.now()).await;
    town.seal(JRP).await.unwrap();
    let archive = async |rng: &dyn RandomSource, before: Timestamp| {
        let reason = Reason::parse("retention");
        let doing = Doing::by_command(Actor::Agency("root".into()), "audit archive", reason);
        let clock = town.clock.as_ref();
        Archive { store: town.store(), clock, rng, tenant: &slug, doing: &doing }.run(before, &path).await
    };
    let enough = Exhausted(AtomicU64::new(100));
    let first = town.whole_trail(JRP).await[0].at;
    assert!(matches!(archive(&enough, first).await, Err(ArchiveStop::Nothing)), "nothing is as old");
    assert!(!path.exists());
    // Stopped after the first transaction of the removal, and run again.
    let stopped = archive(&Exhausted(AtomicU64::new(1)), old + hours(1)).await;
    assert!(matches!(stopped, Err(ArchiveStop::NoRandomness(_))), "{stopped:?}");
    let written = std::fs::read(&path).unwrap();
    let half = checked(&town, Some(before.head)).await;
    assert!(half.is_sound() && half.seals > 1 && half.seals < 26, "{half:?}");
    let Archived { rows, head, resumed } = archive(&enough, old + hours(1)).await.unwrap();
    assert!(resumed);
    assert_eq!((rows, head), (before.rows, before.head));
    assert_eq!(std::fs::read(&path).unwrap(), written, "the file is written once");

    let report = checked(&town, Some(before.head)).await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.seals, 1);
    town.seal(JRP).await.unwrap();
    let trail = town.whole_trail(JRP).await;
    let told: Vec<_> = trail.iter().filter(|row| row.event == "trail-archived").collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[0].reason.as_deref(), Some("retention"));
    let lines = String::from_utf8(written).unwrap();
    assert_eq!(lines.lines().filter(|line| line.contains("\"in_seal\"")).count() as u64, before.rows);
    assert!(lines.lines().last().unwrap().contains(&before.head.hex()));

    // The file can be checked by itself: a row that is changed, a line that is gone, an end that is cut off.
    let check = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let file = check_archive(&path, |_| Some(before.head)).unwrap().unwrap();
        assert_eq!(file.union, JRP);
        file.report
    };
    let sound = check(&lines);
    assert_eq!((sound.is_sound(), sound.rows, sound.head), (true, before.rows, before.head), "{sound:?}");
    let changed = check(&lines.replacen("\"password-set\"", "\"password-changed\"", 1));
    assert!(matches!(changed.flaws[..], [TrailFlaw::RowChanged { .. }]), "{changed:?}");
    let shorter: Vec<_> =
        lines.lines().enumerate().filter(|(at, _)| *at != 3).map(|(_, line)| line).collect();
    let gone = check(&shorter.join("\n"));
    assert!(matches!(gone.flaws[..], [TrailFlaw::RowMissing { .. }]), "{gone:?}");
    let last = shorter.iter().rposition(|line| line.contains("\"sealed_at\"")).unwrap();
    let cut = check(&shorter[..last].join("\n"));
    assert!(cut.flaws.iter().any(|flaw| matches!(flaw, TrailFlaw::HeadGone { .. })), "{cut:?}");

    // The triggers are back; another's file is not taken for this archive; an anchor out of nowhere is found.
    let refused = town.refused("DELETE FROM audit").await + &town.refused("DELETE FROM audit_seal").await;
    assert_eq!(refused.matches("never").count(), 2, "{refused}");
    std::fs::write(&path, "something else\n").unwrap();
    assert!(matches!(archive(&enough, town.clock.now()).await, Err(ArchiveStop::OtherFile(_))));
    let anchor = |hash: &str, id: &str, at: &str| {
        format!(
            "INSERT INTO audit_anchor (tenant, number, hash, sealed_at, event, archived_at)
                 VALUES ('{JRP}', 26, {hash}, {at}, {id}, {at}); DELETE FROM audit_seal WHERE number = 26"
        )
    };
    let (hash, id) = ("00".repeat(32), Uuid::nil());
    town.tamper(
        &anchor(&format!("x'{hash}'"), &format!("x'{}'", id.simple()), "1"),
        &anchor(&format!("'\\x{hash}'"), &format!("'{id}'"), "now()"),
    )
    .await;
    let report = checked(&town, None).await;
    assert!(report.flaws.contains(&TrailFlaw::AnchorUnknown { seal: 26 }), "{report:?}");
    town.close_with_rows_of_its_own().await;
}
