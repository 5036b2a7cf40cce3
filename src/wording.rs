//! Wording: every sentence that a person reads, member, staff or operator, in Japanese and English (D16, D22).
//!
//! Sentences stand in `templates/text/{ja,en}/*.ftl` (Project Fluent) and are built once into a
//! [`Wording`]. A page speaks through [`Words`]: one language, and the union's own sentences of
//! `[texts.ja]` and `[texts.en]` before ours. Texts never contain HTML; templates escape what they print.

mod activity;
mod calendar;
mod marked;
mod refusal;
mod roster;
mod saying;
mod sentences;

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use fluent_bundle::{FluentArgs, FluentValue};
pub use marked::{Marked, is_japanese};
use sentences::{Sentences, as_fluent};

use crate::domain::tenant::{Language, Tenant};

/// Names the pair of files of each word.
macro_rules! files {
    ($($word:literal),+ $(,)?) => {
        [$((
            $word,
            include_str!(concat!("../templates/text/ja/", $word, ".ftl")),
            include_str!(concat!("../templates/text/en/", $word, ".ftl")),
        )),+]
    };
}

/// Every file of sentences: its word, the Japanese text, the English text.
pub const FILES: [(&str, &str, &str); 26] = files![
    "common",
    "portal",
    "signin",
    "sso",
    "vendor",
    "first_login",
    "factor",
    "mail",
    "passkey",
    "account",
    "session",
    "problem",
    "refusal",
    "letter",
    "demo",
    "recovery",
    "help",
    "finding",
    "roster",
    "fault",
    "command",
    "printed",
    "sample",
    "usage",
    "doctor",
    "key",
];

/// All sentences of both languages, built once at start.
pub struct Wording {
    ja: Sentences,
    en: Sentences,
    flaws: Vec<String>,
    overrides: RwLock<HashMap<(String, Language), Arc<Overrides>>>,
}

/// One union's own sentences, kept with the texts they were built from.
struct Overrides {
    texts: Vec<(String, String)>,
    sentences: Sentences,
}

/// Without its thousand sentences.
impl std::fmt::Debug for Wording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wording(…)")
    }
}

impl Default for Wording {
    fn default() -> Self {
        Self::new()
    }
}

impl Wording {
    /// Builds the bundles. A file with flaws is used as far as it can be read; [`Wording::flaws`]
    /// tells them, and a house test wants none.
    pub fn new() -> Self {
        let mut flaws = Vec::new();
        let japanese = FILES.map(|(word, text, _)| (format!("ja/{word}.ftl"), text));
        let english = FILES.map(|(word, _, text)| (format!("en/{word}.ftl"), text));
        let mut read = |language, files: &[(String, &str)]| {
            Sentences::of(language, files.iter().map(|(file, text)| (file.as_str(), *text)), &mut flaws)
        };
        let (ja, en) = (read(Language::Ja, &japanese), read(Language::En, &english));
        Self { ja, en, flaws, overrides: RwLock::default() }
    }

    /// What was wrong with the files: syntax errors, a message id used twice. Empty in a good build.
    pub fn flaws(&self) -> &[String] {
        &self.flaws
    }

    /// Whether a message of that name exists in that language.
    pub fn has(&self, language: Language, key: &str) -> bool {
        self.sentences(language).has(key)
    }

    /// How this union speaks in that language.
    pub fn words(&self, tenant: &Tenant, language: Language) -> Words<'_> {
        let overrides = (!tenant.texts_in(language).is_empty()).then(|| self.overrides_of(tenant, language));
        Words { wording: self, language, overrides }
    }

    /// How a page without a union speaks (unknown host, demo).
    pub fn plain(&self, language: Language) -> Words<'_> {
        Words { wording: self, language, overrides: None }
    }

    fn sentences(&self, language: Language) -> &Sentences {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }

    /// The union's own sentences: parsed when first asked for, and again only when they changed.
    fn overrides_of(&self, tenant: &Tenant, language: Language) -> Arc<Overrides> {
        let (texts, whose) = (tenant.texts_in(language), (tenant.slug.as_str().to_owned(), language));
        // Every page of the union comes by here: they do not wait for each other.
        let kept = self.overrides.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(&whose).filter(|o| o.texts == texts) {
            return Arc::clone(found);
        }
        drop(kept);
        let sources: Vec<String> = texts.iter().map(|(key, text)| as_fluent(key, text)).collect();
        let files = sources.iter().map(|source| ("", source.as_str()));
        // A text that cannot be read is told when the union's file is checked; the portal's own is said instead.
        let sentences = Sentences::of(language, files, &mut Vec::new());
        let built = Arc::new(Overrides { texts: texts.to_vec(), sentences });
        let mut kept = self.overrides.write().unwrap_or_else(PoisonError::into_inner);
        kept.insert(whose, Arc::clone(&built));
        built
    }
}

