//! Members who come and go (D34): what the roster and the desk do, what the member meets next, and what the trail says.

use kenpo_portal::{
    cli::member::{self, DeskOptions},
    domain::{
        member::{LastDay, MemberNumber, japanese_day},
        tenant::Language,
    },
    portal::desk::Desk,
    store,
};

use crate::{
    recovery::{ask, open_link, with_hanako},
    town::{Browser, JSW, Newcomer, Phone, Town, hours, minutes},
    walk::{NEW_PASSWORD, sign_in},
};

/// Columns for members who come and go, behind the usual ones.
pub const MORE: &str = ",資格喪失日,旧記号,旧番号,旧枝番";

/// Signing in with what worked before; whether it did.
pub async fn gets_in(town: &Town, who: &Newcomer, phone: &Phone) -> bool {
    let mut browser = town.browser(JSW);
    town.clock.advance(jiff::SignedDuration::from_secs(30));
    if sign_in(&mut browser, &who.login, NEW_PASSWORD).await.path() != "/signin/totp" {
        assert_eq!((browser.path(), browser.status.as_u16()), ("/signin", 422), "as for a wrong password");
        return false;
    }
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.path() == "/"
}

async fn is_inside(browser: &mut Browser) -> bool {
    browser.visit("/").await.has(".tiles")
}

/// The id of the member with that number.
async fn whose(town: &Town, number: &str) -> Option<String> {
    let mut tx = town.store().tenant(&town.tenant(JSW).slug).read().await.unwrap();
    let parts: Vec<&str> = number.split('-').collect();
    let number = MemberNumber::parse(parts[0], parts[1], "").unwrap();
    store::member::by_number(&mut tx, &number).await.unwrap().map(|member| member.id.to_string())
}

#[tokio::test]
async fn who_marries_and_gets_a_new_number_is_the_same_person_and_loses_nothing() {
    for row in [
        "15,77,01,1980-12-01,見本 花子,ミホン ハナコ,testuser,,hanako@example.jp,,,,",
        "15,77,01,1980-12-01,見本 花子,ミホン ハナコ,,,,,12,3456789,00",
    ] {
        let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
        let before = town.member(JSW, &hanako.login).await;
        let mut recovery = town.browser(JSW);
        ask(&mut recovery, &hanako.login).await;
        open_link(&town, &mut recovery).await;

        town.import_with(JSW, MORE, row).await;
        let after = town.member(JSW, &hanako.login).await;
        assert_eq!((after.id, after.number.key().as_str()), (before.id, "15-77-1"));
        assert_eq!((after.name.as_str(), whose(&town, "12-3456789").await), ("見本 花子", None));
        assert!(is_inside(&mut session).await, "what stands on password and factor goes on");
        assert_ne!(recovery.visit("/signin/birthdate").await.path(), "/signin/birthdate");
        assert!(gets_in(&town, &hanako, &phone).await);

        // The same file once more, and next month's without these columns.
        let columns = row.split(',').take(9).collect::<Vec<_>>().join(",");
        town.import_with(JSW, MORE, row).await;
        town.import(JSW, &columns).await;
        let rows = town.whole_trail(JSW).await;
        let last = rows.iter().rfind(|row| row.event == "roster-imported").unwrap();
        assert!(
            last.detail.contains("\"changed\":0") && last.detail.contains("\"added\":0"),
            "{}",
            last.detail
        );
        town.close().await;
    }
}

