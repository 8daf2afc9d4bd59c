//! Two runs set beside each other: plain data for tables, charts and reports.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::comparison_file::{FORMAT, number, numbers};
use super::paired::{PAIRED_LEVELS, PairedMetric, PairedSummary, Pairs};
use super::statistics::share_around;
use super::{
    CONFIDENCE, DateCounts, Interval, LEVELS, Metric, Ranks, RunResult, Statistics, Summary,
};
use crate::stats::{normal_upper_quantile, paired_shares, wilson};
use crate::time::Quarter;

/// Standard errors of the mean difference beyond which two runs are said to differ in a quarter: with
/// as many quarters as a run has, two or three would be passed by chance.
const APART: f64 = 4.0;

/// A run beside a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The baseline, called A.
    pub first: Side,
    /// What is set beside it, called B.
    pub second: Side,
    /// Whether both ran on the same random numbers, draw by draw.
    pub paired: bool,
    /// What a reader should know: why runs are not paired and what that costs, other draws or seed.
    pub notes: Vec<String>,
    /// Only what differs of the inputs, in order of the keys.
    pub changes: Vec<InputChange>,
    /// Every metric that both have, in the order of the model.
    pub metrics: Vec<MetricDifference>,
    /// Metrics that only one of the two has: names, and which of the two.
    pub only_first: Vec<String>,
    /// The same for the second.
    pub only_second: Vec<String>,
    /// Questions of either run.
    pub targets: Vec<TargetDifference>,
    /// What each change accounts for, by headline.
    pub bridges: Vec<Bridge>,
    /// Why there is no bridge; empty if there is one or none was asked for.
    pub no_bridge: String,
    /// Arguments of the program that make it again.
    pub command: String,
}

/// One of the two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// What it is called here: the name of the scenario, made unique.
    pub name: String,
    /// Title of the scenario.
    pub title: String,
    /// Whose fleet it is.
    pub company: String,
    /// The day it looks from.
    pub as_of: String,
    /// First quarter.
    pub from: String,
    /// Last quarter.
    pub to: String,
    /// Draws.
    pub draws: u64,
    /// Seed.
    pub seed: u64,
    /// Digest of the resolved scenario.
    pub digest: String,
    /// Engine number.
    pub engine: u32,
    /// Version of the program.
    pub version: String,
    /// Whom charts and reports must credit.
    pub credits: Vec<String>,
    /// What the run warns of.
    pub warnings: Vec<String>,
}

/// One input, row or setting that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputChange {
    /// Full key, or the name of a row: `guidance capex.total 2025`.
    pub key: String,
    /// What the key means, in one line; may be empty.
    pub doc: String,
    /// `input`, `setting`, `guidance`, `observation` or `target`.
    pub kind: String,
    /// Canonical unit; empty for ratios and what is no number.
    pub unit: String,
    /// What the first run has; none if it has nothing there.
    pub first: Option<Told>,
    /// What the second run has.
    pub second: Option<Told>,
    /// Whether the value differs, and not only where it comes from.
    pub value_differs: bool,
    /// The bar of the bridge that it is part of; empty if it moves no result.
    pub group: String,
}

/// A value as a scenario gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The value as written.
    pub value: String,
    /// Name of its source; may be empty.
    pub source: String,
    /// Grade, `A` to `D`; empty where there is none.
    pub grade: String,
    /// File and line that set it, as `file:12`; may be empty.
    pub set_at: String,
}

/// A metric over time, second less first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricDifference {
    /// Name.
    pub name: String,
    /// Label.
    pub label: String,
    /// Canonical unit.
    pub unit: String,
    /// Stock, flow, ratio or indicator.
    pub aggregation: String,
    /// First quarter in which the means differ by more than four standard errors of their difference.
    pub apart_from: Option<String>,
    /// Quarters of both, the earliest first.
    pub quarters: Vec<Difference>,
    /// Whole years of both, for flows.
    pub years: Vec<Difference>,
}

