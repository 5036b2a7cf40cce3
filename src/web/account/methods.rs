//! `/account/methods`: 「ログイン方法変更」 (S-06, S-07).

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::AccountQuery;
use crate::{
    domain::{passkey, route::Route, tenant::Method},
    web::{
        app::App,
        page::account::{MethodLine, MethodList, MethodsDone, MethodsPage},
        posted::LenientQuery,
        problem::Problem,
        step::show as whole,
        visitor::{At, Here, SignedIn},
    },
};

async fn page<'a>(app: &'a App, here: &'a Here, me: &SignedIn) -> Result<MethodsPage<'a>, Problem> {
    let member = &me.visit.member;
    let ways = app.portal().ways_of(&here.tenant, member).await?;
    let frame = me.frame(here, app);
    let offers = |method| here.tenant.policy.offered().any(|offered| offered == method);
    let listed = |method, lines: Vec<MethodLine>, why_not: Option<String>| {
        let may_add = offers(method) && why_not.is_none();
        let why_not = why_not.filter(|why| offers(method) && !why.is_empty());
        (offers(method) || !lines.is_empty()).then_some(MethodList { lines, may_add, why_not })
    };
    let apps = ways.apps.iter().map(|app| MethodLine {
        name: app.name.clone(),
        created: frame.words.moment(app.created_at),
        synced: false,
        rename: Some(Route::NameApp(app.id)),
        remove: Route::RemoveApp(app.id),
    });
    let passkeys = ways.passkeys.iter().map(|kept| MethodLine {
        name: kept.name.clone(),
        created: frame.words.moment(kept.created_at),
        synced: kept.backed_up,
        rename: Some(Route::NamePasskey(kept.id)),
        remove: Route::RemovePasskey(kept.id),
    });
    let mail_codes = ways.mail_code_at.map(|at| MethodLine {
        name: member.email.as_ref().map(|address| address.as_str().to_owned()).unwrap_or_default(),
        created: frame.words.moment(at),
        synced: false,
        rename: None,
        remove: Route::RemoveMailCode,
    });
    // Why no more of a kind can be set up: in words where the member can do something about it.
    let full = |key, held: usize, most: usize| (held >= most).then(|| frame.msg1(key, "max", most));
    let no_app = full("account-apps-full", ways.apps.len(), here.tenant.policy.app_otp.max_devices);
    let no_passkey = full("account-passkeys-full", ways.passkeys.len(), passkey::MOST);
    let no_mail_code = match (&member.email, ways.mail_code_at) {
        (None, _) => Some(frame.msg("account-mail-code-no-address")),
        (Some(_), Some(_)) => Some(String::new()),
        (Some(_), None) => None,
    };
    Ok(MethodsPage {
        password_set: ways.password_set_at.map(|at| frame.words.moment(at)).unwrap_or_default(),
        apps: listed(Method::AppOtp, apps.collect(), no_app),
        passkeys: listed(Method::Passkey, passkeys.collect(), no_passkey),
        mail_code: listed(Method::EmailOtp, mail_codes.into_iter().collect(), no_mail_code),
        usual: member.method,
        may_remove: ways.factors().iter().any(|factor| ways.may_remove(*factor)),
        accepted: ways
            .accepted(&here.tenant, member)
            .map(|accepted| serde_json::to_string(&accepted).unwrap_or_default()),
        done: None,
        frame,
    })
}

/// Lists the ways in.
pub async fn show(
    At(here): At,
    me: SignedIn,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let mut page = page(&app, &here, &me).await?;
    page.done = MethodsDone::parse(&arrival.done);
    whole(&page)
}

/// The list, for whoever asks for a device that is not, or not any more, the member's: 404 whoever's it is (I9).
pub async fn gone(app: &App, here: &Here, me: &SignedIn) -> Result<Response, Problem> {
    let mut page = page(app, here, me).await?;
    page.done = Some(MethodsDone::Gone);
    page.frame.path = Route::Methods.to_string();
    Ok((StatusCode::NOT_FOUND, whole(&page)?).into_response())
}
