//! Page: the preview's own pages: the index, a page in its looks, the letters.

use askama::Template;

use super::plain::Scheme;
use crate::{
    domain::tenant::{Language, Tenant},
    wording::Words,
};

/// A language that the union offers.
pub struct NamedLanguage {
    /// The language that letters and pages are drawn in.
    pub language: Language,
    /// Its tag, as in `ja`.
    pub tag: &'static str,
    /// What it is called.
    pub name: String,
}

impl NamedLanguage {
    /// The path of the letters in that language.
    pub fn letters(&self) -> String {
        format!("letters.{}.html", self.tag)
    }

    /// The path of the guide in that language.
    pub fn guide(&self) -> String {
        format!("guide.{}.html", self.tag)
    }
}

/// Who speaks, and about which union.
pub struct Voiced<'a> {
    pub words: Words<'a>,
    pub tenant: &'a Tenant,
    pub languages: Vec<NamedLanguage>,
}

impl<'a> Voiced<'a> {
    /// The voice of the preview of that union.
    pub fn new(words: Words<'a>, tenant: &'a Tenant) -> Self {
        let named = |language: &Language| NamedLanguage {
            language: *language,
            tag: language.as_str(),
            name: words.msg(match language {
                Language::Ja => "preview-ja",
                Language::En => "preview-en",
            }),
        };
        let languages = tenant.languages.iter().map(named).collect();
        Self { words, tenant, languages }
    }

    fn msg(&self, key: &str) -> String {
        self.words.msg(key)
    }

    fn lang(&self) -> &'static str {
        self.words.language().as_str()
    }
}

/// A page in one of its states, as it is listed.
pub struct ListedPage {
    /// Which page and which state: `signin-wrong`.
    pub name: String,
    /// Its title, as it is written in HTML.
    pub title: String,
    /// The same without the mark of an error.
    pub page_title: String,
}

impl ListedPage {
    /// The path of the page that shows its looks.
    pub fn path(&self) -> String {
        format!("screens/{}.html", self.name)
    }
}

/// The list of everything.
#[derive(Template)]
#[template(path = "preview/index.html")]
pub struct IndexPage<'a> {
    pub voiced: &'a Voiced<'a>,
    pub groups: Vec<(&'a str, Vec<&'a ListedPage>)>,
    /// The letters' subjects, in order.
    pub subjects: Vec<String>,
    /// Whether first passwords are printed.
    pub is_printed: bool,
}

/// A page in one language and one scheme.
pub struct ShownLook<'a> {
    pub language: &'a NamedLanguage,
    pub scheme: Scheme,
    pub path: String,
}

/// A page in all its looks.
#[derive(Template)]
#[template(path = "preview/screen.html")]
pub struct ScreenPage<'a> {
    pub voiced: &'a Voiced<'a>,
    pub screen: &'a ListedPage,
    pub looks: Vec<ShownLook<'a>>,
    pub before: Option<&'a ListedPage>,
    pub next: Option<&'a ListedPage>,
}

impl ScreenPage<'_> {
    /// What a look is called: language, width, light or dark.
    fn called(&self, look: &ShownLook<'_>, is_phone: bool) -> String {
        let width = self.voiced.msg(if is_phone { "preview-phone" } else { "preview-wide" });
        let scheme = self.voiced.msg(match look.scheme {
            Scheme::Light => "preview-light",
            Scheme::Dark => "preview-dark",
        });
        [look.language.name.clone(), width, scheme].join(" · ")
    }
}

/// A letter as it is read.
pub struct ShownLetter {
    pub subject: String,
    /// What programs show that show no HTML.
    pub text: String,
    /// The path of what all others show.
    pub framed: String,
}

/// Every letter in one language.
#[derive(Template)]
#[template(path = "preview/letters.html")]
pub struct LettersPage<'a> {
    pub voiced: &'a Voiced<'a>,
    /// The language of the letters.
    pub spoken: &'a NamedLanguage,
    pub letters: Vec<ShownLetter>,
}

impl LettersPage<'_> {
    /// The sender's name.
    fn sender(&self) -> &str {
        self.voiced.tenant.from_name_in(self.spoken.language).text
    }
}

macro_rules! html {
    ($($page:ident),+) => {$(
        impl $page<'_> {
            /// The page, whole.
            ///
            /// # Errors
            /// The template failed.
            pub fn html(&self) -> Result<Vec<u8>, askama::Error> {
                Ok(self.render()?.into_bytes())
            }
        }
    )+};
}
html!(IndexPage, ScreenPage, LettersPage);
