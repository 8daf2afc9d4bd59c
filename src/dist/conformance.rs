//! What every family must do, checked for every form of every family in [`FAMILIES`].

use std::collections::BTreeMap;

use super::special::{integrate, normal_density};
use super::{
    Distribution, FAMILIES, Family, ParamError, ParamKind, ParamValue, Params, Part, Prob,
};
use super::{Sampling, family};

/// At least one for every form; the tests check that none is missing.
const CASES: &[&str] = &[
    r#"{ dist = "constant", value = 3 }"#,
    r#"{ dist = "percentiles", p5 = 37, p95 = 40 }"#,
    r#"{ dist = "percentiles", p5 = -3, p95 = 40 }"#,
    r#"{ dist = "percentiles", p5 = 15, p50 = 80, p95 = 290 }"#,
    r#"{ dist = "percentiles", p5 = 0.1, p50 = 0.4, p95 = 0.8, scale = "logit" }"#,
    r#"{ dist = "percentiles", p5 = 2, p50 = 4, p95 = 5, scale = "linear", min = 0 }"#,
    r#"{ dist = "percentiles", p5 = 15, p50 = 80, p95 = 290, floor = 20, ceiling = 200 }"#,
    r#"{ dist = "lognormal", p5 = 2, p95 = 18 }"#,
    r#"{ dist = "lognormal", p10 = 5, p90 = 50, min = 1, max = 100 }"#,
    r#"{ dist = "lognormal", median = 1, sd_log = 0.03 }"#,
    r#"{ dist = "lognormal", mean = 4, sd = 3, max = 20 }"#,
    r#"{ dist = "lognormal", mean_log = 1.2, sd_log = 1.5 }"#,
    r#"{ dist = "normal", p5 = 1, p95 = 3 }"#,
    r#"{ dist = "normal", p10 = -1, p90 = 3 }"#,
    r#"{ dist = "normal", mean = 0.335, sd = 0.05 }"#,
    r#"{ dist = "normal", mean = 1, sd = 2, min = 3, max = 3.5 }"#,
    r#"{ dist = "normal", mean = 0.4, sd = 0.7, min = 0 }"#,
    r#"{ dist = "normal", mean = 0.4, sd = 0.7, floor = 0 }"#,
    r#"{ dist = "normal", mean = 0.4, sd = 0.7, floor = -1, ceiling = 1 }"#,
    r#"{ dist = "pert", min = 0, mode = 10, max = 40 }"#,
    r#"{ dist = "pert", min = 2, mode = 2, max = 10, shape = 6 }"#,
    r#"{ dist = "pert", min = 1, mode = 2, max = 3 }"#,
    r#"{ dist = "triangular", min = 1.13, mode = 1.30, max = 1.43 }"#,
    r#"{ dist = "triangular", min = 5, mode = 5.5, max = 5.5 }"#,
    r#"{ dist = "triangular", min = 0, mode = 0, max = 1 }"#,
    r#"{ dist = "uniform", min = -3, max = 4 }"#,
    r#"{ dist = "beta", alpha = 12, beta = 8 }"#,
    r#"{ dist = "beta", alpha = 0.1, beta = 3 }"#,
    r#"{ dist = "beta", alpha = 200, beta = 2 }"#,
    r#"{ dist = "beta", alpha = 4, beta = 96, min = 1, max = 5 }"#,
    r#"{ dist = "beta", mean = 0.40, sd = 0.04 }"#,
    r#"{ dist = "beta", mean = 0.5, sd = 0.4 }"#,
    r#"{ dist = "gamma", shape = 0.1, scale = 1 }"#,
    r#"{ dist = "gamma", shape = 3, scale = 1e-6 }"#,
    r#"{ dist = "gamma", mean = 5, sd = 2 }"#,
    r#"{ dist = "gamma", mean = 5, sd = 0.01 }"#,
    r#"{ dist = "weibull", shape = 3, scale = 6.5 }"#,
    r#"{ dist = "weibull", shape = 0.7, scale = 2 }"#,
    r#"{ dist = "discrete", values = [1, 2, 4], weights = [0.3, 0.5, 0.2] }"#,
    r#"{ dist = "discrete", values = [7], weights = [2] }"#,
    r#"{ dist = "discrete", values = [4, 1, 2] }"#,
    r#"{ dist = "metalog", p10 = 10, p50 = 20, p90 = 50 }"#,
    r#"{ dist = "metalog", p10 = 10, p50 = 20, p90 = 50, lower = 0 }"#,
    r#"{ dist = "metalog", p10 = 10, p50 = 35, p90 = 50, upper = 60 }"#,
    r#"{ dist = "metalog", p10 = 0.2, p50 = 0.3, p90 = 0.6, lower = 0, upper = 1 }"#,
    r#"{ dist = "metalog", probabilities = [0.05, 0.25, 0.5, 0.75, 0.95], values = [8, 13, 20, 33, 62] }"#,
    r#"{ dist = "metalog", probabilities = [0.05, 0.25, 0.5, 0.75, 0.95], values = [8, 13, 20, 33, 62], lower = 0 }"#,
    r#"{ dist = "metalog", probabilities = [0.05, 0.25, 0.5, 0.75, 0.95], values = [-62, -33, -20, -13, -8], upper = 0 }"#,
    r#"{ dist = "metalog", probabilities = [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99], values = [1, 4, 7, 10, 13, 17, 22], terms = 4 }"#,
    r#"{ dist = "metalog", probabilities = [0.05, 0.25, 0.5, 0.75, 0.95], values = [0.1, 0.2, 0.3, 0.5, 0.8], lower = 0, upper = 1 }"#,
    r#"{ dist = "metalog", coefficients = [20, 9, 8, 3, 4, 1, 2, 0.5] }"#,
    r#"{ dist = "mixture", parts = [{ weight = 0.7, value = { dist = "normal", mean = 2, sd = 1 } }, { weight = 0.3, value = { dist = "normal", mean = 3, sd = 2 } }] }"#,
    r#"{ dist = "mixture", parts = [{ weight = 2, value = { dist = "lognormal", p5 = 2, p95 = 18 } }, { weight = 1, value = { dist = "gamma", shape = 3, scale = 1 } }, { weight = 1, value = { dist = "weibull", shape = 1.5, scale = 2 } }] }"#,
];

