//! Picture: what a file says of itself: its kind and its measures. Nothing is drawn here.

/// What a picture may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PictureKind {
    Svg,
    Png,
    Jpeg,
}

impl PictureKind {
    /// The kind of a file by its first bytes; SVG, which has none, by its name.
    pub fn of(name: &str, bytes: &[u8]) -> Option<Self> {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("svg") => Some(Self::Svg),
            Some("png") if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Some(Self::Png),
            Some("jpg" | "jpeg") if bytes.starts_with(b"\xff\xd8\xff") => Some(Self::Jpeg),
            _ => None,
        }
    }

    /// How it is named in HTTP.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// Width and height of a PNG in pixels (PNG, 11.2.2).
pub(super) fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    (bytes.get(12..16)? == b"IHDR").then_some((number(16)?, number(20)?))
}

/// Width and height of an SVG in its own units, by its `viewBox`; `bytes` as [`super::svg`] writes them.
pub(super) fn svg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, _) = text.split_once('>')?;
    let (_, rest) = head.split_once("viewBox=\"")?;
    let mut numbers = rest.split_once('"')?.0.split([' ', ',']).filter(|number| !number.is_empty()).skip(2);
    // Nobody draws a logo of a million units; what is between two of them does not matter here.
    let mut next = || {
        let number = numbers.next()?.parse::<f64>().ok()?;
        let whole = (number * 10.0).round().clamp(0.0, 10_000_000.0);
        format!("{whole}").parse::<u32>().ok()
    };
    Some((next()?, next()?))
}

/// A JPEG without what its camera and programs wrote beside the picture (where it was taken, by whom, a smaller copy), and
/// its width and height in pixels. `None` where it is none.
pub(super) fn jpeg(bytes: &[u8]) -> Option<(Vec<u8>, (u32, u32))> {
    let mut kept = bytes.get(..2)?.to_vec();
    let (mut at, mut size) = (2_usize, None);
    loop {
        let [0xff, marker] = *bytes.get(at..at + 2)? else { return None };
        // Fill bytes before a marker (ITU-T T.81, B.1.1.2).
        if marker == 0xff {
            at += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
        let segment = bytes.get(at..at + 2 + length)?;
        match marker {
            // The picture itself begins; nothing is told behind it.
            0xda => {
                kept.extend_from_slice(bytes.get(at..)?);
                return Some((kept, size?));
            }
            // Frame headers; DHT, JPG and DAC share their numbers.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let number = |at: usize| {
                    Some(u32::from(u16::from_be_bytes(segment.get(at..at + 2)?.try_into().ok()?)))
                };
                size = Some((number(7)?, number(5)?));
                kept.extend_from_slice(segment);
            }
            // JFIF, colour profile and Adobe's colour transform are needed to draw; other applications' are not, nor comments.
            0xe1 | 0xe3..=0xed | 0xef | 0xfe => {}
            _ => kept.extend_from_slice(segment),
        }
        at += 2 + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A segment of a JPEG.
    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], body].concat()
    }

    #[test]
    fn a_photograph_loses_where_it_was_taken_and_keeps_its_colours() {
        let parts = [
            vec![0xff, 0xd8],
            segment(0xe0, b"JFIF\0"),
            segment(0xe1, b"Exif\0\0 35.6N 139.7E"),
            segment(0xe2, b"ICC_PROFILE\0"),
            segment(0xfe, b"by somebody"),
            segment(0xc0, &[8, 2, 88, 3, 132, 3]),
            segment(0xda, b"x"),
            b"scan \xff\x00\xff\xd9".to_vec(),
        ];
        let (kept, size) = jpeg(&parts.concat()).unwrap();
        assert_eq!(size, (900, 600));
        assert_eq!(
            kept,
            [0, 1, 3, 5, 6, 7].iter().flat_map(|at: &usize| parts[*at].clone()).collect::<Vec<_>>()
        );
        let whole = parts.concat();
        for end in 0..whole.len() - parts[7].len() {
            assert_eq!(jpeg(&whole[..end]), None, "cut off at {end}");
        }
    }

    #[test]
    fn measures_are_read_where_they_stand() {
        assert_eq!(svg_size(br#"<svg xmlns="x" viewBox="0 0 120 40.5"><path/></svg>"#), Some((1200, 405)));
        assert_eq!(svg_size(b"<svg></svg>"), None);
        assert_eq!(png_size(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\xc0\0\0\0\xb4"), Some((192, 180)));
        assert_eq!(png_size(b"\x89PNG\r\n\x1a\n"), None);
    }

    #[test]
    fn a_kind_is_what_name_and_bytes_agree_on() {
        assert_eq!(PictureKind::of("a/b.SVG", b"<svg"), Some(PictureKind::Svg));
        assert_eq!(PictureKind::of("a/b.JPG", b"\xff\xd8\xff\xe0"), Some(PictureKind::Jpeg));
        assert_eq!(PictureKind::of("a/b.png", b"\xff\xd8\xff\xe0"), None);
        assert_eq!(PictureKind::of("a/b.gif", b"GIF89a"), None);
    }
}
