//! Values for people: one prefix picked from a typical value, three significant digits.

use super::Quantity;
use super::catalogue::unit_named;

/// Numbers from here on are written with an exponent.
const LARGE: i32 = 6;

/// Numbers with a smaller exponent of ten are written with an exponent.
const SMALL: i32 = -4;

/// The unit that a table column or a chart axis is shown in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// One shown unit in canonical units: shown = canonical / factor. 1,000 for GW of a power.
    pub factor: f64,
    /// The shown unit; empty for pure numbers.
    pub unit: &'static str,
}

impl Scale {
    /// A canonical value in the shown unit.
    pub fn apply(self, canonical: f64) -> f64 {
        // The inverse of a factor below one is exact where the factor itself is not.
        if self.factor < 1.0 { canonical * (1.0 / self.factor) } else { canonical / self.factor }
    }
}

/// The largest unit of the quantity's ladder in which `typical` (canonical) is at least one, the
/// smallest if there is none. Zero and what is not finite take the canonical unit if it is in the
/// ladder, else the smallest.
pub fn scale_for(typical: f64, quantity: Quantity) -> Scale {
    let size = typical.abs();
    let rungs = || quantity.decl().ladder.iter().filter_map(|unit| rung(unit, quantity));
    let canonical = Scale { factor: 1.0, unit: quantity.canonical_unit() };
    if size == 0.0 || !size.is_finite() {
        let plain = rungs().find(|scale| scale.unit == canonical.unit);
        return plain.or_else(|| rungs().next()).unwrap_or(canonical);
    }
    // What rounds to 1.00 of a unit in three digits is shown in that unit.
    rungs()
        .rfind(|scale| scale.apply(size) >= 0.9995)
        .or_else(|| rungs().next())
        .unwrap_or(canonical)
}

fn rung(unit: &'static str, quantity: Quantity) -> Option<Scale> {
    let canonical = unit_named(quantity.canonical_unit())?;
    let factor = unit_named(unit)?.factor.over(canonical.factor).as_f64();
    Some(Scale { factor, unit })
}

/// A noun beside a count: `draw` beside 1, `draws` beside all else.
pub fn plural(count: u64, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// A canonical value with its unit: `1.07 M H100e`, `36.2 B USD`, `12.5 %`.
pub fn format_value(value: f64, quantity: Quantity) -> String {
    let scale = scale_for(value, quantity);
    let number = format_number(scale.apply(value));
    match scale.unit {
        "" => number,
        unit if number == "1" || number == "-1" => format!("{number} {}", singular(unit)),
        unit => format!("{number} {unit}"),
    }
}

fn singular(unit: &'static str) -> &'static str {
    match unit {
        "chips" => "chip",
        "quarters" => "quarter",
        "years" => "year",
        _ => unit,
    }
}

/// A number with three significant digits, without zeros at the end, with an exponent if it is
/// below 0.0001 or from a million on.
pub fn format_number(value: f64) -> String {
    if value.is_nan() {
        return "n/a".to_owned();
    }
    let rounded = format!("{value:.2e}");
    let Some((mantissa, exponent)) = rounded.split_once('e') else {
        return rounded; // infinite
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (SMALL..LARGE).contains(&exponent) {
        let decimals = usize::try_from(2 - exponent).unwrap_or(0);
        // Parsed back: without decimals left, 99,950 must become 100,000.
        let rounded: f64 = rounded.parse().unwrap_or(value);
        without_end_zeros(&format!("{rounded:.decimals$}"))
    } else {
        format!("{}e{exponent}", without_end_zeros(mantissa))
    }
}

fn without_end_zeros(number: &str) -> String {
    let short = if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    };
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{QUANTITIES, parse_value};

    #[test]
    fn values_are_shown_with_one_prefix_and_three_digits() {
        let cases = [
            (1.0712e6, Quantity::H100e, "1.07 M H100e"),
            (36.24, Quantity::Money, "36.2 B USD"),
            (740.4, Quantity::Power, "740 MW"),
            (0.0185, Quantity::Money, "18.5 M USD"),
            (-1.25, Quantity::Money, "-1.25 B USD"),
            (0.0, Quantity::Power, "0 MW"),
            (-0.0, Quantity::Power, "0 MW"),
            (999.6, Quantity::Power, "1 GW"),
            (999.4, Quantity::Power, "999 MW"),
            (0.0007, Quantity::Power, "700 W"),
            (3.8e26, Quantity::Compute, "3.8e26 FLOP"),
            (0.125, Quantity::Share, "12.5 %"),
            (0.04, Quantity::GrowthPerQuarter, "4 %/quarter"),
            (1.09, Quantity::Ratio, "1.09"),
            (1.0, Quantity::DurationQuarters, "1 quarter"),
            (32.0, Quantity::PricePerChip, "32 k USD"),
            (989.4, Quantity::ComputeRate, "989 TFLOP/s"),
            (f64::NAN, Quantity::Power, "n/a MW"),
            (f64::INFINITY, Quantity::Power, "inf MW"),
        ];
        for (value, quantity, expected) in cases {
            assert_eq!(format_value(value, quantity), expected);
        }
    }

    #[test]
    fn numbers_are_rounded_to_three_digits() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (1.005, "1"),
            (9.996, "10"),
            (99_950.0, "100000"),
            (123_456.0, "123000"),
            (999_999.0, "1e6"),
            (1_234_567.0, "1.23e6"),
            (0.000123456, "0.000123"),
            (0.00001, "1e-5"),
            (-2.5, "-2.5"),
        ];
        for (value, expected) in cases {
            assert_eq!(format_number(value), expected, "{value}");
        }
    }

    #[test]
    fn a_scale_holds_for_a_whole_column() {
        let scale = scale_for(1_500.0, Quantity::Power);
        assert_eq!(scale, Scale { factor: 1000.0, unit: "GW" });
        assert_eq!(scale.apply(350.0).to_string(), "0.35");
        let small = scale_for(0.0003, Quantity::Power);
        assert_eq!(small.unit, "W");
        assert_eq!(small.apply(0.0003).to_string(), "300");
        assert_eq!(scale_for(f64::NAN, Quantity::Share).unit, "%");
        assert_eq!(scale_for(0.0, Quantity::Carbon).unit, "t CO2e");
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        for decl in QUANTITIES.iter().filter(|decl| decl.quantity != Quantity::Date) {
            for value in [0.000_37, 0.012, 0.5, 0.731, 1.0, 8.0, 57.3, 999.7, 81_234.0, 4.2e7] {
                let value: f64 = match decl.quantity {
                    Quantity::Count => f64::ceil(value),
                    Quantity::Share => value.min(0.99),
                    _ => value,
                };
                let text = format_value(value, decl.quantity);
                let back =
                    parse_value(&text, decl.quantity).unwrap_or_else(|e| panic!("{text}: {e:?}"));
                let relative = back.numbers[0] / value - 1.0;
                assert!(relative.abs() <= 0.005, "{}: {value} shown as {text}", decl.name);
            }
        }
    }
}
