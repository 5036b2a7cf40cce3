//! The compose set: each service has limits, a pinned image, a restart rule and a log that is rotated; what serves has a
//! health check; what production needs is asked for.

use std::{collections::BTreeSet, fs};

use serde_yaml_ng::Value;

use super::cli::Place;
use crate::source::root;

/// Services that serve until they are stopped; every other one does its work once.
const SERVING: [&str; 6] = ["db", "portal1", "portal2", "proxy-dev", "proxy", "mailpit"];
/// Services that run this program, from an image that is built here.
const OURS: [&str; 6] = ["migrate", "portal1", "portal2", "keys", "desk", "archive"];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The file with what its anchors stand for.
fn compose() -> Value {
    let mut file: Value = serde_yaml_ng::from_str(&read("docker-compose.yml")).unwrap();
    // An anchor may merge another one: each pass goes one deeper.
    for _ in 0..3 {
        file.apply_merge().unwrap();
    }
    file
}

fn services(file: &Value) -> Vec<(String, Value)> {
    let services = file["services"].as_mapping().unwrap();
    services.iter().map(|(name, service)| (name.as_str().unwrap().to_owned(), service.clone())).collect()
}

/// The items of a list, or the names of a table.
fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Sequence(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
        Value::Mapping(table) => table.keys().map(|key| key.as_str().unwrap().to_owned()).collect(),
        _ => BTreeSet::new(),
    }
}

