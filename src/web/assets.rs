//! Assets: style, script and icon of every page, and each union's colours.
//!
//! Addresses carry the first 16 hex digits of the SHA-256 of the content, so that an answer may be
//! kept for ever and a new build is a new address. While nodes are replaced, a page of one build asks a node of another
//! for its style sheet: that one answers with its own, not to be kept (D43). Routes are elsewhere; here is what they answer.
//! The shared files are compressed while the program is built (`templates/build.rs`).

use std::sync::OnceLock;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

#[cfg(test)]
#[path = "../../templates/lean.rs"]
mod lean;

use super::encoding::Encoding;
use crate::domain::route::Route;

/// A file that is the same for every union.
#[derive(Debug)]
pub struct SharedAsset {
    name: &'static str,
    ending: &'static str,
    media_type: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
    hash: OnceLock<String>,
    href: OnceLock<String>,
}

/// A shared file, as the build made it of `templates/assets/`.
macro_rules! shared_file {
    ($name:literal, $ending:literal, $media_type:literal) => {
        SharedAsset {
            name: $name,
            ending: $ending,
            media_type: $media_type,
            plain: include_bytes!(concat!(env!("OUT_DIR"), "/assets/", $name, ".", $ending)),
            brotli: include_bytes!(concat!(env!("OUT_DIR"), "/assets/", $name, ".", $ending, ".br")),
            gzip: include_bytes!(concat!(env!("OUT_DIR"), "/assets/", $name, ".", $ending, ".gz")),
            hash: OnceLock::new(),
            href: OnceLock::new(),
        }
    };
}

/// The style sheet of every page.
pub static CSS: SharedAsset = shared_file!("portal", "css", "text/css; charset=utf-8");
/// What pages behind the login need beside it.
pub static ACCOUNT_CSS: SharedAsset = shared_file!("account", "css", "text/css; charset=utf-8");
/// What pages that choose a method, set a password or set up an app need beside it.
pub static WAY_IN_CSS: SharedAsset = shared_file!("way_in", "css", "text/css; charset=utf-8");
/// What the guide needs beside it.
pub static HELP_CSS: SharedAsset = shared_file!("help", "css", "text/css; charset=utf-8");
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
/// The script of the page that offers methods: whether this device can.
pub static METHOD_JS: SharedAsset = shared_file!("method", "js", "text/javascript; charset=utf-8");
/// The script of a pause, which counts down.
pub static PAUSE_JS: SharedAsset = shared_file!("pause", "js", "text/javascript; charset=utf-8");
/// What pages behind the login need beside it: menu, services, the warning before the session ends.
pub static SESSION_CSS: SharedAsset = shared_file!("session", "css", "text/css; charset=utf-8");
/// The script of pages behind the login, which warns before the session ends.
pub static SESSION_JS: SharedAsset = shared_file!("session", "js", "text/javascript; charset=utf-8");
/// The icon shown where a union has none of its own.
pub static FAVICON: SharedAsset = shared_file!("favicon", "svg", "image/svg+xml");

/// Every shared file.
pub static ALL: [&SharedAsset; 14] = [
    &CSS,
    &ACCOUNT_CSS,
    &WAY_IN_CSS,
    &HELP_CSS,
    &DEMO_CSS,
    &JS,
    &PASSKEY_JS,
    &SIGNAL_JS,
    &MAIL_JS,
    &METHOD_JS,
    &PAUSE_JS,
    &SESSION_CSS,
    &SESSION_JS,
    &FAVICON,
];

impl SharedAsset {
    /// The path it is fetched from, with its digest.
    pub fn href(&self) -> &str {
        self.href.get_or_init(|| format!("{}{}.{}.{}", Route::Assets, self.name, self.hash(), self.ending))
    }

    /// Whether the path is this file's, of this version or of another one.
    fn is_meant_by(&self, path: &str) -> bool {
        let around = self.href().split_once(self.hash());
        let digest = around.and_then(|(before, after)| path.strip_prefix(before)?.strip_suffix(after));
        digest.is_some_and(is_digest)
    }

    /// Its content, which is text.
    pub fn text(&self) -> &'static str {
        std::str::from_utf8(self.plain).unwrap_or_default()
    }

    fn hash(&self) -> &str {
        self.hash.get_or_init(|| hash16(self.plain))
    }

    /// Its content in that encoding.
    fn encoded(&self, encoding: Encoding) -> &'static [u8] {
        match encoding {
            Encoding::Plain => self.plain,
            Encoding::Gzip => self.gzip,
            Encoding::Brotli => self.brotli,
        }
    }
}

