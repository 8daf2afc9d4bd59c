//! Histograms of all threads together, to which each hands its own before the small counters overflow.

use std::sync::{Mutex, PoisonError};

use super::LEAF;
use super::aggregate::{Layout, Part};
use crate::results::Summary;
use crate::stats::Sketch;

/// Leaves whose values fit into the small counters of a histogram.
const FULL: u64 = Sketch::MOST_HOT / LEAF;

/// One large set of counters instead of one for each thread: memory hardly grows with the number of
/// draws or threads. Counts are whole numbers, so the order of threads cannot be seen in them.
#[derive(Debug)]
pub(super) struct Totals {
    quarters: Vec<Mutex<Vec<Sketch>>>,
}

impl Totals {
    /// Nothing yet.
    pub(super) fn new(layout: &Layout) -> Self {
        let empty =
            |slots: &Vec<_>| Mutex::new(slots.iter().map(super::aggregate::Slot::sketch).collect());
        Self { quarters: layout.quarters.iter().map(empty).collect() }
    }

    /// Takes the counts of a thread that has done so many leaves, if another might not fit.
    pub(super) fn take(&self, leaves: u64, summaries: &mut [Vec<Summary>]) {
        if !leaves.is_multiple_of(FULL) {
            return;
        }
        for (total, summaries) in self.quarters.iter().zip(summaries) {
            // A thread that panicked has stopped the run.
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            for (total, summary) in total.iter_mut().zip(summaries) {
                total.merge(&summary.sketch);
                summary.sketch.clear();
            }
        }
    }

    /// Gives everything back to the first of the threads' parts.
    pub(super) fn hand_back<'a>(self, parts: impl IntoIterator<Item = &'a mut Part>) {
        if let Some(first) = parts.into_iter().next() {
            self.add_to(&mut first.summaries);
        }
    }

    fn add_to(self, summaries: &mut [Vec<Summary>]) {
        for (total, summaries) in self.quarters.into_iter().zip(summaries) {
            let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
            for (mut total, summary) in total.into_iter().zip(summaries) {
                if total.count() > 0 {
                    total.merge(&summary.sketch);
                    summary.sketch = total;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::aggregate::Slot;
    use crate::stats::Bins;

    #[test]
    fn counts_that_were_handed_over_are_those_of_one_histogram() {
        let bins = Bins { bits: 8, offset: 0.0 };
        let slot = Slot { column: 0, pivot: 0.0, bins, indicator: false, same_as: None };
        let layout = Layout { quarters: vec![vec![slot], vec![slot, slot]] };
        let totals = Totals::new(&layout);
        let new = || -> Vec<Vec<Summary>> {
            layout.quarters.iter().map(|q| q.iter().map(Slot::summary).collect()).collect()
        };
        let (mut threads, mut whole) = ([new(), new()], new());
        // Values of both signs and zeros; the threads take turns of different lengths.
        let value = |leaf: u64, i: u64| ((leaf * 7 + i) % 301) as f64 - 100.0;
        let mut done = [0, 0];
        for leaf in 0..3 * FULL + 5 {
            let thread = usize::from(leaf % 3 == 0);
            for (own, all) in threads[thread].iter_mut().flatten().zip(whole.iter_mut().flatten()) {
                for i in 0..LEAF {
                    own.sketch.add(value(leaf, i));
                    all.sketch.add(value(leaf, i));
                }
            }
            done[thread] += 1;
            totals.take(done[thread], &mut threads[thread]);
            let left = (done[thread] % FULL) * LEAF;
            assert!(threads[thread].iter().flatten().all(|own| own.sketch.count() == left));
        }
        let [mut first, second] = threads;
        totals.add_to(&mut first);
        for ((one, two), all) in first.iter_mut().zip(second).zip(whole) {
            for ((one, two), all) in one.iter_mut().zip(two).zip(all) {
                one.sketch.merge(&two.sketch);
                assert_eq!(one.sketch.to_parts(), all.sketch.to_parts());
            }
        }
    }
}
