//! Label collisions: moves labels of a column apart as little as possible and gives up the least needed ones.

/// A label that wants to stand at a height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wish {
    /// Wanted center.
    pub(crate) at: f64,
    /// Height of the label, with the space around it.
    pub(crate) height: f64,
    /// Importance: the highest numbers go first when there is no room.
    pub(crate) rank: u8,
    /// How far it may be moved before it is dropped rather.
    pub(crate) slack: f64,
}

/// The centers of the labels in the frame from `low` to `high`, or `None` for a dropped one.
///
/// Wishes are in rising order of `at`; so are the answers. Labels never overlap and never leave the frame.
pub(crate) fn place(wishes: &[Wish], low: f64, high: f64) -> Vec<Option<f64>> {
    let mut kept: Vec<usize> = (0..wishes.len()).filter(|&i| wishes[i].at.is_finite()).collect();
    loop {
        let chosen: Vec<Wish> = kept.iter().map(|&i| wishes[i]).collect();
        let centers = spread(&chosen, low, high);
        let fits = chosen.iter().map(|w| w.height).sum::<f64>() <= high - low + 1e-9;
        let unhappy = |k: &usize| (centers[*k] - chosen[*k].at).abs() > chosen[*k].slack;
        let crowded = (0..chosen.len()).any(|k| unhappy(&k));
        if kept.is_empty() || (fits && !crowded) {
            let mut places = vec![None; wishes.len()];
            for (&i, center) in kept.iter().zip(centers) {
                places[i] = Some(center);
            }
            return places;
        }
        // Drop the least important of those that push or are pushed; the others may then be happy.
        let moved = |k: &usize| !fits || (centers[*k] - chosen[*k].at).abs() > 0.01;
        let worst = (0..chosen.len()).filter(moved).max_by_key(|&k| chosen[k].rank).unwrap_or(0);
        kept.remove(worst);
    }
}

/// Centers without overlap, in order, inside the frame, at the least sum of squared moves.
///
/// Isotonic regression by pooling adjacent violators (Ayer et al. 1955, doi:10.1214/aoms/1177728423), after the
/// heights stacked so far have been subtracted; then the frame clamps the blocks.
fn spread(wishes: &[Wish], low: f64, high: f64) -> Vec<f64> {
    let mut offsets = Vec::with_capacity(wishes.len());
    let mut stacked = 0.0;
    for wish in wishes {
        offsets.push(stacked + wish.height / 2.0);
        stacked += wish.height;
    }
    // Blocks of labels that touch: sum of wanted starts, members.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        let mut block = (wish.at - offset, 1);
        while let Some(&(sum, members)) = blocks.last() {
            if sum / members as f64 <= block.0 / block.1 as f64 {
                break;
            }
            block = (block.0 + sum, block.1 + members);
            blocks.pop();
        }
        blocks.push(block);
    }
    let latest = (high - stacked).max(low);
    blocks
        .iter()
        .flat_map(|&(sum, members)| {
            std::iter::repeat_n((sum / members as f64).clamp(low, latest), members)
        })
        .zip(offsets)
        .map(|(start, offset)| start + offset)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wish(at: f64, rank: u8, slack: f64) -> Wish {
        Wish { at, height: 10.0, rank, slack }
    }

    #[test]
    fn labels_with_room_stay_where_they_want() {
        let places = place(&[wish(10.0, 0, 5.0), wish(50.0, 1, 5.0)], 0.0, 100.0);
        assert_eq!(places, [Some(10.0), Some(50.0)]);
    }

    #[test]
    fn two_labels_at_one_height_part_evenly() {
        let places = place(&[wish(50.0, 0, 9.0), wish(50.0, 1, 9.0)], 0.0, 100.0);
        assert_eq!(places, [Some(45.0), Some(55.0)]);
    }

    #[test]
    fn the_least_important_label_is_dropped_when_moved_too_far() {
        let wishes = [wish(50.0, 0, 4.0), wish(51.0, 2, 4.0), wish(80.0, 3, 4.0)];
        assert_eq!(place(&wishes, 0.0, 100.0), [Some(50.0), None, Some(80.0)]);
    }

    #[test]
    fn labels_at_the_edge_move_inside() {
        assert_eq!(place(&[wish(0.0, 0, 9.0)], 0.0, 100.0), [Some(5.0)]);
        assert_eq!(place(&[wish(f64::NAN, 0, 9.0)], 0.0, 100.0), [None]);
    }

    proptest! {
        #![proptest_config(crate::charts::tests::seeded(512))]

        #[test]
        fn never_overlap_keep_order_stay_inside(
            mut heights in prop::collection::vec((-50.0..250.0f64, 4.0..30.0f64, 0u8..9, 0.0..90.0f64), 0..14),
        ) {
            heights.sort_by(|a, b| a.0.total_cmp(&b.0));
            let wishes: Vec<Wish> = heights
                .iter()
                .map(|&(at, height, rank, slack)| Wish { at, height, rank, slack })
                .collect();
            let places = place(&wishes, 0.0, 200.0);
            let mut bottom = 0.0;
            for (wish, center) in wishes.iter().zip(&places) {
                if let Some(center) = center {
                    prop_assert!(center - wish.height / 2.0 >= bottom - 1e-6);
                    prop_assert!((center - wish.at).abs() <= wish.slack + 1e-9);
                    bottom = center + wish.height / 2.0;
                }
            }
            prop_assert!(bottom <= 200.0 + 1e-6);
        }
    }
}