#[tokio::test]
async fn who_leaves_by_the_roster_is_in_until_that_day_is_over_and_comes_back_by_a_later_one() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let row = |day: &str| format!("12,3456789,,1980-12-01,健保 花子,ケンポ ハナコ,testuser,,,{day},,,");
    let today = japanese_day(town.app.portal().now());
    town.import_with(JSW, MORE, &row(&today.to_string())).await;
    assert!(is_inside(&mut session).await && gets_in(&town, &hanako, &phone).await, "it is that day still");
    let member = town.member(JSW, &hanako.login).await;
    assert_eq!(member.membership.lost_on(), Some(LastDay::kept(today)));

    town.clock.advance(hours(24));
    assert!(!is_inside(&mut session).await && !gets_in(&town, &hanako, &phone).await);
    town.sql("DELETE FROM guard").await;
    ask(&mut town.browser(JSW), &hanako.login).await;
    assert_eq!(town.mail_of("recovery").await.len(), 0, "the usual page, and no mail");
    town.purge().await;
    town.purge().await;
    assert_eq!(town.count(JSW, "membership-ended").await, 1);
    assert!(
        town.count(JSW, "membership-over").await >= 1,
        "a try of theirs is told apart from a wrong password"
    );

    // A file without the day changes nothing; another day does.
    town.import_with(JSW, MORE, &row("")).await;
    assert!(!gets_in(&town, &hanako, &phone).await);
    let later = today.checked_add(jiff::Span::new().days(30)).unwrap();
    town.import_with(JSW, MORE, &row(&later.to_string())).await;
    town.clock.advance(minutes(1));
    assert!(gets_in(&town, &hanako, &phone).await, "with everything of theirs");
    assert!(!is_inside(&mut session).await, "what had ended stays ended");
    town.close().await;
}

/// A command of the desk, as it is typed: its exit code, and what it says.
async fn desk(town: &Town, who: &str, command: Deed<'_>, dry_run: bool) -> (u8, String) {
    let tenant = town.tenant(JSW);
    let desk = Desk { dry_run, ..town.desk(&tenant) };
    let options = DeskOptions { member: who, language: Language::Ja, json: false };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = match command {
        Deed::Lock => member::lock(&desk, options, &mut out, &mut err).await,
        Deed::Unlock => member::unlock(&desk, options, &mut out, &mut err).await,
        Deed::End(day) => member::end(&desk, options, Some(day), &mut out, &mut err).await,
        Deed::UndoEnd => member::end(&desk, options, None, &mut out, &mut err).await,
    };
    out.extend(err);
    (code.unwrap(), String::from_utf8(out).unwrap())
}

#[derive(Debug, Clone, Copy)]
enum Deed<'d> {
    Lock,
    Unlock,
    End(&'d str),
    UndoEnd,
}

