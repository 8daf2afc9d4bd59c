//! Sums over vintages for several quarters at once. What was bought by now enters each later quarter's sum
//! too, with another weight: so it is read once for all of them. Such columns come from the second cache,
//! and reading them costs more than the arithmetic.

use super::{Block, Col};
use crate::units::typed::{Ratio, Scalar};
use crate::vector::prefetch;

/// Quarters whose sums are begun together.
pub const AHEAD: usize = 4;

/// Draws whose sums of all these quarters stay in registers.
const ROW: usize = 16;

/// Values of one column in a row.
type Row = [f64; ROW];

impl Block {
    /// The sums of the next four quarters, each in the order of its terms, n values being known; `first`, a
    /// value with its weight in each quarter, may be left out. [`Self::add_since`] adds what joins later.
    ///
    /// ```text
    /// outs[k] = first · weight_k + Σ_v values[v] · weights[n − 1 − v + k],  k = 0..3
    /// ```
    #[inline(always)]
    pub fn sums_ahead<Q: Scalar>(
        &mut self,
        outs: [Col<Q>; AHEAD],
        first: Option<(Col<Q>, [Col<Ratio>; AHEAD])>,
        values: &[Col<Q>],
        weights: &[Col<Ratio>],
    ) {
        let n = values.len();
        let rows = self.tiles * (super::TILE / ROW);
        for row in 0..rows {
            // Variables and one loop, not an array of sums: only these stay in registers.
            let (mut s0, mut s1, mut s2, mut s3) = ([0.0; ROW], [0.0; ROW], [0.0; ROW], [0.0; ROW]);
            if let Some((value, weights)) = first {
                let value = self.row(value, row);
                let [w0, w1, w2, w3] = weights.map(|weight| self.row(weight, row));
                for lane in 0..ROW {
                    let x = value[lane];
                    s0[lane] += x * w0[lane];
                    s1[lane] += x * w1[lane];
                    s2[lane] += x * w2[lane];
                    s3[lane] += x * w3[lane];
                }
            }
            if n > 0 {
                // Not an array that is taken apart: that goes through memory.
                let weight = |k: usize| *self.row(weights[n - 1 + k], row);
                let (mut w0, mut w1, mut w2, mut w3) = (weight(0), weight(1), weight(2), weight(3));
                for (v, &value) in values.iter().enumerate() {
                    // Columns are visited row by row: that is no stream which the processor sees ahead.
                    prefetch(self.row(value, (row + 1).min(rows - 1)));
                    let value = self.row(value, row);
                    let next = self.row(weights[(n - 1 - v).saturating_sub(1)], row);
                    for lane in 0..ROW {
                        let x = value[lane];
                        s0[lane] += x * w0[lane];
                        s1[lane] += x * w1[lane];
                        s2[lane] += x * w2[lane];
                        s3[lane] += x * w3[lane];
                    }
                    // The next one is a quarter younger each time.
                    (w3, w2, w1, w0) = (w2, w1, w0, *next);
                }
            }
            for (out, sum) in outs.into_iter().zip([s0, s1, s2, s3]) {
                self.columns[out.index].rows_mut()[row] = sum;
            }
        }
    }

    #[inline(always)]
    fn row<Q>(&self, column: Col<Q>, row: usize) -> &Row {
        &self.columns[column.index].rows()[row]
    }

    /// A sum that [`Self::sums_ahead`] has begun so many quarters ago, with the n values that have joined since,
    /// at most three, times a share.
    ///
    /// ```text
    /// out = (begun + Σ_v values[v] · weights[n − 1 − v]) · share
    /// ```
    #[inline(always)]
    pub fn add_since<Q: Scalar>(
        &mut self,
        out: Col<Q>,
        begun: Col<Q>,
        values: &[Col<Q>],
        weights: &[Col<Ratio>],
        share: Col<Ratio>,
    ) {
        match *values {
            [] => self.map2(out, begun, share, kept),
            [a] => self.map4(out, begun, a, weights[0], share, since_one),
            [a, b] => self.map6(out, begun, a, weights[1], b, weights[0], share, since_two),
            [a, b, c, ..] => {
                let [w, x, y] = [weights[2], weights[1], weights[0]];
                self.map8(out, begun, a, w, b, x, c, y, share, since_three);
            }
        }
    }
}

#[inline(always)]
fn kept<Q: Scalar>(sum: Q, share: Ratio) -> Q {
    Q::new(sum.get() * share.get())
}

#[inline(always)]
fn plus_product<Q: Scalar>(sum: Q, value: Q, weight: Ratio) -> Q {
    Q::new(sum.get() + value.get() * weight.get())
}

#[inline(always)]
fn since_one<Q: Scalar>(sum: Q, a: Q, w: Ratio, share: Ratio) -> Q {
    kept(plus_product(sum, a, w), share)
}

#[inline(always)]
fn since_two<Q: Scalar>(sum: Q, a: Q, w: Ratio, b: Q, x: Ratio, share: Ratio) -> Q {
    since_one(plus_product(sum, a, w), b, x, share)
}

#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "one for each column")]
fn since_three<Q: Scalar>(
    sum: Q,
    a: Q,
    w: Ratio,
    b: Q,
    x: Ratio,
    c: Q,
    y: Ratio,
    share: Ratio,
) -> Q {
    since_two(plus_product(sum, a, w), b, x, c, y, share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::typed::Chips;

    /// The sum of a quarter with all its vintages, in order.
    fn whole(
        block: &Block,
        draw: usize,
        first: Option<(usize, usize)>,
        terms: &[(usize, usize)],
    ) -> f64 {
        let at = |column: usize| block.column(column).as_slice()[draw];
        first.iter().chain(terms).fold(0.0, |sum, &(value, weight)| sum + at(value) * at(weight))
    }

    #[test]
    fn sums_begun_ahead_are_to_the_bit_those_of_the_quarter() {
        const QUARTERS: usize = 11;
        let values: Vec<Col<Chips>> = (0..QUARTERS).map(Col::at).collect();
        let weights: Vec<Col<Ratio>> = (20..20 + QUARTERS + AHEAD).map(Col::at).collect();
        let (first, share) = (Col::<Chips>::at(40), Col::<Ratio>::at(41));
        let of_first: [Col<Ratio>; AHEAD] = std::array::from_fn(|k| Col::at(42 + k));
        let outs: [Col<Chips>; AHEAD] = std::array::from_fn(|k| Col::at(50 + k));
        let out = Col::<Chips>::at(60);
        let mut block = Block::new(61, 2);
        for column in 0..50 {
            for (draw, x) in block.column_mut(column).as_mut_slice().iter_mut().enumerate() {
                *x = 1.0 / (1.0 + (column * 131 + draw * 7) as f64);
            }
        }
        for start in [0, 1, 4, 7] {
            for given in [None, Some((first, of_first))] {
                block.sums_ahead(outs, given, &values[..start], &weights);
                for (k, &begun) in outs.iter().enumerate() {
                    block.add_since(out, begun, &values[start..start + k], &weights, share);
                    let n = start + k;
                    let terms: Vec<(usize, usize)> =
                        (0..n).map(|v| (values[v].index, weights[n - 1 - v].index)).collect();
                    let given = given.map(|(value, weights)| (value.index, weights[k].index));
                    for draw in 0..128 {
                        let share = block.column(share.index).as_slice()[draw];
                        let expected = whole(&block, draw, given, &terms) * share;
                        let found = block.column(out.index).as_slice()[draw];
                        assert_eq!(found.to_bits(), expected.to_bits(), "{start} {k} {draw}");
                    }
                }
            }
        }
    }
}
