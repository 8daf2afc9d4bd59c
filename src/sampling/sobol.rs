//! Sobol points with nested scrambling, addressed: a point depends on its number, the replicate and
//! the number and name of its dimension only.
//!
//! The digits of point i are the exclusive or of the direction numbers at the ones of i (I. M. Sobol
//! 1967), with those of Joe and Kuo 2008 (doi:10.1137/070709359). The scrambling is that of Owen (A. B.
//! Owen 1995, doi:10.1007/978-1-4612-2552-2_19): a digit is flipped or not by a random bit that depends on all
//! digits above it. The bits come from a hash in which each bit depends on itself and on lower ones only,
//! run on the digits in reverse order (S. Laine and T. Karras 2011, doi:10.1111/j.1467-8659.2011.01980.x;
//! B. Burley 2020, jcgt.org/published/0009/04/01), here of 64 bits and with four keyed words for each
//! dimension and replicate.

use std::sync::OnceLock;

use crate::vector::philox4x32_10;

/// Parameters of the dimensions from the second on.
const JOE_KUO: &str = include_str!("data/new-joe-kuo-6.2048");
/// Dimensions for which there are direction numbers.
pub const SOBOL_DIMENSIONS: usize = 2048;
/// Binary digits of a point's number: more points than any run has.
const COLUMNS: usize = 48;
/// Scramblings of the same points, side by side: lane r has replicate r.
pub const REPLICATES: usize = 16;

/// The digits that each binary digit of a point's number contributes, the first digit lowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directions([u64; COLUMNS]);

impl Directions {
    /// The direction numbers of a dimension, counted from 0; from [`SOBOL_DIMENSIONS`] on they start
    /// again.
    pub fn new(dimension: usize) -> Self {
        let mut columns = [0; COLUMNS];
        for (column, value) in columns.iter_mut().enumerate() {
            // The van der Corput sequence.
            *value = 1 << (u64::BITS as usize - 1 - column);
        }
        let dimension = dimension % SOBOL_DIMENSIONS;
        if let Some((a, first)) = dimension.checked_sub(1).and_then(parameters) {
            let degree = first.len();
            for (column, m) in first.iter().enumerate() {
                columns[column] = m << (u64::BITS as usize - 1 - column);
            }
            for column in degree..COLUMNS {
                let mut value = columns[column - degree] ^ columns[column - degree] >> degree;
                for k in 1..degree {
                    if a >> (degree - 1 - k) & 1 == 1 {
                        value ^= columns[column - k];
                    }
                }
                columns[column] = value;
            }
        }
        Self(columns.map(u64::reverse_bits))
    }

    /// The digits of a point, the first digit lowest.
    #[inline(always)]
    pub fn digits(&self, point: u64) -> u64 {
        let used = (u64::BITS - point.leading_zeros()) as usize;
        let mut digits = 0;
        for (column, value) in self.0[..used.min(COLUMNS)].iter().enumerate() {
            digits ^= value & (point >> column & 1).wrapping_neg();
        }
        digits
    }

