//! Letters in words, and who sends them.

pub mod letter;
