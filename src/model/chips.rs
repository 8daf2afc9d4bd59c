//! Chip generations: launch, share of spending and price (MODEL.md M3).
//!
//! ```text
//! T_g  = max(T_announced + slip, T_{g-1} + spacing)                  first volume, quarters
//! r_g  = [t+½ ≥ T_g] / (1 + 9^(1 − 2 (t+½−T_g)/τ))                    ramp: 10 % at T, 90 % at T+τ
//! m_g  = r_g · Π_newer (1 − r)                                        share of its line's spending
//! p_g  = p°_g · (1−d)^(years since T of the successor) · e^noise · (1+η)   k USD a chip
//! I    = Σ m_g p_g / Σ m_g p̄_g                                        price index of the main line
//! ```
//!
//! p° is what large buyers paid, drawn once per generation; p̄ the same at its median and without
//! noise; d the yearly decline, η the vendor's network over its compute. A generation beyond the
//! roadmap follows its predecessor after a fixed interval at the same price.

use super::block::{Block, Col};
use super::chip_kinds::chip_column;
use super::declare::{Aggregation, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric};
use super::setup::Line;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Price, Quarters, Ratio, Scalar};
use crate::vector::{exp, ln};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "chip.*.price",
        Q::PricePerChip,
        Use::Once,
        (0.01, 1e4),
        Need::Optional,
        "what large buyers paid for the chip, without server or network",
        "25 to 32 k USD",
    ),
    input(
        "chip.*.slip",
        Q::DurationQuarters,
        Use::Once,
        (0.0, 40.0),
        Need::Optional,
        "delay of the first volume after the announced date; `chip.slip` when left out",
        r#"{ dist = "normal", mean = "0.4 quarters", sd = "0.7 quarters", floor = "0 quarters" }"#,
    ),
    input(
        "chip.slip",
        Q::DurationQuarters,
        Use::Once,
        (0.0, 40.0),
        Need::Optional,
        "the same for every chip that names no slip of its own; each chip has its own draw",
        r#"{ dist = "normal", mean = "0.4 quarters", sd = "0.7 quarters", floor = "0 quarters" }"#,
    ),
    input(
        "chip.spacing",
        Q::DurationQuarters,
        Use::Setting,
        (0.0, 40.0),
        Need::Always,
        "least time between first volumes of two generations of one line",
        "2 quarters",
    ),
    input(
        "chip.ramp",
        Q::DurationQuarters,
        Use::Once,
        (0.25, 40.0),
        Need::Always,
        "time from 10 to 90 % of a line's spending on a new generation",
        r#"{ dist = "uniform", min = "3 quarters", max = "4 quarters" }"#,
    ),
    input(
        "chip.price_decline",
        Q::GrowthPerYear,
        Use::Once,
        (0.0, 0.9),
        Need::Always,
        "fall of a chip's price a year, once its successor is out",
        "5 / 12 / 20 %/year",
    ),
    input(
        "chip.price_noise",
        Q::Signed,
        Use::Quarter,
        (-1.0, 1.0),
        Need::Always,
        "random part of the log of chip prices",
        r#"{ dist = "normal", mean = 0.0, sd = 0.06 }"#,
    ),
    input(
        "chip.network",
        Q::Ratio,
        Use::Once,
        NON_NEGATIVE,
        Need::Always,
        "vendor's network over vendor's compute, in money",
        r#"{ dist = "triangular", min = 0.12, mode = 0.17, max = 0.25 }"#,
    ),
];
/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "chip.*.price",
        "Price of",
        Q::PricePerChip,
        Aggregation::Ratio,
        "price per chip with the vendor's network",
    ),
    metric(
        "chip.price_index",
        "Price of the main line's chips over its median path",
        Q::Ratio,
        Aggregation::Ratio,
        "price paid over the price at median levels without noise, weighted by spending",
    ),
];

/// ln 9: the ramp runs from 10 to 90 %.
const LN_9: f64 = 2.197224577336219;

/// First volume of a generation: announced date and slip, and not too soon after the one before.
#[inline(always)]
pub fn first_volume(k: (f64, f64), slip: Quarters, before: Quarters) -> Quarters {
    let (announced, spacing) = k;
    (Quarters::new(announced) + slip).max(before + Quarters::new(spacing))
}

/// Ramp of a generation at the middle of a quarter.
#[inline(always)]
pub fn ramp(middle: f64, first: Quarters, length: Quarters) -> Ratio {
    let since = middle - first.get();
    let odds = exp(LN_9 * (1.0 - 2.0 * since / length.get()));
    Ratio::new(if since >= 0.0 { 1.0 / (1.0 + odds) } else { 0.0 })
}

/// Share of a generation, and what is left for older ones.
#[inline(always)]
pub fn spending_share(ramp: Ratio, left: Ratio) -> (Ratio, Ratio) {
    (ramp * left, left - ramp * left)
}

