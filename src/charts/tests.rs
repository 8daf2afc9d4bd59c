//! Tests of whole charts: from input to page and bytes.

use super::figure::layout::layout;
use super::figure::page::{Anchor, Frame, Mark, Page};
use super::font::Fonts;
use super::input::{
    AsOf, BindingInput, Caption, Constraint, FanInput, Known, Observation, Quantiles, Quarters,
    Scale, Slice, StackedInput, Threshold, Unit,
};
use super::{CHARTS, Figure, Format, binding, draw, fan, stacked_area};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The same cases in every run; failures are not written to files.
pub(super) fn seeded(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(20_240_731),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn caption() -> Caption {
    Caption {
        title: "Fleet <in service> & more".into(),
        measure: "at quarter end".into(),
        scenario: "example".into(),
        draws: 10_000,
        seed: 7,
        notes: Vec::new(),
        credit: "Reported values: filings".into(),
    }
}

fn quantiles(count: usize, middle: impl Fn(f64) -> f64, spread: f64) -> Quantiles {
    let curve =
        |z: f64| (0..count).map(|i| middle(i as f64) + z * spread * (1.0 + i as f64)).collect();
    Quantiles {
        p5: curve(-1.6),
        p10: curve(-1.3),
        p25: curve(-0.7),
        p50: curve(0.0),
        p75: curve(0.7),
        p90: curve(1.3),
        p95: curve(1.6),
    }
}

fn fan_input(count: usize, middle: impl Fn(f64) -> f64, spread: f64) -> FanInput {
    FanInput {
        caption: caption(),
        unit: Unit::count("H100 equivalents"),
        scale: Scale::Linear,
        quarters: Quarters::starting(2024, 1, count),
        quantiles: quantiles(count, middle, spread),
        observations: Vec::new(),
        as_of: Some(AsOf { x: 2024.58, label: "as of 31 Jul 2024".into() }),
        thresholds: Vec::new(),
    }
}

fn observed(mut input: FanInput) -> FanInput {
    let point = |x, value, interval, known| Observation { x, value, interval, known };
    input.observations = vec![
        point(2024.25, 0.4e6, None, Known::ByAsOf),
        point(2025.0, 1.2e6, Some((0.7e6, 1.7e6)), Known::Later),
        point(2040.0, 99e6, None, Known::Later),
        point(2025.25, f64::NAN, None, Known::Later),
    ];
    input
}

fn stacked_input(count: usize) -> StackedInput {
    let peaks = [0.02e6, 0.05e6, 0.3e6, 0.5e6, 0.9e6, 1.5e6, 2.1e6, 2.6e6, 3.0e6];
    let slice = |(k, peak): (usize, &f64)| Slice {
        name: format!("Generation {k}"),
        values: (0..count)
            .map(|i| (peak * (1.0 - (i as f64 - 3.0 * k as f64).abs() / 9.0)).max(0.0))
            .collect(),
    };
    StackedInput {
        caption: caption(),
        unit: Unit::count("H100 equivalents"),
        quarters: Quarters::starting(2024, 1, count),
        slices: peaks.iter().enumerate().map(slice).collect(),
        as_of: None,
    }
}

fn binding_input(count: usize) -> BindingInput {
    let share = |k: usize| (0..count).map(|i| (k + i % 3) as f64 / 28.0).collect();
    let limits = [
        Constraint::Money,
        Constraint::Affordability,
        Constraint::Chips,
        Constraint::LeadTime,
        Constraint::Power,
    ];
    let mut shares: Vec<_> = limits.into_iter().zip((0..5).map(share)).collect();
    shares.push((Constraint::Installation, vec![0.001; count]));
    BindingInput {
        caption: caption(),
        quarters: Quarters::starting(2024, 1, count),
        shares,
        as_of: None,
    }
}

/// Charts of every kind, common and odd.
fn samples() -> Vec<(&'static str, Figure)> {
    let rising = |i: f64| 0.3e6 + 0.02e6 * i * i;
    let plain = observed(fan_input(28, rising, 0.01e6));
    let mut log = plain.clone();
    log.scale = Scale::Log;
    log.thresholds = vec![Threshold { value: 0.6e6, label: "Target: 600 k".into() }];
    let mut money = fan_input(28, |i| 1e9 * (20.0 - 6.0 * i + 0.25 * i * i), 0.2e9);
    money.unit = Unit::dollars();
    let mut gaps = plain.clone();
    gaps.quantiles.p50[5] = f64::NAN;
    gaps.quantiles.p5[6] = f64::NAN;
    gaps.quantiles.p95[27] = f64::NAN;
    gaps.quantiles.p10.truncate(20);
    let mut long = plain.clone();
    long.caption.title = "A very long title about everything that happens to the fleet ".repeat(3);
    let mut none = plain.clone();
    none.quarters = Quarters::default();
    none.quantiles = Quantiles::default();
    vec![
        ("fan", fan(&plain)),
        ("log", fan(&log)),
        ("money", fan(&money)),
        ("gaps", fan(&gaps)),
        ("long title", fan(&long)),
        ("no quarters", fan(&none)),
        ("zero", fan(&fan_input(28, |_| 0.0, 0.0))),
        ("equal", fan(&fan_input(28, |_| 2.2e6, 0.0))),
        ("negative", fan(&fan_input(28, |i| -5.0 - i, 0.02))),
        ("single quarter", fan(&fan_input(1, |_| 2.2e6, 0.2e6))),
        ("sixty quarters", fan(&fan_input(60, rising, 0.01e6))),
        ("stack", stacked_area(&stacked_input(28))),
        ("stack of one quarter", stacked_area(&stacked_input(1))),
        ("empty stack", stacked_area(&StackedInput { slices: Vec::new(), ..stacked_input(4) })),
        ("binding", binding(&binding_input(28))),
        ("binding of one quarter", binding(&binding_input(1))),
    ]
}

fn page(figure: &Figure) -> Page {
    layout(figure, &Fonts::load().unwrap())
}

/// Boxes of all texts on a page.
pub(super) fn text_boxes(page: &Page) -> Vec<(String, Frame)> {
    let fonts = Fonts::load().unwrap();
    let text_box = |mark: &Mark| {
        let Mark::Text(text) = mark else { return None };
        let width = fonts.width(&text.content, text.size, text.bold);
        let left = match text.anchor {
            Anchor::Start => text.at.0,
            Anchor::Middle => text.at.0 - width / 2.0,
            Anchor::End => text.at.0 - width,
        };
        let (top, bottom) = (text.at.1 - 0.74 * text.size, text.at.1 + 0.02 * text.size);
        Some((text.content.clone(), Frame { left, top, right: left + width, bottom }))
    };
    page.marks.iter().filter_map(text_box).collect()
}

fn contents(figure: &Figure) -> Vec<String> {
    let spaces = ['\u{202f}', '\u{a0}'];
    text_boxes(&page(figure)).into_iter().map(|(text, _)| text.replace(spaces, " ")).collect()
}

fn assert_readable(name: &str, figure: &Figure) {
    let page = page(figure);
    let sheet = Frame { left: 0.0, top: 0.0, right: page.width, bottom: page.height };
    let boxes = text_boxes(&page);
    for (i, (text, frame)) in boxes.iter().enumerate() {
        assert!(sheet.holds(frame), "{name}: {text:?} runs off the page: {frame:?}");
        for (other, second) in &boxes[..i] {
            assert!(!frame.overlaps(second), "{name}: {text:?} over {other:?}");
        }
    }
    assert!(page.plot.right - page.plot.left > 500.0, "{name}: {:?}", page.plot);
    assert!(page.plot.bottom - page.plot.top > 250.0, "{name}: {:?}", page.plot);
}

#[test]
fn chart_names_are_unique_kebab_case_and_documented() {
    for (i, chart) in CHARTS.iter().enumerate() {
        assert!(chart.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{chart:?}");
        assert!(chart.doc.ends_with('.'), "{chart:?}");
        assert!(CHARTS[..i].iter().all(|other| other.name != chart.name), "{chart:?}");
    }
}

#[test]
fn no_text_runs_off_the_page_or_over_another() {
    for (name, figure) in samples() {
        assert_readable(name, &figure);
    }
}

#[test]
fn all_marks_are_finite_and_on_the_page() {
    for (name, figure) in samples() {
        let page = page(&figure);
        let inside = |&(x, y): &(f64, f64)| {
            (-1.0..=page.width + 1.0).contains(&x) && (-1.0..=page.height + 1.0).contains(&y)
        };
        for mark in &page.marks {
            let good = match mark {
                Mark::Area { points, .. } | Mark::Line { points, .. } => points.iter().all(inside),
                Mark::Dot { at, .. } => inside(at),
                Mark::Text(text) => inside(&text.at),
            };
            assert!(good, "{name}: {mark:?}");
        }
    }
}

#[test]
fn a_fan_labels_its_right_end_directly() {
    let texts = contents(&fan(&fan_input(28, |i| 0.3e6 + 0.02e6 * i * i, 0.1e6)));
    let expected = ["95 % · 19.4", "75 % · 16.8", "Median · 14.9 M", "25 % · 12.9", "5 % · 10.4"];
    for label in expected {
        assert!(texts.contains(&label.into()), "{label}: {texts:?}");
    }
    assert!(texts.contains(&"20 M".into()) && texts.contains(&"2030".into()), "{texts:?}");
    assert!(texts.contains(&"as of 31 Jul 2024".into()));
    let footer = "10 000 draws · seed 7 · scenario example · Reported values: filings";
    assert!(texts.contains(&footer.into()), "{texts:?}");
}

#[test]
fn both_kinds_of_reported_values_are_labeled_once() {
    let texts = contents(&fan(&observed(fan_input(28, |i| 0.3e6 + 0.02e6 * i * i, 0.01e6))));
    for label in ["Reported", "Reported later"] {
        assert_eq!(texts.iter().filter(|t| *t == label).count(), 1, "{label}");
    }
}

#[test]
fn a_constant_has_one_label() {
    for (value, label) in [(0.0, "Median · 0"), (2.2e6, "Median · 2.20 M")] {
        let figure = fan(&fan_input(28, |_| value, 0.0));
        let labels: Vec<String> =
            figure.end_labels.iter().map(|l| l.text.replace(['\u{202f}', '\u{a0}'], " ")).collect();
        assert_eq!(labels, [label]);
    }
}

#[test]
fn negative_values_get_a_zero_line_inside_the_plot() {
    let mut input = fan_input(28, |i| 1e9 * (20.0 - 6.0 * i + 0.25 * i * i), 0.2e9);
    input.unit = Unit::dollars();
    let figure = fan(&input);
    assert!(figure.y.min < 0.0 && figure.y.max > 0.0);
    assert!(contents(&figure).iter().any(|t| t.starts_with('−')), "true minus signs");
    let page = page(&figure);
    let zero = page.plot.bottom
        - (page.plot.bottom - page.plot.top) * -figure.y.min / (figure.y.max - figure.y.min);
    let drawn = page.marks.iter().any(|mark| {
        matches!(mark, Mark::Line { points, width, .. }
            if *width > 1.2 && points.len() == 2 && points.iter().all(|p| (p.1 - zero).abs() < 1e-6))
    });
    assert!(drawn);
}

#[test]
fn missing_quantiles_split_the_band() {
    let areas = |figure: &Figure| {
        page(figure).marks.iter().filter(|mark| matches!(mark, Mark::Area { .. })).count()
    };
    let mut input = fan_input(28, |i| 1.0 + i, 0.1);
    assert_eq!(areas(&fan(&input)), 3);
    input.quantiles.p5[10] = f64::NAN;
    assert_eq!(areas(&fan(&input)), 4);
}

#[test]
fn every_slice_of_a_stack_is_named_or_summed_up() {
    let texts = contents(&stacked_area(&stacked_input(28)));
    for name in (2..9).map(|k| format!("Generation {k}")) {
        assert!(texts.iter().any(|t| t.starts_with(&name)), "{name}: {texts:?}");
    }
    assert!(texts.iter().any(|t| t.contains("Other: Generation 0")), "{texts:?}");
    assert!(texts.iter().any(|t| t.starts_with("Total · ")));
}

#[test]
fn binding_names_limits_and_moves_rare_ones_to_the_footer() {
    let figure = binding(&binding_input(28));
    let texts = contents(&figure);
    for name in ["Money", "Cash", "Chip supply", "Lead time", "Power"] {
        assert!(texts.iter().any(|t| t.starts_with(name)), "{name}: {texts:?}");
    }
    assert!(figure.footnote.contains("in every quarter: Installation"));
    assert!(texts.contains(&"100 %".into()));
}

/// Tags balance, attributes are quoted, text has no bare signs.
fn assert_well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "{}", &rest[..start]);
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "{tag}");
        let name = tag.trim_matches('/').split([' ', '\n']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"];
    for (at, _) in svg.match_indices('&') {
        assert!(entities.iter().any(|e| svg[at..].starts_with(e)), "{}", &svg[at..at + 8]);
    }
}

