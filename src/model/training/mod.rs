//! Training runs (MODEL.md M7).
//!
//! ```text
//! start    = max(earliest, cluster there, end of the run before) + preparation        quarters
//! n        = share · K(start) / mean H100e of the chips being installed              chips
//! MFU      = MFU0 · factors of architecture and numerics · (n / n_ref)^−decline      of dense BF16 peak
//! MTTF     = 1 / (nodes · failure rate);  Δ = √(2 δ MTTF)                            Young, Daly
//! goodput  = max(floor, 1 − [δ/Δ + (Δ/2 + ρ)/MTTF]);  δ, ρ shrink as (n_ref / n)^e
//! speed    = n · F · MFU · goodput · stage                                           FLOP a day
//! days     = min(C / speed, longest);  C = planned, or descoped by chance
//! finish   = start + days;  release = finish + post-training + slip · (planned / reference)^growth
//! canceled with a hazard from start to release
//! energy   = kW · chip-hours · draw · PUE
//! cost     = servers' loss of value and electricity; or servers and network bought; or rented
//! ```
//!
//! A run that is placed on a site has at most the cluster that the site's power can feed, and waits
//! for its first power.
//!
//! What a run finds when it starts holds to its end: cluster, kind of chip, price. K(start) is linear
//! between quarter ends. F, power and price are those of the chips that wait to be installed in that
//! quarter, weighted by their number: what is ready is in the same proportions. Costs follow
//! Epoch's training-cost-trends.

use super::block::{Block, Col};
use super::carbon::emissions;
use super::chip_kinds::chip_column;
use super::setup::RunSetup;
use super::wiring::Wiring;
use crate::units::typed::{
    Carbon, CarbonIntensity, ChipPower, ChipRate, Chips, Days, Energy, EnergyPrice, FacilityPower,
    Flop, FlopPerDay, H100e, H100ePerChip, HourPrice, ItPower, Minutes, Money, Price, Pue,
    Quarters, Ratio, Scalar,
};

mod columns;
mod declared;
mod equations;
mod kinds;
mod place;

use columns::{Family, Run, Shared};
pub use declared::{INPUTS, METRICS};
pub use equations::*;
use kinds::Kinds;

/// A run that starts at `t` or later counts from then on.
#[inline(always)]
fn starts(t: f64, start: Quarters, started: Ratio) -> Ratio {
    Ratio::new(if start.get() < t + 1.0 { 1.0 - started.get() } else { 0.0 })
}

/// The new value where a run starts, else the old one.
#[inline(always)]
fn choose<T: Scalar>(starts: Ratio, new: T, old: T) -> T {
    T::new(if starts.get() > 0.5 { new.get() } else { old.get() })
}

/// When a run is canceled: never, if it was released before.
#[inline(always)]
fn canceled_at(start: Quarters, cancel: Quarters, release: Quarters) -> Quarters {
    let at = start + cancel;
    Quarters::new(if release.get().is_finite() { f64::INFINITY } else { at.get() })
}

/// `started`, `finished`, `released`, `canceled` by quarter end, and the compute of a finished run.
#[inline(always)]
fn progress(
    end: f64,
    start: Quarters,
    finish: Quarters,
    release: Quarters,
    canceled: Quarters,
    compute: Flop,
) -> (Ratio, Ratio, Ratio, Ratio, Flop) {
    let by_then = |x: Quarters| Ratio::new(if x.get() <= end { 1.0 } else { 0.0 });
    let done = Flop::new(if finish.get() <= end { compute.get() } else { 0.0 });
    // A run that starts as the quarter ends starts in the next one.
    let started = Ratio::new(if start.get() < end { 1.0 } else { 0.0 });
    (started, by_then(finish), by_then(release), by_then(canceled), done)
}

/// Start of a run whose cluster and predecessor are known: never before they are.
#[inline(always)]
fn start_after(earliest: f64, there: Quarters, before: Quarters, prep: Days) -> Quarters {
    there.max(before).max(Quarters::new(earliest)) + prep.quarters()
}

/// When the cluster first reached the size, once it has.
#[inline(always)]
fn first_reached(
    t: f64,
    there: Quarters,
    before: H100e,
    now: H100e,
    (largest, chips): (H100e, Chips),
    size: Chips,
) -> Quarters {
    let each = H100ePerChip::new(largest.over_chips(chips));
    there.min(reached(t, before, now, each * size))
}

/// Planned compute where it is a multiple of another run's.
#[inline(always)]
fn multiple(base: f64, times: Ratio) -> Flop {
    Flop::new(base) * times
}

