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
    // A bit for each pixel, and one line drawn for each row of modules.
    let mut lines = Vec::with_capacity(side * side.div_ceil(8));
    for y in 0..modules + 2 * QUIET {
        let mut line = vec![u8::MAX; side.div_ceil(8)];
        for x in (0..side).filter(|x| is_dark(&code, x / SCALE, y)) {
            if let Some(eight) = line.get_mut(x / 8) {
                *eight &= !(0x80 >> (x % 8));
            }
        }
        for _ in 0..SCALE {
            lines.extend_from_slice(&line);
        }
    }
    let mut out = Vec::new();
    let width = u32::try_from(side).ok()?;
    let mut encoder = png::Encoder::new(&mut out, width, width);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&lines).ok()?;
    writer.finish().ok()?;
    Some(out)
}

/// Whether that module is dark, counted from the corner of the white around the code.
fn is_dark(code: &QrCode, x: usize, y: usize) -> bool {
    let within = |at: usize| at.checked_sub(QUIET).and_then(|at| i32::try_from(at).ok());
    within(x).zip(within(y)).is_some_and(|(x, y)| code.get_module(x, y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_the_code_in_squares_with_a_white_edge() {
        let text = "otpauth://totp/x:y?secret=GEZDGNBVGY3TQOJQ";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let bytes = png(text).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let side = usize::try_from(info.width).unwrap();
        assert_eq!((info.width, side), (info.height, (usize::try_from(code.size()).unwrap() + 8) * SCALE));
        for (at, pixel) in pixels.iter().enumerate() {
            let module = |at: usize| i32::try_from(at / SCALE).unwrap() - 4;
            let is_dark = code.get_module(module(at % side), module(at / side));
            assert_eq!(*pixel, if is_dark { 0 } else { 255 }, "pixel {at}");
        }
    }
}
