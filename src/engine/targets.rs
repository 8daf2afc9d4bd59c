//! Targets: first times of every draw, quarter by quarter, and their exact counts.
//!
//! Each target has a column of first times, in quarters since the start of the grid, +∞ until it is
//! met. Metrics are watched after each quarter; what is made of others, and the counts, come when
//! the block has run to its end. Counts are whole numbers: they merge exactly in any order.

use super::KEPT;
use crate::model::block::Block;
use crate::plan::{Deadline, PlannedTarget, Rule, TargetPlan, Watched};
use crate::results::{DateCounts, FirstTimes, TargetResult, Targets};
use crate::sampling::REPLICATES;
use crate::stats::{key_of, ratio_error};
use crate::time::end_of_step;
use crate::vector::{Column, Isa, Kernel, TILE, dispatch};

/// A thread's watch over the targets.
#[derive(Debug)]
pub(super) struct Watch<'a> {
    plan: &'a TargetPlan,
    /// First times by target.
    first: Vec<Column>,
    /// The metric at the quarter end before, by target; empty where it does not matter.
    before: Vec<Option<Column>>,
    /// By kept step: the number of the limit that sets the fleet.
    limits: Vec<Column>,
    totals: TargetTotals,
    /// Whether to count by replicate too.
    lanes: bool,
}

/// What came of a target in one draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The draw does not count: what is given is not met, or it left its range.
    LeftOut,
    /// Not met.
    Missed,
    /// Met.
    Met,
}

impl Outcome {
    /// 1 where it is met, 0 where it is not, not a number where the draw does not count.
    pub(super) fn indicator(self) -> f64 {
        match self {
            Self::LeftOut => f64::NAN,
            Self::Missed => 0.0,
            Self::Met => 1.0,
        }
    }
}

/// Counts of one thread, and the first times of its kept draws.
#[derive(Debug, Default)]
pub(super) struct TargetTotals {
    /// By named target.
    first: Vec<FirstTimes>,
    /// By named target and date.
    dates: Vec<Vec<Counts>>,
    /// First draw of the block; first times by named target.
    kept: Vec<(u64, Vec<Vec<f64>>)>,
}

/// Counts of one date.
#[derive(Clone, Debug, Default)]
struct Counts {
    met: u64,
    condition: u64,
    both: u64,
    failed_by: Vec<u64>,
    /// By replicate, if there are any: the condition, and both.
    lanes: Vec<[u64; 2]>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(plan: &'a TargetPlan, tiles: usize) -> Self {
        let column = || Column::new(tiles);
        let counts = || Counts { failed_by: vec![0; plan.limits.len() + 1], ..Counts::default() };
        let named = || plan.targets.iter().filter(|target| target.named);
        let remembers = |target: &PlannedTarget| {
            matches!(target.rule, Rule::First { stock: true, .. } | Rule::At { part: Some(_), .. })
        };
        Self {
            plan,
            first: plan.targets.iter().map(|_| column()).collect(),
            before: plan.targets.iter().map(|t| remembers(t).then(column)).collect(),
            limits: plan.steps.iter().map(|_| column()).collect(),
            totals: TargetTotals {
                first: named().map(|_| FirstTimes::default()).collect(),
                dates: named()
                    .map(|target| target.deadlines.iter().map(|_| counts()).collect())
                    .collect(),
                kept: Vec::new(),
            },
            lanes: false,
        }
    }

    /// Counts by replicate too, if the draws have any.
    pub(super) fn with_lanes(self, lanes: bool) -> Self {
        Self { lanes, ..self }
    }

    /// Watches a quarter that the model has run.
    pub(super) fn quarter(&mut self, isa: Isa, t: usize, block: &Block) {
        if !self.plan.targets.is_empty() {
            dispatch(isa, WatchQuarter { watch: self, t, block });
        }
    }

