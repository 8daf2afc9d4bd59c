//! Scores as tables, Markdown and JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::summary::{Group, Skill, coverage, groups, horizons, modules, names};
use super::{Baseline, BaselineScore, Scored, Scores};
use crate::units::plural;

/// A table with its heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Heading.
    pub title: String,
    /// What a reader must know of it; may be empty.
    pub note: String,
    /// Columns.
    pub header: Vec<&'static str>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
    /// Columns that a narrow page can do without, what is missed least first.
    pub spare: Vec<usize>,
}

impl Sheet {
    /// The table for a page of this many columns: first without what stands in parentheses, then without
    /// the columns that can be spared, as far as needed.
    #[must_use]
    pub fn fitted(mut self, width: usize) -> Self {
        if self.width() > width && self.spare.len() > 2 {
            for cell in self.rows.iter_mut().flatten() {
                if let Some(at) = cell.find(" (").filter(|_| cell.starts_with(['+', '−', '0', '<']))
                {
                    cell.truncate(at);
                }
            }
        }
        for at in 0..self.spare.len() {
            if self.width() <= width {
                break;
            }
            let column = self.spare[at];
            self.header.remove(column);
            self.rows.iter_mut().for_each(|row| {
                row.remove(column);
            });
            for later in &mut self.spare[at + 1..] {
                *later -= usize::from(*later > column);
            }
        }
        self
    }

    /// Columns of a page that it fills, two between its own.
    fn width(&self) -> usize {
        let widest = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            let cells = cells.map(|cell| cell.chars().count());
            cells.chain(self.header.get(at).map(|name| name.chars().count())).max().unwrap_or(0)
        };
        (0..self.header.len()).map(|at| widest(at) + 2).sum()
    }
}

/// Mark of a spread that does not come from a baseline's own errors.
const BEST: &str = "†";
/// Mark of an observation that is uncertain.
const UNCERTAIN: &str = "±";
/// Mark of a metric that is scored by its logarithm.
const LOG: &str = " (ln)";

/// What a reader must know before any number.
pub fn preface(scores: &Scores) -> Vec<String> {
    let wall = &scores.wall;
    let mut lines = vec![format!(
        "As of {}; newest date used {}; {} {}, seed {}.",
        wall.as_of,
        wall.newest_used,
        grouped(scores.draws),
        plural(scores.draws, "draw"),
        scores.seed
    )];
    lines.push(if wall.initial_stock.is_empty() {
        "The estimate of the initial stock is not marked as hindsight.".to_owned()
    } else {
        format!(
            "The initial stock is an estimate made later ({}): nobody published one in time, and forecasts \
             and baselines of the fleet start from it alike.",
            wall.initial_stock.join(", ")
        )
    });
    if scores.rows.is_empty() {
        lines.push(format!(
            "Nothing is scored: no observation of the scenario became known after {} and is about one of its metrics.",
            wall.as_of
        ));
    }
    if !wall.hindsight.is_empty() {
        lines.push(format!("Other inputs made with hindsight: {}.", wall.hindsight.join(", ")));
    }
    lines
}

/// All tables, the headline first.
pub fn sheets(scores: &Scores) -> Vec<Sheet> {
    let mut sheets = vec![by_metric(scores)];
    sheets.push(by_group(
        "By part of the model",
        "Skill is 1 less the ratio of CRPS to that of the baseline with a spread, averaged over the metrics of the part.",
        &modules(&scores.rows),
        "Part",
    ));
    sheets.push(by_group(
        "By part and distance",
        "Distance from the scenario's day to the end of the period.",
        &horizons(&scores.rows),
        "Part",
    ));
    sheets.push(covered(scores));
    sheets.push(questions(scores));
    sheets.push(observations(scores));
    sheets.push(left_out(scores));
    sheets.retain(|sheet| !sheet.rows.is_empty());
    sheets
}

fn by_metric(scores: &Scores) -> Sheet {
    let groups = groups(&scores.rows);
    let rows = groups.iter().map(|group| {
        let crps = group.crps.map_or_else(String::new, number);
        let mut row = vec![
            group.name.clone(),
            group.kind.clone(),
            group.count.to_string(),
            format!("{crps} {}", group.unit).trim().to_owned(),
        ];
        row.extend(group.skills.iter().map(|skill| both(skill.as_ref())));
        row.push(format!("{}/{}", group.coverage[2].inside, group.coverage[2].count));
        row
    });
    let [last, growth, guidance, trend] = names();
    Sheet {
        title: "Skill by metric".to_owned(),
        note: format!(
            "CRPS of the run, and skill against each baseline with a spread from its own past errors (in \
             parentheses: against its value alone). Positive is better than the baseline. {BEST}: no past \
             errors were known; the spread is the one that would have served the baseline best."
        ),
        header: vec!["Metric", "Of", "n", "CRPS", last, growth, guidance, trend, "in 90 %"],
        rows: rows.collect(),
        spare: vec![3, 7, 6, 2],
    }
}

