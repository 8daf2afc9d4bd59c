//! Largest connected cluster (MODEL.md M7, without sites).
//!
//! ```text
//! K_t = max(K_{t−1}, κ · H100e installed)                             H100e
//! chips = K / mean H100e per chip of the quarter's ready chips (the last that were ready)
//! ```
//!
//! κ is drawn once. A cluster is what one network connects, not what one job uses.

use super::block::{Block, Col};
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Chips, H100e, H100ePerChip, Ratio, Scalar};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "cluster.share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Always,
        "largest connected cluster over the installed fleet, in H100e",
        "0.06 / 0.12 / 0.25",
    ),
    input(
        "cluster.largest",
        Q::H100e,
        Use::Once,
        NON_NEGATIVE,
        Need::Always,
        "largest cluster at the start of the grid",
        "24_576 H100e",
    ),
];
/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "cluster.largest",
        "Largest cluster",
        Q::H100e,
        Aggregation::Stock,
        "in H100-equivalents, at quarter end",
    ),
    metric(
        "cluster.chips",
        "Largest cluster, chips",
        Q::Chips,
        Aggregation::Stock,
        "in chips of the kind being installed",
    ),
];

/// Largest cluster at quarter end.
#[inline(always)]
pub fn largest_cluster(before: H100e, installed: H100e, share: Ratio) -> H100e {
    before.max(installed * share)
}

/// Mean H100e of the chips that are ready, or the last known one.
#[inline(always)]
pub fn mean_h100e(before: H100ePerChip, h100e: H100e, chips: Chips) -> H100ePerChip {
    if chips.get() > 0.0 { H100ePerChip::new(h100e.get() / chips.get()) } else { before }
}

#[inline(always)]
fn in_chips(cluster: H100e, each: H100ePerChip) -> Chips {
    cluster / each
}

/// The module.
#[derive(Debug)]
pub struct Cluster {
    share: Col<Ratio>,
    start: Col<H100e>,
    fleet: Col<H100e>,
    ready: Col<Chips>,
    ready_h100e: Col<H100e>,
    each: Col<H100ePerChip>,
    largest: Col<H100e>,
    chips: Col<Chips>,
}

impl Cluster {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        Self {
            share: w.input("cluster.share"),
            start: w.input("cluster.largest"),
            fleet: w.read("fleet.h100e"),
            ready: w.read("fleet.~ready"),
            ready_h100e: w.read("fleet.~ready_h100e"),
            each: w.state(),
            largest: w.metric("cluster.largest"),
            chips: w.metric("cluster.chips"),
        }
    }

    /// The cluster at the start.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        b.copy(self.largest, self.start);
        b.fill(self.each, H100ePerChip::new(1.0));
    }

    /// The cluster of the quarter.
    #[inline(always)]
    pub fn step(&self, _t: usize, b: &mut Block) {
        b.map3(self.largest, self.largest, self.fleet, self.share, largest_cluster);
        b.map3(self.each, self.each, self.ready_h100e, self.ready, mean_h100e);
        b.map2(self.chips, self.largest, self.each, in_chips);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_never_shrinks() {
        let k = |installed: f64| {
            largest_cluster(H100e::new(24_576.0), H100e::new(installed), Ratio::new(0.12)).get()
        };
        assert!((k(100_000.0) - 24_576.0).abs() < 1e-9);
        assert!((k(500_000.0) - 60_000.0).abs() < 1e-9);
    }

    #[test]
    fn a_cluster_counts_in_chips_of_its_time() {
        let each = mean_h100e(H100ePerChip::new(1.0), H100e::new(250.0), Chips::new(100.0));
        assert!((in_chips(H100e::new(1000.0), each).get() - 400.0).abs() < 1e-9);
        assert!((mean_h100e(each, H100e::ZERO, Chips::ZERO).get() - 2.5).abs() < 1e-12);
    }
}
