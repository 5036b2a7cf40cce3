//! What a Japanese keyboard, a word processor and a hurried hand leave in a file: each cause is told once, as what it is,
//! with the line as it should be.

use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::date;
use kenpo_portal::domain::tenant::Language;
use kenpo_portal::tenants::{Finding, FindingCode, LoadOptions, Severity, load};

use super::{MIDORI, edited, folder, read, told, write};

/// Lines of the base, and what somebody made of them.
const SLIPS: &[(&str, &str)] = &[
    ("name = \"みどり健康保険組合\"", "name = “みどり健康保険組合”"),
    ("name = \"みどり健康保険組合\"", "name = \"みどり健康保険組合”"),
    ("name = \"みどり健康保険組合\"", "name = 「みどり健康保険組合」"),
    ("status = \"open\"", "status ＝ \"open\""),
    ("min_length = 8", "min_length = １０"),
    ("min_length = 8", "min_length　= 10"),
    ("min_length = 8", "ｍｉｎ_ｌｅｎｇｔｈ = 10"),
    ("[hosts]", "［hosts］"),
    ("methods = [\"app-otp\"]", "methods = ［\"app-otp\"］"),
    ("methods = [\"app-otp\"]", "methods = [\"app-otp\"、\"passkey\"]"),
    ("letter_and_digit = true", "letter_and_digit = ｔｒｕｅ"),
    ("status = \"open\"", "status = \"open\" ＃ 公開中"),
    ("status = \"open\"", "status = open"),
    ("status = \"open\"", "status = \"open"),
    ("status = \"open\"", "status \"open\""),
    ("status = \"open\"", "status ="),
    ("[hosts]", "[hosts"),
    ("methods = [\"app-otp\"]", "methods = [\"app-otp\""),
    ("status = \"open\"", "status = \"open\"\nstatus = \"draft\""),
];

