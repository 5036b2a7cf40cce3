//! What ends a session, and which services are told of it: every deed, by the queue that it leaves.

use kenpo_portal::store::sso::logouts::{ListedLogout, listed};

use super::{Relying, with_own_service};
use crate::{
    holder::{Held, Holder, JRP},
    recovery::{replace_password, show_app, up_to_way},
    town::{Browser, Town, hours, minutes, side_by_side},
    walk::{NEW_PASSWORD, answer},
};

/// What waits for that union's services.
pub async fn queue(town: &Town) -> Vec<ListedLogout> {
    let mut tx = town.store().tenant(&town.tenant(JRP).slug).read().await.unwrap();
    listed(&mut tx, true, 100).await.unwrap()
}

/// The services that are to be told.
async fn told(town: &Town) -> Vec<String> {
    let mut told: Vec<String> = queue(town).await.into_iter().map(|row| row.client).collect();
    told.sort();
    told
}

/// The two services of the stories, of which the second is told of members who were away for too long.
fn with_both_told(text: String) -> String {
    let own = "[services.sso]\nclient_id = ";
    let told = |client: &str, more: &str| {
        format!(
            "[services.sso]\nbackchannel_logout_uri = \"https://{client}.example.jp/out\"\n{more}client_id = "
        )
    };
    let text = with_own_service(text);
    let (before, services) = text.split_once(own).unwrap();
    let (first, second) = services.split_once(own).unwrap();
    format!("{before}{}{first}{}{second}", told("yoyaku", ""), told("betsu", "logout_on_idle = true\n"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// The portal's own button.
    LogOut,
    /// Another member signs in, in the same browser.
    SomebodyElse,
    /// The same member signs in anew.
    SignInAnew,
    /// The same, after the time ran out.
    SignInAfterIdle,
    /// Away for too long.
    Idle,
    /// The session has lasted as long as one may.
    Absolute,
    /// Signed out from another device.
    FromAnotherDevice,
    PasswordChange,
    Recovery,
    DeskSessions,
    DeskLock,
    DeskFactors,
    DeskEnd,
    Revert,
    RosterLeave,
    UnionCloses,
    Restore,
    Erased,
    /// A change that ends nothing.
    Language,
}

/// Each deed, and who is told at once.
const DEEDS: [(Deed, &[&str]); 19] = [
    (Deed::LogOut, BOTH),
    (Deed::SomebodyElse, BOTH),
    (Deed::SignInAnew, BOTH),
    (Deed::SignInAfterIdle, NOBODY),
    (Deed::Idle, &["another"]),
    (Deed::Absolute, BOTH),
    (Deed::FromAnotherDevice, BOTH),
    (Deed::PasswordChange, BOTH),
    (Deed::Recovery, BOTH),
    (Deed::DeskSessions, BOTH),
    (Deed::DeskLock, BOTH),
    (Deed::DeskFactors, BOTH),
    (Deed::DeskEnd, BOTH),
    (Deed::Revert, BOTH),
    (Deed::RosterLeave, BOTH),
    (Deed::UnionCloses, BOTH),
    (Deed::Restore, BOTH),
    (Deed::Erased, BOTH),
    (Deed::Language, NOBODY),
];
const BOTH: &[&str] = &["another", "yoyaku"];
const NOBODY: &[&str] = &[];

async fn done(town: &Town, holder: &mut Holder, browser: &mut Browser, deed: Deed) {
    let tenant = town.tenant(JRP);
    let login = holder.who.login.clone();
    match deed {
        Deed::LogOut => drop(browser.visit("/logout").await.press("ログアウトする").await),
        Deed::SomebodyElse => {
            let hanako = town.hanako(JRP).await;
            let hanako = town.revert(JRP, &hanako).await;
            let form = format!("username={}&password={}", hanako.login, hanako.password);
            browser.post("/signin", &form).await;
            let (mut who, mut phone) = (hanako.clone(), town.phone());
            while browser.h1() != "サービス" {
                if answer(browser, &who, &mut phone).await == "パスワードの更新" {
                    who.password = NEW_PASSWORD.into();
                }
            }
        }
        Deed::SignInAnew | Deed::SignInAfterIdle => {
            if deed == Deed::SignInAfterIdle {
                town.clock.advance(minutes(31));
            }
            let form = format!("username={login}&password={}", holder.password);
            browser.post("/signin", &form).await;
            holder.show(town, browser.visit("/signin/totp").await).await;
        }
        Deed::Idle => {
            town.clock.advance(minutes(31));
            town.purge().await;
        }
        Deed::Absolute => {
            town.clock.advance(hours(25));
            town.purge().await;
        }
        Deed::FromAnotherDevice => {
            let mut other = holder.fresh(town).await;
            other.visit("/account/devices").await.press("ほかの端末をすべてログアウトさせる").await;
        }
        Deed::PasswordChange => {
            let mut other = holder.fresh(town).await;
            holder.take_password(&mut other, "Tsu8!ki-no-Yoru").await;
        }
        Deed::Recovery => {
            let mut other = town.browser(JRP);
            up_to_way(town, &mut other, &holder.who).await;
            other.press("登録した認証方法で確認する").await;
            // A code of an app is good once.
            town.clock.advance(jiff::SignedDuration::from_secs(31));
            show_app(&mut other, &holder.phone).await;
            replace_password(&mut other).await;
        }
        Deed::DeskSessions => drop(town.desk(&tenant).end_sessions(&login).await.unwrap()),
        Deed::DeskLock => drop(town.desk(&tenant).lock(&login).await.unwrap()),
        Deed::DeskFactors => drop(town.desk(&tenant).reset_factor(&login).await.unwrap()),
        Deed::DeskEnd => {
            let today = kenpo_portal::domain::member::japanese_day(town.app.portal().now());
            let yesterday = today.yesterday().unwrap().to_string();
            town.desk(&tenant).end_membership(&login, &yesterday).await.unwrap();
            town.purge().await;
        }
        Deed::Revert => drop(town.revert(JRP, &holder.who).await),
        Deed::RosterLeave => {
            let row = "15,102,,S54.8.22,見本 太郎,ミホン タロウ,,,,2020-01-01";
            town.import_with(JRP, ",資格喪失日", row).await;
            town.purge().await;
        }
        Deed::UnionCloses => {
            let shown = kenpo_portal::portal::closing::contact_after_closing(&tenant);
            let today = kenpo_portal::domain::member::japanese_day(town.app.portal().now());
            town.leaving(&tenant.slug).close(&today.to_string(), &shown).await.unwrap();
            town.clock.advance(hours(24));
            town.follow_closings().await;
        }
        Deed::Restore => drop(town.restored().await),
        Deed::Erased => town.sql("DELETE FROM member WHERE tenant = 'jrpluskenpo'").await,
        Deed::Language => {
            browser.visit("/account/profile").await.choose("言語", "en").press("変更").await;
        }
    }
}

#[test]
fn whatever_ends_a_session_has_its_services_told_and_nothing_else_does() {
    side_by_side(DEEDS, async |(deed, expected)| {
        let town = Town::edited(JRP, with_both_told).await;
        let service = Relying::new(&town).await;
        let mut holder = Holder::of(&town, Held::App).await;
        let mut browser = service.known(&town, &mut holder).await;
        service.code_for_other(&town, &browser, &[]).await;
        assert_eq!(told(&town).await, NOBODY, "{deed:?}");
        done(&town, &mut holder, &mut browser, deed).await;
        assert_eq!(told(&town).await, expected, "{deed:?}");
        // Who is not told at once is told when the session would have ended anyway; nobody is told twice.
        town.clock.advance(hours(25));
        town.purge().await;
        assert_eq!(told(&town).await, BOTH, "{deed:?}: in the end");
        town.close().await;
    });
}
