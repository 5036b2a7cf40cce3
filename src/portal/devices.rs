//! Signed-in devices: a member's sessions, seen and ended by the member (N-28, D12, I11); and the browsers that have signed
//! the member in, seen and forgotten (D27).

use super::{
    Deed, Portal, Stop,
    known_browser::asking,
    session::{FreshVisit, Visit},
};
use crate::{
    domain::{audit::Event, member::SessionId, route::Route, session, tenant::Tenant},
    store::{self, session::ListedSession},
};

/// The browsers that have signed a member in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownBrowsers {
    /// How many there are.
    pub count: u32,
    /// Whether the one that asks is among them.
    pub is_here: bool,
}

/// Which browsers are to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowsersToForget {
    /// The one that asks.
    This,
    /// All of them.
    All,
}

impl Portal {
    /// The browsers that have signed the member in, for the member's own page.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn known_browsers(&self, tenant: &Tenant, visit: &Visit) -> Deed<KnownBrowsers> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let browser = asking(self.clock.now());
        let (count, is_here) = store::known_browser::of_member(&mut tx, visit.member.id, &browser).await?;
        Ok(KnownBrowsers { count, is_here })
    }

    /// Forgets one browser, or all, as one that has signed the member in: its wrong tries are counted with everybody's from
    /// now on. Sessions go on. What is forgotten already is as good as forgotten.
    ///
    /// # Errors
    /// `Stop::StartAgain` when the session is over.
    pub async fn forget_browsers(
        &self,
        tenant: &Tenant,
        fresh: &FreshVisit,
        which: BrowsersToForget,
    ) -> Deed<()> {
        let now = self.clock.now();
        let (mut tx, member) = self.write_from(tenant, fresh.visit(), Route::Devices).await?;
        let (forgot, event) = match which {
            BrowsersToForget::This => {
                let here = asking(now).cookie_digest.unwrap_or_default();
                let forgot = store::known_browser::forget(&mut tx, member.id, &here).await?;
                (forgot, Event::BrowserForgotten)
            }
            BrowsersToForget::All => {
                let forgot = store::known_browser::forget_all(&mut tx, member.id).await? > 0;
                (forgot, Event::BrowsersForgotten)
            }
        };
        if forgot {
            self.note(&mut tx, Some(member.id), event, now)?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The sessions of the member that are alive, this one first, then the last used one.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn devices_of(&self, tenant: &Tenant, visit: &Visit) -> Deed<Vec<ListedSession>> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let mut listed = store::session::of_member(&mut tx, visit.member.id).await?;
        listed.retain(|listed| session::is_alive(&listed.session, &tenant.policy.session, now));
        listed.sort_by_key(|listed| listed.session.id != visit.session.id);
        Ok(listed)
    }

    /// Ends one of the member's other sessions, here and on every node. One that is over already is as good as ended;
    /// the member's own goes by 「ログアウトする」.
    ///
    /// # Errors
    /// - `Stop::NotNow` for the member's own session.
    /// - `Stop::StartAgain` when the session is over.
    pub async fn log_out_device(&self, tenant: &Tenant, fresh: &FreshVisit, id: SessionId) -> Deed<()> {
        let now = self.clock.now();
        let visit = fresh.visit();
        if id == visit.session.id {
            return Err(Stop::NotNow);
        }
        let (mut tx, member) = self.write_from(tenant, visit, Route::Devices).await?;
        if store::session::close_of(&mut tx, member.id, id).await? {
            self.note(&mut tx, Some(member.id), Event::DeviceLoggedOut { session: id }, now)?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Ends all of them but this one, and every browser that is on its way in.
    ///
    /// # Errors
    /// `Stop::StartAgain` when the session is over.
    pub async fn log_out_other_devices(&self, tenant: &Tenant, fresh: &FreshVisit) -> Deed<()> {
        let now = self.clock.now();
        let (mut tx, _) = self.write_from(tenant, fresh.visit(), Route::Devices).await?;
        self.end_all_but_session(&mut tx, fresh.visit(), now).await?;
        tx.commit().await?;
        Ok(())
    }
}
