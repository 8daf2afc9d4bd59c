//! `validate`: the program against published results and known answers.

use std::fmt::Write as _;

use serde_json::json;

use super::exit::Failure;
use super::terminal::{self, BAD, DIM, GOOD, STRONG, styled};
use super::validation_page::{format_page, formulas_json, formulas_page, page};
use super::{Disk, counted};
use crate::diag::to_json;
use crate::model::formulas::FORMULAS;
use crate::scenario::FileReader;
use crate::validation::{Case, Cases, KINDS, Row, brief, shipped};

/// Options of `validate`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files of cases; those that are built in if none.
    pub files: Vec<String>,
    /// Only this kind.
    pub kind: Option<String>,
    /// What to print.
    pub what: What,
    /// How to print it.
    pub form: Form,
}

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The cases, checked.
    Cases,
    /// The formulas that cases can name.
    Formulas,
    /// How files of cases are written.
    Format,
}

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Tables for people.
    Terminal,
    /// The page of the documentation.
    Markdown,
    /// One JSON document.
    Json,
}

/// A case with its checks.
pub(super) struct Checked {
    pub(super) case: Case,
    pub(super) rows: Vec<Row>,
}

impl Checked {
    pub(super) fn pass(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| row.pass)
    }
}

/// Checks all cases and fails if one is red.
pub(super) fn validate(options: &Options) -> Result<(), Failure> {
    match (options.what, options.form) {
        (What::Formulas, Form::Terminal) => return terminal::print(&formulas_text()),
        (What::Formulas, Form::Markdown) => return terminal::print(&formulas_page()),
        (What::Formulas, Form::Json) => return terminal::print_json(&formulas_json()),
        (What::Format, _) => return terminal::print(&format_page()),
        (What::Cases, _) => {}
    }
    let mut cases = read(&options.files)?;
    if cases.diagnostics.has_errors() {
        if options.form == Form::Json {
            let diagnostics = to_json(&cases.diagnostics, &cases.sources);
            terminal::print_json(&json!({ "diagnostics": diagnostics }))?;
        } else {
            terminal::diagnostics(&cases.diagnostics, &cases.sources);
        }
        return Err(Failure::Invalid);
    }
    if let Some(kind) = &options.kind {
        cases.keep(kind).map_err(|help| Failure::Usage {
            message: format!("no kind of case `{kind}`"),
            help,
        })?;
    }
    let left_out = std::mem::take(&mut cases.left_out);
    let checked: Vec<Checked> = std::mem::take(&mut cases.cases)
        .into_iter()
        .map(|case| Checked { rows: case.check(), case })
        .collect();
    match options.form {
        Form::Terminal => terminal::print(&text(&checked, terminal::width()))?,
        Form::Markdown => terminal::print(&page(&checked, &left_out))?,
        Form::Json => terminal::print_json(&as_json(&checked))?,
    }
    let red: Vec<&str> = checked.iter().filter(|c| !c.pass()).map(|c| c.case.id.as_str()).collect();
    if red.is_empty() {
        return Ok(());
    }
    terminal::error(&format!("{} red: {}", counted(red.len(), "case"), red.join(", ")), "");
    Err(Failure::CheckFailed)
}

fn read(files: &[String]) -> Result<Cases, Failure> {
    if files.is_empty() {
        return Ok(shipped());
    }
    let mut cases = Cases::default();
    for file in files {
        let text = Disk.read(file).map_err(|error| Failure::File {
            message: format!("cannot read {file}"),
            help: error.to_string(),
        })?;
        cases.read(file, text, &Disk);
    }
    Ok(cases)
}

/// The tables of the terminal, by kind, and a last line that sums up.
fn text(checked: &[Checked], width: usize) -> String {
    let mut out = String::new();
    for kind in KINDS {
        let of: Vec<&Checked> = checked.iter().filter(|c| c.case.kind == kind.name).collect();
        if of.is_empty() {
            continue;
        }
        let count = styled(DIM, &format!("({})", counted(of.len(), "case")));
        let _ = writeln!(out, "{} {count}", styled(STRONG, kind.name));
        let rows: Vec<Vec<String>> = of.iter().flat_map(|c| lines(c)).collect();
        let header = ["Case", "Check", "Reference", "Ours", "Error", "Allowed", ""];
        out.push_str(&colored(&terminal::table(&header, &rows, width)));
        out.push('\n');
    }
    let checks: usize = checked.iter().map(|c| c.rows.len()).sum();
    let red = checked.iter().flat_map(|c| &c.rows).filter(|row| !row.pass).count();
    let verdict =
        if red == 0 { styled(GOOD, "all pass") } else { styled(BAD, &format!("{red} red")) };
    let _ = writeln!(
        out,
        "{}, {}: {verdict}",
        counted(checked.len(), "case"),
        counted(checks, "check")
    );
    out
}

fn lines(checked: &Checked) -> Vec<Vec<String>> {
    let line = |(at, row): (usize, &Row)| {
        let id = if at == 0 { checked.case.id.clone() } else { String::new() };
        vec![
            id,
            row.name.clone(),
            brief(&row.reference),
            brief(&row.ours),
            row.error.clone(),
            row.allowed.clone(),
            if row.pass { "pass" } else { "RED" }.to_owned(),
        ]
    };
    checked.rows.iter().enumerate().map(line).collect()
}

/// The verdicts at the ends of lines in their colors.
fn colored(table: &str) -> String {
    let line = |line: &str| {
        let end = line.trim_end();
        let paint =
            |word, style| Some(format!("{}{}\n", end.strip_suffix(word)?, styled(style, word)));
        paint("pass", GOOD).or_else(|| paint("RED", BAD)).unwrap_or_else(|| format!("{line}\n"))
    };
    table.lines().map(line).collect()
}

fn formulas_text() -> String {
    let rows: Vec<Vec<String>> = FORMULAS
        .iter()
        .map(|formula| {
            let inputs: Vec<String> = (formula.inputs.iter())
                .map(|input| match input.quantity().canonical_unit() {
                    "" => input.name.to_owned(),
                    unit => format!("{} ({unit})", input.name),
                })
                .collect();
            let output = formula.output_quantity().canonical_unit();
            vec![formula.name.to_owned(), inputs.join(", "), output.to_owned()]
        })
        .collect();
    let header = ["Formula", "Inputs", "Output"];
    format!(
        "{}\nAny unit of the same quantity is understood; `--markdown` says what each computes.\n",
        terminal::table(&header, &rows, terminal::width())
    )
}

fn as_json(checked: &[Checked]) -> serde_json::Value {
    let cases: Vec<serde_json::Value> = checked
        .iter()
        .map(|checked| {
            let case = &checked.case;
            let rows: Vec<serde_json::Value> = checked.rows.iter().map(row_json).collect();
            json!({
                "id": case.id,
                "kind": case.kind,
                "title": case.title,
                "source": case.source,
                "file": case.file,
                "pass": checked.pass(),
                "checks": rows,
            })
        })
        .collect();
    let red = checked.iter().filter(|c| !c.pass()).count();
    json!({ "cases": cases, "count": checked.len(), "red": red, "pass": red == 0 })
}

fn row_json(row: &Row) -> serde_json::Value {
    let finite = |x: f64| x.is_finite().then_some(x);
    json!({
        "check": row.name,
        "reference": row.reference,
        "ours": row.ours,
        "error": row.error,
        "allowed": row.allowed,
        "pass": row.pass,
        "value": finite(row.value),
        "expected_low": finite(row.expected.0),
        "expected_high": finite(row.expected.1),
        "standard_error": row.standard_error.and_then(finite),
    })
}
