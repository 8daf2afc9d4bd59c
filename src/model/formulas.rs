//! The model's equations by name, so that tests and published cases call the very code that runs.

use super::{
    affordability, budget, capex, carbon, chips, cluster, economic, energy, finance, fleet,
    install, opex, procurement, returns, revenue, site, tco, training, usage,
};
use crate::units::typed::{
    Carbon, CarbonIntensity, CarbonPerChip, ChipHours, ChipPower, ChipRate, Chips, Days, Energy,
    EnergyPrice, FacilityPower, Flop, FlopPerDay, H100e, H100ePerChip, HourPrice, ItPower, Minutes,
    Money, PowerCost, Price, Pue, Quarters, Ratio, Scalar, Water, Wue, YearlyPowerCost,
};

/// One equation on plain numbers in the canonical units of its types.
#[derive(Clone, Copy)]
pub struct Formula {
    /// Name of the function in its module.
    pub name: &'static str,
    /// Names and units of the arguments.
    pub inputs: &'static [(&'static str, &'static str)],
    /// Unit of the result.
    pub output: &'static str,
    /// Applies it; missing arguments are not numbers.
    pub call: fn(&[f64]) -> f64,
}

impl std::fmt::Debug for Formula {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Formula")
            .field("name", &self.name)
            .field("inputs", &self.inputs)
            .finish_non_exhaustive()
    }
}

macro_rules! formulas {
    ($($module:ident :: $name:ident ( $($arg:ident : $type:ty),+ ) -> $out:ty;)+) => {
        /// Every equation with a single result.
        pub const FORMULAS: &[Formula] = &[$(Formula {
            name: stringify!($name),
            inputs: &[$((stringify!($arg), <$type>::UNIT)),+],
            output: <$out>::UNIT,
            call: |numbers| {
                let mut numbers = numbers.iter().copied();
                $(let $arg = <$type>::new(numbers.next().unwrap_or(f64::NAN));)+
                let out: $out = $module::$name($($arg),+);
                out.get()
            },
        },)+];
    };
}

