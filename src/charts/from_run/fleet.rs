//! The mean fleet by accelerator generation.

use super::headline::percent;
use super::{NamedFigure, Page};
use crate::charts::input::{Slice, StackedInput, Unit};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin};
use crate::charts::stacked_area;

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "fleet-by-generation",
    doc: "Mean fleet over time, stacked by accelerator generation.",
    takes: &[],
    always: true,
    from: Origin::Run(build),
};

/// A name in quotes where it would not read as one, as in “after Rubin”.
fn quoted(name: &str) -> String {
    if name.starts_with(char::is_lowercase) { format!("“{name}”") } else { name.to_owned() }
}

fn build(page: &Page, _choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let metrics = &page.result.summaries.metrics;
    let shown = metrics
        .iter()
        .filter(|m| m.name.starts_with("chip.") && m.name.ends_with(".installed_h100e"));
    let slices: Vec<Slice> = shown
        .map(|metric| {
            let name = metric.label.strip_prefix("Installed ").unwrap_or(&metric.label);
            Slice { name: name.to_owned(), values: page.means(metric, 1.0) }
        })
        .collect();
    let end = |slice: &Slice| slice.values.last().copied().unwrap_or(0.0);
    let total: f64 = slices.iter().map(end).sum();
    let largest = slices.iter().max_by(|a, b| end(a).total_cmp(&end(b)));
    let (Some(largest), Some(quarter)) = (largest, page.quarters.labels.last()) else {
        return Err(Lack::Data("the run has no generations of accelerators".to_owned()));
    };
    let title = format!(
        "{}: in {quarter} {} is {} of the mean fleet",
        page.company(),
        quoted(&largest.name),
        percent(end(largest) / total.max(f64::MIN_POSITIVE))
    );
    let input = StackedInput {
        caption: page.caption(title, "in service at quarter end, by generation"),
        unit: Unit::count("H100 equivalents"),
        quarters: page.quarters.clone(),
        slices,
        as_of: page.as_of.clone(),
    };
    Ok(vec![NamedFigure { name: CHART.name.to_owned(), figure: stacked_area(&input) }])
}
