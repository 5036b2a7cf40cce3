//! A month at the desk: fifty notices were lost in the post. They are printed anew, as letters or as a table for a print
//! house; members come in by what is printed, and by nothing that was printed before.

use std::{cell::RefCell, collections::BTreeSet, io, os::unix::fs::PermissionsExt as _, path::Path};

use kenpo_portal::{
    cli::member::{self, DeskOptions, NoticesOptions},
    domain::tenant::{Language, RosterEncoding, Tenant},
    portal::{desk::Desk, roster::NoticesForm},
};
use qrcodegen::{QrCode, QrCodeEcc};
use scraper::{Html, Selector};

use crate::{holder::JRP, town::Town, walk::sign_in};

const HEADER: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス";

/// What stands on one letter.
struct Printed {
    name: String,
    window: String,
    number: String,
    login: String,
    password: String,
    text: String,
    /// The three steps.
    steps: Vec<String>,
    /// How many marks to fold at.
    folds: usize,
    /// The dark modules of the QR code, without the white around it.
    code: BTreeSet<(i32, i32)>,
}

/// The dark modules of a code for that text.
fn encoded(text: &str) -> BTreeSet<(i32, i32)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
    let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    all.filter(|(x, y)| code.get_module(*x, *y)).collect()
}

/// The same of a path that was drawn: runs of `M<x> <y>h<run>v1h-<run>z`, behind four modules of white.
fn drawn(path: &str) -> BTreeSet<(i32, i32)> {
    let mut dark = BTreeSet::new();
    for run in path.split_terminator('z') {
        let (at, length) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
        let (length, back) = length.split_once("v1h-").unwrap();
        assert_eq!(length, back, "{run}");
        dark.extend((0..length.parse::<i32>().unwrap()).map(|more| (x + more - 4, y - 4)));
    }
    dark
}

/// The letters of a page, and the page.
fn letters(page: &str) -> Vec<Printed> {
    let page = Html::parse_document(page);
    let select = |css: &str| Selector::parse(css).unwrap();
    let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>().trim().to_owned();
    let every = select("section.letter");
    let all = page.select(&every).map(|letter| {
        let one = |css: &str| text(letter.select(&select(css)).next().unwrap_or_else(|| panic!("{css}")));
        let groups = letter.select(&select("dd span")).map(text).collect::<Vec<_>>();
        Printed {
            name: one(".to .name"),
            window: one(".to"),
            number: one(".from p:last-child"),
            login: one("dd"),
            password: groups.join("-"),
            text: text(letter),
            steps: letter.select(&select(".steps ol > li")).map(text).collect(),
            folds: letter.select(&select(".fold")).count(),
            code: drawn(letter.select(&select(".qr path:last-child")).next().unwrap().attr("d").unwrap()),
        }
    });
    all.collect()
}

fn rows(count: u32) -> String {
    let name = |n: u32| if n == 7 { "見本\u{E000}七".to_owned() } else { format!("見本 {n}") };
    (1..=count).map(|n| format!("12,{n},,S55.12.1,{},ミホン,,,\n", name(n))).collect()
}

struct Lost {
    town: Town,
    tenant: Tenant,
    /// User IDs and passwords that nobody got.
    never_came: Vec<(String, String)>,
}

impl Lost {
    async fn fifty() -> Self {
        let town = Town::open().await;
        let mut tenant = Tenant::clone(&town.tenant(JRP));
        tenant.import.encoding = RosterEncoding::Utf8;
        let rows = rows(50);
        let first = town.import(JRP, rows.trim_end()).await;
        std::fs::write(town.path("lost.csv"), format!("{HEADER}\n{rows}")).unwrap();
        let never_came = csv::Reader::from_reader(first.as_bytes())
            .into_records()
            .map(|row| row.unwrap())
            .map(|row| (row[4].to_owned(), row[5].to_owned()))
            .collect();
        Self { town, tenant, never_came }
    }

    /// `member reissue --file`: how it ended, what it printed and what it said.
    async fn reissue(&self, notices: NoticesOptions<'_>, dry_run: bool) -> (u8, Vec<u8>, String) {
        let desk = Desk { dry_run, ..self.town.desk(&self.tenant) };
        let options = DeskOptions { member: "", language: Language::Ja, json: false };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let file = self.town.path("lost.csv");
        let code = member::reissue_file(&desk, options, &file, notices, &mut out, &mut err).await.unwrap();
        (code, out, String::from_utf8(err).unwrap())
    }