/// The difference in one period, second less first, in the canonical unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// `2026Q4` or `2026`.
    pub period: String,
    /// The first run.
    pub first: Figures,
    /// The second run.
    pub second: Figures,
    /// Difference of the means, which is the mean of the differences.
    pub mean: Interval,
    /// Its standard error.
    #[serde(deserialize_with = "number")]
    pub mean_error: f64,
    /// Differences of the 5th percentiles, of the medians and of the 95th percentiles.
    pub percentiles: [Interval; PAIRED_LEVELS.len()],
    /// Ratio of the medians, second over first; none where that means nothing.
    pub ratio: Option<f64>,
    /// Differences draw by draw; none if the runs are not paired.
    pub of_draws: Option<OfDraws>,
    /// Variance of the difference of means of unpaired runs over that of these: how many times the
    /// draws unpaired runs would need. 1 if they are not paired; none where no draw differs.
    pub variance_ratio: Option<f64>,
}

/// A few figures of one run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Mean.
    #[serde(deserialize_with = "number")]
    pub mean: f64,
    /// Standard deviation.
    #[serde(deserialize_with = "number")]
    pub sd: f64,
    /// 5th percentile.
    #[serde(deserialize_with = "number")]
    pub p5: f64,
    /// Median.
    #[serde(deserialize_with = "number")]
    pub p50: f64,
    /// 95th percentile.
    #[serde(deserialize_with = "number")]
    pub p95: f64,
}

/// The distribution of the difference, draw by draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfDraws {
    /// Percentiles at [`super::LEVELS`].
    #[serde(deserialize_with = "numbers")]
    pub percentiles: [f64; super::LEVELS.len()],
    /// The median of the differences, which is not the difference of the medians.
    pub median: Interval,
    /// The probability that the second is above the first, with half of the ties.
    pub above: Interval,
    /// Draws in which the second is above.
    pub draws_above: u64,
    /// Draws in which both are equal.
    pub draws_equal: u64,
    /// Draws in which the second is below.
    pub draws_below: u64,
}

impl OfDraws {
    /// So many of the draws as a share of all.
    pub fn share(&self, draws: u64) -> f64 {
        let all = self.draws_above + self.draws_equal + self.draws_below;
        draws as f64 / all.max(1) as f64
    }
}

/// A question of either run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetDifference {
    /// Name.
    pub name: String,
    /// The question in a few words.
    pub title: String,
    /// What is asked; that of the first run if both ask.
    pub asked: String,
    /// Whether both ask in the same words.
    pub both_ask: bool,
    /// One row for each date.
    pub dates: Vec<DateDifference>,
}

/// One date of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DateDifference {
    /// How it is said: `by 2024-12-31`.
    pub label: String,
    /// The chance in the first run.
    pub first: Option<Interval>,
    /// The chance in the second run.
    pub second: Option<Interval>,
    /// Second less first.
    pub difference: Option<Interval>,
    /// Draws in which both meet it; these four only if the runs are paired.
    pub both: Option<u64>,
    /// Draws in which only the first does.
    pub only_first: Option<u64>,
    /// Draws in which only the second does.
    pub only_second: Option<u64>,
    /// Draws in which neither does; draws that do not count in one of the runs are in none of these.
    pub neither: Option<u64>,
}

/// How much of a change each group of inputs accounts for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bridge {
    /// What is bridged, as `facility.power@2026Q4` or `target power-1gw by 2026-12-31`.
    pub headline: String,
    /// What it is in words.
    pub label: String,
    /// Canonical unit.
    pub unit: String,
    /// `mean`, `p50`, another percentile, or `probability`.
    pub statistic: String,
    /// In the first run.
    #[serde(deserialize_with = "number")]
    pub from: f64,
    /// In the second run.
    #[serde(deserialize_with = "number")]
    pub to: f64,
    /// Standard error of the change.
    #[serde(deserialize_with = "number")]
    pub error: f64,
    /// Draws of each run: the first ones of the comparison.
    pub draws: u64,
    /// Runs that were made: one for each set of groups that was needed.
    pub runs: usize,
    /// Orders of the groups that were sampled; 0 if all were counted.
    pub orders: usize,
    /// One bar for each group; they sum to the change. Those that move it most come first.
    pub bars: Vec<Bar>,
    /// What a reader should know, such as groups that had to move together.
    pub notes: Vec<String>,
}

