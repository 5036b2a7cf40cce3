//! Confirming a mail address: in first login by link or code (F-08, D8), and in the portal where nothing was mailed.

use crate::{
    town::{Browser, JSW, MGC, Newcomer, Phone, Town, minutes},
    walk::{answer, first_login, up_to},
};

const JRP: &str = "jrpluskenpo";
const PAGE: &str = "/signin/email/confirm";
const HEADING: &str = "メールアドレスの確認";

async fn waiting(town: &Town) -> (Newcomer, Browser, Phone) {
    let taro = town.taro(JRP).await;
    let (mut browser, mut phone) = (town.browser(JRP), town.phone());
    up_to(&mut browser, &taro, &mut phone, HEADING).await;
    browser.is_at(PAGE, HEADING);
    (taro, browser, phone)
}

#[tokio::test]
async fn the_manuals_order_with_the_link_opened_on_another_device() {
    let town = Town::open().await;
    let (taro, mut browser, mut phone) = waiting(&town).await;
    let link = town.mailbox().link_for(&taro.email).await;

    // Her phone's mail program, where nobody is on the way in.
    let mut other = town.browser(JRP);
    other.visit(&link).await.is_at(&link, HEADING);
    assert!(other.text().contains("t***@example.jp"), "{}", other.text());
    browser.visit(PAGE).await.is_at(PAGE, HEADING);
    other.press("このメールアドレスを確認する").await;
    assert_eq!(other.status, 200);
    assert!(other.text().contains("確認できました"), "{}", other.text());
    assert!(other.cookies.is_empty(), "it lets nobody in: {:?}", other.cookies);

    // The page that waited goes on.
    browser.visit(PAGE).await;
    assert_ne!(browser.h1(), HEADING);
    browser.is_at("/signin/method", "認証方法の設定");
    while browser.h1() != "サービス" {
        let mut taro = taro.clone();
        taro.password =
            if browser.h1() == "ログイン" { crate::walk::NEW_PASSWORD.into() } else { taro.password };
        answer(&mut browser, &taro, &mut phone).await;
    }
    let member = town.member(JRP, &taro.login).await;
    assert!(member.email_confirmed_at.is_some() && member.email_pending.is_none());
    town.close().await;
}

#[tokio::test]
async fn looking_at_a_link_uses_nothing_up() {
    let town = Town::open().await;
    let (taro, mut browser, _) = waiting(&town).await;
    let link = town.mailbox().link_for(&taro.email).await;
    for _ in 0..5 {
        // Scanners of mail servers open every link there is.
        town.browser(JRP).visit(&link).await.is_at(&link, HEADING);
    }
    let mut human = town.browser(JRP);
    human.visit(&link).await.press("このメールアドレスを確認する").await;
    assert!(human.text().contains("確認できました"));
    // Twice is no harm: the link is over, and says so.
    human.visit(&link).await;
    assert_eq!(human.status, 410);
    assert!(human.page().contains("03-0000-0000"), "whom to call");
    browser.visit(PAGE).await.is_at("/signin/method", "認証方法の設定");
    town.close().await;
}

#[tokio::test]
async fn the_code_in_the_mail_serves_in_the_browser_that_waits() {
    let town = Town::open().await;
    let (taro, mut browser, _) = waiting(&town).await;
    let code = town.mailbox().code_for(&taro.email).await;
    let mut other = town.browser(JRP);
    let mut phone = town.phone();
    up_to(&mut other, &taro, &mut phone, HEADING).await;
    // The second browser got a mail of its own, and the first one's code and link ended with it.
    browser.fill("確認コード", &code).press("実行").await;
    assert_eq!(browser.status, 422);
    let code = town.mailbox().code_for(&taro.email).await;
    other.fill("確認コード", &code).press("実行").await.is_at("/signin/method", "認証方法の設定");
    // What was begun before the address was confirmed is over (D24).
    browser.visit(PAGE).await.is_at("/signin", "ログイン");
    town.close().await;
}

#[tokio::test]
async fn a_link_lives_an_hour_and_a_code_ten_minutes() {
    let town = Town::open().await;
    let (taro, mut browser, _) = waiting(&town).await;
    let (code, link) =
        (town.mailbox().code_for(&taro.email).await, town.mailbox().link_for(&taro.email).await);
    town.clock.advance(minutes(10));
    browser.fill("確認コード", &code).press("実行").await;
    assert!(browser.errors()[0].contains("再送信"), "{:?}", browser.errors());
    town.clock.advance(minutes(49));
    town.browser(JRP).visit(&link).await.is_at(&link, HEADING);
    town.clock.advance(minutes(1));
    let mut late = town.browser(JRP);
    late.visit(&link).await;
    assert_eq!(late.status, 410);
    town.close().await;
}

