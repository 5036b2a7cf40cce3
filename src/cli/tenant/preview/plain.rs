//! Plain: a page as a picture of itself. What would run, send or lead somewhere is taken out, and what the browser would be
//! asked for is answered.

use crate::domain::route::Route;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// The word of CSS, and the name of the folder.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A style sheet in which what the browser prefers is settled.
pub fn settled(css: &str, scheme: Scheme) -> String {
    let holds = match scheme {
        Scheme::Light => "(max-width:0)",
        Scheme::Dark => "(min-width:0)",
    };
    let mut css = css.to_owned();
    for question in ["(prefers-color-scheme: dark)", "(prefers-color-scheme:dark)"] {
        css = css.replace(question, holds);
    }
    // Scripts are taken out of the pages; what they look like is what they look like with them.
    for without in ["(scripting: none)", "(scripting:none)"] {
        css = css.replace(without, "(max-width:0)");
    }
    for both in ["color-scheme: light dark", "color-scheme:light dark"] {
        css = css.replace(both, &format!("color-scheme:{}", scheme.word()));
    }
    css
}

/// A page without scripts, whose forms and links lead nowhere and whose pictures and style sheets lie beside it. Links to
/// other sites open in a window of their own.
pub fn still(html: &str, scheme: Scheme) -> String {
    let html = without(&without(html, "<script", "</script>"), "<noscript", "</noscript>");
    // Nor does a page lead on by itself.
    let html = without(&html, "<meta http-equiv=\"refresh\"", ">");
    // A form that is in no dialog and asks to close one does nothing (HTML, 4.10.22.3).
    let html = html.replace("method=\"post\"", "method=\"dialog\"");
    let html = html.replace("content=\"light dark\"", &format!("content=\"{}\"", scheme.word()));
    let assets = Route::Assets.to_string();
    let html = html.replace(&format!("=\"{assets}"), &format!("=\"{}", assets.trim_start_matches('/')));
    let html = html.replace("href=\"https://", "target=\"_blank\" rel=\"noopener\" href=\"https://");
    // Pages of the union, and the authenticator app of the machine.
    let html = leading_nowhere(&html, "href=\"/");
    leading_nowhere(&html, "href=\"otpauth:")
}

/// The page with links that begin so led to its own beginning.
fn leading_nowhere(html: &str, link: &str) -> String {
    let mut still = String::with_capacity(html.len());
    let mut parts = html.split(link);
    still.push_str(parts.next().unwrap_or_default());
    for part in parts {
        still.push_str("href=\"#main");
        still.push_str(part.find('"').and_then(|end| part.get(end..)).unwrap_or_default());
    }
    still
}

/// The text without what stands between the two, both included.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(begin) {
        kept.push_str(before);
        rest = behind.split_once(end).map_or("", |(_, behind)| behind);
    }
    kept + rest
}

/// The title of a page, without the union's name, as it is written in HTML.
pub fn title(html: &str) -> &str {
    let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    let title = title.map_or("", |(title, _)| title);
    title.rsplit_once(" | ").map_or(title, |(title, _)| title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_still_runs_sends_and_leads_to_nothing() {
        let html = "<meta content=\"light dark\"><title>A &amp; B | C</title><script src=\"/assets/a.js\"></script>\
                    <link href=\"/assets/a.css\"><noscript><p>x</p></noscript><form method=\"post\" action=\"/\">\
                    <a href=\"/help#a\">h</a><a href=\"otpauth://x\">k</a><a href=\"#b\">b</a><a href=\"https://x.example/\">x</a>";
        assert_eq!(
            still(html, Scheme::Dark),
            "<meta content=\"dark\"><title>A &amp; B | C</title><link href=\"assets/a.css\">\
             <form method=\"dialog\" action=\"/\"><a href=\"#main\">h</a><a href=\"#main\">k</a><a href=\"#b\">b</a>\
             <a target=\"_blank\" rel=\"noopener\" href=\"https://x.example/\">x</a>"
        );
        assert_eq!(title(html), "A &amp; B");
        let css = ":root{color-scheme:light dark}@media (prefers-color-scheme: dark){a{}}";
        assert_eq!(settled(css, Scheme::Light), ":root{color-scheme:light}@media (max-width:0){a{}}");
        assert_eq!(settled(css, Scheme::Dark), ":root{color-scheme:dark}@media (min-width:0){a{}}");
        assert_eq!(settled("@media (scripting: none){a{}}", Scheme::Dark), "@media (max-width:0){a{}}");
    }
}