/// One bar of a bridge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Name of the group: the key, if it has one only.
    pub name: String,
    /// Keys that belong to it.
    pub keys: Vec<String>,
    /// Mean over all orders of what it adds.
    #[serde(deserialize_with = "number")]
    pub value: f64,
    /// Its standard error: from the draws, and from the orders if these were sampled.
    #[serde(deserialize_with = "number")]
    pub error: f64,
}

impl Bridge {
    /// The whole change.
    pub fn change(&self) -> f64 {
        self.to - self.from
    }
}

impl Comparison {
    /// A metric by name.
    pub fn metric(&self, name: &str) -> Option<&MetricDifference> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// Whether no draw of any shared metric and no chance differs.
    pub fn is_the_same(&self) -> bool {
        let differs = |one: &Difference| match &one.of_draws {
            Some(draws) => draws.draws_above + draws.draws_below > 0,
            None => true,
        };
        let mut all = self.metrics.iter().flat_map(|m| m.quarters.iter().chain(&m.years));
        !all.any(differs)
            && self.only_first.is_empty()
            && self.only_second.is_empty()
            && self.changes.iter().all(|change| !change.value_differs)
    }
}

impl MetricDifference {
    /// The difference in a period: `2026Q4`, or `2026` for the sum of a flow or the last quarter of
    /// all else.
    pub fn at(&self, period: &str) -> Option<&Difference> {
        let last = format!("{period}Q4");
        let years = self.years.iter().find(|one| one.period == period);
        years.or_else(|| self.quarters.iter().find(|one| one.period == period)).or_else(|| {
            self.quarters.iter().find(|one| one.period == last && self.years.is_empty())
        })
    }
}

/// The differences of all metrics that both runs have; without `pairs`, as of independent runs. Then
/// the names of those that only one of them has.
pub fn compare_metrics(
    first: &RunResult,
    second: &RunResult,
    pairs: Option<&Pairs>,
) -> (Vec<MetricDifference>, [Vec<String>; 2]) {
    let ranks = [first, second].map(|run| Ranks::of(run));
    let mut found = Vec::new();
    for a in &first.summaries.metrics {
        let b = second.summaries.metric(&a.name).filter(|b| b.unit == a.unit);
        let Some(b) = b else { continue };
        let pairs = pairs.and_then(|all| all.metrics.iter().find(|one| one.name == a.name));
        found.push(compare_metric([(a, first), (b, second)], pairs, &ranks));
    }
    let only = |of: &RunResult, other: &RunResult| {
        let missing = |metric: &&Metric| other.summaries.metric(&metric.name).is_none();
        of.summaries.metrics.iter().filter(missing).map(|metric| metric.name.clone()).collect()
    };
    (found, [only(first, second), only(second, first)])
}

fn compare_metric(
    [(a, first), (b, second)]: [(&Metric, &RunResult); 2],
    pairs: Option<&PairedMetric>,
    ranks: &[Ranks; 2],
) -> MetricDifference {
    let mut quarters = Vec::new();
    for (step, summary) in (a.from..).zip(&a.quarters) {
        let quarter = first.grid.quarter(step);
        let other = second.grid.step(quarter).and_then(|step| step.checked_sub(b.from));
        let Some(other) = other.and_then(|at| b.quarters.get(at)) else { continue };
        let pair = pairs.and_then(|all| of_period(&all.quarters, quarter));
        quarters.push(difference(quarter.to_string(), [summary, other], pair, ranks));
    }
    let mut years = Vec::new();
    for (year, summary) in &a.years {
        let Some(other) = of_period(&b.years, *year) else { continue };
        let pair = pairs.and_then(|all| of_period(&all.years, *year));
        years.push(difference(year.to_string(), [summary, other], pair, ranks));
    }
    let apart = quarters.iter().find(|one| one.mean.value.abs() > APART * one.mean_error);
    MetricDifference {
        name: a.name.clone(),
        label: a.label.clone(),
        unit: a.unit.clone(),
        aggregation: a.aggregation.clone(),
        apart_from: apart.map(|one| one.period.clone()),
        quarters,
        years,
    }
}

