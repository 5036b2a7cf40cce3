//! Column: how each type is kept in either database. `domain` knows nothing of this.

use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::Row as _;
use uuid::Uuid;

use super::{
    StoreResult,
    row::{Arguments, FromColumn, Row, ToColumn, add, put_native},
};

macro_rules! native {
    ($($type:ty),+) => {$(
        impl ToColumn for $type {
            fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
                put_native!(arguments, self, self)
            }
        }
        impl ToColumn for Option<$type> {
            fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
                match arguments {
                    Arguments::Sqlite(a) => add(a, self),
                    Arguments::Postgres(a) => add(a, self),
                }
            }
        }
        impl FromColumn for $type {
            fn take(row: &Row, name: &str) -> StoreResult<Self> {
                Ok(match row {
                    Row::Sqlite(row) => row.try_get(name)?,
                    Row::Postgres(row) => row.try_get(name)?,
                })
            }
        }
        impl FromColumn for Option<$type> {
            fn take(row: &Row, name: &str) -> StoreResult<Self> {
                Ok(match row {
                    Row::Sqlite(row) => row.try_get(name)?,
                    Row::Postgres(row) => row.try_get(name)?,
                })
            }
        }
    )+};
}
native!(i64, bool, String, Vec<u8>, Uuid);

impl ToColumn for &str {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        put_native!(arguments, self.to_owned(), self)
    }
}

impl ToColumn for Option<&str> {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.map(str::to_owned).put(arguments)
    }
}

impl ToColumn for &[u8] {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        put_native!(arguments, self.to_vec(), self)
    }
}

impl ToColumn for u32 {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        i64::from(self).put(arguments)
    }
}

impl FromColumn for u32 {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        let value: i64 = row.get(name)?;
        Self::try_from(value).map_err(|_| row.broken(name))
    }
}

impl FromColumn for Option<u32> {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        let value: Option<i64> = row.get(name)?;
        value.map(|value| u32::try_from(value).map_err(|_| row.broken(name))).transpose()
    }
}

/// Whole microseconds since 1970: what both databases can hold.
fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

fn from_micros(micros: i64, row: &Row, name: &str) -> StoreResult<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|_| row.broken(name))
}

impl ToColumn for Timestamp {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        put_native!(arguments, micros(self), self.to_sqlx())
    }
}

impl ToColumn for Option<Timestamp> {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        put_native!(arguments, self.map(micros), self.map(jiff_sqlx::ToSqlx::to_sqlx))
    }
}

impl FromColumn for Timestamp {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        match row {
            Row::Sqlite(native) => from_micros(native.try_get(name)?, row, name),
            Row::Postgres(native) => Ok(native.try_get::<jiff_sqlx::Timestamp, _>(name)?.to_jiff()),
        }
    }
}

impl FromColumn for Option<Timestamp> {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        match row {
            Row::Sqlite(native) => {
                native.try_get::<Option<i64>, _>(name)?.map(|value| from_micros(value, row, name)).transpose()
            }
            Row::Postgres(native) => Ok(native
                .try_get::<Option<jiff_sqlx::Timestamp>, _>(name)?
                .map(jiff_sqlx::Timestamp::to_jiff)),
        }
    }
}

/// A civil date, kept as `YYYY-MM-DD`.
impl ToColumn for Date {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.to_string().put(arguments)
    }
}

impl ToColumn for Option<Date> {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.map(|date| date.to_string()).put(arguments)
    }
}

impl FromColumn for Option<Date> {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        let text: Option<String> = row.get(name)?;
        text.map(|text| text.parse().map_err(|_| row.broken(name))).transpose()
    }
}

impl FromColumn for Date {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        let text: String = row.get(name)?;
        text.parse().map_err(|_| row.broken(name))
    }
}
