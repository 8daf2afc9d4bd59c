//! Tests of the tables.

use std::collections::BTreeSet;

use super::*;
use crate::results::{RunResult, sample};

fn result() -> RunResult {
    sample::run("2024Q1", "2030Q4", 1000)
}

fn render(format: &str, table: &Table) -> String {
    format_named(format).unwrap().render(table, Some(100))
}

/// Rows of a CSV text by column name.
fn csv_rows(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            names.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
        })
        .collect()
}

#[test]
fn formats_have_names_and_end_with_a_line_break() {
    let table = metric_table(&result(), "fleet.h100e").unwrap();
    for (at, format) in FORMATS.iter().enumerate() {
        assert!(FORMATS[..at].iter().all(|other| other.name() != format.name()));
        assert!(format.render(&table, None).ends_with('\n'), "{}", format.name());
        assert!(format.render(&Table::default(), Some(10)).len() < 100, "{}", format.name());
    }
    assert!(format_named("xml").is_none());
}

#[test]
fn a_metric_in_csv_has_every_digit() {
    let result = result();
    let text = render("csv", &metric_table(&result, "capex.total").unwrap());
    let rows = csv_rows(&text);
    assert_eq!(rows.len(), 28 + 7);
    assert_eq!(rows[1]["period"], "2024Q2");
    assert_eq!(rows[28]["period"], "2024");
    assert_eq!(rows[0]["metric"], "capex.total");
    assert_eq!(rows[0]["unit"], "B USD");
    assert_eq!(rows[0]["draws"], "1000");
    let summary = &result.summaries.metric("capex.total").unwrap().years[0].1;
    let number = |name: &str| rows[28][name].parse::<f64>().unwrap();
    assert_eq!(number("mean").to_bits(), summary.moments.mean().unwrap().to_bits());
    assert_eq!(number("p50").to_bits(), summary.sketch.quantile(0.5).unwrap().to_bits());
    assert!(number("p50_low") < number("p50") && number("p50") < number("p50_high"));
    assert!(number("p5") < number("p10") && number("p90") < number("p95_high"));
    assert!(!text.contains("probability"), "{text}");
}

#[test]
fn indicators_have_a_probability() {
    let text = render("csv", &metric_table(&result(), "binds.money").unwrap());
    let rows = csv_rows(&text);
    assert_eq!(rows[0]["probability"], "0.71");
    let low: f64 = rows[0]["probability_low"].parse().unwrap();
    // Wilson's interval of 710 in 1,000.
    assert!((low - 0.681115).abs() < 1e-6, "{low}");
    assert!(!rows[0].contains_key("p50"));
    let text = render("markdown", &metric_table(&result(), "binds.money").unwrap());
    assert!(text.contains("| 2024Q1 | 71 (68–74) |"), "{text}");
}

#[test]
fn all_metrics_share_one_csv() {
    let result = result();
    let rows = csv_rows(&render("csv", &all_metrics_table(&result)));
    assert_eq!(rows.len(), 16 * 28 + 3 * 7);
    let money = rows.iter().find(|row| row["metric"] == "binds.money").unwrap();
    assert_eq!((money["p50"].as_str(), money["probability"].as_str()), ("", "0.71"));
    let fleet = rows.iter().find(|row| row["metric"] == "fleet.h100e").unwrap();
    assert_eq!((fleet["unit"].as_str(), fleet["probability"].as_str()), ("H100e", ""));
    assert!(fleet["p95_high"].parse::<f64>().unwrap() > 4e5);
}

#[test]
fn values_that_are_missing_leave_cells_empty() {
    let mut result = sample::tiny();
    let metric = &mut result.summaries.metrics[0];
    metric.quarters[0] = sample::summary(&[f64::NAN, 1.0]);
    let text = render("csv", &metric_table(&result, "fleet.h100e").unwrap());
    let rows = csv_rows(&text);
    assert_eq!((rows[0]["period"].as_str(), rows[0]["sd"].as_str()), ("2024Q4", ""));
    assert_eq!((rows[0]["draws"].as_str(), rows[0]["nonfinite"].as_str()), ("1", "1"));
    let text = render("markdown", &metric_table(&result, "fleet.h100e").unwrap());
    assert!(text.contains("n/a") && text.contains("1 values were not finite"), "{text}");
    assert!(metric_table(&result, "fleet").is_none());
}

