//! The reference: every list of declarations as rows of text, and as one page of Markdown.

use std::fmt::Write as _;

use super::gallery;
use crate::charts::CHARTS;
use crate::dist::{FAMILIES, Family, ParamKind};
use crate::model::declare::{InputDecl, Need};
use crate::model::{inputs, metrics};
use crate::plan;
use crate::scenario::{CODES, KEYS, KeyKind, PROVENANCE};
use crate::units::{NaturalScale, QUANTITIES, Quantity, UNITS, format_value};
use crate::validation;

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Assumptions.
    Inputs,
    /// Other keys of a scenario.
    Keys,
    /// Results.
    Metrics,
    /// Families of distributions.
    Distributions,
    /// Quantities and units.
    Units,
    /// Charts.
    Charts,
    /// Codes of messages.
    Codes,
    /// Figures of the articles that the project began with.
    Documents,
}

/// One list.
pub(super) struct Section {
    pub(super) what: What,
    /// Name in JSON.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) intro: &'static str,
    pub(super) columns: &'static [&'static str],
    /// Columns shown in a terminal, the first of them the name.
    pub(super) brief: &'static [usize],
    /// Columns that hold code, for Markdown.
    pub(super) code: &'static [usize],
    pub(super) rows: Vec<Vec<String>>,
}

impl Section {
    /// Keeps the rows that hold a text in any of their cells, in upper or lower case.
    pub(super) fn keep(&mut self, filter: &str) {
        let filter = filter.to_lowercase();
        self.rows.retain(|row| row.iter().any(|cell| cell.to_lowercase().contains(&filter)));
    }
}

/// Every list, in the order of the reference.
pub(super) fn sections() -> Vec<Section> {
    vec![
        input_section(),
        key_section(),
        provenance_section(),
        metric_section(),
        family_section(),
        param_section(),
        quantity_section(),
        unit_section(),
        chart_section(),
        code_section(),
    ]
}

fn input_section() -> Section {
    Section {
        what: What::Inputs,
        name: "inputs",
        title: "Inputs",
        intro: "The assumptions of a scenario. A `*` stands for a name of your own. Once: drawn once \
                per draw and kept. Each quarter, each year, at a date: drawn from a series that may \
                follow the common factors. Setting: one number, never a distribution.",
        columns: &["Key", "Quantity", "Drawn", "Range", "Needed", "Meaning", "Example"],
        brief: &[0, 1, 2, 5],
        code: &[0, 6],
        rows: inputs().map(input_row).collect(),
    }
}

fn input_row(decl: &InputDecl) -> Vec<String> {
    let needed = match decl.need {
        Need::Always => "always".to_owned(),
        Need::Optional => "optional".to_owned(),
        Need::With(other) => format!("with {other}"),
    };
    vec![
        decl.key.to_owned(),
        quantity(decl.quantity),
        decl.used.name().to_owned(),
        range(decl.range, decl.quantity),
        needed,
        decl.doc.to_owned(),
        decl.example.to_owned(),
    ]
}

/// `power (MW)`, or the name alone for pure numbers.
fn quantity(quantity: Quantity) -> String {
    let name = words(quantity);
    match quantity.canonical_unit() {
        "" => name,
        unit => format!("{name} ({unit})"),
    }
}

/// Its name in words.
fn words(quantity: Quantity) -> String {
    quantity.name().replace('_', " ").replace("h100e", "H100e")
}

fn range((low, high): (f64, f64), quantity: Quantity) -> String {
    let show = |value| format_value(value, quantity);
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{} to {}", show(low), show(high)),
        (true, false) => format!("at least {}", show(low)),
        (false, true) => format!("at most {}", show(high)),
        (false, false) => "any".to_owned(),
    }
}

fn key_section() -> Section {
    let rows = KEYS.iter().map(|decl| {
        vec![
            decl.path.to_owned(),
            kind(decl.kind),
            decl.default.to_owned(),
            decl.doc.to_owned(),
            decl.example.to_owned(),
        ]
    });
    Section {
        what: What::Keys,
        name: "keys",
        title: "Keys",
        intro: "What a scenario says beside its assumptions. A key without default must be given \
                where its table is.",
        columns: &["Key", "Takes", "Default", "Meaning", "Example"],
        brief: &[0, 1, 2, 3],
        code: &[0, 4],
        rows: rows.collect(),
    }
}

