//! What people can **do**: one method per deed.

pub mod desk;
pub mod roster;
