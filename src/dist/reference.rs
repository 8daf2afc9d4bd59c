//! Known answers: published digits and 40-digit arithmetic.

use std::collections::BTreeMap;

use super::Prob;
use super::conformance::build;
use super::special::{IncompleteBeta, IncompleteGamma, Share, normal_quantile, normal_upper_tail};

/// A probability by its smaller tail.
#[derive(Clone, Copy)]
enum Tail {
    L(f64),
    U(f64),
}
use Tail::{L, U};

impl Tail {
    fn prob(self) -> Prob {
        match self {
            L(p) => Prob::from_lower(p),
            U(q) => Prob::from_upper(q),
        }
    }
}

fn assert_near(got: f64, want: f64, relative: f64, what: &str) {
    assert!((got - want).abs() <= relative * want.abs(), "{what}: {got:e}, not {want:e}");
}

/// Percentiles P, mean and sd to the digits stated.
fn assert_facts(spec: &str, digits: f64, facts: &[(&str, f64)]) {
    let d = build(spec).unwrap();
    for (name, want) in facts {
        let got = match *name {
            "mean" => d.mean(),
            "variance" => d.sd() * d.sd(),
            "sd" => d.sd(),
            percentile => {
                d.quantile(Prob::from_lower(percentile[1..].parse::<f64>().unwrap() / 100.0))
            }
        };
        assert_near(got, *want, digits, &format!("{spec} {name}"));
    }
}

#[test]
fn normal_quantiles_have_their_published_digits() {
    let rows = [
        (0.9, 1.2815515655446),
        (0.95, 1.64485362695147),
        (0.975, 1.95996398454005),
        (0.99, 2.32634787404084),
        (0.9999, 3.71901648545568),
        (1e-10, -6.36134090240406),
    ];
    for (p, z) in rows {
        assert_near(Prob::from_lower(p).z(), z, 1e-14, "normal quantile");
    }
    // The published figures above have 14 or 15 digits; these have 17.
    for (p, z) in [
        (L(1e-300), -37.0470962993612),
        (U(1e-100), 21.27345356096532),
        (U(1e-16), 8.222082216130435),
        (L(0.3), -0.5244005127080407),
    ] {
        assert_near(p.prob().z(), z, 5e-16, "normal quantile");
    }
}

#[test]
fn normal_quantile_keeps_sign_and_order_across_the_branches() {
    for split in [0.02425, 0.075, 1.0 - 0.02425, 0.925, libm::exp(-25.0)] {
        let mut p = split * (1.0 - 1e-13);
        let mut last = f64::NEG_INFINITY;
        for _ in 0..2000 {
            let z = Prob::from_lower(p).z();
            // A step of one unit in the last place of p may be below one of z.
            assert!(z >= last - 4e-16 * z.abs(), "{p}: {z} after {last}");
            assert!((z < 0.0) == (p < 0.5));
            last = z;
            p *= 1.0 + 1e-16 * 2.3;
        }
    }
    assert!(normal_quantile(Prob::from_lower(0.5)).abs() < 1e-300);
    assert!(Prob::from_lower(0.0).z().is_infinite() && Prob::from_upper(0.0).z().is_infinite());
}

#[test]
fn normal_tail_is_exact_far_out() {
    for (z, tail) in [
        (1.0, 0.158655253931457051),
        (5.0, 2.86651571879193912e-7),
        (10.0, 7.61985302416052607e-24),
        (20.0, 2.7536241186062337e-89),
        (30.0, 4.90671392714818706e-198),
        (37.0, 5.72557122252457682e-300),
    ] {
        assert_near(normal_upper_tail(z), tail, 1e-15, "normal tail");
        assert_near(Prob::from_z(-z).lower(), tail, 1e-15, "normal tail");
    }
}

