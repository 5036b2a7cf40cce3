//! Output: standard output and standard error whose reader may leave.

use std::io::{self, Write};

/// Standard output. A command whose exit code is an answer goes on to that answer when nobody reads any more.
pub(super) struct StandardOutput<W> {
    /// What is written to.
    pub(super) to: W,
    /// Whether a reader who left is no failure.
    pub(super) goes_on: bool,
}

impl<W> StandardOutput<W> {
    fn heard<T>(&self, ended: io::Result<T>, unheard: T) -> io::Result<T> {
        match ended {
            Err(fault) if self.goes_on && fault.kind() == io::ErrorKind::BrokenPipe => Ok(unheard),
            ended => ended,
        }
    }
}

impl<W: Write> Write for StandardOutput<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes);
        self.heard(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.to.flush();
        self.heard(flushed, ())
    }
}

/// Standard error, for words. That nobody reads them stops no work half-way.
pub(super) struct QuietStderr(pub(super) io::Stderr);

impl Write for QuietStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}
