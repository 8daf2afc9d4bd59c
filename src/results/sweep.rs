//! A sweep: what came of the points of a design, all on the same random numbers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Interval, LEVELS, Statistics};

/// Kind of file in `run.json`.
const SWEEP: &str = "sweep/1";

/// Points and what came of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep {
    /// Name of the scenario with its overlays.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// Digest of the scenario without a point's values.
    pub digest: String,
    /// Version of the program.
    pub version: String,
    /// Engine number.
    pub engine: u32,
    /// Seed of every point.
    pub seed: u64,
    /// Draws of every point.
    pub draws: u64,
    /// Whom charts must credit.
    pub credits: Vec<String>,
    /// Arguments of the program that make it again.
    pub command: String,
    /// How the points were chosen: `grid`, `sampled` or `table`.
    pub design: String,
    /// What was changed, in the order of the command line.
    pub keys: Vec<SweptKey>,
    /// What was asked of every point.
    pub figures: Vec<SweptFigure>,
    /// The points in order.
    pub points: Vec<SweptPoint>,
}

/// A key that a sweep changes.
#[derive(Clone, Debug, PartialEq)]
pub struct SweptKey {
    /// The key.
    pub name: String,
    /// Whether its values are factors on what the scenario has.
    pub factor: bool,
    /// Unit of the values as written; empty if they have none, or not all the same.
    pub unit: String,
    /// Whether all values are single numbers in that unit.
    pub numeric: bool,
    /// The values in the order of the design, each once; none in designs that are no grid.
    pub values: Vec<SweptValue>,
}

/// A value of a key at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct SweptValue {
    /// As written; empty where the point leaves the key as it is.
    pub text: String,
    /// The number in it, if it is a single one.
    pub number: Option<f64>,
}

/// A figure that is asked of every point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweptFigure {
    /// In full: `facility.power@2026Q4`, `target.NAME@2026-12-31`.
    pub name: String,
    /// In words.
    pub label: String,
    /// Canonical unit; empty for chances.
    pub unit: String,
    /// Whether it is the chance of a target.
    pub chance: bool,
}

/// A point of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct SweptPoint {
    /// Its values, in the order of the keys.
    pub values: Vec<SweptValue>,
    /// What came of the figures, in their order, none where the point has no such figure; or why it
    /// could not be run.
    pub outcome: Result<Vec<Option<SweptCell>>, String>,
}

/// What came of a figure.
#[derive(Clone, Debug, PartialEq)]
pub enum SweptCell {
    /// Of a metric.
    Metric(Box<Statistics>),
    /// Of a target.
    Chance(Interval),
}

impl SweptCell {
    /// The figure that stands for it in charts and on the terminal: the median, or the chance.
    pub fn middle(&self) -> f64 {
        match self {
            Self::Metric(statistics) => statistics.percentiles[LEVELS.len() / 2].value,
            Self::Chance(chance) => chance.value,
        }
    }

    /// The Monte Carlo error of that.
    pub fn error(&self) -> f64 {
        let interval = match self {
            Self::Metric(statistics) => statistics.percentiles[LEVELS.len() / 2],
            Self::Chance(chance) => *chance,
        };
        0.5 * (interval.high - interval.low)
    }
}

/// Longest text of a value that people see as it is.
const LONG: usize = 10;

impl SweptValue {
    /// For people: a long number is rounded to three digits.
    pub fn shown(&self) -> String {
        let Some(number) = self.number.filter(|_| self.text.len() > LONG) else {
            return self.text.clone();
        };
        let rest = self.text.trim_start_matches('x');
        let digit = |c: char| c.is_ascii_digit() || "+-._".contains(c);
        let digits = rest.find(|c: char| !digit(c)).unwrap_or(rest.len());
        let rounded: f64 = format!("{number:.2e}").parse().unwrap_or(number);
        let factor = if rest.len() < self.text.len() { "x" } else { "" };
        format!("{factor}{rounded}{}", &rest[digits..])
    }
}

impl SweptKey {
    /// Heading of its column in files: with the unit, so that the values are numbers.
    pub fn column(&self) -> String {
        match (self.factor, self.numeric, self.unit.as_str()) {
            (true, ..) => format!("{} (factor)", self.name),
            (false, true, unit) if !unit.is_empty() => format!("{} ({unit})", self.name),
            _ => self.name.clone(),
        }
    }
}

impl SweptPoint {
    /// What came of a figure; none if the point failed or has none.
    pub fn cell(&self, figure: usize) -> Option<&SweptCell> {
        self.outcome.as_ref().ok()?.get(figure)?.as_ref()
    }
}

impl Sweep {
    /// Points that could not be run: their numbers from 1, and why.
    pub fn failed(&self) -> impl Iterator<Item = (usize, &SweptPoint, &str)> {
        self.points.iter().enumerate().filter_map(|(at, point)| {
            point.outcome.as_ref().err().map(|why| (at + 1, point, why.as_str()))
        })
    }
}

