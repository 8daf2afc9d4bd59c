//! `run --until`: statements of precision, and a run that stops when all of them hold.

use std::fmt::Write as _;
use std::time::Instant;

use indicatif::HumanCount;

use super::compare::asked::{Figure, Known};
use super::exit::Failure;
use super::progress::{Bar, Interrupt};
use super::simulation::{Machine, Prepared, Sizes, Voice, prepare, result_of, stopped_by};
use super::terminal;
use super::{Input, counted};
use crate::diag::nearest;
use crate::engine::{Asked, Growing, Measured, Statistic, Wanted, Watched, find, looks};
use crate::model::declare::Aggregation;
use crate::plan::Plan;
use crate::results::{Ended, Precision, PrecisionAsked, RunResult};
use crate::sampling::Sampling;
use crate::tables::quantity_of;
use crate::units::{format_value, number_and_unit, to_canonical};

/// Most draws of such a run unless the user says otherwise.
pub(in crate::app) const MOST: u64 = 1 << 24;
/// Confidence of an interval over all looks.
pub(in crate::app) const CONFIDENCE: f64 = 0.95;

/// What a run is to be known by, and how long it may take.
#[derive(Clone, Debug, Default)]
pub(super) struct Until {
    /// Statements, as they were written.
    pub(super) texts: Vec<String>,
    /// Time that it may take: as written, and in seconds.
    pub(super) budget: Option<(String, f64)>,
}

/// A statement of precision.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::app) struct Stated {
    pub(in crate::app) text: String,
    pub(in crate::app) figure: Figure,
    pub(in crate::app) statistic: Statistic,
    pub(in crate::app) tolerance: f64,
    /// Whether the tolerance is relative to the estimate.
    pub(in crate::app) relative: bool,
}

const FORM: &str = "write for example \"fleet.h100e@2026Q4 P50 within 1%\", \"capex.total@2026 mean \
                    within 0.2 B USD\" or \"target.NAME within 0.5pp\"";

impl Stated {
    pub(in crate::app) fn read(text: &str, known: &Known, plan: &Plan) -> Result<Self, Failure> {
        Self::parse(text, known, plan).map_err(|(message, help)| Failure::Usage {
            message: format!("--until \"{text}\": {message}"),
            help,
        })
    }

    fn parse(text: &str, known: &Known, plan: &Plan) -> Result<Self, (String, String)> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let within = words.iter().position(|word| word.eq_ignore_ascii_case("within"));
        let Some(within) = within else {
            let near = words.iter().skip(1).find(|word| nearest(word, ["within"]).is_some());
            let message = match near {
                Some(near) => format!("`{near}` is not `within`"),
                None => "it does not say `within` what".to_owned(),
            };
            return Err((message, FORM.to_owned()));
        };
        let Some((name, statistics)) = words[..within].split_first() else {
            return Err(("it names no figure".to_owned(), FORM.to_owned()));
        };
        let figure = known.figure(name)?;
        let Some(_) = find(plan, &figure.asked) else {
            let message = format!("{} has no value: it is not known in that period", figure.name);
            return Err((message, "take a later period".to_owned()));
        };
        let is_share = is_share(&figure, plan);
        let statistic = statistic(statistics, &figure, is_share)?;
        let share = is_share || matches!(statistic, Statistic::Chance);
        let (tolerance, relative) = tolerance(&words[within + 1..].join(" "), &figure, share)?;
        Ok(Self { text: text.trim().to_owned(), figure, statistic, tolerance, relative })
    }

    /// As `fleet.h100e@2026Q4 P50`.
    pub(in crate::app) fn name(&self) -> String {
        match self.statistic {
            Statistic::Mean => format!("{} mean", self.figure.name),
            Statistic::Percentile(level) => format!("{} P{}", self.figure.name, percent(level)),
            Statistic::Chance => self.figure.name.clone(),
        }
    }

    fn judge(&self, found: Measured) -> PrecisionAsked {
        let mut asked = PrecisionAsked {
            text: self.text.clone(),
            figure: self.name(),
            unit: self.figure.unit.clone(),
            tolerance: self.tolerance,
            relative: self.relative,
            reached: false,
            value: found.value,
            low: found.low,
            high: found.high,
        };
        // A comparison with what is not a number does not hold.
        asked.reached = asked.reach() <= asked.allowed();
        asked
    }
}

/// A level in percent, without the noise of a product.
fn percent(level: f64) -> f64 {
    (level * 1e8).round() / 1e6
}

