//! Signing in: "what is next?" as a pure question.
//!
//! # Decision
//! Where a member stands is not a position in a diagram but a set of facts — [`Standing`] from our records,
//! [`Proofs`] from this browser — and the next step is the first unmet item of the union's list.
//! # Because
//! That survives restarts, two tabs, the back button and a policy that changes half-way, and no duty can hide in a
//! form field, an address or a session note.
//! # Instead of
//! A state machine with transitions.

use jiff::{SignedDuration, Timestamp};

use super::{
    member::{MemberId, SessionId},
    proof::{Credential, MailProof, Proofs, Recovery},
    session::is_recent,
    tenant::{ListedStep, LostFactor, Method, MfaSetup, Policy, RecoveryPolicy, Verification},
};

/// What the browser is on its way to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Goal {
    /// To open a session.
    SignIn,
    /// Being fresh again in that session (D11).
    Reauthenticate(SessionId),
    /// A new password in place of a forgotten one (D4).
    Recover,
}

/// What our records say the member has settled.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself; together they are no state")]
pub struct Standing {
    /// The member it is about.
    pub member: MemberId,
    /// The password in force.
    pub credential: Credential,
    /// Somebody else knows the password: the member sets another at the next sign-in (TD6).
    pub password_exposed: bool,
    /// The user ID was looked at in first login.
    pub login_reviewed: bool,
    /// The address was looked at in first login.
    pub email_reviewed: bool,
    /// The address was confirmed by whoever reads its mail.
    pub email_confirmed: bool,
    /// The terms in force were accepted.
    pub terms_accepted: bool,
    /// 「認証方法」: the method chosen.
    pub method: Option<Method>,
    /// Kinds of factor held, working or switched off: a factor that is refused is still the member's (D13).
    pub factors: Vec<Method>,
    /// The wait before a lost factor may be replaced, if it runs (D4).
    pub lost_factor: Option<LostFactorWait>,
}

/// When a lost factor may be replaced: not before the one, not after the other (D4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostFactorWait {
    /// The end of the wait.
    pub opens_at: Timestamp,
    /// The end of the chance.
    pub closes_at: Timestamp,
}

impl LostFactorWait {
    /// Hours in which the factor may be replaced once the wait is over (D4).
    pub const OPEN_HOURS: i64 = 72;

    /// The wait of a member who asks `now`.
    pub fn begun(policy: &RecoveryPolicy, now: Timestamp) -> Self {
        let after =
            |from: Timestamp, hours| from.checked_add(SignedDuration::from_hours(hours)).unwrap_or(from);
        let opens_at = after(now, i64::from(policy.lost_factor_wait_hours));
        Self { opens_at, closes_at: after(opens_at, Self::OPEN_HOURS) }
    }
}

/// One thing still to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// User ID and password.
    Password,
    /// Asks for the birth date (F-01).
    BirthDate,
    /// Asks to accept the terms of use (F-02, G-01).
    Terms,
    /// User ID and method, one or both (F-03).
    Method {
        /// The page shows the user ID.
        user_id: bool,
        /// The page shows the methods.
        method: bool,
    },
    /// A new password (F-06).
    NewPassword,
    /// The mail address (F-07).
    Email,
    /// Whether mail to that address arrives (F-08, D8).
    ConfirmEmail,
    /// 「初回ログインが完了しました」, until the member logs out (D2 `relogin`).
    Limited,
    /// Setting up the first factor.
    SetUp(Method),
    /// Asks for a second factor of that kind.
    Prove(Method),
    /// 「登録した認証方法で確認する」 or 「機種変更や紛失などで使えない」 (D4).
    WhichWay,
    /// Waiting until a lost factor may be replaced (D4).
    Wait,
    /// A code from the union's desk (D4).
    DeskCode,
}

/// The answer to "what now?".
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The attempt goes on: this step is asked next.
    Ask(Step),
    /// Nothing is left to ask: a session may be opened.
    Enter(Entry),
}

/// Permission to open a session, or to make one fresh again. Its fields are private: only [`next`] writes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    goal: Goal,
    member: MemberId,
    factor: Method,
    proven_at: Option<Timestamp>,
    at: Timestamp,
}

impl Entry {
    /// What the attempt was begun for.
    pub fn goal(&self) -> Goal {
        self.goal
    }

    /// The member who may enter.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// The factor that was proven.
    pub fn factor(&self) -> Method {
        self.factor
    }

