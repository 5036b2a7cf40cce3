//! 「Eメール変更」 (S-11, D8, N-17; I5, I6, I8 of the threats).

use crate::{
    holder::{Held, Holder, JRP},
    rivals::together,
    town::{Browser, Town, minutes},
};

const PAGE: &str = "/account/email";
const CONFIRM: &str = "/account/email/confirm";
const PROFILE: &str = "/account/profile";
const NEW: &str = "taro.new@example.com";
const OLD: &str = "taro@example.jp";

async fn ask<'b>(browser: &'b mut Browser, address: &str) -> &'b mut Browser {
    browser.visit(PAGE).await.is_at(PAGE, "メールアドレスの更新");
    browser.fill("メールアドレス", address).press("実行").await
}

#[tokio::test]
async fn a_new_address_counts_once_its_code_is_entered_and_both_are_told() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit(PROFILE).await;
    assert!(browser.links().contains(&("Eメール変更".into(), PAGE.into())), "{:?}", browser.links());
    browser.visit(PAGE).await;
    assert_eq!(browser.value_of("メールアドレス"), OLD, "it is there to be mended");
    let mut forgetful = town.browser(JRP);
    forgetful.visit("/recovery/password").await.fill("ユーザID", &holder.who.login).press("実行").await;
    let link = town.mailbox().link_for(OLD).await;

    ask(&mut browser, NEW).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    let code = town.mailbox().code_for(NEW).await;
    browser.visit(PROFILE).await;
    assert!(browser.text().contains(OLD) && browser.text().contains(NEW), "{}", browser.text());
    assert_eq!(town.member(JRP, &holder.who.login).await.email.unwrap().as_str(), OLD);
    browser.visit(CONFIRM).await.fill("確認コード", "000000").press("実行").await;
    assert_eq!(browser.status, 422);
    // Proofs were asked for the asking; the mail may be slow.
    town.clock.advance(minutes(6));
    browser.fill("確認コード", &code).press("実行").await.is_at(PROFILE, "プロフィール");
    assert!(browser.text().contains("メールアドレスを変更しました") && browser.text().contains(NEW));
    assert_eq!(town.member(JRP, &holder.who.login).await.email.unwrap().as_str(), NEW);
    for address in [OLD, NEW] {
        let letters = town.mailbox().all().await;
        let told =
            |to: &str| letters.iter().any(|l| l.to == to && l.subject.contains("メールアドレスが変更"));
        assert!(told(address), "{address}: {letters:#?}");
    }
    assert_eq!(forgetful.visit(&link).await.status, 410, "what went to the old mailbox opens nothing");
    town.close().await;
}

#[tokio::test]
async fn an_address_that_is_none_or_anothers_is_told_and_kept_in_the_field() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    town.hanako(JRP).await;
    let mut browser = holder.sign_in(&town).await;
    let before = town.rows("member").await;
    for (typed, told) in [
        ("taro@", "メールアドレスの形がちがいます"),
        ("taro", "メールアドレスの形がちがいます"),
        ("見本 太郎 <taro@example.com>", "お名前を付けずに"),
        ("taro@example.com, jiro@example.com", "1つだけ入力してください"),
        ("taro@健保.jp", "「健」は使えません"),
        ("", "入力してください"),
        ("Hanako@example.jp", "ほかのユーザIDで登録されています"),
    ] {
        ask(&mut browser, typed).await;
        assert_eq!(browser.status, 422, "{typed}");
        assert!(browser.errors()[0].contains(told), "{typed}: {:?}", browser.errors());
        assert_eq!(browser.value_of("メールアドレス"), typed);
    }
    assert_eq!(town.rows("member").await, before);
    // Nobody reads the roster this way: ten a day (D8).
    for n in 0..12 {
        ask(&mut browser, &format!("stranger{n}@example.com")).await;
    }
    assert!(browser.errors()[0].contains("今日の回数を超えました"), "{:?}", browser.errors());
    town.close().await;
}

#[tokio::test]
async fn a_slip_is_mended_and_thinking_better_of_it_costs_nothing() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    ask(&mut browser, "taro.new@example.jo").await.is_at(CONFIRM, "新しいメールアドレスの確認");
    let first = town.mailbox().code_for("taro.new@example.jo").await;
    assert!(browser.links().contains(&("メールアドレスを直す".into(), PAGE.into())), "{:?}", browser.links());
    ask(&mut browser, NEW).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    assert!(browser.text().contains(NEW), "{}", browser.text());
    let second = town.mailbox().code_for(NEW).await;
    if first != second {
        browser.fill("確認コード", &first).press("実行").await;
        assert_eq!(browser.status, 422, "a code speaks for the address it was mailed to");
    }
    // A second press does not mail again.
    let sent = town.mailbox().count(NEW).await;
    ask(&mut browser, NEW).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    assert_eq!(town.mailbox().count(NEW).await, sent);
    // Back to the old one: nothing waits any more, and the portal does not ask.
    ask(&mut browser, OLD).await.is_at(PROFILE, "プロフィール");
    assert!(town.member(JRP, &holder.who.login).await.email_pending.is_none());
    browser.visit(CONFIRM).await.is_at(PROFILE, "プロフィール");
    browser.post(CONFIRM, &format!("code={second}")).await;
    assert_eq!(town.member(JRP, &holder.who.login).await.email.unwrap().as_str(), OLD);
    town.close().await;
}

