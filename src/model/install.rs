//! Installation, early retirement, and which limit binds (MODEL.md M6).
//!
//! ```text
//! W += q;  ready_g = W_g / (1 + L_d);  need = Σ kW_g ready_g
//! free = (1 − reserve) M − Σ kW_g N_g (never below 0)
//! need > free: chips with H100e/kW at most a share of the newest generation's on offer are
//! retired, oldest first, up to the gap
//! f = min(1, free/need, crew/Σ ready);  n_g = f ready_g;  the rest waits
//! ```
//!
//! Name of what binds: power if free/need < 0.98 before any is retired or buying was slowed; else
//! installation if the crew set f; else chips if over 2 % of the budget was left (supply where the
//! company's share was the smaller limit, else lead time); else affordability if capex was cut;
//! else money.

use std::collections::BTreeMap;

use super::block::{Block, Col};
use super::chip_kinds::chip_column;
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::fleet::{Cohorts, Fleet, all_train, first_shown};
use super::relaxed::{relaxed_crew, relaxed_power};
use super::setup::{Basis, Line};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{
    ChipPower, Chips, FacilityPower, H100e, H100ePerChip, ItPower, Money, Pue, Quarters, Ratio,
    Scalar,
};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "fleet.retire_efficiency",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::Always,
        "a chip is retired early for want of power when its H100e per kW is at most this share of the newest one's",
        "0.333",
    ),
    input(
        "fleet.max_installs",
        Q::Chips,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "most chips that crews can install in a quarter; without it crews never bind",
        "60 k chips",
    ),
];
/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "fleet.chips",
        "Chips installed",
        Q::Chips,
        Aggregation::Stock,
        "all accelerators in service at quarter end",
    ),
    metric(
        "fleet.h100e",
        "Fleet",
        Q::H100e,
        Aggregation::Stock,
        "H100-equivalents in service at quarter end, in the scenario's definition",
    ),
    metric(
        "fleet.h100e_dense8",
        "Fleet by 8-bit peak",
        Q::H100e,
        Aggregation::Stock,
        "by peak dense 8-bit rate",
    ),
    metric(
        "fleet.h100e_bf16",
        "Fleet by 16-bit peak",
        Q::H100e,
        Aggregation::Stock,
        "by peak dense 16-bit rate",
    ),
    metric(
        "fleet.h100e_sustained",
        "Fleet by sustained training rate",
        Q::H100e,
        Aggregation::Stock,
        "by 16-bit peak times the ratio of training efficiencies; chips that cannot train count nothing",
    ),
    metric(
        "fleet.h100",
        "H100 installed",
        Q::Chips,
        Aggregation::Stock,
        "H100 and H200 in service at quarter end",
    ),
    metric(
        "fleet.waiting_h100e",
        "Delivered but not installed",
        Q::H100e,
        Aggregation::Stock,
        "at quarter end",
    ),
    metric(
        "fleet.it_power",
        "IT power in use",
        Q::Power,
        Aggregation::Stock,
        "IT nameplate of all chips in service",
    ),
    metric(
        "facility.power",
        "Facility power",
        Q::Power,
        Aggregation::Stock,
        "peak power at the meter of the chips in service",
    ),
    metric(
        "fleet.retired",
        "Chips retired early",
        Q::Chips,
        Aggregation::Flow,
        "for want of power",
    ),
    metric(
        "binds.money",
        "Money binds",
        Q::Ratio,
        Aggregation::Indicator,
        "1 where the plan's money sets the fleet",
    ),
    metric(
        "binds.affordability",
        "Affordability binds",
        Q::Ratio,
        Aggregation::Indicator,
        "1 where cash cuts the plan",
    ),
    metric(
        "binds.supply",
        "Chip supply binds",
        Q::Ratio,
        Aggregation::Indicator,
        "1 where the largest share of the vendor's output leaves money unspent",
    ),
    metric(
        "binds.lead_time",
        "Lead time binds",
        Q::Ratio,
        Aggregation::Indicator,
        "1 where what was ordered in time leaves money unspent",
    ),
    metric(
        "binds.power",
        "Power binds",
        Q::Ratio,
        Aggregation::Indicator,
        "1 where chips wait for power, or older ones are retired to make room",
    ),
    metric(
        "binds.installation",
        "Installation binds",
        Q::Ratio,
        Aggregation::Indicator,
        "1 where crews set the pace",
    ),
];

