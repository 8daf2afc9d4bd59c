//! Purchases by generation (MODEL.md M3).
//!
//! ```text
//! W_t    = W_0 · exp(Σ γ_s + noise)                                   main vendor's sales, B USD
//! S_g    = W_t m_g / bare price_g                                     supply, chips
//! plan_g = m_g b / p_g,   σ S_g / plan_g = W_t σ p_g/(bare price_g b) the same for all g
//! q_g    = plan_g · min(1, min(cover, σ S_g/plan_g) · ω)
//! cover  = exp(mean + noise · √(lead/2)), 1 in closed quarters
//! ω      = clip(2 + L_d − MW(waiting)/MW(plan), 0, 1)
//! other lines: q = m · budget / p · ω, money left joins what the main line leaves
//! carried = κ · left (0 in closed quarters: the reported capex was spent in its quarter),
//! the rest of what is left goes to buildings; capex = A + B_before − carried
//! ```
//!
//! MODEL.md then lets money left buy further chips, newest first, up to the limit. It never does:
//! price noise and network mark up all generations alike, so a limit below the plan is below it for
//! each of them, and above it nothing is left.
//!
//! γ falls linearly from ln g to its end share over the fade; σ is the company's largest share of
//! the vendor's output; L_d the lag from dock to operation.

use super::block::{Block, Col};
use super::chip_kinds::chip_column;
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::setup::{Line, Setup};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{
    ChipPower, Chips, H100e, H100ePerChip, ItPower, Money, Price, Quarters, Ratio, Scalar,
};
use crate::vector::{exp, ln};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "supply.revenue",
        Q::Money,
        Use::Once,
        NON_NEGATIVE,
        Need::Always,
        "main vendor's compute sales worldwide in the first quarter of the grid",
        "19.44 B USD",
    ),
    input(
        "supply.growth",
        Q::Ratio,
        Use::Once,
        (0.5, 3.0),
        Need::Always,
        "factor by which they grow in the first quarter",
        "1.04 / 1.10 / 1.17",
    ),
    input(
        "supply.growth_end",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::Always,
        "log growth at the end of the fade over log growth at its start",
        "0.4",
    ),
    input(
        "supply.fade",
        Q::DurationQuarters,
        Use::Setting,
        (1.0, 200.0),
        Need::Always,
        "time in which growth fades linearly",
        "16 quarters",
    ),
    input(
        "supply.noise",
        Q::Signed,
        Use::Quarter,
        (-2.0, 2.0),
        Need::Always,
        "random part of the log of supply",
        r#"{ dist = "normal", mean = 0.0, sd = 0.06 }"#,
    ),
    input(
        "supply.share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Always,
        "largest share of the vendor's output that the company gets",
        "0.14 / 0.20 / 0.28",
    ),
    input(
        "supply.lead",
        Q::DurationQuarters,
        Use::Once,
        (0.05, 40.0),
        Need::Always,
        "lag from order to dock",
        "1 / 2 / 4 quarters",
    ),
    input(
        "supply.cover",
        Q::Signed,
        Use::Once,
        (-2.0, 2.0),
        Need::Always,
        "mean of the log of what was ordered in time over what is needed",
        "0.08",
    ),
    input(
        "supply.cover_noise",
        Q::Signed,
        Use::Quarter,
        (-2.0, 2.0),
        Need::Always,
        "its random part at a lead of two quarters; grows with the root of the lead",
        r#"{ dist = "normal", mean = 0.0, sd = 0.10 }"#,
    ),
    input(
        "supply.dock_lag",
        Q::DurationQuarters,
        Use::Once,
        (0.05, 40.0),
        Need::Always,
        "mean lag from dock to operation",
        "0.5 / 1 / 3 quarters",
    ),
];
/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "chip.*.purchases",
        "Purchases of",
        Q::Chips,
        Aggregation::Flow,
        "chips delivered in the quarter",
    ),
    metric(
        "fleet.on_order",
        "H100e on order",
        Q::H100e,
        Aggregation::Stock,
        "purchases planned over the order lead time",
    ),
    metric(
        "fleet.chips_bought",
        "Chips bought",
        Q::Chips,
        Aggregation::Stock,
        "cumulative purchases since 2022, delivered or not yet installed",
    ),
    metric(
        "fleet.h100e_bought",
        "H100e bought",
        Q::H100e,
        Aggregation::Stock,
        "the same in H100-equivalents",
    ),
    metric(
        "fleet.h100_bought",
        "H100 bought",
        Q::Chips,
        Aggregation::Stock,
        "cumulative purchases of H100 and H200",
    ),
    metric(
        "capex.chips",
        "Capex for the main vendor's chips",
        Q::Money,
        Aggregation::Flow,
        "with the vendor's network",
    ),
    metric(
        "capex.other_chips",
        "Capex for other vendors' and custom chips",
        Q::Money,
        Aggregation::Flow,
        "with their network",
    ),
    metric(
        "capex.buildings",
        "Capex for buildings and power",
        Q::Money,
        Aggregation::Flow,
        "with chip money that could not be spent and was not carried",
    ),
    metric(
        "capex.carried",
        "Chip money carried to the next quarter",
        Q::Money,
        Aggregation::Stock,
        "at quarter end",
    ),
    metric(
        "capex.total",
        "Capex",
        Q::Money,
        Aggregation::Flow,
        "purchases of property and equipment with principal of finance leases",
    ),
    metric(
        "capex.to_revenue",
        "Capex over revenue",
        Q::Ratio,
        Aggregation::Ratio,
        "of the quarter",
    ),
];

