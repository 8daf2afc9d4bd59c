//! One metric of several runs, side by side.

use super::fan::{input, spoken};
use super::{NamedFigure, Page, names};
use crate::charts::input::MultiplesInput;
use crate::charts::number::{capitalized, compact};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin, Takes};
use crate::charts::small_multiples;
use crate::results::RunResult;

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "small-multiples",
    doc: "The same metric of several runs, side by side on one scale.",
    takes: &[Takes::Metric],
    always: false,
    from: Origin::Runs(build),
};

fn build(runs: &[&RunResult], choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let name = choice.metric.as_deref().unwrap_or("facility.power");
    let mut panels = Vec::new();
    let mut subject = String::new();
    let mut measure = String::new();
    for (run, called) in runs.iter().zip(names(runs, choice)) {
        let page = Page::new(run);
        let metric = page.spread(name)?;
        (subject, measure, _) = spoken(metric);
        let mut input = input(&page, metric);
        // The mark of a day says itself by its line; in a panel its words would fill the width.
        if let Some(as_of) = &mut input.as_of {
            as_of.label = String::new();
        }
        panels.push((called, input));
    }
    let Some(first) = panels.first().map(|(_, input)| input.clone()) else {
        return Err(Lack::Data("there are no runs".to_owned()));
    };
    let end = |input: &crate::charts::input::FanInput| {
        input.quantiles.p50.iter().rev().copied().find(|v| v.is_finite()).unwrap_or(f64::NAN)
    };
    let most = panels.iter().max_by(|a, b| end(&a.1).total_cmp(&end(&b.1)));
    let title = match most {
        Some((scenario, input)) if panels.len() > 1 => format!(
            "{} is highest in {scenario}: median {} at the end",
            capitalized(&subject),
            compact(end(input), &first.unit)
        ),
        _ => capitalized(&subject),
    };
    let mut caption = first.caption.clone();
    caption.title = title;
    caption.measure = measure;
    caption.scenario = if panels.len() > 3 {
        format!("{} and {} more", panels[0].0, panels.len() - 1)
    } else {
        panels.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let same = |f: fn(&RunResult) -> u64| runs.iter().all(|run| f(run) == f(runs[0]));
    if !same(|run| run.about.draws) || !same(|run| run.about.seed) {
        caption.notes.insert(0, "draws and seed are those of the first run".to_owned());
    }
    let mut credits: Vec<&str> =
        runs.iter().flat_map(|run| run.about.credits.iter().map(String::as_str)).collect();
    credits.sort_unstable();
    credits.dedup();
    caption.credit = credits.join(", ");
    let figure = small_multiples(&MultiplesInput { caption, panels });
    Ok(vec![NamedFigure { name: format!("small-multiples.{name}"), figure }])
}
