//! The pages that send a mail and wait for it: mailed codes, addresses to confirm, forgotten passwords and user IDs.

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::{DrawnHtml, number, progress};
use crate::{
    domain::{
        refusal::{BirthDateFlaw, Refusal},
        route::{MailedLink, Route},
        tenant::{Language, ListedStep, LostFactor, Method, Tenant, Verification},
    },
    web::page::{
        Frame, MenuEntry, SignedInName,
        code::{CodeOut, MailedCodePage, OtherWays},
        first_login, recovery,
    },
    wording::Wording,
};

/// When a lost device may be replaced: 22 November 2026, 12:05 in Japan.
const OPENS: Timestamp = Timestamp::constant(1_795_316_700, 0);

/// Each of them, as it is and with errors.
pub fn pages(tenant: &Tenant, wording: &Wording, language: Language, draw: &mut impl FnMut(&str, DrawnHtml)) {
    recovery_pages(tenant, wording, language, draw);
    user_id_pages(tenant, wording, language, draw);
    code_pages(tenant, wording, language, draw);
    confirm_pages(tenant, wording, language, draw);
}

fn recovery_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let frame =
        |route: Route| Frame::new(tenant, wording.words(tenant, language), route.to_string(), number());
    let wrong = |route: Route, field| frame(route).with_refusal(field, &Refusal::Empty);
    let forgot = |frame, login: &str| recovery::ForgotPasswordPage { frame, login: login.into() }.render();
    draw("forgot-password", forgot(frame(Route::ForgotPassword), "hanako.1980"));
    draw("forgot-password-wrong", forgot(wrong(Route::ForgotPassword, "user_id"), ""));
    draw("recovery-sent", recovery::RecoverySentPage { frame: frame(Route::RecoverySent) }.render());
    let (link, action) = (frame(Route::RecoveryLink), MailedLink::Recovery.path("x"));
    draw("recovery-link", recovery::RecoveryLinkPage { frame: link, action }.render());
    let code = Route::RecoveryCode;
    draw("recovery-code", MailedCodePage::of_recovery(frame(code)).render());
    draw("recovery-code-wrong", MailedCodePage::of_recovery(wrong(code, "code")).render());
    let way = |tenant: &Tenant, code_only| {
        let frame =
            Frame::new(tenant, wording.words(tenant, language), Route::RecoveryWay.to_string(), number());
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
    let words = wording.words(tenant, language);
    let (opens, closes) = (words.moment(OPENS), words.moment(OPENS + SignedDuration::from_hours(72)));
    let wait = frame(Route::RecoveryWait);
    draw("recovery-wait", recovery::RecoveryWaitPage { frame: wait, opens, closes }.render());
    let desk = Route::RecoveryDeskCode;
    draw("recovery-desk-code", recovery::RecoveryDeskCodePage { frame: frame(desk) }.render());
    draw("recovery-desk-code-wrong", recovery::RecoveryDeskCodePage { frame: wrong(desk, "code") }.render());
    let call_off = |done| {
        let frame = frame(Route::CallOff);
        recovery::CallOffPage { frame, action: MailedLink::CallOff.path("x"), done }.render()
    };
    draw("call-off", call_off(false));
    draw("called-off", call_off(true));
}

fn user_id_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let frame =
        || Frame::new(tenant, wording.words(tenant, language), Route::ForgotUserId.to_string(), number());
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

fn code_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let words = || wording.words(tenant, language);
    let frame = || Frame::new(tenant, words(), Route::ProveMailCode.to_string(), number());
    let page = |frame, address, wait_seconds, way, methods, set_up| {
        let out = CodeOut { sent: true, wait_seconds, minutes: tenant.policy.email_otp.ttl_minutes };
        MailedCodePage::of_sign_in(frame, address, out, OtherWays { way, set_up, methods }).render()
    };
    draw("mail-code-none", page(frame(), None, 0, None, false, false));
    let mail_code = |frame, wait_seconds, way, methods, set_up| {
        page(frame, Some("h***@example.jp".to_owned()), wait_seconds, way, methods, set_up)
    };
    let app = tenant.policy.offers(Method::AppOtp).then_some(Route::ProveApp);
    draw("mail-code", mail_code(frame(), 42, app, false, false));
    let mut first = frame();
    first.progress = Some(progress(&first, None));
    draw("mail-code-first", mail_code(first, 0, None, true, true));
    let wrong = frame().with_refusal("code", &Refusal::Empty);
    draw("mail-code-wrong", mail_code(wrong, 0, None, false, false));

    let at_home = || {
        let mut frame = Frame::new(tenant, words(), Route::ConfirmNewEmail.to_string(), number());
        frame.signed_in =
            Some(SignedInName { name: frame.words.msg("sample-member"), logout_href: Some(Route::LogOut) });
        frame.menu = vec![MenuEntry { label_key: "account-menu-portal", href: Route::Top, is_wide: true }];
        frame
    };
    let pending = |frame, sent, wait_seconds| {
        let out = CodeOut { sent, wait_seconds, minutes: tenant.policy.email_otp.ttl_minutes };
        MailedCodePage::of_new_email(frame, "hanako.new@example.jp", sent, out).render()
    };
    draw("pending-email", pending(at_home(), false, 0));
    draw("pending-email-sent", pending(at_home(), true, 60));
    draw("pending-email-wrong", pending(at_home().with_refusal("code", &Refusal::Empty), true, 0));
}

fn confirm_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let frame =
        |route: Route| Frame::new(tenant, wording.words(tenant, language), route.to_string(), number());
    let at = || {
        let mut frame = frame(Route::ConfirmEmail);
        frame.progress = Some(progress(&frame, Some(ListedStep::Email)));
        frame
    };
    let confirm = |frame, by_link, wait_seconds, expired| {
        let (address, minutes) =
            ("hanako@example.jp".into(), if by_link { 60 } else { tenant.policy.email_otp.ttl_minutes });
        first_login::ConfirmEmailPage { frame, address, by_link, wait_seconds, minutes, expired }.render()
    };
    draw("confirm-email-link", confirm(at(), true, 42, false));
    draw("confirm-email-link-expired", confirm(at(), true, 0, true));
    draw("confirm-email-code", confirm(at(), false, 42, false));
    draw("confirm-email-code-expired", confirm(at(), false, 0, true));
    draw("confirm-email-wrong", confirm(at().with_refusal("code", &Refusal::Empty), false, 0, false));
    let link = |done| {
        let (frame, address) = (frame(Route::ConfirmEmailLink), "hanako@example.jp".into());
        first_login::ConfirmLinkPage { frame, action: MailedLink::ConfirmEmail.path("x"), address, done }
            .render()
    };
    draw("confirm-link", link(false));
    draw("confirm-link-done", link(true));
    let mut asks = tenant.clone();
    asks.policy.email.verification = Verification::Link;
    let mut frame = Frame::new(&asks, wording.words(&asks, language), Route::Email.to_string(), number());
    frame.progress = Some(progress(&frame, Some(ListedStep::Email)));
    let (value, required, sign_out_everywhere) = ("hanako@example.jp".into(), true, true);
    draw(
        "email-mailed",
        first_login::EmailPage { frame, value, meant: None, required, sign_out_everywhere }.render(),
    );
}
