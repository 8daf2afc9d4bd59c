//! Quantiles where methods fail: next to an atom of zeros, across a gap, with both signs, from tiny to
//! huge values, and of narrow distributions far from zero.

use super::*;
use crate::stats::percentile;

/// As many values as the pilot of a run has.
const PILOT: usize = 256;
/// Percentiles that are compared.
const LEVELS: [f64; 9] = [0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99];

/// Uniform numbers from a small generator.
fn uniforms(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 12) as f64 + 0.5) / 4503599627370496.0
    }
}

/// Normal numbers: near enough, from sums of twelve uniforms.
fn normals(n: usize, seed: u64) -> Vec<f64> {
    let mut uniform = uniforms(seed);
    (0..n).map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect()
}

/// The sketch that a run makes of these values.
fn summarized(values: &[f64]) -> Sketch {
    let mut sketch = Sketch::about(choose_bins(&values[..PILOT]));
    for &x in values {
        sketch.add(x);
    }
    sketch
}

/// Fails unless every percentile, within the ends that a run keeps, is between those of the values a
/// little below and above, or as near as `room`. Next to an atom or a gap no method has more to say.
#[track_caller]
fn right(values: &[f64], room: f64, what: &str) {
    let sketch = summarized(values);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    for p in LEVELS {
        let found = sketch.quantile(p).unwrap().clamp(low, high);
        let near = |p: f64| percentile(&sorted, p.clamp(0.0, 1.0)).unwrap();
        let (least, most) = (near(p - 0.001) - room, near(p + 0.001) + room);
        assert!(
            (least..=most).contains(&found),
            "{what}: P{} {found} not in {least}..={most}",
            p * 100.0
        );
    }
}

fn sd_of(values: &[f64]) -> f64 {
    crate::stats::sd(values).unwrap()
}

#[test]
fn next_to_an_atom_of_zeros() {
    for share in [0.04, 0.3, 0.5, 0.745, 0.94] {
        let mut uniform = uniforms(3);
        let values: Vec<f64> = normals(20_000, 1)
            .into_iter()
            .map(|z| if uniform() < share { 0.0 } else { libm::exp(2.0 * z) })
            .collect();
        right(&values, 2e-3 * sd_of(&values), &format!("{share} of zeros"));
        let zeros = values.iter().filter(|x| **x == 0.0).count() as u64;
        assert_eq!(summarized(&values).count_zero(), zeros);
        // Well inside the atom the answer is zero itself.
        let inside = summarized(&values).quantile(share / 2.0);
        assert_eq!(inside.map(f64::to_bits), Some(0.0_f64.to_bits()));
    }
}

#[test]
fn across_a_gap() {
    for (near, far) in [(1.0_f64, 1e3_f64), (1e-9, 1e9), (-50.0, 50.0), (3.0, 3.2)] {
        let mut uniform = uniforms(5);
        let values: Vec<f64> = (0..20_000)
            .map(|_| {
                if uniform() < 0.5 {
                    near + 0.01 * near.abs() * uniform()
                } else {
                    far + 0.01 * far.abs() * uniform()
                }
            })
            .collect();
        // A bin: the values on either side are narrower than one.
        right(&values, 7e-2 * sd_of(&values), &format!("{near} and {far}"));
        let sketch = summarized(&values);
        let [below, above] = [0.25, 0.75].map(|p| sketch.quantile(p).unwrap());
        assert!((below / near - 1.0).abs() < 0.06 && (above / far - 1.0).abs() < 0.06);
    }
}

#[test]
fn both_signs() {
    for (mean, sd) in [(0.0, 10.0), (3.0, 10.0), (-12.0, 5.0), (1e-3, 1e3)] {
        let values: Vec<f64> = normals(20_000, 7).iter().map(|z| mean + sd * z).collect();
        right(&values, 6e-3 * sd, &format!("{mean} ± {sd}"));
        let negated: Vec<f64> = values.iter().map(|x| -x).collect();
        right(&negated, 6e-3 * sd, &format!("{} ± {sd}", -mean));
    }
}

#[test]
fn from_tiny_to_huge() {
    let shape: Vec<f64> = normals(20_000, 11).iter().map(|z| libm::exp(z / 2.0)).collect();
    for exponent in (-12..=30).step_by(3) {
        let scale = libm::exp10(f64::from(exponent));
        let values: Vec<f64> = shape.iter().map(|x| scale * x).collect();
        right(&values, 4e-3 * sd_of(&values), &format!("1e{exponent}"));
    }
    // All of them at once: to a relative width of a bin.
    let mut uniform = uniforms(13);
    let values: Vec<f64> = (0..20_000).map(|_| libm::exp10(42.0 * uniform() - 12.0)).collect();
    let (sketch, mut sorted) = (summarized(&values), values);
    sorted.sort_by(f64::total_cmp);
    for p in LEVELS {
        let (found, exact) = (sketch.quantile(p).unwrap(), percentile(&sorted, p).unwrap());
        assert!((found / exact - 1.0).abs() < 0.0625, "P{} {found} {exact}", 100.0 * p);
    }
}

