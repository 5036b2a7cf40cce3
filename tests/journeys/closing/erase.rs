//! The data of a union that has left is erased: all of it, nobody else's, and only while the union is closed.

use std::sync::atomic::{AtomicU64, Ordering};

use kenpo_portal::{
    portal::{
        closing::{Leaving, LeavingRefusal, LeavingStop, contact_after_closing, erase::Erased},
        trail::{check::check_trail, invariants::check_store},
    },
    store::{erase, import},
    world::{Clock as _, RandomSource},
};

use super::{TakenBack, slug};
use crate::{
    holder::JRP,
    recovery::with_hanako,
    town::{JSW, MGC, Town, at_the_desk, hours, minutes},
    trail_chain::{Exhausted, note},
    walk::sign_in,
};

/// Every row of other unions, table by table.
async fn of_others(town: &Town) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for table in town.tables_of_unions().await {
        let rows = town.rows_of(&table, JRP, false).await;
        all.push((table, rows));
    }
    all
}

async fn erased(town: &Town, rng: &dyn RandomSource) -> Result<Erased, LeavingStop> {
    let tenant = slug(town, JRP);
    Leaving { rng, ..town.leaving(&tenant) }.erase(true, &mut |_| {}).await
}

#[tokio::test]
async fn every_table_with_a_tenant_is_erased_or_kept_for_a_reason() {
    let town = Town::open().await;
    let mut known: Vec<String> =
        erase::TABLES.iter().chain(&erase::KEPT).map(|table| (*table).to_owned()).collect();
    known.sort_unstable();
    assert_eq!(town.tables_of_unions().await, known);
    town.close().await;
}

/// What the stories before this one leave empty: a member who has not begun and whose number changed, a wrong password, a
/// user ID that rests, and what an import leaves that died.
async fn fill_the_rest(town: &Town) {
    town.import(JRP, "16,1,,S60.1.2,残る 人,ノコル ヒト,stays001,Vp6r-Hn3t-Ky8t,stays@example.jp").await;
    let tenant = town.tenant(JRP);
    town.desk(&tenant).move_number("stays001", "16-2", false).await.unwrap();
    sign_in(&mut town.browser(JRP), "nobody", "x").await;
    let (now, holder) = (town.clock.now(), uuid::Uuid::from_u128(7));
    let mut tx = town.store().tenant(&tenant.slug).write().await.unwrap();
    assert!(import::begin(&mut tx, holder, at_the_desk(), now, now + minutes(1)).await.unwrap());
    tx.commit().await.unwrap();
    for row in [
        "retired_login (tenant, login, member, until)
         SELECT tenant, 'rests001', id, imported_at FROM member WHERE login = 'stays001'",
        "import_change (tenant, import, place, member)
         SELECT i.tenant, i.id, 1, m.id FROM import AS i JOIN member AS m ON m.login = 'stays001'",
        "import_kept (tenant, id, import, member, sealed, expires_at)
         SELECT m.tenant, m.id, i.id, m.id, t.secret, m.imported_at
           FROM import AS i JOIN member AS m ON m.login = 'stays001' JOIN totp AS t ON t.tenant = m.tenant",
    ] {
        town.sql(&format!("INSERT INTO {row}")).await;
    }
}

/// Puts back what ended when the union closed, so that the erasure meets rows in every table; and gives another union the
/// same rows, so that every table holds some that have to stay.
async fn put_back(town: &Town) {
    for table in erase::TABLES.into_iter().rev() {
        let copy =
            format!("INSERT INTO {table} SELECT * FROM copy_of_{table} WHERE true ON CONFLICT DO NOTHING");
        town.sql(&copy).await;
        town.sql(&format!("UPDATE copy_of_{table} SET tenant = '{MGC}'")).await;
        town.sql(&copy).await;
        town.sql(&format!("DROP TABLE copy_of_{table}")).await;
    }
}

