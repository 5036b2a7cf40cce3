//! Terms: a union's Markdown as the page shows it. Raw HTML and pictures are left out, headings step
//! down so that the page keeps its only h1 and skips no level, and links lead only where a member may go.
//!
//! The first section — behind the `#` title and the preamble, if there are any — says what changed when it is headed
//! [`CHANGES`]. It is no part of the terms and is shown to those only who agreed to others before (G-01).

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The heading of the section that says what changed.
pub(super) const CHANGES: &str = "変わったところ";
/// The same in a translation, as it is compared: without blanks.
const CHANGES_IN_ENGLISH: &str = "Whatchanged";

/// The terms as HTML.
pub(super) struct Rendered {
    /// The terms, without the section on what changed. Headings begin with h2.
    pub html: String,
    /// What changed, without its heading. Headings begin with h3.
    pub changes: Option<String>,
    /// Why a section of that heading is not shown as such.
    pub unseen: Option<ChangesFlaw>,
    /// The line, from 1, of a paragraph at the end of what changed that may be the preamble of the terms.
    pub swallowed: Option<usize>,
    /// Whether the terms say nothing, headings aside.
    pub is_empty: bool,
    /// Whether raw HTML was left out.
    pub dropped_html: bool,
}

/// Why a section headed [`CHANGES`] is not shown as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangesFlaw {
    /// Nothing stands under the heading.
    Empty,
    /// It is not the first section.
    NotFirst,
}

/// Renders Markdown as HTML.
pub(super) fn render(markdown: &str) -> Rendered {
    let TermsText { events, starts, dropped_html } = read(markdown);
    let sections = sections(&events);
    let mut rest = sections.iter().skip_while(|section| section.is_title());
    let first = rest.next();
    let elsewhere = rest.any(Section::tells_changes);
    let Some(found) = first.filter(|section| section.tells_changes()) else {
        let unseen = elsewhere.then_some(ChangesFlaw::NotFirst);
        return Rendered {
            html: draw(&events, HeadingLevel::H2),
            changes: None,
            unseen,
            swallowed: None,
            is_empty: says_nothing(&events),
            dropped_html,
        };
    };
    // References like [1] were resolved in the whole text, so cutting the events loses none.
    let (head, tail) = events.split_at(found.from.min(events.len()));
    let (section, tail) = tail.split_at((found.to - found.from).min(tail.len()));
    let (_, changes) = section.split_at((found.body - found.from).min(section.len()));
    let terms = [head, tail].concat();
    let empty = says_nothing(changes);
    let swallowed = Some(changes).filter(|_| says_nothing(head)).and_then(trailing_paragraph);
    let start = swallowed.and_then(|at| starts.get(found.body + at));
    Rendered {
        html: draw(&terms, HeadingLevel::H2),
        changes: (!empty).then(|| draw(changes, HeadingLevel::H3)),
        unseen: match (empty, elsewhere) {
            (true, _) => Some(ChangesFlaw::Empty),
            (false, true) => Some(ChangesFlaw::NotFirst),
            (false, false) => None,
        },
        swallowed: start.map(|start| 1 + markdown.bytes().take(*start).filter(|b| *b == b'\n').count()),
        is_empty: says_nothing(&terms),
        dropped_html,
    }
}

/// What is shown of the text.
struct TermsText<'a> {
    events: Vec<Event<'a>>,
    /// The byte of the Markdown at which each event begins.
    starts: Vec<usize>,
    /// Whether raw HTML was left out.
    dropped_html: bool,
}

fn read(markdown: &str) -> TermsText<'_> {
    let mut dropped_html = false;
    let mut links = Vec::new();
    let mut pictures = 0_usize;
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter();
    let shown = parser.filter_map(|(event, place)| {
        let kept = match event {
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
            other => Some(other),
        };
        kept.map(|event| (event, place.start))
    });
    let (events, starts) = shown.unzip();
    TermsText { events, starts, dropped_html }
}

fn leads_somewhere(address: &str) -> bool {
    ["https://", "mailto:", "tel:", "#"].iter().any(|start| address.starts_with(start))
}

/// A heading and what stands under it, up to the next heading of its level or above.
struct Section {
    level: HeadingLevel,
    heading: String,
    /// Whether it is the first heading of all.
    leads: bool,
    /// The place of the heading among the events.
    from: usize,
    /// The place behind the heading.
    body: usize,
    /// The place behind the section.
    to: usize,
}

impl Section {
    fn tells_changes(&self) -> bool {
        self.heading == CHANGES || self.heading == CHANGES_IN_ENGLISH
    }

