//! Known browsers: which browser asks, and remembering the ones that sign a member in (D27).

use jiff::Timestamp;

use super::{Deed, Portal, request};
use crate::{
    domain::member::MemberId,
    store::{
        self, Write,
        known_browser::{AskingBrowser, NewKnownBrowser},
    },
    vault::Token,
};

/// The browser whose request is served, as a look takes it.
pub(super) fn asking(now: Timestamp) -> AskingBrowser {
    AskingBrowser { cookie_digest: request::browser_cookie().map(|cookie| cookie.digest()), now }
}

impl Portal {
    /// Remembers the browser whose request is served as one that has signed the member in. The value of its cookie from now
    /// on: the one it has, where that was ours; else a fresh one.
    pub(super) async fn remember_browser(
        &self,
        tx: &mut Write,
        member: MemberId,
        now: Timestamp,
    ) -> Deed<Token> {
        let (had, fresh) = (request::browser_cookie(), self.vault.token()?);
        let (had_digest, fresh_digest) = (had.as_ref().map(Token::digest), fresh.digest());
        let new = NewKnownBrowser { member, had: had_digest.as_deref(), fresh: &fresh_digest };
        let digest = store::known_browser::remember(tx, &new, now).await?;
        Ok(had.filter(|had| had.digest() == digest).unwrap_or(fresh))
    }

    /// The same by another cookie, for everybody whom this browser has signed in: a recovery has ended whatever copies of the
    /// old one there are (G10).
    pub(super) async fn remember_browser_anew(
        &self,
        tx: &mut Write,
        member: MemberId,
        now: Timestamp,
    ) -> Deed<Token> {
        let fresh = self.vault.token()?;
        let digest = fresh.digest();
        if let Some(had) = request::browser_cookie() {
            store::known_browser::replace(tx, &had.digest(), &digest).await?;
        }
        store::known_browser::remember(tx, &NewKnownBrowser { member, had: None, fresh: &digest }, now)
            .await?;
        Ok(fresh)
    }
}
