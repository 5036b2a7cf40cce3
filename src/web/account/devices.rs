//! `/account/devices`: 「ログイン中の端末」 (N-28, I11), and the browsers that are remembered (D27).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{AccountQuery, done, stopped};
use crate::{
    domain::{member::SessionId, route::Route},
    portal::{Stop, devices::BrowsersToForget},
    web::{
        app::App,
        fresh::{FreshForm, FreshlyProvenForm},
        page::account::{DeviceLine, DevicesPage},
        posted::LenientQuery,
        problem::Problem,
        step::{Stopped, go, show_page},
        visitor::{At, SignedIn},
    },
};

const PATH: Route = Route::Devices;

/// GET: lists the signed-in devices.
pub async fn show(
    At(mut here): At,
    me: SignedIn,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let is_kept = arrival.kept::<DevicesForm>(&app, &mut here, &me, PATH).await?.is_some();
    let listed = app.portal().devices_of(&here.tenant, &me.visit).await?;
    let frame = me.frame(&here, &app);
    let lines = listed.into_iter().map(|listed| DeviceLine {
        id: listed.session.id.to_string(),
        is_this: listed.session.id == me.visit.session.id,
        device: frame.words.device(&listed.device).unwrap_or_else(|| frame.words.msg("devices-unknown")),
        since: frame.words.moment(listed.session.created_at),
        seen: frame.words.moment(listed.session.seen_at),
    });
    let lines = lines.collect();
    let known = app.portal().known_browsers(&here.tenant, &me.visit).await?;
    let note = match arrival.done.as_str() {
        "ended" => Some("devices-ended"),
        "others" => Some("devices-ended-others"),
        "forgot-here" => Some("devices-forgotten-here"),
        "forgot-all" => Some("devices-forgotten-all"),
        _ => None,
    };
    let (note, is_good) = if is_kept { (Some("devices-kept"), false) } else { (note, true) };
    show_page(&DevicesPage { frame, lines, known, note, is_good })
}

/// One session to end, or all but this one; or browsers to be forgotten: `here`, or `all`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DevicesForm {
    whose: String,
    session: String,
    others: Option<String>,
    forget: String,
}

/// The list is there to press again; that it was pressed is kept, to be told.
impl FreshlyProvenForm for DevicesForm {
    fn kept(&self) -> Vec<(&'static str, String)> {
        vec![("kept", "1".to_owned())]
    }

    fn whose(&self) -> &str {
        &self.whose
    }
}

/// POST: logs one device out, or all others; or forgets this browser, or all.
pub async fn log_out(
    At(here): At,
    State(app): State<App>,
    FreshForm { visit, form, .. }: FreshForm<DevicesForm>,
) -> Result<Response, Problem> {
    let forget = match form.forget.as_str() {
        "here" => Some((BrowsersToForget::This, "forgot-here")),
        "all" => Some((BrowsersToForget::All, "forgot-all")),
        _ => None,
    };
    let word = forget.map_or(if form.others.is_some() { "others" } else { "ended" }, |(_, word)| word);
    let ended = match SessionId::parse(&form.session) {
        _ if let Some((which, _)) = forget => app.portal().forget_browsers(&here.tenant, &visit, which).await,
        _ if form.others.is_some() => app.portal().log_out_other_devices(&here.tenant, &visit).await,
        Some(id) => app.portal().log_out_device(&here.tenant, &visit, id).await,
        None => Err(Stop::NotNow),
    };
    match ended {
        Ok(()) => Ok(done(PATH, word)),
        Err(stop) => Ok(match stopped(stop, PATH)? {
            Stopped::Answer(response) => response,
            Stopped::Again(_) => go(PATH),
        }),
    }
}