/// Chips ready to be installed, of those delivered.
#[inline(always)]
pub fn ready_chips(waiting: Chips, lag: Quarters) -> Chips {
    waiting * ready_share(lag)
}

/// Power free for new chips.
#[inline(always)]
pub fn free_power(reserve: f64, ready: ItPower, used: ItPower) -> ItPower {
    (ready * (1.0 - reserve) - used).positive()
}

/// Chips retired for want of power: (retired, gap left, share of the generation kept). `k` is the
/// largest share of the newest generation's efficiency at which a chip is retired.
#[inline(always)]
pub fn early_retirement(
    k: f64,
    gap: ItPower,
    chips: Chips,
    power: ChipPower,
    efficiency: Ratio,
    newest: Ratio,
) -> (Chips, ItPower, Ratio) {
    let old = is_old(k, efficiency, newest);
    let wanted = (gap.positive() / power).min(chips);
    let retired = if old { wanted } else { Chips::ZERO };
    (retired, gap - power * retired, Ratio::new(1.0) - retired.over(chips))
}

/// IT power of chips in service.
#[inline(always)]
pub fn it_power(power: ChipPower, chips: Chips) -> ItPower {
    power * chips
}

/// Whether a generation is old enough to make room for the newest one on offer.
#[inline(always)]
fn is_old(k: f64, efficiency: Ratio, newest: Ratio) -> bool {
    efficiency.get() <= k * newest.get()
}

/// Retires chips of one generation. Sums: (gap left, retired in all). Gives (in service, share of
/// the generation kept since the start, one over it). The share never falls to nothing, so that
/// later cohorts can be counted against it: of a generation retired whole, a ten-billionth stays.
#[inline(always)]
fn retire(
    k: f64,
    (gap, all): (ItPower, Chips),
    (chips, power, efficiency, newest, kept, regrown): (
        Chips,
        ChipPower,
        Ratio,
        Ratio,
        Ratio,
        Ratio,
    ),
) -> ((ItPower, Chips), (Chips, Ratio, Ratio)) {
    let (retired, left, share) = early_retirement(k, gap, chips, power, efficiency, newest);
    let share = share.max(Ratio::new(LEAST_KEPT));
    let (kept, regrown) = (kept * share, Ratio::new(regrown.get() / share.get()));
    ((left, all + retired), (chips - retired, kept, regrown))
}

/// Least share of a generation that a quarter keeps: 28 such quarters stay within the range of f64.
const LEAST_KEPT: f64 = 1e-10;

/// Share of the ready chips that is installed.
#[inline(always)]
pub fn installed_share(free: ItPower, need: ItPower, crew: Ratio) -> Ratio {
    let power = if need.get() > 0.0 { free.over(need) } else { Ratio::new(1.0) };
    power.min(crew).min(Ratio::new(1.0))
}

/// Share of the ready chips that crews can install.
#[inline(always)]
pub fn crew_share(crew: Chips, ready: Chips) -> Ratio {
    if ready.get() > 0.0 { crew.over(ready) } else { Ratio::new(1.0) }
}

/// Below this share of the ready chips' power, power binds.
const POWER_BINDS: f64 = 0.98;
/// Above this share of the budget left over, chips bind.
const CHIPS_BIND: f64 = 0.02;

/// Whether power binds, and whether the crew does.
#[inline(always)]
pub fn power_or_crew(gap: ItPower, need: ItPower, brake: Ratio, crew: Ratio) -> (Ratio, Ratio) {
    let room = if need.get() > 0.0 { 1.0 - gap.over(need).get() } else { 1.0 };
    let power = room < POWER_BINDS || brake.get() < POWER_BINDS;
    let installs = !power && crew.get() < 1.0 && crew.get() <= room;
    (flag(power), flag(installs))
}

/// Which of supply, lead time, affordability and money binds, when neither power nor the crew does.
#[inline(always)]
pub fn money_or_chips(
    taken: Ratio,
    left: Money,
    budget: Money,
    supply: Ratio,
    cut: Money,
) -> (Ratio, Ratio, Ratio, Ratio) {
    let open = taken.get() < 0.5;
    let chips = open && left.over(budget).get() > CHIPS_BIND;
    let by_supply = chips && supply.get() > 0.5;
    let afford = open && !chips && cut.get() > 0.0;
    (flag(by_supply), flag(chips && !by_supply), flag(afford), flag(open && !chips && !afford))
}

