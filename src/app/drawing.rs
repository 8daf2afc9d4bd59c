//! Charts as files: which ones, for whom, in which formats.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::exit::Failure;
use super::progress::Interrupt;
use super::runs::OUT;
pub use crate::charts::Theme as Paper;
use crate::charts::from_comparison;
use crate::charts::from_run::{NamedFigure, Page, figures};
use crate::charts::input::RowsThatFit;
use crate::charts::registry::Origin;
use crate::charts::{CHARTS, ChartDecl, Choice, DrawError, Format, Lack, Laid, Takes, chart};
use crate::diag::nearest;
use crate::results::{Comparison, RunResult};

/// Names of metrics that a message lists.
const NAMED: usize = 6;

/// What charts the user wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Names of charts; the usual ones if none.
    pub charts: Vec<String>,
    /// Metric to draw.
    pub metric: Option<String>,
    /// Quarter or year to draw.
    pub at: Option<String>,
    /// Target to draw.
    pub target: Option<String>,
}

/// What becomes of a run: its folder, what is in it, and what is printed.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub struct Output {
    /// Folder for the results.
    pub folder: Option<PathBuf>,
    /// Whether to draw charts.
    pub charts: bool,
    /// Which ones.
    pub wanted: Wanted,
    /// Whether to write a spreadsheet beside the report.
    pub xlsx: bool,
    /// Whether to print the headline only.
    pub quiet: bool,
    /// Whether to print JSON.
    pub json: bool,
}

impl Output {
    /// The folder; without one that is named, the one of this name beside the other runs.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| Path::new(OUT).join(name))
    }

    /// The charts that are wanted.
    pub(super) fn figures(
        &self,
        result: &RunResult,
        look: &Look,
    ) -> Result<Vec<NamedFigure>, Failure> {
        if self.charts { self.wanted.figures(&[result], Vec::new(), look) } else { Ok(Vec::new()) }
    }

    /// Refuses charts that a run of these metrics cannot have; `lacks` begins the message about one.
    pub(super) fn check_charts<'n>(
        &self,
        metrics: impl Iterator<Item = &'n str>,
        lacks: &str,
    ) -> Result<(), Failure> {
        let wanted = &self.wanted;
        if wanted.is_usual() {
            return Ok(());
        }
        wanted.check(1)?;
        let names: Vec<&str> = metrics.collect();
        match &wanted.metric {
            Some(name) if !names.contains(&name.as_str()) => Err(Failure::Usage {
                message: format!("{lacks} `{name}`"),
                help: near_metrics(name, &names),
            }),
            _ => Ok(()),
        }
    }
}

/// How charts look and are written.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Formats, each once.
    pub formats: Vec<FileFormat>,
    /// Width and height in pixels; 1200 × 675 if none, PNG at twice that.
    pub size: Option<(u32, u32)>,
    /// Paper.
    pub theme: Paper,
}

/// Formats of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// SVG with its font.
    Svg,
    /// SVG without it.
    SvgPlain,
    /// PNG.
    Png,
}

impl Default for Look {
    fn default() -> Self {
        Self { formats: vec![FileFormat::Svg, FileFormat::Png], size: None, theme: Paper::Light }
    }
}

impl FileFormat {
    fn ending(self) -> &'static str {
        match self {
            Self::Svg | Self::SvgPlain => "svg",
            Self::Png => "png",
        }
    }

    fn format(self, sized: bool) -> Format {
        match self {
            Self::Svg => Format::Svg,
            Self::SvgPlain => Format::SvgInline,
            Self::Png if sized => Format::Png { zoom: 1.0 },
            Self::Png => Format::PNG,
        }
    }
}

impl Wanted {
    /// Whether anything else than the usual charts is wanted.
    pub fn is_usual(&self) -> bool {
        let Self { charts, metric, at, target } = self;
        charts.is_empty() && metric.is_none() && at.is_none() && target.is_none()
    }

