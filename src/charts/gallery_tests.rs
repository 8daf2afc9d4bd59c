//! Every chart of the registry: snapshots, and layout at all sizes on both papers.

use super::figure::layout::layout;
use super::figure::page::Mark;
use super::font::Fonts;
use super::from_run::{NamedFigure, Page};
use super::heatmap::{HeatmapInput, heatmap};
use super::input::{
    AsOf, Caption, DifferenceInput, Quantiles, Quarters, RowsThatFit, Step, TornadoInput,
    TornadoRow, Unit, WaterfallInput,
};
use super::registry::{CHARTS, Choice, Lack, Origin, chart};
use super::sweep_line::{SweepLineInput, sweep_line};
use super::tests::text_boxes;
use super::{Figure, Format, Theme, calibration, difference_fan, draw, pit, tornado, waterfall};
use crate::results::{RunResult, sample};
use std::path::PathBuf;

/// Sizes of pages, from a phone to a screen on a wall.
const SIZES: [(f64, f64); 4] = [(600.0, 340.0), (1200.0, 675.0), (2400.0, 1350.0), (700.0, 900.0)];

/// A run with everything that a chart may want, `factor` times as large as usual.
fn rich(factor: f64) -> RunResult {
    let draws = 400;
    let mut result = sample::with_targets(draws);
    let grid = result.grid;
    let mut add = |names, value: &dyn Fn(usize, f64) -> f64| {
        result.summaries.metrics.push(sample::metric(names, grid, draws, value));
    };
    let growing = |first: f64| {
        move |step: usize, u: f64| factor * first * libm::exp(0.12 * step as f64) * (0.6 + 0.8 * u)
    };
    let share = |first: f64, slope: f64| move |step: usize, _: f64| first + slope * step as f64;
    add(("finance.operating_cash", "Operating cash flow", "B USD", "flow"), &growing(18.0));
    add(("capex.chips", "Capex for chips", "B USD", "flow"), &growing(3.1));
    add(("capex.other_chips", "Capex for other chips", "B USD", "flow"), &growing(0.6));
    add(("capex.buildings", "Capex for buildings", "B USD", "flow"), &growing(2.2));
    add(("site.ready_power", "IT power ready", "MW", "stock"), &growing(420.0));
    add(("site.planned_power", "IT power announced", "MW", "stock"), &growing(640.0));
    add(("site.contracted_power", "IT power contracted", "MW", "stock"), &growing(530.0));
    add(("use.share.ranking", "Share of ranking", "", "ratio"), &share(0.5, -0.02));
    add(("use.share.inference", "Share of inference", "", "ratio"), &share(0.1, 0.01));
    add(("use.share.research", "Share of research", "", "ratio"), &share(0.2, 0.0));
    add(("use.share.flagship", "Share of the flagship", "", "ratio"), &share(0.05, 0.01));
    add(("use.share.idle", "Share idle", "", "ratio"), &share(0.15, 0.0));
    add(("chip.h100.installed_h100e", "Installed H100", "H100e", "stock"), &growing(2e5));
    add(("chip.b200.installed_h100e", "Installed B200", "H100e", "stock"), &growing(3e4));
    add(("training.next.job_h100e", "Job Next", "H100e", "stock"), &growing(1.5e4));
    add(("training.next.started", "Run started Next", "", "indicator"), &|step, u| {
        f64::from(u8::from(u < 0.2 * step as f64))
    });
    result.kept.results = [2024, 2025, 2026]
        .into_iter()
        .flat_map(|year| {
            let draw = move |i: usize, first: f64| {
                let wave = 1.0 + 0.3 * libm::sin(i as f64 * 2.4 + f64::from(year));
                factor * first * wave * libm::exp(0.5 * f64::from(year - 2024))
            };
            [("facility.power", 600.0), ("capex.total", 38.0)].map(|(name, first)| {
                (format!("{name}@{year}"), (0..40).map(|i| draw(i, first)).collect())
            })
        })
        .collect();
    result
}

fn caption() -> Caption {
    Caption {
        title: "What the difference is due to, in a sentence of usual length".into(),
        measure: "at the meter in 2027Q4".into(),
        scenario: "example".into(),
        draws: 10_000,
        seed: 7,
        notes: Vec::new(),
        credit: "Epoch AI (CC BY 4.0)".into(),
    }
}

