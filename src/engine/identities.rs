//! Accounting identities, checked in every draw and quarter. They are checks of the model, not a
//! part of a run: nothing here is on the way to a result.
//!
//! Sums are compared to 1e-9 of the sum of the sizes of their terms, so that a small difference of
//! large amounts is judged by the amounts.

use super::aggregate::{new_block, quarter, start};
use super::draw::group_columns;
use super::ledgers::ledgers;
use super::stock::{Mismatch, Stocks};
use super::{Execution, Leaves, Progress, Stopped};
use crate::model::block::Block;
use crate::model::setup::Line;
use crate::plan::Plan;
use crate::vector::{Column, TILE};

/// Largest relative difference.
pub(super) const TOLERANCE: f64 = 1e-9;

/// An identity that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// What should hold, in words.
    pub identity: String,
    /// The first draw in which it does not.
    pub draw: u64,
    /// The first step of the grid in which it does not.
    pub step: usize,
    /// Left side, in the canonical unit.
    pub left: f64,
    /// Right side.
    pub right: f64,
}

/// A factor of a term.
#[derive(Clone, Copy, Debug)]
struct Factor {
    column: usize,
    /// Whether the value of the quarter before is meant.
    before: bool,
    /// Step from which on it is written; nothing before.
    from: usize,
}

/// A product with a number.
#[derive(Clone, Debug)]
pub(super) struct Term {
    times: f64,
    factors: Vec<Factor>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    /// The sums are equal.
    Equal,
    /// The left sum is at most the largest term of the right.
    AtMostLargest,
}

#[derive(Clone, Debug)]
struct Identity {
    words: &'static str,
    from: usize,
    rule: Rule,
    left: Vec<Term>,
    right: Vec<Term>,
}

/// Finds the columns of a plan; what has no column there makes no term.
pub(super) struct Names<'a>(pub(super) &'a Plan);

impl Names<'_> {
    fn factor(&self, name: &str) -> Option<Factor> {
        let (name, before) = name.strip_suffix(" before").map_or((name, false), |n| (n, true));
        let column = *self.0.names.get(name)?;
        let metric = self.0.metrics.iter().find(|metric| metric.name == name);
        Some(Factor { column, before, from: metric.map_or(0, |metric| metric.from) })
    }

    /// A product such as `capex.total * input finance.lease_principal`.
    pub(super) fn term(&self, times: f64, product: &str) -> Option<Term> {
        let factors = product.split(" * ").map(|name| self.factor(name));
        Some(Term { times, factors: factors.collect::<Option<_>>()? })
    }

    pub(super) fn sum(&self, products: &[&str]) -> Option<Vec<Term>> {
        products.iter().map(|product| self.term(1.0, product)).collect()
    }

    /// One product for each chip, `*` standing for its name.
    pub(super) fn chips(
        &self,
        times: f64,
        pattern: &str,
        wanted: impl Fn(Line) -> bool,
    ) -> Vec<Term> {
        let chips = self.0.setup.chips.iter().filter(|chip| wanted(chip.line));
        chips.filter_map(|chip| self.term(times, &pattern.replace("NAME", &chip.name))).collect()
    }
}

/// Sums that are equal, term by term as names of columns.
const SUMS: [(&str, &[&str], &[&str]); 11] = [
    (
        "capex is the sum of its parts",
        &["capex.total"],
        &["capex.chips", "capex.other_chips", "capex.buildings", "capex.rest"],
    ),
    ("the plan is spent or cut", &["capex.plan"], &["capex.~affordable", "capex.shortfall"]),
    (
        "capex and money carried out are what was affordable and money carried in",
        &["capex.total", "capex.carried"],
        &["capex.~affordable", "capex.carried before"],
    ),
    (
        "chip money planned and carried in is spent, carried out or released",
        &["capex.~affordable * capex.~chip_share", "capex.carried before", "capex.~other_budget"],
        &["capex.chips", "capex.other_chips", "capex.carried", "capex.~released"],
    ),
    (
        "what is spent on buildings is their budget and money released",
        &["capex.buildings"],
        &["capex.~building_budget", "capex.~released"],
    ),
    (
        "facility power is IT power times the peak ratio",
        &["facility.power"],
        &["fleet.it_power * facility.~peak"],
    ),
    (
        "book value rolls forward",
        &["finance.book_value", "finance.depreciation"],
        &["finance.book_value before", "capex.total"],
    ),
    (
        "purchases and principal of finance leases are capex",
        &["capex.purchases", "capex.total * input finance.lease_principal"],
        &["capex.total"],
    ),
    (
        "energy by use is energy",
        &["energy.training", "energy.serving", "energy.idle"],
        &["energy.total"],
    ),
    (
        "running cost is the sum of its parts",
        &["opex.total"],
        &["opex.site", "opex.maintenance", "energy.cost"],
    ),
    (
        "the fleet is used or idle",
        &["fleet.h100e * use.utilization", "fleet.h100e * use.share.idle"],
        &["fleet.h100e"],
    ),
];

