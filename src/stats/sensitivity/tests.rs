//! Closed forms, with fixed seeds and tolerances in standard errors.

use super::*;
use std::f64::consts::PI;

/// Uniform numbers in (0, 1): SplitMix64 (Steele, Lea and Flood 2014), enough for tests.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(2.0 * PI * self.uniform())
    }

    fn normals(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.normal()).collect()
    }
}

const N: usize = 8192;

fn response(values: &[f64]) -> Response {
    Response::new(values.to_vec()).unwrap()
}

#[track_caller]
fn within(measured: Measured, expected: f64, errors: f64) {
    let off = (measured.value - expected).abs();
    assert!(off <= errors * measured.error + 1e-12, "{measured:?} for {expected}");
}

#[test]
fn shares_of_a_linear_gaussian_model() {
    // y = Σ a_i x_i with x_i ~ N(0, σ_i²): S_i = a_i² σ_i² / V.
    let (a, sigma) = ([1.0, -2.0, 0.5, 0.0], [1.0, 0.8, 3.0, 1.0]);
    let v: f64 = a.iter().zip(&sigma).map(|(a, s): (&f64, &f64)| a * a * s * s).sum();
    for seed in 0..5 {
        let mut random = Random(seed);
        let x: Vec<Vec<f64>> =
            sigma.iter().map(|s| random.normals(N).iter().map(|z| z * s).collect()).collect();
        let y: Vec<f64> = (0..N).map(|i| (0..4).map(|k| a[k] * x[k][i]).sum()).collect();
        let y = response(&y);
        for k in 0..4 {
            let effect = y.effect_of(&x[k]).unwrap();
            let expected = a[k] * a[k] * sigma[k] * sigma[k] / v;
            within(effect.share, expected, 5.0);
            assert!(effect.share.error < 0.015, "{effect:?}");
            // Of a normal, the mean of the highest fifth is φ(z)/0.2 = 1.39981 standard deviations.
            let change = 2.0 * 1.399_81 * a[k] * sigma[k];
            within(effect.mean.change, change, 5.0);
            // E and Var of y at an end: the percentile of what remains is wider than that of y.
            assert!((effect.p90.change.value - change).abs() < 0.35 * v.sqrt(), "{effect:?}");
            assert_eq!(effect.p < 1e-6, a[k] != 0.0, "{effect:?}");
        }
    }
}

#[test]
fn shares_of_ishigamis_function() {
    // sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1 on (−π, π)³: S = 0.3139, 0.4424, 0 (T. Ishigami and
    // T. Homma, ISUMA 1990). Neither the second nor the third is seen by a rank correlation.
    for seed in [1, 2, 3] {
        let mut random = Random(seed);
        let mut column = || (0..N).map(|_| PI * (2.0 * random.uniform() - 1.0)).collect();
        let x: [Vec<f64>; 3] = [column(), column(), column()];
        let y = |i: usize| {
            let (sin1, sin2) = (libm::sin(x[0][i]), libm::sin(x[1][i]));
            let square = x[2][i] * x[2][i];
            sin1 + 7.0 * sin2 * sin2 + 0.1 * square * square * sin1
        };
        let y = response(&(0..N).map(y).collect::<Vec<_>>());
        let effects = [0, 1, 2].map(|k| y.effect_of(&x[k]).unwrap());
        for (effect, expected) in effects.iter().zip([0.3139, 0.4424, 0.0]) {
            within(effect.share, expected, 5.0);
        }
        assert!(effects[1].rank.value.abs() < 5.0 * effects[1].rank.error);
        assert!(effects[1].p < 1e-12);
        // The third widens the output and does not move it: it is found by its spread.
        assert!(effects[2].p < 1e-12, "{:?}", effects[2]);
    }
}

#[test]
fn the_rank_correlation_of_a_sum() {
    let mut random = Random(7);
    let (a, b) = (random.normals(N), random.normals(N));
    let y = response(&a.iter().zip(&b).map(|(a, b)| a + b).collect::<Vec<_>>());
    let effect = y.effect_of(&a).unwrap();
    within(effect.rank, 0.690160368487848, 5.0);
    // By Fisher's z: (1 − r²) √((1 + r²/2) / n), D. G. Bonett and T. A. Wright 2000.
    let r: f64 = 0.690160368487848;
    let expected = (1.0 - r * r) * ((1.0 + 0.5 * r * r) / N as f64).sqrt();
    assert!((effect.rank.error / expected - 1.0).abs() < 0.1, "{effect:?} {expected}");
    let itself = y.effect_of(y.values()).unwrap();
    assert!((itself.rank.value - 1.0).abs() < 1e-12 && itself.rank.error < 1e-9, "{itself:?}");
    assert!((itself.share.value - 1.0).abs() < 0.01, "{itself:?}");
}

