//! Where the capex of a year goes.

use super::headline::percent;
use super::{NamedFigure, Page, unit};
use crate::charts::input::{Step, WaterfallInput};
use crate::charts::number::compact;
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin, Takes};
use crate::charts::theme::Role;
use crate::charts::waterfall;

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "spend",
    doc: "Where the mean capex of a year goes: the main vendor's chips, other chips, buildings and power, the rest.",
    takes: &[Takes::At],
    always: false,
    from: Origin::Run(build),
};

const PARTS: [(&str, &str, Role); 4] = [
    ("capex.chips", "Main vendor's chips", Role::Chips),
    ("capex.other_chips", "Other and custom chips", Role::LeadTime),
    ("capex.buildings", "Buildings and power", Role::Power),
    ("capex.rest", "Servers, network, land", Role::Other),
];

fn build(page: &Page, choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let total = page.metric("capex.total")?;
    // The first whole year that is not over on the scenario's day.
    let open = total.years.iter().find(|(year, _)| *year > page.result.about.as_of.year());
    let usual = open.map(|(year, _)| year.to_string());
    let asked = choice.at.clone().or(usual);
    let (period, summary) = page.period(total, asked.as_deref())?;
    let (unit, factor) = unit(&total.unit);
    let whole = summary.moments.mean().unwrap_or(f64::NAN) * factor;
    let mut steps = Vec::new();
    for (name, label, role) in PARTS {
        let Ok(metric) = page.metric(name) else { continue };
        let (_, part) = page.period(metric, Some(&period))?;
        let value = part.moments.mean().unwrap_or(0.0) * factor;
        let error = part.moments.standard_error().unwrap_or(0.0) * factor;
        if value.abs() > 1e-9 * whole.abs() {
            steps.push(Step { label: label.to_owned(), value, error, role: Some(role) });
        }
    }
    let largest = steps.iter().max_by(|a, b| a.value.total_cmp(&b.value));
    let Some(largest) = largest else {
        return Err(Lack::Data(format!("there is no capex in {period}")));
    };
    let name = super::lowered(&largest.label);
    let title = format!(
        "{}: {} of mean capex of {} in {period} goes to {name}",
        page.company(),
        percent(largest.value / whole),
        compact(whole, &unit),
    );
    let measure = if period.contains('Q') {
        "of the quarter, mean of all draws"
    } else {
        "of the year, mean of all draws"
    };
    let input = WaterfallInput {
        caption: page.caption(title, measure),
        unit,
        start: None,
        steps,
        end: (format!("Capex {period}"), whole),
        most: choice.rows,
    };
    Ok(vec![NamedFigure { name: format!("spend.{period}"), figure: waterfall(&input) }])
}
