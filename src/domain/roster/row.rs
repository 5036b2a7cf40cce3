//! Row: one record of the file becomes one member to be, or every flaw it has.

use std::fmt;

use jiff::civil::Date;
use secrecy::{ExposeSecret as _, SecretString};
use smol_str::SmolStr;
use unicode_normalization::{UnicodeNormalization as _, char::compose};

use super::{
    column::Column,
    flaw::{BadRow, RowFlaw},
    header::Header,
    table::CsvRecord,
    text,
};
use crate::domain::{
    birth_date::BirthDate,
    first_credential,
    login_id::LoginId,
    member::{EmailAddress, LastDay, LastDayFlaw, MemberNumber, NumberPart},
    refusal::Refusal,
    spreadsheet::SpreadsheetTrace,
    tenant::{FirstSecret, InitialPassword},
    typed,
};

/// Most characters of a name.
const LONGEST_NAME: usize = 100;
/// Most bytes of a field (K7).
const LONGEST_FIELD: usize = 10_000;
/// Most characters of a printed temporary password: what sign-in still accepts.
const LONGEST_PASSWORD: usize = 128;

/// How a member comes to the first credential (D3).
#[derive(Debug, Clone)]
pub enum FirstCredentialSource {
    /// A user ID and no temporary password: known from the old system.
    Existing(LoginId),
    /// Both: the printed notice has been sent.
    Printed(LoginId, SecretString),
    /// Neither: drawn by us.
    Generated,
}

impl FirstCredentialSource {
    /// The user ID that the file gives.
    pub fn login(&self) -> Option<&LoginId> {
        match self {
            Self::Existing(login) | Self::Printed(login, _) => Some(login),
            Self::Generated => None,
        }
    }

    /// Whether a password has to be drawn, and told to the member by notice.
    pub fn is_drawn(&self, policy: &InitialPassword) -> bool {
        match self {
            Self::Existing(_) => policy.existing == FirstSecret::Random,
            Self::Printed(..) => false,
            Self::Generated => true,
        }
    }
}

/// One member as the file has it.
pub struct RosterRow {
    /// The line on which it begins, from 1.
    pub line: u32,
    /// The member's 記号・番号・枝番.
    pub number: MemberNumber,
    /// The number's one spelling.
    pub key: SmolStr,
    /// Name as the union writes it.
    pub name: SmolStr,
    /// Name in katakana; may be empty.
    pub name_kana: SmolStr,
    /// The day in Japan that first login may ask for.
    pub birth_date: BirthDate,
    /// What the file gives to sign in with.
    pub kind: FirstCredentialSource,
    /// Mail address, if one is given.
    pub email: Option<EmailAddress>,
    /// The last day of the membership, if one is given (D34).
    pub lost_on: Option<LastDay>,
    /// Whether that day is over.
    pub has_left: bool,
    /// The number the person had before, in its one spelling, if one is given (D34).
    pub former_key: Option<SmolStr>,
}

impl RosterRow {
    /// Reads a record. Every flaw is found, not only the first.
    ///
    /// # Errors
    /// Every flaw of the row; never empty.
    pub fn read(record: &CsvRecord<'_>, header: &Header, today: Date) -> Result<Self, Vec<BadRow>> {
        let mut flaws = Flaws { line: record.line, found: Vec::new() };
        if record.width != header.width {
            // Whatever else it says would be said about the wrong columns.
            flaws.add(None, RowFlaw::Ragged { found: record.width, wanted: header.width });
            return Err(flaws.found);
        }
        if record.stray_quote {
            flaws.add(None, RowFlaw::StrayQuote);
        }
        for column in Column::ALL {
            let cell = header.cell(record, column);
            if cell.len() > LONGEST_FIELD {
                flaws.add(Some(column), RowFlaw::FieldTooLong { most: LONGEST_FIELD });
            } else if cell.chars().any(is_control) {
                flaws.add(Some(column), RowFlaw::ControlCharacter);
            } else if !column.is_number()
                && let Some(trace) = SpreadsheetTrace::in_text(cell)
            {
                flaws.add(Some(column), RowFlaw::Spreadsheet(trace));
            }
        }
        if !flaws.found.is_empty() {
            return Err(flaws.found);
        }
        let cell = |column| header.cell(record, column);
        let number = number(
            [Column::Kigo, Column::Bango, Column::Branch],
            [cell(Column::Kigo), cell(Column::Bango), cell(Column::Branch)],
            &mut flaws,
        );
        let birth_date = birth_date(cell(Column::BirthDate), today, &mut flaws);
        let name = name(cell(Column::Name));
        if name.is_empty() {
            flaws.add(Some(Column::Name), RowFlaw::NameMissing);
        }
        let name_kana = kana(cell(Column::NameKana));
        for (column, text) in [(Column::Name, &name), (Column::NameKana, &name_kana)] {
            if text.chars().count() > LONGEST_NAME {
                flaws.add(Some(column), RowFlaw::TooLong { most: LONGEST_NAME });
            }
        }
        let kind = kind(cell(Column::UserId), cell(Column::TempPassword), &mut flaws);
        let email = email(cell(Column::Email), &mut flaws);
        let lost_on = birth_date.and_then(|born| lost_on(cell(Column::LostOn), today, born, &mut flaws));
        let former_key = former_key(&cell, &mut flaws);
        match (number, birth_date, kind, flaws.found.is_empty()) {
            (Some(number), Some(birth_date), Some(kind), true) => {
                let key = number.key();
                // A number that stayed the same is no former one.
                let former_key = former_key.filter(|former| *former != key).map(SmolStr::from);
                Ok(Self {
                    line: record.line,
                    number,
                    key: key.into(),
                    name: name.into(),
                    name_kana: name_kana.into(),
                    birth_date,
                    kind,
                    email,
                    lost_on,
                    has_left: lost_on.is_some_and(|day| day.date() < today),
                    former_key,
                })
            }
            _ => Err(flaws.found),
        }
    }
}

