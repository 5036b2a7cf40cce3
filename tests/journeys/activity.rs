//! 「最近の記録」: the trail in a member's own words.

use kenpo_portal::{
    cli::member::{self, DeskOptions},
    domain::tenant::Language,
};

use crate::{
    holder::{Held, Holder, JRP},
    town::{Town, hours, minutes},
    walk::sign_in,
};

#[tokio::test]
async fn she_reads_what_happened_newest_first_and_nothing_of_anybody_else() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    for _ in 0..3 {
        sign_in(&mut town.browser(JRP), &holder.who.login, "Wrong-Password-1").await;
    }
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026").press("変更").await;
    browser.visit("/account/activity").await.is_at("/account/activity", "最近の記録");
    let text = browser.text();
    let places: Vec<_> = [
        "パスワードでのログインができませんでした(3回)",
        "ユーザIDを変更しました",
        "ログインしました",
        "認証方法を登録しました(認証アプリ)",
        "パスワードを新しくしました",
        "利用規約に同意しました",
    ]
    .iter()
    .map(|line| text.find(line).unwrap_or_else(|| panic!("{line}: {text}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}: {text}");
    assert!(!text.contains("ほかの端末をすべて"), "no tick at first login logged anybody out: {text}");
    for inner in ["password-differed", "session-", "0192", "hanako-2026"] {
        assert!(!text.contains(inner), "{inner}: {text}");
    }

    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let (mut hers, mut phone) = (town.browser(JRP), town.phone());
    crate::walk::first_login(&mut hers, &hanako, &mut phone).await;
    hers.visit("/account/activity").await;
    assert!(!hers.text().contains("ユーザIDを変更しました"), "{}", hers.text());
    town.close().await;
}

#[tokio::test]
async fn nobody_washes_a_sign_in_off_the_page_with_wrong_passwords() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    holder.sign_in(&town).await;
    for _ in 0..250 {
        town.browser(JRP)
            .post("/signin", &format!("username={}&password=Wrong-Password-1", holder.who.login))
            .await;
    }
    town.unlock(JRP, &holder.who.login).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/activity").await;
    let text = browser.text();
    assert_eq!(text.matches("ログインしました").count(), 3, "first login, and two since: {text}");
    assert!(text.contains("パスワードでのログインができませんでした(250回)"), "{text}");
    town.close().await;
}

/// What the desk reads of her, in that language.
async fn card(town: &Town, login: &str, language: Language) -> String {
    let tenant = town.tenant(JRP);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let options = DeskOptions { member: login, language, json: false };
    assert_eq!(member::show(&town.desk(&tenant), options, &mut out, &mut err).await.unwrap(), 0);
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn asks_of_strangers_are_summed_by_day_and_push_nothing_off() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    holder.sign_in(&town).await;
    let login = holder.who.login.clone();
    // Three days, five mails each; the rest is not mailed, and told to nobody.
    for _ in 0..3 {
        for n in 0..69 {
            if n % 5 == 0 {
                town.clock.advance(minutes(30));
            }
            town.browser(JRP).post("/recovery/password", &format!("user_id={login}")).await;
        }
        town.clock.advance(hours(24));
    }
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/activity").await;
    let text = browser.text();
    assert_eq!(text.matches("ログインしました").count(), 3, "first login, and two since: {text}");
    assert!(text.contains("認証方法を登録しました(認証アプリ)"), "{text}");
    let sums = text.matches("パスワードの再設定のご案内を、メールでお送りしました(").count();
    assert!((3..=6).contains(&sums), "one line a day: {text}");
    assert!(text.contains("この日の合計です"), "{text}");
    for (language, opened, sum) in [
        (Language::Ja, "ログインしました", "メールでお送りしました("),
        (Language::En, "Logged in", "An e-mail about a forgotten password was sent"),
    ] {
        let card = card(&town, &login, language).await;
        assert_eq!(card.matches(opened).count(), 3, "{card}");
        assert_eq!(card.matches(sum).count(), sums, "{card}");
        assert!(card.contains("[recovery-mailed]") && card.contains("[session-opened]"), "{card}");
    }
    town.close().await;
}

#[tokio::test]
async fn a_wrong_code_behind_a_right_password_stands_by_itself() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let login = holder.who.login.clone();
    // Somebody knows her password, and has no phone of hers.
    let mut thief = town.browser(JRP);
    sign_in(&mut thief, &login, &holder.password).await;
    let wrong = holder.phone.wrong_code();
    thief.fill("ワンタイムパスワード", &wrong).press("トップページへ").await;
    let form = format!("username={login}&password=Wrong-Password-1");
    for _ in 0..210 {
        town.browser(JRP).post("/signin", &form).await;
    }
    town.unlock(JRP, &login).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/activity").await;
    let text = browser.text();
    assert!(text.contains("確認コードがちがいました(1回)"), "{text}");
    assert_eq!(text.matches("パスワードでのログインができませんでした(210回)").count(), 1, "{text}");
    let card = card(&town, &login, Language::En).await;
    assert!(card.contains("A wrong code was entered once  [code-refused]"), "{card}");
    assert!(card.contains("Logging in with a password failed 210 times"), "{card}");
    town.close().await;
}

#[tokio::test]
async fn however_long_strangers_go_on_what_they_cannot_do_stays_on_the_page() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let login = holder.who.login.clone();
    let mut thief = town.browser(JRP);
    sign_in(&mut thief, &login, &holder.password).await;
    let wrong = holder.phone.wrong_code();
    thief.fill("ワンタイムパスワード", &wrong).press("トップページへ").await;
    let form = format!("username={login}&password=Wrong-Password-1");
    for _ in 0..60 {
        town.clock.advance(hours(24));
        town.browser(JRP).post("/signin", &form).await;
        town.browser(JRP).post("/recovery/password", &format!("user_id={login}")).await;
    }
    town.unlock(JRP, &login).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/activity").await;
    let text = browser.text();
    assert!(text.contains("確認コードがちがいました(1回)"), "{text}");
    assert!(text.contains("利用規約に同意しました"), "{text}");
    assert_eq!(text.matches("パスワードでのログインができませんでした(1回)").count(), 10, "{text}");
    town.close().await;
}

#[tokio::test]
async fn what_was_counted_by_day_is_kept_for_a_year_and_no_longer() {
    let town = Town::open().await;
    let holder = Holder::of(&town, Held::App).await;
    let refused = async |times: usize| {
        for _ in 0..times {
            sign_in(&mut town.browser(JRP), &holder.who.login, "Wrong-Password-1").await;
        }
    };
    let told = "パスワードでのログインができませんでした";
    refused(2).await;
    town.clock.advance(hours(24 * 370));
    town.purge().await;
    assert!(card(&town, &holder.who.login, Language::Ja).await.contains(told));
    town.clock.advance(hours(24 * 40));
    town.purge().await;
    assert!(!card(&town, &holder.who.login, Language::Ja).await.contains(told));
}
