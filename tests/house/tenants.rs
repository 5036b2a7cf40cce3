//! Tenant files: what `tenant check` must refuse, in the words it uses; and that one union's mistake
//! stays that union's.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use jiff::civil::date;
use kenpo_portal::cli::{finding::shown, tell};
use kenpo_portal::domain::saying::Saying;
use kenpo_portal::domain::tenant::Language;
use kenpo_portal::tenants::{FindingCode, LoadOptions, Loaded, Severity, load};
use tempfile::TempDir;

mod accepted;
mod check;
mod english;
mod folder;
mod known;
mod lying_about;
mod mutations;
mod passkeys;
mod schema;
mod sso;
mod typing;

/// A sound union; each rule below is broken by one edit of it.
pub const MIDORI: &str = include_str!("../tenants/midorikenpo.toml");
pub const DEFAULTS: &str = include_str!("../../tenants/_defaults.toml");
const LOGO: &str = include_str!("../tenants/midorikenpo/logo.svg");
const TERMS: &str = include_str!("../tenants/midorikenpo/terms.md");

/// A folder with the shared values, and logo and terms for Midori.
pub fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "_defaults.toml", DEFAULTS);
    write(dir.path(), "midorikenpo/logo.svg", LOGO);
    write(dir.path(), "midorikenpo/terms.md", TERMS);
    dir
}

pub fn write(dir: &Path, name: &str, content: impl AsRef<[u8]>) {
    let file = dir.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

fn read(dir: &Path) -> Loaded {
    let base_domains = ["portal.example.jp".to_owned()];
    load(dir, &LoadOptions { base_domains: &base_domains, today: date(2026, 4, 1), ..LoadOptions::default() })
        .unwrap()
}

/// The base with one edit; the edit must hit.
fn edited(from: &str, to: &str) -> String {
    assert_eq!(MIDORI.matches(from).count(), 1, "the edit must hit one place: {from}");
    MIDORI.replacen(from, to, 1)
}

/// Another union, sound like the base.
pub fn sibling(id: &str) -> String {
    MIDORI
        .replace("midorikenpo.portal", &format!("{id}.portal"))
        .replace("\"midorikenpo\"", &format!("\"{id}\""))
}

/// What is told of a folder, in one language; the folder's own path is left out.
fn told(dir: &Path, loaded: &Loaded, language: Language) -> String {
    let shown = loaded
        .findings
        .iter()
        // What the shared values of this repository always have to say.
        .filter(|finding| finding.tenant.is_some() || finding.severity == Severity::Error)
        .map(|finding| shown(finding, language))
        .collect::<Vec<_>>()
        .join("\n");
    shown.replace(&format!("{}/", dir.display()), "tenants/")
}

/// What is said, in Japanese.
fn japanese(saying: &Saying) -> String {
    tell(Language::Ja, saying)
}

/// What is said, in English.
fn english(saying: &Saying) -> String {
    tell(Language::En, saying)
}

/// Breaks the base by each edit and shows what is told, in both languages. Every edit must bring its
/// code; an error must keep the union out, anything less must not.
fn rules(edits: &[(FindingCode, &str, &str)]) -> String {
    let mut shown = String::new();
    for (code, from, to) in edits {
        let dir = folder();
        write(dir.path(), "midorikenpo.toml", edited(from, to));
        let loaded = read(dir.path());
        let ja = told(dir.path(), &loaded, Language::Ja);
        assert!(loaded.findings.iter().any(|f| f.code == *code), "{to} does not bring {code:?}:\n{ja}");
        assert_eq!(loaded.tenants.is_empty(), code.severity() == Severity::Error, "{to}\n{ja}");
        let en = told(dir.path(), &loaded, Language::En);
        let edit = if to.is_empty() {
            format!("without {}", from.trim())
        } else {
            to.trim().replace('\n', "\n### ")
        };
        writeln!(shown, "### {edit}\n{ja}\n\n{en}\n").unwrap();
    }
    shown
}

#[test]
fn the_base_of_these_tests_is_sound() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let loaded = read(dir.path());
    assert_eq!(told(dir.path(), &loaded, Language::En), "");
    assert_eq!(loaded.tenants.len(), 1);
}

