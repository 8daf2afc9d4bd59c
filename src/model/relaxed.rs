//! Limits of installation that are relaxed to see what they cost; the factor is 1 in a run.

use super::install::{crew_share, free_power};
use crate::units::typed::{Chips, ItPower, Ratio};

/// Power free for new chips, with ready power wider by a factor.
#[inline(always)]
pub(super) fn relaxed_power(reserve: f64, ready: ItPower, used: ItPower, limit: Ratio) -> ItPower {
    free_power(reserve, ready * limit, used)
}

/// Share of the ready chips that wider crews can install.
#[inline(always)]
pub(super) fn relaxed_crew(crew: Chips, ready: Chips, limit: Ratio) -> Ratio {
    crew_share(crew * limit, ready)
}
