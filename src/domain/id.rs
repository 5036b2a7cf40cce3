//! Ids of rows, each of a type of its own, so that none is taken for another.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

/// A row's id: a UUID of version 7, made of the injected clock and random source.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {
        /// The name of each type of id.
        pub const TYPES: &[&str] = &[$(stringify!($name)),+];

        $(
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
            pub const fn kept(id: Uuid) -> Self {
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
    /// One key by which a union signs for its services.
    SsoKeyId;
    /// One request of a service that waits for its member.
    SsoRequestId;
    /// One secret of a service.
    SsoSecretId;
}

/// A route carries an id of any kind as that of a device.
impl From<SsoRequestId> for DeviceId {
    fn from(id: SsoRequestId) -> Self {
        Self(id.0)
    }
}

impl From<DeviceId> for SsoRequestId {
    fn from(id: DeviceId) -> Self {
        Self(id.0)
    }
}
