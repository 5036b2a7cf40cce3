//! Data of members who left are erased when the union's file says so (D34): everything but their ids in the trail.

use kenpo_portal::{
    cli::member::{self, DeskOptions},
    domain::tenant::{Language, Tenant},
    portal::{Fault, NodeJob},
};

use crate::{
    epoch::begin_all,
    holder::{Held, Holder, JRP},
    on_postgres,
    town::{Town, for_batches, hours, job, minutes},
    walk::sign_in,
};

/// What the desk says to taking an end back: exit code and words.
async fn undo_end(town: &Town, who: &str) -> (u8, String) {
    let tenant = town.tenant(JRP);
    let options = DeskOptions { member: who, language: Language::Ja, json: false };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = member::end(&town.desk(&tenant), options, None, &mut out, &mut err).await.unwrap();
    out.extend(err);
    (code, String::from_utf8(out).unwrap())
}

/// How much of what strangers caused is counted and not summed yet.
async fn caused_by_strangers(town: &Town) -> i64 {
    let sum = town.texts("SELECT CAST(COALESCE(SUM(times), 0) AS TEXT) FROM stranger_day").await;
    sum[0][0].as_deref().unwrap().parse().unwrap()
}

fn kept_for(town: &Town, days: u32) -> Tenant {
    let mut tenant = Tenant::clone(&town.tenant(JRP));
    tenant.policy.retention.ended_days = days;
    tenant
}

#[tokio::test]
async fn nothing_of_a_member_who_left_long_ago_stays_but_the_id_in_the_trail() {
    let town = Town::edited(JRP, |text| text + "\n[recovery]\nlost_factor_wait_hours = 24\n").await;
    let begun = Box::pin(begin_all(&town)).await;
    let who = begun.holder.who.clone();
    let member = town.member(JRP, &who.login).await;
    town.import(JRP, "16,1,,S60.1.2,残る 人,ノコル ヒト,stays001,Vp6r-Hn3t-Ky8t,stays@example.jp").await;
    let tenant = town.tenant(JRP);
    town.desk(&tenant).move_number(&who.login, "15-77", false).await.unwrap();
    town.desk(&tenant).end_membership(&who.login, "2026-11-01").await.unwrap();

    // Not before its time: then everything comes back.
    town.clock.advance(hours(24 * 399));
    town.purge().await;
    let (code, said) = undo_end(&town, &who.login).await;
    assert_eq!(code, 0, "{said}");
    assert!(town.member(JRP, &who.login).await.membership.lost_on().is_none());
    town.purge().await;
    town.desk(&tenant).end_membership(&who.login, "2027-12-01").await.unwrap();

    town.clock.advance(hours(24 * 400 + 1));
    let personal = ["見本", "ミホン", "k7m2xq9w4d", "taro@example.jp", "1979-08-22", "15-102", "15-77"];
    let before = format!("{:?}", town.dump().await);
    assert!(personal.iter().all(|word| before.contains(word)), "each can be seen where it lies");
    let caused = caused_by_strangers(&town).await;
    assert!(caused > 0, "strangers have tried, and it is not summed yet");
    town.purge().await;
    assert_eq!(caused_by_strangers(&town).await, caused, "what they did is counted on, about nobody");
    let (hex, id) = (member.id.uuid().simple().to_string(), member.id.to_string());
    for (table, rows) in town.dump().await {
        for row in rows {
            if table != "audit" {
                assert!(!row.contains(&hex) && !row.contains(&id), "{table}: {row}");
            }
            for personal in personal {
                assert!(!row.contains(personal), "{table}: {personal} in {row}");
            }
        }
    }
    if !on_postgres() {
        // Nor in pages of the file that no table has any more.
        town.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
        let file = std::fs::read(town.path("portal.db")).unwrap();
        let holds = |word: &str| file.windows(word.len()).any(|bytes| bytes == word.as_bytes());
        assert!(holds("stays@example.jp") && !personal.iter().any(|word| holds(word)));
    }
    let trail = town.whole_trail(JRP).await;
    let row = trail.iter().find(|row| row.event == "member-erased").unwrap();
    assert_eq!((row.member, row.detail.contains("400")), (Some(member.id.uuid()), true));
    assert_eq!(town.count(JRP, "member-erased").await, 1, "who stays, stays");
    town.member(JRP, "stays001").await;

    // Whoever tries to bring them back hears what happened; the person is a stranger at the door.
    let (code, said) = undo_end(&town, "15-77").await;
    assert!(code == 1 && said.contains("400 日"), "{said}");
    let (code, said) = undo_end(&town, &id).await;
    assert!(code == 1 && said.contains("監査の記録"), "{said}");
    sign_in(&mut town.browser(JRP), &who.login, crate::walk::NEW_PASSWORD).await.is_at("/signin", "ログイン");
    // The number and the user ID are free for whoever has them next.
    town.import(JRP, "15,102,,S54.8.22,新しい 人,,k7m2xq9w4d,Vp6r-Hn3t-Ky8s,taro@example.jp").await;
    town.close().await;
}

