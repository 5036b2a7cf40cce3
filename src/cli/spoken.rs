//! Spoken: how commands come by their words.

use std::sync::LazyLock;

use crate::{
    domain::{saying::Saying, tenant::Language},
    wording::{Wording, Words},
};

/// The sentences, read once by the first command that speaks.
static WORDING: LazyLock<Wording> = LazyLock::new(Wording::new);

/// The voice of the commands in that language.
pub fn voice(language: Language) -> Words<'static> {
    WORDING.plain(language)
}

/// A sentence in that language.
pub fn tell(language: Language, saying: &Saying) -> String {
    voice(language).tell(saying)
}
