//! Data centers and power (MODEL.md M5), MW of IT power.
//!
//! ```text
//! aggregate form  M_t = M_{t−1} + a_t
//!                 a_t = a_0 g^(τ − τ²/(2 fade)) · (A_{y(t−lag)} / (A_{y0} e^{trend (y−y0)}))^elasticity · e^noise
//!                 τ = min(t, fade): growth dies out over the fade
//! site form       T = planned date + slip, or never; MW counts from T, prorated within the quarter
//! leases          add their MW from start to end, payments left are commitments
//! contracts       add, take or sell theirs (`contracts`); a site of another company counts by contract
//! usable power    (1 − reserve) · M, after other uses in the site form
//! facility peak   IT · peak ratio, by cooling weighted with ready power
//! ```
//!
//! Growth of the aggregate form multiplies up: Σ ln g (1 − s/fade) over s < τ is ln g (τ − τ²/(2 fade))
//! to first order, the form of MODEL.md.

use super::block::{Block, Col};
use super::setup::{Cooling, PhaseSetup, Setup};
use super::wiring::Wiring;
use crate::units::typed::{FacilityPower, ItPower, Money, PowerCost, Pue, Quarters, Ratio, Scalar};
use crate::vector::{exp, ln};

mod contracted;
mod declared;
mod places;

use contracted::Contracted;
pub use declared::{INPUTS, METRICS};
use places::Places;
pub(super) use places::site_column;

/// Additions of the aggregate form. `k` is (τ, fade): the exponent of growth is τ − τ²/(2 fade).
#[inline(always)]
pub fn additions(
    k: (f64, f64),
    start: ItPower,
    growth: Ratio,
    capex: Ratio,
    noise: Ratio,
) -> ItPower {
    additions_by_log(k, start, log(growth), capex, noise)
}

#[inline(always)]
fn additions_by_log(
    k: (f64, f64),
    start: ItPower,
    log_growth: Ratio,
    capex: Ratio,
    noise: Ratio,
) -> ItPower {
    let (tau, fade) = k;
    let exponent = tau - 0.5 * tau * tau / fade;
    start * exp(exponent * log_growth.get() + noise.get()) * capex
}

#[inline(always)]
fn log(x: Ratio) -> Ratio {
    Ratio::new(ln(x.get()))
}

/// Response of additions to capex beyond its trend. `k` is (elasticity, log trend to that year).
#[inline(always)]
pub fn capex_response(k: (f64, f64), then: Money, first: Money) -> Ratio {
    let (elasticity, trend) = k;
    Ratio::new(exp(elasticity * (ln(then.over(first).get()) - trend)))
}

/// Date of a phase, quarters since the start, or never. `k` is (planned date, probability of completion).
#[inline(always)]
pub fn phase_date(k: (f64, f64), slip_days: Ratio, latent: Ratio) -> Quarters {
    let (planned, completion) = k;
    let never = if latent.get() < completion { 0.0 } else { NEVER };
    Quarters::new(planned + slip_days.get() / DAYS_PER_QUARTER + never)
}

/// Part of a phase's power that counts in quarter `t`: from its date on, prorated.
#[inline(always)]
pub fn phase_power(t: f64, date: Quarters, power: ItPower, share: Ratio) -> ItPower {
    power * share * Ratio::new(t + 1.0 - date.get()).clip(Ratio::ZERO, Ratio::new(1.0))
}

/// Cost of a phase that falls into quarter `t`, spread evenly over `lead` quarters before its date.
#[inline(always)]
pub fn phase_cost(
    t: f64,
    date: Quarters,
    lead: Quarters,
    power: ItPower,
    cost: PowerCost,
) -> Money {
    let from = (date - lead).get();
    let overlap = (t + 1.0).min(date.get()) - t.max(from);
    let share = if overlap > 0.0 { overlap / lead.get() } else { 0.0 };
    (cost * power) * share
}

/// Power at the meter at peak.
#[inline(always)]
pub fn facility_power(it: ItPower, peak: Pue) -> FacilityPower {
    it * peak
}

/// Days in a quarter.
const DAYS_PER_QUARTER: f64 = 91.3125;
/// The stage of a phase that nobody has signed for yet.
const ANNOUNCED: &str = "announced";
/// Beyond every horizon.
const NEVER: f64 = 1e6;

