//! The profile: language, user ID and 「認証方法」 of a member who is signed in (S-01–S-05, D7, D10, D22).

use super::{
    Deed, Field, Portal, Stop,
    attempt::{Way, factors_of},
    session::{FreshVisit, Visit},
};
use crate::{
    domain::{
        audit::Event,
        epoch::{CredentialChange, Doer},
        letter::Letter,
        login_id::LoginId,
        password::{self, Password},
        profile::{Edit, edit},
        refusal::{LoginIdFlaw, Refusal},
        route::Route,
        signin::Goal,
        tenant::{Language, Method, MfaSetup, Tenant},
    },
    store::{self},
    vault::Token,
};

/// What a profile says, where the form can change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The user ID that works now.
    pub login: LoginId,
    /// 「認証方法」; `None` while nothing was chosen.
    pub method: Option<Method>,
    /// The language of pages and letters (「言語」).
    pub language: Language,
}

/// What the form offers.
#[derive(Debug)]
pub struct ProfileOffer {
    /// What the page was shown with.
    pub shown: Profile,
    /// The user ID as typed.
    pub login: String,
    /// The method chosen; `None` leaves it as it is.
    pub method: Option<Method>,
    /// The language chosen; `None` leaves it as it is.
    pub language: Option<Language>,
}

/// What is to be changed: nothing that is so already.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    login: Option<LoginId>,
    /// What the user ID must not be.
    given_away: Vec<Password>,
    method: Option<Method>,
    language: Option<Language>,
}

impl ProfileChange {
    /// Whether the member has to have shown a moment ago who they are (D11): for all but the language.
    pub fn is_sensitive(&self) -> bool {
        self.login.is_some() || self.method.is_some()
    }

    /// Whether anything but the user ID changes.
    pub fn changes_more(&self) -> bool {
        self.method.is_some() || self.language.is_some()
    }

    /// Whether the user ID becomes another one.
    pub fn gives_login(&self) -> bool {
        self.login.is_some()
    }

    /// The language from now on, if it changes.
    pub fn language(&self) -> Option<Language> {
        self.language
    }
}

/// What came of a change of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileChanged {
    /// A method that is not set up yet.
    pub to_set_up: Option<ToSetUp>,
}

/// When a method that was chosen is set up (D10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToSetUp {
    /// On the next page.
    Now(Method),
    /// At the next sign-in, after the old factor.
    AtSignIn(Method),
}

impl Portal {
    /// Verifies the form: what it changes, or every flaw at its field. Writes nothing but the count of user IDs asked for.
    ///
    /// # Errors
    /// - At `Field::Login`: `Empty`, `LoginId`, `TooManyLoginTries`, `ChangedMeanwhile`.
    /// - At `Field::Method`: `NoMethod`, `NoEmailForMailCode`, `ChangedMeanwhile`.
    /// - At `Field::Language`: `ChangedMeanwhile`.
    pub async fn check_profile(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        shown_in: Language,
        offer: &ProfileOffer,
    ) -> Deed<ProfileChange> {
        let now = self.clock.now();
        let member = &visit.member;
        let mut refused = Vec::new();
        let mut change = ProfileChange::default();
        let meanwhile = |field| (field, Refusal::ChangedMeanwhile);

        match LoginId::chosen(&offer.login, &offer.shown.login, &tenant.policy.user_id) {
            Ok(typed) => match edit(&offer.shown.login, typed, &member.login) {
                Edit::Leave => {}
                Edit::Change(login) => {
                    change.given_away = password::given_away_by(&offer.login, &login);
                    change.login = Some(login);
                }
                Edit::Conflict => refused.push(meanwhile(Field::Login)),
            },
            Err(flaws) => refused.extend(flaws.into_iter().map(|flaw| (Field::Login, flaw))),
        }
        match edit(&offer.shown.method, offer.method.or(offer.shown.method), &member.method) {
            Edit::Leave => {}
            Edit::Change(Some(method)) if method.is_mailed() && member.email.is_none() => {
                refused.push((Field::Method, Refusal::NoEmailForMailCode));
            }
            Edit::Change(Some(method)) if tenant.policy.offers(method) => change.method = Some(method),
            Edit::Change(_) => refused.push((Field::Method, Refusal::NoMethod)),
            Edit::Conflict => refused.push(meanwhile(Field::Method)),
        }
        let language = offer.language.filter(|language| tenant.languages.contains(language));
        let speaks = member.language.unwrap_or(shown_in);
        match edit(&offer.shown.language, language.unwrap_or(speaks), &speaks) {
            Edit::Leave => {}
            Edit::Change(language) => change.language = Some(language),
            Edit::Conflict => refused.push(meanwhile(Field::Language)),
        }
        if let Some(login) = change.login.as_ref().filter(|_| refused.is_empty())
            && let Some(refusal) = self.ask_for_login(tenant, member, login, now).await?
        {
            refused.push((Field::Login, refusal));
        }
        if refused.is_empty() { Ok(change) } else { Err(Stop::Refused(refused)) }
    }

