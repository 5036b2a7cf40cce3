//! What the desk replaces and ends of how a member gets in: what the member meets next, and what the trail says.

use kenpo_portal::{
    domain::tenant::{RosterEncoding, Tenant},
    portal::{
        desk::{Address, Desk, DeskRefusal, DeskStop},
        roster::NoticesTo,
    },
};

use crate::{
    holder::{Held, Holder, JRP},
    recovery::ask,
    town::{Town, hours},
    walk::{NEW_PASSWORD, sign_in, up_to},
};

fn refused<T: std::fmt::Debug>(done: Result<T, DeskStop>) -> DeskRefusal {
    match done.unwrap_err() {
        DeskStop::Refused(refusal) => refusal,
        DeskStop::Broken(fault) => panic!("{fault}"),
    }
}

/// The notices of a file: user ID and password of each.
fn notices(path: &std::path::Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let rows = csv::Reader::from_reader(text.as_bytes()).into_records();
    rows.map(|row| row.unwrap()).map(|row| (row[4].to_owned(), row[5].to_owned())).collect()
}

fn in_utf8(town: &Town) -> Tenant {
    let mut tenant = Tenant::clone(&town.tenant(JRP));
    tenant.import.encoding = RosterEncoding::Utf8;
    tenant
}

#[tokio::test]
async fn who_has_lost_every_factor_sets_one_up_behind_the_password_however_old_that_is() {
    let town = Town::open().await;
    let holder = Holder::of(&town, Held::AppAndPasskey).await;
    let tenant = town.tenant(JRP);
    // A password without a factor dies after 14 days; this one had factors all the time.
    town.clock.advance(hours(24 * 40));
    town.desk(&tenant).reset_factor(&holder.who.login).await.unwrap();
    town.purge().await;
    town.clock.advance(hours(24 * 13));
    town.purge().await;
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await;
    assert!(browser.path().starts_with("/signin/"), "{}", browser.path());
    assert_ne!(browser.path(), "/signin/totp", "the lost factor is not asked for");
    assert_eq!(browser.status, 200);
    // And not for ever.
    town.clock.advance(hours(24 * 2));
    let mut late = town.browser(JRP);
    sign_in(&mut late, &holder.who.login, NEW_PASSWORD).await.is_at("/signin", "ログイン");
    assert!(!late.errors().is_empty());
    town.close().await;

    let town = Town::open().await;
    let taro = town.taro(JRP).await;
    let tenant = town.tenant(JRP);
    let refusal = refused(town.desk(&tenant).reset_factor(&taro.login).await);
    assert!(matches!(refusal, DeskRefusal::NotSignedIn), "{refusal:?}");
    assert_eq!(town.count(JRP, "factors-reset").await, 0);
    town.close().await;
}

#[tokio::test]
async fn who_has_a_wrong_address_gets_mail_at_the_right_one_and_nobody_elses_is_taken() {
    let town = Town::open().await;
    let holder = Holder::of(&town, Held::App).await;
    town.import(JRP, "12,7,,S60.1.2,見本 花子,ミホン ハナコ,hanako01,Vp6r-Hn3t-Ky8t,hanako@example.jp").await;
    let tenant = town.tenant(JRP);
    let desk = town.desk(&tenant);
    for (typed, taken) in [("taro.example.jp", false), ("Hanako@example.jp", true)] {
        let refusal = refused(desk.set_email(&holder.who.login, typed).await);
        let expected = if taken {
            matches!(refusal, DeskRefusal::AddressTaken)
        } else {
            matches!(refusal, DeskRefusal::NoAddress)
        };
        assert!(expected || !tenant.policy.email.unique, "{typed}: {refusal:?}");
    }
    let before = town.mail_of("recovery").await.len();
    desk.set_email(&holder.who.login, "ｔａｒｏ．ｎｅｕ＠example.jp").await.unwrap();
    ask(&mut town.browser(JRP), &holder.who.login).await;
    let mail = town.mail_of("recovery").await;
    assert_eq!(mail.len(), before + 1);
    assert!(mail.iter().any(|mail| mail.to == "taro.neu@example.jp"));
    let trail = town.whole_trail(JRP).await;
    let row = trail.iter().find(|row| row.event == "desk-address-set").unwrap();
    assert!(!row.detail.contains('@'), "no address in the trail");
    town.close().await;
}

