//! Hang-ups at every point: whatever is done is dropped after one poll, after two, and so on to its end; each time the
//! next one, whoever it is, finds a store that reads and writes.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{extract::Request, middleware};
use kenpo_portal::{
    domain::{
        lockout::{Bucket, CounterKind},
        login_id::LoginId,
        tenant::{LockoutPolicy, TenantSlug},
    },
    store::{self, Store},
};
use tokio::sync::Notify;

use crate::{
    town::{JSW, Newcomer, Town},
    walk::{answer, sign_in},
};

/// How many polls are left before the line is cut; none: it is not cut.
#[derive(Clone, Default)]
struct Fuse {
    left: Arc<AtomicUsize>,
    cut: Arc<Notify>,
}

/// A future on a fuse: after its last poll it says so and never ends.
struct Fused<F> {
    inner: Pin<Box<F>>,
    fuse: Fuse,
}

impl<F: Future> Future for Fused<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        match this.fuse.left.load(Ordering::Relaxed) {
            0 => this.inner.as_mut().poll(context),
            1 => {
                this.fuse.cut.notify_one();
                Poll::Pending
            }
            left => {
                this.fuse.left.store(left - 1, Ordering::Relaxed);
                this.inner.as_mut().poll(context)
            }
        }
    }
}

impl Fuse {
    /// Runs something for that many polls at most; whether it came to its end.
    async fn burns<T>(&self, polls: usize, work: impl Future<Output = T>) -> Option<T> {
        self.left.store(polls + 1, Ordering::Relaxed);
        let ended = tokio::select! {
            biased;
            () = self.cut.notified() => None,
            done = work => Some(done),
        };
        self.left.store(0, Ordering::Relaxed);
        ended
    }
}

const APP_CODE: CounterKind = CounterKind::AppCode(Bucket::Unknown);
const MAIL_CODE: CounterKind = CounterKind::MailCode(Bucket::Unknown);
const LOCKOUT: LockoutPolicy = LockoutPolicy { pause_after: 5, hard_limit: 50 };

/// The next one, whoever it is: reads, writes and commits.
async fn next_one_is_served(store: &Store, slug: &TenantSlug, what: &str) {
    let mut read = store.tenant(slug).read().await.unwrap_or_else(|fault| panic!("{what}: {fault}"));
    let found = store::member::by_login(&mut read, &LoginId::typed("nobody")).await;
    assert!(found.unwrap_or_else(|fault| panic!("{what}: {fault}")).is_none());
    drop(read);
    let at = "2026-11-21T01:00:00Z".parse().unwrap();
    let counted = store.tenant(slug).reserve(b"the next one", APP_CODE, APP_CODE.ladder(&LOCKOUT), at).await;
    counted.unwrap_or_else(|fault| panic!("{what}: {fault}"));
    let written = store.everywhere().write_and_keep().await;
    written.unwrap_or_else(|fault| panic!("{what}: {fault}"));
}

macro_rules! dropped_everywhere {
    ($town:expr, $slug:expr, $name:literal, $work:expr) => {{
        let (mut polls, mut done) = (0, false);
        while !done {
            let fuse = Fuse::default();
            let work = Fused { inner: Box::pin($work), fuse: fuse.clone() };
            done = fuse.burns(polls, work).await.is_some();
            next_one_is_served($town.store(), $slug, &format!("{}, dropped after {polls} polls", $name))
                .await;
            polls += 1;
            assert!(polls < 2000, "{} never ends", $name);
        }
        polls
    }};
}

#[tokio::test]
async fn whatever_the_store_does_may_be_dropped_anywhere() {
    let town = Town::open().await;
    let slug = town.tenant(JSW).slug.clone();
    let at: jiff::Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
    let mut points = 0;
    points += dropped_everywhere!(town, &slug, "one read", async {
        let mut read = town.store().tenant(&slug).read().await.unwrap();
        store::member::by_login(&mut read, &LoginId::typed("nobody")).await.unwrap();
        store::audit::page(&mut read, &store::audit::TrailFilter::default(), None, 100).await.unwrap();
    });
    points += dropped_everywhere!(town, &slug, "a write that commits", async {
        let subject = b"somebody";
        town.store().tenant(&slug).reserve(subject, MAIL_CODE, MAIL_CODE.ladder(&LOCKOUT), at).await.unwrap();
    });
    points += dropped_everywhere!(town, &slug, "a write that is called off", async {
        let mut write = town.store().tenant(&slug).write().await.unwrap();
        store::lockout::forget(&mut write, b"somebody", MAIL_CODE, at).await.unwrap();
    });
    points += dropped_everywhere!(town, &slug, "a sweep", async {
        town.store().everywhere().sweep(at, at).await.unwrap();
    });
    points += dropped_everywhere!(town, &slug, "a look at the schema", async {
        town.store().schema().await.unwrap();
    });
    points += dropped_everywhere!(town, &slug, "readiness", async {
        town.store().everywhere().write_and_keep().await.unwrap();
    });
    // How often each has to wait is the scheduler's business; each waits at least once.
    assert!(points >= 12, "only {points} points were reached");
    town.close().await;
}

