//! The pages behind the login: profile, ways in, devices, what happened.

use askama::Template;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::{DrawnHtml, TEN, number, password_page, qr, today, usual};
use crate::{
    domain::{
        factor::{DeviceKind, Factor},
        login_id::LoginId,
        member::{DeviceId, SsoRequestId},
        passkey,
        refusal::{LoginIdFlaw, PasswordFlaw, Refusal},
        route::Route,
        session::TimeLeft,
        tenant::{Language, Method, Tenant},
    },
    portal::{Field, devices::KnownBrowsers, profile::Profile},
    web::page::{
        Ending, Frame, MenuEntry, SignedInName,
        account::{self, MethodLine, MethodList, MethodsDone, ProfileDone},
        code::{CodeOut, MailedCodePage},
        factor,
        first_login::PasswordAskedAt,
        sso::OnToService,
    },
    wording::Wording,
};

/// When the password was set: 3 March 2025, 15:42 in Japan.
const SET: Timestamp = Timestamp::constant(1_740_984_120, 0);

const ACCEPTED: &str =
    r#"{"rpId":"midori.example","userId":"AAAA","name":"hanako.1980","credentialIds":["BBBB"]}"#;

/// Half an hour from now.
pub fn ending() -> Ending {
    Ending {
        rest: TimeLeft { seconds: 1800, warning: 120, may_go_on: true },
        sign_in: Route::SignIn.with(&[("back", "profile")]),
    }
}

/// A page behind the login.
pub fn at_home<'a>(tenant: &'a Tenant, wording: &'a Wording, language: Language, route: Route) -> Frame<'a> {
    let mut frame = Frame::new(tenant, wording.words(tenant, language), route.to_string(), number());
    frame.signed_in =
        Some(SignedInName { name: frame.words.msg("sample-member"), logout_href: Some(Route::LogOut) });
    frame.ending = Some(ending());
    frame.menu = MenuEntry::of(tenant);
    frame
}

/// Each of them, as it is and with errors.
pub fn pages(tenant: &Tenant, wording: &Wording, language: Language, draw: &mut impl FnMut(&str, DrawnHtml)) {
    profile_pages(tenant, wording, language, draw);
    method_pages(tenant, wording, language, draw);
    form_pages(tenant, wording, language, draw);
    list_pages(tenant, wording, language, draw);
}

fn profile_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let profile = |frame| account::ProfilePage {
        frame,
        login: "hanako.1980".into(),
        method: usual(tenant),
        language,
        shown: Profile { login: LoginId::typed("hanako.1980"), method: usual(tenant), language },
        is_to_set_up: false,
        name: wording.words(tenant, language).msg("sample-member"),
        email: Some("hanako@example.jp".into()),
        pending_email: None,
        done: Vec::new(),
        is_kept: false,
        accepted: Some(ACCEPTED.into()),
    };
    let frame = || at_home(tenant, wording, language, Route::Profile);
    draw("profile", profile(frame()).render());
    draw("profile-to-set-up", account::ProfilePage { is_to_set_up: true, ..profile(frame()) }.render());
    for (word, done) in [
        ("changed", vec![ProfileDone::Changed]),
        ("nothing", vec![ProfileDone::Nothing]),
        ("set-up", vec![ProfileDone::SetUpAtSignIn]),
        ("email", vec![ProfileDone::Email]),
        ("user-id", vec![ProfileDone::UserId]),
        ("user-id-and-set-up", vec![ProfileDone::UserId, ProfileDone::SetUpAtSignIn]),
        ("email-kept", vec![ProfileDone::EmailKept]),
        ("no-code", vec![ProfileDone::NoCode]),
    ] {
        draw(&format!("profile-{word}"), account::ProfilePage { done, ..profile(frame()) }.render());
    }
    let pending_email = Some("hanako.new@example.jp".into());
    let kept =
        account::ProfilePage { is_kept: true, pending_email, email: None, method: None, ..profile(frame()) };
    draw("profile-kept", kept.render());
    let wrong = frame()
        .with_refusal("user_id", &Refusal::LoginId(LoginIdFlaw::Taken))
        .with_refusal("method", &Refusal::ChangedMeanwhile);
    draw("profile-wrong", account::ProfilePage { login: "taro".into(), ..profile(wrong) }.render());
    let mut fixed = tenant.clone();
    fixed.policy.user_id.change = false;
    fixed.languages = vec![language];
    let fixed = at_home(&fixed, wording, language, Route::Profile);
    draw("profile-fixed", profile(fixed).render());

    let email = |frame: Frame<'_>, value: &str, is_kept| {
        let meant =
            frame.errors.iter().any(|e| e.sentence.contains("gmail.com")).then(|| "hanako@gmail.com".into());
        account::ChangeEmailPage { frame, value: value.into(), meant, replaces: !value.is_empty(), is_kept }
            .render()
    };
    let frame = || at_home(tenant, wording, language, Route::ChangeEmail);
    draw("change-email", email(frame(), "hanako@example.jp", false));
    draw("change-email-kept", email(frame(), "hanako.new@example.jp", true));
    draw(
        "change-email-wrong",
        email(frame().with_refusal("email", &Refusal::MalformedEmail), "hanako@", false),
    );
    let slip = Refusal::TypoInEmail { typed: "hanako@gmial.com".into(), meant: "hanako@gmail.com".into() };
    draw("change-email-slip", email(frame().with_refusal("email", &slip), "hanako@gmial.com", false));
}

