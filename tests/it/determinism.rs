//! The same scenario and seed give the same bytes, however they are computed and however the file
//! is written; and what is added beside them moves no other number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use fleetcast::engine::{Execution, Silent, simulate};
use fleetcast::plan::Plan;
use fleetcast::results::Metric;
use fleetcast::vector::Isa;

use crate::reorder::reordered;
use crate::support::Sim;
use crate::support::library::{Run, Texts, planned, repository, simulated, valid};

const SCENARIO: &str = "meta-2024-07.toml";
/// Neither whole tiles of 64 nor whole leaves of 1,024.
const DRAWS: &str = "3001";
/// Leaves for more than seven threads, and more draws than are kept.
const MANY_DRAWS: &str = "9001";

/// The files of a run folder, without how long the run took.
type Files = BTreeMap<String, String>;

fn run(texts: &Texts, more: &str, variables: &[(&str, &str)]) -> Files {
    run_draws(DRAWS, texts, more, variables)
}

fn run_draws(draws: &str, texts: &Texts, more: &str, variables: &[(&str, &str)]) -> Files {
    let mut sim = Sim::new();
    for (path, text) in &texts.0 {
        sim = sim.file(path, text);
    }
    for (name, value) in variables {
        sim = sim.env(name, value);
    }
    let sim = sim.args("run").arg(SCENARIO).args("--no-charts --quiet --out o --draws").arg(draws);
    let outcome = sim.args(more).run().exits(0);
    let mut files = Files::new();
    for folder in ["o", "o/tables"] {
        for entry in std::fs::read_dir(outcome.path(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.strip_prefix(outcome.path("o")).unwrap().to_str().unwrap();
                // Bytes as characters, so that differences of text can be shown.
                let bytes = std::fs::read(&path).unwrap();
                let text = bytes.iter().map(|&byte| char::from(byte)).collect();
                files.insert(name.to_owned(), text);
            }
        }
    }
    assert!(files.remove("timings.json").is_some());
    for name in ["summary.bin", "run.json", "scenario.resolved.toml", "tables/all.csv"] {
        assert!(files.contains_key(name), "{:?}", files.keys());
    }
    assert!(files.len() > 15, "{:?}", files.keys());
    files
}

/// The run that all others are compared with.
fn base() -> &'static Files {
    static BASE: OnceLock<Files> = OnceLock::new();
    BASE.get_or_init(|| run(&Texts::shipped(), "--threads 1 --block-size 256 --isa portable", &[]))
}

/// Differences, file by file with the first line that differs.
fn differences(expected: &Files, actual: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for name in expected.keys().chain(actual.keys().filter(|name| !expected.contains_key(*name))) {
        let (Some(a), Some(b)) = (expected.get(name), actual.get(name)) else {
            found.push(format!("{name} is there only once"));
            continue;
        };
        if a != b {
            let lines = a.lines().zip(b.lines()).find(|(a, b)| a != b);
            let cut = |line: &str| line.chars().take(160).collect::<String>();
            let (a, b) = lines.map_or_else(Default::default, |(a, b)| (cut(a), cut(b)));
            found.push(format!("{name}\n  - {a}\n  + {b}"));
        }
    }
    found
}

#[track_caller]
fn same(expected: &Files, actual: &Files, what: &str) {
    let mut found = differences(expected, actual);
    let count = found.len();
    found.truncate(5);
    assert!(found.is_empty(), "{what}: {count} files differ\n{}", found.join("\n"));
}

#[test]
fn threads_move_no_byte() {
    let with = |threads: &str| run_draws(MANY_DRAWS, &Texts::shipped(), threads, &[]);
    let one = with("--threads 1");
    for threads in ["--threads 2", "--threads 7"] {
        same(&one, &with(threads), threads);
    }
}

#[test]
fn the_block_size_moves_no_byte() {
    for size in ["--block-size 64 --threads 1", "--block-size 128", "--block-size 512"] {
        same(base(), &run(&Texts::shipped(), size, &[]), size);
    }
}