/// Shape, probability, quantile of the unit gamma.
const GAMMA: &[(f64, Tail, f64)] = &[
    (0.001, L(5e-1), 5.2442064082779784e-302),
    (0.1, L(1e-6), 6.0730483624079264e-61),
    (0.1, U(1e-3), 3.3636770117187544),
    (0.5, L(1e-6), 7.8539816339785947e-13),
    (0.5, U(1e-300), 686.93631561119707),
    (0.9, L(3e-1), 0.29185095196755971),
    (1.0, L(1e-16), 1.0e-16),
    (2.5, L(1e-300), 1.6167038902915642e-120),
    (2.5, U(1e-16), 42.205841550316633),
    (6.25, L(5e-2), 2.7786164989118109),
    (6.25, U(1e-100), 254.13345872969129),
    (6.25, U(5e-2), 10.847901681945047),
    (14.9, L(1e-6), 3.0587378594765537),
    (15.1, L(1e-6), 3.1417279349971891),
    (40.0, U(1e-300), 847.12282170312885),
    (1000.0, L(1e-100), 468.67885153942671),
    (100000.0, U(5e-2), 100520.7162815659),
];

/// Shapes, probability, quantile of the beta.
const BETA: &[(f64, f64, Tail, f64)] = &[
    (0.1, 3.0, L(1e-6), 2.36690135194492206e-61),
    (0.1, 3.0, L(1e-20), 2.36690135194496419e-201),
    (2.0, 1000000.0, U(1e-6), 1.6688273195887018e-5),
    (14.0, 100000000.0, L(1e-3), 5.1954390852464322e-8),
    (10000.0, 20.0, L(5e-2), 0.99721859626522754),
    (0.02, 0.5, L(3e-1), 2.7812492151413756e-26),
    (0.1, 0.5, L(5e-2), 3.3833620664782978e-13),
    (0.5, 0.5, L(1e-6), 2.4674011002703101e-12),
    (0.5, 3000.0, U(5e-2), 0.00064009154369966817),
    (2.0, 4.5, L(5e-2), 0.068978585970787616),
    (2.0, 4.5, U(1e-16), 0.99980948268720423),
    (4.5, 96.0, U(1e-3), 0.13293082069408626),
    (15.5, 14.9, L(1e-6), 0.14210076289748584),
    (96.0, 200.0, L(1e-300), 0.00011136268050903021),
    (96.0, 200.0, U(1e-16), 0.56137045491730882),
    (200.0, 2.0, L(1e-300), 0.030800063333855752),
    (200.0, 2.0, L(1e-100), 0.30851785276305558),
    (200.0, 15.5, L(3e-1), 0.91988255668962658),
    (3000.0, 96.0, L(1e-100), 0.85557832856195764),
];

#[test]
fn gamma_quantiles() {
    for (shape, p, x) in GAMMA {
        assert_near(IncompleteGamma::new(*shape).quantile(p.prob()), *x, 3e-13, "gamma quantile");
    }
    // Gamma(0.1, 1) at 1e-6, as published.
    let d = build("{ dist = \"gamma\", shape = 0.1, scale = 1 }").unwrap();
    assert_near(d.quantile(Prob::from_lower(1e-6)), 6.07e-61, 1e-3, "gamma(0.1)");
    // Below the least number there is only zero, above all of them no end.
    assert!(IncompleteGamma::new(1e-3).quantile(Prob::from_lower(1e-300)) <= 0.0);
    assert!(IncompleteGamma::new(3.0).quantile(Prob::from_lower(1.0)).is_infinite());
}

#[test]
fn beta_quantiles() {
    for (a, b, p, x) in BETA {
        assert_near(IncompleteBeta::new(*a, *b).quantile(p.prob()).x, *x, 3e-13, "beta quantile");
        // The mirror image, whose complement is the small one.
        let mirrored = IncompleteBeta::new(*b, *a).quantile(p.prob().flipped()).y;
        assert_near(mirrored, *x, 3e-13, "mirrored beta quantile");
    }
}

/// Powers of ten from 1e-3 to 1e9 and some shapes at which the method changes.
fn shapes() -> Vec<f64> {
    let powers = (-3..=9).map(|k| libm::pow(10.0, f64::from(k)));
    powers.chain([0.3, 2.5, 14.999, 15.0, 40.0, 333.0]).collect()
}

/// Whether p lies between the probabilities `shift` to either side of a quantile.
fn is_between(p: Prob, below: Prob, above: Prob) -> bool {
    let slack = 1.0 + 1e-12;
    if p.lower() <= p.upper() {
        below.lower() <= p.lower() * slack && p.lower() <= above.lower() * slack
    } else {
        above.upper() <= p.upper() * slack && p.upper() <= below.upper() * slack
    }
}

