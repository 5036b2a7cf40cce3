//! Every order × every standing × both ways of setting up, walked to the end.

use super::*;
use crate::domain::tenant::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

pub(super) fn policy(steps: Vec<Vec<ListedStep>>, mfa_setup: MfaSetup) -> Policy {
    Policy {
        methods: vec![Method::Passkey, Method::AppOtp],
        passkey: PasskeyRole::SecondFactor,
        user_id: UserIdPolicy {
            min_length: 8,
            max_length: 13,
            symbols: "-_.@".into(),
            change: true,
            letter_and_digit: false,
        },
        password: PasswordPolicy {
            min_length: 8,
            max_length: 64,
            require: vec![],
            symbols: String::new(),
            forbid: vec![],
            examples_ok: vec![],
            examples_ng: vec![],
        },
        email: EmailPolicy { required: true, unique: true, verification: Verification::None },
        app_otp: AppOtpPolicy { issuer: "x".into(), apps: vec![], max_devices: 5, skew_steps: 1 },
        email_otp: EmailOtpPolicy { ttl_minutes: 10, resend_seconds: 60 },
        first_login: FirstLogin { steps, mfa_setup },
        initial_password: InitialPassword {
            existing: FirstSecret::Random,
            valid_days: 90,
            letter: CredentialLetter::None,
        },
        session: SessionPolicy { idle_minutes: 30, absolute_hours: 12, remember_hours: 24 },
        lockout: LockoutPolicy { pause_after: 5, hard_limit: 50 },
        retention: RetentionPolicy { ended_days: 400, trail_days: 400 },
        recovery: RecoveryPolicy {
            reset_link_minutes: 5,
            lost_factor: LostFactor::MailAndBirthDate,
            lost_factor_wait_hours: 0,
        },
        terms_version: "1".into(),
    }
}

pub(super) fn newcomer() -> Standing {
    Standing {
        member: MemberId::new(at(0), [7; 10]),
        credential: Credential::First,
        password_exposed: false,
        login_reviewed: false,
        email_reviewed: false,
        email_confirmed: false,
        terms_accepted: false,
        method: None,
        factors: Vec::new(),
        lost_factor: None,
    }
}

/// What answering a step does to the facts.
fn answer(step: Step, standing: &mut Standing, proofs: &mut Proofs) {
    match step {
        Step::Password => proofs.credential = Some((standing.credential, at(1))),
        Step::BirthDate => proofs.birth_date = Some(at(1)),
        Step::Terms => standing.terms_accepted = true,
        Step::Method { user_id, method } => {
            standing.login_reviewed |= user_id;
            if method {
                standing.method = Some(Method::AppOtp);
            }
        }
        Step::NewPassword => {
            (standing.credential, standing.password_exposed) = (Credential::Own, false);
            match proofs.recovery.as_mut() {
                Some(recovery) => recovery.password = true,
                None => proofs.credential = Some((Credential::Own, at(1))),
            }
        }
        Step::Email => standing.email_reviewed = true,
        Step::ConfirmEmail => standing.email_confirmed = true,
        Step::Limited => *proofs = Proofs::default(),
        Step::SetUp(method) => {
            standing.factors.push(method);
            proofs.factor = Some((method, at(2)));
        }
        Step::Prove(method) => proofs.factor = Some((method, at(2))),
        Step::WhichWay => panic!("the choice is the test's"),
        Step::Wait => standing.lost_factor = Some(LostFactorWait { opens_at: at(0), closes_at: at(9) }),
        Step::DeskCode => proofs.recovery.as_mut().unwrap().desk_code = true,
    }
}

