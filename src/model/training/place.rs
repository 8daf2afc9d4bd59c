//! A training run that is placed on a site (MODEL.md M7, with sites).
//!
//! ```text
//! K_run = min(K, (1 − reserve) · power of the site / mean IT power per H100e)          H100e
//! ```
//!
//! K is the largest cluster; the mean is over the chips that were last ready to be installed. The run
//! waits for the date of the site's first phase, where the site has no power at the start of the grid,
//! and finds what the site has at the end of the quarter in which it starts.

use super::{Block, Col, H100e, ItPower, Quarters, Ratio, RunSetup, Scalar, Wiring};
use crate::model::site::site_column;

/// Cluster that a site can feed, at most the largest one; nothing is known of it before chips were
/// ready.
#[inline(always)]
pub(super) fn fed_cluster(reserve: f64, largest: H100e, site: ItPower, each: Ratio) -> H100e {
    let fed = H100e::new(
        site.get() * (1.0 - reserve) / if each.get() > 0.0 { each.get() } else { 1e-12 },
    );
    largest.min(fed)
}

/// Columns of the place of one run.
#[derive(Debug)]
pub(super) struct OnSite {
    site: Col<ItPower>,
    each: Col<Ratio>,
    reserve: f64,
    pub(super) cluster: Col<H100e>,
    /// Dates of its phases; none where it has power from the start on.
    dates: Vec<Col<Quarters>>,
    /// The first of them, and when the run has its cluster.
    first: Col<Quarters>,
    pub(super) there: Col<Quarters>,
}

impl OnSite {
    pub(super) fn wire(w: &mut Wiring, setup: &RunSetup) -> Option<Self> {
        let (all, site) = (w.setup(), setup.site?);
        let name = &all.sites[site];
        let lit = w.given(&format!("site.{name}.power"));
        let phases = all.phases.iter().filter(|phase| phase.site == site && !lit);
        Some(Self {
            dates: phases.map(|phase| w.read(&format!("{}.~date", phase.key))).collect(),
            first: w.state(),
            there: w.state(),
            site: w.read(&site_column(name)),
            each: w.read("cluster.~each_power"),
            reserve: w.setting("facility.reserve"),
            cluster: w.state(),
        })
    }

    /// When the site first has power.
    #[inline(always)]
    pub(super) fn begin(&self, b: &mut Block) {
        let from = if self.dates.is_empty() { f64::NEG_INFINITY } else { f64::INFINITY };
        b.fill(self.first, Quarters::new(from));
        for &date in &self.dates {
            b.map2(self.first, self.first, date, earlier);
        }
    }

    /// The cluster of the quarter.
    #[inline(always)]
    pub(super) fn step(&self, largest: Col<H100e>, b: &mut Block) {
        b.map3_with(self.cluster, self.reserve, largest, self.site, self.each, fed_cluster);
    }

    /// When the run has its cluster: not before the site has power.
    #[inline(always)]
    pub(super) fn wait(&self, reached: Col<Quarters>, b: &mut Block) -> Col<Quarters> {
        b.map2(self.there, reached, self.first, later);
        self.there
    }
}

#[inline(always)]
fn earlier(a: Quarters, b: Quarters) -> Quarters {
    a.min(b)
}
#[inline(always)]
fn later(a: Quarters, b: Quarters) -> Quarters {
    a.max(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_feeds_so_much_of_a_cluster() {
        // 139 MW at 1.39 kW an H100e, 7 % of it kept free.
        let fed = |largest: f64| {
            let (site, each) = (ItPower::new(139.0), Ratio::new(0.00139));
            fed_cluster(0.07, H100e::new(largest), site, each).get()
        };
        assert!((fed(1e6) - 93_000.0).abs() < 1e-6);
        assert!((fed(5e4) - 50_000.0).abs() < 1e-9);
        let dark = fed_cluster(0.07, H100e::new(1e6), ItPower::ZERO, Ratio::new(0.00139));
        assert!(dark.get().abs() < 1e-12);
    }
}
