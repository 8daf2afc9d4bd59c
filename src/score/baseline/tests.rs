use super::*;
use crate::results::{Observed, sample};

fn observed(metric: &str, at: &str, value: f64) -> Observed {
    let day = Date::parse("2024-01-31").unwrap();
    Observed {
        metric: metric.to_owned(),
        at: at.to_owned(),
        position: 0.0,
        yearly: Period::parse(at).is_some_and(|period| matches!(period, Period::Year(_))),
        value,
        low: None,
        high: None,
        known: day,
        seen: true,
        source: "a letter".to_owned(),
        basis: String::new(),
    }
}

/// What forecasts are made from, for a run that starts in 2024Q1.
fn with<T>(
    rows: &[(&str, f64)],
    guides: &[(&str, f64, &str)],
    test: impl Fn(&Input<'_>) -> T,
) -> T {
    let mut result = sample::run("2024Q1", "2025Q4", 10);
    result.about.as_of = Date::parse("2024-02-01").unwrap();
    result.observations =
        rows.iter().map(|(at, value)| observed("capex.total", at, *value)).collect();
    let guide = |&(at, middle, known): &(&str, f64, &str)| Guide {
        metric: "capex.total".to_owned(),
        at: at.to_owned(),
        middle,
        known: Date::parse(known).unwrap(),
    };
    test(&Input {
        result: &result,
        guidance: guides.iter().map(guide).collect(),
        starts: vec![crate::score::Start { metric: "fleet.h100e".to_owned(), value: 100.0 }],
        trends: vec![("fleet.h100e".to_owned(), 2.0)],
        questions: Vec::new(),
        happened: Vec::new(),
    })
}

const QUARTERS: [(&str, f64); 8] = [
    ("2022Q1", 1.0),
    ("2022Q2", 2.0),
    ("2022Q3", 2.0),
    ("2022Q4", 4.0),
    ("2023Q1", 4.0),
    ("2023Q2", 4.0),
    ("2023Q3", 4.0),
    ("2023Q4", 8.0),
];

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

fn near(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-12 * expected.abs().max(1.0), "{actual} {expected}");
}

#[test]
fn last_values_and_growth_by_hand() {
    with(&QUARTERS, &[], |input| {
        let knowledge = Knowledge::of(input, "capex.total");
        let point = |baseline, at| knowledge.forecast(baseline, period(at)).unwrap().point;
        near(point(Baseline::LastValue, "2024Q3"), 8.0);
        near(point(Baseline::LastValue, "2024"), 32.0);
        // It doubled in a year: 8 x 2^(1/4), and so on.
        near(point(Baseline::LastGrowth, "2024Q4"), 16.0);
        near(point(Baseline::LastGrowth, "2024Q1"), 8.0 * libm::pow(2.0, 0.25));
        let year: f64 = (1..=4).map(|q| 8.0 * libm::pow(2.0, f64::from(q) / 4.0)).sum();
        near(point(Baseline::LastGrowth, "2024"), year);
        assert!(knowledge.forecast(Baseline::Guidance, period("2024")).is_none());
        assert!(knowledge.forecast(Baseline::Trend, period("2024")).is_none());
    });
}

#[test]
fn spreads_are_the_baselines_own_errors() {
    with(&QUARTERS, &[], |input| {
        let knowledge = Knowledge::of(input, "capex.total");
        // One quarter ahead the last value was off by factors 2, 1, 2, 1, 1, 1, 2.
        let one = knowledge.forecast(Baseline::LastValue, period("2024Q1")).unwrap();
        let ln2 = std::f64::consts::LN_2;
        near(one.sd.unwrap(), ln2 * (3.0_f64 / 7.0).sqrt());
        // Eight ahead there is no error, five ahead there are three: 4/1, 4/2 and 8/2.
        let eight = knowledge.forecast(Baseline::LastValue, period("2025Q4")).unwrap();
        let squares = [2.0 * ln2, ln2, 2.0 * ln2].map(|x| x * x).iter().sum::<f64>();
        near(eight.sd.unwrap(), (8.0_f64 / 5.0).sqrt() * (squares / 3.0).sqrt());
        assert!(one.log && eight.log);
    });
    // Nothing is known of how a forecast from two values did.
    with(&QUARTERS[6..], &[], |input| {
        let knowledge = Knowledge::of(input, "capex.total");
        let forecast = knowledge.forecast(Baseline::LastValue, period("2024Q2")).unwrap();
        assert_eq!(forecast.sd, None);
        assert!(knowledge.forecast(Baseline::LastGrowth, period("2024Q2")).is_none());
    });
}

#[test]
fn ranges_and_what_they_leave() {
    let mut rows = QUARTERS.to_vec();
    rows.push(("2024Q1", 10.0));
    let guides = [
        ("2022", 9.0, "2022-02-01"),
        ("2023", 30.0, "2023-01-31"),
        ("2023", 19.0, "2023-07-26"),
        ("2024", 40.0, "2023-10-25"),
        ("2024", 50.0, "2024-01-31"),
        ("2024", 99.0, "2024-04-30"),
    ];
    with(&rows, &guides, |input| {
        let knowledge = Knowledge::of(input, "capex.total");
        let year = knowledge.forecast(Baseline::Guidance, period("2024")).unwrap();
        near(year.point, 50.0);
        // Ranges of the same season: 9 of 9 in 2022, 20 of 30 in 2023; the one of July 2023 is later.
        near(year.sd.unwrap(), libm::log(1.5) / 2.0_f64.sqrt());
        let open = knowledge.forecast(Baseline::Guidance, period("2024Q3")).unwrap();
        near(open.point, 40.0 / 3.0);
        assert!(knowledge.forecast(Baseline::Guidance, period("2025")).is_none());
    });
}

#[test]
fn trends_start_from_the_estimate_where_nothing_was_seen() {
    with(&QUARTERS, &[], |input| {
        let knowledge = Knowledge::of(input, "fleet.h100e");
        let forecast = knowledge.forecast(Baseline::Trend, period("2024Q4")).unwrap();
        near(forecast.point, 200.0);
        assert_eq!(forecast.sd, None);
        near(knowledge.forecast(Baseline::LastValue, period("2025")).unwrap().point, 100.0);
        assert!(knowledge.forecast(Baseline::LastGrowth, period("2024Q4")).is_none());
    });
}

#[test]
fn losses_grow_by_differences() {
    let rows = [("2022", 10.0), ("2023", -5.0)];
    with(&rows, &[], |input| {
        let knowledge = Knowledge::of(input, "capex.total");
        let forecast = knowledge.forecast(Baseline::LastGrowth, period("2025")).unwrap();
        near(forecast.point, -35.0);
        assert!(!forecast.log);
    });
}

#[test]
fn a_spread_that_serves_best_is_no_worse_than_none() {
    let forecast = Forecast { point: 100.0, sd: None, log: true, ahead: 1.0 };
    let outcome = Outcome { value: 150.0, error: 0.0, log: true };
    let scores = scored(&[Some((forecast, outcome)), None]);
    let score = scores[0].unwrap();
    near(score.point, libm::log(1.5));
    assert!(score.spread < score.point && !score.own_errors);
    assert!(scores[1].is_none());
    let own = Forecast { sd: Some(0.1), ..forecast };
    let score = scored(&[Some((own, outcome))])[0].unwrap();
    near(score.spread, crps_normal(0.0, 0.1, libm::log(1.5)));
    assert!(score.own_errors);
}
