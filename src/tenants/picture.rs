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

    /// The picture alone and its width and height in pixels. `None` where it is whole in no such kind; an SVG is cleaned
    /// elsewhere ([`super::svg`]).
    pub fn without_words(self, bytes: &[u8]) -> Option<(Vec<u8>, (u32, u32))> {
        match self {
            Self::Svg => None,
            Self::Png => png(bytes),
            Self::Jpeg => jpeg(bytes),
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

/// What of a PNG a browser needs to draw it: the critical chunks of the standard, transparency, colours and pixel shape. All
/// else is words about the picture (where it was taken, by whom, when, with what) or moves (PNG, 11 and 12).
const DRAWN: [&[u8; 4]; 12] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP",
    b"pHYs",
];

/// A PNG without what programs wrote beside the picture, and its width and height in pixels. `None` where it is none, or does
/// not end.
fn png(bytes: &[u8]) -> Option<(Vec<u8>, (u32, u32))> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    let size = (number(16)?, number(20)?);
    let mut kept = bytes.get(..8)?.to_vec();
    let mut at = 8_usize;
    loop {
        // Length of the data, four letters, the data, a checksum (5.3).
        let length = usize::try_from(number(at)?).ok()?;
        let chunk = bytes.get(at..at.checked_add(length)?.checked_add(12)?)?;
        let kind = chunk.get(4..8)?;
        if DRAWN.iter().any(|drawn| *drawn == kind) {
            kept.extend_from_slice(chunk);
        }
        if kind == b"IEND" {
            return Some((kept, size));
        }
        at += chunk.len();
    }
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
fn jpeg(bytes: &[u8]) -> Option<(Vec<u8>, (u32, u32))> {
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

    /// A chunk of a PNG. Checksums are a browser's business.
    fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], &kind, data, &[0; 4]].concat()
    }

    #[test]
    fn a_drawing_loses_who_made_it_and_keeps_its_transparency() {
        let parts = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(*b"IHDR", b"\0\0\0\xc0\0\0\0\xb4\x08\x06\0\0\0"),
            chunk(*b"tEXt", b"Author\0somebody"),
            chunk(*b"iCCP", b"profile"),
            chunk(*b"eXIf", b"35.6N 139.7E"),
            chunk(*b"tRNS", &[0]),
            chunk(*b"acTL", &[0; 8]),
            chunk(*b"IDAT", b"x"),
            chunk(*b"tIME", &[0; 7]),
            chunk(*b"IEND", b""),
            b"a second file behind it".to_vec(),
        ];
        let (kept, size) = png(&parts.concat()).unwrap();
        assert_eq!(size, (192, 180));
        assert_eq!(
            kept,
            [0, 1, 3, 5, 7, 9].iter().flat_map(|at: &usize| parts[*at].clone()).collect::<Vec<_>>()
        );
        assert_eq!(
            PictureKind::Png.without_words(&kept),
            Some((kept.clone(), size)),
            "nothing is left to take"
        );
        for end in 0..kept.len() {
            assert_eq!(png(&kept[..end]), None, "cut off at {end}");
        }
    }

    #[test]
    fn measures_are_read_where_they_stand() {
        assert_eq!(svg_size(br#"<svg xmlns="x" viewBox="0 0 120 40.5"><path/></svg>"#), Some((1200, 405)));
        assert_eq!(svg_size(b"<svg></svg>"), None);
    }

    #[test]
    fn a_kind_is_what_name_and_bytes_agree_on() {
        assert_eq!(PictureKind::of("a/b.SVG", b"<svg"), Some(PictureKind::Svg));
        assert_eq!(PictureKind::of("a/b.JPG", b"\xff\xd8\xff\xe0"), Some(PictureKind::Jpeg));
        assert_eq!(PictureKind::of("a/b.png", b"\xff\xd8\xff\xe0"), None);
        assert_eq!(PictureKind::of("a/b.gif", b"GIF89a"), None);
    }
}