/// A chip that is computed before one that it takes from would see the block before.
#[test]
fn a_block_knows_nothing_of_the_one_before() {
    let texts = Texts::shipped();
    for scenario in texts.0.keys().filter(|path| !path.contains('/')) {
        let plan = planned(&valid(&texts, scenario, &[], &[]));
        let of = |block: usize| {
            let execution = Execution { threads: 1, block, isa: Isa::detect() };
            simulate(&plan, 300, execution, &Silent).unwrap().1
        };
        let (one, many) = (of(512), of(64));
        assert_eq!(moved(&one.inputs, &many.inputs), [""; 0], "{scenario}");
        assert_eq!(moved(&one.results, &many.results), [""; 0], "{scenario}");
    }
}

/// Each is forced, narrower ones than the processor's too. Its own is chosen without the option, which
/// [`base`] does not do.
#[test]
fn the_instruction_set_moves_no_byte() {
    for name in ["portable", "avx2", "avx512"] {
        let isa = Isa::parse(name).unwrap();
        if !isa.is_available() {
            eprintln!("not tested: this processor has no {name}");
            let refused = Sim::starter().args("run s.toml --isa").arg(name).run();
            refused.exits(2).remarks("this processor has no");
            continue;
        }
        let option = format!("--isa {} --threads 2", isa.name());
        same(base(), &run(&Texts::shipped(), &option, &[]), &option);
    }
    same(base(), &run(&Texts::shipped(), "", &[]), "the processor's own choice");
}

/// Phases of sites, leases, crews, shares that sum to one: what the shipped scenario has not.
#[test]
fn other_forms_move_no_byte() {
    let read = |path: &str| std::fs::read_to_string(repository("tests/cases").join(path)).unwrap();
    let texts = Texts(BTreeMap::from([
        (SCENARIO.to_owned(), read("forms.toml").replace("../base.toml", "base.toml")),
        ("base.toml".to_owned(), read("base.toml")),
    ]));
    let one = run(&texts, "--threads 1 --block-size 256 --isa portable", &[]);
    for more in ["--threads 7 --block-size 64", "--threads 2 --block-size 1024"] {
        same(&one, &run(&texts, more, &[]), more);
    }
    let shuffled = texts.0.iter().map(|(path, text)| (path.clone(), reordered(text, 7)));
    let files = run(&Texts(shuffled.collect()), "", &[]);
    same(&tables(&one, &one), &tables(&one, &files), "keys in another order");
}

#[test]
fn the_system_library_moves_no_byte() {
    // Without these the C library takes other versions of its mathematical functions.
    let without = "glibc.cpu.hwcaps=-FMA,-AVX2,-AVX2_Usable,-FMA_Usable";
    for isa in Isa::available() {
        let option = format!("--isa {}", isa.name());
        let files = run(&Texts::shipped(), &option, &[("GLIBC_TUNABLES", without)]);
        same(base(), &files, &format!("{without} {option}"));
    }
}

#[test]
fn the_order_of_keys_moves_no_number() {
    for seed in [1, 2] {
        let files = run(&shuffled(seed), "", &[]);
        same(&tables(base(), base()), &tables(base(), &files), "keys in another order");
    }
}

/// The resolved scenario, and its digest in `run.json` and `summary.bin`, have an order of their own. Only
/// the lines that the values stand on are others.
#[test]
fn the_order_of_keys_moves_no_byte() {
    let [expected, actual] = [base(), &run(&shuffled(1), "", &[])].map(|files| {
        let mut files = files.clone();
        files.remove("scenario.places.json").expect("the file of places");
        files
    });
    same(&expected, &actual, "keys in another order");
}

/// The shipped files, each with its keys in another order.
fn shuffled(seed: u64) -> Texts {
    let mut texts = Texts::shipped();
    for text in texts.0.values_mut() {
        let other = reordered(text, seed);
        assert_ne!(*text, other);
        *text = other;
    }
    texts
}

/// The tables of the first run as the second one has them: what it has more is left out, also in the
/// table of all.
fn tables(expected: &Files, actual: &Files) -> Files {
    let metric = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
    let known: BTreeSet<String> = expected["tables/all.csv"].lines().map(metric).collect();
    let is_metrics = |text: &str| text.starts_with("metric,");
    let is_table = |name: &str| {
        // What a group of metrics says to people comes of the same numbers as its other table.
        let beside = expected.get(&name.replace(".md", ".csv"));
        let twin = !is_metrics(&expected[name]) && beside.is_some_and(|text| is_metrics(text));
        name.starts_with("tables/") && !twin
    };
    let is_table = |name: &str| expected.contains_key(name) && is_table(name);
    let kept = actual.iter().filter(|(name, _)| is_table(name));
    let mut kept: Files = kept.map(|(name, text)| (name.clone(), text.clone())).collect();
    for all in kept.values_mut().filter(|text| is_metrics(text)) {
        let lines = all.lines().filter(|line| known.contains(&metric(line)));
        *all = lines.collect::<Vec<_>>().join("\n");
    }
    kept
}