impl Sweep {
    /// Keys of which no value makes any difference: points that differ in nothing else have the same
    /// figures. None if there are no such points.
    pub fn idle(&self) -> Vec<&str> {
        let idle = |at: &usize| {
            let mut first: BTreeMap<Vec<&str>, &SweptPoint> = BTreeMap::new();
            let mut pairs = 0;
            let same = self.points.iter().filter(|point| point.outcome.is_ok()).all(|point| {
                let others = point.values.iter().enumerate().filter(|(other, _)| other != at);
                let others = others.map(|(_, value)| value.text.as_str()).collect();
                let known = *first.entry(others).or_insert(point);
                pairs += usize::from(known.values[*at] != point.values[*at]);
                known.outcome == point.outcome
            });
            same && pairs > 0
        };
        let positions = (0..self.keys.len()).filter(idle);
        positions.map(|at| self.keys[at].name.as_str()).collect()
    }
}

/// A number, or null where there is none.
fn number(x: f64) -> Value {
    if x.is_finite() { json!(x) } else { Value::Null }
}

fn cell(cell: &SweptCell) -> Value {
    match cell {
        SweptCell::Metric(statistics) => {
            let mut object = Map::new();
            object.insert("mean".into(), number(statistics.mean));
            object.insert("mean_error".into(), number(statistics.mean_error));
            object.insert("sd".into(), number(statistics.sd));
            for (level, interval) in LEVELS.iter().zip(&statistics.percentiles) {
                let name = format!("p{}", (100.0 * level).round());
                object.insert(name, number(interval.value));
            }
            Value::Object(object)
        }
        SweptCell::Chance(chance) => {
            json!({ "chance": chance.value, "low": chance.low, "high": chance.high })
        }
    }
}

/// Everything as one document.
pub fn sweep_json(sweep: &Sweep) -> Value {
    let point = |(at, point): (usize, &SweptPoint)| {
        let values = sweep.keys.iter().zip(&point.values).map(|(key, value)| {
            let number = value.number.filter(|_| key.numeric || key.factor);
            (key.name.clone(), number.map_or_else(|| json!(value.text), |number| json!(number)))
        });
        let mut object = Map::new();
        object.insert("point".into(), json!(at + 1));
        object.insert("values".into(), Value::Object(values.collect()));
        match &point.outcome {
            Ok(cells) => {
                let figures = sweep.figures.iter().zip(cells).map(|(figure, found)| {
                    (figure.name.clone(), found.as_ref().map_or(Value::Null, cell))
                });
                object.insert("figures".into(), Value::Object(figures.collect()));
            }
            Err(why) => {
                object.insert("failed".into(), json!(why));
            }
        }
        Value::Object(object)
    };
    json!({
        "scenario": sweep.scenario,
        "title": sweep.title,
        "digest": sweep.digest,
        "draws": sweep.draws,
        "seed": sweep.seed,
        "design": sweep.design,
        "keys": sweep.keys.iter().map(|key| json!({
            "key": key.name, "factor": key.factor, "unit": key.unit,
        })).collect::<Vec<_>>(),
        "figures": sweep.figures.iter().map(|figure| json!({
            "figure": figure.name, "label": figure.label, "unit": figure.unit,
        })).collect::<Vec<_>>(),
        "points": sweep.points.iter().enumerate().map(point).collect::<Vec<_>>(),
        "failed": sweep.failed().count(),
    })
}

/// The `run.json` of a folder of a sweep.
pub fn sweep_run_json(sweep: &Sweep, files: &[String]) -> String {
    let mut files = files.to_vec();
    files.sort();
    let value = json!({
        "fleetcast": SWEEP,
        "scenario": sweep.scenario,
        "title": sweep.title,
        "digest": sweep.digest,
        "engine": sweep.engine,
        "version": sweep.version,
        "seed": sweep.seed,
        "draws": sweep.draws,
        "points": sweep.points.len(),
        "failed": sweep.failed().count(),
        "command": sweep.command,
        "files": files,
    });
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_rounded_for_people() {
        for (text, number, shown) in [
            ("x0.629960524947", Some(0.629960524947), "x0.63"),
            ("x0.5", Some(0.5), "x0.5"),
            ("133.333333333 MW", Some(133.333333333), "133 MW"),
            ("10 to 20 percent", None, "10 to 20 percent"),
        ] {
            let value = SweptValue { text: text.to_owned(), number };
            assert_eq!(value.shown(), shown);
        }
    }

    #[test]
    fn a_key_that_moves_nothing_is_found() {
        let value = |text: &str| SweptValue { text: text.to_owned(), number: None };
        let key = |name: &str| SweptKey {
            name: name.to_owned(),
            factor: false,
            unit: String::new(),
            numeric: false,
            values: vec![value("1"), value("2")],
        };
        let chance = |value: f64| {
            Ok(vec![Some(SweptCell::Chance(Interval { value, low: value, high: value }))])
        };
        let point = |a: &str, b: &str, middle: f64| SweptPoint {
            values: vec![value(a), value(b)],
            outcome: chance(middle),
        };
        let sweep = Sweep {
            keys: vec![key("a"), key("b")],
            points: vec![
                point("1", "1", 0.1),
                point("1", "2", 0.2),
                point("2", "1", 0.1),
                point("2", "2", 0.2),
            ],
            ..Sweep::default()
        };
        assert_eq!(sweep.idle(), ["a"]);
    }
}
