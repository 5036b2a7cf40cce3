//! The real browser against the real program.