#[tokio::test]
async fn whom_the_desk_keeps_out_is_out_at_once_and_in_again_with_everything_afterwards() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let (code, said) = desk(&town, "12-3456789", Deed::Lock, true).await;
    assert!(code == 0 && said.contains("確かめただけです"), "{said}");
    assert!(is_inside(&mut session).await, "a dry run changes nothing");

    let (code, said) = desk(&town, "12-3456789", Deed::Lock, false).await;
    assert!(code == 0 && said.contains("ログインを止めました"), "{said}");
    assert!(!is_inside(&mut session).await && !gets_in(&town, &hanako, &phone).await);
    assert!(town.mail_of("desk").await.last().unwrap().text.contains("ログインを止めました"));
    let (code, said) = desk(&town, "12-3456789", Deed::Lock, false).await;
    assert!(code == 1 && said.contains("前から止めています"), "{said}");

    let (code, said) = desk(&town, &hanako.login, Deed::Unlock, false).await;
    assert!(code == 0 && said.contains("停止を解きました"), "{said}");
    assert!(gets_in(&town, &hanako, &phone).await && !is_inside(&mut session).await);
    let trail = town.trail(JSW, &town.member(JSW, &hanako.login).await).await;
    for word in ["desk-locked", "member-locked", "desk-lock-lifted"] {
        assert_eq!(trail.iter().filter(|event| *event == word).count(), 1, "{word}: {trail:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn who_leaves_is_told_before_it_uses_it_until_that_day_is_over_and_an_end_can_be_taken_back() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let today = japanese_day(town.app.portal().now());
    let (code, said) = desk(&town, &hanako.login, Deed::End(&today.to_string()), false).await;
    assert!(
        code == 0
            && said.contains(&today.to_string())
            && said.contains("お知らせのメールを、送る用意をしました"),
        "{said}"
    );
    let told = town.mail_of("desk").await.pop().unwrap();
    assert!(told.text.contains("資格の最後の日") && told.text.contains("保存してください"), "{}", told.text);
    assert!(is_inside(&mut session).await && gets_in(&town, &hanako, &phone).await);
    let (code, said) = desk(&town, &hanako.login, Deed::End(&today.to_string()), false).await;
    assert!(code == 1 && said.contains("何も変えていません"), "{said}");

    town.clock.advance(hours(24));
    assert!(!is_inside(&mut session).await && !gets_in(&town, &hanako, &phone).await);
    town.purge().await;
    // However much later it was found over, the card has one last day.
    let tenant = town.tenant(JSW);
    let options = DeskOptions { member: &hanako.login, language: Language::Ja, json: false };
    let (mut card, mut err) = (Vec::new(), Vec::new());
    member::show(&town.desk(&tenant), options, &mut card, &mut err).await.unwrap();
    let card = String::from_utf8(card).unwrap();
    let in_words = format!("最後の日: {}年{}月{}日", today.year(), today.month(), today.day());
    for event in ["last-day-set", "membership-ended"] {
        let line = card.lines().find(|line| line.contains(event)).unwrap();
        assert!(line.contains(&in_words), "{line}");
    }
    assert!(card.contains(&format!("資格の最後の日      {today}")), "{card}");
    let (code, said) = desk(&town, &hanako.login, Deed::UndoEnd, false).await;
    assert!(code == 0 && said.contains("取り消しました"), "{said}");
    assert!(gets_in(&town, &hanako, &phone).await && !is_inside(&mut session).await);
    let (code, said) = desk(&town, &hanako.login, Deed::UndoEnd, false).await;
    assert!(code == 1 && said.contains("取り消すものがありません"), "{said}");
    let trail = town.trail(JSW, &town.member(JSW, &hanako.login).await).await;
    for word in ["last-day-set", "membership-ended", "last-day-lifted"] {
        assert_eq!(trail.iter().filter(|event| *event == word).count(), 1, "{word}: {trail:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn a_member_who_died_or_a_child_who_left_the_family_is_ended_and_the_others_go_on() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    town.import(JSW, "12,3456789,01,2006-04-02,健保 一郎,ケンポ イチロウ,ichiro01,,family@example.jp").await;
    let yesterday = japanese_day(town.app.portal().now()).yesterday().unwrap().to_string();
    let letters = town.mail_of("desk").await.len();
    let (code, said) = desk(&town, "12-3456789-01", Deed::End(&yesterday), false).await;
    assert!(code == 0 && said.contains("終わったものとしました"), "{said}");
    assert_eq!(town.mail_of("desk").await.len(), letters, "no letter to whom letters have stopped");
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, "ichiro01", "12345678920060402").await;
    assert_eq!((browser.path(), browser.status.as_u16()), ("/signin", 422));
    let ended = town.member(JSW, "ichiro01").await;
    assert!(town.trail(JSW, &ended).await.contains(&"membership-ended".to_owned()));
    assert!(is_inside(&mut session).await && gets_in(&town, &hanako, &phone).await, "hers is her own");
    town.close().await;
}

#[tokio::test]
async fn a_day_that_cannot_be_meant_is_told_and_nothing_is_done() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    for (day, told) in [
        ("tomorrow", "日付として読めません"),
        ("2026-02-30", "暦にない日"),
        ("2062-11-30", "2年よりも離れた日"),
        ("2016-11-30", "2年よりも離れた日"),
    ] {
        let (code, said) = desk(&town, &hanako.login, Deed::End(day), false).await;
        assert!(code == 2 && said.contains(told), "{day}: {said}");
    }
    assert!(town.member(JSW, &hanako.login).await.membership.lost_on().is_none());
    assert_eq!(town.count(JSW, "last-day-set").await, 0);
    town.close().await;
}