    /// What was printed lets in, up to the birth date; what was lost does not.
    async fn opens(&self, login: &str, password: &str) -> bool {
        let mut browser = self.town.browser(JRP);
        sign_in(&mut browser, login, password).await;
        browser.path() == "/signin/birthdate"
    }
}

#[tokio::test]
async fn fifty_lost_notices_are_printed_as_letters_and_only_they_let_in() {
    let lost = Lost::fifty().await;
    let (town, path) = (&lost.town, lost.town.path("letters.html"));
    let public = town.app.portal().public().clone();
    let form = NoticesForm::Letters(&public);
    let to = NoticesOptions { path: Some(&path), form };
    let (code, _, err) = lost.reissue(to, true).await;
    assert!(code == 0 && err.contains("確かめただけ") && !path.exists(), "{err}");
    assert!(lost.opens(&lost.never_came[0].0, &lost.never_came[0].1).await, "a dry run replaces nothing");

    let (code, out, err) = lost.reissue(to, false).await;
    assert_eq!(code, 0, "{err}");
    let said = String::from_utf8(out).unwrap();
    assert!(said.contains("50") && said.contains("letters.html"), "{said}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let page = std::fs::read_to_string(&path).unwrap();
    for loaded in ["src=", "href=", "url(", "<script", "@import", "onload"] {
        assert!(!page.contains(loaded), "{loaded}");
    }
    let printed = letters(&page);
    assert_eq!(printed.len(), 50);
    let origin = public.origin(&lost.tenant);
    for (at, letter) in printed.iter().enumerate() {
        let (login, former) = &lost.never_came[at];
        assert_eq!(
            (&letter.login, letter.number.as_str()),
            (login, &*format!("記号-番号: 12-{}-00", at + 1))
        );
        assert!(letter.name.ends_with(" 様") && !letter.name.contains('\u{E000}'), "{}", letter.name);
        assert!(letter.window.contains(&format!("No. {}", at + 1)), "{}", letter.window);
        // What the window shows is no secret, and no number that identifies the member.
        let shown = [&*letter.login, &*letter.password, "12-"];
        assert!(shown.iter().all(|secret| !letter.window.contains(secret)), "{}", letter.window);
        assert!(letter.text.contains("0120-") || letter.text.contains(&lost.tenant.contact.phone));
        assert_ne!(&letter.password, former);
        // The code leads to the sign-in page and fills in the user ID, behind what a server sees; nothing else is in it.
        assert!(
            letter.code == encoded(&format!("{origin}/signin#username={}", letter.login)),
            "{}",
            letter.login
        );
        assert_eq!((letter.folds, letter.steps.len()), (4, 3), "both edges, twice");
        assert!(letter.steps[0].contains(origin.trim_start_matches("https://")), "{:?}", letter.steps);
        let words = ["「ユーザID」", "画面の案内"];
        let told = letter.steps[1..].iter().zip(words).all(|(step, word)| step.contains(word));
        assert!(told, "{:?}", letter.steps);
    }
    // A4 folded in three, for the window; a font for whoever reads badly comes first, for words and for what is typed.
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    assert!(style.contains("top: 99mm") && style.contains(".fold.second { top: 198mm }"), "{style}");
    let fonts: Vec<_> = style.split("font: ").skip(1).filter_map(|font| font.split_once('"')).collect();
    let first = fonts.iter().map(|(_, families)| families.split('"').next().unwrap());
    assert!(fonts.len() >= 2 && first.into_iter().all(|family| family == "BIZ UDGothic"), "{style}");
    assert!(printed[6].name.contains("見本〓七"), "{}", printed[6].name);
    assert!(page.contains("No. 7</li>"), "whose name has to be mended by hand is told");
    for at in [0, 6, 49] {
        assert!(!lost.opens(&lost.never_came[at].0, &lost.never_came[at].1).await, "the lost one is dead");
        assert!(lost.opens(&printed[at].login, &printed[at].password).await, "{}", printed[at].login);
        assert!(lost.opens(&printed[at].login, &printed[at].password.to_lowercase().replace('-', "")).await);
    }
    // The trail says who did it and why, about each of them, and nothing that lets in.
    let trail = town.whole_trail(JRP).await;
    let reissued: Vec<_> = trail.iter().filter(|row| row.event == "credential-reissued").collect();
    assert_eq!(reissued.len(), 50);
    assert!(reissued.iter().all(|row| row.actor.as_deref() == Some("madoguchi")));
    assert!(trail.iter().all(|row| printed.iter().all(|letter| !row.detail.contains(&letter.password))));

    // Nothing is written over; a page that is lost as well is issued anew.
    let (code, _, err) = lost.reissue(to, false).await;
    assert!(code == 2 && err.contains("上書きはしません"), "{err}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page);
    lost.town.close().await;
}

#[tokio::test]
async fn a_print_house_gets_its_encoding_or_is_told_every_row_that_it_cannot_have() {
    let lost = Lost::fifty().await;
    let path = lost.town.path("notices.csv");
    let cp932 = NoticesForm::Csv(Some(RosterEncoding::Cp932));
    let to = NoticesOptions { path: Some(&path), form: cp932 };
    let (code, ..) = lost.reissue(to, false).await;
    assert_eq!(code, 0);
    let bytes = std::fs::read(&path).unwrap();
    let name = [encoding_rs::SHIFT_JIS.encode("見本").0.as_ref(), b"\xF0\x40"].concat();
    assert!(
        bytes.windows(name.len()).any(|window| window == name),
        "self-made characters as the bytes they were"
    );
    std::fs::remove_file(&path).unwrap();

    // Two names that CP932 cannot say: both are told, with their rows, and nothing happens.
    let rare = "12,51,,S55.12.1,𠮷田　一,ヨシダ,,,\n12,52,,S55.12.1,見本　二,ミホン,,,\n12,53,,S55.12.1,𩸽　三,ホッケ,,,\n";
    lost.town.import(JRP, rare.trim_end()).await;
    std::fs::write(lost.town.path("lost.csv"), format!("{HEADER}\n{rare}")).unwrap();
    let before = lost.town.count(JRP, "credential-reissued").await;
    let (code, out, err) = lost.reissue(to, false).await;
    assert!(code == 2 && out.is_empty() && !path.exists(), "{err}");
    for told in ["2 行目", "「𠮷」", "4 行目", "「𩸽」", "--notices-encoding utf-8"] {
        assert!(err.contains(told), "{told}: {err}");
    }
    assert!(!err.contains("3 行目"), "{err}");
    assert_eq!(lost.town.count(JRP, "credential-reissued").await, before);
    let utf8 = NoticesOptions { form: NoticesForm::Csv(Some(RosterEncoding::Utf8)), ..to };
    assert_eq!(lost.reissue(utf8, false).await.0, 0);
    assert!(std::fs::read_to_string(&path).unwrap().contains("𩸽"));
    lost.town.close().await;
}

/// An output whose reader leaves after so many bytes.
struct LeavingReader(RefCell<usize>);

impl io::Write for LeavingReader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.0.get_mut();
        if *left == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(*left);
        *left -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn notices_go_through_a_pipe_and_one_that_breaks_is_told_with_what_to_do() {
    let lost = Lost::fifty().await;
    let output = NoticesOptions::file(Path::new("-"));
    let (code, out, err) = lost.reissue(output, false).await;
    assert_eq!(code, 0, "{err}");
    let table = String::from_utf8(out).unwrap();
    assert_eq!(table.lines().count(), 51, "the data alone: {table}");
    assert!(err.contains("50") && !err.contains("reissue"), "{err}");

    let desk = lost.town.desk(&lost.tenant);
    let options = DeskOptions { member: "", language: Language::Ja, json: false };
    let file = lost.town.path("lost.csv");
    let (mut out, mut err) = (LeavingReader(RefCell::new(400)), Vec::new());
    let ended = member::reissue_file(&desk, options, &file, output, &mut out, &mut err).await.unwrap();
    let said = String::from_utf8(err).unwrap();
    assert_eq!(ended, 2);
    assert!(said.contains("50 人") && said.contains("kenpo-portal member reissue"), "{said}");
    assert_eq!(
        lost.town.count(JRP, "credential-reissued").await,
        100,
        "it is in the trail before the first byte"
    );
    let password = table.lines().nth(1).unwrap().split(',').nth(5).unwrap();
    assert!(!lost.opens(&lost.never_came[0].0, password).await, "what was issued before is dead");

    let (code, out, _) = lost.reissue(output, false).await;
    let table = String::from_utf8(out).unwrap();
    let password = table.lines().nth(1).unwrap().split(',').nth(5).unwrap();
    assert!(code == 0 && lost.opens(&lost.never_came[0].0, password).await);
    lost.town.close().await;
}
