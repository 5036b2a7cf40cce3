//! Passwords of the member's own: judging a new one, and changing it from inside (D6, S-10, K-07).

use jiff::Timestamp;
use secrecy::SecretString;

use super::{
    Deed, Field, Portal, Stop, attempt::factors_of, new_password::TypedPassword, request, session::FreshVisit,
};
use crate::{
    domain::{
        audit::Event,
        epoch::{CredentialChange, Doer},
        letter::Letter,
        lockout::Bucket,
        login_id::LoginId,
        member::Member,
        password::Password,
        refusal::Refusal,
        route::Route,
        tenant::Tenant,
    },
    store::{self},
};

/// What the page of a member who is signed in offers.
#[derive(Debug)]
pub struct PasswordChange {
    /// Whose page it was typed into.
    pub shown_to: LoginId,
    /// When the password was set that was in force then.
    pub shown: Option<Timestamp>,
    /// The new password, as it was typed.
    pub password: SecretString,
    /// The new password, typed a second time.
    pub again: SecretString,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub everywhere: bool,
    /// Coarse device of the browser.
    pub browser: String,
}

impl Portal {
    /// When the member's own password was set (S-06): what the page carries, to be compared.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn password_set_at(&self, tenant: &Tenant, member: &Member) -> Deed<Option<Timestamp>> {
        self.own_set_at(tenant, member).await
    }

    async fn own_set_at(&self, tenant: &Tenant, member: &Member) -> Deed<Option<Timestamp>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::password::of_member(&mut tx, member.id).await?.own.map(|own| own.set_at))
    }

    /// Changes the password. Everything that was begun with the old one ends (D24, I6); other sessions too, unless the
    /// member keeps them (I10). A second press finds it done; a page that is older than
    /// the password in force is refused.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` when the page was shown to another member.
    /// - At `Field::Page`: `PasswordChangedMeanwhile`.
    /// - At `Field::Password`: `Empty`, `Password`.
    /// - At `Field::PasswordAgain`: `Empty`, `PasswordsDiffer`.
    pub async fn change_password(
        &self,
        tenant: &Tenant,
        fresh: &FreshVisit,
        offer: PasswordChange,
    ) -> Deed<()> {
        let now = self.clock.now();
        let visit = fresh.visit();
        // A family at one computer: the page was opened for one member, and another has signed in since.
        if offer.shown_to != visit.member.login {
            return Err(Stop::NotNow);
        }
        if self.own_set_at(tenant, &visit.member).await? != offer.shown {
            let typed = Password::typed(&offer.password);
            return match typed {
                Some(typed) if self.is_in_force(tenant, &visit.member, &typed).await? => Ok(()),
                _ => Err(Stop::refuse(Field::Page, Refusal::PasswordChangedMeanwhile)),
            };
        }
        let typed = TypedPassword { password: &offer.password, again: &offer.again };
        let password = self.judge_password(tenant, &visit.member, &typed, true).await?;

        let hash = self.vault.hash(request::hash_asker(true), &password).await?;

        let (mut tx, member) = self.write_from(tenant, visit, Route::ChangePassword).await?;
        let own = store::password::of_member(&mut tx, member.id).await?.own;
        if own.as_ref().map(|own| own.set_at) != offer.shown {
            drop(tx);
            // The first of two presses was quicker.
            if self.is_in_force(tenant, &member, &password).await? {
                return Ok(());
            }
            return Err(Stop::refuse(Field::Page, Refusal::PasswordChangedMeanwhile));
        }
        // Whoever is fresh has shown the strongest factor here, and is let in.
        if own.is_some_and(|own| own.is_exposed)
            && let Some(shown) =
                factors_of(&mut tx, tenant, member.id).await?.into_iter().min_by_key(|method| method.rank())
        {
            self.end_strangers_counts(&mut tx, member.id, (shown, Bucket::Known), now).await?;
        }
        let by = Doer::Session(visit.session.id);
        let mut raised =
            self.raise(&mut tx, tenant, &member, CredentialChange::Password, by, offer.everywhere).await?;
        store::password::set(&mut raised, &hash, now).await?;
        self.forget_password_counts(&mut tx, member.id).await?;
        self.note(&mut tx, Some(member.id), Event::PasswordChanged, now)?;
        if offer.everywhere {
            self.note(&mut tx, Some(member.id), Event::SignedOutEverywhere, now)?;
        }
        let letter = Letter::PasswordChanged { browser: offer.browser };
        self.send(&mut tx, tenant, &member, &letter, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