#[tokio::test]
async fn an_address_may_be_mended_while_the_page_waits_and_the_old_link_is_dead() {
    let town = Town::open().await;
    let (taro, mut browser, _) = waiting(&town).await;
    let old = town.mailbox().link_for(&taro.email).await;
    browser.visit("/signin/email?change=1").await.is_at("/signin/email", "メールアドレスの更新");
    browser.fill("メールアドレス", "taro.new@example.com").press("実行").await.is_at(PAGE, HEADING);
    assert!(browser.text().contains("taro.new@example.com"));
    assert_eq!(town.mailbox().count("taro.new@example.com").await, 1);
    let mut late = town.browser(JRP);
    late.visit(&old).await;
    assert_eq!(late.status, 410);

    let link = town.mailbox().link_for("taro.new@example.com").await;
    town.browser(JRP).visit(&link).await.press("このメールアドレスを確認する").await;
    let member = town.member(JRP, &taro.login).await;
    assert_eq!(member.email.unwrap().as_str(), "taro.new@example.com");
    // Whoever reads the mail of the old address is told, and so is the new one.
    for address in [taro.email.as_str(), "taro.new@example.com"] {
        let letters = town.mailbox().all().await;
        let told = letters.iter().any(|mail| mail.to == address && mail.text.contains("t***@example.com"));
        assert!(told, "{address}");
    }
    town.close().await;
}

#[tokio::test]
async fn after_five_wrong_codes_another_mail_brings_one_that_works() {
    let town = Town::open().await;
    let (taro, mut browser, _) = waiting(&town).await;
    browser.fill("確認コード", "12").press("実行").await;
    assert!(
        browser.errors()[0].contains("メールに書かれた数字"),
        "no app is spoken of: {:?}",
        browser.errors()
    );
    for left in [4, 3, 2, 1] {
        browser.fill("確認コード", "000000").press("実行").await;
        assert!(browser.errors()[0].contains(&format!("あと{left}回入力できます")), "{:?}", browser.errors());
    }
    browser.fill("確認コード", "000000").press("実行").await;
    assert!(browser.errors()[0].contains("再送信"), "{:?}", browser.errors());
    assert!(!browser.has("input[name=code]"), "a code that is dead is not asked for");
    town.clock.advance(minutes(1));
    browser.visit(PAGE).await.press("再送信").await;
    let code = town.mailbox().code_for(&taro.email).await;
    browser.fill("確認コード", &code).press("実行").await.is_at("/signin/method", "認証方法の設定");
    town.close().await;
}

#[tokio::test]
async fn an_address_is_needed_where_mail_is_waited_for() {
    let town = Town::open().await;
    town.import(JRP, "15,103,,19951130,見本 次郎,ミホン ジロウ,r5t8bz3n6h,Qe4w-Jd7m-Xa2c,").await;
    let jiro = Newcomer {
        login: "r5t8bz3n6h".into(),
        password: "Qe4w-Jd7m-Xa2c".into(),
        born: "19951130",
        email: "jiro@example.jp".into(),
    };
    let (mut browser, mut phone) = (town.browser(JRP), town.phone());
    up_to(&mut browser, &jiro, &mut phone, "メールアドレスの更新").await;
    browser.press("実行").await;
    assert_eq!(browser.status, 422, "empty");
    browser.fill("メールアドレス", &jiro.email).press("実行").await.is_at(PAGE, HEADING);
    let code = town.mailbox().code_for(&jiro.email).await;
    browser.fill("確認コード", &code).press("実行").await.is_at("/signin/method", "認証方法の設定");
    town.close().await;
}

#[tokio::test]
async fn a_link_is_nothing_at_another_union_or_for_another_purpose() {
    let town = Town::open().await;
    let (taro, mut browser, _) = waiting(&town).await;
    let link = town.mailbox().link_for(&taro.email).await;
    let mut stranger = town.browser(MGC);
    stranger.visit(&link).await;
    assert_eq!(stranger.status, 410);
    let token = link.rsplit('/').next().unwrap();
    for path in [
        format!("/recovery/password/link/{token}"),
        format!("/recovery/call-off/{token}"),
        format!("{PAGE}/x{token}"),
        format!("{PAGE}/%00"),
    ] {
        let mut stranger = town.browser(JRP);
        stranger.visit(&path).await;
        assert!(matches!(stranger.status.as_u16(), 404 | 410), "{path}: {}", stranger.status);
    }
    browser.visit(PAGE).await.is_at(PAGE, HEADING);
    town.close().await;
}

