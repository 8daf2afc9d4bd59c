//! Metalogs of many terms and mixtures, against closed forms and by draws.

use super::conformance::build;
use super::special::normal_upper_tail;
use super::{Prob, Sampling};

fn quantiles(text: &str, probabilities: &[f64]) -> Vec<f64> {
    let d = build(text).unwrap();
    probabilities.iter().map(|p| d.quantile(Prob::from_lower(*p))).collect()
}

#[test]
fn as_many_terms_as_pairs_meet_every_pair() {
    let ps = [0.05, 0.25, 0.5, 0.75, 0.95];
    let xs = [8.0, 13.0, 20.0, 33.0, 62.0];
    for bounds in ["", ", lower = 0", ", upper = 200", ", lower = 0, upper = 200"] {
        let text =
            format!("{{ dist = \"metalog\", probabilities = {ps:?}, values = {xs:?}{bounds} }}");
        for (got, want) in quantiles(&text, &ps).iter().zip(xs) {
            assert!((got - want).abs() < 1e-12 * want, "{text}: {got} not {want}");
        }
    }
}

#[test]
fn three_pairs_at_ten_fifty_and_ninety_are_the_triple() {
    let ps = [0.001, 0.05, 0.3, 0.75, 0.999];
    for bounds in ["", ", lower = 0", ", upper = 200", ", lower = 0, upper = 200"] {
        let pairs = format!("probabilities = [0.1, 0.5, 0.9], values = [10, 20, 50]{bounds}");
        let triple = format!("p10 = 10, p50 = 20, p90 = 50{bounds}");
        let one = quantiles(&format!("{{ dist = \"metalog\", {pairs} }}"), &ps);
        let other = quantiles(&format!("{{ dist = \"metalog\", {triple} }}"), &ps);
        for (a, b) in one.iter().zip(&other) {
            assert!((a - b).abs() < 1e-12 * b.abs(), "{bounds}: {a} not {b}");
        }
    }
}

#[test]
fn terms_stand_in_keelins_order() {
    // At p = 0.9: y = 0.4, L = ln 9. One coefficient beside a2 = 100 at a time.
    let (y, log_odds) = (0.4, libm::log(9.0));
    let basis = [
        y * log_odds,
        y,
        y * y,
        y * y * log_odds,
        y * y * y,
        y * y * y * log_odds,
        y * y * y * y,
        y * y * y * y * log_odds,
    ];
    for (k, term) in basis.iter().enumerate() {
        let mut coefficients = vec![7.0, 100.0];
        coefficients.resize(k + 2, 0.0);
        coefficients.push(3.0);
        let text = format!("{{ dist = \"metalog\", coefficients = {coefficients:?} }}");
        let got = quantiles(&text, &[0.9])[0];
        let want = 7.0 + 100.0 * log_odds + 3.0 * term;
        assert!((got - want).abs() < 1e-12 * want, "term {}: {got} not {want}", k + 3);
    }
}

#[test]
fn fewer_terms_than_pairs_are_least_squares() {
    // Two terms through three pairs: x on L = ln(p/(1−p)), the line of regression. L = −ln 9, 0,
    // ln 9 and x = 1, 2, 6: slope (6 − 1)/(2 ln 9), median the mean 3.
    let text =
        r#"{ dist = "metalog", probabilities = [0.1, 0.5, 0.9], values = [1, 2, 6], terms = 2 }"#;
    let got = quantiles(text, &[0.1, 0.5, 0.9]);
    for (got, want) in got.iter().zip([0.5, 3.0, 5.5]) {
        assert!((got - want).abs() < 1e-13, "{got} not {want}");
    }
    // Data of a four-term curve come back, however many pairs there are.
    let ps: Vec<f64> = (1..40).map(|k| f64::from(k) / 40.0).collect();
    let source = r#"{ dist = "metalog", coefficients = [20, 9, 8, 3] }"#;
    let xs = quantiles(source, &ps);
    let text =
        format!("{{ dist = \"metalog\", probabilities = {ps:?}, values = {xs:?}, terms = 6 }}");
    let far = [1e-9, 0.3, 0.999_999];
    for (got, want) in quantiles(&text, &far).iter().zip(quantiles(source, &far)) {
        assert!((got - want).abs() < 1e-9 * want.abs(), "{got} not {want}");
    }
}

