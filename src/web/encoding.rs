//! Encoding: what of gzip and Brotli a browser takes (`Accept-Encoding`; RFC 9110, 12.5.3), and which answers are packed.

use axum::http::{HeaderMap, Response, header};
use tower_http::compression::{CompressionLayer, predicate::Predicate};

use super::visitor::thousandths;

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
        let weight = |wanted: &str| {
            let lines = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
            let ranges = lines.flat_map(|line| line.split(',')).filter_map(name_and_weight);
            let mut any = 0;
            for (name, weight) in ranges {
                if name.eq_ignore_ascii_case(wanted) {
                    return weight;
                }
                if name == "*" {
                    any = weight;
                }
            }
            any
        };
        let (brotli, gzip) = (weight("br"), weight("gzip"));
        match (brotli, gzip) {
            (0, 0) => Self::Plain,
            _ if brotli >= gzip => Self::Brotli,
            _ => Self::Gzip,
        }
    }
}

/// Marks an answer that shows nothing of one person ([`super::page::personal`]).
#[derive(Debug, Clone, Copy)]
pub struct ForEverybody;

/// Packs only what is marked as being for everybody: an answer that nobody thought about travels as it is.
#[derive(Debug, Clone, Copy)]
pub struct OnlyForEverybody;

impl Predicate for OnlyForEverybody {
    fn should_compress<B: axum::body::HttpBody>(&self, response: &Response<B>) -> bool {
        response.extensions().get::<ForEverybody>().is_some()
    }
}

/// Packs pages that are the same for everybody, with gzip: Brotli wants megabytes of memory for each answer.
pub fn of_pages() -> CompressionLayer<OnlyForEverybody> {
    CompressionLayer::new().compress_when(OnlyForEverybody)
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
        for (text, wish) in [
            ("gzip, deflate, br, zstd", Brotli),
            ("gzip, deflate", Gzip),
            ("GZIP", Gzip),
            ("br;q=0.5, gzip", Gzip),
            ("br;q=0, gzip;q=0.001", Gzip),
            ("br ; q=1.0 , gzip;q=1", Brotli),
            ("*", Brotli),
            ("*;q=0", Plain),
            ("br;q=0, *", Gzip),
            ("identity", Plain),
            ("gzip;q=0", Plain),
            ("gzip;q=7", Plain),
            ("zstd", Plain),
            ("", Plain),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, text.parse().unwrap());
            assert_eq!(Encoding::wished(&headers), wish, "{text}");
        }
        assert_eq!(Encoding::wished(&HeaderMap::new()), Plain);
    }
}
