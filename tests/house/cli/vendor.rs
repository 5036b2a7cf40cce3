//! `sso vendor`: what it tells a service's company is what the program tells services, and what the union's file says.

use std::fs;

use kenpo_portal::domain::sso::{Scope, SigningAlgorithm, acr::Acr, claims, discovery, logout};
use scraper::{Html, Selector};
use serde_json::Value;

use super::program::Place;
use crate::tenants::MIDORI;

const ISSUER: &str = "https://www.midorikenpo.portal.example.jp";

const SERVICES: &str = r#"
[[services]]
id = "kenshin"
label = "健診予約"
url = "https://kenshin.example.jp/login"

[services.sso]
client_id = "kenshin"
operator = "株式会社けんしん"
relation = "entrusted"
purpose = "health-insurance"
redirect_uris = ["https://kenshin.example.jp/oidc/callback"]
post_logout_redirect_uris = ["https://kenshin.example.jp/bye"]
backchannel_logout_uri = "https://kenshin.example.jp/oidc/out"
signing = "RS256"
scopes = ["openid", "profile", "kenpo_insured"]

[[services]]
id = "betsu"
label = "べつのサービス"
url = "https://betsu.example.jp/"

[services.sso]
client_id = "betsu"
operator = "株式会社べつ"
relation = "joint"
purpose = "other"
redirect_uris = ["https://betsu.example.jp/callback"]
scopes = ["openid"]
start = "plain"
"#;

/// The union's file without single sign-on.
fn bare() -> &'static str {
    MIDORI.split("[services.sso]").next().unwrap()
}

fn with_services() -> Place {
    let place = Place::ready();
    fs::write(place.path("midorikenpo.toml"), format!("{}{SERVICES}", bare())).unwrap();
    place
}

/// The words of each `code` and `pre` of the page, in their order.
fn code(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let code = Selector::parse("code, pre").unwrap();
    page.select(&code).map(|one| one.text().collect()).collect()
}

#[test]
fn the_page_for_companies_says_what_the_program_tells_services() {
    let place = with_services();
    for language in ["ja", "en"] {
        let made = place.run(&["sso", "vendor", "--tenant", "midorikenpo", "--lang", language]);
        assert_eq!(made.code, 0, "{}", made.err);
        assert!(made.out.contains(&format!("<html lang=\"{language}\">")), "{language}");
        assert!(!made.out.contains('{') || !made.out.contains("{vendor"), "a sentence is missing");
        let code = code(&made.out);
        let says = |words: &str| code.iter().any(|one| one == words);
        let document = discovery::document(ISSUER, ISSUER);
        let mut addresses = 0;
        for (name, value) in document.as_object().unwrap() {
            if let Some(address) = value.as_str() {
                addresses += 1;
                assert!(says(address), "{name}: {address}");
            }
        }
        assert!(addresses >= 5, "{document}");
        assert!(says(&format!("{ISSUER}/.well-known/openid-configuration")));
        let list = |name: &str| {
            let values: Vec<&str> =
                document[name].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            values.join(" ")
        };
        for name in [
            "token_endpoint_auth_methods_supported",
            "id_token_signing_alg_values_supported",
            "code_challenge_methods_supported",
        ] {
            assert!(says(&list(name)), "{name}");
        }
        for (scope, word) in Scope::WORDS {
            assert!(says(word), "{word}");
            let gives = [&["sub"], claims::of_scope(scope)].concat().join(", ");
            assert!(says(&gives), "{word}: {gives}");
        }
        for acr in Acr::SUPPORTED {
            assert!(says(acr), "{acr}");
        }
        // The union's file.
        for words in [
            "kenshin",
            "https://kenshin.example.jp/oidc/callback",
            "https://kenshin.example.jp/bye",
            "https://kenshin.example.jp/oidc/out",
            "openid profile kenpo_insured",
            SigningAlgorithm::Rs256.as_str(),
            "https://betsu.example.jp/callback",
            "https://betsu.example.jp/",
        ] {
            assert!(says(words), "{words}");
        }
        let initiated = code.iter().find(|one| one.starts_with("https://kenshin.example.jp/login?iss="));
        assert!(initiated.is_some_and(|address| address.contains("&target_link_uri=")), "{code:?}");
        // The examples have the values of the first service.
        let examples: Vec<&String> = code.iter().filter(|one| one.contains('\n')).collect();
        assert_eq!(examples.len(), 3);
        for example in examples {
            assert!(
                example.contains("kenshin") && example.contains("openid profile kenpo_insured"),
                "{example}"
            );
            assert!(example.contains("https://kenshin.example.jp/oidc/callback"), "{example}");
        }
        // Logging out, by the figures of what tells services.
        let figures = match language {
            "ja" => ["5秒 / 30秒 / 2分 / 10分 / 1時間 / 6時間", "24時間", "5秒以内", "有効期間は2分"],
            _ => [
                "5 seconds / 30 seconds / 2 minutes / 10 minutes / 1 hour / 6 hours",
                "24 hours",
                "within 5 seconds",
                "good for 2 minutes",
            ],
        };
        for figure in figures.into_iter().chain([logout::TOKEN_TYPE, "end_session_endpoint", "id_token_hint"])
        {
            assert!(made.out.contains(figure), "{language}: {figure}");
        }
        let apache = code.iter().find(|one| one.contains("OIDCProviderMetadataURL")).unwrap();
        assert!(apache.contains("https://kenshin.example.jp/oidc/callback?logout=backchannel"), "{apache}");
    }
}

#[test]
fn what_goes_to_one_company_says_nothing_of_the_others_and_never_takes_a_files_place() {
    let place = with_services();
    let file = place.path("betsu.html");
    let arguments =
        ["sso", "vendor", "--tenant", "midorikenpo", "--client", "betsu", "-o", file.to_str().unwrap()];
    let made = place.run(&arguments);
    assert_eq!((made.code, made.out.as_str()), (0, ""), "{}", made.err);
    assert!(made.err.contains("betsu.html"), "{}", made.err);
    let html = fs::read_to_string(&file).unwrap();
    assert!(html.contains("https://betsu.example.jp/callback") && !html.contains("kenshin"), "{html}");
    // Nothing loads, nothing runs.
    assert!(html.contains("default-src &#39;none&#39;") || html.contains("default-src 'none'"));
    assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("href="));
    let again = place.run(&arguments);
    assert_eq!((again.code, again.err.contains("betsu.html")), (2, true), "{}", again.err);
    let unknown = place.run(&["sso", "vendor", "--tenant", "midorikenpo", "--client", "nobody"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""));
    assert!(unknown.err.contains("kenshin") && unknown.err.contains("betsu"), "{}", unknown.err);
    // A union for trying out says so.
    fs::write(place.path("midorikenpo.toml"), format!("{}{SERVICES}\n[sso]\ntest = true\n", bare())).unwrap();
    let test = place.run(&["sso", "vendor", "--tenant", "midorikenpo", "--lang", "en"]);
    assert!(test.out.contains("This is a union for trying out."), "{}", test.err);
    // One without services says what it wants to know.
    fs::write(place.path("midorikenpo.toml"), bare()).unwrap();
    let none = place.run(&["sso", "vendor", "--tenant", "midorikenpo"]);
    assert_eq!(none.code, 0, "{}", none.err);
    assert!(none.out.contains("まだ登録されていません") && none.out.contains("戻り先のアドレス"));
}