/// The family and the parameters of an inline table: enough of TOML for the cases above.
fn parse(text: &str) -> (String, BTreeMap<String, ParamValue>) {
    let inner = text.trim().strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    let mut depth = 0;
    let parts = inner.split(|c: char| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == ',' && depth == 0
    });
    let mut entries = BTreeMap::new();
    let mut name = String::new();
    for part in parts {
        let (key, value) = part.split_once('=').unwrap();
        let (key, value) = (key.trim(), value.trim());
        let word = value.strip_prefix('"').map(|rest| rest.strip_suffix('"').unwrap());
        if key == "dist" {
            word.unwrap().clone_into(&mut name);
            continue;
        }
        let parsed = if let Some(word) = word {
            ParamValue::Text(word.to_owned())
        } else if value.starts_with("[{") {
            ParamValue::Parts(parts_of(value))
        } else if let Some(list) = value.strip_prefix('[') {
            let list = list.strip_suffix(']').unwrap().split(',');
            ParamValue::List(list.map(|x| x.trim().parse().unwrap()).collect())
        } else {
            ParamValue::Number(value.parse().unwrap())
        };
        entries.insert(key.to_owned(), parsed);
    }
    (name, entries)
}

/// The parts of a mixture: a number or an inline table each.
fn parts_of(text: &str) -> Vec<Part> {
    let pieces = text.split("{ weight = ").skip(1).map(|piece| {
        let (weight, value) = piece.split_once(", value = ").unwrap();
        let value = value.trim_end_matches([' ', ',', ']']).strip_suffix('}').unwrap().trim();
        let value = value.parse::<f64>().map_or_else(
            |_| value.to_owned(),
            |number| format!("{{ dist = \"constant\", value = {number} }}"),
        );
        Part { weight: weight.parse().unwrap(), dist: build(&value).unwrap().into() }
    });
    pieces.collect()
}

/// The distribution that an inline table describes.
pub(super) fn build(text: &str) -> Result<Box<dyn Distribution>, ParamError> {
    let (name, entries) = parse(text);
    (family(&name).unwrap().build)(&Params::new(&entries))
}

fn cases() -> Vec<(&'static str, Box<dyn Distribution>)> {
    let build_case = |text: &&'static str| {
        (*text, build(text).unwrap_or_else(|error| panic!("{text}: {error}")))
    };
    CASES.iter().map(build_case).collect()
}

/// Both tails from 1e-300 to one half.
fn probabilities() -> Vec<Prob> {
    let tails =
        [1e-300, 1e-200, 1e-100, 1e-50, 1e-16, 1e-10, 1e-6, 1e-3, 0.02425, 0.1, 0.25, 0.4, 0.5];
    let lower = tails.into_iter().map(Prob::from_lower);
    lower.chain(tails.into_iter().rev().map(Prob::from_upper)).collect()
}

