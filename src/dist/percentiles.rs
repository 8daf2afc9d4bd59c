//! A distribution stated by its percentiles.

use super::two_piece::{Core, TwoPiece};
use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Scale};

pub(super) static FAMILY: Family = Family {
    name: "percentiles",
    doc: "exact at the stated P5, P50 and P95: a normal in two pieces on a log, logit or linear \
          scale; a text such as \"5 / 50 / 95\" means this family. `min`/`max` truncate, \
          `floor`/`ceiling` clip",
    formula: "T(x) = T(p50) + s z, s = (T(p50) − T(p5))/1.64485 for z < 0, (T(p95) − T(p50))/1.64485 \
              for z ≥ 0, T = x, ln x or ln(x/(1−x)); without p50 one s for both sides",
    params: &[
        Param::new("p5", ParamKind::Value, "5th percentile"),
        Param::new("p50", ParamKind::Value, "median; without it the scale's midpoint"),
        Param::new("p95", ParamKind::Value, "95th percentile"),
        Param::new(
            "scale",
            ParamKind::Word(&["linear", "log", "logit"]),
            "the axis; without it log if p5 is above zero, else linear",
        ),
        Param::new("min", ParamKind::Value, "left out below (truncation)"),
        Param::new("max", ParamKind::Value, "left out above (truncation)"),
        Param::new("floor", ParamKind::Value, "raised to this from below (clipping)"),
        Param::new("ceiling", ParamKind::Value, "lowered to this from above (clipping)"),
    ],
    forms: &[&["p5", "p95"], &["p5", "p50", "p95"]],
    optional: &["scale", "min", "max", "floor", "ceiling"],
    example: r#"{ dist = "percentiles", p5 = 15, p50 = 80, p95 = 290 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    params.form(&FAMILY)?;
    let (p5, p95) = (params.number("p5")?, params.number("p95")?);
    let scale = match params.text("scale") {
        Some("linear") => Scale::Linear,
        Some("logit") => Scale::Logit,
        None if p5 <= 0.0 => Scale::Linear,
        _ => Scale::Log,
    };
    TwoPiece::boxed(Core::from_percentiles(scale, p5, params.value("p50"), p95)?, params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::two_piece::Limits;

    #[test]
    fn limits_are_optional_everywhere() {
        for name in Limits::PARAMS {
            assert!(FAMILY.optional.contains(name));
        }
    }
}