/// Odds against a new generation at the middle of a quarter, 9^(1 − 2 (t+½−T)/τ): they fall by the
/// same factor each quarter, so that only the first quarter's take an exponential.
#[inline(always)]
fn launch_odds(middle: f64, first: Quarters, length: Quarters) -> Ratio {
    Ratio::new(exp(LN_9 * (1.0 - 2.0 * (middle - first.get()) / length.get())))
}

/// Factor of those odds from one quarter to the next.
#[inline(always)]
fn odds_factor(length: Quarters) -> Ratio {
    Ratio::new(exp(-2.0 * LN_9 / length.get()))
}

/// Share of a generation that has ramped so far, what is left for older ones, and next quarter's
/// odds.
#[inline(always)]
fn launch_share(
    middle: f64,
    first: Quarters,
    odds: Ratio,
    factor: Ratio,
    left: Ratio,
) -> (Ratio, Ratio, Ratio) {
    let ramp = if middle >= first.get() { 1.0 / (1.0 + odds.get()) } else { 0.0 };
    let (share, rest) = spending_share(Ratio::new(ramp), left);
    (share, rest, odds * factor)
}

/// Price over its level after the successor has come out.
#[inline(always)]
pub fn price_decline(middle: f64, decline: Ratio, successor: Quarters) -> Ratio {
    declined(middle, log_decline(decline), successor)
}

/// Log of what is left of a price after a year.
#[inline(always)]
fn log_decline(decline: Ratio) -> Ratio {
    Ratio::new(ln(1.0 - decline.get()))
}

#[inline(always)]
fn declined(middle: f64, log_decline: Ratio, successor: Quarters) -> Ratio {
    held_decline(middle, decline_path(middle, log_decline, successor), successor)
}

/// The decline without regard to the date of the successor. It falls by the same factor each
/// quarter, so that only the first quarter's takes an exponential.
#[inline(always)]
fn decline_path(middle: f64, log_decline: Ratio, successor: Quarters) -> Ratio {
    Ratio::new(exp(0.25 * (middle - successor.get()) * log_decline.get()))
}

/// That factor.
#[inline(always)]
fn decline_factor(log_decline: Ratio) -> Ratio {
    Ratio::new(exp(0.25 * log_decline.get()))
}

/// Price paid per chip: level, noise and the vendor's network.
#[inline(always)]
pub fn chip_price(bare: Price, noise: Ratio, network: Ratio) -> Price {
    bare * markup(noise, network)
}

/// Price paid over the bare price of the chip.
#[inline(always)]
fn markup(noise: Ratio, network: Ratio) -> Ratio {
    Ratio::new(exp(noise.get()) * (1.0 + network.get()))
}

/// The decline that holds in a quarter: none before the successor is out.
#[inline(always)]
fn held_decline(middle: f64, path: Ratio, successor: Quarters) -> Ratio {
    if middle >= successor.get() { path } else { Ratio::new(1.0) }
}

/// Price paid, and next quarter's decline.
#[inline(always)]
fn prices(
    middle: f64,
    level: Price,
    path: Ratio,
    factor: Ratio,
    successor: Quarters,
    markup: Ratio,
) -> (Price, Ratio) {
    (level * held_decline(middle, path, successor) * markup, path * factor)
}

/// The same for the main line, with its sums of spending at the price paid and at the median one.
#[inline(always)]
fn indexed_prices(
    middle: f64,
    (paid, at_median): (Ratio, Ratio),
    (level, median, path, factor, successor, markup, network, share): (
        Price,
        Price,
        Ratio,
        Ratio,
        Quarters,
        Ratio,
        Ratio,
        Ratio,
    ),
) -> ((Ratio, Ratio), (Price, Ratio)) {
    let decline = held_decline(middle, path, successor);
    let usual = median * decline * (1.0 + network.get());
    let price = level * decline * markup;
    let sums = (paid + share * price.get(), at_median + share * usual.get());
    (sums, (price, path * factor))
}

#[inline(always)]
fn index(paid: Ratio, median: Ratio) -> Ratio {
    if median > Ratio::ZERO { paid.over(median) } else { Ratio::new(1.0) }
}

/// One generation's columns.
#[derive(Debug)]
struct Generation {
    chip: usize,
    line: Line,
    earliest: usize,
    on_sale: bool,
    slip: Option<Col<Quarters>>,
    announced: f64,
    follows: Option<usize>,
    successor: Option<usize>,
    median: f64,
    first: Col<Quarters>,
    level: Option<Col<Price>>,
    /// Median level, the same in all draws.
    usual: Col<Price>,
    share: Col<Ratio>,
    odds: Col<Ratio>,
    decline: Col<Ratio>,
    price: Col<Price>,
}

