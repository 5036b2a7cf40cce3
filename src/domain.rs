//! What is **true**: the rules of signing in, tenancy and the roster. Pure: no await, clock, dice,
//! SQL or HTTP. Time and chance are arguments.

pub mod refusal;
pub mod tenant;
