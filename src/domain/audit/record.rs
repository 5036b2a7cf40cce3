//! How an event stands in the trail: a stable word, and what the word alone does not say.

use super::Event;

impl Event {
    /// The event's stable word in the trail.
    pub fn word(&self) -> &'static str {
        match self {
            Self::PasswordAccepted { .. } => "password-accepted",
            Self::PasswordDiffered => "password-differed",
            Self::NoSuchLogin { .. } => "no-such-login",
            Self::CredentialDead => "credential-dead",
            Self::PasswordPaused => "password-paused",
            Self::PasswordOff => "password-off",
            Self::MemberLocked => "member-locked",
            Self::MembershipOver => "membership-over",
            Self::BirthDateAccepted => "birth-date-accepted",
            Self::BirthDateDiffered => "birth-date-differed",
            Self::BirthDateClosed => "birth-date-closed",
            Self::TermsAccepted { .. } => "terms-accepted",
            Self::TermsDeclined => "terms-declined",
            Self::LoginKept => "login-kept",
            Self::LoginChanged => "login-changed",
            Self::LoginTaken => "login-taken",
            Self::MethodChosen { .. } => "method-chosen",
            Self::PasswordSet => "password-set",
            Self::PasswordChanged => "password-changed",
            Self::EmailKept => "email-kept",
            Self::EmailPending => "email-pending",
            Self::EmailTaken => "email-taken",
            Self::CodeMailed { .. } => "code-mailed",
            Self::CodeNotMailed { .. } => "code-not-mailed",
            Self::MailedCodeDiffered { .. } => "mailed-code-differed",
            Self::EmailConfirmed { .. } => "email-confirmed",
            Self::FactorAdded { .. } => "factor-added",
            Self::FactorProven { .. } => "factor-proven",
            Self::CodeDiffered { .. } => "code-differed",
            Self::FactorOff { .. } => "factor-off",
            Self::FactorSwitchedOff { .. } => "factor-switched-off",
            Self::PasswordExposed => "password-exposed",
            Self::BrowserForgotten => "browser-forgotten",
            Self::BrowsersForgotten => "browsers-forgotten",
            Self::PasskeyRefused { .. } => "passkey-refused",
            Self::FactorNamed { .. } => "factor-named",
            Self::AttemptOver => "attempt-over",
            Self::SessionOpened { .. } => "session-opened",
            Self::SessionFresh { .. } => "session-fresh",
            Self::SessionEnded { .. } => "session-ended",
            Self::SessionReplaced { .. } => "session-replaced",
            Self::DeviceLoggedOut { .. } => "device-logged-out",
            Self::SignedOutEverywhere => "signed-out-everywhere",
            Self::RecoveryAsked { .. } => "recovery-asked",
            Self::RecoveryBegun { .. } => "recovery-begun",
            Self::RecoveryCodeDiffered => "recovery-code-differed",
            Self::RecoveryCodeDead => "recovery-code-dead",
            Self::RecoveryCodeOff => "recovery-code-off",
            Self::RecoveryWay { .. } => "recovery-way",
            Self::LostFactorWaitBegun => "lost-factor-wait-begun",
            Self::LostFactorWaitEnded { .. } => "lost-factor-wait-ended",
            Self::DeskCodeIssued => "desk-code-issued",
            Self::DeskCodeAccepted => "desk-code-accepted",
            Self::DeskCodeDiffered => "desk-code-differed",
            Self::DeskCodeDead => "desk-code-dead",
            Self::FactorRemoved { .. } => "factor-removed",
            Self::PasswordRecovered { .. } => "password-recovered",
            Self::UserIdAsked { .. } => "user-id-asked",
            Self::RosterImportUndone { .. } => "roster-import-undone",
            Self::RosterChangedMember { .. } => "roster-changed-member",
            Self::RosterImported { .. } => "roster-imported",
            Self::MembersSought { .. } => "members-sought",
            Self::MemberShown => "member-shown",
            Self::TrailExported => "trail-exported",
            Self::TermsExported => "terms-exported",
            Self::TrailArchived { .. } => "trail-archived",
            Self::StrangersSummed { .. } => "strangers-summed",
            Self::CredentialReissued => "credential-reissued",
            Self::MemberReverted => "member-reverted",
            Self::MemberUnlocked => "member-unlocked",
            Self::FactorsReset => "factors-reset",
            Self::DeskAddressSet => "desk-address-set",
            Self::DeskSessionsEnded => "desk-sessions-ended",
            Self::MemberDeleted => "member-deleted",
            Self::MemberErased { .. } => "member-erased",
            Self::MemberMoved => "member-moved",
            Self::MemberMerged { .. } => "member-merged",
            Self::MemberMergedInto { .. } => "member-merged-into",
            Self::DeskLocked => "desk-locked",
            Self::DeskLockLifted => "desk-lock-lifted",
            Self::LastDaySet { .. } => "last-day-set",
            Self::LastDayLifted => "last-day-lifted",
            Self::MembershipEnded { .. } => "membership-ended",
            Self::UnionClosing { .. } => "union-closing",
            Self::UnionClosingLifted { .. } => "union-closing-lifted",
            Self::UnionClosed { .. } => "union-closed",
            Self::UnionExported => "union-exported",
            Self::UnionErasing => "union-erasing",
            Self::TrailErased { .. } => "trail-erased",
            Self::UnionErased => "union-erased",
            Self::StoreRestored { .. } => "store-restored",
            Self::StoreMoved => "store-moved",
            Self::ClockConfirmed { .. } => "clock-confirmed",
            Self::Sso(event) => event.word(),
            Self::PreviewLinkMade { .. } => "preview-link-made",
            Self::PreviewLinkEnded => "preview-link-ended",
            Self::ManyUserIdsTried { .. } => "many-user-ids-tried",
        }
    }

    /// What the word alone does not say, as JSON.
    pub fn detail(&self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Self::PasswordAccepted { credential } => json!({ "credential": credential }),
            Self::NoSuchLogin { typed } => json!({ "typed": typed }),
            Self::CodeMailed { purpose }
            | Self::CodeNotMailed { purpose }
            | Self::MailedCodeDiffered { purpose } => json!({ "purpose": purpose.as_str() }),
            Self::EmailConfirmed { by } | Self::LostFactorWaitEnded { by } => json!({ "by": by }),
            Self::TermsAccepted { version } => json!({ "version": version }),
            Self::MethodChosen { method } | Self::CodeDiffered { method } | Self::FactorOff { method } => {
                json!({ "method": method.as_str() })
            }
            Self::FactorAdded { method, device } | Self::FactorProven { method, device } => {
                json!({ "method": method.as_str(), "device": device.map(|id| id.to_string()) })
            }
            Self::FactorSwitchedOff { method, bucket } => {
                json!({ "method": method.as_str(), "browsers": bucket.as_str() })
            }
            Self::PasskeyRefused { purpose, why, device } => json!({
                "purpose": purpose.as_str(), "why": why, "device": device.map(|id| id.to_string()),
            }),
            Self::FactorNamed { method, device } => {
                json!({ "method": method.as_str(), "device": device.to_string() })
            }
            Self::SessionOpened { session, method, device } => json!({
                "session": session.to_string(), "method": method.as_str(), "device": device,
            }),
            Self::SessionFresh { session }
            | Self::SessionEnded { session }
            | Self::SessionReplaced { session }
            | Self::DeviceLoggedOut { session } => {
                json!({ "session": session.to_string() })
            }
            Self::RecoveryAsked { answer, typed } => json!({ "answer": answer, "typed": typed }),
            Self::RecoveryBegun { mail } => json!({ "mail": mail.as_str() }),
            Self::RecoveryWay { lost } => json!({ "lost": lost }),
            Self::FactorRemoved { method, device } => json!({
                "method": method.as_str(), "device": device.map(|id| id.to_string()),
            }),
            Self::PasswordRecovered { factor_replaced } => json!({ "factor_replaced": factor_replaced }),
            Self::Sso(event) => event.detail(),
            Self::ManyUserIdsTried { most } => json!({ "more_than": most }),
            Self::UserIdAsked { answer } => json!({ "answer": answer }),
            Self::RosterImportUndone { number, removed, ended, restored } => {
                json!({ "import": number, "removed": removed, "ended": ended, "restored": restored })
            }
            Self::RosterChangedMember { columns } => json!({ "columns": columns }),
            Self::RosterImported { added, changed, missing: None, unchanged } => {
                json!({ "added": added, "changed": changed, "unchanged": unchanged })
            }
            Self::RosterImported { added, changed, missing: Some(missing), unchanged } => {
                json!({ "added": added, "changed": changed, "missing": missing, "unchanged": unchanged })
            }
            Self::LastDaySet { day }
            | Self::MembershipEnded { day }
            | Self::UnionClosing { day }
            | Self::UnionClosingLifted { day }
            | Self::UnionClosed { day } => json!({ "day": day.to_string() }),
            Self::TrailErased { seal, hash, rows } => json!({ "seal": seal, "hash": hash, "rows": rows }),
            Self::MemberErased { days } | Self::PreviewLinkMade { days } => json!({ "days": days }),
            Self::StoreRestored { backup, ended } => {
                let ended: serde_json::Map<_, _> =
                    ended.iter().map(|(kind, count)| (kind.word().to_owned(), json!(count))).collect();
                json!({ "backup": backup.map(|at| at.to_string()), "ended": ended })
            }
            Self::ClockConfirmed { known } => json!({ "known": known.map(|at| at.to_string()) }),
            Self::MemberMerged { from } => json!({ "from": from.to_string() }),
            Self::MemberMergedInto { into } => json!({ "into": into.to_string() }),
            Self::MembersSought { found } => json!({ "found": found }),
            Self::TrailArchived { seal, hash, rows, file } => {
                json!({ "seal": seal, "hash": hash, "rows": rows, "file": file })
            }
            Self::StrangersSummed { day, event, times, members } => {
                json!({ "day": day.to_string(), "event": event, "times": times, "members": members })
            }
            _ => json!({}),
        }
    }
}
