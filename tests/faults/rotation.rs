//! `keys rotate` is killed again and again, at any moment: what was sealed opens, what was digested is right, and at the end
//! one key is in use (D36, R35).

use std::{fmt::Write as _, fs, path::Path, thread, time::Duration};

use tempfile::TempDir;

use crate::{
    cluster::Cluster,
    program::{Program, sqlite},
    times,
};

/// Members, each with a letter that waits.
const MEMBERS: u32 = 1500;
/// How often the first rotations are killed.
const KILLS: u64 = 14;

/// The unions of the repository, of which one mails first passwords.
fn unions() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants"), folder.path());
    let file = folder.path().join("jswkenpo.toml");
    let text = fs::read_to_string(&file).unwrap();
    let mails = text.replace("letter     = \"postcard\"", "letter     = \"mail\"");
    assert_ne!(text, mails);
    fs::write(&file, mails.replace("\"cp932\"", "\"utf-8\"")).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn roster() -> String {
    let mut text = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n".to_owned();
    // Ten have a printed password; the others get a letter.
    for who in 0..10 {
        writeln!(text, "15,{},,1979-08-22,見本 太郎,ミホン タロウ,printed{who},Vp6r-Hn3t-Ky8s,", 1000 + who)
            .unwrap();
    }
    for who in 0..MEMBERS {
        let number = 10_000 + who;
        writeln!(text, "16,{number},,1979-08-22,見本 太郎,ミホン タロウ,,,taro{who}@example.jp").unwrap();
    }
    text
}

fn killed_again_and_again(url: &str) {
    let unions = unions();
    let tenants = ("PORTAL_TENANTS__DIR", unions.path().display().to_string());
    let mut program = Program::start_with(url, &[tenants]);
    let file = unions.path().join("roster.csv");
    fs::write(&file, roster()).unwrap();
    let run = |program: &Program, arguments: &[&str]| {
        let done = program.command(arguments).output().unwrap();
        let (out, err) =
            (String::from_utf8(done.stdout).unwrap(), String::from_utf8_lossy(&done.stderr).into_owned());
        (done.status.code(), out, err)
    };
    let imported = run(&program, &["member", "import", "--tenant", "jswkenpo", file.to_str().unwrap()]);
    assert_eq!(imported.0, Some(0), "{imported:?}");
    program.stop();
    for _ in 0..times() {
        for kill in 0..KILLS {
            let mut rotation = program.command(&["keys", "rotate", "--again"]).spawn().unwrap();
            thread::sleep(Duration::from_millis(20 + 130 * kill));
            let _ = rotation.kill();
            rotation.wait().unwrap();
        }
        // Whatever stands there now, the service runs on it, and the rotation ends beside it.
        program.serve_again();
        for who in 0..5 {
            let answer = program.sign_in_as(&format!("printed{who}"), "Vp6r-Hn3t-Ky8s").unwrap();
            assert_eq!(answer.status, 303, "{}\n{}", answer.head, program.tail());
        }
        // Twice: the second one is a rotation from its beginning, and opens every value there is.
        for _ in 0..2 {
            let rotated = run(&program, &["keys", "rotate", "--again"]);
            assert_eq!(rotated.0, Some(0), "{rotated:?}\n{}", program.tail());
        }
        let (code, status, said) = run(&program, &["keys", "status", "--json"]);
        assert_eq!(code, Some(0), "{status}{said}");
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        let keys = status["keys"].as_array().unwrap();
        let (active, others): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key["stage"] == "active");
        assert_eq!(active.len(), 1, "{status}");
        for kind in ["outbox.recipient", "outbox.content"] {
            assert_eq!(active[0]["needed_by"]["sealed"][kind], MEMBERS, "{status}");
        }
        for key in others {
            assert_eq!(key["stage"], "retired", "{status}");
            assert_eq!(key["needed_by"]["sealed"], serde_json::json!({}), "{status}");
        }
        for who in 5..10 {
            let answer = program.sign_in_as(&format!("printed{who}"), "Vp6r-Hn3t-Ky8s").unwrap();
            assert_eq!(answer.status, 303, "{}\n{}", answer.head, program.tail());
        }
        program.stop();
    }
}

#[test]
fn a_rotation_that_is_killed_again_and_again_loses_nothing_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    killed_again_and_again(&sqlite(folder.path()));
}

#[test]
fn a_rotation_that_is_killed_again_and_again_loses_nothing_on_postgresql() {
    let cluster = Cluster::start();
    killed_again_and_again(&Cluster::url(cluster.port));
}
