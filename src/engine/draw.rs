//! Random inputs of a block: what is drawn once, what is dated, and each quarter's series.

use crate::model::block::{Block, Col};
use crate::model::factors::{autoregression, innovation};
use crate::plan::{DatedDraw, Factor, LEAD_IN, Memory, Once, Plan, Series};
use crate::sampling::{Normals, mix};
use crate::units::typed::{Ratio, Scalar};
use crate::vector::{Column, Kernel, TILE, normal_cdf};

/// Draws everything that is known before the first quarter.
pub(super) struct DrawOnce<'a> {
    pub(super) plan: &'a Plan,
    pub(super) from: Normals<'a>,
    pub(super) block: &'a mut Block,
    pub(super) scores: &'a mut Vec<Column>,
}

impl Kernel for DrawOnce<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { plan, from, block, scores } = self;
        for draw in &plan.once {
            from.fill(draw.stream, 0, block.column_mut(plan.score));
            apply(draw, plan.score, block);
        }
        for group in &plan.groups {
            let n = group.members.len();
            for (member, score) in group.members.iter().zip(scores.iter_mut()) {
                from.fill(member.stream, 0, score);
            }
            mix(&group.factor, &mut scores[..n]);
            for (member, score) in group.members.iter().zip(scores.iter()) {
                member.transform.apply(score, block.column_mut(member.column));
            }
        }
        draw_shares(plan, from, block);
        start_memories(plan, block);
        draw_phases(plan, from, block);
        start_series(plan, from, block);
    }
}

#[inline(always)]
fn apply(draw: &Once, score: usize, block: &mut Block) {
    let (scores, out) = block.pair(score, draw.column);
    draw.transform.apply(scores, out);
}

#[inline(always)]
fn draw_shares(plan: &Plan, from: Normals<'_>, block: &mut Block) {
    let Some(shares) = &plan.shares else { return };
    let sum = Col::<Ratio>::at(shares.sum);
    block.fill(sum, Ratio::ZERO);
    for ((stream, transform), &column) in shares.components.iter().zip(&shares.columns) {
        from.fill(*stream, 0, block.column_mut(plan.score));
        let (scores, out) = block.pair(plan.score, column);
        transform.apply(scores, out);
        block.map2(sum, sum, Col::at(column), add);
    }
    for &column in &shares.columns {
        block.map2(Col::at(column), Col::at(column), sum, over);
    }
}

#[inline(always)]
fn add(a: Ratio, b: Ratio) -> Ratio {
    a + b
}

#[inline(always)]
fn over(a: Ratio, b: Ratio) -> Ratio {
    a.over(b)
}

#[inline(always)]
fn weigh(weight: f64, sum: Ratio, part: Ratio) -> Ratio {
    sum + part * weight
}

#[inline(always)]
fn scaled(weight: f64, part: Ratio) -> Ratio {
    part * weight
}

#[inline(always)]
fn uniform(score: Ratio) -> Ratio {
    Ratio::new(normal_cdf(score.get()))
}

/// Slips and fates of phases: their scores add up while the factors run past the planned quarters.
#[inline(always)]
fn draw_phases(plan: &Plan, from: Normals<'_>, block: &mut Block) {
    let sites = &plan.sites;
    if sites.draws.is_empty() {
        return;
    }
    for draw in &sites.draws {
        let score = Col::<Ratio>::at(draw.score);
        from.fill(draw.stream, 0, block.column_mut(draw.score));
        block.map1_with(score, draw.own, score, scaled);
    }
    for at in 0..=sites.until {
        run_site_series(plan, at, from, block);
        for draw in &sites.draws {
            for term in draw.terms.iter().filter(|term| term.at == at) {
                let (score, part) =
                    (Col::<Ratio>::at(draw.score), Col::<Ratio>::at(sites.series[term.factor]));
                block.map2_with(score, term.weight, score, part, weigh);
            }
        }
    }
    for draw in &sites.draws {
        finish_phase(draw, block);
    }
}

#[inline(always)]
fn finish_phase(draw: &DatedDraw, block: &mut Block) {
    match &draw.transform {
        Some(transform) => {
            let (scores, out) = block.pair(draw.score, draw.column);
            transform.apply(scores, out);
        }
        None => block.map1(
            Col::<Ratio>::at(draw.column),
            Col::<Ratio>::at(draw.score),
            #[inline(always)]
            |a| uniform(a),
        ),
    }
}

/// Moves the factors and the sites' series that phases need to quarter `at` of the lead-in.
#[inline(always)]
fn run_site_series(plan: &Plan, at: u32, from: Normals<'_>, block: &mut Block) {
    let time = plan.first_time + at - LEAD_IN;
    for &position in &plan.sites.used {
        let column = plan.sites.series[position];
        let (stream, memory) = match plan.factors.get(position) {
            Some(factor) => (factor.stream, factor.memory),
            None => (plan.sites.sites[position - plan.factors.len()], plan.own),
        };
        let z = Col::<Ratio>::at(column);
        if at == 0 {
            from.fill(stream, time, block.column_mut(column));
        } else {
            from.fill(stream, time, block.column_mut(plan.score));
            advance(block, memory, z, z, Col::at(plan.score));
        }
    }
}

