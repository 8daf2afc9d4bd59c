//! Contracts between companies (MODEL.md M1, M5 and section 9), seen from one of them.
//!
//! ```text
//! end        = start + term, or earlier: −ln(1 − u)/rate after the start, where it may be ended
//! running    = part of the quarter between start and end
//! power      = as given, or chips times what one draws, or a share of the power of a site
//! user       power adds to what is ready (its own chips), or is rented with the chips in it
//! provider   power is taken from what is ready (the user's chips), or sold with the chips in it
//! payments   = payment · running/4 · (take_or_pay + (1 − take_or_pay) · share of power in use)
//! commitments, backlog  = payment · take_or_pay · years left, undiscounted
//! own fleet  = H100e in service · (1 − power sold with chips / power in use)
//! ```
//!
//! A contract between two other companies has no part in a run. What the company pays is in its
//! operating cash flow already, as payments of operating leases are (M1); what it is paid is revenue.

use super::block::{Block, Col};
use super::chip_kinds::chip_column;
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::setup::{ContractPower, ContractSetup, Side};
use super::training::time_to_cancel;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{ChipPower, Chips, H100e, ItPower, Money, Quarters, Ratio, Scalar};

/// Inputs that these modules read.
pub const INPUTS: &[InputDecl] = &[
    input(
        "contract.*.power",
        Q::Power,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "IT power for accelerators that the contract is about; in its place `capacity`, or a `site` with a `share`",
        "300 MW",
    ),
    input(
        "contract.*.capacity",
        Q::Chips,
        Use::Once,
        NON_NEGATIVE,
        Need::With("contract.*.chip"),
        "chips that the contract is about, in place of power; `chip` says of which kind",
        "100 k chips",
    ),
    input(
        "contract.*.share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "share of the site's power that the contract is about; all when left out",
        "100 %",
    ),
    input(
        "contract.*.term",
        Q::DurationYears,
        Use::Setting,
        (0.25, 100.0),
        Need::Always,
        "length of the contract",
        "5 years",
    ),
    input(
        "contract.*.payment",
        Q::MoneyPerYear,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "what the user pays the provider a year; without it no money is followed",
        "6 B USD/year",
    ),
    input(
        "contract.*.take_or_pay",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "share of the payment that is owed whether the power is used or not; all when left out",
        "100 %",
    ),
    input(
        "contract.*.termination",
        Q::RatePerYear,
        Use::Once,
        (0.0, 10.0),
        Need::Optional,
        "hazard of being ended before its term, by either side or by default; never when left out",
        "5 %/year",
    ),
];
/// Metrics that these modules write.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "contract.used_power",
        "IT power from contracts",
        Q::Power,
        Aggregation::Stock,
        "what contracts on others' power and sites add to the power that is ready",
    ),
    metric(
        "contract.rented_power",
        "IT power rented with chips",
        Q::Power,
        Aggregation::Stock,
        "others' chips that the company uses; they are not in its fleet",
    ),
    metric(
        "contract.let_power",
        "IT power let to others",
        Q::Power,
        Aggregation::Stock,
        "taken from what is ready for the company's own chips",
    ),
    metric(
        "contract.sold_power",
        "IT power sold with chips",
        Q::Power,
        Aggregation::Stock,
        "of chips in the company's fleet that others use; at most what is in use",
    ),
    metric(
        "contract.own_h100e",
        "Fleet for its own use",
        Q::H100e,
        Aggregation::Stock,
        "chips in service without those that others use by contract, as a share of power",
    ),
    metric(
        "contract.revenue",
        "Revenue from contracts",
        Q::Money,
        Aggregation::Flow,
        "part of revenue that others pay for power and chips",
    ),
    metric(
        "contract.payments",
        "Payments on contracts",
        Q::Money,
        Aggregation::Flow,
        "for power and chips of others; what is not used costs the part that is take-or-pay",
    ),
    metric(
        "contract.commitments",
        "Contract payments still to come",
        Q::Money,
        Aggregation::Stock,
        "undiscounted take-or-pay payments left on signed contracts",
    ),
    metric(
        "contract.backlog",
        "Contract revenue still to come",
        Q::Money,
        Aggregation::Stock,
        "undiscounted take-or-pay payments that others owe on signed contracts",
    ),
];

