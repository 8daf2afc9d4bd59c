//! What the chart builders read: plain numbers per quarter, names and the fields of the footer.

use super::theme::Role;

/// The quarters of a chart, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quarters {
    /// Name of each quarter, as in `2024Q1`.
    pub labels: Vec<String>,
    /// End of each quarter as a fractional year: 2024.25 is the end of 2024Q1.
    pub ends: Vec<f64>,
}

impl Quarters {
    /// The `count` quarters that start with quarter `first` (1 to 4) of `year`.
    pub fn starting(year: i32, first: u32, count: usize) -> Self {
        let index = |i: usize| i64::from(year) * 4 + i64::from(first) - 1 + i as i64;
        let label = |q: i64| format!("{}Q{}", q.div_euclid(4), q.rem_euclid(4) + 1);
        Self {
            labels: (0..count).map(|i| label(index(i))).collect(),
            ends: (0..count).map(|i| (index(i) + 1) as f64 / 4.0).collect(),
        }
    }
}

/// How the numbers of a unit are shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefixes {
    /// As they are.
    None,
    /// k, M, G, T, P, E: thousands for counts, SI prefixes for units.
    Metric,
    /// k, M, B, T, as for dollars.
    Money,
    /// Shares of one, shown times 100.
    Percent,
    /// A power of ten, for numbers beyond all prefixes: `3.8 × 10²⁶`.
    Power,
}

/// The unit of the y axis. Values are given without prefix: watts, dollars, pieces, shares of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Written directly before a number, as in `$`.
    pub before: String,
    /// Written after number and prefix, as in `W`; empty for counts.
    pub after: String,
    /// Plural noun of the subtitle, lower case: `watts`, `H100 equivalents`.
    pub noun: String,
    /// How large numbers are shortened.
    pub prefixes: Prefixes,
}

impl Unit {
    fn new(before: &str, after: &str, noun: &str, prefixes: Prefixes) -> Self {
        Self { before: before.into(), after: after.into(), noun: noun.into(), prefixes }
    }

    /// Pieces of something: `12 M`.
    pub fn count(noun: &str) -> Self {
        Self::new("", "", noun, Prefixes::Metric)
    }

    /// A unit with SI prefixes, as in `4 GW` for symbol `W` and noun `watts`.
    pub fn metric(symbol: &str, noun: &str) -> Self {
        Self::new("", symbol, noun, Prefixes::Metric)
    }

    /// Nominal dollars: `$60 B`.
    pub fn dollars() -> Self {
        Self::new("$", "", "nominal US dollars", Prefixes::Money)
    }

    /// Shares of one, shown in percent.
    pub fn share(noun: &str) -> Self {
        Self::new("", "%", noun, Prefixes::Percent)
    }

    /// A unit of very large numbers, as FLOP of a training run.
    pub fn powers(symbol: &str, noun: &str) -> Self {
        Self::new("", symbol, noun, Prefixes::Power)
    }

    /// A unit that is never shortened.
    pub fn plain(symbol: &str, noun: &str) -> Self {
        Self::new("", symbol, noun, Prefixes::None)
    }
}

/// Scale of the y axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equal differences.
    #[default]
    Linear,
    /// Equal steps are equal ratios; values at or below zero are not shown.
    Log,
}

/// What every chart says around the picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Caption {
    /// What the chart shows, as a headline.
    pub title: String,
    /// What exactly is measured, as in `in service at quarter end`; follows the unit in the subtitle.
    pub measure: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Number of draws.
    pub draws: u64,
    /// Seed of the run.
    pub seed: u64,
    /// Further remarks for the footer, without a final period.
    pub notes: Vec<String>,
    /// Sources of the reported values.
    pub credit: String,
}

/// The date from which a scenario looks ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct AsOf {
    /// Date as a fractional year.
    pub x: f64,
    /// The words at the marker, as in `as of 31 Jul 2024`.
    pub label: String,
}