fn by_group(title: &str, note: &str, groups: &[Group], name: &'static str) -> Sheet {
    let rows = groups.iter().map(|group| {
        let mut row = vec![group.name.clone(), group.kind.clone(), group.count.to_string()];
        row.extend(group.skills.iter().map(|skill| headline(skill.as_ref())));
        row.extend(group.coverage.iter().map(|c| format!("{}/{}", c.inside, c.count)));
        row
    });
    let [last, growth, guidance, trend] = names();
    Sheet {
        title: title.to_owned(),
        note: note.to_owned(),
        header: vec![name, "When", "n", last, growth, guidance, trend, "50 %", "80 %", "90 %"],
        rows: rows.collect(),
        spare: vec![7, 8, 6, 5],
    }
}

fn covered(scores: &Scores) -> Sheet {
    let all: Vec<&Scored> = scores.rows.iter().collect();
    let row = |c: &super::Coverage| {
        vec![
            percent(c.claimed),
            format!("{} of {}", c.inside, c.count),
            percent(c.inside as f64 / c.count.max(1) as f64),
            format!("{} to {}", percent(c.interval.0), percent(c.interval.1)),
        ]
    };
    let rows = if all.is_empty() { Vec::new() } else { coverage(&all).iter().map(row).collect() };
    Sheet {
        title: "Coverage".to_owned(),
        note: "The interval takes observations as independent. Those of one run move together, and years hold \
               their quarters: it is too narrow."
            .to_owned(),
        header: vec!["Central interval", "Inside", "Share", "Binomial interval, 95 %"],
        rows,
        spare: Vec::new(),
    }
}

fn questions(scores: &Scores) -> Sheet {
    let mut rows: Vec<Vec<String>> = scores
        .targets
        .iter()
        .map(|target| {
            let came = match target.outcome {
                x if x >= 1.0 => "yes".to_owned(),
                x if x <= 0.0 => "no".to_owned(),
                x => format!("{} likely", percent(x)),
            };
            vec![
                format!("{} {}", target.name, target.label),
                percent(target.chance),
                came,
                fixed(target.brier),
                fixed(target.log_score),
            ]
        })
        .collect();
    let n = rows.len() as f64;
    let mean =
        |of: fn(&super::ScoredTarget) -> f64| fixed(scores.targets.iter().map(of).sum::<f64>() / n);
    if !rows.is_empty() {
        let ends = [mean(|t| t.brier), mean(|t| t.log_score)];
        let mut row = vec!["mean".to_owned(), String::new(), format!("{} answers", rows.len())];
        row.extend(ends);
        rows.push(row);
    }
    Sheet {
        title: "Questions".to_owned(),
        note: "Brier and log score: lower is better. Saying 50 % always gives 0.250 and 0.693. Questions share \
               their causes: they are fewer than they look."
            .to_owned(),
        header: vec!["Question", "Chance", "Came", "Brier", "Log"],
        rows,
        spare: vec![4],
    }
}

fn observations(scores: &Scores) -> Sheet {
    let row = |row: &Scored| {
        let mark = if row.interval.is_some() { UNCERTAIN } else { "" };
        vec![
            format!("{}{}", row.metric, if row.log { LOG } else { "" }),
            row.at.clone(),
            format!("{}{mark}", number(row.value)),
            number(row.median),
            format!("{} to {}", number(row.range.0), number(row.range.1)),
            percent(row.pit),
            number(row.crps),
            row.log_score.map_or_else(|| "–".to_owned(), fixed),
            number(row.interval_score),
        ]
    };
    Sheet {
        title: "Observations".to_owned(),
        note: format!(
            "PIT is the chance that the run gave to less than what was observed. {UNCERTAIN}: the observation is \
             uncertain; the forecast, its range and all scores are convolved with its error."
        ),
        header: vec![
            "Metric",
            "Period",
            "Observed",
            "Median",
            "5 to 95 %",
            "PIT",
            "CRPS",
            "Log score",
            "Interval score",
        ],
        rows: scores.rows.iter().map(row).collect(),
        spare: vec![8, 7, 6],
    }
}