/// When a contract ends, in quarters: at its term, or when it is ended before. `k` is (start, term).
#[inline(always)]
pub fn contract_end(k: (f64, f64), rate: Ratio, uniform: Ratio) -> Quarters {
    let (start, term) = k;
    let early = Quarters::new(start) + time_to_cancel(uniform, rate);
    early.min(Quarters::new(start + term))
}

/// Part of quarter `t` in which a contract runs. `k` is (t, start).
#[inline(always)]
pub fn running(k: (f64, f64), end: Quarters) -> Ratio {
    let (t, start) = k;
    Ratio::new((t + 1.0).min(end.get()) - t.max(start)).clip(Ratio::ZERO, Ratio::new(1.0))
}

/// Payments owed after quarter `t`, whatever is used. `k` is (t, start).
#[inline(always)]
pub fn left_to_pay(k: (f64, f64), end: Quarters, yearly: Money, owed: Ratio) -> Money {
    let (t, start) = k;
    // That it may be ended early is not known before it is: what counts is the term, unless it is over.
    let left = (Quarters::new(end.get() - (t + 1.0).max(start))).positive();
    yearly * owed * (0.25 * left.get())
}

/// What is paid in a quarter: (whatever is used, only for what is used).
#[inline(always)]
pub fn quarter_payment(running: Ratio, yearly: Money, owed: Ratio) -> (Money, Money) {
    let all = yearly * running * 0.25;
    let fixed = all * owed;
    (fixed, all - fixed)
}

/// Payments with the part that depends on use: the share of usable power in use.
#[inline(always)]
pub fn settled(
    reserve: f64,
    fixed: Money,
    variable: Money,
    used: ItPower,
    ready: ItPower,
) -> Money {
    let share = used.over(ready * (1.0 - reserve)).min(Ratio::new(1.0));
    fixed + variable * share
}

/// Power sold with chips, at most what is in use, and the fleet left for own use.
#[inline(always)]
pub fn own_fleet(sold: ItPower, used: ItPower, fleet: H100e) -> (ItPower, H100e) {
    let sold = sold.min(used);
    (sold, fleet * (Ratio::new(1.0) - sold.over(used)))
}

#[inline(always)]
fn add_part(sum: ItPower, power: ItPower, part: Ratio) -> ItPower {
    sum + power * part
}
#[inline(always)]
fn of_chips(chips: Chips, each: ChipPower) -> ItPower {
    each * chips
}
#[inline(always)]
fn part(running: Ratio, share: Ratio) -> Ratio {
    running * share
}
#[inline(always)]
fn add(a: Money, b: Money) -> Money {
    a + b
}
#[inline(always)]
fn add_times(k: f64, sum: Money, yearly: Money) -> Money {
    sum + yearly * k
}

/// Names of columns that contracts share with other modules.
pub(super) const SCHEDULED: &str = "contract.~scheduled";
pub(super) const ADDED: &str = "contract.~added";
pub(super) const LET: &str = "contract.~let";
pub(super) const SOLD: &str = "contract.~sold";
pub(super) const RENTED: &str = "contract.~rented";

/// The part of a quarter in which a contract runs, times its share of a site.
pub(super) fn part_column(contract: &ContractSetup) -> String {
    format!("{}.~part", contract.key)
}

/// Revenue from contracts so many quarters before the grid.
pub(super) fn before_column(back: u32) -> String {
    format!("contract.~before.{back}")
}

#[derive(Debug)]
struct Contract {
    start: f64,
    term: f64,
    side: Side,
    ends: Option<(Col<Ratio>, Col<Ratio>)>,
    end: Col<Quarters>,
    running: Col<Ratio>,
    power: Amount,
    /// Sum that its power is part of.
    sum: Option<Col<ItPower>>,
    payment: Option<(Col<Money>, Col<Ratio>)>,
}

