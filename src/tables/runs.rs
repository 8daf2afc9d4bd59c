//! The runs so far: a list, one run, and what two of them do not share.

use std::fmt::Write as _;

use super::headline::ROWS;
use super::layout::{wrap, wrap_parts};
use super::round::{at_error, counted, grouped, median_and_range, signed};
use super::{Cell, Column, Table, percent_range, scale_of, terminal, text_of};
use crate::results::{Change, Interval, RecordedChance, RecordedRange, RunRecord};
use crate::units::Scale;

/// A run in a list.
#[derive(Clone, Debug)]
pub struct ListedRun<'a> {
    /// Name of its folder.
    pub name: &'a str,
    /// The day on which it was written.
    pub written: String,
    /// What it says.
    pub record: &'a RunRecord,
}

/// What a list shows of each run beside its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Highlight {
    /// Its title.
    Title,
    /// A metric of the headline in a period, or a target by a day.
    Value {
        /// Metric or target.
        name: String,
        /// Period or day.
        at: String,
    },
}

/// The runs as a table.
pub fn runs_table(runs: &[ListedRun<'_>], highlight: &Highlight) -> Table {
    let (heading, cells) = match highlight {
        Highlight::Title => {
            let titles = runs.iter().map(|run| Cell::Text(run.record.title.clone())).collect();
            (Column::words("title", "Title"), titles)
        }
        Highlight::Value { name, at } => values(runs, name, at),
    };
    let mut columns = vec![
        Column::words("run", "Run"),
        Column::words("written", "Written"),
        Column::words("as_of", "As of"),
        Column::numbers("draws", "Draws", ""),
        heading,
    ];
    let parts = runs.iter().any(|run| run.record.shard.is_some());
    if parts {
        columns.push(Column::words("shard", "Shard"));
    }
    let row = |(run, last): (&ListedRun<'_>, Cell)| {
        let mut cells = vec![
            Cell::Text(run.name.to_owned()),
            Cell::Text(run.written.clone()),
            Cell::Text(run.record.as_of.clone()),
            Cell::Count(run.record.draws),
            last,
        ];
        if parts {
            let shard = run.record.shard.map(|shard| format!("{} of {}", shard.number, shard.of));
            cells.push(shard.map_or(Cell::Empty, Cell::Text));
        }
        cells
    };
    Table { columns, rows: runs.iter().zip(cells).map(row).collect(), ..Table::default() }
}

/// The column of a metric or a target, and its cells.
fn values(runs: &[ListedRun<'_>], name: &str, at: &str) -> (Column, Vec<Cell>) {
    let known = runs.iter().find_map(|run| run.record.headline.get(name));
    let Some(metric) = known else {
        let cells = runs.iter().map(|run| {
            let chance = run.record.chance(name, at).and_then(interval);
            Cell::Text(chance.map_or_else(|| "–".to_owned(), percent_range))
        });
        return (Column::numbers(name, &format!("{name} {at}, %"), ""), cells.collect());
    };
    let ranges: Vec<_> = runs.iter().map(|run| run.record.range(name, at)).collect();
    let scale = scale_of(&metric.unit, ranges.iter().flatten().map(|range| range.median));
    let heading = format!("{}{}", with_unit(&metric.label, &metric.unit, scale), suffix(at));
    let cells = ranges.into_iter().map(|range| Cell::Text(range_text(range, scale))).collect();
    (Column::numbers(name, &heading, ""), cells)
}

fn suffix(at: &str) -> String {
    format!(", {at}")
}

fn with_unit(label: &str, unit: &str, scale: Scale) -> String {
    let unit = if scale.unit.is_empty() { unit } else { scale.unit };
    if unit.is_empty() { label.to_owned() } else { format!("{label}, {unit}") }
}

fn range_text(range: Option<RecordedRange>, scale: Scale) -> String {
    let Some(range) = range else { return "–".to_owned() };
    let [median, low, high, error] =
        [range.median, range.p5, range.p95, range.error].map(|x| scale.apply(x));
    median_and_range(median, low, high, error)
}

fn interval(chance: &RecordedChance) -> Option<Interval> {
    Some(Interval { value: chance.probability?, low: chance.low?, high: chance.high? })
}

/// One run, for a terminal of this width.
pub fn record_text(name: &str, record: &RunRecord, width: usize) -> String {
    let mut out = format!("{}\n", wrap(&text_of(&record.title), Some(width), 0));
    out.push_str(&wrap_parts(&settings(name, record), Some(width)));
    out.push('\n');
    if !record.headline.is_empty() {
        let periods = fitting(record, width);
        let _ = write!(out, "\n{}", terminal::body(&headline(record, &periods), Some(width)));
        let missing = record.periods().len() - periods.len();
        if missing > 0 {
            let _ = writeln!(out, "Left out for want of width: {missing} periods.");
        }
    }
    let questions = questions(record);
    if !questions.rows.is_empty() {
        let _ = write!(out, "\n{}", terminal::body(&questions, Some(width)));
    }
    for warning in &record.warnings {
        let _ =
            write!(out, "\n{}\n", wrap(&text_of(&format!("Warning: {warning}.")), Some(width), 0));
    }
    out
}

fn settings(name: &str, record: &RunRecord) -> Vec<String> {
    let grades: Vec<String> =
        record.grades.iter().map(|(grade, count)| format!("{count} {grade}")).collect();
    let hindsight = match record.hindsight.len() {
        0 => "no hindsight".to_owned(),
        1 => "1 value of hindsight".to_owned(),
        count => format!("{count} values of hindsight"),
    };
    let parts = [
        format!("run {name}"),
        format!("scenario {}", record.scenario),
        format!("company {}", record.company),
        format!("{} to {}", record.from, record.to),
        match record.shard {
            None => format!("{}{}", counted(record.draws, "draw"), spread(record)),
            Some(shard) => format!(
                "{}, shard {} of {} of a run of {}",
                counted(record.draws, "draw"),
                shard.number,
                shard.of,
                grouped(&shard.draws.to_string()),
            ),
        },
        format!("seed {}", record.seed),
        format!("as of {}", record.as_of),
        format!("newest date used {}", record.newest_used),
        hindsight,
        format!("inputs by grade {}", grades.join(", ")),
        format!("H100e by {}", record.h100e),
        format!("engine {}", record.engine),
        format!("version {}", record.version),
        format!("digest {}", record.digest),
    ];
    parts.map(|part| text_of(&part)).to_vec()
}

/// All periods if they fit side by side, else the first ones and the last.
fn fitting(record: &RunRecord, width: usize) -> Vec<&str> {
    let all = record.periods();
    let mut chosen = all.clone();
    while chosen.len() > 2 && terminal::natural_width(&headline(record, &chosen)) > width {
        chosen.remove(chosen.len() - 2);
    }
    chosen
}

fn headline(record: &RunRecord, periods: &[&str]) -> Table {
    let mut columns = vec![Column::words("metric", "")];
    columns.extend(periods.iter().map(|period| Column::numbers(period, period, "")));
    let row = |&(name, label): &(&str, &str)| {
        let metric = record.headline.get(name)?;
        let scale = scale_of(&metric.unit, metric.values.values().map(|range| range.median));
        let mut row = vec![Cell::Text(with_unit(label, &metric.unit, scale))];
        row.extend(
            periods
                .iter()
                .map(|period| Cell::Text(range_text(metric.values.get(*period).copied(), scale))),
        );
        Some(row)
    };
    Table { columns, rows: ROWS.iter().filter_map(row).collect(), ..Table::default() }
}

fn questions(record: &RunRecord) -> Table {
    let columns = vec![
        Column::words("target", "Question"),
        Column::words("when", "When"),
        Column::numbers("chance", "Chance, %", ""),
    ];
    let rows = record.targets.iter().flat_map(|target| {
        target.dates.iter().map(|date| {
            let chance = interval(date).map_or_else(|| "–".to_owned(), percent_range);
            vec![
                Cell::Text(target.title.clone()),
                Cell::Text(date.when.clone()),
                Cell::Text(chance),
            ]
        })
    });
    Table { columns, rows: rows.collect(), ..Table::default() }
}

/// What two runs do not share: data only.
#[derive(Clone, Debug, PartialEq)]
pub struct RunDifference {
    /// Settings: name, in the first, in the second.
    pub settings: Vec<(String, String, String)>,
    /// Entries of their scenarios; none if these cannot be read.
    pub inputs: Option<Vec<Change>>,
    /// Headline metrics: label with unit, period, the two medians, and their difference with its
    /// error, all in the unit of the label.
    pub headline: Vec<HeadlineDifference>,
    /// Chances: question, date, in the first, in the second, as shares.
    pub chances: Vec<(String, String, Interval, Interval)>,
}

/// A headline metric in two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadlineDifference {
    /// Name.
    pub metric: String,
    /// Label.
    pub label: String,
    /// Canonical unit, in which the medians are.
    pub unit: String,
    /// Period.
    pub period: String,
    /// Median in the first.
    pub old: f64,
    /// Median in the second.
    pub new: f64,
    /// Half of the 95 % interval of the difference, as if the runs were independent.
    pub error: f64,
}

impl RunDifference {
    /// What differs between two records; `inputs` are the changes of their scenarios, if known.
    pub fn of(old: &RunRecord, new: &RunRecord, inputs: Option<Vec<Change>>) -> Self {
        let mut chances = Vec::new();
        for target in &old.targets {
            for date in &target.dates {
                let other = new.chance(&target.name, &date.date).and_then(interval);
                if let Some((a, b)) = interval(date).zip(other) {
                    chances.push((target.title.clone(), date.when.clone(), a, b));
                }
            }
        }
        let mut headline = Vec::new();
        for (name, label) in ROWS {
            let Some(metric) = old.headline.get(name) else { continue };
            for (period, a) in &metric.values {
                if let Some(b) = new.range(name, period) {
                    headline.push(HeadlineDifference {
                        metric: name.to_owned(),
                        label: label.to_owned(),
                        unit: metric.unit.clone(),
                        period: period.clone(),
                        old: a.median,
                        new: b.median,
                        error: (a.error * a.error + b.error * b.error).sqrt(),
                    });
                }
            }
        }
        Self { settings: differing(old, new), inputs, headline, chances }
    }

    /// For a terminal of this width.
    pub fn text(&self, names: (&str, &str), width: usize) -> String {
        let (a, b) = names;
        let mut out = String::new();
        let mut section = |title: &str, table: Option<Table>, nothing: &str| {
            let body = match table.filter(|table| !table.rows.is_empty()) {
                Some(table) => terminal::body(&table, Some(width)),
                None => format!("{}\n", wrap(nothing, Some(width), 0)),
            };
            let gap = if out.is_empty() { "" } else { "\n" };
            let _ = write!(out, "{gap}{title}\n{body}");
        };
        section("Settings", Some(self.settings_table(a, b)), "The same.");
        let unread = "The resolved scenario of one of them cannot be read.";
        let inputs = if self.inputs.is_some() { "The same." } else { unread };
        section("Inputs", self.inputs_table(a, b), inputs);
        let shown = self.headline.iter().filter(|d| (d.new - d.old).abs() > d.error).count();
        section(
            "Headline, medians that differ by more than their error",
            Some(self.headline_table(a, b)),
            "Nothing that both have differs by more than its error.",
        );
        section("Questions", Some(self.chances_table(a, b)), "They share none.");
        let same = self.headline.len() - shown;
        let note = format!(
            "{same} medians that both have do not differ by more than their error. Errors are half of \
             95 % intervals, as if the two were independent; `fleetcast compare` pairs their draws, \
             which is much tighter."
        );
        let _ = write!(out, "\n{}\n", wrap(&note, Some(width), 0));
        out
    }

    fn settings_table(&self, a: &str, b: &str) -> Table {
        let columns = vec![Column::words("what", ""), Column::words("a", a), Column::words("b", b)];
        let rows = self
            .settings
            .iter()
            .map(|(what, a, b)| [what, a, b].map(|text| Cell::Text(text.clone())).to_vec());
        Table { columns, rows: rows.collect(), ..Table::default() }
    }

    fn inputs_table(&self, a: &str, b: &str) -> Option<Table> {
        let columns =
            vec![Column::words("key", "Key"), Column::words("a", a), Column::words("b", b)];
        let row = |change: &Change| {
            let same = matches!((&change.old, &change.new), (Some(a), Some(b)) if a.0 == b.0);
            let side = |side: &Option<(String, String)>| match side {
                None => "–".to_owned(),
                // The same value with other words beside it.
                Some((value, beside)) if same => format!("{value} ({beside})"),
                Some((value, _)) => value.clone(),
            };
            let cells = [change.key.clone(), side(&change.old), side(&change.new)];
            cells.map(Cell::Text).to_vec()
        };
        let rows = self.inputs.as_ref()?.iter().map(row).collect();
        Some(Table { columns, rows, ..Table::default() })
    }

    fn headline_table(&self, a: &str, b: &str) -> Table {
        let columns = vec![
            Column::words("metric", ""),
            Column::words("period", ""),
            Column::numbers("a", a, ""),
            Column::numbers("b", b, ""),
            Column::numbers("change", "Change", ""),
        ];
        let differs = |d: &&HeadlineDifference| (d.new - d.old).abs() > d.error;
        let mut last = "";
        let rows = self.headline.iter().filter(differs).map(|d| {
            let of_metric = self.headline.iter().filter(|other| other.metric == d.metric);
            let scale = scale_of(&d.unit, of_metric.flat_map(|other| [other.old, other.new]));
            let label =
                if last == d.metric { String::new() } else { with_unit(&d.label, &d.unit, scale) };
            last = &d.metric;
            let [old, new, error] = [d.old, d.new, d.error].map(|x| scale.apply(x));
            let change = signed(new - old, error);
            let [old, new] = [old, new].map(|x| at_error(x, error));
            [label, d.period.clone(), old, new, change].map(Cell::Text).to_vec()
        });
        Table { columns, rows: rows.collect(), ..Table::default() }
    }

    fn chances_table(&self, a: &str, b: &str) -> Table {
        let columns = vec![
            Column::words("target", ""),
            Column::words("when", ""),
            Column::numbers("a", &format!("{a}, %"), ""),
            Column::numbers("b", &format!("{b}, %"), ""),
        ];
        let rows = self.chances.iter().map(|(title, when, a, b)| {
            let cells = [title.clone(), when.clone(), percent_range(*a), percent_range(*b)];
            cells.map(Cell::Text).to_vec()
        });
        Table { columns, rows: rows.collect(), ..Table::default() }
    }
}

/// Settings that differ.
fn differing(old: &RunRecord, new: &RunRecord) -> Vec<(String, String, String)> {
    type Setting = (&'static str, fn(&RunRecord) -> String);
    const SETTINGS: [Setting; 13] = [
        ("scenario", |r| r.scenario.clone()),
        ("title", |r| r.title.clone()),
        ("company", |r| r.company.clone()),
        ("as of", |r| r.as_of.clone()),
        ("first quarter", |r| r.from.clone()),
        ("last quarter", |r| r.to.clone()),
        ("draws", |r| r.draws.to_string()),
        ("seed", |r| r.seed.to_string()),
        ("H100e by", |r| r.h100e.clone()),
        ("newest date used", |r| r.newest_used.clone()),
        ("engine", |r| r.engine.to_string()),
        ("version", |r| r.version.clone()),
        ("digest", |r| r.digest.clone()),
    ];
    let of = |&(what, value): &Setting| {
        let (a, b) = (value(old), value(new));
        (a != b).then(|| (what.to_owned(), a, b))
    };
    SETTINGS.iter().filter_map(of).collect()
}

/// How draws are spread that are not independent.
fn spread(record: &RunRecord) -> String {
    if record.sampling.is_empty() { String::new() } else { format!(" ({})", record.sampling) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{run_json, sample};

    fn record(draws: u64) -> RunRecord {
        let mut result = sample::with_targets(draws);
        result.about.draws = draws;
        RunRecord::parse(run_json(&result, &[]).as_bytes()).unwrap()
    }

    #[test]
    fn lists_and_pages_fit_their_width() {
        let (old, mut new) = (record(400), record(800));
        new.scenario = "meta-2024-07+slow-grid".to_owned();
        for range in new.headline.values_mut().flat_map(|metric| metric.values.values_mut()) {
            range.median *= 1.5;
        }
        let listed = [
            ListedRun { name: "meta-2024-07", written: "2026-11-22".to_owned(), record: &old },
            ListedRun {
                name: "meta-2024-07+slow-grid~0a1b2c",
                written: String::new(),
                record: &new,
            },
        ];
        let value =
            |name: &str, at: &str| Highlight::Value { name: name.to_owned(), at: at.to_owned() };
        let changes = vec![Change {
            key: "supply.share".to_owned(),
            old: Some(("\"14 %\"".to_owned(), "\"omdia\"".to_owned())),
            new: None,
        }];
        let difference = RunDifference::of(&old, &new, Some(changes));
        for width in [80, 120] {
            for highlight in
                [Highlight::Title, value("fleet.h100e", "2026"), value("fleet", "2024-12-31")]
            {
                let text = terminal::body(&runs_table(&listed, &highlight), Some(width));
                assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
                assert!(text.contains("meta-2024-07"), "{text}");
            }
            let page = record_text("meta-2024-07", &old, width);
            let text = difference.text(("a", "b"), width);
            for line in page.lines().chain(text.lines()) {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
            assert!(page.contains("Fleet of 600,000 H100e") && page.contains("Free cash flow"));
            for part in ["supply.share", "\"14 %\"", "slow-grid", "draws", "Largest cluster", "±"]
            {
                assert!(text.contains(part), "{part} in\n{text}");
            }
        }
        let chances = runs_table(&listed, &value("fleet", "2024-12-31"));
        assert_eq!(chances.rows[0][4], Cell::Text("25 (21–29)".to_owned()));
        let unknown = runs_table(&listed, &value("nothing", "2024"));
        assert_eq!(unknown.rows[0][4], Cell::Text("–".to_owned()));
    }

    #[test]
    fn equal_runs_differ_in_nothing() {
        let one = record(400);
        let difference = RunDifference::of(&one, &one, Some(Vec::new()));
        assert!(difference.settings.is_empty());
        assert!(difference.headline.iter().all(|d| d.new.to_bits() == d.old.to_bits()));
        let text = difference.text(("a", "b"), 100);
        assert!(text.contains("Settings\nThe same.\n") && text.contains("Inputs\nThe same.\n"));
    }
}
