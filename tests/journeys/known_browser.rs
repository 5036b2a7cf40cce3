//! Known browsers (D27): the cookie that a complete sign-in sets, what it is good for and what ends it; and what a member is
//! told of strangers.

use std::net::IpAddr;

use axum::http::Method;
use kenpo_portal::{
    domain::lockout::{Bucket, Counter, CounterKind, TryVerdict},
    store,
    vault::Token,
};
use tower::ServiceExt as _;

use crate::{
    holder::{Held, Holder, JRP},
    recovery::{CODE, ask, open_link, replace_password, show_app, up_to_way, with_hanako},
    rivals::together,
    town::{Browser, JSW, MGC, Newcomer, Phone, Town, hours, minutes},
    walk::{ANOTHER_PASSWORD, NEW_PASSWORD, first_login, return_with, set_another_password, sign_in},
};

const BROWSER_COOKIE: &str = "__Host-device";
const CODE_PAGE: &str = "/signin/totp";
const DEVICES: &str = "/account/devices";

/// A browser that has nothing but the browser cookie of another one.
pub fn signed_out(town: &Town, union: &str, known: &Browser) -> Browser {
    let mut browser = town.browser(union);
    browser.cookies.insert(BROWSER_COOKIE.into(), known.cookies[BROWSER_COOKIE].clone());
    browser
}

/// Who is counted how: the members' ids and the digests of the cookies.
async fn known(town: &Town) -> usize {
    town.rows("known_device").await.len()
}

async fn counter(town: &Town, who: &Newcomer, kind: CounterKind) -> Counter {
    let (tenant, now) = (town.tenant(JSW), town.app.portal().now());
    let subject = town.vault().guard_subject_member(town.member(JSW, &who.login).await.id);
    let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
    store::lockout::counter(&mut tx, &subject, kind, now).await.unwrap()
}

/// Wrong passwords from browsers nobody knows, until a pause is in force.
async fn pause(town: &Town, login: &str) {
    for _ in 0..5 {
        sign_in(&mut town.browser(JSW), login, "wrong-password").await;
    }
    let mut refused = town.browser(JSW);
    sign_in(&mut refused, login, NEW_PASSWORD).await;
    assert!(is_paused(&refused), "{:?}", refused.errors());
}

fn is_paused(browser: &Browser) -> bool {
    browser.is_paused()
}

/// Whether the right password is taken in this browser.
async fn opens(browser: &mut Browser, who: &Newcomer, password: &str) -> bool {
    sign_in(browser, &who.login, password).await.path() == CODE_PAGE
}

