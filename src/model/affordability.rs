//! What of the plan can be paid (MODEL.md M1), and cash and debt (M10).
//!
//! ```text
//! A_t   = min(plan_t, θ CFO_t + min(step, max(0, δ CFO_4q − D)) + max(0, C − C_min))
//! issue = max(0, capex − θ CFO − max(0, C − C_min)),   D += issue
//! buyback = share · max(0, θ CFO − capex),             C += θ CFO − capex + issue − buyback
//! ```
//!
//! θ spendable share of operating cash flow CFO, δ debt limit over the last four quarters' CFO,
//! D debt, C cash, all in B USD. Deals paid in cash (`opex`) take their place beside capex in the
//! last two lines: they lower cash, or raise debt, and nothing else. What is cut is lost. A reported quarter is never cut. Without
//! `finance.spendable_share` nothing is cut and cash and debt are not followed.

use super::block::{Block, Col};
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Money, Ratio, Scalar};

/// Inputs that these modules read.
pub const INPUTS: &[InputDecl] = &[
    input(
        "finance.spendable_share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "share of operating cash flow left after dividends and share settlement; without it capex is not limited by cash",
        r#"{ dist = "triangular", min = 0.70, mode = 0.80, max = 0.90 }"#,
    ),
    input(
        "finance.debt_limit",
        Q::Ratio,
        Use::Once,
        (0.0, 20.0),
        Need::With("finance.spendable_share"),
        "largest debt over the last four quarters' operating cash flow",
        r#"{ dist = "triangular", min = 0.3, mode = 0.5, max = 1.0 }"#,
    ),
    input(
        "finance.debt_step",
        Q::Money,
        Use::Setting,
        NON_NEGATIVE,
        Need::With("finance.spendable_share"),
        "most new debt in a quarter",
        "25 B USD",
    ),
    input(
        "finance.cash_floor",
        Q::Money,
        Use::Once,
        NON_NEGATIVE,
        Need::With("finance.spendable_share"),
        "cash and securities that are not spent",
        "25 B USD",
    ),
    input(
        "finance.buyback_share",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::With("finance.spendable_share"),
        "share of spendable cash beyond capex that buys back shares",
        "0.6",
    ),
    input(
        "finance.cash",
        Q::Money,
        Use::Once,
        NON_NEGATIVE,
        Need::With("finance.spendable_share"),
        "cash and securities at the start of the grid",
        "65.4 B USD",
    ),
    input(
        "finance.debt",
        Q::Money,
        Use::Once,
        NON_NEGATIVE,
        Need::With("finance.spendable_share"),
        "debt at the start of the grid",
        "18.4 B USD",
    ),
];
/// Metrics that these modules write.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "capex.shortfall",
        "Planned capex that was not affordable",
        Q::Money,
        Aggregation::Flow,
        "plan less what could be paid",
    ),
    metric("finance.cash", "Cash and securities", Q::Money, Aggregation::Stock, "at quarter end"),
    metric("finance.debt", "Debt", Q::Money, Aggregation::Stock, "at quarter end"),
];

/// Most capex that can be paid for. `step` is the most new debt in a quarter, B USD.
#[inline(always)]
pub fn affordable_limit(
    step: f64,
    spendable: Money,
    debt_room: Money,
    cash: Money,
    cash_floor: Money,
) -> Money {
    spendable + debt_room.positive().min(Money::new(step)) + (cash - cash_floor).positive()
}

/// Room for debt: limit over the last four quarters' operating cash, less debt.
#[inline(always)]
pub fn debt_room(limit: Ratio, cash_year: Money, debt: Money) -> Money {
    cash_year * limit - debt
}

/// What is spent and what is cut.
#[inline(always)]
pub fn cut(plan: Money, limit: Money) -> (Money, Money) {
    let spent = plan.min(limit.positive());
    (spent, plan - spent)
}

/// New debt of the quarter.
#[inline(always)]
pub fn new_debt(capex: Money, spendable: Money, cash: Money, cash_floor: Money) -> Money {
    (capex - spendable - (cash - cash_floor).positive()).positive()
}

/// Cash at quarter end, and what buys back shares: `buyback_share` of what is left over.
#[inline(always)]
pub fn cash_end(
    buyback_share: f64,
    cash: Money,
    spendable: Money,
    capex: Money,
    issue: Money,
) -> (Money, Money) {
    let buyback = (spendable - capex).positive() * buyback_share;
    (cash + spendable - capex + issue - buyback, buyback)
}

#[inline(always)]
fn part(whole: Money, share: Ratio) -> Money {
    whole * share
}

#[inline(always)]
fn sum(a: Money, b: Money) -> Money {
    a + b
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    spendable_share: Col<Ratio>,
    debt_limit: Col<Ratio>,
    cash_floor: Col<Money>,
    debt_step: f64,
    buyback_share: f64,
    cash_start: Col<Money>,
    debt_start: Col<Money>,
    operating_cash: Col<Money>,
    cash_year: Col<Money>,
    cash: Col<Money>,
    debt: Col<Money>,
    spendable: Col<Money>,
    room: Col<Money>,
}

