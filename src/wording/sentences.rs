//! Sentences: the messages of one language, as they are kept.
//!
//! # Decision
//! A message without a value in it is written out once and kept as text alone. Only those that want a value, and what
//! these refer to, are kept as Fluent reads them.
//! # Because
//! Most messages have no value, a page says dozens of them, and what Fluent keeps of a message takes ten times its text.

use std::fmt::Write as _;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement, Resource},
    parser,
    serializer::serialize,
    unicode::unescape_unicode_to_string,
};
use rustc_hash::{FxHashMap, FxHashSet};
use unic_langid::LanguageIdentifier;

use crate::domain::tenant::Language;

/// The sentences of one language, usable from every thread.
pub(super) struct Sentences {
    plain: FxHashMap<Box<str>, Box<str>>,
    bundle: FluentBundle<FluentResource>,
}

impl Sentences {
    /// The sentences of these files, each under the name by which its flaws are told. What can be read of a file is used.
    pub fn of<'f>(
        language: Language,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
        flaws: &mut Vec<String>,
    ) -> Self {
        let (mut plain, mut known, mut rest) = (FxHashMap::default(), FxHashSet::default(), Vec::new());
        for (file, text) in files {
            let resource = parser::parse_runtime(text).unwrap_or_else(|(readable, errors)| {
                flaws.extend(errors.iter().map(|error| format!("{file}: {error}")));
                readable
            });
            for entry in resource.body {
                let Entry::Message(message) = &entry else {
                    rest.push(entry);
                    continue;
                };
                if !known.insert(message.id.name) {
                    flaws.push(format!("{file}: the message {} stands twice", message.id.name));
                    continue;
                }
                match written_out(message) {
                    Some(text) => {
                        _ = plain.insert(Box::from(message.id.name), (text.into_boxed_str(), entry));
                    }
                    None => rest.push(entry),
                }
            }
        }
        let mut source = serialize(&Resource { body: rest });
        let referred =
            referred_to(&source).filter_map(|name| plain.get(name)).map(|(_, entry)| entry.clone());
        let referred = serialize(&Resource { body: referred.collect() });
        source.push_str(&referred);
        let plain = plain.into_iter().map(|(name, (text, _))| (name, text)).collect();
        Self { plain, bundle: bundle(language, source, flaws) }
    }

    /// The sentence of that name, where it has no value in it.
    pub fn plain(&self, key: &str) -> Option<&str> {
        self.plain.get(key).map(AsRef::as_ref)
    }

    /// The sentence of that name; `None` when it is missing or wants a value that was not given.
    pub fn say(&self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        if let Some(text) = self.plain(key) {
            return Some(text.to_owned());
        }
        let pattern = self.bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors).into_owned();
        errors.is_empty().then_some(text)
    }

    /// Whether there is a sentence of that name.
    pub fn has(&self, key: &str) -> bool {
        self.plain.contains_key(key) || self.bundle.has_message(key)
    }
}

/// The messages that want a value. Isolating marks are off: they would end up in copied text and mails.
fn bundle(language: Language, source: String, flaws: &mut Vec<String>) -> FluentBundle<FluentResource> {
    let identifier: LanguageIdentifier = language.as_str().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source).unwrap_or_else(|(readable, errors)| {
        flaws.extend(errors.iter().map(ToString::to_string));
        readable
    });
    if let Err(errors) = bundle.add_resource(resource) {
        flaws.extend(errors.iter().map(ToString::to_string));
    }
    bundle
}

/// The text of a message that has no value in it.
fn written_out(message: &Message<&str>) -> Option<String> {
    let Pattern { elements } = message.value.as_ref()?;
    let mut text = String::new();
    for element in elements {
        match element {
            PatternElement::TextElement { value } => text.push_str(value),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::StringLiteral { value }),
            } => text.push_str(&unescape_unicode_to_string(value)),
            PatternElement::Placeable { .. } => return None,
        }
    }
    Some(text)
}

/// The names of messages that stand in placeables (`{ name }`), as the serializer writes them.
fn referred_to(source: &str) -> impl Iterator<Item = &str> {
    source.split("{ ").skip(1).filter_map(|behind| Some(behind.split_once(" }")?.0))
}

/// One message as Fluent source; later lines are indented and guarded, so that no line of the text
/// can begin another message or an attribute.
pub(super) fn as_fluent(key: &str, text: &str) -> String {
    let mut source = format!("{key} =");
    for line in text.lines() {
        let _ = write!(source, "\n    {{\"\"}}{line}");
    }
    source.push('\n');
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Sentences, Vec<String>) {
        let mut flaws = Vec::new();
        let sentences = Sentences::of(Language::Ja, [("file.ftl", text)], &mut flaws);
        (sentences, flaws)
    }

    #[test]
    fn a_text_of_several_lines_stays_one_message() {
        let (sentences, flaws) = of(&as_fluent("some-text", "一行目\n[二]行目 { $n }\nthird = three"));
        let mut args = FluentArgs::new();
        args.set("n", 2);
        assert_eq!(flaws, [""; 0]);
        assert_eq!(sentences.say("some-text", Some(&args)).unwrap(), "一行目\n[二]行目 2\nthird = three");
        assert!(!sentences.has("third"));
    }

    #[test]
    fn a_sentence_may_say_another_one() {
        let (sentences, flaws) = of("one = { two } { $n }\ntwo = 二\nthree = 三{\" \"}\n");
        let mut args = FluentArgs::new();
        args.set("n", 2);
        assert_eq!(flaws, [""; 0]);
        assert_eq!(sentences.say("one", Some(&args)).unwrap(), "二 2");
        assert_eq!(sentences.say("one", None), None);
        assert_eq!(sentences.plain("two"), Some("二"));
        assert_eq!(sentences.plain("three"), Some("三 "));
        assert!(!sentences.bundle.has_message("three"));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let (sentences, flaws) = of("one = 一\none = 二\ntwo = { $\n");
        assert_eq!(sentences.plain("one"), Some("一"));
        assert!(flaws.iter().any(|flaw| flaw.contains("one stands twice")), "{flaws:?}");
        assert!(flaws.iter().any(|flaw| flaw.starts_with("file.ftl: ")), "{flaws:?}");
    }
}