fn kind(kind: KeyKind) -> String {
    match kind {
        KeyKind::Text => "a text".to_owned(),
        KeyKind::Word(words) => words.join(", "),
        KeyKind::Name(of) => format!("the name of a {}", of.rsplit('.').next().unwrap_or(of)),
        KeyKind::Date => "a date".to_owned(),
        KeyKind::Quarter => "a quarter".to_owned(),
        KeyKind::Whole(low, _) => format!("a whole number from {low}"),
        KeyKind::Number(low, high) => format!("a number from {low} to {high}"),
        KeyKind::Flag => "true or false".to_owned(),
        KeyKind::Texts => "a list of texts".to_owned(),
        KeyKind::Matrix => "rows of numbers".to_owned(),
        KeyKind::Loading => "weights on factors".to_owned(),
        KeyKind::Shares => "shares that sum to one".to_owned(),
        KeyKind::Guidance | KeyKind::Observation => "dated rows".to_owned(),
        KeyKind::Release => "a date, or planned and slip".to_owned(),
        KeyKind::Metric => "the name of a metric".to_owned(),
        KeyKind::Figure => "a value of the metric".to_owned(),
        KeyKind::Deadlines => "a date, or a list of dates".to_owned(),
        KeyKind::Period => "a date, a quarter or a year".to_owned(),
        KeyKind::Year => "a year".to_owned(),
        KeyKind::Targets => "a list of targets".to_owned(),
    }
}

fn provenance_section() -> Section {
    let rows = PROVENANCE.iter().map(|decl| {
        vec![decl.name.to_owned(), kind(decl.kind), decl.doc.to_owned(), decl.example.to_owned()]
    });
    Section {
        what: What::Keys,
        name: "provenance",
        title: "Provenance",
        intro: "Keys that every table and every value may have. In a table they hold for all values \
                in it that name no other.",
        columns: &["Key", "Takes", "Meaning", "Example"],
        brief: &[0, 1, 2],
        code: &[0, 3],
        rows: rows.collect(),
    }
}

fn metric_section() -> Section {
    let rows = metrics().map(|decl| {
        vec![
            decl.name.to_owned(),
            decl.label.to_owned(),
            quantity(decl.quantity),
            decl.aggregation.name().to_owned(),
            decl.doc.to_owned(),
        ]
    });
    Section {
        what: What::Metrics,
        name: "metrics",
        title: "Metrics",
        intro: "The results of a run, for every quarter. A year shows the sum of a flow, and the last \
                quarter of everything else. The mean of an indicator is a probability.",
        columns: &["Metric", "Label", "Quantity", "Kind", "Meaning"],
        brief: &[0, 2, 3, 4],
        code: &[0],
        rows: rows.collect(),
    }
}

fn family_section() -> Section {
    let rows = FAMILIES.iter().map(|family| {
        vec![
            family.name.to_owned(),
            forms(family),
            family.doc.to_owned(),
            family.formula.to_owned(),
            family.example.to_owned(),
        ]
    });
    Section {
        what: What::Distributions,
        name: "distributions",
        title: "Distributions",
        intro: "What may stand after `dist =`. Two more take their place where one number is not \
                enough: `regimes` for `capex.growth`, `dirichlet` for `capex.shares`.",
        columns: &["Family", "Takes", "Meaning", "Formula and source", "Example"],
        brief: &[0, 1, 2],
        code: &[0, 4],
        rows: rows.collect(),
    }
}

fn forms(family: &Family) -> String {
    let forms: Vec<String> = family.forms.iter().map(|form| form.join(", ")).collect();
    let optional = match family.optional {
        [] => String::new(),
        names => format!("; optional: {}", names.join(", ")),
    };
    format!("{}{optional}", forms.join("; or "))
}

fn param_section() -> Section {
    let row = |family: &Family| {
        let name = family.name;
        let rows = family.params.iter().map(move |param| {
            let takes = match param.kind {
                ParamKind::Value => "a value with unit".to_owned(),
                ParamKind::Spread => "a difference with unit".to_owned(),
                ParamKind::Number => "a number".to_owned(),
                ParamKind::List => "a list of values with unit".to_owned(),
                ParamKind::Numbers => "a list of numbers".to_owned(),
                ParamKind::Parts => "a list of tables".to_owned(),
                ParamKind::Word(words) => words.join(", "),
            };
            vec![name.to_owned(), param.name.to_owned(), takes, param.doc.to_owned()]
        });
        rows.collect::<Vec<_>>()
    };
    Section {
        what: What::Distributions,
        name: "parameters",
        title: "Parameters of distributions",
        intro: "",
        columns: &["Family", "Parameter", "Takes", "Meaning"],
        brief: &[0, 1, 2, 3],
        code: &[0, 1],
        rows: FAMILIES.iter().flat_map(|family| row(family)).collect(),
    }
}

