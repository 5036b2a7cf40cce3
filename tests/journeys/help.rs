//! 「ご利用の手引き」: everybody may read it, and it tells of this union and of no other.

use axum::{
    body::Body,
    http::{self, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use kenpo_portal::domain::tenant::{AuthApp, Language, Method, Tenant};
use scraper::{Html, Selector};
use tower::ServiceExt as _;

use crate::{
    holder::{Held, Holder},
    passkey_alone::alone,
    town::{Browser, JSW, Town, hours},
    walk::{first_login, up_to},
};

/// Every app a union may name, and what the guide calls its steps.
const APPS: [(AuthApp, &str); 5] = [
    (AuthApp::Google, "app-google"),
    (AuthApp::Microsoft, "app-microsoft"),
    (AuthApp::FreeOtp, "app-freeotp"),
    (AuthApp::ChromeAuthenticator, "app-chrome"),
    (AuthApp::EdgeOpenTwoFactor, "app-edge"),
];

/// Every method, and its section.
const SECTIONS: [(Method, &str); 3] =
    [(Method::Passkey, "passkeys"), (Method::AppOtp, "apps"), (Method::EmailOtp, "mail-codes")];

/// Where the links of the main part lead.
fn links(browser: &Browser) -> Vec<String> {
    let page = Html::parse_document(browser.page());
    let links = Selector::parse("main a[href]").unwrap();
    page.select(&links).map(|link| link.attr("href").unwrap().to_owned()).collect()
}

/// It names the apps and methods of this union and no other.
fn names_what_is_offered(browser: &Browser, tenant: &Tenant) {
    let slug = &tenant.slug;
    for (method, section) in SECTIONS {
        let offered = tenant.policy.offers(method);
        assert_eq!(browser.has(&format!("#{section}")), offered, "{slug}: {section}");
    }
    for (app, steps) in APPS {
        let named = tenant.policy.app_otp.apps.contains(&app) && browser.has("#apps");
        assert_eq!(browser.has(&format!("#{steps}")), named, "{slug}: {steps}");
    }
    let phone = tenant.contact.phone.replace('-', "");
    assert!(browser.has(&format!("#contact a[href='tel:{phone}']")), "{slug}");
    let language = if browser.has("html[lang=en]") { Language::En } else { Language::Ja };
    assert!(browser.text_of("#contact").contains(tenant.name_in(language).text), "{slug}");
}

#[tokio::test]
async fn every_union_has_its_own_guide_in_every_language() {
    let town = Town::open().await;
    let names: Vec<String> = town.app.tenants().iter().map(|tenant| tenant.name.clone()).collect();
    for tenant in town.app.tenants().iter() {
        let slug = tenant.slug.as_str();
        let mut browser = town.browser(slug);
        for language in &tenant.languages {
            browser.post("/language", &format!("lang={}&back=/help/all", language.as_str())).await;
            let heading = if language.as_str() == "ja" { "ご利用の手引き" } else { "Guide" };
            browser.is_at("/help/all", heading);
            assert_eq!(browser.status, StatusCode::OK);
            names_what_is_offered(&browser, tenant);
            let links = links(&browser);
            for anchor in links.iter().filter_map(|href| href.strip_prefix('#')) {
                assert!(browser.has(&format!("[id='{anchor}']")), "{slug}: {anchor}");
            }
            for page in links.iter().filter(|href| href.starts_with('/')) {
                let mut other = town.browser(slug);
                assert_eq!(other.visit(page).await.status, StatusCode::OK, "{slug}: {page}");
            }
            for name in names.iter().filter(|name| **name != tenant.name) {
                assert!(!browser.page().contains(name), "{slug} tells of {name}");
            }
        }
    }
    town.close().await;
}

#[tokio::test]
async fn first_login_is_told_in_the_order_in_which_it_is_asked() {
    let town = Town::open().await;
    for tenant in town.app.tenants().iter() {
        let slug = tenant.slug.as_str();
        if !tenant.policy.offers(Method::AppOtp) {
            continue;
        }
        let mut browser = town.browser(slug);
        browser.visit("/help/all").await;
        let page = Html::parse_document(browser.page());
        let headings = Selector::parse("#first-login .steps .what").unwrap();
        let told = page.select(&headings).map(|e| e.text().collect::<String>());
        let told: Vec<_> =
            told.filter(|heading| heading != "ページを開く" && heading != "できあがり").collect();
        let (taro, mut phone) = (town.taro(slug).await, town.phone());
        let mut asked = first_login(&mut browser, &taro, &mut phone).await;
        // Where there is a choice, the guide tells of it under one heading.
        let last = asked.last_mut().unwrap();
        if tenant.policy.methods.len() > 1 {
            assert_eq!(last, "ワンタイムパスワードの設定");
            "認証方法の登録".clone_into(last);
        }
        assert_eq!(told, asked, "{slug}");
    }
    town.close().await;
}

#[tokio::test]
async fn it_tells_what_fits_a_union_of_another_kind() {
    let methods = |methods: &'static str| {
        move |text: String| {
            text.replace("\"passkey\", \"app-otp\"", methods).replace("\"continue\"", "\"relogin\"")
        }
    };
    let town = Town::edited(JSW, methods("\"passkey\"")).await;
    let mut browser = town.browser(JSW);
    browser.visit("/help/all").await;
    names_what_is_offered(&browser, &town.tenant(JSW));
    for other in ["認証アプリ", "Authenticator", "FreeOTP", "ワンタイムパスワード"] {
        assert!(!browser.text().contains(other), "{other}");
    }
    assert!(browser.text().contains("会社のパソコンはお使いいただけません。"), "the union's notice");
    town.close().await;

    let town = Town::edited(JSW, methods("\"app-otp\"")).await;
    let mut browser = town.browser(JSW);
    browser.visit("/help/all").await;
    names_what_is_offered(&browser, &town.tenant(JSW));
    for other in ["生体認証", "パスキー", "Windows Hello"] {
        assert!(!browser.text().contains(other), "{other}");
    }
    town.close().await;

    let by_desk =
        |text: String| format!("{text}\n[recovery]\nreset_link_minutes = 15\nlost_factor = \"desk-code\"\n");
    let town = Town::edited(JSW, by_desk).await;
    let mut browser = town.browser(JSW);
    let text = browser.visit("/help/all").await.text();
    assert!(text.contains("12文字の確認コード") && text.contains("15分を過ぎると"), "{text}");
    town.close().await;

    let slow = |text: String| format!("{text}\n[recovery]\nlost_factor_wait_hours = 36\n");
    let town = Town::edited(JSW, slow).await;
    let mut browser = town.browser(JSW);
    let text = browser.visit("/help/all").await.text();
    assert!(text.contains("36時間お待ちいただきます") && !text.contains("12文字"), "{text}");
    town.close().await;

    let town = Town::edited(JSW, alone).await;
    let mut browser = town.browser(JSW);
    assert!(browser.visit("/help/all").await.text().contains("押すだけでもログインできます"));
    town.close().await;

    let by_mail = |text: String| text.replace("\"passkey\", \"app-otp\", \"email-otp\"", "\"email-otp\"");
    let town = Town::edited("jrpluskenpo", by_mail).await;
    let mut browser = town.browser("jrpluskenpo");
    browser.visit("/help/all").await;
    names_what_is_offered(&browser, &town.tenant("jrpluskenpo"));
    assert!(!browser.text().contains("認証アプリ"), "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn a_union_may_say_it_in_its_own_words() {
    let own = |text: String| format!("{text}\n[texts.ja]\nhelp-a-name = \"人事部へお申し出ください。\"\n");
    let town = Town::edited(JSW, own).await;
    let mut browser = town.browser(JSW);
    assert!(browser.visit("/help/all").await.text().contains("人事部へお申し出ください。"));
    town.close().await;
}

#[tokio::test]
async fn a_member_keeps_name_and_menu_and_loses_nothing_by_reading() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    browser.visit("/").await;
    browser.visit("/help").await;
    assert!(!browser.has(".me") && !browser.has(".menu") && !browser.has(".banner"));
    // In the middle of first login: the way back is told, and the step is the same afterwards.
    up_to(&mut browser, &hanako, &mut phone, "パスワードの更新").await;
    browser.visit("/help").await.is_at("/help", "ご利用の手引き");
    assert!(browser.text_of(".banner").contains("もとの画面に戻れます"));
    browser.visit("/signin/password").await.is_at("/signin/password", "パスワードの更新");
    first_login(&mut browser, &hanako, &mut phone).await;
    browser.visit("/help").await.is_at("/help", "ご利用の手引き");
    assert!(browser.text_of(".me").contains("健保 花子") && browser.has(".menu") && !browser.has(".banner"));
    browser.visit("/").await.is_at("/", "サービス");
    // Whose session ran out reads on as anybody.
    town.clock.advance(hours(1));
    browser.visit("/help").await.is_at("/help", "ご利用の手引き");
    assert!(!browser.has(".me") && !browser.has(".menu"));
    town.close().await;
}

#[tokio::test]
async fn it_can_be_found_from_every_page_and_from_the_set_up() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    for (path, place) in [
        ("/", "/help"),
        ("/signin", "/help"),
        ("/recovery/password", "/help/questions"),
        ("/recovery/user-id", "/help/questions"),
        ("/nowhere", "/help"),
        ("/help", "/help"),
    ] {
        browser.visit(path).await;
        assert!(browser.has(&format!("footer a[href='{place}']")), "{path}");
    }
    up_to(&mut browser, &hanako, &mut phone, "ワンタイムパスワードの設定").await;
    for href in links(&browser).iter().filter(|href| href.starts_with("/help/")) {
        let mut reader = town.browser(JSW);
        let word = href.strip_prefix("/help/").unwrap();
        assert!(reader.visit(href).await.has(&format!("section#{word}")), "{href}");
    }
    assert!(links(&browser).iter().any(|href| href == "/help/apps"));
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    for (path, place) in [
        ("/", "/help"),
        ("/account/profile", "/help/settings"),
        ("/account/methods", "/help/settings"),
        ("/account/methods/totp", "/help/apps"),
        ("/account/activity", "/help/settings"),
        ("/logout", "/help/sign-in"),
    ] {
        browser.visit(path).await;
        assert!(browser.has(&format!("footer a[href='{place}']")), "{path}: {:?}", links(&browser));
    }
    town.close().await;
}