fn of_period<P: PartialEq + Copy, T>(list: &[(P, T)], period: P) -> Option<&T> {
    list.iter().find(|(known, _)| *known == period).map(|(_, found)| found)
}

/// The difference of one metric in one period.
pub(super) fn difference(
    period: String,
    summaries: [&Summary; 2],
    pair: Option<&PairedSummary>,
    ranks: &[Ranks; 2],
) -> Difference {
    let [a, b] = [0, 1].map(|k| Statistics::of(summaries[k], &ranks[k]));
    let z = if summaries[0].replicated.is_some() {
        super::statistics::reach()
    } else {
        normal_upper_quantile(0.5 * (1.0 - CONFIDENCE))
    };
    let unpaired = (a.mean_error * a.mean_error + b.mean_error * b.mean_error).sqrt();
    // Where draws are left out of one run only, the pairs are fewer than the draws of either.
    let whole = pair.filter(|pair| {
        let count = pair.counts.count();
        count == a.count && count == b.count
    });
    let mean_error = whole.and_then(|pair| match &pair.difference.replicated {
        Some(known) => Some(known.mean_error),
        None => pair.difference.moments.standard_error(),
    });
    let mean_error = mean_error.unwrap_or(unpaired);
    let equal = whole.is_some_and(|pair| pair.counts.all_equal());
    // Summed exactly, draw by draw, if they are paired.
    let mean = whole.and_then(|pair| pair.difference.moments.mean()).unwrap_or(b.mean - a.mean);
    let percentiles = std::array::from_fn(|k| {
        let level = PAIRED_LEVELS[k];
        let [x, y] = [&a, &b].map(|s| s.percentile(level).map_or(f64::NAN, |p| p.value));
        let known = pair.and_then(|pair| pair.replicated.as_deref());
        let shares = known.map_or_else(
            || {
                let count = pair.map_or(0, |pair| pair.counts.count());
                let shared = pair.map_or(0.0, |pair| pair.counts.up_to[k].correlation(count));
                let [first, second] = summaries.map(|summary| share_error(summary, k));
                [first, second, shared]
            },
            |known| known.up_to[k],
        );
        let error = if equal { 0.0 } else { percentile_error(summaries, level, shares, z) };
        around(y - x, z * error)
    });
    let (first, second) = (figures(&a), figures(&b));
    let variance_ratio = match whole {
        None => Some(1.0),
        Some(_) if mean_error > 0.0 => Some((unpaired / mean_error) * (unpaired / mean_error)),
        Some(_) => None,
    };
    Difference {
        period,
        ratio: ratio(first.p50, second.p50),
        mean: around(mean, z * mean_error),
        mean_error,
        percentiles,
        of_draws: pair.and_then(of_draws),
        variance_ratio,
        first,
        second,
    }
}

fn around(value: f64, half: f64) -> Interval {
    Interval { value, low: value - half, high: value + half }
}

/// Second over first, where both are above zero.
fn ratio(first: f64, second: f64) -> Option<f64> {
    let ratio = second / first;
    (first > 0.0 && second > 0.0 && ratio.is_finite()).then_some(ratio)
}

fn figures(of: &Statistics) -> Figures {
    let at = |level: f64| of.percentile(level).map_or(f64::NAN, |p| p.value);
    Figures { mean: of.mean, sd: of.sd, p5: at(0.05), p50: at(0.50), p95: at(0.95) }
}

