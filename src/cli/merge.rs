//! `merge`, and the option of `run` that makes its parts.

use std::path::PathBuf;

use clap::Args;

use super::shared::OutputArgs;
use crate::app::{merge, shard::Asked};

pub(super) const AFTER: &str = "\
Examples:
  fleetcast run scenarios/meta-2024-07.toml --draws 1e8 --shard 1/16      on one machine
  fleetcast run scenarios/meta-2024-07.toml --draws 1e8 --shard 2/16      on another, and so on
  fleetcast merge out/meta-2024-07~shard-*-of-16
  fleetcast merge shards/* --out out/whole --no-charts

All shards of one run are needed, each once, in any order. The result is what `fleetcast run` without
--shard gives, to the last byte, but for timings. A shard that is missing, stands twice, or is of
another run (scenario, seed, draws, engine, resolution) is named, and nothing is written.";

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Folders of all shards of a run
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

impl From<MergeArgs> for merge::Options {
    fn from(args: MergeArgs) -> Self {
        Self { folders: args.folders, output: args.output.into() }
    }
}

/// `3/16`.
pub(super) fn shard(text: &str) -> Result<Asked, String> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let parts = text.split_once('/').and_then(|(a, b)| Some((number(a)?, number(b)?)));
    match parts {
        None => Err("write N/M, such as 3/16 for the third of sixteen".to_owned()),
        Some((_, 0)) => Err("a run has at least one shard: write N/M, such as 3/16".to_owned()),
        Some((0, of)) => Err(format!("shards are counted from 1: write 1/{of} to {of}/{of}")),
        Some((number, of)) if number > of => {
            Err(format!("there are {of} shards only: write 1/{of} to {of}/{of}"))
        }
        Some((number, of)) => Ok(Asked { number, of }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!(shard("3/16"), Ok(Asked { number: 3, of: 16 }));
        assert_eq!(shard("1/1"), Ok(Asked { number: 1, of: 1 }));
        for wrong in
            ["0/16", "17/16", "3/0", "0/0", "3", "", "/", "a/b", "3/16/2", "-1/4", "1.5/4", "3-16"]
        {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
        assert!(shard("0/16").unwrap_err().contains("1/16 to 16/16"));
    }
}