#[test]
fn inverses_hold_for_shapes_of_any_size() {
    let tails = [1e-300, 1e-100, 1e-30, 1e-16, 1e-6, 0.01, 0.1, 0.3, 0.5];
    let lower = tails.into_iter().map(Prob::from_lower);
    let probabilities: Vec<Prob> = lower.chain(tails.into_iter().map(Prob::from_upper)).collect();
    // A shape below one turns an error of the probability into one 1/shape as large.
    let shift = |shape: f64| 3e-13 + 3e-15 / shape;
    for a in shapes() {
        let gamma = IncompleteGamma::new(a);
        for p in &probabilities {
            let x = gamma.quantile(*p);
            let near = |sign: f64| gamma.tails(x * (1.0 + sign * shift(a)) + sign * 1e-307);
            assert!(is_between(*p, near(-1.0), near(1.0)), "gamma {a}, {p:?}: {x:e}");
        }
        for b in shapes() {
            let beta = IncompleteBeta::new(a, b);
            for p in &probabilities {
                let at = beta.quantile(*p);
                // The smaller of x and y moves; both would be the same step of the log odds.
                let near = |sign: f64| {
                    if at.x <= at.y {
                        let x = at.x * (1.0 + sign * shift(a)) + sign * 1e-307;
                        beta.tails(Share { x, y: 1.0 - x })
                    } else {
                        let y = at.y * (1.0 - sign * shift(b)) - sign * 1e-307;
                        beta.tails(Share { x: 1.0 - y, y })
                    }
                };
                assert!(is_between(*p, near(-1.0), near(1.0)), "beta {a} {b}, {p:?}: {at:?}");
            }
        }
    }
}

#[test]
fn symmetric_beta_is_one_half_in_the_middle() {
    for exponent in -3..=8 {
        let s = libm::pow(10.0, f64::from(exponent));
        let tails = IncompleteBeta::new(s, s).tails(Share { x: 0.5, y: 0.5 });
        assert_near(tails.lower(), 0.5, 1e-12, "lower half");
        assert_near(tails.upper(), 0.5, 1e-12, "upper half");
    }
}

#[test]
fn lognormal_from_an_interval() {
    let d = |spec| build(spec).unwrap();
    let unit = d("{ dist = \"lognormal\", p5 = 1, p95 = 10 }");
    let (mu, sigma) = (1.15129254649702, 0.699936169171963);
    assert_near(libm::log(unit.quantile(Prob::from_z(0.0))), mu, 1e-14, "mu");
    let one_sd = libm::log(unit.quantile(Prob::from_z(1.0))) - mu;
    assert_near(one_sd, sigma, 1e-13, "sigma");
    assert_facts(
        "{ dist = \"lognormal\", p5 = 1, p95 = 10 }",
        1e-14,
        &[
            ("P50", 3.16227766016838),
            ("mean", 4.04001282694573),
            ("sd", 3.21217953039201),
            ("P99", 16.1123742802795),
        ],
    );
    let wide = d("{ dist = \"lognormal\", p5 = 2, p95 = 18 }");
    let ratio = wide.quantile(Prob::from_z(1.0)) / wide.quantile(Prob::from_z(0.0));
    assert_near(libm::log(ratio), 0.667908846518002, 1e-14, "sigma");
    assert_facts(
        "{ dist = \"lognormal\", p5 = 2, p95 = 18 }",
        1e-14,
        &[("mean", 7.49930674939894)],
    );
    let eighty = d("{ dist = \"lognormal\", p10 = 5, p90 = 50 }");
    let ratio = eighty.quantile(Prob::from_z(1.0)) / eighty.quantile(Prob::from_z(0.0));
    assert_near(libm::log(ratio), 0.898358347373854, 1e-14, "sigma");
    let facts = [("mean", 23.671086372678), ("P99", 127.820187416084)];
    assert_facts("{ dist = \"lognormal\", p10 = 5, p90 = 50 }", 1e-14, &facts);
}

