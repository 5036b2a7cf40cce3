//! Engine: runs one target on mutated inputs, keeps what is new, shrinks what fails.

use std::{
    collections::HashSet,
    fs,
    hash::{DefaultHasher, Hasher as _},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};

use kenpo_portal::world::{SystemRandom, random_bytes};

use crate::{
    coverage::Coverage,
    mutation::{Random, mutated},
};

/// How a target's inputs are mutated beside what fits every target.
pub type OwnMutation = fn(&mut Random, &[u8]) -> Option<Vec<u8>>;

/// What is fuzzed.
pub struct Target {
    /// Its name: of the test, and of the folder with its inputs.
    pub name: &'static str,
    /// Valid inputs, from which others are made.
    pub seeds: Vec<Vec<u8>>,
    /// Words that mean something in an input.
    pub words: &'static [&'static str],
    /// Most bytes of an input.
    pub longest: usize,
    /// A mutation that knows the input's structure.
    pub own: Option<OwnMutation>,
    /// How many inputs a normal test run tries.
    pub inputs: usize,
}

/// In a long run one target at a time: coverage is the process's.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
/// Inputs between two looks at the coverage.
const BATCH: usize = 16;
/// Longest that one input may take in a long run, with every check on and without optimisation.
const LONGEST_RUN: Duration = Duration::from_secs(2);
/// Most memory that a long run may have used at any time, in MiB.
const MOST_MEMORY: u64 = 1024;

/// The real clock, for long runs only.
#[expect(clippy::disallowed_methods, reason = "a long run ends with its time")]
fn now() -> Instant {
    Instant::now()
}

/// Fuzzes a target. `run` judges one input: it panics where something does not hold, and else gives a word for what became
/// of the input, which tells new inputs from known ones where no coverage is measured.
pub fn fuzz<O: std::hash::Hash>(target: &Target, run: impl Fn(&[u8]) -> O) {
    let seconds =
        std::env::var("FUZZ_SECONDS").ok().map(|text| text.parse().expect("FUZZ_SECONDS is a number"));
    let mut hunt = Hunt::new(target, &run);
    match seconds {
        None => hunt.short(),
        Some(seconds) => {
            // A target that failed has shown why; the others go on.
            let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            hunt.long(Duration::from_secs(seconds));
        }
    }
}

struct Hunt<'t, R> {
    target: &'t Target,
    run: &'t R,
    random: Random,
    kept: Vec<Vec<u8>>,
    outcomes: HashSet<u64>,
}

