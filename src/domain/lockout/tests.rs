//! The ladder, as a table and as properties over every order of tries and outcomes.

use proptest::prelude::*;

use super::*;

const LADDER: Ladder =
    Ladder { pause_after: 5, hard_limit: 50, without_quiet: 0, lasting: true, pauses_outlive_success: false };
/// The same where strangers see the pauses.
const SEEN_BY_STRANGERS: Ladder = Ladder { pauses_outlive_success: true, ..LADDER };
/// One known browser, and all of them.
const OF_KNOWN_BROWSERS: CounterPair<Ladder> = CounterPair {
    here: Ladder { hard_limit: u32::MAX, lasting: false, ..LADDER },
    in_all: Ladder { pause_after: 0, ..LADDER },
};

fn start() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

fn counter(fails: u32, total: u32) -> Counter {
    Counter { fails, total, ..Counter::untouched(start()) }
}

fn verified(verdict: TryVerdict) -> Counter {
    let TryVerdict::Open(counter) = verdict else { panic!("{verdict:?}") };
    counter
}

#[test]
fn pauses_double_from_one_minute_to_thirty() {
    let mut now = start();
    let mut counter = Counter::untouched(now);
    let mut pauses = Vec::new();
    for _ in 0..12 {
        counter = verified(judge(counter, LADDER, now)).wrong(LADDER, now);
        pauses.push(counter.paused_until.map_or(0, |until| until.duration_since(now).as_mins()));
        now = counter.paused_until.unwrap_or(now);
    }
    assert_eq!(pauses, [0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]);
}

#[test]
fn a_try_during_a_pause_is_not_verified_and_not_counted() {
    let paused = Counter { paused_until: Some(start() + minutes(1)), ..counter(5, 5) };
    assert_eq!(judge(paused, LADDER, start()), TryVerdict::Paused(start() + minutes(1)));
    assert_eq!(verified(judge(paused, LADDER, start() + minutes(1))).fails, 6);
}

#[test]
fn being_off_is_told_before_a_pause() {
    for (total, paused) in [(49, true), (50, true), (50, false), (60, true)] {
        let paused_until = paused.then(|| start() + minutes(1));
        let shown = seen_by_the_desk(Counter { paused_until, ..counter(5, total) }, LADDER, start());
        let off = total >= LADDER.hard_limit;
        assert_eq!(matches!(shown, TryVerdict::Off(_)), off, "{total} {paused}: {shown:?}");
        assert!(off || shown == TryVerdict::Paused(start() + minutes(1)), "{shown:?}");
    }
}

#[test]
fn a_clock_that_is_behind_makes_no_pause_of_anything() {
    let counter = verified(judge(Counter::untouched(start()), Ladder::APP_CODE, start()));
    let counter = counter.wrong(Ladder::APP_CODE, start());
    let behind = start() - SignedDuration::from_secs(3);
    assert!(matches!(judge(counter, Ladder::APP_CODE, behind), TryVerdict::Open(_)));
    assert!(matches!(judge(counter, LADDER, behind), TryVerdict::Open(_)));
}

#[test]
fn what_a_clock_wrote_that_ran_ahead_keeps_nobody_out() {
    for ahead in [minutes(2), minutes(60), minutes(24 * 60), minutes(365 * 24 * 60)] {
        for fails in 1..12 {
            let wrong = start() + ahead;
            let mut counter = Counter::untouched(wrong);
            for _ in 0..fails {
                let now = counter.paused_until.unwrap_or(wrong);
                counter = verified(judge(counter, LADDER, now)).wrong(LADDER, now);
            }
            // Set right: no longer than the pause of so many failures, which is the first one's for the fifth.
            let pause = minutes([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30][fails]) + MOST_APART;
            match judge(counter, LADDER, start()) {
                TryVerdict::Open(_) => {}
                TryVerdict::Paused(until) => assert!(until <= start() + pause, "{fails} {until}"),
                other => panic!("{fails}: {other:?}"),
            }
            // The failures count all the same, and are forgotten a day after the clock was set right.
            let next = verified(judge(counter, LADDER, start() + pause));
            assert_eq!(next.fails, u32::try_from(fails).unwrap() + 1);
            let later = next.not_verified();
            assert_eq!(verified(judge(later, LADDER, start() + pause + minutes(24 * 60))).fails, 1);
        }
    }
    // A try of a node that was killed while its clock was ahead is waited for no longer than any other.
    let mut counter = Counter { fails: 4, total: 4, ..Counter::untouched(start()) };
    counter = verified(judge(counter, LADDER, start() + minutes(60)));
    assert_eq!(verified(judge(counter, LADDER, start())).fails, 6);
}

