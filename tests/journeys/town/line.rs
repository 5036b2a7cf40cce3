//! Line: the way from the portal to its database, which breaks on demand at the n-th exchange.
//!
//! On PostgreSQL it is a proxy that reads the protocol (version 3): it cuts the connection, or has the server itself
//! refuse. SQLite has no wire: there the store's tally puts another text in place of the statement, which the real SQLite
//! refuses.

use std::{
    io::{Error, ErrorKind, Read as _, Result, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use kenpo_portal::store::tally::{Replacement, replacing, tally};

/// What becomes of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The database refuses it, for a reason that passes: the disk is full, or a file cannot be opened.
    Refused,
    /// It is never looked at, and the transaction is over: the wire was cut, or SQLite has rolled back by itself.
    Gone,
    /// It is done, and its answer is lost.
    Unanswered,
}

pub const EVERY_FAULT: [Fault; 3] = [Fault::Refused, Fault::Gone, Fault::Unanswered];

/// The exchanges of one piece of work: statements that are run, `BEGIN` and `COMMIT` among them.
#[derive(Debug, Default)]
pub struct Exchanges {
    pub count: usize,
    /// Which of them are commits, from 1.
    commits: Vec<usize>,
}

impl Exchanges {
    /// Which of them break. Where nothing is committed it makes no difference whether it was done.
    pub fn to_break(&self, fault: Fault, some_of: impl Fn(usize) -> Vec<usize>) -> Vec<usize> {
        if fault == Fault::Unanswered { self.commits.clone() } else { some_of(self.count) }
    }
}

/// What happened on the line.
#[derive(Debug, Default)]
struct Traffic {
    exchanges: Exchanges,
    fault: Option<(usize, Fault)>,
}

#[derive(Clone)]
pub struct Line {
    url: String,
    /// Absent on SQLite.
    traffic: Option<Arc<Mutex<Traffic>>>,
}

impl Line {
    /// To the database at that address.
    pub fn to(url: &str) -> Self {
        let Some(rest) = url.strip_prefix("postgres://") else {
            return Self { url: url.to_owned(), traffic: None };
        };
        let (account, rest) = rest.rsplit_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("postgres://{account}@127.0.0.1:{port}/{database}?sslmode=disable");
        let traffic = Arc::new(Mutex::new(Traffic::default()));
        let (server, shared) = (server.to_owned(), Arc::clone(&traffic));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&server) else { continue };
                let traffic = Arc::clone(&shared);
                thread::spawn(move || carry(client, server, &traffic));
            }
        });
        Self { url, traffic: Some(traffic) }
    }

    /// The address of the database by this line.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs something, and says which exchanges there were.
    pub async fn count<T>(&self, work: impl Future<Output = T>) -> (T, Exchanges) {
        let Some(traffic) = &self.traffic else {
            let (output, texts) = tally(work).await;
            let commits = (1..).zip(&texts).filter(|(_, text)| text.ends_with("COMMIT")).map(|(nth, _)| nth);
            return (output, Exchanges { count: texts.len(), commits: commits.collect() });
        };
        *traffic.lock().unwrap() = Traffic::default();
        let output = work.await;
        let traffic = std::mem::take(&mut *traffic.lock().unwrap());
        (output, traffic.exchanges)
    }

    /// Runs something whose `nth` exchange breaks; whether it came so far.
    pub async fn breaking<T>(&self, nth: usize, fault: Fault, work: impl Future<Output = T>) -> (T, bool) {
        let Some(traffic) = &self.traffic else {
            let (output, texts) = replacing(nth, in_place_of(fault), work).await;
            return (output, texts.len() >= nth);
        };
        *traffic.lock().unwrap() = Traffic { fault: Some((nth, fault)), ..Traffic::default() };
        let output = work.await;
        let broke = std::mem::take(&mut *traffic.lock().unwrap()).fault.is_none();
        (output, broke)
    }
}

/// What SQLite refuses with `SQLITE_CANTOPEN`, in a transaction or not.
macro_rules! refused {
    () => {
        "ATTACH DATABASE '/nowhere/none.db' AS gone"
    };
}

