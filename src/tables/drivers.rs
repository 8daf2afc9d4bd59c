//! What drives a result: the table, and the page of a command.

use std::fmt::Write as _;

use super::layout::wrap;
use super::markdown::Markdown;
use super::round::{at_error, counted, grouped, signed};
use super::tornado::{Bar, tornado};
use super::{
    Audience, Cell, Column, Show, Table, TableFormat, csv::Csv, scale_of, terminal, text_of,
};
use crate::results::{Driver, DriverGroup, DriverKind, Drivers, OutputKind};
use crate::stats::{AtEnds, Measured};
use crate::time::TimeGrid;
use crate::units::Scale;

/// Rows of the table and bars on a terminal; files have all.
const ROWS: usize = 20;
const BARS: usize = 12;
/// From this width on the table has the means at both ends, too.
const WIDE: usize = 110;
/// Months of a quarter.
const MONTHS: f64 = 3.0;

/// What drives a result, ready to be written.
#[derive(Clone, Debug)]
pub struct DriversPage<'a> {
    drivers: &'a Drivers,
    /// Name and title of what was run.
    made_from: String,
    grid: TimeGrid,
    scale: Scale,
}

impl<'a> DriversPage<'a> {
    /// `made_from` says what was run; `grid` turns times into dates.
    pub fn new(drivers: &'a Drivers, made_from: &str, grid: TimeGrid) -> Self {
        let ends = drivers
            .found()
            .filter_map(|driver| driver.effect)
            .flat_map(|effect| [effect.mean.low.value, effect.mean.high.value]);
        let scale = match drivers.output.kind {
            OutputKind::Value => scale_of(&drivers.output.unit, ends.chain([drivers.mean.value])),
            OutputKind::Chance => Scale { factor: 0.01, unit: "%" },
            OutputKind::Date => Scale { factor: 1.0 / MONTHS, unit: "months" },
        };
        Self { drivers, made_from: made_from.to_owned(), grid, scale }
    }

    /// The unit in which changes are shown; empty for pure numbers.
    pub fn unit(&self) -> &str {
        if self.scale.unit.is_empty() { &self.drivers.output.unit } else { self.scale.unit }
    }

    /// The factor from shown to canonical values.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// `Fleet (fleet.h100e) at 2026`.
    pub fn heading(&self) -> String {
        let output = &self.drivers.output;
        let name = if output.label == output.name {
            output.name.clone()
        } else {
            format!("{} ({})", output.label, output.name)
        };
        match output.kind {
            OutputKind::Value => format!("{name} at {}", output.at),
            OutputKind::Chance => format!("the chance of {name} {}", output.at),
            OutputKind::Date => format!("the first date of {name}"),
        }
    }

    /// All inputs and factors as a table; `wide` adds the means at both ends for people.
    pub fn table(&self, wide: bool) -> Table {
        let table = self.table_of(self.drivers.list.iter().collect(), wide);
        Table { title: self.title(), notes: self.notes(), ..table }
    }

    /// The same as CSV.
    pub fn csv(&self) -> String {
        Csv.render(&self.table(true), None)
    }

