//! A report in a browser: opened from disk, pointed at, stepped through, saved from.
//!
//! Needs Chromium: the one that `FLEETCAST_BROWSER` names, or one on the path. Where there is none
//! the test says so and passes, unless `FLEETCAST_BROWSER_REQUIRED` is set, as `.ci/run` does.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests stop at the first surprise"
)]

mod browser;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use browser::Browser;
use serde_json::json;

const STARTER: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app/starter.toml"));
/// The first chart, which is on every page.
const CHART: &str = "#chart-fan-fleet-h100e";

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's care of its temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A run of the starter scenario with its report.
fn run_folder() -> Folder {
    let name = format!("fleetcast-browser-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.0.join("s.toml"), STARTER).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_fleetcast"))
        .args(["run", "s.toml", "--draws", "512", "--quiet", "--out", "run"])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    folder
}

#[test]
fn a_report_is_read_in_a_browser() {
    let Some(program) = browser::find() else {
        assert!(
            std::env::var_os("FLEETCAST_BROWSER_REQUIRED").is_none(),
            "no Chromium: install it, or name it in FLEETCAST_BROWSER"
        );
        // Written past the test's capture: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no Chromium for the browser test");
        return;
    };
    let folder = run_folder();
    let page = format!("file://{}", folder.0.join("run/report.html").display());
    let mut browser = Browser::start(&program, &folder.0);
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")] {
        browser.open(&page, width, scheme);
        fits(&mut browser, width);
        let quarter = points_at_a_value(&mut browser, &folder.0);
        steps_with_keys(&mut browser, &quarter);
        opens_its_data(&mut browser);
    }
    saves_its_data(&mut browser, &folder.0);
    prints_its_inputs(&mut browser);
    reads_a_comparison(&mut browser, &folder.0);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let foreign: Vec<String> = browser.requests();
    let foreign: Vec<&String> = foreign.iter().filter(|url| !is_local(url)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    refuses_requests(&mut browser);
}