#[test]
fn pert_and_triangular() {
    assert_facts(
        "{ dist = \"pert\", min = 0, mode = 10, max = 40 }",
        1e-14,
        &[
            ("mean", 13.3333333333333),
            ("variance", 50.7936507936508),
            ("P5", 3.05761565649316),
            ("P10", 4.48939834183434),
            ("P50", 12.5524068182279),
            ("P90", 23.3556149847812),
            ("P95", 26.2963327200455),
        ],
    );
    assert_facts(
        "{ dist = \"pert\", min = 2, mode = 3, max = 10 }",
        1e-14,
        &[
            ("mean", 4.0),
            ("P10", 2.47846925484198),
            ("P50", 3.76895915938182),
            ("P90", 5.87122558855537),
        ],
    );
    assert_facts(
        "{ dist = \"pert\", min = 1, mode = 2, max = 3 }",
        1e-14,
        &[("P5", 1.37851075487554), ("P90", 2.50672709342307)],
    );
    assert_facts(
        "{ dist = \"triangular\", min = 0, mode = 10, max = 40 }",
        1e-14,
        &[
            ("P10", 6.32455532033676),
            ("P50", 15.5051025721682),
            ("P90", 29.0455488498967),
            ("mean", 16.6666666666667),
            ("variance", 72.2222222222222),
        ],
    );
}

#[test]
fn metalog_of_keelin() {
    let spec = "{ dist = \"metalog\", p10 = 10, p50 = 20, p90 = 50 }";
    // a2 and a3 as the quantile shows them at P10 and P90: a2 = (q90 − q10)/(2 ln 9) and so on.
    let d = build(spec).unwrap();
    let at = |p: f64| d.quantile(Prob::from_lower(p));
    let log_odds = libm::log(9.0);
    assert_near((at(0.9) - at(0.1)) / (2.0 * log_odds), 9.10239226626837, 1e-14, "a2");
    let skew = at(0.9) + at(0.1) - 2.0 * at(0.5);
    assert_near(skew / (0.8 * log_odds), 11.3779903328355, 1e-14, "a3");
    assert_facts(
        spec,
        1e-14,
        &[
            ("P5", 8.27437061579711),
            ("P10", 10.0),
            ("P25", 13.125),
            ("P50", 20.0),
            ("P75", 33.125),
            ("P90", 50.0),
            ("P95", 61.8772478007246),
        ],
    );
    assert_facts(
        "{ dist = \"metalog\", p10 = 10, p50 = 20, p90 = 50, lower = 0 }",
        1e-13,
        &[
            ("P5", 8.04905319813847),
            ("P25", 13.8493593512812),
            ("P75", 30.9681089542872),
            ("P95", 69.5688589475355),
            ("mean", 27.8790895027514248),
            ("sd", 41.4920911742067532),
        ],
    );
}

#[test]
fn clipped_and_truncated_moments() {
    assert_facts(
        "{ dist = \"normal\", mean = 0.4, sd = 0.7, floor = 0 }",
        1e-13,
        &[("mean", 0.523651721790280758), ("sd", 0.534940012771371706)],
    );
    assert_facts(
        "{ dist = \"normal\", mean = 1, sd = 2, min = 0, max = 2.5 }",
        1e-13,
        &[("mean", 1.21912240979527216), ("sd", 0.702621822178038563)],
    );
    assert_facts(
        "{ dist = \"lognormal\", p5 = 2, p95 = 18, max = 20 }",
        1e-13,
        &[("mean", 6.77971215991554119), ("sd", 3.99532527157219512)],
    );
    assert_facts(
        "{ dist = \"weibull\", shape = 3, scale = 6.5 }",
        1e-14,
        &[("mean", 5.80436682520011987), ("sd", 2.10957682621259995)],
    );
}

#[test]
fn uncommon_forms_say_the_same_as_common_ones() {
    let same = |one: &str, other: &str| {
        let (a, b) = (build(one).unwrap(), build(other).unwrap());
        for p in [0.001, 0.2, 0.7, 0.999] {
            let p = Prob::from_lower(p);
            assert_near(a.quantile(p), b.quantile(p), 1e-13, one);
        }
    };
    let lognormal = build("{ dist = \"lognormal\", median = 3, sd_log = 0.5 }").unwrap();
    let (mean, sd) = (lognormal.mean(), lognormal.sd());
    let from_moments = format!("{{ dist = \"lognormal\", mean = {mean}, sd = {sd} }}");
    same("{ dist = \"lognormal\", median = 3, sd_log = 0.5 }", &from_moments);
    let log = format!("{{ dist = \"lognormal\", mean_log = {}, sd_log = 0.5 }}", libm::log(3.0));
    same("{ dist = \"lognormal\", median = 3, sd_log = 0.5 }", &log);
    same(
        "{ dist = \"gamma\", mean = 5, sd = 2 }",
        "{ dist = \"gamma\", shape = 6.25, scale = 0.8 }",
    );
    same("{ dist = \"beta\", mean = 0.4, sd = 0.2 }", "{ dist = \"beta\", alpha = 2, beta = 3 }");
    same(
        "{ dist = \"pert\", min = 0, mode = 10, max = 40 }",
        "{ dist = \"beta\", alpha = 2, beta = 4, max = 40 }",
    );
    same(
        "{ dist = \"percentiles\", p5 = 2, p95 = 18 }",
        "{ dist = \"lognormal\", p5 = 2, p95 = 18 }",
    );
}