    /// The page for a terminal of this width.
    pub fn text(&self, width: usize) -> String {
        let width = width.max(40);
        let mut out = format!("{}\n", wrap(&self.title(), Some(width), 0));
        for line in self.summary() {
            let _ = writeln!(out, "{}", wrap(&line, Some(width), 2));
        }
        let bars = self.bars();
        if !bars.is_empty() {
            let legend = format!(
                "Mean over the lowest fifth (░) and the highest fifth (█) of each input{}",
                self.in_unit()
            );
            let _ = write!(out, "\n{}\n", wrap(&legend, Some(width), 0));
            out.push_str(&tornado(&bars, self.drivers.mean.value, width));
        }
        let found: Vec<&Driver> = self.drivers.found().collect();
        if !found.is_empty() {
            let shown = found[..found.len().min(ROWS)].to_vec();
            let table = self.table_of(shown, width >= WIDE);
            let _ = write!(out, "\n{}\n", wrap(&self.caption(), Some(width), 0));
            out.push_str(&terminal::body(&table, Some(width)));
            if found.len() > ROWS {
                let more = found.len() - ROWS;
                let _ = writeln!(out, "and {more} more with --csv, --markdown or --json");
            }
        }
        let mut section = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                let _ = write!(out, "\n{}\n", wrap(title, Some(width), 0));
                for line in lines {
                    let _ = writeln!(out, "  {}", wrap(&line, Some(width - 2), 4));
                }
            }
        };
        section("Drawn together, so that what one explains, the others explain too", self.groups());
        section("Common factors, which are no inputs", self.factors());
        section("What the spread rests on, in % of the variance", self.grades());
        section("No effect that can be told from none", self.none());
        out.push('\n');
        for note in self.notes() {
            let _ = writeln!(out, "{}", wrap(&note, Some(width), 0));
        }
        out
    }

    /// The page as Markdown, with all inputs.
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n", self.title());
        for line in self.summary() {
            let _ = writeln!(out, "{line}");
        }
        let found: Vec<&Driver> = self.drivers.found().collect();
        if !found.is_empty() {
            let table = Markdown.render(&self.table_of(found, true), None);
            let _ = write!(out, "\n{}:\n\n{table}", self.caption());
        }
        let mut section = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                let _ = write!(out, "\n## {title}\n\n");
                for line in lines {
                    let _ = writeln!(out, "- {line}");
                }
            }
        };
        section("Drawn together", self.groups());
        section("Common factors", self.factors());
        section("What the spread rests on, in % of the variance", self.grades());
        section("Without effect", self.none());
        for note in self.notes() {
            let _ = write!(out, "\n{note}\n");
        }
        out
    }

    /// Whether a 90th percentile says anything: that of a chance is 0 or 1.
    fn has_p90(&self) -> bool {
        self.drivers.output.kind != OutputKind::Chance
    }

    /// What the columns of changes hold.
    fn caption(&self) -> String {
        let unit = self.unit();
        let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
        let what = if self.has_p90() { "the mean and of P90" } else { "the chance" };
        format!("Change of {what} from the lowest to the highest fifth of each input{unit}")
    }

    fn title(&self) -> String {
        text_of(&format!("What drives {}: {}", self.heading(), self.made_from))
    }

    /// `, M H100e`; nothing for pure numbers.
    fn in_unit(&self) -> String {
        match (self.drivers.output.kind, self.unit()) {
            (OutputKind::Date, _) | (_, "") => String::new(),
            (_, unit) => format!(", {unit}"),
        }
    }

    fn summary(&self) -> Vec<String> {
        let drivers = self.drivers;
        let mut line = match drivers.output.kind {
            OutputKind::Chance => format!("Chance {}", self.value(drivers.mean)),
            _ => format!("Mean {}, P90 {}", self.value(drivers.mean), self.value(drivers.p90)),
        };
        if drivers.output.kind == OutputKind::Value {
            // Of a normal; others have larger errors.
            let error = drivers.sd / (2.0 * drivers.draws as f64).sqrt();
            let sd = Measured { value: drivers.sd, error };
            let _ = write!(line, ", standard deviation {}", self.number(sd));
        }
        let unit = match drivers.output.kind {
            OutputKind::Date => String::new(),
            _ if self.unit().is_empty() => String::new(),
            _ => format!(" {}", self.unit()),
        };
        let _ = write!(line, "{unit}; {}", counted(drivers.draws, "draw"));
        if drivers.left_out > 0 {
            let _ = write!(line, ", {} left out", grouped(&drivers.left_out.to_string()));
        }
        let found = drivers.found().count();
        let all = found + drivers.not_found().count();
        let have = if found == 1 { "has" } else { "have" };
        let inputs = counted(all as u64, "input");
        let mut lines = vec![line, format!("{found} of {inputs} {have} an effect that shows.")];
        lines.extend(drivers.missing.iter().map(|missing| text_of(missing)));
        lines
    }

    /// A value of the output: a number in the shown unit, or a date.
    fn value(&self, measured: Measured) -> String {
        match self.drivers.output.kind {
            OutputKind::Date => {
                let date = self.grid.date(measured.value);
                date.map_or_else(|| "beyond the grid".to_owned(), |date| date.to_string())
            }
            _ => self.number(measured),
        }
    }

    /// A number in the shown unit, to the digits of its error.
    fn number(&self, measured: Measured) -> String {
        let [value, error] = [measured.value, measured.error].map(|x| self.scale.apply(x));
        at_error(value, error)
    }

    /// `+1.23±0.05` in the shown unit.
    fn change(&self, measured: Measured) -> String {
        signed(self.scale.apply(measured.value), self.scale.apply(measured.error))
    }

    /// The means at both ends, to the digits of the error of their difference.
    fn ends(&self, mean: AtEnds) -> [String; 2] {
        let error = mean.change.error;
        [mean.low, mean.high].map(|end| self.value(Measured { error, ..end }))
    }

    fn bars(&self) -> Vec<Bar> {
        let bar = |driver: &Driver| {
            let mean = driver.effect?.mean;
            Some(Bar {
                label: driver.input.label(),
                low: mean.low.value,
                high: mean.high.value,
                ends: self.ends(mean).join(" to "),
            })
        };
        self.drivers.found().filter_map(bar).take(BARS).collect()
    }

    fn table_of(&self, list: Vec<&Driver>, wide: bool) -> Table {
        let rows = list.into_iter().map(|driver| self.row(driver, wide)).collect();
        let people = |heading: &str| Column::numbers("", heading, "").only(Audience::People);
        let mut columns =
            vec![Column::words("input", "Input"), people(if wide { "Rank corr." } else { "Rank" })];
        if wide {
            columns.extend([people("Mean, low"), people("Mean, high")]);
        }
        columns.push(people("Mean"));
        if self.has_p90() {
            columns.push(people("P90"));
        }
        let variance = people(if wide { "Variance, %" } else { "Var., %" });
        columns.extend([variance, Column::words("grade", "Grade")]);
        let programs =
            |name: &str, unit: &str| Column::numbers(name, name, unit).only(Audience::Programs);
        for name in WORDS {
            columns.push(Column::words(name, name).only(Audience::Programs));
        }
        for (name, has_unit) in NUMBERS {
            let unit = if has_unit { &self.drivers.output.unit } else { "" };
            columns.push(programs(name, unit));
            columns.push(programs(&format!("{name}_error"), unit));
        }
        columns.push(programs("p", ""));
        Table { columns, rows, ..Table::default() }
    }

    fn row(&self, driver: &Driver, wide: bool) -> Vec<Cell> {
        let effect = driver.effect.as_ref();
        let text = |of: Option<String>| of.map_or(Cell::Empty, Cell::Text);
        let mut row = vec![Cell::Text(driver.input.label())];
        row.push(text(effect.map(|e| {
            // Its error is about the same for all: it gives way where there is little room.
            let rank = signed(e.rank.value, e.rank.error);
            if wide { rank } else { format!("{:+.2}", e.rank.value) }
        })));
        if wide {
            let [low, high] =
                effect.map(|e| self.ends(e.mean)).map_or([None, None], |e| e.map(Some));
            row.extend([text(low), text(high)]);
        }
        row.push(text(effect.map(|e| self.change(e.mean.change))));
        if self.has_p90() {
            row.push(text(effect.map(|e| self.change(e.p90.change))));
        }
        row.push(text(effect.map(|e| percent_of(e.share))));
        row.push(text(driver.grade.map(String::from)));
        let group = driver.group.map(|at| self.drivers.groups[at].names.join("; "));
        let words = [
            driver.input.kind.name().to_owned(),
            driver.numbers.to_string(),
            driver.input.shares.join("; "),
            group.unwrap_or_default(),
            driver.source.clone(),
            driver.found().to_string(),
        ];
        row.extend(words.map(Cell::Text));
        let none = AtEnds::default();
        let (mean, p90) = effect.map_or((none, none), |e| (e.mean, e.p90));
        let numbers = [
            effect.map_or(Measured::default(), |e| e.rank),
            mean.low,
            mean.high,
            mean.change,
            p90.low,
            p90.high,
            p90.change,
            effect.map_or(Measured::default(), |e| e.share),
            driver.part,
        ];
        let exact = Show { scale: Scale { factor: 1.0, unit: "" }, error: f64::NAN };
        for number in numbers {
            for value in [number.value, number.error] {
                row.push(if effect.is_some() { Cell::Number(value, exact) } else { Cell::Empty });
            }
        }
        row.push(Cell::Number(driver.p, exact));
        row
    }

    fn groups(&self) -> Vec<String> {
        let line = |group: &DriverGroup| {
            let members: Vec<String> =
                group.members.iter().map(|&at| self.drivers.list[at].input.label()).collect();
            let share = group.effect.map_or_else(String::new, |effect| {
                format!(": together {} % of the variance", percent_of(effect.share))
            });
            text_of(&format!("{}{share}: {}", group.names.join(", "), members.join(", ")))
        };
        let shows =
            |group: &&DriverGroup| group.members.iter().any(|&at| self.drivers.list[at].found());
        self.drivers.groups.iter().filter(shows).map(line).collect()
    }

    fn factors(&self) -> Vec<String> {
        let line = |driver: &Driver| {
            let effect = driver.effect?;
            if !driver.found() {
                return Some(format!("{}: no effect that shows", driver.input.key));
            }
            Some(format!(
                "{}: rank correlation {}, mean {}, alone {} % of the variance",
                driver.input.key,
                signed(effect.rank.value, effect.rank.error),
                self.ends(effect.mean).join(" to "),
                percent_of(effect.share),
            ))
        };
        self.drivers.factors().filter_map(line).collect()
    }

    fn grades(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for grade in &self.drivers.grades {
            let sources = grade.sources.iter().map(|source| {
                let title = if source.title.is_empty() { &source.source } else { &source.title };
                format!("{title} {} ({})", percent_of(source.part), source.inputs.join(", "))
            });
            let sources: Vec<String> = sources.collect();
            let line =
                format!("{} {}: {}", grade.grade, percent_of(grade.part), sources.join("; "));
            lines.push(text_of(&line));
        }
        let weak: Vec<Measured> = self
            .drivers
            .grades
            .iter()
            .filter(|grade| matches!(grade.grade, 'C' | 'D'))
            .map(|grade| grade.part)
            .collect();
        let sum = Measured {
            value: weak.iter().map(|part| part.value).sum(),
            error: weak.iter().map(|part| part.error * part.error).sum::<f64>().sqrt(),
        };
        lines.push(format!("C and D together {}", percent_of(sum)));
        lines.push(format!(
            "No input by itself: {} (what inputs do only together, and what one number for a series \
             cannot say)",
            percent_of(self.drivers.rest)
        ));
        lines
    }

    fn none(&self) -> Vec<String> {
        let names = |varies: bool| {
            let list = self.drivers.not_found().filter(|d| d.effect.is_some() == varies);
            list.map(|driver| driver.input.label()).collect::<Vec<_>>().join(", ")
        };
        let (without, same) = (names(true), names(false));
        let mut lines = Vec::new();
        if !without.is_empty() {
            lines.push(without);
        }
        if !same.is_empty() {
            lines.push(format!("The same in all draws: {same}"));
        }
        lines
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "Low and high: draws in the lowest and the highest fifth of the input, all else as it \
             was drawn with it. ± is one standard error of the simulation. Variance: what the input \
             explains by itself, Var E(y | x) / Var y."
                .to_owned(),
            "An effect shows where three tests on ranks (rise, place, spread), together with those \
             of all other inputs, would err in at most one of twenty such lists (Holm)."
                .to_owned(),
        ];
        if self.drivers.list.iter().any(|driver| driver.numbers > 1) {
            notes.push(format!(
                "A series, and the delays of a site, count as one input: the weighted sum of their \
                 numbers up to then that goes along with the result best, by {} other draws.",
                grouped(&self.drivers.pilot.to_string())
            ));
        }
        if self.drivers.found().any(|driver| driver.input.kind == DriverKind::Chance) {
            notes.push(
                "(chance) is the number between 0 and 1 that decides whether something happens: it \
                 does where the number is low."
                    .to_owned(),
            );
        }
        if self.drivers.output.kind == OutputKind::Date {
            notes.push(
                "Draws that never come to it within the run count as its last day, so that dates \
                 and changes are too small where that is frequent."
                    .to_owned(),
            );
        }
        notes
    }
}