pub(super) fn bridge(parts: usize) -> WaterfallInput {
    let value = |k: usize| 1e8 * [4.2, -1.9, 2.7, 0.3, -0.4, 0.1][k % 6] / (1.0 + (k / 6) as f64);
    let steps: Vec<Step> = (0..parts)
        .map(|k| Step {
            label: format!("an.input.of.the.scenario.{k}"),
            value: value(k),
            error: 1.2e7,
            role: None,
        })
        .collect();
    let sum: f64 = steps.iter().map(|step| step.value).sum();
    WaterfallInput {
        caption: caption(),
        unit: Unit::metric("W", "watts"),
        start: Some(("meta-2024-07".into(), 2.1e9)),
        steps,
        end: ("with changes".into(), 2.1e9 + sum),
        most: RowsThatFit::default(),
    }
}

fn storm(rows: usize) -> TornadoInput {
    let row = |k: usize| TornadoRow {
        label: format!("an.input.{k}"),
        low: 2.1e9 - 9e8 / (1.0 + k as f64),
        high: 2.1e9 + if k % 3 == 2 { -2e8 } else { 7e8 } / (1.0 + k as f64),
        errors: (2e7, 2e7),
    };
    TornadoInput {
        caption: caption(),
        unit: Unit::metric("W", "watts"),
        base: ("Mean".into(), 2.1e9),
        sides: ("lowest fifth".into(), "highest fifth".into()),
        rows: (0..rows).map(row).collect(),
        most: RowsThatFit::default(),
    }
}

/// Where observations lay: more of them high than low.
fn scored() -> Vec<f64> {
    (1..40).map(|k| libm::sqrt(f64::from(k) / 40.0)).collect()
}

/// Names of the values of a key.
fn names(count: usize) -> Vec<String> {
    (0..count).map(|k| format!("0.{}", k + 1)).collect()
}

fn grid() -> HeatmapInput {
    let value = |i: usize, j: usize| 1.2e9 * (1.0 + 0.15 * i as f64) * (1.0 + 0.07 * j as f64);
    HeatmapInput {
        caption: caption(),
        unit: Unit::metric("W", "watts"),
        rows: ("a.key (factor)".into(), names(5)),
        columns: ("another.key".into(), names(7)),
        statistic: "median".into(),
        values: (0..5).map(|i| (0..7).map(|j| value(i, j)).collect()).collect(),
    }
}

fn swept() -> SweepLineInput {
    let curve = |factor: f64| (0..7).map(|k| factor * 1e9 * (2.0 + 0.3 * f64::from(k))).collect();
    SweepLineInput {
        caption: caption(),
        unit: Unit::metric("W", "watts"),
        key: "a.key".into(),
        names: names(7),
        numbers: Some((1..8).map(|k| 0.1 * f64::from(k)).collect()),
        ratios: false,
        statistic: "median".into(),
        quantiles: Quantiles {
            p5: curve(0.5),
            p25: curve(0.8),
            p50: curve(1.0),
            p75: curve(1.3),
            p95: curve(1.9),
            ..Quantiles::default()
        },
    }
}

fn gap(sign: f64) -> DifferenceInput {
    let curve = |z: f64| (0..12).map(|i| 1e7 * f64::from(i) * (sign * 3.0 + z)).collect();
    DifferenceInput {
        caption: caption(),
        unit: Unit::metric("W", "watts"),
        quarters: Quarters::starting(2024, 1, 12),
        quantiles: Quantiles {
            p5: curve(-5.0),
            p10: curve(-4.0),
            p25: curve(-2.0),
            p50: curve(0.0),
            p75: curve(2.0),
            p90: curve(4.0),
            p95: curve(5.0),
        },
        names: ("meta-2024-07".into(), "meta-2024-07+slow-grid".into()),
        above: Some(0.3),
        as_of: Some(AsOf { x: 2024.58, label: "as of 31 Jul 2024".into() }),
    }
}