    /// Counts a block of which `valid` draws belong to the run, after its last quarter.
    /// Where `left` is 1, a draw has left its physical range and is left out.
    pub(super) fn finish_block(
        &mut self,
        isa: Isa,
        first_draw: u64,
        valid: usize,
        block: &Block,
        left: Option<&[f64]>,
    ) {
        if self.plan.targets.is_empty() {
            return;
        }
        dispatch(isa, Combine { watch: self, block });
        if let Some(left) = left {
            for first in &mut self.first {
                for (time, &left) in first.as_mut_slice().iter_mut().zip(left) {
                    *time = if left > 0.5 { f64::NAN } else { *time };
                }
            }
        }
        let mut named = 0;
        for (at, target) in self.plan.targets.iter().enumerate() {
            if target.named {
                self.count(at, named, valid);
                named += 1;
            }
        }
        if first_draw < KEPT {
            let targets = self.plan.targets.iter().zip(&self.first).filter(|(t, _)| t.named);
            let kept = targets.map(|(_, first)| first.as_slice()[..valid].to_vec()).collect();
            self.totals.kept.push((first_draw, kept));
        }
    }

    fn count(&mut self, at: usize, named: usize, valid: usize) {
        let target = &self.plan.targets[at];
        let first = &self.first[at].as_slice()[..valid];
        self.totals.first[named].add(first);
        let mut condition: Vec<bool> = first.iter().map(|time| !time.is_nan()).collect();
        for &(given, end) in &target.given {
            for (holds, &time) in condition.iter_mut().zip(self.first[given].as_slice()) {
                *holds &= time <= end;
            }
        }
        for (deadline, counts) in target.deadlines.iter().zip(&mut self.totals.dates[named]) {
            if self.lanes {
                counts.lanes.resize(REPLICATES, [0; 2]);
                let draws = first.iter().zip(&condition).enumerate();
                for (draw, (&time, &holds)) in draws {
                    let [given, both] = &mut counts.lanes[draw % REPLICATES];
                    *given += u64::from(holds);
                    *both += u64::from(holds && time <= deadline.end);
                }
            }
            let limits = &self.limits[deadline.step].as_slice()[..valid];
            for ((&time, &holds), &limit) in first.iter().zip(&condition).zip(limits) {
                let met = time <= deadline.end;
                counts.met += u64::from(met);
                counts.condition += u64::from(holds);
                counts.both += u64::from(met && holds);
                counts.failed_by[limit as usize] += u64::from(holds && !met);
            }
        }
    }

    /// First times of a target in the block that was finished last.
    pub(super) fn first_times(&self, at: usize) -> &[f64] {
        self.first[at].as_slice()
    }

    /// What came of a date in each of the `valid` draws of the last block: a target and the position
    /// of one of its dates.
    pub(super) fn outcomes(&self, (at, date): (usize, usize), valid: usize) -> Vec<Outcome> {
        let target = &self.plan.targets[at];
        let end = target.deadlines[date].end;
        let holds = |draw: usize| {
            let given = |&(given, end): &(usize, f64)| self.first[given].as_slice()[draw] <= end;
            target.given.iter().all(given)
        };
        let times = self.first[at].as_slice()[..valid].iter().enumerate();
        let outcome = |(draw, time): (usize, &f64)| match (*time <= end, holds(draw)) {
            _ if time.is_nan() => Outcome::LeftOut,
            (_, false) => Outcome::LeftOut,
            (false, true) => Outcome::Missed,
            (true, true) => Outcome::Met,
        };
        times.map(outcome).collect()
    }

    /// The thread's counts.
    pub(super) fn finish(self) -> TargetTotals {
        self.totals
    }
}

impl FirstTimes {
    /// Adds the first times of a block: what is infinite is never.
    fn add(&mut self, times: &[f64]) {
        let met: Vec<f64> = times.iter().copied().filter(|time| time.is_finite()).collect();
        self.never += times.iter().filter(|&&time| time == f64::INFINITY).count() as u64;
        for &time in &met {
            self.low = if time < self.low { time } else { self.low };
            self.high = if time > self.high { time } else { self.high };
        }
        let keys: Vec<u32> = met.into_iter().map(key_of).collect();
        self.sketch.add_keys(&keys);
    }
}

