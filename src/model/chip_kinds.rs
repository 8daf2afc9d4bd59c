//! What one chip is: H100-equivalents and IT power (MODEL.md 4.1, M3, M4).
//!
//! ```text
//! H100e by 8 bit       given, or dense 8-bit rate over that of the H100
//! H100e by 16 bit      times the ratio given, or that of the data sheets
//! sustained            16-bit H100e times the ratio of training efficiencies
//! IT power             given, or design power · server/chip · IT/server, kW
//! beyond the roadmap   H100e at the same price · 10^(orders a year · years); H100e per watt on a trend
//! ```
//!
//! A constant power can follow another chip's draw over its median, so that what is unknown about
//! the overheads of servers and network is common to both.

use super::block::{Block, Col};
use super::declare::{InputDecl, Need, Use, input};
use super::setup::Basis;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{ChipPower, H100ePerChip, Ratio, Scalar};
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

/// ln 10: orders of magnitude.
const LN_10: f64 = std::f64::consts::LN_10;

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
fn scale(factor: f64, x: H100ePerChip) -> H100ePerChip {
    x * factor
}

/// How a chip's H100-equivalents and power come about.
#[derive(Debug)]
struct Kind {
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
    power: Col<ChipPower>,
}

/// The module.
#[derive(Debug)]
pub struct ChipKinds {
    kinds: Vec<Kind>,
    /// Chips so that each comes after those that it takes from.
    order: Vec<usize>,
    interval: f64,
    per_dollar: Option<Col<Ratio>>,
    per_watt: Option<Col<Ratio>>,
}

/// Name of a shared column of one chip.
pub fn chip_column(chip: &str, quantity: &str) -> String {
    format!("chip.{chip}.{quantity}")
}

/// Positions in an order in which each comes after those that it takes from.
fn sources_first(takes_from: &[[Option<usize>; 2]]) -> Vec<usize> {
    let count = takes_from.len();
    let mut depth = vec![0; count];
    // As many rounds as the longest chain has links.
    for _ in 0..count {
        for at in 0..count {
            let deepest = takes_from[at].iter().flatten().map(|&source| depth[source] + 1).max();
            depth[at] = deepest.unwrap_or(0).min(count);
        }
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&at| depth[at]);
    order
}

impl ChipKinds {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let kinds: Vec<Kind> = (0..w.setup().chips.len()).map(|chip| Kind::wire(w, chip)).collect();
        let takes_from: Vec<_> =
            kinds.iter().map(|kind| [kind.follows, kind.power_with.map(|with| with.0)]).collect();
        Self {
            kinds,
            order: sources_first(&takes_from),
            interval: w.setting("chip.trend.interval"),
            per_dollar: w.optional("chip.trend.per_dollar"),
            per_watt: w.optional("chip.trend.per_watt"),
        }
    }

    /// Everything is fixed for a draw before the first quarter.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        for &chip in &self.order {
            self.start_kind(b, chip);
        }
    }

    /// Nothing changes from quarter to quarter.
    #[inline(always)]
    pub fn step(&self, _t: usize, _b: &mut Block) {}

    #[inline(always)]
    fn start_kind(&self, b: &mut Block, chip: usize) {
        let n = &self.kinds[chip];
        let years = 0.25 * self.interval;
        if let (Some(before), Some(per_dollar), Some(per_watt)) =
            (n.follows, self.per_dollar, self.per_watt)
        {
            let p = &self.kinds[before];
            b.map2_with(
                n.dense8,
                years,
                p.dense8,
                per_dollar,
                #[inline(always)]
                |a, b, c| trend_h100e(a, b, c),
            );
            b.map2_with(
                n.bf16,
                years,
                p.bf16,
                per_dollar,
                #[inline(always)]
                |a, b, c| trend_h100e(a, b, c),
            );
            if n.sustained.index() != n.bf16.index() {
                b.map2_with(
                    n.sustained,
                    years,
                    p.sustained,
                    per_dollar,
                    #[inline(always)]
                    |a, b, c| trend_h100e(a, b, c),
                );
            }
            b.map4_with(
                n.power,
                years,
                n.dense8,
                p.dense8,
                p.power,
                per_watt,
                #[inline(always)]
                |a, b, c, d, e| trend_power(a, b, c, d, e),
            );
        } else {
            match n.h100e_given {
                Some(given) => b.copy(n.dense8, given),
                None => b.fill(n.dense8, H100ePerChip::new(n.dense8_ratio)),
            }
            match n.bf16_given {
                Some(ratio) => b.map2(n.bf16, n.dense8, ratio, times),
                None => b.map1_with(n.bf16, n.bf16_ratio, n.dense8, scale),
            }
            if let Some(ratio) = n.mfu_given {
                b.map2(n.sustained, n.bf16, ratio, times);
            }
            match (n.power_given, n.power_with) {
                (_, Some((other, own, median))) => {
                    b.map1_with(n.power, (own, median), self.kinds[other].power, power_with);
                }
                (Some(given), None) => b.copy(n.power, given),
                (None, None) => b.fill(n.power, ChipPower::new(n.power_constant)),
            }
        }
    }
}

impl Kind {
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
        let (dense8, bf16) = (w.share(&key("~dense8")), w.share(&key("~bf16")));
        let mfu_given = w.optional(&key("mfu_ratio"));
        // What is the same by two definitions is one column.
        let sustained = if trains_alike(w, chip) {
            w.share_as(&key("~sustained"), bf16);
            bf16
        } else {
            w.share(&key("~sustained"))
        };
        let counted = match w.setup().basis {
            Basis::Dense8 => dense8,
            Basis::Bf16 => bf16,
            Basis::Sustained => sustained,
        };
        w.share_as(&key("~counted"), counted);
        Self {
            h100e_given: w.optional(&key("h100e")),
            dense8_ratio: setup.dense8_ratio.unwrap_or(0.0),
            bf16_given: w.optional(&key("bf16_ratio")),
            bf16_ratio: setup.bf16_ratio.unwrap_or(1.0),
            mfu_given,
            power_given: w.optional(&key("power")),
            power_constant: setup.power.unwrap_or(0.0),
            power_with: follow_power,
            follows: setup.follows,
            dense8,
            bf16,
            sustained,
            power: w.share(&key("~power")),
        }
    }
}

/// Whether a chip, or the one whose trend it follows, trains as efficiently as the H100.
fn trains_alike(w: &Wiring, chip: usize) -> bool {
    let setup = &w.setup().chips[chip];
    match setup.follows {
        Some(before) => trains_alike(w, before),
        None => !w.given(&chip_column(&setup.name, "mfu_ratio")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_comes_after_those_that_it_takes_from() {
        // 0 follows 1, 1 scales with 3, 2 stands alone, 3 is the yardstick.
        let takes_from = [[Some(1), None], [None, Some(3)], [None, None], [None, None]];
        assert_eq!(sources_first(&takes_from), [2, 3, 1, 0]);
        // A circle is reported elsewhere; here it must only end.
        assert_eq!(sources_first(&[[Some(1), None], [Some(0), None]]).len(), 2);
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
