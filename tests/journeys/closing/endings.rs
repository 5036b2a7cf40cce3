//! By which clock a last day is over, and what ends then: batch by batch, by one node.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use kenpo_portal::{
    cli::tenant::closing::{UnionFiles, act},
    domain::{member::japanese_day, tenant::Language},
    jobs::endings,
    portal::{
        NodeJob,
        closing::{Leaving, LeavingRefusal, LeavingStop, contact_after_closing},
    },
    tenants::Tenants,
    world::Clock,
};

use super::{about_its_end, is_inside, undo};
use crate::{
    holder::{Held, Holder, JRP},
    on_postgres,
    recovery::with_hanako,
    town::{JSW, Town, TownClock, for_batches, hours, job, minutes},
};

/// The town's clock, as one that others' clocks can be compared with.
#[derive(Debug)]
struct OfTheWorld<'t>(&'t TownClock);

impl Clock for OfTheWorld<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn is_of_the_world(&self) -> bool {
        true
    }

    fn steady(&self) -> Duration {
        self.0.steady()
    }
}

#[tokio::test]
async fn a_machine_whose_clock_is_a_year_ahead_closes_opens_exports_and_erases_nothing() {
    let (town, _, _, _) = with_hanako(Town::open().await).await;
    let tenant = town.tenant(JSW);
    let shown = contact_after_closing(&tenant);
    town.leaving(&tenant.slug).close("2026-12-31", &shown).await.unwrap();
    town.clock.advance(hours(24 * 400));
    let clock = OfTheWorld(&town.clock);
    let leaving = Leaving { clock: &clock, ..town.leaving(&tenant.slug) };
    let folder = town.path("export");
    if on_postgres() {
        // Its database is on another machine, where the day is not over.
        let refused = [
            leaving.close("2028-12-31", &shown).await.map(drop),
            leaving.undo().await.map(drop),
            leaving.export(&folder, None).await.map(drop),
            leaving.erase(true, &mut |_| {}).await.map(drop),
            Leaving { dry_run: true, ..town.leaving(&tenant.slug) }.erase(true, &mut |_| {}).await.map(drop),
        ];
        let (compared, alone) = refused.split_at(4);
        for outcome in compared {
            let apart = |why: &LeavingRefusal| matches!(why, LeavingRefusal::ClocksApart { .. });
            assert!(matches!(outcome, Err(LeavingStop::Refused(why)) if apart(why)), "{outcome:?}");
        }
        assert!(alone[0].is_ok(), "the same without a database's clock to compare with");
        assert!(!folder.exists() && about_its_end(&town).await == ["union-closing"]);
        assert_eq!(town.rows("member").await.len(), 1);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let files = UnionFiles { tenants: &Tenants::default(), seen: &[] };
        act(&leaving, &undo(), files, Language::Ja, (&mut out, &mut err)).await.unwrap();
        let said = String::from_utf8(err).unwrap();
        assert!(said.contains("データベースの時計"), "{said}");
    } else {
        // SQLite has the machine's clock; what it knows of the time speaks against it, until somebody says that it is right.
        let refused = [
            leaving.close("2028-12-31", &shown).await.map(drop),
            leaving.undo().await.map(drop),
            leaving.export(&folder, None).await.map(drop),
            leaving.erase(true, &mut |_| {}).await.map(drop),
        ];
        for outcome in refused {
            let unlikely = |why: &LeavingRefusal| matches!(why, LeavingRefusal::ClockUnlikely(_));
            assert!(matches!(&outcome, Err(LeavingStop::Refused(why)) if unlikely(why)), "{outcome:?}");
        }
        assert!(!folder.exists() && about_its_end(&town).await == ["union-closing"]);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let files = UnionFiles { tenants: &Tenants::default(), seen: &[] };
        act(&leaving, &undo(), files, Language::Ja, (&mut out, &mut err)).await.unwrap();
        let said = String::from_utf8(err).unwrap();
        assert!(said.contains("kenpo-portal clock --confirm"), "{said}");
        town.confirm_clock(&clock).await.unwrap();
        leaving.export(&folder, None).await.unwrap();
        leaving.erase(false, &mut |_| {}).await.unwrap();
    }
    town.close().await;
}

/// The town's clock; while it is asked for the `nth` time, two minutes pass.
#[derive(Debug)]
struct Slow<'t> {
    clock: &'t TownClock,
    nth: u64,
    asked: AtomicU64,
}

