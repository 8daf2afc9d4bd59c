//! Tests of the sketch.
#![expect(clippy::float_cmp, reason = "exact results are what is tested")]

use super::*;
use crate::stats::percentile;

/// Values of the four shapes that a simulation puts out, from a small generator.
fn shapes(n: usize) -> [Vec<f64>; 4] {
    let mut state = 12345_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 12) as f64 + 0.5) / 4503599627370496.0
    };
    // Sum of twelve uniforms: near enough to normal.
    let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    let normals: Vec<f64> = (0..n).map(|_| normal()).collect();
    [
        normals.iter().map(|z| 100.0 + 15.0 * z).collect(),
        normals.iter().map(|&z| libm::exp(z)).collect(),
        normals.iter().map(|&z| if z < 0.25 { 0.0 } else { libm::exp(2.0 * z) }).collect(),
        normals.iter().map(|z| 10.0 * z).collect(),
    ]
}

fn ends(values: &[f64]) -> (f64, f64) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    values.iter().fold(ends, |(low, high), x| (low.min(*x), high.max(*x)))
}

fn sketch_of(bits: u8, values: &[f64]) -> Sketch {
    let mut sketch = Sketch::new(bits);
    let keys: Vec<u32> = values.iter().map(|&x| key_of(x)).collect();
    for row in keys.chunks(100) {
        sketch.add_keys(row);
    }
    sketch
}

/// Adds a row as the engine does: at once, if that is possible.
fn add_row(sketch: &mut Sketch, row: &[f64]) -> (f64, f64) {
    let mut room = vec![0; row.len()];
    if let Some(places) = sketch.places_of(row.len()) {
        let (low, high) = places.of_row(row, &mut room);
        let before = sketch.clone();
        match sketch.take(PlacedRow { values: row, places: &room, low, high }) {
            Taken::Bins => raise(sketch.counters_mut(), &room),
            Taken::All => {}
            Taken::Nothing => {
                assert_eq!(*sketch, before);
                return sketch.add_any(row, &mut room);
            }
        }
        return ends(row);
    }
    sketch.add_any(row, &mut room)
}

#[test]
fn rows_at_once_count_as_single_values_do() {
    let mut rows = 0;
    for values in shapes(4800) {
        for bits in [4, 7, 14] {
            let mut at_once = Sketch::new(bits);
            for row in values.chunks(48) {
                rows += u32::from(at_once.places_of(row.len()).is_some());
                assert_eq!(add_row(&mut at_once, row), ends(row));
            }
            assert_eq!(at_once, sketch_of(bits, &values));
        }
    }
    assert!(rows > 700, "{rows} rows took the short way");
}

#[test]
fn rows_about_a_point_count_as_single_values_do() {
    let values: Vec<f64> = shapes(4800)[3].iter().map(|x| 1e6 + 1e-3 * x).collect();
    let bins = Bins { bits: 8, offset: 1e6 };
    let (mut at_once, mut singly) = (Sketch::about(bins), Sketch::about(bins));
    for row in values.chunks(48) {
        let ends = at_once.add_about(row, 1e6, &mut vec![0; row.len()]);
        let low = row.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(ends, (low, row.iter().copied().fold(f64::NEG_INFINITY, f64::max)));
    }
    for &x in &values {
        singly.add(x);
    }
    assert_eq!(at_once, singly);
}

#[test]
fn keys_order_as_values_do() {
    let mut values: Vec<f64> = shapes(500).concat();
    values.extend([f64::MAX, -f64::MAX, TINY, -TINY, 1e-30, -1e300]);
    values.sort_by(f64::total_cmp);
    for pair in values.windows(2) {
        assert!(key_of(pair[0]) <= key_of(pair[1]), "{pair:?}");
    }
    assert_eq!(key_of(-0.0), ZERO);
    assert_eq!(key_of(0.0), ZERO);
    for tiny in [5e-324, 1e-310, 1e-300, 1e-40] {
        assert_eq!(key_of(tiny), key_of(TINY));
        assert_eq!(key_of(-tiny), key_of(-TINY));
        // Never in the bin of zero, even the widest.
        assert_ne!(key_of(tiny) >> 13, ZERO >> 13);
        assert_ne!(key_of(-tiny) >> 13, ZERO >> 13);
    }
    assert_eq!(key_of(-3.0), !key_of(3.0));
}

#[test]
fn values_lie_in_their_bins() {
    for x in shapes(300).concat().into_iter().chain([1e-40, -1e-40, f64::MAX, -f64::MAX, 1.0, -1.0])
    {
        for bits in [7, 10, 14] {
            let sketch = sketch_of(bits, &[x]);
            let (low, high) = sketch.ordered().rank_bounds(1, 1).unwrap();
            assert!(low <= x && x <= high, "{x} {low} {high}");
            let width = 2.0_f64.sqrt() * 1.5 / f64::from(1_u32 << bits);
            assert!(x.abs() < TINY || high - low <= width * x.abs(), "{x} {low} {high}");
            let middle = sketch.quantile(0.5).unwrap();
            assert!(low <= middle && middle <= high);
            assert_eq!(sketch.count_zero(), u64::from(x == 0.0));
        }
    }
}