#[tokio::test]
async fn of_two_members_who_want_one_address_the_first_to_confirm_has_it() {
    let town = Town::open().await;
    let (taro, mut one, _) = waiting(&town).await;
    town.import(JRP, "15,103,,19951130,見本 次郎,ミホン ジロウ,r5t8bz3n6h,Qe4w-Jd7m-Xa2c,jiro@example.jp")
        .await;
    let jiro = Newcomer {
        login: "r5t8bz3n6h".into(),
        password: "Qe4w-Jd7m-Xa2c".into(),
        born: "19951130",
        email: "jiro@example.jp".into(),
    };
    let (mut two, mut phone) = (town.browser(JRP), town.phone());
    up_to(&mut two, &jiro, &mut phone, HEADING).await;
    for browser in [&mut one, &mut two] {
        browser.visit("/signin/email?change=1").await;
        browser.fill("メールアドレス", "family@example.com").press("実行").await.is_at(PAGE, HEADING);
    }
    let letters = town.mailbox().all().await;
    let codes: Vec<_> = letters
        .iter()
        .filter(|mail| mail.to == "family@example.com")
        .filter_map(crate::town::Mail::code)
        .collect();
    assert_eq!(codes.len(), 2, "pending addresses never count as taken");
    two.fill("確認コード", &codes[0]).press("実行").await.is_at("/signin/method", "認証方法の設定");
    one.fill("確認コード", &codes[1]).press("実行").await;
    assert_eq!(one.status, 422);
    assert!(one.errors()[0].contains("ご家族"), "{:?}", one.errors());
    one.visit("/signin/email?change=1").await;
    one.fill("メールアドレス", &taro.email).press("実行").await.is_at(PAGE, HEADING);
    town.close().await;
}

#[tokio::test]
async fn in_the_portal_a_pending_address_is_confirmed_by_code_and_both_addresses_are_told() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "メールアドレスの更新").await;
    browser.fill("メールアドレス", "hanako.new@example.com").press("実行").await;
    let mut hanako = hanako;
    hanako.password = crate::walk::NEW_PASSWORD.into();
    while browser.h1() != "サービス" {
        answer(&mut browser, &hanako, &mut phone).await;
    }
    assert!(
        browser.text().contains("hanako.new@example.com"),
        "the portal page asks for it: {}",
        browser.text()
    );
    assert_eq!(town.mailbox().count("hanako.new@example.com").await, 0, "nothing is mailed unasked");

    browser.visit("/account/email/confirm").await.press("確認コードを送る").await;
    let code = town.mailbox().code_for("hanako.new@example.com").await;
    // Another session of hers is another place.
    let mut other = town.browser(JSW);
    crate::walk::return_with(&mut other, &hanako, &{
        town.clock.advance(minutes(1));
        phone
    })
    .await
    .is_at("/", "サービス");
    other.visit("/account/email/confirm").await;
    assert!(!other.has("input[name=code]"), "no code went out for this session");
    browser.fill("確認コード", "000000").press("実行").await;
    assert_eq!(browser.status, 422);
    browser.fill("確認コード", &code).press("実行").await.is_at("/account/profile", "プロフィール");
    let member = town.member(JSW, &hanako.login).await;
    assert_eq!(member.email.unwrap().as_str(), "hanako.new@example.com");
    for address in ["hanako@example.jp", "hanako.new@example.com"] {
        let told = town.mailbox().all().await;
        let told = told.iter().find(|mail| mail.to == address && mail.text.contains("h***@example.com"));
        assert!(told.is_some(), "{address}");
    }
    browser.visit("/account/email/confirm").await.is_at("/account/profile", "プロフィール");
    town.close().await;
}

#[tokio::test]
async fn a_union_that_asks_for_a_code_mails_no_link() {
    let town =
        Town::edited(JRP, |text| text.replace("verification = \"link\"", "verification = \"code\"")).await;
    let taro = town.taro(JRP).await;
    let mut phone = town.phone();
    first_login(&mut town.browser(JRP), &taro, &mut phone).await;
    let letters = town.mailbox().all().await;
    let asked: Vec<_> = letters.iter().filter(|mail| mail.code().is_some()).collect();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].link().is_none(), "{asked:?}");
    town.close().await;
}
