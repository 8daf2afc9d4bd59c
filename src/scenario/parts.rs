//! What one part of the model needs from another, where a declaration cannot say it.

use std::collections::{BTreeMap, BTreeSet};

use super::codes;
use super::missing::example_value;
use super::problems::Problems;
use super::structure::marked;
use super::types::{PowerSource, Site};
use super::walk::Draft;
use crate::diag::{Diagnostic, Span};
use crate::model::input_decl;
use crate::model::switches::switches;

/// Reports parts that are switched on without what they need.
pub(super) fn report(draft: &Draft, sites: &[Site], problems: &mut Problems) {
    let mut parts = Parts { draft, problems };
    parts.needs(
        "tco.discount",
        &["facility.site_cost"],
        "the cost of ownership needs the cost of sites, `facility.site_cost`",
        "under [facility]: site_cost = \"11 M USD/MW\", with a source",
    );
    let rate = match draft.text("h100e").as_deref() {
        Some("bf16" | "sustained") => "chip.h100.bf16",
        _ => "chip.h100.dense8",
    };
    parts.needs(
        "use.ranking.users",
        &[rate],
        &format!("the use of the fleet needs the peak rate of the chip `h100`, `{rate}`"),
        "under [chip.h100]: dense8 = \"1979 TFLOP/s\" and bf16 = \"989.4 TFLOP/s\", with a source",
    );
    if draft.flag("energy.by_use") == Some(true) {
        parts.needs(
            "energy.by_use",
            &["use.ranking.users", "use.draw.training"],
            "`energy.by_use` needs the use of the fleet and its draws of power",
            "add the tables [use.ranking], [use.inference], [use.research], [use.flagship] and \
             [use.draw], or take out `by_use`",
        );
    }
    if parts.given("carbon.grid") {
        parts.gas(sites);
    }
    parts.needs(
        "carbon.gas",
        &["carbon.grid"],
        "gas on site needs the emissions of the grid, `carbon.grid`",
        "under [carbon]: grid = \"390 g/kWh\" and unmatched = \"100 %\", with a source",
    );
    let planned = |run: &&str| draft.last(&format!("training.{run}.earliest")).is_some();
    let runs = draft.names("training").into_iter().map(|(name, _)| name);
    if let Some(run) = runs.filter(|run| !problems_of(parts.problems, run)).find(planned) {
        parts.needs(
            &format!("training.{run}.earliest"),
            &["chip.h100.bf16"],
            "chip `h100` has no `bf16`, which training runs are computed with",
            "under [chip.h100]: bf16 = \"989.4 TFLOP/s\", with a source",
        );
    }
}

/// Whether a run is told of already.
fn problems_of(problems: &Problems, run: &str) -> bool {
    problems.spoils(&format!("training.{run}"))
}

struct Parts<'a> {
    draft: &'a Draft,
    problems: &'a mut Problems,
}

impl Parts<'_> {
    fn given(&self, key: &str) -> bool {
        self.draft.last(key).is_some()
    }

    /// Reports a key that is given without others that it needs: where a layer takes one of those out,
    /// or at the key itself.
    fn needs(&mut self, key: &str, others: &[&str], message: &str, help: &str) {
        let lacks = |other: &&&str| !self.given(other) && !self.problems.explains(other);
        let Some(lacking) = others.iter().find(lacks) else { return };
        let Some(placed) = self.draft.last(key) else { return };
        let diagnostic = Diagnostic::error(codes::MISSING, message).help(help);
        let diagnostic = match self.draft.removed.get(*lacking) {
            Some(place) => diagnostic
                .at(place.clone(), "taken out here")
                .also(placed.key_span.clone(), "needs it"),
            None => diagnostic.at(placed.key_span.clone(), "needs more"),
        };
        self.problems.fail(lacking, diagnostic);
    }

    fn gas(&mut self, sites: &[Site]) {
        let phases =
            sites.iter().flat_map(|site| site.phases.iter().map(move |phase| (site, phase)));
        let gas = phases.into_iter().find(|(_, phase)| phase.power_source == PowerSource::Gas);
        let Some((site, phase)) = gas else { return };
        self.needs(
            &format!("site.{}.phase.{}.source_of_power", site.name, phase.name),
            &["carbon.gas"],
            &format!(
                "the phase `{}` of site `{}` burns gas, whose emissions are not given",
                phase.name, site.name
            ),
            "under [carbon]: gas = \"350 to 550 g/kWh\" and gas_share = \"0 %\", with a source",
        );
    }
}

/// Reports metrics of targets that the scenario does not compute, since a part of the model is off: one
/// message for each such part.
pub(super) fn report_off(named: &[(String, Span)], draft: &Draft, problems: &mut Problems) {
    let given = |key: &&str| {
        draft.last(key).is_some() || !draft.names(key).is_empty() || problems.explains(key)
    };
    let mut off: BTreeMap<&[&str], Vec<(&str, &Span)>> = BTreeMap::new();
    for (metric, span) in named {
        if let Some(on) = switches(metric).find(|on| !on.iter().any(|key| given(key))) {
            off.entry(on).or_default().push((metric, span));
        }
    }
    for (on, mut asked) in off {
        asked.sort_by_key(|(_, span)| (span.file, span.start));
        problems.push(off_without(on, &asked, draft));
    }
}

/// The message for metrics that none of these inputs or things switches on.
fn off_without(on: &[&str], asked: &[(&str, &Span)], draft: &Draft) -> Diagnostic {
    let names: BTreeSet<&str> = asked.iter().map(|(metric, _)| *metric).collect();
    let names = match names.into_iter().collect::<Vec<_>>().as_slice() {
        [name] => format!("`{name}` is"),
        [one, other] => format!("`{one}` and `{other}` are"),
        names => format!("{} metrics are", names.len()),
    };
    let key = |key: &&str| match input_decl(key) {
        Some(_) => format!("`{key}`"),
        None => format!("`[{key}.NAME]`"),
    };
    let keys: Vec<String> = on.iter().map(key).collect();
    let message = format!("{names} not computed without {}", keys.join(" or "));
    let places: Vec<&Span> = asked.iter().map(|(_, span)| *span).collect();
    let mut diagnostic = marked(Diagnostic::error(codes::OFF, message), &places, "asks for it");
    if let Some(place) = on.iter().find_map(|key| draft.removed.get(*key)) {
        diagnostic = diagnostic.also(place.clone(), "taken out here");
    }
    let ways: Vec<String> = on.iter().map(|key| way(key)).collect();
    diagnostic.help(format!("give {}, or take the target out", ways.join(", or ")))
}

/// How an input or a thing is given.
fn way(key: &str) -> String {
    match input_decl(key) {
        Some(decl) => format!("{key} = {}", example_value(decl)),
        None => format!("[{key}.NAME]"),
    }
}
