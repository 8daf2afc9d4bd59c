//! A block of draws as columns, and the maps that carry an equation over them.
//!
//! A column holds one value for each draw of the block. An equation is a named function on typed
//! scalars; `block.map2(out, (a, b), equation)` applies it to every draw. The function must be a
//! named `#[inline(always)]` one: it is then compiled once per instruction set inside the
//! module's entry point, and the loop over a tile of 64 draws vectorizes. A closure may stay a
//! call, which is why constants come as the first argument of the `_with` forms instead.

use std::marker::PhantomData;

use crate::units::typed::{Chips, H100e, H100ePerChip, Ratio, Scalar};
use crate::vector::{Column, TILE};

/// The most columns that one map can write.
const MAX_OUTPUTS: usize = 8;

/// A typed handle of a column.
#[derive(Debug)]
pub struct Col<Q> {
    index: usize,
    quantity: PhantomData<fn() -> Q>,
}

impl<Q> Clone for Col<Q> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Q> Copy for Col<Q> {}

impl<Q> Col<Q> {
    pub(crate) fn at(index: usize) -> Self {
        Self { index, quantity: PhantomData }
    }

    /// Position of the column in its block.
    pub fn index(self) -> usize {
        self.index
    }
}

/// The draws of one block as columns.
#[derive(Debug)]
pub struct Block {
    columns: Vec<Column>,
    scratch: [Column; MAX_OUTPUTS],
    tiles: usize,
}

impl Block {
    /// A block of `tiles` times 64 draws with `columns` columns of zeros.
    pub fn new(columns: usize, tiles: usize) -> Self {
        Self {
            columns: (0..columns).map(|_| Column::new(tiles)).collect(),
            scratch: std::array::from_fn(|_| Column::new(tiles)),
            tiles,
        }
    }

    /// Tiles in each column.
    pub fn tiles(&self) -> usize {
        self.tiles
    }

    /// A column by its position.
    pub fn column(&self, index: usize) -> &Column {
        &self.columns[index]
    }

    /// A column by its position, to be written by the sampler or a test.
    pub fn column_mut(&mut self, index: usize) -> &mut Column {
        &mut self.columns[index]
    }

    /// Two columns at once: one to read, one to write.
    pub fn pair(&mut self, read: usize, write: usize) -> (&Column, &mut Column) {
        debug_assert_ne!(read, write);
        if read < write {
            let (low, high) = self.columns.split_at_mut(write);
            (&low[read], &mut high[0])
        } else {
            let (low, high) = self.columns.split_at_mut(read);
            (&high[0], &mut low[write])
        }
    }

    /// Two columns to write, the first before the second.
    pub fn two(&mut self, first: usize, second: usize) -> (&mut Column, &mut Column) {
        debug_assert!(first < second);
        let (low, high) = self.columns.split_at_mut(second);
        (&mut low[first], &mut high[0])
    }

    /// Two columns to read and two to write, for a chain of regimes: all different.
    pub fn regime(
        &mut self,
        choice: usize,
        series: usize,
        state: usize,
        out: usize,
    ) -> ((&Column, &Column), &mut Column, &mut Column) {
        let [choice, series, state, out] = self
            .columns
            .get_disjoint_mut([choice, series, state, out])
            .unwrap_or_else(|_| unreachable!("the plan gives a chain columns of its own"));
        ((choice, series), state, out)
    }

    /// The same value in every draw.
    pub fn fill<Q: Scalar>(&mut self, column: Col<Q>, value: Q) {
        self.columns[column.index].fill(value.get());
    }

    /// Copies one column over another of the same kind.
    #[inline(always)]
    pub fn copy<Q: Scalar>(&mut self, to: Col<Q>, from: Col<Q>) {
        self.map1(to, from, same);
    }

    /// Exchanges two columns: a history moves on by one period without copying.
    pub fn swap<Q: Scalar>(&mut self, a: Col<Q>, b: Col<Q>) {
        self.columns.swap(a.index, b.index);
    }
}

#[inline(always)]
fn same<Q>(x: Q) -> Q {
    x
}