#[tokio::test]
async fn a_complete_sign_in_sets_the_cookie_for_180_days_and_it_lets_nobody_in() {
    let (town, hanako, phone, mut hers) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    assert!(!browser.cookies.contains_key(BROWSER_COOKIE), "a password alone makes no browser known");
    let form = format!("code={}", phone.code());
    let request = browser.request(&Method::POST, CODE_PAGE, Some(&form));
    let answer = town.router.clone().oneshot(request).await.unwrap();
    let lines = answer.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.into_iter().find(|line| line.starts_with(BROWSER_COOKIE)).unwrap();
    assert!(line.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000"), "{line}");
    let value = line.split(['=', ';']).nth(1).unwrap();
    let token = Token::parse(value).unwrap();
    let rows = format!("{:?}", town.rows("known_device").await);
    assert!(!rows.contains(value), "its digest is kept: {rows}");
    let browser_of =
        |cookie_digest| store::known_browser::AskingBrowser { cookie_digest, now: town.app.portal().now() };
    let mut tx = town.store().tenant(&town.tenant(JSW).slug).read().await.unwrap();
    for (digest, is_known) in [(Some(token.digest()), true), (None, false)] {
        let known = store::known_browser::is_anybodys(&mut tx, &browser_of(digest)).await.unwrap();
        assert_eq!(known, is_known);
    }
    drop(tx);

    let mut thief = town.browser(JSW);
    thief.cookies.insert(BROWSER_COOKIE.into(), value.to_owned());
    for page in ["/", "/account/devices", "/signin/totp", "/reauth"] {
        thief.visit(page).await;
        assert!(!thief.page().contains("健保 花子"), "{page}");
    }
    // The same cookie, and 180 days more, at the next sign-in.
    let kept = hers.cookies[BROWSER_COOKIE].clone();
    hers.visit("/logout").await.press("ログアウトする").await;
    town.clock.advance(hours(179 * 24));
    return_with(&mut hers, &hanako, &phone).await.is_at("/", "サービス");
    assert_eq!(hers.cookies[BROWSER_COOKIE], kept);
    pause(&town, &hanako.login).await;
    assert!(opens(&mut signed_out(&town, JSW, &hers), &hanako, NEW_PASSWORD).await);
    town.clock.advance(hours(180 * 24));
    pause(&town, &hanako.login).await;
    assert!(!opens(&mut signed_out(&town, JSW, &hers), &hanako, NEW_PASSWORD).await, "180 days are over");
    let portal = town.app.portal();
    let swept = portal.store().everywhere().sweep(portal.remembered_since(), portal.now()).await.unwrap();
    assert_eq!((swept.devices, known(&town).await), (2, 0));
    town.close().await;
}

#[tokio::test]
async fn a_cookie_of_one_union_says_nothing_at_another() {
    let town = Town::open().await;
    let (hanako, twin) = (town.hanako(JSW).await, town.hanako(MGC).await);
    let (mut here, mut there) = (town.browser(JSW), town.browser(MGC));
    let (mut phone, mut other_phone) = (town.phone(), town.phone());
    first_login(&mut here, &hanako, &mut phone).await;
    first_login(&mut there, &twin, &mut other_phone).await;
    assert_ne!(here.cookies[BROWSER_COOKIE], there.cookies[BROWSER_COOKIE]);
    for _ in 0..5 {
        sign_in(&mut town.browser(MGC), &twin.login, "wrong-password").await;
    }
    for (cookie, is_open) in [(&here.cookies[BROWSER_COOKIE], false), (&there.cookies[BROWSER_COOKIE], true)]
    {
        let mut browser = town.browser(MGC);
        browser.cookies.insert(BROWSER_COOKIE.into(), cookie.clone());
        assert_eq!(opens(&mut browser, &twin, NEW_PASSWORD).await, is_open);
    }
    // It is not taken over either: the union gives one of its own.
    let mut browser = signed_out(&town, MGC, &here);
    town.clock.advance(hours(24));
    return_with(&mut browser, &twin, &other_phone).await.is_at("/", "サービス");
    assert_ne!(browser.cookies[BROWSER_COOKIE], here.cookies[BROWSER_COOKIE]);
    town.close().await;
}

/// A second member of the union, in the same browser: her son.
async fn with_son(town: &Town, browser: &mut Browser) -> (Newcomer, Phone) {
    let (son, mut phone) = (town.taro(JSW).await, town.phone());
    browser.visit("/logout").await.press("ログアウトする").await;
    first_login(browser, &son, &mut phone).await;
    browser.visit("/logout").await.press("ログアウトする").await;
    (son, phone)
}

#[tokio::test]
async fn one_cookie_serves_a_family_and_each_has_pauses_of_their_own() {
    let (town, hanako, phone, mut browser) = with_hanako(Town::open().await).await;
    let cookie = browser.cookies[BROWSER_COOKIE].clone();
    let (son, _) = with_son(&town, &mut browser).await;
    assert_eq!(browser.cookies[BROWSER_COOKIE], cookie);
    for login in [&hanako.login, &son.login] {
        pause(&town, login).await;
    }
    // Her own mistakes in this browser pause her here, and nobody else.
    for _ in 0..5 {
        sign_in(&mut browser, &hanako.login, "wrong-password").await;
    }
    assert!(is_paused(&browser));
    assert!(!opens(&mut browser, &hanako, NEW_PASSWORD).await);
    assert!(opens(&mut signed_out(&town, JSW, &browser), &son, NEW_PASSWORD).await);
    // Of two browsers of hers each has its own.
    town.clock.advance(minutes(31));
    let mut other = town.browser(JSW);
    return_with(&mut other, &hanako, &phone).await.is_at("/", "サービス");
    for _ in 0..2 {
        sign_in(&mut signed_out(&town, JSW, &browser), &hanako.login, "wrong-password").await;
    }
    assert!(!opens(&mut browser, &hanako, NEW_PASSWORD).await);
    assert!(opens(&mut signed_out(&town, JSW, &other), &hanako, NEW_PASSWORD).await);
    // The desk sees that one of them is paused, and ends it.
    let tenant = town.tenant(JSW);
    let here =
        async || town.desk(&tenant).show(&hanako.login).await.unwrap().verdict(CounterKind::PasswordHere);
    assert!(matches!(here().await, Some(TryVerdict::Paused(_))));
    town.unlock(JSW, &hanako.login).await;
    assert!(matches!(here().await, Some(TryVerdict::Open(_))));
    assert!(opens(&mut browser, &hanako, NEW_PASSWORD).await);
    town.close().await;
}

#[tokio::test]
async fn the_newest_twenty_browsers_of_a_member_stay_known_and_twenty_members_of_a_browser() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let member = town.member(JSW, &hanako.login).await.id;
    let tenant = town.tenant(JSW);
    let remember = async |had: Option<&[u8]>, fresh: &[u8], member| {
        town.clock.advance(minutes(1));
        let mut tx = town.store().tenant(&tenant.slug).write().await.unwrap();
        let new = store::known_browser::NewKnownBrowser { member, had, fresh };
        let digest = store::known_browser::remember(&mut tx, &new, town.app.portal().now()).await.unwrap();
        tx.commit().await.unwrap();
        digest
    };
    town.sql("DELETE FROM known_device").await;
    for browser in 0..25_u8 {
        assert_eq!(remember(None, &[browser; 32], member).await, [browser; 32]);
    }
    assert_eq!(known(&town).await, 20);
    let is_known = async |browser: u8| {
        let asking = store::known_browser::AskingBrowser {
            cookie_digest: Some(vec![browser; 32]),
            now: town.app.portal().now(),
        };
        let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
        store::known_browser::of_member(&mut tx, member, &asking).await.unwrap()
    };
    assert_eq!(is_known(24).await, (20, true));
    assert_eq!(is_known(5).await, (20, true));
    assert_eq!(is_known(4).await, (20, false), "the oldest ones are forgotten");
    // A value that is none of ours is not taken over; one that is ours is kept.
    assert_eq!(remember(Some(&[99; 32]), &[30; 32], member).await, [30; 32]);
    assert_eq!(remember(Some(&[30; 32]), &[31; 32], member).await, [30; 32]);

    town.sql("DELETE FROM known_device").await;
    let mut members = Vec::new();
    for number in 0..23 {
        let login = format!("family-{number:02}");
        town.import(JSW, &format!("15,{},,1979-08-22,見本,ミホン,{login},Vp6r-Hn3t-Ky8s,", 200 + number))
            .await;
        members.push(town.member(JSW, &login).await.id);
    }
    for id in &members {
        remember(Some(&[50; 32]), &[50; 32], *id).await;
    }
    assert_eq!(known(&town).await, 20);
    let knows = async |member| {
        let cookie_digest = Some(vec![50; 32]);
        let asking = store::known_browser::AskingBrowser { cookie_digest, now: town.app.portal().now() };
        let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
        store::known_browser::of_member(&mut tx, member, &asking).await.unwrap().1
    };
    for (number, member) in members.iter().enumerate() {
        assert_eq!(knows(*member).await, number >= 3, "{number}: those who came first are forgotten");
    }
    town.close().await;
}

