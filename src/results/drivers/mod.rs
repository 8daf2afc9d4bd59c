//! What drives a result: what each input does to it, from draws that were made for no such purpose.
//!
//! Everything is counted over the same draws: an input's numbers beside the output's. Many numbers of
//! one input (a series of quarters, the delays of a site) become one by a weighted sum whose weights
//! come from other draws, so that no input looks like a cause for having many numbers.

mod analysis;
mod json;
#[cfg(test)]
pub(crate) mod sample;

pub use analysis::{Facts, drivers};
pub use json::drivers_json;

use crate::stats::{Effect, Measured};
use crate::time::Date;

/// The chance at which even one input without effect is taken for one with an effect.
pub const FALSE_ALARM: f64 = 0.05;

/// What an input is, as far as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverKind {
    /// One number for the whole run.
    Once,
    /// A number for each quarter or year.
    Series,
    /// The uniform that decides whether something happens.
    Chance,
    /// Slips and fates of all phases of a site.
    Delays,
    /// Parts that sum to one.
    Shares,
    /// A common factor: what several inputs share. It rests on no source of its own.
    Factor,
}

impl DriverKind {
    /// Name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Series => "series",
            Self::Chance => "chance",
            Self::Delays => "delays",
            Self::Shares => "shares",
            Self::Factor => "factor",
        }
    }
}

/// An input that is set against the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverInput {
    /// Its key, `site.NAME` for a site's delays, `factor.NAME` for a factor.
    pub key: String,
    /// What it is.
    pub kind: DriverKind,
    /// What it shares with others: `factor ai`, `correlation price_level`.
    pub shares: Vec<String>,
    /// Keys of the assumptions that it is drawn from.
    pub rests_on: Vec<String>,
}

impl DriverInput {
    /// How to call it.
    pub fn label(&self) -> String {
        match self.kind {
            DriverKind::Chance => self.key.replace(".~happens", " (chance)"),
            DriverKind::Delays => format!("{} (delays)", self.key),
            _ => self.key.clone(),
        }
    }
}

/// Draws of an output and of the inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DriverDraws {
    /// The output; not a number in draws that are left out.
    pub output: Vec<f64>,
    /// The numbers of each input, one column for each number.
    pub inputs: Vec<Vec<Vec<f64>>>,
}

/// What kind of number the output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// A metric.
    Value,
    /// Whether a target is met: 1 or 0, so that means are chances.
    Chance,
    /// When a target is met for the first time, in quarters since the start of the grid.
    Date,
}

impl OutputKind {
    /// Name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Chance => "chance",
            Self::Date => "date",
        }
    }
}

/// The output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverOutput {
    /// Name of the metric or target.
    pub name: String,
    /// What to call it.
    pub label: String,
    /// Canonical unit.
    pub unit: String,
    /// When: `2026`, `2026Q4`, `by 2026-06-30`; empty for a first date.
    pub at: String,
    /// What kind of number it is.
    pub kind: OutputKind,
}

/// An input and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// The input.
    pub input: DriverInput,
    /// How many numbers count as one.
    pub numbers: usize,
    /// Whether the weights of these were fitted; else all count the same.
    pub fitted: bool,
    /// Grade of what it rests on, the weakest if there are several; none for a factor.
    pub grade: Option<char>,
    /// Source of that.
    pub source: String,
    /// Title of the source.
    pub title: String,
    /// When that became known.
    pub known: Option<Date>,
    /// Position of its group, of inputs that are drawn together.
    pub group: Option<usize>,
    /// What it does; none if it was the same in all draws.
    pub effect: Option<Effect>,
    /// The chance of so clear a sign without any effect, adjusted for how many inputs were looked at.
    pub p: f64,
    /// Its part of the output's variance: what it explains by itself; in a group, its part of what
    /// the group explains.
    pub part: Measured,
}

impl Driver {
    /// Whether its effect can be told from none.
    pub fn found(&self) -> bool {
        self.effect.is_some() && self.p <= FALSE_ALARM
    }

    /// Whether it is an input, and not what inputs share.
    pub fn is_input(&self) -> bool {
        self.input.kind != DriverKind::Factor
    }
}

/// Inputs that are drawn together, so that what one explains, others explain too.
#[derive(Clone, Debug, PartialEq)]
pub struct DriverGroup {
    /// What they share: `factor ai`, `correlation price_level`.
    pub names: Vec<String>,
    /// Their positions among the drivers.
    pub members: Vec<usize>,
    /// What they do together; none where nothing varies.
    pub effect: Option<Effect>,
}

/// How much of the variance rests on inputs of one grade.
#[derive(Clone, Debug, PartialEq)]
pub struct GradePart {
    /// `A` to `D`.
    pub grade: char,
    /// Part of the variance.
    pub part: Measured,
    /// By source, the largest first.
    pub sources: Vec<SourcePart>,
}

/// How much of the variance rests on one source.
#[derive(Clone, Debug, PartialEq)]
pub struct SourcePart {
    /// Name of the source.
    pub source: String,
    /// Its title; may be empty.
    pub title: String,
    /// Part of the variance.
    pub part: Measured,
    /// Labels of the inputs, the largest part first.
    pub inputs: Vec<String>,
}

/// What drives an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Drivers {
    /// The output.
    pub output: DriverOutput,
    /// Draws that were counted.
    pub draws: u64,
    /// Draws left out: not a number, or not under what a target is asked under.
    pub left_out: u64,
    /// Draws from which the weights of sums come.
    pub pilot: u64,
    /// Its mean.
    pub mean: Measured,
    /// Its standard deviation.
    pub sd: f64,
    /// Its 90th percentile.
    pub p90: Measured,
    /// Inputs and factors: the largest change of the mean first, those without effect at the end.
    pub list: Vec<Driver>,
    /// Inputs that are drawn together.
    pub groups: Vec<DriverGroup>,
    /// Parts of the variance by grade, from A to D.
    pub grades: Vec<GradePart>,
    /// Part of the variance that no input explains by itself.
    pub rest: Measured,
    /// What cannot be said, and why.
    pub missing: Vec<String>,
}

/// A bar of a tornado.
#[derive(Clone, Debug, PartialEq)]
pub struct TornadoBar {
    /// The input.
    pub label: String,
    /// The output's mean where the input is low.
    pub low: Measured,
    /// Where it is high.
    pub high: Measured,
}

impl Drivers {
    /// Inputs whose effect can be told from none, without factors.
    pub fn found(&self) -> impl Iterator<Item = &Driver> {
        self.list.iter().filter(|driver| driver.is_input() && driver.found())
    }

    /// Inputs whose effect cannot be told from none.
    pub fn not_found(&self) -> impl Iterator<Item = &Driver> {
        self.list.iter().filter(|driver| driver.is_input() && !driver.found())
    }

    /// Common factors.
    pub fn factors(&self) -> impl Iterator<Item = &Driver> {
        self.list.iter().filter(|driver| !driver.is_input())
    }

    /// The bars of a tornado of at most `most` inputs, the longest first, in the canonical unit; the
    /// mean of all draws is [`Drivers::mean`].
    pub fn tornado(&self, most: usize) -> Vec<TornadoBar> {
        let bar = |driver: &Driver| {
            let mean = driver.effect?.mean;
            Some(TornadoBar { label: driver.input.label(), low: mean.low, high: mean.high })
        };
        self.found().filter_map(bar).take(most).collect()
    }
}
