//! Which limit sets the fleet.

use super::headline::percent;
use super::{NamedFigure, Page};
use crate::charts::binding;
use crate::charts::input::{BindingInput, Constraint, Quarters};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin};

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "binding",
    doc: "Probability by quarter that money, chips, power or installation limits the fleet.",
    takes: &[],
    always: true,
    from: Origin::Run(build),
};

/// Limits in the order of the stack, with the metrics that hold them.
const LIMITS: [(Constraint, &str); 6] = [
    (Constraint::Money, "binds.money"),
    (Constraint::Affordability, "binds.affordability"),
    (Constraint::Chips, "binds.supply"),
    (Constraint::LeadTime, "binds.lead_time"),
    (Constraint::Power, "binds.power"),
    (Constraint::Installation, "binds.installation"),
];

fn build(page: &Page, _choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let shares: Vec<(Constraint, Vec<f64>)> = LIMITS
        .iter()
        .filter_map(|(limit, name)| {
            let metric = page.result.summaries.metric(name)?;
            Some((*limit, page.means(metric, 1.0)))
        })
        .collect();
    if shares.is_empty() {
        return Err(Lack::Data("the run does not say what limits the fleet".to_owned()));
    }
    let title = format!("{}: {}", page.company(), title(&shares, &page.quarters));
    let input = BindingInput {
        caption: page.caption(title, "probability that each limit sets the fleet"),
        quarters: page.quarters.clone(),
        shares,
        as_of: page.as_of.clone(),
    };
    Ok(vec![NamedFigure { name: CHART.name.to_owned(), figure: binding(&input) }])
}

/// "money binds most often; power peaks at 38 % in 2030Q2".
fn title(shares: &[(Constraint, Vec<f64>)], quarters: &Quarters) -> String {
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let most = shares.iter().max_by(|a, b| sum(&a.1).total_cmp(&sum(&b.1)));
    let peak = shares
        .iter()
        .filter(|(limit, _)| most.is_none_or(|(first, _)| first != limit))
        .flat_map(|(limit, values)| {
            values.iter().enumerate().map(move |(t, share)| (*limit, t, *share))
        })
        .max_by(|a, b| a.2.total_cmp(&b.2));
    match (most, peak) {
        (Some((first, _)), Some((second, t, share))) if share > 0.0 => format!(
            "{} binds most often; {} peaks at {} in {}",
            first.name().to_lowercase(),
            second.name().to_lowercase(),
            percent(share),
            quarters.labels[t]
        ),
        (Some((first, _)), _) => format!("{} binds throughout", first.name().to_lowercase()),
        (None, _) => "what limits the fleet".to_owned(),
    }
}
