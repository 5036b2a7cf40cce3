//! The rules of the roster, told with small files.

use super::*;
use crate::domain::{
    birth_date::BirthDate,
    login_id::LoginId,
    member::{EmailAddress, MemberId, MemberNumber},
    tenant::{RosterColumns, RosterEncoding},
};
use jiff::Timestamp;

const HEADER: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\r\n";

fn format() -> ImportFormat {
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
    ImportFormat { encoding: RosterEncoding::Utf8, columns }
}

fn read_text(text: &str) -> Result<Roster, FileFlaw> {
    read(text.as_bytes(), &format(), "2026-11-21".parse().unwrap(), |_, _| {})
}

fn rows(body: &str) -> Roster {
    read_text(&format!("{HEADER}{body}")).unwrap()
}

/// The member of the first row, as an import would have left them.
fn known(n: u8, row: &RosterRow) -> KnownMember {
    KnownMember {
        id: MemberId::new(Timestamp::UNIX_EPOCH, [n; 10]),
        key: row.key.to_string(),
        number: row.number.clone(),
        name: row.name.to_string(),
        name_kana: row.name_kana.to_string(),
        birth_date: row.birth_date,
        login: row.kind.login().cloned().unwrap_or_else(|| LoginId::typed("drawn0000001")),
        login_reviewed: false,
        email: row.email.clone(),
        email_reviewed: false,
        activated: false,
        changed_at: Timestamp::UNIX_EPOCH,
        lost_on: None,
        formers: Vec::new(),
    }
}

fn stranger(login: &str, email: &str) -> KnownMember {
    let number = MemberNumber::parse("99", "1", "").unwrap();
    KnownMember {
        id: MemberId::new(Timestamp::UNIX_EPOCH, [99; 10]),
        key: number.key(),
        number,
        name: "他人".into(),
        name_kana: String::new(),
        birth_date: BirthDate::kept("1980-01-01".parse().unwrap()),
        login: LoginId::typed(login),
        login_reviewed: false,
        email: EmailAddress::parse(email),
        email_reviewed: false,
        activated: true,
        changed_at: Timestamp::UNIX_EPOCH,
        lost_on: None,
        formers: Vec::new(),
    }
}

fn flaws(roster: &Roster) -> Vec<(u32, &'static str)> {
    roster.bad.iter().map(|bad| (bad.line, bad.flaw.code())).collect()
}

const HANAKO: &str = "12,1,,S55.12.1,健保　花子,ｹﾝﾎﾟ ﾊﾅｺ,hanako01,,hanako@example.jp\r\n";

#[test]
fn files_without_members_say_so() {
    assert_eq!(read_text("").unwrap_err(), FileFlaw::Empty);
    assert_eq!(read_text("\u{FEFF}\r\n").unwrap_err(), FileFlaw::Empty);
    assert_eq!(read_text(&format!("{HEADER},,,,,,,,\r\n\r\n")).unwrap_err(), FileFlaw::HeaderOnly);
}

#[test]
fn every_flaw_of_every_row_is_told_with_its_line() {
    let roster = rows(&format!(
        "{HANAKO}12,,,,,,花子,,x\r\n\"12\n\",2,,S55.12.1,次郎,,,,\r\n12,3,,S55.12.1,三郎\r\n012,1,0,S55.12.1,四郎,,HANAKO01,,\r\n"
    ));
    assert_eq!(
        flaws(&roster),
        [
            (3, "number-missing"),
            (3, "birth-date-missing"),
            (3, "name-missing"),
            (3, "user-id-malformed"),
            (3, "email-malformed"),
            (4, "control-character"),
            (6, "ragged-row"),
            (7, "number-twice"),
            (7, "user-id-twice"),
        ]
    );
    assert_eq!(roster.rows.len(), 1);
}

#[test]
fn an_import_of_the_same_file_changes_nothing() {
    let roster = rows(HANAKO);
    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet(known(1, &roster.rows[0]));
    let plan = builder.plan().unwrap();
    assert_eq!((plan.added.len(), plan.changed.len(), plan.unchanged), (0, 0, 1));
}