#[test]
fn svg_is_well_formed_self_contained_and_described() {
    for (name, figure) in samples() {
        let svg = String::from_utf8(draw(&figure, Format::Svg).unwrap()).unwrap();
        assert_well_formed(&svg);
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"675\" viewBox=\"0 0 9600 5400\" role=\"img\""), "{name}");
        assert_eq!(svg.matches("http").count(), 1, "{name}: only the name of the format");
        assert!(!svg.contains("href"), "{name}");
        assert_eq!(svg.matches("url(").count(), svg.matches("url(data:font/woff2;base64,").count());
        assert!(svg.contains("<title>") && svg.contains("<desc>"), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
    }
}

#[test]
fn svg_carries_title_font_and_labels() {
    let figure = fan(&fan_input(28, |i| 0.3e6 + 0.02e6 * i * i, 0.1e6));
    let svg = String::from_utf8(draw(&figure, Format::Svg).unwrap()).unwrap();
    assert!(svg.contains("<title>Fleet &lt;in service&gt; &amp; more</title>"));
    assert!(svg.contains(
        "<desc>Fan chart. The median goes from 300\u{a0}k (2024Q1) to 14.9\u{a0}M (2030Q4)"
    ));
    assert_eq!(svg.matches("@font-face").count(), 2);
    assert_eq!(svg.matches("<polygon").count(), 3);
    assert!(svg.contains("Median · 14.9\u{a0}M"));
    let inline = String::from_utf8(draw(&figure, Format::SvgInline).unwrap()).unwrap();
    assert!(!inline.contains("@font-face") && inline.len() < 20_000, "{}", inline.len());
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let figure = fan(&observed(fan_input(28, |i| 0.3e6 + 0.02e6 * i * i, 0.1e6)));
    for format in [Format::Svg, Format::Png { zoom: 0.5 }] {
        assert_eq!(draw(&figure, format).unwrap(), draw(&figure, format).unwrap());
    }
}

