//! What a case expects, how far it may be missed, and the verdict.

use super::codes;
use super::fields::{Fields, did_you_mean};
use crate::diag::Span;
use crate::scenario::document::{Data, Node};
use crate::scenario::lone_number;
use crate::units::Quantity;

/// Largest relative error that counts as rounding.
const ROUNDING: f64 = 1e-12;
/// Standard errors that a sampled value may be off, unless the case says otherwise.
const STANDARD_ERRORS: f64 = 5.0;

/// How far a value may be from its reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// Rounding only: 1e-12 of the value.
    Exact,
    /// Half a unit of the last digit of the reference, as it is written.
    Digits,
    /// A part of the reference.
    Relative(f64),
    /// As much as this.
    Absolute(f64),
    /// So many standard errors.
    Errors(f64),
}

/// What a value should be: one number, or a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The number, or the lower end; canonical unit.
    pub low: f64,
    /// The number, or the upper end.
    pub high: f64,
    /// Half a unit of its last digit.
    pub half_digit: f64,
    /// As it is written.
    pub text: String,
    /// Written number over canonical number.
    pub factor: f64,
    /// Digits that are worth showing.
    pub shown: usize,
    /// Unit as it is written.
    pub unit: String,
    /// Whether it is a word of bits.
    pub hexadecimal: bool,
}

/// One expected value of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Which of the values of the case.
    pub name: String,
    /// What it should be.
    pub reference: Reference,
    /// How far it may be missed; none for the rule of its kind.
    pub tolerance: Option<Tolerance>,
}

/// A value that the program finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// Its standard error, if it is sampled.
    pub error: Option<f64>,
    /// Whether it is sampled beside an exact value, to which the tolerance belongs.
    pub beside: bool,
}

impl Measured {
    /// A value without sampling error.
    pub(super) fn exact(value: f64) -> Self {
        Self { value, error: None, beside: false }
    }

    /// An estimate.
    pub(super) fn sampled(value: f64, error: f64) -> Self {
        Self { value, error: Some(error), beside: false }
    }
}

/// One check with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which of the values of the case; empty if it has but one.
    pub name: String,
    /// What it should be, as written.
    pub reference: String,
    /// What it is, in the same unit.
    pub ours: String,
    /// By how much it is off, in percent or standard errors.
    pub error: String,
    /// By how much it may be off.
    pub allowed: String,
    /// The value in the canonical unit.
    pub value: f64,
    /// The number or range that was expected, in the canonical unit.
    pub expected: (f64, f64),
    /// Its standard error, if it is sampled.
    pub standard_error: Option<f64>,
    /// Whether it is right.
    pub pass: bool,
}

/// Name of a value that needs none.
pub(super) const ALONE: &str = "output";

/// Names that a kind of case knows.
pub(super) struct Names<'a> {
    /// What to name when a name is wrong.
    pub(super) listed: &'a [&'a str],
    /// Whether a name is one.
    pub(super) known: &'a dyn Fn(&str) -> bool,
    /// The name of a value that stands alone; none if all must be named.
    pub(super) only: Option<&'a str>,
}

/// Reads `expect`: one value, or a table of them by name.
pub(super) fn read(
    fields: &mut Fields,
    names: &Names,
    quantity: &dyn Fn(&str) -> Quantity,
) -> Option<Vec<Expectation>> {
    let example = "{ mean = 3.5 }";
    let entry = fields.need("expect", example)?;
    let around = tolerance(fields)?;
    let alone = |node: &Node| match &node.data {
        Data::Table(table) => table.entries.iter().all(|e| PARTS.contains(&e.key.as_str())),
        Data::Text(_) | Data::Number(_) => true,
        _ => false,
    };
    if let Some(name) = names.only
        && alone(&entry.node)
    {
        return Some(vec![one(
            fields,
            name,
            &entry.node,
            &entry.key_span,
            quantity(name),
            around,
        )?]);
    }
    let Some(table) = entry.node.table() else {
        return fields.wrong(entry, "a table of values by name", example);
    };
    let mut all = Vec::new();
    for item in &table.entries {
        if (names.known)(&item.key) {
            let quantity = quantity(&item.key);
            all.push(one(fields, &item.key, &item.node, &item.key_span, quantity, around));
            continue;
        }
        let message = format!("{} gives no `{}`", fields.what, item.key);
        let help = did_you_mean(&item.key, names.listed);
        all.push(fields.fail(codes::UNKNOWN_WORD, &item.key_span, message, help));
    }
    if all.is_empty() {
        let message = "`expect` is empty: a case without a check proves nothing";
        return fields.fail(codes::MISSING, &entry.key_span, message, "for example { mean = 1 }");
    }
    all.into_iter().collect()
}