/// An image whose version no later one replaces: three numbers, or a number and a number as PostgreSQL counts, or a digest.
fn is_pinned(image: &str) -> bool {
    if let Some((_, digest)) = image.split_once("@sha256:") {
        return digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let Some((name, tag)) = image.rsplit_once(':') else { return false };
    let version = tag.trim_start_matches('v').split('-').next().unwrap();
    let numbers: Vec<&str> = version.split('.').collect();
    let wanted = if name == "postgres" { 2 } else { 3 };
    numbers.len() == wanted && numbers.iter().all(|number| number.parse::<u32>().is_ok())
}

#[test]
fn a_pinned_image_is_told_from_one_that_floats() {
    for pinned in ["caddy:2.11.4", "postgres:18.6", "a/b:v1.2.3", "rust:1.95.0-trixie"] {
        assert!(is_pinned(pinned), "{pinned}");
    }
    for floats in
        ["caddy", "caddy:2", "caddy:2.11", "postgres:18", "a/b:latest", "a/b:nonroot", "a@sha256:12"]
    {
        assert!(!is_pinned(floats), "{floats}");
    }
}

#[test]
fn every_service_has_limits_a_pinned_image_a_restart_rule_and_a_bounded_log() {
    let file = compose();
    for (name, service) in services(&file) {
        let image = service["image"].as_str().unwrap();
        if OURS.contains(&name.as_str()) {
            assert_eq!(image, "${PORTAL_IMAGE:-kenpo-portal:dev}", "{name}");
            assert_eq!(service["user"].as_str(), Some("65532:65532"), "{name}: the portal's own user");
            assert_eq!(service["read_only"].as_bool(), Some(true), "{name}");
        } else {
            assert!(is_pinned(image), "{name}: {image} is another image tomorrow");
        }
        for limit in ["mem_limit", "cpus", "pids_limit"] {
            assert!(!service[limit].is_null(), "{name} has no {limit}");
        }
        let log = &service["logging"];
        assert_eq!(log["driver"].as_str(), Some("json-file"), "{name}");
        for option in ["max-size", "max-file"] {
            assert!(log["options"][option].as_str().is_some(), "{name}: its log has no {option}");
        }
        let serves = SERVING.contains(&name.as_str());
        let restart = if serves { "unless-stopped" } else { "no" };
        assert_eq!(service["restart"].as_str(), Some(restart), "{name}");
        assert_eq!(
            serves,
            !service["healthcheck"]["test"].is_null(),
            "{name}: what serves is asked how it is"
        );
        let is_by_hand =
            ["setup", "ops"].iter().any(|profile| names(&service["profiles"]).contains(*profile));
        assert_eq!(
            is_by_hand,
            !serves && name != "migrate",
            "{name}: `docker compose up` starts what serves"
        );
    }
    for image in read(".docker/Dockerfile").lines().filter_map(|line| line.strip_prefix("ARG ")) {
        assert!(is_pinned(image.split_once('=').unwrap().1), "{image}");
    }
}

#[test]
fn what_a_service_names_is_there() {
    let file = compose();
    let all: BTreeSet<String> = services(&file).into_iter().map(|(name, _)| name).collect();
    let made = read(".docker/secrets");
    for (name, service) in services(&file) {
        for (part, known) in [("secrets", "secrets"), ("networks", "networks")] {
            let unknown: Vec<_> = names(&service[part]).difference(&names(&file[known])).cloned().collect();
            assert!(unknown.is_empty(), "{name}: {part} {unknown:?}");
        }
        assert!(names(&service["depends_on"]).is_subset(&all), "{name}");
        for volume in service["volumes"].as_sequence().into_iter().flatten() {
            let from = volume.as_str().unwrap().split(':').next().unwrap();
            let known = names(&file["volumes"]).contains(from);
            assert!(known || from.starts_with("./"), "{name}: volume {from}");
        }
        // What stands in a container's environment is read there.
        for (variable, value) in service["environment"].as_mapping().into_iter().flatten() {
            if let (true, Some(secret)) = (
                variable.as_str().unwrap().ends_with("_FILE"),
                value.as_str().and_then(|value| value.strip_prefix("/run/secrets/")),
            ) {
                assert!(names(&service["secrets"]).contains(secret), "{name}: {secret}");
            }
        }
    }
    for (name, secret) in file["secrets"].as_mapping().unwrap() {
        let path = secret["file"].as_str().unwrap().replace("${COMPOSE_PROFILES:-dev}", "prod");
        let file = path.strip_prefix("./.secrets/").unwrap();
        let is_made = made.contains(&format!("keep {file} "))
            || file.strip_prefix("database_url_").is_some()
            || file.ends_with("_password");
        assert!(is_made, ".docker/secrets makes no {file} ({name:?})");
    }
    for source in names(&file["configs"]) {
        if let Some(path) = file["configs"][source.as_str()]["file"].as_str() {
            assert!(root().join(path).exists(), "{path}");
        }
    }
}

#[test]
fn the_proxy_knows_every_node_and_the_nodes_are_alike() {
    let file = compose();
    let services = services(&file);
    let service = |wanted: &str| &services.iter().find(|(name, _)| name == wanted).unwrap().1;
    assert_eq!(service("portal1"), service("portal2"));
    for proxy in ["proxy-dev", "proxy"] {
        let environment = &service(proxy)["environment"];
        assert_eq!(environment["PORTAL_NODES"].as_str(), Some("portal1:8080 portal2:8080"), "{proxy}");
        assert_eq!(environment["PORTAL_INTERNAL"].as_str(), Some("portal1:9090 portal2:9090"), "{proxy}");
        let asked = names(&service(proxy)["depends_on"]);
        assert_eq!(asked, ["portal1", "portal2"].map(str::to_owned).into(), "{proxy}");
    }
    assert_eq!(service("proxy-dev")["environment"]["PORTAL_CERTIFICATES"].as_str(), Some("internal"));
    assert!(service("proxy")["environment"]["PORTAL_CERTIFICATES"].is_null(), "public certificates");
    // The last digits of a program's stay: red for 5 seconds, up to 25 for what is running.
    assert_eq!(service("portal1")["stop_grace_period"].as_str(), Some("35s"));
}

#[test]
fn production_without_a_mail_server_says_what_to_write_and_where() {
    // As in the compose set: the secret is there, and empty until somebody fills it in.
    let mut place = Place::ready();
    let secret = place.path("smtp_url");
    fs::write(&secret, "").unwrap();
    place.set("PORTAL_MAIL__SMTP_URL_FILE", secret.display().to_string());
    let ended = place.run(&["serve"]);
    assert_eq!(ended.code, 2, "{}", ended.err);
    for said in ["mail.smtp_url", "smtp_url", ".secrets/smtp_url.prod", "smtps://user:password@"] {
        assert!(ended.err.contains(said), "{said}: {}", ended.err);
    }
    fs::write(&secret, "smtps://user:password@mail.example.jp\n").unwrap();
    let mut service = place.serve();
    service.terminate();
    service.end();
}
