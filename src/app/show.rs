//! `show`: a scenario as one file, one of its values, or a table of them.

use serde_json::{Value, json};

use super::exit::Failure;
use super::terminal::{self, DIM, NAME, STRONG, styled};
use super::{Input as File, counted, outcome};
use crate::diag::to_json;
use crate::dist::{Prob, Regimes};
use crate::model::matches;
use crate::scenario::{
    Explanation, Input, InputValue, PERCENTILES, PROVENANCE, Provenance, Scenario, Setting, Summary,
};
use crate::units::{Quantity, format_number, format_value, scale_for};

/// Options of `show`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The scenario with what is laid over it.
    pub input: File,
    /// Key, or table of keys.
    pub key: Option<String>,
    /// Whether to print JSON.
    pub json: bool,
}

/// Shows the scenario or the key.
pub(super) fn show(options: &Options) -> Result<(), Failure> {
    let (scenario, diagnostics, sources) = outcome(options.input.load());
    let scenario = match scenario {
        Ok(scenario) => {
            terminal::diagnostics(&diagnostics, &sources);
            scenario
        }
        Err(failure) if options.json => {
            terminal::print_json(&json!({ "diagnostics": to_json(&diagnostics, &sources) }))?;
            return Err(failure);
        }
        Err(failure) => {
            terminal::diagnostics(&diagnostics, &sources);
            return Err(failure);
        }
    };
    let Some(key) = options.key.as_deref() else {
        return show_all(&scenario, options.json);
    };
    let below = below(&scenario, table_of(&scenario, key));
    let explained = scenario.explain(key);
    let given = explained.as_ref().is_ok_and(|e| !e.text.is_empty() || !e.default.is_empty());
    match explained {
        _ if !given && !below.is_empty() && options.json => {
            terminal::print_json(&table_json(&below))
        }
        _ if !given && !below.is_empty() => terminal::print(&table_text(key, &below)),
        Ok(explanation) if options.json => {
            terminal::print_json(&explanation_json(&scenario, &explanation))
        }
        Ok(explanation) => terminal::print(&explanation_text(&scenario, &explanation)),
        Err(near) => Err(Failure::Usage {
            message: format!("there is no key `{key}`"),
            help: near.map_or_else(
                || "`fleetcast list inputs` lists all of them".to_owned(),
                |near| format!("did you mean `{near}`?"),
            ),
        }),
    }
}

fn show_all(scenario: &Scenario, json: bool) -> Result<(), Failure> {
    if json {
        let all: Vec<Below> = scenario.inputs.values().map(Below::Input).collect();
        return terminal::print_json(&table_json(&all));
    }
    terminal::print(scenario.resolved_toml())
}

/// What stands in a table: an input, or another key with what set it last.
enum Below<'a> {
    Input(&'a Input),
    Key(&'a str, &'a Setting),
}

impl Below<'_> {
    fn key(&self) -> &str {
        match self {
            Self::Input(input) => &input.key,
            Self::Key(key, _) => key,
        }
    }
}

/// The table of which a key says where its values come from, such as `capex` of `capex.source`.
fn table_of<'a>(scenario: &Scenario, key: &'a str) -> &'a str {
    let about = PROVENANCE.iter().find_map(|decl| key.strip_suffix(decl.name)?.strip_suffix('.'));
    about.filter(|table| scenario.explain(table).is_err()).unwrap_or(key)
}

/// What stands in the table that `key` names, or what it stands for, by key.
fn below<'a>(scenario: &'a Scenario, key: &str) -> Vec<Below<'a>> {
    let prefix = format!("{key}.");
    let inputs = scenario.inputs.values().map(Below::Input);
    let keys = scenario.settings().map(|(key, set)| Below::Key(key, set));
    let mut all: Vec<Below> = inputs.chain(keys).filter(|b| b.key().starts_with(&prefix)).collect();
    if all.is_empty() {
        all.extend(scenario.standing_for(key).into_iter().map(Below::Input));
        let fits = |input: &&Input| key.contains('*') && matches(key, &input.key);
        all.extend(scenario.inputs.values().filter(fits).map(Below::Input));
    }
    all.sort_by(|a, b| a.key().cmp(b.key()));
    all
}