#[test]
fn a_quiet_day_forgets_the_pauses_but_not_the_count_to_fifty() {
    let later = start() + minutes(24 * 60);
    let next = verified(judge(counter(9, 40), LADDER, later));
    assert_eq!((next.fails, next.total), (1, 41));
    let nobodys = Ladder { lasting: false, ..LADDER };
    assert_eq!(verified(judge(counter(9, 40), nobodys, later)).total, 1);
}

#[test]
fn the_fiftieth_failure_is_the_last_one_verified_and_pauses_go_on_as_before() {
    assert!(matches!(judge(counter(1, 49), LADDER, start()), TryVerdict::Open(_)));
    let TryVerdict::Off(off) = judge(counter(4, 50), LADDER, start() + minutes(60)) else { panic!() };
    let (off, on) = (off.wrong(LADDER, start()), counter(4, 4));
    let on = verified(judge(on, LADDER, start() + minutes(60))).wrong(LADDER, start());
    assert_eq!(off.paused_until, on.paused_until);
    assert!(
        matches!(judge(counter(1, 30), Ladder::APP_CODE, start()), TryVerdict::Off(same) if same.total == 30)
    );
}

#[test]
fn tries_left_are_told_from_the_third_failure_on_whether_or_not_it_is_off() {
    for total in [0, 50] {
        let left = |fails| tries_left(&counter(fails, total + fails), LADDER);
        assert_eq!([left(1), left(2), left(3), left(4), left(5)], [None, None, Some(2), Some(1), None]);
    }
}

#[test]
fn a_code_that_either_counter_refuses_is_counted_by_neither() {
    let ladders = CounterPair { here: Ladder::RECOVERY_CODE_HERE, in_all: Ladder::RECOVERY_CODE };
    let pair =
        |here: u32, in_all: u32| CounterPair { here: counter(here, here), in_all: counter(in_all, in_all) };
    assert_eq!(judge_pair(pair(5, 0), ladders, start()), PairVerdict::OffHere);
    assert_eq!(judge_pair(pair(5, 30), ladders, start()), PairVerdict::OffHere);
    assert_eq!(judge_pair(pair(0, 30), ladders, start()), PairVerdict::Off(pair(0, 30)));
    let PairVerdict::Open(open) = judge_pair(pair(4, 29), ladders, start()) else { panic!() };
    assert_eq!((open.here.total, open.in_all.total), (5, 30));
    assert_eq!(judge_pair(open, ladders, start()), PairVerdict::Wait);
}

#[test]
fn while_five_are_verified_the_sixth_waits_and_a_right_one_lets_it_through() {
    let mut counter = Counter::untouched(start());
    for _ in 0..5 {
        counter = verified(judge(counter, LADDER, start()));
    }
    assert_eq!(judge(counter, LADDER, start()), TryVerdict::Wait);
    assert!(
        matches!(judge(counter.right(LADDER), LADDER, start()), TryVerdict::Open(next) if next.fails == 5)
    );
    // What is not known after the lease is taken for wrong, and nobody waits for it.
    let later = start() + LEASE;
    assert!(
        matches!(judge(counter, LADDER, later), TryVerdict::Open(next) if (next.fails, next.verifying) == (6, 1))
    );
}

