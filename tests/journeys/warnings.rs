//! Letters of warning hang on a number of failures: whoever's try brings it there, and however that try ends, the member is
//! told, once (D13, TD6).

use kenpo_portal::{
    domain::lockout::{Bucket, CODES_BEHIND_A_PASSWORD, Counter, CounterKind},
    store::{self, lockout::CounterKey},
};

use crate::{
    known_browser::signed_out,
    recovery::with_hanako,
    town::{Browser, JSW, Newcomer, Phone, Town, minutes},
    walk::{NEW_PASSWORD, sign_in},
};

/// How the try ended that brought the number.
#[derive(Debug, Clone, Copy)]
enum Ended {
    /// The program was killed while it was verified.
    Killed,
    /// The browser had gone away: it was found wrong, and nobody waited for it.
    Unheard,
}

/// So many failures that were told of, and one more that ended so.
async fn failed(town: &Town, who: &Newcomer, kind: CounterKind, failures: u32, ended: Ended) {
    let (tenant, now) = (town.tenant(JSW), town.app.portal().now());
    let subject = town.vault().guard_subject_member(town.member(JSW, &who.login).await.id);
    let key = CounterKey::of(kind, subject, &tenant.policy.lockout);
    let store = town.store();
    let mut tx = store.tenant(&tenant.slug).write().await.unwrap();
    let before =
        |_| Counter { fails: 1, total: failures - 1, warned: failures - 1, ..Counter::untouched(now) };
    store::lockout::change(&mut tx, &key, now, before).await.unwrap();
    tx.commit().await.unwrap();
    store.tenant(&tenant.slug).reserve(&key.subject, kind, key.ladder, now).await.unwrap();
    if matches!(ended, Ended::Unheard) {
        let mut tx = store.tenant(&tenant.slug).write().await.unwrap();
        let wrong = |counter: Counter| counter.wrong(key.ladder, now);
        store::lockout::change(&mut tx, &key, now, wrong).await.unwrap();
        tx.commit().await.unwrap();
    }
    // Longer than the outcome of a try is waited for.
    town.clock.advance(minutes(1));
}

/// A wrong code behind the right password.
async fn wrong_code(browser: &mut Browser, who: &Newcomer, phone: &Phone) {
    sign_in(browser, &who.login, NEW_PASSWORD).await;
    browser.is_at("/signin/totp", "ワンタイムパスワードの入力");
    browser.post("/signin/totp", &format!("code={}", phone.wrong_code())).await;
}

#[tokio::test]
async fn a_failure_that_nobody_was_told_of_is_told_with_the_next() {
    for bucket in Bucket::BOTH {
        for ended in [Ended::Killed, Ended::Unheard] {
            let (town, hanako, phone, hers) = with_hanako(Town::open().await).await;
            let browser = || match bucket {
                Bucket::Known => signed_out(&town, JSW, &hers),
                Bucket::Unknown => town.browser(JSW),
            };
            let letter = |word: &str| match bucket {
                Bucket::Known => format!("{word}-known"),
                Bucket::Unknown => word.to_owned(),
            };
            let told = async |word: &str| town.mail_of(&letter(word)).await.len();

            let kind = CounterKind::AppCode(bucket);
            let limit = kind.ladder(&town.tenant(JSW).policy.lockout).hard_limit;
            failed(&town, &hanako, kind, limit, ended).await;
            assert_eq!(told("factor-off").await, 0);
            for _ in 0..2 {
                let mut browser = browser();
                wrong_code(&mut browser, &hanako, &phone).await;
                assert!(browser.errors()[0].contains("この認証方法を止めています"), "{:?}", browser.errors());
                assert_eq!(told("factor-off").await, 1, "{bucket:?} {ended:?}: at once, and once");
            }
            assert_eq!(town.count(JSW, "factor-switched-off").await, 1);

            let limit = town.tenant(JSW).policy.lockout.hard_limit;
            failed(&town, &hanako, CounterKind::Password(bucket), limit, ended).await;
            assert_eq!(told("password-off").await, 0);
            for _ in 0..2 {
                sign_in(&mut browser(), &hanako.login, "wrong-password").await;
                assert_eq!(told("password-off").await, 1, "{bucket:?} {ended:?}: at once, and once");
            }
            town.close().await;
        }
    }
}

#[tokio::test]
async fn the_tenth_code_behind_her_password_is_told_with_the_eleventh_where_it_was_not() {
    for ended in [Ended::Killed, Ended::Unheard] {
        let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
        let kind = CounterKind::AppCode(Bucket::Unknown);
        failed(&town, &hanako, kind, CODES_BEHIND_A_PASSWORD, ended).await;
        for _ in 0..2 {
            wrong_code(&mut town.browser(JSW), &hanako, &phone).await;
            assert_eq!(town.mail_of("password-exposed").await.len(), 1, "{ended:?}");
        }
        town.close().await;
    }
}
