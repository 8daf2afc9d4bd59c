//! Spreads the draws of plans by design: which random numbers there are, in which order of importance.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::aggregate::{new_block, quarter_from, start_from};
use super::draw::group_columns;
use super::{Execution, Silent, Stopped, simulate};
use crate::plan::Plan;
use crate::sampling::{Address, Design, Normals, Sampling, Variate};
use crate::stats::ranks;
use crate::vector::{Column, Isa, TILE};

/// Independent draws that tell which random numbers matter.
const PILOT: u64 = 1024;
/// Share of the variance of some result that a random number must seem to explain to go before those
/// of which nothing is known: 4.5 standard errors of a correlation of nothing.
const APART: f64 = 4.5 * 4.5 / PILOT as f64;

/// Spreads the draws of the plans by design: those that several plans have in common are in the same
/// dimensions, by name. For Sobol points the dimensions go to what matters most for the kept results,
/// then to what is drawn once, then to the quarters one after the other.
pub fn spread(
    plans: &mut [&mut Plan],
    method: Sampling,
    draws: u64,
    isa: Isa,
) -> Result<(), Stopped> {
    if method == Sampling::Independent {
        return Ok(());
    }
    let mut all: Vec<Variate> = Vec::new();
    let mut known = BTreeSet::new();
    let mut weights: BTreeMap<Variate, f64> = BTreeMap::new();
    for plan in plans.iter_mut() {
        plan.design = None;
        let own = dimensions(plan, isa);
        if method == Sampling::Sobol {
            for (variate, weight) in importance(plan, &own, isa)? {
                let most = weights.entry(variate).or_insert(0.0);
                *most = most.max(weight);
            }
        }
        all.extend(own.into_iter().filter(|variate| known.insert(*variate)));
    }
    // Stable: what is asked for first stays first among equals.
    all.sort_by(|a, b| {
        let weight = |variate: &Variate| weights.get(variate).copied().unwrap_or(0.0);
        weight(b).total_cmp(&weight(a)).then(a.time.cmp(&b.time))
    });
    let design = Arc::new(Design::new(method, draws, &all));
    for plan in plans.iter_mut() {
        plan.design = Some(Arc::clone(&design));
    }
    Ok(())
}

/// The random numbers of a plan in the order in which it asks for them.
pub fn dimensions(plan: &Plan, isa: Isa) -> Vec<Variate> {
    let list = RefCell::new(Vec::new());
    let mut block = new_block(plan, 1);
    let from = Normals::Listed(&list);
    start_from(plan, isa, from, &mut block, &mut group_columns(plan, 1));
    for t in 0..plan.setup.steps() {
        quarter_from(plan, isa, t, from, &mut block);
    }
    let mut known = BTreeSet::new();
    list.into_inner().into_iter().filter(|variate| known.insert(*variate)).collect()
}

/// How much each random number seems to explain of the kept results in the middle and at the end of the
/// run, where that is more than chance would.
fn importance(plan: &Plan, variates: &[Variate], isa: Isa) -> Result<Vec<(Variate, f64)>, Stopped> {
    let execution = Execution { threads: 1, block: 256, isa };
    let (_, kept) = simulate(plan, PILOT, execution, &Silent)?;
    let mut years: Vec<&str> =
        kept.results.iter().filter_map(|(name, _)| name.split('@').nth(1)).collect();
    years.sort_unstable();
    years.dedup();
    let asked: Vec<&str> = [years.len() / 2, years.len().saturating_sub(1)]
        .into_iter()
        .filter_map(|at| years.get(at).copied())
        .collect();
    let results: Vec<Vec<f64>> = kept
        .results
        .iter()
        .filter(|(name, _)| name.split('@').nth(1).is_some_and(|year| asked.contains(&year)))
        .filter_map(|(_, values)| standard_ranks(values))
        .collect();
    let mut column = Column::new(PILOT as usize / TILE);
    let mut found = Vec::new();
    for variate in variates {
        let address = Address { time: variate.time, first_draw: 0 };
        variate.stream.normals(address, &mut column);
        let scores = column.as_slice();
        let shares = results.iter().map(|result| {
            let product: f64 = result.iter().zip(scores).map(|(a, b)| a * b).sum();
            let correlation = product / PILOT as f64;
            correlation * correlation
        });
        let shares: Vec<f64> = shares.collect();
        if shares.iter().any(|share| *share > APART) {
            found.push((*variate, shares.iter().sum()));
        }
    }
    Ok(found)
}

/// Ranks of values, with the mean 0 and the variance 1; none if they are all the same.
fn standard_ranks(values: &[f64]) -> Option<Vec<f64>> {
    let n = values.len() as f64;
    let ranks = ranks(values).into_iter().map(|rank| rank - 0.5 * (n + 1.0));
    let ranks: Vec<f64> = ranks.collect();
    let variance = ranks.iter().map(|rank| rank * rank).sum::<f64>() / n;
    let scale = (variance > 0.0).then(|| 1.0 / variance.sqrt())?;
    Some(ranks.into_iter().map(|rank| rank * scale).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_standard_and_ties_share() {
        let ranks = standard_ranks(&[3.0, 1.0, 1.0, 8.0]).unwrap();
        let mean: f64 = ranks.iter().sum::<f64>() / 4.0;
        let variance: f64 = ranks.iter().map(|rank| rank * rank).sum::<f64>() / 4.0;
        assert!(mean.abs() < 1e-15 && (variance - 1.0).abs() < 1e-12);
        assert!(ranks[1] < ranks[0] && ranks[0] < ranks[3]);
        assert!((ranks[1] - ranks[2]).abs() < 1e-15);
        assert_eq!(standard_ranks(&[2.0, 2.0]), None);
        assert_eq!(standard_ranks(&[]), None);
    }
}
