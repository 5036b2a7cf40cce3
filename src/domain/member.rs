//! Member: a person on a tenant's roster.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

mod number;

pub use number::{MemberNumber, NumberFlaw, NumberPart};

use super::{
    birth_date::BirthDate,
    login_id::LoginId,
    tenant::{Language, Method},
    typed,
};

/// A row's id: a UUID of version 7, made of the injected clock and dice.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id from the moment and ten bytes of chance.
            pub fn new(now: Timestamp, chance: [u8; 10]) -> Self {
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid())
            }

            /// An id that was kept before.
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
    /// One signed-in browser.
    SessionId;
    /// One authenticator app or passkey of a member.
    DeviceId;
    /// One audit row.
    EventId;
    /// One letter in the outbox.
    LetterId;
    /// One link or code that works once.
    OneTimeId;
}

/// A mail address that may be written to.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Accepts one plain address (no display name, no second recipient), ASCII after NFKC, at most 254 characters.
    /// Old carrier addresses with `..` or a dot before `@` are accepted (D8).
    pub fn parse(text: &str) -> Option<Self> {
        let folded = typed::fold(text);
        let (local, domain) = folded.rsplit_once('@')?;
        let local_fits = !local.is_empty()
            && local.len() <= 64
            && local.chars().all(|c| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c));
        let label_fits = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let domain_fits = domain.contains('.')
            && domain.split('.').all(label_fits)
            && domain
                .rsplit('.')
                .next()
                .is_some_and(|top| top.len() >= 2 && !top.chars().all(|c| c.is_ascii_digit()));
        (local_fits && domain_fits && folded.len() <= 254)
            .then(|| Self(format!("{local}@{}", domain.to_ascii_lowercase())))
    }

    /// An address that was kept before.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One spelling for "is this address taken?": lower case throughout.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// The address as far as a page shows it before the member is in: `h***@example.jp`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((self.0.as_str(), ""));
        let first: String = local.chars().take(1).collect();
        format!("{first}***@{domain}")
    }

    /// The part behind `@`, in lower case.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The same mailbox at another domain.
    pub fn at(&self, domain: &str) -> String {
        format!("{}@{domain}", self.mailbox())
    }

    /// The part before `@`.
    pub fn mailbox(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// Never prints the address: it stays out of logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

/// A member as kept.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub id: MemberId,
    /// 記号・番号・枝番.
    pub number: MemberNumber,
    /// Name in kanji, as the union writes it.
    pub name: String,
    /// Name in katakana.
    pub name_kana: String,
    /// Birth date on the roster.
    pub birth_date: BirthDate,
    /// Wrong birth dates since the last right one.
    pub birth_date_misses: u32,
    /// The user ID.
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
    /// The language chosen.
    pub language: Option<Language>,
    /// Set while staff keep the member out.
    pub locked_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carrier_addresses_pass_and_second_recipients_do_not() {
        for good in ["a..b@docomo.ne.jp", "abc.@ezweb.ne.jp", "taro+x@Example.JP", "ｔａｒｏ＠example.jp"]
        {
            assert!(EmailAddress::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "taro",
            "taro@",
            "@example.jp",
            "taro@localhost",
            "a@x.jp,b@y.jp",
            "a b@x.jp",
            "a@x.jp\r\nBcc: b@y.jp",
            "Taro <taro@x.jp>",
            "taro@1.2.3.4",
            "ｆｏｏ@-x.jp",
            "花子@example.jp",
        ] {
            assert!(EmailAddress::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(EmailAddress::parse("Taro@Example.JP").unwrap().as_str(), "Taro@example.jp");
    }
}
