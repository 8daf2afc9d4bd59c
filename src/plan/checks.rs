//! What one part of the model needs from another, where a declaration cannot say it.

use super::codes;
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::setup::Setup;
use crate::model::usage::peak_rate;
use crate::scenario::{PowerSource, Scenario};

/// Reports parts that are switched on without what they need.
pub(super) fn report(scenario: &Scenario, setup: &Setup, problems: &mut Diagnostics) {
    let given = |key: &str| scenario.inputs.contains_key(key);
    let mut lacks = |key: &str, message: &str, help: &str| {
        let diagnostic = Diagnostic::error(codes::PART, message.to_owned()).help(help);
        problems.push(match scenario.inputs.get(key) {
            Some(input) => diagnostic.at(input.span.clone(), "needs more"),
            None => diagnostic,
        });
    };
    if given("tco.discount") && !given("facility.site_cost") {
        lacks(
            "tco.discount",
            "the cost of ownership needs the cost of sites, `facility.site_cost`",
            "add facility.site_cost = \"11 M USD/MW\", with a source",
        );
    }
    if given("use.ranking.users") && peak_rate(setup).is_none() {
        lacks(
            "use.ranking.users",
            "the use of the fleet needs the peak rates of the chip `h100`",
            "add chip.h100.dense8 = \"1979 TFLOP/s\" and chip.h100.bf16 = \"989.4 TFLOP/s\", with a source",
        );
    }
    if scenario.energy_by_use && !(given("use.ranking.users") && given("use.draw.training")) {
        lacks(
            "energy.utilization",
            "`energy.by_use` needs the use of the fleet and its draws of power",
            "add the tables [use.ranking], [use.inference], [use.research], [use.flagship] and [use.draw], or take out by_use",
        );
    }
    let gas = scenario
        .sites
        .iter()
        .flat_map(|site| site.phases.iter().map(move |phase| (site, phase)))
        .find(|(_, phase)| phase.power_source == PowerSource::Gas);
    if let Some((site, phase)) = gas.filter(|_| given("carbon.grid") && !given("carbon.gas")) {
        lacks(
            "carbon.grid",
            &format!(
                "the phase `{}` of site `{}` burns gas, whose emissions are not given",
                phase.name, site.name
            ),
            "add carbon.gas = \"350 to 550 g/kWh\" and carbon.gas_share = \"0 %\", with a source",
        );
    }
    if given("carbon.gas") && !given("carbon.grid") {
        lacks(
            "carbon.gas",
            "gas on site needs the emissions of the grid, `carbon.grid`",
            "add carbon.grid = \"390 g/kWh\" and carbon.unmatched = \"100 %\", with a source",
        );
    }
}
