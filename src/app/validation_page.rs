//! The pages on validation: the checked cases, the formulas, the format of cases.

use std::fmt::Write as _;

use serde_json::json;

use super::counted;
use super::reference::markdown_cell;
use super::validate::Checked;
use crate::model::formulas::{Argument, FORMULAS};
use crate::validation::{KINDS, LeftOut};

const HEADING: &str = "# Validation\n\nWhat the program is checked against: published results, \
     closed forms, known answers. Every row is worked out when this page is made, by the modules \
     that the simulator uses; `cargo test` fails while one is red, and so does the page's own test \
     while it is out of date. The cases are the files of `validation/`; [their \
     format](validation-format.md) is open to anyone: `fleetcast validate my-cases.toml`.\n\nErrors \
     are in percent of the reference, or in standard errors (se) where a value is sampled. \
     `digits`: half a unit of the last digit of the reference as it is written.\n\nWritten by \
     `fleetcast validate --markdown`; do not edit it by hand.\n";

/// The page of checked cases.
pub(super) fn page(checked: &[Checked], left_out: &[LeftOut]) -> String {
    let mut out = HEADING.to_owned();
    let checks: usize = checked.iter().map(|c| c.rows.len()).sum();
    let red = checked.iter().filter(|c| !c.pass()).count();
    let verdict = if red == 0 { "all pass".to_owned() } else { format!("**{red} red**") };
    let _ = writeln!(
        out,
        "\n{}, {}: {verdict}.\n\n| Kind | Cases | Checks |\n|---|---|---|",
        counted(checked.len(), "case"),
        counted(checks, "check")
    );
    for kind in KINDS {
        let of = || checked.iter().filter(|c| c.case.kind == kind.name);
        let rows: usize = of().map(|c| c.rows.len()).sum();
        let _ = writeln!(out, "| {} | {} | {rows} |", kind.name, of().count());
    }
    for kind in KINDS {
        let of: Vec<&Checked> = checked.iter().filter(|c| c.case.kind == kind.name).collect();
        if !of.is_empty() {
            section(&mut out, kind.name, &of);
        }
    }
    if !left_out.is_empty() {
        out.push_str("\n## Left out\n\nPublished results that no case checks, and why.\n\n");
        out.push_str("| Case | About | Source | Why |\n|---|---|---|---|\n");
        for case in left_out {
            row(&mut out, [&case.id, &case.title, &case.source, &case.reason].map(String::as_str));
        }
    }
    out
}

fn section(out: &mut String, name: &str, of: &[&Checked]) {
    let _ = write!(
        out,
        "\n## {name}\n\n| Case | Source | Check | Reference | Ours | Error | Allowed | |\n\
         |---|---|---|---|---|---|---|---|\n"
    );
    for checked in of {
        let case = &checked.case;
        for (at, check) in checked.rows.iter().enumerate() {
            let first = at == 0;
            let named = if case.title.is_empty() {
                case.id.clone()
            } else {
                format!("{}: {}", case.id, case.title)
            };
            let source = match (first, case.note.is_empty()) {
                (true, true) => case.source.clone(),
                (true, false) => format!("{}. {}", case.source.trim_end_matches('.'), case.note),
                (false, _) => String::new(),
            };
            row(
                out,
                [
                    if first { named.as_str() } else { "" },
                    &source,
                    &check.name,
                    &check.reference,
                    &check.ours,
                    &check.error,
                    &check.allowed,
                    if check.pass { "pass" } else { "RED" },
                ],
            );
        }
    }
}

fn row<const N: usize>(out: &mut String, cells: [&str; N]) {
    let cells = cells.map(|cell| markdown_cell(cell, false));
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn described(argument: &Argument) -> String {
    let quantity = argument.quantity();
    match quantity.canonical_unit() {
        "" => format!("`{}` ({})", argument.name, quantity.plain_noun()),
        unit => format!("`{}` ({}, {unit})", argument.name, quantity.plain_noun()),
    }
}

/// The list of formulas.
pub(super) fn formulas_page() -> String {
    let mut out = "| Formula | Computes | Inputs | Output |\n|---|---|---|---|\n".to_owned();
    for formula in FORMULAS {
        let inputs: Vec<String> = formula.inputs.iter().map(described).collect();
        let output = described(&formula.output);
        let output = output.trim_start_matches("`output` (").trim_end_matches(')');
        let name = format!("`{}`", formula.name);
        row(&mut out, [name.as_str(), formula.doc.trim(), inputs.join(", ").as_str(), output]);
    }
    out
}

/// The same for machines.
pub(super) fn formulas_json() -> serde_json::Value {
    let argument = |argument: &Argument| {
        let quantity = argument.quantity();
        json!({
            "name": argument.name,
            "quantity": quantity.name(),
            "unit": quantity.canonical_unit(),
            "example": quantity.example(),
        })
    };
    let formulas: Vec<serde_json::Value> = FORMULAS
        .iter()
        .map(|formula| {
            json!({
                "name": formula.name,
                "module": formula.module,
                "doc": formula.doc.trim(),
                "inputs": formula.inputs.iter().map(argument).collect::<Vec<_>>(),
                "output": argument(&formula.output),
            })
        })
        .collect();
    json!({ "formulas": formulas })
}

const FORMAT: &str = include_str!("validation_format.md");

/// How files of cases are written.
pub(super) fn format_page() -> String {
    let mut out = FORMAT.to_owned();
    for kind in KINDS {
        let _ = write!(
            out,
            "\n### {}\n\n{}\n\n| Key | What stands there |\n|---|---|\n",
            kind.name, kind.doc
        );
        for key in kind.keys {
            row(&mut out, [format!("`{}`", key.name).as_str(), key.doc]);
        }
        let _ = write!(out, "\nIt gives {}.\n\n```toml\n{}\n```\n", kind.gives, kind.example);
    }
    out.push_str("\n## Formulas\n\n");
    out.push_str(&formulas_page());
    out
}
