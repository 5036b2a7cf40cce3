//! Factor: the kinds of second factor, what differs between them, and when one may be taken away ([D10], N-14,
//! [I7]).
//!
//! # To add a kind of factor
//! One entry in the list of [`Method`] below. Its place in the list is its strength; the words of tenant files and forms,
//! what a union may offer, the order in which factors are asked for, the lists of pages, what is counted, and what a
//! recovery accepts derive from it. The compiler (c) and the house tests (h) then ask for these:
//!
//! 1. here: the entry; for a kind of which a member has several, a [`DeviceKind`] (c)
//! 2. `domain/route.rs`: its pages, as the entry names them (c); `web/router.rs`: their handlers (c)
//! 3. `domain/lockout/kind.rs`, `cli/member/card.rs`: its counter, where there is something to guess (c);
//!    `portal/desk/card.rs`, `cli/member/card.rs`: since when a member holds it, as the desk reads it (c)
//! 4. `store/held.rs`: when a member holds it (c), its table in the list of devices, names and taking away (c);
//!    `portal/attempt.rs`: the same (c), by a fact of `store/look.rs`. Each statement that names two kinds has to name it
//!    (h): in `store/{look,held,desk,export,invariants}.rs` and `store/everywhere/{sweep,keys}.rs`
//! 5. `domain/sso/acr.rs`, `web/sso/vendor.rs`, `web/page/sso.rs`: what services are told of it (c)
//! 6. `templates/text/{ja,en}`: the messages that its [`Messages`] and its letter name (h)
//! 7. `web/page.rs` and `web/page/account.rs`: what it is called in a sentence, and its drawing (c);
//!    `web/sample/account.rs`: why one more cannot be added, on the page that is drawn (c)
//! 8. `templates/closing/README.txt`: what a union is handed of it (h)
//! 9. nothing asks for these, they name kinds by hand: `web/page/first_login.rs`, what to mind in choosing a method;
//!    `web/page/help.rs`, what to have at hand and what is said of each kind; `portal/lost_factor.rs`, what is taken away
//!    of a kind without devices whose factor was lost; `web/home.rs` and `mail/letter.rs`, the button of the kind that
//!    stands alone
//!
//! What it does itself stands in files of its own: rows in `store` and `migrations/{sqlite,postgres}` (h), deeds in
//! `portal`, pages in `web/factor`, `web/page/factor.rs` and `templates/factor`, a story in `tests/journeys`.
//!
//! [D10]: crate::rules::decisions#d10
//! [I7]: crate::rules::threats#i7

use super::{
    lockout::{Bucket, CounterKind},
    member::DeviceId,
    passkey,
    route::Route,
    tenant::Policy,
};

/// What differs between the kinds of factor.
#[derive(Debug)]
pub struct Traits {
    /// The word in tenant files, tables and forms.
    pub word: &'static str,
    /// Whether it is shown by reading the member's mail. Such a factor needs an address, its first code is the set-up, and
    /// in a recovery it counts for nothing: mail was what the recovery began with (D4).
    pub is_mailed: bool,
    /// Whether it may be all that is shown, where the union says so: user verification makes it two factors (D1).
    pub may_stand_alone: bool,
    /// What wrong answers are counted by, in either bucket; `None` where there is nothing to guess.
    pub counter: Option<fn(Bucket) -> CounterKind>,
    /// The page that sets it up on the way in.
    pub set_up: Route,
    /// The page where it is shown.
    pub prove: Route,
    /// The page that adds one to a member who is signed in.
    pub add: Route,
    /// The devices a member may have several of; `None` where a member has one or none.
    pub devices: Option<DeviceKind>,
    /// Its place among the lists of 「ログイン方法変更」 (S-06), from 0.
    pub list_place: usize,
    /// The word of the letter that tells of one more.
    pub letter: &'static str,
    /// Its words.
    pub messages: Messages,
}