/// The module.
#[derive(Debug)]
pub struct ChipGenerations {
    generations: Vec<Generation>,
    ramp: Col<Quarters>,
    decline: Col<Ratio>,
    noise: Col<Ratio>,
    network: Col<Ratio>,
    spacing: f64,
    interval: f64,
    left: Col<Ratio>,
    markup: Col<Ratio>,
    log_decline: Col<Ratio>,
    odds_factor: Col<Ratio>,
    decline_factor: Col<Ratio>,
    never: Col<Quarters>,
    index: Col<Ratio>,
    paid: Col<Ratio>,
    at_median: Col<Ratio>,
    scratch_price: Col<Price>,
}

impl ChipGenerations {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let mut generations = Vec::new();
        for chip in 0..setup.chips.len() {
            if let Some(earliest) = setup.earliest_step(chip) {
                generations.push(Generation::wire(w, chip, earliest));
            }
        }
        for older in 0..generations.len() {
            let line = generations[older].line;
            generations[older].successor =
                (older + 1..generations.len()).find(|&newer| generations[newer].line == line);
        }
        Self {
            generations,
            ramp: w.input("chip.ramp"),
            decline: w.input("chip.price_decline"),
            noise: w.input("chip.price_noise"),
            network: w.input("chip.network"),
            spacing: w.setting("chip.spacing"),
            interval: w.setting("chip.trend.interval"),
            left: w.state(),
            markup: w.share("chip.~markup"),
            log_decline: w.state(),
            odds_factor: w.state(),
            decline_factor: w.state(),
            never: w.state(),
            index: w.metric("chip.price_index"),
            paid: w.state(),
            at_median: w.state(),
            scratch_price: w.state(),
        }
    }

    /// What is fixed for a draw before the first quarter.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        b.fill(self.never, Quarters::new(1e6));
        b.map1(
            self.log_decline,
            self.decline,
            #[inline(always)]
            |a| log_decline(a),
        );
        for k in 0..self.generations.len() {
            self.start_generation(b, k);
            b.fill(self.generations[k].usual, Price::new(self.median(k)));
        }
        self.start_paths(b);
    }

    /// Odds and declines in the first quarter in which each generation can be bought.
    #[inline(always)]
    fn start_paths(&self, b: &mut Block) {
        b.map1(
            self.odds_factor,
            self.ramp,
            #[inline(always)]
            |length| odds_factor(length),
        );
        b.map1(
            self.decline_factor,
            self.log_decline,
            #[inline(always)]
            |log| decline_factor(log),
        );
        for g in &self.generations {
            let middle = g.earliest as f64 + 0.5;
            let successor = g.successor.map_or(self.never, |newer| self.generations[newer].first);
            b.map2_with(
                g.odds,
                middle,
                g.first,
                self.ramp,
                #[inline(always)]
                |k, first, length| launch_odds(k, first, length),
            );
            b.map2_with(
                g.decline,
                middle,
                self.log_decline,
                successor,
                #[inline(always)]
                |k, log, successor| decline_path(k, log, successor),
            );
        }
    }

    #[inline(always)]
    fn start_generation(&self, b: &mut Block, k: usize) {
        let g = &self.generations[k];
        let before = (0..k).rev().find(|&older| self.generations[older].line == g.line);
        if g.on_sale {
            b.fill(g.first, Quarters::new(-1e6));
        } else if let Some(older) = g.follows.and_then(|chip| self.position(chip)) {
            let first = self.generations[older].first;
            b.map2_with(
                g.first,
                (self.interval, 0.0),
                first,
                first,
                #[inline(always)]
                |a, b, c| first_volume(a, b, c),
            );
        } else {
            let older = before.map_or(g.first, |older| self.generations[older].first);
            if before.is_none() {
                b.fill(g.first, Quarters::new(-1e6));
            }
            match g.slip {
                Some(slip) => {
                    b.map2_with(
                        g.first,
                        (g.announced, self.spacing),
                        slip,
                        older,
                        #[inline(always)]
                        |a, b, c| first_volume(a, b, c),
                    );
                }
                None => b.map1_with(g.first, (g.announced, self.spacing), older, planned_volume),
            }
        }
    }

    fn position(&self, chip: usize) -> Option<usize> {
        self.generations.iter().position(|g| g.chip == chip)
    }

    #[inline(always)]
    fn level(&self, k: usize) -> Option<Col<Price>> {
        let g = &self.generations[k];
        g.level.or_else(|| {
            g.follows.and_then(|chip| self.position(chip)).and_then(|older| self.level(older))
        })
    }

    fn median(&self, k: usize) -> f64 {
        let g = &self.generations[k];
        match g.follows.and_then(|chip| self.position(chip)) {
            Some(older) => self.median(older),
            None => g.median,
        }
    }

    /// Shares of spending and prices of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let middle = t as f64 + 0.5;
        for line in [Line::Main, Line::Other, Line::Custom] {
            self.step_shares(t, middle, line, b);
        }
        b.map2(
            self.markup,
            self.noise,
            self.network,
            #[inline(always)]
            |a, b| markup(a, b),
        );
        let offered = || self.generations.iter().enumerate().filter(|(_, g)| g.earliest <= t);
        let columns = |k: usize, g: &Generation| {
            let level = self.level(k).unwrap_or(self.scratch_price);
            let successor = g.successor.map_or(self.never, |newer| self.generations[newer].first);
            (level, g.decline, self.decline_factor, successor, self.markup)
        };
        let main = offered().filter(|(_, g)| g.line == Line::Main);
        b.sum(
            (self.paid, self.at_median),
            main.map(|(k, g)| {
                let (level, path, factor, successor, markup) = columns(k, g);
                let (network, share) = (self.network, g.share);
                let given = (level, g.usual, path, factor, successor, markup, network, share);
                (given, (g.price, g.decline))
            }),
            #[inline(always)]
            |sums, given| indexed_prices(middle, sums, given),
        );
        for (k, g) in offered().filter(|(_, g)| g.line != Line::Main) {
            let (level, path, factor, successor, markup) = columns(k, g);
            let out = (g.price, g.decline);
            b.map5_with(out, middle, level, path, factor, successor, markup, prices);
        }
        b.map2(self.index, self.paid, self.at_median, index);
    }

    #[inline(always)]
    fn step_shares(&self, t: usize, middle: f64, line: Line, b: &mut Block) {
        b.fill(self.left, Ratio::new(1.0));
        let mut active = (0..self.generations.len())
            .rev()
            .filter(|&k| self.generations[k].line == line && self.generations[k].earliest <= t)
            .peekable();
        while let Some(k) = active.next() {
            let g = &self.generations[k];
            // The oldest takes the rest, so that shares add up to one.
            if active.peek().is_none() && g.on_sale {
                b.copy(g.share, self.left);
            } else {
                let out = (g.share, self.left, g.odds);
                b.map4_with(
                    out,
                    middle,
                    g.first,
                    g.odds,
                    self.odds_factor,
                    self.left,
                    launch_share,
                );
            }
        }
    }
}

