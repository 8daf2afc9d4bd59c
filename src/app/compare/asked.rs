//! What is asked of a comparison on the command line: single figures, and what they must not do.

use std::collections::BTreeMap;

use crate::app::exit::Failure;
use crate::diag::nearest;
use crate::engine::Asked;
use crate::plan::Plan;
use crate::results::{Comparison, Difference, RunResult};
use crate::tables::quantity_of;
use crate::time::{Quarter, TimeGrid};
use crate::units::{format_value, number_and_unit, to_canonical};

/// What can be asked about: what both runs have.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Known {
    /// Metrics with their label and unit.
    metrics: BTreeMap<String, (String, String)>,
    /// Targets with the labels of their dates, the earliest first.
    targets: BTreeMap<String, (String, Vec<String>)>,
    /// Quarters of both.
    quarters: Vec<Quarter>,
}

/// A figure of a run.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::app) struct Figure {
    /// As it is written in full: `facility.power@2026Q4`.
    pub(in crate::app) name: String,
    /// In words.
    pub(in crate::app) label: String,
    /// Canonical unit; empty for chances.
    pub(in crate::app) unit: String,
    /// What is asked of the engine.
    pub(in crate::app) asked: Asked,
}

impl Known {
    pub(in crate::app) fn of_plan(plan: &Plan, grid: TimeGrid) -> Self {
        let metrics = plan.metrics.iter().map(|metric| {
            let label = match &metric.label {
                Some(of) => format!("{} {of}", metric.decl.label),
                None => metric.decl.label.to_owned(),
            };
            let unit = metric.decl.quantity.canonical_unit().to_owned();
            (metric.name.clone(), (label, unit))
        });
        let targets = plan.targets.targets.iter().filter(|target| target.named).map(|target| {
            let dates = target.deadlines.iter().map(|date| date.label.clone()).collect();
            (target.name.clone(), (target.title.clone(), dates))
        });
        Self {
            metrics: metrics.collect(),
            targets: targets.collect(),
            quarters: grid.quarters().collect(),
        }
    }

    pub(super) fn of_result(result: &RunResult) -> Self {
        let metrics = result.summaries.metrics.iter();
        let targets = result.summaries.targets.list.iter().map(|target| {
            let dates = target.dates.iter().map(|date| date.label.clone()).collect();
            (target.name.clone(), (target.title.clone(), dates))
        });
        Self {
            metrics: metrics
                .map(|metric| (metric.name.clone(), (metric.label.clone(), metric.unit.clone())))
                .collect(),
            targets: targets.collect(),
            quarters: result.grid.quarters().collect(),
        }
    }

    /// What both have.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.metrics.retain(|name, _| other.metrics.contains_key(name));
        self.targets.retain(|name, _| other.targets.contains_key(name));
        self.quarters.retain(|quarter| other.quarters.contains(quarter));
        self
    }

    /// Reads `METRIC@PERIOD`, `TARGET@DATE` or `TARGET` for its last date.
    pub(in crate::app) fn figure(&self, text: &str) -> Result<Figure, (String, String)> {
        let (name, period) = match text.trim().split_once('@') {
            Some((name, period)) => (name.trim(), Some(period.trim())),
            None => (text.trim(), None),
        };
        if let Some((label, unit)) = self.metrics.get(name) {
            return self.metric(name, label, unit, period);
        }
        let target = name.strip_prefix("target.").unwrap_or(name);
        if let Some((title, dates)) = self.targets.get(target) {
            return chance(target, title, dates, period);
        }
        let names = self.metrics.keys().chain(self.targets.keys()).map(String::as_str);
        let help = nearest(name, names).map_or_else(
            || {
                "`fleetcast list metrics` lists them; targets go by the name in the scenario"
                    .to_owned()
            },
            |near| format!("did you mean `{near}`?"),
        );
        Err((format!("the runs have no metric or target `{name}` in common"), help))
    }

    fn metric(
        &self,
        name: &str,
        label: &str,
        unit: &str,
        period: Option<&str>,
    ) -> Result<Figure, (String, String)> {
        let (Some(first), Some(last)) = (self.quarters.first(), self.quarters.last()) else {
            return Err(("the runs have no quarter in common".to_owned(), String::new()));
        };
        let help = format!("write {name}@{last} or {name}@{}", last.year());
        let Some(period) = period else {
            return Err((format!("`{name}` needs a quarter or a year"), help));
        };
        let quarter = Quarter::parse(period);
        let year = period.parse::<i32>().ok().filter(|_| period.len() == 4);
        let within = |quarter: Quarter| self.quarters.contains(&quarter);
        let metric = name.to_owned();
        let asked = match (quarter, year) {
            (Some(quarter), _) if within(quarter) => Asked::Quarter { metric, quarter },
            (_, Some(year)) if Quarter::new(year, 4).is_some_and(within) => {
                Asked::Year { metric, year }
            }
            (None, None) => {
                return Err((format!("`{period}` is neither a quarter nor a year"), help));
            }
            _ => {
                let message = format!("{period} lies outside of {first} to {last}");
                return Err((message, help));
            }
        };
        Ok(Figure {
            name: format!("{name}@{period}"),
            label: format!("{label}, {period}"),
            unit: unit.to_owned(),
            asked,
        })
    }
}

