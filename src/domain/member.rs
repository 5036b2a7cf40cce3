//! Member: a person on a tenant's roster.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

mod number;

pub use number::{MemberNumber, NumberFlaw, NumberPart};

use super::{
    birth_date::BirthDate,
    epoch::Epoch,
    login_id::LoginId,
    tenant::{Language, Method},
};

pub use super::email::EmailAddress;

/// A row's id: a UUID of version 7, made of the injected clock and random source.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id from the moment and ten random bytes.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// An id as read from the store.
            pub fn kept(id: Uuid) -> Self {
                Self(id)
            }

            /// The id as it is kept.
            pub fn uuid(self) -> Uuid {
                self.0
            }

            /// The id of a text, for what a form sends back.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::parse_str(text).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A member. Never changes, never reused; user ID and address are only attributes.
    MemberId;
    /// One browser on its way in.
    AttemptId;
    /// One session: a signed-in browser.
    SessionId;
    /// One authenticator app or passkey of a member.
    DeviceId;
    /// One row of the audit trail.
    EventId;
    /// One letter in the outbox.
    LetterId;
    /// One link or code that works once.
    OneTimeId;
}

/// A member as kept.
#[derive(Debug, Clone)]
pub struct Member {
    /// The member's id.
    pub id: MemberId,
    /// The member's number on the insurance card: 記号・番号・枝番.
    pub number: MemberNumber,
    /// Name in kanji, as the union writes it.
    pub name: String,
    /// The name in katakana; may be empty.
    pub name_kana: String,
    /// Birth date on the roster.
    pub birth_date: BirthDate,
    /// Wrong birth dates since the last right one.
    pub birth_date_misses: u32,
    /// The user ID that works now.
    pub login: LoginId,
    /// When the member last looked at the user ID in first login.
    pub login_reviewed_at: Option<Timestamp>,
    /// The verified address (the roster's, or one confirmed by code).
    pub email: Option<EmailAddress>,
    /// An address typed at first login and not yet confirmed (D8).
    pub email_pending: Option<EmailAddress>,
    /// When the member last looked at the address in first login.
    pub email_reviewed_at: Option<Timestamp>,
    /// When the verified address was last confirmed by whoever reads its mail; `None`: known from the roster only.
    pub email_confirmed_at: Option<Timestamp>,
    /// Since when mailed codes are a factor of the member.
    pub mail_code_at: Option<Timestamp>,
    /// 「認証方法」: the method chosen.
    pub method: Option<Method>,
    /// The language the member chose for pages and letters.
    pub language: Option<Language>,
    /// Set while staff keep the member out.
    pub locked_at: Option<Timestamp>,
    /// Raised by every change of how the member gets in (D24).
    pub epoch: Epoch,
    /// A first credential of `member revert` was not replaced yet: its printed notice is the only way in, and no mail
    /// opens another (D25).
    pub reverted: bool,
}
