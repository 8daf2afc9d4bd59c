//! `run`.

use clap::Args;

use super::merge::shard;
use super::shared::{DataFormat, Layers, MachineArgs, OutputArgs, SamplingArg, SizeArgs, budget};
use crate::app::{Sizes, keep::Keep, run, shard::Asked};

pub(super) const AFTER: &str = "\
Examples:
  fleetcast run scenarios/meta-2024-07.toml
  fleetcast run scenarios/meta-2024-07.toml --draws 1e6 --seed 7
  fleetcast run scenarios/meta-2024-07.toml --with scenarios/overlays/slow-grid.toml
  fleetcast run scenarios/meta-2024-07.toml --set supply.lead=\"2 quarters\"
  fleetcast run scenarios/meta-2026-07.toml --condition --set condition.error=0.1
  fleetcast run scenarios/meta-2024-07.toml --sampling sobol --draws 65536
  fleetcast run scenarios/meta-2024-07.toml --until \"fleet.h100e@2026Q4 P50 within 1%\" --budget 30s
  fleetcast run scenarios/meta-2024-07.toml --draws 1e8 --shard 3/16
  fleetcast run scenarios/meta-2024-07.toml --keep-draws=fleet.h100e,capex.total@2026
  fleetcast run scenarios/meta-2024-07.toml --json | jq .headline

The headline goes to standard output, everything else to standard error. The run folder is
out/SCENARIO/, with +OVERLAY for each overlay and a short digest after --set, or --out. The same
scenario, seed and version give the same files, whatever the number of threads.

--until doubles the draws, from 4,096 up to --draws (16,777,216 if it is not given), until the 95 %
interval of every stated figure lies within the tolerance; it ends with status 5 if one does not.

--shard does one part of the draws on any machine, without charts, into a folder ending in
~shard-N-of-M; `fleetcast merge` makes of all parts what one machine would have made.

--chart, --metric, --at and --target choose other charts than the usual ones, as in `fleetcast chart`.";

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Scenario file
    scenario: String,
    #[command(flatten)]
    layers: Layers,
    #[command(flatten)]
    sizes: SizeArgs,
    #[command(flatten)]
    sampling: SamplingArg,
    /// Precision at which to stop: "METRIC@PERIOD [mean|median|pN] within 1%", "TARGET within 0.5pp"; may be repeated
    #[arg(long, value_name = "PRECISION")]
    until: Vec<String>,
    /// Time after which to stop all the same, such as 30s or 5min
    #[arg(long, value_name = "TIME", requires = "until", value_parser = budget, allow_hyphen_values = true)]
    budget: Option<(String, f64)>,
    #[command(flatten)]
    machine: MachineArgs,
    /// Weigh the draws by the observations up to the scenario's day
    #[arg(long)]
    condition: bool,
    // Whatever else chooses draws by looking at earlier ones, or by their total number, belongs here too.
    /// Do one part of the draws only, such as 3/16; `fleetcast merge` makes the run of all parts
    #[arg(long, value_name = "N/M", value_parser = shard, allow_hyphen_values = true, conflicts_with_all = [
        "condition", "charts", "metric", "at", "target", "xlsx", "check_identities",
    ])]
    shard: Option<Asked>,
    /// Keep every draw in draws.parquet: inputs, targets, and the usual metrics at year ends, or these
    /// metrics (METRIC for all its periods, METRIC@PERIOD), separated by commas
    #[arg(
        long, value_name = "METRIC", num_args = 0..=1, require_equals = true, value_delimiter = ',',
        default_missing_value = "", conflicts_with_all = ["condition", "check_identities"],
    )]
    keep_draws: Option<Vec<String>>,
    /// Format of the file of draws
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "parquet",
        requires = "keep_draws"
    )]
    draws_format: DataFormat,
    #[command(flatten)]
    output: OutputArgs,
    /// Check the accounting identities in every draw and quarter; write nothing
    #[arg(long, hide_short_help = true, conflicts_with_all = ["until", "budget"])]
    check_identities: bool,
}

impl From<RunArgs> for run::Options {
    fn from(args: RunArgs) -> Self {
        Self {
            input: args.layers.on(args.scenario),
            sizes: Sizes { sampling: args.sampling.sampling, ..args.sizes.into() },
            until: args.until,
            budget: args.budget,
            machine: args.machine.into(),
            condition: args.condition,
            shard: args.shard,
            keep: args.keep_draws.map(|metrics| Keep {
                metrics: metrics.into_iter().filter(|name| !name.is_empty()).collect(),
                format: args.draws_format.into(),
            }),
            output: args.output.into(),
            check_identities: args.check_identities,
        }
    }
}
