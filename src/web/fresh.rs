//! Fresh: what a handler needs that does something no forgotten screen may do ([D11], S-09). [`Fresh`] for its page,
//! [`FreshForm`] for its form: whoever showed who they are a moment ago goes on, everybody else is asked again, comes
//! back to the page, and finds there what was typed. So does whoever took so long that the session ran out.
//!
//! [D11]: crate::rules::decisions#d11

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
    response::{IntoResponse as _, Response},
};
use serde::de::DeserializeOwned;

use super::{
    app::App,
    place::ReturnPage,
    posted::Posted,
    problem::Problem,
    step::go_to,
    visitor::{Anybody, At, Here, SignedIn, sign_in_after, sign_in_for},
};
use crate::{
    domain::{member::SessionId, route::Route},
    portal::session::{Admission, FreshVisit},
};

/// A member who showed a moment ago who they are.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// What deeds ask for.
    pub visit: FreshVisit,
    /// The member who is signed in.
    pub me: SignedIn,
}

/// Where a member is asked again, to come back to that page.
fn ask_again(path: &str) -> Response {
    let place =
        Route::of_path(path).and_then(|route| ReturnPage::of(route.page())).unwrap_or(ReturnPage::METHODS);
    go_to(&Route::Reauth.with(&[("back", &place.word())]))
}

impl FromRequestParts<App> for Fresh {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let me = SignedIn::from_request_parts(parts, app).await?;
        match app.portal().fresh(&me.visit) {
            Some(visit) => Ok(Self { visit, me }),
            None => Err(ask_again(parts.uri.path())),
        }
    }
}

/// A form of a page that wants fresh proofs.
pub trait FreshlyProvenForm: DeserializeOwned + Default + Send + Sync {
    /// What of it is kept while its member shows again who they are: names and values, and never one of [`SECRETS`].
    fn kept(&self) -> Vec<(&'static str, String)>;

    /// The mark of the page it was typed into, the id of its member: a family at one computer has one cookie jar. Empty
    /// in a form that was made by hand.
    fn whose(&self) -> &str;
}

/// Fields whose values are never kept, whatever a form says.
const SECRETS: [&str; 4] = ["password", "password_confirm", "code", "credential"];

/// Whether the form was typed into a page of this member. One made by hand names nobody; that harms only who made it.
pub fn is_hers(me: &SignedIn, form: &impl FreshlyProvenForm) -> bool {
    is_from(&me.whose(), form)
}

fn is_from(member: &str, form: &impl FreshlyProvenForm) -> bool {
    form.whose().is_empty() || is_marked(member, form)
}

/// Whether the form bears the member's own mark: without it nothing is kept (D29).
fn is_marked(member: &str, form: &impl FreshlyProvenForm) -> bool {
    form.whose() == member
}

/// A form, of a member who is signed in. Where the time ran out while it was filled in, it is kept, and comes along when
/// its member signs in again in this browser (D15, J11).
#[derive(Debug)]
pub struct MembersForm<F> {
    /// The union of the request's host.
    pub here: Here,
    /// The member who is signed in.
    pub me: SignedIn,
    /// What the form posts.
    pub form: F,
}

impl<F: FreshlyProvenForm> FromRequest<App> for MembersForm<F> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let At(here) = At::from_request_parts(&mut parts, app).await.map_err(Problem::into_response)?;
        let anybody = Anybody::from_request_parts(&mut parts, app).await.map_err(Problem::into_response)?;
        let path = parts.uri.path().to_owned();
        if matches!(anybody.admission, Admission::Out) {
            return Err(sign_in_after(&path, "not-kept"));
        }
        let request = Request::from_parts(parts, body);
        let Posted(form) = Posted::<F>::from_request(request, app).await.map_err(Problem::into_response)?;
        if let Admission::RunOut { member, session, .. } = anybody.admission {
            keep(app, &here, session, &member.to_string(), &path, &form).await?;
            return Err(sign_in_for(&path));
        }
        let me = anybody.signed_in().ok_or_else(|| sign_in_for(&path))?;
        Ok(Self { here, me, form })
    }
}

/// A form, of a member who showed a moment ago who they are.
#[derive(Debug)]
pub struct FreshForm<F> {
    /// What deeds ask for.
    pub visit: FreshVisit,
    /// The member who is signed in.
    pub me: SignedIn,
    /// What the form posts.
    pub form: F,
}

