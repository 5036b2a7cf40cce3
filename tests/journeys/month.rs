//! A month at the union's desk, one story each, through the commands: what the desk types, what the member meets next, and
//! what the trail says. Members who leave are `membership` and `retention`, numbers of before `moving`.

use kenpo_portal::{
    cli::member::{self, DeskOptions, NoticesOptions, RevertOptions},
    domain::tenant::{Language, RosterEncoding, Tenant},
};
use serde_json::Value;

use crate::{
    holder::{Held, Holder, JRP},
    recovery::{ask, with_hanako},
    town::{JSW, Newcomer, Town, hours, minutes},
    walk::{NEW_PASSWORD, answer, first_login, sign_in, up_to},
};

fn options(member: &str) -> DeskOptions<'_> {
    DeskOptions { member, language: Language::Ja, json: true }
}

/// The events about one member, oldest first, without looks of the desk.
async fn deeds(town: &Town, slug: &str, login: &str) -> Vec<String> {
    let mut trail = town.trail(slug, &town.member(slug, login).await).await;
    trail.retain(|word| word != "member-shown");
    trail
}

#[tokio::test]
async fn who_marries_has_the_new_name_by_the_file_and_the_new_number_by_the_desk() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    town.import(JSW, "12,3456789,,1980-12-01,見本 花子,ミホン ハナコ,,,").await;
    town.clock.advance(minutes(1));
    session.visit("/").await;
    assert!(session.page().contains("見本 花子"), "the new name, and no new sign-in");
    let tenant = town.tenant(JSW);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let desk = town.desk(&tenant);
    let code = member::move_number(&desk, options("見本花子"), "15-77-1", false, &mut out, &mut err);
    assert_eq!(code.await.unwrap(), 0);
    assert!(session.visit("/").await.has(".tiles"));
    // Next month's file has the new number; a recovery asks for nothing that has changed.
    town.import(JSW, "15,77,1,1980-12-01,見本 花子,ミホン ハナコ,,,").await;
    assert_eq!(town.rows("member").await.len(), 1);
    let mut browser = town.browser(JSW);
    town.clock.advance(hours(24));
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.is_at("/", "サービス");
    assert!(deeds(&town, JSW, &hanako.login).await.contains(&"member-moved".to_owned()));
    town.close().await;
}

#[tokio::test]
async fn who_forgot_the_user_id_and_can_say_only_a_name_is_told_it_and_gets_in() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    town.import(JRP, "12,7,,S60.1.2,見本 花子,ミホン ハナコ,hanako01,Vp6r-Hn3t-Ky8t,").await;
    let tenant = town.tenant(JRP);
    let desk = town.desk(&tenant);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    // 「みほんと申します」: two of them, told apart by what the caller says next.
    assert_eq!(member::find(&desk, options("みほん"), &mut out, &mut err).await.unwrap(), 0);
    let found: Value = serde_json::from_slice(&out).unwrap();
    let members = found["members"].as_array().unwrap();
    assert_eq!(members.len(), 2);
    let taro = members.iter().find(|member| member["name"] == "見本 太郎").unwrap();
    holder.who.login = taro["user_id"].as_str().unwrap().to_owned();
    assert_eq!(
        (taro["number"].as_str(), taro["address"].as_str()),
        (Some("15-102-00"), Some("t***@example.jp"))
    );
    holder.sign_in(&town).await.is_at("/", "サービス");
    // A word that means two is no one's deed.
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(member::unlock(&desk, options("ミホン"), &mut out, &mut err).await.unwrap(), 1);
    assert_eq!(town.count(JRP, "members-sought").await, 1);
    assert_eq!(town.count(JRP, "member-shown").await, 2, "each who was listed");
    assert_eq!(town.count(JRP, "member-unlocked").await, 0);
    town.close().await;
}

