//! The model's equations by name, so that tests and published cases call the very code that runs.

use super::{
    affordability, budget, capex, carbon, chips, cluster, economic, energy, finance, fleet,
    install, opex, procurement, published, returns, revenue, site, tco, training, usage,
};
use crate::units::typed::{
    Carbon, CarbonIntensity, CarbonPerChip, ChipHours, ChipPower, ChipRate, Chips, Days, Energy,
    EnergyPrice, FacilityPower, Flop, FlopPerDay, H100e, H100ePerChip, HourPrice, ItPower, Minutes,
    Money, PowerCost, Price, Pue, Quarters, Ratio, Scalar, Water, Wue, YearlyPowerCost,
};
use crate::units::{Quantity, to_canonical};

/// One argument of an equation.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Canonical unit of its type.
    pub unit: &'static str,
    /// What it means where its type is a plain number.
    meaning: Option<Quantity>,
}

/// One equation on plain numbers in the canonical units of its types.
#[derive(Clone, Copy)]
pub struct Formula {
    /// Name of the function.
    pub name: &'static str,
    /// Its module.
    pub module: &'static str,
    /// What it computes.
    pub doc: &'static str,
    /// Arguments.
    pub inputs: &'static [Argument],
    /// Result.
    pub output: Argument,
    /// Applies it to numbers in the canonical units of the types; missing arguments are not numbers.
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

/// Quantities by the canonical unit of a type, where they differ from the unit of the quantity.
const UNITS: &[(&str, Quantity)] = &[
    ("", Quantity::Ratio),
    ("MW", Quantity::Power),
    ("k USD/chip", Quantity::PricePerChip),
    ("kW/chip", Quantity::PowerPerChip),
    ("FLOP/d", Quantity::ComputeRate),
];

impl Argument {
    /// What it is as a quantity of the scenario format.
    pub fn quantity(&self) -> Quantity {
        let by_unit = || UNITS.iter().find(|(unit, _)| *unit == self.unit).map(|(_, q)| *q);
        let same = || {
            let all = crate::units::QUANTITIES.iter();
            all.map(|decl| decl.quantity).find(|q| q.canonical_unit() == self.unit)
        };
        self.meaning.or_else(by_unit).or_else(same).unwrap_or(Quantity::Ratio)
    }

    /// Units of its type in one unit of its quantity.
    fn factor(&self) -> f64 {
        if self.meaning.is_some() {
            return 1.0;
        }
        1.0 / to_canonical(1.0, self.unit, self.quantity()).unwrap_or(1.0)
    }
}

impl Formula {
    /// Applies it to numbers in the canonical units of the quantities.
    pub fn apply(&self, numbers: &[f64]) -> f64 {
        let numbers: Vec<f64> =
            numbers.iter().zip(self.inputs).map(|(x, input)| x * input.factor()).collect();
        (self.call)(&numbers) / self.output.factor()
    }

    /// The quantity of the result.
    pub fn output_quantity(&self) -> Quantity {
        self.output.quantity()
    }

