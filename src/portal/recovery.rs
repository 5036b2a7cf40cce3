//! A forgotten password (D4; groups G and H of the threats): asking for the mail, the mailed link or code, which way to
//! go, and what ends with it. Birth date, factors and the new password are the deeds of every sign-in.
//!
//! Asking tells nobody anything: whatever is typed, the browser gets a cookie of its own and the same page, after the
//! same statements. While the link of a letter works, a browser that has not signed the member in gets no new one and ends
//! nothing: else whoever knows a user ID could end every link before its owner opens it (D27). Tries at the mailed code are
//! counted by the browser's cookie, for there may be no member to count them by. So a browser that asks once more keeps its
//! cookie while what it asked before lives: the code of the letter on its way works in it.

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Deed, Fault, Field, Portal, Stop,
    attempt::{AttemptStart, FormerTokens, StartedAttempt, standing},
    known_browser::asking,
    lockout::{CountedBy, CounterTarget, OffTry, Try, TryAdmission},
    onward::AttemptOutcome,
    request,
};
use crate::{
    domain::{
        audit::{Event, doing::Gate},
        clock::TrustedTime,
        code::MailedDigits,
        epoch::Epoch,
        letter::Letter,
        lockout::{Bucket, Counter, CounterKind, CounterPair},
        login_id::LoginId,
        member::{MemberId, OneTimeId},
        one_time::{self, OneTimePurpose},
        proof::{MailProof, Proofs, Recovery},
        refusal::Refusal,
        route::MailedLink,
        session::RECOVERY_MINUTES,
        signin::{self, Goal, Next, may_choose_way},
        tenant::{LockoutPolicy, Tenant},
    },
    store::{
        self, Write,
        lockout::CounterKey,
        one_time::NewOneTime,
        recovery::{AskedFor, NewRecoveryAsk, RecoveryAsk},
    },
    vault::Token,
    world::today_in_japan,
};

pub mod lost_factor;
pub mod user_id;

/// Whom a recovery is asked for, as counters have it: a member, or a typed user ID that is nobody's.
struct AskedAbout {
    in_this_hour: Vec<u8>,
    on_this_day: Vec<u8>,
    in_all: Vec<u8>,
}

impl AskedAbout {
    /// What asks of browsers are counted by that have not signed the member in: three an hour of each network, and twelve
    /// a day of all of them (D27).
    fn by_strangers(&self, portal: &Portal, policy: &LockoutPolicy) -> CounterPair<CounterKey> {
        let from = portal.vault.guard_subject_from(self.in_this_hour.clone(), request::network());
        CounterPair {
            here: CounterKey::of(CounterKind::RecoveryAsked(Bucket::Unknown), from, policy),
            in_all: CounterKey::of(CounterKind::RecoveryAskedInADay, self.on_this_day.clone(), policy),
        }
    }
}

impl Portal {
    fn asked_about(&self, found: Option<MemberId>, login: &LoginId, now: Timestamp) -> AskedAbout {
        let (vault, today) = (&self.vault, today_in_japan(now));
        match found {
            Some(member) => AskedAbout {
                in_this_hour: vault.guard_subject_hour(member, now),
                on_this_day: vault.guard_subject_day(member, today),
                in_all: vault.guard_subject_member(member),
            },
            None => AskedAbout {
                in_this_hour: vault.guard_subject_login_hour(login, now),
                on_this_day: vault.guard_subject_login_day(login, today),
                in_all: vault.guard_subject_login(login),
            },
        }
    }