#[tokio::test]
async fn who_lost_everything_begins_anew_with_a_printed_password_and_nobody_else_gets_in() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut stolen = holder.sign_in(&town).await;
    let mut tenant = Tenant::clone(&town.tenant(JRP));
    tenant.import.encoding = RosterEncoding::Utf8;
    let (desk, notices) = (town.desk(&tenant), town.path("lost.csv"));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let asked = RevertOptions { notices: NoticesOptions::file(&notices), keep_address: false };
    assert_eq!(member::revert(&desk, options("15-102"), asked, &mut out, &mut err).await.unwrap(), 0);
    town.clock.advance(minutes(1));
    // The phone, the password and the mailbox are somebody else's: none of them is a way in.
    assert!(!stolen.visit("/").await.has(".tiles"));
    sign_in(&mut town.browser(JRP), &holder.who.login, NEW_PASSWORD).await.is_at("/signin", "ログイン");
    let mailed = town.mail_of("recovery").await.len();
    ask(&mut town.browser(JRP), &holder.who.login).await;
    assert_eq!(town.mail_of("recovery").await.len(), mailed);

    // Another mailbox is known by now.
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let new = "taro.new@example.com";
    assert_eq!(member::set_email(&desk, options("15-102"), new, &mut out, &mut err).await.unwrap(), 0);
    let notice = std::fs::read_to_string(&notices).unwrap();
    let row = csv::Reader::from_reader(notice.as_bytes()).records().next().unwrap().unwrap();
    let again = Newcomer { password: row[5].to_owned(), email: new.into(), ..holder.who.clone() };
    let mut browser = town.browser(JRP);
    first_login(&mut browser, &again, &mut town.phone()).await;
    assert!(browser.visit("/").await.has(".tiles"));
    let deeds = deeds(&town, JRP, &again.login).await;
    let at = deeds.iter().position(|word| word == "member-reverted").unwrap();
    for word in ["password-accepted", "password-set", "factor-added", "session-opened"] {
        assert!(deeds[at..].iter().any(|event| event == word), "{word}: {deeds:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn whose_mail_went_to_a_stranger_gets_it_and_the_stranger_gets_no_more() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let tenant = town.tenant(JRP);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    // The stranger has a link of the member's already.
    ask(&mut town.browser(JRP), &holder.who.login).await;
    let link = town.newest_mail("recovery").await.link();
    let new = "taro.richtig@example.jp";
    assert_eq!(
        member::set_email(&town.desk(&tenant), options("15-102"), new, &mut out, &mut err).await.unwrap(),
        0
    );
    assert_eq!(town.browser(JRP).visit(&link).await.status, 410, "the stranger's link is dead");
    town.sql("DELETE FROM guard").await;
    ask(&mut town.browser(JRP), &holder.who.login).await;
    assert_eq!(town.newest_mail("recovery").await.to, new);
    // It is confirmed at the next sign-in.
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await;
    holder.show(&town, &mut browser).await;
    browser.is_at("/signin/email/confirm", "メールアドレスの確認");
    let who = Newcomer { email: new.into(), ..holder.who.clone() };
    answer(&mut browser, &who, &mut holder.phone).await;
    browser.is_at("/", "サービス");
    let told: Vec<String> = town.mail_of("desk").await.into_iter().map(|mail| mail.to).collect();
    assert!(told.contains(&holder.who.email) && told.contains(&new.to_owned()), "both are told: {told:?}");
    assert!(deeds(&town, JRP, &holder.who.login).await.contains(&"desk-address-set".to_owned()));
    town.close().await;
}

#[tokio::test]
async fn whose_birth_date_was_wrong_in_the_roster_is_stopped_by_it_and_let_in_by_the_next_file() {
    let town = Town::open().await;
    let row = |born: &str| {
        format!("15,102,,{born},見本 太郎,ミホン タロウ,k7m2xq9w4d,Vp6r-Hn3t-Ky8s,taro@example.jp")
    };
    town.import(JRP, &row("S54.8.23")).await;
    let who = Newcomer {
        login: "k7m2xq9w4d".into(),
        password: "Vp6r-Hn3t-Ky8s".into(),
        born: "19790822",
        email: "taro@example.jp".into(),
    };
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &who.login, &who.password).await.is_at("/signin/birthdate", "生年月日の入力");
    browser.fill("生年月日", who.born).press("実行").await;
    assert!(!browser.errors().is_empty());
    town.import(JRP, &row("S54.8.22")).await;
    assert_eq!(
        browser.visit("/signin/birthdate").await.path(),
        "/signin",
        "what was begun with the wrong one is over"
    );
    up_to(&mut town.browser(JRP), &who, &mut town.phone(), "ワンタイムパスワードの設定").await;
    assert!(deeds(&town, JRP, &who.login).await.contains(&"birth-date-differed".to_owned()));
    town.close().await;
}
