//! Words: what the tenant file calls each choice. One list per choice, for reading and for telling
//! which words there are.

use crate::domain::tenant::{
    AuthApp, CharClass, CredentialLetter, FirstSecret, Forbidden, Language, ListedStep, LostFactor, Method,
    MfaSetup, NoticeLevel, NoticePlace, PasskeyRole, RosterEncoding, Status, Verification,
};

/// A choice and its word.
pub(super) type WordList<T> = [(T, &'static str)];

pub(super) const STATUS: &WordList<Status> = &[
    (Status::Draft, "draft"),
    (Status::Open, "open"),
    (Status::Maintenance, "maintenance"),
    (Status::Closed, "closed"),
];
pub(super) const METHOD: &WordList<Method> = &Method::WORDS;
pub(super) const PASSKEY: &WordList<PasskeyRole> =
    &[(PasskeyRole::SecondFactor, "second-factor"), (PasskeyRole::Alone, "alone")];
/// Whether members may change their user ID.
pub(super) const CHANGE: &WordList<bool> = &[(true, "allowed"), (false, "fixed")];
pub(super) const CLASS: &WordList<CharClass> = &[
    (CharClass::Upper, "upper"),
    (CharClass::Lower, "lower"),
    (CharClass::Letter, "letter"),
    (CharClass::Digit, "digit"),
    (CharClass::Symbol, "symbol"),
];
pub(super) const FORBID: &WordList<Forbidden> = &[
    (Forbidden::UserId, "user-id"),
    (Forbidden::ContainsUserId, "contains-user-id"),
    (Forbidden::Current, "current"),
    (Forbidden::BirthDate, "birthdate"),
    (Forbidden::KigoBango, "kigo-bango"),
    (Forbidden::Blocklist, "blocklist"),
];
pub(super) const VERIFICATION: &WordList<Verification> =
    &[(Verification::None, "none"), (Verification::Code, "code"), (Verification::Link, "link")];
pub(super) const APP: &WordList<AuthApp> = &[
    (AuthApp::Google, "google-authenticator"),
    (AuthApp::Microsoft, "microsoft-authenticator"),
    (AuthApp::FreeOtp, "freeotp"),
    (AuthApp::ChromeAuthenticator, "chrome-authenticator"),
    (AuthApp::EdgeOpenTwoFactor, "edge-open-two-factor"),
];
pub(super) const MFA_SETUP: &WordList<MfaSetup> =
    &[(MfaSetup::Continue, "continue"), (MfaSetup::Relogin, "relogin")];
pub(super) const FIRST_SECRET: &WordList<FirstSecret> =
    &[(FirstSecret::Random, "random"), (FirstSecret::KigoBangoBirthDate, "kigo-bango-birthdate")];
/// First passwords of new members are always random; the key says so in the file.
pub(super) const NEW_SECRET: &WordList<()> = &[((), "random")];
pub(super) const LETTER: &WordList<CredentialLetter> = &[
    (CredentialLetter::None, "none"),
    (CredentialLetter::Postcard, "postcard"),
    (CredentialLetter::Mail, "mail"),
];
pub(super) const LOST_FACTOR: &WordList<LostFactor> =
    &[(LostFactor::MailAndBirthDate, "mail-and-birthdate"), (LostFactor::DeskCode, "desk-code")];
pub(super) const PLACE: &WordList<NoticePlace> = &[
    (NoticePlace::Portal, "portal"),
    (NoticePlace::Login, "login"),
    (NoticePlace::Method, "method"),
    (NoticePlace::Home, "home"),
];
pub(super) const LEVEL: &WordList<NoticeLevel> =
    &[(NoticeLevel::Info, "info"), (NoticeLevel::Warning, "warning")];
pub(super) const ENCODING: &WordList<RosterEncoding> =
    &[(RosterEncoding::Utf8, "utf-8"), (RosterEncoding::Cp932, "cp932")];
pub(super) const LANGUAGE: &WordList<Language> = &[(Language::Ja, "ja"), (Language::En, "en")];

/// The steps of first login that may share a page.
pub(super) const SHARED_STEPS: [ListedStep; 2] = [ListedStep::UserId, ListedStep::Method];

/// The choice of that word.
pub(super) fn find<T: Copy>(words: &WordList<T>, word: &str) -> Option<T> {
    words.iter().find(|(_, known)| *known == word).map(|(choice, _)| *choice)
}

/// The words of a list, without what they stand for.
pub(super) fn list<T>(words: &WordList<T>) -> Vec<&'static str> {
    words.iter().map(|(_, word)| *word).collect()
}

/// The word nearest to what was written, if any is near.
pub(super) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Below this, a suggestion is more often wrong than helpful.
    const NEAR: f64 = 0.85;
    known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(&written.to_lowercase(), word), word))
        .filter(|(nearness, _)| *nearness >= NEAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word_and_nonsense_finds_none() {
        assert_eq!(nearest("min_lenght", ["max_length", "min_length"]), Some("min_length"));
        assert_eq!(nearest("appotp", list(METHOD)), Some("app-otp"));
        assert_eq!(nearest("zebra", list(METHOD)), None);
    }
}