/// Errors are what repetition gives, with and without ties: each within a quarter of the spread of
/// 60 repetitions, whose own error is a tenth.
#[test]
fn errors_agree_with_repetition() {
    let of = |seed: u64, ties: bool| {
        let mut random = Random(1_000 + seed);
        let x: Vec<f64> = random.normals(2_000);
        let y: Vec<f64> = x.iter().map(|x| 0.7 * x + random.normal()).collect();
        let coarse = |values: Vec<f64>| -> Vec<f64> {
            values.into_iter().map(|v| if ties { v.round().max(0.0) } else { v }).collect()
        };
        response(&coarse(y)).effect_of(&coarse(x)).unwrap()
    };
    for ties in [false, true] {
        let effects: Vec<Effect> = (0..60).map(|seed| of(seed, ties)).collect();
        let check = |name: &str, pick: &dyn Fn(&Effect) -> Measured| {
            let all: Vec<Measured> = effects.iter().map(pick).collect();
            let mean = all.iter().map(|m| m.value).sum::<f64>() / 60.0;
            let sd = (all.iter().map(|m| (m.value - mean) * (m.value - mean)).sum::<f64>() / 59.0)
                .sqrt();
            let error = all.iter().map(|m| m.error).sum::<f64>() / 60.0;
            let ratio = error / sd;
            assert!((0.75..1.35).contains(&ratio), "{name}, ties {ties}: {error} for {sd}");
        };
        check("rank", &|e| e.rank);
        check("mean", &|e| e.mean.change);
        check("share", &|e| e.share);
        if !ties {
            check("p90", &|e| e.p90.change);
        }
    }
}

#[test]
fn an_input_without_effect_is_found_to_have_none() {
    // Of 30 inputs one has an effect: over 40 seeds the others are taken as effects no more often
    // than five times in a hundred, all of them together.
    let mut wrong = 0;
    for seed in 0..40 {
        let mut random = Random(500 + seed);
        let x: Vec<Vec<f64>> = (0..30).map(|_| random.normals(1_024)).collect();
        let y: Vec<f64> = x[0].iter().map(|x| libm::exp(x + random.normal())).collect();
        let y = response(&y);
        let p: Vec<f64> = x.iter().map(|x| y.effect_of(x).unwrap().p).collect();
        let adjusted = holm(&p);
        assert!(adjusted[0] < 1e-6);
        wrong += usize::from(adjusted[1..].iter().any(|p| *p <= 0.05));
    }
    assert!(wrong <= 2, "{wrong} of 40");
}

#[test]
fn chances_are_even_where_there_is_no_effect() {
    // The smallest of three chances, times three, is at most uniform; about 5 % lie below 0.05.
    let mut below = [0; 2];
    for seed in 0..400 {
        let mut random = Random(9_000 + seed);
        let (x, y) = (random.normals(400), random.normals(400));
        // An output of two values, and an input of three.
        let atoms = response(&y.iter().map(|y| f64::from(*y > 1.0)).collect::<Vec<_>>());
        let coarse: Vec<f64> = x.iter().map(|x| x.round().clamp(-1.0, 1.0)).collect();
        below[0] += usize::from(response(&y).effect_of(&x).unwrap().p <= 0.05);
        below[1] += usize::from(atoms.effect_of(&coarse).unwrap().p <= 0.05);
    }
    // 20 expected at most, 4.4 its standard error.
    assert!(below.iter().all(|count| *count <= 36), "{below:?}");
    assert!(below[0] >= 5, "{below:?}");
}

#[test]
fn ties_count_in_part() {
    // Half of the inputs are 0, the rest 1 to 250: the lowest fifth are two fifths of each zero.
    let x: Vec<f64> = (0..500).map(|i| f64::from((i - 249).max(0))).collect();
    let y: Vec<f64> = (0..500).map(|i| if i < 250 { f64::from(i % 2) } else { 3.0 }).collect();
    let fifths = ends::fifths(&Ranked::new(&x));
    assert!(fifths[0][..250].iter().all(|w| (w - 0.4).abs() < 1e-12) && fifths[0][250] == 0.0);
    assert!(fifths[1][400..].iter().all(|w| *w > 1.0 - 1e-12) && fifths[1][399] == 0.0);
    let effect = response(&y).effect_of(&x).unwrap();
    assert!((effect.mean.low.value - 0.5).abs() < 1e-12, "{effect:?}");
    assert!((effect.mean.high.value - 3.0).abs() < 1e-12 && effect.mean.high.error < 1e-12);
    assert!((effect.p90.low.value - 1.0).abs() < 1e-12);
    // An input that is one of two values, nine in ten the lower: both fifths hold lower ones.
    let x: Vec<f64> = (0..1000).map(|i| f64::from(i % 10 == 0)).collect();
    let y: Vec<f64> = x.iter().map(|x| 1.0 + x).collect();
    let effect = response(&y).effect_of(&x).unwrap();
    assert!((effect.mean.low.value - 1.0).abs() < 1e-12, "{effect:?}");
    assert!((effect.mean.high.value - 1.5).abs() < 1e-12, "{effect:?}");
    assert!((effect.share.value - 1.0).abs() < 1e-9, "{effect:?}");
    assert!((effect.rank.value - 1.0).abs() < 1e-12, "{effect:?}");
}

