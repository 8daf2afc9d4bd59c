//! What switches parts of the model on: inputs and things without which a metric is not computed.

use super::matches;

/// Metrics of a part of the model, and what it is off without.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// Names of the metrics, `*` for any part of a name.
    pub metrics: &'static [&'static str],
    /// Inputs, or tables of named things: without all of them, none of the metrics is computed.
    pub on: &'static [&'static str],
}

const fn row(metrics: &'static [&'static str], on: &'static [&'static str]) -> Switch {
    Switch { metrics, on }
}

/// All parts that may be off. A metric may be in several of them: it needs each.
pub const SWITCHES: &[Switch] = &[
    row(&["finance.cash", "finance.debt"], &["finance.spendable_share"]),
    row(&["finance.economic_depreciation", "finance.economic_value"], &["finance.economic_loss"]),
    row(&["capex.purchases"], &["finance.lease_principal"]),
    row(&["opex.site"], &["opex.site_cost"]),
    row(&["opex.maintenance"], &["opex.maintenance_rate"]),
    row(&["opex.total", "opex.to_revenue"], &["opex.site_cost", "opex.maintenance_rate"]),
    row(&["people.cost"], &["people.staff"]),
    row(&["people.packages", "deals.paid"], &["event"]),
    row(&["tco.*"], &["tco.discount"]),
    row(&["returns.*"], &["returns.uplift"]),
    row(&["contract.*"], &["contract"]),
    row(&["lease.commitments"], &["lease"]),
    row(&["site.phase_cost"], &["facility.site_cost"]),
    row(&["site.phase_cost"], &["site.building_lead"]),
    row(&["use.*", "use.demand.*", "use.share.*"], &["use.ranking.users"]),
    row(&["use.power_utilization"], &["use.draw.training"]),
    row(&["use.rented_cost", "use.flagship_worth"], &["use.rent"]),
    row(&["energy.training", "energy.serving", "energy.idle"], &["use.ranking.users"]),
    row(&["energy.training", "energy.serving", "energy.idle"], &["use.draw.training"]),
    row(&["energy.company"], &["energy.non_ai"]),
    row(&["carbon.location", "carbon.market"], &["carbon.grid"]),
    row(&["carbon.on_site"], &["carbon.gas"]),
    row(&["carbon.embodied"], &["carbon.chip"]),
    row(&["carbon.cumulative"], &["carbon.grid", "carbon.chip"]),
    row(&["water.total"], &["water.air"]),
    row(&["training.*.cost_rental"], &["use.rent"]),
    row(&["training.*.emissions"], &["carbon.grid"]),
];

/// What a metric is not computed without: of each list, one.
pub fn switches(metric: &str) -> impl Iterator<Item = &'static [&'static str]> {
    let has = move |row: &&Switch| row.metrics.iter().any(|name| matches(name, metric));
    SWITCHES.iter().filter(has).map(|row| row.on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{input_decl, metrics};

    #[test]
    fn switches_are_inputs_or_things_and_belong_to_metrics() {
        for row in SWITCHES {
            for key in row.on {
                assert!(
                    input_decl(key).is_some() || ["event", "contract", "lease"].contains(key),
                    "{key}"
                );
            }
            for name in row.metrics {
                let decl = |one: &str| one == *name || matches(name, one);
                assert!(metrics().any(|one| decl(one.name)), "{name}");
            }
        }
    }
}
