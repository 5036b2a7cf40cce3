//! A database that was put back from a backup (M11, R18): what ends stands in the table of `epoch`; here is what stays, and
//! what nobody gets twice.

use kenpo_portal::{domain::restore::InFlight, portal::trail::invariants::check_store, world::Clock as _};

use crate::{
    holder::{Held, Holder, JRP},
    town::{JSW, Town, minutes, side_by_side},
    walk::sign_in,
};

/// Tables that a restore does not touch.
const AS_THEY_WERE: [&str; 8] = [
    "password",
    "passkey",
    "first_credential",
    "guard",
    "acceptance",
    "retired_login",
    "former_name",
    "activity_day",
];

#[tokio::test]
async fn what_members_have_and_know_is_as_it_was_and_the_trail_goes_on() {
    side_by_side([Held::App, Held::Passkey, Held::MailCode], async |held| {
        let town = Town::open().await;
        // Somebody with a printed first password, somebody who is locked, and somebody with wrong tries.
        let printed = town.taro(JSW).await;
        let mut holder = Holder::of(&town, held).await;
        let mut signed_in = holder.sign_in(&town).await;
        for _ in 0..6 {
            sign_in(&mut town.browser(JRP), &holder.who.login, "wrong-password").await;
        }
        let head = town.seal(JRP).await.unwrap();
        let mut before = Vec::new();
        for table in AS_THEY_WERE {
            before.push((table, town.rows(table).await));
        }
        let trail = town.whole_trail(JRP).await;

        let restored = town.restored().await;
        assert!(restored.all(InFlight::Session) >= 1, "{restored:?}");
        for (table, rows) in before {
            assert_eq!(town.rows(table).await, rows, "{held:?}: {table}");
        }
        assert_eq!(
            town.whole_trail(JRP).await[..trail.len()],
            trail,
            "{held:?}: nothing of the trail is lost"
        );
        for union in [JRP, JSW] {
            assert_eq!(town.count(union, "store-restored").await, 1, "{held:?}: {union}");
        }
        town.seal(JRP).await;
        let slug = town.tenant(JRP).slug.clone();
        let report = check_store(town.store(), &slug, town.clock.now()).await.unwrap();
        assert!(report.is_sound() && report.trail.seals >= u64::from(head.number), "{held:?}: {report:?}");

        assert!(!signed_in.visit("/").await.has(".tiles"), "{held:?}: signed out");
        // The guard's pause is as it was.
        town.clock.advance(minutes(60));
        holder.sign_in(&town).await;
        let mut first = town.browser(JSW);
        sign_in(&mut first, &printed.login, &printed.password).await;
        assert_ne!(first.path(), "/signin", "{held:?}: a first password that was printed works");
        town.close().await;
    });
}

#[tokio::test]
async fn no_code_of_an_app_works_twice_and_no_letter_is_sent_twice() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    holder.sign_in(&town).await;
    // The code was used after the backup: the restored database does not know.
    town.sql("UPDATE totp SET last_step = last_step - 1000").await;
    let waiting = town.letters().await.len() as u64;
    assert!(waiting > 0, "letters about the first login");
    let restored = town.restored().await;
    assert!(restored.all(InFlight::Letter) > 0 && restored.all(InFlight::Letter) <= waiting, "{restored:?}");
    assert!(town.letters().await.is_empty(), "nothing waits to be sent again");
    // `mail status` knows that it was the restore, of which no postman's log tells.
    let now = town.clock.now();
    let figures = town.store().everywhere().mail(now - minutes(60), now).await.unwrap();
    let figures = figures.iter().find(|figures| figures.tenant == JRP).unwrap();
    assert!(u64::from(figures.restored) >= restored.all(InFlight::Letter), "{figures:?} {restored:?}");
    assert!(figures.given_up >= figures.restored);

    let code = holder.phone.code();
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, &holder.password).await;
    browser.is_at("/signin/totp", "ワンタイムパスワードの入力");
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await;
    assert_eq!(browser.path(), "/signin/totp", "the code of this moment was used");
    // A minute later the phone shows another one.
    town.clock.advance(minutes(1));
    holder.show(&town, &mut browser).await;
    browser.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_roster_that_was_half_read_at_the_backup_keeps_nobody_waiting() {
    let town = Town::open().await;
    town.plainly(
        "INSERT INTO import (tenant, id, holder, begun_at, alive_until)
         VALUES ('jswkenpo', x'01920000000070008000000000000001',
                 x'01920000000070008000000000000002', 1795222800000000, 2795222800000000)",
        "INSERT INTO import (tenant, id, holder, begun_at, alive_until)
         VALUES ('jswkenpo', '01920000-0000-7000-8000-000000000001',
                 '01920000-0000-7000-8000-000000000002', now(), now() + INTERVAL '100 years')",
    )
    .await;
    town.restored().await;
    town.clock.advance(minutes(1));
    let hanako = town.hanako(JSW).await;
    assert_eq!(town.member(JSW, &hanako.login).await.login.as_str(), "testuser");
    town.close().await;
}

#[tokio::test]
async fn a_second_restore_finds_nothing_and_a_database_of_its_own_is_no_copy() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    holder.sign_in(&town).await;
    assert!(!town.store().origin().await.unwrap().is_unfinished());
    let first = town.restored().await;
    assert!(!first.is_nothing());
    let origin = town.store().origin().await.unwrap();
    assert!(!origin.is_unfinished() && origin.finished_at == Some(town.clock.now()), "{origin:?}");
    assert!(town.restored().await.is_nothing());
    // The row comes in again, as `pg_restore` brings it.
    town.plainly(
        "UPDATE store_origin SET backup_at = 1795222800000000",
        "BEGIN; CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM store_origin; DELETE FROM store_origin;
         INSERT INTO store_origin SELECT * FROM kept; COMMIT",
    )
    .await;
    assert!(town.store().origin().await.unwrap().is_unfinished());
    town.restored().await;
    assert!(!town.store().origin().await.unwrap().is_unfinished());
    town.close().await;
}
