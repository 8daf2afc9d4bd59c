//! The cases that come with the program hold, each of them can fail, and files of cases are read
//! with care.

use fleetcast::scenario::FileReader;
use fleetcast::validation::{Cases, KINDS, SHIPPED, shipped};

use crate::support::Sim;
use crate::support::library::{Folder, repository};

/// Reads texts as if they stood in `validation/`.
fn read(text: &str) -> Cases {
    let mut cases = Cases::default();
    cases.read("validation/test.toml", text.to_owned(), &Folder(repository("")));
    cases
}

#[test]
fn all_shipped_cases_hold() {
    let cases = shipped();
    let found: Vec<&str> = cases.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(cases.cases.len() >= 100, "{}", cases.cases.len());
    let mut red = Vec::new();
    for case in &cases.cases {
        let rows = case.check();
        assert!(rows.len() >= case.expectations().len(), "{} checks less than it expects", case.id);
        red.extend(rows.into_iter().filter(|row| !row.pass).map(|row| {
            format!(
                "{} {}: {} is not {} ({})",
                case.id, row.name, row.ours, row.reference, row.error
            )
        }));
    }
    assert!(red.is_empty(), "{}", red.join("\n"));
    for kind in KINDS {
        assert!(cases.cases.iter().any(|case| case.kind == kind.name), "no case of {}", kind.name);
    }
}

