//! Budget: what a form costs the network it comes from, said at its route ([D27]).
//!
//! [D27]: crate::rules::decisions#d27

use axum::{
    extract::{Request, State},
    handler::Handler,
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{self, MethodRouter},
};

use super::{app::App, problem::Problem, visitor::Here};
use crate::{domain::budget::Budget, portal::networks::FormAdmission};

/// What a form costs. [`Answers::form`] takes no form without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormCost {
    /// Nothing: it stands behind the login or behind a proof, where the member's own counters hold, or nothing can be
    /// guessed by it.
    Nothing,
    /// One of the failures, where it is refused.
    Failure,
    /// One of the asks, whatever is answered: whether it was of use is told to nobody.
    Ask,
    /// One of the ceremonies, whatever is answered.
    Ceremony,
}

impl FormCost {
    /// The budget it is paid from.
    pub fn budget(self) -> Option<Budget> {
        match self {
            Self::Nothing => None,
            Self::Failure => Some(Budget::Failures),
            Self::Ask => Some(Budget::Asks),
            Self::Ceremony => Some(Budget::Ceremonies),
        }
    }
}

/// The handlers of a route. There is no other way to take a form than [`Answers::form`].
pub struct Answers {
    pages: MethodRouter<App>,
    form: Option<(FormCost, MethodRouter<App>)>,
}

/// A page that is only looked at.
pub fn page<H: Handler<T, App>, T: 'static>(handler: H) -> Answers {
    Answers { pages: routing::get(handler), form: None }
}

/// A form, or the question of a script, without a page of its own.
pub fn form_alone<H: Handler<T, App>, T: 'static>(cost: FormCost, handler: H) -> Answers {
    Answers { pages: MethodRouter::new(), form: Some((cost, routing::post(handler))) }
}

impl Answers {
    /// With a form, and what it costs.
    #[must_use]
    pub fn form<H: Handler<T, App>, T: 'static>(self, cost: FormCost, handler: H) -> Self {
        Self { form: Some((cost, routing::post(handler))), ..self }
    }

    /// What its form costs, if it takes one.
    pub fn cost(&self) -> Option<FormCost> {
        self.form.as_ref().map(|(cost, _)| *cost)
    }

    /// The route, whose form is paid for.
    pub(super) fn paid(self, app: &App) -> MethodRouter<App> {
        match self.form {
            None => self.pages,
            Some((cost, form)) => {
                let paying = middleware::from_fn_with_state((app.clone(), cost), pay);
                self.pages.merge(form.route_layer(paying))
            }
        }
    }
}

/// A form that was refused, where its answer is no page that says so but leads to another one.
#[derive(Debug, Clone, Copy)]
pub struct RefusedForm;

async fn pay(State((app, cost)): State<(App, FormCost)>, request: Request, next: Next) -> Response {
    match paid(&app, cost, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn paid(app: &App, cost: FormCost, request: Request, next: Next) -> Result<Response, Problem> {
    let here = request.extensions().get::<Here>().cloned().ok_or(Problem::NotFound)?;
    let admitted = match app.portal().admit_form(&here.tenant, cost.budget()).await? {
        FormAdmission::Admitted(form) => form,
        FormAdmission::UsedUp => return Err(Problem::UsedUp),
        FormAdmission::TooManyAtOnce => return Err(Problem::Busy),
    };
    let response = next.run(request).await;
    let status = response.status();
    let was_refused = status.is_client_error() && status != StatusCode::CONFLICT
        || response.extensions().get::<RefusedForm>().is_some();
    // What could not be asked stays paid; the answer is there.
    if let Err(stop) = app.portal().settle_form(&here.tenant, admitted, was_refused).await {
        tracing::warn!(?stop, "What a form has cost could not be settled");
    }
    Ok(response)
}
