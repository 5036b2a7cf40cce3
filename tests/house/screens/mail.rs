//! The pages that send a mail and wait for it: mailed codes, addresses to confirm, forgotten passwords and user IDs.

use askama::Template;
use kenpo_portal::{
    domain::{
        refusal::{BirthDateFlaw, Refusal},
        route::Route,
        tenant::{Language, LostFactor, Tenant, Verification},
    },
    web::page::{
        Frame, MenuEntry, SignedInName, StepProgress,
        code::{CodeOut, MailedCodePage, OtherWays},
        first_login, recovery,
    },
    wording::Wording,
};
use scraper::{Html, Selector};

use crate::sample_tenant::midori;

/// How a page is put down.
type Drawn = Result<String, askama::Error>;

/// Each of them, as it is and with errors.
pub fn pages(tenant: &Tenant, wording: &Wording, language: Language, draw: &mut impl FnMut(&str, Drawn)) {
    recovery_pages(tenant, wording, language, draw);
    user_id_pages(tenant, wording, language, draw);
    code_pages(tenant, wording, language, draw);
    confirm_pages(tenant, wording, language, draw);
}

fn recovery_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, Drawn),
) {
    let frame =
        |path: &str| Frame::new(tenant, wording.words(tenant, language), path, crate::screens::number());
    let wrong = |path: &str, field| frame(path).with_refusal(field, &Refusal::Empty);
    let forgot = |frame, login: &str| recovery::ForgotPasswordPage { frame, login: login.into() }.render();
    draw("forgot-password", forgot(frame("/recovery/password"), "hanako.1980"));
    draw("forgot-password-wrong", forgot(wrong("/recovery/password", "user_id"), ""));
    draw("recovery-sent", recovery::RecoverySentPage { frame: frame("/recovery/password/sent") }.render());
    let (link, action) = (frame("/recovery/password/link"), "/recovery/password/link/x".into());
    draw("recovery-link", recovery::RecoveryLinkPage { frame: link, action }.render());
    let code = "/recovery/password/code";
    draw("recovery-code", MailedCodePage::of_recovery(frame(code)).render());
    draw("recovery-code-wrong", MailedCodePage::of_recovery(wrong(code, "code")).render());
    let way = |tenant: &Tenant, code_only| {
        let frame = Frame::new(
            tenant,
            wording.words(tenant, language),
            "/recovery/password/way",
            crate::screens::number(),
        );
        recovery::RecoveryWayPage { frame, code_only }.render()
    };
    draw("recovery-way", way(tenant, false));
    draw("recovery-way-code-only", way(tenant, true));
    let mut slow = tenant.clone();
    slow.policy.recovery.lost_factor = LostFactor::MailAndBirthDate;
    slow.policy.recovery.lost_factor_wait_hours = 24;
    draw("recovery-way-wait", way(&slow, false));
    slow.policy.recovery.lost_factor = LostFactor::DeskCode;
    draw("recovery-way-desk", way(&slow, false));
    let (opens, closes) = ("2026年11月22日 12:05".into(), "2026年11月25日 12:05".into());
    let wait = frame("/recovery/password/wait");
    draw("recovery-wait", recovery::RecoveryWaitPage { frame: wait, opens, closes }.render());
    let desk = "/recovery/password/desk-code";
    draw("recovery-desk-code", recovery::RecoveryDeskCodePage { frame: frame(desk) }.render());
    draw("recovery-desk-code-wrong", recovery::RecoveryDeskCodePage { frame: wrong(desk, "code") }.render());
    let call_off = |done| {
        let frame = frame("/recovery/call-off/x");
        recovery::CallOffPage { frame, action: "/recovery/call-off/x".into(), done }.render()
    };
    draw("call-off", call_off(false));
    draw("called-off", call_off(true));
}

fn user_id_pages(tenant: &Tenant, wording: &Wording, language: Language, draw: &mut impl FnMut(&str, Drawn)) {
    let frame =
        || Frame::new(tenant, wording.words(tenant, language), "/recovery/user-id", crate::screens::number());
    let forgot = |frame, birthdate: &str, email: &str| {
        recovery::ForgotUserIdPage { frame, birthdate: birthdate.into(), email: email.into() }.render()
    };
    draw("forgot-user-id", forgot(frame(), "", ""));
    let wrong = frame().with_refusal("birthdate", &Refusal::BirthDate(BirthDateFlaw::SixDigits));
    let wrong = wrong.with_refusal("email", &Refusal::MalformedEmail);
    draw("forgot-user-id-wrong", forgot(wrong, "790822", "hanako@"));
    let email = "hanako@example.jp".into();
    draw("user-id-sent", recovery::UserIdSentPage { frame: frame(), email }.render());
}

