//! Published relations, each put together from equations of the modules: what others print is
//! usually a product of several of ours. Nothing here is used in a run.

use super::{energy, finance, install, opex, policy, procurement, site, tco, training};
use crate::units::typed::{
    Carbon, CarbonIntensity, ChipHours, ChipPower, ChipRate, Chips, Days, Energy, EnergyPrice,
    FacilityPower, Flop, HourPrice, ItPower, Minutes, Money, PowerCost, Price, Pue, Quarters,
    Ratio, Scalar, YearlyPowerCost,
};
use crate::vector::{exp, ln};

/// Hours in a year of 365.25 days, as everywhere in the model.
const HOURS: f64 = 8766.0;
/// Minutes in a day.
const MINUTES: f64 = 1440.0;

/// IT power of a site from the power of its servers.
pub fn site_it_power(servers: ItPower, factor: Ratio) -> ItPower {
    servers * factor
}

/// Power at the meter of a cluster by the rated power of its chips.
pub fn cluster_power(
    chips: Chips,
    power: ChipPower,
    overhead: Ratio,
    annual: Pue,
) -> FacilityPower {
    site::facility_power(install::it_power(server_power(power, overhead), chips), annual)
}

/// Cost of a cluster's hardware.
pub fn cluster_cost(chips: Chips, price: Price, server: Ratio, network: Ratio) -> Money {
    tco::hardware_cost(server_price(price, server) * network, chips)
}

/// Capital cost of a site with its compute.
pub fn site_capital(it: ItPower, compute: PowerCost, building: PowerCost) -> Money {
    power_capital(it, compute + building)
}

/// Capital cost of some power.
pub fn power_capital(it: ItPower, cost: PowerCost) -> Money {
    cost * it
}

/// Running cost of a site in a year.
pub fn site_year_cost(cost: YearlyPowerCost, it: ItPower) -> Money {
    opex::site_opex(cost, it) * 4.0
}

/// Yearly payment that pays back an amount with interest.
pub fn annuity(amount: Money, rate: Ratio, life: Ratio) -> Money {
    amount * tco::capital_recovery(rate, life)
}

/// Amount that a yearly payment pays back with interest.
pub fn annuity_value(payment: Money, rate: Ratio, life: Ratio) -> Money {
    payment * (1.0 / tco::capital_recovery(rate, life).get())
}

/// Yearly cost of a unit of power.
pub fn capacity_cost(
    compute: PowerCost,
    compute_life: Ratio,
    site: PowerCost,
    site_life: Ratio,
    rate: Ratio,
    running: YearlyPowerCost,
) -> YearlyPowerCost {
    let of_compute = tco::capital_recovery(rate, compute_life);
    let of_site = tco::capital_recovery(rate, site_life);
    tco::yearly_cost(compute, of_compute, site, of_site, running)
}

/// Yearly cost of some power.
pub fn capacity_year_cost(cost: YearlyPowerCost, it: ItPower) -> Money {
    cost.of_quarter(it) * 4.0
}

/// Price of a chip with its share of the server.
pub fn server_price(bare: Price, factor: Ratio) -> Price {
    bare * factor
}

/// Rated power of a chip with its share of the server.
pub fn server_power(power: ChipPower, factor: Ratio) -> ChipPower {
    power * factor
}

/// Days that a run of some chip-hours takes.
pub fn run_length(hours: ChipHours, chips: Chips) -> Days {
    hours / chips
}

/// Days that a run takes.
pub fn training_days(compute: Flop, chips: Chips, rate: ChipRate, efficiency: Ratio) -> Days {
    let speed = training::job_speed(chips, rate, efficiency);
    training::run_days(compute, speed, Days::new(f64::INFINITY))
}

/// Compute of a run of some days.
pub fn training_compute(chips: Chips, rate: ChipRate, efficiency: Ratio, days: Days) -> Flop {
    let speed = training::job_speed(chips, rate, efficiency);
    training::run_compute(speed, days, Flop::new(f64::INFINITY))
}

/// Emissions of a run.
pub fn training_emissions(
    power: ChipPower,
    hours: ChipHours,
    draw: Ratio,
    annual: Pue,
    intensity: CarbonIntensity,
) -> Carbon {
    super::carbon::emissions(intensity, training::run_energy(power, hours, draw, annual))
}

/// Emissions per energy.
pub fn carbon_intensity(carbon: Carbon, energy: Energy) -> CarbonIntensity {
    // Tonnes per MWh are thousands of grams per kWh.
    CarbonIntensity::new(1e3 * carbon.get() / energy.get())
}

