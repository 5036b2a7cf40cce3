//! The two commands as a person sees them.

use jiff::civil::date;
use kenpo_portal::cli::tenant::{self, Context};
use kenpo_portal::domain::tenant::Language;

use super::{MIDORI, folder, sibling, write};

#[test]
fn check_and_list_speak_plainly() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    write(dir.path(), "aokenpo.toml", sibling("aokenpo").replace("min_length = 8", "min_length = 7"));
    write(dir.path(), "momokenpo.toml", sibling("momokenpo").replace("\"continue\"", "\"relogin\""));
    let context = |json, language| Context {
        json,
        language,
        today: date(2026, 4, 1),
        colour: kenpo_portal::cli::colour::Colour::default(),
        base_domains: &[],
        kept: None,
        members: &[],
        served: &[],
        erased: &[],
        issuers: &[],
        defaults: None,
        accepted: &[],
        before: &[],
    };
    let run = |only: &[&str], strict, context| {
        let only: Vec<String> = only.iter().map(|id| (*id).to_owned()).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = tenant::check(dir.path(), &only, strict, context, &mut out, &mut err).unwrap();
        let shown = format!("{}---\n{}", String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
        (code, shown.replace(&format!("{}/", dir.path().display()), "tenants/"))
    };
    let (code, shown) = run(&["aokenpo"], false, context(false, Language::Ja));
    assert_eq!(code, 1);
    insta::assert_snapshot!("check_ja", shown);
    let (code, json) = run(&["aokenpo"], false, context(true, Language::Ja));
    assert_eq!(code, 1);
    insta::assert_snapshot!("check_json", json.split("---").next().unwrap());
    assert_eq!(run(&["midorikenpo"], false, context(false, Language::En)).0, 0);
    assert_eq!(run(&["momokenpo"], false, context(false, Language::En)).0, 0);
    assert_eq!(run(&["momokenpo"], true, context(false, Language::En)).0, 1);
    let (code, shown) = run(&["midori"], false, context(false, Language::En));
    assert_eq!(code, 2);
    assert!(shown.contains("aokenpo, midorikenpo, momokenpo"), "{shown}");

    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(tenant::list(dir.path(), context(false, Language::Ja), &mut out, &mut err).unwrap(), 0);
    insta::assert_snapshot!("list_ja", String::from_utf8(out).unwrap());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let nowhere = dir.path().join("nowhere");
    assert_eq!(tenant::list(&nowhere, context(false, Language::Ja), &mut out, &mut err).unwrap(), 2);
    assert!(!err.is_empty());
}
