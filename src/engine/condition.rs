//! Conditions draws on observations: tempered steps of weighing, resampling and moves
//! (Del Moral, Doucet and Jasra 2006, doi:10.1111/j.1467-9868.2006.00553.x). The method is described in
//! `docs/conditioning.md`. Every random number is addressed by seed, step and particle, and every sum
//! has a fixed order: threads, blocks and instruction set move no bit.

mod inputs;

use rayon::prelude::*;

use self::inputs::{Recorder, Values, shifts};
use super::aggregate::{Layout, merge};
use super::particles::{Particles, WIDTH, variates};
use super::totals::Totals;
use super::walk::{NOBODY, Walk};
use super::worker::Worker;
use super::{Execution, LEAF, Leaves, PILOT, Progress, Stopped};
use crate::plan::{Fact, Plan};
use crate::results::{InputShift, Kept, Summaries, TemperingStep};
use crate::sampling::{Address, Normals, Stream};
use crate::vector::{Column, TILE};

/// Fewest effective draws that are worth reporting.
pub const LEAST_EFFECTIVE: f64 = 400.0;
/// Effective part of the draws that the weights of a step keep.
const KEEP: f64 = 0.6;
/// Most tempered steps.
const MOST_STEPS: usize = 60;
/// Share of moves that should be accepted.
const GOAL: f64 = 0.25;
/// Fewest and most moves of a step.
const MOVES: (usize, usize) = (4, 12);

/// What conditioning will take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Random numbers of a draw that are kept.
    pub variates: usize,
    /// Inputs that are compared.
    pub inputs: usize,
    /// Bytes for all draws.
    pub bytes: u64,
}

/// Draws given the observations.
#[derive(Debug)]
pub struct Posterior {
    particles: Particles,
    /// Tempered steps.
    pub steps: Vec<TemperingStep>,
    /// Inputs before and after, the one that moved most first.
    pub inputs: Vec<InputShift>,
    /// Independent draws that the particles are worth.
    pub effective: f64,
}

/// Why there is no posterior.
#[derive(Debug)]
pub enum Refused {
    /// No result at all.
    Stopped(Stopped),
    /// Too few effective draws are left; with the steps until then.
    Collapsed {
        /// Effective draws.
        effective: f64,
        /// Power of the likelihood that was reached.
        exponent: f64,
    },
}

/// What conditioning so many draws on facts will take.
pub fn announce(plan: &Plan, facts: &[Fact], draws: u64, execution: Execution) -> Announced {
    let until = last_step(facts);
    let variates = variates(plan, execution.isa, until).len();
    let inputs = Recorder::of(plan, until).len();
    let padded = draws.div_ceil(LEAF) * LEAF;
    // Scores, values of inputs before, after and while they are joined, and a few numbers of each draw.
    let each = 8 * (variates as u64 + 3 * inputs as u64 + 8);
    Announced { variates, inputs, bytes: padded.saturating_mul(each) }
}

fn last_step(facts: &[Fact]) -> usize {
    facts.iter().map(|fact| fact.step).max().unwrap_or(0)
}

/// Moves the draws of a plan to where the facts say. `said` hears of each step when it is done.
pub fn condition(
    plan: &Plan,
    facts: &[Fact],
    (seed, draws): (u64, u64),
    execution: Execution,
    progress: &dyn Progress,
    said: &mut (dyn FnMut(&TemperingStep) + Send),
) -> Result<Posterior, Refused> {
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(execution.threads.max(1))
        .build()
        .map_err(|error| Refused::Stopped(Stopped::Threads(error)))?;
    let variates = variates(plan, execution.isa, last_step(facts));
    let particles = Particles::drawn(&variates, draws);
    let mut cloud = Cloud {
        plan,
        facts,
        seed,
        execution,
        progress,
        count: usize::try_from(draws).unwrap_or(usize::MAX),
        particles,
        likelihoods: Vec::new(),
        eves: (0..u32::try_from(draws).unwrap_or(u32::MAX)).collect(),
        moves: 0,
        size: 0.5,
    };
    threads.install(|| {
        let prior = cloud.values();
        cloud.likelihoods = cloud.evaluate();
        let steps = cloud.run(said)?;
        let effective = families(&cloud.eves);
        let posterior = cloud.values();
        let inputs = shifts(plan, last_step(facts), &prior, &posterior, &cloud.eves);
        cloud.check()?;
        Ok(Posterior { particles: cloud.particles, steps, inputs, effective })
    })
}

