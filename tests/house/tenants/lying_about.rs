//! What may lie in the tenants folder instead of a union's file: nothing of it holds the start up, and whatever was meant
//! to be read is told.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use kenpo_portal::tenants::{FindingCode, Severity};

use super::{DEFAULTS, LOGO, MIDORI, TERMS, english, folder, japanese, read, sibling, write};

/// Ways in which a file breaks: its name, what is done to it, what is wrong in words (ja, en).
type Breakage = (&'static str, fn(&Path), &'static str, &'static str);

const BREAKAGES: &[Breakage] = &[
    ("a pipe", pipe, "名前つきパイプ", "a named pipe"),
    ("a link into a pipe", |file| linked(file, pipe), "名前つきパイプ", "a named pipe"),
    ("a link into endless zeros", |file| link("/dev/zero", file), "デバイス", "a device"),
    ("a link into nothing", |file| link("/no/such", file), "リンク", "link"),
    ("a link into itself", |file| link(&file.display().to_string(), file), "読めません", "cannot be read"),
    ("a socket", socket, "ソケット", "a socket"),
    ("a folder", |file| fs::create_dir(file).unwrap(), "フォルダ", "a folder"),
    ("10 MB", |file| fs::write(file, vec![b'#'; 10 << 20]).unwrap(), "KB を超え", "larger than"),
    ("10 TB of a hole", hole, "KB を超え", "larger than"),
    ("not UTF-8", |file| fs::write(file, [0x8b, 0x4b, 0x96, 0xf1]).unwrap(), "UTF-8", "UTF-8"),
    ("UTF-16", |file| wide(file, true), "UTF-16", "UTF-16"),
    ("UTF-16 without a mark", |file| wide(file, false), "UTF-16", "UTF-16"),
    ("unreadable", unreadable, "読めません", "cannot be read"),
];

/// The files of a union, and those all share.
const FILES: &[&str] =
    &["midorikenpo.toml", "_defaults.toml", "midorikenpo/logo.svg", "midorikenpo/terms.md"];

fn pipe(file: &Path) {
    assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
}

fn linked(file: &Path, make: fn(&Path)) {
    let target = file.with_extension("elsewhere");
    make(&target);
    symlink(target, file).unwrap();
}

fn link(to: &str, file: &Path) {
    symlink(to, file).unwrap();
}

fn socket(file: &Path) {
    drop(std::os::unix::net::UnixListener::bind(file).unwrap());
}

fn hole(file: &Path) {
    fs::File::create(file).unwrap().set_len(10 << 40).unwrap();
}

fn wide(file: &Path, mark: bool) {
    let text = MIDORI.encode_utf16().flat_map(u16::to_le_bytes);
    let mark: &[u8] = if mark { &[0xff, 0xfe] } else { &[] };
    fs::write(file, mark.iter().copied().chain(text).collect::<Vec<_>>()).unwrap();
}

fn unreadable(file: &Path) {
    fs::write(file, MIDORI).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o0)).unwrap();
}

/// Runs something that must not wait for anybody.
fn at_once<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = channel();
    std::thread::spawn(move || tell.send(work()));
    told.recv_timeout(Duration::from_mins(1)).unwrap_or_else(|_| panic!("{what}: it hangs"))
}

#[test]
fn whatever_becomes_of_a_file_is_told_at_once_and_costs_no_other_union() {
    for (name, break_it, ja, en) in BREAKAGES {
        for broken in FILES {
            let dir = folder();
            write(dir.path(), "midorikenpo.toml", MIDORI);
            // A union with files of its own.
            let ao = sibling("aokenpo").replace("\"midorikenpo/", "\"aokenpo/");
            write(dir.path(), "aokenpo.toml", ao);
            write(dir.path(), "aokenpo/logo.svg", LOGO);
            write(dir.path(), "aokenpo/terms.md", TERMS);
            let file = dir.path().join(broken);
            fs::remove_file(&file).unwrap();
            break_it(&file);
            if *name == "unreadable" && fs::read(&file).is_ok() {
                // Nothing is unreadable to root.
                continue;
            }
            let path = dir.path().to_owned();
            let what = format!("{broken} is {name}");
            let loaded = at_once(&what, move || read(&path));
            let errors: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
            assert_eq!(errors.len(), 1, "{what}: {errors:?}");
            assert!(japanese(&errors[0].message).contains(ja), "{what}: {}", japanese(&errors[0].message));
            assert!(english(&errors[0].message).contains(en), "{what}: {}", english(&errors[0].message));
            assert!(!japanese(&errors[0].help).is_empty() && errors[0].line >= 1);
            let served: Vec<_> = loaded.tenants.iter().map(|tenant| tenant.slug.to_string()).collect();
            // Without shared values nobody is served; but see `kept`.
            let expected: &[&str] = if *broken == "_defaults.toml" { &[] } else { &["aokenpo"] };
            assert_eq!(served, expected, "{what}");
            assert_eq!(loaded.seen, ["aokenpo", "midorikenpo"], "{what}");
        }
    }
}