    /// The coordinate of a point without scrambling, in 0..1.
    pub fn plain(&self, point: u64) -> f64 {
        // 53 digits are exact; no run comes to the others.
        (self.digits(point).reverse_bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The polynomial and the first direction numbers of a dimension, the second dimension being 0.
fn parameters(dimension: usize) -> Option<(u64, Vec<u64>)> {
    static LINES: OnceLock<Vec<&str>> = OnceLock::new();
    let lines =
        LINES.get_or_init(|| JOE_KUO.lines().filter(|line| !line.starts_with('#')).collect());
    let mut numbers = lines.get(dimension)?.split_whitespace().skip(2).map(str::parse);
    let a = numbers.next()?.ok()?;
    Some((a, numbers.map_while(Result::ok).collect()))
}

/// The scramblings of one dimension, one for each replicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrambling {
    words: [[u64; REPLICATES]; 4],
}

impl Scrambling {
    /// The scramblings under a key.
    #[expect(clippy::needless_range_loop, reason = "two words of each replicate are set")]
    pub fn new(key: u64) -> Self {
        let mut words = [[0; REPLICATES]; 4];
        for replicate in 0..REPLICATES {
            for half in 0..2 {
                let counter = [replicate as u32, half as u32, 0, 0];
                let [a, b, c, d] = philox4x32_10(counter, [key as u32, (key >> 32) as u32]);
                words[2 * half][replicate] = u64::from(a) | u64::from(b) << 32;
                words[2 * half + 1][replicate] = u64::from(c) | u64::from(d) << 32;
            }
        }
        Self { words }
    }

    /// The random word of each replicate for the digits of a point, the first digit highest.
    #[inline(always)]
    pub fn scramble(&self, digits: u64, out: &mut [u64; REPLICATES]) {
        let [shift, factor, shift_again, factor_again] = &self.words;
        for replicate in 0..REPLICATES {
            let mut x = digits.wrapping_add(shift[replicate]);
            x = x.wrapping_mul(factor[replicate] | 1);
            x ^= x.wrapping_mul(EVEN_1);
            x = x.wrapping_add(shift_again[replicate]);
            x = x.wrapping_mul(factor_again[replicate] | 1);
            x ^= x.wrapping_mul(EVEN_2);
            out[replicate] = x.reverse_bits();
        }
    }
}

/// Even factors: with them `x ^ x·c` has an inverse, and a bit depends on lower ones only.
const EVEN_1: u64 = 0xd9b4_2b4f_6c50_b47c;
const EVEN_2: u64 = 0x9c1a_6d3e_b82f_1e52;

/// A random order of points in which each power of two of them, from the first on, comes before the
/// next: the first 2^k points in this order are the first 2^k points.
///
/// Within 2^k..2^(k+1) the lower k bits go through a keyed bijection. So two groups of dimensions with
/// orders of their own have nothing to do with each other (Latin supercube sampling, A. B. Owen 1998,
/// doi:10.1145/272991.273010), and a run can be made longer without moving its points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    key: [u32; 2],
    /// A factor and a summand by turns for each round, for each k.
    rounds: Vec<[u64; 2 * ROUNDS]>,
}

impl Order {
    /// The order under a key.
    pub fn new(key: u64) -> Self {
        let key = [key as u32, (key >> 32) as u32];
        let round = |bits: usize| {
            let mut words = [0; 2 * ROUNDS];
            for (at, pair) in words.chunks_exact_mut(2).enumerate() {
                let [a, b, c, d] = philox4x32_10([bits as u32, at as u32, 1, 0], key);
                pair[0] = (u64::from(a) | u64::from(b) << 32) | 1;
                pair[1] = u64::from(c) | u64::from(d) << 32;
            }
            words
        };
        Self { key, rounds: (0..COLUMNS).map(round).collect() }
    }

    /// The point that comes at a place.
    #[inline(always)]
    pub fn point(&self, place: u64) -> u64 {
        if place < 2 {
            return place;
        }
        let bits = u64::BITS - 1 - place.leading_zeros();
        let Some(words) = self.rounds.get(bits as usize) else { return place };
        1 << bits | shuffled(place, bits, words)
    }