/// Main vendor's worldwide sales. `k` is (quarters of growth at the start rate, quarters lost to the fade).
#[inline(always)]
pub fn world_supply(k: (f64, f64), start: Money, growth: Ratio, noise: Ratio) -> Money {
    world_supply_by_log(k, start, log(growth), noise)
}

#[inline(always)]
fn world_supply_by_log(k: (f64, f64), start: Money, log_growth: Ratio, noise: Ratio) -> Money {
    let (full, lost) = k;
    start * exp(log_growth.get() * (full - lost) + noise.get())
}

#[inline(always)]
fn log(x: Ratio) -> Ratio {
    Ratio::new(ln(x.get()))
}

/// Sum over the quarters since the start of one less the faded part of log growth.
pub fn supply_quarters(t: usize, fade: f64, end: f64) -> (f64, f64) {
    let lost = (0..t).map(|s| (1.0 - end) * (s as f64 / fade).min(1.0)).sum();
    (t as f64, lost)
}

/// Need ordered in time over need.
#[inline(always)]
pub fn order_cover(mean: Ratio, noise: Ratio, lead: Quarters) -> Ratio {
    Ratio::new(exp(mean.get() + noise.get() * (0.5 * lead.get()).sqrt()))
}

/// Chips that the plan asks for.
#[inline(always)]
pub fn planned_chips(share: Ratio, budget: Money, price: Price) -> Chips {
    (budget * share) / price
}

/// Chips of a generation that the company can get: its largest share of the vendor's output.
#[inline(always)]
pub fn supply_limit(supply: Money, share: Ratio, bare: Price, company: Ratio) -> Chips {
    (supply * share * company) / bare
}

/// Slows buying when deliveries pile up. Both powers in MW of IT.
#[inline(always)]
pub fn pile_brake(lag: Quarters, waiting: ItPower, plan: ItPower) -> Ratio {
    let brake = 2.0 + lag.get() - waiting.over(plan).get();
    if plan.get() > 0.0 {
        Ratio::new(brake).clip(Ratio::ZERO, Ratio::new(1.0))
    } else {
        Ratio::new(1.0)
    }
}

/// Splits what is left: carried, and released to buildings.
#[inline(always)]
pub fn release(left: Money, carry: Ratio) -> (Money, Money) {
    let carried = left.positive() * carry;
    (carried, left.positive() - carried)
}

/// Capex as reported: affordable capex and money carried in, less money carried out.
#[inline(always)]
pub fn reported_capex(affordable: Money, carried_in: Money, carried_out: Money) -> Money {
    affordable + carried_in - carried_out
}

/// Chips that the plan asks for; the sum is the power that they add to what is planned.
#[inline(always)]
fn plan_and_power(
    sum: ItPower,
    (share, money, price, power): (Ratio, Money, Price, ChipPower),
) -> (ItPower, Chips) {
    let plan = planned_chips(share, money, price);
    (sum + power * plan, plan)
}

/// Supply over plan, the same for every generation of the line: both go by its share of spending,
/// over the bare price and over the price paid.
#[inline(always)]
pub fn supply_over_plan(world: Money, company: Ratio, markup: Ratio, budget: Money) -> Ratio {
    (world * company * markup).over(budget)
}

