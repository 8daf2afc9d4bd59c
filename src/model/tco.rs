//! Total cost of ownership of what is bought (MODEL.md M10).
//!
//! ```text
//! CRF(r, L)  = r / (1 − (1 + r)^−L)                                   yearly payment of one borrowed
//! compute    k_c = server factor · Σ price_g q_g / Σ kW_g q_g         M USD per MW of IT power
//! running    o = site opex + maintenance · k_c + price · u · PUE_annual · 8,766 h
//! year       c = k_c CRF(r, life) + k_s CRF(r, site life) + o         M USD per MW and year
//! hour       c · Σ kW_g q_g / Σ H100e_g q_g / 8,766 h                 USD per H100e
//! ```
//!
//! q purchases of the quarter, k_s cost of buildings and power (`facility.site_cost`), u mean draw
//! over nameplate. The server factor adds what the price of a chip with its network leaves out: host
//! server and rack. An hour is one in which the chip is there, used or not. A quarter in which
//! nothing is bought keeps the figures of the last purchases.

use super::block::{Block, Col};
use super::chip_kinds::chip_column;
use super::declare::{Aggregation, InputDecl, MetricDecl, Need, Use, input, metric};
use super::install::it_power;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{
    ChipPower, Chips, EnergyPrice, H100e, H100ePerChip, HourPrice, ItPower, Money, PowerCost,
    Price, Pue, Ratio, Scalar, YearlyPowerCost,
};
use crate::vector::{exp, ln};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "tco.discount",
        Q::RatePerYear,
        Use::Once,
        (1e-4, 1.0),
        Need::Optional,
        "cost of capital; without it the cost of ownership is not followed",
        r#"{ dist = "triangular", min = "6 %/year", mode = "8 %/year", max = "10 %/year" }"#,
    ),
    input(
        "tco.compute_life",
        Q::DurationYears,
        Use::Once,
        (0.5, 20.0),
        Need::With("tco.discount"),
        "time in which chips, servers and network earn their cost",
        r#"{ dist = "triangular", min = "3 years", mode = "5 years", max = "7 years" }"#,
    ),
    input(
        "tco.site_life",
        Q::DurationYears,
        Use::Once,
        (1.0, 60.0),
        Need::With("tco.discount"),
        "the same for buildings and power",
        r#"{ dist = "triangular", min = "10 years", mode = "14 years", max = "25 years" }"#,
    ),
    input(
        "tco.server_factor",
        Q::Ratio,
        Use::Once,
        (1.0, 5.0),
        Need::With("tco.discount"),
        "cost of a chip with server, rack and network over its price with network",
        r#"{ dist = "triangular", min = 1.0, mode = 1.2, max = 1.6 }"#,
    ),
];

/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "tco.capital",
        "Up-front cost of IT power",
        Q::CostPerPower,
        Aggregation::Ratio,
        "compute and site of the quarter's purchases; 1 M USD/MW is 1 B USD/GW",
    ),
    metric(
        "tco.year",
        "Cost of a year of IT power",
        Q::CostPerPowerYear,
        Aggregation::Ratio,
        "annuity of compute and site, and running cost; 1 M USD/MW-year is 1 B USD/GW-year",
    ),
    metric(
        "tco.hour",
        "Cost of an H100e-hour",
        Q::PricePerH100eHour,
        Aggregation::Ratio,
        "of the quarter's purchases, for every hour of their life",
    ),
];

/// Hours in a Julian year.
const HOURS: f64 = 8_766.0;

/// Yearly payment that pays back one with interest (capital recovery factor); life in years.
#[inline(always)]
pub fn capital_recovery(rate: Ratio, life: Ratio) -> Ratio {
    let discount = exp(-life.get() * ln(1.0 + rate.get()));
    Ratio::new(rate.get() / (1.0 - discount))
}

/// Cost of chips at a price each.
#[inline(always)]
pub fn hardware_cost(price: Price, chips: Chips) -> Money {
    price * chips
}

