//! What happened to a member, in words: for the member's own page and for the union's desk.

use super::Words;
use crate::domain::{
    activity::{Activity, ActivityEntry},
    desk::DeskDeed,
    roster::Column,
    tenant::Method,
};

/// The words for what a roster changes.
fn roster_name(column: Column) -> Option<&'static str> {
    Some(match column {
        Column::Bango => "activity-roster-bango",
        Column::BirthDate => "activity-roster-birthdate",
        Column::Name => "activity-roster-name",
        Column::NameKana => "activity-roster-name-kana",
        Column::UserId => "activity-roster-user-id",
        Column::Email => "activity-roster-email",
        _ => return None,
    })
}

impl Words<'_> {
    /// What a browser is called that the trail knows by `iPhone / Safari`; `None` where nothing is known of it.
    pub fn device(&self, coarse: &str) -> Option<String> {
        match coarse.split_once(" / ") {
            Some((device, browser)) => {
                Some(self.msg2("activity-device", "device", device, "browser", browser))
            }
            None => (!coarse.is_empty()).then(|| coarse.to_owned()),
        }
    }

    /// What happened, in the words of the page.
    pub fn activity(&self, line: &ActivityEntry) -> String {
        let method = |method: Method| self.msg(&format!("letter-method-{}", method.as_str()));
        let counted = |key: &str| self.msg1(key, "times", line.times);
        match &line.activity {
            Activity::SignedIn { .. } => self.msg("activity-signed-in"),
            Activity::PasswordRefused => counted("activity-password-refused"),
            Activity::CodeRefused => counted("activity-code-refused"),
            Activity::PasskeyRefused => counted("activity-passkey-refused"),
            Activity::BirthDateRefused => counted("activity-birth-date-refused"),
            Activity::RecoveryCodeRefused => counted("activity-recovery-code-refused"),
            Activity::PasswordChanged => self.msg("activity-password-changed"),
            Activity::RecoveryMailed => counted("activity-recovery-mailed"),
            Activity::UserIdMailed => counted("activity-user-id-mailed"),
            Activity::PasswordRecovered => self.msg("activity-password-recovered"),
            Activity::LoginChanged => self.msg("activity-login-changed"),
            Activity::EmailAsked => self.msg("activity-email-asked"),
            Activity::EmailKept => self.msg("activity-email-kept"),
            Activity::LostFactorAsked => self.msg("activity-lost-factor-asked"),
            Activity::EmailConfirmed => self.msg("activity-email-confirmed"),
            Activity::FactorAdded(kind) => self.msg1("activity-factor-added", "method", method(*kind)),
            Activity::FactorRemoved(kind) => self.msg1("activity-factor-removed", "method", method(*kind)),
            Activity::MethodChosen(kind) => self.msg1("activity-method-chosen", "method", method(*kind)),
            Activity::TermsAccepted => self.msg("activity-terms-accepted"),
            Activity::LoggedOut => self.msg("activity-logged-out"),
            Activity::Replaced => self.msg("activity-replaced"),
            Activity::DeviceLoggedOut => self.msg("activity-device-logged-out"),
            Activity::LoggedOutElsewhere => self.msg("activity-logged-out-elsewhere"),
            Activity::Desk(deed) => self.msg(&format!("activity-desk-{}", deed.word())),
            Activity::FactorSwitchedOff(kind) => {
                self.msg1("activity-factor-switched-off", "method", method(*kind))
            }
            Activity::PasswordExposed => self.msg("activity-password-exposed"),
            Activity::BrowserForgotten => self.msg("activity-browser-forgotten"),
            Activity::BrowsersForgotten => self.msg("activity-browsers-forgotten"),
            Activity::MembershipEnded(_) => self.msg("activity-membership-ended"),
            Activity::ServiceOpened { service } => {
                self.msg1("activity-service-opened", "service", service.as_str())
            }
            Activity::ServiceWithdrawn { service } => {
                self.msg1("activity-service-withdrawn", "service", service.as_str())
            }
            Activity::ByRoster { .. } => self.msg("activity-by-roster"),
        }
    }

    /// By which device and method, or that it is the sum of a day; may be empty.
    pub fn activity_how(&self, line: &ActivityEntry) -> String {
        match &line.activity {
            Activity::SignedIn { method, device } => {
                let method = method.map(|method| self.msg(&format!("letter-method-{}", method.as_str())));
                let parts = [self.device(device), method];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
            }
            Activity::ByRoster { columns } => {
                let names = columns.iter().filter_map(|column| Some(self.msg(roster_name(*column)?)));
                names.collect::<Vec<_>>().join(&self.msg("activity-roster-between"))
            }
            Activity::MembershipEnded(day) | Activity::Desk(DeskDeed::SetLastDay(day)) => {
                self.msg1("activity-last-day", "day", self.day(*day))
            }
            _ if line.times > 1 => self.msg("activity-of-one-day"),
            _ => String::new(),
        }
    }
}
