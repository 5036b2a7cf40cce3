//! Members walk while the service is killed (SIGKILL) again and again, while one of two nodes is, and while PostgreSQL
//! restarts as after a crash: first logins, sign-ins by app, passkey and mailed code, recoveries by link and by code, lost
//! factors, every settings deed, and rosters that are imported. A journal outside of it holds what was acknowledged;
//! afterwards nothing of that is missing (INV1), no token was good twice (INV2), each change stands beside its letter and
//! its row of the trail (INV3), counters went down by nobody's death (INV4), and every member can go on (INV5).
//!
//! `PORTAL_TEST_KILLS=200 cargo test --test faults kills::on_ -- --nocapture` kills that often on each database and prints
//! what came of it; without the variable it is five times. `PORTAL_TEST_NODES=50 cargo test --test faults of_two_nodes` and
//! `PORTAL_TEST_RESTARTS=20 cargo test --test faults restarts_under_load` are the same for the others. `PORTAL_TEST_SEED`
//! begins with another number: the moments of the kills and what each member does follow from it, what the machine makes
//! of them does not.
//!
//! Members who do not know whether a password was set try both, and so come to pauses: they wait for the first one, and at
//! the next one the desk unlocks them, by its own command. At the end `verify-store` and `audit verify` look at all of it.
//! Where a run names a session that is gone, it says which cookie was given, which one the browser still holds, and the
//! member's sessions and last rows of the trail at that moment: a session that is there, under a cookie that the browser
//! threw away, is a mistake of the member.
//!
//! The real program runs by the machine's clock, and nothing tells from outside at which moment it may be killed: hence the
//! sleeps, and the polls for letters, codes of the next half minute and readiness.

mod balancer;
mod behind_caddy;
mod browser;
mod compare;
mod journal;
mod person;
mod post;

