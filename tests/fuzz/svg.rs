//! Logos: an SVG that passes is a picture and nothing else, for whatever program draws it.

use kenpo_portal::{cli::tell, domain::tenant::Language, tenants::svg::clean};
use roxmltree::{Document, Node};
use scraper::Html;

use crate::engine::{Target, fuzz};

const WORDS: &[&str] = &[
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml-stylesheet href='x'?>",
    "&#x3c;",
    "&e;",
    "<!DOCTYPE svg [<!ENTITY e \"x\">]>",
    "<!ENTITY f SYSTEM \"file:///etc/passwd\">",
    "onload=",
    " href=",
    " xlink:href=",
    " style=",
    " fill=",
    "url(#a)",
    "url(https://a.jp/)",
    "@import ",
    "javascript:alert(1)",
    "data:image/svg+xml,",
    "image-set(",
    "\\75rl(",
    "<foreignObject>",
    "<image/>",
    "<use/>",
    "<animate/>",
    "<set/>",
    "<a>",
    "xmlns:x=\"http://www.w3.org/1999/xhtml\"",
    "x:",
    "/*",
    "*/",
    "{",
    "}",
    "expression(",
    "-moz-binding:",
    "behavior:",
    "filter",
    "mask",
    "<g>",
    "</g>",
    "</svg>",
    "<title>",
    "</title>",
];

/// What draws nothing by itself, and would load, run or lead somewhere.
const FORBIDDEN: [&str; 20] = [
    "script",
    "foreignobject",
    "image",
    "feimage",
    "a",
    "animate",
    "animatemotion",
    "animatetransform",
    "set",
    "discard",
    "handler",
    "listener",
    "iframe",
    "object",
    "embed",
    "audio",
    "video",
    "link",
    "meta",
    "base",
];

/// Whether a value names something outside the picture: any address, any function that fetches, whatever its case.
fn leads_out(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let outside = |(at, _): (usize, &str)| {
        !value[at + 4..].trim_start().trim_start_matches(['"', '\'']).starts_with('#')
    };
    value.match_indices("url(").any(outside)
        || ["\\", "@import", "image-set", "expression", "src("].iter().any(|word| value.contains(word))
}

/// The picture as the reader of XML sees it that browsers use for `image/svg+xml`.
fn harmless(node: Node<'_, '_>) {
    if node.is_element() {
        let name = node.tag_name().name().to_ascii_lowercase();
        assert!(!FORBIDDEN.contains(&name.as_str()), "<{name}>");
        assert_eq!(node.tag_name().namespace(), Some("http://www.w3.org/2000/svg"), "<{name}>");
        for attribute in node.attributes() {
            let (name, value) = (attribute.name().to_ascii_lowercase(), attribute.value());
            assert!(!name.starts_with("on"), "{name}");
            match name.as_str() {
                "href" | "src" | "base" | "action" | "from" | "to" | "by" => {
                    assert!(value.starts_with('#'), "{name}={value}");
                }
                // Words that nobody reads as an address or a style.
                "id" | "class" | "lang" | "role" => {}
                name if name.starts_with("aria-") => {}
                _ => assert!(!leads_out(value), "{name}={value}"),
            }
        }
        if name == "style" {
            let sheet: String = node.children().filter_map(|child| child.text()).collect();
            assert!(!leads_out(&sheet) && !sheet.contains(['@', '<']), "{sheet}");
        }
    } else {
        assert!(node.is_text() || node.is_root(), "no comment, no instruction");
    }
    node.children().for_each(harmless);
}

#[test]
fn svg() {
    let seeds = [
        include_str!("../../tenants/jswkenpo/logo.svg"),
        include_str!("../tenants/midorikenpo/logo.svg"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 9 9\">\
         <title>みどり &amp; 健保</title><defs><linearGradient id='g'><stop offset='0' stop-color='#fff'/></linearGradient></defs>\
         <style>.a{fill:rgb(0, 1, 2);font-family:'A, \"B\"'} .b,.c{stroke:none}</style><g class=\"a\"><path fill=\"url(#g)\" d=\"M0 0h10\"/>\
         <use xlink:href=\"#g\" transform='rotate(3)' style='fill: url(\"#g\") ; stroke:none'/></g></svg>",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE svg [<!ENTITY ai \"http://ns.adobe.com/AdobeIllustrator/10.0/\">]>\n<svg xmlns:i=\"&ai;\">\
         <metadata><x xmlns=\"&ai;\"/></metadata><switch><foreignObject requiredExtensions=\"&ai;\"><i:pgfRef/></foreignObject>\
         <g i:extraneous=\"self\" style=\"-inkscape-stroke:none;fill:#E60012\"/></switch></svg>",
    ];
    let target = Target {
        name: "svg",
        seeds: seeds.map(|seed| seed.as_bytes().to_vec()).into(),
        words: WORDS,
        longest: 32 * 1024,
        own: None,
        inputs: 600,
    };
    fuzz(&target, |input| {
        // What is no UTF-8 is refused before (`tenants`).
        let text = String::from_utf8_lossy(input);
        match clean(&text) {
            Ok(picture) => {
                assert!(picture.len() <= 500 * 1024, "{} bytes", picture.len());
                let document = Document::parse(&picture).expect("a picture is XML");
                harmless(document.root());
                // Cleaning it again changes nothing, so that no second reading finds another picture in it.
                assert_eq!(clean(&picture).ok().as_deref(), Some(picture.as_str()));
                // Nor does a reader of HTML find anything in it that runs.
                let page = Html::parse_document(&picture);
                for element in page.root_element().descendants().filter_map(scraper::ElementRef::wrap) {
                    let name = element.value().name().to_ascii_lowercase();
                    assert!(!FORBIDDEN.contains(&name.as_str()), "as HTML: <{name}>");
                    for (name, _) in element.value().attrs() {
                        assert!(!name.to_ascii_lowercase().starts_with("on"), "as HTML: {name}");
                    }
                }
                (String::new(), document.descendants().count().min(30))
            }
            Err(unclean) => {
                let lines = text.split('\n').count();
                assert!((1..=lines).contains(&unclean.line), "line {} of {lines}", unclean.line);
                for language in [Language::Ja, Language::En] {
                    let told = tell(language, &unclean.why);
                    assert!(!told.is_empty() && !told.starts_with("{finding-"), "{told}");
                }
                (unclean.why.name().to_owned(), 0)
            }
        }
    });
}
