//! `keys rotate|status|remove` by the real program, beside a service that runs (D36).

use std::{fs, thread};

use serde_json::Value;

use super::{
    keys::{key_of, place},
    program::{Place, Running},
};

fn status(place: &Place) -> (i32, Value) {
    let ended = place.run(&["keys", "status", "--json"]);
    (ended.code, serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err)))
}

fn ready(service: &Running) -> u16 {
    Running::ask(service.internal, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").0
}

#[test]
fn a_database_that_was_not_used_yet_has_no_rotation_that_waits() {
    let (code, said) = status(&Place::ready());
    assert_eq!((code, said["keys"][0]["stage"].as_str()), (0, Some("active")), "{said}");
}

#[test]
fn keys_are_rotated_beside_a_service_that_never_stops_being_ready() {
    let place = place();
    let path = place.path("keys.toml");
    let (old, _) = key_of(&fs::read_to_string(&path).unwrap());
    let mut service = place.serve();
    while status(&place).1["nodes"] == serde_json::json!([]) {
        thread::yield_now();
    }
    let rotated = place.run(&["keys", "rotate"]);
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    let (new, _) = key_of(&fs::read_to_string(&path).unwrap());
    assert!(new != old && rotated.err.contains(&new.to_string()), "{}", rotated.err);
    assert_eq!(ready(&service), 200);
    // Run again, it says that it is done; a new key comes only when it is asked for.
    let ring = fs::read_to_string(&path).unwrap();
    let again = place.run(&["keys", "rotate", "--lang", "en"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.err.contains("Nothing was changed") && again.err.contains("--again"), "{}", again.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), ring);
    // The one first password may be of either key, and is said to be counted with both.
    let listed = place.run(&["keys", "status", "--lang", "en"]);
    assert!(listed.err.contains("counts with both"), "{}", listed.err);
    let (code, said) = status(&place);
    assert_eq!(code, 0, "{said}");
    assert_eq!(
        (said["keys"][0]["stage"].as_str(), said["keys"][1]["stage"].as_str()),
        (Some("retired"), Some("active"))
    );
    assert_eq!(
        (said["nodes"][0]["active"].as_u64(), said["nodes"].as_array().unwrap().len()),
        (Some(new.into()), 1)
    );

    // Her first password is digested with the old key, and nobody else's: that is said before it is done.
    let id = old.to_string();
    let refused = place.run(&["keys", "remove", &id, "--lang", "en"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(
        refused.err.contains("first passwords not used yet: 1") && refused.err.contains("1 member has"),
        "{}",
        refused.err
    );
    let japanese = place.run(&["keys", "remove", "--lang", "ja"]).err;
    assert!(japanese.contains("まだ使われていない仮パスワード: 1件"), "{japanese}");
    let forced = place.run(&["keys", "remove", &id, "--force", "--lang", "en"]);
    assert_eq!(forced.code, 0, "{}", forced.err);
    assert!(forced.err.contains("1 member has to set a new password"), "{}", forced.err);
    assert!(!fs::read_to_string(&path).unwrap().contains(&id));
    // Three times: with the file's new key, with the one for new data, and without the one that was removed.
    for _ in 0..3 {
        service.until("Keys in use");
    }
    assert_eq!(ready(&service), 200);
    assert_eq!(status(&place).1["keys"][0]["stage"], "removed");
    let listed = place.run(&["keys", "status", "--lang", "ja"]);
    assert!(listed.out.contains("使用中") && listed.out.contains("消した"), "{}", listed.out);
    drop(service);

    // What is gone is gone: the ring of before is refused, by name.
    let key = fs::read_to_string(&path).unwrap();
    let (_, key) = key_of(&key);
    fs::write(&path, format!("active = {old}\n[keys]\n{old} = \"{key}\"\n{new} = \"{key}\"\n")).unwrap();
    let shown = place.run(&["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"]);
    assert!(shown.code == 2 && shown.err.contains("was removed"), "{}", shown.err);
}

#[test]
fn where_there_is_nothing_to_do_it_is_said() {
    let place = place();
    let (active, _) = key_of(&fs::read_to_string(place.path("keys.toml")).unwrap());
    for (command, said) in [
        (&["keys", "remove"][..], "nothing to remove"),
        (&["keys", "remove", &active.to_string(), "--force"], "is the key for new data"),
        (&["keys", "remove", "7"], "There is no key 7"),
    ] {
        let ended = place.run(&[command, &["--lang", "en"]].concat());
        assert!(ended.code == 1 && ended.err.contains(said), "{command:?}: {}", ended.err);
    }
}
