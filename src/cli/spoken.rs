//! Spoken: how commands come by their words.

use std::sync::{Arc, LazyLock};

use crate::{
    domain::{saying::Saying, tenant::Language},
    wording::{Wording, Words},
};

/// The sentences, read once by the first command that speaks.
static WORDING: LazyLock<Arc<Wording>> = LazyLock::new(Arc::default);

/// The sentences of this process, for a command that draws pages or letters: they take megabytes, so they are read once.
pub fn wording() -> Arc<Wording> {
    Arc::clone(&WORDING)
}

/// The voice of the commands in that language.
pub fn voice(language: Language) -> Words<'static> {
    WORDING.plain(language)
}

/// A sentence in that language.
pub fn tell(language: Language, saying: &Saying) -> String {
    voice(language).tell(saying)
}
