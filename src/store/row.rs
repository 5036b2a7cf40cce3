//! Row: arguments that go into a statement and rows that come out of it, in the native form of the database in use.
//! How each type is kept in either is `column`'s.

use sqlx::{
    Column as _, Row as _, TypeInfo as _,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};
use uuid::Uuid;

use super::{StoreError, StoreResult};

/// A value that can be bound to a statement.
pub trait ToColumn {
    /// Adds the value to the native arguments.
    fn put(self, arguments: &mut Arguments) -> StoreResult<()>;

    /// The id, where the value is that of a member or a session ([`super::changes`]).
    fn about(&self) -> Option<Uuid> {
        None
    }
}

/// A value that can be read from a row.
pub trait FromColumn: Sized {
    /// Reads the column of that name.
    fn take(row: &Row, name: &str) -> StoreResult<Self>;
}

/// Something that is made of one row.
pub trait FromRow: Sized {
    /// Reads the columns by their names in the statement.
    fn from_row(row: &Row) -> StoreResult<Self>;
}

/// A row of one column.
impl<T: FromColumn> FromRow for (T,) {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok((row.get(row.only_column()?)?,))
    }
}

/// Arguments in the native form of the database in use.
#[derive(Debug, Clone)]
pub enum Arguments {
    /// Values in SQLite's form.
    Sqlite(SqliteArguments),
    /// Values in PostgreSQL's form.
    Postgres(PgArguments),
}

/// A row in the native form of the database in use.
#[derive(Debug)]
pub enum Row {
    /// A row of SQLite.
    Sqlite(SqliteRow),
    /// A row of PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// The value of the column of that name.
    pub fn get<T: FromColumn>(&self, name: &str) -> StoreResult<T> {
        T::take(self, name)
    }

    /// The fault of a column that holds a value outside its type's range.
    pub fn broken(&self, name: &str) -> StoreError {
        let of_type = match self {
            Self::Sqlite(row) => row.try_column(name).map(|column| column.type_info().name().to_owned()),
            Self::Postgres(row) => row.try_column(name).map(|column| column.type_info().name().to_owned()),
        };
        StoreError::Kept { column: format!("{name} {}", of_type.unwrap_or_default()) }
    }

    fn only_column(&self) -> StoreResult<&str> {
        let name = match self {
            Self::Sqlite(row) => match row.columns() {
                [only] => Some(only.name()),
                _ => None,
            },
            Self::Postgres(row) => match row.columns() {
                [only] => Some(only.name()),
                _ => None,
            },
        };
        name.ok_or(StoreError::NoRow)
    }
}

/// Adds a value to the native arguments.
macro_rules! put_native {
    ($arguments:expr, $sqlite:expr, $postgres:expr) => {
        match $arguments {
            $crate::store::row::Arguments::Sqlite(arguments) => $crate::store::row::add(arguments, $sqlite),
            $crate::store::row::Arguments::Postgres(arguments) => {
                $crate::store::row::add(arguments, $postgres)
            }
        }
    };
}
pub(super) use put_native;

pub(super) fn add<'q, A, T>(arguments: &mut A, value: T) -> StoreResult<()>
where
    A: sqlx::Arguments,
    T: sqlx::Encode<'q, A::Database> + sqlx::Type<A::Database>,
{
    arguments.add(value).map_err(|fault| StoreError::Database(sqlx::Error::Encode(fault)))
}