/// Planned compute, or a part of it if chance will have it.
#[inline(always)]
fn descoped(planned: Flop, chance: Ratio, uniform: Ratio, part: Ratio) -> Flop {
    if uniform.get() < chance.get() { planned * part } else { planned }
}

/// A slip, or none.
#[inline(always)]
fn slipped(
    reference: f64,
    planned: Flop,
    chance: Ratio,
    uniform: Ratio,
    slip: Days,
    growth: Ratio,
) -> Days {
    let slip = slip_at_size(slip, planned, Flop::new(reference), growth);
    Days::new(if uniform.get() < chance.get() { slip.get() } else { 0.0 })
}

#[inline(always)]
fn all_in(utilization: Ratio, goodput: Ratio, stage: Ratio) -> Ratio {
    utilization * goodput * stage
}

#[inline(always)]
fn add_run(sum: Flop, compute: Flop) -> Flop {
    sum + compute
}

#[inline(always)]
fn add_family(siblings: Ratio, sum: Flop, compute: Flop) -> Flop {
    sum + compute * (1.0 + siblings.get())
}

impl H100e {
    /// H100e of one of so many chips.
    #[inline(always)]
    fn over_chips(self, chips: Chips) -> f64 {
        self.get() / if chips.get() > 1e-12 { chips.get() } else { 1e-12 }
    }
}

/// Everything that only scenarios with a planned run need.
#[derive(Debug)]
struct Parts {
    runs: Vec<Run>,
    families: Vec<Family>,
    shared: Shared,
    kinds: Kinds,
    cluster: Col<H100e>,
    chips: Col<Chips>,
    before: Col<H100e>,
    initial: Col<H100e>,
}

/// The module.
#[derive(Debug)]
pub struct Training {
    parts: Option<Parts>,
}

impl Training {
    /// Finds its inputs and hands out its columns; nothing without a planned run.
    pub fn wire(w: &mut Wiring) -> Self {
        Self { parts: (!w.setup().runs.is_empty()).then(|| Parts::wire(w)) }
    }

    /// What is known before the first quarter.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        let Some(parts) = &self.parts else { return };
        b.copy(parts.before, parts.initial);
        for run in &parts.runs {
            run.begin(b);
        }
    }

    /// The quarter's starts, and how far each run is.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let Some(parts) = &self.parts else { return };
        parts.step(t, b);
    }
}