#[inline(always)]
fn planned_volume(k: (f64, f64), before: Quarters) -> Quarters {
    first_volume(k, Quarters::ZERO, before)
}

impl Generation {
    fn wire(w: &mut Wiring, chip: usize, earliest: usize) -> Self {
        let setup = &w.setup().chips[chip];
        let key = |quantity: &str| chip_column(&setup.name, quantity);
        let on_sale = setup.first_volume.is_none() && setup.follows.is_none();
        // Every chip has a slip of its own, also where all share the words `chip.slip`.
        let own_slip = w.given(&key("slip")) || w.given("chip.slip");
        let slip = (!on_sale && setup.follows.is_none() && own_slip).then(|| w.input(&key("slip")));
        let steps = w.setup().steps();
        Self {
            chip,
            line: setup.line,
            earliest,
            on_sale,
            slip,
            announced: setup.first_volume.unwrap_or(0.0),
            follows: setup.follows,
            successor: None,
            median: w.setup().medians.get(&key("price")).copied().unwrap_or(0.0),
            first: w.share(&key("~first")),
            level: w.optional(&key("price")),
            usual: w.state(),
            share: w.share(&key("~share")),
            odds: w.state(),
            decline: w.state(),
            price: w.metric_during(&key("price"), Some(setup.label.clone()), earliest..steps),
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
    fn the_ramp_runs_from_10_to_90_percent() {
        assert!(close(ramp(4.0, Quarters::new(4.0), Quarters::new(3.0)).get(), 0.1));
        assert!(close(ramp(7.0, Quarters::new(4.0), Quarters::new(3.0)).get(), 0.9));
        assert!(close(ramp(3.9, Quarters::new(4.0), Quarters::new(3.0)).get(), 0.0));
    }

    #[test]
    fn a_generation_that_follows_too_soon_waits() {
        let wait = first_volume((9.0, 2.0), Quarters::new(0.5), Quarters::new(8.0));
        assert!(close(wait.get(), 10.0));
    }

    #[test]
    fn a_price_falls_only_after_the_successor() {
        let d = Ratio::new(0.12);
        assert!(close(price_decline(5.0, d, Quarters::new(6.0)).get(), 1.0));
        assert!(close(price_decline(10.0, d, Quarters::new(6.0)).get(), 0.88));
        let price = chip_price(Price::new(28.0), Ratio::ZERO, Ratio::new(0.17));
        assert!(close(price.get(), 32.76));
    }
}
