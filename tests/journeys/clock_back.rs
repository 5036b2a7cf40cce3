//! The clock steps back by an hour after everything ran out and a purge has gone over it: nothing comes to life again
//! (R25), and what members are promised over a time-out still is there (D15).

use jiff::SignedDuration;
use kenpo_portal::{
    domain::{login_id::LoginId, member::MemberId},
    store,
    world::Clock as _,
};

use crate::{
    holder::{Held, Holder, JRP},
    passkey_alone::{self, ALONE},
    recovery::{CODE, ask, up_to_way, with_hanako},
    town::{Authenticator, Browser, JSW, Newcomer, Phone, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, sign_in, up_to},
};

const TIMED_OUT: &str = "時間がたったため、もう一度ログインしてください。続きから始められます。";
const LOST: &str = "機種変更や紛失などで使えない";

/// Time goes by, the jobs come, and the clock is set back by an hour.
async fn back_after(town: &Town, by: SignedDuration) {
    town.clock.advance(by);
    town.purge().await;
    town.clock.advance(hours(-1));
}

#[tokio::test]
async fn a_session_stays_over_and_its_form_and_user_id_are_kept() {
    for (remember, by) in [(false, minutes(31)), (true, hours(24) + minutes(1))] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, Held::App).await;
        let mut browser = town.browser(JRP);
        browser.visit("/signin").await;
        if remember {
            browser.tick("ログイン状態の保存");
        }
        browser.fill("ユーザID", &holder.who.login).fill("パスワード", NEW_PASSWORD).press("ログイン").await;
        holder.show(&town, &mut browser).await;
        browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026");
        let (path, form) = browser.form_of("変更");
        back_after(&town, by).await;
        assert!(!browser.visit("/").await.has(".tiles"), "revived, remembered: {remember}");
        browser.visit("/session").await;
        assert_eq!(browser.page(), r#"{"seconds":0,"may_go_on":false}"#);
        browser.post("/session", "").await.is_at("/signin", "ログイン");
        browser.post(&path, &form).await.is_at("/signin", "ログイン");
        assert!(browser.text().contains(TIMED_OUT), "{}", browser.text());
        assert_eq!(browser.value_of("ユーザID"), holder.who.login);
        // An app's codes count once: the next one is an hour away.
        town.clock.advance(hours(1));
        browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await;
        holder.show(&town, &mut browser).await;
        browser.is_at("/account/profile", "プロフィール");
        assert_eq!(browser.value_of("ユーザID"), "hanako-2026");
        town.close().await;
    }
}

#[tokio::test]
async fn a_day_later_a_session_that_ran_out_is_forgotten() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    back_after(&town, hours(37)).await;
    browser.visit("/account/profile").await.is_at("/signin", "ログイン");
    assert_eq!(browser.value_of("ユーザID"), "");
    town.close().await;
}

#[tokio::test]
async fn proofs_that_were_fresh_stay_stale() {
    for by in [minutes(6), minutes(59)] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, Held::App).await;
        let mut browser = holder.sign_in(&town).await;
        assert_eq!(browser.visit("/account/password").await.path(), "/account/password");
        town.clock.advance(by / 2);
        browser.visit("/").await;
        back_after(&town, by / 2).await;
        assert_eq!(browser.visit("/account/password").await.path(), "/reauth", "{by}");
        // And when the clock is right again.
        town.clock.advance(hours(1) - by);
        browser.visit("/").await;
        town.clock.advance(by - minutes(2));
        assert_eq!(browser.visit("/account/password").await.path(), "/reauth", "{by}");
        town.close().await;
    }
}

#[tokio::test]
async fn every_kind_of_attempt_stays_over_and_tells_the_user_id() {
    // Signing in, and showing again who one is.
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await;
    let mut inside = holder.signed_in_a_while_ago(&town).await;
    inside.visit("/account/password").await;
    inside.fill("パスワード", NEW_PASSWORD).press("ログイン").await;
    let (path, form) = inside.form_of("トップページへ");
    back_after(&town, minutes(31)).await;
    browser.visit("/signin/totp").await.is_at("/signin", "ログイン");
    assert_eq!(browser.value_of("ユーザID"), holder.who.login);
    inside.post(&path, &form).await.is_at("/signin", "ログイン");
    town.close().await;

    // A first login.
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "利用規約").await;
    back_after(&town, minutes(61)).await;
    browser.visit("/signin/terms").await.is_at("/signin", "ログイン");
    assert_eq!(browser.value_of("ユーザID"), hanako.login);
    assert!(browser.text().contains(TIMED_OUT), "{}", browser.text());
    town.close().await;

    // A recovery that stopped half-way.
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    back_after(&town, minutes(31)).await;
    browser.visit("/recovery/password/way").await.is_at("/recovery/password", "パスワードを忘れた方はこちら");
    assert_eq!(browser.value_of("ユーザID"), hanako.login);
    town.close().await;
}

