//! The plan of capital spending (MODEL.md M1): guided years, growth, weights of the quarters.
//!
//! ```text
//! guided year     A_y = midpoint of the last range · guidance error of its season
//! unguided year   ln A_y = ln A_{y−1} + growth (regime chain or any distribution)
//! weights         w_q ∝ exp(G_y (q − 2.5)/4 + season_q + noise),  G_y = ln(A_y / A_{y−1})
//! plan            closed quarters first, as reported; the rest of A_y to open quarters by w;
//!                 in an unguided year times I^(response · (ν + o)), I the chip price index
//! later range     midpoint = A_y / guidance error of its season
//! ```
//!
//! Money in B USD. ν and o are the shares of capex for the main vendor's and for other chips.

use super::block::{Block, Col};
use super::declare::{Aggregation, InputDecl, MetricDecl, Need, Use, input, metric};
use super::setup::Setup;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Money, Ratio, Scalar};
use crate::vector::{exp, ln};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "capex.guidance_error.first",
        Q::Ratio,
        Use::Once,
        (0.2, 5.0),
        Need::Always,
        "capex of a year over the midpoint of its range, for a range given before April of that year",
        r#"{ dist = "lognormal", mean_log = -0.04, sd_log = 0.12 }"#,
    ),
    input(
        "capex.guidance_error.april",
        Q::Ratio,
        Use::Once,
        (0.2, 5.0),
        Need::Always,
        "the same for a range given from April to June",
        r#"{ dist = "lognormal", mean_log = -0.03, sd_log = 0.09 }"#,
    ),
    input(
        "capex.guidance_error.july",
        Q::Ratio,
        Use::Once,
        (0.2, 5.0),
        Need::Always,
        "the same for a range given from July to September",
        r#"{ dist = "lognormal", mean_log = -0.01, sd_log = 0.03 }"#,
    ),
    input(
        "capex.guidance_error.october",
        Q::Ratio,
        Use::Once,
        (0.2, 5.0),
        Need::Always,
        "the same for a range given from October on",
        r#"{ dist = "lognormal", mean_log = 0.0, sd_log = 0.01 }"#,
    ),
    input(
        "capex.growth",
        Q::Signed,
        Use::Year,
        (-3.0, 3.0),
        Need::Always,
        "change of the log of yearly capex in a year without guidance: a regime chain, or any distribution",
        r#"{ dist = "regimes", stay = 0.6, boom = { weight = 0.33, start = 0.50, mean_log = 0.60, sd_log = 0.15 }, normal = { weight = 0.47, start = 0.47, mean_log = 0.12, sd_log = 0.10 }, digest = { weight = 0.20, start = 0.03, mean_log = -0.10, sd_log = 0.10 } }"#,
    ),
    input(
        "capex.season.q1",
        Q::Signed,
        Use::Setting,
        (-2.0, 2.0),
        Need::Always,
        "log weight of the first quarter within a year, beside the trend",
        "-0.10",
    ),
    input(
        "capex.season.q2",
        Q::Signed,
        Use::Setting,
        (-2.0, 2.0),
        Need::Always,
        "the same for the second quarter",
        "-0.04",
    ),
    input(
        "capex.season.q3",
        Q::Signed,
        Use::Setting,
        (-2.0, 2.0),
        Need::Always,
        "the same for the third quarter",
        "0.05",
    ),
    input(
        "capex.season.q4",
        Q::Signed,
        Use::Setting,
        (-2.0, 2.0),
        Need::Always,
        "the same for the fourth quarter",
        "0.07",
    ),
    input(
        "capex.season.noise",
        Q::Signed,
        Use::Fresh,
        (-2.0, 2.0),
        Need::Always,
        "random part of a quarter's log weight",
        r#"{ dist = "normal", mean = 0.0, sd = 0.13 }"#,
    ),
    input(
        "capex.price_response",
        Q::Ratio,
        Use::Setting,
        (0.0, 1.0),
        Need::Always,
        "part of a price surprise of chips that is met by money, the rest by fewer chips, in years without guidance",
        "0.5",
    ),
];
/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "capex.plan",
        "Planned capex",
        Q::Money,
        Aggregation::Flow,
        "capex of the quarter before affordability",
    ),
    metric(
        "capex.year_plan",
        "Planned capex of the year",
        Q::Money,
        Aggregation::Ratio,
        "the year's capex before affordability and before the response to chip prices",
    ),
    metric(
        "capex.inside_guidance",
        "Capex inside its guided range",
        Q::Ratio,
        Aggregation::Indicator,
        "1 where the year's plan lies inside the last range, in guided years",
    ),
    metric(
        "capex.raised",
        "Range of capex raised again",
        Q::Ratio,
        Aggregation::Indicator,
        "1 where the next range's midpoint is over 1 % above the last one's, in guided years",
    ),
];