impl Parts {
    fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let mut runs: Vec<Run> = Vec::new();
        for run in &setup.runs {
            let after = run.after.map(|before| runs[before].end);
            let run = Run::wire(w, run, after);
            runs.push(run);
        }
        let families = setup.families.iter().map(|family| Family {
            past: family.past.clone(),
            compute: w.metric(&format!("training.family.{}.compute", family.name)),
        });
        let families = families.collect();
        Self {
            runs,
            families,
            shared: Shared::wire(w),
            kinds: Kinds::wire(w),
            cluster: w.read("cluster.largest"),
            chips: w.read("cluster.chips"),
            before: w.state(),
            initial: w.input("cluster.largest"),
        }
    }

    #[inline(always)]
    fn step(&self, t: usize, b: &mut Block) {
        let at = t as f64;
        let starts_column = self.shared.work.starts;
        let mut known = false;
        for run in &self.runs {
            if let Some(place) = &run.on_site {
                place.step(self.cluster, b);
            }
            run.wait(at, b, self);
            b.map2_with(starts_column, at, run.start, run.started, starts);
            let some = b.any(starts_column);
            // Results are chosen draw by draw: that a block without a start skips them changes none.
            if some {
                if !known {
                    self.kinds.step(t, b);
                    known = true;
                }
                self.begin(at, run, b);
            }
            b.map5_with(
                (run.started, run.finished, run.released, run.canceled, run.done),
                at + 1.0,
                run.start,
                run.finish,
                run.release,
                run.canceled_at,
                run.reached,
                progress,
            );
        }
        self.families(at + 1.0, b);
        b.copy(self.before, self.cluster);
    }

    #[inline(always)]
    fn families(&self, end: f64, b: &mut Block) {
        for (position, family) in self.families.iter().enumerate() {
            let past = family.past.iter().filter(|(time, _)| *time <= end);
            b.fill(family.compute, Flop::new(past.map(|(_, flop)| flop).sum()));
            let sum = family.compute;
            for run in self.runs.iter().filter(|run| run.family == Some(position)) {
                match run.siblings {
                    Some(siblings) => b.map3(sum, siblings, sum, run.done, add_family),
                    None => b.map2(sum, sum, run.done, add_run),
                }
            }
        }
    }

    /// Fixes what holds for a run from its start on, where it starts now.
    #[inline(always)]
    fn begin(&self, at: f64, run: &Run, b: &mut Block) {
        self.job(at, run, b);
        self.speed(run, b);
        self.wanted(run, b);
        self.dates(run, b);
        self.energy(run, b);
        self.costs(run, b);
    }

    #[inline(always)]
    fn job(&self, at: f64, run: &Run, b: &mut Block) {
        let (work, out) = (&self.shared.work, &run.out);
        let (before, now) = run.place(self);
        b.map5_with(
            work.cluster,
            at,
            before,
            now,
            run.start,
            self.cluster,
            self.chips,
            #[inline(always)]
            |at, before, now, start, largest, chips| {
                let each = H100ePerChip::new(largest.over_chips(chips));
                cluster_at(at, before, now, start) / each
            },
        );
        b.map2(work.job, run.share, work.cluster, job_chips);
        b.map3(out.cluster, work.starts, work.cluster, out.cluster, choose);
        b.map3(out.job, work.starts, work.job, out.job, choose);
        b.map5(
            out.job_h100e,
            work.starts,
            work.job,
            self.cluster,
            self.chips,
            out.job_h100e,
            #[inline(always)]
            |starts, job, cluster, chips, old| {
                choose(starts, H100ePerChip::new(cluster.over_chips(chips)) * job, old)
            },
        );
    }

    #[inline(always)]
    fn speed(&self, run: &Run, b: &mut Block) {
        let (s, work, out) = (&self.shared, &self.shared.work, &run.out);
        let reference = Chips::new(s.reference);
        b.map3_with(
            work.mfu,
            reference,
            run.mfu,
            work.job,
            s.decline,
            #[inline(always)]
            |reference, mfu, job, decline| job_utilization(mfu, job, reference, decline),
        );
        for factor in [s.moe.filter(|_| run.moe), s.fp8.filter(|_| run.fp8)].into_iter().flatten() {
            b.map2(work.mfu, work.mfu, factor, |a, b| a * b);
        }
        for (scaled, time) in [(work.checkpoint, s.checkpoint), (work.restart, s.restart)] {
            b.map3_with(
                scaled,
                reference,
                time,
                work.job,
                s.exponent,
                #[inline(always)]
                |reference, time, job, exponent| time_at_size(time, job, reference, exponent),
            );
        }
        b.map2_with(
            work.failure,
            Ratio::new(s.per_node),
            work.job,
            s.failures,
            #[inline(always)]
            |per_node, job, rate| time_to_failure(job, per_node, rate),
        );
        b.map3_with(
            work.goodput,
            Ratio::new(s.floor),
            work.checkpoint,
            work.restart,
            work.failure,
            #[inline(always)]
            |floor, checkpoint, restart, failure| {
                let interval = checkpoint_interval(checkpoint, failure);
                goodput(loss_per_failure(checkpoint, restart, interval, failure), failure, floor)
            },
        );
        b.map3(work.efficiency, work.mfu, work.goodput, s.stage, all_in);
        b.map3(work.speed, work.job, self.kinds.rate, work.efficiency, job_speed);
        b.map3(out.mfu, work.starts, work.mfu, out.mfu, choose);
        b.map3(out.goodput, work.starts, work.goodput, out.goodput, choose);
    }

    /// What chance makes of the plan.
    #[inline(always)]
    fn wanted(&self, run: &Run, b: &mut Block) {
        let (s, work, out) = (&self.shared, &self.shared.work, &run.out);
        match &run.descope {
            Some(event) => {
                b.map4(
                    work.wanted,
                    out.planned,
                    event.chance,
                    event.uniform,
                    event.value,
                    descoped,
                );
            }
            None => b.copy(work.wanted, out.planned),
        }
        match &run.slip {
            Some(event) => b.map5_with(
                work.slip,
                s.slip_reference,
                out.planned,
                event.chance,
                event.uniform,
                event.value,
                s.slip_growth,
                #[inline(always)]
                |k, a, b, c, d, e| slipped(k, a, b, c, d, e),
            ),
            None => b.fill(work.slip, Days::ZERO),
        }
        match run.cancel {
            Some((rate, uniform)) => b.map2(
                work.cancel,
                uniform,
                rate,
                #[inline(always)]
                |uniform, rate| time_to_cancel(uniform, rate),
            ),
            None => b.fill(work.cancel, Quarters::new(f64::INFINITY)),
        }
    }

    #[inline(always)]
    fn dates(&self, run: &Run, b: &mut Block) {
        let (work, out) = (&self.shared.work, &run.out);
        b.map3(work.days, work.wanted, work.speed, run.longest, run_days);
        b.map3(work.compute, work.speed, work.days, work.wanted, run_compute);
        b.map9(
            (run.finish, run.end, run.release),
            work.starts,
            run.start,
            work.days,
            run.post,
            work.slip,
            work.cancel,
            run.finish,
            run.end,
            run.release,
            #[inline(always)]
            |starts, start, days, post, slip, cancel, finish, end, release| {
                let new = milestones(start, days, post, slip, cancel);
                (
                    choose(starts, new.0, finish),
                    choose(starts, new.1, end),
                    choose(starts, new.2, release),
                )
            },
        );
        b.map5(
            run.canceled_at,
            work.starts,
            run.start,
            work.cancel,
            run.release,
            run.canceled_at,
            #[inline(always)]
            |starts, start, cancel, release, old| {
                choose(starts, canceled_at(start, cancel, release), old)
            },
        );
        b.map3(out.days, work.starts, work.days, out.days, choose);
        b.map3(run.reached, work.starts, work.compute, run.reached, choose);
        b.map6(
            out.efficiency,
            work.starts,
            work.compute,
            work.job,
            work.days,
            self.kinds.rate,
            out.efficiency,
            #[inline(always)]
            |starts, compute, job, days, rate, old| {
                let hours = run_chip_hours(job, days);
                choose(starts, overall_efficiency(compute, hours, rate), old)
            },
        );
    }

    #[inline(always)]
    fn energy(&self, run: &Run, b: &mut Block) {
        let (s, work, out, kinds) = (&self.shared, &self.shared.work, &run.out, &self.kinds);
        b.map6(
            (out.power, out.facility),
            work.starts,
            work.job,
            kinds.power,
            s.peak,
            out.power,
            out.facility,
            #[inline(always)]
            |starts, job, power, peak, old, old_facility| {
                let it: ItPower = power * job;
                (choose(starts, it, old), choose(starts, it * peak, old_facility))
            },
        );
        b.map9(
            (out.energy, out.cost_energy),
            work.starts,
            work.job,
            work.days,
            kinds.power,
            s.draw,
            s.annual,
            s.electricity,
            out.energy,
            out.cost_energy,
            #[inline(always)]
            |starts, job, days, power, draw, annual, price, old, old_cost| {
                let energy = run_energy(power, run_chip_hours(job, days), draw, annual);
                (choose(starts, energy, old), choose(starts, price * energy, old_cost))
            },
        );
        if let (Some(intensity), Some(column)) = (s.intensity, out.emissions) {
            b.map4(
                column,
                work.starts,
                intensity,
                out.energy,
                column,
                #[inline(always)]
                |starts, intensity, energy, old| choose(starts, emissions(intensity, energy), old),
            );
        }
    }

    #[inline(always)]
    fn costs(&self, run: &Run, b: &mut Block) {
        let (s, work, out, kinds) = (&self.shared, &self.shared.work, &run.out, &self.kinds);
        b.map11(
            (out.amortized, out.acquisition),
            work.starts,
            work.job,
            work.days,
            kinds.price,
            s.server,
            s.network,
            s.decay,
            s.lag,
            out.cost_energy,
            out.amortized,
            out.acquisition,
            #[inline(always)]
            |starts, job, days, chip, factor, network, decay, lag, energy, old, bought| {
                let server: Price = chip * factor;
                // Chips are as old as they take from purchase to operation.
                let value = decayed_value(server, decay, Ratio::new(0.25 * lag.get()));
                let lost = amortized_cost(value, decay, run_chip_hours(job, days));
                (
                    choose(starts, with_network(lost, network) + energy, old),
                    choose(starts, acquisition_cost(job, server, network), bought),
                )
            },
        );
        if let (Some(rent), Some(rental)) = (s.rent, out.rental) {
            b.map7(
                rental,
                work.starts,
                rent,
                work.job,
                work.days,
                self.cluster,
                self.chips,
                rental,
                #[inline(always)]
                |starts, rent, job, days, cluster, chips, old| {
                    let each = H100ePerChip::new(cluster.over_chips(chips));
                    choose(starts, rental_cost(rent, run_chip_hours(job, days), each), old)
                },
            );
        }
    }
}
