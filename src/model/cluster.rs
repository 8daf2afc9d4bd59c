//! Largest connected cluster (MODEL.md M7).
//!
//! ```text
//! K_t = max(K_{t−1}, κ · H100e installed)                             H100e, without sites
//! κ_t = max over groups of sites of η · power of the group / ready power       with sites
//! chips = K / mean H100e per chip of the quarter's ready chips that can train (the last that were ready)
//! power = K · mean IT power per H100e of the same chips · peak ratio           MW at the meter
//! ```
//!
//! κ is drawn once; where it is not given, it follows from the sites: chips are where the power is. A
//! group is one site, or sites that one network connects, which then counts for η of what it has; a
//! site that stands for several places is in none. A cluster is what one network connects, not what
//! one job uses.

use super::block::{Block, Col};
use super::chip_kinds::chip_column;
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::fleet::{all_train, first_shown};
use super::site::site_column;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{
    ChipPower, Chips, FacilityPower, H100e, H100ePerChip, ItPower, Pue, Ratio, Scalar,
};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "cluster.share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "largest connected cluster over the installed fleet, in H100e; left out, it follows from the power of the sites (site form)",
        "0.06 / 0.12 / 0.25",
    ),
    input(
        "cluster.group_efficiency",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "what several sites that one network connects count for, over the sum of them",
        r#"{ dist = "triangular", min = 0.75, mode = 0.88, max = 0.95 }"#,
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
    metric(
        "cluster.power",
        "Largest cluster, power",
        Q::Power,
        Aggregation::Stock,
        "peak power at the meter, if it were all of the kind being installed: what its site must have at least",
    ),
];

/// Largest cluster at quarter end.
#[inline(always)]
pub fn largest_cluster(before: H100e, installed: H100e, share: Ratio) -> H100e {
    before.max(installed * share)
}

/// Largest share of the ready power that a group of sites has, so far.
#[inline(always)]
pub fn group_share(most: Ratio, group: ItPower, efficiency: Ratio, ready: ItPower) -> Ratio {
    most.max(group.over(ready) * efficiency).min(Ratio::new(1.0))
}

/// Mean H100e of the chips that are ready, or the last known one.
#[inline(always)]
pub fn mean_h100e(before: H100ePerChip, h100e: H100e, chips: Chips) -> H100ePerChip {
    if chips.get() > 0.0 { H100ePerChip::new(h100e.get() / chips.get()) } else { before }
}

/// Mean IT power of the chips that are ready, per H100e, or the last known one: MW.
#[inline(always)]
pub fn mean_power(before: Ratio, need: ItPower, h100e: H100e) -> Ratio {
    if h100e.get() > 0.0 { Ratio::new(need.get() / h100e.get()) } else { before }
}

/// Power of a cluster at the meter.
#[inline(always)]
pub fn cluster_power(cluster: H100e, each: Ratio, peak: Pue) -> FacilityPower {
    ItPower::new(cluster.get() * each.get()) * peak
}

/// Sums over chips that can train: (ready, in H100e, in power).
#[inline(always)]
fn add_ready(
    (chips, h100e, need): (Chips, H100e, ItPower),
    (ready, each, power): (Chips, H100ePerChip, ChipPower),
) -> (Chips, H100e, ItPower) {
    (chips + ready, h100e + each * ready, need + power * ready)
}

#[inline(always)]
fn in_chips(cluster: H100e, each: H100ePerChip) -> Chips {
    cluster / each
}

/// The module.
#[derive(Debug)]
pub struct Cluster {
    share: Col<Ratio>,
    by_site: Option<BySite>,
    start: Col<H100e>,
    fleet: Col<H100e>,
    /// Chips that can train: first step, ready, H100e and power of each. None if all can: their sums are
    /// the installation's.
    kinds: Option<Vec<Kind>>,
    ready: Col<Chips>,
    ready_h100e: Col<H100e>,
    need: Col<ItPower>,
    peak: Col<Pue>,
    each: Col<H100ePerChip>,
    each_power: Col<Ratio>,
    largest: Col<H100e>,
    chips: Col<Chips>,
    power: Col<FacilityPower>,
}

