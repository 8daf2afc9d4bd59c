//! Reading value texts.
//!
//! ```text
//! value  = number [ "to" number | "/" number "/" number ] [ unit ]
//! number = [ "+" | "-" | "−" ] digits [ "." digits ] [ "e" [ sign ] digits ]
//! ```
//!
//! `300 MW` is one value, `37 to 40 B USD` the 5th and 95th percentile, `15 / 80 / 290 d` the 5th,
//! 50th and 95th. Digits may be grouped by `_`. The unit holds for all numbers.

use super::catalogue::{Unit, unit_named};
use super::factor::Factor;
use super::problem::{self, ValueError};
use super::{NaturalScale, Quantity};

/// What the numbers of a value text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One value.
    Single,
    /// The 5th and the 95th percentile.
    Interval,
    /// The 5th, 50th and 95th percentile.
    Triplet,
}

/// A value text as read.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueText {
    /// One, two or three numbers in the quantity's canonical unit; percentiles rise.
    pub numbers: Vec<f64>,
    /// What they are.
    pub form: Form,
}

/// Reads a value text as `quantity`.
///
/// Percentiles must rise, be positive on the log scale, and lie strictly between 0 and 1 on the
/// logit scale. A single value of a share may be 0 or 1; a single value of a positive quantity is
/// not checked: limits belong to the declaration of an input.
pub fn parse_value(text: &str, quantity: Quantity) -> Result<ValueText, ValueError> {
    if quantity == Quantity::Date {
        return Err(problem::not_a_text(text, quantity));
    }
    let (numbers, form, unit_at) = numbers(text, quantity)?;
    let written = text[unit_at..].trim_end();
    let unit = unit(text, &numbers, unit_at..unit_at + written.len(), quantity)?;
    let factor = canonical_factor(&unit, quantity);
    let values: Vec<f64> = numbers
        .iter()
        .map(|number| number.value(factor).ok_or_else(|| problem::too_large(number)))
        .collect::<Result<_, _>>()?;
    check_order(text, &numbers, &values)?;
    check_range(&numbers, &values, quantity)?;
    Ok(ValueText { numbers: values, form })
}

/// `value`, given in `unit`, in the canonical unit of `quantity`; none if the unit is unknown or of
/// another dimension.
pub fn to_canonical(value: f64, unit: &str, quantity: Quantity) -> Option<f64> {
    let unit = unit_named(unit).filter(|unit| quantity.accepts(unit))?;
    if !value.is_finite() {
        return Some(value);
    }
    canonical_factor(&unit, quantity).apply(&value.to_string(), 0)
}

/// A single number and the unit behind it, as they are written: `500 MW`, `5%`, `1e6`. None if the text
/// does not begin with a number, or if the number is too large.
pub fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let number = number_at(text, 0)?;
    let value = format!("{}e{}", number.digits, number.exponent).parse::<f64>().ok()?;
    value.is_finite().then(|| (value, text[number.end..].trim()))
}

fn canonical_factor(unit: &Unit, quantity: Quantity) -> Factor {
    unit_named(quantity.canonical_unit())
        .map_or(unit.factor, |canonical| unit.factor.over(canonical.factor))
}

