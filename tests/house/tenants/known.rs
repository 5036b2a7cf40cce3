//! Files held against what the database knows: who keeps a host that two files claim, who has members and no file, and
//! which shared values are in force (D37).

use jiff::{Timestamp, civil::date};
use kenpo_portal::domain::tenant::Language;
use kenpo_portal::tenants::{DefaultsSource, FindingCode, LoadOptions, Loaded, ServedHostFact, load};

use super::{DEFAULTS, MIDORI, english, folder, japanese, sibling, told, write};

const HOST: &str = "www.midorikenpo.portal.example.jp";

fn read(dir: &std::path::Path, options: LoadOptions<'_>) -> Loaded {
    load(dir, &LoadOptions { today: date(2026, 4, 1), ..options }).unwrap()
}

fn served(loaded: &Loaded) -> Vec<String> {
    loaded.tenants.iter().map(|tenant| tenant.slug.to_string()).collect()
}

#[test]
fn a_copy_with_its_host_left_in_does_not_take_the_running_union_down() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    write(dir.path(), "aokenpo.toml", MIDORI.replace("\"midorikenpo\"", "\"aokenpo\""));
    let members = [("midorikenpo".to_owned(), 312)];
    let since = |tenant: &str, since: &str| ServedHostFact {
        tenant: tenant.to_owned(),
        host: HOST.to_owned(),
        since: since.parse::<Timestamp>().unwrap(),
        has_data: true,
    };
    let first = [since("midorikenpo", "2026-01-01T00:00:00Z"), since("aokenpo", "2026-02-01T00:00:00Z")];
    for (options, words) in [
        (LoadOptions { members: &members, ..LoadOptions::default() }, "which has members"),
        (LoadOptions { served: &first, ..LoadOptions::default() }, "which was served there first"),
        (LoadOptions { served: &first[..1], ..LoadOptions::default() }, "which was served there first"),
    ] {
        let loaded = read(dir.path(), options);
        assert_eq!(served(&loaded), ["midorikenpo"]);
        let errors: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
        assert!(!errors.is_empty());
        for error in errors {
            assert_eq!((error.tenant.as_deref(), error.code), (Some("aokenpo"), FindingCode::HostTaken));
        }
        let said = told(dir.path(), &loaded, Language::En);
        assert!(said.contains(words) && said.contains("tenants/aokenpo.toml:7:11"), "{said}");
    }
    // Also when the copy keeps only the alias, or only the RP ID.
    for copy in [
        MIDORI
            .replace("\"midorikenpo\"", "\"aokenpo\"")
            .replace(HOST, "www.aokenpo.midorikenpo.portal.example.jp"),
        sibling("aokenpo").replace("aliases = [", "aliases = [\"midorikenpo.portal.example.jp\", "),
    ] {
        write(dir.path(), "aokenpo.toml", &copy);
        let loaded = read(dir.path(), LoadOptions { members: &members, ..LoadOptions::default() });
        assert_eq!(served(&loaded), ["midorikenpo"], "{copy}");
    }
    // Not asked, nobody is preferred.
    write(dir.path(), "aokenpo.toml", MIDORI.replace("\"midorikenpo\"", "\"aokenpo\""));
    assert!(read(dir.path(), LoadOptions::default()).tenants.is_empty());
}

#[test]
fn members_whose_union_has_no_file_are_told() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let members = [("midorikenpo".to_owned(), 312), ("aokenpo".to_owned(), 1), ("momokenpo".to_owned(), 0)];
    let loaded = read(dir.path(), LoadOptions { members: &members, ..LoadOptions::default() });
    let found: Vec<_> =
        loaded.findings.iter().filter(|finding| finding.code == FindingCode::NoFile).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].tenant.as_deref(), Some("aokenpo"));
    assert_eq!(served(&loaded), ["midorikenpo"], "nobody else is left out for it");
    assert_eq!(found[0].file, dir.path().join("aokenpo.toml"));
    assert!(
        japanese(&found[0].message).contains("1人") && english(&found[0].message).contains("1 member in")
    );
    // A file with a mistake is a file: its mistake is told, not its absence.
    write(dir.path(), "aokenpo.toml", "id = ");
    let loaded = read(dir.path(), LoadOptions { members: &members, ..LoadOptions::default() });
    assert!(loaded.findings.iter().all(|finding| finding.code != FindingCode::NoFile));
}