/// One picture of every chart, for a page with room for so many rows.
pub(super) fn pictures(rows: RowsThatFit) -> Vec<(&'static str, Figure)> {
    let (run, other) = (rich(1.0), rich(1.4));
    let page = Page::new(&run);
    let choice = Choice { rows, ..Choice::default() };
    let first = |name: &str, drawn: Result<Vec<NamedFigure>, Lack>| {
        let drawn = drawn.unwrap_or_else(|lack| panic!("{name}: {lack:?}"));
        drawn.into_iter().next().unwrap_or_else(|| panic!("{name} is empty")).figure
    };
    let picture = |name: &'static str, origin: Origin| match origin {
        Origin::Run(build) => first(name, build(&page, &choice)),
        Origin::Runs(build) => first(name, build(&[&run, &other], &choice)),
        Origin::Command("compare") => waterfall(&WaterfallInput { most: rows, ..bridge(8) }),
        Origin::Command("drivers") => tornado(&TornadoInput { most: rows, ..storm(20) }),
        Origin::Command(_) if name == "heatmap" => heatmap(&grid()),
        Origin::Command(_) if name == "pit" => pit(&scored(), &caption()),
        Origin::Command(_) if name == "calibration" => calibration(&scored(), &caption()),
        Origin::Command(_) => sweep_line(&swept()),
    };
    CHARTS.iter().map(|chart| (chart.name, picture(chart.name, chart.from))).collect()
}

fn assert_readable(name: &str, figure: &Figure) {
    let page = layout(figure, &Fonts::load().unwrap());
    let boxes = text_boxes(&page);
    for (i, (text, frame)) in boxes.iter().enumerate() {
        let inside = frame.left >= 0.0
            && frame.top >= 0.0
            && frame.right <= page.width
            && frame.bottom <= page.height;
        assert!(inside, "{name}: {text:?} runs off the page: {frame:?}");
        for (other, second) in &boxes[..i] {
            assert!(!frame.overlaps(second), "{name}: {text:?} over {other:?}");
        }
    }
    let (width, height) = (page.plot.right - page.plot.left, page.plot.bottom - page.plot.top);
    assert!(width > 0.33 * page.width, "{name}: the plot is {width} wide");
    assert!(height > 0.26 * page.height, "{name}: the plot is {height} high");
    for mark in &page.marks {
        if let Mark::Text(text) = mark {
            let pixels = text.size * page.zoom;
            assert!(pixels >= 9.0, "{name}: {:?} has {pixels} pixels", text.content);
        }
    }
}

#[test]
fn every_chart_can_be_read_at_every_size_on_both_papers() {
    for (width, height) in SIZES {
        for (name, figure) in pictures(RowsThatFit::on(width, height)) {
            for theme in [Theme::Light, Theme::Dark] {
                let figure = figure.clone().sized(width, height).themed(theme);
                assert_readable(&format!("{name} at {width}x{height}"), &figure);
            }
        }
    }
}

#[test]
fn every_chart_is_drawn_as_before() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
    let accept = std::env::var_os("FLEETCAST_ACCEPT").is_some();
    let mut wrong = Vec::new();
    for (name, figure) in pictures(RowsThatFit::default()) {
        let svg = String::from_utf8(draw(&figure, Format::SvgInline).unwrap()).unwrap();
        let path = folder.join(format!("{name}.svg"));
        if accept {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &svg).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != svg {
            wrong.push(name);
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:?} look different; accept with: FLEETCAST_ACCEPT=1 cargo test --lib gallery"
    );
}

#[test]
fn every_chart_has_pixels_of_the_asked_size_on_its_paper() {
    for (name, figure) in pictures(RowsThatFit::on(600.0, 340.0)) {
        for theme in [Theme::Light, Theme::Dark] {
            let figure = figure.clone().sized(600.0, 340.0).themed(theme);
            let png = draw(&figure, Format::Png { zoom: 1.0 }).unwrap();
            let image = tiny_skia::Pixmap::decode_png(&png).unwrap();
            assert_eq!((image.width(), image.height()), (600, 340), "{name}");
            let paper = theme.paper();
            let blank = image
                .pixels()
                .iter()
                .filter(|p| (p.red(), p.green(), p.blue()) == (paper.r, paper.g, paper.b))
                .count();
            let share = blank as f64 / image.pixels().len() as f64;
            assert!((0.2..0.97).contains(&share), "{name} {theme:?}: {share} is paper");
        }
    }
}