#[tokio::test]
async fn a_recovery_that_is_done_stays_done() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "利用規約").await;
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    crate::recovery::replace_password(&mut browser).await;
    browser.is_at("/signin", "ログイン");
    town.clock.advance(hours(-1));
    for page in ["/signin/password", "/signin/birthdate", "/recovery/password/way"] {
        assert_eq!(browser.visit(page).await.path(), "/signin", "{page}");
    }
    town.close().await;
}

#[tokio::test]
async fn mailed_codes_stay_dead_also_beside_a_link_that_lives() {
    // The code of a sign-in, by a member whose attempt still lives.
    let town = Town::open().await;
    let holder = Holder::of(&town, Held::MailCode).await;
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await;
    let code = town.mailbox().code_for(&holder.who.email).await;
    back_after(&town, minutes(11)).await;
    browser.fill("ワンタイムパスワード", &code).press("実行").await;
    assert_eq!(browser.status, 422, "{}", browser.text());
    town.close().await;

    // The code of a first login, beside its link.
    let town = Town::open().await;
    let taro = town.taro(JRP).await;
    let (mut browser, mut phone) = (town.browser(JRP), town.phone());
    up_to(&mut browser, &taro, &mut phone, "メールアドレスの確認").await;
    let (code, link) =
        (town.mailbox().code_for(&taro.email).await, town.mailbox().link_for(&taro.email).await);
    town.clock.advance(minutes(11));
    town.purge().await;
    town.browser(JRP).visit(&link).await.is_at(&link, "メールアドレスの確認");
    town.clock.advance(hours(-1));
    browser.fill("確認コード", &code).press("実行").await;
    assert_eq!(browser.status, 422, "{}", browser.text());
    // Of the two moments one is wrong. Where it is this one, the link works again when the clock is right.
    let mut early = town.browser(JRP);
    early.visit(&link).await;
    assert!(!early.has("main form button"), "{}", early.text());
    town.clock.advance(hours(1));
    town.browser(JRP).visit(&link).await.is_at(&link, "メールアドレスの確認");
    town.clock.advance(hours(-1));
    // And the link, when its own hour is over.
    town.clock.advance(hours(1));
    back_after(&town, minutes(51)).await;
    let mut other = town.browser(JRP);
    other.visit(&link).await;
    assert!(!other.has("main form button"), "{}", other.text());
    town.close().await;
}

#[tokio::test]
async fn link_and_code_of_a_forgotten_password_stay_dead() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    let mail = town.newest_mail("recovery").await;
    back_after(&town, minutes(6)).await;
    let (link, code) = (mail.link(), town.mailbox().code_for(&hanako.email).await);
    assert_eq!(town.browser(JSW).visit(&link).await.status, 410);
    assert_eq!(town.browser(JSW).post(&link, "").await.status, 410);
    browser.visit(CODE).await.fill("確認コード", &code).press("実行").await;
    assert_eq!((browser.status.as_u16(), browser.path()), (422, CODE));
    assert_eq!(town.count(JSW, "recovery-begun").await, 0);
    town.close().await;
}

/// A browser with link and birth date, that says the factor is lost.
async fn lost(town: &Town, who: &Newcomer) -> Browser {
    let mut browser = town.browser(JSW);
    up_to_way(town, &mut browser, who).await;
    browser.press(LOST).await;
    browser
}

#[tokio::test]
async fn a_code_of_the_desk_stays_dead() {
    let town = Town::edited(JSW, |text| text + "\n[recovery]\nlost_factor = \"desk-code\"\n").await;
    let (town, hanako, _, _) = with_hanako(town).await;
    let code = town.desk_code(JSW, &hanako.login).await;
    back_after(&town, hours(24)).await;
    let mut browser = lost(&town, &hanako).await;
    browser.fill("確認コード", &code).press("実行").await;
    assert_eq!(browser.status, 422, "{}", browser.text());
    assert_eq!(town.count(JSW, "desk-code-accepted").await, 0);
    town.close().await;
}

