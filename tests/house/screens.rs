//! Every page in both languages, as it is and with errors, at a made-up union and at each of `tenants/`: it renders,
//! says everything it should say, and has the bones a screen reader needs. With `PORTAL_SCREENS_DIR` the pages are
//! written there, with their assets, to be looked at.

use std::{env, fs, path::Path};

use askama::Template;
use jiff::civil::date;
use kenpo_portal::{
    domain::{
        closing::Closing,
        member::LastDay,
        passkey::PasskeyFlaw,
        receipt::Receipt,
        refusal::{BirthDateFlaw, LoginIdFlaw, PasswordFlaw, Refusal},
        route::Route,
        tenant::{CharClass, Language, Method, NoticePlace, Tenant},
    },
    portal::closing::farewell,
    tenants::{LoadOptions, load},
    web::{
        assets,
        page::{
            self, Frame, MenuEntry, SignedInName, StepProgress, demo, factor, first_login, passkey, portal,
            problem, signin,
        },
        receipt::ReceiptNumber,
    },
    wording::Wording,
};
use scraper::{ElementRef, Html, Selector};

use crate::{
    sample_tenant::{LOGO, midori, today},
    source::sources,
};

mod account;
mod help;
mod mail;

/// The number of every page here.
pub fn number() -> ReceiptNumber {
    ReceiptNumber::new(Receipt::parse("K7M294QA").unwrap())
}

/// A QR code as a data address: 4 modules of quiet zone, 8 dots a module.
fn qr() -> String {
    let code = qrcodegen::QrCode::encode_text(
        "otpauth://totp/midori:hanako01?secret=JBSWY3DPEHPK3PXP&issuer=midori",
        qrcodegen::QrCodeEcc::Medium,
    )
    .unwrap();
    let side = (code.size() + 8) * 8;
    let dots: Vec<u8> = (0..side * side)
        .map(|at| if code.get_module(at % side / 8 - 4, at / side / 8 - 4) { 0 } else { 255 })
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side.cast_unsigned(), side.cast_unsigned());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&dots).unwrap();
    format!("data:image/png;base64,{}", data_encoding::BASE64.encode(&bytes))
}