/// Walks until the member is in; the steps asked.
fn walk(policy: &Policy, standing: &mut Standing) -> Vec<Step> {
    let mut proofs = Proofs::default();
    let mut asked = Vec::new();
    loop {
        match next(Goal::SignIn, policy, standing, &proofs, at(3)) {
            Next::Enter(entry) => {
                assert_eq!(entry.member(), standing.member);
                assert!(proofs.credential.is_some() && proofs.factor.is_some());
                return asked;
            }
            Next::Ask(step) => {
                asked.push(step);
                assert!(asked.len() < 20, "a walk that does not end: {asked:?}");
                answer(step, standing, &mut proofs);
            }
        }
    }
}

fn permutations(items: &[ListedStep]) -> Vec<Vec<ListedStep>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    items
        .iter()
        .enumerate()
        .flat_map(|(at, first)| {
            let mut rest = items.to_vec();
            rest.remove(at);
            permutations(&rest).into_iter().map(move |mut tail| {
                tail.insert(0, *first);
                tail
            })
        })
        .collect()
}

/// Every order of the steps with the birth date first, each step alone or user ID and method together.
fn orders() -> Vec<Vec<Vec<ListedStep>>> {
    use ListedStep::{BirthDate, Email, Method, Password, Terms, UserId};
    let with_head =
        |tail: Vec<Vec<ListedStep>>| std::iter::once(vec![BirthDate]).chain(tail).collect::<Vec<_>>();
    let single = permutations(&[Terms, UserId, Method, Password, Email])
        .into_iter()
        .map(|order| with_head(order.into_iter().map(|s| vec![s]).collect()));
    let grouped = permutations(&[Terms, Method, Password, Email]).into_iter().map(|order| {
        with_head(
            order.into_iter().map(|s| if s == Method { vec![UserId, Method] } else { vec![s] }).collect(),
        )
    });
    let short = permutations(&[Terms, Method, Password])
        .into_iter()
        .map(|order| with_head(order.into_iter().map(|s| vec![s]).collect()));
    single.chain(grouped).chain(short).collect()
}

fn standings() -> Vec<Standing> {
    let mut all = Vec::new();
    for bits in 0..32_u32 {
        let has = |bit: u32| bits & (1 << bit) != 0;
        for factors in
            [vec![], vec![Method::AppOtp], vec![Method::Passkey], vec![Method::AppOtp, Method::Passkey]]
        {
            all.push(Standing {
                credential: if has(0) { Credential::Own } else { Credential::First },
                password_exposed: false,
                login_reviewed: has(1),
                email_reviewed: has(2),
                terms_accepted: has(3),
                method: has(4).then_some(Method::AppOtp),
                factors,
                ..newcomer()
            });
        }
    }
    all
}

#[test]
fn every_walk_ends_in_order_and_asks_nothing_twice() {
    let mut walks = 0;
    for order in orders() {
        for mfa_setup in [MfaSetup::Continue, MfaSetup::Relogin] {
            let policy = policy(order.clone(), mfa_setup);
            for mut standing in standings() {
                let newcomer = standing.factors.is_empty();
                let asked = walk(&policy, &mut standing);
                walks += 1;
                // Nothing twice, but for the password after the limited page.
                for (index, step) in asked.iter().enumerate() {
                    let again = asked.iter().skip(index + 1).any(|other| other == step);
                    assert!(!again || *step == Step::Password, "{asked:?}");
                }
                // The union's order holds.
                let listed: Vec<Step> = listed(&policy).collect();
                let positions: Vec<usize> =
                    asked.iter().filter_map(|s| listed.iter().position(|l| l == s)).collect();
                assert!(positions.windows(2).all(|w| w[0] < w[1]), "{asked:?}");
                // The way in ends with a factor; whoever has one shows it right after the password.
                assert!(asked.iter().any(|s| matches!(s, Step::SetUp(_) | Step::Prove(_))));
                if !newcomer {
                    assert!(matches!(asked.get(1), Some(Step::Prove(_))), "{asked:?}");
                }
                // And afterwards the member is settled: password, factor, in.
                let again = walk(&policy, &mut standing);
                assert_eq!(again.len(), 2, "{again:?}");
            }
        }
    }
    assert!(walks > 10_000, "{walks}");
}

