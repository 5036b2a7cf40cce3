//! Activity: what a member, and the union's desk, are told of the trail about one member, in few words (N-28).
//!
//! # Decision
//! Two lists. What members and the desk did is told line by line, from an allow-list of events. What was refused, and what
//! anybody can ask for, is counted by kind and day, and told with the last time ([D26]). Each list has its own length.
//! # Because
//! Whoever knows a user ID can bring about any number of refusals and asks; they must push nothing off, and hide nothing
//! behind each other: a wrong code after a right password stands by itself.
//! # Instead of
//! The newest rows of the trail, whatever they are.
//!
//! [D26]: crate::rules::decisions#d26

use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use super::{desk::DeskDeed, roster::Column, tenant::Method};

/// Most deeds that are told.
pub const SHOWN: usize = 30;
/// Most rows of the trail that are read for them.
pub const READ: u32 = 200;
/// Most lines of what strangers can bring about, and as many of what they cannot.
pub const DAYS_READ: u32 = 20;
/// For how many days what is counted by day is kept: a year, and the weeks until somebody asks about it.
pub const DAYS_KEPT: u32 = 400;

/// The day in Japan of a moment, counted from 1 January 1970: as the tables count it that are kept by day.
pub fn day_of(at: Timestamp) -> u32 {
    const EAST: i64 = 9 * 3_600;
    u32::try_from((at.as_second() + EAST).div_euclid(86_400)).unwrap_or(0)
}

/// The events that are told line by line. Nobody brings one about by knowing a user ID.
pub const DEEDS: [&str; 38] = [
    "session-opened",
    "password-set",
    "password-changed",
    "password-recovered",
    "login-changed",
    "email-pending",
    "email-kept",
    "email-confirmed",
    "lost-factor-wait-begun",
    "factor-added",
    "factor-removed",
    "method-chosen",
    "terms-accepted",
    "session-ended",
    "session-replaced",
    "device-logged-out",
    "signed-out-everywhere",
    "desk-code-issued",
    "member-unlocked",
    "member-reverted",
    "credential-reissued",
    "factor-switched-off",
    "password-exposed",
    "browser-forgotten",
    "browsers-forgotten",
    "factors-reset",
    "desk-address-set",
    "desk-sessions-ended",
    "desk-locked",
    "desk-lock-lifted",
    "last-day-set",
    "last-day-lifted",
    "membership-ended",
    "roster-changed-member",
    "member-moved",
    "member-merged",
    "sso-opened",
    "sso-withdrawn",
];

/// Kinds that are counted by day, of what strangers can bring about. The migration `activity` says which events they are.
pub const BY_STRANGERS: [&str; 5] = [
    "password-refused",
    "recovery-mailed",
    "recovery-code-refused",
    "user-id-mailed",
    "lone-passkey-refused",
];

/// Kinds that are counted by day, of what only somebody brings about who has shown a password or reads the member's mail.
pub const BY_INSIDERS: [&str; 3] = ["code-refused", "passkey-refused", "birth-date-refused"];

