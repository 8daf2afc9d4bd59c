//! Stocks of every chip, followed apart from the model: what was bought and what was there is in
//! service, waits, has failed or was retired.
//!
//! The model sums cohorts over their age in closed form and scales a generation for what is retired
//! early. Here each cohort is carried on from quarter to quarter by its conditional survival, and
//! what is retired is taken from the cohorts, so that a mistake in either shows.

use super::identities::TOLERANCE;
use crate::model::block::Block;
use crate::model::fleet::survival;
use crate::plan::Plan;
use crate::units::typed::{Ratio, Scalar};
use crate::vector::TILE;

/// A draw within its block, and the two sides.
pub(super) type Mismatch = (usize, f64, f64);

/// Columns of a chip, and what has become of it.
struct Chip {
    name: String,
    /// First step with purchases.
    earliest: Option<usize>,
    /// First step in which it may be in service.
    shown: usize,
    age: f64,
    stock: Option<usize>,
    installed: usize,
    waiting: usize,
    kept: usize,
    bought: Option<usize>,
    /// Sums since the start, by draw.
    sums: Vec<Sums>,
    /// The stock of the start, then cohorts by quarter: left of them, by draw.
    cohorts: Vec<Vec<f64>>,
    kept_before: Vec<f64>,
    waiting_before: Vec<f64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// Bought, and there at the start.
    came: f64,
    failed: f64,
    retired: f64,
}

/// All chips.
pub(super) struct Stocks {
    chips: Vec<Chip>,
    life: Option<usize>,
    failure: Option<usize>,
    repaired: Option<usize>,
    retired: Option<usize>,
}

impl Stocks {
    /// How many identities are checked here.
    pub(super) const IDENTITIES: usize = 2;

    pub(super) fn new(plan: &Plan, tiles: usize) -> Self {
        let of = |name: &str| plan.names.get(name).copied();
        let size = tiles * TILE;
        let chips = plan.setup.chips.iter().enumerate().filter_map(|(at, chip)| {
            let key = |quantity: &str| format!("chip.{}.{quantity}", chip.name);
            let earliest = plan.setup.earliest_step(at);
            let stock = of(&format!("input {}", key("stock")));
            let age = plan.setup.settings.get(&key("stock_age")).copied();
            Some(Chip {
                name: chip.name.clone(),
                earliest,
                shown: if stock.is_some() { 0 } else { earliest? },
                age: age.unwrap_or(0.0),
                stock,
                installed: of(&key("installed"))?,
                waiting: of(&key("~waiting"))?,
                kept: of(&key("~kept"))?,
                bought: earliest.and_then(|_| of(&key("purchases"))),
                sums: vec![Sums::default(); size],
                cohorts: Vec::new(),
                kept_before: vec![1.0; size],
                waiting_before: vec![0.0; size],
            })
        });
        Self {
            chips: chips.collect(),
            life: of("input fleet.life"),
            failure: of("input fleet.failure"),
            repaired: of("input fleet.repaired"),
            retired: of("fleet.retired"),
        }
    }

    /// What is there before the first quarter.
    pub(super) fn start(&mut self, block: &Block) {
        for chip in &mut self.chips {
            let waiting = block.column(chip.waiting).as_slice();
            chip.waiting_before.copy_from_slice(waiting);
            chip.kept_before.fill(1.0);
            let stock = chip.stock.map(|column| block.column(column).as_slice());
            let start = |lane: usize| stock.map_or(0.0, |stock| stock[lane]);
            for (lane, sums) in chip.sums.iter_mut().enumerate() {
                *sums = Sums { came: start(lane), ..Sums::default() };
            }
            chip.cohorts = vec![(0..waiting.len()).map(|l| start(l) - waiting[l]).collect()];
        }
    }

    /// The first draw in which the units of a chip, or those retired in all, do not add up.
    pub(super) fn quarter(
        &mut self,
        t: usize,
        valid: usize,
        block: &Block,
    ) -> Option<(String, Mismatch)> {
        let (life, failure, repaired) = (self.life?, self.failure?, self.repaired?);
        let mut found = None;
        let mut retired = vec![(0.0, 0.0); valid];
        for chip in self.chips.iter_mut().filter(|chip| chip.shown <= t) {
            let left = |ages: (f64, f64), lane: usize| {
                let at = |column: usize| Ratio::new(block.column(column).as_slice()[lane]);
                survival(ages, at(life), at(failure), at(repaired)).get()
            };
            let joins = chip.earliest.is_some_and(|earliest| earliest <= t);
            if joins {
                chip.cohorts.push(vec![0.0; chip.sums.len()]);
            }
            for (lane, retired) in retired.iter_mut().enumerate() {
                if let Some(mismatch) = chip.step(t, lane, joins, block, &left, retired) {
                    let words = format!(
                        "units of {} bought are in service, waiting, failed or retired",
                        chip.name
                    );
                    let earlier = found.as_ref().is_none_or(|(_, (known, _, _))| lane < *known);
                    found = if earlier { Some((words, mismatch)) } else { found };
                }
            }
        }
        let total = block.column(self.retired?).as_slice();
        found.or_else(|| {
            let lane = (0..valid).find(|&lane| {
                let (sum, size) = retired[lane];
                (sum - total[lane]).abs() > TOLERANCE * size
            })?;
            let words = "chips retired early are the sum over chips".to_owned();
            Some((words, (lane, retired[lane].0, total[lane])))
        })
    }
}

impl Chip {
    /// One quarter of one draw. `all` sums what is retired, and the units that it is judged by.
    fn step(
        &mut self,
        t: usize,
        lane: usize,
        joins: bool,
        block: &Block,
        left: &impl Fn((f64, f64), usize) -> f64,
        all: &mut (f64, f64),
    ) -> Option<Mismatch> {
        let at = |column: usize| block.column(column).as_slice()[lane];
        let bought = if joins { self.bought.map_or(0.0, at) } else { 0.0 };
        let (in_service, waiting, kept) = (at(self.installed), at(self.waiting), at(self.kept));
        let installed = self.waiting_before[lane] + bought - waiting;
        let share = kept / self.kept_before[lane];
        (self.waiting_before[lane], self.kept_before[lane]) = (waiting, kept);
        let first = self.earliest.unwrap_or(t);
        let last = self.cohorts.len() - 1;
        let (mut failed, mut retired) = (0.0, 0.0);
        for (position, cohort) in self.cohorts.iter_mut().enumerate() {
            let survivors = if position == 0 {
                let (before, now) = ((t as f64, self.age), ((t + 1) as f64, self.age));
                let before = if t == 0 { 1.0 } else { left(before, lane) };
                cohort[lane] * (left(now, lane) / before)
            } else if joins && position == last {
                cohort[lane]
            } else {
                let age = (t - (first + position - 1)) as f64;
                cohort[lane] * (left((age, 0.0), lane) / left((age - 1.0, 0.0), lane))
            };
            failed += cohort[lane] - survivors;
            retired += survivors * (1.0 - share);
            cohort[lane] = survivors * share;
        }
        let joined = if joins { last } else { 0 };
        self.cohorts[joined][lane] += installed;
        let sums = &mut self.sums[lane];
        sums.came += bought;
        sums.failed += failed;
        sums.retired += retired;
        *all = (all.0 + retired, all.1 + sums.came);
        let accounted = in_service + waiting + sums.failed + sums.retired;
        let holds = (sums.came - accounted).abs() <= TOLERANCE * sums.came && failed >= 0.0;
        (!holds).then_some((lane, sums.came, accounted))
    }
}
