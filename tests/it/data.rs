//! Everything that is shipped can be read by others: scenarios by any TOML parser, by the schema
//! and without a warning; commands of the documentation as they stand there.

use std::collections::BTreeSet;
use std::path::PathBuf;

use fleetcast::scenario::json_schema;
use serde_json::Value;

use crate::support::library::{Folder, Texts, planned, repository, valid};
use crate::support::{Outcome, STARTER, Sim};

/// Every TOML file of the project that is meant to be right, by path and text.
fn files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Texts::shipped()
        .0
        .into_iter()
        .map(|(path, text)| (format!("scenarios/{path}"), text))
        .collect();
    files.push(("src/app/starter.toml".to_owned(), STARTER.to_owned()));
    for folder in ["tests/cases", "tests/cases/analytic"] {
        for entry in std::fs::read_dir(repository(folder)).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(files.len() > 14, "{files:?}");
    files
}

#[test]
fn files_are_plain_text_that_any_toml_parser_reads() {
    for (path, text) in files() {
        let table = text.parse::<toml::Table>();
        assert!(table.is_ok(), "{path}: {:?}", table.err());
        assert!(!text.starts_with('\u{feff}') && !text.contains('\r'), "{path}");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}");
        assert!(!text.lines().any(|line| line.ends_with([' ', '\t'])), "{path}");
        // Editors and languages with other ideas of a line or a width agree on this much.
        let odd = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(odd, None, "{path}");
    }
}

/// Loading reports syntax that only TOML 1.1 allows, and all warnings.
#[test]
fn scenarios_are_valid_without_a_warning() {
    let texts = Texts::shipped();
    let scenarios: Vec<&str> =
        texts.0.keys().map(String::as_str).filter(|path| !path.contains('/')).collect();
    assert!(scenarios.len() >= 8 && texts.overlays_of("meta-2024-07.toml").len() >= 13);
    let mut read = BTreeSet::new();
    for scenario in scenarios {
        planned(&valid(&texts, scenario, &[], &[]));
        let overlays = texts.overlays_of(scenario);
        for overlay in &overlays {
            planned(&valid(&texts, scenario, &[overlay], &[]));
        }
        // What the core takes out, others change.
        let together: Vec<&str> =
            overlays.iter().copied().filter(|path| *path != "overlays/core.toml").collect();
        planned(&valid(&texts, scenario, &together, &[]));
        read.insert(scenario.to_owned());
        let table = texts.0[scenario].parse::<toml::Table>().unwrap();
        let extends = table["extends"].as_array().unwrap();
        read.extend(extends.iter().map(|path| path.as_str().unwrap().to_owned()));
        read.extend(overlays.iter().map(|path| (*path).to_owned()));
    }
    let there: BTreeSet<String> = texts.0.keys().cloned().collect();
    assert_eq!(read, there, "every shipped file is part of a scenario");
    planned(&valid(&Folder(repository("tests/cases")), "forms.toml", &[], &[]));
    let cases = Folder(repository("tests/cases/analytic"));
    for case in [
        "constant.toml",
        "factors.toml",
        "regimes.toml",
        "revenue.toml",
        "sites.toml",
        "money.toml",
        "events.toml",
    ] {
        planned(&valid(&cases, case, &[], &[]));
    }
}

/// A JSON Schema validator for the keywords that the schema uses; any other one stops the test.
struct Validator {
    root: Value,
}

/// Keywords that say nothing about what is valid.
const REMARKS: [&str; 5] = ["$schema", "$defs", "$comment", "title", "description"];

impl Validator {
    fn new() -> Self {
        Self { root: serde_json::from_str(&json_schema()).unwrap() }
    }

    /// What is wrong with a value, the first thing only.
    fn fault(&self, value: &Value, schema: &Value, at: &str) -> Option<String> {
        let Some(keywords) = schema.as_object() else {
            let allowed = schema.as_bool().unwrap_or_else(|| panic!("no schema: {schema}"));
            return (!allowed).then(|| format!("{at}: not allowed"));
        };
        keywords.iter().find_map(|(keyword, rule)| {
            self.keyword(keyword, rule, value, keywords, at)
                .map(|fault| if fault.contains(": ") { fault } else { format!("{at}: {fault}") })
        })
    }

