//! People's stories on SQLite.

mod roster;

/// Which database the stories run on.
pub const DATABASE: &str = "sqlite";