/// Cost of a year: annuities of compute and site, and running cost, all per MW.
#[inline(always)]
pub fn yearly_cost(
    compute: PowerCost,
    compute_recovery: Ratio,
    site: PowerCost,
    site_recovery: Ratio,
    running: YearlyPowerCost,
) -> YearlyPowerCost {
    let capital = compute.get() * compute_recovery.get() + site.get() * site_recovery.get();
    YearlyPowerCost::new(capital + running.get())
}

/// Electricity of a year per MW of IT power.
#[inline(always)]
pub fn yearly_electricity(price: EnergyPrice, used: Ratio, annual: Pue) -> YearlyPowerCost {
    YearlyPowerCost::new(price.get() * used.get() * annual.get() * HOURS * 1e-6)
}

/// Cost of an hour of an H100e from that of a year of power.
#[inline(always)]
pub fn hour_cost(year: YearlyPowerCost, power: ItPower, h100e: H100e) -> HourPrice {
    let some = if h100e.get() > 0.0 { 1e6 * power.get() / (h100e.get() * HOURS) } else { 0.0 };
    HourPrice::new(year.get() * some)
}

/// Compute bought per MW that it draws.
#[inline(always)]
pub fn compute_cost(spent: Money, factor: Ratio, power: ItPower) -> PowerCost {
    let per_power = if power.get() > 0.0 { 1e3 * spent.get() / power.get() } else { 0.0 };
    PowerCost::new(per_power * factor.get())
}

/// Adds a generation's purchases: (money, IT power, H100e).
#[inline(always)]
fn add_purchases(
    bought: Chips,
    price: Price,
    power: ChipPower,
    each: H100ePerChip,
    money: Money,
    power_all: ItPower,
    h100e: H100e,
) -> (Money, ItPower, H100e) {
    (
        money + hardware_cost(price, bought),
        power_all + it_power(power, bought),
        h100e + each * bought,
    )
}
#[inline(always)]
fn upkeep(running: YearlyPowerCost, rate: Ratio, compute: PowerCost) -> YearlyPowerCost {
    running + YearlyPowerCost::new(compute.get() * rate.get())
}
#[inline(always)]
fn both(a: YearlyPowerCost, b: YearlyPowerCost) -> YearlyPowerCost {
    a + b
}
/// Capital of compute and site; that of before where nothing is bought.
#[inline(always)]
fn capital(compute: PowerCost, site: PowerCost, before: PowerCost) -> PowerCost {
    if compute.get() > 0.0 { compute + site } else { before }
}
/// Figures of the quarter, or of the last purchases: (year, hour).
#[inline(always)]
fn if_bought(
    compute: PowerCost,
    now: (YearlyPowerCost, HourPrice),
    before: (YearlyPowerCost, HourPrice),
) -> (YearlyPowerCost, HourPrice) {
    if compute.get() > 0.0 { now } else { before }
}

#[derive(Debug)]
struct Offer {
    from: usize,
    bought: Col<Chips>,
    price: Col<Price>,
    power: Col<ChipPower>,
    each: Col<H100ePerChip>,
}

#[derive(Debug)]
struct Parts {
    discount: Col<Ratio>,
    lives: [Col<Ratio>; 2],
    recoveries: [Col<Ratio>; 2],
    factor: Col<Ratio>,
    site: Col<PowerCost>,
    price: Col<EnergyPrice>,
    used: Col<Ratio>,
    annual: Col<Pue>,
    site_opex: Option<Col<YearlyPowerCost>>,
    maintenance: Option<Col<Ratio>>,
    offers: Vec<Offer>,
    spent: Col<Money>,
    power: Col<ItPower>,
    h100e: Col<H100e>,
    compute: Col<PowerCost>,
    running: Col<YearlyPowerCost>,
    capital: Col<PowerCost>,
    year: Col<YearlyPowerCost>,
    hour: Col<HourPrice>,
    year_now: Col<YearlyPowerCost>,
    hour_now: Col<HourPrice>,
}

