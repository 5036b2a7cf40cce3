//! Identity: what shows a union beside its pages: in tabs, on home screens, where an address is passed on.
//!
//! # Decision
//! A union that gives no icons has the shared mark, a heart, on its own colour. It is an SVG for tabs and is drawn to a PNG
//! for home screens, which take no SVG; its edge is worked out once, and a union's colour is only the palette.
//! # Because
//! A member with two unions' pages open tells them apart by the tab, and a logo with a name in it cannot be read at 16 pixels.
//! # Instead of
//! A library that draws SVG (twenty crates for one icon), or one blue heart for everybody.

use std::{io::Cursor, sync::LazyLock};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use serde_json::json;

use super::assets::{self, AssetCache, Sent, hash16, is_digest, mixed, shared};
use crate::domain::{
    route::Route,
    tenant::{Language, Picture, Tenant},
};

/// A file that one union has, under its hosts only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnionFile {
    /// Its colours.
    Colours,
    /// Its logo.
    Logo,
    /// The icon of its tabs, where its file gives one.
    Favicon,
    /// The shared mark on its colour.
    Mark,
    /// The icon of home screens.
    TouchIcon,
    /// The photograph of the entrance.
    Hero,
    /// What browsers ask when a page is kept on a home screen (W3C Web Application Manifest), in that language.
    Manifest(Language),
}

impl UnionFile {
    /// Every file a union may have.
    pub const ALL: [Self; 8] = [
        Self::Colours,
        Self::Logo,
        Self::Favicon,
        Self::Mark,
        Self::TouchIcon,
        Self::Hero,
        Self::Manifest(Language::Ja),
        Self::Manifest(Language::En),
    ];

    /// The address under which this union has it; `None` where it has none. It carries a digest of what the content is made of.
    pub fn href(self, tenant: &Tenant) -> Option<String> {
        let brand = &tenant.brand;
        let at = |hash: &str, ending: &str| Some(format!("{}t/{hash}.{ending}", Route::Assets));
        match self {
            Self::Colours => Some(tenant_css_href(tenant)),
            Self::Logo => brand.logo.as_ref().map(picture_href),
            Self::Favicon => brand.favicon.as_ref().map(picture_href),
            Self::Hero => brand.hero.as_ref().map(picture_href),
            Self::Mark => at(&hash16(mark(tenant).as_bytes()), "svg"),
            Self::TouchIcon => match brand.touch_icon.as_ref() {
                Some(given) => Some(picture_href(given)),
                None => at(&hash16(&[brand.primary.as_bytes(), &HEART[..]].concat()), "png"),
            },
            Self::Manifest(language) => at(&hash16(&manifest(tenant, language)), "webmanifest"),
        }
    }

    /// How it is named in HTTP, and its bytes.
    pub fn content(self, tenant: &Tenant) -> Option<(&'static str, Bytes)> {
        let brand = &tenant.brand;
        let given = |picture: &Picture| (picture.media_type, Bytes::from(picture.bytes.clone()));
        Some(match self {
            Self::Colours => ("text/css; charset=utf-8", tenant_css(tenant).into()),
            Self::Logo => given(brand.logo.as_ref()?),
            Self::Favicon => given(brand.favicon.as_ref()?),
            Self::Hero => given(brand.hero.as_ref()?),
            Self::Mark => ("image/svg+xml", mark(tenant).into()),
            Self::TouchIcon => match brand.touch_icon.as_ref() {
                Some(picture) => given(picture),
                None => ("image/png", drawn(&brand.primary)?.into()),
            },
            Self::Manifest(language) => ("application/manifest+json", manifest(tenant, language).into()),
        })
    }

    /// What stands in the union's tabs: its icon, else its logo where that is about as wide as high, else the mark.
    pub fn of_tab(tenant: &Tenant) -> Self {
        let is_square = |picture: &Picture| {
            picture.size.is_some_and(|(width, height)| width * 4 <= height * 5 && height * 4 <= width * 5)
        };
        match (&tenant.brand.favicon, &tenant.brand.logo) {
            (Some(_), _) => Self::Favicon,
            (None, Some(logo)) if is_square(logo) => Self::Logo,
            _ => Self::Mark,
        }
    }
}

/// The mark on the union's colour.
fn mark(tenant: &Tenant) -> String {
    assets::FAVICON.text().replace(MARK_COLOUR, &tenant.brand.primary)
}

/// The colour of the shared mark in its file.
const MARK_COLOUR: &str = "#00529b";

