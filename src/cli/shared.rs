//! What several commands take: layers of a scenario, draws and seed, how to run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::chart::WantedArgs;
use crate::app::data_file::Format;
use crate::app::drawing::Output;
use crate::app::run::Isa;
use crate::app::{Input, Machine, Sampling, Sizes, nearest};

/// Most draws of one run, as in a scenario.
pub(super) const MOST_DRAWS: u64 = 10_000_000_000;

/// Most threads of one run.
const MOST_THREADS: u64 = 1024;

/// A scenario with what is laid over it.
#[derive(Debug, Args)]
pub(super) struct Layers {
    /// Overlay file whose values replace those of the scenario; may be repeated, the last one wins
    #[arg(long = "with", value_name = "OVERLAY")]
    pub(super) with: Vec<String>,
    /// Single value on top of all files, such as fleet.repaired=0.9; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(super) set: Vec<String>,
}

impl Layers {
    pub(super) fn on(self, file: String) -> Input {
        Input { file, overlays: self.with, sets: self.set }
    }
}

/// How many draws, and which.
#[derive(Debug, Args)]
pub(super) struct SizeArgs {
    /// Number of draws, such as 100_000 or 1e6 [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = draws)]
    draws: Option<u64>,
    /// Seed of all random numbers [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = seed)]
    seed: Option<u64>,
}

impl From<SizeArgs> for Sizes {
    fn from(args: SizeArgs) -> Self {
        Self { draws: args.draws, seed: args.seed, sampling: None }
    }
}

/// How draws are spread.
#[derive(Debug, Args)]
pub(super) struct SamplingArg {
    /// How draws are spread: independent, lhs (Latin hypercubes) or sobol (scrambled Sobol points) [default: the scenario's]
    #[arg(long, value_name = "METHOD", value_parser = sampling)]
    pub(super) sampling: Option<Sampling>,
}

/// A way to spread draws.
fn sampling(text: &str) -> Result<Sampling, String> {
    Sampling::parse(text).ok_or_else(|| {
        let near = nearest(text, Sampling::ALL.iter().map(|(name, _)| *name));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!("write independent, lhs or sobol{near}")
    })
}

/// What becomes of a run.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub(super) struct OutputArgs {
    /// Folder for the results [default: out/ and the scenario's name]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    wanted: WantedArgs,
    /// Write tables and a report but no charts
    #[arg(long, conflicts_with_all = ["charts", "metric", "at", "target"])]
    no_charts: bool,
    /// Write report.xlsx too
    #[arg(long)]
    xlsx: bool,
    /// Print the headline only, without progress, notes and warnings
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON document instead of the headline
    #[arg(long)]
    json: bool,
}

impl From<OutputArgs> for Output {
    fn from(args: OutputArgs) -> Self {
        Self {
            folder: args.out,
            charts: !args.no_charts,
            wanted: args.wanted.into(),
            xlsx: args.xlsx,
            quiet: args.quiet,
            json: args.json,
        }
    }
}

/// How to run; results do not depend on it.
#[derive(Debug, Args)]
pub(super) struct MachineArgs {
    /// Threads; results do not depend on it [default: all processors]
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<u16>,
    /// Draws in a block: 64, 128, 256, 512 or 1024; results do not depend on it
    #[arg(long, value_name = "N", hide_short_help = true, value_parser = block_size)]
    block_size: Option<usize>,
    /// Instruction set; results do not depend on it [default: the widest one there is]
    #[arg(long, value_enum, hide_short_help = true)]
    isa: Option<IsaName>,
}

impl From<MachineArgs> for Machine {
    fn from(args: MachineArgs) -> Self {
        Self {
            threads: args.threads.map(usize::from),
            block: args.block_size,
            isa: args.isa.map(Into::into),
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum IsaName {
    Portable,
    Avx2,
    Avx512,
}

impl From<IsaName> for Isa {
    fn from(name: IsaName) -> Self {
        match name {
            IsaName::Portable => Self::Portable,
            IsaName::Avx2 => Self::Avx2,
            IsaName::Avx512 => Self::Avx512,
        }
    }
}

/// Formats of files for other programs.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum DataFormat {
    /// Apache Parquet
    Parquet,
    /// Numbers in full, separated by commas
    Csv,
}

impl From<DataFormat> for Format {
    fn from(format: DataFormat) -> Self {
        match format {
            DataFormat::Parquet => Self::Parquet,
            DataFormat::Csv => Self::Csv,
        }
    }
}

/// A number of draws: `100_000`, `1e6`, `2.5e5`.
pub(super) fn draws(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    let number = digits.parse::<f64>().ok().filter(|n| n.is_finite() && n.fract() == 0.0);
    match number {
        Some(n) if n < 1.0 => {
            Err("a run needs at least one draw: write a number such as 100_000 or 1e6".to_owned())
        }
        Some(n) if n > MOST_DRAWS as f64 => {
            Err("a run has at most 1e10 draws: write a number such as 100_000 or 1e6".to_owned())
        }
        // Far below 2^53, so that it is exact.
        Some(n) => Ok(n as u64),
        None => Err("write a whole number, such as 100_000 or 1e6".to_owned()),
    }
}

/// A seed, as in a scenario.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    whole(text, 0, i64::MAX as u64).ok_or_else(|| {
        format!("write a whole number in digits, from 0 to {}, such as 20240731", i64::MAX)
    })
}