#[tokio::test]
async fn nobody_is_erased_by_a_clock_in_doubt_without_a_file_or_by_two_nodes_at_once() {
    let town = Town::open().await;
    let rows: String =
        (1..=45).map(|n| format!("12,{n},,S55.12.1,見本 {n},,member{n:03},Vp6r-Hn3t-Ky8s,\n")).collect();
    town.import(JRP, rows.trim_end()).await;
    let tenant = kept_for(&town, 30);
    town.sql("UPDATE member SET lost_on = '2026-11-01'").await;
    town.purge().await;
    assert_eq!(town.count(JRP, "membership-ended").await, 45);
    let portal = town.app.portal();
    assert_eq!(portal.erase_ended(&tenant, job(b"one")).await.unwrap(), 0, "their time has not come");

    // The clock jumps a year ahead of everything: nothing is erased by it, whatever is asked.
    town.clock.jump(hours(24 * 365));
    let doubted = portal.erase_ended(&tenant, job(b"one")).await;
    assert!(matches!(doubted, Err(Fault::Clock(_))), "{doubted:?}");
    assert_eq!(town.rows("member").await.len(), 45);
    town.clock.jump(hours(-24 * 365));
    for _ in 0..3 {
        portal.clock_doubt();
        town.clock.advance(minutes(1));
    }
    assert_eq!(portal.clock_doubt(), None);
    town.clock.advance(hours(24 * 31));

    // Two nodes: each member is erased once.
    let (one, other) =
        tokio::join!(portal.erase_ended(&tenant, job(b"one")), portal.erase_ended(&tenant, job(b"two")));
    let erased = one.unwrap() + other.unwrap() + portal.erase_ended(&tenant, job(b"one")).await.unwrap();
    assert_eq!((erased, town.count(JRP, "member-erased").await), (45, 45));
    assert!(town.rows("member").await.is_empty());
    town.close().await;
}

fn one(goes_on: &(dyn Fn() -> bool + Sync)) -> NodeJob<'_> {
    NodeJob { holder: b"one", goes_on }
}

#[tokio::test]
async fn a_node_that_stops_ends_and_erases_one_batch_of_members_and_another_node_the_rest() {
    let town = Town::open().await;
    let rows: String =
        (1..=51).map(|n| format!("12,{n},,S55.12.1,見本 {n},,member{n:03},Vp6r-Hn3t-Ky8s,\n")).collect();
    town.import(JRP, rows.trim_end()).await;
    town.sql("UPDATE member SET lost_on = '2026-11-01'").await;
    let (portal, tenant) = (town.app.portal(), kept_for(&town, 30));
    assert_eq!(portal.end_memberships(&tenant, one(&for_batches(1))).await.unwrap(), 50);
    assert_eq!(portal.end_memberships(&tenant, one(&for_batches(0))).await.unwrap(), 0);
    // One node at a time, and when it has ended, the next one.
    assert_eq!(portal.end_memberships(&tenant, job(b"two")).await.unwrap(), 0);
    town.clock.advance(minutes(2));
    assert_eq!(portal.end_memberships(&tenant, job(b"two")).await.unwrap(), 1);
    town.clock.advance(hours(24 * 31));
    assert_eq!(portal.erase_ended(&tenant, one(&for_batches(1))).await.unwrap(), 20);
    assert_eq!(portal.erase_ended(&tenant, one(&for_batches(0))).await.unwrap(), 0);
    assert_eq!(town.rows("member").await.len(), 31);
    town.clock.advance(minutes(2));
    assert_eq!(portal.erase_ended(&tenant, job(b"two")).await.unwrap(), 31);
    town.close().await;
}

#[tokio::test]
async fn a_member_who_died_is_nobody_at_any_door_and_gone_after_the_time() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let tenant = town.tenant(JRP);
    let letters = town.mail_of("desk").await.len();
    town.desk(&tenant).end_membership(&holder.who.login, "2026-11-01").await.unwrap();
    assert_eq!(town.mail_of("desk").await.len(), letters, "nobody writes to whom the family mourns");
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, &holder.password).await;
    assert_eq!((browser.path(), browser.status.as_u16()), ("/signin", 422));
    town.purge().await;
    // The roster of the next month still has them: they come back by no file that names no later day.
    town.taro(JRP).await;
    sign_in(&mut browser, &holder.who.login, &holder.password).await;
    assert_eq!(browser.path(), "/signin");
    holder.password.clear();
    town.clock.advance(hours(24 * 401));
    town.purge().await;
    assert!(town.rows("member").await.is_empty() && town.rows("outbox").await.is_empty());
    let words: Vec<String> = town.whole_trail(JRP).await.into_iter().map(|row| row.event).collect();
    for word in ["last-day-set", "membership-ended", "membership-over", "member-erased"] {
        assert!(words.iter().any(|event| event == word), "{word}: {words:?}");
    }
    town.close().await;
}
