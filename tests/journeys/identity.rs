//! What shows a union beside its pages: icons, the manifest, the card of a shared address, the photograph of the entrance.

use axum::http::StatusCode;
use kenpo_portal::domain::tenant::Language;
use serde_json::Value;

use crate::town::{JSW, Town};

#[tokio::test]
async fn each_union_has_its_own_icons_and_manifest_and_shares_without_words_in_pictures() {
    let town = Town::open().await;
    let mut icons = Vec::new();
    for tenant in town.app.tenants().iter() {
        let mut browser = town.browser(tenant.slug.as_str());
        for language in [Language::Ja, Language::En] {
            browser.speaks(language.as_str()).visit("/").await;
            let href = |rel: &str| {
                let page = browser.page();
                let (_, rest) = page.split_once(&format!("<link rel=\"{rel}\" href=\"")).unwrap();
                rest.split_once('"').unwrap().0.to_owned()
            };
            let (icon, touch, manifest) = (href("icon"), href("apple-touch-icon"), href("manifest"));
            let title = format!("property=\"og:title\" content=\"{}\"", tenant.heading_in(language).text);
            assert!(browser.page().contains(&title), "{}", tenant.slug);
            let image = format!("property=\"og:image\" content=\"{}{touch}\"", browser.origin());
            assert!(browser.page().contains(&image), "{image}");
            let (status, file) = browser.file(&manifest).await;
            assert_eq!(status, StatusCode::OK);
            let told: Value = serde_json::from_slice(&file).unwrap();
            assert_eq!(told["name"], tenant.name_in(language).text);
            assert_eq!(told["short_name"], tenant.short_name_in(language).text);
            assert_eq!(told["lang"], tenant.name_in(language).language.as_str());
            assert_eq!(
                (&told["theme_color"], &told["display"]),
                (&Value::from(tenant.brand.primary.as_str()), &Value::from("browser"))
            );
            assert_eq!(
                (&told["icons"][0]["src"], &told["icons"][1]["src"]),
                (&Value::from(touch.as_str()), &Value::from(icon.as_str()))
            );
            assert!(browser.file(&touch).await.1.starts_with(b"\x89PNG\r\n\x1a\n"));
            assert_eq!(browser.file("/favicon.ico").await, browser.file(&icon).await);
            icons.push(icon);
            // No other union's host knows them.
            let other =
                town.app.tenants().iter().find(|other| other.slug != tenant.slug).unwrap().slug.clone();
            assert_eq!(town.browser(other.as_str()).file(&manifest).await.0, StatusCode::NOT_FOUND);
        }
    }
    icons.sort_unstable();
    icons.dedup();
    assert_eq!(icons.len(), town.app.tenants().len(), "no two unions look alike in a tab");
    town.close().await;
}

#[tokio::test]
async fn only_the_entrance_and_the_guide_are_made_to_be_shared() {
    let town = Town::open().await;
    let mut browser = town.browser(JSW);
    for (path, shared) in [("/", true), ("/help", true), ("/signin", false), ("/recovery/password", false)] {
        browser.visit(path).await;
        assert_eq!(browser.page().contains("og:title"), shared, "{path}");
        assert!(browser.page().contains("noindex"), "{path}");
    }
    town.close().await;
}