fn quantity_section() -> Section {
    let rows = QUANTITIES.iter().map(|decl| {
        let scale = match decl.scale {
            NaturalScale::Log => "log",
            NaturalScale::Logit => "logit",
            NaturalScale::Linear => "linear",
        };
        let units = decl.units().map(|unit| if unit.is_empty() { "none" } else { unit });
        vec![
            words(decl.quantity),
            decl.canonical.to_owned(),
            units.collect::<Vec<_>>().join(", "),
            scale.to_owned(),
            decl.example.to_owned(),
            decl.doc().to_owned(),
        ]
    });
    Section {
        what: What::Units,
        name: "quantities",
        title: "Quantities",
        intro: "A value is a number with a unit of its quantity's dimension, `a to b` for its 5 and 95 % \
                points, or `a / b / c` for its 5, 50 and 95 % points. Percentiles are joined on the \
                quantity's scale. Files of results are written in the canonical unit.",
        columns: &["Quantity", "Canonical", "Usual units", "Scale", "Example", "Meaning"],
        brief: &[0, 1, 2, 4],
        code: &[4],
        rows: rows.collect(),
    }
}

fn unit_section() -> Section {
    let rows = UNITS.iter().map(|decl| {
        vec![
            decl.name.to_owned(),
            decl.aliases.join(", "),
            format!("{:?}", decl.base).to_lowercase(),
            decl.source.to_owned(),
        ]
    });
    Section {
        what: What::Units,
        name: "units",
        title: "Units",
        intro: "Units are joined by `/` and `-`: `M USD/MW-year`. Spaces in a unit do not matter, and \
                `per` is another word for `/`.",
        columns: &["Unit", "Also written", "Measures", "Source of its factor"],
        brief: &[0, 1, 2],
        code: &[0],
        rows: rows.collect(),
    }
}

fn chart_section() -> Section {
    let rows = CHARTS.iter().map(|chart| {
        let takes: Vec<&str> = chart.takes.iter().map(|takes| takes.option()).collect();
        let drawn = gallery::drawn_by(chart);
        vec![chart.name.to_owned(), chart.doc.to_owned(), takes.join(", "), drawn]
    });
    Section {
        what: What::Charts,
        name: "charts",
        title: "Charts",
        intro: "As SVG and PNG, light or dark, in any size. `charts.md` has a picture of each.",
        columns: &["Chart", "Shows", "Takes", "Drawn by"],
        brief: &[0, 1, 2],
        code: &[0],
        rows: rows.collect(),
    }
}

fn code_section() -> Section {
    let rows = CODES
        .iter()
        .chain(plan::CODES)
        .chain(validation::CODES)
        .map(|(code, doc)| vec![(*code).to_owned(), doc.trim().to_owned()]);
    Section {
        what: What::Codes,
        name: "codes",
        title: "Codes",
        intro: "Every message about a scenario has one of these codes; `V` is for files of validation cases.",
        columns: &["Code", "Meaning"],
        brief: &[0, 1],
        code: &[0],
        rows: rows.collect(),
    }
}

/// The sections as Markdown, with a heading of the page if it is the whole reference.
pub(super) fn markdown(sections: &[Section], whole: bool) -> String {
    let mut out = String::new();
    if whole {
        out += "# Reference\n\nWritten by `fleetcast list --markdown` from the declarations in the \
                code; do not edit it by hand.\n\n";
        for section in sections {
            let _ = writeln!(out, "- [{}](#{})", section.title, anchor(section.title));
        }
        out.push('\n');
    }
    let blocks: Vec<String> = sections.iter().map(markdown_section).collect();
    out + &blocks.join("\n")
}

fn markdown_section(section: &Section) -> String {
    let mut out = format!("## {}\n\n", section.title);
    if !section.intro.is_empty() {
        let _ = writeln!(out, "{}\n", section.intro);
    }
    let _ = writeln!(out, "| {} |", section.columns.join(" | "));
    let _ = writeln!(out, "|{}", " --- |".repeat(section.columns.len()));
    for row in &section.rows {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(at, cell)| markdown_cell(cell, section.code.contains(&at)))
            .collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

/// A cell: code in backticks, in other text only what would be read as Markdown escaped.
pub(super) fn markdown_cell(cell: &str, code: bool) -> String {
    let cell = cell.replace('|', "\\|");
    match (code, cell.is_empty()) {
        (_, true) => String::new(),
        (true, false) => format!("`{cell}`"),
        (false, false) => cell.replace('*', "\\*").replace('<', "\\<"),
    }
}

fn anchor(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_break_a_table() {
        assert_eq!(markdown_cell("a|b", true), "`a\\|b`");
        assert_eq!(markdown_cell("chip.*.price < 3", false), "chip.\\*.price \\< 3");
        assert_eq!(markdown_cell("", true), "");
        for line in markdown(&sections(), true).lines().filter(|line| line.starts_with('|')) {
            assert!(line.ends_with('|'), "{line}");
        }
    }

    #[test]
    fn ranges_are_words() {
        assert_eq!(range((0.0, 1.0), Quantity::Share), "0 % to 100 %");
        assert_eq!(range((0.0, f64::INFINITY), Quantity::Power), "at least 0 MW");
        assert_eq!(range((f64::NEG_INFINITY, f64::INFINITY), Quantity::Signed), "any");
    }
}
