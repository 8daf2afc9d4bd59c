//! A chain of three regimes, each with its own lognormal growth.
//!
//! The chain is reversible with stationary weights π and stays where it is with probability p. At
//! p = 0.6 the flows between states are f₁₂ = 0.2 (π₁ + π₂ − π₃), f₁₃ = 0.4 π₁ − f₁₂,
//! f₂₃ = 0.4 π₂ − f₁₂ (those that leave 0.4 πᵢ in all), and `P_ij = f_ij/π_i`; another p scales what
//! leaves by (1 − p)/0.4. As f₁₃ = 0.2 (π₁ − π₂ + π₃) and so on, a flow is negative just when a
//! weight is above one half.

use super::{ParamError, Prob};

/// The number of regimes.
pub const STATES: usize = 3;

/// The least and greatest probability of staying.
const STAY: (f64, f64) = (0.4, 0.9);

/// What a regime chain is built from; entries in the order of the regimes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegimeParams {
    /// Stationary weights, with sum one and none above one half.
    pub weights: [f64; STATES],
    /// Weights of the first period, if not the stationary ones.
    pub start: Option<[f64; STATES]>,
    /// Probability of staying in a regime, 0.4 to 0.9.
    pub stay: f64,
    /// Mean of the logarithm of growth.
    pub mean_log: [f64; STATES],
    /// Standard deviation of the logarithm of growth, zero or more.
    pub sd_log: [f64; STATES],
}

/// A checked chain of three regimes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regimes {
    params: RegimeParams,
    transition: [[f64; STATES]; STATES],
}

impl Regimes {
    /// Checks the parameters and computes the transition matrix.
    pub fn new(params: RegimeParams) -> Result<Self, ParamError> {
        check_weights("weights", params.weights)?;
        if let Some(start) = params.start {
            check_weights("start", start)?;
        }
        check_flows(params.weights)?;
        if !(STAY.0..=STAY.1).contains(&params.stay) {
            return Err(ParamError::of(
                "stay",
                format!(
                    "`stay` must lie between 0.4 and 0.9, this is {}: below, a regime would last \
                     under two periods on average, above, over ten",
                    params.stay
                ),
                "for example stay = 0.6",
            ));
        }
        check_growth(&params)?;
        Ok(Self { params, transition: transition(params.weights, params.stay) })
    }

    /// Probability of regime j after regime i, `[i][j]`.
    pub fn transition(&self) -> [[f64; STATES]; STATES] {
        self.transition
    }

    /// Weights of the regime in the first period.
    pub fn start(&self) -> [f64; STATES] {
        self.params.start.unwrap_or(self.params.weights)
    }

    /// Stationary weights.
    pub fn weights(&self) -> [f64; STATES] {
        self.params.weights
    }

    /// Mean of the logarithm of growth, by regime.
    pub fn mean_log(&self) -> [f64; STATES] {
        self.params.mean_log
    }

    /// Standard deviation of the logarithm of growth, by regime.
    pub fn sd_log(&self) -> [f64; STATES] {
        self.params.sd_log
    }

    /// Normal scores that split the first period's regimes: regime 0 below the first, 2 from the
    /// second on.
    pub fn start_thresholds(&self) -> [f64; STATES - 1] {
        thresholds(self.start())
    }

    /// Normal scores that split the regimes after each regime, as for
    /// [`Regimes::start_thresholds`].
    pub fn thresholds(&self) -> [[f64; STATES - 1]; STATES] {
        self.transition.map(thresholds)
    }

    /// Mean of the logarithm of growth in the long run, Σ πᵢ μᵢ.
    pub fn stationary_mean(&self) -> f64 {
        let pairs = self.params.weights.iter().zip(&self.params.mean_log);
        pairs.map(|(weight, mean)| weight * mean).sum()
    }

