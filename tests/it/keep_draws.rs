//! Every draw in a file: the draws of the run, in order, whatever the threads.

use crate::support::{Outcome, Sim};

fn kept(more: &str) -> Outcome {
    Sim::starter()
        .args("run s.toml --quiet --no-charts --out o --draws 9000")
        .args(more)
        .run()
        .exits(0)
}

/// A column of a CSV text.
fn column(text: &str, name: &str) -> Vec<f64> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let at = reader.headers().unwrap().iter().position(|one| one == name);
    let at = at.unwrap_or_else(|| panic!("no column `{name}`"));
    reader.records().map(|row| row.unwrap()[at].parse().unwrap()).collect()
}

#[test]
fn the_draws_are_those_of_the_run() {
    let outcome = kept("--keep-draws=fleet.h100e,capex.total@2028 --draws-format csv --threads 2");
    let text = outcome.text("o/draws.csv");
    let numbers: Vec<f64> = (0..9000).map(f64::from).collect();
    assert_eq!(column(&text, "draw"), numbers);
    let all = outcome.text("o/tables/all.csv");
    for (metric, period) in
        [("fleet.h100e", "2026Q1"), ("fleet.h100e", "2030Q4"), ("capex.total", "2028")]
    {
        let values = column(&text, &format!("{metric}@{period}"));
        let mean = values.iter().sum::<f64>() / 9000.0;
        let row = all.lines().find(|line| {
            line.starts_with(&format!("{metric},")) && line.contains(&format!(",{period},"))
        });
        let told: f64 = row.unwrap().split(',').nth(5).unwrap().parse().unwrap();
        assert!((mean / told - 1.0).abs() < 1e-12, "{metric} {period}: {mean} {told}");
    }
    // Inputs are there, too.
    assert_eq!(column(&text, "finance.cash_margin").len(), 9000);
}

#[test]
fn threads_blocks_and_parts_move_no_byte() {
    for format in ["csv", "parquet"] {
        let file = format!("o/draws.{format}");
        let read = |more: &str| {
            let outcome = kept(&format!("--keep-draws --draws-format {format} {more}"));
            std::fs::read(outcome.path(&file)).unwrap()
        };
        let one = read("--threads 1");
        assert!(one.len() > 100_000);
        assert_eq!(one, read("--threads 3 --block-size 64"));
        if format == "csv" {
            // The rows of the parts follow each other.
            let parts =
                ["--shard 1/2", "--shard 2/2"].map(|part| String::from_utf8(read(part)).unwrap());
            let [first, second] = &parts;
            let rest = second.split_once('\n').unwrap().1;
            assert_eq!(format!("{first}{rest}").into_bytes(), one);
        }
    }
}

#[test]
fn parquet_says_what_csv_says() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    let outcome = kept("--keep-draws --draws-format csv");
    let text = outcome.text("o/draws.csv");
    let outcome = outcome
        .then()
        .args("run s.toml --quiet --no-charts --out p --draws 9000 --keep-draws")
        .run()
        .exits(0);
    let file = std::fs::File::open(outcome.path("p/draws.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let about = reader.metadata().file_metadata().key_value_metadata().unwrap();
    assert!(about[0].value.as_ref().unwrap().contains("\"units\""));
    let names: Vec<String> = reader
        .metadata()
        .file_metadata()
        .schema()
        .get_fields()
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    assert_eq!(names.join(","), text.lines().next().unwrap());
    let last = column(&text, names.last().unwrap());
    let mut rows = 0;
    for (row, expected) in reader.get_row_iter(None).unwrap().zip(last) {
        let found = row.unwrap().get_double(names.len() - 1).unwrap();
        assert_eq!(found.to_bits(), expected.to_bits());
        rows += 1;
    }
    assert_eq!(rows, 9000);
}

#[test]
fn what_cannot_be_kept_is_said_before_the_run() {
    for (more, text) in [
        ("--keep-draws=fleet.h1000e", "did you mean `fleet.h100e`?"),
        ("--keep-draws=fleet.h100e@2099", "2030"),
        ("--keep-draws --condition", "cannot be used with"),
        ("--draws-format csv", "--keep-draws"),
    ] {
        let outcome =
            Sim::starter().args("run s.toml --out o").args(more).run().exits(2).remarks(text);
        assert_eq!(outcome.entries(), ["s.toml"], "{more}");
    }
}

#[test]
fn a_sweep_has_its_table_as_parquet() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    let outcome = Sim::starter()
        .args("sweep s.toml --draws 600 --quiet --no-charts --out w --parquet")
        .args("--over fleet.repaired=0.7..0.9:3 --metric fleet.h100e@2026Q4")
        .run()
        .exits(0);
    let means = column(&outcome.text("w/sweep.csv"), "mean");
    let file = std::fs::File::open(outcome.path("w/sweep.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let header = outcome.text("w/sweep.csv");
    let at = header.lines().next().unwrap().split(',').position(|name| name == "mean").unwrap();
    let found: Vec<f64> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| row.unwrap().get_double(at).unwrap())
        .collect();
    assert_eq!(found, means);
}
