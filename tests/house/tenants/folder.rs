//! Several unions in one folder: who is served, and who is told what.

use std::fs;
use std::path::Path;

use jiff::civil::date;
use kenpo_portal::domain::tenant::{Language, Method, PasskeyRole, RosterEncoding, Status, TenantSlug};
use kenpo_portal::tenants::{FindingCode, HostMatch, LoadOptions, Severity, load};

use super::{DEFAULTS, MIDORI, edited, folder, read, sibling, told, write};

#[test]
fn ten_mistakes_in_one_file_are_all_told_at_once() {
    let dir = folder();
    let text = edited("status = \"open\"", "status = \"opened\"")
        .replace("min_length = 8", "min_lenght = 8\nmax_length = 200")
        .replace("[\"app-otp\"]", "[\"app-otp\", \"app-otp\", \"sms\"]")
        .replace("\"#1b6b2f\"", "\"#c0ffc0\"")
        .replace("phone = \"03-1234-5678\"\n", "")
        .replace("until = \"2027-03-31\"", "until = 2027-03-31")
        .replace("idle_minutes = 30", "idle_minutes = \"30\"")
        .replace("\"password\", \"email\"", "\"email\"")
        .replace("midorikenpo/terms.md", "midorikenpo/none.md");
    write(dir.path(), "midorikenpo.toml", text);
    let loaded = read(dir.path());
    let errors = loaded.findings.iter().filter(|finding| finding.is_error()).count();
    assert!(errors >= 10, "{errors}");
    let shown = told(dir.path(), &loaded, Language::Ja);
    insta::assert_snapshot!(shown);
}

#[test]
fn a_broken_file_leaves_the_others_served() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    write(dir.path(), "aokenpo.toml", "id = \"aokenpo\"\n[hosts\nprimary = ");
    write(dir.path(), "akakenpo.toml", "");
    let loaded = read(dir.path());
    assert_eq!(loaded.seen, ["akakenpo", "aokenpo", "midorikenpo"]);
    let served: Vec<_> = loaded.tenants.iter().map(|tenant| tenant.slug.to_string()).collect();
    assert_eq!(served, ["midorikenpo"]);
    assert!(loaded.findings.iter().any(|finding| finding.tenant.as_deref() == Some("akakenpo")));
}

#[test]
fn a_mistake_in_the_shared_values_keeps_every_union_out() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    write(dir.path(), "_defaults.toml", DEFAULTS.replace("hard_limit", "hard_limti"));
    let loaded = read(dir.path());
    assert!(loaded.tenants.is_empty());
    let shown = told(dir.path(), &loaded, Language::Ja);
    insta::assert_snapshot!(shown);
}

#[test]
fn of_values_that_broken_shared_ones_may_hold_nothing_is_said() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let broken = DEFAULTS.find("\n[").map(|at| format!("{}\n[", &DEFAULTS[..at])).unwrap();
    for defaults in [broken.into_bytes(), b"\xff\xfe".to_vec(), b"[login]\nmethod = 3\n".to_vec()] {
        write(dir.path(), "_defaults.toml", &defaults);
        let loaded = read(dir.path());
        assert!(loaded.tenants.is_empty());
        assert!(loaded.findings.iter().any(kenpo_portal::tenants::Finding::is_error));
        let of_unions: Vec<_> = loaded.findings.iter().filter(|finding| finding.tenant.is_some()).collect();
        assert!(of_unions.is_empty(), "{of_unions:?}");
    }
    // What a union's own file says is judged all the same.
    write(dir.path(), "midorikenpo.toml", edited("mfa_setup = \"continue\"", "mfa_setup = \"relogin\""));
    assert!(read(dir.path()).findings.iter().any(|finding| finding.code == FindingCode::Relogin));
}

#[test]
fn a_key_of_one_union_is_no_shared_value() {
    let dir = folder();
    write(dir.path(), "_defaults.toml", format!("name = \"みんなの健保\"\n{DEFAULTS}"));
    write(dir.path(), "midorikenpo.toml", MIDORI);
    assert!(read(dir.path()).findings.iter().any(|finding| finding.code == FindingCode::OwnKey));
}

#[test]
fn two_unions_cannot_have_one_host() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    write(dir.path(), "aokenpo.toml", MIDORI.replace("\"midorikenpo\"", "\"aokenpo\""));
    let loaded = read(dir.path());
    assert!(loaded.tenants.is_empty(), "which of the two is meant cannot be known");
    let shown = told(dir.path(), &loaded, Language::Ja);
    insta::assert_snapshot!(shown);
}

#[test]
fn a_forgotten_copy_does_not_take_the_original_off_the_air() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    write(dir.path(), "midorikenpo2.toml", MIDORI);
    write(dir.path(), "momokenpo.toml", sibling("midorikenpo").replace("\"open\"", "\"draft\""));
    let loaded = read(dir.path());
    let served: Vec<_> = loaded.tenants.iter().map(|tenant| tenant.slug.to_string()).collect();
    assert_eq!(served, ["midorikenpo"]);
}