#[inline(always)]
fn flag(yes: bool) -> Ratio {
    Ratio::new(if yes { 1.0 } else { 0.0 })
}
#[inline(always)]
fn add<T: Scalar>(a: T, b: T) -> T {
    T::new(a.get() + b.get())
}
#[inline(always)]
fn part(chips: Chips, share: Ratio) -> Chips {
    chips * share
}
#[inline(always)]
fn ready_share(lag: Quarters) -> Ratio {
    Ratio::new(1.0 / (1.0 + lag.get()))
}

/// What one generation adds. Sums: (need of power, ready chips, their H100e, power in use). Gives what waits
/// with what was bought.
#[inline(always)]
fn add_need(
    (need, ready_all, ready_h100e, used): (ItPower, Chips, H100e, ItPower),
    (waiting, bought, ready_share, power, h100e, in_service): (
        Chips,
        Chips,
        Ratio,
        ChipPower,
        H100ePerChip,
        Chips,
    ),
) -> ((ItPower, Chips, H100e, ItPower), Chips) {
    let waiting = waiting + bought;
    let ready = waiting * ready_share;
    let sums = (
        need + it_power(power, ready),
        ready_all + ready,
        ready_h100e + h100e * ready,
        used + it_power(power, in_service),
    );
    (sums, waiting)
}

type FleetSums = (H100e, ItPower, Chips, ItPower, H100e);

/// Installs a share of the ready chips. Sums: (waiting H100e, waiting power, chips in service, their
/// power, their H100e). Gives (cohort over what is kept, still waiting, in service, its H100e).
#[inline(always)]
fn install(
    (waiting_h100e, waiting_power, chips, used, fleet): FleetSums,
    (waiting, ready_share, share, in_service, each, power, regrown): (
        Chips,
        Ratio,
        Ratio,
        Chips,
        H100ePerChip,
        ChipPower,
        Ratio,
    ),
) -> (FleetSums, (Chips, Chips, Chips, H100e)) {
    let installed = waiting * ready_share * share;
    let (left, in_service) = (waiting - installed, in_service + installed);
    let own = each * in_service;
    let sums = (
        waiting_h100e + each * left,
        waiting_power + power * left,
        chips + in_service,
        used + power * in_service,
        fleet + own,
    );
    (sums, (installed * regrown, left, in_service, own))
}

/// What waits, in H100e and in power.
#[inline(always)]
fn add_waiting(
    waiting: Chips,
    each: H100ePerChip,
    power: ChipPower,
    h100e: H100e,
    sum: ItPower,
) -> (H100e, ItPower) {
    (h100e + each * waiting, sum + power * waiting)
}

/// Chips that join a cohort later: counted so that the cohort's survival applies to them too.
#[inline(always)]
fn join_cohort(cohort: Chips, joining: Chips, left: Ratio) -> Chips {
    cohort + Chips::new(joining.get() / left.get())
}
#[inline(always)]
fn efficiency(h100e: H100ePerChip, power: ChipPower) -> Ratio {
    Ratio::new(h100e.get() / power.get())
}
#[inline(always)]
fn newest_efficiency(middle: f64, best: Ratio, own: Ratio, first: Quarters) -> Ratio {
    if first.get() <= middle { own } else { best }
}
#[inline(always)]
fn gap(need: ItPower, free: ItPower) -> ItPower {
    (need - free).positive()
}
#[inline(always)]
fn freed(free: ItPower, gap_before: ItPower, gap_left: ItPower) -> ItPower {
    free + (gap_before - gap_left)
}
#[inline(always)]
fn facility(it: ItPower, peak: Pue) -> FacilityPower {
    it * peak
}

/// Columns of one chip.
#[derive(Debug)]
struct Unit {
    line: Line,
    earliest: Option<usize>,
    shown: usize,
    trains: bool,
    is_h100: bool,
    dense8: Col<H100ePerChip>,
    bf16: Col<H100ePerChip>,
    sustained: Col<H100ePerChip>,
    counted: Col<H100ePerChip>,
    power: Col<ChipPower>,
    efficiency: Col<Ratio>,
    first: Option<Col<Quarters>>,
    bought: Option<Col<Chips>>,
    waiting: Col<Chips>,
    /// What is ready, where the cluster must know it of each.
    ready: Option<Col<Chips>>,
    /// What joins the starting stock.
    joined: Col<Chips>,
    in_service: Col<Chips>,
    installed_h100e: Col<H100e>,
}

