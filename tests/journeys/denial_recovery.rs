//! Denial after a forgotten password (D27, G10): a recovery ends every known browser of the member but the one it is done in,
//! whatever the member holds and however it goes. Strangers who go on all day keep her out of that one no more than before.

use crate::{
    denial::alone_with_desk,
    holder::{Held, Holder, JRP},
    known_browser::signed_out,
    recovery::{ASK, CODE, NEWER_PASSWORD, WAY, replace_password},
    town::{Browser, Town, minutes, side_by_side},
    walk::{Factor as _, NEW_PASSWORD, sign_in, up_to},
};

const BROWSER_COOKIE: &str = "__Host-device";

/// What the letter brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Link,
    Code,
}

/// Which way the recovery goes, where there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Factor {
    Shown,
    Lost,
}

/// Whether the browser was known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Browsers {
    Used,
    New,
}

type Story = (Held, By, Factor, Browsers);

/// Every kind of member, way and browser; a lost factor needs the link (D4), and mailed codes are no factor beside the mail.
fn stories() -> Vec<Story> {
    let mut all = Vec::new();
    for held in [Held::MailCode, Held::App, Held::Passkey] {
        for (by, factor) in [(By::Link, Factor::Shown), (By::Code, Factor::Shown), (By::Link, Factor::Lost)] {
            for browsers in [Browsers::Used, Browsers::New] {
                if held != Held::MailCode || factor == Factor::Shown {
                    all.push((held, by, factor, browsers));
                }
            }
        }
    }
    all
}

/// Wrong passwords of strangers until nobody is let in in a new browser, and a right one neither.
async fn pause(town: &Town, login: &str, password: &str) {
    for _ in 0..5 {
        sign_in(&mut town.browser(JRP), login, "wrong-password").await;
    }
    let mut refused = town.browser(JRP);
    sign_in(&mut refused, login, password).await.is_at("/signin", "ログイン");
}

/// With her password, wrong codes of what she holds, until that is off for new browsers.
async fn switch_off(town: &Town, holder: &Holder, held: Held) {
    if held == Held::Passkey {
        return;
    }
    for _ in 0..7 {
        town.clock.advance(minutes(15));
        let mut thief = town.browser(JRP);
        sign_in(&mut thief, &holder.who.login, &holder.password).await;
        let wrong = match held {
            Held::MailCode => {
                let code = town.mailbox().code_for(&holder.who.email).await;
                format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
            }
            _ => holder.phone.wrong_code(),
        };
        for _ in 0..5 {
            thief.post(held.default(), &format!("code={wrong}")).await;
        }
    }
    let letters = town.mail_of("factor-off").await;
    assert_eq!(letters.len(), 1, "{held:?}");
}

/// Asks, and goes on by link or code to the last page.
async fn recover(town: &Town, holder: &mut Holder, browser: &mut Browser, by: By, factor: Factor) {
    town.clock.advance(minutes(61));
    browser.post(ASK, &format!("user_id={}", holder.who.login)).await;
    let letter = town.newest_mail("recovery").await;
    match by {
        By::Link => browser.post(&letter.link(), "").await,
        By::Code => browser.post(CODE, &format!("code={}", letter.code())).await,
    };
    for _ in 0..12 {
        let cookie = browser.cookies.get(BROWSER_COOKIE).cloned();
        match browser.path() {
            "/signin/birthdate" => {
                browser.fill("生年月日", holder.who.born).press("実行").await;
            }
            WAY if factor == Factor::Shown => {
                browser.press("登録した認証方法で確認する").await;
            }
            WAY => {
                browser.press("機種変更や紛失などで使えない").await;
            }
            "/recovery/password/desk-code" => {
                let code = town.desk_code(JRP, &holder.who.login).await;
                browser.post("/recovery/password/desk-code", &format!("code={code}")).await;
            }
            "/signin/setup/totp" => {
                holder.phone = town.phone();
                holder.phone.set_up(browser).await;
                assert_ne!(
                    browser.cookies.get(BROWSER_COOKIE),
                    cookie.as_ref(),
                    "known from here on, if she stops"
                );
            }
            "/signin/setup/passkey" => {
                browser.press_with("次へ", &mut holder.device).await;
                assert_ne!(
                    browser.cookies.get(BROWSER_COOKIE),
                    cookie.as_ref(),
                    "known from here on, if she stops"
                );
            }
            "/signin/password" => {
                replace_password(browser).await;
                holder.password = NEWER_PASSWORD.into();
            }
            "/signin" | "/" => return,
            _ => holder.show(town, browser).await,
        }
    }
    panic!("no end at {}: {}", browser.path(), browser.text());
}

