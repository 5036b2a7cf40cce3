//! SVG: whether a logo is only a picture. A small reader that refuses whatever it does not know:
//! scripts, handlers, outside references, foreign content, and text that is not well-formed.

/// Why a picture is refused, and on which line.
pub(super) struct Unclean {
    pub line: usize,
    pub ja: String,
    pub en: String,
}

/// Elements that draw nothing, or load, run or change something.
const REFUSED: [&str; 13] = [
    "script",
    "foreignobject",
    "iframe",
    "object",
    "embed",
    "image",
    "feimage",
    "audio",
    "video",
    "a",
    "set",
    "handler",
    "listener",
];

/// The first thing in `text` that a logo must not hold.
pub(super) fn judge(text: &str) -> Result<(), Unclean> {
    let mut reader = Reader { text, at: 0, open: Vec::new(), roots: 0 };
    reader.read().map_err(|(ja, en)| Unclean {
        line: super::sheet::line_and_column(text, reader.at).0,
        ja,
        en,
    })
}

type Refusal = (String, String);

fn no<T>(ja: impl Into<String>, en: impl Into<String>) -> Result<T, Refusal> {
    Err((ja.into(), en.into()))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    open: Vec<&'a str>,
    roots: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn read(&mut self) -> Result<(), Refusal> {
        while let Some(next) = self.rest().find('<') {
            let between = self.rest().get(..next).unwrap_or("");
            safe_text(between)?;
            self.at += next;
            let rest = self.rest();
            if rest.starts_with("<!--") {
                self.skip_past("-->")?;
            } else if rest.starts_with("<?xml ") {
                self.skip_past("?>")?;
            } else if rest.starts_with("<!") || rest.starts_with("<?") {
                return no(
                    "<!DOCTYPE や <![CDATA[、<?…?> があります",
                    "it holds <!DOCTYPE, <![CDATA[ or <?…?>",
                );
            } else {
                self.tag()?;
            }
        }
        if self.roots != 1 || !self.open.is_empty() {
            return no("<svg> … </svg> の形になっていません", "it is not one <svg> … </svg>");
        }
        Ok(())
    }

    fn skip_past(&mut self, end: &str) -> Result<(), Refusal> {
        match self.rest().find(end) {
            Some(found) => {
                self.at += found + end.len();
                Ok(())
            }
            None => no(format!("{end} で閉じていません"), format!("{end} is absent")),
        }
    }

    fn take_name(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')))
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or("")
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn tag(&mut self) -> Result<(), Refusal> {
        self.at += 1;
        if self.rest().starts_with('/') {
            self.at += 1;
            let name = self.take_name();
            self.skip_space();
            if self.open.pop() != Some(name) || !self.rest().starts_with('>') {
                return no(format!("</{name}> が対になっていません"), format!("</{name}> does not match"));
            }
            self.at += 1;
            return Ok(());
        }
        let name = self.take_name();
        let local = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
        if name.is_empty() || REFUSED.contains(&local.as_str()) || local.starts_with("animate") {
            return no(format!("<{name}> があります"), format!("it holds <{name}>"));
        }
        if self.open.is_empty() {
            self.roots += 1;
            if name != "svg" {
                return no("<svg> で始まっていません", "it does not begin with <svg>");
            }
        }
        loop {
            self.skip_space();
            let rest = self.rest();
            if rest.starts_with("/>") {
                self.at += 2;
                return Ok(());
            }
            if rest.starts_with('>') {
                self.at += 1;
                self.open.push(name);
                return Ok(());
            }
            self.attribute()?;
        }
    }

    fn attribute(&mut self) -> Result<(), Refusal> {
        let name = self.take_name();
        self.skip_space();
        let quote = self.rest().strip_prefix('=').map(str::trim_start).and_then(|rest| rest.chars().next());
        let (false, Some(quote @ ('"' | '\''))) = (name.is_empty(), quote) else {
            return no("読めない形の属性があります", "an attribute cannot be read");
        };
        let opening = self.rest().find(quote).unwrap_or(0) + 1;
        let value = self.rest().get(opening..).unwrap_or("");
        let Some(end) = value.find(quote) else {
            return no("属性の引用符が閉じていません", "an attribute's quotation mark is not closed");
        };
        let value = value.get(..end).unwrap_or("");
        let local = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
        if local.starts_with("on") {
            return no(format!("動作を起こす属性 {name} があります"), format!("it holds the handler {name}"));
        }
        if matches!(local.as_str(), "href" | "src" | "base") && !value.trim().starts_with('#') {
            return no(format!("{name} が外を指しています"), format!("{name} refers to something outside"));
        }
        if value.contains('<') {
            return no("属性の中に < があります", "an attribute holds <");
        }
        safe_text(value)?;
        self.at += opening + end + 1;
        Ok(())
    }
}

/// Style sheets and attributes: no outside address, no escapes that hide one.
fn safe_text(text: &str) -> Result<(), Refusal> {
    let lower = text.to_ascii_lowercase();
    for (at, _) in lower.match_indices("url(") {
        let inside = lower.get(at + 4..).unwrap_or("").trim_start().trim_start_matches(['"', '\'']);
        if !inside.starts_with('#') {
            return no("url( ) が外を指しています", "url( ) refers to something outside");
        }
    }
    if lower.contains("@import") || lower.contains('\\') || lower.contains("javascript:") {
        return no("外を読み込む書き方があります", "it loads something from outside");
    }
    let styled = lower.contains('{') || lower.contains(':');
    if styled && lower.contains("&#") {
        return no("文字参照で隠した書き方があります", "it hides text by character references");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_drawing_is_clean() {
        let logo = "<?xml version=\"1.0\"?>\n<!-- 印 -->\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\">\
            <title>みどり</title><defs><linearGradient id='g'/></defs>\
            <path fill=\"url(#g)\" d=\"M0 0h10\"/><use href=\"#g\"/></svg>\n";
        assert!(judge(logo).is_ok());
    }

    #[test]
    fn whatever_runs_loads_or_hides_is_refused() {
        for inner in [
            "<script>alert(1)</script>",
            "<svg:script/>",
            "<SCRIPT/>",
            "<path onload=\"x\"/>",
            "<path OnClick='x'/>",
            "<foreignObject/>",
            "<image href=\"https://a.jp/x.png\"/>",
            "<use href=\"https://a.jp/x.svg#y\"/>",
            "<use xlink:href=\"data:image/svg+xml,x\"/>",
            "<path style=\"fill:url(https://a.jp/)\"/>",
            "<path style=\"fill:u\\72l(https://a.jp/)\"/>",
            "<style>@import 'https://a.jp/x.css';</style>",
            "<style><![CDATA[ @import 'x' ]]></style>",
            "<set attributeName=\"href\" to=\"x\"/>",
            "<animate attributeName=\"href\" to=\"x\"/>",
            "<a href=\"javascript:alert(1)\"><path/></a>",
            "<path d=x/>",
            "<path d=\"x/>",
            "<g>",
            "</g>",
        ] {
            let logo = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inner}</svg>");
            assert!(judge(&logo).is_err(), "{inner}");
        }
        for whole in
            ["", "<html></html>", "<!DOCTYPE svg><svg/>", "<svg/><svg/>", "<?xml-stylesheet href='x'?><svg/>"]
        {
            assert!(judge(whole).is_err(), "{whole}");
        }
    }

    #[test]
    fn the_line_of_the_trouble_is_told() {
        let Err(unclean) = judge("<svg>\n<g>\n<script/>\n</g></svg>") else { panic!("clean") };
        assert_eq!(unclean.line, 3);
    }
}