impl<'t, O: std::hash::Hash, R: Fn(&[u8]) -> O> Hunt<'t, R> {
    fn new(target: &'t Target, run: &'t R) -> Self {
        let seed =
            target.name.bytes().fold(1, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        Self { target, run, random: Random::new(seed), kept: target.seeds.clone(), outcomes: HashSet::new() }
    }

    /// The same inputs every time.
    fn short(&mut self) {
        for seed in &self.target.seeds {
            self.judge(seed);
        }
        for _ in 0..self.target.inputs {
            let input = self.next();
            let outcome = self.judge(&input);
            if self.outcomes.insert(outcome) {
                self.kept.push(input);
            }
        }
    }

    /// Other inputs every time, guided by coverage, until the time is over.
    fn long(&mut self, time: Duration) {
        let folder = self.folder();
        fs::create_dir_all(&folder).unwrap();
        for entry in fs::read_dir(&folder).unwrap() {
            self.kept.push(fs::read(entry.unwrap().path()).unwrap());
        }
        let known = self.kept.len();
        self.random = Random::new(u64::from_le_bytes(random_bytes(&SystemRandom).unwrap()));
        let mut coverage = Coverage::open();
        let (began, mut inputs, mut slowest) = (now(), 0_u64, Duration::ZERO);
        for input in self.kept.clone() {
            self.judge(&input);
        }
        coverage.as_mut().map(Coverage::look);
        while began.elapsed() < time {
            let batch: Vec<Vec<u8>> = (0..BATCH).map(|_| self.next()).collect();
            for input in &batch {
                let at = now();
                let outcome = self.judge(input);
                let took = at.elapsed();
                slowest = slowest.max(took);
                assert!(took < LONGEST_RUN, "{}: {took:?} for\n{}", self.target.name, input.escape_ascii());
                if coverage.is_none() && self.outcomes.insert(outcome) {
                    self.keep(input.clone(), &folder);
                }
            }
            inputs += BATCH as u64;
            let Some(coverage) = coverage.as_mut() else { continue };
            let mut new = coverage.look();
            for input in batch {
                if new.is_empty() {
                    break;
                }
                let before = coverage.counts(&new);
                self.judge(&input);
                let after = coverage.counts(&new);
                let left: Vec<usize> =
                    (0..new.len()).filter(|at| before[*at] == after[*at]).map(|at| new[at]).collect();
                if left.len() < new.len() {
                    self.keep(input, &folder);
                    new = left;
                }
            }
        }
        let reached = coverage.as_ref().map_or("not measured".to_owned(), Coverage::reached);
        let memory = memory();
        eprintln!(
            "{}: {inputs} inputs in {} s, {} kept of which {known} at the beginning, counters reached {reached}, \
             slowest {slowest:?}, at most {memory} MiB",
            self.target.name,
            began.elapsed().as_secs(),
            self.kept.len(),
        );
        assert!(memory < MOST_MEMORY, "{memory} MiB");
    }

    fn folder(&self) -> PathBuf {
        [env!("CARGO_TARGET_TMPDIR"), "fuzz", self.target.name].iter().collect()
    }

    fn keep(&mut self, input: Vec<u8>, folder: &std::path::Path) {
        fs::write(folder.join(format!("{:016x}", hash(&input))), &input).unwrap();
        self.kept.push(input);
    }

    /// An input that was made of a kept one, rather a young one.
    fn next(&mut self) -> Vec<u8> {
        let number = self.kept.len();
        let at = if self.random.one_in(3) {
            number - 1 - self.random.below(number.min(8))
        } else {
            self.random.below(number)
        };
        let mut input = self.kept[at].clone();
        for _ in 0..=self.random.below(4) {
            let own = self.target.own.filter(|_| self.random.one_in(2));
            let other = self.random.below(number);
            input = own
                .and_then(|own| own(&mut self.random, &input))
                .unwrap_or_else(|| mutated(&mut self.random, &input, &self.kept[other], self.target.words));
            input.truncate(self.target.longest);
        }
        input
    }

    /// What became of the input; where a check fails, the smallest input for which one does is told.
    fn judge(&self, input: &[u8]) -> u64 {
        match catch_unwind(AssertUnwindSafe(|| hash(&(self.run)(input)))) {
            Ok(outcome) => outcome,
            Err(cause) => {
                let small = self.smallest(input);
                let folder = self.folder().with_extension("failed");
                fs::create_dir_all(&folder).unwrap();
                let file = folder.join(format!("{:016x}", hash(&small)));
                fs::write(&file, &small).unwrap();
                eprintln!("{}: fails for {}:\n{}", self.target.name, file.display(), small.escape_ascii());
                drop((self.run)(&small));
                std::panic::resume_unwind(cause)
            }
        }
    }

    /// The input without all that can be left out of it.
    fn smallest(&self, input: &[u8]) -> Vec<u8> {
        let fails = |input: &[u8]| catch_unwind(AssertUnwindSafe(|| (self.run)(input))).is_err();
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let mut small = input.to_vec();
        let mut part = small.len() / 2;
        while part > 0 {
            let mut at = 0;
            while at < small.len() {
                let end = (at + part).min(small.len());
                let less = [&small[..at], &small[end..]].concat();
                if fails(&less) {
                    small = less;
                } else {
                    at = end;
                }
            }
            part /= 2;
        }
        std::panic::set_hook(hook);
        small
    }
}

fn hash(value: &(impl std::hash::Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The most memory this process has had, in MiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
