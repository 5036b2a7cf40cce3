//! Refusal: an expected "no" with a sentence for the member.
//!
//! What a member is told and what staff can see are different types: here is the outside;
//! [`crate::domain::audit`] holds the inside. `wording/refusal.rs` maps each refusal to its sentence
//! without a catch-all arm, so a new refusal does not compile until it has its words.

use jiff::{Timestamp, civil::Date};

use crate::domain::{passkey::PasskeyFlaw, tenant::CharClass};

/// A "no" the member can do something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// E-01, whatever was wrong: unknown ID, wrong password, dead or switched-off credential.
    /// `left`: tries before a pause, told from the third failure on.
    WrongCredentials {
        /// How many tries are left before a pause; told from the third failure on.
        left: Option<u32>,
    },
    /// The same where the user ID is known and only the password was asked for.
    WrongPassword {
        /// How many tries are left before a pause; told from the third failure on.
        left: Option<u32>,
    },
    /// D13's pause; also told for IDs that do not exist.
    Paused {
        /// When to try again.
        until: Timestamp,
    },
    /// A field is empty.
    Empty,
    /// The user ID breaks the rules for new IDs.
    LoginId(LoginIdFlaw),
    /// The password breaks a rule.
    Password(PasswordFlaw),
    /// Password and confirmation differ.
    PasswordsDiffer,
    /// The text is not a birth date.
    BirthDate(BirthDateFlaw),
    /// The birth date is not the one on the roster.
    WrongBirthDate {
        /// The date as understood, echoed in the member's calendar.
        read: Date,
        /// Tries left in this attempt.
        left: u32,
    },
    /// Too many wrong birth dates since the last right one: the union must help (D3).
    BirthDateClosed,
    /// The text is not a mail address.
    MalformedEmail,
    /// A name stands beside the mail address.
    EmailWithName,
    /// More than one mail address.
    SeveralEmails,
    /// A character that no mail address here may hold: a domain in Japanese, say.
    EmailCharacter {
        /// The first such character.
        found: char,
    },
    /// The address looks like a slip (see [`super::email_typo`]). Sent once more it is taken as it stands.
    TypoInEmail {
        /// The address as typed.
        typed: String,
        /// The one that was probably meant.
        meant: String,
    },
    /// The address belongs to another member of the union (D8).
    TakenEmail,
    /// The mail-address question was tried too often today (D8).
    TooManyEmailTries,
    /// New user IDs were tried too often today.
    TooManyLoginTries,
    /// No method was chosen, or one that is not offered.
    NoMethod,
    /// The text is not six digits.
    MalformedCode,
    /// E-02: wrong code while setting up.
    WrongCodeAtSetUp,
    /// E-03: wrong code at sign-in.
    WrongCodeAtSignIn {
        /// Tries left in this attempt.
        left: u32,
    },
    /// E-03 again, for a code that was right and is used up: wait for the next one (N-12).
    CodeUsed {
        /// Tries left in this attempt.
        left: u32,
    },
    /// Five wrong codes: the attempt is over (D13).
    AttemptOver,
    /// The factor is switched off after too many wrong codes (D13).
    FactorOff,
    /// The text is not six digits, where those of a mail are asked for.
    MalformedMailCode,
    /// Wrong code of a forgotten password, or none there: the same for user IDs that do not exist (D4).
    WrongRecoveryCode {
        /// Tries left in this browser.
        left: u32,
    },
    /// Five wrong codes of a forgotten password: ask again.
    RecoveryCodesUsedUp,
    /// Too many wrong codes were typed for this user ID, in whatever browsers: use the link of the letter (D27).
    RecoveryCodeOff,
    /// A lost factor is replaced by the mailed link only, never by the code (D4).
    LinkNeeded,
    /// The code of a forgotten password works in the browser that asked; this one brought no cookie of its own asking.
    NoCookie,
    /// The way out of a forgotten password took too long.
    RecoveryRunOut,
    /// The text is not a code of the desk.
    MalformedDeskCode,
    /// Wrong code of the desk.
    WrongDeskCode {
        /// How many tries are left.
        left: u32,
    },
    /// There is no code of the desk that works (any more): the union gives out another.
    DeskCodeDead,
    /// The mailed code was wrong (E-03).
    WrongMailCode {
        /// How many tries are left.
        left: u32,
    },
    /// The code that confirms an address was wrong.
    WrongConfirmationCode {
        /// How many tries are left.
        left: u32,
    },
    /// The mailed code has run out, was replaced or was never sent: 再送信.
    NoMailCode,
    /// 再送信 again before its time.
    MailCodeTooSoon {
        /// How long to wait, in seconds.
        seconds: i64,
    },
    /// Five codes were mailed within the hour (E7).
    TooManyMailCodes,
    /// The device name is longer than the limit.
    DeviceNameTooLong {
        /// The greatest length, in characters.
        max: usize,
    },
    /// Another device of the member has that name.
    DeviceNameTaken,
    /// The member has as many devices as the union allows.
    TooManyDevices {
        /// How many devices a member may have.
        max: usize,
    },
    /// The last factor can only be replaced (N-14).
    LastFactor,
    /// Mailed codes need an address that was confirmed.
    NoEmailForMailCode,
    /// It was changed in another window or on another device since the page was shown (I13).
    ChangedMeanwhile,
    /// The same of a device's name.
    NameChangedMeanwhile {
        /// The name it has now.
        now: String,
    },
    /// The same of a password, which no page shows.
    PasswordChangedMeanwhile,
    /// Five wrong codes while showing again who one is: that is over, the session is not (D13).
    ConfirmingOver,
    /// The password was shown too long before the factor: both are asked again (D29).
    ConfirmingTooSlow,
    /// A passkey was not made, or not accepted (W-12).
    Passkey(PasskeyFlaw),
}

/// How a new user ID breaks the rules (D7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginIdFlaw {
    /// Fewer characters than allowed.
    TooShort {
        /// The smallest length, in characters.
        min: usize,
    },
    /// More characters than allowed.
    TooLong {
        /// The greatest length, in characters.
        max: usize,
    },
    /// A character outside `a-z0-9` and the union's symbols.
    Character {
        /// The first such character.
        found: char,
    },
    /// The union wants a letter and a digit.
    NeedsLetterAndDigit,
    /// Another member has it, or had it within the year.
    Taken,
    /// The union does not let members change theirs.
    Fixed,
    /// It is the member's password.
    IsPassword,
}

/// How a new password breaks the rules (D6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordFlaw {
    /// Fewer characters than allowed.
    TooShort {
        /// The smallest length, in characters.
        min: usize,
    },
    /// More characters than allowed.
    TooLong {
        /// The greatest length, in characters.
        max: usize,
    },
    /// A character outside printable ASCII.
    Character {
        /// The first such character.
        found: char,
    },
    /// A required class is missing.
    Missing(CharClass),
    /// Equal to the user ID.
    IsUserId,
    /// Contains the user ID.
    ContainsUserId,
    /// The password in force, or the first one.
    IsCurrent,
    /// Made of the birth date.
    IsBirthDate,
    /// It is made of 記号 and 番号.
    IsKigoBango,
    /// On the list of common passwords, or made of the union's name.
    Common,
    /// Printed as an example.
    IsExample,
}

/// How a text fails to be a birth date (N-20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BirthDateFlaw {
    /// Six digits: the year needs four.
    SixDigits,
    /// Not a date in any spelling known here.
    Unreadable,
    /// No such day in the calendar (31 April; 昭和65年).
    NoSuchDay,
    /// The date is later than today.
    Future,
    /// More than 120 years ago.
    TooLongAgo,
}