/// A shared file under the path it was asked for by.
#[derive(Debug)]
pub struct Asset {
    file: &'static SharedAsset,
    /// The content, as it is without an encoding.
    pub bytes: &'static [u8],
    /// How long browsers may keep it.
    pub cache: AssetCache,
}

/// How long browsers may keep what an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetCache {
    /// The address names the content.
    ForEver,
    /// The address is the same whatever the content is.
    AnHour,
    /// The address names the content of another version.
    Never,
}

impl AssetCache {
    fn header(self) -> &'static str {
        match self {
            Self::ForEver => "public, max-age=31536000, immutable",
            Self::AnHour => "public, max-age=3600",
            Self::Never => "no-store",
        }
    }
}

/// The static asset of that path; `/favicon.ico` is answered with the icon too, for browsers that
/// ask without having been told. Colours and pictures of a union are not here: see
/// [`super::identity`].
pub fn find(path: &str) -> Option<Asset> {
    let is_icon = path == Route::Favicon.pattern() || path == "/favicon.svg";
    let found = |file: &'static SharedAsset| {
        let cache = if file.href() == path { AssetCache::ForEver } else { AssetCache::Never };
        Asset { file, bytes: file.plain, cache }
    };
    let icon = || is_icon.then_some(Asset { cache: AssetCache::AnHour, ..found(&FAVICON) });
    ALL.into_iter().find(|file| file.is_meant_by(path)).map(found).or_else(icon)
}

/// Whether it stands where a content's digest does in an address.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The answer to the address of style, script or icon: the same at every host.
pub fn shared(path: &str, asked: &HeaderMap) -> Option<Response> {
    let Asset { file, cache, .. } = find(path)?;
    let encoding = Encoding::wished(asked);
    // What is hardly a line long may be longer compressed.
    let encoding = if file.encoded(encoding).len() < file.plain.len() { encoding } else { Encoding::Plain };
    let tag = match encoding.name() {
        Some(name) => format!("{}-{name}", file.hash()),
        None => file.hash().to_owned(),
    };
    let sent = Sent { media_type: file.media_type, tag, cache };
    let mut response = sent.answer(asked, || file.encoded(encoding));
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(name) = encoding.name().filter(|_| headers.contains_key(header::CONTENT_TYPE)) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    Some(response)
}

/// What an answer says of its content.
pub(super) struct Sent {
    pub media_type: &'static str,
    /// Names these very bytes: the strong validator (RFC 9110, 8.8.3), without its quotes.
    pub tag: String,
    pub cache: AssetCache,
}

impl Sent {
    /// The content, or 304 to whoever has it.
    pub fn answer<B: Into<axum::body::Bytes>>(
        self,
        asked: &HeaderMap,
        content: impl FnOnce() -> B,
    ) -> Response {
        let tag = format!("\"{}\"", self.tag);
        let mut response = if is_held(asked, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let media_type = HeaderValue::from_static(self.media_type);
            ([(header::CONTENT_TYPE, media_type)], content().into()).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache.header()));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

/// Whether the browser says that it has the content of that tag (`If-None-Match`; RFC 9110, 13.1.2).
pub(super) fn is_held(asked: &HeaderMap, tag: &str) -> bool {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let lines = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|held| held == "*" || held.strip_prefix("W/").unwrap_or(held) == tag)
}

/// `percent` of the colour on a grey of that lightness. A text that is no colour stays as it is.
pub(super) fn mixed(colour: &str, ground: u8, percent: u32) -> String {
    let channels =
        colour.strip_prefix('#').and_then(|hex| HEXLOWER.decode(hex.to_ascii_lowercase().as_bytes()).ok());
    let Some(channels) = channels.filter(|c| c.len() == 3) else { return colour.to_owned() };
    let blend = |c: &u8| ((u32::from(*c) * percent + u32::from(ground) * (100 - percent)) / 100).min(255);
    channels.iter().map(blend).fold(String::from("#"), |text, c| format!("{text}{c:02x}"))
}