#[test]
fn quantiles_are_within_a_bin_of_exact_ones() {
    for (shape, mut values) in shapes(50_000).into_iter().enumerate() {
        for bits in [7, 9, 12] {
            let sketch = sketch_of(bits, &values);
            values.sort_by(f64::total_cmp);
            for p in [0.0, 0.01, 0.05, 0.25, 0.5, 0.59, 0.75, 0.95, 0.99, 1.0] {
                let exact = percentile(&values, p).unwrap();
                let error = (sketch.quantile(p).unwrap() - exact).abs();
                let bin = exact.abs() / f64::from(1_u32 << bits);
                assert!(error <= bin, "shape {shape}, {bits} bits, p {p}: {error} {bin}");
            }
            assert_eq!(sketch.count(), 50_000);
        }
    }
}

#[test]
fn rank_bounds_hold_the_order_statistics() {
    for mut values in shapes(2000) {
        let sketch = sketch_of(8, &values);
        values.sort_by(f64::total_cmp);
        for (low, high) in [(1, 1), (40, 61), (936, 964), (1, 2000), (1999, 2000)] {
            let (below, above) = sketch.ordered().rank_bounds(low, high).unwrap();
            assert!(below <= values[low as usize - 1] && values[high as usize - 1] <= above);
        }
        assert_eq!(sketch.ordered().rank_bounds(0, 9999), sketch.ordered().rank_bounds(1, 2000));
    }
}

#[test]
fn exceedance_is_bracketed() {
    for values in shapes(5000) {
        let sketch = sketch_of(9, &values);
        for &x in values.iter().take(200).chain(&[0.0, -50.0, 1e9, -1e9, 99.5, 100.0, -10.0]) {
            let exact = values.iter().filter(|&&v| v >= x).count() as f64 / 5000.0;
            let Exceedance { fraction, lower, upper } = sketch.at_least(x).unwrap();
            assert!(lower <= exact && exact <= upper, "{x}: {lower} {exact} {upper}");
            assert!(lower <= fraction && fraction <= upper);
            assert!((fraction - exact).abs() < 0.01);
        }
    }
    // At zero and at edges of bins nothing is interpolated.
    let sketch = sketch_of(7, &[-2.0, 0.0, 0.0, 1.0, 3.0]);
    assert_eq!(sketch.at_least(0.0), Some(Exceedance { fraction: 0.8, lower: 0.8, upper: 0.8 }));
    assert_eq!(sketch.at_least(1.0), Some(Exceedance { fraction: 0.4, lower: 0.4, upper: 0.4 }));
    assert_eq!(sketch.at_least(5e-324).unwrap().upper, 0.4);
    assert_eq!(sketch.at_least(f64::NAN), None);
    assert_eq!(sketch.at_least(f64::NEG_INFINITY).unwrap().lower, 1.0);
    assert_eq!(sketch.at_least(f64::INFINITY).unwrap().upper, 0.0);
}

#[test]
fn any_order_and_any_merge_give_the_same_parts() {
    for values in shapes(3000) {
        let whole = sketch_of(8, &values);
        let backward: Vec<f64> = values.iter().rev().copied().collect();
        assert_eq!(sketch_of(8, &backward).to_parts(), whole.to_parts());
        let mut merged = Sketch::new(8);
        for chunk in values.chunks(170).rev() {
            merged.merge(&sketch_of(8, chunk));
        }
        // Adding after a merge goes to the other store.
        let mut more = merged.clone();
        more.add(values[0]);
        assert_eq!(merged, whole);
        assert_ne!(more, whole);
        assert_eq!(more.count(), 3001);
        let back = Sketch::from_parts(&whole.to_parts()).unwrap();
        assert_eq!(back.to_parts(), whole.to_parts());
        assert_eq!(back.count(), 3000);
        for p in [0.1, 0.5, 0.9] {
            let bits = |s: &Sketch| s.quantile(p).unwrap().to_bits();
            assert_eq!(bits(&back), bits(&whole));
            assert_eq!(bits(&merged), bits(&whole));
        }
    }
}

#[test]
fn counts_survive_all_counters() {
    let of = |x: f64, total: u64| {
        let mut sketch = Sketch::new(7);
        sketch.add_bin(key_of(x) >> sketch.shift(), total);
        sketch
    };
    let mut few = Sketch::new(7);
    few.add_keys(&[key_of(2.0), key_of(-3.0), key_of(0.0), key_of(2.0)]);
    // In every order: hot counters, cold ones that are nearly full, and more than they hold.
    let parts =
        [few.clone(), of(2.0, 4_000_000_000), of(-3.0, 4_000_000_000), of(5.0, 5_000_000_000), few];
    for first in 0..parts.len() {
        let mut sum = Sketch::new(7);
        for turn in 0..parts.len() {
            sum.merge(&parts[(first + turn) % parts.len()]);
        }
        let counts: Vec<u64> = sum.cells().iter().map(|(_, _, count)| *count).collect();
        assert_eq!(counts, [4_000_000_002, 2, 4_000_000_004, 5_000_000_000], "{first}");
        assert_eq!(sum.count(), 13_000_000_008);
        assert_eq!(Sketch::from_parts(&sum.to_parts()).unwrap(), sum);
        assert!(sum.quantile(0.5).unwrap() > 1.9);
        let mut twice = sum.clone();
        twice.merge(&sum);
        assert_eq!(twice.count(), 2 * sum.count());
    }
}