    /// Asks for a recovery mail. The answer is the same for every user ID: a token for the browser that asked, the one it
    /// has (`had`) where it asked for the same a moment ago.
    ///
    /// # Errors
    /// At `Field::Login`: `Empty`. Whether there is such a member is told to nobody.
    pub async fn ask_recovery(&self, tenant: &Tenant, login: &LoginId, had: Option<&Token>) -> Deed<Token> {
        let now = self.clock.now();
        if login.as_str().is_empty() {
            return Err(Stop::refuse(Field::Login, Refusal::Empty));
        }
        let (fresh, link, code) = (
            self.vault.token()?,
            self.vault.token()?,
            self.draw_code(OneTimePurpose::Recovery, &tenant.slug, now)?,
        );
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let found = store::member::by_login(&mut tx, login).await?.map(|member| member.id);
        drop(tx);
        let asked_about = self.asked_about(found, login, now);

        // Somebody who is nobody stands in for whom there is not, so that the statements are the same.
        let nobody = MemberId::new(now, self.chance()?);
        let asked = found.unwrap_or(nobody);
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        store::member::hold(&mut tx, asked).await?;
        let (member, bucket, link_lives) =
            match store::recovery::asked_for(&mut tx, asked, &asking(now)).await? {
                Some(AskedFor { member, bucket, link_lives }) => (Some(member), bucket, link_lives),
                None => (None, Bucket::Unknown, false),
            };
        let is_good_still = link_lives && bucket == Bucket::Unknown;
        let policy = &tenant.policy.lockout;
        let may = match bucket {
            Bucket::Known => {
                let subject = asked_about.in_this_hour.clone();
                let counter = CounterKey::of(CounterKind::RecoveryAsked(bucket), subject, policy);
                store::lockout::count(&mut tx, &counter, now).await?
            }
            Bucket::Unknown => {
                let counters = asked_about.by_strangers(self, policy);
                store::lockout::count_pair(&mut tx, &counters, !is_good_still, now).await?
            }
        };
        // Another letter brings another code, with tries of its own.
        let codes = CounterKey::of(CounterKind::RecoveryCode(bucket), asked_about.in_all.clone(), policy);
        let with_another =
            |counter: Counter| if may { counter.with_another_code(codes.ladder) } else { counter };
        store::lockout::change(&mut tx, &codes, now, with_another).await?;
        let address = member.as_ref().and_then(|member| member.email.as_ref());
        let (answer, to) = match (&member, address) {
            (None, _) => ("no-such-login", None),
            (Some(member), _) if let Some(bar) = member.membership.bar(now) => (bar.as_str(), None),
            // The printed notice is the only way in (D25).
            (Some(member), _) if member.reverted => ("reverted", None),
            (Some(_), None) => ("no-address", None),
            (Some(_), Some(_)) if is_good_still => ("link-lives", None),
            (Some(_), Some(_)) if !may => ("too-many", None),
            (Some(member), Some(_)) => ("mailed", Some(member)),
        };
        let letter = Letter::Recovery {
            link: self.link(tenant, MailedLink::Recovery, &link),
            code: code.clone(),
            minutes: tenant.policy.recovery.reset_link_minutes,
        };
        let id = OneTimeId::new(now, self.chance()?);
        let (link, code) = (link.digest(), self.code_digest(OneTimePurpose::Recovery, id, &code));
        let life = one_time::recovery_life(&tenant.policy.recovery);
        let expires_at = now.checked_add(life).unwrap_or(now);
        // A known browser has another letter by now, or soon, with tries of its own.
        let had = had.filter(|_| bucket == Bucket::Unknown);
        let (had_digest, fresh_digest) = (had.map(Token::digest), fresh.digest());
        let asked = NewRecoveryAsk {
            had: had_digest.as_deref(),
            fresh: &fresh_digest,
            subject: &asked_about.in_all,
            bucket,
            is_mailed: to.is_some(),
            expires_at,
        };
        let bound_to = store::recovery::ask(&mut tx, &asked, now).await?;
        let browser = had.filter(|had| had.digest() == bound_to).cloned().unwrap_or(fresh);
        let new = NewOneTime {
            id,
            purpose: OneTimePurpose::Recovery,
            member: to.map_or(nobody, |member| member.id),
            bound_to: Some(&bound_to),
            link: Some(&link),
            code: Some(&code),
            address: None,
            expires_at,
            epoch: to.map_or(Epoch::FIRST, |member| member.epoch),
        };
        store::one_time::put(&mut tx, &new, now).await?;
        self.send_or_not(&mut tx, tenant, to, &letter, now).await?;
        let typed = member.is_none().then(|| self.vault.mark(login));
        let event = Event::RecoveryAsked { answer, typed };
        self.note(&mut tx, member.map(|member| member.id), event, now)?;
        tx.commit().await?;
        Ok(browser)
    }