/// The digest of a content as it stands in addresses.
pub(super) fn hash16(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes)).chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn every_address_leads_to_its_content() {
        for href in ALL.map(SharedAsset::href) {
            let is_whole = |a: Asset| a.cache == AssetCache::ForEver && !a.bytes.is_empty();
            assert!(find(href).is_some_and(is_whole), "{href}");
        }
        assert!(find("/assets/portal.css").is_none());
    }

    #[test]
    fn a_page_of_another_version_gets_a_file_that_it_may_not_keep() {
        for file in ALL {
            let of_before = file.href().replace(file.hash(), "0123456789abcdef");
            let found = find(&of_before).unwrap();
            assert_eq!((found.bytes, found.cache), (file.plain, AssetCache::Never), "{of_before}");
            for none in ["0123456789abcde", "0123456789ABCDEF", "0123456789abcdeg", "../../../../etc"] {
                assert!(find(&file.href().replace(file.hash(), none)).is_none(), "{none}");
            }
        }
        assert!(find("/assets/none.0123456789abcdef.css").is_none());
        let sent = shared(&CSS.href().replace(CSS.hash(), "0123456789abcdef"), &HeaderMap::new()).unwrap();
        assert_eq!(sent.headers()[header::CACHE_CONTROL], "no-store");
    }

    #[test]
    fn scripts_are_sent_without_what_only_explains() {
        assert_eq!(lean::lean("// Why.\nif (a) {\n  b(); // so\n\n}\n"), "if (a) {\nb(); // so\n}\n");
        for file in ALL.into_iter().filter(|file| file.ending == "js") {
            let written = format!("{}/templates/assets/{}.js", env!("CARGO_MANIFEST_DIR"), file.name);
            let script = std::fs::read_to_string(written).unwrap();
            assert!(
                script.lines().all(|line| line.matches('`').count() % 2 == 0),
                "{}: a text of several lines",
                file.name
            );
            let is_closed = |line: &str| line.matches("/*").count() == line.matches("*/").count();
            assert!(script.lines().all(is_closed), "{}: a comment of several lines", file.name);
            assert!(file.plain.len() < script.len(), "{}", file.name);
            assert_eq!(file.plain, lean::lean(&script).as_bytes(), "{}", file.name);
        }
    }

    #[test]
    fn sheets_are_sent_without_what_only_explains() {
        let sheet = "/* Why. */\n/* Copyright X */\na, b:hover {\n  margin: 0 calc(50% - 1rem);\n\n  color: red;\n}\n\n@media (x: 1px) {\n  a { top: 0; }\n}\n";
        assert_eq!(
            lean::lean_sheet(sheet),
            "/* Copyright X */ a,b:hover{margin:0 calc(50% - 1rem);color:red}@media (x:1px){a{top:0}}\n"
        );
        for file in ALL.into_iter().filter(|file| file.ending == "css") {
            let written = format!("{}/templates/assets/{}.css", env!("CARGO_MANIFEST_DIR"), file.name);
            let sheet = std::fs::read_to_string(written).unwrap();
            let texts = sheet.split('"').skip(1).step_by(2);
            let is_in_sheet = |text: &str| !text.contains([':', ';', ',', '{', '}']);
            assert!(texts.clone().all(is_in_sheet), "{}: a text that would be made lean, too", file.name);
            assert_eq!(file.plain, lean::lean_sheet(&sheet).as_bytes(), "{}", file.name);
        }
    }

    #[test]
    fn every_encoding_holds_the_same_content_on_fewer_bytes() {
        for file in ALL {
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(file.gzip).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, file.plain, "{}", file.name);
            let mut unpacked = Vec::new();
            brotli::BrotliDecompress(&mut &*file.brotli, &mut unpacked).unwrap();
            assert_eq!(unpacked, file.plain, "{}", file.name);
            assert!(file.brotli.len() < file.plain.len(), "{}", file.name);
        }
        let portal = [CSS.plain.len(), CSS.gzip.len(), CSS.brotli.len()];
        assert!(portal[2] < portal[1] && 3 * portal[1] < portal[0], "{portal:?}");
    }

    #[test]
    fn whoever_has_it_is_told_so() {
        let held = |value: &'static str| {
            is_held(
                &HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))]),
                "\"a1\"",
            )
        };
        assert!(held("\"a1\"") && held("\"b2\", \"a1\"") && held("W/\"a1\"") && held("*"));
        assert!(!held("\"b2\"") && !held("a1") && !held("") && !held("\"a1-br\""));
    }

    #[test]
    fn colours_are_mixed_with_white_and_black() {
        assert_eq!(mixed("#00529b", 255, 8), "#eaf1f7");
        assert_eq!(mixed("#00529b", 0, 50), "#00294d");
        assert_eq!(mixed("red", 0, 50), "red");
    }
}
