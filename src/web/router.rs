//! Router: which handlers answer each route, and what its form costs the network it comes from. The list of routes is
//! `domain::route`'s; a route without handlers does not compile, nor a form without its cost, and each is registered once.

use axum::{Router, response::Response};

use super::{
    account,
    app::App,
    budget::{Answers, FormCost, form_alone, page},
    factor, first_login, gate, help, home, identity, language, passkey, problem, reauth, recovery, session,
    signin, sso, visitor,
    website::Website,
    well_known,
};
use crate::domain::route::Route;

impl Website {
    /// Every page of a union, behind the gate.
    pub fn router(&self) -> Router {
        gate::around(pages(self.app()).with_state(self.app().clone()), self)
    }
}

/// Every page of a union.
fn pages(app: &App) -> Router<App> {
    Route::every()
        .fold(Router::new(), |router, route| router.route(route.pattern(), answers(route).charged(app)))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
}

/// Who answers a route. A form before the login by which a secret could be guessed costs a failure.
fn answers(route: Route) -> Answers {
    match route {
        Route::Top => page(home::show),
        Route::SignIn => page(signin::show).form(FormCost::Failure, signin::offer).spread(),
        Route::BirthDate => {
            page(first_login::birth_date::show).form(FormCost::Failure, first_login::birth_date::offer)
        }
        Route::Terms => page(first_login::terms::show).form(FormCost::Nothing, first_login::terms::answer),
        Route::ChooseMethod => {
            page(first_login::method::show).form(FormCost::Failure, first_login::method::choose)
        }
        Route::NewPassword => {
            page(first_login::password::show).form(FormCost::Nothing, first_login::password::set)
        }
        Route::Email => page(first_login::email::show).form(FormCost::Failure, first_login::email::offer),
        Route::ConfirmEmail => {
            page(first_login::confirm_email::show).form(FormCost::Failure, first_login::confirm_email::offer)
        }
        Route::ConfirmEmailLink => page(first_login::confirm_email::link)
            .form(FormCost::Failure, first_login::confirm_email::confirm),
        Route::Limited => page(first_login::done::show).form(FormCost::Nothing, first_login::done::leave),
        Route::SetUpApp => page(factor::set_up::show).form(FormCost::Nothing, factor::set_up::finish),
        Route::ProveApp => page(factor::prove::show).form(FormCost::Failure, factor::prove::offer),
        Route::SetUpPasskey => page(passkey::set_up::show).form(FormCost::Nothing, passkey::set_up::finish),
        Route::SetUpPasskeyOptions => form_alone(FormCost::Ceremony, passkey::set_up::options),
        Route::ProvePasskey => page(passkey::prove::show).form(FormCost::Failure, passkey::prove::finish),
        Route::ProvePasskeyOptions => form_alone(FormCost::Ceremony, passkey::prove::options),
        Route::PasskeyAlone => page(passkey::alone::show).form(FormCost::Failure, passkey::alone::finish),
        Route::PasskeyAloneOptions => form_alone(FormCost::Ceremony, passkey::alone::options),
        Route::ProveMailCode => {
            page(factor::mail_code::show).form(FormCost::Failure, factor::mail_code::offer)
        }
        Route::Reauth => page(reauth::show).form(FormCost::Nothing, reauth::offer),
        Route::ReauthPasskey => page(reauth::lead_back).form(FormCost::Nothing, reauth::by_passkey),
        Route::ReauthPasskeyOptions => form_alone(FormCost::Nothing, reauth::options),
        Route::ForgotPassword => page(recovery::password).form(FormCost::Ask, recovery::ask),
        Route::RecoverySent => page(recovery::sent),
        Route::RecoveryLink => page(recovery::link).form(FormCost::Failure, recovery::by_link),
        Route::RecoveryCode => page(recovery::code).form(FormCost::Failure, recovery::by_code).in_even_time(),
        Route::RecoveryWay => {
            page(recovery::lost_factor::way).form(FormCost::Nothing, recovery::lost_factor::choose)
        }
        Route::RecoveryWait => page(recovery::lost_factor::wait),
        Route::RecoveryDeskCode => page(recovery::lost_factor::desk_code)
            .form(FormCost::Failure, recovery::lost_factor::offer_desk_code),
        Route::CallOff => page(recovery::lost_factor::ask_to_call_off)
            .form(FormCost::Failure, recovery::lost_factor::call_off),
        Route::ForgotUserId => page(recovery::user_id::show).form(FormCost::Ask, recovery::user_id::ask),
        Route::Profile => page(account::profile::show).form(FormCost::Nothing, account::profile::change),
        Route::ChangeEmail => page(account::email::show).form(FormCost::Nothing, account::email::offer),
        Route::ConfirmNewEmail => {
            page(account::pending_email::show).form(FormCost::Nothing, account::pending_email::offer)
        }
        Route::ChangePassword => {
            page(account::password::show).form(FormCost::Nothing, account::password::change)
        }
        Route::Methods => page(account::methods::show),
        Route::AddApp => page(account::app::show).form(FormCost::Nothing, account::app::finish),
        Route::AddPasskey => page(passkey::another::show).form(FormCost::Nothing, passkey::another::finish),
        Route::AddPasskeyOptions => form_alone(FormCost::Nothing, passkey::another::options),
        Route::AddMailCode => {
            page(account::mail_code::show).form(FormCost::Nothing, account::mail_code::offer)
        }
        Route::RemoveMailCode | Route::RemoveApp(_) | Route::RemovePasskey(_) => {
            page(account::removal::ask).form(FormCost::Nothing, account::removal::remove)
        }
        Route::NameApp(_) | Route::NamePasskey(_) => {
            page(account::name::show).form(FormCost::Nothing, account::name::keep)
        }
        Route::Devices => page(account::devices::show).form(FormCost::Nothing, account::devices::log_out),
        Route::Activity => page(account::activity::show),
        Route::AccountServices => {
            page(account::services::show).form(FormCost::Nothing, account::services::withdraw)
        }
        Route::Help => page(help::show),
        Route::HelpChapter => page(help::chapter),
        Route::Accessibility => page(help::accessibility),
        Route::ReadTerms => page(help::terms),
        Route::LogOut => page(session::ask).form(FormCost::Nothing, session::log_out),
        Route::Session => page(session::rest).form(FormCost::Nothing, session::go_on),
        Route::Language => page(language::elsewhere).form(FormCost::Nothing, language::choose),
        Route::PasskeyEndpoints => page(well_known::passkey_endpoints),
        Route::ChangePasswordWellKnown => page(well_known::change_password),
        Route::Service => page(sso::authorize::tile),
        Route::Authorize => {
            page(sso::authorize::authorize).form(FormCost::Nothing, sso::authorize::authorize_by_form)
        }
        Route::SsoGo(_) => page(sso::authorize::go_on).form(FormCost::Nothing, sso::authorize::answer),
        Route::Par => form_alone(FormCost::Failure, sso::par::push),
        Route::Token => form_alone(FormCost::Failure, sso::token::token),
        Route::UserInfo => page(sso::token::user_info).form(FormCost::Failure, sso::token::user_info),
        Route::EndSession => {
            page(sso::end_session::end).form(FormCost::Nothing, sso::end_session::end_by_form)
        }
        Route::OpenIdConfiguration | Route::AuthorizationServer => page(sso::discovery),
        Route::Jwks => page(sso::jwks),
        Route::Favicon | Route::Assets => page(file),
    }
}

/// Style, script, icon; the union's colours and pictures, under this union's host only.
async fn file(
    visitor::At(here): visitor::At,
    uri: axum::http::Uri,
    headers: axum::http::HeaderMap,
) -> Result<Response, problem::Problem> {
    identity::answer(&here.tenant, uri.path(), &headers).ok_or(problem::Problem::NotFound)
}