#[test]
fn each_slip_is_one_finding_with_the_line_as_it_should_be() {
    let mut shown = String::new();
    for (from, to) in SLIPS {
        let dir = folder();
        write(dir.path(), "midorikenpo.toml", edited(from, to));
        let loaded = read(dir.path());
        let own: Vec<&Finding> = loaded.findings.iter().filter(|finding| finding.tenant.is_some()).collect();
        let codes: Vec<_> = own.iter().map(|finding| finding.code).collect();
        let [ja, en] = [Language::Ja, Language::En].map(|language| told(dir.path(), &loaded, language));
        assert_eq!(codes, [FindingCode::Syntax], "{to}\n{ja}");
        assert!(loaded.tenants.is_empty());
        writeln!(shown, "### {}\n{ja}\n\n{en}\n", to.replace('\n', "\n### ")).unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn two_slips_and_a_wrong_value_are_three_findings() {
    let dir = folder();
    let text = edited("status = \"open\"", "status = open")
        .replace("[\"app-otp\"]", "[“app-otp”]")
        .replace("idle_minutes = 30", "idle_minutes = 600");
    write(dir.path(), "midorikenpo.toml", text);
    let codes: Vec<_> =
        read(dir.path()).findings.iter().filter(|f| f.tenant.is_some()).map(|f| f.code).collect();
    assert_eq!(codes, [FindingCode::Syntax, FindingCode::Syntax, FindingCode::OutOfRange]);
}

#[test]
fn help_is_made_of_what_was_written() {
    for (from, to, help) in [
        ("min_length = 8", "min_length = \"10\"", "min_length = 10"),
        ("min_length = 8", "min_length = \"１０文字\"", "min_length = 10"),
        ("min_length = 8", "min_length = 10.5", "min_length = 10"),
        ("min_length = 8", "min_length = 100", "min_length = 64"),
        (
            "min_length = 8",
            "min_length = 40\nmax_length = 20",
            "min_length = 20 or less, or max_length = 40 or more",
        ),
        ("letter_and_digit = true", "letter_and_digit = \"no\"", "letter_and_digit = false"),
        ("methods = [\"app-otp\"]", "methods = \"app-otp\"", "methods = [\"app-otp\"]"),
        ("version = \"2026-04-01\"", "version = 20260401", "version = \"20260401\""),
        ("primary = \"#1b6b2f\"", "primary = \"1B6B2F\"", "\"#1B6B2F\""),
        ("primary = \"#1b6b2f\"", "primary = \"#163\"", "\"#116633\""),
        ("until = \"2027-03-31\"", "until = \"2027/3/31\"", "\"2027-03-31\""),
        (
            "url = \"https://mieru.example.jp/\"",
            "url = \"http://mieru.example.jp/\"",
            "\"https://mieru.example.jp/\"",
        ),
        (
            "primary = \"www.midorikenpo.portal.example.jp\"",
            "primary = \"https://WWW.midorikenpo.portal.example.jp/\"",
            "\"www.midorikenpo.portal.example.jp\"",
        ),
        (
            "from_address = \"no-reply@example.jp\"",
            "from_address = \"ｎｏ-ｒｅｐｌｙ＠example.jp\"",
            "\"no-reply@example.jp\"",
        ),
    ] {
        let dir = folder();
        write(dir.path(), "midorikenpo.toml", edited(from, to));
        let told = told(dir.path(), &read(dir.path()), Language::En);
        assert!(
            told.lines().any(|line| line.starts_with("  = help:") && line.contains(help)),
            "{to}\n{told}"
        );
    }
}

#[test]
fn a_telephone_number_of_any_keyboard_can_be_dialled() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", edited("03-1234-5678", "０３－１２３４－５６７８"));
    let loaded = read(dir.path());
    assert_eq!(told(dir.path(), &loaded, Language::En), "");
    assert_eq!(loaded.tenants.iter().next().unwrap().contact.phone, "03-1234-5678");
    write(dir.path(), "midorikenpo.toml", edited("03-1234-5678", "代表番号まで"));
    let told = told(dir.path(), &read(dir.path()), Language::Ja);
    assert!(told.contains("T014") && told.contains("電話番号"), "{told}");
}

#[test]
fn advice_that_a_file_sets_aside_is_a_note_for_its_own_values_only() {
    let weak = edited("mfa_setup = \"continue\"", "mfa_setup = \"relogin\"");
    let severities = |text: String| {
        let dir = folder();
        write(dir.path(), "midorikenpo.toml", text);
        let findings = read(dir.path()).findings.into_iter().filter(|f| f.tenant.is_some());
        findings.map(|f| (f.code.as_str(), f.severity.as_str())).collect::<Vec<_>>()
    };
    let accept = |codes: &str| format!("\n[check]\naccept = [{codes}]\n");
    assert_eq!(severities(weak.clone()), [("T102", "warning")]);
    assert_eq!(severities(weak.clone() + &accept("\"T102\"")), [("T102", "note")]);
    // What the shared values set aside is not set aside for this file's own value: they accept T102 for theirs.
    assert_eq!(severities(weak.clone() + &accept("\"T103\"")), [("T102", "warning"), ("T018", "warning")]);
    // Errors cannot be set aside.
    assert_eq!(severities(weak + &accept("\"T021\"")), [("T102", "warning"), ("T006", "error")]);
    assert_eq!(severities(MIDORI.to_owned() + &accept("\"T102\"")), [("T018", "warning")]);
}

#[test]
fn the_unions_of_this_repository_pass_strictly() {
    let options = LoadOptions { today: date(2026, 4, 1), ..LoadOptions::default() };
    let loaded = load(Path::new("tenants"), &options).unwrap();
    let weak: Vec<_> = loaded.findings.iter().filter(|finding| finding.severity != Severity::Note).collect();
    assert!(weak.is_empty(), "{weak:?}");
    assert!(
        loaded.findings.iter().any(|finding| finding.code == FindingCode::DerivedPassword),
        "told as notes"
    );
}