fn table_text(key: &str, below: &[Below]) -> String {
    let mut header = vec!["Key", "Value"];
    let has_inputs = below.iter().any(|one| matches!(one, Below::Input(_)));
    let file = one_file(below).filter(|_| !has_inputs);
    header.extend(match file {
        _ if has_inputs => vec!["Source", "Grade", "Known"],
        Some(_) => vec!["Line"],
        None => vec!["Set by"],
    });
    let row = |one: &Below| match one {
        Below::Input(input) => {
            let p = &input.provenance;
            let grade = format!("{:?}", p.grade);
            let (source, known) = (p.source.clone(), p.known.to_string());
            vec![input.key.clone(), input.text.clone(), source, grade, known]
        }
        Below::Key(key, setting) => {
            let place = match file {
                _ if has_inputs => String::new(),
                Some(_) => setting.line.to_string(),
                None => format!("{}:{}", setting.file, setting.line),
            };
            let mut row = vec![(*key).to_owned(), setting.text.clone(), place];
            row.resize(header.len(), String::new());
            row
        }
    };
    let rows: Vec<Vec<String>> = below.iter().map(row).collect();
    let set_in = file.map_or_else(String::new, |file| format!(", set in {}", styled(NAME, file)));
    let table = terminal::table(&header, &rows, terminal::width());
    format!("{}{set_in}\n{table}", styled(STRONG, key))
}

/// The file that sets all of these keys, if it is one.
fn one_file<'a>(below: &[Below<'a>]) -> Option<&'a str> {
    let mut files = below.iter().map(|one| match one {
        Below::Input(_) => None,
        Below::Key(_, setting) => Some(setting.file.as_str()),
    });
    let first = files.next().flatten()?;
    files.all(|file| file == Some(first)).then_some(first)
}

/// Inputs, and the other keys where there are any.
fn table_json(below: &[Below]) -> Value {
    let input = |one: &Below| match one {
        Below::Input(input) => Some(json!({
            "key": input.key,
            "value": input.text,
            "unit": input.decl.quantity.canonical_unit(),
            "provenance": provenance_json(&input.provenance),
        })),
        Below::Key(..) => None,
    };
    let key = |one: &Below| match one {
        Below::Key(key, set) => {
            Some(json!({ "key": key, "value": set.text, "file": set.file, "line": set.line }))
        }
        Below::Input(_) => None,
    };
    let keys: Vec<Value> = below.iter().filter_map(key).collect();
    let mut table = json!({ "inputs": below.iter().filter_map(input).collect::<Vec<_>>() });
    if !keys.is_empty() {
        table["keys"] = json!(keys);
    }
    table
}

fn provenance_json(provenance: &Provenance) -> Value {
    json!({
        "source": provenance.source,
        "grade": format!("{:?}", provenance.grade),
        "known": provenance.known.to_string(),
        "hindsight": provenance.hindsight,
        "note": provenance.note,
    })
}

fn explanation_json(scenario: &Scenario, e: &Explanation) -> Value {
    let chain: Vec<Value> = e
        .chain
        .iter()
        .map(|s| json!({ "file": s.file, "line": s.line, "value": s.text, "source": s.source }))
        .collect();
    let summary = summary_of(scenario, e).map(|summary| {
        let percentiles: serde_json::Map<String, Value> = PERCENTILES
            .iter()
            .zip(summary.percentiles)
            .map(|(percent, value)| (format!("p{percent}"), json!(value)))
            .collect();
        json!({ "mean": summary.mean, "percentiles": percentiles })
    });
    json!({
        "key": e.key,
        "part": e.part.as_ref().map(|(key, text)| json!({ "key": key, "value": text })),
        "meaning": e.doc,
        "value": if e.text.is_empty() { Value::Null } else { json!(e.text) },
        "default": if e.default.is_empty() { Value::Null } else { json!(e.default) },
        "unit": e.decl.map(|decl| decl.quantity.canonical_unit()),
        "drawn": e.decl.map(|decl| decl.used.name()),
        "scale": e.scale,
        "provenance": e.provenance.map(provenance_json),
        "chain": chain,
        "implied": summary,
    })
}