/// Quantiles of a metric, one value per quarter; a value that is not finite leaves a gap.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quantiles {
    /// 5th percentile.
    pub p5: Vec<f64>,
    /// 10th percentile.
    pub p10: Vec<f64>,
    /// 25th percentile.
    pub p25: Vec<f64>,
    /// Median.
    pub p50: Vec<f64>,
    /// 75th percentile.
    pub p75: Vec<f64>,
    /// 90th percentile.
    pub p90: Vec<f64>,
    /// 95th percentile.
    pub p95: Vec<f64>,
}

impl Quantiles {
    /// Of the curve of each level, counted from the lowest.
    pub fn of_levels(level: impl Fn(usize) -> Vec<f64>) -> Self {
        Self {
            p5: level(0),
            p10: level(1),
            p25: level(2),
            p50: level(3),
            p75: level(4),
            p90: level(5),
            p95: level(6),
        }
    }

    /// The curves, from the lowest to the highest.
    pub fn curves_mut(&mut self) -> [&mut Vec<f64>; 7] {
        let Self { p5, p10, p25, p50, p75, p90, p95 } = self;
        [p5, p10, p25, p50, p75, p90, p95]
    }
}

/// How many rows a chart of rows may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowsThatFit(pub usize);

impl Default for RowsThatFit {
    fn default() -> Self {
        Self(14)
    }
}

impl RowsThatFit {
    /// On a page of this height in CSS pixels and shape.
    pub fn on(width: f64, height: f64) -> Self {
        let zoom = (width / 1200.0).min(height / 675.0).max(1e-3).sqrt();
        // Title, axis and footer take about 250 units, a row at least 27.
        Self(((height / zoom - 250.0) / 27.0).clamp(4.0, 30.0) as usize)
    }
}

/// A part of a difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is due to.
    pub label: String,
    /// How much it adds, in the unit of the chart.
    pub value: f64,
    /// Standard error of that; 0 if it has none.
    pub error: f64,
    /// Color; by its sign if none.
    pub role: Option<Role>,
}

/// How a first total becomes a second one.
#[derive(Debug, Clone, PartialEq)]
pub struct WaterfallInput {
    /// Words around the picture.
    pub caption: Caption,
    /// Unit of the values.
    pub unit: Unit,
    /// Name and value of the total at the start; none to start from zero.
    pub start: Option<(String, f64)>,
    /// Parts in the order of the bars.
    pub steps: Vec<Step>,
    /// Name and value of the total at the end: the start and all parts.
    pub end: (String, f64),
    /// How many bars there may be; the smallest parts are summed up beyond.
    pub most: RowsThatFit,
}

/// What one input does to a result.
#[derive(Debug, Clone, PartialEq)]
pub struct TornadoRow {
    /// The input.
    pub label: String,
    /// The result where the input is low.
    pub low: f64,
    /// The result where the input is high.
    pub high: f64,
    /// Standard errors of both; 0 if unknown.
    pub errors: (f64, f64),
}

/// What moves a result, the strongest input first.
#[derive(Debug, Clone, PartialEq)]
pub struct TornadoInput {
    /// Words around the picture.
    pub caption: Caption,
    /// Unit of the values.
    pub unit: Unit,
    /// The result over all draws, with its name, as in `Mean`.
    pub base: (String, f64),
    /// What low and high mean, as in `lowest fifth` and `highest fifth`.
    pub sides: (String, String),
    /// The inputs in any order.
    pub rows: Vec<TornadoRow>,
    /// How many rows there may be.
    pub most: RowsThatFit,
}

/// The difference of two runs over time.
#[derive(Debug, Clone, PartialEq)]
pub struct DifferenceInput {
    /// Words around the picture.
    pub caption: Caption,
    /// Unit of the values.
    pub unit: Unit,
    /// Time axis.
    pub quarters: Quarters,
    /// Percentiles of the second run less the first, draw by draw.
    pub quantiles: Quantiles,
    /// Names of the first and the second run.
    pub names: (String, String),
    /// Share of the draws at the end in which the second run is above the first, if known.
    pub above: Option<f64>,
    /// Date the scenarios look from.
    pub as_of: Option<AsOf>,
}

