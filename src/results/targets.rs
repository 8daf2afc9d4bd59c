//! What a run says of its targets: counts by date, the first date, and what tells success from
//! failure.

use super::statistics::share_around;
use super::{CONFIDENCE, Interval, Kept, LEVELS, RunResult};
use crate::stats::{Groups, Ranked, Separation, Sketch, wilson_share};
use crate::time::{Date, TimeGrid};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

/// Mantissa bits of the sketch of first times: a day at most, within a hundred years.
pub const TIME_BITS: u8 = 12;
/// Fewest draws of a group that can be told from another one.
const FEWEST: usize = 30;
/// Inputs that are named.
const NAMED: usize = 3;

/// The targets of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// What can stand in the way: names of the metrics of limits, without `binds.`.
    pub limits: Vec<String>,
    /// In the order of their names.
    pub list: Vec<TargetResult>,
}

/// What came of one target.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetResult {
    /// Name.
    pub name: String,
    /// The question in a few words, without its date.
    pub title: String,
    /// What is asked, as written.
    pub asked: String,
    /// Targets that are taken as met.
    pub given: Vec<String>,
    /// When it was met for the first time.
    pub first: FirstTimes,
    /// Counts by date, the earliest first.
    pub dates: Vec<DateCounts>,
}

/// First times in quarters since the start of the grid, over all draws.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstTimes {
    /// Histogram of those within the grid.
    pub sketch: Sketch,
    /// Earliest; +∞ if there is none.
    pub low: f64,
    /// Latest; −∞ if there is none.
    pub high: f64,
    /// Draws in which it is not met within the grid.
    pub never: u64,
}

impl Default for FirstTimes {
    fn default() -> Self {
        let (low, high) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { sketch: Sketch::new(TIME_BITS), low, high, never: 0 }
    }
}

/// Draws counted for one date.
#[derive(Clone, Debug, PartialEq)]
pub struct DateCounts {
    /// Last day.
    pub date: Date,
    /// How to say it: `by 2024-12-31`.
    pub label: String,
    /// Draws in which the target is met.
    pub met: u64,
    /// Draws in which all that is given is met; all draws if nothing is given.
    pub condition: u64,
    /// Draws in which both are met.
    pub both: u64,
    /// Standard error of the chance, from replicates; none if the draws are independent.
    pub error: Option<f64>,
    /// Of the draws in which what is given is met and the target is not, those in which each limit
    /// set the fleet in the last quarter that had ended; then those in which none did.
    pub failed_by: Vec<u64>,
    /// Draws that are worth one independent draw; 1 but in conditioned runs.
    pub each: f64,
}

impl Targets {
    /// Says that so many draws are worth one independent draw: intervals of chances widen.
    pub fn set_worth(&mut self, each: f64) {
        let dates = self.list.iter_mut().flat_map(|target| &mut target.dates);
        dates.for_each(|date| date.each = each.max(1.0));
    }

    /// The chance of a target and date of another run, if this one asks the same.
    pub fn chance(&self, target: &TargetResult, date: &DateCounts) -> Option<Interval> {
        let same =
            self.list.iter().find(|own| own.name == target.name && own.asked == target.asked)?;
        same.dates.iter().find(|own| own.label == date.label)?.probability()
    }
}

impl FirstTimes {
    /// Adds all of another one.
    pub fn merge(&mut self, other: &Self) {
        self.sketch.merge(&other.sketch);
        self.low = if other.low < self.low { other.low } else { self.low };
        self.high = if other.high > self.high { other.high } else { self.high };
        self.never += other.never;
    }

    /// Share of the draws that never meet it within the grid.
    pub fn never_share(&self) -> f64 {
        self.never as f64 / (self.never + self.sketch.count()).max(1) as f64
    }

    /// The time by which a share `level` of all draws has met it; none if it never comes to that.
    pub fn percentile(&self, level: f64) -> Option<f64> {
        let met = self.sketch.count();
        let last = (met + self.never).checked_sub(1)? as f64;
        let rank = level * last;
        let last_met = met.checked_sub(1)? as f64;
        if rank > last_met {
            return None;
        }
        let within = if last_met > 0.0 { rank / last_met } else { 0.0 };
        let time = self.sketch.quantile(within)?;
        Some(time.max(self.low).min(self.high))
    }