/// Every page by name; `wrong` adds the errors a page can show.
#[expect(clippy::too_many_lines, reason = "a list of pages, one after the other")]
fn pages(tenant: &Tenant, wording: &Wording, language: Language) -> Vec<(String, String)> {
    use signin::{SignInMessage, SignInPage};
    let mut drawn = Vec::new();
    let words = || wording.words(tenant, language);
    let frame = |path: &str| Frame::new(tenant, words(), path, crate::screens::number());
    let at = |path: &str, current: usize| {
        let mut frame = frame(path);
        frame.progress = Some(StepProgress::in_first_login(&frame, current));
        frame
    };
    let signed_in = |path: &str| {
        let mut frame = frame(path).with_notices(NoticePlace::Home, today());
        frame.signed_in =
            Some(SignedInName { name: "健保 花子".into(), logout_href: Some(Route::LogOut) });
        frame.ending = Some(account::ending());
        frame
    };
    let mut draw =
        |name: &str, html: Result<String, askama::Error>| drawn.push((name.to_owned(), html.unwrap()));

    for (name, logged_out) in [("portal-top", false), ("portal-top-logged-out", true)] {
        let frame = frame("/").with_notices(NoticePlace::Portal, today());
        draw(name, portal::TopPage { frame, logged_out }.render());
    }
    draw("portal-home", portal::HomePage { frame: signed_in("/"), pending_email: None }.render());
    let mut with_menu = signed_in("/");
    with_menu.notices.clear();
    with_menu.menu = MenuEntry::all();
    let pending_email = Some("hanako.new@example.jp".into());
    draw("portal-home-menu", portal::HomePage { frame: with_menu, pending_email }.render());
    for mail_code in [false, true] {
        let mut frame = frame("/signin/done");
        frame.signed_in = Some(SignedInName { name: "健保 花子".into(), logout_href: None });
        draw(
            if mail_code { "portal-limited-mail" } else { "portal-limited" },
            portal::LimitedPage { frame, login: "hanako.1980".into(), mail_code }.render(),
        );
    }

    let login = || frame("/signin").with_notices(NoticePlace::Login, today());
    draw(
        "signin",
        SignInPage {
            frame: login(),
            login: String::new(),
            remember_offered: true,
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
            remember_offered: true,
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
            remember_offered: true,
            remember: false,
            message: None,
            passkey_alone: false,
            failed: None,
            back: None,
        }
        .render(),
    );

    draw(
        "birth-date",
        first_login::BirthDatePage { frame: at("/signin/birthdate", 0), value: String::new() }.render(),
    );
    let wrong = Refusal::WrongBirthDate { read: date(1979, 8, 23), left: 2 };
    draw(
        "birth-date-wrong",
        first_login::BirthDatePage {
            frame: at("/signin/birthdate", 0).with_refusal("birthdate", &wrong),
            value: "19790823".into(),
        }
        .render(),
    );
    let html = &tenant.terms.html;
    draw("terms", first_login::TermsPage { frame: at("/signin/terms", 1), html, renewed: None }.render());
    let renewed = |changes| {
        let renewed = first_login::Renewed::new(tenant, &words(), "第3版", date(2025, 3, 3));
        let renewed = Some(first_login::Renewed { changes, ..renewed });
        first_login::TermsPage { frame: frame("/signin/terms"), html, renewed }.render()
    };
    let changes = midori().terms.changes;
    draw("terms-changed", renewed(changes.as_deref()));
    draw("terms-changed-untold", renewed(None));
    draw("declined", first_login::DeclinedPage { frame: frame("/signin/terms") }.render());

    // All three methods, whatever the union offers.
    let f = at("/signin/method", 2);
    let option = |factor: Method, key: &str| first_login::MethodOption {
        method: factor,
        label: f.words.msg(key),
        recommended: factor == Method::Passkey,
        selected: factor == Method::Passkey,
    };
    let methods = vec![
        option(Method::Passkey, "first-login-method-passkey"),
        option(Method::AppOtp, "first-login-method-app-otp"),
        option(Method::EmailOtp, "first-login-method-email-otp"),
    ];
    let method = |frame: Frame<'_>, user_id: Option<&str>, methods: Vec<first_login::MethodOption>| {
        first_login::MethodPage { frame, user_id: user_id.map(Into::into), methods }.render()
    };
    draw(
        "method",
        method(
            at("/signin/method", 2).with_notices(NoticePlace::Method, today()),
            Some("hanako01"),
            methods.clone(),
        ),
    );
    draw("method-alone", method(at("/signin/method", 2), None, first_login::MethodOption::list(&f, None)));
    draw("method-user-id", method(at("/signin/method", 2), Some("hanako01"), vec![]));
    let refused = at("/signin/method", 2)
        .with_refusal("user_id", &Refusal::LoginId(LoginIdFlaw::Character { found: '+' }))
        .with_refusal("method", &Refusal::NoMethod);
    draw("method-wrong", method(refused, Some("hana+ko"), methods));

    let rules = || first_login::Rule::list(&tenant.policy.password, &words());
    let password = |frame: Frame<'_>, page| {
        first_login::PasswordPage {
            frame,
            login: "hanako01".into(),
            rules: rules(),
            sign_out_everywhere: true,
            page,
        }
        .render()
    };
    draw("password", password(at("/signin/password", 3), first_login::PasswordAskedAt::FirstLogin));
    draw(
        "password-recovery",
        password(frame("/recovery/password/new"), first_login::PasswordAskedAt::Recovery),
    );
    draw("password-exposed", password(frame("/signin/password"), first_login::PasswordAskedAt::Exposed));
    let refused = at("/signin/password", 3)
        .with_refusal("password", &Refusal::Password(PasswordFlaw::TooShort { min: 8 }))
        .with_refusal("password", &Refusal::Password(PasswordFlaw::Missing(CharClass::Symbol)))
        .with_refusal("password_confirm", &Refusal::PasswordsDiffer);
    draw("password-wrong", password(refused, first_login::PasswordAskedAt::FirstLogin));

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
    draw("email", email(at("/signin/email", 4), "hanako@example.jp", true));
    draw("email-optional", email(at("/signin/email", 4), "", false));
    draw(
        "email-wrong",
        email(at("/signin/email", 4).with_refusal("email", &Refusal::TakenEmail), "taro@example.jp", true),
    );

    let set_up = |frame: Frame<'_>, manual, other_methods| {
        factor::SetUpTotpPage {
            frame,
            action: Route::SetUpApp,
            qr_png_data_uri: qr(),
            secret_groups: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".into(),
            otpauth_url: "otpauth://totp/x:hanako01?secret=JBSWY3DPEHPK3PXP&issuer=x".into(),
            account: "hanako01".into(),
            device_name: "スマートフォン".into(),
            manual,
            sign_out_everywhere: true,
            other_methods,
            added: None,
        }
        .render()
    };
    draw("set-up-totp", set_up(at("/signin/setup/totp", 5), false, true));
    draw("set-up-totp-manual", set_up(at("/signin/setup/totp?manual=1", 5), true, false));
    let refused = at("/signin/setup/totp", 5).with_refusal("code", &Refusal::WrongCodeAtSetUp);
    draw(
        "set-up-totp-wrong",
        set_up(refused.with_refusal("device_name", &Refusal::DeviceNameTaken), false, false),
    );

    let device =
        |id: &str, name: &str, chosen| factor::DeviceChoice { id: id.into(), name: name.into(), chosen };
    draw(
        "prove-totp",
        factor::ProveTotpPage {
            frame: frame("/signin/totp"),
            devices: vec![device("1", "スマートフォン", true)],
            other_way: None,
            back: None,
        }
        .render(),
    );
    let refused = frame("/signin/totp").with_refusal("code", &Refusal::WrongCodeAtSignIn { left: 3 });
    let devices = vec![device("1", "スマートフォン", true), device("2", "会社の携帯", false)];
    draw(
        "prove-totp-wrong",
        factor::ProveTotpPage {
            frame: refused,
            devices,
            other_way: Some(Route::ProvePasskey),
            back: Some(Route::Methods),
        }
        .render(),
    );

    passkey_pages(tenant, wording, language, &mut draw);
    draw("log-out", page::account::LogOutPage { frame: signed_in("/logout") }.render());
    mail::pages(tenant, wording, language, &mut draw);
    account::pages(tenant, wording, language, &mut draw);
    help::pages(tenant, wording, language, &mut draw);
    for kind in problem::ProblemKind::ALL {
        draw(&format!("problem-{}", kind.word()), problem::ProblemPage::new(frame("/x"), kind).render());
    }
    draw("unknown-host", problem::UnknownHostPage { receipt: "K7M294QA".into() }.render());
    draw("unknown-host-turned-away", problem::TurnedAwayPage { receipt: "K7M294QA".into() }.render());
    let closing = Closing {
        last_day: LastDay::kept(jiff::civil::date(2026, 11, 21)),
        asked_at: jiff::Timestamp::UNIX_EPOCH,
        farewell: farewell(tenant),
        closed_at: None,
        exported_at: None,
        erasing_since: None,
        erase_through: None,
        erased_at: None,
    };
    draw("unknown-host-closed", problem::ClosedHostPage::new(&closing, wording).render());
    draw("demo", demo_page(wording, language).render());
    drawn
}