/// A comparison is read the same way; its bridge is a table and a picture of two widths.
fn reads_a_comparison(browser: &mut Browser, folder: &Path) {
    let compare = Command::new(env!("CARGO_BIN_EXE_fleetcast"))
        .args(["compare", "s.toml", "--set", "supply.share=\"5 to 10 %\"", "--set"])
        .args(["fleet.repaired=0.5", "--draws", "512", "--format", "html", "--quiet"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(compare.status.success(), "{}", String::from_utf8_lossy(&compare.stderr));
    std::fs::write(folder.join("comparison.html"), &compare.stdout).unwrap();
    let page = format!("file://{}", folder.join("comparison.html").display());
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")] {
        browser.open(&page, width, scheme);
        fits(browser, width);
        let shown = browser.eval(
            "[...document.querySelectorAll('#chart-waterfall svg')]\
             .filter((picture) => picture.clientHeight > 0).length",
        );
        assert_eq!(shown, json!(1), "one waterfall at {width}");
        steps_through_the_difference(browser);
        steps_down_the_bridge(browser);
        let changes = browser.eval("document.querySelector('#changes table').innerText");
        for part in ["supply.share", "5 to 10 %", "fleet.repaired"] {
            assert!(changes.as_str().unwrap().contains(part), "{part}: {changes}");
        }
    }
    // Bars of the bridge sum to the difference of its ends, as far as they are rounded.
    let rows = browser.eval(
        "[...document.querySelectorAll('#bridge .table tbody tr')]\
         .map((row) => parseFloat(row.cells[1].textContent))",
    );
    let rows: Vec<f64> = rows.as_array().unwrap().iter().map(|row| row.as_f64().unwrap()).collect();
    let (from, bars, to) = (rows[0], &rows[1..rows.len() - 1], rows[rows.len() - 1]);
    let sum: f64 = bars.iter().sum();
    assert!(bars.len() == 2 && (from + sum - to).abs() < 0.02 * from.abs(), "{rows:?}");
}

/// The fan of the first difference tells its values, quarter by quarter.
fn steps_through_the_difference(browser: &mut Browser) {
    let chart = "[id^=chart-difference-fan]";
    browser.eval(&format!(
        "[...document.querySelector('{chart}').querySelectorAll('.field')]\
         .find((field) => field.clientWidth > 0).focus()"
    ));
    for kind in ["keyDown", "keyUp"] {
        browser.call("Input.dispatchKeyEvent", &json!({ "type": kind, "key": "ArrowRight" }));
    }
    let told = browser.eval(&format!("document.querySelector('{chart} .readout').innerText"));
    assert!(told.as_str().unwrap().contains("Median"), "{told}");
    browser.eval(&format!("document.querySelector('{chart} summary').click()"));
    let rows = browser.eval(&format!(
        "[...document.querySelector('{chart}').querySelectorAll('tbody tr')]\
         .filter((row) => row.checkVisibility()).length"
    ));
    assert!(rows.as_u64().unwrap() >= 8, "{rows}");
}

/// The bridge tells each bar where it is pointed at, or row by row with the keys, as its table does.
fn steps_down_the_bridge(browser: &mut Browser) {
    let chart = "#chart-waterfall";
    let field = format!(
        "[...document.querySelectorAll('{chart} .field')].find((field) => field.clientWidth > 0)"
    );
    browser.eval(&format!("{field}.focus()"));
    for key in ["Home", "ArrowDown"] {
        for kind in ["keyDown", "keyUp"] {
            browser.call("Input.dispatchKeyEvent", &json!({ "type": kind, "key": key }));
        }
    }
    let cells = browser.eval(&format!(
        "[...document.querySelectorAll('{chart} .data tbody tr')[1].cells].map((c) => c.textContent)"
    ));
    let cells: Vec<&str> = cells.as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
    let told = browser.eval(&format!("document.querySelector('{chart} .readout').innerText"));
    let told = told.as_str().unwrap();
    for part in ["Adds", "95 % error", "Total", cells[0], cells[1], cells[2], cells[3]] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // The pointer over the lowest bar means the last row.
    browser.eval(&format!(
        "document.documentElement.style.scrollBehavior = 'auto';\
         {field}.blur(); {field}.scrollIntoView({{ block: 'center' }})"
    ));
    let place = browser.eval(&format!(
        "(() => {{ const box = {field}.getBoundingClientRect();\
         return [box.left + 0.3 * box.width, box.bottom - 0.1 * box.height]; }})()"
    ));
    browser.call(
        "Input.dispatchMouseEvent",
        &json!({ "type": "mouseMoved", "x": place[0], "y": place[1] }),
    );
    let told = browser.eval(&format!("document.querySelector('{chart} .readout').innerText"));
    assert!(told.as_str().unwrap().starts_with("B: "), "{told}");
}

fn is_local(url: &str) -> bool {
    ["file://", "data:", "blob:"].iter().any(|start| url.starts_with(start))
}

/// Nothing is wider than the page.
fn fits(browser: &mut Browser, width: u32) {
    let wide = browser.eval("document.documentElement.scrollWidth");
    assert!(wide.as_u64().unwrap() <= u64::from(width), "{wide} wide at {width}");
    let shown = browser.eval(
        "[...document.querySelectorAll('.plot')].filter((plot) => plot.clientHeight > 0)\
         .map((plot) => plot.className)",
    );
    let kind = if width > 640 { "plot wide" } else { "plot narrow" };
    assert!(shown.as_array().unwrap().iter().all(|name| name == kind), "{shown}");
}

/// The readout under the pointer says what the table of the metric says.
fn points_at_a_value(browser: &mut Browser, folder: &Path) -> String {
    browser.eval(&format!(
        "document.documentElement.style.scrollBehavior = 'auto';\
         document.querySelector('{CHART}').scrollIntoView()"
    ));
    let place = browser.eval(&format!(
        "(() => {{ const field = [...document.querySelectorAll('{CHART} .field')]\
         .find((field) => field.clientWidth > 0); const box = field.getBoundingClientRect();\
         return [box.left + 0.6 * box.width, box.top + 0.5 * box.height]; }})()"
    ));
    assert_eq!(readout(browser), "", "nothing is shown before it is pointed at");
    browser.call(
        "Input.dispatchMouseEvent",
        &json!({ "type": "mouseMoved", "x": place[0], "y": place[1] }),
    );
    let told = readout(browser);
    let quarter = told.split_whitespace().next().unwrap_or_default().to_owned();
    let exact = browser.eval(&format!(
        "(() => {{ const row = [...document.querySelectorAll('{CHART} tbody tr')]\
         .find((row) => row.cells[0].textContent === '{quarter}');\
         const at = [...row.closest('table').querySelectorAll('thead th')]\
         .findIndex((head) => head.dataset.name === 'Median');\
         return [row.cells[at].textContent, Number(row.cells[at].dataset.value)]; }})()"
    ));
    assert!(told.contains(exact[0].as_str().unwrap()), "{told}: {exact}");
    let csv = std::fs::read_to_string(folder.join("run/tables/fleet.csv")).unwrap();
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let heads = lines.next().unwrap();
    let at = |name: &str| heads.iter().position(|head| *head == name).unwrap();
    let wanted =
        |row: &Vec<&str>| row[at("metric")] == "fleet.h100e" && row[at("period")] == quarter;
    let row = lines.find(wanted).unwrap();
    let median: f64 = row[at("p50")].parse().unwrap();
    assert!((exact[1].as_f64().unwrap() / median - 1.0).abs() < 1e-7, "{exact}: {median}");
    quarter
}

fn readout(browser: &mut Browser) -> String {
    let text = browser.eval(&format!("document.querySelector('{CHART} .readout').innerText"));
    text.as_str().unwrap().to_owned()
}

/// The arrow keys step by a quarter, and what is told to screen readers follows.
fn steps_with_keys(browser: &mut Browser, quarter: &str) {
    browser.eval(&format!(
        "[...document.querySelectorAll('{CHART} .field')]\
         .find((field) => field.clientWidth > 0).focus()"
    ));
    let press = |browser: &mut Browser, key: &str| {
        for kind in ["keyDown", "keyUp"] {
            browser.call("Input.dispatchKeyEvent", &json!({ "type": kind, "key": key }));
        }
    };
    press(browser, "ArrowRight");
    let next = readout(browser);
    assert!(!next.starts_with(quarter) && !next.is_empty(), "{next}");
    let told = browser.eval("document.activeElement.getAttribute('aria-valuetext')");
    let label = next.split_whitespace().next().unwrap();
    assert!(told.as_str().unwrap().starts_with(&format!("{label}: ")), "{told}");
    press(browser, "ArrowLeft");
    assert!(readout(browser).starts_with(quarter));
    press(browser, "Escape");
    let role = browser.eval("document.activeElement.getAttribute('role')");
    assert!(role.is_null(), "the field keeps the keys after Escape");
}

/// A click opens the table behind a chart.
fn opens_its_data(browser: &mut Browser) {
    let rows = format!(
        "[...document.querySelectorAll('{CHART} .data tbody tr')]\
         .filter((row) => row.checkVisibility()).length"
    );
    assert_eq!(browser.eval(&rows), json!(0), "the data is folded at first");
    browser.eval(&format!("document.querySelector('{CHART} summary').click()"));
    let quarters = browser.eval(&format!("document.querySelectorAll('{CHART} tbody tr').length"));
    assert!(quarters.as_u64().unwrap() >= 8, "{quarters}");
    assert_eq!(browser.eval(&rows), quarters);
}

/// The button saves what the table shows, with all digits.
fn saves_its_data(browser: &mut Browser, folder: &Path) {
    browser.save_into(folder);
    browser.eval(&format!("document.querySelector('{CHART} .save').click()"));
    let file = folder.join("fan-fleet-h100e.csv");
    let text = browser::wait_for(|| std::fs::read_to_string(&file).ok().filter(|t| !t.is_empty()));
    let text = text.expect("a saved file");
    let head = text.lines().next().unwrap();
    assert!(head.starts_with("Quarter,") && head.contains(",Median"), "{head}");
    let rows = browser.eval(&format!("document.querySelectorAll('{CHART} tbody tr').length"));
    assert_eq!(text.lines().count() as u64, rows.as_u64().unwrap() + 1);
    let value = text.lines().nth(3).unwrap().split(',').nth(4).unwrap();
    assert!(value.parse::<f64>().unwrap() > 0.0, "{value}");
}

/// What is folded on the screen is on paper, but not the data of charts.
fn prints_its_inputs(browser: &mut Browser) {
    let open = |name: &str| {
        format!("[...document.querySelectorAll('{name}')].filter((part) => part.open).length")
    };
    browser.eval("dispatchEvent(new Event('beforeprint'))");
    let inputs = browser.eval(&open("#inputs details"));
    assert!(inputs.as_u64().unwrap() >= 1, "{inputs}");
    browser.eval("dispatchEvent(new Event('afterprint'))");
    assert_eq!(browser.eval(&open("#inputs details")), json!(0));
    let bytes = browser.call("Page.printToPDF", &json!({ "preferCSSPageSize": true }));
    assert!(bytes["data"].as_str().unwrap().starts_with("JVBER"), "no PDF");
}

/// A request is refused by the page's own policy, and that is heard: so silence means something.
fn refuses_requests(browser: &mut Browser) {
    let refused = browser.eval(
        "new Promise((done) => {\
         document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));\
         fetch('https://example.invalid/').catch(() => {}); setTimeout(() => done(''), 5000); })",
    );
    assert_eq!(refused, json!("connect-src"));
    assert!(!browser.complaints().is_empty(), "complaints of the console are not heard");
}
