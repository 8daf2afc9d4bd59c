//! The lognormal distribution, perhaps truncated or clipped.

use super::special::{Z90, Z95};
use super::two_piece::{Core, Limits, TwoPiece};
use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Scale};

pub(super) static FAMILY: Family = Family {
    name: "lognormal",
    doc: "positive, skewed to the right: a product of many factors; `min`/`max` truncate it, \
          `floor`/`ceiling` clip the draw. The percentiles, median, mean and sd given are those \
          before truncation or clipping",
    formula: "ln x = mean_log + sd_log z, z standard normal; median = exp(mean_log); from mean and sd \
              sd_log² = ln(1 + (sd/mean)²), mean_log = ln mean − sd_log²/2",
    params: &[
        Param::new("p5", ParamKind::Value, "5th percentile"),
        Param::new("p95", ParamKind::Value, "95th percentile"),
        Param::new("p10", ParamKind::Value, "10th percentile"),
        Param::new("p90", ParamKind::Value, "90th percentile"),
        Param::new("median", ParamKind::Value, "median"),
        Param::new("mean", ParamKind::Value, "mean"),
        Param::new("sd", ParamKind::Spread, "standard deviation"),
        Param::new(
            "mean_log",
            ParamKind::Number,
            "mean of the natural logarithm of the value in the canonical unit",
        ),
        Param::new("sd_log", ParamKind::Number, "standard deviation of the natural logarithm"),
        Param::new("min", ParamKind::Value, "left out below (truncation)"),
        Param::new("max", ParamKind::Value, "left out above (truncation)"),
        Param::new("floor", ParamKind::Value, "raised to this from below (clipping)"),
        Param::new("ceiling", ParamKind::Value, "lowered to this from above (clipping)"),
    ],
    forms: &[
        &["p5", "p95"],
        &["p10", "p90"],
        &["median", "sd_log"],
        &["mean", "sd"],
        &["mean_log", "sd_log"],
    ],
    optional: Limits::PARAMS,
    example: r#"{ dist = "lognormal", p5 = 2, p95 = 18 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    let core = match params.form(&FAMILY)? {
        ["p5", ..] => Core::from_pair(Scale::Log, params, ("p5", "p95"), Z95)?,
        ["p10", ..] => Core::from_pair(Scale::Log, params, ("p10", "p90"), Z90)?,
        ["median", ..] => {
            let center = libm::log(params.positive("median")?);
            Core::symmetric(Scale::Log, center, params.positive("sd_log")?)
        }
        ["mean", ..] => {
            let (mean, sd) = (params.positive("mean")?, params.positive("sd")?);
            let ratio = sd / mean;
            let variance = libm::log1p(ratio * ratio);
            Core::symmetric(Scale::Log, libm::log(mean) - 0.5 * variance, variance.sqrt())
        }
        _ => {
            let center = params.number("mean_log")?;
            Core::symmetric(Scale::Log, center, params.positive("sd_log")?)
        }
    };
    TwoPiece::boxed(core, params)
}
