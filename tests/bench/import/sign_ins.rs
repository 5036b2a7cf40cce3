//! Members who sign in one after the other while something else goes on.

use std::{collections::VecDeque, fmt, net::SocketAddr, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{members::Member, now};

/// Between the beginnings of two sign-ins.
const EVERY: Duration = Duration::from_millis(250);

/// Those who have not signed in for the longest time come first: each has one code in 30 s.
pub struct People(VecDeque<Member>);

/// How long whole sign-ins took.
pub struct Times {
    count: usize,
    /// Half of them took no longer.
    pub median: Duration,
    /// 95 in 100 took no longer.
    most: Duration,
    /// The longest.
    pub longest: Duration,
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |time: Duration| time.as_millis();
        let Self { count, median, most, longest } = self;
        write!(f, "{count}: p50 {} p95 {} longest {} ms", millis(*median), millis(*most), millis(*longest))
    }
}

impl People {
    pub fn new(members: Vec<Member>) -> Self {
        Self(members.into())
    }

    /// Lets members sign in for as long as the work goes on. What came of it, and how long each sign-in took.
    pub async fn while_busy<T>(&mut self, address: SocketAddr, work: impl Future<Output = T>) -> (T, Times) {
        let over = CancellationToken::new();
        let mut waiting = std::mem::take(&mut self.0);
        let signing = tokio::spawn({
            let over = over.clone();
            async move {
                let mut took = Vec::new();
                let mut every = tokio::time::interval(EVERY);
                while !over.is_cancelled() {
                    every.tick().await;
                    let mut member = waiting.pop_front().unwrap();
                    let began = now();
                    if member.sign_in(address).await {
                        took.push(began.elapsed());
                    }
                    waiting.push_back(member);
                }
                (waiting, took)
            }
        });
        let outcome = work.await;
        over.cancel();
        let (waiting, mut took) = signing.await.unwrap();
        self.0 = waiting;
        took.sort();
        let at = |percent: usize| took.get(took.len() * percent / 100).copied().unwrap_or_default();
        let longest = took.last().copied().unwrap_or_default();
        (outcome, Times { count: took.len(), median: at(50), most: at(95), longest })
    }
}
