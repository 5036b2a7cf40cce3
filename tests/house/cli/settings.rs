//! Settings as an operator mistypes them: every command stops or warns, and says which database it acts on (D38).

use std::fs;

use super::program::Place;

/// Commands that act on the database, and what they need.
const ON_THE_DATABASE: [&[&str]; 7] = [
    &["migrate", "status"],
    &["migrate", "up"],
    &["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"],
    &["mail", "status"],
    &["audit", "export", "--tenant", "midorikenpo"],
    &["terms", "export", "--tenant", "midorikenpo"],
    &["tenant", "check", "midorikenpo", "--db"],
];

#[test]
fn a_variable_with_one_underscore_makes_no_database() {
    let mut place = Place::new();
    let url = place.path("portal.db");
    place.set("PORTAL_DATABASE_URL", "postgres://portal:geheim@db/portal");
    for command in ON_THE_DATABASE.into_iter().chain([&["serve"][..], &["tenant", "list"], &["healthcheck"]])
    {
        let ended = place.run(command);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{command:?}: {}", ended.err);
        assert!(
            ended.err.contains("PORTAL_DATABASE_URL") && ended.err.contains("PORTAL_DATABASE__URL"),
            "{command:?}: {}",
            ended.err
        );
        assert!(!ended.err.contains("geheim"), "{}", ended.err);
    }
    assert!(!url.exists() && !place.path("portal-data").exists());
    let japanese = place.run(&["migrate", "up", "--lang", "ja"]);
    assert!(japanese.err.contains("PORTAL_DATABASE__URL のことですか"), "{}", japanese.err);
}

#[test]
fn every_command_names_its_database_and_what_it_does_not_know() {
    let mut place = Place::ready();
    place.set("PORTAL_SERVICE_HOST", "10.0.0.1");
    let database = format!("database sqlite:{} (PORTAL_DATABASE__URL)", place.path("portal.db").display());
    for command in ON_THE_DATABASE {
        let ended = place.run(command);
        assert!(ended.err.contains(&database), "{command:?}: {}", ended.err);
        assert!(ended.err.contains("PORTAL_SERVICE_HOST"), "{command:?}: {}", ended.err);
        assert!(!ended.out.contains("PORTAL_SERVICE_HOST"), "{command:?}: {}", ended.out);
    }
    let mut service = place.serve();
    assert!(service.log.iter().any(|line| line.contains("WARN") && line.contains("PORTAL_SERVICE_HOST")));
    assert!(service.log.iter().any(|line| line.contains("\"database\":\"sqlite:")));
    service.terminate();
    service.terminate();
    service.end();

    // By the file, with its line; without password and parameters.
    let mut place = Place::new();
    place.unset("PORTAL_DATABASE__URL");
    let url = "postgres://portal:geheim@127.0.0.1:1/portal?password=geheim";
    fs::write(place.path("portal.toml"), format!("[database]\nurl = \"{url}\"\n")).unwrap();
    let ended = place.run(&["migrate", "up"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("postgres://portal@127.0.0.1:1/portal (portal.toml:2)"), "{}", ended.err);
    assert!(!ended.err.contains("geheim"), "{}", ended.err);
    fs::remove_file(place.path("portal.toml")).unwrap();
    let ended = place.run(&["migrate", "status"]);
    assert!(ended.err.contains("sqlite:portal-data/portal.db (the default)"), "{}", ended.err);
}

#[test]
fn a_value_that_cannot_be_right_stops_every_command_with_setting_place_and_fix() {
    for (name, value, fix) in [
        ("PORTAL_PUBLIC__SCHEME", "ftp", "https, http"),
        ("PORTAL_PROXY__TRUSTED", "10.0.0.0/8,caddy", "172.16.0.0/12"),
        ("PORTAL_LISTEN", "8080", "127.0.0.1:8080"),
        ("PORTAL_PUBLIC__PORT", "0", "from 1 to 65535"),
        ("PORTAL_LOG", "verbose", "info"),
        ("PORTAL_MAIL__SMTP_URL", "https://mail.example", "smtp://"),
        ("PORTAL_DATABASE__URL", "mysql://portal:geheim@db/portal", "postgres://"),
    ] {
        let mut place = Place::new();
        place.set(name, value);
        let key = name.trim_start_matches("PORTAL_").to_lowercase().replace("__", ".");
        for command in [&["migrate", "up"][..], &["serve"], &["tenant", "check"], &["keys", "new", "k.toml"]]
        {
            let ended = place.run(command);
            assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{name} {command:?}: {}", ended.err);
            for word in [name, key.as_str(), fix] {
                assert!(ended.err.contains(word), "{name} {command:?}: no {word} in {}", ended.err);
            }
            assert!(!ended.err.contains("geheim") && !ended.err.contains("figment"), "{}", ended.err);
        }
        assert!(!place.path("portal.db").exists() && !place.path("k.toml").exists());
        let japanese = place.run(&["tenant", "list", "--lang", "ja"]).err;
        assert!(japanese.contains(&format!("設定 {key}({name})")), "{japanese}");
    }
}