/// Words for programs.
const WORDS: [&str; 6] = ["kind", "numbers", "shares", "group", "source", "found"];
/// Numbers for programs, each with its error, and whether they have the output's unit.
const NUMBERS: [(&str, bool); 9] = [
    ("rank", false),
    ("mean_low", true),
    ("mean_high", true),
    ("mean_change", true),
    ("p90_low", true),
    ("p90_high", true),
    ("p90_change", true),
    ("share", false),
    ("part", false),
];

/// A share with its error in percent: `38±1`.
fn percent_of(share: Measured) -> String {
    let text = signed(100.0 * share.value, (100.0 * share.error).max(0.1));
    text.trim_start_matches('+').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample::drivers;

    #[test]
    fn numbers_stop_at_their_error() {
        for (value, error, expected) in [
            (0.61234, 0.0081, "+0.612±0.008"),
            (-1.234, 0.05, "-1.23±0.05"),
            (12.34, 1.5, "+12.3±1.5"),
            (1234.5, 30.0, "+1,234±30"),
            (0.0, 0.0, "0.00"),
            (3.0, 0.0, "+3.00"),
        ] {
            assert_eq!(signed(value, error), expected);
        }
        assert_eq!(percent_of(Measured { value: 0.384, error: 0.012 }), "38.4±1.2");
        assert_eq!(percent_of(Measured { value: 0.0, error: 0.0 }), "0.00±0.10");
    }

    #[test]
    fn the_page_fits_and_says_all() {
        let drivers = drivers();
        let grid = crate::results::sample::grid("2024Q1", "2026Q4");
        let page = DriversPage::new(&drivers, "meta-2024-07", grid);
        for width in [80, 100, 120] {
            let text = page.text(width);
            for line in text.lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
            for part in
                ["supply.noise", "correlation price", "fleet.none", "H100e", "░", "C and D", "±"]
            {
                assert!(text.contains(part), "{part} in\n{text}");
            }
        }
        let markdown = page.markdown();
        assert!(markdown.starts_with("# What drives Fleet (fleet.h100e) at 2026: meta-2024-07"));
        assert!(markdown.contains("| Input"), "{markdown}");
        let csv = page.csv();
        let header = csv.lines().next().unwrap();
        assert!(header.starts_with("input,grade,kind"), "{header}");
        assert_eq!(csv.lines().count(), 1 + drivers.list.len());
        let columns = header.split(',').count();
        assert_eq!(columns, 2 + WORDS.len() + 2 * NUMBERS.len() + 1);
    }
}
