//! Every deed of the desk (D35): a dry run changes nothing, the deed leaves its row in the trail, its line in 「最近の記録」
//! and its letter; a word that means several members means none of them.

use kenpo_portal::{
    cli::member::{self, DeskOptions, NoticesOptions, RevertOptions},
    domain::{
        desk::DeskDeed,
        tenant::{Language, LostFactor, Tenant},
    },
    portal::desk::{Desk, DeskRefusal, DeskStop},
};
use serde_json::Value;

use crate::{
    holder::{Held, Holder, JRP},
    town::{Newcomer, Town},
    walk::sign_in,
};

/// The tables of the trail: a dry run says that the desk looked.
const TRAIL: [&str; 3] = ["audit", "audit_waiting", "activity_day"];

/// A last day that is not over in these stories.
const LAST_DAY: &str = "2026-12-31";

/// A member whom the deed is for.
async fn member_for(town: &Town, deed: DeskDeed) -> Newcomer {
    match deed {
        DeskDeed::Reissue => town.taro(JRP).await,
        DeskDeed::LiftLock | DeskDeed::LiftLastDay => {
            let who = Holder::of(town, Held::App).await.who;
            town.sql("UPDATE member SET locked_at = imported_at").await;
            town.sql(&format!("UPDATE member SET lost_on = '{LAST_DAY}'")).await;
            if deed == DeskDeed::LiftLastDay {
                town.sql("UPDATE member SET locked_at = NULL").await;
            }
            who
        }
        DeskDeed::Merge(_) => {
            let who = Holder::of(town, Held::App).await.who;
            town.import(JRP, "15,77,1,S54.8.22,見本 太郎,ミホン タロウ,second01,Vp6r-Hn3t-Ky8t,").await;
            who
        }
        DeskDeed::Unlock => {
            let who = Holder::of(town, Held::App).await.who;
            sign_in(&mut town.browser(JRP), &who.login, "Wrong-Password-1").await;
            who
        }
        _ => Holder::of(town, Held::App).await.who,
    }
}

/// The deeds that leave nothing to do for the same deed a moment later. (The others make something new each time, or end
/// what may have begun since.)
const DONE_ONCE: [DeskDeed; 8] = [
    DeskDeed::Unlock,
    DeskDeed::ResetFactor,
    DeskDeed::SetEmail,
    DeskDeed::Lock,
    DeskDeed::LiftLock,
    DeskDeed::LiftLastDay,
    DeskDeed::Move,
    DeskDeed::SetLastDay(jiff::civil::date(2026, 4, 1)),
];

/// What the command said and ended with; `None` where a deed is no command of its own.
async fn does(town: &Town, desk: &Desk<'_>, deed: DeskDeed, who: &str, json: bool) -> Option<(u8, String)> {
    let options = DeskOptions { member: who, language: Language::Ja, json };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = match deed {
        DeskDeed::Unlock | DeskDeed::LiftLock => member::unlock(desk, options, &mut out, &mut err).await,
        DeskDeed::DeskCode => member::desk_code(desk, options, &mut out, &mut err).await,
        DeskDeed::Revert => {
            let notices = town.path(&format!("{}-{json}.csv", desk.dry_run));
            let revert = RevertOptions { notices: NoticesOptions::file(&notices), keep_address: true };
            member::revert(desk, options, revert, &mut out, &mut err).await
        }
        DeskDeed::Reissue => {
            let notices = town.path(&format!("{}-{json}.csv", desk.dry_run));
            member::reissue(desk, options, NoticesOptions::file(&notices), &mut out, &mut err).await
        }
        DeskDeed::ResetFactor => member::reset_factor(desk, options, &mut out, &mut err).await,
        DeskDeed::SetEmail => {
            member::set_email(desk, options, "Taro.Neu@example.jp", &mut out, &mut err).await
        }
        DeskDeed::EndSessions => member::sessions(desk, options, true, &mut out, &mut err).await,
        DeskDeed::Lock => member::lock(desk, options, &mut out, &mut err).await,
        DeskDeed::SetLastDay(_) => member::end(desk, options, Some(LAST_DAY), &mut out, &mut err).await,
        DeskDeed::LiftLastDay => member::end(desk, options, None, &mut out, &mut err).await,
        DeskDeed::Move | DeskDeed::Merge(_) => {
            member::move_number(desk, options, "15-77-1", false, &mut out, &mut err).await
        }
    };
    if !json {
        out.extend(err);
    }
    Some((code.unwrap(), String::from_utf8(out).unwrap()))
}