/// Keys whose rows of all files add up, none in the place of another.
const ROWS: [&str; 2] = ["guidance", "observation"];

fn explanation_text(scenario: &Scenario, e: &Explanation) -> String {
    if ROWS.contains(&e.key.as_str()) && !e.chain.is_empty() {
        return rows_text(e);
    }
    let value = match (e.text, e.default) {
        ("", "") => ": no file gives it".to_owned(),
        ("", default) => format!(": no file gives it, so {default}"),
        (text, _) => format!(" = {text}"),
    };
    let part = e.part.as_ref().map_or_else(String::new, |(part, text)| {
        format!("{} = {text}\n  part of ", styled(STRONG, part))
    });
    let mut out = format!("{part}{}{value}\n  {}\n", styled(STRONG, &e.key), e.doc);
    if let Some(p) = e.provenance {
        out += &provenance_text(scenario, p);
    }
    out += &chain_text(e);
    if let Some(decl) = e.decl {
        out += &line("drawn", decl.used.name());
    }
    if (e.scale - 1.0).abs() > 0.0 {
        out += &line("scaled by", &format_number(e.scale));
    }
    if let (Some(decl), Some(summary)) = (e.decl, summary_of(scenario, e)) {
        out.push('\n');
        out += &summary_text(&summary, decl.quantity);
    }
    out
}

/// How many rows each file gives; the rows themselves are in the complete scenario.
fn rows_text(e: &Explanation) -> String {
    let counts = || e.chain.iter().map(|setting| rows_in(&setting.text));
    let all = counted(counts().sum(), "row");
    let files = counted(e.chain.len(), "file");
    let mut out = format!("{}: {all} of {files}\n  {}\n", styled(STRONG, &e.key), e.doc);
    for (setting, count) in e.chain.iter().zip(counts()) {
        let place = styled(NAME, &format!("{}:{}", setting.file, setting.line));
        out += &line("rows", &format!("{count:>4} from {place}"));
    }
    out
}

/// Tables in a list, in TOML on one line.
fn rows_in(list: &str) -> usize {
    let (mut rows, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    for c in list.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' if !quoted => {
                rows += usize::from(depth == 0);
                depth += 1;
            }
            '}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    rows
}

fn line(word: &str, text: &str) -> String {
    format!("  {}{text}\n", styled(DIM, &format!("{word:<10}")))
}

fn provenance_text(scenario: &Scenario, p: &Provenance) -> String {
    let hindsight = if p.hindsight { ", hindsight" } else { "" };
    let head = format!("{}, grade {:?}, known {}{hindsight}", p.source, p.grade, p.known);
    let mut out = line("source", &head);
    if let Some(source) = scenario.sources.get(&p.source) {
        for text in [&source.title, &source.url].into_iter().filter(|text| !text.is_empty()) {
            out += &line("", text);
        }
    }
    if !p.note.is_empty() {
        out += &line("note", &p.note);
    }
    out
}

/// Where the value was set, then what it replaced, newest first.
fn chain_text(e: &Explanation) -> String {
    let mut out = String::new();
    for (at, setting) in e.chain.iter().rev().enumerate() {
        let place = styled(NAME, &format!("{}:{}", setting.file, setting.line));
        if at == 0 {
            out += &line("set by", &place);
        } else {
            let source = match setting.source.as_str() {
                "" => String::new(),
                source => format!(" ({source})"),
            };
            out += &line("replaced", &format!("{}{source} of {place}", setting.text));
        }
    }
    out
}

