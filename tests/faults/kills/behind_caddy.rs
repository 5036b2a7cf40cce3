//! Two nodes behind Caddy with the file that is shipped, under the load of members: restarted one after the other,
//! upgraded across a migration (D43), and killed (R30, D40). `PORTAL_TEST_NODES=20` kills each of them that often, and
//! `-- --nocapture` prints what was counted. `tests/older` builds the program of an earlier commit, and upgrades two nodes
//! of it to this one across the migrations that lie between.

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use kenpo_portal::store::Store;
use sqlx::migrate::Migrator;

use super::{
    AT_ONCE, GUESSERS, Run, finish, guess, import,
    journal::Journal,
    number,
    person::{Kind, Person},
    post::Post,
    roster, unions, unions_of, walk,
};
use crate::{OverAtLast, caddy::Caddy, cluster::Cluster, program::Program};

/// Browsers that only look.
const READERS: u32 = 3;
const FIRST_READER: u32 = 40_000;
/// Members who walk: enough that somebody is always free.
const MEMBERS: u32 = 12;
/// The schema of tomorrow: more than this program knows, and nothing that keeps it from going on. It takes two tables that
/// every request uses, in an order that no request does.
const OF_TOMORROW: &str = "-- Columns and a table that the older program does not know.
-- Oldest program beside it: 0.2.0
ALTER TABLE member ADD COLUMN of_tomorrow TEXT;
ALTER TABLE session ADD COLUMN of_tomorrow BIGINT NOT NULL DEFAULT 0;
CREATE TABLE of_tomorrow (tenant TEXT NOT NULL, member UUID NOT NULL);
CREATE INDEX session_of_tomorrow ON session (tenant, of_tomorrow);
";

/// Applies it as `migrate up` of tomorrow's program does.
fn upgrade(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("9001_of_tomorrow.sql"), OF_TOMORROW).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let migrator = Migrator::new(folder.path()).await.unwrap();
        Store::open(url).await.unwrap().apply(&migrator).await.unwrap();
    });
}

/// What has been counted of the requests so far.
#[derive(Debug, Clone, Copy)]
struct Counted {
    requests: u64,
    cut: u64,
    refused: u64,
    told: u64,
}

impl Counted {
    fn of(run: &Run) -> Self {
        let journal = &run.journal;
        Self {
            requests: journal.requests.load(Ordering::Relaxed),
            cut: journal.cut.load(Ordering::Relaxed),
            refused: journal.refused.load(Ordering::Relaxed),
            told: journal.told.load(Ordering::Relaxed),
        }
    }

    /// Since then.
    fn since(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            cut: self.cut - before.cut,
            refused: self.refused - before.refused,
            told: self.told - before.told,
        }
    }
}

