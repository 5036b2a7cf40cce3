//! Known devices: which browser asks, and remembering the ones that sign a member in (D27).

use jiff::Timestamp;

use super::{Deed, Portal, request};
use crate::{
    domain::member::MemberId,
    store::{
        self, Write,
        known_device::{AskingBrowser, NewKnownDevice},
    },
    vault::Token,
};

/// The browser whose request is served, as a look takes it.
pub(super) fn asking(now: Timestamp) -> AskingBrowser {
    AskingBrowser { device: request::device().map(|device| device.digest()), now }
}

impl Portal {
    /// Remembers the browser whose request is served as one that has signed the member in. The value of its cookie from now
    /// on: the one it has, where that was ours; a fresh one where it has none, or where `anew`, because a recovery ended
    /// whatever copies there are (G10).
    pub(super) async fn remember_browser(
        &self,
        tx: &mut Write,
        member: MemberId,
        anew: bool,
        now: Timestamp,
    ) -> Deed<Token> {
        let (had, fresh) = (request::device(), self.vault.token()?);
        let (had_digest, fresh_digest) = (had.as_ref().map(Token::digest), fresh.digest());
        if let Some(old) = had_digest.as_ref().filter(|_| anew) {
            store::known_device::replace(tx, old, &fresh_digest).await?;
        }
        let kept = had_digest.as_deref().filter(|_| !anew);
        let new = NewKnownDevice { member, had: kept, fresh: &fresh_digest };
        let device = store::known_device::remember(tx, &new, now).await?;
        Ok(had.filter(|had| had.digest() == device).unwrap_or(fresh))
    }
}
