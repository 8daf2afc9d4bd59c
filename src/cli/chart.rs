//! `chart`, and the options by which `run` chooses charts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::app::chart;
use crate::app::drawing::{FileFormat, Look, Paper, Wanted};

pub(super) const AFTER: &str = "\
Examples:
  fleetcast chart out/meta-2024-07
  fleetcast chart out/meta-2024-07 --metric finance.revenue
  fleetcast chart out/meta-2024-07 --chart exceedance --metric facility.power --at 2026Q4
  fleetcast chart out/meta-2024-07 --chart first-passage --target fleet-600k --format png
  fleetcast chart out/meta-2024-07 --chart capacity --size 1600x900 --theme dark --out slides
  fleetcast chart out/meta-2024-07 out/meta-2026-07 --metric cluster.largest
  fleetcast chart out/base out/changed --chart difference-fan --metric capex.total
  fleetcast chart out/compare/meta-2024-07-vs-meta-2024-07+slow-grid --chart waterfall

A folder is enough: the scenario is not read. Several runs make small multiples. Files go to
charts/RUN/ or --out; their paths are printed. `fleetcast list charts` shows all charts and what
each can be told.";

/// Smallest and largest sides of a chart, in pixels.
const WIDTHS: std::ops::RangeInclusive<u32> = 480..=8000;
const HEIGHTS: std::ops::RangeInclusive<u32> = 270..=8000;

#[derive(Debug, Args)]
pub(super) struct ChartArgs {
    /// Run folders, or the folder of one comparison
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    wanted: WantedArgs,
    /// Formats of the files, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', default_value = "svg,png", value_name = "LIST")]
    format: Vec<FormatName>,
    /// Width and height in pixels, 480x270 to 8000x8000 [default: 1200x675, PNG twice that]
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(u32, u32)>,
    /// Paper
    #[arg(long, value_enum, default_value = "light")]
    theme: ThemeName,
    /// Folder for the files [default: charts/ and the name of the run]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Which charts.
#[derive(Debug, Default, Args)]
pub(super) struct WantedArgs {
    /// Chart to draw; may be repeated [default: the usual ones, or what fits the other options]
    #[arg(long = "chart", value_name = "NAME")]
    charts: Vec<String>,
    /// Metric to draw
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// Quarter or year to draw, such as 2026Q4
    #[arg(long, value_name = "PERIOD")]
    at: Option<String>,
    /// Target to draw
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// Scalable, with its font
    Svg,
    /// Scalable, without its font: smaller, but letters are those of the reader's machine
    SvgPlain,
    /// Pixels
    Png,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ThemeName {
    /// Dark on white
    Light,
    /// Light on near-black
    Dark,
}

impl From<WantedArgs> for Wanted {
    fn from(args: WantedArgs) -> Self {
        let WantedArgs { charts, metric, at, target } = args;
        Self { charts, metric, at, target }
    }
}

impl From<ChartArgs> for chart::Options {
    fn from(args: ChartArgs) -> Self {
        let mut formats = Vec::new();
        for name in args.format {
            let format = match name {
                FormatName::Svg => FileFormat::Svg,
                FormatName::SvgPlain => FileFormat::SvgPlain,
                FormatName::Png => FileFormat::Png,
            };
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        let theme = match args.theme {
            ThemeName::Light => Paper::Light,
            ThemeName::Dark => Paper::Dark,
        };
        Self {
            runs: args.runs,
            wanted: args.wanted.into(),
            look: Look { formats, size: args.size, theme },
            out: args.out,
        }
    }
}

/// `1200x675`.
fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.to_lowercase();
    let sides = sides.split_once(['x', '×']);
    let sides = sides.and_then(|(w, h)| Some((w.trim().parse().ok()?, h.trim().parse().ok()?)));
    let (width, height) = sides.ok_or("write width and height in pixels, such as 1200x675")?;
    if WIDTHS.contains(&width) && HEIGHTS.contains(&height) {
        Ok((width, height))
    } else {
        Err(format!(
            "a chart is {} to {} pixels wide and {} to {} high",
            WIDTHS.start(),
            WIDTHS.end(),
            HEIGHTS.start(),
            HEIGHTS.end()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_two_numbers_within_reason() {
        assert_eq!(size("1200x675"), Ok((1200, 675)));
        assert_eq!(size("600X340"), Ok((600, 340)));
        for text in ["1200", "x", "1200x", "-1x5", "10x10", "1e9x2", "99999x99999", "12,5x7"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
