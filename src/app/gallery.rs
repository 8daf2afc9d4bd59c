//! The page of charts: what each shows, how to draw it, and a picture.

use std::fmt::Write as _;

use crate::charts::registry::Origin;
use crate::charts::{CHARTS, ChartDecl, Takes};

const HEADING: &str = "# Charts\n\nEvery chart that `fleetcast` draws. `fleetcast chart RUN` draws from a \
     run folder alone, years later and without its scenario; `--chart`, `--metric`, `--at` and `--target` \
     choose, `--format svg,png`, `--size 1600x900` and `--theme dark` say how. `run` takes the same choices. \
     The same thing has the same color in every chart; the colors can be told apart by readers with the \
     common kinds of color blindness. Times are ends of quarters, money is in nominal US dollars.\n\n\
     Written by `fleetcast list charts --markdown`, with pictures by `FLEETCAST_ACCEPT=1 cargo test --test it \
     gallery`; do not edit it by hand.\n";

/// Which commands draw a chart.
pub(super) fn drawn_by(chart: &ChartDecl) -> String {
    match chart.from {
        Origin::Run(_) if chart.always => "every run, chart".to_owned(),
        Origin::Run(_) => "chart, run --chart".to_owned(),
        Origin::Runs(_) => "chart with several runs".to_owned(),
        Origin::Command(command) => command.to_owned(),
    }
}

/// How to ask for it.
fn example(chart: &ChartDecl) -> String {
    let name = chart.name;
    let runs = match chart.from {
        Origin::Run(_) => "out/meta-2024-07",
        // Differences need the same random numbers, so the same seed.
        Origin::Runs(_) if name == "difference-fan" => {
            "out/meta-2024-07 out/meta-2024-07+slow-grid"
        }
        Origin::Runs(_) => "out/meta-2024-07 out/meta-2026-07",
        Origin::Command(_) => return by_command(name).to_owned(),
    };
    let mut text = format!("fleetcast chart {runs} --chart {name}");
    for takes in chart.takes {
        text += match (takes, name) {
            (Takes::Metric, "guidance") => "",
            (Takes::Metric, _) => " --metric facility.power",
            (Takes::At, "spend") => " --at 2026",
            (Takes::At, _) => " --at 2027Q4",
            (Takes::Target, _) => " --target power-1gw",
        };
    }
    text
}

/// The command that draws the sample picture.
fn by_command(chart: &str) -> &'static str {
    match chart {
        "waterfall" => {
            "fleetcast compare scenarios/meta-2024-07.toml --with scenarios/overlays/slow-grid.toml --set \
             fleet.repaired=0.5 --set 'supply.share=\"10 to 20 %\"' --bridge facility.power@2027Q4"
        }
        "tornado" => {
            "fleetcast drivers scenarios/meta-2024-07.toml --metric facility.power --at 2027Q4 --chart"
        }
        "heatmap" => {
            "fleetcast sweep scenarios/meta-2024-07.toml --over site.meta.growth=x0.5..x2:5 --over \
             supply.share=x0.5..x2:5 --metric fleet.h100e@2027Q4"
        }
        "pit" | "calibration" => "fleetcast score scenarios/meta-2024-07.toml --charts out/scores",
        _ => {
            "fleetcast sweep scenarios/meta-2024-07.toml --over site.meta.growth=x0.5..x2:7 --metric \
             facility.power@2027Q4"
        }
    }
}

/// The page.
pub(super) fn page() -> String {
    let mut page = HEADING.to_owned();
    for chart in CHARTS {
        let ChartDecl { name, doc, .. } = chart;
        let _ = write!(
            page,
            "\n## {name}\n\n{doc}\n\n    {}\n\n![Chart `{name}`: {doc}](charts/{name}.svg)\n",
            example(chart)
        );
    }
    page
}
