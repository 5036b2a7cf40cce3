//! Members who come and go (D34): what the roster and the desk do, what the member meets next, and what the trail says.

use kenpo_portal::{
    domain::member::{LastDay, MemberNumber},
    store,
};

use crate::{
    recovery::{ask, open_link, with_hanako},
    town::{Browser, JSW, Newcomer, Phone, Town, hours, minutes},
    walk::{NEW_PASSWORD, sign_in},
};

/// Columns for members who come and go, behind the usual ones.
const MORE: &str = ",資格喪失日,旧記号,旧番号,旧枝番";

/// Signing in with what worked before; whether it did.
async fn gets_in(town: &Town, who: &Newcomer, phone: &Phone) -> bool {
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
    let today = kenpo_portal::domain::member::japanese_day(town.app.portal().now());
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