#[test]
fn a_waterfall_ends_where_its_parts_lead_and_sums_up_the_small_ones() {
    let figure = waterfall(&WaterfallInput { most: RowsThatFit(8), ..bridge(12) });
    assert_eq!(figure.y.ticks.len(), 8);
    assert!(figure.y.ticks.iter().any(|tick| tick.label == "7 others"), "{:?}", figure.y.ticks);
    let super::figure::Layer::Bars(bars) =
        figure.layers.iter().find(|l| matches!(l, super::figure::Layer::Bars(_))).unwrap()
    else {
        panic!("it has bars")
    };
    // Each part starts where the one before ends; the last one ends at the total.
    for pair in bars[1..bars.len() - 1].windows(2) {
        assert!((pair[0].x.1 - pair[1].x.0).abs() < 1e-3, "{pair:?}");
    }
    let end = bridge(12).end.1;
    assert!(
        (bars[bars.len() - 2].x.1 - end).abs() < 1e-3
            && (bars[bars.len() - 1].x.1 - end).abs() < 1e-3
    );
}

#[test]
fn a_tornado_names_the_strongest_first() {
    let figure = tornado(&TornadoInput { most: RowsThatFit(5), ..storm(20) });
    let names: Vec<&str> = figure.y.ticks.iter().map(|tick| tick.label.as_str()).collect();
    assert_eq!(names[0], "an.input.0");
    assert_eq!(names.len(), 5);
    assert!(figure.footnote.contains("15\u{a0}weaker inputs"), "{}", figure.footnote);
}

#[test]
fn a_difference_says_which_side_is_which() {
    for sign in [1.0, -1.0] {
        let figure = difference_fan(&gap(sign));
        assert_readable("difference", &figure);
        assert!(figure.subtitle.contains("meta-2024-07+slow-grid less meta-2024-07"));
    }
}

#[test]
fn difference_of_runs_is_taken_draw_by_draw() {
    let (first, second) = (rich(1.0), rich(1.4));
    let Some(Origin::Runs(build)) = chart("difference-fan").map(|chart| chart.from) else {
        panic!("it is a chart of two runs")
    };
    let figure = &build(&[&first, &second], &Choice::default()).unwrap()[0].figure;
    // Every draw is 1.4 times as large: the difference is above zero in all of them.
    assert!(figure.title.contains("above zero in 100"), "{}", figure.title);
    let mut other = second.clone();
    other.about.seed = 1;
    assert!(matches!(build(&[&first, &other], &Choice::default()), Err(Lack::Data(_))));
    assert!(matches!(build(&[&first], &Choice::default()), Err(Lack::Data(_))));
}

#[test]
fn what_a_run_does_not_have_is_said() {
    let run = sample::run("2024Q1", "2025Q4", 100);
    let page = Page::new(&run);
    let build = |name: &str, choice: &Choice| match chart(name).map(|chart| chart.from) {
        Some(Origin::Run(build)) => build(&page, choice).map(|drawn| drawn.len()),
        _ => panic!("{name} is a chart of one run"),
    };
    let usual = Choice::default();
    assert!(matches!(build("use", &usual), Err(Lack::Data(_))));
    assert!(matches!(build("first-passage", &usual), Err(Lack::Data(_))));
    assert!(matches!(build("guidance", &usual), Err(Lack::Data(_))));
    assert!(
        matches!(build("cash", &usual), Err(Lack::Metric(name)) if name == "finance.operating_cash")
    );
    let metric = |name: &str| Choice { metric: Some(name.to_owned()), ..Choice::default() };
    assert!(matches!(build("fan", &metric("facility.pwr")), Err(Lack::Metric(_))));
    assert!(matches!(build("fan", &metric("binds.power")), Err(Lack::Data(_))));
    assert_eq!(build("fan", &metric("fleet.chips")), Ok(1));
    let at = |period: &str| Choice { at: Some(period.to_owned()), ..Choice::default() };
    assert_eq!(build("histogram", &at("2025Q2")), Ok(1));
    assert_eq!(build("exceedance", &at("2025")), Ok(1), "the year of a stock is its last quarter");
    for wrong in ["2031Q4", "2031", "soon", ""] {
        assert!(matches!(build("histogram", &at(wrong)), Err(Lack::Period { .. })), "{wrong}");
    }
}

