//! Passkeys and the RP ID they are bound to: a file that would cost members theirs is refused, with the number.

use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::date;
use kenpo_portal::domain::tenant::Language;
use kenpo_portal::tenants::{FindingCode, LoadOptions, Loaded, PasskeyCount, load};

use super::{MIDORI, edited, folder, sibling, told, write};

const RP_ID: &str = "midorikenpo.portal.example.jp";

fn kept(tenant: &str, rp_id: &str, passkeys: u32) -> PasskeyCount {
    PasskeyCount { tenant: tenant.to_owned(), rp_id: rp_id.to_owned(), passkeys, holders: passkeys }
}

fn read(dir: &Path, kept: &[PasskeyCount]) -> Loaded {
    load(dir, &LoadOptions { base_domains: &[], today: date(2026, 4, 1), kept, ..LoadOptions::default() })
        .unwrap()
}

fn codes(loaded: &Loaded) -> Vec<&'static str> {
    loaded.findings.iter().filter(|f| f.is_error()).map(|finding| finding.code.as_str()).collect()
}

#[test]
fn a_file_that_would_cost_members_their_passkeys_is_refused() {
    let without_key = "[passkey]\nrp_id = \"midorikenpo.portal.example.jp\"\n\n";
    let moved = MIDORI.replace("midorikenpo.portal.example.jp", "midorikenpo.example.com");
    let on_a_new_host = [
        ("primary = \"www.midorikenpo.portal.example.jp\"", "primary = \"www.midorikenpo.example.com\""),
        (
            "aliases = [\"midorikenpo.portal",
            "aliases = [\"www.midorikenpo.portal.example.jp\", \"midorikenpo.portal",
        ),
    ];
    let on_a_new_host =
        on_a_new_host.iter().fold(MIDORI.to_owned(), |text, (from, to)| text.replace(from, to));
    let cases = [
        (
            "another id",
            edited(&format!("rp_id = \"{RP_ID}\""), "rp_id = \"www.midorikenpo.portal.example.jp\""),
            312,
        ),
        ("another host, and the id with it", moved.clone(), 312),
        (
            "another host, and no id written",
            moved.replace("[passkey]\nrp_id = \"midorikenpo.example.com\"\n\n", ""),
            1,
        ),
        (
            "the host of the id is dropped",
            edited(&format!("aliases = [\"{RP_ID}\"]"), "aliases = []").replace(without_key, ""),
            0,
        ),
        ("the host of the id is dropped", edited(&format!("aliases = [\"{RP_ID}\"]"), "aliases = []"), 312),
        ("another host under the old id", on_a_new_host, 312),
    ];
    let mut shown = String::new();
    for (what, text, passkeys) in cases {
        let dir = folder();
        write(dir.path(), "midorikenpo.toml", text);
        write(dir.path(), "aokenpo.toml", sibling("aokenpo"));
        let loaded = read(dir.path(), &[kept("midorikenpo", RP_ID, passkeys)]);
        assert_eq!(loaded.tenants.len(), 1, "{what}: the union is left out, and no other");
        let [ja, en] = [Language::Ja, Language::En].map(|language| told(dir.path(), &loaded, language));
        writeln!(shown, "### {what}, {passkeys} passkeys\n{ja}\n\n{en}\n").unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn passkeys_that_lose_nothing_are_not_spoken_of() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    for kept in [
        &[kept("midorikenpo", RP_ID, 312)][..],
        // Another union's, one whose file is gone, none at all.
        &[kept("aokenpo", "aokenpo.portal.example.jp", 5)],
        &[kept("midorikenpo", "old.example.jp", 0)],
        // Strays that are dead already.
        &[kept("midorikenpo", "old.example.jp", 2), kept("midorikenpo", RP_ID, 2)],
        &[kept("midorikenpo", RP_ID, 2), kept("midorikenpo", "old.example.jp", 2)],
    ] {
        let loaded = read(dir.path(), kept);
        assert_eq!((loaded.tenants.len(), codes(&loaded)), (1, vec![]), "{kept:?}");
    }
    let changed = edited(&format!("rp_id = \"{RP_ID}\""), "rp_id = \"www.midorikenpo.portal.example.jp\"");
    write(dir.path(), "midorikenpo.toml", &changed);
    let existing = [kept("midorikenpo", RP_ID, 312)];
    assert_eq!(codes(&read(dir.path(), &existing)), ["T045"]);
    // Nothing is changed by what is not looked at; the page of a closed union asks for no passkey.
    assert_eq!(codes(&read(dir.path(), &[])), [""; 0]);
    write(dir.path(), "midorikenpo.toml", changed.replace("\"open\"", "\"closed\""));
    assert_eq!(codes(&read(dir.path(), &existing)), [""; 0]);
    write(dir.path(), "midorikenpo.toml", changed.replace("\"open\"", "\"draft\""));
    assert_eq!(codes(&read(dir.path(), &existing)), ["T045"]);
}

#[test]
fn hosts_may_change_while_the_rp_id_stays_above_them() {
    let dir = folder();
    let hosts = |primary: &str, aliases: &str| {
        edited("primary = \"www.midorikenpo.portal.example.jp\"", &format!("primary = \"{primary}\""))
            .replace(&format!("aliases = [\"{RP_ID}\"]"), &format!("aliases = [{aliases}]"))
    };
    let www = "\"www.midorikenpo.portal.example.jp\"";
    for text in [
        hosts("www.midorikenpo.portal.example.jp", &format!("\"{RP_ID}\", \"midorikenpo.example.com\"")),
        hosts("kaiin.midorikenpo.portal.example.jp", &format!("\"{RP_ID}\", {www}")),
        hosts(RP_ID, www),
    ] {
        write(dir.path(), "midorikenpo.toml", &text);
        assert_eq!(codes(&read(dir.path(), &[kept("midorikenpo", RP_ID, 312)])), [""; 0], "{text}");
    }
    // Unless the id is not written and follows the host.
    let follows = hosts("kaiin.midorikenpo.portal.example.jp", &format!("\"{RP_ID}\""));
    write(dir.path(), "midorikenpo.toml", follows.replace(&format!("[passkey]\nrp_id = \"{RP_ID}\"\n"), ""));
    assert_eq!(codes(&read(dir.path(), &[kept("midorikenpo", RP_ID, 312)])), ["T045"]);
}

#[test]
fn a_union_whose_host_was_written_into_another_s_file_stays() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    write(dir.path(), "aokenpo.toml", MIDORI.replace("\"midorikenpo\"", "\"aokenpo\""));
    let existing = [kept("midorikenpo", RP_ID, 3), kept("aokenpo", "aokenpo.portal.example.jp", 4)];
    let loaded = read(dir.path(), &existing);
    let served: Vec<_> = loaded.tenants.iter().map(|tenant| tenant.slug.to_string()).collect();
    assert_eq!(served, ["midorikenpo"]);
    let own = |f: &&kenpo_portal::tenants::Finding| f.is_error() && f.tenant.as_deref() == Some("aokenpo");
    assert!(loaded.findings.iter().filter(own).any(|finding| finding.code == FindingCode::RpIdFrozen));
}

#[test]
fn passkeys_of_the_demo_lead_to_the_setting() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let loaded = read(dir.path(), &[kept("midorikenpo", "midorikenpo.localhost", 2)]);
    insta::assert_snapshot!(told(dir.path(), &loaded, Language::En));
    assert!(told(dir.path(), &loaded, Language::Ja).contains("database.url"));
}
