//! The charts that the program can draw: names, what they show, what they take, who draws them.

use super::from_run::{
    NamedFigure, Page, binding, capacity, cash, clusters, difference, distribution, fan, fleet,
    guidance, multiples, passage, spend, threads, usage,
};
use super::input::RowsThatFit;
use crate::results::RunResult;

/// What a chart can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// `--metric`.
    Metric,
    /// `--at`: a quarter or a year.
    At,
    /// `--target`.
    Target,
}

impl Takes {
    /// The option on the command line.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Metric => "--metric",
            Self::At => "--at",
            Self::Target => "--target",
        }
    }
}

/// What the user chose.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// A metric; the chart's own if none.
    pub metric: Option<String>,
    /// A period, such as `2026Q4` or `2026`; the chart's own if none.
    pub at: Option<String>,
    /// A target; the first ones if none.
    pub target: Option<String>,
    /// What the runs are called, where two are of one scenario; their scenarios if none.
    pub names: Vec<String>,
    /// How many rows the page has room for.
    pub rows: RowsThatFit,
}

/// Why a chart cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// The run has no such metric.
    Metric(String),
    /// The run has no such target.
    Target(String),
    /// The metric has no such period.
    Period {
        /// What was asked for.
        asked: String,
        /// What there is, as in `2024Q1 to 2030Q4`.
        there: String,
    },
    /// What the chart needs is not in the run, said as a sentence without its period.
    Data(String),
}

/// What a chart is drawn from.
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// One run.
    Run(fn(&Page, &Choice) -> Result<Vec<NamedFigure>, Lack>),
    /// Several runs.
    Runs(fn(&[&RunResult], &Choice) -> Result<Vec<NamedFigure>, Lack>),
    /// What another command finds out, named here.
    Command(&'static str),
}

/// A chart that the program can draw.
#[derive(Debug, Clone, Copy)]
pub struct ChartDecl {
    /// Name on the command line and in file names.
    pub name: &'static str,
    /// One sentence: what the chart shows.
    pub doc: &'static str,
    /// What it can be told.
    pub takes: &'static [Takes],
    /// Whether every run draws it, as far as it has what it needs.
    pub always: bool,
    /// What it is drawn from.
    pub from: Origin,
}

/// Every chart, in the order of listings.
pub const CHARTS: &[ChartDecl] = &[
    fan::CHART,
    threads::CHART,
    distribution::HISTOGRAM,
    distribution::EXCEEDANCE,
    passage::CHART,
    fleet::CHART,
    binding::CHART,
    usage::CHART,
    capacity::CHART,
    clusters::CHART,
    cash::CHART,
    guidance::CHART,
    spend::CHART,
    multiples::CHART,
    difference::CHART,
    ChartDecl {
        name: "waterfall",
        doc: "How much of the difference of two runs each change accounts for, with errors, from the first run to the second.",
        takes: &[],
        always: false,
        from: Origin::Command("compare"),
    },
    ChartDecl {
        name: "tornado",
        doc: "How far a result moves between the low and the high fifth of each input, the strongest first.",
        takes: &[],
        always: false,
        from: Origin::Command("drivers"),
    },
    ChartDecl {
        name: "heatmap",
        doc: "A result at every combination of the values of two keys, the stronger the higher.",
        takes: &[],
        always: false,
        from: Origin::Command("sweep"),
    },
    ChartDecl {
        name: "sweep-line",
        doc: "A result by the values of one key: the median with bands, or a chance with its interval.",
        takes: &[],
        always: false,
        from: Origin::Command("sweep"),
    },
    ChartDecl {
        name: "pit",
        doc: "Where in their forecasts the observations of a score came to lie, by tenths.",
        takes: &[],
        always: false,
        from: Origin::Command("score"),
    },
    ChartDecl {
        name: "calibration",
        doc: "How many observations of a score lay below each level of their forecasts.",
        takes: &[],
        always: false,
        from: Origin::Command("score"),
    },
];

/// A chart by name.
pub fn chart(name: &str) -> Option<&'static ChartDecl> {
    CHARTS.iter().find(|chart| chart.name == name)
}