#[derive(Debug)]
enum Amount {
    Power(Col<ItPower>),
    Chips(Col<Chips>, Col<ChipPower>, Col<ItPower>),
    /// Share of a site, and that share while it runs.
    Site(Option<Col<Ratio>>, Col<Ratio>),
}

/// Money of the contracts of one side: fixed and variable payments, what is still to come.
#[derive(Clone, Copy, Debug)]
struct Payments {
    fixed: Col<Money>,
    variable: Col<Money>,
    left: Col<Money>,
}

/// Terms of the contracts: what runs, how much power, what is paid.
#[derive(Debug)]
pub struct Contracts {
    list: Vec<Contract>,
    sums: Vec<Col<ItPower>>,
    pays: Option<Payments>,
    earns: Option<Payments>,
    /// Revenue, and what it would be if none had ended early.
    revenue: Option<(Col<Money>, Col<Money>)>,
    /// Revenue in the four quarters before the grid, the last one first.
    before: Option<[Col<Money>; 4]>,
    one: Col<Ratio>,
    work: (Col<Money>, Col<Money>),
}

fn of_side(setup: &ContractSetup, side: Side, with_chips: bool) -> bool {
    setup.side == side && setup.with_chips == with_chips
}

impl Contracts {
    /// Finds its inputs and hands out its columns; nothing without a contract of the company.
    pub fn wire(w: &mut Wiring) -> Self {
        let contracts = &w.setup().contracts;
        let mut sums = Vec::new();
        let mut named = |w: &mut Wiring, name: &str, side: Side, with_chips: bool| {
            let some = contracts.iter().any(|c| of_side(c, side, with_chips));
            some.then(|| w.share::<ItPower>(name)).inspect(|&column| sums.push(column))
        };
        let added = named(w, ADDED, Side::User, false);
        let rented = named(w, RENTED, Side::User, true);
        let let_to = named(w, LET, Side::Provider, false);
        let sold = named(w, SOLD, Side::Provider, true);
        let one = w.state();
        let list: Vec<Contract> = contracts
            .iter()
            .map(|setup| {
                let sum = match (setup.side, setup.with_chips) {
                    (Side::User, false) => added,
                    (Side::User, true) => rented,
                    (Side::Provider, false) => let_to,
                    (Side::Provider, true) => sold,
                };
                Contract::wire(w, setup, sum, one)
            })
            .collect();
        let some = |side: Side| list.iter().any(|c| c.side == side && c.payment.is_some());
        let (pays, earns) = (some(Side::User), some(Side::Provider));
        let earlier = |c: &Contract| c.side == Side::Provider && c.start < 0.0;
        let earlier = list.iter().any(|c| earlier(c) && c.payment.is_some());
        Self {
            before: earlier
                .then(|| std::array::from_fn(|back| w.share(&before_column(back as u32 + 1)))),
            pays: pays.then(|| Payments {
                fixed: w.share("contract.~fixed"),
                variable: w.share("contract.~variable"),
                left: w.metric("contract.commitments"),
            }),
            earns: earns.then(|| Payments {
                fixed: w.state(),
                variable: w.state(),
                left: w.metric("contract.backlog"),
            }),
            revenue: earns.then(|| (w.metric("contract.revenue"), w.share(SCHEDULED))),
            list,
            sums,
            one,
            work: (w.state(), w.state()),
        }
    }

