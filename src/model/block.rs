//! A block of draws as columns, and the maps that carry an equation over them.
//!
//! A column holds one value for each draw of the block. An equation is a named function on typed
//! scalars; `block.map2(out, (a, b), equation)` applies it to every draw. The function must be a
//! named `#[inline(always)]` one: it is then compiled once per instruction set inside the
//! module's entry point, and the loop over all draws of the block vectorizes. A closure may stay a
//! call, which is why constants come as the first argument of the `_with` forms instead.

mod ahead;

use std::marker::PhantomData;
use std::ops::Range;

use crate::units::typed::{Chips, H100e, H100ePerChip, Ratio, Scalar};
use crate::vector::{Aligned, Column, TILE};

pub use ahead::AHEAD;

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
    tiles: usize,
    /// Where maps write: columns that no equation reads, exchanged for those of the outputs.
    results: [Column; MOST],
}

/// Most columns that a map writes.
const MOST: usize = 8;

/// Draws of which a fold keeps its sums in registers until the last thing is counted: half a tile.
const STRIP: usize = 32;

/// The values of one column in a strip.
type Strip = [f64; STRIP];

impl Block {
    /// A block of `tiles` times 64 draws with `columns` columns of zeros.
    pub fn new(columns: usize, tiles: usize) -> Self {
        Self {
            columns: (0..columns).map(|_| Column::new(tiles)).collect(),
            tiles,
            results: std::array::from_fn(|_| Column::new(tiles)),
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

    /// Whether a flag is set in some draw.
    pub fn any(&self, flag: Col<Ratio>) -> bool {
        self.columns[flag.index].as_slice().iter().any(|&x| x > 0.5)
    }

    /// Copies one column over another of the same kind.
    #[inline(always)]
    pub fn copy<Q: Scalar>(&mut self, to: Col<Q>, from: Col<Q>) {
        self.map1(to, from, same);
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
    /// Values of one strip.
    type Strips;
    /// Runs `equation` for `draws` lanes; results go to as many of the columns in `results`, which no
    /// equation reads.
    fn run(results: &mut [Column; MOST], draws: usize, equation: impl Fn(usize) -> Self::Values);
    /// Exchanges the columns with those that hold the results.
    fn exchange(self, results: &mut [Column; MOST], columns: &mut [Column]);
    /// Zeros.
    fn zeros() -> Self::Strips;
    /// The values that the columns hold.
    fn load(self, columns: &[Column], strip: usize) -> Self::Strips;
    /// Values of one draw.
    fn get(strips: &Self::Strips, lane: usize) -> Self::Values;
    /// Sets the values of one draw.
    fn set(strips: &mut Self::Strips, lane: usize, values: Self::Values);
    /// Writes the values of a strip.
    fn put(self, strips: &Self::Strips, strip: usize, columns: &mut [Column]);
}

/// A strip of a column.
#[inline(always)]
fn strip_of(column: &Column, strip: usize) -> &Strip {
    &column.rows()[strip]
}

#[inline(always)]
fn strip_mut(column: &mut Column, strip: usize) -> &mut Strip {
    &mut column.rows_mut()[strip]
}

impl<Q: Scalar> Outputs for Col<Q> {
    type Values = Q;
    type Strips = Aligned<Strip>;
    #[inline(always)]
    fn run(results: &mut [Column; MOST], draws: usize, equation: impl Fn(usize) -> Q) {
        // A parameter of its own for each result: the compiler then knows that it overlaps with
        // nothing, and needs no checks, which cost more than the arithmetic of many columns.
        #[inline(always)]
        #[expect(
            clippy::needless_range_loop,
            reason = "the equation reads all columns at the lane"
        )]
        fn lanes<Q: Scalar>(draws: usize, result: &mut [f64], equation: impl Fn(usize) -> Q) {
            let result = &mut result[..draws];
            for lane in 0..draws {
                result[lane] = equation(lane).get();
            }
        }
        let [result, ..] = results;
        lanes(draws, result.as_mut_slice(), equation);
    }
    #[inline(always)]
    fn exchange(self, results: &mut [Column; MOST], columns: &mut [Column]) {
        std::mem::swap(&mut results[0], &mut columns[self.index]);
    }
    #[inline(always)]
    fn zeros() -> Self::Strips {
        Aligned([0.0; STRIP])
    }
    #[inline(always)]
    fn load(self, columns: &[Column], strip: usize) -> Self::Strips {
        Aligned(*strip_of(&columns[self.index], strip))
    }
    #[inline(always)]
    fn get(strips: &Self::Strips, lane: usize) -> Q {
        Q::new(strips.0[lane])
    }
    #[inline(always)]
    fn set(strips: &mut Self::Strips, lane: usize, value: Q) {
        strips.0[lane] = value.get();
    }
    #[inline(always)]
    fn put(self, strips: &Self::Strips, strip: usize, columns: &mut [Column]) {
        *strip_mut(&mut columns[self.index], strip) = strips.0;
    }
}

impl Outputs for () {
    type Values = ();
    type Strips = ();
    #[inline(always)]
    fn run(_results: &mut [Column; MOST], _draws: usize, _equation: impl Fn(usize)) {}
    #[inline(always)]
    fn exchange(self, _results: &mut [Column; MOST], _columns: &mut [Column]) {}
    #[inline(always)]
    fn zeros() {}
    #[inline(always)]
    fn load(self, _columns: &[Column], _strip: usize) {}
    #[inline(always)]
    fn get((): &(), _lane: usize) {}
    #[inline(always)]
    fn set((): &mut (), _lane: usize, (): ()) {}
    #[inline(always)]
    fn put(self, (): &(), _strip: usize, _columns: &mut [Column]) {}
}

macro_rules! outputs {
    ($($q:ident $s:ident $v:ident $k:tt),+) => {
        impl<$($q: Scalar),+> Outputs for ($(Col<$q>,)+) {
            type Values = ($($q,)+);
            type Strips = ($(outputs!(@strip $q),)+);
            #[inline(always)]
            fn run(
                results: &mut [Column; MOST],
                draws: usize,
                equation: impl Fn(usize) -> Self::Values,
            ) {
                #[inline(always)]
                fn lanes<$($q: Scalar),+>(
                    draws: usize,
                    $($s: &mut [f64],)+
                    equation: impl Fn(usize) -> ($($q,)+),
                ) {
                    $(let $s = &mut $s[..draws];)+
                    for lane in 0..draws {
                        let ($($v,)+) = equation(lane);
                        $($s[lane] = $v.get();)+
                    }
                }
                let [$($s,)+ ..] = results;
                lanes(draws, $($s.as_mut_slice(),)+ equation);
            }
            #[inline(always)]
            fn exchange(self, results: &mut [Column; MOST], columns: &mut [Column]) {
                $(std::mem::swap(&mut results[$k], &mut columns[self.$k.index]);)+
            }
            #[inline(always)]
            fn zeros() -> Self::Strips {
                ($(outputs!(@zeros $q),)+)
            }
            #[inline(always)]
            fn load(self, columns: &[Column], strip: usize) -> Self::Strips {
                ($(Aligned(*strip_of(&columns[self.$k.index], strip)),)+)
            }
            #[inline(always)]
            fn get(strips: &Self::Strips, lane: usize) -> Self::Values {
                ($($q::new(strips.$k.0[lane]),)+)
            }
            #[inline(always)]
            fn set(strips: &mut Self::Strips, lane: usize, values: Self::Values) {
                $(strips.$k.0[lane] = values.$k.get();)+
            }
            #[inline(always)]
            fn put(self, strips: &Self::Strips, strip: usize, columns: &mut [Column]) {
                $(*strip_mut(&mut columns[self.$k.index], strip) = strips.$k.0;)+
            }
        }
    };
    (@strip $q:ident) => { Aligned<Strip> };
    (@zeros $q:ident) => { Aligned([0.0; STRIP]) };
}

outputs!(A sa va 0, B sb vb 1);
outputs!(A sa va 0, B sb vb 1, C sc vc 2);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3, E se ve 4);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3, E se ve 4, F sf vf 5);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3, E se ve 4, F sf vf 5, G sg vg 6);
outputs!(A sa va 0, B sb vb 1, C sc vc 2, D sd vd 3, E se ve 4, F sf vf 5, G sg vg 6, H sh vh 7);