/// Moves an AR(1) series on by a quarter.
#[inline(always)]
fn advance(
    block: &mut Block,
    memory: Memory,
    now: Col<Ratio>,
    before: Col<Ratio>,
    shock: Col<Ratio>,
) {
    block.map4(
        now,
        Col::at(memory.persistence),
        Col::at(memory.innovation),
        before,
        shock,
        #[inline(always)]
        |a, b, c, d| autoregression(a, b, c, d),
    );
}

/// Weights of the shocks, fixed for a draw.
#[inline(always)]
fn start_memories(plan: &Plan, block: &mut Block) {
    for memory in plan.factors.iter().map(|factor| factor.memory).chain([plan.own]) {
        block.map1(
            Col::at(memory.innovation),
            Col::at(memory.persistence),
            #[inline(always)]
            |phi| innovation(phi),
        );
    }
}

/// Runs the factors from the lead-in to the quarter before the grid.
#[inline(always)]
fn start_series(plan: &Plan, from: Normals<'_>, block: &mut Block) {
    for back in 0..LEAD_IN {
        for factor in &plan.factors {
            step_factor(plan, factor, back as usize, from, block);
        }
    }
}

/// Next value of a factor; `at` counts quarters from the lead-in on.
#[inline(always)]
fn step_factor(plan: &Plan, factor: &Factor, at: usize, from: Normals<'_>, block: &mut Block) {
    let length = factor.history.len();
    if length == 0 {
        return;
    }
    let time = plan.first_time + at as u32 - LEAD_IN;
    let now = factor.history[at % length];
    if at == 0 {
        from.fill(factor.stream, time, block.column_mut(now));
    } else {
        from.fill(factor.stream, time, block.column_mut(plan.score));
        let before = Col::at(factor.history[(at - 1) % length]);
        advance(block, factor.memory, Col::at(now), before, Col::at(plan.score));
    }
}

/// Draws the inputs of one quarter.
pub(super) struct DrawQuarter<'a> {
    pub(super) plan: &'a Plan,
    pub(super) t: usize,
    pub(super) from: Normals<'a>,
    pub(super) block: &'a mut Block,
}

impl Kernel for DrawQuarter<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { plan, t, from, block } = self;
        let time = plan.first_time + t as u32;
        for factor in &plan.factors {
            step_factor(plan, factor, t + LEAD_IN as usize, from, block);
        }
        for series in &plan.series {
            step_series(plan, series, t, from, block);
        }
        for fresh in &plan.fresh {
            from.fill(fresh.stream, time, block.column_mut(plan.score));
            let (scores, out) = block.pair(plan.score, fresh.column);
            fresh.transform.apply(scores, out);
        }
        if plan.setup.opens_year(t) {
            draw_year(plan, t, from, block);
        }
    }
}

/// The four quarters of a year, whatever part of it lies in the grid.
#[inline(always)]
fn draw_year(plan: &Plan, t: usize, from: Normals<'_>, block: &mut Block) {
    let (year, _) = plan.setup.quarters[t];
    for ahead in &plan.year_ahead {
        for (quarter, &column) in ahead.columns.iter().enumerate() {
            let time = year.unsigned_abs() * 4 + quarter as u32;
            from.fill(ahead.stream, time, block.column_mut(plan.score));
            let (scores, out) = block.pair(plan.score, column);
            ahead.transform.apply(scores, out);
        }
    }
}

#[inline(always)]
fn step_series(plan: &Plan, series: &Series, t: usize, from: Normals<'_>, block: &mut Block) {
    let time = plan.first_time + t as u32;
    let (own, score) = (Col::<Ratio>::at(series.own), Col::<Ratio>::at(series.score));
    if series.own_weight > 0.0 {
        if t == 0 {
            from.fill(series.stream, time, block.column_mut(series.own));
        } else {
            from.fill(series.stream, time, block.column_mut(plan.score));
            advance(block, plan.own, own, own, Col::at(plan.score));
        }
    }
    let terms = series.terms.iter().map(|term| {
        let history = &plan.factors[term.factor].history;
        let at = t + LEAD_IN as usize - term.lag;
        (Col::at(history[at % history.len()]), term.weight)
    });
    block.sum_scaled(score, std::iter::once((own, series.own_weight)).chain(terms));
    if series.yearly && !plan.setup.opens_year(t) {
        return;
    }
    if let Some(regime) = &series.regime {
        if t >= regime.from {
            from.fill(regime.stream, time, block.column_mut(regime.choice));
            let (inputs, state, out) =
                block.regime(regime.choice, series.score, regime.state, series.column);
            regime.sampler.step(t == regime.from, inputs.0, inputs.1, state, out);
        }
    } else {
        let (scores, out) = block.pair(series.score, series.column);
        series.transform.apply(scores, out);
    }
}

/// Columns for the scores of the largest group.
pub(super) fn group_columns(plan: &Plan, tiles: usize) -> Vec<Column> {
    let most = plan.groups.iter().map(|group| group.members.len()).max().unwrap_or(0);
    (0..most).map(|_| Column::new(tiles)).collect()
}

const _: () = assert!(TILE == 64, "leaves and blocks are cut into tiles of 64");
