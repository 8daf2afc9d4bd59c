//! Where the cash goes: operating cash flow, capex, free cash flow.

use super::headline::supported;
use super::{NamedFigure, Page, quantiles, unit};
use crate::charts::fan::{footnote, subtitle};
use crate::charts::figure::ticks::{x_axis, y_axis};
use crate::charts::figure::{EndLabel, Figure, Layer};
use crate::charts::input::{Quantiles, Scale};
use crate::charts::number::{THIN, compact};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin};
use crate::charts::theme::Role;
use crate::results::{Interval, Statistics};

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "cash",
    doc: "Operating cash flow, capex and free cash flow by quarter: medians with central 50 % bands.",
    takes: &[],
    always: true,
    from: Origin::Run(build),
};

const FLOWS: [(&str, &str, Role); 3] = [
    ("finance.operating_cash", "Operating cash flow", Role::OperatingCash),
    ("capex.total", "Capex", Role::Money),
    ("finance.free_cash_flow", "Free cash flow", Role::Median),
];

struct Flow {
    name: &'static str,
    role: Role,
    bands: Quantiles,
    last: Option<Interval>,
}

fn build(page: &Page, _choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let (unit, factor) = unit("B USD");
    let flow = |&(metric, name, role): &(&str, &'static str, Role)| -> Result<Flow, Lack> {
        let all: Vec<Option<Statistics>> = page.by_quarter(page.metric(metric)?);
        let last = all.last().and_then(|s| s.as_ref().map(|s| s.percentiles[3]));
        let bands = quantiles(all.iter().map(Option::as_ref), factor);
        Ok(Flow { name, role, bands, last })
    };
    let flows: Vec<Flow> = FLOWS.iter().map(flow).collect::<Result<_, Lack>>()?;
    let x = &page.quarters.ends;
    let values = flows.iter().flat_map(|f| f.bands.p25.iter().chain(&f.bands.p75)).copied();
    let y = y_axis(values.chain([0.0]), &unit, Scale::Linear);
    let band = |f: &Flow| Layer::Band {
        x: x.clone(),
        lower: f.bands.p25.clone(),
        upper: f.bands.p75.clone(),
        role: f.role,
        alpha: 0.22,
    };
    let line = |f: &Flow| Layer::Line {
        x: x.clone(),
        y: f.bands.p50.clone(),
        role: f.role,
        width: 3.4,
        end_dot: true,
    };
    let mut layers: Vec<Layer> = flows.iter().map(band).collect();
    layers.extend(page.as_of.iter().map(|a| Layer::Marker { x: a.x, label: a.label.clone() }));
    layers.extend(flows.iter().map(line));
    let end_labels = flows
        .iter()
        .filter_map(|f| {
            let end = f.bands.p50.last().copied().filter(|v| v.is_finite())?;
            Some(EndLabel {
                text: format!("{} · {}", f.name, y.say_with_unit(end, &unit)),
                y: end,
                role: f.role,
                bold: true,
                rank: 0,
                slack: f64::INFINITY,
                group: None,
                slice: None,
            })
        })
        .collect();
    let quarter = page.quarters.labels.last().map_or("", String::as_str);
    let caption = page.caption(title(page, &flows, quarter), "per quarter");
    let parts: String = flows
        .iter()
        .filter_map(|f| Some(format!(" {}: {}.", f.name, compact(*f.bands.p50.last()?, &unit))))
        .collect();
    let bands = format!("Medians with central 50{THIN}% of draws");
    let figure = Figure {
        subtitle: subtitle(&y, &unit, &caption, &bands),
        footnote: footnote(&caption),
        description: format!("Three lines with bands. Medians in {quarter}:{parts}"),
        title: caption.title,
        x: x_axis(&page.quarters),
        y,
        layers,
        end_labels,
        ..Figure::default()
    };
    Ok(vec![NamedFigure { name: CHART.name.to_owned(), figure }])
}

/// "capex takes 81 % of operating cash flow in 2030Q4 and leaves $14 B": from the medians.
fn title(page: &Page, flows: &[Flow], quarter: &str) -> String {
    let company = page.company();
    let median = |i: usize| flows.get(i).and_then(|f: &Flow| f.last);
    let (Some(operating), Some(capex), Some(free)) = (median(0), median(1), median(2)) else {
        return format!("{company}: operating cash flow, capex and free cash flow");
    };
    let (unit, factor) = unit("B USD");
    if operating.value <= 0.0 {
        let say = |i| supported(i, factor, &unit);
        return format!(
            "{company}: median capex is {}, free cash flow {} in {quarter}",
            say(capex),
            say(free)
        );
    }
    let share = 100.0 * capex.value / operating.value;
    format!(
        "{company}: median capex is {share:.0}{THIN}% of median operating cash flow in {quarter}"
    )
}
