//! Subjects: what members were called by services before, as another system's list says it. Pure.

use std::{collections::HashMap, hash::BuildHasher};

use crate::domain::{
    login_id::LoginId,
    member::{MemberId, MemberNumber},
    roster::{
        FileFlaw, MOST_BYTES, MOST_ROWS,
        table::{CsvRecord, CsvTable},
        text,
    },
    tenant::ImportFormat,
};

/// The header of the column that says what a member was called.
const SUB: &str = "sub";
/// The header of the column with members' ids.
const ID: &str = "member_id";
/// Bytes of the longest subject (OpenID Connect Core, 2).
const LONGEST: usize = 255;

/// Who is meant by a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedMember {
    /// By 記号・番号・枝番.
    Number(MemberNumber),
    /// By user ID.
    Login(LoginId),
    /// By id.
    Id(MemberId),
}

/// One row that is right in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectRow {
    /// Its line in the file.
    pub line: u32,
    /// The member who is meant.
    pub member: NamedMember,
    /// What the member was called.
    pub sub: String,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectFlaw {
    /// It names nobody.
    NoName,
    /// `sub` is empty, longer than 255 characters, or holds something else than ASCII without spaces.
    Sub,
    /// Another row has the same `sub`.
    SubTwice {
        /// Its line.
        first: u32,
    },
    /// Another row names the same member.
    MemberTwice {
        /// Its line.
        first: u32,
    },
    /// Nobody is known by that.
    Unknown,
    /// Services of the sector call the member something else already.
    OtherSub,
    /// Somebody else is called that.
    Taken,
}

impl SubjectFlaw {
    /// Its word for machines and in sentences.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoName => "no-name",
            Self::Sub => "sub",
            Self::SubTwice { .. } => "sub-twice",
            Self::MemberTwice { .. } => "member-twice",
            Self::Unknown => "unknown",
            Self::OtherSub => "other-sub",
            Self::Taken => "taken",
        }
    }

    /// The line that stands against it.
    pub fn first(self) -> u32 {
        match self {
            Self::SubTwice { first } | Self::MemberTwice { first } => first,
            _ => 0,
        }
    }
}

/// A line and what is wrong with it.
pub type BadSubject = (u32, SubjectFlaw);

/// A file as read.
#[derive(Debug, Default)]
pub struct SubjectFile {
    /// The rows that are right in themselves.
    pub rows: Vec<SubjectRow>,
    /// Those that are not.
    pub bad: Vec<BadSubject>,
}

/// Reads a list: a CSV file with a line of headers, in the encoding and with the headers of the union's roster: 記号, 番号 and
/// 枝番, or the user ID, or `member_id`; and `sub`.
///
/// # Errors
/// [`FileFlaw`] when the file as a whole cannot be read.
pub fn read(bytes: &[u8], format: &ImportFormat) -> Result<SubjectFile, FileFlaw> {
    if bytes.len() > MOST_BYTES {
        return Err(FileFlaw::TooLarge { most: MOST_BYTES >> 20 });
    }
    let text = text::decode(bytes, format.encoding)?;
    let mut table = CsvTable::new(&text);
    let head = table.next().ok_or(FileFlaw::Empty)??;
    let place = |name: &str| head.fields.iter().position(|field| field.trim() == name);
    let columns = &format.columns;
    let (kigo, bango, branch) = (place(&columns.kigo), place(&columns.bango), place(&columns.branch));
    let (login, id) = (place(&columns.user_id), place(ID));
    let is_named = kigo.is_some() && bango.is_some() || login.is_some() || id.is_some();
    let (Some(sub), true) = (place(SUB), is_named) else {
        let wanted = [SUB, &columns.kigo, &columns.bango, &columns.user_id, ID].map(str::to_owned).into();
        let found = head.fields.iter().map(|field| field.trim().to_owned()).collect();
        return Err(FileFlaw::ColumnsMissing { wanted, found });
    };
    let mut file = SubjectFile::default();
    let mut subs: HashMap<String, u32> = HashMap::new();
    for (count, record) in table.enumerate() {
        let record = record?;
        if count >= MOST_ROWS {
            return Err(FileFlaw::TooManyRows { most: MOST_ROWS });
        }
        if record.is_blank() {
            continue;
        }
        let cell = |place: Option<usize>| cell(&record, place);
        let number = MemberNumber::parse(cell(kigo), cell(bango), cell(branch));
        let id = MemberId::parse(cell(id)).map(NamedMember::Id);
        let login = Some(cell(login)).filter(|text| !text.is_empty());
        let login = login.map(|text| NamedMember::Login(LoginId::typed(text)));
        let member = id.or(number.map(NamedMember::Number)).or(login);
        let sub = cell(Some(sub));
        let is_sub = (1..=LONGEST).contains(&sub.len()) && sub.bytes().all(|byte| byte.is_ascii_graphic());
        let line = record.line;
        match member {
            None => file.bad.push((line, SubjectFlaw::NoName)),
            Some(_) if !is_sub => file.bad.push((line, SubjectFlaw::Sub)),
            Some(member) => match subs.insert(sub.to_owned(), line) {
                Some(first) => file.bad.push((line, SubjectFlaw::SubTwice { first })),
                None => file.rows.push(SubjectRow { line, member, sub: sub.to_owned() }),
            },
        }
    }
    if file.rows.is_empty() && file.bad.is_empty() {
        return Err(FileFlaw::HeaderOnly);
    }
    Ok(file)
}

fn cell<'r>(record: &'r CsvRecord<'_>, place: Option<usize>) -> &'r str {
    place.and_then(|place| record.fields.get(place)).map_or("", |field| field.trim())
}

/// What of a file comes in.
#[derive(Debug, Default)]
pub struct SubjectPlan {
    /// Whom services will know by what.
    pub new: Vec<(MemberId, String)>,
    /// How many they know so already.
    pub same: usize,
    /// Everything that is wrong, in the file's order. Nothing comes in while there is any.
    pub bad: Vec<BadSubject>,
}

/// Compares the rows, each with the member that it means, with what is known: each member's subject in the sector, and whose
/// each subject of the union is.
pub fn plan<'s>(
    file: SubjectFile,
    found: &[Option<MemberId>],
    of_sector: &HashMap<MemberId, String, impl BuildHasher>,
    owner: impl Fn(&str) -> Option<(&'s str, MemberId)>,
    sector: &str,
) -> SubjectPlan {
    let mut plan = SubjectPlan { bad: file.bad, ..SubjectPlan::default() };
    let mut seen: HashMap<MemberId, u32> = HashMap::new();
    for (row, found) in file.rows.into_iter().zip(found) {
        let Some(member) = *found else {
            plan.bad.push((row.line, SubjectFlaw::Unknown));
            continue;
        };
        if let Some(first) = seen.insert(member, row.line) {
            plan.bad.push((row.line, SubjectFlaw::MemberTwice { first }));
            continue;
        }
        match (of_sector.get(&member), owner(&row.sub)) {
            (Some(known), _) if *known == row.sub => plan.same += 1,
            (Some(_), _) => plan.bad.push((row.line, SubjectFlaw::OtherSub)),
            (None, Some(other)) if other != (sector, member) => plan.bad.push((row.line, SubjectFlaw::Taken)),
            (None, _) => plan.new.push((member, row.sub)),
        }
    }
    plan.bad.sort_unstable_by_key(|(line, _)| *line);
    plan
}