/// The pages that make and show passkeys, and those around them.
fn passkey_pages(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, Result<String, askama::Error>),
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
    let frame =
        |path: &str| Frame::new(tenant, wording.words(tenant, language), path, crate::screens::number());
    let at_home = |path: &str| account::at_home(tenant, wording, language, path);
    let line = |name: &str, synced| passkey::PasskeyLine {
        name: name.into(),
        created: "2026年11月21日 10:00".into(),
        synced,
    };
    let lines = || vec![line("iPhone(iCloudキーチェーン)", true), line("会社のパソコン", false)];

    let first = |failed, other_methods| {
        let mut frame = frame("/signin/setup/passkey");
        frame.progress = Some(StepProgress::in_first_login(&frame, 5));
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
        let frame = at_home("/account/methods/passkey");
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
        let frame = frame("/signin/passkey");
        let back = other_way.and(Some(Route::Methods));
        let (action, options) = (Route::ProvePasskey, Route::ProvePasskeyOptions);
        passkey::ProvePasskeyPage { frame, action, options, passkeys, other_way, back, failed }.render()
    };
    let sign_in = |failed| {
        let frame = frame("/signin").with_notices(NoticePlace::Login, today());
        let (login, message) = (String::new(), None);
        let (remember_offered, remember) = (true, false);
        let (passkey_alone, back) = (true, Some("methods".into()));
        signin::SignInPage { frame, login, remember_offered, remember, message, passkey_alone, failed, back }
            .render()
    };
    let reauth = |frame: Frame<'_>, passkey_alone, failed| {
        let login = "hanako.1980".into();
        let (back, cancel) = ("methods".into(), Route::Methods);
        page::account::ReauthPage { frame, login, back, cancel, passkey_alone, failed }.render()
    };
    draw("set-up-passkey", first(None, true));
    draw("set-up-passkey-alone", first(None, false));
    draw("set-up-passkey-more", added(None));
    draw("prove-passkey", prove(lines(), Some(Route::ProveApp), None));
    draw("prove-passkey-alone", prove(vec![], None, None));
    draw("signin-passkey", sign_in(None));
    draw("reauth", reauth(at_home("/reauth"), false, None));
    draw("reauth-passkey", reauth(at_home("/reauth"), true, None));
    let wrong = at_home("/reauth").with_refusal("password", &Refusal::WrongCredentials { left: Some(2) });
    draw("reauth-wrong", reauth(wrong, true, None));
    for (word, flaw) in FLAWS {
        draw(&format!("set-up-passkey-{word}"), first(Some(flaw), true));
        draw(&format!("set-up-passkey-more-{word}"), added(Some(flaw)));
        draw(&format!("prove-passkey-{word}"), prove(lines(), Some(Route::ProveApp), Some(flaw)));
        draw(&format!("signin-passkey-{word}"), sign_in(Some(flaw)));
        draw(&format!("reauth-passkey-{word}"), reauth(at_home("/reauth"), true, Some(flaw)));
    }
}

