//! The model: one file per module, each with its equations, symbols, units and sources.
//!
//! A module knows nothing of TOML, distributions, random numbers, files or threads: it is a
//! function from columns to columns. Order within a quarter is the order of [`Model`]'s fields;
//! a module reads what earlier ones wrote in the quarter, or last quarter's value of a later one.

pub mod affordability;
pub mod block;
pub mod budget;
pub mod capex;
pub mod carbon;
pub mod chip_kinds;
pub mod chips;
pub mod cluster;
pub mod construction;
pub mod contracts;
pub mod declare;
pub mod economic;
pub mod energy;
pub mod factors;
pub mod finance;
pub mod fleet;
pub mod formulas;
pub mod install;
pub mod opex;
pub mod policy;
pub mod procurement;
pub mod published;
mod relaxed;
pub mod returns;
pub mod revenue;
pub mod setup;
pub mod site;
pub mod switches;
pub mod tco;
pub mod training;
pub mod usage;
pub mod wiring;

use block::Block;
use declare::{InputDecl, MetricDecl};
use setup::Setup;
use wiring::Wiring;

use crate::vector::{Isa, Kernel, dispatch};

/// One piece of the model, mapped over the draws of a block.
trait Module {
    /// What is fixed for a draw before the first quarter.
    fn start(&self, block: &mut Block);
    /// One quarter.
    fn step(&self, t: usize, block: &mut Block);
}

struct Start<'a, M>(&'a M, &'a mut Block);

impl<M: Module> Kernel for Start<'_, M> {
    #[inline(always)]
    fn run(self) {
        self.0.start(self.1);
    }
}

struct Step<'a, M>(&'a M, usize, &'a mut Block);

impl<M: Module> Kernel for Step<'_, M> {
    #[inline(always)]
    fn run(self) {
        self.0.step(self.1, self.2);
    }
}

/// What the limits of the fleet do not move, and what they move: see [`Model::step_given`].
struct Given<'a>(&'a Model, usize, &'a mut Block);
struct Limited<'a>(&'a Model, usize, &'a mut Block);

impl Kernel for Given<'_> {
    #[inline(always)]
    fn run(self) {
        let Self(m, t, block) = self;
        m.kinds.step(t, block);
        m.chips.step(t, block);
        m.shares.step(t, block);
        m.capex.step(t, block);
        m.contracts.step(t, block);
        m.revenue.step(t, block);
        m.sites.step(t, block);
        m.deals.step(t, block);
    }
}

impl Kernel for Limited<'_> {
    #[inline(always)]
    fn run(self) {
        let Self(m, t, block) = self;
        m.affordability.step(t, block);
        m.budget.step(t, block);
        m.procurement.step(t, block);
        m.fleet.step(t, block);
        m.installation.step(t, block);
        m.cash.step(t, block);
    }
}

impl Model {
    /// The part of a quarter that sets the fleet and that none of its limits can move: chips on
    /// offer, plans, revenue, ready power.
    pub fn step_given(&self, isa: Isa, t: usize, block: &mut Block) {
        dispatch(isa, Given(self, t, block));
    }

    /// The rest of what sets the fleet: from what can be paid to what is installed. What follows
    /// from the fleet and does not act on it is left out.
    pub fn step_limited(&self, isa: Isa, t: usize, block: &mut Block) {
        dispatch(isa, Limited(self, t, block));
    }
}