impl<F: FreshlyProvenForm> FromRequest<App> for FreshForm<F> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let path = request.uri().path().to_owned();
        let MembersForm { here, me, form } = MembersForm::from_request(request, app).await?;
        let visit = or_ask(app, &here, &me, &path, &form).await?;
        Ok(Self { visit, me, form })
    }
}

/// The fresh visit; or the answer that asks again, after the form was kept.
pub async fn or_ask(
    app: &App,
    here: &Here,
    me: &SignedIn,
    path: &str,
    form: &impl FreshlyProvenForm,
) -> Result<FreshVisit, Response> {
    // Whoever is signed in now finds the page as it is for them.
    if !is_hers(me, form) {
        return Err(go_to(path));
    }
    if let Some(visit) = app.portal().fresh(&me.visit) {
        return Ok(visit);
    }
    keep(app, here, me.visit.session.id, &me.whose(), path, form).await?;
    Err(ask_again(path))
}

/// Keeps what may be kept of a form with its session, if it bears the mark of the session's member.
async fn keep(
    app: &App,
    here: &Here,
    session: SessionId,
    member: &str,
    path: &str,
    form: &impl FreshlyProvenForm,
) -> Result<(), Response> {
    if !is_marked(member, form) {
        return Ok(());
    }
    let kept: Vec<_> = form.kept().into_iter().filter(|(name, _)| !SECRETS.contains(name)).collect();
    let kept = serde_urlencoded::to_string(kept).unwrap_or_default();
    if !kept.is_empty()
        && let Some(place) = ReturnPage::of_path(path)
    {
        let done = app.portal().keep_form(&here.tenant, session, &place.word(), &kept).await;
        done.map_err(|stop| Problem::from(stop).into_response())?;
    }
    Ok(())
}

/// What was typed into the form of this page before its member had to show again who they are. Every page of this answer
/// says from now on when that was: whoever sat at the screen then may have been somebody else (D29).
pub async fn kept<F: FreshlyProvenForm>(
    app: &App,
    here: &mut Here,
    me: &SignedIn,
    page: Route,
) -> Result<Option<F>, Problem> {
    let Some(place) = ReturnPage::of(page) else { return Ok(None) };
    let Some(kept) = app.portal().kept_form(&here.tenant, &me.visit, &place.word()).await? else {
        return Ok(None);
    };
    let form = serde_urlencoded::from_str(&kept.form).ok();
    here.kept_at = form.is_some().then_some(kept.kept_at);
    Ok(form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::account::{
        app::AppForm, devices::DevicesForm, email::ChangeEmailForm, password::ChangePasswordForm,
        profile::ProfileForm, removal::RemovalForm,
    };
    use crate::web::code::CodeForm;

    /// Every form, with a value in every field that any of them has.
    fn filled<F: FreshlyProvenForm>() -> F {
        let fields =
            ["user_id", "email", "method", "device_name", "manual", "shown_to", "sign_out_everywhere"];
        let fields: Vec<_> = fields.into_iter().chain(SECRETS).map(|name| (name, "S3cret-Value")).collect();
        let mut text = serde_urlencoded::to_string(fields).unwrap();
        text.push_str("&whose=0192f000");
        serde_urlencoded::from_str(&text).unwrap()
    }

    fn keeps_no_secret<F: FreshlyProvenForm>() {
        let form = filled::<F>();
        let names: Vec<_> = form.kept().into_iter().map(|(name, _)| name).collect();
        assert!(names.iter().all(|name| !SECRETS.contains(name)), "{names:?}");
        assert!(is_marked("0192f000", &form) && !is_marked("0192f001", &form));
        assert!(!is_marked("0192f000", &F::default()) && !is_marked("", &filled::<F>()));
    }

    #[test]
    fn no_form_keeps_a_secret_or_goes_without_its_mark() {
        keeps_no_secret::<AppForm>();
        keeps_no_secret::<CodeForm>();
        keeps_no_secret::<DevicesForm>();
        keeps_no_secret::<ChangeEmailForm>();
        keeps_no_secret::<ChangePasswordForm>();
        keeps_no_secret::<ProfileForm>();
        keeps_no_secret::<RemovalForm>();
    }
}
