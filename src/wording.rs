//! Wording: every sentence that a person reads, member, staff or operator, in Japanese and English (D16, D22).
//!
//! Sentences stand in `templates/text/{ja,en}/*.ftl` (Project Fluent) and are built once into a
//! [`Wording`]. A page speaks through [`Words`]: one language, and the union's own sentences of
//! `[texts.ja]` and `[texts.en]` before ours. Texts never contain HTML; templates escape what they print.

mod activity;
mod calendar;
mod refusal;
mod roster;
mod saying;

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt::Write as _,
    sync::{Arc, PoisonError, RwLock},
};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use rustc_hash::FxHashMap;
use unic_langid::LanguageIdentifier;

use crate::domain::tenant::{Language, Tenant};

/// Messages of one language, usable from every thread.
type Bundle = FluentBundle<FluentResource>;

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
    ja: Spoken,
    en: Spoken,
    flaws: Vec<String>,
    overrides: RwLock<HashMap<(String, Language), Arc<Overrides>>>,
}

/// The sentences of one language, and those without a value in them already written out: they are the same on every
/// page.
struct Spoken {
    bundle: Bundle,
    plain: FxHashMap<String, String>,
}

impl Spoken {
    /// Writes out every sentence of the bundle that needs no value. `keys` are the names of its messages.
    fn new(bundle: Bundle, keys: Vec<String>) -> Self {
        let plain = keys.into_iter().filter_map(|key| Some((written(&bundle, &key, None)?, key)));
        let plain = plain.map(|(text, key)| (key, text)).collect();
        Self { bundle, plain }
    }

    /// The sentence of that name; `None` when it is missing or wants a value that was not given.
    fn say(&self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        self.plain.get(key).cloned().or_else(|| written(&self.bundle, key, args))
    }
}

/// One union's own sentences, kept with the texts they were built from.
struct Overrides {
    texts: Vec<(String, String)>,
    spoken: Spoken,
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
        let (mut ja, mut en) = (empty("ja"), empty("en"));
        let (mut keys_ja, mut keys_en) = (Vec::new(), Vec::new());
        for (word, japanese, english) in FILES {
            keys_ja.extend(add(&mut ja, japanese, &format!("ja/{word}.ftl"), &mut flaws));
            keys_en.extend(add(&mut en, english, &format!("en/{word}.ftl"), &mut flaws));
        }
        let (ja, en) = (Spoken::new(ja, keys_ja), Spoken::new(en, keys_en));
        Self { ja, en, flaws, overrides: RwLock::default() }
    }

    /// What was wrong with the files: syntax errors, a message id used twice. Empty in a good build.
    pub fn flaws(&self) -> &[String] {
        &self.flaws
    }

    /// Whether a message of that name exists in that language.
    pub fn has(&self, language: Language, key: &str) -> bool {
        self.spoken(language).bundle.has_message(key)
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

    fn spoken(&self, language: Language) -> &Spoken {
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
        let mut bundle = empty(language.as_str());
        for (key, text) in texts {
            let Ok(resource) = FluentResource::try_new(as_fluent(key, text)) else { continue };
            bundle.add_resource_overriding(resource);
        }
        let keys = texts.iter().map(|(key, _)| key.clone()).collect();
        let built = Arc::new(Overrides { texts: texts.to_vec(), spoken: Spoken::new(bundle, keys) });
        let mut kept = self.overrides.write().unwrap_or_else(PoisonError::into_inner);
        kept.insert(whose, Arc::clone(&built));
        built
    }
}

/// A bundle without messages. Isolating marks are off: they would end up in copied text and mails.
fn empty(tag: &str) -> Bundle {
    let language: LanguageIdentifier = tag.parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    bundle.set_use_isolating(false);
    bundle
}

/// Adds a file's messages; their names.
fn add(bundle: &mut Bundle, text: &str, file: &str, flaws: &mut Vec<String>) -> Vec<String> {
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(readable, errors)| {
        flaws.extend(errors.iter().map(|e| format!("{file}: {e}")));
        readable
    });
    let keys = resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message.id.name.to_owned()),
        _ => None,
    });
    let keys = keys.collect();
    if let Err(errors) = bundle.add_resource(resource) {
        flaws.extend(errors.iter().map(|e| format!("{file}: {e}")));
    }
    keys
}

/// One message as Fluent source; later lines are indented and guarded, so that no line of the text
/// can begin another message or an attribute.
fn as_fluent(key: &str, text: &str) -> String {
    let mut source = format!("{key} =");
    for line in text.lines() {
        let _ = write!(source, "\n    {{\"\"}}{line}");
    }
    source.push('\n');
    source
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
        let own = self.overrides.as_ref().and_then(|own| own.spoken.plain.get(key));
        match own.or_else(|| self.wording.spoken(self.language).plain.get(key)) {
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
        if let Some(own) = self.overrides.as_ref().and_then(|o| o.spoken.say(key, args)) {
            return own;
        }
        let spoken = self.wording.spoken(self.language).say(key, args);
        spoken
            .or_else(|| self.wording.spoken(Language::Ja).say(key, args))
            .unwrap_or_else(|| if cfg!(debug_assertions) { format!("{{{key}}}") } else { key.to_owned() })
    }
}

/// The message as text; `None` when it is missing or wants a value that was not given.
fn written(bundle: &Bundle, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, args, &mut errors).into_owned();
    errors.is_empty().then_some(text)
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

    #[test]
    fn a_text_of_several_lines_stays_one_message() {
        let source = as_fluent("some-text", "一行目\n[二]行目 { $n }\nthird = three");
        let mut bundle = empty("ja");
        bundle.add_resource(FluentResource::try_new(source).unwrap()).unwrap();
        let mut args = FluentArgs::new();
        args.set("n", 2);
        let text = written(&bundle, "some-text", Some(&args)).unwrap();
        assert_eq!(text, "一行目\n[二]行目 2\nthird = three");
        assert!(!bundle.has_message("third"));
    }
}