/// Everything that a plan has the columns for.
fn identities(plan: &Plan) -> Vec<Identity> {
    let names = Names(plan);
    let equal = |words, left, right| Identity { words, from: 0, rule: Rule::Equal, left, right };
    let mut all: Vec<Identity> = SUMS
        .iter()
        .filter_map(|&(words, left, right)| Some(equal(words, names.sum(left)?, names.sum(right)?)))
        .collect();
    all.extend(by_chip(&names, &equal));
    all.extend(limits(&names));
    let ledgers = ledgers(&names).into_iter();
    all.extend(ledgers.map(|(words, left, right)| equal(words, left, right)));
    all.extend(free_cash_flow(&names).map(|(left, right)| {
        equal("free cash flow and capex as counted are operating cash flow", left, right)
    }));
    let one = || vec![Term { times: 1.0, factors: Vec::new() }];
    let uses = ["ranking", "inference", "research", "flagship", "idle"]
        .map(|name| names.term(1.0, &format!("use.share.{name}")));
    if let Some(uses) = uses.into_iter().collect::<Option<Vec<_>>>() {
        all.push(equal("shares of use sum to one", uses, one()));
    }
    let binds = plan.metrics.iter().filter(|metric| metric.name.starts_with("binds."));
    let binds = binds.filter_map(|metric| names.term(1.0, &metric.name)).collect();
    all.push(equal("exactly one limit binds", binds, one()));
    all
}

/// Sums over chips.
fn by_chip(
    names: &Names<'_>,
    equal: &impl Fn(&'static str, Vec<Term>, Vec<Term>) -> Identity,
) -> Vec<Identity> {
    let any = |_: Line| true;
    [
        ("IT power is the sum over chips", "fleet.it_power", 1e-3, "power", "installed"),
        ("the fleet is the sum over chips", "fleet.h100e", 1.0, "counted", "installed"),
        ("what waits is the sum over chips", "fleet.waiting_h100e", 1.0, "counted", "waiting"),
    ]
    .into_iter()
    .filter_map(|(words, total, times, each, count)| {
        let count = if count == "waiting" { "~waiting" } else { count };
        let pattern = format!("chip.NAME.~{each} * chip.NAME.{count}");
        Some(equal(words, names.sum(&[total])?, names.chips(times, &pattern, any)))
    })
    .chain(names.sum(&["fleet.chips"]).map(|total| {
        let installed = names.chips(1.0, "chip.NAME.installed", any);
        equal("chips in service are the sum over chips", total, installed)
    }))
    .chain(names.sum(&["capex.chips"]).map(|total| {
        let paid = names.chips(1e-6, "chip.NAME.price * chip.NAME.purchases", |l| l == Line::Main);
        equal("the main vendor's chips are paid at their price", total, paid)
    }))
    .chain(names.sum(&["capex.other_chips"]).map(|total| {
        let paid = names.chips(1e-6, "chip.NAME.price * chip.NAME.purchases", |l| l != Line::Main);
        equal("other chips are paid at their price", total, paid)
    }))
    .collect()
}

/// IT power never exceeds what is energized, except by what was there before anything was
/// installed; and that is never more than a quarter before.
fn limits(names: &Names<'_>) -> Vec<Identity> {
    let mut all = Vec::new();
    let part = names.0.setup.settings.get("facility.reserve").map_or(1.0, |reserve| 1.0 - reserve);
    let rule = Rule::AtMostLargest;
    let terms = (
        names.sum(&["fleet.it_power"]),
        names.term(part, "site.ready_power"),
        names.term(1.0, "fleet.~power_before"),
    );
    if let (Some(left), Some(ready), Some(before)) = terms {
        all.push(Identity {
            words: "IT power is at most what is energized less the reserve, or what was there before",
            from: 0,
            rule,
            left,
            right: vec![ready, before],
        });
    }
    let terms = (names.sum(&["fleet.~power_before"]), names.sum(&["fleet.it_power before"]));
    if let (Some(left), Some(right)) = terms {
        let words = "power of what is in service falls until something is installed";
        all.push(Identity { words, from: 1, rule, left, right });
    }
    all
}

/// Free cash flow and capex as counted; operating cash flow.
fn free_cash_flow(names: &Names<'_>) -> Option<(Vec<Term>, Vec<Term>)> {
    let left = names.sum(&["finance.free_cash_flow", "capex.total"])?;
    let mut right = names.sum(&["finance.operating_cash"])?;
    if let Some(counts) = names.0.setup.settings.get("finance.count_lease_principal") {
        right.extend(names.term(1.0 - counts, "capex.total * input finance.lease_principal"));
    }
    Some((left, right))
}

/// Runs `draws` draws of a plan and checks all identities in every quarter: how many there are, or
/// the first draw in which one does not hold.
pub fn check_identities(
    plan: &Plan,
    draws: u64,
    execution: Execution,
    progress: &dyn Progress,
) -> Result<Result<usize, Broken>, Stopped> {
    let identities = identities(plan);
    let leaves = Leaves::of(draws);
    let tiles = execution.tiles();
    let work = || {
        let mut checker = Checker {
            plan,
            identities: &identities,
            before: Before::of(&identities, tiles),
            stocks: Stocks::new(plan, tiles),
            block: new_block(plan, tiles),
            scores: group_columns(plan, tiles),
            broken: None,
        };
        while let Some((leaf, count)) = leaves.next(progress) {
            checker.leaf(leaf, count, execution);
            progress.advance(count);
        }
        checker.broken
    };
    let found = leaves.on_threads(execution.threads, progress, work)?;
    let first = found.into_iter().flatten().min_by_key(|broken| (broken.draw, broken.step));
    Ok(first.map_or(Ok(identities.len() + Stocks::IDENTITIES), Err))
}

/// Values of the quarter before.
struct Before {
    columns: Vec<(usize, Vec<f64>)>,
}

impl Before {
    fn of(identities: &[Identity], tiles: usize) -> Self {
        let terms =
            identities.iter().flat_map(|identity| identity.left.iter().chain(&identity.right));
        let factors = terms.flat_map(|term| &term.factors).filter(|factor| factor.before);
        let mut columns: Vec<usize> = factors.map(|factor| factor.column).collect();
        columns.sort_unstable();
        columns.dedup();
        let size = tiles * TILE;
        Self { columns: columns.into_iter().map(|column| (column, vec![0.0; size])).collect() }
    }

    fn keep(&mut self, block: &Block) {
        for (column, values) in &mut self.columns {
            values.copy_from_slice(block.column(*column).as_slice());
        }
    }

    fn of_column(&self, column: usize) -> &[f64] {
        let found = self.columns.iter().find(|(known, _)| *known == column);
        found.map_or(&[], |(_, values)| values)
    }
}

struct Checker<'a> {
    plan: &'a Plan,
    identities: &'a [Identity],
    before: Before,
    stocks: Stocks,
    block: Block,
    scores: Vec<Column>,
    broken: Option<Broken>,
}

