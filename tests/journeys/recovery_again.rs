//! A forgotten password that is asked for twice in one browser, because the mail is slow (D4, D27): nothing is mailed while a
//! link works, so the browser goes on waiting for the letter that is on its way. Of nobody's user ID it is all the same.

use crate::{
    recovery::{CODE, ask, open_link, with_hanako},
    recovery_refused::strangers,
    town::{JSW, Town, minutes},
};

const COOKIE: &str = "__Host-recovery";

#[tokio::test]
async fn whoever_asks_again_before_the_mail_is_there_types_the_code_of_that_mail() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    let cookie = browser.cookies[COOKIE].clone();
    for _ in 0..4 {
        town.clock.advance(minutes(1));
        ask(&mut browser, &hanako.login).await;
        assert_eq!(browser.cookies[COOKIE], cookie);
    }
    let letters = town.mail_of("recovery").await;
    assert_eq!(letters.len(), 1);
    // Another browser has its own, and the code is of no use there.
    let mut other = town.browser(JSW);
    ask(&mut other, &hanako.login).await;
    other.post(CODE, &format!("code={}", letters[0].code())).await;
    assert!(other.errors()[0].contains("あと4回"), "{:?}", other.errors());
    browser.post(CODE, &format!("code={}", letters[0].code())).await;
    browser.is_at("/signin/birthdate", "生年月日の入力");
    town.close().await;
}

#[tokio::test]
async fn whoever_used_the_tries_up_is_told_of_the_link_and_has_five_more_with_the_next_letter() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    let cookie = browser.cookies[COOKIE].clone();
    let code = town.newest_mail("recovery").await.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in [4, 3, 2, 1] {
        browser.post(CODE, &format!("code={wrong}")).await;
        assert!(browser.errors()[0].contains(&format!("あと{left}回")), "{:?}", browser.errors());
        ask(&mut browser, &hanako.login).await;
    }
    browser.post(CODE, &format!("code={wrong}")).await;
    ask(&mut browser, &hanako.login).await;
    browser.post(CODE, &format!("code={code}")).await;
    let told = &browser.errors()[0];
    assert!(told.contains("このコードはもう使えません") && told.contains("下のリンクを押して"), "{told}");
    open_link(&town, &mut town.browser(JSW)).await;

    // Once that has run out, another letter and another cookie.
    town.clock.advance(minutes(6));
    ask(&mut browser, &hanako.login).await;
    assert_ne!(browser.cookies[COOKIE], cookie);
    let letter = town.newest_mail("recovery").await;
    browser.post(CODE, &format!("code={wrong}")).await;
    browser.post(CODE, &format!("code={}", letter.code())).await;
    browser.is_at("/signin/birthdate", "生年月日の入力");
    town.close().await;
}

#[tokio::test]
async fn asking_twice_in_one_browser_says_nothing_about_anybody() {
    let town = Town::open().await;
    let strangers = strangers(&town).await;
    town.clock.advance(minutes(6));
    let mut told = Vec::new();
    for (who, login) in &strangers {
        let mut browser = town.browser(JSW);
        let mut answers = Vec::new();
        for round in 0..9 {
            let before = browser.cookies.get(COOKIE).cloned();
            ask(&mut browser, login).await;
            answers.push((before == browser.cookies.get(COOKIE).cloned(), browser.errors()));
            browser.post(CODE, "code=000000").await;
            answers.push((browser.status == 422, browser.errors()));
            if round % 3 == 2 {
                town.clock.advance(minutes(2));
            }
        }
        // For another ID it is another cookie.
        let before = browser.cookies[COOKIE].clone();
        ask(&mut browser, "somebody-else-9").await;
        assert_ne!(browser.cookies[COOKIE], before, "{who}");
        told.push((who, answers));
    }
    for (who, answers) in &told {
        assert_eq!(*answers, told[0].1, "{who}");
    }
    town.close().await;
}