    /// Whether what was typed as user ID is the password in force: a page that comes back does not write it down. Asked
    /// only after fresh proofs, for the answer is one.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn names_the_password(&self, tenant: &Tenant, fresh: &FreshVisit, typed: &str) -> Deed<bool> {
        let given_away = password::given_away_by(typed, &LoginId::typed(typed));
        self.is_any_in_force(tenant, &fresh.visit().member, &given_away).await
    }

    /// Changes what was verified, all of it or nothing. With another user ID or method everything ends that was begun
    /// before, but for signed-in browsers (D24).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - At `Field::Login`: `LoginId`, `ChangedMeanwhile`.
    /// - At `Field::Method`: `ChangedMeanwhile`.
    pub async fn change_profile(
        &self,
        tenant: &Tenant,
        fresh: &FreshVisit,
        change: &ProfileChange,
        browser: &str,
    ) -> Deed<ProfileChanged> {
        let now = self.clock.now();
        let visit = fresh.visit();
        if self.is_any_in_force(tenant, &visit.member, &change.given_away).await? {
            return Err(Stop::refuse(Field::Login, Refusal::LoginId(LoginIdFlaw::IsPassword)));
        }
        let (mut tx, member) = self.write_from(tenant, visit, Route::Profile).await?;
        if change.login.is_some() && member.login != visit.member.login {
            return Err(Stop::refuse(Field::Login, Refusal::ChangedMeanwhile));
        }
        if change.method.is_some() && member.method != visit.member.method {
            return Err(Stop::refuse(Field::Method, Refusal::ChangedMeanwhile));
        }
        let mut to_set_up = None;
        if change.is_sensitive() {
            let by = Doer::Session(visit.session.id);
            let mut raised =
                self.raise(&mut tx, tenant, &member, CredentialChange::Profile, by, false).await?;
            if let Some(login) = &change.login {
                self.give_login(&mut raised, &member, login, now).await?;
                let letter = Letter::LoginChanged { browser: browser.to_owned() };
                self.send(&mut raised, tenant, &member, &letter, now).await?;
            }
            if let Some(method) = change.method {
                store::member::choose_method(&mut raised, method, now).await?;
                self.note(&mut raised, Some(member.id), Event::MethodChosen { method }, now)?;
                let letter = Letter::MethodChosen { method, browser: browser.to_owned() };
                self.send(&mut raised, tenant, &member, &letter, now).await?;
                let held = factors_of(&mut raised, tenant, member.id).await?;
                let when = match tenant.policy.first_login.mfa_setup {
                    MfaSetup::Continue => ToSetUp::Now(method),
                    MfaSetup::Relogin => ToSetUp::AtSignIn(method),
                };
                to_set_up = (!held.contains(&method)).then_some(when);
            }
        }
        if let Some(language) = change.language {
            store::member::choose_language(&mut tx, member.id, language).await?;
        }
        tx.commit().await?;
        Ok(ProfileChanged { to_set_up })
    }

    /// Keeps the language a member chose.
    ///
    /// # Errors
    /// `Stop::StartAgain` when the session is over.
    pub async fn choose_language(&self, tenant: &Tenant, visit: &Visit, language: Language) -> Deed<()> {
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        store::member::choose_language(&mut tx, member.id, language).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The same for a member in first login, so that the first letters speak it too. Whoever has a factor proves it before
    /// anything is changed (D10).
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn choose_language_on_the_way(
        &self,
        tenant: &Tenant,
        token: &Token,
        language: Language,
    ) -> Deed<()> {
        let Way::On(seen) = self.way(tenant, token).await? else { return Ok(()) };
        if seen.attempt.goal == Goal::SignIn && seen.standing.factors.is_empty() {
            let mut tx = self.store.tenant(&tenant.slug).write().await?;
            store::member::choose_language(&mut tx, seen.member.id, language).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
