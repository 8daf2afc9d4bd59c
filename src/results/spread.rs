//! What to call draws that are spread by design, from the name of the sampling.

/// `Sobol draws`; `draws` if they are independent.
pub fn draws_of(sampling: &str) -> &'static str {
    match sampling {
        "lhs" => "Latin hypercube draws",
        "sobol" => "Sobol draws",
        _ => "draws",
    }
}

/// What each replicate is; none if draws are independent.
pub fn designs(sampling: &str) -> Option<&'static str> {
    match sampling {
        "lhs" => Some("Latin hypercubes"),
        "sobol" => Some("scrambled Sobol points"),
        _ => None,
    }
}
