//! The guide on paper: it says what the page says, and stands by itself.

use kenpo_portal::{
    domain::tenant::{Language, Tenant},
    web::sample::help::{guide, others, pages},
    wording::Wording,
};
use scraper::{Html, Selector};

use crate::sample_tenant::midori;

/// The made-up union, and unions that differ from it.
fn unions() -> Vec<(&'static str, Tenant)> {
    let mut unions = others(&midori());
    unions.push(("help", midori()));
    unions
}

fn words(page: &Html, css: &str) -> Vec<String> {
    let css = Selector::parse(css).unwrap();
    let one = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    page.select(&css).map(|element| one(element.text().collect())).collect()
}

#[test]
fn the_paper_says_what_the_page_of_that_union_says_in_its_order() {
    let wording = Wording::new();
    for language in [Language::Ja, Language::En] {
        for (name, union) in unions() {
            let paper = Html::parse_document(&guide(&union, &wording, language).unwrap());
            assert!(paper.errors.is_empty(), "{name}: {:?}", paper.errors);
            let mut page = None;
            pages(&union, &wording, language, &mut |page_name, html| {
                if page_name == "help-whole" {
                    page = Some(Html::parse_document(&html.unwrap()));
                }
            });
            let page = page.unwrap();
            for section in ["#first-login", "#sign-in", "#passkeys", "#mail-codes", "#mail", "#safety"] {
                assert_eq!(words(&paper, section), words(&page, section), "{name}: {section}");
            }
            let titles = words(&page, "section.kind > h2");
            let told = words(&paper, "section.kind:not(#rules) > h2");
            assert_eq!((told, words(&paper, "#contents li")), (titles.clone(), titles), "{name}");
            // What is chosen behind first login stands right behind it.
            let rules = words(&page, ".rules li");
            assert_eq!(words(&paper, "#rules .rules li"), rules, "{name}");
            assert!(rules.len() > 3 && words(&paper, ".rules").len() == 1, "{name}: {rules:?}");
            assert!(words(&paper, ".what").len() >= 6, "{name}: steps of first login");
        }
    }
}

#[test]
fn the_paper_needs_nothing_beside_it_and_names_whom_to_call() {
    let wording = Wording::new();
    for (name, union) in unions() {
        let html = guide(&union, &wording, Language::Ja).unwrap();
        let page = Html::parse_document(&html);
        let all = |css: &str| page.select(&Selector::parse(css).unwrap()).collect::<Vec<_>>();
        assert!(all("script, link, iframe, form, [onclick]").is_empty(), "{name}");
        assert_eq!((all("h1").len(), all("style").len()), (1, 1), "{name}");
        for picture in all("img") {
            assert!(picture.attr("src").unwrap().starts_with("data:image/"), "{name}");
        }
        for link in all("a") {
            let href = link.attr("href").unwrap();
            match href.strip_prefix('#') {
                Some(id) => assert_eq!(all(&format!("[id='{id}']")).len(), 1, "{name}: {id}"),
                None => assert!(href.starts_with("https://") || href.starts_with("tel:"), "{name}: {href}"),
            }
        }
        let cover = words(&page, "header")[0].clone();
        for told in
            [union.name.as_str(), &union.contact.phone, &union.contact.hours, "https://midori.localhost/"]
        {
            assert!(cover.contains(told), "{name}: {told}");
        }
        // Sheets of A4 with their numbers; nothing is cut within a step.
        for rule in ["size: A4", "counter(page)", "p, li, .rules, .box { break-inside: avoid }"] {
            assert!(html.contains(rule), "{name}: {rule}");
        }
        assert!(!words(&page, "html")[0].contains(['{', '}']) || all("style").len() == 1, "{name}");
        let body = words(&page, "body")[0].clone();
        let symbols: usize =
            words(&page, ".symbols").iter().map(|text| text.matches(['{', '}']).count()).sum();
        assert_eq!(body.matches(['{', '}']).count(), symbols, "{name}: a message is missing");
    }
}