/// Summaries of the draws of a posterior, and the first draws themselves.
pub fn simulate_particles(
    plan: &Plan,
    posterior: &Posterior,
    draws: u64,
    execution: Execution,
    progress: &dyn Progress,
) -> Result<(Summaries, Kept), Stopped> {
    let tiles = execution.tiles();
    let particles = &posterior.particles;
    let layout = Layout::pilot(plan, execution.isa, PILOT / TILE, particles.from(0));
    let leaves = Leaves::of(draws);
    let totals = Totals::new(&layout);
    let work = || {
        let worker = Worker::new(plan, &layout, execution.isa, tiles);
        let mut worker = worker.with_particles(particles).with_totals(&totals);
        while let Some((leaf, count)) = leaves.next(progress) {
            worker.leaf(leaf, count);
            progress.advance(count);
        }
        worker.finish()
    };
    let mut parts = leaves.on_threads(execution.threads, progress, work)?;
    totals.hand_back(&mut parts);
    Ok(merge(plan, &layout, None, parts))
}

/// The particles on their way.
struct Cloud<'a> {
    plan: &'a Plan,
    facts: &'a [Fact],
    seed: u64,
    execution: Execution,
    progress: &'a dyn Progress,
    count: usize,
    particles: Particles,
    /// Log-likelihoods, one for each particle.
    likelihoods: Vec<f64>,
    /// The first draw from which each particle descends.
    eves: Vec<u32>,
    /// Moves so far.
    moves: usize,
    /// Size of the next moves.
    size: f64,
}

impl Cloud<'_> {
    fn check(&self) -> Result<(), Refused> {
        let stop = self.progress.cancelled();
        if stop { Err(Refused::Stopped(Stopped::Cancelled)) } else { Ok(()) }
    }

    fn run(
        &mut self,
        said: &mut (dyn FnMut(&TemperingStep) + Send),
    ) -> Result<Vec<TemperingStep>, Refused> {
        let mut steps = Vec::new();
        let mut exponent = 0.0;
        while exponent < 1.0 {
            let next = self.next_exponent(exponent);
            let weights = weights(&self.likelihoods, next - exponent);
            let effective = effective(&weights);
            self.resample(&weights, steps.len());
            let families = families(&self.eves);
            // Steps that are too many get nowhere; so does one after which too few families are left.
            if steps.len() >= MOST_STEPS || effective.min(families) < LEAST_EFFECTIVE {
                let effective = if effective < families { effective } else { families };
                return Err(Refused::Collapsed { effective, exponent });
            }
            exponent = next;
            let (moves, acceptance) = self.rejuvenate(exponent)?;
            let size = self.size;
            let step = TemperingStep { exponent, effective, families, moves, acceptance, size };
            said(&step);
            steps.push(step);
        }
        Ok(steps)
    }

    /// The largest power for which the weights keep enough effective draws.
    fn next_exponent(&self, exponent: f64) -> f64 {
        let keeps = |to: f64| {
            effective(&weights(&self.likelihoods, to - exponent)) >= KEEP * self.count as f64
        };
        if keeps(1.0) {
            return 1.0;
        }
        let (mut low, mut high) = (exponent, 1.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if keeps(middle) { low = middle } else { high = middle }
        }
        // Where some draws are impossible, even the smallest step may keep too few: it is taken as it is.
        if low > exponent { low } else { high }
    }

    /// Systematic resampling (Kitagawa 1996, doi:10.1080/10618600.1996.10474692). One copy of each
    /// survivor stays where it is, the others take the places of those that are gone.
    fn resample(&mut self, weights: &[f64], step: usize) {
        let mut point = Column::new(1);
        let stream = Stream::new(self.seed, &format!("condition resample {step}"));
        stream.uniforms(Address { time: 0, first_draw: 0 }, &mut point);
        let start = point.as_slice()[0];
        let copies = copies(weights, start);
        let mut free = (0..self.count).filter(|&at| copies[at] == 0);
        for (from, &times) in copies.iter().enumerate() {
            for _ in 1..times {
                let Some(to) = free.next() else { return };
                self.particles.copy(from, to);
                self.likelihoods[to] = self.likelihoods[from];
                self.eves[to] = self.eves[from];
            }
        }
    }

    /// Moves that leave the tempered posterior as it is.
    fn rejuvenate(&mut self, exponent: f64) -> Result<(usize, f64), Refused> {
        let mut rates = Vec::new();
        let mut reach = 0.0;
        // Until an average particle has moved as far as one fresh draw would take it.
        while rates.len() < MOVES.0 || (reach < 1.0 && rates.len() < MOVES.1) {
            self.check()?;
            let rate = self.step_all(exponent);
            reach += rate * self.size * self.size;
            self.size = (self.size * libm::exp(1.5 * (rate - GOAL))).clamp(0.01, 1.0);
            rates.push(rate);
        }
        Ok((rates.len(), rates.iter().sum::<f64>() / rates.len() as f64))
    }

    /// One preconditioned Crank–Nicolson move of every particle: the share that was accepted.
    fn step_all(&mut self, exponent: f64) -> f64 {
        let moves = Moves {
            proposal: Stream::new(self.seed, &format!("condition move {}", self.moves)),
            decision: Stream::new(self.seed, &format!("condition decision {}", self.moves)),
            keep: (1.0 - self.size * self.size).max(0.0).sqrt(),
            size: self.size,
            exponent,
        };
        self.moves += 1;
        let (plan, facts, execution) = (self.plan, self.facts, self.execution);
        let index = &self.particles.index;
        let accepted: u64 = self
            .particles
            .leaves
            .par_iter_mut()
            .zip(self.likelihoods.par_chunks_mut(WIDTH))
            .enumerate()
            .map_init(
                || Judge::new(plan, facts, execution),
                |judge, (leaf, (scores, likelihoods))| {
                    let mut proposed = vec![0.0; scores.len()];
                    moves.propose(leaf, scores, &mut proposed);
                    let values = judge.leaf(leaf, index, &proposed);
                    moves.decide(leaf, (scores, likelihoods), &proposed, &values)
                },
            )
            .sum();
        accepted as f64 / self.count as f64
    }

    /// Log-likelihoods of the particles where they are.
    fn evaluate(&self) -> Vec<f64> {
        let (plan, facts, execution) = (self.plan, self.facts, self.execution);
        let index = &self.particles.index;
        let leaves: Vec<Vec<f64>> = self
            .particles
            .leaves
            .par_iter()
            .enumerate()
            .map_init(
                || Judge::new(plan, facts, execution),
                |judge, (leaf, scores)| judge.leaf(leaf, index, scores),
            )
            .collect();
        let mut all = leaves.concat();
        all.truncate(self.count);
        all
    }

    /// Values of all inputs.
    fn values(&self) -> Values {
        let (plan, until) = (self.plan, last_step(self.facts));
        let recorder = Recorder::of(plan, until);
        let leaves: Vec<Values> = (0..self.particles.leaves.len())
            .into_par_iter()
            .map_init(
                || Judge::new(plan, self.facts, self.execution),
                |judge, leaf| {
                    let first = leaf * WIDTH;
                    let valid = WIDTH.min(self.count - first);
                    judge.record(&recorder, until, &self.particles, first as u64, valid)
                },
            )
            .collect();
        let mut all: Values = vec![Vec::with_capacity(self.count); recorder.len()];
        for leaf in leaves {
            for (all, some) in all.iter_mut().zip(leaf) {
                all.extend(some);
            }
        }
        all
    }
}