#[tokio::test]
async fn a_code_works_in_the_session_that_asked() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let mut other = holder.sign_in(&town).await;
    ask(&mut browser, NEW).await;
    let code = town.mailbox().code_for(NEW).await;
    other.post(CONFIRM, &format!("code={code}")).await;
    assert_eq!(other.status, 422);
    browser.fill("確認コード", &code).press("実行").await.is_at(PROFILE, "プロフィール");
    assert_eq!(other.visit(CONFIRM).await.path(), PROFILE, "the other tab finds it done");
    town.close().await;
}

#[tokio::test]
async fn mailed_codes_follow_the_address() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::MailCode).await;
    let mut browser = holder.sign_in(&town).await;
    ask(&mut browser, NEW).await;
    let code = town.mailbox().code_for(NEW).await;
    browser.fill("確認コード", &code).press("実行").await.is_at(PROFILE, "プロフィール");
    let old = town.mailbox().count(OLD).await;
    let mut again = town.browser(JRP);
    crate::walk::sign_in(&mut again, &holder.who.login, &holder.password).await;
    again.is_at("/signin/mail-code", "ワンタイムパスワード (OTP) メール認証");
    assert_eq!(town.mailbox().count(OLD).await, old, "no code goes to the old address");
    let code = town.mailbox().code_for(NEW).await;
    again.fill("ワンタイムパスワード", &code).press("実行").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn an_address_that_waits_is_no_standing_permission() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    ask(&mut browser, NEW).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    let sent = town.mailbox().count(NEW).await;
    town.clock.advance(minutes(11));
    // Looking at it is everybody's who is signed in; mailing its code is the owner's.
    browser.visit(CONFIRM).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    browser.press("確認コードを送る").await.is_at("/reauth", "続行するには再度認証してください");
    assert_eq!(town.mailbox().count(NEW).await, sent);
    holder.show_again(&town, &mut browser).await;
    browser.is_at(CONFIRM, "新しいメールアドレスの確認");
    browser.press("確認コードを送る").await;
    assert_eq!(town.mailbox().count(NEW).await, sent + 1);
    town.close().await;
}

#[tokio::test]
async fn a_slip_is_asked_about_once_and_what_is_meant_is_taken_as_it_stands() {
    const SLIP: &str = "Taro@gmial.com";
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    ask(&mut browser, SLIP).await;
    assert_eq!((browser.status.as_u16(), browser.value_of("メールアドレス").as_str()), (422, SLIP));
    let asked = "「Taro@gmial.com」は、「Taro@gmail.com」のまちがいではありませんか。";
    assert!(browser.errors()[0].contains(asked), "{:?}", browser.errors());
    assert!(town.member(JRP, &holder.who.login).await.email_pending.is_none());
    // Another slip is another question.
    browser.fill("メールアドレス", "taro@gmail.con").press("実行").await;
    assert!(
        browser.errors()[0].contains("「taro@gmail.con」は、「taro@gmail.com」の"),
        "{:?}",
        browser.errors()
    );
    browser.fill("メールアドレス", SLIP).press("実行").await;
    assert!(browser.errors()[0].contains(asked), "{:?}", browser.errors());
    assert_eq!(town.mailbox().count(SLIP).await, 0);
    browser.press("実行").await.is_at(CONFIRM, "新しいメールアドレスの確認");
    let waits = town.member(JRP, &holder.who.login).await.email_pending.unwrap();
    assert_eq!(waits.as_str(), SLIP);
    // One press mends it, and what it mended waits while she shows again who she is.
    ask(&mut browser, "taro@docomo.ne.jo").await;
    town.clock.advance(minutes(6));
    browser.press("taro@docomo.ne.jp に直す").await;
    holder.show_again(&town, &mut browser).await;
    assert_eq!(browser.value_of("メールアドレス"), "taro@docomo.ne.jp");
    browser.press("実行").await.is_at(CONFIRM, "新しいメールアドレスの確認");
    let waits = town.member(JRP, &holder.who.login).await.email_pending.unwrap();
    assert_eq!(waits.as_str(), "taro@docomo.ne.jp");
    town.close().await;
}