/// Columns that one step of a fold reads.
pub trait Inputs: Copy {
    /// Their values in one draw.
    type Values;
    /// Their values in one strip.
    type Strips<'a>: Copy;
    /// One strip of each.
    fn strips(self, columns: &[Column], strip: usize) -> Self::Strips<'_>;
    /// Values of one draw.
    fn get(strips: &Self::Strips<'_>, lane: usize) -> Self::Values;
}

macro_rules! inputs {
    ($($q:ident $k:tt),+) => {
        impl<$($q: Scalar),+> Inputs for ($(Col<$q>,)+) {
            type Values = ($($q,)+);
            type Strips<'a> = ($(inputs!(@strip 'a $q),)+);
            #[inline(always)]
            fn strips(self, columns: &[Column], strip: usize) -> Self::Strips<'_> {
                ($(strip_of(&columns[self.$k.index], strip),)+)
            }
            #[inline(always)]
            fn get(strips: &Self::Strips<'_>, lane: usize) -> Self::Values {
                ($($q::new(strips.$k[lane]),)+)
            }
        }
    };
    (@strip $a:lifetime $q:ident) => { &$a Strip };
}

inputs!(A 0);
inputs!(A 0, B 1);
inputs!(A 0, B 1, C 2);
inputs!(A 0, B 1, C 2, D 3);
inputs!(A 0, B 1, C 2, D 3, E 4);
inputs!(A 0, B 1, C 2, D 3, E 4, F 5);
inputs!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
inputs!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