fn device(number: u128) -> DeviceId {
    DeviceId::kept(uuid::Uuid::from_u128(number))
}

fn method_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let words = || wording.words(tenant, language);
    let line = |name: &str, factor: Factor, synced: bool| MethodLine {
        name: name.into(),
        created: words().moment(TEN),
        used: synced.then(|| words().moment(TEN)),
        synced,
        rename: factor.naming(),
        remove: factor.removal(),
    };
    let list = |method, lines, may_add: bool| {
        let full = match method {
            Method::Passkey => Some(words().msg1("account-passkeys-full", "max", passkey::MOST)),
            Method::AppOtp => {
                Some(words().msg1("account-apps-full", "max", tenant.policy.app_otp.max_devices))
            }
            Method::EmailOtp => None,
        };
        let why_not = full.filter(|_| !may_add);
        MethodList { method, lines, may_add, why_not }
    };
    let apps = || vec![line(&words().msg("sample-phone"), Factor::Device(DeviceKind::App, device(1)), false)];
    let passkeys = || {
        vec![
            line(&words().msg("sample-keychain"), Factor::Device(DeviceKind::Passkey, device(2)), true),
            line(&words().msg("sample-work-computer"), Factor::Device(DeviceKind::Passkey, device(3)), false),
        ]
    };
    let methods = |mut lists: Vec<MethodList>, may_remove, done| {
        lists.retain(|list| tenant.policy.offers(list.method));
        let frame = at_home(tenant, wording, language, Route::Methods);
        let (password_set, accepted) = (words().moment(SET), Some(ACCEPTED.into()));
        let usual = usual(tenant);
        let label = tenant.services.first();
        let label = label.map_or_else(String::new, |service| service.label_in(language).text.to_owned());
        let place = Route::SsoGo(SsoRequestId::kept(uuid::Uuid::nil()));
        let on_to = (done == Some(MethodsDone::Added)).then_some(OnToService { label, place });
        account::MethodsPage { frame, password_set, lists, may_remove, usual, accepted, done, on_to }.render()
    };
    let apps = |may_add| list(Method::AppOtp, apps(), may_add);
    let passkeys = |may_add| list(Method::Passkey, passkeys(), may_add);
    let no = |method| list(method, vec![], true);
    let address = list(Method::EmailOtp, vec![line("hanako@example.jp", Factor::MailCode, false)], false);
    draw("methods", methods(vec![apps(true), passkeys(true)], true, None));
    draw("methods-mail-code", methods(vec![apps(false), address], true, None));
    let last = vec![apps(true), no(Method::Passkey), no(Method::EmailOtp)];
    draw("methods-last", methods(last, false, None));
    draw("methods-password", methods(vec![], false, Some(MethodsDone::Password)));
    for (word, done) in [
        ("added", MethodsDone::Added),
        ("named", MethodsDone::Named),
        ("not-named", MethodsDone::NotNamed),
        ("removed", MethodsDone::Removed),
        ("removed-usual", MethodsDone::RemovedUsual),
        ("gone", MethodsDone::Gone),
    ] {
        let page = methods(vec![apps(true), passkeys(false)], true, Some(done));
        draw(&format!("methods-{word}"), page);
    }

    let name = |frame: Frame<'_>, device_name: &str, done| {
        account::NameDevicePage {
            frame,
            action: Route::NamePasskey(device(1)),
            device_name: device_name.into(),
            shown_name: "iPhone".into(),
            is_first: done,
            from: if done { "methods" } else { "" },
            back: Route::Methods,
            done,
        }
        .render()
    };
    let frame = || at_home(tenant, wording, language, Route::NamePasskey(device(1)));
    draw("name-passkey", name(frame(), &words().msg("sample-keychain"), true));
    let taken = frame().with_refusal("device_name", &Refusal::DeviceNameTaken);
    draw("name-passkey-wrong", name(taken, &words().msg("sample-phone"), false));

    let remove = |frame, name: Option<&str>, method, is_last| {
        account::RemoveFactorPage {
            frame,
            action: Route::RemoveApp(device(1)),
            name: name.map(Into::into),
            method,
            created: words().moment(TEN),
            sign_out_everywhere: true,
            is_last,
        }
        .render()
    };
    let frame = || at_home(tenant, wording, language, Route::RemoveApp(device(1)));
    draw("remove-app", remove(frame(), Some(&words().msg("sample-old-phone")), Method::AppOtp, false));
    draw("remove-mail-code", remove(frame(), None, Method::EmailOtp, false));
    draw("remove-last", remove(frame(), Some("iPhone"), Method::Passkey, true));
    let refused = frame().with_refusal("main", &Refusal::LastFactor);
    draw("remove-last-refused", remove(refused, Some("iPhone"), Method::Passkey, true));
}

