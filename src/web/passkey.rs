//! 「生体認証」 over HTTP. Each page has a question for the browser beside it (`…/options`), which its script asks for
//! when the button is pressed; the answer comes back in the page's own form, so that every rule about forms holds for it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::Value;

use super::problem::Problem;
use crate::{
    domain::{passkey::PasskeyFlaw, refusal::Refusal},
    portal::{Field, Stop},
};

pub mod alone;
pub mod another;
pub mod prove;
pub mod set_up;

/// The form that carries a browser's answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PasskeyForm {
    credential: String,
    sign_out_everywhere: Option<String>,
    remember: Option<String>,
    back: String,
}

impl PasskeyForm {
    /// The answer, as the page's script wrote it.
    pub fn credential(&self) -> &str {
        &self.credential
    }

    /// The word of the page that asked for fresh proofs.
    pub fn back(&self) -> &str {
        &self.back
    }
}

/// What the page's script reports of a sheet that came to nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SheetReport {
    failed: String,
    everywhere: String,
}

impl SheetReport {
    /// What to tell the member.
    pub fn flaw(&self) -> Option<PasskeyFlaw> {
        PasskeyFlaw::reported(&self.failed)
    }

    /// Whether 「全てのデバイスからサインアウトする」 is ticked: unless the member had taken the tick away.
    pub fn keeps_tick(&self) -> bool {
        self.everywhere != "0"
    }
}

/// The question for the browser, as JSON. Where nothing may be asked the script is told so, and loads the page anew,
/// which leads to whatever is next.
pub fn options_json(asked: Result<Value, Stop>) -> Result<Response, Problem> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    match asked {
        Ok(options) => Ok(([(header::CONTENT_TYPE, JSON)], options.to_string()).into_response()),
        Err(Stop::Broken(fault)) => Err(fault.into()),
        Err(Stop::Refused(_) | Stop::StartAgain | Stop::NotNow) => {
            Ok((StatusCode::CONFLICT, [(header::CONTENT_TYPE, JSON)], "{}").into_response())
        }
    }
}

/// What was refused about a passkey, if that is what was refused.
pub fn flaw(refused: &[(Field, Refusal)]) -> Option<PasskeyFlaw> {
    refused.iter().find_map(|(_, refusal)| match refusal {
        Refusal::Passkey(flaw) => Some(*flaw),
        _ => None,
    })
}
