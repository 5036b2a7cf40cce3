//! Router: which handlers answer each route. The list of routes is `domain::route`'s; a route without handlers does not
//! compile, and each is registered once.

use axum::{
    Router,
    response::Response,
    routing::{MethodRouter, get, post},
};

use super::{
    account, app::App, assets, factor, first_login, gate, help, home, language, passkey, problem, reauth,
    recovery, session, signin, visitor, well_known,
};
use crate::domain::route::Route;

impl App {
    /// Every page of a union, behind the gate.
    pub fn router(&self) -> Router {
        gate::around(pages().with_state(self.clone()), self)
    }
}

/// Every page of a union.
fn pages() -> Router<App> {
    Route::every()
        .fold(Router::new(), |router, route| router.route(route.pattern(), handlers(route)))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
}

fn handlers(route: Route) -> MethodRouter<App> {
    match route {
        Route::Top => get(home::show),
        Route::SignIn => get(signin::show).post(signin::offer),
        Route::BirthDate => get(first_login::birth_date::show).post(first_login::birth_date::offer),
        Route::Terms => get(first_login::terms::show).post(first_login::terms::answer),
        Route::ChooseMethod => get(first_login::method::show).post(first_login::method::choose),
        Route::NewPassword => get(first_login::password::show).post(first_login::password::set),
        Route::Email => get(first_login::email::show).post(first_login::email::offer),
        Route::ConfirmEmail => get(first_login::confirm_email::show).post(first_login::confirm_email::offer),
        Route::ConfirmEmailLink => {
            get(first_login::confirm_email::link).post(first_login::confirm_email::confirm)
        }
        Route::Limited => get(first_login::done::show).post(first_login::done::leave),
        Route::SetUpApp => get(factor::set_up::show).post(factor::set_up::finish),
        Route::ProveApp => get(factor::prove::show).post(factor::prove::offer),
        Route::SetUpPasskey => get(passkey::set_up::show).post(passkey::set_up::finish),
        Route::SetUpPasskeyOptions => post(passkey::set_up::options),
        Route::ProvePasskey => get(passkey::prove::show).post(passkey::prove::finish),
        Route::ProvePasskeyOptions => post(passkey::prove::options),
        Route::PasskeyAlone => get(passkey::alone::show).post(passkey::alone::finish),
        Route::PasskeyAloneOptions => post(passkey::alone::options),
        Route::ProveMailCode => get(factor::mail_code::show).post(factor::mail_code::offer),
        Route::Reauth => get(reauth::show).post(reauth::offer),
        Route::ReauthPasskey => get(reauth::lead_back).post(reauth::by_passkey),
        Route::ReauthPasskeyOptions => post(reauth::options),
        Route::ForgotPassword => get(recovery::password).post(recovery::ask),
        Route::RecoverySent => get(recovery::sent),
        Route::RecoveryLink => get(recovery::link).post(recovery::by_link),
        Route::RecoveryCode => get(recovery::code).post(recovery::by_code),
        Route::RecoveryWay => get(recovery::lost_factor::way).post(recovery::lost_factor::choose),
        Route::RecoveryWait => get(recovery::lost_factor::wait),
        Route::RecoveryDeskCode => {
            get(recovery::lost_factor::desk_code).post(recovery::lost_factor::offer_desk_code)
        }
        Route::CallOff => get(recovery::lost_factor::ask_to_call_off).post(recovery::lost_factor::call_off),
        Route::ForgotUserId => get(recovery::user_id::show).post(recovery::user_id::ask),
        Route::Profile => get(account::profile::show).post(account::profile::change),
        Route::ChangeEmail => get(account::email::show).post(account::email::offer),
        Route::ConfirmNewEmail => get(account::pending_email::show).post(account::pending_email::offer),
        Route::ChangePassword => get(account::password::show).post(account::password::change),
        Route::Methods => get(account::methods::show),
        Route::AddApp => get(account::app::show).post(account::app::finish),
        Route::AddPasskey => get(passkey::another::show).post(passkey::another::finish),
        Route::AddPasskeyOptions => post(passkey::another::options),
        Route::AddMailCode => get(account::mail_code::show).post(account::mail_code::offer),
        Route::RemoveMailCode | Route::RemoveApp(_) | Route::RemovePasskey(_) => {
            get(account::removal::ask).post(account::removal::remove)
        }
        Route::NameApp(_) | Route::NamePasskey(_) => get(account::name::show).post(account::name::keep),
        Route::Devices => get(account::devices::show).post(account::devices::log_out),
        Route::Activity => get(account::activity::show),
        Route::Help => get(help::show),
        Route::LogOut => get(session::ask).post(session::log_out),
        Route::Session => get(session::rest).post(session::go_on),
        Route::Language => get(language::elsewhere).post(language::choose),
        Route::PasskeyEndpoints => get(well_known::passkey_endpoints),
        Route::ChangePasswordWellKnown => get(well_known::change_password),
        Route::Favicon | Route::Assets => get(file),
    }
}

/// Style, script, icon; the union's colours and pictures, under this union's host only.
async fn file(
    visitor::At(here): visitor::At,
    uri: axum::http::Uri,
    headers: axum::http::HeaderMap,
) -> Result<Response, problem::Problem> {
    assets::answer(&here.tenant, uri.path(), &headers).ok_or(problem::Problem::NotFound)
}
