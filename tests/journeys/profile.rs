//! 「プロフィール変更」: user ID and 「認証方法」 (S-01–S-05, D7, D10; I12, I13 of the threats).

use crate::{
    holder::{Held, Holder, JRP},
    rivals::together,
    town::{JSW, Town, hours, minutes},
    walk::{ByMail, NEW_PASSWORD, first_login, return_with, sign_in, up_to},
};

const PAGE: &str = "/account/profile";

#[tokio::test]
async fn she_takes_a_new_user_id_and_the_old_one_rests_for_a_year() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let old = holder.who.login.clone();
    let before = town.member(JRP, &old).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit(PAGE).await.is_at(PAGE, "プロフィール");
    assert_eq!(browser.value_of("ユーザID"), old);
    for word in [
        "全般",
        "言語",
        "ユーザー名",
        "見本 太郎",
        "メールアドレス",
        "taro@example.jp",
        "Eメール変更",
        "認証方法",
    ] {
        assert!(browser.text().contains(word), "{word}: {}", browser.text());
    }
    assert!(!browser.has("input[name=name]"), "the name is the union's to mend (S-04)");
    browser.fill("ユーザID", "ＨＡＮＡＫＯ.2026").press("変更").await.is_at(PAGE, "プロフィール");
    assert!(browser.text().contains("次からは「hanako.2026」でログインします"), "{}", browser.text());
    assert_eq!(browser.value_of("ユーザID"), "hanako.2026");
    let letter = town.mailbox().all().await.remove(0);
    assert!(
        letter.to == "taro@example.jp" && letter.subject.contains("ユーザIDが変更されました"),
        "{letter:?}"
    );
    assert!(!letter.text.contains("hanako.2026"), "{letter:?}");
    // The same person to every table.
    assert_eq!(town.member(JRP, "hanako.2026").await.id, before.id);

    let mut again = town.browser(JRP);
    sign_in(&mut again, &old, NEW_PASSWORD).await.is_at("/signin", "ログイン");
    assert!(again.errors()[0].starts_with("無効なユーザIDまたはパスワードです。"), "{:?}", again.errors());
    holder.who.login = "hanako.2026".into();
    holder.sign_in(&town).await;

    // Somebody else wants the old one: not within the year.
    town.import(JRP, "16,7,,1980-12-01,健保 花子,ケンポ ハナコ,jiro-2026,Vp6r-Hn3t-Ky8s,jiro@example.jp")
        .await;
    let jiro = crate::town::Newcomer {
        login: "jiro-2026".into(),
        password: "Vp6r-Hn3t-Ky8s".into(),
        born: "19801201",
        email: "jiro@example.jp".into(),
    };
    let mut phone = town.phone();
    let mut his = town.browser(JRP);
    first_login(&mut his, &jiro, &mut phone).await;
    his.visit(PAGE).await.fill("ユーザID", &old).press("変更").await;
    assert_eq!(his.status, 422);
    assert_eq!(his.errors(), ["このユーザIDは、ほかの方が使っています。別のユーザIDにしてください。"]);
    assert_eq!(his.value_of("ユーザID"), old, "what he typed is still there");
    town.clock.advance(hours(24 * 366));
    return_with(&mut his, &jiro, &phone).await;
    his.visit(PAGE).await.fill("ユーザID", &old).press("変更").await.is_at(PAGE, "プロフィール");
    assert_eq!(town.member(JRP, &old).await.name, "健保 花子");
    town.close().await;
}

#[tokio::test]
async fn a_user_id_that_breaks_the_rules_is_told_at_its_field_and_nothing_is_lost() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    let before = town.rows("member").await;
    for (typed, told) in [
        ("short", "短すぎます"),
        ("much-too-long-an-id", "長すぎます"),
        ("hana+ko-2026", "「+」は"),
        ("はなこはなこはなこ", "使えません"),
        ("", "入力してください。"),
    ] {
        browser.visit(PAGE).await.fill("ユーザID", typed).choose("言語", "en").press("変更").await;
        assert_eq!(browser.status, 422, "{typed}");
        assert!(browser.errors()[0].contains(told), "{typed}: {:?}", browser.errors());
        assert!(browser.has("select#language option[value=en][selected]"), "the other choice is kept");
    }
    assert_eq!(town.rows("member").await, before, "half of it was written");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_members_who_want_one_user_id_one_gets_it() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let hanako = town.hanako(JRP).await;
    // A random first password stands on her notice; the desk sets her back to one of ours.
    let hanako = town.revert(JRP, &hanako).await;
    let mut phone = town.phone();
    let mut hers = town.browser(JRP);
    first_login(&mut hers, &hanako, &mut phone).await;
    let his = holder.sign_in(&town).await;
    let form = |login: &str| {
        format!("user_id=wanted-2026&shown_user_id={login}&method=app-otp&shown_method=app-otp")
    };
    let presses = [(&hers, PAGE, form(&hanako.login)), (&his, PAGE, form(&holder.who.login))];
    let mut answers = together(&town, &presses).await;
    answers.sort();
    assert_eq!((answers[0].0, answers[1].0), (303, 422), "{answers:?}");
    assert_eq!(town.count(JRP, "login-changed").await, 1);
    town.close().await;
}

