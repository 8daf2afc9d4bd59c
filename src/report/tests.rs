//! Tests of whole reports, made from small results.

use super::*;
use crate::charts::from_run::figures;
use crate::charts::{Format, Laid};
use crate::results::{Given, RunResult, sample, summary_file};
use crate::tables::targets_table;
use std::collections::BTreeSet;

/// A run with everything a report can tell, and words that would break a careless page.
fn result() -> RunResult {
    let mut result = sample::with_targets(400);
    result.limits = Some(sample::limits(11, 400));
    result.about.title = "Meta <b>& friends</b>".to_owned();
    result.about.warnings = vec!["a value of 5 < 6 | \"quoted\" has no source".to_owned()];
    let given = |key: &str, grade: char, url: &str| Given {
        key: key.to_owned(),
        doc: "a price with `code`".to_owned(),
        value: "\"20 to 30 k USD\"".to_owned(),
        unit: "k USD".to_owned(),
        drawn: "once".to_owned(),
        scale: "1.2".to_owned(),
        source: "source-1".to_owned(),
        title: "The source, page 3".to_owned(),
        url: url.to_owned(),
        known: crate::time::Date::parse("2024-05-06").unwrap(),
        grade,
        hindsight: grade == 'C',
        note: "</script><script>alert(1)</script>".to_owned(),
        set_by: "far/away/file.toml".to_owned(),
    };
    result.given = vec![
        given("chip.a", 'A', "https://example.com/a?b=1&c=\"2\""),
        given("chip.c", 'C', "javascript:alert(1)"),
        given("chip.d", 'D', ""),
    ];
    result
}

fn drawn(result: &RunResult) -> Vec<Picture> {
    let pictures = figures(result).into_iter().map(|named| {
        let laid = Laid::new(&named.figure).unwrap();
        let svg = laid.draw(Format::Svg).unwrap();
        let picture = Picture::new(&named.name, &named.figure, &laid, Some(svg)).unwrap();
        picture.in_file(format!("charts/{}.svg", named.name))
    });
    pictures.collect()
}

fn made() -> (RunResult, String) {
    let result = result();
    let text = html(&result, &drawn(&result));
    (result, text)
}

fn html(result: &RunResult, pictures: &[Picture]) -> String {
    documents(result, &targets_table(result), pictures).0
}

fn markdown(result: &RunResult, pictures: &[Picture]) -> String {
    documents(result, &targets_table(result), pictures).1
}

/// A tag of a page.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    /// Names of the tags around it.
    around: Vec<&'a str>,
    /// What follows up to the next tag.
    text: &'a str,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

const VOID: [&str; 4] = ["meta", "br", "img", "link"];
/// Their text is not searched for tags.
const RAW: [&str; 2] = ["style", "script"];

/// Every opening tag of a page; fails where tags do not match or attributes are not quoted.
fn tags(page: &str) -> Vec<Tag<'_>> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    let (mut all, mut open): (Vec<Tag<'_>>, Vec<&str>) = (Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').expect("an end of the tag");
        let (inner, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if let Some(name) = inner.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed before {}", cut(after));
            continue;
        }
        let (inner, closed) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, true));
        let name = inner.split([' ', '\n']).next().unwrap();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "<{inner}>");
        let text = after.split('<').next().unwrap();
        let attributes = attributes(&inner[name.len()..]);
        all.push(Tag { name, attributes, around: open.clone(), text });
        if closed || VOID.contains(&name) {
            continue;
        }
        open.push(name);
        if RAW.contains(&name) {
            rest = &rest[rest.find(&format!("</{name}>")).expect("an end of raw text")..];
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    all
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

fn attributes(mut rest: &str) -> Vec<(&str, &str)> {
    let mut all = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            let names: BTreeSet<&str> = all.iter().map(|(name, _): &(&str, &str)| *name).collect();
            assert_eq!(names.len(), all.len(), "an attribute twice: {all:?}");
            return all;
        }
        let end = rest.find(['=', ' ', '\n']).unwrap_or(rest.len());
        let name = &rest[..end];
        rest = &rest[end..];
        match rest.strip_prefix("=\"") {
            Some(quoted) => {
                let close = quoted.find('"').expect("a closing quote");
                assert!(!quoted[..close].contains('<'), "{name}: {}", cut(quoted));
                all.push((name, &quoted[..close]));
                rest = &quoted[close + 1..];
            }
            None => all.push((name, "")),
        }
    }
}