/// One thing that happened, as a member would put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// The member signed in.
    SignedIn {
        /// Which factor was shown; unknown in old rows.
        method: Option<Method>,
        /// Coarse device; may be empty.
        device: String,
    },
    /// A wrong password, or one during a pause.
    PasswordRefused,
    /// A wrong code of an app, a mail or the desk, by somebody who has shown a password or reads the member's mail.
    CodeRefused,
    /// A passkey that was not accepted.
    PasskeyRefused,
    /// A wrong birth date, after a password or a mailed link.
    BirthDateRefused,
    /// A wrong code of a forgotten password.
    RecoveryCodeRefused,
    /// A password of the member's own was set or changed.
    PasswordChanged,
    /// A mail about a forgotten password was sent.
    RecoveryMailed,
    /// A mail about a forgotten user ID was sent.
    UserIdMailed,
    /// A forgotten password was replaced.
    PasswordRecovered,
    /// The user ID was changed.
    LoginChanged,
    /// A new address was entered; it does not count yet.
    EmailAsked,
    /// The address stayed as it was: left so at first login, or a new one was called off.
    EmailKept,
    /// An address was confirmed.
    EmailConfirmed,
    /// Somebody said that the factor is lost, and the wait for another one began.
    LostFactorAsked,
    /// A factor was set up.
    FactorAdded(Method),
    /// A factor was taken away.
    FactorRemoved(Method),
    /// The default way was chosen.
    MethodChosen(Method),
    /// The terms were accepted.
    TermsAccepted,
    /// The member logged out.
    LoggedOut,
    /// Somebody signed in anew in the same browser.
    Replaced,
    /// One other device was logged out from the list.
    DeviceLoggedOut,
    /// Every other device was logged out.
    LoggedOutElsewhere,
    /// What the union's desk did.
    Desk(DeskDeed),
    /// The membership ended: with this day, in Japan, however much later it was found over.
    MembershipEnded(Date),
    /// The union's roster, or the undo of one, changed what is known of the member.
    ByRoster {
        /// The columns that became other ones.
        columns: Vec<Column>,
    },
    /// Wrong codes behind the right password have switched a factor off.
    FactorSwitchedOff(Method),
    /// Wrong codes behind the right password: somebody else knows it.
    PasswordExposed,
    /// A browser that had signed the member in was forgotten.
    BrowserForgotten,
    /// Every browser that had signed the member in was forgotten.
    BrowsersForgotten,
    /// A service was opened.
    ServiceOpened {
        /// Its name: in the protocol, or as members call it.
        service: String,
    },
    /// A service is given nothing more.
    ServiceWithdrawn {
        /// Its name: in the protocol, or as members call it.
        service: String,
    },
}

impl Activity {
    /// What a row of the trail says to its member, by its word and detail; `None` for all but [`DEEDS`].
    pub fn of(word: &str, detail: &Value) -> Option<Self> {
        let method = || detail.get("method").and_then(Value::as_str).and_then(Method::parse);
        let day = || detail.get("day").and_then(Value::as_str).and_then(|day| day.parse().ok());
        let client = || detail.get("client").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(match word {
            "session-opened" => {
                let device = detail.get("device").and_then(Value::as_str).unwrap_or_default().to_owned();
                Self::SignedIn { method: method(), device }
            }
            "password-set" | "password-changed" => Self::PasswordChanged,
            "password-recovered" => Self::PasswordRecovered,
            "login-changed" => Self::LoginChanged,
            "email-pending" => Self::EmailAsked,
            "email-kept" => Self::EmailKept,
            "email-confirmed" => Self::EmailConfirmed,
            "lost-factor-wait-begun" => Self::LostFactorAsked,
            "factor-added" => Self::FactorAdded(method()?),
            "factor-removed" => Self::FactorRemoved(method()?),
            "method-chosen" => Self::MethodChosen(method()?),
            "terms-accepted" => Self::TermsAccepted,
            "session-ended" => Self::LoggedOut,
            "session-replaced" => Self::Replaced,
            "device-logged-out" => Self::DeviceLoggedOut,
            "signed-out-everywhere" => Self::LoggedOutElsewhere,
            "membership-ended" => Self::MembershipEnded(day()?),
            "last-day-set" => Self::Desk(DeskDeed::SetLastDay(day()?)),
            "roster-changed-member" => Self::ByRoster { columns: columns(detail) },
            "factor-switched-off" => Self::FactorSwitchedOff(method()?),
            "password-exposed" => Self::PasswordExposed,
            "browser-forgotten" => Self::BrowserForgotten,
            "browsers-forgotten" => Self::BrowsersForgotten,
            "sso-opened" => Self::ServiceOpened { service: client() },
            "sso-withdrawn" => Self::ServiceWithdrawn { service: client() },
            other => Self::Desk(DeskDeed::of_event(other)?),
        })
    }

    /// What a kind says that is counted by day; `None` for all but [`BY_STRANGERS`] and [`BY_INSIDERS`].
    pub fn of_kind(kind: &str) -> Option<Self> {
        Some(match kind {
            "password-refused" => Self::PasswordRefused,
            "recovery-mailed" => Self::RecoveryMailed,
            "recovery-code-refused" => Self::RecoveryCodeRefused,
            "user-id-mailed" => Self::UserIdMailed,
            "code-refused" => Self::CodeRefused,
            "passkey-refused" | "lone-passkey-refused" => Self::PasskeyRefused,
            "birth-date-refused" => Self::BirthDateRefused,
            _ => return None,
        })
    }

