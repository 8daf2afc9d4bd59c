//! The validated scenario: what the rest of the program may read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::resolved::Parts;
use super::targets::Target;
use crate::diag::Span;
use crate::dist::Distribution;
use crate::dist::dirichlet::Dirichlet;
use crate::dist::regimes::Regimes;
use crate::model::declare::InputDecl;
use crate::time::{Date, Quarter, TimeGrid};
use crate::units::Quantity;

/// A full, validated set of assumptions and settings. Only [`super::load`] makes one.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Name of the file without its ending, followed by `+` and the name of each overlay.
    pub name: String,
    /// One line for headings.
    pub title: String,
    /// A few sentences; may be empty.
    pub description: String,
    /// Whose fleet it is.
    pub company: String,
    /// The day the scenario looks from: nothing known later is used, except marked hindsight.
    pub as_of: Date,
    /// What an H100-equivalent is measured by.
    pub h100e: H100eBasis,
    /// Whether the use of the fleet sets the draw of power, in place of `energy.utilization`.
    pub energy_by_use: bool,
    /// Grid, number of draws and seed.
    pub run: RunSettings,
    /// Values of the model's inputs by full key.
    pub inputs: BTreeMap<String, Input>,
    /// Chips in the order of [`Line`], the oldest of a line first.
    pub chips: Vec<Chip>,
    /// Sites by name.
    pub sites: Vec<Site>,
    /// Leases by name.
    pub leases: Vec<Lease>,
    /// Companies by name, as far as a table names them.
    pub companies: Vec<Company>,
    /// Contracts between companies, by name.
    pub contracts: Vec<Contract>,
    /// Training runs by name: past, announced and planned.
    pub runs: Vec<TrainingRun>,
    /// Acquisitions, stakes and pay packages by name.
    pub events: Vec<Event>,
    /// Changes of accounting policy by name.
    pub policies: Vec<Policy>,
    /// Loadings on the common factors by input key; `site.slip` stands as `site.stage.NAME.slip`.
    pub loadings: BTreeMap<String, Loading>,
    /// Rank-correlation groups by name.
    pub correlations: Vec<CorrelationGroup>,
    /// Whether a correlation matrix that is not positive definite is to be repaired.
    pub repair_correlation: bool,
    /// What was said of the future, as far as it was known by `as_of`, oldest first.
    pub guidance: Vec<GuidanceRow>,
    /// What was, as far as it was known by `as_of` or is marked as hindsight.
    pub observations: Vec<ObservationRow>,
    /// What was, known only after `as_of`: for scores and charts, never for a run.
    pub later: Vec<ObservationRow>,
    /// Relative standard error of observations that give none, for conditioned runs.
    pub condition_error: Option<f64>,
    /// Yearly factors of the constant trend that scores compare with, by metric.
    pub trends: Vec<(String, f64)>,
    /// Events that came, whenever that became known: for scores, never for a run.
    pub happened: Vec<EventRow>,
    /// Newest date on which a value used became known, marked hindsight left out.
    pub newest_used: Date,
    /// Inputs that are marked as hindsight.
    pub hindsight: Vec<HindsightMark>,
    /// Keys that are given but have no effect, since one that they belong to is not.
    pub unused: Vec<String>,
    /// Questions about the future, by name; then the parts of `all` and `any` written in place.
    pub targets: Vec<Target>,
    /// Sources that values and rows rest on, by name.
    pub sources: BTreeMap<String, Source>,
    /// What set each structural key, oldest first.
    pub(super) settings: BTreeMap<String, Vec<Setting>>,
    /// Where each row stands: guidance, observations.
    pub(super) rows: [Vec<Setting>; 2],
    /// The scenario in one file: see [`Scenario::resolved_toml`].
    pub(super) resolved: String,
    /// The same in pieces.
    pub(super) parts: Arc<Parts>,
}

/// What an H100-equivalent is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum H100eBasis {
    /// Peak dense 8-bit rate.
    Dense8,
    /// Peak dense 16-bit rate.
    Bf16,
    /// Peak dense 16-bit rate times the relative training efficiency.
    Sustained,
}

/// Grid, number of draws and seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunSettings {
    /// The quarters.
    pub grid: TimeGrid,
    /// Number of draws.
    pub draws: u64,
    /// Seed of all random numbers.
    pub seed: u64,
    /// How draws are spread: `independent`, `lhs` or `sobol`.
    pub sampling: &'static str,
    /// Whether `run` conditions on the observations.
    pub condition: bool,
}

