//! Assets: style, script and icon of every page, and each union's colours.
//!
//! Addresses carry the first 16 hex digits of the SHA-256 of the content, so that an answer may be
//! kept for ever and a new build is a new address. Routes are elsewhere; here is what they answer.

use std::{borrow::Cow, sync::OnceLock};

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::domain::{
    route::Route,
    tenant::{Picture, Tenant},
};

/// A file that is the same for every union.
#[derive(Debug)]
pub struct SharedAsset {
    name: &'static str,
    ending: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
    sent: OnceLock<Vec<u8>>,
    href: OnceLock<String>,
}

/// A shared file, included from `templates/assets/`.
macro_rules! shared_file {
    ($name:literal, $ending:literal, $media_type:literal) => {
        SharedAsset {
            name: $name,
            ending: $ending,
            media_type: $media_type,
            bytes: include_bytes!(concat!("../../templates/assets/", $name, ".", $ending)),
            sent: OnceLock::new(),
            href: OnceLock::new(),
        }
    };
}

/// The style sheet of every page.
pub static CSS: SharedAsset = shared_file!("portal", "css", "text/css; charset=utf-8");
/// What pages behind the login need beside it.
pub static ACCOUNT_CSS: SharedAsset = shared_file!("account", "css", "text/css; charset=utf-8");
/// What the demo's own page needs beside it.
pub static DEMO_CSS: SharedAsset = shared_file!("demo", "css", "text/css; charset=utf-8");
/// The script of every page (an ES module, like the others).
pub static JS: SharedAsset = shared_file!("portal", "js", "text/javascript; charset=utf-8");
/// The script of pages that ask for a passkey.
pub static PASSKEY_JS: SharedAsset = shared_file!("passkey", "js", "text/javascript; charset=utf-8");
/// The script of pages that tell the browser which passkeys there are.
pub static SIGNAL_JS: SharedAsset = shared_file!("signal", "js", "text/javascript; charset=utf-8");
/// The script of pages that wait for a mail.
pub static MAIL_JS: SharedAsset = shared_file!("mail", "js", "text/javascript; charset=utf-8");
/// The warning before the session ends, on pages behind the login.
pub static SESSION_CSS: SharedAsset = shared_file!("session", "css", "text/css; charset=utf-8");
/// The script of pages behind the login, which warns before the session ends.
pub static SESSION_JS: SharedAsset = shared_file!("session", "js", "text/javascript; charset=utf-8");
/// The icon shown where a union has none of its own.
pub static FAVICON: SharedAsset = shared_file!("favicon", "svg", "image/svg+xml");

/// Every shared file.
pub static ALL: [&SharedAsset; 10] = [
    &CSS,
    &ACCOUNT_CSS,
    &DEMO_CSS,
    &JS,
    &PASSKEY_JS,
    &SIGNAL_JS,
    &MAIL_JS,
    &SESSION_CSS,
    &SESSION_JS,
    &FAVICON,
];

impl SharedAsset {
    /// The path it is fetched from, with its digest.
    pub fn href(&self) -> &str {
        self.href
            .get_or_init(|| format!("{}{}.{}.{}", Route::Assets, self.name, hash16(self.sent()), self.ending))
    }

    /// Its content as it is sent: scripts without the lines that only explain, and without indentation.
    fn sent(&self) -> &[u8] {
        self.sent.get_or_init(|| match self.ending {
            "js" => lean(&String::from_utf8_lossy(self.bytes)).into_bytes(),
            _ => self.bytes.to_vec(),
        })
    }
}

/// A file as it goes over the wire.
#[derive(Debug)]
pub struct Asset {
    /// The value of `Content-Type`.
    pub media_type: &'static str,
    /// The bytes of the file.
    pub bytes: Cow<'static, [u8]>,
    /// Whether the address names the content, so that it may be kept for ever.
    pub immutable: bool,
}

/// The static asset of that path; `/favicon.ico` is answered with the icon too, for browsers that
/// ask without having been told. Colours and pictures of a union are not here: see
/// [`tenant_css`] and [`picture_href`].
pub fn find(path: &str) -> Option<Asset> {
    let by_name = ALL.into_iter().find(|file| file.href() == path);
    let is_icon = path == Route::Favicon.pattern() || path == "/favicon.svg";
    let file = by_name.or_else(|| is_icon.then_some(&FAVICON))?;
    Some(Asset {
        media_type: file.media_type,
        bytes: Cow::Borrowed(file.sent()),
        immutable: by_name.is_some(),
    })
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

/// The path [`tenant_css`] is fetched from.
pub fn tenant_css_href(tenant: &Tenant) -> String {
    format!("{}t/{}.css", Route::Assets, hash16(tenant_css(tenant).as_bytes()))
}

/// Address of a union's logo or favicon.
pub fn picture_href(picture: &Picture) -> String {
    let ending = if picture.media_type == "image/png" { "png" } else { "svg" };
    format!("{}t/{}.{ending}", Route::Assets, picture.hash)
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

/// A script on fewer bytes. None of ours has a text over several lines.
fn lean(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.fold(String::with_capacity(script.len()), |text, line| text + line + "\n")
}

fn hash16(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes)).chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_leads_to_its_content() {
        for href in ALL.map(SharedAsset::href) {
            assert!(find(href).is_some_and(|a| a.immutable && !a.bytes.is_empty()), "{href}");
        }
        assert!(find("/assets/portal.css").is_none());
    }

    #[test]
    fn scripts_are_sent_without_what_only_explains() {
        assert_eq!(lean("// Why.\nif (a) {\n  b(); // so\n\n}\n"), "if (a) {\nb(); // so\n}\n");
        for file in ALL.into_iter().filter(|file| file.ending == "js") {
            let script = std::str::from_utf8(file.bytes).unwrap();
            assert!(
                script.lines().all(|line| line.matches('`').count() % 2 == 0),
                "{}: a text of several lines",
                file.name
            );
            let is_closed = |line: &str| line.matches("/*").count() == line.matches("*/").count();
            assert!(script.lines().all(is_closed), "{}: a comment of several lines", file.name);
            assert!(file.sent().len() < file.bytes.len(), "{}", file.name);
        }
    }

    #[test]
    fn colours_are_mixed_with_white_and_black() {
        assert_eq!(mixed("#00529b", 255, 8), "#eaf1f7");
        assert_eq!(mixed("#00529b", 0, 50), "#00294d");
        assert_eq!(mixed("red", 0, 50), "red");
    }
}
