//! Budget: what a form costs the network it comes from, said at its route ([D27]).
//!
//! [D27]: crate::rules::decisions#d27

use axum::{
    body::Body,
    extract::{Request, State},
    handler::Handler,
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{self, MethodRouter},
};

use tokio::time::{Instant, sleep, sleep_until};

use super::{answer_times::AnswerTimes, app::App, posted::read_whole, problem::Problem, visitor::Here};
use crate::{
    domain::{budget::Budget, outcome::RefusalCause},
    portal::networks::FormAdmission,
};

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
    /// The budget it is charged to.
    pub fn budget(self) -> Option<Budget> {
        match self {
            Self::Nothing => None,
            Self::Failure => Some(Budget::Failures),
            Self::Ask => Some(Budget::Asks),
            Self::Ceremony => Some(Budget::Ceremonies),
        }
    }
}

/// When an answer leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AnswerTime {
    /// Once it is there.
    AtOnce,
    /// By chance somewhat later.
    Spread,
    /// When a multiple of a time is over, and by chance somewhat later.
    Even,
}

/// The handlers of a route. There is no other way to take a form than [`Answers::form`].
pub struct Answers {
    pages: MethodRouter<App>,
    form: Option<(FormCost, MethodRouter<App>)>,
    time: AnswerTime,
}

/// A page that is only looked at.
pub fn page<H: Handler<T, App>, T: 'static>(handler: H) -> Answers {
    Answers { pages: routing::get(handler), form: None, time: AnswerTime::AtOnce }
}

/// A form, or the question of a script, without a page of its own.
pub fn form_alone<H: Handler<T, App>, T: 'static>(cost: FormCost, handler: H) -> Answers {
    Answers {
        pages: MethodRouter::new(),
        form: Some((cost, routing::post(handler))),
        time: AnswerTime::AtOnce,
    }
}

impl Answers {
    /// With a form, and what it costs.
    #[must_use]
    pub fn form<H: Handler<T, App>, T: 'static>(self, cost: FormCost, handler: H) -> Self {
        let time = if cost == FormCost::Ask { AnswerTime::Even } else { self.time };
        Self { form: Some((cost, routing::post(handler))), time, ..self }
    }

    /// With answers whose time does not tell whether there is anybody whom the form is about (DD6). Every ask is such a
    /// form.
    #[must_use]
    pub fn in_even_time(self) -> Self {
        Self { time: AnswerTime::Even, ..self }
    }

    /// With answers that take as long for everybody but for what the database does in a fraction of a millisecond, because a
    /// hash is computed whoever the form is about: that is lost in chance (DD6).
    #[must_use]
    pub fn spread(self) -> Self {
        Self { time: AnswerTime::Spread, ..self }
    }

    /// What its form costs, if it takes one.
    pub fn cost(&self) -> Option<FormCost> {
        self.form.as_ref().map(|(cost, _)| *cost)
    }

    /// The route, whose form is charged.
    pub(super) fn charged(self, app: &App) -> MethodRouter<App> {
        let Some((cost, form)) = self.form else { return self.pages };
        let form = form.route_layer(middleware::from_fn_with_state((app.clone(), cost), charge));
        let form = match self.time {
            AnswerTime::AtOnce => form,
            AnswerTime::Spread => {
                form.route_layer(middleware::from_fn_with_state(app.clone(), wait_by_chance))
            }
            AnswerTime::Even => {
                form.route_layer(middleware::from_fn_with_state(app.clone(), wait_for_even_time))
            }
        };
        self.pages.merge(form)
    }
}

/// A form that was refused, where its answer is no page that says so but leads to another one.
#[derive(Debug, Clone, Copy)]
pub struct RefusedForm;

async fn wait_for_even_time(State(app): State<App>, request: Request, next: Next) -> Response {
    answer_in_even_time(times(&app), request, next).await
}

async fn wait_by_chance(State(app): State<App>, request: Request, next: Next) -> Response {
    let times = times(&app);
    let answer = next.run(request).await;
    sleep(times.spread).await;
    answer
}

/// The times of one answer. Where the machine gives no random bytes forms are refused, whatever they are about.
fn times(app: &App) -> AnswerTimes {
    app.times().by(app.portal().chance().unwrap_or_default())
}

