//! The mail server of a run: it takes every letter, and shows each person what came.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use data_encoding::BASE64;

/// A letter as it came.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    /// `Message-ID`.
    pub id: String,
    pub text: String,
}

impl Mail {
    /// The six digits on a line of their own.
    pub fn code(&self) -> Option<String> {
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        self.text.lines().map(str::trim).find(is_code).map(str::to_owned)
    }

    /// The path of the link.
    pub fn link(&self) -> Option<String> {
        let link = self.text.split_whitespace().find(|word| word.starts_with("http"))?;
        let (_, path) = link.split_once("://")?.1.split_once('/')?;
        Some(format!("/{path}"))
    }
}

/// Listens until the process ends.
#[derive(Clone)]
pub struct Post {
    port: u16,
    came: Arc<Mutex<Vec<Mail>>>,
}

impl Post {
    pub fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let post = Self { port: listener.local_addr().unwrap().port(), came: Arc::default() };
        let came = Arc::clone(&post.came);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let came = Arc::clone(&came);
                thread::spawn(move || talk(&stream, &came));
            }
        });
        post
    }

    /// `mail.smtp_url` for it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// Everything that came.
    pub fn all(&self) -> Vec<Mail> {
        self.came.lock().unwrap().clone()
    }

    /// How many letters have come to that address.
    pub fn count(&self, to: &str) -> usize {
        self.came.lock().unwrap().iter().filter(|mail| mail.to == to).count()
    }

    /// What `find` finds in the newest letter to that address in which it finds anything, but for the first `known`;
    /// waited for, for a while.
    pub fn newest<T>(&self, to: &str, known: usize, find: impl Fn(&Mail) -> Option<T>) -> Option<T> {
        let until = Instant::now() + Duration::from_secs(3);
        loop {
            let came = self.came.lock().unwrap().clone();
            let mine: Vec<_> = came.iter().filter(|mail| mail.to == to).skip(known).collect();
            if let Some(found) = mine.iter().rev().find_map(|mail| find(mail)) {
                return Some(found);
            }
            if Instant::now() > until {
                return None;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// One conversation. A sender that is killed has sent nothing that was not answered.
fn talk(stream: &TcpStream, came: &Mutex<Vec<Mail>>) -> Option<()> {
    let mut lines = BufReader::new(stream);
    let say = |words: &str| (&mut &*stream).write_all(format!("{words}\r\n").as_bytes()).ok();
    say("220 mail.example.jp")?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.split([' ', ':', '\r']).next().unwrap() {
            "EHLO" => say("250-mail.example.jp\r\n250 8BITMIME")?,
            "RCPT" => {
                let address = line.split_once('<')?.1.rsplit_once('>')?.0;
                // Old carrier addresses stand in quotes on the wire.
                to = address.replace('"', "");
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let mut wire = String::new();
                loop {
                    let mut line = String::new();
                    if lines.read_line(&mut line).ok()? == 0 {
                        return None;
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    wire.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                let mail = Mail { to: std::mem::take(&mut to), id: message_id(&wire), text: text_of(&wire) };
                came.lock().unwrap().push(mail);
                say("250 taken")?;
            }
            "QUIT" => {
                say("221 bye")?;
                return Some(());
            }
            _ => say("250 ok")?,
        }
    }
}

fn message_id(wire: &str) -> String {
    let line = wire.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:"));
    line.unwrap_or_default().to_owned()
}

/// The part in plain text.
fn text_of(wire: &str) -> String {
    let part = wire.split_once("Content-Type: text/plain").map_or(wire, |(_, part)| part);
    let (head, body) = part.split_once("\r\n\r\n").unwrap_or_default();
    let body = body.split("\r\n--").next().unwrap_or_default();
    let bytes = if head.contains("base64") {
        BASE64.decode(body.replace("\r\n", "").as_bytes()).unwrap_or_default()
    } else if head.contains("quoted-printable") {
        let mut bytes = Vec::new();
        let joined = body.replace("=\r\n", "");
        let mut rest = joined.as_str();
        while let Some((before, after)) = rest.split_once('=') {
            bytes.extend_from_slice(before.as_bytes());
            bytes.extend(after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()));
            rest = after.get(2..).unwrap_or_default();
        }
        bytes.extend_from_slice(rest.as_bytes());
        bytes
    } else {
        body.as_bytes().to_vec()
    };
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}