    /// The charts by name; what the options ask for where no chart is named.
    fn named(&self, runs: usize) -> Result<Vec<&'static ChartDecl>, Failure> {
        let usual = if runs > 1 {
            "small-multiples"
        } else if self.target.is_some() {
            "first-passage"
        } else if self.at.is_some() {
            "histogram"
        } else {
            "fan"
        };
        if self.charts.is_empty() {
            return Ok(chart(usual).into_iter().collect());
        }
        self.charts.iter().map(|name| found(name)).collect()
    }

    /// Fails for charts that do not exist, or that do not take the options that are given.
    pub(super) fn check(&self, runs: usize) -> Result<(), Failure> {
        let charts = self.named(runs)?;
        for chart in &charts {
            match chart.from {
                Origin::Command(command) => return Err(by_command(chart.name, command)),
                Origin::Runs(_) if runs < 2 => {
                    return Err(Failure::Usage {
                        message: format!("`{}` is a chart of several runs", chart.name),
                        help: "name more than one run folder: fleetcast chart A B".to_owned(),
                    });
                }
                Origin::Run(_) if runs > 1 => {
                    return Err(Failure::Usage {
                        message: format!(
                            "`{}` is a chart of one run, these are {runs}",
                            chart.name
                        ),
                        help: "charts of several runs: small-multiples, difference-fan".to_owned(),
                    });
                }
                Origin::Run(_) | Origin::Runs(_) => {}
            }
        }
        for (takes, given) in [
            (Takes::Metric, self.metric.is_some()),
            (Takes::At, self.at.is_some()),
            (Takes::Target, self.target.is_some()),
        ] {
            if given && !charts.iter().any(|chart| chart.takes.contains(&takes)) {
                let names: Vec<&str> = charts.iter().map(|chart| chart.name).collect();
                let those: Vec<&str> = CHARTS
                    .iter()
                    .filter(|chart| chart.takes.contains(&takes))
                    .map(|chart| chart.name)
                    .collect();
                return Err(Failure::Usage {
                    message: format!("`{}` does not take {}", names.join("`, `"), takes.option()),
                    help: format!("these do: {}", those.join(", ")),
                });
            }
        }
        Ok(())
    }

    /// The figures of a comparison: bridges as waterfalls, and differences draw by draw.
    pub(super) fn of_comparison(
        &self,
        comparison: &Comparison,
        look: &Look,
    ) -> Result<Vec<NamedFigure>, Failure> {
        const CHARTS_OF_IT: [&str; 2] = ["waterfall", "difference-fan"];
        let refused = |message: String, help: &str| Failure::Usage { message, help: help.into() };
        let all: Vec<&ChartDecl> =
            self.charts.iter().map(|name| found(name)).collect::<Result<_, _>>()?;
        if let Some(other) = all.iter().find(|chart| !CHARTS_OF_IT.contains(&chart.name)) {
            return Err(refused(
                format!("`{}` is no chart of a comparison", other.name),
                "these are: waterfall, difference-fan; name a run folder for the others",
            ));
        }
        if self.at.is_some() || self.target.is_some() {
            return Err(refused(
                "charts of a comparison take neither --at nor --target".to_owned(),
                "`fleetcast compare` with --bridge METRIC@PERIOD makes another bridge",
            ));
        }
        let wants = |name: &str| all.is_empty() || all.iter().any(|chart| chart.name == name);
        let mut figures = Vec::new();
        if wants("waterfall") && self.metric.is_none() {
            figures.extend(from_comparison::bridges(comparison));
            if figures.is_empty() && !all.is_empty() {
                let why = if comparison.no_bridge.is_empty() {
                    "the comparison was made without a bridge"
                } else {
                    &comparison.no_bridge
                };
                return Err(refused("cannot draw `waterfall`".to_owned(), why));
            }
        }
        match &self.metric {
            Some(name) if !wants("difference-fan") => {
                return Err(refused(
                    format!("`waterfall` does not take --metric {name}"),
                    "`fleetcast compare` with --bridge METRIC@PERIOD makes another bridge",
                ));
            }
            Some(name) => figures.push(difference_of(comparison, name)?),
            None if wants("difference-fan") => {
                figures.extend(from_comparison::differences(comparison));
            }
            None => {}
        }
        if figures.is_empty() {
            return Err(refused(
                "there is nothing to draw".to_owned(),
                "no draw of a main metric differs, or the runs are not paired",
            ));
        }
        Ok(figures.into_iter().map(|named| look.on(named)).collect())
    }

    /// The figures of one run or of several; `names` tell runs of one scenario apart.
    pub(super) fn figures(
        &self,
        runs: &[&RunResult],
        names: Vec<String>,
        look: &Look,
    ) -> Result<Vec<NamedFigure>, Failure> {
        if let (&[run], true) = (runs, self.is_usual()) {
            return Ok(figures(run).into_iter().map(|named| look.on(named)).collect());
        }
        self.check(runs.len())?;
        let rows = look.size.map_or_else(RowsThatFit::default, |(width, height)| {
            RowsThatFit::on(f64::from(width), f64::from(height))
        });
        let Self { metric, at, target, .. } = self;
        let choice =
            Choice { metric: metric.clone(), at: at.clone(), target: target.clone(), names, rows };
        let mut all = Vec::new();
        for chart in self.named(runs.len())? {
            let drawn = match (chart.from, runs) {
                (Origin::Run(build), &[run]) => build(&Page::new(run), &choice),
                (Origin::Runs(build), _) => build(runs, &choice),
                // Refused above.
                (Origin::Run(_) | Origin::Command(_), _) => Ok(Vec::new()),
            };
            all.extend(drawn.map_err(|lack| failure(chart.name, lack, runs))?);
        }
        Ok(all.into_iter().map(|named| look.on(named)).collect())
    }
}