/// The form is read whole first: how long it takes to come is for whoever sends it to say, and its end would else lie
/// wherever they want it between two multiples.
async fn answer_in_even_time(times: AnswerTimes, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match read_whole(body).await {
        Ok(form) => in_even_time(times, next.run(Request::from_parts(head, Body::from(form)))).await,
        Err(problem) => problem.into_response(),
    }
}

/// Does it, and waits until the next multiple is over since it began, and for the spread. The work of an answer differs by what
/// the database has to write, some 0.1 ms; who is asked about could be read off that by asking often.
async fn in_even_time<T>(times: AnswerTimes, work: impl Future<Output = T>) -> T {
    let AnswerTimes { multiple, spread } = times;
    let began = Instant::now();
    let done = work.await;
    let Some(before) = began.elapsed().as_millis().checked_div(multiple.as_millis()) else { return done };
    let at = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
    sleep_until(began + multiple.saturating_mul(at) + spread).await;
    done
}

async fn charge(State((app, cost)): State<(App, FormCost)>, request: Request, next: Next) -> Response {
    match answer_charged(&app, cost, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answer_charged(
    app: &App,
    cost: FormCost,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let here = request.extensions().get::<Here>().cloned().ok_or(Problem::NotFound)?;
    let admitted = match app.portal().admit_form(&here.tenant, cost.budget()).await? {
        FormAdmission::Admitted(form) => form,
        FormAdmission::UsedUp => return Err(Problem::UsedUp),
        FormAdmission::TooManyAtOnce => return Err(Problem::Busy(RefusalCause::FormsAtOnce)),
    };
    let response = next.run(request).await;
    let status = response.status();
    let was_refused = status.is_client_error() && status != StatusCode::CONFLICT
        || response.extensions().get::<RefusedForm>().is_some();
    // What could not be asked stays charged; the answer is there.
    if let Err(stop) = app.portal().settle_form(&here.tenant, admitted, was_refused).await {
        tracing::warn!(?stop, "What a form has cost could not be settled");
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{Router, body::Bytes};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_even_answer_does_not_tell_what_its_work_took() {
        for (work, told) in [(0, 50), (1, 50), (7, 50), (49, 50), (50, 100), (51, 100), (120, 150)] {
            for spread in [0, 4] {
                let began = Instant::now();
                let times = AnswerTimes { spread: Duration::from_millis(spread), ..AnswerTimes::USUAL };
                let answer = in_even_time(times, async {
                    sleep(Duration::from_millis(work)).await;
                    work
                });
                assert_eq!(answer.await, work);
                assert_eq!(began.elapsed(), Duration::from_millis(told + spread), "{work} ms of work");
            }
        }
    }

    #[test]
    fn answers_are_spread_over_ten_milliseconds() {
        let of = |high, low| AnswerTimes::USUAL.by([high, low, 0, 0, 0, 0, 0, 0, 0, 0]).spread;
        let most = Duration::from_millis(10);
        assert_eq!([of(0, 0), of(255, 255)], [Duration::ZERO, most]);
        let middle = of(128, 0).abs_diff(most / 2);
        assert!(middle < Duration::from_micros(1), "{middle:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_form_does_not_move_where_its_answer_lies() {
        for (coming, work) in [(0, 1), (7, 1), (49, 1), (49, 2), (50, 1), (120, 49)] {
            let handler = async move |_: Bytes| sleep(Duration::from_millis(work)).await;
            let answers = Router::new().route("/", routing::post(handler));
            let times = AnswerTimes { spread: Duration::ZERO, ..AnswerTimes::USUAL };
            let even = move |request, next| answer_in_even_time(times, request, next);
            let answers = answers.route_layer(middleware::from_fn(even));
            let form = Body::from("a=b").with_trailers(async move {
                sleep(Duration::from_millis(coming)).await;
                None
            });
            let began = Instant::now();
            answers.oneshot(Request::post("/").body(Body::new(form)).unwrap()).await.unwrap();
            assert_eq!(began.elapsed(), Duration::from_millis(coming + 50), "{coming} ms, {work} ms");
        }
    }

    #[test]
    fn an_ask_is_always_even() {
        let answers = |cost| page(async || "").form(cost, async || "");
        assert_eq!(answers(FormCost::Ask).time, AnswerTime::Even);
        assert_eq!(answers(FormCost::Failure).time, AnswerTime::AtOnce);
        assert_eq!(answers(FormCost::Failure).in_even_time().time, AnswerTime::Even);
    }
}
