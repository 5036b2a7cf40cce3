//! Files as unions send them: opened in a spreadsheet once, exported by old systems, with characters of their own.

use kenpo_portal::{
    domain::tenant::RosterEncoding,
    portal::{desk::Address, roster::NoticesTo},
};

use super::*;

/// Hanako's name has two self-made characters, at F040 and F9FC.
const SELF_MADE: [&[u8]; 2] = [b"\xF0\x40", b"\xF9\xFC"];

fn with_self_made_characters() -> Vec<u8> {
    let mut bytes = cp932("12,1,,S55.12.1,");
    for bytes_of_one in SELF_MADE {
        bytes.extend(bytes_of_one);
    }
    bytes.extend(encoding_rs::SHIFT_JIS.encode("　花子,,,,\r\n").0.iter());
    bytes
}

#[tokio::test]
async fn self_made_characters_come_in_and_go_out_as_they_were_and_are_counted() {
    let office = open("jswkenpo", random).await;
    let bytes = with_self_made_characters();
    let report = office.import_to(&bytes, "notices.csv").await;
    assert_eq!((report.added(), report.self_made), (1, 2));
    let notices = std::fs::read(office.path("notices.csv")).unwrap();
    let name = [SELF_MADE[0], SELF_MADE[1], b"\x81\x40"].concat();
    assert!(notices.windows(name.len()).any(|window| window == name), "the bytes went out as they came in");
    let (_, words) = office.command(&bytes, |options| options.dry_run = true).await;
    assert!(!words.contains("外字"), "told when they come in, and not every month: {words}");
}

#[tokio::test]
async fn what_a_sentence_about_the_encoding_advises_works() {
    let utf8 = file("12,1,,S55.12.1,健保　花子,,hanako01,Ab-12345,\r\n");
    for (is, bytes, advised) in [
        (RosterEncoding::Utf8, with_self_made_characters(), RosterEncoding::Cp932),
        (RosterEncoding::Cp932, utf8, RosterEncoding::Utf8),
    ] {
        let mut office = open("jswkenpo", random).await;
        office.tenant.import.encoding = is;
        let (code, words) = office.command(&bytes, |_| {}).await;
        let word = if advised == RosterEncoding::Utf8 { "utf-8" } else { "cp932" };
        assert!(code == 1 && words.contains(&format!("encoding = \"{word}\"")), "{words}");
        // The one way: another setting.
        office.tenant.import.encoding = advised;
        let (code, words) = office.command(&bytes, |options| options.dry_run = true).await;
        assert_eq!(code, 0, "{words}");
        // The other way: the file saved again.
        office.tenant.import.encoding = is;
        let text = match advised {
            RosterEncoding::Utf8 => {
                encoding_rs::SHIFT_JIS.encode(str::from_utf8(&bytes).unwrap()).0.into_owned()
            }
            RosterEncoding::Cp932 => encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned().into_bytes(),
        };
        assert_eq!(office.import_to(&text, "notices.csv").await.added(), 1);
    }
}

#[tokio::test]
async fn a_file_with_an_end_mark_and_midnights_comes_in() {
    let office = open("jswkenpo", random).await;
    let mut bytes = cp932("12,1,,1983/3/4 0:00,健保　花子,,hanako01,Ab-12345,\r\n");
    bytes.extend(b"\x1A\0\0\0");
    let report = office.run(&bytes, None).await.unwrap();
    assert_eq!(report.added(), 1);
    assert_eq!(office.member("hanako01").await.birth_date.eight_digits(), "19830304");
}

#[tokio::test]
async fn numbers_that_a_spreadsheet_changed_refuse_the_file_and_next_months_is_right() {
    let office = open("jawakayama", random).await;
    let (code, words) = office
        .command(
            &file(
                "12,3.45679E+06,,S55.12.1,健保　花子,,hanako01,Ab-12345,\r\n\
                 12,2,1月2日,S55.12.1,健保　太郎,,taro0002,Ab-12345,\r\n\
                 #NAME?,3,,S55.12.1,健保　次郎,,jiro0003,Ab-12345,\r\n",
            ),
            |_| {},
        )
        .await;
    assert_eq!(code, 1);
    let mut settings = snapshots();
    settings.set_snapshot_path("../snapshots");
    settings.bind(|| insta::assert_snapshot!("spreadsheet", words));
    assert!(office.members().await.is_empty());
    let right = "0012,003456789,,S55.12.1,健保　花子,,hanako01,Ab-12345,\r\n";
    assert_eq!(office.run(&file(right), None).await.unwrap().added(), 1);
    // The zeros are gone, and nobody is twice or changed.
    let bare = "12,3456789,,S55.12.1,健保　花子,,hanako01,Ab-12345,\r\n";
    let report = office.run(&file(bare), None).await.unwrap();
    assert_eq!((report.added(), report.changed, report.unchanged), (0, 0, 1));
    assert_eq!(office.members().await[0].number.bango(), "003456789");
}

#[tokio::test]
async fn an_address_left_out_is_told_when_it_happens_and_then_as_a_number() {
    let office = open("jawakayama", random).await;
    let family = "12,1,,S55.12.1,健保　花子,,hanako01,Ab-12345,family@example.jp\r\n\
                  12,2,,S55.12.1,健保　太郎,,taro0002,Ab-12345,family@example.jp\r\n";
    let (_, first) = office.command(&file(family), |_| {}).await;
    assert!(first.contains("アドレスなしで取り込みます"), "{first}");
    let (_, again) = office.command(&file(family), |_| {}).await;
    assert!(!again.contains("アドレスなしで"), "{again}");
    assert!(again.contains("ファイルのアドレスを入れていない人: 1"), "{again}");
}

#[tokio::test]
async fn a_notice_of_the_desk_holds_every_name_that_is_kept() {
    let mut office = open("jswkenpo", random).await;
    office.tenant.import.encoding = RosterEncoding::Utf8;
    office.run(&file("12,1,,S55.12.1,𠮷田　花子,,hanako01,Ab-12345,\r\n"), None).await.unwrap();
    office.tenant.import.encoding = RosterEncoding::Cp932;
    let notice = office.path("notice.csv");
    office.desk().revert("hanako01", Some(NoticesTo::file(&notice)), Address::Dropped).await.unwrap();
    assert_eq!(notices(&office.path("notice.csv"))[0][3], "𠮷田　花子");
}