fn by_desk_code(town: &Town) -> Tenant {
    let mut tenant = Tenant::clone(&town.tenant(JRP));
    tenant.policy.recovery.lost_factor = LostFactor::DeskCode;
    tenant
}

#[tokio::test]
async fn nobody_is_given_a_code_who_has_nothing_to_replace_by_it() {
    let town = Town::open().await;
    let who = town.taro(JRP).await;
    let tenant = by_desk_code(&town);
    let (code, said) = does(&town, &town.desk(&tenant), DeskDeed::DeskCode, &who.login, false).await.unwrap();
    assert!(code != 0 && said.contains("member reissue"), "{said}");
    assert_eq!(town.rows("one_time").await, Vec::<String>::new());
    town.close().await;
}

#[tokio::test]
async fn whoever_hears_why_nothing_is_done_for_a_member_leaves_a_row_about_them() {
    let town = Town::open().await;
    let who = town.taro(JRP).await;
    let tenant = by_desk_code(&town);
    let of_him = town.member(JRP, &who.login).await;
    for dry_run in [false, true] {
        let desk = Desk { dry_run, ..town.desk(&tenant) };
        for deed in [DeskDeed::ResetFactor, DeskDeed::Unlock, DeskDeed::DeskCode, DeskDeed::LiftLastDay] {
            let before = town.count(JRP, "member-shown").await;
            let (code, said) = does(&town, &desk, deed, &who.login, false).await.unwrap();
            assert_ne!(code, 0, "{deed:?}: {said}");
            assert_eq!(town.count(JRP, "member-shown").await, before + 1, "{deed:?}");
            assert_eq!(town.trail(JRP, &of_him).await.last().unwrap(), "member-shown", "{deed:?}");
        }
    }
    town.close().await;
}

