//! A comparison as one self-contained page: no script, no network.

use std::fmt::Write as _;

use crate::results::{Bridge, Comparison};
use crate::tables::{
    Align, Audience, Table, apart_lines, bridge_table, chances_table, changes_table,
    headline_differences, sharpness,
};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d0d5db;--up:#0072b2;--down:#d55e00}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#16191d;--line:#3a4149;--up:#56b4e9;--down:#e69f00}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:auto;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{padding:.2rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
.n{text-align:right;white-space:nowrap}
svg{max-width:100%;height:auto}
svg text{fill:var(--ink);font:13px system-ui,sans-serif}
code{overflow-wrap:anywhere}";

/// A comparison as one page.
pub fn comparison_html(comparison: &Comparison) -> String {
    let (a, b) = (&comparison.first, &comparison.second);
    let title = format!("{} beside {}", b.name, a.name);
    let mut out =
        String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let _ = write!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<h1>{}</h1>\n",
        escaped(&title),
        escaped(&title)
    );
    for (letter, side) in [("A", a), ("B", b)] {
        let _ = writeln!(
            out,
            "<p><b>{letter}</b> {}: {}, as of {}, {} draws, seed {}</p>",
            escaped(&side.name),
            escaped(&side.title),
            side.as_of,
            side.draws,
            side.seed
        );
    }
    let how = if comparison.paired {
        "Both ran on the same random numbers, draw by draw."
    } else {
        "The runs are independent."
    };
    paragraph(&mut out, how);
    for note in &comparison.notes {
        paragraph(&mut out, note);
    }
    section(&mut out, "What differs", &changes_table(comparison));
    section(&mut out, "By how much", &headline_differences(comparison));
    for line in apart_lines(comparison) {
        paragraph(
            &mut out,
            &format!("Means apart by more than four standard errors since {line}."),
        );
    }
    if let Some(text) = sharpness(comparison) {
        paragraph(&mut out, &text);
    }
    if !comparison.targets.is_empty() {
        section(&mut out, "Questions", &chances_table(comparison));
    }
    for bridge in &comparison.bridges {
        let table = bridge_table(bridge);
        let _ = writeln!(out, "<h2>Bridge: {}</h2>", escaped(&bridge.label));
        out.push_str(&waterfall(bridge));
        out.push_str(&table_html(&table));
        for note in &bridge.notes {
            paragraph(&mut out, note);
        }
    }
    if !comparison.no_bridge.is_empty() {
        paragraph(&mut out, &comparison.no_bridge);
    }
    let _ = write!(
        out,
        "<h2>How to make it again</h2>\n<p><code>fleetcast {}</code></p>\n\
         <p>fleetcast {}, engine {}; digests {} and {}.</p>\n</body>\n</html>\n",
        escaped(&comparison.command),
        escaped(&a.version),
        a.engine,
        escaped(&a.digest),
        escaped(&b.digest)
    );
    out
}

fn paragraph(out: &mut String, text: &str) {
    let _ = writeln!(out, "<p>{}</p>", escaped(text));
}

fn section(out: &mut String, title: &str, table: &Table) {
    let _ = writeln!(out, "<h2>{}</h2>", escaped(title));
    if table.rows.is_empty() {
        paragraph(out, "Nothing.");
    } else {
        out.push_str(&table_html(&Table { title: String::new(), ..table.clone() }));
    }
}

fn table_html(table: &Table) -> String {
    let mut out = String::from("<div class=\"wide\"><table>\n");
    if !table.title.is_empty() {
        let _ = writeln!(out, "<caption>{}</caption>", escaped(&table.title));
    }
    let seen: Vec<usize> = (0..table.columns.len())
        .filter(|&at| table.columns[at].audience != Audience::Programs)
        .collect();
    let class = |at: usize| match table.columns[at].align {
        Align::Right => " class=\"n\"",
        Align::Left => "",
    };
    out.push_str("<thead><tr>");
    for &at in &seen {
        let heading = escaped(&table.columns[at].heading);
        let _ = write!(out, "<th scope=\"col\"{}>{heading}</th>", class(at));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for &at in &seen {
            let cell = row.get(at).map_or_else(String::new, crate::tables::Cell::shown);
            let _ = write!(out, "<td{}>{}</td>", class(at), escaped(&cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    out
}

/// The bridge as bars from one end to the other.
fn waterfall(bridge: &Bridge) -> String {
    const ROW: usize = 26;
    const LEFT: f64 = 250.0;
    const WIDTH: f64 = 560.0;
    let mut ends = vec![bridge.from];
    for bar in &bridge.bars {
        ends.push(ends.last().copied().unwrap_or(0.0) + bar.value);
    }
    let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
    let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = if high > low { high - low } else { 1.0 };
    let x = |value: f64| LEFT + (value - low + 0.05 * span) / (1.1 * span) * WIDTH;
    let height = ROW * (bridge.bars.len() + 2);
    let label = format!("Bridge of {}: what each change accounts for", bridge.label);
    let mut out = format!(
        "<svg viewBox=\"0 0 860 {height}\" role=\"img\" aria-label=\"{}\">\n",
        escaped(&label)
    );
    let mut row = |name: &str, from: f64, to: f64, color: &str| {
        let y = out.matches("<g>").count() * ROW;
        let (left, right) = if from < to { (x(from), x(to)) } else { (x(to), x(from)) };
        let width = (right - left).max(2.0);
        let _ = writeln!(
            out,
            "<g><title>{}</title><text x=\"{:.0}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{left:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\" fill=\"var({color})\"/></g>",
            escaped(name),
            LEFT - 8.0,
            y + 18,
            escaped(&short(name)),
            y + 4,
            ROW - 8
        );
    };
    row("A", bridge.from, bridge.from, "--ink");
    for (bar, pair) in bridge.bars.iter().zip(ends.windows(2)) {
        let color = if bar.value < 0.0 { "--down" } else { "--up" };
        row(&bar.name, pair[0], pair[1], color);
    }
    row("B", bridge.to, bridge.to, "--ink");
    out.push_str("</svg>\n");
    out
}

fn short(name: &str) -> String {
    const MOST: usize = 34;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    let kept: String = name.chars().take(MOST - 1).collect();
    format!("{kept}…")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