#[tokio::test]
async fn reissued_passwords_open_first_login_and_lost_ones_do_not() {
    let town = Town::open().await;
    let tenant = in_utf8(&town);
    let desk = town.desk(&tenant);
    let row = |n: u32| format!("12,{n},,S55.12.1,見本 {n},ミホン,,,member{n}@example.jp\n");
    let rows: String = (1..=50).map(row).collect();
    let first = town.import(JRP, rows.trim_end()).await;
    let lost: Vec<(String, String)> = csv::Reader::from_reader(first.as_bytes())
        .into_records()
        .map(|row| row.unwrap())
        .map(|row| (row[4].to_owned(), row[5].to_owned()))
        .collect();
    assert_eq!(lost.len(), 50);
    // One of them is on the way in already, one has come all the way to a password.
    let who = |(login, password): &(String, String)| crate::town::Newcomer {
        login: login.clone(),
        password: password.clone(),
        born: "19801201",
        email: "member1@example.jp".to_owned(),
    };
    let mut begun = town.browser(JRP);
    sign_in(&mut begun, &lost[1].0, &lost[1].1).await;
    let stands_at = begun.path().to_owned();
    up_to(&mut town.browser(JRP), &who(&lost[0]), &mut town.phone(), "ワンタイムパスワードの設定").await;

    // Nobody says where to write them; then there is a file of that name already.
    let header = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n";
    let roster = format!("{header}{rows}12,99,,S55.12.1,見本 99,ミホン,,,\n");
    assert!(matches!(refused(desk.reissue_file(roster.as_bytes(), None).await), DeskRefusal::NoticesNeeded));
    let path = town.path("again.csv");
    std::fs::write(&path, "printed").unwrap();
    let taken = refused(desk.reissue_file(roster.as_bytes(), Some(NoticesTo::file(&path))).await);
    assert!(matches!(taken, DeskRefusal::Notices(_)), "{taken:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "printed");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(town.count(JRP, "credential-reissued").await, 0);

    let dry = Desk { dry_run: true, ..town.desk(&tenant) };
    let would = dry.reissue_file(roster.as_bytes(), Some(NoticesTo::file(&path))).await.unwrap();
    assert_eq!((would.reissued, would.signed_in, would.unknown), (49, 1, vec![52]));
    assert!(!path.exists());
    // What writes nothing need not be told where to write.
    assert_eq!(dry.reissue_file(roster.as_bytes(), None).await.unwrap().reissued, 49);
    assert!(
        dry.reissue("12-3", None).await.unwrap().dry_run
            && dry.revert("12-3", None, Address::Kept).await.is_ok()
    );
    sign_in(&mut town.browser(JRP), &lost[2].0, &lost[2].1)
        .await
        .is_at("/signin/birthdate", "生年月日の入力");

    let done = desk.reissue_file(roster.as_bytes(), Some(NoticesTo::file(&path))).await.unwrap();
    assert_eq!((done.reissued, done.signed_in, done.unknown.len()), (49, 1, 1));
    let printed = notices(&path);
    assert_eq!(printed.len(), 49);
    assert_eq!(town.mail_of("desk").await.len(), 49, "each of them is told");
    assert_eq!(town.count(JRP, "credential-reissued").await, 49);
    assert_eq!(begun.visit(&stands_at).await.path(), "/signin", "what was begun with the lost one is over");
    for (login, password) in &lost[1..4] {
        sign_in(&mut town.browser(JRP), login, password).await.is_at("/signin", "ログイン");
        let again = printed.iter().find(|(printed, _)| printed.eq_ignore_ascii_case(login)).unwrap();
        let mut browser = town.browser(JRP);
        sign_in(&mut browser, login, &again.1).await.is_at("/signin/birthdate", "生年月日の入力");
    }

    // One member alone; who has a password of their own keeps it.
    let other = town.path("one.csv");
    assert!(matches!(
        refused(desk.reissue(&lost[0].0, Some(NoticesTo::file(&other))).await),
        DeskRefusal::HasSignedIn
    ));
    desk.reissue("12-5", Some(NoticesTo::file(&other))).await.unwrap();
    let one = notices(&other);
    assert!(one.len() == 1 && one[0].0.eq_ignore_ascii_case(&lost[4].0));
    town.close().await;
}

#[tokio::test]
async fn two_files_of_the_same_members_in_opposite_orders_do_not_wait_for_one_another_for_ever() {
    let town = Town::open().await;
    let tenant = in_utf8(&town);
    let rows: Vec<String> = (1..=40).map(|n| format!("12,{n},,S55.12.1,見本 {n},ミホン,,,\n")).collect();
    town.import(JRP, rows.concat().trim_end()).await;
    let header = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n";
    let forwards = format!("{header}{}", rows.concat());
    let backwards = format!("{header}{}", rows.iter().rev().map(String::as_str).collect::<String>());
    let (desk, other_desk) = (town.desk(&tenant), town.desk(&tenant));
    let (first, second) = (town.path("forwards.csv"), town.path("backwards.csv"));
    let (one, other) = tokio::join!(
        desk.reissue_file(forwards.as_bytes(), Some(NoticesTo::file(&first))),
        other_desk.reissue_file(backwards.as_bytes(), Some(NoticesTo::file(&second))),
    );
    assert_eq!((one.unwrap().reissued, other.unwrap().reissued), (40, 40));
    assert_eq!((notices(&first).len(), notices(&second).len()), (40, 40));
    town.close().await;
}

#[tokio::test]
async fn who_never_signed_in_is_erased_and_who_did_is_not() {
    let town = Town::open().await;
    let taro = town.taro(JRP).await;
    let tenant = town.tenant(JRP);
    let id = town.member(JRP, &taro.login).await.id;
    let dry = Desk { dry_run: true, ..town.desk(&tenant) };
    dry.delete(&taro.login).await.unwrap();
    town.member(JRP, &taro.login).await;
    town.desk(&tenant).delete(&taro.login).await.unwrap();
    let trail = town.whole_trail(JRP).await;
    let row = trail.iter().find(|row| row.event == "member-deleted").unwrap();
    assert_eq!(row.member, Some(id.uuid()));
    let (actor, reason) = (row.actor.as_deref(), row.reason.as_deref());
    assert_eq!((actor, reason), (Some("madoguchi"), Some("電話で本人確認")));
    assert!(town.rows("outbox").await.is_empty(), "no address is kept for a letter");
    assert!(matches!(refused(town.desk(&tenant).delete(&taro.login).await), DeskRefusal::NoSuchMember));
    sign_in(&mut town.browser(JRP), &taro.login, &taro.password).await.is_at("/signin", "ログイン");
    // The roster may bring the number back.
    let taro = town.taro(JRP).await;
    up_to(&mut town.browser(JRP), &taro, &mut town.phone(), "ワンタイムパスワードの設定").await;
    assert!(matches!(refused(town.desk(&tenant).delete(&taro.login).await), DeskRefusal::HasSignedIn));
    town.close().await;
}