/// One or more columns that a map writes.
pub trait Outputs: Copy {
    /// What the equation gives for one draw.
    type Values;
    /// Runs `equation` for the lanes of one tile into the scratch columns. Results are gathered on
    /// the stack, which overlaps with nothing: the compiler then needs no checks of overlaps, which
    /// cost more than the arithmetic where there are many columns.
    fn tile(
        scratch: &mut [Column; MAX_OUTPUTS],
        tile: usize,
        equation: impl Fn(usize) -> Self::Values,
    );
    /// Exchanges the scratch columns with the written ones.
    fn commit(self, scratch: &mut [Column; MAX_OUTPUTS], columns: &mut [Column]);
}

impl<Q: Scalar> Outputs for Col<Q> {
    type Values = Q;
    #[inline(always)]
    fn tile(
        scratch: &mut [Column; MAX_OUTPUTS],
        tile: usize,
        equation: impl Fn(usize) -> Self::Values,
    ) {
        let mut out = [0.0; TILE];
        for (lane, x) in out.iter_mut().enumerate() {
            *x = equation(lane).get();
        }
        scratch[0].tiles_mut()[tile] = out;
    }
    #[inline(always)]
    fn commit(self, scratch: &mut [Column; MAX_OUTPUTS], columns: &mut [Column]) {
        std::mem::swap(&mut scratch[0], &mut columns[self.index]);
    }
}

macro_rules! outputs {
    ($($q:ident $s:ident $v:ident $k:tt),+) => {
        impl<$($q: Scalar),+> Outputs for ($(Col<$q>,)+) {
            type Values = ($($q,)+);
            #[inline(always)]
            fn tile(
                scratch: &mut [Column; MAX_OUTPUTS],
                tile: usize,
                equation: impl Fn(usize) -> Self::Values,
            ) {
                $(let mut $s = [0.0; TILE];)+
                for lane in 0..TILE {
                    let ($($v,)+) = equation(lane);
                    $($s[lane] = $v.get();)+
                }
                $(scratch[$k].tiles_mut()[tile] = $s;)+
            }
            #[inline(always)]
            fn commit(self, scratch: &mut [Column; MAX_OUTPUTS], columns: &mut [Column]) {
                $(std::mem::swap(&mut scratch[$k], &mut columns[self.$k.index]);)+
            }
        }
    };
}

outputs!(A sa va 0, B sb vb 1);
outputs!(A sa va 0, B sb vb 1, C sc vc 2);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3, E se ve 4);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3, E se ve 4, F sf vf 5);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3, E se ve 4, F sf vf 5, G sg vg 6);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3, E se ve 4, F sf vf 5, G sg vg 6, H sh vh 7);