/// A round of moves.
struct Moves {
    proposal: Stream,
    decision: Stream,
    keep: f64,
    size: f64,
    exponent: f64,
}

impl Moves {
    /// z' = √(1 − b²) z + b ξ.
    fn propose(&self, leaf: usize, scores: &[f64], proposed: &mut [f64]) {
        let mut fresh = Column::new(WIDTH / TILE);
        let first_draw = leaf as u64 * LEAF;
        let rows = scores.chunks_exact(WIDTH).zip(proposed.chunks_exact_mut(WIDTH));
        for (row, (old, new)) in rows.enumerate() {
            let time = u32::try_from(row).unwrap_or(u32::MAX);
            self.proposal.normals(Address { time, first_draw }, &mut fresh);
            for ((new, old), fresh) in new.iter_mut().zip(old).zip(fresh.as_slice()) {
                *new = self.keep * old + self.size * fresh;
            }
        }
    }

    /// Takes what is accepted: how many particles have moved.
    fn decide(
        &self,
        leaf: usize,
        (scores, likelihoods): (&mut [f64], &mut [f64]),
        proposed: &[f64],
        values: &[f64],
    ) -> u64 {
        let mut uniforms = Column::new(WIDTH / TILE);
        let first_draw = leaf as u64 * LEAF;
        self.decision.uniforms(Address { time: 0, first_draw }, &mut uniforms);
        let mut accepted = 0;
        for (at, likelihood) in likelihoods.iter_mut().enumerate() {
            let gain = self.exponent * (values[at] - *likelihood);
            if libm::log(uniforms.as_slice()[at]) < gain {
                *likelihood = values[at];
                accepted += 1;
                for row in (at..scores.len()).step_by(WIDTH) {
                    scores[row] = proposed[row];
                }
            }
        }
        accepted
    }
}

/// A thread's workspace: runs blocks as far as the last observation.
struct Judge<'a> {
    facts: &'a [Fact],
    walk: Walk<'a>,
}