fn code_pages(tenant: &Tenant, wording: &Wording, language: Language, draw: &mut impl FnMut(&str, Drawn)) {
    let words = || wording.words(tenant, language);
    let frame = || Frame::new(tenant, words(), "/signin/mail-code", crate::screens::number());
    let page = |frame, address, wait_seconds, way, methods, set_up| {
        let out = CodeOut { sent: true, wait_seconds, minutes: 10 };
        MailedCodePage::of_sign_in(frame, address, out, OtherWays { way, set_up, methods }).render()
    };
    draw("mail-code-none", page(frame(), None, 0, None, false, false));
    let mail_code = |frame, wait_seconds, way, methods, set_up| {
        page(frame, Some("h***@example.jp".to_owned()), wait_seconds, way, methods, set_up)
    };
    draw("mail-code", mail_code(frame(), 42, Some(Route::ProveApp), false, false));
    let mut first = frame();
    first.progress = Some(StepProgress::in_first_login(&first, 5));
    draw("mail-code-first", mail_code(first, 0, None, true, true));
    let wrong = frame().with_refusal("code", &Refusal::Empty);
    draw("mail-code-wrong", mail_code(wrong, 0, None, false, false));

    let at_home = || {
        let mut frame = Frame::new(tenant, words(), "/account/email/confirm", crate::screens::number());
        frame.signed_in =
            Some(SignedInName { name: "健保 花子".into(), logout_href: Some(Route::LogOut) });
        frame.menu = vec![MenuEntry { label_key: "account-menu-portal", href: Route::Top, is_wide: true }];
        frame
    };
    let pending = |frame, sent, wait_seconds| {
        let out = CodeOut { sent, wait_seconds, minutes: 10 };
        MailedCodePage::of_new_email(frame, "hanako.new@example.jp", sent, out).render()
    };
    draw("pending-email", pending(at_home(), false, 0));
    draw("pending-email-sent", pending(at_home(), true, 60));
    draw("pending-email-wrong", pending(at_home().with_refusal("code", &Refusal::Empty), true, 0));
}

fn confirm_pages(tenant: &Tenant, wording: &Wording, language: Language, draw: &mut impl FnMut(&str, Drawn)) {
    let frame =
        |path: &str| Frame::new(tenant, wording.words(tenant, language), path, crate::screens::number());
    let at = || {
        let mut frame = frame("/signin/email/confirm");
        frame.progress = Some(StepProgress::in_first_login(&frame, 4));
        frame
    };
    let confirm = |frame, by_link, wait_seconds, expired| {
        let (address, minutes) = ("hanako@example.jp".into(), if by_link { 60 } else { 10 });
        first_login::ConfirmEmailPage { frame, address, by_link, wait_seconds, minutes, expired }.render()
    };
    draw("confirm-email-link", confirm(at(), true, 42, false));
    draw("confirm-email-link-expired", confirm(at(), true, 0, true));
    draw("confirm-email-code", confirm(at(), false, 42, false));
    draw("confirm-email-code-expired", confirm(at(), false, 0, true));
    draw("confirm-email-wrong", confirm(at().with_refusal("code", &Refusal::Empty), false, 0, false));
    let link = |done| {
        let (frame, address) = (frame("/signin/email/confirm/x"), "hanako@example.jp".into());
        first_login::ConfirmLinkPage { frame, action: "/signin/email/confirm/x".into(), address, done }
            .render()
    };
    draw("confirm-link", link(false));
    draw("confirm-link-done", link(true));
    let mut asks = tenant.clone();
    asks.policy.email.verification = Verification::Link;
    let mut frame =
        Frame::new(&asks, wording.words(&asks, language), "/signin/email", crate::screens::number());
    frame.progress = Some(StepProgress::in_first_login(&frame, 4));
    let (value, required, sign_out_everywhere) = ("hanako@example.jp".into(), true, true);
    draw(
        "email-mailed",
        first_login::EmailPage { frame, value, meant: None, required, sign_out_everywhere }.render(),
    );
}

fn drawn(name: &str) -> Html {
    let (tenant, wording) = (midori(), Wording::new());
    let mut found = None;
    let mut keep = |page: &str, html: Drawn| {
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
    let mut look = |name: &str, html: Drawn| {
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