macro_rules! maps {
    ($($name:ident $with:ident ($($q:ident $a:ident $t:ident),+);)+) => {
        impl Block {$(
            /// Applies an equation to every draw; an input may also be an output.
            #[inline(always)]
            pub fn $name<Out: Outputs, $($q: Scalar),+>(
                &mut self, out: Out, $($a: Col<$q>,)+ equation: impl Fn($($q),+) -> Out::Values,
            ) {
                let Block { columns, scratch, tiles } = self;
                for tile in 0..*tiles {
                    $(let $t = &columns[$a.index].tiles()[tile];)+
                    Out::tile(scratch, tile, #[inline(always)] |lane| equation($($q::new($t[lane])),+));
                }
                out.commit(scratch, columns);
            }

            /// The same with a constant of the period as the equation's first argument.
            #[inline(always)]
            pub fn $with<Constant: Copy, Out: Outputs, $($q: Scalar),+>(
                &mut self, out: Out, constant: Constant, $($a: Col<$q>,)+
                equation: impl Fn(Constant, $($q),+) -> Out::Values,
            ) {
                let Block { columns, scratch, tiles } = self;
                for tile in 0..*tiles {
                    $(let $t = &columns[$a.index].tiles()[tile];)+
                    Out::tile(scratch, tile, #[inline(always)] |lane| equation(constant, $($q::new($t[lane])),+));
                }
                out.commit(scratch, columns);
            }
        )+}
    };
}

maps! {
    map1 map1_with (A a ta);
    map2 map2_with (A a ta, B b tb);
    map3 map3_with (A a ta, B b tb, C c tc);
    map4 map4_with (A a ta, B b tb, C c tc, D d td);
    map5 map5_with (A a ta, B b tb, C c tc, D d td, E e te);
    map6 map6_with (A a ta, B b tb, C c tc, D d td, E e te, F f tf);
    map7 map7_with (A a ta, B b tb, C c tc, D d td, E e te, F f tf, G g tg);
    map8 map8_with (A a ta, B b tb, C c tc, D d td, E e te, F f tf, G g tg, H h th);
    map9 map9_with (A a ta, B b tb, C c tc, D d td, E e te, F f tf, G g tg, H h th, I i ti);
    map10 map10_with (A a ta, B b tb, C c tc, D d td, E e te, F f tf, G g tg, H h th, I i ti, J j tj);
    map11 map11_with (A a ta, B b tb, C c tc, D d td, E e te, F f tf, G g tg, H h th, I i ti, J j tj, K k tk);
    map12 map12_with (A a ta, B b tb, C c tc, D d td, E e te, F f tf, G g tg, H h th, I i ti, J j tj, K k tk, L l tl);
    map13 map13_with (A a ta, B b tb, C c tc, D d td, E e te, F f tf, G g tg, H h th, I i ti, J j tj, K k tk, L l tl, M m tm);
    map14 map14_with (A a ta, B b tb, C c tc, D d td, E e te, F f tf, G g tg, H h th, I i ti, J j tj, K k tk, L l tl, M m tm, N n tn);
}

impl Block {
    /// out = base + Σ values · weights, column by column in the given order, without leaving the
    /// tile: for sums over vintages.
    #[inline(always)]
    pub fn weighted_sum<Q: Scalar>(
        &mut self,
        out: Col<Q>,
        base: Col<Q>,
        terms: &(impl Iterator<Item = (Col<Q>, Col<Ratio>)> + Clone),
    ) {
        let terms = terms.clone().map(|(value, weight)| (value.index, weight.index));
        self.sum_products(out.index, Some(base.index), &terms);
    }

    /// out = Σ chips · H100e per chip.
    #[inline(always)]
    pub fn weighted_h100e(
        &mut self,
        out: Col<H100e>,
        terms: impl Iterator<Item = (Col<Chips>, Col<H100ePerChip>)> + Clone,
    ) {
        let terms = terms.map(|(chips, each)| (chips.index, each.index));
        self.sum_products(out.index, None, &terms);
    }

    #[inline(always)]
    fn sum_products(
        &mut self,
        out: usize,
        base: Option<usize>,
        terms: &(impl Iterator<Item = (usize, usize)> + Clone),
    ) {
        let Block { columns, scratch, tiles } = self;
        for tile in 0..*tiles {
            let mut sum = base.map_or([0.0; TILE], |base| columns[base].tiles()[tile]);
            for (value, weight) in terms.clone() {
                let (value, weight) =
                    (&columns[value].tiles()[tile], &columns[weight].tiles()[tile]);
                for lane in 0..TILE {
                    sum[lane] += value[lane] * weight[lane];
                }
            }
            scratch[0].tiles_mut()[tile] = sum;
        }
        std::mem::swap(&mut scratch[0], &mut columns[out]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(always)]
    fn add(a: Ratio, b: Ratio) -> Ratio {
        a + b
    }

    #[inline(always)]
    fn split(k: f64, a: Ratio, b: Ratio) -> (Ratio, Ratio) {
        (a * k, b - a)
    }

    #[test]
    fn a_map_reads_the_old_value_of_a_column_that_it_writes() {
        let (a, b) = (Col::<Ratio>::at(0), Col::<Ratio>::at(1));
        let mut block = Block::new(2, 3);
        block.fill(a, Ratio::new(2.0));
        block.fill(b, Ratio::new(5.0));
        block.map2(a, a, b, add);
        assert!(block.column(0).tiles()[2].iter().all(|x| (x - 7.0).abs() < 1e-15));
        block.map2_with((a, b), 10.0, a, b, split);
        assert!(block.column(0).tiles()[0].iter().all(|x| (x - 70.0).abs() < 1e-15));
        assert!(block.column(1).tiles()[1].iter().all(|x| (x + 2.0).abs() < 1e-15));
    }
}