    /// Whether it should make the member look twice.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::PasswordRefused
                | Self::CodeRefused
                | Self::PasskeyRefused
                | Self::BirthDateRefused
                | Self::RecoveryCodeRefused
                | Self::FactorSwitchedOff(_)
                | Self::PasswordExposed
        )
    }
}

/// The columns of which a row of the trail speaks.
fn columns(detail: &Value) -> Vec<Column> {
    let keys = detail.get("columns").and_then(Value::as_array);
    let keys: Vec<_> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
    Column::ALL.into_iter().filter(|column| keys.contains(&column.key())).collect()
}

/// A line of the list: one deed, or everything of a kind on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityEntry {
    /// When it happened the last time.
    pub at: Timestamp,
    /// What was done or happened.
    pub activity: Activity,
    /// How often it happened on that day; 1 for deeds.
    pub times: u32,
    /// The event's word in the trail, or the kind, for the desk.
    pub word: String,
}

impl ActivityEntry {
    /// Whether it is more than a slip of the member's own may be: something was stopped or is known to others, or it
    /// happened as often in a day as leads to a pause.
    pub fn is_alarming(&self, pause_after: u32) -> bool {
        let is_of_itself =
            matches!(self.activity, Activity::FactorSwitchedOff(_) | Activity::PasswordExposed);
        is_of_itself || (self.activity.is_refusal() && self.times >= pause_after)
    }
}

