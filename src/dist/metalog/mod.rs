//! Metalog distributions (Keelin 2016, "The metalog distributions", Decision Analysis 13(4),
//! doi:10.1287/deca.2016.0338): any feasible P10, P50, P90, any number of percentiles, or coefficients,
//! with or without bounds.
//!
//! M(p) = a₁ + a₂ L + a₃ y L + a₄ y + a₅ y² + a₆ y² L + a₇ y³ + … with L = ln(p/(1−p)), y = p − ½. A
//! lower bound takes ln(x − lower) for x, an upper bound −ln(upper − x), both
//! ln((x − lower)/(upper − x)).
//!
//! Three terms increase if a₂ > |a₃| max[(p−½) + p(1−p) L]. With L = 2u the maximum is where
//! u tanh u = 1, and is u/2; Keelin's rounded constant 1.66711 is 2/u. More terms are checked on a
//! grid ([`curve`]).

mod curve;
mod fit;

use curve::{Curve, moments};

use super::params::check_ascending;
use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "metalog",
    doc: "smooth and exact at P10, P50 and P90, or through any percentiles: exact with as many terms \
          as pairs, by least squares with fewer; logistic tails, a bound makes it semi-bounded or \
          bounded. What does not increase everywhere is infeasible and refused",
    formula: "x = a1 + a2 L + a3 y L + a4 y + a5 y² + a6 y² L + a7 y³ + a8 y³ L + …, y = p − 1/2, \
              L = ln(p/(1−p)), on x, ln(x − lower), −ln(upper − x) or ln((x − lower)/(upper − x)). \
              Keelin (2016, doi:10.1287/deca.2016.0338)",
    params: &[
        Param::new("p10", ParamKind::Value, "10th percentile"),
        Param::new("p50", ParamKind::Value, "median"),
        Param::new("p90", ParamKind::Value, "90th percentile"),
        Param::new("probabilities", ParamKind::Numbers, "ascending, above 0 and below 1"),
        Param::new("values", ParamKind::List, "the percentile at each of the probabilities"),
        Param::new(
            "terms",
            ParamKind::Number,
            "number of terms, 2 to 16; fewer than pairs: least squares; left out: one for each pair",
        ),
        Param::new(
            "coefficients",
            ParamKind::Numbers,
            "a1, a2, … on the axis of the formula, x in the unit in which the input is computed",
        ),
        Param::new("lower", ParamKind::Value, "bound below"),
        Param::new("upper", ParamKind::Value, "bound above"),
    ],
    forms: &[
        &["p10", "p50", "p90"],
        &["probabilities", "values"],
        &["probabilities", "values", "terms"],
        &["coefficients"],
    ],
    optional: &["lower", "upper"],
    example: r#"{ dist = "metalog", p10 = 10, p50 = 20, p90 = 50, lower = 0 }"#,
    build,
};

/// The root of u tanh u = 1.
const U: f64 = 1.1996786402577338339;
/// ln 9, the log odds at P90.
const LOG_ODDS_90: f64 = 2.1972245773362193828;

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    let form = params.form(&FAMILY)?;
    let (curve, bounds) = if form.contains(&"coefficients") {
        let bounds = Bounds::of(params, None)?;
        (fit::given(params.list("coefficients").unwrap_or_default())?, bounds)
    } else if form.contains(&"values") {
        let pairs = fit::Pairs::of(params)?;
        let bounds = Bounds::of(params, Some(("values", pairs.ends())))?;
        (pairs.fit(bounds)?, bounds)
    } else {
        let (p10, p90) = params.ascending("p10", "p90")?;
        let (_, p50) = params.ascending("p10", "p50")?;
        params.ascending("p50", "p90")?;
        let bounds = Bounds::of(params, Some(("p10", (p10, p90))))?;
        (three_terms(bounds, p10, p50, p90)?, bounds)
    };
    let (mean, sd) = moments(&curve, bounds);
    Ok(Box::new(Metalog { curve, bounds, mean, sd }))
}

/// The axis on which the quantile is M(p).
#[derive(Clone, Copy, Debug)]
enum Bounds {
    None,
    Lower(f64),
    Upper(f64),
    Both(f64, f64),
}