#[test]
fn histograms_and_exceedance_curves_hold_all_draws() {
    let run = rich(1.0);
    let page = Page::new(&run);
    let Some(Origin::Run(build)) = chart("histogram").map(|chart| chart.from) else { panic!() };
    let figure = &build(&page, &Choice::default()).unwrap()[0].figure;
    let sum: f64 = figure
        .layers
        .iter()
        .flat_map(|layer| match layer {
            super::figure::Layer::Bars(bars) => bars.iter().map(|bar| bar.y.1).collect(),
            _ => Vec::new(),
        })
        .sum();
    assert!((0.99..=1.0 + 1e-9).contains(&sum), "{sum}");
}

#[test]
fn reported_quarters_are_points_and_the_fan_starts_at_the_last() {
    // The sample looks from July 2024: the third quarter is constant, but nobody has reported it.
    let layers = |name: &str| {
        let mut run = sample::run("2024Q1", "2025Q4", 100);
        let grid = run.grid;
        let parts = (name, "Amount", "B USD", "flow");
        let value = |step: usize, u: f64| if step < 3 { 7.0 + step as f64 } else { 10.0 + 5.0 * u };
        run.summaries.metrics[0] = sample::metric(parts, grid, 100, value);
        let page = Page::new(&run);
        let Some(Origin::Run(build)) = chart("fan").map(|chart| chart.from) else { panic!() };
        let choice = Choice { metric: Some(name.to_owned()), ..Choice::default() };
        let figure = &build(&page, &choice).unwrap()[0].figure;
        let (mut dots, mut hidden) = (0, 0);
        for layer in &figure.layers {
            match layer {
                super::figure::Layer::Points { points, .. } => dots += points.len(),
                super::figure::Layer::Line { y, .. } => {
                    hidden = y.iter().take_while(|v| v.is_nan()).count();
                }
                _ => {}
            }
        }
        (dots, hidden)
    };
    assert_eq!(layers("capex.total"), (2, 1));
    assert_eq!(layers("finance.debt"), (0, 0), "the same in all draws, but not reported");
}

/// Texts that a line of at least this width runs through.
fn struck(page: &super::figure::page::Page, least: f64) -> Vec<String> {
    let lines: Vec<_> = page
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Line { points, width, .. } if *width >= least => Some(points),
            _ => None,
        })
        .collect();
    let met = |(_, frame): &(String, super::figure::page::Frame)| {
        lines.iter().any(|points| points.windows(2).any(|w| frame.meets(w[0], w[1])))
    };
    text_boxes(page).into_iter().filter(met).map(|(text, _)| text).collect()
}

#[test]
fn a_tornado_of_a_chance_has_no_axis_below_zero_and_no_number_on_it() {
    let row = |k: usize| TornadoRow {
        label: format!("an.input.{k}"),
        low: 0.0006 * k as f64 * k as f64,
        high: 0.22 / (1.0 + 0.5 * k as f64),
        errors: (0.004, 0.01),
    };
    for (high, base) in [(false, 0.06), (true, 0.94)] {
        let mirrored =
            |row: TornadoRow| TornadoRow { low: 1.0 - row.low, high: 1.0 - row.high, ..row };
        let rows = (0..10).map(|k| if high { mirrored(row(k)) } else { row(k) });
        let input = TornadoInput {
            caption: caption(),
            unit: Unit::share("percent"),
            base: ("Mean".into(), base),
            sides: ("lowest fifth".into(), "highest fifth".into()),
            rows: rows.collect(),
            most: RowsThatFit::default(),
        };
        let figure = tornado(&input);
        let ticks = &figure.x.ticks;
        assert!(ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.at)), "{ticks:?}");
        let of_whiskers = |layer: &super::figure::Layer| match layer {
            super::figure::Layer::Whiskers(whiskers) => whiskers.clone(),
            _ => Vec::new(),
        };
        for (from, to, _) in figure.layers.iter().flat_map(of_whiskers) {
            assert!((0.0..=1.0).contains(&from) && (0.0..=1.0).contains(&to), "{from} {to}");
        }
        for (width, height) in SIZES {
            let figure = figure.clone().sized(width, height);
            assert_readable("tornado of a chance", &figure);
            let page = layout(&figure, &Fonts::load().unwrap());
            assert_eq!(struck(&page, 1.5), [""; 0], "{width}x{height}");
        }
    }
}