#[inline(always)]
fn add<T: Scalar>(a: T, b: T) -> T {
    T::new(a.get() + b.get())
}
#[inline(always)]
fn gained(now: ItPower, before: ItPower) -> ItPower {
    now - before
}
#[inline(always)]
fn add_part(share: f64, sum: ItPower, power: ItPower) -> ItPower {
    sum + power * share
}
/// With what a phase that was to be there still lacks.
#[inline(always)]
fn still_to_come(sum: ItPower, power: ItPower, share: Ratio, now: ItPower) -> ItPower {
    sum + (power * share - now).positive()
}
#[inline(always)]
fn add_payment(years: f64, sum: Money, payment: Money) -> Money {
    sum + payment * years
}
#[inline(always)]
fn other_load(years: f64, load: ItPower, growth: Ratio) -> ItPower {
    load * exp(years * ln(1.0 + growth.get()))
}
#[inline(always)]
fn after_others(ready: ItPower, others: ItPower) -> ItPower {
    (ready - others).positive()
}
#[inline(always)]
fn weigh(sum: Ratio, power: ItPower, peak: Pue) -> Ratio {
    sum + Ratio::new(power.get() * peak.get())
}
#[inline(always)]
fn mean_peak(weighted: Ratio, ready: ItPower, fallback: Pue) -> Pue {
    if ready.get() > 0.0 { Pue::new(weighted.get() / ready.get()) } else { fallback }
}

#[derive(Debug)]
struct Aggregate {
    start: Col<ItPower>,
    growth: Col<Ratio>,
    log_growth: Col<Ratio>,
    fade: f64,
}

#[derive(Debug)]
struct Phase {
    setup: PhaseSetup,
    /// Whether it is more than announced.
    signed: bool,
    completion: f64,
    slip: Col<Ratio>,
    latent: Col<Ratio>,
    date: Col<Quarters>,
    power: Col<ItPower>,
    share: Option<Col<Ratio>>,
    now: Col<ItPower>,
}

/// Columns of the cost of phases.
#[derive(Clone, Copy, Debug)]
struct PhaseCosts {
    lead: Col<Quarters>,
    unit: Col<PowerCost>,
    total: Col<Money>,
    part: Col<Money>,
}

/// Ready power of phases, by what emissions and water depend on.
#[derive(Clone, Copy, Debug)]
struct PhaseParts {
    all: Col<ItPower>,
    gas: Col<ItPower>,
    liquid: Col<ItPower>,
    evaporative: Col<ItPower>,
}

#[derive(Debug)]
struct Lease {
    start: f64,
    term: f64,
    power: Col<ItPower>,
    payment: Col<Money>,
}

/// The module.
#[derive(Debug)]
pub struct Sites {
    setup: Setup,
    contracted: Option<Contracted>,
    places: Option<Places>,
    owned: Vec<Col<ItPower>>,
    aggregates: Vec<Aggregate>,
    phases: Vec<Phase>,
    leases: Vec<Lease>,
    elasticity: f64,
    lag: f64,
    trend: f64,
    noise: Option<Col<Ratio>>,
    year_capex: Vec<Col<Money>>,
    year_plan: Col<Money>,
    response: Col<Ratio>,
    one: Col<Ratio>,
    added: Col<ItPower>,
    grown: Col<ItPower>,
    ready: Col<ItPower>,
    before: Col<ItPower>,
    planned: Option<Col<ItPower>>,
    /// What is ready, and what is contracted beyond it.
    signed: Option<Col<ItPower>>,
    parts: Option<PhaseParts>,
    cost: Option<PhaseCosts>,
    commitments: Option<Col<Money>>,
    others: Option<(Col<ItPower>, Col<Ratio>)>,
    other_load: Col<ItPower>,
    peak: Col<Pue>,
    peak_liquid: Option<Col<Pue>>,
    weighted: Col<Ratio>,
    mean_peak: Col<Pue>,
    facility: Col<FacilityPower>,
}