/// The module.
#[derive(Debug)]
pub struct Installation {
    units: Vec<Unit>,
    oldest_first: Vec<usize>,
    cohorts: Vec<Cohorts>,
    basis: Basis,
    lag: Col<Quarters>,
    ready_share: Col<Ratio>,
    nothing: Col<Chips>,
    waiting_power: Col<ItPower>,
    reserve: f64,
    retire: f64,
    crew: Option<Col<Chips>>,
    site_power: Col<ItPower>,
    power_limit: Col<Ratio>,
    crew_limit: Option<Col<Ratio>>,
    peak: Col<Pue>,
    brake: Col<Ratio>,
    supply_binds: Col<Ratio>,
    left: Col<Money>,
    budget: Col<Money>,
    shortfall: Col<Money>,
    used: Col<ItPower>,
    /// Power of what is in service before anything is installed or retired.
    before: Col<ItPower>,
    facility: Col<FacilityPower>,
    need: Col<ItPower>,
    ready: Col<Chips>,
    ready_h100e: Col<H100e>,
    free: Col<ItPower>,
    gap: Col<ItPower>,
    gap_left: Col<ItPower>,
    newest: Col<Ratio>,
    retired_all: Col<Chips>,
    crew_share: Col<Ratio>,
    share: Col<Ratio>,
    taken: Col<Ratio>,
    chips: Col<Chips>,
    fleet: Col<H100e>,
    /// The fleet by the other definitions, as far as they differ.
    other_bases: Vec<(Basis, Col<H100e>)>,
    waiting_h100e: Col<H100e>,
    binds: [Col<Ratio>; 6],
}

