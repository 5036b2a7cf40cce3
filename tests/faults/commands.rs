//! Every command that changes something is stopped in every way in which it may be: killed at a system call, by a disk that is
//! full, that fails or that cannot be written, typed twice at once, typed while the clock is wrong, and told to write over what
//! is there or into a folder that is not. Nothing is half-done: afterwards the store and the trail are sound, and the same
//! command goes on or says that all is done. Whatever it refuses is told in a sentence that an operator can act on.
//!
//! `PORTAL_TEST_FAULTS=5 cargo test --test faults commands::` kills at five times as many calls.

mod left;

use std::{
    fs::{self, File},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

use tempfile::TempDir;

use crate::{clock::library, program::Console, times};

const UNION: &str = "jawakayama";
/// What members of the roster are called.
const HEAD: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス";
/// A service of the union.
const SERVICE: &str = r#"
[[services]]
id = "kenshin"
label = "健診の予約"
url = "https://kenshin.example.jp/"

[services.sso]
client_id = "kenshin"
operator = "健診の会社"
relation = "entrusted"
purpose = "health-insurance"
scopes = ["openid"]
redirect_uris = ["https://kenshin.example.jp/oidc"]
"#;

/// One command: what is typed. `OUT/` is a folder of its own, in which it may write.
struct Deed {
    words: &'static str,
    /// What it writes, where that is a file or a folder.
    writes: Option<&'static str>,
    /// Exit codes of the same command when it was done before.
    again: &'static [i32],
}

/// A deed that may be done as often as one likes.
const fn deed(words: &'static str) -> Deed {
    Deed { words, writes: None, again: &[0] }
}

/// A deed that is done once; the next time nothing is left to do, which is told.
const fn once(words: &'static str) -> Deed {
    Deed { words, writes: None, again: &[1, 2] }
}

/// A deed that writes something new; that it is there already is told.
const fn writing(words: &'static str, writes: &'static str) -> Deed {
    Deed { words, writes: Some(writes), again: &[1, 2] }
}

const DEEDS: [Deed; 27] = [
    writing("backup OUT/a.db", "a.db"),
    writing("keys new OUT/ring.toml", "ring.toml"),
    deed("keys rotate --again"),
    once("keys remove --force"),
    deed("restore --finish --unmarked --reason drill"),
    once("member lock --tenant jawakayama n3k8w5x2mt --reason drill"),
    once("member end --tenant jawakayama n3k8w5x2mt --on 2027-06-30 --reason drill"),
    once("member move --tenant jawakayama n3k8w5x2mt 梅1-999 --reason drill"),
    once("member set-email --tenant jawakayama n3k8w5x2mt new@example.jp --reason drill"),
    deed("member sessions --end --tenant jawakayama n3k8w5x2mt --reason drill"),
    once("member delete --tenant jawakayama n3k8w5x2mt --reason drill"),
    once("member unlock --tenant jawakayama b6r9d4y7cz --reason drill"),
    writing("member reissue --tenant jawakayama n3k8w5x2mt --notices OUT/n.csv --reason drill", "n.csv"),
    writing("member reissue --tenant jawakayama --file ROSTER --notices OUT/n.csv --reason drill", "n.csv"),
    deed("member import --tenant jawakayama ROSTER --yes-many"),
    writing("member import --tenant jawakayama MORE --notices OUT/n.csv --yes-many", "n.csv"),
    once("member import --tenant jawakayama --undo --yes-many --reason drill"),
    once("tenant close --tenant jawakayama --on 2027-06-30 --reason drill"),
    writing("tenant export --tenant jawakayama OUT/all --reason drill", "all"),
    once("tenant new aokenpo --name あお健康保険組合"),
    writing("tenant guide jawakayama -o OUT/g.html", "g.html"),
    writing("tenant preview jawakayama --static OUT/preview", "preview"),
    deed("tenant preview mgckenpo --link --reason drill"),
    deed("sso keys rotate --tenant jawakayama --reason drill"),
    deed("sso keys import --tenant jawakayama RSA --reason drill"),
    Deed {
        words: "sso secret new --tenant jawakayama --client kenshin --reason drill",
        writes: None,
        again: &[0, 1],
    },
    deed("sso subjects import --tenant jawakayama --sector kenshin SUBJECTS --reason drill"),
];

/// A union with members, an import that can be taken back, a locked member, a ring with two keys, and a draft beside it.
struct Place {
    folder: TempDir,
    /// Where a command may write.
    out: TempDir,
}

impl Place {
    fn first() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), out: tempfile::tempdir().unwrap() };
        let ours = Path::new(env!("CARGO_MANIFEST_DIR"));
        let tenants = place.folder.path().join("tenants");
        for union in [UNION, "mgckenpo"] {
            fs::create_dir_all(tenants.join(union)).unwrap();
            for entry in fs::read_dir(ours.join("tenants").join(union)).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), tenants.join(union).join(entry.file_name())).unwrap();
            }
        }
        let file = |name: &str| fs::read_to_string(ours.join("tenants").join(name)).unwrap();
        fs::write(tenants.join("_defaults.toml"), file("_defaults.toml")).unwrap();
        fs::write(tenants.join("jawakayama.toml"), file("jawakayama.toml") + SERVICE).unwrap();
        let draft = file("mgckenpo.toml").replacen("\"open\"", "\"draft\"", 1);
        fs::write(tenants.join("mgckenpo.toml"), draft).unwrap();
        place.write("roster.csv", &fs::read_to_string(tenants.join("jawakayama/sample.csv")).unwrap());
        for (name, bango) in [("drawn.csv", 7), ("more.csv", 8)] {
            let row = format!("桃3,{bango},,1980-01-01,新しい 人,アタラシイ ヒト,,,");
            place.write(name, &format!("{HEAD}\n{row}\n"));
        }
        place.write("subjects.csv", "ユーザID,sub\nn3k8w5x2mt,old-one\nb6r9d4y7cz,old-two\n");
        fs::copy(ours.join("tests/journeys/sso/rsa.pem"), place.folder.path().join("rsa.pem")).unwrap();
        let ring = place.folder.path().join("keys.toml").display().to_string();
        for words in [
            format!("keys new {ring}"),
            "migrate up".to_owned(),
            "member import --tenant jawakayama ROSTER --notices OUT/roster-notices.csv".to_owned(),
            "member lock --tenant jawakayama b6r9d4y7cz --reason drill".to_owned(),
            "keys rotate".to_owned(),
            "member import --tenant jawakayama DRAWN --notices OUT/first.csv".to_owned(),
        ] {
            let done = place.typed(&words).output().unwrap();
            assert!(done.status.success(), "{words}: {}", told(&done));
        }
        place
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The same place before anything was done there.
    fn again(&self) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), out: tempfile::tempdir().unwrap() };
        let copied = Command::new("cp")
            .args(["-a", &format!("{}/.", self.folder.path().display())])
            .arg(place.folder.path())
            .status();
        assert!(copied.unwrap().success());
        place
    }

    /// The command as it is typed here.
    fn typed(&self, words: &str) -> Command {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let words: Vec<String> = words
            .split(' ')
            .map(|word| match word {
                "ROSTER" => path("roster.csv"),
                "DRAWN" => path("drawn.csv"),
                "MORE" => path("more.csv"),
                "SUBJECTS" => path("subjects.csv"),
                "RSA" => path("rsa.pem"),
                word => word.replace("OUT", self.out.path().to_str().unwrap()),
            })
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut typed = Console::in_folder(self.folder.path()).command(&words);
        if words.starts_with(&["keys", "new"]) {
            // Where the database has a ring, none is made: this one is for another database.
            typed.env("PORTAL_DATABASE__URL", format!("sqlite:{}", path("another.db")));
        }
        typed
    }

    /// The store and the trail are sound.
    fn is_sound(&self, after: &str) {
        for words in ["verify-store", "audit verify"] {
            let done = self.typed(words).output().unwrap();
            assert_eq!(done.status.code(), Some(0), "{words} after {after}: {}", told(&done));
        }
    }

    /// Nothing but what is whole, or named as what is not, lies where the deed writes; it is taken away.
    fn clear(&self, deed: &Deed, after: &str) {
        left::is_whole(self, deed.words, after);
        for entry in fs::read_dir(self.out.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
                .unwrap_or_else(|fault| panic!("{after}: {}: {fault}", path.display()));
        }
    }
}