#[test]
fn an_empty_cell_takes_nothing_away() {
    let roster = rows(HANAKO);
    let before = known(1, &roster.rows[0]);
    let bare = rows("12,1,,S55.12.1,健保　花子,,,,\r\n");
    let mut builder = PlanBuilder::new(&bare.rows, true);
    builder.meet(before);
    assert_eq!(builder.plan().unwrap().unchanged, 1);
}

#[test]
fn an_activated_member_keeps_user_id_and_address_and_gets_the_corrected_name() {
    let roster = rows(HANAKO);
    let mut before = known(1, &roster.rows[0]);
    before.activated = true;
    before.name = "旧姓　花子".into();
    before.login = LoginId::typed("hanako-own");
    before.email = EmailAddress::parse("own@example.jp");
    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet(before);
    let plan = builder.plan().unwrap();
    let change = &plan.changed[0];
    assert!(change.person && change.login.is_none() && change.email.is_none());
    assert_eq!(plan.kept, 1);
}

#[test]
fn what_a_member_settled_in_first_login_stays_theirs() {
    let roster = rows(HANAKO);
    let mut before = known(1, &roster.rows[0]);
    (before.login_reviewed, before.login) = (true, LoginId::typed("hanako-own"));
    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet(before);
    let plan = builder.plan().unwrap();
    assert_eq!((plan.changed.len(), plan.unchanged, plan.kept), (0, 1, 1));
}

#[test]
fn before_activation_user_id_and_address_follow_the_file() {
    let roster = rows(HANAKO);
    let mut before = known(1, &roster.rows[0]);
    (before.login, before.email) = (LoginId::typed("old-id-1"), None);
    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet(before);
    let plan = builder.plan().unwrap();
    assert_eq!(plan.changed[0].login.unwrap().as_str(), "hanako01");
    assert!(plan.changed[0].email.is_some() && !plan.changed[0].person);
}

#[test]
fn another_members_user_id_is_refused_in_use_or_resting() {
    let roster = rows(HANAKO);
    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet(stranger("hanako01", ""));
    assert_eq!(builder.plan().unwrap_err()[0].flaw, RowFlaw::UserIdTaken);

    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet_resting("hanako01", stranger("x", "").id);
    assert_eq!(builder.plan().unwrap_err()[0].flaw, RowFlaw::UserIdResting);

    // The member who had it may have it again.
    let mut before = known(1, &roster.rows[0]);
    before.login = LoginId::typed("old-id-1");
    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet_resting("hanako01", before.id);
    builder.meet(before);
    assert_eq!(builder.plan().unwrap().changed.len(), 1);
}

#[test]
fn a_shared_address_is_left_out_and_noted_only_where_addresses_are_unique() {
    let file = format!(
        "{HANAKO}12,2,,S55.12.1,次郎,,,,HANAKO@example.jp\r\n12,3,,S55.12.1,三郎,,,,taken@example.jp\r\n"
    );
    let roster = rows(&file);
    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet(stranger("stranger", "taken@example.jp"));
    let plan = builder.plan().unwrap();
    assert_eq!(
        plan.notes,
        [ImportNote::EmailTwice { line: 3, earlier: 2 }, ImportNote::EmailTaken { line: 4 }]
    );
    let with_address: Vec<bool> = plan.added.iter().map(|new| new.email.is_some()).collect();
    assert_eq!(with_address, [true, false, false]);

    let plan = PlanBuilder::new(&roster.rows, false).plan().unwrap();
    assert!(plan.notes.is_empty() && plan.added.iter().all(|new| new.email.is_some()));
}

