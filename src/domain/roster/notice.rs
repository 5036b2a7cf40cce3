//! Notice: what is printed for a member whose first credential was drawn, and the file the printer gets.

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

/// A notice that the union's encoding cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unprintable {
    /// Which notice, counted from 0.
    pub at: usize,
}

/// Headers of the file.
const HEADERS: [&str; 7] = ["記号", "番号", "枝番", "氏名", "仮ID", "仮パスワード", "有効期限"];

/// The file: one line a member, in the union's encoding, UTF-8 with the mark that spreadsheets look for.
/// `last_day` is the last whole day on which the credentials open first login.
///
/// # Errors
/// [`Unprintable`] with the first notice that the encoding cannot hold.
pub fn file(
    notices: &[CredentialNotice<'_>],
    last_day: Date,
    encoding: RosterEncoding,
) -> Result<Zeroizing<Vec<u8>>, Unprintable> {
    let mut out = Zeroizing::new(Vec::with_capacity((notices.len() + 1) * 128));
    if encoding == RosterEncoding::Utf8 {
        out.extend_from_slice("\u{FEFF}".as_bytes());
    }
    let until = format!("{}年{}月{}日", last_day.year(), last_day.month(), last_day.day());
    let mut line = Zeroizing::new(String::new());
    write_line(&mut line, HEADERS);
    encode(&mut out, &line, encoding).map_err(|()| Unprintable { at: 0 })?;
    for (at, notice) in notices.iter().enumerate() {
        let password = Zeroizing::new(first_credential::grouped(notice.password.expose_secret()));
        let number = notice.number;
        line.clear();
        write_line(
            &mut line,
            [number.kigo(), number.bango(), number.branch(), notice.name, &notice.login, &password, &until],
        );
        encode(&mut out, &line, encoding).map_err(|()| Unprintable { at })?;
    }
    Ok(out)
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

fn encode(out: &mut Vec<u8>, line: &str, encoding: RosterEncoding) -> Result<(), ()> {
    match encoding {
        RosterEncoding::Utf8 => out.extend_from_slice(line.as_bytes()),
        RosterEncoding::Cp932 => {
            if !text::encode_cp932(line, out) {
                return Err(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use encoding_rs::SHIFT_JIS;

    use super::*;

    fn text(name: &str, encoding: RosterEncoding) -> Result<String, Unprintable> {
        let number = MemberNumber::parse("12", "3456789", "").unwrap();
        let notice = CredentialNotice {
            number: &number,
            name,
            login: "ABCDEFGH2345".into(),
            password: SecretString::from("KLMNPQRS6789"),
        };
        let bytes = file(&[notice], "2027-02-19".parse().unwrap(), encoding)?;
        Ok(match encoding {
            RosterEncoding::Utf8 => String::from_utf8(bytes.to_vec()).unwrap(),
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
        assert_eq!(text("𠮷田", RosterEncoding::Cp932), Err(Unprintable { at: 0 }));
        assert!(text("𠮷田", RosterEncoding::Utf8).is_ok());
    }
}