/// The module.
#[derive(Debug)]
pub struct Tco(Option<Parts>);

impl Tco {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        // A plan is refused where one of the two is given alone.
        let on = w.given("tco.discount") && w.given("facility.site_cost");
        Self(on.then(|| Parts::wire(w)))
    }

    /// Annuities, fixed for a draw.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        let Some(p) = &self.0 else { return };
        b.fill(p.capital, PowerCost::ZERO);
        b.fill(p.year, YearlyPowerCost::ZERO);
        b.fill(p.hour, HourPrice::ZERO);
        for (life, recovery) in p.lives.into_iter().zip(p.recoveries) {
            b.map2(
                recovery,
                p.discount,
                life,
                #[inline(always)]
                |rate, life| capital_recovery(rate, life),
            );
        }
    }

    /// Cost of what is bought in the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let Some(p) = &self.0 else { return };
        p.step_purchases(t, b);
        b.map3(p.compute, p.spent, p.factor, p.power, compute_cost);
        b.map3(p.running, p.price, p.used, p.annual, yearly_electricity);
        if let Some(site) = p.site_opex {
            b.map2(p.running, p.running, site, both);
        }
        if let Some(rate) = p.maintenance {
            b.map3(p.running, p.running, rate, p.compute, upkeep);
        }
        let [compute, site] = p.recoveries;
        b.map5(p.year_now, p.compute, compute, p.site, site, p.running, yearly_cost);
        b.map3(p.capital, p.compute, p.site, p.capital, capital);
        b.map3(p.hour_now, p.year_now, p.power, p.h100e, hour_cost);
        b.map5(
            (p.year, p.hour),
            p.compute,
            p.year_now,
            p.hour_now,
            p.year,
            p.hour,
            #[inline(always)]
            |compute, year, hour, old, old_hour| if_bought(compute, (year, hour), (old, old_hour)),
        );
    }
}

impl Parts {
    fn wire(w: &mut Wiring) -> Self {
        let offers = (0..w.setup().chips.len()).filter_map(|chip| Offer::wire(w, chip)).collect();
        Self {
            discount: w.input("tco.discount"),
            lives: ["tco.compute_life", "tco.site_life"].map(|key| w.input(key)),
            recoveries: [w.state(), w.state()],
            factor: w.input("tco.server_factor"),
            site: w.input("facility.site_cost"),
            price: w.input("energy.price"),
            used: super::energy::utilization(w),
            annual: w.input("facility.annual_pue"),
            site_opex: w.optional("opex.site_cost"),
            maintenance: w.optional("opex.maintenance_rate"),
            offers,
            spent: w.state(),
            power: w.state(),
            h100e: w.state(),
            compute: w.state(),
            running: w.state(),
            capital: w.metric("tco.capital"),
            year: w.metric("tco.year"),
            hour: w.metric("tco.hour"),
            year_now: w.state(),
            hour_now: w.state(),
        }
    }

    #[inline(always)]
    fn step_purchases(&self, t: usize, b: &mut Block) {
        b.fill(self.spent, Money::ZERO);
        b.fill(self.power, ItPower::ZERO);
        b.fill(self.h100e, H100e::ZERO);
        for o in self.offers.iter().filter(|o| o.from <= t) {
            b.map7(
                (self.spent, self.power, self.h100e),
                o.bought,
                o.price,
                o.power,
                o.each,
                self.spent,
                self.power,
                self.h100e,
                add_purchases,
            );
        }
    }
}

impl Offer {
    fn wire(w: &mut Wiring, chip: usize) -> Option<Self> {
        let name = w.setup().chips[chip].name.clone();
        let from = w.setup().earliest_step(chip)?;
        Some(Self {
            from,
            bought: w.read(&chip_column(&name, "purchases")),
            price: w.read(&chip_column(&name, "price")),
            power: w.read(&chip_column(&name, "~power")),
            each: w.read(&chip_column(&name, "~counted")),
        })
    }
}

