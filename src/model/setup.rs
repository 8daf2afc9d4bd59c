//! What a scenario fixes before any draw: the grid, the chips, the sites, what is already known.
//! Plain data, so that the model needs no scenario file, no names of sources and no distributions.

use std::collections::BTreeMap;

/// Which budget buys a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The main vendor's generations.
    Main,
    /// Other vendors' generations.
    Other,
    /// The company's own silicon.
    Custom,
    /// Owned, no longer on sale.
    Stock,
}

/// How chips are counted in H100-equivalents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// Peak dense 8-bit rate.
    Dense8,
    /// Peak dense 16-bit rate.
    Bf16,
    /// Sustained training rate: 16-bit peak times the ratio of training efficiencies.
    Sustained,
}

/// One kind of accelerator.
#[derive(Clone, Debug)]
pub struct ChipSetup {
    /// Name in the scenario.
    pub name: String,
    /// Label in charts.
    pub label: String,
    /// Which budget buys it.
    pub line: Line,
    /// Announced first volume, in quarters since the start of the grid; `None` is on sale already.
    pub first_volume: Option<f64>,
    /// For a generation beyond the roadmap: the chip that it follows.
    pub follows: Option<usize>,
    /// The chip whose draw of power scales this one's.
    pub power_with: Option<usize>,
    /// Peak dense 8-bit rate over that of the H100, when no estimate is given.
    pub dense8_ratio: Option<f64>,
    /// 16-bit H100-equivalents over 8-bit ones, when no estimate is given.
    pub bf16_ratio: Option<f64>,
    /// IT power from the design power and the overheads, when no estimate is given, kW.
    pub power: Option<f64>,
    /// Whether it can train models (custom inference chips do not).
    pub trains: bool,
    /// How much of its work counts for ranking and for inference.
    pub serves: [f64; 2],
}

/// A range given for a year's capex.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CapexRange {
    /// Low end, B USD.
    pub low: f64,
    /// High end, B USD.
    pub high: f64,
    /// Season in which it was given: 0 first, 1 April, 2 July, 3 October.
    pub season: usize,
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

/// One phase of a site.
#[derive(Clone, Debug)]
pub struct PhaseSetup {
    /// Key of the phase, `site.NAME.phase.PHASE`.
    pub key: String,
    /// Position of its site.
    pub site: usize,
    /// Planned date, in quarters since the start of the grid.
    pub planned: f64,
    /// Name of its stage.
    pub stage: String,
    /// How it is cooled.
    pub cooling: Cooling,
    /// Whether its electricity is made from gas on site.
    pub gas: bool,
    /// Whether the company owns it (leased shells cost it no capex).
    pub owned: bool,
}

/// One lease or cloud contract.
#[derive(Clone, Debug)]
pub struct LeaseSetup {
    /// Key, `lease.NAME`.
    pub key: String,
    /// Start, in quarters since the start of the grid.
    pub start: f64,
    /// Length, quarters.
    pub term: f64,
}

/// Which side of a contract the company is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It uses what another company provides.
    User,
    /// It provides.
    Provider,
}

/// What the power of a contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContractPower {
    /// As given.
    Given,
    /// That of a number of chips; position of their kind.
    Chips(usize),
    /// A share of that of a site; its position.
    Site(usize),
}

/// One contract of the company with another one.
#[derive(Clone, Debug)]
pub struct ContractSetup {
    /// Key, `contract.NAME`.
    pub key: String,
    /// Which side the company is on.
    pub side: Side,
    /// Whether the chips are the provider's.
    pub with_chips: bool,
    /// What its power is.
    pub power: ContractPower,
    /// Start, in quarters since the start of the grid.
    pub start: f64,
    /// Length, quarters.
    pub term: f64,
}

/// One planned training run.
#[derive(Clone, Debug)]
pub struct RunSetup {
    /// Name in the scenario.
    pub name: String,
    /// Label in charts.
    pub label: String,
    /// Earliest start, in quarters since the start of the grid.
    pub earliest: f64,
    /// FLOP of the run that its compute is a multiple of, if it is one.
    pub base: Option<f64>,
    /// Position of the run that it follows, before its own.
    pub after: Option<usize>,
    /// Whether it is a mixture of experts.
    pub moe: bool,
    /// Whether it trains in 8 bits.
    pub fp8: bool,
    /// Position of its family.
    pub family: Option<usize>,
    /// Position of the site that it runs on.
    pub site: Option<usize>,
}

/// A family of models with a planned run.
#[derive(Clone, Debug)]
pub struct FamilySetup {
    /// Name.
    pub name: String,
    /// Its past runs: release, in quarters since the start of the grid, and FLOP.
    pub past: Vec<(f64, f64)>,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// An acquisition or a stake.
    Deal,
    /// Pay packages.
    Pay,
}

/// An acquisition, a stake, or a round of pay packages.
#[derive(Clone, Debug)]
pub struct EventSetup {
    /// Key, `event.NAME`.
    pub key: String,
    /// Date, in quarters since the start of the grid.
    pub date: f64,
    /// What it is.
    pub kind: EventKind,
}

/// A change of accounting policy.
#[derive(Clone, Debug)]
pub struct PolicySetup {
    /// Key, `policy.NAME`.
    pub key: String,
    /// Date from which it holds, in quarters since the start of the grid.
    pub date: f64,
}

