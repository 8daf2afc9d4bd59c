//! Published relations, each put together from equations of the modules: what others print is
//! usually a product of several of ours. Nothing here is used in a run.

use super::{
    energy, finance, install, opex, policy, procurement, site, tco, training,
};
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
pub fn cluster_power(chips: Chips, power: ChipPower, overhead: Ratio, annual: Pue) -> FacilityPower {
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
