//! `/account/…`: what a member may look at and change, signed in.

pub mod methods;
pub mod pending_email;

use super::page::{Frame, passkey::PasskeyLine};
use crate::portal::passkey::Kept;

/// Passkeys as pages list them.
pub fn lines(frame: &Frame<'_>, passkeys: &[Kept]) -> Vec<PasskeyLine> {
    let line = |kept: &Kept| PasskeyLine {
        name: kept.name.clone(),
        created: frame.words.moment(kept.created_at),
        synced: kept.backed_up,
    };
    passkeys.iter().map(line).collect()
}
