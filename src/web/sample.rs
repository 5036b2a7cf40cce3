//! Samples: every page of a union, as it is and with errors, drawn from the union's values alone. Whoever stands on them is
//! made up, and so is every code, key and address. The tests of the house look at them (`tests/house/pages`), and a page
//! that is not drawn here fails there.

use askama::Template;
use jiff::{
    Timestamp,
    civil::{Date, date},
};

use super::{
    factor::qr,
    page::{
        self, Frame, MenuEntry, SignedInName, StepProgress, factor, first_login, passkey, portal, problem,
        signin,
    },
    receipt::ReceiptNumber,
};
use crate::{
    domain::{
        closing::Closing,
        member::{LastDay, SsoRequestId},
        passkey::PasskeyFlaw,
        receipt::Receipt,
        refusal::{LoginIdFlaw, PasswordFlaw, Refusal},
        route::Route,
        sso::{
            ClientAuth, ClientLogout, Pkce, Purpose, Relation, RequiredAcr, Scope, SigningAlgorithm,
            SsoClient, TileStart,
        },
        tenant::{Language, ListedStep, Method, NoticePlace, Tenant},
    },
    portal::{Field, closing::contact_after_closing},
    wording::Wording,
};

pub mod account;
mod demo;
pub mod help;
pub mod mail;
pub mod met;

pub use met::is_met;

/// The text of a page.
pub type DrawnHtml = Result<String, askama::Error>;

/// The number of every page here: K7M294QA.
pub fn number() -> ReceiptNumber {
    ReceiptNumber::new(Receipt::new([9, 29, 11, 24, 31, 26, 14, 0]))
}

/// The day of every page here, on which the notices stand that are shown then.
pub fn today() -> Date {
    date(2026, 11, 21)
}

/// Ten in the morning of that day in Japan.
const TEN: Timestamp = Timestamp::constant(1_795_222_800, 0);

/// A quarter of an hour later.
const QUARTER_PAST: Timestamp = Timestamp::constant(1_795_223_700, 0);

/// A page of the union at that route, with nothing on it yet.
pub fn frame<'a>(tenant: &'a Tenant, wording: &'a Wording, language: Language, route: Route) -> Frame<'a> {
    Frame::new(tenant, wording.words(tenant, language), route.to_string(), number())
}

/// How far the first login of this union is at that step; at the set-up of the method without one.
fn progress(frame: &Frame<'_>, step: Option<ListedStep>) -> StepProgress {
    let steps = &frame.tenant.policy.first_login.steps;
    let place = step.and_then(|step| steps.iter().position(|group| group.contains(&step)));
    StepProgress::in_first_login(frame, place.unwrap_or(steps.len()))
}

/// The method the member uses first: an app, where the union offers one.
fn usual(tenant: &Tenant) -> Option<Method> {
    Some(Method::AppOtp).filter(|app| tenant.policy.offers(*app)).or_else(|| tenant.policy.offered().next())
}

/// A QR code as an authenticator app reads it, of a key that nobody has.
fn qr(tenant: &Tenant) -> String {
    let union = tenant.slug.as_str();
    let key = format!("otpauth://totp/{union}:hanako01?secret=JBSWY3DPEHPK3PXP&issuer={union}");
    qr::data_uri(&key).unwrap_or_default()
}