impl Bounds {
    /// The bounds, which must lie outside the least and greatest stated value.
    fn of(params: &Params, stated: Option<(&str, (f64, f64))>) -> Result<Self, ParamError> {
        let (lower, upper) = (params.value("lower"), params.value("upper"));
        if let (Some(low), Some(high)) = (lower, upper) {
            check_ascending("lower", low, "upper", high)?;
        }
        if let Some((name, (least, greatest))) = stated {
            let last = if name == "p10" { "p90" } else { name };
            if let Some(lower) = lower {
                check_ascending("lower", lower, name, least)?;
            }
            if let Some(upper) = upper {
                check_ascending(last, greatest, "upper", upper)
                    .map_err(|error| ParamError { param: Some("upper".to_owned()), ..error })?;
            }
        }
        Ok(match (lower, upper) {
            (None, None) => Self::None,
            (Some(low), None) => Self::Lower(low),
            (None, Some(high)) => Self::Upper(high),
            (Some(low), Some(high)) => Self::Both(low, high),
        })
    }

    fn axis(self, x: f64) -> f64 {
        match self {
            Self::None => x,
            Self::Lower(low) => libm::log(x - low),
            Self::Upper(high) => -libm::log(high - x),
            Self::Both(low, high) => libm::log((x - low) / (high - x)),
        }
    }

    fn value(self, m: f64) -> f64 {
        match self {
            Self::None => m,
            Self::Lower(low) => low + libm::exp(m),
            Self::Upper(high) => high - libm::exp(-m),
            Self::Both(low, high) => {
                let share = Prob::from_logit(m);
                let (tail, is_lower) = share.smaller_tail();
                if is_lower { low + (high - low) * tail } else { high - (high - low) * tail }
            }
        }
    }

    fn range(self) -> (f64, f64) {
        match self {
            Self::None => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Lower(low) => (low, f64::INFINITY),
            Self::Upper(high) => (f64::NEG_INFINITY, high),
            Self::Both(low, high) => (low, high),
        }
    }
}

/// The three terms through P10, P50 and P90 (Keelin 2016, section 3.4).
fn three_terms(bounds: Bounds, p10: f64, p50: f64, p90: f64) -> Result<Curve, ParamError> {
    let (low, mid, high) = (bounds.axis(p10), bounds.axis(p50), bounds.axis(p90));
    let span = high - low;
    let skew = (high - mid) - (mid - low);
    let (a2, a3) = (span / (2.0 * LOG_ODDS_90), skew / (0.8 * LOG_ODDS_90));
    if 2.0 * a2 > U * a3.abs() {
        return Ok(Curve::of_three(mid, a2, a3, a2 - 0.5 * U * a3.abs()));
    }
    let reach = 0.5 * span * 0.8 / U;
    let middle = 0.5 * (low + high);
    let (least, most) = (bounds.value(middle - reach), bounds.value(middle + reach));
    let (end, condition) =
        if a3 > 0.0 { ("p10", "a3 < 1.66711 a2") } else { ("p90", "a3 > −1.66711 a2") };
    Err(ParamError::of(
        "p50",
        format!(
            "`p50` = {p50} is too close to `{end}`: the quantile would not increase everywhere \
             ({condition} fails)"
        ),
        format!(
            "with these p10, p90 and bounds the median must lie between {least:.6} and {most:.6}; \
             or use dist = \"percentiles\", which takes any"
        ),
    ))
}

#[derive(Clone, Debug)]
struct Metalog {
    curve: Curve,
    bounds: Bounds,
    mean: f64,
    sd: f64,
}

impl Distribution for Metalog {
    fn quantile(&self, p: Prob) -> f64 {
        let (low, high) = self.bounds.range();
        if p.lower() <= 0.0 {
            return low;
        }
        if p.upper() <= 0.0 {
            return high;
        }
        self.bounds.value(self.curve.at(p.logit()))
    }

    fn cdf(&self, x: f64) -> Prob {
        let (low, high) = self.bounds.range();
        if x <= low {
            return Prob::from_lower(0.0);
        }
        if x >= high {
            return Prob::from_upper(0.0);
        }
        Prob::from_logit(self.curve.inverse(self.bounds.axis(x)))
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn sd(&self) -> f64 {
        self.sd
    }

    fn support(&self) -> (f64, f64) {
        self.bounds.range()
    }

    fn sampling(&self) -> Sampling {
        Sampling::Tabulated
    }
}