#[test]
fn a_code_that_was_asked_for_has_its_five_tries_and_sixty_are_the_end_of_the_day() {
    let ladder = Ladder::RECOVERY_CODE;
    let (mut now, mut counter) = (start(), Counter::untouched(start()));
    let mut guesses = 0;
    for _ in 0..100 {
        counter = counter.with_another_code(ladder);
        while let TryVerdict::Open(next) = judge(counter, ladder, now) {
            counter = next.wrong(ladder, now);
            guesses += 1;
        }
        now += minutes(10);
    }
    assert_eq!(guesses, 60);
    assert!(
        matches!(judge(counter, ladder, counter.last_at + QUIET), TryVerdict::Open(next) if next.total == 1)
    );
}

#[test]
fn a_counter_is_worthless_once_it_says_what_an_untouched_one_says() {
    let nobodys = Ladder { lasting: false, ..LADDER };
    let wrong = verified(judge(Counter::untouched(start()), LADDER, start())).wrong(LADDER, start());
    assert_eq!(wrong.worthless_at(LADDER), None);
    let at = wrong.worthless_at(nobodys).unwrap();
    assert_eq!(judge(wrong, nobodys, at), judge(Counter::untouched(at), nobodys, at));
    assert!(wrong.forgiven().worthless_at(LADDER).is_some());
}

/// What may happen next to one counter.
#[derive(Debug, Clone)]
enum CounterEvent {
    Try { right: bool },
    Settle { which: usize },
    Drop { which: usize },
    Pass { seconds: i64 },
}

fn steps() -> impl Strategy<Value = Vec<CounterEvent>> {
    let step = prop_oneof![
        6 => prop_oneof![4 => Just(false), 1 => Just(true)].prop_map(|right| CounterEvent::Try { right }),
        5 => any::<usize>().prop_map(|which| CounterEvent::Settle { which }),
        1 => any::<usize>().prop_map(|which| CounterEvent::Drop { which }),
        // A clock that is set back, too: another node's.
        2 => (-3_i64..29).prop_map(|seconds| CounterEvent::Pass { seconds }),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    /// In whatever order tries come and end, a pause stands only where the failures that are certain are enough for it, a
    /// try that is not verified changes nothing, and nobody waits for nothing.
    #[test]
    fn a_pause_is_given_with_a_failure_and_with_nothing_else(steps in steps()) {
        let mut now = start();
        let mut counter = Counter::untouched(now);
        let mut verifying: Vec<bool> = Vec::new();
        for step in steps {
            let before = counter.paused_until;
            match step {
                CounterEvent::Try { right } => match judge(counter, LADDER, now) {
                    TryVerdict::Open(next) => {
                        prop_assert_eq!(next.paused_until, None);
                        counter = next;
                        verifying.push(right);
                    }
                    TryVerdict::Off(next) => {
                        counter = next;
                        verifying.push(false);
                    }
                    TryVerdict::Wait => prop_assert!(!verifying.is_empty()),
                    TryVerdict::Paused(until) => prop_assert!(Some(until) == before && now < until),
                },
                CounterEvent::Settle { which } if !verifying.is_empty() => {
                    let right = verifying.swap_remove(which % verifying.len());
                    counter = if right { counter.right(LADDER) } else { counter.wrong(LADDER, now) };
                    prop_assert_eq!(counter.paused_until > before, !right && counter.certain_fails() >= 5);
                }
                CounterEvent::Drop { which } if !verifying.is_empty() => {
                    verifying.swap_remove(which % verifying.len());
                    let certain = (counter.certain_fails(), counter.certain_total());
                    counter = counter.not_verified();
                    prop_assert_eq!((counter.certain_fails(), counter.certain_total()), certain);
                    prop_assert_eq!(counter.paused_until, before);
                }
                // Leases do not run out here.
                CounterEvent::Pass { seconds } if verifying.is_empty() || seconds < 3 => {
                    now += SignedDuration::from_secs(seconds.clamp(-3, 28));
                    counter.verifying_until = counter.verifying_until.map(|_| now + LEASE);
                }
                CounterEvent::Settle { .. } | CounterEvent::Drop { .. } | CounterEvent::Pass { .. } => {}
            }
            prop_assert_eq!(usize::try_from(counter.verifying).unwrap(), verifying.len());
            prop_assert!(counter.fails >= counter.verifying && counter.total >= counter.verifying);
            // DD5: never are so many verified at once that their failures would pass the ladder's step unseen.
            prop_assert!(counter.verifying <= 5);
        }
    }

    /// Wrong guesses between two pauses: four and the one that brings the pause, then one by one, however they are sent
    /// and whichever are dropped before they are verified.
    #[test]
    fn no_order_of_tries_brings_a_guess_more(steps in steps()) {
        let now = start();
        let mut counter = Counter::untouched(now);
        let (mut verifying, mut guesses) = (0_usize, 0);
        for step in steps {
            match step {
                CounterEvent::Try { .. } => if let TryVerdict::Open(next) | TryVerdict::Off(next) = judge(counter, LADDER, now) {
                    counter = next;
                    verifying += 1;
                },
                CounterEvent::Settle { .. } if verifying > 0 => {
                    verifying -= 1;
                    guesses += 1;
                    counter = counter.wrong(LADDER, now);
                }
                CounterEvent::Drop { .. } if verifying > 0 => {
                    verifying -= 1;
                    counter = counter.not_verified();
                }
                _ => {}
            }
            prop_assert!(guesses <= 5);
        }
    }
}

/// One press after the other, with time between them: what a member and a stranger do all day.
#[derive(Debug, Clone, Copy)]
enum Press {
    Wrong,
    Right,
    Wait(i64),
}

fn presses() -> impl Strategy<Value = Vec<Press>> {
    let press = prop_oneof![
        6 => Just(Press::Wrong),
        1 => Just(Press::Right),
        4 => prop_oneof![0_i64..40, 1380_i64..1500].prop_map(Press::Wait),
    ];
    prop::collection::vec(press, 1..150)
}

/// What whoever presses is told: when to come back, or how many tries are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Paused(Timestamp),
    Wrong { until: Option<Timestamp>, left: Option<u32> },
    In,
}

