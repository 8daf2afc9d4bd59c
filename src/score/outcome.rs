//! Questions whose answer is known by now: Brier and log scores of their chances.

use std::collections::BTreeMap;

use super::Input;
use super::rows::Unscored;
use super::series::{Period, latest};
use crate::results::{DateCounts, Observed, TargetResult};
use crate::stats::{brier, log_score_binary, normal_cdf, normal_upper_quantile};
use crate::time::{Date, Quarter};

/// A question of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Name.
    pub name: String,
    /// What is asked.
    pub asked: Asked,
    /// Positions of the questions that are taken as met.
    pub given: Vec<usize>,
    /// Its last day, for a question that others take as met.
    pub last: Option<Date>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Whether a metric lies between two limits.
    Metric {
        /// Its name.
        metric: String,
        /// Lower limit; −∞ if there is none.
        low: f64,
        /// Upper limit; +∞ if there is none.
        high: f64,
        /// When its value counts.
        when: Moment,
    },
    /// Whether an event comes, such as `training.llama-4.release`.
    Event(String),
    /// Whether all of these questions are met.
    All(Vec<usize>),
    /// Whether one of them is.
    Any(Vec<usize>),
}

/// When the value of a metric counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Whenever it is reached first.
    First,
    /// In one period: `2024`, `2024Q2` or a date.
    At(String),
    /// In every quarter of the year.
    Throughout(i32),
}

/// An event that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Its name.
    pub event: String,
    /// When.
    pub date: Date,
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredTarget {
    /// Name.
    pub name: String,
    /// The question in a few words.
    pub title: String,
    /// Its date: `by 2024-12-31`.
    pub label: String,
    /// The chance that the run gave it.
    pub chance: f64,
    /// Whether it came: 1 or 0, or the probability that it did, where the observation is uncertain.
    pub outcome: f64,
    /// Brier score.
    pub brier: f64,
    /// Log score of (met + ½) / (draws + 1), so that a chance of 0 or 1 is no stronger than the draws
    /// can tell.
    pub log_score: f64,
}

/// Scores the questions that can be answered; the others with the reason.
pub(super) fn targets(input: &Input<'_>) -> (Vec<ScoredTarget>, Vec<Unscored>) {
    let answers = Answers::of(input);
    let as_of = input.result.about.as_of;
    let (mut scored, mut open) = (Vec::new(), Vec::new());
    for target in &input.result.summaries.targets.list {
        let Some(at) = input.questions.iter().position(|q| q.name == target.name) else { continue };
        for date in target.dates.iter().filter(|date| date.date > as_of) {
            match answer(&answers, at, target, date) {
                Ok(one) => scored.push(one),
                Err(reason) => open.push(Unscored {
                    what: format!("{} {}", target.name, date.label),
                    reason: reason.to_owned(),
                }),
            }
        }
    }
    (scored, open)
}

fn answer(
    answers: &Answers<'_>,
    at: usize,
    target: &TargetResult,
    date: &DateCounts,
) -> Result<ScoredTarget, &'static str> {
    for &given in &answers.questions[at].given {
        let last = answers.questions[given].last.ok_or("what is given has no date")?;
        match answers.met(given, last) {
            Some(met) if met >= 1.0 => {}
            Some(_) => return Err("what is given did not come for certain"),
            None => return Err("it is not known whether what is given came"),
        }
    }
    let outcome = answers.met(at, date.date).ok_or("no observation answers it")?;
    let chance = date.probability().ok_or("no draw meets what is given")?.value;
    let counted = (date.both as f64 + 0.5) / (date.condition as f64 + 1.0);
    Ok(ScoredTarget {
        name: target.name.clone(),
        title: target.title.clone(),
        label: date.label.clone(),
        chance,
        outcome,
        brier: brier(chance, outcome),
        log_score: log_score_binary(counted, outcome),
    })
}

/// What is known by now, to answer questions from.
struct Answers<'a> {
    questions: &'a [Question],
    happened: &'a [Happened],
    observed: BTreeMap<(String, Period), &'a Observed>,
    first: Quarter,
    result: &'a crate::results::RunResult,
}

impl<'a> Answers<'a> {
    fn of(input: &'a Input<'_>) -> Self {
        let result = input.result;
        let same = |row: &&Observed| row.basis.is_empty() || row.basis == result.about.h100e;
        Self {
            questions: &input.questions,
            happened: &input.happened,
            observed: latest(result.observations.iter().filter(same)),
            first: result.grid.from(),
            result,
        }
    }

    /// The probability that a question was met by a day, as far as that is known.
    fn met(&self, at: usize, by: Date) -> Option<f64> {
        match &self.questions.get(at)?.asked {
            Asked::Metric { metric, low, high, when } => {
                let limits = (*low, *high);
                match when {
                    Moment::First => self.first_met(metric, limits, by),
                    Moment::At(period) => self.held(metric, limits, Period::parse(period)?),
                    Moment::Throughout(year) => {
                        let quarters = (1..=4).map(|q| Quarter::new(*year, q));
                        let each = quarters.map(|q| self.held(metric, limits, Period::Quarter(q?)));
                        all(each)
                    }
                }
            }
            Asked::Event(name) => {
                let came = self.happened.iter().find(|event| event.event == *name);
                came.map(|event| f64::from(u8::from(event.date <= by)))
            }
            Asked::All(parts) => {
                all(parts.iter().map(|&part| self.met(part, self.until(part, by))))
            }
            Asked::Any(parts) => {
                let missed = parts
                    .iter()
                    .map(|&part| self.met(part, self.until(part, by)).map(|met| 1.0 - met));
                all(missed).map(|missed| 1.0 - missed)
            }
        }
    }