#[test]
fn what_is_not_written_as_the_list_of_keys_says() {
    use FindingCode::*;
    let shown = rules(&[
        (Unfilled, "phone = \"03-1234-5678\"", "phone = \"TODO\""),
        (UnknownKey, "min_length = 8", "min_lenght = 8"),
        (UnknownKey, "[hosts]", "[hosts]\nstatus = \"open\""),
        (UnknownKey, "[hosts]", "max_length = 20\n[hosts]"),
        (UnknownKey, "[hosts]", "[zebra]\nstripes = 3\n[hosts]"),
        (Secret, "from_address = ", "password = \"hunter2\"\nfrom_address = "),
        (Secret, "[hosts]", "signing_key = \"abc\"\n[hosts]"),
        (Missing, "phone = \"03-1234-5678\"\n", ""),
        (Missing, "name = \"みどり健康保険組合\"\n", ""),
        (Missing, "label = \"医療費情報\"\n", ""),
        (WrongType, "min_length = 8", "min_length = \"8\""),
        (WrongType, "methods = [\"app-otp\"]", "methods = \"app-otp\""),
        (WrongType, "letter_and_digit = true", "letter_and_digit = \"yes\""),
        (WrongType, "[hosts]", "texts = 3\n[hosts]"),
        (UnknownWord, "status = \"open\"", "status = \"opne\""),
        (UnknownWord, "methods = [\"app-otp\"]", "methods = [\"app-otp\", \"sms\"]"),
        (UnknownWord, "icon = \"yen\"", "icon = \"money\""),
        (OutOfRange, "min_length = 8", "min_length = 7"),
        (OutOfRange, "idle_minutes = 30", "idle_minutes = 600"),
        (OutOfRange, "name = \"みどり健康保険組合\"", "name = \"\""),
        (
            OutOfRange,
            "short_name = \"みどり健保\"",
            "short_name = \"みどりのそよかぜが吹きわたる村の健康保険組合\"",
        ),
        (Unprintable, "phone = \"03-1234-5678\"", "phone = \"03-1234-5678\\nBcc: x@example.jp\""),
        (BareDate, "until = \"2027-03-31\"", "until = 2027-03-31"),
        (Syntax, "status = \"open\"", "status = open"),
        (Syntax, "status = \"open\"", "status = \"open"),
        (Syntax, "status = \"open\"", "status = \"open\"\nstatus = \"draft\""),
        (Slug, "id = \"midorikenpo\"", "id = \"midori\""),
        (Malformed, "until = \"2027-03-31\"", "until = \"2027-02-31\""),
        (Malformed, "primary = \"#1b6b2f\"", "primary = \"green\""),
        (Malformed, "url = \"https://mieru.example.jp/\"", "url = \"http://mieru.example.jp/\""),
        (Malformed, "from_address = \"no-reply@example.jp\"", "from_address = \"no-reply\""),
        (Repeated, "methods = [\"app-otp\"]", "methods = [\"app-otp\", \"app-otp\"]"),
        (
            Repeated,
            "[[services]]",
            "[[services]]\nid = \"medical-expenses\"\nlabel = \"a\"\nurl = \"https://a.example.jp/\"\n[[services]]",
        ),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn passwords_user_ids_and_methods() {
    use FindingCode::*;
    let shown = rules(&[
        (UserIdLength, "letter_and_digit = true", "min_length = 20"),
        (PasswordLength, "min_length = 8", "min_length = 40\nmax_length = 20"),
        (PasswordLength, "min_length = 8", "max_length = 20\nmin_length = 40"),
        (Symbols, "min_length = 8", "symbols = \"！\""),
        (Symbols, "letter_and_digit = true", "symbols = \"a\""),
        (Symbols, "min_length = 8", "symbols = \"\"\nrequire = [\"symbol\"]"),
        (GoodExample, "ok = [\"Kenpo-2026\"]", "ok = [\"Kenpo-2026\", \"short\"]"),
        (GoodExample, "ok = [\"Kenpo-2026\"]", "ok = [\"けんぽ-2026-はる\"]"),
        (BadExample, "ng = [\"short\"]", "ng = [\"short\", \"long-enough-1\"]"),
        (Redundant, "min_length = 8", "require = [\"letter\", \"upper\"]"),
        (ShortLimit, "min_length = 8", "max_length = 20"),
        (DerivedTooLong, "existing = \"random\"", "existing = \"kigo-bango-birthdate\"\nvalid_days = 91"),
        (NoMethod, "methods = [\"app-otp\"]", "methods = []"),
        (MailCodeNeedsMail, "verification = \"code\"", "verification = \"link\"\nrequired = false"),
        (
            MailCodeNeedsMail,
            "methods = [\"app-otp\"]\n\n[email]\nverification = \"code\"",
            "methods = [\"app-otp\", \"email-otp\"]\n\n[email]\nverification = \"none\"",
        ),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn the_order_of_first_login() {
    use FindingCode::*;
    const STEPS: &str =
        "steps = [\"birthdate\", \"terms\", [\"user-id\", \"method\"], \"password\", \"email\"]";
    let shown = rules(&[
        (StepShape, STEPS, "steps = [\"birthdate\", \"terms\", 3, \"password\"]"),
        (StepShape, STEPS, "steps = [\"birthdate\", [[\"user-id\"], \"method\"], \"terms\", \"password\"]"),
        (WrongType, STEPS, "steps = \"birthdate, terms, method, password\""),
        (UnknownWord, STEPS, "steps = [\"birthday\", \"terms\", \"method\", \"password\"]"),
        (StepRepeated, STEPS, "steps = [\"birthdate\", \"terms\", \"method\", \"password\", \"terms\"]"),
        (StepMissing, STEPS, "steps = [\"birthdate\", \"method\", \"password\"]"),
        (StepMissing, STEPS, "steps = []"),
        (StepOrder, STEPS, "steps = [\"terms\", \"birthdate\", \"method\", \"password\"]"),
        (StepGroup, STEPS, "steps = [\"birthdate\", [\"terms\", \"method\"], \"password\"]"),
        (StepGroup, STEPS, "steps = [\"birthdate\", [\"terms\"], \"method\", \"password\"]"),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn the_mail_address_comes_before_the_method_where_only_mail_is_left() {
    let dir = folder();
    write(
        dir.path(),
        "midorikenpo.toml",
        edited("methods = [\"app-otp\"]", "methods = [\"passkey\", \"email-otp\"]"),
    );
    let loaded = read(dir.path());
    assert!(loaded.findings.iter().any(|finding| finding.code == FindingCode::StepOrder));
}

#[test]
fn hosts_and_the_rp_id() {
    use FindingCode::*;
    const PRIMARY: &str = "primary = \"www.midorikenpo.portal.example.jp\"";
    const RP_ID: &str = "rp_id = \"midorikenpo.portal.example.jp\"";
    let shown = rules(&[
        (HostForm, PRIMARY, "primary = \"WWW.midorikenpo.portal.example.jp\""),
        (HostForm, PRIMARY, "primary = \"https://www.midorikenpo.portal.example.jp/\""),
        (
            HostForm,
            "aliases = [\"midorikenpo.portal.example.jp\"]",
            "aliases = [\"みどり.jp\", \"127.0.0.1\"]",
        ),
        (
            HostTaken,
            "aliases = [\"midorikenpo",
            "aliases = [\"www.midorikenpo.portal.example.jp\", \"midorikenpo",
        ),
        (RpIdForeign, RP_ID, "rp_id = \"portal.example.jp\""),
        (RpIdForeign, RP_ID, "rp_id = \"aokenpo.portal.example.jp\""),
        (RpIdForeign, "aliases = [\"midorikenpo.portal.example.jp\"]", "aliases = []"),
        (HostOutside, PRIMARY, "primary = \"midorikenpo.example.com\""),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn files_colours_and_what_pages_show() {
    use FindingCode::*;
    let shown = rules(&[
        (FileMissing, "logo = \"midorikenpo/logo.svg\"", "logo = \"midorikenpo/logo.png\""),
        (FileMissing, "file = \"midorikenpo/terms.md\"", "file = \"midorikenpo/kiyaku.md\""),
        (FileElsewhere, "logo = \"midorikenpo/logo.svg\"", "logo = \"../logo.svg\""),
        (FileKind, "logo = \"midorikenpo/logo.svg\"", "logo = \"midorikenpo/terms.md\""),
        (Contrast, "primary = \"#1b6b2f\"", "primary = \"#40c060\""),
        (NoticeDates, "until = \"2027-03-31\"", "until = \"2026-03-31\""),
        (NoticeOver, "from = \"2026-04-01\"\nuntil = \"2027-03-31\"", "until = \"2026-03-31\""),
        (Html, "[[notices]]", "[texts.ja]\nlogin-heading = \"<b>ログイン</b>\"\n[[notices]]"),
        (ColumnTwice, "[[notices]]", "[import.columns]\nname_kana = \"氏名\"\n[[notices]]"),
        (Issuer, "[[notices]]", "[app_otp]\nissuer = \"みどり:健保\"\n[[notices]]"),
        (DefaultLanguage, "[[notices]]", "[i18n]\ndefault = \"en\"\nlocales = [\"ja\"]\n[[notices]]"),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn weaker_than_recommended_and_not_served_yet() {
    use FindingCode::*;
    let shown = rules(&[
        (
            PasskeySecond,
            "methods = [\"app-otp\"]",
            "methods = [\"app-otp\", \"passkey\"]\npasskey = \"second-factor\"",
        ),
        (Relogin, "mfa_setup = \"continue\"", "mfa_setup = \"relogin\""),
        (DerivedPassword, "existing = \"random\"", "existing = \"kigo-bango-birthdate\""),
        (LostFactorByMail, "lost_factor = \"desk-code\"", "lost_factor = \"mail-and-birthdate\""),
        (Composition, "min_length = 8", "require = [\"letter\", \"digit\"]"),
        (UnconfirmedMail, "verification = \"code\"", "verification = \"none\""),
        (ShortRetention, "[[notices]]", "[retention]\nended_days = 29\n[[notices]]"),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn files_beside_the_toml_are_judged_too() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let codes = |dir: &Path| -> Vec<_> {
        let own = |finding: &&kenpo_portal::tenants::Finding| finding.tenant.is_some();
        read(dir).findings.iter().filter(own).map(|finding| finding.code).collect()
    };
    write(dir.path(), "midorikenpo/logo.svg", LOGO.replace("<path", "<script>alert(1)</script><path"));
    assert_eq!(codes(dir.path()), [FindingCode::UncleanSvg]);
    write(dir.path(), "midorikenpo/logo.svg", format!("{LOGO}<!--{}-->", " ".repeat(100 * 1024)));
    assert_eq!(codes(dir.path()), [FindingCode::FileTooLarge]);
    write(dir.path(), "midorikenpo/logo.svg", LOGO);
    write(dir.path(), "midorikenpo/terms.md", [0x8b, 0x4b, 0x96, 0xf1]);
    assert_eq!(codes(dir.path()), [FindingCode::Unreadable]);
    write(dir.path(), "midorikenpo/terms.md", "\n");
    assert_eq!(codes(dir.path()), [FindingCode::OutOfRange]);
    write(dir.path(), "midorikenpo/terms.md", "本文 <b>太字</b>\n");
    assert_eq!(codes(dir.path()), [FindingCode::HtmlDropped]);
    let changes = "# 利用規約\n\n## 変わったところ\n\n第6条\n\n";
    write(dir.path(), "midorikenpo/terms.md", format!("{changes}## 第1条\n\n本文\n"));
    assert_eq!(codes(dir.path()), []);
    let loaded = read(dir.path());
    let terms = loaded.tenants.iter().next().map(|tenant| tenant.terms.clone()).unwrap();
    assert_eq!(terms.html, "<h2>利用規約</h2>\n<h3>第1条</h3>\n<p>本文</p>\n");
    assert_eq!(terms.changes.as_deref(), Some("<p>第6条</p>\n"));
    write(dir.path(), "midorikenpo/terms.md", format!("{changes}### 第1条\n\n本文\n"));
    assert_eq!(codes(dir.path()), [FindingCode::OutOfRange]);
    assert!(told(dir.path(), &read(dir.path()), Language::Ja).contains("次の見出しまで"));
    for unseen in [
        "# 利用規約\n\n## 変わったところ\n\n## 第1条\n\n本文\n",
        "本文\n\n## 第1条\n\n## 変わったところ\n\n第6条\n",
    ] {
        write(dir.path(), "midorikenpo/terms.md", unseen);
        assert_eq!(codes(dir.path()), [FindingCode::ChangesUnseen]);
        assert_eq!(read(dir.path()).tenants.len(), 1, "served all the same");
    }
    let swallowed =
        "# 利用規約\n\n## 変わったところ\n\n- 第6条\n\nこの規約は、前文です。\n\n## 第1条\n\n本文\n";
    write(dir.path(), "midorikenpo/terms.md", swallowed);
    assert_eq!(codes(dir.path()), [FindingCode::PreambleInChanges]);
    let loaded = read(dir.path());
    assert_eq!(loaded.tenants.len(), 1, "served all the same");
    for (language, words) in [
        (Language::Ja, "midorikenpo/terms.md の 7 行目: この段落は「変わったところ」の節の中にあるため"),
        (
            Language::En,
            "midorikenpo/terms.md, line 7: this paragraph stands in the section 「変わったところ」",
        ),
    ] {
        let told = told(dir.path(), &loaded, language);
        assert!(told.contains(words) && told.contains("warning[T076]"), "{told}");
    }
    write(dir.path(), "midorikenpo.toml", [b"# ".as_slice(), &[0x8c, 0x92, 0x95, 0xdb]].concat());
    assert_eq!(codes(dir.path()), [FindingCode::Unreadable]);
}
