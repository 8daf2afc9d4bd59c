//! The ladder of clusters: the largest one and the largest jobs, against the runs of the past.

use super::fan::input;
use super::headline::course;
use super::{NamedFigure, Page, start_year};
use crate::charts::fan;
use crate::charts::figure::ticks::time_axis;
use crate::charts::figure::{Layer, Note, Point, Side};
use crate::charts::input::Scale;
use crate::charts::number::{compact, counted};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin};
use crate::charts::theme::Role;
use crate::results::{Metric, Statistics};

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "clusters",
    doc: "The largest cluster and the jobs of planned training runs over time, with the training runs of the past as points.",
    takes: &[],
    always: true,
    from: Origin::Run(build),
};

/// Share of the draws that must have started a run for its job to be drawn.
const STARTED: f64 = 0.5;

/// Share of the time axis beyond which the names of jobs stand below them.
const LATE: f64 = 0.6;

fn build(page: &Page, _choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let metric = page.spread("cluster.largest")?;
    let mut input = input(page, metric);
    input.scale = Scale::Log;
    let past = past(page, input.quarters.ends.last().copied().unwrap_or(0.0));
    // Reported clusters have a chart of their own; here the points are runs.
    input.observations.clear();
    let jobs: Vec<Job> =
        page.result.summaries.metrics.iter().filter_map(|metric| Job::of(page, metric)).collect();
    if past.is_empty() && jobs.is_empty() {
        return Err(Lack::Data("the scenario has no training runs, past or planned".to_owned()));
    }
    let bands = &input.quantiles.p50;
    let say =
        |i: usize| bands.get(i).map_or_else(String::new, |value| compact(*value, &input.unit));
    let from = page.as_of.as_ref().map_or(start_year(page.result), |a| a.x);
    let (labels, ends) = (&page.quarters.labels, &page.quarters.ends);
    let course = course("largest cluster", labels, bands, from, ends, &input.unit, &say);
    input.caption.title = format!("{}: {course}", page.company());
    "connected, at quarter end".clone_into(&mut input.caption.measure);
    input
        .caption
        .notes
        .push("points: past runs at their release, in chips of their own kind".to_owned());
    // The axis has to hold jobs and runs, too.
    let sizes = jobs.iter().flat_map(|job| job.size).filter(|size| *size > 0.0);
    let held = past.iter().map(|(point, _)| point.y).chain(sizes);
    let label = String::new();
    input
        .thresholds
        .extend(held.map(|value| crate::charts::input::Threshold { value, label: label.clone() }));
    let mut figure = fan(&input);
    figure.layers.retain(|layer| !matches!(layer, Layer::Threshold { .. }));
    if let Some(first) = past.iter().map(|(point, _)| point.x).reduce(f64::min) {
        figure.x = time_axis((first.min(start_year(page.result)).floor(), figure.x.max));
    }
    let named: Vec<(Point, String)> = past;
    for job in jobs {
        let [low, median, high] = job.size;
        // Late in time there is no room to the right, and to the left there are the bands.
        let late = job.x > figure.x.min + LATE * (figure.x.max - figure.x.min);
        figure.layers.push(Layer::Line {
            x: vec![job.x, job.x],
            y: vec![if low > 0.0 { low } else { median }, high],
            role: Role::Training,
            width: 3.0,
            end_dot: false,
        });
        figure.layers.push(Layer::Notes(vec![Note {
            at: (job.x, median),
            side: if late { Side::Below } else { Side::Right },
            text: format!("{}: planned job", job.name),
            role: Role::Training,
            bold: true,
            dot: true,
        }]));
    }
    let runs = named.len() as u64;
    figure.layers.push(Layer::Named(named));
    figure.description =
        format!("{} Points: {} of the past.", figure.description, counted(runs, "training run"));
    Ok(vec![NamedFigure { name: CHART.name.to_owned(), figure }])
}

/// The job of a planned run, when half of the draws have started it: median and central half.
struct Job {
    name: String,
    x: f64,
    size: [f64; 3],
}

impl Job {
    fn of(page: &Page, metric: &Metric) -> Option<Self> {
        let run = metric.name.strip_prefix("training.")?.strip_suffix(".job_h100e")?;
        let started = page.result.summaries.metric(&format!("training.{run}.started"))?;
        let started = page.means(started, 1.0);
        let step = started.iter().position(|share| *share >= STARTED)?;
        // The last quarter knows the size of all jobs that have started by then.
        let last = Statistics::of(metric.quarters.last()?, &page.ranks);
        let size = [2, 3, 4].map(|k| last.percentiles[k].value);
        if size[1] <= 0.0 || !size[1].is_finite() {
            return None;
        }
        let name = metric.label.strip_prefix("Job ").map_or(run, |rest| rest);
        let name = name.trim_matches(['(', ')', ',', ' ']).to_owned();
        Some(Self { name, x: *page.quarters.ends.get(step)?, size })
    }
}

/// Past runs of known size, as points at their release.
fn past(page: &Page, end: f64) -> Vec<(Point, String)> {
    let at = |day| start_year(page.result) + page.result.grid.position(day) / 4.0;
    let runs = page.result.past_runs.iter().filter_map(|run| {
        let chips = run.chips.filter(|chips| *chips > 0.0)?;
        let point = Point { x: at(run.date), y: chips, whisker: None };
        Some((point, run.label.clone()))
    });
    runs.filter(|(point, _)| point.x <= end).collect()
}