#[test]
fn a_page_is_well_formed_and_its_names_are_unique() {
    let (_, page) = made();
    let tags = tags(&page);
    let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    for tag in &tags {
        let target = tag.get("href").and_then(|href| href.strip_prefix('#'));
        for name in target.into_iter().chain(tag.get("aria-labelledby")) {
            assert!(unique.contains(name), "nothing is called {name}");
        }
    }
}

#[test]
fn a_page_asks_for_nothing_and_runs_one_script() {
    let (_, page) = made();
    let tags = tags(&page);
    for tag in &tags {
        assert!(!["link", "img", "iframe", "object", "embed", "form", "base"].contains(&tag.name));
        for loads in ["src", "srcset", "data", "poster", "action", "background", "xlink:href"] {
            assert_eq!(tag.get(loads), None, "{}", tag.name);
        }
        assert!(tag.attributes.iter().all(|(name, _)| !name.starts_with("on")), "{}", tag.name);
        if let Some(href) = tag.get("href") {
            assert_eq!(tag.name, "a");
            let out = !href.starts_with('#');
            assert!(!out || href.starts_with("https://"), "{href}");
            assert!(!out || tag.get("rel") == Some("noopener noreferrer"), "{href}");
        }
    }
    assert_eq!(tags.iter().filter(|tag| tag.name == "script").count(), 1);
    for part in page.split("url(").skip(1) {
        assert!(part.starts_with("data:font/woff2;base64,"), "{}", cut(part));
    }
    assert!(!page.contains("@import"));
    // One source has an address of the web, one has an address that would run.
    assert!(page.contains("href=\"https://example.com/a?b=1&amp;c=&quot;2&quot;\""));
    assert!(!page.contains("javascript:"));
    // Both fonts once, not once for each chart.
    assert_eq!(page.matches("@font-face").count(), 2);
}

#[test]
fn the_policy_names_the_script() {
    let (_, page) = made();
    let tags = tags(&page);
    let of = |name: &str| tags.iter().find(|tag| tag.get("http-equiv") == Some(name)).unwrap();
    let policy = of("Content-Security-Policy").get("content").unwrap();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("http"), "{policy}");
    let from = page.find("<script>").unwrap() + "<script>".len();
    let script = &page[from..from + page[from..].find("</script>").unwrap()];
    let hash = base64(&sha256(script.as_bytes()));
    assert!(
        policy.replace("&#39;", "'").contains(&format!("script-src 'sha256-{hash}';")),
        "put {hash} into SCRIPT_HASH of report/html.rs"
    );
}

#[test]
fn a_page_can_be_heard_and_stepped_through() {
    let (_, page) = made();
    let tags = tags(&page);
    assert_eq!(tags[0].get("lang"), Some("en"));
    let mut level = 0;
    for tag in tags.iter().filter(|tag| tag.name.len() == 2 && tag.name.starts_with('h')) {
        let Some(next) = tag.name[1..].parse::<usize>().ok() else { continue };
        assert!(next <= level + 1 && (next > 1 || level == 0), "{} after h{level}", tag.name);
        level = next;
    }
    for (at, tag) in tags.iter().enumerate() {
        match tag.name {
            "svg" if tag.get("aria-hidden") == Some("true") => {}
            "svg" => {
                assert_eq!(tag.get("role"), Some("img"));
                let (title, desc) = (&tags[at + 1], &tags[at + 2]);
                assert_eq!((title.name, desc.name), ("title", "desc"));
                assert!(!title.text.trim().is_empty() && desc.text.len() > 20, "{}", desc.text);
            }
            "th" => assert!(["col", "row"].contains(&tag.get("scope").unwrap())),
            "table" => assert_eq!(tags[at + 1].name, "caption"),
            "button" => assert_eq!(tag.get("type"), Some("button")),
            "summary" => assert_eq!(tag.around.last(), Some(&"details")),
            _ => {}
        }
        // What scrolls can be reached by keyboard and has a name.
        if tag.get("class") == Some("scroll") {
            assert_eq!(tag.get("tabindex"), Some("0"));
            assert!(!tag.get("aria-label").unwrap().is_empty());
        }
    }
}