struct WatchQuarter<'a, 'p> {
    watch: &'a mut Watch<'p>,
    t: usize,
    block: &'a Block,
}

impl Kernel for WatchQuarter<'_, '_> {
    #[inline(always)]
    fn run(self) {
        let Self { watch: Watch { plan, first, before, limits, .. }, t, block } = self;
        for ((target, first), before) in plan.targets.iter().zip(first).zip(before) {
            watch(&target.rule, t, block, first, before.as_mut());
        }
        for (&step, limit) in plan.steps.iter().zip(limits) {
            if step == t {
                which_limit(&plan.limits, block, limit);
            }
        }
    }
}

/// What a quarter does to the first times of a target.
#[inline(always)]
fn watch(rule: &Rule, t: usize, block: &Block, first: &mut Column, before: Option<&mut Column>) {
    if t == 0 {
        first.fill(f64::INFINITY);
    }
    let end = end_of_step(t);
    match *rule {
        Rule::First { watched, steps: (from, to), stock } if from <= t && t < to => {
            match before.filter(|_| stock) {
                Some(before) if t > from => crossing(watched, t, block, first, before),
                before => {
                    each(watched, block, first, |inside, first| {
                        if inside && first == f64::INFINITY { end } else { first }
                    });
                    remember(watched, block, before);
                }
            }
        }
        Rule::At { watched, step, part, time } => {
            let met = |inside: bool| if inside { time } else { f64::INFINITY };
            match (part, before) {
                (Some(part), Some(before)) if t == step => {
                    let now = block.column(watched.column).as_slice();
                    let old = before.as_slice().iter().zip(now);
                    for (first, (&before, &now)) in first.as_mut_slice().iter_mut().zip(old) {
                        let value = before + part * (now - before);
                        *first = met(watched.low <= value && value <= watched.high);
                    }
                }
                (Some(_), before) if t + 1 == step => remember(watched, block, before),
                (None, _) if t == step => each(watched, block, first, |inside, _| met(inside)),
                _ => {}
            }
        }
        Rule::Throughout { watched, steps: (from, to), time } if from <= t && t <= to => {
            let opens = t == from;
            each(watched, block, first, |inside, first| {
                if inside && (opens || first < f64::INFINITY) { time } else { f64::INFINITY }
            });
        }
        _ => {}
    }
}

/// Maps whether the metric lies between its limits, and the first time so far, to the first time.
#[inline(always)]
fn each(watched: Watched, block: &Block, first: &mut Column, map: impl Fn(bool, f64) -> f64) {
    let tiles = block.column(watched.column).tiles();
    for (values, first) in tiles.iter().zip(first.tiles_mut()) {
        for lane in 0..TILE {
            let inside = values[lane] >= watched.low && values[lane] <= watched.high;
            first[lane] = map(inside, first[lane]);
        }
    }
}

/// A stock crosses its limit on a straight line between two quarter ends.
#[inline(always)]
fn crossing(watched: Watched, t: usize, block: &Block, first: &mut Column, before: &mut Column) {
    let tiles = block.column(watched.column).tiles();
    let tiles = tiles.iter().zip(first.tiles_mut()).zip(before.tiles_mut());
    for ((values, first), before) in tiles {
        for lane in 0..TILE {
            let (old, new) = (before[lane], values[lane]);
            let at = crossing_time(t, old, new, watched.low, watched.high);
            first[lane] = if first[lane] == f64::INFINITY { at } else { first[lane] };
            before[lane] = new;
        }
    }
}

/// When a value that goes from `old` to `new` within step `t` comes between `low` and `high`; +∞ if
/// it is outside at the end. `old` is outside.
#[inline(always)]
fn crossing_time(t: usize, old: f64, new: f64, low: f64, high: f64) -> f64 {
    let end = end_of_step(t);
    let (gap, way) = if old < low { (low - old, new - old) } else { (old - high, old - new) };
    let at = t as f64 + gap / way;
    // Also where the line has no slope that can be computed.
    let at = if at < end { at } else { end };
    if new >= low && new <= high { at } else { f64::INFINITY }
}