/// The standard error of a difference of percentiles.
///
/// A percentile moves by (share of draws up to it less its level) over the density there (R. R.
/// Bahadur, Ann. Math. Statist. 37 (1966) 577); so the errors of the two have the correlation of being
/// up to the one percentile in the first run and up to the other in the second. Each error is read
/// off the distribution itself, as half of the way between the percentiles whose ranks are `z`
/// binomial standard deviations away (R. S. Woodruff, JASA 47 (1952) 635), which needs no density.
/// What a histogram does not know of the order within its bin is added: it is not shared.
fn percentile_error(
    summaries: [&Summary; 2],
    level: f64,
    [first, second, correlation]: [f64; 3],
    z: f64,
) -> f64 {
    let of = |summary: &Summary, share: f64| {
        let share = z * share;
        let at = |p: f64| {
            let value = summary.sketch.quantile(p).unwrap_or(f64::NAN);
            value.max(summary.low).min(summary.high)
        };
        let own = (at((level + share).min(1.0)) - at((level - share).max(0.0))) / (2.0 * z);
        let point = summary.low.total_cmp(&summary.high).is_eq();
        let bin = summary.sketch.bin_error(level).filter(|_| !point).unwrap_or(0.0);
        (own, bin)
    };
    let [(a, bin_a), (b, bin_b)] = [of(summaries[0], first), of(summaries[1], second)];
    let shared = (a * a + b * b - 2.0 * correlation * a * b).max(0.0);
    (shared + bin_a * bin_a + bin_b * bin_b).sqrt()
}

/// The standard error of the share of draws up to a percentile of a run.
fn share_error(summary: &Summary, k: usize) -> f64 {
    let level = PAIRED_LEVELS[k];
    let n = summary.moments.count.max(1) as f64;
    let worth = summary.replicated.as_ref().map_or(1.0, |known| {
        let at = LEVELS.iter().position(|one| (one - level).abs() < 1e-9);
        at.map_or(1.0, |at| known.worth[at])
    });
    (worth * level * (1.0 - level) / n).sqrt()
}

fn of_draws(pair: &PairedSummary) -> Option<OfDraws> {
    let counts = &pair.counts;
    let n = counts.count();
    let statistics = Statistics::of(&pair.difference, &Ranks::new(pair.difference.moments.count));
    // Half of the ties counts: the interval is that of a share with the same number of draws.
    let value = (counts.above as f64 + 0.5 * counts.ties as f64) / n as f64;
    let (mut low, mut high) = wilson(counts.above + counts.ties / 2, n, CONFIDENCE)?;
    if let Some(known) = pair.replicated.as_ref().filter(|_| value > 0.0 && value < 1.0) {
        let share = share_around(value, known.above, n);
        (low, high) = (share.low, share.high);
    }
    let above = if counts.all_equal() {
        Interval { value, low: value, high: value }
    } else {
        Interval { value, low: low.min(value), high: high.max(value) }
    };
    Some(OfDraws {
        percentiles: statistics.percentiles.map(|p| p.value),
        median: statistics.percentile(0.5)?,
        above,
        draws_above: counts.above,
        draws_equal: counts.ties,
        draws_below: counts.below,
    })
}

/// The questions of either run.
pub fn compare_targets(
    first: &RunResult,
    second: &RunResult,
    pairs: Option<&Pairs>,
) -> Vec<TargetDifference> {
    let (one, other) = (&first.summaries.targets.list, &second.summaries.targets.list);
    let mut found = Vec::new();
    for a in one {
        let b = other.iter().find(|b| b.name == a.name && b.asked == a.asked);
        let dates = a.dates.iter().map(|date| {
            let twin = b.and_then(|b| b.dates.iter().find(|other| other.label == date.label));
            let table = pairs.and_then(|all| {
                let same =
                    all.targets.iter().find(|t| t.name == a.name && t.label == date.label)?;
                Some((&same.table, same.error))
            });
            compare_date(date, twin, table)
        });
        found.push(TargetDifference {
            name: a.name.clone(),
            title: a.title.clone(),
            asked: a.asked.clone(),
            both_ask: b.is_some(),
            dates: dates.collect(),
        });
    }
    for b in other {
        if one.iter().any(|a| a.name == b.name && a.asked == b.asked) {
            continue;
        }
        let dates = b.dates.iter().map(|date| DateDifference {
            second: date.probability(),
            first: None,
            ..compare_date(date, None, None)
        });
        found.push(TargetDifference {
            name: b.name.clone(),
            title: b.title.clone(),
            asked: b.asked.clone(),
            both_ask: false,
            dates: dates.collect(),
        });
    }
    found
}