#[test]
fn broken_shared_values_leave_the_last_good_ones_in_force() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let kept = DEFAULTS.replace("absolute_hours = 12", "absolute_hours = 11");
    let options = LoadOptions { defaults: Some(&kept), ..LoadOptions::default() };
    let hours = |loaded: &Loaded| {
        loaded.tenants.iter().map(|tenant| tenant.policy.session.absolute_hours).collect::<Vec<_>>()
    };
    let loaded = read(dir.path(), options);
    assert_eq!(
        (loaded.shared.clone(), hours(&loaded)),
        (DefaultsSource::Read(DEFAULTS.to_owned()), vec![12])
    );
    let breakages: [(&str, Option<String>); 5] = [
        ("a misspelt key", Some(DEFAULTS.replace("hard_limit", "hard_limti"))),
        ("no TOML", Some(DEFAULTS.replace("[lockout]", "[lockout"))),
        ("a broken rule", Some(DEFAULTS.replace("max_length = 13", "max_length = 5"))),
        ("nonsense", Some("\0".to_owned())),
        ("gone", None),
    ];
    for (what, text) in breakages {
        match text {
            Some(text) => write(dir.path(), "_defaults.toml", text),
            None => std::fs::remove_file(dir.path().join("_defaults.toml")).unwrap(),
        }
        let loaded = read(dir.path(), options);
        assert_eq!((loaded.shared.clone(), hours(&loaded)), (DefaultsSource::Kept, vec![11]), "{what}");
        let errors: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
        assert!(
            errors.iter().all(|error| error.tenant.is_none()) && !errors.is_empty(),
            "{what}: {errors:?}"
        );
        // Where nothing is kept, nobody is served; without a file the built-in values are in force.
        let loaded = read(dir.path(), LoadOptions::default());
        let expected = if what == "gone" { DefaultsSource::BuiltIn } else { DefaultsSource::Broken };
        assert_eq!((loaded.shared.clone(), loaded.tenants.is_empty()), (expected, what != "gone"), "{what}");
    }
}

#[test]
fn a_union_whose_data_was_erased_is_left_out_until_it_begins_anew() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let erased = ["midorikenpo".to_owned(), "momokenpo".to_owned()];
    let loaded = read(dir.path(), LoadOptions { erased: &erased, ..LoadOptions::default() });
    assert!(loaded.tenants.is_empty());
    let told: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].code, told[0].key.as_str()), (FindingCode::Left, "id"));
    assert!(japanese(&told[0].help).contains("--undo") && english(&told[0].message).contains("erased"));
    assert_eq!(served(&read(dir.path(), LoadOptions::default())), ["midorikenpo"]);
}

#[test]
fn a_host_of_members_without_a_union_goes_to_nobody_who_does_not_name_theirs() {
    let fact = |tenant: &str, host: &str, has_data| ServedHostFact {
        tenant: tenant.to_owned(),
        host: host.to_owned(),
        since: "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap(),
        has_data,
    };
    let taker = MIDORI.replace("\"midorikenpo\"", "\"aokenpo\"");
    let by_alias = sibling("aokenpo").replace("aliases = [", &format!("aliases = [\"{HOST}\", "));
    for text in [&taker, &by_alias] {
        let dir = folder();
        write(dir.path(), "aokenpo.toml", text);
        let with = |facts: &[ServedHostFact]| {
            let loaded = read(dir.path(), LoadOptions { served: facts, ..LoadOptions::default() });
            (served(&loaded), told(dir.path(), &loaded, Language::En))
        };
        let (there, said) = with(&[fact("midorikenpo", HOST, true)]);
        assert!(
            there.is_empty() && said.contains("T046") && said.contains("takes_over = [\"midorikenpo\"]"),
            "{said}"
        );
        // Erased, or never used; another host; and whoever is served there already.
        for free in [
            vec![fact("midorikenpo", HOST, false)],
            vec![fact("midorikenpo", "elsewhere.portal.example.jp", true)],
            vec![fact("midorikenpo", HOST, true), fact("aokenpo", HOST, true)],
        ] {
            assert_eq!(with(&free).0, ["aokenpo"], "{free:?}");
        }
        // The operator's word, for that union and no other.
        for (named, expected) in [("midorikenpo", vec!["aokenpo"]), ("kikenpo", Vec::new())] {
            let said = text.replace("[hosts]", &format!("[hosts]\ntakes_over = [\"{named}\"]"));
            assert_ne!(&said, text);
            write(dir.path(), "aokenpo.toml", said);
            assert_eq!(with(&[fact("midorikenpo", HOST, true)]).0, expected, "{named}");
        }
        // A union that moved away with its members, too: its old host is not anybody's.
        write(dir.path(), "aokenpo.toml", text);
        let moved = MIDORI.replace("midorikenpo.portal.example.jp", "midori.portal.example.jp");
        write(dir.path(), "midorikenpo.toml", moved);
        assert_eq!(with(&[fact("midorikenpo", HOST, true)]).0, ["midorikenpo"]);
    }
}
