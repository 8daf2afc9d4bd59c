//! The figures of the five articles are all accounted for, and where the list says they are.

use fleetcast::scenario::{Became, Figure, articles};
use toml::{Table, Value};

use crate::support::Sim;
use crate::support::library::repository;

const PAGE: &str = "docs/documents.md";
const ACCEPT: &str = "cargo run -- list documents --markdown > docs/documents.md";

#[test]
fn the_page_on_the_articles_is_up_to_date() {
    let page = std::fs::read_to_string(repository(PAGE)).unwrap_or_default();
    let now = Sim::new().args("list documents --markdown").run().exits(0).stdout;
    assert!(page == now, "{PAGE} is out of date; accept with: {ACCEPT}");
}

/// The value at a dotted key.
fn at<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(a, b)| (a, Some(b)));
    let value = table.get(first)?;
    match rest {
        None => Some(value),
        Some(rest) => at(value.as_table()?, rest),
    }
}

/// Whether a dated list has a row of this metric and period.
fn has_row(table: &Table, list: &str, figure: &Figure) -> bool {
    let is_it = |row: &Value| {
        let same = |key: &str, wanted: &str| match row.get(key) {
            Some(Value::String(text)) => text == wanted,
            Some(other) => other.to_string() == wanted,
            None => false,
        };
        same("metric", &figure.metric) && same("at", &figure.at)
    };
    table.get(list).and_then(Value::as_array).is_some_and(|rows| rows.iter().any(is_it))
}

fn is_there(figure: &Figure) -> bool {
    if figure.became == Became::None {
        return true;
    }
    let path = repository("scenarios").join(&figure.file);
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    let table: Table = text.parse().unwrap();
    match figure.became {
        Became::Input => at(&table, &figure.key).is_some(),
        Became::Target => at(&table, &format!("target.{}", figure.key)).is_some(),
        Became::Guidance => has_row(&table, "guidance", figure),
        Became::Observation => has_row(&table, "observation", figure),
        Became::None => true,
    }
}

#[test]
fn every_name_of_the_list_is_where_it_says() {
    for figure in articles().unwrap().figures {
        let what = format!("{}: {}, {}", figure.document, figure.stated, figure.subject);
        if figure.open {
            assert!(!is_there(&figure), "{what} is there now: take out `open`, then {ACCEPT}");
        } else {
            assert!(is_there(&figure), "{what} is not in scenarios/{}", figure.file);
        }
    }
}

/// What stands in the articles, as far as it is a figure: article and a part of what is stated.
const STATED: [(&str, &str); 35] = [
    ("S0", "35 to 40 B USD"),
    ("S0", "350,000"),
    ("S0", "600,000"),
    ("S0", "8B and 70B"),
    ("S0", "405B"),
    ("S0", "September 2024"),
    ("S0", "May 2024"),
    ("S0", "2023"),
    ("S0", "July 2023"),
    ("S0", "January 2024"),
    ("S0", "millions"),
    ("S0", "decade"),
    ("S0", "billions of people"),
    ("S1", "three"),
    ("S1", "100 M USD"),
    ("S1", "14.3 B USD"),
    ("S1", "4 %"),
    ("S1", "no number"),
    ("S2", "14.3 B USD"),
    ("S2", "100 M USD"),
    ("S2", "700 million"),
    ("S2", "no number"),
    ("S3", "10 times"),
    ("S3", "16,000"),
    ("S3", "37 to 40 B USD"),
    ("S3", "2 B USD more"),
    ("S3", "39 B USD, 7 more"),
    ("S3", "13.5 B USD, 5.7 more"),
    ("S3", "3.2 billion"),
    ("S3", "200 million"),
    ("S3", "none"),
    ("S4", "hundreds of billions"),
    ("S4", "350,000"),
    ("S4", "600,000"),
    ("S4", "70B"),
];

#[test]
fn every_figure_of_the_articles_is_in_the_list() {
    let figures = articles().unwrap().figures;
    for (document, stated) in STATED {
        let is_it =
            |figure: &&Figure| figure.document == document && figure.stated.contains(stated);
        assert!(figures.iter().any(|figure| is_it(&figure)), "{document}: {stated}");
    }
}
