//! The proxy in front of two nodes: each connection goes to one of them by turns, or to the other where it is not there.

use std::{
    io,
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    thread,
};

/// Listens until the process ends; its port.
pub fn before(nodes: Vec<u16>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (turn, client) in listener.incoming().map_while(Result::ok).enumerate() {
            let turns = (0..nodes.len()).map(|more| nodes[(turn + more) % nodes.len()]);
            let node = turns.map(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, port))).find_map(Result::ok);
            let Some(node) = node else { continue };
            let (Ok(to), Ok(from)) = (node.try_clone(), client.try_clone()) else { continue };
            thread::spawn(move || carry(from, to));
            thread::spawn(move || carry(node, client));
        }
    });
    port
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