/// Deeds, newest first, and what was counted by day, as one list, newest first. Each deed is a line, but that others were
/// logged out is not told beside the change it belongs to, and a service that was opened often is told with the last time.
/// What was counted takes no deed's place.
pub fn lines(deeds: Vec<ActivityEntry>, counted: Vec<ActivityEntry>) -> Vec<ActivityEntry> {
    let mut lines: Vec<ActivityEntry> = Vec::new();
    let mut deeds = deeds.into_iter().peekable();
    while let Some(deed) = deeds.next() {
        let of_one_deed = deeds.peek().is_some_and(|before| before.at == deed.at);
        if deed.activity == Activity::LoggedOutElsewhere && of_one_deed {
            continue;
        }
        let is_opening = matches!(deed.activity, Activity::ServiceOpened { .. });
        if is_opening && lines.iter().any(|line| line.activity == deed.activity) {
            continue;
        }
        if lines.len() == SHOWN {
            break;
        }
        lines.push(deed);
    }
    lines.extend(counted);
    // Stable: what happened in one deed keeps its order.
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{audit::Event, member::SessionId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn told(event: &Event) -> Option<Activity> {
        Activity::of(event.word(), &event.detail())
    }

    fn line(second: i64, activity: Activity, times: u32) -> ActivityEntry {
        ActivityEntry { at: at(second), activity, times, word: String::new() }
    }

    #[test]
    fn the_trails_own_words_are_understood() {
        let session = SessionId::new(at(0), [0; 10]);
        let device = "iPhone / Safari".to_owned();
        let opened = Event::SessionOpened { session, method: Method::Passkey, device: device.clone() };
        assert_eq!(told(&opened), Some(Activity::SignedIn { method: Some(Method::Passkey), device }));
        let removed = Event::FactorRemoved { method: Method::AppOtp, device: None };
        assert_eq!(told(&removed), Some(Activity::FactorRemoved(Method::AppOtp)));
        for (event, activity) in [
            (Event::PasswordChanged, Activity::PasswordChanged),
            (Event::LoginChanged, Activity::LoginChanged),
            (Event::EmailKept, Activity::EmailKept),
            (Event::SignedOutEverywhere, Activity::LoggedOutElsewhere),
            (Event::SessionEnded { session }, Activity::LoggedOut),
            (Event::SessionReplaced { session }, Activity::Replaced),
            (Event::DeviceLoggedOut { session }, Activity::DeviceLoggedOut),
            (Event::MemberUnlocked, Activity::Desk(DeskDeed::Unlock)),
        ] {
            assert_eq!(told(&event), Some(activity));
        }
        assert_eq!(told(&Event::PasswordAccepted { credential: "own" }), None, "a step of a sign-in");
        for counted in [Event::PasswordDiffered, Event::RecoveryAsked { answer: "mailed", typed: None }] {
            assert_eq!(told(&counted), None, "counted by day");
        }
    }

    #[test]
    fn the_lists_are_what_is_understood() {
        let detail = serde_json::json!({ "method": "app-otp", "day": "2027-01-28" });
        for word in DEEDS {
            let activity = Activity::of(word, &detail).unwrap_or_else(|| panic!("{word}"));
            // What refusals led to is a line of its own.
            let follows_refusals =
                matches!(activity, Activity::FactorSwitchedOff(_) | Activity::PasswordExposed);
            assert_eq!(activity.is_refusal(), follows_refusals, "{word}");
        }
        for kind in BY_STRANGERS.iter().chain(&BY_INSIDERS) {
            assert!(Activity::of_kind(kind).is_some() && Activity::of(kind, &detail).is_none(), "{kind}");
        }
    }

    #[test]
    fn a_slip_is_no_alarm() {
        let is_alarming = |activity, times| line(0, activity, times).is_alarming(5);
        assert!(!is_alarming(Activity::PasswordRefused, 1) && !is_alarming(Activity::CodeRefused, 4));
        assert!(is_alarming(Activity::PasswordRefused, 5) && is_alarming(Activity::PasswordExposed, 1));
        assert!(is_alarming(Activity::FactorSwitchedOff(Method::AppOtp), 1));
        assert!(!is_alarming(Activity::LoggedOut, 9));
    }

    #[test]
    fn every_deed_of_the_desk_is_told() {
        for deed in DeskDeed::ALL {
            assert!(DEEDS.contains(&deed.event().word()), "{deed:?}");
            assert_eq!(told(&deed.event()), Some(Activity::Desk(deed)));
        }
    }

    #[test]
    fn what_is_counted_takes_no_deeds_place() {
        let deeds = (0..100).map(|n| line(-n, Activity::LoggedOut, 1)).collect();
        let counted = vec![line(5, Activity::PasswordRefused, 210), line(-200, Activity::CodeRefused, 1)];
        let lines = lines(deeds, counted);
        assert_eq!(lines.len(), SHOWN + 2);
        assert_eq!((lines[0].times, &lines[0].activity), (210, &Activity::PasswordRefused));
        assert_eq!(lines.last().map(|line| &line.activity), Some(&Activity::CodeRefused));
    }

    #[test]
    fn logging_others_out_is_told_where_it_was_all_that_happened() {
        let deeds = vec![
            line(9, Activity::LoggedOutElsewhere, 1),
            line(8, Activity::LoggedOutElsewhere, 1),
            line(8, Activity::PasswordChanged, 1),
        ];
        let told: Vec<_> = lines(deeds, Vec::new()).into_iter().map(|line| line.activity).collect();
        assert_eq!(told, [Activity::LoggedOutElsewhere, Activity::PasswordChanged]);
    }

    #[test]
    fn a_service_that_was_opened_often_is_one_line_and_pushes_nothing_off() {
        let opened = |service: &str| Activity::ServiceOpened { service: service.to_owned() };
        let mut deeds: Vec<_> =
            (0..100).map(|n| line(-n, opened(if n % 2 == 0 { "a" } else { "b" }), 1)).collect();
        deeds.push(line(-100, Activity::PasswordChanged, 1));
        let told: Vec<_> = lines(deeds, Vec::new()).into_iter().map(|line| line.activity).collect();
        assert_eq!(told, [opened("a"), opened("b"), Activity::PasswordChanged]);
    }

    #[test]
    fn days_are_those_of_japan_counted_from_1970() {
        let day = |at: &str| day_of(at.parse().unwrap());
        assert_eq!(day("1970-01-01T14:59:59Z"), 0);
        assert_eq!(day("1970-01-01T15:00:00Z"), 1);
        assert_eq!(day("2026-11-21T00:00:00Z"), 20_778);
    }
}