#[test]
fn an_output_of_yes_and_no() {
    // P(y) = Φ(x): the mean over the highest fifth of x is P(Z < X | X in it).
    let mut random = Random(11);
    let x = random.normals(N);
    let y: Vec<f64> = x.iter().map(|x| f64::from(random.normal() < *x)).collect();
    let y = response(&y);
    let effect = y.effect_of(&x).unwrap();
    // Φ is uniform: its mean over the highest fifth is 0.9, its variance 1/12 of y's 1/4.
    within(effect.mean.high, 0.9, 5.0);
    within(effect.mean.low, 0.1, 5.0);
    within(effect.share, 1.0 / 3.0, 5.0);
    assert!((effect.p90.high.value - 1.0).abs() < 1e-12);
    let none = y.effect_of(&random.normals(N)).unwrap();
    assert!(none.p > 0.01 && none.share.value.abs() < 5.0 * none.share.error, "{none:?}");
}

#[test]
fn what_does_not_vary_says_nothing() {
    let mut random = Random(3);
    let x = random.normals(300);
    assert_eq!(Response::new(vec![1.0; 199]).map(|_| ()), None);
    assert_eq!(Response::new(vec![f64::NAN; 300]).map(|_| ()), None);
    let y = response(&x);
    assert_eq!(y.effect_of(&vec![2.5; 300]), None);
    assert_eq!(y.effect_of(&x[1..]), None);
    let flat = response(&vec![0.1; 300]);
    let effect = flat.effect_of(&x).unwrap();
    assert_eq!((effect.rank, effect.share.value, effect.p), (Measured::default(), 0.0, 1.0));
    assert!(effect.mean.change.value == 0.0 && flat.sd == 0.0);
}

#[test]
fn tails_of_chi_squared() {
    // Tabled 5 % and 1 % points.
    for (x, freedom, p) in [
        (3.841459, 1, 0.05),
        (5.991465, 2, 0.05),
        (7.814728, 3, 0.05),
        (16.918978, 9, 0.05),
        (21.665994, 9, 0.01),
        (18.307038, 10, 0.05),
    ] {
        assert!((chi_squared_upper(x, freedom) - p).abs() < 1e-7, "{x} {freedom}");
    }
    for (x, freedom) in [(0.0, 3), (5.0, 0)] {
        assert!((chi_squared_upper(x, freedom) - 1.0).abs() < 1e-15);
    }
}

#[test]
fn holms_steps() {
    let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
    for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
        assert!((found - expected).abs() < 1e-15, "{adjusted:?}");
    }
    assert!(holm(&[]).is_empty());
}

#[test]
fn a_projection_finds_the_direction_on_other_draws() {
    let mut random = Random(21);
    let mut draw = |n: usize| {
        let x: Vec<Vec<f64>> = (0..6).map(|_| random.normals(n)).collect();
        let y: Vec<f64> = (0..n).map(|i| 3.0 * x[0][i] - x[4][i] + 2.0 * random.normal()).collect();
        (x, y)
    };
    let ((pilot, of_pilot), (x, y)) = (draw(4_096), draw(N));
    let of_pilot = response(&of_pilot);
    let found = project(&pilot, of_pilot.centered_ranks());
    assert!(found.fitted);
    let ratio = found.weights[4] / found.weights[0];
    assert!((ratio + 1.0 / 3.0).abs() < 0.05, "{found:?}");
    let effect = response(&y).effect_of(&found.of(&x)).unwrap();
    within(effect.share, 10.0 / 14.0, 5.0);
    // Columns that say nothing keep equal weights; one that does not vary has none.
    let mut other: Vec<Vec<f64>> = (0..5).map(|_| random.normals(4_096)).collect();
    other.push(vec![1.0; 4_096]);
    let even = project(&other, of_pilot.centered_ranks());
    assert!(!even.fitted && even.weights[5] == 0.0, "{even:?}");
    assert!(even.weights[..5].iter().all(|w| (w - 1.0).abs() < 0.05), "{even:?}");
    // The same column twice does no harm.
    let twice = vec![pilot[0].clone(), pilot[0].clone()];
    let both = project(&twice, of_pilot.centered_ranks());
    assert!((both.weights[0] - both.weights[1]).abs() < 1e-3 * both.weights[0], "{both:?}");
}
