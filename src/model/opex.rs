//! Running cost, people, and deals (MODEL.md M9), B USD a quarter. Electricity is in `energy`.
//!
//! ```text
//! site         = cost per MW and year / 4 · M                         M ready IT power
//! maintenance  = rate / 4 · servers in service at cost
//!              = rate / 4 · their depreciation of the quarter · 4 · life
//! staff        = number · (1 + growth)^years · pay / 4
//! event        T = date + wait;  amount · count paid in the quarter of T, or evenly over a time from T
//! cash paid    = paid · cash share
//! ```
//!
//! Straight-line depreciation times life is what the servers in service cost, so that maintenance
//! needs no history of its own (after a change of life by a policy this is an approximation). The
//! cash margin of `revenue` already holds the cost of running the fleet and of staff: these metrics
//! say how large it is and take nothing away again. An event is an acquisition, a stake or a round of
//! pay packages, dated, or random by the distribution of its wait (a gamma or Weibull distribution
//! of shape 1 is a constant hazard). What it costs in cash lowers cash, but neither free cash flow
//! nor the cost of compute.

use super::block::{Block, Col};
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::setup::EventKind;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{ItPower, Money, Quarters, Ratio, Scalar, YearlyPowerCost};
use crate::vector::{exp, ln};

/// Inputs that these modules read.
pub const INPUTS: &[InputDecl] = &[
    input(
        "opex.site_cost",
        Q::CostPerPowerYear,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "running cost of sites per ready IT power, without electricity",
        "0.2 / 0.3 / 0.45 M USD/MW-year",
    ),
    input(
        "opex.maintenance_rate",
        Q::RatePerYear,
        Use::Once,
        (0.0, 1.0),
        Need::Optional,
        "maintenance a year over the cost of servers and network in service",
        "2 to 5 %/year",
    ),
    input(
        "people.staff",
        Q::Count,
        Use::Once,
        (0.0, 1e7),
        Need::Optional,
        "researchers and engineers on models, at the start of the grid",
        "2_000",
    ),
    input(
        "people.pay",
        Q::MoneyPerYear,
        Use::Once,
        NON_NEGATIVE,
        Need::With("people.staff"),
        "mean yearly pay of one of them, shares included",
        "0.6 / 0.9 / 1.5 M USD/year",
    ),
    input(
        "people.growth",
        Q::GrowthPerYear,
        Use::Once,
        (-0.9, 5.0),
        Need::With("people.staff"),
        "growth of their number times pay",
        "10 %/year",
    ),
    input(
        "event.*.amount",
        Q::Money,
        Use::Once,
        NON_NEGATIVE,
        Need::Always,
        "price of the deal, or value of one pay package",
        "14.3 B USD",
    ),
    input(
        "event.*.count",
        Q::Count,
        Use::Once,
        (0.0, 1e7),
        Need::Optional,
        "number of deals or packages of that amount; one when left out",
        "50",
    ),
    input(
        "event.*.wait",
        Q::DurationYears,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "time from its date until it happens; none when left out",
        r#"{ dist = "gamma", mean = "5 years", sd = "5 years" }"#,
    ),
    input(
        "event.*.over",
        Q::DurationYears,
        Use::Once,
        (0.01, 20.0),
        Need::Optional,
        "time over which it is paid, such as that of vesting; at once when left out",
        "4 years",
    ),
    input(
        "event.*.cash",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "share paid in cash that the cash margin does not hold already; all when left out",
        "100 %",
    ),
];

/// Metrics that these modules write.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "opex.site",
        "Site opex",
        Q::Money,
        Aggregation::Flow,
        "running cost of sites without electricity",
    ),
    metric(
        "opex.maintenance",
        "Maintenance",
        Q::Money,
        Aggregation::Flow,
        "of the company's servers and network",
    ),
    metric(
        "opex.total",
        "Running cost",
        Q::Money,
        Aggregation::Flow,
        "electricity of the AI fleet, site opex and maintenance, as far as given",
    ),
    metric(
        "opex.to_revenue",
        "Running cost over revenue",
        Q::Ratio,
        Aggregation::Ratio,
        "of the quarter",
    ),
    metric(
        "people.cost",
        "Pay of research staff",
        Q::Money,
        Aggregation::Flow,
        "without pay packages that are given as events",
    ),
    metric(
        "people.packages",
        "Pay packages",
        Q::Money,
        Aggregation::Flow,
        "value that vests in the quarter, of events of the kind `pay`",
    ),
    metric(
        "deals.paid",
        "Acquisitions and stakes",
        Q::Money,
        Aggregation::Flow,
        "paid in the quarter; in neither capex nor free cash flow",
    ),
];