#[test]
fn limits_are_said_in_a_sentence() {
    let wide = "x,".repeat(300);
    assert_eq!(read_text(&wide).unwrap_err(), FileFlaw::TooManyColumns { most: 200 });
    let long = rows(&format!("12,1,,S55.12.1,{},,,,\r\n", "あ".repeat(4_000)));
    assert_eq!(flaws(&long), [(2, "field-too-long")]);
    let name = rows(&format!("12,1,,S55.12.1,{},,,,\r\n", "あ".repeat(101)));
    assert_eq!(flaws(&name), [(2, "too-long")]);
    let flaw = read(&vec![b' '; MOST_BYTES + 1], &format(), "2026-11-21".parse().unwrap(), |_, _| {});
    assert_eq!(flaw.unwrap_err(), FileFlaw::TooLarge { most: 50 });
}

#[test]
fn a_workbook_is_named_as_one() {
    for start in [b"PK\x03\x04\x14\0".as_slice(), b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"] {
        let flaw = read(start, &format(), "2026-11-21".parse().unwrap(), |_, _| {});
        assert_eq!(flaw.unwrap_err(), FileFlaw::Workbook);
    }
}

#[test]
fn a_row_that_is_wrong_and_there_twice_is_told_both_at_once() {
    let roster = rows("1,2,,S99.1.1,見本,,,,\r\n1,2,,19800101,見本,,,,\r\n");
    let told: Vec<_> = roster.bad.iter().map(|bad| bad.line).collect();
    assert_eq!(told, [2, 3]);
    assert!(roster.rows.is_empty());
}

#[test]
fn what_a_spreadsheet_made_of_a_cell_refuses_its_row_with_line_column_and_cause() {
    for (cells, column, code) in [
        ("12,3.45679E+06,", Column::Bango, "spreadsheet-exponent"),
        ("12,1.23457E+11,", Column::Bango, "spreadsheet-exponent"),
        ("#NAME?,1,", Column::Kigo, "spreadsheet-error"),
        ("3月4日,1,", Column::Kigo, "spreadsheet-date"),
        ("12,1,1月2日", Column::Branch, "spreadsheet-date"),
        ("'12,1,", Column::Kigo, "spreadsheet-apostrophe"),
        ("12,\"1,234\",", Column::Bango, "spreadsheet-amount"),
        ("12,\"=\"\"0012\"\"\",", Column::Bango, "spreadsheet-formula"),
        ("12,1-2,", Column::Bango, "number-not-digits"),
        ("12,1,100", Column::Branch, "branch-out-of-range"),
    ] {
        let roster = rows(&format!("{HANAKO}{cells},S55.12.1,次郎,,,,\r\n"));
        assert_eq!(flaws(&roster), [(3, code)], "{cells}");
        assert_eq!(roster.bad[0].column, Some(column), "{cells}");
    }
    for (cells, column) in [
        ("#NAME?,,,,", Column::Name),
        ("次郎,#REF!,,,", Column::NameKana),
        ("次郎,,1.23457E+11,,", Column::UserId),
        ("次郎,,jiro0001,1.23457E+11,", Column::TempPassword),
        ("次郎,,,,#N/A", Column::Email),
    ] {
        let roster = rows(&format!("12,2,,S55.12.1,{cells}\r\n"));
        assert_eq!(roster.bad[0].column, Some(column), "{cells}");
        assert!(roster.bad[0].flaw.code().starts_with("spreadsheet-"), "{cells}");
    }
}

#[test]
fn midnight_behind_a_birth_date_is_no_fault_and_another_time_is_told() {
    let of = |text: &str| rows(&format!("12,1,,{text},花子,,,,\r\n"));
    for text in [
        "1983/3/4 0:00",
        "1983/03/04 00:00:00",
        "1983-03-04T00:00:00",
        "1983-03-04 00:00:00.000",
        "1983-03-04T00:00:00+09:00",
        "S58.3.4 0:00",
        "昭和58年3月4日 0:00:00",
    ] {
        assert_eq!(of(text).rows[0].birth_date.eight_digits(), "19830304", "{text}");
    }
    for (text, code) in [
        ("1983/3/4 9:00", "birth-date-time"),
        ("1983/3/4 12:00:00 AM", "birth-date-time"),
        ("1983-03-03T15:00:00Z", "birth-date-time"),
        ("0:00", "birth-date-time"),
        ("30379", "birth-date-serial"),
        ("30379.0", "birth-date-serial"),
        ("1.98E+07", "spreadsheet-exponent"),
        ("########", "spreadsheet-error"),
        ("4-Mar-83", "birth-date-unreadable"),
    ] {
        assert_eq!(flaws(&of(text)), [(2, code)], "{text}");
    }
}