/// Everything fixed before any draw.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Calendar year and quarter (1 to 4) of each step.
    pub quarters: Vec<(i32, u32)>,
    /// The accelerators, line by line, oldest first.
    pub chips: Vec<ChipSetup>,
    /// Positions of the accelerators of all lines, oldest first: in this order they make room early.
    pub oldest_first: Vec<usize>,
    /// How H100-equivalents are counted.
    pub basis: Basis,
    /// Whether the use of the fleet sets the draw of power.
    pub energy_by_use: bool,
    /// Names of the sites.
    pub sites: Vec<String>,
    /// Their names in charts.
    pub site_labels: Vec<String>,
    /// Groups of sites that one network connects, as positions; a site that is several places is in
    /// none.
    pub site_groups: Vec<Vec<usize>>,
    /// Positions of sites of other companies.
    pub foreign: std::collections::BTreeSet<usize>,
    /// Phases of all sites that count for the company.
    pub phases: Vec<PhaseSetup>,
    /// Leases.
    pub leases: Vec<LeaseSetup>,
    /// Contracts that the company is a side of.
    pub contracts: Vec<ContractSetup>,
    /// Planned training runs, each after the one that it follows.
    pub runs: Vec<RunSetup>,
    /// Families with a planned run.
    pub families: Vec<FamilySetup>,
    /// Peak dense BF16 rate of the chip that H100-equivalents are counted in, TFLOP/s.
    pub yardstick_rate: f64,
    /// Events.
    pub events: Vec<EventSetup>,
    /// Changes of accounting policy, the earliest first.
    pub policies: Vec<PolicySetup>,
    /// Last range known for each year.
    pub capex_ranges: BTreeMap<i32, CapexRange>,
    /// Reported capex by quarter, before and inside the grid: B USD.
    pub capex: BTreeMap<(i32, u32), f64>,
    /// Reported revenue by quarter, B USD.
    pub revenue: BTreeMap<(i32, u32), f64>,
    /// Midpoint of the guidance for a quarter's revenue, B USD.
    pub revenue_guidance: BTreeMap<(i32, u32), f64>,
    /// Reported operating cash flow by quarter, B USD.
    pub operating_cash: BTreeMap<(i32, u32), f64>,
    /// Reported depreciation by quarter, B USD.
    pub depreciation: BTreeMap<(i32, u32), f64>,
    /// Constant inputs by key.
    pub settings: BTreeMap<String, f64>,
    /// Keys of all inputs that the scenario gives.
    pub given: std::collections::BTreeSet<String>,
    /// Medians of the inputs drawn once, by key.
    pub medians: BTreeMap<String, f64>,
}

impl Setup {
    /// Number of steps of the grid.
    pub fn steps(&self) -> usize {
        self.quarters.len()
    }

    /// Whether a step's capex has been reported: its money flows are data.
    pub fn closed(&self, step: usize) -> bool {
        self.capex.contains_key(&self.quarters[step])
    }

    /// The quarter `back` quarters before a step.
    pub fn quarter_before(&self, step: usize, back: u32) -> (i32, u32) {
        let (year, quarter) = self.quarters[step];
        let count = year * 4 + quarter as i32 - 1 - back as i32;
        (count.div_euclid(4), count.rem_euclid(4) as u32 + 1)
    }

    /// Years between the first year of the grid and that of a step.
    pub fn year_index(&self, step: usize) -> usize {
        (self.quarters[step].0 - self.quarters[0].0) as usize
    }

    /// Whether a step opens a year, or the grid.
    pub fn opens_year(&self, step: usize) -> bool {
        step == 0 || self.quarters[step].1 == 1
    }

    /// Whether a step closes a year, or the grid.
    pub fn closes_year(&self, step: usize) -> bool {
        step + 1 == self.steps() || self.quarters[step].1 == 4
    }

    /// Sum of the reported quarters of a year.
    pub fn reported_capex(&self, year: i32) -> f64 {
        (1..=4).filter_map(|quarter| self.capex.get(&(year, quarter))).sum()
    }

    /// Whether the largest cluster follows from the sites: where its share of the fleet is not given.
    pub fn cluster_by_site(&self) -> bool {
        !self.given.contains("cluster.share")
    }

    /// First step in which a chip can be bought at all; `None` when never within the grid.
    pub fn earliest_step(&self, chip: usize) -> Option<usize> {
        let setup = &self.chips[chip];
        if setup.line == Line::Stock || (setup.line == Line::Custom && !self.buys_custom()) {
            return None;
        }
        if let Some(follows) = setup.follows {
            let interval = self.settings.get("chip.trend.interval").copied().unwrap_or(0.0);
            let before = self.earliest_step(follows)?;
            return self.step_at(before as f64 + interval - 0.5);
        }
        self.step_at(setup.first_volume.unwrap_or(0.0) - 0.5)
    }

    /// Whether any money goes to custom chips: none by a constant share of nothing.
    fn buys_custom(&self) -> bool {
        let share = "capex.custom_share";
        self.given.contains(share) && self.settings.get(share).is_none_or(|&share| share > 0.0)
    }

    /// First step at or after a time in quarters since the start.
    fn step_at(&self, time: f64) -> Option<usize> {
        let step = if time > 0.0 { time.ceil() as usize } else { 0 };
        (step < self.steps()).then_some(step)
    }
}
