//! The codes of messages that only show when a scenario becomes a plan.

/// A fault of the program: the model's columns do not fit together.
pub(super) const WIRING: &str = "P001";
/// A distribution some quantile of which is not finite.
pub(super) const QUANTILE: &str = "P004";
/// A target asks for what the scenario does not compute.
pub(super) const TARGET: &str = "P006";

/// Every code with its explanation.
pub const CODES: &[(&str, &str)] = &[
    (WIRING, "A fault of the program: the model's columns do not fit together."),
    (QUANTILE, "A distribution some quantile of which is not finite."),
    (TARGET, "A target asks for what the scenario does not compute."),
];
