//! First login: the steps of the union's list (D2, D3, D6–D8, D14). Each deed changes facts only while its step is
//! the next one, so pages opened in any order, twice, or late do no harm.

use jiff::Timestamp;
use secrecy::SecretString;

use super::{
    Deed, Field, Portal, Stop, attempt::Seen, new_password::TypedPassword, onward::AttemptOutcome, request,
    taken::AddressOffer,
};
use crate::{
    domain::{
        audit::Event,
        birth_date::BirthDate,
        epoch::CredentialChange,
        letter::Letter,
        lockout::{BIRTH_DATES_IN_ALL, BIRTH_DATES_PER_ATTEMPT},
        login_id::LoginId,
        member::EmailAddress,
        one_time::OneTimePurpose,
        password::given_away_by,
        proof::Credential,
        refusal::{LoginIdFlaw, Refusal},
        signin::{Goal, Step},
        tenant::{Language, Method, Tenant, Verification},
        typed,
    },
    store::{self, Write},
    vault::Token,
    world,
};

/// What the method page offers.
#[derive(Debug)]
pub struct MethodOffer {
    /// The user ID as typed, where the page asks for it.
    pub login: Option<String>,
    /// The method chosen, where the page asks for it.
    pub method: Option<Method>,
}

/// What the password page offers.
#[derive(Debug)]
pub struct NewPasswordOffer {
    /// Whose page it was typed into.
    pub shown_to: LoginId,
    /// The new password, as it was typed.
    pub password: SecretString,
    /// The new password, typed a second time.
    pub again: SecretString,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub everywhere: bool,
    /// Coarse device of the browser: where a recovery ends in a session.
    pub browser: String,
}

/// What the mail page offers.
#[derive(Debug)]
pub struct EmailOffer {
    /// The address as it was typed.
    pub email: AddressOffer,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub everywhere: bool,
}

impl Portal {
    /// Verifies a birth date. It can refuse, and it never grants: it is asked beside a password, not instead (D3).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    /// - At `Field::BirthDate`: `Empty`, `BirthDate`, `WrongBirthDate`, `BirthDateClosed`, `AttemptOver`.
    ///
    /// From here on letters speak `language`, that of the page: no factor exists yet that a stranger would have to show,
    /// and whoever comes after them says anew what they read. What is mailed before, as that a first password was used,
    /// speaks the union's own (D22).
    pub async fn offer_birth_date(
        &self,
        tenant: &Tenant,
        token: &Token,
        text: &str,
        language: Language,
    ) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let seen = self.look_for(tenant, token, |step| step == Step::BirthDate).await?;
        let today = world::today_in_japan(now);
        let typed = BirthDate::parse(text, today).map_err(|r| Stop::refuse(Field::BirthDate, r))?;

