//! Problem: an answer without a form of its own. Handlers name it; the gate, which knows the union, draws it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{page::problem::ProblemKind, receipt};
use crate::{
    domain::outcome::RefusalCause,
    portal::{Fault, Stop},
};

/// Why a request is answered with a page that says no.
#[derive(Debug)]
pub enum Problem {
    /// There is no such page.
    NotFound,
    /// The page takes no such method.
    MethodNotAllowed,
    /// A link that works no more: run out or used.
    Gone,
    /// The link of a recovery mail that works no more: ask for another mail.
    DeadLink,
    /// The form did not come from our own page (D19).
    Forbidden,
    /// A service sent the member here in a way that is not known good.
    BadService,
    /// The form cannot be read.
    BadForm,
    /// The form is too large.
    TooLarge,
    /// Too much at once; come back. Nothing was done.
    Busy(RefusalCause),
    /// Something that is needed is away; come back. Nothing was done.
    Away(RefusalCause),
    /// Nobody knows whether it was done; come back and look (D39).
    Unsure(RefusalCause),
    /// The budget of the network is used up; come back (D27).
    UsedUp,
    /// The time is not believed: codes and links wait for it (R24).
    Clock,
    /// An unexpected failure, shown with a receipt number.
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

impl Problem {
    fn kind(&self) -> ProblemKind {
        match self {
            Self::NotFound => ProblemKind::NotFound,
            Self::MethodNotAllowed => ProblemKind::MethodNotAllowed,
            Self::Forbidden => ProblemKind::Forbidden,
            Self::Gone => ProblemKind::Gone,
            Self::DeadLink => ProblemKind::DeadLink,
            Self::BadService => ProblemKind::BadService,
            Self::BadForm => ProblemKind::BadForm,
            Self::TooLarge => ProblemKind::TooLarge,
            Self::Busy(_) => ProblemKind::Busy,
            Self::Away(_) => ProblemKind::Away,
            Self::Unsure(_) => ProblemKind::Unsure,
            Self::UsedUp => ProblemKind::TooMany,
            Self::Clock => ProblemKind::Clock,
            Self::Fault(_) => ProblemKind::Fault,
        }
    }

    /// Why the request was not served, where nothing was wrong with it.
    fn cause(&self) -> Option<RefusalCause> {
        match self {
            Self::Busy(cause) | Self::Away(cause) | Self::Unsure(cause) => Some(*cause),
            Self::UsedUp => Some(RefusalCause::NetworkBudget),
            Self::Clock => Some(RefusalCause::Clock),
            Self::Fault(_) => Some(RefusalCause::Fault),
            Self::NotFound
            | Self::MethodNotAllowed
            | Self::Gone
            | Self::DeadLink
            | Self::Forbidden
            | Self::BadService
            | Self::BadForm
            | Self::TooLarge => None,
        }
    }
}

/// The status of a problem's page.
pub fn status(kind: ProblemKind) -> StatusCode {
    match kind {
        ProblemKind::Forbidden => StatusCode::FORBIDDEN,
        ProblemKind::NotFound => StatusCode::NOT_FOUND,
        ProblemKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ProblemKind::BadForm | ProblemKind::BadService => StatusCode::BAD_REQUEST,
        ProblemKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ProblemKind::Busy
        | ProblemKind::Away
        | ProblemKind::Unsure
        | ProblemKind::Clock
        | ProblemKind::Maintenance => StatusCode::SERVICE_UNAVAILABLE,
        ProblemKind::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        ProblemKind::Closed | ProblemKind::Gone | ProblemKind::DeadLink => StatusCode::GONE,
        ProblemKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
    }
}

/// `Retry-After`, in seconds, of a problem that passes by itself: for programs. The pages ask people for about a minute.
fn retry_after(kind: ProblemKind) -> Option<&'static str> {
    match kind {
        ProblemKind::Busy | ProblemKind::Away | ProblemKind::Unsure => Some("5"),
        ProblemKind::TooMany | ProblemKind::Clock => Some("60"),
        _ => None,
    }
}

/// Marks an answer to a request that was not served, though nothing was wrong with it.
#[derive(Debug, Clone, Copy)]
pub struct Unserved(pub RefusalCause);

/// Marks an answer whose page the gate draws.
#[derive(Debug, Clone, Copy)]
pub struct ToDraw(pub ProblemKind);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Self::Fault(fault) = &self {
            tracing::error!(target: receipt::TARGET, fault = %fault, "A request failed");
        }
        let kind = self.kind();
        let mut response = status(kind).into_response();
        if let Some(seconds) = retry_after(kind) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        response.extensions_mut().insert(ToDraw(kind));
        if let Some(cause) = self.cause() {
            response.extensions_mut().insert(Unserved(cause));
        }
        response
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        if fault.is_passing() {
            tracing::warn!(target: receipt::TARGET, fault = %fault, "A request was told to come back");
            match (&fault, fault.cause()) {
                (Fault::Clock(_), _) => Self::Clock,
                (fault, cause) if fault.is_unsure() => Self::Unsure(cause),
                (_, cause @ RefusalCause::HashQueue) => Self::Busy(cause),
                (_, cause) => Self::Away(cause),
            }
        } else {
            Self::Fault(Box::new(fault))
        }
    }
}

/// For deeds that refuse nothing: whatever stops them is a fault.
impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Broken(fault) => fault.into(),
            Stop::Refused(_) | Stop::StartAgain | Stop::NotNow => {
                Self::Fault(format!("a deed refused what it never refuses: {stop:?}").into())
            }
        }
    }
}

impl From<askama::Error> for Problem {
    fn from(fault: askama::Error) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// Answers every path that no route has.
pub async fn not_found() -> Problem {
    Problem::NotFound
}

/// The page takes no such method.
pub async fn method_not_allowed() -> Problem {
    Problem::MethodNotAllowed
}
