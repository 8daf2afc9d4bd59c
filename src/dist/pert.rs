//! The PERT distribution: a beta distribution stated by minimum, mode and maximum.

use super::triangular::min_mode_max;
use super::{Beta, Distribution, Family, Param, ParamError, ParamKind, Params};

pub(super) static FAMILY: Family = Family {
    name: "pert",
    doc: "like triangular with less weight in the tails; `shape` says how strongly the mode draws",
    formula: "beta with alpha = 1 + shape (mode − min)/(max − min), beta = 1 + shape (max − mode)/(max \
              − min); mean = (min + shape · mode + max)/(shape + 2). Malcolm and others (1959, \
              doi:10.1287/opre.7.5.646)",
    params: &[
        Param::new("min", ParamKind::Value, "least value"),
        Param::new("mode", ParamKind::Value, "most likely value, from min to max"),
        Param::new("max", ParamKind::Value, "greatest value"),
        Param::new("shape", ParamKind::Number, "pull of the mode, 4 if not given"),
    ],
    forms: &[&["min", "mode", "max"]],
    optional: &["shape"],
    example: r#"{ dist = "pert", min = 0, mode = 10, max = 40 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    params.form(&FAMILY)?;
    let (min, mode, max) = min_mode_max(params)?;
    let shape = if params.value("shape").is_some() { params.positive("shape")? } else { 4.0 };
    let width = max - min;
    let (alpha, beta) = (1.0 + shape * (mode - min) / width, 1.0 + shape * (max - mode) / width);
    Ok(Box::new(Beta::new(alpha, beta, min, max)?))
}