impl<'a> Judge<'a> {
    fn new(plan: &'a Plan, facts: &'a [Fact], execution: Execution) -> Self {
        Self { facts, walk: Walk::on(plan, execution) }
    }

    /// Log-likelihoods of the particles of a leaf with these scores.
    fn leaf(
        &mut self,
        leaf: usize,
        index: &std::collections::BTreeMap<crate::sampling::Variate, usize>,
        scores: &[f64],
    ) -> Vec<f64> {
        let size = self.walk.size() as usize;
        let mut values = vec![0.0; WIDTH];
        for (k, values) in values.chunks_exact_mut(size).enumerate() {
            let offset = k * size;
            let first_draw = (leaf * WIDTH + offset) as u64;
            let from = Normals::Stored { index, scores, stride: WIDTH, offset, first_draw };
            self.block(from, values);
        }
        values
    }

    fn block(&mut self, from: Normals<'_>, values: &mut [f64]) {
        self.walk.start(from);
        for t in 0..=last_step(self.facts) {
            self.walk.quarter(t, from, NOBODY);
            for fact in self.facts.iter().filter(|fact| fact.step == t) {
                let column = self.walk.block.column(fact.column).as_slice();
                for (value, &x) in values.iter_mut().zip(column) {
                    *value += density(fact, x);
                }
            }
        }
        self.walk.end();
    }

    /// Values of inputs in a leaf.
    fn record(
        &mut self,
        recorder: &Recorder,
        until: usize,
        particles: &Particles,
        first: u64,
        valid: usize,
    ) -> Values {
        let size = self.walk.size() as usize;
        let mut values: Values = vec![Vec::with_capacity(valid); recorder.len()];
        for done in (0..valid).step_by(size) {
            let from = particles.from(first + done as u64);
            let valid = size.min(valid - done);
            self.walk.start(from);
            recorder.add(None, &self.walk.block, valid, &mut values);
            for t in 0..=until {
                self.walk.quarter(t, from, NOBODY);
                recorder.add(Some(t), &self.walk.block, valid, &mut values);
            }
            self.walk.end();
        }
        values
    }
}

/// Log-density of a value under a fact but for its constant; −∞ where there is no value.
fn density(fact: &Fact, x: f64) -> f64 {
    let y = if !fact.log {
        x
    } else if x > 0.0 {
        libm::log(x)
    } else {
        f64::NAN
    };
    let off = (y - fact.value) / fact.sd;
    let density = -0.5 * off * off;
    if density.is_finite() { density } else { f64::NEG_INFINITY }
}

/// Weights for one more part of the likelihood, the largest 1; all 0 where no draw is possible.
fn weights(likelihoods: &[f64], part: f64) -> Vec<f64> {
    let largest = likelihoods.iter().fold(f64::NEG_INFINITY, |a, &b| if b > a { b } else { a });
    let weight = |&likelihood: &f64| {
        if likelihood == f64::NEG_INFINITY { 0.0 } else { libm::exp(part * (likelihood - largest)) }
    };
    likelihoods.iter().map(weight).collect()
}

/// Effective sample size of weights: (Σ w)² / Σ w² (Kong 1992).
fn effective(weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// How often systematic resampling takes each particle.
fn copies(weights: &[f64], start: f64) -> Vec<u32> {
    let sum: f64 = weights.iter().sum();
    let count = weights.len() as f64;
    let mut copies = vec![0; weights.len()];
    let (mut passed, mut taken) = (0.0, 0_usize);
    for (copies, weight) in copies.iter_mut().zip(weights) {
        passed += weight;
        while taken < weights.len() && (taken as f64 + start) * sum < passed * count {
            *copies += 1;
            taken += 1;
        }
    }
    if let Some(last) = copies.iter_mut().rev().find(|copies| **copies > 0) {
        // What rounding of the sums left over.
        *last += u32::try_from(weights.len() - taken).unwrap_or(0);
    }
    copies
}

/// Effective number of families: n² / Σ n_i² for families of n_i particles.
fn families(eves: &[u32]) -> f64 {
    let mut sizes = vec![0_u32; eves.len()];
    for &eve in eves {
        sizes[eve as usize] += 1;
    }
    let squares: f64 = sizes.iter().map(|&size| f64::from(size) * f64::from(size)).sum();
    let count = eves.len() as f64;
    if squares > 0.0 { count * count / squares } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_follow_the_weights() {
        let copies = copies(&[1.0, 0.0, 2.0, 1.0], 0.5);
        assert_eq!(copies, [1, 0, 2, 1]);
        assert!((effective(&[1.0, 1.0, 0.0, 0.0]) - 2.0).abs() < 1e-15);
        assert!((families(&[0, 0, 2, 3]) - 16.0 / 6.0).abs() < 1e-15);
    }
}
