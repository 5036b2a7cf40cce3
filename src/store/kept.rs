//! Kept: values as the database holds them, also where the program never writes such: an id of three bytes, a time of no
//! calendar, a text that is none. Whoever may write rows may write these, and what checks the trail has to name them and go on.

use std::fmt;

use data_encoding::HEXLOWER;
use uuid::Uuid;

use super::{
    StoreResult,
    row::{Arguments, FromColumn, FromRow, Row, ToColumn, add},
};
use crate::domain::audit::chain::TrailRow;

/// The id of a row. SQLite keeps any bytes as one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptId(Vec<u8>);

impl KeptId {
    /// The id, where it is one that the program writes.
    pub fn uuid(&self) -> Option<Uuid> {
        Uuid::from_slice(&self.0).ok()
    }
}

impl From<Uuid> for KeptId {
    fn from(id: Uuid) -> Self {
        Self(id.as_bytes().to_vec())
    }
}

impl fmt::Display for KeptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.uuid() {
            Some(id) => id.fmt(f),
            None => write!(f, "x'{}'", HEXLOWER.encode(&self.0)),
        }
    }
}

/// The id, or before all of them.
impl ToColumn for Option<&KeptId> {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        match arguments {
            Arguments::Sqlite(list) => add(list, self.map(|id| id.0.clone()).unwrap_or_default()),
            Arguments::Postgres(list) => add(list, self.and_then(KeptId::uuid).unwrap_or(Uuid::nil())),
        }
    }
}

impl FromColumn for KeptId {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        Ok(match row {
            Row::Sqlite(_) => Self(row.get(name)?),
            Row::Postgres(_) => Self::from(row.get::<Uuid>(name)?),
        })
    }
}

/// A text, with a mark in the place of each byte that is part of none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptText(pub String);

impl FromColumn for KeptText {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        Ok(Self(match row {
            Row::Sqlite(_) => String::from_utf8_lossy(&row.get::<Vec<u8>>(name)?).into_owned(),
            Row::Postgres(_) => row.get(name)?,
        }))
    }
}

/// A row as it stands in the table of the trail, whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTrailRow {
    /// By what it is found, also where it is no id that the program makes.
    pub id: KeptId,
    /// The row, where each of its values is one that the program writes.
    pub row: Option<TrailRow>,
}

impl FromRow for KeptTrailRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { id: row.get("id")?, row: TrailRow::from_row(row).ok() })
    }
}

/// A page of what begins with `after`, which was the end of the page before.
pub(super) fn behind<T>(mut page: Vec<T>, after: Option<&KeptId>, id: impl Fn(&T) -> &KeptId) -> Vec<T> {
    page.retain(|one| Some(id(one)) != after);
    page
}
