//! The sentence of every refusal: what happened, what to do next (D16).
//!
//! No catch-all arm anywhere: a new refusal does not compile until it has its words.

use super::Words;
use crate::domain::{
    passkey::{self, PasskeyFlaw},
    refusal::{BirthDateFlaw, LoginIdFlaw, PasswordFlaw, Refusal},
    tenant::CharClass,
};

impl Words<'_> {
    /// What a member is told.
    pub fn refusal(&self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::WrongCredentials { left: None } => self.msg("refusal-wrong-credentials"),
            Refusal::WrongCredentials { left: Some(left) } => {
                self.msg1("refusal-wrong-credentials-left", "left", left)
            }
            Refusal::WrongPassword { left: None } => self.msg("refusal-wrong-password"),
            Refusal::WrongPassword { left: Some(left) } => {
                self.msg1("refusal-wrong-password-left", "left", left)
            }
            Refusal::Paused { until } => self.msg1("refusal-paused", "clock", self.clock(*until)),
            Refusal::Empty => self.msg("refusal-empty"),
            Refusal::LoginId(flaw) => self.login_id(flaw),
            Refusal::Password(flaw) => self.password(flaw),
            Refusal::PasswordsDiffer => self.msg("refusal-passwords-differ"),
            Refusal::BirthDate(flaw) => self.birth_date_flaw(flaw),
            Refusal::WrongBirthDate { read, left } => {
                self.msg2("refusal-wrong-birth-date", "date", self.birth_date(*read), "left", left)
            }
            Refusal::BirthDateClosed => self.msg("refusal-birth-date-closed"),
            Refusal::MalformedEmail => self.msg("refusal-malformed-email"),
            Refusal::EmailWithName => self.msg("refusal-email-with-name"),
            Refusal::SeveralEmails => self.msg("refusal-several-emails"),
            Refusal::EmailCharacter { found } => {
                self.msg1("refusal-email-character", "found", self.character(*found))
            }
            Refusal::TypoInEmail { typed, meant } => {
                self.msg2("refusal-typo-in-email", "typed", typed, "meant", meant)
            }
            Refusal::TakenEmail => self.msg("refusal-taken-email"),
            Refusal::TooManyEmailTries => self.msg("refusal-too-many-email-tries"),
            Refusal::TooManyLoginTries => self.msg("refusal-too-many-login-tries"),
            Refusal::NoMethod => self.msg("refusal-no-method"),
            Refusal::MalformedCode => self.msg("refusal-malformed-code"),
            Refusal::WrongCodeAtSetUp => self.msg("refusal-wrong-code-at-set-up"),
            Refusal::WrongCodeAtSignIn { left } => self.msg1("refusal-wrong-code-at-sign-in", "left", left),
            Refusal::CodeUsed { left } => self.msg1("refusal-code-used", "left", left),
            Refusal::AttemptOver => self.msg("refusal-attempt-over"),
            Refusal::FactorOff => self.msg("refusal-factor-off"),
            Refusal::MalformedMailCode => self.msg("refusal-malformed-mail-code"),
            Refusal::WrongRecoveryCode { left } => self.msg1("refusal-wrong-recovery-code", "left", left),
            Refusal::RecoveryCodesUsedUp => self.msg("refusal-recovery-codes-used-up"),
            Refusal::RecoveryCodeOff => self.msg("refusal-recovery-code-off"),
            Refusal::LinkNeeded => self.msg("refusal-link-needed"),
            Refusal::NoCookie => self.msg("refusal-no-cookie"),
            Refusal::RecoveryRunOut => self.msg("refusal-recovery-run-out"),
            Refusal::MalformedDeskCode => self.msg("refusal-malformed-desk-code"),
            Refusal::WrongDeskCode { left } => self.msg1("refusal-wrong-desk-code", "left", left),
            Refusal::DeskCodeDead => self.msg("refusal-desk-code-dead"),
            Refusal::WrongMailCode { left } => self.msg1("refusal-wrong-mail-code", "left", left),
            Refusal::WrongConfirmationCode { left } => {
                self.msg1("refusal-wrong-confirmation-code", "left", left)
            }
            Refusal::NoMailCode => self.msg("refusal-no-mail-code"),
            Refusal::MailCodeTooSoon { seconds } => {
                self.msg1("refusal-mail-code-too-soon", "seconds", seconds)
            }
            Refusal::TooManyMailCodes => self.msg("refusal-too-many-mail-codes"),
            Refusal::DeviceNameTooLong { max } => self.msg1("refusal-device-name-too-long", "max", max),
            Refusal::DeviceNameTaken => self.msg("refusal-device-name-taken"),
            Refusal::TooManyDevices { max } => self.msg1("refusal-too-many-devices", "max", max),
            Refusal::LastFactor => self.msg("refusal-last-factor"),
            Refusal::NoEmailForMailCode => self.msg("refusal-no-email-for-mail-code"),
            Refusal::ChangedMeanwhile => self.msg("refusal-changed-meanwhile"),
            Refusal::NameChangedMeanwhile { now } => self.msg1("refusal-name-changed-meanwhile", "name", now),
            Refusal::PasswordChangedMeanwhile => self.msg("refusal-password-changed-meanwhile"),
            Refusal::ConfirmingOver => self.msg("refusal-confirming-over"),
            Refusal::ConfirmingTooSlow => self.msg("refusal-confirming-too-slow"),
            Refusal::Passkey(flaw) => self.passkey(*flaw),
        }
    }

    fn passkey(&self, flaw: PasskeyFlaw) -> String {
        match flaw {
            PasskeyFlaw::Cancelled => self.msg("refusal-passkey-cancelled"),
            PasskeyFlaw::AlreadyHere => self.msg("refusal-passkey-already-here"),
            PasskeyFlaw::Unsupported => self.msg("refusal-passkey-unsupported"),
            PasskeyFlaw::Unreachable => self.msg("refusal-passkey-unreachable"),
            PasskeyFlaw::Busy => self.msg("refusal-passkey-busy"),
            PasskeyFlaw::TooLate => self.msg("refusal-passkey-too-late"),
            PasskeyFlaw::NotAccepted => self.msg("refusal-passkey-not-accepted"),
            PasskeyFlaw::Unknown => self.msg("refusal-passkey-unknown"),
            PasskeyFlaw::Copied => self.msg("refusal-passkey-copied"),
            PasskeyFlaw::TooMany => self.msg1("refusal-passkey-too-many", "max", passkey::MOST),
        }
    }

    fn login_id(&self, flaw: &LoginIdFlaw) -> String {
        match flaw {
            LoginIdFlaw::TooShort { min } => self.msg1("refusal-login-id-too-short", "min", min),
            LoginIdFlaw::TooLong { max } => self.msg1("refusal-login-id-too-long", "max", max),
            LoginIdFlaw::Character { found } => {
                self.msg1("refusal-login-id-character", "found", self.character(*found))
            }
            LoginIdFlaw::NeedsLetterAndDigit => self.msg("refusal-login-id-letter-and-digit"),
            LoginIdFlaw::Taken => self.msg("refusal-login-id-taken"),
            LoginIdFlaw::Fixed => self.msg("refusal-login-id-fixed"),
            LoginIdFlaw::IsPassword => self.msg("refusal-login-id-is-password"),
        }
    }

    fn password(&self, flaw: &PasswordFlaw) -> String {
        match flaw {
            PasswordFlaw::TooShort { min } => self.msg1("refusal-password-too-short", "min", min),
            PasswordFlaw::TooLong { max } => self.msg1("refusal-password-too-long", "max", max),
            PasswordFlaw::Character { found } => {
                self.msg1("refusal-password-character", "found", self.character(*found))
            }
            PasswordFlaw::Missing(CharClass::Upper) => self.msg("refusal-password-upper"),
            PasswordFlaw::Missing(CharClass::Lower) => self.msg("refusal-password-lower"),
            PasswordFlaw::Missing(CharClass::Letter) => self.msg("refusal-password-letter"),
            PasswordFlaw::Missing(CharClass::Digit) => self.msg("refusal-password-digit"),
            PasswordFlaw::Missing(CharClass::Symbol) => self.msg("refusal-password-symbol"),
            PasswordFlaw::IsUserId => self.msg("refusal-password-is-user-id"),
            PasswordFlaw::ContainsUserId => self.msg("refusal-password-contains-user-id"),
            PasswordFlaw::IsCurrent => self.msg("refusal-password-is-current"),
            PasswordFlaw::IsBirthDate => self.msg("refusal-password-is-birth-date"),
            PasswordFlaw::IsKigoBango => self.msg("refusal-password-is-kigo-bango"),
            PasswordFlaw::Common => self.msg("refusal-password-common"),
            PasswordFlaw::IsExample => self.msg("refusal-password-is-example"),
        }
    }

    fn birth_date_flaw(&self, flaw: &BirthDateFlaw) -> String {
        match flaw {
            BirthDateFlaw::SixDigits => self.msg("refusal-birth-date-six-digits"),
            BirthDateFlaw::Unreadable => self.msg("refusal-birth-date-unreadable"),
            BirthDateFlaw::NoSuchDay => self.msg("refusal-birth-date-no-such-day"),
            BirthDateFlaw::Future => self.msg("refusal-birth-date-future"),
            BirthDateFlaw::TooLongAgo => self.msg("refusal-birth-date-too-long-ago"),
        }
    }

    /// A character as a member can find it: a blank has a name instead.
    fn character(&self, found: char) -> String {
        if found.is_whitespace() || found.is_control() {
            self.msg("refusal-blank")
        } else {
            found.to_string()
        }
    }
}
