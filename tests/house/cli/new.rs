//! `tenant new`: a draft that `tenant check` leads to the end, written whole or not at all, and never over anything.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::Path,
};

use serde_json::Value;

use super::program::{Ended, Place};
use crate::tenants::{MIDORI, write};

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|fault| panic!("{fault}: {}{}", ended.out, ended.err))
}

/// Every file and folder below a folder, with what stands in it.
fn everything(folder: &Path) -> BTreeSet<(String, Vec<u8>)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            found.extend(everything(&path));
            found.insert((name, Vec::new()));
        } else {
            found.insert((name, fs::read(&path).unwrap_or_default()));
        }
    }
    found
}

fn edit(place: &Place, name: &str, edits: &[(&str, &str)]) {
    let mut text = fs::read_to_string(place.path(name)).unwrap();
    for (from, to) in edits {
        assert_eq!(text.matches(from).count(), 1, "{from} in {text}");
        text = text.replace(from, to);
    }
    fs::write(place.path(name), text).unwrap();
}

/// The findings of `tenant check` about one union: code and severity.
fn told(place: &Place, id: &str) -> Vec<(String, String)> {
    let found = json(&place.run(&["tenant", "check", id, "--json"]));
    let own = found
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["file"].as_str().unwrap().ends_with(&format!("{id}.toml")));
    own.map(|f| (f["code"].as_str().unwrap().to_owned(), f["severity"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn what_is_made_can_be_read_by_the_service_and_root_is_told_of_what_cannot() {
    let place = Place::new();
    let made = place.shell("umask 077; \"$PROGRAM\" tenant new aokenpo --name あお健康保険組合");
    assert_eq!(made.code, 0, "{}", made.err);
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    let modes = ["aokenpo", "aokenpo.toml", "aokenpo/terms.md", "aokenpo/logo.svg"].map(mode);
    assert_eq!(modes, [0o755, 0o644, 0o644, 0o644]);
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let told = || {
        let found = json(&place.run(&["tenant", "check", "--json"]));
        let rows = found.as_array().unwrap().iter().filter(|row| row["code"] == "T058");
        rows.map(|row| row["help"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(), Vec::<String>::new());
    let terms = place.path("aokenpo/terms.md");
    fs::set_permissions(&terms, fs::Permissions::from_mode(0o600)).unwrap();
    let told = told();
    assert_eq!(told.len(), usize::from(is_root), "{told:?}");
    let is_help = |help: &String| help.starts_with("chmod a+r ") && help.ends_with("aokenpo/terms.md");
    assert!(told.iter().all(is_help), "{told:?}");
}

#[test]
fn a_draft_is_made_and_check_leads_from_its_todo_marks_to_an_open_union() {
    let place = Place::new();
    let made = place.run(&["tenant", "new", "aokenpo", "--name", "あお健康保険組合", "--lang", "ja"]);
    assert_eq!((made.code, made.out.as_str()), (0, ""), "{}", made.err);
    for part in [
        "aokenpo.toml",
        "aokenpo/terms.md",
        "aokenpo/logo.svg",
        "5 か所",
        "2. kenpo-portal tenant check aokenpo",
    ] {
        assert!(made.err.contains(part), "{part}: {}", made.err);
    }
    // The hosts follow the union that is there.
    let text = fs::read_to_string(place.path("aokenpo.toml")).unwrap();
    for line in [
        "#:schema ./tenant.schema.json",
        "name = \"あお健康保険組合\"",
        "short_name = \"あお健保\"",
        "status = \"draft\"",
        "primary = \"www.aokenpo.portal.example.jp\"",
        "aliases = [\"aokenpo.portal.example.jp\"]",
        "rp_id = \"aokenpo.portal.example.jp\"",
        "passkey = \"alone\"",
        "# 公開のようす。draft(下書き。加入者には見えない)、open(公開)、maintenance(お知らせの画面だけ)、closed(終了の画面だけ)",
    ] {
        assert!(text.lines().any(|written| written == line), "{line}: {text}");
    }
    // Every TODO is told, and nothing else: no error, no advice.
    let warned = told(&place, "aokenpo");
    assert_eq!(warned, vec![("T001".to_owned(), "warning".to_owned()); 5]);
    assert_eq!(place.run(&["tenant", "check", "aokenpo"]).code, 0, "a draft may have them");
    assert_eq!(place.run(&["tenant", "check", "aokenpo", "--strict"]).code, 1);
    // It cannot be opened with any of them left: each keeps it out.
    edit(&place, "aokenpo.toml", &[("status = \"draft\"", "status = \"open\"")]);
    assert_eq!(told(&place, "aokenpo"), vec![("T001".to_owned(), "error".to_owned()); 5]);
    let served = |place: &Place| json(&place.run(&["tenant", "list", "--json"]))[0]["ok"] == true;
    assert_eq!(json(&place.run(&["tenant", "list", "--json"]))[0]["id"], "aokenpo");
    let fill: [(&str, &str, &str); 5] = [
        ("aokenpo.toml", "\"TODO: 差出人のメールアドレス\"", "\"no-reply@example.jp\""),
        ("aokenpo.toml", "\"TODO: 電話番号\"", "\"03-1234-5678\""),
        ("aokenpo.toml", "\"TODO: 受付時間\"", "\"平日 9:00〜17:00\""),
        (
            "aokenpo/terms.md",
            "TODO: これは仮の規約です。組合の規約に書きかえてから、この行を消してください。\n\n",
            "",
        ),
        ("aokenpo/logo.svg", "TODO: ", ""),
    ];
    for (file, from, to) in fill {
        assert!(!served(&place), "{from} is left");
        edit(&place, file, &[(from, to)]);
    }
    assert!(served(&place), "{}", place.run(&["tenant", "check", "aokenpo"]).out);
    assert_eq!(told(&place, "aokenpo"), []);
    assert_eq!(place.run(&["tenant", "check", "aokenpo", "--strict"]).code, 0);
}

#[test]
fn machines_are_told_the_files_and_each_mark_where_check_finds_it() {
    let place = Place::new();
    let made = json(&place.run(&["tenant", "new", "aokenpo", "--json", "--lang", "ja"]));
    assert_eq!(made["tenant"], "aokenpo");
    let files: Vec<_> = made["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    assert!(files.len() == 3 && files.iter().all(|file| Path::new(file).is_file()), "{made}");
    let mark = |row: &Value| (row["file"].to_string(), row["line"].to_string(), row["key"].to_string());
    let todo: BTreeSet<_> = made["todo"].as_array().unwrap().iter().map(mark).collect();
    let check = json(&place.run(&["tenant", "check", "aokenpo", "--json"]));
    let told: BTreeSet<_> =
        check.as_array().unwrap().iter().filter(|row| row["code"] == "T001").map(mark).collect();
    assert_eq!(todo, told);
    assert_eq!(todo.len(), 6, "the name too");
    for (_, line, key) in &todo {
        let text = fs::read_to_string(place.path("aokenpo.toml")).unwrap();
        let line = text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
        let name = key.trim_matches('"').rsplit('.').next().unwrap();
        assert!(line.starts_with(name), "{line}");
    }
}

#[test]
fn nothing_is_written_over_and_a_refused_id_leaves_the_folder_as_it_was() {
    let place = Place::new();
    let dir = place.path("");
    let refuse = |id: &str, word: &str| {
        let before = everything(&dir);
        let ended = place.run(&["tenant", "new", "--json", "--", id]);
        assert_eq!((ended.code, &json(&ended)["error"]), (2, &word.into()), "{id}: {}", ended.err);
        assert!(ended.err.trim().len() > 20, "{id} is refused in words: {}", ended.err);
        assert!(everything(&dir) == before, "{id}");
    };
    for id in [
        "",
        "ao",
        "Aokenpo",
        "ao-kenpo",
        "1kenpo",
        "あおけんぽ",
        "admin",
        "api",
        "www",
        "static",
        "internal",
        "..",
        "a/b",
        "_defaults",
    ] {
        refuse(id, "bad-id");
    }
    refuse(&"a".repeat(32), "bad-id");
    refuse("midorikenpo", "exists");
    // A folder, a file, a link to nothing.
    fs::create_dir(place.path("aokenpo")).unwrap();
    refuse("aokenpo", "exists");
    fs::remove_dir(place.path("aokenpo")).unwrap();
    write(&dir, "aokenpo.toml", "x");
    refuse("aokenpo", "exists");
    fs::remove_file(place.path("aokenpo.toml")).unwrap();
    symlink("nowhere", place.path("aokenpo.toml")).unwrap();
    refuse("aokenpo", "exists");
    fs::remove_file(place.path("aokenpo.toml")).unwrap();
    // Where an unfinished one would lie, a link: what lies behind it is not cleared.
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("precious"), "x").unwrap();
    symlink(outside.path(), place.path(".aokenpo.new")).unwrap();
    refuse("aokenpo", "exists");
    assert!(outside.path().join("precious").exists());
    fs::remove_file(place.path(".aokenpo.new")).unwrap();
    // A host that is somebody's.
    write(
        &dir,
        "midorikenpo.toml",
        MIDORI.replace("aliases = [", "aliases = [\"aokenpo.portal.example.jp\", "),
    );
    refuse("aokenpo", "host-taken");
    write(&dir, "midorikenpo.toml", MIDORI);
    // What the reader refuses is not made.
    let before = everything(&dir);
    let long = "健".repeat(61);
    for name in [long.as_str(), " ", "x\ny", "x\u{202e}", "x\u{2028}y"] {
        let ended = place.run(&["tenant", "new", "aokenpo", "--name", name, "--json"]);
        assert_eq!((ended.code, &json(&ended)["error"]), (2, &"not-right".into()), "{name}: {}", ended.err);
        assert!(ended.err.contains("name"), "{}", ended.err);
        assert!(everything(&dir) == before, "{name}");
    }
    for (like, word) in [("nosuch", "no-such-union"), ("aokenpo", "no-such-union")] {
        let ended = place.run(&["tenant", "new", "aokenpo", "--like", like, "--json"]);
        assert_eq!((ended.code, &json(&ended)["error"]), (2, &word.into()));
    }
    write(&dir, "midorikenpo.toml", MIDORI.replace("idle_minutes = 30", "idle_minutes = 99"));
    let broken = place.run(&["tenant", "new", "aokenpo", "--like", "midorikenpo", "--json"]);
    assert_eq!(json(&broken)["error"], "like-broken");
    write(&dir, "midorikenpo.toml", MIDORI);
    // Characters that mean something in TOML, Markdown and XML.
    let odd = place.run(&["tenant", "new", "aokenpo", "--name", "A \"B\" & <C> \\健康保険組合"]);
    assert_eq!(odd.code, 0, "{}", odd.err);
    assert_eq!(told(&place, "aokenpo").len(), 5);
}

#[test]
fn another_unions_rules_are_copied_and_nothing_that_is_its_own() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    let ids: Vec<String> = fs::read_dir(&samples)
        .unwrap()
        .filter_map(|entry| {
            Some(entry.unwrap().file_name().into_string().unwrap().strip_suffix(".toml")?.to_owned())
        })
        .filter(|id| !id.starts_with('_'))
        .collect();
    assert!(ids.len() >= 5, "{ids:?}");
    for like in ids {
        let place = Place::new();
        fs::remove_file(place.path("midorikenpo.toml")).unwrap();
        let file = fs::read_to_string(samples.join(format!("{like}.toml"))).unwrap();
        write(&place.path(""), &format!("{like}.toml"), &file);
        for file in fs::read_dir(samples.join(&like)).unwrap() {
            let file = file.unwrap();
            let name = format!("{like}/{}", file.file_name().to_str().unwrap());
            write(&place.path(""), &name, fs::read(file.path()).unwrap());
        }
        let made = place.run(&["tenant", "new", "aokenpo", "--name", "あお健康保険組合", "--like", &like]);
        assert_eq!(made.code, 0, "{like}: {}", made.err);
        let codes: BTreeSet<String> = told(&place, "aokenpo").into_iter().map(|(code, _)| code).collect();
        let notes = ["T001", "T026", "T103", "T105", "T106"];
        assert!(codes.iter().all(|code| notes.contains(&code.as_str())), "{like}: {codes:?}");
        let shown = |id: &str| {
            let shown = json(&place.run(&["tenant", "show", id, "--json"]));
            let rows = shown["values"].as_array().unwrap().clone();
            rows.into_iter()
                .map(|row| (row["key"].as_str().unwrap().to_owned(), row["value"].clone()))
                .collect::<Vec<_>>()
        };
        let (theirs, ours) = (shown(&like), shown("aokenpo"));
        let value = |rows: &[(String, Value)], key: &str| {
            rows.iter().find(|row| row.0 == key).map(|row| row.1.clone())
        };
        let own = |key: &str| {
            let tables = [
                "id",
                "name",
                "name_en",
                "short_name",
                "short_name_en",
                "heading",
                "heading_en",
                "hosts",
                "passkey",
                "mail",
                "contact",
                "brand",
                "terms",
                "notices",
                "services",
                "texts",
                "status",
            ];
            tables.contains(&key.split('.').next().unwrap())
                || key.starts_with("password.examples")
                || key == "app_otp.issuer"
        };
        for (key, theirs) in theirs.iter().filter(|(key, _)| !own(key)) {
            assert_eq!(value(&ours, key).as_ref(), Some(theirs), "{key} as in {like}");
        }
        // Nothing of the other's own stands in the new files: neither its id nor any text that is not a rule.
        let text: String = ["aokenpo.toml", "aokenpo/terms.md", "aokenpo/logo.svg"]
            .map(|name| fs::read_to_string(place.path(name)).unwrap())
            .concat();
        assert!(!text.contains(&like), "{text}");
        for (key, value) in theirs.iter().filter(|(key, _)| own(key) && !key.starts_with("status")) {
            let value = value.as_str().unwrap_or("");
            let common = [
                "login",
                "home",
                "yen",
                "card",
                "calendar",
                "info",
                "warning",
                "form",
                "hospital",
                "heart",
                "travel",
                "certificate",
                "link",
                "portal",
                "method",
            ];
            assert!(
                value.is_empty() || common.contains(&value) || !text.contains(&format!("\"{value}\"")),
                "{key} = {value} of {like}"
            );
        }
    }
}

#[test]
fn hosts_come_from_the_settings_where_no_union_shows_them_and_are_asked_for_otherwise() {
    let mut place = Place::new();
    fs::remove_file(place.path("midorikenpo.toml")).unwrap();
    let made = place.run(&["tenant", "new", "aokenpo", "--name", "あお健保"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let text = fs::read_to_string(place.path("aokenpo.toml")).unwrap();
    assert!(text.contains("primary = \"TODO: ") && !text.contains("rp_id"), "{text}");
    assert_eq!(told(&place, "aokenpo"), vec![("T001".to_owned(), "warning".to_owned()); 6]);
    place.set("PORTAL_HOSTS__BASE_DOMAINS", "member.example.jp,other.example.jp");
    assert_eq!(place.run(&["tenant", "new", "akakenpo"]).code, 0);
    let text = fs::read_to_string(place.path("akakenpo.toml")).unwrap();
    assert!(text.contains("primary = \"akakenpo.member.example.jp\"\n"), "{text}");
    assert!(text.contains("rp_id = \"akakenpo.member.example.jp\"\n"), "{text}");
    // Only patterns below a base domain count, and what the shared values give is not asked for again.
    write(&place.path(""), "midorikenpo.toml", MIDORI);
    let shared = fs::read_to_string(place.path("_defaults.toml")).unwrap();
    write(&place.path(""), "_defaults.toml", shared + "[mail]\nfrom_address = \"no-reply@example.jp\"\n");
    assert_eq!(place.run(&["tenant", "new", "kiirokenpo"]).code, 0);
    let text = fs::read_to_string(place.path("kiirokenpo.toml")).unwrap();
    assert!(text.contains("\"kiirokenpo.member.example.jp\"") && !text.contains("from_address"), "{text}");
    assert!(!told(&place, "kiirokenpo").iter().any(|(code, _)| code != "T001"));
}

#[test]
fn a_run_that_was_cut_is_finished_or_begun_anew_by_the_next_one() {
    let place = Place::new();
    let (hidden, folder, file) =
        (place.path(".aokenpo.new"), place.path("aokenpo"), place.path("aokenpo.toml"));
    let new = |name: &str| place.run(&["tenant", "new", "aokenpo", "--name", name, "--json"]);
    let left = |place: &Place| {
        fs::read_dir(place.path(""))
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name() == ".aokenpo.new")
            .count()
    };
    // Cut while it wrote: nothing counts, and the next run begins anew.
    fs::create_dir_all(hidden.join("aokenpo")).unwrap();
    fs::write(hidden.join("aokenpo.toml"), "id = \"ao").unwrap();
    assert_eq!(place.run(&["tenant", "check"]).code, 0, "nobody sees it");
    assert_eq!(json(&new("あお健保"))["finished_earlier_run"], false);
    assert_eq!(left(&place), 0);
    // Cut between the folder and the file: the next run finishes what was made, whatever it is asked for.
    fs::create_dir(&hidden).unwrap();
    fs::rename(&file, hidden.join("aokenpo.toml")).unwrap();
    fs::write(folder.join("own-logo.png"), "put there meanwhile").unwrap();
    let check = place.run(&["tenant", "check"]);
    assert_eq!((check.code, check.out.contains("T017")), (0, true), "a warning: {}", check.out);
    let finished = json(&new("べつの健保"));
    assert_eq!(
        (&finished["finished_earlier_run"], finished["todo"].as_array().unwrap().len()),
        (&true.into(), 5)
    );
    assert!(
        fs::read_to_string(&file).unwrap().contains("\"あお健保\"") && folder.join("own-logo.png").exists()
    );
    assert_eq!(left(&place), 0);
    // Cut when only the hidden folder was left to be removed.
    fs::create_dir(&hidden).unwrap();
    fs::hard_link(&file, hidden.join("aokenpo.toml")).unwrap();
    assert_eq!(json(&new("あお健保"))["error"], "exists");
    assert_eq!(left(&place), 0);
    // Two at once.
    for path in [&file, &folder.join("terms.md"), &folder.join("logo.svg"), &folder.join("own-logo.png")] {
        fs::remove_file(path).unwrap();
    }
    fs::remove_dir(&folder).unwrap();
    fs::create_dir(&hidden).unwrap();
    let held = fs::File::open(&hidden).unwrap();
    held.lock().unwrap();
    assert_eq!(json(&new("あお健保"))["error"], "held");
    drop(held);
    assert_eq!(new("あお健保").code, 0);
    // A folder that cannot be written into.
    let denied = place.shell("mkdir ro && cp *.toml ro && chmod 555 ro && PORTAL_TENANTS__DIR=ro $PROGRAM tenant new kurokenpo; code=$?; chmod 755 ro; exit $code");
    let root = place.shell("test $(id -u) = 0").code == 0;
    assert_eq!(denied.code, if root { 0 } else { 2 }, "{}", denied.err);
}