#[test]
fn a_password_that_somebody_else_knows_is_replaced_behind_the_factor_and_once() {
    use ListedStep::{BirthDate, Password, Terms};
    // Whether or not the union's list has the password.
    for steps in [vec![vec![BirthDate], vec![Terms], vec![Password]], vec![vec![BirthDate], vec![Terms]]] {
        let policy = policy(steps, MfaSetup::Continue);
        for terms_accepted in [true, false] {
            let mut standing = Standing {
                credential: Credential::Own,
                password_exposed: true,
                terms_accepted,
                method: Some(Method::AppOtp),
                factors: vec![Method::AppOtp],
                ..newcomer()
            };
            let again = Goal::Reauthenticate(SessionId::new(at(0), [1; 10]));
            let shown = Proofs {
                credential: Some((Credential::Own, at(1))),
                factor: Some((Method::AppOtp, at(2))),
                ..Proofs::default()
            };
            // Whoever is signed in is asked at the next sign-in.
            assert!(matches!(next(again, &policy, &standing, &shown, at(3)), Next::Enter(_)));
            let asked = walk(&policy, &mut standing);
            let head = [Step::Password, Step::Prove(Method::AppOtp), Step::NewPassword];
            assert_eq!(asked[..3], head, "{asked:?}");
            assert_eq!(asked.len(), if terms_accepted { 3 } else { 4 }, "{asked:?}");
            assert_eq!(walk(&policy, &mut standing).len(), 2);
        }
    }
}

#[test]
fn progress_is_kept_when_the_browser_is_closed_at_any_point() {
    for order in orders() {
        for mfa_setup in [MfaSetup::Continue, MfaSetup::Relogin] {
            let policy = policy(order.clone(), mfa_setup);
            for close_after in 1..8 {
                let mut standing = newcomer();
                let mut proofs = Proofs::default();
                let mut done = Vec::new();
                for _ in 0..close_after {
                    if let Next::Ask(step) = next(Goal::SignIn, &policy, &standing, &proofs, at(3)) {
                        done.push(step);
                        answer(step, &mut standing, &mut proofs);
                    }
                }
                let asked = walk(&policy, &mut standing);
                for step in done {
                    let shown_again = matches!(step, Step::Password | Step::BirthDate | Step::Limited);
                    let proven = matches!(step, Step::SetUp(_) | Step::Prove(_));
                    assert!(shown_again || proven || !asked.contains(&step), "{step:?} again in {asked:?}");
                }
            }
        }
    }
}

#[test]
fn with_only_the_factor_missing_it_is_password_then_set_up() {
    use ListedStep::{BirthDate, Email, Password, Terms, UserId};
    let steps =
        vec![vec![BirthDate], vec![Terms], vec![UserId, ListedStep::Method], vec![Password], vec![Email]];
    let policy = policy(steps, MfaSetup::Relogin);
    let mut standing = newcomer();
    let asked = walk(&policy, &mut standing);
    assert_eq!(
        asked,
        [
            Step::Password,
            Step::BirthDate,
            Step::Terms,
            Step::Method { user_id: true, method: true },
            Step::NewPassword,
            Step::Email,
            Step::Limited,
            Step::Password,
            Step::SetUp(Method::AppOtp),
        ]
    );
    assert_eq!(walk(&policy, &mut standing), [Step::Password, Step::Prove(Method::AppOtp)]);
}

#[test]
fn new_terms_are_asked_after_the_factor() {
    use ListedStep::{BirthDate, Password, Terms};
    let policy = policy(
        vec![vec![BirthDate], vec![Terms], vec![ListedStep::Method], vec![Password]],
        MfaSetup::Continue,
    );
    let mut standing = newcomer();
    walk(&policy, &mut standing);
    standing.terms_accepted = false;
    assert_eq!(walk(&policy, &mut standing), [Step::Password, Step::Prove(Method::AppOtp), Step::Terms]);
}

