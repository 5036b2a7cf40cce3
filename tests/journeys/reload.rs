//! Reload: the unions' files are read again while members are served.

use axum::http::Method;
use http_body_util::BodyExt as _;
use kenpo_portal::{tenants::Tenants, web::assets::tenant_css_href};
use tower::ServiceExt as _;

use crate::{holder::JRP, town::Town};

/// How often the version in force is replaced.
const REPLACED: usize = 10_000;
/// How many pages are read meanwhile at least.
const PAGES: usize = 100;

/// Two values of one version, which stand in a page at two places that nothing else connects.
fn values(unions: &Tenants) -> [String; 2] {
    let union = unions.iter().find(|union| union.slug.as_str() == JRP).unwrap();
    [union.heading.clone(), tenant_css_href(union)]
}

#[tokio::test]
async fn no_request_sees_two_versions_however_often_they_are_replaced() {
    let town = Town::open().await;
    let version = |heading: &str, colour: &str| {
        let (heading, colour) = (format!("= \"{heading}\""), format!("primary = \"{colour}\""));
        Town::unions_with(JRP, |text| {
            text.replace("= \"健康保険組合加入者ページ\"", &heading).replace("primary = \"#1b6b2f\"", &colour)
        })
    };
    let versions = [version("はじめの見出し", "#1b6b2f"), version("つぎの見出し", "#00529b")];
    let seen = versions.each_ref().map(values);
    assert!(seen[0].iter().all(|value| !seen[1].contains(value)), "{seen:?}");
    town.app.replace(versions[0].clone(), Vec::new());
    let website = town.app.clone();
    let replacing = std::thread::spawn(move || {
        for round in 0..REPLACED {
            website.replace(versions[round % 2].clone(), Vec::new());
        }
    });
    let (browser, mut counts) = (town.browser(JRP), [0, 0]);
    while !replacing.is_finished() || counts.iter().sum::<usize>() < PAGES {
        let request = browser.request(&Method::GET, "/signin", None);
        let response = town.router.clone().oneshot(request).await.unwrap();
        let page = response.into_body().collect().await.unwrap().to_bytes();
        let page = std::str::from_utf8(&page).unwrap();
        let holds = |values: &[String; 2]| values.each_ref().map(|value| page.contains(value.as_str()));
        match seen.each_ref().map(holds) {
            [[true, true], [false, false]] => counts[0] += 1,
            [[false, false], [true, true]] => counts[1] += 1,
            mixed => panic!("{mixed:?}: {page}"),
        }
    }
    replacing.join().unwrap();
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    town.close().await;
}