#[test]
fn zeros_in_front_and_hyphens_are_no_change() {
    let earlier = rows("012,001000,,S55.12.1,健保　花子,,hanako01,,\r\n");
    for again in ["12,1000,0", "012,1000,00", "0-12,０１０００,", "12,0001000,000"] {
        let again = rows(&format!("{again},S55.12.1,健保　花子,,hanako01,,\r\n"));
        let mut builder = PlanBuilder::new(&again.rows, true);
        builder.meet(known(1, &earlier.rows[0]));
        let plan = builder.plan().unwrap();
        assert_eq!((plan.added.len(), plan.changed.len(), plan.unchanged), (0, 0, 1));
    }
}

#[test]
fn an_address_that_stays_out_is_told_once() {
    let roster = rows("12,3,,S55.12.1,三郎,,saburo01,,taken@example.jp\r\n");
    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet(stranger("stranger", "taken@example.jp"));
    let plan = builder.plan().unwrap();
    assert_eq!((plan.notes.len(), plan.left_out), (1, 0));

    let mut saburo = known(3, &roster.rows[0]);
    saburo.email = None;
    let mut builder = PlanBuilder::new(&roster.rows, true);
    builder.meet(stranger("stranger", "taken@example.jp"));
    builder.meet(saburo);
    let plan = builder.plan().unwrap();
    assert_eq!((plan.notes.len(), plan.left_out, plan.unchanged), (0, 1, 1));
}

#[test]
fn files_saved_as_something_else_are_told_what_they_are() {
    let file = format!("{HEADER}{HANAKO}");
    let read = |bytes: &[u8]| read(bytes, &format(), "2026-11-21".parse().unwrap(), |_, _| {}).unwrap_err();
    for separator in [";", "\t"] {
        assert_eq!(read(file.replace(',', separator).as_bytes()), FileFlaw::OtherSeparator);
    }
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for bytes in [utf16(&file), utf16(&file.replace(',', "\t")), utf16(&format!("\u{FEFF}{file}"))] {
        assert_eq!(read(&bytes).code(), "file-utf-16");
    }
    for encoding in [encoding_rs::ISO_2022_JP, encoding_rs::EUC_JP] {
        let format = ImportFormat { encoding: RosterEncoding::Cp932, ..format() };
        let bytes = encoding.encode(&file).0;
        let flaw = super::read(&bytes, &format, "2026-11-21".parse().unwrap(), |_, _| {}).unwrap_err();
        assert_eq!(flaw.code(), "file-other-encoding");
    }
}

const MORE: &str = "記号,番号,枝番,生年月日,氏名,ユーザID,資格喪失日,旧記号,旧番号,旧枝番\r\n";

/// The plan for a body with the columns of members who come and go, against who is known.
fn plan_of(body: &str, known: Vec<KnownMember>) -> Result<Vec<String>, Vec<(u32, &'static str)>> {
    let roster = read_text(&format!("{MORE}{body}")).unwrap();
    if !roster.bad.is_empty() {
        return Err(flaws(&roster));
    }
    let mut builder = PlanBuilder::new(&roster.rows, true);
    for known in known {
        builder.meet(known);
    }
    let plan = builder
        .plan()
        .map_err(|bad| bad.iter().map(|bad| (bad.line, bad.flaw.code())).collect::<Vec<_>>())?;
    let added = plan.added.iter().map(|new| format!("{} added", new.row.line));
    let changed = plan.changed.iter().map(|change| {
        let day = change.lost_on.map_or(String::new(), |day| format!(" until {}", day.date()));
        format!("{} {}{day}", change.row.line, if change.moves { "moves" } else { "stays" })
    });
    let notes = plan.notes.iter().map(|note| format!("{} {}", note.line(), note.code()));
    Ok(added.chain(changed).chain(notes).collect())
}