    /// The same as a date.
    pub fn date(&self, level: f64, grid: TimeGrid) -> Option<Date> {
        grid.date(self.percentile(level)?)
    }
}

impl DateCounts {
    /// The chance that the target is met, under what is given, with its Wilson interval; none if
    /// no draw meets what is given.
    pub fn probability(&self) -> Option<Interval> {
        let value = self.both as f64 / self.condition as f64;
        let worth = self.condition as f64 / self.each;
        let (low, high) = wilson_share(value, worth, CONFIDENCE)?;
        match self.error.filter(|_| self.both > 0 && self.both < self.condition) {
            Some(error) => Some(share_around(value, error, self.condition)),
            // All or none: independent draws say as little as any.
            None => Some(Interval { value, low, high }),
        }
    }

    /// Draws that fail although all that is given is met.
    pub fn failed(&self) -> u64 {
        self.condition - self.both
    }

    /// The last time that counts for a date.
    pub fn deadline(&self, grid: TimeGrid) -> f64 {
        grid.end_of_day(self.date)
    }
}

/// An input with what it says of success.
#[derive(Clone, Debug, PartialEq)]
pub struct Separator {
    /// Its key.
    pub key: String,
    /// How well it tells the kept draws in which the target is met (first) from the others.
    pub separation: Separation,
}

impl Separator {
    /// Whether it lies more than four standard errors from saying nothing: the best of a hundred inputs
    /// that say nothing lies three away.
    fn says_something(&self) -> bool {
        (self.separation.auc - 0.5).abs() > 4.0 * self.separation.error
    }
}

/// What tells success from failure among the kept draws.
#[derive(Clone, Debug, PartialEq)]
pub enum Separators {
    /// One of the groups has under 30 draws.
    NotEnough,
    /// The inputs that separate best, the best first, as far as it is no accident.
    Best(Vec<Separator>),
}

/// The kept inputs in rising order, to ask of every target what tells success from failure.
#[derive(Debug)]
pub struct Separating<'a> {
    kept: &'a Kept,
    targets: &'a Targets,
    grid: TimeGrid,
    inputs: Vec<(&'a str, Ranked<'a>)>,
}

impl<'a> Separating<'a> {
    /// Sorts the inputs, if there is any target.
    pub fn new(result: &'a RunResult) -> Self {
        let (kept, targets) = (&result.kept, &result.summaries.targets);
        let wanted = !targets.list.is_empty();
        let inputs = kept.inputs.par_iter().filter(|_| wanted);
        let inputs = inputs.map(|(key, values)| (key.as_str(), Ranked::new(values))).collect();
        Self { kept, targets, grid: result.grid, inputs }
    }