/// What a browser keeps with a page on a home screen. It opens in the browser, where the address can be seen.
fn manifest(tenant: &Tenant, language: Language) -> Vec<u8> {
    let name = tenant.name_in(language);
    let tab = UnionFile::of_tab(tenant);
    let icon = |file: UnionFile, sizes: &str, purpose: &str| {
        let kind = file.href(tenant).map(|href| media_type(&href));
        json!({ "src": file.href(tenant), "sizes": sizes, "type": kind, "purpose": purpose })
    };
    let side = tenant.brand.touch_icon.as_ref().and_then(|given| given.size).map_or(SIDE, |(width, _)| width);
    json!({
        "id": Route::Top.to_string(),
        "name": name.text,
        "short_name": tenant.short_name_in(language).text,
        "lang": name.language.as_str(),
        "start_url": Route::Top.to_string(),
        "scope": Route::Top.to_string(),
        "display": "browser",
        "theme_color": tenant.brand.primary,
        "background_color": "#ffffff",
        "icons": [
            icon(UnionFile::TouchIcon, &format!("{side}x{side}"), "any"),
            icon(tab, "any", "any"),
        ],
    })
    .to_string()
    .into_bytes()
}

fn media_type(href: &str) -> &'static str {
    match href.rsplit_once('.') {
        Some((_, "svg")) => "image/svg+xml",
        _ => "image/png",
    }
}

/// Pixels of a side of the icon for home screens: what Android wants, and more than iPhones do.
const SIDE: u32 = 192;
/// Units of a side of the mark in its file.
const UNITS: f32 = 32.0;
/// Steps from the ground to the heart: what four bits hold.
const STEPS: u32 = 15;

/// How much of each pixel is heart, two pixels in a byte.
static HEART: LazyLock<Vec<u8>> = LazyLock::new(|| {
    // Sixteen points of each pixel are asked.
    const POINTS: u32 = 4;
    #[expect(clippy::cast_precision_loss, reason = "numbers below a thousand")]
    let unit = |at: u32| (at as f32 + 0.5) / (SIDE * POINTS) as f32 * UNITS;
    let covered = |x: u32, y: u32| {
        let points = (0..POINTS).flat_map(|j| (0..POINTS).map(move |i| (x * POINTS + i, y * POINTS + j)));
        let inside = points.filter(|(i, j)| is_heart(unit(*i), unit(*j))).count();
        u8::try_from(u32::try_from(inside).unwrap_or(0) * STEPS / (POINTS * POINTS)).unwrap_or(0)
    };
    let pairs = (0..SIDE).flat_map(|y| (0..SIDE).step_by(2).map(move |x| (x, y)));
    pairs.map(|(x, y)| covered(x, y) << 4 | covered(x + 1, y)).collect()
});

/// Whether a point, in the units of the mark, lies in its heart: two half circles on a square that stands on its corner.
fn is_heart(x: f32, y: f32) -> bool {
    let aside = (x - 16.0).abs();
    let is_round = (aside - 4.65).powi(2) + (y - 13.25).powi(2) <= 5.3_f32.powi(2);
    let is_square = if y < 17.0 { aside + 17.0 - y <= 8.4 } else { aside / 8.4 + (y - 17.0) / 8.5 <= 1.0 };
    is_round || (is_square && y >= 10.4 - aside)
}

/// The mark on that colour as a PNG, to the edge: home screens cut the corners themselves.
fn drawn(colour: &str) -> Option<Vec<u8>> {
    let ground = channels(colour)?;
    let palette: Vec<u8> = (0..=STEPS)
        .flat_map(|step| {
            ground.map(|c| u8::try_from((u32::from(c) * (STEPS - step) + 255 * step) / STEPS).unwrap_or(255))
        })
        .collect();
    let mut out = Cursor::new(Vec::new());
    let mut encoder = png::Encoder::new(&mut out, SIDE, SIDE);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Four);
    encoder.set_palette(palette);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&HEART).ok()?;
    writer.finish().ok()?;
    Some(out.into_inner())
}

fn channels(colour: &str) -> Option<[u8; 3]> {
    let hex = colour.strip_prefix('#')?;
    data_encoding::HEXLOWER.decode(hex.to_ascii_lowercase().as_bytes()).ok()?.try_into().ok()
}

/// The union's colours as custom properties (D23), and its photograph; everything else is in `portal.css`.
pub fn tenant_css(tenant: &Tenant) -> String {
    let (light, dark) = (&tenant.brand.primary, &tenant.brand.primary_dark);
    let (tint, deep) = (mixed(light, 255, 8), mixed(light, 0, 76));
    let (tint_dark, deep_dark) = (mixed(dark, 26, 14), mixed(dark, 255, 76));
    format!(
        ":root{{--brand:{light};--brand-deep:{deep};--brand-tint:{tint};\
         --brand-dark:{dark};--brand-dark-deep:{deep_dark};--brand-dark-tint:{tint_dark}}}\n{}",
        hero_css(tenant)
    )
}