/// A value inside a sentence: text or a whole number, by value or by reference.
pub trait Argument {
    /// As Fluent wants it.
    fn fluent(&self) -> FluentValue<'_>;
}

impl<T: Argument + ?Sized> Argument for &T {
    fn fluent(&self) -> FluentValue<'_> {
        (**self).fluent()
    }
}

impl Argument for str {
    fn fluent(&self) -> FluentValue<'_> {
        FluentValue::from(self)
    }
}

impl Argument for Cow<'_, str> {
    fn fluent(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_ref())
    }
}

impl Argument for String {
    fn fluent(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_str())
    }
}

impl Argument for char {
    fn fluent(&self) -> FluentValue<'_> {
        FluentValue::from(self.to_string())
    }
}

macro_rules! number {
    ($($kind:ty),+) => {$(
        impl Argument for $kind {
            fn fluent(&self) -> FluentValue<'_> {
                FluentValue::from(*self)
            }
        }
    )+};
}
number!(usize, u64, u32, u16, u8, i64, i32, i16, i8);

/// The voice of one page: a language and the union's own sentences.
#[derive(Clone)]
pub struct Words<'a> {
    wording: &'a Wording,
    language: Language,
    overrides: Option<Arc<Overrides>>,
}

impl Words<'_> {
    /// The language of the page or letter.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The sentence of that name.
    pub fn msg(&self, key: &str) -> String {
        self.said(key).into_owned()
    }

    /// The same, without a copy: for templates, which ask for many.
    pub fn said(&self, key: &str) -> Cow<'_, str> {
        let own = self.overrides.as_ref().and_then(|own| own.sentences.plain(key));
        match own.or_else(|| self.wording.sentences(self.language).plain(key)) {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.say(key, None)),
        }
    }

    /// The sentence of that name in that language, whatever this voice speaks.
    pub fn msg_in(&self, language: Language, key: &str) -> String {
        self.wording.plain(language).msg(key)
    }

    /// The sentence of that name with one value in it.
    pub fn msg1(&self, key: &str, name: &str, value: impl Argument) -> String {
        self.with(key, &[(name, &value)])
    }

    /// The sentence of that name with two values in it.
    pub fn msg2(
        &self,
        key: &str,
        one: &str,
        first: impl Argument,
        two: &str,
        second: impl Argument,
    ) -> String {
        self.with(key, &[(one, &first), (two, &second)])
    }

    /// The sentence of that name with any number of values in it (letters).
    pub fn with(&self, key: &str, values: &[(&str, &dyn Argument)]) -> String {
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set(*name, value.fluent());
        }
        self.say(key, Some(&args))
    }

    /// The union's own sentence, else ours in this language, else ours in Japanese, else the name
    /// itself (marked in debug builds, so that a test sees it).
    fn say(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        if let Some(own) = self.overrides.as_ref().and_then(|o| o.sentences.say(key, args)) {
            return own;
        }
        let spoken = self.wording.sentences(self.language).say(key, args);
        spoken
            .or_else(|| self.wording.sentences(Language::Ja).say(key, args))
            .unwrap_or_else(|| if cfg!(debug_assertions) { format!("{{{key}}}") } else { key.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_reads_without_a_flaw_and_no_message_id_stands_twice() {
        assert_eq!(Wording::new().flaws(), &[] as &[String]);
    }

    #[test]
    fn a_missing_message_is_visible() {
        assert_eq!(Wording::new().plain(Language::En).msg("no-such-message"), "{no-such-message}");
    }
}
