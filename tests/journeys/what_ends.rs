//! What a change ends: other sessions, browsers on their way in, and mails that are out (I6, I10 of the threats). Every
//! change by every kind of member; the session it was made in stays.

use crate::{
    holder::{EVERY_KIND, Held, Holder, JRP, add_app, way_to},
    town::{Authenticator, Browser, Town, hours, side_by_side},
    walk::sign_in,
};

/// What is over after a change.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Ended {
    /// Other sessions.
    others: bool,
    /// Browsers that had shown the password.
    on_the_way: bool,
    /// A link for a forgotten password.
    mails: bool,
}

const NOTHING: Ended = Ended { others: false, on_the_way: false, mails: false };
const WAYS_IN: Ended = Ended { on_the_way: true, mails: true, ..NOTHING };
const ALL: Ended = Ended { others: true, ..WAYS_IN };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Language,
    UserId,
    Method,
    Address,
    Password,
    PasswordOnly,
    AddApp,
    AddPasskeyOnly,
    Remove,
    RemoveOnly,
    Rename,
    LogOutOthers,
}

/// The changes, and what they end.
pub const CHANGES: [(Change, Ended); 12] = [
    (Change::Language, NOTHING),
    (Change::Rename, NOTHING),
    (Change::Method, WAYS_IN),
    (Change::UserId, WAYS_IN),
    (Change::Address, WAYS_IN),
    (Change::AddPasskeyOnly, WAYS_IN),
    (Change::PasswordOnly, WAYS_IN),
    (Change::RemoveOnly, WAYS_IN),
    (Change::LogOutOthers, Ended { mails: false, ..ALL }),
    (Change::AddApp, ALL),
    (Change::Password, ALL),
    (Change::Remove, ALL),
];

const EVERYWHERE: &str = "全てのデバイスからサインアウトする";

/// Makes the change; `false` where such a member has nothing to change so.
pub async fn make(town: &Town, browser: &mut Browser, change: Change) -> bool {
    match change {
        Change::Language => {
            browser.visit("/account/profile").await.choose("言語", "en").press("変更").await;
        }
        Change::UserId => {
            browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026").press("変更").await;
        }
        Change::Method => {
            let now = browser.visit("/account/profile").await.chosen("認証方法");
            let other = if now == "app-otp" { "passkey" } else { "app-otp" };
            browser.choose("認証方法", other).press("変更").await;
        }
        Change::Address => {
            browser.visit("/account/email").await;
            browser.fill("メールアドレス", "taro.new@example.com").press("実行").await;
            let code = town.mailbox().code_for("taro.new@example.com").await;
            browser.fill("確認コード", &code).press("実行").await;
        }
        Change::Password | Change::PasswordOnly => {
            browser.visit("/account/password").await;
            browser.fill("パスワード", "Tsu8!ki-no-Yoru").fill("パスワード確認用", "Tsu8!ki-no-Yoru");
            if matches!(change, Change::PasswordOnly) {
                browser.untick(EVERYWHERE);
            }
            browser.press("実行").await;
        }
        Change::AddApp => add_app(browser, &mut town.phone(), "むかしの携帯").await,
        Change::AddPasskeyOnly => {
            browser.visit("/account/methods/passkey").await.untick(EVERYWHERE);
            browser.press_with("次へ", &mut Authenticator::new(9)).await.press("OK").await;
        }
        Change::Remove | Change::RemoveOnly => {
            browser.visit("/account/methods").await;
            let Some((_, path)) = browser.links().into_iter().find(|(words, _)| words.starts_with("削除"))
            else {
                return false;
            };
            browser.visit(&path).await;
            if matches!(change, Change::RemoveOnly) {
                browser.untick(EVERYWHERE);
            }
            browser.press("削除する").await;
        }
        Change::Rename => {
            browser.visit("/account/methods").await;
            let renamed = browser.links().into_iter().find(|(words, _)| words.starts_with("名前の変更"));
            let Some((_, path)) = renamed else { return false };
            browser.visit(&path).await.fill("デバイス名", "はなこの端末").press("OK").await;
        }
        Change::LogOutOthers => {
            browser.visit("/account/devices").await.press("ほかの端末をすべてログアウトさせる").await;
        }
    }
    assert_eq!(browser.status, 200, "{change:?}: {}", browser.text());
    true
}

async fn ended_by(town: &Town, held: Held, change: Change) -> Option<Ended> {
    let mut holder = Holder::of(town, held).await;
    let mut other = holder.sign_in(town).await;
    let mut on_the_way = town.browser(JRP);
    sign_in(&mut on_the_way, &holder.who.login, &holder.password).await;
    town.clock.advance(hours(1) - jiff::SignedDuration::from_mins(40));
    other.visit("/").await.is_at("/", "サービス");
    let mut browser = holder.fresh(town).await;
    let mut forgetful = town.browser(JRP);
    forgetful.visit("/recovery/password").await.fill("ユーザID", &holder.who.login).press("実行").await;
    let link = town.mailbox().link_for("taro@example.jp").await;
    if !make(town, &mut browser, change).await {
        return None;
    }
    assert!(
        browser.visit("/").await.has(".tiles"),
        "{held:?}, {change:?}: the session it was made in is over"
    );
    let ended = Ended {
        others: !other.visit("/").await.has(".tiles"),
        on_the_way: on_the_way.visit(held.default()).await.path() == "/signin",
        mails: forgetful.visit(&link).await.status == 410,
    };
    Some(ended)
}

#[test]
fn every_change_by_every_kind_of_member_ends_what_it_should_and_no_more() {
    let made = side_by_side(EVERY_KIND, async |held| {
        let mut made = 0;
        for (change, expected) in CHANGES {
            let town = Town::open().await;
            let ended = ended_by(&town, held, change).await;
            // Where codes go to the address, it is a factor that is changed.
            let by_mail = matches!(held, Held::MailCode | Held::MailCodeAndApp | Held::MailCodeAndPasskey);
            let expected = if by_mail && matches!(change, Change::Address) { ALL } else { expected };
            assert!(ended.is_none_or(|ended| ended == expected), "{held:?}, {change:?}: {ended:?}");
            made += usize::from(ended.is_some());
            town.close().await;
        }
        made
    });
    assert_eq!(
        made.iter().sum::<usize>(),
        65,
        "six kinds by twelve changes, less what a member with one factor, or only mail, has not"
    );
}

#[tokio::test]
async fn whoever_holds_three_kinds_reaches_each_of_them_at_the_door() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut browser = holder.fresh(&town).await;
    browser.visit("/account/methods/mail-code").await.press("ワンタイムパスワードを送る").await;
    let code = town.mailbox().code_for("taro@example.jp").await;
    browser.fill("ワンタイムパスワード", &code).press("実行").await;
    way_to(&browser, "taro@example.jp", "削除");
    let mut again = town.browser(JRP);
    sign_in(&mut again, &holder.who.login, &holder.password)
        .await
        .is_at("/signin/totp", "ワンタイムパスワードの入力");
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(again.path().to_owned());
        let other = again.links().into_iter().find(|(words, _)| words == "ほかの方法で確認する").unwrap().1;
        again.visit(&other).await;
    }
    assert_eq!(again.path(), "/signin/totp", "and round again");
    seen.sort();
    assert_eq!(seen, ["/signin/mail-code", "/signin/passkey", "/signin/totp"]);
    town.close().await;
}