/// How much of the plan is bought: (share, 1 where supply is the smaller limit).
#[inline(always)]
pub fn plan_limit(supply: Ratio, cover: Ratio, brake: Ratio) -> (Ratio, Ratio) {
    let one = Ratio::new(1.0);
    let bought = (cover.min(supply) * brake).min(one);
    (bought, flag(supply.min(one) < cover.min(one)))
}

/// The same with both limits of chips relaxed.
#[inline(always)]
fn relaxed_limit(supply: Ratio, cover: Ratio, brake: Ratio, limit: Ratio) -> (Ratio, Ratio) {
    plan_limit(supply * limit, cover * limit, brake)
}

#[inline(always)]
fn flag(yes: bool) -> Ratio {
    Ratio::new(if yes { 1.0 } else { 0.0 })
}

/// Purchases of one generation: a share of its plan. Sums: (money left, H100e on order, chips
/// bought, H100e bought).
#[inline(always)]
fn purchase(
    (left, on_order, chips, h100e): (Money, H100e, Chips, H100e),
    (share, plan, price, each, lead): (Ratio, Chips, Price, H100ePerChip, Quarters),
) -> ((Money, H100e, Chips, H100e), Chips) {
    let bought = plan * share;
    let sums = (
        left - price * bought,
        on_order + each * (plan * lead.get()),
        chips + bought,
        h100e + each * bought,
    );
    (sums, bought)
}
#[inline(always)]
fn add_h100e(sum: H100e, each: H100ePerChip, chips: Chips) -> H100e {
    sum + each * chips
}
#[inline(always)]
fn plus<T: Scalar>(a: T, b: T) -> T {
    T::new(a.get() + b.get())
}
#[inline(always)]
fn minus(a: Money, b: Money) -> Money {
    a - b
}
/// Money left over, or nothing where all was spent but for rounding.
#[inline(always)]
fn settled(main: Money, others: Money, budgets: (Money, Money)) -> Money {
    let (left, all) = (main + others, budgets.0 + budgets.1);
    Money::new(if left.get() > SPENT * all.get() { left.get() } else { 0.0 })
}
/// What is left of money that was spent whole is rounding, far below this part of it.
const SPENT: f64 = 1e-12;
#[inline(always)]
fn split_budget(budget: Money, custom: Ratio) -> (Money, Money) {
    let own = budget * custom;
    (budget - own, own)
}
/// One amount over another, such as capex over revenue.
#[inline(always)]
pub fn ratio(a: Money, b: Money) -> Ratio {
    a.over(b)
}

/// Columns of one chip on sale.
#[derive(Debug)]
struct Offer {
    line: Line,
    earliest: usize,
    is_h100: bool,
    h100e: Col<H100ePerChip>,
    power: Col<ChipPower>,
    share: Col<Ratio>,
    price: Col<Price>,
    plan: Col<Chips>,
    bought: Col<Chips>,
}

/// The module.
#[derive(Debug)]
pub struct Procurement {
    closed: Vec<bool>,
    offers: Vec<Offer>,
    started: Vec<(Col<H100ePerChip>, Col<Chips>, bool)>,
    supply_path: Vec<(f64, f64)>,
    revenue_start: Col<Money>,
    growth: Col<Ratio>,
    log_growth: Col<Ratio>,
    noise: Col<Ratio>,
    company_share: Col<Ratio>,
    lead: Col<Quarters>,
    cover_mean: Col<Ratio>,
    cover_noise: Col<Ratio>,
    dock_lag: Col<Quarters>,
    custom: Option<Col<Ratio>>,
    carry: Col<Ratio>,
    affordable: Col<Money>,
    budget: Col<Money>,
    other_budget: Col<Money>,
    building_budget: Col<Money>,
    revenue: Col<Money>,
    others: Col<Money>,
    customs: Col<Money>,
    world: Col<Money>,
    cover: Col<Ratio>,
    brake: Col<Ratio>,
    limit: Col<Ratio>,
    waiting_power: Col<ItPower>,
    plan_power: Col<ItPower>,
    markup: Col<Ratio>,
    supply: Col<Ratio>,
    bought_share: Col<Ratio>,
    supply_binds: Col<Ratio>,
    left: Col<Money>,
    carried_in: Col<Money>,
    carried: Col<Money>,
    released: Col<Money>,
    on_order: Col<H100e>,
    chips_bought: Col<Chips>,
    h100e_bought: Col<H100e>,
    h100_bought: Col<Chips>,
    main_spent: Col<Money>,
    other_spent: Col<Money>,
    buildings: Col<Money>,
    capex: Col<Money>,
    to_revenue: Col<Ratio>,
}

