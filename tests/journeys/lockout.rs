//! Pauses and being off: given only with a failure that is certain, told as what they are, ended by what they say.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Waker},
    time::Duration,
};

use axum::http::{Method, StatusCode, header};
use jiff::SignedDuration;
use kenpo_portal::{
    domain::{
        lockout::{Bucket, Counter, CounterKind, Ladder, TryVerdict},
        login_id::LoginId,
    },
    store::{self, lockout::CounterKey},
    vault::{HashAsker, Permit, Vault, VaultResult},
};
use tower::ServiceExt as _;

use crate::{
    recovery::{CODE, ask, open_link, with_hanako},
    rivals::together,
    town::{Browser, JSW, Newcomer, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in},
};

const CODE_PAGE: &str = "/signin/totp";

/// Who asks for the permits that are held here: a member, to whom all of the queue is open.
const ASKER: HashAsker = HashAsker::Member(None);

/// Somebody who waits for a permit.
type Waiting<'a> = Pin<Box<dyn Future<Output = VaultResult<Permit>> + 'a>>;

fn password(login: &str, password: &str) -> String {
    format!("username={login}&password={password}")
}

/// Where everybody is led who showed the right password.
fn is_on_its_way(answer: &(u16, String, bool)) -> bool {
    answer.0 == 303 && answer.1 == CODE_PAGE
}

/// The counter of a kind about a member, as it stands.
async fn counter(town: &Town, who: &Newcomer, kind: CounterKind) -> Counter {
    let (tenant, now) = (town.tenant(JSW), town.app.portal().now());
    let subject = town.vault().guard_subject_member(town.member(JSW, &who.login).await.id);
    let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
    store::lockout::counter(&mut tx, &subject, kind, now).await.unwrap()
}

