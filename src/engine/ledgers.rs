//! Identities of what is carried from quarter to quarter: cash, debt, emissions, water, revenue with
//! contracts. Each is left out where a scenario does not follow it.

use super::identities::{Names, Term};

/// What should hold in words, its left side and its right side.
type Ledger = (&'static str, Vec<Term>, Vec<Term>);

/// Grams per kilowatt-hour times megawatt-hours are kilograms; liters per kilowatt-hour times
/// megawatt-hours are thousands of liters: a thousandth of a tonne and of a million liters.
const THOUSANDTH: f64 = 1e-3;

/// All that the plan has the columns for.
pub(super) fn ledgers(names: &Names<'_>) -> Vec<Ledger> {
    [
        debt(names),
        cash(names),
        revenue(names),
        cumulative(names),
        location(names),
        market(names),
        embodied(names),
        water(names),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn debt(names: &Names<'_>) -> Option<Ledger> {
    let left = names.sum(&["finance.debt"])?;
    Some(("debt rolls forward", left, names.sum(&["finance.debt before", "finance.~issue"])?))
}

/// Deals are paid beside capex, where there are any.
fn cash(names: &Names<'_>) -> Option<Ledger> {
    let mut left = names.sum(&["finance.cash", "capex.total", "finance.~buyback"])?;
    left.extend(names.term(1.0, "deals.~cash"));
    let right = ["finance.cash before", "finance.~spendable", "finance.~issue"];
    Some(("cash rolls forward", left, names.sum(&right)?))
}

fn revenue(names: &Names<'_>) -> Option<Ledger> {
    let right = names.sum(&["finance.~own_revenue", "contract.revenue"])?;
    Some((
        "revenue is the company's own and that of its contracts",
        names.sum(&["finance.revenue"])?,
        right,
    ))
}

fn cumulative(names: &Names<'_>) -> Option<Ledger> {
    let parts: Vec<Term> = ["carbon.location", "carbon.embodied"]
        .into_iter()
        .filter_map(|name| names.term(1.0, name))
        .collect();
    let mut right = names.sum(&["carbon.cumulative before"])?;
    right.extend(parts);
    Some(("emissions add up from quarter to quarter", names.sum(&["carbon.cumulative"])?, right))
}

/// Electricity from the grid and gas burnt on site, the latter taken from what comes from the grid.
fn sources(names: &Names<'_>, total: &str, grid: &str) -> Option<(Vec<Term>, Vec<Term>)> {
    let mut left = names.sum(&[total])?;
    let mut right = vec![names.term(THOUSANDTH, &format!("energy.total * {grid}"))?];
    if let Some(on_site) = names.term(1.0, "carbon.on_site") {
        let gas = format!("energy.total * carbon.~gas_share * {grid}");
        left.push(names.term(THOUSANDTH, &gas)?);
        right.push(on_site);
    }
    Some((left, right))
}

fn location(names: &Names<'_>) -> Option<Ledger> {
    let (left, right) = sources(names, "carbon.location", "input carbon.grid")?;
    Some(("emissions of electricity are those of the grid and of gas on site", left, right))
}

fn market(names: &Names<'_>) -> Option<Ledger> {
    let grid = "input carbon.grid * input carbon.unmatched";
    let (left, right) = sources(names, "carbon.market", grid)?;
    Some(("market-based emissions are those of what no contract matches and of gas", left, right))
}

/// Emissions of making chips, times four times their life, over the chips in service.
fn embodied(names: &Names<'_>) -> Option<Ledger> {
    let left = vec![names.term(4.0, "carbon.embodied * input carbon.chip_life")?];
    let chips = names.0.setup.chips.iter().filter_map(|chip| {
        let of = |each: &str| names.term(1.0, &format!("chip.{}.installed * {each}", chip.name));
        of(&format!("input chip.{}.embodied", chip.name)).or_else(|| of("input carbon.chip"))
    });
    Some(("emissions of making chips are the sum over chips", left, chips.collect()))
}

/// Water by cooling; what is neither liquid nor evaporative is by air.
fn water(names: &Names<'_>) -> Option<Ledger> {
    let term = |times: f64, product: &str| names.term(times * THOUSANDTH, product);
    let left = vec![
        names.term(1.0, "water.total * input facility.annual_pue")?,
        term(1.0, "energy.total * water.~liquid * input water.air")?,
        term(1.0, "energy.total * water.~evaporative * input water.air")?,
    ];
    let right = vec![
        term(1.0, "energy.total * input water.air")?,
        term(1.0, "energy.total * water.~liquid * input water.liquid")?,
        term(1.0, "energy.total * water.~evaporative * input water.evaporative")?,
    ];
    Some(("water is the sum over kinds of cooling", left, right))
}
