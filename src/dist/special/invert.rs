//! The inverse of a distribution function on 0..∞, safeguarded and always terminating.

use crate::dist::Prob;

/// A distribution near a point r > 0, on the axis s = ln r.
pub(super) struct Local {
    /// Both tails at r.
    pub(super) tails: Prob,
    /// ln h, with the density h = dF/ds.
    pub(super) log_density: f64,
    /// d ln h / ds.
    pub(super) slope: f64,
    /// |d² ln h / ds²|.
    pub(super) bend: f64,
}

/// Steps allowed; a good start needs two or three, a bad one a dozen.
const MOST_STEPS: usize = 200;
/// Longest step in ln r that a single evaluation may ask for.
const LONGEST_STEP: f64 = 4.0;

/// The r > 0 where the distribution has probability `target`, from a rough guess.
///
/// Halley's method on ln(tail / target) against ln r, with the tail that is the smaller one at the
/// target: there the function is concave for a log-concave density, and nearly straight far out.
/// Every evaluation narrows a bracket; a step that leaves the bracket bisects it instead.
pub(super) fn invert(target: Prob, start: f64, local: impl Fn(f64) -> Local) -> f64 {
    let (goal, is_lower) = target.smaller_tail();
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut r = start;
    for _ in 0..MOST_STEPS {
        if r <= 0.0 || !r.is_finite() {
            break;
        }
        let at = local(r);
        let tail = if is_lower { at.tails.lower() } else { at.tails.upper() };
        if (tail < goal) == is_lower {
            low = r;
        } else {
            high = r;
        }
        let (step, done) = halley_step(&at, tail, goal, is_lower);
        let next = r * libm::exp(step);
        if done {
            return next;
        }
        r = if next > low && next < high { next } else { middle(low, high) };
        if r <= low || r >= high {
            break;
        }
    }
    r
}

/// The step in ln r, and whether the point after it is final.
fn halley_step(at: &Local, tail: f64, goal: f64, is_lower: bool) -> (f64, bool) {
    if tail < f64::MIN_POSITIVE {
        // The tail has underflowed: far out it is h / |d ln h / ds|, and Newton's step will do.
        let log_tail = at.log_density - libm::log(at.slope.abs().max(f64::MIN_POSITIVE));
        return (bounded((libm::log(goal) - log_tail) / at.slope), false);
    }
    let miss = libm::log(tail / goal);
    let hazard = libm::exp(at.log_density) / tail;
    let rate = if is_lower { hazard } else { -hazard };
    let newton = miss / rate;
    let curvature = at.slope - rate;
    // Far from the root the second-order term means nothing.
    let step = -newton / (1.0 - 0.5 * newton * curvature).clamp(0.5, 1.5);
    // The error that Halley's step leaves is of this order, relative to r.
    let left = newton.abs() * newton * newton * (curvature * curvature + at.bend);
    (bounded(step), left < 1e-15)
}

/// A step of at most [`LONGEST_STEP`]; none if it is not a number, which leaves it to the bracket.
fn bounded(step: f64) -> f64 {
    if step.is_nan() { 0.0 } else { step.clamp(-LONGEST_STEP, LONGEST_STEP) }
}

/// The geometric middle of a bracket, or a long step beyond its only known end.
fn middle(low: f64, high: f64) -> f64 {
    if high.is_infinite() {
        return low * 8.0;
    }
    if low <= 0.0 {
        return high * 0.125;
    }
    low.sqrt() * high.sqrt()
}