#[test]
fn an_infeasible_fit_says_where_and_how_many_terms_would_do() {
    // Two clusters: five exact terms dip between them.
    let pairs = "probabilities = [0.05, 0.25, 0.5, 0.75, 0.95], values = [1, 1.01, 5, 8.99, 9]";
    let error = build(&format!("{{ dist = \"metalog\", {pairs} }}")).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("values"));
    assert!(error.message.contains("5 terms the quantile would not increase"), "{error}");
    let count = error.help.strip_prefix("terms = ").and_then(|rest| rest.split(' ').next());
    let text = format!("{{ dist = \"metalog\", {pairs}, terms = {} }}", count.unwrap());
    assert!(build(&text).is_ok(), "{text}");
    // The bound of three terms: a3 < 1.66711 a2.
    for (a3, feasible) in [(1.6671, true), (1.6672, false), (-1.6671, true), (-1.6672, false)] {
        let text = format!("{{ dist = \"metalog\", coefficients = [0, 1, {a3}] }}");
        assert_eq!(build(&text).is_ok(), feasible, "{a3}");
    }
    // A tail that turns back beyond the percentiles: B(1/2) = 1 − 1.01.
    let error = build(r#"{ dist = "metalog", coefficients = [0, 1, -2.02, 50] }"#).unwrap_err();
    assert!(error.message.contains("increase in the upper tail"), "{error}");
}

#[test]
fn moments_of_mixtures_are_closed() {
    let text = r#"{ dist = "mixture", parts = [{ weight = 3, value = 2 }, { weight = 1, value = { dist = "normal", mean = 10, sd = 2 } }] }"#;
    let d = build(text).unwrap();
    // Mean ¾ 2 + ¼ 10 = 4; variance ¾ 4 + ¼ (36 + 4) = 13.
    assert!((d.mean() - 4.0).abs() < 1e-15 && (d.sd() - 13.0_f64.sqrt()).abs() < 1e-15);
    assert_eq!(d.support(), (f64::NEG_INFINITY, f64::INFINITY));
    let heavy = r#"{ dist = "metalog", p10 = 1, p50 = 20, p90 = 400, lower = 0 }"#;
    let text = format!(
        "{{ dist = \"mixture\", parts = [{{ weight = 1, value = 2 }}, {{ weight = 1, value = {heavy} }}] }}"
    );
    let d = build(&text).unwrap();
    assert!(d.mean().is_infinite() && d.sd().is_infinite());
}

#[test]
fn a_mixture_jumps_where_its_parts_leave_a_gap() {
    let text = r#"{ dist = "mixture", parts = [{ weight = 0.5, value = { dist = "uniform", min = 0, max = 1 } }, { weight = 0.25, value = 3 }, { weight = 0.25, value = { dist = "uniform", min = 5, max = 6 } }] }"#;
    let d = build(text).unwrap();
    for (p, x) in [
        (0.25, 0.5),
        (0.499, 0.998),
        (0.5, 3.0),
        (0.6, 3.0),
        (0.749_999, 3.0),
        (0.75, 5.0),
        (0.875, 5.5),
    ] {
        let got = d.quantile(Prob::from_lower(p));
        assert!((got - x).abs() < 1e-14 * x, "{p}: {got} not {x}");
    }
    for (x, p) in [(-1.0, 0.0), (0.5, 0.25), (2.0, 0.5), (3.0, 0.75), (4.0, 0.75), (7.0, 1.0)] {
        assert!((d.cdf(x).lower() - p).abs() < 1e-15, "{x}");
    }
    assert_eq!(d.sampling(), Sampling::FinelyTabulated);
}

#[test]
fn a_mixture_of_single_values_has_steps() {
    let text = r#"{ dist = "mixture", parts = [{ weight = 1, value = 5 }, { weight = 1, value = { dist = "discrete", values = [2, 5] } }] }"#;
    let recipe = build(text).unwrap().sampling();
    let Sampling::Steps { values, thresholds } = recipe else { panic!("{recipe:?}") };
    assert_eq!(values, [2.0, 5.0]);
    assert!((normal_upper_tail(thresholds[0]) - 0.75).abs() < 1e-15);
}
