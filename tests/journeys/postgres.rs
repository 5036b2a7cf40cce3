//! The same stories on PostgreSQL, at the server named by `PORTAL_TEST_POSTGRES`.

mod roster;

/// Which database the stories run on.
pub const DATABASE: &str = "postgres";
