//! Percentiles of kept values.

/// The quantile of ascending values at `p` in 0..=1, by linear interpolation between order
/// statistics at rank `p (n-1)`: type 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical
/// packages", American Statistician 50 (1996), doi:10.2307/2684934. `None` if there are no values.
pub fn percentile(sorted: &[f64], p: f64) -> Option<f64> {
    debug_assert!(sorted.is_sorted(), "percentiles are of sorted values");
    let last = sorted.len().checked_sub(1)?;
    let rank = p.clamp(0.0, 1.0) * last as f64;
    // A NaN `p` converts to rank 0 here and comes out again as the fraction.
    let below = (rank as usize).min(last);
    let above = (below + 1).min(last);
    let fraction = rank - below as f64;
    let (low, high) = (sorted[below], sorted[above]);
    Some(if fraction == 0.0 { low } else { low + fraction * (high - low) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_7() {
        let values = [1.0, 2.0, 3.0, 4.0, 10.0];
        // Four other definitions give 10 for the first.
        for (p, expected) in
            [(0.9, 7.6), (0.0, 1.0), (0.25, 2.0), (0.5, 3.0), (0.6, 3.4), (1.0, 10.0), (1.5, 10.0)]
        {
            assert!((percentile(&values, p).unwrap() - expected).abs() < 1e-14, "{p}");
        }
        assert_eq!(percentile(&[7.0], 0.3), Some(7.0));
        assert_eq!(percentile(&[], 0.5), None);
        assert!(percentile(&values, f64::NAN).unwrap().is_nan());
    }
}
