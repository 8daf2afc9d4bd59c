//! Returns on compute (items of the documents; no part of revenue), B USD.
//!
//! ```text
//! uplift   = (1 + per doubling)^(log2(C / C_0)) − 1                   engagement
//! revenue  = R · ad share · elasticity · uplift / (1 + elasticity · uplift)
//! outlay  += chips + buildings + electricity,   cash += revenue · margin
//! payback  = cash / outlay, both since the start of the grid
//! ```
//!
//! A link that is off unless a scenario gives it, and graded as weakly as it deserves: one document
//! tells of 4 % more engagement on Threads after models rank its posts, and none of revenue. It says
//! which part of the revenue that the run has anyway would be owed to compute under the stated
//! assumptions; it adds nothing to revenue, whose growth rests on reported figures that hold such
//! effects already. C is the compute in ranking and inference if the use of the fleet is followed,
//! else the fleet, in H100e; C_0 is that of the first quarter.

use super::block::{Block, Col};
use super::declare::{Aggregation, FRACTION, InputDecl, MetricDecl, Need, Use, input, metric};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{H100e, Money, Ratio, Scalar};
use crate::vector::{exp, ln};

const GATE: &str = "returns.uplift";

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        GATE,
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "more engagement for each doubling of compute; without it returns are not followed",
        "1 / 2 / 4 %",
    ),
    input(
        "returns.elasticity",
        Q::Ratio,
        Use::Once,
        (0.0, 100.0),
        Need::With(GATE),
        "percent more advertising revenue for a percent more engagement",
        "0.4 / 0.7 / 1.0",
    ),
    input(
        "returns.ad_share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::With(GATE),
        "share of revenue that is advertising",
        "98 %",
    ),
    input(
        "returns.margin",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::With(GATE),
        "share of that revenue left as cash",
        "50 / 70 / 85 %",
    ),
];

/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "returns.engagement",
        "Engagement owed to compute",
        Q::Ratio,
        Aggregation::Ratio,
        "uplift since the first quarter, as a fraction",
    )
    .signed(),
    metric(
        "returns.revenue",
        "Revenue owed to compute",
        Q::Money,
        Aggregation::Flow,
        "part of advertising revenue that the uplift stands for",
    )
    .signed(),
    metric(
        "returns.payback",
        "Returns over outlay",
        Q::Ratio,
        Aggregation::Ratio,
        "cash owed to compute over outlay for chips, buildings and electricity, since the start",
    )
    .signed(),
    metric(
        "returns.paid_back",
        "Paid back",
        Q::Ratio,
        Aggregation::Indicator,
        "whether returns have reached the outlay",
    ),
];

/// Engagement since the start, for compute that has grown.
#[inline(always)]
pub fn engagement(compute: H100e, first: H100e, per_doubling: Ratio) -> Ratio {
    let ratio = compute.over(first).get();
    let doublings = ln(if ratio > 1.0 { ratio } else { 1.0 }) * std::f64::consts::LOG2_E;
    Ratio::new(exp(doublings * ln(1.0 + per_doubling.get())) - 1.0)
}

/// Revenue that an uplift stands for.
#[inline(always)]
pub fn owed_revenue(revenue: Money, ads: Ratio, elasticity: Ratio, uplift: Ratio) -> Money {
    let gain = elasticity.get() * uplift.get();
    revenue * ads * (gain / (1.0 + gain))
}

/// Cash since the start, outlay since the start, their ratio, and whether it has reached one.
#[inline(always)]
pub fn payback(cash: Money, outlay: Money) -> (Ratio, Ratio) {
    let ratio = cash.over(outlay);
    (ratio, Ratio::new(if ratio.get() >= 1.0 { 1.0 } else { 0.0 }))
}

#[inline(always)]
fn add_outlay(sum: Money, a: Money, b: Money, c: Money, d: Money) -> Money {
    sum + a + b + c + d
}
#[inline(always)]
fn add_cash(sum: Money, revenue: Money, margin: Ratio) -> Money {
    sum + revenue * margin
}
#[inline(always)]
fn serving(fleet: H100e, ranking: Ratio, inference: Ratio) -> H100e {
    fleet * (ranking + inference)
}