impl Procurement {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let offers = (0..setup.chips.len()).filter_map(|chip| Offer::wire(w, chip)).collect();
        Self {
            closed: (0..setup.steps()).map(|t| setup.closed(t)).collect(),
            offers,
            started: started(w, setup),
            supply_path: supply_path(w),
            revenue_start: w.input("supply.revenue"),
            growth: w.input("supply.growth"),
            log_growth: w.state(),
            noise: w.input("supply.noise"),
            company_share: w.input("supply.share"),
            lead: w.input("supply.lead"),
            cover_mean: w.input("supply.cover"),
            cover_noise: w.input("supply.cover_noise"),
            dock_lag: w.input("supply.dock_lag"),
            custom: w.optional("capex.custom_share"),
            carry: w.input("capex.carry"),
            affordable: w.read("capex.~affordable"),
            budget: w.read("capex.chip_budget"),
            other_budget: w.read("capex.~other_budget"),
            building_budget: w.read("capex.~building_budget"),
            revenue: w.read("finance.revenue"),
            others: w.state(),
            customs: w.state(),
            world: w.state(),
            cover: w.state(),
            brake: w.share("supply.~brake"),
            limit: w.limit("chips"),
            waiting_power: w.previous("fleet.~waiting_power"),
            plan_power: w.state(),
            markup: w.read("chip.~markup"),
            supply: w.state(),
            bought_share: w.state(),
            supply_binds: w.share("supply.~binds"),
            left: w.share("supply.~left"),
            carried_in: w.state(),
            carried: w.metric("capex.carried"),
            released: w.share("capex.~released"),
            on_order: w.metric("fleet.on_order"),
            chips_bought: w.metric("fleet.chips_bought"),
            h100e_bought: w.metric("fleet.h100e_bought"),
            h100_bought: w.metric("fleet.h100_bought"),
            main_spent: w.metric("capex.chips"),
            other_spent: w.metric("capex.other_chips"),
            buildings: w.metric("capex.buildings"),
            capex: w.metric("capex.total"),
            to_revenue: w.metric("capex.to_revenue"),
        }
    }

    /// What was bought before the grid.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        b.map1(
            self.log_growth,
            self.growth,
            #[inline(always)]
            |growth| log(growth),
        );
        b.fill(self.chips_bought, Chips::ZERO);
        b.fill(self.h100e_bought, H100e::ZERO);
        b.fill(self.h100_bought, Chips::ZERO);
        for &(h100e, chips, is_h100) in &self.started {
            b.map2(self.chips_bought, self.chips_bought, chips, plus);
            b.map3(self.h100e_bought, self.h100e_bought, h100e, chips, add_h100e);
            if is_h100 {
                b.copy(self.h100_bought, chips);
            }
        }
    }

    /// Purchases of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        self.step_limits(t, b);
        self.step_plans(t, b);
        self.step_main(t, b);
        self.step_others(t, b);
        self.step_money(t, b);
        self.step_h100(t, b);
    }

    #[inline(always)]
    fn step_limits(&self, t: usize, b: &mut Block) {
        b.map3_with(
            self.world,
            self.supply_path[t],
            self.revenue_start,
            self.log_growth,
            self.noise,
            #[inline(always)]
            |a, b, c, d| world_supply_by_log(a, b, c, d),
        );
        if self.closed[t] {
            b.fill(self.cover, Ratio::new(1.0));
        } else {
            b.map3(
                self.cover,
                self.cover_mean,
                self.cover_noise,
                self.lead,
                #[inline(always)]
                |a, b, c| order_cover(a, b, c),
            );
        }
        if let Some(custom) = self.custom {
            b.map2((self.others, self.customs), self.other_budget, custom, split_budget);
        } else {
            b.copy(self.others, self.other_budget);
            b.fill(self.customs, Money::ZERO);
        }
    }

    fn money(&self, line: Line) -> Col<Money> {
        match line {
            Line::Other => self.others,
            Line::Custom => self.customs,
            Line::Main | Line::Stock => self.budget,
        }
    }

    #[inline(always)]
    fn step_plans(&self, t: usize, b: &mut Block) {
        let offers = self.offers.iter().filter(|o| o.earliest <= t);
        b.sum(
            self.plan_power,
            offers.map(|o| ((o.share, self.money(o.line), o.price, o.power), o.plan)),
            #[inline(always)]
            |sum, given| plan_and_power(sum, given),
        );
        b.map3(self.brake, self.dock_lag, self.waiting_power, self.plan_power, pile_brake);
    }

    #[inline(always)]
    fn step_main(&self, t: usize, b: &mut Block) {
        b.copy(self.left, self.budget);
        let (world, budget) = (self.world, self.budget);
        b.map4(self.supply, world, self.company_share, self.markup, budget, supply_over_plan);
        let out = (self.bought_share, self.supply_binds);
        b.map4(out, self.supply, self.cover, self.brake, self.limit, relaxed_limit);
        b.fill(self.on_order, H100e::ZERO);
        let offers = self.offers.iter().filter(|o| o.line == Line::Main && o.earliest <= t);
        self.buy(b, self.left, self.bought_share, offers);
        b.map2(self.main_spent, self.budget, self.left, minus);
    }

    #[inline(always)]
    fn step_others(&self, t: usize, b: &mut Block) {
        b.copy(self.other_spent, self.other_budget);
        let offers = self.offers.iter().filter(|o| o.line != Line::Main && o.earliest <= t);
        self.buy(b, self.other_spent, self.brake, offers);
        // `other_spent` holds what is left: it joins the main line's rest.
        b.map4(
            self.left,
            self.left,
            self.other_spent,
            self.budget,
            self.other_budget,
            #[inline(always)]
            |main, others, budget, other| settled(main, others, (budget, other)),
        );
        b.map2(self.other_spent, self.other_budget, self.other_spent, minus);
    }

    #[inline(always)]
    fn step_money(&self, t: usize, b: &mut Block) {
        b.copy(self.carried_in, self.carried);
        if self.closed[t] {
            b.fill(self.carried, Money::ZERO);
            b.copy(self.released, self.left);
        } else {
            b.map2((self.carried, self.released), self.left, self.carry, release);
        }
        b.map2(self.buildings, self.building_budget, self.released, plus);
        b.map3(self.capex, self.affordable, self.carried_in, self.carried, reported_capex);
        b.map2(self.to_revenue, self.capex, self.revenue, ratio);
    }

    /// Buys a share of the plan of each offer with the money `left`.
    #[inline(always)]
    fn buy<'a>(
        &self,
        b: &mut Block,
        left: Col<Money>,
        share: Col<Ratio>,
        offers: impl Iterator<Item = &'a Offer> + Clone,
    ) {
        b.fold(
            (left, self.on_order, self.chips_bought, self.h100e_bought),
            offers.map(|o| ((share, o.plan, o.price, o.h100e, self.lead), o.bought)),
            #[inline(always)]
            |sums, given| purchase(sums, given),
        );
    }

    #[inline(always)]
    fn step_h100(&self, t: usize, b: &mut Block) {
        for o in self.offers.iter().filter(|o| o.is_h100 && o.earliest <= t) {
            b.map2(self.h100_bought, self.h100_bought, o.bought, plus);
        }
    }
}