fn compare_date(
    a: &DateCounts,
    b: Option<&DateCounts>,
    table: Option<(&[[u64; 3]; 3], Option<f64>)>,
) -> DateDifference {
    let (table, error) = table.unzip();
    let (first, second) = (a.probability(), b.and_then(DateCounts::probability));
    // As independent draws are counted, those of the two runs lie in no cell together.
    let paired = table.and_then(|table| paired_shares(table, CONFIDENCE)).map(|shares| Interval {
        value: shares.difference,
        low: shares.low,
        high: shares.high,
    });
    // Replicates tell the error of a design; where the two agree in every draw there is none.
    let paired = paired.map(|shares| match error.flatten() {
        Some(error) if shares.low < shares.high && error.is_finite() => {
            around(shares.value, super::statistics::reach() * error)
        }
        _ => shares,
    });
    let strangers = first.zip(second).map(|(a, b)| {
        let half = |x: f64, y: f64| (x * x + y * y).sqrt();
        let value = b.value - a.value;
        Interval {
            value,
            low: value - half(b.value - b.low, a.high - a.value),
            high: value + half(b.high - b.value, a.value - a.low),
        }
    });
    let cell = |a: usize, b: usize| table.map(|table| table[a][b]);
    DateDifference {
        label: a.label.clone(),
        first,
        second,
        difference: paired.or(strangers),
        both: cell(2, 2),
        only_first: cell(2, 1),
        only_second: cell(1, 2),
        neither: cell(1, 1),
    }
}

/// The comparison as one JSON document.
pub fn comparison_json(comparison: &Comparison) -> Value {
    let mut value = serde_json::to_value(comparison).unwrap_or_else(|_| json!({}));
    if let Some(map) = value.as_object_mut() {
        map.insert("fleetcast".to_owned(), json!(FORMAT));
    }
    value
}

