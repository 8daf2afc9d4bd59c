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

/// Values that many groups are told apart by: sorted once.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked<'a> {
    values: &'a [f64],
    /// Positions in rising order; equal values stay in their order.
    order: Vec<u32>,
    /// Twice the mean rank of each value among all, from 1: whole numbers, whose sums are exact.
    ranks: Vec<u32>,
}

/// A whole number that rises as [`f64::total_cmp`] does.
fn total_order(value: f64) -> u64 {
    let bits = value.to_bits();
    if value.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

impl<'a> Ranked<'a> {
    /// Sorts the values.
    pub fn new(values: &'a [f64]) -> Self {
        let keys: Vec<u64> = values.iter().map(|&value| total_order(value)).collect();
        // The upper half of a key before its position: one number for both sorts in half the time.
        let upper = |&key: &u64| key >> u32::BITS << u32::BITS;
        let mut sorted: Vec<u64> =
            keys.iter().map(upper).zip(0..).map(|(key, at)| key | at).collect();
        sorted.sort_unstable();
        let key_at = |packed: u64| keys[packed as u32 as usize];
        for alike in sorted.chunk_by_mut(|a, b| upper(a) == upper(b)).filter(|run| run.len() > 1) {
            alike.sort_unstable_by_key(|&packed| (key_at(packed), packed));
        }
        let order: Vec<u32> = sorted.into_iter().map(|packed| packed as u32).collect();
        let mut ranks = vec![0; values.len()];
        let mut below = 0;
        for tied in order.chunk_by(|&a, &b| keys[a as usize] == keys[b as usize]) {
            let up_to = below + tied.len() as u32;
            for &at in tied {
                ranks[at as usize] = below + 1 + up_to;
            }
            below = up_to;
        }
        Self { values, order, ranks }
    }

    /// The chance that a draw of the first group (`Some(true)`) has the larger number than one of
    /// the second (`Some(false)`), ties counted half; others are left out. `None` if a group is
    /// empty or there are not as many members as values.
    ///
    /// The statistic of H. B. Mann and D. R. Whitney, Ann. Math. Statist. 18 (1947),
    /// doi:10.1214/aoms/1177730491, over its range.
    pub fn auc(&self, groups: &Groups) -> Option<f64> {
        let (n, m) = (groups.first as u64, groups.second as u64);
        if n == 0 || m == 0 || groups.of.len() != self.values.len() {
            return None;
        }
        let twice_pairs = if n + m == self.values.len() as u64 {
            self.doubled_ranks(groups) - n * (n + 1)
        } else {
            self.twice_pairs(groups)
        };
        Some(twice_pairs as f64 / (2.0 * n as f64 * m as f64))
    }

    /// Sum of the doubled ranks of the first group.
    fn doubled_ranks(&self, groups: &Groups) -> u64 {
        // Doubled ranks are at most twice the number of values: so many of them fit into 32 bits.
        let at_once = (u32::MAX as usize / (2 * self.values.len()).max(1)).max(1);
        let members = self.ranks.chunks(at_once).zip(groups.in_first.chunks(at_once));
        let sum = |(ranks, members): (&[u32], &[u32])| -> u32 {
            ranks.iter().zip(members).map(|(rank, member)| rank & member).sum()
        };
        members.map(|pair| u64::from(sum(pair))).sum()
    }

    /// Members of both groups in rising order.
    fn known<'g>(&'g self, groups: &'g Groups) -> impl Iterator<Item = (f64, bool)> + 'g {
        self.order
            .iter()
            .filter_map(|&at| groups.of[at as usize].map(|first| (self.values[at as usize], first)))
    }

    /// Twice the pairs in which the first group has the larger number, where some are left out.
    fn twice_pairs(&self, groups: &Groups) -> u64 {
        let (mut pairs, mut below) = (0, 0);
        let mut rest = self.known(groups).peekable();
        while let Some(&(value, _)) = rest.peek() {
            let mut tied = [0, 0];
            while let Some((_, first)) = rest.next_if(|(other, _)| other.total_cmp(&value).is_eq())
            {
                tied[usize::from(first)] += 1;
            }
            pairs += tied[1] * (2 * below + tied[0]);
            below += tied[0];
        }
        pairs
    }

    /// Separation of the first group from the second; `None` if a group is empty.
    ///
    /// The error follows J. A. Hanley and B. J. McNeil, Radiology 143 (1982),
    /// doi:10.1148/radiology.143.1.7063747.
    pub fn separation(&self, groups: &Groups) -> Option<Separation> {
        let auc = self.auc(groups)?;
        let median = |wanted: bool, size: usize| {
            let members = self.known(groups).filter(|(_, first)| *first == wanted);
            let mut middle = members.map(|(value, _)| value);
            let low = middle.nth((size - 1) / 2)?;
            let high = if size.is_multiple_of(2) { middle.next()? } else { low };
            Some(f64::midpoint(low, high))
        };
        Some(Separation {
            auc,
            error: hanley_mcneil(auc, groups.first as f64, groups.second as f64),
            first: median(true, groups.first)?,
            second: median(false, groups.second)?,
        })
    }
}

/// Which draw belongs to which of two groups, or to none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    of: Vec<Option<bool>>,
    /// All bits for a member of the first group, none for any other: a sum over members takes no jumps.
    in_first: Vec<u32>,
    /// Members of the first group.
    pub first: usize,
    /// Members of the second group.
    pub second: usize,
}

