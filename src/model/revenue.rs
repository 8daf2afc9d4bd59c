//! Revenue and operating cash flow (MODEL.md M1).
//!
//! ```text
//! R_t   = R_{t−4} · (1 + g) · e^noise                                 B USD a quarter
//! R_t   = midpoint of the guidance · error, in a quarter with guidance
//! CFO_t = m · R_t
//! ```
//!
//! What others pay by contract is added to the company's own revenue, which alone grows: a reported or
//! guided quarter holds its contracts already.
//!
//! A reported quarter takes the reported figure. g is drawn once; m, the share of revenue that
//! becomes operating cash, already holds all costs of running the fleet.

use super::block::{Block, Col};
use super::contracts::{SCHEDULED, before_column};
use super::declare::{Aggregation, FRACTION, InputDecl, MetricDecl, Need, Use, input, metric};
use super::setup::Setup;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Money, Ratio, Scalar};
use crate::vector::exp;

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "finance.revenue_growth",
        Q::GrowthPerYear,
        Use::Once,
        (-0.9, 5.0),
        Need::Always,
        "growth of revenue over the same quarter a year before",
        r#"{ dist = "triangular", min = "5 %/year", mode = "17 %/year", max = "29 %/year" }"#,
    ),
    input(
        "finance.revenue_noise",
        Q::Signed,
        Use::Quarter,
        (-1.0, 1.0),
        Need::Always,
        "random part of the log of that growth",
        r#"{ dist = "normal", mean = 0.0, sd = 0.03 }"#,
    ),
    input(
        "finance.revenue_guidance_error",
        Q::Ratio,
        Use::Once,
        (0.5, 2.0),
        Need::Optional,
        "revenue of the first open quarter over the midpoint of its guidance",
        r#"{ dist = "lognormal", mean_log = 0.01, sd_log = 0.015 }"#,
    ),
    input(
        "finance.cash_margin",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Always,
        "operating cash flow over revenue",
        r#"{ dist = "triangular", min = 0.45, mode = 0.53, max = 0.61 }"#,
    ),
];
/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric("finance.revenue", "Revenue", Q::Money, Aggregation::Flow, "revenue of the quarter"),
    metric(
        "finance.operating_cash",
        "Operating cash flow",
        Q::Money,
        Aggregation::Flow,
        "cash from operations of the quarter",
    )
    .signed(),
];

/// Revenue from that of the same quarter a year before.
#[inline(always)]
pub fn grown_revenue(before: Money, growth: Ratio, noise: Ratio) -> Money {
    before * (1.0 + growth.get()) * exp(noise.get())
}

/// Revenue of a quarter with guidance.
#[inline(always)]
pub fn guided_revenue(midpoint: f64, error: Ratio) -> Money {
    Money::new(midpoint) * error
}

/// Operating cash flow for a revenue.
#[inline(always)]
pub fn operating_cash(revenue: Money, margin: Ratio) -> Money {
    revenue * margin
}

#[inline(always)]
fn four(a: Money, b: Money, c: Money, d: Money) -> Money {
    a + b + c + d
}

/// The module.
#[derive(Debug)]
pub struct Revenue {
    setup: Setup,
    growth: Col<Ratio>,
    noise: Col<Ratio>,
    error: Option<Col<Ratio>>,
    margin: Col<Ratio>,
    of_quarter: Col<Money>,
    cash: Col<Money>,
    /// Revenue and operating cash of the last four quarters, by quarter of the year.
    history: [Col<Money>; 4],
    cashes: [Col<Money>; 4],
    cash_year: Col<Money>,
    contracts: Option<Own>,
}

/// Revenue without that of contracts.
#[derive(Debug)]
struct Own {
    contracts: Col<Money>,
    rest: Col<Money>,
    /// That of contracts, if none had ended early: what guidance counts on.
    scheduled: Col<Money>,
    /// That of contracts in the four quarters before the grid, the last one first.
    before: Option<[Col<Money>; 4]>,
}

