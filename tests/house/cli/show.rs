//! `tenant show`: every key with the value in force and its origin, of sound files and of broken ones.

use std::{collections::BTreeSet, fs};

use kenpo_portal::tenants::keys;
use serde_json::Value;

use super::program::{Ended, Place};
use crate::tenants::MIDORI;

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|fault| panic!("{fault}: {}{}", ended.out, ended.err))
}

fn row<'v>(shown: &'v Value, key: &str) -> &'v Value {
    let rows = shown["values"].as_array().unwrap();
    rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no {key}: {shown}"))
}

#[test]
fn every_key_is_shown_with_its_value_and_the_line_it_comes_from() {
    let place = Place::new();
    let shown = json(&place.run(&["tenant", "show", "midorikenpo", "--json", "--lang", "ja"]));
    assert_eq!((&shown["tenant"], &shown["ok"]), (&"midorikenpo".into(), &true.into()));
    let rows = shown["values"].as_array().unwrap();
    // The list of keys, and nothing else; entries of lists without their numbers.
    let bare = |key: &str| {
        key.split('.').filter(|name| name.parse::<usize>().is_err()).collect::<Vec<_>>().join(".")
    };
    let told: BTreeSet<String> = rows.iter().map(|row| bare(row["key"].as_str().unwrap())).collect();
    let known: BTreeSet<String> = keys::places()
        .into_iter()
        .map(|place| place.path)
        // Midori has notices and services, so their keys stand for them.
        .filter(|path| path != "notices" && path != "services")
        .collect();
    assert_eq!(told, known);
    let (mut own, mut shared) = (0, 0);
    for row in rows {
        let Some(file) = row["file"].as_str() else { continue };
        let line = usize::try_from(row["line"].as_u64().unwrap()).unwrap();
        let text = fs::read_to_string(file).unwrap();
        let written = text.lines().nth(line - 1).unwrap();
        let name = row["key"].as_str().unwrap().rsplit('.').next().unwrap();
        assert!(written.trim_start().starts_with(name), "{row}: {written}");
        match row["origin"].as_str().unwrap() {
            "union" => own += usize::from(file.ends_with("/midorikenpo.toml")),
            "defaults" => shared += usize::from(file.ends_with("/_defaults.toml")),
            other => panic!("{other} has no file: {row}"),
        }
    }
    assert!(own > 20 && shared > 30, "{own} and {shared}");
    for (key, value, origin) in [
        ("session.idle_minutes", Value::from(30), "union"),
        ("session.absolute_hours", Value::from(12), "defaults"),
        ("user_id.change", Value::from("allowed"), "built-in"),
        ("heading", Value::from("みどり健康保険組合加入者ページ"), "made"),
        ("app_otp.issuer", Value::from("みどり健康保険組合加入者ページ"), "made"),
        ("mail.subject_prefix", Value::from("【みどり健保】"), "made"),
        ("services.0.icon", Value::from("yen"), "union"),
        ("notices.0.level", Value::from("info"), "built-in"),
        ("contact.url", Value::Null, "none"),
        ("password.examples.ok", Value::from(vec!["Kenpo-2026"]), "union"),
    ] {
        let row = row(&shown, key);
        assert_eq!((&row["value"], row["origin"].as_str()), (&value, Some(origin)), "{row}");
    }
    assert_eq!(row(&shown, "app_otp.issuer")["made_of"][0], "heading");

    // Without shared values and without what can be left out.
    fs::remove_file(place.path("_defaults.toml")).unwrap();
    let short: String =
        MIDORI.split("[passkey]\n").next().unwrap().to_owned() + &MIDORI[MIDORI.find("[mail]").unwrap()..];
    fs::write(place.path("midorikenpo.toml"), short).unwrap();
    let shown = json(&place.run(&["tenant", "show", "midorikenpo", "--json"]));
    assert_eq!(row(&shown, "passkey.rp_id")["value"], "midorikenpo.portal.example.jp");
    assert_eq!(row(&shown, "session.absolute_hours")["origin"], "built-in");
    assert_eq!(shown["ok"], true, "what is built in is enough: {shown}");
}