impl Installation {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring, fleet: &Fleet) -> Self {
        let mut module = Self {
            cohorts: fleet.cohorts.clone(),
            oldest_first: w.setup().oldest_first.clone(),
            basis: w.setup().basis,
            units: (0..w.setup().chips.len()).map(|chip| Unit::wire(w, chip)).collect(),
            lag: w.input("supply.dock_lag"),
            ready_share: w.state(),
            nothing: w.state(),
            waiting_power: w.share("fleet.~waiting_power"),
            reserve: w.setting("facility.reserve"),
            retire: w.setting("fleet.retire_efficiency"),
            crew: w.optional("fleet.max_installs"),
            site_power: w.read("site.ready_power"),
            power_limit: w.limit("power"),
            crew_limit: w.given("fleet.max_installs").then(|| w.limit("installation")),
            peak: w.read("facility.~peak"),
            brake: w.read("supply.~brake"),
            supply_binds: w.read("supply.~binds"),
            left: w.read("supply.~left"),
            budget: w.read("capex.chip_budget"),
            shortfall: w.read("capex.shortfall"),
            used: w.metric("fleet.it_power"),
            before: w.share("fleet.~power_before"),
            facility: w.metric("facility.power"),
            need: w.share("fleet.~need"),
            ready: w.share("fleet.~ready"),
            ready_h100e: w.share("fleet.~ready_h100e"),
            free: w.state(),
            gap: w.state(),
            gap_left: w.state(),
            newest: w.state(),
            retired_all: w.metric("fleet.retired"),
            crew_share: w.state(),
            share: w.state(),
            taken: w.state(),
            chips: w.metric("fleet.chips"),
            fleet: w.metric("fleet.h100e"),
            other_bases: Vec::new(),
            waiting_h100e: w.metric("fleet.waiting_h100e"),
            binds: ["supply", "lead_time", "affordability", "money", "power", "installation"]
                .map(|name| w.metric(&format!("binds.{name}"))),
        };
        module.wire_bases(w);
        let h100 = module.units.iter().find(|u| u.is_h100).map(|u| u.in_service);
        match h100 {
            Some(in_service) => w.metric_as("fleet.h100", in_service),
            None => {
                w.metric::<Chips>("fleet.h100");
            }
        }
        module
    }

    /// What is the same by two definitions is counted once.
    fn wire_bases(&mut self, w: &mut Wiring) {
        let held = || self.units.iter().filter(|u| u.shown < w.setup().steps());
        let alike = held().all(|u| u.trains && u.sustained.index() == u.bf16.index());
        let mut columns = BTreeMap::from([(self.basis, self.fleet)]);
        for (basis, name) in [
            (Basis::Dense8, "fleet.h100e_dense8"),
            (Basis::Bf16, "fleet.h100e_bf16"),
            (Basis::Sustained, "fleet.h100e_sustained"),
        ] {
            let twin = match basis {
                Basis::Bf16 if alike => columns.get(&Basis::Sustained),
                Basis::Sustained if alike => columns.get(&Basis::Bf16),
                _ => None,
            };
            if let Some(&column) = columns.get(&basis).or(twin) {
                w.metric_as(name, column);
            } else {
                let column = w.metric(name);
                self.other_bases.push((basis, column));
                columns.insert(basis, column);
            }
        }
    }

    /// Efficiencies, fixed for a draw.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        b.map1(self.ready_share, self.lag, ready_share);
        for u in &self.units {
            b.map2(u.efficiency, u.counted, u.power, efficiency);
            b.fill(u.installed_h100e, H100e::ZERO);
        }
        self.sum_waiting(0, b);
    }

    #[inline(always)]
    fn sum_waiting(&self, t: usize, b: &mut Block) {
        b.fill(self.waiting_h100e, H100e::ZERO);
        b.fill(self.waiting_power, ItPower::ZERO);
        let out = (self.waiting_h100e, self.waiting_power);
        for u in self.units.iter().filter(|u| u.shown <= t) {
            b.map5(
                out,
                u.waiting,
                u.counted,
                u.power,
                self.waiting_h100e,
                self.waiting_power,
                add_waiting,
            );
        }
    }

    /// Installations of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        self.step_need(t, b);
        self.step_retire(t, b);
        self.step_install(t, b);
        self.step_name(b);
        self.step_totals(t, b);
    }

    #[inline(always)]
    fn step_need(&self, t: usize, b: &mut Block) {
        let sums = (self.need, self.ready, self.ready_h100e, self.before);
        let units = self.units.iter().filter(|u| u.shown <= t).map(|u| {
            let on_sale = u.earliest.is_some_and(|first| first <= t);
            let bought = u.bought.filter(|_| on_sale).unwrap_or(self.nothing);
            let given = (u.waiting, bought, self.ready_share, u.power, u.counted, u.in_service);
            (given, u.waiting)
        });
        b.sum(
            sums,
            units,
            #[inline(always)]
            |sums, given| add_need(sums, given),
        );
        for u in self.units.iter().filter(|u| u.shown <= t) {
            if let Some(ready) = u.ready {
                b.map2(ready, u.waiting, self.ready_share, part);
            }
        }
        let (ready, limit) = (self.site_power, self.power_limit);
        b.map3_with(self.free, self.reserve, ready, self.before, limit, relaxed_power);
    }

    #[inline(always)]
    fn step_retire(&self, t: usize, b: &mut Block) {
        let middle = t as f64 + 0.5;
        b.fill(self.newest, Ratio::ZERO);
        for u in self.units.iter().filter(|u| u.line == Line::Main) {
            if let Some(first) = u.first.filter(|_| u.earliest.is_some_and(|first| first <= t)) {
                let (newest, own) = (self.newest, u.efficiency);
                b.map3_with(newest, middle, newest, own, first, newest_efficiency);
            }
        }
        b.map2(self.gap, self.need, self.free, gap);
        b.copy(self.gap_left, self.gap);
        b.fill(self.retired_all, Chips::ZERO);
        let k = self.retire;
        let of = |&chip: &usize| (&self.units[chip], &self.cohorts[chip]);
        let units = self.oldest_first.iter().map(of).filter(|(u, _)| u.shown <= t);
        let units = units.map(|(u, c)| {
            let given = (u.in_service, u.power, u.efficiency, self.newest, c.kept, c.regrown);
            (given, (u.in_service, c.kept, c.regrown))
        });
        b.fold_where(
            (self.gap_left, self.retired_all),
            units,
            #[inline(always)]
            |(gap, _), (_, _, efficiency, newest, _, _)| {
                gap > ItPower::ZERO && is_old(k, efficiency, newest)
            },
            #[inline(always)]
            |sums, given| retire(k, sums, given),
        );
        b.map3(self.free, self.free, self.gap, self.gap_left, freed);
    }

    #[inline(always)]
    fn step_install(&self, t: usize, b: &mut Block) {
        match self.crew.zip(self.crew_limit) {
            Some((crew, limit)) => b.map3(self.crew_share, crew, self.ready, limit, relaxed_crew),
            None => b.fill(self.crew_share, Ratio::new(1.0)),
        }
        b.map3(self.share, self.free, self.need, self.crew_share, installed_share);
        let units = self.units.iter().zip(&self.cohorts).filter(|(u, _)| u.shown <= t);
        let columns = units.clone().map(|(u, c)| {
            let shares = (self.ready_share, self.share);
            let given =
                (u.waiting, shares.0, shares.1, u.in_service, u.counted, u.power, c.regrown);
            let cohort = c.vintage(t).unwrap_or(u.joined);
            (given, (cohort, u.waiting, u.in_service, u.installed_h100e))
        });
        b.sum(
            (self.waiting_h100e, self.waiting_power, self.chips, self.used, self.fleet),
            columns,
            #[inline(always)]
            |sums, given| install(sums, given),
        );
        for (u, c) in units {
            if let Some(initial) = c.initial.filter(|_| c.vintage(t).is_none()) {
                b.map3(initial, initial, u.joined, c.initial_left[0], join_cohort);
            }
        }
    }

    #[inline(always)]
    fn step_name(&self, b: &mut Block) {
        let [supply, lead, afford, money, power, crew] = self.binds;
        b.map4(
            (power, crew),
            self.gap,
            self.need,
            self.brake,
            self.crew_share,
            #[inline(always)]
            |a, b, c, d| power_or_crew(a, b, c, d),
        );
        b.map2(self.taken, power, crew, add);
        b.map5(
            (supply, lead, afford, money),
            self.taken,
            self.left,
            self.budget,
            self.supply_binds,
            self.shortfall,
            #[inline(always)]
            |a, b, c, d, e| money_or_chips(a, b, c, d, e),
        );
    }

    #[inline(always)]
    fn step_totals(&self, t: usize, b: &mut Block) {
        let shown = self.units.iter().filter(|u| u.shown <= t);
        b.weighted_h100e(self.other_bases.iter().map(|&(basis, sum)| {
            let trains = move |u: &&Unit| basis != Basis::Sustained || u.trains;
            let units = shown.clone().filter(trains);
            (sum, units.map(move |u| (u.in_service, u.each(basis))))
        }));
        b.map2(self.facility, self.used, self.peak, facility);
    }
}