/// The number of a draw.
pub(super) fn draw(text: &str) -> Result<u64, String> {
    let last = MOST_DRAWS - 1;
    whole(text, 0, last).ok_or_else(|| format!("write a whole number from 0 to {last}"))
}

/// A number of threads.
fn threads(text: &str) -> Result<u16, String> {
    let number = whole(text, 1, MOST_THREADS).and_then(|number| u16::try_from(number).ok());
    number.ok_or_else(|| format!("write a whole number from 1 to {MOST_THREADS}"))
}

/// A whole number in digits, in groups with `_` if need be, from `low` to `high`.
fn whole(text: &str, low: u64, high: u64) -> Option<u64> {
    text.replace('_', "").parse().ok().filter(|number| (low..=high).contains(number))
}

/// A time such as `30s`, `1.5 min` or `2h`: as written, and in seconds.
pub(super) fn budget(text: &str) -> Result<(String, f64), String> {
    const UNITS: [(&str, f64); 8] = [
        ("ms", 1e-3),
        ("s", 1.0),
        ("sec", 1.0),
        ("seconds", 1.0),
        ("m", 60.0),
        ("min", 60.0),
        ("minutes", 60.0),
        ("h", 3600.0),
    ];
    let text = text.trim();
    let end = text.find(|c: char| c.is_alphabetic() || c.is_whitespace()).unwrap_or(text.len());
    let unit = text[end..].trim();
    let seconds = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds);
    let number = text[..end].parse::<f64>().ok().filter(|x| x.is_finite() && *x > 0.0);
    match (number, seconds) {
        (Some(number), Some(seconds)) => Ok((text.to_owned(), number * seconds)),
        (Some(_), None) if unit.is_empty() => Err("it needs a unit: 30s, 5min or 1h".to_owned()),
        _ => Err("write a time above zero, such as 30s, 5min or 1h".to_owned()),
    }
}

/// A size of blocks: a multiple of 64 that divides 1024.
fn block_size(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().filter(|size| [64, 128, 256, 512, 1024].contains(size));
    size.ok_or_else(|| "write 64, 128, 256, 512 or 1024".to_owned())
}

/// A text with a key before its first `=`.
fn key_value(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((key, _)) if !key.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("write KEY=VALUE, such as fleet.repaired=0.9".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_whole_numbers_above_zero() {
        for (text, expected) in
            [("1", 1), ("100_000", 100_000), ("1e6", 1_000_000), ("2.5e3", 2_500), ("1E4", 10_000)]
        {
            assert_eq!(draws(text), Ok(expected), "{text}");
        }
        for text in ["0", "0e3", "-5", "1.5", "1e11", "1e40", "nan", "inf", "", "many"] {
            assert!(draws(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_out_of_range_say_what_to_write() {
        for (text, told) in [
            ("-5", "at least one draw: write"),
            ("1e30", "at most 1e10 draws: write"),
            ("99999999999999999999999", "at most 1e10 draws: write"),
            ("lots", "write a whole number, such as 100_000 or 1e6"),
        ] {
            let message = draws(text).unwrap_err();
            assert!(message.contains(told), "{text}: {message}");
        }
        assert_eq!((seed("0"), seed("20_240_731")), (Ok(0), Ok(20_240_731)));
        assert_eq!(seed("9223372036854775807"), Ok(i64::MAX as u64));
        for text in ["1e3", "-3", "1.5", "", "9223372036854775808"] {
            assert!(seed(text).unwrap_err().contains("in digits, from 0 to 9223372036854775807"));
        }
        assert_eq!((draw("9_999_999_999"), threads("2")), (Ok(9_999_999_999), Ok(2)));
        for text in ["-1", "1e10", "10000000000"] {
            assert!(draw(text).unwrap_err().contains("from 0 to 9999999999"), "{text}");
        }
        for text in ["-1", "0", "1025", "1e1"] {
            assert!(threads(text).unwrap_err().contains("from 1 to 1024"), "{text}");
        }
    }

    #[test]
    fn budgets_have_a_unit() {
        for (text, expected) in [("30s", 30.0), ("1.5 min", 90.0), ("2h", 7200.0), ("250ms", 0.25)]
        {
            assert_eq!(budget(text).map(|(_, seconds)| seconds), Ok(expected), "{text}");
        }
        for text in ["30", "0s", "-1s", "s", "", "5 parsecs", "nan s", "1e999s"] {
            assert!(budget(text).is_err(), "{text}");
        }
    }

    #[test]
    fn blocks_divide_a_leaf() {
        assert_eq!(block_size("256"), Ok(256));
        for text in ["0", "32", "96", "2048", "x"] {
            assert!(block_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn single_values_need_a_key() {
        assert!(key_value("a.b=1").is_ok());
        assert!(key_value("a.b=").is_ok(), "an empty value is for the scenario to judge");
        assert!(key_value("a.b").is_err() && key_value("=1").is_err());
    }
}