        // A press beside this one is done first: whoever was right in it has gone on. Counted and compared in one transaction:
        // a guess that is not counted is answered by nothing, and no press finds a count whose guess is not compared yet.
        let is_asked = |step| step == Step::BirthDate;
        let (mut tx, mut seen) = self.write_for(tenant, &seen, now, is_asked).await?;
        let in_all = store::member::reserve_birth_date(&mut tx, seen.member.id, BIRTH_DATES_IN_ALL).await?;
        let Some(in_all) = in_all else {
            self.note(&mut tx, Some(seen.member.id), Event::BirthDateClosed, now)?;
            tx.commit().await?;
            return Err(Stop::refuse(Field::BirthDate, Refusal::BirthDateClosed));
        };
        let here =
            store::attempt::reserve_birth_date(&mut tx, seen.attempt.id, BIRTH_DATES_PER_ATTEMPT).await?;
        let Some(here) = here else {
            // An older program was killed once it had counted the last one. This one is not counted.
            drop(tx);
            let (mut tx, seen) = self.write_for(tenant, &seen, now, is_asked).await?;
            store::attempt::run_out(&mut tx, seen.attempt.id, now).await?;
            self.note(&mut tx, Some(seen.member.id), Event::AttemptOver, now)?;
            tx.commit().await?;
            return Err(Stop::refuse(Field::BirthDate, Refusal::AttemptOver));
        };
        if typed == seen.member.birth_date {
            store::member::forget_birth_date_misses(&mut tx, seen.member.id).await?;
            if seen.standing.factors.is_empty() {
                store::member::choose_language(&mut tx, seen.member.id, language).await?;
                seen.member.language = Some(language);
            }
            seen.attempt.proofs.birth_date = Some(now);
            self.note(&mut tx, Some(seen.member.id), Event::BirthDateAccepted, now)?;
            return self.go_on(tx, tenant, seen, "", now).await;
        }
        self.note(&mut tx, Some(seen.member.id), Event::BirthDateDiffered, now)?;
        if here >= BIRTH_DATES_PER_ATTEMPT && in_all < BIRTH_DATES_IN_ALL {
            store::attempt::run_out(&mut tx, seen.attempt.id, now).await?;
            self.note(&mut tx, Some(seen.member.id), Event::AttemptOver, now)?;
            tx.commit().await?;
            return Err(Stop::refuse(Field::BirthDate, Refusal::AttemptOver));
        }
        tx.commit().await?;
        let refusal = if in_all >= BIRTH_DATES_IN_ALL {
            Refusal::BirthDateClosed
        } else {
            let left = (BIRTH_DATES_PER_ATTEMPT - here).min(BIRTH_DATES_IN_ALL - in_all);
            Refusal::WrongBirthDate { read: typed.date(), left }
        };
        Err(Stop::refuse(Field::BirthDate, refusal))
    }

    /// Accepts the terms in force.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    pub async fn accept_terms(&self, tenant: &Tenant, token: &Token, device: &str) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let seen = self.look_for(tenant, token, |step| step == Step::Terms).await?;
        let (mut tx, seen) = self.write_for(tenant, &seen, now, |step| step == Step::Terms).await?;
        let terms = &tenant.terms;
        let host = &tenant.hosts.primary;
        store::terms::accept(&mut tx, seen.member.id, &terms.version, &terms.hash, host, now).await?;
        let event = Event::TermsAccepted { version: terms.version.clone() };
        self.note(&mut tx, Some(seen.member.id), event, now)?;
        self.go_on_after(tx, tenant, seen, device, now).await
    }

    /// 「同意しない」: ends the attempt; nothing is stored, and the member may come back (D14).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    pub async fn decline_terms(&self, tenant: &Tenant, token: &Token) -> Deed<()> {
        let now = self.clock.now();
        let seen = self.look_for(tenant, token, |step| step == Step::Terms).await?;
        let (mut tx, seen) = self.write_for(tenant, &seen, now, |step| step == Step::Terms).await?;
        store::attempt::close(&mut tx, seen.attempt.id).await?;
        self.note(&mut tx, Some(seen.member.id), Event::TermsDeclined, now)?;
        tx.commit().await?;
        Ok(())
    }

    /// Settles user ID and method, one or both. Until a first factor works the method may be chosen anew.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    /// - At `Field::Login`: `Empty`, `LoginId`, `TooManyLoginTries`.
    /// - At `Field::Method`: `NoMethod`.
    pub async fn choose_method(
        &self,
        tenant: &Tenant,
        token: &Token,
        offer: MethodOffer,
    ) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let wanted = |step| matches!(step, Step::Method { .. } | Step::SetUp(_));
        let seen = self.look_for(tenant, token, wanted).await?;
        let (ask_login, ask_method) = match seen.step {
            Step::Method { user_id, method } => (user_id, method),
            _ => (false, true),
        };
        let mut refused = Vec::new();
        let login = match (ask_login, &offer.login) {
            (true, Some(text)) => match LoginId::chosen(text, &seen.member.login, &tenant.policy.user_id) {
                Ok(login) => Some(login),
                Err(flaws) => {
                    refused.extend(flaws.into_iter().map(|flaw| (Field::Login, flaw)));
                    None
                }
            },
            (true, None) => Some(seen.member.login.clone()),
            (false, _) => None,
        };
        let method = offer.method.filter(|chosen| seen.choices(tenant).contains(chosen));
        if ask_method && method.is_none() {
            refused.push((Field::Method, Refusal::NoMethod));
        }
        if let Some(login) = login.as_ref().filter(|login| **login != seen.member.login)
            && let Some(refusal) = self.ask_for_login(tenant, &seen.member, login, now).await?
        {
            refused.push((Field::Login, refusal));
        }
        if let (Some(login), Some(typed)) = (&login, &offer.login)
            && refused.is_empty()
            && *login != seen.member.login
            && self.is_any_in_force(tenant, &seen.member, &given_away_by(typed, login)).await?
        {
            refused.push((Field::Login, Refusal::LoginId(LoginIdFlaw::IsPassword)));
        }
        if !refused.is_empty() {
            return Err(Stop::Refused(refused));
        }

        let (mut tx, mut seen) = self.write_for(tenant, &seen, now, wanted).await?;
        if login.as_ref() == Some(&seen.member.login) {
            store::member::keep_login(&mut tx, seen.member.id, now).await?;
            self.note(&mut tx, Some(seen.member.id), Event::LoginKept, now)?;
        }
        let login = login.filter(|login| *login != seen.member.login);
        let method = method.filter(|_| ask_method);
        // In a recovery the member's own choice stays until the new factor works: nothing was proven yet.
        let (unproven, method) =
            if seen.attempt.goal == Goal::Recover { (method, None) } else { (None, method) };
        if let (Some(method), Some(recovery)) = (unproven, &mut seen.attempt.proofs.recovery) {
            recovery.method = Some(method);
        }
        let is_other = method.is_some_and(|method| seen.member.method != Some(method));
        if login.is_some() || is_other {
            let change = CredentialChange::Choice;
            let mut raised = self.raise_on_the_way(&mut tx, tenant, &mut seen, change, false, now).await?;
            if let Some(login) = &login {
                self.give_login(&mut raised, &seen.member, login, now).await?;
            }
            if let Some(method) = method {
                store::member::choose_method(&mut raised, method, now).await?;
            }
        }
        if let Some(method) = method {
            self.note(&mut tx, Some(seen.member.id), Event::MethodChosen { method }, now)?;
        }
        self.go_on_after(tx, tenant, seen, "", now).await
    }

    /// Sets the member's own password in place of the first one, of a forgotten one, or of one that somebody else knows.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next, or the page was shown to another member.
    /// - At `Field::Password`: `Empty`, `Password`.
    /// - At `Field::PasswordAgain`: `Empty`, `PasswordsDiffer`.
    pub async fn set_password(
        &self,
        tenant: &Tenant,
        token: &Token,
        offer: NewPasswordOffer,
    ) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let wanted = |step| step == Step::NewPassword;
        let seen = self.look_for(tenant, token, wanted).await?;
        // A family at one computer: the page was opened for one member, and another has signed in since.
        if offer.shown_to != seen.member.login {
            return Err(Stop::NotNow);
        }
        // A first password never stays, whatever the union's file says (D3); and neither does one that somebody else may
        // know, which is why it is being replaced (D4).
        let exposed = seen.standing.password_exposed;
        let replaced =
            seen.attempt.goal == Goal::Recover || seen.standing.credential == Credential::First || exposed;
        let typed = TypedPassword { password: &offer.password, again: &offer.again };
        let password = self.judge_password(tenant, &seen.member, &typed, replaced).await?;

        let hash = self.vault.hash(request::hash_asker(true), &password).await?;

        let (mut tx, mut seen) = self.write_for(tenant, &seen, now, wanted).await?;
        let recovers = seen.attempt.goal == Goal::Recover;
        let change = match (recovers, exposed) {
            (true, _) => CredentialChange::Recovery,
            (false, true) => CredentialChange::ExposedPassword,
            (false, false) => CredentialChange::FirstPassword,
        };
        // In a recovery, too: the password that somebody knew is gone either way.
        if let Some((shown, _)) = seen.attempt.proofs.factor.filter(|_| seen.standing.password_exposed) {
            self.end_strangers_counts(&mut tx, seen.member.id, (shown, seen.bucket), now).await?;
        }
        let everywhere = offer.everywhere;
        let mut raised = self.raise_on_the_way(&mut tx, tenant, &mut seen, change, everywhere, now).await?;
        store::password::set(&mut raised, &hash, now).await?;
        seen.attempt.proofs.credential = Some((Credential::Own, now));
        self.note(&mut raised, Some(seen.member.id), Event::PasswordSet, now)?;
        if recovers {
            self.finish_recovery(&mut raised, tenant, &mut seen, &offer.browser, now).await?;
        } else if offer.everywhere {
            self.note(&mut raised, Some(seen.member.id), Event::SignedOutEverywhere, now)?;
        }
        if change == CredentialChange::ExposedPassword {
            self.forget_password_counts(&mut raised, seen.member.id).await?;
            let letter = Letter::PasswordChanged { browser: offer.browser.clone() };
            self.send(&mut raised, tenant, &seen.member, &letter, now).await?;
        }
        self.go_on_after(tx, tenant, seen, &offer.browser, now).await
    }

    /// Settles the mail address. A new one waits for its confirmation and counts for nothing until then (D8).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    /// - At `Field::Email`: `Empty`, `MalformedEmail`, `TypoInEmail`, `TakenEmail`, `TooManyEmailTries`.
    pub async fn offer_email(
        &self,
        tenant: &Tenant,
        token: &Token,
        offer: EmailOffer,
    ) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        // Until it is confirmed the address may be mended.
        let wanted = |step| matches!(step, Step::Email | Step::ConfirmEmail);
        let seen = self.look_for(tenant, token, wanted).await?;
        let refuse = |refusal| Stop::refuse(Field::Email, refusal);
        let kept = seen.member.email.as_ref();
        let pending = if typed::fold(&offer.email.typed).is_empty() {
            // An address that is there cannot be emptied; one that is not may stay empty while nothing is mailed.
            if !may_stay_empty(tenant) || (tenant.policy.email.required && kept.is_some()) {
                return Err(refuse(Refusal::Empty));
            }
            None
        } else {
            let address = EmailAddress::read(&offer.email.typed).map_err(refuse)?;
            // Where mail is waited for, the roster's own address is asked as well.
            (kept != Some(&address) || !may_stay_empty(tenant)).then_some(address)
        };
        if let Some(refusal) = pending.as_ref().and_then(|address| offer.email.typo(address)) {
            return Err(refuse(refusal));
        }
        if let Some(address) = &pending
            && let Some(refusal) = self.ask_for_email(tenant, &seen.member, address, now).await?
        {
            return Err(refuse(refusal));
        }

        let (mut tx, seen) = self.write_for(tenant, &seen, now, wanted).await?;
        // What was mailed about another address is worth nothing any more (F12).
        store::one_time::end_all(&mut tx, seen.member.id, OneTimePurpose::ConfirmEmail).await?;
        store::member::review_email(&mut tx, seen.member.id, pending.as_ref(), now).await?;
        let event = if pending.is_some() { Event::EmailPending } else { Event::EmailKept };
        self.note(&mut tx, Some(seen.member.id), event, now)?;
        if offer.everywhere {
            self.end_all_but_attempt(&mut tx, &seen, now).await?;
        }
        self.go_on_after(tx, tenant, seen, "", now).await
    }

    /// Ends every session of the member and every attempt but this one.
    pub(super) async fn end_all_but_attempt(&self, tx: &mut Write, seen: &Seen, now: Timestamp) -> Deed<()> {
        store::session::close_all(tx, seen.member.id).await?;
        store::attempt::close_others(tx, seen.member.id, Some(seen.attempt.id)).await?;
        self.note(tx, Some(seen.member.id), Event::SignedOutEverywhere, now)?;
        Ok(())
    }
}

/// Where nothing is mailed at first login, a field that is empty may stay so (D8).
fn may_stay_empty(tenant: &Tenant) -> bool {
    tenant.policy.email.verification == Verification::None
}
