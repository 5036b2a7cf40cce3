//! Assets: style, script and icon of every page, and each union's colours.
//!
//! Addresses carry the first 16 hex digits of the SHA-256 of the content, so that an answer may be
//! kept for ever and a new build is a new address. Routes are elsewhere; here is what they answer.

use std::{borrow::Cow, sync::LazyLock};

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::domain::tenant::{Picture, Tenant};

const CSS: &[u8] = include_bytes!("../../templates/assets/portal.css");
const JS: &[u8] = include_bytes!("../../templates/assets/portal.js");
const PASSKEY_JS: &[u8] = include_bytes!("../../templates/assets/passkey.js");
const MAIL_JS: &[u8] = include_bytes!("../../templates/assets/mail.js");
const FAVICON: &[u8] = include_bytes!("../../templates/assets/favicon.svg");

static CSS_HREF: LazyLock<String> = LazyLock::new(|| format!("/assets/portal.{}.css", hash16(CSS)));
static JS_HREF: LazyLock<String> = LazyLock::new(|| format!("/assets/portal.{}.js", hash16(JS)));
static PASSKEY_JS_HREF: LazyLock<String> =
    LazyLock::new(|| format!("/assets/passkey.{}.js", hash16(PASSKEY_JS)));
static MAIL_JS_HREF: LazyLock<String> = LazyLock::new(|| format!("/assets/mail.{}.js", hash16(MAIL_JS)));
static FAVICON_HREF: LazyLock<String> = LazyLock::new(|| format!("/assets/favicon.{}.svg", hash16(FAVICON)));

/// Address of the style sheet of every page.
pub fn css_href() -> &'static str {
    &CSS_HREF
}

/// Address of the script of every page (an ES module).
pub fn js_href() -> &'static str {
    &JS_HREF
}

/// Address of the script of pages that ask for a passkey (an ES module).
pub fn passkey_js_href() -> &'static str {
    &PASSKEY_JS_HREF
}

/// Address of the script of pages that wait for a mail (an ES module).
pub fn mail_js_href() -> &'static str {
    &MAIL_JS_HREF
}

/// Address of the icon shown where a union has none of its own.
pub fn favicon_href() -> &'static str {
    &FAVICON_HREF
}

/// A file as it goes over the wire.
#[derive(Debug)]
pub struct Asset {
    /// `Content-Type`.
    pub media_type: &'static str,
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// Whether the address names the content, so that it may be kept for ever.
    pub immutable: bool,
}

/// The static asset of that path; `/favicon.ico` is answered with the icon too, for browsers that
/// ask without having been told. Colours and pictures of a union are not here: see
/// [`tenant_css`] and [`picture_href`].
pub fn find(path: &str) -> Option<Asset> {
    let (media_type, bytes, immutable) = match path {
        p if p == css_href() => ("text/css; charset=utf-8", CSS, true),
        p if p == js_href() => ("text/javascript; charset=utf-8", JS, true),
        p if p == passkey_js_href() => ("text/javascript; charset=utf-8", PASSKEY_JS, true),
        p if p == mail_js_href() => ("text/javascript; charset=utf-8", MAIL_JS, true),
        p if p == favicon_href() => ("image/svg+xml", FAVICON, true),
        "/favicon.ico" | "/favicon.svg" => ("image/svg+xml", FAVICON, false),
        _ => return None,
    };
    Some(Asset { media_type, bytes: Cow::Borrowed(bytes), immutable })
}

/// The union's colours as custom properties (D23); everything else is in `portal.css`.
pub fn tenant_css(tenant: &Tenant) -> String {
    let (light, dark) = (&tenant.brand.primary, &tenant.brand.primary_dark);
    let (tint, deep) = (mixed(light, 255, 8), mixed(light, 0, 76));
    let (tint_dark, deep_dark) = (mixed(dark, 26, 14), mixed(dark, 255, 76));
    format!(
        ":root{{--brand:{light};--brand-deep:{deep};--brand-tint:{tint};\
         --brand-dark:{dark};--brand-dark-deep:{deep_dark};--brand-dark-tint:{tint_dark}}}\n"
    )
}

/// Address of [`tenant_css`].
pub fn tenant_css_href(tenant: &Tenant) -> String {
    format!("/assets/t/{}.css", hash16(tenant_css(tenant).as_bytes()))
}

/// Address of a union's logo or favicon.
pub fn picture_href(picture: &Picture) -> String {
    let ending = if picture.media_type == "image/png" { "png" } else { "svg" };
    format!("/assets/t/{}.{ending}", picture.hash)
}

/// The answer to an asset's address under this union's host: ours, or the union's own colours and pictures.
pub fn answer(tenant: &Tenant, path: &str) -> Option<Response> {
    if let Some(response) = shared(path) {
        return Some(response);
    }
    if path == tenant_css_href(tenant) {
        let css = tenant_css(tenant).into_bytes();
        return Some(respond("text/css; charset=utf-8", Cow::Owned(css), true));
    }
    let pictures = [tenant.brand.logo.as_ref(), tenant.brand.favicon.as_ref()];
    let picture = pictures.into_iter().flatten().find(|picture| picture_href(picture) == path)?;
    let mut response = respond(picture.media_type, Cow::Owned(picture.bytes.clone()), true);
    // A picture opened by itself is a document: it may do nothing at all.
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    Some(response)
}

/// The answer to the address of style, script or icon: the same at every host.
pub fn shared(path: &str) -> Option<Response> {
    find(path).map(|asset| respond(asset.media_type, asset.bytes, asset.immutable))
}

fn respond(media_type: &'static str, bytes: Cow<'static, [u8]>, immutable: bool) -> Response {
    let cache = if immutable { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, bytes.into_owned()).into_response()
}

/// `percent` of the colour on a grey of that lightness. A text that is no colour stays as it is.
fn mixed(colour: &str, ground: u8, percent: u32) -> String {
    let channels =
        colour.strip_prefix('#').and_then(|hex| HEXLOWER.decode(hex.to_ascii_lowercase().as_bytes()).ok());
    let Some(channels) = channels.filter(|c| c.len() == 3) else { return colour.to_owned() };
    let blend = |c: &u8| ((u32::from(*c) * percent + u32::from(ground) * (100 - percent)) / 100).min(255);
    channels.iter().map(blend).fold(String::from("#"), |text, c| format!("{text}{c:02x}"))
}

fn hash16(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes)).chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_leads_to_its_content() {
        for href in [css_href(), js_href(), passkey_js_href(), mail_js_href(), favicon_href()] {
            assert!(find(href).is_some_and(|a| a.immutable && !a.bytes.is_empty()), "{href}");
        }
        assert!(find("/assets/portal.css").is_none());
    }

    #[test]
    fn colours_are_mixed_with_white_and_black() {
        assert_eq!(mixed("#00529b", 255, 8), "#eaf1f7");
        assert_eq!(mixed("#00529b", 0, 50), "#00294d");
        assert_eq!(mixed("red", 0, 50), "red");
    }
}
