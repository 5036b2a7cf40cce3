//! Home: what the portal page tells whoever is signed in (P-06, P-07): the sign-in before this one, once that first login
//! is whole, and what is to be done for one's safety.

use kenpo_portal::world::Clock as _;

use crate::{
    holder::{Held, Holder, JRP},
    town::{Authenticator, Browser, JSW, Town, hours, minutes},
    walk::{ByMail, Factor, first_login, return_with},
};

const DONE: &str = "すべての設定が終わりました";
const SECOND: &str = "認証方法をもうひとつ登録する";

/// A member whose first login has become whole in this moment, with that factor.
async fn says_so_once(town: &Town, factor: &mut impl Factor, says: &str) {
    let taro = town.taro(JRP).await;
    let mut browser = town.browser(JRP);
    first_login(&mut browser, &taro, factor).await;
    let told = browser.text_of(".finished");
    assert!(told.contains(DONE) && told.contains(says) && told.contains(&taro.login), "{told}");
    assert!(!browser.has(".safety") && !browser.has(".former"), "{says}: {}", browser.text());
    let letters = town.mailbox().all().await;
    let done: Vec<_> =
        letters.iter().filter(|letter| letter.subject.contains("初回ログインが完了しました")).collect();
    assert_eq!(done.len(), 1, "{says}");
    assert!(done[0].to == taro.email && done[0].text.contains("次からは"), "{}", done[0].text);
    browser.visit("/").await.is_at("/", "サービス");
    assert!(!browser.has(".finished"), "{says}: at the next look");
    assert!(!town.member(JRP, &taro.login).await.finish_due);
}

#[tokio::test]
async fn whatever_the_method_the_page_and_a_letter_say_once_that_all_is_set_up() {
    let town = Town::open().await;
    says_so_once(&town, &mut town.phone(), "認証アプリに出る6けたの数字").await;
    town.close().await;
    let town = Town::open().await;
    says_so_once(&town, &mut Authenticator::new(1), "顔・指紋・画面ロックで確認").await;
    town.close().await;
    let town = Town::open().await;
    says_so_once(&town, &mut ByMail("taro@example.jp".into()), "メールで届く6けたの数字").await;
    town.close().await;
}

#[tokio::test]
async fn of_two_tabs_one_says_it_and_after_a_first_login_anew_it_is_said_again() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    let mut one = town.browser(JSW);
    first_login(&mut one, &hanako, &mut phone).await;
    let due = |at| format!("UPDATE member SET finish_due_at = {at} WHERE login = 'testuser'");
    town.plainly(&due("1"), &due("now()")).await;
    town.clock.advance(minutes(2));
    let mut other = town.browser(JSW);
    other.cookies.clone_from(&one.cookies);
    let (here, there): (&mut Browser, &mut Browser) =
        tokio::join!(async { one.visit("/").await }, async { other.visit("/").await });
    for tab in [&here, &there] {
        tab.is_at("/", "サービス");
    }
    assert_eq!([here, there].iter().filter(|tab| tab.has(".finished")).count(), 1);

    let hanako = town.revert(JSW, &hanako).await;
    let mut anew = town.browser(JSW);
    first_login(&mut anew, &hanako, &mut town.phone()).await;
    assert!(anew.text_of(".finished").contains(DONE), "{}", anew.text());
    town.close().await;
}

#[tokio::test]
async fn she_is_greeted_with_the_sign_in_before_this_one() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    let mut first = town.browser(JSW);
    first_login(&mut first, &hanako, &mut phone).await;
    let began = kenpo_portal::world::today_in_japan(town.clock.now());
    assert!(first.text().contains("健保 花子 様、こんにちは。"), "{}", first.text());
    town.clock.advance(hours(24));
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    let former = browser.text_of(".former");
    let day = format!("前回のログイン {}月{}日 ", began.month(), began.day());
    assert!(former.starts_with(&day) && former.ends_with("(認証アプリ)"), "{former}");
    let (_, to) = browser.links().into_iter().find(|(words, _)| *words == former).unwrap();
    browser.visit(&to).await.is_at("/account/activity", "最近の記録");
    town.close().await;
}

#[tokio::test]
async fn what_is_to_be_done_is_told_while_it_is_and_no_longer() {
    let town = Town::open().await;
    let mut alone = Holder::of(&town, Held::App).await;
    let mut browser = alone.fresh(&town).await;
    assert!(browser.text_of(".safety").contains(SECOND), "{}", browser.text());
    browser.visit("/account/methods/passkey").await;
    browser.press_with("次へ", &mut alone.device).await.press("OK").await;
    browser.visit("/").await.is_at("/", "サービス");
    assert!(!browser.has(".safety"), "{}", browser.text());
    browser.visit("/account/email").await.fill("メールアドレス", "taro.new@example.jp").press("実行").await;
    browser.visit("/").await;
    let told = browser.text_of(".safety");
    assert!(told.contains("taro.new@example.jp") && !told.contains(SECOND), "{told}");

    let due = |at| format!("UPDATE member SET finish_due_at = {at} WHERE login = '{}'", alone.who.login);
    town.plainly(&due("1"), &due("now()")).await;
    town.clock.advance(minutes(2));
    browser.visit("/").await;
    let told = browser.text_of(".finished");
    assert!(
        told.contains("ログインの設定が終わりました") && told.contains("メールアドレスの確認が残っています"),
        "{told}"
    );
    assert!(!told.contains("メールでも"), "the letter went to the address before: {told}");
    town.close().await;
}