impl Clock for Slow<'_> {
    fn now(&self) -> Timestamp {
        if self.asked.fetch_add(1, Ordering::Relaxed) + 1 == self.nth {
            self.clock.advance(minutes(2));
        }
        self.clock.now()
    }

    fn steady(&self) -> Duration {
        self.clock.steady()
    }
}

#[tokio::test]
async fn a_last_day_that_is_taken_back_while_it_ends_has_ended_for_everybody_or_for_nobody() {
    let mut was_over = Vec::new();
    for nth in 1..=4 {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, Held::App).await;
        let tenant = town.tenant(JRP);
        let today = japanese_day(town.clock.now());
        while japanese_day(town.clock.now() + minutes(1)) == today {
            town.clock.advance(minutes(1));
        }
        let mut session = holder.sign_in(&town).await;
        assert!(is_inside(&mut session).await);
        town.leaving(&tenant.slug).close(&today.to_string(), &contact_after_closing(&tenant)).await.unwrap();
        let clock = Slow { clock: &town.clock, nth, asked: AtomicU64::new(0) };
        Leaving { clock: &clock, ..town.leaving(&tenant.slug) }.undo().await.unwrap();
        town.follow_closings().await;
        let trail = town.whole_trail(JRP).await;
        let lifted = trail.iter().find(|row| row.event == "union-closing-lifted").unwrap();
        let is_over = japanese_day(lifted.at) != today;
        assert_eq!(town.count(JRP, "union-closed").await, usize::from(is_over), "{nth}");
        assert_eq!(
            is_inside(&mut session).await,
            !is_over,
            "{nth}: whoever was told that it is over signs in"
        );
        assert!(is_inside(&mut holder.sign_in(&town).await).await, "{nth}: with what they have");
        was_over.push(is_over);
        town.close().await;
    }
    assert!(was_over.contains(&true) && was_over.contains(&false), "both come to pass: {was_over:?}");
}

#[tokio::test]
async fn a_node_that_stops_ends_one_batch_of_a_union_and_another_node_ends_the_rest() {
    let town = Town::open().await;
    let rows: String =
        (1..=501).map(|n| format!("12,{n},,S55.12.1,見本 {n},,member{n:03},Vp6r-Hn3t-Ky8s,\n")).collect();
    town.import(JRP, rows.trim_end()).await;
    let browser = |n: i32| if on_postgres() { format!("'\\x{n:064x}'") } else { format!("x'{n:064x}'") };
    let asks: Vec<String> = (0..501)
        .map(|n| format!("('{JRP}', {0}, {0}, (SELECT MAX(imported_at) FROM member))", browser(n)))
        .collect();
    town.sql(&format!(
        "INSERT INTO recovery_ask (tenant, browser, subject, expires_at) VALUES {}",
        asks.join(", ")
    ))
    .await;
    let tenant = town.tenant(JRP);
    let today = japanese_day(town.clock.now()).to_string();
    town.leaving(&tenant.slug).close(&today, &contact_after_closing(&tenant)).await.unwrap();
    town.clock.advance(hours(24));
    let portal = town.app.portal();
    endings::read_closings(portal).await.unwrap();
    let left = async || {
        let raised = town.texts("SELECT CAST(SUM(epoch) AS TEXT) FROM member").await[0][0].clone().unwrap();
        (raised.parse::<usize>().unwrap(), town.rows("recovery_ask").await.len())
    };
    let (before, _) = left().await;
    let batches = async |holder: &[u8], batches| {
        let goes_on = for_batches(batches);
        endings::end_closed_unions(portal, NodeJob { holder, goes_on: &goes_on }).await.unwrap();
        let (raised, asks) = left().await;
        (raised - before, asks, town.count(JRP, "union-closed").await)
    };
    assert_eq!(batches(b"one", 0).await, (0, 501, 0), "a node that stops begins nothing");
    assert_eq!(batches(b"one", 1).await, (500, 501, 0));
    assert_eq!(batches(b"two", 9).await, (500, 501, 0), "one node at a time");
    town.clock.advance(minutes(2));
    assert_eq!(batches(b"two", 3).await, (1001, 1, 0), "what hangs on no member goes by batches as well");
    endings::end_closed_unions(portal, job(b"two")).await.unwrap();
    let (_, asks) = left().await;
    assert_eq!((asks, town.count(JRP, "union-closed").await), (0, 1));
    town.close().await;
}
