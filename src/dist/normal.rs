//! The normal distribution, perhaps truncated or clipped.

use super::special::{Z90, Z95};
use super::two_piece::{Core, Limits, TwoPiece};
use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Scale};

pub(super) static FAMILY: Family = Family {
    name: "normal",
    doc: "symmetric and unbounded; `min`/`max` truncate it, `floor`/`ceiling` clip the draw. The \
          percentiles, mean and sd given are those before truncation or clipping",
    formula: "x = mean + sd z, z standard normal; sd = (p95 − p5)/3.28971 or (p90 − p10)/2.56310",
    params: &[
        Param::new("p5", ParamKind::Value, "5th percentile"),
        Param::new("p95", ParamKind::Value, "95th percentile"),
        Param::new("p10", ParamKind::Value, "10th percentile"),
        Param::new("p90", ParamKind::Value, "90th percentile"),
        Param::new("mean", ParamKind::Value, "mean"),
        Param::new("sd", ParamKind::Spread, "standard deviation"),
        Param::new("min", ParamKind::Value, "left out below (truncation)"),
        Param::new("max", ParamKind::Value, "left out above (truncation)"),
        Param::new("floor", ParamKind::Value, "raised to this from below (clipping)"),
        Param::new("ceiling", ParamKind::Value, "lowered to this from above (clipping)"),
    ],
    forms: &[&["p5", "p95"], &["p10", "p90"], &["mean", "sd"]],
    optional: Limits::PARAMS,
    example: r#"{ dist = "normal", mean = 0.4, sd = 0.7, floor = 0 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    let core = match params.form(&FAMILY)? {
        ["p5", ..] => Core::from_pair(Scale::Linear, params, ("p5", "p95"), Z95)?,
        ["p10", ..] => Core::from_pair(Scale::Linear, params, ("p10", "p90"), Z90)?,
        _ => Core::symmetric(Scale::Linear, params.number("mean")?, params.positive("sd")?),
    };
    TwoPiece::boxed(core, params)
}
