//! Numbers for people: one unit for a table or row, and as many digits as the error supports.

mod quick;

use crate::results::Interval;
use crate::units::{QUANTITIES, Quantity, Scale, plural, scale_for};

/// How people see the numbers of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Show {
    /// The shown unit.
    pub scale: Scale,
    /// Monte Carlo error of the value in the canonical unit (half of an interval or a standard
    /// error); 0 for what is exact, not a number if it is not known.
    pub error: f64,
}

impl Show {
    /// A percentile in this unit.
    pub fn interval(scale: Scale, interval: Interval) -> Self {
        Self { scale, error: 0.5 * (interval.high - interval.low) }
    }

    /// The value in the shown unit, without the unit's name.
    pub fn text(self, canonical: f64) -> String {
        rounded(self.scale.apply(canonical), self.scale.apply(self.error))
    }
}

/// The quantity that is computed in this unit; ratios for pure numbers.
pub fn quantity_of(unit: &str) -> Quantity {
    let known = QUANTITIES.iter().find(|decl| decl.canonical == unit);
    known.map_or(Quantity::Ratio, |decl| decl.quantity)
}

/// The unit for values that belong together: where the largest is at least one, unless the smallest
/// would then start with two zeros and the largest still fits into five digits of the next unit.
pub fn scale_of(unit: &str, values: impl IntoIterator<Item = f64>) -> Scale {
    let quantity = quantity_of(unit);
    if quantity.canonical_unit() != unit {
        // A unit that no quantity has is shown as it is: the caller has its name.
        return Scale { factor: 1.0, unit: "" };
    }
    let (mut least, mut most) = (f64::INFINITY, 0.0);
    for size in values.into_iter().map(f64::abs).filter(|x| x.is_finite() && *x > 0.0) {
        least = size.min(least);
        most = size.max(most);
    }
    let large = scale_for(most, quantity);
    let small = scale_for(least, quantity);
    let better = large.apply(least) < 0.095 && small.apply(most) < 99_999.0;
    if least.is_finite() && better { small } else { large }
}

/// A number with its unit's digits: three if its error is below one percent, else two; none that
/// the error hides.
pub(super) fn rounded(value: f64, error: f64) -> String {
    if error == 0.0 {
        return trimmed(&digits(value, 3, usize::MAX));
    }
    let precise = error.is_nan() || error.abs() <= 0.01 * value.abs();
    digits(value, if precise { 3 } else { 2 }, decimals_of(error))
}

/// Median with its 5th and 95th percentile, to a resolution of a few percent: `0.51 (0.34–0.71)`.
pub(super) fn median_and_range(median: f64, low: f64, high: f64, error: f64) -> String {
    if !median.is_finite() {
        return "n/a".to_owned();
    }
    let most = decimals_of(error).min(resolution(median));
    let [median, low, high] = [median, low, high].map(|x| {
        let significant = if leading(x) == '1' { 3 } else { 2 };
        digits(x, significant, most)
    });
    if low == high {
        return trimmed(&median);
    }
    let to = if low.starts_with('-') { " to " } else { "–" };
    format!("{median} ({low}{to}{high})")
}

/// A share of one in percent: `71 %`, `0.3 %`, `< 0.1 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", percent_number(share))
}

/// A share with its interval, in percent without the sign: `71.2 (70.9–71.5)`.
pub fn percent_range(interval: Interval) -> String {
    if !interval.value.is_finite() {
        return "n/a".to_owned();
    }
    let error = 50.0 * (interval.high - interval.low);
    let most = decimals_of(error).saturating_sub(1).min(2);
    let [value, low, high] =
        [interval.value, interval.low, interval.high].map(|share| digits(100.0 * share, 15, most));
    format!("{value} ({low}–{high})")
}

fn percent_number(share: f64) -> String {
    let percent = 100.0 * share;
    match percent.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.1 => "< 0.1".to_owned(),
        size if size < 0.95 => digits(percent, 1, 1),
        _ => digits(percent, 15, 0),
    }
}

