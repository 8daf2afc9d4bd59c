//! The page of `score`: what was forecast beside what has been observed since.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::counted;
use super::drawing::lay_out;
use super::exit::Failure;
use super::pictures::pictures;
use super::progress::Interrupt;
use super::terminal::{self, GOOD, styled};
use crate::charts::from_run::{NamedFigure, scored_fan};
use crate::charts::input::Caption;
use crate::charts::{Figure, calibration, pit};
use crate::report::{Block, Grid, Picture, Section, page, plain};
use crate::results::RunResult;
use crate::score::text::{Sheet, preface, sheets};
use crate::score::{Scores, modules};
use crate::tables::Align;

/// Fewest observations of a part of the model that get a calibration plot of their own.
const FEW: usize = 10;

/// The figures of the scores of one scenario: of all observations, of each part with enough of them, and
/// a fan for each metric.
pub(super) fn calibration_figures(scores: &Scores, result: &RunResult) -> Vec<NamedFigure> {
    let caption = |title: &str, count: usize| Caption {
        title: format!("{}: {title}", result.about.title),
        scenario: result.about.scenario.clone(),
        draws: result.about.draws,
        seed: result.about.seed,
        notes: vec![counted(count, "observation")],
        credit: result.about.credits.join(", "),
        ..Caption::default()
    };
    let values: Vec<f64> = scores.rows.iter().map(|row| row.pit).collect();
    let n = values.len();
    vec![
        named("pit", pit(&values, &caption("where in its forecasts the observations lay", n))),
        named("calibration", calibration(&values, &caption("how often it was right", n))),
    ]
}

fn named(name: &str, figure: Figure) -> NamedFigure {
    NamedFigure { name: name.to_owned(), figure }
}

/// A part of the model with its own PIT histogram.
fn parts(scores: &Scores, result: &RunResult) -> Vec<NamedFigure> {
    let all = modules(&scores.rows);
    let enough = all.iter().filter(|group| group.count >= FEW && group.count < scores.rows.len());
    enough
        .map(|group| {
            let rows = scores.rows.iter().filter(|row| row.module == group.name);
            let values: Vec<f64> = rows.map(|row| row.pit).collect();
            let caption = Caption {
                title: format!("{}: {}", result.about.title, group.name),
                scenario: result.about.scenario.clone(),
                draws: result.about.draws,
                seed: result.about.seed,
                notes: vec![counted(values.len(), "observation")],
                credit: result.about.credits.join(", "),
                ..Caption::default()
            };
            named(&format!("pit-{}", group.name.replace(' ', "-")), pit(&values, &caption))
        })
        .collect()
}

/// The sections of one scenario; with several on a page, their names begin with the scenario's.
pub(super) fn sections(
    scores: &Scores,
    result: &RunResult,
    several: bool,
    interrupt: &Interrupt,
) -> Result<Vec<Section>, Failure> {
    let mut metrics: Vec<&str> = scores.rows.iter().map(|row| row.metric.as_str()).collect();
    metrics.dedup();
    let fans: Vec<NamedFigure> =
        metrics.iter().filter_map(|metric| scored_fan(result, metric)).collect();
    let name = |figures: Vec<NamedFigure>| {
        figures
            .into_iter()
            .map(|one| NamedFigure { name: format!("{}-{}", scores.scenario, one.name), ..one })
    };
    let draw = |figures: Vec<NamedFigure>| -> Result<Vec<Block>, Failure> {
        let figures: Vec<NamedFigure> = name(figures).collect();
        let drawn = pictures(&lay_out(&figures, interrupt)?, &mut BTreeMap::new(), interrupt)?;
        Ok(drawn
            .into_iter()
            .map(|one| Block::Chart(Box::new(Picture { file: None, ..one })))
            .collect())
    };
    let mut all: Vec<Sheet> = sheets(scores);
    let observations = take(&mut all, "Observations");
    let left_out = take(&mut all, "Not scored");
    let mut first = vec![Block::Lead(plain(lead(scores)))];
    first.extend(preface(scores).into_iter().map(|line| Block::Text(plain(line))));
    first.extend(all.iter().flat_map(sheet));
    let mut calibrated = draw(calibration_figures(scores, result))?;
    let parts = draw(parts(scores, result))?;
    if !parts.is_empty() {
        calibrated.push(Block::More {
            summary: "By part of the model".to_owned(),
            blocks: parts,
            open: false,
            printed: false,
        });
    }
    let mut last: Vec<Block> = observations.iter().flat_map(sheet).collect();
    last.extend(left_out.map(|left_out| Block::More {
        summary: "What was not scored, and why".to_owned(),
        blocks: sheet(&left_out),
        open: false,
        printed: false,
    }));
    let title = |what: &str| {
        if several { format!("{}: {what}", scores.scenario) } else { what.to_owned() }
    };
    let section = |id: &str, what: &str, blocks: Vec<Block>| Section {
        id: format!("{}-{id}", scores.scenario),
        title: title(what),
        blocks,
    };
    let sections = vec![
        section("skill", "Skill and coverage", first),
        section("calibration", "Calibration", calibrated),
        section("fans", "Forecast and observed", draw(fans)?),
        section("observations", "All observations", last),
    ];
    Ok(sections.into_iter().filter(|section| !section.blocks.is_empty()).collect())
}