#[test]
fn narrow_and_far_from_zero() {
    for mean in [1e6_f64, -5e8, 1e-12, 1e30, 7.0] {
        for relative in [1e-2, 1e-3, 1e-4, 1e-6, 1e-9, 1e-12] {
            let values: Vec<f64> =
                normals(20_000, 17).iter().map(|z| mean + mean.abs() * relative * z).collect();
            // What is left of the digits at 1e-12 moves the values themselves.
            right(&values, 1e-2 * sd_of(&values), &format!("{mean} ± {relative}"));
        }
    }
}

#[test]
fn narrow_beside_an_atom_of_zeros_and_with_strays() {
    let mut uniform = uniforms(19);
    let near: Vec<f64> = normals(20_000, 23).iter().map(|z| 1e6 * (1.0 + 1e-8 * z)).collect();
    let atom: Vec<f64> = near.iter().map(|&x| if uniform() < 0.3 { 0.0 } else { x }).collect();
    right(&atom, 1e-4, "an atom of zeros");
    let zeros = atom.iter().filter(|x| **x == 0.0).count() as u64;
    assert_eq!(summarized(&atom).count_zero(), zeros);
    assert_eq!(summarized(&atom).quantile(0.1).map(f64::to_bits), Some(0.0_f64.to_bits()));
    // What the first values did not show is counted all the same.
    let strays: Vec<f64> = near
        .iter()
        .enumerate()
        .map(|(at, &x)| if at > PILOT && at % 10 == 0 { -3.0 * x } else { x })
        .collect();
    right(&strays, 2e-2 * sd_of(&strays), "strays");
    assert_eq!(summarized(&strays).count(), 20_000);
}

#[test]
fn bins_about_another_point_merge_and_come_back() {
    let values: Vec<f64> = normals(5_000, 29).iter().map(|z| 1e6 + 1e-4 * z).collect();
    let bins = choose_bins(&values[..PILOT]);
    assert!(bins.offset > 0.99e6 && bins.offset < 1e6, "{bins:?}");
    let mut parts = [Sketch::about(bins), Sketch::about(bins)];
    for (at, &x) in values.iter().enumerate() {
        parts[at % 2].add(x);
    }
    let [mut left, right] = parts;
    left.merge(&right);
    let whole = summarized(&values);
    assert_eq!(left, whole);
    let again = Sketch::from_parts(&whole.to_parts()).unwrap();
    assert_eq!(again, whole);
    assert_eq!(again.quantile(0.3).map(f64::to_bits), whole.quantile(0.3).map(f64::to_bits));
    assert_ne!(whole, Sketch::new(bins.bits));
    let share = whole.at_least(1e6).unwrap().fraction;
    let exact = values.iter().filter(|x| **x >= 1e6).count() as f64 / 5_000.0;
    assert!((share - exact).abs() < 0.01, "{share} {exact}");
}

#[test]
fn wide_series_keep_their_bins() {
    for values in [normals(PILOT, 1), vec![0.0; PILOT], vec![f64::NAN; 9]] {
        let bins = choose_bins(&values);
        assert_eq!((bins.bits, bins.offset.to_bits()), (choose_bits(&values), 0));
    }
    // A little wider than the finest bins about zero can tell.
    let values: Vec<f64> = normals(PILOT, 1).iter().map(|z| 1.0 + 1e-3 * z).collect();
    assert_eq!(choose_bins(&values), Bins { bits: 14, offset: 0.0 });
}

#[test]
fn an_atom_other_than_zero_is_exact() {
    // A stock that most draws leave as it is, and others add to.
    for (share, atom) in [(0.6, 18.4_f64), (0.3, 18.4), (0.95, 3.0e-7), (0.6, -5.0e12)] {
        let mut uniform = uniforms(11);
        let values: Vec<f64> = normals(40_000, 12)
            .into_iter()
            .map(|z| if uniform() < share { atom } else { atom * (1.0 + 0.3 * z.abs()) })
            .collect();
        right(&values, 0.01 * sd_of(&values), "an atom");
        let sketch = summarized(&values);
        assert_eq!(sketch.count_zero(), 0);
        for p in [0.01, 0.1, 0.8 * share] {
            // What is added lies beyond the atom, away from zero.
            let found = sketch.quantile(if atom > 0.0 { p } else { 1.0 - p }).unwrap();
            assert!((found - atom).abs() <= 1e-12 * atom.abs(), "{share} {atom}: {found} at {p}");
        }
    }
}
