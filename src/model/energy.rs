//! Electricity (MODEL.md M9).
//!
//! ```text
//! E    = Σ kW_g N_g / 1000 · u · PUE_annual · h                       MWh a quarter
//! cost = E · price                                                    B USD
//! company = E + other data-center electricity, growing by a rate
//! part_j = E share_j u_j / u                                          by use, if draws by use are given
//! ```
//!
//! u is the mean draw over nameplate, h = 2,191.5 hours a quarter. It is an input, or follows from
//! the use of the fleet where `energy.by_use` says so.

use super::block::{Block, Col};
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{
    Energy as MegawattHours, EnergyPrice, ItPower, Money, Pue, Quarters, Ratio, Scalar,
};
use crate::vector::{exp, ln};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "energy.utilization",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Always,
        "mean draw of accelerators and servers over their IT power",
        r#"{ dist = "triangular", min = 0.50, mode = 0.62, max = 0.75 }"#,
    ),
    input(
        "energy.price",
        Q::ElectricityPrice,
        Use::Once,
        NON_NEGATIVE,
        Need::Always,
        "price of electricity",
        r#"{ dist = "triangular", min = "5.0 c/kWh", mode = "8.3 c/kWh", max = "10.5 c/kWh" }"#,
    ),
    input(
        "energy.non_ai",
        Q::EnergyPerYear,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "the company's other data-center electricity in the year before the grid",
        "12 / 13.5 / 15.5 TWh/year",
    ),
    input(
        "energy.non_ai_growth",
        Q::GrowthPerYear,
        Use::Once,
        (-0.5, 2.0),
        Need::With("energy.non_ai"),
        "its growth",
        "5 %/year",
    ),
];
/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "energy.total",
        "Electricity of the AI fleet",
        Q::Energy,
        Aggregation::Flow,
        "at the meter",
    ),
    metric(
        "energy.cost",
        "Electricity cost of the AI fleet",
        Q::Money,
        Aggregation::Flow,
        "of the quarter",
    ),
    metric(
        "energy.company",
        "Data-center electricity of the company",
        Q::Energy,
        Aggregation::Flow,
        "AI fleet and other uses, at the meter",
    ),
    metric(
        "energy.training",
        "Electricity of training",
        Q::Energy,
        Aggregation::Flow,
        "of research and the flagship, at the meter",
    ),
    metric(
        "energy.serving",
        "Electricity of ranking and inference",
        Q::Energy,
        Aggregation::Flow,
        "at the meter",
    ),
    metric(
        "energy.idle",
        "Electricity of idle chips",
        Q::Energy,
        Aggregation::Flow,
        "at the meter",
    ),
];

/// Energy at the meter in a quarter.
#[inline(always)]
pub fn fleet_energy(it: ItPower, utilization: Ratio, annual: Pue) -> MegawattHours {
    (it * utilization).over_time(Quarters::new(1.0)).at_meter(annual)
}

/// Cost of energy.
#[inline(always)]
pub fn energy_cost(price: EnergyPrice, energy: MegawattHours) -> Money {
    price * energy
}

/// Company's energy in a quarter; `years` since the year before the grid.
#[inline(always)]
pub fn company_energy(
    years: f64,
    fleet: MegawattHours,
    other_year: MegawattHours,
    growth: Ratio,
) -> MegawattHours {
    fleet + other_energy(years, other_year, growth)
}

/// What the company uses besides its fleet in a quarter: the same in four quarters.
#[inline(always)]
fn other_energy(years: f64, other_year: MegawattHours, growth: Ratio) -> MegawattHours {
    other_year * (0.25 * exp(years * ln(1.0 + growth.get())))
}

#[inline(always)]
fn plus(a: MegawattHours, b: MegawattHours) -> MegawattHours {
    a + b
}

/// Parts of energy by use: (training, ranking and inference, idle).
#[inline(always)]
pub fn by_use(
    total: MegawattHours,
    mean: Ratio,
    shares: (Ratio, Ratio, Ratio),
    draws: (Ratio, Ratio, Ratio),
) -> (MegawattHours, MegawattHours, MegawattHours) {
    (
        total * (shares.0 * draws.0).over(mean),
        total * (shares.1 * draws.1).over(mean),
        total * (shares.2 * draws.2).over(mean),
    )
}

#[inline(always)]
fn sum(a: Ratio, b: Ratio) -> Ratio {
    a + b
}

/// Mean draw over IT power: an input, or what the use of the fleet makes it.
pub(super) fn utilization(w: &mut Wiring) -> Col<Ratio> {
    if w.setup().energy_by_use && follows_use(w) {
        w.read("use.power_utilization")
    } else {
        w.input("energy.utilization")
    }
}