/// Whether a metric is 1 or 0 in each draw.
fn is_share(figure: &Figure, plan: &Plan) -> bool {
    let name = match &figure.asked {
        Asked::Quarter { metric, .. } | Asked::Year { metric, .. } => metric,
        Asked::Target { .. } => return false,
    };
    let found = plan.metrics.iter().find(|metric| metric.name == *name);
    found.is_some_and(|metric| metric.decl.aggregation == Aggregation::Indicator)
}

fn statistic(
    words: &[&str],
    figure: &Figure,
    is_share: bool,
) -> Result<Statistic, (String, String)> {
    if matches!(figure.asked, Asked::Target { .. }) {
        return match words {
            [] => Ok(Statistic::Chance),
            [word, ..] => {
                let help = "write \"target.NAME@DATE within 0.5pp\"".to_owned();
                Err((format!("a chance has no statistic `{word}`"), help))
            }
        };
    }
    let word = match words {
        [] => return Ok(if is_share { Statistic::Mean } else { Statistic::Percentile(0.5) }),
        [word] => word.to_ascii_lowercase(),
        [_, word, ..] => {
            return Err((format!("there is one word too many: `{word}`"), FORM.to_owned()));
        }
    };
    let help = || "write mean, median, or a percentile such as P50, P95 or P99.9".to_owned();
    if word == "mean" {
        return Ok(Statistic::Mean);
    }
    if is_share {
        let message =
            format!("`{}` is 1 or 0 in each draw: its percentiles say nothing", figure.name);
        return Err((message, "write mean: the share of draws in which it is 1".to_owned()));
    }
    if word == "median" {
        return Ok(Statistic::Percentile(0.5));
    }
    let level = word.strip_prefix('p').and_then(|level| level.parse::<f64>().ok());
    match level {
        Some(level) if level > 0.0 && level < 100.0 => Ok(Statistic::Percentile(level / 100.0)),
        Some(_) => Err((format!("`{word}` is no percentile between 0 and 100"), help())),
        None => Err((format!("no statistic `{word}`"), help())),
    }
}

/// A number above zero with `%`, `pp` or a unit, and whether it is relative.
fn tolerance(text: &str, figure: &Figure, share: bool) -> Result<(f64, bool), (String, String)> {
    let quantity = quantity_of(&figure.unit);
    let example = if share { "0.5pp".to_owned() } else { format!("1%, or {}", quantity.example()) };
    let help = format!("write for example within {example}");
    let Some((value, unit)) = number_and_unit(text) else {
        return Err((format!("`{text}` is no number with a unit"), help));
    };
    let (value, relative) = match (unit, share) {
        ("pp", true) => (value / 100.0, false),
        ("%", true) => {
            let message = "a share is known within percentage points".to_owned();
            return Err((message, format!("write {value}pp")));
        }
        ("%", false) => (value / 100.0, true),
        (_, true) => return Err((format!("`{unit}` is no unit of a share"), help)),
        (unit, false) => match to_canonical(value, unit, quantity) {
            Some(value) => (value, false),
            None if unit.is_empty() => return Err((format!("`{text}` has no unit"), help)),
            None => return Err((format!("`{unit}` is no unit of {}", figure.name), help)),
        },
    };
    if value > 0.0 && value.is_finite() {
        Ok((value, relative))
    } else {
        Err(("a tolerance is above zero".to_owned(), help))
    }
}

/// Draws until all that is stated holds. The scenario then says how many draws that took.
pub(super) fn precise(
    prepared: &mut Prepared,
    until: &Until,
    (input, sizes, machine): (&Input, Sizes, &Machine),
    voice: Voice,
    interrupt: &Interrupt,
) -> Result<RunResult, Failure> {
    let known = Known::of_plan(&prepared.plan, prepared.scenario.run.grid);
    let read = |text: &String| Stated::read(text, &known, &prepared.plan);
    let stated: Vec<Stated> = until.texts.iter().map(read).collect::<Result<_, _>>()?;
    let most = sizes.draws.unwrap_or(MOST);
    let sampling = prepared.sampling();
    if sampling != Sampling::Latin {
        prepared.spread_for(sampling, most)?;
    }
    let schedule = looks(most);
    let run = Run { stated: &stated, schedule: &schedule, quiet: voice.quiet, interrupt };
    let found = match sampling {
        Sampling::Latin => run.anew(prepared, until)?,
        _ => run.longer(prepared, until)?,
    };
    let Found { draws, look, ended, asked, simulated } = found;
    // What is written is the scenario with so many draws, as `--draws` would have it.
    let sizes = Sizes { draws: Some(draws), ..sizes };
    let design = prepared.plan.design.clone();
    let execution = machine.execution()?;
    *prepared = prepare(input, sizes, execution, Voice { quiet: true, ..voice })?;
    prepared.plan.design = design;
    let mut result = result_of(prepared, simulated);
    result.precision = Some(Precision {
        asked,
        ended,
        most,
        looks: [schedule.len(), look],
        confidence: CONFIDENCE,
        budget: until.budget.as_ref().map_or_else(String::new, |(text, _)| text.clone()),
    });
    Ok(result)
}