impl Cluster {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let by_site = w.setup().cluster_by_site().then(|| BySite::wire(w));
        let kinds = (!all_train(w)).then(|| kinds(w));
        let sums = kinds.is_none();
        Self {
            share: match by_site {
                Some(_) => w.state(),
                None => w.input("cluster.share"),
            },
            by_site,
            start: w.input("cluster.largest"),
            fleet: w.read("fleet.h100e"),
            kinds,
            ready: if sums { w.read("fleet.~ready") } else { w.state() },
            ready_h100e: if sums { w.read("fleet.~ready_h100e") } else { w.state() },
            need: if sums { w.read("fleet.~need") } else { w.state() },
            peak: w.read("facility.~peak"),
            each: w.state(),
            each_power: w.share("cluster.~each_power"),
            largest: w.metric("cluster.largest"),
            chips: w.metric("cluster.chips"),
            power: w.metric("cluster.power"),
        }
    }

    /// The cluster at the start.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        b.copy(self.largest, self.start);
        b.fill(self.each, H100ePerChip::new(1.0));
        b.fill(self.each_power, Ratio::ZERO);
    }

    /// The cluster of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        if let Some(kinds) = &self.kinds {
            let there = kinds.iter().filter(|(from, ..)| *from <= t);
            b.sum(
                (self.ready, self.ready_h100e, self.need),
                there.map(|&(_, ready, each, power)| ((ready, each, power), ())),
                #[inline(always)]
                |sums, given| (add_ready(sums, given), ()),
            );
        }
        if let Some(by_site) = &self.by_site {
            by_site.step(self.share, b);
        }
        b.map3(self.largest, self.largest, self.fleet, self.share, largest_cluster);
        b.map3(self.each, self.each, self.ready_h100e, self.ready, mean_h100e);
        b.map2(self.chips, self.largest, self.each, in_chips);
        b.map3(self.each_power, self.each_power, self.need, self.ready_h100e, mean_power);
        b.map3(self.power, self.largest, self.each_power, self.peak, cluster_power);
    }
}

/// Power of groups of sites, and of all.
#[derive(Debug)]
struct BySite {
    groups: Vec<Vec<Col<ItPower>>>,
    efficiency: Option<Col<Ratio>>,
    ready: Col<ItPower>,
    group: Col<ItPower>,
    one: Col<Ratio>,
}

#[inline(always)]
fn plus(a: ItPower, b: ItPower) -> ItPower {
    a + b
}

impl BySite {
    fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let mut group = |sites: &Vec<usize>| -> Vec<Col<ItPower>> {
            sites.iter().map(|&site| w.read(&site_column(&setup.sites[site]))).collect()
        };
        Self {
            groups: setup.site_groups.iter().map(&mut group).collect(),
            efficiency: w.optional("cluster.group_efficiency"),
            ready: w.read("site.ready_power"),
            group: w.state(),
            one: w.state(),
        }
    }

    #[inline(always)]
    fn step(&self, share: Col<Ratio>, b: &mut Block) {
        b.fill(share, Ratio::ZERO);
        b.fill(self.one, Ratio::new(1.0));
        for group in &self.groups {
            b.fill(self.group, ItPower::ZERO);
            for &site in group {
                b.map2(self.group, self.group, site, plus);
                if group.len() > 1 {
                    // Together they are never worse than the largest of them.
                    b.map4(share, share, site, self.one, self.ready, group_share);
                }
            }
            let efficiency = self.efficiency.filter(|_| group.len() > 1).unwrap_or(self.one);
            b.map4(share, share, self.group, efficiency, self.ready, group_share);
        }
    }
}

/// First step in which a chip can be in the fleet; what is ready, and H100e and power of one.
type Kind = (usize, Col<Chips>, Col<H100ePerChip>, Col<ChipPower>);

fn kinds(w: &mut Wiring) -> Vec<Kind> {
    let steps = w.setup().steps();
    let chips: Vec<usize> = (0..w.setup().chips.len()).collect();
    let kinds = chips.into_iter().filter_map(|chip| {
        let setup = &w.setup().chips[chip];
        let key = |quantity: &str| chip_column(&setup.name, quantity);
        let stock = w.optional::<Chips>(&key("stock"));
        let from = first_shown(w.setup().earliest_step(chip), stock, steps);
        let columns =
            || (from, w.read(&key("~ready")), w.read(&key("~counted")), w.read(&key("~power")));
        (setup.trains && from < steps).then(columns)
    });
    kinds.collect()
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
    fn the_largest_group_of_sites_has_the_cluster() {
        let (ready, one) = (ItPower::new(1_286.0), Ratio::new(1.0));
        let most = group_share(Ratio::ZERO, ItPower::new(340.0), one, ready);
        let most = group_share(most, ItPower::new(946.0), one, ready);
        assert!((most.get() - 946.0 / 1_286.0).abs() < 1e-12);
        // Both connected, at 0.9 of their sum.
        let both = group_share(most, ItPower::new(1_286.0), Ratio::new(0.9), ready);
        assert!((both.get() - 0.9).abs() < 1e-12);
    }

    #[test]
    fn a_cluster_counts_in_chips_of_its_time() {
        let each = mean_h100e(H100ePerChip::new(1.0), H100e::new(250.0), Chips::new(100.0));
        assert!((in_chips(H100e::new(1000.0), each).get() - 400.0).abs() < 1e-9);
        // 250 H100e on 173.75 kW are 695 W each; 100,000 of them at a peak ratio of 1.25 take 86.9 MW.
        let watt = mean_power(Ratio::ZERO, ItPower::new(0.17375), H100e::new(250.0));
        let power = cluster_power(H100e::new(100_000.0), watt, Pue::new(1.25));
        assert!((power.get() - 86.875).abs() < 1e-9);
        assert!((mean_h100e(each, H100e::ZERO, Chips::ZERO).get() - 2.5).abs() < 1e-12);
    }
}