impl Block {
    /// Sums over a list of things, strip by strip: `equation` takes the sums so far and the columns of
    /// one thing, and gives the sums with it and what it writes for it. The sums stay in registers, or
    /// near them, until the last thing is counted.
    #[inline(always)]
    #[expect(clippy::needless_pass_by_value, reason = "a list of columns, cloned for each tile")]
    pub fn sum<Sums: Outputs, In: Inputs, Out: Outputs>(
        &mut self,
        sums: Sums,
        things: impl Iterator<Item = (In, Out)> + Clone,
        equation: impl Fn(Sums::Values, In::Values) -> (Sums::Values, Out::Values),
    ) {
        let mut results = Out::zeros();
        for strip in self.strips() {
            let so_far = Sums::zeros();
            self.fold_strip(strip, so_far, sums, things.clone(), &mut results, &always, &equation);
        }
    }

    /// The same, starting from what the columns of the sums hold.
    #[inline(always)]
    pub fn fold<Sums: Outputs, In: Inputs, Out: Outputs>(
        &mut self,
        sums: Sums,
        things: impl Iterator<Item = (In, Out)> + Clone,
        equation: impl Fn(Sums::Values, In::Values) -> (Sums::Values, Out::Values),
    ) {
        self.fold_where(sums, things, always, equation);
    }

    /// The same, leaving out a thing for a strip of draws when `test` holds in none of them: there the
    /// equation must change nothing.
    #[inline(always)]
    #[expect(clippy::needless_pass_by_value, reason = "a list of columns, cloned for each tile")]
    pub fn fold_where<Sums: Outputs, In: Inputs, Out: Outputs>(
        &mut self,
        sums: Sums,
        things: impl Iterator<Item = (In, Out)> + Clone,
        test: impl Fn(Sums::Values, In::Values) -> bool,
        equation: impl Fn(Sums::Values, In::Values) -> (Sums::Values, Out::Values),
    ) {
        let mut results = Out::zeros();
        for strip in self.strips() {
            let so_far = sums.load(&self.columns, strip);
            self.fold_strip(strip, so_far, sums, things.clone(), &mut results, &test, &equation);
        }
    }

    /// Strips of the block.
    #[inline(always)]
    fn strips(&self) -> Range<usize> {
        0..self.tiles * (TILE / STRIP)
    }

