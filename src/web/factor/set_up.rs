//! `/signin/setup/totp`: an authenticator app (T-01–T-08, T-13).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::qr;
use crate::{
    domain::{route::Route, signin::Step, tenant::Method},
    portal::{app_key::AppSetupOffer, attempt::Seen},
    web::{
        app::App,
        page::{
            Frame,
            factor::{PageDevice, SetUpAppPage},
            with_refusals,
        },
        posted::{LenientQuery, Posted},
        problem::Problem,
        step::{self, go, with_progress},
        visitor::{At, Browser, Here, OnTheWay},
    },
};

fn wanted(step: Step) -> bool {
    step == Step::SetUp(Method::AppOtp)
}

/// How the page is to look.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SetUpQuery {
    manual: String,
}

fn page<'a>(
    app: &App,
    here: &Here,
    frame: Frame<'a>,
    seen: &Seen,
    form: &SetUpForm,
    browser: &str,
) -> Result<SetUpAppPage<'a>, Problem> {
    let setup = app.portal().app_setup(&here.tenant, seen)?;
    let qr = qr::data_uri(&setup.url).ok_or_else(|| Problem::Fault("a QR code that does not fit".into()))?;
    let other_methods = seen.choices(&here.tenant).len() > 1;
    Ok(SetUpAppPage {
        frame,
        action: Route::SetUpApp,
        qr_png_data_uri: qr,
        secret_groups: setup.key,
        otpauth_url: setup.url,
        account: setup.account,
        device_name: form.device_name.clone(),
        device: PageDevice::of(browser),
        manual: form.manual.as_deref() == Some("1"),
        sign_out_everywhere: form.sign_out_everywhere.is_some(),
        other_methods,
        added: None,
    })
}

/// Shows QR code, key and form.
pub async fn show(
    At(here): At,
    LenientQuery(query): LenientQuery<SetUpQuery>,
    OnTheWay(token): OnTheWay,
    Browser(browser): Browser,
    State(app): State<App>,
) -> Result<Response, Problem> {
    step::page(&app, &here, token.as_ref(), wanted, |seen| {
        let frame = with_progress(here.frame(&app), seen);
        let form = SetUpForm {
            device_name: frame.words.msg("factor-device-name-default"),
            manual: Some(query.manual),
            sign_out_everywhere: Some("on".to_owned()),
            ..SetUpForm::default()
        };
        page(&app, &here, frame, seen, &form, &browser)
    })
    .await
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SetUpForm {
    code: String,
    device_name: String,
    manual: Option<String>,
    sign_out_everywhere: Option<String>,
}

/// Offers the first code.
pub async fn finish(
    At(here): At,
    OnTheWay(token): OnTheWay,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<SetUpForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let offer = AppSetupOffer {
        code: form.code.clone(),
        name: form.device_name.clone(),
        default_name: here.frame(&app).words.msg("factor-device-name-default"),
        everywhere: form.sign_out_everywhere.is_some(),
        browser: browser.clone(),
    };
    let done = app.portal().finish_app_setup(&here.tenant, &token, offer).await;
    step::answer(&app, &here, &token, done, wanted, |seen, refused| {
        let frame = with_refusals(with_progress(here.frame(&app), seen), refused);
        page(&app, &here, frame, seen, &form, &browser)
    })
    .await
}