#[test]
fn a_page_tells_all_that_was_asked_for_in_order() {
    let (result, page) = made();
    let titles = [
        "Question and answer",
        "Headline",
        "Charts",
        "Targets",
        "What binds",
        "Inputs and their sources",
        "Warnings",
        "Hindsight",
        "Method",
        "How to make it again",
    ];
    let places: Vec<usize> =
        titles.iter().map(|t| page.find(&format!("-heading\">{t}</h2>")).expect(t)).collect();
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
    for part in [
        "Meta &lt;b&gt;&amp; friends&lt;/b&gt;",
        "A value of 5 &lt; 6 | &quot;quoted&quot;",
        "It rests on little",
        "2024-10-30",
        "400",
        "18446744073709551615",
        "0123456789abcdef",
        "fleetcast 0.1.0, engine 1",
        "<code>fleetcast run scenarios/meta-2024-07.toml</code>",
        "times 1.2",
        "set in file.toml",
        "Grade D, judgment: 1",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Weakest first.
    let at = |key: &str| page.find(&format!("<code>{key}</code>")).unwrap();
    assert!(at("chip.d") < at("chip.c") && at("chip.c") < at("chip.a"));
    assert!(!page.contains("<script>alert"));
    assert!(!page.contains("far/away"), "a path of the machine that made it");
    for named in figures(&result) {
        let data = crate::charts::data(&named.figure);
        let last = data.rows.last().unwrap();
        assert!(page.contains(&format!("<th scope=\"row\">{}</th>", last.label)));
    }
}

#[test]
fn the_answer_has_the_numbers_of_the_headline() {
    let sections = run_sections(&result(), &targets_table(&result()), &[]);
    let page = markdown_page("T", &[], &sections[..1]);
    for part in [
        "With what was known on 31 July 2024: how large is Meta’s AI fleet by the end of 2026",
        "installed fleet is **0.47",
        "(nine futures in ten: 0.23–0.98), **1.05** in 2025 (0.45–2.5) and **2.3** in 2026",
        "it takes 0.57, 1.07 and 2.0",
        "capex of 32, 46 and 66",
        "What sets the fleet most often is **money** in 2024 (71",
        "more money in every quarter would add most, 50.0",
        "grade\u{a0}D",
    ] {
        assert!(page.contains(part), "{part} in\n{page}");
    }
    // The chance of the first target by its last date is the likeliest of the two.
    assert!(page.contains("Of the 2 targets asked about, none is likelier than not"), "{page}");
    assert!(page.contains("“Fleet of 600,000 H100e” by 2025-12-31 (**50\u{a0}%**)"), "{page}");
}

#[test]
fn a_run_with_little_in_it_has_a_report_too() {
    let mut bare = sample::run("2024Q1", "2024Q3", 50);
    bare.given.clear();
    bare.summaries.metrics.retain(|metric| metric.name == "capex.total");
    bare.observations.clear();
    bare.about.command.clear();
    bare.about.hindsight.clear();
    for result in [bare, sample::tiny(), sample::run("2024Q1", "2025Q4", 3)] {
        let pictures = drawn(&result);
        tags(&html(&result, &pictures));
        assert!(markdown(&result, &[]).contains("draws them from its folder"));
        assert!(xlsx(&result, &targets_table(&result)).unwrap().starts_with(b"PK"));
    }
}

#[test]
fn the_same_result_gives_the_same_bytes() {
    let result = result();
    let mut bytes = Vec::new();
    summary_file::write(&result, &mut bytes).unwrap();
    let read = summary_file::read(&bytes).unwrap();
    let (first, second) = (drawn(&result), drawn(&read));
    assert!(html(&result, &first) == html(&read, &second));
    assert!(markdown(&result, &first) == markdown(&read, &second));
    assert!(
        xlsx(&result, &targets_table(&result)).unwrap()
            == xlsx(&read, &targets_table(&read)).unwrap()
    );
    // What stands beside a run is not in its file, and changes nothing.
    let mut beside = result.clone();
    let targets = result.summaries.targets.clone();
    beside.beside = Some(crate::results::Beside { name: "other".to_owned(), targets });
    assert!(html(&beside, &first) == html(&result, &first));
}

#[test]
fn markdown_has_the_same_sections_and_shows_the_files_of_charts() {
    let result = result();
    let text = markdown(&result, &drawn(&result));
    assert!(text.starts_with("# Meta \\<b\\>& friends\\</b\\>\n"), "{}", cut(&text));
    assert!(text.contains("](<charts/fan.fleet.h100e.svg>)"));
    assert!(text.contains("[The source, page 3](<https://example.com/a?b=1&c=\"2\">)"), "{text}");
    assert!(!text.contains("<script>"), "{text}");
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    // Every row of a table has as many cells as its heading.
    for table in text.split("\n\n").filter(|part| part.starts_with('|')) {
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let counts: BTreeSet<usize> = table.lines().map(cells).collect();
        assert_eq!(counts.len(), 1, "{table}");
    }
    let mut none = drawn(&result);
    for picture in &mut none {
        picture.file = None;
    }
    assert!(!markdown(&result, &none).contains("!["));
}

/// SHA-256 of FIPS 180-4, for the test above alone: the page itself has the hash as text.
fn sha256(message: &[u8]) -> [u8; 32] {
    let primes = || (2u64..).filter(|n| (2..*n).all(|d| n % d != 0));
    // The first 32 bits of the fraction of the root of a prime, found by search in whole numbers.
    let root = |n: u64, power: u32| {
        let (mut low, mut high) = (0u128, 1u128 << 40);
        while high - low > 1 {
            let middle = u128::midpoint(low, high);
            let fits = middle.pow(power) <= u128::from(n) << (32 * power);
            if fits { low = middle } else { high = middle }
        }
        low as u32
    };
    let mut state: Vec<u32> = primes().take(8).map(|p| root(p, 2)).collect();
    let constants: Vec<u32> = primes().take(64).map(|p| root(p, 3)).collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut w: Vec<u32> =
            block.chunks(4).map(|b| u32::from_be_bytes(b.try_into().unwrap())).collect();
        for i in 16..64 {
            let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
            let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
            w.push(w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1));
        }
        let mut s = state.clone();
        for i in 0..64 {
            let s1 = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let choice = (s[4] & s[5]) ^ (!s[4] & s[6]);
            let first =
                [s[7], s1, choice, constants[i], w[i]].iter().fold(0u32, |a, b| a.wrapping_add(*b));
            let s0 = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            let majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
            s.rotate_right(1);
            s[4] = s[4].wrapping_add(first);
            s[0] = first.wrapping_add(s0.wrapping_add(majority));
        }
        state.iter_mut().zip(s).for_each(|(a, b)| *a = a.wrapping_add(b));
    }
    let bytes: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.try_into().unwrap()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for part in bytes.chunks(3) {
        let bits = part.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - part.len()));
        for k in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * k)) as usize & 63] as char;
            out.push(if k <= part.len() { digit } else { '=' });
        }
    }
    out
}

#[test]
fn the_hash_of_the_test_is_sha_256() {
    assert_eq!(base64(&sha256(b"abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}