#[test]
fn every_form_has_a_case_and_every_declaration_is_consistent() {
    for family in FAMILIES {
        let known = |name: &&str| family.params.iter().any(|param| param.name == *name);
        assert!(family.optional.iter().all(known), "{}", family.name);
        for form in family.forms {
            assert!(form.iter().all(known), "{}", family.name);
            let covered = CASES.iter().any(|text| {
                let (name, mut entries) = parse(text);
                entries.retain(|key, _| !family.optional.contains(&key.as_str()));
                let same = entries.len() == form.len()
                    && form.iter().all(|param| entries.contains_key(*param));
                name == family.name && same
            });
            assert!(covered, "{} {form:?}", family.name);
        }
        for param in family.params {
            let used = family.forms.iter().any(|form| form.contains(&param.name));
            assert!(used || family.optional.contains(&param.name), "{}", param.name);
            assert!(!param.doc.is_empty());
        }
        assert!(!family.doc.is_empty() && !family.formula.is_empty());
    }
    let mut names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FAMILIES.len());
    assert!(family("lognorm").is_none());
}

#[test]
fn every_example_builds() {
    for family in FAMILIES {
        assert_eq!(parse(family.example).0, family.name);
        let built = build(family.example);
        assert!(built.is_ok(), "{}: {built:?}", family.example);
    }
}

#[test]
fn cdf_of_quantile_is_the_probability() {
    // A double near x cannot say more than x allows, so the probability must lie between those a
    // few parts in 1e13 to either side: rounding of x, not of the method, decides.
    for (text, d) in cases() {
        for p in probabilities() {
            let x = d.quantile(p);
            let shift = (3e-13 * x.abs()).max(f64::MIN_POSITIVE);
            let (below, above) = (d.cdf(x - shift), d.cdf(x + shift));
            let (tail, is_lower) = p.smaller_tail();
            let slack = 1e-12 * tail;
            let fits = if is_lower {
                below.lower() <= tail + slack && tail <= above.lower() + slack
            } else {
                above.upper() <= tail + slack && tail <= below.upper() + slack
            };
            assert!(fits, "{text} at {p:?}: {x:e} has {below:?} to {above:?}");
        }
    }
}

#[test]
fn tails_sum_to_one_and_neither_is_negative() {
    for (text, d) in cases() {
        for p in probabilities() {
            let got = d.cdf(d.quantile(p));
            assert!((got.lower() + got.upper() - 1.0).abs() < 1e-14, "{text}: {got:?}");
            assert!(got.lower() >= 0.0 && got.upper() >= 0.0, "{text}: {got:?}");
        }
        let (low, high) = d.support();
        assert!(d.cdf(high).upper() <= 0.0, "{text}");
        assert!(d.cdf(low - 1.0 - low.abs() * 1e-3).lower() <= 0.0, "{text}");
    }
}

#[test]
fn quantile_is_monotone_and_within_the_support() {
    for (text, d) in cases() {
        let (low, high) = d.support();
        let mut last = f64::NEG_INFINITY;
        for step in -740..=740 {
            let x = d.quantile(Prob::from_z(f64::from(step) / 20.0));
            assert!(x >= last - 1e-15 * x.abs() && low <= x && x <= high, "{text} at {step}: {x}");
            last = x;
        }
        let (least, greatest) = (Prob::from_lower(0.0), Prob::from_upper(0.0));
        assert!((d.quantile(least) - low).abs() < 1e-12 || d.quantile(least) <= low, "{text}");
        assert!(
            (d.quantile(greatest) - high).abs() < 1e-12 || d.quantile(greatest) >= high,
            "{text}"
        );
    }
}

#[test]
fn moments_are_the_integrals_of_the_quantile() {
    for (text, d) in cases() {
        if text.contains("discrete") {
            continue; // its jumps are no matter for quadrature; its own test sums them
        }
        let expect = |f: &dyn Fn(f64) -> f64| {
            let weighted = |z: f64| f(d.quantile(Prob::from_z(z))) * normal_density(z);
            integrate(-10.0, 10.0, 0.0625, weighted) + integrate(10.0, 36.0, 1.0, weighted)
        };
        let mean = expect(&|x| x);
        let sd = expect(&|x| (x - mean) * (x - mean)).sqrt();
        // A kink inside a panel, as where a draw is clipped, leaves about 1e-7.
        let tolerance =
            if ["floor", "triangular", "percentiles"].iter().any(|kinked| text.contains(kinked)) {
                1e-6
            } else {
                1e-9
            };
        let scale = mean.abs() + sd;
        assert!((d.mean() - mean).abs() <= tolerance * scale, "{text}: {} not {mean}", d.mean());
        assert!((d.sd() - sd).abs() <= tolerance * scale, "{text}: {} not {sd}", d.sd());
    }
}

