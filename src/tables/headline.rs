//! The headline of a run: the few numbers that people look at first, by year.

use super::binding::limits_of;
use super::layout::{wrap, wrap_parts};
use super::limits::{self, Costs};
use super::posterior;
use super::round::{counted, grouped, median_and_range, text_of};
use super::targets::{self, Question};
use super::terminal;
use super::{Cell, Column, Share, Table, TableFormat, markdown::Markdown, percent, scale_of};
use crate::results::{
    About, LeftRange, Metric, REPLICATES, Ranks, RunResult, Shard, Statistics, Summary, draws_of,
};
use crate::time::Quarter;
use crate::units::Scale;

/// Where fewer periods than this fit side by side, two tables are stacked.
const FEWEST: usize = 4;

/// The rows: metric and label. Flows are sums of the year, all else is at its end.
pub(super) const ROWS: [(&str, &str); 10] = [
    ("fleet.h100e", "Fleet"),
    ("fleet.chips", "Chips installed"),
    ("fleet.h100e_bought", "Bought"),
    ("cluster.largest", "Largest cluster"),
    ("cluster.chips", "Largest cluster"),
    ("fleet.it_power", "IT power in use"),
    ("facility.power", "Facility power"),
    ("capex.total", "Capex"),
    ("energy.cost", "Electricity"),
    ("finance.free_cash_flow", "Free cash flow"),
];

/// Median, 5th and 95th percentile, canonical unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Median.
    pub median: f64,
    /// 5th percentile.
    pub p5: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Monte Carlo error of the median: half of its 95 % confidence interval.
    pub error: f64,
}

/// One metric over the periods of the headline.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Name of the metric.
    pub metric: String,
    /// Label without unit.
    pub label: String,
    /// Canonical unit.
    pub unit: String,
    /// One value for each period; none where the result has none.
    pub values: Vec<Option<Range>>,
}

/// The headline: data only.
#[derive(Clone, Debug, PartialEq)]
pub struct Headline {
    /// Title of the scenario.
    pub title: String,
    /// What the run was made from, in short parts.
    pub about: Vec<String>,
    /// Years, or the last quarter if the grid has no year end.
    pub periods: Vec<String>,
    /// The metrics that the result has.
    pub rows: Vec<Row>,
    /// For each period: how often each limit sets the fleet, most often first.
    pub limits: Vec<Vec<Share>>,
    /// What the limits cost at the end of the run.
    pub(super) costs: Costs,
    /// Questions about the future, by target and date.
    pub questions: Vec<Question>,
    /// What the run is called that the questions stand beside.
    pub beside: Option<String>,
    /// How to read it.
    pub notes: Vec<String>,
}

impl Headline {
    /// The headline of a result.
    pub fn of(result: &RunResult) -> Self {
        let ends = period_ends(result);
        let ranks = Ranks::of(result);
        let rows = ROWS.iter().filter_map(|&(name, label)| {
            let metric = result.summaries.metric(name)?;
            let values = ends.iter().map(|end| {
                let stats = Statistics::of(summary_at(result, metric, *end)?, &ranks);
                range(&stats)
            });
            Some(Row {
                metric: name.to_owned(),
                label: label.to_owned(),
                unit: metric.unit.clone(),
                values: values.collect(),
            })
        });
        Self {
            title: result.about.title.clone(),
            about: about(result),
            rows: rows.collect(),
            limits: ends.iter().map(|end| limits_of(result, &quarters_of(*end))).collect(),
            periods: ends.iter().map(|end| end.label()).collect(),
            costs: limits::costs(result),
            questions: targets::questions(result),
            beside: result.beside.as_ref().map(|run| run.name.clone()),
            notes: notes(result),
        }
    }