fn demo_page(wording: &Wording, language: Language) -> demo::DemoPage<'_> {
    let member = |name: &str, user_id: &str, activated: bool| demo::DemoMember {
        name: name.into(),
        user_id: user_id.into(),
        first_password: "12345678919801201".into(),
        birth_date: "19801201".into(),
        code: activated.then(|| "066474".into()),
        activated,
    };
    demo::DemoPage {
        key: "gezd gnbv gy3t qojq gezd gnbv gy3t qojq".into(),
        code: Some("066474".into()),
        words: wording.plain(language),
        unions: vec![demo::Union {
            name: "みどり健康保険組合".into(),
            slug: "midori".into(),
            url: "http://midori.localhost:8080/".into(),
            members: vec![member("健保 花子", "hanako01", false), member("健保 太郎", "taro0001", true)],
        }],
        letters: vec![demo::DemoLetter {
            union: "みどり健康保険組合".into(),
            to: "hanako@example.jp".into(),
            subject: "【みどり健保】初回ログインが完了しました(12:05)".into(),
            time: "2026年11月21日 12:05".into(),
            text: "みどり健康保険組合加入者ページの初回ログインが完了しました。\n\n日時: …".into(),
        }],
    }
}

#[test]
fn every_page_renders_in_both_languages_with_the_bones_it_needs() {
    look_at_all(&midori());
}

#[test]
fn every_page_renders_at_every_union_of_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    let loaded =
        load(&folder, &LoadOptions { base_domains: &[], today: today(), ..LoadOptions::default() }).unwrap();
    assert_eq!(loaded.tenants.len(), loaded.seen.len(), "a union was left out: kenpo-portal tenant check");
    assert!(!loaded.tenants.is_empty());
    for tenant in loaded.tenants.iter() {
        look_at_all(tenant);
    }
}

fn look_at_all(tenant: &Tenant) {
    let wording = Wording::new();
    for language in [Language::Ja, Language::En] {
        for (name, html) in pages(tenant, &wording, language) {
            look_at(tenant, &name, language, &html);
        }
    }
}