/// A run with its schedule.
struct Run<'a> {
    stated: &'a [Stated],
    schedule: &'a [u64],
    quiet: bool,
    interrupt: &'a Interrupt,
}

/// How it ended.
struct Found {
    draws: u64,
    /// From 1.
    look: usize,
    ended: Ended,
    asked: Vec<PrecisionAsked>,
    simulated: (crate::results::Summaries, crate::results::Kept),
}

impl Run<'_> {
    fn wanted(&self, plan: &Plan) -> Vec<Wanted> {
        let none = Watched::Column { step: usize::MAX, column: 0 };
        let one = |stated: &Stated| Wanted {
            watched: find(plan, &stated.figure.asked).unwrap_or(none),
            statistic: stated.statistic,
        };
        self.stated.iter().map(one).collect()
    }

    fn judge(&self, growing: &Growing<'_>, wanted: &[Wanted]) -> Vec<PrecisionAsked> {
        let risk = (1.0 - CONFIDENCE) / self.schedule.len() as f64;
        let pairs = self.stated.iter().zip(wanted);
        pairs.map(|(stated, wanted)| stated.judge(growing.measure(wanted, risk))).collect()
    }

    /// One run that goes on from look to look.
    fn longer(&self, prepared: &Prepared, until: &Until) -> Result<Found, Failure> {
        let wanted = self.wanted(&prepared.plan);
        let mut growing = Growing::new(&prepared.plan, prepared.execution, &wanted);
        let clock = Clock::start(until);
        for (at, &look) in self.schedule.iter().enumerate() {
            self.grow(&mut growing, look, prepared, &|| at > 0 && clock.is_over())?;
            let asked = self.judge(&growing, &wanted);
            self.say(growing.draws(), &asked);
            let ended = if growing.draws() < look || (clock.is_over() && !all(&asked)) {
                Ended::Budget
            } else if all(&asked) {
                Ended::Precise
            } else if at + 1 == self.schedule.len() {
                Ended::Draws
            } else {
                continue;
            };
            let draws = growing.draws();
            return Ok(Found { draws, look: at + 1, ended, asked, simulated: growing.finish() });
        }
        Err(Failure::Bug("a run without looks".to_owned()))
    }

    /// A run of its own for each look: Latin hypercubes cannot be made longer.
    fn anew(&self, prepared: &mut Prepared, until: &Until) -> Result<Found, Failure> {
        let clock = Clock::start(until);
        let mut last: Option<(Found, Option<_>)> = None;
        for (at, &look) in self.schedule.iter().enumerate() {
            prepared.spread_for(Sampling::Latin, look)?;
            let wanted = self.wanted(&prepared.plan);
            let mut growing = Growing::new(&prepared.plan, prepared.execution, &wanted);
            self.grow(&mut growing, look, prepared, &|| at > 0 && clock.is_over())?;
            if growing.draws() < look {
                break;
            }
            let asked = self.judge(&growing, &wanted);
            self.say(look, &asked);
            let ended = if all(&asked) { Ended::Precise } else { Ended::Draws };
            let simulated = growing.finish();
            let over = ended == Ended::Precise || at + 1 == self.schedule.len();
            let found = Found { draws: look, look: at + 1, ended, asked, simulated };
            if over {
                return Ok(found);
            }
            last = Some((found, prepared.plan.design.clone()));
        }
        // Cut short: the last look that was complete counts.
        let (found, design) = last.ok_or_else(|| Failure::Bug("a run without looks".to_owned()))?;
        prepared.plan.design = design;
        Ok(Found { ended: Ended::Budget, ..found })
    }

    fn grow(
        &self,
        growing: &mut Growing<'_>,
        look: u64,
        prepared: &Prepared,
        enough: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failure> {
        let bar = Bar::new(look - growing.draws(), self.quiet, self.interrupt.clone());
        let grown = growing.grow(look, &bar, enough);
        bar.clear();
        grown.map_err(|stopped| stopped_by(stopped, prepared.execution.threads))
    }

    /// Says what precision has been reached.
    fn say(&self, draws: u64, asked: &[PrecisionAsked]) {
        if self.quiet {
            return;
        }
        let parts: Vec<String> =
            asked.iter().map(|one| format!("{} {}", one.figure, precision_of(one))).collect();
        terminal::note(&format!("  {:>10} draws: {}\n", HumanCount(draws), parts.join("; ")));
    }
}

