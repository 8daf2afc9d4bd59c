//! Budget allocation (MODEL.md M2): shares of capex, and money for chips.
//!
//! ```text
//! ν_t  = clip(ν_0 + ν_1 t/4 + noise, floor, ceiling)                  main vendor's chips and network
//! rest = 1 − ν − o − β ≥ rest floor; if less, ν, o and β are scaled down
//! b_t  = ν_t A_t + B_{t−1}                                            B USD
//! ```
//!
//! A capex after affordability, o other vendors' and custom chips, β buildings and power, B money
//! for chips left over from the quarter before.

use super::block::{Block, Col};
use super::declare::{Aggregation, FRACTION, InputDecl, MetricDecl, Need, Use, input, metric};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Money, Ratio, Scalar};

/// Inputs that these modules read.
pub const INPUTS: &[InputDecl] = &[
    input(
        "capex.chip_share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Always,
        "share of capex for the main vendor's chips and their network, at the start of the grid",
        r#"{ dist = "normal", mean = 0.25, sd = 0.06 }"#,
    ),
    input(
        "capex.chip_share_drift",
        Q::Signed,
        Use::Once,
        (-0.5, 0.5),
        Need::Always,
        "change of that share a year",
        r#"{ dist = "normal", mean = 0.02, sd = 0.02 }"#,
    ),
    input(
        "capex.chip_share_noise",
        Q::Signed,
        Use::Quarter,
        (-0.5, 0.5),
        Need::Always,
        "random part of that share",
        r#"{ dist = "normal", mean = 0.0, sd = 0.02 }"#,
    ),
    input(
        "capex.chip_share_floor",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::Always,
        "smallest share",
        "0.08",
    ),
    input(
        "capex.chip_share_ceiling",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::Always,
        "largest share",
        "0.52",
    ),
    input(
        "capex.other_share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Always,
        "share of capex for other vendors' and custom chips with their network",
        "3 / 6 / 12 %",
    ),
    input(
        "capex.custom_share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "share of that money for custom chips",
        "0 %",
    ),
    input(
        "capex.building_share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Always,
        "share of capex for buildings and power",
        "22 / 30 / 38 %",
    ),
    input(
        "capex.rest_floor",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::Always,
        "smallest share left for host servers, other network and land",
        "5 %",
    ),
    input(
        "capex.carry",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Always,
        "share of unspent chip money that is kept for the next quarter; the rest goes to buildings",
        r#"{ dist = "uniform", min = 0.5, max = 1.0 }"#,
    ),
];
/// Metrics that these modules write.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "capex.chip_budget",
        "Money for the main vendor's chips",
        Q::Money,
        Aggregation::Flow,
        "budget of the quarter with what was carried in",
    ),
    metric(
        "capex.rest",
        "Capex for host servers, other network and land",
        Q::Money,
        Aggregation::Flow,
        "what is left of capex after chips, buildings and power",
    )
    .signed(),
];

/// Share of capex for the main vendor's chips. `k` is (years since the start, floor, ceiling).
#[inline(always)]
pub fn chip_share(k: (f64, f64, f64), start: Ratio, drift: Ratio, noise: Ratio) -> Ratio {
    let (years, floor, ceiling) = k;
    (start + drift * years + noise).clip(Ratio::new(floor), Ratio::new(ceiling))
}

/// The three shares, scaled down where less than the floor would be left.
#[inline(always)]
pub fn fit_shares(
    rest_floor: f64,
    chip: Ratio,
    other: Ratio,
    building: Ratio,
) -> (Ratio, Ratio, Ratio) {
    let taken = chip + other + building;
    let room = Ratio::new(1.0 - rest_floor);
    let factor = if taken > room { room.over(taken) } else { Ratio::new(1.0) };
    (chip * factor, other * factor, building * factor)
}

/// Money for the main vendor's chips.
#[inline(always)]
pub fn chip_budget(capex: Money, share: Ratio, carried: Money) -> Money {
    capex * share + carried
}

/// The same with the limit of money relaxed: the money of the quarter, not what was carried in.
#[inline(always)]
fn relaxed_budget(capex: Money, share: Ratio, carried: Money, limit: Ratio) -> Money {
    chip_budget(capex, share * limit, carried)
}

#[inline(always)]
fn part(capex: Money, share: Ratio) -> Money {
    capex * share
}

#[inline(always)]
fn rest(capex: Money, chip: Ratio, other: Ratio, building: Ratio) -> Money {
    capex * (1.0 - (chip + other + building).get())
}