/// Every page by name, in that language.
///
/// # Errors
/// A template failed.
#[expect(clippy::too_many_lines, reason = "a list of pages, one after the other")]
pub fn pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
) -> Result<Vec<(String, String)>, askama::Error> {
    use first_login::PasswordAskedAt;
    use signin::{SignInMessage, SignInPage};
    let mut drawn = Vec::new();
    let words = || wording.words(tenant, language);
    let frame = |route: Route| frame(tenant, wording, language, route);
    let at = |route: Route, step: ListedStep| {
        let mut frame = frame(route);
        frame.progress = Some(progress(&frame, Some(step)));
        frame
    };
    let setting_up = |route: Route| {
        let mut frame = frame(route);
        frame.progress = Some(progress(&frame, None));
        frame
    };
    let signed_in = |route: Route| {
        let mut frame = frame(route).with_notices(NoticePlace::Home, today());
        frame.signed_in =
            Some(SignedInName { name: words().msg("sample-member"), logout_href: Some(Route::LogOut) });
        frame.ending = Some(account::ending());
        frame
    };
    let mut draw = |name: &str, html: DrawnHtml| drawn.push(html.map(|html| (name.to_owned(), html)));

    for (name, logged_out) in [("portal-top", false), ("portal-top-logged-out", true)] {
        let frame = frame(Route::Top).with_notices(NoticePlace::Portal, today());
        draw(name, portal::TopPage { frame, logged_out }.render());
    }
    let home = |frame| portal::HomePage {
        frame,
        former: None,
        finished: None,
        is_mailed: true,
        pending_email: None,
        is_alone: false,
    };
    draw("portal-home", home(signed_in(Route::Top)).render());
    let mut with_menu = signed_in(Route::Top);
    with_menu.notices.clear();
    with_menu.menu = MenuEntry::of(tenant);
    let pending_email = Some("hanako.new@example.jp".into());
    let usual = usual(tenant).unwrap_or(Method::AppOtp);
    let method = words().msg(&format!("letter-method-{}", usual.as_str()));
    let time = words().lately(TEN, today());
    let former = Some(words().msg2("portal-former-by", "time", time, "method", method));
    let waits = pending_email.clone();
    let to_do = portal::HomePage { former, pending_email, is_alone: true, ..home(with_menu) };
    draw("portal-home-menu", to_do.render());
    let finished = format!("portal-finished-{}", usual.as_str());
    let finished = Some(words().msg1(&finished, "login", "hanako.1980"));
    let still =
        portal::HomePage { finished: finished.clone(), pending_email: waits, ..home(signed_in(Route::Top)) };
    draw("portal-home-finished-but-email", still.render());
    draw("portal-home-finished", portal::HomePage { finished, ..home(signed_in(Route::Top)) }.render());
    for mail_code in [false, true] {
        let mut frame = frame(Route::Limited);
        frame.signed_in = Some(SignedInName { name: words().msg("sample-member"), logout_href: None });
        draw(
            if mail_code { "portal-limited-mail" } else { "portal-limited" },
            portal::LimitedPage { frame, login: "hanako.1980".into(), mail_code }.render(),
        );
    }

    let remember_offered = tenant.policy.session.remember_hours > 0;
    let login = || frame(Route::SignIn).with_notices(NoticePlace::Login, today());
    draw(
        "signin",
        SignInPage {
            frame: login(),
            login: String::new(),
            remember_offered,
            remember: false,
            message: None,
            passkey_alone: false,
            failed: None,
            back: None,
        }
        .render(),
    );
    for (name, message) in [
        ("timed-out", SignInMessage::TimedOut),
        ("ended", SignInMessage::Ended),
        ("not-kept", SignInMessage::NotKept),
        ("to-set-up", SignInMessage::LoggedOutToSetUp),
        ("to-sign-in", SignInMessage::LoggedOutToSignIn),
        ("codes-used-up", SignInMessage::CodesUsedUp),
        ("password-changed", SignInMessage::PasswordChanged),
    ] {
        let page = SignInPage {
            frame: login(),
            login: "hanako01".into(),
            remember_offered,
            remember: true,
            message: Some(message),
            passkey_alone: false,
            failed: None,
            back: None,
        };
        draw(&format!("signin-{name}"), page.render());
    }
    let refused = login().with_refusal("username", &Refusal::WrongCredentials { left: Some(2) });
    draw(
        "signin-wrong",
        SignInPage {
            frame: refused,
            login: "hanako01".into(),
            remember_offered,
            remember: false,
            message: None,
            passkey_alone: false,
            failed: None,
            back: None,
        }
        .render(),
    );

    for (name, passkey_alone) in [("signin-paused", false), ("signin-passkey-paused", true)] {
        let mut frame = login();
        frame.drawn_at = Some(TEN);
        let page = SignInPage {
            frame: frame.with_refusal("username", &Refusal::Paused { until: QUARTER_PAST }),
            login: "hanako01".into(),
            remember_offered,
            remember: false,
            message: None,
            passkey_alone,
            failed: None,
            back: None,
        };
        draw(name, page.render());
    }

    draw(
        "birth-date",
        first_login::BirthDatePage {
            frame: at(Route::BirthDate, ListedStep::BirthDate),
            value: String::new(),
        }
        .render(),
    );
    let wrong = Refusal::WrongBirthDate { read: date(1979, 8, 23), left: 2 };
    draw(
        "birth-date-wrong",
        first_login::BirthDatePage {
            frame: at(Route::BirthDate, ListedStep::BirthDate).with_refusal("birthdate", &wrong),
            value: "19790823".into(),
        }
        .render(),
    );
    draw(
        "terms",
        first_login::TermsPage { frame: at(Route::Terms, ListedStep::Terms), renewed: None }.render(),
    );
    let renewed = |changes| {
        let renewed = first_login::Renewed::new(
            tenant,
            &words(),
            &words().msg_in(Language::Ja, "sample-edition"),
            date(2025, 3, 3),
        );
        let renewed = Some(first_login::Renewed { changes, ..renewed });
        first_login::TermsPage { frame: frame(Route::Terms), renewed }.render()
    };
    draw("terms-changed", renewed(tenant.terms_changes_in(language)));
    draw("terms-changed-untold", renewed(None));
    draw("declined", first_login::DeclinedPage { frame: frame(Route::Terms) }.render());

    let f = at(Route::ChooseMethod, ListedStep::Method);
    let methods = first_login::MethodOption::list(&f, None);
    let method = |frame: Frame<'_>, user_id: Option<&str>, methods: Vec<first_login::MethodOption>| {
        first_login::MethodPage { frame, user_id: user_id.map(Into::into), methods }.render()
    };
    draw(
        "method",
        method(
            at(Route::ChooseMethod, ListedStep::Method).with_notices(NoticePlace::Method, today()),
            Some("hanako01"),
            methods.clone(),
        ),
    );
    draw("method-alone", method(at(Route::ChooseMethod, ListedStep::Method), None, methods.clone()));
    draw("method-user-id", method(at(Route::ChooseMethod, ListedStep::UserId), Some("hanako01"), vec![]));
    let refused = at(Route::ChooseMethod, ListedStep::Method)
        .with_refusal("user_id", &Refusal::LoginId(LoginIdFlaw::Character { found: '+' }))
        .with_refusal("method", &Refusal::NoMethod);
    draw("method-wrong", method(refused, Some("hana+ko"), methods));

    draw(
        "password",
        password_page(at(Route::NewPassword, ListedStep::Password), PasswordAskedAt::FirstLogin).render(),
    );
    draw("password-recovery", password_page(frame(Route::NewPassword), PasswordAskedAt::Recovery).render());
    draw("password-exposed", password_page(frame(Route::NewPassword), PasswordAskedAt::Exposed).render());
    let short = || PasswordFlaw::TooShort { min: tenant.policy.password.min_length };
    let missing = tenant.policy.password.require.last().map(|class| PasswordFlaw::Missing(*class));
    for (name, flaws, differ) in [
        ("one", vec![short()], false),
        ("common", vec![PasswordFlaw::Common, PasswordFlaw::IsExample], true),
        ("several", [Some(short()), missing].into_iter().flatten().collect(), true),
        ("all", vec![short(), PasswordFlaw::Character { found: 'あ' }, PasswordFlaw::IsBirthDate], false),
    ] {
        let refused = flaws.into_iter().map(|flaw| (Field::Password, Refusal::Password(flaw)));
        let differ = differ.then_some((Field::PasswordAgain, Refusal::PasswordsDiffer));
        let page = password_page(at(Route::NewPassword, ListedStep::Password), PasswordAskedAt::FirstLogin);
        let page = page.with_refusals(&refused.chain(differ).collect::<Vec<_>>());
        draw(&format!("password-wrong-{name}"), page.render());
    }

    let email = |frame: Frame<'_>, value: &str, required| {
        first_login::EmailPage {
            frame,
            value: value.into(),
            meant: None,
            required,
            sign_out_everywhere: true,
        }
        .render()
    };
    draw(
        "email",
        email(at(Route::Email, ListedStep::Email), "hanako@example.jp", tenant.policy.email.required),
    );
    draw("email-optional", email(at(Route::Email, ListedStep::Email), "", false));
    draw(
        "email-wrong",
        email(
            at(Route::Email, ListedStep::Email).with_refusal("email", &Refusal::TakenEmail),
            "taro@example.jp",
            true,
        ),
    );

    let set_up = |frame: Frame<'_>, device, manual, other_methods| {
        factor::SetUpAppPage {
            frame,
            action: Route::SetUpApp,
            qr_png_data_uri: qr(tenant),
            secret_groups: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".into(),
            otpauth_url: "otpauth://totp/x:hanako01?secret=JBSWY3DPEHPK3PXP&issuer=x".into(),
            account: "hanako01".into(),
            device_name: words().msg("sample-phone"),
            device,
            manual,
            sign_out_everywhere: true,
            other_methods,
            added: None,
        }
        .render()
    };
    let several = tenant.policy.methods.len() > 1;
    draw("set-up-totp", set_up(setting_up(Route::SetUpApp), factor::PageDevice::Computer, false, several));
    for (name, device) in [("iphone", factor::PageDevice::Apple), ("android", factor::PageDevice::Android)] {
        draw(&format!("set-up-totp-{name}"), set_up(setting_up(Route::SetUpApp), device, false, several));
    }
    draw(
        "set-up-totp-manual",
        set_up(setting_up(Route::SetUpApp), factor::PageDevice::Computer, true, false),
    );
    let refused = setting_up(Route::SetUpApp).with_refusal("code", &Refusal::WrongCodeAtSetUp);
    draw(
        "set-up-totp-wrong",
        set_up(
            refused.with_refusal("device_name", &Refusal::DeviceNameTaken),
            factor::PageDevice::Computer,
            false,
            false,
        ),
    );

    let device = |id: &str, name: &str, chosen| factor::DeviceChoice {
        id: id.into(),
        name: words().msg(name),
        chosen,
    };
    draw(
        "prove-totp",
        factor::ProveAppPage {
            frame: frame(Route::ProveApp),
            devices: vec![device("1", "sample-phone", true)],
            other_way: None,
            back: None,
        }
        .render(),
    );
    let refused = frame(Route::ProveApp).with_refusal("code", &Refusal::WrongCodeAtSignIn { left: 3 });
    let devices = vec![device("1", "sample-phone", true), device("2", "sample-work-phone", false)];
    draw(
        "prove-totp-wrong",
        factor::ProveAppPage {
            frame: refused,
            devices,
            other_way: tenant.policy.offers(Method::Passkey).then_some(Route::ProvePasskey),
            back: Some(Route::Methods),
        }
        .render(),
    );

    passkey_pages(tenant, wording, language, &mut draw);
    sso_pages(tenant, (&signed_in, &frame), &mut draw);
    draw("log-out", page::account::LogOutPage { frame: signed_in(Route::LogOut) }.render());
    mail::pages(tenant, wording, language, &mut draw);
    account::pages(tenant, wording, language, &mut draw);
    help::pages(tenant, wording, language, &mut draw);
    for kind in problem::ProblemKind::ALL {
        // Mostly it is a form of which nobody knows whether it was carried out.
        let is_form = kind == problem::ProblemKind::Unsure;
        let mut frame = frame(if is_form { Route::ChangePassword } else { Route::Top });
        frame.answers_form = is_form;
        draw(&format!("problem-{}", kind.word()), problem::ProblemPage::new(frame, kind).render());
    }
    draw("unknown-host", problem::UnknownHostPage { receipt: "K7M294QA".into() }.render());
    draw("unknown-host-turned-away", problem::TurnedAwayPage { receipt: "K7M294QA".into() }.render());
    let closing = Closing {
        last_day: LastDay::kept(jiff::civil::date(2026, 11, 21)),
        asked_at: jiff::Timestamp::UNIX_EPOCH,
        contact: contact_after_closing(tenant),
        closed_at: None,
        exported_at: None,
        erasing_since: None,
        erase_through: None,
        erased_at: None,
    };
    draw("unknown-host-closed", problem::ClosedHostPage::new(&closing, wording).render());
    demo::all(tenant, wording, language, &mut draw);
    drawn.into_iter().collect()
}

