//! Same work: whoever is asked about, the database is asked the same (D30). A stranger who measures statements, or times
//! them, learns no more than one who reads the page.

use axum::http::Method;
use http_body_util::BodyExt as _;
use kenpo_portal::{
    domain::{
        lockout::{Bucket, Counter, CounterKind},
        login_id::LoginId,
        session::FACTORLESS,
    },
    store::{self, lockout::CounterKey, tally::tally},
};
use tower::ServiceExt as _;

use crate::{
    recovery::{ASK, CODE, ask},
    town::{Browser, JSW, Newcomer, Town},
    walk::{first_login, sign_in},
};

/// What one press makes the database do, and the answer's status.
async fn work(town: &Town, browser: &Browser, path: &str, form: &str) -> (u16, Vec<String>) {
    let request = browser.request(&Method::POST, path, Some(form));
    let (status, ran) = tally(async {
        let response = town.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        response.into_body().collect().await.unwrap();
        status
    })
    .await;
    let squeezed = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (status, ran.into_iter().map(squeezed).collect())
}

/// Members of every kind, and nobodies.
async fn everybody(town: &Town) -> Vec<(&'static str, &'static str)> {
    let hanako = town.hanako(JSW).await;
    first_login(&mut town.browser(JSW), &hanako, &mut town.phone()).await;
    for (number, login, password) in [
        (11, "printed-11", "Vp6r-Hn3t-Ky8s"),
        (12, "derived-12", ""),
        (13, "locked-13", "Vp6r-Hn3t-Ky8s"),
        (14, "expired-14", "Vp6r-Hn3t-Ky8s"),
        (15, "none-15", "Vp6r-Hn3t-Ky8s"),
        (16, "nofactor-16", "Vp6r-Hn3t-Ky8s"),
        (17, "paused-17", "Vp6r-Hn3t-Ky8s"),
        (18, "off-18", "Vp6r-Hn3t-Ky8s"),
        (19, "nomail-19", "Vp6r-Hn3t-Ky8s"),
        (20, "over-20", "Vp6r-Hn3t-Ky8s"),
        (21, "ended-21", "Vp6r-Hn3t-Ky8s"),
        (22, "damaged-22", "Vp6r-Hn3t-Ky8s"),
    ] {
        let mail = if login == "nomail-19" { String::new() } else { format!("x{number}@example.jp") };
        let row = format!("15,{number},,1979-08-22,見本,ミホン,{login},{password},{mail}");
        town.import(JSW, &row).await;
    }
    let damaged = Newcomer {
        login: "damaged-22".into(),
        password: "Vp6r-Hn3t-Ky8s".into(),
        born: "19790822",
        email: "x22@example.jp".into(),
    };
    first_login(&mut town.browser(JSW), &damaged, &mut town.phone()).await;
    let whose = |login: &str| format!("member IN (SELECT id FROM member WHERE login = '{login}')");
    town.sql("UPDATE member SET locked_at = imported_at WHERE login = 'locked-13'").await;
    town.sql("UPDATE member SET lost_on = '2026-01-31' WHERE login IN ('over-20', 'ended-21')").await;
    town.sql("UPDATE member SET ended_at = imported_at WHERE login = 'ended-21'").await;
    town.sql(&format!("UPDATE first_credential SET expires_at = issued_at WHERE {}", whose("expired-14")))
        .await;
    town.sql(&format!("DELETE FROM first_credential WHERE {}", whose("none-15"))).await;
    town.sql(
        "INSERT INTO password (tenant, member, hash, set_at)
         SELECT tenant, id, 'of no form', imported_at FROM member WHERE login = 'nofactor-16'",
    )
    .await;
    town.sql(&format!("UPDATE password SET hash = 'of no form' WHERE {}", whose("damaged-22"))).await;
    town.clock.advance(FACTORLESS);
    let tenant = town.tenant(JSW);
    let now = town.app.portal().now();
    let subject = town.vault().guard_subject_member(town.member(JSW, "off-18").await.id);
    let counter = CounterKey::of(CounterKind::Password(Bucket::Unknown), subject, &tenant.policy.lockout);
    let limit = counter.ladder.hard_limit;
    let mut tx = town.store().tenant(&tenant.slug).write().await.unwrap();
    // Off for a while: the letter that tells it was written with the last failure.
    let off = |counter: Counter| Counter { total: limit, warned: limit, ..counter };
    store::lockout::change(&mut tx, &counter, now, off).await.unwrap();
    tx.commit().await.unwrap();
    for login in ["paused-17", "paused-99"] {
        for _ in 0..5 {
            sign_in(&mut town.browser(JSW), login, "wrong-password").await;
        }
    }
    vec![
        ("nobody", "nobody-99"),
        ("nobody, paused", "paused-99"),
        ("own password", "testuser"),
        ("printed", "printed-11"),
        ("derived", "derived-12"),
        ("locked", "locked-13"),
        ("expired", "expired-14"),
        ("no credential", "none-15"),
        ("no factor for too long", "nofactor-16"),
        ("paused", "paused-17"),
        ("off", "off-18"),
        ("no address", "nomail-19"),
        ("last day over", "over-20"),
        ("ended", "ended-21"),
        ("hash damaged", "damaged-22"),
    ]
}