/// The example of each kind in the description of the format is a case that holds.
#[test]
fn the_examples_of_the_format_hold() {
    for kind in KINDS {
        let text = format!("fleetcast = \"validation/1\"\n\n{}\n", kind.example);
        let cases = read(&text);
        let found: Vec<_> = cases.diagnostics.iter().map(|d| d.message.as_str()).collect();
        assert!(found.is_empty(), "{}: {found:?}", kind.name);
        assert_eq!(cases.cases.len(), 1, "{}", kind.name);
        for row in cases.cases[0].check() {
            assert!(row.pass, "{}: {row:?}", kind.name);
        }
    }
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_their_places() {
    let text = "fleetcast = \"validation/1\"\n\
        [[case]]\n\
        id = \"a\"\n\
        kind = \"formul\"\n\
        source = \"x\"\n\
        [[case]]\n\
        id = \"b\"\n\
        kind = \"formula\"\n\
        source = \"x\"\n\
        formula = \"facility_powr\"\n\
        inputs = { it = \"368 MW\", peak = 1.30 }\n\
        expect = \"478 MW\"\n\
        [[case]]\n\
        id = \"c\"\n\
        kind = \"formula\"\n\
        source = \"x\"\n\
        formula = \"facility_power\"\n\
        inputs = { it = \"368 MWh\", peek = 1.30 }\n\
        expect = \"478 MW\"\n\
        tolerance = \"roughly\"\n\
        [[case]]\n\
        id = \"d\"\n\
        kind = \"integration\"\n\
        source = \"x\"\n\
        family = \"gaussian\"\n\
        dimension = 2\n\
        a = 1\n\
        u = 0.5\n\
        method = \"halton\"\n\
        draws = 100\n\
        expect = { value = 1 }\n\
        [[case]]\n\
        id = \"e\"\n\
        kind = \"sensitivity\"\n\
        source = \"x\"\n\
        function = \"ishigami\"\n\
        draws = 10_000\n\
        expct = { mean = 3.5 }\n\
        [[case]]\n\
        id = \"e\"\n\
        kind = \"statistic\"\n\
        source = \"x\"\n\
        values = [1, 2]\n\
        expect = { maen = 1.5, \"total 1\" = 2 }\n";
    let mut cases = read(text);
    let file = cases.sources.iter().next().unwrap().1.clone();
    let found: Vec<(usize, String, String)> = std::mem::take(&mut cases.diagnostics)
        .into_iter()
        .map(|d| {
            let line = file.line_col(d.primary.unwrap().span.start).0;
            (line, d.message, d.help.join(" "))
        })
        .collect();
    let has = |line: usize, message: &str, help: &str| {
        let one =
            found.iter().any(|(at, m, h)| *at == line && m.contains(message) && h.contains(help));
        assert!(one, "{line}: {message} ({help}) is not in {found:#?}");
    };
    has(4, "`kind` cannot be `formul`", "did you mean `formula`?");
    has(10, "no formula `facility_powr`", "did you mean `facility_power`?");
    has(18, "an energy", "");
    has(18, "`facility_power` has no input `peek`", "did you mean `peak`?");
    has(18, "lacks its input `peak`", "peak = ");
    has(29, "`method` cannot be `halton`", "sobol");
    has(38, "has no key `expct`", "did you mean `expect`?");
    has(44, "gives no `maen`", "did you mean `mean`?");
    assert!(cases.cases.is_empty());
    let repeated = read(
        "fleetcast = \"validation/1\"\n\
         case = [{ id = \"a\", kind = \"statistic\", source = \"x\", values = [1], expect = { mean = 1 } }, \
         { id = \"a\", kind = \"statistic\", source = \"x\", values = [1], expect = { mean = 1 } }]\n",
    );
    let found: Vec<&str> = repeated.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(found, ["there are two cases `a`"]);
}

#[test]
fn what_is_no_file_of_cases_is_refused() {
    let messages = |text: &str| -> Vec<String> {
        read(text).diagnostics.into_iter().map(|d| d.message).collect()
    };
    assert!(messages("")[0].contains("does not say"), "{:?}", messages(""));
    assert!(
        messages("fleetcast = \"scenario/1\"\ncase = []\n")[0].contains("no file of validation")
    );
    assert!(messages("fleetcast = \"validation/1\"\n")[0].contains("there is no case"));
    assert!(messages("fleetcast = \"validation/1\"\ncase = 3\n")[0].contains("list of tables"));
    assert!(!messages("fleetcast = ").is_empty());
}

#[test]
fn the_command_ends_as_its_verdict_says() {
    let case = |expect: &str| {
        format!(
            "fleetcast = \"validation/1\"\n[[case]]\nid = \"mine\"\nkind = \"formula\"\nsource = \"me\"\n\
             formula = \"facility_power\"\ninputs = {{ it = \"368 MW\", peak = 1.3 }}\nexpect = {expect}\n"
        )
    };
    let run = |arguments: &str| {
        let sim = Sim::new()
            .file("good.toml", &case("\"0.4784 GW\""))
            .file("red.toml", &case("\"0.4884 GW\""))
            .file("bad.toml", &case("\"478 MWh\""));
        sim.args(arguments).run()
    };
    let good = run("validate good.toml").exits(0);
    assert!(good.stdout.contains("0.4784 GW"), "{}", good.stdout);
    let red = run("validate red.toml").exits(5);
    assert!(red.stdout.contains("RED") && red.stderr.contains("mine"), "{}", red.stdout);
    let bad = run("validate bad.toml").exits(3);
    assert!(bad.stderr.contains("bad.toml:8:"), "{}", bad.stderr);
    run("validate none.toml").exits(4);
    run("validate good.toml --kind formla").exits(2);
    let json = run("validate red.toml --json").exits(5).json();
    assert_eq!(json["red"], 1);
    assert_eq!(json["cases"][0]["checks"][0]["pass"], false);
    let formulas = run("validate --formulas --json").exits(0).json();
    assert!(formulas["formulas"].as_array().is_some_and(|list| list.len() > 90));
}

/// Files on disk and those that are built in are the same, and no file is forgotten.
#[test]
fn every_file_of_cases_is_built_in() {
    let folder = Folder(repository(""));
    let mut there: Vec<String> = std::fs::read_dir(repository("validation"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| format!("validation/{}", path.file_name().unwrap().to_str().unwrap()))
        .collect();
    there.sort();
    let mut built_in: Vec<&str> = SHIPPED.iter().map(|file| file.path).collect();
    built_in.sort_unstable();
    assert_eq!(there, built_in);
    let mut cases = Cases::default();
    for path in &there {
        cases.read(path, folder.read(path).unwrap(), &folder);
    }
    assert!(cases.diagnostics.is_empty(), "{:?}", cases.diagnostics);
    assert_eq!(cases.cases.len(), shipped().cases.len());
}