/// What a command said, on both.
fn told(done: &Output) -> String {
    String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
}

/// A command that did not do what it was asked says so in words: none of the system's own, and none of the program's insides.
fn speaks(done: &Output, what: &str) {
    let (said, code) = (told(done), done.status.code().unwrap_or_else(|| panic!("{what}: {done:?}")));
    assert!([0, 1, 2].contains(&code), "{what}: {code}: {said}");
    assert!(code == 0 || said.trim().len() > 20, "{what}: it ends with {code} and says «{said}»");
    for word in ["os error", "panicked", "Error {", "Error(", "Some(", "None)", "RUST_BACKTRACE", "(code: "] {
        assert!(!said.contains(word), "{what}: «{word}» in «{said}»");
    }
}

/// The command under strace, which does that to its system calls.
fn injected(typed: &Command, inject: &str) -> Output {
    let calls = inject.split(':').next().unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
    strace.args(["-e", &format!("inject={inject}")]).arg(typed.get_program()).args(typed.get_args());
    strace.current_dir(typed.get_current_dir().unwrap()).stdin(Stdio::null());
    for (name, value) in typed.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace.output().expect("strace; tests/run installs it")
}

/// Each deed on a thread of its own, two at a time, in a place of its own.
fn of_each(story: impl Fn(&Place, &Deed) + Sync) {
    let (first, deeds) = (&Place::first(), DEEDS.iter().collect::<Vec<_>>());
    thread::scope(|scope| {
        for half in deeds.chunks(DEEDS.len().div_ceil(2)) {
            let story = &story;
            scope.spawn(move || half.iter().for_each(|deed| story(first, deed)));
        }
    });
}

