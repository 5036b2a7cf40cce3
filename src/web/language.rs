//! `/language`: the language switch in every page's footer (D22).

use std::borrow::Cow;

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{
    app::App,
    cookie,
    posted::Posted,
    problem::Problem,
    step::{add, go},
    visitor::{Anybody, At, OnTheWay},
};
use crate::{
    domain::{route::Route, tenant::Language},
    portal::{Stop, session::Admission},
};

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LanguageForm {
    lang: String,
    back: String,
}

/// A problem may leave this address in the browser; whoever loads it again means the front page.
pub async fn elsewhere() -> Response {
    go(Route::Top)
}

/// Keeps the language in one cookie; and for a member who is signed in, or on the way, with the member.
pub async fn choose(
    At(here): At,
    anybody: Anybody,
    OnTheWay(attempt): OnTheWay,
    State(app): State<App>,
    Posted(form): Posted<LanguageForm>,
) -> Result<Response, Problem> {
    let language =
        Language::parse(&form.lang).filter(|l| here.tenant.languages.contains(l)).ok_or(Problem::BadForm)?;
    let portal = app.portal();
    let kept = match (anybody.admission, attempt) {
        (Admission::In(visit), _) => portal.choose_language(&here.tenant, &visit, language).await,
        (_, Some(attempt)) => portal.choose_language_on_the_way(&here.tenant, &attempt, language).await,
        _ => Ok(()),
    };
    // Whose session ended a moment ago keeps it in the cookie.
    if let Err(Stop::Broken(fault)) = kept {
        return Err(fault.into());
    }
    let place = HeaderValue::from_str(&local(&form.back)).map_err(|_| Problem::BadForm)?;
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response();
    add(response.headers_mut(), cookie::set_language(language.as_str()));
    Ok(response)
}

/// A path of this host, or the portal page: never an address elsewhere (A13).
fn local(back: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '?' | '=' | '&' | '.');
    let inside =
        back.starts_with('/') && !back.starts_with("//") && back.len() <= 200 && back.chars().all(plain);
    if inside { back.into() } else { Route::Top.to_string().into() }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn the_way_back_never_leaves_the_host() {
        for here in ["/signin/setup/totp?manual=1", "/reauth?back=passkey&failed=cancelled"] {
            assert_eq!(local(here), here);
        }
        for away in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/%2f%2fevil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x=1",
            "/@evil.example",
            "/a:b",
        ] {
            assert_eq!(local(away), "/", "{away}");
        }
    }
}