    /// When the older of the two proofs was shown, password and factor, where both are fresh and nothing stronger is held
    /// than what was proven (D29, I3). `None`: the member is in, and is asked again before what a forgotten screen must not
    /// do.
    pub fn proven_at(&self) -> Option<Timestamp> {
        self.proven_at
    }

    /// When the permission was given.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// What is next for this browser and this member?
pub fn next(goal: Goal, policy: &Policy, standing: &Standing, proofs: &Proofs, now: Timestamp) -> Next {
    let unmet = checklist(goal, policy, standing, proofs)
        .into_iter()
        .find(|step| !settled(*step, goal, policy, standing, proofs, now));
    match (unmet, proofs.factor) {
        (Some(step), _) => Next::Ask(step),
        (None, Some((factor, _))) => {
            let proven_at = proven_at(policy, standing, proofs, now);
            Next::Enter(Entry { goal, member: standing.member, factor, proven_at, at: now })
        }
        // Unreachable by the checklist, which ends in a factor either way; and if it were not, nobody gets in.
        (None, None) => Next::Ask(Step::Password),
    }
}

/// When both proofs of an entry were shown: the older of the two, while it is fresh (D29). A passkey shown by itself, with
/// its user verification, counts for both; one shown after a password does not make that password younger.
fn proven_at(policy: &Policy, standing: &Standing, proofs: &Proofs, now: Timestamp) -> Option<Timestamp> {
    let (factor, factor_at) = proofs.factor?;
    let older = match proofs.credential {
        Some((shown, shown_at)) if shown == standing.credential => shown_at.min(factor_at),
        None if stands_alone(policy, proofs) => factor_at,
        Some(_) | None => return None,
    };
    (strongest(standing) == Some(factor) && is_recent(older, now)).then_some(older)
}

/// What counts as the factor shown once a member has set up another one on the way in, with its time. `standing` is from
/// before. Making a factor is showing it, but not instead of a stronger one that was held and gone around (I3); and a
/// weaker one takes nothing away from what was shown.
pub fn shown_with(
    standing: &Standing,
    shown: Option<(Method, Timestamp)>,
    made: Method,
    now: Timestamp,
) -> (Method, Timestamp) {
    match shown {
        Some(shown) if strongest(standing) != Some(shown.0) || made.is_weaker_than(shown.0) => shown,
        Some(_) | None => (made, now),
    }
}

/// Everything that is ever asked of such a member, in order.
fn checklist(goal: Goal, policy: &Policy, standing: &Standing, proofs: &Proofs) -> Vec<Step> {
    match goal {
        Goal::SignIn => to_sign_in(policy, standing),
        // The strongest, whatever the default way is (D11): nobody gets around a passkey by an app.
        Goal::Reauthenticate(_) => {
            [Step::Password].into_iter().chain(strongest(standing).map(Step::Prove)).collect()
        }
        Goal::Recover => to_recover(policy, standing, proofs.recovery),
    }
}

fn to_sign_in(policy: &Policy, standing: &Standing) -> Vec<Step> {
    let mut list = vec![Step::Password];
    if standing.factors.is_empty() {
        list.extend(listed(policy));
        if policy.first_login.mfa_setup == MfaSetup::Relogin {
            list.push(Step::Limited);
        }
        list.extend(method_to_set_up(policy, standing).map(Step::SetUp));
    } else {
        // Whoever has a factor proves one before anything else is shown or changed (D10).
        list.extend(factor_to_prove(policy, standing).map(Step::Prove));
        if standing.password_exposed {
            list.push(Step::NewPassword);
        }
        // A method chosen in the profile that is not set up yet (S-05, D10).
        let chosen = standing.method.filter(|chosen| policy.offers(*chosen));
        list.extend(chosen.filter(|chosen| !standing.factors.contains(chosen)).map(Step::SetUp));
        list.extend(later_additions(policy));
    }
    list
}

/// D4. Mail and birth date lead to a new password; to more they lead only together with a factor, old or new.
fn to_recover(policy: &Policy, standing: &Standing, recovery: Option<Recovery>) -> Vec<Step> {
    let mut list = vec![Step::BirthDate];
    // For this the mailed code is no factor: it is the same channel once more.
    let held = factor_beside_mail(policy, standing);
    let Some(held) = held else {
        // Nothing to prove, so nothing to enter by: the next sign-in goes on where the member stands.
        list.extend([Step::NewPassword, Step::Password]);
        return list;
    };
    list.push(Step::WhichWay);
    match recovery.and_then(|recovery| recovery.lost) {
        Some(true) => {
            if policy.recovery.lost_factor == LostFactor::DeskCode {
                list.push(Step::DeskCode);
            } else if policy.recovery.lost_factor_wait_hours > 0 {
                list.push(Step::Wait);
            }
            let offered: Vec<_> = replacements(policy).collect();
            let chosen = recovery.and_then(|recovery| recovery.method).or(standing.method);
            let chosen = chosen.filter(|chosen| offered.contains(chosen));
            let new = chosen.or(offered.first().copied());
            // A union that offers nothing to set up any more: the member keeps what there is.
            list.push(new.map_or(Step::Prove(held), Step::SetUp));
        }
        Some(false) | None => list.push(Step::Prove(held)),
    }
    list.push(Step::NewPassword);
    list.extend(later_additions(policy));
    list
}

/// A step that the union added later, or new terms (G-01): one more unmet item.
fn later_additions(policy: &Policy) -> impl Iterator<Item = Step> + '_ {
    listed(policy).filter(|step| !matches!(step, Step::BirthDate | Step::Method { .. }))
}

