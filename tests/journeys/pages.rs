//! Pages as they are read: the visible words of the way in at one union, so that a change of wording is seen in Japanese.

use crate::{
    town::{Browser, JSW, Town},
    walk::{answer, first_login, up_to},
};

/// Compares what is read with what was read before; one file for both databases.
fn as_before(name: &str, browser: &Browser) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, browser.reading()));
}

#[tokio::test]
async fn what_a_member_of_jswkenpo_reads_on_the_way_in() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    as_before("page_top", browser.visit("/").await);
    as_before("page_signin", browser.visit("/signin").await);
    for (name, heading) in [
        ("page_birth_date", "生年月日の入力"),
        ("page_terms", "利用規約"),
        ("page_method", "ユーザIDの変更・認証方法の設定"),
        ("page_password", "パスワードの更新"),
        ("page_email", "メールアドレスの更新"),
        ("page_limited", "初回ログインが完了しました"),
    ] {
        if browser.h1() == "ログイン" {
            up_to(&mut browser, &hanako, &mut phone, heading).await;
        }
        assert_eq!(browser.h1(), heading);
        as_before(name, &browser);
        answer(&mut browser, &hanako, &mut phone).await;
    }
    as_before("page_signin_to_set_up", &browser);
    let mut hanako = hanako;
    hanako.password = crate::walk::NEW_PASSWORD.into();
    up_to(&mut browser, &hanako, &mut phone, "ワンタイムパスワードの設定").await;
    as_before("page_set_up", &browser);
    first_login(&mut browser, &hanako, &mut phone).await;
    as_before("page_home", &browser);
    as_before("page_log_out", browser.visit("/logout").await);
    as_before("page_not_found", browser.visit("/nowhere").await);
    town.close().await;
}