#[test]
fn a_recovery_leaves_its_own_browser_known_whatever_the_member_holds() {
    side_by_side(stories(), async |(held, by, factor, browsers)| {
        let story = format!("{held:?} {by:?} {factor:?} {browsers:?}");
        let town = Town::edited(JRP, alone_with_desk).await;
        let mut holder = Holder::of(&town, held).await;
        // The same authenticator cannot be set up twice.
        let used = holder.sign_in(&town).await;
        if factor == Factor::Lost {
            holder.device = crate::town::Authenticator::new(2);
        }
        let copy = used.cookies[BROWSER_COOKIE].clone();
        switch_off(&town, &holder, held).await;
        let mut browser = match browsers {
            Browsers::Used => signed_out(&town, JRP, &used),
            Browsers::New => town.browser(JRP),
        };
        // An app that strangers have switched off is shown where she is known, and nowhere else (D13).
        if (held, factor, browsers) == (Held::App, Factor::Shown, Browsers::New) {
            town.unlock(JRP, &holder.who.login).await;
        }
        recover(&town, &mut holder, &mut browser, by, factor).await;
        assert_eq!(town.rows("known_device").await.len(), 1, "{story}: this browser and no other");
        assert_ne!(browser.cookies[BROWSER_COOKIE], copy, "{story}");

        // Strangers go on; she does not wait with them.
        let login = holder.who.login.clone();
        pause(&town, &login, NEWER_PASSWORD).await;
        let mut thief = town.browser(JRP);
        thief.cookies.insert(BROWSER_COOKIE.into(), copy);
        sign_in(&mut thief, &login, NEWER_PASSWORD).await;
        assert_eq!(thief.path(), "/signin", "{story}: a copy of the old cookie is a stranger's");
        let mut hers = signed_out(&town, JRP, &browser);
        sign_in(&mut hers, &login, NEWER_PASSWORD).await;
        assert_ne!(hers.path(), "/signin", "{story}: {:?}", hers.errors());
        holder.show(&town, &mut hers).await;
        assert_eq!(hers.path(), "/", "{story}: {:?}", hers.errors());
        town.close().await;
    });
}

#[test]
fn a_recovery_before_any_factor_is_set_up_leaves_its_browser_known_too() {
    side_by_side([By::Link, By::Code], async |by| {
        let town = Town::edited(JRP, alone_with_desk).await;
        let mut holder = Holder::new(&town).await;
        let mut browser = town.browser(JRP);
        up_to(&mut browser, &holder.who, &mut town.phone(), "ワンタイムパスワードの設定").await;
        assert!(!browser.cookies.contains_key(BROWSER_COOKIE));
        holder.password = NEW_PASSWORD.into();
        recover(&town, &mut holder, &mut browser, by, Factor::Shown).await;
        browser.is_at("/signin", "ログイン");
        pause(&town, &holder.who.login, NEWER_PASSWORD).await;
        sign_in(&mut browser, &holder.who.login, NEWER_PASSWORD).await;
        assert_ne!(browser.path(), "/signin", "{by:?}: {:?}", browser.errors());
        let cookie = browser.cookies[BROWSER_COOKIE].clone();
        for _ in 0..4 {
            if browser.path() != "/" {
                crate::walk::answer(&mut browser, &holder.who, &mut holder.phone).await;
            }
        }
        browser.is_at("/", "サービス");
        assert_eq!(browser.cookies[BROWSER_COOKIE], cookie);
        town.close().await;
    });
}