/// Fans of several runs side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiplesInput {
    /// Words around the picture; draws and seed are those of every run.
    pub caption: Caption,
    /// Name of each panel and its fan; unit and scale are those of the first.
    pub panels: Vec<(String, FanInput)>,
}

/// When a reported value became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// On or before the date the scenario looks from.
    ByAsOf,
    /// Later: the scenario did not know it.
    Later,
}

/// A reported value, drawn as a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Date that the value is for, as a fractional year.
    pub x: f64,
    /// Best value.
    pub value: f64,
    /// Bounds when the report is an interval.
    pub interval: Option<(f64, f64)>,
    /// When it became known.
    pub known: Known,
}

/// A horizontal line at a value that matters, as a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// Height in the unit of the chart.
    pub value: f64,
    /// The words at the line, as in `Target: 600 k`.
    pub label: String,
}

/// One metric over time with its uncertainty.
#[derive(Debug, Clone, PartialEq)]
pub struct FanInput {
    /// Words around the picture.
    pub caption: Caption,
    /// Unit of the values.
    pub unit: Unit,
    /// Scale of the y axis.
    pub scale: Scale,
    /// Time axis.
    pub quarters: Quarters,
    /// The fan.
    pub quantiles: Quantiles,
    /// Reported values.
    pub observations: Vec<Observation>,
    /// Date the scenario looks from.
    pub as_of: Option<AsOf>,
    /// Lines at values that matter.
    pub thresholds: Vec<Threshold>,
}

/// One slice of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// Name at the slice.
    pub name: String,
    /// One value per quarter; negative and non-finite values count as zero.
    pub values: Vec<f64>,
}

/// Parts of a whole over time.
#[derive(Debug, Clone, PartialEq)]
pub struct StackedInput {
    /// Words around the picture.
    pub caption: Caption,
    /// Unit of the values.
    pub unit: Unit,
    /// Time axis.
    pub quarters: Quarters,
    /// Slices from the bottom up: oldest generation first.
    pub slices: Vec<Slice>,
    /// Date the scenario looks from.
    pub as_of: Option<AsOf>,
}

/// A limit on the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// The budget.
    Money,
    /// The budget would be there, but cash flow does not carry it.
    Affordability,
    /// Supply of chips.
    Chips,
    /// Chips are ordered, but not delivered yet.
    LeadTime,
    /// Power and sites.
    Power,
    /// Crews that install.
    Installation,
}

impl Constraint {
    /// Name on the chart.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Money => "Money",
            Self::Affordability => "Cash",
            Self::Chips => "Chip supply",
            Self::LeadTime => "Lead time",
            Self::Power => "Power",
            Self::Installation => "Installation",
        }
    }

    /// Its color, the same on every chart.
    pub const fn role(self) -> Role {
        match self {
            Self::Money => Role::Money,
            Self::Affordability => Role::Affordability,
            Self::Chips => Role::Chips,
            Self::LeadTime => Role::LeadTime,
            Self::Power => Role::Power,
            Self::Installation => Role::Installation,
        }
    }
}

/// Which limit binds, by quarter.
#[derive(Debug, Clone, PartialEq)]
pub struct BindingInput {
    /// Words around the picture.
    pub caption: Caption,
    /// Time axis.
    pub quarters: Quarters,
    /// Probability (0 to 1) that each limit binds, one value per quarter, from the bottom up.
    pub shares: Vec<(Constraint, Vec<f64>)>,
    /// Date the scenario looks from.
    pub as_of: Option<AsOf>,
}

#[cfg(test)]
mod tests {
    use super::Quarters;

    #[test]
    fn quarters_count_over_the_year_end() {
        let quarters = Quarters::starting(2024, 4, 2);
        assert_eq!(quarters.labels, ["2024Q4", "2025Q1"]);
        assert!((quarters.ends[0] - 2025.0).abs() < 1e-12);
        assert!((quarters.ends[1] - 2025.25).abs() < 1e-12);
    }
}