#[tokio::test]
async fn two_tabs_that_change_two_things_do_not_undo_each_other() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let mut one = holder.fresh(&town).await;
    one.visit(PAGE).await;
    let (_, old_page) = one.form_of("変更");
    one.fill("ユーザID", "hanako.2026").press("変更").await;
    let login = holder.who.login.clone();
    // The other tab still shows the old user ID, and changes the method.
    one.post(PAGE, &old_page.replace("&method=app-otp", "&method=passkey")).await.is_at(PAGE, "プロフィール");
    assert_eq!(one.status, 200, "{:?}", one.errors());
    let member = town.member(JRP, "hanako.2026").await;
    assert_eq!(member.method.unwrap().as_str(), "passkey");
    // Changing what was changed meanwhile is a conflict, told with what is so now.
    let stale = old_page.replace(&format!("&user_id={login}"), "&user_id=third-2026");
    assert_ne!(stale, old_page);
    one.post(PAGE, &stale).await;
    assert_eq!(one.status, 409);
    assert!(one.errors()[0].contains("ほかの画面や端末で変更されました"), "{:?}", one.errors());
    assert_eq!(town.member(JRP, "hanako.2026").await.id, member.id);
    // A double click finds it done.
    let twice = old_page.replace(&format!("&user_id={login}"), "&user_id=hanako.2026");
    one.post(PAGE, &twice).await;
    assert_eq!(one.status, 200);
    assert_eq!(town.count(JRP, "login-changed").await, 1);
    town.close().await;
}

#[tokio::test]
async fn another_method_is_set_up_at_the_next_sign_in_after_the_old_one() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit(PAGE).await.choose("認証方法", "passkey").press("変更").await.is_at(PAGE, "プロフィール");
    assert!(
        browser.text().contains("今までの方法で確認してから、新しい方法を設定します"),
        "{}",
        browser.text()
    );
    let to_set_up = "今選んでいる方法は、まだ設定していません";
    assert!(browser.visit(PAGE).await.text().contains(to_set_up), "{}", browser.text());
    assert!(town.mailbox().all().await[0].subject.contains("認証方法が変更されました"));
    browser.visit("/logout").await.press("ログアウトする").await;
    sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await;
    // Nobody sets anything up with the password alone (D10).
    browser.visit("/signin/setup/passkey").await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    holder.show(&town, &mut browser).await;
    browser.is_at("/signin/setup/passkey", "セキュリティの設定");
    assert!(!browser.cookies.contains_key("__Host-session"));
    // Whoever has no device for it at hand chooses anew, and is in.
    browser.visit("/signin/method?change=1").await.is_at("/signin/method", "認証方法の設定");
    browser.choose("認証方法", "app-otp").press("実行").await.is_at("/", "サービス");
    browser.visit(PAGE).await.choose("認証方法", "passkey").press("変更").await;
    browser.visit("/logout").await.press("ログアウトする").await;
    sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await;
    holder.show(&town, &mut browser).await;
    browser.press_with("次へ", &mut holder.device).await.press("OK").await.is_at("/", "サービス");
    // From now on the new one is asked for first, and the old one still works.
    town.clock.advance(minutes(1));
    let mut again = town.browser(JRP);
    sign_in(&mut again, &holder.who.login, NEW_PASSWORD).await.is_at("/signin/passkey", "生体認証の設定");
    assert_eq!(again.text_of("main a[href='/signin/totp']"), "ほかの方法で確認する");
    town.close().await;
}

#[tokio::test]
async fn where_the_union_goes_on_at_once_the_new_method_is_set_up_on_the_next_page() {
    let relogin = "\n[first_login]";
    let at_once = |text: String| {
        if text.contains("[first_login]") {
            text.replace(relogin, "\n[first_login]\nmfa_setup = \"continue\"\n")
        } else {
            text + "\n[first_login]\nmfa_setup = \"continue\"\n"
        }
    };
    let town = Town::edited(JRP, at_once).await;
    for (method, path) in [
        ("app-otp", "/account/methods/totp"),
        ("passkey", "/account/methods/passkey"),
        ("email-otp", "/account/methods/mail-code"),
    ] {
        let town = Town::edited(JRP, at_once).await;
        let held = if method == "passkey" { Held::App } else { Held::Passkey };
        let mut holder = Holder::of(&town, held).await;
        let mut browser = holder.sign_in(&town).await;
        browser.visit(PAGE).await.choose("認証方法", method).press("変更").await;
        assert_eq!(browser.path(), path, "{}", browser.text());
        town.close().await;
    }
    town.close().await;
}

