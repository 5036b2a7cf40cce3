//! The guide in chapters (`/help/…`), and all of it on one page.

use std::ops::Deref;

use askama::Template;

use super::{GuideExtent, HelpPage};
use crate::domain::route::Route;

/// The word of all chapters on one page, in its address.
pub const WHOLE_GUIDE: &str = "all";

/// One chapter.
#[derive(Template)]
#[template(path = "help/chapter.html")]
pub struct ChapterPage<'a> {
    help: HelpPage<'a>,
    word: &'static str,
    /// Its place in the contents.
    at: usize,
}

/// The parts of the guide ask the guide.
impl<'a> Deref for ChapterPage<'a> {
    type Target = HelpPage<'a>;

    fn deref(&self) -> &HelpPage<'a> {
        &self.help
    }
}

impl<'a> ChapterPage<'a> {
    /// The chapter of that word; `None` where this union's guide has none. How to call the union stands with the contents.
    pub fn new(help: HelpPage<'a>, word: &str) -> Option<Self> {
        let (at, word) = chapters(&help).into_iter().enumerate().find(|(_, known)| *known == word)?;
        Some(Self { help: HelpPage { extent: GuideExtent::Chapter(word), ..help }, word, at })
    }

    fn word(&self) -> &'static str {
        self.word
    }

    fn title(&self) -> String {
        self.sections().into_iter().nth(self.at).map_or_else(String::new, |(_, title)| title)
    }

    /// Address and title of the chapter before.
    fn before(&self) -> Option<(String, String)> {
        self.contents().into_iter().nth(self.at.checked_sub(1)?)
    }

    /// The same of the next one.
    fn next(&self) -> Option<(String, String)> {
        let is_last = self.at + 1 >= chapters(&self.help).len();
        self.contents().into_iter().nth(self.at + 1).filter(|_| !is_last)
    }
}

/// The words of the chapters, in order.
pub fn chapters(help: &HelpPage<'_>) -> Vec<&'static str> {
    help.sections().into_iter().map(|(word, _)| word).filter(|word| *word != "contact").collect()
}

/// Every chapter on one page, to be searched and printed.
#[derive(Template)]
#[template(path = "help/whole.html")]
pub struct WholeGuidePage<'a> {
    help: HelpPage<'a>,
}

impl<'a> WholeGuidePage<'a> {
    /// All of that guide.
    pub fn new(help: HelpPage<'a>) -> Self {
        Self { help: HelpPage { extent: GuideExtent::Whole, ..help } }
    }
}

impl<'a> Deref for WholeGuidePage<'a> {
    type Target = HelpPage<'a>;

    fn deref(&self) -> &HelpPage<'a> {
        &self.help
    }
}
