//! `check`: the mistakes of scenarios, without running them.

use serde_json::json;

use super::exit::Failure;
use super::terminal::{self, GOOD, STRONG, styled};
use super::{Input, counted, outcome};
use crate::diag::{Diagnostics, Sources, to_json};
use crate::plan;
use crate::scenario::Scenario;

/// Options of `check`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Scenario files.
    pub files: Vec<String>,
    /// Overlays for each of them.
    pub overlays: Vec<String>,
    /// Single values for each of them.
    pub sets: Vec<String>,
    /// Whether a warning fails the check.
    pub deny_warnings: bool,
    /// Whether to print JSON.
    pub json: bool,
}

/// What was found in one file.
struct Finding {
    file: String,
    scenario: Result<Scenario, Failure>,
    diagnostics: Diagnostics,
    sources: Sources,
}

/// Checks every file and fails for the worst that was found: what cannot be read, what is
/// invalid, denied warnings.
pub(super) fn check(options: &Options) -> Result<(), Failure> {
    let findings: Vec<Finding> =
        options.files.iter().map(|file| examine(file.clone(), options)).collect();
    if options.json {
        let files: Vec<_> = findings.iter().map(Finding::as_json).collect();
        terminal::print_json(&json!({ "files": files }))?;
    } else {
        for finding in &findings {
            terminal::diagnostics(&finding.diagnostics, &finding.sources);
            terminal::print(&finding.line())?;
        }
    }
    verdict(&findings, options.deny_warnings)
}

fn examine(file: String, options: &Options) -> Finding {
    let input = Input {
        file: file.clone(),
        overlays: options.overlays.clone(),
        sets: options.sets.clone(),
    };
    let (mut scenario, mut diagnostics, sources) = outcome(input.load());
    if let Ok(valid) = &scenario
        && let Err(problems) = plan::compile(valid)
    {
        diagnostics.extend(problems);
        scenario = Err(Failure::Invalid);
    }
    Finding { file, scenario, diagnostics, sources }
}

fn verdict(findings: &[Finding], deny_warnings: bool) -> Result<(), Failure> {
    let worst =
        findings.iter().filter_map(|f| f.scenario.as_ref().err()).max_by_key(|f| f.status());
    if let Some(failure) = worst {
        return Err(failure.clone());
    }
    let warnings: usize = findings.iter().map(|f| f.diagnostics.warning_count()).sum();
    if deny_warnings && warnings > 0 {
        terminal::error(&format!("{} denied", counted(warnings, "warning")), "");
        return Err(Failure::CheckFailed);
    }
    Ok(())
}

impl Finding {
    /// One line about the file.
    fn line(&self) -> String {
        let mut facts = Vec::new();
        let verdict = if let Ok(scenario) = &self.scenario {
            facts.push(counted(scenario.inputs.len(), "input"));
            facts.push(format!("newest used without hindsight {}", scenario.newest_used));
            facts.push(format!("{} marked hindsight", scenario.hindsight.len()));
            if !scenario.unused.is_empty() {
                facts.push(format!("{} without effect", counted(scenario.unused.len(), "key")));
            }
            styled(GOOD, "valid")
        } else {
            counted(self.diagnostics.error_count(), "error")
        };
        let warnings = self.diagnostics.warning_count();
        if warnings > 0 {
            facts.push(counted(warnings, "warning"));
        }
        facts.insert(0, verdict);
        format!("{}: {}\n", styled(STRONG, &self.file), facts.join(", "))
    }

    fn as_json(&self) -> serde_json::Value {
        let scenario = self.scenario.as_ref().ok();
        json!({
            "file": self.file,
            "valid": scenario.is_some(),
            "errors": self.diagnostics.error_count(),
            "warnings": self.diagnostics.warning_count(),
            "inputs": scenario.map(|s| s.inputs.len()),
            "newest_used": scenario.map(|s| s.newest_used.to_string()),
            "hindsight": scenario.map(|s| s.hindsight.len()),
            "unused": scenario.map(|s| &s.unused),
            "diagnostics": to_json(&self.diagnostics, &self.sources),
        })
    }
}