/// A row in each table of single sign-on, at two unions.
async fn fill_single_sign_on(town: &Town) {
    for union in [JRP, MGC] {
        let tenant = town.tenant(union);
        let portal = town.app.portal();
        portal.make_first_sso_key(&tenant.slug).await.unwrap();
        portal.make_sso_secret(&tenant, "x", at_the_desk()).await.unwrap().unwrap();
    }
    for row in [
        "sso_issuer (tenant, issuer, since) SELECT tenant, 'x', created_at FROM sso_key",
        "sso_subject (tenant, sector, member, sub, made_at) SELECT tenant, 'x', id, login, imported_at FROM member",
        "sso_grant (tenant, client, member, agreed, scopes, operator, at)
         SELECT tenant, 'x', id, id = id, 'openid', 'x', imported_at FROM member",
        "sso_request (tenant, id, browser, client, redirect_uri, scopes, prompt, arrived_at, expires_at)
         SELECT tenant, id, private_key, 'x', 'x', 'x', '', created_at, created_at FROM sso_key",
        "sso_pushed (tenant, digest, client, parameters, expires_at)
         SELECT tenant, private_key, 'x', 'x', created_at FROM sso_key",
        "sso_assertion (tenant, client, jti, expires_at) SELECT tenant, 'x', private_key, created_at FROM sso_key",
        "sso_code (tenant, digest, client, redirect_uri, scopes, member, session, sid, sub, auth_time, method, made_at,
                   expires_at)
         SELECT tenant, token, 'x', 'x', 'x', member, id, 'x', 'x', created_at, factor, created_at, created_at
           FROM session",
        "sso_visit (tenant, session, client, sid, member, sub, first_at, last_at, ends_at)
         SELECT tenant, id, 'x', 'x', member, 'x', created_at, created_at, created_at FROM session",
        "sso_logout (tenant, id, client, sub, sid, try_at) SELECT tenant, id, 'x', 'x', 'x', created_at FROM session",
    ] {
        town.sql(&format!("INSERT INTO {row}")).await;
    }
}

