//! `drivers`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::shared::{Layers, MachineArgs, draws};
use crate::app::drivers::{DRAWS, Form, MOST, Options};

pub(super) const AFTER: &str = "\
Examples:
  fleetcast drivers scenarios/meta-2024-07.toml --metric fleet.h100e --at 2026
  fleetcast drivers out/meta-2024-07 --metric capex.total --at 2027Q2
  fleetcast drivers out/meta-2024-07 --target ten-times --at 2026-06-30
  fleetcast drivers out/meta-2024-07 --target ten-times --markdown > drivers.md
  fleetcast drivers out/meta-2024-07 --metric fleet.h100e --at 2026 --json | jq .grades
  fleetcast drivers out/meta-2024-07 --metric facility.power --at 2026Q4 --chart --out charts

Works from the draws of the run itself: no other design is needed. A target without --at asks for
its first date. docs/drivers.md says how it is computed and how to read it.";

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
#[command(group(ArgGroup::new("what").required(true).args(["metric", "target"])))]
pub(super) struct DriversArgs {
    /// Run folder or scenario file
    #[arg(value_name = "RUN|SCENARIO")]
    source: String,
    #[command(flatten)]
    layers: Layers,
    /// Metric to explain, such as fleet.h100e
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// Target whose chance, or first date, to explain
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    /// Quarter (2026Q4), year (2026) or, for a target, day (2026-06-30)
    #[arg(long, value_name = "PERIOD")]
    at: Option<String>,
    /// Number of draws to count, the first ones of the run
    #[arg(long, value_name = "N", default_value_t = DRAWS, value_parser = few_draws)]
    draws: u64,
    #[command(flatten)]
    machine: MachineArgs,
    /// Print Markdown
    #[arg(long, group = "form")]
    markdown: bool,
    /// Print all inputs as CSV
    #[arg(long, group = "form")]
    csv: bool,
    /// Print one JSON document
    #[arg(long, group = "form")]
    json: bool,
    /// No progress and warnings
    #[arg(long, short)]
    quiet: bool,
    /// Draw the tornado too, as SVG and PNG
    #[arg(long)]
    chart: bool,
    /// Folder for the chart [default: charts/NAME]
    #[arg(long, value_name = "DIR", requires = "chart")]
    out: Option<PathBuf>,
}

/// Enough draws to say something, and no more than memory holds.
fn few_draws(text: &str) -> Result<u64, String> {
    match draws(text)? {
        few if few < 512 => Err("at least 512 draws".to_owned()),
        many if many > MOST => Err(format!("at most {MOST} draws")),
        draws => Ok(draws),
    }
}

impl From<DriversArgs> for Options {
    fn from(args: DriversArgs) -> Self {
        Self {
            input: args.layers.on(args.source),
            metric: args.metric,
            target: args.target,
            at: args.at,
            draws: args.draws,
            machine: args.machine.into(),
            form: match (args.markdown, args.csv, args.json) {
                (true, ..) => Form::Markdown,
                (_, true, _) => Form::Csv,
                (.., true) => Form::Json,
                _ => Form::Terminal,
            },
            quiet: args.quiet,
            chart: args.chart,
            out: args.out,
        }
    }
}
