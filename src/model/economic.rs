//! Economic beside accounting depreciation (MODEL.md M10), B USD.
//!
//! ```text
//! loss_t = V_{t−1} (1 − e^(−rate/4)),   V_t = V_{t−1} − loss_t + servers_t
//! ```
//!
//! What servers and network are worth falls as newer chips do the same work for less: by the rate
//! a year at which performance per dollar grows (Epoch AI, arXiv 2405.21015: 0.14 orders of
//! magnitude, so 0.14 ln 10 = 0.322). It starts from the book value of the servers.

use super::block::{Block, Col};
use super::declare::{Aggregation, InputDecl, MetricDecl, Need, Use, input, metric};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Money, Ratio, Scalar};
use crate::vector::exp;

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[input(
    "finance.economic_loss",
    Q::RatePerYear,
    Use::Once,
    (0.0, 3.0),
    Need::Optional,
    "continuous rate at which servers lose value",
    r#"{ dist = "triangular", min = "20 %/year", mode = "32 %/year", max = "40 %/year" }"#,
)];

/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "finance.economic_depreciation",
        "Economic depreciation of servers",
        Q::Money,
        Aggregation::Flow,
        "value that servers and network lose in the quarter, whatever their accounting life",
    )
    .signed(),
    metric(
        "finance.economic_value",
        "Economic value of servers",
        Q::Money,
        Aggregation::Stock,
        "at quarter end",
    ),
];

/// Share of its value that an asset keeps over a quarter.
#[inline(always)]
pub fn kept_value(rate: Ratio) -> Ratio {
    Ratio::new(exp(-0.25 * rate.get()))
}

/// Loss of the quarter, and the value at its end. `share` of capex is servers.
#[inline(always)]
pub fn economic_loss(share: f64, value: Money, kept: Ratio, capex: Money) -> (Money, Money) {
    let loss = value * (1.0 - kept.get());
    (loss, value - loss + capex * share)
}

#[derive(Debug)]
struct Parts {
    rate: Col<Ratio>,
    kept: Col<Ratio>,
    capex: Col<Money>,
    share: f64,
    first: f64,
    loss: Col<Money>,
    value: Col<Money>,
}

/// The module.
#[derive(Debug)]
pub struct Economic(Option<Parts>);

impl Economic {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let recent = |back| setup.capex.get(&setup.quarter_before(0, back)).copied();
        let recent: f64 = (1..=4).filter_map(recent).sum();
        // Older servers charge an amount that falls to zero in a line: half of it on average.
        let older = 0.5
            * w.setting("finance.legacy_server_depreciation")
            * w.setting("finance.legacy_server_runoff");
        Self(w.given("finance.economic_loss").then(|| Parts {
            rate: w.input("finance.economic_loss"),
            kept: w.state(),
            capex: w.read("capex.total"),
            share: w.setting("finance.server_share"),
            first: older + w.setting("finance.legacy_server_share") * recent,
            loss: w.metric("finance.economic_depreciation"),
            value: w.metric("finance.economic_value"),
        }))
    }

    /// The value at the start.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        if let Some(p) = &self.0 {
            b.fill(p.value, Money::new(p.first));
            b.map1(
                p.kept,
                p.rate,
                #[inline(always)]
                |rate| kept_value(rate),
            );
        }
    }

    /// Loss of the quarter.
    #[inline(always)]
    pub fn step(&self, _t: usize, b: &mut Block) {
        if let Some(p) = &self.0 {
            b.map3_with((p.loss, p.value), p.share, p.value, p.kept, p.capex, economic_loss);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_halves_in_two_years_at_the_published_rate() {
        // 0.14 orders of magnitude a year: 10^-0.28 = 0.5248 after two years.
        let kept = kept_value(Ratio::new(0.14 * std::f64::consts::LN_10));
        let mut value = Money::new(100.0);
        let mut lost = 0.0;
        for _ in 0..8 {
            let (loss, now) = economic_loss(0.5, value, kept, Money::ZERO);
            (value, lost) = (now, lost + loss.get());
        }
        assert!((value.get() - 100.0 * libm::pow(10.0, -0.28)).abs() < 1e-10);
        assert!((lost + value.get() - 100.0).abs() < 1e-10);
        let (_, bought) = economic_loss(0.5, Money::ZERO, kept, Money::new(10.0));
        assert!((bought.get() - 5.0).abs() < 1e-15);
    }
}
