//! A proxy between the program and its database, which passes on, delays, holds back or cuts.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

/// What it does with what it hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Passes,
    /// Everything comes later.
    Delays(Duration),
    /// Nothing comes; connections stay.
    IsSilent,
    /// Every connection is cut, and every new one.
    Cuts,
}

/// Listens until the process ends.
pub struct Proxy {
    pub port: u16,
    manner: Arc<(Mutex<Manner>, Condvar)>,
}

impl Proxy {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let manner = Arc::new((Mutex::new(Manner::Passes), Condvar::new()));
        let proxy = Self { port: listener.local_addr().unwrap().port(), manner: Arc::clone(&manner) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let manner = Arc::clone(&manner);
                thread::spawn(move || {
                    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return };
                    let (to, from) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                    let back = Arc::clone(&manner);
                    thread::spawn(move || carry(from, to, &manner));
                    carry(server, client, &back);
                });
            }
        });
        proxy
    }

    pub fn does(&self, manner: Manner) {
        *self.manner.0.lock().unwrap() = manner;
        self.manner.1.notify_all();
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, manner: &(Mutex<Manner>, Condvar)) {
    from.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut bytes = [0; 16 * 1024];
    loop {
        let read = match from.read(&mut bytes) {
            Ok(0) => break,
            Ok(read) => read,
            Err(fault) if fault.kind() == std::io::ErrorKind::WouldBlock => {
                if *manner.0.lock().unwrap() == Manner::Cuts {
                    break;
                }
                continue;
            }
            Err(_) => break,
        };
        let silent = manner.0.lock().unwrap();
        let now = *manner.1.wait_while(silent, |manner| *manner == Manner::IsSilent).unwrap();
        match now {
            Manner::Cuts => break,
            Manner::Delays(delay) => thread::sleep(delay),
            Manner::Passes | Manner::IsSilent => {}
        }
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