#[inline(always)]
fn without(all: Money, contracts: Money) -> Money {
    all - contracts
}
/// What guidance leaves for the company's own revenue.
#[inline(always)]
fn rest(guided: Money, scheduled: Money) -> Money {
    (guided - scheduled).positive()
}
#[inline(always)]
fn with(own: Money, contracts: Money) -> Money {
    own + contracts
}

impl Revenue {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        Self {
            setup: w.setup().clone(),
            growth: w.input("finance.revenue_growth"),
            noise: w.input("finance.revenue_noise"),
            error: w.optional("finance.revenue_guidance_error"),
            margin: w.input("finance.cash_margin"),
            of_quarter: w.metric("finance.revenue"),
            cash: w.metric("finance.operating_cash"),
            history: std::array::from_fn(|_| w.state()),
            cashes: std::array::from_fn(|_| w.state()),
            cash_year: w.share("finance.~cash_year"),
            contracts: w.shared("contract.revenue").is_some().then(|| Own {
                contracts: w.read("contract.revenue"),
                rest: w.share("finance.~own_revenue"),
                scheduled: w.read(SCHEDULED),
                before: w
                    .shared(&before_column(1))
                    .is_some()
                    .then(|| std::array::from_fn(|back| w.read(&before_column(back as u32 + 1)))),
            }),
        }
    }

    /// The four quarters before the grid.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        for back in 1..=4 {
            let quarter = self.setup.quarter_before(0, back);
            let slot = quarter.1 as usize - 1;
            let revenue = self.setup.revenue.get(&quarter).copied().unwrap_or(0.0);
            b.fill(self.history[slot], Money::new(revenue));
            match self.setup.operating_cash.get(&quarter) {
                Some(&cash) => b.fill(self.cashes[slot], Money::new(cash)),
                None => b.map2(self.cashes[slot], self.history[slot], self.margin, operating_cash),
            }
            if let Some(before) = self.contracts.as_ref().and_then(|c| c.before) {
                let contracts = before[back as usize - 1];
                b.map2(self.history[slot], self.history[slot], contracts, without);
            }
        }
    }

    /// Revenue and cash of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let quarter = self.setup.quarters[t];
        let slot = quarter.1 as usize - 1;
        let guided = self.setup.revenue_guidance.get(&quarter).zip(self.error);
        if let Some(&reported) = self.setup.revenue.get(&quarter) {
            b.fill(self.of_quarter, Money::new(reported));
        } else if let Some((&midpoint, error)) = guided {
            b.map1_with(self.of_quarter, midpoint, error, guided_revenue);
        } else {
            b.map3(
                self.of_quarter,
                self.history[slot],
                self.growth,
                self.noise,
                #[inline(always)]
                |a, b, c| grown_revenue(a, b, c),
            );
        }
        let reported = self.setup.revenue.contains_key(&quarter);
        let own = self.contracts.as_ref().map_or(self.of_quarter, |c| {
            if reported {
                b.map2(c.rest, self.of_quarter, c.contracts, without);
            } else {
                match guided {
                    Some(_) => b.map2(c.rest, self.of_quarter, c.scheduled, rest),
                    None => b.copy(c.rest, self.of_quarter),
                }
                b.map2(self.of_quarter, c.rest, c.contracts, with);
            }
            c.rest
        });
        match self.setup.operating_cash.get(&quarter) {
            Some(&reported) => b.fill(self.cash, Money::new(reported)),
            None => b.map2(self.cash, self.of_quarter, self.margin, operating_cash),
        }
        b.copy(self.history[slot], own);
        b.copy(self.cashes[slot], self.cash);
        let [q1, q2, q3, q4] = self.cashes;
        b.map4(self.cash_year, q1, q2, q3, q4, four);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revenue_grows_on_the_same_quarter_a_year_before() {
        let revenue = grown_revenue(Money::new(34.146), Ratio::new(0.2), Ratio::ZERO);
        assert!((revenue.get() - 40.9752).abs() < 1e-12);
        assert!((operating_cash(revenue, Ratio::new(0.5)).get() - 20.4876).abs() < 1e-12);
        assert!((guided_revenue(39.75, Ratio::new(1.01)).get() - 40.1475).abs() < 1e-12);
    }
}