/// Lists the modules in the order of a quarter. Each gets one entry point per instruction set
/// around its inlined `start` and `step`: a virtual call would stay on the narrowest set.
macro_rules! modules {
    ($($(#[$doc:meta])* $field:ident: $module:ty, [$($start:ident)?];)+) => {
        /// All modules of a scenario, wired to their columns.
        #[derive(Debug)]
        pub struct Model {
            $($(#[$doc])* $field: $module,)+
        }

        impl Model {
            /// Fixes what a draw keeps for all quarters.
            pub fn start(&self, isa: Isa, block: &mut Block) {
                $(dispatch(isa, Start(&self.$field, block));)+
            }

            /// Runs one quarter.
            pub fn step(&self, isa: Isa, t: usize, block: &mut Block) {
                $(dispatch(isa, Step(&self.$field, t, block));)+
            }
        }

        $(impl Module for $module {
            #[inline(always)]
            fn start(&self, block: &mut Block) {
                let _ = &block;
                $(self.$start(block);)?
            }
            #[inline(always)]
            fn step(&self, t: usize, block: &mut Block) {
                self.step(t, block);
            }
        })+
    };
}

modules! {
    /// H100-equivalents and power of each chip.
    kinds: chip_kinds::ChipKinds, [start];
    /// Generations, shares of spending, prices.
    chips: chips::ChipGenerations, [start];
    /// Shares of capex.
    shares: budget::Shares, [];
    /// Planned capex.
    capex: capex::CapexPlan, [start];
    /// Contracts with other companies.
    contracts: contracts::Contracts, [start];
    /// Revenue and operating cash.
    revenue: revenue::Revenue, [start];
    /// What can be paid.
    affordability: affordability::Affordability, [start];
    /// Money by use.
    budget: budget::Budget, [start];
    /// Purchases.
    procurement: procurement::Procurement, [start];
    /// Stock by vintage.
    fleet: fleet::Fleet, [start];
    /// Data centers.
    sites: site::Sites, [start];
    /// Installation and what binds.
    installation: install::Installation, [start];
    /// Contracts, once chips are installed.
    settled: contracts::Settled, [];
    /// Largest cluster.
    cluster: cluster::Cluster, [start];
    /// Training runs.
    training: training::Training, [start];
    /// Use of the fleet.
    usage: usage::Usage, [start];
    /// Electricity.
    electricity: energy::Electricity, [];
    /// Emissions.
    carbon: carbon::Carbon, [start];
    /// Water for cooling.
    water: carbon::Water, [start];
    /// Depreciation and free cash flow.
    finance: finance::Finance, [start];
    /// Economic depreciation.
    economic: economic::Economic, [start];
    /// Running cost.
    opex: opex::Opex, [];
    /// Cost of ownership.
    tco: tco::Tco, [start];
    /// Returns.
    returns: returns::Returns, [start];
    /// Acquisitions, stakes and pay packages.
    deals: opex::Deals, [start];
    /// Cash and debt.
    cash: affordability::CashAndDebt, [];
}

impl Model {
    /// Wires all modules to columns; the wiring keeps what the sampler and the engine must know.
    pub fn wire(setup: &Setup) -> (Self, Wiring<'_>) {
        let mut w = Wiring::new(setup);
        let kinds = chip_kinds::ChipKinds::wire(&mut w);
        let chips = chips::ChipGenerations::wire(&mut w);
        let shares = budget::Shares::wire(&mut w);
        let capex = capex::CapexPlan::wire(&mut w);
        let contracts = contracts::Contracts::wire(&mut w);
        let revenue = revenue::Revenue::wire(&mut w);
        let affordability = w.moved(affordability::Affordability::wire);
        let budget = w.moved(budget::Budget::wire);
        let procurement = w.moved(procurement::Procurement::wire);
        let fleet = w.moved(fleet::Fleet::wire);
        let sites = site::Sites::wire(&mut w);
        let installation = w.moved(|w| install::Installation::wire(w, &fleet));
        let settled = contracts::Settled::wire(&mut w);
        let cluster = cluster::Cluster::wire(&mut w);
        let training = training::Training::wire(&mut w);
        let usage = usage::Usage::wire(&mut w);
        let electricity = energy::Electricity::wire(&mut w);
        let carbon = carbon::Carbon::wire(&mut w);
        let water = carbon::Water::wire(&mut w);
        let finance = finance::Finance::wire(&mut w);
        let economic = economic::Economic::wire(&mut w);
        let opex = opex::Opex::wire(&mut w);
        let tco = tco::Tco::wire(&mut w);
        let returns = returns::Returns::wire(&mut w);
        let deals = opex::Deals::wire(&mut w);
        let cash = w.moved(|w| affordability::CashAndDebt::wire(w, &affordability));
        let model = Self {
            kinds,
            chips,
            shares,
            capex,
            contracts,
            revenue,
            affordability,
            budget,
            procurement,
            fleet,
            sites,
            installation,
            settled,
            cluster,
            training,
            usage,
            electricity,
            carbon,
            water,
            finance,
            economic,
            opex,
            tco,
            returns,
            deals,
            cash,
        };
        (model, w)
    }
}

/// All inputs of the model, in the order of the modules.
pub fn inputs() -> impl Iterator<Item = &'static InputDecl> {
    [
        capex::INPUTS,
        budget::INPUTS,
        revenue::INPUTS,
        affordability::INPUTS,
        finance::INPUTS,
        construction::INPUTS,
        policy::INPUTS,
        economic::INPUTS,
        opex::INPUTS,
        tco::INPUTS,
        returns::INPUTS,
        chip_kinds::INPUTS,
        chips::INPUTS,
        procurement::INPUTS,
        fleet::INPUTS,
        site::INPUTS,
        contracts::INPUTS,
        install::INPUTS,
        cluster::INPUTS,
        training::INPUTS,
        usage::INPUTS,
        energy::INPUTS,
        carbon::INPUTS,
        factors::INPUTS,
    ]
    .into_iter()
    .flatten()
}

/// All metrics of the model, in the order of the modules.
pub fn metrics() -> impl Iterator<Item = &'static MetricDecl> {
    [
        capex::METRICS,
        budget::METRICS,
        revenue::METRICS,
        affordability::METRICS,
        finance::METRICS,
        economic::METRICS,
        opex::METRICS,
        tco::METRICS,
        returns::METRICS,
        chips::METRICS,
        procurement::METRICS,
        fleet::METRICS,
        site::METRICS,
        contracts::METRICS,
        install::METRICS,
        cluster::METRICS,
        training::METRICS,
        usage::METRICS,
        energy::METRICS,
        carbon::METRICS,
    ]
    .into_iter()
    .flatten()
}

/// Whether a name fits a pattern whose `*` stands for one part between dots.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (mut p, mut n) = (pattern.split('.'), name.split('.'));
    loop {
        match (p.next(), n.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || (a == "*" && !b.is_empty()) => {}
            _ => return false,
        }
    }
}

/// The declaration of an input; an exact key wins over a pattern.
pub fn input_decl(key: &str) -> Option<&'static InputDecl> {
    inputs().find(|decl| decl.key == key).or_else(|| inputs().find(|decl| matches(decl.key, key)))
}

/// The declaration of a metric.
pub fn metric_decl(name: &str) -> Option<&'static MetricDecl> {
    metrics()
        .find(|decl| decl.name == name)
        .or_else(|| metrics().find(|decl| matches(decl.name, name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_declared_once() {
        let mut keys: Vec<_> =
            inputs().map(|decl| decl.key).chain(metrics().map(|decl| decl.name)).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        // `finance.cash` and `finance.debt` are both an input and a metric: where they start, and
        // where they go. So are two names of sites.
        let both = inputs()
            .filter(|decl| metric_decl(decl.key).is_some_and(|m| m.name == decl.key))
            .count();
        assert_eq!(keys.len() + both, all);
    }

    #[test]
    fn a_star_stands_for_one_part() {
        assert!(matches("chip.*.price", "chip.h100.price"));
        assert!(!matches("chip.*.price", "chip.price"));
        assert!(!matches("chip.*.price", "chip.h100.price.now"));
        assert_eq!(
            input_decl("site.stage.construction.slip").map(|d| d.key),
            Some("site.stage.*.slip")
        );
    }
}