#[tokio::test]
async fn a_wrong_password_is_the_same_work_for_every_kind_of_account() {
    let town = Town::open().await;
    let mut first: Option<Vec<String>> = None;
    for (who, login) in everybody(&town).await {
        for time in 1..=7 {
            let form = format!("username={login}&password=wrong-password");
            let (status, ran) = work(&town, &town.browser(JSW), "/signin", &form).await;
            assert_eq!(status, 422, "{who}");
            assert!(ran.iter().any(|text| text.contains("guard")), "{ran:#?}");
            assert_eq!(&ran, first.get_or_insert_with(|| ran.clone()), "{who}, time {time}");
        }
    }
    // The fiftieth failure writes a letter; to nobody, too.
    let tenant = town.tenant(JSW);
    let (now, kind) = (town.app.portal().now(), CounterKind::Password(Bucket::Unknown));
    let member = town.vault().guard_subject_member(town.member(JSW, "testuser").await.id);
    let nobody = town.vault().guard_subject_login(&LoginId::typed("nobody-99"));
    let mut letters = Vec::new();
    for (login, subject) in [("testuser", member), ("nobody-99", nobody)] {
        let counter = CounterKey::of(kind, subject, &tenant.policy.lockout);
        let mut tx = town.store().tenant(&tenant.slug).write().await.unwrap();
        let nearly =
            |_| Counter { fails: 1, total: counter.ladder.hard_limit - 1, ..Counter::untouched(now) };
        store::lockout::change(&mut tx, &counter, now, nearly).await.unwrap();
        tx.commit().await.unwrap();
        let form = format!("username={login}&password=wrong-password");
        letters.push(work(&town, &town.browser(JSW), "/signin", &form).await);
    }
    assert!(letters[0].1.iter().any(|text| text.contains("outbox")));
    assert_eq!(letters[0], letters[1]);
    assert_eq!(town.mail_of("password-off").await.len(), 1);
    town.close_with_rows_of_its_own().await;
}

#[tokio::test]
async fn a_code_of_a_forgotten_password_is_counted_by_browser_and_member_in_one_statement_each_time() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    first_login(&mut town.browser(JSW), &hanako, &mut town.phone()).await;
    for login in [hanako.login.as_str(), "nobody-99"] {
        let mut browser = town.browser(JSW);
        ask(&mut browser, login).await;
        let (status, ran) = work(&town, &browser, CODE, "code=000000").await;
        assert_eq!(status, 422, "{login}");
        let counters: Vec<&String> = ran.iter().filter(|text| text.contains("guard")).collect();
        // Both are held and counted, and committed, before the code is compared; held and settled afterwards.
        assert_eq!(counters.len(), 4, "{login}: {counters:#?}");
        assert!(counters.iter().all(|text| text.contains("), ($1, ")), "{login}: {counters:#?}");
    }
    town.close().await;
}

#[tokio::test]
async fn asking_for_a_new_password_is_the_same_work_for_every_kind_of_account() {
    let town = Town::open().await;
    let mut first: [Option<Vec<String>>; 2] = [None, None];
    for (who, login) in everybody(&town).await {
        for time in 1..=5 {
            let form = format!("user_id={login}");
            let (status, ran) = work(&town, &town.browser(JSW), ASK, &form).await;
            assert_eq!(status, 303, "{who}");
            assert_eq!(&ran, first[0].get_or_insert_with(|| ran.clone()), "{who}, time {time}");
        }
        let mut browser = town.browser(JSW);
        ask(&mut browser, login).await;
        for time in 1..=4 {
            let (status, ran) = work(&town, &browser, CODE, "code=000000").await;
            assert_eq!(status, 422, "{who}");
            assert_eq!(&ran, first[1].get_or_insert_with(|| ran.clone()), "{who}, code {time}");
        }
    }
    town.close_with_rows_of_its_own().await;
}

#[tokio::test]
async fn asking_for_a_user_id_is_the_same_work_for_every_answer() {
    let town = Town::open().await;
    everybody(&town).await;
    let mut first: Option<Vec<String>> = None;
    for (born, email) in [
        ("19900101", "nobody@example.jp"),
        ("19801201", "hanako@example.jp"),
        ("19801201", "nobody@example.jp"),
        ("19790822", "x11@example.jp"),
        ("19790822", "x13@example.jp"),
        ("19790822", "x20@example.jp"),
        ("19790822", "x21@example.jp"),
    ] {
        for time in 1..=5 {
            let form = format!("birthdate={born}&email={}", email.replace('@', "%40"));
            let (status, ran) = work(&town, &town.browser(JSW), "/recovery/user-id", &form).await;
            assert_eq!(status, 200, "{email}");
            assert_eq!(&ran, first.get_or_insert_with(|| ran.clone()), "{born} {email}, time {time}");
        }
    }
    assert_eq!(town.mail_of("user-ids").await.len(), 6, "three a day to each who is there");
    town.close_with_rows_of_its_own().await;
}