/// Whose number a record has, if it has one, whatever else is wrong with it.
pub fn number_key(record: &CsvRecord<'_>, header: &Header) -> Option<String> {
    let cell = |column| header.cell(record, column);
    let number = || MemberNumber::read(cell(Column::Kigo), cell(Column::Bango), cell(Column::Branch));
    if record.width == header.width { number().ok().map(|number| number.key()) } else { None }
}

impl RosterRow {
    /// How many self-made characters (外字) stand in its names: fonts of other machines do not have them.
    pub fn self_made(&self) -> usize {
        self.name.chars().chain(self.name_kana.chars()).filter(|c| text::is_self_made(*c)).count()
    }
}

/// Only the line: what a row says stays out of logs.
impl fmt::Debug for RosterRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row(line {})", self.line)
    }
}

struct Flaws {
    line: u32,
    found: Vec<BadRow>,
}

impl Flaws {
    fn add(&mut self, column: Option<Column>, flaw: RowFlaw) {
        self.found.push(BadRow { line: self.line, column, flaw });
    }
}

/// Control characters, and those that turn the direction of a text around.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

fn number(columns: [Column; 3], cells: [&str; 3], flaws: &mut Flaws) -> Option<MemberNumber> {
    let ([kigo_at, bango_at, branch_at], [kigo, bango, branch]) = (columns, cells);
    match MemberNumber::read(kigo, bango, branch) {
        Ok(number) => Some(number),
        Err(found) => {
            for (part, flaw) in found {
                let column = match part {
                    NumberPart::Kigo => kigo_at,
                    NumberPart::Bango => bango_at,
                    NumberPart::Branch => branch_at,
                };
                flaws.add(Some(column), RowFlaw::Number(flaw));
            }
            None
        }
    }
}

/// A birth date. Databases export a day as its midnight, which is no fault (D33).
fn birth_date(text: &str, today: Date, flaws: &mut Flaws) -> Option<BirthDate> {
    let text = typed::fold(text);
    let day = match day_of(&text) {
        Ok(day) => day,
        Err(flaw) => {
            flaws.add(Some(Column::BirthDate), flaw);
            return None;
        }
    };
    match BirthDate::parse(day, today) {
        Ok(date) => Some(date),
        Err(Refusal::BirthDate(_)) if is_serial_number(day) => {
            flaws.add(Some(Column::BirthDate), RowFlaw::BirthDateSerial);
            None
        }
        Err(Refusal::BirthDate(flaw)) => {
            flaws.add(Some(Column::BirthDate), RowFlaw::BirthDate(flaw));
            None
        }
        Err(_) => {
            flaws.add(Some(Column::BirthDate), RowFlaw::BirthDateMissing);
            None
        }
    }
}

/// The last day of the membership. None is no cell, or the day without an end that some systems write (9999-12-31).
fn lost_on(text: &str, today: Date, born: BirthDate, flaws: &mut Flaws) -> Option<LastDay> {
    let text = typed::fold(text);
    let day = match day_of(&text) {
        Ok("" | "99999999") => return None,
        Ok(day) => day,
        Err(RowFlaw::BirthDateTime) => {
            flaws.add(Some(Column::LostOn), RowFlaw::LastDay(LastDayFlaw::Unreadable));
            return None;
        }
        Err(flaw) => {
            flaws.add(Some(Column::LostOn), flaw);
            return None;
        }
    };
    match LastDay::on_roster(day, today, born) {
        Ok(day) => day,
        Err(flaw) => {
            flaws.add(Some(Column::LostOn), RowFlaw::LastDay(flaw));
            None
        }
    }
}

/// The number before, where the row names one. Without a former 枝番 it is the row's own.
fn former_key<'r>(cell: &impl Fn(Column) -> &'r str, flaws: &mut Flaws) -> Option<String> {
    let columns = [Column::FormerKigo, Column::FormerBango, Column::FormerBranch];
    let [kigo, bango, branch] = columns.map(cell);
    if [kigo, bango, branch].iter().all(|part| typed::fold(part).is_empty()) {
        return None;
    }
    let branch = if typed::fold(branch).is_empty() { cell(Column::Branch) } else { branch };
    number(columns, [kigo, bango, branch], flaws).map(|number| number.key())
}

