//! Two nodes on one database (R31): what is counted or ended on one of them is so on the other, at once where something is
//! done, and within a second on pages that only show.

use axum::Router;
use jiff::SignedDuration;

use crate::{
    holder::{Held, Holder, JRP},
    recent::page_at,
    town::{Browser, JSW, Town, hours},
    walk::{NEW_PASSWORD, sign_in},
    what_ends::{CHANGES, make},
};

/// A browser like that one, at another node.
fn at_node(town: &Town, node: &Router, browser: &Browser) -> Browser {
    let mut there = town.browser_at(node.clone(), JRP);
    there.cookies.clone_from(&browser.cookies);
    there
}

/// A limit: how it is reached by turns on two nodes, and how it shows on either.
#[derive(Debug, Clone, Copy)]
enum Limit {
    /// Five wrong passwords bring a pause.
    Passwords,
    /// Five wrong passwords for a user ID of nobody's, too.
    NobodysPasswords,
    /// Five wrong codes end an attempt.
    CodesOfAnAttempt,
    /// Thirty wrong codes switch the factor off.
    Codes,
    /// Five mailed codes an hour.
    Mails,
    /// Three mails an hour for a forgotten password.
    Recoveries,
    /// Three a day for a forgotten user ID.
    UserIds,
}

#[tokio::test]
async fn what_is_counted_on_one_node_holds_on_the_other() {
    for limit in [
        Limit::Passwords,
        Limit::NobodysPasswords,
        Limit::CodesOfAnAttempt,
        Limit::Codes,
        Limit::Mails,
        Limit::Recoveries,
        Limit::UserIds,
    ] {
        let town = Town::open().await;
        let held = if matches!(limit, Limit::Mails) { Held::MailCode } else { Held::App };
        let holder = Holder::of(&town, held).await;
        let login = holder.who.login.clone();
        let nodes = [town.router.clone(), town.other_node().await];
        let browsers = || nodes.clone().map(|node| town.browser_at(node, JRP));
        match limit {
            Limit::Passwords | Limit::NobodysPasswords => {
                let login = if matches!(limit, Limit::Passwords) { login } else { "nobody-here".into() };
                for n in 0..5 {
                    sign_in(&mut browsers()[n % 2], &login, "Wrong-Password-1").await;
                }
                for mut browser in browsers() {
                    sign_in(&mut browser, &login, NEW_PASSWORD).await;
                    assert!(browser.is_paused(), "{limit:?}: {:?}", browser.errors());
                }
            }
            Limit::CodesOfAnAttempt => {
                let [mut here, _] = browsers();
                sign_in(&mut here, &login, NEW_PASSWORD).await;
                for n in 0..5 {
                    let form = format!("code={}", holder.phone.wrong_code());
                    at_node(&town, &nodes[n % 2], &here).post("/signin/totp", &form).await;
                }
                for node in &nodes {
                    let mut browser = at_node(&town, node, &here);
                    assert_eq!(browser.visit("/signin/totp").await.path(), "/signin", "{limit:?}");
                }
            }
            Limit::Codes => {
                for n in 0..30 {
                    let [mut one, mut other] = browsers();
                    let browser = if n / 5 % 2 == 0 { &mut one } else { &mut other };
                    sign_in(browser, &login, NEW_PASSWORD).await;
                    let form = format!("code={}", holder.phone.wrong_code());
                    browser.post("/signin/totp", &form).await;
                }
                town.clock.advance(SignedDuration::from_secs(30));
                for mut browser in browsers() {
                    sign_in(&mut browser, &login, NEW_PASSWORD).await;
                    browser.post("/signin/totp", &format!("code={}", holder.phone.code())).await;
                    assert!(
                        browser.errors()[0].contains("この認証方法を止めています"),
                        "{:?}",
                        browser.errors()
                    );
                }
            }
            Limit::Mails => {
                let before = town.mail_of("mail-code").await.len();
                for n in 0..8 {
                    town.clock.advance(SignedDuration::from_secs(61));
                    sign_in(&mut browsers()[n % 2], &login, NEW_PASSWORD).await;
                }
                assert_eq!(town.mail_of("mail-code").await.len() - before, 5, "{limit:?}");
            }
            Limit::Recoveries => {
                for n in 0..8 {
                    // Each when the letter before is of no use any more.
                    town.clock.advance(SignedDuration::from_mins(6));
                    browsers()[n % 2].post("/recovery/password", &format!("user_id={login}")).await;
                }
                assert_eq!(town.mail_of("recovery").await.len(), 3, "{limit:?}");
            }
            Limit::UserIds => {
                for n in 0..8 {
                    let form = format!(
                        "birthdate={}&email={}",
                        holder.who.born,
                        holder.who.email.replace('@', "%40")
                    );
                    town.clock.advance(SignedDuration::from_secs(61));
                    browsers()[n % 2].post("/recovery/user-id", &form).await;
                }
                assert_eq!(town.mail_of("user-ids").await.len(), 3, "{limit:?}");
            }
        }
        town.close().await;
    }
}

