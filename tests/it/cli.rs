//! Statuses, help, colors, pipes and interruption.

use crate::support::{ESCAPE, STARTER, Sim};

const SUBCOMMANDS: [&str; 16] = [
    "run",
    "compare",
    "report",
    "check",
    "show",
    "explain",
    "chart",
    "drivers",
    "score",
    "fit",
    "runs",
    "list",
    "validate",
    "schema",
    "init",
    "completions",
];

#[test]
fn help_shows_examples_and_statuses() {
    for subcommand in SUBCOMMANDS {
        let help = Sim::new().args(subcommand).args("--help").run().exits(0);
        assert!(help.stdout.contains("Example"), "{subcommand}");
        assert!(help.stdout.contains(&format!("fleetcast {subcommand}")), "{subcommand}");
        assert_eq!(help.stderr, "", "{subcommand}");
    }
    Sim::new().args("--help").run().exits(0).says("Exit status:").says("Examples:");
    let short = Sim::new().args("run -h").run().exits(0);
    assert!(!short.stdout.contains("--isa"), "for experts: in the long help only");
    Sim::new().args("run --help").run().says("--isa").says("--block-size");
}

#[test]
fn without_a_subcommand_help_is_a_usage_error() {
    let nothing = Sim::new().run().exits(2).remarks("Usage: fleetcast <COMMAND>");
    assert_eq!(nothing.stdout, "");
}

#[test]
fn a_misspelled_subcommand_or_option_names_the_nearest() {
    Sim::new().args("chekc s.toml").run().exits(2).remarks("'check'");
    Sim::new().args("run s.toml --drwas 5").run().exits(2).remarks("--draws");
    Sim::new().args("list imputs").run().exits(2).remarks("'inputs'");
}

#[test]
fn draws_must_be_a_whole_number_above_zero() {
    Sim::starter().args("run s.toml --draws 0").run().exits(2).remarks("at least one draw");
    for draws in ["-1", "1.5", "many", "1e11"] {
        Sim::starter().args("run s.toml --draws").arg(draws).run().exits(2);
    }
}

/// Not that a negative number is no option, nor that a digit is invalid: what to write.
#[test]
fn numbers_of_options_say_what_to_write() {
    for (arguments, told) in [
        ("run s.toml --draws -5", "'--draws <N>': a run needs at least one draw: write"),
        ("run s.toml --draws 1e30", "a run has at most 1e10 draws: write"),
        ("run s.toml --seed 1e3", "write a whole number in digits, from 0 to"),
        ("run s.toml --seed -3", "write a whole number in digits, from 0 to"),
        ("run s.toml --threads -1", "write a whole number from 1 to 1024"),
        ("explain s.toml --draw -1", "write a whole number from 0 to 9999999999"),
        ("compare s.toml --bridge-draws -1", "a run needs at least one draw"),
        ("drivers s.toml --draws -1", "a run needs at least one draw"),
        ("sweep s.toml --draws -1", "a run needs at least one draw"),
        ("run s.toml --shard -1", "write N/M, such as 3/16"),
    ] {
        let refused = Sim::starter().args(arguments).run().exits(2).remarks(told);
        assert!(!refused.stderr.contains("tip:"), "{arguments}\n{}", refused.stderr);
    }
}