/// Names of the messages that pages say about a kind; letters and the trail call it `letter-method-<word>`.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    /// What forms call it.
    pub label: &'static str,
    /// Whether it is a one-time password: called 「OTP認証」 for short where the union offers no other.
    pub is_otp: bool,
    /// What it is, for whoever chooses.
    pub about: &'static str,
    /// The title of its page in first login.
    pub set_up: &'static str,
    /// The heading of its list in 「ログイン方法変更」.
    pub list: &'static str,
    /// What stands below that heading.
    pub list_hint: &'static str,
    /// What deleting one means, besides what deleting any means.
    pub removal: Option<&'static str>,
    /// The anchor and the title of its section of the help.
    pub help: (&'static str, &'static str),
}

/// The list of kinds, from the one that is hardest to take from its owner (D11).
macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident => $traits:expr,)+) => {
        /// A kind of second factor.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Method {
            $($(#[$doc])* $name,)+
        }

        impl Method {
            /// From the one that is hardest to take from its owner (D11).
            pub const STRONGEST_FIRST: [Self; [$(stringify!($name)),+].len()] = [$(Self::$name),+];

            /// Each with the word that tenant files, tables and forms have for it.
            pub const WORDS: [(Self, &'static str); Self::STRONGEST_FIRST.len()] =
                [$((Self::$name, Self::$name.as_str())),+];

            /// What it differs in.
            pub const fn traits(self) -> &'static Traits {
                match self {
                    $(Self::$name => const { &$traits },)+
                }
            }
        }
    };
}

methods! {
    /// 「生体認証」
    Passkey => Traits {
        word: "passkey",
        is_mailed: false,
        may_stand_alone: true,
        counter: None,
        set_up: Route::SetUpPasskey,
        prove: Route::ProvePasskey,
        add: Route::AddPasskey,
        devices: Some(DeviceKind::Passkey),
        list_place: 1,
        letter: "passkey-added",
        messages: Messages {
            label: "first-login-method-passkey",
            is_otp: false,
            about: "first-login-about-passkey",
            set_up: "passkey-set-up-title",
            list: "first-login-method-passkey",
            list_hint: "passkey-gloss",
            removal: None,
            help: ("passkeys", "help-passkeys-title"),
        },
    },
    /// 「OTP認証」: codes of an authenticator app.
    AppOtp => Traits {
        word: "app-otp",
        is_mailed: false,
        may_stand_alone: false,
        counter: Some(CounterKind::AppCode),
        set_up: Route::SetUpApp,
        prove: Route::ProveApp,
        add: Route::AddApp,
        devices: Some(DeviceKind::App),
        list_place: 0,
        letter: "app-added",
        messages: Messages {
            label: "first-login-method-app-otp",
            is_otp: true,
            about: "first-login-about-app-otp",
            set_up: "factor-set-up-title",
            list: "account-apps",
            list_hint: "account-apps-hint",
            removal: Some("account-remove-app"),
            help: ("apps", "help-apps-title"),
        },
    },
    /// 「OTP認証(メール)」: mailed codes.
    EmailOtp => Traits {
        word: "email-otp",
        is_mailed: true,
        may_stand_alone: false,
        counter: Some(CounterKind::MailCode),
        set_up: Route::ProveMailCode,
        prove: Route::ProveMailCode,
        add: Route::AddMailCode,
        devices: None,
        list_place: 2,
        letter: "mail-code-chosen",
        messages: Messages {
            label: "first-login-method-email-otp",
            is_otp: true,
            about: "first-login-about-email-otp",
            set_up: "factor-mail-title",
            list: "first-login-method-email-otp",
            list_hint: "account-mail-code-hint",
            removal: Some("account-remove-mail-code"),
            help: ("mail-codes", "help-mail-codes-title"),
        },
    },
}

impl Method {
    /// The word in files, tables and forms.
    pub const fn as_str(self) -> &'static str {
        self.traits().word
    }

    /// The method of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::STRONGEST_FIRST.into_iter().find(|m| m.as_str() == word)
    }

    /// Whether it is shown by reading the member's mail.
    pub fn is_mailed(self) -> bool {
        self.traits().is_mailed
    }

    /// Whether it is easier to take from its owner than the other.
    pub fn is_weaker_than(self, other: Self) -> bool {
        self.rank() > other.rank()
    }

    /// Its place among all, the strongest first.
    pub fn rank(self) -> Option<usize> {
        Self::STRONGEST_FIRST.into_iter().position(|listed| listed == self)
    }

    /// In the order of the lists of 「ログイン方法変更」 (S-06).
    pub fn as_listed() -> impl Iterator<Item = Self> {
        let mut listed = Self::STRONGEST_FIRST;
        listed.sort_by_key(|method| method.traits().list_place);
        listed.into_iter()
    }

    /// What counts the wrong codes of strangers that another password makes worthless, where somebody else knew the one
    /// before and this factor was shown ([TD6]). Whoever is to be stopped by a count must not be able to end it:
    ///
    /// - a weaker factor ends no count of a stronger one: whoever reads her mails would have thirty more codes of her app, for
    ///   each password they set;
    /// - in a browser that has not signed the member in, a code may be the guess that the count bounds, so only what cannot be
    ///   guessed ends it there.
    ///
    /// [TD6]: crate::rules::threats#td6
    pub fn ends_counts(self, shown_in: Bucket) -> impl Iterator<Item = CounterKind> {
        let may = shown_in == Bucket::Known || self.traits().counter.is_none();
        Self::counters().filter_map(move |(method, kind)| {
            let is_strangers = kind.bucket() == Some(Bucket::Unknown);
            (may && is_strangers && !self.is_weaker_than(method)).then_some(kind)
        })
    }

    /// What any wrong code of a factor is counted by, in both buckets.
    pub fn counters() -> impl Iterator<Item = (Self, CounterKind)> {
        let of = |method: Self| method.traits().counter.map(|counter| (method, counter));
        Self::STRONGEST_FIRST
            .into_iter()
            .filter_map(of)
            .flat_map(|(method, counter)| Bucket::BOTH.map(|bucket| (method, counter(bucket))))
    }
}