const PARTS: &[&str] = &["value", "from", "to", "tolerance"];

/// One expected value, in any of its forms.
pub(super) fn one(
    fields: &mut Fields,
    name: &str,
    node: &Node,
    place: &Span,
    quantity: Quantity,
    around: Option<Tolerance>,
) -> Option<Expectation> {
    let Data::Table(table) = &node.data else {
        let reference = reference(fields, name, node, quantity)?;
        return Some(Expectation { name: name.to_owned(), reference, tolerance: around });
    };
    let mut inner = fields.inner(table, place.clone(), &format!("`{name}`"));
    inner.only(PARTS);
    let tolerance = tolerance(&mut inner)?.or(around);
    if let Some(value) = inner.get("value") {
        let reference = reference(&mut inner, "value", &value.node, quantity)?;
        return Some(Expectation { name: name.to_owned(), reference, tolerance });
    }
    let mut end = |key: &str| match inner.get(key) {
        Some(entry) => reference(&mut inner, key, &entry.node, quantity).map(Some),
        None => Some(None),
    };
    let (from, to) = (end("from")?, end("to")?);
    let reference = match (from, to) {
        (Some(from), Some(to)) if from.low <= to.high => {
            let text = format!("{} to {}", from.text, to.text);
            Reference { low: from.low, text, ..to }
        }
        (Some(from), None) => {
            Reference { high: f64::INFINITY, text: format!("at least {}", from.text), ..from }
        }
        (None, Some(to)) => {
            Reference { low: f64::NEG_INFINITY, text: format!("at most {}", to.text), ..to }
        }
        (Some(_), Some(_)) => {
            let message = format!("`from` of `{name}` is above its `to`");
            return inner.fail(codes::RANGE, place, message, "from = 1, to = 2");
        }
        (None, None) => {
            let message = format!("`{name}` has neither `value` nor `from` nor `to`");
            return inner.fail(codes::MISSING, place, message, "for example { from = 1, to = 2 }");
        }
    };
    Some(Expectation { name: name.to_owned(), reference, tolerance })
}

/// A number or a range with its unit.
fn reference(
    fields: &mut Fields,
    name: &str,
    node: &Node,
    quantity: Quantity,
) -> Option<Reference> {
    let (low, high) = match lone_number(name, node, quantity) {
        Ok(numbers) => numbers,
        Err(diagnostic) => {
            fields.found.push(*diagnostic);
            return None;
        }
    };
    let text = match &node.data {
        Data::Text(text) => text.clone(),
        Data::Number(number) => number.text.clone(),
        _ => String::new(),
    };
    let written = Written::of(&text);
    let factor = if low == 0.0 || written.value == 0.0 { 1.0 } else { written.value / low };
    Some(Reference {
        low,
        high: high.unwrap_or(low),
        half_digit: (written.half_digit / factor).abs(),
        factor,
        shown: written.digits,
        unit: unit_of(&text).to_owned(),
        hexadecimal: false,
        text,
    })
}

/// A number with the precision in which it is written.
struct Written {
    value: f64,
    half_digit: f64,
    digits: usize,
}

impl Written {
    fn of(text: &str) -> Self {
        let number = number_part(text);
        let plain: String =
            number.chars().filter(|c| !matches!(c, '_')).collect::<String>().replace('−', "-");
        let (mantissa, exponent) = plain.split_once(['e', 'E']).unwrap_or((&plain, "0"));
        let decimals = mantissa.split_once('.').map_or(0, |(_, after)| after.len());
        let exponent = exponent.parse::<i32>().unwrap_or(0) - decimals as i32;
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        Self {
            value: plain.parse().unwrap_or(f64::NAN),
            half_digit: 0.5 * libm::pow(10.0, f64::from(exponent)),
            digits: digits.trim_start_matches('0').len().clamp(1, 17),
        }
    }
}