#[tokio::test]
async fn an_erasure_that_is_stopped_anywhere_goes_on_and_touches_nobody_else() {
    let town = Town::edited(JRP, |text| text + "\n[recovery]\nlost_factor_wait_hours = 24\n").await;
    // Something in flight of every kind, at two unions.
    let begun = Box::pin(crate::epoch::begin_all(&town)).await;
    drop(begun);
    let hanako = town.hanako(JSW).await;
    sign_in(&mut town.browser(JSW), &hanako.login, &hanako.password).await;
    sign_in(&mut town.browser(JSW), "nobody", "x").await;
    fill_single_sign_on(&town).await;
    for union in [JRP, JSW, MGC] {
        town.sql(&format!("INSERT INTO kept_file (tenant, name, text, kept_at) SELECT '{union}', 'x', 'y', MAX(imported_at) FROM member")).await;
        town.sql(&format!("INSERT INTO good_version (tenant, hash, file, defaults, beside, served_since) SELECT '{union}', 'x', 'y', '', '', MAX(imported_at) FROM member")).await;
        town.sql(&format!("INSERT INTO preview_link (tenant, digest, made_at, ends_at) SELECT '{union}', token, created_at, created_at FROM session LIMIT 1")).await;
        town.sql(&format!("INSERT INTO host (tenant, host, since) SELECT '{union}', '{union}.jp', MAX(imported_at) FROM member")).await;
        town.seal(union).await;
    }
    fill_the_rest(&town).await;
    for table in erase::TABLES {
        town.sql(&format!("CREATE TABLE copy_of_{table} AS SELECT * FROM {table} WHERE tenant = '{JRP}'"))
            .await;
    }
    let tenant = town.tenant(JRP);
    town.leaving(&tenant.slug).close("2026-12-01", &contact_after_closing(&tenant)).await.unwrap();
    let early = erased(&town, town.rng.as_ref()).await;
    assert!(
        matches!(&early, Err(LeavingStop::Refused(refusal)) if matches!(**refusal, LeavingRefusal::NotOver(_))),
        "{early:?}"
    );
    town.clock.advance(hours(24 * 11));
    town.follow_closings().await;
    town.seal(JSW).await;
    // More seals than go in one transaction.
    for _ in 0..12 {
        town.clock.advance(minutes(1));
        note(&town, 1, town.clock.now()).await;
        town.seal(JRP).await;
    }
    put_back(&town).await;
    let others = of_others(&town).await;
    for table in erase::TABLES {
        for union in [JRP, MGC] {
            assert!(
                !town.rows_of(table, union, true).await.is_empty(),
                "{table} of {union} has nothing to lose"
            );
        }
    }
    for enough_for in 0..4 {
        let stopped = erased(&town, &Exhausted(AtomicU64::new(enough_for))).await;
        assert!(matches!(stopped, Err(LeavingStop::Broken(_))), "{enough_for}: {stopped:?}");
        let sound = check_trail(town.store(), &tenant.slug, None).await.unwrap();
        assert!(sound.is_sound(), "{enough_for}: {sound:?}");
        if enough_for == 3 {
            // Whoever takes over waits for the lease of whoever died.
            let busy = erased(&town, town.rng.as_ref()).await;
            let elsewhere = |refusal: &LeavingRefusal| matches!(refusal, LeavingRefusal::ErasedElsewhere);
            assert!(matches!(&busy, Err(LeavingStop::Refused(refusal)) if elsewhere(refusal)), "{busy:?}");
        }
        town.clock.advance(minutes(1));
    }
    let undone = town.leaving(&tenant.slug).undo().await;
    let half = |refusal: &LeavingRefusal| matches!(refusal, LeavingRefusal::BeingErased);
    assert!(matches!(&undone, Err(LeavingStop::Refused(refusal)) if half(refusal)), "{undone:?}");
    let done = erased(&town, town.rng.as_ref()).await.unwrap();
    assert!(done.resumed && done.anchor.number > 0, "{done:?}");
    for table in erase::TABLES {
        assert_eq!(town.rows_of(table, JRP, true).await, Vec::<String>::new(), "{table}");
    }
    assert_eq!(of_others(&town).await, others, "another union's rows, byte by byte");
    let left: Vec<String> = town.whole_trail(JRP).await.into_iter().map(|row| row.event).collect();
    assert!(
        left.iter().all(|event| ["union-erasing", "trail-erased", "union-erased"].contains(&event.as_str())),
        "{left:?}"
    );
    town.seal(JRP).await;
    for union in [JRP, JSW] {
        let report = check_trail(town.store(), &slug(&town, union), None).await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        let store = check_store(town.store(), &slug(&town, union), town.clock.now()).await.unwrap();
        assert!(store.is_sound(), "{union}: {store:?}");
    }
    town.close_with_rows_of_its_own().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_day_that_is_taken_back_while_a_purge_looks_is_erased_by_nothing() {
    for (again, sleeps, refusal) in [
        (None, hours(0), "NotClosing"),
        (Some("2026-12-31"), hours(0), "NotOver"),
        // By the time it goes on, that day is over as well; nobody has looked at this one.
        (Some("2026-11-22"), hours(24), "ClosedAnew"),
    ] {
        let (town, _, _, _) = with_hanako(Town::open().await).await;
        let tenant = town.tenant(JSW);
        let shown = contact_after_closing(&tenant);
        town.leaving(&tenant.slug).close("2026-11-21", &shown).await.unwrap();
        town.clock.advance(hours(24));
        town.follow_closings().await;
        town.seal(JSW).await;
        let mut before = Vec::new();
        for table in erase::TABLES {
            before.push((table, town.rows(table).await));
        }
        assert_eq!(town.rows("member").await.len(), 1);
        // Random bytes are asked for before the first row is erased, and after everything was looked at.
        let rng = TakenBack { sleeps, ..TakenBack::of(&town, &tenant, again, None) };
        let purge = Leaving { rng: &rng, ..town.leaving(&tenant.slug) };
        let stopped = purge.erase(true, &mut |_| {}).await;
        assert!(
            matches!(&stopped, Err(LeavingStop::Refused(why)) if format!("{why:?}").starts_with(refusal)),
            "{refusal}: {stopped:?}"
        );
        assert!(rng.is_done.load(Ordering::Relaxed));
        drop(rng);
        for (table, rows) in before {
            assert_eq!(town.rows(table).await, rows, "{refusal}: {table}");
        }
        assert_eq!(town.count(JSW, "union-erasing").await, 0);
        town.close().await;
    }
}