/// The value that a recipe gives at a normal score; none if it is tabulated.
fn draw(recipe: &Sampling, z: f64) -> Option<f64> {
    Some(match recipe {
        Sampling::Constant(x) => *x,
        Sampling::TwoPiece { scale, center, below, above } => {
            scale.value(center + if z < 0.0 { below * z } else { above * z })
        }
        Sampling::Tabulated | Sampling::FinelyTabulated => return None,
        Sampling::Steps { values, thresholds } => {
            assert_eq!(values.len(), thresholds.len() + 1);
            values[thresholds.iter().position(|t| z < *t).unwrap_or(thresholds.len())]
        }
        Sampling::Clipped { base, floor, ceiling } => draw(base, z)?.clamp(*floor, *ceiling),
    })
}

#[test]
fn sampling_recipe_gives_the_quantile() {
    let mut recipes = 0;
    for (text, d) in cases() {
        let recipe = d.sampling();
        for step in -83..=83 {
            let z = f64::from(step) / 10.0 + 0.003;
            let want = d.quantile(Prob::from_z(z));
            if let Some(got) = draw(&recipe, z) {
                assert!((got - want).abs() <= 1e-13 * want.abs().max(0.1), "{text} at {z}: {got}");
                recipes += 1;
            }
        }
    }
    assert!(recipes > 15 * 167);
}

fn error_of(family: &Family, entries: &BTreeMap<String, ParamValue>) -> ParamError {
    let built = (family.build)(&Params::new(entries));
    let error = built.err().unwrap_or_else(|| panic!("{} takes {entries:?}", family.name));
    assert!(!error.message.ends_with('.') && !error.help.is_empty(), "{error:?}");
    let first = error.message.chars().next().unwrap();
    assert!(!first.is_uppercase(), "{error:?}");
    error
}

#[test]
fn numbers_that_are_not_finite_are_refused_by_name() {
    for text in CASES {
        let (name, entries) = parse(text);
        for key in entries.keys() {
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut entries = entries.clone();
                match entries.get_mut(key).unwrap() {
                    ParamValue::Number(x) => *x = bad,
                    ParamValue::List(list) => list[0] = bad,
                    ParamValue::Parts(parts) => parts[0].weight = bad,
                    ParamValue::Text(word) => word.push_str("-not"),
                }
                let error = error_of(family(&name).unwrap(), &entries);
                assert_eq!(error.param.as_ref(), Some(key), "{text}");
            }
        }
    }
}

#[test]
fn wrong_sets_and_kinds_of_parameters_are_refused() {
    for text in CASES {
        let (name, entries) = parse(text);
        let family = family(&name).unwrap();
        let mut extra = entries.clone();
        extra.insert("sigma".to_owned(), ParamValue::Number(1.0));
        assert_eq!(error_of(family, &extra).param.as_deref(), Some("sigma"));
        for (key, value) in &entries {
            let mut swapped = entries.clone();
            let other = match value {
                ParamValue::Number(_) => ParamValue::List(vec![1.0]),
                _ => ParamValue::Number(1.0),
            };
            swapped.insert(key.clone(), other);
            assert_eq!(error_of(family, &swapped).param.as_ref(), Some(key), "{text}");
        }
        let required =
            entries.keys().filter(|key| !family.optional.contains(&key.as_str())).count();
        // A parameter of one form beside another form, and the first form short of one.
        for param in family.params {
            let number =
                matches!(param.kind, ParamKind::Value | ParamKind::Spread | ParamKind::Number);
            let known = family.optional.contains(&param.name) || entries.contains_key(param.name);
            let joins = family
                .forms
                .iter()
                .any(|form| form.contains(&param.name) && form.len() == 1 + required);
            if number && !known && !joins {
                let mut extra = entries.clone();
                extra.insert(param.name.to_owned(), ParamValue::Number(1.0));
                let error = error_of(family, &extra);
                assert!(error.message.contains("one too many"), "{text} {}: {error}", param.name);
            }
        }
        let error = error_of(family, &BTreeMap::new());
        assert!(error.message.contains("lacks") && error.help.contains(family.example), "{error}");
    }
}