impl Look {
    fn on(&self, named: NamedFigure) -> NamedFigure {
        let NamedFigure { name, figure } = named;
        let figure = match self.size {
            Some((width, height)) => figure.sized(f64::from(width), f64::from(height)),
            None => figure,
        };
        NamedFigure { name, figure: figure.themed(self.theme) }
    }

    /// Names and bytes of the files, drawn on all processors.
    pub(super) fn files(
        &self,
        pages: &[LaidOut<'_>],
        interrupt: &Interrupt,
    ) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        pages
            .par_iter()
            // One picture takes long enough to be handed to another processor.
            .with_max_len(1)
            .flat_map(|page| self.formats.par_iter().map(move |format| (page, *format)))
            .map(|(LaidOut { named, laid }, format)| {
                interrupt.check()?;
                let bytes = laid
                    .draw(format.format(self.size.is_some()))
                    .map_err(|error| undrawn(named, &error))?;
                Ok((format!("{}.{}", named.name, format.ending()), bytes))
            })
            .collect()
    }
}

/// A figure and its page, laid out once for all that is drawn of it.
pub(super) struct LaidOut<'a> {
    pub(super) named: &'a NamedFigure,
    pub(super) laid: Laid,
}

/// Lays figures out, on all processors.
pub(super) fn lay_out<'a>(
    figures: &'a [NamedFigure],
    interrupt: &Interrupt,
) -> Result<Vec<LaidOut<'a>>, Failure> {
    figures
        .par_iter()
        .with_max_len(1)
        .map(|named| {
            interrupt.check()?;
            let laid = Laid::new(&named.figure).map_err(|error| undrawn(named, &error))?;
            Ok(LaidOut { named, laid })
        })
        .collect()
}

/// A figure that cannot be drawn is a bug.
pub(super) fn undrawn(named: &NamedFigure, error: &DrawError) -> Failure {
    Failure::Bug(format!("cannot draw `{}` ({error})", named.name))
}

/// The difference of one metric, or why there is none.
fn difference_of(comparison: &Comparison, name: &str) -> Result<NamedFigure, Failure> {
    if let Some(drawn) = from_comparison::difference(comparison, name) {
        return Ok(drawn);
    }
    let names: Vec<&str> = comparison.metrics.iter().map(|metric| metric.name.as_str()).collect();
    Err(if comparison.metric(name).is_none() {
        Failure::Usage {
            message: format!("the runs have no metric `{name}` in common"),
            help: near_metrics(name, &names),
        }
    } else {
        Failure::Usage {
            message: format!("cannot draw the difference of `{name}`"),
            help: "no draw of it differs, it is 1 or 0 in every draw, or the runs are not paired"
                .to_owned(),
        }
    })
}