    /// When each contract ends.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        if self.list.is_empty() {
            return;
        }
        b.fill(self.one, Ratio::new(1.0));
        for c in &self.list {
            match c.ends {
                Some((rate, uniform)) => b.map2_with(
                    c.end,
                    (c.start, c.term),
                    rate,
                    uniform,
                    #[inline(always)]
                    |k, rate, uniform| contract_end(k, rate, uniform),
                ),
                None => b.fill(c.end, Quarters::new(c.start + c.term)),
            }
        }
        self.earned_before(b);
    }

    /// What contracts earned before the grid.
    #[inline(always)]
    fn earned_before(&self, b: &mut Block) {
        for (back, &sum) in self.before.iter().flatten().enumerate() {
            b.fill(sum, Money::ZERO);
            let t = -1.0 - back as f64;
            for c in self.list.iter().filter(|c| c.side == Side::Provider) {
                let Some((payment, owed)) = c.payment else { continue };
                b.map1_with(c.running, (t, c.start), c.end, running);
                b.map3(self.work, c.running, payment, owed, quarter_payment);
                b.map2(sum, sum, self.work.0, add);
                b.map2(sum, sum, self.work.1, add);
            }
        }
    }

    /// What runs in the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        if self.list.is_empty() {
            return;
        }
        let t = t as f64;
        for &sum in &self.sums {
            b.fill(sum, ItPower::ZERO);
        }
        for side in [self.pays, self.earns].into_iter().flatten() {
            for column in [side.fixed, side.variable, side.left] {
                b.fill(column, Money::ZERO);
            }
        }
        for c in &self.list {
            b.map1_with(c.running, (t, c.start), c.end, running);
            c.power(self.one, b);
            self.money(t, c, b);
        }
        if let (Some(revenue), Some(earns)) = (self.revenue, self.earns) {
            let (revenue, scheduled) = revenue;
            b.map2(revenue, earns.fixed, earns.variable, add);
            b.fill(scheduled, Money::ZERO);
            for c in self.list.iter().filter(|c| c.side == Side::Provider) {
                let Some((payment, _)) = c.payment else { continue };
                let part = running((t, c.start), Quarters::new(c.start + c.term));
                b.map2_with(scheduled, 0.25 * part.get(), scheduled, payment, add_times);
            }
        }
    }

    #[inline(always)]
    fn money(&self, t: f64, c: &Contract, b: &mut Block) {
        let side = match c.side {
            Side::User => self.pays,
            Side::Provider => self.earns,
        };
        let (Some((payment, owed)), Some(side)) = (c.payment, side) else { return };
        b.map3(self.work, c.running, payment, owed, quarter_payment);
        b.map2(side.fixed, side.fixed, self.work.0, add);
        b.map2(side.variable, side.variable, self.work.1, add);
        b.map3_with(self.work.0, (t, c.start), c.end, payment, owed, left_to_pay);
        b.map2(side.left, side.left, self.work.0, add);
    }
}

impl Contract {
    fn wire(
        w: &mut Wiring,
        setup: &ContractSetup,
        sum: Option<Col<ItPower>>,
        one: Col<Ratio>,
    ) -> Self {
        let key = |quantity: &str| format!("{}.{quantity}", setup.key);
        let power = match setup.power {
            ContractPower::Given => Amount::Power(w.input(&key("power"))),
            ContractPower::Chips(chip) => {
                let each = w.read(&chip_column(&w.setup().chips[chip].name, "~power"));
                Amount::Chips(w.input(&key("capacity")), each, w.state())
            }
            ContractPower::Site(_) => {
                Amount::Site(w.optional(&key("share")), w.share(&part_column(setup)))
            }
        };
        let payment = w.optional(&key("payment"));
        let owed = payment.and_then(|_| w.optional(&key("take_or_pay")));
        let rate = w.optional::<Ratio>(&key("termination"));
        Self {
            start: setup.start,
            term: setup.term,
            side: setup.side,
            ends: rate.map(|rate| (rate, w.event(&key("termination")))),
            end: w.state(),
            running: w.state(),
            power,
            sum,
            payment: payment.map(|payment| (payment, owed.unwrap_or(one))),
        }
    }

    #[inline(always)]
    fn power(&self, one: Col<Ratio>, b: &mut Block) {
        let Some(sum) = self.sum else { return };
        match self.power {
            Amount::Power(power) => b.map3(sum, sum, power, self.running, add_part),
            Amount::Chips(chips, each, power) => {
                b.map2(power, chips, each, of_chips);
                b.map3(sum, sum, power, self.running, add_part);
            }
            Amount::Site(share, column) => {
                b.map2(column, self.running, share.unwrap_or(one), part);
            }
        }
    }
}