impl Checker<'_> {
    fn leaf(&mut self, leaf: u64, count: u64, execution: Execution) {
        let size = (self.block.tiles() * TILE) as u64;
        let mut done = 0;
        while done < count {
            let valid = size.min(count - done) as usize;
            self.block(leaf * super::LEAF + done, valid, execution);
            done += size;
        }
    }

    fn block(&mut self, first: u64, valid: usize, execution: Execution) {
        let (plan, isa) = (self.plan, execution.isa);
        start(plan, isa, first, &mut self.block, &mut self.scores);
        self.stocks.start(&self.block);
        for t in 0..plan.setup.steps() {
            self.before.keep(&self.block);
            quarter(plan, isa, t, first, &mut self.block);
            for identity in self.identities.iter().filter(|identity| identity.from <= t) {
                if let Some(found) = self.check(identity, t, valid) {
                    self.note(identity.words.to_owned(), found, first, t);
                }
            }
            if let Some((words, found)) = self.stocks.quarter(t, valid, &self.block) {
                self.note(words, found, first, t);
            }
        }
    }

    /// Keeps the first draw, and of that the first quarter.
    fn note(&mut self, identity: String, found: Mismatch, first: u64, step: usize) {
        let (lane, left, right) = found;
        let draw = first + lane as u64;
        let known = self.broken.as_ref().map(|broken| (broken.draw, broken.step));
        if known.is_none_or(|known| (draw, step) < known) {
            self.broken = Some(Broken { identity, draw, step, left, right });
        }
    }

    /// The first draw in which it does not hold.
    fn check(&self, identity: &Identity, t: usize, valid: usize) -> Option<Mismatch> {
        let side = |terms: &[Term]| -> Vec<Vec<f64>> {
            terms.iter().map(|term| self.values(term, t, valid)).collect()
        };
        let (left, right) = (side(&identity.left), side(&identity.right));
        let (sum, size) = (
            |terms: &[Vec<f64>], lane: usize| terms.iter().map(|term| term[lane]).sum::<f64>(),
            |terms: &[Vec<f64>], lane: usize| {
                terms.iter().map(|term| term[lane].abs()).sum::<f64>()
            },
        );
        (0..valid).find_map(|lane| {
            let a = sum(&left, lane);
            let room = TOLERANCE * size(&left, lane).max(size(&right, lane));
            let (b, holds) = match identity.rule {
                Rule::Equal => {
                    let b = sum(&right, lane);
                    (b, (a - b).abs() <= room)
                }
                Rule::AtMostLargest => {
                    let b = right.iter().map(|term| term[lane]).fold(f64::NEG_INFINITY, f64::max);
                    (b, a <= b + room)
                }
            };
            (!holds).then_some((lane, a, b))
        })
    }

    fn values(&self, term: &Term, t: usize, valid: usize) -> Vec<f64> {
        let mut values = vec![term.times; valid];
        for factor in &term.factors {
            let of = if factor.before {
                self.before.of_column(factor.column)
            } else {
                self.block.column(factor.column).as_slice()
            };
            let written = factor.from <= t;
            for (value, &x) in values.iter_mut().zip(of) {
                *value = if written { *value * x } else { 0.0 };
            }
        }
        values
    }
}
