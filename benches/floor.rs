//! The floor: what the parts of a run cost alone, against the run.
//!
//! `cargo bench --bench floor [-- SCENARIO [DRAWS]]`, for the core of the scenario. Parts, in CPU time
//! a draw: the random numbers and quantile transforms, in a loop of their own without a model; the
//! arithmetic of the model, as the run without summaries less its sampling; one read-modify-write of
//! a counter per value summarized, with its key at hand. A run also makes keys, sums and squares,
//! which the floor leaves out.
//!
//! Beside it what it costs to move columns: a sum of two to a third, over as many as the plan has and over
//! as few as the first cache holds.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

#[path = "common/clock.rs"]
mod clock;
#[path = "common/disk.rs"]
mod disk;

use std::collections::BTreeSet;

use clock::{cpu, median};
use fleetcast::engine::{BLOCK, Parts, measure};
use fleetcast::model::declare::Aggregation;
use fleetcast::plan::{LEAD_IN, Plan, compile};
use fleetcast::sampling::{Address, Stream, Transform};
use fleetcast::vector::{Column, Isa, Kernel, TILE, dispatch, normal_from_uniform};

const ROUNDS: usize = 7;
/// Bins between the 10th and the 90th percentile, as a run has them at least.
const BINS: f64 = 64.0;
/// Bins of a histogram: up to seven times that distance.
const WINDOW: usize = 512;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let path = args.first().map_or("scenarios/meta-2024-07.toml", String::as_str);
    let draws: u64 = args.get(1).and_then(|text| text.parse().ok()).unwrap_or(262_144);
    let overlays = ["scenarios/overlays/core.toml".to_owned()];
    let plan = disk::scenario(path, &overlays, &[]).and_then(|s| compile(&s).ok());
    let Some(plan) = plan else {
        println!("`{path}` with the overlay core.toml gives no plan: see `fleetcast check`");
        return;
    };
    let isa = Isa::detect();
    let once = asked_once(&plan);
    let quarterly = asked_each_quarter(&plan);
    let values = values(&plan);
    let numbers = once.len() + quarterly.iter().map(|asked| asked.times.len()).sum::<usize>();
    println!("{path}, core: {draws} draws, {}, block of {BLOCK}", isa.name());
    println!("{numbers} random numbers and {values} values summarized a draw");
    let mut counters = Counters::new(values);
    let mut times: [Vec<f64>; 6] = Default::default();
    for round in 0..=ROUNDS {
        let micros = |seconds: f64| 1e6 * seconds / draws as f64;
        let row = [
            cpu(|| {
                each_block(draws, |first_draw| {
                    dispatch(isa, Sample { once: &once, quarterly: &quarterly, first_draw });
                });
            }),
            cpu(|| each_block(draws, |_| dispatch(isa, Count(&mut counters)))),
            cpu(|| measure(&plan, draws, BLOCK, isa, Parts::Sampling)),
            cpu(|| measure(&plan, draws, BLOCK, isa, Parts::Model)),
            cpu(|| measure(&plan, draws, BLOCK, isa, Parts::All)),
        ];
        if round > 0 {
            for (times, seconds) in times.iter_mut().zip(row) {
                times.push(micros(seconds));
            }
            times[5].push(micros(row[0] + (row[3] - row[2]) + row[1]));
        }
    }
    std::hint::black_box(&counters.bins);
    let [sampling, counting, sampled, modeled, all, floor] = times.map(median);
    println!("random numbers and quantile transforms alone {sampling:7.2} us");
    println!("arithmetic of the model                      {:7.2} us", modeled - sampled);
    println!(
        "one read-modify-write per value              {counting:7.2} us, {:.2} ns each",
        1e3 * counting / values as f64
    );
    println!("floor                                        {floor:7.2} us");
    println!("a run                                        {all:7.2} us, {:.2} times", all / floor);
    println!(
        "of which sampling with series, groups and regimes {sampled:.2} us, summaries {:.2} us, {:.2} ns each",
        all - modeled,
        1e3 * (all - modeled) / values as f64
    );
    println!(
        "a line of {} columns {:.2} ns, of eight {:.2} ns",
        plan.columns,
        moved(isa, plan.columns),
        moved(isa, 8)
    );
}

/// Nanoseconds for each cache line of columns of a block, two of them read and one written, of `count` in no
/// order.
fn moved(isa: Isa, count: usize) -> f64 {
    const MAPS: usize = 200_000;
    const LINE: usize = 8;
    let mut columns: Vec<Column> = (0..count).map(|_| Column::new(BLOCK / TILE)).collect();
    let mut times: Vec<f64> = (0..=ROUNDS)
        .map(|_| cpu(|| dispatch(isa, Move { columns: &mut columns, maps: MAPS })))
        .collect();
    times.remove(0);
    1e9 * median(times) / (MAPS * 3 * BLOCK / LINE) as f64
}

struct Move<'a> {
    columns: &'a mut [Column],
    maps: usize,
}

impl Kernel for Move<'_> {
    #[inline(always)]
    fn run(self) {
        let (count, mut state) = (self.columns.len() as u64, 1_u64);
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % count) as usize
        };
        let mut left = self.maps;
        while left > 0 {
            // Three that are not all different are drawn again.
            if let Ok([a, b, sum]) = self.columns.get_disjoint_mut([next(), next(), next()]) {
                let (a, b) = (a.as_slice(), b.as_slice());
                for ((sum, a), b) in sum.as_mut_slice().iter_mut().zip(a).zip(b) {
                    *sum = a * 0.5 + b * 0.25;
                }
                left -= 1;
            }
        }
        std::hint::black_box(&self.columns);
    }
}