fn left_out(scores: &Scores) -> Sheet {
    let all = scores.unscored.iter().chain(&scores.open);
    Sheet {
        title: "Not scored".to_owned(),
        note: String::new(),
        header: vec!["Observation or question", "Why"],
        rows: all.map(|one| vec![one.what.clone(), one.reason.clone()]).collect(),
        spare: Vec::new(),
    }
}

fn both(skill: Option<&Skill>) -> String {
    skill.map_or_else(
        || "–".to_owned(),
        |skill| format!("{} ({})", headline(Some(skill)), signed(skill.point)),
    )
}

fn headline(skill: Option<&Skill>) -> String {
    let one = |skill: &Skill| {
        let mark = if skill.own_errors { "" } else { BEST };
        format!("{}{mark}", signed(skill.spread))
    };
    skill.map_or_else(|| "–".to_owned(), one)
}

/// A document with all scores of several runs.
pub fn markdown(all: &[Scores]) -> String {
    let mut text = String::new();
    for scores in all {
        let _ = writeln!(text, "## {}\n", scores.title);
        for line in preface(scores) {
            let _ = writeln!(text, "{line}  ");
        }
        let _ = writeln!(text, "Scenario `{}`, digest `{}`.", scores.scenario, scores.digest);
        if !scores.credits.is_empty() {
            let _ = writeln!(text, "Credit: {}.", scores.credits.join(", "));
        }
        for sheet in sheets(scores) {
            let _ = write!(text, "\n### {}\n\n", sheet.title);
            if !sheet.note.is_empty() {
                let _ = write!(text, "{}\n\n", sheet.note);
            }
            table(&mut text, &sheet);
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn table(text: &mut String, sheet: &Sheet) {
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        for cell in cells {
            let _ = write!(text, "| {} ", cell.replace('|', "\\|"));
        }
        text.push_str("|\n");
    };
    line(&mut sheet.header.iter().copied());
    line(&mut sheet.header.iter().map(|_| "---"));
    for row in &sheet.rows {
        line(&mut row.iter().map(String::as_str));
    }
}

/// All scores of a run as JSON.
pub fn json(scores: &Scores) -> Value {
    let wall = &scores.wall;
    json!({
        "scenario": scores.scenario,
        "title": scores.title,
        "digest": scores.digest,
        "draws": scores.draws,
        "seed": scores.seed,
        "as_of": wall.as_of.to_string(),
        "newest_used": wall.newest_used.to_string(),
        "initial_stock": wall.initial_stock,
        "hindsight": wall.hindsight,
        "metrics": groups(&scores.rows).iter().map(group_json).collect::<Vec<_>>(),
        "modules": modules(&scores.rows).iter().map(group_json).collect::<Vec<_>>(),
        "horizons": horizons(&scores.rows).iter().map(group_json).collect::<Vec<_>>(),
        "coverage": coverage(&scores.rows.iter().collect::<Vec<_>>()).map(|c| coverage_json(&c)),
        "observations": scores.rows.iter().map(row_json).collect::<Vec<_>>(),
        "questions": scores.targets.iter().map(|target| json!({
            "name": target.name,
            "when": target.label,
            "chance": target.chance,
            "outcome": target.outcome,
            "brier": target.brier,
            "log_score": target.log_score,
        })).collect::<Vec<_>>(),
        "not_scored": scores.unscored.iter().chain(&scores.open).map(|one| json!({
            "what": one.what,
            "reason": one.reason,
        })).collect::<Vec<_>>(),
        "credits": scores.credits,
    })
}

fn group_json(group: &Group) -> Value {
    let skills = names().into_iter().zip(&group.skills).map(|(name, skill)| {
        let skill = skill.map(|skill| {
            json!({
                "count": skill.count,
                "with_spread": skill.spread,
                "as_point": skill.point,
                "own_errors": skill.own_errors,
            })
        });
        (name.to_owned(), json!(skill))
    });
    json!({
        "name": group.name,
        "kind": group.kind,
        "count": group.count,
        "crps": group.crps,
        "unit": group.unit,
        "skill": skills.collect::<serde_json::Map<_, _>>(),
        "coverage": group.coverage.iter().map(coverage_json).collect::<Vec<_>>(),
    })
}

fn coverage_json(coverage: &super::Coverage) -> Value {
    json!({
        "claimed": coverage.claimed,
        "inside": coverage.inside,
        "count": coverage.count,
        "low": coverage.interval.0,
        "high": coverage.interval.1,
    })
}

fn row_json(row: &Scored) -> Value {
    let baselines = Baseline::ALL.into_iter().zip(&row.baselines).map(|(baseline, score)| {
        let score = score.map(|BaselineScore { forecast, point, spread, own_errors }| {
            json!({
                "forecast": forecast,
                "crps_as_point": point,
                "crps_with_spread": spread,
                "own_errors": own_errors,
            })
        });
        (baseline.name().to_owned(), json!(score))
    });
    json!({
        "metric": row.metric,
        "at": row.at,
        "unit": row.unit,
        "part": row.module,
        "years_ahead": row.ahead,
        "known": row.known.to_string(),
        "source": row.source,
        "observed": row.value,
        "observed_interval": row.interval.map(|(low, high)| [low, high]),
        "scale": if row.log { "ln" } else { "plain" },
        "median": row.median,
        "p5": row.range.0,
        "p95": row.range.1,
        "pit": row.pit,
        "crps": row.crps,
        "log_score": row.log_score,
        "interval_score_90": row.interval_score,
        "baselines": baselines.collect::<serde_json::Map<_, _>>(),
    })
}

/// Three significant digits, thousands and millions by their sign, more as a power of ten.
fn number(x: f64) -> String {
    let size = x.abs();
    match size {
        _ if !x.is_finite() => "∞".to_owned(),
        s if s >= 1e12 => {
            let exponent = libm::floor(libm::log10(s));
            let mantissa = x / libm::pow(10.0, exponent);
            format!("{mantissa:.2}e{exponent:.0}")
        }
        s if s >= 999_500.0 => format!("{} M", three(x / 1e6)),
        s if s >= 9_995.0 => format!("{} k", three(x / 1e3)),
        _ => three(x),
    }
}

fn three(x: f64) -> String {
    let size = x.abs();
    let decimals = match size {
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.09995 => 2,
        s if s <= 0.0 => 0,
        _ => 3,
    };
    format!("{x:.decimals$}")
}

fn fixed(x: f64) -> String {
    if x.is_finite() { format!("{x:.3}") } else { "∞".to_owned() }
}

fn signed(x: f64) -> String {
    match x {
        x if !x.is_finite() => "−∞".to_owned(),
        x if x < -99.5 => "<−99".to_owned(),
        x if x < -0.005 => format!("−{:.2}", -x),
        x if x < 0.005 => "0.00".to_owned(),
        x => format!("+{x:.2}"),
    }
}

fn percent(x: f64) -> String {
    let x = 100.0 * x;
    let edge = !(1.0..=99.0).contains(&x);
    if edge { format!("{x:.1} %") } else { format!("{x:.0} %") }
}

fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_page_gets_what_matters_most() {
        let sheet = Sheet {
            title: String::new(),
            note: String::new(),
            header: vec!["name", "a", "b", "c"],
            rows: vec![["capex", "+0.10 (+0.20)", "x (y)", "12345"].map(str::to_owned).to_vec()],
            spare: vec![3, 1, 2],
        };
        let at = |width: usize| sheet.clone().fitted(width);
        assert_eq!(at(36), sheet);
        assert_eq!(at(35).rows[0], ["capex", "+0.10", "x (y)", "12345"]);
        assert_eq!(at(25).rows[0], ["capex", "+0.10", "x (y)"]);
        assert_eq!(at(20).header, ["name", "b"]);
        assert_eq!(at(5).header, ["name"]);
    }

    #[test]
    fn numbers_have_three_digits() {
        for (x, text) in [
            (0.0, "0"),
            (0.0123, "0.012"),
            (0.25, "0.25"),
            (14.84, "14.8"),
            (164.5, "164"),
            (9_994.0, "9994"),
            (24_576.0, "24.6 k"),
            (774_426.0, "774 k"),
            (2_302_175.0, "2.30 M"),
            (3.8e25, "3.80e25"),
            (-47.59, "-47.6"),
        ] {
            assert_eq!(number(x), text, "{x}");
        }
        assert_eq!(grouped(100_000), "100,000");
        assert_eq!(grouped(17), "17");
        assert_eq!([signed(0.234), signed(-1.5), signed(0.0)], ["+0.23", "−1.50", "0.00"]);
        assert_eq!([percent(0.9), percent(0.002), percent(1.0)], ["90 %", "0.2 %", "100.0 %"]);
    }
}
