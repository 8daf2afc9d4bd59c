//! How a run did: every observation that became known after the day that the scenario looks from,
//! scored against the run's distribution, beside baselines that knew no more than the run did.
//!
//! Amounts of chips, power, energy and computing span decades and are scored by their logarithm, money
//! and ratios as they are. An observation that is itself uncertain is taken as the truth with a normal
//! error on that scale, and the forecast is convolved with it. Distributions are those of the run's
//! histograms, which hold every draw.

mod baseline;
pub mod fit;
mod outcome;
mod rows;
mod series;
mod summary;
pub mod text;

pub use baseline::{Baseline, BaselineScore};
pub use outcome::{Asked, Happened, Moment, Question, ScoredTarget};
pub use rows::{Scored, Unscored};
pub use summary::{Coverage, Group, Skill, coverage, groups, horizons, modules};

use crate::results::RunResult;
use crate::time::Date;

/// What a score needs beside the run.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The run.
    pub result: &'a RunResult,
    /// Ranges that were given, also before the grid, as far as known by the scenario's day.
    pub guidance: Vec<Guide>,
    /// What stocks were at the start of the grid, for metrics without an observation known in time.
    pub starts: Vec<Start>,
    /// Yearly factors of the constant trend, by metric.
    pub trends: Vec<(String, f64)>,
    /// The scenario's questions, parts written in place included.
    pub questions: Vec<Question>,
    /// Dated events.
    pub happened: Vec<Happened>,
}

/// A range that a company gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Guide {
    /// Metric.
    pub metric: String,
    /// What it is about: a year or a quarter.
    pub at: String,
    /// Middle of the range.
    pub middle: f64,
    /// When it was given.
    pub known: Date,
}

/// The level of a stock at the start of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Metric.
    pub metric: String,
    /// Its value at the end of the quarter before the grid: the median of the scenario's estimate.
    pub value: f64,
}

/// Where what became known later was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// The day that the scenario looks from.
    pub as_of: Date,
    /// Newest date of what the run used, marked hindsight left out.
    pub newest_used: Date,
    /// Inputs marked as hindsight that say what there was at the start.
    pub initial_stock: Vec<String>,
    /// All other inputs marked as hindsight.
    pub hindsight: Vec<String>,
}

/// All scores of a run.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Name of the scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// Draws of the run.
    pub draws: u64,
    /// Seed.
    pub seed: u64,
    /// Digest of the resolved scenario.
    pub digest: String,
    /// What the run could see.
    pub wall: Wall,
    /// Whom to credit for observations and inputs.
    pub credits: Vec<String>,
    /// One for each observation, by metric and period.
    pub rows: Vec<Scored>,
    /// Observations after the scenario's day that could not be scored, with the reason.
    pub unscored: Vec<Unscored>,
    /// Questions whose answer is known by now.
    pub targets: Vec<ScoredTarget>,
    /// Questions whose answer is not, with the reason.
    pub open: Vec<Unscored>,
}

/// Scores a run.
pub fn score(input: &Input<'_>) -> Scores {
    let about = &input.result.about;
    let (rows, unscored) = rows::rows(input);
    let (targets, open) = outcome::targets(input);
    Scores {
        scenario: about.scenario.clone(),
        title: about.title.clone(),
        draws: about.draws,
        seed: about.seed,
        digest: about.digest.clone(),
        wall: wall(input.result),
        credits: about.credits.clone(),
        rows,
        unscored,
        targets,
        open,
    }
}

fn wall(result: &RunResult) -> Wall {
    let about = &result.about;
    let keys = about.hindsight.iter().map(|mark| mark.key.clone());
    let is_stock = |key: &String| key.starts_with("chip.") && key.contains(".stock");
    let (initial_stock, hindsight) = keys.partition(is_stock);
    Wall { as_of: about.as_of, newest_used: about.newest_used, initial_stock, hindsight }
}
