//! A draft is looked at by whoever has its link: made and ended by whoever runs the portal, asked for with every page.
//!
//! # Decision
//! One link for each union, 256 bits, of which the database keeps the digest. A new one ends the one before.
//! # Because
//! Everybody who is to look gets the same link, the operator sees in the trail when it was given out, and one command ends it
//! on every node. The proxy may fetch the draft's certificate for as long as there is one.
//! # Instead of
//! a signed link that nothing is kept of: nobody could take it back, and no node would know that there is one.

use jiff::Timestamp;
use subtle::ConstantTimeEq as _;

use super::{Fault, Portal};
use crate::{
    domain::{
        audit::{Event, doing::Doing},
        member::EventId,
        preview::PreviewDays,
        tenant::TenantSlug,
    },
    store::{self, Write, preview, preview::PreviewLinkRow},
    vault::Token,
};

impl Portal {
    /// Makes the union's link, in the place of the one before. The link's token, and when it ends.
    ///
    /// # Errors
    /// [`Fault`] when the database fails or the machine gives no random bytes.
    pub async fn make_preview_link(
        &self,
        tenant: &TenantSlug,
        days: PreviewDays,
        doing: &Doing,
    ) -> Result<(Token, Timestamp), Fault> {
        let now = self.clock.now();
        let (token, ends_at) = (self.vault.token()?, days.after(now));
        let mut tx = self.store.tenant(tenant).write().await?;
        preview::keep(&mut tx, &token.digest(), now, ends_at).await?;
        self.note_preview(&mut tx, &Event::PreviewLinkMade { days: days.get() }, doing, now)?;
        tx.commit().await?;
        Ok((token, ends_at))
    }

    /// Ends the union's link. `false` where none was good any more.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn end_preview_link(&self, tenant: &TenantSlug, doing: &Doing) -> Result<bool, Fault> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(tenant).write().await?;
        if !preview::end(&mut tx, now).await? {
            tx.commit().await?;
            return Ok(false);
        }
        self.note_preview(&mut tx, &Event::PreviewLinkEnded, doing, now)?;
        tx.commit().await?;
        Ok(true)
    }

    /// Until when the token shows that union; `None` where it does not.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn previews(&self, tenant: &TenantSlug, token: &Token) -> Result<Option<Timestamp>, Fault> {
        let Some(link) = self.preview_link(tenant).await? else { return Ok(None) };
        Ok(bool::from(link.digest.ct_eq(&token.digest())).then_some(link.ends_at))
    }

    /// Whether the union has a link that is good.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn is_previewed(&self, tenant: &TenantSlug) -> Result<bool, Fault> {
        Ok(self.preview_link(tenant).await?.is_some())
    }

    async fn preview_link(&self, tenant: &TenantSlug) -> Result<Option<PreviewLinkRow>, Fault> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(tenant).read().await?;
        Ok(preview::of_union(&mut tx).await?.filter(|link| link.ends_at > now))
    }

    fn note_preview(
        &self,
        tx: &mut Write,
        event: &Event,
        doing: &Doing,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let id = EventId::new(now, self.chance_in_order()?);
        store::audit::note(tx, id, None, event, doing.clone(), now);
        Ok(())
    }
}