/// Running cost of sites in a quarter.
#[inline(always)]
pub fn site_opex(cost: YearlyPowerCost, ready: ItPower) -> Money {
    cost.of_quarter(ready)
}

/// Maintenance of a quarter from the quarter's straight-line depreciation of the servers in service.
#[inline(always)]
pub fn maintenance(rate: Ratio, depreciation: Money, life: Ratio) -> Money {
    depreciation * rate * life
}

/// Pay of a quarter, from the number of people and the yearly pay of one; `years` since the start.
#[inline(always)]
pub fn staff_cost(years: f64, staff: Ratio, pay: Money, growth: Ratio) -> Money {
    pay * staff * (0.25 * exp(years * ln(1.0 + growth.get())))
}

/// When an event happens, quarters since the start; the wait in years.
#[inline(always)]
pub fn event_date(date: f64, wait: Ratio) -> Quarters {
    Quarters::new(date + 4.0 * wait.get())
}

/// What falls into quarter `t` of an amount paid at once.
#[inline(always)]
pub fn paid_at_once(t: f64, date: Quarters, amount: Money, count: Ratio) -> Money {
    let now = t <= date.get() && date.get() < t + 1.0;
    amount * count * if now { 1.0 } else { 0.0 }
}

/// What falls into quarter `t` of an amount paid evenly over some years.
#[inline(always)]
pub fn paid_over(t: f64, date: Quarters, amount: Money, count: Ratio, years: Ratio) -> Money {
    let quarters = 4.0 * years.get();
    let from = if date.get() > t { date.get() } else { t };
    let end = date.get() + quarters;
    let to = if end < t + 1.0 { end } else { t + 1.0 };
    amount * count * if to > from { (to - from) / quarters } else { 0.0 }
}

#[inline(always)]
fn sum(a: Money, b: Money) -> Money {
    a + b
}
#[inline(always)]
fn add_share(total: Money, paid: Money, share: Ratio) -> Money {
    total + paid * share
}
#[inline(always)]
fn ratio(a: Money, b: Money) -> Ratio {
    a.over(b)
}

/// Running cost.
#[derive(Debug)]
pub struct Opex {
    site: Option<(Col<YearlyPowerCost>, Col<ItPower>, Col<Money>)>,
    maintenance: Option<Maintenance>,
    energy: Col<Money>,
    revenue: Col<Money>,
    total: Option<(Col<Money>, Col<Ratio>)>,
    staff: Option<Staff>,
}

#[derive(Clone, Copy, Debug)]
struct Maintenance {
    rate: Col<Ratio>,
    depreciation: Col<Money>,
    life: Col<Ratio>,
    cost: Col<Money>,
}

#[derive(Clone, Copy, Debug)]
struct Staff {
    number: Col<Ratio>,
    pay: Col<Money>,
    growth: Col<Ratio>,
    cost: Col<Money>,
}

impl Opex {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let site = w.given("opex.site_cost").then(|| {
            (w.input("opex.site_cost"), w.read("site.ready_power"), w.metric("opex.site"))
        });
        let maintenance = w.given("opex.maintenance_rate").then(|| Maintenance {
            rate: w.input("opex.maintenance_rate"),
            depreciation: w.read("finance.~server_depreciation"),
            life: w.read("finance.~server_life"),
            cost: w.metric("opex.maintenance"),
        });
        let some = site.is_some() || maintenance.is_some();
        Self {
            site,
            maintenance,
            energy: w.read("energy.cost"),
            revenue: w.read("finance.revenue"),
            total: some.then(|| (w.metric("opex.total"), w.metric("opex.to_revenue"))),
            staff: w.given("people.staff").then(|| Staff {
                number: w.input("people.staff"),
                pay: w.input("people.pay"),
                growth: w.input("people.growth"),
                cost: w.metric("people.cost"),
            }),
        }
    }

    /// Running cost of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        if let Some((total, to_revenue)) = self.total {
            b.copy(total, self.energy);
            if let Some((cost, ready, site)) = self.site {
                b.map2(site, cost, ready, site_opex);
                b.map2(total, total, site, sum);
            }
            if let Some(m) = self.maintenance {
                b.map3(m.cost, m.rate, m.depreciation, m.life, maintenance);
                b.map2(total, total, m.cost, sum);
            }
            b.map2(to_revenue, total, self.revenue, ratio);
        }
        if let Some(s) = self.staff {
            b.map3_with(
                s.cost,
                0.25 * t as f64,
                s.number,
                s.pay,
                s.growth,
                #[inline(always)]
                |a, b, c, d| staff_cost(a, b, c, d),
            );
        }
    }
}

