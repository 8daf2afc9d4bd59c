//! Which limit sets the fleet.

use super::metric::probability;
use super::{Audience, Cell, Column, Table, percent_range};
use crate::results::{Ranks, RunResult, Statistics};
use crate::time::Quarter;

/// The limits: name of the metric after `binds.`, heading, and word in the headline. At most one
/// binds in a draw and quarter.
const LIMITS: [(&str, &str, &str); 6] = [
    ("money", "Money", "money"),
    ("affordability", "Affordability", "cash"),
    ("supply", "Supply", "chips"),
    ("lead_time", "Lead time", "chips"),
    ("power", "Power", "power"),
    ("installation", "Installation", "installation"),
];

/// The word for a limit in the headline; `none` for one that is not known.
pub(super) fn word_of(name: &str) -> &'static str {
    LIMITS.iter().find(|(known, ..)| *known == name).map_or("none", |(.., word)| word)
}

/// How often a limit sets the fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The limit in a word; `none` for the rest.
    pub limit: &'static str,
    /// Share of the draws, 0 to 1: the mean over the quarters of the year.
    pub share: f64,
}

/// By quarter, the probability that each limit sets the fleet, with its Wilson interval. Limits that
/// the result has no metric for are left out.
pub fn binding_table(result: &RunResult) -> Table {
    let ranks = Ranks::of(result);
    let limits: Vec<_> = LIMITS
        .iter()
        .filter_map(|&(name, heading, _)| {
            let metric = result.summaries.metric(&format!("binds.{name}"))?;
            Some((name, heading, metric))
        })
        .collect();
    let mut columns = vec![Column::words("period", "Quarter")];
    for (name, heading, _) in &limits {
        for end in ["", "_low", "_high"] {
            let name = format!("{name}{end}");
            columns.push(Column::numbers(&name, &name, "").only(Audience::Programs));
        }
        let people = Column::numbers(name, &format!("{heading}, %"), "");
        columns.push(people.only(Audience::People));
    }
    let rows = result.grid.quarters().enumerate().map(|(step, quarter)| {
        let mut row = vec![Cell::Text(quarter.to_string())];
        for (_, _, metric) in &limits {
            let summary = step.checked_sub(metric.from).and_then(|at| metric.quarters.get(at));
            let interval = summary.and_then(|s| Statistics::of(s, &ranks).probability());
            row.extend(probability(interval));
            row.push(interval.map_or(Cell::Empty, |i| Cell::Text(percent_range(i))));
        }
        row
    });
    Table {
        title: "What sets the fleet".to_owned(),
        rows: rows.collect(),
        columns,
        notes: vec![
            "Share of the draws in which each limit sets the fleet, with its 95 % confidence \
             interval. At most one limit sets it in a draw and quarter."
                .to_owned(),
        ],
    }
}

/// How often each limit sets the fleet in a year, most often first; chips are supply and lead time
/// together. Empty if the result does not say.
pub fn limits_of_year(result: &RunResult, year: i32) -> Vec<Share> {
    let quarters: Vec<Quarter> = (1..=4).filter_map(|q| Quarter::new(year, q)).collect();
    limits_of(result, &quarters)
}

/// The same for any quarters.
pub(super) fn limits_of(result: &RunResult, quarters: &[Quarter]) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for (name, _, limit) in LIMITS {
        let Some(share) = mean_share(result, &format!("binds.{name}"), quarters) else { continue };
        match shares.iter_mut().find(|known| known.limit == limit) {
            Some(known) => known.share += share,
            None => shares.push(Share { limit, share }),
        }
    }
    if shares.is_empty() {
        return shares;
    }
    let rest = 1.0 - shares.iter().map(|share| share.share).sum::<f64>();
    // What rounding leaves is nothing.
    if rest > 1e-9 {
        shares.push(Share { limit: "none", share: rest });
    }
    shares.sort_by(|a, b| b.share.total_cmp(&a.share));
    shares
}

fn mean_share(result: &RunResult, metric: &str, quarters: &[Quarter]) -> Option<f64> {
    let metric = result.summaries.metric(metric)?;
    let means: Vec<f64> = quarters
        .iter()
        .filter_map(|&quarter| {
            let at = result.grid.step(quarter)?.checked_sub(metric.from)?;
            metric.quarters.get(at)?.moments.mean()
        })
        .collect();
    (!means.is_empty()).then(|| means.iter().sum::<f64>() / means.len() as f64)
}