use std::{
    collections::VecDeque,
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use browser::{Browser, Lost};
use journal::Journal;
use person::{Kind, Pause, Person, TEMPORARY};
use post::Post;
use tempfile::TempDir;

use crate::{
    OverAtLast,
    caddy::Door,
    cluster::Cluster,
    program::{Console, Program, sqlite},
    seed::Seed,
};

/// The union whose file offers everything, and is edited to offer it in every way.
const UNION: &str = "jrpluskenpo";
/// Members who walk at once.
const AT_ONCE: usize = 8;
/// The first number of members who only guess.
const GUESSERS: u32 = 50_000;
/// Members of each roster that is imported meanwhile.
const IN_A_ROSTER: u32 = 300;

/// What a run shares.
pub struct Run {
    pub door: Door,
    pub host: String,
    pub seed: u64,
    /// Of the database.
    pub url: String,
    /// The union's staff, who type commands.
    pub desk: Console,
    pub journal: Arc<Journal>,
    pub post: Post,
    devices: AtomicU32,
}

impl Run {
    pub fn browser(&self, who: u32) -> Browser {
        Browser::new(self.door.from(who), &self.host, Arc::clone(&self.journal), who)
    }

    /// The seed of an authenticator nobody has.
    pub fn next_device(&self) -> u32 {
        self.devices.fetch_add(1, Ordering::Relaxed)
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

/// What happens meanwhile.
#[derive(Clone, Copy)]
enum Havoc<'c> {
    /// The service is killed, and started again.
    Kill,
    /// There are two nodes, and one of them is, by turns.
    KillOneOfTwo,
    /// PostgreSQL is stopped as by a crash, and started again.
    Restart(&'c Cluster),
}

#[test]
fn on_sqlite_nothing_acknowledged_is_lost_and_nothing_is_half_done() {
    let folder = tempfile::tempdir().unwrap();
    walk_through(Havoc::Kill, number("PORTAL_TEST_KILLS", 5), "SQLite", &sqlite(folder.path()));
}

#[test]
fn on_postgresql_nothing_acknowledged_is_lost_and_nothing_is_half_done() {
    let cluster = Cluster::start();
    let url = Cluster::url(cluster.port);
    walk_through(Havoc::Kill, number("PORTAL_TEST_KILLS", 5), "PostgreSQL", &url);
}

#[test]
fn of_two_nodes_one_is_killed_and_the_other_loses_nothing_acknowledged() {
    let cluster = Cluster::start();
    let url = Cluster::url(cluster.port);
    walk_through(Havoc::KillOneOfTwo, number("PORTAL_TEST_NODES", 4), "Two nodes", &url);
}

#[test]
fn a_database_that_restarts_under_load_loses_nothing_acknowledged() {
    let cluster = Cluster::start();
    let url = Cluster::url(cluster.port);
    walk_through(Havoc::Restart(&cluster), number("PORTAL_TEST_RESTARTS", 3), "PostgreSQL restarts", &url);
}

/// The union's folder, with every way in switched on.
fn unions() -> (TempDir, String) {
    unions_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants"))
}

/// The same of another folder.
fn unions_of(from: &Path) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("{UNION}.toml");
    let union = fs::read_to_string(from.join(&file)).unwrap();
    let host = union.lines().find_map(|line| line.strip_prefix("primary = \"")).unwrap();
    let host = host.split('"').next().unwrap().to_owned();
    let union = union.replacen("[login]\n", "[login]\npasskey = \"alone\"\n", 1);
    fs::write(folder.path().join(&file), union).unwrap();
    fs::copy(from.join("_defaults.toml"), folder.path().join("_defaults.toml")).unwrap();
    fs::create_dir(folder.path().join(UNION)).unwrap();
    for entry in fs::read_dir(from.join(UNION)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(UNION).join(path.file_name().unwrap())).unwrap();
    }
    (folder, host)
}

/// A roster of those numbers, under that 記号.
fn roster(kigo: &str, numbers: impl Iterator<Item = u32>) -> String {
    let head = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n".to_owned();
    let row = |number: u32| {
        let (login, address) = (person::login(number), person::address(number));
        format!("{kigo},{number},,1979-08-22,見本 太郎,ミホン タロウ,{login},{TEMPORARY},{address}\n")
    };
    std::iter::once(head).chain(numbers.map(row)).collect()
}

fn import(program: &Program, file: &Path) -> std::process::Command {
    program.command(&["member", "import", "--tenant", UNION, file.to_str().unwrap()])
}

/// Once: kills, nodes or restarts. How long it took until all was well again.
fn happen(havoc: Havoc<'_>, turn: u64, (nodes, host): (&[&Program], &str), chance: &mut Seed) -> Duration {
    match havoc {
        Havoc::Kill => {
            nodes[0].kill();
            nodes[0].start_again()
        }
        Havoc::KillOneOfTwo => {
            let (killed, left) =
                if turn.is_multiple_of(2) { (nodes[0], nodes[1]) } else { (nodes[1], nodes[0]) };
            killed.kill();
            for _ in 0..10 {
                left.is_green("the other node was killed");
                let asks = format!("GET /signin HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
                let answer = left.say(&asks).expect("an answer");
                assert_eq!(answer.status, 200, "the other node was killed: {}", answer.head);
                thread::sleep(Duration::from_millis(10 + chance.below(30)));
            }
            killed.start_again()
        }
        Havoc::Restart(cluster) => {
            cluster.restart();
            let took = nodes[0].is_ready_again();
            nodes[0].took_at_most(Duration::from_secs(5), took, "a restart");
            took
        }
    }
}

fn walk_through(havoc: Havoc<'_>, times: u64, title: &str, url: &str) {
    let seed = number("PORTAL_TEST_SEED", 1);
    let members = u32::try_from(12 + times / 4).unwrap();
    let (unions, host) = unions();
    let folder = tempfile::tempdir().unwrap();
    let post = Post::open();
    let more = [
        ("PORTAL_TENANTS__DIR", unions.path().display().to_string()),
        ("PORTAL_PUBLIC__SCHEME", "https".to_owned()),
        ("PORTAL_PUBLIC__PORT", "443".to_owned()),
        ("PORTAL_MAIL__SMTP_URL", post.url()),
    ];
    let program = Program::prepare(&[], url, &more);
    program.is_ready_again();
    let journal = Arc::new(Journal::new(&folder.path().join("journal")));
    let second = matches!(havoc, Havoc::KillOneOfTwo).then(|| program.another_node());
    let nodes: Vec<&Program> = std::iter::once(&program).chain(&second).collect();
    let door = Door::Plain(if nodes.len() > 1 {
        balancer::before(nodes.iter().map(|node| node.port()).collect())
    } else {
        program.port()
    });
    let (url, desk, devices) = (url.to_owned(), program.console(), AtomicU32::new(1));
    let run = Run { door, host, seed, url, desk, journal, post, devices };

    let first = folder.path().join("first.csv");
    fs::write(&first, roster("1", (1..=members).chain(GUESSERS..GUESSERS + 40))).unwrap();
    let done = import(&program, &first).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    let began = Instant::now();
    let kinds = [Kind::App, Kind::Passkey, Kind::MailCode];
    let people =
        (1..=members).zip(kinds.into_iter().cycle()).map(|(number, kind)| Person::new(&run, number, kind));
    let waiting = Mutex::new(people.collect::<VecDeque<_>>());
    let over = AtomicBool::new(false);
    let mut restarts = Vec::new();
    let mut rosters = Vec::new();
    thread::scope(|scope| {
        let over_at_last = OverAtLast(&over);
        for _ in 0..AT_ONCE {
            scope.spawn(|| walk(&run, &waiting, &over));
        }
        scope.spawn(|| guess(&run, &over));
        let office = scope.spawn(|| keep_rosters(&program, folder.path(), seed, &over));
        let mut chance = Seed::new(seed);
        for turn in 0..times {
            thread::sleep(Duration::from_millis(150 + chance.below(900)));
            restarts.push(happen(havoc, turn, (&nodes, &run.host), &mut chance));
        }
        // Everybody may end what they are at.
        thread::sleep(Duration::from_secs(1));
        drop(over_at_last);
        rosters = office.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault));
    });
    let killed = began.elapsed();
    let people = finish(&run, waiting.into_inner().unwrap());
    compare::rosters(&run, &run.url, &rosters);
    report(title, times, killed, &restarts, &run, &rosters);
    let violations = run.journal.violations();
    if !violations.is_empty() {
        let journal = fs::read_to_string(folder.path().join("journal")).unwrap();
        let told = violations.iter().map(|(who, what)| {
            let own = format!(" {who} ");
            let lines: Vec<&str> = journal.lines().filter(|line| line.contains(&own)).collect();
            let tail = lines[lines.len().saturating_sub(150)..].join("\n");
            format!("member {who}: {what}\n{tail}")
        });
        let told: Vec<String> = told.collect();
        panic!("{title}, seed {seed}: {} violations\n{}", violations.len(), told.join("\n\n"));
    }
    // What the program's own commands find, over the whole store and from the trail's first row.
    for arguments in [&["verify-store"][..], &["audit", "verify"]] {
        let done = program.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&done.stderr));
    }
    drop(program);
    if run.url.starts_with("sqlite:") {
        the_comparison_notices(&run, &run.url, &people);
    }
}