fn take(sheets: &mut Vec<Sheet>, title: &str) -> Option<Sheet> {
    let at = sheets.iter().position(|sheet| sheet.title == title)?;
    Some(sheets.remove(at))
}

/// How many observations lay where.
fn lead(scores: &Scores) -> String {
    let count = scores.rows.len();
    if count == 0 {
        return "Nothing to score yet.".to_owned();
    }
    let inside = scores.rows.iter().filter(|row| row.inside(0.9)).count();
    let above = scores.rows.iter().filter(|row| row.pit > 0.5).count();
    format!(
        "{} since {}: {inside} within the range that nine futures in ten were to keep, {above} above the \
         median.",
        counted(count, "observation"),
        scores.wall.as_of
    )
}

/// A table with its heading and what must be known of it.
fn sheet(sheet: &Sheet) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(sheet.title.clone())];
    if !sheet.note.is_empty() {
        blocks.push(Block::Small(plain(sheet.note.as_str())));
    }
    let filled =
        |at: &usize| sheet.rows.iter().any(|row| row.get(*at).is_some_and(|c| !c.is_empty()));
    let shown: Vec<usize> = (0..sheet.header.len()).filter(filled).collect();
    // A table of words becomes a list of cards on narrow pages; one of numbers scrolls.
    let words = sheet.header.len() == 2;
    let columns = shown.iter().map(|&at| {
        let left = at == 0 || words;
        (sheet.header[at].to_owned(), if left { Align::Left } else { Align::Right })
    });
    let cells = |row: &Vec<String>| shown.iter().map(|&at| plain(row[at].as_str())).collect();
    blocks.push(Block::Grid(Grid {
        caption: sheet.title.clone(),
        columns: columns.collect(),
        rows: sheet.rows.iter().map(cells).collect(),
        saved: true,
    }));
    blocks
}

/// Where the page goes if nothing is said: `out/score-NAME.html`, `out/scores.html` for several.
pub(super) fn usual_place(scores: &[Scores]) -> PathBuf {
    match scores {
        [one] => PathBuf::from(format!("out/score-{}.html", one.scenario)),
        _ => PathBuf::from("out/scores.html"),
    }
}

/// Writes the page, whole or not at all.
pub(super) fn write(
    file: &Path,
    scores: &[Scores],
    sections: &[Section],
    quiet: bool,
) -> Result<(), Failure> {
    let title = match scores {
        [one] => format!("{}: how it did", one.title),
        _ => "How the forecasts did".to_owned(),
    };
    let about: Vec<String> = scores
        .iter()
        .map(|one| {
            let digest: String = one.digest.chars().take(8).collect();
            format!("{}, as of {}, run {digest}", one.scenario, one.wall.as_of)
        })
        .collect();
    let failed = |error: std::io::Error| Failure::File {
        message: format!("cannot write `{}`", file.display()),
        help: error.to_string(),
    };
    if let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let part = file.with_extension(format!("partial-{}", std::process::id()));
    let written = std::fs::write(&part, page(&title, &about, sections))
        .and_then(|()| std::fs::rename(&part, file));
    if let Err(error) = written {
        // It may never have been made.
        let _ = std::fs::remove_file(&part);
        return Err(failed(error));
    }
    if !quiet {
        terminal::note(&format!("{} {}\n", styled(GOOD, "report"), file.display()));
    }
    Ok(())
}