/// Whether draws by use are known.
fn follows_use(w: &Wiring) -> bool {
    super::usage::is_on(w) && w.given("use.draw.training")
}

/// Energy by use.
#[derive(Clone, Copy, Debug)]
struct ByUse {
    mean: Col<Ratio>,
    /// Ranking, inference, research, flagship, idle.
    shares: [Col<Ratio>; 5],
    training: Col<Ratio>,
    serving: Col<Ratio>,
    draws: [Col<Ratio>; 3],
    parts: [Col<MegawattHours>; 3],
}

impl ByUse {
    fn wire(w: &mut Wiring) -> Self {
        Self {
            mean: w.read("use.power_utilization"),
            shares: ["ranking", "inference", "research", "flagship", "idle"]
                .map(|name| w.read(&format!("use.share.{name}"))),
            training: w.state(),
            serving: w.state(),
            draws: ["training", "inference", "idle"]
                .map(|name| w.input(&format!("use.draw.{name}"))),
            parts: ["training", "serving", "idle"].map(|name| w.metric(&format!("energy.{name}"))),
        }
    }

    #[inline(always)]
    fn step(self, total: Col<MegawattHours>, b: &mut Block) {
        let [ranking, inference, research, flagship, idle] = self.shares;
        b.map2(self.serving, ranking, inference, sum);
        b.map2(self.training, research, flagship, sum);
        let [d0, d1, d2] = self.draws;
        let [p0, p1, p2] = self.parts;
        b.map8(
            (p0, p1, p2),
            total,
            self.mean,
            self.training,
            self.serving,
            idle,
            d0,
            d1,
            d2,
            #[inline(always)]
            |total, mean, a, b, c, d, e, f| by_use(total, mean, (a, b, c), (d, e, f)),
        );
    }
}

/// Energy of the whole company.
#[derive(Debug)]
struct Company {
    other_year: Col<MegawattHours>,
    growth: Col<Ratio>,
    others: Col<MegawattHours>,
    total: Col<MegawattHours>,
}

/// The module.
#[derive(Debug)]
pub struct Electricity {
    utilization: Col<Ratio>,
    price: Col<EnergyPrice>,
    annual: Col<Pue>,
    it_power: Col<ItPower>,
    total: Col<MegawattHours>,
    cost: Col<Money>,
    company: Option<Company>,
    by_use: Option<ByUse>,
}

impl Electricity {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        Self {
            utilization: utilization(w),
            price: w.input("energy.price"),
            annual: w.input("facility.annual_pue"),
            it_power: w.read("fleet.it_power"),
            total: w.metric("energy.total"),
            cost: w.metric("energy.cost"),
            by_use: follows_use(w).then(|| ByUse::wire(w)),
            company: w.given("energy.non_ai").then(|| Company {
                other_year: w.input("energy.non_ai"),
                growth: w.input("energy.non_ai_growth"),
                others: w.state(),
                total: w.metric("energy.company"),
            }),
        }
    }

    /// Electricity of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        b.map3(self.total, self.it_power, self.utilization, self.annual, fleet_energy);
        b.map2(self.cost, self.price, self.total, energy_cost);
        if let Some(by_use) = self.by_use {
            by_use.step(self.total, b);
        }
        if let Some(company) = &self.company {
            if t.is_multiple_of(4) {
                b.map2_with(
                    company.others,
                    1.0 + (t / 4) as f64,
                    company.other_year,
                    company.growth,
                    #[inline(always)]
                    |a, b, c| other_energy(a, b, c),
                );
            }
            b.map2(company.total, self.total, company.others, plus);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_megawatts_for_a_quarter() {
        let e = fleet_energy(ItPower::new(100.0), Ratio::new(0.6), Pue::new(1.1));
        assert!((e.get() - 100.0 * 0.6 * 1.1 * 2191.5).abs() < 1e-6);
        assert!((energy_cost(EnergyPrice::new(83.0), e).get() - e.get() * 83e-9).abs() < 1e-15);
        let c = company_energy(1.0, e, MegawattHours::new(13.5e6), Ratio::new(0.05));
        assert!((c.get() - e.get() - 13.5e6 * 1.05 / 4.0).abs() < 1e-3);
    }

    #[test]
    fn parts_by_use_sum_to_the_whole() {
        let r = Ratio::new;
        let mean = r(0.6 * 0.75 + 0.3 * 0.5 + 0.1 * 0.2);
        let (training, serving, idle) = by_use(
            MegawattHours::new(620.0),
            mean,
            (r(0.6), r(0.3), r(0.1)),
            (r(0.75), r(0.5), r(0.2)),
        );
        assert!((training.get() - 450.0).abs() < 1e-9 && (serving.get() - 150.0).abs() < 1e-9);
        assert!((idle.get() - 20.0).abs() < 1e-9);
    }
}