    /// Inputs as they may be written, as an inline table of TOML.
    pub fn example(&self) -> String {
        let inputs: Vec<String> = (self.inputs.iter())
            .map(|input| format!("{} = \"{}\"", input.name, input.quantity().example()))
            .collect();
        format!("{{ {} }}", inputs.join(", "))
    }
}

macro_rules! meaning {
    () => {
        None
    };
    ($quantity:ident) => {
        Some(Quantity::$quantity)
    };
}

macro_rules! formulas {
    ($($(#[doc = $doc:literal])+ $module:ident :: $name:ident (
        $($arg:ident : $type:ty $(as $quantity:ident)?),+ $(,)?
    ) -> $out:ty $(as $result:ident)?;)+) => {
        /// Every equation with a single result.
        pub const FORMULAS: &[Formula] = &[$(Formula {
            name: stringify!($name),
            module: stringify!($module),
            doc: concat!($($doc),+),
            inputs: &[$(Argument {
                name: stringify!($arg),
                unit: <$type>::UNIT,
                meaning: meaning!($($quantity)?),
            }),+],
            output: Argument {
                name: "output",
                unit: <$out>::UNIT,
                meaning: meaning!($($result)?),
            },
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
    /// Capex of a year from the one before.
    capex::grown_capex(before: Money, growth: Ratio as Signed) -> Money;
    /// Revenue from that of the same quarter a year before.
    revenue::grown_revenue(before: Money, growth: Ratio as Signed, noise: Ratio as Signed) -> Money;
    /// Operating cash flow for a revenue.
    revenue::operating_cash(revenue: Money, margin: Ratio) -> Money;
    /// Room for debt: limit over the last four quarters' operating cash, less debt.
    affordability::debt_room(limit: Ratio, cash_year: Money, debt: Money) -> Money;
    /// New debt of the quarter.
    affordability::new_debt(
        capex: Money, spendable: Money, cash: Money, cash_floor: Money
    ) -> Money;
    /// Money for the main vendor's chips.
    budget::chip_budget(capex: Money, share: Ratio, carried: Money) -> Money;
    /// Price paid per chip: level, noise and the vendor's network.
    chips::chip_price(bare: Price, noise: Ratio, network: Ratio) -> Price;
    /// Need ordered in time over need.
    procurement::order_cover(mean: Ratio, noise: Ratio, lead: Quarters) -> Ratio;
    /// Chips that the plan asks for.
    procurement::planned_chips(share: Ratio, budget: Money, price: Price) -> Chips;
    /// Chips of a generation that the company can get: its largest share of the vendor's output.
    procurement::supply_limit(supply: Money, share: Ratio, bare: Price, company: Ratio) -> Chips;
    /// Slows buying when deliveries pile up. Both powers in MW of IT.
    procurement::pile_brake(lag: Quarters, waiting: ItPower, plan: ItPower) -> Ratio;
    /// Capex as reported: affordable capex and money carried in, less money carried out.
    procurement::reported_capex(affordable: Money, carried_in: Money, carried_out: Money) -> Money;
    /// Chips left of a cohort, added to what is counted already.
    fleet::add_cohort(sum: Chips, cohort: Chips, left: Ratio) -> Chips;
    /// Power at the meter at peak.
    site::facility_power(it: ItPower, peak: Pue) -> FacilityPower;
    /// Chips ready to be installed, of those delivered.
    install::ready_chips(waiting: Chips, lag: Quarters) -> Chips;
    /// Share of the ready chips that is installed.
    install::installed_share(free: ItPower, need: ItPower, crew: Ratio) -> Ratio;
    /// Share of the ready chips that crews can install.
    install::crew_share(crew: Chips, ready: Chips) -> Ratio;
    /// IT power of chips in service.
    install::it_power(power: ChipPower, chips: Chips) -> ItPower;
    /// Largest cluster at quarter end.
    cluster::largest_cluster(before: H100e, installed: H100e, share: Ratio) -> H100e;
    /// Mean H100e of the chips that are ready, or the last known one.
    cluster::mean_h100e(before: H100ePerChip, h100e: H100e, chips: Chips) -> H100ePerChip;
    /// Compute of training a dense transformer, FLOP: six for each parameter and token. Source:
    /// Kaplan et al. 2020, arXiv 2001.08361.
    training::transformer_compute(parameters: Ratio, tokens: Ratio) -> Flop;
    /// Chips in the job: its share of the cluster.
    training::job_chips(share: Ratio, cluster: Chips) -> Chips;
    /// Model FLOP utilization of a job: it falls with the number of chips as
    /// (n/reference)^(−decline).
    training::job_utilization(base: Ratio, chips: Chips, reference: Chips, decline: Ratio) -> Ratio;
    /// A time that shrinks as the job grows, as (reference/n)^exponent: checkpoints are sharded.
    training::time_at_size(
        time: Minutes, chips: Chips, reference: Chips, exponent: Ratio
    ) -> Minutes;
    /// Mean time between failures of a job, from failures in 1,000 node-days.
    training::time_to_failure(chips: Chips, per_node: Ratio, rate: Ratio as FailureRate) -> Minutes;
    /// Best time between checkpoints, √(2 δ MTTF). Source: Young 1974; first order of Daly 2006.
    training::checkpoint_interval(checkpoint: Minutes, failure: Minutes) -> Minutes;
    /// Time lost for each failure: checkpoints since the last one, half an interval of work, and
    /// the restart.
    training::loss_per_failure(
        checkpoint: Minutes, restart: Minutes, interval: Minutes, failure: Minutes
    ) -> Minutes;
    /// Share of time that makes progress: 1 − loss/MTTF, at least a floor.
    training::goodput(loss: Minutes, failure: Minutes, floor: Ratio) -> Ratio;
    /// Speed of a job: chips at their peak rate times the efficiency all in.
    training::job_speed(chips: Chips, rate: ChipRate, efficiency: Ratio) -> FlopPerDay;
    /// Days that a run takes: those that its compute needs, up to a limit.
    training::run_days(compute: Flop, speed: FlopPerDay, longest: Days) -> Days;
    /// Compute of a run of some days, no more than what it is for.
    training::run_compute(speed: FlopPerDay, days: Days, wanted: Flop) -> Flop;
    /// Chip-hours of a run.
    training::run_chip_hours(chips: Chips, days: Days) -> ChipHours;
    /// Sustained rate of one chip over a run, everything counted.
    training::sustained_rate(compute: Flop, hours: ChipHours) -> ChipRate;
    /// That rate over the peak rate.
    training::overall_efficiency(compute: Flop, hours: ChipHours, rate: ChipRate) -> Ratio;
    /// Energy at the meter of chips that draw a share of their power for some hours.
    training::run_energy(power: ChipPower, hours: ChipHours, draw: Ratio, annual: Pue) -> Energy;
    /// What is left of a price after some years in which price-performance grows by orders of
    /// magnitude a year. Source: Epoch, training-cost-trends.
    training::decayed_value(
        price: Price, orders: Ratio as FlopPerDollarGrowth, years: Ratio as DurationYears
    ) -> Price;
    /// Value that chips lose while they work: orders a year times ln 10, of their value at the
    /// start. Source: as decayed_value.
    training::amortized_cost(
        value: Price, orders: Ratio as FlopPerDollarGrowth, hours: ChipHours
    ) -> Money;
    /// Cost of servers with the network between them, which is a share of the whole.
    training::with_network(servers: Money, share: Ratio) -> Money;
    /// Cost of buying the job's servers with their network.
    training::acquisition_cost(chips: Chips, server: Price, share: Ratio) -> Money;
    /// Cost of renting the same compute.
    training::rental_cost(price: HourPrice, hours: ChipHours, each: H100ePerChip) -> Money;
    /// How long a release slips, if it does: in proportion to a power of the planned compute.
    training::slip_at_size(slip: Days, planned: Flop, reference: Flop, growth: Ratio) -> Days;
    /// Energy at the meter in a quarter.
    energy::fleet_energy(it: ItPower, utilization: Ratio, annual: Pue) -> Energy;
    /// Cost of energy.
    energy::energy_cost(price: EnergyPrice, energy: Energy) -> Money;
    /// Emissions of energy.
    carbon::emissions(intensity: CarbonIntensity, energy: Energy) -> Carbon;
    /// Embodied emissions that fall into a quarter in service; life in years.
    carbon::embodied(each: CarbonPerChip, chips: Chips, life: Ratio as DurationYears) -> Carbon;
    /// Share of ready power with some property: that of phases, and a share of what is outside of
    /// them.
    carbon::mixed_share(ready: ItPower, phases: ItPower, having: ItPower, outside: Ratio) -> Ratio;
    /// Water for energy at the meter.
    carbon::cooling_water(energy: Energy, annual: Pue, each: Wue) -> Water;
    /// Running cost of sites in a quarter.
    opex::site_opex(cost: YearlyPowerCost, ready: ItPower) -> Money;
    /// Maintenance of a quarter from the quarter's straight-line depreciation of the servers in
    /// service.
    opex::maintenance(rate: Ratio, depreciation: Money, life: Ratio as DurationYears) -> Money;
    /// Share of its value that an asset keeps over a quarter.
    economic::kept_value(rate: Ratio as Signed) -> Ratio;
    /// H100e that a demand takes of a fleet, by what all of the fleet counts for it. A fleet that
    /// counts for nothing takes no demand.
    usage::taken(demand: H100e, fleet: H100e, counts: H100e) -> H100e;
    /// H100e in serving. `gained` since the last quarter.
    usage::serving(want: H100e, room: H100e, before: H100e, gained: H100e, lag: Quarters) -> H100e;
    /// Rent of a quarter.
    usage::rent(price: HourPrice, h100e: H100e) -> Money;
    /// Yearly payment that pays back one with interest (capital recovery factor); life in years.
    tco::capital_recovery(rate: Ratio, life: Ratio as DurationYears) -> Ratio;
    /// Cost of chips at a price each.
    tco::hardware_cost(price: Price, chips: Chips) -> Money;
    /// Compute bought per MW that it draws.
    tco::compute_cost(spent: Money, factor: Ratio, power: ItPower) -> PowerCost;
    /// Cost of a year: annuities of compute and site, and running cost, all per MW.
    tco::yearly_cost(
        compute: PowerCost, compute_recovery: Ratio, site: PowerCost, site_recovery: Ratio,
        running: YearlyPowerCost
    ) -> YearlyPowerCost;
    /// Cost of an hour of an H100e from that of a year of power.
    tco::hour_cost(year: YearlyPowerCost, power: ItPower, h100e: H100e) -> HourPrice;
    /// Engagement since the start, for compute that has grown.
    returns::engagement(compute: H100e, first: H100e, per_doubling: Ratio) -> Ratio;
    /// Revenue that an uplift stands for.
    returns::owed_revenue(revenue: Money, ads: Ratio, elasticity: Ratio, uplift: Ratio) -> Money;
    /// Free cash flow.
    finance::free_cash_flow(operating: Money, capex: Money) -> Money;
    /// Book value rolls forward.
    finance::book_value(before: Money, capex: Money, depreciation: Money) -> Money;
    /// IT power of a site from the power of its servers: network, storage and the rest on top.
    /// Source: Epoch, frontier data centers (FACTS F18).
    published::site_it_power(servers: ItPower, factor: Ratio) -> ItPower;
    /// Power at the meter of a cluster: rated power of its chips, with servers and network, at the
    /// yearly ratio. Source: Epoch, GPU clusters (FACTS F01).
    published::cluster_power(
        chips: Chips, power: ChipPower, overhead: Ratio, annual: Pue
    ) -> FacilityPower;
    /// Cost of a cluster's hardware: chips, the rest of their servers, and the network between
    /// them. Source: Epoch, GPU clusters (FACTS F03).
    published::cluster_cost(chips: Chips, price: Price, server: Ratio, network: Ratio) -> Money;
    /// Capital cost of a site with its compute. Source: Epoch, frontier data centers (FACTS F18).
    published::site_capital(it: ItPower, compute: PowerCost, building: PowerCost) -> Money;
    /// Cost of buildings and power equipment, or of compute, for some IT power.
    published::power_capital(it: ItPower, cost: PowerCost) -> Money;
    /// Running cost of a site in a year.
    published::site_year_cost(cost: YearlyPowerCost, it: ItPower) -> Money;
    /// Yearly payment that pays back an amount with interest.
    published::annuity(amount: Money, rate: Ratio, life: Ratio as DurationYears) -> Money;
    /// Amount that a yearly payment pays back with interest.
    published::annuity_value(payment: Money, rate: Ratio, life: Ratio as DurationYears) -> Money;
    /// Yearly cost of a unit of power: annuities of compute and site, and running cost. Source:
    /// Epoch, cost of a gigawatt (FACTS J15).
    published::capacity_cost(
        compute: PowerCost, compute_life: Ratio as DurationYears, site: PowerCost,
        site_life: Ratio as DurationYears, rate: Ratio, running: YearlyPowerCost
    ) -> YearlyPowerCost;
    /// Yearly cost of some power at a cost per unit of it.
    published::capacity_year_cost(cost: YearlyPowerCost, it: ItPower) -> Money;
    /// Price of a chip with its share of the server.
    published::server_price(bare: Price, factor: Ratio) -> Price;
    /// Days that a run of some chip-hours takes.
    published::run_length(hours: ChipHours, chips: Chips) -> Days;
    /// Days that a run takes on chips at a rate and an efficiency.
    published::training_days(
        compute: Flop, chips: Chips, rate: ChipRate, efficiency: Ratio
    ) -> Days;
    /// Compute of a run of some days on chips at a rate and an efficiency.
    published::training_compute(
        chips: Chips, rate: ChipRate, efficiency: Ratio, days: Days
    ) -> Flop;
    /// Emissions of a run.
    published::training_emissions(
        power: ChipPower, hours: ChipHours, draw: Ratio, annual: Pue, intensity: CarbonIntensity
    ) -> Carbon;
    /// Emissions per energy.
    published::carbon_intensity(carbon: Carbon, energy: Energy) -> CarbonIntensity;
    /// Cost of a run's electricity.
    published::training_energy_cost(
        power: ChipPower, hours: ChipHours, draw: Ratio, annual: Pue, price: EnergyPrice
    ) -> Money;
    /// Rated power of a chip with its share of the server.
    published::server_power(power: ChipPower, factor: Ratio) -> ChipPower;
    /// Amortized hardware cost of a run, with its network. Source: Epoch, training-cost-trends
    /// (FACTS F10, F12).
    published::training_hardware_cost(
        value: Price, orders: Ratio as FlopPerDollarGrowth, hours: ChipHours, network: Ratio
    ) -> Money;
    /// Cost of a chip-hour by the value that it loses.
    published::chip_hour_cost(value: Price, orders: Ratio as FlopPerDollarGrowth) -> HourPrice;
    /// What the network adds to the cost of servers.
    published::network_cost(servers: Money, share: Ratio) -> Money;
    /// Cost of a run: hardware with its network, amortized, and electricity. Source: Epoch,
    /// training-cost-trends (FACTS F10 to F14).
    published::amortized_training_cost(
        value: Price, orders: Ratio as FlopPerDollarGrowth, hours: ChipHours, network: Ratio,
        power: ChipPower, draw: Ratio, annual: Pue, price: EnergyPrice
    ) -> Money;
    /// Mean time between failures of a job, from the mean time to a failure of one chip.
    published::time_between_failures(each: Days, chips: Chips) -> Minutes;
    /// Chip-hours for each failure, from a count.
    published::hours_per_failure(chips: Chips, days: Days, failures: Ratio) -> ChipHours;
    /// Failures that are expected in a time.
    published::expected_failures(days: Days, between: Minutes) -> Ratio;
    /// Mean time lost for each interruption, from the share of time that was effective.
    published::mean_loss(effective: Ratio, days: Days, interruptions: Ratio) -> Minutes;
    /// Chips that a revenue stands for: its hardware, a share of that, at a price. Source: Epoch,
    /// chip owners (FACTS F20).
    published::chips_from_revenue(
        revenue: Money, hardware: Ratio, share: Ratio, price: Price
    ) -> Chips;
    /// Capex over revenue.
    published::capex_intensity(capex: Money, revenue: Money) -> Ratio;
    /// Straight-line depreciation of a quarter, in the middle of which an asset is put in service
    /// at age 0.
    published::depreciation_charge(
        cost: Money, life: Ratio as DurationYears, age: Quarters
    ) -> Money;
    /// Straight-line depreciation of a whole year in service.
    published::depreciation_year(cost: Money, life: Ratio as DurationYears) -> Money;
    /// Depreciation of a quarter after a change of life: what is left, over what is left of the
    /// life.
    published::changed_charge(left: Money, age: Quarters, life: Ratio as DurationYears) -> Money;
    /// Money that grows by a rate each year.
    published::grown_money(
        before: Money, rate: Ratio as GrowthPerYear, years: Ratio as DurationYears
    ) -> Money;
    /// Energy that grows by a rate each year.
    published::grown_energy(
        before: Energy, rate: Ratio as GrowthPerYear, years: Ratio as DurationYears
    ) -> Energy;
    /// Factor after some years of growth.
    published::growth_factor(rate: Ratio as GrowthPerYear, years: Ratio as DurationYears) -> Ratio;
    /// Yearly growth that makes a factor in some years.
    published::growth_rate(factor: Ratio, years: Ratio as DurationYears) -> Ratio;
    /// Years in which growth doubles.
    published::doubling_years(rate: Ratio as GrowthPerYear) -> Ratio as DurationYears;
    /// Growth on the log scale, as the model draws it, from yearly growth.
    published::log_growth(rate: Ratio as GrowthPerYear) -> Ratio as Signed;
    /// Cost after learning: it falls by a share with each doubling of the volume (Wright 1936).
    published::learned_cost(rate: Ratio, volume: Ratio) -> Ratio;
    /// Mean power of an energy used over a year of 8,766 hours.
    published::mean_power(energy: Energy) -> FacilityPower;
    /// Capacity that uses an energy in a year at a mean use.
    published::capacity_for_energy(energy: Energy, use_share: Ratio) -> FacilityPower;
    /// Power of a run from that of another: more compute, over gains of hardware, numbers and
    /// duration. Source: Epoch, can scaling continue (FACTS F22).
    published::scaled_run_power(
        power: FacilityPower, compute: Ratio, hardware: Ratio, numbers: Ratio, duration: Ratio
    ) -> FacilityPower;
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
