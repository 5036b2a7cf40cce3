//! The pages that send a mail and wait for it.

use jiff::Timestamp;
use kenpo_portal::{
    domain::{letter::Letter, tenant::Language},
    mail::letter::compose,
    web::sample::{self, mail::pages},
    wording::Wording,
};
use scraper::{Html, Selector};

use crate::sample_tenant::midori;

fn drawn(name: &str) -> Html {
    let (tenant, wording) = (midori(), Wording::new());
    let mut found = None;
    let mut keep = |page: &str, html: Result<String, askama::Error>| {
        if page == name {
            found = Some(Html::parse_document(&html.unwrap()));
        }
    };
    pages(&tenant, &wording, Language::Ja, &mut keep);
    found.unwrap()
}

#[test]
fn the_manuals_words_stand_where_they_are_read() {
    for (name, quoted) in [
        ("forgot-password", "ユーザIDを入力してください。新しいパスワードの設定方法をご案内いたします。"),
        ("recovery-sent", "詳細な手順を記載したメールをすぐに受信してください"),
        ("recovery-link", "パスワードをリセット"),
        ("forgot-user-id", "生年月日、メールアドレスを入力してください。ユーザIDをご案内いたします。"),
        ("forgot-user-id", "(入力例:19790822)"),
        ("forgot-user-id", "ご登録いただいたメールアドレス"),
        ("user-id-sent", "以下のメールアドレスにメールを送信しました。"),
        ("user-id-sent", "あなたのメールアドレス : hanako@example.jp"),
        ("user-id-sent", "メールに記載されているユーザIDでログインしてください。"),
        ("mail-code", "ワンタイムパスワード (OTP) メール認証"),
        ("mail-code", "受信したワンタイムパスワードを入力してください。"),
        ("mail-code", "※メールが届かない場合は再送信を選択してください"),
    ] {
        let text: String = drawn(name).root_element().text().collect();
        assert!(text.contains(quoted), "{name}: {quoted}");
    }
}

#[test]
fn a_code_may_be_typed_with_blanks_and_pasted_from_the_mail() {
    let field = Selector::parse("input[name=code]").unwrap();
    for name in ["mail-code", "confirm-email-link", "pending-email-sent", "recovery-code"] {
        let page = drawn(name);
        let field = page.select(&field).next().unwrap();
        assert_eq!(field.attr("autocomplete"), Some("one-time-code"), "{name}");
        assert_eq!((field.attr("maxlength"), field.attr("placeholder")), (None, None), "{name}");
    }
    let page = drawn("recovery-desk-code");
    let field = page.select(&field).next().unwrap();
    assert_eq!((field.attr("inputmode"), field.attr("autocapitalize")), (None, Some("characters")));
}

#[test]
fn whoever_has_only_the_code_is_not_offered_the_way_of_a_lost_device() {
    let lost = Selector::parse("button[name=lost]").unwrap();
    let values = |name| {
        let page = drawn(name);
        let found: Vec<_> = page.select(&lost).filter_map(|b| b.attr("value").map(str::to_owned)).collect();
        found
    };
    assert_eq!(values("recovery-way"), ["0", "1"]);
    assert_eq!(values("recovery-way-code-only"), ["0"]);
}

#[test]
fn pages_that_wait_for_a_mail_name_the_domain_to_let_through() {
    for name in
        ["mail-code", "confirm-email-link", "confirm-email-code", "pending-email-sent", "recovery-sent"]
    {
        let text: String = drawn(name).root_element().text().collect();
        assert!(text.contains("「midori.example.jp」からのメール"), "{name}");
    }
}

#[test]
fn what_counts_down_or_waits_has_the_script_for_it() {
    let (tenant, wording) = (midori(), Wording::new());
    let mut look = |name: &str, html: Result<String, askama::Error>| {
        let page = Html::parse_document(&html.unwrap());
        let any = |css: &str| page.select(&Selector::parse(css).unwrap()).next().is_some();
        let wants = any("[data-countdown], [data-waits]");
        assert!(!wants || any("script[src^='/assets/mail.']"), "{name}: the script");
        assert!(
            !any("[data-waits]") || any("a[href='/signin/email/confirm'], button[name=resend]"),
            "{name}"
        );
    };
    pages(&tenant, &wording, Language::Ja, &mut look);
}

#[test]
fn a_sign_in_by_mail_has_one_word_for_its_digits() {
    let (tenant, wording, main) = (midori(), Wording::new(), Selector::parse("main").unwrap());
    let mut seen = 0;
    for (name, html) in sample::pages(&tenant, &wording, Language::Ja).unwrap() {
        if !["mail-code", "choose-mail-code"].iter().any(|start| name.starts_with(start)) {
            continue;
        }
        let page = Html::parse_document(&html);
        let text: String = page.select(&main).flat_map(|main| main.text()).collect();
        assert!(text.contains("ワンタイムパスワード") && !text.contains("確認コード"), "{name}: {text}");
        seen += 1;
    }
    assert!(seen > 3, "this test has lost sight of them: {seen}");
    let letter = Letter::MailCode { code: "995867".into(), minutes: 10 };
    let letter = compose(&letter, &tenant, &wording.words(&tenant, Language::Ja), Timestamp::UNIX_EPOCH);
    assert!(letter.subject.contains("ワンタイムパスワード") && letter.text.contains("ワンタイムパスワード"));
    assert!(!letter.text.contains("確認コード"), "{}", letter.text);
}
