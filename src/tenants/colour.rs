//! Colour: contrast by WCAG 2, and the shade of a union's colour for dark surfaces (D23).

/// What text needs against its surface (WCAG 2, level AA).
pub(super) const ENOUGH: f64 = 4.5;

/// The dark surface of the pages.
const DARK_SURFACE: Rgb = Rgb(0x1a, 0x1a, 0x1c);
const WHITE: Rgb = Rgb(0xff, 0xff, 0xff);

/// A colour of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rgb(u8, u8, u8);

impl Rgb {
    /// Reads `#rrggbb`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self(red, green, blue))
    }

    /// The contrast ratio with white (WCAG 2.2).
    pub fn on_white(self) -> f64 {
        contrast(self, WHITE)
    }

    /// The same hue, lightened until it can be read on the dark surface.
    pub fn for_dark(self) -> Self {
        (0..=100)
            .map(|percent| self.mixed_with_white(percent))
            .find(|shade| contrast(*shade, DARK_SURFACE) >= ENOUGH)
            .unwrap_or(WHITE)
    }

    fn mixed_with_white(self, percent: u16) -> Self {
        let mix = |part: u8| {
            let mixed = (u16::from(part) * (100 - percent) + 255 * percent + 50) / 100;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Self(mix(self.0), mix(self.1), mix(self.2))
    }

    /// The relative luminance, from 0 to 1 (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// From 1 (the same) to 21 (black on white).
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (a, b) = (one.luminance(), other.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_on_white_has_21_and_a_colour_on_itself_1() {
        assert!((contrast(Rgb(0, 0, 0), WHITE) - 21.0).abs() < 1e-9);
        assert!((contrast(DARK_SURFACE, DARK_SURFACE) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_grey_at_the_border_of_readable_is_where_wcag_puts_it() {
        assert!(Rgb::parse("#767676").unwrap().on_white() >= ENOUGH);
        assert!(Rgb::parse("#777777").unwrap().on_white() < ENOUGH);
    }

    #[test]
    fn every_colour_finds_a_shade_that_can_be_read_on_the_dark_surface() {
        for text in ["#000000", "#00529b", "#006b54", "#ff0000", "#1a1a1c", "#ffffff"] {
            let shade = Rgb::parse(text).unwrap().for_dark();
            assert!(contrast(shade, DARK_SURFACE) >= ENOUGH, "{text} → {shade}");
        }
    }

    #[test]
    fn only_six_hex_digits_are_a_colour() {
        for bad in ["", "00529b", "#0529b", "#00529g", "#+0529b", "#00529b0", "blue", "#健保"] {
            assert!(Rgb::parse(bad).is_none(), "{bad}");
        }
    }
}