/// The number that a text begins with.
fn number_part(text: &str) -> &str {
    let text = text.trim_start();
    let mut end = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let sign = matches!(c, '+' | '-' | '−') && (at == 0 || matches!(before, 'e' | 'E'));
        let exponent = matches!(c, 'e' | 'E') && before.is_ascii_digit();
        if !(c.is_ascii_digit() || c == '.' || c == '_' || sign || exponent) {
            break;
        }
        before = c;
        end = at + c.len_utf8();
    }
    &text[..end]
}

/// The unit that a text ends with.
fn unit_of(text: &str) -> &str {
    let mut rest = text.trim();
    loop {
        rest = rest[number_part(rest).len()..].trim_start();
        match rest.strip_prefix("to ").or_else(|| rest.strip_prefix('/')) {
            Some(after) if !number_part(after).is_empty() => rest = after.trim_start(),
            _ => return rest,
        }
    }
}

/// Reads `tolerance`, if there is one.
pub(super) fn tolerance(fields: &mut Fields) -> Option<Option<Tolerance>> {
    let Some(entry) = fields.get("tolerance") else { return Some(None) };
    let read = match &entry.node.data {
        Data::Text(text) => parse_tolerance(text),
        Data::Number(number) => Some(Tolerance::Relative(number.value)),
        _ => None,
    };
    let positive = |t: &Tolerance| match t {
        Tolerance::Exact | Tolerance::Digits => true,
        Tolerance::Relative(x) | Tolerance::Absolute(x) => *x > 0.0 && x.is_finite(),
        Tolerance::Errors(x) => *x > 0.0 && *x <= 6.0,
    };
    if let Some(tolerance) = read.filter(positive) {
        return Some(Some(tolerance));
    }
    fields.fail(
        codes::TOLERANCE,
        &entry.node.span,
        "this is no tolerance",
        "write \"exact\", \"digits\", a part such as \"0.1 %\", an amount such as \"+- 0.003\", or \
         standard errors such as \"5 se\" (6 at most)",
    )
}

fn parse_tolerance(text: &str) -> Option<Tolerance> {
    let text = text.trim();
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match text {
        "exact" => return Some(Tolerance::Exact),
        "digits" => return Some(Tolerance::Digits),
        _ => {}
    }
    if let Some(percent) = text.strip_suffix('%') {
        return number(percent).map(|x| Tolerance::Relative(x / 100.0));
    }
    if let Some(errors) = text.strip_suffix("se") {
        return number(errors).map(Tolerance::Errors);
    }
    let absolute = text.strip_prefix("+-").or_else(|| text.strip_prefix('±'))?;
    number(absolute).map(Tolerance::Absolute)
}

impl Expectation {
    /// The verdict on a value.
    pub(super) fn judge(&self, measured: Measured) -> Row {
        let Reference { low, high, .. } = self.reference;
        let value = measured.value;
        let (error, allowed, pass) = if low < high {
            let inside = (low..=high).contains(&value);
            (if inside { "inside" } else { "outside" }.to_owned(), "the range".to_owned(), inside)
        } else {
            self.compare(measured)
        };
        let sampled = if measured.beside { ", sampled" } else { "" };
        Row {
            name: format!("{}{sampled}", if self.name == ALONE { "" } else { &self.name }),
            reference: self.reference.text.clone(),
            ours: self.shown(value),
            error,
            allowed,
            value,
            expected: (low, high),
            standard_error: measured.error,
            pass,
        }
    }