fn chance(
    target: &str,
    title: &str,
    dates: &[String],
    date: Option<&str>,
) -> Result<Figure, (String, String)> {
    let found = match date {
        None => dates.last(),
        Some(date) => dates.iter().find(|label| *label == date || label.ends_with(date)),
    };
    let Some(label) = found else {
        let message = format!("target `{target}` has no date `{}`", date.unwrap_or_default());
        let known: Vec<&str> =
            dates.iter().filter_map(|label| label.split_whitespace().last()).collect();
        return Err((message, format!("its dates are {}", known.join(", "))));
    };
    Ok(Figure {
        name: format!("target.{target}@{}", label.split_whitespace().last().unwrap_or(label)),
        label: format!("{title} {label}"),
        unit: String::new(),
        asked: Asked::Target { name: target.to_owned(), label: label.clone() },
    })
}

/// A condition under which the program fails.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    /// As it was written.
    text: String,
    figure: Figure,
    statistic: Statistic,
    absolute: bool,
    operator: Operator,
    /// What the change is held against.
    bound: f64,
    measure: Measure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statistic {
    Mean,
    P5,
    P50,
    P95,
    Chance,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// How a change is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// In percent of the first run.
    Relative,
    /// In the canonical unit, or as a share.
    Absolute,
}

const OPERATORS: [(&str, Operator); 4] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (">", Operator::Above),
    ("<", Operator::Below),
];

const STATISTICS: [(&str, Statistic); 5] = [
    ("median", Statistic::P50),
    ("mean", Statistic::Mean),
    ("p5", Statistic::P5),
    ("p50", Statistic::P50),
    ("p95", Statistic::P95),
];

/// Reads a condition such as `facility.power@2026Q4 > 5%`.
pub(super) fn limit(text: &str, known: &Known) -> Result<Limit, Failure> {
    parse(text, known).map_err(|(message, help)| Failure::Usage {
        message: format!("--fail-if \"{text}\": {message}"),
        help,
    })
}

fn parse(text: &str, known: &Known) -> Result<Limit, (String, String)> {
    const FORM: &str = "write for example \"facility.power@2026Q4 > 5%\", \"capex.total@2026 mean < \
                        -2 B USD\" or \"target.NAME@DATE abs > 5 pp\"";
    let found = OPERATORS.iter().filter_map(|(sign, op)| Some((text.find(sign)?, sign.len(), *op)));
    // Of `>=` and `>` at the same place the longer one comes first in the list.
    let first = found.min_by_key(|(at, length, _)| (*at, usize::MAX - length));
    let Some((at, length, operator)) = first else {
        return Err(("there is no >, >=, < or <=".to_owned(), FORM.to_owned()));
    };
    let (left, right) = (&text[..at], text[at + length..].trim());
    let mut words = left.split_whitespace();
    let name = words.next().ok_or_else(|| ("it names no figure".to_owned(), FORM.to_owned()))?;
    let figure = known.figure(name)?;
    let is_chance = matches!(figure.asked, Asked::Target { .. });
    let mut statistic = if is_chance { Statistic::Chance } else { Statistic::P50 };
    let mut absolute = false;
    for word in words {
        if word == "abs" {
            absolute = true;
        } else if let Some((_, found)) =
            STATISTICS.iter().find(|(known, _)| !is_chance && *known == word)
        {
            statistic = *found;
        } else {
            let help = if is_chance {
                "a chance has no statistic; `abs` takes changes in both directions".to_owned()
            } else {
                "write median, mean, p5 or p95; `abs` takes changes in both directions".to_owned()
            };
            return Err((format!("no statistic `{word}`"), help));
        }
    }
    let (bound, measure) = bound(right, &figure, is_chance)?;
    Ok(Limit { text: text.to_owned(), figure, statistic, absolute, operator, bound, measure })
}