/// A kind of device a member may have several of, each with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// An authenticator app, by its id.
    App,
    /// A passkey, by its id.
    Passkey,
}

impl DeviceKind {
    /// Each of them, in the order of their strength.
    pub fn every() -> impl Iterator<Item = Self> {
        Method::STRONGEST_FIRST.into_iter().filter_map(|method| method.traits().devices)
    }

    /// The kind of factor it is.
    pub fn method(self) -> Method {
        match self {
            Self::App => Method::AppOtp,
            Self::Passkey => Method::Passkey,
        }
    }

    /// Most of them that a member may have.
    pub fn most(self, policy: &Policy) -> usize {
        match self {
            Self::App => policy.app_otp.max_devices,
            Self::Passkey => passkey::MOST,
        }
    }

    /// The message that says so.
    pub fn full(self) -> &'static str {
        match self {
            Self::App => "account-apps-full",
            Self::Passkey => "account-passkeys-full",
        }
    }

    /// The page of one's name.
    fn naming(self, id: DeviceId) -> Route {
        match self {
            Self::App => Route::NameApp(id),
            Self::Passkey => Route::NamePasskey(id),
        }
    }

    /// The page that takes one away.
    fn removal(self, id: DeviceId) -> Route {
        match self {
            Self::App => Route::RemoveApp(id),
            Self::Passkey => Route::RemovePasskey(id),
        }
    }
}

/// One thing a member may prove beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Factor {
    /// A device.
    Device(DeviceKind, DeviceId),
    /// Codes by mail: there is one address, so there is one of these.
    MailCode,
}

impl Factor {
    /// Which kind it is.
    pub fn method(self) -> Method {
        match self {
            Self::Device(kind, _) => kind.method(),
            Self::MailCode => Method::EmailOtp,
        }
    }

    /// Its device; none for mailed codes.
    pub fn device(self) -> Option<DeviceId> {
        match self {
            Self::Device(_, id) => Some(id),
            Self::MailCode => None,
        }
    }

    /// The page that takes it away.
    pub fn removal(self) -> Route {
        match self {
            Self::Device(kind, id) => kind.removal(id),
            Self::MailCode => Route::RemoveMailCode,
        }
    }

