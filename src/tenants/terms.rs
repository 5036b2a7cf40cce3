//! Terms: a union's Markdown as the page shows it. Raw HTML and pictures are left out, headings step
//! down by one so that the page keeps its only h1, and links lead only where a member may go.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The terms as HTML.
pub(super) struct Rendered {
    pub html: String,
    /// Whether raw HTML was left out.
    pub dropped_html: bool,
}

/// Renders Markdown.
pub(super) fn render(markdown: &str) -> Rendered {
    let mut dropped_html = false;
    let mut links = Vec::new();
    let mut pictures = 0_usize;
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => {
            dropped_html |= !text.trim_start().starts_with("<!--");
            None
        }
        Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => None,
        Event::Start(Tag::Image { .. }) => {
            pictures += 1;
            None
        }
        Event::End(TagEnd::Image) => {
            pictures = pictures.saturating_sub(1);
            None
        }
        _ if pictures > 0 => None,
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let kept = leads_somewhere(dest_url);
            links.push(kept);
            kept.then_some(event)
        }
        Event::End(TagEnd::Link) => links.pop().unwrap_or(false).then_some(event),
        Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
            Some(Event::Start(Tag::Heading { level: lower(level), id: None, classes, attrs }))
        }
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(lower(level)))),
        other => Some(other),
    });
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut out, events);
    Rendered { html: out, dropped_html }
}

fn leads_somewhere(address: &str) -> bool {
    ["https://", "mailto:", "tel:", "#"].iter().any(|start| address.starts_with(start))
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_its_only_h1() {
        assert_eq!(render("# 規約\n\n## 第1条").html, "<h2>規約</h2>\n<h3>第1条</h3>\n");
    }

    #[test]
    fn raw_html_is_left_out_and_told() {
        let rendered = render("前 <b>太い</b> 後\n\n<script>alert(1)</script>\n\n終わり\n");
        assert_eq!(rendered.html, "<p>前 太い 後</p>\n<p>終わり</p>\n");
        assert!(rendered.dropped_html);
        assert!(!render("<!-- 改定の記録 -->\n本文").dropped_html);
    }

    #[test]
    fn a_link_leads_out_over_https_or_not_at_all() {
        assert_eq!(render("[こちら](https://a.jp/)").html, "<p><a href=\"https://a.jp/\">こちら</a></p>\n");
        assert_eq!(render("[こちら](javascript:alert(1))").html, "<p>こちら</p>\n");
    }

    #[test]
    fn pictures_are_left_out() {
        assert_eq!(render("前![絵](https://a.jp/x.png)後").html, "<p>前後</p>\n");
    }
}
