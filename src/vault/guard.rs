//! Guard: whom a counter is about, as a keyed digest: the same for a member and for a user ID that is nobody's, and of no
//! use to whoever has the database alone.

use secrecy::ExposeSecret as _;

use super::{Token, Vault, mac};
use crate::{
    domain::{
        lockout::kind::CounterSubject,
        login_id::LoginId,
        member::{EmailAddress, Member, MemberId},
        network::Network,
    },
    world::today_in_japan,
};

impl Vault {
    /// Whom a counter about a member is about at `now`; `None` for what is a browser's, or needs an address where there is
    /// none. Of counters about a member and one browser or network besides, what all of them begin with.
    pub fn guard_subject_about(
        &self,
        about: CounterSubject,
        member: &Member,
        now: jiff::Timestamp,
    ) -> Option<Vec<u8>> {
        match about {
            CounterSubject::Member | CounterSubject::MemberInOneBrowser => {
                Some(self.guard_subject_member(member.id))
            }
            CounterSubject::MemberInAnHour | CounterSubject::MemberInAnHourFromANetwork => {
                Some(self.guard_subject_hour(member.id, now))
            }
            CounterSubject::MemberOnADay => Some(self.guard_subject_day(member.id, today_in_japan(now))),
            CounterSubject::AddressOnADay => {
                let address = member.email.as_ref()?;
                Some(self.guard_subject_address_day(address, today_in_japan(now)))
            }
            CounterSubject::Browser => None,
        }
    }

    /// A counter about a member in one hour.
    pub fn guard_subject_hour(&self, member: MemberId, now: jiff::Timestamp) -> Vec<u8> {
        let hour = now.as_second().div_euclid(3600).to_be_bytes();
        self.with_active(|keys| mac(keys.guard.expose_secret(), &[b"hour", member.uuid().as_bytes(), &hour]))
    }

    /// A counter about a member and one browser, by the digest of its cookie.
    pub fn guard_subject_here(&self, member: MemberId, cookie_digest: &[u8]) -> Vec<u8> {
        let browser = self.with_active(|keys| mac(keys.guard.expose_secret(), &[b"device", cookie_digest]));
        [self.guard_subject_member(member), browser].concat()
    }

    /// The counter about `whom` as far as one network is concerned. Whoever comes over no network we know is one, too.
    pub fn guard_subject_from(&self, whom: Vec<u8>, network: Option<Network>) -> Vec<u8> {
        let network = network.map(|network| network.to_string()).unwrap_or_default();
        let from =
            self.with_active(|keys| mac(keys.guard.expose_secret(), &[b"network", network.as_bytes()]));
        [whom, from].concat()
    }

    /// Whom a counter of wrong tries is about, when the user ID is nobody's.
    pub fn guard_subject_login(&self, login: &LoginId) -> Vec<u8> {
        self.with_active(|keys| mac(keys.guard.expose_secret(), &[b"login", login.as_str().as_bytes()]))
    }

    /// Whom a counter of wrong tries is about: a member. The same shape as for nobody.
    pub fn guard_subject_member(&self, member: MemberId) -> Vec<u8> {
        self.with_active(|keys| mac(keys.guard.expose_secret(), &[b"member", member.uuid().as_bytes()]))
    }

    /// A counter about a member on one day.
    pub fn guard_subject_day(&self, member: MemberId, day: jiff::civil::Date) -> Vec<u8> {
        self.with_active(|keys| {
            mac(keys.guard.expose_secret(), &[b"day", member.uuid().as_bytes(), day.to_string().as_bytes()])
        })
    }

    /// A counter about a typed user ID in one hour, when it is nobody's.
    pub fn guard_subject_login_hour(&self, login: &LoginId, now: jiff::Timestamp) -> Vec<u8> {
        let hour = now.as_second().div_euclid(3600).to_be_bytes();
        self.with_active(|keys| {
            mac(keys.guard.expose_secret(), &[b"login hour", login.as_str().as_bytes(), &hour])
        })
    }

    /// A counter about a typed user ID on one day, when it is nobody's.
    pub fn guard_subject_login_day(&self, login: &LoginId, day: jiff::civil::Date) -> Vec<u8> {
        self.with_active(|keys| {
            mac(
                keys.guard.expose_secret(),
                &[b"login day", login.as_str().as_bytes(), day.to_string().as_bytes()],
            )
        })
    }

    /// The same as [`Vault::guard_subject_address_day`] for an address that fits nobody: it is counted, and nobody's.
    pub fn guard_subject_unfit_address_day(&self, address: &EmailAddress, day: jiff::civil::Date) -> Vec<u8> {
        let (key, day) = (address.key(), day.to_string());
        self.with_active(|keys| {
            mac(keys.guard.expose_secret(), &[b"unfit day", key.as_bytes(), day.as_bytes()])
        })
    }

    /// A counter about a mail address on one day, whoever's it is.
    pub fn guard_subject_address_day(&self, address: &EmailAddress, day: jiff::civil::Date) -> Vec<u8> {
        let (key, day) = (address.key(), day.to_string());
        self.with_active(|keys| {
            mac(keys.guard.expose_secret(), &[b"address day", key.as_bytes(), day.as_bytes()])
        })
    }

    /// A counter about a browser, by its cookie.
    pub fn guard_subject_browser(&self, browser: &Token) -> Vec<u8> {
        self.with_active(|keys| mac(keys.guard.expose_secret(), &[b"browser", &browser.digest()]))
    }
}
