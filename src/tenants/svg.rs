//! SVG: a logo as a picture and nothing else. What is known to draw is kept, what editors add for themselves is taken off,
//! and whatever is not known is refused.
//!
//! # Decision
//! The file is parsed as XML; elements, attributes, style properties and functions of values are compared with lists of
//! what may stand there, and the picture that is served is written anew from that.
//! # Because
//! a list of what is forbidden is never complete (`image-set(`, `<whatever/>`), and a text that is judged by one reader and
//! drawn by another may be two different pictures. Editors write a DOCTYPE with entities for namespaces, notes and layers
//! of their own: nobody can be asked to remove them by hand.
//! # Instead of
//! a list of bad words, or refusing what Illustrator and Inkscape write.

use std::fmt::Write as _;

use roxmltree::{Attribute, Document, Node, ParsingOptions};

use self::{
    known::{is_an_editors, is_attribute, is_element, is_of_lighting, is_property},
    style::{declarations, judged, style_sheet},
};
use crate::domain::saying::{Saying, said};

mod known;
mod style;

/// Why a picture is refused, and on which line.
#[derive(Debug)]
pub struct Unclean {
    /// The line of the file, from 1.
    pub line: usize,
    /// What must not stand there.
    pub why: Saying,
}

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// More nodes than any logo has.
const MOST_NODES: u32 = 20_000;
/// How many bytes the picture may have once its entities are written out.
const MOST_BYTES: usize = 400 * 1024;

/// The picture written anew.
///
/// # Errors
/// [`Unclean`]: the first thing in it that a logo must not hold.
pub fn clean(text: &str) -> Result<String, Unclean> {
    // Entities of Illustrator's DOCTYPE are written out; nothing is loaded, and depth and number are bounded.
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|fault| Unclean {
        line: fault.pos().row as usize,
        why: said!("finding-svg-not-xml", fault = fault.to_string()),
    })?;
    let mut writer = Writer { out: String::new(), at: 0 };
    let written = writer.root(document.root_element());
    match written {
        Ok(()) => Ok(writer.out),
        Err(why) => Err(Unclean { line: document.text_pos_at(writer.at).row as usize, why }),
    }
}

struct Writer {
    out: String,
    /// The byte of the file that is being judged.
    at: usize,
}

impl Writer {
    fn root(&mut self, root: Node<'_, '_>) -> Result<(), Saying> {
        self.at = root.range().start;
        if root.tag_name().namespace().is_some_and(|space| space != SVG) || root.tag_name().name() != "svg" {
            return Err(said!("finding-svg-root"));
        }
        self.element(root, true)
    }

    fn element(&mut self, node: Node<'_, '_>, root: bool) -> Result<(), Saying> {
        self.at = node.range().start;
        let (space, name) = (node.tag_name().namespace(), node.tag_name().name());
        if space.is_some_and(is_an_editors) || name == "metadata" || is_illustrators(node) {
            return Ok(());
        }
        // A file without any namespace is drawn by nobody else than us: it gets the right one.
        if space.is_some_and(|space| space != SVG) || !is_element(name) {
            let shown = super::phrases::shorten(name);
            return Err(said!("finding-svg-element", shown));
        }
        let _ = write!(self.out, "<{name}");
        if root {
            let _ = write!(self.out, " xmlns=\"{SVG}\" xmlns:xlink=\"{XLINK}\"");
        }
        for attribute in node.attributes() {
            self.at = attribute.range().start;
            self.attribute(name, &attribute)?;
        }
        self.out.push('>');
        for child in node.children() {
            if child.is_element() {
                self.element(child, false)?;
            } else if let Some(text) = child.text().filter(|_| child.is_text()) {
                self.at = child.range().start;
                if name == "style" {
                    let sheet = style_sheet(text)?;
                    escape(&sheet, &mut self.out);
                } else {
                    escape(text, &mut self.out);
                }
            }
            if self.out.len() > MOST_BYTES {
                return Err(said!("finding-svg-too-large"));
            }
        }
        let _ = write!(self.out, "</{name}>");
        Ok(())
    }