#[test]
fn statrs_agrees_where_it_is_right() {
    use statrs::distribution::{self as peer, ContinuousCDF};
    let probabilities = [1e-6, 1e-3, 0.05, 0.3, 0.5, 0.8, 0.99, 1.0 - 1e-6];
    let check = |spec: &str, tolerance: f64, inverse: &dyn Fn(f64) -> f64| {
        let ours = build(spec).unwrap();
        for p in probabilities {
            let got = ours.quantile(Prob::from_lower(p));
            assert_near(got, inverse(p), tolerance, &format!("{spec} at {p}"));
        }
    };
    let normal = peer::Normal::new(3.0, 0.5).unwrap();
    check("{ dist = \"normal\", mean = 3, sd = 0.5 }", 1e-14, &|p| normal.inverse_cdf(p));
    let lognormal = peer::LogNormal::new(1.2, 0.8).unwrap();
    check("{ dist = \"lognormal\", mean_log = 1.2, sd_log = 0.8 }", 1e-13, &|p| {
        lognormal.inverse_cdf(p)
    });
    let weibull = peer::Weibull::new(3.0, 6.5).unwrap();
    check("{ dist = \"weibull\", shape = 3, scale = 6.5 }", 1e-13, &|p| weibull.inverse_cdf(p));
    let triangular = peer::Triangular::new(0.0, 40.0, 10.0).unwrap();
    check("{ dist = \"triangular\", min = 0, mode = 10, max = 40 }", 1e-13, &|p| {
        triangular.inverse_cdf(p)
    });
    for (a, b) in [(0.5, 0.5), (2.0, 5.0), (12.0, 8.0), (60.0, 90.0)] {
        let beta = peer::Beta::new(a, b).unwrap();
        let spec = format!("{{ dist = \"beta\", alpha = {a}, beta = {b} }}");
        check(&spec, 1e-11, &|p| beta.inverse_cdf(p));
    }
    let gamma = peer::Gamma::new(6.25, 1.25).unwrap();
    let ours = build("{ dist = \"gamma\", mean = 5, sd = 2 }").unwrap();
    for x in [0.5, 2.0, 5.0, 9.0, 20.0] {
        assert_near(ours.cdf(x).lower(), gamma.cdf(x), 1e-10, "gamma cdf");
    }
}

