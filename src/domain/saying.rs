//! Saying: a sentence as data: which one, and the values in it.
//!
//! # Decision
//! A room that finds something out says it as a [`Saying`]: the name of a message in `templates/text/{ja,en}/*.ftl` and
//! the values it wants. Only `wording` turns it into words.
//! # Because
//! what is said to operators then stands beside what is said to members: in both languages, checked alike, and to be
//! corrected by somebody who does not read Rust. The house test `words` reads every `said!` of the sources: its message
//! must exist in both languages and want exactly these values.
//! # Instead of
//! sentences in the code (they were there, in pairs), or one enum variant for each of several hundred sentences.

use std::path::{Path, PathBuf};

/// A sentence: its name among the messages, and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    name: &'static str,
    values: Vec<(&'static str, SayingValue)>,
}

impl Saying {
    /// The message of that name with these values. [`said!`](crate::domain::saying::said) is how it is written.
    pub fn new(name: &'static str, values: Vec<(&'static str, SayingValue)>) -> Self {
        Self { name, values }
    }

    /// The message's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The values by their names.
    pub fn values(&self) -> &[(&'static str, SayingValue)] {
        &self.values
    }
}

/// A value in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SayingValue {
    /// A text that is the same in every language: a name, a path, what a file says.
    Text(String),
    /// A whole number; messages may choose their words by it.
    Number(i64),
    /// A part of the sentence that has its own words in each language.
    Said(Saying),
    /// Several values with a message between each two: 「、」 or ", ".
    Several(Vec<SayingValue>, &'static str),
}

impl SayingValue {
    /// Several values; `between` is the name of the message that stands between each two.
    pub fn several<T: Into<Self>>(values: impl IntoIterator<Item = T>, between: &'static str) -> Self {
        Self::Several(values.into_iter().map(Into::into).collect(), between)
    }
}

impl From<&str> for SayingValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&&str> for SayingValue {
    fn from(text: &&str) -> Self {
        Self::from(*text)
    }
}

impl From<&String> for SayingValue {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for SayingValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&Path> for SayingValue {
    fn from(path: &Path) -> Self {
        Self::Text(path.display().to_string())
    }
}

impl From<&PathBuf> for SayingValue {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}

impl From<char> for SayingValue {
    fn from(character: char) -> Self {
        Self::Text(character.to_string())
    }
}

impl From<Saying> for SayingValue {
    fn from(saying: Saying) -> Self {
        Self::Said(saying)
    }
}

/// What is not there says nothing.
impl From<Option<Saying>> for SayingValue {
    fn from(saying: Option<Saying>) -> Self {
        saying.map_or_else(|| Self::Text(String::new()), Self::Said)
    }
}

macro_rules! numbers {
    ($($kind:ty),+) => {$(
        impl From<$kind> for SayingValue {
            fn from(number: $kind) -> Self {
                Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }

        impl From<&$kind> for SayingValue {
            fn from(number: &$kind) -> Self {
                Self::from(*number)
            }
        }
    )+};
}
numbers!(usize, u64, u32, u16, u8, i64);

/// A [`Saying`]: the message's name, then its values as `name` or `name = value`.
macro_rules! said {
    (@value $name:ident = $value:expr) => { $crate::domain::saying::SayingValue::from($value) };
    (@value $name:ident) => { $crate::domain::saying::SayingValue::from($name) };
    ($message:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::domain::saying::Saying::new(
            $message,
            vec![$((stringify!($name), $crate::domain::saying::said!(@value $name $(= $value)?))),*],
        )
    };
}
pub(crate) use said;