    /// A part with a date of its own that is earlier counts until then.
    fn until(&self, part: usize, by: Date) -> Date {
        self.questions[part].last.map_or(by, |last| last.min(by))
    }

    /// The probability that the metric lay between the limits in a period.
    fn held(&self, metric: &str, limits: (f64, f64), period: Period) -> Option<f64> {
        let stock = || match period {
            Period::Year(year) => Some(Period::Quarter(Quarter::new(year, 4)?)),
            _ => None,
        };
        let find = |period: Period| self.observed.get(&(metric.to_owned(), period)).copied();
        let row = find(period).or_else(|| find(stock().filter(|_| self.is_stock(metric))?))?;
        Some(between(row, limits))
    }

    fn is_stock(&self, metric: &str) -> bool {
        let found = self.result.summaries.metric(metric);
        found.is_some_and(|metric| metric.aggregation == "stock")
    }

    /// The probability that the metric came between the limits by a day. A stock is taken to grow: what
    /// was not there at a later day was not there before. Of a flow or ratio every quarter must be known.
    fn first_met(&self, metric: &str, limits: (f64, f64), by: Date) -> Option<f64> {
        let own = self
            .observed
            .iter()
            .filter(|((name, period), _)| name == metric && !matches!(period, Period::Year(_)));
        if self.is_stock(metric) {
            let (mut before, mut after) = (None::<f64>, None::<f64>);
            for ((_, period), row) in own {
                let met = between(row, limits);
                if period.end()? <= by {
                    before = Some(before.map_or(met, |old: f64| old.max(met)));
                }
                if period.end()? >= by && after.is_none() {
                    after = Some(met);
                }
            }
            // Both sides must say the same, or the observation must be of the day itself.
            return match (before, after) {
                (Some(before), _) if before >= 1.0 => Some(1.0),
                (_, Some(after)) if after <= 0.0 => Some(0.0),
                _ => self.held(metric, limits, period_of(by)?),
            };
        }
        let last = if by == by.quarter().end() { by.quarter() } else { by.quarter().plus(-1) };
        let mut missed = Vec::new();
        for index in 0..=(last.index() - self.first.index()) {
            let held = self.held(metric, limits, Period::Quarter(self.first.plus(index)));
            if held == Some(1.0) {
                return held;
            }
            missed.push(held.map(|held| 1.0 - held));
        }
        if missed.is_empty() { None } else { all(missed.into_iter()).map(|missed| 1.0 - missed) }
    }
}

fn period_of(day: Date) -> Option<Period> {
    Period::parse(&day.to_string())
}

/// The probability of all of them: known where one is certain not to be, or all are known and at most one
/// is uncertain, since nothing is said of how they depend on each other.
fn all(parts: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let parts: Vec<Option<f64>> = parts.collect();
    if parts.contains(&Some(0.0)) {
        return Some(0.0);
    }
    let known: Option<Vec<f64>> = parts.into_iter().collect();
    let known = known?;
    let uncertain = known.iter().filter(|p| **p < 1.0).count();
    (uncertain <= 1).then(|| known.iter().product())
}

/// The probability that an observed value lies between two limits, under its error: normal on the scale of
/// the logarithm where the value and its interval are positive.
fn between(row: &Observed, (low, high): (f64, f64)) -> f64 {
    let ends = row.low.zip(row.high).filter(|(a, b)| b > a);
    let Some((a, b)) = ends else {
        return f64::from(u8::from(row.value >= low && row.value <= high));
    };
    let log = a > 0.0;
    let map = |x: f64| if log { libm::log(x.max(f64::MIN_POSITIVE)) } else { x };
    let sd = (map(b) - map(a)) / (2.0 * normal_upper_quantile(0.05));
    let below = |limit: f64| {
        if limit.is_finite() {
            normal_cdf((map(limit) - map(row.value)) / sd)
        } else {
            f64::from(u8::from(limit > 0.0))
        }
    };
    (below(high) - below(low)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_parts_say() {
        let all = |parts: &[Option<f64>]| all(parts.iter().copied());
        assert_eq!(all(&[Some(1.0), Some(1.0)]), Some(1.0));
        assert_eq!(all(&[Some(0.0), None]), Some(0.0));
        assert_eq!(all(&[Some(1.0), None]), None);
        assert_eq!(all(&[Some(1.0), Some(0.7)]), Some(0.7));
        assert_eq!(all(&[Some(0.8), Some(0.7)]), None);
    }

    #[test]
    fn an_uncertain_value_is_between_limits_by_chance() {
        let day = Date::parse("2026-04-15").unwrap();
        let row = Observed {
            metric: "fleet.h100_bought".to_owned(),
            at: "2024Q4".to_owned(),
            position: 4.0,
            yearly: false,
            value: 488.0,
            low: None,
            high: None,
            known: day,
            seen: false,
            source: "epoch-chips".to_owned(),
            basis: String::new(),
        };
        assert!((between(&row, (488.0, f64::INFINITY)) - 1.0).abs() < 1e-15);
        let row = Observed { low: Some(369.0), high: Some(639.0), ..row };
        let sd = libm::log(639.0 / 369.0) / (2.0 * 1.6448536269514722);
        let expected = 1.0 - normal_cdf(libm::log(350.0 / 488.0) / sd);
        assert!((between(&row, (350.0, f64::INFINITY)) - expected).abs() < 1e-12);
        assert!((between(&row, (488.0, f64::INFINITY)) - 0.5).abs() < 1e-12);
    }
}