/// A page that asks for a new password.
fn password_page(frame: Frame<'_>, page: first_login::PasswordAskedAt) -> first_login::PasswordPage<'_> {
    let rules = first_login::Rule::list(&frame.tenant.policy.password, &frame.words);
    first_login::PasswordPage { frame, login: "hanako01".into(), rules, sign_out_everywhere: true, page }
}

/// The pages that make and show passkeys, and those around them.
fn passkey_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    const FLAWS: [(&str, PasskeyFlaw); 10] = [
        ("cancelled", PasskeyFlaw::Cancelled),
        ("already-here", PasskeyFlaw::AlreadyHere),
        ("unsupported", PasskeyFlaw::Unsupported),
        ("unreachable", PasskeyFlaw::Unreachable),
        ("busy", PasskeyFlaw::Busy),
        ("too-late", PasskeyFlaw::TooLate),
        ("not-accepted", PasskeyFlaw::NotAccepted),
        ("unknown", PasskeyFlaw::Unknown),
        ("copied", PasskeyFlaw::Copied),
        ("too-many", PasskeyFlaw::TooMany),
    ];
    let frame = |route: Route| frame(tenant, wording, language, route);
    let at_home = |route: Route| account::at_home(tenant, wording, language, route);
    let line = |name: &str, synced| passkey::PasskeyLine {
        name: wording.words(tenant, language).msg(name),
        created: wording.words(tenant, language).moment(TEN),
        synced,
    };
    let lines = || vec![line("sample-keychain", true), line("sample-work-computer", false)];

    let first = |failed, other_methods| {
        let mut frame = frame(Route::SetUpPasskey);
        frame.progress = Some(progress(&frame, None));
        let (action, options) = (Route::SetUpPasskey, Route::SetUpPasskeyOptions);
        passkey::SetUpPasskeyPage {
            frame,
            action,
            options,
            sign_out_everywhere: true,
            other_methods,
            back: None,
            notes: Vec::new(),
            failed,
            refused: true,
        }
        .render()
    };
    let added = |failed| {
        let frame = at_home(Route::AddPasskey);
        let (action, options) = (Route::AddPasskey, Route::AddPasskeyOptions);
        let back = Some(Route::Methods);
        passkey::SetUpPasskeyPage {
            frame,
            action,
            options,
            sign_out_everywhere: false,
            other_methods: false,
            back,
            notes: Vec::new(),
            failed,
            refused: true,
        }
        .render()
    };
    let prove = |passkeys, other_way: Option<Route>, failed| {
        let frame = frame(Route::ProvePasskey);
        let back = other_way.and(Some(Route::Methods));
        let (action, options) = (Route::ProvePasskey, Route::ProvePasskeyOptions);
        passkey::ProvePasskeyPage { frame, action, options, passkeys, other_way, back, failed }.render()
    };
    let sign_in = |failed| {
        let frame = frame(Route::SignIn).with_notices(NoticePlace::Login, today());
        let (login, message) = (String::new(), None);
        let (remember_offered, remember) = (tenant.policy.session.remember_hours > 0, false);
        let (passkey_alone, back) = (true, Some("methods".into()));
        signin::SignInPage { frame, login, remember_offered, remember, message, passkey_alone, failed, back }
            .render()
    };
    let reauth = |frame: Frame<'_>, passkey_alone, failed| {
        let login = "hanako.1980".into();
        let (back, cancel) = ("methods".into(), Route::Methods);
        page::account::ReauthPage { frame, login, back, cancel, passkey_alone, failed }.render()
    };
    let several = tenant.policy.methods.len() > 1;
    draw("set-up-passkey", first(None, several));
    draw("set-up-passkey-alone", first(None, false));
    draw("set-up-passkey-more", added(None));
    let app = tenant.policy.offers(Method::AppOtp).then_some(Route::ProveApp);
    draw("prove-passkey", prove(lines(), app, None));
    draw("prove-passkey-alone", prove(vec![], None, None));
    draw("signin-passkey", sign_in(None));
    draw("reauth", reauth(at_home(Route::Reauth), false, None));
    draw("reauth-passkey", reauth(at_home(Route::Reauth), true, None));
    let wrong = at_home(Route::Reauth).with_refusal("password", &Refusal::WrongPassword { left: Some(2) });
    draw("reauth-wrong", reauth(wrong, tenant.policy.stands_alone(Method::Passkey), None));
    for (word, flaw) in FLAWS {
        draw(&format!("set-up-passkey-{word}"), first(Some(flaw), several));
        draw(&format!("set-up-passkey-more-{word}"), added(Some(flaw)));
        draw(&format!("prove-passkey-{word}"), prove(lines(), app, Some(flaw)));
        draw(&format!("signin-passkey-{word}"), sign_in(Some(flaw)));
        draw(&format!("reauth-passkey-{word}"), reauth(at_home(Route::Reauth), true, Some(flaw)));
    }
}

