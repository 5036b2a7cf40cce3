//! Letters in words, and who sends them; and the letters that go by post.

pub mod framed;
pub mod letter;
pub mod postman;
pub mod printed;
pub mod sample;
