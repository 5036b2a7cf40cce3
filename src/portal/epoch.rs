//! Raising a member's epoch: what each change carries over is `domain::epoch`'s, how it is kept `store::epoch`'s.

use jiff::Timestamp;

use super::{
    Deed, Portal, Stop, app_key,
    attempt::{Seen, factors_of},
};
use crate::{
    domain::{
        epoch::{CarriedBrowsers, CredentialChange, Doer},
        member::Member,
        tenant::Tenant,
    },
    store::{
        self, Write,
        epoch::{CarriedOver, EpochChange},
    },
};

impl Portal {
    /// Ends what the change ends and carries over what it carries: the way to every function of the store that changes
    /// how a member gets in. `member` as seen in this transaction; `everywhere` as [`CredentialChange::carries`] has it.
    /// Where a browser on its way in makes the change, [`Portal::raise_on_the_way`] does it.
    /// [`Stop::StartAgain`] when another change was quicker.
    pub(super) async fn raise<'t>(
        &self,
        tx: &'t mut Write,
        tenant: &Tenant,
        member: &Member,
        change: CredentialChange,
        by: Doer,
        everywhere: bool,
    ) -> Deed<EpochChange<'t>> {
        let in_first_login = factors_of(tx, tenant, member.id).await?.is_empty();
        let carries = change.carries(everywhere, in_first_login);
        let (attempt, own) = match by {
            Doer::Attempt(id) => (Some(id), None),
            Doer::Session(id) => (None, Some(id)),
        };
        let mut sessions = Vec::new();
        for listed in store::session::of_member(tx, member.id).await? {
            let id = listed.session.id;
            let goes_on = if own == Some(id) { carries.doer } else { carries.others };
            if goes_on {
                sessions.push((id, self.fresh_app_key(app_key::of_session(tenant, id))?));
            }
        }
        let attempt = attempt.filter(|_| carries.doer);
        let browsers = carries.browsers == CarriedBrowsers::All;
        let named =
            CarriedOver { attempt, sessions, pending: carries.pending, browsers, every_session: false };
        store::epoch::raise(tx, member, &named).await?.ok_or(Stop::StartAgain)
    }

    /// The same for a change that a browser on its way in makes. Where the change ends every known browser, this one is known
    /// by another cookie, which `seen` holds for the answer (D27).
    pub(super) async fn raise_on_the_way<'t>(
        &self,
        tx: &'t mut Write,
        tenant: &Tenant,
        seen: &mut Seen,
        change: CredentialChange,
        everywhere: bool,
        now: Timestamp,
    ) -> Deed<EpochChange<'t>> {
        let by = Doer::Attempt(seen.attempt.id);
        let mut raised = self.raise(tx, tenant, &seen.member, change, by, everywhere).await?;
        if change.carries(everywhere, false).browsers == CarriedBrowsers::DoerAnew {
            seen.browser_cookie = Some(self.remember_browser_anew(&mut raised, seen.member.id, now).await?);
        }
        Ok(raised)
    }
}