/// Shares of capex in the quarter.
#[derive(Debug)]
pub struct Shares {
    start: Col<Ratio>,
    drift: Col<Ratio>,
    noise: Col<Ratio>,
    other: Col<Ratio>,
    building: Col<Ratio>,
    bounds: (f64, f64),
    rest_floor: f64,
    chip_share: Col<Ratio>,
    other_share: Col<Ratio>,
    building_share: Col<Ratio>,
}

impl Shares {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        Self {
            start: w.input("capex.chip_share"),
            drift: w.input("capex.chip_share_drift"),
            noise: w.input("capex.chip_share_noise"),
            other: w.input("capex.other_share"),
            building: w.input("capex.building_share"),
            bounds: (w.setting("capex.chip_share_floor"), w.setting("capex.chip_share_ceiling")),
            rest_floor: w.setting("capex.rest_floor"),
            chip_share: w.share("capex.~chip_share"),
            other_share: w.share("capex.~other_share"),
            building_share: w.share("capex.~building_share"),
        }
    }

    /// Shares of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let k = (0.25 * t as f64, self.bounds.0, self.bounds.1);
        b.map3_with(
            self.chip_share,
            k,
            self.start,
            self.drift,
            self.noise,
            #[inline(always)]
            |a, b, c, d| chip_share(a, b, c, d),
        );
        b.map3_with(
            (self.chip_share, self.other_share, self.building_share),
            self.rest_floor,
            self.chip_share,
            self.other,
            self.building,
            #[inline(always)]
            |a, b, c, d| fit_shares(a, b, c, d),
        );
    }
}

/// Money by use.
#[derive(Debug)]
pub struct Budget {
    capex: Col<Money>,
    chip_share: Col<Ratio>,
    other_share: Col<Ratio>,
    building_share: Col<Ratio>,
    carried: Col<Money>,
    limit: Col<Ratio>,
    chips: Col<Money>,
    others: Col<Money>,
    buildings: Col<Money>,
    rest: Col<Money>,
}

impl Budget {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        Self {
            capex: w.read("capex.~affordable"),
            chip_share: w.read("capex.~chip_share"),
            other_share: w.read("capex.~other_share"),
            building_share: w.read("capex.~building_share"),
            carried: w.previous("capex.carried"),
            limit: w.limit("money"),
            chips: w.metric("capex.chip_budget"),
            others: w.share("capex.~other_budget"),
            buildings: w.share("capex.~building_budget"),
            rest: w.metric("capex.rest"),
        }
    }

    /// Nothing is carried into the first quarter.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        b.fill(self.carried, Money::ZERO);
    }

    /// Budgets of the quarter.
    #[inline(always)]
    pub fn step(&self, _t: usize, b: &mut Block) {
        let (capex, share) = (self.capex, self.chip_share);
        b.map4(self.chips, capex, share, self.carried, self.limit, relaxed_budget);
        b.map2(self.others, self.capex, self.other_share, part);
        b.map2(self.buildings, self.capex, self.building_share, part);
        b.map4(self.rest, self.capex, self.chip_share, self.other_share, self.building_share, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r(x: f64) -> Ratio {
        Ratio::new(x)
    }

    #[test]
    fn shares_leave_room_for_the_rest() {
        let (chip, other, building) = fit_shares(0.05, r(0.25), r(0.06), r(0.30));
        assert!((chip.get() - 0.25).abs() < 1e-15 && (other.get() - 0.06).abs() < 1e-15);
        assert!((building.get() - 0.30).abs() < 1e-15);
        let (chip, other, building) = fit_shares(0.05, r(0.52), r(0.12), r(0.36));
        assert!(((chip + other + building).get() - 0.95).abs() < 1e-12);
        assert!((chip.get() - 0.52 * 0.95).abs() < 1e-12);
    }

    #[test]
    fn the_share_drifts_within_its_bounds() {
        let k = (2.0, 0.08, 0.52);
        assert!((chip_share(k, r(0.25), r(0.02), r(0.01)).get() - 0.30).abs() < 1e-12);
        assert!((chip_share(k, r(0.6), r(0.02), r(0.0)).get() - 0.52).abs() < 1e-12);
        let b = |limit| relaxed_budget(Money::new(10.0), r(0.3), Money::new(0.5), r(limit)).get();
        assert!((b(1.0) - 3.5).abs() < 1e-12 && (b(1.1) - 3.8).abs() < 1e-12);
    }
}