#[test]
fn what_is_not_used_moves_no_other_number() {
    let chip = "
[chip.beyond]               # comes out after the grid
line         = \"other\"
first_volume = 2032-01-01
source       = \"judgment\"
grade        = \"D\"
h100e        = \"20 / 30 / 40\"
bf16_ratio   = \"0.5 / 0.6 / 1.0\"
power        = \"5 to 9 kW\"
price        = \"60 to 90 k USD\"
";
    let lease = "
[lease.beyond]
start   = 2031-06-01
power   = \"100 to 200 MW\"
payment = \"1 to 2 B USD/year\"
term    = \"5 years\"
source  = \"judgment\"
grade   = \"D\"
";
    let stage = "
[site.stage.paused]
completion = \"20 %\"
slip       = \"100 / 300 / 900 d\"
";
    let owned = "
[chip.museum]               # an input that is drawn, of chips that nobody has
line       = \"stock\"
source     = \"judgment\"
grade      = \"D\"
h100e      = \"0.1 / 0.2 / 0.3\"
bf16_ratio = 1.0
power      = \"0.2 to 0.4 kW\"
";
    for (what, more) in
        [("a chip", chip), ("a lease", lease), ("a stage", stage), ("chips without stock", owned)]
    {
        let files = run(&Texts::shipped().with_more(SCENARIO, more), "", &[]);
        same(&tables(base(), base()), &tables(base(), &files), what);
    }
}

#[test]
fn a_source_that_nothing_rests_on_moves_no_byte() {
    let source = "\n[source.unread]\ndate = 2024-01-01\ntitle = \"Nobody rests on this\"\n";
    let texts = Texts::shipped().with_more("catalog/sources.toml", source);
    same(base(), &run(&texts, "", &[]), "a source more");
}

#[test]
fn a_metric_moves_no_other_number() {
    let scenario = valid(&Texts::shipped(), SCENARIO, &[], &[]);
    let whole = planned(&scenario);
    let mut half = planned(&scenario);
    let second = |position: usize| position.is_multiple_of(2);
    half.metrics = every(&half.metrics, second);
    half.year_sums = every(&half.year_sums, second);
    assert!(half.metrics.len() > 40);
    let all = simulated(&whole, 1_100).summaries.metrics;
    let some = simulated(&half, 1_100).summaries.metrics;
    assert_eq!(some.len(), half.metrics.len());
    for (a, b) in every(&all, second).iter().zip(&some) {
        assert!(*a == *b, "{} differs", a.name);
    }
    let names = |plan: &Plan| plan.metrics.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
    let names_of = |metrics: &[Metric]| metrics.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
    assert_eq!((names(&whole), names(&half)), (names_of(&all), names_of(&some)));
}

fn every<T: Clone>(items: &[T], wanted: impl Fn(usize) -> bool) -> Vec<T> {
    items.iter().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, item)| item.clone()).collect()
}

fn library(texts: &Texts, sets: &[&str], draws: u64) -> Run {
    simulated(&planned(&valid(texts, SCENARIO, &[], sets)), draws)
}

/// Names of kept columns whose first draws differ in some bit, or that only one run has.
fn moved(a: &[(String, Vec<f64>)], b: &[(String, Vec<f64>)]) -> Vec<String> {
    let of = |list: &[(String, Vec<f64>)]| -> BTreeMap<String, Vec<u64>> {
        list.iter()
            .map(|(name, values)| (name.clone(), values.iter().map(|x| x.to_bits()).collect()))
            .collect()
    };
    let (a, b) = (of(a), of(b));
    let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
    names.filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
}