fn each_block(draws: u64, mut work: impl FnMut(u64)) {
    for first in (0..draws).step_by(BLOCK) {
        work(first);
    }
}

/// What is drawn once, with its transform.
fn asked_once(plan: &Plan) -> Vec<(Stream, &Transform)> {
    let groups = plan.groups.iter().flat_map(|group| &group.members);
    plan.once.iter().chain(groups).map(|once| (once.stream, &once.transform)).collect()
}

/// What is drawn at several times; common factors have no transform.
struct Asked<'a> {
    stream: Stream,
    transform: Option<&'a Transform>,
    times: Vec<u32>,
}

impl<'a> Asked<'a> {
    fn new(stream: Stream, transform: Option<&'a Transform>, times: &[u32]) -> Self {
        Self { stream, transform, times: times.to_vec() }
    }
}

/// What is drawn each quarter or year.
fn asked_each_quarter(plan: &Plan) -> Vec<Asked<'_>> {
    let steps = plan.setup.steps() as u32;
    let all: Vec<u32> = (plan.first_time..plan.first_time + steps).collect();
    let yearly: Vec<u32> = all
        .iter()
        .copied()
        .filter(|time| plan.setup.opens_year((time - plan.first_time) as usize))
        .collect();
    let before: Vec<u32> = (plan.first_time - LEAD_IN..plan.first_time + steps).collect();
    let factors = plan
        .factors
        .iter()
        .filter(|factor| !factor.history.is_empty())
        .map(|factor| Asked::new(factor.stream, None, &before));
    let series = plan.series.iter().map(|series| {
        let times = if series.own_weight > 0.0 { all.as_slice() } else { &[] };
        Asked::new(series.stream, Some(&series.transform), times)
    });
    let regimes = plan
        .series
        .iter()
        .filter_map(|series| series.regime.as_ref())
        .map(|regime| Asked::new(regime.stream, None, &yearly));
    let fresh = plan.fresh.iter().map(|x| Asked::new(x.stream, Some(&x.transform), &all));
    let ahead = plan.year_ahead.iter().map(|x| Asked::new(x.stream, Some(&x.transform), &all));
    factors.chain(series).chain(regimes).chain(fresh).chain(ahead).collect()
}

/// Values with a histogram in a draw: what is the same by two names, or 0 or 1, counts no more than once.
fn values(plan: &Plan) -> usize {
    let mut count = 0;
    for t in 0..plan.setup.steps() {
        let shown = || {
            plan.metrics
                .iter()
                .zip(&plan.year_sums)
                .filter(|(metric, _)| metric.decl.aggregation != Aggregation::Indicator)
        };
        let quarters: BTreeSet<usize> = shown()
            .filter(|(metric, _)| metric.shown(t))
            .map(|(metric, _)| metric.column)
            .collect();
        let years = shown().filter(|(metric, sum)| {
            let year = t.saturating_sub(3)..=t;
            sum.is_some() && plan.closes_whole_year(t) && year.into_iter().any(|t| metric.shown(t))
        });
        count += quarters.len() + years.count();
    }
    count
}

struct Sample<'a> {
    once: &'a [(Stream, &'a Transform)],
    quarterly: &'a [Asked<'a>],
    first_draw: u64,
}

impl Kernel for Sample<'_> {
    #[inline(always)]
    fn run(self) {
        let first_draw = self.first_draw;
        let [mut scores, mut out] = std::array::from_fn(|_| Column::new(BLOCK / TILE));
        for (stream, transform) in self.once {
            stream.normals(Address { time: 0, first_draw }, &mut scores);
            transform.apply(&scores, &mut out);
            std::hint::black_box(&out);
        }
        for Asked { stream, transform, times } in self.quarterly {
            for time in times {
                stream.normals(Address { time: *time, first_draw }, &mut scores);
                match transform {
                    Some(transform) => transform.apply(&scores, &mut out),
                    None => out.as_mut_slice().copy_from_slice(scores.as_slice()),
                }
                std::hint::black_box(&out);
            }
        }
    }
}

/// Histograms, and keys of a block that stay in the nearest cache.
struct Counters {
    bins: Vec<[u16; WINDOW]>,
    keys: Vec<[u16; BLOCK]>,
}

impl Counters {
    /// Keys of normal values, as many bins between the 10th and the 90th percentile as a run has.
    fn new(values: usize) -> Self {
        let step = 2.5631 / BINS;
        let key = |i: usize| {
            // An additive recurrence: evenly spread, in no order.
            let u = (0.5 + i as f64 * 0.618_033_988_749_894_9).fract().clamp(1e-6, 1.0 - 1e-6);
            let bin = 0.5 * WINDOW as f64 + normal_from_uniform(u) / step;
            bin.clamp(0.0, WINDOW as f64 - 1.0) as u16
        };
        let keys = (0..16).map(|k| std::array::from_fn(|i| key(k * BLOCK + i))).collect();
        Self { bins: vec![[0; WINDOW]; values], keys }
    }
}

struct Count<'a>(&'a mut Counters);

impl Kernel for Count<'_> {
    #[inline(always)]
    fn run(self) {
        let Counters { bins, keys } = self.0;
        for (at, bins) in bins.iter_mut().enumerate() {
            for key in &keys[at % keys.len()] {
                let count = &mut bins[usize::from(*key) % WINDOW];
                *count = count.wrapping_add(1);
            }
        }
    }
}
