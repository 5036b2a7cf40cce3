//! QR code: a PNG that can be saved and read from a screen (T-06), black on white whatever the page's colours.

use data_encoding::BASE64;
use qrcodegen::{QrCode, QrCodeEcc};

/// Pixels of one module.
const SCALE: usize = 6;
/// Modules of white around the code (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// The code as a `data:` address. `None` when the text is too long for any QR code.
pub fn data_uri(text: &str) -> Option<String> {
    let png = png(text)?;
    Some(format!("data:image/png;base64,{}", BASE64.encode(&png)))
}

fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let modules = usize::try_from(code.size()).ok()?;
    let side = (modules + 2 * QUIET) * SCALE;
    let mut grey = Vec::with_capacity(side * side);
    for y in 0..side {
        for x in 0..side {
            let module = |at: usize| i32::try_from(at / SCALE).map_or(-1, |m| m - 4);
            grey.push(if code.get_module(module(x), module(y)) { 0 } else { 255 });
        }
    }
    let mut out = Vec::new();
    let width = u32::try_from(side).ok()?;
    let mut encoder = png::Encoder::new(&mut out, width, width);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&grey).ok()?;
    writer.finish().ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_a_square_png_with_a_white_edge() {
        let bytes = png("otpauth://totp/x:y?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.width, info.height);
        let edge = usize::try_from(info.width).unwrap() * SCALE * QUIET;
        assert!(pixels[..edge].iter().all(|p| *p == 255));
        assert!(pixels.contains(&0));
    }
}
