//! What counts as fresh at an entry ([D29]): every goal × what is held × what was shown × how long ago.
//!
//! [D29]: crate::rules::decisions#d29

use super::{
    tests::{newcomer, policy},
    *,
};
use crate::domain::{
    session::FRESH,
    tenant::{ListedStep, MfaSetup, PasskeyRole},
};

const HELD: [&[Method]; 7] = [
    &[Method::AppOtp],
    &[Method::Passkey],
    &[Method::EmailOtp],
    &[Method::AppOtp, Method::Passkey],
    &[Method::EmailOtp, Method::AppOtp],
    &[Method::EmailOtp, Method::Passkey],
    &[Method::EmailOtp, Method::AppOtp, Method::Passkey],
];

/// Seconds since a proof was shown; below zero where the clock was set back meanwhile.
const AGES: [i64; 8] = [-3600, -299, 0, 1, 299, 300, 28 * 60, 12 * 3600];

fn goals() -> [Goal; 3] {
    let session = SessionId::new(Timestamp::UNIX_EPOCH, [3; 10]);
    [Goal::SignIn, Goal::Reauthenticate(session), Goal::Recover]
}

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn settled_with(held: &[Method]) -> Standing {
    Standing {
        credential: Credential::Own,
        password_exposed: false,
        login_reviewed: true,
        email_reviewed: true,
        email_confirmed: true,
        terms_accepted: true,
        method: held.first().copied(),
        factors: held.to_vec(),
        ..newcomer()
    }
}

#[test]
fn both_proofs_have_to_be_fresh_whatever_the_goal() {
    let mut policy = policy(vec![vec![ListedStep::BirthDate], vec![ListedStep::Terms]], MfaSetup::Continue);
    let (mut entries, mut fresh) = (0, 0);
    for role in [PasskeyRole::SecondFactor, PasskeyRole::Alone] {
        policy.passkey = role;
        for (goal, held) in goals().into_iter().flat_map(|goal| HELD.map(|held| (goal, held))) {
            let standing = settled_with(held);
            let best =
                [Method::Passkey, Method::AppOtp, Method::EmailOtp].into_iter().find(|m| held.contains(m));
            let passwords = AGES.map(Some).into_iter().chain([None]);
            for (password, factor, shown) in passwords
                .flat_map(|age| AGES.map(|factor| (age, factor)))
                .flat_map(|(age, factor)| held.iter().map(move |shown| (age, factor, *shown)))
            {
                let recovery = Recovery {
                    mail: MailProof::Link,
                    lost: Some(false),
                    desk_code: false,
                    password: true,
                    method: None,
                };
                let proofs = Proofs {
                    credential: password.map(|age| (Credential::Own, ago(age))),
                    birth_date: (goal == Goal::Recover).then(|| ago(0)),
                    factor: Some((shown, ago(factor))),
                    recovery: (goal == Goal::Recover).then_some(recovery),
                };
                let Next::Enter(entry) = next(goal, &policy, &standing, &proofs, now()) else { continue };
                entries += 1;
                let young = |age: i64| age.abs() < FRESH.as_secs();
                let alone = role == PasskeyRole::Alone && shown == Method::Passkey;
                let expected = match password {
                    _ if best != Some(shown) => None,
                    Some(age) => Some(age.max(factor)).filter(|older| young(*older)),
                    None if alone => Some(factor).filter(|age| young(*age)),
                    None => None,
                };
                let case = format!("{role:?} {goal:?} {held:?}: password {password:?}, {shown:?} {factor}");
                assert_eq!(entry.proven_at(), expected.map(ago), "{case}");
                fresh += i32::from(expected.is_some());
                // Kept with the session, it stays the older of the two and runs out with it.
                if let Some(proven_at) = entry.proven_at() {
                    assert!(is_recent(proven_at, now()), "{case}");
                    assert!(!is_recent(proven_at, proven_at + FRESH), "{case}");
                }
            }
        }
    }
    assert!(entries > 3_000 && fresh > 300, "{entries} entries, {fresh} of them fresh");
}

#[test]
fn a_factor_made_on_the_way_in_stands_in_for_no_stronger_one_that_was_gone_around() {
    for held in HELD {
        let standing = settled_with(held);
        for shown in held {
            for made in Method::STRONGEST_FIRST.into_iter().filter(|made| !held.contains(made)) {
                let (counts, at) = shown_with(&standing, Some((*shown, ago(60))), made, now());
                let mut after = standing.clone();
                after.factors.push(made);
                let case = format!("{held:?}: {shown:?} shown, {made:?} made");
                let was_strongest = strongest(&standing) == Some(*shown);
                assert_eq!(strongest(&after) == Some(counts), was_strongest, "{case}");
                assert_eq!(at, if counts == made { now() } else { ago(60) }, "{case}");
            }
        }
    }
    let (counts, at) = shown_with(&settled_with(&[]), None, Method::EmailOtp, now());
    assert_eq!((counts, at), (Method::EmailOtp, now()), "the first one");
}
