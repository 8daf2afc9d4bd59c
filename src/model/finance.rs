//! Depreciation and free cash flow (MODEL.md M10), B USD a quarter.
//!
//! ```text
//! D&A_t = legacy_t + Σ_v servers_v w(t−v, life) + Σ_v buildings_v w(t−v, building life)
//! w(j, L) = overlap of [j−½, j+½] with [0, 4L], over 4L: straight line, half in the first quarter
//! servers_v = share · capex_{v−1},  buildings_v = building spending_{v−4}
//! legacy falls linearly to zero; it is scaled so that reported quarters come out as reported
//! FCF = operating cash − capex;  book value += capex − D&A
//! ```
//!
//! What was under construction before the grid, and what is uneven in it all: see `construction`. A
//! change of the servers' life on a date (`policy.NAME`) spreads what is left of them over their
//! new life: see `policy`. Where the share of capex that is principal of finance leases is given, a
//! setting says whether free cash flow counts it, as Meta's own figure does.

use super::block::{AHEAD, Block, Col};
use super::construction::Construction;
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::policy::{LifeChanges, all_charges, older_factor};
use super::setup::Setup;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Money, Ratio, Scalar};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "finance.book_value",
        Q::Money,
        Use::Once,
        NON_NEGATIVE,
        Need::Always,
        "property and equipment, net, at the start of the grid",
        "96.6 B USD",
    ),
    input(
        "finance.server_life",
        Q::DurationYears,
        Use::Once,
        (0.5, 7.0),
        Need::Always,
        "accounting life of servers and network",
        r#"{ dist = "triangular", min = "4 years", mode = "4.5 years", max = "5 years" }"#,
    ),
    input(
        "finance.building_life",
        Q::DurationYears,
        Use::Setting,
        (8.0, 60.0),
        Need::Always,
        "accounting life of buildings",
        "28 years",
    ),
    input(
        "finance.server_share",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::Always,
        "share of capex that is servers and network, in service one quarter later",
        "0.52",
    ),
    input(
        "finance.legacy_server_share",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::Always,
        "the same for the four quarters before the grid",
        "0.45",
    ),
    input(
        "finance.legacy_server_depreciation",
        Q::Money,
        Use::Setting,
        NON_NEGATIVE,
        Need::Always,
        "quarterly depreciation of older servers at the start of the grid",
        "2.16 B USD",
    ),
    input(
        "finance.legacy_server_runoff",
        Q::DurationQuarters,
        Use::Setting,
        (1.0, 200.0),
        Need::Always,
        "time in which it falls linearly to zero",
        "18 quarters",
    ),
    input(
        "finance.legacy_other_depreciation",
        Q::Money,
        Use::Setting,
        NON_NEGATIVE,
        Need::Always,
        "quarterly depreciation of other older assets at the start of the grid",
        "1.0 B USD",
    ),
    input(
        "finance.legacy_other_runoff",
        Q::DurationQuarters,
        Use::Setting,
        (1.0, 400.0),
        Need::Always,
        "time in which it falls linearly to zero",
        "60 quarters",
    ),
    input(
        "finance.lease_principal",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "share of capex that is principal of finance leases",
        "3 to 6 %",
    ),
    input(
        "finance.count_lease_principal",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::With("finance.lease_principal"),
        "whether free cash flow counts it as capex: 1 as the company reports it, 0 to leave it out",
        "1.0",
    ),
];
/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "finance.depreciation",
        "Depreciation and amortization",
        Q::Money,
        Aggregation::Flow,
        "of the quarter",
    ),
    metric(
        "finance.depreciation_to_revenue",
        "Depreciation over revenue",
        Q::Ratio,
        Aggregation::Ratio,
        "of the quarter",
    ),
    metric(
        "finance.free_cash_flow",
        "Free cash flow",
        Q::Money,
        Aggregation::Flow,
        "operating cash flow less capex",
    )
    .signed(),
    metric(
        "capex.purchases",
        "Purchases of property and equipment",
        Q::Money,
        Aggregation::Flow,
        "capex without principal of finance leases",
    ),
    metric(
        "finance.book_value",
        "Property and equipment, net",
        Q::Money,
        Aggregation::Stock,
        "at quarter end",
    ),
];