#[tokio::test]
async fn the_members_own_page_forgets_this_browser_or_all() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut other = town.browser(JSW);
    return_with(&mut other, &hanako, &phone).await.is_at("/", "サービス");
    town.clock.advance(minutes(1));
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    browser.visit(DEVICES).await.is_at(DEVICES, "ログイン中の端末");
    assert!(
        browser.text().contains("今、3台の端末を覚えています。この端末も、そのひとつです。"),
        "{}",
        browser.text()
    );
    browser.press("この端末を忘れさせる").await.is_at(DEVICES, "ログイン中の端末");
    assert_eq!(browser.text_of("[role=status]"), "この端末を忘れました。");
    assert!(browser.text().contains("2台") && browser.text().contains("この端末は、ふくまれていません。"));
    browser.visit("/").await.is_at("/", "サービス");
    pause(&town, &hanako.login).await;
    assert!(!opens(&mut signed_out(&town, JSW, &browser), &hanako, NEW_PASSWORD).await);
    assert!(opens(&mut signed_out(&town, JSW, &other), &hanako, NEW_PASSWORD).await);

    browser.visit(DEVICES).await.press("すべての端末を忘れさせる").await;
    assert_eq!(browser.text_of("[role=status]"), "すべての端末を忘れました。");
    assert!(browser.text().contains("今、覚えている端末はありません。"));
    assert!(!opens(&mut signed_out(&town, JSW, &other), &hanako, NEW_PASSWORD).await);
    browser.visit("/account/activity").await;
    for line in ["端末を1台、覚えている端末から外しました", "覚えている端末を、すべて外しました"]
    {
        assert!(browser.text().contains(line), "{line}: {}", browser.text());
    }
    // A screen that was left open is not enough.
    town.clock.advance(minutes(6));
    browser.visit(DEVICES).await;
    let form = format!("whose={}&forget=all", town.member(JSW, &hanako.login).await.id);
    browser.post(DEVICES, &form).await.is_at("/reauth", "続行するには再度認証してください");
    town.close().await;
}

