//! `run --keep-draws`: every draw in a file of columns, for other programs.

use std::io::{self, BufWriter};

use serde_json::{Map, Value, json};

use super::compare::asked::Known;
use super::data_file::{Column, DataFile, Format, Kind, Values};
use super::drawing::near_metrics;
use super::exit::Failure;
use super::progress::{Bar, Interrupt};
use super::save::Saving;
use super::simulation::{Prepared, stopped_by};
use crate::engine::{
    DrawFigure, DrawPlace, Watched, draws_of, each_draw, find, input_figures, leaves_of,
    metric_figures, shard_leaves, target_figures, usual_figures,
};
use crate::results::{Shard, digest};
use crate::sampling::ENGINE;

/// What to keep of every draw, beside its inputs and the first times of its targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// `METRIC` for all its periods, or `METRIC@PERIOD`; the usual metrics at year ends if none.
    pub metrics: Vec<String>,
    /// Format of the file.
    pub format: Format,
}

/// The figures to keep; fails for metrics that the run does not have.
pub(super) fn figures(keep: &Keep, prepared: &Prepared) -> Result<Vec<DrawFigure>, Failure> {
    if !keep.format.is_available() {
        return Err(Failure::Usage {
            message: "this program was built without Parquet".to_owned(),
            help: "take --draws-format csv, or build it with the feature `parquet`".to_owned(),
        });
    }
    let plan = &prepared.plan;
    let mut all = input_figures(plan);
    all.extend(target_figures(plan));
    if keep.metrics.is_empty() {
        all.extend(usual_figures(plan));
    }
    for text in &keep.metrics {
        for figure in metric(text, prepared)? {
            if !all.contains(&figure) {
                all.push(figure);
            }
        }
    }
    Ok(all)
}

fn metric(text: &str, prepared: &Prepared) -> Result<Vec<DrawFigure>, Failure> {
    let usage = |message: String, help: String| Failure::Usage {
        message: format!("--keep-draws: {message}"),
        help,
    };
    let plan = &prepared.plan;
    if let Some(found) = metric_figures(plan, text) {
        return Ok(found);
    }
    if text.contains('@') {
        let known = Known::of_plan(plan, prepared.scenario.run.grid);
        let figure = known.figure(text).map_err(|(message, help)| usage(message, help))?;
        if let Some(Watched::Column { step, column }) = find(plan, &figure.asked) {
            return Ok(vec![DrawFigure {
                name: figure.name,
                place: DrawPlace::Step(step, column),
            }]);
        }
        // First times of targets are there in any case; what is left has no such period.
        let help = "name a metric for all its periods, such as fleet.h100e".to_owned();
        return Err(usage(format!("the run has no metric `{text}`"), help));
    }
    let names: Vec<&str> = plan.metrics.iter().map(|metric| metric.name.as_str()).collect();
    let message = format!("the run of `{}` has no metric `{text}`", prepared.scenario.name);
    Err(usage(message, near_metrics(text, &names)))
}

/// Writes all draws, or those of the part, into the run folder.
pub(super) fn write(
    keep: &Keep,
    figures: &[DrawFigure],
    (prepared, shard): (&Prepared, Option<&Shard>),
    saving: &mut Saving,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let draws = prepared.scenario.run.draws;
    let leaves =
        shard.map_or(0..leaves_of(draws), |shard| shard_leaves(draws, shard.number, shard.of));
    let span = draws_of(draws, &leaves);
    let name = format!("draws.{}", keep.format.ending());
    let to = BufWriter::new(saving.file(&name)?);
    let cannot = |error: io::Error| Failure::File {
        message: format!("cannot write `{name}` of `{}`", saving.folder().display()),
        help: error.to_string(),
    };
    let (columns, notes) = (columns(figures), notes(figures, prepared));
    let mut file =
        DataFile::begin(to, keep.format, &columns, &[("fleetcast", notes)]).map_err(cannot)?;
    let mut outcome = Ok(());
    let mut sink = |rows: std::ops::Range<u64>, values: &[Vec<f64>]| {
        let mut group = vec![Values::Counts(rows.map(|draw| draw as i64).collect())];
        group.extend(values.iter().map(|values| Values::Numbers(values)));
        outcome = file.write(&group);
        outcome.is_ok()
    };
    let bar = Bar::new(span.end - span.start, quiet, interrupt.clone());
    let execution = prepared.execution;
    let made = each_draw(&prepared.plan, figures, (draws, leaves), execution, &bar, &mut sink);
    bar.clear();
    made.map_err(|stopped| stopped_by(stopped, execution.threads))?;
    outcome.map_err(cannot)?;
    file.finish()
        .and_then(|to| to.into_inner().map_err(io::IntoInnerError::into_error))
        .map_err(cannot)?;
    Ok(())
}

/// The number of the draw, then the figures.
fn columns(figures: &[DrawFigure]) -> Vec<Column> {
    let mut columns = vec![Column { name: "draw".to_owned(), kind: Kind::Counts }];
    columns.extend(
        figures.iter().map(|figure| Column { name: column_name(figure), kind: Kind::Numbers }),
    );
    columns
}

fn column_name(figure: &DrawFigure) -> String {
    match figure.place {
        DrawPlace::First(_) => format!("target.{}", figure.name),
        DrawPlace::Once(_) | DrawPlace::Step(..) => figure.name.clone(),
    }
}

/// What a Parquet file says of itself.
fn notes(figures: &[DrawFigure], prepared: &Prepared) -> String {
    let scenario = &prepared.scenario;
    let unit = |figure: &DrawFigure| match figure.place {
        DrawPlace::First(_) => format!("quarters since the start of {}", scenario.run.grid.from()),
        DrawPlace::Once(_) => scenario
            .inputs
            .get(&figure.name)
            .map_or_else(String::new, |input| input.decl.quantity.canonical_unit().to_owned()),
        DrawPlace::Step(..) => {
            let name = figure.name.split('@').next().unwrap_or_default();
            let metric = prepared.plan.metrics.iter().find(|metric| metric.name == name);
            metric.map_or_else(String::new, |m| m.decl.quantity.canonical_unit().to_owned())
        }
    };
    let units: Map<String, Value> =
        figures.iter().map(|figure| (column_name(figure), json!(unit(figure)))).collect();
    let about = json!({
        "scenario": scenario.name,
        "digest": digest(scenario.resolved_toml()),
        "version": env!("CARGO_PKG_VERSION"),
        "engine": ENGINE,
        "seed": scenario.run.seed,
        "draws": scenario.run.draws,
        "units": units,
    });
    about.to_string()
}
