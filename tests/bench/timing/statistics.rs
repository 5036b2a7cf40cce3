//! Statistics: medians, an interval of their difference by bootstrap, and the test of Kolmogorov and Smirnov.

use crate::kinds::NOBODY;

/// The answers for one kind of account.
pub struct Measured {
    /// Its name.
    pub kind: &'static str,
    /// How long each answer took, one for each block.
    pub micros: Vec<f64>,
}

/// What two medians may differ by, in microseconds.
const FLOOR: f64 = 5_000.0;
/// And as a share of the smaller one.
const SHARE: f64 = 0.05;
/// What the test has to stay above.
const LEVEL: f64 = 0.01;
/// Samples drawn for an interval.
const DRAWS: usize = 1_000;

/// Numbers that look drawn and are the same in every run: a linear congruence with the constants of Knuth's MMIX, whose
/// upper bits are good enough for orders and samples.
#[derive(Debug, Default)]
pub struct Draw(u64);

impl Draw {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Two kinds of one door.
struct Pair<'m> {
    one: &'m Measured,
    other: &'m Measured,
    difference: f64,
    is_near: bool,
    p: f64,
}

/// Prints one door and says whether all its kinds are alike.
pub fn report(database: &str, door: &str, measured: &[Measured]) -> bool {
    let nobody = measured.iter().find(|one| one.kind == NOBODY).unwrap_or(&measured[0]);
    println!("\n{database}, {door}: microseconds, and what differs from «{}»", nobody.kind);
    println!(
        "{:<26} {:>9} {:>9} {:>9} {:>10}   95 % of it            KS D      p",
        "kind", "p25", "median", "p75", "difference"
    );
    for one in measured {
        let sorted = sorted(&one.micros);
        let (low, high) = interval(&nobody.micros, &one.micros);
        let d = distance(&sorted, &self::sorted(&nobody.micros));
        println!(
            "{:<26} {:>9.0} {:>9.0} {:>9.0} {:>+10.1}   [{low:>+8.1}, {high:>+8.1}]  {d:.3}  {:.3}",
            one.kind,
            quantile(&sorted, 0.25),
            quantile(&sorted, 0.5),
            quantile(&sorted, 0.75),
            median(&one.micros) - median(&nobody.micros),
            chance(d, one.micros.len(), nobody.micros.len()),
        );
    }
    let mut pairs = pairs(measured);
    let count = pairs.len();
    pairs.sort_by(|a, b| a.p.total_cmp(&b.p));
    // Holm: the smallest p times the number of pairs, the next one times one less, never falling.
    let mut last: f64 = 0.0;
    for (at, pair) in pairs.iter_mut().enumerate() {
        last = last.max(pair.p * (count - at) as f64).min(1.0);
        pair.p = last;
    }
    let told_apart: Vec<&Pair<'_>> = pairs.iter().filter(|pair| !pair.is_near || pair.p <= LEVEL).collect();
    let furthest = pairs.iter().max_by(|a, b| a.difference.abs().total_cmp(&b.difference.abs()));
    if let Some(pair) = furthest {
        println!(
            "furthest of {count} pairs: {} / {} {:+.1}",
            pair.other.kind, pair.one.kind, pair.difference
        );
    }
    for pair in &told_apart {
        println!(
            "NOT ALIKE: {} / {}: {:+.1} µs, p {:.5}",
            pair.other.kind, pair.one.kind, pair.difference, pair.p
        );
    }
    println!("{database}, {door}: {}", if told_apart.is_empty() { "alike" } else { "told apart" });
    told_apart.is_empty()
}

fn pairs(measured: &[Measured]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    for (at, one) in measured.iter().enumerate() {
        for other in &measured[at + 1..] {
            let medians = (median(&one.micros), median(&other.micros));
            let difference = medians.1 - medians.0;
            let is_near = difference.abs() <= FLOOR.max(SHARE * medians.0.min(medians.1));
            let d = distance(&sorted(&one.micros), &sorted(&other.micros));
            let p = chance(d, one.micros.len(), other.micros.len());
            pairs.push(Pair { one, other, difference, is_near, p });
        }
    }
    pairs
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn median(values: &[f64]) -> f64 {
    quantile(&sorted(values), 0.5)
}

/// Where the difference of two medians lies in 95 of 100 cases, by drawing blocks anew.
fn interval(from: &[f64], to: &[f64]) -> (f64, f64) {
    let mut draw = Draw::default();
    let mut differences: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let blocks: Vec<usize> = (0..from.len()).map(|_| draw.below(from.len())).collect();
            let of = |values: &[f64]| median(&blocks.iter().map(|at| values[*at]).collect::<Vec<_>>());
            of(to) - of(from)
        })
        .collect();
    differences.sort_by(f64::total_cmp);
    (quantile(&differences, 0.025), quantile(&differences, 0.975))
}

/// The greatest distance of two distributions, of sorted values.
fn distance(one: &[f64], other: &[f64]) -> f64 {
    let (mut at, mut at_other, mut greatest) = (0, 0, 0.0_f64);
    while at < one.len() && at_other < other.len() {
        let value = one[at].min(other[at_other]);
        at += one[at..].iter().take_while(|next| **next <= value).count();
        at_other += other[at_other..].iter().take_while(|next| **next <= value).count();
        greatest = greatest.max((at as f64 / one.len() as f64 - at_other as f64 / other.len() as f64).abs());
    }
    greatest
}

/// How likely a distance at least as great is where both are the same distribution (the asymptotic series).
fn chance(distance: f64, one: usize, other: usize) -> f64 {
    let size = (one * other) as f64 / (one + other) as f64;
    let lambda = (size.sqrt() + 0.12 + 0.11 / size.sqrt()) * distance;
    if lambda < 0.2 {
        return 1.0;
    }
    let term = |k: i32| (-1.0_f64).powi(k - 1) * (-2.0 * (f64::from(k) * lambda).powi(2)).exp();
    (2.0 * (1..=100).map(term).sum::<f64>()).clamp(0.0, 1.0)
}
