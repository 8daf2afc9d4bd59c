//! Common shocks (MODEL.md M0): declarations only; the sampler makes the series.
//!
//! ```text
//! z_0 ~ N(0,1), z_{t+1} = φ z_t + √(1−φ²) ε                          one series per factor
//! x_t = Σ λ_f z_f(t − lag_f) + √(1 − Σ λ_f²) · own_t                  one series per input
//! ```
//!
//! own is an AR(1) of its own. Two series correlate by Σ λ λ', valid by construction while squared
//! loadings sum to at most one. An input with such a series takes its quantile at Φ(x_t).

use super::declare::{InputDecl, Need, Use, input};
use crate::units::Quantity as Q;
use crate::units::typed::{Ratio, Scalar};

/// Names of the factors, in the order of a loading's weights.
pub const FACTORS: [&str; 5] = ["ai", "chip", "grid", "price", "execution"];

/// Inputs that the sampler reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "factor.persistence.ai",
        Q::Share,
        Use::Once,
        (0.0, 0.99),
        Need::Always,
        "quarterly persistence of enthusiasm and competition",
        "0.7",
    ),
    input(
        "factor.persistence.chip",
        Q::Share,
        Use::Once,
        (0.0, 0.99),
        Need::Always,
        "the same for looseness of chip supply",
        "0.7",
    ),
    input(
        "factor.persistence.grid",
        Q::Share,
        Use::Once,
        (0.0, 0.99),
        Need::Always,
        "the same for power and construction delay",
        "0.7",
    ),
    input(
        "factor.persistence.price",
        Q::Share,
        Use::Once,
        (0.0, 0.99),
        Need::Always,
        "the same for component prices",
        "0.7",
    ),
    input(
        "factor.persistence.execution",
        Q::Share,
        Use::Once,
        (0.0, 0.99),
        Need::Always,
        "the same for the company's execution",
        "0.7",
    ),
    input(
        "factor.persistence.own",
        Q::Share,
        Use::Once,
        (0.0, 0.99),
        Need::Always,
        "the same for the part of a series that is its own",
        "0.7",
    ),
];

/// Next value of a unit-variance AR(1): φ z + √(1−φ²) ε, the weight of the shock given.
#[inline(always)]
pub fn autoregression(persistence: Ratio, innovation: Ratio, z: Ratio, shock: Ratio) -> Ratio {
    persistence * z + innovation * shock
}

/// Weight of a shock that keeps the variance at one: √(1−φ²).
#[inline(always)]
pub fn innovation(persistence: Ratio) -> Ratio {
    let phi = persistence.get();
    Ratio::new((1.0 - phi * phi).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variance_stays_one() {
        // Var = φ² + (1 − φ²) for independent unit-variance terms.
        let (z, e) = (Ratio::new(1.0), Ratio::new(1.0));
        let phi = Ratio::new(0.6);
        let weight = innovation(phi);
        let a = autoregression(phi, weight, z, Ratio::ZERO).get();
        let b = autoregression(phi, weight, Ratio::ZERO, e).get();
        assert!((a * a + b * b - 1.0).abs() < 1e-15);
    }
}