/// The factor to prove where the mailed code does not count.
fn factor_beside_mail(policy: &Policy, standing: &Standing) -> Option<Method> {
    let mut standing = standing.clone();
    standing.factors.retain(|method| !method.is_mailed());
    factor_to_prove(policy, &standing)
}

/// The strongest factor held: passkey, app, mailed code.
pub fn strongest(standing: &Standing) -> Option<Method> {
    Method::STRONGEST_FIRST.into_iter().find(|m| standing.factors.contains(m))
}

/// Whether this factor may answer the step. At sign-in any factor held will do (「ほかの方法で確認する」, D10), to be
/// fresh again only the one that is asked.
pub fn may_prove(goal: Goal, standing: &Standing, step: Step, method: Method) -> bool {
    match (step, goal) {
        (Step::Prove(asked), Goal::Reauthenticate(_)) => asked == method,
        (Step::Prove(_), Goal::SignIn) => standing.factors.contains(&method),
        (Step::Prove(_), Goal::Recover) => !method.is_mailed() && standing.factors.contains(&method),
        _ => false,
    }
}

/// Whether the way a recovery goes may still be chosen, or chosen anew: after the birth date, until a factor was shown
/// (D4).
pub fn may_choose_way(goal: Goal, step: Step, proofs: &Proofs) -> bool {
    let open = matches!(step, Step::WhichWay | Step::Wait | Step::DeskCode | Step::Prove(_) | Step::SetUp(_));
    goal == Goal::Recover && open && proofs.factor.is_none()
}

/// What a member may set up in place of a lost factor: what the union offers, but for the mailed code, which is the same
/// channel once more.
pub fn replacements(policy: &Policy) -> impl Iterator<Item = Method> + '_ {
    policy.offered().filter(|method| !method.is_mailed())
}

/// The union's own list, one item a page.
fn listed(policy: &Policy) -> impl Iterator<Item = Step> + '_ {
    policy.first_login.steps.iter().flat_map(|group| group_steps(policy, group))
}

/// What a group of the union's list asks: one page, and for the address perhaps a second one.
fn group_steps(policy: &Policy, group: &[ListedStep]) -> Vec<Step> {
    let has = |step| group.contains(&step);
    let (user_id, method) = (has(ListedStep::UserId), has(ListedStep::Method));
    if user_id || method {
        return vec![Step::Method { user_id, method }];
    }
    match group.first() {
        None => Vec::new(),
        Some(ListedStep::BirthDate) => vec![Step::BirthDate],
        Some(ListedStep::Terms) => vec![Step::Terms],
        Some(ListedStep::UserId) => vec![Step::Method { user_id: true, method: false }],
        Some(ListedStep::Method) => vec![Step::Method { user_id: false, method: true }],
        Some(ListedStep::Password) => vec![Step::NewPassword],
        Some(ListedStep::Email) if policy.email.verification == Verification::None => vec![Step::Email],
        Some(ListedStep::Email) => vec![Step::Email, Step::ConfirmEmail],
    }
}

/// The method to set up first: the member's choice while it is offered, else the union's first.
fn method_to_set_up(policy: &Policy, standing: &Standing) -> Option<Method> {
    standing.method.filter(|m| policy.offers(*m)).or_else(|| policy.offered().next())
}

