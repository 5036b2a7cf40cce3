//! The sign-in page.

use askama::Template;

use super::{Frame, passkey};
use crate::domain::{passkey::PasskeyFlaw, route::Route};

/// `/signin` (P-02). Fields: `username`, `password`, `remember` (value `on`).
#[derive(Template)]
#[template(path = "signin/sign_in.html")]
pub struct SignInPage<'a> {
    /// The frame, with notices of place `login`. Errors of the pair stand at `username`.
    pub frame: Frame<'a>,
    /// The user ID as typed, kept over time-outs (D15) and errors.
    pub login: String,
    /// Whether 「ログイン状態の保存」 is offered (`session.remember_hours > 0`).
    pub remember_offered: bool,
    /// Whether it is ticked.
    pub remember: bool,
    /// What brought the member here, if it needs saying.
    pub message: Option<SignInMessage>,
    /// Whether a passkey alone opens the door (D1): a button above the form, in a form of its own that posts
    /// `credential` and `remember` to `/signin/passkey/alone`, and the browser's offer at the user ID.
    pub passkey_alone: bool,
    /// Why a passkey was not accepted.
    pub failed: Option<PasskeyFlaw>,
    /// The page behind the login that was wanted: a word for the hidden field `back`.
    pub back: Option<String>,
}

impl SignInPage<'_> {
    /// The sentence about a passkey that was not accepted.
    fn failure(&self) -> Option<String> {
        self.failed.map(|flaw| match flaw {
            PasskeyFlaw::Cancelled => self.frame.words.msg("signin-passkey-closed"),
            _ => passkey::sentence(&self.frame, flaw),
        })
    }

    /// Whether the browser's sheet was closed: whoever has no passkey does so, and nothing is wrong.
    fn is_closed(&self) -> bool {
        self.failed == Some(PasskeyFlaw::Cancelled)
    }

    /// Whether the browser is to be told that the portal does not know the passkey.
    fn is_unknown(&self) -> bool {
        self.failed == Some(PasskeyFlaw::Unknown)
    }
}

/// A banner above the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMessage {
    /// D15: the attempt or the session is over; the work is kept.
    TimedOut,
    /// The browser brought no cookie where it was given one: it takes none, or the address was kept from another day.
    NoCookie,
    /// The session was ended elsewhere, or so long ago that nobody remembers it.
    Ended,
    /// A form was sent after the session was ended, and is not kept.
    NotKept,
    /// Logged out from the limited page (D2): sign in again to set up the method.
    LoggedOutToSetUp,
    /// Logged out from the limited page by a member of mailed codes (D2).
    LoggedOutToSignIn,
    /// Five wrong codes ended the attempt (D13).
    CodesUsedUp,
    /// Three wrong birth dates ended the attempt (D3).
    BirthDatesUsedUp,
    /// The password was changed; sign in with the new one.
    PasswordChanged,
}

impl SignInMessage {
    /// The name of the message in the `.ftl` files.
    fn key(self) -> &'static str {
        match self {
            Self::TimedOut => "signin-timed-out",
            Self::NoCookie => "signin-no-cookie",
            Self::Ended => "signin-ended",
            Self::NotKept => "signin-not-kept",
            Self::LoggedOutToSetUp => "signin-logged-out-to-set-up",
            Self::LoggedOutToSignIn => "signin-logged-out-to-sign-in",
            Self::CodesUsedUp => "signin-codes-used-up",
            Self::BirthDatesUsedUp => "signin-birth-dates-used-up",
            Self::PasswordChanged => "signin-password-changed",
        }
    }

    /// Whether it is good news.
    fn is_good(self) -> bool {
        !matches!(
            self,
            Self::TimedOut
                | Self::NoCookie
                | Self::Ended
                | Self::NotKept
                | Self::CodesUsedUp
                | Self::BirthDatesUsedUp
        )
    }
}