/// A number with `%`, `pp` or a unit.
fn bound(text: &str, figure: &Figure, chance: bool) -> Result<(f64, Measure), (String, String)> {
    let quantity = quantity_of(&figure.unit);
    let example = if chance { "5 pp".to_owned() } else { format!("5%, or {}", quantity.example()) };
    let help = format!("write {example}");
    let Some((value, unit)) = number_and_unit(text) else {
        return Err((format!("`{text}` is no number"), help));
    };
    match (unit, chance) {
        ("pp", true) => Ok((value / 100.0, Measure::Absolute)),
        ("%", false) => Ok((value / 100.0, Measure::Relative)),
        (_, true) => Err(("a change of a chance is in percentage points".to_owned(), help)),
        (unit, false) => match to_canonical(value, unit, quantity) {
            Some(value) => Ok((value, Measure::Absolute)),
            None if unit.is_empty() => Err((format!("`{text}` has no unit"), help)),
            None => Err((format!("`{unit}` is no unit of {}", figure.name), help)),
        },
    }
}

/// What came of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// As it was written.
    pub(super) text: String,
    /// Whether it holds, so that the program fails.
    pub(super) holds: bool,
    /// What the change is, in words.
    pub(super) found: String,
}

impl Limit {
    /// Whether it holds.
    pub(super) fn judge(&self, comparison: &Comparison) -> Verdict {
        let pair = self.pair(comparison);
        let Some((first, second)) = pair else {
            return Verdict {
                text: self.text.clone(),
                holds: true,
                found: "one of the runs has no such figure".to_owned(),
            };
        };
        let change = match self.measure {
            Measure::Relative => (second - first) / first.abs(),
            Measure::Absolute => second - first,
        };
        let measured = if self.absolute { change.abs() } else { change };
        let holds = match self.operator {
            Operator::Above => measured > self.bound,
            Operator::AtLeast => measured >= self.bound,
            Operator::Below => measured < self.bound,
            Operator::AtMost => measured <= self.bound,
        };
        Verdict {
            text: self.text.clone(),
            // What cannot be computed is no reason to trust the run.
            holds: holds || !change.is_finite(),
            found: self.words(change, first, second),
        }
    }

    fn pair(&self, comparison: &Comparison) -> Option<(f64, f64)> {
        let metric = |metric: &str, period: &str| {
            let one = comparison.metric(metric)?.at(period)?;
            Some(self.figures(one))
        };
        match &self.figure.asked {
            Asked::Quarter { metric: name, quarter } => metric(name, &quarter.to_string()),
            Asked::Year { metric: name, year } => metric(name, &year.to_string()),
            Asked::Target { name, label } => {
                let target = comparison.targets.iter().find(|target| target.name == *name)?;
                let date = target.dates.iter().find(|date| date.label == *label)?;
                Some((date.first?.value, date.second?.value))
            }
        }
    }

    fn figures(&self, one: &Difference) -> (f64, f64) {
        let (a, b) = (&one.first, &one.second);
        match self.statistic {
            Statistic::Mean => (a.mean, b.mean),
            Statistic::P5 => (a.p5, b.p5),
            Statistic::P95 => (a.p95, b.p95),
            Statistic::P50 | Statistic::Chance => (a.p50, b.p50),
        }
    }