/// A chart by name, or the message with the nearest name.
fn found(name: &str) -> Result<&'static ChartDecl, Failure> {
    chart(name).ok_or_else(|| {
        let near = nearest(name, CHARTS.iter().map(|chart| chart.name));
        Failure::Usage {
            message: format!("no chart `{name}`"),
            help: near.map_or_else(
                || "`fleetcast list charts` shows all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            ),
        }
    })
}

fn by_command(name: &str, command: &str) -> Failure {
    Failure::Usage {
        message: format!("`{name}` needs more than a run has"),
        help: format!("`fleetcast {command}` draws it"),
    }
}

/// The message for what a run does not have.
fn failure(chart: &str, lack: Lack, runs: &[&RunResult]) -> Failure {
    let (message, help) = match lack {
        Lack::Metric(name) => {
            let without = runs.iter().find(|run| run.summaries.metric(&name).is_none());
            let run = without.or(runs.first());
            let scenario = run.map_or("", |run| run.about.scenario.as_str());
            let names = run.map_or(Vec::new(), |run| {
                run.summaries.metrics.iter().map(|metric| metric.name.as_str()).collect()
            });
            (format!("the run of `{scenario}` has no metric `{name}`"), near_metrics(&name, &names))
        }
        Lack::Target(name) => {
            let targets = runs.iter().flat_map(|run| run.summaries.targets.list.iter());
            let names: Vec<&str> = targets.map(|target| target.name.as_str()).collect();
            let help = nearest(&name, names.iter().copied()).map_or_else(
                || format!("its targets are {}", names.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("the run has no target `{name}`"), help)
        }
        Lack::Period { asked, there } => {
            (format!("`{chart}` has nothing to draw in {asked}"), format!("there is {there}"))
        }
        Lack::Data(why) => (format!("cannot draw `{chart}`: {why}"), String::new()),
    };
    Failure::Usage { message, help }
}

/// "did you mean …?", or the metrics that begin or end alike.
pub(super) fn near_metrics(name: &str, names: &[&str]) -> String {
    if let Some(near) = nearest(name, names.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let parts: Vec<&str> = name.split('.').filter(|part| part.len() > 2).collect();
    let alike = names.iter().filter(|known| parts.iter().any(|part| known.contains(part)));
    let alike: Vec<&str> = alike.copied().take(NAMED).collect();
    if alike.is_empty() {
        format!("it has {} metrics; `fleetcast list metrics` explains them", names.len())
    } else {
        format!("it has {}", alike.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(result: Result<impl Sized, Failure>) -> String {
        match result {
            Err(Failure::Usage { message, help }) => format!("{message}: {help}"),
            _ => panic!("it should be refused"),
        }
    }

    fn wanted(charts: &[&str]) -> Wanted {
        Wanted {
            charts: charts.iter().map(|name| (*name).to_owned()).collect(),
            ..Wanted::default()
        }
    }

    #[test]
    fn unknown_names_get_the_nearest_one() {
        assert_eq!(
            message(wanted(&["exceedence"]).check(1)),
            "no chart `exceedence`: did you mean `exceedance`?"
        );
        assert!(message(wanted(&["hologram"]).check(1)).contains("list charts"));
        assert!(message(wanted(&["tornado"]).check(1)).contains("fleetcast drivers"));
        assert!(message(wanted(&["small-multiples"]).check(1)).contains("several runs"));
        assert!(message(wanted(&["fan"]).check(2)).contains("small-multiples"));
    }

    #[test]
    fn options_are_only_taken_where_they_mean_something() {
        let at = Wanted { at: Some("2026Q4".to_owned()), ..wanted(&["fan"]) };
        let text = message(at.check(1));
        assert!(text.contains("does not take --at") && text.contains("histogram"), "{text}");
        assert!(Wanted { at: Some("2026".to_owned()), ..wanted(&["spend"]) }.check(1).is_ok());
    }

    #[test]
    fn metrics_that_are_alike_are_named() {
        let names = ["facility.power", "fleet.it_power", "capex.total", "capex.chips"];
        assert_eq!(near_metrics("facility.powr", &names), "did you mean `facility.power`?");
        assert_eq!(near_metrics("capex.machines", &names), "it has capex.total, capex.chips");
        assert!(near_metrics("xyz", &names).contains("4 metrics"));
    }
}
