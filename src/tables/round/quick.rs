//! Numbers of a usual size as text, by arithmetic: a run shows some fifty thousand. What could come out
//! otherwise than by all digits of the number is left to those who format it.

/// Power of ten of the first of [`POWERS`].
const LEAST: i32 = -9;
/// Powers of ten. A number has the power of the largest that it is not below, also where that is
/// no power of ten but the double next to it: its shortest text is the power then.
const POWERS: [f64; 36] = [
    1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23,
    1e24, 1e25, 1e26,
];
/// Numbers from here on are not written here.
const LARGEST: f64 = 1e14;
/// Smaller ones may be written with an exponent.
const SMALLEST_PLAIN: f64 = 1e-4;
/// Most decimals that are written here, so that all digits fit into 64 bits.
const MOST_DECIMALS: i32 = 15;
/// What arithmetic may be off by, in units of the last digit, for as many of these as follow.
const DOUBT: f64 = 1e-5;
const MOST_UNITS: f64 = 1e9;

/// The power of ten of the first digit of a positive number; none out of the table.
pub(super) fn exponent(size: f64) -> Option<i32> {
    let below = POWERS.partition_point(|&power| power <= size);
    let inside = (1..POWERS.len()).contains(&below);
    inside.then(|| LEAST + below as i32 - 1)
}

/// As [`super::digits`], if arithmetic can tell.
pub(super) fn digits(value: f64, significant: usize, most_decimals: usize) -> Option<String> {
    let size = value.abs();
    let plain = size >= SMALLEST_PLAIN || most_decimals <= MOST_DECIMALS as usize || size == 0.0;
    // Not a number is not below anything.
    let usual = size < LARGEST && plain && (1..=15).contains(&significant);
    if !usual {
        return None;
    }
    let power = if size == 0.0 { 0 } else { exponent(size)? };
    let natural = significant as i32 - 1 - power;
    let most = most_decimals.min(MOST_DECIMALS as usize) as i32;
    let mut decimals = natural.clamp(0, most);
    // Units of the last digit that is told: a decimal, or a ten or hundred of a large number.
    let last = natural.min(decimals);
    let units = if last < 0 { size / power_of_ten(-last)? } else { size * power_of_ten(last)? };
    // Rounded to its significant digits first, it may have moved by half of the last of these.
    let moved = if natural > last { 0.5 / power_of_ten(natural - last)? } else { 0.0 };
    let whole = units as u64;
    let rest = units - whole as f64;
    if units > MOST_UNITS || (rest - 0.5).abs() <= moved + DOUBT {
        return None;
    }
    let mut number = whole + u64::from(rest > 0.5);
    if natural == decimals && natural > 0 && number == 10_u64.pow(significant as u32) {
        // 9.996 is 10.0.
        number /= 10;
        decimals -= 1;
    }
    if last < 0 {
        number *= 10_u64.pow(last.unsigned_abs());
    }
    Some(text(value < 0.0, number, decimals as usize))
}

/// 10 to a power from 0 on, as far as it is exact.
fn power_of_ten(power: i32) -> Option<f64> {
    const EXACT: i32 = 22;
    let at = usize::try_from(power - LEAST).ok().filter(|_| (0..=EXACT).contains(&power))?;
    POWERS.get(at).copied()
}

/// A number of so many decimals, its thousands grouped; no sign on a zero.
fn text(negative: bool, number: u64, decimals: usize) -> String {
    // Twenty digits, six commas, point and sign.
    let mut bytes = [0_u8; 32];
    let mut start = bytes.len();
    let mut put = |byte: u8| {
        start -= 1;
        bytes[start] = byte;
    };
    let (mut rest, mut written) = (number, 0);
    while rest > 0 || written <= decimals {
        if written == decimals && decimals > 0 {
            put(b'.');
        } else if written > decimals && (written - decimals).is_multiple_of(3) {
            put(b',');
        }
        put(b'0' + (rest % 10) as u8);
        rest /= 10;
        written += 1;
    }
    if negative && number > 0 {
        put(b'-');
    }
    String::from_utf8_lossy(&bytes[start..]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{digits_by_format, exponent as by_format};
    use super::*;

    /// Numbers of all sizes, among them those next to a change of digits.
    fn numbers() -> impl Iterator<Item = f64> {
        let near = [1.0, 1.004_999, 1.005, 1.25, 2.5, 9.949, 9.95, 9.995, 9.996, 9.999_999, 0.125];
        let sizes = -12..28;
        let shapes = (0..400_u32).map(|i| 1.0 + 9.0 * f64::from(i * 7919 % 4001) / 4001.0);
        let shapes: Vec<f64> = near.into_iter().chain(shapes).collect();
        sizes.flat_map(move |power| {
            let ten: f64 = format!("1e{power}").parse().unwrap();
            let exact = [ten, ten.next_down(), ten.next_up(), -ten, 0.5 * ten];
            let scaled: Vec<f64> = shapes.iter().flat_map(|x| [x * ten, -x * ten]).collect();
            exact.into_iter().chain(scaled)
        })
    }

    #[test]
    fn arithmetic_writes_what_formats_write() {
        let (mut quick, mut all) = (0, 0);
        for value in numbers().chain([0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]) {
            for (significant, most) in
                [(3, usize::MAX), (3, 15), (3, 4), (2, 3), (2, 0), (1, 1), (15, 0), (15, 2), (2, 1)]
            {
                let expected = digits_by_format(value, significant, most);
                all += 1;
                if let Some(text) = digits(value, significant, most) {
                    assert_eq!(text, expected, "{value:e} {significant} {most}");
                    quick += 1;
                }
            }
        }
        // Most numbers of this test are of an unusual size.
        assert!(quick * 2 > all, "{quick} of {all}");
    }

    #[test]
    fn usual_numbers_are_quick() {
        for (value, significant, most, expected) in [
            (1234.5678, 3, 2, "1,230"),
            (0.512_34, 3, 4, "0.512"),
            (9.996, 3, usize::MAX, "10.0"),
            (-1_234_567.0, 3, 0, "-1,230,000"),
            (71.234, 15, 1, "71.2"),
            (0.0, 2, 1, "0.0"),
            (-0.003, 2, 1, "0.0"),
            (999.6, 3, 9, "1,000"),
        ] {
            assert_eq!(digits(value, significant, most).as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn powers_are_those_of_the_shortest_text() {
        for value in numbers().filter(|value| *value > 0.0) {
            let shown = format!("{value:e}");
            let expected = shown.split_once('e').and_then(|(_, power)| power.parse().ok());
            assert_eq!(by_format(value), expected, "{value:e}");
            assert!(exponent(value).is_none() || exponent(value) == expected, "{value:e}");
        }
        assert_eq!(exponent(0.0), None);
        assert_eq!(exponent(1e300), None);
    }
}