/// Cuts the plan to what can be paid.
#[derive(Debug)]
pub struct Affordability {
    closed: Vec<bool>,
    plan: Col<Money>,
    affordable: Col<Money>,
    shortfall: Col<Money>,
    limits: Option<Limits>,
}

impl Affordability {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let limits = w.given("finance.spendable_share").then(|| Limits {
            spendable_share: w.input("finance.spendable_share"),
            debt_limit: w.input("finance.debt_limit"),
            cash_floor: w.input("finance.cash_floor"),
            debt_step: w.setting("finance.debt_step"),
            buyback_share: w.setting("finance.buyback_share"),
            cash_start: w.input("finance.cash"),
            debt_start: w.input("finance.debt"),
            operating_cash: w.read("finance.operating_cash"),
            cash_year: w.read("finance.~cash_year"),
            cash: w.previous("finance.cash"),
            debt: w.previous("finance.debt"),
            spendable: w.share("finance.~spendable"),
            room: w.state(),
        });
        Self {
            closed: (0..setup.steps()).map(|t| setup.closed(t)).collect(),
            plan: w.read("capex.plan"),
            affordable: w.share("capex.~affordable"),
            shortfall: w.metric("capex.shortfall"),
            limits,
        }
    }

    /// Cash and debt at the start.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        if let Some(l) = self.limits {
            b.copy(l.cash, l.cash_start);
            b.copy(l.debt, l.debt_start);
        }
    }

    /// Capex of the quarter after the cut.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        if let Some(l) = self.limits {
            b.map2(l.spendable, l.operating_cash, l.spendable_share, part);
            if !self.closed[t] {
                b.map3(l.room, l.debt_limit, l.cash_year, l.debt, debt_room);
                b.map4_with(
                    l.room,
                    l.debt_step,
                    l.spendable,
                    l.room,
                    l.cash,
                    l.cash_floor,
                    affordable_limit,
                );
                b.map2((self.affordable, self.shortfall), self.plan, l.room, cut);
                return;
            }
        }
        b.copy(self.affordable, self.plan);
        b.fill(self.shortfall, Money::ZERO);
    }
}

/// Cash and debt at quarter end.
#[derive(Debug)]
pub struct CashAndDebt {
    limits: Option<Limits>,
    capex: Col<Money>,
    /// Cash paid for deals, and capex with it.
    deals: Option<(Col<Money>, Col<Money>)>,
    issue: Col<Money>,
    buyback: Col<Money>,
}

impl CashAndDebt {
    /// Takes over the columns of [`Affordability`].
    pub fn wire(w: &mut Wiring, affordability: &Affordability) -> Self {
        if affordability.limits.is_some() {
            w.metric::<Money>("finance.cash");
            w.metric::<Money>("finance.debt");
        }
        let deals = affordability.limits.is_some() && !w.setup().events.is_empty();
        Self {
            limits: affordability.limits,
            capex: w.read("capex.total"),
            deals: deals.then(|| (w.read("deals.~cash"), w.state())),
            issue: w.share("finance.~issue"),
            buyback: w.share("finance.~buyback"),
        }
    }

    /// Moves cash and debt to quarter end.
    #[inline(always)]
    pub fn step(&self, _t: usize, b: &mut Block) {
        if let Some(l) = self.limits {
            let mut outlay = self.capex;
            if let Some((deals, all)) = self.deals {
                b.map2(all, self.capex, deals, sum);
                outlay = all;
            }
            b.map4(self.issue, outlay, l.spendable, l.cash, l.cash_floor, new_debt);
            b.map2(l.debt, l.debt, self.issue, sum);
            let (out, issue) = ((l.cash, self.buyback), self.issue);
            b.map4_with(out, l.buyback_share, l.cash, l.spendable, outlay, issue, cash_end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn m(x: f64) -> Money {
        Money::new(x)
    }

    #[test]
    fn the_limit_adds_cash_flow_debt_and_spare_cash() {
        let room = debt_room(Ratio::new(0.5), m(80.0), m(18.4));
        assert!((room.get() - 21.6).abs() < 1e-12);
        let limit = affordable_limit(25.0, m(16.0), room, m(65.4), m(25.0));
        assert!((limit.get() - (16.0 + 21.6 + 40.4)).abs() < 1e-12);
        let (spent, lost) = cut(m(90.0), limit);
        assert!((spent.get() - 78.0).abs() < 1e-12 && (lost.get() - 12.0).abs() < 1e-12);
    }

    #[test]
    fn cash_rolls_forward() {
        let issue = new_debt(m(50.0), m(16.0), m(40.0), m(25.0));
        assert!((issue.get() - 19.0).abs() < 1e-12);
        assert!((cash_end(0.6, m(40.0), m(16.0), m(50.0), issue).0.get() - 25.0).abs() < 1e-12);
        let (cash, buyback) = cash_end(0.6, m(40.0), m(16.0), m(10.0), m(0.0));
        assert!((cash.get() - 42.4).abs() < 1e-12 && (buyback.get() - 3.6).abs() < 1e-12);
    }
}