#[test]
fn markdown_is_rounded_in_one_unit() {
    let text = render("markdown", &metric_table(&result(), "fleet.it_power").unwrap());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "# IT power in use (fleet.it_power), GW");
    assert_eq!(lines[2], "| Period | Mean | SD | P5 | P10 | P25 | P50 | P75 | P90 | P95 |");
    assert!(lines[4].starts_with("| 2024Q1 | 0.34 | 0.13 | 0.17 |"), "{}", lines[4]);
    let widths: std::collections::BTreeSet<usize> =
        lines[2..32].iter().map(|line| line.matches('|').count()).collect();
    assert_eq!(widths.len(), 1);
}

#[test]
fn cells_are_quoted_and_escaped() {
    let table = Table {
        title: "T".to_owned(),
        columns: vec![Column::words("a,b", "A|B"), Column::numbers("n", "N", "MW")],
        rows: vec![
            vec![Cell::Text("say \"hi\", \nbye|".to_owned()), Cell::Count(1_234_567)],
            vec![Cell::Empty],
        ],
        notes: vec!["note".to_owned()],
    };
    assert_eq!(render("csv", &table), "\"a,b\",n\n\"say \"\"hi\"\", \nbye|\",1234567\n,\n");
    let text = render("markdown", &table);
    assert!(text.contains("| say \"hi\",  bye\\| | 1,234,567 |\n|  |  |\n"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&render("json", &table)).unwrap();
    assert_eq!(json["rows"][0]["n"], 1_234_567);
    assert_eq!(json["rows"][1]["a,b"], serde_json::Value::Null);
    assert_eq!(json["columns"][1]["unit"], "MW");
    let text = render("terminal", &table);
    assert!(text.starts_with("T\nA|B") && text.ends_with("note\n"), "{text}");
}

#[test]
fn limits_by_quarter() {
    let result = result();
    let table = binding_table(&result);
    let rows = csv_rows(&render("csv", &table));
    assert_eq!(rows.len(), 28);
    assert_eq!(rows[0]["lead_time"], "0.05");
    assert_eq!(rows[0]["affordability_low"], "0");
    let text = render("markdown", &table);
    assert!(text.contains("| Quarter | Money, % | Affordability, % | Supply, % |"), "{text}");
    assert!(text.contains("| 2030Q4 | 71 (68–74) | 0.0 (0.0–0.4) |"), "{text}");
}

#[test]
fn limits_by_year_join_supply_and_lead_time() {
    let shares = limits_of_year(&result(), 2027);
    let words: Vec<String> =
        shares.iter().map(|s| format!("{} {}", s.limit, percent(s.share))).collect();
    assert_eq!(words, ["money 71 %", "chips 19 %", "power 9 %", "installation 1 %", "cash 0 %"]);
    assert_eq!(limits_of_year(&result(), 2031), []);
    let mut quiet = result();
    quiet.summaries.metrics.retain(|metric| metric.name != "binds.money");
    assert_eq!(limits_of_year(&quiet, 2027)[0].limit, "none");
}

#[test]
fn the_headline_reads_well_on_a_narrow_and_a_wide_terminal() {
    let headline = Headline::of(&result());
    for width in [40, 60, 80, 100, 120, 200] {
        let text = headline.text(width);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
    assert_eq!(headline.text(80), NARROW);
    // On the wide one, the first four years and the last are in one table.
    let wide = headline.text(120);
    let heads: Vec<&str> = wide.lines().filter(|line| line.starts_with("     ")).collect();
    let years: Vec<Vec<&str>> =
        heads.iter().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(years, [["2024", "2025", "2026", "2027", "2030"]]);
}

#[test]
fn the_headline_says_what_the_limits_cost() {
    let mut result = result();
    result.limits = Some(sample::limits(27, 1000));
    let headline = Headline::of(&result);
    let text = headline.text(80);
    assert!(
        text.contains(
            "10 % more of each adds by 2030Q4, k H100e: money +50.0, chips 0, power +3.00\n"
        ),
        "{text}"
    );
    assert!(
        text.contains(
            "Of the fleet lost to all limits by 2030Q4: money 50 %, chips 20 %, power 30 %\n"
        ),
        "{text}"
    );
    assert!(text.contains("Warning: it rests on little.\n"), "{text}");
    assert!(headline.markdown().contains("- 10 % more of each adds by 2030Q4"));
    for width in [40, 80, 120] {
        assert!(headline.text(width).lines().all(|line| line.chars().count() <= width));
    }
    let table = limits_table(&result).unwrap();
    let rows = csv_rows(&render("csv", &table));
    assert_eq!(rows.len(), 6);
    let money = &rows[0];
    assert_eq!(
        (&*money["period"], &*money["limit"], &*money["since"]),
        ("2030Q4", "money", "50000")
    );
    assert_eq!((&*money["lost_error"], &*money["blame"]), ("5000", "guidance 50 %"));
    assert_eq!(
        (&*rows[4]["limit"], &*rows[4]["lost"], &*rows[4]["since"]),
        ("all limits", "2000000", "")
    );
    assert!(render("markdown", &table).contains("hall one 25 %"));
}

#[test]
fn the_headline_shows_all_years_where_they_fit() {
    let headline = Headline::of(&result());
    assert_eq!(headline.periods, ["2024", "2025", "2026", "2027", "2028", "2029", "2030"]);
    assert!(headline.text(80).contains("Left out for want of width: 2028–2029"));
    assert!(!headline.text(200).contains("Left out"));
    let text = headline.markdown();
    assert!(text.contains("| 2024 | 2025 | 2026 | 2027 | 2028 | 2029 | 2030 |"), "{text}");
    assert!(
        text.contains("- 2024  money 71 %, chips 19 %, power 9 %, installation 1 %\n"),
        "{text}"
    );
}

#[test]
fn a_short_grid_has_a_headline_too() {
    let headline = Headline::of(&sample::run("2024Q1", "2024Q3", 100));
    assert_eq!(headline.periods, ["2024Q3"]);
    assert!(headline.rows.iter().all(|row| row.values[0].is_some()));
    // The first year is not whole: flows have no sum.
    let headline = Headline::of(&sample::run("2024Q3", "2025Q4", 100));
    let capex = headline.rows.iter().find(|row| row.metric == "capex.total").unwrap();
    assert!(capex.values[0].is_none() && capex.values[1].is_some());
    assert!(headline.text(80).contains("–"));
}

#[test]
fn a_run_folder_gets_every_table() {
    let made = || {
        let result = result();
        run_files(&result, &targets_table(&result))
    };
    let files = made();
    let paths: BTreeSet<&str> = files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths.len(), files.len());
    for path in ["tables/fleet.csv", "tables/fleet.md", "tables/all.csv", "tables/headline.md"] {
        assert!(paths.contains(path), "{path}");
    }
    assert_eq!(made(), files);
    // Every line of the table of all is in the table of one group.
    let lines = |file: &TableFile| file.text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let mut all = lines(files.iter().find(|file| file.path == "tables/all.csv").unwrap());
    let names = result().summaries.metrics.into_iter().map(|metric| metric.name);
    let groups: BTreeSet<String> =
        names.map(|name| format!("tables/{}.csv", name.split('.').next().unwrap())).collect();
    let grouped = files.iter().filter(|file| groups.contains(&file.path));
    let mut grouped: Vec<String> = grouped.flat_map(lines).collect();
    all.sort();
    grouped.sort();
    assert_eq!(all, grouped);
}

/// The headline of the sample at 80 columns.
const NARROW: &str = "\
Meta's AI fleet as seen on 31 July 2024
meta-2024-07 · 1,000 draws · seed 18446744073709551615 · as of 2024-07-31
1 value of hindsight of 2024-10-30 · newest date otherwise used 2024-07-24

                                      2024              2025              2026
──────────────────────────────────────────────────────────────────────────────
Fleet, M H100e            0.47 (0.23–0.98)   1.05 (0.45–2.5)     2.3 (0.9–6.2)
Chips installed, M chips  0.33 (0.16–0.67)  0.55 (0.23–1.28)   0.92 (0.35–2.4)
Bought, M H100e           0.62 (0.30–1.28)   1.38 (0.59–3.2)     3.1 (1.2–8.1)
Largest cluster, k H100e        45 (22–92)      100 (43–230)      220 (84–590)
Largest cluster, k chips        35 (17–73)       57 (24–133)       92 (35–240)
IT power in use, GW       0.50 (0.24–1.03)   0.95 (0.41–2.2)   1.80 (0.68–4.8)
Facility power, GW        0.57 (0.27–1.17)   1.07 (0.46–2.5)     2.0 (0.8–5.4)
Capex, B USD                    32 (17–62)        46 (22–96)       66 (29–149)
Electricity, B USD        0.26 (0.13–0.51)  0.49 (0.22–1.10)   0.93 (0.36–2.4)
Free cash flow, B USD       42 (-12 to 96)    26 (-28 to 80)  10.0 (-44 to 64)

                                      2027                  2030
────────────────────────────────────────────────────────────────
Fleet, M H100e              5.2 (1.7–15.7)           58 (13–250)
Chips installed, M chips   1.55 (0.51–4.6)          7.4 (1.7–32)
Bought, M H100e               6.8 (2.3–21)           75 (17–330)
Largest cluster, k H100e   490 (164–1,490)  5,400 (1,240–24,000)
Largest cluster, k chips      149 (49–450)       630 (143–2,800)
IT power in use, GW         3.4 (1.1–10.3)            23 (5–102)
Facility power, GW          3.9 (1.3–11.6)            26 (6–116)
Capex, B USD                   95 (39–230)          280 (92–850)
Electricity, B USD         1.76 (0.61–5.1)         12.0 (2.9–51)
Free cash flow, B USD     -6.0 (-60 to 48)       -54 (-108 to 0)

What sets the fleet, in % of draws and quarters
2024  money 71 %, chips 19 %, power 9 %, installation 1 %
2025  money 71 %, chips 19 %, power 9 %, installation 1 %
2026  money 71 %, chips 19 %, power 9 %, installation 1 %
2027  money 71 %, chips 19 %, power 9 %, installation 1 %
2030  money 71 %, chips 19 %, power 9 %, installation 1 %

Median, with 5th to 95th percentile in parentheses: if the assumptions hold,
nine futures in ten lie between.
Fleet, chips and power count what is installed: in service at year end. Bought
counts all purchases since 2022, also chips not yet installed. H100e are
H100-equivalents by peak dense 8-bit rate. Capex, electricity and cash flow are
sums of the year.
Left out for want of width: 2028–2029; see tables/headline.md.
";

#[test]
fn targets_have_chances_dates_and_inputs() {
    let result = sample::with_targets(400);
    let rows = csv_rows(&render("csv", &targets_table(&result)));
    assert_eq!(rows.len(), 3);
    let row = &rows[0];
    for (column, value) in [
        ("target", "fleet"),
        ("date", "2024-12-31"),
        ("when", "by 2024-12-31"),
        ("draws", "400"),
        ("met", "100"),
        ("probability", "0.25"),
        ("failed_money", "200"),
        ("failed_supply", "100"),
        ("failed_none", "0"),
        ("first_p95", ""),
        ("never", "0.5"),
        ("input_1", "finance.buffer"),
        ("input_1_auc", "1"),
        ("input_3", ""),
    ] {
        assert_eq!(row[column], value, "{column}: {row:?}");
    }
    assert!(row["first_p10"].starts_with("2024-12"), "{row:?}");
    // Of 400 draws, 200 meet what is given.
    assert_eq!((rows[2]["given"].as_str(), rows[2]["draws"].as_str()), ("fleet", "200"));
    let text = render("markdown", &targets_table(&result));
    let line = text.lines().find(|line| line.contains("by 2024-12-31 |")).unwrap();
    for part in
        ["25 % (21–29)", "money 67 %, chips 33 %", "to never", "higher finance.buffer 100 %"]
    {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(text.contains("power at least 1 GW by 2024-12-31, given fleet"), "{text}");
}

#[test]
fn questions_fit_any_width() {
    let headline = Headline::of(&sample::with_targets(400));
    let block = |width: usize| {
        let text = headline.text(width);
        let start = text.find("\nQuestions").unwrap();
        text[start + 1..].split("\n\n").next().unwrap().to_owned()
    };
    for width in [40, 60, 80, 120] {
        assert!(block(width).lines().all(|line| line.chars().count() <= width), "{}", block(width));
    }
    // One line each where there is room, and one for the title of those with several dates.
    assert_eq!(block(120).lines().count(), 2 + 3 + 1, "{}", block(120));
    let narrow = headline.text(80);
    let below = narrow.split("In the way, by the last date").nth(1).unwrap();
    assert!(below.contains("Fleet of 600,000 H100e") && below.contains("chips 100 %"), "{narrow}");
    assert!(headline.markdown().contains("## Questions"));
    // Without targets nothing is said of them.
    let none = Headline::of(&result());
    assert!(!none.text(100).contains("Questions") && !none.markdown().contains("Questions"));
}
