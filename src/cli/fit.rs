//! `fit`.

use clap::Args;

use super::shared::Layers;
use crate::app::fit::{self, Window};

pub(super) const AFTER: &str = "\
Examples:
  fleetcast fit scenarios/meta-2024-07.toml
  fleetcast fit scenarios/meta-2024-07.toml --recent 2019
  fleetcast fit scenarios/meta-2024-02.toml --json | jq '.fits[] | {key, mean, sd}'

Only rows that were known on the scenario's day are used: a prior that agrees with them rests on nothing
that came later.";

#[derive(Debug, Args)]
pub(super) struct FitArgs {
    /// Scenario file
    scenario: String,
    #[command(flatten)]
    layers: Layers,
    /// First year of growth and margins
    #[arg(long, value_name = "YEAR", default_value_t = 2018)]
    since: i32,
    /// First year of ranges, and of the season within a year
    #[arg(long, value_name = "YEAR", default_value_t = 2022)]
    recent: i32,
    /// Print Markdown, as in docs/fits.md
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl From<FitArgs> for fit::Options {
    fn from(args: FitArgs) -> Self {
        Self {
            input: args.layers.on(args.scenario),
            window: Window { since: args.since, recent: args.recent },
            markdown: args.markdown,
            json: args.json,
        }
    }
}