    /// Its standard deviation in the long run, √Σ πᵢ (σᵢ² + (μᵢ − μ)²).
    pub fn stationary_sd(&self) -> f64 {
        let mean = self.stationary_mean();
        let part = |i: usize| {
            let (spread, shift) = (self.params.sd_log[i], self.params.mean_log[i] - mean);
            self.params.weights[i] * (spread * spread + shift * shift)
        };
        (0..STATES).map(part).sum::<f64>().sqrt()
    }
}

fn check_weights(name: &str, weights: [f64; STATES]) -> Result<(), ParamError> {
    let example = format!("for example {name} = [0.33, 0.47, 0.20]");
    if let Some(bad) = weights.iter().find(|w| !(0.0..=1.0).contains(*w)) {
        let message = format!("every entry of `{name}` must lie between 0 and 1, one is {bad}");
        return Err(ParamError::of(name, message, example));
    }
    let total: f64 = weights.iter().sum();
    if (total - 1.0).abs() > 1e-9 {
        let message = format!("`{name}` must sum to 1, this is {total}");
        return Err(ParamError::of(name, message, example));
    }
    Ok(())
}

/// Stationary weights that a reversible chain can have, all regimes leaving at the same rate.
fn check_flows(weights: [f64; STATES]) -> Result<(), ParamError> {
    let fits = |w: &f64| *w > 0.0 && *w <= 0.5 + 1e-12;
    let Some(bad) = weights.iter().find(|w| !fits(w)) else {
        return Ok(());
    };
    let why = if *bad > 0.5 {
        "more would have to flow out of it than the two others can send back"
    } else {
        "a regime that is never visited has no place in the chain"
    };
    let message =
        format!("every entry of `weights` must be above 0 and at most 0.5, one is {bad}: {why}");
    Err(ParamError::of("weights", message, "for example weights = [0.33, 0.47, 0.20]"))
}

fn check_growth(params: &RegimeParams) -> Result<(), ParamError> {
    if let Some(bad) = params.mean_log.iter().find(|m| !m.is_finite()) {
        let message = format!("every entry of `mean_log` must be finite, one is {bad}");
        return Err(ParamError::of(
            "mean_log",
            message,
            "for example mean_log = [0.6, 0.12, -0.1]",
        ));
    }
    if let Some(bad) = params.sd_log.iter().find(|s| !(**s >= 0.0 && s.is_finite())) {
        let message = format!("every entry of `sd_log` must be zero or more, one is {bad}");
        return Err(ParamError::of("sd_log", message, "for example sd_log = [0.15, 0.1, 0.1]"));
    }
    Ok(())
}

fn transition(weights: [f64; STATES], stay: f64) -> [[f64; STATES]; STATES] {
    let [w1, w2, w3] = weights;
    // At the bound of one half a flow is zero up to rounding.
    let f12 = (0.2 * (w1 + w2 - w3)).max(0.0);
    let f13 = (0.4 * w1 - f12).max(0.0);
    let f23 = (0.4 * w2 - f12).max(0.0);
    let scale = (1.0 - stay) / 0.4;
    let row = |own: usize, weight: f64, flows: [f64; STATES]| {
        let mut row = flows.map(|flow| scale * flow / weight);
        row[own] = stay;
        row
    };
    [row(0, w1, [0.0, f12, f13]), row(1, w2, [f12, 0.0, f23]), row(2, w3, [f13, f23, 0.0])]
}