/// Rows of FACTS.md and VALIDATION.md, through the functions that the simulator runs.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finance::free_cash_flow;
    use crate::model::{energy, install, procurement, site};

    fn r(x: f64) -> Ratio {
        Ratio::new(x)
    }
    fn mw(x: f64) -> ItPower {
        ItPower::new(x)
    }

    #[track_caller]
    fn within(actual: f64, expected: f64, relative: f64, what: &str) {
        assert!((actual / expected - 1.0).abs() <= relative, "{what}: {actual} is not {expected}");
    }

    #[test]
    fn capital_recovery_agrees_with_its_closed_form() {
        within(capital_recovery(r(0.08), r(20.0)).get(), 0.101852208823151, 1e-13, "8 %, 20 y");
        let worth = 100.0 / capital_recovery(r(0.08), r(10.0)).get();
        within(worth, 671.008139894144, 1e-13, "annuity of 100 over 10 years at 8 %");
    }

    /// J01 to J04: chips, W, overhead, PUE; MW at the meter.
    #[test]
    fn power_of_published_clusters() {
        let rows = [
            ("J01", 100_000.0, 700.0, 1.82, 1.12, 142.688),
            ("J02", 24_576.0, 700.0, 1.82, 1.12, 35.067),
            ("J03", 16_384.0, 700.0, 1.82, 1.12, 23.378),
            ("J04", 16_000.0, 400.0, 1.82, 1.14, 13.279),
        ];
        for (id, chips, watts, overhead, pue, expected) in rows {
            let each = ChipPower::new(1e-3 * watts * overhead);
            let it = install::it_power(each, Chips::new(chips));
            within(site::facility_power(it, Pue::new(pue)).get(), expected, 1e-3, id);
        }
    }

    /// J02 gives the price of a chip; F04 gives 35.6 to 36.1 k USD for the time of J03.
    #[test]
    fn cost_of_published_clusters() {
        let cost = hardware_cost(Price::new(35.810), Chips::new(24_576.0));
        within(cost.get(), 0.88007, 1e-3, "J02");
        let each = |cost: f64, chips: f64| 1e6 * cost / chips;
        assert!((35.6..=36.1).contains(&each(0.58436, 16_384.0)), "J03");
        // An A100 at 10 to 15 k USD, with server and network: 1.66 / (1 - 0.19) of the chip (F11, F12).
        let chip = each(0.35731, 16_000.0) / (1.66 / 0.81);
        assert!((10.0..=15.0).contains(&chip), "J04: {chip}");
    }

    /// J11: 368 MW at a peak ratio of 1.30.
    #[test]
    fn power_and_cost_of_a_published_site() {
        let it = mw(368.0);
        within(site::facility_power(it, Pue::new(1.30)).get(), 478.0, 5e-3, "MW at the meter");
        let compute = PowerCost::new(26.113) * it;
        let building = PowerCost::new(11.769) * it;
        within(compute.get(), 9.610, 5e-3, "compute");
        within(building.get(), 4.331, 5e-3, "construction");
        within((compute + building).get(), 13.941, 5e-3, "capital");
        let quarter = YearlyPowerCost::new(0.902).of_quarter(it);
        within(4.0 * quarter.get(), 0.332, 5e-3, "opex of a year");
    }

    /// V9 and J15: rate, life of IT; B USD a year of a gigawatt.
    #[test]
    fn a_gigawatt_costs_what_is_published() {
        let rows = [
            (0.065, 5.0, 8.49, 0.01),
            (0.065, 5.0, 8.5, 0.03),
            (0.07, 5.0, 8.5, 0.03),
            (0.07, 5.0, 8.62, 0.01),
            (0.07, 3.0, 12.2, 0.03),
            (0.07, 7.0, 7.1, 0.03),
        ];
        for (rate, life, expected, tolerance) in rows {
            let recovery = |years| capital_recovery(r(rate), r(years));
            let year = yearly_cost(
                PowerCost::new(26.1),
                recovery(life),
                PowerCost::new(11.8),
                recovery(14.0),
                YearlyPowerCost::new(0.9),
            );
            let gigawatt = 4.0 * year.of_quarter(mw(1_000.0)).get();
            within(gigawatt, expected, tolerance, "B USD a year");
        }
    }

    /// V15 to V17.
    #[test]
    fn published_flows_of_meta_and_of_a_site() {
        let free = free_cash_flow(Money::new(115.80), Money::new(72.215));
        within(free.get(), 43.585, 1e-12, "V15");
        let yearly = energy::energy_cost(EnergyPrice::new(78.0), energy_of(1.59));
        within(1e3 * yearly.get(), 124.0, 2e-3, "V16, M USD");
        // 8,760 hours, as published; the simulator's year has 8,766.
        within(1.59e6 / 8_760.0, 181.5, 2e-3, "V16, MW");
        let power = mw(1.59e6 / HOURS);
        let through = energy::fleet_energy(power, r(1.0), Pue::new(1.0)).get() * 4.0;
        within(through, 1.59e6, 1e-12, "V16, MWh of a year");
        for (capex, revenue, expected) in [(39.23, 164.5, 0.2385), (72.22, 200.97, 0.3594)] {
            let ratio = procurement::ratio(Money::new(capex), Money::new(revenue));
            within(ratio.get(), expected, 1e-3, "V17");
        }
    }

    fn energy_of(terawatt_hours: f64) -> crate::units::typed::Energy {
        crate::units::typed::Energy::new(1e6 * terawatt_hours)
    }

    #[test]
    fn an_hour_of_an_h100_by_hand() {
        // 40,000 USD and 1.4 kW a chip: 28.57 M USD/MW. At 8 % and 5 years 0.250456 a year, and a
        // site of 10 M USD/MW over 20 years 0.101852; 0.9 for running.
        let chips = Chips::new(1_000.0);
        let (money, power, h100e) = add_purchases(
            chips,
            Price::new(32.0),
            ChipPower::new(1.4),
            H100ePerChip::new(1.0),
            Money::ZERO,
            ItPower::ZERO,
            H100e::ZERO,
        );
        let compute = compute_cost(money, r(1.25), power);
        within(compute.get(), 40.0 / 1.4, 1e-12, "compute");
        let recovery = |life| capital_recovery(r(0.08), r(life));
        let running = upkeep(
            both(
                yearly_electricity(EnergyPrice::new(80.0), r(0.6), Pue::new(1.1)),
                YearlyPowerCost::new(0.3),
            ),
            r(0.03),
            compute,
        );
        within(running.get(), 80.0 * 0.66 * 8_766.0 / 1e6 + 0.3 + 1.2 / 1.4, 1e-12, "running");
        let year =
            yearly_cost(compute, recovery(5.0), PowerCost::new(10.0), recovery(20.0), running);
        let by_hand = 40.0 / 1.4 * 0.250456454567 + 1.01852208823 + running.get();
        within(year.get(), by_hand, 1e-10, "year");
        within(hour_cost(year, power, h100e).get(), by_hand * 1.4e3 / 8_766.0, 1e-10, "hour");
        let none = compute_cost(Money::ZERO, r(1.25), ItPower::ZERO);
        let hour = hour_cost(year, power, h100e);
        assert!(hour_cost(year, ItPower::ZERO, H100e::ZERO).get() == 0.0);
        // Where nothing is bought, what held before holds.
        let kept = if_bought(none, (YearlyPowerCost::ZERO, HourPrice::ZERO), (year, hour));
        assert!(none.get() == 0.0 && kept == (year, hour));
        assert!(capital(none, PowerCost::new(10.0), compute) == compute);
        assert!(capital(compute, PowerCost::new(10.0), none).get() > compute.get());
    }
}
