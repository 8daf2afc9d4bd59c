//! How much of a change each of several steps accounts for: the Shapley value.

/// The mean over all orders of `n` steps of what each adds (L. S. Shapley, "A value for n-person
/// games", 1953). `value` holds what has come of each set of steps, the set as bits: 2^n values.
/// Empty if there are not that many.
pub fn shapley(n: usize, value: &[f64]) -> Vec<f64> {
    if n > 20 || value.len() != 1 << n {
        return Vec::new();
    }
    let weights = weights(n);
    let of = |step: usize| {
        let bit = 1 << step;
        let without = (0..value.len()).filter(|set| set & bit == 0);
        without
            .map(|set| {
                let size = set.count_ones() as usize;
                weights[size] * (value[set | bit] - value[set])
            })
            .sum()
    };
    (0..n).map(of).collect()
}

/// The share of orders in which exactly one set of so many steps comes before a step:
/// k! (n − k − 1)! / n!.
fn weights(n: usize) -> Vec<f64> {
    let mut weights = Vec::with_capacity(n);
    let mut weight = 1.0 / n.max(1) as f64;
    for size in 0..n {
        weights.push(weight);
        if size + 1 < n {
            weight *= (size + 1) as f64 / (n - size - 1) as f64;
        }
    }
    weights
}

/// `pairs` orders of `n` steps and their reverses: always the same ones. Shuffled by R. Durstenfeld
/// (Comm. ACM 7 (1964) 420) with the numbers of G. Steele's `SplitMix64`.
pub fn permutations(n: usize, pairs: usize) -> Vec<Vec<usize>> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let mut orders = Vec::with_capacity(2 * pairs);
    for _ in 0..pairs {
        let mut order: Vec<usize> = (0..n).collect();
        for at in (1..n).rev() {
            // The bias of the remainder is below 1e-17.
            order.swap(at, (next() % (at as u64 + 1)) as usize);
        }
        let back = order.iter().rev().copied().collect();
        orders.push(order);
        orders.push(back);
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_acts_alone_gets_what_it_does() {
        let value: Vec<f64> = (0..8_u32)
            .map(|set| f64::from(set & 1) * 3.0 - f64::from(set >> 1 & 1) * 0.5)
            .collect();
        let bars = shapley(3, &value);
        assert!((bars[0] - 3.0).abs() < 1e-15 && (bars[1] + 0.5).abs() < 1e-15, "{bars:?}");
        assert!(bars[2].abs() < 1e-15);
    }

    #[test]
    fn an_interaction_is_shared_evenly_and_all_bars_sum_up() {
        // The gloves of Shapley and Shubik: a pair is worth one; 0 has the left, 1 and 2 a right one.
        let value: Vec<f64> =
            (0..8).map(|set: usize| f64::from(set & 1 == 1 && set != 1)).collect();
        let bars = shapley(3, &value);
        for (bar, expected) in bars.iter().zip([2.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0]) {
            assert!((bar - expected).abs() < 1e-15, "{bars:?}");
        }
        let value: Vec<f64> = (0..256).map(|set| f64::from(set * set % 97) / 7.0).collect();
        let total: f64 = shapley(8, &value).iter().sum();
        assert!((total - (value[255] - value[0])).abs() < 1e-12);
        assert!(shapley(3, &value).is_empty() && shapley(0, &[1.0]).is_empty());
    }

    #[test]
    fn orders_hold_every_step_once_and_come_with_their_reverse() {
        let orders = permutations(9, 4);
        assert_eq!(orders.len(), 8);
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..9).collect::<Vec<_>>());
        }
        let back: Vec<usize> = orders[0].iter().rev().copied().collect();
        assert_eq!(back, orders[1]);
        assert_ne!(orders[0], orders[2]);
    }
}