    /// Rows and the chosen periods as a table; cells are `median (P5–P95)` in the unit of the row.
    pub fn table(&self, periods: &[usize]) -> Table {
        let mut columns = vec![Column::words("metric", "")];
        for &at in periods {
            columns.push(Column::numbers(&self.periods[at], &self.periods[at], ""));
        }
        let rows = self.rows.iter().map(|row| {
            let scale = row.scale();
            let mut cells = vec![Cell::Text(row.heading(scale))];
            cells.extend(periods.iter().map(|&at| Cell::Text(row.cell(at, scale))));
            cells
        });
        Table { rows: rows.collect(), columns, ..Table::default() }
    }

    /// Text for a terminal of this width: all periods if they fit, else the first ones and the last.
    pub fn text(&self, width: usize) -> String {
        let width = width.max(20);
        let tables = self.fitting(width);
        let chosen = tables.concat();
        let mut out = format!("{}\n", wrap(&text_of(&self.title), Some(width), 0));
        out.push_str(&wrap_parts(&self.about, Some(width)));
        out.push('\n');
        for periods in &tables {
            out.push('\n');
            out.push_str(&terminal::body(&self.table(periods), Some(width)));
        }
        let limits = self.limit_lines(&chosen, Some(width));
        if !limits.is_empty() {
            let heading = "What sets the fleet, in % of draws and quarters";
            out.push('\n');
            out.push_str(&wrap(heading, Some(width), 0));
            out.push('\n');
            out.push_str(&limits);
            out.push_str(&self.costs.text(Some(width)));
        }
        if !self.questions.is_empty() {
            out.push('\n');
            out.push_str(&targets::text(&self.questions, self.beside.as_deref(), width));
        }
        out.push('\n');
        for note in self.notes.iter().chain(&self.costs.warnings) {
            out.push_str(&wrap(&text_of(note), Some(width), 0));
            out.push('\n');
        }
        if chosen.len() < self.periods.len() {
            let left_out = self.left_out(&chosen);
            let note = format!("Left out for want of width: {left_out}; see tables/headline.md.");
            out.push_str(&wrap(&note, Some(width), 0));
            out.push('\n');
        }
        out
    }

    /// Markdown with all periods.
    pub fn markdown(&self) -> String {
        let all: Vec<usize> = (0..self.periods.len()).collect();
        let mut out =
            format!("# {}\n\n{}\n\n", text_of(&self.title), text_of(&self.about.join(" · ")));
        out.push_str(&Markdown.render(&self.table(&all), None));
        let limits = self.limit_lines(&all, None);
        if !limits.is_empty() {
            out.push_str("\n## What sets the fleet\n\nIn % of draws and quarters.\n\n");
            for line in limits.lines().chain(self.costs.text(None).lines()) {
                out.push_str("- ");
                out.push_str(line);
                out.push('\n');
            }
        }
        if !self.questions.is_empty() {
            out.push_str("\n## Questions\n\n");
            out.push_str(&targets::markdown(&self.questions, self.beside.as_deref()));
        }
        for note in self.notes.iter().chain(&self.costs.warnings) {
            out.push('\n');
            out.push_str(&text_of(note));
            out.push('\n');
        }
        out
    }

    /// The periods of one table, or of two that are stacked: all if they fit side by side, else as
    /// many of the first ones as fit, and the last one.
    fn fitting(&self, width: usize) -> Vec<Vec<usize>> {
        let Some(last) = self.periods.len().checked_sub(1) else { return Vec::new() };
        let fits = |periods: &Vec<usize>| terminal::natural_width(&self.table(periods)) <= width;
        // The most periods from `first` on that fit together with the last one.
        let to_last = |first: usize| {
            let chosen = |next: usize| (first..next).chain([last]).collect::<Vec<usize>>();
            (first..=last).rev().map(chosen).find(fits).unwrap_or_else(|| vec![last])
        };
        let beside = to_last(0);
        if beside.len() > last || beside.len() >= FEWEST {
            return vec![beside];
        }
        let first = (1..=last).rev().map(|next| (0..next).collect()).find(fits);
        let first = first.unwrap_or_else(|| vec![0]);
        let mut second = to_last(first.len());
        let most = (FEWEST + 1).saturating_sub(first.len()).max(1);
        let kept = second.len().min(most);
        second.drain(kept - 1..second.len() - 1);
        vec![first, second]
    }