/// It is done now, or was before; then nothing is left to do. An import whose first write a disk did not answer may stand in
/// the store as one at work: whoever comes after waits until it says, here by a clock that is ahead.
fn goes_on(place: &Place, deed: &Deed, after: &str) {
    place.clear(deed, after);
    let mut done = place.typed(deed.words).output().unwrap();
    if told(&done).contains("If it has stopped, this one can run after") {
        let mut typed = place.typed(deed.words);
        done = typed.env("LD_PRELOAD", library()).env("FAKETIME", "+3m").output().unwrap();
    }
    speaks(&done, after);
    let code = done.status.code().unwrap();
    assert!(code == 0 || deed.again.contains(&code), "{after}, then {code}: {}", told(&done));
    place.is_sound(after);
}

#[test]
fn whatever_is_killed_is_done_or_not_and_can_be_typed_again() {
    let kills = std::sync::atomic::AtomicU32::new(0);
    of_each(|first, deed| {
        let mut calls = vec!["pwrite64:1", "pwrite64:4", "fdatasync:1", "fdatasync:2", "fsync:1", "write:2"];
        let more: Vec<String> = (1..times()).flat_map(|n| [format!("pwrite64:{}", 4 + 3 * n)]).collect();
        calls.extend(more.iter().map(String::as_str));
        for call in calls {
            let (name, when) = call.split_once(':').unwrap();
            let place = first.again();
            let inject = format!("{name}:signal=SIGKILL:when={when}");
            let done = injected(&place.typed(deed.words), &inject);
            if done.status.code().is_some() && done.status.signal().is_none() {
                // It has fewer of these calls.
                continue;
            }
            kills.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let after = format!("«{}» killed at {call}", deed.words);
            place.is_sound(&after);
            goes_on(&place, deed, &after);
        }
    });
    let kills = kills.into_inner();
    assert!(kills > 60, "only {kills} commands were killed");
}