/// The quarter that a period ends with.
pub fn last_quarter(period: &str) -> Option<Quarter> {
    Quarter::parse(period).or_else(|| Quarter::new(period.parse().ok()?, 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{PairCounts, UpTo};
    use crate::stats::choose_bits;

    /// Standard normal numbers: Box and Muller on `SplitMix64`.
    struct Normals(u64);

    impl Normals {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + 1e-17
        }

        fn next(&mut self) -> f64 {
            let (u, v) = (self.uniform(), self.uniform());
            (-2.0 * libm::log(u)).sqrt() * libm::cos(std::f64::consts::TAU * v)
        }
    }

    fn summary(values: &[f64]) -> Summary {
        let mut summary = Summary::new(values[0], choose_bits(&values[..256]));
        for x in values {
            let d = x - values[0];
            summary.moments.add_leaf(1, d, d * d);
            summary.sketch.add(*x);
            summary.low = summary.low.min(*x);
            summary.high = summary.high.max(*x);
        }
        summary
    }

    /// What the engine makes of two columns.
    fn compared(a: &[f64], b: &[f64]) -> Difference {
        let near = |values: &[f64], level: f64| {
            let mut pilot = values[..256].to_vec();
            pilot.sort_by(f64::total_cmp);
            pilot[(255.0 * level) as usize]
        };
        let mut counts = PairCounts::default();
        for (a, b) in a.iter().zip(b) {
            counts.above += u64::from(b > a);
            counts.ties += u64::from((b - a).abs() <= 0.0);
            counts.below += u64::from(b < a);
        }
        counts.up_to = PAIRED_LEVELS.map(|level| {
            let (x, y) = (near(a, level), near(b, level));
            let pairs = || a.iter().zip(b);
            UpTo {
                first: pairs().filter(|(a, _)| **a <= x).count() as u64,
                second: pairs().filter(|(_, b)| **b <= y).count() as u64,
                both: pairs().filter(|(a, b)| **a <= x && **b <= y).count() as u64,
            }
        });
        let apart: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
        let pair = PairedSummary { difference: summary(&apart), counts, replicated: None };
        let ranks = [Ranks::new(a.len() as u64), Ranks::new(b.len() as u64)];
        difference("2026Q4".to_owned(), [&summary(a), &summary(b)], Some(&pair), &ranks)
    }

    /// Of 400 comparisons of 2,048 pairs, in how many each interval holds the truth: of the mean, and
    /// of the 5th, 50th and 95th percentiles. With the mean width of the interval of medians.
    fn coverage(of: impl Fn(f64, f64) -> (f64, f64), truth: [f64; 4]) -> ([f64; 4], f64) {
        let mut normals = Normals(20_240_731);
        let (mut held, mut width) = ([0.0; 4], 0.0);
        for _ in 0..400 {
            let pairs: Vec<(f64, f64)> =
                (0..2048).map(|_| of(normals.next(), normals.next())).collect();
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let found = compared(&a, &b);
            let intervals = std::iter::once(&found.mean).chain(&found.percentiles);
            for ((held, interval), truth) in held.iter_mut().zip(intervals).zip(truth) {
                *held +=
                    f64::from(u8::from(interval.low <= truth && truth <= interval.high)) / 400.0;
            }
            width += (found.percentiles[1].high - found.percentiles[1].low) / 400.0;
        }
        (held, width)
    }

    #[test]
    fn paired_intervals_hold_the_truth_as_often_as_they_say() {
        // B is A and a tenth of noise, shifted: the percentiles of B are those of a wider normal.
        let z = 1.6448536269514722;
        let wide = 1.01_f64.sqrt();
        let truth = [0.3, 0.3 - z * (wide - 1.0), 0.3, 0.3 + z * (wide - 1.0)];
        let (paired, narrow) = coverage(|x, y| (x, x + 0.3 + 0.1 * y), truth);
        let shifted = [0.3, 0.3 + z * 0.0, 0.3, 0.3];
        let (strangers, broad) = coverage(|x, y| (x, y + 0.3), shifted);
        // Four standard errors of a share of 95 % in 400; what a histogram hides makes them wider.
        for held in paired.into_iter().chain(strangers) {
            assert!((0.905..=0.998).contains(&held), "{paired:?} {strangers:?}");
        }
        assert!(broad > 3.0 * narrow, "{broad} {narrow}");
    }

    #[test]
    fn the_median_of_differences_is_not_the_difference_of_medians() {
        let mut normals = Normals(7);
        // One in two is moved far down, the others a little up.
        let a: Vec<f64> = (0..4096).map(|_| normals.next()).collect();
        let b: Vec<f64> = a.iter().map(|x| if *x < 0.2 { x + 0.1 } else { x - 3.0 }).collect();
        let found = compared(&a, &b);
        let draws = found.of_draws.unwrap();
        assert!((draws.median.value - 0.1).abs() < 0.01, "{draws:?}");
        assert!(found.percentiles[1].value < -0.5, "{:?}", found.percentiles);
        let share = draws.draws_above as f64 / 4096.0;
        assert!((draws.above.value - share).abs() < 1e-12 && (share - 0.579).abs() < 0.04);
    }

    #[test]
    fn a_run_beside_itself_differs_in_nothing() {
        let mut normals = Normals(9);
        let a: Vec<f64> = (0..2048).map(|_| normals.next()).collect();
        let found = compared(&a, &a);
        assert_eq!((found.mean.low, found.mean.high, found.mean_error), (0.0, 0.0, 0.0));
        for one in &found.percentiles {
            assert_eq!((one.value, one.low, one.high), (0.0, 0.0, 0.0));
        }
        let draws = found.of_draws.unwrap();
        assert_eq!((draws.above.value, draws.above.low, draws.above.high), (0.5, 0.5, 0.5));
        assert_eq!(found.variance_ratio, None);
    }
}
