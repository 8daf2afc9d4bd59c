//! Chip generations: launch, share of spending, power, H100-equivalents and price (MODEL.md M3).
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
//! roadmap follows its predecessor after a fixed interval at the same price, with H100e per dollar
//! and per watt on a trend.

use super::block::{Block, Col};
use super::declare::{Aggregation, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric};
use super::setup::{Basis, Line};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{ChipPower, H100ePerChip, Price, Quarters, Ratio, Scalar};
use crate::vector::{exp, ln};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "chip.*.dense8",
        Q::ComputeRate,
        Use::Setting,
        (0.01, 1e7),
        Need::Optional,
        "peak dense 8-bit rate of one chip",
        "1979 TFLOP/s",
    ),
    input(
        "chip.*.bf16",
        Q::ComputeRate,
        Use::Setting,
        (0.01, 1e7),
        Need::Optional,
        "peak dense 16-bit rate of one chip",
        "989.4 TFLOP/s",
    ),
    input(
        "chip.*.tdp",
        Q::PowerPerChip,
        Use::Setting,
        (0.001, 100.0),
        Need::Optional,
        "thermal design power of the bare chip",
        "700 W",
    ),
    input(
        "chip.*.h100e",
        Q::H100ePerChip,
        Use::Once,
        (1e-4, 1e4),
        Need::Optional,
        "H100-equivalents of one chip by dense 8-bit peak; from `dense8` when left out",
        "2.4 / 2.5 / 2.6",
    ),
    input(
        "chip.*.bf16_ratio",
        Q::Ratio,
        Use::Once,
        (0.05, 5.0),
        Need::Optional,
        "H100-equivalents by dense 16-bit peak over those by 8-bit; from `bf16` and `dense8` when left out",
        r#"{ dist = "uniform", min = 0.5, max = 1.0 }"#,
    ),
    input(
        "chip.*.mfu_ratio",
        Q::Ratio,
        Use::Once,
        (0.05, 5.0),
        Need::Optional,
        "sustained training efficiency over that of the H100; 1 when left out",
        "1.0",
    ),
    input(
        "chip.*.power",
        Q::PowerPerChip,
        Use::Once,
        (0.001, 100.0),
        Need::Optional,
        "IT power per chip in service, with its share of server and network; from `tdp` and the overheads when left out",
        r#"{ dist = "triangular", min = "1.22 kW", mode = "1.39 kW", max = "1.5 kW" }"#,
    ),
    input(
        "chip.server_overhead",
        Q::Ratio,
        Use::Setting,
        (1.0, 4.0),
        Need::Optional,
        "server power over the power of its chips, for a chip without a row of its own",
        "1.82",
    ),
    input(
        "chip.network_overhead",
        Q::Ratio,
        Use::Setting,
        (1.0, 4.0),
        Need::Optional,
        "IT power over server power, for a chip without a row of its own",
        "1.14",
    ),
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
    input(
        "chip.trend.per_dollar",
        Q::FlopPerDollarGrowth,
        Use::Once,
        (-1.0, 2.0),
        Need::Optional,
        "growth of H100-equivalents per dollar, for generations beyond the roadmap",
        r#"{ dist = "normal", mean = "0.14 orders/year", sd = "0.03 orders/year" }"#,
    ),
    input(
        "chip.trend.per_watt",
        Q::Ratio,
        Use::Once,
        (0.5, 4.0),
        Need::Optional,
        "factor a year of H100-equivalents per watt, for generations beyond the roadmap",
        "1.28 to 1.40",
    ),
    input(
        "chip.trend.interval",
        Q::DurationQuarters,
        Use::Setting,
        (1.0, 40.0),
        Need::Optional,
        "time between generations beyond the roadmap",
        "4 quarters",
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
/// ln 10: orders of magnitude.
const LN_10: f64 = std::f64::consts::LN_10;

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

/// Share of a generation that has ramped so far, and what is left for older ones.
#[inline(always)]
fn launch_share(middle: f64, first: Quarters, length: Quarters, left: Ratio) -> (Ratio, Ratio) {
    spending_share(ramp(middle, first, length), left)
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
    let since = middle - successor.get();
    let years = if since > 0.0 { 0.25 * since } else { 0.0 };
    Ratio::new(exp(years * log_decline.get()))
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

/// Bare price and price paid. `k` is the middle of the quarter.
#[inline(always)]
fn prices(
    k: f64,
    level: Price,
    log_decline: Ratio,
    successor: Quarters,
    markup: Ratio,
) -> (Price, Price) {
    let bare = level * declined(k, log_decline, successor);
    (bare, bare * markup)
}

/// The same for the main line, with its sums of spending at the price paid and at the median one.
/// `k` is (middle of the quarter, median level).
#[inline(always)]
fn indexed_prices(
    k: (f64, f64),
    level: Price,
    log_decline: Ratio,
    successor: Quarters,
    markup: Ratio,
    network: Ratio,
    share: Ratio,
    paid: Ratio,
    at_median: Ratio,
) -> (Price, Price, Ratio, Ratio) {
    let (middle, median) = k;
    let decline = declined(middle, log_decline, successor);
    let (bare, usual) = (level * decline, Price::new(median) * decline * (1.0 + network.get()));
    let price = bare * markup;
    (bare, price, paid + share * price.get(), at_median + share * usual.get())
}

/// A generation beyond the roadmap: H100e per chip at the same price after some years.
#[inline(always)]
pub fn trend_h100e(years: f64, before: H100ePerChip, per_dollar: Ratio) -> H100ePerChip {
    before * exp(LN_10 * per_dollar.get() * years)
}

/// IT power of a generation beyond the roadmap, from its predecessor's H100e per watt.
#[inline(always)]
pub fn trend_power(
    years: f64,
    h100e: H100ePerChip,
    before: H100ePerChip,
    power: ChipPower,
    per_watt: Ratio,
) -> ChipPower {
    power * h100e.over(before) * exp(-years * ln(per_watt.get()))
}

/// A constant power that follows another chip's draw over its median.
#[inline(always)]
pub fn power_with(k: (f64, f64), other: ChipPower) -> ChipPower {
    let (own, median) = k;
    other * (own / median)
}

#[inline(always)]
fn times<T: Scalar>(x: T, factor: Ratio) -> T {
    T::new(x.get() * factor.get())
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
    share: Col<Ratio>,
    bare: Col<Price>,
    price: Col<Price>,
}

/// How a chip's H100-equivalents and power come about.
#[derive(Debug)]
struct Nature {
    h100e_given: Option<Col<H100ePerChip>>,
    dense8_ratio: f64,
    bf16_given: Option<Col<Ratio>>,
    bf16_ratio: f64,
    mfu_given: Option<Col<Ratio>>,
    power_given: Option<Col<ChipPower>>,
    power_constant: f64,
    power_with: Option<(usize, f64, f64)>,
    follows: Option<usize>,
    dense8: Col<H100ePerChip>,
    bf16: Col<H100ePerChip>,
    sustained: Col<H100ePerChip>,
    counted: Col<H100ePerChip>,
    power: Col<ChipPower>,
}

/// The module.
#[derive(Debug)]
pub struct ChipGenerations {
    natures: Vec<Nature>,
    generations: Vec<Generation>,
    basis: Basis,
    ramp: Col<Quarters>,
    decline: Col<Ratio>,
    noise: Col<Ratio>,
    network: Col<Ratio>,
    spacing: f64,
    interval: f64,
    per_dollar: Option<Col<Ratio>>,
    per_watt: Option<Col<Ratio>>,
    left: Col<Ratio>,
    markup: Col<Ratio>,
    log_decline: Col<Ratio>,
    never: Col<Quarters>,
    index: Col<Ratio>,
    paid: Col<Ratio>,
    at_median: Col<Ratio>,
    scratch_price: Col<Price>,
}

/// Name of a shared column of one chip.
pub fn chip_column(chip: &str, quantity: &str) -> String {
    format!("chip.{chip}.{quantity}")
}

impl ChipGenerations {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let natures = (0..setup.chips.len()).map(|chip| Nature::wire(w, chip)).collect();
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
            natures,
            generations,
            basis: setup.basis,
            ramp: w.input("chip.ramp"),
            decline: w.input("chip.price_decline"),
            noise: w.input("chip.price_noise"),
            network: w.input("chip.network"),
            spacing: w.setting("chip.spacing"),
            interval: w.setting("chip.trend.interval"),
            per_dollar: w.optional("chip.trend.per_dollar"),
            per_watt: w.optional("chip.trend.per_watt"),
            left: w.state(),
            markup: w.state(),
            log_decline: w.state(),
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
        b.map1(self.log_decline, self.decline, log_decline);
        for chip in 0..self.natures.len() {
            self.start_nature(b, chip);
        }
        for k in 0..self.generations.len() {
            self.start_generation(b, k);
        }
    }

    #[inline(always)]
    fn start_nature(&self, b: &mut Block, chip: usize) {
        let n = &self.natures[chip];
        let years = 0.25 * self.interval;
        if let (Some(before), Some(per_dollar), Some(per_watt)) =
            (n.follows, self.per_dollar, self.per_watt)
        {
            let p = &self.natures[before];
            b.map2_with(n.dense8, years, p.dense8, per_dollar, trend_h100e);
            b.map2_with(n.bf16, years, p.bf16, per_dollar, trend_h100e);
            b.map2_with(n.sustained, years, p.sustained, per_dollar, trend_h100e);
            b.map4_with(n.power, years, n.dense8, p.dense8, p.power, per_watt, trend_power);
        } else {
            match n.h100e_given {
                Some(given) => b.copy(n.dense8, given),
                None => b.fill(n.dense8, H100ePerChip::new(n.dense8_ratio)),
            }
            match n.bf16_given {
                Some(ratio) => b.map2(n.bf16, n.dense8, ratio, times),
                None => b.map1_with(n.bf16, n.bf16_ratio, n.dense8, scale),
            }
            match n.mfu_given {
                Some(ratio) => b.map2(n.sustained, n.bf16, ratio, times),
                None => b.copy(n.sustained, n.bf16),
            }
            match (n.power_given, n.power_with) {
                (_, Some((other, own, median))) => {
                    b.map1_with(n.power, (own, median), self.natures[other].power, power_with);
                }
                (Some(given), None) => b.copy(n.power, given),
                (None, None) => b.fill(n.power, ChipPower::new(n.power_constant)),
            }
        }
        match self.basis {
            Basis::Dense8 => b.copy(n.counted, n.dense8),
            Basis::Bf16 => b.copy(n.counted, n.bf16),
            Basis::Sustained => b.copy(n.counted, n.sustained),
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
            b.map2_with(g.first, (self.interval, 0.0), first, first, first_volume);
        } else {
            let older = before.map_or(g.first, |older| self.generations[older].first);
            if before.is_none() {
                b.fill(g.first, Quarters::new(-1e6));
            }
            match g.slip {
                Some(slip) => {
                    b.map2_with(g.first, (g.announced, self.spacing), slip, older, first_volume);
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
        b.map2(self.markup, self.noise, self.network, markup);
        b.fill(self.paid, Ratio::ZERO);
        b.fill(self.at_median, Ratio::ZERO);
        for k in 0..self.generations.len() {
            let g = &self.generations[k];
            if g.earliest > t {
                continue;
            }
            let successor = g.successor.map_or(self.never, |newer| self.generations[newer].first);
            let level = self.level(k).unwrap_or(self.scratch_price);
            if g.line == Line::Main {
                b.map8_with(
                    (g.bare, g.price, self.paid, self.at_median),
                    (middle, self.median(k)),
                    level,
                    self.log_decline,
                    successor,
                    self.markup,
                    self.network,
                    g.share,
                    self.paid,
                    self.at_median,
                    indexed_prices,
                );
            } else {
                let out = (g.bare, g.price);
                b.map4_with(out, middle, level, self.log_decline, successor, self.markup, prices);
            }
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
                let out = (g.share, self.left);
                b.map3_with(out, middle, g.first, self.ramp, self.left, launch_share);
            }
        }
    }
}

#[inline(always)]
fn scale(factor: f64, x: H100ePerChip) -> H100ePerChip {
    x * factor
}

#[inline(always)]
fn planned_volume(k: (f64, f64), before: Quarters) -> Quarters {
    first_volume(k, Quarters::ZERO, before)
}

impl Nature {
    fn wire(w: &mut Wiring, chip: usize) -> Self {
        let setup = &w.setup().chips[chip];
        let key = |quantity: &str| chip_column(&setup.name, quantity);
        let median = |other: &usize| {
            let name = &w.setup().chips[*other].name;
            w.setup().medians.get(&chip_column(name, "power")).copied()
        };
        let own = w.setup().settings.get(&key("power")).copied().or(setup.power);
        let follow_power =
            setup.power_with.as_ref().and_then(|other| Some((*other, own?, median(other)?)));
        Self {
            h100e_given: w.optional(&key("h100e")),
            dense8_ratio: setup.dense8_ratio.unwrap_or(0.0),
            bf16_given: w.optional(&key("bf16_ratio")),
            bf16_ratio: setup.bf16_ratio.unwrap_or(1.0),
            mfu_given: w.optional(&key("mfu_ratio")),
            power_given: w.optional(&key("power")),
            power_constant: setup.power.unwrap_or(0.0),
            power_with: follow_power,
            follows: setup.follows,
            dense8: w.share(&key("~dense8")),
            bf16: w.share(&key("~bf16")),
            sustained: w.share(&key("~sustained")),
            counted: w.share(&key("~counted")),
            power: w.share(&key("~power")),
        }
    }
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
            share: w.share(&key("~share")),
            bare: w.share(&key("~bare")),
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

    #[test]
    fn a_trend_generation_keeps_its_price_and_gains_efficiency() {
        let before = H100ePerChip::new(16.0);
        let next = trend_h100e(1.0, before, Ratio::new(0.14));
        assert!((next.get() / 16.0 - 1.380384).abs() < 1e-6);
        let power = trend_power(1.0, next, before, ChipPower::new(6.0), Ratio::new(1.34));
        assert!((power.get() - 6.0 * 1.380384 / 1.34).abs() < 1e-5);
    }
}