/// Keeps a metric for the next quarter.
#[inline(always)]
fn remember(watched: Watched, block: &Block, before: Option<&mut Column>) {
    if let Some(before) = before {
        before.as_mut_slice().copy_from_slice(block.column(watched.column).as_slice());
    }
}

/// The number of the limit that is 1 in each draw; their count if none is.
#[inline(always)]
fn which_limit(limits: &[(String, usize)], block: &Block, which: &mut Column) {
    which.fill(limits.len() as f64);
    for (number, (_, column)) in limits.iter().enumerate() {
        let tiles = block.column(*column).tiles();
        for (values, which) in tiles.iter().zip(which.tiles_mut()) {
            for lane in 0..TILE {
                which[lane] = if values[lane] > 0.5 { number as f64 } else { which[lane] };
            }
        }
    }
}

/// First times of events, and of what is made of others.
struct Combine<'a, 'p> {
    watch: &'a mut Watch<'p>,
    block: &'a Block,
}

impl Kernel for Combine<'_, '_> {
    #[inline(always)]
    fn run(self) {
        let Self { watch: Watch { plan, first, .. }, block } = self;
        for &at in &plan.order {
            let end = plan.end;
            match &plan.targets[at].rule {
                Rule::Event(column) => {
                    let times = block.column(*column).as_slice();
                    for (first, &time) in first[at].as_mut_slice().iter_mut().zip(times) {
                        *first = if time < end { time } else { f64::INFINITY };
                    }
                }
                Rule::All(parts) => {
                    merge(first, at, parts, f64::NEG_INFINITY, |a, b| if b > a { b } else { a });
                }
                Rule::Any(parts) => {
                    merge(first, at, parts, f64::INFINITY, |a, b| if b < a { b } else { a });
                }
                Rule::First { .. } | Rule::At { .. } | Rule::Throughout { .. } => {}
            }
        }
    }
}

#[inline(always)]
fn merge(
    first: &mut [Column],
    at: usize,
    parts: &[usize],
    start: f64,
    pick: impl Fn(f64, f64) -> f64,
) {
    first[at].fill(start);
    for &part in parts {
        let Ok([of, part]) = first.get_disjoint_mut([at, part]) else { continue };
        for (a, &b) in of.as_mut_slice().iter_mut().zip(part.as_slice()) {
            *a = pick(*a, b);
        }
    }
}

/// Merges the threads' counts and names them; with the first times of the kept draws.
pub(super) fn merge_targets(
    plan: &TargetPlan,
    parts: Vec<TargetTotals>,
) -> (Targets, Vec<(String, Vec<f64>)>) {
    let mut parts = parts.into_iter();
    let Some(mut total) = parts.next() else { return Default::default() };
    for part in parts {
        total.add(part);
    }
    total.kept.sort_by_key(|(draw, _)| *draw);
    let named: Vec<&PlannedTarget> = plan.targets.iter().filter(|target| target.named).collect();
    let mut kept: Vec<(String, Vec<f64>)> =
        named.iter().map(|target| (target.name.clone(), Vec::new())).collect();
    for (_, block) in total.kept {
        for ((_, column), values) in kept.iter_mut().zip(block) {
            column.extend(values);
        }
    }
    let counts = total.first.into_iter().zip(total.dates);
    let list = named
        .into_iter()
        .zip(counts)
        .map(|(target, (first, dates))| result(plan, target, first, dates))
        .collect();
    let limits = plan.limits.iter().map(|(name, _)| name.clone()).collect();
    (Targets { limits, list }, kept)
}