    /// The inputs that separate best for one date of a target.
    pub fn of(&self, target: &TargetResult, date: &DateCounts) -> Separators {
        let Some(groups) = self.groups(target, date) else { return Separators::NotEnough };
        if groups.first < FEWEST || groups.second < FEWEST {
            return Separators::NotEnough;
        }
        let effect =
            |(_, ranked): &(&str, Ranked<'_>)| ranked.auc(&groups).map(|auc| (auc - 0.5).abs());
        let inputs = self.inputs.par_iter();
        let mut all: Vec<_> = inputs.filter_map(|input| Some((effect(input)?, input))).collect();
        all.sort_by(|(a, (key, _)), (b, (other, _))| b.total_cmp(a).then_with(|| key.cmp(other)));
        let best = all.iter().take(NAMED).filter_map(|(_, (key, ranked))| {
            let separation = ranked.separation(&groups)?;
            let one = Separator { key: (*key).to_owned(), separation };
            one.says_something().then_some(one)
        });
        Separators::Best(best.collect())
    }

    /// Whether each kept draw meets the target by the date; none where what is given is not met.
    fn groups(&self, target: &TargetResult, date: &DateCounts) -> Option<Groups> {
        let deadline = date.deadline(self.grid);
        let met = self
            .first(&target.name)?
            .iter()
            .map(|&first| (!first.is_nan()).then_some(first <= deadline));
        let mut groups: Vec<Option<bool>> = met.collect();
        for name in &target.given {
            let given = self.targets.list.iter().find(|other| other.name == *name)?;
            let last = given.dates.last()?.deadline(self.grid);
            for (group, &first) in groups.iter_mut().zip(self.first(name)?) {
                *group = group.filter(|_| first <= last);
            }
        }
        Some(Groups::new(groups))
    }

    fn first(&self, name: &str) -> Option<&[f64]> {
        let found = self.kept.targets.iter().find(|(known, _)| known == name);
        found.map(|(_, first)| first.as_slice())
    }
}

/// The targets as JSON, for `run.json` and the output of a run.
pub fn targets_json(result: &RunResult) -> Value {
    let targets = &result.summaries.targets;
    let one = |target: &TargetResult| {
        let first: Map<String, Value> = LEVELS
            .iter()
            .map(|&level| {
                let day = target.first.date(level, result.grid).map(|day| day.to_string());
                (format!("p{}", (100.0 * level).round()), json!(day))
            })
            .collect();
        let dates = target.dates.iter().map(|date| date_json(date, &targets.limits));
        json!({
            "name": target.name,
            "title": target.title,
            "asked": target.asked,
            "given": target.given,
            "dates": dates.collect::<Vec<_>>(),
            "first": first,
            "never": target.first.never_share(),
        })
    };
    targets.list.iter().map(one).collect()
}

fn date_json(date: &DateCounts, limits: &[String]) -> Value {
    let chance = date.probability();
    let names = limits.iter().map(String::as_str).chain(["none"]);
    let failed: Map<String, Value> =
        names.zip(&date.failed_by).map(|(name, count)| (name.to_owned(), json!(count))).collect();
    json!({
        "date": date.date.to_string(),
        "when": date.label,
        "probability": chance.map(|chance| chance.value),
        "low": chance.map(|chance| chance.low),
        "high": chance.map(|chance| chance.high),
        "draws": date.condition,
        "met": date.both,
        "failed_by": failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample;

    #[test]
    fn percentiles_count_what_never_comes_as_later_than_all() {
        let mut first = FirstTimes::default();
        for k in 0..11 {
            let time = 1.0 + f64::from(k) / 10.0;
            first.sketch.add(time);
            first.low = first.low.min(time);
            first.high = first.high.max(time);
        }
        first.never = 10;
        // 21 draws: the one of rank 10 of 0..=20 is the last one that comes.
        assert!((first.percentile(0.5).unwrap() - 2.0).abs() < 1e-3);
        assert!((first.percentile(0.25).unwrap() - 1.5).abs() < 1e-3);
        assert_eq!(first.percentile(0.55), None);
        assert!((first.never_share() - 10.0 / 21.0).abs() < 1e-15);
        assert_eq!(FirstTimes::default().percentile(0.05), None);
    }

    #[test]
    fn the_input_that_decides_is_named_first() {
        let result = sample::with_targets(400);
        let targets = &result.summaries.targets;
        let separating = Separating::new(&result);
        let fleet = &targets.list[0];
        let Separators::Best(best) = separating.of(fleet, &fleet.dates[0]) else {
            panic!("there are enough draws")
        };
        assert_eq!(best.len(), 1, "the other says nothing: {best:?}");
        assert_eq!(best[0].key, "finance.buffer");
        assert!((best[0].separation.auc - 1.0).abs() < 1e-12, "{best:?}");
        assert!(best[0].separation.first > best[0].separation.second);
        // Of two draws nothing can be said.
        let few = sample::with_targets(20);
        let fleet = &few.summaries.targets.list[0];
        assert_eq!(Separating::new(&few).of(fleet, &fleet.dates[0]), Separators::NotEnough);
    }

    #[test]
    fn json_has_counts_and_dates() {
        let value = targets_json(&sample::with_targets(400));
        let date = &value[0]["dates"][0];
        assert_eq!(date["draws"], json!(400));
        assert_eq!(date["met"], json!(100));
        assert_eq!(date["probability"], json!(0.25));
        assert_eq!(value[0]["first"]["p95"], Value::Null);
        assert_eq!(date["failed_by"]["money"], json!(200));
    }
}
