//! Ticks: round steps on linear and logarithmic axes, years and quarters on the time axis.

use super::{Span, Tick, XAxis, YAxis};
use crate::charts::input::{Quarters, Scale, Unit};
use crate::charts::number::{Prefix, exponent, fixed, superscript};

/// The y axis that holds all `values` (those that are not finite are skipped), with round ends.
///
/// A linear axis starts at zero unless the values fill less than a quarter of the way from zero.
pub(crate) fn y_axis(values: impl Iterator<Item = f64>, unit: &Unit, scale: Scale) -> YAxis {
    let usable = |v: &f64| v.is_finite() && (scale == Scale::Linear || *v > 0.0);
    let (low, high) = values
        .filter(usable)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    match scale {
        Scale::Log if low <= high => log_axis(low, high, unit),
        Scale::Log => log_axis(1.0, 10.0, unit),
        Scale::Linear if low <= high => linear_axis(low, high, unit),
        Scale::Linear => linear_axis(0.0, 0.0, unit),
    }
}

fn linear_axis(low: f64, high: f64, unit: &Unit) -> YAxis {
    let narrow = low > 0.0 && high > low && high - low < 0.25 * high;
    let (low, high) = if narrow { (low, high) } else { (low.min(0.0), high.max(0.0)) };
    open_axis(low, high, unit)
}

/// A linear axis that need not hold zero.
pub(crate) fn open_axis(low: f64, high: f64, unit: &Unit) -> YAxis {
    let high = if high > low { high } else { low + 1.0 };
    let (min, max, step) = nice_range(low, high);
    let count = ((max - min) / step).round() as usize;
    let prefix = Prefix::for_largest(max.abs().max(min.abs()), unit);
    let decimals = decimals_of(step / prefix.factor);
    let ticks = (0..=count)
        .map(|i| {
            let at = min + step * i as f64;
            // Adding steps leaves a residue near zero that would print as 0.0000.
            let at = if at.abs() < step * 1e-9 { 0.0 } else { at };
            let number = fixed(at / prefix.factor, if at == 0.0 { 0 } else { decimals });
            let label = if i == count { prefix.with_unit(&number, unit) } else { number };
            Tick { at, label }
        })
        .collect();
    YAxis { min, max, scale: Scale::Linear, ticks, prefix, unit: unit.clone(), rows: false }
}

/// Round ends and step around `low < high`: 3 to 6 intervals, little waste, simple steps first.
pub(crate) fn nice_range(low: f64, high: f64) -> (f64, f64, f64) {
    let span = high - low;
    let top = exponent(span);
    let mut best = (f64::INFINITY, (low, high, span));
    for power in [top - 1, top] {
        for (mantissa, penalty) in [(1.0, 0.0), (2.0, 0.0), (2.5, 0.06), (5.0, 0.0)] {
            let step = mantissa * libm::exp10(f64::from(power));
            // A value on a gridline needs no further interval.
            let first = (low / step + 1e-9).floor();
            let last = (high / step - 1e-9).ceil();
            let count = last - first;
            if !(3.0..=6.0).contains(&count) {
                continue;
            }
            let waste = 1.0 - span / (count * step);
            let score = waste + penalty + 0.03 * (count - 5.0).abs();
            if score < best.0 {
                best = (score, (first * step, last * step, step));
            }
        }
    }
    best.1
}

fn decimals_of(step: f64) -> usize {
    (0..9)
        .find(|&d| {
            let scaled = step * libm::exp10(f64::from(d));
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        })
        .unwrap_or(9) as usize
}

fn log_axis(low: f64, high: f64, unit: &Unit) -> YAxis {
    let decades = libm::log10(high / low);
    let mantissas: &[f64] = if decades > 2.6 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let grid = log_grid(low, high, mantissas);
    // Six labels at most: with many decades only every second or third is shown.
    let stride = grid.len().div_ceil(8).max(1);
    let shown: Vec<f64> = grid.iter().rev().step_by(stride).rev().copied().collect();
    let (min, max) = (shown[0].min(grid[0]), grid[grid.len() - 1]);
    let ticks = shown
        .iter()
        .map(|&at| Tick { at, label: log_label(at, unit, at >= max * (1.0 - 1e-9)) })
        .collect();
    let prefix = Prefix::for_largest(max, unit);
    YAxis { min, max, scale: Scale::Log, ticks, prefix, unit: unit.clone(), rows: false }
}

