//! Code: the form of every page that asks for a mailed code.

use serde::Deserialize;

use super::{fresh::FreshlyProvenForm, page::code::CodeOut};
use crate::{domain::tenant::Tenant, portal::code::CodeStatus};

/// What the page says about the code that is out.
pub fn out(tenant: &Tenant, waiting: CodeStatus) -> CodeOut {
    let minutes = tenant.policy.email_otp.ttl_minutes;
    CodeOut { sent: waiting.is_out, wait_seconds: waiting.seconds, minutes }
}

/// The form: a code, 「再送信」 or 「確認コードを送る」, or calling off what the code is for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    /// The code as it was typed.
    pub code: String,
    resend: Option<String>,
    call_off: Option<String>,
    whose: String,
}

impl CodeForm {
    /// Whether a mail is wanted instead.
    pub fn is_resend(&self) -> bool {
        self.resend.is_some()
    }

    /// Whether what the code is for is called off.
    pub fn is_call_off(&self) -> bool {
        self.call_off.is_some()
    }
}

/// A code runs out; nothing of it is kept.
impl FreshlyProvenForm for CodeForm {
    fn kept(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn whose(&self) -> &str {
        &self.whose
    }
}