#[tokio::test]
async fn of_one_device_the_page_says_whether_it_is_this_one() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    town.clock.advance(minutes(1));
    let mut one = town.browser(JSW);
    return_with(&mut one, &hanako, &phone).await.is_at("/", "サービス");
    one.visit(DEVICES).await.press("すべての端末を忘れさせる").await;
    town.clock.advance(minutes(1));
    let mut other = town.browser(JSW);
    return_with(&mut other, &hanako, &phone).await.is_at("/", "サービス");
    let text = other.visit(DEVICES).await.text();
    assert!(text.contains("今、覚えているのは、この端末だけです。"), "{text}");
    let text = one.visit(DEVICES).await.text();
    assert!(text.contains("今、1台の端末を覚えています。この端末ではありません。"), "{text}");
    town.close().await;
}

#[tokio::test]
async fn a_recovery_ends_every_known_browser_and_gives_its_own_another_cookie() {
    let (town, hanako, phone, mut old) = with_hanako(Town::open().await).await;
    let copy = signed_out(&town, JSW, &old);
    let (son, _) = with_son(&town, &mut old).await;
    up_to_way(&town, &mut old, &hanako).await;
    old.press("登録した認証方法で確認する").await;
    town.clock.advance(minutes(1));
    show_app(&mut old, &phone).await;
    replace_password(&mut old).await;
    old.is_at("/", "サービス");
    assert_ne!(
        old.cookies[BROWSER_COOKIE], copy.cookies[BROWSER_COOKIE],
        "a copy of the old one is worth nothing"
    );
    for login in [&hanako.login, &son.login] {
        pause(&town, login).await;
    }
    let mut thief = signed_out(&town, JSW, &copy);
    assert!(!opens(&mut thief, &hanako, ANOTHER_PASSWORD).await);
    assert!(opens(&mut signed_out(&town, JSW, &old), &hanako, ANOTHER_PASSWORD).await);
    assert!(opens(&mut signed_out(&town, JSW, &old), &son, NEW_PASSWORD).await, "the family goes on");
    // The desk's revert ends them, too.
    town.revert(JSW, &hanako).await;
    assert_eq!(known(&town).await, 1, "her son's");
    town.close().await;
}

#[tokio::test]
async fn nobody_reads_off_the_pauses_when_she_signs_in() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let quiet = Town::open().await;
    let (twin, mut twins_phone) = (quiet.hanako(JSW).await, quiet.phone());
    first_login(&mut quiet.browser(JSW), &twin, &mut twins_phone).await;
    let mut told = [Vec::new(), Vec::new()];
    for round in 0..60 {
        for (at, town) in [&town, &quiet].into_iter().enumerate() {
            let mut stranger = town.browser(JSW);
            sign_in(&mut stranger, "testuser", "wrong-password").await;
            // The time at which to come back is another one, for she takes hers to sign in.
            let said = stranger.text_of("main").replace(|c: char| c.is_ascii_digit(), "");
            told[at].push(said);
            town.clock.advance(minutes(31));
        }
        // Here she signs in, from a browser of a library each time; there nobody does.
        let mut library = town.browser(JSW);
        return_with(&mut library, &hanako, &phone).await.is_at("/", "サービス");
        let after = counter(&town, &hanako, CounterKind::Password(Bucket::Unknown)).await;
        assert_eq!(after.total, 0, "{round}: the count to fifty begins anew");
        assert_eq!(after.fails, round + 1, "{round}: and the pauses do not");
    }
    assert_eq!(told[0], told[1]);
    // Nobody signed in there: it is off, and says so nowhere.
    let twins = counter(&quiet, &twin, CounterKind::Password(Bucket::Unknown)).await;
    assert_eq!((twins.fails, twins.total), (60, 60));
    town.close().await;
    quiet.close().await;
}

