//! chromedriver: started on a free port, stopped when dropped, together with every Chromium it started.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

pub struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts it. The port it draws may be taken in the same moment, for one of the two kinds of address it wants; then it
    /// ends, and draws again.
    pub fn start() -> Self {
        (0..3).find_map(|_| Self::once()).expect("chromedriver names the port it listens on")
    }

    fn once() -> Option<Self> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is on the PATH (tests/run installs it)");
        let mut said = BufReader::new(process.stdout.take().expect("its output is a pipe"));
        let Some(port) = announced_port(&mut said) else {
            let _ = process.kill();
            let _ = process.wait();
            return None;
        };
        // Whatever it says later is read and forgotten, so that it never waits for a reader.
        thread::spawn(move || io::copy(&mut said, &mut io::sink()));
        Some(Self { process, port })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks chromedriver to close its browsers and itself.
    fn shut_down(&self) -> io::Result<()> {
        let mut asked = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        asked.set_read_timeout(Some(Duration::from_mins(1)))?;
        write!(
            asked,
            "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        )?;
        asked.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.shut_down();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// «ChromeDriver was started successfully on port 40271.»
fn announced_port(said: &mut impl BufRead) -> Option<u16> {
    said.lines().map_while(Result::ok).find_map(|line| {
        let (_, after) = line.split_once("started successfully on port ")?;
        after.trim_end_matches('.').parse().ok()
    })
}