impl Sites {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup().clone();
        let given = |w: &Wiring, key: &str| {
            let x = w.setting(key);
            if x.is_nan() { 0.0 } else { x }
        };
        let owned = setup
            .sites
            .iter()
            .enumerate()
            .filter(|(position, _)| !setup.foreign.contains(position))
            .filter_map(|(_, site)| w.optional(&format!("site.{site}.power")))
            .collect();
        let contracted = Contracted::wire(w);
        let places = Places::wire(w, contracted.as_ref());
        let aggregates: Vec<Aggregate> =
            setup.sites.iter().filter_map(|site| Aggregate::wire(w, site)).collect();
        let phases: Vec<Phase> = setup.phases.iter().map(|phase| Phase::wire(w, phase)).collect();
        let leases: Vec<Lease> = setup
            .leases
            .iter()
            .map(|lease| Lease {
                start: lease.start,
                term: lease.term,
                power: w.input(&format!("{}.power", lease.key)),
                payment: w.input(&format!("{}.payment", lease.key)),
            })
            .collect();
        let years = setup.year_index(setup.steps() - 1) + 1;
        let (some_phase, some_lease) = (!phases.is_empty(), !leases.is_empty());
        let costs = some_phase && w.given("facility.site_cost") && w.given("site.building_lead");
        Self {
            contracted,
            places,
            owned,
            phases,
            leases,
            elasticity: given(w, "site.capex_elasticity"),
            lag: given(w, "site.capex_lag"),
            trend: given(w, "site.capex_trend"),
            noise: (!aggregates.is_empty()).then(|| w.optional("site.additions_noise")).flatten(),
            aggregates,
            year_capex: w.states(years),
            year_plan: w.read("capex.year_plan"),
            response: w.state(),
            one: w.state(),
            added: w.metric("site.added_power"),
            grown: w.state(),
            ready: w.metric("site.ready_power"),
            before: w.state(),
            planned: some_phase.then(|| w.metric("site.planned_power")),
            signed: some_phase.then(|| w.metric("site.contracted_power")),
            parts: PhaseParts::needed(w).then(|| PhaseParts {
                all: w.share("site.~phase_power"),
                gas: w.share("site.~gas_power"),
                liquid: w.share("site.~liquid_power"),
                evaporative: w.share("site.~evaporative_power"),
            }),
            cost: costs.then(|| PhaseCosts {
                lead: w.input("site.building_lead"),
                unit: w.input("facility.site_cost"),
                total: w.metric("site.phase_cost"),
                part: w.state(),
            }),
            commitments: some_lease.then(|| w.metric("lease.commitments")),
            others: w
                .given("facility.non_ai_load")
                .then(|| (w.input("facility.non_ai_load"), w.input("facility.non_ai_growth"))),
            other_load: w.state(),
            peak: w.input("facility.peak_ratio"),
            peak_liquid: w.optional("facility.peak_ratio_liquid"),
            weighted: w.state(),
            mean_peak: w.share("facility.~peak"),
            facility: w.metric("facility.ready_power"),
            setup,
        }
    }

    /// Power at the start, and the dates of phases.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        b.fill(self.one, Ratio::new(1.0));
        b.fill(self.grown, ItPower::ZERO);
        b.fill(self.ready, ItPower::ZERO);
        for &power in &self.owned {
            b.map2(self.grown, self.grown, power, add);
        }
        b.copy(self.ready, self.grown);
        for a in &self.aggregates {
            b.map1(
                a.log_growth,
                a.growth,
                #[inline(always)]
                |growth| log(growth),
            );
        }
        for p in &self.phases {
            b.map2_with(p.date, (p.setup.planned, p.completion), p.slip, p.latent, phase_date);
        }
    }

    /// Ready power of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        b.copy(self.before, self.ready);
        if self.setup.opens_year(t) {
            b.copy(self.year_capex[self.setup.year_index(t)], self.year_plan);
        }
        self.step_aggregate(t, b);
        b.copy(self.ready, self.grown);
        if let Some(places) = &self.places {
            places.step(b);
        }
        if let Some(contracted) = &self.contracted {
            contracted.step(self.ready, self.places.as_ref(), b);
        }
        self.step_phases(t as f64, b);
        self.step_leases(t as f64, b);
        if let Some(contracted) = &self.contracted {
            contracted.elsewhere(self.ready, b);
        }
        if let Some((load, growth)) = self.others {
            b.map2_with(
                self.other_load,
                0.25 * t as f64,
                load,
                growth,
                #[inline(always)]
                |a, b, c| other_load(a, b, c),
            );
            b.map2(self.ready, self.ready, self.other_load, after_others);
        }
        if let Some(signed) = self.signed {
            b.map2(signed, signed, self.ready, add);
        }
        b.map2(self.added, self.ready, self.before, gained);
        b.map2(self.facility, self.ready, self.mean_peak, facility_power);
    }

    #[inline(always)]
    fn step_aggregate(&self, t: usize, b: &mut Block) {
        if self.aggregates.is_empty() {
            return;
        }
        let then = t.saturating_sub(self.lag as usize);
        let year = self.setup.year_index(then);
        // It is the same in all quarters of a year.
        if t == 0 || then > 0 && self.setup.opens_year(then) {
            let k = (self.elasticity, self.trend * year as f64);
            b.map2_with(
                self.response,
                k,
                self.year_capex[year],
                self.year_capex[0],
                #[inline(always)]
                |a, b, c| capex_response(a, b, c),
            );
        }
        for a in &self.aggregates {
            let tau = (t as f64).min(a.fade);
            let noise = self.noise.unwrap_or(self.one);
            if self.noise.is_none() {
                b.fill(self.one, Ratio::ZERO);
            }
            b.map4_with(
                self.added,
                (tau, a.fade),
                a.start,
                a.log_growth,
                self.response,
                noise,
                #[inline(always)]
                |a, b, c, d, e| additions_by_log(a, b, c, d, e),
            );
            b.map2(self.grown, self.grown, self.added, add);
        }
    }

    #[inline(always)]
    fn step_phases(&self, t: f64, b: &mut Block) {
        b.fill(self.weighted, Ratio::ZERO);
        b.map3(self.weighted, self.weighted, self.ready, self.peak, weigh);
        if let Some(planned) = self.planned {
            b.copy(planned, self.grown);
        }
        if let Some(signed) = self.signed {
            b.fill(signed, ItPower::ZERO);
        }
        if let Some(cost) = self.cost {
            b.fill(cost.total, Money::ZERO);
        }
        b.fill(self.one, Ratio::new(1.0));
        if let Some(parts) = self.parts {
            for sum in [parts.all, parts.gas, parts.liquid, parts.evaporative] {
                b.fill(sum, ItPower::ZERO);
            }
        }
        for p in &self.phases {
            let share = p.share.unwrap_or(self.one);
            b.map3_with(
                p.now,
                t,
                p.date,
                p.power,
                share,
                #[inline(always)]
                |a, b, c, d| phase_power(a, b, c, d),
            );
            if let Some(contracted) = &self.contracted {
                contracted.phase(p.setup.site, p.now, b);
            }
            if let Some(places) = &self.places {
                places.add(p.setup.site, p.now, b);
            }
            b.map2(self.ready, self.ready, p.now, add);
            if let Some(parts) = self.parts {
                parts.add(p, b);
            }
            let peak = self
                .peak_liquid
                .filter(|_| p.setup.cooling == Cooling::Liquid)
                .unwrap_or(self.peak);
            b.map3(self.weighted, self.weighted, p.now, peak, weigh);
            if let Some(planned) = self.planned.filter(|_| p.setup.planned < t + 1.0) {
                b.map2_with(planned, 1.0, planned, p.power, add_part);
            }
            let signed = self.signed.filter(|_| p.signed && p.setup.planned < t + 1.0);
            if let Some(signed) = signed {
                b.map4(signed, signed, p.power, share, p.now, still_to_come);
            }
            if let Some(c) = self.cost.filter(|_| p.setup.owned) {
                b.map4_with(
                    c.part,
                    t,
                    p.date,
                    c.lead,
                    p.power,
                    c.unit,
                    #[inline(always)]
                    |a, b, c, d, e| phase_cost(a, b, c, d, e),
                );
                b.map2(c.total, c.total, c.part, add);
            }
        }
        b.map3(self.mean_peak, self.weighted, self.ready, self.peak, mean_peak);
    }

    #[inline(always)]
    fn step_leases(&self, t: f64, b: &mut Block) {
        if let Some(commitments) = self.commitments {
            b.fill(commitments, Money::ZERO);
            for lease in &self.leases {
                let running = (t + 1.0).min(lease.start + lease.term) - t.max(lease.start);
                b.map2_with(self.ready, running.clamp(0.0, 1.0), self.ready, lease.power, add_part);
                let left = (lease.start + lease.term - (t + 1.0).max(lease.start)).max(0.0);
                b.map2_with(commitments, 0.25 * left, commitments, lease.payment, add_payment);
            }
        }
    }
}