#[tokio::test]
async fn it_answers_head_and_nothing_but_get_and_only_where_a_union_is() {
    let mut town = Town::open().await;
    let mut browser = town.browser(JSW);
    let head = browser.request(&http::Method::HEAD, "/help", None);
    let answer = town.router.clone().oneshot(head).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());
    browser.post("/help", "").await;
    assert_eq!(browser.status, StatusCode::METHOD_NOT_ALLOWED);
    let stranger = Request::builder().uri("/help").header(header::HOST, "www.nowhere.example.jp");
    assert_eq!(browser.send(stranger.body(Body::empty()).unwrap()).await.status, 421);
    for (status, code) in [("maintenance", 503), ("closed", 410)] {
        town.restart(JSW, |text| text.replace("status     = \"open\"", &format!("status = \"{status}\"")));
        assert_eq!(town.browser(JSW).visit("/help").await.status, code, "{status}");
    }
    let host = town.tenant(JSW).hosts.primary.clone();
    town.restart(JSW, |text| text.replace("status     = \"open\"", "status = \"draft\""));
    let request = Request::builder().uri("/help").header(header::HOST, &host).body(Body::empty()).unwrap();
    let mut outside = town.browser("mgckenpo");
    assert_eq!(outside.send(request).await.status, 421, "a draft is unknown to the world");
    town.close().await;
}

