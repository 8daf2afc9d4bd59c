//! The expansion shared by the incomplete gamma and beta functions when their shapes are large.
//!
//! Both are tails of a density C exp(−D(s)) on a natural axis s (ln x for gamma, logit x for
//! beta) with deviance D. With v = ±√(2D) the tail is C ∫ exp(−v²/2) (ds/dv) dv, and ds/dv has a
//! power series in v whose terms integrate to `J_k = v^(k−1) exp(−v²/2) + (k−1) J_(k−2)`, J₀ the
//! normal tail. This is the uniform expansion of Temme (1979, doi:10.1137/0510071) and, for beta,
//! `BASYM` of `DiDonato` and Morris (1992, doi:10.1145/131766.131776).
//!
//! The series comes from the deviance itself. The score Y = x − mean (relative for gamma) obeys
//! c Y ds = v dv and dY/ds = q₀ + q₁Y + q₂Y², hence c Y Y′ = v (q₀ + q₁Y + q₂Y²): gamma has
//! c = a, q = (1, 1, 0); beta has c = a+b, q = (x̂ŷ, ŷ−x̂, −1) with x̂ = a/(a+b), ŷ = b/(a+b).
//! The nearest singularity is at D = 2πi m, m the (smaller) shape, so the radius is √(4πm).

const TERMS: usize = 32;
/// Below this shape other methods are as quick.
const LEAST_SHAPE: f64 = 15.0;
/// Used out to 0.3 of the radius of convergence, D ≤ 0.3² · 4π m / 2: the last term is below 1e-16.
const REACH: f64 = 0.565;

/// The coefficients of ds/dv, computed once for a pair of shapes.
#[derive(Clone, Debug)]
pub(super) struct Expansion {
    series: [f64; TERMS],
    greatest_deviance: f64,
}

impl Expansion {
    /// For the smaller shape, the coefficient c and the quadratic q; none if the shape is small.
    pub(super) fn new(shape: f64, c: f64, q: [f64; 3]) -> Option<Self> {
        if shape < LEAST_SHAPE {
            return None;
        }
        // y[k] is the coefficient of v^(k+1) in Y, square[k] that of v^(k+2) in Y².
        let mut y = [0.0; TERMS];
        let mut square = [0.0; TERMS];
        y[0] = (q[0] / c).sqrt();
        square[0] = y[0] * y[0];
        for k in 1..TERMS {
            let inner: f64 = (1..k).map(|i| y[i] * y[k - i]).sum();
            let cubic = if k >= 2 { q[2] * square[k - 2] } else { 0.0 };
            let total = (q[1] * y[k - 1] + cubic) * 2.0 / (c * (k + 2) as f64);
            y[k] = (total - inner) / (2.0 * y[0]);
            square[k] = total;
        }
        let mut series = [0.0; TERMS];
        series[0] = 1.0 / (c * y[0]);
        for k in 1..TERMS {
            let known: f64 = (1..=k).map(|i| y[i] * series[k - i]).sum();
            series[k] = -known / y[0];
        }
        Some(Self { series, greatest_deviance: REACH * shape })
    }

    /// Whether the expansion holds at this deviance.
    pub(super) fn reaches(&self, deviance: f64) -> bool {
        deviance <= self.greatest_deviance
    }

    /// Tail ÷ (C exp(−D)) on the side away from the mode: `above` it or below it.
    pub(super) fn tail_ratio(&self, deviance: f64, above: bool) -> f64 {
        let v = (2.0 * deviance).sqrt();
        // J_k exp(D), two at a time; they start from Mills' ratio and 1.
        let mut even = mills_ratio(deviance);
        let mut odd = 1.0;
        let sign = if above { 1.0 } else { -1.0 };
        let mut sum = self.series[0] * even + sign * self.series[1] * odd;
        let mut power = v;
        for k in (2..TERMS).step_by(2) {
            even = power + (k - 1) as f64 * even;
            odd = power * v + k as f64 * odd;
            power *= v * v;
            let pair = self.series[k] * even + sign * self.series[k + 1] * odd;
            sum += pair;
            if pair.abs() < 1e-18 * sum.abs() {
                break;
            }
        }
        sum
    }
}

/// Upper tail over density of the standard normal at v = √(2D): √(π/2) erfc(√D) exp(D).
fn mills_ratio(deviance: f64) -> f64 {
    const SQRT_HALF_PI: f64 = 1.2533141373155002512;
    if deviance < 100.0 {
        return SQRT_HALF_PI * libm::erfc(deviance.sqrt()) * libm::exp(deviance);
    }
    // Asymptotic series, Abramowitz and Stegun 7.1.23: the thirteenth term is below 1e-16.
    let step = -0.5 / deviance;
    let sum = (1..=12).rev().fold(1.0, |sum, k| 1.0 + f64::from(2 * k - 1) * step * sum);
    sum / (2.0 * deviance).sqrt()
}