/// Wrong codes behind the right password, five a browser.
async fn wrong_codes(town: &Town, who: &Newcomer, phone: &Phone, browsers: usize) {
    for _ in 0..browsers {
        let mut thief = town.browser(JSW);
        assert!(opens(&mut thief, who, NEW_PASSWORD).await);
        for _ in 0..5 {
            thief.visit(CODE_PAGE).await;
            thief.post(CODE_PAGE, &format!("code={}", phone.wrong_code())).await;
        }
    }
}

#[tokio::test]
async fn ten_wrong_codes_behind_her_password_are_told_once_and_she_sets_another() {
    let (town, hanako, phone, mut hers) = with_hanako(Town::open().await).await;
    wrong_codes(&town, &hanako, &phone, 1).await;
    assert!(town.mail_of("password-exposed").await.is_empty());
    wrong_codes(&town, &hanako, &phone, 3).await;
    let letters = town.mail_of("password-exposed").await;
    assert_eq!(letters.len(), 1, "once, not at each tenth");
    assert!(letters[0].text.contains("10回") && letters[0].to == hanako.email);
    hers.visit("/account/activity").await;
    assert!(hers.text().contains("ほかの人がパスワードを知っているおそれがあります"), "{}", hers.text());

    // The thief learns nothing of it, and cannot set one: the factor comes first.
    let mut thief = town.browser(JSW);
    assert!(opens(&mut thief, &hanako, NEW_PASSWORD).await);
    thief.visit("/signin/password").await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    // She is asked at her next sign-in, in the browser she uses; the old one stays refused.
    let mut browser = signed_out(&town, JSW, &hers);
    return_with(&mut browser, &hanako, &phone).await.is_at("/signin/password", "パスワードの更新");
    browser.visit("/").await;
    assert!(!browser.has(".tiles"), "not before");
    browser.visit("/signin/password").await;
    browser.fill("パスワード", NEW_PASSWORD).fill("パスワード確認用", NEW_PASSWORD).press("実行").await;
    assert!(browser.errors()[0].contains("今のパスワードと同じです"), "{:?}", browser.errors());
    set_another_password(&mut browser).await;
    browser.is_at("/", "サービス");
    assert_eq!(town.mail_of("password-changed").await.len(), 1);
    // With the old password ends what was begun by it.
    thief.visit(CODE_PAGE).await.is_at("/signin", "ログイン");
    assert!(!opens(&mut thief, &hanako, NEW_PASSWORD).await);
    // Asked once.
    town.clock.advance(minutes(2));
    let mut again = signed_out(&town, JSW, &browser);
    sign_in(&mut again, &hanako.login, ANOTHER_PASSWORD).await;
    show_app(&mut again, &phone).await;
    again.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn her_own_mistakes_in_a_browser_she_uses_expose_no_password() {
    let (town, hanako, phone, hers) = with_hanako(Town::open().await).await;
    for _ in 0..3 {
        let mut browser = signed_out(&town, JSW, &hers);
        assert!(opens(&mut browser, &hanako, NEW_PASSWORD).await);
        for _ in 0..4 {
            browser.post(CODE_PAGE, &format!("code={}", phone.wrong_code())).await;
        }
    }
    assert!(town.mail_of("password-exposed").await.is_empty());
    return_with(&mut signed_out(&town, JSW, &hers), &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn thirty_wrong_codes_in_her_own_browsers_switch_the_factor_off_there_and_nowhere_else() {
    let (town, hanako, phone, hers) = with_hanako(Town::open().await).await;
    let mut other = town.browser(JSW);
    return_with(&mut other, &hanako, &phone).await.is_at("/", "サービス");
    for round in 0..6 {
        let mut browser = signed_out(&town, JSW, if round % 2 == 0 { &hers } else { &other });
        assert!(opens(&mut browser, &hanako, NEW_PASSWORD).await);
        for _ in 0..5 {
            browser.post(CODE_PAGE, &format!("code={}", phone.wrong_code())).await;
        }
    }
    assert_eq!(
        (town.mail_of("factor-off-known").await.len(), town.mail_of("factor-off").await.len()),
        (1, 0)
    );
    town.clock.advance(minutes(1));
    let mut browser = signed_out(&town, JSW, &hers);
    return_with(&mut browser, &hanako, &phone).await;
    assert!(browser.errors()[0].contains("この認証方法を止めています"), "{:?}", browser.errors());
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_factor_that_strangers_switched_off_works_in_her_own_browser_and_is_told_once() {
    let (town, hanako, phone, mut hers) = with_hanako(Town::open().await).await;
    wrong_codes(&town, &hanako, &phone, 7).await;
    let letters = town.mail_of("factor-off").await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].text.contains("はじめて使う端末では") && letters[0].text.contains("30回"));
    hers.visit("/account/activity").await;
    assert!(hers.text().contains("認証方法を止めました"), "{}", hers.text());
    let mut new = town.browser(JSW);
    return_with(&mut new, &hanako, &phone).await;
    assert!(new.errors()[0].contains("この認証方法を止めています"), "{:?}", new.errors());
    // The desk sees which browsers.
    let tenant = town.tenant(JSW);
    let is_off = async |bucket| {
        let card = town.desk(&tenant).show(&hanako.login).await.unwrap();
        matches!(card.verdict(CounterKind::AppCode(bucket)), Some(TryVerdict::Off(_)))
    };
    assert!(is_off(Bucket::Unknown).await && !is_off(Bucket::Known).await);
    let mut browser = signed_out(&town, JSW, &hers);
    return_with(&mut browser, &hanako, &phone).await;
    set_another_password(&mut browser).await;
    browser.is_at("/", "サービス");
    assert!(!is_off(Bucket::Unknown).await);
    town.close().await;
}

#[tokio::test]
async fn the_desk_switches_a_factor_on_again_that_strangers_switched_off() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    wrong_codes(&town, &hanako, &phone, 7).await;
    town.unlock(JSW, &hanako.login).await;
    let mut new = town.browser(JSW);
    town.clock.advance(minutes(1));
    return_with(&mut new, &hanako, &phone).await;
    set_another_password(&mut new).await;
    new.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn codes_behind_a_password_she_has_replaced_keep_no_new_phone_out() {
    // At the sign-in that asks for it, in her settings, and by a forgotten password: in the browser she uses.
    for way in 0..3 {
        let (town, hanako, phone, hers) = with_hanako(Town::open().await).await;
        let mut browser = signed_out(&town, JSW, &hers);
        if way == 1 {
            town.clock.advance(minutes(1));
            return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
            browser.visit("/account/password").await.is_at("/account/password", "パスワードの更新");
        }
        wrong_codes(&town, &hanako, &phone, 7).await;
        assert_eq!(town.mail_of("factor-off").await.len(), 1);
        town.clock.advance(minutes(1));
        match way {
            0 => {
                return_with(&mut browser, &hanako, &phone).await;
                set_another_password(&mut browser).await;
            }
            1 => {
                browser.fill("パスワード", ANOTHER_PASSWORD).fill("パスワード確認用", ANOTHER_PASSWORD);
                browser.press("実行").await.is_at("/account/methods", "ログイン方法変更");
            }
            _ => {
                up_to_way(&town, &mut browser, &hanako).await;
                browser.press("登録した認証方法で確認する").await;
                show_app(&mut browser, &phone).await;
                replace_password(&mut browser).await;
                browser.is_at("/", "サービス");
            }
        }
        town.clock.advance(minutes(1));
        let mut new = town.browser(JSW);
        assert!(opens(&mut new, &hanako, ANOTHER_PASSWORD).await, "{way}");
        show_app(&mut new, &phone).await;
        assert_eq!(new.path(), "/", "{way}: {:?}", new.errors());
        town.close().await;
    }
}

#[tokio::test]
async fn a_thief_with_her_mails_sets_passwords_and_gets_no_more_codes_of_her_app() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::MailCodeAndApp).await;
    let (login, email) = (holder.who.login.clone(), holder.who.email.clone());
    let mut wrong = 0;
    for round in 0..3 {
        // Ten wrong codes of the app, so that another password is asked for; then a right one by mail.
        for _ in 0..3 {
            town.clock.advance(minutes(15));
            let mut thief = town.browser(JRP);
            sign_in(&mut thief, &login, &holder.password).await;
            for _ in 0..5 {
                thief.visit(CODE_PAGE).await;
                thief.post(CODE_PAGE, &format!("code={}", holder.phone.wrong_code())).await;
                wrong += u32::from(thief.status == 422 && thief.errors()[0].contains("あと"));
            }
        }
        town.clock.advance(minutes(15));
        let mut thief = town.browser(JRP);
        sign_in(&mut thief, &login, &holder.password).await;
        let code = town.mailbox().code_for(&email).await;
        thief.post("/signin/mail-code", &format!("code={code}")).await;
        if thief.path() == "/signin/password" {
            let password = format!("Tsu8!ki-no-Yor{round}");
            thief.fill("パスワード", &password).fill("パスワード確認用", &password).press("実行").await;
            assert!(thief.errors().is_empty(), "{:?}", thief.errors());
            holder.password = password;
        }
        assert_eq!(thief.path(), "/", "{round}: {:?}", thief.errors());
    }
    assert!(wrong <= 30, "{wrong} codes of the app were verified");
    assert_ne!(holder.password, NEW_PASSWORD, "the story sets passwords");
    town.close().await;
}