/// The pages on the way to a service: one that works for the union, and another company's.
fn sso_pages<'a>(
    tenant: &'a Tenant,
    (signed_in, signed_out): (&impl Fn(Route) -> Frame<'a>, &impl Fn(Route) -> Frame<'a>),
    draw: &mut impl FnMut(&str, DrawnHtml),
) {
    let id = SsoRequestId::kept(uuid::Uuid::nil());
    let language = signed_in(Route::SsoGo(id)).language();
    let first = tenant.services.first().map(|service| service.label_in(language));
    let named = first.unwrap_or_else(|| tenant.name_in(language));
    let label = named.text;
    let client = |relation| SsoClient {
        id: "sample".to_owned(),
        operator: tenant.name.clone(),
        operator_en: tenant.english.name.clone(),
        relation,
        purpose: Purpose::HealthInsurance,
        privacy_url: Some(tenant.contact.url.clone().unwrap_or_default()),
        redirect_uris: Vec::new(),
        auth: ClientAuth::Secret,
        pkce: Pkce::Required,
        signing: SigningAlgorithm::Es256,
        scopes: Vec::new(),
        sector: String::new(),
        start: TileStart::Initiate,
        require_acr: RequiredAcr::MultiFactor,
        fresh_minutes: 0,
        keys: Vec::new(),
        require_par: false,
        logout: ClientLogout::default(),
    };
    let every = Scope::WORDS.map(|(scope, _)| scope);
    for (name, relation, scopes) in [
        ("sso-notice", Relation::Entrusted, &every[..]),
        ("sso-notice-nothing", Relation::Joint, &[]),
        ("sso-consent", Relation::ThirdParty, &every[..2]),
    ] {
        let client = client(relation);
        let page = page::sso::NoticePage::new(signed_in(Route::SsoGo(id)), label, &client, scopes, id);
        draw(name, page.render());
    }
    let stronger = |required| {
        let client = SsoClient { require_acr: required, ..client(Relation::Entrusted) };
        page::sso::StrongerPage::new(signed_in(Route::SsoGo(id)), label, &client, id)
    };
    draw("sso-stronger", stronger(RequiredAcr::MultiFactor).render());
    draw("sso-stronger-passkey", stronger(RequiredAcr::Passkey).render());
    let address = format!("{}#", Route::Top);
    let go =
        page::sso::GoPage { frame: signed_in(Route::SsoGo(id)), address, host: tenant.hosts.primary.clone() };
    draw("sso-go", go.render());
    let left: Vec<_> = tenant.services.iter().take(1).collect();
    for (name, left) in [("sso-over", left), ("sso-over-nothing", Vec::new())] {
        let (told, on_their_way, not_told) = (left.clone(), left.clone(), left);
        let frame = signed_out(Route::EndSession);
        draw(name, page::sso::LoggedOutPage { frame, told, on_their_way, not_told }.render());
    }
}
