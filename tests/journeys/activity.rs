//! 「最近の記録」: the trail in a member's own words.

use crate::{
    holder::{Held, Holder, JRP},
    town::Town,
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
        "ユーザIDを変更しました",
        "ログインしました",
        "パスワードでのログインができませんでした(3回)",
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
    assert!(text.contains("パスワードでのログインができませんでした(200回)"), "{text}");
    town.close().await;
}