/// The day in front of a midnight: `1983/3/4 0:00`, `1983-03-04T00:00:00.000`.
fn day_of(text: &str) -> Result<&str, RowFlaw> {
    if let Some(trace) = SpreadsheetTrace::in_text(text) {
        return Err(RowFlaw::Spreadsheet(trace));
    }
    if !text.contains(':') {
        return Ok(text);
    }
    let (day, time) = text.rsplit_once(['T', ' ']).ok_or(RowFlaw::BirthDateTime)?;
    let (time, zone) = time.trim().split_at(time.trim().find(['Z', 'z', '+']).unwrap_or(time.trim().len()));
    let zero = |c: char| matches!(c, '0' | ':' | '.');
    let local = matches!(zone, "" | "+09:00" | "+0900" | "+09");
    if local && time.starts_with('0') && time.chars().all(zero) {
        Ok(day)
    } else {
        Err(RowFlaw::BirthDateTime)
    }
}

/// Days since 1900, as a spreadsheet keeps a date and shows it where the cell is not formatted as one.
fn is_serial_number(text: &str) -> bool {
    let days = text.strip_suffix(".0").unwrap_or(text);
    (3..=5).contains(&days.len()) && days.chars().all(|c| c.is_ascii_digit())
}

fn kind(user_id: &str, temp_password: &str, flaws: &mut Flaws) -> Option<FirstCredentialSource> {
    let password = SecretString::from(first_credential::printed(temp_password));
    let given = !password.expose_secret().is_empty();
    if password.expose_secret().chars().count() > LONGEST_PASSWORD {
        flaws.add(Some(Column::TempPassword), RowFlaw::TooLong { most: LONGEST_PASSWORD });
        return None;
    }
    if typed::fold(user_id).is_empty() {
        if given {
            flaws.add(Some(Column::TempPassword), RowFlaw::TempPasswordAlone);
            return None;
        }
        return Some(FirstCredentialSource::Generated);
    }
    let Some(login) = LoginId::imported(user_id) else {
        flaws.add(Some(Column::UserId), RowFlaw::UserIdMalformed);
        return None;
    };
    Some(if given {
        FirstCredentialSource::Printed(login, password)
    } else {
        FirstCredentialSource::Existing(login)
    })
}

fn email(text: &str, flaws: &mut Flaws) -> Option<EmailAddress> {
    let email = EmailAddress::parse(text);
    if email.is_none() && !typed::fold(text).is_empty() {
        flaws.add(Some(Column::Email), RowFlaw::EmailMalformed);
    }
    email
}

/// A name as given: 髙 stays 髙. Only a kana and its voiced mark, which some systems write apart, become one, and
/// characters without a width, such as a mark that two joined files leave between them, go.
fn name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text: String = text.chars().filter(|c| !typed::is_invisible(*c)).collect();
    for c in text.trim().chars() {
        match out.chars().next_back().and_then(|before| voiced(before, c)) {
            Some(whole) => {
                out.pop();
                out.push(whole);
            }
            None => out.push(c),
        }
    }
    out
}

fn voiced(kana: char, mark: char) -> Option<char> {
    matches!(mark, '\u{3099}' | '\u{309A}').then(|| compose(kana, mark)).flatten()
}

/// A name in kana: full-width katakana, one wide space between its parts.
fn kana(text: &str) -> String {
    let wide: String = text
        .nfkc()
        .map(|c| match c {
            'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
            other => other,
        })
        .collect();
    wide.split_whitespace().collect::<Vec<_>>().join("\u{3000}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_as_the_union_writes_them() {
        assert_eq!(name(" 髙﨑　花子①～ "), "髙﨑　花子①～");
        // A compatibility ideograph that NFC would replace (神 as U+FA19).
        assert_eq!(name("\u{FA19}"), "\u{FA19}");
        assert_eq!(name("か\u{3099}は\u{309A}"), "がぱ");
        assert_eq!(name("\u{FEFF}健保\u{200B}　花子\u{FEFF}"), "健保　花子");
    }

    #[test]
    fn kana_becomes_wide_katakana() {
        assert_eq!(kana("ｹﾝﾎﾟ ﾊﾅｺ"), "ケンポ\u{3000}ハナコ");
        assert_eq!(kana(" けんぽ　　はなこ "), "ケンポ\u{3000}ハナコ");
        assert_eq!(kana(""), "");
    }

    #[test]
    fn two_cells_decide_the_kind() {
        let mut flaws = Flaws { line: 1, found: Vec::new() };
        assert!(matches!(kind("hanako01", "", &mut flaws), Some(FirstCredentialSource::Existing(_))));
        assert!(matches!(kind(" HANAKO01", "Ab12", &mut flaws), Some(FirstCredentialSource::Printed(..))));
        assert!(matches!(kind("", "　", &mut flaws), Some(FirstCredentialSource::Generated)));
        assert!(flaws.found.is_empty());
        assert!(kind("", "Ab12", &mut flaws).is_none());
        assert!(kind("花子", "", &mut flaws).is_none());
        assert_eq!(flaws.found.len(), 2);
    }
}
