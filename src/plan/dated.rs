//! Phases of sites: their slips and fates, drawn at the quarter for which they are planned.

use super::LEAD_IN;
use crate::model::setup::Setup;
use crate::sampling::{Stream, Transform};

/// A factor's part in a score: which factor, in which quarter (from LEAD_IN before the grid), how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DatedTerm {
    /// Position of the factor; 5 and above are the sites'.
    pub factor: usize,
    /// Quarters since LEAD_IN before the grid.
    pub at: u32,
    /// Weight.
    pub weight: f64,
}

/// One score of a phase.
#[derive(Clone, Debug)]
pub struct DatedDraw {
    /// Its key.
    pub key: String,
    /// Its own random numbers.
    pub stream: Stream,
    /// Weight of its own part.
    pub own: f64,
    /// Parts of the factors.
    pub terms: Vec<DatedTerm>,
    /// Column of the score, and of the value.
    pub score: usize,
    /// Column of the value; the score's own if it stays a probability.
    pub column: usize,
    /// From score to value; `None` leaves Φ(score), a uniform.
    pub transform: Option<Transform>,
}

/// All phases.
#[derive(Clone, Debug, Default)]
pub struct SitePlan {
    /// Scores, two for each phase: slip and completion.
    pub draws: Vec<DatedDraw>,
    /// Streams of what the phases of each site have in common.
    pub sites: Vec<Stream>,
    /// Columns to run the factors and the sites' series in.
    pub series: Vec<usize>,
    /// Positions in `series` that some date loads on: no other is drawn.
    pub used: Vec<usize>,
    /// Last quarter needed, from LEAD_IN before the grid.
    pub until: u32,
}

/// Quarter of a planned date, counted from LEAD_IN before the grid; earlier dates take the first.
pub(super) fn quarter_of(planned: f64) -> u32 {
    let at = planned.floor() + f64::from(LEAD_IN);
    if at > 0.0 { at as u32 } else { 0 }
}

/// Keys of the stage's inputs of a phase.
pub(super) fn slip_key(setup: &Setup, phase: usize) -> String {
    format!("site.stage.{}.slip", setup.phases[phase].stage)
}
