//! What the fleet is used for.

use super::headline::percent;
use super::{NamedFigure, Page};
use crate::charts::fan::{footnote, subtitle};
use crate::charts::figure::ticks::{x_axis, y_axis};
use crate::charts::figure::{EndLabel, Figure, Layer, StackSlice};
use crate::charts::input::{Scale, Unit};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin};
use crate::charts::theme::Role;

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "use",
    doc: "What the fleet is used for, by quarter: ranking, inference, research, the flagship's training, and what has no use that the scenario names.",
    takes: &[],
    always: true,
    from: Origin::Run(build),
};

/// Uses from the bottom up: metric, name, color.
const USES: [(&str, &str, Role); 5] = [
    ("use.share.ranking", "Ranking", Role::Ranking),
    ("use.share.inference", "Inference", Role::Inference),
    ("use.share.research", "Research", Role::Research),
    ("use.share.flagship", "Flagship training", Role::Training),
    ("use.share.idle", "No use named", Role::Other),
];

fn build(page: &Page, _choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let slices: Vec<StackSlice> = USES
        .iter()
        .filter_map(|&(name, label, role)| {
            let metric = page.result.summaries.metric(name)?;
            let values = page.means(metric, 1.0);
            let seen = values.iter().any(|share| *share > 0.0005);
            seen.then(|| StackSlice { name: label.to_owned(), values, role })
        })
        .collect();
    let at = |slice: &StackSlice, i: usize| slice.values.get(i).copied().unwrap_or(0.0);
    let end = page.quarters.labels.len().saturating_sub(1);
    let largest = slices.iter().max_by(|a, b| at(a, end).total_cmp(&at(b, end)));
    let (Some(largest), Some(quarter)) = (largest, page.quarters.labels.get(end)) else {
        return Err(Lack::Data("the scenario does not say what the fleet is used for".to_owned()));
    };
    let (name, share) = (largest.name.to_lowercase(), percent(at(largest, end)));
    let what = if largest.role == Role::Other {
        "has no use that the scenario names".to_owned()
    } else {
        format!("goes to {name}")
    };
    let title = format!("{}: {share} of the mean fleet {what} in {quarter}", page.company());
    let caption = page.caption(title, "of the fleet in H100 equivalents");
    let unit = Unit::share("percent");
    let (x, y) = (x_axis(&page.quarters), y_axis([0.0, 1.0].into_iter(), &unit, Scale::Linear));
    let parts: Vec<String> = slices
        .iter()
        .map(|slice| format!("{}: {}.", slice.name, percent(at(slice, end))))
        .collect();
    let figure = Figure {
        subtitle: subtitle(&y, &unit, &caption, "Mean over all draws"),
        footnote: footnote(&caption),
        description: format!(
            "Stacked areas: shares of the fleet by use. In {quarter}: {}",
            parts.join(" ")
        ),
        title: caption.title,
        end_labels: end_labels(&slices),
        layers: std::iter::once(Layer::Stack {
            x: page.quarters.ends.clone(),
            slices,
            bars: false,
        })
        .chain(page.as_of.iter().map(|a| Layer::Marker { x: a.x, label: a.label.clone() }))
        .collect(),
        x,
        y,
        ..Figure::default()
    };
    Ok(vec![NamedFigure { name: CHART.name.to_owned(), figure }])
}

fn end_labels(slices: &[StackSlice]) -> Vec<EndLabel> {
    let mut below = 0.0;
    let mut labels = Vec::new();
    for (k, slice) in slices.iter().enumerate() {
        let share = slice.values.last().copied().unwrap_or(0.0);
        if share >= 0.005 {
            labels.push(EndLabel {
                text: format!("{} · {}", slice.name, percent(share)),
                y: below + share / 2.0,
                role: slice.role,
                bold: false,
                rank: 100 - (share * 98.0) as u8,
                slack: 2.5,
                group: None,
                slice: Some(k),
            });
        }
        below += share;
    }
    labels
}