fn look_at(tenant: &Tenant, page_name: &str, language: Language, html: &str) {
    let name = &format!("{page_name}.{} at {}", language.as_str(), tenant.slug);
    let page = Html::parse_document(html);
    assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
    let all = |css: &str| page.select(&Selector::parse(css).unwrap()).collect::<Vec<_>>();
    let text = all("html").iter().flat_map(ElementRef::text).collect::<String>();
    let signs = all(".signs, .symbols").iter().flat_map(ElementRef::text).collect::<String>();
    let braces = |text: &str| text.matches(['{', '}']).count();
    assert_eq!(braces(&text), braces(&signs), "{name}: a message is missing");
    assert_eq!(all("h1").len(), 1, "{name}: one h1");
    let levels: Vec<u8> = all("main :is(h1, h2, h3, h4, h5, h6)")
        .iter()
        .map(|h| h.value().name().as_bytes()[1] - b'0')
        .collect();
    assert!(
        levels.windows(2).all(|two| two[1] <= two[0] + 1),
        "{name}: a level of headings is skipped: {levels:?}"
    );
    assert_eq!(all("main").len(), 1, "{name}: one main");
    assert_eq!(all("html[lang]").len(), 1, "{name}: a language");
    assert!(all("[style], style, [onclick], script:not([src])").is_empty(), "{name}: nothing inline");
    let wrong = !all("[aria-invalid], .summary").is_empty();
    let title = all("title").iter().flat_map(ElementRef::text).collect::<String>();
    let failed = wrong || name.starts_with("problem-") || name.starts_with("unknown-host");
    assert_eq!(title.starts_with("エラー:") || title.starts_with("Error:"), failed, "{name}: {title}");
    for field in all("input:not([type=hidden], [aria-hidden]), select") {
        let id = field.attr("id").unwrap_or_else(|| panic!("{name}: a field without id"));
        assert_eq!(all(&format!("label[for='{id}']")).len(), 1, "{name}: a label for {id}");
    }
    for described in all("[aria-describedby]") {
        for id in described.attr("aria-describedby").unwrap().split(' ') {
            assert_eq!(all(&format!("#{id}")).len(), 1, "{name}: {id} describes");
        }
    }
    for link in all(".summary a") {
        assert_eq!(all(link.attr("href").unwrap()).len(), 1, "{name}: the summary leads to its field");
    }
    if !name.starts_with("demo") && !name.starts_with("unknown-host") {
        let phone = tenant.contact.phone.replace('-', "");
        assert_eq!(all(&format!("footer a[href='tel:{phone}']")).len(), 1, "{name}: the union's phone");
        // On failure pages, and on no other (D16, D35).
        let is_failure = name.starts_with("problem-") || !all(".summary").is_empty();
        assert_eq!(text.contains("K7M294QA"), is_failure, "{name}: the receipt number");
        assert!(text.contains(&tenant.name), "{name}: the union's name");
    }
    let sheets = all("link[rel=stylesheet]").into_iter().filter_map(|link| link.attr("href"));
    let scripts = all("script").into_iter().filter_map(|script| script.attr("src"));
    let assets = sheets.chain(scripts).filter_map(assets::find).map(|asset| asset.bytes.len());
    let wire = html.len() + assets.sum::<usize>();
    let is_behind_the_login = !all("[data-seconds]").is_empty();
    let most = if page_name.starts_with("help") {
        // The guide is read at leisure, and is no page anybody has to pass.
        112
    } else if is_behind_the_login {
        // Nobody's first page: sheets and scripts came with the sign-in.
        48
    } else {
        40
    };
    assert!(wire <= most * 1024, "{name}: {wire} bytes before compression");
}

#[test]
fn a_union_s_own_sentence_wins_in_japanese() {
    let (mut tenant, wording) = (midori(), Wording::new());
    tenant.texts_ja = vec![("portal-top-lead".into(), "ようこそ。".into())];
    assert_eq!(wording.words(&tenant, Language::Ja).msg("portal-top-lead"), "ようこそ。");
    assert!(wording.words(&tenant, Language::En).msg("portal-top-lead").starts_with("Use the services"));
    tenant.texts_ja = vec![("portal-top-lead".into(), "おかえりなさい。".into())];
    assert_eq!(wording.words(&tenant, Language::Ja).msg("portal-top-lead"), "おかえりなさい。");
}

#[test]
fn what_changed_in_the_terms_stands_above_them_and_only_for_those_who_agreed_before() {
    let (tenant, wording) = (midori(), Wording::new());
    for (language, heading, agreed) in
        [(Language::Ja, "変わったところ", "2025年3月3日"), (Language::En, "What changed", "3 March 2025")]
    {
        let pages = pages(&tenant, &wording, language);
        let page = |name: &str| {
            let (_, html) = pages.iter().find(|(page, _)| page == name).unwrap();
            Html::parse_document(html)
        };
        let words = |page: &Html, css: &str| -> Vec<String> {
            let css = Selector::parse(css).unwrap();
            page.select(&css).map(|element| element.text().collect::<String>().trim().to_owned()).collect()
        };
        let changed = page("terms-changed");
        assert_eq!(words(&changed, ".changes h2"), [heading]);
        // The union's own text is Japanese, whatever language the page around it has.
        assert!(words(&changed, ".changes [lang=ja]")[0].contains("第6条"));
        assert_eq!(words(&changed, ".terms[lang=ja]").len(), 1);
        assert_eq!(words(&changed, ".changes ~ .terms").len(), 1, "the block comes first");
        assert_eq!(words(&changed, ".parameters dd")[1..], ["第3版", agreed]);
        let untold = page("terms-changed-untold");
        assert_eq!(words(&untold, ".parameters dd"), words(&changed, ".parameters dd"));
        assert!(words(&untold, ".changes").is_empty());
        let first = page("terms");
        assert!(words(&first, ".changes, .parameters").is_empty());
    }
}

