//! The guide on paper: what [`HelpPage`] says of a union, as a document of its own that any browser prints on A4.
//!
//! # Decision
//! The parts of the page are included as they are. Around them stand a cover, the rules for passwords and user IDs right
//! behind first login, and a style for paper.
//! # Because
//! A second text would differ from the page sooner or later, and the paper is in the member's hand while they look at the
//! page.
//! # Instead of
//! A manual that somebody writes for each union.
//!
//! It stands by itself: pictures are in it, nothing is loaded, nothing runs (its own policy says so). As the page does (F1),
//! it tells nobody how a first password is made up of other things.

use std::{fmt::Write as _, ops::Deref};

use askama::Template;
use data_encoding::BASE64;
use jiff::civil::Date;

use super::{Frame, GuideExtent, HelpPage};
use crate::{domain::route::Route, web::factor::qr};

/// The guide of a union, to be printed.
#[derive(Template)]
#[template(path = "printed/guide.html")]
pub struct GuidePage<'a> {
    help: HelpPage<'a>,
    /// The day on which it was made.
    day: Date,
}

/// The parts of the page ask the page.
impl<'a> Deref for GuidePage<'a> {
    type Target = HelpPage<'a>;

    fn deref(&self) -> &HelpPage<'a> {
        &self.help
    }
}

impl<'a> GuidePage<'a> {
    /// The guide on that day (civil date in Japan), with the notices that are shown then.
    pub fn new(frame: Frame<'a>, day: Date) -> Self {
        Self { help: HelpPage { extent: GuideExtent::Paper, ..HelpPage::new(frame, day, false) }, day }
    }

    /// The whole document. Its links lead to the union's pages, wherever the document lies.
    ///
    /// # Errors
    /// The template failed.
    pub fn document(&self) -> Result<String, askama::Error> {
        Ok(self.render()?.replace("href=\"/", &format!("href=\"{}/", self.frame.origin)))
    }

    fn made_on(&self) -> String {
        self.frame.msg1("guide-made-on", "day", self.frame.words.day(self.day))
    }

    /// The address of the union's pages as a QR code; nothing where it is too long for one.
    fn qr(&self) -> Option<String> {
        qr::data_uri(&self.address())
    }

    /// The union's logo as an address that holds it.
    fn logo(&self) -> Option<String> {
        let logo = self.frame.tenant.brand.logo.as_ref()?;
        Some(format!("data:{};base64,{}", logo.media_type, BASE64.encode(&logo.bytes)))
    }

    /// What stands below every page, as a string of CSS.
    fn foot(&self) -> String {
        css_string(&format!("{} {}", self.frame.short_name().text, self.frame.tenant.contact.phone))
    }
}

/// A string of CSS: every character that might mean something is written by its number (CSS Syntax 3, 4.3.7).
fn css_string(text: &str) -> String {
    text.chars().fold(String::from("\""), |mut string, c| {
        if c.is_ascii_alphanumeric() {
            string.push(c);
        } else {
            let _ = write!(string, "\\{:x} ", u32::from(c));
        }
        string
    }) + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_the_string_or_the_style() {
        assert_eq!(css_string("A1"), "\"A1\"");
        assert_eq!(css_string("健\"</"), "\"\\5065 \\22 \\3c \\2f \"");
    }
}
