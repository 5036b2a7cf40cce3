//! Sealed: every column whose values are sealed with a key of the ring (M17).
//!
//! A new one is a variant here; the compiler then asks where its rows are sealed anew (`store::everywhere::keys`), so that
//! no rotation forgets it (D36).

/// A column of sealed values. Its word is part of what seals them: a value opens in no other column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealedColumn {
    /// The secret of an authenticator app.
    AppSecret,
    /// A passkey, as the library keeps it.
    PasskeyCredential,
    /// To whom a letter goes.
    LetterRecipient,
    /// Subject and text of a letter.
    LetterContent,
    /// The secret of an app that is being set up on the way in.
    AttemptSecret,
    /// The same in a session.
    SessionSecret,
    /// A form that waits in a session.
    SessionForm,
    /// What a passkey ceremony wants back. It lives five minutes, and is not sealed anew.
    CeremonyState,
    /// What the last import changed about a member, for its undo.
    KeptChange,
    /// A key by which a union signs for its services.
    SsoPrivateKey,
    /// The key of the counters' digests, which the database keeps for all unions.
    GuardKey,
}

impl SealedColumn {
    /// Every column.
    pub const ALL: [Self; 11] = [
        Self::AppSecret,
        Self::PasskeyCredential,
        Self::LetterRecipient,
        Self::LetterContent,
        Self::AttemptSecret,
        Self::SessionSecret,
        Self::SessionForm,
        Self::CeremonyState,
        Self::KeptChange,
        Self::SsoPrivateKey,
        Self::GuardKey,
    ];

    /// Table and column.
    pub fn word(self) -> &'static str {
        match self {
            Self::AppSecret => "totp.secret",
            Self::PasskeyCredential => "passkey.credential",
            Self::LetterRecipient => "outbox.recipient",
            Self::LetterContent => "outbox.content",
            Self::AttemptSecret => "attempt.setup_secret",
            Self::SessionSecret => "session.setup_secret",
            Self::SessionForm => "session.draft",
            Self::CeremonyState => "ceremony.state",
            Self::KeptChange => "import_kept.sealed",
            Self::SsoPrivateKey => "sso_key.private_key",
            Self::GuardKey => "sealed_key.sealed",
        }
    }

    /// The column of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.word() == word)
    }
}