    fn keyword(
        &self,
        keyword: &str,
        rule: &Value,
        value: &Value,
        schema: &serde_json::Map<String, Value>,
        at: &str,
    ) -> Option<String> {
        let wrong = |holds: bool| (!holds).then(|| format!("{at}: {keyword} {rule} for {value}"));
        let fits = |schema: &Value| self.fault(value, schema, at).is_none();
        let rules = || rule.as_array().unwrap().iter();
        match keyword {
            "$ref" => self.fault(value, self.target(rule.as_str().unwrap()), at),
            "type" => wrong(has_type(value, rule.as_str().unwrap())),
            "const" => wrong(value == rule),
            "enum" => wrong(rules().any(|one| one == value)),
            "minimum" => wrong(value.as_f64().is_none_or(|x| x >= rule.as_f64().unwrap())),
            "maximum" => wrong(value.as_f64().is_none_or(|x| x <= rule.as_f64().unwrap())),
            "exclusiveMinimum" => wrong(value.as_f64().is_none_or(|x| x > rule.as_f64().unwrap())),
            "minItems" => {
                let least = rule.as_u64().unwrap() as usize;
                wrong(value.as_array().is_none_or(|items| items.len() >= least))
            }
            "pattern" => wrong(value.as_str().is_none_or(|text| matches(text, rule))),
            "allOf" => rules().find_map(|one| self.fault(value, one, at)),
            "anyOf" => wrong(rules().any(fits)),
            "oneOf" => wrong(rules().filter(|one| fits(one)).count() == 1),
            "required" => {
                let table = value.as_object()?;
                let missing = rules().find(|key| !table.contains_key(key.as_str().unwrap()))?;
                Some(format!("{at}: no {missing}"))
            }
            "items" => {
                let items = value.as_array()?.iter().enumerate();
                items
                    .into_iter()
                    .find_map(|(k, item)| self.fault(item, rule, &format!("{at}[{k}]")))
            }
            "properties" => {
                let table = value.as_object()?;
                rule.as_object().unwrap().iter().find_map(|(key, rule)| {
                    self.fault(table.get(key)?, rule, &format!("{at}.{key}"))
                })
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let others = value.as_object()?.iter();
                let mut others =
                    others.filter(|(key, _)| known.is_none_or(|known| !known.contains_key(*key)));
                others.find_map(|(key, value)| self.fault(value, rule, &format!("{at}.{key}")))
            }
            "propertyNames" => {
                let mut names = value.as_object()?.keys();
                names.find_map(|key| self.fault(&key.as_str().into(), rule, &format!("{at}.{key}")))
            }
            remark if REMARKS.contains(&remark) => None,
            other => panic!("the schema uses `{other}`, which this validator does not know"),
        }
    }

    fn target(&self, reference: &str) -> &Value {
        let name = reference.strip_prefix("#/$defs/").unwrap();
        self.root["$defs"].get(name).unwrap_or_else(|| panic!("no {reference}"))
    }

    fn check(&self, text: &str) -> Option<String> {
        let table = toml::Value::Table(text.parse::<toml::Table>().unwrap());
        self.fault(&as_json(&table), &self.root, "")
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|x| x.fract() == 0.0),
        other => panic!("type {other}"),
    }
}

/// The few patterns of the schema.
fn matches(text: &str, pattern: &Value) -> bool {
    let date = |text: &str| fits(text, "0000-00-00");
    let quarter =
        |text: &str| fits(text, "0000Q0") && ('1'..='4').contains(&text.chars().last().unwrap());
    match pattern.as_str().unwrap() {
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => date(text),
        "^[0-9]{4}Q[1-4]$" => quarter(text),
        "^[0-9]{4}(Q[1-4]|-[0-9]{2}-[0-9]{2})$" => date(text) || quarter(text),
        "^[A-Za-z0-9_-]+$" => {
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            !text.is_empty() && text.chars().all(name)
        }
        other => {
            panic!("the schema uses the pattern `{other}`, which this validator does not know")
        }
    }
}

