//! `/account/methods/totp`: one more authenticator app (S-06, S-07, T-12).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{AccountQuery, done, stopped, ticked};
use crate::{
    domain::{factor::DeviceKind, route::Route, tenant::Method},
    portal::{Stop, app_key::AppSetupOffer, session::FreshVisit},
    web::{
        app::App,
        factor::qr,
        fresh::{Fresh, FreshForm, FreshlyProvenForm},
        page::{
            factor::{Added, PageDevice, SetUpAppPage},
            with_refusals,
        },
        posted::LenientQuery,
        problem::Problem,
        step::{Stopped, again, go, show_page},
        visitor::{At, Browser, Here, SignedIn},
    },
};

const PATH: Route = Route::AddApp;
const METHODS: Route = Route::Methods;

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AppForm {
    code: String,
    device_name: String,
    manual: Option<String>,
    sign_out_everywhere: Option<String>,
    /// Which key the page showed.
    mark: String,
    whose: String,
}

/// A code runs out; the rest is kept.
impl FreshlyProvenForm for AppForm {
    fn kept(&self) -> Vec<(&'static str, String)> {
        let mut kept = ticked(self.sign_out_everywhere.is_some());
        kept.push(("device_name", self.device_name.clone()));
        kept.extend(self.manual.clone().map(|manual| ("manual", manual)));
        kept
    }

    fn whose(&self) -> &str {
        &self.whose
    }
}

/// How the page is to look.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AppPageQuery {
    manual: String,
}

async fn page<'a>(
    app: &'a App,
    here: &'a Here,
    me: &SignedIn,
    visit: &FreshVisit,
    form: &AppForm,
    browser: &str,
    notes: Vec<String>,
) -> Result<Option<SetUpAppPage<'a>>, Problem> {
    let setup = match app.portal().app_to_add(&here.tenant, visit).await {
        Ok(setup) => setup,
        // The session ended since it was looked at.
        Err(Stop::StartAgain) => return Ok(None),
        Err(stop) => return Err(stop.into()),
    };
    let qr = qr::data_uri(&setup.url).ok_or_else(|| Problem::Fault("a QR code that does not fit".into()))?;
    Ok(Some(SetUpAppPage {
        frame: me.frame(here, app),
        action: PATH,
        qr_png_data_uri: qr,
        secret_groups: setup.key,
        otpauth_url: setup.url,
        account: setup.account,
        device_name: form.device_name.clone(),
        device: PageDevice::of(browser),
        manual: form.manual.as_deref() == Some("1"),
        sign_out_everywhere: form.sign_out_everywhere.is_some(),
        other_methods: false,
        added: Some(Added { mark: setup.mark, back: METHODS, whose: me.whose(), notes }),
    }))
}

/// Whether one more may be added.
async fn may_add(app: &App, here: &Here, me: &SignedIn) -> Result<bool, Problem> {
    let policy = &here.tenant.policy;
    let ways = app.portal().ways_of(&here.tenant, &me.visit.member).await?;
    Ok(policy.offers(Method::AppOtp) && ways.of(Method::AppOtp).count() < DeviceKind::App.most(policy))
}

/// The name of the app, unless the member thinks of another: none of those in use.
async fn offered_name(app: &App, here: &Here, me: &SignedIn) -> Result<String, Problem> {
    let wish = me.frame(here, app).words.msg("factor-device-name-default");
    Ok(app.portal().free_app_name(&here.tenant, me.visit.member.id, &wish).await?)
}

/// Shows QR code, key and form; where no more may be added, the list.
pub async fn show(
    At(mut here): At,
    fresh: Fresh,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    LenientQuery(query): LenientQuery<AppPageQuery>,
    Browser(browser): Browser,
    State(app): State<App>,
) -> Result<Response, Problem> {
    if !may_add(&app, &here, &fresh.me).await? {
        return Ok(go(METHODS));
    }
    let kept = arrival.kept::<AppForm>(&app, &mut here, &fresh.me, PATH).await?;
    let frame = fresh.me.frame(&here, &app);
    let notes = match &kept {
        Some(_) => vec![frame.words.msg("factor-set-up-kept")],
        None => arrival.chosen(&frame, &fresh.me),
    };
    let form = match kept {
        Some(form) => form,
        None => AppForm {
            device_name: offered_name(&app, &here, &fresh.me).await?,
            manual: Some(query.manual),
            sign_out_everywhere: Some("on".to_owned()),
            ..AppForm::default()
        },
    };
    match page(&app, &here, &fresh.me, &fresh.visit, &form, &browser, notes).await? {
        Some(page) => show_page(&page),
        None => Ok(go(Route::SignIn)),
    }
}

/// Offers the first code.
pub async fn finish(
    At(here): At,
    Browser(browser): Browser,
    State(app): State<App>,
    FreshForm { visit, me, form }: FreshForm<AppForm>,
) -> Result<Response, Problem> {
    let offer = AppSetupOffer {
        code: form.code.clone(),
        name: form.device_name.clone(),
        default_name: offered_name(&app, &here, &me).await?,
        everywhere: form.sign_out_everywhere.is_some(),
        browser: browser.clone(),
    };
    match app.portal().add_app(&here.tenant, &visit, offer, &form.mark).await {
        Ok(()) => Ok(done(METHODS, "added")),
        Err(stop) => match stopped(stop, METHODS)? {
            Stopped::Answer(response) => Ok(response),
            Stopped::Again(refused) => {
                match page(&app, &here, &me, &visit, &form, &browser, Vec::new()).await? {
                    Some(page) => again(&SetUpAppPage { frame: with_refusals(page.frame, &refused), ..page }),
                    None => Ok(go(Route::SignIn)),
                }
            }
        },
    }
}
