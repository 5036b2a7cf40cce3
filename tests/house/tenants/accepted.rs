//! Terms held against what members accepted: told with the number and what to do, and no union is left out for it.

use std::fmt::Write as _;

use kenpo_portal::domain::tenant::Language;
use kenpo_portal::tenants::{AcceptedTerms, FindingCode, Severity};

use super::{MIDORI, folder, read, sibling, told, write};

fn accepted(tenant: &str, version: &str, hash: &str, members: u32) -> AcceptedTerms {
    AcceptedTerms { tenant: tenant.to_owned(), version: version.to_owned(), hash: hash.to_owned(), members }
}

#[test]
fn a_text_that_changed_under_its_version_is_told_and_served() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    write(dir.path(), "aokenpo.toml", sibling("aokenpo"));
    let mut shown = String::new();
    let now = read(dir.path()).tenants.iter().next().unwrap().terms.hash.clone();
    for (what, kept) in [
        ("another text", accepted("midorikenpo", "2026-04-01", "0a", 312)),
        ("another text, one member", accepted("midorikenpo", "2026-04-01", "0a", 1)),
        ("another version, the same text", accepted("midorikenpo", "2025-04-01", &now, 312)),
    ] {
        let mut loaded = read(dir.path());
        loaded.add(loaded.terms_against(&[kept]));
        assert_eq!(loaded.tenants.len(), 2, "{what}: nobody is left out");
        let [ja, en] = [Language::Ja, Language::En].map(|language| told(dir.path(), &loaded, language));
        writeln!(shown, "### {what}\n{ja}\n\n{en}\n").unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn terms_as_they_were_accepted_are_not_spoken_of() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let hash = read(dir.path()).tenants.iter().next().unwrap().terms.hash.clone();
    let codes = |kept: &[AcceptedTerms]| -> Vec<FindingCode> {
        read(dir.path()).terms_against(kept).iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&[]), []);
    assert_eq!(codes(&[accepted("midorikenpo", "2026-04-01", &hash, 312)]), []);
    assert_eq!(codes(&[accepted("midorikenpo", "2025-04-01", "0a", 312)]), [], "an older version");
    assert_eq!(codes(&[accepted("aokenpo", "2026-04-01", "0a", 312)]), [], "another union");
    let rewritten = [accepted("midorikenpo", "2026-04-01", "0a", 312)];
    assert_eq!(codes(&rewritten), [FindingCode::TermsRewritten]);
    assert_eq!(FindingCode::TermsRewritten.severity(), Severity::Error);
    // Also where the file has a mistake elsewhere; the page of a closed union asks nobody.
    write(dir.path(), "midorikenpo.toml", MIDORI.replace("min_length = 8", "min_length = 7"));
    assert_eq!(codes(&rewritten), [FindingCode::TermsRewritten]);
    write(dir.path(), "midorikenpo.toml", MIDORI.replace("\"open\"", "\"closed\""));
    assert_eq!(codes(&rewritten), []);
}