    fn attribute(&mut self, element: &str, attribute: &Attribute<'_, '_>) -> Result<(), Saying> {
        let (name, value) = (attribute.name(), attribute.value());
        let shown = super::phrases::shorten(name);
        let (prefix, kept) = match attribute.namespace() {
            None if name == "style" => (String::new(), declarations(value)?),
            None if name == "href" || name == "src" => (String::new(), inside(name, value)?),
            // Names of layers, and how an editor walks through the picture.
            None if name.starts_with("data-")
                || matches!(name, "tabindex" | "focusable" | "media" | "nonce") =>
            {
                return Ok(());
            }
            None if name.starts_with("aria-") || matches!(name, "id" | "class" | "lang") => {
                (String::new(), value.to_owned())
            }
            None if name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("on")) => {
                return Err(said!("finding-svg-handler", shown));
            }
            None if element == "style" && name == "type" && !value.eq_ignore_ascii_case("text/css") => {
                return Err(said!("finding-svg-not-css"));
            }
            None if is_property(name) || is_attribute(name) || is_of_lighting(name) => {
                (String::new(), judged(value)?.to_owned())
            }
            Some(XLINK) if name == "href" => ("xlink:".to_owned(), inside(name, value)?),
            Some(XLINK) => return Ok(()),
            Some(XML) if matches!(name, "space" | "lang") => ("xml:".to_owned(), value.to_owned()),
            Some(space) if is_an_editors(space) => return Ok(()),
            _ => return Err(said!("finding-svg-attribute", shown)),
        };
        let _ = write!(self.out, " {prefix}{name}=\"");
        escape(&kept, &mut self.out);
        self.out.push('"');
        Ok(())
    }
}

/// What Illustrator hides for itself in a picture that it can go on editing.
fn is_illustrators(node: Node<'_, '_>) -> bool {
    let hidden =
        |child: Node<'_, '_>| !child.is_element() || child.tag_name().namespace().is_some_and(is_an_editors);
    node.tag_name().name() == "foreignObject"
        && node.attribute("requiredExtensions").is_some_and(is_an_editors)
        && node.children().all(hidden)
}

/// An address that leads into the picture itself.
fn inside(name: &str, value: &str) -> Result<String, Saying> {
    let value = value.trim();
    if !value.starts_with('#') {
        return Err(said!("finding-svg-outside", name));
    }
    Ok(value.to_owned())
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_svg(inner: &str) -> String {
        format!("<svg xmlns=\"{SVG}\" xmlns:xlink=\"{XLINK}\">{inner}</svg>")
    }

    fn refused(text: &str) -> Option<Unclean> {
        clean(text).err()
    }

    #[test]
    fn a_plain_drawing_is_kept_and_is_clean_again() {
        let logo = "<?xml version=\"1.0\"?>\n<!-- 印 -->\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\">\
            <title>みどり(株) &amp; &lt;健保&gt;</title><defs><linearGradient id='g'/></defs>\
            <style>.a{fill:rgb(0, 1, 2);font-family:'A, \"B\"'} .b,.c{stroke:none}</style>\
            <path fill=\"url(#g)\" d=\"M0 0h10\"/><use href=\"#g\" transform='rotate(3)' style='fill: url(\"#g\") ; stroke:none'/></svg>\n";
        let once = clean(logo).unwrap_or_else(|unclean| panic!("{:?}", unclean.why));
        assert_eq!(clean(&once).ok().as_deref(), Some(once.as_str()));
        for kept in ["みどり(株) &amp; &lt;健保&gt;", "url(#g)", ".a{fill:rgb(0, 1, 2)", "href=\"#g\""]
        {
            assert!(once.contains(kept), "{kept} in {once}");
        }
    }

    #[test]
    fn what_illustrator_and_inkscape_write_for_themselves_is_taken_off() {
        let logo = r#"<?xml version="1.0" encoding="utf-8"?>
<!-- Generator: Adobe Illustrator 16.0.0, SVG Export Plug-In . SVG Version: 6.00 Build 0)  -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
	<!ENTITY ns_extend "http://ns.adobe.com/Extensibility/1.0/">
	<!ENTITY ns_ai "http://ns.adobe.com/AdobeIllustrator/10.0/">
	<!ENTITY ns_svg "http://www.w3.org/2000/svg">
	<!ENTITY ns_xlink "http://www.w3.org/1999/xlink">
]>
<svg version="1.1" id="Layer_1" xmlns:x="&ns_extend;" xmlns:i="&ns_ai;" xmlns="&ns_svg;" xmlns:xlink="&ns_xlink;"
	 xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"
	 x="0px" y="0px" viewBox="0 0 9 9" enable-background="new 0 0 9 9" xml:space="preserve" data-name="Layer 1">
