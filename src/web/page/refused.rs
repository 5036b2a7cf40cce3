//! What a form that comes back says: each refusal at its field, and the summary above the form.

use super::{Frame, Pause};
use crate::{
    domain::{
        refusal::{LoginIdFlaw, Refusal},
        route::Route,
    },
    portal::Field,
};

/// A sentence about one field.
#[derive(Debug, Clone)]
pub struct FieldError {
    /// The field's HTML id, which is also its name in the form; `main` for what belongs to no field.
    pub field: &'static str,
    /// What the summary says: the field's label, and the sentence where it belongs to no field.
    pub named: String,
    /// What is wrong and what to do, as it stands at the field.
    pub sentence: String,
}

impl FieldError {
    /// Whether there is nothing to go to.
    pub(super) fn is_of_no_field(&self) -> bool {
        self.field == NO_FIELD
    }
}

/// The field of what is wrong with a page as a whole.
pub const NO_FIELD: &str = "main";

/// The HTML id of a field, which is also its name in the form.
fn id(field: Field) -> &'static str {
    match field {
        Field::Login => "user_id",
        Field::Password => "password",
        Field::PasswordAgain => "password_confirm",
        Field::BirthDate => "birthdate",
        Field::Method => "method",
        Field::Email => "email",
        Field::Code => "code",
        Field::DeviceName => "device_name",
        Field::Passkey => "credential",
        Field::Lost => "lost",
        Field::Language => "language",
        Field::Page => NO_FIELD,
    }
}

/// The frame with each refusal at its field.
pub fn with_refusals<'a>(mut frame: Frame<'a>, refused: &[(Field, Refusal)]) -> Frame<'a> {
    for (field, refusal) in refused {
        frame = frame.with_refusal(id(*field), refusal);
    }
    frame
}

/// The label of a field, by its page and its id.
fn label_key(route: Option<Route>, field: &str) -> Option<&'static str> {
    Some(match (field, route) {
        (
            "code",
            Some(
                Route::ConfirmEmail | Route::ConfirmNewEmail | Route::RecoveryCode | Route::RecoveryDeskCode,
            ),
        ) => "common-confirmation-code",
        ("code", _) => "common-code",
        ("email", Some(Route::ForgotUserId)) => "recovery-user-id-email",
        ("email", _) => "common-email",
        ("user_id" | "username", _) => "common-user-id",
        ("password", _) => "common-password",
        ("password_confirm", _) => "password-confirm",
        ("birthdate", _) => "common-birth-date",
        ("method", _) => "first-login-method-label",
        ("device_name", _) => "factor-device-name",
        ("language", _) => "account-language",
        _ => return None,
    })
}

/// Whether it is about no field: whoever is told so has typed nothing that could be mended.
fn is_of_the_page(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::MailCodeTooSoon { .. }
            | Refusal::TooManyMailCodes
            | Refusal::TooManyDevices { .. }
            | Refusal::AttemptOver
            | Refusal::FactorOff
            | Refusal::BirthDateClosed
            | Refusal::RecoveryCodesUsedUp
            | Refusal::RecoveryCodeOff
            | Refusal::RecoveryRunOut
            | Refusal::LinkNeeded
            | Refusal::NoCookie
            | Refusal::LastFactor
            | Refusal::ConfirmingOver
            | Refusal::ConfirmingTooSlow
            | Refusal::PasswordChangedMeanwhile
            | Refusal::Passkey(_)
            | Refusal::LoginId(LoginIdFlaw::Fixed)
    )
}

impl Frame<'_> {
    /// With one more sentence at that field; a pause is told in a panel of its own.
    #[must_use]
    pub fn with_refusal(mut self, field: &'static str, refusal: &Refusal) -> Self {
        let sentence = self.words.refusal(refusal);
        if let Refusal::Paused { until } = refusal {
            let seconds = self.drawn_at.map(|now| until.duration_since(now).as_secs().max(0));
            self.pause = Some(Pause { clock: self.words.clock(*until), seconds, sentence });
            return self;
        }
        let field = if is_of_the_page(refusal) { NO_FIELD } else { field };
        let named = match refusal {
            // Nobody says which of the two it is.
            Refusal::WrongCredentials { .. } if field == "username" => self.words.msg("signin-pair"),
            _ => self.label_of(field).unwrap_or_else(|| sentence.clone()),
        };
        self.errors.push(FieldError { field, named, sentence });
        self
    }

    /// With one more sentence at that field, by the name of its message.
    #[must_use]
    pub fn with_sentence(mut self, field: &'static str, key: &str) -> Self {
        let sentence = self.words.msg(key);
        let named = self.label_of(field).unwrap_or_else(|| sentence.clone());
        self.errors.push(FieldError { field, named, sentence });
        self
    }

    /// The label of a field on this page.
    fn label_of(&self, field: &str) -> Option<String> {
        let path = self.path.split('?').next().unwrap_or_default();
        label_key(Route::of_path(path), field).map(|key| self.words.msg(key))
    }

    /// The same where the page does not show that field: what stood there is told in the summary.
    #[must_use]
    pub fn without_field(mut self, field: &str) -> Self {
        for error in self.errors.iter_mut().filter(|error| error.field == field) {
            (error.field, error.named) = (NO_FIELD, error.sentence.clone());
        }
        self
    }

    /// What the summary lists: each field once, by its label, and each sentence that belongs to none.
    pub(super) fn summary(&self) -> Vec<&FieldError> {
        let mut lines: Vec<&FieldError> = Vec::new();
        for error in &self.errors {
            if error.field == NO_FIELD || lines.iter().all(|line| line.field != error.field) {
                lines.push(error);
            }
        }
        lines
    }
}