#[tokio::test]
async fn fifty_wrong_passwords_of_strangers_leave_the_password_good_in_her_own_browser() {
    let (town, hanako, _, hers) = with_hanako(Town::open().await).await;
    for _ in 0..52 {
        sign_in(&mut town.browser(JSW), &hanako.login, "wrong-password").await;
        town.clock.advance(minutes(31));
    }
    let letters = town.mail_of("password-off").await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].text.contains("ログインしたことのある端末では、今までどおり"), "{}", letters[0].text);
    assert!(!opens(&mut town.browser(JSW), &hanako, NEW_PASSWORD).await, "off for everybody else");
    assert!(opens(&mut signed_out(&town, JSW, &hers), &hanako, NEW_PASSWORD).await);
    // Fifty in her own browsers, all together, are the end there.
    for _ in 0..50 {
        sign_in(&mut signed_out(&town, JSW, &hers), &hanako.login, "wrong-password").await;
        town.clock.advance(minutes(31));
    }
    for _ in 0..3 {
        assert!(!opens(&mut signed_out(&town, JSW, &hers), &hanako, NEW_PASSWORD).await);
        town.clock.advance(minutes(31));
    }
    assert_eq!(town.mail_of("password-off-known").await.len(), 1, "told once");
    town.unlock(JSW, &hanako.login).await;
    assert!(opens(&mut signed_out(&town, JSW, &hers), &hanako, NEW_PASSWORD).await);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_presses_at_once_in_a_known_browser_are_counted_by_both_counters() {
    let (town, hanako, _, hers) = with_hanako(Town::open().await).await;
    let browsers: Vec<_> = (0..16).map(|_| signed_out(&town, JSW, &hers)).collect();
    let form = |password| format!("username={}&password={password}", hanako.login);
    let right: Vec<_> = browsers.iter().map(|one| (one, "/signin", form(NEW_PASSWORD))).collect();
    let answers = together(&town, &right).await;
    assert!(answers.iter().all(|(status, place, _)| *status == 503 || place == CODE_PAGE), "{answers:?}");
    assert!(answers.iter().any(|(_, place, _)| place == CODE_PAGE), "{answers:?}");
    let wrong: Vec<_> = browsers.iter().map(|one| (one, "/signin", form("wrong-password"))).collect();
    together(&town, &wrong).await;
    assert_eq!(town.count(JSW, "password-differed").await, 5, "then a pause");
    let in_all = counter(&town, &hanako, CounterKind::Password(Bucket::Known)).await;
    assert_eq!((in_all.certain_total(), in_all.paused_until), (5, None));
    let of_strangers = counter(&town, &hanako, CounterKind::Password(Bucket::Unknown)).await;
    assert_eq!((of_strangers.fails, of_strangers.total), (0, 0));
    town.close().await;
}

