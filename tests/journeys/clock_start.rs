//! The service starts by a clock that what the database knows speaks against (R24, R25): before it, it is not believed; far
//! after it, members sign in, and nothing is ended for good.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use kenpo_portal::{
    domain::{audit::doing::Doing, clock::ClockDoubt, letter::Letter, tenant::Tenant},
    jobs::{Sweeping, endings},
    portal::clock,
    web::{
        Website,
        health::{ShutdownFlag, router},
    },
    world::Clock,
};
use tower::ServiceExt as _;

use crate::{
    holder::{Held, Holder, JRP},
    on_postgres,
    town::{JSW, Manner, Sink, Town, hours, job, minutes},
    trail_chain::Exhausted,
    walk::sign_in,
};

/// A clock that is as far from the town's as it is told.
#[derive(Debug)]
struct Off(Arc<dyn Clock>, SignedDuration);

impl Clock for Off {
    fn now(&self) -> Timestamp {
        self.0.now() + self.1
    }

    fn steady(&self) -> Duration {
        self.0.steady()
    }
}

/// A node that starts by a clock so far from the town's, and looks at it.
async fn start(town: &Town, off: SignedDuration) -> Website {
    let node = town.node_with(Arc::new(Off(town.clock.clone(), off)));
    look(&node).await;
    node
}

/// What the node does every few seconds. PostgreSQL's own clock, which is not the town's, is another story's.
async fn look(node: &Website) -> Option<ClockDoubt> {
    node.portal().compare_with_known().await.unwrap()
}

/// Every job of the node that ends something for good, once.
async fn one_round(node: &Website) {
    let portal = node.portal();
    let unions: Vec<Arc<Tenant>> = node.tenants().iter().cloned().collect();
    let _ = Sweeping::default().round(portal, &unions, &|| true).await;
    endings::end_memberships(portal, unions.clone(), job(b"node")).await.unwrap();
    endings::erase_all_ended(portal, unions, job(b"node")).await.unwrap();
    endings::end_closed_unions(portal, job(b"node")).await.unwrap();
}