#[test]
fn a_disk_that_is_full_fails_or_cannot_be_written_changes_nothing_and_is_told() {
    of_each(|first, deed| {
        for inject in [
            "pwrite64:error=ENOSPC:when=1+",
            "pwrite64:error=EROFS:when=2+",
            "fdatasync,fsync:error=EIO:when=1+",
        ] {
            let place = first.again();
            let done = injected(&place.typed(deed.words), inject);
            let after = format!("«{}» with {inject}", deed.words);
            speaks(&done, &after);
            goes_on(&place, deed, &after);
        }
    });
}

#[test]
fn two_operators_at_once_disturb_nobody() {
    of_each(|first, deed| {
        let place = first.again();
        let both = [(); 2].map(|()| {
            let mut typed = place.typed(deed.words);
            typed.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        });
        let both = both.map(|one| one.wait_with_output().unwrap());
        let what = format!("«{}» twice at once", deed.words);
        for done in &both {
            speaks(done, &what);
        }
        assert!(
            both.iter().any(|done| done.status.success()),
            "{what}: neither\n{}\n{}",
            told(&both[0]),
            told(&both[1])
        );
        place.is_sound(&what);
        goes_on(&place, deed, &what);
    });
}

#[test]
fn what_is_typed_while_the_clock_is_wrong_leaves_all_sound() {
    of_each(|first, deed| {
        for off in ["-400d", "+400d"] {
            let place = first.again();
            let mut typed = place.typed(deed.words);
            typed.env("LD_PRELOAD", library()).env("FAKETIME", off);
            let what = format!("«{}» with a clock that is {off}", deed.words);
            speaks(&typed.output().unwrap(), &what);
            place.is_sound(&what);
            goes_on(&place, deed, &what);
        }
    });
}

#[test]
fn nothing_is_written_over_and_a_folder_that_is_missing_is_named() {
    let first = Place::first();
    for deed in &DEEDS {
        let Some(writes) = deed.writes else { continue };
        let place = first.again();
        let there = place.out.path().join(writes);
        fs::write(&there, "mine").unwrap();
        let done = place.typed(deed.words).output().unwrap();
        let what = format!("«{}» over a file", deed.words);
        speaks(&done, &what);
        assert_ne!(done.status.code(), Some(0), "{what}");
        assert!(told(&done).contains(there.to_str().unwrap()), "{what}: {}", told(&done));
        assert_eq!(fs::read_to_string(&there).unwrap(), "mine", "{what}");
        fs::remove_file(&there).unwrap();
        goes_on(&place, deed, &what);

        let words = deed.words.replace("OUT/", "OUT/no/such/");
        if !words.starts_with("keys new") {
            let place = first.again();
            let done = place.typed(&words).output().unwrap();
            let what = format!("«{words}»");
            speaks(&done, &what);
            let (said, missing) = (told(&done), place.out.path().join("no/such"));
            assert_ne!(done.status.code(), Some(0), "{what}: {said}");
            assert!(said.contains(missing.to_str().unwrap()), "{what}: {said}");
            assert!(said.contains("Next: ") || said.contains("Name a new folder"), "{what}: {said}");
            goes_on(&place, deed, &what);
        }
    }
}

#[test]
fn an_output_that_takes_nothing_is_told() {
    let place = Place::first();
    for words in [
        "tenant list",
        "audit export --tenant jawakayama",
        "member find --tenant jawakayama 紀野 --reason drill",
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let done = place.typed(words).stdout(full).output().unwrap();
        speaks(&done, words);
        assert_eq!(done.status.code(), Some(2), "{words}");
        assert!(
            told(&done).contains("no space is left") && told(&done).contains("Next: "),
            "{}",
            told(&done)
        );
    }
}