/// Share of an asset's cost charged in its `j`-th quarter; life in years.
#[inline(always)]
pub fn straight_line(j: f64, life: Ratio) -> Ratio {
    let quarters = 4.0 * life.get();
    let from = if j > 0.5 { j - 0.5 } else { 0.0 };
    let to = if j + 0.5 < quarters { j + 0.5 } else { quarters };
    Ratio::new(if to > from { (to - from) / quarters } else { 0.0 })
}

/// Legacy depreciation before scaling. `k` is (share of older servers' left, of other assets' left, servers, others).
pub fn legacy_run(t: f64, servers: (f64, f64), others: (f64, f64)) -> f64 {
    let left = |(amount, quarters): (f64, f64)| amount * (1.0 - t / quarters).max(0.0);
    left(servers) + left(others)
}

/// Factor on the legacy that makes a reported quarter come out as reported.
#[inline(always)]
pub fn legacy_factor(k: (f64, f64), fresh: Money) -> Ratio {
    let (reported, legacy) = k;
    Ratio::new((reported - fresh.get()) / legacy)
}

/// Depreciation in all.
#[inline(always)]
pub fn depreciation(legacy: f64, fresh: Money, factor: Ratio) -> Money {
    fresh + Money::new(legacy) * factor
}

/// Free cash flow.
#[inline(always)]
pub fn free_cash_flow(operating: Money, capex: Money) -> Money {
    operating - capex
}

/// Capex without a share of it.
#[inline(always)]
pub fn capex_without(k: f64, capex: Money, principal: Ratio) -> Money {
    capex * (1.0 - k * principal.get())
}

/// Book value rolls forward.
#[inline(always)]
pub fn book_value(before: Money, capex: Money, depreciation: Money) -> Money {
    before + capex - depreciation
}

#[inline(always)]
fn plus(a: Money, b: Money) -> Money {
    a + b
}
#[inline(always)]
fn plus_number(k: f64, a: Money) -> Money {
    a + Money::new(k)
}
#[inline(always)]
fn part(share: f64, whole: Money) -> Money {
    whole * share
}
#[inline(always)]
fn ratio(a: Money, b: Money) -> Ratio {
    a.over(b)
}

/// Older assets that charge nothing.
const NOTHING: (f64, f64) = (0.0, 1.0);
/// Quarters from spending on a building to its service.
const BUILDING_LAG: usize = 4;
/// Quarters of spending before the grid whose servers are followed one by one.
const HISTORY: usize = 4;

/// The module.
#[derive(Debug)]
pub struct Finance {
    setup: Setup,
    life: Col<Ratio>,
    building_life: f64,
    server_share: f64,
    legacy_server_share: f64,
    legacy: Vec<f64>,
    book_start: Col<Money>,
    operating: Col<Money>,
    revenue: Col<Money>,
    capex: Col<Money>,
    buildings: Col<Money>,
    /// Straight-line share by age.
    weights: Vec<Col<Ratio>>,
    /// Servers by quarter of spending, from four quarters before the grid on.
    servers: Vec<Col<Money>>,
    /// The charges of the next quarters for the servers of today.
    begun: [Col<Money>; AHEAD - 1],
    one: Col<Ratio>,
    /// Buildings by quarter of spending.
    built: Vec<Col<Money>>,
    fresh: Col<Money>,
    factor: Col<Ratio>,
    depreciation: Col<Money>,
    to_revenue: Col<Ratio>,
    free: Col<Money>,
    book: Col<Money>,
    construction: Construction,
    changes: Option<LifeChanges>,
    /// For maintenance: what servers charge, and over which life.
    server_charge: Option<(Col<Money>, Col<Ratio>)>,
    older_servers: (f64, f64),
    older_others: (f64, f64),
    principal: Option<Principal>,
}