/// The path [`tenant_css`] is fetched from.
pub fn tenant_css_href(tenant: &Tenant) -> String {
    format!("{}t/{}.css", Route::Assets, hash16(tenant_css(tenant).as_bytes()))
}

/// Address of a picture that a union gives.
pub fn picture_href(picture: &Picture) -> String {
    let ending = match picture.media_type {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        _ => "svg",
    };
    format!("{}t/{}.{ending}", Route::Assets, picture.hash)
}

/// The answer to an asset's address under this union's host: ours, or the union's own. `asked`: the request's headers.
pub fn answer(tenant: &Tenant, path: &str, asked: &HeaderMap) -> Option<Response> {
    // Browsers ask for it without having been told.
    let is_icon = path == Route::Favicon.pattern();
    if !is_icon && let Some(response) = shared(path, asked) {
        return Some(response);
    }
    let colours =
        path.strip_prefix(&format!("{}t/", Route::Assets)).and_then(|rest| rest.strip_suffix(".css"));
    if let Some(digest) = colours.filter(|digest| is_digest(digest)) {
        let css = tenant_css(tenant).into_bytes();
        let tag = hash16(&css);
        let cache = if tag == digest { AssetCache::ForEver } else { AssetCache::Never };
        let sent = Sent { media_type: "text/css; charset=utf-8", tag, cache };
        return Some(sent.answer(asked, || css));
    }
    let file = if is_icon {
        UnionFile::of_tab(tenant)
    } else {
        UnionFile::ALL.into_iter().find(|file| file.href(tenant).as_deref() == Some(path))?
    };
    let (media_type, bytes) = file.content(tenant)?;
    let cache = if is_icon { AssetCache::AnHour } else { AssetCache::ForEver };
    let sent = Sent { media_type, tag: hash16(&bytes), cache };
    let mut response = sent.answer(asked, || bytes);
    if media_type.starts_with("image/") {
        // A picture opened by itself is a document: it may do nothing at all.
        response.headers_mut().insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        );
    }
    Some(response)
}

/// How the photograph stands in the entrance: at its right edge, running out into the union's colour, behind no word. For the
/// sheet of the union's colours; phones do not load it.
fn hero_css(tenant: &Tenant) -> String {
    let Some(picture) = tenant.brand.hero.as_ref() else { return String::new() };
    // Beside the sheet, wherever both lie.
    let href = picture_href(picture);
    let (colour, file) = (&tenant.brand.primary, href.rsplit('/').next().unwrap_or_default());
    format!(
        "@media screen and (min-width:60rem){{.top .hero{{position:relative}}.top .hero>div>*{{max-width:58%}}\
         .top .hero::after{{content:\"\";position:absolute;inset:0 0 0 auto;width:40%;\
         background:linear-gradient(90deg,{colour},{colour}00 35%),url({file}) center/cover}}}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heart_lies_in_the_middle_on_the_union_s_colour() {
        let png = drawn("#8a3b00").unwrap();
        let mut decoder = png::Decoder::new(Cursor::new(&png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (SIDE, SIDE));
        let pixel = |x: u32, y: u32| {
            let at = 3 * usize::try_from(y * SIDE + x).unwrap();
            <[u8; 3]>::try_from(&pixels[at..at + 3]).unwrap()
        };
        let at = |x: f32, y: f32| {
            let pixel_of = |unit: f32| {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 192")]
                let whole = (unit * 6.0) as u32;
                whole
            };
            pixel(pixel_of(x), pixel_of(y))
        };
        let (ground, white) = ([0x8a, 0x3b, 0x00], [255; 3]);
        for (x, y) in [(0.0, 0.0), (31.5, 31.5), (16.0, 8.5), (16.0, 27.0), (5.5, 13.0), (8.0, 21.0)] {
            assert_eq!(at(x, y), ground, "{x}, {y}");
        }
        for (x, y) in [(16.0, 12.0), (16.0, 24.0), (11.0, 9.0), (21.0, 9.0), (7.5, 13.0), (16.0, 17.0)] {
            assert_eq!(at(x, y), white, "{x}, {y}");
        }
        // Alike on both sides.
        for y in 0..SIDE {
            for x in 0..SIDE {
                assert_eq!(pixel(x, y), pixel(SIDE - 1 - x, y));
            }
        }
        assert!(png.len() < 3 * 1024, "{} bytes", png.len());
        assert_eq!(drawn("red"), None);
    }

    #[test]
    fn the_file_of_the_mark_has_the_colour_that_is_replaced() {
        assert_eq!(assets::FAVICON.text().matches(MARK_COLOUR).count(), 1);
    }
}