/// Round values in rising order, the first at or below `low`, the last at or above `high`.
fn log_grid(low: f64, high: f64, mantissas: &[f64]) -> Vec<f64> {
    let all: Vec<f64> = (exponent(low) - 1..=exponent(high) + 1)
        .flat_map(|power| mantissas.iter().map(move |m| m * libm::exp10(f64::from(power))))
        .collect();
    let first = all.iter().rposition(|v| *v <= low * (1.0 + 1e-9)).unwrap_or(0);
    let last = all.iter().position(|v| *v >= high * (1.0 - 1e-9)).unwrap_or(all.len() - 1);
    // A single value still needs a range.
    let last = if last <= first { (first + 1).min(all.len() - 1) } else { last };
    all[first..=last].to_vec()
}

fn log_label(at: f64, unit: &Unit, top: bool) -> String {
    let prefix = Prefix::for_largest(at, unit);
    let value = at / prefix.factor;
    if prefix.symbol.starts_with('×') {
        let power = superscript(exponent(at));
        let mantissa = if value < 1.5 {
            String::new()
        } else {
            format!("{}\u{202f}×\u{202f}", fixed(value, 0))
        };
        let tail = if top && !unit.after.is_empty() {
            format!("\u{a0}{}", unit.after)
        } else {
            String::new()
        };
        return format!("{mantissa}10{power}{tail}");
    }
    let number = fixed(value, decimals_of(value));
    if top {
        return prefix.with_unit(&number, unit);
    }
    // Each decade has a prefix of its own; the unit itself stays on the top tick.
    let bare = Unit { before: String::new(), after: String::new(), ..unit.clone() };
    prefix.with_unit(&number, &bare)
}

/// The time axis of quarters, from the begin of the first to the end of the last.
///
/// Ticks are boundaries, labels stand in the middle between them: "2024" means the whole year.
pub(crate) fn x_axis(quarters: &Quarters) -> XAxis {
    let finite = || quarters.ends.iter().copied().filter(|x| x.is_finite());
    let first = finite().fold(f64::INFINITY, f64::min);
    let last = finite().fold(f64::NEG_INFINITY, f64::max);
    if first > last {
        return XAxis { max: 1.0, ..XAxis::default() };
    }
    let min = first - 0.25;
    if last - min <= 1.75 {
        return quarter_axis(quarters, min, last);
    }
    time_axis((min, last))
}

/// A time axis from one time to another, labeled by years.
pub(crate) fn time_axis((min, max): (f64, f64)) -> XAxis {
    let years = (min.floor() as i32..max.ceil() as i32).map(f64::from);
    let bounds = years.clone().chain([max.ceil()]).filter(|x| (min..=max).contains(x)).collect();
    let labels = years
        .map(|year| {
            let (from, to) = (year.max(min), (year + 1.0).min(max));
            Span { from, to, label: format!("{year:.0}") }
        })
        .collect();
    XAxis { min, max, bounds, labels, ..XAxis::default() }
}

fn quarter_axis(quarters: &Quarters, min: f64, max: f64) -> XAxis {
    let inside = |x: &f64| *x >= min - 1e-9 && *x <= max + 1e-9;
    let bounds = quarters.ends.iter().copied().chain([min]).filter(inside).collect();
    let labels = quarters
        .ends
        .iter()
        .zip(&quarters.labels)
        .filter(|(x, _)| **x - 0.125 >= min)
        .map(|(x, label)| Span { from: x - 0.25, to: *x, label: quarter_label(label) })
        .collect();
    XAxis { min, max, bounds, labels, ..XAxis::default() }
}