#[test]
fn a_passkey_that_was_not_made_is_told_in_the_manual_s_words() {
    let (tenant, wording) = (midori(), Wording::new());
    let pages = pages(&tenant, &wording, Language::Ja);
    let text = |name: &str| {
        let (_, html) = pages.iter().find(|(page, _)| page == name).unwrap();
        Html::parse_document(html).root_element().text().collect::<String>()
    };
    for flaw in ["cancelled", "too-late", "not-accepted"] {
        let text = text(&format!("set-up-passkey-{flaw}"));
        for quoted in
            ["セキュリティーキー・エラー", "セキュリティーキーの登録結果が無効です。", "再試行してください"]
        {
            assert!(text.contains(quoted), "{flaw}: {quoted}");
        }
    }
    let here = text("set-up-passkey-more-already-here");
    assert!(here.contains("この端末は登録ずみです") && !here.contains("無効"), "good news");
    assert!(!text("prove-passkey-cancelled").contains("登録結果"), "nothing was to be registered");
}

#[test]
fn the_script_of_passkeys_is_loaded_where_it_has_a_form() {
    let (tenant, wording) = (midori(), Wording::new());
    for (name, html) in pages(&tenant, &wording, Language::Ja) {
        let page = Html::parse_document(&html);
        let all = |css: &str| page.select(&Selector::parse(css).unwrap()).collect::<Vec<_>>();
        let loaded = !all(&format!("script[src='{}']", assets::PASSKEY_JS.href())).is_empty();
        let forms = all("form[data-passkey]");
        assert!(loaded || forms.is_empty(), "{name}: the script");
        for form in forms {
            let fields = Selector::parse("input[type=hidden][name=credential]").unwrap();
            assert_eq!(form.select(&fields).count(), 1, "{name}: a field for the answer");
            let button = Selector::parse("button[data-busy]").unwrap();
            assert_eq!(form.select(&button).count(), 1, "{name}: a button");
            let (action, options) = (form.attr("action").unwrap(), form.attr("data-options").unwrap());
            assert_eq!(options, format!("{action}/options"), "{name}");
        }
    }
}

#[test]
fn every_refusal_of_a_birth_date_names_the_way_to_write_it() {
    let wording = Wording::new();
    let said = wording.plain(Language::Ja).refusal(&Refusal::BirthDate(BirthDateFlaw::SixDigits));
    assert!(said.contains("19790822"));
}

#[test]
fn every_page_there_is_is_drawn() {
    let here: String = sources("tests/house/screens").iter().map(|source| source.code.as_str()).collect();
    let here = here + &sources("tests/house").into_iter().find(|s| s.path == file!()).unwrap().code;
    let mut pages = 0;
    for source in sources("src/web/page") {
        for at in source.positions("template(") {
            let (_, behind) = source.code[at..].split_once("struct ").unwrap();
            let name: String = behind.chars().take_while(|c| c.is_alphanumeric()).collect();
            pages += 1;
            assert!(here.contains(&name), "{}: {name} is drawn by no test of these", source.place(at));
        }
    }
    assert!(pages > 30, "{pages}");
}

/// Writes the pages as files to look at, if wanted.
#[test]
fn pages_are_written_where_they_are_wanted() {
    let Some(folder) = env::var_os("PORTAL_SCREENS_DIR") else { return };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets/t")).unwrap();
    let (tenant, wording) = (midori(), Wording::new());
    let put = |href: &str, bytes: &[u8]| fs::write(folder.join(href.trim_start_matches('/')), bytes).unwrap();
    for file in assets::ALL {
        put(file.href(), assets::find(file.href()).unwrap().bytes);
    }
    put(&assets::tenant_css_href(&tenant), assets::tenant_css(&tenant).as_bytes());
    put(&assets::picture_href(tenant.brand.logo.as_ref().unwrap()), LOGO);
    for language in [Language::Ja, Language::En] {
        for (name, html) in pages(&tenant, &wording, language) {
            fs::write(
                folder.join(format!("{name}.{}.html", language.as_str())),
                html.replace("\"/assets/", "\"assets/"),
            )
            .unwrap();
        }
    }
}