fn of_number(n: u8, bango: &str, login: &str) -> KnownMember {
    let roster = rows(&format!("12,{bango},,S55.12.1,健保　花子,,{login},,\r\n"));
    known(n, &roster.rows[0])
}

#[test]
fn a_new_number_is_the_same_person_where_user_id_and_birth_date_or_the_former_number_say_so() {
    let hanako = || vec![of_number(1, "1", "hanako01")];
    let moved = Ok(vec!["2 moves".to_owned()]);
    assert_eq!(plan_of("13,1,,S55.12.1,健保　花子,hanako01,,,,\r\n", hanako()), moved, "by the user ID");
    assert_eq!(plan_of("13,1,1,S55.12.1,健保　花子,,,12,1,00\r\n", hanako()), moved, "by the former number");
    assert_eq!(plan_of("13,1,,S55.12.1,健保　花子,,,０１２,００１,\r\n", hanako()), moved, "in any spelling");
    // Nothing moves twice: the next month's file says the same.
    let after = vec![of_number(1, "2", "hanako01")];
    assert_eq!(plan_of("12,2,,S55.12.1,健保　花子,,,12,1,\r\n", after), Ok(vec![]));
    // A number that stayed the same is no former one.
    assert_eq!(plan_of("12,1,,S55.12.1,健保　花子,,,12,001,\r\n", hanako()), Ok(vec![]));
}

#[test]
fn nobody_gets_another_persons_account_by_a_mistyped_cell() {
    let hanako = || vec![of_number(1, "1", "hanako01")];
    for (body, flaw) in [
        ("13,1,,S55.12.2,健保　花子,hanako01,,,,\r\n", (2, "user-id-taken")),
        ("13,1,,S55.12.2,健保　花子,,,12,1,\r\n", (2, "former-number-born-otherwise")),
        (
            "13,1,,S55.12.1,健保　花子,,,12,1,\r\n12,1,,S55.12.1,健保　花子,,,,,\r\n",
            (2, "former-number-in-file"),
        ),
        (
            "13,1,,S55.12.1,健保　花子,,,12,1,\r\n14,1,,S55.12.1,健保　花子,,,12,1,\r\n",
            (3, "former-number-twice"),
        ),
        ("13,1,,S55.12.1,健保　花子,,,12,x,\r\n", (2, "number-not-digits")),
    ] {
        assert_eq!(plan_of(body, hanako()), Err(vec![flaw]), "{body}");
    }
    // Two members who may be one person are the desk's to judge.
    let both = vec![of_number(1, "1", "hanako01"), of_number(2, "2", "hanako02")];
    let beside = Err(vec![(2, "former-number-beside-new")]);
    assert_eq!(plan_of("12,2,,S55.12.1,健保　花子,,,12,1,\r\n", both.clone()), beside);
    let taken = Err(vec![(2, "user-id-taken")]);
    assert_eq!(plan_of("13,1,,S55.12.1,健保　花子,hanako02,,12,1,\r\n", both), taken);
}