#[derive(Debug)]
struct Event {
    at: f64,
    kind: EventKind,
    amount: Col<Money>,
    count: Option<Col<Ratio>>,
    wait: Option<Col<Ratio>>,
    over: Option<Col<Ratio>>,
    cash: Option<Col<Ratio>>,
    date: Col<Quarters>,
}

impl Event {
    fn wire(w: &mut Wiring, at: usize) -> Self {
        let setup = w.setup().events[at].clone();
        let key = |quantity: &str| format!("{}.{quantity}", setup.key);
        Self {
            at: setup.date,
            kind: setup.kind,
            amount: w.input(&key("amount")),
            count: w.optional(&key("count")),
            wait: w.optional(&key("wait")),
            over: w.optional(&key("over")),
            cash: w.optional(&key("cash")),
            date: w.state(),
        }
    }
}

#[derive(Debug)]
struct Paid {
    events: Vec<Event>,
    one: Col<Ratio>,
    now: Col<Money>,
    deals: Option<Col<Money>>,
    packages: Option<Col<Money>>,
    cash: Col<Money>,
}

/// Acquisitions, stakes and pay packages.
#[derive(Debug)]
pub struct Deals(Option<Paid>);

impl Deals {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let events: Vec<Event> = (0..w.setup().events.len()).map(|at| Event::wire(w, at)).collect();
        let some = |kind: EventKind| events.iter().any(|event| event.kind == kind);
        let (buys, pays) = (some(EventKind::Deal), some(EventKind::Pay));
        Self((!events.is_empty()).then(|| Paid {
            one: w.state(),
            now: w.state(),
            deals: buys.then(|| w.metric("deals.paid")),
            packages: pays.then(|| w.metric("people.packages")),
            cash: w.share("deals.~cash"),
            events,
        }))
    }

    /// Dates of the events.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        let Some(p) = &self.0 else { return };
        b.fill(p.one, Ratio::new(1.0));
        for e in &p.events {
            match e.wait {
                Some(wait) => b.map1_with(e.date, e.at, wait, event_date),
                None => b.fill(e.date, Quarters::new(e.at)),
            }
        }
    }

    /// What is paid in the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let Some(p) = &self.0 else { return };
        for total in [Some(p.cash), p.deals, p.packages].into_iter().flatten() {
            b.fill(total, Money::ZERO);
        }
        for e in &p.events {
            let (t, count) = (t as f64, e.count.unwrap_or(p.one));
            match e.over {
                Some(over) => b.map4_with(p.now, t, e.date, e.amount, count, over, paid_over),
                None => b.map3_with(p.now, t, e.date, e.amount, count, paid_at_once),
            }
            let total = if e.kind == EventKind::Pay { p.packages } else { p.deals };
            if let Some(total) = total {
                b.map2(total, total, p.now, sum);
            }
            b.map3(p.cash, p.cash, p.now, e.cash.unwrap_or(p.one), add_share);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn m(x: f64) -> Money {
        Money::new(x)
    }
    fn r(x: f64) -> Ratio {
        Ratio::new(x)
    }
    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1.0)
    }

    #[test]
    fn a_gigawatt_costs_300_million_a_year_beside_its_electricity() {
        let quarter = site_opex(YearlyPowerCost::new(0.3), ItPower::new(1_000.0));
        assert!(close(quarter.get(), 0.075));
    }

    #[test]
    fn maintenance_is_a_share_of_what_the_servers_cost() {
        // 40 B USD over five years: 2 B USD a quarter. 3 % a year of 40 B USD are 0.3 a quarter.
        assert!(close(maintenance(r(0.03), m(2.0), r(5.0)).get(), 0.3));
    }

    #[test]
    fn staff_grows_from_the_start() {
        // 2,000 people at 1 M USD a year, 21 % more after two years of 10 %.
        let cost = |years| staff_cost(years, r(2_000.0), m(0.001), r(0.1)).get();
        assert!(close(cost(0.0), 0.5) && close(cost(2.0), 0.605));
    }

    #[test]
    fn an_event_is_paid_in_its_quarter_or_over_its_time() {
        let date = event_date(1.0, r(0.6));
        assert!(close(date.get(), 3.4));
        let once = |t| paid_at_once(t, date, m(14.3), r(1.0)).get();
        assert!(close(once(2.0), 0.0) && close(once(3.0), 14.3) && close(once(4.0), 0.0));
        // 50 packages of 0.1 B USD over a year: 1.25 a quarter, 0.6 of a quarter in the first.
        let over = |t: f64| paid_over(t, date, m(0.1), r(50.0), r(1.0)).get();
        assert!(close(over(3.0), 0.75) && close(over(4.0), 1.25) && close(over(7.0), 0.5));
        assert!(close((0..12).map(|t| over(f64::from(t))).sum::<f64>(), 5.0));
    }
}