/// The factor to prove: the default way if it is held, else the first one held in the union's order.
fn factor_to_prove(policy: &Policy, standing: &Standing) -> Option<Method> {
    let held = &standing.factors;
    standing
        .method
        .filter(|m| held.contains(m))
        .or_else(|| policy.offered().find(|m| held.contains(m)))
        .or_else(|| held.first().copied())
}

/// Whether a passkey was shown that needs no password beside it (D1): user verification makes it two factors.
fn stands_alone(policy: &Policy, proofs: &Proofs) -> bool {
    proofs.factor.is_some_and(|(shown, _)| policy.stands_alone(shown))
}

/// Whether one item is done.
fn settled(
    step: Step,
    goal: Goal,
    policy: &Policy,
    standing: &Standing,
    proofs: &Proofs,
    now: Timestamp,
) -> bool {
    let recovery = proofs.recovery;
    match (step, goal) {
        // The last item of a recovery that ends at the sign-in page.
        (Step::Password, Goal::Recover) => false,
        // The one in force: who knew the first password is asked again once the member has set another.
        (Step::Password, _) => {
            proofs.credential.is_some_and(|(shown, _)| shown == standing.credential)
                || stands_alone(policy, proofs)
        }
        (Step::BirthDate, Goal::Recover) => proofs.birth_date.is_some(),
        // Shown again by every browser that works on the list, and by nobody else (D2).
        (Step::BirthDate, _) => {
            proofs.birth_date.is_some() || !list_is_open(goal, policy, standing, proofs, now)
        }
        (Step::Terms, _) => standing.terms_accepted,
        (Step::Method { user_id, method }, _) => {
            let chosen = standing.method.is_some_and(|m| policy.offers(m));
            (!user_id || standing.login_reviewed) && (!method || chosen)
        }
        (Step::NewPassword, Goal::Recover) => recovery.is_some_and(|recovery| recovery.password),
        (Step::NewPassword, _) => standing.credential == Credential::Own && !standing.password_exposed,
        (Step::Email, _) => standing.email_reviewed,
        (Step::ConfirmEmail, _) => standing.email_confirmed,
        // Whoever showed the birth date worked on the list in this attempt, and is asked to sign in anew.
        (Step::Limited, _) => proofs.birth_date.is_none(),
        // At sign-in a set-up ends with the factor held, and then the list is another. In a recovery it ends with the
        // new factor shown.
        (Step::SetUp(asked), Goal::Recover) => proofs.factor.is_some_and(|(shown, _)| shown == asked),
        (Step::SetUp(_), _) => false,
        (Step::Prove(_), Goal::SignIn) => proofs.factor.is_some(),
        (Step::Prove(_), Goal::Recover) => proofs.factor.is_some_and(|(shown, _)| !shown.is_mailed()),
        (Step::Prove(asked), Goal::Reauthenticate(_)) => {
            proofs.factor.is_some_and(|(shown, _)| shown == asked)
        }
        // A lost factor is replaced by the link only, never by the code alone.
        (Step::WhichWay, _) => recovery.is_some_and(|recovery| match recovery.lost {
            Some(lost) => !lost || recovery.mail == MailProof::Link,
            None => false,
        }),
        (Step::Wait, _) => {
            proofs.factor.is_some()
                || standing.lost_factor.is_some_and(|wait| wait.opens_at <= now && now < wait.closes_at)
        }
        (Step::DeskCode, _) => recovery.is_some_and(|recovery| recovery.desk_code),
    }
}

/// Whether a listed step other than the birth date is still unmet.
fn list_is_open(goal: Goal, policy: &Policy, standing: &Standing, proofs: &Proofs, now: Timestamp) -> bool {
    listed(policy).any(|step| step != Step::BirthDate && !settled(step, goal, policy, standing, proofs, now))
}

/// Which page of first login a step is on, counted from 0: the union's groups in order, then the set-up of the
/// factor. `None` for a step that is not part of it.
pub fn page_number(policy: &Policy, step: Step) -> Option<usize> {
    match step {
        Step::SetUp(_) | Step::Limited => Some(policy.first_login.steps.len()),
        other => {
            policy.first_login.steps.iter().position(|group| group_steps(policy, group).contains(&other))
        }
    }
}

#[cfg(test)]
#[path = "signin/fresh.rs"]
mod fresh;
#[cfg(test)]
#[path = "signin/tests.rs"]
mod tests;
