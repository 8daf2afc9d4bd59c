//! What to call draws that are spread by design, from the name of the sampling.

use crate::units::plural;

/// What so many draws are called: `Sobol draws`; `draws` if they are independent, `draw` if it is one.
pub fn draws_of(sampling: &str, count: u64) -> String {
    let one = match sampling {
        "lhs" => "Latin hypercube draw",
        "sobol" => "Sobol draw",
        _ => "draw",
    };
    plural(count, one)
}

/// What each replicate is; none if draws are independent.
pub fn designs(sampling: &str) -> Option<&'static str> {
    match sampling {
        "lhs" => Some("Latin hypercubes"),
        "sobol" => Some("scrambled Sobol points"),
        _ => None,
    }
}