#[test]
fn no_curve_runs_through_the_words_of_an_exceedance_curve() {
    let result = rich(1.0);
    let page = Page::new(&result);
    let Some(Origin::Run(build)) = chart("exceedance").map(|chart| chart.from) else {
        panic!("it is a chart of a run")
    };
    for metric in ["facility.power", "fleet.h100e", "capex.total"] {
        for (width, height) in SIZES {
            let rows = RowsThatFit::on(width, height);
            let choice = Choice { metric: Some(metric.to_owned()), rows, ..Choice::default() };
            let figure = build(&page, &choice).unwrap().remove(0).figure.sized(width, height);
            let page = layout(&figure, &Fonts::load().unwrap());
            assert_eq!(struck(&page, 2.0), [""; 0], "{metric} at {width}x{height}");
        }
    }
}

/// Months and values keep off the bars, and a month that had to make room leads to its own.
#[test]
fn words_of_guidance_keep_off_its_bars() {
    let mut result = rich(1.0);
    let range = result.guidance[0].clone();
    let given = |(at, known, low, high): &(&str, &str, f64, f64)| crate::results::Guided {
        at: (*at).to_owned(),
        known: crate::time::Date::parse(known).unwrap(),
        low: *low,
        high: *high,
        ..range.clone()
    };
    result.guidance = [
        ("2023", "2022-10-26", 34.0, 39.0),
        ("2023", "2023-02-01", 30.0, 33.0),
        ("2023", "2023-04-26", 30.0, 33.0),
        ("2023", "2023-07-26", 27.0, 30.0),
        ("2023", "2023-10-25", 27.0, 29.0),
        ("2024", "2023-10-25", 30.0, 35.0),
        ("2024", "2024-02-01", 30.0, 37.0),
        ("2024", "2024-04-24", 35.0, 40.0),
        ("2024", "2024-07-31", 37.0, 40.0),
    ]
    .iter()
    .map(given)
    .collect();
    let page = Page::new(&result);
    let Some(Origin::Run(build)) = chart("guidance").map(|chart| chart.from) else {
        panic!("it is a chart of a run")
    };
    for (width, height) in SIZES {
        let figure = build(&page, &Choice::default()).unwrap().remove(0).figure;
        let figure = figure.sized(width, height);
        assert_readable("guidance", &figure);
        let page = layout(&figure, &Fonts::load().unwrap());
        let bars = page.marks.iter().filter_map(|mark| match mark {
            Mark::Area { points, .. } => Some(super::figure::page::Frame {
                left: points[0].0,
                top: points[0].1.min(points[2].1),
                right: points[2].0,
                bottom: points[0].1.max(points[2].1),
            }),
            _ => None,
        });
        let bars: Vec<_> = bars.collect();
        assert!(bars.len() > 9, "{}", bars.len());
        let boxes = text_boxes(&page);
        for (text, frame) in &boxes {
            let over = bars.iter().any(|bar| bar.overlaps(frame));
            assert!(!over, "{text:?} on a bar at {width}x{height}");
        }
        let months = boxes.iter().filter(|(text, _)| text.len() == 3 && text != "200").count();
        assert!(months >= 9, "{months} at {width}x{height}");
    }
}

#[test]
fn runs_of_one_scenario_are_called_by_their_folders() {
    let (first, mut second) = (rich(1.0), rich(1.4));
    let given = |value: &str| crate::results::Given {
        key: "chip.slip".to_owned(),
        value: value.to_owned(),
        ..sample::tiny().given[0].clone()
    };
    let mut first = first.clone();
    first.given = vec![given("0 d")];
    second.given = vec![given("90 d")];
    let names = vec!["plain".to_owned(), "late".to_owned()];
    let choice = Choice { names, ..Choice::default() };
    let of = |name: &str| {
        let Some(Origin::Runs(build)) = chart(name).map(|chart| chart.from) else {
            panic!("it is a chart of runs")
        };
        build(&[&first, &second], &choice).unwrap().remove(0).figure
    };
    let difference = of("difference-fan");
    assert!(difference.subtitle.contains("late less plain"), "{}", difference.subtitle);
    assert!(
        difference.footnote.contains("late less plain · they differ in chip.slip"),
        "{}",
        difference.footnote
    );
    let title = of("small-multiples").title;
    assert!(title.contains("highest in late"), "{title}");
}