    /// One line for each period: `2024  money 71 %, chips 19 %, power 9 %`.
    fn limit_lines(&self, periods: &[usize], width: Option<usize>) -> String {
        let mut out = String::new();
        for &at in periods {
            let shown = self.limits[at].iter().filter(|share| share.share >= 0.005);
            let words: Vec<String> =
                shown.map(|share| format!("{} {}", share.limit, percent(share.share))).collect();
            if !words.is_empty() {
                // Joined by a space that does not break: "71 %" stays on one line.
                let line = words.join(", ").replace(" %", "\u{a0}%");
                let label = &self.periods[at];
                let line = wrap(&format!("{label}\u{a0} {line}"), width, label.len() + 2);
                out.push_str(&line.replace('\u{a0}', " "));
                out.push('\n');
            }
        }
        out
    }

    fn left_out(&self, chosen: &[usize]) -> String {
        let missing: Vec<&String> = (0..self.periods.len())
            .filter(|at| !chosen.contains(at))
            .map(|at| &self.periods[at])
            .collect();
        match missing.as_slice() {
            [first, .., last] => format!("{first}–{last}"),
            [only] => (*only).clone(),
            [] => String::new(),
        }
    }
}

impl Row {
    fn scale(&self) -> Scale {
        scale_of(&self.unit, self.values.iter().flatten().map(|range| range.median))
    }

    fn heading(&self, scale: Scale) -> String {
        let unit = if scale.unit.is_empty() { &self.unit } else { scale.unit };
        if unit.is_empty() { self.label.clone() } else { format!("{}, {unit}", self.label) }
    }

    fn cell(&self, at: usize, scale: Scale) -> String {
        let Some(range) = self.values[at] else { return "–".to_owned() };
        let [median, low, high, error] =
            [range.median, range.p5, range.p95, range.error].map(|x| scale.apply(x));
        median_and_range(median, low, high, error)
    }
}

/// The end of a period.
#[derive(Clone, Copy)]
enum End {
    Year(Quarter),
    Quarter(Quarter),
}

impl End {
    fn label(self) -> String {
        match self {
            Self::Year(quarter) => quarter.year().to_string(),
            Self::Quarter(quarter) => quarter.to_string(),
        }
    }
}

/// The years whose end the grid has; the last quarter if there is none.
fn period_ends(result: &RunResult) -> Vec<End> {
    let grid = result.grid;
    let years: Vec<End> =
        grid.quarters().filter(|quarter| quarter.q() == 4).map(End::Year).collect();
    if years.is_empty() { vec![End::Quarter(grid.to())] } else { years }
}

fn quarters_of(end: End) -> Vec<Quarter> {
    match end {
        End::Year(quarter) => (-3..=0).map(|n| quarter.plus(n)).collect(),
        End::Quarter(quarter) => vec![quarter],
    }
}

/// A flow's sum of the year, or the value at the period's end.
fn summary_at<'a>(result: &RunResult, metric: &'a Metric, end: End) -> Option<&'a Summary> {
    match end {
        End::Year(quarter) if metric.aggregation == "flow" => {
            let year = metric.years.iter().find(|(year, _)| *year == quarter.year());
            year.map(|(_, summary)| summary)
        }
        End::Year(quarter) | End::Quarter(quarter) => {
            let at = result.grid.step(quarter)?.checked_sub(metric.from)?;
            metric.quarters.get(at)
        }
    }
}

fn range(stats: &Statistics) -> Option<Range> {
    let [p5, median, p95] = [0.05, 0.5, 0.95].map(|level| stats.percentile(level));
    let (p5, median, p95) = (p5?, median?, p95?);
    let error = 0.5 * (median.high - median.low);
    Some(Range { median: median.value, p5: p5.value, p95: p95.value, error })
}