<metadata><sfw xmlns="&ns_ai;"><slices/></sfw></metadata>
<sodipodi:namedview inkscape:zoom="1"/>
<switch><foreignObject requiredExtensions="&ns_ai;" x="0" y="0" width="1" height="1"><i:pgfRef/></foreignObject>
<g i:extraneous="self" inkscape:label="Layer"><path style="fill:#E60012;-inkscape-stroke:none" d="M1,1"/></g></switch>
</svg>"#;
        let clean = clean(logo).unwrap_or_else(|unclean| panic!("{}: {:?}", unclean.line, unclean.why));
        for gone in
            ["DOCTYPE", "adobe", "inkscape", "sodipodi", "foreignObject", "metadata", "&ns", "Generator"]
        {
            assert!(!clean.contains(gone), "{gone} in {clean}");
        }
        assert!(clean.contains("<path style=\"fill:#E60012\" d=\"M1,1\"></path>"), "{clean}");
    }

    #[test]
    fn whatever_is_not_known_to_draw_is_refused() {
        for inner in [
            "<script>alert(1)</script>",
            "<whatever/>",
            "<SCRIPT/>",
            "<path onload=\"x\"/>",
            "<path OnClick='x'/>",
            "<path whatever='x'/>",
            "<foreignObject/>",
            "<foreignObject requiredExtensions='http://ns.adobe.com/x'><script/></foreignObject>",
            "<x:script xmlns:x='http://www.w3.org/2000/svg'/>",
            "<body xmlns='http://www.w3.org/1999/xhtml'/>",
            "<x:y xmlns:x='urn:unknown'/>",
            "<path x:y='z' xmlns:x='urn:unknown'/>",
            "<image href=\"https://a.jp/x.png\"/>",
            "<image href=\"data:image/svg+xml,x\"/>",
            "<feImage href=\"#x\"/>",
            "<use href=\"https://a.jp/x.svg#y\"/>",
            "<use href=\" https://a.jp/\"/>",
            "<use xlink:href=\"data:image/svg+xml,x\"/>",
            "<g xml:base=\"https://a.jp/\"/>",
            "<path style=\"fill:url(https://a.jp/)\"/>",
            "<path style=\"fill:url( 'https://a.jp/')\"/>",
            "<path style=\"fill:u\\72l(https://a.jp/)\"/>",
            "<path style=\"fill:&#117;rl(https://a.jp/)\"/>",
            "<path style=\"background:url(#x)\"/>",
            "<path style=\"cursor:url(#x)\"/>",
            "<path style=\"fill:image-set('https://a.jp/' 1x)\"/>",
            "<path fill=\"image-set('https://a.jp/' 1x)\"/>",
            "<path fill=\"src(x)\"/>",
            "<path filter=\"URL(https://a.jp/#x)\"/>",
            "<path mask=\"url(//a.jp/#x)\"/>",
            "<style>@import 'https://a.jp/x.css';</style>",
            "<style><![CDATA[ @import 'x'; ]]></style>",
            "<style>@font-face{src:url(https://a.jp/)}</style>",
            "<style>.a{fill:im/**/age-set('https://a.jp/')}</style>",
            "<style>.a{content:'x'}</style>",
            "<style>{fill:;font-@:}</style>",
            "<path style=\"font-x y:z\"/>",
            "<style>.a{fill:red</style>",
            "<style>.a[b='c']{fill:red}</style>",
            "<style type='text/x'>.a{}</style>",
            "<set attributeName=\"href\" to=\"x\"/>",
            "<animate attributeName=\"href\" to=\"x\"/>",
            "<animateMotion/>",
            "<a href=\"javascript:alert(1)\"><path/></a>",
            "<a href=\"#x\"><path/></a>",
            "<path d=x/>",
            "<path d=\"x/>",
            "<g>",
            "</g>",
        ] {
            let Some(unclean) = refused(&in_svg(inner)) else { panic!("clean: {inner}") };
            assert!(unclean.why.name().starts_with("finding-svg-") && unclean.line >= 1);
        }
        for whole in [
            "",
            "<html></html>",
            "<svg/><svg/>",
            "<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><svg><title>&x;</title></svg>",
            "<!DOCTYPE svg [<!ENTITY x \"<script/>\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&x;</svg>",
            "<!DOCTYPE svg [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&b;\">]><svg><title>&b;</title></svg>",
        ] {
            assert!(refused(whole).is_some(), "{whole}");
        }
        // Instructions to the browser are no part of the picture that is served.
        let clean = clean("<?xml-stylesheet href='https://a.jp/x.css'?><svg/>").ok();
        assert!(clean.is_some_and(|clean| !clean.contains("a.jp")));
    }

    #[test]
    fn entities_do_not_grow_without_end() {
        let mut dtd = "<!ENTITY e0 \"aaaaaaaaaa\">".to_owned();
        for n in 1..9 {
            let _ = write!(dtd, "<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10));
        }
        assert!(refused(&format!("<!DOCTYPE svg [{dtd}]><svg><title>&e8;</title></svg>")).is_some());
    }

    #[test]
    fn the_line_of_the_trouble_is_told() {
        let Some(unclean) = refused("<svg>\n<g>\n<script/>\n</g></svg>") else { panic!("clean") };
        assert_eq!(unclean.line, 3);
    }
}