#[tokio::test]
async fn chapters_hold_together_and_say_what_the_whole_says() {
    let town = Town::open().await;
    for tenant in town.app.tenants().iter() {
        let mut browser = town.browser(tenant.slug.as_str());
        let chapters: Vec<String> = links(browser.visit("/help").await)
            .into_iter()
            .filter(|href| href.starts_with("/help/"))
            .collect();
        assert_eq!(chapters.last().unwrap(), "/help/all");
        let mut whole = town.browser(tenant.slug.as_str());
        whole.visit("/help/all").await;
        let mut turned = vec![];
        let mut at = chapters[0].clone();
        loop {
            browser.visit(&at).await.is_at(&at, "ご利用の手引き");
            let word = at.strip_prefix("/help/").unwrap();
            let text = browser.text_of(&format!("#{word}"));
            let there = whole.text_of(&format!("#{word}"));
            assert_eq!(Some(text.as_str()), there.strip_suffix(" 目次に戻る"), "{at}");
            // Every place it names is there.
            for href in links(&browser) {
                let mut other = town.browser(tenant.slug.as_str());
                let (page, anchor) = href.split_once('#').unwrap_or((&href, ""));
                let page = if page.is_empty() { at.as_str() } else { page };
                if page.starts_with("/help") {
                    other.visit(page).await;
                    assert_eq!(other.status, StatusCode::OK, "{at}: {href}");
                    assert!(anchor.is_empty() || other.has(&format!("[id='{anchor}']")), "{at}: {href}");
                }
            }
            turned.push(at.clone());
            let Some(next) = browser.links().into_iter().find(|(text, _)| text.starts_with("次の章"))
            else {
                break;
            };
            at = next.1;
        }
        assert_eq!(turned, chapters[..chapters.len() - 1], "the contents and the pages that are turned");
        // Each page of first login that is drawn says what it shows.
        browser.visit("/help/first-login").await;
        assert!(browser.has("svg.shot[role=img][aria-label*='「ユーザID」の欄']"), "{}", tenant.slug);
        let mut nobody = town.browser(tenant.slug.as_str());
        assert_eq!(nobody.visit("/help/no-such-chapter").await.status, StatusCode::NOT_FOUND);
    }
    town.close().await;
}