fn result(
    plan: &TargetPlan,
    target: &PlannedTarget,
    first: FirstTimes,
    dates: Vec<Counts>,
) -> TargetResult {
    let date = |(deadline, counts): (&Deadline, Counts)| DateCounts {
        each: 1.0,
        date: deadline.date,
        label: deadline.label.clone(),
        met: counts.met,
        condition: counts.condition,
        both: counts.both,
        error: ratio_error(&counts.lanes),
        failed_by: counts.failed_by,
    };
    TargetResult {
        name: target.name.clone(),
        title: target.title.clone(),
        asked: target.asked.clone(),
        given: target.given.iter().map(|&(at, _)| plan.targets[at].name.clone()).collect(),
        first,
        dates: target.deadlines.iter().zip(dates).map(date).collect(),
    }
}

impl TargetTotals {
    /// Draws by replicate of a date of a named target: those that count, and those that meet it.
    pub(super) fn by_replicate(&self, named: usize, date: usize) -> &[[u64; 2]] {
        self.dates.get(named).and_then(|dates| dates.get(date)).map_or(&[], |one| &one.lanes)
    }

    /// Draws of a date of a named target that count, and those that meet it.
    pub(super) fn counted(&self, named: usize, date: usize) -> [u64; 2] {
        let found = self.dates.get(named).and_then(|dates| dates.get(date));
        found.map_or([0; 2], |one| [one.condition, one.both])
    }

