//! A form that is kept over a time-out: only with its owner's mark, and never as if its owner had just typed it (D29).

use crate::{
    holder::{Held, Holder, JRP},
    town::{Browser, Town, minutes},
};

/// Signs in on the page that is shown, where the user ID stands already.
async fn sign_in_again(holder: &mut Holder, town: &Town, browser: &mut Browser) {
    browser.is_at("/signin", "ログイン");
    let password = holder.password.clone();
    browser.fill("パスワード", &password).press("ログイン").await;
    holder.show(town, browser).await;
}

/// A page, its button, and what is typed there into which field.
type Form = (&'static str, &'static str, Option<(&'static str, &'static str)>);

async fn is_kept(town: &Town, page: &str) -> bool {
    format!("{:?}", town.rows("session").await).contains(page)
}

#[tokio::test]
async fn what_somebody_typed_on_a_run_out_screen_comes_back_with_its_time() {
    const FORMS: [Form; 5] = [
        ("/account/profile", "変更", Some(("ユーザID", "strangers-wish"))),
        ("/account/email", "実行", Some(("メールアドレス", "stranger@example.com"))),
        ("/account/password", "実行", None),
        ("/account/methods/totp", "実行", Some(("デバイス名", "よその電話"))),
        ("/account/devices", "ほかの端末をすべてログアウトさせる", None),
    ];
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    for (page, button, typed) in FORMS {
        let _other = holder.sign_in(&town).await;
        let mut browser = holder.sign_in(&town).await;
        browser.visit(page).await;
        // 14:31 or so, and the owner has gone home.
        town.clock.advance(minutes(31));
        if let Some((label, text)) = typed {
            browser.fill(label, text);
        }
        browser.press(button).await;
        let label = town.app.portal().wording();
        let words = label.words(&town.tenant(JRP), kenpo_portal::domain::tenant::Language::Ja);
        let told = format!("{}に入力された内容です。", words.moment(town.app.portal().now()));
        town.clock.advance(minutes(12));
        sign_in_again(&mut holder, &town, &mut browser).await;
        assert_eq!(browser.path(), page);
        assert!(browser.text().contains(&told), "{page}: {told}: {}", browser.text());
        if let Some((label, text)) = typed {
            assert_eq!(browser.value_of(label), text, "{page}");
        }
        // The page by itself says nothing of it.
        assert!(!browser.visit(page).await.text().contains("に入力された内容です"), "{page}");
    }
    town.close().await;
}

#[tokio::test]
async fn what_was_typed_before_showing_again_who_one_is_says_its_time() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.signed_in_a_while_ago(&town).await;
    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026").press("変更").await;
    holder.show_again(&town, &mut browser).await;
    assert!(browser.text().contains("に入力された内容です"), "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn nothing_is_kept_that_came_without_its_owners_mark() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let me = town.member(JRP, &holder.who.login).await.id;
    let marks = ["", "&whose=", "&whose=0192f000-0000-7000-8000-000000000000"];
    for late in [minutes(6), minutes(31)] {
        for (page, form) in [
            ("profile", "user_id=strangers-wish&shown_user_id=x&method=&shown_method="),
            ("email", "email=stranger%40example.com"),
            ("password", "shown_to=x&password=Tsu8!ki-no-Yoru"),
            ("methods/totp", "device_name=x"),
            ("devices", "others=1"),
        ] {
            let mut browser = holder.sign_in(&town).await;
            town.clock.advance(late);
            for mark in marks {
                browser.post(&format!("/account/{page}"), &format!("{form}{mark}")).await;
                assert!(!is_kept(&town, page).await, "{page} {mark} {late}");
            }
        }
    }
    let mut browser = holder.sign_in(&town).await;
    town.clock.advance(minutes(31));
    browser.post("/account/email", &format!("email=taro.new%40example.com&whose={me}")).await;
    assert!(is_kept(&town, "email").await, "with the mark it is kept");
    town.close().await;
}

#[tokio::test]
async fn a_form_that_says_not_when_it_was_kept_is_nobodys() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026");
    town.clock.advance(minutes(31));
    browser.press("変更").await;
    town.forget_when_forms_were_kept(JRP).await;
    sign_in_again(&mut holder, &town, &mut browser).await;
    browser.is_at("/account/profile", "プロフィール");
    assert_eq!(browser.value_of("ユーザID"), holder.who.login);
    assert!(!browser.text().contains("に入力された内容です"), "{}", browser.text());
    town.close().await;
}