impl Groups {
    /// The first group is `Some(true)`, the second `Some(false)`.
    pub fn new(of: Vec<Option<bool>>) -> Self {
        let size = |wanted: bool| of.iter().filter(|group| **group == Some(wanted)).count();
        let (first, second) = (size(true), size(false));
        let mask = |group: &Option<bool>| if *group == Some(true) { u32::MAX } else { 0 };
        let in_first = of.iter().map(mask).collect();
        Self { of, in_first, first, second }
    }
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
        Ranked::new(values).separation(&Groups::new(groups.to_vec()))
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
        assert_eq!(of(&[1.0, 2.0], &[yes]), None);
    }

    #[test]
    fn order_and_ranks_are_those_of_all_digits() {
        // Pairs that differ in their last digits only, both zeros, ties, and what is not finite.
        let near = [1.0_f64, 1.0_f64.next_up(), 1.0, 1.0_f64.next_down(), -2.0, -2.0_f64.next_up()];
        let rest = [0.0, -0.0, 7.0, f64::INFINITY, 0.0, f64::NEG_INFINITY, f64::NAN, 7.0, 5e-324];
        let spread = (0..90_u32).map(|i| f64::from(i * 37 % 23) - 11.0 + 1e-12 * f64::from(i % 4));
        let values: Vec<f64> = near.into_iter().chain(rest).chain(spread).collect();
        let ranked = Ranked::new(&values);
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
        assert_eq!(ranked.order, order);
        for (at, x) in values.iter().enumerate() {
            let below = values.iter().filter(|y| y.total_cmp(x).is_lt()).count();
            let same = values.iter().filter(|y| y.total_cmp(x).is_eq()).count();
            assert_eq!(ranked.ranks[at] as usize, 2 * below + 1 + same, "{x}");
        }
    }

    #[test]
    fn ranks_and_pairs_agree() {
        // Values with ties, and groups that leave nobody out.
        let values: Vec<f64> = (0..97_u32).map(|i| f64::from(i * 37 % 23)).collect();
        let groups = (0..97_u32).map(|i| Some(i * 61 % 7 < 3)).collect();
        let (ranked, groups) = (Ranked::new(&values), Groups::new(groups));
        let pairs = ranked.twice_pairs(&groups) as f64;
        let expected = pairs / (2.0 * groups.first as f64 * groups.second as f64);
        assert_eq!(ranked.auc(&groups).map(f64::to_bits), Some(expected.to_bits()));
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