/// Cost of a run's electricity.
pub fn training_energy_cost(
    power: ChipPower,
    hours: ChipHours,
    draw: Ratio,
    annual: Pue,
    price: EnergyPrice,
) -> Money {
    energy::energy_cost(price, training::run_energy(power, hours, draw, annual))
}

/// Amortized hardware cost of a run, with its network.
pub fn training_hardware_cost(
    value: Price,
    orders: Ratio,
    hours: ChipHours,
    network: Ratio,
) -> Money {
    training::with_network(training::amortized_cost(value, orders, hours), network)
}

/// Cost of a chip-hour by the value that it loses; of a chip that counts for one H100e.
pub fn chip_hour_cost(value: Price, orders: Ratio) -> HourPrice {
    let hours = ChipHours::new(1e9);
    HourPrice::new(training::amortized_cost(value, orders, hours).get())
}

/// What the network adds to the cost of servers.
pub fn network_cost(servers: Money, share: Ratio) -> Money {
    training::with_network(servers, share) - servers
}

/// Cost of a run: hardware with its network, amortized, and electricity.
pub fn amortized_training_cost(
    value: Price,
    orders: Ratio,
    hours: ChipHours,
    network: Ratio,
    power: ChipPower,
    draw: Ratio,
    annual: Pue,
    price: EnergyPrice,
) -> Money {
    training_hardware_cost(value, orders, hours, network)
        + training_energy_cost(power, hours, draw, annual, price)
}

/// Mean time between failures of a job, from the mean time to a failure of one chip.
pub fn time_between_failures(each: Days, chips: Chips) -> Minutes {
    // One chip a node, with so many failures in 1,000 days.
    training::time_to_failure(chips, Ratio::new(1.0), Ratio::new(1000.0 / each.get()))
}

/// Chip-hours for each failure.
pub fn hours_per_failure(chips: Chips, days: Days, failures: Ratio) -> ChipHours {
    training::run_chip_hours(chips, days) * (1.0 / failures.get())
}

/// Failures that are expected in a time.
pub fn expected_failures(days: Days, between: Minutes) -> Ratio {
    Ratio::new(days.get() * MINUTES / between.get())
}

/// Mean time lost for each interruption: goodput is 1 − loss/MTTF.
pub fn mean_loss(effective: Ratio, days: Days, interruptions: Ratio) -> Minutes {
    Minutes::new((1.0 - effective.get()) * days.get() * MINUTES / interruptions.get())
}

/// Chips that a revenue stands for.
pub fn chips_from_revenue(revenue: Money, hardware: Ratio, share: Ratio, price: Price) -> Chips {
    procurement::supply_limit(revenue * hardware, share, price, Ratio::new(1.0))
}

/// Capex over revenue.
pub fn capex_intensity(capex: Money, revenue: Money) -> Ratio {
    capex.over(revenue)
}

/// Straight-line depreciation of a quarter.
pub fn depreciation_charge(cost: Money, life: Ratio, age: Quarters) -> Money {
    cost * finance::straight_line(age.get(), life)
}

/// Straight-line depreciation of a year in service.
pub fn depreciation_year(cost: Money, life: Ratio) -> Money {
    let charge = |age: f64| depreciation_charge(cost, life, Quarters::new(age));
    charge(1.0) + charge(2.0) + charge(3.0) + charge(4.0)
}

/// Depreciation of a quarter after a change of life.
pub fn changed_charge(left: Money, age: Quarters, life: Ratio) -> Money {
    policy::prospective_charge((age.get(), 1.0), left, life).0
}

/// Factor after some years of growth.
pub fn growth_factor(rate: Ratio, years: Ratio) -> Ratio {
    Ratio::new(exp(years.get() * ln(1.0 + rate.get())))
}

/// Yearly growth that makes a factor in some years.
pub fn growth_rate(factor: Ratio, years: Ratio) -> Ratio {
    Ratio::new(exp(ln(factor.get()) / years.get()) - 1.0)
}

/// Years in which growth doubles.
pub fn doubling_years(rate: Ratio) -> Ratio {
    Ratio::new(std::f64::consts::LN_2 / ln(1.0 + rate.get()))
}

/// Growth on the log scale from yearly growth.
pub fn log_growth(rate: Ratio) -> Ratio {
    Ratio::new(ln(1.0 + rate.get()))
}

/// Money that grows by a rate each year.
pub fn grown_money(before: Money, rate: Ratio, years: Ratio) -> Money {
    super::capex::grown_capex(before, log_growth(rate) * years)
}

