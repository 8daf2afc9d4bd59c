//! Exact summation of doubles.

/// A sum without rounding: the order of additions and of merges cannot be seen in it.
///
/// The value is kept as partial sums that do not overlap (J. R. Shewchuk, "Adaptive precision
/// floating-point arithmetic and fast robust geometric predicates", Discrete & Computational
/// Geometry 18 (1997), doi:10.1007/PL00009321). Terms and sums must stay finite.
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    /// Increasing in magnitude, none zero, no two with a bit of the same weight.
    partials: Vec<f64>,
}

impl ExactSum {
    /// The empty sum, zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finite term.
    pub fn add(&mut self, term: f64) {
        debug_assert!(term.is_finite(), "callers keep non-finite terms out");
        let mut carried = term;
        let mut kept = 0;
        for i in 0..self.partials.len() {
            let (sum, error) = two_sum(carried, self.partials[i]);
            if error != 0.0 {
                self.partials[kept] = error;
                kept += 1;
            }
            carried = sum;
        }
        self.partials.truncate(kept);
        if carried != 0.0 {
            self.partials.push(carried);
        }
    }

    /// Adds all of another sum.
    pub fn merge(&mut self, other: &Self) {
        for &partial in &other.partials {
            self.add(partial);
        }
    }

    /// The sum rounded once to the nearest double, ties to even (as Python's `math.fsum`).
    #[expect(clippy::float_cmp, reason = "the question is whether the step is exact")]
    pub fn value(&self) -> f64 {
        let Some((&top, rest)) = self.partials.split_last() else { return 0.0 };
        let mut high = top;
        for (i, &next) in rest.iter().enumerate().rev() {
            let (sum, error) = two_sum(high, next);
            high = sum;
            if error != 0.0 {
                // The rounding went to even on a tie; what lies below may break the tie.
                let below = i.checked_sub(1).map_or(0.0, |j| rest[j]);
                let doubled = 2.0 * error;
                let candidate = high + doubled;
                let same_side = (error < 0.0 && below < 0.0) || (error > 0.0 && below > 0.0);
                if same_side && candidate - high == doubled {
                    high = candidate;
                }
                break;
            }
        }
        high
    }

    /// The sum as a canonical list: its value, the value of what remains, and so on, so that equal
    /// sums give equal lists however they came about. Empty for zero.
    pub fn parts(&self) -> Vec<f64> {
        let mut rest = self.clone();
        let mut parts = Vec::new();
        while !rest.partials.is_empty() {
            let part = rest.value();
            parts.push(part);
            rest.add(-part);
        }
        parts
    }

    /// The sum of a list of parts; `None` if one is not finite.
    pub fn from_parts(parts: &[f64]) -> Option<Self> {
        if !parts.iter().all(|part| part.is_finite()) {
            return None;
        }
        Some(parts.iter().copied().collect())
    }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::new();
        for term in terms {
            sum.add(term);
        }
        sum
    }
}

impl PartialEq for ExactSum {
    /// Whether the exact sums are equal.
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

/// The rounded sum and its error, exactly (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let virtual_b = sum - a;
    let virtual_a = sum - virtual_b;
    (sum, (a - virtual_a) + (b - virtual_b))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact results are what is tested")]
mod tests {
    use super::*;

    /// A small generator, enough to scatter and shuffle.
    struct Noise(u64);
    impl Noise {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            self.0 >> 20
        }
        fn float(&mut self, exponents: u64) -> f64 {
            let exponent = 1023 - exponents / 2 + self.next() % exponents;
            let fraction = (self.next() << 20 ^ self.next()) & ((1 << 52) - 1);
            f64::from_bits((self.next() & 1) << 63 | exponent << 52 | fraction)
        }
        fn shuffle<T>(&mut self, items: &mut [T]) {
            for i in (1..items.len()).rev() {
                items.swap(i, (self.next() % (i as u64 + 1)) as usize);
            }
        }
    }

    #[test]
    fn known_sums_round_once() {
        let sum = |terms: &[f64]| terms.iter().copied().collect::<ExactSum>().value();
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum(&[1e16, 1.0, 1e-16]), 10000000000000002.0);
        assert_eq!(sum(&[1e16, 1.0]), 1e16);
        assert_eq!(sum(&[9007199254740992.0, -0.5, -f64::MIN_POSITIVE]), 9007199254740991.0);
        assert_eq!(sum(&[9007199254740992.0, -0.5]), 9007199254740992.0);
    }

    #[test]
    fn order_and_merge_tree_cannot_be_seen() {
        let mut noise = Noise(1);
        for exponents in [4, 60, 1000] {
            let mut terms: Vec<f64> = (0..500).map(|_| noise.float(exponents)).collect();
            // Huge cancellation: most terms come back with the other sign.
            let negated: Vec<f64> = terms[..450].iter().map(|x| -x).collect();
            terms.extend(negated);
            let expected: ExactSum = terms.iter().copied().collect();
            let parts = expected.parts();
            for round in 0..20 {
                noise.shuffle(&mut terms);
                let mut pieces: Vec<ExactSum> = terms
                    .chunks(7 + 13 * round)
                    .map(|chunk| chunk.iter().copied().collect())
                    .collect();
                while pieces.len() > 1 {
                    let at = noise.next() as usize % pieces.len();
                    let piece = pieces.swap_remove(at);
                    let into = noise.next() as usize % pieces.len();
                    pieces[into].merge(&piece);
                }
                let bits = |parts: &[f64]| parts.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&pieces[0].parts()), bits(&parts));
                assert_eq!(pieces[0].value().to_bits(), expected.value().to_bits());
                assert_eq!(pieces[0], expected);
            }
            assert_eq!(parts[0], expected.value());
            assert_eq!(ExactSum::from_parts(&parts).unwrap().parts(), parts);
        }
    }

    #[test]
    fn everything_cancels_to_an_empty_list() {
        let mut noise = Noise(5);
        let terms: Vec<f64> = (0..300).map(|_| noise.float(600)).collect();
        let mut sum: ExactSum = terms.iter().copied().collect();
        for term in &terms {
            sum.add(-term);
        }
        assert_eq!(sum.parts(), Vec::<f64>::new());
        assert_eq!(sum, ExactSum::new());
        assert!(ExactSum::from_parts(&[1.0, f64::NAN]).is_none());
    }

    #[test]
    #[should_panic(expected = "non-finite")]
    #[cfg(debug_assertions)]
    fn non_finite_terms_are_a_bug() {
        ExactSum::new().add(f64::INFINITY);
    }
}
