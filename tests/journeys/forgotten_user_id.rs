//! 「ユーザIDを忘れた方」: one page for every answer, and a letter to the stored address only.

use axum::http::{Method, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::town::{JSW, Town, hours};

const PAGE: &str = "/recovery/user-id";
const H1: &str = "ユーザIDを忘れた方はこちら";

async fn town() -> Town {
    let town = Town::open().await;
    town.hanako(JSW).await;
    town.taro(JSW).await;
    town
}

#[tokio::test]
async fn the_user_id_comes_by_mail() {
    let town = town().await;
    let mut browser = town.browser(JSW);
    browser.visit(PAGE).await.is_at(PAGE, H1);
    browser
        .fill("生年月日", "昭和55年12月1日")
        .fill("ご登録いただいたメールアドレス", " Ｈanako@Example.jp ");
    browser.press("実行").await;
    assert_eq!(browser.path(), PAGE);
    assert!(browser.text().contains("以下のメールアドレスにメールを送信しました。"), "{}", browser.text());
    assert!(browser.text().contains("Ｈanako@Example.jp"), "as typed: {}", browser.text());
    assert!(browser.cookies.is_empty());
    let letters = town.mail_of("user-ids").await;
    assert_eq!((letters.len(), letters[0].to.as_str()), (1, "hanako@example.jp"), "the stored spelling");
    assert!(letters[0].text.contains("testuser"));
    for personal in ["健保", "花子", "1980", "12月1日", "https://"] {
        assert!(!letters[0].text.contains(personal), "{personal}");
    }
    town.close().await;
}

/// Status, headers and page of an answer, without what differs in every answer.
async fn answer(town: &Town, born: &str, email: &str) -> (u16, String, String) {
    let form = serde_urlencoded::to_string([("birthdate", born), ("email", email)]).unwrap();
    let request = town.browser(JSW).request(&Method::POST, PAGE, Some(&form));
    let response = town.router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let headers = head.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH);
    let lines: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    let receipt = body.split("class=\"receipt\"").nth(1).and_then(|rest| rest.split("<b>").nth(1));
    let receipt = receipt.and_then(|rest| rest.split('<').next()).unwrap_or("no receipt").to_owned();
    (head.status.as_u16(), lines.join("\n"), body.replace(&receipt, "").replace(email, ""))
}

#[tokio::test]
async fn right_or_wrong_the_page_is_the_same() {
    let town = town().await;
    town.sql("UPDATE member SET locked_at = imported_at WHERE login = 'k7m2xq9w4d'").await;
    town.sql("UPDATE member SET email_pending = 'pending@example.jp' WHERE login = 'testuser'").await;
    let cases = [
        ("19801201", "hanako@example.jp", 1),
        ("19801202", "hanako@example.jp", 1),
        ("19801201", "hanaka@example.jp", 1),
        ("19801202", "nobody@example.jp", 1),
        ("19801201", "pending@example.jp", 1),
        ("19790822", "taro@example.jp", 1),
        ("19801201", "hanako@example.jp", 2),
        ("19801201", "hanako@example.jp", 3),
        ("19801201", "hanako@example.jp", 3),
    ];
    let mut first = None;
    for (born, email, mails) in cases {
        let answered = answer(&town, born, email).await;
        assert_eq!(answered.0, 200);
        assert_eq!(*first.get_or_insert_with(|| answered.clone()), answered, "{born} {email}");
        assert_eq!(town.mail_of("user-ids").await.len(), mails, "{born} {email}");
    }
    assert_eq!(town.member(JSW, "testuser").await.birth_date_misses, 0, "asking counts against nobody");
    town.clock.advance(hours(24));
    answer(&town, "19801201", "hanako@example.jp").await;
    assert_eq!(town.mail_of("user-ids").await.len(), 4);
    town.close().await;
}

#[tokio::test]
async fn dates_that_do_not_fit_use_up_no_letter_and_three_a_day_are_written() {
    let town = town().await;
    for month in 1..=12 {
        for day in [1, 2, 3] {
            answer(&town, &format!("1980{month:02}{day:02}"), "hanako@example.jp").await;
        }
    }
    // Only her mailbox tells which of the 36 it was.
    assert_eq!(town.mail_of("user-ids").await.len(), 1);
    for _ in 0..5 {
        answer(&town, "19801201", "hanako@example.jp").await;
    }
    assert_eq!(town.mail_of("user-ids").await.len(), 3);
    let trail = town.whole_trail(JSW).await;
    let told = |word: &str| {
        trail.iter().filter(|row| row.event == "user-id-asked" && row.detail.contains(word)).count()
    };
    assert_eq!([told("mailed"), told("nobody"), told("too-many")], [3, 35, 3]);
    town.close().await;
}

#[tokio::test]
async fn what_is_no_date_or_no_address_is_said_at_its_field() {
    let town = town().await;
    let mut browser = town.browser(JSW);
    browser.visit(PAGE).await.press("実行").await.is_at(PAGE, H1);
    assert_eq!(browser.status, 422);
    assert_eq!(browser.errors().len(), 2, "{:?}", browser.errors());
    for (born, email) in [
        ("801201", "hanako@example.jp"),
        ("19801201", "hanako"),
        ("19801201", "hanako@example.jp,evil@example.com"),
        ("19801201", "hanako@example.jp\r\nBcc: evil@example.com"),
        ("19801201", "Hanako <hanako@example.jp>"),
        ("19801201", "<script>alert(1)</script>@example.jp"),
    ] {
        let form = serde_urlencoded::to_string([("birthdate", born), ("email", email)]).unwrap();
        browser.post(PAGE, &form).await.is_at(PAGE, H1);
        assert_eq!(
            (browser.status.as_u16(), browser.errors().len()),
            (422, 1),
            "{email}: {:?}",
            browser.errors()
        );
        assert!(!browser.page().contains("<script>alert"));
    }
    assert!(town.mail().await.is_empty());
    assert_eq!(town.count(JSW, "user-id-asked").await, 0);
    // A letter that looks like another finds the stored one, and only that is written to.
    answer(&town, "19801201", "hanaK\u{FF4F}@example.jp").await;
    let letters = town.mail_of("user-ids").await;
    assert!(letters.iter().all(|letter| letter.to == "hanako@example.jp"), "{letters:?}");
    town.close().await;
}

#[tokio::test]
async fn a_family_with_one_mailbox_gets_one_letter_with_the_twins_in_it() {
    let town = Town::edited(JSW, |text| text + "\n[email]\nunique = false\n").await;
    for (number, login, born) in
        [(1, "twin-one", "2001-02-03"), (2, "twin-two", "2001-02-03"), (3, "mother-1", "1970-01-01")]
    {
        let row = format!("15,{number},,{born},見本,ミホン,{login},Vp6r-Hn3t-Ky8s,family@example.jp");
        town.import(JSW, &row).await;
    }
    answer(&town, "20010203", "family@example.jp").await;
    let letters = town.mail_of("user-ids").await;
    assert_eq!(letters.len(), 1);
    let text = &letters[0].text;
    assert!(text.contains("twin-one") && text.contains("twin-two") && !text.contains("mother-1"), "{text}");
    town.close().await;
}