    fn words(&self, change: f64, first: f64, second: f64) -> String {
        if self.statistic == Statistic::Chance {
            let [a, b] = [first, second].map(|share| 100.0 * share);
            return format!("{:+.1} pp, from {a:.1} to {b:.1} %", 100.0 * change);
        }
        let quantity = quantity_of(&self.figure.unit);
        let [a, b] = [first, second].map(|value| format_value(value, quantity));
        let change = match self.measure {
            Measure::Relative => format!("{:+.2} %", 100.0 * change),
            Measure::Absolute => format_value(change, quantity),
        };
        format!("{change}, from {a} to {b}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let grid = TimeGrid::new(Quarter::new(2024, 1).unwrap(), Quarter::new(2027, 4).unwrap());
        let metric = |unit: &str| ("Label".to_owned(), unit.to_owned());
        Known {
            metrics: [
                ("facility.power".to_owned(), metric("MW")),
                ("capex.total".to_owned(), metric("B USD")),
                ("fleet.h100e".to_owned(), metric("H100e")),
            ]
            .into(),
            targets: [(
                "power-1gw".to_owned(),
                ("1 GW".to_owned(), vec!["by 2025-12-31".to_owned(), "by 2026-12-31".to_owned()]),
            )]
            .into(),
            quarters: grid.unwrap().quarters().collect(),
        }
    }

    #[test]
    fn conditions_are_read_in_every_form() {
        let known = known();
        for (text, bound, measure, operator, statistic) in [
            (
                "facility.power@2026Q4 > 5%",
                0.05,
                Measure::Relative,
                Operator::Above,
                Statistic::P50,
            ),
            (
                "facility.power@2026Q4>=200 MW",
                200.0,
                Measure::Absolute,
                Operator::AtLeast,
                Statistic::P50,
            ),
            (
                "facility.power@2026 p95 > 1.5 GW",
                1500.0,
                Measure::Absolute,
                Operator::Above,
                Statistic::P95,
            ),
            (
                "capex.total@2026 mean < -2 B USD",
                -2.0,
                Measure::Absolute,
                Operator::Below,
                Statistic::Mean,
            ),
            (
                "fleet.h100e@2025Q1 abs <= 10 k H100e",
                1e4,
                Measure::Absolute,
                Operator::AtMost,
                Statistic::P50,
            ),
            (
                "power-1gw@2026-12-31 > 5 pp",
                0.05,
                Measure::Absolute,
                Operator::Above,
                Statistic::Chance,
            ),
            (
                "target.power-1gw abs > 5pp",
                0.05,
                Measure::Absolute,
                Operator::Above,
                Statistic::Chance,
            ),
        ] {
            let limit = parse(text, &known).unwrap();
            assert!((limit.bound - bound).abs() < 1e-12, "{text} {limit:?}");
            assert_eq!(
                (limit.measure, limit.operator, limit.statistic),
                (measure, operator, statistic)
            );
            assert_eq!(limit.absolute, text.contains("abs"), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_with_what_to_write() {
        let known = known();
        for (text, message, help) in [
            ("facility.power@2026Q4", "no >", "write for example"),
            ("> 5%", "names no figure", "write for example"),
            ("facility.powr@2026Q4 > 5%", "no metric or target", "did you mean `facility.power`"),
            ("facility.power > 5%", "needs a quarter or a year", "facility.power@2027Q4"),
            ("facility.power@2031Q4 > 5%", "lies outside of", "@2027"),
            ("facility.power@soon > 5%", "neither a quarter", "@2027"),
            ("facility.power@2026Q4 p99 > 5%", "no statistic `p99`", "p95"),
            ("facility.power@2026Q4 > much", "is no number", "5%"),
            ("facility.power@2026Q4 > 5", "no unit", "5%"),
            ("facility.power@2026Q4 > 5 USD", "no unit of", "5%"),
            ("facility.power@2026Q4 > 5 pp", "no unit of", "5%"),
            ("power-1gw > 5%", "percentage points", "5 pp"),
            ("power-1gw@2030-01-01 > 5 pp", "no date", "2025-12-31, 2026-12-31"),
            ("power-1gw mean > 5 pp", "no statistic", "abs"),
        ] {
            let (found, told) = parse(text, &known).unwrap_err();
            assert!(found.contains(message), "{text}: {found}");
            assert!(told.contains(help), "{text}: {told}");
        }
    }
}