const SEASONS: [&str; 4] = ["first", "april", "july", "october"];

/// Capex of a guided year.
#[inline(always)]
pub fn guided_capex(midpoint: f64, error: Ratio) -> Money {
    Money::new(midpoint) * error
}

/// Capex of a year from the one before.
#[inline(always)]
pub fn grown_capex(before: Money, growth: Ratio) -> Money {
    before * exp(growth.get())
}

/// Weight of a quarter within its year: trend, season and noise. `k` is (quarter 1 to 4, season).
#[inline(always)]
pub fn quarter_weight(k: (f64, f64), year: Money, before: Money, noise: Ratio) -> Ratio {
    quarter_weight_by_log(k, log_growth(year, before), noise)
}

#[inline(always)]
fn log_growth(year: Money, before: Money) -> Ratio {
    Ratio::new(ln(year.over(before).get()))
}

#[inline(always)]
fn quarter_weight_by_log(k: (f64, f64), log_growth: Ratio, noise: Ratio) -> Ratio {
    let (quarter, season) = k;
    Ratio::new(exp(0.25 * log_growth.get() * (quarter - 2.5) + season + noise.get()))
}

/// An open quarter's part of what is left of the year.
#[inline(always)]
pub fn quarter_plan(reported: f64, year: Money, weight: Ratio, open: Ratio) -> Money {
    (year - Money::new(reported)).positive() * weight.over(open)
}

/// Part of a price surprise that is met by money. `share` is the chips' share of capex.
#[inline(always)]
pub fn price_response(
    response: f64,
    plan: Money,
    index: Ratio,
    main: Ratio,
    other: Ratio,
) -> Money {
    plan * exp(response * (main + other).get() * ln(index.get()))
}

#[inline(always)]
fn inside(k: (f64, f64), year: Money) -> Ratio {
    Ratio::new(if year.get() >= k.0 && year.get() <= k.1 { 1.0 } else { 0.0 })
}

/// Whether the next range's midpoint is more than 1 % above the last one's.
#[inline(always)]
pub fn range_raised(midpoint: f64, year: Money, next_error: Ratio) -> Ratio {
    Ratio::new(if year.get() > 1.01 * midpoint * next_error.get() { 1.0 } else { 0.0 })
}

#[inline(always)]
fn sum(a: Ratio, b: Ratio) -> Ratio {
    a + b
}

/// The module.
#[derive(Debug)]
pub struct CapexPlan {
    setup: Setup,
    errors: [Col<Ratio>; 4],
    growth: Col<Ratio>,
    noise: [Col<Ratio>; 4],
    seasons: [f64; 4],
    response: f64,
    index: Col<Ratio>,
    chip_share: Col<Ratio>,
    other_share: Col<Ratio>,
    year: Col<Money>,
    before: Col<Money>,
    log_growth: Col<Ratio>,
    weights: [Col<Ratio>; 4],
    open: Col<Ratio>,
    plan: Col<Money>,
    inside: Option<Col<Ratio>>,
    raised: Option<Col<Ratio>>,
}

