//! The difference of two shares of the same draws.

use super::wilson;

/// Two shares and their difference, second less first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedShares {
    /// The first share.
    pub first: f64,
    /// The second.
    pub second: f64,
    /// Second less first.
    pub difference: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The difference of two shares that were counted over the same draws, with its interval; `None` if no
/// draw counts in one of the two.
///
/// `table` has the draws by what came of them in the first run (row) and in the second (column): left
/// out, failed, succeeded. A share is that of the successes among the draws that are not left out.
/// The interval joins the Wilson intervals of the two shares with their correlation (R. G. Newcombe,
/// Statistics in Medicine 17 (1998) 2635, method 10, without its correction for continuity). Where draws are left out, the correlation is that of the two ratios, linearized. Where the two runs
/// agree in every draw, the interval is empty.
pub fn paired_shares(table: &[[u64; 3]; 3], confidence: f64) -> Option<PairedShares> {
    let row = |k: usize| table[k].iter().sum::<u64>();
    let column = |k: usize| table.iter().map(|row| row[k]).sum::<u64>();
    let counted = [row(1) + row(2), column(1) + column(2)];
    let met = [row(2), column(2)];
    let (low1, high1) = wilson(met[0], counted[0], confidence)?;
    let (low2, high2) = wilson(met[1], counted[1], confidence)?;
    let [first, second] = [0, 1].map(|k| met[k] as f64 / counted[k] as f64);
    let difference = second - first;
    let apart = (0..3).any(|a| (0..3).any(|b| a != b && table[a][b] > 0));
    if !apart {
        return Some(PairedShares { first, second, difference, low: difference, high: difference });
    }
    let correlation = correlation(table, first, second);
    let half = |x: f64, y: f64| (x * x - 2.0 * correlation * x * y + y * y).max(0.0).sqrt();
    Some(PairedShares {
        first,
        second,
        difference,
        low: (difference - half(second - low2, high1 - first)).max(-1.0),
        high: (difference + half(high2 - second, first - low1)).min(1.0),
    })
}

/// The correlation of the two shares: of what each draw adds to them.
fn correlation(table: &[[u64; 3]; 3], first: f64, second: f64) -> f64 {
    let adds = |share: f64| [0.0, -share, 1.0 - share];
    let (first, second) = (adds(first), adds(second));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (row, x) in table.iter().zip(first) {
        for (&count, y) in row.iter().zip(second) {
            let count = count as f64;
            xx += count * x * x;
            yy += count * y * y;
            xy += count * x * y;
        }
    }
    if xx > 0.0 && yy > 0.0 { (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(both: u64, first: u64, second: u64, neither: u64) -> PairedShares {
        let table = [[0, 0, 0], [0, neither, second], [0, first, both]];
        paired_shares(&table, 0.95).unwrap()
    }

    #[test]
    fn a_published_table() {
        // Newcombe 1998 gives 0.0569 to 0.3404 for 36, 12, 2 and 0 pairs.
        let shares = plain(36, 2, 12, 0);
        assert!((shares.difference - 0.2).abs() < 1e-12);
        assert!(
            (shares.low - 0.0569).abs() < 5e-4 && (shares.high - 0.3404).abs() < 5e-4,
            "{shares:?}"
        );
    }

    #[test]
    fn equal_runs_do_not_differ_and_pairs_are_sharper_than_strangers() {
        let same = plain(300, 0, 0, 700);
        assert_eq!((same.difference, same.low, same.high), (0.0, 0.0, 0.0));
        let close = plain(290, 10, 20, 680);
        let strangers = plain(93, 207, 217, 483);
        assert!((close.difference - 0.01).abs() < 1e-12);
        assert!(close.low < 0.01 && 0.01 < close.high && close.low > -0.01);
        assert!(strangers.high - strangers.low > 3.0 * (close.high - close.low));
        assert_eq!(paired_shares(&[[5, 0, 0], [0; 3], [0; 3]], 0.95), None);
    }

    #[test]
    fn draws_that_do_not_count_belong_to_no_share() {
        // 400 draws count in the first run, 500 in the second.
        let table = [[480, 20, 100], [0, 180, 20], [0, 10, 190]];
        let shares = paired_shares(&table, 0.95).unwrap();
        assert!((shares.first - 0.5).abs() < 1e-12);
        assert!((shares.second - 310.0 / 520.0).abs() < 1e-12);
        assert!(shares.low < shares.difference && shares.difference < shares.high);
    }
}