#[tokio::test]
async fn each_is_tried_without_a_change_and_done_with_a_row_a_line_and_a_letter() {
    for deed in DeskDeed::ALL {
        let town = Town::open().await;
        let who = member_for(&town, deed).await;
        let tenant = by_desk_code(&town);
        let login = who.login.as_str();

        let dry = Desk { dry_run: true, ..town.desk(&tenant) };
        let before = town.dump().await;
        let Some((code, said)) = does(&town, &dry, deed, login, false).await else { continue };
        assert_eq!(code, 0, "{deed:?}: {said}");
        assert!(said.contains("確かめただけです"), "{deed:?}: {said}");
        for ((table, was), (_, is)) in before.into_iter().zip(town.dump().await) {
            assert!(TRAIL.contains(&table) || was == is, "{deed:?}: a dry run changed {table}");
        }
        assert!(!town.path("true-false.csv").exists(), "{deed:?}: no notices of a dry run");
        let of_her = town.member(JRP, login).await;
        assert_eq!(town.trail(JRP, &of_her).await.last().unwrap(), "member-shown", "{deed:?}");

        let (code, said) = does(&town, &dry, deed, login, true).await.unwrap();
        let value: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((code, &value["deed"], &value["dry_run"]), (0, &deed.word().into(), &true.into()));
        assert_eq!(value["member"]["id"], of_her.id.to_string());

        let desk = town.desk(&tenant);
        let (code, said) = does(&town, &desk, deed, login, false).await.unwrap();
        assert_eq!(code, 0, "{deed:?}: {said}");
        assert!(
            !said.contains("確かめただけです") && said.contains("お知らせのメールを、送る用意をしました"),
            "{said}"
        );
        let trail = town.whole_trail(JRP).await;
        let row = trail.iter().rev().find(|row| row.event == deed.event().word()).unwrap();
        assert_eq!(row.actor.as_deref(), Some("madoguchi"));
        assert_eq!(row.reason.as_deref(), Some("電話で本人確認"));
        let mail = town.mail_of("desk").await;
        let words = town.app.portal().wording().words(&tenant, Language::Ja);
        let done = words.msg1(&format!("letter-desk-{}", deed.word()), "day", "2026年12月31日");
        let mut to: Vec<_> = mail.iter().map(|mail| mail.to.as_str()).collect();
        to.sort_unstable();
        let both = if deed == DeskDeed::SetEmail { vec!["Taro.Neu@example.jp"] } else { Vec::new() };
        assert_eq!(to, [both, vec![who.email.as_str()]].concat(), "{deed:?}");
        assert!(mail.iter().all(|mail| mail.text.contains(&done)), "{deed:?}");
        let card = {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let options = DeskOptions { member: login, language: Language::Ja, json: false };
            member::show(&desk, options, &mut out, &mut err).await.unwrap();
            String::from_utf8(out).unwrap()
        };
        let line = words.msg(&format!("activity-desk-{}", deed.word()));
        assert!(card.contains(&line), "{deed:?}: {card}");

        // Pressed twice.
        if DONE_ONCE.contains(&deed) {
            let counted = async || (town.whole_trail(JRP).await.len(), town.count(JRP, "member-shown").await);
            let ((rows, shown), mail) = (counted().await, town.mail_of("desk").await.len());
            let (code, said) = does(&town, &desk, deed, login, true).await.unwrap();
            let value: Value = serde_json::from_str(&said).unwrap();
            assert!(code == 1 && value["stopped"].is_string(), "{deed:?}: {said}");
            assert_eq!(counted().await, (rows + 1, shown + 1), "{deed:?}: who is told why not has looked");
            assert_eq!(town.mail_of("desk").await.len(), mail, "{deed:?}: a second letter");
        }
        town.close().await;
    }
}

#[tokio::test]
async fn a_word_that_means_two_members_is_told_with_both_and_does_nothing() {
    let town = Town::open().await;
    town.import(
        JRP,
        "15,102,,S54.8.22,見本 太郎,ミホン タロウ,k7m2xq9w4d,Vp6r-Hn3t-Ky8s,taro@example.jp\n\
         12,7,,S54.8.23,見本 花子,ミホン ハナコ,15-102-00,Vp6r-Hn3t-Ky8t,hanako@example.jp",
    )
    .await;
    let tenant = town.tenant(JRP);
    let desk = town.desk(&tenant);
    let stop = desk.unlock("15-102-00").await.unwrap_err();
    assert!(matches!(&stop, DeskStop::Refused(DeskRefusal::Ambiguous(both)) if both.len() == 2), "{stop:?}");
    for json in [false, true] {
        let (code, said) = does(&town, &desk, DeskDeed::Unlock, "１５－１０２－００", json).await.unwrap();
        assert_eq!(code, 1);
        // Programs are told in English.
        let by_what = if json { "KIGO-BANGO-BRANCH" } else { "記号-番号-枝番" };
        for told in ["15-102-00", "12-7-00", "見本 太郎", "見本 花子", by_what] {
            assert!(said.contains(told), "{told}: {said}");
        }
    }
    assert_eq!(town.count(JRP, "member-unlocked").await, 0);
    assert_eq!(town.count(JRP, "member-shown").await, 6, "each of them, each time");
    // By its id each of them is meant alone.
    let taro = town.member(JRP, "k7m2xq9w4d").await;
    sign_in(&mut town.browser(JRP), "k7m2xq9w4d", "Wrong-Password-1").await;
    assert_eq!(desk.unlock(&taro.id.to_string()).await.unwrap().member.id, taro.id);
    town.close().await;
}