fn about(result: &RunResult) -> Vec<String> {
    let about = &result.about;
    let hindsight = match about.hindsight.len() {
        0 => "no hindsight".to_owned(),
        1 => format!("1 value of hindsight of {}", newest_hindsight(about)),
        n => format!("{n} values of hindsight up to {}", newest_hindsight(about)),
    };
    let otherwise = if about.hindsight.is_empty() { "used" } else { "otherwise used" };
    vec![
        text_of(&about.scenario),
        match &result.shard {
            None => {
                format!(
                    "{} {}",
                    grouped(&about.draws.to_string()),
                    draws_of(about.sampling(), about.draws)
                )
            }
            Some(shard) => {
                format!("shard {} with {}", shard.text(), counted(about.draws, "draw"))
            }
        },
        format!("seed {}", about.seed),
        format!("as of {}", about.as_of),
        hindsight,
        format!("newest date {otherwise} {}", about.newest_used),
    ]
}

/// Where errors come from in runs whose draws are spread by design, and how the run ended of which a
/// precision was asked.
fn sampling_notes(result: &RunResult) -> Vec<String> {
    let mut notes = Vec::new();
    if !result.about.sampling.is_empty() {
        notes.push(format!(
            "Errors and intervals come from the spread of {REPLICATES} independent replicates of the \
             design, and not from the number of draws."
        ));
    }
    if let Some(precision) = &result.precision {
        let figures: Vec<String> = precision
            .asked
            .iter()
            .map(|one| {
                let verdict = if one.reached { "reached" } else { "not reached" };
                format!("{} ({verdict})", one.text)
            })
            .collect();
        notes.push(format!(
            "Stopped at {}, {}: {}.",
            counted(result.about.draws, "draw"),
            precision.ended_in_words(),
            figures.join("; "),
        ));
    }
    notes
}

/// That this is a part only.
fn part(shard: &Shard, about: &About) -> String {
    let [first, last, all] = [shard.first, shard.first + about.draws - 1, shard.draws]
        .map(|number| grouped(&number.to_string()));
    format!(
        "This is shard {} of a run, its draws {first} to {last} of {all}, and no result of its own: \
         `fleetcast merge` makes the run of {}.",
        shard.number,
        if shard.of == 1 { "it".to_owned() } else { format!("all {} shards", shard.of) }
    )
}

fn newest_hindsight(about: &About) -> String {
    about.newest_hindsight().map_or_else(String::new, |day| day.to_string())
}

/// Draws that are left out, and how to see why.
fn left_range(result: &RunResult, left: &LeftRange) -> String {
    let draws = if left.draws == 1 { "draw" } else { "draws" };
    let first = left.first.first().map_or_else(String::new, |&(draw, step)| {
        let quarter = result.grid.quarter(step);
        format!(", first draw {draw} in {quarter}; replay with `fleetcast explain SCENARIO --draw {draw}`")
    });
    format!(
        "{} {draws} left their physical range and are left out from that quarter on: {}{first}.",
        grouped(&left.draws.to_string()),
        left.cause
    )
}

fn notes(result: &RunResult) -> Vec<String> {
    let about = &result.about;
    let counted = match about.h100e.as_str() {
        "dense8" => "peak dense 8-bit rate",
        "bf16" => "peak dense 16-bit rate",
        "sustained" => "sustained training rate",
        other => other,
    };
    let mut notes: Vec<String> = result.shard.iter().map(|shard| part(shard, about)).collect();
    notes.extend(result.summaries.left_range.iter().map(|left| left_range(result, left)));
    notes.extend(sampling_notes(result));
    notes.extend(posterior::lines(result));
    notes.extend([
        "Median, with 5th to 95th percentile in parentheses: if the assumptions hold, nine futures \
         in ten lie between."
            .to_owned(),
        format!(
            "Fleet, chips and power count what is installed: in service at year end. Bought counts \
             all purchases since 2022, also chips not yet installed. H100e are H100-equivalents by \
             {counted}. Capex, electricity and cash flow are sums of the year."
        ),
    ]);
    if !result.summaries.targets.list.is_empty() {
        notes.push(targets::NOTE.to_owned());
    }
    notes
}