#[tokio::test]
async fn a_wait_for_a_lost_factor_and_its_link_stay_closed() {
    let waiting = |text| text + "\n[recovery]\nlost_factor_wait_hours = 24\n";
    let (town, hanako, _, _) = with_hanako(Town::edited(JSW, waiting).await).await;
    lost(&town, &hanako).await.is_at("/recovery/password/wait", "しばらくお待ちください");
    let link = town.newest_mail("lost-factor-asked").await.link();
    back_after(&town, hours(24 + 72)).await;
    let mut browser = town.browser(JSW);
    browser.visit(&link).await;
    assert!(!browser.has("main form button"), "{}", browser.text());
    // The factor cannot be replaced: the wait begins anew.
    assert_eq!(lost(&town, &hanako).await.path(), "/recovery/password/wait");
    assert_eq!(town.count(JSW, "lost-factor-wait-begun").await, 2);
    town.close().await;
}

#[tokio::test]
async fn a_question_for_a_passkey_stays_unanswered() {
    let town = Town::edited(JSW, passkey_alone::alone).await;
    let hanako = town.hanako(JSW).await;
    let mut device = Authenticator::new(1);
    first_login(&mut town.browser(JSW), &hanako, &mut device).await;
    let mut browser = town.browser(JSW);
    let options = browser.options(ALONE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    back_after(&town, minutes(6)).await;
    browser.hand_in(ALONE, &answer).await;
    assert_eq!(browser.status, 422, "{}", browser.text());
    assert_eq!(town.count(JSW, "session-opened").await, 1);
    town.close().await;
}

/// Whether that password opens an attempt.
async fn opens(town: &Town, who: &Newcomer, password: &str) -> bool {
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &who.login, password).await;
    browser.cookies.contains_key("__Host-attempt")
}

#[tokio::test]
async fn a_first_credential_stays_dead_until_another_is_issued() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    assert!(opens(&town, &hanako, &hanako.password).await);
    back_after(&town, hours(24 * 90)).await;
    assert!(!opens(&town, &hanako, &hanako.password).await);
    let again = town.revert(JSW, &hanako).await;
    assert!(opens(&town, &again, &again.password).await, "what is issued anew opens");
    town.close().await;
}

#[tokio::test]
async fn a_password_that_never_got_its_factor_stays_dead_until_it_is_set_anew() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone): (Browser, Phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "ワンタイムパスワードの設定").await;
    assert!(opens(&town, &hanako, NEW_PASSWORD).await);
    back_after(&town, hours(24 * 14)).await;
    assert!(!opens(&town, &hanako, NEW_PASSWORD).await);
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    crate::recovery::replace_password(&mut browser).await;
    assert!(opens(&town, &hanako, crate::recovery::NEWER_PASSWORD).await, "what is set anew opens");
    town.close().await;
}

#[tokio::test]
async fn a_letter_that_ran_out_is_never_sent() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    ask(&mut town.browser(JSW), &hanako.login).await;
    town.clock.advance(minutes(6));
    town.store().everywhere().give_up_expired(town.clock.now()).await.unwrap();
    town.clock.advance(hours(-1));
    let rows = town.outbox().await;
    let recovery: Vec<_> = rows.iter().filter(|row| row.kind == "recovery").collect();
    assert_eq!(recovery.len(), 1);
    assert_eq!((recovery[0].outcome.as_deref(), recovery[0].sizes), (Some("given-up"), (0, 0)));
    town.close().await;
}

#[tokio::test]
async fn a_user_id_that_rested_its_year_stays_free() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026").press("変更").await;
    let freed = LoginId::typed(&holder.who.login);
    let is_free = async |town: &Town| {
        let nobody = MemberId::new(town.clock.now(), [9; 10]);
        let mut tx = town.store().tenant(&town.tenant(JRP).slug).read().await.unwrap();
        store::member::login_is_free(&mut tx, &freed, nobody, town.clock.now()).await.unwrap()
    };
    assert!(!is_free(&town).await);
    back_after(&town, hours(24 * 366)).await;
    assert!(is_free(&town).await);
    town.close().await;
}