fn form_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let frame = |route: Route| at_home(tenant, wording, language, route);
    let asked = |is_kept| PasswordAskedAt::Change { shown: "1".into(), is_kept };
    let password = || frame(Route::ChangePassword);
    draw("change-password", password_page(password(), asked(false)).render());
    draw("change-password-kept", password_page(password(), asked(true)).render());
    let wrong = password_page(password(), asked(false)).with_refusals(&[
        (Field::Password, Refusal::Password(PasswordFlaw::IsCurrent)),
        (Field::PasswordAgain, Refusal::PasswordsDiffer),
    ]);
    draw("change-password-wrong", wrong.render());
    let old = frame(Route::ChangePassword).with_refusal("main", &Refusal::PasswordChangedMeanwhile);
    draw("change-password-old", password_page(old, asked(false)).render());

    let app = |frame: Frame<'_>, is_kept: bool| {
        let notes = is_kept.then(|| frame.words.msg("factor-set-up-kept")).into_iter().collect();
        let (mark, whose) = ("0011223344556677".into(), "0192f000".into());
        let added = factor::Added { mark, back: Route::Methods, whose, notes };
        factor::SetUpAppPage {
            frame,
            action: Route::AddApp,
            qr_png_data_uri: qr(tenant),
            secret_groups: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".into(),
            otpauth_url: "otpauth://totp/x:hanako01?secret=JBSWY3DPEHPK3PXP&issuer=x".into(),
            account: "hanako.1980".into(),
            device_name: wording.words(tenant, language).msg("factor-device-name-default"),
            device: factor::PageDevice::Computer,
            manual: is_kept,
            sign_out_everywhere: true,
            other_methods: false,
            added: Some(added),
        }
        .render()
    };
    draw("add-app", app(frame(Route::AddApp), false));
    draw("add-app-kept", app(frame(Route::AddApp), true));
    let wrong = frame(Route::AddApp).with_refusal("code", &Refusal::WrongCodeAtSetUp);
    draw("add-app-wrong", app(wrong, false));

    let mail_code = |frame: Frame<'_>, sent: bool| {
        let notes = (!sent).then(|| frame.words.msg("account-method-chosen")).into_iter().collect();
        let out = CodeOut { sent, wait_seconds: 30, minutes: 10 };
        MailedCodePage::of_one_more_way(frame, "hanako@example.jp", out).with_notes(notes).render()
    };
    let path = Route::AddMailCode;
    draw("choose-mail-code", mail_code(frame(path), false));
    draw("choose-mail-code-sent", mail_code(frame(path), true));
    let wrong = frame(path).with_refusal("code", &Refusal::WrongConfirmationCode { left: 3 });
    draw("choose-mail-code-wrong", mail_code(wrong, true));
}