#[test]
fn a_logo_or_terms_that_lie_outside_of_the_folder_are_not_read() {
    for (broken, whole) in
        [("midorikenpo/terms.md", false), ("midorikenpo/logo.svg", false), ("midorikenpo", true)]
    {
        let (dir, outside) = (folder(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("keys.toml"), "# what only the program may read").unwrap();
        write(dir.path(), "midorikenpo.toml", MIDORI);
        let file = dir.path().join(broken);
        if whole {
            fs::rename(&file, outside.path().join("midorikenpo")).unwrap();
            link(outside.path().join("midorikenpo").to_str().unwrap(), &file);
        } else {
            fs::remove_file(&file).unwrap();
            link(outside.path().join("keys.toml").to_str().unwrap(), &file);
        }
        let loaded = read(dir.path());
        let told: Vec<_> = loaded.findings.iter().map(|finding| english(&finding.message)).collect();
        assert!(told.iter().any(|told| told.contains("leads out of the folder")), "{broken}: {told:?}");
        assert!(loaded.tenants.is_empty(), "{broken}");
    }
    // A link that stays inside is as good as a file: so a mounted volume swaps its files.
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    fs::rename(dir.path().join("midorikenpo"), dir.path().join("midorikenpo.1")).unwrap();
    link("midorikenpo.1", &dir.path().join("midorikenpo"));
    assert_eq!(read(dir.path()).tenants.len(), 1);
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    let dir = folder();
    for (file, text) in [
        ("midorikenpo.toml", MIDORI),
        ("_defaults.toml", DEFAULTS),
        ("midorikenpo/logo.svg", LOGO),
        ("midorikenpo/terms.md", TERMS),
    ] {
        write(dir.path(), file, format!("\u{feff}{text}"));
    }
    let loaded = read(dir.path());
    assert_eq!(loaded.tenants.len(), 1, "{:?}", loaded.findings);
}

#[test]
fn a_file_whose_name_is_not_quite_right_is_told() {
    const NOTE: Severity = Severity::Note;
    for (name, alone, beside) in [
        ("midorikenpo.TOML", Severity::Error, Severity::Warning),
        ("midorikenpo.toml.txt", Severity::Error, Severity::Warning),
        ("midorikenpo.toml ", Severity::Error, Severity::Warning),
        ("midorikenpo．ｔｏｍｌ", Severity::Error, Severity::Warning),
        ("midorikenpo.tml", Severity::Error, Severity::Warning),
        ("midorikenpo.toml~", Severity::Warning, NOTE),
        (".midorikenpo.toml.swp", Severity::Warning, NOTE),
        (".#midorikenpo.toml", Severity::Warning, NOTE),
        ("#midorikenpo.toml#", Severity::Warning, NOTE),
        ("._midorikenpo.toml", Severity::Warning, NOTE),
        ("midorikenpo.toml.bak", Severity::Warning, NOTE),
        ("midorikenpo.toml.rpmsave", Severity::Warning, NOTE),
    ] {
        for (right, severity) in [(false, alone), (true, beside)] {
            let dir = folder();
            write(dir.path(), "aokenpo.toml", sibling("aokenpo"));
            write(dir.path(), name, MIDORI);
            if right {
                write(dir.path(), "midorikenpo.toml", MIDORI);
            }
            let loaded = read(dir.path());
            let own = loaded.findings.iter().filter(|f| f.tenant.as_deref() == Some("midorikenpo"));
            let told: Vec<_> = own.map(|f| (f.code, f.severity, f.file.clone())).collect();
            assert_eq!(
                told,
                [(FindingCode::Stray, severity, dir.path().join(name))],
                "{name:?}, right one there: {right}"
            );
            assert_eq!(loaded.tenants.len(), if right { 2 } else { 1 });
        }
    }
    // The lock of an editor leads to nothing.
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    symlink("somebody@host.1234", dir.path().join(".#midorikenpo.toml")).unwrap();
    assert_eq!(read(dir.path()).tenants.len(), 1);
}

#[test]
fn shared_values_under_a_wrong_name_are_missed() {
    for name in ["_default.toml", "_Defaults.toml", "_defaults.toml.txt", "_defaults.TOML"] {
        let dir = folder();
        write(dir.path(), "midorikenpo.toml", MIDORI);
        fs::rename(dir.path().join("_defaults.toml"), dir.path().join(name)).unwrap();
        let loaded = read(dir.path());
        let errors: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
        assert_eq!(errors.len(), 1, "{name}");
        assert!(
            errors[0].code == FindingCode::Stray && japanese(&errors[0].message).contains(name),
            "{errors:?}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_name_that_is_no_text_is_told() {
    use std::os::unix::ffi::OsStrExt as _;
    let dir = folder();
    write(dir.path(), "aokenpo.toml", sibling("aokenpo"));
    let name = std::ffi::OsStr::from_bytes(b"\x82\xdd\x82\xc7\x82\xe8.toml");
    fs::write(dir.path().join(name), MIDORI).unwrap();
    let loaded = read(dir.path());
    let found: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
    assert_eq!((found.len(), found[0].code), (1, FindingCode::Stray));
    assert_eq!(loaded.tenants.len(), 1);
}

#[test]
fn a_folder_whose_union_has_no_file_is_told() {
    let dir = folder();
    write(dir.path(), "aokenpo.toml", sibling("aokenpo").replace("midorikenpo/", "aokenpo/"));
    write(dir.path(), "aokenpo/logo.svg", LOGO);
    write(dir.path(), "aokenpo/terms.md", TERMS);
    let told = || -> Vec<(FindingCode, PathBuf, String)> {
        let findings = read(dir.path()).findings.into_iter();
        let own = findings.filter(|finding| finding.tenant.as_deref() == Some("midorikenpo"));
        own.map(|f| (f.code, f.file.clone(), english(&f.help))).collect()
    };
    let found = told();
    assert_eq!((found.len(), found[0].0), (1, FindingCode::FolderOnly), "{found:?}");
    write(dir.path(), "midorikenpo/midorikenpo.toml", MIDORI);
    assert!(told()[0].2.contains("one folder up"), "{:?}", told());
}