impl PhaseParts {
    /// Whether a module will read them.
    pub(super) fn needed(w: &Wiring) -> bool {
        let read = w.given("carbon.grid") || w.given("water.air");
        read && !w.setup().phases.is_empty()
    }

    #[inline(always)]
    fn add(self, phase: &Phase, b: &mut Block) {
        let setup = &phase.setup;
        let sums = [
            (self.all, true),
            (self.gas, setup.gas),
            (self.liquid, setup.cooling == Cooling::Liquid),
            (self.evaporative, setup.cooling == Cooling::Evaporative),
        ];
        for (sum, _) in sums.into_iter().filter(|(_, counts)| *counts) {
            b.map2(sum, sum, phase.now, add);
        }
    }
}

impl Aggregate {
    fn wire(w: &mut Wiring, site: &str) -> Option<Self> {
        let start = w.optional(&format!("site.{site}.growth"))?;
        Some(Self {
            start,
            growth: w.input(&format!("site.{site}.growth_factor")),
            log_growth: w.state(),
            fade: w.setting(&format!("site.{site}.fade")),
        })
    }
}

impl Phase {
    fn wire(w: &mut Wiring, setup: &PhaseSetup) -> Self {
        Self {
            signed: setup.stage != ANNOUNCED,
            completion: w.setting(&format!("site.stage.{}.completion", setup.stage)),
            slip: w.input(&format!("{}.slip", setup.key)),
            latent: w.input(&format!("{}.completed", setup.key)),
            date: w.share(&format!("{}.~date", setup.key)),
            power: w.input(&format!("{}.power", setup.key)),
            share: w.optional(&format!("{}.ai_share", setup.key)),
            now: w.state(),
            setup: setup.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1.0)
    }

