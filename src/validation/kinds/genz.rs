//! The six families of test integrands on the unit cube, with their integrals.
//!
//! A. Genz, "A package for testing multiple integration subroutines", in Numerical Integration,
//! 1987, doi:10.1007/978-94-009-3889-2_33.

use std::f64::consts::PI;

/// An integrand: a family with difficulties a and shifts u, one of each for a coordinate.
#[derive(Clone, Debug)]
pub(super) struct Genz {
    pub(super) family: Family,
    pub(super) a: Vec<f64>,
    pub(super) u: Vec<f64>,
}

/// A family of integrands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Oscillatory,
    ProductPeak,
    CornerPeak,
    Gaussian,
    Continuous,
    Discontinuous,
    /// Not of Genz: Σ aᵢ xᵢ, for the variance of a mean.
    Linear,
}

pub(super) const FAMILIES: &[(&str, Family)] = &[
    ("oscillatory", Family::Oscillatory),
    ("product_peak", Family::ProductPeak),
    ("corner_peak", Family::CornerPeak),
    ("gaussian", Family::Gaussian),
    ("continuous", Family::Continuous),
    ("discontinuous", Family::Discontinuous),
    ("linear", Family::Linear),
];

impl Genz {
    /// Its value at a point.
    pub(super) fn at(&self, x: &[f64]) -> f64 {
        let terms = || self.a.iter().zip(&self.u).zip(x).map(|((a, u), x)| (*a, *u, *x));
        let weighted = || terms().map(|(a, _, x)| a * x).sum::<f64>();
        match self.family {
            Family::Oscillatory => {
                let phase = 2.0 * PI * self.u.first().copied().unwrap_or(0.0);
                libm::cos(phase + weighted())
            }
            Family::ProductPeak => {
                terms().map(|(a, u, x)| 1.0 / (1.0 / (a * a) + (x - u) * (x - u))).product()
            }
            Family::CornerPeak => libm::pow(1.0 + weighted(), -(self.a.len() as f64 + 1.0)),
            Family::Gaussian => {
                let square = |(a, u, x): (f64, f64, f64)| a * a * (x - u) * (x - u);
                libm::exp(-terms().map(square).sum::<f64>())
            }
            Family::Continuous => {
                libm::exp(-terms().map(|(a, u, x)| a * (x - u).abs()).sum::<f64>())
            }
            Family::Discontinuous => {
                let beyond = terms().take(2).any(|(_, u, x)| x > u);
                if beyond { 0.0 } else { libm::exp(weighted()) }
            }
            Family::Linear => weighted(),
        }
    }

    /// Its integral.
    pub(super) fn integral(&self) -> f64 {
        let terms = || self.a.iter().zip(&self.u).map(|(a, u)| (*a, *u));
        match self.family {
            Family::Oscillatory => {
                let phase = 2.0 * PI * self.u.first().copied().unwrap_or(0.0);
                let middle = phase + 0.5 * self.a.iter().sum::<f64>();
                let each = terms().map(|(a, _)| 2.0 * libm::sin(0.5 * a) / a);
                libm::cos(middle) * each.product::<f64>()
            }
            Family::ProductPeak => {
                terms().map(|(a, u)| a * (libm::atan(a * (1.0 - u)) + libm::atan(a * u))).product()
            }
            Family::CornerPeak => self.corner(),
            Family::Gaussian => terms()
                .map(|(a, u)| PI.sqrt() / (2.0 * a) * (libm::erf(a * (1.0 - u)) + libm::erf(a * u)))
                .product(),
            Family::Continuous => terms()
                .map(|(a, u)| -(libm::expm1(-a * u) + libm::expm1(-a * (1.0 - u))) / a)
                .product(),
            Family::Discontinuous => terms()
                .enumerate()
                .map(|(k, (a, u))| libm::expm1(a * if k < 2 { u } else { 1.0 }) / a)
                .product(),
            Family::Linear => 0.5 * self.a.iter().sum::<f64>(),
        }
    }

    /// Over all corners of the cube, with the sign of the number of ones.
    fn corner(&self) -> f64 {
        let d = self.a.len();
        let scale: f64 = self.a.iter().enumerate().map(|(k, a)| a * (k + 1) as f64).product();
        let sum: f64 = (0..1_u32 << d)
            .map(|corner| {
                let at: f64 = (0..d).filter(|k| corner >> k & 1 == 1).map(|k| self.a[k]).sum();
                let sign = if corner.count_ones() % 2 == 0 { 1.0 } else { -1.0 };
                sign / (1.0 + at)
            })
            .sum();
        sum / scale
    }
}
