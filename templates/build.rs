//! Build script: puts the shared files of `templates/assets/` into the program as they are sent, plain, with gzip and with
//! Brotli.
//!
//! # Decision
//! Compressed here, at the strongest levels.
//! # Because
//! They never change while the program runs, and a build has the time.
//! # Instead of
//! Compressing each answer again, or a step that somebody has to run before the build.

use std::{env, error::Error, fs, io::Write as _, path::Path};

use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

mod lean;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=templates/assets");
    let folder = env::var_os("OUT_DIR").ok_or("cargo says where to write")?;
    let folder = Path::new(&folder).join("assets");
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir("templates/assets")? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file without a plain name")?;
        let text = fs::read_to_string(&path)?;
        let sent = match path.extension().and_then(|ending| ending.to_str()) {
            Some("js") => lean::lean(&text),
            Some("css") => lean::lean_sheet(&text),
            _ => text,
        };
        fs::write(folder.join(name), &sent)?;
        fs::write(folder.join(format!("{name}.br")), brotli(sent.as_bytes())?)?;
        fs::write(folder.join(format!("{name}.gz")), gzip(sent.as_bytes())?)?;
    }
    Ok(())
}

fn brotli(mut bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let params =
        BrotliEncoderParams { quality: 11, size_hint: bytes.len(), ..BrotliEncoderParams::default() };
    brotli::BrotliCompress(&mut bytes, &mut out, &params)?;
    Ok(out)
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