/// One of those who walk at once: takes whoever is ready, and does one deed of theirs.
fn walk(run: &Run, waiting: &Mutex<VecDeque<Person>>, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let next = {
            let mut waiting = waiting.lock().unwrap();
            let at = waiting.iter().position(|person| person.ready_at <= Instant::now());
            at.and_then(|at| waiting.remove(at))
        };
        let Some(mut person) = next else {
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        let deed = person.deed.unwrap_or_else(|| person.choose());
        person.deed = Some(deed);
        match person.go_on(run, deed) {
            Ok(()) => {
                person.deed = None;
                person.deeds += 1;
            }
            Err(Pause::Until(then)) => person.ready_at = then,
            Err(Pause::Retires) => person.ready_at = Instant::now() + Duration::from_hours(10),
            Err(Pause::Lost) => {
                patiently(over, || person.look_again(run));
            }
        }
        waiting.lock().unwrap().push_back(person);
    }
}

/// Until there is an answer, or no time.
fn patiently(over: &AtomicBool, mut what: impl FnMut() -> Result<(), Pause>) {
    while let Err(Pause::Lost) = what() {
        if over.load(Ordering::Relaxed) {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Four wrong passwords for each of some members: below the first pause, so that each is verified and counted.
fn guess(run: &Run, over: &AtomicBool) {
    for number in GUESSERS..GUESSERS + 40 {
        for _ in 0..4 {
            if over.load(Ordering::Relaxed) {
                return;
            }
            let mut browser = run.browser(number);
            let form = format!("username={}&password=wrong-password", person::login(number));
            match browser.post("/signin", &form) {
                Ok(_) => run.journal.acknowledged(number, "password-differed"),
                Err(Lost::Cut | Lost::Refused) => run.journal.unsure(number, "password-differed"),
            }
            thread::sleep(Duration::from_millis(30));
        }
    }
}

/// A roster that was imported while the service was killed, and the import too.
pub struct Roster {
    pub kigo: String,
    pub kills: u32,
}

/// Imports one roster after the other; two of three are killed first.
fn keep_rosters(program: &Program, folder: &Path, seed: u64, over: &AtomicBool) -> Vec<Roster> {
    let mut chance = Seed::new(seed ^ 0xF11E);
    let mut done = Vec::new();
    for at in 0.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let kigo = format!("R{at}");
        let file = folder.join(format!("{kigo}.csv"));
        let first = 60_000 + at * IN_A_ROSTER;
        fs::write(&file, roster(&kigo, first..first + IN_A_ROSTER)).unwrap();
        let mut kills = 0;
        if chance.below(3) < 2 {
            let mut command = import(program, &file);
            let mut child = command
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            thread::sleep(Duration::from_millis(50 + chance.below(900)));
            kills += u32::from(child.try_wait().unwrap().is_none());
            let _ = child.kill();
            let _ = child.wait();
        }
        // Another is refused until the dead one's lease has run out; then it is removed or finished.
        let until = Instant::now() + Duration::from_mins(5);
        loop {
            let output = import(program, &file).output().unwrap();
            if output.status.success() {
                break;
            }
            assert!(
                Instant::now() < until,
                "no import any more: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            thread::sleep(Duration::from_secs(2));
        }
        done.push(Roster { kigo, kills });
    }
    done
}

/// Everybody signs in once more; then what the database holds is compared with what was acknowledged.
fn finish(run: &Run, people: VecDeque<Person>) -> Vec<Person> {
    let until = Instant::now() + Duration::from_mins(8);
    let people = Mutex::new(people.into_iter().collect::<Vec<_>>());
    let finished = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = people.lock().unwrap().pop();
                    let Some(mut person) = next else { break };
                    loop {
                        match person.finish(run) {
                            Ok(()) | Err(Pause::Retires) => break,
                            Err(_) if Instant::now() > until => {
                                run.journal.violated(person.number, "did not get in at the end");
                                break;
                            }
                            Err(Pause::Until(then)) => {
                                thread::sleep(then.saturating_duration_since(Instant::now()));
                            }
                            Err(Pause::Lost) => thread::sleep(Duration::from_millis(100)),
                        }
                    }
                    finished.lock().unwrap().push(person);
                }
            });
        }
    });
    let finished = finished.into_inner().unwrap();
    compare::people(run, &run.url, &finished);
    compare::guesses(run, &run.url, GUESSERS..GUESSERS + 40);
    compare::letters(run);
    finished
}