/// Whether a text looks like a template, where 0 stands for any digit.
fn fits(text: &str, template: &str) -> bool {
    let alike = |(a, b): (char, char)| if b == '0' { a.is_ascii_digit() } else { a == b };
    text.chars().count() == template.chars().count()
        && text.chars().zip(template.chars()).all(alike)
}

/// As editors hand TOML to a schema: dates are texts.
fn as_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items.iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect())
        }
    }
}

#[test]
fn files_agree_with_the_schema() {
    let validator = Validator::new();
    let faults: Vec<String> = files()
        .iter()
        .filter_map(|(path, text)| Some(format!("{path}{}", validator.check(text)?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_schema_marks_mistakes() {
    let validator = Validator::new();
    for (old, new) in [
        ("ramp          = {", "rammp         = {"),
        ("as_of       = 2026-01-31", "as_of       = 20260131"),
        ("from  = \"2026Q1\"", "from  = \"2026-1\""),
        ("draws = 100_000", "draws = \"many\""),
        ("grade  = \"D\"", "grade  = \"E\""),
        ("line          = \"main\"", "line          = \"mian\""),
        ("ai        = 0.7", "ai        = 1.7"),
        (
            "{ dist = \"beta\", mean = 0.50, sd = 0.04 }",
            "{ dist = \"beta\", mena = 0.50, sd = 0.04 }",
        ),
        (
            "between = [\"chip.current.price\", \"chip.next.price\"]",
            "between = \"chip.current.price\"",
        ),
    ] {
        assert!(STARTER.contains(old), "{old}");
        let fault = validator.check(&STARTER.replacen(old, new, 1));
        assert!(fault.is_some(), "{new} passes");
    }
}

/// Arguments of the `fleetcast` commands in a text, as a shell would split them, remarks and pipes
/// left out.
fn commands(text: &str) -> Vec<Vec<String>> {
    let of = |line: &str| -> Option<Vec<String>> {
        let line = line.trim();
        // The first key of a file is no command.
        let own =
            line.strip_prefix("fleetcast ").filter(|rest| !rest.trim_start().starts_with('='));
        let arguments = own.or_else(|| line.strip_prefix("cargo run --release -- "))?;
        Some(words(arguments))
    };
    text.lines().filter_map(of).collect()
}

fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match (c, quote) {
            ('#' | '|' | '>' | '&', None) if word.is_none() => break,
            (' ', None) => words.extend(word.take()),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn commands_are_split_as_a_shell_does() {
    let text =
        "    fleetcast run a.toml --set 'b=\"10 to 20 %\"'   # remark\nfleet\nfleetcast list > x";
    let expected = [&["run", "a.toml", "--set", "b=\"10 to 20 %\""][..], &["list"]];
    assert_eq!(commands(text), expected);
}

/// In a folder that looks like the project: commands run in order, with few draws.
fn project() -> Sim {
    let texts = Texts::shipped();
    let sim = Sim::new();
    texts.0.iter().fold(sim, |sim, (path, text)| sim.file(&format!("scenarios/{path}"), text))
}

fn with_few_draws(mut arguments: Vec<String>) -> Vec<String> {
    let simulates = ["run", "compare", "drivers"];
    if arguments.first().is_some_and(|word| simulates.contains(&word.as_str())) {
        if let Some(at) = arguments.iter().position(|word| word == "--draws") {
            arguments.drain(at..at + 2);
        }
        // A conditioned run refuses to go on with fewer than 400 effective draws.
        let conditioned = arguments.iter().any(|word| word == "--condition");
        // A run cannot have more shards than blocks of 1,024 draws.
        let sharded = arguments.iter().any(|word| word == "--shard");
        let draws = if sharded {
            "16384"
        } else if conditioned {
            "4096"
        } else {
            "600"
        };
        arguments.extend(["--draws", draws].map(str::to_owned));
    }
    if arguments.first().is_some_and(|word| word == "chart") {
        for word in &mut arguments {
            if let Some(name) = word.strip_prefix("out/") {
                *word = run_folder(name);
            }
        }
    }
    arguments
}

/// The comparison that the help speaks of.
const COMPARE: &str = "compare scenarios/meta-2024-07.toml --with scenarios/overlays/slow-grid.toml \
                       --draws 500 --quiet --no-charts";
const COMPARED: &str = "out/compare/meta-2024-07-vs-meta-2024-07+slow-grid";

/// The folder of a run of the shipped scenario of that name, or of the first one, made once.
fn run_folder(name: &str) -> String {
    static MADE: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("runs").join(name);
    let path = folder.display().to_string();
    let mut made = MADE.lock().unwrap();
    if !made.contains(&path) && name.starts_with("compare/") {
        let compare = project()
            .args(COMPARE)
            .arg("--out")
            .arg(&folder.parent().unwrap().display().to_string());
        compare.run().exits(0);
        made.push(path.clone());
    }
    if !made.contains(&path) {
        let own = repository(&format!("scenarios/{name}.toml")).is_file();
        let scenario = if own { name } else { "meta-2024-07" };
        let run = project().args(&format!("run scenarios/{scenario}.toml --draws 500 --no-charts"));
        run.args("--quiet --out").arg(&path).run().exits(0);
        made.push(path.clone());
    }
    path
}

#[test]
fn examples_of_charts_work() {
    let help = Sim::new().args("chart --help").run().exits(0);
    let commands = commands(&help.stdout);
    assert!(commands.len() >= 6, "{commands:?}");
    for arguments in commands {
        let line = arguments.join(" ");
        let call = with_few_draws(arguments).iter().fold(Sim::new(), |sim, word| sim.arg(word));
        let outcome = call.run();
        assert_eq!(outcome.status, Some(0), "{line}\n{}", outcome.stderr);
        assert!(outcome.stdout.lines().all(|file| outcome.path(file).is_file()), "{line}");
    }
}

#[test]
fn commands_of_the_documentation_work() {
    for (file, least) in [("README.md", 7), ("scenarios/README.md", 4)] {
        let commands = commands(&std::fs::read_to_string(repository(file)).unwrap());
        assert!(commands.len() >= least, "{file}: {commands:?}");
        for arguments in commands {
            let mut sim = project();
            // What `init` wrote before.
            if arguments.first().is_none_or(|word| word != "init") {
                sim = sim.file("mine.toml", STARTER);
            }
            let line = arguments.join(" ");
            let sim = with_what_it_reads(sim, &arguments);
            let sim = with_few_draws(arguments).iter().fold(sim, |sim, word| sim.arg(word));
            let outcome = sim.run();
            assert!(ended_as_said(&line, &outcome), "{file}: {line}\n{}", outcome.stderr);
        }
    }
}

/// With the run folders that a command reads.
fn with_what_it_reads(sim: Sim, arguments: &[String]) -> Sim {
    let command = arguments.first().map_or("", String::as_str);
    let names = ["meta-2024-07", "meta-2026-07"];
    let of_all = command == "runs";
    let named = names.iter().filter(|name| {
        let folder = format!("out/{name}");
        of_all || arguments.contains(&folder)
    });
    let sim = if arguments.iter().any(|word| word == COMPARED) {
        sim.args(COMPARE).run().exits(0).then()
    } else {
        sim
    };
    named.fold(sim, |sim, name| {
        let run = format!("run scenarios/{name}.toml --draws 600 --no-charts --quiet");
        sim.args(&run).run().exits(0).then()
    })
}

/// The commands of the guide, in order and in one folder, with the overlay that it writes.
#[test]
fn the_guide_works_as_it_stands() {
    let guide = std::fs::read_to_string(repository("docs/guide.md")).unwrap();
    let overlay = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let mut sim = project().file("my-view.toml", overlay);
    let mut before = Vec::new();
    for arguments in commands(&guide) {
        let line = arguments.join(" ");
        before.push(arguments[0].clone());
        if arguments[0] == "compare" && Sim::new().args("compare --help").run().status != Some(0) {
            continue;
        }
        let call = with_few_draws(arguments).iter().fold(sim, |sim, word| sim.arg(word));
        let outcome = call.run();
        assert_eq!(outcome.status, Some(0), "{line}\n{}", outcome.stderr);
        if line.ends_with("--with my-view.toml") && line.starts_with("run") {
            assert!(outcome.path("out/meta-2024-07+my-view/report.html").is_file());
        }
        sim = outcome.then();
    }
    let wanted = ["run", "show", "run", "check", "run", "compare", "compare", "report"];
    assert_eq!(before[..wanted.len()], wanted, "{before:?}");
}

/// The recipes add things to a scenario; the last is an overlay as it stands.
#[test]
fn recipes_of_the_readme_are_valid() {
    let readme = std::fs::read_to_string(repository("scenarios/README.md")).unwrap();
    let (_, recipes) = readme.split_once("## Recipes").unwrap();
    let (recipes, _) = recipes.split_once("\n## ").unwrap();
    let blocks: Vec<&str> =
        recipes.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let (overlay, things) = blocks.split_last().unwrap();
    assert_eq!(things.len(), 5);
    let mut texts = Texts::shipped();
    let head = "fleetcast = \"overlay/1\"\ntitle = \"recipes\"\n\n";
    let sources = ["ohio-permit", "contract-2026"]
        .map(|name| format!("[source.{name}]\ndate = 2026-01-01\ntitle = \"{name}\"\n"));
    texts
        .0
        .insert("things.toml".to_owned(), head.to_owned() + &sources.concat() + &things.concat());
    texts.0.insert("overlay.toml".to_owned(), (*overlay).to_owned());
    planned(&valid(&texts, "xai-2026-09.toml", &["things.toml"], &[]));
    planned(&valid(&texts, "meta-2024-07.toml", &["overlay.toml"], &[]));
}

#[test]
fn examples_of_the_help_work() {
    for subcommand in [
        "run",
        "report",
        "check",
        "show",
        "explain",
        "list",
        "schema",
        "init",
        "completions",
        "drivers",
    ] {
        let help = Sim::new().args(subcommand).args("--help").run().exits(0);
        let commands = commands(&help.stdout);
        assert!(!commands.is_empty(), "{subcommand}");
        for arguments in commands {
            if arguments.iter().any(|word| word.contains('*')) {
                // For a shell that expands it.
                continue;
            }
            let mut sim = project();
            if subcommand != "init" {
                sim = sim.file("my-fleet.toml", STARTER);
            }
            let line = arguments.join(" ");
            sim = with_what_it_reads(sim, &arguments);
            let mut arguments = with_few_draws(arguments);
            if subcommand == "run" {
                arguments.push("--no-charts".to_owned());
            }
            let outcome = arguments.iter().fold(sim, |sim, word| sim.arg(word)).run();
            assert!(ended_as_said(&line, &outcome), "{line}\n{}", outcome.stderr);
        }
    }
}

/// Whether a command did what it is for: a precision is out of reach with few draws, and that is said.
fn ended_as_said(line: &str, outcome: &Outcome) -> bool {
    outcome.status == Some(0) || line.contains("--until") && outcome.status == Some(5)
}

#[test]
fn the_first_command_of_the_readme_does_the_main_job() {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let first = commands(&readme).into_iter().next().unwrap();
    assert_eq!(first[0], "run");
    let sim = with_few_draws(first).iter().fold(project(), |sim, word| sim.arg(word));
    let run = sim.run().exits(0).says("Fleet, M H100e");
    let folder = run.path("out/meta-2024-07");
    for file in ["run.json", "summary.bin", "tables/headline.md", "charts/fan.fleet.h100e.svg"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
}