#[test]
fn counts_survive_the_small_counters() {
    let keys = vec![key_of(2.0), key_of(-2.0), key_of(0.0), key_of(2.0)];
    let mut sketch = Sketch::new(7);
    sketch.add_keys(&keys);
    sketch.hot_total = u64::from(u32::MAX) - 3;
    sketch.add_keys(&keys);
    assert_eq!(sketch.hot_total, 4);
    assert_eq!(sketch.cold.iter().sum::<u32>(), 4);
    // The window grows while both stores hold counts.
    sketch.add(1e6);
    sketch.add(-1e6);
    assert_eq!(sketch.count(), 10);
    assert_eq!(sketch.count_zero(), 2);
    let parts = sketch.to_parts();
    assert_eq!(parts.positive.counts.first(), Some(&4));
    assert_eq!(parts.positive.counts.last(), Some(&1));
    assert_eq!(parts.negative.counts.last(), Some(&2));
}

#[test]
fn merged_counts_stay_in_the_small_counters_while_each_fits() {
    let of = |values: &[(f64, usize)]| {
        let mut sketch = Sketch::new(7);
        for &(x, count) in values {
            sketch.add_keys(&vec![key_of(x); count]);
        }
        assert!(sketch.is_hot());
        sketch
    };
    let mut sum = of(&[(-2.0, 20_000), (0.0, 1), (3.0, 40_000)]);
    sum.merge(&of(&[(-5.0, 10), (3.0, 25_535)]));
    assert!(sum.is_hot(), "more than 65,535 values, none of the counters is over");
    assert_eq!(sum.hot_total, 85_546);
    // One more of the same is one too many.
    sum.merge(&of(&[(-2.0, 5), (3.0, 1)]));
    assert!(!sum.is_hot());
    // New rows find the small counters too full, and empty them first.
    sum.add_keys(&[key_of(3.0), key_of(7.0)]);
    let counts: Vec<u64> = sum.cells().iter().map(|(_, _, count)| *count).collect();
    assert_eq!(counts, [10, 20_005, 1, 65_537, 1]);
    assert_eq!(sum.count(), 85_554);
    assert_eq!(Sketch::from_parts(&sum.to_parts()).unwrap(), sum);
    assert!(sum.quantile(0.5).unwrap() > 2.9);
}

#[test]
fn broken_parts_are_refused() {
    let good = sketch_of(7, &[-5.0, 0.0, 1.0, 2.0]).to_parts();
    assert!(Sketch::from_parts(&good).is_some());
    let broken = |change: fn(&mut SketchParts)| {
        let mut parts = good.clone();
        change(&mut parts);
        Sketch::from_parts(&parts).is_none()
    };
    assert!(broken(|p| p.mantissa_bits = 6));
    assert!(broken(|p| p.mantissa_bits = 15));
    assert!(broken(|p| p.positive.first = 0));
    assert!(broken(|p| p.positive.first = u32::MAX));
    assert!(broken(|p| p.negative.first = p.positive.first));
    assert!(broken(|p| p.positive.counts.push(0)));
    assert!(broken(|p| p.positive.counts[0] = u64::MAX));
    assert!(broken(|p| p.negative.counts.clear()));
    let empty = Sketch::new(7).to_parts();
    assert_eq!(Sketch::from_parts(&empty).unwrap().quantile(0.5), None);
    assert_eq!(Sketch::new(7).ordered().rank_bounds(1, 1), None);
}

#[test]
fn bits_follow_the_relative_spread() {
    let [near, lognormal, zeros, flows] = shapes(2000);
    // 10th to 90th percentile: 38 percent of the value, a factor of 13, and both signs.
    assert_eq!(choose_bits(&near), 7);
    assert_eq!(choose_bits(&lognormal), 5);
    assert_eq!(choose_bits(&zeros), 4);
    assert_eq!(choose_bits(&flows), 4);
    let narrow: Vec<f64> = near.iter().map(|x| 1e6 + x).collect();
    assert_eq!(choose_bits(&narrow), 14);
    for degenerate in [&[][..], &[3.0; 50], &[0.0; 50], &[f64::NAN, f64::INFINITY]] {
        assert_eq!(choose_bits(degenerate), 4);
    }
    for bits in 4..14 {
        let spread = 64.5 / f64::from(1_u32 << bits);
        let pilot: Vec<f64> = (0..101).map(|i| 1.0 + spread * f64::from(i - 10) / 80.0).collect();
        assert!(choose_bits(&pilot) <= bits.max(8), "{bits}");
    }
}