/// What a fault would have left behind is noticed, each for itself.
fn the_comparison_notices(run: &Run, url: &str, people: &[Person]) {
    for (what, damage) in [
        ("rows of the trail", "UPDATE audit SET member = NULL WHERE event = 'terms-accepted'"),
        ("user ID", "UPDATE member SET login = 'nobody' || bango"),
        // Every member has chosen a method, however short the run was; not every run has changed a password.
        ("letters", "UPDATE audit SET event = 'password-changed' WHERE event = 'method-chosen'"),
        ("factors", "DELETE FROM totp"),
    ] {
        let before = run.journal.violations().len();
        compare::damage(url, damage);
        compare::people(run, url, people);
        let found = run.journal.violations().split_off(before);
        assert!(found.iter().any(|(_, violation)| violation.contains(what)), "{what}: {found:?}");
    }
}

#[expect(clippy::print_stdout, reason = "the figures of a long run are read by whoever asked for it")]
fn report(title: &str, times: u64, took: Duration, restarts: &[Duration], run: &Run, rosters: &[Roster]) {
    let journal = &run.journal;
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let slowest = restarts.iter().max().copied().unwrap_or_default();
    println!(
        "{title}: {times} times in {took:.0?}, well again after at most {slowest:.2?}; {} requests, {} \
         without an answer, {} told to come back; {} rosters ({} of their imports killed); violations: {}",
        count(&journal.requests),
        count(&journal.cut),
        count(&journal.refused),
        rosters.len(),
        rosters.iter().map(|roster| roster.kills).sum::<u32>(),
        journal.violations().len(),
    );
    for (what, times) in journal.sums() {
        println!("{title}: {what:<20} acknowledged {:>5}, unsure {:>3}", times.acknowledged, times.unsure);
    }
}