/// A commit that nobody waits for any more may be done at any time until its connection is closed: whatever was read before
/// that counts as out of date.
#[tokio::test]
async fn what_nobody_waited_for_is_marked_once_more_when_it_is_over() {
    let town = Town::open().await;
    let tenant = town.tenant(JSW);
    let at = "2026-11-21T01:00:00Z".parse().unwrap();
    // The database may be quick enough to answer at once: then there was nothing to be dropped, and it is tried again.
    for tries in 0.. {
        assert!(tries < 1000, "it is always answered at once");
        let mut write = town.store().tenant(&tenant.slug).write().await.unwrap();
        store::purge::sessions(&mut write, &tenant.policy, &[], at).await.unwrap();
        let fuse = Fuse::default();
        let commit = Fused { inner: Box::pin(write.commit()), fuse: fuse.clone() };
        if fuse.burns(1, commit).await.is_none() {
            break;
        }
    }
    let moment = town.store().changes().moment();
    town.store().close().await;
    assert_ne!(town.store().changes().moment(), moment);
}

/// Every page of a first login, from the sign-in to the portal page, dropped after every poll; each try has a member of
/// its own, and somebody else signs in behind each.
#[tokio::test]
async fn whatever_a_member_does_may_be_dropped_anywhere() {
    let mut town = Town::open().await;
    let fuse = Fuse::default();
    let layer = {
        let fuse = fuse.clone();
        middleware::from_fn(move |request: Request, next: middleware::Next| Fused {
            inner: Box::pin(async move { next.run(request).await }),
            fuse: fuse.clone(),
        })
    };
    town.router = town.router.clone().layer(layer);
    let mut member = 0;
    let mut steps = 0;
    for step in 0.. {
        let mut over = false;
        let mut dropped = 0;
        for polls in 0.. {
            member += 1;
            let who = newcomer(&town, member).await;
            let (mut browser, mut phone) = (town.browser(JSW), town.phone());
            browser.visit("/signin").await;
            let mut who_now = who.clone();
            for _ in 0..step {
                if answer(&mut browser, &who_now, &mut phone).await == "パスワードの更新" {
                    who_now.password = crate::walk::NEW_PASSWORD.into();
                }
            }
            if browser.h1() == "サービス" {
                over = true;
                break;
            }
            let ended = fuse.burns(polls, answer(&mut browser, &who_now, &mut phone)).await;
            let what = format!("step {step}, dropped after {polls} polls");
            next_one_is_served(town.store(), &town.tenant(JSW).slug, &what).await;
            let mut next = town.browser(JSW);
            sign_in(&mut next, &format!("nobody{member}"), "wrong-password").await;
            assert!(next.status.as_u16() < 500, "{what}: {}", next.status);
            if ended.is_some() {
                break;
            }
            dropped += 1;
        }
        if over {
            break;
        }
        // How many polls there are depends on how soon the database answers.
        assert!(dropped > 0, "step {step} was never dropped half-way");
        steps += 1;
    }
    assert!(steps > 6, "only {steps} steps were reached");
    town.close().await;
}

/// How many members come in at once.
const MANY: u32 = 500;

async fn newcomer(town: &Town, number: u32) -> Newcomer {
    let login = |number: u32| format!("member{number:05}");
    let email = |number: u32| format!("taro{number}@example.jp");
    if number % MANY == 1 {
        let row = |number: u32| {
            let (login, email) = (login(number), email(number));
            format!("15,{number},,S54.8.22,見本 太郎,ミホン タロウ,{login},Vp6r-Hn3t-Ky8s,{email}")
        };
        let rows: Vec<_> = (number..number + MANY).map(row).collect();
        town.import(JSW, &rows.join("\n")).await;
    }
    Newcomer {
        login: login(number),
        password: "Vp6r-Hn3t-Ky8s".into(),
        born: "19790822",
        email: email(number),
    }
}