formulas! {
    capex::grown_capex(before: Money, growth: Ratio) -> Money;
    revenue::grown_revenue(before: Money, growth: Ratio, noise: Ratio) -> Money;
    revenue::operating_cash(revenue: Money, margin: Ratio) -> Money;
    affordability::debt_room(limit: Ratio, cash_year: Money, debt: Money) -> Money;
    affordability::new_debt(capex: Money, spendable: Money, cash: Money, cash_floor: Money) -> Money;
    budget::chip_budget(capex: Money, share: Ratio, carried: Money) -> Money;
    chips::chip_price(bare: Price, noise: Ratio, network: Ratio) -> Price;
    procurement::order_cover(mean: Ratio, noise: Ratio, lead: Quarters) -> Ratio;
    procurement::planned_chips(share: Ratio, budget: Money, price: Price) -> Chips;
    procurement::supply_limit(supply: Money, share: Ratio, bare: Price, company: Ratio) -> Chips;
    procurement::pile_brake(lag: Quarters, waiting: ItPower, plan: ItPower) -> Ratio;
    procurement::reported_capex(affordable: Money, carried_in: Money, carried_out: Money) -> Money;
    fleet::add_cohort(sum: Chips, cohort: Chips, left: Ratio) -> Chips;
    site::facility_power(it: ItPower, peak: Pue) -> FacilityPower;
    install::ready_chips(waiting: Chips, lag: Quarters) -> Chips;
    install::installed_share(free: ItPower, need: ItPower, crew: Ratio) -> Ratio;
    install::crew_share(crew: Chips, ready: Chips) -> Ratio;
    install::it_power(power: ChipPower, chips: Chips) -> ItPower;
    cluster::largest_cluster(before: H100e, installed: H100e, share: Ratio) -> H100e;
    cluster::mean_h100e(before: H100ePerChip, h100e: H100e, chips: Chips) -> H100ePerChip;
    training::transformer_compute(parameters: Ratio, tokens: Ratio) -> Flop;
    training::job_chips(share: Ratio, cluster: Chips) -> Chips;
    training::job_utilization(base: Ratio, chips: Chips, reference: Chips, decline: Ratio) -> Ratio;
    training::time_at_size(time: Minutes, chips: Chips, reference: Chips, exponent: Ratio) -> Minutes;
    training::time_to_failure(chips: Chips, per_node: Ratio, rate: Ratio) -> Minutes;
    training::checkpoint_interval(checkpoint: Minutes, failure: Minutes) -> Minutes;
    training::loss_per_failure(checkpoint: Minutes, restart: Minutes, interval: Minutes, failure: Minutes) -> Minutes;
    training::goodput(loss: Minutes, failure: Minutes, floor: Ratio) -> Ratio;
    training::job_speed(chips: Chips, rate: ChipRate, efficiency: Ratio) -> FlopPerDay;
    training::run_days(compute: Flop, speed: FlopPerDay, longest: Days) -> Days;
    training::run_compute(speed: FlopPerDay, days: Days, wanted: Flop) -> Flop;
    training::run_chip_hours(chips: Chips, days: Days) -> ChipHours;
    training::sustained_rate(compute: Flop, hours: ChipHours) -> ChipRate;
    training::overall_efficiency(compute: Flop, hours: ChipHours, rate: ChipRate) -> Ratio;
    training::run_energy(power: ChipPower, hours: ChipHours, draw: Ratio, annual: Pue) -> Energy;
    training::decayed_value(price: Price, orders: Ratio, years: Ratio) -> Price;
    training::amortized_cost(value: Price, orders: Ratio, hours: ChipHours) -> Money;
    training::with_network(servers: Money, share: Ratio) -> Money;
    training::acquisition_cost(chips: Chips, server: Price, share: Ratio) -> Money;
    training::rental_cost(price: HourPrice, hours: ChipHours, each: H100ePerChip) -> Money;
    training::slip_at_size(slip: Days, planned: Flop, reference: Flop, growth: Ratio) -> Days;
    energy::fleet_energy(it: ItPower, utilization: Ratio, annual: Pue) -> Energy;
    energy::energy_cost(price: EnergyPrice, energy: Energy) -> Money;
    carbon::emissions(intensity: CarbonIntensity, energy: Energy) -> Carbon;
    carbon::embodied(each: CarbonPerChip, chips: Chips, life: Ratio) -> Carbon;
    carbon::mixed_share(ready: ItPower, phases: ItPower, having: ItPower, outside: Ratio) -> Ratio;
    carbon::cooling_water(energy: Energy, annual: Pue, each: Wue) -> Water;
    opex::site_opex(cost: YearlyPowerCost, ready: ItPower) -> Money;
    opex::maintenance(rate: Ratio, depreciation: Money, life: Ratio) -> Money;
    economic::kept_value(rate: Ratio) -> Ratio;
    usage::taken(demand: H100e, fleet: H100e, counts: H100e) -> H100e;
    usage::serving(
        want: H100e, room: H100e, before: H100e, gained: H100e, lag: Quarters
    ) -> H100e;
    usage::rent(price: HourPrice, h100e: H100e) -> Money;
    tco::capital_recovery(rate: Ratio, life: Ratio) -> Ratio;
    tco::hardware_cost(price: Price, chips: Chips) -> Money;
    tco::compute_cost(spent: Money, factor: Ratio, power: ItPower) -> PowerCost;
    tco::yearly_cost(
        compute: PowerCost, compute_recovery: Ratio, site: PowerCost, site_recovery: Ratio,
        running: YearlyPowerCost
    ) -> YearlyPowerCost;
    tco::hour_cost(year: YearlyPowerCost, power: ItPower, h100e: H100e) -> HourPrice;
    returns::engagement(compute: H100e, first: H100e, per_doubling: Ratio) -> Ratio;
    returns::owed_revenue(revenue: Money, ads: Ratio, elasticity: Ratio, uplift: Ratio) -> Money;
    finance::free_cash_flow(operating: Money, capex: Money) -> Money;
    finance::book_value(before: Money, capex: Money, depreciation: Money) -> Money;
}

/// An equation by name.
pub fn formula(name: &str) -> Option<&'static Formula> {
    FORMULAS.iter().find(|formula| formula.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_case_calls_the_model_by_name() {
        // Prometheus, January 2026: 368 MW of IT power at a peak ratio of 1.30 draw 478 MW.
        let power = formula("facility_power").map(|f| (f.call)(&[368.0, 1.30]));
        assert!(power.is_some_and(|mw| (mw - 478.4).abs() < 1e-9));
        let free = formula("free_cash_flow").map(|f| (f.call)(&[115.800, 72.215]));
        assert!(free.is_some_and(|usd| (usd - 43.585).abs() < 1e-12));
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = FORMULAS.iter().map(|f| f.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FORMULAS.len());
    }
}