#[test]
fn more_draws_leave_the_first_ones_as_they_are() {
    let texts = Texts::shipped();
    let (some, more) = (library(&texts, &[], 2_048), library(&texts, &[], 4_096));
    let first = |list: &[(String, Vec<f64>)]| -> Vec<(String, Vec<f64>)> {
        list.iter().map(|(name, values)| (name.clone(), values[..2_048].to_vec())).collect()
    };
    assert!(more.kept.inputs.iter().all(|(_, values)| values.len() == 4_096));
    assert!(some.kept.inputs.len() > 50 && some.kept.results.len() > 50);
    assert_eq!(moved(&some.kept.inputs, &first(&more.kept.inputs)), [""; 0]);
    assert_eq!(moved(&some.kept.results, &first(&more.kept.results)), [""; 0]);
}

#[test]
fn another_seed_draws_other_numbers() {
    let texts = Texts::shipped();
    let (a, b) = (library(&texts, &[], 128), library(&texts, &["run.seed=2"], 128));
    let names: Vec<String> = a.kept.inputs.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(moved(&a.kept.inputs, &b.kept.inputs), names);
    let results: Vec<String> = a.kept.results.iter().map(|(name, _)| name.clone()).collect();
    assert!(moved(&a.kept.results, &b.kept.results).len() + 1 >= results.len());
}

#[test]
fn a_changed_input_moves_no_other_draw() {
    let texts = Texts::shipped();
    let before = library(&texts, &[], 512);
    for (key, set) in [
        ("supply.share", "supply.share=10 to 20 %"),
        ("chip.b200.price", "chip.b200.price=35 to 50 k USD"),
        ("capex.chip_share", "capex.chip_share=25 %"),
        ("cluster.largest", "cluster.largest=20 to 30 k H100e"),
        ("finance.debt_limit", "finance.debt_limit=0.4 to 0.8"),
    ] {
        let after = library(&texts, &[set], 512);
        assert_eq!(moved(&before.kept.inputs, &after.kept.inputs), [key], "{set}");
    }
    // What is drawn each quarter is not kept: it moves no input that is drawn once.
    let noisy = library(&texts, &["finance.revenue_noise=-0.1 to 0.1"], 512);
    assert_eq!(moved(&before.kept.inputs, &noisy.kept.inputs), [""; 0]);
    let changed = moved(&before.kept.results, &noisy.kept.results);
    assert!(changed.iter().any(|name| name == "finance.revenue@2030"), "{changed:?}");
    // Sites follow the plan of capex, which knows nothing of revenue.
    assert!(!changed.iter().any(|name| name.starts_with("site.ready_power")), "{changed:?}");
}

#[test]
fn a_member_of_a_correlation_group_moves_only_the_group() {
    let before = library(&Texts::shipped(), &[], 512);
    let group = [
        "chip.h100.price",
        "chip.b200.price",
        "chip.b300.price",
        "chip.rubin.price",
        "chip.rubin-ultra.price",
        "chip.next.price",
    ];
    let mut texts = Texts::shipped();
    let text = texts.0.get_mut(SCENARIO).unwrap();
    let (old, new) = ("\"chip.next.price\"]", "\"chip.next.price\", \"chip.h100.power\"]");
    assert_eq!(text.matches(old).count(), 1);
    *text = text.replace(old, new);
    let after = library(&texts, &[], 512);
    let moved = moved(&before.kept.inputs, &after.kept.inputs);
    let allowed = |name: &String| group.contains(&name.as_str()) || name == "chip.h100.power";
    assert!(!moved.is_empty() && moved.iter().all(allowed), "{moved:?}");
}

#[test]
fn the_order_of_a_correlation_group_moves_no_draw() {
    let before = library(&Texts::shipped(), &[], 512);
    let mut texts = Texts::shipped();
    let text = texts.0.get_mut(SCENARIO).unwrap();
    let (old, new) = (
        "\"chip.h100.price\", \"chip.b200.price\", \"chip.b300.price\"",
        "\"chip.b300.price\", \"chip.h100.price\", \"chip.b200.price\"",
    );
    assert_eq!(text.matches(old).count(), 1);
    *text = text.replace(old, new);
    let after = library(&texts, &[], 512);
    assert_eq!(moved(&before.kept.inputs, &after.kept.inputs), [""; 0]);
    assert_eq!(moved(&before.kept.results, &after.kept.results), [""; 0]);
}