#[test]
fn an_rp_id_over_a_sibling_is_refused() {
    let dir = folder();
    let wide = sibling("portal")
        .replace("\"portal\"", "\"widekenpo\"")
        .replace("www.portal.portal.example.jp", "wide.portal.example.jp")
        .replace("portal.portal.example.jp", "portal.example.jp");
    write(dir.path(), "widekenpo.toml", wide);
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let loaded = load(
        dir.path(),
        &LoadOptions { base_domains: &[], today: date(2026, 4, 1), ..LoadOptions::default() },
    )
    .unwrap();
    let shared: Vec<_> = loaded.findings.iter().filter(|f| f.code == FindingCode::RpIdShared).collect();
    assert_eq!(shared.len(), 1);
    assert_eq!(shared[0].tenant.as_deref(), Some("widekenpo"));
    assert_eq!(loaded.tenants.len(), 1);
}

#[test]
fn a_draft_is_read_but_found_at_no_host() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", edited("\"open\"", "\"draft\"").replace("03-1234-5678", "TODO"));
    let loaded = read(dir.path());
    let slug = TenantSlug::parse("midorikenpo").unwrap();
    assert_eq!(loaded.tenants.by_slug(&slug).unwrap().status, Status::Draft);
    assert!(loaded.tenants.by_host("www.midorikenpo.portal.example.jp").is_none());
    let demo = loaded.tenants.for_demo();
    assert!(
        matches!(demo.by_host("midorikenpo.localhost"), Some(HostMatch::Primary(tenant)) if tenant.rp_id == "midorikenpo.localhost")
    );
}

#[test]
fn the_five_unions_and_a_copied_sixth_are_found_by_their_hosts() {
    let dir = tempfile::tempdir().unwrap();
    copy(Path::new("tenants"), dir.path());
    let source = fs::read_to_string(dir.path().join("mgckenpo.toml")).unwrap();
    let sixth =
        source.replace("\"mgckenpo\"", "\"sixthkenpo\"").replace("mgckenpo.portal", "sixthkenpo.portal");
    write(dir.path(), "sixthkenpo.toml", sixth);
    let loaded = load(
        dir.path(),
        &LoadOptions { base_domains: &[], today: date(2026, 4, 1), ..LoadOptions::default() },
    )
    .unwrap();
    assert!(!loaded.findings.iter().any(kenpo_portal::tenants::Finding::is_error));
    assert_eq!(loaded.tenants.len(), 6);
    for tenant in loaded.tenants.iter() {
        let found = loaded.tenants.by_host(&tenant.hosts.primary);
        assert!(matches!(found, Some(HostMatch::Primary(found)) if found.slug == tenant.slug));
        for alias in &tenant.hosts.aliases {
            let found = loaded.tenants.by_host(alias);
            assert!(matches!(found, Some(HostMatch::Alias(found)) if found.slug == tenant.slug));
        }
        assert!(tenant.policy.offers(Method::AppOtp));
        assert!(tenant.brand.logo.is_some());
        assert!(tenant.terms.html.contains("<h3>第12条"));
    }
    assert!(loaded.tenants.by_host("portal.kosmo-web.jp").is_none());
}

#[test]
fn the_unions_of_the_tests_can_be_served_as_they_lie_there() {
    let options = LoadOptions { base_domains: &[], today: date(2026, 4, 1), ..LoadOptions::default() };
    let loaded = load(Path::new("tests/tenants"), &options).unwrap();
    let weak: Vec<_> = loaded.findings.iter().filter(|finding| finding.severity != Severity::Note).collect();
    assert!(weak.is_empty(), "{weak:?}");
    let served: Vec<_> = loaded.tenants.iter().map(|tenant| tenant.slug.to_string()).collect();
    assert_eq!(served, ["hinatakenpo", "midorikenpo"]);
    let hinata = loaded.tenants.by_slug(&TenantSlug::parse("hinatakenpo").unwrap()).unwrap();
    assert_eq!(hinata.policy.passkey, PasskeyRole::Alone);
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

#[test]
fn every_sample_roster_is_written_as_its_union_says() {
    let loaded = load(
        Path::new("tenants"),
        &LoadOptions { base_domains: &[], today: date(2026, 4, 1), ..LoadOptions::default() },
    )
    .unwrap();
    for tenant in loaded.tenants.iter() {
        let bytes = fs::read(format!("tenants/{}/sample.csv", tenant.slug)).unwrap();
        let encoding = match tenant.import.encoding {
            RosterEncoding::Utf8 => encoding_rs::UTF_8,
            RosterEncoding::Cp932 => encoding_rs::SHIFT_JIS,
        };
        let (text, _, broken) = encoding.decode(&bytes);
        assert!(!broken, "{}", tenant.slug);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let c = &tenant.import.columns;
        let named = [
            &c.kigo,
            &c.bango,
            &c.branch,
            &c.birthdate,
            &c.name,
            &c.name_kana,
            &c.user_id,
            &c.temp_password,
            &c.email,
        ];
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), named, "{}", tenant.slug);
        let rows = reader.records().collect::<Result<Vec<_>, _>>().unwrap();
        assert!((5..=8).contains(&rows.len()), "{}", tenant.slug);
    }
}

#[test]
fn no_union_is_named_in_the_code() {
    const NAMES: [&str; 5] = ["jswkenpo", "jrpluskenpo", "jawakayama", "daiwakenpo", "mgckenpo"];
    fn walk(dir: &Path, seen: &mut usize) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, seen);
            } else if let Ok(text) = fs::read_to_string(&path) {
                *seen += 1;
                for name in NAMES {
                    assert!(!text.contains(name), "{name} in {}", path.display());
                }
            }
        }
    }
    let mut seen = 0;
    for root in ["src", "templates"] {
        if Path::new(root).exists() {
            walk(Path::new(root), &mut seen);
        }
    }
    assert!(seen > 10);
}