/// Waits until the counter is as it should be: what nobody waits for is settled in a moment.
async fn until(town: &Town, who: &Newcomer, kind: CounterKind, is: impl Fn(&Counter) -> bool) {
    let comes = tokio::time::timeout(Duration::from_mins(2), async {
        while !is(&counter(town, who, kind).await) {
            tokio::task::yield_now().await;
        }
    });
    assert!(comes.await.is_ok(), "{:?}", counter(town, who, kind).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_press_of_the_right_password_is_twice_right() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    for pair in 0..40 {
        let browser = town.browser(JSW);
        let form = password(&hanako.login, NEW_PASSWORD);
        let presses = [(&browser, "/signin", form.clone()), (&browser, "/signin", form)];
        let answers = together(&town, &presses).await;
        assert!(answers.iter().all(is_on_its_way), "{pair}: {answers:?}");
    }
    // Also where the next failure would bring a pause, and where one by one is verified.
    for fails in [4, 5, 9] {
        for _ in 0..fails {
            sign_in(&mut town.browser(JSW), &hanako.login, "wrong-password").await;
            town.clock.advance(minutes(31));
        }
        let (one, two) = (town.browser(JSW), town.browser(JSW));
        let form = password(&hanako.login, NEW_PASSWORD);
        let answers = together(&town, &[(&one, "/signin", form.clone()), (&two, "/signin", form)]).await;
        assert!(answers.iter().all(is_on_its_way), "{fails}: {answers:?}");
    }
    assert_eq!(town.count(JSW, "password-paused").await, 0);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_right_passwords_at_once_are_sixteen_successes_or_a_503() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    for _ in 0..4 {
        let browsers: Vec<_> = (0..16).map(|_| town.browser(JSW)).collect();
        let form = password(&hanako.login, NEW_PASSWORD);
        let presses: Vec<_> = browsers.iter().map(|one| (one, "/signin", form.clone())).collect();
        let answers = together(&town, &presses).await;
        let busy = |answer: &(u16, String, bool)| answer.0 == 503;
        assert!(answers.iter().all(|answer| is_on_its_way(answer) || busy(answer)), "{answers:?}");
        assert!(answers.iter().any(is_on_its_way), "{answers:?}");
    }
    assert_eq!(town.count(JSW, "password-paused").await, 0);
    until(&town, &hanako, CounterKind::Password(Bucket::Unknown), |counter| {
        (counter.fails, counter.verifying) == (0, 0)
    })
    .await;
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_right_password_among_sixty_four_wrong_ones_changes_no_count_of_theirs() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let browsers: Vec<_> = (0..64).map(|_| town.browser(JSW)).collect();
    let form = |at| if at == 32 { NEW_PASSWORD.to_owned() } else { format!("wrong-{at}") };
    let press = |(at, one)| (one, "/signin", password(&hanako.login, &form(at)));
    let presses: Vec<(&Browser, _, _)> = browsers.iter().enumerate().map(press).collect();
    together(&town, &presses).await;
    // Five, and after the right one five more at most.
    let verified = town.count(JSW, "password-differed").await;
    assert!((5..=10).contains(&verified), "{verified}");
    town.close().await;
}

/// A press of this browser on a node, which refuses it.
async fn press_on(node: &axum::Router, browser: &Browser, path: &str, form: &str) {
    let request = browser.request(&Method::POST, path, Some(form));
    let status = node.clone().oneshot(request).await.unwrap().status();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_node_whose_clock_is_three_seconds_ahead_makes_no_pause_and_switches_nothing_off() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let ahead = town.node(SignedDuration::from_secs(3));
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    press_on(&ahead, &browser, CODE_PAGE, &format!("code={}", phone.wrong_code())).await;
    browser.visit(CODE_PAGE).await;
    browser.post(CODE_PAGE, &format!("code={}", phone.wrong_code())).await;
    assert!(browser.errors()[0].contains("あと3回"), "{:?}", browser.errors());
    assert_eq!(town.count(JSW, "factor-off").await, 0);
    browser.post(CODE_PAGE, &format!("code={}", phone.code())).await.is_at("/", "サービス");

    // A wrong password there, the right one here; and a pause that was given there ends here, too.
    let mut browser = town.browser(JSW);
    press_on(&ahead, &browser, "/signin", &password(&hanako.login, "wrong-password")).await;
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    for _ in 0..5 {
        press_on(&ahead, &town.browser(JSW), "/signin", &password(&hanako.login, "wrong-password")).await;
    }
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    assert!(browser.is_paused(), "{:?}", browser.errors());
    town.clock.advance(minutes(1) + SignedDuration::from_secs(3));
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    town.close().await;
}

#[tokio::test]
async fn a_full_queue_says_so_at_once_and_costs_no_try() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut permits = Vec::new();
    for _ in 0..2 {
        permits.push(town.vault().permit(ASKER).await.unwrap());
    }
    let waiting = fill_queue(town.vault(), ASKER);
    for login in [hanako.login.as_str(), "nobody-77"] {
        let before = town.rows("guard").await;
        for _ in 0..8 {
            let mut browser = town.browser(JSW);
            browser.post("/signin", &password(login, NEW_PASSWORD)).await;
            assert_eq!(browser.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(browser.headers[header::RETRY_AFTER], "5");
        }
        assert_eq!(town.rows("guard").await, before, "{login}");
    }
    drop((waiting, permits));
    return_with(&mut town.browser(JSW), &hanako, &phone).await;
    town.close().await;
}

/// Waits for permits, as whoever asks, in every place that the queue has for them.
fn fill_queue(vault: &Vault, asker: HashAsker) -> Vec<Waiting<'_>> {
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    while vault.has_room(asker).is_ok() {
        let mut one: Waiting<'_> = Box::pin(vault.permit(asker));
        assert!(one.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        waiting.push(one);
    }
    waiting
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_strangers_wait_to_sign_in_the_members_own_browser_has_a_place() {
    let (town, hanako, phone, mut browser) = with_hanako(Town::open().await).await;
    let mut permits = Vec::new();
    for _ in 0..2 {
        permits.push(town.vault().permit(HashAsker::Stranger(None)).await.unwrap());
    }
    let waiting = fill_queue(town.vault(), HashAsker::Stranger(None));
    let mut unknown = town.browser(JSW);
    // A cookie that nobody gave out is looked at, and is not hers.
    let mut made_up = town.browser(JSW);
    made_up.cookies.insert("__Host-device".into(), town.vault().token().unwrap().expose().to_owned());
    for stranger in [&mut unknown, &mut made_up] {
        let before = town.rows("guard").await;
        for login in [hanako.login.as_str(), "nobody-77"] {
            stranger.post("/signin", &password(login, NEW_PASSWORD)).await;
            assert_eq!(stranger.status, StatusCode::SERVICE_UNAVAILABLE);
        }
        assert_eq!(town.rows("guard").await, before);
    }
    assert!(browser.cookies.contains_key("__Host-device"));
    browser.cookies.remove("__Host-session");
    let known = CounterKind::Password(Bucket::Known);
    let form = password(&hanako.login, NEW_PASSWORD);
    tokio::join!(browser.post("/signin", &form), async {
        until(&town, &hanako, known, |counter| counter.verifying == 1).await;
        drop((waiting, permits));
    });
    assert_eq!(browser.path(), CODE_PAGE, "{}", browser.status);
    return_with(&mut unknown, &hanako, &phone).await;
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_away_before_anything_was_verified_has_not_tried() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let permits = [town.vault().permit(ASKER).await.unwrap(), town.vault().permit(ASKER).await.unwrap()];
    for _ in 0..6 {
        let request =
            town.browser(JSW).request(&Method::POST, "/signin", Some(&password(&hanako.login, "x")));
        let press = tokio::spawn(town.router.clone().oneshot(request));
        until(&town, &hanako, CounterKind::Password(Bucket::Unknown), |counter| counter.verifying == 1).await;
        press.abort();
        until(&town, &hanako, CounterKind::Password(Bucket::Unknown), |counter| {
            (counter.fails, counter.total) == (0, 0)
        })
        .await;
    }
    drop(permits);
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_away_while_a_guess_is_verified_has_guessed() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    for tries in 1..=5 {
        let request =
            town.browser(JSW).request(&Method::POST, "/signin", Some(&password(&hanako.login, "x")));
        let press = tokio::spawn(town.router.clone().oneshot(request));
        // Whenever it goes away: it is verified and counted, or neither.
        until(&town, &hanako, CounterKind::Password(Bucket::Unknown), |counter| counter.fails >= 1).await;
        press.abort();
        until(&town, &hanako, CounterKind::Password(Bucket::Unknown), |counter| counter.verifying == 0).await;
        let fails = counter(&town, &hanako, CounterKind::Password(Bucket::Unknown)).await.fails;
        let told = town.count(JSW, "password-differed").await;
        assert!(fails as usize >= told && fails <= tries, "{fails} counted, {told} told");
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_fails_after_a_right_password_makes_no_pause() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    town.sql("ALTER TABLE attempt RENAME TO attempt_away").await;
    for _ in 0..8 {
        let browser = town.browser(JSW);
        let press = (&browser, "/signin", password(&hanako.login, NEW_PASSWORD));
        assert!(together(&town, &[press]).await[0].0 >= 500);
        until(&town, &hanako, CounterKind::Password(Bucket::Unknown), |counter| {
            (counter.fails, counter.total) == (0, 0)
        })
        .await;
    }
    town.sql("ALTER TABLE attempt_away RENAME TO attempt").await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_code_pressed_many_times_at_once_gets_in_and_ends_no_attempt() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    for _ in 0..6 {
        town.clock.advance(minutes(2));
        let mut browser = town.browser(JSW);
        sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
        let form = format!("code={}", phone.code());
        let presses: Vec<_> = (0..12).map(|_| (&browser, CODE_PAGE, form.clone())).collect();
        let answers = together(&town, &presses).await;
        assert_eq!(answers.iter().filter(|(_, _, entered)| *entered).count(), 1, "{answers:?}");
    }
    assert_eq!(town.count(JSW, "attempt-over").await, 0);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixty_four_wrong_codes_at_once_thirty_are_verified() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut browsers = Vec::new();
    for _ in 0..16 {
        let mut browser = town.browser(JSW);
        sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
        browsers.push(browser);
    }
    let form = format!("code={}", phone.wrong_code());
    let presses: Vec<_> = (0..64).map(|at| (&browsers[at / 4], CODE_PAGE, form.clone())).collect();
    together(&town, &presses).await;
    assert_eq!(town.count(JSW, "code-differed").await, 30);
    assert_eq!(town.count(JSW, "factor-off").await, 34);
    town.close().await;
}

/// Asks, and types wrong codes in that browser until it says something else than how many tries are left.
async fn use_up(browser: &mut Browser, login: &str) -> (usize, String) {
    ask(browser, login).await;
    for tries in 0..6 {
        // No letter brings it: digits that were drawn for nobody.
        browser.post(CODE, "code=000000").await;
        assert_eq!(browser.status, 422);
        if !browser.errors()[0].contains("回入力できます") {
            return (tries, browser.errors()[0].clone());
        }
    }
    panic!("{:?}", browser.errors())
}

#[tokio::test]
async fn recovery_codes_that_are_off_say_so_and_come_back_for_whoever_is_asked_for() {
    const OFF: &str = "今は確認コードを使えません";
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut told = Vec::new();
    for login in ["nobody-77", hanako.login.as_str()] {
        let mut pages = Vec::new();
        // Twelve letters a day, five tries each.
        for round in 0..14 {
            town.clock.advance(minutes(90));
            let (tries, said) = use_up(&mut town.browser(JSW), login).await;
            pages.push((round, tries, said));
        }
        // Sixty tries of strangers without a quiet day, and no more.
        assert_eq!(pages[..12].iter().map(|(_, tries, _)| *tries).collect::<Vec<_>>(), [4; 12], "{pages:?}");
        assert!(pages[12..].iter().all(|(_, tries, said)| *tries == 0 && said.contains(OFF)), "{pages:?}");
        told.push(pages);
    }
    assert_eq!(told[0], told[1], "the same for nobody");

    // The right code is told what it is, the desk sees it, and the link goes on.
    town.clock.advance(hours(1));
    let mut hers = town.browser(JSW);
    ask(&mut hers, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    hers.post(CODE, &format!("code={}", letter.code())).await;
    assert!(hers.errors()[0].contains(OFF), "{:?}", hers.errors());
    assert!(hers.has("a[href='/recovery/password']") || hers.text().contains("もう一度メールを送る"));
    let tenant = town.tenant(JSW);
    let card = town.desk(&tenant).show(&hanako.login).await.unwrap();
    assert!(matches!(card.verdict(CounterKind::RecoveryCode(Bucket::Unknown)), Some(TryVerdict::Off(_))));
    let mut by_link = town.browser(JSW);
    open_link(&town, &mut by_link).await;

    // A quiet day ends it; tries meanwhile do not put that off.
    town.clock.advance(hours(12));
    ask(&mut hers, &hanako.login).await;
    hers.post(CODE, "code=000000").await;
    assert!(hers.errors()[0].contains(OFF), "{:?}", hers.errors());
    town.clock.advance(hours(12));
    ask(&mut hers, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    hers.post(CODE, &format!("code={}", letter.code())).await.is_at("/signin/birthdate", "生年月日の入力");

    // So does the desk, at once.
    for _ in 0..13 {
        town.clock.advance(minutes(21));
        use_up(&mut town.browser(JSW), &hanako.login).await;
    }
    town.clock.advance(hours(1));
    town.unlock(JSW, &hanako.login).await;
    ask(&mut hers, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    hers.post(CODE, &format!("code={}", letter.code())).await.is_at("/signin/birthdate", "生年月日の入力");
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn thirty_six_requests_of_strangers_leave_the_next_code_good() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    for _ in 0..6 {
        town.clock.advance(minutes(21));
        use_up(&mut town.browser(JSW), &hanako.login).await;
    }
    // Another letter brings another code.
    town.clock.advance(minutes(21));
    let mut hers = town.browser(JSW);
    ask(&mut hers, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    hers.post(CODE, &format!("code={}", letter.code())).await.is_at("/signin/birthdate", "生年月日の入力");
    town.close().await;
}

#[tokio::test]
async fn what_strangers_have_written_is_swept_once_it_says_nothing() {
    let town = Town::open().await;
    let (hanako, mut phone) = (town.hanako(JSW).await, town.phone());
    first_login(&mut town.browser(JSW), &hanako, &mut phone).await;
    town.clock.advance(hours(25));
    let sweep = async || {
        let portal = town.app.portal();
        portal.store().everywhere().sweep(portal.remembered_since(), portal.now()).await.unwrap()
    };
    sweep().await;
    for nobody in 0..1100 {
        let subject = town.vault().guard_subject_login(&LoginId::typed(&format!("nobody-{nobody}")));
        let unions = town.tenant(JSW);
        let ladder = Ladder::nobodys_password(&unions.policy.lockout);
        let now = town.app.portal().now();
        if nobody >= 4 {
            let mut tx = town.store().tenant(&unions.slug).write().await.unwrap();
            let wrong = |_| Counter { fails: 1, total: 1, ..Counter::untouched(now) };
            let key = CounterKey { subject, kind: CounterKind::Password(Bucket::Unknown), ladder };
            store::lockout::change(&mut tx, &key, now, wrong).await.unwrap();
            tx.commit().await.unwrap();
        } else {
            sign_in(&mut town.browser(JSW), &format!("nobody-{nobody}"), "wrong-password").await;
        }
    }
    for login in [hanako.login.as_str(), "nobody-77"] {
        sign_in(&mut town.browser(JSW), login, "wrong-password").await;
        ask(&mut town.browser(JSW), login).await;
        let mut browser = town.browser(JSW);
        browser.post("/recovery/user-id", "birthdate=19801201&email=nobody%40example.jp").await;
    }
    town.clock.advance(hours(24) - SignedDuration::from_secs(1));
    let swept = sweep().await;
    assert_eq!((swept.guards, swept.asks), (0, 2), "no counter before a day of quiet");
    town.clock.advance(minutes(31));
    let swept = sweep().await;
    assert!(swept.guards >= 1100 && swept.one_times == 1, "{swept:?}");
    // The count to fifty of a member is all that is left.
    let left = town.rows("guard").await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(counter(&town, &hanako, CounterKind::Password(Bucket::Unknown)).await.total, 1);
    assert!(town.rows("recovery_ask").await.is_empty());
    town.close().await;
}