/// Power sold with chips, as agreed and as far as it is in use; the fleet, and what is left of it.
#[derive(Clone, Copy, Debug)]
struct Sold {
    agreed: Col<ItPower>,
    in_use: Col<ItPower>,
    fleet: Col<H100e>,
    left: Col<H100e>,
}

/// What is settled after chips were installed: payments for use, and the fleet left for own use.
#[derive(Debug)]
pub struct Settled {
    reserve: f64,
    payments: Option<(Col<Money>, Col<Money>, Col<Money>)>,
    sold: Option<Sold>,
    power: Option<(Col<ItPower>, Col<ItPower>)>,
}

impl Settled {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let pays = w.shared("contract.~fixed").is_some();
        let sold = w.shared(SOLD).is_some();
        Self {
            reserve: w.setting("facility.reserve"),
            payments: pays.then(|| {
                (
                    w.read("contract.~fixed"),
                    w.read("contract.~variable"),
                    w.metric("contract.payments"),
                )
            }),
            sold: sold.then(|| Sold {
                agreed: w.read(SOLD),
                in_use: w.metric("contract.sold_power"),
                fleet: w.read("fleet.h100e"),
                left: w.metric("contract.own_h100e"),
            }),
            power: (pays || sold).then(|| (w.read("fleet.it_power"), w.read("site.ready_power"))),
        }
    }

    /// Payments and own fleet of the quarter.
    #[inline(always)]
    pub fn step(&self, _t: usize, b: &mut Block) {
        let Some((used, ready)) = self.power else { return };
        if let Some((fixed, variable, payments)) = self.payments {
            b.map4_with(payments, self.reserve, fixed, variable, used, ready, settled);
        }
        if let Some(s) = self.sold {
            b.map3((s.in_use, s.left), s.agreed, used, s.fleet, own_fleet);
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
    fn a_contract_runs_from_its_start_to_its_end() {
        let end = contract_end((2.5, 4.0), Ratio::ZERO, Ratio::new(0.9));
        assert!(close(end.get(), 6.5));
        let at = |t: f64| running((t, 2.5), end).get();
        assert!(close(at(1.0), 0.0) && close(at(2.0), 0.5) && close(at(3.0), 1.0));
        assert!(close(at(6.0), 0.5) && close(at(7.0), 0.0));
        // At 50 % a year, a uniform of 1 − e^(−0.25) is half a year, two quarters.
        let uniform = Ratio::new(1.0 - libm::exp(-0.25));
        let early = contract_end((2.5, 4.0), Ratio::new(0.5), uniform);
        assert!((early.get() - 4.5).abs() < 1e-9);
    }

    #[test]
    fn payments_are_owed_or_depend_on_use() {
        let (fixed, variable) =
            quarter_payment(Ratio::new(0.5), Money::new(16.0), Ratio::new(0.75));
        assert!(close(fixed.get(), 1.5) && close(variable.get(), 0.5));
        // 93 MW of 200 · 0.93 usable are half.
        let paid = settled(0.07, fixed, variable, ItPower::new(93.0), ItPower::new(200.0));
        assert!(close(paid.get(), 1.75));
        // Six quarters of four billion a year, three quarters of it owed: after quarter 2 of 2.5 to 8.5.
        let left = left_to_pay((2.0, 2.5), Quarters::new(8.5), Money::new(4.0), Ratio::new(0.75));
        assert!(close(left.get(), 0.25 * 5.5 * 3.0));
        let signed = left_to_pay((0.0, 2.5), Quarters::new(8.5), Money::new(4.0), Ratio::new(1.0));
        assert!(close(signed.get(), 6.0));
    }

    #[test]
    fn what_is_sold_is_not_for_own_use() {
        let (sold, own) =
            own_fleet(ItPower::new(340.0), ItPower::new(1_360.0), H100e::new(1_000_000.0));
        assert!(close(sold.get(), 340.0) && close(own.get(), 750_000.0));
        let (sold, own) = own_fleet(ItPower::new(340.0), ItPower::new(100.0), H100e::new(5.0));
        assert!(close(sold.get(), 100.0) && close(own.get(), 0.0));
    }
}