/// One press at one counter.
fn press(counter: &mut Counter, ladder: Ladder, right: bool, now: Timestamp) -> Told {
    match judge(*counter, ladder, now) {
        TryVerdict::Paused(until) => Told::Paused(until),
        TryVerdict::Wait => panic!("nobody else is there"),
        TryVerdict::Open(next) if right => {
            *counter = next.right(ladder);
            Told::In
        }
        TryVerdict::Open(next) | TryVerdict::Off(next) => {
            *counter = next.wrong(ladder, now);
            told(counter, ladder)
        }
    }
}

fn told(counter: &Counter, ladder: Ladder) -> Told {
    Told::Wrong { until: counter.paused_until, left: tries_left(counter, ladder) }
}

/// The same said without counters: from the failures themselves.
#[derive(Debug, Default)]
struct Model {
    /// When each failure was that a pause may come from.
    failures: Vec<Timestamp>,
    /// How many failures there were on the way to the hard limit.
    total: u32,
}

impl Model {
    /// Failures since the last quiet day.
    fn row(&mut self, now: Timestamp) -> u32 {
        if self.failures.last().is_some_and(|last| now.duration_since(*last) >= QUIET) {
            self.failures.clear();
        }
        u32::try_from(self.failures.len()).unwrap()
    }

    fn paused_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        let minutes = match self.row(now).checked_sub(LADDER.pause_after)? {
            over @ 0..5 => 2_i64.pow(over),
            _ => 30,
        };
        let until = *self.failures.last()? + SignedDuration::from_mins(minutes);
        (now < until).then_some(until)
    }
}

