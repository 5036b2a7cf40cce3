//! `/account/profile`: 「プロフィール変更」 (S-01–S-05).

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{AccountQuery, done, stopped};
use crate::{
    domain::{
        login_id::LoginId,
        member::EmailAddress,
        route::Route,
        tenant::{Language, Method},
    },
    portal::profile::{Profile, ProfileOffer, ToSetUp},
    web::{
        app::App,
        cookie,
        fresh::{self, FreshlyProvenForm, MembersForm},
        page::{
            account::{ProfileDone, ProfilePage},
            with_refusals,
        },
        posted::LenientQuery,
        problem::Problem,
        step::{Stopped, add, again_because, go, names_a_password, show_page},
        visitor::{At, Browser, Here, SignedIn},
    },
};

const PATH: Route = Route::Profile;

/// The form, with what it was shown with.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    whose: String,
    language: String,
    user_id: String,
    method: String,
    shown_language: String,
    shown_user_id: String,
    shown_method: String,
}

impl FreshlyProvenForm for ProfileForm {
    fn kept(&self) -> Vec<(&'static str, String)> {
        vec![
            ("language", self.language.clone()),
            ("user_id", self.user_id.clone()),
            ("method", self.method.clone()),
            ("shown_language", self.shown_language.clone()),
            ("shown_user_id", self.shown_user_id.clone()),
            ("shown_method", self.shown_method.clone()),
        ]
    }

    fn whose(&self) -> &str {
        &self.whose
    }
}

impl ProfileForm {
    fn offer(&self, facts: &Profile) -> ProfileOffer {
        ProfileOffer {
            shown: Profile {
                login: LoginId::typed(&self.shown_user_id),
                method: Method::parse(&self.shown_method),
                language: Language::parse(&self.shown_language).unwrap_or(facts.language),
            },
            login: self.user_id.clone(),
            method: Method::parse(&self.method),
            language: Language::parse(&self.language),
        }
    }
}

/// What is so now.
fn facts(here: &Here, me: &SignedIn) -> Profile {
    let member = &me.visit.member;
    Profile { login: member.login.clone(), method: member.method, language: me.language(here) }
}

async fn page<'a>(
    app: &'a App,
    here: &'a Here,
    me: &SignedIn,
    typed: Option<&ProfileForm>,
) -> Result<ProfilePage<'a>, Problem> {
    let member = &me.visit.member;
    let facts = facts(here, me);
    let chosen = typed.map_or(facts.method, |form| Method::parse(&form.method));
    let language = typed.and_then(|form| Language::parse(&form.language)).unwrap_or(facts.language);
    let ways = app.portal().ways_of(&here.tenant, member).await?;
    let text = |address: &Option<EmailAddress>| address.as_ref().map(|address| address.as_str().to_owned());
    Ok(ProfilePage {
        frame: me.frame(here, app),
        login: typed.map_or_else(|| member.login.as_str().to_owned(), |form| form.user_id.clone()),
        method: chosen,
        language,
        is_to_set_up: facts.method.is_some_and(|method| !ways.holds(method)),
        shown: facts,
        name: member.name.clone(),
        email: text(&member.email),
        pending_email: text(&member.email_pending),
        done: Vec::new(),
        is_kept: false,
        accepted: ways
            .accepted(&here.tenant, member)
            .map(|accepted| serde_json::to_string(&accepted).unwrap_or_default()),
    })
}

/// Shows it; to a member who had to show again who they are, with what they had typed.
pub async fn show(
    At(mut here): At,
    me: SignedIn,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let mut kept = arrival.kept::<ProfileForm>(&app, &mut here, &me, PATH).await?;
    if let Some(form) = kept.as_mut() {
        let is_safe = match app.portal().fresh(&me.visit) {
            Some(fresh) => !app.portal().names_the_password(&here.tenant, &fresh, &form.user_id).await?,
            None => false,
        };
        if !is_safe {
            me.visit.member.login.as_str().clone_into(&mut form.user_id);
        }
    }
    let mut page = page(&app, &here, &me, kept.as_ref()).await?;
    page.is_kept = kept.is_some();
    page.done = arrival.words().filter_map(ProfileDone::parse).collect();
    show_page(&page)
}

/// Changes what the member changed. The language is nobody's secret; for user ID and 認証方法 the member has to have
/// shown a moment ago who they are (D11).
pub async fn change(
    Browser(browser): Browser,
    State(app): State<App>,
    MembersForm { here, me, form }: MembersForm<ProfileForm>,
) -> Result<Response, Problem> {
    let portal = app.portal();
    if !fresh::is_hers(&me, &form) {
        return Ok(go(PATH));
    }
    let offer = form.offer(&facts(&here, &me));
    let stop = match portal.check_profile(&here.tenant, &me.visit, me.language(&here), &offer).await {
        Ok(change) => {
            let language = change.language();
            let (gives_login, changes_more) = (change.gives_login(), change.changes_more());
            let changed = if change.is_sensitive() {
                let visit = match fresh::or_ask(&app, &here, &me, &PATH.to_string(), &form).await {
                    Ok(visit) => visit,
                    Err(response) => return Ok(response.into_response()),
                };
                portal
                    .change_profile(&here.tenant, &visit, &change, &browser)
                    .await
                    .map(|done| done.to_set_up)
            } else if let Some(language) = language {
                portal.choose_language(&here.tenant, &me.visit, language).await.map(|()| None)
            } else {
                return Ok(done(PATH, "nothing"));
            };
            match changed {
                Ok(to_set_up) => {
                    let last = match to_set_up {
                        Some(ToSetUp::Now(_)) => Some("chosen"),
                        Some(ToSetUp::AtSignIn(_)) => Some("set-up"),
                        None => changes_more.then_some("changed"),
                    };
                    let words = [gives_login.then_some("user-id"), last];
                    return Ok(answer(to_set_up, language, &words.into_iter().flatten().collect::<Vec<_>>()));
                }
                Err(stop) => stop,
            }
        }
        Err(stop) => stop,
    };
    match stopped(stop, PATH)? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => {
            let mut page = page(&app, &here, &me, Some(&form)).await?;
            if names_a_password(&refused) {
                me.visit.member.login.as_str().clone_into(&mut page.login);
            }
            page.frame = with_refusals(page.frame, &refused);
            again_because(&refused, &page)
        }
    }
}

fn answer(to_set_up: Option<ToSetUp>, language: Option<Language>, words: &[&str]) -> Response {
    let page = match to_set_up {
        Some(ToSetUp::Now(method)) => method.traits().add,
        Some(ToSetUp::AtSignIn(_)) | None => PATH,
    };
    let mut response = done(page, &words.join("."));
    if let Some(language) = language {
        add(response.headers_mut(), cookie::set_language(language.as_str()));
    }
    response
}