/// The value of one input.
#[derive(Clone, Debug)]
pub struct Input {
    /// Full key, such as `chip.h100.price`.
    pub key: String,
    /// Its declaration, with `*` for names.
    pub decl: &'static InputDecl,
    /// The value in the declared quantity's canonical unit.
    pub value: InputValue,
    /// Factor on every draw; 1 unless an overlay scales the key.
    pub scale: f64,
    /// The value as written.
    pub text: String,
    /// Where the value comes from.
    pub provenance: Provenance,
    /// What was set in lower layers or by earlier rows, oldest first; the last one holds.
    pub chain: Vec<Setting>,
    /// Where the value stands, for messages of later checks.
    pub span: Span,
}

/// What an input is drawn from.
#[derive(Clone, Debug)]
pub enum InputValue {
    /// A distribution; a constant is one too.
    Dist(Arc<dyn Distribution>),
    /// A Markov chain of three regimes (`capex.growth` only).
    Regimes(Regimes),
    /// Shares that sum to one (`capex.shares` only).
    Shares(Dirichlet),
}

/// One text that set a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Name of the file, or `--set 1`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// The value as written.
    pub text: String,
    /// Its source.
    pub source: String,
}

/// How good a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Reported or measured by its owner.
    A,
    /// Independent estimate with a published method.
    B,
    /// Analyst, or our inference from data.
    C,
    /// Judgment.
    D,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Name of the source; `set` for `--set`, `none` if a missing source is only a warning.
    pub source: String,
    /// How good it is.
    pub grade: Grade,
    /// When it became known.
    pub known: Date,
    /// Whether it may be known later than the scenario looks from.
    pub hindsight: bool,
    /// A remark; may be empty.
    pub note: String,
}

/// One document that values rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// When it was published.
    pub date: Date,
    /// What it is.
    pub title: String,
    /// Address; may be empty, as are the following.
    pub url: String,
    /// File name of a copy.
    pub document: String,
    /// License of its data.
    pub license: String,
    /// A remark.
    pub note: String,
}

/// Whose list a chip is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// The main vendor's.
    Main,
    /// Other vendors'.
    Other,
    /// The company's own.
    Custom,
    /// None: owned, not on sale.
    Stock,
}

/// A generation of chips. Its inputs stand in [`Scenario::inputs`] under `chip.NAME.`.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// Name.
    pub name: String,
    /// Name in charts.
    pub label: String,
    /// Whose list it is on.
    pub line: Line,
    /// When it came or comes out.
    pub release: Option<Date>,
    /// Announced first volume; a chip on sale without one is there from the start.
    pub first_volume: Option<Date>,
    /// The generation before it, for one derived by trend.
    pub follows: Option<String>,
    /// The chip with whose power a constant power scales.
    pub power_with: Option<String>,
    /// What it can be used for.
    pub uses: Uses,
}

/// How much of a chip's work counts in each use, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uses {
    /// Ranking and advertising.
    pub ranking: f64,
    /// Inference of large models.
    pub inference: f64,
    /// Training of large models.
    pub training: f64,
}

/// A site. Its inputs stand in [`Scenario::inputs`] under `site.NAME.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Name.
    pub name: String,
    /// Name in charts.
    pub label: String,
    /// Whose site it is, if not the company's of the run.
    pub owner: Option<String>,
    /// Word that it shares with sites that one network connects it with.
    pub group: Option<String>,
    /// Whether it stands for several places.
    pub scattered: bool,
    /// Phases by name.
    pub phases: Vec<Phase>,
}

/// A phase of a site. Its inputs stand under `site.SITE.phase.NAME.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Name.
    pub name: String,
    /// When it was announced.
    pub announced: Option<Date>,
    /// When it is to be ready.
    pub planned: Date,
    /// How far it is: a name under `site.stage`.
    pub stage: String,
    /// How it is cooled.
    pub cooling: Cooling,
    /// Whose building it is.
    pub ownership: Ownership,
    /// Where its electricity comes from.
    pub power_source: PowerSource,
}

/// How a phase is cooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cooling {
    /// By air.
    Air,
    /// By evaporation of water.
    Evaporative,
    /// By liquid at the chip.
    Liquid,
}

/// Whose building a phase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The company's.
    Owned,
    /// A landlord's.
    Leased,
}

/// Where a phase's electricity comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerSource {
    /// The public grid.
    Grid,
    /// Gas behind the meter.
    Gas,
}

/// A lease or cloud contract. Its inputs stand under `lease.NAME.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Name.
    pub name: String,
    /// First day.
    pub start: Date,
}