/// A clock that may run out.
struct Clock {
    started: Instant,
    seconds: f64,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "a budget of time is what the user asks for")]
    fn start(until: &Until) -> Self {
        let seconds = until.budget.as_ref().map_or(f64::INFINITY, |(_, seconds)| *seconds);
        Self { started: Instant::now(), seconds }
    }

    fn is_over(&self) -> bool {
        self.started.elapsed().as_secs_f64() >= self.seconds
    }
}

fn all(asked: &[PrecisionAsked]) -> bool {
    asked.iter().all(|one| one.reached)
}

/// As `±2.1 % of 1 %`.
pub(in crate::app) fn precision_of(asked: &PrecisionAsked) -> String {
    let (found, allowed) = (asked.reach(), asked.allowed());
    if !found.is_finite() {
        return "not known yet".to_owned();
    }
    let sign = if asked.reached { "reached" } else { "asked" };
    if asked.relative {
        let relative = found / asked.value.abs();
        if !relative.is_finite() {
            return format!("± any share of zero, {sign} {}", percentage(asked.tolerance));
        }
        return format!("±{}, {sign} {}", percentage(relative), percentage(asked.tolerance));
    }
    if asked.unit.is_empty() {
        let points = |x: f64| format!("{} pp", short(100.0 * x));
        return format!("±{}, {sign} {}", points(found), points(allowed));
    }
    let text = |x: f64| format_value(x, quantity_of(&asked.unit));
    format!("±{}, {sign} {}", text(found), text(allowed))
}

fn percentage(share: f64) -> String {
    format!("{} %", short(100.0 * share))
}

/// Two digits.
fn short(x: f64) -> String {
    if x >= 100.0 || x <= 0.0 {
        return format!("{x:.0}");
    }
    let digits = (1.0 - libm::log10(x).floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{x:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// What the run says at its end.
pub(super) fn remark(precision: &Precision) -> String {
    let mut text = String::new();
    let confidence = 100.0 * precision.confidence;
    let [looks, look] = precision.looks;
    let _ = writeln!(
        text,
        "  {}, at look {look} of {looks}; at {confidence} % confidence over all looks:",
        precision.ended_in_words(),
    );
    for one in &precision.asked {
        let _ = writeln!(text, "    {} {}", one.figure, precision_of(one));
    }
    text
}

/// Says which statements do not hold, and fails if any does not.
pub(super) fn verdict(precision: &Precision, sampling: Sampling) -> Result<(), Failure> {
    let missed: Vec<&PrecisionAsked> = precision.asked.iter().filter(|one| !one.reached).collect();
    if missed.is_empty() {
        return Ok(());
    }
    for one in &missed {
        let why = match precision.ended {
            Ended::Budget => format!("the budget of {} was over", precision.budget),
            Ended::Draws | Ended::Precise => {
                let most = crate::tables::counted(precision.most, "draw");
                let are = if precision.most == 1 { "is" } else { "are" };
                format!("{most} {are} the most that it may take")
            }
        };
        let help = help_for(one, precision, sampling);
        terminal::error(
            &format!("not reached: \"{}\" ({}): {why}", one.text, precision_of(one)),
            &help,
        );
    }
    terminal::note(&format!(
        "  the results are written, with the errors that they have; {} missed\n",
        counted(missed.len(), "precision")
    ));
    Err(Failure::CheckFailed)
}

fn help_for(one: &PrecisionAsked, precision: &Precision, sampling: Sampling) -> String {
    if one.relative && one.value.abs() <= 0.0 {
        return "a share of zero is zero: give a tolerance in the unit of the figure".to_owned();
    }
    if precision.ended == Ended::Budget {
        return "give it a longer --budget, or ask for less".to_owned();
    }
    let other = if sampling == Sampling::Sobol { "" } else { " try --sampling sobol," };
    format!(
        "allow more with --draws,{other} or ask for less: next to a gap in its distribution no percentile \
         becomes precise"
    )
}