    /// Error, tolerance and verdict where one number is expected.
    fn compare(&self, measured: Measured) -> (String, String, bool) {
        let expected = self.reference.low;
        let off = measured.value - expected;
        let rounding = ROUNDING * expected.abs();
        let rule = match (self.tolerance, measured.error) {
            (Some(Tolerance::Errors(k)), Some(_)) => Tolerance::Errors(k),
            (Some(rule), _) if !measured.beside => rule,
            (_, Some(_)) => Tolerance::Errors(STANDARD_ERRORS),
            _ => Tolerance::Digits,
        };
        let (most, allowed) = match rule {
            Tolerance::Exact => (rounding.max(f64::MIN_POSITIVE), "exact".to_owned()),
            Tolerance::Relative(part) => (part * expected.abs(), percent(part)),
            Tolerance::Absolute(amount) => {
                (amount / self.reference.factor.abs(), format!("± {}", significant(amount, 6)))
            }
            // Without a sampling error there is nothing to count in: the digits decide.
            Tolerance::Errors(k) if measured.error.is_some() => {
                let error = measured.error.unwrap_or(f64::NAN);
                (k * error + self.reference.half_digit, format!("{k} se"))
            }
            Tolerance::Digits | Tolerance::Errors(_) => {
                (self.reference.half_digit + rounding, "digits".to_owned())
            }
        };
        let counted = measured.error.filter(|_| matches!(rule, Tolerance::Errors(_)));
        let error = match counted {
            Some(error) if off == 0.0 || error > 0.0 => {
                // Adding zero turns −0.0 into 0.0.
                let errors =
                    if off == 0.0 { 0.0 } else { (off / error * 10.0).round() / 10.0 + 0.0 };
                format!("{errors:.1} se")
            }
            _ if off.abs() <= rounding => "0".to_owned(),
            _ if expected == 0.0 => significant(off, 2),
            _ => percent(off / expected),
        };
        (error, allowed, off.abs() <= most)
    }

    /// A value as the reference is written, with a digit more.
    fn shown(&self, value: f64) -> String {
        if self.reference.hexadecimal {
            return format!("{:08x}", value as u64);
        }
        let number = significant(value * self.reference.factor, (self.reference.shown + 1).max(4));
        let unit = &self.reference.unit;
        if unit.is_empty() { number } else { format!("{number} {unit}") }
    }
}

/// A part as percent.
fn percent(part: f64) -> String {
    format!("{} %", significant(100.0 * part, 2))
}

/// A number with its unit on a line of a terminal: no more than eight digits.
pub fn brief(text: &str) -> String {
    let number = number_part(text);
    let written = Written::of(number);
    if written.digits <= 9 || !written.value.is_finite() {
        return text.to_owned();
    }
    format!("{}{}", significant(written.value, 8), &text[number.len()..])
}

/// A number with so many significant digits, without zeros at its end.
pub(super) fn significant(x: f64, digits: usize) -> String {
    if x == 0.0 || !x.is_finite() {
        return if x == 0.0 { "0".to_owned() } else { x.to_string() };
    }
    let scientific = format!("{x:.*e}", digits.clamp(1, 17) - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: String| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    };
    if !(-4..15).contains(&exponent) {
        return format!("{}e{exponent}", trim(mantissa.to_owned()));
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    // From the rounded digits, so that nothing beyond them shows.
    let rounded: f64 = scientific.parse().unwrap_or(x);
    trim(format!("{rounded:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_that_of_the_text() {
        for (text, value, half, digits) in [
            ("0.346", 0.346, 5e-4, 3),
            ("3.7908e25 FLOP", 3.7908e25, 0.5e21, 5),
            ("21_588 MWh", 21_588.0, 0.5, 5),
            ("-1.20e-3", -1.2e-3, 0.5e-5, 3),
        ] {
            let written = Written::of(text);
            assert!((written.value / value - 1.0).abs() < 1e-14, "{text}");
            assert!((written.half_digit / half - 1.0).abs() < 1e-12, "{text}");
            assert_eq!(written.digits, digits, "{text}");
        }
        assert_eq!(unit_of("490 to 688 k units"), "k units");
        assert_eq!(unit_of("1 / 2 / 3 MW"), "MW");
        assert_eq!(unit_of("0.5"), "");
    }

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        assert_eq!(significant(142.688, 7), "142.688");
        assert_eq!(significant(3.7908e25, 6), "3.7908e25");
        assert_eq!(significant(0.00012345, 3), "0.000123");
        assert_eq!(significant(-21_588.04, 6), "-21588");
    }

    #[test]
    fn tolerances_have_five_forms() {
        assert_eq!(parse_tolerance("exact"), Some(Tolerance::Exact));
        assert_eq!(parse_tolerance("digits"), Some(Tolerance::Digits));
        assert_eq!(parse_tolerance("0.5 %"), Some(Tolerance::Relative(0.005)));
        assert_eq!(parse_tolerance("5 se"), Some(Tolerance::Errors(5.0)));
        assert_eq!(parse_tolerance("+- 0.003"), Some(Tolerance::Absolute(0.003)));
        assert_eq!(parse_tolerance("roughly"), None);
    }
}
