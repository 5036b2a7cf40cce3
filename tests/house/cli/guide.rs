//! `tenant guide`: made of the union's file, in its languages; never over another file, and not of a file with an error.

use std::fs;

use super::program::Place;
use crate::tenants::MIDORI;

#[test]
fn the_guide_is_made_of_the_unions_file_in_each_of_its_languages() {
    let place = Place::new();
    let file = place.path("guide.html");
    let made = place.run(&["tenant", "guide", "midorikenpo", "-o", file.to_str().unwrap()]);
    assert_eq!((made.code, made.out.as_str()), (0, ""), "{}", made.err);
    assert!(made.err.contains("guide.html"), "{}", made.err);
    let html = fs::read_to_string(&file).unwrap();
    // In the union's own language, whatever the operator's is.
    assert!(html.contains("<html lang=\"ja\">") && html.contains("はじめてログインする方へ"));
    assert!(
        html.contains("みどり健康保険組合") && html.contains("https://www.midorikenpo.portal.example.jp/")
    );
    for output in [&["-o", "-"][..], &[]] {
        let shown = place.run(&[&["tenant", "guide", "midorikenpo"], output].concat());
        assert_eq!((shown.code, shown.out == html), (0, true), "{}", shown.err);
    }
    let english = place.run(&["tenant", "guide", "midorikenpo", "--lang", "en"]);
    assert!(
        english.out.contains("<html lang=\"en\">") && english.out.contains("Logging in for the first time?"),
        "{}",
        english.err
    );

    let again = place.run(&["tenant", "guide", "midorikenpo", "-o", file.to_str().unwrap()]);
    assert_eq!((again.code, again.err.contains("guide.html")), (2, true), "{}", again.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), html, "never over another file");
    assert!(!place.path("portal.db").exists(), "it asks no database");
}

#[test]
fn a_file_with_an_error_and_a_language_that_is_not_offered_make_no_guide() {
    let place = Place::new();
    let unknown = place.run(&["tenant", "guide", "aokenpo"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (2, ""));
    assert!(unknown.err.contains("midorikenpo"), "{}", unknown.err);

    fs::write(place.path("midorikenpo.toml"), format!("{MIDORI}\n[i18n]\nlocales = [\"ja\"]\n")).unwrap();
    let silent = place.run(&["tenant", "guide", "midorikenpo", "--lang", "en"]);
    assert_eq!((silent.code, silent.out.as_str()), (2, ""), "{}", silent.err);
    assert!(silent.err.contains("i18n.locales: ja"), "{}", silent.err);

    fs::write(place.path("midorikenpo.toml"), MIDORI.replace("\"open\"", "\"opened\"")).unwrap();
    let file = place.path("guide.html");
    let broken = place.run(&["tenant", "guide", "midorikenpo", "-o", file.to_str().unwrap()]);
    assert_eq!((broken.code, broken.out.as_str()), (1, ""), "{}", broken.err);
    assert!(
        broken.err.contains("midorikenpo.toml:4") && broken.err.contains("tenant check"),
        "{}",
        broken.err
    );
    assert!(!file.exists());
}
