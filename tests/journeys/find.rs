//! `member find`: whoever calls is found by what they can say, whatever wrote the roster; and the trail knows of each look.

use kenpo_portal::{
    cli::member::{self, DeskOptions},
    domain::tenant::Language,
    store,
};
use serde_json::Value;

use crate::{
    holder::JRP,
    town::{Town, minutes},
    walk::{return_with, up_to},
};

const ROSTER: &str = "16,102,,S54.8.22,髙橋 京子,ﾀｶﾊｼ ｷｮｳｺ,kyoko001,Vp6r-Hn3t-Ky8s,Kyoko@example.jp\n\
                      16,102,1,H20.8.22,髙橋 健,ﾀｶﾊｼ ｹﾝ,takahashi2,Vp6r-Hn3t-Ky8t,\n\
                      12,7,,S60.1.2,斉藤 庄司,サイトウ シヨウジ,saito007,Vp6r-Hn3t-Ky8u,shoji@example.jp\n\
                      12,8,,S61.1.2,齋藤 庄司,サイトウ ショウジ,saito008,Vp6r-Hn3t-Ky8v,";

/// The numbers that a word finds, and the exit code.
async fn found(town: &Town, word: &str) -> (u8, Vec<String>) {
    let tenant = town.tenant(JRP);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let options = DeskOptions { member: word, language: Language::Ja, json: true };
    let code = member::find(&town.desk(&tenant), options, &mut out, &mut err).await.unwrap();
    let value: Value = serde_json::from_slice(&out).unwrap();
    let members = value["members"].as_array().unwrap();
    let mut numbers: Vec<String> =
        members.iter().map(|member| member["number"].as_str().unwrap().to_owned()).collect();
    numbers.sort();
    (code, numbers)
}

/// Everything by which each of them is found.
async fn by_everything(town: &Town) {
    let (kyoko, ken, both) = ("16-102-00", "16-102-01", &["16-102-00", "16-102-01"][..]);
    let saitos = &["12-7-00", "12-8-00"][..];
    let id = town.member(JRP, "takahashi2").await.id.to_string();
    for (word, expected) in [
        ("16-102", &[kyoko][..]),
        ("１６－１０２－０１", &[ken]),
        ("takahashi2", &[ken]),
        (&id, &[ken]),
        ("kyoko@EXAMPLE.jp", &[kyoko]),
        ("ｋｙｏｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", &[kyoko]),
        ("高橋", both),
        ("髙橋　京子", &[kyoko]),
        ("たかはし", both),
        ("タカハシ　キヨウコ", &[kyoko]),
        ("ﾀｶ", both),
        ("齊藤", saitos),
        ("さいとうしょうじ", saitos),
        ("橋", &[]),
        ("nobody@example.jp", &[]),
        ("", &[]),
        ("　", &[]),
    ] {
        let (code, numbers) = found(town, word).await;
        assert_eq!(numbers, expected, "{word}");
        assert_eq!(code, u8::from(expected.is_empty()), "{word}");
    }
}

#[tokio::test]
async fn whoever_calls_is_found_by_whatever_they_can_say_and_the_trail_knows() {
    let town = Town::open().await;
    town.import(JRP, ROSTER).await;
    by_everything(&town).await;
    let (before, shown) = (town.count(JRP, "members-sought").await, town.count(JRP, "member-shown").await);
    found(&town, "高橋").await;
    found(&town, "nobody").await;
    assert_eq!(town.count(JRP, "members-sought").await, before + 2, "each look, also one that finds nobody");
    assert_eq!(town.count(JRP, "member-shown").await, shown + 2, "each who was listed");
    let trail = town.whole_trail(JRP).await;
    assert!(trail.iter().all(|row| !row.detail.contains("高橋") && !row.detail.contains("nobody")));

    // As a table, in words, with no more of an address than is compared on the phone.
    let tenant = town.tenant(JRP);
    for (language, head) in [(Language::Ja, "カナ氏名"), (Language::En, "Kana")] {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let options = DeskOptions { member: "高橋", language, json: false };
        assert_eq!(member::find(&town.desk(&tenant), options, &mut out, &mut err).await.unwrap(), 0);
        let table = String::from_utf8(out).unwrap();
        assert!(table.contains(head) && table.contains("K***@example.jp"), "{table}");
        assert!(!table.contains("1979") && !table.contains("Kyoko@"), "{table}");
        assert_eq!(table.lines().count(), 3, "{table}");
    }
    town.close().await;
}