/// A company that contracts and sites name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Name.
    pub name: String,
    /// Name in tables.
    pub label: String,
}

/// A contract on power or chips. Its inputs stand under `contract.NAME.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Name.
    pub name: String,
    /// Name in tables.
    pub label: String,
    /// Company whose power or chips they are.
    pub provider: String,
    /// Company that uses them.
    pub user: String,
    /// Site whose power it is about.
    pub site: Option<String>,
    /// Kind of chip that its capacity counts.
    pub chip: Option<String>,
    /// Whether the chips in it are the provider's.
    pub with_chips: bool,
    /// First day.
    pub start: Date,
}

/// A training run. Its inputs stand under `training.NAME.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingRun {
    /// Name.
    pub name: String,
    /// Name in charts.
    pub label: String,
    /// Family of models.
    pub family: Option<String>,
    /// Earliest start of a planned run.
    pub earliest: Option<Date>,
    /// When the model of a past run was released.
    pub released: Option<Date>,
    /// When a run was announced that was not released.
    pub announced: Option<Date>,
    /// Run that its compute is a multiple of.
    pub of: Option<String>,
    /// Planned run that must have ended before.
    pub after: Option<String>,
    /// Site that it runs on.
    pub site: Option<String>,
    /// Whether it trains in 8 bits.
    pub fp8: bool,
    /// Whether it is a mixture of experts.
    pub moe: bool,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A company is bought.
    Acquisition,
    /// A part of one is.
    Stake,
    /// Pay packages are granted.
    Pay,
}

/// A dated or random event that costs money. Its inputs stand under `event.NAME.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Name.
    pub name: String,
    /// The day on which it happens, or from which it may happen.
    pub date: Date,
    /// What it is.
    pub kind: EventKind,
}

/// A change of accounting policy. Its inputs stand under `policy.NAME.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Name.
    pub name: String,
    /// The day from which it holds.
    pub date: Date,
}

/// Names of the common factors, in the order of [`Loading::weights`].
pub const FACTORS: [&str; 5] = ["ai", "chip", "grid", "price", "execution"];

/// Weights of a series on the common factors; the rest is its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loading {
    /// Weight on each of [`FACTORS`], −1 to 1.
    pub weights: [f64; 5],
    /// By how many quarters the factor comes earlier.
    pub lags: [u32; 5],
    /// Weight on what the phases of one site have in common.
    pub site: f64,
}

/// Inputs drawn together.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelationGroup {
    /// Name.
    pub name: String,
    /// Input keys.
    pub members: Vec<String>,
    /// Correlations of the normal scores, 2 sin(π r / 6) of the rank correlations r; not checked
    /// for being positive definite.
    pub matrix: Vec<Vec<f64>>,
    /// Where the correlations stand, for messages.
    pub span: Span,
}

/// What a row of guidance or observation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// A year.
    Year(i32),
    /// A quarter.
    Quarter(Quarter),
    /// A day.
    Day(Date),
}

/// What was said of the future.
#[derive(Clone, Debug, PartialEq)]
pub struct GuidanceRow {
    /// Metric.
    pub metric: String,
    /// Its quantity.
    pub quantity: Quantity,
    /// Period.
    pub at: At,
    /// Lower end in the canonical unit.
    pub low: f64,
    /// Upper end; equal to `low` for a single figure.
    pub high: f64,
    /// Where it comes from, and when it was said.
    pub provenance: Provenance,
}

/// What was.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservationRow {
    /// Metric.
    pub metric: String,
    /// Its quantity.
    pub quantity: Quantity,
    /// Period.
    pub at: At,
    /// The value in the canonical unit; the median of an uncertain one.
    pub value: f64,
    /// 5th percentile of an uncertain one.
    pub low: Option<f64>,
    /// 95th percentile of an uncertain one.
    pub high: Option<f64>,
    /// Relative standard error of measurement, as a fraction.
    pub error: Option<f64>,
    /// What it counts H100-equivalents by, if it says so.
    pub basis: Option<H100eBasis>,
    /// Where it comes from, and when it became known.
    pub provenance: Provenance,
}

/// An event that came.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Its name: `training.NAME.start`, `.finish` or `.release`.
    pub event: String,
    /// When.
    pub date: Date,
    /// Where it comes from, and when it became known.
    pub provenance: Provenance,
}

/// An input that rests on what was known only later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HindsightMark {
    /// Input key.
    pub key: String,
    /// When it became known.
    pub known: Date,
    /// Its source.
    pub source: String,
}