/// Waits until members have asked that much more.
fn more(run: &Run, requests: u64) {
    let (until, began) = (Counted::of(run).requests + requests, Instant::now());
    while Counted::of(run).requests < until {
        assert!(began.elapsed() < Duration::from_mins(1), "nobody asks any more");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until Caddy sends requests to a node again.
fn is_asked(node: &Program, answered: usize) {
    let began = Instant::now();
    while node.answered() <= answered {
        assert!(began.elapsed() < Duration::from_secs(30), "Caddy does not come back\n{}", node.tail());
        thread::sleep(Duration::from_millis(20));
    }
}

/// One node after the other leaves as it is asked to, and comes back.
fn restart_each(run: &Run, nodes: [&Program; 2]) {
    for node in nodes {
        more(run, 50);
        node.leave();
        let answered = node.answered();
        node.start_again();
        is_asked(node, answered);
    }
}

/// One node after the other dies, and is started again once the other one has served alone for a while.
fn kill_each(run: &Run, nodes: [&Program; 2], times: u64) {
    for _ in 0..times {
        for node in nodes {
            more(run, 50);
            node.kill();
            more(run, 150);
            let answered = node.answered();
            node.start_again();
            is_asked(node, answered);
        }
    }
}

/// Whether a node has a style sheet for pages that another version drew. Programs that are older than this promise do not.
fn has_files_for_others(node: &Program, host: &str) -> bool {
    let asks = format!(
        "GET /assets/portal.0123456789abcdef.css HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    );
    node.say(&asks).expect("an answer").status == 200
}

/// Looks at pages without a pause, and at what they need where `files` says so.
fn read(run: &Run, number: u32, over: &AtomicBool, files: bool) {
    while !over.load(Ordering::Relaxed) {
        let mut browser = run.browser(number);
        for path in ["/", "/signin", "/help", "/recovery/password"] {
            if browser.visit(path).is_ok() && browser.status != 200 {
                run.journal.violated(number, &format!("{path}: {}", browser.says()));
            }
            // Whichever node drew the page, every node has a style sheet and a script for it.
            for file in browser.files().into_iter().filter(|_| files) {
                if browser.fetch(&file).is_ok_and(|status| status != 200) {
                    run.journal.violated(number, &format!("{path} needs {file}"));
                }
            }
        }
    }
}

/// The lines that tell of requests which did not end well.
fn unanswered(log: &str) -> String {
    let lines = log.lines().filter(|line| line.contains("\"status\":50") || line.contains("http.log.error"));
    lines.take(40).collect::<Vec<_>>().join("\n")
}

/// One node after the other becomes this program; each time the two are watched side by side.
fn replace_each(run: &Run, nodes: [&Program; 2]) {
    for node in nodes {
        more(run, 50);
        node.leave();
        node.becomes_ours();
        let answered = node.answered();
        node.start_again();
        is_asked(node, answered);
        more(run, 300);
    }
}

/// What happens under the load, and its name.
type Deed<'d> = (&'static str, &'d dyn Fn(&Run, [&Program; 2]));

#[test]
fn nobody_loses_a_request_while_nodes_are_restarted_upgraded_and_killed() {
    let deeds: [Deed<'_>; 3] = [
        ("rolling restart", &restart_each),
        ("rolling upgrade", &|run, nodes| {
            upgrade(&run.url);
            restart_each(run, nodes);
        }),
        ("kills", &|run, nodes| kill_each(run, nodes, number("PORTAL_TEST_NODES", 1))),
    ];
    under_load(None, &deeds);
}

#[test]
#[ignore = "needs the program of an earlier commit, which tests/older builds"]
fn nobody_loses_a_request_while_an_earlier_program_is_upgraded_to_this_one() {
    let older = std::env::var_os("PORTAL_TEST_OLDER").expect("the folder that tests/older makes");
    let deeds: [Deed<'_>; 3] = [
        ("the earlier program alone", &|run, _| more(run, 300)),
        ("the earlier program on this one's schema", &|run, nodes| {
            let newer = nodes[0].console_of_ours();
            let done = newer.command(&["migrate", "up"]).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            more(run, 300);
        }),
        ("both side by side", &replace_each),
    ];
    under_load(Some(Path::new(&older)), &deeds);
}

/// Two nodes behind Caddy, and members at work all the time: none of them may lose a request by what is done. `older`: the
/// folder of an earlier program and its unions, which the nodes run at first.
#[expect(clippy::print_stdout, reason = "figures for whoever asks with --nocapture")]
fn under_load(older: Option<&Path>, deeds: &[Deed<'_>]) {
    let cluster = Cluster::start();
    let (unions, host) = older.map_or_else(unions, |older| unions_of(&older.join("tenants")));
    let (url, post) = (Cluster::url(cluster.port), Post::open());
    let more_settings = [
        ("PORTAL_TENANTS__DIR", unions.path().display().to_string()),
        ("PORTAL_PUBLIC__SCHEME", "https".to_owned()),
        ("PORTAL_PUBLIC__PORT", "443".to_owned()),
        ("PORTAL_MAIL__SMTP_URL", post.url()),
        ("PORTAL_PROXY__TRUSTED", "127.0.0.1/32".to_owned()),
    ];
    let first = match older {
        None => Program::prepare(&[], &url, &more_settings),
        Some(older) => Program::prepare_of(&older.join("kenpo-portal"), &[], &url, &more_settings),
    };
    first.is_ready_again();
    let second = first.node_elsewhere();
    let nodes = [&first, &second];
    let caddy = Caddy::before(&nodes);
    let folder = tempfile::tempdir().unwrap();
    let run = Run {
        door: caddy.door(&host),
        host,
        seed: 1,
        url,
        desk: first.console(),
        journal: Arc::new(Journal::new(&folder.path().join("journal"))),
        post,
        devices: AtomicU32::new(1),
    };
    let file = folder.path().join("roster.csv");
    fs::write(&file, roster("1", (1..=MEMBERS).chain(GUESSERS..GUESSERS + 40))).unwrap();
    let files = has_files_for_others(&first, &run.host);
    assert!(files || older.is_some(), "pages of another version find no style sheet");
    let done = import(&first, &file).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    let kinds = [Kind::App, Kind::Passkey, Kind::MailCode];
    let people = (1..=MEMBERS).zip(kinds.into_iter().cycle());
    let waiting = Mutex::new(people.map(|(number, kind)| Person::new(&run, number, kind)).collect());
    let over = AtomicBool::new(false);
    let mut told = Vec::new();
    thread::scope(|scope| {
        let _over_at_last = OverAtLast(&over);
        for _ in 0..AT_ONCE {
            scope.spawn(|| walk(&run, &waiting, &over));
        }
        scope.spawn(|| guess(&run, &over));
        for reader in 0..READERS {
            let (run, over) = (&run, &over);
            scope.spawn(move || read(run, FIRST_READER + reader, over, files));
        }
        for (what, deed) in deeds {
            let (began, before) = (Instant::now(), Counted::of(&run));
            deed(&run, nodes);
            more(&run, 50);
            told.push((*what, began.elapsed(), Counted::of(&run).since(before)));
        }
    });
    for (what, took, counted) in &told {
        println!("{what}: {took:.1?}, {counted:?}");
    }
    let people = finish(&run, waiting.into_inner().unwrap());
    println!(
        "{} members at the end, deeds {}",
        people.len(),
        people.iter().map(|person| person.deeds).sum::<u32>()
    );
    let journal = || fs::read_to_string(folder.path().join("journal")).unwrap();
    assert!(run.journal.violations().is_empty(), "{:#?}\n{}", run.journal.violations(), journal());
    for (what, _, counted) in told {
        assert_eq!(counted.cut, 0, "{what}: requests without an answer\n{}", unanswered(&caddy.log()));
        // After a kill a node may say itself that a request has to come back: what the dead one held is still locked.
        let lost = if what == "kills" { 0 } else { counted.refused + counted.told };
        assert_eq!(lost, 0, "{what}: {counted:?}\n{}", unanswered(&caddy.log()));
        assert!(counted.requests > 200, "{what}: {counted:?}");
    }
    for arguments in [&["verify-store"][..], &["audit", "verify"], &["migrate", "status"]] {
        let done = first.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&done.stderr));
    }
}
