//! Notice: what is printed for a member whose first credential was drawn, and the lines of the file a print house gets.
//!
//! Who prints letters has a page instead: `mail::printed`.

use jiff::civil::Date;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::text;
use crate::domain::{first_credential, member::MemberNumber, tenant::RosterEncoding};

/// What one member is told. The password is in clear: it exists here and on paper only.
pub struct CredentialNotice<'a> {
    /// The member's 記号・番号・枝番.
    pub number: &'a MemberNumber,
    /// The member's name.
    pub name: &'a str,
    /// The first user ID (仮ID), as it is printed.
    pub login: String,
    /// The first password (仮パスワード), without the spaces it is printed with.
    pub password: SecretString,
}

/// Says nothing: nothing in it belongs in a log.
impl std::fmt::Debug for CredentialNotice<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notice(…)")
    }
}

/// A notice that the encoding of its file cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unprintable {
    /// Which notice, counted from 0.
    pub at: usize,
    /// The characters that the encoding does not have.
    pub characters: String,
}

/// Headers of the file.
const HEADERS: [&str; 7] = ["記号", "番号", "枝番", "氏名", "仮ID", "仮パスワード", "有効期限"];

/// Every notice that the encoding cannot hold, in their order: asked before anything is written.
pub fn unprintable(notices: &[CredentialNotice<'_>], encoding: RosterEncoding) -> Vec<Unprintable> {
    let lacking = |notice: &CredentialNotice<'_>| match encoding {
        RosterEncoding::Utf8 => String::new(),
        RosterEncoding::Cp932 => {
            text::not_in_cp932(&[notice.number.kigo(), notice.name, &notice.login].concat())
        }
    };
    let told = notices.iter().map(lacking).enumerate();
    told.filter(|(_, characters)| !characters.is_empty())
        .map(|(at, characters)| Unprintable { at, characters })
        .collect()
}

/// The first line of the file, with the mark that spreadsheets look for in UTF-8.
pub fn csv_head(encoding: RosterEncoding) -> Option<Vec<u8>> {
    let mut line = String::new();
    if encoding == RosterEncoding::Utf8 {
        line.push('\u{FEFF}');
    }
    write_line(&mut line, HEADERS);
    encode(&line, encoding).map(|bytes| bytes.to_vec())
}

/// The line of one member. `last_day` is the last whole day on which the credentials open first login. `None` for one that
/// [`unprintable`] tells.
pub fn csv_line(
    notice: &CredentialNotice<'_>,
    last_day: Date,
    encoding: RosterEncoding,
) -> Option<Zeroizing<Vec<u8>>> {
    let until = format!("{}年{}月{}日", last_day.year(), last_day.month(), last_day.day());
    let password = Zeroizing::new(first_credential::grouped(notice.password.expose_secret()));
    let number = notice.number;
    let mut line = Zeroizing::new(String::with_capacity(160));
    write_line(
        &mut line,
        [number.kigo(), number.bango(), number.branch(), notice.name, &notice.login, &password, &until],
    );
    encode(&line, encoding)
}

fn write_line(line: &mut String, cells: [&str; 7]) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        write_cell(line, cell);
    }
    line.push_str("\r\n");
}

/// A cell, quoted where it must be. One that a spreadsheet would take for a formula gets a `'` in front (K7).
fn write_cell(line: &mut String, cell: &str) {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = cell.contains(['"', ',', '\r', '\n']);
    if quoted {
        line.push('"');
    }
    if formula {
        line.push('\'');
    }
    if quoted {
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(cell);
    }
}

fn encode(line: &str, encoding: RosterEncoding) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(line.len()));
    match encoding {
        RosterEncoding::Utf8 => out.extend_from_slice(line.as_bytes()),
        RosterEncoding::Cp932 => {
            if !text::encode_cp932(line, &mut out) {
                return None;
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use encoding_rs::SHIFT_JIS;

    use super::*;

    fn text(name: &str, encoding: RosterEncoding) -> Result<String, Vec<Unprintable>> {
        let number = MemberNumber::parse("12", "3456789", "").unwrap();
        let notice = CredentialNotice {
            number: &number,
            name,
            login: "ABCDEFGH2345".into(),
            password: SecretString::from("KLMNPQRS6789"),
        };
        let told = unprintable(std::slice::from_ref(&notice), encoding);
        let line = csv_line(&notice, "2027-02-19".parse().unwrap(), encoding);
        assert_eq!(line.is_none(), !told.is_empty());
        let Some(line) = line else { return Err(told) };
        let bytes = [csv_head(encoding).unwrap(), line.to_vec()].concat();
        Ok(match encoding {
            RosterEncoding::Utf8 => String::from_utf8(bytes).unwrap(),
            RosterEncoding::Cp932 => SHIFT_JIS.decode(&bytes).0.into_owned(),
        })
    }

    #[test]
    fn a_printer_gets_one_line_a_member() {
        assert_eq!(
            text("健保　花子", RosterEncoding::Utf8).unwrap(),
            "\u{FEFF}記号,番号,枝番,氏名,仮ID,仮パスワード,有効期限\r\n\
             12,3456789,00,健保　花子,ABCDEFGH2345,KLMN-PQRS-6789,2027年2月19日\r\n"
        );
        assert!(text("髙﨑①", RosterEncoding::Cp932).unwrap().contains(",髙﨑①,"));
    }

    #[test]
    fn a_name_is_never_a_formula() {
        for name in ["=cmd|'/c calc'!A0", "+1", "-1", "@x", "\tx"] {
            assert!(text(name, RosterEncoding::Utf8).unwrap().contains(&format!(",'{name},")), "{name}");
        }
        assert!(text("=a,\"b\"", RosterEncoding::Utf8).unwrap().contains(",\"'=a,\"\"b\"\"\","));
    }

    #[test]
    fn a_name_the_encoding_cannot_hold_is_told_before_anything_is_written() {
        let told = vec![Unprintable { at: 0, characters: "𠮷𩸽".into() }];
        assert_eq!(text("𠮷田　𩸽𠮷", RosterEncoding::Cp932), Err(told));
        assert!(text("𠮷田", RosterEncoding::Utf8).is_ok());
    }
}
