//! The limits of the fleet: the columns of their factors, and of what may be to blame for them.

use crate::model::setup::Setup;
use crate::model::wiring::Wiring;

/// What the engine does to tell what the limits of the fleet cost.
#[derive(Clone, Debug, Default)]
pub struct LimitPlan {
    /// The limits of the scenario, each with the column of its factor, which is 1 in a run.
    pub limits: Vec<(String, usize)>,
    /// Columns that limits can move and that act on the fleet.
    pub moved: Vec<usize>,
    /// The fleet; none if the model has none.
    pub fleet: Option<usize>,
    /// Columns that name what binds, each with the position of its limit.
    pub binds: Vec<(usize, usize)>,
    /// Steps that are reported, rising: the last quarter of each year and of the grid.
    pub steps: Vec<usize>,
    /// Cut of capex by cash.
    pub shortfall: Option<usize>,
    /// Money for chips.
    pub budget: Option<usize>,
    /// Chip prices over their median path.
    pub price_index: Option<usize>,
    /// Phases of sites.
    pub phases: Vec<PhaseCause>,
    /// Whether power also grows without phases.
    pub additions: bool,
    /// Generations on sale.
    pub generations: Vec<GenerationCause>,
}

/// A phase that may be late.
#[derive(Clone, Debug)]
pub struct PhaseCause {
    /// Site and phase.
    pub name: String,
    /// Planned date, in quarters since the start of the grid.
    pub planned: f64,
    /// Column of its date.
    pub date: usize,
    /// Column of its power.
    pub power: usize,
    /// Column of the share for accelerators.
    pub share: Option<usize>,
}

/// A generation that may be short.
#[derive(Clone, Debug)]
pub struct GenerationCause {
    /// Label of the chip.
    pub name: String,
    /// First step in which it can be bought.
    pub earliest: usize,
    /// Columns of the chips planned, of those bought, and of H100e per chip.
    pub columns: [usize; 3],
}

/// Names of what binds, and the limit that each is.
const NAMES: [(&str, &str); 6] = [
    ("binds.money", "money"),
    ("binds.affordability", "money"),
    ("binds.supply", "chips"),
    ("binds.lead_time", "chips"),
    ("binds.power", "power"),
    ("binds.installation", "installation"),
];

impl LimitPlan {
    pub(super) fn compile(setup: &Setup, wiring: &Wiring) -> Self {
        let limits = wiring.limits.clone();
        let position = |name: &str| limits.iter().position(|(limit, _)| limit == name);
        let binds = NAMES
            .iter()
            .filter_map(|(metric, limit)| Some((wiring.shared(metric)?, position(limit)?)));
        let last = setup.steps().saturating_sub(1);
        Self {
            binds: binds.collect(),
            moved: wiring.moved.clone(),
            fleet: wiring.shared("fleet.h100e"),
            steps: (0..setup.steps()).filter(|&t| setup.quarters[t].1 == 4 || t == last).collect(),
            shortfall: wiring.shared("capex.shortfall"),
            budget: wiring.shared("capex.chip_budget"),
            price_index: wiring.shared("chip.price_index"),
            phases: phases(setup, wiring),
            additions: setup.sites.iter().any(|site| wiring.given(&format!("site.{site}.growth"))),
            generations: generations(setup, wiring),
            limits,
        }
    }
}

fn phases(setup: &Setup, wiring: &Wiring) -> Vec<PhaseCause> {
    let input = |key: String| {
        let found = wiring.inputs.iter().find(|input| input.key == key);
        found.and_then(|input| input.columns.first().copied())
    };
    let of = |phase: &crate::model::setup::PhaseSetup| {
        let key = &phase.key;
        Some(PhaseCause {
            name: key.replacen("site.", "", 1).replacen(".phase.", " ", 1),
            planned: phase.planned,
            date: wiring.shared(&format!("{key}.~date"))?,
            power: input(format!("{key}.power"))?,
            share: input(format!("{key}.ai_share")),
        })
    };
    setup.phases.iter().filter_map(of).collect()
}

fn generations(setup: &Setup, wiring: &Wiring) -> Vec<GenerationCause> {
    let of = |(chip, one): (usize, &crate::model::setup::ChipSetup)| {
        let column = |quantity: &str| wiring.shared(&format!("chip.{}.{quantity}", one.name));
        Some(GenerationCause {
            name: one.label.clone(),
            earliest: setup.earliest_step(chip)?,
            columns: [column("~plan")?, column("purchases")?, column("~counted")?],
        })
    };
    setup.chips.iter().enumerate().filter_map(of).collect()
}
