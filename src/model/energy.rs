//! Electricity (MODEL.md M9).
//!
//! ```text
//! E    = Σ kW_g N_g / 1000 · u · PUE_annual · h                       MWh a quarter
//! cost = E · price                                                    B USD
//! company = E + other data-center electricity, growing by a rate
//! ```
//!
//! u is the mean draw over nameplate, h = 2,191.5 hours a quarter.

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
    fleet + other_year * (0.25 * exp(years * ln(1.0 + growth.get())))
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
    company: Option<(Col<MegawattHours>, Col<Ratio>, Col<MegawattHours>)>,
}

impl Electricity {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        Self {
            utilization: w.input("energy.utilization"),
            price: w.input("energy.price"),
            annual: w.input("facility.annual_pue"),
            it_power: w.read("fleet.it_power"),
            total: w.metric("energy.total"),
            cost: w.metric("energy.cost"),
            company: w.given("energy.non_ai").then(|| {
                (
                    w.input("energy.non_ai"),
                    w.input("energy.non_ai_growth"),
                    w.metric("energy.company"),
                )
            }),
        }
    }

    /// Electricity of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        b.map3(self.total, self.it_power, self.utilization, self.annual, fleet_energy);
        b.map2(self.cost, self.price, self.total, energy_cost);
        if let Some((other, growth, company)) = self.company {
            let years = 1.0 + (t / 4) as f64;
            b.map3_with(
                company,
                years,
                self.total,
                other,
                growth,
                #[inline(always)]
                |a, b, c, d| company_energy(a, b, c, d),
            );
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
}
