//! Rolling: two nodes behind a proxy are restarted one after the other while twelve browsers ask without a pause, and
//! nobody loses a request (R30, D40).

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, routing::get};

use super::line::{HOST, Line, Service};

const BROWSERS: usize = 12;

fn pages() -> Router {
    Router::new().route(
        "/",
        get(|| async {
            tokio::task::yield_now().await;
            "みどり健康保険組合"
        }),
    )
}

/// What a proxy knows: which nodes are ready, and how many requests have come to an end, answered or lost.
struct Proxy {
    ready: Mutex<HashMap<usize, Arc<Service>>>,
    ended: AtomicUsize,
}

impl Proxy {
    fn pick(&self, turn: usize) -> (usize, Arc<Service>) {
        let ready = self.ready.lock().unwrap();
        let mut nodes: Vec<_> = ready.iter().collect();
        nodes.sort_by_key(|(name, _)| **name);
        let (name, service) = nodes[turn % nodes.len()];
        (*name, service.clone())
    }

    /// One browser's requests over the connections the proxy keeps for it, one to each node. A connection whose answer
    /// says so is not used again; nothing is ever asked twice.
    async fn carry(&self, mut turn: usize, stop: &AtomicBool) -> Vec<String> {
        let (mut kept, mut lost): (HashMap<usize, Line>, _) = (HashMap::new(), Vec::new());
        while !stop.load(Ordering::Relaxed) {
            turn += 1;
            let (name, service) = self.pick(turn);
            let mut line = match kept.remove(&name) {
                Some(line) => line,
                None => service.line().await,
            };
            line.say(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
            let heard = line.hear().await;
            self.ended.fetch_add(1, Ordering::Relaxed);
            match heard {
                Some(answer) if answer.status == 200 && answer.body == "みどり健康保険組合" => {
                    if answer.header("connection") != Some("close") {
                        kept.insert(name, line);
                    }
                }
                other => lost.push(format!("node {name}: {other:?}")),
            }
        }
        lost
    }

    /// Waits until that many more of the browsers' requests have come to an end. Lost ones count too: where all are lost, that
    /// is what fails.
    async fn more(&self, requests: usize) {
        let until = self.ended.load(Ordering::Relaxed) + requests;
        while self.ended.load(Ordering::Relaxed) < until {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_rolling_restart_loses_no_request() {
    let nodes = [Arc::new(Service::of(pages()).await), Arc::new(Service::of(pages()).await)];
    let ready = Mutex::new(nodes.into_iter().enumerate().collect::<HashMap<_, _>>());
    let proxy = Arc::new(Proxy { ready, ended: AtomicUsize::new(0) });
    let stop = Arc::new(AtomicBool::new(false));
    let browsers: Vec<_> = (0..BROWSERS)
        .map(|turn| {
            let (proxy, stop) = (proxy.clone(), stop.clone());
            tokio::spawn(async move { proxy.carry(turn, &stop).await })
        })
        .collect();
    for name in [0, 1, 0, 1] {
        proxy.more(10 * BROWSERS).await;
        let old = proxy.ready.lock().unwrap().get(&name).unwrap().clone();
        // The supervisor's signal: still asked, until the proxy sees that the node is not ready.
        old.stages.announce();
        proxy.more(10 * BROWSERS).await;
        proxy.ready.lock().unwrap().remove(&name);
        proxy.more(10 * BROWSERS).await;
        old.stages.close();
        // Nothing holds the node. The clock goes on by hand, for it stands, and the browsers never rest.
        let closed = tokio::time::Instant::now();
        while !old.running.is_finished() {
            assert!(closed.elapsed() < Duration::from_mins(10), "node {name} does not end");
            proxy.more(1).await;
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        let new = Arc::new(Service::of(pages()).await);
        proxy.ready.lock().unwrap().insert(name, new);
    }
    proxy.more(10 * BROWSERS).await;
    stop.store(true, Ordering::Relaxed);
    for browser in browsers {
        assert_eq!(browser.await.unwrap(), Vec::<String>::new(), "lost requests");
    }
}
