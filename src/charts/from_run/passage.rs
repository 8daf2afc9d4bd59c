//! When a target is met for the first time.

use super::headline::percent;
use super::{NamedFigure, Page, spelled};
use crate::charts::fan::{footnote, subtitle};
use crate::charts::figure::ticks::{x_axis, y_axis};
use crate::charts::figure::{EndLabel, Figure, Layer, StackSlice};
use crate::charts::input::{Scale, Unit};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin, Takes};
use crate::charts::theme::Role;
use crate::results::TargetResult;
use crate::time::end_of_step;

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "first-passage",
    doc: "When a target is met for the first time: the probability by quarter, and up to each quarter.",
    takes: &[Takes::Target],
    always: false,
    from: Origin::Run(build),
};

fn build(page: &Page, choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let targets = &page.result.summaries.targets.list;
    if targets.is_empty() {
        return Err(Lack::Data("the scenario asks for no target".to_owned()));
    }
    let wanted: Vec<&TargetResult> = match &choice.target {
        Some(name) => targets.iter().filter(|target| target.name == *name).collect(),
        None => targets.iter().collect(),
    };
    match &choice.target {
        Some(name) if wanted.is_empty() => Err(Lack::Target(name.clone())),
        _ => Ok(wanted.into_iter().map(|target| named(page, target)).collect()),
    }
}

/// Share of the draws that have met the target by the end of each quarter.
fn by_quarter(page: &Page, target: &TargetResult) -> Vec<f64> {
    let first = &target.first;
    let met = first.sketch.count() as f64;
    let total = (met + first.never as f64).max(1.0);
    (0..page.quarters.ends.len())
        .map(|step| {
            let end = end_of_step(step);
            if met == 0.0 || end < first.low {
                return 0.0;
            }
            if end >= first.high {
                return met / total;
            }
            // A moment later, so that what comes at the end of the quarter is in it.
            let later = first.sketch.at_least(end * (1.0 + 1e-3)).map_or(0.0, |e| e.fraction);
            (1.0 - later) * met / total
        })
        .collect()
}

fn named(page: &Page, target: &TargetResult) -> NamedFigure {
    let upto = by_quarter(page, target);
    let mut before = 0.0;
    let shares: Vec<f64> = upto
        .iter()
        .map(|&share| {
            let own = (share - before).max(0.0);
            before = share;
            own
        })
        .collect();
    let unit = Unit::share("percent of draws");
    let y = y_axis(upto.iter().copied().chain([0.0, 0.05]), &unit, Scale::Linear);
    let end = upto.last().copied().unwrap_or(0.0);
    let last = page.quarters.labels.last().map_or("", String::as_str);
    let caption = page.caption(title(page, target, end, last), "");
    let mut layers = vec![Layer::Stack {
        x: page.quarters.ends.clone(),
        slices: vec![StackSlice {
            name: "In the quarter".to_owned(),
            values: shares,
            role: Role::Inner,
        }],
        bars: true,
    }];
    layers.extend(page.as_of.iter().map(|a| Layer::Marker { x: a.x, label: a.label.clone() }));
    layers.push(Layer::Line {
        x: page.quarters.ends.clone(),
        y: upto,
        role: Role::Median,
        width: 3.4,
        end_dot: true,
    });
    let end_label = EndLabel {
        text: format!("Met by then · {}", percent(end)),
        y: end,
        role: Role::Median,
        bold: true,
        rank: 0,
        slack: f64::INFINITY,
        group: None,
        // The bars are what the subtitle says.
        slice: Some(0),
    };
    let reading = "Bars: met for the first time in the quarter; line: met by its end";
    let figure = Figure {
        subtitle: subtitle(&y, &unit, &caption, reading),
        footnote: footnote(&caption),
        description: format!(
            "Bars and line. {}: by the end of {last} it is met in {} of the draws.",
            target.title,
            percent(end)
        ),
        title: caption.title,
        x: x_axis(&page.quarters),
        y,
        layers,
        end_labels: vec![end_label],
        ..Figure::default()
    };
    NamedFigure { name: format!("first-passage.{}", target.name), figure }
}

/// "Meta: half of the draws reach … by 12 Oct 2027; 8 % never do before 2031".
fn title(page: &Page, target: &TargetResult, end: f64, last: &str) -> String {
    let company = page.company();
    // In the words of the scenario: a small first letter would spoil a name.
    let title = &target.title;
    if end <= 0.0 {
        return format!("{company}: {title} in no draw by {last}");
    }
    match target.first.date(0.5, page.result.grid) {
        Some(day) => {
            let never = percent(1.0 - end);
            let rest = if end < 1.0 { format!("; {never} not by {last}") } else { String::new() };
            format!("{company}: {title} in half of the draws by {}{rest}", spelled(day))
        }
        None => format!("{company}: {title} in {} of the draws by {last}", percent(end)),
    }
}