/// What was owned at the start and counts as bought since 2022: everything with an offer or of
/// an age of less than two years at the start of 2024, that is not the legacy before 2022.
fn started(w: &mut Wiring, setup: &Setup) -> Vec<(Col<H100ePerChip>, Col<Chips>, bool)> {
    let before_2022 =
        f64::from(setup.quarters[0].0 - 2022) + 0.25 * f64::from(setup.quarters[0].1 - 1);
    setup
        .chips
        .iter()
        .filter_map(|chip| {
            let age = w.setting(&chip_column(&chip.name, "stock_age"));
            let stock = w.optional(&chip_column(&chip.name, "stock"))?;
            let counted = w.read(&chip_column(&chip.name, "~counted"));
            (age <= before_2022).then_some((counted, stock, chip.name == "h100"))
        })
        .collect()
}

fn supply_path(w: &Wiring) -> Vec<(f64, f64)> {
    let (fade, end) = (w.setting("supply.fade"), w.setting("supply.growth_end"));
    (0..w.setup().steps()).map(|t| supply_quarters(t, fade, end)).collect()
}

impl Offer {
    fn wire(w: &mut Wiring, chip: usize) -> Option<Self> {
        let setup = &w.setup().chips[chip];
        let earliest = w.setup().earliest_step(chip)?;
        let key = |quantity: &str| chip_column(&setup.name, quantity);
        let steps = w.setup().steps();
        Some(Self {
            line: setup.line,
            earliest,
            is_h100: setup.name == "h100",
            h100e: w.read(&key("~counted")),
            power: w.read(&key("~power")),
            share: w.read(&key("~share")),
            price: w.read(&key("price")),
            plan: w.share(&key("~plan")),
            bought: w.metric_during(&key("purchases"), Some(setup.label.clone()), earliest..steps),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1.0)
    }

    #[test]
    fn world_supply_fades() {
        // Two quarters at fade 4 and end 0.5: second quarter loses an eighth of its log growth.
        let k = supply_quarters(2, 4.0, 0.5);
        assert!(close(k.0, 2.0) && close(k.1, 0.125));
        let w = world_supply(k, Money::new(20.0), Ratio::new(1.1), Ratio::ZERO);
        assert!((w.get() - 20.0 * libm::pow(1.1, 1.875)).abs() < 1e-12);
    }

    #[test]
    fn the_smaller_of_cover_and_supply_limits_a_purchase() {
        let one = Ratio::new(1.0);
        let plan = planned_chips(Ratio::new(0.8), Money::new(2.5), Price::new(32.0));
        assert!(close(plan.get(), 62_500.0));
        let (world, company, budget) = (Money::new(20.0), Ratio::new(0.1), Money::new(2.5));
        let supply = supply_limit(world, Ratio::new(0.8), Price::new(28.0), company);
        assert!(close(supply.get(), 1.6e6 / 28.0));
        // Supply over plan is the same seen from the line and from the generation.
        let share = supply_over_plan(world, company, Ratio::new(32.0 / 28.0), budget);
        assert!(close(share.get(), supply.get() / plan.get()));
        let (bought, binds) = plan_limit(share, Ratio::new(1.1), one);
        assert!(close((plan * bought).get(), supply.get()) && close(binds.get(), 1.0));
        let (bought, binds) = plan_limit(Ratio::new(2.0), Ratio::new(0.9), Ratio::new(0.5));
        assert!(close(bought.get(), 0.45) && close(binds.get(), 0.0));
        let before = (budget, H100e::ZERO, Chips::new(1000.0), H100e::new(1000.0));
        let offer = (bought, plan, Price::new(32.0), H100ePerChip::new(2.0), Quarters::new(3.0));
        let ((left, on_order, all, h100e), chips) = purchase(before, offer);
        assert!(close(chips.get(), 28_125.0) && close(left.get(), 2.5 - 0.9));
        assert!(close(on_order.get(), 375_000.0));
        assert!(close(all.get(), 29_125.0) && close(h100e.get(), 57_250.0));
    }

    #[test]
    fn buying_stops_when_deliveries_pile_up() {
        let brake = |waiting: f64| {
            pile_brake(Quarters::new(1.0), ItPower::new(waiting), ItPower::new(100.0)).get()
        };
        assert!(close(brake(150.0), 1.0) && close(brake(250.0), 0.5) && close(brake(400.0), 0.0));
        assert!(close(pile_brake(Quarters::new(1.0), ItPower::ZERO, ItPower::ZERO).get(), 1.0));
    }

    #[test]
    fn money_spent_whole_leaves_nothing() {
        let budgets = (Money::new(3.0), Money::new(1.0));
        assert!(settled(Money::new(4e-16), Money::new(-1e-16), budgets).get() == 0.0);
        assert!(close(settled(Money::new(0.2), Money::new(0.1), budgets).get(), 0.3));
    }

    #[test]
    fn money_left_is_carried_or_released() {
        let (carried, released) = release(Money::new(0.4), Ratio::new(0.75));
        assert!(close(carried.get(), 0.3) && close(released.get(), 0.1));
        let capex = reported_capex(Money::new(9.0), Money::new(0.2), carried);
        assert!(close(capex.get(), 8.9));
    }

    #[test]
    fn cover_is_wider_with_a_longer_lead() {
        let cover = order_cover(Ratio::new(0.08), Ratio::new(0.1), Quarters::new(8.0));
        assert!((cover.get() - libm::exp(0.28)).abs() < 1e-14);
    }
}
