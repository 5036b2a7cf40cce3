//! Encoding: what of gzip and Brotli a browser takes (`Accept-Encoding`; RFC 9110, 12.5.3), and which answers are packed.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use tower::util::MapRequestLayer;
use tower_http::compression::{CompressionLayer, predicate::Predicate};

use super::weight::thousandths;

/// How a content is packed for the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
}

impl Encoding {
    /// The name in headers; none of what is as it is.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// The one a request prefers; of two with the same weight the shorter one. Without a wish, and where a browser refuses
    /// everything, as it is.
    pub fn wished(asked: &HeaderMap) -> Self {
        match (weight(asked, "br"), weight(asked, "gzip")) {
            (0, 0) => Self::Plain,
            (brotli, gzip) if brotli >= gzip => Self::Brotli,
            _ => Self::Gzip,
        }
    }
}

/// Marks an answer that shows nothing of one person ([`super::page::personal`]).
#[derive(Debug, Clone, Copy)]
pub struct ForEverybody;

/// Packs only what is marked as being for everybody: an answer that nobody thought about travels as it is. An answer without
/// content stays empty.
#[derive(Debug, Clone, Copy)]
pub struct OnlyForEverybody;

impl Predicate for OnlyForEverybody {
    fn should_compress<B: axum::body::HttpBody>(&self, response: &Response<B>) -> bool {
        let is_sent = response.status() != StatusCode::NOT_MODIFIED;
        is_sent && response.extensions().get::<ForEverybody>().is_some()
    }
}

/// Rewrites what a request wishes.
type WishesLayer = MapRequestLayer<fn(Request) -> Request>;

/// Packs pages that are the same for everybody, with gzip: Brotli wants megabytes of memory for each answer.
///
/// Where a browser refuses everything, tower-http makes a 406 of whatever was answered, of a form that was taken too. So
/// it sees only wishes that can be met.
pub fn of_pages() -> (WishesLayer, CompressionLayer<OnlyForEverybody>) {
    (MapRequestLayer::new(with_wishes_to_meet), CompressionLayer::new().compress_when(OnlyForEverybody))
}

/// The request, with what can be met of its wish; [`Encoding::wished`] says the same of it as before.
fn with_wishes_to_meet(mut request: Request) -> Request {
    let headers = request.headers_mut();
    if !headers.contains_key(header::ACCEPT_ENCODING) {
        return request;
    }
    let to_meet = match Encoding::wished(headers) {
        Encoding::Brotli if weight(headers, "gzip") > 0 => Some("br, gzip"),
        encoding => encoding.name(),
    };
    match to_meet {
        Some(codings) => drop(headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(codings))),
        None => drop(headers.remove(header::ACCEPT_ENCODING)),
    }
    request
}

/// A coding's weight in a request, in thousandths; none where it is not asked for.
fn weight(asked: &HeaderMap, wanted: &str) -> u16 {
    let lines = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let mut any = 0;
    for (name, weight) in lines.flat_map(|line| line.split(',')).filter_map(name_and_weight) {
        if name.eq_ignore_ascii_case(wanted) {
            return weight;
        }
        if name == "*" {
            any = weight;
        }
    }
    any
}

/// A coding's name and its weight in thousandths; `None` where the weight is none.
fn name_and_weight(range: &str) -> Option<(&str, u16)> {
    let (name, rest) = range.split_once(';').unwrap_or((range, ""));
    let weight = match rest.trim().split_once('=') {
        Some((q, value)) if q.trim().eq_ignore_ascii_case("q") => thousandths(value.trim())?,
        _ => 1000,
    };
    Some((name.trim(), weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_encoding_goes_and_nought_means_not() {
        use Encoding::{Brotli, Gzip, Plain};
        for (text, wish, to_meet) in [
            ("gzip, deflate, br, zstd", Brotli, "br, gzip"),
            ("gzip, deflate", Gzip, "gzip"),
            ("GZIP", Gzip, "gzip"),
            ("br;q=0.5, gzip", Gzip, "gzip"),
            ("br;q=0, gzip;q=0.001", Gzip, "gzip"),
            ("br ; q=1.0 , gzip;q=1", Brotli, "br, gzip"),
            ("br, gzip;q=0", Brotli, "br"),
            ("br, identity;q=0", Brotli, "br"),
            ("*", Brotli, "br, gzip"),
            ("*;q=0", Plain, ""),
            ("identity;q=0", Plain, ""),
            ("br;q=0, *", Gzip, "gzip"),
            ("identity", Plain, ""),
            ("gzip;q=0", Plain, ""),
            ("gzip;q=7", Plain, ""),
            ("zstd", Plain, ""),
            ("", Plain, ""),
        ] {
            let mut request = Request::default();
            request.headers_mut().insert(header::ACCEPT_ENCODING, text.parse().unwrap());
            assert_eq!(Encoding::wished(request.headers()), wish, "{text}");
            let request = with_wishes_to_meet(request);
            let shown = request.headers().get(header::ACCEPT_ENCODING);
            assert_eq!(shown.map_or("", |shown| shown.to_str().unwrap()), to_meet, "{text}");
            assert_eq!(Encoding::wished(request.headers()), wish, "{text}");
        }
        assert_eq!(Encoding::wished(&HeaderMap::new()), Plain);
    }
}