#[test]
fn png_has_the_asked_size_and_is_not_blank() {
    let figure = binding(&binding_input(28));
    for (zoom, size) in [(2.0, (2400, 1350)), (0.5, (600, 338))] {
        let png = draw(&figure, Format::Png { zoom }).unwrap();
        let image = tiny_skia::Pixmap::decode_png(&png).unwrap();
        assert_eq!((image.width(), image.height()), size);
        let white = image.pixels().iter().filter(|p| p.red() > 250 && p.blue() > 250).count();
        let share = white as f64 / image.pixels().len() as f64;
        assert!((0.2..0.8).contains(&share), "{share}");
        assert!(image.pixels().iter().all(|p| p.alpha() == 255));
    }
    assert!(draw(&figure, Format::Png { zoom: 0.0 }).is_err());
}

proptest! {
    #![proptest_config(seeded(48))]

    #[test]
    fn any_fan_is_readable(
        count in 1usize..60,
        start in -1e9..1e9f64,
        slope in -1e8..1e8f64,
        spread in 0.0..1e8f64,
        log in any::<bool>(),
        at in 2023.0..2040.0f64,
    ) {
        let mut input = observed(fan_input(count, |i| start + slope * i, spread));
        input.unit = if log { Unit::metric("W", "watts") } else { Unit::dollars() };
        input.scale = if log { Scale::Log } else { Scale::Linear };
        input.as_of = Some(AsOf { x: at, label: "as of 31 Jul 2024".into() });
        assert_readable("any fan", &fan(&input));
    }

    #[test]
    fn any_stack_is_readable(
        count in 1usize..40,
        peaks in prop::collection::vec(0.0..1e6f64, 1..14),
        turn in 0.0..3.0f64,
    ) {
        let slice = |(k, peak): (usize, &f64)| Slice {
            name: format!("Generation {k}"),
            values: (0..count).map(|i| peak * ((k as f64 + i as f64 * turn) % 3.0)).collect(),
        };
        let slices = peaks.iter().enumerate().map(slice).collect();
        assert_readable("any stack", &stacked_area(&StackedInput { slices, ..stacked_input(count) }));
    }
}
