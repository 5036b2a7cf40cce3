//! Factor: one second factor of a member, and when it may go ([D10], N-14, [I7]).
//!
//! [D10]: crate::rules::decisions#d10
//! [I7]: crate::rules::threats#i7

use super::{member::DeviceId, route::Route, tenant::Method};

/// One thing a member may prove beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Factor {
    /// An authenticator app.
    App(DeviceId),
    /// A passkey.
    Passkey(DeviceId),
    /// Codes by mail: there is one address, so there is one of these.
    MailCode,
}

impl Factor {
    /// Which kind it is.
    pub fn method(self) -> Method {
        match self {
            Self::App(_) => Method::AppOtp,
            Self::Passkey(_) => Method::Passkey,
            Self::MailCode => Method::EmailOtp,
        }
    }

    /// Its device; none for mailed codes.
    pub fn device(self) -> Option<DeviceId> {
        match self {
            Self::App(id) | Self::Passkey(id) => Some(id),
            Self::MailCode => None,
        }
    }
}

impl Factor {
    /// The page that takes it away.
    pub fn removal(self) -> Route {
        match self {
            Self::App(id) => Route::RemoveApp(id),
            Self::Passkey(id) => Route::RemovePasskey(id),
            Self::MailCode => Route::RemoveMailCode,
        }
    }

    /// The page of its name; mailed codes have none.
    pub fn naming(self) -> Option<Route> {
        match self {
            Self::App(id) => Some(Route::NameApp(id)),
            Self::Passkey(id) => Some(Route::NamePasskey(id)),
            Self::MailCode => None,
        }
    }

    /// The factor that one of these pages is about.
    pub fn of_page(page: Route) -> Option<Self> {
        match page {
            Route::RemoveApp(id) | Route::NameApp(id) => Some(Self::App(id)),
            Route::RemovePasskey(id) | Route::NamePasskey(id) => Some(Self::Passkey(id)),
            Route::RemoveMailCode => Some(Self::MailCode),
            _ => None,
        }
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
    fn the_last_one_can_only_be_replaced() {
        let app = Factor::App(device(1));
        assert!(!may_remove(app, &[app], &[]));
        assert!(may_remove(app, &[app, Factor::MailCode], &[]));
    }

    #[test]
    fn one_that_works_is_left() {
        let (app, mail) = (Factor::App(device(1)), Factor::MailCode);
        let off = [Method::AppOtp];
        assert!(!may_remove(mail, &[app, mail], &off), "nobody gets in by what is switched off");
        assert!(may_remove(app, &[app, mail], &off));
        assert!(!may_remove(app, &[app, Factor::App(device(2))], &off));
    }

    #[test]
    fn the_default_way_goes_with_the_last_of_its_kind_to_the_strongest_left() {
        let (old, new) = (Factor::App(device(1)), Factor::App(device(2)));
        let passkey = Factor::Passkey(device(3));
        let default = Some(Method::AppOtp);
        assert_eq!(default_without(old, &[old, new], default), None);
        assert_eq!(default_without(old, &[old, Factor::MailCode, passkey], default), Some(Method::Passkey));
        assert_eq!(default_without(passkey, &[old, passkey], default), None);
        assert_eq!(default_without(old, &[old, passkey], None), None);
    }
}