/// Energy that grows by a rate each year.
pub fn grown_energy(before: Energy, rate: Ratio, years: Ratio) -> Energy {
    before * growth_factor(rate, years)
}

/// Cost after learning: it falls by a share with each doubling of the volume.
pub fn learned_cost(rate: Ratio, volume: Ratio) -> Ratio {
    Ratio::new(exp(ln(volume.get()) / std::f64::consts::LN_2 * ln(1.0 - rate.get())))
}

/// Mean power of an energy used over a year.
pub fn mean_power(energy: Energy) -> FacilityPower {
    FacilityPower::new(energy.get() / HOURS)
}

/// Capacity that uses an energy in a year at a mean use.
pub fn capacity_for_energy(energy: Energy, use_share: Ratio) -> FacilityPower {
    mean_power(energy) * (1.0 / use_share.get())
}

/// Power of a run from that of another.
pub fn scaled_run_power(
    power: FacilityPower,
    compute: Ratio,
    hardware: Ratio,
    numbers: Ratio,
    duration: Ratio,
) -> FacilityPower {
    power * (compute.get() / (hardware.get() * numbers.get() * duration.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs()
    }

    #[test]
    fn products_of_the_modules_by_hand() {
        let (chips, kilowatts) = (Chips::new(1000.0), ChipPower::new(0.7));
        // 1,000 · 0.7 kW · 2 = 1.4 MW at the racks, 1.54 at the meter.
        let power = cluster_power(chips, kilowatts, Ratio::new(2.0), Pue::new(1.1));
        assert!(close(power.get(), 1.54));
        // 1,000 · 20 k USD · 1.5 · 1.2 = 36 M USD.
        let cost = cluster_cost(chips, Price::new(20.0), Ratio::new(1.5), Ratio::new(1.2));
        assert!(close(cost.get(), 0.036));
        // 100 MW at 26 + 12 M USD/MW, and at 0.9 a year.
        let it = ItPower::new(100.0);
        assert!(close(site_capital(it, PowerCost::new(26.0), PowerCost::new(12.0)).get(), 3.8));
        assert!(close(site_year_cost(YearlyPowerCost::new(0.9), it).get(), 0.09));
        // A payment pays back what it is the annuity of.
        let (rate, life) = (Ratio::new(0.08), Ratio::new(10.0));
        let payment = annuity(Money::new(5.0), rate, life);
        assert!(close(annuity_value(payment, rate, life).get(), 5.0));
    }

    #[test]
    fn times_and_rates_by_hand() {
        assert!(close(run_length(ChipHours::new(48_000.0), Chips::new(1000.0)).get(), 2.0));
        // 1e22 FLOP on 1,000 chips of 1,000 TFLOP/s at one half take 20,000 s.
        let rate = ChipRate::new(1000.0);
        let days = training_days(Flop::new(1e22), Chips::new(1000.0), rate, Ratio::new(0.5));
        assert!(close(days.get(), 20_000.0 / 86_400.0));
        let compute = training_compute(Chips::new(1000.0), rate, Ratio::new(0.5), days);
        assert!(close(compute.get(), 1e22));
        // 1,000 chips that each fail once in 1,000 days fail once a day.
        let between = time_between_failures(Days::new(1000.0), Chips::new(1000.0));
        assert!(close(between.get(), 1440.0));
        assert!(close(expected_failures(Days::new(54.0), between).get(), 54.0));
        assert!(close(growth_factor(Ratio::new(1.0), Ratio::new(3.0)).get(), 8.0));
        assert!(close(growth_rate(Ratio::new(8.0), Ratio::new(3.0)).get(), 1.0));
        assert!(close(doubling_years(Ratio::new(1.0)).get(), 1.0));
        assert!(close(learned_cost(Ratio::new(0.2), Ratio::new(4.0)).get(), 0.64));
        assert!(close(mean_power(Energy::new(8766.0)).get(), 1.0));
    }

    #[test]
    fn depreciation_is_complete() {
        let (cost, life) = (Money::new(10.0), Ratio::new(5.0));
        let charges =
            (0..=20).map(|q| depreciation_charge(cost, life, Quarters::new(f64::from(q))));
        assert!(close(charges.map(Scalar::get).sum(), 10.0));
        assert!(close(depreciation_year(cost, life).get(), 2.0));
        // Two years in, 6 of 10 are left; a life of 6 years leaves 16 quarters.
        let left = changed_charge(Money::new(6.0), Quarters::new(8.0), Ratio::new(6.0));
        assert!(close(left.get(), 0.375));
    }
}