    /// Adds all of another thread's.
    pub(super) fn add(&mut self, other: Self) {
        for (mine, more) in self.first.iter_mut().zip(&other.first) {
            mine.merge(more);
        }
        for (mine, more) in self.dates.iter_mut().flatten().zip(other.dates.iter().flatten()) {
            mine.met += more.met;
            mine.condition += more.condition;
            mine.both += more.both;
            if mine.lanes.is_empty() {
                mine.lanes.clone_from(&more.lanes);
            } else {
                for (mine, more) in mine.lanes.iter_mut().flatten().zip(more.lanes.iter().flatten())
                {
                    *mine += more;
                }
            }
            for (mine, more) in mine.failed_by.iter_mut().zip(&more.failed_by) {
                *mine += more;
            }
        }
        self.kept.extend(other.kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    #[test]
    fn a_stock_crosses_on_a_straight_line() {
        let none = f64::INFINITY;
        // From 100 to 300 in the third quarter: 150 is a quarter of the way.
        close(crossing_time(2, 100.0, 300.0, 150.0, none), 2.25);
        close(crossing_time(2, 300.0, 100.0, -none, 150.0), 2.75);
        // Through the lower limit of a range into it.
        close(crossing_time(0, 0.0, 10.0, 5.0, 20.0), 0.5);
        close(crossing_time(0, 30.0, 15.0, 5.0, 20.0), 10.0 / 15.0);
        // Exactly at the end, and with no slope that is a number.
        close(crossing_time(4, 1.0, 2.0, 2.0, none), end_of_step(4));
        close(crossing_time(4, -none, 2.0, 2.0, none), end_of_step(4));
        for (new, low, high) in [(1.0, 2.0, none), (f64::NAN, 2.0, none), (9.0, 2.0, 3.0)] {
            assert!(crossing_time(1, 0.0, new, low, high).is_infinite(), "{new}");
        }
    }

    fn planned(name: &str, rule: Rule, ends: &[f64]) -> PlannedTarget {
        let date = crate::time::Date::from_days(20_000).unwrap();
        let due = |&end: &f64| Deadline { date, label: String::new(), end, step: 0 };
        let deadlines = ends.iter().map(due).collect();
        let (name, title, asked) = (name.to_owned(), String::new(), String::new());
        PlannedTarget { name, title, asked, named: true, rule, deadlines, given: Vec::new() }
    }

    /// Runs three draws by hand: column 0 has a metric, column 1 a date, column 2 a limit.
    fn counted(
        plan: &TargetPlan,
        quarters: &[[f64; 3]],
        dates: [f64; 3],
    ) -> (Targets, Vec<Vec<f64>>) {
        let mut watch = Watch::new(plan, 1);
        let mut block = Block::new(3, 1);
        for (t, values) in quarters.iter().enumerate() {
            block.column_mut(0).as_mut_slice()[..3].copy_from_slice(values);
            block.column_mut(1).as_mut_slice()[..3].copy_from_slice(&dates);
            block.column_mut(2).as_mut_slice()[..3].copy_from_slice(&[1.0, 0.0, 1.0]);
            watch.quarter(Isa::Portable, t, &block);
        }
        watch.finish_block(Isa::Portable, 0, 3, &block, None);
        let (targets, kept) = merge_targets(plan, vec![watch.finish()]);
        (targets, kept.into_iter().map(|(_, first)| first).collect())
    }

    #[test]
    fn events_and_what_is_made_of_targets() {
        let never = f64::INFINITY;
        let watched = Watched { column: 0, low: 10.0, high: never };
        let stock = Rule::First { watched, steps: (0, 4), stock: true };
        let mut plan = TargetPlan {
            targets: vec![
                planned("all", Rule::All(vec![1, 2]), &[2.0, 3.9]),
                planned("event", Rule::Event(1), &[1.3]),
                planned("stock", stock, &[2.0]),
                planned("any", Rule::Any(vec![1, 2]), &[2.0]),
            ],
            order: vec![1, 2, 0, 3],
            limits: vec![("power".to_owned(), 2)],
            steps: vec![0],
            end: 4.0,
        };
        plan.targets[3].given = vec![(1, 1.3)];
        // Draw 0 rises through 10 in the second quarter, 1 is there from the first, 2 never is.
        let quarters = [[5.0, 11.0, 0.0], [15.0, 0.0, 0.0], [0.0, 0.0, 9.0], [0.0, 20.0, 1.0]];
        let (targets, kept) = counted(&plan, &quarters, [1.25, 3.75, 7.0]);
        assert_eq!(kept[1], [1.25, 3.75, never]);
        assert_eq!(kept[2], [1.5, end_of_step(0), never]);
        assert_eq!(kept[0], [1.5, 3.75, never]);
        assert_eq!(kept[3], [1.25, end_of_step(0), never]);
        let of = |at: usize, date: usize| {
            let d = &targets.list[at].dates[date];
            (d.met, d.condition, d.both, d.failed_by.clone())
        };
        assert_eq!(of(0, 0), (1, 3, 1, vec![1, 1]));
        assert_eq!(of(0, 1), (2, 3, 2, vec![1, 0]));
        assert_eq!(of(1, 0), (1, 3, 1, vec![1, 1]));
        // Given the event by 1.3, which only draw 0 meets.
        assert_eq!(of(3, 0), (2, 1, 1, vec![0, 0]));
        assert_eq!(targets.list[0].first.never, 1);
        assert_eq!(targets.list[3].given, ["event"]);
    }

    #[test]
    fn values_at_one_time_and_throughout() {
        let never = f64::INFINITY;
        let watched = Watched { column: 0, low: 2.0, high: 4.0 };
        let at = |part| Rule::At { watched, step: 2, part, time: 2.5 };
        let plan = TargetPlan {
            targets: vec![
                planned("end", at(None), &[4.0]),
                planned("within", at(Some(0.5)), &[4.0]),
                planned("throughout", Rule::Throughout { watched, steps: (1, 2), time: 3.0 }, &[]),
            ],
            order: vec![0, 1, 2],
            limits: Vec::new(),
            steps: vec![0],
            end: 4.0,
        };
        let quarters = [[9.0, 3.0, 3.0], [2.0, 1.0, 0.0], [4.0, 3.0, 4.1], [9.0, 9.0, 3.0]];
        let (_, kept) = counted(&plan, &quarters, [0.0; 3]);
        assert_eq!(kept[0], [2.5, 2.5, never]);
        assert_eq!(kept[1], [2.5, 2.5, 2.5]);
        assert_eq!(kept[2], [3.0, never, never]);
    }
}