#[test]
fn a_method_chosen_later_is_set_up_after_the_old_factor_and_before_new_terms() {
    use ListedStep::{BirthDate, Password, Terms};
    let steps = vec![vec![BirthDate], vec![Terms], vec![ListedStep::Method], vec![Password]];
    for mfa_setup in [MfaSetup::Relogin, MfaSetup::Continue] {
        let policy = policy(steps.clone(), mfa_setup);
        let mut standing = newcomer();
        walk(&policy, &mut standing);
        standing.method = Some(Method::Passkey);
        standing.terms_accepted = false;
        let (prove, set_up) = (Step::Prove(Method::AppOtp), Step::SetUp(Method::Passkey));
        assert_eq!(walk(&policy, &mut standing), [Step::Password, prove, set_up, Step::Terms]);
        assert_eq!(walk(&policy, &mut standing), [Step::Password, Step::Prove(Method::Passkey)]);
        // One that the union does not offer any more is asked of nobody.
        standing.method = Some(Method::EmailOtp);
        assert_eq!(walk(&policy, &mut standing).len(), 2);
    }
}

#[test]
fn a_birth_date_never_stands_for_a_password_or_a_factor() {
    use ListedStep::{BirthDate, Password, Terms};
    let policy = policy(
        vec![vec![BirthDate], vec![Terms], vec![ListedStep::Method], vec![Password]],
        MfaSetup::Continue,
    );
    let proofs = Proofs { birth_date: Some(at(1)), ..Proofs::default() };
    for standing in standings() {
        assert_eq!(next(Goal::SignIn, &policy, &standing, &proofs, at(3)), Next::Ask(Step::Password));
    }
}

/// Every kind of factors a member may hold.
fn holdings() -> Vec<Vec<Method>> {
    let all = [Method::Passkey, Method::AppOtp, Method::EmailOtp];
    (0..8_u32)
        .map(|bits| all.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, m)| *m).collect())
        .collect()
}

fn lost_ways() -> [RecoveryPolicy; 3] {
    let way = |lost_factor, lost_factor_wait_hours| RecoveryPolicy {
        reset_link_minutes: 5,
        lost_factor,
        lost_factor_wait_hours,
    };
    [
        way(LostFactor::MailAndBirthDate, 0),
        way(LostFactor::MailAndBirthDate, 24),
        way(LostFactor::DeskCode, 0),
    ]
}

/// Walks a recovery until it ends or asks for what this browser cannot show; the steps asked, and whether it entered.
fn recover(policy: &Policy, standing: &Standing, mail: MailProof, lost: bool) -> (Vec<Step>, bool) {
    let (mut standing, mut asked) = (standing.clone(), Vec::new());
    let recovery = Recovery { mail, lost: None, method: None, desk_code: false, password: false };
    let mut proofs = Proofs { recovery: Some(recovery), ..Proofs::default() };
    loop {
        match next(Goal::Recover, policy, &standing, &proofs, at(3)) {
            Next::Enter(entry) => {
                assert_ne!(entry.factor(), Method::EmailOtp, "mail is one channel, not two");
                return (asked, true);
            }
            Next::Ask(step) if asked.last() == Some(&step) => return (asked, false),
            Next::Ask(Step::Password) => return (asked, false),
            Next::Ask(step) => {
                asked.push(step);
                assert!(asked.len() < 12, "{asked:?}");
                match step {
                    Step::WhichWay => proofs.recovery.as_mut().unwrap().lost = Some(lost),
                    other => answer(other, &mut standing, &mut proofs),
                }
            }
        }
    }
}