/// Decimals of a number that is shown with two significant digits, three after a leading 1.
fn resolution(value: f64) -> usize {
    // Rounded as it will be shown, so that 0.996 counts as 1.00 and 99.6 as 100.
    let shown = format!("{value:.1e}");
    let more = i32::from(leading(value) == '1');
    let power = shown.split_once('e').and_then(|(_, power)| power.parse::<i32>().ok());
    power.map_or(2, |power| usize::try_from(1 + more - power).unwrap_or(0))
}

/// Decimals beyond which an error hides everything: one digit of the error itself is kept, and one
/// more so that rounding does not add to it.
fn decimals_of(error: f64) -> usize {
    exponent(error).map_or(usize::MAX, |e| usize::try_from(1 - e).unwrap_or(0))
}

/// The power of ten of the first digit; none for zero and what is not finite.
fn exponent(value: f64) -> Option<i32> {
    if value == 0.0 || !value.is_finite() {
        return None;
    }
    quick::exponent(value.abs()).or_else(|| format!("{value:e}").split_once('e')?.1.parse().ok())
}

fn leading(value: f64) -> char {
    format!("{:.1e}", value.abs()).chars().next().unwrap_or('0')
}

/// A number with so many significant digits and at most so many decimals; thousands are grouped.
/// With an exponent where that would be long.
fn digits(value: f64, significant: usize, most_decimals: usize) -> String {
    quick::digits(value, significant, most_decimals)
        .unwrap_or_else(|| digits_by_format(value, significant, most_decimals))
}

/// The same for every number: also for those that lie so near the middle of two that only all their
/// digits tell which is nearer.
fn digits_by_format(value: f64, significant: usize, most_decimals: usize) -> String {
    if value.is_nan() {
        return "n/a".to_owned();
    }
    let shown = format!("{value:.*e}", significant.saturating_sub(1));
    let Some((mantissa, power)) = shown.split_once('e') else {
        return shown; // infinite
    };
    let power: i32 = power.parse().unwrap_or(0);
    if power >= 15 || (power < -5 && most_decimals > 15) {
        return format!("{mantissa}e{power}");
    }
    let decimals = significant as i32 - 1 - power;
    let decimals = usize::try_from(decimals).unwrap_or(0).min(most_decimals).min(15);
    // Parsed back, so that 123,456 with three digits is 123,000.
    let rounded: f64 = shown.parse().unwrap_or(value);
    grouped(&format!("{rounded:.decimals$}"))
}

/// A count with its noun: `1 draw`, `2,000 draws`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{} {}", grouped(&count.to_string()), plural(count, noun))
}

/// Commas between thousands; no sign on a zero.
pub(super) fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let sign = if rest.bytes().any(|b| b.is_ascii_digit() && b != b'0') { sign } else { "" };
    let (whole, fraction) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(fraction);
    out
}

fn trimmed(number: &str) -> String {
    let plain = number.contains('.') && !number.contains('e');
    if plain { number.trim_end_matches('0').trim_end_matches('.') } else { number }.to_owned()
}

/// A number with its sign and error, to the first digit of the error, or two if that is a 1.
pub(super) fn signed(value: f64, error: f64) -> String {
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    let digits = error_decimals(error);
    let shown = at_error(value, error);
    let sign = if shown.starts_with('-') || value == 0.0 { "" } else { "+" };
    if error > 0.0 { format!("{sign}{shown}±{error:.digits$}") } else { format!("{sign}{shown}") }
}

/// A number to the digits of its error.
pub(super) fn at_error(value: f64, error: f64) -> String {
    let digits = error_decimals(error);
    grouped(&format!("{value:.digits$}"))
}

/// Decimals up to the first digit of an error, or to the second if the first is a 1.
fn error_decimals(error: f64) -> usize {
    if error.is_nan() || error <= 0.0 {
        return 2;
    }
    let shown = format!("{error:.1e}");
    let power = shown.split_once('e').and_then(|(_, power)| power.parse::<i32>().ok()).unwrap_or(0);
    let more = i32::from(shown.starts_with('1'));
    usize::try_from(more - power).unwrap_or(0).min(6)
}