#[tokio::test]
async fn whatever_ends_a_session_on_one_node_ends_it_on_the_other_within_a_second() {
    let mut ended_some = 0;
    let log_out = [(None, "log out")];
    let changes = CHANGES.iter().map(|(change, _)| (Some(*change), "change"));
    for (change, what) in log_out.into_iter().chain(changes) {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
        let mut other = holder.sign_in(&town).await;
        let mut browser = holder.fresh(&town).await;
        let elsewhere = town.other_node().await;
        // A thief has a copy of each cookie, and the other node has just read both.
        let thieves = [&other, &browser].map(|browser| at_node(&town, &elsewhere, browser));
        for thief in &thieves {
            page_at(&elsewhere, thief, "/").await;
            assert!(page_at(&elsewhere, thief, "/").await.0);
        }
        match change {
            None => drop(other.visit("/logout").await.press("ログアウトする").await),
            Some(change) => drop(make(&town, &mut browser, change).await),
        }
        // What does something, or shows more than the name, sees it at once; every page within a second.
        let here = page_at(&town.router, &thieves[0], "/account/profile").await.0;
        assert_eq!(page_at(&elsewhere, &thieves[0], "/account/profile").await.0, here, "{what} {change:?}");
        town.clock.advance(SignedDuration::from_secs(1));
        for path in ["/", "/help", "/account/profile", "/account/devices"] {
            assert_eq!(page_at(&elsewhere, &thieves[0], path).await.0, here, "{what} {change:?}: {path}");
        }
        assert!(change.is_some() || !here, "logging out ends it");
        ended_some += usize::from(!here);
        town.close().await;
    }
    assert!(ended_some >= 4, "{ended_some} ended another session");
}

#[tokio::test]
async fn what_the_desk_does_counts_on_every_node_at_once() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let elsewhere = town.other_node().await;
    let mut there = at_node(&town, &elsewhere, &browser);
    assert!(there.visit("/account/profile").await.path() == "/account/profile");
    town.revert(JRP, &holder.who).await;
    assert_eq!(there.visit("/account/profile").await.path(), "/signin");
    town.clock.advance(SignedDuration::from_secs(1));
    assert!(!there.visit("/").await.has(".tiles") && !browser.visit("/").await.has(".tiles"));
    // And a pause that the desk ends.
    let town_of_jsw = town.hanako(JSW).await;
    for _ in 0..5 {
        sign_in(&mut town.browser(JSW), &town_of_jsw.login, "Wrong-Password-1").await;
    }
    let mut paused = town.browser_at(elsewhere.clone(), JSW);
    sign_in(&mut paused, &town_of_jsw.login, &town_of_jsw.password).await;
    assert!(paused.is_paused(), "{:?}", paused.errors());
    town.unlock(JSW, &town_of_jsw.login).await;
    sign_in(&mut paused, &town_of_jsw.login, &town_of_jsw.password).await;
    assert_eq!(paused.path(), "/signin/birthdate", "{:?}", paused.errors());
    town.clock.advance(hours(1));
    town.close().await;
}