    #[test]
    fn growth_dies_out_over_the_fade() {
        let (start, one) = (ItPower::new(165.0), Ratio::new(1.0));
        let a = |tau: f64| additions((tau, 16.0), start, Ratio::new(1.09), one, Ratio::ZERO).get();
        assert!(close(a(0.0), 165.0));
        assert!((a(16.0) - 165.0 * libm::pow(1.09, 8.0)).abs() < 1e-9);
    }

    #[test]
    fn half_of_a_capex_surprise_becomes_power() {
        let capex = Money::new(40.0) * libm::exp(0.23) * 1.21;
        let response = capex_response((0.5, 0.23), capex, Money::new(40.0));
        assert!((response.get() - 1.1).abs() < 1e-12);
    }

    #[test]
    fn a_phase_counts_from_its_date() {
        let date = phase_date((3.5, 0.95), Ratio::new(91.3125), Ratio::new(0.5));
        assert!(close(date.get(), 4.5));
        let power = |t: f64| phase_power(t, date, ItPower::new(139.0), Ratio::new(1.0)).get();
        assert!(close(power(3.0), 0.0) && close(power(4.0), 69.5) && close(power(5.0), 139.0));
        assert!(phase_date((3.5, 0.95), Ratio::ZERO, Ratio::new(0.96)).get() > 1e5);
    }

    #[test]
    fn the_cost_of_a_phase_is_spent_before_its_date() {
        let cost = |t: f64| {
            phase_cost(
                t,
                Quarters::new(6.5),
                Quarters::new(4.0),
                ItPower::new(100.0),
                PowerCost::new(10.0),
            )
            .get()
        };
        let total: f64 = (0..10).map(|t| cost(f64::from(t))).sum();
        assert!(close(total, 1.0));
        assert!(close(cost(2.0), 0.125) && close(cost(3.0), 0.25) && close(cost(7.0), 0.0));
    }

    #[test]
    fn facility_power_is_it_power_times_the_peak_ratio() {
        assert!((facility_power(ItPower::new(368.0), Pue::new(1.30)).get() - 478.4).abs() < 1e-9);
    }
}
