//! Shares that sum to one.
//!
//! Dirichlet with shape αᵢ = concentration · mean shareᵢ. A draw is a set of independent gamma
//! variables of these shapes and unit scale, divided by their sum; each share alone is
//! Beta(αᵢ, Σα − αᵢ) (Devroye 1986, "Non-Uniform Random Variate Generation", section XI.4.1,
//! doi:10.1007/978-1-4613-8643-8).

use super::{Beta, Gamma, ParamError};

/// The Dirichlet distribution of two or more shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Dirichlet {
    alphas: Vec<f64>,
}

impl Dirichlet {
    /// From mean shares, above zero with sum one, and a concentration above zero: the larger it is,
    /// the nearer the draws are to the means (sdᵢ² = mᵢ(1−mᵢ)/(concentration + 1)).
    pub fn new(shares: &[f64], concentration: f64) -> Result<Self, ParamError> {
        let wrong =
            |name: &str, message: String, help: &str| Err(ParamError::of(name, message, help));
        let example = "for example 0.5, 0.3 and 0.2";
        if shares.len() < 2 {
            let message = format!("`shares` needs two entries or more, this has {}", shares.len());
            return wrong("shares", message, example);
        }
        if let Some(bad) = shares.iter().find(|share| !(**share > 0.0 && share.is_finite())) {
            let message = format!("every share must be above zero, one is {bad}");
            return wrong("shares", message, example);
        }
        let total: f64 = shares.iter().sum();
        if (total - 1.0).abs() > 1e-9 {
            let total = (total * 1e9).round() / 1e9;
            return wrong("shares", format!("the shares must sum to 1, this is {total}"), example);
        }
        if !(concentration > 0.0 && concentration.is_finite()) {
            let message = format!("`concentration` must be above zero, this is {concentration}");
            return wrong("concentration", message, "for example concentration = 50");
        }
        let alphas = shares.iter().map(|share| share / total * concentration).collect();
        Ok(Self { alphas })
    }

    /// The shapes αᵢ, in the order of the shares.
    pub fn alphas(&self) -> &[f64] {
        &self.alphas
    }

    /// The distribution of share `i` alone; an error names `shares` if there is no such share.
    pub fn marginal(&self, i: usize) -> Result<Beta, ParamError> {
        let alpha = self.alpha(i)?;
        let rest: f64 = self.alphas.iter().enumerate().filter(|(k, _)| *k != i).map(|e| e.1).sum();
        Beta::new(alpha, rest, 0.0, 1.0)
    }

    /// The gamma variable of share `i`, to be divided by the sum of all; errors as for
    /// [`Dirichlet::marginal`].
    pub fn component(&self, i: usize) -> Result<Gamma, ParamError> {
        Gamma::new(self.alpha(i)?, 1.0)
    }

    fn alpha(&self, i: usize) -> Result<f64, ParamError> {
        let count = self.alphas.len();
        self.alphas.get(i).copied().ok_or_else(|| {
            let message = format!("there is no share {i} among {count}");
            ParamError::of("shares", message, "count from 0")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::{Distribution, Prob};

    #[test]
    fn marginals_have_the_stated_means_and_the_closed_sd() {
        let shares = [0.5, 0.3, 0.2];
        let d = Dirichlet::new(&shares, 24.0).unwrap();
        for (i, mean) in shares.into_iter().enumerate() {
            let marginal = d.marginal(i).unwrap();
            assert!((marginal.mean() - mean).abs() < 1e-15);
            let sd = (mean * (1.0 - mean) / 25.0).sqrt();
            assert!((marginal.sd() - sd).abs() < 1e-15);
            assert!((d.component(i).unwrap().mean() - 24.0 * mean).abs() < 1e-13);
        }
        assert!(d.marginal(3).is_err() && d.component(3).is_err());
    }

    #[test]
    fn normalized_components_follow_the_marginal() {
        // Mean and sd of a ratio of two gammas, against the beta it must be, over 3000 points of an
        // additive recurrence in two dimensions. The tolerance is a fifth of the standard error
        // that as many independent draws would have.
        let d = Dirichlet::new(&[0.25, 0.75], 8.0).unwrap();
        let (first, second) = (d.component(0).unwrap(), d.component(1).unwrap());
        let (mut sum, mut squares, n) = (0.0, 0.0, 3000);
        for k in 0..n {
            let u = (0.5 + 0.7548776662466927 * f64::from(k)).fract();
            let v = (0.5 + 0.5698402909980532 * f64::from(k)).fract();
            let x = first.quantile(Prob::from_lower(u));
            let share = x / (x + second.quantile(Prob::from_lower(v)));
            sum += share;
            squares += share * share;
        }
        let (mean, square) = (sum / f64::from(n), squares / f64::from(n));
        let marginal = d.marginal(0).unwrap();
        assert!((mean - marginal.mean()).abs() < 5e-4, "{mean}");
        let sd = (square - mean * mean).sqrt();
        assert!((sd - marginal.sd()).abs() < 5e-4, "{sd}");
    }

    #[test]
    fn bad_shares_are_refused() {
        let fails = |shares: &[f64], c| Dirichlet::new(shares, c).unwrap_err().param.unwrap();
        assert_eq!(fails(&[1.0], 3.0), "shares");
        assert_eq!(fails(&[0.5, 0.4], 3.0), "shares");
        assert_eq!(fails(&[1.5, -0.5], 3.0), "shares");
        assert_eq!(fails(&[f64::NAN, 0.5], 3.0), "shares");
        assert_eq!(fails(&[0.5, 0.5], 0.0), "concentration");
        assert_eq!(fails(&[0.5, 0.5], f64::INFINITY), "concentration");
    }
}
