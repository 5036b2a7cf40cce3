//! Preview: a union that is a draft, at its own host, for browsers that came by its link; for everybody else nobody lives
//! there ([A2]).
//!
//! The link sets a cookie and leads to the front page, so that its token stands in no other address. Whatever does not fit is
//! answered as an unknown host is, also while the database cannot be asked.
//!
//! [A2]: crate::rules::threats#a2

use std::sync::Arc;

use axum::{
    http::{HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse as _, Redirect, Response},
};
use jiff::Timestamp;

use super::{cookie, link, page::links::UnionLinks, website::TenantsSnapshot};
use crate::{
    domain::{
        origin::PublicAddress,
        route::Route,
        tenant::{Tenant, TenantSlug},
    },
    metrics::UnionCounts,
    portal::Portal,
    tenants::HostMatch,
    vault::Token,
};

/// What the address of a link begins with.
const LINK: &str = "/preview/";

/// Who is shown at a host.
#[derive(Debug)]
pub enum AtHost {
    /// That union.
    Union(HostMatch, Arc<UnionLinks>, Arc<UnionCounts>),
    /// A draft's, to whoever follows its link: the cookie, and the way to the front page.
    Opening(Response),
    /// Nobody.
    Nobody,
}

/// The address by which the draft is looked at.
pub fn address(public: &PublicAddress, tenant: &Tenant, token: &Token) -> String {
    format!("{}{LINK}{}", public.origin(tenant), token.expose())
}

/// Who is shown at that host to whoever asks so.
pub async fn at_host(
    snapshot: TenantsSnapshot,
    portal: &Portal,
    host: &str,
    (method, path, headers): (&Method, &str, &HeaderMap),
) -> AtHost {
    if let Some((found, links, counts)) = snapshot.by_host(host) {
        return AtHost::Union(found, links, counts);
    }
    let Some((draft, links, counts)) = snapshot.draft_at(host) else { return AtHost::Nobody };
    if let Some(rest) = path.strip_prefix(LINK).filter(|_| matches!(*method, Method::GET | Method::HEAD)) {
        let Some(token) = link::token(rest) else { return AtHost::Nobody };
        return match until(portal, &draft.slug, &token).await {
            Some(ends_at) => AtHost::Opening(opening(&token, ends_at, portal.now())),
            None => AtHost::Nobody,
        };
    }
    let Some(token) = cookie::token(headers, cookie::PREVIEW) else { return AtHost::Nobody };
    match until(portal, &draft.slug, &token).await {
        Some(_) => AtHost::Union(HostMatch::Primary(draft), links, counts),
        None => AtHost::Nobody,
    }
}

async fn until(portal: &Portal, tenant: &TenantSlug, token: &Token) -> Option<Timestamp> {
    match portal.previews(tenant, token).await {
        Ok(until) => until,
        Err(fault) => {
            tracing::warn!(tenant = tenant.as_str(), %fault, "A draft is shown to nobody just now");
            None
        }
    }
}

fn opening(token: &Token, ends_at: Timestamp, now: Timestamp) -> Response {
    let keep = ends_at.duration_since(now).as_secs();
    let mut response = Redirect::to(&Route::Top.to_string()).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie::set(cookie::PREVIEW, token, Some(keep)));
    // Nobody on the way keeps an address that opens something.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