#[tokio::test]
async fn mistyped_addresses_are_bounded_and_lock_nobody_out() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::MailCode).await;
    let mut browser = holder.sign_in(&town).await;
    for n in 0..5 {
        let address = format!("slip{n}@example.jo");
        ask(&mut browser, &address).await.is_at(CONFIRM, "新しいメールアドレスの確認");
        assert_eq!(town.mailbox().count(&address).await, 1);
    }
    ask(&mut browser, "slip5@example.jo").await;
    assert_eq!(browser.status, 422);
    assert!(browser.errors()[0].contains("送れる回数を超えました"), "{:?}", browser.errors());
    let waits = town.member(JRP, &holder.who.login).await.email_pending.unwrap();
    assert_eq!(waits.as_str(), "slip4@example.jo", "what gets no code does not wait for one");
    // The way in is another matter.
    holder.sign_in(&town).await;
    town.clock.advance(minutes(60));
    let mut later = holder.sign_in(&town).await;
    ask(&mut later, NEW).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    assert_eq!(town.mailbox().count(NEW).await, 1);
    town.close().await;
}

#[tokio::test]
async fn two_presses_at_once_are_one_change_and_one_mail_of_the_hour() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    for n in 0..4 {
        let address = format!("new{n}@example.jp");
        browser.visit(PAGE).await.fill("メールアドレス", &address);
        let (path, form) = browser.form_of("実行");
        let answers = together(&town, &[(&browser, &path, form.clone()), (&browser, &path, form)]).await;
        for (status, place, _) in answers {
            assert_eq!((status, place.as_str()), (303, CONFIRM), "{address}");
        }
        assert_eq!(town.mailbox().count(&address).await, 1);
    }
    ask(&mut browser, "new4@example.jp").await.is_at(CONFIRM, "新しいメールアドレスの確認");
    ask(&mut browser, "new5@example.jp").await;
    assert!(browser.errors()[0].contains("送れる回数を超えました"), "{:?}", browser.errors());
    town.close().await;
}

#[tokio::test]
async fn a_change_is_called_off_with_one_press() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    ask(&mut browser, NEW).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    let code = town.mailbox().code_for(NEW).await;
    // Nobody is asked again who they are to leave things as they are.
    town.clock.advance(minutes(6));
    browser.visit(CONFIRM).await;
    let (path, form) = browser.form_of("メールアドレスの変更をやめる");
    browser.press("メールアドレスの変更をやめる").await.is_at(PROFILE, "プロフィール");
    assert!(browser.text().contains("メールアドレスの変更をやめました。"), "{}", browser.text());
    assert!(browser.text().contains(OLD) && !browser.text().contains(NEW), "{}", browser.text());
    assert_eq!(town.count(JRP, "email-kept").await, 1);
    // A double click, and the code of the mail that is still there.
    browser.post(&path, &form).await.is_at(PROFILE, "プロフィール");
    assert_eq!(town.count(JRP, "email-kept").await, 1);
    browser.post(CONFIRM, &format!("code={code}")).await.is_at(PROFILE, "プロフィール");
    assert!(browser.text().contains("確認を待っているメールアドレスは、ありません。"), "{}", browser.text());
    let member = town.member(JRP, &holder.who.login).await;
    assert_eq!((member.email.unwrap().as_str(), member.email_pending), (OLD, None));
    browser.visit("/account/activity").await;
    assert!(browser.text().contains("メールアドレスを、前のままにしました"), "{}", browser.text());
    // Asked for once more, the old code is as dead as before.
    town.clock.advance(minutes(2));
    browser.visit(PAGE).await;
    holder.show_again(&town, &mut browser).await;
    ask(&mut browser, NEW).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    let newer = town.mailbox().code_for(NEW).await;
    if newer != code {
        browser.fill("確認コード", &code).press("実行").await;
        assert_eq!(browser.status, 422);
    }
    browser.fill("確認コード", &newer).press("実行").await.is_at(PROFILE, "プロフィール");
    // What is confirmed is not called off by a page that is left over.
    browser.post(&path, &form).await.is_at(PROFILE, "プロフィール");
    assert_eq!(town.member(JRP, &holder.who.login).await.email.unwrap().as_str(), NEW);
    assert!(!browser.text().contains("変更をやめました"), "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn a_page_left_open_by_one_of_the_family_calls_off_nothing_of_anothers() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut his = holder.sign_in(&town).await;
    ask(&mut his, NEW).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    let (path, form) = his.form_of("メールアドレスの変更をやめる");
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let (mut hers, mut phone) = (town.browser(JRP), town.phone());
    crate::walk::first_login(&mut hers, &hanako, &mut phone).await;
    ask(&mut hers, "hanako.new@example.com").await.is_at(CONFIRM, "新しいメールアドレスの確認");
    hers.post(&path, &form).await.is_at(CONFIRM, "新しいメールアドレスの確認");
    assert!(town.member(JRP, &hanako.login).await.email_pending.is_some());
    town.close().await;
}