#[test]
fn values_that_make_no_distribution_are_refused_by_name() {
    for (text, param) in [
        (r#"{ dist = "normal", mean = 0, sd = 0 }"#, "sd"),
        (r#"{ dist = "normal", mean = 0, sd = -1 }"#, "sd"),
        (r#"{ dist = "normal", p5 = 3, p95 = 3 }"#, "p5"),
        (r#"{ dist = "normal", p10 = 3, p90 = 2 }"#, "p10"),
        (r#"{ dist = "normal", mean = 0, sd = 1, min = 2, max = 1 }"#, "min"),
        (r#"{ dist = "normal", mean = 0, sd = 1, min = 9 }"#, "min"),
        (r#"{ dist = "normal", mean = 0, sd = 1, max = -9 }"#, "max"),
        (r#"{ dist = "normal", mean = 0, sd = 1, floor = 2, ceiling = 1 }"#, "floor"),
        (r#"{ dist = "normal", mean = 0, sd = 1, min = 0, floor = 1 }"#, "floor"),
        (r#"{ dist = "normal", mean = 0, sd = 1, floor = 9 }"#, "floor"),
        (r#"{ dist = "lognormal", median = 1, sd_log = 1, ceiling = -1 }"#, "ceiling"),
        (r#"{ dist = "lognormal", p5 = 0, p95 = 3 }"#, "p5"),
        (r#"{ dist = "lognormal", p5 = 4, p95 = 3 }"#, "p5"),
        (r#"{ dist = "lognormal", median = -1, sd_log = 1 }"#, "median"),
        (r#"{ dist = "lognormal", median = 1, sd_log = -1 }"#, "sd_log"),
        (r#"{ dist = "lognormal", mean = -1, sd = 1 }"#, "mean"),
        (r#"{ dist = "lognormal", mean = 1, sd = 0 }"#, "sd"),
        (r#"{ dist = "lognormal", mean = 1, sd = 1, max = -1 }"#, "max"),
        (r#"{ dist = "percentiles", p5 = 1, p50 = 9, p95 = 3 }"#, "p50"),
        (r#"{ dist = "percentiles", p5 = 1, p95 = 3, scale = "ln" }"#, "scale"),
        (r#"{ dist = "percentiles", p5 = 0.1, p95 = 3, scale = "logit" }"#, "p95"),
        (r#"{ dist = "pert", min = 3, mode = 4, max = 1 }"#, "min"),
        (r#"{ dist = "pert", min = 3, mode = 2, max = 9 }"#, "mode"),
        (r#"{ dist = "pert", min = 3, mode = 4, max = 9, shape = 0 }"#, "shape"),
        (r#"{ dist = "triangular", min = 3, mode = 10, max = 9 }"#, "mode"),
        (r#"{ dist = "triangular", min = 3, mode = 3, max = 3 }"#, "min"),
        (r#"{ dist = "uniform", min = 3, max = 3 }"#, "min"),
        (r#"{ dist = "beta", alpha = 0, beta = 1 }"#, "alpha"),
        (r#"{ dist = "beta", alpha = 1, beta = -1 }"#, "beta"),
        (r#"{ dist = "beta", mean = 1, sd = 0.1 }"#, "mean"),
        (r#"{ dist = "beta", mean = 0.5, sd = 0.5 }"#, "sd"),
        (r#"{ dist = "beta", mean = 0.5, sd = 0.1, min = 2, max = 1 }"#, "min"),
        (r#"{ dist = "gamma", shape = 0, scale = 1 }"#, "shape"),
        (r#"{ dist = "gamma", mean = 1, sd = -1 }"#, "sd"),
        (r#"{ dist = "weibull", shape = 1, scale = 0 }"#, "scale"),
        (r#"{ dist = "discrete", values = [1, 2], weights = [1] }"#, "weights"),
        (r#"{ dist = "discrete", values = [1, 2], weights = [1, -1] }"#, "weights"),
        (r#"{ dist = "discrete", values = [1, 2], weights = [0, 0] }"#, "weights"),
        (r#"{ dist = "metalog", p10 = 1, p50 = 1, p90 = 3 }"#, "p10"),
        (r#"{ dist = "metalog", p10 = 1, p50 = 1.1, p90 = 3 }"#, "p50"),
        (r#"{ dist = "metalog", p10 = 1, p50 = 2, p90 = 3, lower = 1 }"#, "lower"),
        (r#"{ dist = "metalog", p10 = 1, p50 = 2, p90 = 3, upper = 2.5 }"#, "upper"),
        (r#"{ dist = "metalog", probabilities = [0, 0.5], values = [1, 2] }"#, "probabilities"),
        (r#"{ dist = "metalog", probabilities = [0.5, 0.4], values = [1, 2] }"#, "probabilities"),
        (r#"{ dist = "metalog", probabilities = [0.5], values = [1] }"#, "probabilities"),
        (r#"{ dist = "metalog", probabilities = [0.4, 0.5], values = [1, 2, 3] }"#, "values"),
        (r#"{ dist = "metalog", probabilities = [0.4, 0.5], values = [2, 2] }"#, "values"),
        (
            r#"{ dist = "metalog", probabilities = [0.4, 0.5], values = [1, 2], terms = 3 }"#,
            "terms",
        ),
        (
            r#"{ dist = "metalog", probabilities = [0.4, 0.5], values = [1, 2], terms = 1.5 }"#,
            "terms",
        ),
        (
            r#"{ dist = "metalog", probabilities = [0.4, 0.5], values = [1, 2], lower = 1 }"#,
            "lower",
        ),
        (
            r#"{ dist = "metalog", probabilities = [0.4, 0.5], values = [1, 2], upper = 2 }"#,
            "upper",
        ),
        (r#"{ dist = "metalog", coefficients = [1] }"#, "coefficients"),
        (r#"{ dist = "metalog", coefficients = [1, -1] }"#, "coefficients"),
        (r#"{ dist = "metalog", coefficients = [1, 1], lower = 2, upper = 1 }"#, "lower"),
        (
            r#"{ dist = "mixture", parts = [{ weight = -1, value = 2 }, { weight = 3, value = 1 }] }"#,
            "parts",
        ),
        (r#"{ dist = "mixture", parts = [{ weight = 0, value = 2 }] }"#, "parts"),
    ] {
        let (name, entries) = parse(text);
        assert_eq!(
            error_of(family(&name).unwrap(), &entries).param.as_deref(),
            Some(param),
            "{text}"
        );
    }
}

#[test]
fn three_percentiles_for_two_parameters_say_what_to_use() {
    for text in [
        r#"{ dist = "lognormal", p5 = 15, p50 = 80, p95 = 290 }"#,
        r#"{ dist = "normal", p5 = 15, p50 = 80, p95 = 290 }"#,
    ] {
        let error = build(text).unwrap_err();
        assert_eq!(error.param.as_deref(), Some("p50"));
        assert!(
            error.help.contains("\"5 / 50 / 95\"") && error.help.contains("percentiles"),
            "{error}"
        );
    }
}

#[test]
fn an_infeasible_metalog_says_where_the_median_may_be() {
    let with_median = |p50: f64, bound: &str| {
        build(&format!("{{ dist = \"metalog\", p10 = 10, p50 = {p50}, p90 = 50{bound} }}"))
    };
    // r = 0.5 ± 0.4/U = 0.166577 to 0.833423 of the way, on the linear axis.
    let error = with_median(16.0, "").unwrap_err();
    assert!(
        error.message.contains("`p10`") && error.message.contains("a3 < 1.66711 a2"),
        "{error}"
    );
    assert!(error.help.contains("16.663095") && error.help.contains("43.336905"), "{error}");
    for (p50, feasible) in [(16.66, false), (16.67, true), (43.33, true), (43.34, false)] {
        assert_eq!(with_median(p50, "").is_ok(), feasible, "{p50}");
    }
    // Bounded below by zero: 10 · 5^0.166577 = 13.0745 and 10 · 5^0.833423 = 38.2424.
    let error = with_median(45.0, ", lower = 0").unwrap_err();
    assert!(error.message.contains("`p90`") && error.message.contains("a3 > "), "{error}");
    assert!(error.help.contains("13.07") && error.help.contains("38.24"), "{error}");
}

#[test]
fn a_metalog_too_heavy_for_moments_says_infinite() {
    let heavy = build(r#"{ dist = "metalog", p10 = 1, p50 = 20, p90 = 400, lower = 0 }"#).unwrap();
    assert!(heavy.mean().is_infinite() && heavy.sd().is_infinite());
    let middling =
        build(r#"{ dist = "metalog", p10 = 4, p50 = 20, p90 = 100, lower = 0 }"#).unwrap();
    assert!(middling.mean().is_finite() && middling.sd().is_infinite());
}