/// Words on one line, without characters that a terminal would act on.
pub(super) fn text_of(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_error() {
        let cases = [
            (0.51234, 0.002, "0.512"),
            (0.51234, 0.02, "0.51"),
            (0.51234, f64::NAN, "0.512"),
            (0.5, 0.02, "0.50"),
            (0.003, 0.5, "0.00"),
            (-0.003, 0.5, "0.00"),
            (1234.56, 1.0, "1,230"),
            (1_234_567.0, 100.0, "1,230,000"),
            (1250.0, 0.0, "1,250"),
            (2.0, 0.0, "2"),
            (0.0, 0.0, "0"),
            (0.0, 0.1, "0.0"),
            (99.96, 0.1, "100"),
            (3.8e26, 1e24, "3.80e26"),
            (f64::NAN, 0.1, "n/a"),
            (f64::INFINITY, 0.1, "inf"),
            (-12.34, 0.01, "-12.3"),
        ];
        for (value, error, expected) in cases {
            assert_eq!(rounded(value, error), expected, "{value} {error}");
        }
    }

    #[test]
    fn a_range_takes_the_decimals_of_its_median() {
        let cases = [
            ((0.5123, 0.3412, 0.7099, 0.002), "0.51 (0.34–0.71)"),
            ((9.64, 4.53, 31.2, 0.02), "9.6 (4.5–31)"),
            ((12.34, 4.56, 31.2, 0.02), "12.3 (4.6–31)"),
            ((123.4, 45.6, 312.0, 0.02), "123 (46–310)"),
            ((1234.0, 820.0, 1912.0, 2.0), "1,230 (820–1,910)"),
            ((-3.3, -12.0, 20.0, 0.1), "-3.3 (-12.0 to 20)"),
            ((0.004, -12.0, 20.0, 0.5), "0.00 (-12.0 to 20)"),
            ((2.0, 2.0, 2.0, 0.0), "2"),
            ((99.6, 43.0, 230.0, 0.1), "100 (43–230)"),
            ((0.0, 0.0, 0.0, 0.0), "0"),
            ((0.997, 0.5, 1.5, 0.001), "1.00 (0.50–1.50)"),
            ((f64::NAN, 0.0, 0.0, 0.0), "n/a"),
        ];
        for ((median, low, high, error), expected) in cases {
            assert_eq!(median_and_range(median, low, high, error), expected);
        }
    }

    #[test]
    fn shares_are_percentages() {
        let cases =
            [(0.0, "0 %"), (0.0004, "< 0.1 %"), (0.003, "0.3 %"), (0.712, "71 %"), (1.0, "100 %")];
        for (share, expected) in cases {
            assert_eq!(percent(share), expected);
        }
        let interval = Interval { value: 0.7123, low: 0.7093, high: 0.7151 };
        assert_eq!(percent_range(interval), "71.2 (70.9–71.5)");
        let few = Interval { value: 0.7, low: 0.4, high: 0.9 };
        assert_eq!(percent_range(few), "70 (40–90)");
    }

    #[test]
    fn one_unit_serves_all_values_of_a_row() {
        let unit = |unit: &str, values: &[f64]| scale_of(unit, values.iter().copied()).unit;
        assert_eq!(unit("MW", &[310.0, 12_000.0]), "GW");
        assert_eq!(unit("MW", &[31.0, 12_000.0]), "MW");
        assert_eq!(unit("MW", &[31.0, 1_200_000.0]), "TW");
        assert_eq!(unit("H100e", &[2.6e5, 4e7]), "M H100e");
        assert_eq!(unit("B USD", &[0.4, 30.0]), "B USD");
        assert_eq!(unit("B USD", &[-0.4, f64::NAN, 0.0]), "M USD");
        assert_eq!(unit("MW", &[]), "MW");
        assert_eq!(unit("bananas", &[2.0]), "");
        assert_eq!(quantity_of("MWh"), Quantity::Energy);
    }

    #[test]
    fn words_are_safe_on_a_terminal() {
        assert_eq!(text_of("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }
}
