//! Activity: what a member is told of the trail about them: sign-ins, refusals and changes, in few words and many in one.

use jiff::Timestamp;
use serde_json::Value;

use super::tenant::Method;

/// Most lines a member is shown.
pub const SHOWN: usize = 30;
/// Most rows of the trail that are read for them, of refusals and of everything else: a sign-in leaves about four.
pub const READ: u32 = 200;

/// One thing that happened, as a member would put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// Signed in.
    SignedIn {
        /// Which factor was shown; unknown in old rows.
        method: Option<Method>,
        /// Coarse device; may be empty.
        device: String,
    },
    /// A wrong password, or one during a pause.
    PasswordRefused,
    /// A wrong code of an app or a mail.
    CodeRefused,
    /// A passkey that was not accepted.
    PasskeyRefused,
    /// A password of the member's own was set or changed.
    PasswordChanged,
    /// A mail about a forgotten password was sent.
    RecoveryMailed,
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
    /// Logged out.
    LoggedOut,
    /// One other device was logged out from the list.
    DeviceLoggedOut,
    /// Every other device was logged out.
    LoggedOutElsewhere,
    /// The desk helped: a code, an unlocking, new first credentials.
    Desk,
}

impl Activity {
    /// What a row of the trail says to its member, by its word and detail; `None` for what is a mere step of something
    /// else.
    pub fn of(word: &str, detail: &Value) -> Option<Self> {
        let method = || detail.get("method").and_then(Value::as_str).and_then(Method::parse);
        Some(match word {
            "session-opened" => {
                let device = detail.get("device").and_then(Value::as_str).unwrap_or_default().to_owned();
                Self::SignedIn { method: method(), device }
            }
            "password-differed" | "password-paused" | "password-off" => Self::PasswordRefused,
            "code-differed"
            | "mailed-code-differed"
            | "factor-off"
            | "recovery-code-differed"
            | "recovery-code-off"
            | "desk-code-differed" => Self::CodeRefused,
            "passkey-refused" => Self::PasskeyRefused,
            "password-set" | "password-changed" => Self::PasswordChanged,
            "recovery-asked" if detail.get("answer").and_then(Value::as_str) == Some("mailed") => {
                Self::RecoveryMailed
            }
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
            "device-logged-out" => Self::DeviceLoggedOut,
            "signed-out-everywhere" => Self::LoggedOutElsewhere,
            "desk-code-issued" | "member-unlocked" | "member-reverted" | "credential-reissued" => Self::Desk,
            _ => return None,
        })
    }

    /// Whether it should make the member look twice.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::PasswordRefused | Self::CodeRefused | Self::PasskeyRefused)
    }
}

/// A line of the list: the newest of a row of likes, and how many they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When, the last time.
    pub at: Timestamp,
    /// What.
    pub activity: Activity,
    /// How often in a row; 1 for all but refusals.
    pub times: usize,
}

/// Rows of the trail, newest first, as lines: refusals in a row become one, and that others were logged out is not told
/// beside the change it belongs to.
pub fn lines(rows: impl IntoIterator<Item = (Timestamp, Activity)>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while let Some((at, activity)) = rows.next() {
        let of_one_deed = rows.peek().is_some_and(|(before, _)| *before == at);
        if activity == Activity::LoggedOutElsewhere && of_one_deed {
            continue;
        }
        let same = lines.last_mut().filter(|last| activity.is_refusal() && last.activity == activity);
        if let Some(last) = same {
            last.times += 1;
        } else if lines.len() < SHOWN {
            lines.push(Line { at, activity, times: 1 });
        } else {
            break;
        }
    }
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

    #[test]
    fn the_trails_own_words_are_understood() {
        let session = SessionId::new(at(0), [0; 10]);
        let device = "iPhone / Safari".to_owned();
        let opened = Event::SessionOpened { session, method: Method::Passkey, device: device.clone() };
        assert_eq!(told(&opened), Some(Activity::SignedIn { method: Some(Method::Passkey), device }));
        let removed = Event::FactorRemoved { method: Method::AppOtp, device: None };
        assert_eq!(told(&removed), Some(Activity::FactorRemoved(Method::AppOtp)));
        for (event, activity) in [
            (Event::PasswordDiffered, Activity::PasswordRefused),
            (Event::PasswordChanged, Activity::PasswordChanged),
            (Event::LoginChanged, Activity::LoginChanged),
            (Event::EmailKept, Activity::EmailKept),
            (Event::SignedOutEverywhere, Activity::LoggedOutElsewhere),
            (Event::SessionEnded { session }, Activity::LoggedOut),
            (Event::DeviceLoggedOut { session }, Activity::DeviceLoggedOut),
            (Event::MemberUnlocked, Activity::Desk),
        ] {
            assert_eq!(told(&event), Some(activity));
        }
        assert_eq!(told(&Event::PasswordAccepted { credential: "own" }), None, "a step of a sign-in");
        assert_eq!(told(&Event::RecoveryAsked { answer: "too-many", typed: None }), None);
    }

    #[test]
    fn refusals_in_a_row_are_one_line() {
        let signed_in = || Activity::SignedIn { method: None, device: String::new() };
        let rows = [
            (at(9), signed_in()),
            (at(8), Activity::PasswordRefused),
            (at(7), Activity::PasswordRefused),
            (at(6), signed_in()),
            (at(5), signed_in()),
        ];
        let lines = lines(rows);
        let seen: Vec<_> = lines.iter().map(|line| (line.at, line.times)).collect();
        assert_eq!(seen, [(at(9), 1), (at(8), 2), (at(6), 1), (at(5), 1)]);
    }

    #[test]
    fn logging_others_out_is_told_where_it_was_all_that_happened() {
        let rows = [
            (at(9), Activity::LoggedOutElsewhere),
            (at(8), Activity::LoggedOutElsewhere),
            (at(8), Activity::PasswordChanged),
        ];
        let told: Vec<_> = lines(rows).into_iter().map(|line| line.activity).collect();
        assert_eq!(told, [Activity::LoggedOutElsewhere, Activity::PasswordChanged]);
    }

    #[test]
    fn the_list_ends() {
        let rows = (0..100).map(|n| (at(-n), Activity::LoggedOut));
        assert_eq!(lines(rows).len(), SHOWN);
    }
}