proptest! {
    /// The reset oracle ([D27]): whatever the member does in browsers that are not known, a stranger is told what they would
    /// have been told without it; and the count to the hard limit, which nobody is told, begins anew.
    ///
    /// [D27]: crate::rules::decisions#d27
    #[test]
    fn no_success_shows_in_what_a_stranger_is_told(presses in presses()) {
        let (mut now, mut with, mut without) = (start(), Counter::untouched(start()), Counter::untouched(start()));
        for event in presses {
            match event {
                Press::Wait(minutes) => now += SignedDuration::from_mins(minutes),
                // Where it is off, a right password is refused and counted like any other, and no success.
                Press::Right => if press(&mut with, SEEN_BY_STRANGERS, true, now) == Told::In {
                    prop_assert_eq!(with.total, 0);
                } else {
                    press(&mut without, SEEN_BY_STRANGERS, false, now);
                },
                Press::Wrong => {
                    let ladder = SEEN_BY_STRANGERS;
                    prop_assert_eq!(press(&mut with, ladder, false, now), press(&mut without, ladder, false, now));
                }
            }
            prop_assert!(with.total <= without.total);
        }
    }

    /// One counter, against the failures themselves.
    #[test]
    fn a_counter_says_what_its_failures_say(presses in presses(), outlive in any::<bool>()) {
        let ladder = if outlive { SEEN_BY_STRANGERS } else { LADDER };
        let (mut now, mut counter, mut model) = (start(), Counter::untouched(start()), Model::default());
        for event in presses {
            let right = match event {
                Press::Wait(minutes) => {
                    now += SignedDuration::from_mins(minutes);
                    continue;
                }
                Press::Wrong => false,
                Press::Right => true,
            };
            let expected = match model.paused_until(now) {
                Some(until) => Told::Paused(until),
                None if right && model.total < ladder.hard_limit => {
                    model.total = 0;
                    if !outlive {
                        model.failures.clear();
                    }
                    Told::In
                }
                None => {
                    model.row(now);
                    model.failures.push(now);
                    model.total += 1;
                    let left = match model.row(now) {
                        3 => Some(2),
                        4 => Some(1),
                        _ => None,
                    };
                    Told::Wrong { until: model.paused_until(now), left }
                }
            };
            prop_assert_eq!(press(&mut counter, ladder, right, now), expected);
        }
    }

    /// Known browsers: each has pauses of its own, and all have one count; a success in one clears its pauses and the count,
    /// and no pause of another.
    #[test]
    fn each_known_browser_has_its_pauses_and_all_have_one_count(
        presses in prop::collection::vec((0_usize..3, presses()), 1..8),
    ) {
        let mut now = start();
        let mut here = [Counter::untouched(now); 3];
        let mut in_all = Counter::untouched(now);
        let mut models: [Model; 3] = Default::default();
        let mut total = 0;
        for (browser, events) in presses {
            for event in events {
                let right = match event {
                    Press::Wait(minutes) => {
                        now += SignedDuration::from_mins(minutes);
                        continue;
                    }
                    Press::Wrong => false,
                    Press::Right => true,
                };
                let model = &mut models[browser];
                match judge_pair(CounterPair { here: here[browser], in_all }, OF_KNOWN_BROWSERS, now) {
                    PairVerdict::Wait | PairVerdict::OffHere => prop_assert!(false, "nobody else is there"),
                    PairVerdict::Paused(until) => prop_assert_eq!(model.paused_until(now), Some(until)),
                    PairVerdict::Off(CounterPair { here: next, .. }) => {
                        prop_assert!(total >= 50 && model.paused_until(now).is_none());
                        here[browser] = next.wrong(OF_KNOWN_BROWSERS.here, now);
                        model.row(now);
                        model.failures.push(now);
                    }
                    PairVerdict::Open(CounterPair { here: next, in_all: all }) if right => {
                        prop_assert!(total < 50 && model.paused_until(now).is_none());
                        here[browser] = next.right(OF_KNOWN_BROWSERS.here);
                        in_all = all.right(OF_KNOWN_BROWSERS.in_all);
                        (total, model.failures) = (0, Vec::new());
                    }
                    PairVerdict::Open(CounterPair { here: next, in_all: all }) => {
                        prop_assert!(total < 50 && model.paused_until(now).is_none());
                        here[browser] = next.wrong(OF_KNOWN_BROWSERS.here, now);
                        in_all = all.wrong(OF_KNOWN_BROWSERS.in_all, now);
                        model.row(now);
                        model.failures.push(now);
                        total += 1;
                    }
                }
                prop_assert_eq!(in_all.certain_total(), total);
                let until = here[browser].paused_until.filter(|until| now < *until);
                prop_assert_eq!(until, models[browser].paused_until(now));
            }
        }
    }
}