#[test]
fn completions_know_every_command_in_every_shell() {
    for (shell, mark) in [
        ("bash", "complete -F _fleetcast"),
        ("zsh", "#compdef fleetcast"),
        ("fish", "complete -c fleetcast"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[fleetcast]"),
    ] {
        let script = Sim::new().args("completions").arg(shell).run().exits(0).says(mark);
        assert_eq!(script.stderr, "", "{shell}");
        for word in SUBCOMMANDS.iter().chain(&["draws", "deny-warnings", "distributions"]) {
            // Values of arguments are completed by some shells only.
            let told = script.stdout.contains(word)
                || (*word == "distributions" && !["bash", "zsh"].contains(&shell));
            assert!(told, "{shell}: {word}");
        }
    }
    Sim::new().args("completions tcsh").run().exits(2).remarks("possible values: bash");
}

#[test]
fn a_mixture_and_a_metalog_of_five_terms_run() {
    let mixture = r#"supply.lead={ dist = "mixture", parts = [{ weight = 0.7, value = "1 to 3 quarters" }, { weight = 0.3, value = { dist = "normal", mean = "4 quarters", sd = "0.2 quarters" } }] }"#;
    let metalog = r#"supply.lead={ dist = "metalog", probabilities = [0.05, 0.25, 0.5, 0.75, 0.95], values = ["1 quarters", "1.5 quarters", "2 quarters", "2.7 quarters", "4 quarters"], lower = "0.5 quarters" }"#;
    for value in [mixture, metalog] {
        Sim::starter().args("check s.toml --set").arg(value).run().exits(0).says("valid");
        Sim::starter().args("run s.toml --draws 256 --no-charts --set").arg(value).run().exits(0);
    }
}

#[test]
fn a_valid_scenario_passes() {
    let check = Sim::starter().args("check s.toml").run().exits(0).says("s.toml: valid");
    assert_eq!(check.stderr, "");
}

#[test]
fn a_typo_is_pointed_at_and_ends_with_status_3() {
    let sim = || Sim::starter_with("ramp          = {", "rammp         = {");
    let line = 1 + STARTER.lines().position(|line| line.starts_with("ramp ")).unwrap();
    for command in ["check s.toml", "show s.toml", "run s.toml"] {
        let failed = sim().args(command).run().exits(3);
        let place = format!("s.toml:{line}:1");
        for text in ["error[S010]", "`rammp`", &place, "^^^^^", "ramp"] {
            assert!(failed.stderr.contains(text), "{command}: {text} in\n{}", failed.stderr);
        }
        assert_eq!(failed.entries(), ["s.toml"], "{command}");
    }
    let check = sim().args("check s.toml --json").run().exits(3);
    let file = &check.json()["files"][0];
    assert_eq!((&file["valid"], &file["errors"]), (&false.into(), &1.into()));
    assert_eq!(file["diagnostics"][0]["line"], line);
    let run = sim().args("run s.toml --json").run().exits(3);
    assert_eq!(run.json()["diagnostics"][0]["code"], "S010");
}

#[test]
fn what_cannot_be_read_or_written_ends_with_status_4() {
    for command in ["check", "show", "run"] {
        let missing = Sim::new().args(command).args("nothing.toml").run().exits(4);
        assert!(missing.stderr.contains("cannot read `nothing.toml`"), "{}", missing.stderr);
    }
    // The letter after the second `caf` is in another encoding.
    let coded = Sim::new().bytes("s.toml", b"# caf\xc3\xa9\n# caf\xe9\n");
    let coded = coded.args("check s.toml").run().exits(4);
    assert!(coded.stderr.contains("line 2, column 6 has the byte 0xE9"), "{}", coded.stderr);
    assert!(coded.stderr.contains("save the file as UTF-8"), "{}", coded.stderr);
    Sim::new().args("init no/such/folder.toml").run().exits(4).remarks("cannot write");
    // A file stands where the folder should be.
    let blocked = Sim::starter().file("out", "mine").args("run s.toml --draws 64").run().exits(4);
    assert_eq!(blocked.text("out"), "mine");
}

#[test]
fn a_denied_warning_ends_with_status_5() {
    let text = STARTER.replace("\ncompany ", "\nunsourced = \"warn\"\ncompany ");
    let text = text.replace("[energy]\nsource      = \"judgment\"\n", "[energy]\n");
    let sim = || Sim::new().file("s.toml", &text);
    sim().args("check s.toml").run().exits(0).remarks("warning[S030]");
    sim().args("check s.toml --deny-warnings").run().exits(5).remarks("denied");
}

#[test]
fn the_worst_of_several_files_decides() {
    let sim = Sim::starter().file("bad.toml", "fleetcast = \"scenario/1\"\n");
    let check = sim.args("check s.toml bad.toml nothing.toml").run().exits(4);
    let check = check.says("s.toml: valid").says("bad.toml: 1 error");
    assert!(check.stderr.contains("nothing.toml"), "{}", check.stderr);
}

#[test]
fn init_writes_a_scenario_that_passes_and_never_overwrites() {
    let init = Sim::new().args("init").run().exits(0);
    assert_eq!(init.text("scenario.toml"), STARTER);
    let kept = Sim::new().file("mine.toml", "x").args("init mine.toml").run().exits(4);
    assert_eq!(kept.text("mine.toml"), "x");
    assert!(kept.stderr.contains("exists already"), "{}", kept.stderr);
}

#[test]
fn show_explains_a_value_and_what_it_replaced() {
    let sim = || Sim::starter().args("show s.toml supply.share --set").arg("supply.share=4 to 6 %");
    sim()
        .run()
        .exits(0)
        .says("supply.share = \"4 to 6 %\"")
        .says("replaced  \"3 / 5 / 9 %\" (judgment)")
        .says("P50");
    let json = sim().args("--json").run().exits(0).json();
    let implied = &json["implied"]["percentiles"];
    let close = |name: &str, value: f64| (implied[name].as_f64().unwrap() - value).abs() < 1e-12;
    assert!(close("p5", 0.04) && close("p95", 0.06), "{implied}");
    assert_eq!(json["chain"].as_array().map(Vec::len), Some(2));
    Sim::starter().args("show s.toml chip.next").run().exits(0).says("chip.next.price");
    Sim::starter().args("show s.toml chip.rmp").run().exits(2).remarks("`chip.ramp`");
}

#[test]
fn a_shown_scenario_is_a_scenario() {
    let shown = Sim::starter().args("show s.toml").run().exits(0);
    let again = Sim::new().file("s.toml", &shown.stdout).args("show s.toml").run().exits(0);
    assert_eq!(again.stdout, shown.stdout);
}

#[test]
fn a_run_prints_its_headline_and_remarks_apart() {
    let run = Sim::starter().args("run s.toml --draws 256").run().exits(0);
    for text in ["out/s", "draws per second"] {
        assert!(run.stderr.contains(text), "{text} in\n{}", run.stderr);
    }
    for text in ["newest", "2026-01-31", "hindsight"] {
        assert!(run.stdout.contains(text), "{text} in\n{}", run.stdout);
    }
    assert_eq!(run.entries(), ["out", "s.toml"]);
    let quiet = Sim::starter().args("run s.toml --draws 256 --quiet").run().exits(0);
    assert_eq!((quiet.stderr.as_str(), &quiet.stdout), ("", &run.stdout));
}

#[test]
fn a_run_tells_machines_in_json() {
    let run = Sim::starter().args("run s.toml --draws 256 --out here --json").run().exits(0);
    let json = run.json();
    assert_eq!((&json["folder"], &json["draws"]), (&"here".into(), &256.into()));
    assert!(json["headline"].as_array().is_some_and(|rows| !rows.is_empty()), "{json}");
    assert_eq!(json["newest_used"], "2026-01-31");
    assert_eq!(run.entries(), ["here", "s.toml"]);
}

#[test]
fn marked_hindsight_is_listed_and_counted() {
    let marked = "value = \"9 %/year\", known = 2026-06-30, hindsight = true";
    let sim =
        Sim::starter_with("failure           = \"9 %/year\"", &format!("failure = {{ {marked} }}"));
    let run = sim.args("run s.toml --draws 64").run().exits(0).remarks("fleet.failure");
    let line = run.stdout.lines().find(|line| line.contains("hindsight")).unwrap_or_default();
    assert!(line.contains("1 value"), "{line}");
}

#[test]
fn piped_output_has_no_escape_codes() {
    for command in ["--help", "list", "check s.toml bad.toml", "show s.toml chip.ramp", "chekc"] {
        let piped = Sim::starter().file("bad.toml", "x = 1\n").args(command).run();
        assert!(!piped.stdout.contains(ESCAPE), "{command}");
        assert!(!piped.stderr.contains(ESCAPE), "{command}");
    }
}

#[test]
fn color_can_be_forced_and_forbidden() {
    let list = || Sim::new().args("list codes").env("CLICOLOR_FORCE", "1");
    let check = || Sim::new().args("check nothing.toml").env("CLICOLOR_FORCE", "1");
    assert!(list().run().stdout.contains(ESCAPE) && check().run().stderr.contains(ESCAPE));
    let list = list().env("NO_COLOR", "1").run();
    let check = check().env("NO_COLOR", "1").run();
    assert!(!list.stdout.contains(ESCAPE) && !check.stderr.contains(ESCAPE));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for command in ["list --markdown", "list --json", "schema", "show s.toml"] {
        let sim = Sim::starter().args(command);
        let mut child = sim.command().spawn().unwrap();
        // Nobody reads from now on.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let first = Sim::starter().args("run s.toml --draws 1e10").interrupted();
    assert!(first.contains("10,000,000,000 draws"), "{first}");
}

#[test]
fn questions_stand_beside_those_without_the_changes() {
    let base = "scenarios/meta-2024-07.toml";
    let overlay = "scenarios/overlays/all-in-cluster.toml";
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let run = |more: &[&str]| {
        let sim = Sim::new().args("run --draws 400 --no-charts --out out");
        let sim = sim.arg(&format!("{root}{base}"));
        more.iter().fold(sim, |sim, more| sim.arg(more)).run().exits(0)
    };
    let path = format!("{root}{overlay}");
    let with = run(&["--with", &path]);
    assert!(with.stdout.contains("meta-2024-07 alone"), "{}", with.stdout);
    let own = run(&[]);
    assert!(!own.stdout.contains("alone"), "{}", own.stdout);
    // The chance without the overlay is the one of the scenario's own run.
    let after = |text: &str, column: usize| {
        let mut lines = text.lines().skip_while(|line| !line.starts_with("Llama 4 released, of"));
        let line = lines.nth(2).unwrap_or_default().trim();
        let cells: Vec<&str> = line.split("  ").filter(|cell| !cell.is_empty()).collect();
        cells.get(column).map(|cell| cell.trim().to_owned())
    };
    assert!(after(&own.stdout, 1).is_some_and(|cell| cell.contains('%')), "{}", own.stdout);
    assert_eq!(after(&with.stdout, 2), after(&own.stdout, 1));
    assert_ne!(after(&with.stdout, 1), after(&with.stdout, 2));
}
