//! Finish: that a first login is whole. A letter tells it at once, whatever the method; the portal page says it once.
//!
//! # Decision
//! The transaction that keeps the first factor notes that the page has still to say it. The visit that takes this note
//! away shows it.
//! # Because
//! It is said once to a member, not once to a browser, and two tabs cannot both say it.

use jiff::Timestamp;

use super::{Deed, Portal};
use crate::{
    domain::{
        letter::Letter,
        member::{Member, MemberId},
        tenant::{Method, Tenant},
    },
    store::{self, epoch::EpochChange},
};

/// A factor that was set up.
#[derive(Debug)]
pub(super) struct NewFactor<'a> {
    /// Its kind.
    pub method: Method,
    /// The member's name for the device; mailed codes have none.
    pub device: Option<String>,
    /// Coarse device of the browser; may be empty.
    pub browser: &'a str,
    /// Whether it is the member's first one, with which first login is whole.
    pub is_first: bool,
}

impl Portal {
    /// Tells a member of a factor that was set up, in the transaction that keeps it.
    pub(super) async fn tell_of_factor(
        &self,
        tx: &mut EpochChange<'_>,
        tenant: &Tenant,
        member: &Member,
        factor: NewFactor<'_>,
        now: Timestamp,
    ) -> Deed<()> {
        let NewFactor { method, device, browser, is_first } = factor;
        let browser = browser.to_owned();
        let letter = if is_first {
            store::member::finish(tx, now).await?;
            Letter::FirstLoginDone { method, device, browser }
        } else {
            Letter::OneMoreFactor { method, device, browser }
        };
        self.send(tx, tenant, member, &letter, now).await?;
        Ok(())
    }

    /// Whether the page that is shown now has to say that first login is whole. Asked again, it says no.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn take_finish(&self, tenant: &Tenant, member: MemberId) -> Deed<bool> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let is_due = store::member::take_finish(&mut tx, member).await?;
        tx.commit().await?;
        Ok(is_due)
    }
}