#[test]
fn a_forgotten_password_is_never_a_way_around_the_factor() {
    use ListedStep::{BirthDate, Password, Terms};
    let steps = vec![vec![BirthDate], vec![Terms], vec![ListedStep::Method], vec![Password]];
    for way in lost_ways() {
        let mut policy = policy(steps.clone(), MfaSetup::Continue);
        policy.methods = vec![Method::Passkey, Method::AppOtp, Method::EmailOtp];
        policy.recovery = way;
        for factors in holdings() {
            let standing = Standing {
                credential: Credential::Own,
                terms_accepted: true,
                login_reviewed: true,
                method: factors.first().copied(),
                factors: factors.clone(),
                ..newcomer()
            };
            let beside_mail = factors.iter().any(|method| *method != Method::EmailOtp);
            for (mail, lost) in [
                (MailProof::Link, false),
                (MailProof::Link, true),
                (MailProof::Code, false),
                (MailProof::Code, true),
            ] {
                let (asked, entered) = recover(&policy, &standing, mail, lost);
                assert_eq!(asked.first(), Some(&Step::BirthDate), "{asked:?}");
                let place = |wanted: fn(&Step) -> bool| asked.iter().position(wanted);
                let password = place(|step| *step == Step::NewPassword);
                if !beside_mail {
                    // Mail and birth date are enough for a password, and for nothing that a password does not open.
                    assert_eq!(asked, [Step::BirthDate, Step::NewPassword], "{factors:?}");
                    assert!(!entered);
                    continue;
                }
                let shown = place(|step| matches!(step, Step::Prove(_) | Step::SetUp(_)));
                assert!(shown.is_none_or(|at| asked[at] != Step::Prove(Method::EmailOtp)));
                assert!(asked.iter().all(|step| *step != Step::SetUp(Method::EmailOtp)));
                match (mail, lost) {
                    // Codes are talked out of people by phone.
                    (MailProof::Code, true) => assert!(!entered && shown.is_none(), "{asked:?}"),
                    (_, false) => {
                        assert!(entered && shown < password, "{asked:?}");
                        assert!(asked.iter().all(|step| !matches!(step, Step::SetUp(_))), "{asked:?}");
                    }
                    (MailProof::Link, true) => {
                        assert!(entered && shown < password, "{asked:?}");
                        let guard =
                            match (policy.recovery.lost_factor, policy.recovery.lost_factor_wait_hours) {
                                (LostFactor::DeskCode, _) => place(|step| *step == Step::DeskCode),
                                (LostFactor::MailAndBirthDate, 0) => Some(0),
                                (LostFactor::MailAndBirthDate, _) => place(|step| *step == Step::Wait),
                            };
                        assert!(guard.is_some() && guard < shown, "{asked:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_wait_for_a_lost_factor_opens_and_closes() {
    use ListedStep::{BirthDate, Password, Terms};
    let steps = vec![vec![BirthDate], vec![Terms], vec![ListedStep::Method], vec![Password]];
    let mut policy = policy(steps, MfaSetup::Continue);
    policy.recovery.lost_factor_wait_hours = 24;
    let wait = LostFactorWait { opens_at: at(100), closes_at: at(200) };
    let standing = Standing {
        credential: Credential::Own,
        terms_accepted: true,
        factors: vec![Method::AppOtp],
        lost_factor: Some(wait),
        ..newcomer()
    };
    let recovery =
        Recovery { mail: MailProof::Link, lost: Some(true), method: None, desk_code: false, password: false };
    let proofs = Proofs { birth_date: Some(at(1)), recovery: Some(recovery), ..Proofs::default() };
    let step = |second| next(Goal::Recover, &policy, &standing, &proofs, at(second));
    assert_eq!(step(99), Next::Ask(Step::Wait));
    assert!(matches!(step(100), Next::Ask(Step::SetUp(_))));
    assert_eq!(step(200), Next::Ask(Step::Wait));
}

#[test]
fn an_address_is_confirmed_right_after_it_was_given_where_the_union_asks_so() {
    use ListedStep::{BirthDate, Email, Password, Terms};
    let steps = vec![vec![BirthDate], vec![Email], vec![Terms], vec![ListedStep::Method], vec![Password]];
    for verification in [Verification::Code, Verification::Link] {
        let mut policy = policy(steps.clone(), MfaSetup::Continue);
        policy.email.verification = verification;
        let asked = walk(&policy, &mut newcomer());
        assert_eq!(asked[1..4], [Step::BirthDate, Step::Email, Step::ConfirmEmail]);
        assert_eq!(
            page_number(&policy, Step::Email),
            page_number(&policy, Step::ConfirmEmail),
            "one step for the member"
        );
    }
}

#[test]
fn a_first_mailed_code_is_the_set_up_of_mailed_codes() {
    use ListedStep::{BirthDate, Password, Terms};
    let steps = vec![vec![BirthDate], vec![Terms], vec![ListedStep::Method], vec![Password]];
    let mut policy = policy(steps, MfaSetup::Relogin);
    policy.methods = vec![Method::EmailOtp];
    let mut standing = Standing { method: Some(Method::EmailOtp), ..newcomer() };
    let asked = walk(&policy, &mut standing);
    assert_eq!(asked.last(), Some(&Step::SetUp(Method::EmailOtp)));
    assert_eq!(walk(&policy, &mut standing), [Step::Password, Step::Prove(Method::EmailOtp)]);
}

#[test]
fn a_passkey_stands_alone_only_where_the_union_says_so() {
    use ListedStep::{BirthDate, Password, Terms};
    let steps = vec![vec![BirthDate], vec![Terms], vec![ListedStep::Method], vec![Password]];
    let mut policy = policy(steps, MfaSetup::Continue);
    let standing = Standing {
        credential: Credential::Own,
        terms_accepted: true,
        factors: vec![Method::AppOtp, Method::Passkey],
        ..newcomer()
    };
    let shown = |method| Proofs { factor: Some((method, at(2))), ..Proofs::default() };
    let ask = |policy: &Policy, method| next(Goal::SignIn, policy, &standing, &shown(method), at(3));
    assert_eq!(ask(&policy, Method::Passkey), Next::Ask(Step::Password));
    policy.passkey = PasskeyRole::Alone;
    assert!(matches!(ask(&policy, Method::Passkey), Next::Enter(_)));
    assert_eq!(
        ask(&policy, Method::AppOtp),
        Next::Ask(Step::Password),
        "a code is no second factor to nothing"
    );
    policy.methods = vec![Method::AppOtp];
    assert_eq!(
        ask(&policy, Method::Passkey),
        Next::Ask(Step::Password),
        "one that is no longer offered is a second factor only"
    );
}

#[test]
fn to_be_fresh_again_the_strongest_factor_is_asked_whatever_the_default_is() {
    use ListedStep::{BirthDate, Password, Terms};
    let steps = vec![vec![BirthDate], vec![Terms], vec![ListedStep::Method], vec![Password]];
    let policy = policy(steps, MfaSetup::Continue);
    let goal = Goal::Reauthenticate(SessionId::new(at(0), [1; 10]));
    for factors in holdings().into_iter().filter(|factors| !factors.is_empty()) {
        let standing = Standing {
            credential: Credential::Own,
            method: factors.last().copied(),
            factors: factors.clone(),
            ..newcomer()
        };
        let strongest = factors[0];
        let mut proofs = Proofs { credential: Some((Credential::Own, at(1))), ..Proofs::default() };
        let step = Step::Prove(strongest);
        assert_eq!(next(goal, &policy, &standing, &proofs, at(3)), Next::Ask(step));
        for method in factors {
            assert_eq!(may_prove(goal, &standing, step, method), method == strongest);
            assert!(may_prove(Goal::SignIn, &standing, step, method));
            proofs.factor = Some((method, at(2)));
            let entered = matches!(next(goal, &policy, &standing, &proofs, at(3)), Next::Enter(_));
            assert_eq!(entered, method == strongest);
        }
    }
}
