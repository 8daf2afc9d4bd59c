//! A comparison as tables: what differs, by how much, and what accounts for it.

mod lists;
mod text;

pub use lists::{
    apart_lines, bridge_scale, bridge_table, chance_differs, chances_table, changes_table,
    differences_table, headline_differences, plus_minus,
};
pub use text::{
    comparison_markdown, comparison_text, differing_entries, fraction_text, reading, sharpness,
    signed_percent, unmoved,
};

use super::{TableFile, TableFormat, csv::Csv, markdown::Markdown};
use crate::results::{Comparison, Difference, MetricDifference};

/// Metrics that people look at first, with their labels.
pub(super) const HEADLINE: [(&str, &str); 8] = [
    ("fleet.h100e", "Fleet"),
    ("fleet.h100e_bought", "Bought"),
    ("cluster.largest", "Largest cluster"),
    ("fleet.it_power", "IT power in use"),
    ("facility.power", "Facility power"),
    ("capex.total", "Capex"),
    ("energy.cost", "Electricity"),
    ("finance.free_cash_flow", "Free cash flow"),
];

/// The tables of a comparison folder.
pub fn comparison_files(comparison: &Comparison) -> Vec<TableFile> {
    let mut files = Vec::new();
    let mut add = |name: &str, table: &super::Table| {
        for format in [&Csv as &dyn TableFormat, &Markdown] {
            let path = format!("tables/{name}.{}", format.extension());
            files.push(TableFile { path, text: format.render(table, None) });
        }
    };
    add("changes", &changes_table(comparison));
    add("headline", &headline_differences(comparison));
    if !comparison.targets.is_empty() {
        add("targets", &chances_table(comparison));
    }
    for (at, bridge) in comparison.bridges.iter().enumerate() {
        let name = if at == 0 { "bridge".to_owned() } else { format!("bridge-{}", at + 1) };
        add(&name, &bridge_table(bridge));
    }
    let all = differences_table(comparison);
    files.push(TableFile { path: "tables/all.csv".to_owned(), text: Csv.render(&all, None) });
    files
}

/// Every figure of a comparison as CSV.
pub fn comparison_csv(comparison: &Comparison) -> String {
    Csv.render(&differences_table(comparison), None)
}

/// Years of the grid that both have, or the last quarter if there is none: three at most.
fn periods(comparison: &Comparison) -> Vec<String> {
    let mut ends: Vec<String> = Vec::new();
    let mut last = None;
    for one in comparison.metrics.iter().flat_map(|metric| &metric.quarters) {
        if let Some(year) = one.period.strip_suffix("Q4")
            && !ends.iter().any(|known| known == year)
        {
            ends.push(year.to_owned());
        }
        last = last.max(Some(one.period.clone()));
    }
    ends.sort();
    match ends.len() {
        0 => last.into_iter().collect(),
        1..=3 => ends,
        n => vec![ends[0].clone(), ends[(n - 1) / 2].clone(), ends[n - 1].clone()],
    }
}

/// The headline metrics that both runs have, each with its label.
pub fn headline(
    comparison: &Comparison,
) -> impl Iterator<Item = (&'static str, &MetricDifference)> + '_ {
    HEADLINE.iter().filter_map(|&(name, label)| Some((label, comparison.metric(name)?)))
}

/// Whether any draw of a metric differs.
fn moves(metric: &MetricDifference) -> bool {
    metric.quarters.iter().chain(&metric.years).any(differs)
}

/// Whether any draw differs; as far as can be told, if the runs are not paired.
fn differs(one: &Difference) -> bool {
    match &one.of_draws {
        Some(draws) => draws.draws_above + draws.draws_below > 0,
        None => one.first != one.second,
    }
}