/// Uniform numbers by `SplitMix64` (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195).
fn uniforms(count: usize, mut state: u64) -> Vec<f64> {
    let mut next = || {
        state = state.wrapping_add(0x9e3779b97f4a7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d049bb133111eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count).map(|_| next()).collect()
}

/// The greatest distance between the empirical and the given distribution function of ascending values.
fn distance(ascending: impl Iterator<Item = f64>, count: usize, cdf: impl Fn(f64) -> f64) -> f64 {
    let n = count as f64;
    ascending.enumerate().fold(0.0, |worst: f64, (i, x)| {
        let f = cdf(x);
        worst.max((f - i as f64 / n).abs()).max((f - (i + 1) as f64 / n).abs())
    })
}

#[test]
fn draws_fit_an_independent_distribution_function() {
    use statrs::distribution::{self as peer, ContinuousCDF};
    type Cdf = Box<dyn Fn(f64) -> f64>;
    fn cdf(d: impl ContinuousCDF<f64, f64> + 'static) -> Cdf {
        Box::new(move |x| d.cdf(x))
    }
    let cheap: [(&str, Cdf); 5] = [
        ("{ dist = \"normal\", mean = 3, sd = 0.5 }", cdf(peer::Normal::new(3.0, 0.5).unwrap())),
        (
            "{ dist = \"lognormal\", mean_log = 1.2, sd_log = 0.8 }",
            cdf(peer::LogNormal::new(1.2, 0.8).unwrap()),
        ),
        (
            "{ dist = \"weibull\", shape = 3, scale = 6.5 }",
            cdf(peer::Weibull::new(3.0, 6.5).unwrap()),
        ),
        (
            "{ dist = \"triangular\", min = 0, mode = 10, max = 40 }",
            cdf(peer::Triangular::new(0.0, 40.0, 10.0).unwrap()),
        ),
        ("{ dist = \"uniform\", min = 3, max = 4 }", cdf(peer::Uniform::new(3.0, 4.0).unwrap())),
    ];
    // Dvoretzky-Kiefer-Wolfowitz: at a million draws 0.003 is passed by chance once in 3e7.
    let count = 1_000_000;
    let mut u = uniforms(count, 20240731);
    u.sort_by(f64::total_cmp);
    for (spec, cdf) in cheap {
        let d = build(spec).unwrap();
        let draws = u.iter().map(|u| d.quantile(Prob::from_lower(*u)));
        let sup = distance(draws, count, cdf);
        assert!(sup < 0.003, "{spec}: {sup}");
    }
    // Costly families: one draw in the middle of each of 20,000 strata leaves half a stratum.
    let costly: [(&str, Cdf); 3] = [
        ("{ dist = \"beta\", alpha = 2, beta = 5 }", cdf(peer::Beta::new(2.0, 5.0).unwrap())),
        ("{ dist = \"beta\", alpha = 60, beta = 90 }", cdf(peer::Beta::new(60.0, 90.0).unwrap())),
        ("{ dist = \"gamma\", mean = 5, sd = 2 }", cdf(peer::Gamma::new(6.25, 1.25).unwrap())),
    ];
    let count = 20_000;
    for (spec, cdf) in costly {
        let d = build(spec).unwrap();
        let middle = |i: usize| Prob::from_lower((i as f64 + 0.5) / count as f64);
        let sup = distance((0..count).map(|i| d.quantile(middle(i))), count, cdf);
        assert!(sup < 0.5 / count as f64 + 1e-9, "{spec}: {sup}");
    }
}

#[test]
fn discrete_moments_and_steps() {
    let d =
        build("{ dist = \"discrete\", values = [4, 1, 2, 1], weights = [1, 1, 2, 1] }").unwrap();
    assert_near(d.mean(), 2.0, 1e-15, "mean");
    assert_near(d.sd() * d.sd(), 1.2, 1e-15, "variance");
    let cases: BTreeMap<u64, f64> = [(10, 1.0), (39, 1.0), (41, 2.0), (79, 2.0), (81, 4.0)].into();
    for (percent, value) in cases {
        assert_near(d.quantile(Prob::from_lower(percent as f64 / 100.0)), value, 0.0, "step");
    }
    assert_near(d.cdf(1.5).lower(), 0.4, 1e-15, "between two values");
}

#[test]
fn log_gamma_and_stirling_agree_with_each_other() {
    // ln Γ(1 + a) = −γ a + π²a²/12 − … near zero.
    assert_near(super::special::log_gamma_1p(1e-9), -0.57721566407906587e-9, 1e-13, "near zero");
    // The Taylor series against the library, and Stirling's series against log gamma.
    let below = super::special::log_gamma_1p(0.5);
    assert_near(below, libm::lgamma(1.5), 1e-15, "one half");
    let (a, b) = (10.0 - 1e-12, 10.0);
    let (a, b) = (super::special::stirling_error(a), super::special::stirling_error(b));
    assert_near(a, b, 1e-12, "stirling at ten");
    assert_near(super::special::deviance(3.0, 2.0), 2.0 * libm::log(2.0 / 3.0) + 1.0, 1e-14, "far");
    assert_near(super::special::deviance(2.0 + 1e-9, 2.0), 2.5e-19, 1e-6, "near");
}

#[test]
fn spreads_far_below_the_value_keep_their_digits() {
    assert_facts(
        "{ dist = \"lognormal\", median = 3, sd_log = 1e-10 }",
        1e-12,
        &[("mean", 3.0), ("sd", 3e-10)],
    );
    assert_facts(
        "{ dist = \"weibull\", shape = 1e6, scale = 2 }",
        2e-6,
        // π/(k√6) to first order.
        &[("sd", 2.0e-6 * 1.28254983016186)],
    );
}