#[tokio::test]
async fn while_a_link_works_strangers_get_no_other_and_end_nothing() {
    let (town, hanako, _, mut hers) = with_hanako(Town::open().await).await;
    ask(&mut town.browser(JSW), &hanako.login).await;
    let first = town.newest_mail("recovery").await.link();
    town.clock.advance(minutes(4));
    let mut stranger = town.browser(JSW);
    for _ in 0..30 {
        ask(&mut stranger, &hanako.login).await;
    }
    assert!(
        stranger
            .text()
            .contains("いちばん新しいもののリンクを押してください。リンクは、どの端末でも使えます。")
    );
    assert_eq!(town.mail_of("recovery").await.len(), 1);
    let mut reading = town.browser(JSW);
    reading.visit(&first).await.is_at(&first, "パスワードをリセット");
    // What was not sent counted for nothing: two more in this hour, once it is over.
    for mails in [2, 3, 3] {
        town.clock.advance(minutes(5));
        ask(&mut town.browser(JSW), &hanako.login).await;
        assert_eq!(town.mail_of("recovery").await.len(), mails);
    }
    // A browser she uses has letters of its own, and code and link of the newest one are hers.
    let newest = town.newest_mail("recovery").await.link();
    ask(&mut hers, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    assert_ne!(letter.link(), newest);
    hers.post(CODE, &format!("code={}", letter.code())).await.is_at("/signin/birthdate", "生年月日の入力");
    town.close().await;
}

#[tokio::test]
async fn three_asks_an_hour_of_each_network_and_twelve_a_day_of_all() {
    let (town, hanako, _, mut hers) = with_hanako(Town::open().await).await;
    // From the next full hour on.
    let past = town.app.portal().now().as_second() % 3600;
    town.clock.advance(jiff::SignedDuration::from_secs(3600 - past));
    let sent = async |address: &str, login: &str| {
        let before = town.mail_of("recovery").await.len();
        let mut stranger = town.browser(JSW);
        stranger.from = Some(address.parse::<IpAddr>().unwrap());
        ask(&mut stranger, login).await;
        town.clock.advance(minutes(5));
        town.mail_of("recovery").await.len() > before
    };
    for address in ["203.0.113.1", "203.0.113.77", "203.0.113.2"] {
        assert!(sent(address, &hanako.login).await, "{address}");
    }
    assert!(!sent("203.0.113.3", &hanako.login).await, "the fourth of one network");
    let tenant = town.tenant(JSW);
    let card = town.desk(&tenant).show(&hanako.login).await.unwrap();
    assert!(matches!(card.verdict(CounterKind::RecoveryAsked(Bucket::Unknown)), Some(TryVerdict::Off(_))));
    assert!(matches!(card.verdict(CounterKind::RecoveryAsked(Bucket::Known)), Some(TryVerdict::Open(_))));
    for address in ["198.51.100.1", "2001:db8:1::1", "2001:db8:1:ffff::1", "2001:db8:2::1"] {
        assert!(sent(address, &hanako.login).await, "{address}");
    }
    town.clock.advance(minutes(60));
    for (at, address) in
        ["192.0.2.1", "192.0.3.1", "192.0.4.1", "192.0.5.1", "192.0.6.1"].into_iter().enumerate()
    {
        assert!(sent(address, &hanako.login).await, "{at}");
    }
    assert!(!sent("192.0.7.1", &hanako.login).await, "the thirteenth of the day");
    ask(&mut hers, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    hers.post(CODE, &format!("code={}", letter.code())).await.is_at("/signin/birthdate", "生年月日の入力");
    // The desk sees it and ends it; so does the next day.
    town.unlock(JSW, &hanako.login).await;
    town.clock.advance(minutes(5));
    assert!(sent("192.0.7.1", &hanako.login).await);
    let mut by_link = town.browser(JSW);
    by_link.from = Some("192.0.8.1".parse().unwrap());
    ask(&mut by_link, &hanako.login).await;
    open_link(&town, &mut by_link).await;
    town.close().await;
}

#[tokio::test]
async fn strangers_who_know_birth_date_and_address_use_up_no_letter_of_her_own_browser() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = holder.sign_in(&town).await;
    let form = "birthdate=19790822&email=taro%40example.jp";
    for _ in 0..6 {
        town.browser(JRP).post("/recovery/user-id", form).await;
    }
    assert_eq!(town.mail_of("user-ids").await.len(), 3);
    for letters in [4, 5, 6, 6] {
        signed_out(&town, JRP, &browser).post("/recovery/user-id", form).await;
        assert_eq!(town.mail_of("user-ids").await.len(), letters);
    }
    town.close().await;
}
