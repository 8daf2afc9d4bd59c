//! From a scenario to a plan: names become columns, distributions become transforms, everything
//! static is computed. After this no string is looked up.

mod codes;
mod contracts;
mod dated;
mod draws;
mod facts;
mod fixed;
mod groups;
mod limits;
mod ranges;
mod targets;
mod training;

pub use codes::CODES;
pub use dated::{DatedDraw, DatedTerm, SitePlan};
pub use draws::{Fresh, Once, Regime, Series, Term, YearAhead};
pub use facts::{Fact, Facts, facts};
pub use groups::{Group, SharesDraw};
pub use limits::{GenerationCause, LimitPlan, PhaseCause};
pub use ranges::{Bound, RangeCheck, Ranges};
pub use targets::{Deadline, PlannedTarget, Rule, TargetPlan, Watched};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::Diagnostics;
use crate::model::Model;
use crate::model::declare::Aggregation;
use crate::model::setup::Setup;
use crate::model::wiring::MetricColumn;
use crate::sampling::{Design, Normals, Stream};
use crate::scenario::Scenario;

/// Quarters before the grid from which the factors run, so that a series may lag behind them.
pub const LEAD_IN: u32 = 8;

/// Columns of an AR(1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// Its persistence.
    pub persistence: usize,
    /// The weight of its shocks.
    pub innovation: usize,
}

/// One AR(1) factor.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Its random numbers.
    pub stream: Stream,
    /// What carries over from quarter to quarter.
    pub memory: Memory,
    /// Columns of its last values; that of time t + LEAD_IN at (t + LEAD_IN) modulo the length.
    pub history: Vec<usize>,
}

/// Everything a run needs, apart from the number of threads.
#[derive(Debug)]
pub struct Plan {
    /// What the scenario fixes.
    pub setup: Setup,
    /// The modules.
    pub model: Model,
    /// Number of columns of a block.
    pub columns: usize,
    /// Columns that never change, with their value.
    pub constants: Vec<(usize, f64)>,
    /// Inputs drawn once, each on its own.
    pub once: Vec<Once>,
    /// Inputs drawn once, together.
    pub groups: Vec<Group>,
    /// Shares of capex that sum to one.
    pub shares: Option<SharesDraw>,
    /// The common factors.
    pub factors: Vec<Factor>,
    /// Inputs drawn each quarter or year from a series.
    pub series: Vec<Series>,
    /// Inputs drawn afresh each quarter.
    pub fresh: Vec<Fresh>,
    /// Inputs drawn afresh for the four quarters of a year when it opens.
    pub year_ahead: Vec<YearAhead>,
    /// Phases of sites, dated before the first quarter.
    pub sites: SitePlan,
    /// Address of the first quarter: 4 · year + quarter − 1.
    pub first_time: u32,
    /// What is summarized each quarter.
    pub metrics: Vec<MetricColumn>,
    /// For each metric that is a flow, the column of its sum over the year.
    pub year_sums: Vec<Option<usize>>,
    /// The same for the part of a series that is its own.
    pub own: Memory,
    /// A column of normal scores to work with.
    pub score: usize,
    /// Inputs drawn once: key and column, kept for the first draws.
    pub kept: Vec<(String, usize)>,
    /// Columns by name: metrics, values that modules share, and inputs as `input KEY`.
    pub names: BTreeMap<String, usize>,
    /// What a draw must keep to.
    pub ranges: Ranges,
    /// Questions about the future.
    pub targets: TargetPlan,
    /// What the limits of the fleet cost.
    pub limits: LimitPlan,
    /// Repairs of correlation matrices: group and Frobenius distance.
    pub repairs: Vec<(String, f64)>,
    /// Where its draws are spread by design: none if they are independent.
    pub design: Option<Arc<Design>>,
}

impl Plan {
    /// Normal scores from this draw on.
    #[inline(always)]
    pub fn normals(&self, first_draw: u64) -> Normals<'_> {
        match &self.design {
            Some(design) => Normals::Designed { design, first_draw },
            None => Normals::Addressed { first_draw },
        }
    }

    /// Whether a step closes a year that lies in the grid as a whole.
    pub fn closes_whole_year(&self, t: usize) -> bool {
        t >= 3 && self.setup.quarters[t].1 == 4
    }
}

/// Makes the plan of a scenario. What only shows here (a correlation matrix that no draws can
/// have, a distribution that cannot be tabulated) comes back as messages.
pub fn compile(scenario: &Scenario) -> Result<Plan, Diagnostics> {
    let setup = fixed::setup(scenario);
    let (model, mut wiring) = Model::wire(&setup);
    let mut problems = Diagnostics::new();
    let draws = draws::Draws::compile(scenario, &mut wiring, &mut problems);
    for fault in &wiring.faults {
        problems.push(crate::diag::Diagnostic::error(
            codes::WIRING,
            format!("the model is wired wrongly: {fault}"),
        ));
    }
    let metrics = wiring.metrics.clone();
    let mut columns = wiring.columns;
    let year_sums = metrics
        .iter()
        .map(|metric| {
            (metric.decl.aggregation == Aggregation::Flow).then(|| {
                columns += 1;
                columns - 1
            })
        })
        .collect::<Vec<_>>();
    let names = wiring.names();
    let ranges = Ranges::compile(&setup, &names, columns);
    columns += 1;
    let targets = targets::compile(scenario, &wiring, &year_sums, &mut problems);
    if problems.has_errors() {
        return Err(problems);
    }
    let mut constants = draws.constants;
    constants.extend(wiring.limits.iter().map(|&(_, column)| (column, 1.0)));
    Ok(Plan {
        limits: LimitPlan::compile(&setup, &wiring),
        model,
        columns,
        constants,
        once: draws.once,
        groups: draws.groups,
        shares: draws.shares,
        factors: draws.factors,
        series: draws.series,
        fresh: draws.fresh,
        year_ahead: draws.year_ahead,
        sites: draws.sites,
        first_time: scenario.run.grid.from().index().unsigned_abs(),
        metrics,
        year_sums,
        own: draws.own,
        score: draws.score,
        kept: draws.kept,
        names,
        ranges,
        targets,
        repairs: draws.repairs,
        design: None,
        setup,
    })
}
