//! Letters in words, and who sends them.

pub mod letter;
pub mod postman;