/// Mean and percentiles in one unit, or the one value of a constant.
fn summary_text(summary: &Summary, quantity: Quantity) -> String {
    let [first, .., last] = summary.percentiles;
    if (last - first).abs() <= 0.0 {
        return line("constant", &format_value(summary.mean, quantity));
    }
    let middle = summary.percentiles[PERCENTILES.len() / 2];
    let scale = scale_for(middle, quantity);
    let mut header = vec!["Mean".to_owned()];
    header.extend(PERCENTILES.iter().map(|percent| format!("P{percent}")));
    let values = std::iter::once(summary.mean).chain(summary.percentiles);
    let row: Vec<String> = values.map(|value| format_number(scale.apply(value))).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let unit = if scale.unit.is_empty() { String::new() } else { format!("  in {}\n", scale.unit) };
    format!("{unit}{}", terminal::table(&header, &[row], terminal::width()))
}

/// What the value implies; for a chain of regimes, one year of it in the long run.
fn summary_of(scenario: &Scenario, e: &Explanation) -> Option<Summary> {
    match scenario.inputs.get(&e.key).map(|input| &input.value) {
        Some(InputValue::Regimes(chain)) => Some(long_run(chain)),
        _ => e.summary.clone(),
    }
}

/// Mean and percentiles of the mixture of the regimes at their long-run weights.
fn long_run(chain: &Regimes) -> Summary {
    let states: Vec<(f64, f64, f64)> = chain
        .weights()
        .into_iter()
        .zip(chain.mean_log())
        .zip(chain.sd_log())
        .map(|((weight, mean), sd)| (weight, mean, sd))
        .collect();
    let below = |x: f64| -> f64 {
        let part = |&(weight, mean, sd): &(f64, f64, f64)| {
            let lower = if sd > 0.0 {
                Prob::from_z((x - mean) / sd).lower()
            } else {
                f64::from(u8::from(x >= mean))
            };
            weight * lower
        };
        states.iter().map(part).sum()
    };
    // Nine standard deviations around every regime hold all that is asked for.
    let low = states.iter().map(|(_, mean, sd)| mean - 9.0 * sd).fold(f64::INFINITY, f64::min);
    let high = states.iter().map(|(_, mean, sd)| mean + 9.0 * sd).fold(f64::NEG_INFINITY, f64::max);
    let at = |percent: u32| {
        let (mut low, mut high) = (low, high);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if below(middle) < f64::from(percent) / 100.0 { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    };
    Summary { mean: chain.stationary_mean(), percentiles: PERCENTILES.map(at) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::RegimeParams;

    #[test]
    fn regimes_are_summed_up_by_their_mixture() {
        // Three regimes with one distribution are that distribution: N(0.1, 0.2).
        let params = RegimeParams {
            weights: [0.33, 0.47, 0.20],
            start: None,
            stay: 0.6,
            mean_log: [0.1; 3],
            sd_log: [0.2; 3],
        };
        let summary = long_run(&Regimes::new(params).unwrap());
        assert!((summary.mean - 0.1).abs() < 1e-12);
        for (percent, value) in PERCENTILES.iter().zip(summary.percentiles) {
            let expected = 0.1 + 0.2 * Prob::from_lower(f64::from(*percent) / 100.0).z();
            assert!((value - expected).abs() < 1e-9, "P{percent}: {value} for {expected}");
        }
    }

    #[test]
    fn a_constant_is_one_value() {
        let summary = Summary { mean: 300.0, percentiles: [300.0; 7] };
        let text = summary_text(&summary, Quantity::Power);
        assert!(text.contains("300 MW") && !text.contains("P50"), "{text}");
    }

    #[test]
    fn percentiles_share_a_unit() {
        let summary = Summary { mean: 1500.0, percentiles: [1e2, 2e2, 5e2, 1.2e3, 2e3, 3e3, 4e3] };
        let text = summary_text(&summary, Quantity::Power);
        assert!(text.contains("in GW") && text.contains("0.1") && text.contains("P99"), "{text}");
    }
}