#[derive(Debug)]
struct Parts {
    uplift: Col<Ratio>,
    elasticity: Col<Ratio>,
    ads: Col<Ratio>,
    margin: Col<Ratio>,
    fleet: Col<H100e>,
    uses: Option<(Col<Ratio>, Col<Ratio>)>,
    compute: Col<H100e>,
    first: Col<H100e>,
    revenue: Col<Money>,
    spent: [Col<Money>; 4],
    engagement: Col<Ratio>,
    owed: Col<Money>,
    cash: Col<Money>,
    outlay: Col<Money>,
    payback: Col<Ratio>,
    paid_back: Col<Ratio>,
}

/// The module.
#[derive(Debug)]
pub struct Returns(Option<Parts>);

impl Returns {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        Self(w.given(GATE).then(|| {
            Parts {
                uplift: w.input(GATE),
                elasticity: w.input("returns.elasticity"),
                ads: w.input("returns.ad_share"),
                margin: w.input("returns.margin"),
                fleet: w.read("fleet.h100e"),
                uses: super::usage::is_on(w)
                    .then(|| (w.read("use.share.ranking"), w.read("use.share.inference"))),
                compute: w.state(),
                first: w.state(),
                revenue: w.read("finance.revenue"),
                spent: ["capex.chips", "capex.other_chips", "capex.buildings", "energy.cost"]
                    .map(|name| w.read(name)),
                engagement: w.metric("returns.engagement"),
                owed: w.metric("returns.revenue"),
                cash: w.state(),
                outlay: w.state(),
                payback: w.metric("returns.payback"),
                paid_back: w.metric("returns.paid_back"),
            }
        }))
    }

    /// Nothing is spent or earned before the first quarter.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        if let Some(p) = &self.0 {
            b.fill(p.cash, Money::ZERO);
            b.fill(p.outlay, Money::ZERO);
        }
    }

    /// Returns of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let Some(p) = &self.0 else { return };
        match p.uses {
            Some((ranking, inference)) => b.map3(p.compute, p.fleet, ranking, inference, serving),
            None => b.copy(p.compute, p.fleet),
        }
        if t == 0 {
            b.copy(p.first, p.compute);
        }
        b.map3(
            p.engagement,
            p.compute,
            p.first,
            p.uplift,
            #[inline(always)]
            |a, b, c| engagement(a, b, c),
        );
        b.map4(p.owed, p.revenue, p.ads, p.elasticity, p.engagement, owed_revenue);
        b.map3(p.cash, p.cash, p.owed, p.margin, add_cash);
        let [chips, others, buildings, energy] = p.spent;
        b.map5(p.outlay, p.outlay, chips, others, buildings, energy, add_outlay);
        b.map2((p.payback, p.paid_back), p.cash, p.outlay, payback);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1.0)
    }

    #[test]
    fn each_doubling_lifts_engagement_alike() {
        let (h, r) = (H100e::new, Ratio::new);
        assert!(close(engagement(h(200.0), h(100.0), r(0.04)).get(), 0.04));
        assert!(close(engagement(h(400.0), h(100.0), r(0.04)).get(), 0.0816));
        assert!(close(engagement(h(50.0), h(100.0), r(0.04)).get(), 0.0));
    }

    #[test]
    fn revenue_holds_the_uplift_already() {
        // 104 B USD of advertising with 4 % of uplift are 100 B USD without.
        let owed =
            owed_revenue(Money::new(104.0), Ratio::new(1.0), Ratio::new(1.0), Ratio::new(0.04));
        assert!(close(owed.get(), 4.0));
        let half =
            owed_revenue(Money::new(102.0), Ratio::new(0.5), Ratio::new(0.5), Ratio::new(0.04));
        assert!(close(half.get(), 1.0));
        let (ratio, paid) = payback(Money::new(5.0), Money::new(10.0));
        assert!(close(ratio.get(), 0.5) && close(paid.get(), 0.0));
        assert!(close(payback(Money::new(11.0), Money::new(10.0)).1.get(), 1.0));
    }
}