    /// What it was made from.
    pub fn key(&self) -> [u32; 2] {
        self.key
    }
}

/// Rounds of a bijection. With four of them one pair of bijections of seven bits in 10^8 was alike.
pub(super) const ROUNDS: usize = 8;

/// A bijection of the numbers of so many bits: products with odd factors carry upward, shifts bring it
/// down again.
#[inline(always)]
pub(super) fn shuffled(x: u64, bits: u32, words: &[u64; 2 * ROUNDS]) -> u64 {
    let mask = (1_u64 << bits) - 1;
    let down = bits.div_ceil(2).max(1);
    let mut x = x & mask;
    for pair in words.as_chunks::<2>().0 {
        x = x.wrapping_add(pair[1]) & mask;
        x = x.wrapping_mul(pair[0]) & mask;
        x ^= x >> down;
        x ^= x >> (down / 2 + 1);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::uniform_from_bits;

    /// Known points of Joe and Kuo's generator in four dimensions.
    #[test]
    fn the_first_points_are_those_of_joe_and_kuo() {
        let known = [
            [0.0, 0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25, 0.25],
            [0.25, 0.75, 0.75, 0.75],
            [0.375, 0.375, 0.625, 0.875],
            [0.875, 0.875, 0.125, 0.375],
            [0.625, 0.125, 0.875, 0.625],
            [0.125, 0.625, 0.375, 0.125],
        ];
        let directions: Vec<Directions> = (0..4).map(Directions::new).collect();
        for (number, expected) in known.iter().enumerate() {
            // They come in the order of a Gray code.
            let point = (number ^ number >> 1) as u64;
            let found: Vec<f64> = directions.iter().map(|d| d.plain(point)).collect();
            assert_eq!(found, expected, "{number}");
        }
    }

    #[test]
    fn direction_numbers_are_odd_and_below_their_power_of_two() {
        for dimension in 0..SOBOL_DIMENSIONS {
            let Directions(columns) = Directions::new(dimension);
            for (column, value) in columns.iter().enumerate() {
                // Digit `column` is the last one: the matrix is triangular with ones in its diagonal.
                assert_eq!(u64::BITS - 1 - value.leading_zeros(), column as u32, "{dimension}");
            }
        }
    }

    #[test]
    fn every_power_of_two_of_points_has_one_in_each_interval_of_each_axis() {
        for dimension in [0, 1, 5, 77, 1000, SOBOL_DIMENSIONS - 1] {
            let directions = Directions::new(dimension);
            let scrambling = Scrambling::new(dimension as u64 + 9);
            let order = Order::new(3);
            for bits in [0, 1, 4, 9, 12] {
                let n = 1_usize << bits;
                let mut plain = vec![0; n];
                let mut scrambled = vec![[0; REPLICATES]; n];
                for point in 0..n as u64 {
                    plain[(directions.plain(point) * n as f64) as usize] += 1;
                    let mut words = [0; REPLICATES];
                    scrambling.scramble(directions.digits(order.point(point)), &mut words);
                    for (replicate, word) in words.iter().enumerate() {
                        scrambled[(uniform_from_bits(*word) * n as f64) as usize][replicate] += 1;
                    }
                }
                assert!(plain.iter().all(|count| *count == 1), "{dimension} {bits}");
                let once = |row: &[i32; REPLICATES]| row.iter().all(|count| *count == 1);
                assert!(scrambled.iter().all(once), "{dimension} {bits}");
            }
        }
    }

    #[test]
    fn an_order_takes_each_power_of_two_of_points_before_the_next() {
        for key in [1, 2, 77] {
            let order = Order::new(key);
            let mut points: Vec<u64> = (0..4096).map(|place| order.point(place)).collect();
            for bits in 0..=12 {
                points[..1 << bits].sort_unstable();
                assert!(points[..1 << bits].iter().enumerate().all(|(at, p)| at as u64 == *p));
            }
        }
        assert_ne!(Order::new(1).point(1000), Order::new(2).point(1000));
        let far = 1 << 40 | 0x3039;
        assert!(Order::new(1).point(far) >> 40 == 1);
    }

    /// What nested scrambling promises of two points: with k leading digits in common and a different
    /// one after them, k agree, the next differs, and those below are as if by chance.
    #[test]
    fn scrambled_digits_nest_and_are_random_below() {
        let designs = 4000_u64;
        for common in [0, 1, 2, 3, 5, 11, 20] {
            let (x, y) = (0x1234_5678_9abc_def0_u64, 0x1234_5678_9abc_def0_u64 ^ 1 << common);
            let mut agree = [0_u32; 64];
            let mut first = [0_u32; 64];
            for design in 0..designs {
                let scrambling = Scrambling::new(design.wrapping_mul(0x9E37_79B9_7F4A_7C15));
                let (mut a, mut b) = ([0; REPLICATES], [0; REPLICATES]);
                scrambling.scramble(x, &mut a);
                scrambling.scramble(y, &mut b);
                for replicate in 0..REPLICATES {
                    for digit in 0..64 {
                        let bit = |word: u64| word >> (63 - digit) & 1;
                        agree[digit] += u32::from(bit(a[replicate]) == bit(b[replicate]));
                        first[digit] += u32::from(bit(a[replicate]) == 1);
                    }
                }
            }
            let n = (designs * REPLICATES as u64) as f64;
            let chance = |count: u32| (f64::from(count) / n - 0.5).abs() < 5.0 * 0.5 / n.sqrt();
            for digit in 0..64 {
                assert!(chance(first[digit]), "digit {digit}: {}", first[digit]);
                match digit.cmp(&common) {
                    std::cmp::Ordering::Less => {
                        assert_eq!(u64::from(agree[digit]), designs * REPLICATES as u64);
                    }
                    std::cmp::Ordering::Equal => assert_eq!(agree[digit], 0),
                    std::cmp::Ordering::Greater => {
                        assert!(chance(agree[digit]), "{common} {digit}: {}", agree[digit]);
                    }
                }
            }
        }
    }
}