fn list_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let words = wording.words(tenant, language);
    let device = |id: &str, device: &str, is_this| account::DeviceLine {
        id: id.into(),
        is_this,
        device: device.into(),
        since: words.moment(TEN - SignedDuration::from_hours(1)),
        seen: words.moment(TEN),
    };
    let devices = |lines: Vec<account::DeviceLine>, note: Option<&'static str>| {
        let frame = at_home(tenant, wording, language, Route::Devices);
        let is_good = note != Some("devices-kept");
        let known = KnownBrowsers {
            count: u32::try_from(lines.len()).unwrap_or(1).saturating_sub(1),
            is_here: lines.len() > 2,
        };
        account::DevicesPage { frame, lines, known, note, is_good }.render()
    };
    let browser = |coarse: &str| words.device(coarse).unwrap_or_default();
    let this = || device("1", &browser("iPhone / Safari"), true);
    draw(
        "devices",
        devices(vec![this(), device("2", &browser("Windows / Edge"), false)], Some("devices-kept")),
    );
    draw("devices-alone", devices(vec![this()], Some("devices-ended-others")));

    let line = |at: String, what: String, how: String| account::ActivityLine { at, what, how };
    let method = usual(tenant).unwrap_or(Method::AppOtp);
    let method = format!("letter-method-{}", method.as_str());
    let how = format!("{} · {}", browser("iPhone / Safari"), words.msg(&method));
    let signed_in = || line(words.clock_at(TEN), words.msg("activity-signed-in"), how.clone());
    let days = || {
        let later = words.clock_at(TEN + SignedDuration::from_mins(7));
        let changed = line(later, words.msg("activity-password-changed"), String::new());
        let former = today().saturating_sub(3.days());
        vec![(words.day(today()), vec![changed, signed_in()]), (words.day(former), vec![signed_in()])]
    };
    let refused = words.msg1("activity-password-refused", "times", 3);
    let of_one_day = words.msg("activity-of-one-day");
    let refused = line(words.moment(TEN - SignedDuration::from_hours(20)), refused, of_one_day);
    let page = |attention| {
        let frame = at_home(tenant, wording, language, Route::Activity);
        account::ActivitiesPage { frame, attention, is_alarming: false, days: days() }.render()
    };
    draw("activity", page(vec![refused]));
    draw("activity-quiet", page(vec![]));
    services_page(tenant, wording, language, draw);
}

/// The services that a member has opened: of the union's own, or samples where it has none.
fn services_page<'a>(
    tenant: &'a Tenant,
    wording: &'a Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let frame = || at_home(tenant, wording, language, Route::AccountServices);
    let first = tenant.services.first();
    let label = first.map_or_else(|| tenant.name_in(language), |service| service.label_in(language));
    let line = |agreed, given: &str| account::ServiceLine {
        client: "sample".to_owned(),
        label,
        operator: tenant.name_in(language),
        since: frame().words.moment(TEN),
        agreed,
        given: if given.is_empty() { String::new() } else { frame().msg(given).into_owned() },
    };
    let lines = vec![line(false, "sso-given-insured"), line(true, "sso-given-name"), line(false, "")];
    draw("services", account::ServicesPage { frame: frame(), lines, is_withdrawn: true }.render());
    draw(
        "services-none",
        account::ServicesPage { frame: frame(), lines: vec![], is_withdrawn: false }.render(),
    );
}