#[tokio::test]
async fn members_whom_an_older_program_wrote_are_found_before_their_keys_are_written_and_after() {
    let town = Town::open().await;
    town.import(JRP, ROSTER).await;
    let tenant = town.tenant(JRP);
    let keys = async || {
        let text =
            "SELECT number_key, name_key, kana_key, email_key, pending_key FROM member ORDER BY number_key";
        town.texts(text).await
    };
    let written = keys().await;
    assert!(written.iter().all(|row| row[1].is_some() && row[2].is_some()), "an import writes them");
    // As after the migration, and as an older program writes.
    town.sql("UPDATE member SET name_key = NULL, kana_key = NULL, email_key = NULL, pending_key = NULL")
        .await;
    by_everything(&town).await;
    // A member signs in for the first time while they are written.
    let taro = town.taro(JRP).await;
    let (mut browser, mut phone) = (town.browser(JRP), town.phone());
    let writing = async {
        let mut keyed = 0;
        loop {
            match town.app.portal().key_members(&tenant.slug).await.unwrap() {
                0 => break keyed,
                more => keyed += more,
            }
        }
    };
    let (keyed, ()) =
        tokio::join!(writing, up_to(&mut browser, &taro, &mut phone, "ワンタイムパスワードの設定"));
    assert!(keyed >= 4, "{keyed}");
    while town.app.portal().key_members(&tenant.slug).await.unwrap() > 0 {}
    let again = keys().await;
    assert!(written.iter().all(|row| again.contains(row)), "{written:?} {again:?}");
    by_everything(&town).await;
    town.close().await;
}

#[tokio::test]
async fn what_changes_about_a_member_changes_what_they_are_found_by() {
    let town = Town::open().await;
    let taro = town.taro(JRP).await;
    let (mut browser, mut phone) = (town.browser(JRP), town.phone());
    crate::walk::first_login(&mut browser, &taro, &mut phone).await;
    let number = vec!["15-102-00".to_owned()];
    assert_eq!(found(&town, "見本").await.1, number);
    // An address that is not confirmed is what a caller may say who mistyped it.
    let mut tx = town.store().tenant(&town.tenant(JRP).slug).write().await.unwrap();
    let member = town.member(JRP, &taro.login).await;
    let wrong = kenpo_portal::domain::member::EmailAddress::kept("tarou@exmaple.jp".to_owned());
    store::member::review_email(&mut tx, member.id, Some(&wrong), jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    tx.commit().await.unwrap();
    for keyed in [false, true] {
        if keyed {
            assert_eq!(town.app.portal().key_members(&town.tenant(JRP).slug).await.unwrap(), 1);
        }
        for word in ["Tarou@exmaple.jp", "taro@example.jp", "見本"] {
            assert_eq!(found(&town, word).await.1, number, "{word}, keyed: {keyed}");
        }
    }
    // The roster marries her; the former name finds nobody.
    town.import(JRP, "15,102,,S54.8.22,佐藤 太郎,サトウ タロウ,k7m2xq9w4d,,taro@example.jp").await;
    assert_eq!(found(&town, "見本").await.1, Vec::<String>::new());
    assert_eq!(found(&town, "さとう").await.1, number);
    town.clock.advance(minutes(1));
    return_with(&mut town.browser(JRP), &taro, &phone).await.is_at("/", "サービス");
    town.close().await;
}