impl CapexPlan {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let guided = guided_steps(setup);
        let raisable = raisable_steps(setup);
        Self {
            setup: setup.clone(),
            errors: SEASONS.map(|season| w.input(&format!("capex.guidance_error.{season}"))),
            growth: w.input("capex.growth"),
            noise: w.year_ahead("capex.season.noise"),
            seasons: std::array::from_fn(|q| w.setting(&format!("capex.season.q{}", q + 1))),
            response: w.setting("capex.price_response"),
            index: w.read("chip.price_index"),
            chip_share: w.read("capex.~chip_share"),
            other_share: w.read("capex.~other_share"),
            year: w.metric("capex.year_plan"),
            before: w.state(),
            log_growth: w.state(),
            weights: std::array::from_fn(|_| w.state()),
            open: w.state(),
            plan: w.metric("capex.plan"),
            inside: guided.map(|during| w.metric_during("capex.inside_guidance", None, during)),
            raised: raisable.map(|during| w.metric_during("capex.raised", None, during)),
        }
    }

    /// What is fixed for a draw before the first quarter.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        let year = self.setup.quarters[0].0;
        b.fill(self.year, Money::new(self.setup.reported_capex(year - 1)));
    }

    /// The plan of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let (year, quarter) = self.setup.quarters[t];
        let range = self.setup.capex_ranges.get(&year);
        if self.setup.opens_year(t) {
            self.open_year(t, b);
        }
        if let Some(&reported) = self.setup.capex.get(&(year, quarter)) {
            b.fill(self.plan, Money::new(reported));
        } else {
            let weight = self.weights[quarter as usize - 1];
            let reported = self.setup.reported_capex(year);
            b.map3_with(self.plan, reported, self.year, weight, self.open, quarter_plan);
            if range.is_none() {
                b.map4_with(
                    self.plan,
                    self.response,
                    self.plan,
                    self.index,
                    self.chip_share,
                    self.other_share,
                    #[inline(always)]
                    |a, b, c, d, e| price_response(a, b, c, d, e),
                );
            }
        }
        if let (Some(range), Some(column)) = (range, self.inside) {
            b.map1_with(column, (range.low, range.high), self.year, inside);
        }
        if let (Some(range), Some(column)) = (range.filter(|r| r.season < 3), self.raised) {
            let midpoint = 0.5 * (range.low + range.high);
            b.map2_with(column, midpoint, self.year, self.errors[range.season + 1], range_raised);
        }
    }

    #[inline(always)]
    fn open_year(&self, t: usize, b: &mut Block) {
        let year = self.setup.quarters[t].0;
        let closed = (1..=4).all(|quarter| self.setup.capex.contains_key(&(year, quarter)));
        b.copy(self.before, self.year);
        if closed {
            b.fill(self.year, Money::new(self.setup.reported_capex(year)));
        } else if let Some(range) = self.setup.capex_ranges.get(&year) {
            let midpoint = 0.5 * (range.low + range.high);
            b.map1_with(self.year, midpoint, self.errors[range.season], guided_capex);
        } else {
            b.map2(
                self.year,
                self.before,
                self.growth,
                #[inline(always)]
                |a, b| grown_capex(a, b),
            );
        }
        b.map2(
            self.log_growth,
            self.year,
            self.before,
            #[inline(always)]
            |a, b| log_growth(a, b),
        );
        b.fill(self.open, Ratio::ZERO);
        for quarter in 1..=4u32 {
            if !self.setup.capex.contains_key(&(year, quarter)) {
                let q = quarter as usize - 1;
                let k = (f64::from(quarter), self.seasons[q]);
                b.map2_with(
                    self.weights[q],
                    k,
                    self.log_growth,
                    self.noise[q],
                    #[inline(always)]
                    |a, b, c| quarter_weight_by_log(a, b, c),
                );
                b.map2(self.open, self.open, self.weights[q], sum);
            }
        }
    }
}

fn steps_where(setup: &Setup, wanted: impl Fn(i32) -> bool) -> Option<std::ops::Range<usize>> {
    let first = (0..setup.steps()).find(|&t| wanted(setup.quarters[t].0))?;
    let last = (first..setup.steps()).take_while(|&t| wanted(setup.quarters[t].0)).last()?;
    Some(first..last + 1)
}

fn guided_steps(setup: &Setup) -> Option<std::ops::Range<usize>> {
    steps_where(setup, |year| setup.capex_ranges.contains_key(&year))
}

fn raisable_steps(setup: &Setup) -> Option<std::ops::Range<usize>> {
    steps_where(setup, |year| setup.capex_ranges.get(&year).is_some_and(|range| range.season < 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1.0)
    }

    #[test]
    fn what_is_left_of_a_guided_year_goes_to_open_quarters_by_weight() {
        let year = guided_capex(38.5, Ratio::new(1.02));
        assert!(close(year.get(), 39.27));
        let plan = quarter_plan(15.19, year, Ratio::new(1.2), Ratio::new(2.8));
        assert!(close(plan.get(), (39.27 - 15.19) * 1.2 / 2.8));
    }

    #[test]
    fn weights_rise_with_growth() {
        let weight = |q: f64| {
            quarter_weight((q, 0.0), Money::new(50.0), Money::new(25.0), Ratio::ZERO).get()
        };
        // ln 2 · 3/4 between the first and the fourth quarter.
        assert!((weight(4.0) / weight(1.0) - 1.681792830507429).abs() < 1e-12);
    }

    #[test]
    fn half_of_a_price_surprise_is_met_by_money() {
        let plan =
            price_response(0.5, Money::new(10.0), Ratio::new(1.21), Ratio::new(1.0), Ratio::ZERO);
        assert!((plan.get() - 11.0).abs() < 1e-12);
    }

    #[test]
    fn a_range_is_raised_when_its_midpoint_rises_by_over_one_percent() {
        let raised = |year: f64| range_raised(38.5, Money::new(year), Ratio::new(1.0)).get();
        assert!(close(raised(39.0), 1.0));
        assert!(close(raised(38.8), 0.0));
    }
}