    fn is_title(&self) -> bool {
        self.leads && self.level == HeadingLevel::H1 && !self.tells_changes()
    }
}

/// The sections in order; headings inside quotations and lists make none.
fn sections(events: &[Event<'_>]) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut depth = 0_usize;
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                for open in found.iter_mut().filter(|open| open.to == events.len() && open.level >= *level) {
                    open.to = at;
                }
                let leads = found.is_empty();
                let heading = String::new();
                found.push(Section { level: *level, heading, leads, from: at, body: at, to: events.len() });
                depth += 1;
            }
            Event::Start(_) => depth += 1,
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                if let (TagEnd::Heading(_), 0, Some(open)) = (end, depth, found.last_mut()) {
                    open.body = at + 1;
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(open) = found.last_mut().filter(|open| open.body == open.from) {
                    open.heading.extend(text.chars().filter(|c| !c.is_whitespace()));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether there is no word but in headings.
fn says_nothing(events: &[Event<'_>]) -> bool {
    let mut in_heading = false;
    !events.iter().any(|event| match event {
        Event::Start(Tag::Heading { .. }) => {
            in_heading = true;
            false
        }
        Event::End(TagEnd::Heading(_)) => {
            in_heading = false;
            false
        }
        Event::Text(text) | Event::Code(text) => !in_heading && !text.trim().is_empty(),
        _ => false,
    })
}

/// Where the last block begins, if it is a paragraph behind another one or behind a list: whoever puts the section in
/// front of the preamble ends it with a paragraph that was never meant for it.
fn trailing_paragraph(events: &[Event<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut blocks = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    blocks.push((at, tag));
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    match blocks.as_slice() {
        [.., (_, Tag::Paragraph | Tag::List(_)), (at, Tag::Paragraph)] => Some(*at),
        _ => None,
    }
}

/// The HTML of some events; the highest heading becomes `top`, and none is more than one level below the one above it.
fn draw(events: &[Event<'_>], top: HeadingLevel) -> String {
    let mut open: Vec<HeadingLevel> = Vec::new();
    let mut shown = top;
    let events = events.iter().cloned().map(|event| match event {
        Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
            open.retain(|above| *above < level);
            open.push(level);
            let deep = (top as usize + open.len() - 1).min(HeadingLevel::H6 as usize);
            shown = HeadingLevel::try_from(deep).unwrap_or(HeadingLevel::H6);
            Event::Start(Tag::Heading { level: shown, id: None, classes, attrs })
        }
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(shown)),
        other => other,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_its_only_h1_and_skips_no_level() {
        assert_eq!(render("# 規約\n\n## 第1条").html, "<h2>規約</h2>\n<h3>第1条</h3>\n");
        assert_eq!(
            render("## 第1条\n\n#### 細則\n\n## 第2条").html,
            "<h2>第1条</h2>\n<h3>細則</h3>\n<h2>第2条</h2>\n"
        );
        assert_eq!(render("### 前\n\n# 規約\n\n### 条").html, "<h2>前</h2>\n<h2>規約</h2>\n<h3>条</h3>\n");
        let deep = render("# 1\n\n## 2\n\n### 3\n\n#### 4\n\n##### 5\n\n###### 6").html;
        assert!(deep.ends_with("<h6>5</h6>\n<h6>6</h6>\n"), "{deep}");
    }

    #[test]
    fn what_changed_is_cut_out_of_the_terms() {
        let text = "# 規約\n\n前文です。\n\n## 変わったところ\n\n- 第6条\n\n### くわしく\n\n[こちら][1]\n\n## 第1条\n\n本文\n\n[1]: https://a.jp/\n";
        let rendered = render(text);
        assert_eq!(rendered.html, "<h2>規約</h2>\n<p>前文です。</p>\n<h3>第1条</h3>\n<p>本文</p>\n");
        assert_eq!(
            rendered.changes.as_deref(),
            Some(
                "<ul>\n<li>第6条</li>\n</ul>\n<h3>くわしく</h3>\n<p><a href=\"https://a.jp/\">こちら</a></p>\n"
            )
        );
        assert_eq!((rendered.unseen, rendered.is_empty), (None, false));
    }

    #[test]
    fn the_heading_may_have_any_size_and_the_title_may_be_absent() {
        for text in [
            "## 変わったところ\n\n第6条です。\n\n## 第1条\n\n本文",
            "# 変わったところ\n\n第6条です。\n\n# 規約\n\n本文",
            "# 規約\n\n# 変わった ところ \n\n第6条です。\n\n# 第1条\n\n本文",
            "# 規約\n\n### **変わったところ**\n\n第6条です。\n\n## 第1条\n\n本文",
            "規約\n====\n\n変わったところ\n----\n\n第6条です。\n\n第1条\n----\n\n本文",
        ] {
            let rendered = render(text);
            assert_eq!(rendered.changes.as_deref(), Some("<p>第6条です。</p>\n"), "{text}");
            assert!(!rendered.html.contains("第6条") && rendered.html.contains("本文"), "{text}");
            assert!(!rendered.html.contains("変わった"), "{text}");
        }
    }

    #[test]
    fn only_the_first_section_tells_what_changed_and_only_if_it_says_something() {
        let unseen = |text: &str| {
            let rendered = render(text);
            (rendered.changes.is_some(), rendered.unseen)
        };
        assert_eq!(unseen("# 規約\n\n## 第1条\n\n本文"), (false, None));
        assert_eq!(
            unseen("# 規約\n\n## 変わったところ\n\n<!-- あとで -->\n\n## 第1条\n\n本文"),
            (false, Some(ChangesFlaw::Empty))
        );
        assert_eq!(
            unseen("# 規約\n\n## 第1条\n\n本文\n\n## 変わったところ\n\n第6条"),
            (false, Some(ChangesFlaw::NotFirst))
        );
        assert_eq!(
            unseen("# 規約\n\n## 変わったところ\n\n第6条\n\n## 第1条\n\n本文\n\n## 変わったところ\n\n第7条"),
            (true, Some(ChangesFlaw::NotFirst))
        );
        // A sentence, a quotation: no heading of the text.
        assert_eq!(unseen("# 規約\n\n変わったところ\n\n> ## 変わったところ\n>\n> 第6条"), (false, None));
        assert!(!render("# 規約\n\n## 変わったところ\n\n## 第1条\n\n本文").html.contains("変わった"));
    }

    #[test]
    fn a_preamble_below_the_changes_is_told_with_its_line() {
        let swallowed = |text: &str| render(text).swallowed;
        let first = "## 第1条\n\n本文\n";
        let list = "## 変わったところ\n\n- 第6条\n- 第7条\n\n";
        assert_eq!(swallowed(&format!("# 規約\n\n前文です。\n\n{list}{first}")), None, "above");
        assert_eq!(swallowed(&format!("# 規約\n\n{list}{first}")), None, "no preamble");
        assert_eq!(swallowed(&format!("# 規約\n\n{list}この規約は、前文です。\n\n{first}")), Some(8));
        assert_eq!(swallowed(&format!("{list}前文です。\n\n{first}")), Some(6), "without a title");
        assert_eq!(
            swallowed(&format!("# 規約\r\n\r\n## 変わったところ\r\n\r\n第6条\r\n\r\n前文\r\n\r\n{first}")),
            Some(7)
        );
        let meant = format!("# 規約\n\n前文\n\n{list}くわしくは、お電話ください。\n\n{first}");
        assert_eq!(swallowed(&meant), None, "the preamble stands where it belongs");
        for body in ["第6条です。", "### 第6条\n\n- あ\n\n### 第7条\n\nいです。", "第6条と\n\n- 第7条"]
        {
            let text = format!("# 規約\n\n## 変わったところ\n\n{body}\n\n{first}");
            assert_eq!(swallowed(&text), None, "{body}");
        }
    }

    #[test]
    fn terms_that_are_all_headings_or_all_changes_say_nothing() {
        for text in
            ["", "# 規約", "# 規約\n\n## 第1条", "# 規約\n\n## 変わったところ\n\n第6条\n\n### 第1条\n\n本文"]
        {
            assert!(render(text).is_empty, "{text}");
        }
        assert!(!render("| 条 | 文 |\n|---|---|\n| 1 | あ |").is_empty);
    }

    #[test]
    fn raw_html_is_left_out_and_told() {
        let rendered = render("前 <b>太い</b> 後\n\n<script>alert(1)</script>\n\n終わり\n");
        assert_eq!(rendered.html, "<p>前 太い 後</p>\n<p>終わり</p>\n");
        assert!(rendered.dropped_html);
        assert!(!render("<!-- 改定の記録 -->\n本文").dropped_html);
        let changed = render("## 変わったところ\n\n<b>第6条</b>です。\n\n## 第1条\n\n本文");
        assert_eq!(changed.changes.as_deref(), Some("<p>第6条です。</p>\n"));
        assert!(changed.dropped_html);
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