async fn ready(node: &Website) -> (u16, String) {
    let request = Request::get("/readyz").body(Body::empty()).unwrap();
    let internal: Router = router(node.clone(), ShutdownFlag::default());
    let response = internal.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

/// A member who left a while ago, one whose first password waits, and one who is active; the service ran a moment ago.
async fn town_with_members() -> (Town, Holder) {
    let town = Town::open().await;
    let holder = Holder::of(&town, Held::App).await;
    town.import(
        JRP,
        "16,1,,S60.1.2,左田 一,ヒダリ ハジメ,left0001,Vp6r-Hn3t-Ky8t,\n16,2,,S60.1.2,待田 二,マチダ ニ,waits001,Vp6r-Hn3t-Ky8s,",
    )
    .await;
    let tenant = town.tenant(JRP);
    town.desk(&tenant).end_membership("left0001", "2026-11-01").await.unwrap();
    let node = start(&town, SignedDuration::ZERO).await;
    one_round(&node).await;
    assert_eq!(town.count(JRP, "membership-ended").await, 1);
    (town, holder)
}

async fn ended_first_passwords(town: &Town) -> usize {
    let text = "SELECT CAST(COUNT(*) AS TEXT) FROM first_credential WHERE ended_at IS NOT NULL";
    town.texts(text).await[0][0].as_deref().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_clock_that_starts_far_ahead_ends_nothing_for_good() {
    let (town, mut holder) = town_with_members().await;
    let ended = ended_first_passwords(&town).await;
    let members = town.rows("member").await.len();
    town.clock.advance(minutes(1));

    // A year and more ahead, for a moment: all is as before, and it is said.
    let node = start(&town, hours(24 * 420)).await;
    one_round(&node).await;
    assert_eq!((ended_first_passwords(&town).await, town.rows("member").await.len()), (ended, members));
    assert_eq!(town.count(JRP, "member-erased").await, 0);
    let (status, said) = ready(&node).await;
    assert!(
        status == 200 && said.contains("nothing is ended for") && said.contains("clock --confirm"),
        "{said}"
    );
    let mut browser = town.browser_at(node.router(), JRP);
    sign_in(&mut browser, &holder.who.login, crate::walk::NEW_PASSWORD).await;
    assert_eq!(browser.path(), "/signin/totp", "members sign in: {}", browser.text());

    // Set right, it is as if nothing had been; rows that were written meanwhile are no witness.
    town.clock.advance(minutes(1));
    let node = start(&town, SignedDuration::ZERO).await;
    assert_eq!((node.portal().clock_doubt(), node.portal().clock_rest()), (None, None));
    assert_eq!(ready(&node).await, (200, "ready\n".into()));
    holder.sign_in(&town).await;

    // A day by that clock, with a restart in between, makes it believed in everything.
    let ahead = hours(24 * 420);
    let node = start(&town, ahead).await;
    for _ in 0..24 {
        town.clock.advance(minutes(30));
        assert_eq!(look(&node).await, None);
        one_round(&node).await;
        assert_eq!(town.rows("member").await.len(), members);
    }
    let node = start(&town, ahead).await;
    for _ in 0..23 {
        town.clock.advance(minutes(30));
        look(&node).await;
    }
    one_round(&node).await;
    assert_eq!(town.rows("member").await.len(), members, "half an hour is missing");
    town.clock.advance(minutes(30));
    look(&node).await;
    one_round(&node).await;
    assert_eq!(town.count(JRP, "member-erased").await, 1);
    assert!(ended_first_passwords(&town).await > ended);
    assert_eq!(ready(&node).await, (200, "ready\n".into()));
    town.close().await;
}

#[tokio::test]
async fn a_clock_that_jumps_far_ahead_while_the_service_runs_ends_nothing_for_good() {
    let (town, _) = town_with_members().await;
    let (ended, members) = (ended_first_passwords(&town).await, town.rows("member").await.len());
    let node = start(&town, SignedDuration::ZERO).await;
    town.clock.jump(hours(24 * 420));
    for _ in 0..3 {
        assert!(!node.portal().may_end_for_good());
        one_round(&node).await;
        town.clock.advance(minutes(1));
    }
    assert_eq!(node.portal().clock_doubt(), None, "it has agreed with itself for a minute");
    one_round(&node).await;
    assert_eq!(look(&node).await, None);
    assert!(node.portal().clock_rest().is_some_and(|rest| rest.is_long));
    one_round(&node).await;
    assert_eq!((ended_first_passwords(&town).await, town.rows("member").await.len()), (ended, members));
    town.clock.jump(hours(-24 * 420));
    node.portal().clock_doubt();
    town.clock.advance(minutes(1));
    assert_eq!(look(&node).await, None);
    assert!(node.portal().may_end_for_good());
    town.close().await;
}

#[tokio::test]
async fn after_two_weeks_off_all_goes_on_within_an_hour() {
    let (town, _) = town_with_members().await;
    let node = start(&town, hours(24 * 14)).await;
    assert_eq!(ready(&node).await, (200, "ready\n".into()), "it is nothing that anybody has to look at");
    assert!(!node.portal().may_end_for_good());
    for _ in 0..2 {
        town.clock.advance(minutes(30));
        look(&node).await;
    }
    assert!(node.portal().may_end_for_good());
    town.close().await;
}

#[tokio::test]
async fn a_clock_that_starts_before_what_the_database_knows_is_not_believed() {
    let (town, _) = town_with_members().await;
    let node = start(&town, hours(-48)).await;
    let doubt = node.portal().clock_doubt();
    assert_eq!(doubt, Some(ClockDoubt::Behind(hours(-48))));
    let (status, said) = ready(&node).await;
    assert!(status == 503 && said.contains("clock --confirm"), "{said}");
    let ended = ended_first_passwords(&town).await;
    one_round(&node).await;
    assert_eq!(ended_first_passwords(&town).await, ended);

    // The operator says that it is right: it is believed a minute later.
    let clock = Off(town.clock.clone(), hours(-48));
    town.confirm_clock(&clock).await.unwrap();
    look(&node).await;
    assert!(node.portal().clock_doubt().is_some());
    town.clock.advance(minutes(1));
    assert_eq!(node.portal().clock_doubt(), None);
    assert_eq!(ready(&node).await.0, 200);

    // A database in which no node has written the time down yet: the newest row of its trails says it.
    town.sql("DELETE FROM kept_file WHERE name = 'clock'").await;
    let node = start(&town, hours(-48)).await;
    assert!(matches!(node.portal().clock_doubt(), Some(ClockDoubt::Behind(_))));
    let node = start(&town, hours(24 * 420)).await;
    assert!(node.portal().clock_rest().is_some_and(|rest| rest.is_long));
    assert!(on_postgres() || node.portal().watch_clock().await.unwrap().is_none());
    town.close().await;
}

#[tokio::test]
async fn a_confirmation_that_fails_half_way_is_none_and_is_made_again() {
    let (town, _) = town_with_members().await;
    town.hanako(JSW).await;
    let node = start(&town, hours(-48)).await;
    let clock = Off(town.clock.clone(), hours(-48));
    let confirmed =
        async || town.count(JRP, "clock-confirmed").await + town.count(JSW, "clock-confirmed").await;
    // Random bytes for the row of one union.
    let rng = Exhausted(AtomicU64::new(1));
    let doing = Doing::by_program("clock --confirm");
    assert!(clock::confirm(&clock, town.store(), &rng, &doing).await.is_err());
    assert_eq!(confirmed().await, 1, "the trail says what was tried");
    look(&node).await;
    town.clock.advance(minutes(2));
    assert!(matches!(node.portal().clock_doubt(), Some(ClockDoubt::Behind(_))));

    town.confirm_clock(&clock).await.unwrap();
    assert_eq!(confirmed().await, 3);
    look(&node).await;
    town.clock.advance(minutes(1));
    assert_eq!(node.portal().clock_doubt(), None);
    town.close().await;
}

#[tokio::test]
async fn a_letter_that_ran_out_by_a_clock_in_doubt_waits() {
    let (town, holder) = town_with_members().await;
    let sink = Sink::open(Manner::Plain).await;
    let notice = Letter::FirstCredentialUsed;
    let member = town.member(JRP, &holder.who.login).await.id;
    town.write(JRP, member, "waits@example.jp", &notice).await;
    let clock: Arc<dyn Clock> = Arc::new(Off(town.clock.clone(), hours(24 * 420)));
    let node = start(&town, hours(24 * 420)).await;
    assert!(!node.portal().may_end_for_good());
    let mut postman = town.postman_at(&sink.url(), &node, clock.clone());
    let before = town.outbox().await;
    let round = postman.round().await.unwrap();
    assert_eq!((round.sent, round.given_up, round.put_back), (0, 0, 0));
    assert_eq!(town.outbox().await, before, "it waits as it did");

    // Once the time is right it leaves.
    town.postman(&sink.url()).round().await.unwrap();
    assert!(sink.recipients().contains(&"waits@example.jp".to_owned()));

    // Where the operator says that the other clock is right, what ran out is given up.
    town.write(JRP, member, "late@example.jp", &notice).await;
    town.confirm_clock(clock.as_ref()).await.unwrap();
    town.clock.advance(SignedDuration::from_secs(30));
    look(&node).await;
    assert!(node.portal().may_end_for_good());
    let round = postman.round().await.unwrap();
    assert_eq!((round.sent, round.given_up), (0, 1));
    town.close().await;
}