/// A number as written.
pub(super) struct Number {
    /// Sign, digits and decimal point, without grouping.
    digits: String,
    exponent: i32,
    /// Range of bytes in the text.
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Number {
    fn value(&self, factor: Factor) -> Option<f64> {
        factor.apply(&self.digits, self.exponent).filter(|value| value.is_finite())
    }
}

/// The numbers, their form, and where the unit starts.
fn numbers(text: &str, quantity: Quantity) -> Result<(Vec<Number>, Form, usize), ValueError> {
    let expected = |at| problem::no_number(text, at, quantity);
    let first = number_at(text, 0).ok_or_else(|| expected(0))?;
    let next = skip_space(text, first.end);
    if let Some(after) = word_to(text, next) {
        let second = number_at(text, after).ok_or_else(|| expected(after))?;
        let unit_at = skip_space(text, second.end);
        return Ok((vec![first, second], Form::Interval, unit_at));
    }
    let mut numbers = vec![first];
    let mut at = next;
    while let Some(number) = after_slash(text, at) {
        at = skip_space(text, number.end);
        numbers.push(number);
    }
    match numbers.len() {
        1 => Ok((numbers, Form::Single, at)),
        3 => Ok((numbers, Form::Triplet, at)),
        count => Err(problem::wrong_count(text, count)),
    }
}

fn skip_space(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

/// Where the text goes on after the word `to`, if it stands at `at`.
fn word_to(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].strip_prefix("to")?;
    (!rest.starts_with(char::is_alphanumeric)).then_some(at + 2)
}

/// The number after a slash at `at`; a slash before letters belongs to the unit.
fn after_slash(text: &str, at: usize) -> Option<Number> {
    text[at..].starts_with('/').then(|| number_at(text, at + 1)).flatten()
}

/// The number at `at`, after spaces.
fn number_at(text: &str, at: usize) -> Option<Number> {
    let start = skip_space(text, at);
    let mut scanner = Scanner { text, at: start, digits: String::new() };
    scanner.sign();
    let whole = scanner.digits();
    let mark = (scanner.at, scanner.digits.len());
    if scanner.take('.') {
        scanner.digits.push('.');
        if !scanner.digits() {
            (scanner.at, _) = mark;
            scanner.digits.truncate(mark.1);
        }
    }
    if !whole {
        return None;
    }
    let exponent = scanner.exponent();
    Some(Number { digits: scanner.digits, exponent, start, end: scanner.at })
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// What was read of the number so far, without grouping.
    digits: String,
}

impl Scanner<'_> {
    fn take(&mut self, wanted: char) -> bool {
        let found = self.text[self.at..].starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn sign(&mut self) {
        if self.take('-') || self.take('−') {
            self.digits.push('-');
        } else {
            self.take('+');
        }
    }

    /// Digits, with single `_` between them; whether there was one.
    fn digits(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let start = self.at;
        while is_digit(self.at) || (self.at > start && self.grouped(is_digit)) {
            if bytes[self.at] != b'_' {
                self.digits.push(char::from(bytes[self.at]));
            }
            self.at += 1;
        }
        self.at > start
    }

    fn grouped(&self, is_digit: impl Fn(usize) -> bool) -> bool {
        self.text[self.at..].starts_with('_') && is_digit(self.at - 1) && is_digit(self.at + 1)
    }

    /// The exponent, 0 if there is none: an `e` without digits belongs to the unit.
    fn exponent(&mut self) -> i32 {
        let rest = Scanner { text: self.text, at: self.at, digits: String::new() };
        let mut ahead = rest;
        if !(ahead.take('e') || ahead.take('E')) {
            return 0;
        }
        ahead.sign();
        if !ahead.digits() {
            return 0;
        }
        self.at = ahead.at;
        let limit = if ahead.digits.starts_with('-') { -9_999 } else { 9_999 };
        ahead.digits.parse().map_or(limit, |exponent: i32| exponent.clamp(-9_999, 9_999))
    }
}

/// The unit at `range`.
fn unit(
    text: &str,
    numbers: &[Number],
    range: std::ops::Range<usize>,
    quantity: Quantity,
) -> Result<Unit, ValueError> {
    let written = &text[range.clone()];
    if written.is_empty() && !quantity.allows_bare_number() {
        return Err(problem::missing_unit(text, quantity));
    }
    match unit_named(written) {
        Some(unit) if quantity.accepts(&unit) => Ok(unit),
        Some(unit) => Err(problem::wrong_dimension(text, written, &unit, quantity)),
        None => Err(problem::unknown_unit(text, numbers, range, quantity)),
    }
}

fn check_order(text: &str, numbers: &[Number], values: &[f64]) -> Result<(), ValueError> {
    let rises = |pair: &[f64]| pair[0] < pair[1];
    match values.windows(2).position(|pair| !rises(pair)) {
        Some(at) => Err(problem::not_rising(text, &numbers[at], &numbers[at + 1])),
        None => Ok(()),
    }
}

fn check_range(numbers: &[Number], values: &[f64], quantity: Quantity) -> Result<(), ValueError> {
    let single = values.len() == 1;
    let allowed = |value: f64| match quantity.natural_scale() {
        _ if quantity == Quantity::Count => value >= 0.0 && value.fract() == 0.0,
        NaturalScale::Logit if single => (0.0..=1.0).contains(&value),
        NaturalScale::Logit => value > 0.0 && value < 1.0,
        NaturalScale::Log => single || value > 0.0,
        NaturalScale::Linear => true,
    };
    match values.iter().position(|value| !allowed(*value)) {
        Some(at) => Err(problem::out_of_range(&numbers[at], single, quantity)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Quantity as Q;

    fn read(text: &str, quantity: Quantity) -> Vec<f64> {
        parse_value(text, quantity).unwrap_or_else(|e| panic!("{text}: {e:?}")).numbers
    }

    #[test]
    fn the_texts_of_the_example_are_read_exactly() {
        let cases: &[(&str, Quantity, &[f64])] = &[
            ("300 MW", Q::Power, &[300.0]),
            ("37 B USD", Q::Money, &[37.0]),
            ("37 to 40 B USD", Q::Money, &[37.0, 40.0]),
            ("39.071 B USD", Q::Money, &[39.071]),
            ("0 B USD", Q::Money, &[0.0]),
            ("25 to 32 k USD", Q::PricePerChip, &[25.0, 32.0]),
            ("25 to 32 k USD", Q::Money, &[25e-6, 32e-6]),
            ("15 / 80 / 290 d", Q::Duration, &[15.0, 80.0, 290.0]),
            ("8 / 17 / 26 %/year", Q::GrowthPerYear, &[0.08, 0.17, 0.26]),
            ("4 to 21 %/quarter", Q::GrowthPerQuarter, &[0.04, 0.21]),
            ("16_384 chips", Q::Chips, &[16_384.0]),
            ("350 k chips", Q::Chips, &[350_000.0]),
            ("600 k H100e", Q::H100e, &[600_000.0]),
            ("120 / 161 / 219 k H100e", Q::H100e, &[120e3, 161e3, 219e3]),
            ("3.8e26 FLOP", Q::Compute, &[3.8e26]),
            ("100 %", Q::Share, &[1.0]),
            ("6 to 12 %", Q::Share, &[0.06, 0.12]),
            ("0.1 to 0.7", Q::Share, &[0.1, 0.7]),
            ("120 / 190 / 310 MW/quarter", Q::PowerPerQuarter, &[120.0, 190.0, 310.0]),
            ("1.22 / 1.39 / 1.5 kW", Q::PowerPerChip, &[1.22, 1.39, 1.5]),
            ("700 W", Q::PowerPerChip, &[0.7]),
            ("989.4 TFLOP/s", Q::ComputeRate, &[989.4]),
            ("2.5 PFLOP/s", Q::ComputeRate, &[2500.0]),
            ("5 years", Q::DurationYears, &[5.0]),
            ("0.1 / 0.4 / 1.7 quarters", Q::DurationQuarters, &[0.1, 0.4, 1.7]),
            ("8.3 c/kWh", Q::ElectricityPrice, &[83.0]),
            ("0.14 orders/year", Q::FlopPerDollarGrowth, &[0.14]),
            ("3.8", Q::FailureRate, &[3.8]),
            ("2.5", Q::H100ePerChip, &[2.5]),
            ("2.5 H100e", Q::H100ePerChip, &[2.5]),
        ];
        for (text, quantity, expected) in cases {
            assert_eq!(read(text, *quantity), *expected, "{text}");
        }
    }

    #[test]
    fn conversions_are_exact_where_they_can_be() {
        let cases = [
            ("0.3 kW", Q::Power, 0.0003),
            ("40 B USD/year", Q::MoneyPerQuarter, 10.0),
            ("1 GW/year", Q::PowerPerQuarter, 250.0),
            ("6 months", Q::DurationQuarters, 2.0),
            ("1 year", Q::Duration, 365.25),
            ("36 h", Q::Duration, 1.5),
            ("2 %/quarter", Q::RatePerYear, 0.08),
            ("1 PFLOP/s-day", Q::Compute, 8.64e19),
            ("3.6 GJ", Q::Energy, 1.0),
            ("9.3 USD/W", Q::CostPerPower, 9.3),
            ("9300 USD/kW", Q::CostPerPower, 9.3),
            ("0.39 t/MWh", Q::CarbonIntensity, 390.0),
            ("2.1 USD/h", Q::PricePerH100eHour, 2.1),
        ];
        for (text, quantity, expected) in cases {
            assert_eq!(read(text, quantity), [expected], "{text}");
        }
    }

    #[test]
    fn spelling_may_vary() {
        for text in ["300MW", " 300  MW ", "+300 MW", "3e2 MW", "3E+2 MW", "0.3 GW", "300.0 M W"] {
            assert_eq!(read(text, Q::Power), [300.0], "{text}");
        }
        for text in ["-0.5", "−0.5", "-5e-1", "-50 %", "-50%"] {
            assert_eq!(read(text, Q::Signed), [-0.5], "{text}");
        }
        assert_eq!(read("-3 to -1", Q::Signed), [-3.0, -1.0]);
        assert_eq!(read("-3/−2/+1", Q::Signed), [-3.0, -2.0, 1.0]);
        assert_eq!(read("0.2 /year", Q::RatePerYear), [0.2]);
        assert_eq!(read("0.1 / 0.2 / 0.3 1/year", Q::RatePerYear), [0.1, 0.2, 0.3]);
        assert_eq!(read("5 EFLOP", Q::Compute), [5e18]);
        assert_eq!(read("25 k USD per chip", Q::PricePerChip), [25.0]);
    }

    #[test]
    fn forms_are_told_apart() {
        let form = |text| parse_value(text, Q::Ratio).map(|value| value.form);
        assert_eq!(form("1.2"), Ok(Form::Single));
        assert_eq!(form("1.2 to 1.3"), Ok(Form::Interval));
        assert_eq!(form("1.2 / 1.3 / 1.5"), Ok(Form::Triplet));
    }

    #[test]
    fn values_beside_their_unit_are_converted_as_exactly() {
        assert_eq!(to_canonical(0.3, "kW", Q::Power), Some(0.0003));
        assert_eq!(to_canonical(3.8e26, "FLOP", Q::Compute), Some(3.8e26));
        assert_eq!(to_canonical(1e-300, "kW", Q::Power), Some(1e-303));
        assert_eq!(to_canonical(1.0, "MWh", Q::Power), None);
        assert_eq!(to_canonical(1.0, "nothing", Q::Power), None);
        assert_eq!(to_canonical(f64::INFINITY, "MW", Q::Power), Some(f64::INFINITY));
    }

    #[test]
    fn every_prefix_of_decimals_keeps_its_digits() {
        // A multiplication by 1e-3 would miss some of these in the last digit.
        for i in 1..2_000_u32 {
            let expected: f64 = format!("{i}e-3").parse().unwrap();
            assert_eq!(read(&format!("{i} M USD"), Q::Money), [expected]);
            assert_eq!(read(&format!("{i}e-1 GW"), Q::Power), [f64::from(i) * 100.0]);
        }
    }
}