/// "2024Q1" as "Q1 2024"; anything else as it is.
fn quarter_label(label: &str) -> String {
    label
        .split_once('Q')
        .map_or_else(|| label.to_owned(), |(year, quarter)| format!("Q{quarter}\u{a0}{year}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(axis: &YAxis) -> Vec<String> {
        axis.ticks.iter().map(|t| t.label.replace(['\u{202f}', '\u{a0}'], " ")).collect()
    }

    fn linear(values: &[f64], unit: &Unit) -> Vec<String> {
        labels(&y_axis(values.iter().copied(), unit, Scale::Linear))
    }

    #[test]
    fn ticks_are_round_and_the_unit_is_on_the_top_one_only() {
        let watts = Unit::metric("W", "watts");
        assert_eq!(linear(&[0.1e9, 3.7e9], &watts), ["0", "1", "2", "3", "4 GW"]);
        assert_eq!(
            linear(&[0.3e6, 11.3e6], &Unit::count("chips")),
            ["0", "2", "4", "6", "8", "10", "12 M"]
        );
        assert_eq!(linear(&[-18e9, 57e9], &Unit::dollars()), ["−20", "0", "20", "40", "$60 B"]);
        assert_eq!(linear(&[0.0, 0.95], &Unit::share("x")), ["0", "20", "40", "60", "80", "100 %"]);
    }

    #[test]
    fn degenerate_values_still_give_an_axis() {
        let unit = Unit::count("chips");
        assert_eq!(linear(&[0.0, 0.0], &unit), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(linear(&[], &unit), linear(&[0.0], &unit));
        assert_eq!(linear(&[f64::NAN, 5.0, 5.0], &unit), ["0", "1", "2", "3", "4", "5"]);
        assert_eq!(linear(&[-4.0, -2.0], &unit), ["−4", "−3", "−2", "−1", "0"]);
        let log = y_axis([0.0, f64::NAN].into_iter(), &unit, Scale::Log);
        assert!(log.min > 0.0 && log.max > log.min);
    }

    #[test]
    fn an_axis_far_from_zero_does_not_start_there() {
        let axis = y_axis([95.0, 105.0].into_iter(), &Unit::plain("", "x"), Scale::Linear);
        assert!(axis.min > 90.0);
    }

    #[test]
    fn log_ticks_carry_their_own_prefix() {
        let axis = y_axis([0.3e6, 11e6].into_iter(), &Unit::count("chips"), Scale::Log);
        assert_eq!(labels(&axis), ["200 k", "500 k", "1 M", "2 M", "5 M", "10 M", "20 M"]);
        let axis = y_axis([2e22, 4e27].into_iter(), &Unit::powers("FLOP", "FLOP"), Scale::Log);
        assert_eq!(labels(&axis), ["10²²", "10²³", "10²⁴", "10²⁵", "10²⁶", "10²⁷", "10²⁸ FLOP"]);
        let axis = y_axis([1.0, 1e18].into_iter(), &Unit::count("chips"), Scale::Log);
        assert!(axis.ticks.len() <= 8, "{:?}", labels(&axis));
    }

    #[test]
    fn years_are_labeled_between_their_bounds() {
        let axis = x_axis(&Quarters::starting(2024, 1, 28));
        assert_eq!(axis.bounds.len(), 8);
        assert_eq!(axis.labels.len(), 7);
        assert!((axis.labels[1].from - 2025.0).abs() < 1e-9);
        assert!((axis.labels[1].to - 2026.0).abs() < 1e-9);
        let part = x_axis(&Quarters::starting(2024, 3, 28));
        assert!((part.labels[0].from - 2024.5).abs() < 1e-9);
        assert_eq!((part.bounds.len(), part.labels.len()), (7, 8));
    }

    #[test]
    fn few_quarters_are_labeled_one_by_one() {
        let axis = x_axis(&Quarters::starting(2024, 3, 1));
        assert!((axis.min - 2024.5).abs() < 1e-9 && (axis.max - 2024.75).abs() < 1e-9);
        assert_eq!(axis.labels[0].label, "Q3\u{a0}2024");
        assert_eq!(x_axis(&Quarters::starting(2024, 1, 4)).labels.len(), 4);
        assert!(x_axis(&Quarters::default()).labels.is_empty());
    }

    proptest! {
        #![proptest_config(crate::charts::tests::seeded(256))]

        #[test]
        fn nice_ranges_hold_the_values_without_much_waste(low in -1e3..1e3f64, span in 1e-3..1e6f64) {
            let high = low + span;
            let (min, max, step) = nice_range(low, high);
            prop_assert!(min <= low + 1e-6 * step && max >= high - 1e-6 * step);
            let count = (max - min) / step;
            prop_assert!((2.9..6.1).contains(&count), "{count}");
            prop_assert!(span > 0.4 * (max - min), "{low} {high}: {min} {max}");
        }

        #[test]
        fn log_axes_hold_the_values(low in 1e-3..1e9f64, ratio in 1.0..1e9f64) {
            let axis = y_axis([low, low * ratio].into_iter(), &Unit::count("x"), Scale::Log);
            prop_assert!(axis.min <= low * 1.000001 && axis.max >= low * ratio * 0.999999);
            prop_assert!((2..=8).contains(&axis.ticks.len()), "{}", axis.ticks.len());
        }
    }
}