/// Principal of finance leases.
#[derive(Clone, Copy, Debug)]
struct Principal {
    share: Col<Ratio>,
    counts: f64,
    purchases: Col<Money>,
    counted: Col<Money>,
}

impl Finance {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let servers = (
            w.setting("finance.legacy_server_depreciation"),
            w.setting("finance.legacy_server_runoff"),
        );
        let others = (
            w.setting("finance.legacy_other_depreciation"),
            w.setting("finance.legacy_other_runoff"),
        );
        let steps = setup.steps();
        let maintained = w.given("opex.maintenance_rate");
        Self {
            construction: Construction::wire(w),
            changes: LifeChanges::wire(w, servers),
            server_charge: maintained.then(|| {
                (w.share("finance.~server_depreciation"), w.share("finance.~server_life"))
            }),
            older_servers: servers,
            older_others: others,
            principal: w.given("finance.lease_principal").then(|| Principal {
                share: w.input("finance.lease_principal"),
                counts: w.setting("finance.count_lease_principal"),
                purchases: w.metric("capex.purchases"),
                counted: w.state(),
            }),
            setup: setup.clone(),
            life: w.input("finance.server_life"),
            building_life: w.setting("finance.building_life"),
            server_share: w.setting("finance.server_share"),
            legacy_server_share: w.setting("finance.legacy_server_share"),
            legacy: (0..steps).map(|t| legacy_run(t as f64, servers, others)).collect(),
            book_start: w.input("finance.book_value"),
            operating: w.read("finance.operating_cash"),
            revenue: w.read("finance.revenue"),
            capex: w.read("capex.total"),
            buildings: w.read("capex.buildings"),
            weights: w.states(steps + HISTORY + AHEAD - 1),
            begun: std::array::from_fn(|_| w.state()),
            one: w.state(),
            servers: w.states(steps + HISTORY),
            built: w.states(steps),
            fresh: w.state(),
            factor: w.state(),
            depreciation: w.metric("finance.depreciation"),
            to_revenue: w.metric("finance.depreciation_to_revenue"),
            free: w.metric("finance.free_cash_flow"),
            book: w.metric("finance.book_value"),
        }
    }

    /// Straight-line shares, and what was spent before the grid.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        for (j, &weight) in self.weights.iter().enumerate() {
            b.map1_with(weight, j as f64, self.life, straight_line);
        }
        for back in 1..=HISTORY {
            let quarter = self.setup.quarter_before(0, back as u32);
            let capex = self.setup.capex.get(&quarter).copied().unwrap_or(0.0);
            b.fill(self.servers[HISTORY - back], Money::new(self.legacy_server_share * capex));
        }
        b.fill(self.factor, Ratio::new(1.0));
        b.fill(self.one, Ratio::new(1.0));
        b.copy(self.book, self.book_start);
        if let Some(changes) = &self.changes {
            changes.start(&self.servers[..HISTORY], b);
        }
    }

    /// Depreciation and free cash flow of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        self.step_servers(t, b);
        let life = Ratio::new(self.building_life);
        let built = self.built.iter().take((t + 1).saturating_sub(BUILDING_LAG)).enumerate();
        let share = |v: usize| straight_line((t - v - BUILDING_LAG) as f64, life).get();
        let built = built.map(|(v, &built)| (built, share(v)));
        b.sum_scaled(self.fresh, std::iter::once((self.fresh, 1.0)).chain(built));
        self.construction.add(t, self.fresh, b);
        let reported = self.setup.depreciation.get(&self.setup.quarters[t]).copied();
        if let Some(changes) = &self.changes {
            let others = legacy_run(t as f64, NOTHING, self.older_others);
            let older = changes.older_charge;
            b.map1_with(older, others, changes.older_servers, plus_number);
            if let Some(reported) = reported {
                b.map2_with(self.factor, reported, self.fresh, older, older_factor);
            }
            b.map3(self.depreciation, self.fresh, older, self.factor, all_charges);
        } else {
            let legacy = self.legacy[t];
            if let Some(reported) = reported {
                b.map1_with(self.factor, (reported, legacy), self.fresh, legacy_factor);
            }
            b.map2_with(self.depreciation, legacy, self.fresh, self.factor, depreciation);
        }
        if reported.is_none() {
            self.construction.disturb(self.depreciation, b);
        }
        b.map1_with(self.servers[t + HISTORY], self.server_share, self.capex, part);
        b.copy(self.built[t], self.buildings);
        b.map2(self.to_revenue, self.depreciation, self.revenue, ratio);
        let mut counted = self.capex;
        if let Some(p) = self.principal {
            b.map2_with(p.purchases, 1.0, self.capex, p.share, capex_without);
            b.map2_with(p.counted, 1.0 - p.counts, self.capex, p.share, capex_without);
            counted = p.counted;
        }
        b.map2(self.free, self.operating, counted, free_cash_flow);
        b.map3(self.book, self.book, self.capex, self.depreciation, book_value);
    }

    /// What servers charge: those bought from four quarters before the grid on, and older ones.
    #[inline(always)]
    fn step_servers(&self, t: usize, b: &mut Block) {
        // Spending of quarter v enters service in v + 1; position v + HISTORY in `servers`.
        let in_service = &self.servers[..t + HISTORY];
        if let Some(changes) = &self.changes {
            b.fill(self.fresh, Money::ZERO);
            changes.step(t, in_service, self.fresh, b);
        } else {
            let (k, [one, two, three]) = (t % AHEAD, self.begun);
            if k == 0 {
                b.sums_ahead([self.fresh, one, two, three], None, in_service, &self.weights);
            } else {
                let joined = &in_service[in_service.len() - k..];
                b.add_since(self.fresh, self.begun[k - 1], joined, &self.weights, self.one);
            }
        }
        let Some((charge, life)) = self.server_charge else { return };
        if let Some(changes) = &self.changes {
            b.map2(charge, self.fresh, changes.older_servers, plus);
            b.copy(life, changes.life);
        } else {
            let older = legacy_run(t as f64, self.older_servers, NOTHING);
            b.map1_with(charge, older, self.fresh, plus_number);
            b.copy(life, self.life);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_line_charges_everything_once() {
        for life in [0.5, 4.0, 4.37, 5.5] {
            let total: f64 =
                (0..40).map(|j| straight_line(f64::from(j), Ratio::new(life)).get()).sum();
            assert!((total - 1.0).abs() < 1e-12, "life {life}: {total}");
        }
        assert!((straight_line(0.0, Ratio::new(5.0)).get() - 0.025).abs() < 1e-15);
        assert!((straight_line(1.0, Ratio::new(5.0)).get() - 0.05).abs() < 1e-15);
        assert!((straight_line(20.0, Ratio::new(5.0)).get() - 0.025).abs() < 1e-15);
    }

    #[test]
    fn a_reported_quarter_comes_out_as_reported() {
        let (reported, legacy) = (3.374, legacy_run(0.0, (2.16, 18.0), (1.0, 60.0)));
        let fresh = Money::new(0.4);
        let factor = legacy_factor((reported, legacy), fresh);
        assert!((depreciation(legacy, fresh, factor).get() - reported).abs() < 1e-12);
        assert!((legacy - 3.16).abs() < 1e-12);
        assert!((legacy_run(9.0, (2.16, 18.0), (1.0, 60.0)) - 1.93).abs() < 1e-12);
    }

    #[test]
    fn meta_2025_free_cash_flow() {
        let free = free_cash_flow(Money::new(115.800), Money::new(72.215));
        assert!((free.get() - 43.585).abs() < 1e-12);
        let book = book_value(Money::new(100.0), Money::new(10.0), Money::new(4.0));
        assert!((book.get() - 106.0).abs() < 1e-12);
    }
}
