//! 「ご利用の手引き」 at unions of every kind.

use askama::Template;

use super::{DrawnHtml, number, today};
use crate::{
    domain::{
        route::Route,
        tenant::{
            AuthApp, CredentialLetter, FirstSecret, Language, LostFactor, Method, MfaSetup, PasskeyRole,
            Tenant, Verification,
        },
    },
    web::page::{
        Frame, MenuEntry, SignedInName,
        help::{
            AccessibilityPage, ChapterPage, GuidePage, HelpPage, ReadTermsPage, WholeGuidePage, chapters,
        },
    },
    wording::Wording,
};

/// The guide as it is, in the middle of a set-up, for a member, and at unions that differ from this one.
pub fn pages(tenant: &Tenant, wording: &Wording, language: Language, draw: &mut impl FnMut(&str, DrawnHtml)) {
    let frame = || Frame::new(tenant, wording.words(tenant, language), Route::Help.to_string(), number());
    draw("help", HelpPage::new(frame(), today(), false).render());
    draw("help-whole", WholeGuidePage::new(HelpPage::new(frame(), today(), false)).render());
    draw("help-on-the-way", HelpPage::new(frame(), today(), true).render());
    let mut signed_in = frame();
    signed_in.signed_in =
        Some(SignedInName { name: signed_in.words.msg("sample-member"), logout_href: Some(Route::LogOut) });
    signed_in.menu = vec![MenuEntry { label_key: "account-menu-portal", href: Route::Top, is_wide: true }];
    draw("help-signed-in", HelpPage::new(signed_in, today(), false).render());
    for word in chapters(&HelpPage::new(frame(), today(), false)) {
        let mut frame = frame();
        frame.path = format!("{}{word}", Route::HelpChapter);
        if let Some(chapter) = ChapterPage::new(HelpPage::new(frame, today(), false), word) {
            draw(&format!("help-chapter-{word}"), chapter.render());
        }
    }
    draw("accessibility", AccessibilityPage { frame: frame() }.render());
    draw("terms-to-read", ReadTermsPage { frame: frame() }.render());
    for (name, other) in others(tenant) {
        let frame = Frame::new(&other, wording.words(&other, language), Route::Help.to_string(), number());
        draw(&format!("help-of-{name}"), WholeGuidePage::new(HelpPage::new(frame, today(), false)).render());
    }
}

/// The guide on paper.
pub fn guide(tenant: &Tenant, wording: &Wording, language: Language) -> DrawnHtml {
    let frame = Frame::new(tenant, wording.words(tenant, language), Route::Help.to_string(), number());
    GuidePage::new(frame, today()).document()
}

/// Unions like this one, but for one thing or two.
pub fn others(tenant: &Tenant) -> Vec<(&'static str, Tenant)> {
    let but = |name, change: fn(&mut Tenant)| {
        let mut other = tenant.clone();
        change(&mut other);
        (name, other)
    };
    vec![
        but("passkeys", |t| {
            t.policy.methods = vec![Method::Passkey];
            t.policy.passkey = PasskeyRole::Alone;
            t.policy.first_login.mfa_setup = MfaSetup::Continue;
            t.policy.user_id.change = false;
            t.notices.clear();
        }),
        but("apps", |t| {
            t.policy.methods = vec![Method::AppOtp];
            t.policy.app_otp.apps = vec![AuthApp::FreeOtp];
            t.policy.recovery.lost_factor = LostFactor::DeskCode;
        }),
        but("extensions", |t| {
            t.policy.methods = vec![Method::AppOtp];
            t.policy.app_otp.apps = vec![AuthApp::EdgeOpenTwoFactor, AuthApp::ChromeAuthenticator];
            t.policy.initial_password.letter = CredentialLetter::Mail;
        }),
        but("mail", |t| {
            t.policy.methods = vec![Method::EmailOtp];
            t.policy.email.verification = Verification::Link;
            t.policy.session.remember_hours = 0;
            t.notices.clear();
        }),
        but("all", |t| {
            t.policy.methods = vec![Method::Passkey, Method::AppOtp, Method::EmailOtp];
            t.policy.email.verification = Verification::Code;
            t.policy.initial_password.existing = FirstSecret::KigoBangoBirthDate;
            t.policy.recovery.lost_factor = LostFactor::MailAndBirthDate;
            t.policy.recovery.lost_factor_wait_hours = 24;
        }),
    ]
}