#[test]
fn a_last_day_is_read_and_who_left_before_is_not_added() {
    let hanako = || vec![of_number(1, "1", "hanako01")];
    for (cell, came) in [
        ("R8.11.30", "2 stays until 2026-11-30"),
        ("2026/11/20 0:00", "2 stays until 2026-11-20"),
        ("2019-03-31", "2 stays until 2019-03-31"),
    ] {
        let body = format!("12,1,,S55.12.1,健保　花子,,{cell},,,\r\n");
        assert_eq!(plan_of(&body, hanako()), Ok(vec![came.to_owned()]), "{cell}");
    }
    for cell in ["", "9999-12-31", "99999999"] {
        assert_eq!(
            plan_of(&format!("12,1,,S55.12.1,健保　花子,,{cell},,,\r\n"), hanako()),
            Ok(vec![]),
            "{cell}"
        );
    }
    for (cell, flaw) in [
        ("abc", "last-day-unreadable"),
        ("2026-11-30 12:00", "last-day-unreadable"),
        ("2026-02-30", "last-day-not-in-calendar"),
        ("2030-01-01", "last-day-too-far"),
        ("1970-01-01", "last-day-before-birth"),
        ("#REF!", "spreadsheet-error"),
    ] {
        let body = format!("12,1,,S55.12.1,健保　花子,,{cell},,,\r\n");
        assert_eq!(plan_of(&body, hanako()), Err(vec![(2, flaw)]), "{cell}");
    }
    let strangers = "13,1,,S55.12.1,去　人,,2026-11-20,,,\r\n13,2,,S55.12.1,来　人,,2026-11-30,,,\r\n\
                     13,3,,S55.12.1,知　人,,,12,9,\r\n";
    assert_eq!(
        plan_of(strangers, hanako()),
        Ok(["3 added", "4 added", "2 left-before", "4 former-number-unknown"].map(str::to_owned).to_vec())
    );
}

#[test]
fn whoever_has_another_number_by_now_becomes_no_second_member_by_a_file_of_before() {
    // The desk moved 12-1 to 12-2.
    let moved = || vec![KnownMember { formers: vec!["12-1-0".to_owned()], ..of_number(1, "2", "hanako01") }];
    let left = Ok(vec!["2 former-number".to_owned()]);
    for old in [
        "12,1,,S55.12.1,健保　花子,,,,,\r\n",
        "１２,００１,00,S55.12.1,健保　花子,,,,,\r\n",
        // Not even by the user ID, nor by a last day of the number of before.
        "12,1,,S55.12.1,健保　花子,hanako01,,,,\r\n",
        "12,1,,S55.12.1,健保　花子,,2026-11-20,,,\r\n",
    ] {
        assert_eq!(plan_of(old, moved()), left, "{old}");
    }
    let both = "12,1,,S55.12.1,健保　花子,,2026-11-20,,,\r\n12,2,,S55.12.1,見本　花子,,,,,\r\n";
    assert_eq!(plan_of(both, moved()), Ok(vec!["3 stays".to_owned(), "2 former-number".to_owned()]));
    // The number may be another person's by now, who is known or comes with this file.
    let another = "12,1,,S60.1.2,別　人,,,,,\r\n";
    assert_eq!(plan_of(another, moved()), Ok(vec!["2 added".to_owned()]));
    let mut known = moved();
    known.push(of_number(2, "1", "other001"));
    assert_eq!(plan_of("12,1,,S55.12.1,健保　花子,,,,,\r\n", known), Ok(vec![]));
    // A third number, by the first one as by the second, and back where the file says so.
    for former in ["12,1", "12,2"] {
        let body = format!("12,3,,S55.12.1,健保　花子,,,{former},\r\n");
        assert_eq!(plan_of(&body, moved()), Ok(vec!["2 moves".to_owned()]), "{former}");
    }
    let back = "12,1,,S55.12.1,健保　花子,,,12,2,\r\n";
    assert_eq!(plan_of(back, moved()), Ok(vec!["2 moves".to_owned()]));
    let twice = "12,3,,S55.12.1,健保　花子,,,12,1,\r\n12,2,,S55.12.1,健保　花子,,,,,\r\n";
    assert_eq!(plan_of(twice, moved()), Err(vec![(2, "former-number-in-file")]));
}

#[test]
fn whoever_stands_in_a_file_by_the_number_of_before_is_not_missing_in_it() {
    let roster = read_text(&format!("{MORE}12,1,,S55.12.1,健保　花子,,,,,\r\n")).unwrap();
    for (formers, absent) in [(vec!["12-1-0".to_owned()], 0), (vec![], 1)] {
        let mut builder = PlanBuilder::new(&roster.rows, true);
        builder.meet(KnownMember { formers, ..of_number(1, "2", "hanako01") });
        assert_eq!(builder.plan().unwrap().absent, absent);
    }
}