#[test]
fn people_read_a_table_in_their_language_and_may_ask_for_a_part() {
    let place = Place::new();
    let shown = |arguments: &[&str]| {
        let ended = place.run(&[&["tenant", "show", "midorikenpo"], arguments].concat());
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
        ended
            .out
            .replace(&format!("{}/", place.path("").display().to_string().trim_end_matches('/')), "tenants/")
    };
    let part = shown(&["session", "heading", "--lang", "ja"]);
    let lines: Vec<Vec<&str>> = part
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(lines[0], ["項目", "値", "出どころ"]);
    assert_eq!(lines[1], ["heading", "\"みどり健康保険組合加入者ページ\"", "name から"]);
    let line = MIDORI.lines().position(|line| line.starts_with("idle_minutes")).unwrap() + 1;
    assert_eq!(lines[2], ["session.idle_minutes", "30", &format!("tenants/midorikenpo.toml:{line}")]);
    assert_eq!(lines.len(), 5);
    let english = shown(&["user_id.change", "brand.favicon"]);
    assert!(english.contains("built in") && english.contains("not written"), "{english}");
    let all = shown(&[]);
    assert!(all.lines().count() > 80, "{all}");

    let absent = place.run(&["tenant", "show", "midorikenpo", "pasword"]);
    assert_eq!((absent.code, absent.out.as_str()), (2, ""));
    assert!(absent.err.contains("no key `pasword`"), "{}", absent.err);
    let nobody = place.run(&["tenant", "show", "nosuch", "--lang", "ja"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (2, ""));
    assert!(nobody.err.contains("midorikenpo"), "{}", nobody.err);
}

#[test]
fn of_a_file_with_errors_the_findings_and_what_could_be_read() {
    let place = Place::new();
    let broken = MIDORI
        .replace("idle_minutes = 30", "idle_minutes = 600")
        .replace("phone = \"03-1234-5678\"\n", "phone = { secret = \"hunter2\" }\n")
        .replace("[brand]\n", "[brand]\nsigning_key = \"hunter2\"\nlogo_alt = = 3\n");
    fs::write(place.path("midorikenpo.toml"), broken).unwrap();
    let check = place.run(&["tenant", "check", "midorikenpo"]);
    let shown = place.run(&["tenant", "show", "midorikenpo"]);
    assert_eq!((check.code, shown.code), (1, 1));
    for finding in check.out.split("\n\n").filter(|finding| finding.starts_with("error")) {
        assert!(shown.out.contains(finding), "{finding}\n{}", shown.out);
    }
    assert!(shown.err.contains("tenant check"), "{}", shown.err);
    let machine = place.run(&["tenant", "show", "midorikenpo", "--json"]);
    let told = json(&machine);
    assert_eq!((machine.code, &told["ok"]), (1, &false.into()));
    let idle = row(&told, "session.idle_minutes");
    assert_eq!((&idle["value"], &idle["findings"][0]), (&600.into(), &"T007".into()));
    assert_eq!(row(&told, "contact.phone")["value"], Value::Null);
    assert_eq!(row(&told, "contact.hours")["value"], "平日 9:00〜17:00");
    assert!(!shown.out.contains("hunter2") && !machine.out.contains("hunter2"), "{}", shown.out);
    // Shared values that are broken: told, and read as far as they can be.
    fs::write(place.path("midorikenpo.toml"), MIDORI).unwrap();
    let defaults = fs::read_to_string(place.path("_defaults.toml")).unwrap();
    fs::write(place.path("_defaults.toml"), defaults.replace("absolute_hours = 12", "absolute_hours = 99"))
        .unwrap();
    let machine = place.run(&["tenant", "show", "midorikenpo", "--json"]);
    let absolute = row(&json(&machine), "session.absolute_hours").clone();
    assert_eq!((machine.code, &absolute["findings"][0], &absolute["value"]), (1, &"T007".into(), &99.into()));
    // Not even text.
    fs::write(place.path("midorikenpo.toml"), [0xff, 0xfe, 0]).unwrap();
    let unread = place.run(&["tenant", "show", "midorikenpo"]);
    assert!(unread.code == 1 && unread.out.contains("T010") && unread.out.contains("session.idle_minutes"));
}