fn in_place_of(fault: Fault) -> Replacement {
    match fault {
        Fault::Refused => |_, _| refused!().into(),
        Fault::Gone => |_, in_transaction| {
            if in_transaction { concat!("ROLLBACK; ", refused!()).into() } else { refused!().into() }
        },
        Fault::Unanswered => |text, _| format!("{text}; {}", refused!()),
    }
}

/// One connection. Client and server speak in turn: what the client says up to the message after which it waits, and what
/// the server answers up to the message that ends its turn.
fn carry(mut client: TcpStream, mut server: TcpStream, traffic: &Mutex<Traffic>) {
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    // Both ends are closed when this returns.
    if greet(&mut client, &mut server).is_ok() {
        while let Ok(true) = exchange(&mut client, &mut server, traffic) {}
    }
}

fn greet(client: &mut TcpStream, server: &mut TcpStream) -> Result<()> {
    let mut length = [0; 4];
    client.read_exact(&mut length)?;
    let mut start = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut start)?;
    server.write_all(&[&length, start.as_slice()].concat())?;
    while answer(server)?.forward(client)? {
        let message = message(client)?;
        server.write_all(&message)?;
    }
    Ok(())
}

/// One exchange; whether another may follow.
fn exchange(client: &mut TcpStream, server: &mut TcpStream, traffic: &Mutex<Traffic>) -> Result<bool> {
    let (mut said, mut executes) = (Vec::new(), false);
    loop {
        let message = message(client)?;
        said.extend_from_slice(&message);
        executes |= message[0] == b'E';
        match message[0] {
            b'X' => {
                server.write_all(&said)?;
                return Ok(false);
            }
            // Sync and Query.
            b'S' | b'Q' => break,
            _ => {}
        }
    }
    // What only prepares a statement is not counted: the next connection may know the statement already.
    let is_run = executes || said[0] == b'Q';
    let fault = is_run.then(|| traffic.lock().unwrap()).and_then(|mut traffic| {
        let exchanges = &mut traffic.exchanges;
        exchanges.count += 1;
        if said == query("COMMIT") {
            exchanges.commits.push(exchanges.count);
        }
        let now = exchanges.count;
        traffic.fault.take_if(|(nth, _)| *nth == now).map(|(_, fault)| fault)
    });
    match fault {
        Some(Fault::Gone) => return Ok(false),
        Some(Fault::Refused) => {
            said = query("DO $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = '53100'; END $$");
        }
        Some(Fault::Unanswered) | None => {}
    }
    server.write_all(&said)?;
    let answer = answer(server)?;
    if fault == Some(Fault::Unanswered) {
        return Ok(false);
    }
    answer.forward(client)?;
    Ok(true)
}

/// What the server said, and whether it waits for something before it is done.
struct Turn {
    bytes: Vec<u8>,
    asks: bool,
}

impl Turn {
    fn forward(self, client: &mut TcpStream) -> Result<bool> {
        client.write_all(&self.bytes)?;
        Ok(self.asks)
    }
}

fn answer(server: &mut TcpStream) -> Result<Turn> {
    let mut bytes = Vec::new();
    loop {
        let message = message(server)?;
        bytes.extend_from_slice(&message);
        match message[0] {
            b'Z' => return Ok(Turn { bytes, asks: false }),
            // A password in clear, as MD5, or the two questions of SCRAM.
            b'R' if [3, 5, 10, 11].contains(&message[8]) => return Ok(Turn { bytes, asks: true }),
            _ => {}
        }
    }
}

fn message(from: &mut TcpStream) -> Result<Vec<u8>> {
    let mut message = vec![0; 5];
    from.read_exact(&mut message)?;
    let length = u32::from_be_bytes([message[1], message[2], message[3], message[4]]) as usize;
    if length < 4 {
        return Err(Error::from(ErrorKind::InvalidData));
    }
    message.resize(length + 1, 0);
    from.read_exact(&mut message[5..])?;
    Ok(message)
}

fn query(text: &str) -> Vec<u8> {
    let length = u32::try_from(4 + text.len() + 1).unwrap();
    [b"Q".as_slice(), &length.to_be_bytes(), text.as_bytes(), b"\0"].concat()
}