    #[inline(always)]
    fn fold_strip<Sums: Outputs, In: Inputs, Out: Outputs>(
        &mut self,
        strip: usize,
        mut so_far: Sums::Strips,
        sums: Sums,
        things: impl Iterator<Item = (In, Out)>,
        results: &mut Out::Strips,
        test: &impl Fn(Sums::Values, In::Values) -> bool,
        equation: &impl Fn(Sums::Values, In::Values) -> (Sums::Values, Out::Values),
    ) {
        for (ins, outs) in things {
            let given = ins.strips(&self.columns, strip);
            let mut any = 0;
            for lane in 0..STRIP {
                any |= u64::from(test(Sums::get(&so_far, lane), In::get(&given, lane)));
            }
            if any == 0 {
                continue;
            }
            // All lanes are written: what the last thing left needs no clearing.
            for lane in 0..STRIP {
                let (sum, result) = equation(Sums::get(&so_far, lane), In::get(&given, lane));
                Sums::set(&mut so_far, lane, sum);
                Out::set(results, lane, result);
            }
            outs.put(results, strip, &mut self.columns);
        }
        sums.put(&so_far, strip, &mut self.columns);
    }
}

#[inline(always)]
fn always<Sums, In>(_: Sums, _: In) -> bool {
    true
}

macro_rules! maps {
    ($($name:ident $with:ident ($($q:ident $a:ident $t:ident),+);)+) => {
        impl Block {$(
            /// Applies an equation to every draw; an input may also be an output.
            #[inline(always)]
            pub fn $name<Out: Outputs, $($q: Scalar),+>(
                &mut self, out: Out, $($a: Col<$q>,)+ equation: impl Fn($($q),+) -> Out::Values,
            ) {
                let Block { columns, tiles, results } = self;
                let draws = *tiles * TILE;
                $(let $t = &columns[$a.index].as_slice()[..draws];)+
                Out::run(results, draws, #[inline(always)] |lane| equation($($q::new($t[lane])),+));
                out.exchange(results, columns);
            }

            /// The same with a constant of the period as the equation's first argument.
            #[inline(always)]
            pub fn $with<Constant: Copy, Out: Outputs, $($q: Scalar),+>(
                &mut self, out: Out, constant: Constant, $($a: Col<$q>,)+
                equation: impl Fn(Constant, $($q),+) -> Out::Values,
            ) {
                let Block { columns, tiles, results } = self;
                let draws = *tiles * TILE;
                $(let $t = &columns[$a.index].as_slice()[..draws];)+
                Out::run(results, draws, #[inline(always)] |lane| equation(constant, $($q::new($t[lane])),+));
                out.exchange(results, columns);
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
    /// Several sums Σ chips · H100e per chip, each in the order of its terms, tile by tile: what sums have
    /// in common stays in the nearest cache.
    #[inline(always)]
    #[expect(clippy::needless_pass_by_value, reason = "a list of columns, cloned for each tile")]
    pub fn weighted_h100e<Terms: Iterator<Item = (Col<Chips>, Col<H100ePerChip>)>>(
        &mut self,
        sums: impl Iterator<Item = (Col<H100e>, Terms)> + Clone,
    ) {
        for tile in 0..self.tiles {
            for (out, terms) in sums.clone() {
                let terms = terms.map(|(chips, each)| (chips.index, each.index));
                self.sum_products(tile, out.index, terms);
            }
        }
    }

    /// out = Σ values · numbers, in the order of the terms, without leaving the tile.
    #[inline(always)]
    #[expect(clippy::needless_pass_by_value, reason = "a list of columns, cloned for each tile")]
    pub fn sum_scaled<Q: Scalar>(
        &mut self,
        out: Col<Q>,
        terms: impl Iterator<Item = (Col<Q>, f64)> + Clone,
    ) {
        let Block { columns, tiles, .. } = self;
        for tile in 0..*tiles {
            let mut sum = Aligned([0.0; TILE]);
            for (value, weight) in terms.clone() {
                let values = &columns[value.index].tiles()[tile];
                for (sum, value) in sum.0.iter_mut().zip(values) {
                    *sum += value * weight;
                }
            }
            columns[out.index].tiles_mut()[tile] = sum.0;
        }
    }

    #[inline(always)]
    fn sum_products(
        &mut self,
        tile: usize,
        out: usize,
        terms: impl Iterator<Item = (usize, usize)>,
    ) {
        let columns = &mut self.columns;
        let mut sum = Aligned([0.0; TILE]);
        for (value, weight) in terms {
            let (value, weight) = (&columns[value].tiles()[tile], &columns[weight].tiles()[tile]);
            for lane in 0..TILE {
                sum.0[lane] += value[lane] * weight[lane];
            }
        }
        columns[out].tiles_mut()[tile] = sum.0;
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
