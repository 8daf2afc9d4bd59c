//! The ladder of clusters: the largest one and the largest jobs, against the runs of the past.

use super::super::fan;
use super::super::figure::{Layer, Note, Point, Side};
use super::super::input::Scale;
use super::super::number::compact;
use super::super::registry::{ChartDecl, Choice, Lack, Origin};
use super::super::theme::Role;
use super::fan::input;
use super::headline::course;
use super::{NamedFigure, Page, start_year};
use crate::results::Metric;

pub(in super::super) const CHART: ChartDecl = ChartDecl {
    name: "clusters",
    doc: "The largest cluster and the jobs of planned training runs over time, with the training runs of the past as points.",
    takes: &[],
    always: true,
    from: Origin::Run(build),
};

/// Share of the draws that must have started a run before its median job is drawn.
const STARTED: f64 = 0.5;

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
    input.caption.notes.push("points: chips of their own kind".to_owned());
    // The axis has to hold jobs and runs, too.
    let held = past
        .iter()
        .map(|(point, _)| point.y)
        .chain(jobs.iter().flat_map(|job| job.y.iter().copied().filter(|y| y.is_finite())));
    let label = String::new();
    input
        .thresholds
        .extend(held.map(|value| super::super::input::Threshold { value, label: label.clone() }));
    let mut figure = fan(&input);
    figure.layers.retain(|layer| !matches!(layer, Layer::Threshold { .. }));
    if let Some(first) = past.iter().map(|(point, _)| point.x).reduce(f64::min) {
        figure.x = from_year(figure.x, first.min(start_year(page.result)));
    }
    let named: Vec<(Point, String)> = past;
    for job in jobs {
        figure.layers.push(Layer::Line {
            x: job.x.clone(),
            y: job.y.clone(),
            role: Role::Training,
            width: 2.6,
            end_dot: false,
        });
        if let Some((&x, &y)) = job.x.iter().zip(&job.y).find(|(_, y)| y.is_finite()) {
            let note = Note {
                at: (x, y),
                side: Side::Below,
                text: format!("{}: median job", job.name),
                role: Role::Training,
                bold: false,
                dot: true,
            };
            figure.layers.push(Layer::Notes(vec![note]));
        }
    }
    let runs = named.len();
    figure.layers.push(Layer::Named(named));
    figure.description =
        format!("{} {runs} training runs of the past are points.", figure.description);
    Ok(vec![NamedFigure { name: CHART.name.to_owned(), figure }])
}

/// The time axis from an earlier year on.
fn from_year(axis: super::super::figure::XAxis, first: f64) -> super::super::figure::XAxis {
    use super::super::figure::{Span, XAxis};
    let min = first.floor();
    let years = || (min as i32..axis.max.ceil() as i32).map(f64::from);
    XAxis {
        min,
        max: axis.max,
        bounds: years().chain([axis.max.ceil()]).filter(|x| *x <= axis.max).collect(),
        labels: years()
            .map(|year| Span {
                from: year,
                to: (year + 1.0).min(axis.max),
                label: format!("{year:.0}"),
            })
            .collect(),
        ..axis
    }
}

/// The median job of a planned run, from when half of the draws have started it.
struct Job {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Job {
    fn of(page: &Page, metric: &Metric) -> Option<Self> {
        let run = metric.name.strip_prefix("training.")?.strip_suffix(".job_h100e")?;
        let started = page.result.summaries.metric(&format!("training.{run}.started"))?;
        let started = page.means(started, 1.0);
        let medians: Vec<f64> = page
            .by_quarter(metric)
            .into_iter()
            .zip(&started)
            .map(|(s, share)| match s {
                Some(s) if *share > STARTED && s.percentiles[3].value > 0.0 => {
                    s.percentiles[3].value
                }
                _ => f64::NAN,
            })
            .collect();
        let from = medians.iter().position(|y| y.is_finite())?;
        let name = metric.label.strip_prefix("Job ").map_or(run, |rest| rest);
        Some(Self {
            name: name.trim_matches(['(', ')', ',', ' ']).to_owned(),
            x: page.quarters.ends[from..].to_vec(),
            y: medians[from..].to_vec(),
        })
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
