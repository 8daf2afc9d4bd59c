//! `sweep`.

use std::path::PathBuf;

use clap::Args;

use super::shared::{Layers, MachineArgs, SizeArgs};
use crate::app::sweep::{self, Design};

pub(super) const AFTER: &str = "\
Examples:
  fleetcast sweep scenarios/meta-2024-07.toml --over site.slip=x0.5..x2.0:7 --over capex.growth.stay=0.4..0.8:5 --metric facility.power@2026Q4
  fleetcast sweep my-fleet.toml --over \"supply.lead=1 quarter,2 quarters,3 quarters\" --metric fleet.h100e@2028
  fleetcast sweep my-fleet.toml --over fleet.repaired='\"70 to 80 %\",\"80 to 95 %\"' --metric facility.power@2028
  fleetcast sweep my-fleet.toml --over site.slip=x0.5..x2 --over fleet.repaired=0.7..0.95 --design sampled:200
  fleetcast sweep my-fleet.toml --points points.csv --metric capex.total@2028

Values of a key: A..B:N goes in N equal steps from A to B, both in one unit; xA..xB:N multiplies every
draw of the input by N factors in equal ratios, as `scale` in an overlay does; A,B,C is a list, whose
values are what could stand after --set. All points have the same random numbers, so that they differ
by their values only. A folder out/sweep/SCENARIO~DIGEST/ is written with sweep.csv (one row for each
point and figure), sweep.json and charts: a heat map for two keys, a line for one. Points that are
invalid are told with the reason and listed in failed.csv; the rest is kept, and the exit status is 3.";

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub(super) struct SweepArgs {
    /// Scenario file
    scenario: String,
    #[command(flatten)]
    layers: Layers,
    /// Key and its values: KEY=A..B:N, KEY=xA..xB:N or KEY=A,B,C; may be repeated
    #[arg(long, value_name = "KEY=VALUES", required_unless_present = "points")]
    over: Vec<String>,
    /// How points are chosen: grid, or sampled:N for a Latin hypercube over the ranges
    #[arg(long, value_name = "DESIGN", default_value = "grid", value_parser = design)]
    design: Design,
    /// CSV table of points: keys in the header, one point a line
    #[arg(long, value_name = "FILE", conflicts_with_all = ["over", "design"])]
    points: Option<PathBuf>,
    /// Metric to tell: METRIC@QUARTER or METRIC@YEAR; may be repeated
    #[arg(long, value_name = "METRIC@PERIOD")]
    metric: Vec<String>,
    /// Target to tell: TARGET, or TARGET@DATE for one of its dates; may be repeated
    #[arg(long, value_name = "TARGET@DATE")]
    target: Vec<String>,
    #[command(flatten)]
    sizes: SizeArgs,
    #[command(flatten)]
    machine: MachineArgs,
    /// Folder for the results [default: out/sweep/ and the scenario's name with a digest]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write tables but no charts
    #[arg(long)]
    no_charts: bool,
    /// Write sweep.parquet beside sweep.csv
    #[arg(long)]
    parquet: bool,
    /// Print the table only, without progress, notes and warnings
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON document instead of the table
    #[arg(long)]
    json: bool,
}

impl From<SweepArgs> for sweep::Options {
    fn from(args: SweepArgs) -> Self {
        Self {
            input: args.layers.on(args.scenario),
            over: args.over,
            design: args.points.map_or(args.design, Design::Table),
            metrics: args.metric,
            targets: args.target,
            sizes: args.sizes.into(),
            machine: args.machine.into(),
            out: args.out,
            charts: !args.no_charts,
            parquet: args.parquet,
            quiet: args.quiet,
            json: args.json,
        }
    }
}

/// `grid` or `sampled:N`.
fn design(text: &str) -> Result<Design, String> {
    if text == "grid" {
        return Ok(Design::Grid);
    }
    let count = text.strip_prefix("sampled:").and_then(|count| count.replace('_', "").parse().ok());
    match count {
        Some(count) if count >= 2 => Ok(Design::Sampled(count)),
        _ => {
            Err("write grid, or sampled:N with at least two points, such as sampled:200".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn designs_have_a_number_of_points() {
        assert_eq!(design("grid"), Ok(Design::Grid));
        assert_eq!(design("sampled:1_000"), Ok(Design::Sampled(1000)));
        for wrong in ["sampled", "sampled:", "sampled:1", "sampled:x", "lhs:5", ""] {
            assert!(design(wrong).is_err(), "{wrong}");
        }
    }
}