fn thresholds(weights: [f64; STATES]) -> [f64; STATES - 1] {
    let [first, _, last] = weights;
    [Prob::from_lower(first).z(), Prob::from_upper(last).z()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn early() -> RegimeParams {
        RegimeParams {
            weights: [0.33, 0.47, 0.20],
            start: Some([0.50, 0.47, 0.03]),
            stay: 0.6,
            mean_log: [0.60, 0.12, -0.10],
            sd_log: [0.15, 0.10, 0.10],
        }
    }

    fn late() -> RegimeParams {
        RegimeParams {
            weights: [0.37, 0.45, 0.18],
            start: None,
            mean_log: [0.60, 0.18, -0.10],
            sd_log: [0.15, 0.13, 0.10],
            ..early()
        }
    }

    #[test]
    fn stationary_growth_is_that_of_the_model() {
        for (params, mean, sd) in [(early(), 0.234, 0.295), (late(), 0.285, 0.293)] {
            let chain = Regimes::new(params).unwrap();
            assert!((chain.stationary_mean() - mean).abs() < 0.0005);
            assert!((chain.stationary_sd() - sd).abs() < 0.0006, "{}", chain.stationary_sd());
        }
    }

    #[test]
    fn chain_is_stochastic_reversible_and_stays() {
        for stay in [0.4, 0.6, 0.75, 0.9] {
            let chain = Regimes::new(RegimeParams { stay, ..early() }).unwrap();
            let (p, weights) = (chain.transition(), chain.weights());
            for i in 0..STATES {
                assert!((p[i].iter().sum::<f64>() - 1.0).abs() < 1e-15);
                assert!((p[i][i] - stay).abs() < 1e-15);
                for j in 0..STATES {
                    assert!(p[i][j] >= 0.0);
                    assert!((weights[i] * p[i][j] - weights[j] * p[j][i]).abs() < 1e-16);
                }
            }
        }
    }

    #[test]
    fn flows_are_those_written_in_the_model() {
        let p = Regimes::new(early()).unwrap().transition();
        // f12 = 0.12, f13 = 0.012, f23 = 0.068.
        assert!((p[0][1] - 0.12 / 0.33).abs() < 1e-15);
        assert!((p[0][2] - 0.012 / 0.33).abs() < 1e-15);
        assert!((p[1][2] - 0.068 / 0.47).abs() < 1e-15);
    }

    #[test]
    fn thresholds_split_the_normal_axis_by_weight() {
        let chain = Regimes::new(early()).unwrap();
        let [low, high] = chain.start_thresholds();
        assert!((Prob::from_z(low).lower() - 0.50).abs() < 1e-15);
        assert!((Prob::from_z(high).upper() - 0.03).abs() < 1e-15);
        let rows = chain.thresholds();
        assert!((Prob::from_z(rows[2][1]).upper() - 0.6).abs() < 1e-15);
        // Without start weights the chain starts as it goes on.
        let [first, last] = Regimes::new(late()).unwrap().start_thresholds();
        assert!((Prob::from_z(first).lower() - 0.37).abs() < 1e-15);
        assert!((Prob::from_z(last).upper() - 0.18).abs() < 1e-15);
    }

    #[test]
    fn one_half_is_the_greatest_weight() {
        let chain = |weights| Regimes::new(RegimeParams { weights, ..early() });
        let p = chain([0.5, 0.3, 0.2]).unwrap().transition();
        assert!(p[1][2].abs() < 1e-15);
        let error = chain([0.55, 0.25, 0.20]).unwrap_err();
        assert_eq!(error.param.as_deref(), Some("weights"));
        assert!(error.message.contains("at most 0.5"), "{}", error.message);
    }

    #[test]
    fn bad_parameters_are_named() {
        let fails = |params| Regimes::new(params).unwrap_err().param.unwrap();
        assert_eq!(fails(RegimeParams { weights: [0.4, 0.4, 0.1], ..early() }), "weights");
        assert_eq!(fails(RegimeParams { weights: [0.5, 0.5, 0.0], ..early() }), "weights");
        assert_eq!(fails(RegimeParams { weights: [f64::NAN, 0.5, 0.0], ..early() }), "weights");
        assert_eq!(fails(RegimeParams { start: Some([0.5, 0.4, 0.2]), ..early() }), "start");
        assert_eq!(fails(RegimeParams { stay: 0.39, ..early() }), "stay");
        assert_eq!(fails(RegimeParams { stay: f64::NAN, ..early() }), "stay");
        assert_eq!(fails(RegimeParams { mean_log: [f64::INFINITY; 3], ..early() }), "mean_log");
        assert_eq!(fails(RegimeParams { sd_log: [-0.1, 0.1, 0.1], ..early() }), "sd_log");
    }
}
