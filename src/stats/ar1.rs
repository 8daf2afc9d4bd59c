//! First-order autoregression and its continuous form.

/// Stationary variance σ² / (1 - φ²) of `x' = φ x + σ e`, e ~ N(0,1); `None` unless |φ| < 1.
pub fn ar1_stationary_variance(phi: f64, sigma: f64) -> Option<f64> {
    (phi.abs() < 1.0).then(|| sigma * sigma / ((1.0 - phi) * (1.0 + phi)))
}

/// The innovation σ that gives a stationary standard deviation: `sd √(1 - φ²)`; `None` unless
/// |φ| < 1.
pub fn ar1_innovation_sd(phi: f64, stationary_sd: f64) -> Option<f64> {
    (phi.abs() < 1.0).then(|| stationary_sd * ((1.0 - phi) * (1.0 + phi)).sqrt())
}

/// The Ornstein-Uhlenbeck process dx = κ (θ - x) dt + σ dW, with κ > 0.
///
/// G. E. Uhlenbeck and L. S. Ornstein, Physical Review 36 (1930), doi:10.1103/PhysRev.36.823.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrnsteinUhlenbeck {
    /// Rate of return to the mean, per unit of time.
    pub kappa: f64,
    /// Long-run mean.
    pub theta: f64,
    /// Volatility, per square root of a unit of time.
    pub sigma: f64,
}

impl OrnsteinUhlenbeck {
    /// The AR(1) coefficient over a time step: e^(-κ Δt).
    pub fn phi(&self, step: f64) -> f64 {
        libm::exp(-self.kappa * step)
    }

    /// Mean at time `t` from `start`: θ + (x0 - θ) e^(-κ t).
    pub fn mean(&self, start: f64, t: f64) -> f64 {
        self.theta + (start - self.theta) * self.phi(t)
    }

    /// Variance at time `t` from a fixed start: σ² (1 - e^(-2κt)) / 2κ. Its root over a step is the
    /// innovation of the exact AR(1).
    pub fn variance(&self, t: f64) -> f64 {
        -self.stationary_variance() * libm::expm1(-2.0 * self.kappa * t)
    }

    /// Variance in the long run: σ² / 2κ.
    pub fn stationary_variance(&self) -> f64 {
        self.sigma * self.sigma / (2.0 * self.kappa)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        // The expected values are given to 15 digits.
        assert!((actual / expected - 1.0).abs() < 5e-15, "{actual} {expected}");
    }

    #[test]
    fn ornstein_uhlenbeck_closed_forms() {
        let process = OrnsteinUhlenbeck { kappa: 0.7, theta: 3.0, sigma: 0.4 };
        close(process.mean(1.0, 2.0), 2.50680607211679);
        close(process.variance(2.0), 0.107335992842832);
        close(process.stationary_variance(), 0.114285714285714285);
    }

    #[test]
    fn exact_steps_have_the_stationary_variance() {
        let process = OrnsteinUhlenbeck { kappa: 0.7, theta: 3.0, sigma: 0.4 };
        for step in [0.01, 0.25, 3.0] {
            let sigma = process.variance(step).sqrt();
            let variance = ar1_stationary_variance(process.phi(step), sigma).unwrap();
            close(variance, process.stationary_variance());
            let back = ar1_innovation_sd(process.phi(step), variance.sqrt()).unwrap();
            assert!((back / sigma - 1.0).abs() < 1e-13);
        }
        close(ar1_stationary_variance(0.8, 0.04).unwrap(), 0.0016 / 0.36);
        assert_eq!(ar1_stationary_variance(1.0, 0.1), None);
        assert_eq!(ar1_innovation_sd(-1.2, 0.1), None);
    }
}