    /// Whether a mailed link still works. Uses nothing up (G6).
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn recovery_link_works(&self, tenant: &Tenant, link: &Token) -> Deed<bool> {
        let trusted = self.trusted_now()?;
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::one_time::by_link(&mut tx, OneTimePurpose::Recovery, &link.digest(), trusted)
            .await?
            .is_some())
    }

    /// Uses the mailed link up and begins a recovery in this browser; the one that asked gets nothing by it (G7).
    ///
    /// # Errors
    /// `Stop::StartAgain` when the link does not work (any more).
    pub async fn recover_by_link(
        &self,
        tenant: &Tenant,
        link: &Token,
        former: &FormerTokens,
    ) -> Deed<StartedAttempt> {
        let trusted = self.trusted_now()?;
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let found =
            store::one_time::by_link(&mut tx, OneTimePurpose::Recovery, &link.digest(), trusted).await?;
        let found = found.ok_or(Stop::StartAgain)?;
        self.begin_recovery(tx, tenant, found.member, found.id, MailProof::Link, former, trusted).await
    }

    /// Verifies the mailed code in the browser that asked. Five tries for each cookie, whether there is a code or not.
    ///
    /// # Errors
    /// Nothing ends in `Stop::StartAgain`: a code that was used or replaced meanwhile, or whose member staff keep out, is a
    /// wrong one. At `Field::Code`: `Empty`, `MalformedMailCode`, `WrongRecoveryCode`, `RecoveryCodesUsedUp`, `RecoveryCodeOff`.
    pub async fn recover_by_code(
        &self,
        tenant: &Tenant,
        browser: &Token,
        code: &str,
        former: &FormerTokens,
    ) -> Deed<StartedAttempt> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        let code = MailedDigits::parse(code).map_err(|refusal| Stop::refuse(Field::Code, refusal))?;
        let bound_to = browser.digest();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let found =
            store::one_time::by_browser(&mut tx, OneTimePurpose::Recovery, &bound_to, trusted).await?;
        let whose = store::recovery::asked(&mut tx, &bound_to, now).await?;
        drop(tx);
        let member = found.as_ref().map(|found| found.member);
        // Five tries a browser, and thirty for whoever was asked for: nobody guesses on from browser to browser. Where
        // nobody was asked for any more, the same is counted, of nobody.
        let nobody = OneTimeId::new(now, self.chance()?);
        let RecoveryAsk { subject, bucket } = whose.unwrap_or_else(|| RecoveryAsk {
            subject: self.vault.guard_subject_member(MemberId::kept(nobody.uuid())),
            bucket: Bucket::Unknown,
        });
        let (policy, in_this_browser) = (&tenant.policy.lockout, self.vault.guard_subject_browser(browser));
        let counted_by = CountedBy::Two(Box::new(CounterPair {
            here: CounterKey::of(CounterKind::RecoveryCodeHere, in_this_browser, policy),
            in_all: CounterKey::of(CounterKind::RecoveryCode(bucket), subject, policy),
        }));
        let mut counted = match self.take_turn(tenant, CounterTarget { counted_by, attempt: None }).await? {
            TryAdmission::Verify(counted) => counted,
            TryAdmission::OffHere => {
                self.note_alone(tenant, member, Event::RecoveryCodeDead, now).await?;
                return Err(Stop::refuse(Field::Code, Refusal::RecoveryCodesUsedUp));
            }
            TryAdmission::Off(OffTry::Uncounted(_)) => {
                self.note_alone(tenant, member, Event::RecoveryCodeOff, now).await?;
                return Err(Stop::refuse(Field::Code, Refusal::RecoveryCodeOff));
            }
            TryAdmission::Paused(..) | TryAdmission::Off(OffTry::Paced(_)) => {
                return Err(Fault::Inconsistent("a recovery code with pauses").into());
            }
            TryAdmission::AttemptOver => {
                return Err(Fault::Inconsistent("a recovery code of an attempt").into());
            }
        };
        // Where there is no code, a digest that no code has is verified.
        let (id, digest) = found
            .as_ref()
            .map_or((nobody, &[][..]), |found| (found.id, found.code.as_deref().unwrap_or_default()));
        let right = self.vault.is_code(OneTimePurpose::Recovery, id, code.expose(), digest);
        counted.record(right);
        if let Some(found) = found.as_ref().filter(|_| right) {
            let tx = self.store.tenant(&tenant.slug).write().await?;
            let begun =
                self.begin_recovery(tx, tenant, found.member, found.id, MailProof::Code, former, trusted);
            match begun.await {
                // Used or replaced a moment ago: as wrong as any other.
                Err(Stop::StartAgain) => counted.record(false),
                other => return other,
            }
        }
        self.refuse_recovery_code(tenant, member, counted).await
    }

    /// Writes what came of a wrong code of a forgotten password, and says it.
    async fn refuse_recovery_code(
        &self,
        tenant: &Tenant,
        member: Option<MemberId>,
        counted: Try,
    ) -> Deed<StartedAttempt> {
        let now = self.clock.now();
        // Only a guess at a code that is out: what is typed behind a made-up cookie, or for nobody, guesses at no member (E6).
        if member.is_some() {
            self.wrong_codes.counted(&tenant.slug, now);
        }
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let after = counted.settle(&mut tx, now).await?;
        self.note(&mut tx, member, Event::RecoveryCodeDiffered, now)?;
        tx.commit().await?;
        counted.done();
        let refusal = match one_time::TRIES.saturating_sub(after.pauses.certain_total()) {
            0 => Refusal::RecoveryCodesUsedUp,
            left => Refusal::WrongRecoveryCode { left },
        };
        Err(Stop::refuse(Field::Code, refusal))
    }

    /// Uses the link or code up and opens the attempt, in one transaction: of many at once one goes on.
    #[expect(
        clippy::too_many_arguments,
        reason = "its two callers hand on what they have looked up and verified"
    )]
    async fn begin_recovery(
        &self,
        mut tx: Write,
        tenant: &Tenant,
        member: MemberId,
        shown: OneTimeId,
        mail: MailProof,
        former: &FormerTokens,
        trusted: TrustedTime,
    ) -> Deed<StartedAttempt> {
        let now = trusted.at();
        store::member::hold(&mut tx, member).await?;
        if !store::one_time::take(&mut tx, shown, trusted).await? {
            return Err(Stop::StartAgain);
        }
        // Whoever staff keep out stays out (G12), and is told no more than by a dead link.
        let facts = store::look::at_member(&mut tx, member, &tenant.terms.version, &asking(now)).await?;
        let facts = facts.ok_or(Stop::StartAgain)?;
        let (member, standing) = (&facts.member, standing(tenant, &facts, now).ok_or(Stop::StartAgain)?);
        let recovery = Recovery { mail, lost: None, method: None, desk_code: false, password: false };
        let proofs = Proofs { recovery: Some(recovery), ..Proofs::default() };
        let life = jiff::SignedDuration::from_mins(RECOVERY_MINUTES);
        let expires_at = now.checked_add(life).unwrap_or(now);
        let goal = Goal::Recover;
        let begun = AttemptStart { goal, back_to: None, proofs, remember: false, expires_at, former };
        let (_, token) = self.open_attempt(&mut tx, tenant, member, &begun, now).await?;
        request::passed(member.id, Gate::of_mail(mail));
        self.note(&mut tx, Some(member.id), Event::RecoveryBegun { mail }, now)?;
        tx.commit().await?;
        match signin::next(Goal::Recover, &tenant.policy, &standing, &proofs, now) {
            Next::Ask(step) => Ok(StartedAttempt { token, step }),
            Next::Enter(_) => Err(Fault::Inconsistent("a mail alone opened a session").into()),
        }
    }

    /// 「登録した認証方法で確認する」 or 「機種変更や紛失などで使えない」. May be chosen anew until a factor was shown.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when the way cannot be chosen (any more).
    /// - At `Field::Lost`: `LinkNeeded`.
    pub async fn choose_way(&self, tenant: &Tenant, token: &Token, lost: bool) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let seen = self.look_for(tenant, token, |_| true).await?;
        let (mut tx, mut seen) = self.write_on(tenant, &seen, now).await?;
        let may = may_choose_way(seen.attempt.goal, seen.step, &seen.attempt.proofs);
        let Some(recovery) = seen.attempt.proofs.recovery.as_mut().filter(|_| may) else {
            return Err(Stop::NotNow);
        };
        if lost && recovery.mail == MailProof::Code {
            return Err(Stop::refuse(Field::Lost, Refusal::LinkNeeded));
        }
        let is_other = recovery.lost.replace(lost) != Some(lost);
        if is_other {
            self.note(&mut tx, Some(seen.member.id), Event::RecoveryWay { lost }, now)?;
        }
        if lost {
            self.begin_wait(&mut tx, tenant, &seen.member, now).await?;
        }
        self.go_on_after(tx, tenant, seen, "", now).await
    }

    fn code_digest(&self, purpose: OneTimePurpose, id: OneTimeId, code: &SecretString) -> Vec<u8> {
        self.vault.code_digest(purpose, id, code.expose_secret())
    }
}