#[tokio::test]
async fn mailed_codes_instead_of_a_passkey_want_the_passkey_first_and_are_told_by_mail() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::Passkey).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit(PAGE).await.choose("認証方法", "email-otp").press("変更").await;
    browser.visit("/logout").await.press("ログアウトする").await;
    sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await.is_at("/signin/passkey", "生体認証の設定");
    browser.visit("/signin/mail-code").await.is_at("/signin/passkey", "生体認証の設定");
    holder.show(&town, &mut browser).await;
    browser.is_at("/signin/mail-code", "ワンタイムパスワード (OTP) メール認証");
    ByMail(holder.who.email.clone()).show(&mut browser).await;
    browser.is_at("/", "サービス");
    let letters = town.mailbox().all().await;
    for subject in ["メールで届く数字が、認証方法に加わりました", "認証方法が変更されました"]
    {
        assert!(letters.iter().any(|letter| letter.subject.contains(subject)), "{subject}");
    }
    town.close().await;
}

#[tokio::test]
async fn a_method_the_union_does_not_offer_cannot_be_chosen() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    let mut browser = town.browser(JSW);
    first_login(&mut browser, &hanako, &mut phone).await;
    let form = "user_id=testuser&shown_user_id=testuser&method=email-otp&shown_method=app-otp";
    browser.post(PAGE, form).await;
    assert_eq!((browser.status.as_u16(), browser.errors().len()), (422, 1), "{:?}", browser.errors());
    // Words that are no method at all leave it as it is.
    browser.post(PAGE, &form.replace("email-otp", "telepathy")).await.is_at(PAGE, "プロフィール");
    assert_eq!(town.member(JSW, "testuser").await.method.unwrap().as_str(), "app-otp");
    town.close().await;
}

#[tokio::test]
async fn where_user_ids_are_the_unions_the_profile_shows_and_does_not_ask() {
    let town = Town::edited(JRP, |text| text + "\n[user_id]\nchange = \"fixed\"\n").await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit(PAGE).await.is_at(PAGE, "プロフィール");
    assert!(!browser.has("input#user_id") && browser.text().contains(&holder.who.login));
    let form = format!("user_id=another-2026&shown_user_id={}&method=&shown_method=", holder.who.login);
    browser.post(PAGE, &form).await;
    assert_eq!(browser.status, 422);
    assert!(browser.errors()[0].contains("変更できません"), "{:?}", browser.errors());
    town.close().await;
}

#[tokio::test]
async fn a_user_id_that_is_the_password_is_refused_wherever_it_is_chosen() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.fresh(&town).await;
    let password = "Umi-no-Oto9";
    holder.take_password(&mut browser, password).await;
    let before = town.member(JRP, &holder.who.login).await.login;
    for typed in [password, "Ｕｍｉ-no-Oto9"] {
        browser.visit(PAGE).await.fill("ユーザID", typed).press("変更").await;
        assert_eq!(
            browser.errors(),
            [
                "パスワードと同じユーザIDは使えません。欄は、今のユーザIDに戻しました。変えるときは、別のものを入力してください。"
            ]
        );
        assert_eq!(browser.value_of("ユーザID"), before.as_str(), "no page writes a password down");
    }
    assert_eq!(town.member(JRP, before.as_str()).await.login, before);
    // Whoever only found the screen unlocked learns nothing by trying.
    town.clock.advance(minutes(6));
    browser.visit(PAGE).await.fill("ユーザID", password).press("変更").await;
    browser.is_at("/reauth", "続行するには再度認証してください");
    assert_eq!(browser.errors(), Vec::<String>::new());
    town.close().await;
}

#[tokio::test]
async fn in_first_login_the_user_id_is_not_the_first_password_either() {
    let town = Town::open().await;
    let row = "15,102,,S54.8.22,見本 太郎,ミホン タロウ,k7m2xq9w4d,vp6r-hn3t,taro@example.jp";
    town.import(JSW, row).await;
    let who = crate::town::Newcomer {
        login: "k7m2xq9w4d".into(),
        password: "vp6r-hn3t".into(),
        born: "19790822",
        email: "taro@example.jp".into(),
    };
    let mut browser = town.browser(JSW);
    up_to(&mut browser, &who, &mut town.phone(), "ユーザIDの変更・認証方法の設定").await;
    browser.fill("ユーザID", "VP6R-hn3t").choose("認証方法", "app-otp").press("実行").await;
    assert_eq!(
        browser.errors(),
        [
            "パスワードと同じユーザIDは使えません。欄は、今のユーザIDに戻しました。変えるときは、別のものを入力してください。"
        ]
    );
    assert_eq!(browser.value_of("ユーザID"), who.login, "no page writes a password down");
    town.close().await;
}

#[tokio::test]
async fn what_was_changed_together_is_told_together() {
    let at_once =
        |text: String| text.replace("\n[first_login]", "\n[first_login]\nmfa_setup = \"continue\"\n");
    for (town, page) in
        [(Town::open().await, PAGE), (Town::edited(JRP, at_once).await, "/account/methods/passkey")]
    {
        let mut holder = Holder::of(&town, Held::App).await;
        let mut browser = holder.fresh(&town).await;
        browser.visit(PAGE).await;
        browser.fill("ユーザID", "hanako.2026").choose("認証方法", "passkey").press("変更").await;
        assert_eq!(browser.path(), page);
        for told in ["次からは「hanako.2026」でログインします", "認証方法を変更しました"]
        {
            assert!(browser.text().contains(told), "{told}: {}", browser.text());
        }
        town.close().await;
    }
}
