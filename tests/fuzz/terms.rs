//! Terms: Markdown of a union's office, drawn into the portal's own pages.

use std::fs;

use scraper::{ElementRef, Html};

use crate::{
    engine::{Target, fuzz},
    tenants::{TERMS, folder, read},
};

const WORDS: &[&str] = &[
    "# ",
    "## 変わったところ",
    "## 第1条",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "[x](javascript:alert(1))",
    "[x](https://a.jp/)",
    "![x](y)",
    "<https://a.jp/>",
    "```",
    "`",
    "| a | b |\n|---|---|",
    "&lt;",
    "&#106;",
    "<img src=x onerror=y>",
    "[x]: data:text/html,x",
    "***",
    "1. ",
    "- ",
    "> ",
    "\\",
    "<a href='x'>",
    "[^1]",
    "- [ ] ",
    "$x$",
    "~~",
    "{#id}",
];

/// What may stand in terms; everything else is somebody's HTML.
const ELEMENTS: [&str; 29] = [
    "html",
    "head",
    "body",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "ul",
    "ol",
    "li",
    "em",
    "strong",
    "blockquote",
    "code",
    "pre",
    "hr",
    "br",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "del",
    "sup",
];

fn harmless(html: &str) {
    let page = Html::parse_document(html);
    for element in page.root_element().descendants().filter_map(ElementRef::wrap) {
        let name = element.value().name();
        assert!(ELEMENTS.contains(&name), "<{name}> in {html}");
        for (attribute, value) in element.value().attrs() {
            match (name, attribute) {
                ("a", "href") => {
                    let leads =
                        ["https://", "mailto:", "tel:", "#"].iter().any(|start| value.starts_with(start));
                    assert!(leads, "{value}");
                }
                ("ol", "start")
                | ("code", "class")
                | ("th" | "td", "style")
                | ("a", "title" | "rel" | "target" | "class")
                | (_, "id") => {}
                _ => panic!("<{name} {attribute}={value:?}>"),
            }
        }
    }
}

#[test]
fn terms() {
    let dir = folder();
    let path = dir.path().join("midorikenpo/terms.md");
    let seeds = [
        TERMS,
        include_str!("../../tenants/jswkenpo/terms-2025-09.md"),
        include_str!("../tenants/hinatakenpo/terms.md"),
    ];
    let target = Target {
        name: "terms",
        seeds: seeds.map(|seed| seed.as_bytes().to_vec()).into(),
        words: WORDS,
        longest: 32 * 1024,
        own: None,
        inputs: 60,
    };
    fuzz(&target, |text| {
        fs::write(&path, text).unwrap();
        let loaded = read(dir.path());
        for tenant in loaded.tenants.iter() {
            harmless(&tenant.terms.html);
            tenant.terms.changes.iter().for_each(|changes| harmless(changes));
            assert_eq!(tenant.terms.hash.len(), 64);
        }
        let codes: Vec<_> =
            loaded.findings.iter().map(|finding| (finding.code, finding.message.name().to_owned())).collect();
        (
            codes,
            loaded.tenants.iter().map(|tenant| tenant.terms.html.matches('<').count().min(40)).sum::<usize>(),
        )
    });
}