impl Unit {
    fn each(&self, basis: Basis) -> Col<H100ePerChip> {
        match basis {
            Basis::Dense8 => self.dense8,
            Basis::Bf16 => self.bf16,
            Basis::Sustained => self.sustained,
        }
    }

    fn wire(w: &mut Wiring, chip: usize) -> Self {
        let setup = &w.setup().chips[chip];
        let key = |quantity: &str| chip_column(&setup.name, quantity);
        let earliest = w.setup().earliest_step(chip);
        let steps = w.setup().steps();
        let shown = first_shown(earliest, w.optional::<Chips>(&key("stock")), steps);
        let listed = setup.trains && !all_train(w);
        Self {
            line: setup.line,
            earliest,
            shown,
            trains: setup.trains,
            is_h100: setup.name == "h100",
            dense8: w.read(&key("~dense8")),
            bf16: w.read(&key("~bf16")),
            sustained: w.read(&key("~sustained")),
            counted: w.read(&key("~counted")),
            power: w.read(&key("~power")),
            efficiency: w.state(),
            first: earliest.map(|_| w.read(&key("~first"))),
            bought: earliest.map(|_| w.read(&key("purchases"))),
            waiting: w.read(&key("~waiting")),
            ready: listed.then(|| w.share(&key("~ready"))),
            joined: w.state(),
            in_service: w.read(&key("installed")),
            installed_h100e: w.metric_during(
                &key("installed_h100e"),
                Some(setup.label.clone()),
                shown..steps,
            ),
        }
    }
}

#[cfg(test)]
mod tests;
