//! Passkeys again: an answer is good once, for five minutes, for the browser that was asked, and at one union.

use jiff::SignedDuration;

use crate::{
    passkey::{PROVE, SET_UP, at_door, at_set_up, with_passkey},
    passkey_forgery::{form, is_refused},
    rivals::together,
    town::{Authenticator, JSW, MGC, Newcomer, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, sign_in},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_members_who_register_one_credential_at_once_one_has_it() {
    let town = Town::open().await;
    let (hanako, taro) = (town.hanako(JSW).await, town.taro(JSW).await);
    let mut browsers = [at_set_up(&town, &hanako).await, at_set_up(&town, &taro).await];
    let mut forms = Vec::new();
    for browser in &mut browsers {
        let mut device = Authenticator::new(1);
        device.lies.credential_id = Some(vec![7; 32]);
        let options = browser.options(SET_UP).await;
        forms.push(form(&device.create(&options, &browser.origin()).unwrap()));
    }
    let presses = [(&browsers[0], SET_UP, forms[0].clone()), (&browsers[1], SET_UP, forms[1].clone())];
    let mut answers: Vec<_> =
        together(&town, &presses).await.into_iter().map(|(s, _, in_)| (s, in_)).collect();
    answers.sort_unstable();
    assert_eq!(answers, [(303, true), (422, false)]);
    assert_eq!(town.count(JSW, "factor-added").await, 1);
    assert_eq!(town.refusals(JSW).await, [("set-up".to_owned(), "taken".to_owned())]);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_up_pressed_eight_times_at_once_makes_one_passkey() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = at_set_up(&town, &hanako).await;
    let options = browser.options(SET_UP).await;
    let form = form(&Authenticator::new(1).create(&options, &browser.origin()).unwrap());
    let presses: Vec<_> = (0..8).map(|_| (&browser, SET_UP, form.clone())).collect();
    let answers = together(&town, &presses).await;
    assert_eq!(answers.iter().filter(|(_, _, entered)| *entered).count(), 1, "{answers:?}");
    assert_eq!(town.count(JSW, "factor-added").await, 1);
    assert_eq!(town.count(JSW, "session-opened").await, 1);
    town.close().await;
}

#[tokio::test]
async fn an_answer_is_good_once() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut door = at_door(&town, &hanako).await;
    let options = door.options(PROVE).await;
    let answer = phone.get(&options, &door.origin()).unwrap();
    door.hand_in(PROVE, &answer).await.is_at("/", "サービス");
    let mut again = at_door(&town, &hanako).await;
    is_refused(&town, &mut again, PROVE, &answer, "ceremony", "the same answer").await;
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_times_the_same_answer_one_opens_a_session() {
    for counts in [false, true] {
        let town = Town::open().await;
        let hanako = town.hanako(JSW).await;
        let mut device = if counts { Authenticator::security_key(1) } else { Authenticator::new(1) };
        first_login(&mut town.browser(JSW), &hanako, &mut device).await;
        let mut door = at_door(&town, &hanako).await;
        let options = door.options(PROVE).await;
        let form = form(&device.get(&options, &door.origin()).unwrap());
        let presses: Vec<_> = (0..16).map(|_| (&door, PROVE, form.clone())).collect();
        let answers = together(&town, &presses).await;
        assert_eq!(answers.iter().filter(|(_, _, entered)| *entered).count(), 1, "{answers:?}");
        assert_eq!(town.count(JSW, "session-opened").await, 2, "the first login's, and one more");
        assert_eq!(town.count(JSW, "factor-proven").await, 1);
        town.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_answers_with_one_count_one_is_good() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut key = Authenticator::security_key(1);
    first_login(&mut town.browser(JSW), &hanako, &mut key).await;
    let mut doors = [at_door(&town, &hanako).await, at_door(&town, &hanako).await];
    let mut forms = Vec::new();
    for door in &mut doors {
        let mut copy = key.lying(|lies| lies.counter = Some(9));
        let options = door.options(PROVE).await;
        forms.push(form(&copy.get(&options, &door.origin()).unwrap()));
    }
    let presses = [(&doors[0], PROVE, forms[0].clone()), (&doors[1], PROVE, forms[1].clone())];
    let mut answers: Vec<_> =
        together(&town, &presses).await.into_iter().map(|(s, _, in_)| (s, in_)).collect();
    answers.sort_unstable();
    assert_eq!(answers, [(303, true), (422, false)]);
    assert_eq!(town.refusals(JSW).await, [("prove".to_owned(), "counter".to_owned())]);
    town.close().await;
}

#[tokio::test]
async fn an_answer_is_good_for_five_minutes() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut door = at_door(&town, &hanako).await;
    let options = door.options(PROVE).await;
    let answer = phone.get(&options, &door.origin()).unwrap();
    town.clock.advance(minutes(5) + SignedDuration::from_secs(1));
    is_refused(&town, &mut door, PROVE, &answer, "ceremony", "five minutes and a second").await;
    assert!(door.text().contains("もう使えません。時間がたったか"), "{}", door.text());
    let options = door.options(PROVE).await;
    let answer = phone.get(&options, &door.origin()).unwrap();
    town.clock.advance(minutes(5) - SignedDuration::from_secs(1));
    door.hand_in(PROVE, &answer).await.is_at("/", "サービス");

    let taro = town.taro(JSW).await;
    let mut browser = at_set_up(&town, &taro).await;
    let options = browser.options(SET_UP).await;
    let answer = Authenticator::new(2).create(&options, &browser.origin()).unwrap();
    town.clock.advance(minutes(5) + SignedDuration::from_secs(1));
    is_refused(&town, &mut browser, SET_UP, &answer, "ceremony", "five minutes and a second").await;
    town.close().await;
}

#[tokio::test]
async fn an_answer_belongs_to_the_attempt_that_was_asked() {
    let (town, hanako, mut phone) = with_passkey().await;
    let (mut one, mut other) = (at_door(&town, &hanako).await, at_door(&town, &hanako).await);
    let options = one.options(PROVE).await;
    let answer = phone.get(&options, &one.origin()).unwrap();
    is_refused(&town, &mut other, PROVE, &answer, "ceremony", "another attempt's").await;
    // A thief with her password relays his own question to her browser: the answer is of no use in hers, and his own
    // attempt is his alone to finish. Nor is it used up by the wrong door.
    one.hand_in(PROVE, &answer).await.is_at("/", "サービス");

    let taro = town.taro(JSW).await;
    let mut his = at_set_up(&town, &taro).await;
    let saburo = "15,104,,19951130,見本 三郎,ミホン サブロウ,saburo-104,Qe4w-Jd7m-Xa2c,";
    town.import(JSW, saburo).await;
    let saburo = Newcomer {
        login: "saburo-104".into(),
        password: "Qe4w-Jd7m-Xa2c".into(),
        born: "19951130",
        email: String::new(),
    };
    let mut anothers = at_set_up(&town, &saburo).await;
    let options = his.options(SET_UP).await;
    let answer = Authenticator::new(2).create(&options, &his.origin()).unwrap();
    is_refused(&town, &mut anothers, SET_UP, &answer, "ceremony", "another member's set-up").await;
    his.hand_in(SET_UP, &answer).await;
    assert_eq!(his.h1(), "このデバイスに名前を付けてください");
    town.close().await;
}

#[tokio::test]
async fn an_answer_is_good_at_one_union() {
    let (town, hanako, mut phone) = with_passkey().await;
    let there = town.hanako(MGC).await;
    first_login(&mut town.browser(MGC), &there, &mut phone).await;
    town.clock.advance(hours(1));
    let mut here = at_door(&town, &hanako).await;
    let mut away = town.browser(MGC);
    sign_in(&mut away, &there.login, NEW_PASSWORD).await.is_at(PROVE, "生体認証の設定");
    let options = away.options(PROVE).await;
    let answer = phone.get(&options, &away.origin()).unwrap();
    is_refused(&town, &mut here, PROVE, &answer, "ceremony", "the other union's").await;
    // The other union's passkey under this union's question.
    let options = here.options(PROVE).await;
    let mut mixed = phone.lying(|lies| lies.credential_id = Some(phone.ids()[1].clone()));
    let answer = mixed.get(&options, &here.origin()).unwrap();
    is_refused(&town, &mut here, PROVE, &answer, "unknown", "the other union's passkey").await;
    // And cookies do not carry an attempt over.
    let (kept, options) = (here.cookies.clone(), here.options(PROVE).await);
    let answer = phone.get(&options, &here.origin()).unwrap();
    away.cookies = kept;
    away.hand_in(PROVE, &answer).await.is_at("/signin", "ログイン");
    here.hand_in(PROVE, &answer).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn questions_that_nobody_answered_are_swept_away_and_only_those() {
    let (town, hanako, mut phone) = with_passkey().await;
    let mut door = at_door(&town, &hanako).await;
    door.options(PROVE).await;
    town.clock.advance(minutes(4));
    let options = door.options(PROVE).await;
    town.clock.advance(minutes(2));
    let now = town.app.portal().now();
    let swept = town.store().everywhere().sweep(now, now).await.unwrap();
    assert_eq!(swept.ceremonies, 1);
    let answer = phone.get(&options, &door.origin()).unwrap();
    door.hand_in(PROVE, &answer).await.is_at("/", "サービス");
    town.close().await;
}
