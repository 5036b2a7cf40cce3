//! Header: the first line of a roster, by which its columns are found.

use super::{
    column::Column,
    flaw::FileFlaw,
    table::{CsvRecord, MOST_COLUMNS},
};
use crate::domain::{tenant::RosterColumns, typed};

/// Headers this alike are taken for misspelt.
const ALIKE: f64 = 0.85;
/// The longest header, in bytes, that is held against a missing one: longer ones are cells of a file without a header.
const LONGEST_ALIKE: usize = 200;

/// Where each column stands in a file.
#[derive(Debug)]
pub struct Header {
    places: [Option<usize>; Column::ALL.len()],
    /// How many fields the header has.
    pub width: usize,
    /// Headers that are no column of the roster; their cells are not read.
    pub extra: Vec<String>,
}

impl Header {
    /// Finds the columns in the first record. A header that is nearly one of ours is refused rather than left out:
    /// without its user IDs, a whole roster would be taken for newcomers.
    ///
    /// # Errors
    /// [`FileFlaw`] when there are too many columns, a needed column is missing, one stands twice, or a header is
    /// nearly one of ours.
    pub fn read(first: &CsvRecord<'_>, columns: &RosterColumns) -> Result<Self, FileFlaw> {
        if first.width > MOST_COLUMNS {
            return Err(FileFlaw::TooManyColumns { most: MOST_COLUMNS });
        }
        let found: Vec<String> = first.fields.iter().map(|field| key(field)).collect();
        let mut places = [None; Column::ALL.len()];
        for (place, column) in places.iter_mut().zip(Column::ALL) {
            let wanted = key(column.header(columns));
            let mut at = found.iter().enumerate().filter(|(_, header)| **header == wanted).map(|(at, _)| at);
            *place = at.next();
            if at.next().is_some() {
                return Err(FileFlaw::ColumnTwice { header: column.header(columns).to_owned() });
            }
        }
        let name = |at: usize| first.fields.get(at).map_or_else(String::new, |field| typed::fold(field));
        let extra: Vec<usize> = (0..found.len())
            .filter(|at| {
                !places.contains(&Some(*at)) && found.get(*at).is_some_and(|header| !header.is_empty())
            })
            .collect();
        let absent = |place: &Option<usize>| place.is_none();
        let missing: Vec<Column> =
            places.iter().zip(Column::ALL).filter(|(place, _)| absent(place)).map(|(_, c)| c).collect();
        for column in &missing {
            let wanted = column.header(columns);
            let wanted_key = key(wanted);
            let alike = |at: &&usize| {
                found.get(**at).is_some_and(|header| {
                    header.len() <= LONGEST_ALIKE && strsim::jaro_winkler(header, &wanted_key) >= ALIKE
                })
            };
            if let Some(at) = extra.iter().find(alike) {
                return Err(FileFlaw::ColumnAlike { found: name(*at), wanted: wanted.to_owned() });
            }
        }
        let required: Vec<String> =
            missing.iter().filter(|c| c.is_required()).map(|c| c.header(columns).to_owned()).collect();
        if !required.is_empty() {
            let found = (0..found.len()).map(name).filter(|header| !header.is_empty()).collect();
            return Err(FileFlaw::ColumnsMissing { wanted: required, found });
        }
        Ok(Self { places, width: first.width, extra: extra.into_iter().map(name).collect() })
    }

    /// The cell of that column; empty when the file has no such column.
    pub fn cell<'r>(&self, record: &'r CsvRecord<'_>, column: Column) -> &'r str {
        let at = self.places.get(column.index()).copied().flatten();
        at.and_then(|at| record.fields.get(at)).map_or("", AsRef::as_ref)
    }
}

fn key(header: &str) -> String {
    typed::fold(header).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{super::table::CsvTable, *};

    fn columns() -> RosterColumns {
        let text = str::to_owned;
        RosterColumns {
            kigo: text("記号"),
            bango: text("番号"),
            branch: text("枝番"),
            birthdate: text("生年月日"),
            name: text("氏名"),
            name_kana: text("カナ氏名"),
            user_id: text("ユーザID"),
            temp_password: text("仮パスワード"),
            email: text("メールアドレス"),
            lost_on: text("資格喪失日"),
            former_kigo: text("旧記号"),
            former_bango: text("旧番号"),
            former_branch: text("旧枝番"),
        }
    }

    fn read(line: &str) -> Result<Header, FileFlaw> {
        Header::read(&CsvTable::new(line).next().unwrap().unwrap(), &columns())
    }

    #[test]
    fn headers_are_found_in_any_order_and_width() {
        let header = read("氏名, 番号 ,記号,生年月日,ﾒｰﾙｱﾄﾞﾚｽ,備考,").unwrap();
        assert_eq!(header.extra, ["備考"]);
        let row = CsvTable::new("花子,1,2,3,h@x.jp,,").next().unwrap().unwrap();
        assert_eq!(header.cell(&row, Column::Bango), "1");
        assert_eq!(header.cell(&row, Column::Email), "h@x.jp");
        assert_eq!(header.cell(&row, Column::UserId), "");
    }

    #[test]
    fn a_missing_column_is_named_with_what_was_found() {
        assert_eq!(
            read("記号;番号;氏名").unwrap_err(),
            FileFlaw::ColumnsMissing {
                wanted: ["記号", "番号", "生年月日", "氏名"].map(str::to_owned).to_vec(),
                found: vec!["記号;番号;氏名".to_owned()],
            }
        );
    }

    #[test]
    fn a_nearly_right_header_is_asked_about() {
        assert_eq!(
            read("記号,番号,生年月日,氏名,ユーザーID").unwrap_err(),
            FileFlaw::ColumnAlike { found: "ユーザーID".into(), wanted: "ユーザID".into() }
        );
    }

    #[test]
    fn one_header_twice_is_refused() {
        assert_eq!(
            read("記号,番号,生年月日,氏名,番号").unwrap_err(),
            FileFlaw::ColumnTwice { header: "番号".into() }
        );
    }
}
