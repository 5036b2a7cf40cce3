//! Rosters: a file from the union's office, in either encoding, from bytes to members.

use std::collections::HashSet;

use jiff::civil::date;
use kenpo_portal::domain::{
    roster::{self, Column, FileFlaw, FirstCredentialSource, MOST_BYTES, Roster, RosterRow},
    tenant::{ImportFormat, RosterColumns, RosterEncoding},
};
use secrecy::ExposeSecret as _;

use crate::engine::{Target, fuzz};

const WORDS: &[&str] = &[
    ",",
    "\"",
    "\"\"",
    "\r\n",
    "\n",
    "\r",
    "記号",
    "番号",
    "枝番",
    "生年月日",
    "氏名",
    "カナ氏名",
    "ユーザID",
    "仮パスワード",
    "メールアドレス",
    "資格喪失日",
    "旧番号",
    "1979-08-22",
    "S54.8.22",
    "0:00",
    "3.45679E+06",
    "#NAME?",
    "=\"0012\"",
    "'0012",
    "3月4日",
    "1,000",
    "\u{1a}",
    "見本 太郎",
    "ﾐﾎﾝ",
    "髙﨑",
    "\u{e000}",
    "member@example.jp",
    "PK\u{3}\u{4}",
];

fn format(encoding: RosterEncoding) -> ImportFormat {
    let columns = RosterColumns {
        kigo: "記号".into(),
        bango: "番号".into(),
        branch: "枝番".into(),
        birthdate: "生年月日".into(),
        name: "氏名".into(),
        name_kana: "カナ氏名".into(),
        user_id: "ユーザID".into(),
        temp_password: "仮パスワード".into(),
        email: "メールアドレス".into(),
        lost_on: "資格喪失日".into(),
        former_kigo: "旧記号".into(),
        former_bango: "旧番号".into(),
        former_branch: "旧枝番".into(),
    };
    ImportFormat { encoding, columns }
}

fn read(bytes: &[u8], encoding: RosterEncoding) -> Result<Roster, FileFlaw> {
    roster::read(bytes, &format(encoding), date(2026, 4, 1), |done, of| assert!(done <= of))
}

/// The columns of what a row says: a former number is kept in its one spelling only.
const SAID: usize = 10;

/// What a row says, to be compared.
fn said(row: &RosterRow) -> [String; SAID] {
    let (login, password) = match &row.kind {
        FirstCredentialSource::Existing(login) => (login.as_str(), ""),
        FirstCredentialSource::Printed(login, password) => (login.as_str(), password.expose_secret()),
        FirstCredentialSource::Generated => ("", ""),
    };
    let email = row.email.as_ref().map_or("", |email| email.as_str());
    let lost_on = row.lost_on.map_or(String::new(), |day| day.date().to_string());
    [
        row.number.kigo(),
        row.number.bango(),
        row.number.branch(),
        &row.birth_date.date().to_string(),
        &row.name,
        &row.name_kana,
        login,
        password,
        email,
        &lost_on,
    ]
    .map(str::to_owned)
}

/// The rows as another program writes them.
fn written(rows: &[RosterRow]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let format = format(RosterEncoding::Utf8);
    writer.write_record(Column::ALL[..SAID].iter().map(|column| column.header(&format.columns))).unwrap();
    for row in rows {
        writer.write_record(said(row)).unwrap();
    }
    writer.into_inner().unwrap()
}

fn judge(bytes: &[u8], encoding: RosterEncoding) -> String {
    // As an editor counts: a line ends with any of the three marks.
    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count();
    let in_file = |line: u32| (1..=lines).contains(&(line as usize));
    let roster = match read(bytes, encoding) {
        Ok(roster) => roster,
        Err(flaw) => {
            assert!(flaw.line().is_none_or(in_file), "{flaw:?} of {lines} lines");
            return flaw.code().to_owned();
        }
    };
    assert!(bytes.len() <= MOST_BYTES);
    let bad: HashSet<u32> = roster.bad.iter().map(|bad| bad.line).collect();
    assert!(bad.iter().all(|line| in_file(*line)));
    let mut last = 1;
    let (mut keys, mut logins) = (HashSet::new(), HashSet::new());
    for row in &roster.rows {
        // Below the header, one after the other, and either right or wrong.
        assert!(row.line > last && in_file(row.line) && !bad.contains(&row.line), "line {}", row.line);
        last = row.line;
        assert!(keys.insert(row.key.clone()), "a number twice");
        assert!(
            row.kind.login().is_none_or(|login| logins.insert(login.as_str().to_owned())),
            "a user ID twice"
        );
        assert!(!row.name.is_empty());
        for text in said(row) {
            assert!(!text.contains(char::is_control) && !text.contains('\u{fffd}'), "{text:?}");
        }
    }
    if !roster.rows.is_empty() && !roster.rows.iter().any(|row| row.name.contains('\u{fffd}')) {
        let file = written(&roster.rows);
        let again = read(&file, RosterEncoding::Utf8).unwrap_or_else(|flaw| panic!("{flaw:?}"));
        assert_eq!(again.bad, []);
        let (before, after): (Vec<_>, Vec<_>) =
            (roster.rows.iter().map(said).collect(), again.rows.iter().map(said).collect());
        assert_eq!(before, after, "written and read again");
    }
    let mut flaws: Vec<_> = roster.bad.iter().map(|bad| bad.flaw.code()).collect();
    flaws.dedup();
    flaws.truncate(3);
    format!("{flaws:?} {}", roster.rows.len().min(4))
}

#[test]
fn roster() {
    let sample = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\r\n\
        15,3456,01,1979-08-22,見本 太郎,ミホン タロウ,member00001,Vp6r-Hn3t-Ky8s,member1@example.jp\r\n\
        15-2,0012,,S54.8.22,\"髙﨑, \"\"花子\"\"\",,existing-1,,\r\n健保,7,99,昭和元年12月25日,見本,,,,\r\n";
    let plain = "番号,記号,生年月日,氏名\n1,,19790822,a\n2,,19790823 0:00,b\n\n3,x,1979/8/24,c\n";
    let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(sample);
    let seeds = vec![sample.as_bytes().to_vec(), plain.as_bytes().to_vec(), cp932.into_owned(), {
        [b"\xef\xbb\xbf", sample.as_bytes(), b"\x1a\0\0"].concat()
    }];
    let target = Target { name: "roster", seeds, words: WORDS, longest: 32 * 1024, own: None, inputs: 150 };
    fuzz(&target, |bytes| {
        [RosterEncoding::Utf8, RosterEncoding::Cp932].map(|encoding| judge(bytes, encoding))
    });
}