    /// The page of its name; mailed codes have none.
    pub fn naming(self) -> Option<Route> {
        match self {
            Self::Device(kind, id) => Some(kind.naming(id)),
            Self::MailCode => None,
        }
    }

    /// The factor that one of these pages is about.
    pub fn of_page(page: Route) -> Option<Self> {
        let device = page.device().and_then(|id| {
            let kind =
                DeviceKind::every().find(|kind| kind.naming(id) == page || kind.removal(id) == page)?;
            Some(Self::Device(kind, id))
        });
        device.or((page == Route::RemoveMailCode).then_some(Self::MailCode))
    }
}

/// Whether this one may be taken away: the last one can only be replaced, by setting up another first. Kinds that are
/// switched off are held (D13), but nobody gets in by them: one that works has to be left.
pub fn may_remove(factor: Factor, held: &[Factor], off: &[Method]) -> bool {
    held.iter().any(|left| *left != factor && !off.contains(&left.method()))
}

/// The default way once one of `held` is gone: as it was while something of its kind is left, else the strongest that
/// is. `None`: it stays as it is.
pub fn default_without(gone: Factor, held: &[Factor], default: Option<Method>) -> Option<Method> {
    let left = |method| held.iter().any(|factor| *factor != gone && factor.method() == method);
    if default != Some(gone.method()) || left(gone.method()) {
        return None;
    }
    Method::STRONGEST_FIRST.into_iter().find(|method| left(*method))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(n: u128) -> DeviceId {
        DeviceId::kept(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn no_factor_ends_the_count_of_a_stronger_one_and_no_code_one_that_bounds_it() {
        for shown in Method::STRONGEST_FIRST {
            for (bucket, kind) in Bucket::BOTH
                .into_iter()
                .flat_map(|bucket| shown.ends_counts(bucket).map(move |kind| (bucket, kind)))
            {
                assert_eq!(kind.bucket(), Some(Bucket::Unknown), "{shown:?}: her own mistakes stay counted");
                let (of, _) = Method::counters().find(|(_, counter)| *counter == kind).unwrap();
                assert!(!shown.is_weaker_than(of), "{shown:?} ends {kind:?}");
                assert!(bucket == Bucket::Known || shown == Method::Passkey, "{shown:?} may be a guess");
            }
        }
        let ended = |shown: Method, bucket| shown.ends_counts(bucket).count();
        assert_eq!(
            [Method::Passkey, Method::AppOtp, Method::EmailOtp].map(|one| ended(one, Bucket::Known)),
            [2, 2, 1]
        );
        assert_eq!(
            [Method::Passkey, Method::AppOtp, Method::EmailOtp].map(|one| ended(one, Bucket::Unknown)),
            [2, 0, 0]
        );
    }

    #[test]
    fn the_last_one_can_only_be_replaced() {
        let app = Factor::Device(DeviceKind::App, device(1));
        assert!(!may_remove(app, &[app], &[]));
        assert!(may_remove(app, &[app, Factor::MailCode], &[]));
    }

    #[test]
    fn one_that_works_is_left() {
        let (app, mail) = (Factor::Device(DeviceKind::App, device(1)), Factor::MailCode);
        let off = [Method::AppOtp];
        assert!(!may_remove(mail, &[app, mail], &off), "nobody gets in by what is switched off");
        assert!(may_remove(app, &[app, mail], &off));
        assert!(!may_remove(app, &[app, Factor::Device(DeviceKind::App, device(2))], &off));
    }

    #[test]
    fn the_default_way_goes_with_the_last_of_its_kind_to_the_strongest_left() {
        let (old, new) =
            (Factor::Device(DeviceKind::App, device(1)), Factor::Device(DeviceKind::App, device(2)));
        let passkey = Factor::Device(DeviceKind::Passkey, device(3));
        let default = Some(Method::AppOtp);
        assert_eq!(default_without(old, &[old, new], default), None);
        assert_eq!(default_without(old, &[old, Factor::MailCode, passkey], default), Some(Method::Passkey));
        assert_eq!(default_without(passkey, &[old, passkey], default), None);
        assert_eq!(default_without(old, &[old, passkey], None), None);
    }
}
