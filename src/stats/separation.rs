//! How well a number tells two groups of draws apart.

/// A number in two groups: how often it is larger in the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Separation {
    /// The chance that a draw of the first group has the larger number than one of the second; ties
    /// count half. 1/2 says nothing, 0 and 1 tell the groups apart without fail.
    pub auc: f64,
    /// Its standard error.
    pub error: f64,
    /// Median in the first group.
    pub first: f64,
    /// Median in the second group.
    pub second: f64,
}

/// Positions of values in rising order; equal ones stay in their order.
pub fn rising(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]).then(a.cmp(&b)));
    order
}

/// Separation of the draws of the first group (`Some(true)`) from those of the second
/// (`Some(false)`); others are left out. `order` is [`rising`] of the values. `None` if a group is
/// empty.
///
/// The chance is the statistic of H. B. Mann and D. R. Whitney, Ann. Math. Statist. 18 (1947),
/// doi:10.1214/aoms/1177730491, over its range; its error follows J. A. Hanley and B. J. McNeil,
/// Radiology 143 (1982), doi:10.1148/radiology.143.1.7063747.
pub fn separation(values: &[f64], order: &[u32], groups: &[Option<bool>]) -> Option<Separation> {
    let members = |wanted: bool| groups.iter().filter(|group| **group == Some(wanted)).count();
    let (n, m) = (members(true), members(false));
    if n == 0 || m == 0 {
        return None;
    }
    let known = || {
        order.iter().filter_map(|&at| {
            let at = at as usize;
            groups.get(at).copied().flatten().map(|first| (values[at], first))
        })
    };
    let (n, m) = (n as f64, m as f64);
    // Pairs in which the first group has the larger number.
    let (mut pairs, mut below) = (0.0, 0.0);
    let mut rest = known().peekable();
    while let Some(&(value, _)) = rest.peek() {
        let mut tied = [0.0, 0.0];
        while let Some((_, first)) = rest.next_if(|(other, _)| other.total_cmp(&value).is_eq()) {
            tied[usize::from(first)] += 1.0;
        }
        pairs += tied[1] * (below + 0.5 * tied[0]);
        below += tied[0];
    }
    let auc = pairs / (n * m);
    let median = |wanted: bool, size: f64| {
        let size = size as usize;
        let mut middle = known().filter(|(_, first)| *first == wanted).map(|(value, _)| value);
        let low = middle.nth((size - 1) / 2)?;
        let high = if size.is_multiple_of(2) { middle.next()? } else { low };
        Some(f64::midpoint(low, high))
    };
    Some(Separation {
        auc,
        error: hanley_mcneil(auc, n, m),
        first: median(true, n)?,
        second: median(false, m)?,
    })
}

/// Standard error of the chance `a` from groups of `n` and `m`.
fn hanley_mcneil(a: f64, n: f64, m: f64) -> f64 {
    let (q1, q2) = (a / (2.0 - a), 2.0 * a * a / (1.0 + a));
    let sum = a * (1.0 - a) + (n - 1.0) * (q1 - a * a) + (m - 1.0) * (q2 - a * a);
    (sum.max(0.0) / (n * m)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], groups: &[Option<bool>]) -> Option<Separation> {
        separation(values, &rising(values), groups)
    }

    #[test]
    fn pairs_are_counted() {
        let (yes, no) = (Some(true), Some(false));
        // First group 3, 1, 2; second 0, 2: of six pairs it is larger in four and equal in one.
        let s = of(&[3.0, 0.0, 1.0, 2.0, 2.0, 9.0], &[yes, no, yes, yes, no, None]).unwrap();
        assert!((s.auc - 4.5 / 6.0).abs() < 1e-15, "{s:?}");
        assert!((s.first - 2.0).abs() < 1e-15 && (s.second - 1.0).abs() < 1e-15, "{s:?}");
        let apart = of(&[1.0, 2.0, 3.0, 4.0], &[no, no, yes, yes]).unwrap();
        assert!((apart.auc - 1.0).abs() < 1e-15 && apart.error < 1e-15, "{apart:?}");
        let same = of(&[1.0, 1.0, 1.0], &[no, yes, yes]).unwrap();
        assert!((same.auc - 0.5).abs() < 1e-15, "{same:?}");
        assert_eq!(of(&[1.0, 2.0], &[yes, yes]), None);
        assert_eq!(of(&[], &[]), None);
    }

    #[test]
    fn the_error_agrees_with_arithmetic_by_hand() {
        // Of 3 and 5 with 0.8: Q1 = 2/3, Q2 = 1.28/1.8, sum 0.16 + 2 · 0.02667 + 4 · 0.07111.
        let error = (0.497_777_777_777_777_8_f64 / 15.0).sqrt();
        assert!((hanley_mcneil(0.8, 3.0, 5.0) - error).abs() < 1e-12);
        // Without separation: sqrt((n + m + 1) / (12 n m)).
        let null = (201.0_f64 / (12.0 * 100.0 * 100.0)).sqrt();
        assert!((hanley_mcneil(0.5, 100.0, 100.0) - null).abs() < 1e-12);
    }
}
